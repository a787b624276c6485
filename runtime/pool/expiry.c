/* Deadlines and cancellation of requests. */
#include "pool/batch.h"
#include "pool/pool_state.h"

static const uint64_t grace = CONN_GRACE;

static uint64_t acquire_end(const qn_pool *pool, const struct request *request)
{
	return request->submitted_at + pool->config.acquire_timeout * POOL_MILLISECOND;
}

/* A timer that fires too early costs less than arming it anew for each request. */
static bool is_armed(const qn_pool *pool)
{
	const struct request *first = deadlines_first(&pool->deadlines);

	return !first || (pool->deadline_armed && pool->deadline_armed <= first->look_at);
}

void pool_arm_deadline(qn_pool *pool)
{
	const struct request *first = deadlines_first(&pool->deadlines);

	if (is_armed(pool))
		return;
	if (pool->hooks.timer(pool->loop, &pool->deadline_timer, first->look_at) == QN_OK)
		pool->deadline_armed = first->look_at;
	else
		pool_wake(pool);
}

bool pool_watch_deadline(qn_pool *pool, struct request *request)
{
	uint64_t at = acquire_end(pool, request);

	if (request->deadline < at)
		at = request->deadline;
	if (!deadlines_add(&pool->deadlines, request, at))
		return false;
	if (!pool->deadline_armed || at < pool->deadline_armed)
		pool_arm_deadline(pool);
	return true;
}

void pool_set_deadline(qn_pool *pool, struct request *request, uint64_t deadline)
{
	uint64_t at = acquire_end(pool, request);

	request->deadline = deadline;
	if (!request->deadline_slot || request->verdict != QN_OK)
		return;
	deadlines_change(&pool->deadlines, request, deadline < at ? deadline : at);
	pool_arm_deadline(pool);
}

static bool is_sent(const struct request *request)
{
	return request->state == REQUEST_SENT || request->state == REQUEST_SENT_JOINED;
}

/* Nobody waits for its answer any more; the connection goes on without it. */
static void abandon(qn_pool *pool, struct request *request, qn_status verdict)
{
	if (request->batch)
		batch_leave(pool, request);
	else
		conn_overdue(request->conn, request, false);
	lane_forget_sent(pool, request);
	pool_finish_later(pool, request, verdict);
}

static bool outcome_matters(const struct request *request)
{
	return (request->flags & REQUEST_COMMIT) || !request->lane->pinned;
}

void pool_give_up(qn_pool *pool, struct request *request, qn_status verdict)
{
	if (request->state == REQUEST_QUEUED) {
		lane_remove(pool, request);
		pool_finish_later(pool, request, verdict);
		return;
	}
	if (!is_sent(request) || request->conn->state == CONN_CLOSED || request->verdict != QN_OK)
		return;
	if (request->flags & REQUEST_READ) {
		abandon(pool, request, verdict);
		return;
	}
	/* A write's verdict is worth a short wait. */
	request->verdict = verdict;
	conn_overdue(request->conn, request, true);
	deadlines_change(&pool->deadlines, request, pool_now(pool) + grace);
	pool_arm_deadline(pool);
}

void pool_cancel(qn_pool *pool, struct request *request)
{
	pool_give_up(pool, request, QN_CANCELLED);
}

static void expire_queued(qn_pool *pool, struct request *request, uint64_t now)
{
	bool is_down =
		pool->failures && pool->lists[CONN_IDLE].count + pool->lists[CONN_BUSY].count == 0;

	if (now >= request->deadline)
		pool_give_up(pool, request, QN_DEADLINE_EXCEEDED);
	else if (request->lane->waiting_in == LANE_WAITS_FOR_CONN)
		deadlines_change(&pool->deadlines, request, request->deadline);
	else
		pool_give_up(pool, request, is_down ? pool->failure.status : QN_POOL_TIMEOUT);
}

static void expire_sent(qn_pool *pool, struct request *request, uint64_t now)
{
	if (request->conn->state == CONN_CLOSED) {
		/* It is about to be answered with the connection. */
		deadlines_remove(&pool->deadlines, request);
	} else if (request->verdict != QN_OK) {
		qn_status verdict =
			outcome_matters(request) ? QN_OUTCOME_UNKNOWN : request->verdict;
		abandon(pool, request, verdict);
	} else if (now >= request->deadline) {
		pool_give_up(pool, request, QN_DEADLINE_EXCEEDED);
	} else {
		deadlines_change(&pool->deadlines, request, request->deadline);
	}
}

/* The answer may be here already, when the loop was held up. */
static bool is_answered_now(qn_pool *pool, const struct request *request)
{
	struct conn *conn = request->conn;

	if (is_sent(request) && conn->state != CONN_CLOSED)
		conn_read(conn);
	return deadlines_first(&pool->deadlines) != request;
}

void pool_deadline_expired(qn_timer *timer)
{
	qn_pool *pool = (qn_pool *)((char *)timer - offsetof(qn_pool, deadline_timer));
	uint64_t now = pool_now(pool);
	struct request *request;

	pool->deadline_armed = 0;
	while ((request = deadlines_first(&pool->deadlines)) && request->look_at <= now) {
		if (is_answered_now(pool, request))
			continue;
		if (is_sent(request))
			expire_sent(pool, request, now);
		else
			expire_queued(pool, request, now);
	}
	pool_arm_deadline(pool);
}

void pool_expire_unarmed(qn_pool *pool)
{
	if (!is_armed(pool))
		pool_deadline_expired(&pool->deadline_timer);
}

/* Its completion is no longer the lane's business. */
static void orphan(qn_pool *pool, struct request *request, const struct lane *lane)
{
	if (!request || request->lane != lane)
		return;
	deadlines_remove(&pool->deadlines, request);
	request->state = REQUEST_ORPHAN;
}

/* What a connection that is closed, or is about to be, has of the lane's. */
static void orphan_sent(qn_pool *pool, struct conn *conn, const struct lane *lane)
{
	for (size_t i = 0; i < conn->entries.count; i++)
		orphan(pool, entries_get(&conn->entries, i)->request, lane);
	if (conn->has_uncommitted)
		orphan(pool, conn->uncommitted.request, lane);
}

/*
 * Sent before the transaction, on a connection that others use: what is given up there is the
 * caller's again.
 */
static void orphan_shared(qn_pool *pool, struct conn *conn, const struct lane *lane)
{
	for (size_t i = 0; i < conn->entries.count; i++) {
		struct request *request = entries_get(&conn->entries, i)->request;
		if (!request || request->lane != lane)
			continue;
		conn_overdue(conn, request, false);
		pool_finish_later(pool, request, QN_CANCELLED);
	}
}

void pool_abandon(qn_pool *pool, struct lane *lane)
{
	struct conn *conn = lane->conn;

	while (lane->first) {
		struct request *request = lane->first;
		lane_remove(pool, request);
		pool_finish_later(pool, request, QN_CANCELLED);
	}
	lane_stop_waiting(pool, lane);
	batches_abandon(pool, lane);
	if (conn && conn->lane == lane) {
		orphan_sent(pool, conn, lane);
		conn_forsake(conn, "a transaction was given up");
	} else if (conn && conn->state != CONN_CLOSED) {
		orphan_shared(pool, conn, lane);
	}
	/* What is lost, or done, and was not told yet. */
	for (conn = pool->lists[CONN_CLOSED].first; conn; conn = conn->next)
		orphan_sent(pool, conn, lane);
	for (struct request *request = pool->done_first; request; request = request->next)
		orphan(pool, request, lane);
	*lane = (struct lane){ .owner = lane->owner };
}
