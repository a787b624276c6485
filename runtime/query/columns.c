/*
 * The columns that a query loads: of its own model, and of those that it joins.
 */
#include "query/join.h"

#include "base/bits.h"

/* A level of the statement, and what its query asks for. */
struct selection {
	const qn_model *model;
	const void *query;           /* NULL: all columns */
	const qn_relation *relation; /* that it is joined by; NULL: level 0 */
};

static void bits_set(uint64_t *bits, const uint16_t *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bit_set(bits, fields[i]);
}

static const int32_t *selection_only(const struct selection *selection)
{
	const qn_model *model = selection->model;
	const int32_t *only;

	if (!selection->query || !model->only_capacity)
		return NULL;
	only = (const int32_t *)(const void *)((const char *)selection->query + model->query_only);
	return only[0] ? only : NULL;
}

/* What is loaded whatever .only says: the key, and what relations go by. */
static void add_implied(const struct selection *selection, uint64_t *bits)
{
	const qn_model *model = selection->model;

	bits_set(bits, model->primary_key, model->primary_key_len);
	if (selection->relation)
		bits_set(bits, selection->relation->other, selection->relation->other_len);
	for (size_t i = 0; i < model->relation_count; i++) {
		const qn_relation *relation = &model->relations[i];

		if (relation_selected(relation, selection->query) ||
		    relation_prefetched(relation, selection->query))
			bits_set(bits, relation->own, relation->own_len);
	}
}

/* NULL: refused. */
static const uint64_t *only_bits(struct call *call, const struct selection *selection,
				 const int32_t *only)
{
	const qn_model *model = selection->model;
	uint64_t *bits = arena_alloc_array(&call->op->arena, ((size_t)model->field_count + 63) / 64,
					   sizeof(*bits));

	if (!bits) {
		op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return NULL;
	}
	add_implied(selection, bits);
	for (size_t i = 0; i < model->only_capacity && only[i]; i++) {
		if (only[i] > model->field_count &&
		    only[i] <= model->field_count + model->relation_count) {
			call_refuse(call,
				    "only takes fields, not the relation %s; a relation is loaded "
				    "by .select_related or .prefetch_related",
				    model->relations[only[i] - model->field_count - 1].name);
			return NULL;
		}
		if (only[i] < 0 || only[i] > model->field_count) {
			call_refuse(call,
				    "only %d is not a field; use the constants of the model's "
				    "field enum",
				    (int)only[i]);
			return NULL;
		}
		bit_set(bits, (size_t)only[i] - 1);
	}
	return bits;
}

static void check_distinct_columns(struct call *call, const struct selection *selection,
				   const uint64_t *bits)
{
	const qn_model *model = selection->model;

	for (size_t i = 0; i < model->field_count; i++)
		if (model->fields[i].type == QN_TYPE_JSON && (!bits || bit_is_set(bits, i)))
			op_refuse(call->op, QN_USAGE, &model->fields[i],
				  "json values cannot be compared, so rows with them are not "
				  "distinct; load other fields by .only");
}

/* DISTINCT compares what is selected, so the server cannot order it by anything else. */
static void check_distinct_order(struct call *call, size_t level, const struct selection *selection,
				 const uint64_t *bits, size_t order_at)
{
	const uint16_t *order = call->key->tokens + order_at;

	for (size_t i = 0; i < order[0]; i++) {
		const uint16_t *term = order + 1 + 2 * i;

		if ((size_t)term[1] >> KEY_LEVEL_SHIFT == level && !bit_is_set(bits, term[0]))
			op_refuse(call->op, QN_USAGE, &selection->model->fields[term[0]],
				  "distinct rows can be ordered only by fields that .only loads");
	}
}

/* The list of fields of one level. */
static void walk_selection(struct call *call, size_t level, const struct selection *selection,
			   const struct query_shape *shape, size_t order_at)
{
	const int32_t *only = selection_only(selection);
	bool is_distinct = shape->options->distinct;
	size_t count_at = call->key->len;
	const uint64_t *bits;
	unsigned count = 0;

	key_add(call->key, 0);
	if (!only) {
		if (is_distinct)
			check_distinct_columns(call, selection, NULL);
		return;
	}
	bits = only_bits(call, selection, only);
	if (!bits || call->key->failed)
		return;
	if (is_distinct) {
		check_distinct_columns(call, selection, bits);
		check_distinct_order(call, level, selection, bits, order_at);
	}
	for (unsigned i = 0; i < selection->model->field_count; i++) {
		if (!bit_is_set(bits, i))
			continue;
		key_add(call->key, i);
		count++;
	}
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)count;
}

/* Refusals inside name the joined model. */
static void walk_joined(struct call *call, size_t level, const struct join *join,
			const struct query_shape *shape, size_t order_at)
{
	const struct selection selection = { join->model, join->query, join->relation };
	const qn_model *model = call->op->model;

	call->op->model = join->model;
	walk_selection(call, level, &selection, shape, order_at);
	call->op->model = model;
}

static void walk_joins(struct call *call, const struct query_shape *shape, size_t order_at)
{
	const struct join_list *joins = shape->joins;

	for (size_t i = 0; i < joins->len; i++) {
		const struct join *join = &joins->at[i];
		const qn_model *parent = joins_model(call, joins, join->parent);

		key_add(call->key, join->parent);
		key_add(call->key, (unsigned)(join->relation - parent->relations));
		key_add(call->key, join->query != NULL);
		if (join->query)
			walk_joined(call, i + 1, join, shape, order_at);
		else if (shape->options->distinct)
			call_refuse(call,
				    "distinct rows can be ordered only by what they load: name %s "
				    "in .select_related too",
				    join->relation->name);
	}
}

void call_walk_columns(struct call *call, const struct query_shape *shape, size_t order_at)
{
	walk_selection(call, 0, &(struct selection){ call->model, shape->query, NULL }, shape,
		       order_at);
	if (shape->joins)
		walk_joins(call, shape, order_at);
}
