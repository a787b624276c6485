/*
 * How transactions end: what is run again, what COMMIT says, hooks behind it, lost connections,
 * closed sessions.
 */
#include "session_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "quern/transaction.h"

struct runs {
	int count;
	int fail_times;
	const char *failing;
	qn_status returns;
	uint64_t times[8];
	struct qn_pool *pool;
};

static qn_status fail_some_times(qn_session *session, void *argument)
{
	struct runs *runs = argument;
	qn_status status;

	runs->times[runs->count] = runs->pool->now;
	assert_non_null(qn_session_alloc(session, 100000));
	if (runs->count++ >= runs->fail_times)
		return run(session, "ok a");
	status = run(session, runs->failing);
	return runs->returns == QN_INTERNAL_ERROR ? status : runs->returns;
}

static void serialization_failures_and_deadlocks_are_retried(void **state)
{
	static const char *const failing[] = { "serialization", "deadlock" };
	struct session_rig *rig = *state;
	const qn_tx_options options = { .retry = 3, .retry_delay = 8 };

	for (size_t i = 0; i < 2; i++) {
		struct runs runs = { .fail_times = 3,
				     .failing = failing[i],
				     .pool = &rig->pool,
				     .returns = QN_INTERNAL_ERROR };

		assert_int_equal(qn_atomic(rig->session, fail_some_times, &runs, &options), QN_OK);
		assert_int_equal(runs.count, 4);
		for (int run_at = 0; run_at < 3; run_at++) {
			uint64_t waited = runs.times[run_at + 1] - runs.times[run_at];

			assert_in_range(waited, UINT64_C(4000000) << run_at,
					UINT64_C(8000000) << run_at);
		}
	}
	assert_string_equal(session_rig_kept(rig), "a\na\n");
}

static void retries_are_bounded(void **state)
{
	struct session_rig *rig = *state;
	struct runs runs = { .fail_times = 9,
			     .failing = "deadlock",
			     .pool = &rig->pool,
			     .returns = QN_INTERNAL_ERROR };

	assert_int_equal(qn_atomic(rig->session, fail_some_times, &runs,
				   &(qn_tx_options){ .retry = 2 }),
			 QN_DEADLOCK);
	assert_int_equal(runs.count, 3);
}

static void a_swallowed_deadlock_is_retried_and_other_failures_are_not(void **state)
{
	struct session_rig *rig = *state;
	const qn_tx_options options = { .retry = 5 };
	struct runs swallowed = {
		.fail_times = 1, .failing = "deadlock", .pool = &rig->pool, .returns = QN_OK
	};
	struct runs own = {
		.fail_times = 1, .failing = "deadlock", .pool = &rig->pool, .returns = QN_NOT_FOUND
	};
	struct runs other = { .fail_times = 1,
			      .failing = "unique",
			      .pool = &rig->pool,
			      .returns = QN_INTERNAL_ERROR };

	assert_int_equal(qn_atomic(rig->session, fail_some_times, &swallowed, &options), QN_OK);
	assert_int_equal(swallowed.count, 2);
	assert_int_equal(qn_atomic(rig->session, fail_some_times, &own, &options), QN_NOT_FOUND);
	assert_int_equal(own.count, 1);
	assert_int_equal(qn_atomic(rig->session, fail_some_times, &other, &options),
			 QN_UNIQUE_VIOLATION);
	assert_int_equal(other.count, 1);
}

static void what_a_failed_run_loaded_is_freed(void **state)
{
	struct session_rig *rig = *state;
	struct runs runs = { .fail_times = 2,
			     .failing = "deadlock",
			     .pool = &rig->pool,
			     .returns = QN_INTERNAL_ERROR };
	qn_mark before = qn_session_mark(rig->session);
	qn_mark after;

	assert_int_equal(qn_atomic(rig->session, fail_some_times, &runs,
				   &(qn_tx_options){ .retry = 2 }),
			 QN_OK);
	after = qn_session_mark(rig->session);
	assert_in_range(after.opaque[1] - before.opaque[1], 100000, 110000);
}

