/* A server that is restarted under load. It is the test's own. */
#include "dev_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quern.h"

enum { TASKS = 16, MAX = 4, DOWN_MS = 600 };

static const char sessions[] =
	"select count(*) from pg_stat_activity where application_name = 'quern'";
static char folder[] = "/tmp/quern-restart-XXXXXX";
static struct dev_server server;
static qn_pool *pool;
static bool is_over;
static unsigned started;
static unsigned ended;
static unsigned good;
static unsigned good_at_restart;

static int server_start(void **state)
{
	bool was_running;

	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755) != 0 || !dev_server_init(&server, folder))
		return -1;
	return dev_server_start(&server, &was_running) ? 0 : -1;
}

static int server_stop(void **state)
{
	bool was_running;
	bool is_gone = dev_server_stop(&server, &was_running) && dev_server_delete(&server);

	(void)state;
	dev_server_release(&server);
	return is_gone ? 0 : -1;
}

static PGconn *look(void)
{
	PGconn *connection = PQconnectdb(dev_server_url(&server));

	assert_int_equal(PQstatus(connection), CONNECTION_OK);
	return connection;
}

static int look_up(const char *sql)
{
	PGconn *connection = look();
	PGresult *result = PQexec(connection, sql);
	int number;

	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	number = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(connection);
	return number;
}

static void tell(const char *sql)
{
	PGconn *connection = look();
	PGresult *result = PQexec(connection, sql);

	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQclear(result);
	PQfinish(connection);
}

static pid_t postmaster(void)
{
	PGconn *connection = look();
	PGresult *result =
		PQexec(connection, "select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)");
	pid_t pid;

	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	pid = (pid_t)strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(connection);
	assert_true(pid > 1);
	return pid;
}

