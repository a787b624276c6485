#include "query/sql.h"

void sql_add_insert(struct sql *sql)
{
	unsigned count = key_next(&sql->key);
	struct key_reader fields = sql->key;

	sql_add(sql, "INSERT INTO ");
	sql_add(sql, sql->model->sql_name);
	sql_add(sql, " AS t");
	if (!count)
		sql_add(sql, " DEFAULT VALUES");
	for (unsigned i = 0; i < count; i++) {
		sql_add(sql, i ? ", " : " (");
		sql_add_target(sql, &sql->model->fields[key_next(&sql->key)]);
	}
	for (unsigned i = 0; i < count; i++) {
		sql_add(sql, i ? ", " : ") VALUES (");
		sql_add_parameter(sql, sql_value_type(&sql->model->fields[key_next(&fields)]));
	}
	if (count)
		sql_add(sql, ")");
}

static void add_insert(struct sql *sql)
{
	sql_add_insert(sql);
	if (key_next(&sql->key)) {
		sql_add(sql, " RETURNING ");
		sql_add_results(sql);
	}
}

static void add_assignment(struct sql *sql, const qn_field *field, unsigned set_op)
{
	sql_add_target(sql, field);
	switch (set_op) {
	case QN_SET_TO_DEFAULT:
		sql_add(sql, " = DEFAULT");
		return;
	case QN_SET_NOTHING:
		sql_add(sql, " = now()");
		return;
	case QN_SET_ADD:
	case QN_SET_MULTIPLY:
		sql_add(sql, " = ");
		sql_add_column(sql, field);
		sql_add(sql, set_op == QN_SET_ADD ? " + " : " * ");
		break;
	default:
		sql_add(sql, " = ");
		break;
	}
	sql_add_parameter(sql, sql_value_type(field));
}

/*
 * The key has how many, and field and operation of each; QN_SET_NOTHING is what `on update now()`
 * does.
 */
static void add_assignments(struct sql *sql)
{
	unsigned count = key_next(&sql->key);

	sql_add(sql, "UPDATE ");
	sql_add(sql, sql->model->sql_name);
	sql_add(sql, " AS t SET ");
	for (unsigned i = 0; i < count; i++) {
		const qn_field *field = &sql->model->fields[key_next(&sql->key)];

		sql_add(sql, i ? ", " : "");
		add_assignment(sql, field, key_next(&sql->key));
	}
}

/* What the database computes is read back. */
static void add_returning_now(struct sql *sql, struct key_reader assignments)
{
	unsigned count = key_next(&assignments);
	const char *before = " RETURNING ";

	while (count--) {
		unsigned field = key_next(&assignments);

		if (key_next(&assignments) != QN_SET_NOTHING)
			continue;
		sql_add(sql, before);
		before = "";
		sql_add_result(sql, field);
	}
}

static void add_delete(struct sql *sql)
{
	sql_add(sql, "DELETE FROM ");
	sql_add(sql, sql->model->sql_name);
	sql_add(sql, " AS t");
}

void sql_add_write(struct sql *sql, unsigned operation)
{
	struct key_reader start = sql->key;

	switch (operation) {
	case KEY_INSERT:
		add_insert(sql);
		break;
	case KEY_UPDATE:
		add_assignments(sql);
		sql_add_where(sql);
		break;
	case KEY_UPDATE_ROW:
		add_assignments(sql);
		sql_add_key_condition(sql);
		add_returning_now(sql, start);
		break;
	case KEY_DELETE:
		add_delete(sql);
		sql_add_where(sql);
		break;
	default:
		add_delete(sql);
		sql_add_key_condition(sql);
		break;
	}
}
