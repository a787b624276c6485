/* Operations that nobody waits for to the end: cancelled, closed with their session, detached. */
#include "session_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "session/inside.h"

static void cancel_before_completion(void **state)
{
	struct session_rig *rig = *state;
	struct seen seen = { 0 };
	qn_op *awaited = session_rig_send(rig, "ok a");
	qn_op *called = session_rig_send(rig, "ok b");

	assert_int_equal(qn_then(called, see, &seen), QN_OK);
	qn_cancel(awaited);
	qn_cancel(awaited);
	qn_cancel(called);
	assert_int_equal(rig->pool.cancels, 2);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(qn_await(awaited), QN_CANCELLED);
	fake_pool_settle(&rig->pool);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.status, QN_CANCELLED);
	assert_int_equal(rig->pool.kept.len, 0);
}

static void cancel_after_completion_changes_nothing(void **state)
{
	struct session_rig *rig = *state;
	qn_op *op = session_rig_send(rig, "ok a");

	fake_pool_settle(&rig->pool);
	qn_cancel(op);
	assert_int_equal(rig->pool.cancels, 0);
	assert_int_equal(qn_await(op), QN_OK);
}

static void a_call_back_may_cancel_its_own_and_other_operations(void **state)
{
	struct session_rig *rig = *state;
	struct seen first = { 0 };
	struct seen second = { 0 };
	qn_op *op;

	rig->pool.answers_a_turn = 1;
	op = session_rig_send(rig, "ok a");
	first.cancel = session_rig_send(rig, "ok b");
	assert_int_equal(qn_then(op, see, &first), QN_OK);
	assert_int_equal(qn_then(first.cancel, see, &second), QN_OK);
	fake_pool_settle(&rig->pool);
	assert_int_equal(second.status, QN_CANCELLED);
	assert_string_equal(rig->pool.kept.at, "a\n");
}

static void close_calls_back_what_is_under_way_with_cancelled(void **state)
{
	struct session_rig *rig = *state;
	struct seen running = { 0 };
	struct seen done = { 0 };
	struct seen refused = { 0 };
	qn_op *op;

	op = session_rig_send(rig, "ok a");
	fake_pool_settle(&rig->pool);
	assert_int_equal(qn_then(op, see, &done), QN_OK);
	assert_int_equal(qn_then(session_rig_send(rig, "ok b"), see, &running), QN_OK);
	assert_int_equal(qn_then(session_rig_send(rig, ""), see, &refused), QN_OK);
	(void)session_rig_send(rig, "ok c");
	qn_session_close(rig->session);
	rig->session = NULL;
	assert_int_equal(done.calls, 1);
	assert_int_equal(done.status, QN_OK);
	assert_int_equal(running.calls, 1);
	assert_int_equal(running.status, QN_CANCELLED);
	assert_int_equal(refused.calls, 1);
	assert_int_equal(refused.status, QN_CANCELLED);
	assert_int_equal(rig->pool.request_count, 2);
	fake_pool_settle(&rig->pool);
	assert_string_equal(rig->pool.kept.at, "a\n");
	assert_int_equal(running.calls, 1);
}

static void a_call_back_may_close_its_session(void **state)
{
	struct session_rig *rig = *state;
	struct seen closing = { .close = rig->session };
	struct seen other = { 0 };

	assert_int_equal(qn_then(session_rig_send(rig, "ok a"), see, &closing), QN_OK);
	assert_int_equal(qn_then(session_rig_send(rig, "ok b"), see, &other), QN_OK);
	rig->session = NULL;
	fake_pool_settle(&rig->pool);
	assert_int_equal(closing.calls, 1);
	assert_int_equal(other.calls, 1);
	assert_int_equal(other.status, QN_CANCELLED);
}

static void an_await_ends_when_a_call_back_closes_the_session(void **state)
{
	struct session_rig *rig = *state;
	struct seen closing = { .close = rig->session };
	qn_op *op = session_rig_send(rig, "ok a");
	qn_op *awaited = session_rig_send(rig, "slow");

	assert_int_equal(qn_then(op, see, &closing), QN_OK);
	rig->session = NULL;
	assert_int_equal(qn_await(awaited), QN_CANCELLED);
}

static void a_detached_operation_outlives_its_session(void **state)
{
	struct session_rig *rig = *state;

	rig->pool.config.log = fake_pool_log;
	rig->pool.config.log_context = &rig->pool;
	qn_detach(session_rig_send(rig, "ok a"));
	qn_detach(session_rig_send(rig, "unique"));
	qn_session_close(rig->session);
	rig->session = NULL;
	assert_int_equal(rig->pool.cancels, 0);
	fake_pool_settle(&rig->pool);
	assert_string_equal(rig->pool.kept.at, "a\n");
	assert_string_equal(rig->pool.log.at, "detached QN_UNIQUE_VIOLATION unique\n");
}

static void a_failed_detached_operation_goes_to_the_log(void **state)
{
	struct session_rig *rig = *state;
	qn_op *late = session_rig_send(rig, "unique");

	fake_pool_settle(&rig->pool);
	rig->pool.config.log = fake_pool_log;
	rig->pool.config.log_context = &rig->pool;
	qn_detach(late);
	qn_detach(session_rig_send(rig, "fail"));
	qn_detach(session_rig_send(rig, "ok a"));
	fake_pool_settle(&rig->pool);
	assert_string_equal(rig->pool.log.at,
			    "detached QN_UNIQUE_VIOLATION unique\n"
			    "query QN_SQL_ERROR fail\ndetached QN_SQL_ERROR fail\n"
			    "query QN_OK ok a\n");
	assert_null(rig->session->first_op);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, session_rig_setup, session_rig_teardown)
		TEST(cancel_before_completion),
		TEST(cancel_after_completion_changes_nothing),
		TEST(a_call_back_may_cancel_its_own_and_other_operations),
		TEST(close_calls_back_what_is_under_way_with_cancelled),
		TEST(a_call_back_may_close_its_session),
		TEST(an_await_ends_when_a_call_back_closes_the_session),
		TEST(a_detached_operation_outlives_its_session),
		TEST(a_failed_detached_operation_goes_to_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
