#include "fake_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "session/inside.h"
#include "session/transaction.h"

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

	assert_false(qn_in_transaction(fixture->session));
	qn_session_close(fixture->session);
	fake_pool_settle(&fixture->pool);
	assert_int_equal(fixture->pool.completed, fixture->pool.submitted);
	assert_true(session_room_is_idle(fixture->pool.room));
	fake_pool_release(&fixture->pool);
	return 0;
}

static qn_status run(qn_session *session, const char *sql)
{
	return qn_await(qn_sql(session, NULL, sql, NULL, 0));
}

static const char *sent(const struct fixture *fixture)
{
	return fixture->pool.trace.at ? fixture->pool.trace.at : "";
}

static const char *kept(const struct fixture *fixture)
{
	return fixture->pool.kept.at ? fixture->pool.kept.at : "";
}

/* A function for transactions: runs its argument's lines, and stops at the first that fails. */
static qn_status script(qn_session *session, void *argument)
{
	const char *at = argument;
	qn_status status = QN_OK;

	while (*at && status == QN_OK) {
		size_t len = strcspn(at, "\n");
		char line[64] = "";

		memcpy(line, at, len);
		at += len + (at[len] == '\n');
		status = run(session, line);
	}
	return status;
}

static qn_status look_at_the_queue(qn_session *session, void *argument)
{
	struct fixture *fixture = argument;
	qn_op *op = qn_sql(session, NULL, "ok a", NULL, 0);

	assert_int_equal(fixture->pool.request_count, 2);
	return qn_await(op);
}

static void begin_takes_no_round_trip_of_its_own(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, look_at_the_queue, fixture, NULL), QN_OK);
	assert_string_equal(sent(fixture), "BEGIN\nok a\nCOMMIT\n");
	assert_string_equal(kept(fixture), "a\n");
}

static void a_failure_rolls_back_and_is_returned(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, script, "ok a\nunique\nok b", NULL),
			 QN_UNIQUE_VIOLATION);
	assert_string_equal(sent(fixture), "BEGIN\nok a\nunique\nROLLBACK\n");
	assert_string_equal(kept(fixture), "");
	assert_int_equal(qn_session_error(fixture->session)->status, QN_UNIQUE_VIOLATION);
}

static qn_status own_failure(qn_session *session, void *argument)
{
	(void)argument;
	assert_int_equal(run(session, "ok a"), QN_OK);
	return QN_NOT_FOUND;
}

static void a_status_of_the_functions_own_rolls_back(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, own_failure, NULL, NULL), QN_NOT_FOUND);
	assert_string_equal(sent(fixture), "BEGIN\nok a\nROLLBACK\n");
}

static void the_mode_is_part_of_begin(void **state)
{
	struct fixture *fixture = *state;
	const qn_tx_options options[] = {
		{ .isolation = QN_READ_COMMITTED },
		{ .isolation = QN_REPEATABLE_READ, .read_only = true },
		{ .isolation = QN_SERIALIZABLE, .read_only = true, .deferrable = true },
		{ .durable = true },
	};

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(qn_atomic(fixture->session, script, "", &options[i]), QN_OK);
	assert_string_equal(sent(fixture),
			    "BEGIN ISOLATION LEVEL READ COMMITTED\nCOMMIT\n"
			    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY\nCOMMIT\n"
			    "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE\nCOMMIT\n"
			    "BEGIN\nCOMMIT\n");
}

static qn_status nest_with_options(qn_session *session, void *argument)
{
	qn_op *op = qn_atomic_start(session, NULL, NULL, NULL);

	assert_int_equal(qn_await(op), QN_USAGE);
	return qn_atomic(session, script, "ok a", argument);
}

