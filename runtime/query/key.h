/*
 * Shape keys: what makes two calls the same statement.
 *
 * A key is a sequence of 16-bit tokens, written by the one walk over a call's arguments and read
 * back by the builder of SQL text: the text is a function of the key alone, so equal keys are the
 * same statement by construction. Values are never part of it, but for booleans and small limits,
 * where they change the plan.
 *
 *   model, operation, then by operation (a list is its length and its elements)
 *     KEY_SELECT, KEY_COUNT, KEY_EXISTS
 *                       where, flags, order terms (a list of pairs), limit, whether there is
 *                       an offset, list of fields, and joins up to the end
 *     KEY_PREFETCH      the model of the parents (as many tokens as a pointer takes), its
 *                       relation's index, then as KEY_SELECT
 *     KEY_INSERT        list of fields, whether the row is wanted, list of fields to return
 *     KEY_UPDATE        list of assignments (pairs of field and qn_set_op), where
 *     KEY_DELETE        where
 *     KEY_SELECT_ROW    list of fields
 *     KEY_UPDATE_ROW    list of assignments
 *     KEY_DELETE_ROW, KEY_DELETE_COUNTED
 *                       nothing
 *     KEY_RELATION_...  the owner's model, its relation's index; KEY_RELATION_CREATE: list of fields
 *                       of the related model; ADD, SET and CREATE of a many to many: list of
 *                       the link's fields beside its keys
 *     KEY_UNIQUE        whether a row is left out, list of unique keys; behind the index of each for
 *                       each of its fields whether it is NULL
 *
 * An empty list of fields to select stands for all fields.
 *
 * A join is the level that it is joined to, the index of that level's relation, whether its rows
 * are loaded, and if so their list of fields. The model of the key is level 0, the first join makes
 * level 1, and so on.
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
	KEY_DELETE_COUNTED,
	KEY_RELATION_ADD,
	KEY_RELATION_SET,
	KEY_RELATION_REMOVE,
	KEY_RELATION_CLEAR,
	KEY_RELATION_CREATE,
	KEY_PREFETCH,
	KEY_UNIQUE,
};

/*
 * A condition is a lookup's number, or one of the four of booleans, followed by a field's index. A
 * group is its token, its alternatives, KEY_END; an alternative is KEY_WHERE, conditions and groups
 * that all hold, KEY_END. What is asked of related rows is its token, the relation's index,
 * conditions and groups on their model, KEY_END; for KEY_RELATED_COUNT one condition on the field 0
 * of a model that has only the count. A whole where is such a sequence up to KEY_END, without
 * KEY_WHERE.
 */
enum key_token {
	KEY_IS_TRUE = QN_LOOKUP_COUNT_,
	KEY_IS_FALSE,
	KEY_IS_NOT_TRUE,
	KEY_IS_NOT_FALSE,
	KEY_ANY_OF,
	KEY_NONE_OF,
	KEY_WHERE,
	KEY_RELATED_SOME,
	KEY_RELATED_NONE,
	KEY_RELATED_EVERY,
	KEY_RELATED_COUNT,
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
	KEY_LEVEL_SHIFT = 3, /* the level of the field from this bit on */
};

/* A limit up to this is in the text: the planner sees it. */
#define KEY_LITERAL_LIMIT_MAX 1000
#define KEY_LIMIT_PARAMETER   0xFFFF
/* Joins of one statement: what a token of an order term has room for. */
#define KEY_LEVELS_MAX 8191

struct key {
	uint16_t *tokens;
	size_t len;
	size_t capacity;
	bool failed; /* out of memory: later additions do nothing */
};

/* Empties the key and begins it for this model and operation. */
void key_begin(struct key *key, const qn_model *model, enum key_operation operation);
/* Another model than the one that the key begins with. */
void key_add_model(struct key *key, const qn_model *model);
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
/* What key_add_model added, which must come next. */
const qn_model *key_next_model(struct key_reader *reader);

/* What KEY_RELATED_COUNT compares: field 0 is the number of related rows. */
extern const qn_model related_count_model;

static inline bool key_is_related(unsigned token)
{
	return token >= KEY_RELATED_SOME && token <= KEY_RELATED_COUNT;
}

/* The next token; KEY_END behind the last. */
static inline unsigned key_next(struct key_reader *reader)
{
	return reader->at < reader->end ? *reader->at++ : (unsigned)KEY_END;
}

#endif
