/* How operations go from being submitted to their result. */
#include "session_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "session/inside.h"

static const qn_field product_fields[] = { { .name = "name", .column = "title" } };
static const qn_model product = {
	.name = "shop.Product",
	.fields = product_fields,
	.field_count = 1,
};

static void await_runs_the_loop_until_the_operation_is_done(void **state)
{
	struct session_rig *rig = *state;

	assert_int_equal(qn_await(session_rig_send(rig, "ok a")), QN_OK);
	assert_string_equal(rig->pool.kept.at, "a\n");
	assert_int_equal(qn_session_error(rig->session)->status, QN_OK);
}

static void await_after_completion_returns_the_status(void **state)
{
	struct session_rig *rig = *state;
	qn_op *good = session_rig_send(rig, "ok a");
	qn_op *bad = session_rig_send(rig, "unique");
	qn_op *worse = session_rig_send(rig, "fail");

	fake_pool_settle(&rig->pool);
	assert_int_equal(qn_await(bad), QN_UNIQUE_VIOLATION);
	assert_int_equal(qn_session_error(rig->session)->status, QN_UNIQUE_VIOLATION);
	assert_int_equal(qn_await(worse), QN_SQL_ERROR);
	assert_int_equal(qn_session_error(rig->session)->status, QN_SQL_ERROR);
	assert_string_equal(qn_session_error(rig->session)->sql, "fail");
	assert_int_equal(qn_await(good), QN_OK);
}

static void operations_of_a_session_are_sent_in_order(void **state)
{
	struct session_rig *rig = *state;
	qn_op *first = session_rig_send(rig, "ok a");
	qn_op *second = session_rig_send(rig, "ok b");

	assert_int_equal(qn_await(second), QN_OK);
	assert_int_equal(qn_await(first), QN_OK);
	assert_string_equal(rig->pool.trace.at, "ok a\nok b\n");
}

static void a_call_back_fires_once_from_the_loop(void **state)
{
	struct session_rig *rig = *state;
	struct seen seen = { 0 };

	assert_int_equal(qn_then(session_rig_send(rig, "unique"), see, &seen), QN_OK);
	assert_int_equal(seen.calls, 0);
	fake_pool_settle(&rig->pool);
	fake_pool_settle(&rig->pool);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.status, QN_UNIQUE_VIOLATION);
	assert_string_equal(seen.message, qn_status_text(QN_UNIQUE_VIOLATION));
}

static void a_call_back_given_after_completion_fires_from_the_loop(void **state)
{
	struct session_rig *rig = *state;
	struct seen seen = { 0 };
	qn_op *op = session_rig_send(rig, "ok a");

	fake_pool_settle(&rig->pool);
	assert_int_equal(qn_then(op, see, &seen), QN_OK);
	assert_int_equal(seen.calls, 0);
	fake_pool_settle(&rig->pool);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.status, QN_OK);
}

static void a_result_is_given_to_one_only(void **state)
{
	struct session_rig *rig = *state;
	struct seen seen = { 0 };
	qn_op *op = session_rig_send(rig, "ok a");

	assert_int_equal(qn_then(op, NULL, NULL), QN_USAGE);
	assert_int_equal(qn_then(op, see, &seen), QN_OK);
	assert_int_equal(qn_then(op, see, &seen), QN_USAGE);
	assert_int_equal(qn_await(op), QN_USAGE);
	fake_pool_settle(&rig->pool);
	assert_int_equal(seen.calls, 1);
}

static void no_operation_is_out_of_memory(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(qn_await(NULL), QN_OUT_OF_MEMORY);
	assert_int_equal(qn_then(NULL, see, &seen), QN_OUT_OF_MEMORY);
	assert_int_equal(qn_op_status(NULL), QN_OUT_OF_MEMORY);
	assert_null(qn_op_session(NULL));
	qn_cancel(NULL);
	qn_detach(NULL);
	qn_op_set_deadline(NULL, 1);
	assert_int_equal(seen.calls, 0);
}

