/* Sending: which statements are prepared, and which share a Sync. */
#include "wire/conn.h"

/* Of bytes that wait in libpq; beyond it each further send makes system calls that fail. */
static const size_t unflushed_limit = 100000;

bool conn_has_room(const struct conn *conn)
{
	if (conn->state != CONN_IDLE && conn->state != CONN_BUSY &&
	    !(conn->state == CONN_DRAINING && conn->lane))
		return false;
	return conn->statements < conn->home->depth &&
	       entries_room(&conn->entries) >= CONN_ENTRIES && !conn->overdue && !conn->cancel &&
	       !conn->flush_waits && conn->unflushed < unflushed_limit && !conn->end_sent &&
	       !(conn->home->no_pipeline && (conn->entries.count || conn->has_uncommitted));
}

static struct entry *entry_add(struct conn *conn, enum entry_kind kind)
{
	struct entry *entry = entries_push(&conn->entries);

	entry->kind = (uint8_t)kind;
	entry->group = conn->group;
	entry->is_pinned = conn->lane != NULL;
	if (kind != ENTRY_SYNC)
		conn->group_size++;
	return entry;
}

/* False also when libpq refuses: without its Sync what was sent may never be answered, so there is no going on. */
bool conn_send_sync(struct conn *conn)
{
	if (!conn->home->dial.wire->send_sync(conn->link)) {
		conn_close_lost(conn);
		return false;
	}
	entry_add(conn, ENTRY_SYNC);
	conn->group++;
	conn->group_size = 0;
	conn->group_failed = false;
	conn->needs_flush_request = false;
	conn->needs_flush = true;
	return true;
}

static size_t request_size(const struct request *request)
{
	size_t size = 64;

	for (int i = 0; i < request->statement->parameter_count; i++)
		size += request->values[i] ? (size_t)request->lengths[i] + 8 : 8;
	return size;
}

static bool close_name(struct conn *conn, uint32_t number)
{
	char name[PREPARED_NAME];

	prepared_name(&conn->prepared, number, name);
	if (!conn->home->dial.wire->send_close(conn->link, name))
		return false;
	entry_add(conn, ENTRY_CLOSE)->name = number;
	return true;
}

/* Prepares the statement right before its first use. False: the link failed; *slot NULL: goes unprepared. */
static bool prepare(struct conn *conn, const struct statement *statement, struct prepared **slot)
{
	struct entry *entry;
	uint32_t evicted;

	*slot = prepared_add(&conn->prepared, statement->id, &evicted);
	if (!*slot)
		return true;
	(*slot)->group = conn->group;
	(*slot)->epoch = conn->home->epoch;
	if (evicted && !close_name(conn, evicted))
		return false;
	if (!conn->home->dial.wire->send_prepare(conn->link, (*slot)->text, statement))
		return false;
	conn->unflushed += str_from_cstring(statement->sql).len;
	entry = entry_add(conn, ENTRY_PREPARE);
	entry->statement = statement->id;
	entry->name = (*slot)->name;
	return true;
}

/*
 * A statement whose Parse is in an earlier group that is not answered yet may turn out not to be there, for an error may
 * have skipped it: it is used from its own group, or once it was confirmed. What has to work in a broken
 * transaction relies on confirmed ones only.
 */
static bool is_usable(const struct conn *conn, const struct prepared *slot, unsigned flags)
{
	if (slot->is_confirmed)
		return true;
	return slot->group == conn->group && !(flags & (REQUEST_END | REQUEST_IN_BROKEN));
}

static bool choose_prepared(struct conn *conn, const struct request *request,
			    struct prepared **slot)
{
	const struct statement *statement = request->statement;
	struct prepared *found;

	*slot = NULL;
	if (statement->id == 0 || conn->home->no_prepared_statements)
		return true;
	found = prepared_find(&conn->prepared, statement->id);
	if (found && found->is_confirmed && found->epoch != conn->home->epoch && !conn->lane) {
		uint32_t stale = found->name;
		prepared_forget(&conn->prepared, found);
		if (!close_name(conn, stale))
			return false;
		found = NULL;
	}
	if (found) {
		*slot = is_usable(conn, found, request->flags) ? found : NULL;
		return true;
	}
	if (request->flags & (REQUEST_END | REQUEST_IN_BROKEN))
		return true;
	return prepare(conn, statement, slot);
}

static bool send_statement(struct conn *conn, struct request *request)
{
	const struct wire *wire = conn->home->dial.wire;
	struct prepared *slot;
	struct entry *entry;
	bool was_sent;

	if (!choose_prepared(conn, request, &slot))
		return false;
	if (slot)
		was_sent = wire->send_prepared(conn->link, slot->text, request);
	else
		was_sent = wire->send_unprepared(conn->link, request);
	if (!was_sent)
		return false;
	entry = entry_add(conn, ENTRY_STATEMENT);
	entry->request = request;
	entry->lane = request->lane;
	entry->flags = request->flags;
	entry->epoch = conn->home->epoch;
	if (slot) {
		entry->statement = slot->statement;
		entry->name = slot->name;
		entry->epoch = slot->epoch;
	}
	conn->statements++;
	conn->unflushed += request_size(request);
	conn->needs_flush = true;
	return true;
}

/* Whether a Sync has to stand between what is in the group already and this request. */
static bool needs_sync_before(const struct conn *conn, const struct request *request)
{
	if (conn->group_size == 0)
		return false;
	if (request->flags & REQUEST_BEGIN)
		return true;
	if (conn->lane)
		return conn->group_failed || (request->flags & REQUEST_IN_BROKEN);
	return !(request->flags & REQUEST_READ) || request->attempts > 0;
}

static bool needs_sync_after(const struct conn *conn, const struct request *request)
{
	if (conn->home->no_pipeline)
		return true;
	if (conn->lane)
		return (request->flags & REQUEST_END) != 0;
	return !(request->flags & REQUEST_READ) || request->attempts > 0;
}

bool conn_send(struct conn *conn, struct request *request)
{
	bool is_joined;

	if (needs_sync_before(conn, request) && !conn_send_sync(conn))
		return false;
	if (request->flags & REQUEST_BEGIN)
		conn->lane = request->lane;
	is_joined = conn->group_size > 0 && !conn->lane;
	if (conn->statements == 0)
		conn->head_since = conn->home->turn_at;
	if (!send_statement(conn, request)) {
		/* The transaction has not begun: another connection may have it. */
		if (request->flags & REQUEST_BEGIN)
			conn->lane = NULL;
		conn_close_lost(conn);
		return false;
	}
	request->conn = conn;
	request->state = is_joined ? REQUEST_SENT_JOINED : REQUEST_SENT;
	conn_set_state(conn, conn->state == CONN_DRAINING ? CONN_DRAINING : CONN_BUSY);
	if (conn->lane)
		conn->needs_flush_request = true;
	if (request->flags & REQUEST_END)
		conn->end_sent = true;
	return true;
}

void conn_sent(struct conn *conn, const struct request *request)
{
	if (needs_sync_after(conn, request))
		(void)conn_send_sync(conn);
}
