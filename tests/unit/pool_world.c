#include "pool_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_SPARE = 40 };

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

uint64_t world_below(struct world *world, uint64_t limit)
{
	return next_random(&world->seed) % limit;
}

bool world_is_tagged(const char *sql, unsigned *number)
{
	const char *digits = strchr(sql, ' ');
	char *end;

	if (!digits || (strncmp(sql, "write ", 6) != 0 && strncmp(sql, "read ", 5) != 0))
		return false;
	*number = (unsigned)strtoul(digits + 1, &end, 10);
	return end != digits + 1 && *end == '\0';
}

/*
 * Nobody else's statement runs on a connection between the first one of a transaction and its end.
 */
static void world_ran(struct wire_link *link, const char *sql)
{
	struct world *world = link->server->ran_context;
	unsigned *inside = &world->inside[link->fd - rig_link(world->rig, 0)->fd];
	unsigned number;

	if (link->transaction == 'I' || strcmp(sql, "begin") == 0)
		*inside = 0;
	if (!world_is_tagged(sql, &number))
		return;
	world->runs[number]++;
	if (link->transaction == 'I')
		return;
	if (*inside == 0)
		*inside = world->owners[number] + 1;
	assert_int_equal(*inside, world->owners[number] + 1);
}

/* "write 17": a statement that is told from all others. */
const char *world_tag(struct world *world, const char *verb, unsigned owner, char text[32])
{
	unsigned number = world->statements++;

	world->owners[number] = owner;
	snprintf(text, 32, "%s %u", verb, number);
	return text;
}

struct world *world_new(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));
	qn_pool_config config = { .acquire_timeout = 3000, .idle_timeout = 2000 };

	assert_non_null(world);
	world->seed = seed;
	config.max = (uint32_t)world_below(world, 4) + 1;
	config.min = (uint32_t)world_below(world, config.max + 1);
	config.pipeline_depth = (uint32_t)world_below(world, 8) + 1;
	config.statement_cache = (uint32_t)world_below(world, 4) + 1;
	config.no_pipeline = world_below(world, 6) == 0;
	config.no_prepared_statements = world_below(world, 3) == 0;
	config.max_waiting = world_below(world, 8) == 0 ? 5 : 0;
	world->coalesces = world_below(world, 2) == 0;
	world->rig = rig_new(&config);
	world->rig->server.run_time = world_below(world, 2) * 20000;
	world->rig->server.ran = world_ran;
	world->rig->server.ran_context = world;
	return world;
}

bool world_is_full(const struct world *world)
{
	return world->rig->server.link_count > FAKE_LINKS - 100 ||
	       world->statements > RIG_STATEMENTS - STATEMENTS_SPARE;
}

/* What is true at every moment. */
void world_check(const struct world *world)
{
	qn_pool_stats stats = rig_stats(world->rig);
	uint32_t max = world->rig->pool->config.max;

	assert_in_range(world->rig->server.open_count, 0, max);
	assert_in_range(stats.connections + stats.opening, 0, max);
	assert_int_equal(world->rig->pool->unfinished, world->taken - world->rig->completed);
	assert_in_range(stats.waiting, 0, world->rig->pool->unfinished);
}

static bool world_taken(struct world *world, struct job *job, qn_status status)
{
	world->taken += status == QN_OK;
	if (status == QN_OK)
		return true;
	assert_true(status == QN_OUT_OF_MEMORY || status == QN_POOL_TIMEOUT ||
		    (status == QN_POOL_CLOSED && world->is_closed));
	job->request.lane = NULL;
	return false;
}

bool world_submit(struct world *world, struct job *job, struct lane *lane, const char *sql,
		  unsigned flags)
{
	return world_taken(world, job, rig_submit(world->rig, job, lane, sql, flags));
}

/* Now and then one that is no good for its company. */
static const char *odd_key(struct world *world, const char *tag, bool is_exact)
{
	static const char *const odd[] = { "error 22012", "error 42P01", "fatal 57P01",
					   "vanish",      "hang",        "none 1",
					   "twice",       "a",           "A" };
	/* To an exact key none is equal but itself. */
	size_t count = sizeof(odd) / sizeof(odd[0]) - is_exact;
	size_t which = world_below(world, UINT64_C(60));

	return which < count ? odd[which] : tag;
}

