/*
 * The rows related to some others, whose keys are arrays:
 *
 *   SELECT t.id, ..., p.n FROM unnest($1) WITH ORDINALITY AS p(k1, n)
 *   JOIN related AS t ON t.author_id = p.k1 ...
 *
 * The server says by p.n which key a row belongs to: only it knows which values are equal. A limit
 * counts for each key, so that the rows come from a LATERAL subquery then. But where equal values
 * have equal bytes, and there is no limit, the key's own value says it:
 *
 *   SELECT t.id, ..., t.author_id FROM related AS t WHERE t.author_id = ANY($1) ...
 */
#include "query/sql.h"

static void add_numbered(struct sql *sql, char letter, size_t number)
{
	buf_add_char(&sql->text, letter);
	buf_add_uint(&sql->text, number);
}

static void add_key_array(struct sql *sql, const qn_field *field)
{
	sql_add_parameter(sql, sql_list_type(field));
	if (!sql_value_type(field))
		sql_add_cast(sql, field, true);
}

/* " FROM unnest($1, $2) WITH ORDINALITY AS p(k1, k2, n)" */
static void add_keys(struct sql *sql, const qn_model *parent, const qn_relation *relation)
{
	sql_add(sql, " FROM unnest(");
	for (size_t i = 0; i < relation->own_len; i++) {
		sql_add(sql, i ? ", " : "");
		add_key_array(sql, &parent->fields[relation->own[i]]);
	}
	sql_add(sql, ") WITH ORDINALITY AS p(");
	for (size_t i = 0; i < relation->own_len; i++) {
		add_numbered(sql, 'k', i + 1);
		sql_add(sql, ", ");
	}
	sql_add(sql, "n)");
}

static void add_column(struct sql *sql, const char *table, const qn_field *field)
{
	sql_add(sql, table);
	sql_add(sql, ".");
	sql_add_name(sql, field->column);
}

/* The condition that ties the related rows, or their links, to the keys. */
static void add_key_conditions(struct sql *sql, const qn_relation *relation, const char *before)
{
	const qn_link *link = relation->link;

	for (size_t i = 0; i < relation->own_len; i++) {
		sql_add(sql, i ? " AND " : before);
		if (link)
			add_column(sql, "l", &link->model->fields[link->own[i]]);
		else
			add_column(sql, "t", &relation->model->fields[relation->other[i]]);
		sql_add(sql, " = p.");
		add_numbered(sql, 'k', i + 1);
	}
}

static void add_link_conditions(struct sql *sql, const qn_relation *relation)
{
	const qn_link *link = relation->link;

	for (size_t i = 0; i < relation->other_len; i++) {
		sql_add(sql, i ? " AND " : " ON ");
		add_column(sql, "t", &relation->model->fields[relation->other[i]]);
		sql_add(sql, " = ");
		add_column(sql, "l", &link->model->fields[link->other[i]]);
	}
}

static void add_table(struct sql *sql, const qn_model *model, const char *alias)
{
	sql_add(sql, model->sql_name);
	sql_add(sql, " AS ");
	sql_add(sql, alias);
}

/*
 * " AND t.author_id = ANY($1)": says nothing new, but that it says it of the table makes the
 * planner use the table's index before it knows how few keys there are. Only where the server knows
 * the array's type, and of a single column.
 */
static void add_key_list(struct sql *sql, const qn_relation *relation)
{
	const qn_link *link = relation->link;
	const qn_field *field = link ? &link->model->fields[link->own[0]]
				     : &relation->model->fields[relation->other[0]];

	if (relation->own_len != 1 || !sql_value_type(field))
		return;
	sql_add(sql, " AND ");
	add_column(sql, link ? "l" : "t", field);
	sql_add(sql, " = ANY($1)");
}

/* " JOIN link AS l ON l.post_id = p.k1 AND l.post_id = ANY($1) JOIN tag AS t ON t.id = l.tag_id" */
static void add_related(struct sql *sql, const qn_relation *relation)
{
	sql_add(sql, " JOIN ");
	if (!relation->link) {
		add_table(sql, relation->model, "t");
		add_key_conditions(sql, relation, " ON ");
		add_key_list(sql, relation);
		return;
	}
	add_table(sql, relation->link->model, "l");
	add_key_conditions(sql, relation, " ON ");
	add_key_list(sql, relation);
	sql_add(sql, " JOIN ");
	add_table(sql, relation->model, "t");
	add_link_conditions(sql, relation);
}

/* Whether some term of the order terms, which come next in the key, is of a joined table. */
static bool order_is_joined(struct key_reader order)
{
	unsigned count = key_next(&order);
	bool is_joined = false;

	while (count--) {
		(void)key_next(&order);
		is_joined |= key_next(&order) >> KEY_LEVEL_SHIFT != 0;
	}
	return is_joined;
}

