/* Answers: from results in the order of the protocol to requests that are done. */
#include "wire/conn.h"

#include <stdio.h>
#include <string.h>

#include "wire/sqlstate.h"

static const char *error_field(const struct conn *conn, const PGresult *result, int field)
{
	return result ? conn->home->dial.wire->result_field(result, field) : "";
}

static bool status_is_error(ExecStatusType status)
{
	return status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED;
}

static bool is_error(const PGresult *result)
{
	return status_is_error(PQresultStatus(result));
}

/* Most often there is none, and libpq would be called for nothing. */
static void result_clear(PGresult *result)
{
	if (result)
		PQclear(result);
}

/* Tells results of one statement with different columns apart. */
static uint32_t row_type_of(const PGresult *result)
{
	int count = PQnfields(result);
	uint32_t digest = UINT32_C(0x811c9dc5) ^ (uint32_t)count;

	for (int i = 0; i < count; i++) {
		digest = (digest ^ PQftype(result, i)) * UINT32_C(0x01000193);
		digest = (digest ^ (uint32_t)PQfformat(result, i)) * UINT32_C(0x01000193);
	}
	return digest ? digest : 1;
}

/* The columns of a prepared statement cannot change: they are looked at once. */
static uint32_t result_row_type(struct conn *conn, const struct entry *entry,
				const PGresult *result)
{
	struct prepared *slot;

	slot = entry->name ? prepared_named(&conn->prepared, entry->statement, entry->name) : NULL;
	if (!slot)
		return row_type_of(result);
	if (!slot->row_type)
		slot->row_type = row_type_of(result);
	return slot->row_type;
}

/* 26000: the statement is gone. 0A000 from this function of the server: its columns changed. */
static bool is_stale(const struct conn *conn, const struct entry *entry, const PGresult *result)
{
	const char *sqlstate = error_field(conn, result, PG_DIAG_SQLSTATE);

	if (!entry->name)
		return false;
	return strcmp(sqlstate, "26000") == 0 ||
	       (strcmp(sqlstate, "0A000") == 0 &&
		strcmp(error_field(conn, result, PG_DIAG_SOURCE_FUNCTION),
		       "RevalidateCachedQuery") == 0);
}

static void statement_forget(struct conn *conn, const struct entry *entry)
{
	struct prepared *slot = prepared_named(&conn->prepared, entry->statement, entry->name);

	/* A change of the schema hits many statements in flight; the first raises the epoch. */
	if (entry->epoch == conn->home->epoch)
		conn->home->epoch++;
	if (slot)
		prepared_forget(&conn->prepared, slot);
}

/* Sending it again must not overtake what its lane sent after it. */
static bool may_repeat(const struct entry *entry)
{
	const struct request *request = entry->request;
	const struct lane *lane = request->lane;

	if (entry->is_pinned || request->attempts >= 3 || request->verdict != QN_OK ||
	    request->state == REQUEST_ORPHAN)
		return false;
	return lane->sent == 1 || ((entry->flags & REQUEST_READ) && lane->sent_writes == 0);
}

static void repeat(struct conn *conn, const struct entry *entry)
{
	entry->request->attempts++;
	conn->home->events->again(conn, entry->request);
}

static qn_status error_status(const struct conn *conn, const struct entry *entry,
			      const PGresult *result)
{
	const char *sqlstate = error_field(conn, result, PG_DIAG_SQLSTATE);
	const struct request *request = entry->request;

	if (strcmp(sqlstate, "57014") == 0 && request->verdict != QN_OK)
		return request->verdict;
	/* The one that was meant may have been done by then, and this one behind it was hit. */
	if (strcmp(sqlstate, "57014") == 0 && request->deadline &&
	    conn_now(conn) >= request->deadline)
		return QN_DEADLINE_EXCEEDED;
	if (is_stale(conn, entry, result))
		return QN_SCHEMA_DRIFT;
	return sqlstate_status(sqlstate);
}

/* Whether its answer says that something is there for good. */
static bool is_commit(const struct entry *entry)
{
	return entry->flags & REQUEST_COMMIT || !(entry->is_pinned || entry->flags & REQUEST_READ);
}

