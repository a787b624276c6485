/* What a pool says: log entries, its error, and why a request was not served. */
#include <stdio.h>
#include <string.h>

#include "pool/pool_state.h"
#include "session/room.h"

static const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

void pool_log(const qn_pool *pool, const qn_log_entry *entry)
{
	qn_log_entry whole = *entry;

	if (!pool->config.log)
		return;
	whole.message = text_or_empty(entry->message);
	whole.sql = text_or_empty(entry->sql);
	whole.model = text_or_empty(entry->model);
	whole.sqlstate = text_or_empty(entry->sqlstate);
	pool->config.log(pool->config.log_context, &whole);
}

void pool_log_conn(const qn_pool *pool, qn_log_event event, const struct conn *conn,
		   qn_status status, const char *message)
{
	qn_log_entry entry = { .event = event,
			       .status = status,
			       .message = message,
			       .sqlstate = conn->last_state,
			       .backend_pid = conn->backend_pid };

	pool_log(pool, &entry);
}

void pool_set_error(qn_pool *pool, const struct dial_failure *failure)
{
	pool->failure = *failure;
	pool->error.status = failure->status;
	memcpy(pool->error.sqlstate, failure->sqlstate, sizeof(pool->error.sqlstate));
	pool->error.message = pool->failure.message;
}

const qn_error *qn_pool_error(const qn_pool *pool)
{
	return &pool->error;
}

static const char *timeout_message(const qn_pool *pool, char text[POOL_MESSAGE])
{
	uint32_t held = pool->lists[CONN_BUSY].count + pool->lists[CONN_DRAINING].count;
	size_t used;

	snprintf(text, POOL_MESSAGE,
		 "no connection became free within %u ms, %u of at most %u are held%s",
		 pool->config.acquire_timeout, held, pool->config.max,
		 pool->lists[CONN_CONNECTING].count ? " and more are being opened" : "");
	used = strlen(text);
	pool_describe_holders(pool, text + used, POOL_MESSAGE - used);
	return text;
}

const char *pool_verdict_message(const qn_pool *pool, const struct request *request,
				 char text[POOL_MESSAGE])
{
	switch (request->verdict) {
	case QN_CANCELLED:
		return "cancelled";
	case QN_DEADLINE_EXCEEDED:
		return "the deadline passed before the server answered";
	case QN_OUTCOME_UNKNOWN:
		return "the server did not say in time whether the write was done";
	case QN_POOL_TIMEOUT:
		return timeout_message(pool, text);
	case QN_CONNECTION_LOST:
		return "not sent, because the connection of its transaction was lost";
	case QN_NOT_EXECUTED:
		return "not sent, because its transaction could not begin";
	default:
		return pool->failure.message;
	}
}

void qn_pool_read_stats(const qn_pool *pool, qn_pool_stats *stats)
{
	const struct conn_list *lists = pool->lists;

	*stats = (qn_pool_stats){
		.connections = lists[CONN_IDLE].count + lists[CONN_BUSY].count +
			       lists[CONN_DRAINING].count,
		.idle = lists[CONN_IDLE].count,
		.opening = lists[CONN_CONNECTING].count,
		.waiting = pool->queued,
		.sessions = session_room_session_count(pool->session_room),
		.tasks = session_room_task_count(pool->session_room),
		.opened = pool->opened,
		.closed = pool->closed,
		.connect_failures = pool->connect_failures,
		.operations = pool->operations,
		.failures = pool->operation_failures,
		.coalesced = pool->coalesced,
		.statements_prepared = pool->home.statements_prepared,
		.round_trips = pool->home.round_trips,
	};
}
