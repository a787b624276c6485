/* What a real pool says of those who keep its connections, and never give them back. */
#include "test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "quern.h"

#define LONG_STATEMENT                                                            \
	"select pg_sleep(30), 'a statement that is longer than anybody wants to " \
	"read'"

static struct test_server server;
static qn_pool *pool;
static char leaks[2048];
static unsigned answered;

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

static void note(void *context, const qn_log_entry *entry)
{
	size_t used = strlen(leaks);

	(void)context;
	answered += entry->event == QN_LOG_QUERY;
	if (entry->event == QN_LOG_LEAK)
		snprintf(leaks + used, sizeof(leaks) - used, "%s\n", entry->message);
}

static int setup(void **state)
{
	const qn_pool_config config = { .conninfo = test_server_conninfo(&server),
					.max = 1,
					.acquire_timeout = 50,
					.log = note };

	(void)state;
	leaks[0] = '\0';
	answered = 0;
	if (qn_pool_open(&pool, &config) != QN_OK)
		return -1;
	/* That a connection is there soon enough is not what is tested. */
	return qn_pool_connect(pool) == QN_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	qn_pool_close(pool);
	return 0;
}

static void read_and_go(qn_session *at, void *argument)
{
	(void)qn_sql(at, NULL, argument, NULL, 0);
}

static qn_session *open_named(const char *name, const char *site)
{
	qn_session *session = NULL;

	assert_int_equal(qn_session_open_at(site, pool, &session), QN_OK);
	qn_session_set_name(session, name);
	return session;
}

/* Until the first statement has its answer: the transaction that it is in is idle then. */
static void wait_for_an_answer(qn_session *session)
{
	while (!answered)
		assert_int_equal(qn_sleep(session, 1), QN_OK);
}

/* The message is `format` with a backend and two times in it. */
static void waiting_in_vain_tells(const char *format)
{
	qn_session *session = open_named("waiter", "waiter.c:1");
	unsigned long long first = 0;
	unsigned long long second = 0;
	int pid = 0;
	char expected[512];
	const char *message;

	assert_int_equal(qn_await(qn_sql(session, NULL, "select 2", NULL, 0)), QN_POOL_TIMEOUT);
	message = qn_session_error(session)->message;
	assert_true(sscanf(message, format, &pid, &first, &second) >= 2);
	snprintf(expected, sizeof(expected), format, pid, first, second);
	assert_string_equal(message, expected);
	assert_true(first < 30000 && second < 30000);
	qn_session_close(session);
}

#define IN_VAIN "no connection became free within 50 ms, 1 of at most 1 are held: backend %d "

static void who_waits_in_vain_is_told_of_an_idle_transaction(void **state)
{
	qn_session *session = open_named("import", "jobs.c:7");
	qn_op *op = qn_atomic_start_at("jobs.c:9", session, read_and_go, "select 1", NULL);

	(void)state;
	wait_for_an_answer(session);
	waiting_in_vain_tells(IN_VAIN
			      "is in a transaction for %llu ms, idle for %llu ms "
			      "(session \"import\" of jobs.c:7, in a transaction of jobs.c:9)");
	qn_cancel(op);
	qn_session_close(session);
}

static void who_waits_in_vain_is_told_of_the_statement_that_runs(void **state)
{
	qn_session *session = open_named("report", "jobs.c:20");
	qn_op *op = qn_sql(session, NULL, LONG_STATEMENT, NULL, 0);

	(void)state;
	/*
	 * Nothing is sent behind a statement that is known to be slow: one that was sent before the
	 * second sleep.
	 */
	assert_int_equal(qn_sleep(session, 1), QN_OK);
	assert_int_equal(qn_sleep(session, 100), QN_OK);
	waiting_in_vain_tells(
		IN_VAIN
		"runs \"select pg_sleep(30), 'a statement that is longer than anybod...\" for %llu ms (session \"report\" of jobs.c:20)");
	qn_cancel(op);
	qn_session_close(session);
}

static void what_is_never_finished_is_reported_with_its_sites(void **state)
{
	qn_session *session = open_named("import", "jobs.c:7");

	(void)state;
	(void)qn_atomic_start_at("jobs.c:9", session, read_and_go, "select 1", NULL);
	wait_for_an_answer(session);
	qn_pool_close(pool);
	assert_string_equal(
		leaks, "closing a pool whose transaction was not ended: session \"import\" of "
		       "jobs.c:7, in a transaction of jobs.c:9\n"
		       "a session was not closed before its pool: session \"import\" of jobs.c:7, "
		       "in a transaction of jobs.c:9, with 2 operations that nobody took\n");
	assert_int_equal(setup(state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(who_waits_in_vain_is_told_of_an_idle_transaction),
		TEST(who_waits_in_vain_is_told_of_the_statement_that_runs),
		TEST(what_is_never_finished_is_reported_with_its_sites),
	};

	return cmocka_run_group_tests_name("reports", tests, server_start, server_stop);
}
