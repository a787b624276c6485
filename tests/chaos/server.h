/*
 * A PostgreSQL of the fault tests' own, that may be killed: durable, unlike other test servers, for
 * what it acknowledged must survive its crashes.
 *
 * It goes away with the process that started it, however that ends. Functions that fail say why on
 * stderr.
 */
#ifndef QUERN_TEST_CHAOS_SERVER_H
#define QUERN_TEST_CHAOS_SERVER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>

#include "dev_server.h"

enum { SERVER_PATH = 256 };

struct server {
	struct dev_server dev;
	char folder[SERVER_PATH];
	char sockets[SERVER_PATH]; /* folder of its socket */
	char socket[SERVER_PATH];  /* path of it */
	PGconn *control;           /* opened when it is needed, and again when it broke */
	pid_t keeper;
	int keeper_alive; /* closed: the keeper ends */
};

/* Starts one as other test servers are; for server_stop also when it failed. */
bool server_create(struct server *server);
/* One that is durable. The script creates the tables. */
bool server_start(struct server *server, const char *script);
bool server_stop(struct server *server);

/* Stops it, mode 'f'ast, 'i'mmediate or 'k'ill, and waits until it is gone. */
bool server_down(struct server *server, char mode);
/* Starts it again, and waits until it takes connections. */
bool server_up(struct server *server);
/* Waits until it takes connections after it restarted by itself. */
bool server_wait(struct server *server);

bool server_execute(struct server *server, const char *sql);
/* The first column of all rows, for PQclear() by the caller; NULL: it failed. */
PGresult *server_query(struct server *server, const char *sql);
/* The first value as a number; -1: it failed, or there is none. */
long server_number(struct server *server, const char *sql);
/* A connection of its own, for PQfinish() by the caller; it may be a failed one. */
PGconn *server_connect(const struct server *server);
/* One of the load's backends by chance; 0: there is none. */
pid_t server_backend(struct server *server);

#define SERVER_LOAD_NAME "quern-chaos"

#endif
