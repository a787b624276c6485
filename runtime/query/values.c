#include "query/values.h"

#include <string.h>

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

bool row_value_is_null(const qn_field *field, const void *row)
{
	if (field->has != QN_NO_OFFSET)
		return !*((const bool *)row + field->has);
	return value_is_unset(field, (const char *)row + field->row);
}

void call_add_row_value(struct call *call, const qn_field *field, const void *row)
{
	if (row_value_is_null(field, row))
		add_null(call, field);
	else
		call_add_value(call, field, (const char *)row + field->row);
}

/* The layout that all qn_array_ structs share. */
struct value_array {
	const void *at;
	size_t len;
	const bool *is_null;
};

void call_add_row_values(struct call *call, const qn_field *field, const void *const *rows,
			 size_t count)
{
	size_t size = type_field_size(field);
	char *values = arena_reserve_array(&call->op->arena, count ? count : 1, size);
	struct value_array array = { .at = values, .len = count };

	if (!values) {
		op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory for %zu keys", count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (row_value_is_null(field, rows[i])) {
			op_refuse(call->op, QN_INVALID_VALUE, field,
				  "row %zu of those given has no value here", i);
			return;
		}
		memcpy(values + i * size, (const char *)rows[i] + field->row, size);
	}
	call_add_list(call, field, &array);
}

bool call_add_new_value(struct call *call, const qn_field *field, const void *values)
{
	const void *member = (const char *)values + field->values;
	unsigned set_op;

	if (field->is_plain) {
		call_add_required(call, field, member);
		return true;
	}
	set_op = *(const qn_set_op *)member;
	if (set_op == QN_SET_NOTHING || set_op == QN_SET_TO_DEFAULT)
		return false;
	if (set_op == QN_SET_ADD || set_op == QN_SET_MULTIPLY)
		op_refuse(call->op, QN_USAGE, field, "a new row has no value to compute with");
	else if (call_check_set_op(call, field, set_op))
		call_add_set(call, field, member);
	return true;
}

bool call_check_row(struct call *call, void *row)
{
	if (!row)
		call_refuse(call, "the row is NULL");
	else if (!call->model->primary_key_len)
		call_refuse(call, "the model has no key to find the row by");
	else
		call->op->row = row;
	return !call->op->refused;
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

void call_walk_new(struct call *call, const void *values)
{
	const qn_model *model = call->model;
	size_t count_at = call->key->len;
	unsigned count = 0;

	key_add(call->key, 0);
	for (unsigned i = 0; i < model->field_count; i++) {
		const qn_field *field = &model->fields[i];

		if (field->values == QN_NO_OFFSET || !call_add_new_value(call, field, values))
			continue;
		key_add(call->key, i);
		count++;
	}
	if (!call->key->failed)
		call->key->tokens[count_at] = (uint16_t)count;
}

void call_add_set(struct call *call, const qn_field *field, const void *set)
{
	const void *value = (const char *)set + type_set_as(field);
	bool is_null = *(const qn_set_op *)set == QN_SET_TO_NULL;

	if (!is_null && (!value_is_unset(field, value) || field->type == QN_TYPE_ENUM)) {
		call_add_value(call, field, value);
		return;
	}
	if (!(field->flags & QN_FIELD_NULLABLE))
		op_refuse(call->op, QN_INVALID_VALUE, field, "cannot be NULL");
	call_add_null(call);
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
