#include "fake_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/room.h"

static char fake_tag[16];

/* In place of libpq's: the tag is not among what a result can be given from outside. */
char *PQcmdStatus(PGresult *result)
{
	(void)result;
	return fake_tag;
}

static uint64_t fake_now(void *loop)
{
	return ((struct qn_pool *)loop)->now;
}

static qn_status fake_timer(void *loop, qn_timer *timer, uint64_t at)
{
	struct qn_pool *pool = loop;

	for (size_t i = 0; i < pool->timer_count; i++) {
		if (pool->timers[i].timer == timer) {
			pool->timers[i] = pool->timers[--pool->timer_count];
			break;
		}
	}
	if (at == 0)
		return QN_OK;
	if (pool->timer_count == FAKE_TIMERS_MAX)
		return QN_OUT_OF_RESOURCES;
	pool->timers[pool->timer_count++] = (struct fake_timer){ timer, at };
	return QN_OK;
}

static bool fake_run_once(void *loop)
{
	return pool_run_once(loop) == QN_OK;
}

void fake_pool_init(struct qn_pool *pool)
{
	memset(pool, 0, sizeof(*pool));
	pool->now = 1000000000;
	pool->hooks.now = fake_now;
	pool->hooks.timer = fake_timer;
	pool->hooks.run_once = fake_run_once;
	pool->config.deadline = 60000;
	pool->config.commit_lookup = QN_COMMIT_LOOKUP_OFF;
	pool->answers = SIZE_MAX;
	pool->answers_a_turn = SIZE_MAX;
	pool->places = SIZE_MAX;
}

void fake_pool_log(void *context, const qn_log_entry *entry)
{
	static const char *const events[] = {
		[QN_LOG_QUERY] = "query",
		[QN_LOG_SLOW_QUERY] = "slow",
		[QN_LOG_DETACHED_FAILED] = "detached",
		[QN_LOG_LEAK] = "leak",
	};
	struct qn_pool *pool = context;

	buf_add_format(&pool->log, "%s %s %s\n", events[entry->event],
		       qn_status_name(entry->status), entry->sql ? entry->sql : "");
	if (entry->event == QN_LOG_LEAK)
		buf_add_format(&pool->log, "%s\n", entry->message);
}

uint64_t pool_now(const qn_pool *pool)
{
	return pool->now;
}

const qn_loop_hooks *pool_loop_hooks(const qn_pool *pool)
{
	return &pool->hooks;
}

void *pool_loop(const qn_pool *pool)
{
	return (void *)pool;
}

const qn_pool_config *pool_config(const qn_pool *pool)
{
	return &pool->config;
}

void pool_log(const qn_pool *pool, const qn_log_entry *entry)
{
	if (pool->config.log)
		pool->config.log(pool->config.log_context, entry);
}

void pool_defer(qn_pool *pool, struct deferred *deferred)
{
	deferred->next = NULL;
	deferred->queued = true;
	if (pool->last_deferred)
		pool->last_deferred->next = deferred;
	else
		pool->first_deferred = deferred;
	pool->last_deferred = deferred;
}

void pool_undefer(qn_pool *pool, struct deferred *deferred)
{
	struct deferred *previous = NULL;

	for (struct deferred *at = pool->first_deferred; at; previous = at, at = at->next) {
		if (at != deferred)
			continue;
		if (previous)
			previous->next = at->next;
		else
			pool->first_deferred = at->next;
		if (pool->last_deferred == at)
			pool->last_deferred = previous;
		deferred->queued = false;
		return;
	}
}

bool pool_in_turn(const qn_pool *pool)
{
	return pool->in_turn;
}

bool pool_is_closing(const qn_pool *pool)
{
	return pool->closing;
}

bool pool_has_work(const qn_pool *pool)
{
	return pool->first != NULL;
}

struct session_room **pool_session_room(qn_pool *pool)
{
	return &pool->room;
}

struct shape_registry **pool_shape_registry(qn_pool *pool)
{
	return &pool->shapes;
}

void pool_count_operation(qn_pool *pool, bool failed)
{
	pool->operations++;
	pool->failures += failed;
}

