/* Random programs over the fake server: whatever happens, each request completes once and nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool_rig.h"

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static void random_step(struct rig *rig, struct job *jobs, size_t count, uint64_t *seed)
{
	static const char *const sql[] = { "read",        "write",       "hang",
					   "error 23505", "fatal 57P01", "refused at commit",
					   "read b",      "vanish",      "read c" };
	struct job *job = &jobs[next_random(seed) % count];
	size_t choice = next_random(seed) % 40;

	if (choice < 20 && (job->request.lane == NULL || job->calls)) {
		size_t what = next_random(seed) % (choice < 14 ? 2 : sizeof(sql) / sizeof(sql[0]));
		rig_start(rig, job, sql[what], what == 1 || what == 5 ? 0 : next_random(seed) % 2);
		pool_set_deadline(rig->pool, &job->request,
				  rig->server.loop.now + next_random(seed) % (4 * RIG_SECOND));
	} else if (choice < 24 && job->request.lane && !job->calls) {
		pool_cancel(rig->pool, &job->request);
	} else if (choice == 24) {
		rig->server.is_held = !rig->server.is_held;
	} else if (choice == 25) {
		rig->server.loop.holds_work = !rig->server.loop.holds_work;
	} else if (choice == 26) {
		rig->server.refusal = rig->server.refusal ? NULL : "not now";
	} else if (choice == 27) {
		rig->server.schema++;
	} else if (choice == 28) {
		rig->server.is_full = !rig->server.is_full;
	} else if (choice == 29) {
		rig_pass(rig, next_random(seed) % RIG_SECOND);
	} else {
		(void)loop_virtual_step(&rig->server.loop);
	}
}

static struct rig *random_rig(void)
{
	return rig_new(&(qn_pool_config){ .max = 3,
					  .pipeline_depth = 6,
					  .statement_cache = 3,
					  .acquire_timeout = 3000,
					  .idle_timeout = 2000 });
}

/* Lets everything come to its end. */
static void heal(struct rig *rig)
{
	rig->server.refusal = NULL;
	rig->server.is_held = false;
	rig->server.is_full = false;
	rig->server.loop.holds_work = false;
	rig_pass(rig, 20 * RIG_SECOND);
	rig_settle(rig);
}

static void program_of_single_statements(uint64_t seed)
{
	struct rig *rig = random_rig();
	struct job jobs[24] = { { .calls = 0 } };

	for (size_t i = 0; i < 300 && rig->server.link_count < FAKE_LINKS - 100; i++) {
		random_step(rig, jobs, 24, &seed);
		assert_in_range(rig->server.open_count, 0, 3);
	}
	heal(rig);
	for (size_t i = 0; i < 24; i++)
		if (jobs[i].request.lane)
			assert_int_equal(jobs[i].calls, 1);
	assert_false(pool_has_work(rig->pool));
	rig_free(rig);
}

static void all_that_was_submitted_completes_whatever_happens(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++)
		program_of_single_statements(seed);
}

/* One that begins a transaction, works in it, and ends it, as a session does: it goes on only when it was answered. */
struct actor {
	struct lane lane;
	struct job jobs[3]; /* under way together */
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

static void actor_submit(struct rig *rig, struct actor *actor, const char *sql, unsigned flags)
{
	struct job *job = &actor->jobs[actor->job_count];

	if (rig_submit(rig, job, &actor->lane, sql, flags) == QN_OK)
		actor->job_count++;
}

static void actor_step(struct rig *rig, struct actor *actor, uint64_t *seed)
{
	static const char *const sql[] = { "read", "write", "error 23505", "hang" };
	size_t choice = next_random(seed) % 8;

	if (actor_waits(actor)) {
		if (choice == 0)
			pool_cancel(rig->pool,
				    &actor->jobs[next_random(seed) % actor->job_count].request);
		return;
	}
	actor->job_count = 0;
	if (!actor->is_inside) {
		actor->is_inside = true;
		actor_submit(rig, actor, "begin", REQUEST_BEGIN);
		actor_submit(rig, actor, "write", 0);
	} else if (choice < 4) {
		actor_submit(rig, actor, sql[next_random(seed) % 4], choice % 2);
		actor_submit(rig, actor, "read", REQUEST_READ);
	} else if (choice == 4) {
		actor_submit(rig, actor, "rollback to", REQUEST_IN_BROKEN);
	} else {
		actor->is_inside = false;
		if (choice == 5)
			actor_submit(rig, actor, "commit", REQUEST_END | REQUEST_COMMIT);
		else
			actor_submit(rig, actor, "rollback", REQUEST_END | REQUEST_IN_BROKEN);
	}
}

static void actor_leave(struct rig *rig, struct actor *actor)
{
	for (size_t i = 0; i < actor->job_count; i++)
		if (!actor->jobs[i].calls)
			pool_cancel(rig->pool, &actor->jobs[i].request);
	rig_pass(rig, 5 * RIG_SECOND);
	assert_false(actor_waits(actor));
	if (!actor->is_inside)
		return;
	actor->job_count = 0;
	actor_submit(rig, actor, "rollback", REQUEST_END | REQUEST_IN_BROKEN);
	rig_pass(rig, 5 * RIG_SECOND);
	assert_false(actor_waits(actor));
	assert_false(actor->lane.pinned);
	assert_null(actor->lane.conn);
}

static void program_of_transactions(uint64_t seed)
{
	struct rig *rig = random_rig();
	struct actor actors[6] = { { .job_count = 0 } };

	for (size_t i = 0; i < 400 && rig->server.link_count < FAKE_LINKS - 100; i++) {
		struct wire_link *link =
			rig->server.link_count ? rig_link(rig, rig->server.link_count - 1) : NULL;
		if (next_random(&seed) % 100 == 0 && link && link->is_open && link->receiver)
			fake_link_terminate(link, "57P01", "ended");
		else if (next_random(&seed) % 4 == 0)
			actor_step(rig, &actors[next_random(&seed) % 6], &seed);
		else if (next_random(&seed) % 20 == 0)
			rig_pass(rig, next_random(&seed) % (RIG_SECOND / 4));
		else
			(void)loop_virtual_step(&rig->server.loop);
	}
	heal(rig);
	for (size_t i = 0; i < 6; i++)
		actor_leave(rig, &actors[i]);
	for (size_t i = 0; i < rig->server.link_count; i++)
		if (rig_link(rig, i)->is_open)
			assert_int_equal(rig_link(rig, i)->transaction, 'I');
	assert_false(pool_has_work(rig->pool));
	assert_true(rig_stats(rig).connections == rig_stats(rig).idle);
	rig_free(rig);
}

static void no_transaction_is_left_open_whatever_happens(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++)
		program_of_transactions(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_was_submitted_completes_whatever_happens),
		cmocka_unit_test(no_transaction_is_left_open_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
