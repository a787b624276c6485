/*
 * What the server says about a program's mistakes, and what the program is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models.h"

#define MODEL &test_thing_model

static void assert_message(const struct models *models, const char *expected)
{
	assert_string_equal(qn_session_error(models->session)->message, expected);
}

static qn_op *sql(struct models *models, const char *text)
{
	return qn_sql(models->session, NULL, text, NULL, 0);
}

static void a_wrong_number_of_parameters_is_the_statements_mistake(void **state)
{
	const char *one[] = { "1" };
	struct models *models = *state;

	models_expect(models, sql(models, "SELECT $1::int"), QN_SQL_ERROR);
	assert_non_null(strstr(qn_session_error(models->session)->message, "0 parameters"));
	assert_string_equal(qn_session_error(models->session)->sqlstate, "08P01");
	models_expect(models, qn_sql(models->session, NULL, "SELECT 1", one, 1), QN_SQL_ERROR);
	models_expect(models, sql(models, "SELECT 1; SELECT 2"), QN_SQL_ERROR);
	models_expect(models, sql(models, "SELECT 1"), QN_OK);
}

static void a_deadline_is_told_as_one(void **state)
{
	struct models *models = *state;
	qn_op *op = sql(models, "SELECT pg_sleep(30)");

	qn_op_set_deadline(op, 50);
	models_expect(models, op, QN_DEADLINE_EXCEEDED);
	assert_non_null(strstr(qn_session_error(models->session)->message, "the deadline of "));
}

static void a_cancelled_operation_is_told_as_one(void **state)
{
	struct models *models = *state;
	qn_op *op = sql(models, "SELECT pg_sleep(30)");

	qn_cancel(op);
	models_expect(models, op, QN_CANCELLED);
	assert_message(models, "cancelled");
}

static qn_status sleep_too_long(qn_session *session, void *argument)
{
	qn_status status =
		qn_await(qn_sql(session, NULL, "SET LOCAL statement_timeout = '20ms'", NULL, 0));

	(void)argument;
	return status == QN_OK ? qn_await(qn_sql(session, NULL, "SELECT pg_sleep(30)", NULL, 0))
			       : status;
}

static void a_timeout_of_the_server_is_told_in_its_words(void **state)
{
	struct models *models = *state;

	assert_int_equal(qn_atomic(models->session, sleep_too_long, NULL, NULL), QN_CANCELLED);
	assert_message(models, "canceling statement due to statement timeout");
}

/* Each is found before anything is sent: the server would name only one of its own operators. */
static void json_is_neither_ordered_nor_distinct(void **state)
{
	struct models *models = *state;
	test_thing_list list;

	models_expect(models,
		      qn_model_find(models->session, MODEL, &list,
				    &(test_thing_query){ .order_by = { TEST_THING_PLAIN } }),
		      QN_USAGE);
	models_expect(models,
		      qn_model_find(models->session, MODEL, &list,
				    &(test_thing_query){ .order_by = { TEST_THING_DOC } }),
		      QN_OK);
	models_expect(models,
		      qn_model_find(models->session, MODEL, &list,
				    &(test_thing_query){ .distinct = true,
							 .unordered = true,
							 .only = { TEST_THING_DOC } }),
		      QN_OK);
}

static void slices_beyond_every_row_are_empty(void **state)
{
	const test_thing_query query = { .limit = INT64_MAX, .offset = INT64_MAX };
	struct models *models = *state;
	test_thing_list list;
	int64_t count = 9;
	bool exists = true;

	models_expect(models, qn_model_find(models->session, MODEL, &list, &query), QN_OK);
	assert_int_equal(list.len, 0);
	models_expect(models, qn_model_count(models->session, MODEL, &count, &query), QN_OK);
	assert_int_equal(count, 0);
	models_expect(models, qn_model_exists(models->session, MODEL, &exists, &query), QN_OK);
	assert_false(exists);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, models_clear)
		TEST(a_wrong_number_of_parameters_is_the_statements_mistake),
		TEST(a_deadline_is_told_as_one),
		TEST(a_cancelled_operation_is_told_as_one),
		TEST(a_timeout_of_the_server_is_told_in_its_words),
		TEST(json_is_neither_ordered_nor_distinct),
		TEST(slices_beyond_every_row_are_empty),
	};

	return cmocka_run_group_tests_name("mistakes", tests, models_setup, models_teardown);
}
