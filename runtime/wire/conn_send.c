/* Sending: which statements are prepared, and which share a Sync. */
#include "wire/conn.h"

/*
 * Nanoseconds. What has to wait for an answer to a statement that went alone loses about as much.
 */
static const uint64_t quick_round_trip = 300000;

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

static void sync_entry_add(struct conn *conn)
{
	entry_add(conn, ENTRY_SYNC);
	conn->group++;
	conn->group_size = 0;
	conn->group_failed = false;
	conn->needs_flush_request = false;
	conn->needs_flush = true;
}

/*
 * False also when libpq refuses: without its Sync what was sent may never be answered, so there is
 * no going on.
 */
bool conn_send_sync(struct conn *conn)
{
	if (!conn->home->dial.wire->send_sync(conn->link)) {
		conn_close_lost(conn);
		return false;
	}
	sync_entry_add(conn);
	return true;
}

static size_t request_size(const struct request *request)
{
	int count = request->statement->parameter_count;
	size_t size = 64 + 8 * (size_t)count;

	/* Of what is NULL the length is 0. */
	for (int i = 0; i < count; i++)
		size += (size_t)request->lengths[i];
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

/*
 * Prepares the statement right before its first use. False: the link failed; *slot NULL: goes
 * unprepared.
 */
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
 * A statement whose Parse is in an earlier group that is not answered yet may turn out not to be
 * there, for an error may have skipped it: it is used from its own group, or once it was confirmed.
 * What has to work in a broken transaction relies on confirmed ones only.
 */
static bool is_usable(const struct conn *conn, const struct prepared *slot, unsigned flags)
{
	if (slot->is_confirmed)
		return true;
	return slot->group == conn->group && !(flags & REQUEST_IN_BROKEN);
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
	if (found && found->is_confirmed && found->epoch != conn->home->epoch &&
	    (!conn->lane || request->flags & REQUEST_BEGIN)) {
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
	if (request->flags & REQUEST_IN_BROKEN)
		return true;
	return prepare(conn, statement, slot);
}

/* Before a statement is sent that nothing in flight holds up. */
static void head_begin(struct conn *conn)
{
	conn->head_since = conn->home->turn_at;
	conn->head_was_sent = true;
}

/* `slot` NULL: it went unprepared. */
static void add_statement(struct conn *conn, struct request *request, const struct prepared *slot)
{
	struct entry *entry = entry_add(conn, ENTRY_STATEMENT);

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
}

static bool send_statement(struct conn *conn, struct request *request)
{
	const struct wire *wire = conn->home->dial.wire;
	struct prepared *slot;
	bool was_sent;

	if (conn->left_pipeline && !wire->enter_pipeline(conn->link))
		return false;
	conn->left_pipeline = false;
	if (!choose_prepared(conn, request, &slot))
		return false;
	if (slot)
		was_sent = wire->send_prepared(conn->link, slot->text, request);
	else
		was_sent = wire->send_unprepared(conn->link, request);
	if (was_sent)
		add_statement(conn, request, slot);
	return was_sent;
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
	if (conn->is_alone)
		return false;
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
	if (request->flags & REQUEST_BEGIN) {
		conn->lane = request->lane;
		conn->pinned_since = conn->home->turn_at;
	}
	is_joined = conn->group_size > 0 && !conn->lane;
	if (conn->statements == 0)
		head_begin(conn);
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

/*
 * What begins a transaction is followed by something, what is inside needs no Sync, and its end has
 * one.
 */
static bool is_a_group(const struct conn *conn, const struct request *request)
{
	if (conn->lane)
		return (request->flags & REQUEST_END) && !conn->group_failed;
	return !(request->flags & REQUEST_BEGIN);
}

static bool may_go_alone(const struct conn *conn, const struct request *request)
{
	return conn->home->dial.wire->send_alone && !conn->home->no_pipeline &&
	       is_a_group(conn, request) && conn->entries.count == 0 && !conn->has_uncommitted &&
	       conn->fastest && conn->fastest < quick_round_trip;
}

/* Whether there is nothing to prepare first. `slot` NULL then: it is never prepared. */
static bool is_prepared(struct conn *conn, const struct statement *statement,
			struct prepared **slot)
{
	*slot = NULL;
	if (statement->id == 0 || conn->home->no_prepared_statements)
		return true;
	*slot = prepared_find(&conn->prepared, statement->id);
	/* In a transaction nothing is prepared anew. */
	return *slot && (*slot)->is_confirmed &&
	       ((*slot)->epoch == conn->home->epoch || conn->lane);
}

bool conn_send_alone(struct conn *conn, struct request *request)
{
	const struct wire *wire = conn->home->dial.wire;
	struct prepared *slot;

	if (!may_go_alone(conn, request) || !is_prepared(conn, request->statement, &slot))
		return conn_send(conn, request);
	conn->left_pipeline = true;
	if (!wire->send_alone(conn->link, slot ? slot->text : NULL, request)) {
		conn_close_lost(conn);
		return false;
	}
	conn->is_alone = true;
	head_begin(conn);
	add_statement(conn, request, slot);
	sync_entry_add(conn);
	request->conn = conn;
	request->state = REQUEST_SENT;
	conn->end_sent = conn->lane != NULL;
	conn_set_state(conn, conn->state == CONN_DRAINING ? CONN_DRAINING : CONN_BUSY);
	return true;
}

void conn_sent(struct conn *conn, const struct request *request)
{
	if (needs_sync_after(conn, request))
		(void)conn_send_sync(conn);
}
