/*
 * Random programs over the fake server: whatever happens, each request completes once and nothing
 * is left behind.
 *
 *   pool_random_test            a fixed number of programs of each kind
 *   pool_random_test SEED [N]   the programs of this seed, or of N seeds from it on
 *
 * With QUERN_SECONDS new seeds are tried for so long. A program that fails is told with its seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pool_world.h"

enum {
	JOBS = 24,
	LANES = 3,
	ACTORS = WORLD_ACTORS,
	ACTOR_JOBS = 3,
	STEPS = 300,
	QUICK_SEEDS = 300,
	SEEDS_TOLD = 1000,
	MALLOC_KEPT = 1 << 30,
};

/* --- single statements, on lanes of their own and on lanes that they share --- */

struct singles {
	struct job jobs[JOBS];
	struct lane lanes[LANES];
};

static bool job_is_under_way(const struct job *job)
{
	return job->request.lane && !job->calls;
}

/* A lane is the job's own, or one of those that are shared. */
static void single_submit(struct world *world, struct singles *singles, struct job *job)
{
	static const char *const odd[] = { "hang",        "error 23505",
					   "fatal 57P01", "refused at commit",
					   "vanish",      "copy",
					   "silent",      "error at parse",
					   "write",       "read" };
	size_t which = world_below(world, UINT64_C(2) * LANES);
	struct lane *lane = which < LANES ? &singles->lanes[which] : NULL;
	size_t kind = world_below(world, 20);
	unsigned flags = 0;
	bool is_taken;
	char text[32];
	const char *sql;

	world_check_job(world, job);
	if (kind < 12) {
		flags = kind < 7 ? REQUEST_READ : 0;
		sql = world_tag(world, kind < 7 ? "read" : "write", WORLD_NOBODY, text);
	} else {
		sql = odd[world_below(world, sizeof(odd) / sizeof(odd[0]))];
		flags = sql[0] == 'w' || sql[0] == 'r' ? 0 : (unsigned)world_below(world, 2);
	}
	if (kind < 7)
		is_taken = world_read(world, job, lane, sql);
	else
		is_taken = world_submit(world, job, lane, sql, flags);
	if (is_taken)
		pool_set_deadline(world->rig->pool, &job->request,
				  world->rig->server.loop.now + world_below(world, 4 * RIG_SECOND));
}

static void single_step(struct world *world, struct singles *singles)
{
	struct job *job = &singles->jobs[world_below(world, JOBS)];
	size_t choice = world_below(world, 40);

	if (choice < 18) {
		if (!job_is_under_way(job) && !world_is_full(world))
			single_submit(world, singles, job);
	} else if (choice < 22) {
		if (job_is_under_way(job))
			pool_cancel(world->rig->pool, &job->request);
	} else if (choice == 22) {
		if (job_is_under_way(job))
			pool_set_deadline(world->rig->pool, &job->request,
					  world->rig->server.loop.now +
						  world_below(world, RIG_SECOND));
	} else if (choice < 29) {
		world_change(world);
	} else {
		(void)loop_virtual_step(&world->rig->server.loop);
	}
}

static bool comes_before(const struct job *first, const struct job *second)
{
	unsigned a;
	unsigned b;

	return first->calls && second->calls && first->status == QN_OK && second->status == QN_OK &&
	       world_is_tagged(first->request.statement->sql, &a) &&
	       world_is_tagged(second->request.statement->sql, &b) && a < b;
}

/*
 * A lane's writes are overtaken by nothing, and overtake nothing; a read that is sent again may
 * come behind another.
 */
static void lane_check(const struct singles *singles, const struct lane *lane)
{
	for (size_t i = 0; i < JOBS; i++)
		for (size_t j = 0; j < JOBS; j++) {
			const struct job *a = &singles->jobs[i];
			const struct job *b = &singles->jobs[j];

			if (a->request.lane == lane && b->request.lane == lane &&
			    comes_before(a, b) &&
			    !(a->request.flags & b->request.flags & REQUEST_READ))
				assert_true(a->order < b->order);
		}
}

static void program_of_single_statements(uint64_t seed)
{
	struct world *world = world_new(seed);
	struct singles *singles = calloc(1, sizeof(*singles));
	size_t end = world_below(world, 4);

	assert_non_null(singles);
	for (size_t i = 0; i < STEPS && !world_is_full(world); i++) {
		single_step(world, singles);
		world_check(world);
	}
	for (size_t i = 0; i < LANES; i++)
		lane_check(singles, &singles->lanes[i]);
	if (end == 0)
		world_drain(world);
	if (end != 1)
		world_heal(world);
	if (end > 1) {
		assert_false(pool_has_work(world->rig->pool));
		for (size_t i = 0; i < LANES; i++)
			assert_null(singles->lanes[i].conn);
	}
	/* At the end 1 it closes in the middle of everything. */
	rig_close(world->rig);
	for (size_t i = 0; i < JOBS; i++)
		world_check_job(world, &singles->jobs[i]);
	free(singles);
	rig_free(world->rig);
	free(world);
}

