/*
 * The walk over a where struct, with what can be decided before any row is seen.
 *
 * Only "is it TRUE" matters, at the top and inside every group, as none_of is `(...) IS NOT TRUE`;
 * so AND, OR and "none of" of the truths below are exact in spite of SQL's NULL.
 */
#include <string.h>

#include "query/where.h"

/* What generated lists of wheres look like; read by memcpy, as each is a type of its own. */
struct where_list {
	const char *at;
	size_t len;
};

struct where_mark where_mark(const struct call *call)
{
	return (struct where_mark){ call->key->len, call->op->parameter_count, call->op->wire.len };
}

void where_release(struct call *call, struct where_mark mark)
{
	if (call->key->len > mark.tokens)
		call->key->len = mark.tokens;
	call->op->parameter_count = mark.parameters;
	call->op->wire.len = mark.wire;
}

static struct where_list where_list(struct call *call, const char *where, uint32_t offset)
{
	struct where_list list;

	memcpy(&list, where + offset, sizeof(list));
	if (!list.at && list.len) {
		call_refuse(call, "a list of %zu wheres has no address", list.len);
		list.len = 0;
	}
	return list;
}

/*
 * any_of and none_of: their alternatives are joined by OR. One that always holds decides the group.
 */
static enum truth walk_group(struct call *call, struct where_list list, enum key_token token,
			     unsigned depth)
{
	enum truth when_some = token == KEY_ANY_OF ? TRUTH_ALWAYS : TRUTH_NEVER;
	enum truth when_none = token == KEY_ANY_OF ? TRUTH_NEVER : TRUTH_ALWAYS;
	struct where_mark group = where_mark(call);
	bool holds_always = false;
	size_t kept = 0;

	key_add(call->key, token);
	for (size_t i = 0; i < list.len && !call->op->refused; i++) {
		struct where_mark mark = where_mark(call);
		enum truth truth;

		key_add(call->key, KEY_WHERE);
		truth = where_walk(call, list.at + i * call->model->where_size, depth);
		if (truth == TRUTH_OF_ROW) {
			key_add(call->key, KEY_END);
			kept++;
			continue;
		}
		where_release(call, mark);
		holds_always |= truth == TRUTH_ALWAYS;
	}
	key_add(call->key, KEY_END);
	if (kept && !holds_always)
		return TRUTH_OF_ROW;
	where_release(call, group);
	return holds_always ? when_some : when_none;
}

static enum truth walk_groups(struct call *call, const char *where, unsigned depth)
{
	const qn_model *model = call->model;
	struct where_list any_of = where_list(call, where, model->where_any_of);
	struct where_list all_of = where_list(call, where, model->where_all_of);
	struct where_list none_of = where_list(call, where, model->where_none_of);
	enum truth truth = TRUTH_ALWAYS;

	if (!any_of.at && !all_of.at && !none_of.at)
		return TRUTH_ALWAYS;
	if (any_of.at)
		truth = truth_and(truth, walk_group(call, any_of, KEY_ANY_OF, depth + 1));
	for (size_t i = 0; i < all_of.len && !call->op->refused; i++)
		truth = truth_and(truth,
				  where_walk(call, all_of.at + i * model->where_size, depth + 1));
	if (none_of.at)
		truth = truth_and(truth, walk_group(call, none_of, KEY_NONE_OF, depth + 1));
	return truth;
}

enum truth where_walk(struct call *call, const char *where, unsigned depth)
{
	const qn_model *model = call->model;
	const qn_field *end = model->fields + model->field_count;
	enum truth truth = TRUTH_ALWAYS;

	if (depth > WHERE_DEPTH_MAX) {
		call_refuse(call, "the where is nested more than %d deep", WHERE_DEPTH_MAX);
		return TRUTH_NEVER;
	}
	for (const qn_field *field = model->fields; field < end; field++) {
		if (field->where == QN_NO_OFFSET ||
		    *(const qn_lookup *)(const void *)(where + field->where) == QN_LOOKUP_NONE)
			continue;
		truth = truth_and(truth, call_walk_filter(call, field, where + field->where));
	}
	if (model->relation_count)
		truth = truth_and(truth, where_walk_relations(call, where, depth));
	return truth_and(truth, walk_groups(call, where, depth));
}

enum truth call_walk_where(struct call *call, const void *where)
{
	struct where_mark mark;
	enum truth truth;

	if (!call->registry)
		return TRUTH_NEVER;
	mark = where_mark(call);
	truth = where_walk(call, where, 0);
	if (truth == TRUTH_NEVER)
		where_release(call, mark);
	key_add(call->key, KEY_END);
	return truth;
}
