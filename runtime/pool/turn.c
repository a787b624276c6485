/* One turn: what is done calls back, what waits is sent, what was closed is buried. */
#include "pool/pool_state.h"

void pool_wake(qn_pool *pool)
{
	if (pool->turn_wanted)
		return;
	/* A loop that cannot even do this is asked again by whatever happens next. */
	pool->turn_wanted = pool->hooks.wake(pool->loop, pool_turn, pool) == QN_OK;
}

void pool_mark_dirty(qn_pool *pool, struct conn *conn)
{
	if (conn->is_dirty || conn->state == CONN_CLOSED)
		return;
	conn->is_dirty = true;
	conn->next_dirty = pool->dirty;
	pool->dirty = conn;
}

static void end_transaction(qn_pool *pool, const struct request *request,
			    const struct outcome *outcome, bool was_sent)
{
	struct lane *lane = request->lane;
	struct conn *conn = lane->conn;
	bool is_answered = was_sent && (outcome->status == QN_OK || outcome->result);

	lane->pinned = false;
	lane->lost = false;
	/* Without an answer to its end nobody knows what state the transaction is in. */
	if (conn && conn->lane == lane && !is_answered)
		conn_forsake(conn, "a transaction was left without its end");
	lane_unbind(pool, lane);
}

static void lane_account(qn_pool *pool, struct request *request, const struct outcome *outcome)
{
	struct lane *lane = request->lane;
	bool was_sent = request->state == REQUEST_SENT || request->state == REQUEST_SENT_JOINED;
	bool begin_failed = (request->flags & REQUEST_BEGIN) && outcome->status != QN_OK;

	lane->in_flight--;
	if (begin_failed && lane->pinned && !lane->lost) {
		struct conn *conn = lane->conn;
		lane_lose(pool, lane, QN_NOT_EXECUTED);
		if (conn && conn->lane == lane)
			conn_forsake(conn, "a transaction could not begin on it");
	}
	if (request->flags & REQUEST_END)
		end_transaction(pool, request, outcome, was_sent);
	if (was_sent)
		lane_forget_sent(pool, request);
}

void pool_finish(qn_pool *pool, struct request *request, struct outcome *outcome)
{
	deadlines_remove(&pool->deadlines, request);
	if (request->state != REQUEST_ORPHAN)
		lane_account(pool, request, outcome);
	request->state = REQUEST_NEW;
	request->conn = NULL;
	pool->unfinished--;
	pool->has_called = true;
	pool->calls++;
	request->completed(request, outcome);
	pool->calls--;
}

void pool_finish_later(qn_pool *pool, struct request *request, qn_status verdict)
{
	deadlines_remove(&pool->deadlines, request);
	request->state = REQUEST_DONE;
	request->verdict = verdict;
	request->next = NULL;
	request->previous = pool->done_last;
	if (pool->done_last)
		pool->done_last->next = request;
	else
		pool->done_first = request;
	pool->done_last = request;
	pool_wake(pool);
}

void pool_deliver_done(qn_pool *pool)
{
	struct request *last = pool->done_last;
	bool goes_on = last != NULL;

	/*
	 * Those that are added meanwhile have their turn later: a chain of them must not keep the
	 * loop from the rest.
	 */
	while (goes_on && pool->done_first) {
		struct request *request = pool->done_first;
		char text[POOL_MESSAGE];
		struct outcome outcome = { .status = request->verdict };
		goes_on = request != last;
		pool->done_first = request->next;
		if (request->next)
			request->next->previous = NULL;
		else
			pool->done_last = NULL;
		outcome.message = pool_verdict_message(pool, request, text);
		pool_finish(pool, request, &outcome);
	}
}

void pool_defer(qn_pool *pool, struct deferred *deferred)
{
	if (deferred->queued)
		return;
	deferred->queued = true;
	deferred->next = NULL;
	if (pool->deferred_last)
		pool->deferred_last->next = deferred;
	else
		pool->deferred_first = deferred;
	pool->deferred_last = deferred;
	pool_wake(pool);
}

void pool_undefer(qn_pool *pool, struct deferred *deferred)
{
	struct deferred *previous = NULL;

	if (!deferred->queued)
		return;
	for (struct deferred *at = pool->deferred_first; at != deferred; at = at->next)
		previous = at;
	if (previous)
		previous->next = deferred->next;
	else
		pool->deferred_first = deferred->next;
	if (pool->deferred_last == deferred)
		pool->deferred_last = previous;
	deferred->queued = false;
	deferred->next = NULL;
}

/*
 * One that another one takes out meanwhile may be the last of this turn: the count keeps the turn
 * finite.
 */
void pool_run_deferred(qn_pool *pool)
{
	size_t count = 0;

	for (const struct deferred *at = pool->deferred_first; at; at = at->next)
		count++;
	while (count-- > 0 && pool->deferred_first) {
		struct deferred *deferred = pool->deferred_first;
		pool_undefer(pool, deferred);
		pool->has_called = true;
		pool->calls++;
		deferred->run(deferred);
		pool->calls--;
	}
}

/*
 * Only here, at the foot of the stack, connections are freed: until then whoever was using one
 * still may.
 */
void pool_bury_closed(qn_pool *pool)
{
	struct conn_list *closed = &pool->lists[CONN_CLOSED];
	struct conn *conn = closed->first;

	while (conn) {
		struct conn *next = conn->next;
		conn_fail_requests(conn);
		if (!conn->is_dirty && !conn->lanes_first) {
			if (conn->previous)
				conn->previous->next = next;
			else
				closed->first = next;
			if (next)
				next->previous = conn->previous;
			else
				closed->last = conn->previous;
			closed->count--;
			conn_free(conn);
		}
		conn = next;
	}
}

static void write_dirty(qn_pool *pool)
{
	struct conn *conn = pool->dirty;

	pool->dirty = NULL;
	while (conn) {
		struct conn *next = conn->next_dirty;
		conn->is_dirty = false;
		conn->next_dirty = NULL;
		conn_end_turn(conn);
		conn = next;
	}
}

/* A loop of the pool's own is run by quern alone, which knows what it waits for. */
static bool may_be_waited_for(const qn_pool *pool)
{
	return pool->has_called &&
	       (!pool->own_loop || pool->has_ended_wait || !pool_has_work(pool));
}

static bool needs_another_turn(const qn_pool *pool)
{
	return pool->done_first || pool->deferred_first || pool->lists[CONN_CLOSED].first ||
	       may_be_waited_for(pool);
}

void pool_turn(void *context)
{
	qn_pool *pool = context;

	pool->has_called = false;
	pool->has_ended_wait = false;
	/* What those who are called back submit goes out in this turn. */
	pool->turn_wanted = true;
	pool_deliver_done(pool);
	pool_run_deferred(pool);
	pool->turn_wanted = false;
	pool->home.turn_at = pool_now(pool);
	for (struct conn *conn = pool->dirty; conn; conn = conn->next_dirty)
		pool_send_bound(pool, conn);
	pool_dispatch(pool);
	write_dirty(pool);
	pool_bury_closed(pool);
	pool_open_connections(pool);
	if (pool->upkeep_missed)
		pool_upkeep_unarmed(pool);
	pool_expire_unarmed(pool);
	if (needs_another_turn(pool))
		pool_wake(pool);
}
