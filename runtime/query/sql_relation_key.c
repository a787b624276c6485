/*
 * Statements that write the foreign keys of related rows: all of the rows that the program gave, or
 * none.
 */
#include "query/sql_relation.h"

static const char comma[] = ", ";
static const char and[] = " AND ";

static const qn_field *foreign_field(const struct relation_sql *this, size_t i)
{
	return &this->relation->model->fields[this->relation->other[i]];
}

/* "t.author_id = $1 AND ..." */
static void add_refers_to_own(struct relation_sql *this, const char *comparison)
{
	for (size_t i = 0; i < this->relation->other_len; i++) {
		sql_add(this->sql, i ? and : "");
		sql_add_column(this->sql, foreign_field(this, i));
		sql_add(this->sql, comparison);
		relation_add_own_value(this, i);
	}
}

/* "t.id = m.k1 AND ..." */
static void add_is_key(struct relation_sql *this, const char *prefix)
{
	for (size_t i = 0; i < this->key_count; i++) {
		sql_add(this->sql, i ? and : "");
		sql_add_column(this->sql, relation_key_field(this, i));
		sql_add_numbered(this->sql, prefix, i + 1);
	}
}

/* "UPDATE product AS t SET author_id = $1, updated_at = now()" */
static void add_update(struct relation_sql *this, bool to_none)
{
	const qn_model *model = this->relation->model;
	struct sql *sql = this->sql;

	sql_add(sql, "UPDATE ");
	sql_add(sql, model->sql_name);
	sql_add(sql, " AS t SET ");
	for (size_t i = 0; i < this->relation->other_len; i++) {
		sql_add(sql, i ? comma : "");
		sql_add_target(sql, foreign_field(this, i));
		sql_add(sql, " = ");
		if (to_none)
			sql_add(sql, "NULL");
		else
			relation_add_own_value(this, i);
	}
	for (unsigned i = 0; i < model->field_count; i++) {
		if (!(model->fields[i].flags & QN_FIELD_ON_UPDATE_NOW))
			continue;
		sql_add(sql, comma);
		sql_add_target(sql, &model->fields[i]);
		sql_add(sql, " = now()");
	}
}

/* quern__k are the keys, quern__m those of them that are there. */
static void add_found(struct relation_sql *this, bool only_related)
{
	struct sql *sql = this->sql;

	sql_add(sql, "WITH quern__k");
	relation_add_key_names(this);
	sql_add(sql, " AS (SELECT DISTINCT * FROM ");
	relation_add_unnest(this);
	sql_add(sql, "), quern__m AS (SELECT k.* FROM quern__k AS k JOIN ");
	sql_add(sql, this->relation->model->sql_name);
	sql_add(sql, " AS t ON ");
	add_is_key(this, " = k.k");
	if (only_related) {
		sql_add(sql, and);
		add_refers_to_own(this, " = ");
	}
	sql_add(sql, ")");
}

static void add_only_if_all_found(struct relation_sql *this)
{
	sql_add(this->sql,
		" AND (SELECT count(*) FROM quern__m) = (SELECT count(*) FROM quern__k)");
}

void relation_add_move(struct relation_sql *this, unsigned operation)
{
	bool is_removal = operation == KEY_RELATION_REMOVE;
	struct sql *sql = this->sql;

	add_found(this, is_removal);
	if (operation == KEY_RELATION_SET) {
		sql_add(sql, ", quern__gone AS (");
		add_update(this, true);
		sql_add(sql, " WHERE ");
		add_refers_to_own(this, " = ");
		sql_add(sql, " AND NOT EXISTS (SELECT 1 FROM quern__k AS k WHERE ");
		add_is_key(this, " = k.k");
		sql_add(sql, ")");
		add_only_if_all_found(this);
		sql_add(sql, ")");
	}
	sql_add(sql, ", quern__moved AS (");
	add_update(this, is_removal);
	sql_add(sql, " FROM quern__m AS m WHERE ");
	add_is_key(this, " = m.k");
	/* Another transaction may have given a row away while this one waited for it. */
	if (is_removal) {
		sql_add(sql, and);
		add_refers_to_own(this, " = ");
	}
	add_only_if_all_found(this);
	sql_add(sql, ") SELECT (SELECT count(*) FROM quern__k) - (SELECT count(*) FROM quern__m)");
}

void relation_add_let_go(struct relation_sql *this)
{
	add_update(this, true);
	sql_add(this->sql, " WHERE ");
	add_refers_to_own(this, " = ");
}
