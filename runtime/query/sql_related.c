/*
 * What is asked of related rows: EXISTS (SELECT 1 FROM related WHERE theirs = ours AND ...).
 */
#include "query/sql.h"

/* The related rows of one filter: which tables, under which aliases. */
struct related {
	const qn_relation *relation;
	const qn_model *model; /* the one asked */
	unsigned alias;        /* its table */
	unsigned link;         /* the link table; 0: there is none */
};

static const qn_field *field_of(const qn_model *model, uint16_t index)
{
	return &model->fields[index];
}

static void add_table(struct sql *sql, const qn_model *model, unsigned alias)
{
	sql_add(sql, model->sql_name);
	sql_add(sql, " AS ");
	sql_add_alias(sql, alias);
}

/* "t1.tag_id = t2.id AND ..." */
static void add_link_to_other(struct sql *sql, const struct related *related)
{
	const qn_relation *relation = related->relation;
	const qn_link *link = relation->link;

	for (size_t i = 0; i < relation->other_len; i++) {
		sql_add(sql, i ? " AND " : "");
		sql_add_column_of(sql, related->alias,
				  field_of(relation->model, relation->other[i]));
		sql_add(sql, " = ");
		sql_add_column_of(sql, related->link, field_of(link->model, link->other[i]));
	}
}

/* "t1.author_id = t.id AND ...", with the link's column instead where there is one */
static void add_other_to_own(struct sql *sql, const struct related *related)
{
	const qn_relation *relation = related->relation;
	const qn_link *link = relation->link;

	for (size_t i = 0; i < relation->own_len; i++) {
		sql_add(sql, i ? " AND " : "");
		if (link)
			sql_add_column_of(sql, related->link, field_of(link->model, link->own[i]));
		else
			sql_add_column_of(sql, related->alias,
					  field_of(relation->model, relation->other[i]));
		sql_add(sql, " = ");
		sql_add_column(sql, field_of(sql->model, relation->own[i]));
	}
}

/* " AND t1.guest_id IS NOT NULL": a link to no row is not one to a related row. */
static void add_link_is_whole(struct sql *sql, const struct related *related)
{
	const qn_relation *relation = related->relation;
	const qn_link *link = relation->link;

	for (size_t i = 0; i < relation->other_len; i++) {
		const qn_field *field = field_of(link->model, link->other[i]);

		if (!(field->flags & QN_FIELD_NULLABLE))
			continue;
		sql_add(sql, " AND ");
		sql_add_column_of(sql, related->link, field);
		sql_add(sql, " IS NOT NULL");
	}
}

/*
 * " FROM related AS t1 WHERE t1.author_id = t.id". Of a link alone when nothing is asked of the
 * rows behind it.
 */
static void add_from(struct sql *sql, struct related *related, bool needs_other)
{
	const qn_relation *relation = related->relation;

	if (relation->link)
		related->link = ++sql->alias_count;
	if (!relation->link || needs_other)
		related->alias = ++sql->alias_count;
	sql_add(sql, " FROM ");
	if (relation->link) {
		add_table(sql, relation->link->model, related->link);
		if (needs_other) {
			sql_add(sql, " JOIN ");
			add_table(sql, relation->model, related->alias);
			sql_add(sql, " ON ");
			add_link_to_other(sql, related);
		}
	} else {
		add_table(sql, relation->model, related->alias);
	}
	sql_add(sql, " WHERE ");
	add_other_to_own(sql, related);
	if (relation->link && !needs_other)
		add_link_is_whole(sql, related);
}

/* The key's conditions, on another model and table. */
static void add_conditions(struct sql *sql, const struct related *related, const char *before)
{
	const qn_model *model = sql->model;
	unsigned alias = sql->alias;

	sql->model = related->model;
	sql->alias = related->alias;
	sql_add_conjunction(sql, before);
	sql->model = model;
	sql->alias = alias;
}

/*
 * No row has an empty key for its foreign key: whether there is one needs no other table, where
 * there is but one column.
 */
static bool is_own_null_test(const struct related *related, bool is_empty)
{
	return is_empty && related->relation->kind == QN_RELATION_FORWARD &&
	       related->relation->own_len == 1;
}

static void add_exists(struct sql *sql, struct related *related, unsigned token)
{
	bool is_empty = sql->key.at < sql->key.end && *sql->key.at == KEY_END;

	if (is_own_null_test(related, is_empty)) {
		sql_add_column(sql, field_of(sql->model, related->relation->own[0]));
		sql_add(sql, token == KEY_RELATED_SOME ? " IS NOT NULL" : " IS NULL");
		(void)key_next(&sql->key);
		return;
	}
	sql_add(sql, token == KEY_RELATED_SOME ? "EXISTS (SELECT 1" : "NOT EXISTS (SELECT 1");
	add_from(sql, related, !is_empty);
	if (token == KEY_RELATED_EVERY) {
		sql_add(sql, " AND (");
		add_conditions(sql, related, "");
		sql_add(sql, ") IS NOT TRUE");
	} else {
		add_conditions(sql, related, " AND ");
	}
	sql_add(sql, ")");
}

/* EXISTS (SELECT 1 FROM (SELECT count(*) AS count FROM ...) AS t1 WHERE t1.count > $1) */
static void add_count(struct sql *sql, struct related *related)
{
	sql_add(sql, "EXISTS (SELECT 1 FROM (SELECT count(*) AS count");
	add_from(sql, related, false);
	related->model = &related_count_model;
	related->alias = ++sql->alias_count;
	sql_add(sql, ") AS ");
	sql_add_alias(sql, related->alias);
	add_conditions(sql, related, " WHERE ");
	sql_add(sql, ")");
}

void sql_add_related(struct sql *sql, unsigned token)
{
	const qn_relation *relation = &sql->model->relations[key_next(&sql->key)];
	struct related related = { .relation = relation, .model = relation->model };

	if (token == KEY_RELATED_COUNT)
		add_count(sql, &related);
	else
		add_exists(sql, &related, token);
}
