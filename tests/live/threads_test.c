/*
 * A pool in each of several threads: nothing is shared between them, and ThreadSanitizer, where it
 * is, agrees.
 */
#include "test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "quern.h"

enum { THREADS = 4, TASKS = 24, ROUNDS = 8 };

struct worker {
	pthread_t thread;
	const char *conninfo;
	int number;
	qn_pool *pool;
	int done;             /* tasks that did all they had to */
	const char *mishap;   /* what went wrong first; asserting is for the main thread */
	qn_status ended;      /* how that ended */
	uint64_t connections; /* that were opened */
};

struct errand {
	struct worker *worker;
	int number;
};

static struct test_server server;

static int server_start(void **state)
{
	(void)state;
	if (!test_server_start(&server))
		return -1;
	return test_server_execute(
		       &server, "create table tally (worker int primary key, count int not null);"
				"create table event (worker int, task int, round int,"
				" primary key (worker, task, round));"
				"insert into tally select n, 0 from generate_series(0, 3) n")
		       ? 0
		       : -1;
}

static int server_stop(void **state)
{
	(void)state;
	return test_server_stop(&server) ? 0 : -1;
}

static void expect(struct worker *worker, qn_status status, qn_status expected, const char *what)
{
	if (status == expected || worker->mishap)
		return;
	worker->mishap = what;
	worker->ended = status;
}

static qn_status count_one(qn_session *session, void *argument)
{
	const struct errand *errand = argument;
	char number[16];
	const char *parameters[] = { number };
	qn_status status;

	snprintf(number, sizeof(number), "%d", errand->worker->number);
	status = qn_await(qn_sql(session, NULL,
				 "update tally set count = count + 1 where worker = $1::int",
				 parameters, 1));
	if (status == QN_OK)
		status = qn_await(qn_sql(session, NULL, "select pg_sleep(0.0005)", NULL, 0));
	return status;
}

static void on_counted(qn_op *op, void *context)
{
	struct worker *worker = context;

	expect(worker, qn_op_status(op), QN_OK, "a statement with a call-back");
}

static void round_trip(qn_session *session, struct errand *errand, int round)
{
	struct worker *worker = errand->worker;
	char texts[3][16];
	const char *parameters[3] = { texts[0], texts[1], texts[2] };
	qn_sql_result result;

	snprintf(texts[0], sizeof(texts[0]), "%d", worker->number);
	snprintf(texts[1], sizeof(texts[1]), "%d", errand->number);
	snprintf(texts[2], sizeof(texts[2]), "%d", round);
	expect(worker,
	       qn_await(qn_sql(session, NULL,
			       "insert into event values ($1::int, $2::int, $3::int)", parameters,
			       3)),
	       QN_OK, "an insert");
	expect(worker,
	       qn_await(
		       qn_sql(session, &result,
			      "select count(*) from event where worker = $1::int and task = $2::int"
			      " and round <= $3::int",
			      parameters, 3)),
	       QN_OK, "a count");
	if (result.row_count != 1 || strtol(result.values[0], NULL, 10) != round + 1)
		expect(worker, QN_INTERNAL_ERROR, QN_OK, "rows of another task");
	expect(worker, qn_then(qn_sql(session, NULL, "select 1", NULL, 0), on_counted, worker),
	       QN_OK, "taking a call-back");
}

static void mixed_task(qn_session *session, void *argument)
{
	struct errand *errand = argument;
	struct worker *worker = errand->worker;

	for (int round = 0; round < ROUNDS; round++)
		round_trip(session, errand, round);
	expect(worker, qn_atomic(session, count_one, errand, &(qn_tx_options){ .retry = 5 }), QN_OK,
	       "a transaction");
	expect(worker, qn_await(qn_sql(session, NULL, "select 1 / 0", NULL, 0)), QN_BAD_DATA,
	       "an error");
	expect(worker, qn_sleep(session, 1), QN_OK, "a sleep");
	worker->done++;
}

/* The server is told by another thread. Nobody else's statement may be behind it. */
static void cancel_alone(struct worker *worker)
{
	qn_session *session;
	qn_op *slow;

	if (qn_session_open(worker->pool, &session) != QN_OK) {
		expect(worker, QN_INTERNAL_ERROR, QN_OK, "opening a session");
		return;
	}
	slow = qn_sql(session, NULL, "select pg_sleep(30)", NULL, 0);
	expect(worker, qn_sleep(session, 5), QN_OK, "a sleep");
	qn_cancel(slow);
	expect(worker, qn_await(slow), QN_CANCELLED, "a cancelled statement");
	qn_session_close(session);
}

static void run_errands(struct worker *worker)
{
	struct errand errands[TASKS];

	for (int i = 0; i < TASKS; i++) {
		errands[i] = (struct errand){ .worker = worker, .number = i };
		expect(worker, qn_spawn(worker->pool, mixed_task, &errands[i]), QN_OK, "a spawn");
	}
	expect(worker, qn_run(worker->pool), QN_OK, "the loop");
}

static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	const qn_pool_config config = { .conninfo = worker->conninfo, .max = 3 };
	qn_pool_stats stats;

	if (qn_pool_open(&worker->pool, &config) != QN_OK) {
		worker->mishap = "opening a pool";
		return NULL;
	}
	run_errands(worker);
	cancel_alone(worker);
	qn_pool_read_stats(worker->pool, &stats);
	worker->connections = stats.opened;
	qn_pool_close(worker->pool);
	return NULL;
}

static void a_pool_in_each_of_four_threads_shares_nothing(void **state)
{
	struct worker workers[THREADS];
	char *counted;

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		workers[i] =
			(struct worker){ .conninfo = test_server_conninfo(&server), .number = i };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		if (workers[i].mishap)
			fail_msg("thread %d: %s: %s", i, workers[i].mishap,
				 qn_status_name(workers[i].ended));
		assert_int_equal(workers[i].done, TASKS);
		assert_true(workers[i].connections <= 3);
	}
	counted = test_server_value(&server, "select min(count) || ' ' || max(count) || ' ' ||"
					     " (select count(*) from event) from tally");
	assert_non_null(counted);
	assert_string_equal(counted, "24 24 768");
	free(counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_in_each_of_four_threads_shares_nothing),
	};

	return cmocka_run_group_tests_name("threads", tests, server_start, server_stop);
}
