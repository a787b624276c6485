#include "fake_pool.h"

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

struct fixture {
	struct qn_pool pool;
	qn_session *session;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fake_pool_init(&fixture.pool);
	*state = &fixture;
	return qn_session_open(&fixture.pool, &fixture.session) == QN_OK ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	qn_session_close(fixture->session);
	fake_pool_settle(&fixture->pool);
	assert_int_equal(fixture->pool.completed, fixture->pool.submitted);
	assert_true(session_room_is_idle(fixture->pool.room));
	fake_pool_release(&fixture->pool);
	return 0;
}

static qn_op *send(struct fixture *fixture, const char *sql)
{
	qn_op *op = qn_sql(fixture->session, NULL, sql, NULL, 0);

	assert_non_null(op);
	return op;
}

struct seen {
	int calls;
	qn_status status;
	char message[256];
	qn_session *close;
	qn_op *cancel;
	qn_op *await;
	qn_status await_status;
};

static void see(qn_op *op, void *context)
{
	struct seen *seen = context;

	seen->calls++;
	seen->status = qn_op_status(op);
	snprintf(seen->message, sizeof(seen->message), "%s", qn_op_error(op)->message);
	if (seen->await)
		seen->await_status = qn_await(seen->await);
	qn_cancel(seen->cancel);
	qn_session_close(seen->close);
}

static void await_runs_the_loop_until_the_operation_is_done(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_await(send(fixture, "ok a")), QN_OK);
	assert_string_equal(fixture->pool.kept.at, "a\n");
	assert_int_equal(qn_session_error(fixture->session)->status, QN_OK);
}

static void await_after_completion_returns_the_status(void **state)
{
	struct fixture *fixture = *state;
	qn_op *good = send(fixture, "ok a");
	qn_op *bad = send(fixture, "unique");
	qn_op *worse = send(fixture, "fail");

	fake_pool_settle(&fixture->pool);
	assert_int_equal(qn_await(bad), QN_UNIQUE_VIOLATION);
	assert_int_equal(qn_session_error(fixture->session)->status, QN_UNIQUE_VIOLATION);
	assert_int_equal(qn_await(worse), QN_SQL_ERROR);
	assert_int_equal(qn_session_error(fixture->session)->status, QN_SQL_ERROR);
	assert_string_equal(qn_session_error(fixture->session)->sql, "fail");
	assert_int_equal(qn_await(good), QN_OK);
}

static void operations_of_a_session_are_sent_in_order(void **state)
{
	struct fixture *fixture = *state;
	qn_op *first = send(fixture, "ok a");
	qn_op *second = send(fixture, "ok b");

	assert_int_equal(qn_await(second), QN_OK);
	assert_int_equal(qn_await(first), QN_OK);
	assert_string_equal(fixture->pool.trace.at, "ok a\nok b\n");
}

static void a_call_back_fires_once_from_the_loop(void **state)
{
	struct fixture *fixture = *state;
	struct seen seen = { 0 };

	assert_int_equal(qn_then(send(fixture, "unique"), see, &seen), QN_OK);
	assert_int_equal(seen.calls, 0);
	fake_pool_settle(&fixture->pool);
	fake_pool_settle(&fixture->pool);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.status, QN_UNIQUE_VIOLATION);
	assert_string_equal(seen.message, qn_status_text(QN_UNIQUE_VIOLATION));
}

static void a_call_back_given_after_completion_fires_from_the_loop(void **state)
{
	struct fixture *fixture = *state;
	struct seen seen = { 0 };
	qn_op *op = send(fixture, "ok a");

	fake_pool_settle(&fixture->pool);
	assert_int_equal(qn_then(op, see, &seen), QN_OK);
	assert_int_equal(seen.calls, 0);
	fake_pool_settle(&fixture->pool);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.status, QN_OK);
}

