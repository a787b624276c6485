#include "fake_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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
	fake_pool_release(&pool);
	return 0;
}

static qn_status run(const char *sql)
{
	return qn_await(qn_sql(session, NULL, sql, NULL, 0));
}

static void a_session_needs_an_open_pool(void **state)
{
	qn_session *other = session;

	(void)state;
	assert_int_equal(qn_session_open(NULL, &other), QN_USAGE);
	assert_null(other);
	assert_int_equal(qn_session_open(&pool, NULL), QN_USAGE);
	pool.closing = true;
	assert_int_equal(qn_session_open(&pool, &other), QN_POOL_CLOSED);
	assert_null(other);
	qn_session_close(NULL);
}

static void memory_of_sessions_is_used_again(void **state)
{
	qn_session *first = session;

	(void)state;
	assert_int_equal(run("fail"), QN_SQL_ERROR);
	qn_session_set_deadline(session, 7);
	qn_session_close(session);
	assert_int_equal(qn_session_open(&pool, &session), QN_OK);
	assert_ptr_equal(session, first);
	assert_int_equal(qn_session_error(session)->status, QN_OK);
	assert_string_equal(qn_session_error(session)->message, "");
	assert_int_equal(session->deadline, 0);
	assert_ptr_equal(qn_session_pool(session), &pool);
}

static void a_closed_session_is_kept_while_the_pool_has_its_requests(void **state)
{
	qn_session *first = session;
	qn_session *second;

	(void)state;
	(void)qn_sql(session, NULL, "ok a", NULL, 0);
	qn_session_close(session);
	assert_int_equal(qn_session_open(&pool, &session), QN_OK);
	assert_ptr_not_equal(session, first);
	fake_pool_settle(&pool);
	assert_int_equal(qn_session_open(&pool, &second), QN_OK);
	assert_ptr_equal(second, first);
	qn_session_close(second);
}

static void release_frees_what_was_loaded_after_the_mark(void **state)
{
	char *before = qn_session_alloc(session, 10);
	qn_mark mark = qn_session_mark(session);
	char *after = qn_session_alloc(session, 10);

	(void)state;
	snprintf(before, 10, "stays");
	assert_true(session_keep_result(session, PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK)));
	assert_int_equal(qn_session_release(session, mark), QN_OK);
	assert_int_equal(session->loaded.result_count, 0);
	assert_string_equal(before, "stays");
	assert_ptr_equal(qn_session_alloc(session, 10), after);
}

static void release_of_another_sessions_mark_is_refused(void **state)
{
	qn_mark mark = qn_session_mark(session);
	qn_mark later;

	(void)state;
	assert_true(session_keep_result(session, PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK)));
	later = qn_session_mark(session);
	assert_int_equal(qn_session_release(session, mark), QN_OK);
	assert_int_equal(qn_session_release(session, later), QN_USAGE);
	qn_session_close(session);
	assert_int_equal(qn_session_open(&pool, &session), QN_OK);
	assert_int_equal(qn_session_release(session, mark), QN_USAGE);
	assert_non_null(strstr(qn_session_error(session)->message, "another session"));
}

static void release_to_a_mark_that_is_gone_is_refused(void **state)
{
	enum { MORE_THAN_A_CHUNK = 1000000 };
	qn_mark start = qn_session_mark(session);
	qn_mark within;
	qn_mark beyond;

	(void)state;
	assert_non_null(qn_session_alloc(session, 100));
	within = qn_session_mark(session);
	assert_non_null(qn_session_alloc(session, MORE_THAN_A_CHUNK));
	beyond = qn_session_mark(session);
	assert_int_equal(qn_session_release(session, start), QN_OK);
	assert_int_equal(qn_session_release(session, beyond), QN_USAGE);
	assert_int_equal(qn_session_release(session, within), QN_USAGE);
	assert_int_equal(qn_session_release(session, start), QN_OK);
}

static void release_under_way_is_refused(void **state)
{
	qn_mark mark = qn_session_mark(session);
	qn_op *op = qn_sql(session, NULL, "ok a", NULL, 0);

	(void)state;
	assert_int_equal(qn_session_release(session, mark), QN_USAGE);
	assert_int_equal(qn_await(op), QN_OK);
	assert_int_equal(qn_session_release(session, mark), QN_OK);
}

