/*
 * What the parts of quern cost by themselves: opening and closing a session, a task, and the memory
 * of each.
 */
#include "lanes.h"

#include <libpq-fe.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARTS = 200, SLEEP = 60000 };

static bool open_and_close(qn_pool *pool, uint64_t times)
{
	for (uint64_t i = 0; i < times; i++) {
		qn_session *session;

		if (qn_session_open(pool, &session) != QN_OK)
			return bench_fail("cannot open a session", "");
		qn_session_close(session);
	}
	return true;
}

bool session_open_close(struct bench *bench)
{
	qn_pool *pool;
	bool good;

	if (!lanes_open_pool(bench, 1, false, &pool))
		return false;
	good = open_and_close(pool, bench->warm_up);
	bench_begin(bench);
	good = good && open_and_close(pool, bench->operations);
	bench_end(bench);
	qn_pool_close(pool);
	return good;
}

static void count_task(qn_session *session, void *argument)
{
	uint64_t *count = argument;

	(void)session;
	(*count)++;
}

/* In turns of as many as a busy server has at a time. */
static bool spawn_and_finish(qn_pool *pool, uint64_t times)
{
	uint64_t spawned = 0;
	uint64_t count = 0;

	while (spawned < times) {
		for (unsigned i = 0; i < 64 && spawned < times; i++, spawned++)
			if (qn_spawn(pool, count_task, &count) != QN_OK)
				return bench_fail("cannot spawn", "");
		if (qn_run(pool) != QN_OK)
			return bench_fail("cannot run", "");
	}
	return count == times || bench_fail("spawn", "a task did not run");
}

bool task_spawn_finish(struct bench *bench)
{
	qn_pool *pool;
	bool good;

	if (!lanes_open_pool(bench, 1, false, &pool))
		return false;
	good = spawn_and_finish(pool, bench->warm_up);
	bench_begin(bench);
	good = good && spawn_and_finish(pool, bench->operations);
	bench_end(bench);
	qn_pool_close(pool);
	return good;
}

/* Bytes that malloc has given out, large blocks included. */
static double heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return (double)(info.uordblks + info.hblkhd);
}

/* Bytes of memory that the process really occupies. */
static double resident(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char line[128] = "";
	const char *pages;

	/* The second number of the line, in pages. */
	if (file == NULL)
		return 0;
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	fclose(file);
	pages = strchr(line, ' ');
	return pages == NULL ? 0 : strtod(pages, NULL) * (double)sysconf(_SC_PAGESIZE);
}

static bool libpq_memory(struct bench *bench)
{
	double before = heap();
	PGconn *connection = PQconnectdb(bench->conninfo);
	bool good = PQstatus(connection) == CONNECTION_OK;

	if (good)
		bench_figure("libpq connection", heap() - before);
	else
		bench_fail("cannot connect", PQerrorMessage(connection));
	PQfinish(connection);
	return good;
}

static bool session_memory(qn_pool *pool)
{
	qn_session *sessions[PARTS];
	double before = heap();
	bool good = true;
	unsigned count = 0;

	while (good && count < PARTS) {
		good = qn_session_open(pool, &sessions[count]) == QN_OK;
		count += good;
	}
	bench_figure("session", (heap() - before) / PARTS);
	for (unsigned i = 0; i < count && good; i++) {
		store_product *product;

		good = qn_await(store_product_get(sessions[i], &product,
						  &(store_product_where){ .id = QN_EQ(7) })) ==
		       QN_OK;
	}
	bench_figure("session with one row", (heap() - before) / PARTS);
	for (unsigned i = 0; i < count; i++)
		qn_session_close(sessions[i]);
	return good || bench_fail("memory", "a session failed");
}

static void wait_task(qn_session *session, void *argument)
{
	unsigned *waiting = argument;

	(*waiting)++;
	/* The pool's closing ends it; that it ended so is what is meant. */
	(void)qn_sleep(session, SLEEP);
}

static bool task_memory(qn_pool *pool)
{
	unsigned waiting = 0;
	double heap_before = heap();
	double resident_before = resident();
	qn_session *session;
	bool good = true;

	for (unsigned i = 0; i < PARTS && good; i++)
		good = qn_spawn(pool, wait_task, &waiting) == QN_OK;
	if (!good || qn_session_open(pool, &session) != QN_OK)
		return bench_fail("cannot spawn", "");
	/* A millisecond of the loop: all tasks have had their turn. */
	good = qn_sleep(session, 1) == QN_OK && waiting == PARTS;
	bench_figure("task, heap", (heap() - heap_before) / PARTS);
	bench_figure("task, resident", (resident() - resident_before) / PARTS);
	qn_session_close(session);
	return good || bench_fail("memory", "not all tasks wait");
}

bool memory_of_parts(struct bench *bench)
{
	double before;
	qn_pool *pool;
	bool good;

	if (!libpq_memory(bench))
		return false;
	before = heap();
	if (!lanes_open_pool(bench, 1, false, &pool))
		return false;
	bench_figure("pool with one connection", heap() - before);
	/* The tasks first: they wait on, so that the sessions cannot be recycled from theirs. */
	good = task_memory(pool) && session_memory(pool);
	qn_pool_close(pool);
	return good;
}
