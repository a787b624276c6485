/* The search for the outcome of a lost COMMIT, and those who do not wait for its end. */
#include "lost_commit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session/inside.h"

static void body(qn_session *at, void *argument)
{
	(void)argument;
	assert_int_equal(qn_on_commit(at, lost_commit_hook, NULL), QN_OK);
	(void)qn_sql(at, NULL, "ok a", NULL, 0);
	assert_int_equal(qn_tx_finish(at, QN_OK), QN_OK);
}

struct end {
	unsigned calls;
	qn_status status;
	char message[512];
};

static void ended(qn_op *op, void *context)
{
	struct end *end = context;

	end->calls++;
	end->status = qn_op_status(op);
	snprintf(end->message, sizeof(end->message), "%s", qn_op_error(op)->message);
}

static qn_op *start_and_lose(struct end *end)
{
	qn_op *op;

	lost_commit_next(&(struct answer){ "in progress", QN_OK }, 1);
	op = qn_atomic_start(lost_commit.session, body, NULL, NULL);
	assert_int_equal(qn_then(op, ended, end), QN_OK);
	fake_pool_settle(&lost_commit.pool);
	assert_int_equal(end->calls, 0);
	assert_int_equal(lost_commit.pool.timer_count, 1);
	return op;
}

static void a_transaction_by_call_backs_ends_with_what_was_found_out(void **state)
{
	static const struct answer committed = { "committed", QN_OK };
	struct end end = { 0 };

	(void)state;
	start_and_lose(&end);
	assert_true(qn_in_transaction(lost_commit.session));
	lost_commit.answers = &committed;
	while (end.calls == 0)
		assert_int_equal(pool_run_once(&lost_commit.pool), QN_OK);
	assert_int_equal(end.status, QN_OK);
	assert_int_equal(lost_commit.hook_calls, 1);
}

static void a_cancel_ends_the_search(void **state)
{
	struct end end = { 0 };
	qn_op *op = start_and_lose(&end);

	(void)state;
	qn_cancel(op);
	assert_int_equal(end.calls, 0);
	fake_pool_settle(&lost_commit.pool);
	assert_int_equal(end.calls, 1);
	assert_int_equal(end.status, QN_OUTCOME_UNKNOWN);
	assert_string_equal(end.message, LOST " (cancelled before the server told its outcome)");
}

static void no_transaction_begins_while_the_search_goes_on(void **state)
{
	struct end end = { 0 };

	(void)state;
	start_and_lose(&end);
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL), QN_USAGE);
	assert_int_equal(qn_await(qn_sql(lost_commit.session, NULL, "ok b", NULL, 0)), QN_OK);
	qn_session_close(lost_commit.session);
	lost_commit.session = NULL;
	assert_int_equal(end.calls, 1);
}

static void closing_the_session_ends_the_search_and_rolls_nothing_back(void **state)
{
	struct end end = { 0 };

	(void)state;
	start_and_lose(&end);
	qn_session_close(lost_commit.session);
	lost_commit.session = NULL;
	assert_int_equal(end.calls, 1);
	assert_int_equal(end.status, QN_CANCELLED);
	assert_int_equal(lost_commit.pool.timer_count, 0);
	assert_null(strstr(lost_commit.pool.trace.at, "ROLLBACK"));
	assert_int_equal(lost_commit.pool.abandons, 0);
}

static void closing_the_session_with_a_question_under_way_leaves_nothing(void **state)
{
	struct end end = { 0 };
	qn_op *op;

	(void)state;
	lost_commit.pool.answers = 4;
	lost_commit_next(&(struct answer){ "committed", QN_OK }, 1);
	op = qn_atomic_start(lost_commit.session, body, NULL, NULL);
	assert_int_equal(qn_then(op, ended, &end), QN_OK);
	fake_pool_settle(&lost_commit.pool);
	assert_int_equal(lost_commit.pool.request_count, 1);
	assert_string_equal(lost_commit.pool.last->statement->sql, LOOKUP);
	qn_session_close(lost_commit.session);
	lost_commit.session = NULL;
	lost_commit.pool.answers = SIZE_MAX;
	fake_pool_settle(&lost_commit.pool);
	assert_int_equal(end.calls, 1);
	assert_null(strstr(lost_commit.pool.trace.at, "ROLLBACK"));
}

static void closing_the_session_before_the_id_is_known_rolls_back(void **state)
{
	struct end end = { 0 };

	(void)state;
	lost_commit.pool.answers = 2;
	assert_int_equal(qn_then(qn_atomic_start(lost_commit.session, body, NULL, NULL), ended,
				 &end),
			 QN_OK);
	fake_pool_settle(&lost_commit.pool);
	qn_session_close(lost_commit.session);
	lost_commit.session = NULL;
	lost_commit.pool.answers = SIZE_MAX;
	fake_pool_settle(&lost_commit.pool);
	assert_int_equal(end.calls, 1);
	assert_string_equal(lost_commit.pool.trace.at, "BEGIN\nok a\n" FACTS "\nROLLBACK\n");
}

static void wait_in_a_task(qn_session *at, void *argument)
{
	*(qn_status *)argument = qn_atomic(at, lost_commit_write, NULL, NULL);
}

static void a_pool_that_closes_ends_the_search_of_a_task(void **state)
{
	qn_status status = QN_OK;

	(void)state;
	lost_commit_next(&(struct answer){ "in progress", QN_OK }, 1);
	assert_int_equal(qn_spawn(&lost_commit.pool, wait_in_a_task, &status), QN_OK);
	fake_pool_settle(&lost_commit.pool);
	assert_int_equal(lost_commit.pool.timer_count, 1);
	qn_session_close(lost_commit.session);
	lost_commit.pool.config.log = fake_pool_log;
	lost_commit.pool.config.log_context = &lost_commit.pool;
	lost_commit.pool.closing = true;
	session_room_free(lost_commit.pool.room);
	lost_commit.pool.room = NULL;
	assert_int_equal(status, QN_OUTCOME_UNKNOWN);
	assert_int_equal(lost_commit.pool.timer_count, 0);
	assert_null(lost_commit.pool.log.at);
	lost_commit.pool.closing = false;
	assert_int_equal(qn_session_open(&lost_commit.pool, &lost_commit.session), QN_OK);
}

static void a_question_waits_as_long_as_the_statement_before_it_and_no_longer(void **state)
{
	struct request *question;
	qn_op *op;

	(void)state;
	lost_commit.pool.answers = 1;
	op = qn_atomic_start(lost_commit.session, body, NULL, NULL);
	question = lost_commit.pool.last;
	assert_string_equal(question->statement->sql, FACTS);
	assert_int_equal(question->deadline - lost_commit.pool.now, 60000 * QN_MILLISECOND);
	lost_commit.pool.answers = SIZE_MAX;
	assert_int_equal(qn_await(op), QN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, lost_commit_setup, lost_commit_teardown)
		TEST(a_transaction_by_call_backs_ends_with_what_was_found_out),
		TEST(a_cancel_ends_the_search),
		TEST(no_transaction_begins_while_the_search_goes_on),
		TEST(closing_the_session_ends_the_search_and_rolls_nothing_back),
		TEST(closing_the_session_with_a_question_under_way_leaves_nothing),
		TEST(closing_the_session_before_the_id_is_known_rolls_back),
		TEST(a_pool_that_closes_ends_the_search_of_a_task),
		TEST(a_question_waits_as_long_as_the_statement_before_it_and_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
