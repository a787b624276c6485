/*
 * Each allocation of the process fails once, and from then on, while models are read and written on
 * a real server: those of libpq and of the C library with those of quern. Nothing crashes, leaks or
 * hangs, each operation ends exactly once, what was said to be written is there, and when there is
 * memory again the same pool works.
 *
 * The program's own malloc stands in for that of the C library, so this is for builds without a
 * sanitizer. Only allocations of the thread that runs the loop fail. Libuv's reallocations do not:
 * it aborts when it cannot grow its table of descriptors.
 */
#include "models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *at, size_t size);
void __libc_free(void *at);

/*
 * Milliseconds: of what runs into one failure, which may leave libpq waiting for something that
 * will not come; of what runs into nothing else; and of what has to work.
 */
enum { SHORT_DEADLINE = 200, SHORTEST_DEADLINE = 30, LONG_DEADLINE = 30000 };
/* Seconds, of one run; whoever takes longer hangs. */
enum { WATCHDOG = 60 };

static _Thread_local long allocations_left = -1; /* until one fails; negative: none does */
static bool fails_for_ever;
static bool has_failed;
static atomic_long blocks;

static bool allocation_fails(void)
{
	if (allocations_left < 0)
		return false;
	if (allocations_left > 0) {
		allocations_left--;
		return false;
	}
	has_failed = true;
	if (!fails_for_ever)
		allocations_left = -1;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	void *at = allocation_fails() ? NULL : __libc_malloc(size);

	blocks += at != NULL;
	return at;
}

void *calloc(size_t count, size_t size)
{
	void *at = allocation_fails() ? NULL : __libc_calloc(count, size);

	blocks += at != NULL;
	return at;
}

static void *grow(void *old, size_t size)
{
	void *at = __libc_realloc(old, size);

	blocks += at && !old;
	blocks -= old && !at && size == 0;
	return at;
}

void *realloc(void *old, size_t size)
{
	return allocation_fails() ? NULL : grow(old, size);
}

void free(void *at)
{
	blocks -= at != NULL;
	__libc_free(at);
}

static const qn_model *const MODEL = &test_thing_model;
static struct models *models;
static PGconn *observer;
static qn_pool *pool;
static unsigned started;   /* operations with a call-back */
static unsigned completed; /* call-backs */
static int written;        /* rows that are there; -1: nobody can tell */

/* A loop that has nothing to do while somebody waits would say QN_USAGE: that is a hang. */
static qn_status await(qn_op *op)
{
	qn_status status = qn_await(op);

	assert_int_not_equal(status, QN_USAGE);
	return status;
}

static void wrote(qn_status status)
{
	if (status == QN_OUTCOME_UNKNOWN)
		written = -1;
	else if (status == QN_OK && written >= 0)
		written++;
}

static qn_op *start_create(qn_session *session, test_thing **row)
{
	const test_thing_new values = { .name = "lamp",
					.price = qn_dec("12.5"),
					.set_title = QN_SET("A lamp of brass") };

	return qn_model_create(session, MODEL, row, &values);
}

static void connect_pool(qn_session *session)
{
	(void)session;
	assert_int_not_equal(qn_pool_connect(pool), QN_USAGE);
}

static void create(qn_session *session)
{
	test_thing *row;
	qn_status status = await(start_create(session, &row));

	/*
	 * What cannot be loaded was inserted all the same, and says so if there is memory to say
	 * it.
	 */
	if (status == QN_OUT_OF_MEMORY && fails_for_ever)
		status = QN_OUTCOME_UNKNOWN;
	else if (strstr(qn_session_error(session)->message, "was inserted"))
		wrote(QN_OK);
	wrote(status);
	if (status == QN_OK)
		assert_string_equal(row->title, "A lamp of brass");
}

static void find(qn_session *session)
{
	static const char *const words[] = { "A lamp", "A lamp of brass" };
	const test_thing_query query = { .where = { .title = QN_IN_LIST(words, 2) }, .limit = 5 };
	test_thing_list list;

	if (await(qn_model_find(session, MODEL, &list, &query)) == QN_OK)
		assert_int_equal(list.len, 1);
}

