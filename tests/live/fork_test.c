/*
 * A process that forks while its pool is at work: the child drops the pool, and the parent does not
 * notice.
 */
#include "test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quern.h"

/* LeakSanitizer's, where it is. */
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

enum { GOOD, LEAKS, CANNOT_CONNECT };

static struct test_server server;
static qn_pool *pool;
static qn_session *session;
static int task_ended;
static int called_back;

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

static qn_status run(const char *sql, qn_sql_result *result)
{
	return qn_await(qn_sql(session, result, sql, NULL, 0));
}

static qn_pool *pool_open(void)
{
	qn_pool *opened;

	assert_int_equal(qn_pool_open(&opened,
				      &(qn_pool_config){ .conninfo = test_server_conninfo(&server),
							 .max = 2 }),
			 QN_OK);
	return opened;
}

static void sleepy_task(qn_session *at, void *argument)
{
	(void)argument;
	task_ended += qn_await(qn_sql(at, NULL, "select pg_sleep(0.05)", NULL, 0)) == QN_OK;
}

static void count_call(qn_op *op, void *context)
{
	(void)op;
	(void)context;
	called_back++;
}

static int child_run(void)
{
	qn_pool *own;

	qn_pool_after_fork(pool);
	pool = NULL;
	session = NULL;
	own = pool_open();
	if (qn_pool_connect(own) != QN_OK)
		return CANNOT_CONNECT;
	qn_pool_close(own);
	if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
		return LEAKS;
	return task_ended || called_back ? LEAKS : GOOD;
}

static void fork_and_look(void)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(child_run());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, W_EXITCODE(GOOD, 0));
}

static qn_status fork_inside(qn_session *at, void *argument)
{
	qn_sql_result before;
	qn_sql_result after;

	(void)argument;
	assert_int_equal(qn_await(qn_sql(at, &before, "select pg_backend_pid(), 'kept'", NULL, 0)),
			 QN_OK);
	assert_int_equal(qn_spawn(pool, sleepy_task, NULL), QN_OK);
	assert_int_equal(qn_then(qn_sql(at, NULL, "select pg_sleep(0.05)", NULL, 0), count_call,
				 NULL),
			 QN_OK);
	assert_int_equal(qn_sleep(at, 1), QN_OK);
	fork_and_look();
	assert_int_equal(qn_await(qn_sql(at, &after, "select pg_backend_pid()", NULL, 0)), QN_OK);
	assert_string_equal(after.values[0], before.values[0]);
	assert_string_equal(before.values[1], "kept");
	return QN_OK;
}

static void a_child_frees_the_pool_and_the_parents_transaction_commits(void **state)
{
	(void)state;
	pool = pool_open();
	assert_int_equal(qn_session_open(pool, &session), QN_OK);
	assert_int_equal(run("create table forked (id int)", NULL), QN_OK);
	assert_int_equal(qn_atomic(session, fork_inside, NULL, NULL), QN_OK);
	assert_int_equal(qn_run(pool), QN_OK);
	assert_int_equal(task_ended, 1);
	assert_int_equal(called_back, 1);
	qn_session_close(session);
	qn_pool_close(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_frees_the_pool_and_the_parents_transaction_commits),
	};

	return cmocka_run_group_tests_name("fork", tests, server_start, server_stop);
}