static void options_that_make_no_sense_are_refused(void **state)
{
	struct fixture *fixture = *state;
	qn_tx_options wrong = { .deferrable = true };
	qn_tx_options unknown = { .isolation = (qn_isolation)9 };
	qn_tx_options durable = { .durable = true };
	qn_tx_options retry = { .retry = 1 };

	assert_int_equal(qn_atomic(fixture->session, script, "", &wrong), QN_USAGE);
	assert_int_equal(qn_atomic(fixture->session, script, "", &unknown), QN_USAGE);
	assert_int_equal(qn_atomic(fixture->session, NULL, NULL, NULL), QN_USAGE);
	assert_int_equal(qn_atomic(NULL, script, "", NULL), QN_USAGE);
	assert_string_equal(sent(fixture), "");
	assert_int_equal(qn_atomic(fixture->session, nest_with_options, &durable, NULL), QN_USAGE);
	assert_non_null(strstr(qn_session_error(fixture->session)->message, "durable"));
	assert_int_equal(qn_atomic(fixture->session, nest_with_options, &retry, NULL), QN_USAGE);
	assert_string_equal(sent(fixture), "BEGIN\nROLLBACK\nBEGIN\nROLLBACK\n");
}

static qn_status survive_inner(qn_session *session, void *argument)
{
	assert_int_equal(run(session, "ok a"), QN_OK);
	assert_int_equal(qn_atomic(session, script, argument, NULL), QN_UNIQUE_VIOLATION);
	assert_int_equal(run(session, "ok c"), QN_OK);
	return qn_atomic(session, script, "ok d", NULL);
}

static void a_nested_block_is_a_savepoint(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, survive_inner, "ok b\nunique", NULL), QN_OK);
	assert_string_equal(sent(fixture),
			    "BEGIN\nok a\nSAVEPOINT qn_1\nok b\nunique\n"
			    "ROLLBACK TO SAVEPOINT qn_1\nRELEASE SAVEPOINT qn_1\nok c\n"
			    "SAVEPOINT qn_1\nok d\nRELEASE SAVEPOINT qn_1\nCOMMIT\n");
	assert_string_equal(kept(fixture), "a\nc\nd\n");
}

static qn_status swallow(qn_session *session, void *argument)
{
	assert_int_equal(run(session, argument), QN_SQL_ERROR);
	assert_int_equal(run(session, "ok b"), QN_TRANSACTION_BROKEN);
	assert_non_null(strstr(qn_session_error(session)->message, qn_status_text(QN_SQL_ERROR)));
	assert_int_equal(qn_atomic(session, script, "ok c", NULL), QN_TRANSACTION_BROKEN);
	return QN_OK;
}

static void after_a_failed_statement_the_block_is_broken(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, swallow, "fail", NULL), QN_TRANSACTION_BROKEN);
	assert_string_equal(sent(fixture), "BEGIN\nfail\nROLLBACK\n");
	assert_int_equal(qn_session_error(fixture->session)->status, QN_TRANSACTION_BROKEN);
	assert_int_equal(run(fixture->session, "ok a"), QN_OK);
}

static qn_status leave_in_flight(qn_session *session, void *argument)
{
	(void)qn_sql(session, NULL, "ok a", NULL, 0);
	(void)qn_sql(session, NULL, argument, NULL, 0);
	return QN_OK;
}

static void operations_left_in_flight_are_finished_before_commit(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, leave_in_flight, "ok b", NULL), QN_OK);
	assert_int_equal(qn_atomic(fixture->session, leave_in_flight, "unique", NULL),
			 QN_TRANSACTION_BROKEN);
	assert_string_equal(sent(fixture),
			    "BEGIN\nok a\nok b\nCOMMIT\nBEGIN\nok a\nunique\nROLLBACK\n");
	assert_string_equal(kept(fixture), "a\nb\n");
}

static qn_status set_rollback(qn_session *session, void *argument)
{
	(void)argument;
	assert_int_equal(run(session, "ok a"), QN_OK);
	return qn_tx_set_rollback(session);
}

static qn_status set_rollback_inside(qn_session *session, void *argument)
{
	assert_int_equal(qn_atomic(session, set_rollback, argument, NULL), QN_OK);
	return run(session, "ok b");
}

