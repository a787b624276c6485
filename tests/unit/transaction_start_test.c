/* Transactions by call-backs: qn_atomic_start and qn_tx_finish. */
#include "fake_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "session/inside.h"

static struct qn_pool pool;
static qn_session *session;

static int setup(void **state)
{
	(void)state;
	fake_pool_init(&pool);
	return qn_session_open(&pool, &session) == QN_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	qn_session_close(session);
	fake_pool_settle(&pool);
	assert_int_equal(pool.completed, pool.submitted);
	assert_true(session_room_is_idle(pool.room));
	assert_int_equal(pool.timer_count, 0);
	fake_pool_release(&pool);
	return 0;
}

struct plan {
	const char *sql; /* of the one statement */
	int runs;
	int fail_runs; /* in which the statement is "deadlock" instead */
	qn_status await_status;
	bool never_finishes;
	int ended;
	qn_status status;
	char message[200];
	qn_op *inner;
	struct plan *inner_plan;
};

static void statement_done(qn_op *op, void *context)
{
	struct plan *plan = context;

	if (!plan->never_finishes)
		assert_int_equal(qn_tx_finish(qn_op_session(op), qn_op_status(op)), QN_OK);
}

static void start_statement(qn_session *at, void *argument)
{
	struct plan *plan = argument;
	const char *sql = plan->runs++ < plan->fail_runs ? "deadlock" : plan->sql;
	qn_op *op = qn_sql(at, NULL, sql, NULL, 0);

	plan->await_status = qn_await(op);
	assert_int_equal(qn_atomic(at, NULL, NULL, NULL), QN_USAGE);
	assert_int_equal(qn_then(op, statement_done, plan), QN_OK);
}

static void ended(qn_op *op, void *context)
{
	struct plan *plan = context;

	plan->ended++;
	plan->status = qn_op_status(op);
	snprintf(plan->message, sizeof(plan->message), "%s", qn_op_error(op)->message);
}

static qn_op *start(struct plan *plan, const qn_tx_options *options)
{
	qn_op *op = qn_atomic_start(session, start_statement, plan, options);

	assert_int_equal(qn_then(op, ended, plan), QN_OK);
	return op;
}

static void a_transaction_by_call_backs_commits_when_finished(void **state)
{
	struct plan plan = { .sql = "ok a" };

	(void)state;
	start(&plan, NULL);
	assert_true(qn_in_transaction(session));
	assert_int_equal(plan.await_status, QN_USAGE);
	fake_pool_settle(&pool);
	assert_int_equal(plan.ended, 1);
	assert_int_equal(plan.status, QN_OK);
	assert_string_equal(pool.trace.at, "BEGIN\nok a\nCOMMIT\n");
	assert_false(qn_in_transaction(session));
}

static void its_operation_can_be_awaited(void **state)
{
	struct plan plan = { .sql = "unique" };

	(void)state;
	assert_int_equal(qn_await(qn_atomic_start(session, start_statement, &plan, NULL)),
			 QN_UNIQUE_VIOLATION);
	assert_string_equal(pool.trace.at, "BEGIN\nunique\nROLLBACK\n");
	assert_int_equal(qn_session_error(session)->status, QN_UNIQUE_VIOLATION);
	assert_string_equal(qn_session_error(session)->sql, "unique");
}

static void the_body_is_called_again_for_a_retry(void **state)
{
	struct plan plan = { .sql = "ok a", .fail_runs = 2 };
	uint64_t before = pool.now;
	qn_op *op =
		qn_atomic_start(session, start_statement, &plan, &(qn_tx_options){ .retry = 2 });

	(void)state;
	assert_int_equal(qn_await(op), QN_OK);
	assert_int_equal(plan.runs, 3);
	assert_true(pool.now > before);
	assert_string_equal(pool.kept.at, "a\n");
}