static PGresult *two_rows(const char *sql)
{
	PGresAttDesc columns[2] = { { .name = "id", .typid = 25 },
				    { .name = "name", .typid = 25 } };
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	(void)sql;
	PQsetResultAttrs(result, 2, columns);
	PQsetvalue(result, 0, 0, "1", 1);
	PQsetvalue(result, 0, 1, "lamp", 4);
	PQsetvalue(result, 1, 0, "2", 1);
	PQsetvalue(result, 1, 1, NULL, -1);
	return result;
}

static void sql_gives_rows_as_text(void **state)
{
	qn_sql_result result;

	(void)state;
	pool.result = two_rows;
	assert_int_equal(qn_await(qn_sql(session, &result, "ok a", NULL, 0)), QN_OK);
	assert_int_equal(result.row_count, 2);
	assert_int_equal(result.column_count, 2);
	assert_string_equal(result.columns[1], "name");
	assert_string_equal(result.values[0], "1");
	assert_string_equal(result.values[1], "lamp");
	assert_string_equal(result.values[2], "2");
	assert_null(result.values[3]);
	assert_int_equal(session->loaded.result_count, 1);
	assert_int_equal(qn_await(qn_sql(session, NULL, "ok a", NULL, 0)), QN_OK);
	assert_int_equal(session->loaded.result_count, 1);
}

static void sql_reads_its_arguments_before_it_returns(void **state)
{
	char sql[] = "ok a";
	char value[] = "lamp";
	const char *parameters[] = { value, NULL };
	qn_op *op = qn_sql(session, NULL, sql, parameters, 2);

	(void)state;
	memset(sql, 'x', sizeof(sql) - 1);
	memset(value, 'x', sizeof(value) - 1);
	assert_string_equal(op->request.statement->sql, "ok a");
	assert_string_equal(op->request.values[0], "lamp");
	assert_null(op->request.values[1]);
	assert_int_equal(qn_await(op), QN_OK);
	assert_int_equal(qn_await(qn_sql(session, NULL, "ok a", NULL, 2)), QN_USAGE);
	assert_null(qn_sql(NULL, NULL, "ok a", NULL, 0));
}

static void sql_without_a_statement_is_refused(void **state)
{
	static const char *const empty[] = {
		NULL, "", " \n;\t", "-- only this", "/* and /* that */ */", "/* never closed"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		assert_int_equal(run(empty[i]), QN_USAGE);
		assert_string_equal(qn_session_error(session)->message,
				    "qn_sql: the statement is empty");
	}
	assert_int_equal(pool.submitted, 0);
}

