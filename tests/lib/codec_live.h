/*
 * What the live tests of the codecs share: a connection, and values sent to the server in binary.
 */
#ifndef QUERN_TEST_CODEC_LIVE_H
#define QUERN_TEST_CODEC_LIVE_H

#include "codec_subject.h"
#include "test_server.h"

#define STATEMENT_SIZE ((size_t)512)

struct live {
	struct test_server server;
	PGconn *connection;
	struct arena arena;
	struct buf wire; /* what the next query sends */
};

/* Set-up and tear-down of a group of cmocka tests; the state is a struct live. */
int live_start(void **state);
int live_stop(void **state);

/* The wire is $1 in binary, the text $2; results are binary. An error fails the test. */
PGresult *live_query(struct live *live, const char *sql, Oid oid, const char *text);
struct str live_cell(const PGresult *result, int row, int column);
qn_field field_of(uint8_t type);

#endif
