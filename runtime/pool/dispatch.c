/* Submitting, and which connection a request goes to. */
#include "pool/batch.h"
#include "pool/pool_state.h"

/* A connection whose statement runs for longer than this and a few round trips is not shared. */
static const uint64_t slow_statement = 20 * POOL_MILLISECOND;
/* Waiting for a connection that is being opened is worth while this long. */
static const uint64_t quick_connect = 100 * POOL_MILLISECOND;
/* An idle connection is asked for signs of its end when it has been idle for so long. */
static const uint64_t idle_check = POOL_MILLISECOND;

static qn_status submit_check(const qn_pool *pool, const struct request *request)
{
	if (fork_guard_is_child(&pool->fork_guard))
		return QN_USAGE;
	/* A transaction may come to its end. */
	if (pool->is_closing || (pool->is_draining && !request->lane->pinned))
		return QN_POOL_CLOSED;
	if (pool->queued >= pool->config.max_waiting && !(request->flags & REQUEST_END))
		return QN_POOL_TIMEOUT;
	return QN_OK;
}

qn_status pool_submit(qn_pool *pool, struct request *request)
{
	struct lane *lane = request->lane;
	qn_status status = submit_check(pool, request);

	if (status != QN_OK)
		return status;
	if (request->submitted_at == 0)
		request->submitted_at = pool_now(pool);
	if (!pool_watch_deadline(pool, request))
		return QN_OUT_OF_MEMORY;
	lane->in_flight++;
	pool->unfinished++;
	pool->is_started = true;
	if (request->flags & REQUEST_BEGIN)
		lane->pinned = true;
	if (lane->lost)
		pool_finish_later(pool, request, lane->lost_status);
	else
		lane_push(pool, request);
	return QN_OK;
}

/* What may have to be sent again must not be overtaken by its lane's writes. */
static bool lane_may_send(const struct lane *lane)
{
	return lane->first && ((lane->first->flags & REQUEST_READ) || lane->sent_joined == 0);
}

/* Nothing else waits that could go with it; the connection of a transaction is its lane's alone. */
static bool is_only_one(const qn_pool *pool, const struct conn *conn, const struct request *request)
{
	return !request->next && (conn->lane || (!pool->waiting_first && !conn->lanes_first));
}

/* False: the connection failed; the request that it would not take is the lane's first again. */
static bool lane_send(qn_pool *pool, struct conn *conn, struct lane *lane)
{
	while (lane_may_send(lane) && conn_has_room(conn)) {
		struct request *request = lane->first;
		struct request *next = request->next;
		if (is_only_one(pool, conn, request) ? !conn_send_alone(conn, request)
						     : !conn_send(conn, request))
			return false;
		lane->first = next;
		if (next)
			next->previous = NULL;
		else
			lane->last = NULL;
		request->next = NULL;
		pool->queued--;
		lane->sent++;
		if (!(request->flags & REQUEST_READ))
			lane->sent_writes++;
		if (request->state == REQUEST_SENT_JOINED)
			lane->sent_joined++;
		/* Last: a connection that is closed here has the lane fail what it still has. */
		conn_sent(conn, request);
		if (conn->state == CONN_CLOSED)
			return true;
	}
	return true;
}

void pool_send_bound(qn_pool *pool, struct conn *conn)
{
	struct lane *next;

	for (struct lane *lane = conn->lanes_first; lane && conn_has_room(conn); lane = next) {
		next = lane->next;
		if (conn->lane && conn->lane != lane)
			continue;
		if (!lane_send(pool, conn, lane))
			return;
		if (conn->state == CONN_CLOSED)
			return;
		if (!lane->first)
			lane_stop_waiting(pool, lane);
	}
}

/* An idle connection that works. Those that do not are closed on the way. */
static struct conn *choose_idle(qn_pool *pool, uint64_t now)
{
	struct conn *conn;

	while ((conn = pool->lists[CONN_IDLE].first)) {
		if (now >= conn->expires_at) {
			conn_drain(conn);
			continue;
		}
		if (now < conn->idle_since + idle_check ||
		    !pool->home.dial.wire->is_readable(conn->link))
			return conn;
		conn_read(conn);
		if (conn->state == CONN_IDLE)
			return conn;
	}
	return NULL;
}

static bool is_shareable(const struct conn *conn, uint64_t now)
{
	return !conn->lane && conn_has_room(conn) && now < conn->expires_at &&
	       now <= conn->head_since + slow_statement + 4 * conn->fastest;
}

static struct conn *choose_shared(const qn_pool *pool, uint64_t now)
{
	struct conn *best = NULL;
	uint32_t least = UINT32_MAX;

	for (struct conn *conn = pool->lists[CONN_BUSY].first; conn; conn = conn->next)
		if (conn->statements < least && is_shareable(conn, now)) {
			best = conn;
			least = conn->statements;
		}
	return best;
}

/* How many connections will be there in a moment. */
static uint32_t opening_soon(const qn_pool *pool, uint64_t now)
{
	uint32_t count = 0;

	for (const struct conn *conn = pool->lists[CONN_CONNECTING].first; conn; conn = conn->next)
		count += now < conn->opened_at + quick_connect;
	return count;
}

static struct conn *choose(qn_pool *pool, uint64_t now)
{
	struct conn *conn = choose_idle(pool, now);

	if (conn)
		return conn;
	pool_open_connections(pool);
	/* Whoever waits for one that is being opened is not held up by a statement that is slow. */
	if (opening_soon(pool, now) >= pool->waiting_lanes)
		return NULL;
	return choose_shared(pool, now);
}

void pool_dispatch(qn_pool *pool)
{
	while (pool->waiting_first) {
		struct conn *conn = choose(pool, pool->home.turn_at);
		struct lane *lane = pool->waiting_first;
		/* Choosing may fail requests, when no server is to be reached. */
		if (!conn || !lane)
			return;
		if (batch_dispatch(pool, conn))
			continue;
		lane_stop_waiting(pool, lane);
		lane->conn = conn;
		pool_mark_dirty(pool, conn);
		if (!lane_send(pool, conn, lane) && lane->sent == 0)
			lane->conn = NULL;
		lane_wait(pool, lane);
	}
}
