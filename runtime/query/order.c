/*
 * Order terms: fields, and relations, which stand for the order of their rows.
 */
#include "query/join.h"

struct order_scan {
	struct call *call;
	struct join_list *joins;
	size_t start; /* of the terms in the key */
	size_t count;
	bool is_reversed;
};

/* What a term says beside its field or relation. */
struct direction {
	bool is_descending;
	uint32_t nulls; /* 0: the server's default, 1: first, 2: last */
};

enum { ORDER_NULLS_UNIT = 0x10000 };

static void add_terms(struct order_scan *scan, size_t level, const int32_t *terms, size_t count,
		      struct direction around);

bool options_are_ordered(const qn_model *model, const qn_query_options *options)
{
	return options->order_by[0] || (!options->unordered && model->order_by_len);
}

static unsigned direction_flags(const struct order_scan *scan, struct direction direction)
{
	unsigned flags = 0;

	if (direction.is_descending != scan->is_reversed)
		flags |= KEY_DESCENDING;
	if (direction.nulls)
		flags |= (direction.nulls == 1) != scan->is_reversed ? KEY_NULLS_FIRST
								     : KEY_NULLS_LAST;
	return flags;
}

static void order_add(struct order_scan *scan, size_t level, unsigned field,
		      struct direction direction)
{
	struct key *key = scan->call->key;

	for (size_t i = 0; i < scan->count && !key->failed; i++) {
		const uint16_t *term = key->tokens + scan->start + 2 * i;

		if (term[0] == field && (size_t)term[1] >> KEY_LEVEL_SHIFT == level)
			return;
	}
	key_add(key, field);
	key_add(key, direction_flags(scan, direction) | (unsigned)level << KEY_LEVEL_SHIFT);
	scan->count++;
}

/* A foreign key that is NULL in a part of it refers to no row, whose fields would all be NULL. */
static bool key_stands_for_row(const qn_relation *relation)
{
	return relation->kind == QN_RELATION_FORWARD &&
	       (relation->own_len == 1 || !relation->is_nullable);
}

/* A field of a related row. That which the foreign key holds too needs no join. */
static void add_related_field(struct order_scan *scan, size_t level, const qn_relation *relation,
			      unsigned field, struct direction direction)
{
	size_t related;

	for (size_t i = 0; key_stands_for_row(relation) && i < relation->other_len; i++) {
		if (relation->other[i] == field) {
			order_add(scan, level, relation->own[i], direction);
			return;
		}
	}
	related = joins_need(scan->call, scan->joins, level, relation);
	if (related)
		order_add(scan, related, field, direction);
}

static struct direction direction_within(struct direction around, bool is_descending,
					 uint32_t nulls)
{
	struct direction direction = { is_descending != around.is_descending, nulls };

	if (around.is_descending && nulls)
		direction.nulls = 3 - nulls;
	if (around.nulls)
		direction.nulls = around.nulls;
	return direction;
}

/* The order of the related rows: their query's, their model's, their key's. */
static void add_relation(struct order_scan *scan, size_t level, const qn_relation *relation,
			 struct direction direction)
{
	const qn_model *model = relation->model;
	const qn_query_options *options = NULL;

	if (relation->kind == QN_RELATION_REVERSE || relation->kind == QN_RELATION_MANY) {
		call_refuse(scan->call, "%s can be many rows, which no row can be ordered by",
			    relation->name);
		return;
	}
	if (joins_depth(scan->joins, level) == LOAD_DEPTH_MAX) {
		joins_refuse_depth(scan->call, scan->joins, level, relation);
		return;
	}
	for (size_t i = 0; i < scan->joins->len; i++) {
		struct join *join = &scan->joins->at[i];

		if (join->parent != level || join->relation != relation || !join->query)
			continue;
		join->is_ordered = true;
		options = join->query;
	}
	if ((options && options->order_by[0]) || model->order_by_len) {
		size_t related = joins_need(scan->call, scan->joins, level, relation);

		if (!related)
			return;
		if (options && options->order_by[0])
			add_terms(scan, related, options->order_by, QN_ORDER_BY_MAX, direction);
		else
			add_terms(scan, related, model->order_by, model->order_by_len, direction);
		return;
	}
	for (size_t i = 0; i < model->primary_key_len; i++)
		add_related_field(scan, level, relation, model->primary_key[i], direction);
	for (size_t i = 0; !model->primary_key_len && i < relation->other_len; i++)
		add_related_field(scan, level, relation, relation->other[i], direction);
}

static void add_term(struct order_scan *scan, size_t level, int32_t term, struct direction around)
{
	const qn_model *model = joins_model(scan->call, scan->joins, level);
	uint32_t magnitude = term < 0 ? 0 - (uint32_t)term : (uint32_t)term;
	uint32_t number = magnitude % ORDER_NULLS_UNIT;
	uint32_t nulls = magnitude / ORDER_NULLS_UNIT;
	struct direction direction = direction_within(around, term < 0, nulls);

	if (!number || number > (uint32_t)model->field_count + model->relation_count || nulls > 2) {
		call_refuse(scan->call,
			    "order_by %d is not a field; use the constants of the model's field "
			    "enum",
			    (int)term);
		return;
	}
	if (number > model->field_count) {
		add_relation(scan, level, &model->relations[number - model->field_count - 1],
			     direction);
		return;
	}
	if (model->fields[number - 1].type == QN_TYPE_JSON) {
		op_refuse(scan->call->op, QN_USAGE, &model->fields[number - 1],
			  "json has no order; a jsonb column has");
		return;
	}
	order_add(scan, level, number - 1, direction);
}

/* Refusals inside name the model whose terms they are. */
static void add_terms(struct order_scan *scan, size_t level, const int32_t *terms, size_t count,
		      struct direction around)
{
	struct qn_op *op = scan->call->op;
	const qn_model *model = op->model;

	op->model = joins_model(scan->call, scan->joins, level);
	for (size_t i = 0; i < count && terms[i] && !op->refused; i++)
		add_term(scan, level, terms[i], around);
	op->model = model;
}

/* An order_by that nothing refers to would be dropped without a word. */
static void check_used(struct call *call, const struct join_list *joins)
{
	for (size_t i = 0; i < joins->len; i++) {
		const struct join *join = &joins->at[i];
		const qn_query_options *options = join->query;

		if (options && options->order_by[0] && !join->is_ordered)
			call_refuse(call,
				    "order_by in .select_related of %s orders nothing by itself; "
				    "name the relation in the order_by of the query around it",
				    join->relation->name);
	}
}

void call_walk_order(struct call *call, const struct query_shape *shape)
{
	const struct direction ascending = { false, 0 };
	const qn_query_options *options = shape->options;
	const qn_model *model = call->model;
	struct join_list no_joins = { 0 };
	struct order_scan scan = { .call = call,
				   .joins = shape->joins ? shape->joins : &no_joins,
				   .is_reversed = shape->is_reversed };
	size_t count_at = call->key->len;

	key_add(call->key, 0);
	if (shape->drops_order)
		return;
	scan.start = call->key->len;
	if (options->order_by[0] || options->unordered)
		add_terms(&scan, 0, options->order_by, QN_ORDER_BY_MAX, ascending);
	else
		add_terms(&scan, 0, model->order_by, model->order_by_len, ascending);
	if (!scan.count && shape->orders_by_key) {
		for (size_t i = 0; i < model->primary_key_len; i++)
			order_add(&scan, 0, model->primary_key[i], ascending);
	}
	check_used(call, scan.joins);
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)scan.count;
}
