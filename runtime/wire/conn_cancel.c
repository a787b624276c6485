/*
 * Requests whose time is over. The server cancels what a session runs, not a certain statement: a
 * cancel may be sent only when the statement that runs is the one that is meant, and nothing that
 * somebody waits for can follow it.
 */
#include "wire/conn.h"

#include <stdlib.h>

struct cancel {
	qn_work work;
	struct conn_home *home; /* NULL: the pool is gone */
	struct conn *conn;      /* NULL: the connection is closed */
	const struct wire *wire;
	struct wire_cancel *wire_cancel;
	struct cancel *next;
};

static void cancel_run(qn_work *work)
{
	struct cancel *cancel = (struct cancel *)work;

	/* Whether it worked shows by the statement's result, or by its absence. */
	(void)cancel->wire->cancel_run(cancel->wire_cancel);
}

static void cancel_unlink(struct conn_home *home, const struct cancel *cancel)
{
	struct cancel **at = &home->cancels;

	while (*at != cancel)
		at = &(*at)->next;
	*at = cancel->next;
	home->cancel_count--;
}

/* A cancel that reaches the server before the statement does is lost. */
static void cancel_ask_again(struct conn *conn)
{
	if (conn->state == CONN_CLOSED || !conn->overdue)
		return;
	conn->cancel_again_at = conn_now(conn) + CONN_CANCEL_AGAIN;
	conn->home->events->overdue(conn);
}

static void cancel_done(qn_work *work, bool cancelled)
{
	struct cancel *cancel = (struct cancel *)work;
	struct conn_home *home = cancel->home;
	struct conn *conn = cancel->conn;

	(void)cancelled;
	cancel->wire->cancel_free(cancel->wire_cancel);
	if (!home) {
		free(cancel);
		return;
	}
	cancel_unlink(home, cancel);
	free(cancel);
	if (conn) {
		conn->cancel = NULL;
		/* A pooler's word that the cancel is through proves nothing. */
		if (home->no_prepared_statements)
			conn_drain(conn);
		cancel_ask_again(conn);
		conn_read(conn);
	}
	home->events->cancel_returned(home->owner);
}

static struct cancel *cancel_start(struct conn *conn)
{
	struct conn_home *home = conn->home;
	struct cancel *cancel = calloc(1, sizeof(*cancel));

	if (!cancel)
		return NULL;
	cancel->work = (qn_work){ .run = cancel_run, .done = cancel_done };
	cancel->home = home;
	cancel->conn = conn;
	cancel->wire = home->dial.wire;
	cancel->wire_cancel = cancel->wire->cancel_new(conn->link);
	if (!cancel->wire_cancel ||
	    home->dial.hooks->work(home->dial.loop, &cancel->work) != QN_OK) {
		if (cancel->wire_cancel)
			cancel->wire->cancel_free(cancel->wire_cancel);
		free(cancel);
		return NULL;
	}
	cancel->next = home->cancels;
	home->cancels = cancel;
	home->cancel_count++;
	return cancel;
}

static bool is_live(const struct entry *entry)
{
	return entry->request && !entry->is_overdue;
}

/* The statement that runs is overdue, and a cancel that comes late hits nobody. */
static bool can_cancel(const struct conn *conn)
{
	const struct entry *head = NULL;
	size_t at = 0;

	while (at < conn->entries.count) {
		head = entries_get(&conn->entries, at);
		if (head->kind == ENTRY_SYNC)
			return false;
		if (head->kind == ENTRY_STATEMENT)
			break;
		at++;
	}
	if (at == conn->entries.count || !head->is_overdue || conn->has_uncommitted)
		return false;
	/* What its own transaction has behind it fails with it. */
	for (at++; at < conn->entries.count; at++)
		if (is_live(entries_get(&conn->entries, at)) && !head->is_pinned)
			return false;
	return true;
}

