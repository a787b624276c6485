#include "query/sql.h"

enum { INT8_OID = 20 };

static const char *const lock_clauses[] = {
	[QN_FOR_UPDATE] = " FOR UPDATE",
	[QN_FOR_NO_KEY_UPDATE] = " FOR NO KEY UPDATE",
	[QN_FOR_SHARE] = " FOR SHARE",
	[QN_FOR_KEY_SHARE] = " FOR KEY SHARE",
};

/*
 * The select list precedes the where in the text and follows it in the key; so the options are
 * found first, with a reader that skips the where.
 */
struct key_reader sql_options_reader(struct key_reader reader)
{
	unsigned depth = 0;

	for (;;) {
		unsigned token = key_next(&reader);

		if (token == KEY_END && depth-- == 0)
			return reader;
		if (token == KEY_ANY_OF || token == KEY_NONE_OF || token == KEY_WHERE ||
		    key_is_related(token))
			depth++;
		if (token < KEY_ANY_OF || key_is_related(token))
			(void)key_next(&reader);
	}
}

void sql_add_from(struct sql *sql)
{
	sql_add(sql, " FROM ");
	sql_add(sql, sql->model->sql_name);
	sql_add(sql, " AS t");
	sql_add_joins(sql);
}

void sql_add_order(struct sql *sql, const char *before, bool is_distinct)
{
	unsigned count = key_next(&sql->key);

	for (unsigned i = 0; i < count; i++) {
		unsigned index = key_next(&sql->key);
		unsigned flags = key_next(&sql->key);
		unsigned alias = flags >> KEY_LEVEL_SHIFT;
		const qn_field *field = &sql_model_of(sql, alias)->fields[index];

		sql_add(sql, i ? ", " : before);
		sql_add_column_of(sql, alias, field);
		/* With DISTINCT the server wants the very expression of the select list. */
		if (is_distinct && field->type == QN_TYPE_OPAQUE)
			sql_add(sql, "::text");
		sql_add(sql, flags & KEY_DESCENDING ? " DESC" : "");
		sql_add(sql, flags & KEY_NULLS_FIRST ? " NULLS FIRST" : "");
		sql_add(sql, flags & KEY_NULLS_LAST ? " NULLS LAST" : "");
	}
}

void sql_add_slice(struct sql *sql)
{
	unsigned limit = key_next(&sql->key);

	if (limit == KEY_LIMIT_PARAMETER) {
		sql_add(sql, " LIMIT ");
		sql_add_parameter(sql, INT8_OID);
	} else if (limit) {
		sql_add(sql, " LIMIT ");
		buf_add_uint(&sql->text, limit);
	}
	if (key_next(&sql->key)) {
		sql_add(sql, " OFFSET ");
		sql_add_parameter(sql, INT8_OID);
	}
}

static void add_lock(struct sql *sql, unsigned flags)
{
	if (!(flags >> KEY_LOCK_SHIFT))
		return;
	sql_add(sql, lock_clauses[flags >> KEY_LOCK_SHIFT]);
	sql_add(sql, sql_join_count(sql) ? " OF t" : "");
	sql_add(sql, flags & KEY_SKIP_LOCKED ? " SKIP LOCKED" : "");
	sql_add(sql, flags & KEY_NOWAIT ? " NOWAIT" : "");
}

void sql_add_query_results(struct sql *sql)
{
	struct key_reader where = sql->key;
	unsigned order_count;

	sql->key = sql_options_reader(where);
	(void)key_next(&sql->key);
	order_count = key_next(&sql->key);
	for (unsigned i = 0; i < 2 * order_count + 2; i++)
		(void)key_next(&sql->key);
	sql_add_loaded(sql);
	sql->key = where;
}

static void add_rest(struct sql *sql)
{
	unsigned flags;

	sql_add_from(sql);
	sql_add_where(sql);
	flags = key_next(&sql->key);
	sql_add_order(sql, " ORDER BY ", flags & KEY_DISTINCT);
	sql_add_slice(sql);
	add_lock(sql, flags);
}

static void add_query(struct sql *sql, unsigned flags)
{
	sql_add(sql, flags & KEY_DISTINCT ? "SELECT DISTINCT " : "SELECT ");
	sql_add_query_results(sql);
	add_rest(sql);
}

/* A slice, or DISTINCT, is made first and counted then. */
static void add_count(struct sql *sql, struct key_reader options, unsigned flags)
{
	struct key_reader slice = options;
	bool is_sliced;

	for (unsigned i = 0; i < 2; i++)
		(void)key_next(&slice);
	is_sliced = key_next(&slice);
	is_sliced |= key_next(&slice) != 0;
	sql_add(sql, "SELECT count(*)");
	if (!is_sliced && !(flags & KEY_DISTINCT)) {
		add_rest(sql);
		return;
	}
	sql_add(sql, " FROM (");
	if (flags & KEY_DISTINCT) {
		add_query(sql, flags);
		sql->columns.len = 0;
	} else {
		sql_add(sql, "SELECT 1");
		add_rest(sql);
	}
	sql_add(sql, ") AS s");
}

void sql_add_select(struct sql *sql, unsigned operation)
{
	struct key_reader options;
	unsigned flags;

	if (operation == KEY_SELECT_ROW) {
		sql_add(sql, "SELECT ");
		sql_add_results(sql);
		sql_add_from(sql);
		sql_add_key_condition(sql);
		return;
	}
	options = sql_options_reader(sql->key);
	flags = options.at < options.end ? *options.at : 0;
	if (operation == KEY_COUNT) {
		add_count(sql, options, flags);
	} else if (operation == KEY_EXISTS && !(flags & KEY_DISTINCT)) {
		sql_add(sql, "SELECT 1");
		add_rest(sql);
	} else {
		add_query(sql, flags);
	}
}
