/* What is found out of a COMMIT whose answer was lost. */
#include "lost_commit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session/inside.h"

static qn_status write_two(qn_session *at, void *argument)
{
	(void)argument;
	assert_int_equal(qn_await(qn_sql(at, NULL, "ok a", NULL, 0)), QN_OK);
	return qn_await(qn_sql(at, NULL, "ok b", NULL, 0));
}

static qn_status write_in_savepoint(qn_session *at, void *argument)
{
	qn_status status = qn_atomic(at, lost_commit_write, "ok a", NULL);

	(void)argument;
	return status == QN_OK ? qn_await(qn_sql(at, NULL, "ok b", NULL, 0)) : status;
}

static qn_status read_one(qn_session *at, void *argument)
{
	static const struct statement statement = { .sql = "read" };
	struct qn_op *op = op_new(at, NULL);

	(void)argument;
	op->request.flags = REQUEST_READ;
	op->request.statement = &statement;
	return qn_await(op_submit(op));
}

static qn_status look_at_the_queue(qn_session *at, void *argument)
{
	qn_op *op = qn_sql(at, NULL, "ok a", NULL, 0);

	(void)argument;
	assert_int_equal(lost_commit.pool.request_count, 3);
	return qn_await(op);
}

static void the_first_write_is_followed_by_a_question_in_the_same_flush(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(lost_commit.session, look_at_the_queue, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at, "BEGIN\nok a\n" FACTS "\nCOMMIT\n");
	buf_clear(&lost_commit.pool.trace);
	assert_int_equal(qn_atomic(lost_commit.session, write_two, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at, "BEGIN\nok a\n" FACTS "\nok b\nCOMMIT\n");
	buf_clear(&lost_commit.pool.trace);
	assert_int_equal(qn_atomic(lost_commit.session, write_in_savepoint, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at, "BEGIN\nSAVEPOINT qn_1\nok a\n" FACTS
						       "\nRELEASE SAVEPOINT qn_1\nok b\nCOMMIT\n");
}

static void a_write_that_changed_nothing_is_not_the_last_to_be_asked_about(void **state)
{
	(void)state;
	lost_commit.ids_withheld = 1;
	assert_int_equal(qn_atomic(lost_commit.session, write_two, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at,
			    "BEGIN\nok a\n" FACTS "\nok b\n" FACTS "\nCOMMIT\n");
}

static void what_cannot_or_need_not_be_looked_up_is_not_asked_about(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(lost_commit.session, read_one, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at, "BEGIN\nread\nCOMMIT\n");
	buf_clear(&lost_commit.pool.trace);
	assert_int_equal(write_two(lost_commit.session, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at, "ok a\nok b\n");
	buf_clear(&lost_commit.pool.trace);
	lost_commit.pool.config.no_pipeline = true;
	assert_int_equal(qn_atomic(lost_commit.session, write_two, NULL, NULL), QN_OK);
	lost_commit.pool.config.no_pipeline = false;
	lost_commit.pool.config.commit_lookup = QN_COMMIT_LOOKUP_OFF;
	assert_int_equal(qn_atomic(lost_commit.session, write_two, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at,
			    "BEGIN\nok a\nok b\nCOMMIT\nBEGIN\nok a\nok b\nCOMMIT\n");
	buf_clear(&lost_commit.pool.trace);
	lost_commit.pool.config.no_pipeline = true;
	lost_commit.pool.config.commit_lookup = QN_COMMIT_LOOKUP_ON;
	assert_int_equal(qn_atomic(lost_commit.session, write_two, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at, "BEGIN\nok a\n" FACTS "\nok b\nCOMMIT\n");
}

static void a_commit_that_was_done_is_a_success(void **state)
{
	(void)state;
	lost_commit_next(&(struct answer){ "committed", QN_OK }, 1);
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at,
			    "BEGIN\nok a\n" FACTS "\nCOMMIT\n" LOOKUP "\n");
	assert_int_equal(lost_commit.hook_calls, 1);
	assert_int_equal(qn_session_error(lost_commit.session)->status, QN_OK);
}

static void a_commit_that_was_not_done_is_a_lost_connection(void **state)
{
	(void)state;
	lost_commit_next(&(struct answer){ "aborted", QN_OK }, 1);
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL,
				   &(qn_tx_options){ .retry = 3 }),
			 QN_CONNECTION_LOST);
	assert_int_equal(lost_commit.hook_calls, 0);
	assert_string_equal(qn_session_error(lost_commit.session)->message,
			    "the connection was lost at COMMIT, and the server has rolled the "
			    "transaction back; run it again");
	assert_string_equal(qn_session_error(lost_commit.session)->sql, "COMMIT");
	assert_string_equal(lost_commit.pool.trace.at,
			    "BEGIN\nok a\n" FACTS "\nCOMMIT\n" LOOKUP "\n");
}

static void one_in_progress_is_asked_for_again_ever_more_slowly(void **state)
{
	const struct answer told[] = {
		{ "in progress", QN_OK },       { NULL, QN_CONNECTION_LOST },
		{ NULL, QN_CONNECTION_FAILED }, { NULL, QN_POOL_TIMEOUT },
		{ NULL, QN_OUT_OF_RESOURCES },  { "in progress", QN_OK },
		{ "in progress", QN_OK },       { "in progress", QN_OK },
		{ "committed", QN_OK },
	};
	uint64_t wait = 10 * QN_MILLISECOND;

	(void)state;
	lost_commit_next(told, 9);
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL), QN_OK);
	assert_int_equal(lost_commit.questions, 9);
	for (size_t i = 1; i < 9; i++) {
		assert_int_equal(lost_commit.asked_at[i] - lost_commit.asked_at[i - 1], wait);
		wait = wait * 2 < 1000 * QN_MILLISECOND ? wait * 2 : 1000 * QN_MILLISECOND;
	}
	assert_int_equal(lost_commit.hook_calls, 1);
}

static void what_cannot_be_known_stays_unknown_and_says_why(void **state)
{
	static const struct {
		struct answer told;
		const char *message;
	} cases[] = {
		{ { "restarted", QN_OK },
		  LOST " (the server was restarted since, or is another one, and cannot know the "
		       "outcome)" },
		{ { NULL, QN_OK }, LOST " (the server does not know the transaction any more)" },
		{ { "nonsense", QN_OK },
		  LOST " (the server does not know the transaction any more)" },
		{ { NULL, QN_PERMISSION_DENIED },
		  LOST " (its outcome could not be found out: the database role lacks a "
		       "privilege; grant the privilege to the role that the program connects as)" },
		{ { NULL, QN_DEADLINE_EXCEEDED },
		  LOST " (its outcome could not be found out: the deadline of 60000 ms passed)" },
		{ { NULL, QN_POOL_CLOSED },
		  LOST " (its outcome could not be found out: the pool is closed)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lost_commit.questions = 0;
		lost_commit_next(&cases[i].told, 1);
		assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL,
					   &(qn_tx_options){ .retry = 3 }),
				 QN_OUTCOME_UNKNOWN);
		assert_int_equal(lost_commit.questions, 1);
		assert_string_equal(qn_session_error(lost_commit.session)->message,
				    cases[i].message);
	}
	assert_int_equal(lost_commit.hook_calls, 0);
}