static void commit_refused_by_the_server_is_the_verdict(void **state)
{
	struct session_rig *rig = *state;

	rig->pool.commit_status = QN_FOREIGN_KEY_VIOLATION;
	assert_int_equal(qn_atomic(rig->session, script, "ok a", NULL), QN_FOREIGN_KEY_VIOLATION);
	assert_string_equal(qn_session_error(rig->session)->sql, "COMMIT");
	rig->pool.commit_status = QN_SERIALIZATION_FAILURE;
	assert_int_equal(qn_atomic(rig->session, script, "ok b", &(qn_tx_options){ .retry = 1 }),
			 QN_OK);
	assert_string_equal(session_rig_kept(rig), "b\n");
}

static void commit_answered_with_rollback_is_an_error(void **state)
{
	struct session_rig *rig = *state;

	rig->pool.commit_rolls_back = true;
	assert_int_equal(qn_atomic(rig->session, script, "ok a", NULL), QN_TRANSACTION_BROKEN);
	assert_string_equal(session_rig_kept(rig), "");
}

static void an_unknown_outcome_is_never_retried(void **state)
{
	struct session_rig *rig = *state;

	rig->pool.commit_status = QN_OUTCOME_UNKNOWN;
	assert_int_equal(qn_atomic(rig->session, script, "ok a", &(qn_tx_options){ .retry = 5 }),
			 QN_OUTCOME_UNKNOWN);
	assert_string_equal(session_rig_sent(rig), "BEGIN\nok a\nCOMMIT\n");
}

static qn_status lose_inside(qn_session *session, void *argument)
{
	(void)argument;
	assert_int_equal(qn_atomic(session, script, "ok a\nlost", NULL), QN_CONNECTION_LOST);
	assert_int_equal(run(session, "ok b"), QN_TRANSACTION_BROKEN);
	return QN_OK;
}

static void a_lost_connection_ends_the_transaction_and_not_the_session(void **state)
{
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, script, "ok a\nlost", NULL), QN_CONNECTION_LOST);
	assert_int_equal(qn_atomic(rig->session, lose_inside, NULL, NULL), QN_TRANSACTION_BROKEN);
	assert_string_equal(session_rig_kept(rig), "");
	assert_int_equal(qn_atomic(rig->session, script, "ok c", NULL), QN_OK);
	assert_string_equal(session_rig_kept(rig), "c\n");
}

static void a_begin_that_fails_fails_the_block(void **state)
{
	struct session_rig *rig = *state;

	rig->pool.submit_status = QN_POOL_TIMEOUT;
	assert_int_equal(qn_atomic(rig->session, script, "", NULL), QN_TRANSACTION_BROKEN);
	assert_int_equal(qn_atomic(rig->session, script, "ok a", NULL), QN_POOL_TIMEOUT);
	assert_non_null(
		strstr(qn_session_error(rig->session)->message, "could not begin: no conn"));
	assert_int_equal(rig->pool.submitted, 0);
	assert_true(rig->pool.abandons > 0);
	rig->pool.submit_status = QN_OK;
	assert_int_equal(qn_atomic(rig->session, script, "ok a", NULL), QN_OK);
}

static void note_hook(qn_session *session, void *argument)
{
	struct buf *notes = argument;

	buf_add_format(notes, "hook%s;", qn_in_transaction(session) ? " inside" : "");
}

static void hook_that_works(qn_session *session, void *argument)
{
	assert_int_equal(qn_atomic(session, script, "ok from_hook", NULL), QN_OK);
	assert_int_equal(qn_on_commit(session, note_hook, argument), QN_OK);
}

static qn_status hook_inside(qn_session *session, void *argument)
{
	assert_int_equal(qn_on_commit(session, note_hook, argument), QN_OK);
	return run(session, "unique");
}

