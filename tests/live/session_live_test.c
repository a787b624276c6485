/* Sessions, operations and tasks against a real server. */
#include "test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "quern.h"

static struct test_server server;
static qn_pool *pool;
static qn_session *session;

static int setup(void **state)
{
	const qn_pool_config config = { .conninfo = test_server_conninfo(&server),
					.max = 4,
					.no_prepared_statements = test_server_pools_transactions(),
					.no_pipeline = test_server_pools_transactions() };

	(void)state;
	if (qn_pool_open(&pool, &config) != QN_OK)
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

static int server_start(void **state)
{
	(void)state;
	return test_server_start(&server) ? 0 : -1;
}

static int server_stop(void **state)
{
	(void)state;
	return test_server_stop(&server) ? 0 : -1;
}

static qn_status run(qn_session *at, const char *sql)
{
	return qn_await(qn_sql(at, NULL, sql, NULL, 0));
}

static void sql_takes_parameters_and_gives_rows_as_text(void **state)
{
	const char *parameters[] = { "7", NULL, "it's \"x\"; --" };
	qn_sql_result result;

	(void)state;
	assert_int_equal(qn_await(qn_sql(session, &result,
					 "select $1::int + 1 as n, $2::text as nothing, $3::text,"
					 " true union all select 1, 'b', 'c', false",
					 parameters, 3)),
			 QN_OK);
	assert_int_equal(result.row_count, 2);
	assert_int_equal(result.column_count, 4);
	assert_string_equal(result.columns[0], "n");
	assert_string_equal(result.values[0], "8");
	assert_null(result.values[1]);
	assert_string_equal(result.values[2], "it's \"x\"; --");
	assert_string_equal(result.values[3], "t");
	assert_string_equal(result.values[4], "1");
	assert_int_equal(result.affected, 0);
}

static void sql_tells_how_many_rows_were_changed(void **state)
{
	qn_sql_result result;

	(void)state;
	assert_int_equal(run(session, "create table counted (id int)"), QN_OK);
	assert_int_equal(qn_await(qn_sql(session, &result,
					 "insert into counted select generate_series(1, 5)", NULL,
					 0)),
			 QN_OK);
	assert_int_equal(result.affected, 5);
	assert_int_equal(qn_await(qn_sql(session, &result,
					 "update counted set id = id + 1 where id > 3 returning id",
					 NULL, 0)),
			 QN_OK);
	assert_int_equal(result.affected, 2);
	assert_int_equal(result.row_count, 2);
}

static void errors_of_the_server_come_with_all_that_it_said(void **state)
{
	const qn_error *error = qn_session_error(session);

	(void)state;
	assert_int_equal(run(session, "create table said (id int primary key, name text not null)"),
			 QN_OK);
	assert_int_equal(run(session, "insert into said values (1, 'a')"), QN_OK);
	assert_int_equal(run(session, "insert into said values (1, 'a')"), QN_UNIQUE_VIOLATION);
	assert_string_equal(error->sqlstate, "23505");
	assert_string_equal(error->constraint, "said_pkey");
	assert_string_equal(error->table, "said");
	assert_string_equal(error->schema, "public");
	assert_string_equal(error->detail, "Key (id)=(1) already exists.");
	assert_string_equal(error->sql, "insert into said values (1, 'a')");
	assert_int_equal(run(session, "insert into said values (2, null)"), QN_NOT_NULL_VIOLATION);
	assert_string_equal(error->column, "name");
	assert_int_equal(run(session, "select 1; select 2"), QN_SQL_ERROR);
	assert_int_equal(run(session, "selec"), QN_SQL_ERROR);
	assert_int_equal(run(session, "select * from nowhere"), QN_SCHEMA_DRIFT);
	assert_non_null(strstr(error->message, "migrations"));
	assert_int_equal(run(session, "select 1"), QN_OK);
}

static void operations_run_in_the_order_in_which_they_were_issued(void **state)
{
	qn_sql_result result;
	char sql[64];

	(void)state;
	assert_int_equal(run(session, "create table ordered (id serial, n int)"), QN_OK);
	for (int i = 0; i < 200; i++) {
		snprintf(sql, sizeof(sql), "insert into ordered (n) values (%d)", i);
		qn_detach(qn_sql(session, NULL, sql, NULL, 0));
	}
	assert_int_equal(qn_await(qn_sql(session, &result,
					 "select count(*) from ordered where id = n + 1", NULL, 0)),
			 QN_OK);
	assert_string_equal(result.values[0], "200");
}

static void close_with_work_under_way_leaves_the_pool_usable(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		qn_session *other;

		assert_int_equal(qn_session_open(pool, &other), QN_OK);
		(void)qn_sql(other, NULL, "select pg_sleep(0.01)", NULL, 0);
		if (i % 2)
			assert_int_equal(qn_sleep(other, 1), QN_OK);
		qn_session_close(other);
	}
	assert_int_equal(run(session, "select 1"), QN_OK);
}

