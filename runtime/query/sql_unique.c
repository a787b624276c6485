#include "query/sql.h"

/* "(t.id)", or the parameters of such a row. */
static void add_key(struct sql *sql, bool is_given)
{
	const qn_model *model = sql->model;

	for (size_t i = 0; i < model->primary_key_len; i++) {
		const qn_field *field = &model->fields[model->primary_key[i]];

		sql_add(sql, i ? ", " : "(");
		if (is_given)
			sql_add_parameter(sql, sql_value_type(field));
		else
			sql_add_column(sql, field);
	}
	sql_add(sql, ")");
}

static void add_exists(struct sql *sql, bool leaves_row_out)
{
	const qn_unique *unique = &sql->model->rules->uniques[key_next(&sql->key)];

	sql_add(sql, "EXISTS (SELECT 1 FROM ");
	sql_add(sql, sql->model->sql_name);
	sql_add(sql, " AS t");
	for (size_t i = 0; i < unique->field_count; i++) {
		const qn_field *field = &sql->model->fields[unique->fields[i]];

		sql_add(sql, i ? " AND " : " WHERE ");
		sql_add_column(sql, field);
		if (key_next(&sql->key)) {
			sql_add(sql, " IS NULL");
		} else {
			sql_add(sql, " = ");
			sql_add_parameter(sql, sql_value_type(field));
		}
	}
	if (leaves_row_out) {
		sql_add(sql, " AND ");
		add_key(sql, false);
		sql_add(sql, " <> ");
		add_key(sql, true);
	}
	sql_add(sql, ")");
}

void sql_add_unique(struct sql *sql)
{
	bool leaves_row_out = key_next(&sql->key);
	unsigned count = key_next(&sql->key);

	for (unsigned i = 0; i < count; i++) {
		sql_add(sql, i ? ", " : "SELECT ");
		add_exists(sql, leaves_row_out);
	}
}
