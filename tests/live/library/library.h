/*
 * What the tests of relations share: a database with the tables of library.quern, a pool, a
 * session, and a count of the statements that were sent.
 */
#ifndef TESTS_LIVE_LIBRARY_H
#define TESTS_LIVE_LIBRARY_H

#include <quern.h>

#include "library/author.h"
#include "library/book.h"
#include "library/club.h"
#include "library/country.h"
#include "library/loan.h"
#include "library/membership.h"
#include "library/profile.h"
#include "library/series.h"
#include "library/tag.h"
#include "test_server.h"

struct library {
	struct test_server server;
	qn_pool *pool;
	qn_session *session;
	unsigned statements; /* completed since library_clear, or since the test set it to 0 */
};

/* cmocka fixtures of a group; *state is a struct library. */
int library_setup(void **state);
int library_teardown(void **state);
/* Fixture of a test: empty tables whose keys begin with 1, a new session. */
int library_clear(void **state);
/* Waits, and fails the test with the session's error when the status is another. */
void library_expect(struct library *library, qn_op *op, qn_status expected);
/* The same, and that the message is this. */
void library_expect_message(struct library *library, qn_op *op, qn_status expected,
			    const char *message);
/* Runs SQL as somebody else would: on a connection of its own. */
void library_execute(struct library *library, const char *sql);
/* The first value of a query by somebody else equals this text. */
void library_expect_value(struct library *library, const char *sql, const char *expected);

#endif
