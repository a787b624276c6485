/*
 * The part of a query that is not its where: order, slice, lock, columns.
 */
#include "query/join.h"

#include "quern/transaction.h"

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

/* What get needs: the tokens of no options, and a limit of two rows. */
void call_walk_no_options(struct call *call, unsigned row_limit)
{
	const uint16_t tokens[] = { 0, 0, (uint16_t)row_limit, 0, 0 };

	key_add_all(call->key, tokens, sizeof(tokens) / sizeof(tokens[0]));
}

bool call_walk_options(struct call *call, const struct query_shape *shape)
{
	size_t order_at;

	if (shape->joins && shape->query)
		joins_gather(call, shape->joins, shape->query);
	walk_flags(call, shape->options);
	order_at = call->key->len;
	call_walk_order(call, shape);
	walk_slice(call, shape);
	call_walk_columns(call, shape, order_at);
	return shape->options->limit != QN_LIMIT_NONE;
}
