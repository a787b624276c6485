/* Transactions against a real server. */
#include "test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quern.h"

static struct test_server server;
static qn_pool *pool;
static qn_session *session;

static int server_start(void **state)
{
	(void)state;
	if (!test_server_start(&server))
		return -1;
	return test_server_execute(
		       &server,
		       "create table account (id int primary key, balance int not null"
		       " check (balance >= 0));"
		       "create table doctor (id int primary key, on_call bool not null);"
		       "create table parent (id int primary key);"
		       "create table child (id int primary key, parent int references parent"
		       " deferrable initially deferred)")
		       ? 0
		       : -1;
}

static int server_stop(void **state)
{
	(void)state;
	return test_server_stop(&server) ? 0 : -1;
}

static int setup(void **state)
{
	const qn_pool_config config = { .conninfo = test_server_conninfo(&server),
					.max = 4,
					.no_prepared_statements = test_server_pools_transactions(),
					.no_pipeline = test_server_pools_transactions(),
					.commit_lookup = QN_COMMIT_LOOKUP_ON };

	(void)state;
	if (!test_server_execute(&server,
				 "truncate account, doctor, parent, child;"
				 "insert into account select n, 100 from generate_series(1, 10) n;"
				 "insert into doctor values (1, true), (2, true)") ||
	    qn_pool_open(&pool, &config) != QN_OK)
		return -1;
	return qn_session_open(pool, &session) == QN_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	qn_session_close(session);
	qn_pool_close(pool);
	return 0;
}

static qn_status run(qn_session *at, const char *sql)
{
	return qn_await(qn_sql(at, NULL, sql, NULL, 0));
}

static void value_is(const char *sql, const char *expected)
{
	char *value = test_server_value(&server, sql);

	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}

/* Statements, a line each, until one fails. */
static qn_status script(qn_session *at, void *argument)
{
	const char *text = argument;
	qn_status status = QN_OK;

	while (*text && status == QN_OK) {
		size_t len = strcspn(text, "\n");
		char line[256] = "";

		memcpy(line, text, len);
		text += len + (text[len] == '\n');
		status = run(at, line);
	}
	return status;
}

static void commit_keeps_and_rollback_does_not(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(session, script, "update account set balance = 1 where id = 1",
				   NULL),
			 QN_OK);
	assert_int_equal(qn_atomic(session, script,
				   "update account set balance = 2 where id = 2\n"
				   "update account set balance = -1 where id = 3",
				   NULL),
			 QN_CHECK_VIOLATION);
	assert_string_equal(qn_session_error(session)->sqlstate, "23514");
	assert_string_equal(qn_session_error(session)->table, "account");
	value_is("select string_agg(balance::text, ' ' order by id) from account where id <= 3",
		 "1 100 100");
}

static void the_mode_reaches_the_server(void **state)
{
	const qn_tx_options read_only = { .isolation = QN_SERIALIZABLE,
					  .read_only = true,
					  .deferrable = true };

	(void)state;
	assert_int_equal(qn_atomic(session, script,
				   "select 1 / (current_setting('transaction_isolation') = "
				   "'serializable' and current_setting('transaction_deferrable') = "
				   "'on')::int",
				   &read_only),
			 QN_OK);
	assert_int_not_equal(qn_atomic(session, script, "delete from account", &read_only), QN_OK);
	assert_string_equal(qn_session_error(session)->sqlstate, "25006");
}

static qn_status survive_inner(qn_session *at, void *argument)
{
	assert_int_equal(run(at, "update account set balance = 1 where id = 1"), QN_OK);
	assert_int_equal(qn_atomic(at, script, argument, NULL), QN_UNIQUE_VIOLATION);
	assert_string_equal(qn_session_error(at)->constraint, "account_pkey");
	assert_int_equal(qn_atomic(at, script, "update account set balance = 4 where id = 4", NULL),
			 QN_OK);
	return run(at, "update account set balance = 3 where id = 3");
}

static void a_failed_savepoint_leaves_the_transaction_usable(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(session, survive_inner,
				   "update account set balance = 2 where id = 2\n"
				   "insert into account values (1, 1)",
				   NULL),
			 QN_OK);
	value_is("select string_agg(balance::text, ' ' order by id) from account where id <= 4",
		 "1 100 3 4");
}

static qn_status pipeline_a_failure(qn_session *at, void *argument)
{
	qn_op *ops[5];

	(void)argument;
	ops[0] = qn_sql(at, NULL, "update account set balance = 1 where id = 1", NULL, 0);
	ops[1] = qn_sql(at, NULL, "insert into account values (1, 1)", NULL, 0);
	ops[2] = qn_sql(at, NULL, "update account set balance = 2 where id = 2", NULL, 0);
	ops[3] = qn_sql(at, NULL, "select 1", NULL, 0);
	assert_int_equal(qn_await(ops[3]), QN_TRANSACTION_BROKEN);
	assert_int_equal(qn_await(ops[2]), QN_TRANSACTION_BROKEN);
	assert_int_equal(qn_await(ops[1]), QN_UNIQUE_VIOLATION);
	assert_int_equal(qn_await(ops[0]), QN_OK);
	return QN_OK;
}

