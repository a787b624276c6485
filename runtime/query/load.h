/*
 * Loading relations by statements of their own: .prefetch_related, and load_related for rows in
 * hand.
 *
 * Each relation of each level is a step: a part (session/parts.h) whose parameters and text are
 * made with the operation, but for the keys of the rows that it is for, which are known when those
 * have been read. Steps that are for the same rows go out together. What was read is tied to the
 * rows when all steps are done, so that a failure leaves no trace.
 */
#ifndef QUERN_QUERY_LOAD_H
#define QUERN_QUERY_LOAD_H

#include "query/join.h"
#include "query/key_slots.h"
#include "query/rows.h"
#include "session/parts.h"

enum load_kind {
	LOAD_LIST,    /* of rows, into op->out */
	LOAD_ROW,     /* the first, into op->out */
	LOAD_IN_HAND, /* nothing: the rows are there */
};

/* Keys by their bytes on the wire; those of several parts have lengths before each. */
struct key_table {
	struct key_slots slots;
	const char *bytes; /* of all whose hashes do not say it all, one behind the other */
	size_t *ends;      /* of each in `bytes` */
};

struct load_step {
	struct load_step *next;   /* of all: each behind the one that it is for */
	struct load_step *parent; /* NULL: the rows that the program asked for */
	struct qn_op *op;         /* the whole, or the part */
	const qn_model *model;    /* of what is read */
	const void *query;
	/* Of the model of the parent's level `level`; NULL without a parent. */
	const qn_relation *relation;
	size_t level;
	struct join_list joins; /* of the statement */

	/*
	 * The rows that it is for have keys, each of which has a number once; which number each row
	 * has.
	 */
	uint32_t *groups;
	size_t group_count;
	struct key_table keys; /* where the rows say by its value which they belong to */

	struct rows rows; /* what was read, group by group */
	/* Where the rows of each group begin, and the end; NULL: there are none. */
	uint32_t *starts;
};

struct load {
	struct load_step root;
	struct load_step *last;
	enum load_kind kind;
};

/* Of a row with a NULL in its key. */
#define LOAD_NO_GROUP UINT32_MAX

/*
 * Submits a call with a query that prefetches something. may_match: false when the query provably
 * finds nothing, so that nothing is sent.
 */
struct qn_op *load_submit(struct call *call, const struct query_shape *shape, bool may_match,
			  enum load_kind kind);

/*
 * The first half: all statements are ready, but nothing is sent. The operation is refused when
 * something is wrong, and then has no statement.
 */
void load_plan(struct call *call, const struct query_shape *shape, bool may_match,
	       enum load_kind kind);
/*
 * load_again.c: gives an operation, whose statement returns other rows of the same query, what a
 * planned one would load into them, with copies of its parameters. The planned one is never sent,
 * and outlives it. False: out of memory, refused.
 */
bool load_repeat(struct qn_op *op, const struct qn_op *planned);
/* load.c: makes the operation a whole that loads nothing yet. NULL: out of memory, refused. */
struct load *load_new(struct qn_op *op, const qn_model *model, enum load_kind kind);
/* The finish of parts, and of a whole that has a statement. */
QN_MUST_CHECK qn_status load_part_finish(struct qn_op *op, struct outcome *outcome);
QN_MUST_CHECK qn_status load_whole_finish(struct qn_op *op, struct outcome *outcome);

/* Rows one behind the other. */
struct row_set {
	char *at;
	size_t len;
	const qn_model *model;
};

static inline char *row_set_at(const struct row_set *set, size_t index)
{
	return set->at + index * set->model->row_size;
}

/* The rows that the step is for; they have been read. */
struct row_set load_parents(const struct load_step *step);

/*
 * load_keys.c: numbers the keys of the rows that the step is for, and gives them to its statement.
 * False: it failed.
 */
bool load_keys(struct load_step *step);
/*
 * Whether the key with this number is that one, when their hashes are the same and do not say it.
 */
bool key_table_has(const struct key_table *table, uint32_t number, struct str key);

/* The slot of this key, or the empty one that it belongs into. The table has room. */
static inline uint32_t *key_table_slot(const struct key_table *table, struct key_hash hash,
				       struct str key)
{
	const struct key_slots *slots = &table->slots;
	uint32_t *slot = key_slots_first(slots, hash);

	while (*slot && !(key_slots_match(slots, slot, hash) &&
			  (hash.is_exact || key_table_has(table, *slot - 1, key))))
		slot = key_slots_next(slots, slot);
	return slot;
}

/* load_rows.c: reads the step's rows, group by group. */
QN_MUST_CHECK qn_status load_read(struct load_step *step, struct outcome *outcome);
/* Ties the step's rows to those that it is for. */
void load_tie(const struct load_step *step);

#endif
