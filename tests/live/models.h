/*
 * What the live tests of model operations share: a database with the table of test.Thing, a pool
 * and a session.
 */
#ifndef TESTS_LIVE_MODELS_H
#define TESTS_LIVE_MODELS_H

#include <quern.h>

#include "test_server.h"
#include "thing.h"

struct models {
	struct test_server server;
	qn_pool *pool;
	qn_session *session;
};

/* cmocka fixtures of a group; *state is a struct models. */
int models_setup(void **state);
int models_teardown(void **state);
/* Fixture of a test: an empty table, a new session. */
int models_clear(void **state);
/* Waits, and fails the test with the session's error when the status is another. */
void models_expect(struct models *models, qn_op *op, qn_status expected);
/* Runs SQL as somebody else would: on a connection of its own. */
void models_execute(struct models *models, const char *sql);
/* The first value of a query by somebody else equals this text. */
void models_expect_value(struct models *models, const char *sql, const char *expected);

#endif
