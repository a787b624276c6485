/* The connections of a pool: opening, back-off, lifetimes, and what they tell. */
#include "pool/pool_state.h"

#include <stdio.h>

#include "pool/batch.h"

static qn_pool *pool_of(const struct conn *conn)
{
	return conn->home->owner;
}

static void list_remove(struct conn_list *list, struct conn *conn)
{
	if (conn->previous)
		conn->previous->next = conn->next;
	else
		list->first = conn->next;
	if (conn->next)
		conn->next->previous = conn->previous;
	else
		list->last = conn->previous;
	conn->next = NULL;
	conn->previous = NULL;
	list->count--;
}

static void list_prepend(struct conn_list *list, struct conn *conn)
{
	conn->previous = NULL;
	conn->next = list->first;
	if (list->first)
		list->first->previous = conn;
	else
		list->last = conn;
	list->first = conn;
	list->count++;
}

uint32_t pool_connection_count(const qn_pool *pool)
{
	return pool->lists[CONN_CONNECTING].count + pool->lists[CONN_IDLE].count +
	       pool->lists[CONN_BUSY].count + pool->lists[CONN_DRAINING].count;
}

uint64_t pool_random(qn_pool *pool, uint64_t limit)
{
	pool->random ^= pool->random << 13;
	pool->random ^= pool->random >> 7;
	pool->random ^= pool->random << 17;
	return pool->random % limit;
}

void pool_upkeep_by(qn_pool *pool, uint64_t at)
{
	if (pool->upkeep_armed && pool->upkeep_armed <= at)
		return;
	if (pool->hooks.timer(pool->loop, &pool->upkeep_timer, at) == QN_OK) {
		pool->upkeep_armed = at;
		pool->upkeep_missed = 0;
	} else {
		/* The next turn tries again. */
		if (!pool->upkeep_missed || at < pool->upkeep_missed)
			pool->upkeep_missed = at;
		pool_wake(pool);
	}
}

static void conn_opened(qn_pool *pool, struct conn *conn)
{
	uint64_t lifetime = pool->config.max_lifetime * POOL_MILLISECOND;
	char text[DIAL_WHERE + 32];

	/* Connections that were opened together must not end together. */
	conn->expires_at = pool_now(pool) + lifetime - pool_random(pool, lifetime / 10 + 1);
	pool->opened++;
	pool->failures = 0;
	pool->retry_at = 0;
	pool->is_probing = false;
	snprintf(text, sizeof(text), "connected to %s %s", conn->where,
		 pool->home.dial.wire->is_encrypted(conn->link) ? "with TLS" : "without TLS");
	pool_log_conn(pool, QN_LOG_CONNECTED, conn, QN_OK, text);
}

static void conn_ended(qn_pool *pool, struct conn *conn, bool was_open)
{
	struct lane *lane = conn->lane;

	/* A transaction whose end was answered has nothing to lose, and its lane may be gone. */
	if (lane && !conn->is_ending)
		lane_lose(pool, lane, QN_CONNECTION_LOST);
	conn->lane = NULL;
	if (was_open) {
		pool->closed++;
		pool_log_conn(pool, QN_LOG_DISCONNECTED, conn, conn->lost_status,
			      conn->lost_message);
	}
	pool_wake(pool);
}

static void on_moved(struct conn *conn, enum conn_state before)
{
	qn_pool *pool = pool_of(conn);

	list_remove(&pool->lists[before], conn);
	list_prepend(&pool->lists[conn->state], conn);
	if (before == CONN_CONNECTING && conn->state != CONN_CLOSED)
		conn_opened(pool, conn);
	if (conn->state == CONN_CLOSED) {
		conn_ended(pool, conn, before != CONN_CONNECTING);
	} else if (conn->state == CONN_IDLE) {
		pool_upkeep_by(pool,
			       conn->idle_since + pool->config.idle_timeout * POOL_MILLISECOND);
		if (pool->waiting_first)
			pool_wake(pool);
	}
}