static void refused_options_complete_from_the_loop(void **state)
{
	struct plan plan = { .sql = "ok a" };

	(void)state;
	start(&plan, &(qn_tx_options){ .deferrable = true });
	assert_int_equal(plan.ended, 0);
	fake_pool_settle(&pool);
	assert_int_equal(plan.status, QN_USAGE);
	assert_int_equal(plan.runs, 0);
	assert_int_equal(qn_await(qn_atomic_start(session, NULL, NULL, NULL)), QN_USAGE);
	assert_null(qn_atomic_start(NULL, start_statement, &plan, NULL));
}

static void finish_needs_a_transaction_of_its_kind(void **state)
{
	struct plan plan = { .sql = "slow", .never_finishes = true };
	qn_op *op;

	(void)state;
	assert_int_equal(qn_tx_finish(session, QN_OK), QN_USAGE);
	assert_int_equal(qn_tx_finish(NULL, QN_OK), QN_USAGE);
	op = start(&plan, NULL);
	assert_int_equal(qn_tx_finish(session, QN_OK), QN_OK);
	assert_int_equal(qn_tx_finish(session, QN_OK), QN_USAGE);
	qn_cancel(op);
	fake_pool_settle(&pool);
	assert_int_equal(plan.status, QN_CANCELLED);
}

static void cancel_rolls_back(void **state)
{
	struct plan plan = { .sql = "slow" };
	qn_op *op = start(&plan, NULL);

	(void)state;
	fake_pool_settle(&pool);
	qn_cancel(op);
	fake_pool_settle(&pool);
	assert_int_equal(plan.ended, 1);
	assert_int_equal(plan.status, QN_CANCELLED);
	assert_string_equal(pool.trace.at, "BEGIN\nslow\nROLLBACK\n");
}

static void cancel_while_a_retry_waits_gives_up(void **state)
{
	struct plan plan = { .sql = "ok a", .fail_runs = 9 };
	qn_op *op = start(&plan, &(qn_tx_options){ .retry = 9 });

	(void)state;
	fake_pool_settle(&pool);
	assert_int_equal(pool.timer_count, 1);
	qn_cancel(op);
	assert_int_equal(pool.timer_count, 0);
	fake_pool_settle(&pool);
	assert_int_equal(plan.ended, 1);
	assert_int_equal(plan.status, QN_CANCELLED);
	assert_int_equal(plan.runs, 1);
}

static void cancel_does_not_touch_a_commit_on_its_way(void **state)
{
	struct plan plan = { .sql = "ok a" };
	qn_op *op = start(&plan, NULL);

	(void)state;
	pool.answers = 2;
	fake_pool_settle(&pool);
	assert_string_equal(pool.trace.at, "BEGIN\nok a\nCOMMIT\n");
	qn_cancel(op);
	pool.answers = SIZE_MAX;
	fake_pool_settle(&pool);
	assert_int_equal(plan.status, QN_OK);
	assert_string_equal(pool.kept.at, "a\n");
}

static void close_while_a_retry_waits_calls_back(void **state)
{
	struct plan plan = { .sql = "ok a", .fail_runs = 9 };

	(void)state;
	start(&plan, &(qn_tx_options){ .retry = 9 });
	fake_pool_settle(&pool);
	qn_session_close(session);
	session = NULL;
	assert_int_equal(plan.ended, 1);
	assert_int_equal(plan.status, QN_CANCELLED);
}

static void close_in_a_transaction_calls_back_and_rolls_back(void **state)
{
	struct plan plan = { .sql = "ok a", .never_finishes = true };

	(void)state;
	start(&plan, NULL);
	fake_pool_settle(&pool);
	qn_session_close(session);
	session = NULL;
	assert_int_equal(plan.ended, 1);
	assert_int_equal(plan.status, QN_CANCELLED);
	fake_pool_settle(&pool);
	assert_string_equal(pool.trace.at, "BEGIN\nok a\nROLLBACK\n");
	assert_int_equal(pool.kept.len, 0);
}