/* Answers the entry's request with this result, which is consumed. */
static void answer(struct conn *conn, const struct entry *entry, PGresult *result,
		   ExecStatusType status)
{
	struct outcome outcome = {
		.result = result,
		.message = "",
		.backend_pid = conn->backend_pid,
	};

	if (entry->is_aborted && status == PGRES_PIPELINE_ABORTED) {
		outcome.status = QN_NOT_EXECUTED;
		outcome.message =
			"not executed because of an error in the same transaction before it";
		PQclear(result);
		outcome.result = NULL;
	} else if (status_is_error(status)) {
		outcome.status = error_status(conn, entry, result);
	} else if (conn->is_unconfirmed && is_commit(entry)) {
		outcome.status = QN_OUTCOME_UNKNOWN;
		outcome.message = "it is committed, but the server was interrupted while it waited "
				  "for its standbys, which may not have it";
	} else if (status == PGRES_TUPLES_OK) {
		outcome.epoch = result_row_type(conn, entry, result);
	}
	if (is_commit(entry))
		conn->is_unconfirmed = false;
	conn->home->events->answered(conn, entry->request, &outcome);
	result_clear(outcome.result);
}

/* The result is the entry's last one. Either it is answered or it is sent again. */
static void conclude(struct conn *conn, const struct entry *entry, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	bool is_failed = status_is_error(status);
	bool is_stale_now = is_failed && is_stale(conn, entry, result);

	if (is_stale_now)
		statement_forget(conn, entry);
	if (is_failed && strcmp(error_field(conn, result, PG_DIAG_SQLSTATE), "25006") == 0)
		conn->was_read_only = true;
	if (!entry->request) {
		PQclear(result);
		return;
	}
	if ((is_stale_now || status == PGRES_PIPELINE_ABORTED) && may_repeat(entry)) {
		PQclear(result);
		repeat(conn, entry);
		return;
	}
	answer(conn, entry, result, status);
}

static void overdue_done(struct conn *conn, const struct entry *entry)
{
	if (!entry->is_overdue)
		return;
	conn->overdue--;
	if (conn->overdue == 0) {
		conn->give_up_at = 0;
		conn->cancel_sent = false;
		conn->cancel_again_at = 0;
	}
}

static void prepare_finish(struct conn *conn, const struct entry *entry)
{
	struct prepared *slot = prepared_named(&conn->prepared, entry->statement, entry->name);

	if (!is_error(entry->result)) {
		conn->home->statements_prepared++;
		if (slot)
			slot->is_confirmed = true;
		PQclear(entry->result);
		return;
	}
	if (slot)
		prepared_forget(&conn->prepared, slot);
	if (entry->is_aborted)
		PQclear(entry->result);
	else
		conn->prepare_error = entry->result;
}

static void statement_finish(struct conn *conn, struct entry *entry)
{
	uint64_t now = conn->read_at;
	uint64_t took = now - conn->head_since;

	conn->statements--;
	conn->head_since = now;
	if (conn->head_was_sent && (!conn->fastest || took < conn->fastest))
		conn->fastest = took;
	conn->head_was_sent = false;
	if (conn->prepare_error) {
		PQclear(entry->result);
		entry->result = conn->prepare_error;
		entry->is_aborted = false;
		conn->prepare_error = NULL;
	}
	if (entry->is_pinned && entry->group == conn->group && is_error(entry->result))
		conn->group_failed = true;
	if (entry->flags & REQUEST_END)
		conn->is_ending = true;
	if (!entry->is_pinned && !(entry->flags & REQUEST_READ)) {
		conn->uncommitted = *entry;
		conn->has_uncommitted = true;
		return;
	}
	overdue_done(conn, entry);
	conclude(conn, entry, entry->result);
}

/* The NULL after a result came: the entry at the front is complete. */
static void front_finish(struct conn *conn)
{
	struct entry entry = *entries_front(&conn->entries);

	entries_pop(&conn->entries);
	switch ((enum entry_kind)entry.kind) {
	case ENTRY_PREPARE:
		prepare_finish(conn, &entry);
		break;
	case ENTRY_STATEMENT:
		statement_finish(conn, &entry);
		break;
	default:
		/* A name is not used twice: what could not be closed only takes memory there. */
		if (is_error(entry.result) && conn->state == CONN_BUSY)
			conn_set_state(conn, CONN_DRAINING);
		PQclear(entry.result);
	}
}

