/*
 * A scripted server: lets every client in, and answers whatever it asks first with the same bytes,
 * for answers that no real server gives. A process of its own, which ends with the test's.
 */
#ifndef QUERN_TEST_PEER_H
#define QUERN_TEST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PEER_SCRIPT = 4096 };

struct peer_script {
	unsigned char bytes[PEER_SCRIPT];
	size_t length;
};

struct peer {
	pid_t process;
	char folder[32];
	char conninfo[128];
};

/* Adds a message: its type, and a payload that may have zeros in it. */
void script_add(struct peer_script *script, char type, const void *payload, size_t length);
/* An ErrorResponse or NoticeResponse ('E', 'N'). */
void script_add_error(struct peer_script *script, char type, const char *severity,
		      const char *sqlstate);
/* What answers "select 1", up to what a Sync asks for. */
void script_add_row(struct peer_script *script);

/*
 * `greeting` is said while the client is let in; `answer` once, and then nothing more, unless the
 * peer `closes`.
 */
bool peer_start(struct peer *peer, const struct peer_script *greeting,
		const struct peer_script *answer, bool closes);
void peer_stop(struct peer *peer);

#endif