static void a_result_is_given_to_one_only(void **state)
{
	struct fixture *fixture = *state;
	struct seen seen = { 0 };
	qn_op *op = send(fixture, "ok a");

	assert_int_equal(qn_then(op, NULL, NULL), QN_USAGE);
	assert_int_equal(qn_then(op, see, &seen), QN_OK);
	assert_int_equal(qn_then(op, see, &seen), QN_USAGE);
	assert_int_equal(qn_await(op), QN_USAGE);
	fake_pool_settle(&fixture->pool);
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
	struct fixture *fixture = *state;
	qn_op *second = send(fixture, "ok b");
	struct seen seen = { .await = second };

	assert_int_equal(qn_then(send(fixture, "ok a"), see, &seen), QN_OK);
	fake_pool_settle(&fixture->pool);
	assert_int_equal(seen.await_status, QN_USAGE);
	assert_non_null(strstr(qn_session_error(fixture->session)->message, "qn_then"));
	assert_int_equal(qn_await(second), QN_OK);
}

static void cancel_before_completion(void **state)
{
	struct fixture *fixture = *state;
	struct seen seen = { 0 };
	qn_op *awaited = send(fixture, "ok a");
	qn_op *called = send(fixture, "ok b");

	assert_int_equal(qn_then(called, see, &seen), QN_OK);
	qn_cancel(awaited);
	qn_cancel(awaited);
	qn_cancel(called);
	assert_int_equal(fixture->pool.cancels, 2);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(qn_await(awaited), QN_CANCELLED);
	fake_pool_settle(&fixture->pool);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.status, QN_CANCELLED);
	assert_int_equal(fixture->pool.kept.len, 0);
}

static void cancel_after_completion_changes_nothing(void **state)
{
	struct fixture *fixture = *state;
	qn_op *op = send(fixture, "ok a");

	fake_pool_settle(&fixture->pool);
	qn_cancel(op);
	assert_int_equal(fixture->pool.cancels, 0);
	assert_int_equal(qn_await(op), QN_OK);
}

static void a_call_back_may_cancel_its_own_and_other_operations(void **state)
{
	struct fixture *fixture = *state;
	struct seen first = { 0 };
	struct seen second = { 0 };
	qn_op *op;

	fixture->pool.answers_a_turn = 1;
	op = send(fixture, "ok a");
	first.cancel = send(fixture, "ok b");
	assert_int_equal(qn_then(op, see, &first), QN_OK);
	assert_int_equal(qn_then(first.cancel, see, &second), QN_OK);
	fake_pool_settle(&fixture->pool);
	assert_int_equal(second.status, QN_CANCELLED);
	assert_string_equal(fixture->pool.kept.at, "a\n");
}

static void close_calls_back_what_is_under_way_with_cancelled(void **state)
{
	struct fixture *fixture = *state;
	struct seen running = { 0 };
	struct seen done = { 0 };
	struct seen refused = { 0 };
	qn_op *op;

	op = send(fixture, "ok a");
	fake_pool_settle(&fixture->pool);
	assert_int_equal(qn_then(op, see, &done), QN_OK);
	assert_int_equal(qn_then(send(fixture, "ok b"), see, &running), QN_OK);
	assert_int_equal(qn_then(send(fixture, ""), see, &refused), QN_OK);
	(void)send(fixture, "ok c");
	qn_session_close(fixture->session);
	fixture->session = NULL;
	assert_int_equal(done.calls, 1);
	assert_int_equal(done.status, QN_OK);
	assert_int_equal(running.calls, 1);
	assert_int_equal(running.status, QN_CANCELLED);
	assert_int_equal(refused.calls, 1);
	assert_int_equal(refused.status, QN_CANCELLED);
	assert_int_equal(fixture->pool.request_count, 2);
	fake_pool_settle(&fixture->pool);
	assert_string_equal(fixture->pool.kept.at, "a\n");
	assert_int_equal(running.calls, 1);
}

static void a_call_back_may_close_its_session(void **state)
{
	struct fixture *fixture = *state;
	struct seen closing = { .close = fixture->session };
	struct seen other = { 0 };

	assert_int_equal(qn_then(send(fixture, "ok a"), see, &closing), QN_OK);
	assert_int_equal(qn_then(send(fixture, "ok b"), see, &other), QN_OK);
	fixture->session = NULL;
	fake_pool_settle(&fixture->pool);
	assert_int_equal(closing.calls, 1);
	assert_int_equal(other.calls, 1);
	assert_int_equal(other.status, QN_CANCELLED);
}