static void sql_that_would_change_a_shared_connection_is_refused(void **state)
{
	static const char *const refused[] = {
		"BEGIN",
		"  begin work",
		"/* x */ Start transaction",
		"-- x\ncommit",
		"END;",
		"rollback",
		"ABORT",
		"savepoint a",
		"release a",
		"prepare transaction 'x'",
		"COPY t FROM STDIN",
		"listen a",
		"UNLISTEN *",
		"discard all",
		"deallocate all",
		"execute a",
		"declare c cursor with hold for select 1",
		"fetch c",
		"move c",
		"close c",
		"reset all",
		"set search_path to x",
		"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(run(refused[i]), QN_USAGE);
	assert_int_equal(run("begin"), QN_USAGE);
	assert_string_equal(qn_session_error(session)->message,
			    "qn_sql refuses \"BEGIN\": use qn_atomic");
	assert_int_equal(pool.submitted, 0);
	assert_int_equal(run("set local search_path to x"), QN_OK);
	assert_int_equal(run("SET CONSTRAINTS ALL DEFERRED"), QN_OK);
	assert_int_equal(run("begins"), QN_OK);
	assert_int_equal(run("select 'begin'"), QN_OK);
}

static void errors_do_not_grow(void **state)
{
	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(run("fail"), QN_SQL_ERROR);
	assert_in_range(session->error_arena.chunk_size, 1, 4096);
	assert_null(session->first_op);
}

static void sessions_left_open_are_logged_and_closed(void **state)
{
	static struct qn_pool other;
	qn_session *leaked;

	(void)state;
	fake_pool_init(&other);
	other.config.log = fake_pool_log;
	other.config.log_context = &pool;
	assert_int_equal(qn_session_open_at("jobs.c:7", &other, &leaked), QN_OK);
	(void)qn_sql(leaked, NULL, "ok a", NULL, 0);
	fake_pool_settle(&other);
	buf_clear(&pool.log);
	fake_pool_release(&other);
	assert_string_equal(pool.log.at, "leak QN_USAGE ok a\n"
					 "a session was not closed before its pool: session of "
					 "jobs.c:7, with 1 operation that nobody took\n");
}

static void start_and_go(qn_session *at, void *argument)
{
	(void)argument;
	(void)qn_sql(at, NULL, "ok a", NULL, 0);
}

static void a_leak_tells_the_sessions_name_and_its_transaction(void **state)
{
	static struct qn_pool other;
	qn_session *leaked;

	(void)state;
	fake_pool_init(&other);
	other.config.log = fake_pool_log;
	other.config.log_context = &pool;
	assert_int_equal(qn_session_open_at("jobs.c:7", &other, &leaked), QN_OK);
	qn_session_set_name(leaked, "import");
	qn_detach(qn_atomic_start_at("jobs.c:9", leaked, start_and_go, NULL, NULL));
	(void)qn_sql(leaked, NULL, "ok b", NULL, 0);
	fake_pool_settle(&other);
	buf_clear(&pool.log);
	fake_pool_release(&other);
	assert_non_null(strstr(pool.log.at,
			       "leak QN_USAGE ok a\n"
			       "a session was not closed before its pool: session \"import\" of "
			       "jobs.c:7, in a transaction of jobs.c:9, with 2 operations that "
			       "nobody took\n"));
}

/* The text that is told, behind "leak QN_USAGE \n". */
static const char *told_of_leak(qn_session *leaked, struct qn_pool *other)
{
	(void)leaked;
	buf_clear(&pool.log);
	fake_pool_release(other);
	assert_memory_equal(pool.log.at, "leak QN_USAGE \n", strlen("leak QN_USAGE \n"));
	return pool.log.at + strlen("leak QN_USAGE \n");
}

static void the_site_is_that_of_the_call_unless_there_is_none(void **state)
{
	static struct qn_pool other;
	static const char path[] =
		"a/very/long/path/of/which/nobody/wants/to/read/the/beginning/because/the/end/"
		"is/what/tells/the/place.c:42";
	qn_session *leaked;
	char expected[256];
	int line;

	(void)state;
	fake_pool_init(&other);
	other.config.log = fake_pool_log;
	other.config.log_context = &pool;
	line = __LINE__ + 1;
	assert_int_equal(qn_session_open(&other, &leaked), QN_OK);
	snprintf(expected, sizeof(expected), "session_test.c:%d\n", line);
	assert_non_null(strstr(told_of_leak(leaked, &other), expected));
	fake_pool_init(&other);
	other.config.log = fake_pool_log;
	other.config.log_context = &pool;
	assert_int_equal((qn_session_open)(&other, &leaked), QN_OK);
	assert_string_equal(told_of_leak(leaked, &other),
			    "a session was not closed before its pool\n");
	fake_pool_init(&other);
	other.config.log = fake_pool_log;
	other.config.log_context = &pool;
	assert_int_equal(qn_session_open_at(path, &other, &leaked), QN_OK);
	assert_string_equal(told_of_leak(leaked, &other),
			    "a session was not closed before its pool: session of "
			    "/nobody/wants/to/read/the/beginning/because/the/end/is/what/tells/the/"
			    "place.c:42\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_session_needs_an_open_pool),
		TEST(memory_of_sessions_is_used_again),
		TEST(a_closed_session_is_kept_while_the_pool_has_its_requests),
		TEST(release_frees_what_was_loaded_after_the_mark),
		TEST(release_of_another_sessions_mark_is_refused),
		TEST(release_to_a_mark_that_is_gone_is_refused),
		TEST(release_under_way_is_refused),
		TEST(sql_gives_rows_as_text),
		TEST(sql_reads_its_arguments_before_it_returns),
		TEST(sql_without_a_statement_is_refused),
		TEST(sql_that_would_change_a_shared_connection_is_refused),
		TEST(errors_do_not_grow),
		TEST(sessions_left_open_are_logged_and_closed),
		TEST(a_leak_tells_the_sessions_name_and_its_transaction),
		TEST(the_site_is_that_of_the_call_unless_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