static uint64_t retry_delay(qn_pool *pool)
{
	uint64_t delay = pool->config.retry_delay;
	uint64_t most = pool->config.max_retry_delay;

	for (uint32_t i = 1; i < pool->failures && delay < most; i++)
		delay *= 2;
	if (delay > most)
		delay = most;
	delay *= POOL_MILLISECOND;
	return delay - delay / 4 + pool_random(pool, delay / 2 + 1);
}

/*
 * What cannot heal is told at once to those who wait, unless there are connections that they can
 * have.
 */
static void fail_waiting(qn_pool *pool)
{
	struct lane *lane;

	if (!pool->failure.is_permanent || pool->failures == 0 || pool->lists[CONN_IDLE].count ||
	    pool->lists[CONN_BUSY].count)
		return;
	while ((lane = pool->waiting_first))
		while (lane->first) {
			struct request *request = lane->first;
			lane_remove(pool, request);
			pool_finish_later(pool, request, pool->failure.status);
		}
}

static void connect_failed(qn_pool *pool, const struct dial_failure *failure)
{
	pool->failures++;
	pool->connect_failures++;
	pool->is_probing = false;
	pool->retry_at = pool_now(pool) + retry_delay(pool);
	pool_set_error(pool, failure);
	fail_waiting(pool);
	pool_wake(pool);
}

static void on_open_failed(struct conn *conn, const struct dial_failure *failure)
{
	qn_pool *pool = pool_of(conn);

	pool_log_conn(pool, QN_LOG_CONNECT_FAILED, conn, failure->status, failure->message);
	connect_failed(pool, failure);
}

static void on_answered(struct conn *conn, struct request *request, struct outcome *outcome)
{
	qn_pool *pool = pool_of(conn);

	if (conn->lanes_first)
		pool_mark_dirty(pool, conn);
	if (conn->lanes_first || pool->waiting_first || conn->state == CONN_CLOSED)
		pool_wake(pool);
	/* An error in a transaction has to be followed by a Sync. */
	if (conn->group_failed) {
		pool_mark_dirty(pool, conn);
		pool_wake(pool);
	}
	if (request->flags & REQUEST_BATCH)
		batch_answered(pool, request, outcome);
	else
		pool_finish(pool, request, outcome);
}

static void on_again(struct conn *conn, struct request *request)
{
	qn_pool *pool = pool_of(conn);

	if (request->flags & REQUEST_BATCH) {
		batch_again(pool, request);
		return;
	}
	lane_forget_sent(pool, request);
	lane_push_again(pool, request);
}

static void go_on_after_cancel(qn_pool *pool, enum conn_state state)
{
	for (struct conn *conn = pool->lists[state].first, *next; conn; conn = next) {
		next = conn->next;
		conn_cancel_due(conn);
		if (conn->lanes_first)
			pool_mark_dirty(pool, conn);
	}
}

static void on_cancel_returned(void *owner)
{
	qn_pool *pool = owner;

	go_on_after_cancel(pool, CONN_BUSY);
	/*
	 * Behind a pooler the one that was cancelled drains, and its transaction still has to end.
	 */
	go_on_after_cancel(pool, CONN_DRAINING);
	pool_wake(pool);
}

static void on_noticed(struct conn *conn, const char *sqlstate, const char *message)
{
	qn_pool *pool = pool_of(conn);
	qn_log_entry entry = { .event = QN_LOG_NOTICE,
			       .message = message,
			       .sqlstate = sqlstate,
			       .backend_pid = conn->backend_pid };

	pool_log(pool, &entry);
}

static void on_writable(struct conn *conn)
{
	qn_pool *pool = pool_of(conn);

	pool_mark_dirty(pool, conn);
	pool_wake(pool);
}

static void on_overdue(struct conn *conn)
{
	pool_upkeep_by(pool_of(conn), conn_look_at(conn));
}

const struct conn_events pool_conn_events = {
	.moved = on_moved,
	.open_failed = on_open_failed,
	.answered = on_answered,
	.again = on_again,
	.cancel_returned = on_cancel_returned,
	.noticed = on_noticed,
	.writable = on_writable,
	.overdue = on_overdue,
};