void conn_cancel_due(struct conn *conn)
{
	if (conn->state == CONN_CLOSED || !conn->overdue || conn->cancel || conn->cancel_sent)
		return;
	if (conn->home->cancel_count >= CONN_CANCELS || !can_cancel(conn))
		return;
	/* Without memory or thread for it the grace runs out, and the connection is closed. */
	conn->cancel = cancel_start(conn);
	conn->cancel_sent = conn->cancel != NULL;
}

void conn_forget_overdue(struct conn *conn)
{
	conn->overdue = 0;
	conn->give_up_at = 0;
	conn->cancel_again_at = 0;
	if (conn->cancel)
		conn->cancel->conn = NULL;
	conn->cancel = NULL;
}

void conn_home_forget_cancels(struct conn_home *home)
{
	for (struct cancel *cancel = home->cancels; cancel; cancel = cancel->next)
		cancel->home = NULL;
	home->cancels = NULL;
	home->cancel_count = 0;
}

static struct entry *entry_of(struct conn *conn, const struct request *request)
{
	if (conn->has_uncommitted && conn->uncommitted.request == request)
		return &conn->uncommitted;
	for (size_t i = 0; i < conn->entries.count; i++) {
		struct entry *entry = entries_get(&conn->entries, i);
		if (entry->request == request)
			return entry;
	}
	return NULL;
}

void conn_overdue(struct conn *conn, struct request *request, bool keep)
{
	struct entry *entry = entry_of(conn, request);

	if (!entry || conn->state == CONN_CLOSED)
		return;
	if (!entry->is_overdue) {
		entry->is_overdue = true;
		conn->overdue++;
	}
	if (!keep)
		entry->request = NULL;
	if (!conn->give_up_at) {
		conn->give_up_at = conn_now(conn) + CONN_GRACE;
		conn->home->events->overdue(conn);
	}
	conn_cancel_due(conn);
}

/*
 * What a transaction has in flight goes with it, however much of it is waited for, and so does what
 * is nobody's.
 */
static bool is_of_others(const struct entry *entry)
{
	return is_live(entry) && !entry->is_pinned && entry->request->state != REQUEST_ORPHAN;
}

static bool serves_others(const struct conn *conn)
{
	if (conn->has_uncommitted && is_of_others(&conn->uncommitted))
		return true;
	for (size_t i = 0; i < conn->entries.count; i++)
		if (is_of_others(entries_get(&conn->entries, i)))
			return true;
	return false;
}

void conn_forsake(struct conn *conn, const char *message)
{
	conn->lane = NULL;
	if (conn->state == CONN_CLOSED)
		return;
	if (!serves_others(conn)) {
		conn_close(conn, QN_CONNECTION_LOST, message);
		return;
	}
	conn_set_state(conn, CONN_DRAINING);
	for (size_t i = 0; i < conn->entries.count; i++) {
		struct entry *entry = entries_get(&conn->entries, i);
		if (entry->kind == ENTRY_STATEMENT && !entry->is_overdue && !is_of_others(entry)) {
			entry->is_overdue = true;
			conn->overdue++;
		}
	}
	conn->give_up_at = conn_now(conn) + CONN_GRACE;
	conn->home->events->overdue(conn);
}

uint64_t conn_look_at(const struct conn *conn)
{
	if (!conn->cancel_again_at || conn->give_up_at < conn->cancel_again_at)
		return conn->give_up_at;
	return conn->cancel_again_at;
}

void conn_cancel_again(struct conn *conn, uint64_t now)
{
	if (!conn->cancel_again_at || now < conn->cancel_again_at)
		return;
	conn->cancel_again_at = 0;
	conn->cancel_sent = false;
	conn_cancel_due(conn);
}

bool conn_is_stuck(const struct conn *conn, uint64_t now)
{
	return conn->state != CONN_CLOSED && conn->give_up_at && now >= conn->give_up_at &&
	       !serves_others(conn);
}
