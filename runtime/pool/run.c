/* Running a pool's loop, and what the rest of the runtime asks of a pool. */
#include "pool/pool_state.h"
#include "session/room.h"

uint64_t pool_now(const qn_pool *pool)
{
	return pool->hooks.now(pool->loop);
}

const qn_loop_hooks *pool_loop_hooks(const qn_pool *pool)
{
	return &pool->hooks;
}

void *pool_loop(const qn_pool *pool)
{
	return pool->loop;
}

const qn_pool_config *pool_config(const qn_pool *pool)
{
	return &pool->config;
}

bool pool_in_turn(const qn_pool *pool)
{
	return pool->calls > 0;
}

void pool_end_wait(qn_pool *pool)
{
	pool->has_ended_wait = true;
}

bool pool_is_closing(const qn_pool *pool)
{
	return pool->is_closing || pool->is_draining;
}

bool pool_has_work(const qn_pool *pool)
{
	return pool->unfinished > 0 || pool->deferred_first != NULL;
}

struct session_room **pool_session_room(qn_pool *pool)
{
	return &pool->session_room;
}

struct shape_registry **pool_shape_registry(qn_pool *pool)
{
	return &pool->shape_registry;
}

struct patterns **pool_patterns(qn_pool *pool)
{
	return &pool->patterns;
}

void pool_count_operation(qn_pool *pool, bool failed)
{
	pool->operations++;
	if (failed)
		pool->operation_failures++;
}

qn_status pool_run_once(qn_pool *pool)
{
	if (pool->calls || !pool->hooks.run_once || fork_guard_is_child(&pool->fork_guard))
		return QN_USAGE;
	return pool->hooks.run_once(pool->loop) ? QN_OK : QN_USAGE;
}

qn_status qn_run(qn_pool *pool)
{
	while (pool_has_work(pool) ||
	       (pool->session_room && !session_room_is_idle(pool->session_room))) {
		qn_status status = pool_run_once(pool);
		if (status != QN_OK)
			return status;
	}
	return QN_OK;
}

qn_status qn_pool_connect(qn_pool *pool)
{
	uint64_t failures = pool->connect_failures;

	if (pool_is_closing(pool))
		return QN_POOL_CLOSED;
	pool->is_probing = true;
	pool->is_started = true;
	pool_wake(pool);
	while (pool->lists[CONN_IDLE].count + pool->lists[CONN_BUSY].count == 0) {
		qn_status status = pool_run_once(pool);
		if (status != QN_OK)
			return status;
		if (pool->connect_failures != failures)
			return pool->failure.status;
	}
	pool->is_probing = false;
	return QN_OK;
}

static bool is_quiet(const qn_pool *pool)
{
	for (int state = CONN_IDLE; state < CONN_CLOSED; state++)
		for (const struct conn *conn = pool->lists[state].first; conn; conn = conn->next)
			if (conn->lane)
				return false;
	return !pool_has_work(pool);
}

static void give_up_all(qn_pool *pool)
{
	const struct deadlines *deadlines = &pool->deadlines;
	struct request *request;

	/*
	 * Giving up moves requests about in the heap, but leaves those that are written off at a
	 * later time.
	 */
	for (uint32_t i = deadlines->heap_count; i > 0; i--)
		if (i <= deadlines->heap_count)
			pool_give_up(pool, deadlines->heap[i - 1], QN_CANCELLED);
	request = deadlines->first;
	while (request) {
		struct request *next = request->look_next;

		pool_give_up(pool, request, QN_CANCELLED);
		/* One that goes may take others with it. */
		request = next && !next->deadline_slot ? deadlines->first : next;
	}
}

static void drain_timer_expired(qn_timer *timer)
{
	(void)timer;
}

qn_status qn_pool_drain(qn_pool *pool, uint32_t milliseconds)
{
	uint64_t end = pool_now(pool) + milliseconds * POOL_MILLISECOND;
	qn_timer timer = { .expired = drain_timer_expired };
	qn_status status = QN_OK;

	if (pool->calls || !pool->hooks.run_once || fork_guard_is_child(&pool->fork_guard))
		return QN_USAGE;
	pool->is_draining = true;
	if (milliseconds && pool->hooks.timer(pool->loop, &timer, end) != QN_OK)
		end = pool_now(pool);
	while (status == QN_OK && !is_quiet(pool) && pool_now(pool) < end)
		status = pool_run_once(pool);
	(void)pool->hooks.timer(pool->loop, &timer, 0);
	while (pool_has_work(pool) && status == QN_OK) {
		give_up_all(pool);
		status = pool_run_once(pool);
	}
	return status;
}
