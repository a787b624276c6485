/* What is peculiar to a pooler. Runs behind pgbouncer, which pooler_test.sh starts. */
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

static int server_start(void **state)
{
	(void)state;
	if (!getenv("QUERN_TEST_POOLER") || !test_server_start(&server))
		return -1;
	return test_server_execute(&server, "create table hit (id int primary key)") ? 0 : -1;
}

static int server_stop(void **state)
{
	(void)state;
	return test_server_stop(&server) ? 0 : -1;
}

static qn_pool *pool_open(const char *settings, uint32_t max)
{
	char *conninfo = NULL;
	qn_pool *pool = NULL;

	assert_true(asprintf(&conninfo, "%s %s", test_server_conninfo(&server), settings) > 0);
	assert_int_equal(
		qn_pool_open(&pool,
			     &(qn_pool_config){ .conninfo = conninfo,
						.max = max,
						.no_prepared_statements =
							test_server_pools_transactions(),
						.no_pipeline = test_server_pools_transactions() }),
		QN_OK);
	free(conninfo);
	return pool;
}

static void a_pool_connects_without_further_settings(void **state)
{
	qn_pool *pool = pool_open("", 1);

	(void)state;
	assert_int_equal(qn_pool_connect(pool), QN_OK);
	qn_pool_close(pool);
}

static void a_refused_startup_parameter_is_named_with_what_to_do(void **state)
{
	qn_pool *pool = pool_open("options=-csearch_path=shop", 1);
	const char *message;

	(void)state;
	assert_int_equal(qn_pool_connect(pool), QN_PROTOCOL_ERROR);
	message = qn_pool_error(pool)->message;
	assert_non_null(strstr(message, "unsupported startup parameter: options"));
	assert_non_null(strstr(message,
			       ": take it out of the connection string and the environment,"
			       " or have the pooler ignore it"));
	qn_pool_close(pool);
}

struct hit {
	int id;
	qn_status status;
};

static qn_status insert_hit(qn_session *session, void *argument)
{
	const struct hit *hit = argument;
	char id[16];
	const char *parameters[] = { id };
	qn_status status;

	snprintf(id, sizeof(id), "%d", hit->id);
	status = qn_await(qn_sql(session, NULL, "insert into hit values ($1::int)", parameters, 1));
	return status == QN_OK ? qn_await(qn_sql(session, NULL, "select 1", NULL, 0)) : status;
}

static void hit_task(qn_session *session, void *argument)
{
	struct hit *hit = argument;

	hit->status = qn_atomic(session, insert_hit, hit, NULL);
}

/*
 * Four server connections behind ten of the pool's: each transaction waits for one, and none is
 * mixed with another.
 */
static void more_transactions_than_server_connections_all_commit(void **state)
{
	struct hit hits[100];
	qn_pool *pool = pool_open("", test_server_pools_transactions() ? 10 : 4);
	char *count;

	(void)state;
	for (int i = 0; i < 100; i++) {
		hits[i] = (struct hit){ .id = i, .status = QN_INTERNAL_ERROR };
		assert_int_equal(qn_spawn(pool, hit_task, &hits[i]), QN_OK);
	}
	assert_int_equal(qn_run(pool), QN_OK);
	for (int i = 0; i < 100; i++)
		assert_int_equal(hits[i].status, QN_OK);
	qn_pool_close(pool);
	count = test_server_value(&server, "select count(*) from hit");
	assert_string_equal(count, "100");
	free(count);
}

static void a_deadline_cancels_through_the_pooler(void **state)
{
	qn_pool *pool = pool_open("", 1);
	qn_session *session;
	char *running = NULL;

	(void)state;
	assert_int_equal(qn_session_open(pool, &session), QN_OK);
	qn_session_set_deadline(session, 100);
	assert_int_equal(qn_await(qn_sql(session, NULL, "select pg_sleep(60)", NULL, 0)),
			 QN_DEADLINE_EXCEEDED);
	qn_session_set_deadline(session, 0);
	assert_int_equal(qn_await(qn_sql(session, NULL, "select 1", NULL, 0)), QN_OK);
	do {
		free(running);
		running = test_server_value(&server,
					    "select count(*) from pg_stat_activity where "
					    "datname = current_database() and state = 'active' "
					    "and query ~ '^select pg_sleep'");
		assert_non_null(running);
	} while (strcmp(running, "0") != 0);
	free(running);
	qn_session_close(session);
	qn_pool_close(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_connects_without_further_settings),
		cmocka_unit_test(a_refused_startup_parameter_is_named_with_what_to_do),
		cmocka_unit_test(more_transactions_than_server_connections_all_commit),
		cmocka_unit_test(a_deadline_cancels_through_the_pooler),
	};

	return cmocka_run_group_tests_name("pooler", tests, server_start, server_stop);
}
