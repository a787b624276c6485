#include "pool/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum {
	LANES_LOOKED_AT = 2 * BATCH_KEYS,
	SLOT_BITS = 7,
	SLOTS = 1 << SLOT_BITS,
	KEYS_KEPT = 4096, /* bytes of the array that a free batch keeps */
};

struct batch {
	struct request request; /* first: what the connection sees */
	struct lane lane;
	const struct batch_form *form;
	struct request *first; /* members, in the order of their keys */
	struct request *last;
	bool is_answered;
	struct buf keys;
	const char *values[1];
	int lengths[1];
	int formats[1];
	struct batch *next_made;
	struct batch *next_free;
};

_Static_assert(SLOTS >= 2 * BATCH_KEYS, "half of the slots stay empty");

/* Those that are about to be a batch. */
struct gathering {
	const struct batch_form *form;
	struct request *members[BATCH_KEYS];
	uint32_t count;
};

static struct batch *batch_new(qn_pool *pool)
{
	struct batch *batch = pool->free_batches;

	if (batch) {
		pool->free_batches = batch->next_free;
		return batch;
	}
	batch = calloc(1, sizeof(*batch));
	if (!batch)
		return NULL;
	batch->next_made = pool->batches;
	pool->batches = batch;
	return batch;
}

static void batch_recycle(qn_pool *pool, struct batch *batch)
{
	if (batch->keys.capacity > KEYS_KEPT)
		buf_free(&batch->keys);
	batch->next_free = pool->free_batches;
	pool->free_batches = batch;
}

void batches_free(qn_pool *pool)
{
	while (pool->batches) {
		struct batch *batch = pool->batches;

		pool->batches = batch->next_made;
		buf_free(&batch->keys);
		free(batch);
	}
	pool->free_batches = NULL;
}

/*
 * Those that were sent once already go alone: whatever they met in company, they shall not meet it
 * again.
 */
static bool is_keyed(const struct request *request)
{
	return (request->flags & REQUEST_KEYED) && request->statement->batch_form &&
	       request->attempts == 0 && !request->lane->pinned && request->values[0] &&
	       request->lengths[0] <= BATCH_KEY_BYTES;
}

static void gather_of_lane(struct gathering *gathering, const struct lane *lane)
{
	struct request *request = lane->first;

	while (request && gathering->count < BATCH_KEYS && is_keyed(request) &&
	       request->statement->batch_form == gathering->form) {
		gathering->members[gathering->count++] = request;
		request = request->next;
	}
}

/* False: there are not two. */
static bool gather(struct gathering *gathering, const qn_pool *pool)
{
	const struct lane *lane = pool->waiting_first;
	unsigned left = LANES_LOOKED_AT;

	gathering->count = 0;
	if (!is_keyed(lane->first))
		return false;
	gathering->form = lane->first->statement->batch_form;
	for (; lane && left > 0; lane = lane->next, left--)
		gather_of_lane(gathering, lane);
	return gathering->count > 1;
}

/* The binary form of an array of one dimension without NULL. */
static bool keys_write(struct buf *keys, const struct gathering *gathering)
{
	buf_clear(keys);
	buf_add_be32(keys, 1);
	buf_add_be32(keys, 0);
	buf_add_be32(keys, gathering->form->key_type);
	buf_add_be32(keys, gathering->count);
	buf_add_be32(keys, 1);
	for (uint32_t i = 0; i < gathering->count; i++) {
		const struct request *member = gathering->members[i];

		buf_add_be32(keys, (uint32_t)member->lengths[0]);
		buf_add_bytes(keys, member->values[0], (size_t)member->lengths[0]);
	}
	return !keys->failed;
}