static void await_in_a_call_back_is_refused_and_the_operation_goes_on(void **state)
{
	struct session_rig *rig = *state;
	qn_op *second = session_rig_send(rig, "ok b");
	struct seen seen = { .await = second };

	assert_int_equal(qn_then(session_rig_send(rig, "ok a"), see, &seen), QN_OK);
	fake_pool_settle(&rig->pool);
	assert_int_equal(seen.await_status, QN_USAGE);
	assert_non_null(strstr(qn_session_error(rig->session)->message, "qn_then"));
	assert_int_equal(qn_await(second), QN_OK);
}

static void each_query_is_logged_and_a_slow_one_twice(void **state)
{
	struct session_rig *rig = *state;
	qn_op *op;

	rig->pool.config.log = fake_pool_log;
	rig->pool.config.log_context = &rig->pool;
	rig->pool.config.slow_query = 5;
	assert_int_equal(qn_await(session_rig_send(rig, "ok a")), QN_OK);
	op = session_rig_send(rig, "ok b");
	rig->pool.now += 5000000;
	assert_int_equal(qn_await(op), QN_OK);
	assert_string_equal(rig->pool.log.at,
			    "query QN_OK ok a\nquery QN_OK ok b\nslow QN_OK ok b\n");
	assert_int_equal(rig->pool.operations, 2);
}

static void a_refused_operation_completes_from_the_loop_without_being_sent(void **state)
{
	struct session_rig *rig = *state;
	struct qn_op *op = op_new(rig->session, &product);
	struct seen seen = { 0 };

	op_refuse(op, QN_INVALID_VALUE, &product_fields[0], "%d is too much", 7);
	op_refuse(op, QN_USAGE, NULL, "a second reason");
	assert_int_equal(qn_then(op_submit(op), see, &seen), QN_OK);
	assert_int_equal(seen.calls, 0);
	fake_pool_settle(&rig->pool);
	assert_int_equal(seen.status, QN_INVALID_VALUE);
	assert_string_equal(seen.message, "Product.name: 7 is too much");
	assert_string_equal(qn_session_error(rig->session)->field, "name");
	assert_string_equal(qn_session_error(rig->session)->model, "shop.Product");
	assert_int_equal(rig->pool.submitted, 0);
	assert_int_equal(rig->pool.failures, 1);
}

static void an_operation_without_a_statement_completes_as_it_chose(void **state)
{
	struct session_rig *rig = *state;
	struct qn_op *op = op_new(rig->session, &product);

	assert_int_equal(qn_await(op_submit(op)), QN_OK);
	op = op_new(rig->session, &product);
	op_complete_with(op, QN_NOT_FOUND);
	assert_int_equal(qn_await(op_submit(op)), QN_NOT_FOUND);
	assert_string_equal(qn_session_error(rig->session)->message, "Product: no row matches");
}

static qn_status finish_with_drift(struct qn_op *op, struct outcome *outcome)
{
	(void)outcome;
	return op_fail(op, QN_SCHEMA_DRIFT, NULL, "the table\nis gone");
}

static qn_status finish_without_reason(struct qn_op *op, struct outcome *outcome)
{
	(void)op;
	(void)outcome;
	return QN_NOT_UNIQUE;
}

static void finish_decides_how_an_operation_ends(void **state)
{
	static const struct statement statement = { .sql = "ok a" };
	struct session_rig *rig = *state;
	struct qn_op *op = op_new(rig->session, &product);

	op->request.statement = &statement;
	op->finish = finish_with_drift;
	assert_int_equal(qn_await(op_submit(op)), QN_SCHEMA_DRIFT);
	assert_string_equal(qn_session_error(rig->session)->message, "Product: the table is gone");
	op = op_new(rig->session, &product);
	op->request.statement = &statement;
	op->finish = finish_without_reason;
	assert_int_equal(qn_await(op_submit(op)), QN_NOT_UNIQUE);
	assert_string_equal(qn_session_error(rig->session)->message,
			    "Product: more than one row matches");
}

static void a_pool_that_takes_no_request_fails_the_operation(void **state)
{
	struct session_rig *rig = *state;
	qn_op *op;

	rig->pool.submit_status = QN_POOL_TIMEOUT;
	op = session_rig_send(rig, "ok a");
	assert_int_equal(qn_await(op), QN_POOL_TIMEOUT);
	rig->pool.submit_status = QN_OK;
	assert_int_equal(qn_await(session_rig_send(rig, "ok a")), QN_OK);
}

