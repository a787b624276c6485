/* The pool against a real server: what only libpq and PostgreSQL together can show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool/pool_internal.h"
#include "test_server.h"

struct job {
	struct request request;
	struct statement statement;
	struct lane own_lane;
	qn_status status;
	unsigned calls;
	int backend_pid;
	size_t length;
	char text[64];
	char message[512];
	const char *value;
	int value_length;
	int format;
};

static struct test_server server;

static int start_server(void **state)
{
	(void)state;
	return test_server_start(&server) ? 0 : -1;
}

static int stop_server(void **state)
{
	(void)state;
	return test_server_stop(&server) ? 0 : -1;
}

static qn_pool *pool_of(uint32_t max)
{
	qn_pool *pool;
	qn_pool_config config = { .conninfo = test_server_conninfo(&server), .max = max };

	assert_int_equal(qn_pool_open(&pool, &config), QN_OK);
	return pool;
}

static void job_completed(struct request *request, struct outcome *outcome)
{
	struct job *job = (struct job *)request;

	job->calls++;
	job->status = outcome->status;
	job->backend_pid = outcome->backend_pid;
	snprintf(job->message, sizeof(job->message), "%s", outcome->message);
	if (outcome->status != QN_OK || !PQntuples(outcome->result))
		return;
	job->length = (size_t)PQgetlength(outcome->result, 0, 0);
	snprintf(job->text, sizeof(job->text), "%s", PQgetvalue(outcome->result, 0, 0));
}

/* `id` 0 is never prepared. */
static void job_start(qn_pool *pool, struct job *job, uint32_t id, const char *sql, unsigned flags)
{
	struct lane *lane = job->request.lane ? job->request.lane : &job->own_lane;

	job->calls = 0;
	job->statement = (struct statement){
		.id = id, .sql = sql, .parameter_count = job->value ? 1 : 0, .text_results = true
	};
	job->request = (struct request){ .lane = lane,
					 .statement = &job->statement,
					 .values = &job->value,
					 .lengths = &job->value_length,
					 .formats = &job->format,
					 .flags = flags,
					 .deadline = pool_now(pool) + UINT64_C(20000000000),
					 .completed = job_completed };
	assert_int_equal(pool_submit(pool, &job->request), QN_OK);
}

static void job_run(qn_pool *pool, struct job *job, uint32_t id, const char *sql, unsigned flags)
{
	job_start(pool, job, id, sql, flags);
	assert_int_equal(qn_run(pool), QN_OK);
	assert_int_equal(job->calls, 1);
}

static void a_terminated_backend_is_told_and_replaced(void **state)
{
	qn_pool *pool = pool_of(1);
	struct job job = { .calls = 0 };
	int first;

	(void)state;
	job_run(pool, &job, 0, "select pg_terminate_backend(pg_backend_pid())", REQUEST_READ);
	assert_int_equal(job.status, QN_CONNECTION_LOST);
	assert_non_null(strstr(job.message, "terminating connection due to administrator command"));
	first = job.backend_pid;
	job_run(pool, &job, 0, "select 1", REQUEST_READ);
	assert_int_equal(job.status, QN_OK);
	assert_int_not_equal(job.backend_pid, first);
	job_run(pool, &job, 0, "select pg_terminate_backend(pg_backend_pid())", 0);
	assert_int_equal(job.status, QN_OUTCOME_UNKNOWN);
	qn_pool_close(pool);
}

static void backends_ended_while_idle_hurt_nobody(void **state)
{
	qn_pool *pool = pool_of(1);
	struct job job = { .calls = 0 };

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		char sql[64];
		job_run(pool, &job, 1, "select 1", REQUEST_READ);
		assert_int_equal(job.status, QN_OK);
		snprintf(sql, sizeof(sql), "select pg_terminate_backend(%d, 5000)",
			 job.backend_pid);
		assert_true(test_server_execute(&server, sql));
	}
	qn_pool_close(pool);
}

static void a_deadline_cancels_the_statement_and_keeps_the_connection(void **state)
{
	qn_pool *pool = pool_of(1);
	struct job job = { .calls = 0 };
	uint64_t start;
	int first;

	(void)state;
	job_run(pool, &job, 0, "select 1", REQUEST_READ);
	first = job.backend_pid;
	for (unsigned flags = 0; flags <= REQUEST_READ; flags++) {
		start = pool_now(pool);
		job_start(pool, &job, 0, "select pg_sleep(30)", flags);
		pool_set_deadline(pool, &job.request, start + 200000000);
		assert_int_equal(qn_run(pool), QN_OK);
		assert_int_equal(job.status, QN_DEADLINE_EXCEEDED);
		assert_true(pool_now(pool) - start < UINT64_C(10000000000));
		job_run(pool, &job, 0, "select 1", REQUEST_READ);
		assert_int_equal(job.status, QN_OK);
		assert_int_equal(job.backend_pid, first);
	}
	qn_pool_close(pool);
}

static void a_changed_column_type_is_prepared_again(void **state)
{
	qn_pool *pool = pool_of(2);
	struct job jobs[8] = { { .calls = 0 } };

	(void)state;
	assert_true(test_server_execute(&server, "create table drift (a int4); "
						 "insert into drift values (7)"));
	for (size_t round = 0; round < 4; round++) {
		for (size_t i = 0; i < 8; i++)
			job_start(pool, &jobs[i], 1, "select a from drift", REQUEST_READ);
		assert_int_equal(qn_run(pool), QN_OK);
		for (size_t i = 0; i < 8; i++) {
			assert_int_equal(jobs[i].status, QN_OK);
			assert_string_equal(jobs[i].text, "7");
		}
		assert_true(test_server_execute(
			&server, round % 2 ? "alter table drift alter a type int4 using a::int4"
					   : "alter table drift alter a type text using a::text"));
	}
	qn_pool_close(pool);
}

