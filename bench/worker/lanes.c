#include "lanes.h"

#include <stdlib.h>

enum { LANES_MAX = 64 };

struct work {
	struct bench *bench;
	const struct plan *plan;
	qn_pool *pool;
	struct lane lanes[LANES_MAX];
	uint64_t left; /* operations to start in this phase */
	uint64_t started;
	bool warming;
	bool failed;
};

static void lane_next(struct lane *lane);

struct bench *lane_bench(struct lane *lane)
{
	return lane->work->bench;
}

bool lane_is_warming(const struct lane *lane)
{
	return lane->work->warming;
}

static struct product product_of(const store_product *product)
{
	return (struct product){
		.id = product->id,
		.name = product->name,
		.slug = product->slug,
		.description = product->description,
		.price = product->price.unscaled,
		.stock = product->stock,
		.category = product->category,
		.weight = product->weight,
		.created_at = product->created_at.microseconds,
		.is_active = product->is_active,
	};
}

/* The copies are apart for the compiler to leave the one out that is measured. */
void lane_add_product(struct lane *lane, const store_product *product)
{
	if (lane->work->warming) {
		const struct product whole = product_of(product);

		lane->work->bench->checksum += product_digest(&whole);
	} else {
		const struct product glanced_at = product_of(product);

		lane->work->bench->checksum += product_glance(&glanced_at);
	}
}

static void work_fail(struct work *work, const char *what, const char *why)
{
	work->failed = true;
	work->left = 0;
	bench_fail(what, why);
}

/* Takes one of the operations that are left; false: none is. */
static bool lane_begin(struct lane *lane)
{
	struct work *work = lane->work;
	qn_status status;

	if (work->left == 0)
		return false;
	work->left--;
	lane->number = work->started++;
	if ((work->plan->flags & LANES_OPEN_SESSIONS) == 0)
		return true;
	status = qn_session_open(work->pool, &lane->session);
	if (status != QN_OK)
		work_fail(work, "cannot open a session", qn_status_text(status));
	return status == QN_OK;
}

/* Takes the result of an operation, and gives back what it took. */
static bool lane_end(struct lane *lane, qn_status status)
{
	struct work *work = lane->work;

	if (status != QN_OK)
		work_fail(work, qn_status_name(status), qn_session_error(lane->session)->message);
	else if (!work->plan->job->take(lane))
		work->failed = true;
	if ((work->plan->flags & LANES_OPEN_SESSIONS) != 0)
		qn_session_close(lane->session);
	else if (status == QN_OK && qn_session_release(lane->session, lane->mark) != QN_OK)
		work_fail(work, "cannot release", qn_session_error(lane->session)->message);
	return !work->failed;
}

static void lane_done(qn_op *op, void *context)
{
	if (lane_end(context, qn_op_status(op)))
		lane_next(context);
}

static void lane_next(struct lane *lane)
{
	qn_status status;

	if (!lane_begin(lane))
		return;
	status = qn_then(lane->work->plan->job->start(lane), lane_done, lane);
	if (status != QN_OK)
		work_fail(lane->work, "cannot start", qn_status_text(status));
}

static void lane_task(qn_session *session, void *context)
{
	struct lane *lane = context;
	const struct job *job = lane->work->plan->job;

	lane->session = session;
	lane->mark = qn_session_mark(session);
	while (lane_begin(lane)) {
		qn_status status = job->run != NULL ? job->run(lane) : qn_await(job->start(lane));

		if (!lane_end(lane, status))
			break;
	}
}

static bool work_phase(struct work *work, uint64_t operations, bool warming)
{
	bool tasks = (work->plan->flags & LANES_OF_TASKS) != 0;
	qn_status status = QN_OK;

	work->left = operations;
	work->warming = warming;
	for (unsigned i = 0; i < work->plan->lanes && status == QN_OK; i++) {
		struct lane *lane = &work->lanes[i];

		if (tasks)
			status = qn_spawn(work->pool, lane_task, lane);
		else
			lane_next(lane);
	}
	if (status == QN_OK)
		status = qn_run(work->pool);
	if (status != QN_OK)
		work_fail(work, "cannot run", qn_status_text(status));
	return !work->failed;
}

static bool work_measure(struct work *work)
{
	struct bench *bench = work->bench;
	bool good;

	if (!work_phase(work, bench->warm_up, true))
		return false;
	bench_begin(bench);
	good = work_phase(work, bench->operations, false);
	bench_end(bench);
	return good;
}

static bool sessions_open(struct work *work)
{
	for (unsigned i = 0; i < work->plan->lanes; i++) {
		struct lane *lane = &work->lanes[i];

		if (qn_session_open(work->pool, &lane->session) != QN_OK)
			return bench_fail("cannot open a session", "");
		lane->mark = qn_session_mark(lane->session);
	}
	return true;
}

bool lanes_open_pool(struct bench *bench, unsigned connections, bool coalesces, qn_pool **pool)
{
	const qn_pool_config config = {
		.conninfo = bench->conninfo,
		.min = connections,
		.max = connections,
		.coalesce_gets = coalesces,
	};
	qn_status status = qn_pool_open(pool, &config);

	if (status != QN_OK)
		return bench_fail("cannot open a pool", qn_status_text(status));
	if (qn_pool_connect(*pool) == QN_OK)
		return true;
	bench_fail("cannot connect", qn_pool_error(*pool)->message);
	qn_pool_close(*pool);
	return false;
}

bool lanes_run(struct bench *bench, const struct plan *plan)
{
	struct work work = { .bench = bench, .plan = plan };
	/* Lanes of tasks, and those that open sessions themselves, have no session of their own. */
	bool own_sessions = (plan->flags & (LANES_OF_TASKS | LANES_OPEN_SESSIONS)) == 0;
	bool good;

	for (unsigned i = 0; i < plan->lanes; i++)
		work.lanes[i].work = &work;
	if (!lanes_open_pool(bench, plan->connections, (plan->flags & LANES_COALESCE) != 0,
			     &work.pool))
		return false;
	good = (!own_sessions || sessions_open(&work)) && work_measure(&work);
	for (unsigned i = 0; own_sessions && i < plan->lanes; i++)
		qn_session_close(work.lanes[i].session);
	qn_pool_close(work.pool);
	return good;
}
