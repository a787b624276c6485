#include "wire/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

uint64_t conn_now(const struct conn *conn)
{
	const struct dial_target *dial = &conn->home->dial;

	return dial->hooks->now(dial->loop);
}

void conn_set_state(struct conn *conn, enum conn_state state)
{
	enum conn_state before = conn->state;

	if (state == before)
		return;
	conn->state = state;
	if (state == CONN_IDLE)
		conn->idle_since = conn->read_at ? conn->read_at : conn_now(conn);
	conn->home->events->moved(conn, before);
}

static void conn_unwatch(struct conn *conn)
{
	const struct dial_target *dial = &conn->home->dial;

	if (conn->watched)
		(void)dial->hooks->watch(dial->loop, &conn->watch, 0);
	conn->watched = 0;
}

static bool conn_watch(struct conn *conn, unsigned events)
{
	const struct dial_target *dial = &conn->home->dial;

	if (conn->watched == events)
		return true;
	if (dial->hooks->watch(dial->loop, &conn->watch, events) != QN_OK) {
		conn->watched = 0;
		conn_close(conn, QN_OUT_OF_RESOURCES, "the loop cannot watch the connection");
		return false;
	}
	conn->watched = events;
	return true;
}

/* False: writing failed; what the server said before may still be read. */
static bool conn_flush(struct conn *conn)
{
	int left = conn->home->dial.wire->flush(conn->link);

	if (left < 0)
		return false;
	if (conn->needs_flush)
		conn->home->round_trips++;
	conn->needs_flush = false;
	if (conn->flush_waits && left == 0)
		conn->home->events->writable(conn);
	conn->flush_waits = left > 0;
	if (left == 0)
		conn->unflushed = 0;
	/* While libpq cannot write it must read, or both sides wait for each other. */
	conn_watch(conn, left ? QN_READABLE | QN_WRITABLE : QN_READABLE);
	return true;
}

/* A program may have chosen another one. */
static bool is_still_utf8(struct conn *conn)
{
	const struct wire *wire = conn->home->dial.wire;
	int encoding = wire->encoding(conn->link);

	if (encoding == conn->encoding)
		return true;
	conn->encoding = encoding;
	return wire->is_utf8(conn->link);
}

void conn_settle(struct conn *conn)
{
	bool is_empty = conn->entries.count == 0 && !conn->has_uncommitted && !conn->cancel;

	if (conn->state == CONN_CLOSED || conn->state == CONN_CONNECTING || !is_empty || conn->lane)
		return;
	if (!is_still_utf8(conn))
		conn_close(conn, QN_PROTOCOL_ERROR, "client_encoding was changed from UTF8");
	else if (conn->state == CONN_DRAINING)
		conn_close(conn, QN_OK, "not needed any more");
	else if (!conn->lanes_first)
		conn_set_state(conn, CONN_IDLE);
}

void conn_read(struct conn *conn)
{
	const struct wire *wire = conn->home->dial.wire;
	bool is_good;

	if (conn->state == CONN_CLOSED || conn->state == CONN_CONNECTING)
		return;
	is_good = wire->consume(conn->link);
	if (conn->entries.count == 0) {
		/*
		 * Nothing was asked: a notice, a parameter, or the end. Looking for results has
		 * libpq parse it.
		 */
		(void)wire->is_busy(conn->link);
	}
	conn_take_results(conn);
	if (conn->state == CONN_CLOSED)
		return;
	if (!is_good || wire->is_bad(conn->link) || (conn->last_state[0] && !conn->entries.count)) {
		conn_close_lost(conn);
		return;
	}
	conn_settle(conn);
}

static void conn_ready(qn_watch *watch, unsigned events)
{
	struct conn *conn = (struct conn *)((char *)watch - offsetof(struct conn, watch));

	if (events & QN_READABLE)
		conn_read(conn);
	if (conn->state != CONN_CLOSED && conn->flush_waits)
		conn_end_turn(conn);
}

void conn_end_turn(struct conn *conn)
{
	const struct wire *wire = conn->home->dial.wire;
	bool is_good = true;

	if (conn->state == CONN_CLOSED || conn->state == CONN_CONNECTING)
		return;
	if (conn->group_size && (!conn->lane || conn->group_failed))
		is_good = conn_send_sync(conn);
	else if (conn->needs_flush_request)
		is_good = wire->send_flush_request(conn->link);
	conn->needs_flush_request = false;
	if (conn->state == CONN_CLOSED)
		return;
	if (conn->needs_flush || conn->flush_waits)
		is_good = is_good && conn_flush(conn);
	if (conn->state == CONN_CLOSED)
		return;
	/*
	 * Writing may have read, and skipped statements are answered without a word from the
	 * server.
	 */
	if (!is_good)
		conn_read(conn);
	else
		conn_take_results(conn);
	if (!is_good && conn->state != CONN_CLOSED)
		conn_close_lost(conn);
	conn_settle(conn);
}

static void conn_dialled(void *context, struct wire_link *link, const char *where,
			 const struct dial_failure *failure)
{
	struct conn *conn = context;

	conn->dial = NULL;
	if (!link) {
		conn->lost_status = failure->status;
		snprintf(conn->lost_message, sizeof(conn->lost_message), "%s", failure->message);
		conn_set_state(conn, CONN_CLOSED);
		conn->home->events->open_failed(conn, failure);
		return;
	}
	conn->link = link;
	conn->backend_pid = conn->home->dial.wire->backend_pid(link);
	snprintf(conn->where, sizeof(conn->where), "%s", where);
	conn->home->dial.wire->set_notice_receiver(link, conn_notice, conn);
	conn->watch = (qn_watch){ .ready = conn_ready, .fd = conn->home->dial.wire->socket(link) };
	if (conn_watch(conn, QN_READABLE))
		conn_set_state(conn, CONN_IDLE);
}

