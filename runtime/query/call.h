/*
 * A call of a model operation on its way to become a request: the one walk over its arguments
 * writes the shape's key and the parameters side by side.
 *
 * Whatever is wrong with the arguments refuses the operation (op_refuse); the walk then goes on,
 * harmlessly, and call_submit completes the operation with the first refusal.
 */
#ifndef QUERN_QUERY_CALL_H
#define QUERN_QUERY_CALL_H

#include "query/shape.h"
#include "session/op.h"

struct call {
	struct qn_op *op;
	const qn_model *model;
	struct shape_registry *registry;
	struct key *key; /* registry->key */
};

/*
 * What is known about a condition before any row is seen. "True" is SQL's TRUE: NULL is as good as
 * FALSE.
 */
enum truth {
	TRUTH_NEVER,  /* no row can satisfy it */
	TRUTH_OF_ROW, /* the server decides */
	TRUTH_ALWAYS, /* every row does: nothing was written for it */
};

/* False when there is no memory for an operation at all. */
bool call_begin(struct call *call, qn_session *session, const qn_model *model,
		enum key_operation operation);
/* Finds the statement, or refuses the operation; the key is free then. */
void call_prepare(struct call *call, unsigned request_flags,
		  qn_status (*finish)(struct qn_op *op, struct outcome *outcome));
/* The same, and queues the operation. */
struct qn_op *call_submit(struct call *call, unsigned request_flags,
			  qn_status (*finish)(struct qn_op *op, struct outcome *outcome));
/* Completes it without sending anything. */
struct qn_op *call_complete(struct call *call);

/* Refuses with QN_USAGE. */
void call_refuse(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the value of a field as a parameter; a value that the field cannot hold refuses the call. */
void call_add_value(struct call *call, const qn_field *field, const void *value);
/*
 * The same for what is compared or computed with, which may be longer, or more precise, than the
 * column.
 */
void call_add_operand(struct call *call, const qn_field *field, const void *value);
/* For a scalar field: an array, { at, len, is_null }, of values to compare with. */
void call_add_list(struct call *call, const qn_field *field, const void *array);
void call_add_null(struct call *call);
void call_add_int64(struct call *call, int64_t value);
/*
 * Adds text with `before` and `after` around it; with `escaped`, for LIKE, where it shall mean
 * itself.
 */
struct pattern {
	const char *text;
	const char *before;
	const char *after;
	bool escaped;
};
void call_add_pattern(struct call *call, const qn_field *field, struct pattern pattern);

/*
 * Walks a where struct of the call's model, up to and with its KEY_END. TRUTH_ALWAYS leaves only
 * that.
 */
enum truth call_walk_where(struct call *call, const void *where);
/* One filter: `filter` is a qn_where_ struct with an op that is set. */
enum truth call_walk_filter(struct call *call, const qn_field *field, const void *filter);

struct join_list;

/* The part of a query that follows its where. */
struct query_shape {
	const qn_query_options *options; /* never NULL */
	const void *query;               /* holds .only; NULL: all columns */
	bool is_reversed;                /* every order term turns round */
	bool orders_by_key;              /* by the primary key when there is no other order */
	bool drops_order;
	uint32_t row_limit;      /* 0: only the query's own */
	struct join_list *joins; /* empty; NULL: what the query loads beside its rows is ignored */
};

/* Writes flags, order, limit, offset, columns and joins. False: provably no row (QN_LIMIT_NONE). */
bool call_walk_options(struct call *call, const struct query_shape *shape);
/* The whole query: its where, NULL for all rows, then its options. False: provably no row. */
bool call_walk_query(struct call *call, const struct query_shape *shape, const void *where);
/* The parts of a model's query struct; of NULL there is no where, and no option is set. */
const void *query_where(const qn_model *model, const void *query);
const qn_query_options *query_options(const void *query);
/* The options where there are none, and no order. */
void call_walk_no_options(struct call *call, unsigned row_limit);
/* True when the options ask for an order, or the model has one. */
bool options_are_ordered(const qn_model *model, const qn_query_options *options);

#endif
