#include "query/lookup.h"
#include "query/sql.h"

enum { TEXT_OID = 25, TEXT_ARRAY_OID = 1009 };

static void add_alternatives(struct sql *sql);

static bool is_opaque_scalar(const qn_field *field)
{
	return field->type == QN_TYPE_OPAQUE && !(field->flags & QN_FIELD_ARRAY);
}

static void add_text_column(struct sql *sql, const qn_field *field)
{
	sql_add_column(sql, field);
	if (field->type != QN_TYPE_TEXT)
		sql_add(sql, "::text");
}

/* An opaque type need not have an operator "=": its text is compared. */
static void add_compared_column(struct sql *sql, const qn_field *field)
{
	if (is_opaque_scalar(field))
		add_text_column(sql, field);
	else
		sql_add_column(sql, field);
}

static void add_comparison(struct sql *sql, const qn_field *field, const struct lookup_info *info)
{
	add_compared_column(sql, field);
	sql_add(sql, " ");
	sql_add(sql, info->sql);
	sql_add(sql, " ");
	sql_add_parameter(sql, is_opaque_scalar(field) ? TEXT_OID : sql_value_type(field));
}

static void add_list(struct sql *sql, const qn_field *field, const struct lookup_info *info)
{
	const struct type_info *type = type_info_of(field->type);

	add_compared_column(sql, field);
	sql_add(sql, " ");
	sql_add(sql, info->sql);
	sql_add(sql, "(");
	sql_add_parameter(sql, is_opaque_scalar(field) ? TEXT_ARRAY_OID : type->array_oid);
	sql_add(sql, ")");
}

static void add_pattern(struct sql *sql, const qn_field *field, const struct lookup_info *info)
{
	sql_add(sql, info->ignores_case ? "UPPER(" : "");
	add_text_column(sql, field);
	sql_add(sql, info->ignores_case ? ") " : " ");
	sql_add(sql, info->sql);
	sql_add(sql, info->ignores_case ? " UPPER(" : " ");
	sql_add_parameter(sql, TEXT_OID);
	sql_add(sql, info->ignores_case ? ")" : "");
}

static void add_range(struct sql *sql, const qn_field *field)
{
	sql_add_column(sql, field);
	sql_add(sql, " BETWEEN ");
	sql_add_parameter(sql, sql_value_type(field));
	sql_add(sql, " AND ");
	sql_add_parameter(sql, sql_value_type(field));
}

static void add_operand(struct sql *sql, const qn_field *field, const struct lookup_info *info)
{
	enum lookup_operand kind = OPERAND_NONE;

	(void)lookup_operand_of(info, field, &kind);
	switch (kind) {
	case OPERAND_NONE:
		sql_add_column(sql, field);
		sql_add(sql, " ");
		sql_add(sql, info->sql);
		break;
	case OPERAND_VALUE:
	case OPERAND_ARRAY:
	case OPERAND_DOCUMENT:
		add_comparison(sql, field, info);
		break;
	case OPERAND_RANGE:
		add_range(sql, field);
		break;
	case OPERAND_LIST:
		add_list(sql, field, info);
		break;
	case OPERAND_PATTERN:
		add_pattern(sql, field, info);
		break;
	case OPERAND_DOCUMENT_KEY:
		sql_add_column(sql, field);
		sql_add(sql, " ? ");
		sql_add_parameter(sql, TEXT_OID);
		break;
	}
}

/* NE and NOT_IN keep the rows where the column is NULL. */
static void add_lookup(struct sql *sql, unsigned lookup, const qn_field *field)
{
	bool keeps_null = (lookup == QN_LOOKUP_NE || lookup == QN_LOOKUP_NOT_IN) &&
			  (field->flags & QN_FIELD_NULLABLE);

	if (keeps_null)
		sql_add(sql, "(");
	add_operand(sql, field, lookup_info_of(lookup));
	if (!keeps_null)
		return;
	sql_add(sql, " OR ");
	sql_add_column(sql, field);
	sql_add(sql, " IS NULL)");
}

static void add_condition(struct sql *sql, unsigned token)
{
	const qn_field *field = &sql->model->fields[key_next(&sql->key)];

	switch (token) {
	case KEY_IS_TRUE:
		sql_add_column(sql, field);
		break;
	case KEY_IS_FALSE:
		sql_add(sql, "NOT ");
		sql_add_column(sql, field);
		break;
	case KEY_IS_NOT_TRUE:
		sql_add_column(sql, field);
		sql_add(sql, " IS NOT TRUE");
		break;
	case KEY_IS_NOT_FALSE:
		sql_add_column(sql, field);
		sql_add(sql, " IS NOT FALSE");
		break;
	default:
		add_lookup(sql, token, field);
		break;
	}
}

void sql_add_conjunction(struct sql *sql, const char *before)
{
	unsigned token;

	while ((token = key_next(&sql->key)) != KEY_END) {
		sql_add(sql, before);
		before = " AND ";
		if (token < KEY_ANY_OF) {
			add_condition(sql, token);
			continue;
		}
		if (key_is_related(token)) {
			sql_add_related(sql, token);
			continue;
		}
		sql_add(sql, "(");
		add_alternatives(sql);
		sql_add(sql, token == KEY_ANY_OF ? ")" : ") IS NOT TRUE");
	}
}

/* What is joined by OR, up to KEY_END; each begins with KEY_WHERE. */
static void add_alternatives(struct sql *sql)
{
	const char *before = "";

	while (key_next(&sql->key) == KEY_WHERE) {
		sql_add_conjunction(sql, before);
		before = " OR ";
	}
}

void sql_add_where(struct sql *sql)
{
	sql_add_conjunction(sql, " WHERE ");
}

void sql_add_key_condition(struct sql *sql)
{
	const qn_model *model = sql->model;

	for (size_t i = 0; i < model->primary_key_len; i++) {
		const qn_field *field = &model->fields[model->primary_key[i]];

		sql_add(sql, i ? " AND " : " WHERE ");
		sql_add_column(sql, field);
		sql_add(sql, " = ");
		sql_add_parameter(sql, sql_value_type(field));
	}
}