static qn_status register_hooks(qn_session *session, void *argument)
{
	struct buf *notes = argument;

	for (int i = 0; i < 5; i++)
		assert_int_equal(qn_on_commit(session, note_hook, notes), QN_OK);
	assert_int_equal(qn_atomic(session, hook_inside, notes, NULL), QN_UNIQUE_VIOLATION);
	assert_int_equal(qn_on_commit(session, hook_that_works, notes), QN_OK);
	assert_int_equal(notes->len, 0);
	return QN_OK;
}

static void commit_hooks_run_after_the_outermost_commit_only(void **state)
{
	struct session_rig *rig = *state;
	struct buf notes = { 0 };

	assert_int_equal(qn_on_commit(rig->session, note_hook, &notes), QN_OK);
	assert_string_equal(notes.at, "hook;");
	buf_clear(&notes);
	assert_int_equal(qn_atomic(rig->session, hook_inside, &notes, NULL), QN_UNIQUE_VIOLATION);
	assert_int_equal(notes.len, 0);
	assert_int_equal(qn_atomic(rig->session, register_hooks, &notes, NULL), QN_OK);
	assert_string_equal(notes.at, "hook;hook;hook;hook;hook;hook;");
	assert_string_equal(session_rig_kept(rig), "from_hook\n");
	assert_int_equal(qn_on_commit(NULL, note_hook, NULL), QN_USAGE);
	assert_int_equal(qn_on_commit(rig->session, NULL, NULL), QN_USAGE);
	assert_string_equal(qn_session_error(rig->session)->message,
			    "qn_on_commit: there is no function to call");
	buf_free(&notes);
}

static qn_status close_session(qn_session *session, void *argument)
{
	struct session_rig *rig = argument;

	assert_int_equal(run(session, "ok a"), QN_OK);
	(void)qn_sql(session, NULL, "slow", NULL, 0);
	qn_session_close(session);
	rig->session = NULL;
	assert_int_equal(run(session, "ok b"), QN_OUT_OF_MEMORY);
	return QN_OK;
}

static void closing_the_session_rolls_back_without_waiting(void **state)
{
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, close_session, rig, NULL), QN_CANCELLED);
	assert_string_equal(session_rig_sent(rig), "BEGIN\nok a\nslow\nROLLBACK\n");
	fake_pool_settle(&rig->pool);
	assert_string_equal(session_rig_kept(rig), "");
	assert_int_equal(qn_session_open(&rig->pool, &rig->session), QN_OK);
}

static qn_status close_session_unreachable(qn_session *session, void *argument)
{
	struct session_rig *rig = argument;

	assert_int_equal(run(session, "ok a"), QN_OK);
	rig->pool.submit_status = QN_POOL_CLOSED;
	qn_session_close(session);
	rig->session = NULL;
	return QN_OK;
}

static void a_rollback_that_cannot_be_sent_gives_the_connection_up(void **state)
{
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, close_session_unreachable, rig, NULL),
			 QN_CANCELLED);
	assert_int_equal(rig->pool.abandons, 1);
	rig->pool.submit_status = QN_OK;
	assert_int_equal(qn_session_open(&rig->pool, &rig->session), QN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, session_rig_setup, session_rig_teardown)
		TEST(serialization_failures_and_deadlocks_are_retried),
		TEST(retries_are_bounded),
		TEST(a_swallowed_deadlock_is_retried_and_other_failures_are_not),
		TEST(what_a_failed_run_loaded_is_freed),
		TEST(commit_refused_by_the_server_is_the_verdict),
		TEST(commit_answered_with_rollback_is_an_error),
		TEST(an_unknown_outcome_is_never_retried),
		TEST(a_lost_connection_ends_the_transaction_and_not_the_session),
		TEST(a_begin_that_fails_fails_the_block),
		TEST(commit_hooks_run_after_the_outermost_commit_only),
		TEST(closing_the_session_rolls_back_without_waiting),
		TEST(a_rollback_that_cannot_be_sent_gives_the_connection_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