static void an_await_ends_when_a_call_back_closes_the_session(void **state)
{
	struct fixture *fixture = *state;
	struct seen closing = { .close = fixture->session };
	qn_op *op = send(fixture, "ok a");
	qn_op *awaited = send(fixture, "slow");

	assert_int_equal(qn_then(op, see, &closing), QN_OK);
	fixture->session = NULL;
	assert_int_equal(qn_await(awaited), QN_CANCELLED);
}

static void a_detached_operation_outlives_its_session(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.config.log = fake_pool_log;
	fixture->pool.config.log_context = &fixture->pool;
	qn_detach(send(fixture, "ok a"));
	qn_detach(send(fixture, "unique"));
	qn_session_close(fixture->session);
	fixture->session = NULL;
	assert_int_equal(fixture->pool.cancels, 0);
	fake_pool_settle(&fixture->pool);
	assert_string_equal(fixture->pool.kept.at, "a\n");
	assert_string_equal(fixture->pool.log.at, "detached QN_UNIQUE_VIOLATION unique\n");
}

static void a_failed_detached_operation_goes_to_the_log(void **state)
{
	struct fixture *fixture = *state;
	qn_op *late = send(fixture, "unique");

	fake_pool_settle(&fixture->pool);
	fixture->pool.config.log = fake_pool_log;
	fixture->pool.config.log_context = &fixture->pool;
	qn_detach(late);
	qn_detach(send(fixture, "fail"));
	qn_detach(send(fixture, "ok a"));
	fake_pool_settle(&fixture->pool);
	assert_string_equal(fixture->pool.log.at,
			    "detached QN_UNIQUE_VIOLATION unique\n"
			    "query QN_SQL_ERROR fail\ndetached QN_SQL_ERROR fail\n"
			    "query QN_OK ok a\n");
	assert_null(fixture->session->first_op);
}

static void each_query_is_logged_and_a_slow_one_twice(void **state)
{
	struct fixture *fixture = *state;
	qn_op *op;

	fixture->pool.config.log = fake_pool_log;
	fixture->pool.config.log_context = &fixture->pool;
	fixture->pool.config.slow_query = 5;
	assert_int_equal(qn_await(send(fixture, "ok a")), QN_OK);
	op = send(fixture, "ok b");
	fixture->pool.now += 5000000;
	assert_int_equal(qn_await(op), QN_OK);
	assert_string_equal(fixture->pool.log.at,
			    "query QN_OK ok a\nquery QN_OK ok b\nslow QN_OK ok b\n");
	assert_int_equal(fixture->pool.operations, 2);
}

static void a_refused_operation_completes_from_the_loop_without_being_sent(void **state)
{
	struct fixture *fixture = *state;
	struct qn_op *op = op_new(fixture->session, &product);
	struct seen seen = { 0 };

	op_refuse(op, QN_INVALID_VALUE, &product_fields[0], "%d is too much", 7);
	op_refuse(op, QN_USAGE, NULL, "a second reason");
	assert_int_equal(qn_then(op_submit(op), see, &seen), QN_OK);
	assert_int_equal(seen.calls, 0);
	fake_pool_settle(&fixture->pool);
	assert_int_equal(seen.status, QN_INVALID_VALUE);
	assert_string_equal(seen.message, "Product.name: 7 is too much");
	assert_string_equal(qn_session_error(fixture->session)->field, "name");
	assert_string_equal(qn_session_error(fixture->session)->model, "shop.Product");
	assert_int_equal(fixture->pool.submitted, 0);
	assert_int_equal(fixture->pool.failures, 1);
}