bool world_read(struct world *world, struct job *job, struct lane *lane, const char *tag)
{
	bool is_exact = world_below(world, 4) > 0;
	const char *sql = is_exact ? "get exact" : "get text";

	if (!world->coalesces || world_below(world, 4) == 0)
		return world_submit(world, job, lane, tag, REQUEST_READ);
	return world_taken(world, job,
			   rig_get(world->rig, job, lane, sql, odd_key(world, tag, is_exact)));
}

static void server_ends_a_session(struct world *world)
{
	struct rig *rig = world->rig;
	struct wire_link *link;

	if (!rig->server.link_count)
		return;
	link = rig_link(rig, world_below(world, rig->server.link_count));
	if (link->is_open && link->receiver && !link->is_dead)
		fake_link_terminate(link, "57P01", "ended");
}

/* Something that nobody asked for. */
void world_change(struct world *world)
{
	struct fake_server *server = &world->rig->server;

	switch (world_below(world, 14)) {
	case 0:
		server->is_held = !server->is_held;
		break;
	case 1:
		server->loop.holds_work = !server->loop.holds_work;
		break;
	case 2:
		server->refusal = server->refusal ? NULL : "not now";
		break;
	case 3:
		server->schema++;
		break;
	case 4:
		server->is_full = !server->is_full;
		break;
	case 5:
		server->is_slow = !server->is_slow;
		break;
	case 6:
		server->is_deaf = world_below(world, 3) == 0;
		break;
	case 7:
		server->fail_send = world_below(world, 30);
		break;
	case 8:
		server->fail_sync = world_below(world, 20);
		break;
	case 9:
		server->shortages = world_below(world, 4);
		break;
	case 10:
		server->loop.refusals = (uint32_t)world_below(world, 3);
		break;
	case 11:
		server_ends_a_session(world);
		break;
	default:
		rig_pass(world->rig, world_below(world, RIG_SECOND));
		break;
	}
}

/* Lets everything come to its end. */
void world_heal(struct world *world)
{
	struct fake_server *server = &world->rig->server;

	server->refusal = NULL;
	server->is_held = false;
	server->is_full = false;
	server->is_slow = false;
	server->is_deaf = false;
	server->fail_send = 0;
	server->fail_sync = 0;
	server->shortages = 0;
	server->loop.refusals = 0;
	server->loop.holds_work = false;
	rig_pass(world->rig, 20 * RIG_SECOND);
	rig_settle(world->rig);
}

/* A get finds what a get finds that is all by itself. */
static void check_rows(const struct job *job)
{
	int rows = strcmp(job->key, "twice") == 0 ? 2 : strcmp(job->key, "none 1") != 0;
	const char *text = strcmp(job->key, "A") == 0 ? "a" : job->key;

	assert_int_equal(job->rows, rows);
	assert_string_equal(job->text, rows ? text : "");
}

/* The pool's word against the server's deeds. */
void world_check_job(const struct world *world, const struct job *job)
{
	const char *sql;
	unsigned number;

	if (!job->request.lane)
		return;
	sql = job->key[0] ? job->key : job->request.statement->sql;
	assert_int_equal(job->calls, 1);
	if (job->status == QN_OK && job->key[0])
		check_rows(job);
	else if (job->status == QN_OK)
		assert_string_equal(job->text, sql);
	if (!world_is_tagged(sql, &number))
		return;
	if (sql[0] == 'w')
		assert_in_range(world->runs[number], 0, 1);
	if (job->status == QN_OK)
		assert_true(world->runs[number] > 0);
	/* What was asked for in company may have had to wait again, to be asked for alone. */
	if (job->key[0])
		return;
	if (job->status == QN_POOL_TIMEOUT || job->status == QN_CONNECTION_FAILED ||
	    job->status == QN_POOL_CLOSED)
		assert_int_equal(world->runs[number], 0);
}

void world_drain(struct world *world)
{
	world->is_closed = true;
	if (qn_pool_drain(world->rig->pool, (uint32_t)world_below(world, 3000)) == QN_OK)
		assert_false(pool_has_work(world->rig->pool));
}
