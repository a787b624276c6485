/*
 * Filters across relations: each becomes EXISTS, which is never NULL and never repeats a row.
 *
 * A where of related rows is walked as one of their model's own; what it decides without rows is
 * carried over: "some of them match something impossible" is impossible, "none of them does" always
 * holds.
 */
#include <string.h>

#include "query/where.h"

/* What every generated _where_many struct is. */
struct where_many {
	const void *some;
	const void *none;
	const void *every;
	qn_where_int64 count;
};

/* The number of related rows, as if it were a column. */
static const qn_field count_field = { .name = "count", .column = "count", .type = QN_TYPE_INT64 };

const qn_model related_count_model = {
	.name = "count",
	.fields = &count_field,
	.field_count = 1,
};

struct related_walk {
	struct call *call;
	const qn_relation *relation;
	unsigned depth;
};

static void related_begin(const struct related_walk *walk, enum key_token token)
{
	const qn_model *model = walk->call->model;

	key_add(walk->call->key, token);
	key_add(walk->call->key, (unsigned)(walk->relation - model->relations));
}

/* Refusals inside name the related model. */
static enum truth walk_as(const struct related_walk *walk, const qn_model *model, const void *where)
{
	struct call *call = walk->call;
	const qn_model *outer = call->model;
	const qn_model *outer_of_op = call->op->model;
	enum truth truth;

	call->model = model;
	call->op->model = model;
	if (model == &related_count_model)
		truth = call_walk_filter(call, &count_field, where);
	else
		truth = where_walk(call, where, walk->depth + 1);
	call->model = outer;
	call->op->model = outer_of_op;
	return truth;
}

/*
 * The token and what is asked of the related rows; nothing of it is left unless that is up to the
 * row.
 */
static enum truth walk_related(const struct related_walk *walk, enum key_token token,
			       const void *where)
{
	struct where_mark mark = where_mark(walk->call);
	enum truth truth;

	related_begin(walk, token);
	truth = walk_as(walk, walk->relation->model, where);
	if (truth == TRUTH_OF_ROW)
		key_add(walk->call->key, KEY_END);
	else
		where_release(walk->call, mark);
	return truth;
}

/* Whether there is any related row at all. */
static enum truth walk_any(const struct related_walk *walk, enum key_token token)
{
	related_begin(walk, token);
	key_add(walk->call->key, KEY_END);
	return TRUTH_OF_ROW;
}

static enum truth walk_some(const struct related_walk *walk, const void *where)
{
	const qn_relation *relation = walk->relation;
	enum truth truth = walk_related(walk, KEY_RELATED_SOME, where);

	if (truth != TRUTH_ALWAYS)
		return truth;
	if (relation->kind == QN_RELATION_FORWARD && !relation->is_nullable)
		return TRUTH_ALWAYS;
	return walk_any(walk, KEY_RELATED_SOME);
}

static enum truth walk_none(const struct related_walk *walk, const void *where)
{
	enum truth truth = walk_related(walk, KEY_RELATED_NONE, where);

	if (truth == TRUTH_NEVER)
		return TRUTH_ALWAYS;
	return truth == TRUTH_ALWAYS ? walk_any(walk, KEY_RELATED_NONE) : truth;
}

static enum truth walk_every(const struct related_walk *walk, const void *where)
{
	enum truth truth = walk_related(walk, KEY_RELATED_EVERY, where);

	return truth == TRUTH_NEVER ? walk_any(walk, KEY_RELATED_NONE) : truth;
}

static enum truth walk_count(const struct related_walk *walk, const qn_where_int64 *filter)
{
	struct where_mark mark = where_mark(walk->call);
	enum truth truth;

	related_begin(walk, KEY_RELATED_COUNT);
	truth = walk_as(walk, &related_count_model, filter);
	if (truth == TRUTH_OF_ROW)
		key_add(walk->call->key, KEY_END);
	else
		where_release(walk->call, mark);
	return truth;
}

static enum truth walk_many(const struct related_walk *walk, const char *where)
{
	enum truth truth = TRUTH_ALWAYS;
	struct where_many many;

	memcpy(&many, where + walk->relation->where, sizeof(many));
	if (many.some)
		truth = truth_and(truth, walk_some(walk, many.some));
	if (many.none)
		truth = truth_and(truth, walk_none(walk, many.none));
	if (many.every)
		truth = truth_and(truth, walk_every(walk, many.every));
	if (many.count.op != QN_LOOKUP_NONE)
		truth = truth_and(truth, walk_count(walk, &many.count));
	return truth;
}

static enum truth walk_one(const struct related_walk *walk, const char *where)
{
	const void *related;

	memcpy(&related, where + walk->relation->where, sizeof(related));
	return related ? walk_some(walk, related) : TRUTH_ALWAYS;
}

enum truth where_walk_relations(struct call *call, const char *where, unsigned depth)
{
	const qn_model *model = call->model;
	enum truth truth = TRUTH_ALWAYS;

	for (size_t i = 0; i < model->relation_count && !call->op->refused; i++) {
		const qn_relation *relation = &model->relations[i];
		struct related_walk walk = { call, relation, depth };

		if (relation->where == QN_NO_OFFSET)
			continue;
		if (relation->kind == QN_RELATION_FORWARD ||
		    relation->kind == QN_RELATION_REVERSE_ONE)
			truth = truth_and(truth, walk_one(&walk, where));
		else
			truth = truth_and(truth, walk_many(&walk, where));
	}
	return truth;
}