/* --- transactions --- */

/*
 * One that begins a transaction, works in it, and ends it, as a session does: it goes on only when
 * it was answered.
 */
struct actor {
	unsigned number;
	struct lane lane;
	struct job jobs[ACTOR_JOBS]; /* under way together */
	size_t job_count;
	bool is_inside;
};

static bool actor_waits(const struct actor *actor)
{
	for (size_t i = 0; i < actor->job_count; i++)
		if (!actor->jobs[i].calls)
			return true;
	return false;
}

static bool actor_submit(struct world *world, struct actor *actor, const char *sql, unsigned flags)
{
	bool is_taken =
		world_submit(world, &actor->jobs[actor->job_count], &actor->lane, sql, flags);

	actor->job_count += is_taken;
	return is_taken;
}

static void actor_tag(struct world *world, struct actor *actor, const char *verb, unsigned flags)
{
	char text[32];

	(void)actor_submit(world, actor, world_tag(world, verb, actor->number, text), flags);
}

static void actor_read(struct world *world, struct actor *actor)
{
	struct job *job = &actor->jobs[actor->job_count];
	char text[32];

	actor->job_count +=
		world_read(world, job, &actor->lane, world_tag(world, "read", actor->number, text));
}

/* A session whose end cannot even be submitted gives its connection up. */
static void actor_end(struct world *world, struct actor *actor, const char *sql, unsigned flags)
{
	if (!actor_submit(world, actor, sql, REQUEST_END | flags))
		pool_abandon(world->rig->pool, &actor->lane);
	actor->is_inside = false;
}

static void actor_work(struct world *world, struct actor *actor)
{
	static const char *const sql[] = { "savepoint", "error 23505", "hang", "vanish",
					   "copy",      "silent",      "write" };

	switch (world_below(world, 10)) {
	case 0:
	case 1:
	case 2:
		actor_tag(world, actor, "write", 0);
		actor_read(world, actor);
		break;
	case 3:
		(void)actor_submit(world, actor, sql[world_below(world, 7)], 0);
		actor_tag(world, actor, "read", REQUEST_READ);
		break;
	case 4:
		(void)actor_submit(world, actor, "savepoint", 0);
		actor_tag(world, actor, "write", 0);
		break;
	case 5:
	case 6:
		(void)actor_submit(world, actor, "rollback to", REQUEST_IN_BROKEN);
		break;
	case 7:
	case 8:
		actor_end(world, actor, "commit", REQUEST_COMMIT);
		break;
	default:
		actor_end(world, actor, "rollback", REQUEST_IN_BROKEN);
		break;
	}
}

static void actor_give_up(struct world *world, struct actor *actor)
{
	struct job *job = &actor->jobs[world_below(world, actor->job_count)];
	size_t choice = world_below(world, 16);

	if (job->calls)
		return;
	if (choice < 3) {
		pool_cancel(world->rig->pool, &job->request);
	} else if (choice == 3) {
		pool_set_deadline(world->rig->pool, &job->request,
				  world->rig->server.loop.now + world_below(world, RIG_SECOND));
	} else if (choice == 4 && actor->is_inside) {
		pool_abandon(world->rig->pool, &actor->lane);
		actor->is_inside = false;
	}
}

/* A transaction may follow a read that is still under way. */
static void actor_work_outside(struct world *world, struct actor *actor)
{
	if (world_below(world, 8) == 0) {
		actor_tag(world, actor, "write", 0);
		return;
	}
	if (world_below(world, 3) == 0)
		actor_read(world, actor);
	if (actor_submit(world, actor, "begin", REQUEST_BEGIN)) {
		actor->is_inside = true;
		actor_tag(world, actor, "write", 0);
	}
}

static void actor_step(struct world *world, struct actor *actor)
{
	if (actor_waits(actor)) {
		actor_give_up(world, actor);
		return;
	}
	for (size_t i = 0; i < actor->job_count; i++)
		world_check_job(world, &actor->jobs[i]);
	actor->job_count = 0;
	if (actor->is_inside)
		actor_work(world, actor);
	else
		actor_work_outside(world, actor);
}

