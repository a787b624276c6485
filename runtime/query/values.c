#include "query/values.h"

/* True when the C value itself says that there is none: a NULL pointer, an enum's 0. */
static bool value_is_unset(const qn_field *field, const void *value)
{
	if (field->flags & QN_FIELD_ARRAY)
		return false;
	if (type_info_of(field->type)->flags & TYPE_POINTER)
		return !*(const char *const *)value;
	return field->type == QN_TYPE_ENUM && *(const int *)value == 0;
}

static void add_null(struct call *call, const qn_field *field)
{
	if (!(field->flags & QN_FIELD_NULLABLE))
		op_refuse(call->op, QN_INVALID_VALUE, field, "is required; give it a value");
	call_add_null(call);
}

void call_add_row_value(struct call *call, const qn_field *field, const void *row)
{
	const void *value = (const char *)row + field->row;
	bool is_null = field->has == QN_NO_OFFSET ? value_is_unset(field, value)
						  : !*((const bool *)row + field->has);

	if (is_null)
		add_null(call, field);
	else
		call_add_value(call, field, value);
}

void call_add_row_key(struct call *call, const void *row)
{
	const qn_model *model = call->model;

	for (size_t i = 0; i < model->primary_key_len; i++)
		call_add_row_value(call, &model->fields[model->primary_key[i]], row);
}

void call_add_required(struct call *call, const qn_field *field, const void *value)
{
	if (value_is_unset(field, value))
		add_null(call, field);
	else
		call_add_value(call, field, value);
}

void call_add_set(struct call *call, const qn_field *field, const void *set)
{
	const void *value = (const char *)set + type_set_as(field);
	bool is_null = *(const qn_set_op *)set == QN_SET_TO_NULL;

	if (is_null || (value_is_unset(field, value) && field->type != QN_TYPE_ENUM))
		add_null(call, field);
	else
		call_add_value(call, field, value);
}

void call_add_amount(struct call *call, const qn_field *field, const void *change)
{
	const void *amount = (const char *)change + type_set_as(field);

	if (value_is_unset(field, amount))
		op_refuse(call->op, QN_USAGE, field,
			  "an amount of NULL makes it NULL; use "
			  "QN_SET_NULL");
	else
		call_add_operand(call, field, amount);
}

bool call_check_set_op(struct call *call, const qn_field *field, unsigned set_op)
{
	bool is_arithmetic = set_op == QN_SET_ADD || set_op == QN_SET_MULTIPLY;
	const struct type_info *info = type_info_of(field->type);
	const char *reason = NULL;

	if (set_op > QN_SET_MULTIPLY)
		reason = "this number is not a way to set it; use the QN_ macros";
	else if (is_arithmetic &&
		 (!(info->flags & TYPE_ARITHMETIC) || (field->flags & QN_FIELD_ARRAY)))
		reason = "its type cannot be added to or multiplied";
	else if (set_op == QN_SET_MULTIPLY && field->type == QN_TYPE_INTERVAL)
		reason = "an interval cannot be multiplied by an interval";
	else if (set_op == QN_SET_TO_DEFAULT &&
		 !(field->flags & (QN_FIELD_HAS_DEFAULT | QN_FIELD_NULLABLE)))
		reason = "it has no default; give it a value";
	if (reason)
		op_refuse(call->op, QN_USAGE, field, "%s", reason);
	return !reason;
}
