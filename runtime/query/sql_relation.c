/*
 * Statements that write which rows are related: each one statement, of several WITH queries where
 * it has to look first.
 */
#include "query/sql_relation.h"

static const char comma[] = ", ";
static const char and[] = " AND ";

static const qn_field *own_field(const struct relation_sql *this, size_t i)
{
	return &this->owner->fields[this->relation->own[i]];
}

const qn_field *relation_key_field(const struct relation_sql *this, size_t i)
{
	return &this->relation->model->fields[this->keys[i]];
}

/* Declares the parameter, and returns its number. */
static size_t parameter(struct sql *sql, Oid type)
{
	buf_add_bytes(&sql->parameter_types, &type, sizeof(type));
	return ++sql->parameter_count;
}

static void declare_own(struct relation_sql *this)
{
	this->own = this->sql->parameter_count + 1;
	for (size_t i = 0; i < this->relation->own_len; i++)
		(void)parameter(this->sql, sql_value_type(own_field(this, i)));
}

static void declare_related(struct relation_sql *this)
{
	this->related = this->sql->parameter_count + 1;
	for (size_t i = 0; i < this->key_count; i++)
		(void)parameter(this->sql, sql_list_type(relation_key_field(this, i)));
}

static void declare_values(struct relation_sql *this)
{
	struct key_reader fields;

	this->link_field_count = key_next(&this->sql->key);
	this->link_fields = this->sql->key;
	this->values = this->sql->parameter_count + 1;
	fields = this->link_fields;
	for (unsigned i = 0; i < this->link_field_count; i++)
		(void)parameter(this->sql,
				sql_value_type(&this->link->model->fields[key_next(&fields)]));
}

void sql_add_numbered(struct sql *sql, const char *prefix, size_t number)
{
	sql_add(sql, prefix);
	buf_add_uint(&sql->text, number);
}

/* "$1", with a cast where only the database knows the type. */
static void add_value(struct sql *sql, size_t number, const qn_field *field)
{
	sql_add_numbered(sql, "$", number);
	if (!sql_value_type(field))
		sql_add_cast(sql, field, false);
}

void relation_add_own_value(struct relation_sql *this, size_t i)
{
	add_value(this->sql, this->own + i, own_field(this, i));
}

void relation_add_unnest(struct relation_sql *this)
{
	struct sql *sql = this->sql;

	sql_add(sql, "unnest(");
	for (size_t i = 0; i < this->key_count; i++) {
		sql_add(sql, i ? comma : "");
		sql_add_numbered(sql, "$", this->related + i);
		if (!sql_value_type(relation_key_field(this, i)))
			sql_add_cast(sql, relation_key_field(this, i), true);
	}
	sql_add(sql, ")");
}

void relation_add_key_names(struct relation_sql *this)
{
	for (size_t i = 0; i < this->key_count; i++)
		sql_add_numbered(this->sql, i ? ", k" : "(k", i + 1);
	sql_add(this->sql, ")");
}

static const qn_field *link_field(const struct relation_sql *this, const uint16_t *side, size_t i)
{
	return &this->link->model->fields[side[i]];
}

/* "t.product_id = $1 AND ..." */
static void add_link_is_own(struct relation_sql *this, const uint16_t *side)
{
	for (size_t i = 0; i < this->relation->own_len; i++) {
		sql_add(this->sql, i ? and : "");
		sql_add_column(this->sql, link_field(this, side, i));
		sql_add(this->sql, " = ");
		relation_add_own_value(this, i);
	}
}

/* "t.tag_id = k.k1 AND ..." */
static void add_link_is_key(struct relation_sql *this, const uint16_t *side)
{
	for (size_t i = 0; i < this->key_count; i++) {
		sql_add(this->sql, i ? and : "");
		sql_add_column(this->sql, link_field(this, side, i));
		sql_add_numbered(this->sql, " = k.k", i + 1);
	}
}

static void add_link_table(struct relation_sql *this, const char *before)
{
	sql_add(this->sql, before);
	sql_add(this->sql, this->link->model->sql_name);
	sql_add(this->sql, " AS t");
}

/* " (product_id, tag_id, note)" */
static void add_link_targets(struct relation_sql *this)
{
	struct key_reader fields = this->link_fields;

	for (size_t i = 0; i < this->relation->own_len; i++) {
		sql_add(this->sql, i ? comma : " (");
		sql_add_target(this->sql, link_field(this, this->link->own, i));
	}
	for (size_t i = 0; i < this->relation->other_len; i++) {
		sql_add(this->sql, comma);
		sql_add_target(this->sql, link_field(this, this->link->other, i));
	}
	for (unsigned i = 0; i < this->link_field_count; i++) {
		sql_add(this->sql, comma);
		sql_add_target(this->sql, &this->link->model->fields[key_next(&fields)]);
	}
	sql_add(this->sql, ") ");
}