/* " CROSS JOIN LATERAL (SELECT t.* FROM related AS t WHERE t.author_id = p.k1 ... LIMIT 3) AS t" */
static void add_sliced(struct sql *sql, const qn_relation *relation, struct key_reader order)
{
	sql_add(sql, " CROSS JOIN LATERAL (SELECT t.* FROM ");
	if (relation->link) {
		add_table(sql, relation->link->model, "l");
		sql_add(sql, " JOIN ");
		add_table(sql, relation->model, "t");
		add_link_conditions(sql, relation);
	} else {
		add_table(sql, relation->model, "t");
	}
	if (order_is_joined(order))
		sql_add_joins(sql);
	add_key_conditions(sql, relation, " WHERE ");
	sql_add_conjunction(sql, " AND ");
	(void)key_next(&sql->key);
	sql_add_order(sql, " ORDER BY ", false);
	sql_add_slice(sql);
	sql_add(sql, ") AS t");
}

static bool has_slice(struct key_reader order)
{
	unsigned count = key_next(&order);
	bool is_sliced;

	while (count--) {
		(void)key_next(&order);
		(void)key_next(&order);
	}
	is_sliced = key_next(&order) != 0;
	return is_sliced | (key_next(&order) != 0);
}

/* Equal values have equal bytes on the wire. */
static bool is_told_by_bytes(const qn_field *field)
{
	switch (field->type) {
	case QN_TYPE_BOOL:
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_OID:
	case QN_TYPE_DATE:
	case QN_TYPE_TIME:
	case QN_TYPE_TIMESTAMP:
	case QN_TYPE_TIMESTAMPTZ:
	case QN_TYPE_UUID:
		return !(field->flags & QN_FIELD_ARRAY);
	default:
		return false;
	}
}

static const qn_field *key_field(const qn_relation *relation)
{
	if (relation->link)
		return &relation->link->model->fields[relation->link->own[0]];
	return &relation->model->fields[relation->other[0]];
}

static bool is_grouped_by_value(const qn_model *parent, const qn_relation *relation)
{
	const qn_field *field = key_field(relation);

	return relation->own_len == 1 && is_told_by_bytes(field) &&
	       parent->fields[relation->own[0]].type == field->type;
}

/* The column of the key, which may be one of the rows' own; else it comes last. */
static void add_group_column(struct sql *sql, const qn_relation *relation)
{
	const uint16_t *columns = (const uint16_t *)(const void *)sql->columns.at;
	size_t count = sql->columns.len / sizeof(*columns);

	sql->group_field = key_field(relation);
	sql->group_column = count;
	for (size_t i = 0; !relation->link && i < sql->own_columns; i++)
		if (columns[i] == relation->other[0])
			sql->group_column = i;
	if (sql->group_column < count)
		return;
	sql_add(sql, ", ");
	add_column(sql, relation->link ? "l" : "t", sql->group_field);
}

/* " FROM link AS l JOIN tag AS t ON t.id = l.tag_id WHERE l.post_id = ANY($1) AND ..." */
static void add_related_by_value(struct sql *sql, const qn_relation *relation)
{
	sql_add(sql, " FROM ");
	if (relation->link) {
		add_table(sql, relation->link->model, "l");
		sql_add(sql, " JOIN ");
	}
	add_table(sql, relation->model, "t");
	if (relation->link)
		add_link_conditions(sql, relation);
	sql_add_joins(sql);
	sql_add(sql, " WHERE ");
	add_column(sql, relation->link ? "l" : "t", sql->group_field);
	sql_add(sql, " = ANY(");
	sql_add_parameter(sql, sql_list_type(sql->group_field));
	sql_add(sql, ")");
	sql_add_conjunction(sql, " AND ");
	(void)key_next(&sql->key);
	sql_add_order(sql, " ORDER BY ", false);
}

void sql_add_prefetch(struct sql *sql)
{
	const qn_model *parent = key_next_model(&sql->key);
	const qn_relation *relation = &parent->relations[key_next(&sql->key)];
	struct key_reader order = sql_options_reader(sql->key);

	(void)key_next(&order);
	sql_add(sql, "SELECT ");
	sql_add_query_results(sql);
	if (is_grouped_by_value(parent, relation) && !has_slice(order)) {
		add_group_column(sql, relation);
		add_related_by_value(sql, relation);
		return;
	}
	sql->group_column = sql->columns.len / sizeof(uint16_t);
	sql_add(sql, ", p.n");
	add_keys(sql, parent, relation);
	if (has_slice(order)) {
		add_sliced(sql, relation, order);
		sql_add_joins(sql);
		sql->key = order;
		sql_add_order(sql, " ORDER BY p.n, ", false);
	} else {
		add_related(sql, relation);
		sql_add_joins(sql);
		sql_add_where(sql);
		(void)key_next(&sql->key);
		sql_add_order(sql, " ORDER BY ", false);
	}
}