static void batch_begin(struct batch *batch, const struct gathering *gathering)
{
	batch->form = gathering->form;
	batch->is_answered = false;
	batch->values[0] = batch->keys.at;
	batch->lengths[0] = (int)batch->keys.len;
	batch->formats[0] = 1;
	batch->lane = (struct lane){ .in_flight = 1, .sent = 1 };
	batch->request = (struct request){
		.lane = &batch->lane,
		.statement = &gathering->form->statement,
		.values = batch->values,
		.lengths = batch->lengths,
		.formats = batch->formats,
		.flags = REQUEST_READ | REQUEST_BATCH,
	};
}

static void batch_add(struct batch *batch, struct request *member)
{
	member->batch = batch;
	member->row = -1;
	member->next = NULL;
	member->previous = batch->last;
	if (batch->last)
		batch->last->next = member;
	else
		batch->first = member;
	batch->last = member;
}

static void batch_remove(struct request *member)
{
	struct batch *batch = member->batch;

	if (member->previous)
		member->previous->next = member->next;
	else
		batch->first = member->next;
	if (member->next)
		member->next->previous = member->previous;
	else
		batch->last = member->previous;
	member->next = NULL;
	member->previous = NULL;
	member->batch = NULL;
}

/* From its lane's queue into the batch, which the connection has taken. */
static void member_sent(qn_pool *pool, struct batch *batch, struct request *member)
{
	struct lane *lane = member->lane;

	lane_stop_waiting(pool, lane);
	lane_remove(pool, member);
	batch_add(batch, member);
	member->state = REQUEST_SENT_JOINED;
	member->conn = batch->request.conn;
	lane->conn = member->conn;
	lane->sent++;
	lane->sent_joined++;
	lane_wait(pool, lane);
}

bool batch_dispatch(qn_pool *pool, struct conn *conn)
{
	struct gathering gathering;
	struct batch *batch;

	if (!gather(&gathering, pool))
		return false;
	batch = batch_new(pool);
	if (!batch)
		return false;
	if (!keys_write(&batch->keys, &gathering)) {
		batch_recycle(pool, batch);
		return false;
	}
	batch_begin(batch, &gathering);
	batch->lane.conn = conn;
	pool_mark_dirty(pool, conn);
	if (!conn_send(conn, &batch->request)) {
		batch_recycle(pool, batch);
		return true;
	}
	for (uint32_t i = 0; i < gathering.count; i++)
		member_sent(pool, batch, gathering.members[i]);
	pool->coalesced += gathering.count;
	/* Last: a connection that is closed here has the members fail with it. */
	conn_sent(conn, &batch->request);
	return true;
}

static void member_again(qn_pool *pool, struct request *member)
{
	batch_remove(member);
	member->attempts++;
	lane_forget_sent(pool, member);
	lane_push_again(pool, member);
}

static void members_again(qn_pool *pool, struct batch *batch)
{
	while (batch->first)
		member_again(pool, batch->first);
	batch_recycle(pool, batch);
}

/* Members by their key. */
struct key_table {
	struct request *members[BATCH_KEYS];
	uint8_t same[BATCH_KEYS]; /* the next one of the same key, plus one */
	uint8_t slots[SLOTS];     /* the first one of a key, plus one */
};