static void the_search_ends_by_the_deadline_of_commit(void **state)
{
	uint64_t before = lost_commit.pool.now;

	(void)state;
	qn_session_set_deadline(lost_commit.session, 3 * 1000);
	lost_commit_next(&(struct answer){ "in progress", QN_OK }, 1);
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL),
			 QN_OUTCOME_UNKNOWN);
	assert_in_range(lost_commit.pool.now - before, 2000 * QN_MILLISECOND,
			3000 * QN_MILLISECOND);
	assert_string_equal(qn_session_error(lost_commit.session)->message,
			    LOST " (its outcome could not be found out in time: the server still "
				 "works at it)");
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL), QN_OK);
}

static qn_status use_the_time_up(qn_session *at, void *argument)
{
	qn_status status = argument ? lost_commit_write(at, NULL) : QN_OK;

	qn_session_set_deadline(at, 1);
	return status;
}

static void a_commit_that_took_all_its_time_is_not_looked_up(void **state)
{
	(void)state;
	lost_commit_next(&(struct answer){ "committed", QN_OK }, 1);
	lost_commit.pool.commit_takes = 2 * QN_MILLISECOND;
	assert_int_equal(qn_atomic(lost_commit.session, use_the_time_up, lost_commit.session, NULL),
			 QN_OUTCOME_UNKNOWN);
	assert_string_equal(qn_session_error(lost_commit.session)->message, LOST);
	assert_int_equal(lost_commit.questions, 0);
	lost_commit.pool.commit_status = QN_OUTCOME_UNKNOWN;
	assert_int_equal(qn_atomic(lost_commit.session, use_the_time_up, NULL, NULL),
			 QN_DEADLINE_EXCEEDED);
	assert_string_equal(qn_session_error(lost_commit.session)->message,
			    "the deadline passed at COMMIT; the transaction had changed nothing");
}

