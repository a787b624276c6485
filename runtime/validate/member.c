#include "validate/member.h"

#include "codec/type.h"

static struct member member_wrong(const char *code, const char *message)
{
	return (struct member){ .kind = MEMBER_WRONG, .problem = { code, message } };
}

static bool value_is_null(const qn_field *field, const void *value)
{
	return !(field->flags & QN_FIELD_ARRAY) &&
	       type_info_of(field->type)->flags & TYPE_POINTER && !*(const char *const *)value;
}

static struct member member_null(const qn_field *field)
{
	if (!(field->flags & QN_FIELD_NULLABLE))
		return member_wrong("null", "cannot be null");
	return (struct member){ .kind = MEMBER_NULL };
}

/* A member that says nothing, or asks for the default. */
static struct member member_default(const qn_field *field)
{
	if (field->flags & QN_FIELD_HAS_DEFAULT)
		return (struct member){ .kind = MEMBER_ABSENT };
	if (field->flags & QN_FIELD_NULLABLE)
		return (struct member){ .kind = MEMBER_NULL };
	return member_wrong("required", "has no default; give it a value");
}

static struct member member_computed(const qn_field *field, const void *amount, qn_set_op op)
{
	const struct type_info *info = type_info_of(field->type);

	if (!(info->flags & TYPE_ARITHMETIC) || field->flags & QN_FIELD_ARRAY)
		return member_wrong("invalid", "cannot be added to or multiplied");
	if (op == QN_SET_MULTIPLY && field->type == QN_TYPE_INTERVAL)
		return member_wrong("invalid", "cannot be multiplied by an interval");
	if (value_is_null(field, amount))
		return member_wrong("null", "cannot be computed with an amount of NULL");
	return (struct member){ .kind = MEMBER_COMPUTED, .value = amount };
}

static struct member member_set(const qn_field *field, const void *set, bool is_changes)
{
	qn_set_op op = *(const qn_set_op *)set;
	const void *value = (const char *)set + type_set_as(field);

	switch (op) {
	case QN_SET_NOTHING:
		if (!is_changes)
			return member_default(field);
		return (struct member){ .kind = MEMBER_ABSENT };
	case QN_SET_TO_VALUE:
		if (value_is_null(field, value))
			return member_null(field);
		return (struct member){ .kind = MEMBER_VALUE, .value = value };
	case QN_SET_TO_NULL:
		return member_null(field);
	case QN_SET_TO_DEFAULT:
		return member_default(field);
	case QN_SET_ADD:
	case QN_SET_MULTIPLY:
		if (is_changes)
			return member_computed(field, value, op);
		return member_wrong("invalid", "has no value to compute with in a new row");
	default:
		return member_wrong("invalid", "is set in no way that there is");
	}
}

struct member member_read(const qn_field *field, const void *values, bool is_changes)
{
	uint32_t offset = is_changes ? field->changes : field->values;
	const void *at;

	if (offset == QN_NO_OFFSET)
		return (struct member){ .kind = MEMBER_ABSENT };
	at = (const char *)values + offset;
	if (is_changes || !field->is_plain)
		return member_set(field, at, is_changes);
	if (value_is_null(field, at))
		return member_wrong("required", "is required");
	return (struct member){ .kind = MEMBER_VALUE, .value = at };
}
