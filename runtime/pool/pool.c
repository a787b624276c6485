/* A pool's beginning and end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "pool/batch.h"
#include "pool/pool_state.h"
#include "query/shape.h"
#include "session/room.h"
#include "validate/pattern.h"

static void home_init(qn_pool *pool, const struct wire *wire, void *wire_context)
{
	const qn_pool_config *config = &pool->config;

	pool->home = (struct conn_home){
		.dial = { .wire = wire,
			  .wire_context = wire_context,
			  .hooks = &pool->hooks,
			  .loop = pool->loop,
			  .conninfo = &pool->conninfo,
			  .attempt_timeout = config->connect_timeout,
			  .user_timeout = config->deadline },
		.events = &pool_conn_events,
		.owner = pool,
		.depth = config->no_pipeline ? 1 : config->pipeline_depth,
		.statement_cache = config->statement_cache,
		.no_prepared_statements = config->no_prepared_statements,
		.no_pipeline = config->no_pipeline,
		.epoch = 1,
	};
}

static bool loop_init(qn_pool *pool, const qn_pool_config *config)
{
	if (config->loop) {
		pool->hooks = *config->loop;
		pool->loop = config->loop_context;
		return true;
	}
	pool->own_loop = loop_uv_new();
	pool->hooks = *loop_uv_hooks();
	pool->loop = pool->own_loop;
	return pool->own_loop != NULL;
}

qn_status pool_open_on(qn_pool **out, const qn_pool_config *config, const struct wire *wire,
		       void *wire_context)
{
	char message[CONNINFO_MESSAGE];
	qn_pool *pool = calloc(1, sizeof(*pool));
	qn_status status;

	*out = NULL;
	if (!pool)
		return QN_OUT_OF_MEMORY;
	pool->config = *config;
	status = pool_settings_complete(&pool->config, message, sizeof(message));
	if (status == QN_OK)
		status = conninfo_init(&pool->conninfo, config->conninfo, message);
	if (status == QN_OK && !loop_init(pool, config)) {
		conninfo_free(&pool->conninfo);
		status = QN_OUT_OF_MEMORY;
	}
	if (status != QN_OK) {
		free(pool);
		return status;
	}
	pool->config.conninfo = NULL;
	pool->config.loop = &pool->hooks;
	home_init(pool, wire, wire_context);
	error_clear(&pool->error);
	fork_guard_init(&pool->fork_guard);
	pool->deadline_timer.expired = pool_deadline_expired;
	pool->upkeep_timer.expired = pool_upkeep_expired;
	pool->random = (pool_now(pool) ^ (uint64_t)(uintptr_t)pool) | 1;
	*out = pool;
	return QN_OK;
}

static const qn_pool_config default_config;

qn_status qn_pool_open(qn_pool **pool, const qn_pool_config *config)
{
	return pool_open_on(pool, config ? config : &default_config, &wire_libpq, NULL);
}

const char *qn_pool_open_error(const qn_pool_config *config, char *text, size_t size)
{
	qn_pool_config complete = config ? *config : default_config;
	struct conninfo conninfo;
	char message[CONNINFO_MESSAGE];

	if (pool_settings_complete(&complete, text, size) != QN_OK)
		return text;
	if (conninfo_init(&conninfo, complete.conninfo, message) != QN_OK) {
		snprintf(text, size, "%s", message);
		return text;
	}
	conninfo_free(&conninfo);
	return "";
}

/* What nobody will answer any more, and what is in flight: each calls back once. */
static void fail_everything(qn_pool *pool)
{
	for (int state = CONN_CONNECTING; state < CONN_CLOSED; state++)
		while (pool->lists[state].first)
			conn_close(pool->lists[state].first, QN_CANCELLED, "the pool was closed");
	while (pool->waiting_first) {
		struct lane *lane = pool->waiting_first;
		while (lane->first)
			pool_give_up(pool, lane->first, QN_CANCELLED);
	}
	while (pool->unfinished || pool->deferred_first || pool->lists[CONN_CLOSED].first) {
		pool->dirty = NULL;
		for (struct conn *conn = pool->lists[CONN_CLOSED].first; conn; conn = conn->next)
			conn->is_dirty = false;
		pool_bury_closed(pool);
		pool_deliver_done(pool);
		pool_run_deferred(pool);
	}
}

static void log_leak(const qn_pool *pool, const struct conn *conn)
{
	char who[SESSION_ROOM_TEXT];
	char message[SESSION_ROOM_TEXT + 64];
	qn_log_entry entry = { .event = QN_LOG_LEAK,
			       .status = QN_USAGE,
			       .message = message,
			       .backend_pid = conn->backend_pid };

	session_room_describe(conn->lane->owner, who, sizeof(who));
	snprintf(message, sizeof(message), "closing a pool whose transaction was not ended%s%s",
		 who[0] ? ": " : "", who);
	pool_log(pool, &entry);
}

static void report_leaks(const qn_pool *pool)
{
	for (int state = CONN_IDLE; state < CONN_CLOSED; state++)
		for (const struct conn *conn = pool->lists[state].first; conn; conn = conn->next)
			if (conn->lane)
				log_leak(pool, conn);
}

static void pool_release(qn_pool *pool)
{
	patterns_free(pool->patterns);
	batches_free(pool);
	deadlines_free(&pool->deadlines);
	loop_uv_free(pool->own_loop);
	conninfo_free(&pool->conninfo);
	fork_guard_release(&pool->fork_guard);
	free(pool);
}

void qn_pool_close(qn_pool *pool)
{
	if (!pool || pool->calls)
		return;
	if (fork_guard_is_child(&pool->fork_guard)) {
		qn_pool_after_fork(pool);
		return;
	}
	if (pool->hooks.run_once)
		(void)qn_pool_drain(pool, 0);
	report_leaks(pool);
	pool->is_closing = true;
	fail_everything(pool);
	session_room_free(pool->session_room);
	pool->session_room = NULL;
	fail_everything(pool);
	shape_registry_free(pool->shape_registry);
	(void)pool->hooks.wake(pool->loop, NULL, NULL);
	(void)pool->hooks.timer(pool->loop, &pool->deadline_timer, 0);
	(void)pool->hooks.timer(pool->loop, &pool->upkeep_timer, 0);
	conn_home_forget_cancels(&pool->home);
	pool_release(pool);
}

void qn_pool_after_fork(qn_pool *pool)
{
	if (!pool)
		return;
	if (pool->own_loop && !loop_uv_after_fork(pool->own_loop))
		pool->own_loop = NULL;
	pool->is_closing = true;
	for (int state = CONN_CONNECTING; state < CONN_STATES; state++)
		for (struct conn *conn = pool->lists[state].first, *next; conn; conn = next) {
			next = conn->next;
			conn_drop(conn);
		}
	conn_home_forget_cancels(&pool->home);
	session_room_drop(pool->session_room);
	shape_registry_free(pool->shape_registry);
	pool_release(pool);
}
