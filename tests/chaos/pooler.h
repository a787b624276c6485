/*
 * A pgbouncer in front of the server: a child of the process that started it, with a folder of its
 * own, which listens on a Unix socket only and is told what to do by its console.
 */
#ifndef QUERN_TEST_CHAOS_POOLER_H
#define QUERN_TEST_CHAOS_POOLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "server.h"

enum { POOLER_PATH = 64 };

struct pooler {
	char folder[POOLER_PATH]; /* its socket, its settings and its log; "": there is none */
	char program[POOLER_PATH];
	uid_t user;
	gid_t group;
	pid_t process; /* 0: it does not run */
};

/* The program's path; false: it is not installed. */
bool pooler_find(char *path, size_t size);
/*
 * Writes its settings and starts it, with `mode` "session" or "transaction". False: stderr says
 * why.
 */
bool pooler_start(struct pooler *pooler, const struct server *server, const char *mode);
/* Ends it by that signal, waits until it is gone, and starts it again. */
bool pooler_restart(struct pooler *pooler, int signal);
/* A command of its console. */
bool pooler_tell(struct pooler *pooler, const char *command);
/* Ends it and removes its folder. For one that never ran, too. */
void pooler_stop(struct pooler *pooler);

#endif
