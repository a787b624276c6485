/* Deadlines and cancellation of requests. */
#include "pool/pool_state.h"

static const uint64_t grace = CONN_GRACE;

static uint64_t acquire_end(const qn_pool *pool, const struct request *request)
{
	return request->submitted_at + pool->config.acquire_timeout * POOL_MILLISECOND;
}

void pool_arm_deadline(qn_pool *pool)
{
	const struct deadline *first = deadlines_first(&pool->deadlines);

	/* A timer that fires too early costs less than arming it anew for each request. */
	if (!first || (pool->deadline_armed && pool->deadline_armed <= first->at))
		return;
	if (pool->hooks.timer(pool->loop, &pool->deadline_timer, first->at) == QN_OK)
		pool->deadline_armed = first->at;
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
	return deadlines_first(&pool->deadlines) == NULL ||
	       deadlines_first(&pool->deadlines)->request != request;
}

void pool_deadline_expired(qn_timer *timer)
{
	qn_pool *pool = (qn_pool *)((char *)timer - offsetof(qn_pool, deadline_timer));
	uint64_t now = pool_now(pool);
	const struct deadline *first;

	pool->deadline_armed = 0;
	while ((first = deadlines_first(&pool->deadlines)) && first->at <= now) {
		struct request *request = first->request;
		if (is_answered_now(pool, request))
			continue;
		if (is_sent(request))
			expire_sent(pool, request, now);
		else
			expire_queued(pool, request, now);
	}
	pool_arm_deadline(pool);
}

void pool_abandon(qn_pool *pool, struct lane *lane)
{
	struct conn *conn = lane->conn;

	while (lane->first) {
		struct request *request = lane->first;
		lane_remove(pool, request);
		pool_finish_later(pool, request, QN_CANCELLED);
		request->state = REQUEST_ORPHAN;
	}
	lane_stop_waiting(pool, lane);
	if (conn && conn->lane == lane) {
		for (size_t i = 0; i < conn->entries.count; i++) {
			struct request *request = entries_get(&conn->entries, i)->request;
			if (!request || request->lane != lane)
				continue;
			deadlines_remove(&pool->deadlines, request);
			request->state = REQUEST_ORPHAN;
		}
		conn->lane = NULL;
		conn_close(conn, QN_CONNECTION_LOST, "a transaction was given up");
	}
	*lane = (struct lane){ .owner = lane->owner };
}