static void an_operation_without_a_statement_completes_as_it_chose(void **state)
{
	struct fixture *fixture = *state;
	struct qn_op *op = op_new(fixture->session, &product);

	assert_int_equal(qn_await(op_submit(op)), QN_OK);
	op = op_new(fixture->session, &product);
	op_complete_with(op, QN_NOT_FOUND);
	assert_int_equal(qn_await(op_submit(op)), QN_NOT_FOUND);
	assert_string_equal(qn_session_error(fixture->session)->message, "Product: no row matches");
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
	struct fixture *fixture = *state;
	struct qn_op *op = op_new(fixture->session, &product);

	op->request.statement = &statement;
	op->finish = finish_with_drift;
	assert_int_equal(qn_await(op_submit(op)), QN_SCHEMA_DRIFT);
	assert_string_equal(qn_session_error(fixture->session)->message,
			    "Product: the table is gone");
	op = op_new(fixture->session, &product);
	op->request.statement = &statement;
	op->finish = finish_without_reason;
	assert_int_equal(qn_await(op_submit(op)), QN_NOT_UNIQUE);
	assert_string_equal(qn_session_error(fixture->session)->message,
			    "Product: more than one row matches");
}

static void a_pool_that_takes_no_request_fails_the_operation(void **state)
{
	struct fixture *fixture = *state;
	qn_op *op;

	fixture->pool.submit_status = QN_POOL_TIMEOUT;
	op = send(fixture, "ok a");
	assert_int_equal(qn_await(op), QN_POOL_TIMEOUT);
	fixture->pool.submit_status = QN_OK;
	assert_int_equal(qn_await(send(fixture, "ok a")), QN_OK);
}

static void deadlines_come_from_the_operation_the_session_or_the_pool(void **state)
{
	struct fixture *fixture = *state;
	qn_op *op = send(fixture, "ok a");

	assert_int_equal(op->request.deadline, fixture->pool.now + UINT64_C(60000000000));
	qn_session_set_deadline(fixture->session, 5);
	op = send(fixture, "ok b");
	assert_int_equal(op->request.deadline, fixture->pool.now + 5000000);
	qn_op_set_deadline(op, 7);
	assert_int_equal(op->request.deadline, fixture->pool.now + 7000000);
	qn_session_set_deadline(fixture->session, 0);
	fixture->pool.config.deadline = 0;
	op = send(fixture, "ok c");
	assert_int_equal(op->request.deadline, fixture->pool.now + UINT64_C(60000000000));
}

static void parameters_are_bound_in_order(void **state)
{
	static const struct statement statement = { .sql = "ok a", .parameter_count = 3 };
	struct fixture *fixture = *state;
	struct qn_op *op = op_new(fixture->session, NULL);

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
	struct fixture *fixture = *state;
	qn_op *first = send(fixture, "ok a");
	qn_op *second;

	assert_int_equal(qn_await(first), QN_OK);
	second = send(fixture, "fail");
	assert_ptr_equal(first, second);
	assert_int_equal(qn_await(second), QN_SQL_ERROR);
	second = send(fixture, "ok b");
	assert_ptr_equal(first, second);
	assert_int_equal(qn_op_error(second)->status, QN_OK);
	assert_int_equal(qn_await(second), QN_OK);
}

static void too_many_parameters_are_refused(void **state)
{
	static const char *many[65536];
	struct fixture *fixture = *state;

	assert_int_equal(qn_await(qn_sql(fixture->session, NULL, "ok a", many, 65536)),
			 QN_INVALID_VALUE);
	assert_non_null(strstr(qn_session_error(fixture->session)->message, "65535"));
	assert_int_equal(qn_await(qn_sql(fixture->session, NULL, "ok a", many, 65535)), QN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(await_runs_the_loop_until_the_operation_is_done),
		TEST(await_after_completion_returns_the_status),
		TEST(operations_of_a_session_are_sent_in_order),
		TEST(a_call_back_fires_once_from_the_loop),
		TEST(a_call_back_given_after_completion_fires_from_the_loop),
		TEST(a_result_is_given_to_one_only),
		TEST(no_operation_is_out_of_memory),
		TEST(await_in_a_call_back_is_refused_and_the_operation_goes_on),
		TEST(cancel_before_completion),
		TEST(cancel_after_completion_changes_nothing),
		TEST(a_call_back_may_cancel_its_own_and_other_operations),
		TEST(close_calls_back_what_is_under_way_with_cancelled),
		TEST(a_call_back_may_close_its_session),
		TEST(an_await_ends_when_a_call_back_closes_the_session),
		TEST(a_detached_operation_outlives_its_session),
		TEST(a_failed_detached_operation_goes_to_the_log),
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