/* How the keys of the other side are called: "k.k1", or "t.id" of rows that were just made. */
static void add_other_value(struct relation_sql *this, size_t i, bool is_made)
{
	if (is_made)
		sql_add_column(this->sql, relation_key_field(this, i));
	else
		sql_add_numbered(this->sql, "k.k", i + 1);
}

/* "SELECT $1, k.k1, $3", or with both sides exchanged */
static void add_link_row(struct relation_sql *this, bool is_made, bool is_mirrored)
{
	size_t own_len = this->relation->own_len;
	size_t other_len = this->relation->other_len;
	struct key_reader fields = this->link_fields;

	for (size_t i = 0; i < own_len; i++) {
		sql_add(this->sql, i ? comma : "SELECT ");
		if (is_mirrored)
			add_other_value(this, i, is_made);
		else
			relation_add_own_value(this, i);
	}
	for (size_t i = 0; i < other_len; i++) {
		sql_add(this->sql, comma);
		if (is_mirrored)
			relation_add_own_value(this, i);
		else
			add_other_value(this, i, is_made);
	}
	for (unsigned i = 0; i < this->link_field_count; i++) {
		sql_add(this->sql, comma);
		add_value(this->sql, this->values + i,
			  &this->link->model->fields[key_next(&fields)]);
	}
}

/* "k.k1 = $1 AND ..." */
static void add_key_is_own(struct relation_sql *this)
{
	for (size_t i = 0; i < this->key_count; i++) {
		sql_add_numbered(this->sql, i ? " AND k.k" : "k.k", i + 1);
		sql_add(this->sql, " = ");
		relation_add_own_value(this, i);
	}
}

/* A declared link may have no unique key: what is there is looked for. */
static void add_only_new_links(struct relation_sql *this, bool is_mirrored)
{
	const uint16_t *own = is_mirrored ? this->link->other : this->link->own;
	const uint16_t *other = is_mirrored ? this->link->own : this->link->other;

	add_link_table(this, "NOT EXISTS (SELECT 1 FROM ");
	sql_add(this->sql, " WHERE ");
	add_link_is_own(this, own);
	sql_add(this->sql, and);
	add_link_is_key(this, other);
	sql_add(this->sql, ")");
}

/* One direction of the links to make. The link of a row to itself is its own mirror image. */
static void add_links_of_keys(struct relation_sql *this, bool is_mirrored, bool is_set)
{
	bool is_declared = this->link->is_declared;

	add_link_row(this, false, is_mirrored);
	sql_add(this->sql, " FROM (SELECT DISTINCT * FROM ");
	relation_add_unnest(this);
	sql_add(this->sql, ") AS k");
	relation_add_key_names(this);
	if (is_mirrored) {
		sql_add(this->sql, " WHERE NOT (");
		add_key_is_own(this);
		sql_add(this->sql, ")");
	}
	if (!is_declared)
		return;
	sql_add(this->sql, is_mirrored ? and : " WHERE ");
	add_only_new_links(this, is_mirrored);
	/* Asking for them has them deleted first: they may keep a further key of the new ones. */
	if (is_set)
		sql_add(this->sql, " AND (SELECT count(*) FROM quern__gone) >= 0");
}

static bool is_of_pair(const struct relation_sql *this, uint16_t field)
{
	for (size_t i = 0; i < this->relation->own_len; i++)
		if (this->link->own[i] == field)
			return true;
	for (size_t i = 0; i < this->relation->other_len; i++)
		if (this->link->other[i] == field)
			return true;
	return false;
}

static bool pair_is_primary_key(const struct relation_sql *this)
{
	const qn_model *model = this->link->model;

	if (model->primary_key_len != this->relation->own_len + this->relation->other_len)
		return false;
	for (size_t i = 0; i < model->primary_key_len; i++)
		if (!is_of_pair(this, model->primary_key[i]))
			return false;
	return true;
}

/*
 * Another transaction may make the same link. What else keeps a link out is an error: it would not
 * be there.
 */
static void add_link_conflict(struct relation_sql *this)
{
	const qn_model *model = this->link->model;

	if (!this->link->is_declared) {
		sql_add(this->sql, " ON CONFLICT DO NOTHING");
		return;
	}
	if (!pair_is_primary_key(this))
		return;
	for (size_t i = 0; i < model->primary_key_len; i++) {
		sql_add(this->sql, i ? comma : " ON CONFLICT (");
		sql_add_target(this->sql, &model->fields[model->primary_key[i]]);
	}
	sql_add(this->sql, ") DO NOTHING");
}

