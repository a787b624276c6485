#include "query/sql.h"

#include <string.h>

enum { TEXT_ARRAY_OID = 1009 };

void sql_add(struct sql *sql, const char *text)
{
	buf_add_cstring(&sql->text, text);
}

void sql_add_parameter(struct sql *sql, Oid type)
{
	buf_add_char(&sql->text, '$');
	buf_add_uint(&sql->text, ++sql->parameter_count);
	buf_add_bytes(&sql->parameter_types, &type, sizeof(type));
}

/* Any keyword may follow a dot, so only case and odd characters matter there. */
static bool is_plain(const char *name)
{
	if (!((*name >= 'a' && *name <= 'z') || *name == '_'))
		return false;
	for (; *name; name++) {
		if (!((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') ||
		      *name == '_'))
			return false;
	}
	return true;
}

static void add_quoted(struct sql *sql, const char *name)
{
	buf_add_char(&sql->text, '"');
	for (; *name; name++) {
		if (*name == '"')
			buf_add_char(&sql->text, '"');
		buf_add_char(&sql->text, *name);
	}
	buf_add_char(&sql->text, '"');
}

void sql_add_alias(struct sql *sql, unsigned alias)
{
	sql_add(sql, "t");
	if (alias)
		buf_add_uint(&sql->text, alias);
}

void sql_add_column(struct sql *sql, const qn_field *field)
{
	sql_add_column_of(sql, sql->alias, field);
}

void sql_add_column_of(struct sql *sql, unsigned alias, const qn_field *field)
{
	sql_add_alias(sql, alias);
	sql_add(sql, ".");
	sql_add_name(sql, field->column);
}

void sql_add_name(struct sql *sql, const char *column)
{
	if (is_plain(column))
		sql_add(sql, column);
	else
		add_quoted(sql, column);
}

void sql_add_target(struct sql *sql, const qn_field *field)
{
	add_quoted(sql, field->column);
}

void sql_add_result(struct sql *sql, unsigned field)
{
	uint16_t index = (uint16_t)field;

	if (sql->columns.len)
		sql_add(sql, ", ");
	sql_add_column(sql, &sql->model->fields[field]);
	if (sql->model->fields[field].type == QN_TYPE_OPAQUE)
		sql_add(sql, "::text");
	buf_add_bytes(&sql->columns, &index, sizeof(index));
}

void sql_add_results(struct sql *sql)
{
	unsigned count = key_next(&sql->key);

	if (!count) {
		for (unsigned i = 0; i < sql->model->field_count; i++)
			sql_add_result(sql, i);
		return;
	}
	while (count--)
		sql_add_result(sql, key_next(&sql->key));
}

Oid sql_value_type(const qn_field *field)
{
	const struct type_info *info = type_info_of(field->type);

	if (info->flags & TYPE_CAST)
		return 0;
	return field->flags & QN_FIELD_ARRAY ? info->array_oid : info->oid;
}

Oid sql_list_type(const qn_field *field)
{
	const struct type_info *info = type_info_of(field->type);

	if (field->type == QN_TYPE_OPAQUE)
		return TEXT_ARRAY_OID;
	return info->flags & TYPE_CAST ? 0 : info->array_oid;
}

void sql_add_cast(struct sql *sql, const qn_field *field, bool is_array)
{
	sql_add(sql, "::");
	sql_add(sql, field->enumeration ? field->enumeration->sql_name : field->sql_type);
	sql_add(sql, is_array ? "[]" : "");
}

/* A copy for the arena; the zero bytes of an empty buffer are a pointer all the same. */
static bool copy_out(struct arena *arena, const struct buf *from, void *out)
{
	void *memory = arena_alloc(arena, from->len);

	if (!memory || from->failed)
		return false;
	if (from->len)
		memcpy(memory, from->at, from->len);
	memcpy(out, &memory, sizeof(memory));
	return true;
}

bool sql_build(const struct key *key, const qn_model *model, struct arena *arena,
	       struct sql_text *out)
{
	struct sql sql = { .model = model, .key = key_read(key->tokens, key->len) };
	unsigned operation = key_next(&sql.key);
	bool built;

	if (operation == KEY_SELECT || operation == KEY_COUNT || operation == KEY_EXISTS ||
	    operation == KEY_SELECT_ROW)
		sql_add_select(&sql, operation);
	else if (operation == KEY_DELETE_COUNTED)
		sql_add_delete_counted(&sql);
	else if (operation == KEY_PREFETCH)
		sql_add_prefetch(&sql);
	else if (operation == KEY_UNIQUE)
		sql_add_unique(&sql);
	else if (operation >= KEY_RELATION_ADD && operation <= KEY_RELATION_CREATE)
		sql_add_relation_write(&sql, operation);
	else
		sql_add_write(&sql, operation);
	buf_add_char(&sql.text, '\0');

	*out = (struct sql_text){ .parameter_count = sql.parameter_count };
	out->columns.len = sql.columns.len / sizeof(uint16_t);
	out->is_grouped = operation == KEY_PREFETCH;
	out->group_field = sql.group_field;
	out->group_column = sql.group_column;
	built = copy_out(arena, &sql.text, &out->text) &&
		copy_out(arena, &sql.parameter_types, &out->parameter_types) &&
		copy_out(arena, &sql.columns, &out->columns.at) &&
		sql_take_levels(&sql, arena, out);
	buf_free(&sql.text);
	buf_free(&sql.parameter_types);
	buf_free(&sql.columns);
	buf_free(&sql.joins);
	return built;
}