qn_status pool_submit(qn_pool *pool, struct request *request)
{
	if (pool->closing)
		return QN_POOL_CLOSED;
	if (pool->submit_status != QN_OK)
		return pool->submit_status;
	if (pool->places == 0 && !(request->flags & REQUEST_END))
		return QN_POOL_TIMEOUT;
	pool->places -= pool->places != SIZE_MAX;
	buf_add_cstring(&pool->trace, request->statement->sql);
	buf_add_char(&pool->trace, '\n');
	request->next = NULL;
	request->previous = pool->last;
	request->verdict = QN_OK;
	if (pool->last)
		pool->last->next = request;
	else
		pool->first = request;
	pool->last = request;
	pool->request_count++;
	pool->submitted++;
	request->lane->in_flight++;
	if (request->flags & REQUEST_BEGIN)
		request->lane->pinned = true;
	return QN_OK;
}

void pool_cancel(qn_pool *pool, struct request *request)
{
	pool->cancels++;
	request->verdict = QN_CANCELLED;
}

void pool_set_deadline(qn_pool *pool, struct request *request, uint64_t deadline)
{
	(void)pool;
	request->deadline = deadline;
}

void pool_abandon(qn_pool *pool, struct lane *lane)
{
	pool->abandons++;
	pool->server.in_transaction = false;
	lane->pinned = false;
	lane->lost = false;
}

static void server_commit(struct qn_pool *pool)
{
	struct fake_server *server = &pool->server;

	for (size_t i = 0; i < server->name_count; i++)
		buf_add_format(&pool->kept, "%s\n", server->names[i]);
}

static void server_end(struct fake_server *server)
{
	server->in_transaction = false;
	server->is_aborted = false;
	server->name_count = 0;
	server->savepoint_count = 0;
}

static qn_status server_savepoint(struct fake_server *server, const char *sql)
{
	const char *name = strrchr(sql, ' ') + 1;
	size_t at = server->savepoint_count;

	if (strncmp(sql, "SAVEPOINT", 9) == 0) {
		memcpy(server->savepoints[at].name, name, strlen(name) + 1);
		server->savepoints[at].name_count = server->name_count;
		server->savepoint_count++;
		return QN_OK;
	}
	while (at > 0 && strcmp(server->savepoints[at - 1].name, name) != 0)
		at--;
	if (at == 0)
		return QN_SQL_ERROR;
	if (strncmp(sql, "RELEASE", 7) == 0) {
		server->savepoint_count = at - 1;
		return QN_OK;
	}
	server->savepoint_count = at;
	server->name_count = server->savepoints[at - 1].name_count;
	server->is_aborted = false;
	return QN_OK;
}

static qn_status server_verdict(const char *sql)
{
	static const struct {
		const char *sql;
		qn_status status;
	} verdicts[] = {
		{ "fail", QN_SQL_ERROR },
		{ "unique", QN_UNIQUE_VIOLATION },
		{ "serialization", QN_SERIALIZATION_FAILURE },
		{ "deadlock", QN_DEADLOCK },
	};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (strcmp(sql, verdicts[i].sql) == 0)
			return verdicts[i].status;
	return QN_OK;
}

static qn_status server_run(struct qn_pool *pool, const char *sql)
{
	struct fake_server *server = &pool->server;
	qn_status status;

	if (server->is_aborted && strncmp(sql, "ROLLBACK TO", 11) != 0)
		return QN_TRANSACTION_BROKEN;
	if (strncmp(sql, "BEGIN", 5) == 0)
		server->in_transaction = true;
	else if (strstr(sql, "SAVEPOINT"))
		return server_savepoint(server, sql);
	status = server_verdict(sql);
	if (status == QN_OK && pool->verdict)
		status = pool->verdict(sql);
	if (status == QN_OK && strncmp(sql, "ok ", 3) == 0) {
		memcpy(server->names[server->name_count], sql + 3, strlen(sql + 3) + 1);
		server->name_count++;
		if (!server->in_transaction) {
			server_commit(pool);
			server_end(server);
		}
	}
	return status;
}

static qn_status server_finish(struct qn_pool *pool, bool is_commit)
{
	struct fake_server *server = &pool->server;
	qn_status status = is_commit ? pool->commit_status : QN_OK;
	bool keeps =
		is_commit && !server->is_aborted && status == QN_OK && !pool->commit_rolls_back;

	if (keeps)
		server_commit(pool);
	if (is_commit)
		pool->now += pool->commit_takes;
	snprintf(fake_tag, sizeof(fake_tag), "%s", keeps ? "COMMIT" : "ROLLBACK");
	server_end(server);
	if (is_commit) {
		pool->commit_status = QN_OK;
		pool->commit_rolls_back = false;
	}
	return status;
}

