/*
 * The part of a query that is not its where: order, slice, lock, columns.
 */
#include "query/call.h"

#include "quern/transaction.h"

struct order_scan {
	struct call *call;
	size_t start; /* of the terms in the key */
	size_t count;
	bool is_reversed;
};

enum { ORDER_NULLS_UNIT = 0x10000 };

bool options_are_ordered(const qn_model *model, const qn_query_options *options)
{
	return options->order_by[0] || (!options->unordered && model->order_by_len);
}

static unsigned term_flags(const struct order_scan *scan, bool is_descending, uint32_t nulls)
{
	unsigned flags = 0;

	if (is_descending != scan->is_reversed)
		flags |= KEY_DESCENDING;
	if (nulls)
		flags |= (nulls == 1) != scan->is_reversed ? KEY_NULLS_FIRST : KEY_NULLS_LAST;
	return flags;
}

static void order_add(struct order_scan *scan, unsigned field, unsigned flags)
{
	struct key *key = scan->call->key;

	for (size_t i = 0; i < scan->count && !key->failed; i++) {
		if (key->tokens[scan->start + 2 * i] == field)
			return;
	}
	key_add(key, field);
	key_add(key, flags);
	scan->count++;
}

/* False: the term was refused. */
static bool order_add_term(struct order_scan *scan, int32_t term)
{
	uint32_t magnitude = term < 0 ? 0 - (uint32_t)term : (uint32_t)term;
	uint32_t number = magnitude % ORDER_NULLS_UNIT;
	uint32_t nulls = magnitude / ORDER_NULLS_UNIT;

	if (!number || number > scan->call->model->field_count || nulls > 2) {
		call_refuse(scan->call,
			    "order_by %d is not a field; use the constants of the model's field "
			    "enum",
			    (int)term);
		return false;
	}
	if (scan->call->model->fields[number - 1].type == QN_TYPE_JSON) {
		op_refuse(scan->call->op, QN_USAGE, &scan->call->model->fields[number - 1],
			  "json has no order; a jsonb column has");
		return false;
	}
	order_add(scan, number - 1, term_flags(scan, term < 0, nulls));
	return true;
}

static void walk_order(struct call *call, const struct query_shape *shape)
{
	const qn_query_options *options = shape->options;
	const qn_model *model = call->model;
	struct order_scan scan = { .call = call, .is_reversed = shape->is_reversed };
	size_t count_at = call->key->len;
	const int32_t *terms = options->order_by;
	size_t term_count = QN_ORDER_BY_MAX;

	key_add(call->key, 0);
	if (shape->drops_order)
		return;
	scan.start = call->key->len;
	if (!options->order_by[0] && !options->unordered) {
		terms = model->order_by;
		term_count = model->order_by_len;
	}
	for (size_t i = 0; i < term_count && terms[i]; i++) {
		if (!order_add_term(&scan, terms[i]))
			return;
	}
	if (!scan.count && shape->orders_by_key) {
		for (size_t i = 0; i < model->primary_key_len; i++)
			order_add(&scan, model->primary_key[i], term_flags(&scan, false, 0));
	}
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)scan.count;
}

static void check_lock(struct call *call, const qn_query_options *options)
{
	if (options->lock > QN_FOR_KEY_SHARE)
		call_refuse(call, "lock %d is not a lock; use QN_FOR_UPDATE", (int)options->lock);
	else if (options->skip_locked && options->nowait)
		call_refuse(call, "skip_locked and nowait exclude each other");
	else if (!options->lock && (options->skip_locked || options->nowait))
		call_refuse(call, "skip_locked and nowait need a lock, as QN_FOR_UPDATE");
	else if (options->lock && options->distinct)
		call_refuse(call, "distinct rows cannot be locked");
	else if (options->lock && !qn_in_transaction(call->op->session))
		call_refuse(call, "a lock lasts as long as its transaction; use it in qn_atomic");
}

static void walk_flags(struct call *call, const qn_query_options *options)
{
	unsigned flags = (unsigned)options->lock << KEY_LOCK_SHIFT;

	check_lock(call, options);
	if (options->distinct)
		flags |= KEY_DISTINCT;
	if (options->skip_locked)
		flags |= KEY_SKIP_LOCKED;
	if (options->nowait)
		flags |= KEY_NOWAIT;
	key_add(call->key, flags);
}