/*
 * Differs from connection to connection, also of other processes; nobody needs to be kept from
 * guessing it.
 */
static uint32_t random_number(const struct conn *conn)
{
	uint64_t mixed = conn->opened_at ^ (uint64_t)(uintptr_t)conn ^ ((uint64_t)getpid() << 32);
	uint32_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == (ssize_t)sizeof(number))
		return number;
	return (uint32_t)((mixed * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

struct conn *conn_open(struct conn_home *home)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->home = home;
	conn->state = CONN_CONNECTING;
	conn->opened_at = conn_now(conn);
	conn->group = 1;
	conn->watch.fd = -1;
	conn->encoding = -1;
	if (entries_init(&conn->entries, (size_t)(home->depth + 1) * CONN_ENTRIES) &&
	    prepared_init(&conn->prepared, home->statement_cache, random_number(conn)))
		conn->dial = dial_start(&home->dial, conn_dialled, conn);
	if (!conn->dial) {
		prepared_free(&conn->prepared);
		entries_free(&conn->entries);
		free(conn);
		return NULL;
	}
	return conn;
}

void conn_free(struct conn *conn)
{
	if (!conn)
		return;
	conn_close(conn, QN_OK, "");
	PQclear(conn->prepare_error);
	prepared_free(&conn->prepared);
	entries_free(&conn->entries);
	free(conn);
}

void conn_drop(struct conn *conn)
{
	for (size_t i = 0; i < conn->entries.count; i++)
		PQclear(entries_get(&conn->entries, i)->result);
	PQclear(conn->uncommitted.result);
	dial_drop(conn->dial);
	if (conn->link)
		conn->home->dial.wire->drop(conn->link);
	conn->state = CONN_CLOSED;
	conn->dial = NULL;
	conn->link = NULL;
	conn_free(conn);
}

void conn_drain(struct conn *conn)
{
	if (conn->state == CONN_CONNECTING) {
		conn_close(conn, QN_OK, "not needed any more");
	} else if (conn->state != CONN_CLOSED) {
		conn_set_state(conn, CONN_DRAINING);
		conn_settle(conn);
	}
}

void conn_close(struct conn *conn, qn_status status, const char *message)
{
	if (conn->state == CONN_CLOSED)
		return;
	conn->lost_status = status;
	if (message != conn->lost_message)
		snprintf(conn->lost_message, sizeof(conn->lost_message), "%s", message);
	conn_forget_overdue(conn);
	dial_free(conn->dial);
	conn->dial = NULL;
	conn_unwatch(conn);
	if (conn->link)
		conn->home->dial.wire->finish(conn->link);
	conn->link = NULL;
	conn_set_state(conn, CONN_CLOSED);
}

void conn_keep_last_words(struct conn *conn, const PGresult *result)
{
	const struct wire *wire = conn->home->dial.wire;

	snprintf(conn->last_state, sizeof(conn->last_state), "%.5s",
		 wire->result_field(result, PG_DIAG_SQLSTATE));
	snprintf(conn->last_words, sizeof(conn->last_words), "%s",
		 wire->result_field(result, PG_DIAG_MESSAGE_PRIMARY));
}

/* Why the server ends the session may have been read, and not been looked at yet. */
static void last_words_take(struct conn *conn)
{
	const struct wire *wire = conn->home->dial.wire;
	unsigned nulls = 0;

	while (nulls < 2 && !conn->last_words[0] && !wire->is_busy(conn->link)) {
		PGresult *result = wire->get_result(conn->link);

		nulls = result ? 0 : nulls + 1;
		if (PQresultStatus(result) == PGRES_FATAL_ERROR && wire_is_fatal(wire, result))
			conn_keep_last_words(conn, result);
		PQclear(result);
	}
}

void conn_close_lost(struct conn *conn)
{
	const char *reason = conn->last_words;

	if (conn->state == CONN_CLOSED)
		return;
	last_words_take(conn);
	if (!reason[0])
		reason = conn->home->dial.wire->error(conn->link);
	if (!reason[0])
		reason = "the server closed it";
	snprintf(conn->lost_message, sizeof(conn->lost_message),
		 "the connection to %s was lost: %.*s", conn->where, (int)strcspn(reason, "\n"),
		 reason);
	conn_close(conn, QN_CONNECTION_LOST, conn->lost_message);
}

void conn_notice(void *context, const PGresult *result)
{
	struct conn *conn = context;
	const struct wire *wire = conn->home->dial.wire;
	const char *sqlstate = wire->result_field(result, PG_DIAG_SQLSTATE);
	const char *message = wire->result_field(result, PG_DIAG_MESSAGE_PRIMARY);

	/*
	 * What ends a session comes as a notice when nothing was asked, and a crash of a neighbour
	 * as a warning.
	 */
	if (wire_is_fatal(wire, result) || strncmp(sqlstate, "57P0", 4) == 0)
		conn_keep_last_words(conn, result);
	/* The one thing in it that no setting translates. */
	if (strcmp(wire->result_field(result, PG_DIAG_SOURCE_FUNCTION), "SyncRepWaitForLSN") == 0)
		conn->is_unconfirmed = true;
	conn->home->events->noticed(conn, sqlstate, message);
}
