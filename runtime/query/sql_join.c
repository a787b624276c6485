/*
 * Joined tables: their columns, and the joins.
 */
#include <string.h>

#include "query/sql.h"

static const struct sql_join *join_of(const struct sql *sql, unsigned alias)
{
	return (const struct sql_join *)(const void *)sql->joins.at + alias - 1;
}

size_t sql_join_count(const struct sql *sql)
{
	return sql->joins.len / sizeof(struct sql_join);
}

const qn_model *sql_model_of(const struct sql *sql, unsigned alias)
{
	return alias ? join_of(sql, alias)->model : sql->model;
}

static size_t column_count(const struct sql *sql)
{
	return sql->columns.len / sizeof(uint16_t);
}

/* Its list of fields. */
static void add_join_results(struct sql *sql, struct sql_join *join)
{
	const qn_model *model = sql->model;

	join->first_column = column_count(sql);
	sql->model = join->model;
	sql->alias = sql->alias_count;
	sql_add_results(sql);
	sql->model = model;
	sql->alias = 0;
	join->column_count = column_count(sql) - join->first_column;
}

static void read_join(struct sql *sql)
{
	struct sql_join join = { .parent = key_next(&sql->key) };
	const qn_relation *relation =
		&sql_model_of(sql, join.parent)->relations[key_next(&sql->key)];

	join.relation = relation;
	join.model = relation->model;
	join.is_loaded = key_next(&sql->key);
	/* Beneath a row that may be missing everything may be. */
	join.is_outer = relation->is_nullable || relation->kind == QN_RELATION_REVERSE_ONE ||
			(join.parent && join_of(sql, join.parent)->is_outer);
	sql->alias_count++;
	if (join.is_loaded)
		add_join_results(sql, &join);
	buf_add_bytes(&sql->joins, &join, sizeof(join));
}

void sql_add_loaded(struct sql *sql)
{
	sql_add_results(sql);
	sql->own_columns = column_count(sql);
	while (sql->key.at < sql->key.end && !sql->joins.failed)
		read_join(sql);
}

static void add_join(struct sql *sql, unsigned alias)
{
	const struct sql_join *join = join_of(sql, alias);
	const qn_relation *relation = join->relation;
	const qn_model *parent = sql_model_of(sql, join->parent);

	sql_add(sql, join->is_outer ? " LEFT JOIN " : " JOIN ");
	sql_add(sql, join->model->sql_name);
	sql_add(sql, " AS ");
	sql_add_alias(sql, alias);
	for (size_t i = 0; i < relation->other_len; i++) {
		sql_add(sql, i ? " AND " : " ON ");
		sql_add_column_of(sql, alias, &join->model->fields[relation->other[i]]);
		sql_add(sql, " = ");
		sql_add_column_of(sql, join->parent, &parent->fields[relation->own[i]]);
	}
}

void sql_add_joins(struct sql *sql)
{
	size_t count = sql_join_count(sql);

	for (unsigned alias = 1; alias <= count; alias++)
		add_join(sql, alias);
}

bool sql_take_levels(const struct sql *sql, struct arena *arena, struct sql_text *out)
{
	size_t count = sql_join_count(sql);
	struct sql_level *levels;

	if (sql->joins.failed)
		return false;
	if (!count)
		return true;
	levels = arena_alloc_array(arena, count, sizeof(*levels));
	if (!levels)
		return false;
	for (unsigned alias = 1; alias <= count; alias++) {
		const struct sql_join *join = join_of(sql, alias);

		/* What is joined for an order only comes last. */
		if (!join->is_loaded)
			break;
		levels[out->level_count++] = (struct sql_level){
			.model = join->model,
			.relation = join->relation,
			.parent = join->parent,
			.columns = { out->columns.at + join->first_column, join->column_count },
		};
	}
	out->levels = levels;
	out->columns.len = sql->own_columns;
	return true;
}