static void set_rollback_ends_the_innermost_block_without_an_error(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_tx_set_rollback(fixture->session), QN_USAGE);
	assert_int_equal(qn_atomic(fixture->session, set_rollback, NULL, NULL), QN_OK);
	assert_string_equal(kept(fixture), "");
	assert_int_equal(qn_atomic(fixture->session, set_rollback_inside, NULL, NULL), QN_OK);
	assert_string_equal(kept(fixture), "b\n");
}

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
	struct fixture *fixture = *state;
	const qn_tx_options options = { .retry = 3, .retry_delay = 8 };

	for (size_t i = 0; i < 2; i++) {
		struct runs runs = { .fail_times = 3,
				     .failing = failing[i],
				     .pool = &fixture->pool,
				     .returns = QN_INTERNAL_ERROR };

		assert_int_equal(qn_atomic(fixture->session, fail_some_times, &runs, &options),
				 QN_OK);
		assert_int_equal(runs.count, 4);
		for (int run_at = 0; run_at < 3; run_at++) {
			uint64_t waited = runs.times[run_at + 1] - runs.times[run_at];

			assert_in_range(waited, UINT64_C(4000000) << run_at,
					UINT64_C(8000000) << run_at);
		}
	}
	assert_string_equal(kept(fixture), "a\na\n");
}

static void retries_are_bounded(void **state)
{
	struct fixture *fixture = *state;
	struct runs runs = { .fail_times = 9,
			     .failing = "deadlock",
			     .pool = &fixture->pool,
			     .returns = QN_INTERNAL_ERROR };

	assert_int_equal(qn_atomic(fixture->session, fail_some_times, &runs,
				   &(qn_tx_options){ .retry = 2 }),
			 QN_DEADLOCK);
	assert_int_equal(runs.count, 3);
}

static void a_swallowed_deadlock_is_retried_and_other_failures_are_not(void **state)
{
	struct fixture *fixture = *state;
	const qn_tx_options options = { .retry = 5 };
	struct runs swallowed = {
		.fail_times = 1, .failing = "deadlock", .pool = &fixture->pool, .returns = QN_OK
	};
	struct runs own = { .fail_times = 1,
			    .failing = "deadlock",
			    .pool = &fixture->pool,
			    .returns = QN_NOT_FOUND };
	struct runs other = { .fail_times = 1,
			      .failing = "unique",
			      .pool = &fixture->pool,
			      .returns = QN_INTERNAL_ERROR };

	assert_int_equal(qn_atomic(fixture->session, fail_some_times, &swallowed, &options), QN_OK);
	assert_int_equal(swallowed.count, 2);
	assert_int_equal(qn_atomic(fixture->session, fail_some_times, &own, &options),
			 QN_NOT_FOUND);
	assert_int_equal(own.count, 1);
	assert_int_equal(qn_atomic(fixture->session, fail_some_times, &other, &options),
			 QN_UNIQUE_VIOLATION);
	assert_int_equal(other.count, 1);
}

static void what_a_failed_run_loaded_is_freed(void **state)
{
	struct fixture *fixture = *state;
	struct runs runs = { .fail_times = 2,
			     .failing = "deadlock",
			     .pool = &fixture->pool,
			     .returns = QN_INTERNAL_ERROR };
	qn_mark before = qn_session_mark(fixture->session);
	qn_mark after;

	assert_int_equal(qn_atomic(fixture->session, fail_some_times, &runs,
				   &(qn_tx_options){ .retry = 2 }),
			 QN_OK);
	after = qn_session_mark(fixture->session);
	assert_in_range(after.opaque[1] - before.opaque[1], 100000, 110000);
}

static void commit_refused_by_the_server_is_the_verdict(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.commit_status = QN_FOREIGN_KEY_VIOLATION;
	assert_int_equal(qn_atomic(fixture->session, script, "ok a", NULL),
			 QN_FOREIGN_KEY_VIOLATION);
	assert_string_equal(qn_session_error(fixture->session)->sql, "COMMIT");
	fixture->pool.commit_status = QN_SERIALIZATION_FAILURE;
	assert_int_equal(
		qn_atomic(fixture->session, script, "ok b", &(qn_tx_options){ .retry = 1 }), QN_OK);
	assert_string_equal(kept(fixture), "b\n");
}

static void commit_answered_with_rollback_is_an_error(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.commit_rolls_back = true;
	assert_int_equal(qn_atomic(fixture->session, script, "ok a", NULL), QN_TRANSACTION_BROKEN);
	assert_string_equal(kept(fixture), "");
}

