/*
 * The fault proxy: stands between clients and a PostgreSQL server, and does to their connections
 * what it is told.
 *
 * A process of its own, with one poll loop. It listens on a port of the loopback address and
 * connects to the server's Unix socket. It ends when the process that started it does, or closes
 * its end of the control channel.
 *
 * Commands, one at a time, each answered before proxy_command returns:
 *   all DIRECTION PROGRAM    for all connections, those to come included; DIRECTION: to-server, to-client
 *   next DIRECTION PROGRAM   for the next connection alone
 *   clear                    everything passes again; "next" is forgotten
 *   cut, reset               ends all connections
 *   refuse                   new connections are closed at once, until "clear"
 *   buffers N                socket buffers of connections to come; 0: the system's
 *   stats                    answers "OPEN ACCEPTED DEEDS": connections, and how many deeds were done
 *   bytes                    answers "TO-SERVER TO-CLIENT" of the last connection that was accepted
 *
 * What passes is logged as "DIRECTION CONNECTION OFFSET TYPE [DEED]", a line a message, so that a
 * run can be repeated with the same seed or with a deed at the same offset. program.h has the
 * programs.
 */
#ifndef QUERN_TEST_PROXY_H
#define QUERN_TEST_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proxy_config {
	const char *server; /* path of the server's socket */
	const char *log;    /* path; NULL: nothing is logged */
	uint64_t seed;      /* of what it does by chance; not 0 */
};

struct proxy {
	pid_t process;
	int control;
	int port;
};

/* False: errno says why, and nothing runs. */
bool proxy_start(struct proxy *proxy, const struct proxy_config *config);
/* Waits for its end. False: it did not end well. */
bool proxy_stop(struct proxy *proxy);
/* False: the command was refused, or there is no answer; `answer` says which. */
bool proxy_command(struct proxy *proxy, const char *command, char *answer, size_t size);

#endif