static void uncommitted_finish(struct conn *conn)
{
	struct entry entry = conn->uncommitted;

	conn->has_uncommitted = false;
	conn->uncommitted = (struct entry){ .request = NULL };
	overdue_done(conn, &entry);
	conclude(conn, &entry, entry.result);
}

/* A session that takes writes was asked for: the successor finds the server that does. */
static void leave_read_only(struct conn *conn)
{
	const struct dial_target *dial = &conn->home->dial;

	conn->was_read_only = false;
	if (conn->state == CONN_BUSY &&
	    strcmp(dial->conninfo->session_attributes, "read-write") == 0 &&
	    dial->wire->is_read_only(conn->link))
		conn_set_state(conn, CONN_DRAINING);
}

static bool sync_finish(struct conn *conn)
{
	if (entries_front(&conn->entries)->kind != ENTRY_SYNC) {
		conn_close(conn, QN_PROTOCOL_ERROR,
			   "the server ended a group of statements too early");
		return false;
	}
	entries_pop(&conn->entries);
	conn->sync_failed = false;
	if (conn->is_ending) {
		conn->is_ending = false;
		conn->end_sent = false;
		conn->lane = NULL;
		/* It is "active" while more is in flight, which nothing is of an ending lane. */
		if (conn->home->dial.wire->transaction(conn->link) != PQTRANS_IDLE) {
			conn_close(conn, QN_CONNECTION_LOST, "the transaction did not end");
			return false;
		}
	}
	if (conn->has_uncommitted)
		uncommitted_finish(conn);
	if (conn->was_read_only && conn->state != CONN_CLOSED)
		leave_read_only(conn);
	/* Without a pipeline the next statement waits for the Sync, not for the answer. */
	if (conn->home->no_pipeline && conn->lanes_first && conn->state != CONN_CLOSED)
		conn->home->events->writable(conn);
	return conn->state != CONN_CLOSED;
}

/* The NULL after a statement that went alone stands for its Sync too. */
static bool alone_finish(struct conn *conn)
{
	conn->is_alone = false;
	return sync_finish(conn);
}

/* An error at a Sync: the commit failed, so the write before it did. */
static void commit_failed(struct conn *conn, PGresult *result)
{
	conn->sync_failed = true;
	if (conn->has_uncommitted && !is_error(conn->uncommitted.result)) {
		PQclear(conn->uncommitted.result);
		conn->uncommitted.result = result;
		return;
	}
	conn->home->events->noticed(conn, error_field(conn, result, PG_DIAG_SQLSTATE),
				    error_field(conn, result, PG_DIAG_MESSAGE_PRIMARY));
	PQclear(result);
}

/* Nothing comes after FATAL or PANIC, whatever libpq says; without a SQLSTATE libpq failed. */
static bool error_is_the_end(struct conn *conn, PGresult *result)
{
	bool is_from_server = error_field(conn, result, PG_DIAG_SQLSTATE)[0] != '\0';

	if (is_from_server && !wire_is_fatal(conn->home->dial.wire, result))
		return false;
	if (is_from_server)
		conn_keep_last_words(conn, result);
	PQclear(result);
	if (!is_from_server && !conn->home->dial.wire->is_bad(conn->link))
		conn_close(conn, QN_OUT_OF_MEMORY, "libpq failed, most likely out of memory");
	else
		conn_close_lost(conn);
	return true;
}

