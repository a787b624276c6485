/*
 * The tables that one statement joins, as the walk over a call's query finds them: what
 * .select_related names, and what an order_by needs.
 *
 * They have numbers, levels: 0 is the statement's own model, level n is at[n - 1]; those that are
 * loaded come first, and each behind the one that it is joined to.
 */
#ifndef QUERN_QUERY_JOIN_H
#define QUERN_QUERY_JOIN_H

#include "query/call.h"

/* Relations may be nested so deep in a query; one that leads back to itself is found by it. */
enum { LOAD_DEPTH_MAX = 16 };

struct join {
	const qn_model *model;
	const qn_relation *relation; /* of the model of `parent` */
	const void *query;           /* that of the related rows; NULL: joined for an order only */
	unsigned parent;             /* a level */
	bool is_ordered;             /* an order term stands for the query's order_by */
};

struct join_list {
	struct join *at; /* memory of the operation's arena */
	size_t len;
	size_t capacity;
	bool has_prefetch; /* of some level */
	/* Whose rows' relation the statement loads; NULL for what the program asked for itself. */
	const struct join_list *above;
	const qn_relation *relation; /* of level `level` there */
	size_t level;
};

/*
 * The relation's query among those of a query's .select_related, or .prefetch_related; NULL: it is
 * not to be loaded.
 */
const void *relation_selected(const qn_relation *relation, const void *query);
const void *relation_prefetched(const qn_relation *relation, const void *query);
/* The same of a _related struct. */
const void *relation_in_hand(const qn_relation *relation, const void *related);

/* Finds what the query loads by joins. Refuses the call when it may not. */
void joins_gather(struct call *call, struct join_list *joins, const void *query);
/*
 * The level of this relation of a level, which is joined without being loaded if it is not there.
 * 0: out of memory, refused.
 */
size_t joins_need(struct call *call, struct join_list *joins, size_t level,
		  const qn_relation *relation);
const qn_model *joins_model(const struct call *call, const struct join_list *joins, size_t level);
/* How many relations lead to the level. */
size_t joins_depth(const struct join_list *joins, size_t level);
/* Refuses because relations are nested too deep, with their names. */
void joins_refuse_depth(struct call *call, const struct join_list *joins, size_t level,
			const qn_relation *relation);

/*
 * The order terms of the key, from level 0 on. Default orders and those of related queries are
 * resolved here; `joins` may be NULL where there is no order to write.
 */
void call_walk_order(struct call *call, const struct query_shape *shape);
/*
 * The columns of the query, then its joins with theirs. order_at: where the order terms are in the
 * key.
 */
void call_walk_columns(struct call *call, const struct query_shape *shape, size_t order_at);

#endif
