/*
 * Each allocation fails once, and from then on: nothing crashes, leaks, hangs or loses a
 * completion.
 */
#include "fake_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scarce_memory.h"
#include "session/inside.h"

static struct qn_pool pool;
static int calls;
static int called_back;

/* Any status will do: only that there is one matters. */
static void ended(qn_status status)
{
	assert_string_not_equal(qn_status_name(status), "");
}

static void count_call(qn_op *op, void *context)
{
	(void)op;
	(void)context;
	called_back++;
}

static void count_hook(qn_session *session, void *argument)
{
	(void)session;
	(void)argument;
}

static PGresult *one_row(const char *sql)
{
	PGresAttDesc columns[] = { { .name = "a" }, { .name = "b" }, { .name = "c" } };
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	bool is_of_commit = strncmp(sql, "SELECT pg_catalog", strlen("SELECT pg_catalog")) == 0;
	char *text = strncmp(sql, "SELECT CASE", strlen("SELECT CASE")) == 0 ? "committed" : "1";

	PQsetResultAttrs(result, is_of_commit ? 3 : 1, columns);
	PQsetvalue(result, 0, 0, text, (int)strlen(text));
	for (int i = 0; is_of_commit && i < 3; i++)
		PQsetvalue(result, 0, i, "8 bytes.", 8);
	return result;
}

static qn_status statement(qn_session *session)
{
	const char *parameters[20] = { "lamp", NULL, "table" };
	qn_sql_result result;

	return qn_await(qn_sql(session, &result, "ok a", parameters, 20));
}

static qn_status inner(qn_session *session, void *argument)
{
	(void)argument;
	if (qn_on_commit(session, count_hook, NULL) != QN_OK)
		return QN_OUT_OF_MEMORY;
	return statement(session);
}

static qn_status outer(qn_session *session, void *argument)
{
	qn_status status = qn_on_commit(session, count_hook, NULL);

	if (status == QN_OK)
		status = qn_atomic(session, inner, argument, NULL);
	ended(qn_await(qn_sql(session, NULL, "unique", NULL, 0)));
	return status;
}

static void body(qn_session *session, void *argument)
{
	(void)argument;
	(void)qn_sql(session, NULL, "ok a", NULL, 0);
	(void)qn_tx_finish(session, QN_OK);
}

static void task(qn_session *session, void *argument)
{
	(void)argument;
	(void)statement(session);
	ended(qn_atomic(session, outer, NULL, &(qn_tx_options){ .retry = 1 }));
}

static void then(qn_op *op)
{
	if (qn_then(op, count_call, NULL) == QN_OK)
		calls++;
}

static void scenario(void)
{
	qn_session *session;

	fake_pool_init(&pool);
	pool.config.commit_lookup = QN_COMMIT_LOOKUP_ON;
	pool.result = one_row;
	if (qn_session_open(&pool, &session) == QN_OK) {
		(void)statement(session);
		ended(qn_atomic(session, outer, NULL, NULL));
		then(qn_sql(session, NULL, "ok b", NULL, 0));
		then(qn_sql(session, NULL, "unique", NULL, 0));
		then(qn_atomic_start(session, body, NULL, NULL));
		fake_pool_settle(&pool);
		pool.commit_status = QN_OUTCOME_UNKNOWN;
		ended(qn_atomic(session, inner, NULL, NULL));
		pool.commit_status = QN_OUTCOME_UNKNOWN;
		then(qn_atomic_start(session, body, NULL, NULL));
		fake_pool_settle(&pool);
		pool.commit_status = QN_OK;
		ended(qn_spawn(&pool, task, NULL));
		fake_pool_settle(&pool);
		then(qn_sql(session, NULL, "ok c", NULL, 0));
		then(qn_atomic_start(session, body, NULL, NULL));
		assert_false(qn_session_error(session)->message == NULL);
		qn_session_close(session);
	}
	while (!session_room_is_idle(pool.room))
		assert_int_equal(pool_run_once(&pool), QN_OK);
	scarce_memory_end();
	fake_pool_settle(&pool);
	assert_int_equal(pool.completed, pool.submitted);
	fake_pool_release(&pool);
}

static size_t fail_each_allocation(enum scarcity scarcity)
{
	size_t at = 0;

	do {
		calls = 0;
		called_back = 0;
		scarce_memory_begin(at++, scarcity);
		scenario();
		scarce_memory_end();
		assert_int_equal(called_back, calls);
	} while (scarce_memory_has_failed());
	return at;
}

static void an_allocation_that_fails_once_is_survived(void **state)
{
	(void)state;
	assert_true(fail_each_allocation(SCARCE_ONCE) > 30);
}

static void running_out_of_memory_is_survived(void **state)
{
	(void)state;
	assert_true(fail_each_allocation(SCARCE_FOR_EVER) > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_allocation_that_fails_once_is_survived),
		cmocka_unit_test(running_out_of_memory_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