static void close_leaves_a_commit_on_its_way_alone(void **state)
{
	struct plan plan = { .sql = "ok a" };

	(void)state;
	start(&plan, NULL);
	pool.answers = 2;
	fake_pool_settle(&pool);
	qn_session_close(session);
	session = NULL;
	pool.answers = SIZE_MAX;
	fake_pool_settle(&pool);
	assert_int_equal(plan.status, QN_CANCELLED);
	assert_string_equal(pool.trace.at, "BEGIN\nok a\nCOMMIT\n");
	assert_string_equal(pool.kept.at, "a\n");
}

static void inner_ended(qn_op *op, void *context)
{
	struct plan *plan = context;

	ended(op, plan->inner_plan);
	assert_int_equal(qn_tx_finish(qn_op_session(op), QN_OK), QN_OK);
}

static void start_inner(qn_session *at, void *argument)
{
	struct plan *plan = argument;

	(void)qn_sql(at, NULL, plan->sql, NULL, 0);
	plan->inner = qn_atomic_start(at, start_statement, plan->inner_plan, NULL);
	assert_int_equal(qn_then(plan->inner, inner_ended, plan), QN_OK);
}

static void nested_ones_are_savepoints(void **state)
{
	struct plan inner = { .sql = "unique" };
	struct plan plan = { .sql = "ok a", .inner_plan = &inner };

	(void)state;
	assert_int_equal(qn_await(qn_atomic_start(session, start_inner, &plan, NULL)), QN_OK);
	assert_int_equal(inner.status, QN_UNIQUE_VIOLATION);
	assert_string_equal(pool.trace.at,
			    "BEGIN\nok a\nSAVEPOINT qn_1\nunique\nROLLBACK TO SAVEPOINT qn_1\n"
			    "RELEASE SAVEPOINT qn_1\nCOMMIT\n");
	assert_string_equal(pool.kept.at, "a\n");
}

static qn_status leave_one_open(qn_session *at, void *argument)
{
	(void)qn_then(qn_atomic_start(at, start_statement, argument, NULL), ended, argument);
	return QN_OK;
}

static void a_nested_one_that_nobody_finished_rolls_everything_back(void **state)
{
	struct plan plan = { .sql = "ok a", .never_finishes = true };

	(void)state;
	assert_int_equal(qn_atomic(session, leave_one_open, &plan, NULL), QN_TRANSACTION_BROKEN);
	fake_pool_settle(&pool);
	assert_int_equal(plan.ended, 1);
	assert_int_equal(plan.status, QN_CANCELLED);
	assert_string_equal(pool.trace.at, "BEGIN\nSAVEPOINT qn_1\nok a\nROLLBACK\n");
}

static void close_from_hook(qn_session *at, void *argument)
{
	(void)argument;
	qn_session_close(at);
	session = NULL;
}

static void start_with_hook(qn_session *at, void *argument)
{
	assert_int_equal(qn_on_commit(at, close_from_hook, argument), QN_OK);
	start_statement(at, argument);
}

static void a_commit_hook_may_close_the_session(void **state)
{
	struct plan plan = { .sql = "ok a" };

	(void)state;
	assert_int_equal(qn_then(qn_atomic_start(session, start_with_hook, &plan, NULL), ended,
				 &plan),
			 QN_OK);
	fake_pool_settle(&pool);
	assert_int_equal(plan.ended, 1);
	assert_string_equal(pool.kept.at, "a\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_transaction_by_call_backs_commits_when_finished),
		TEST(its_operation_can_be_awaited),
		TEST(the_body_is_called_again_for_a_retry),
		TEST(refused_options_complete_from_the_loop),
		TEST(finish_needs_a_transaction_of_its_kind),
		TEST(cancel_rolls_back),
		TEST(cancel_while_a_retry_waits_gives_up),
		TEST(cancel_does_not_touch_a_commit_on_its_way),
		TEST(close_while_a_retry_waits_calls_back),
		TEST(close_in_a_transaction_calls_back_and_rolls_back),
		TEST(close_leaves_a_commit_on_its_way_alone),
		TEST(nested_ones_are_savepoints),
		TEST(a_nested_one_that_nobody_finished_rolls_everything_back),
		TEST(a_commit_hook_may_close_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