static qn_status survive_pipelined_inner(qn_session *at, void *argument)
{
	assert_int_equal(qn_atomic(at, pipeline_a_failure, argument, NULL), QN_TRANSACTION_BROKEN);
	return run(at, "update account set balance = 3 where id = 3");
}

static void an_error_breaks_its_block_and_what_was_pipelined_behind_it(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(session, pipeline_a_failure, NULL, NULL), QN_TRANSACTION_BROKEN);
	assert_int_equal(qn_atomic(session, survive_pipelined_inner, NULL, NULL), QN_OK);
	value_is("select string_agg(balance::text, ' ' order by id) from account where id <= 3",
		 "100 100 3");
}

static void commit_refused_by_a_deferred_constraint_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(session, script, "insert into child values (1, 7)", NULL),
			 QN_FOREIGN_KEY_VIOLATION);
	assert_string_equal(qn_session_error(session)->constraint, "child_parent_fkey");
	assert_int_equal(qn_atomic(session, script,
				   "insert into child values (1, 7)\ninsert into parent values (7)",
				   NULL),
			 QN_OK);
	value_is("select count(*) from child", "1");
}

static qn_status lose_the_connection(qn_session *at, void *argument)
{
	qn_status status;

	(void)argument;
	assert_int_equal(run(at, "update account set balance = 1 where id = 1"), QN_OK);
	status = run(at, "select pg_terminate_backend(pg_backend_pid())");
	assert_int_equal(status, QN_CONNECTION_LOST);
	assert_int_equal(run(at, "update account set balance = 2 where id = 2"),
			 QN_TRANSACTION_BROKEN);
	return status;
}

static void a_connection_lost_inside_rolls_back_and_the_session_goes_on(void **state)
{
	(void)state;
	assert_int_equal(qn_atomic(session, lose_the_connection, NULL, NULL), QN_CONNECTION_LOST);
	assert_int_equal(run(session, "update account set balance = 3 where id = 3"), QN_OK);
	assert_int_equal(qn_atomic(session, script, "update account set balance = 4 where id = 4",
				   NULL),
			 QN_OK);
	value_is("select string_agg(balance::text, ' ' order by id) from account where id <= 4",
		 "100 100 3 4");
}

static qn_status close_inside(qn_session *at, void *argument)
{
	(void)argument;
	assert_int_equal(run(at, "update account set balance = 1 where id = 1"), QN_OK);
	qn_session_close(at);
	session = NULL;
	return QN_OK;
}

static void closing_the_session_inside_rolls_back_and_keeps_the_connection_clean(void **state)
{
	qn_sql_result result;

	(void)state;
	assert_int_equal(qn_atomic(session, close_inside, NULL, NULL), QN_CANCELLED);
	assert_int_equal(qn_session_open(pool, &session), QN_OK);
	assert_int_equal(qn_await(qn_sql(session, &result,
					 "select balance, pg_current_xact_id_if_assigned() is null"
					 " from account where id = 1",
					 NULL, 0)),
			 QN_OK);
	assert_string_equal(result.values[0], "100");
	assert_string_equal(result.values[1], "t");
}

static void a_server_that_cannot_be_reached_fails_the_block_and_nothing_hangs(void **state)
{
	const qn_pool_config config = { .conninfo = "host=/nowhere dbname=none",
					.acquire_timeout = 100 };
	qn_session *unreachable;
	qn_pool *nowhere;

	(void)state;
	assert_int_equal(qn_pool_open(&nowhere, &config), QN_OK);
	assert_int_equal(qn_session_open(nowhere, &unreachable), QN_OK);
	for (int i = 0; i < 2; i++) {
		qn_status status = qn_atomic(unreachable, script, "select 1", NULL);

		assert_true(status == QN_CONNECTION_FAILED || status == QN_POOL_TIMEOUT);
		assert_non_null(strstr(qn_session_error(unreachable)->message, "/nowhere"));
		assert_false(qn_in_transaction(unreachable));
	}
	assert_int_equal(qn_atomic(unreachable, script, "", NULL), QN_TRANSACTION_BROKEN);
	qn_session_close(unreachable);
	qn_pool_close(nowhere);
}

/*
 * Rows that a transfer has taken from first, so that the first two of opposite directions wait for
 * each other for sure.
 */
struct meeting {
	bool first_row;
	bool second_row;
};