/* Every bit of the key shows in the highest ones of the product. */
static size_t key_slot(struct str key)
{
	uint64_t hash = key.len;
	uint64_t part = 0;

	while (key.len > sizeof(part)) {
		memcpy(&part, key.at, sizeof(part));
		hash = (hash ^ part) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
		key.at += sizeof(part);
		key.len -= sizeof(part);
	}
	part = 0;
	memcpy(&part, key.at, key.len);
	hash = (hash ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(hash >> (64 - SLOT_BITS));
}

static struct str member_key(const struct request *member)
{
	return (struct str){ member->values[0], (size_t)member->lengths[0] };
}

/* Where the key's first member is, or would be. */
static uint8_t *table_find(struct key_table *table, struct str key)
{
	size_t at = key_slot(key);

	while (table->slots[at]) {
		struct str other = member_key(table->members[table->slots[at] - 1]);

		if (other.len == key.len && memcmp(other.at, key.at, key.len) == 0)
			break;
		at = (at + 1) & (SLOTS - 1);
	}
	return &table->slots[at];
}

static void table_fill(struct key_table *table, const struct batch *batch)
{
	uint8_t count = 0;

	memset(table->slots, 0, sizeof(table->slots));
	for (struct request *member = batch->first; member; member = member->next) {
		uint8_t *slot = table_find(table, member_key(member));

		table->members[count] = member;
		table->same[count] = *slot;
		*slot = ++count;
	}
}

/* Gives each member its row. False: these are not the rows of unique keys. */
static bool rows_match(const struct batch *batch, const PGresult *result)
{
	int column = batch->form->key_column;
	struct key_table table;

	if (column >= PQnfields(result))
		return false;
	table_fill(&table, batch);
	for (int row = 0; row < PQntuples(result); row++) {
		struct str key = { PQgetvalue(result, row, column),
				   (size_t)PQgetlength(result, row, column) };
		uint8_t at = *table_find(&table, key);

		if (!at || table.members[at - 1]->row >= 0)
			return false;
		for (; at; at = table.same[at - 1])
			table.members[at - 1]->row = row;
	}
	return true;
}

/* Classes of SQLSTATE that say nothing of the keys, or of the rows. */
static const char *const shared_classes[] = {
	"08", "25", "26", "40", "42", "53", "55", "57", "58"
};

static bool may_be_ones_fault(const qn_pool *pool, const struct outcome *outcome)
{
	const char *sqlstate;

	if (!outcome->result)
		return false;
	sqlstate = pool->home.dial.wire->result_field(outcome->result, PG_DIAG_SQLSTATE);
	for (size_t i = 0; i < sizeof(shared_classes) / sizeof(shared_classes[0]); i++)
		if (strncmp(sqlstate, shared_classes[i], 2) == 0)
			return false;
	return true;
}

/* Members that are still to be told may leave while another one calls back. */
static void members_finish(qn_pool *pool, struct batch *batch, const struct outcome *outcome)
{
	bool is_exact = batch->form->is_exact;

	batch->is_answered = true;
	while (batch->first) {
		struct request *member = batch->first;
		struct outcome own = *outcome;

		own.is_shared = true;
		own.row = member->row;
		if (own.status == QN_OK && own.row < 0 && !is_exact) {
			member_again(pool, member);
			continue;
		}
		batch_remove(member);
		pool_finish(pool, member, &own);
	}
	batch_recycle(pool, batch);
}

void batch_answered(qn_pool *pool, struct request *request, const struct outcome *outcome)
{
	struct batch *batch = (struct batch *)request;
	bool go_alone;

	if (outcome->status == QN_OK)
		go_alone = !rows_match(batch, outcome->result);
	else
		go_alone = may_be_ones_fault(pool, outcome);
	if (go_alone)
		members_again(pool, batch);
	else
		members_finish(pool, batch, outcome);
}

void batch_again(qn_pool *pool, struct request *request)
{
	members_again(pool, (struct batch *)request);
}

void batch_leave(qn_pool *pool, struct request *member)
{
	struct batch *batch = member->batch;
	struct conn *conn = member->conn;

	batch_remove(member);
	/* What a closed connection had is answered with it, members or not. */
	if (batch->first || batch->is_answered || conn->state == CONN_CLOSED)
		return;
	conn_overdue(conn, &batch->request, false);
	batch_recycle(pool, batch);
}

static void batch_abandon(qn_pool *pool, struct batch *batch, const struct lane *lane)
{
	struct request *next;

	for (struct request *member = batch->first; member; member = next) {
		next = member->next;
		if (member->lane != lane)
			continue;
		batch_leave(pool, member);
		pool_finish_later(pool, member, QN_CANCELLED);
	}
}

void batches_abandon(qn_pool *pool, const struct lane *lane)
{
	for (struct batch *batch = pool->batches; batch; batch = batch->next_made)
		batch_abandon(pool, batch, lane);
}