static void add_links(struct relation_sql *this, bool is_set)
{
	sql_add(this->sql, "INSERT INTO ");
	sql_add(this->sql, this->link->model->sql_name);
	add_link_targets(this);
	add_links_of_keys(this, false, is_set);
	if (this->link->is_symmetrical) {
		sql_add(this->sql, " UNION ALL ");
		add_links_of_keys(this, true, is_set);
	}
	add_link_conflict(this);
}

/* Deletes the links of this side to all but the keys. */
static void add_other_links_gone(struct relation_sql *this, const uint16_t *own,
				 const uint16_t *other)
{
	add_link_table(this, "DELETE FROM ");
	sql_add(this->sql, " WHERE ");
	add_link_is_own(this, own);
	sql_add(this->sql, " AND NOT EXISTS (SELECT 1 FROM ");
	relation_add_unnest(this);
	sql_add(this->sql, " AS k");
	relation_add_key_names(this);
	sql_add(this->sql, " WHERE ");
	add_link_is_key(this, other);
	sql_add(this->sql, ")");
}

static void add_set_links(struct relation_sql *this)
{
	const qn_link *link = this->link;

	sql_add(this->sql, "WITH quern__gone AS (");
	add_other_links_gone(this, link->own, link->other);
	sql_add(this->sql, link->is_declared ? " RETURNING 1" : "");
	if (link->is_symmetrical) {
		sql_add(this->sql, "), quern__back AS (");
		add_other_links_gone(this, link->other, link->own);
	}
	sql_add(this->sql, ") ");
	add_links(this, true);
}

static void add_remove_links(struct relation_sql *this)
{
	const qn_link *link = this->link;

	add_link_table(this, "DELETE FROM ");
	sql_add(this->sql, " USING ");
	relation_add_unnest(this);
	sql_add(this->sql, " AS k");
	relation_add_key_names(this);
	sql_add(this->sql, " WHERE ");
	add_link_is_own(this, link->own);
	sql_add(this->sql, and);
	add_link_is_key(this, link->other);
	if (!link->is_symmetrical)
		return;
	sql_add(this->sql, " OR ");
	add_link_is_own(this, link->other);
	sql_add(this->sql, and);
	add_link_is_key(this, link->own);
}

static void add_clear_links(struct relation_sql *this)
{
	add_link_table(this, "DELETE FROM ");
	sql_add(this->sql, " WHERE ");
	add_link_is_own(this, this->link->own);
	if (!this->link->is_symmetrical)
		return;
	sql_add(this->sql, " OR ");
	add_link_is_own(this, this->link->other);
}

/* The new row is quern__t, all of it; the columns of the result are chosen from that. */
static void add_create_linked(struct relation_sql *this)
{
	struct sql *sql = this->sql;

	sql_add(sql, "WITH quern__t AS (");
	sql_add_insert(sql);
	sql_add(sql, " RETURNING t.*), quern__l AS (");
	declare_own(this);
	declare_values(this);
	sql_add(sql, "INSERT INTO ");
	sql_add(sql, this->link->model->sql_name);
	add_link_targets(this);
	add_link_row(this, true, false);
	sql_add(sql, " FROM quern__t AS t");
	if (this->link->is_symmetrical) {
		sql_add(sql, " UNION ALL ");
		add_link_row(this, true, true);
		sql_add(sql, " FROM quern__t AS t");
	}
	sql_add(sql, ") SELECT ");
	for (unsigned i = 0; i < sql->model->field_count; i++)
		sql_add_result(sql, i);
	sql_add(sql, " FROM quern__t AS t");
}

static void add_links_operation(struct relation_sql *this, unsigned operation)
{
	switch (operation) {
	case KEY_RELATION_ADD:
		add_links(this, false);
		break;
	case KEY_RELATION_SET:
		add_set_links(this);
		break;
	case KEY_RELATION_REMOVE:
		add_remove_links(this);
		break;
	default:
		add_clear_links(this);
		break;
	}
}

void sql_add_relation_write(struct sql *sql, unsigned operation)
{
	struct relation_sql this = { .sql = sql, .owner = key_next_model(&sql->key) };
	bool is_many;

	this.relation = &this.owner->relations[key_next(&sql->key)];
	this.link = this.relation->link;
	is_many = this.relation->kind == QN_RELATION_MANY;
	this.keys = is_many ? this.relation->other : this.relation->model->primary_key;
	this.key_count = is_many ? this.relation->other_len : this.relation->model->primary_key_len;
	if (operation == KEY_RELATION_CREATE) {
		add_create_linked(&this);
		return;
	}
	declare_own(&this);
	if (operation != KEY_RELATION_CLEAR)
		declare_related(&this);
	if (is_many && (operation == KEY_RELATION_ADD || operation == KEY_RELATION_SET))
		declare_values(&this);
	if (is_many)
		add_links_operation(&this, operation);
	else if (operation == KEY_RELATION_CLEAR)
		relation_add_let_go(&this);
	else
		relation_add_move(&this, operation);
}