static void walk_slice(struct call *call, const struct query_shape *shape)
{
	const qn_query_options *options = shape->options;
	int64_t limit = options->limit;

	if (limit < 0 && limit != QN_LIMIT_NONE)
		call_refuse(call, "limit %lld is negative", (long long)limit);
	if (options->offset < 0)
		call_refuse(call, "offset %lld is negative", (long long)options->offset);
	if (shape->row_limit && (limit == 0 || limit > shape->row_limit))
		limit = shape->row_limit;
	if (limit <= KEY_LITERAL_LIMIT_MAX) {
		key_add(call->key, limit > 0 ? (unsigned)limit : 0);
	} else {
		key_add(call->key, KEY_LIMIT_PARAMETER);
		call_add_int64(call, limit);
	}
	key_add(call->key, options->offset > 0);
	if (options->offset > 0)
		call_add_int64(call, options->offset);
}

static bool bit_is_set(const uint64_t *bits, size_t bit)
{
	return bits[bit / 64] >> (bit % 64) & 1;
}

static void bit_set(uint64_t *bits, size_t bit)
{
	bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* The fields of .only and the key. NULL: refused. */
static const uint64_t *only_bits(struct call *call, const int32_t *only)
{
	const qn_model *model = call->model;
	uint64_t *bits = arena_alloc_array(&call->op->arena, ((size_t)model->field_count + 63) / 64,
					   sizeof(*bits));

	if (!bits) {
		op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < model->primary_key_len; i++)
		bit_set(bits, model->primary_key[i]);
	for (size_t i = 0; i < model->only_capacity && only[i]; i++) {
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

/* DISTINCT compares what is selected, so the server cannot order it by anything else. */
static void check_distinct_order(struct call *call, const uint64_t *bits, size_t order_at)
{
	const uint16_t *order = call->key->tokens + order_at;

	for (size_t i = 0; i < order[0]; i++) {
		const qn_field *field = &call->model->fields[order[1 + 2 * i]];

		if (!bit_is_set(bits, order[1 + 2 * i]))
			op_refuse(call->op, QN_USAGE, field,
				  "distinct rows can be ordered only by fields that .only loads");
	}
}

static void check_distinct_columns(struct call *call, const uint64_t *bits)
{
	const qn_model *model = call->model;

	for (size_t i = 0; i < model->field_count; i++)
		if (model->fields[i].type == QN_TYPE_JSON && (!bits || bit_is_set(bits, i)))
			op_refuse(call->op, QN_USAGE, &model->fields[i],
				  "json values cannot be compared, so rows with them are not "
				  "distinct; load other fields by .only");
}

static void walk_columns(struct call *call, const struct query_shape *shape, size_t order_at)
{
	const qn_model *model = call->model;
	const int32_t *only = NULL;
	const uint64_t *bits;
	size_t count_at = call->key->len;
	unsigned count = 0;

	key_add(call->key, 0);
	if (shape->query && model->only_capacity)
		only = (const int32_t *)(const void *)((const char *)shape->query +
						       model->query_only);
	if (!only || !only[0]) {
		if (shape->options->distinct)
			check_distinct_columns(call, NULL);
		return;
	}
	bits = only_bits(call, only);
	if (!bits || call->key->failed)
		return;
	if (shape->options->distinct) {
		check_distinct_columns(call, bits);
		check_distinct_order(call, bits, order_at);
	}
	for (unsigned i = 0; i < model->field_count; i++) {
		if (!bit_is_set(bits, i))
			continue;
		key_add(call->key, i);
		count++;
	}
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)count;
}

/* What get needs: the tokens of no options, and a limit of two rows. */
void call_walk_no_options(struct call *call, unsigned row_limit)
{
	const uint16_t tokens[] = { 0, 0, (uint16_t)row_limit, 0, 0 };

	key_add_all(call->key, tokens, sizeof(tokens) / sizeof(tokens[0]));
}

bool call_walk_options(struct call *call, const struct query_shape *shape)
{
	size_t order_at;

	walk_flags(call, shape->options);
	order_at = call->key->len;
	walk_order(call, shape);
	walk_slice(call, shape);
	walk_columns(call, shape, order_at);
	return shape->options->limit != QN_LIMIT_NONE;
}