static void statements_that_vanished_are_prepared_again(void **state)
{
	qn_pool *pool = pool_of(1);
	struct job job = { .calls = 0 };

	(void)state;
	job_run(pool, &job, 1, "select 5", REQUEST_READ);
	job_run(pool, &job, 0, "deallocate all", 0);
	assert_int_equal(job.status, QN_OK);
	job_run(pool, &job, 1, "select 5", 0);
	assert_int_equal(job.status, QN_OK);
	assert_string_equal(job.text, "5");
	qn_pool_close(pool);
}

static void big_values_both_ways_do_not_block_each_other(void **state)
{
	enum { COUNT = 40, SIZE = 2000000 };
	qn_pool *pool = pool_of(1);
	struct job *jobs = calloc(COUNT, sizeof(*jobs));
	char *value = malloc(SIZE);

	(void)state;
	assert_non_null(jobs);
	assert_non_null(value);
	memset(value, 'x', SIZE);
	for (size_t i = 0; i < COUNT; i++) {
		jobs[i].value = value;
		jobs[i].value_length = SIZE;
		jobs[i].format = 1;
		job_start(pool, &jobs[i], 1, "select $1::text", REQUEST_READ);
	}
	assert_int_equal(qn_run(pool), QN_OK);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(jobs[i].status, QN_OK);
		assert_int_equal(jobs[i].length, SIZE);
	}
	free(value);
	free(jobs);
	qn_pool_close(pool);
}

static void the_server_never_sees_more_than_max_connections(void **state)
{
	enum { COUNT = 400 };
	char conninfo[512];
	qn_pool *pool;
	struct job *jobs = calloc(COUNT, sizeof(*jobs));

	(void)state;
	assert_non_null(jobs);
	/* The server may still have sessions of pools that were closed. */
	snprintf(conninfo, sizeof(conninfo), "%s application_name=four",
		 test_server_conninfo(&server));
	assert_int_equal(qn_pool_open(&pool, &(qn_pool_config){ .conninfo = conninfo, .max = 4 }),
			 QN_OK);
	for (size_t i = 0; i < COUNT; i++)
		job_start(pool, &jobs[i], 0,
			  "select count(*) from pg_stat_activity where application_name = 'four' "
			  "and datname = current_database()",
			  REQUEST_READ);
	assert_int_equal(qn_run(pool), QN_OK);
	for (size_t i = 0; i < COUNT; i++) {
		char *end;
		long sessions;

		assert_int_equal(jobs[i].status, QN_OK);
		sessions = strtol(jobs[i].text, &end, 10);
		assert_int_equal(*end, '\0');
		assert_in_range(sessions, 1, 4);
	}
	free(jobs);
	qn_pool_close(pool);
}

static void a_deferred_constraint_fails_a_single_write(void **state)
{
	qn_pool *pool = pool_of(1);
	struct job job = { .calls = 0 };

	(void)state;
	assert_true(test_server_execute(
		&server, "create table parent (id int primary key); create table child (id int "
			 "references parent deferrable initially deferred)"));
	job_run(pool, &job, 1, "insert into child values (1)", 0);
	assert_int_equal(job.status, QN_FOREIGN_KEY_VIOLATION);
	job_run(pool, &job, 2, "select count(*) from child", REQUEST_READ);
	assert_string_equal(job.text, "0");
	qn_pool_close(pool);
}

static void copy_is_refused_and_hurts_nobody_else(void **state)
{
	qn_pool *pool = pool_of(1);
	struct job job = { .calls = 0 };

	(void)state;
	job_run(pool, &job, 0, "copy (select 1) to stdout", REQUEST_READ);
	assert_int_equal(job.status, QN_NOT_SUPPORTED);
	job_run(pool, &job, 0, "select 1", REQUEST_READ);
	assert_int_equal(job.status, QN_OK);
	qn_pool_close(pool);
}

static void a_child_drops_the_pool_and_the_parent_goes_on(void **state)
{
	qn_pool *pool = pool_of(1);
	struct job job = { .calls = 0 };
	int first;
	int status;
	pid_t child;

	(void)state;
	job_run(pool, &job, 1, "select 1", REQUEST_READ);
	first = job.backend_pid;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bool is_refused = pool_submit(pool, &job.request) == QN_USAGE;
		qn_pool_after_fork(pool);
		_exit(is_refused ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	job_run(pool, &job, 1, "select 1", REQUEST_READ);
	assert_int_equal(job.status, QN_OK);
	assert_int_equal(job.backend_pid, first);
	qn_pool_close(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminated_backend_is_told_and_replaced),
		cmocka_unit_test(backends_ended_while_idle_hurt_nobody),
		cmocka_unit_test(a_deadline_cancels_the_statement_and_keeps_the_connection),
		cmocka_unit_test(a_changed_column_type_is_prepared_again),
		cmocka_unit_test(statements_that_vanished_are_prepared_again),
		cmocka_unit_test(big_values_both_ways_do_not_block_each_other),
		cmocka_unit_test(the_server_never_sees_more_than_max_connections),
		cmocka_unit_test(a_deferred_constraint_fails_a_single_write),
		cmocka_unit_test(copy_is_refused_and_hurts_nobody_else),
		cmocka_unit_test(a_child_drops_the_pool_and_the_parent_goes_on),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
