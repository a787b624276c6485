/* Lanes: the order of a session's requests, and where they wait. */
#include "pool/pool_state.h"

static void waiting_append(struct lane **first, struct lane **last, struct lane *lane)
{
	lane->next = NULL;
	lane->previous = *last;
	if (*last)
		(*last)->next = lane;
	else
		*first = lane;
	*last = lane;
}

static void waiting_remove(struct lane **first, struct lane **last, struct lane *lane)
{
	if (lane->previous)
		lane->previous->next = lane->next;
	else
		*first = lane->next;
	if (lane->next)
		lane->next->previous = lane->previous;
	else
		*last = lane->previous;
	lane->next = NULL;
	lane->previous = NULL;
}

void lane_wait(qn_pool *pool, struct lane *lane)
{
	if (lane->waiting_in != LANE_NOT_WAITING || !lane->first)
		return;
	if (lane->conn) {
		waiting_append(&lane->conn->lanes_first, &lane->conn->lanes_last, lane);
		lane->waiting_in = LANE_WAITS_FOR_CONN;
		pool_mark_dirty(pool, lane->conn);
	} else {
		waiting_append(&pool->waiting_first, &pool->waiting_last, lane);
		lane->waiting_in = LANE_WAITS_IN_POOL;
		pool->waiting_lanes++;
	}
	pool_wake(pool);
}

void lane_stop_waiting(qn_pool *pool, struct lane *lane)
{
	if (lane->waiting_in == LANE_WAITS_FOR_CONN) {
		waiting_remove(&lane->conn->lanes_first, &lane->conn->lanes_last, lane);
	} else if (lane->waiting_in == LANE_WAITS_IN_POOL) {
		waiting_remove(&pool->waiting_first, &pool->waiting_last, lane);
		pool->waiting_lanes--;
	}
	lane->waiting_in = LANE_NOT_WAITING;
}

void lane_push(qn_pool *pool, struct request *request)
{
	struct lane *lane = request->lane;

	request->state = REQUEST_QUEUED;
	request->next = NULL;
	request->previous = lane->last;
	if (lane->last)
		lane->last->next = request;
	else
		lane->first = request;
	lane->last = request;
	pool->queued++;
	lane_wait(pool, lane);
}

/*
 * In front of what was never sent, behind what is to be sent again already: those come in their
 * order.
 */
void lane_push_again(qn_pool *pool, struct request *request)
{
	struct lane *lane = request->lane;
	struct request *after = NULL;
	struct request *before;

	for (before = lane->first; before && before->attempts > 0; before = before->next)
		after = before;
	request->state = REQUEST_QUEUED;
	request->conn = NULL;
	request->previous = after;
	request->next = before;
	if (after)
		after->next = request;
	else
		lane->first = request;
	if (before)
		before->previous = request;
	else
		lane->last = request;
	pool->queued++;
	lane_wait(pool, lane);
}

void lane_remove(qn_pool *pool, struct request *request)
{
	struct lane *lane = request->lane;

	if (request->previous)
		request->previous->next = request->next;
	else
		lane->first = request->next;
	if (request->next)
		request->next->previous = request->previous;
	else
		lane->last = request->previous;
	request->next = NULL;
	request->previous = NULL;
	pool->queued--;
	if (!lane->first)
		lane_stop_waiting(pool, lane);
}

void lane_unbind(qn_pool *pool, struct lane *lane)
{
	/* One whose transaction has not begun there yet may go elsewhere. */
	if (lane->sent || !lane->conn || (lane->pinned && lane->conn->lane == lane))
		return;
	lane_stop_waiting(pool, lane);
	lane->conn = NULL;
	lane_wait(pool, lane);
}

void lane_forget_sent(qn_pool *pool, struct request *request)
{
	struct lane *lane = request->lane;

	lane->sent--;
	if (!(request->flags & REQUEST_READ))
		lane->sent_writes--;
	if (request->state == REQUEST_SENT_JOINED)
		lane->sent_joined--;
	lane_unbind(pool, lane);
	/* What was held back may go now. */
	if (lane->waiting_in == LANE_WAITS_FOR_CONN) {
		pool_mark_dirty(pool, lane->conn);
		pool_wake(pool);
	}
	lane_wait(pool, lane);
}

void lane_lose(qn_pool *pool, struct lane *lane, qn_status verdict)
{
	lane_stop_waiting(pool, lane);
	lane->lost = true;
	lane->lost_status = verdict;
	lane->conn = NULL;
	while (lane->first) {
		struct request *request = lane->first;
		lane_remove(pool, request);
		pool_finish_later(pool, request, verdict);
	}
}
