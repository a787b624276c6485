/* How transactions begin, nest and break. */
#include "session_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "quern/transaction.h"

static qn_status look_at_the_queue(qn_session *session, void *argument)
{
	struct session_rig *rig = argument;
	qn_op *op = qn_sql(session, NULL, "ok a", NULL, 0);

	assert_int_equal(rig->pool.request_count, 2);
	return qn_await(op);
}

static void begin_takes_no_round_trip_of_its_own(void **state)
{
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, look_at_the_queue, rig, NULL), QN_OK);
	assert_string_equal(session_rig_sent(rig), "BEGIN\nok a\nCOMMIT\n");
	assert_string_equal(session_rig_kept(rig), "a\n");
}

static void a_failure_rolls_back_and_is_returned(void **state)
{
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, script, "ok a\nunique\nok b", NULL),
			 QN_UNIQUE_VIOLATION);
	assert_string_equal(session_rig_sent(rig), "BEGIN\nok a\nunique\nROLLBACK\n");
	assert_string_equal(session_rig_kept(rig), "");
	assert_int_equal(qn_session_error(rig->session)->status, QN_UNIQUE_VIOLATION);
}

static qn_status own_failure(qn_session *session, void *argument)
{
	(void)argument;
	assert_int_equal(run(session, "ok a"), QN_OK);
	return QN_NOT_FOUND;
}

static void a_status_of_the_functions_own_rolls_back(void **state)
{
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, own_failure, NULL, NULL), QN_NOT_FOUND);
	assert_string_equal(session_rig_sent(rig), "BEGIN\nok a\nROLLBACK\n");
}

static void the_mode_is_part_of_begin(void **state)
{
	struct session_rig *rig = *state;
	const qn_tx_options options[] = {
		{ .isolation = QN_READ_COMMITTED },
		{ .isolation = QN_REPEATABLE_READ, .read_only = true },
		{ .isolation = QN_SERIALIZABLE, .read_only = true, .deferrable = true },
		{ .durable = true },
	};

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(qn_atomic(rig->session, script, "", &options[i]), QN_OK);
	assert_string_equal(session_rig_sent(rig),
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
	struct session_rig *rig = *state;
	qn_tx_options wrong = { .deferrable = true };
	qn_tx_options unknown = { .isolation = (qn_isolation)9 };
	qn_tx_options durable = { .durable = true };
	qn_tx_options retry = { .retry = 1 };

	assert_int_equal(qn_atomic(rig->session, script, "", &wrong), QN_USAGE);
	assert_int_equal(qn_atomic(rig->session, script, "", &unknown), QN_USAGE);
	assert_int_equal(qn_atomic(rig->session, NULL, NULL, NULL), QN_USAGE);
	assert_int_equal(qn_atomic(NULL, script, "", NULL), QN_USAGE);
	assert_string_equal(session_rig_sent(rig), "");
	assert_int_equal(qn_atomic(rig->session, nest_with_options, &durable, NULL), QN_USAGE);
	assert_non_null(strstr(qn_session_error(rig->session)->message, "durable"));
	assert_int_equal(qn_atomic(rig->session, nest_with_options, &retry, NULL), QN_USAGE);
	assert_string_equal(session_rig_sent(rig), "BEGIN\nROLLBACK\nBEGIN\nROLLBACK\n");
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
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, survive_inner, "ok b\nunique", NULL), QN_OK);
	assert_string_equal(session_rig_sent(rig),
			    "BEGIN\nok a\nSAVEPOINT qn_1\nok b\nunique\n"
			    "ROLLBACK TO SAVEPOINT qn_1\nRELEASE SAVEPOINT qn_1\nok c\n"
			    "SAVEPOINT qn_1\nok d\nRELEASE SAVEPOINT qn_1\nCOMMIT\n");
	assert_string_equal(session_rig_kept(rig), "a\nc\nd\n");
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
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, swallow, "fail", NULL), QN_TRANSACTION_BROKEN);
	assert_string_equal(session_rig_sent(rig), "BEGIN\nfail\nROLLBACK\n");
	assert_int_equal(qn_session_error(rig->session)->status, QN_TRANSACTION_BROKEN);
	assert_int_equal(run(rig->session, "ok a"), QN_OK);
}

static qn_status leave_in_flight(qn_session *session, void *argument)
{
	(void)qn_sql(session, NULL, "ok a", NULL, 0);
	(void)qn_sql(session, NULL, argument, NULL, 0);
	return QN_OK;
}

static void operations_left_in_flight_are_finished_before_commit(void **state)
{
	struct session_rig *rig = *state;

	assert_int_equal(qn_atomic(rig->session, leave_in_flight, "ok b", NULL), QN_OK);
	assert_int_equal(qn_atomic(rig->session, leave_in_flight, "unique", NULL),
			 QN_TRANSACTION_BROKEN);
	assert_string_equal(session_rig_sent(rig),
			    "BEGIN\nok a\nok b\nCOMMIT\nBEGIN\nok a\nunique\nROLLBACK\n");
	assert_string_equal(session_rig_kept(rig), "a\nb\n");
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
	struct session_rig *rig = *state;

	assert_int_equal(qn_tx_set_rollback(rig->session), QN_USAGE);
	assert_int_equal(qn_atomic(rig->session, set_rollback, NULL, NULL), QN_OK);
	assert_string_equal(session_rig_kept(rig), "");
	assert_int_equal(qn_atomic(rig->session, set_rollback_inside, NULL, NULL), QN_OK);
	assert_string_equal(session_rig_kept(rig), "b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, session_rig_setup, session_rig_teardown)
		TEST(begin_takes_no_round_trip_of_its_own),
		TEST(a_failure_rolls_back_and_is_returned),
		TEST(a_status_of_the_functions_own_rolls_back),
		TEST(the_mode_is_part_of_begin),
		TEST(options_that_make_no_sense_are_refused),
		TEST(a_nested_block_is_a_savepoint),
		TEST(after_a_failed_statement_the_block_is_broken),
		TEST(operations_left_in_flight_are_finished_before_commit),
		TEST(set_rollback_ends_the_innermost_block_without_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