static qn_status server_answer(struct qn_pool *pool, struct request *request)
{
	struct lane *lane = request->lane;
	const char *sql = request->statement->sql;
	qn_status status;

	fake_tag[0] = '\0';
	if (request->verdict != QN_OK && !(request->flags & REQUEST_END)) {
		/* A statement that was cancelled is an error to the server's transaction. */
		pool->server.is_aborted = pool->server.in_transaction;
		lane->lost |= (request->flags & REQUEST_BEGIN) != 0;
		return request->verdict;
	}
	if (strcmp(sql, "lost") == 0) {
		server_end(&pool->server);
		lane->lost = lane->pinned;
		return QN_CONNECTION_LOST;
	}
	if (request->flags & REQUEST_END) {
		bool was_lost = lane->lost;

		lane->pinned = false;
		lane->lost = false;
		status = server_finish(pool, (request->flags & REQUEST_COMMIT) && !was_lost);
		return was_lost ? QN_CONNECTION_LOST : status;
	}
	if (lane->lost)
		return QN_CONNECTION_LOST;
	status = server_run(pool, sql);
	if (status != QN_OK && pool->server.in_transaction)
		pool->server.is_aborted = true;
	return status;
}

static void request_complete(struct qn_pool *pool, struct request *request)
{
	struct outcome outcome = { .message = "", .backend_pid = 77 };

	if (request->previous)
		request->previous->next = request->next;
	else
		pool->first = request->next;
	if (request->next)
		request->next->previous = request->previous;
	else
		pool->last = request->previous;
	pool->request_count--;
	pool->completed++;
	outcome.status = server_answer(pool, request);
	request->lane->in_flight--;
	if (outcome.status == QN_OK && (request->flags & REQUEST_COMMIT))
		outcome.result = PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK);
	else if (outcome.status == QN_OK && pool->result)
		outcome.result = pool->result(request->statement->sql);
	request->completed(request, &outcome);
	PQclear(outcome.result);
}

static bool is_slow(const struct request *request)
{
	return request->verdict == QN_OK && strcmp(request->statement->sql, "slow") == 0;
}

static size_t answer_some(struct qn_pool *pool)
{
	size_t count = pool->request_count;
	size_t done = 0;

	if (count > pool->answers_a_turn)
		count = pool->answers_a_turn;
	while (done < count && pool->answers && pool->first && !is_slow(pool->first)) {
		pool->answers -= pool->answers != SIZE_MAX;
		request_complete(pool, pool->first);
		done++;
	}
	return done;
}

static size_t run_deferred(struct qn_pool *pool)
{
	struct deferred *last = pool->last_deferred;
	size_t done = 0;

	while (pool->first_deferred) {
		struct deferred *deferred = pool->first_deferred;

		pool->first_deferred = deferred->next;
		if (!pool->first_deferred)
			pool->last_deferred = NULL;
		deferred->queued = false;
		done++;
		deferred->run(deferred);
		if (deferred == last)
			break;
	}
	return done;
}

static bool expire_next(struct qn_pool *pool)
{
	size_t next = 0;
	struct fake_timer timer;

	if (pool->timer_count == 0)
		return false;
	for (size_t i = 1; i < pool->timer_count; i++)
		if (pool->timers[i].at < pool->timers[next].at)
			next = i;
	timer = pool->timers[next];
	pool->timers[next] = pool->timers[--pool->timer_count];
	if (timer.at > pool->now)
		pool->now = timer.at;
	timer.timer->expired(timer.timer);
	return true;
}

/* A failure instead of a wait without an end, where a test would hang. */
qn_status pool_run_once(qn_pool *pool)
{
	bool worked;

	if (pool->in_turn)
		return QN_USAGE;
	pool->in_turn = true;
	worked = run_deferred(pool) + answer_some(pool) > 0 || expire_next(pool);
	pool->in_turn = false;
	return worked ? QN_OK : QN_INTERNAL_ERROR;
}

void pool_end_wait(qn_pool *pool)
{
	(void)pool;
}

void fake_pool_settle(struct qn_pool *pool)
{
	pool->in_turn = true;
	while (run_deferred(pool) + answer_some(pool) > 0)
		;
	pool->in_turn = false;
}

void fake_pool_release(struct qn_pool *pool)
{
	pool->closing = true;
	pool->answers = SIZE_MAX;
	for (struct request *request = pool->first; request; request = request->next)
		request->verdict = QN_CANCELLED;
	fake_pool_settle(pool);
	session_room_free(pool->room);
	buf_free(&pool->trace);
	buf_free(&pool->kept);
	buf_free(&pool->log);
}