struct transfer {
	struct meeting *meeting;
	const char *from;
	const char *to;
	int runs;
	qn_status status;
};

static qn_status meet(qn_session *at, const struct transfer *transfer)
{
	struct meeting *meeting = transfer->meeting;
	qn_status status;

	if (strcmp(transfer->from, "1") == 0)
		meeting->first_row = true;
	else
		meeting->second_row = true;
	do
		status = qn_sleep(at, 2);
	while (status == QN_OK && !(meeting->first_row && meeting->second_row));
	return status;
}

static qn_status move_money(qn_session *at, void *argument)
{
	struct transfer *transfer = argument;
	qn_status status;

	transfer->runs++;
	status = qn_await(qn_sql(at, NULL, "update account set balance = balance - 1 where id = $1",
				 &transfer->from, 1));
	if (status == QN_OK)
		status = meet(at, transfer);
	if (status == QN_OK)
		status = qn_await(qn_sql(at, NULL,
					 "update account set balance = balance + 1 where id = $1",
					 &transfer->to, 1));
	return status;
}

static void transfer_task(qn_session *at, void *argument)
{
	struct transfer *transfer = argument;

	transfer->status = qn_atomic(at, move_money, transfer,
				     &(qn_tx_options){ .retry = 50, .retry_delay = 2 });
}

static void transfers_in_opposite_order_are_retried_until_all_are_done(void **state)
{
	struct transfer transfers[20];
	struct meeting meeting = { false, false };
	int runs = 0;

	(void)state;
	assert_true(test_server_execute(&server, "do $$ begin execute 'alter database ' ||"
						 " current_database() || ' set deadlock_timeout ="
						 " ''20ms'''; end $$"));
	for (size_t i = 0; i < 20; i++) {
		transfers[i] = (struct transfer){ &meeting, i % 2 ? "1" : "2", i % 2 ? "2" : "1", 0,
						  QN_INTERNAL_ERROR };
		assert_int_equal(qn_spawn(pool, transfer_task, &transfers[i]), QN_OK);
	}
	assert_int_equal(qn_run(pool), QN_OK);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(transfers[i].status, QN_OK);
		runs += transfers[i].runs;
	}
	assert_true(runs > 20);
	value_is("select string_agg(balance::text, ' ' order by id) from account where id <= 2",
		 "100 100");
}

struct leave {
	const char *doctor;
	int runs;
	qn_status status;
};

/* Write skew: each sees the other on call, so each may leave; only one may. */
static qn_status leave_if_another_stays(qn_session *at, void *argument)
{
	struct leave *leave = argument;
	qn_sql_result count;
	qn_status status =
		qn_await(qn_sql(at, &count, "select count(*) from doctor where on_call", NULL, 0));

	leave->runs++;
	if (status == QN_OK)
		status = qn_sleep(at, 10);
	if (status != QN_OK || strtol(count.values[0], NULL, 10) < 2)
		return status;
	return qn_await(qn_sql(at, NULL, "update doctor set on_call = false where id = $1",
			       &leave->doctor, 1));
}

static void leave_task(qn_session *at, void *argument)
{
	struct leave *leave = argument;

	leave->status = qn_atomic(at, leave_if_another_stays, leave,
				  &(qn_tx_options){ .isolation = QN_SERIALIZABLE, .retry = 20 });
}

static void write_skew_is_retried_and_the_rule_holds(void **state)
{
	struct leave leaves[2] = { { .doctor = "1" }, { .doctor = "2" } };

	(void)state;
	assert_int_equal(qn_spawn(pool, leave_task, &leaves[0]), QN_OK);
	assert_int_equal(qn_spawn(pool, leave_task, &leaves[1]), QN_OK);
	assert_int_equal(qn_run(pool), QN_OK);
	assert_int_equal(leaves[0].status, QN_OK);
	assert_int_equal(leaves[1].status, QN_OK);
	value_is("select count(*) from doctor where on_call", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(commit_keeps_and_rollback_does_not),
		TEST(the_mode_reaches_the_server),
		TEST(a_failed_savepoint_leaves_the_transaction_usable),
		TEST(an_error_breaks_its_block_and_what_was_pipelined_behind_it),
		TEST(commit_refused_by_a_deferred_constraint_is_an_error),
		TEST(a_connection_lost_inside_rolls_back_and_the_session_goes_on),
		TEST(closing_the_session_inside_rolls_back_and_keeps_the_connection_clean),
		TEST(a_server_that_cannot_be_reached_fails_the_block_and_nothing_hangs),
		TEST(transfers_in_opposite_order_are_retried_until_all_are_done),
		TEST(write_skew_is_retried_and_the_rule_holds),
	};

	return cmocka_run_group_tests(tests, server_start, server_stop);
}
