/*
 * Connecting: from a list of hosts to one link that is ready for use.
 *
 * Every address of every host is tried in turn, each with a link and a timer of its own, until one
 * connects and has the session attributes that are asked for; "prefer-standby" goes through the
 * list twice. Names are resolved by the loop.
 */
#ifndef QUERN_WIRE_DIAL_H
#define QUERN_WIRE_DIAL_H

#include "quern/loop.h"
#include "wire/conninfo.h"
#include "wire/wire.h"

enum { DIAL_MESSAGE = 1024, DIAL_WHERE = 192 };

/* Why nothing could be connected to. */
struct dial_failure {
	qn_status status;
	bool is_permanent; /* trying again with the same settings cannot help */
	char sqlstate[6];
	char message[DIAL_MESSAGE];
};

struct dial_target {
	const struct wire *wire;
	void *wire_context;
	const qn_loop_hooks *hooks;
	void *loop;
	const struct conninfo *conninfo;
	uint32_t attempt_timeout; /* milliseconds */
	uint32_t user_timeout;    /* tcp_user_timeout, milliseconds */
};

struct dial;

/*
 * Called once, from the loop: with the link, which is the callee's then, and where it leads,
 * "host:port", or with NULL and the reason. The dial is gone when it is called.
 */
typedef void dial_done(void *context, struct wire_link *link, const char *where,
		       const struct dial_failure *failure);

/* NULL: out of memory, and `done` is not called. The target must live as long as the dial. */
struct dial *dial_start(const struct dial_target *target, dial_done *done, void *context);
/* Gives up at any moment; `done` is not called. */
void dial_free(struct dial *dial);
/* The same in a child after fork: touches neither the loop nor the server. */
void dial_drop(struct dial *dial);

#endif
