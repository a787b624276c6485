/*
 * A database of its own for a live test.
 *
 * The test runner names a running server by QUERN_TEST_URL. A test that is run by hand has none:
 * it gets a server of its own in a temporary folder, which goes away with the process, however
 * that ends. In both cases each test_server has a fresh, empty database, so tests can run at the
 * same time; it is UTF8 and belongs to a superuser.
 *
 * QUERN_TEST_POOLER, the URL of a pooler in front of that server, has what a test measures go
 * through it; what the test itself looks up or changes goes to the server. QUERN_TEST_POOLER_MODE
 * says what the pooler pools: "session" or "transaction".
 *
 * Functions that fail say why on stderr. Not for use from several threads.
 */
#ifndef QUERN_TEST_SERVER_H
#define QUERN_TEST_SERVER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>

/* All members are its own. */
struct test_server {
	char *server;   /* conninfo of the server's maintenance database */
	char *database; /* name of the test's database */
	char *conninfo; /* of the test's database */
	char *pooled;   /* the same through the pooler; NULL without one */
	pid_t keeper;   /* the process that stops a server of our own; 0 when it is the runner's */
};

/* Finds or starts a server and makes a database in it. False leaves nothing to stop. */
bool test_server_start(struct test_server *test);

/* Drops the database, ending connections to it, and stops a server of our own. False when
 * something could not be cleaned up. */
bool test_server_stop(struct test_server *test);

/*
 * Keywords and values for a pool of the test's database, through the pooler if there is one; valid
 * until test_server_stop().
 */
const char *test_server_conninfo(const struct test_server *test);

/* Whether pools need the settings for a pooler in transaction mode. */
bool test_server_pools_transactions(void);

/* A connection to the test's database, for PQfinish() by the caller; NULL on failure. */
PGconn *test_server_connect(const struct test_server *test);

/* Runs SQL, several statements if need be, on a connection of its own. */
bool test_server_execute(const struct test_server *test, const char *sql);

/*
 * Runs the SQL of a file likewise: the tables of a schema, as `quern sql` printed them. False also
 * for NULL, and for a file that has none.
 */
bool test_server_execute_file(const struct test_server *test, const char *path);

/* Runs a query on a connection of its own, and returns the first column of its first row as text,
 * for free() by the caller; NULL on failure, for no row, and for a null. */
char *test_server_value(const struct test_server *test, const char *sql);

#endif