static void update(qn_session *session)
{
	const test_thing_where where = { .title = QN_ICONTAINS("brass") };
	const test_thing_changes changes = { .count = QN_ADD(1), .title = QN_SET("Brass") };
	int64_t count = 0;

	if (await(qn_model_update(session, MODEL, &count, &where, &changes)) == QN_OK)
		assert_int_equal(count, 1);
}

static void save(qn_session *session)
{
	const test_thing_where where = { .title = QN_EQ("A lamp of brass") };
	test_thing *row;

	if (await(qn_model_get(session, MODEL, &row, &where)) != QN_OK)
		return;
	row->name = "light";
	(void)await(qn_model_save(session, MODEL, row));
}

static void on_end(qn_op *op, void *context)
{
	(void)op;
	(void)context;
	completed++;
}

static void pipeline_with_an_error(qn_session *session)
{
	static const char *const texts[] = { "select 1", "select 1 / 0", "select 2" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (qn_then(qn_sql(session, NULL, texts[i], NULL, 0), on_end, NULL) == QN_OK)
			started++;
	while (completed < started)
		assert_int_equal(qn_run(pool), QN_OK);
}

static qn_status failing_block(qn_session *session, void *argument)
{
	(void)argument;
	return await(qn_sql(session, NULL, "select 1 / 0", NULL, 0));
}

static qn_status block(qn_session *session, void *argument)
{
	qn_status status = await(start_create(session, argument));

	if (status == QN_OK && qn_atomic(session, failing_block, NULL, NULL) == QN_OK)
		return QN_INTERNAL_ERROR;
	return status;
}

static void transaction(qn_session *session)
{
	test_thing *row = NULL;
	qn_status status = qn_atomic(session, block, &row, NULL);

	assert_false(qn_in_transaction(session));
	assert_int_not_equal(status, QN_INTERNAL_ERROR);
	wrote(status);
}

static void set_short_deadline(qn_session *session)
{
	qn_session_set_deadline(session, fails_for_ever ? SHORTEST_DEADLINE : SHORT_DEADLINE);
}

static void task_body(qn_session *session, void *argument)
{
	(void)argument;
	set_short_deadline(session);
	transaction(session);
}

static void task(qn_session *session)
{
	(void)session;
	if (qn_spawn(pool, task_body, NULL) == QN_OK)
		assert_int_equal(qn_run(pool), QN_OK);
}

static void cancelled(qn_session *session)
{
	qn_op *op = qn_sql(session, NULL, "select pg_sleep(30)", NULL, 0);

	(void)qn_sleep(session, 1);
	qn_cancel(op);
	assert_int_not_equal(await(op), QN_OK);
}

static unsigned descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	if (!folder)
		return 0;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void nothing_is_broken(void)
{
	qn_session *session;

	assert_int_equal(qn_session_open(pool, &session), QN_OK);
	qn_session_set_deadline(session, LONG_DEADLINE);
	assert_int_equal(qn_await(qn_sql(session, NULL, "select 1", NULL, 0)), QN_OK);
	qn_session_close(session);
}

/* As somebody else sees it; for PQclear. */
static PGresult *observe(const char *sql, ExecStatusType expected)
{
	PGresult *result = PQexec(observer, sql);

	assert_int_equal(PQresultStatus(result), expected);
	return result;
}

static void rows_are_as_said(void)
{
	PGresult *result = observe("select count(*) from test_thing", PGRES_TUPLES_OK);

	if (written >= 0)
		assert_int_equal(atoi(PQgetvalue(result, 0, 0)), written + 1);
	PQclear(result);
}

static void fill_table(void)
{
	PQclear(observe("truncate test_thing", PGRES_COMMAND_OK));
	PQclear(observe("insert into test_thing (name, flag, price, title)"
			" values ('lamp', false, 12.5, 'A lamp of brass')",
			PGRES_COMMAND_OK));
}

/* A pool and a session; then the scenario, with the allocation of that number failing. */
static void run(void (*scenario)(qn_session *session), long fails_at)
{
	const qn_pool_config config = { .conninfo = test_server_conninfo(&models->server),
					.max = 2,
					.retry_delay = 1,
					.max_retry_delay = 5,
					.deadline = LONG_DEADLINE };
	qn_session *session;

	(void)alarm(WATCHDOG);
	fill_table();
	assert_int_equal(qn_pool_open(&pool, &config), QN_OK);
	assert_int_equal(qn_session_open(pool, &session), QN_OK);
	if (scenario != connect_pool)
		assert_int_equal(qn_pool_connect(pool), QN_OK);
	written = 0;
	started = completed = 0;
	set_short_deadline(session);
	has_failed = false;
	allocations_left = fails_at;
	scenario(session);
	qn_session_close(session);
	allocations_left = -1;
	assert_int_equal(completed, started);
	nothing_is_broken();
	rows_are_as_said();
	qn_pool_close(pool);
	(void)alarm(0);
}

/*
 * Libraries keep some of what they get the first time they fail in a certain way: the second time
 * must keep nothing.
 */
static void run_without_leak(void (*scenario)(qn_session *session), long fails_at)
{
	unsigned files = descriptors();
	long kept = blocks;

	run(scenario, fails_at);
	if (blocks != kept) {
		kept = blocks;
		run(scenario, fails_at);
	}
	assert_int_equal(blocks, kept);
	assert_int_equal(descriptors(), files);
}

static void fail_each_allocation(void (*scenario)(qn_session *session))
{
	long count = 0;

	/* What libraries make once and keep, threads among it. */
	fails_for_ever = false;
	run(scenario, LONG_MAX);
	do
		run_without_leak(scenario, count++);
	while (has_failed);
	assert_true(count > 3);
	fails_for_ever = true;
	for (long at = 0; at < count; at++)
		run_without_leak(scenario, at);
}

#define SCENARIO(name)                                     \
	static void running_out_while_##name(void **state) \
	{                                                  \
		(void)state;                               \
		fail_each_allocation(name);                \
	}

SCENARIO(connect_pool)
SCENARIO(create)
SCENARIO(find)
SCENARIO(update)
SCENARIO(save)
SCENARIO(pipeline_with_an_error)
SCENARIO(transaction)
SCENARIO(task)
SCENARIO(cancelled)

static void do_nothing(uv_work_t *work)
{
	(void)work;
}

/*
 * Libuv makes its threads for the first cancel, and aborts when it cannot: on a busy machine any
 * scenario may run into a deadline, and need them while memory runs out.
 */
static bool threads_start(void)
{
	uv_loop_t loop;
	uv_work_t work;
	bool has_run;

	if (uv_loop_init(&loop) != 0)
		return false;
	has_run = uv_queue_work(&loop, &work, do_nothing, NULL) == 0 &&
		  uv_run(&loop, UV_RUN_DEFAULT) == 0;
	return uv_loop_close(&loop) == 0 && has_run;
}

static int setup(void **state)
{
	if (!threads_start() || models_setup(state) != 0)
		return -1;
	models = *state;
	observer = test_server_connect(&models->server);
	return observer ? 0 : -1;
}

static int teardown(void **state)
{
	PQfinish(observer);
	return models_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(running_out_while_connect_pool),
		cmocka_unit_test(running_out_while_create),
		cmocka_unit_test(running_out_while_find),
		cmocka_unit_test(running_out_while_update),
		cmocka_unit_test(running_out_while_save),
		cmocka_unit_test(running_out_while_pipeline_with_an_error),
		cmocka_unit_test(running_out_while_transaction),
		cmocka_unit_test(running_out_while_task),
		cmocka_unit_test(running_out_while_cancelled),
	};

	(void)uv_replace_allocator(malloc, grow, calloc, free);
	return cmocka_run_group_tests(tests, setup, teardown);
}