static void actor_leave(struct world *world, struct actor *actor)
{
	for (size_t i = 0; i < actor->job_count; i++)
		if (!actor->jobs[i].calls)
			pool_cancel(world->rig->pool, &actor->jobs[i].request);
	rig_pass(world->rig, 5 * RIG_SECOND);
	assert_false(actor_waits(actor));
	if (!actor->is_inside)
		return;
	actor->job_count = 0;
	assert_true(actor_submit(world, actor, "rollback", REQUEST_END | REQUEST_IN_BROKEN));
	rig_pass(world->rig, 5 * RIG_SECOND);
	assert_false(actor_waits(actor));
	assert_false(actor->lane.pinned);
	assert_null(actor->lane.conn);
}

static void actors_leave(struct world *world, struct actor *actors)
{
	struct rig *rig = world->rig;

	world_heal(world);
	for (size_t i = 0; i < ACTORS; i++)
		actor_leave(world, &actors[i]);
	for (size_t i = 0; i < rig->server.link_count; i++)
		if (rig_link(rig, i)->is_open)
			assert_int_equal(rig_link(rig, i)->transaction, 'I');
	assert_false(pool_has_work(rig->pool));
	assert_true(rig_stats(rig).connections == rig_stats(rig).idle);
}

static void program_of_transactions(uint64_t seed)
{
	struct world *world = world_new(seed);
	struct actor *actors = calloc(ACTORS, sizeof(*actors));
	size_t end = world_below(world, 4);

	assert_non_null(actors);
	for (unsigned i = 0; i < ACTORS; i++)
		actors[i].number = i;
	for (size_t i = 0; i < STEPS && !world_is_full(world); i++) {
		if (world_below(world, 30) == 0)
			world_change(world);
		else if (world_below(world, 3) == 0)
			actor_step(world, &actors[world_below(world, ACTORS)]);
		else
			(void)loop_virtual_step(&world->rig->server.loop);
		world_check(world);
	}
	if (end == 0)
		world_drain(world);
	else if (end > 1)
		actors_leave(world, actors);
	/* At the end 1 it closes in the middle of everything. */
	rig_close(world->rig);
	for (size_t i = 0; i < ACTORS; i++)
		for (size_t j = 0; j < actors[i].job_count; j++)
			world_check_job(world, &actors[i].jobs[j]);
	free(actors);
	rig_free(world->rig);
	free(world);
}

/* --- seeds --- */

struct seeds {
	uint64_t first;
	uint64_t count; /* without an end in time */
	time_t end;     /* 0: none */
	uint64_t at;
	bool is_done;
};

static void seeds_run(struct seeds *seeds, void (*program)(uint64_t seed))
{
	time_t begin = time(NULL);
	time_t end = begin + seeds->end;

	seeds->is_done = false;
	for (seeds->at = seeds->first;
	     seeds->end ? time(NULL) < end : seeds->at < seeds->first + seeds->count; seeds->at++) {
		/* A sanitizer ends the process where it stands: this tells about where that was. */
		if (seeds->end && (seeds->at - seeds->first) % SEEDS_TOLD == 0)
			print_message("# seeds from %llu on\n", (unsigned long long)seeds->at);
		program(seeds->at);
	}
	seeds->is_done = true;
}

static int seed_is_told(void **state)
{
	const struct seeds *seeds = *state;

	if (!seeds->is_done)
		print_message("# it was seed %llu: 'pool_random_test %llu' runs it again\n",
			      (unsigned long long)seeds->at, (unsigned long long)seeds->at);
	return 0;
}

static void all_that_was_submitted_completes_whatever_happens(void **state)
{
	seeds_run(*state, program_of_single_statements);
}

static void no_transaction_is_left_open_whatever_happens(void **state)
{
	seeds_run(*state, program_of_transactions);
}

static struct seeds seeds_wanted(int count, char **arguments)
{
	const char *seconds = getenv("QUERN_SECONDS");
	struct seeds seeds = { .first = 1, .count = QUICK_SEEDS };

	if (count > 1) {
		seeds.first = strtoull(arguments[1], NULL, 10);
		seeds.count = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
	} else if (seconds) {
		/* Each time others. */
		seeds.first = (uint64_t)time(NULL) << 20;
		seeds.end = (time_t)strtol(seconds, NULL, 10);
	}
	return seeds;
}

int main(int count, char **arguments)
{
	struct seeds seeds = seeds_wanted(count, arguments);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate_setup_teardown(
			all_that_was_submitted_completes_whatever_happens, NULL, seed_is_told,
			&seeds),
		cmocka_unit_test_prestate_setup_teardown(
			no_transaction_is_left_open_whatever_happens, NULL, seed_is_told, &seeds),
	};

	/* Links are large and short-lived: giving them back each time would be most of the work. */
	(void)mallopt(M_MMAP_THRESHOLD, MALLOC_KEPT);
	(void)mallopt(M_TRIM_THRESHOLD, MALLOC_KEPT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