static void an_unknown_outcome_is_never_retried(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.commit_status = QN_OUTCOME_UNKNOWN;
	assert_int_equal(qn_atomic(fixture->session, script, "ok a",
				   &(qn_tx_options){ .retry = 5 }),
			 QN_OUTCOME_UNKNOWN);
	assert_string_equal(sent(fixture), "BEGIN\nok a\nCOMMIT\n");
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
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, script, "ok a\nlost", NULL),
			 QN_CONNECTION_LOST);
	assert_int_equal(qn_atomic(fixture->session, lose_inside, NULL, NULL),
			 QN_TRANSACTION_BROKEN);
	assert_string_equal(kept(fixture), "");
	assert_int_equal(qn_atomic(fixture->session, script, "ok c", NULL), QN_OK);
	assert_string_equal(kept(fixture), "c\n");
}

static void a_begin_that_fails_fails_the_block(void **state)
{
	struct fixture *fixture = *state;

	fixture->pool.submit_status = QN_POOL_TIMEOUT;
	assert_int_equal(qn_atomic(fixture->session, script, "", NULL), QN_TRANSACTION_BROKEN);
	assert_int_equal(qn_atomic(fixture->session, script, "ok a", NULL), QN_POOL_TIMEOUT);
	assert_non_null(
		strstr(qn_session_error(fixture->session)->message, "could not begin: no conn"));
	assert_int_equal(fixture->pool.submitted, 0);
	assert_true(fixture->pool.abandons > 0);
	fixture->pool.submit_status = QN_OK;
	assert_int_equal(qn_atomic(fixture->session, script, "ok a", NULL), QN_OK);
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
	struct fixture *fixture = *state;
	struct buf notes = { 0 };

	assert_int_equal(qn_on_commit(fixture->session, note_hook, &notes), QN_OK);
	assert_string_equal(notes.at, "hook;");
	buf_clear(&notes);
	assert_int_equal(qn_atomic(fixture->session, hook_inside, &notes, NULL),
			 QN_UNIQUE_VIOLATION);
	assert_int_equal(notes.len, 0);
	assert_int_equal(qn_atomic(fixture->session, register_hooks, &notes, NULL), QN_OK);
	assert_string_equal(notes.at, "hook;hook;hook;hook;hook;hook;");
	assert_string_equal(kept(fixture), "from_hook\n");
	assert_int_equal(qn_on_commit(NULL, note_hook, NULL), QN_USAGE);
	buf_free(&notes);
}

static qn_status close_session(qn_session *session, void *argument)
{
	struct fixture *fixture = argument;

	assert_int_equal(run(session, "ok a"), QN_OK);
	(void)qn_sql(session, NULL, "slow", NULL, 0);
	qn_session_close(session);
	fixture->session = NULL;
	assert_int_equal(run(session, "ok b"), QN_OUT_OF_MEMORY);
	return QN_OK;
}

static void closing_the_session_rolls_back_without_waiting(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, close_session, fixture, NULL), QN_CANCELLED);
	assert_string_equal(sent(fixture), "BEGIN\nok a\nslow\nROLLBACK\n");
	fake_pool_settle(&fixture->pool);
	assert_string_equal(kept(fixture), "");
	assert_int_equal(qn_session_open(&fixture->pool, &fixture->session), QN_OK);
}

static qn_status close_session_unreachable(qn_session *session, void *argument)
{
	struct fixture *fixture = argument;

	assert_int_equal(run(session, "ok a"), QN_OK);
	fixture->pool.submit_status = QN_POOL_CLOSED;
	qn_session_close(session);
	fixture->session = NULL;
	return QN_OK;
}

static void a_rollback_that_cannot_be_sent_gives_the_connection_up(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qn_atomic(fixture->session, close_session_unreachable, fixture, NULL),
			 QN_CANCELLED);
	assert_int_equal(fixture->pool.abandons, 1);
	fixture->pool.submit_status = QN_OK;
	assert_int_equal(qn_session_open(&fixture->pool, &fixture->session), QN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(begin_takes_no_round_trip_of_its_own),
		TEST(a_failure_rolls_back_and_is_returned),
		TEST(a_status_of_the_functions_own_rolls_back),
		TEST(the_mode_is_part_of_begin),
		TEST(options_that_make_no_sense_are_refused),
		TEST(a_nested_block_is_a_savepoint),
		TEST(after_a_failed_statement_the_block_is_broken),
		TEST(operations_left_in_flight_are_finished_before_commit),
		TEST(set_rollback_ends_the_innermost_block_without_an_error),
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