static void a_block_that_wrote_nothing_has_lost_its_connection_and_no_more(void **state)
{
	(void)state;
	lost_commit.pool.commit_status = QN_OUTCOME_UNKNOWN;
	assert_int_equal(qn_atomic(lost_commit.session, read_one, NULL, NULL), QN_CONNECTION_LOST);
	assert_string_equal(
		qn_session_error(lost_commit.session)->message,
		"the connection was lost at COMMIT; the transaction had changed nothing");
	assert_int_equal(lost_commit.questions, 0);
}

static void a_block_whose_id_is_not_known_stays_unknown(void **state)
{
	(void)state;
	lost_commit.ids_withheld = SIZE_MAX;
	lost_commit.pool.commit_status = QN_OUTCOME_UNKNOWN;
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL),
			 QN_OUTCOME_UNKNOWN);
	lost_commit.pool.config.commit_lookup = QN_COMMIT_LOOKUP_OFF;
	lost_commit.ids_withheld = 0;
	lost_commit.pool.commit_status = QN_OUTCOME_UNKNOWN;
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL),
			 QN_OUTCOME_UNKNOWN);
	assert_string_equal(qn_session_error(lost_commit.session)->message, LOST);
	assert_int_equal(lost_commit.questions, 0);
}

static qn_status fail_once(qn_session *at, void *argument)
{
	int *runs = argument;

	return (*runs)++ == 0 ? qn_await(qn_sql(at, NULL, "deadlock", NULL, 0))
			      : lost_commit_write(at, NULL);
}

static void each_run_of_a_retried_block_asks_for_its_own_id(void **state)
{
	int runs = 0;

	(void)state;
	assert_int_equal(qn_atomic(lost_commit.session, fail_once, &runs,
				   &(qn_tx_options){ .retry = 1 }),
			 QN_OK);
	assert_string_equal(lost_commit.pool.trace.at,
			    "BEGIN\ndeadlock\n" FACTS "\nROLLBACK\nBEGIN\nok a\n" FACTS
			    "\nCOMMIT\n");
}

static void a_pool_without_room_for_the_question_does_not_hurt_the_block(void **state)
{
	(void)state;
	lost_commit.pool.places = 2;
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL), QN_OK);
	assert_string_equal(lost_commit.pool.trace.at, "BEGIN\nok a\nCOMMIT\n");
}

static void a_question_that_fails_on_the_server_breaks_the_block(void **state)
{
	(void)state;
	lost_commit.facts_fail = true;
	assert_int_equal(qn_atomic(lost_commit.session, lost_commit_write, NULL, NULL),
			 QN_TRANSACTION_BROKEN);
	assert_string_equal(lost_commit.pool.trace.at, "BEGIN\nok a\n" FACTS "\nROLLBACK\n");
	assert_string_equal(lost_commit.pool.kept.at ? lost_commit.pool.kept.at : "", "");
}

static qn_status look_at_the_deadline(qn_session *at, void *argument)
{
	qn_op *op = qn_sql(at, NULL, "ok a", NULL, 0);

	(void)argument;
	assert_string_equal(lost_commit.pool.last->statement->sql, FACTS);
	assert_true(lost_commit.pool.last->deadline - lost_commit.pool.now >
		    UINT64_C(864000) * 1000 * QN_MILLISECOND);
	return qn_await(op);
}

static void a_slow_statement_is_not_ended_by_the_question_behind_it(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(lost_commit.session, look_at_the_deadline, NULL, NULL), QN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, lost_commit_setup, lost_commit_teardown)
		TEST(the_first_write_is_followed_by_a_question_in_the_same_flush),
		TEST(a_write_that_changed_nothing_is_not_the_last_to_be_asked_about),
		TEST(what_cannot_or_need_not_be_looked_up_is_not_asked_about),
		TEST(a_commit_that_was_done_is_a_success),
		TEST(a_commit_that_was_not_done_is_a_lost_connection),
		TEST(one_in_progress_is_asked_for_again_ever_more_slowly),
		TEST(what_cannot_be_known_stays_unknown_and_says_why),
		TEST(the_search_ends_by_the_deadline_of_commit),
		TEST(a_commit_that_took_all_its_time_is_not_looked_up),
		TEST(a_block_that_wrote_nothing_has_lost_its_connection_and_no_more),
		TEST(a_block_whose_id_is_not_known_stays_unknown),
		TEST(each_run_of_a_retried_block_asks_for_its_own_id),
		TEST(a_pool_without_room_for_the_question_does_not_hurt_the_block),
		TEST(a_question_that_fails_on_the_server_breaks_the_block),
		TEST(a_slow_statement_is_not_ended_by_the_question_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
