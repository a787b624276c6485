/*
 * Shape keys: what makes two calls the same statement.
 *
 * A key is a sequence of 16-bit tokens, written by the one walk over a call's arguments and read back by the builder of
 * SQL text: the text is a function of the key alone, so equal keys are the same statement by construction. Values are
 * never part of it, but for booleans and small limits, where they change the plan.
 *
 *   model, operation, then by operation (a list is its length and its elements)
 *     KEY_SELECT, KEY_COUNT, KEY_EXISTS
 *                       where, flags, order terms (a list of pairs), limit, whether there is an offset, list of fields
 *     KEY_INSERT        list of fields, whether the row is wanted, list of fields to return
 *     KEY_UPDATE        list of assignments (pairs of field and qn_set_op), where
 *     KEY_DELETE        where
 *     KEY_SELECT_ROW    list of fields
 *     KEY_UPDATE_ROW    list of assignments
 *     KEY_DELETE_ROW    nothing
 *
 * An empty list of fields to select stands for all fields.
 */
#ifndef QUERN_QUERY_KEY_H
#define QUERN_QUERY_KEY_H

#include <string.h>

#include "quern/model.h"

enum key_operation {
	KEY_SELECT = 1,
	KEY_COUNT,
	KEY_EXISTS,
	KEY_INSERT,
	KEY_UPDATE,
	KEY_DELETE,
	KEY_SELECT_ROW,
	KEY_UPDATE_ROW,
	KEY_DELETE_ROW,
};

/*
 * A condition is a lookup's number, or one of the four of booleans, followed by a field's index. A group is its token, its
 * alternatives, KEY_END; an alternative is KEY_WHERE, conditions and groups that all hold, KEY_END. A whole where is such
 * a sequence up to KEY_END, without KEY_WHERE.
 */
enum key_token {
	KEY_IS_TRUE = QN_LOOKUP_COUNT_,
	KEY_IS_FALSE,
	KEY_IS_NOT_TRUE,
	KEY_IS_NOT_FALSE,
	KEY_ANY_OF,
	KEY_NONE_OF,
	KEY_WHERE,
	KEY_END,
};

enum key_flag {
	KEY_DISTINCT = 1 << 0,
	KEY_SKIP_LOCKED = 1 << 1,
	KEY_NOWAIT = 1 << 2,
	KEY_LOCK_SHIFT = 3, /* qn_lock from this bit on */
};

/* Of an order term, behind the field's index. */
enum key_order {
	KEY_DESCENDING = 1 << 0,
	KEY_NULLS_FIRST = 1 << 1,
	KEY_NULLS_LAST = 1 << 2,
};

/* A limit up to this is in the text: the planner sees it. */
#define KEY_LITERAL_LIMIT_MAX 1000
#define KEY_LIMIT_PARAMETER   0xFFFF

struct key {
	uint16_t *tokens;
	size_t len;
	size_t capacity;
	bool failed; /* out of memory: later additions do nothing */
};

/* Empties the key and begins it for this model and operation. */
void key_begin(struct key *key, const qn_model *model, enum key_operation operation);
/* Gives the memory back. */
void key_free(struct key *key);
/* Makes room for one more token. False: out of memory. */
bool key_grow(struct key *key);
uint64_t key_hash(const struct key *key);

static inline void key_add(struct key *key, unsigned token)
{
	if (key->len == key->capacity && !key_grow(key))
		return;
	key->tokens[key->len++] = (uint16_t)token;
}

static inline void key_add_all(struct key *key, const uint16_t *tokens, size_t count)
{
	while (key->capacity - key->len < count)
		if (!key_grow(key))
			return;
	memcpy(key->tokens + key->len, tokens, count * sizeof(*tokens));
	key->len += count;
}

/* Reads a key from behind its model. */
struct key_reader {
	const uint16_t *at;
	const uint16_t *end;
};

struct key_reader key_read(const uint16_t *tokens, size_t len);

/* The next token; KEY_END behind the last. */
static inline unsigned key_next(struct key_reader *reader)
{
	return reader->at < reader->end ? *reader->at++ : (unsigned)KEY_END;
}

#endif
