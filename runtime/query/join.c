#include "query/join.h"

#include <string.h>

#include "query/where.h"

enum { FIRST_JOINS = 8, PATH_MAX_BYTES = 160 };

static const void *query_pointer(const void *query, uint32_t offset)
{
	const void *related = NULL;

	if (query && offset != QN_NO_OFFSET)
		memcpy(&related, (const char *)query + offset, sizeof(related));
	return related;
}

const void *relation_selected(const qn_relation *relation, const void *query)
{
	return query_pointer(query, relation->select);
}

const void *relation_prefetched(const qn_relation *relation, const void *query)
{
	return query_pointer(query, relation->prefetch);
}

const void *relation_in_hand(const qn_relation *relation, const void *related)
{
	return query_pointer(related, relation->related);
}

const qn_model *joins_model(const struct call *call, const struct join_list *joins, size_t level)
{
	return level ? joins->at[level - 1].model : call->model;
}

size_t joins_depth(const struct join_list *joins, size_t level)
{
	size_t depth = 0;

	for (;;) {
		for (; level; level = joins->at[level - 1].parent)
			depth++;
		if (!joins->above)
			return depth;
		depth++;
		level = joins->level;
		joins = joins->above;
	}
}

/* "author.products.author": the names from the outermost on, as far as they fit. */
static void path_write(char *text, const struct join_list *joins, size_t level,
		       const qn_relation *relation)
{
	const char *names[LOAD_DEPTH_MAX + 1];
	size_t count = 0;
	size_t used = 0;

	names[count++] = relation->name;
	while (count <= LOAD_DEPTH_MAX) {
		if (level) {
			names[count++] = joins->at[level - 1].relation->name;
			level = joins->at[level - 1].parent;
		} else if (joins->above) {
			names[count++] = joins->relation->name;
			level = joins->level;
			joins = joins->above;
		} else {
			break;
		}
	}
	while (count--) {
		size_t len = strlen(names[count]);

		if (used + len + 5 > PATH_MAX_BYTES) {
			memcpy(text + used, "...", 3);
			used += 3;
			break;
		}
		memcpy(text + used, names[count], len);
		used += len;
		if (count)
			text[used++] = '.';
	}
	text[used] = '\0';
}

void joins_refuse_depth(struct call *call, const struct join_list *joins, size_t level,
			const qn_relation *relation)
{
	char path[PATH_MAX_BYTES];

	path_write(path, joins, level, relation);
	call_refuse(call, "relations are nested more than %d deep: %s", LOAD_DEPTH_MAX, path);
}

/* False: out of memory, refused. */
static bool joins_add(struct call *call, struct join_list *joins, struct join join)
{
	if (joins->len == KEY_LEVELS_MAX) {
		call_refuse(call, "more than %d related tables in one statement", KEY_LEVELS_MAX);
		return false;
	}
	if (joins->len == joins->capacity) {
		size_t capacity = joins->capacity ? joins->capacity * 2 : FIRST_JOINS;
		struct join *at = arena_alloc_array(&call->op->arena, capacity, sizeof(*at));

		if (!at) {
			op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
			return false;
		}
		if (joins->len)
			memcpy(at, joins->at, joins->len * sizeof(*at));
		joins->at = at;
		joins->capacity = capacity;
	}
	joins->at[joins->len++] = join;
	return true;
}

static bool where_is_set(struct call *call, const qn_model *model, const char *where)
{
	const qn_model *own = call->model;
	struct where_mark mark = where_mark(call);
	bool is_set;

	call->model = model;
	is_set = where_walk(call, where, 0) != TRUTH_ALWAYS || call->key->len != mark.tokens;
	call->model = own;
	where_release(call, mark);
	return is_set;
}

/* A joined query is a part of the one around it: it has rows only where that has some. */
static void check_joined(struct call *call, const qn_model *model, const qn_relation *relation,
			 const void *query)
{
	const qn_query_options *options = query;
	const char *member = NULL;

	if (options->limit)
		member = "limit";
	else if (options->offset)
		member = "offset";
	else if (options->lock || options->skip_locked || options->nowait)
		member = "lock";
	else if (options->distinct)
		member = "distinct";
	else if (options->unordered)
		member = "unordered";
	if (member)
		call_refuse(call,
			    "%s has no meaning in .select_related of %s, whose rows come with "
			    "those of the query; set it there, or use .prefetch_related",
			    member, relation->name);
	else if (where_is_set(call, model, (const char *)query + model->query_where))
		call_refuse(call,
			    "where has no meaning in .select_related of %s; filter the query "
			    "itself by .where.%s, or use .prefetch_related",
			    relation->name, relation->name);
}

static void gather_level(struct call *call, struct join_list *joins, size_t level,
			 const void *query)
{
	const qn_model *model = joins_model(call, joins, level);

	for (size_t i = 0; i < model->relation_count && !call->op->refused; i++) {
		const qn_relation *relation = &model->relations[i];
		const void *selected = relation_selected(relation, query);
		const void *prefetched = relation_prefetched(relation, query);

		if (!selected && !prefetched)
			continue;
		if (joins_depth(joins, level) == LOAD_DEPTH_MAX) {
			joins_refuse_depth(call, joins, level, relation);
			return;
		}
		joins->has_prefetch |= prefetched != NULL;
		if (!selected)
			continue;
		if (prefetched)
			call_refuse(call,
				    "%s is in .select_related and in .prefetch_related; "
				    "one of them loads it",
				    relation->name);
		check_joined(call, relation->model, relation, selected);
		if (!joins_add(call, joins,
			       (struct join){ .model = relation->model,
					      .relation = relation,
					      .query = selected,
					      .parent = (unsigned)level }))
			return;
	}
}

void joins_gather(struct call *call, struct join_list *joins, const void *query)
{
	gather_level(call, joins, 0, query);
	/* Each level may add some behind it. */
	for (size_t i = 0; i < joins->len && !call->op->refused; i++)
		gather_level(call, joins, i + 1, joins->at[i].query);
}

size_t joins_need(struct call *call, struct join_list *joins, size_t level,
		  const qn_relation *relation)
{
	for (size_t i = 0; i < joins->len; i++)
		if (joins->at[i].parent == level && joins->at[i].relation == relation)
			return i + 1;
	if (!joins_add(call, joins,
		       (struct join){ .model = relation->model,
				      .relation = relation,
				      .parent = (unsigned)level }))
		return 0;
	return joins->len;
}