static int open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* Of this process, in milliseconds. */
static long cpu_time(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void count_end(qn_op *op, void *context)
{
	(void)context;
	ended++;
	good += qn_op_status(op) == QN_OK;
}

static qn_status two_statements(qn_session *session, void *argument)
{
	qn_status status = qn_await(qn_sql(session, NULL, "select 1", NULL, 0));

	(void)argument;
	return status == QN_OK ? qn_await(qn_sql(session, NULL, "select 2", NULL, 0)) : status;
}

/*
 * Single statements, with call-backs and awaited, and transactions; a task that is refused goes on
 * after a moment.
 */
static void load_task(qn_session *session, void *argument)
{
	(void)argument;
	while (!is_over) {
		qn_status status;

		started++;
		if (qn_then(qn_sql(session, NULL, "select pg_sleep(0.001)", NULL, 0), count_end,
			    NULL) != QN_OK)
			ended++;
		started++;
		status = qn_await(qn_sql(session, NULL, "select 3", NULL, 0));
		ended++;
		started++;
		if (qn_atomic(session, two_statements, NULL, NULL) != QN_OK)
			status = QN_CONNECTION_LOST;
		ended++;
		if (status != QN_OK && qn_sleep(session, 5) != QN_OK)
			return;
	}
}

struct restart {
	int signal; /* SIGINT: fast; SIGQUIT: immediate */
	long cpu;   /* spent while the server was down */
};

/* Drives the restart beside the load, in the same loop. */
static void restart_task(qn_session *session, void *argument)
{
	struct restart *restart = argument;
	pid_t pid = postmaster();
	long before;
	bool was_running;

	if (qn_sleep(session, 100) != QN_OK || kill(pid, restart->signal) != 0)
		return;
	while (PQping(dev_server_url(&server)) != PQPING_NO_RESPONSE)
		if (qn_sleep(session, 1) != QN_OK)
			return;
	before = cpu_time();
	if (qn_sleep(session, DOWN_MS) != QN_OK)
		return;
	restart->cpu = cpu_time() - before;
	if (!dev_server_start(&server, &was_running))
		return;
	good_at_restart = good;
	while (good < good_at_restart + 10 * TASKS)
		if (qn_sleep(session, 5) != QN_OK)
			break;
	is_over = true;
}

static void restarts_under_load(int with)
{
	struct restart restart = { .signal = with, .cpu = -1 };
	qn_pool_stats stats;
	int files;

	/* The first loop of a process leaves descriptors of libuv's own behind. */
	assert_int_equal(qn_pool_open(&pool, &(qn_pool_config){ .conninfo = "host=/nowhere" }),
			 QN_OK);
	qn_pool_close(pool);
	files = open_files();
	is_over = false;
	started = ended = good = 0;
	assert_int_equal(qn_pool_open(&pool, &(qn_pool_config){ .conninfo = dev_server_url(&server),
								.max = MAX,
								.acquire_timeout = 200,
								.retry_delay = 10,
								.max_retry_delay = 100 }),
			 QN_OK);
	for (int i = 0; i < TASKS; i++)
		assert_int_equal(qn_spawn(pool, load_task, NULL), QN_OK);
	assert_int_equal(qn_spawn(pool, restart_task, &restart), QN_OK);
	assert_int_equal(qn_run(pool), QN_OK);
	assert_true(is_over);
	assert_int_equal(ended, started);
	/*
	 * A tenth of the time is much more than it takes, also under a sanitizer, and much less
	 * than a spin.
	 */
	assert_in_range(restart.cpu, 0, DOWN_MS / 10);
	qn_pool_read_stats(pool, &stats);
	assert_true(stats.connections <= MAX);
	assert_int_equal(stats.opening + stats.waiting + stats.tasks + stats.sessions, 0);
	assert_true(stats.connect_failures > 0);
	/* A session that was given up while it was opened ends when the server sees that. */
	while (look_up(sessions) != (int)stats.connections)
		continue;
	qn_pool_close(pool);
	while (look_up(sessions))
		continue;
	assert_int_equal(open_files(), files);
}

static void a_fast_restart_under_load_loses_no_call_back(void **state)
{
	(void)state;
	restarts_under_load(SIGINT);
}

static void an_immediate_restart_under_load_loses_no_call_back(void **state)
{
	(void)state;
	restarts_under_load(SIGQUIT);
}

static qn_status write_one(qn_session *session)
{
	return qn_await(qn_sql(session, NULL, "insert into written values (1)", NULL, 0));
}

/* As those do that have another one take over, before they end it. */
static void a_server_that_takes_no_writes_any_more_is_left_and_found_again(void **state)
{
	enum { TRIES = 5000 };
	char conninfo[512];
	qn_session *session;
	qn_status status = QN_OK;

	(void)state;
	tell("create table written (one integer)");
	snprintf(conninfo, sizeof(conninfo), "%s&target_session_attrs=read-write",
		 dev_server_url(&server));
	assert_int_equal(qn_pool_open(&pool, &(qn_pool_config){ .conninfo = conninfo,
								.max = 1,
								.acquire_timeout = 300,
								.retry_delay = 10,
								.max_retry_delay = 50 }),
			 QN_OK);
	assert_int_equal(qn_pool_connect(pool), QN_OK);
	assert_int_equal(qn_session_open(pool, &session), QN_OK);
	assert_int_equal(write_one(session), QN_OK);
	tell("alter system set default_transaction_read_only = on");
	look_up("select pg_reload_conf()");
	for (int i = 0; i < TRIES && status == QN_OK; i++) {
		assert_int_equal(qn_sleep(session, 1), QN_OK);
		status = write_one(session);
	}
	assert_int_equal(status, QN_NOT_SUPPORTED);
	assert_string_equal(qn_session_error(session)->sqlstate, "25006");
	/* A busy machine may not have refused a session within the first one's time. */
	do
		status = write_one(session);
	while (status == QN_POOL_TIMEOUT);
	assert_int_equal(status, QN_CONNECTION_FAILED);
	assert_non_null(strstr(qn_session_error(session)->message, "session is read-only"));
	tell("alter system reset default_transaction_read_only");
	look_up("select pg_reload_conf()");
	for (int i = 0; i < TRIES && status != QN_OK; i++)
		status = write_one(session);
	assert_int_equal(status, QN_OK);
	qn_session_close(session);
	qn_pool_close(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fast_restart_under_load_loses_no_call_back),
		cmocka_unit_test(an_immediate_restart_under_load_loses_no_call_back),
		cmocka_unit_test(a_server_that_takes_no_writes_any_more_is_left_and_found_again),
	};

	return cmocka_run_group_tests_name("restart", tests, server_start, server_stop);
}
