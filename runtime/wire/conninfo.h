/*
 * Connection strings, taken apart.
 *
 * libpq tries the hosts of a list one after the other in one connection object, resolves names by
 * blocking and leaves no timer of its own to the caller. quern therefore takes the lists apart and
 * hands libpq one address at a time; everything else of the string, the service file and the
 * environment is left to libpq.
 */
#ifndef QUERN_WIRE_CONNINFO_H
#define QUERN_WIRE_CONNINFO_H

#include "base/arena.h"
#include "quern/status.h"

enum {
	CONNINFO_SETTINGS = 24, /* room for keywords and values, the NULL at the end included */
	CONNINFO_MESSAGE = 256,
};

struct conninfo_host {
	/* as written: a name, an address, a folder of sockets; "" is libpq's default */
	const char *name;
	const char *address; /* hostaddr, "" when it is not given */
	const char *port;    /* "" is libpq's default */
	bool is_socket;
	bool is_local; /* a socket or a loopback address: nobody can listen in */
};

struct conninfo {
	struct arena arena;
	const char *text; /* what was parsed; NULL: the environment alone. It may hold a password */
	struct conninfo_host *hosts;
	size_t host_count;
	/* target_session_attrs; "prefer-standby" is for the caller to do */
	const char *session_attributes;
	bool keeps_tls;           /* sslmode is said by the user */
	bool keeps_gss;           /* gssencmode is said by the user */
	bool keeps_keepalives[3]; /* idle, interval, count */
	bool keeps_user_timeout;
};

/*
 * The keywords and values for one attempt; both end with NULL. Borrows from the conninfo and the
 * arguments.
 */
struct conninfo_settings {
	const char *keywords[CONNINFO_SETTINGS];
	const char *values[CONNINFO_SETTINGS];
	size_t count;
	char user_timeout[16];
};

/*
 * Parses a URL, keywords and values, or NULL. QN_USAGE with a message that quotes nothing of a
 * password, or QN_OUT_OF_MEMORY; nothing to free then.
 */
qn_status conninfo_init(struct conninfo *conninfo, const char *text,
			char message[CONNINFO_MESSAGE]);
void conninfo_free(struct conninfo *conninfo);

/*
 * How to connect to one host. `address` is what its name was resolved to, NULL when there is
 * nothing to resolve; `attributes` is target_session_attrs for this attempt; `user_timeout` is in
 * milliseconds.
 */
void conninfo_settings(const struct conninfo *conninfo, const struct conninfo_host *host,
		       const char *address, const char *attributes, uint32_t user_timeout,
		       struct conninfo_settings *settings);

#endif
