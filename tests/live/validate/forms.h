/*
 * What the tests of validation share: a database with the tables of forms.quern, a pool, a session,
 * and a count of the statements that were sent.
 */
#ifndef TESTS_LIVE_FORMS_H
#define TESTS_LIVE_FORMS_H

#include <quern.h>

#include "forms/city.h"
#include "forms/member.h"
#include "forms/paper.h"
#include "forms/seat.h"
#include "test_server.h"

struct forms {
	struct test_server server;
	qn_pool *pool;
	qn_session *session;
	unsigned statements; /* completed since forms_clear, or since the test set it to 0 */
};

/* cmocka fixtures of a group; *state is a struct forms. */
int forms_setup(void **state);
int forms_teardown(void **state);
/* Fixture of a test: empty tables whose keys begin with 1, a new session. */
int forms_clear(void **state);
/* Waits, and fails the test with the session's error when the status is another. */
void forms_expect(struct forms *forms, qn_op *op, qn_status expected);
/* The errors as JSON are this text. */
void forms_expect_errors(const qn_errors *errors, const char *expected);
/* Runs SQL as somebody else would: on a connection of its own. */
void forms_execute(struct forms *forms, const char *sql);
/* The first value of a query by somebody else equals this text; NULL is NULL. */
void forms_expect_value(struct forms *forms, const char *sql, const char *expected);
/* A row that is there from now on. */
forms_member *forms_make(struct forms *forms, const forms_member_new *values);

#endif