static void deadlines_come_from_the_operation_the_session_or_the_pool(void **state)
{
	struct session_rig *rig = *state;
	qn_op *op = session_rig_send(rig, "ok a");

	assert_int_equal(op->request.deadline, rig->pool.now + UINT64_C(60000000000));
	qn_session_set_deadline(rig->session, 5);
	op = session_rig_send(rig, "ok b");
	assert_int_equal(op->request.deadline, rig->pool.now + 5000000);
	qn_op_set_deadline(op, 7);
	assert_int_equal(op->request.deadline, rig->pool.now + 7000000);
	qn_session_set_deadline(rig->session, 0);
	rig->pool.config.deadline = 0;
	op = session_rig_send(rig, "ok c");
	assert_int_equal(op->request.deadline, rig->pool.now + UINT64_C(60000000000));
}

static void parameters_are_bound_in_order(void **state)
{
	static const struct statement statement = { .sql = "ok a", .parameter_count = 3 };
	struct session_rig *rig = *state;
	struct qn_op *op = op_new(rig->session, NULL);

	assert_true(op_parameter_begin(op, false));
	buf_add_be32(&op->wire, 7);
	assert_true(op_parameter_end(op));
	assert_true(op_parameter_null(op));
	for (int i = 0; i < 40; i++) {
		assert_true(op_parameter_begin(op, true));
		buf_add_format(&op->wire, "text %d", i);
		assert_true(op_parameter_end(op));
	}
	op->request.statement = &statement;
	op_submit(op);
	assert_memory_equal(op->request.values[0], "\0\0\0\7", 4);
	assert_int_equal(op->request.lengths[0], 4);
	assert_int_equal(op->request.formats[0], 1);
	assert_null(op->request.values[1]);
	assert_string_equal(op->request.values[41], "text 39");
	assert_int_equal(op->request.formats[41], 0);
	assert_int_equal(qn_await(op), QN_OK);
}

static void memory_of_operations_is_used_again(void **state)
{
	struct session_rig *rig = *state;
	qn_op *first = session_rig_send(rig, "ok a");
	qn_op *second;

	assert_int_equal(qn_await(first), QN_OK);
	second = session_rig_send(rig, "fail");
	assert_ptr_equal(first, second);
	assert_int_equal(qn_await(second), QN_SQL_ERROR);
	second = session_rig_send(rig, "ok b");
	assert_ptr_equal(first, second);
	assert_int_equal(qn_op_error(second)->status, QN_OK);
	assert_int_equal(qn_await(second), QN_OK);
}

static void too_many_parameters_are_refused(void **state)
{
	static const char *many[65536];
	struct session_rig *rig = *state;

	assert_int_equal(qn_await(qn_sql(rig->session, NULL, "ok a", many, 65536)),
			 QN_INVALID_VALUE);
	assert_non_null(strstr(qn_session_error(rig->session)->message, "65535"));
	assert_int_equal(qn_await(qn_sql(rig->session, NULL, "ok a", many, 65535)), QN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, session_rig_setup, session_rig_teardown)
		TEST(await_runs_the_loop_until_the_operation_is_done),
		TEST(await_after_completion_returns_the_status),
		TEST(operations_of_a_session_are_sent_in_order),
		TEST(a_call_back_fires_once_from_the_loop),
		TEST(a_call_back_given_after_completion_fires_from_the_loop),
		TEST(a_result_is_given_to_one_only),
		TEST(no_operation_is_out_of_memory),
		TEST(await_in_a_call_back_is_refused_and_the_operation_goes_on),
		TEST(each_query_is_logged_and_a_slow_one_twice),
		TEST(a_refused_operation_completes_from_the_loop_without_being_sent),
		TEST(an_operation_without_a_statement_completes_as_it_chose),
		TEST(finish_decides_how_an_operation_ends),
		TEST(a_pool_that_takes_no_request_fails_the_operation),
		TEST(deadlines_come_from_the_operation_the_session_or_the_pool),
		TEST(parameters_are_bound_in_order),
		TEST(memory_of_operations_is_used_again),
		TEST(too_many_parameters_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