static bool take_result(struct conn *conn, PGresult *result)
{
	struct entry *front = entries_front(&conn->entries);
	ExecStatusType status = PQresultStatus(result);

	conn->nulls = 0;
	switch (status) {
	case PGRES_PIPELINE_SYNC:
		PQclear(result);
		return sync_finish(conn);
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		PQclear(result);
		conn_close(conn, QN_NOT_SUPPORTED, "COPY cannot be run as a statement");
		return false;
	case PGRES_FATAL_ERROR:
		if (error_is_the_end(conn, result))
			return false;
		break;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		PQclear(result);
		conn_close(conn, QN_PROTOCOL_ERROR, "the server's answer makes no sense");
		return false;
	}
	if (front->kind == ENTRY_SYNC && !is_error(result)) {
		PQclear(result);
		conn_close(conn, QN_PROTOCOL_ERROR, "the server answered more than it was asked");
		return false;
	}
	if (front->kind == ENTRY_SYNC) {
		commit_failed(conn, result);
		return true;
	}
	result_clear(front->result);
	front->result = result;
	front->is_answered = true;
	front->is_aborted = status == PGRES_PIPELINE_ABORTED;
	return true;
}

static bool take_null(struct conn *conn)
{
	struct entry *front = entries_front(&conn->entries);

	if (front->kind == ENTRY_SYNC && conn->sync_failed) {
		conn->nulls = 0;
		return true;
	}
	if (front->is_answered) {
		conn->nulls = 0;
		front_finish(conn);
		return conn->state != CONN_CLOSED && (!conn->is_alone || alone_finish(conn));
	}
	conn->nulls++;
	if (conn->home->dial.wire->is_bad(conn->link)) {
		conn_close_lost(conn);
		return false;
	}
	if (conn->nulls < 2)
		return true;
	conn_close(conn, QN_PROTOCOL_ERROR, "the server left a statement without an answer");
	return false;
}

/* The Sync behind statements that are all answered: no request's deadline would tell. */
static void watch_end(struct conn *conn)
{
	bool is_owed = conn->entries.count && !conn->statements && !conn->has_uncommitted;

	if (conn->state == CONN_CLOSED || is_owed == (conn->give_up_at != 0))
		return;
	conn->give_up_at = is_owed ? conn_now(conn) + CONN_GRACE : 0;
	if (is_owed)
		conn->home->events->overdue(conn);
}

/* A result's NULL is there with it; but of a statement that went alone it stands for its Sync. */
static bool has_answer(const struct conn *conn)
{
	const struct entry *front = entries_front(&conn->entries);

	return (front->is_answered && !conn->is_alone) ||
	       !conn->home->dial.wire->is_busy(conn->link);
}

void conn_take_results(struct conn *conn)
{
	const struct wire *wire = conn->home->dial.wire;
	bool is_first = true;
	bool goes_on = true;

	while (goes_on && conn->state != CONN_CLOSED && conn->entries.count && has_answer(conn)) {
		PGresult *result = wire->get_result(conn->link);
		if (is_first)
			conn->read_at = conn_now(conn);
		is_first = false;
		goes_on = result ? take_result(conn, result) : take_null(conn);
	}
	if (conn->overdue)
		conn_cancel_due(conn);
	else
		watch_end(conn);
}

/* What counts is whether the server may have done it: a write without an answer is unknown. */
static void fail_entry(struct conn *conn, struct entry *entry)
{
	struct request *request = entry->request;
	struct outcome outcome = {
		.status = conn->lost_status == QN_OK ? QN_CONNECTION_LOST : conn->lost_status,
		.message = conn->lost_message,
		.backend_pid = conn->backend_pid,
	};
	bool is_known = entry->result && is_error(entry->result) && conn->has_uncommitted;

	if (request && is_known) {
		outcome.status = error_status(conn, entry, entry->result);
		outcome.result = entry->result;
		outcome.message = "";
	} else if (is_commit(entry)) {
		outcome.status = QN_OUTCOME_UNKNOWN;
	} else if (request && request->verdict != QN_OK) {
		outcome.status = request->verdict;
	}
	if (!outcome.result)
		PQclear(entry->result);
	if (request)
		conn->home->events->answered(conn, request, &outcome);
	PQclear(outcome.result);
}

void conn_fail_requests(struct conn *conn)
{
	if (conn->has_uncommitted) {
		struct entry entry = conn->uncommitted;
		fail_entry(conn, &entry);
		conn->has_uncommitted = false;
	}
	while (conn->entries.count) {
		struct entry entry = *entries_front(&conn->entries);
		entries_pop(&conn->entries);
		fail_entry(conn, &entry);
	}
	PQclear(conn->prepare_error);
	conn->prepare_error = NULL;
}