static uint32_t connections_wanted(const qn_pool *pool)
{
	uint32_t open = pool_connection_count(pool);
	uint32_t opening = pool->lists[CONN_CONNECTING].count;
	uint32_t idle = pool->lists[CONN_IDLE].count;
	uint32_t wanted = pool->waiting_lanes;

	if (pool->is_closing || open >= pool->config.max)
		return 0;
	wanted = wanted > opening + idle ? wanted - opening - idle : 0;
	if (pool->is_started && !pool->is_draining && open + wanted < pool->config.min)
		wanted = pool->config.min - open;
	if (pool->is_probing && open == 0 && wanted == 0)
		wanted = 1;
	if (wanted > pool->config.max - open)
		wanted = pool->config.max - open;
	/* While the server is away one attempt after the other is enough. */
	if (pool->failures && wanted)
		wanted = opening ? 0 : 1;
	return wanted;
}

void pool_open_connections(qn_pool *pool)
{
	static const struct dial_failure no_memory = { .status = QN_OUT_OF_MEMORY,
						       .message = "out of memory" };
	uint32_t wanted = connections_wanted(pool);
	uint64_t now;

	if (!wanted)
		return;
	now = pool_now(pool);
	if (pool->failures && now < pool->retry_at && !pool->is_probing) {
		fail_waiting(pool);
		pool_upkeep_by(pool, pool->retry_at);
		return;
	}
	for (uint32_t i = 0; i < wanted; i++) {
		struct conn *conn = conn_open(&pool->home);
		if (!conn) {
			connect_failed(pool, &no_memory);
			return;
		}
		list_prepend(&pool->lists[CONN_CONNECTING], conn);
	}
	pool_upkeep_by(pool, now + 100 * POOL_MILLISECOND);
}

/* Oldest idle ones first, down to the minimum; those past their time; those that are stuck. */
static uint64_t look_after_idle(qn_pool *pool, uint64_t now)
{
	uint64_t timeout = pool->config.idle_timeout * POOL_MILLISECOND;
	uint64_t next_look = UINT64_MAX;

	for (struct conn *conn = pool->lists[CONN_IDLE].last, *previous; conn; conn = previous) {
		uint64_t end = conn->idle_since + timeout;
		previous = conn->previous;
		if (pool_connection_count(pool) <= pool->config.min)
			end = UINT64_MAX;
		if (conn->expires_at < end)
			end = conn->expires_at;
		if (now >= end)
			conn_close(conn, QN_OK, "idle or old");
		else if (end < next_look)
			next_look = end;
	}
	return next_look;
}

static uint64_t look_after_busy(struct conn_list *list, uint64_t now)
{
	uint64_t next_look = UINT64_MAX;

	for (struct conn *conn = list->first, *next; conn; conn = next) {
		next = conn->next;
		if (conn_is_stuck(conn, now)) {
			conn_close(
				conn, QN_CONNECTION_LOST,
				"a statement that was given up did not end, the connection was closed");
			continue;
		}
		if (conn->give_up_at && now >= conn->give_up_at)
			conn->give_up_at = now + CONN_GRACE;
		conn_cancel_again(conn, now);
		if (conn->give_up_at && conn_look_at(conn) < next_look)
			next_look = conn_look_at(conn);
	}
	return next_look;
}

void pool_upkeep_expired(qn_timer *timer)
{
	qn_pool *pool = (qn_pool *)((char *)timer - offsetof(qn_pool, upkeep_timer));
	uint64_t now = pool_now(pool);
	uint64_t next_looks[3];

	pool->upkeep_armed = 0;
	pool->upkeep_missed = 0;
	next_looks[0] = look_after_idle(pool, now);
	next_looks[1] = look_after_busy(&pool->lists[CONN_BUSY], now);
	next_looks[2] = look_after_busy(&pool->lists[CONN_DRAINING], now);
	for (size_t i = 0; i < 3; i++)
		if (next_looks[i] != UINT64_MAX)
			pool_upkeep_by(pool, next_looks[i]);
	pool_wake(pool);
}

void pool_upkeep_unarmed(qn_pool *pool)
{
	if (pool->upkeep_missed <= pool_now(pool))
		pool_upkeep_expired(&pool->upkeep_timer);
	else
		pool_upkeep_by(pool, pool->upkeep_missed);
}