static void a_deadline_ends_a_slow_statement(void **state)
{
	(void)state;
	qn_session_set_deadline(session, 50);
	assert_int_equal(run(session, "select pg_sleep(10)"), QN_DEADLINE_EXCEEDED);
	qn_session_set_deadline(session, 0);
	assert_int_equal(run(session, "select 1"), QN_OK);
}

static int tasks_done;

static void note_the_end(qn_op *op, void *argument)
{
	bool *has_ended = argument;

	(void)op;
	*has_ended = true;
}

static void what_the_loop_completes_by_itself_is_not_held_up_by_other_statements(void **state)
{
	bool has_ended = false;
	qn_session *other;
	qn_op *op;

	(void)state;
	assert_int_equal(qn_session_open(pool, &other), QN_OK);
	assert_int_equal(qn_then(qn_sql(other, NULL, "select pg_sleep(10)", NULL, 0), note_the_end,
				 &has_ended),
			 QN_OK);
	assert_int_equal(run(session, "select 1"), QN_OK);
	op = qn_sql(session, NULL, "select 2", NULL, 0);
	qn_cancel(op);
	assert_int_equal(qn_await(op), QN_CANCELLED);
	assert_false(has_ended);
	qn_session_close(other);
	assert_true(has_ended);
}

static void count_twice(qn_session *at, void *argument)
{
	const char *parameter = argument;
	qn_sql_result result;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(qn_await(qn_sql(at, &result, "select $1::int", &parameter, 1)),
				 QN_OK);
		assert_string_equal(result.values[0], parameter);
	}
	tasks_done++;
}

static void a_thousand_tasks_share_four_connections(void **state)
{
	static char numbers[1000][8];
	qn_pool_stats stats;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%d", i);
		assert_int_equal(qn_spawn(pool, count_twice, numbers[i]), QN_OK);
	}
	assert_int_equal(qn_run(pool), QN_OK);
	assert_int_equal(tasks_done, 1000);
	qn_pool_read_stats(pool, &stats);
	assert_true(stats.connections <= 4);
	assert_int_equal(stats.tasks, 0);
	assert_int_equal(stats.sessions, 1);
}

static int ended;

static void work_until_the_pool_is_closed(qn_session *at, void *argument)
{
	qn_status status = QN_OK;

	(void)argument;
	while (status != QN_POOL_CLOSED)
		status = run(at, "select pg_sleep(0.01)");
	ended++;
}

static void sleep_until_the_pool_is_closed(qn_session *at, void *argument)
{
	(void)argument;
	while (qn_sleep(at, 60000) != QN_POOL_CLOSED)
		;
	ended++;
}

static void never_give_up(qn_session *at, void *argument)
{
	(void)argument;
	for (;;)
		if (run(at, "select pg_sleep(0.01)") == QN_OK)
			ended += 100;
}

static void closing_the_pool_ends_its_tasks(void **state)
{
	const qn_pool_config config = { .conninfo = test_server_conninfo(&server),
					.max = 2,
					.no_prepared_statements = test_server_pools_transactions(),
					.no_pipeline = test_server_pools_transactions() };
	qn_session *mine;
	qn_pool *other;

	(void)state;
	ended = 0;
	assert_int_equal(qn_pool_open(&other, &config), QN_OK);
	assert_int_equal(qn_session_open(other, &mine), QN_OK);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(qn_spawn(other, work_until_the_pool_is_closed, NULL), QN_OK);
		assert_int_equal(qn_spawn(other, sleep_until_the_pool_is_closed, NULL), QN_OK);
	}
	assert_int_equal(run(mine, "select 1"), QN_OK);
	assert_int_equal(qn_spawn(other, never_give_up, NULL), QN_OK);
	assert_int_equal(qn_sleep(mine, 1), QN_OK);
	qn_session_close(mine);
	qn_pool_close(other);
	assert_int_equal(ended % 100, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(sql_takes_parameters_and_gives_rows_as_text),
		TEST(sql_tells_how_many_rows_were_changed),
		TEST(errors_of_the_server_come_with_all_that_it_said),
		TEST(operations_run_in_the_order_in_which_they_were_issued),
		TEST(close_with_work_under_way_leaves_the_pool_usable),
		TEST(a_deadline_ends_a_slow_statement),
		TEST(what_the_loop_completes_by_itself_is_not_held_up_by_other_statements),
		TEST(a_thousand_tasks_share_four_connections),
		TEST(closing_the_pool_ends_its_tasks),
	};

	return cmocka_run_group_tests(tests, server_start, server_stop);
}
