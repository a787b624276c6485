#include "query/lookup.h"

#include <math.h>
#include <string.h>

#define PATTERN(name, case_blind, first, last)                                                    \
	{                                                                                         \
		.macro = (name), .sql = "LIKE", .scalar_types = TYPE_PATTERN,                     \
		.scalar_operand = OPERAND_PATTERN, .ignores_case = (case_blind), .escapes = true, \
		.before = (first), .after = (last)                                                \
	}
#define COMPARE(name, text, types, arrays)                               \
	{                                                                \
		.macro = (name), .sql = (text), .scalar_types = (types), \
		.scalar_operand = OPERAND_VALUE, .on_arrays = (arrays)   \
	}
#define ON_ARRAYS(name, text)                                     \
	{                                                         \
		.macro = (name), .sql = (text), .on_arrays = true \
	}
#define ON_DOCUMENTS(name, text, kind)                                             \
	{                                                                          \
		.macro = (name), .sql = (text), .scalar_types = TYPE_JSON_LOOKUPS, \
		.scalar_operand = (kind)                                           \
	}
#define REGEX(name, text)                                                     \
	{                                                                     \
		.macro = (name), .sql = (text), .scalar_types = TYPE_PATTERN, \
		.scalar_operand = OPERAND_PATTERN, .before = "", .after = ""  \
	}
#define ANY_TYPE 0xFFFF

static const struct lookup_info lookups[] = {
	[QN_LOOKUP_IS_NULL] = { .macro = "QN_IS_NULL",
				.sql = "IS NULL",
				.scalar_types = ANY_TYPE,
				.on_arrays = true },
	[QN_LOOKUP_IS_NOT_NULL] = { .macro = "QN_IS_NOT_NULL",
				    .sql = "IS NOT NULL",
				    .scalar_types = ANY_TYPE,
				    .on_arrays = true },
	[QN_LOOKUP_EQ] = COMPARE("QN_EQ", "=", TYPE_EQUALITY, true),
	[QN_LOOKUP_NE] = COMPARE("QN_NE", "<>", TYPE_EQUALITY, true),
	[QN_LOOKUP_GT] = COMPARE("QN_GT", ">", TYPE_ORDERED, false),
	[QN_LOOKUP_GTE] = COMPARE("QN_GTE", ">=", TYPE_ORDERED, false),
	[QN_LOOKUP_LT] = COMPARE("QN_LT", "<", TYPE_ORDERED, false),
	[QN_LOOKUP_LTE] = COMPARE("QN_LTE", "<=", TYPE_ORDERED, false),
	[QN_LOOKUP_RANGE] = { .macro = "QN_RANGE",
			      .sql = "BETWEEN",
			      .scalar_types = TYPE_ORDERED,
			      .scalar_operand = OPERAND_RANGE },
	[QN_LOOKUP_IN] = { .macro = "QN_IN",
			   .sql = "= ANY",
			   .scalar_types = TYPE_EQUALITY,
			   .scalar_operand = OPERAND_LIST },
	[QN_LOOKUP_NOT_IN] = { .macro = "QN_NOT_IN",
			       .sql = "<> ALL",
			       .scalar_types = TYPE_EQUALITY,
			       .scalar_operand = OPERAND_LIST },
	[QN_LOOKUP_IEQ] = { .macro = "QN_IEQ",
			    .sql = "=",
			    .scalar_types = TYPE_PATTERN,
			    .scalar_operand = OPERAND_PATTERN,
			    .ignores_case = true,
			    .before = "",
			    .after = "" },
	[QN_LOOKUP_CONTAINS] = PATTERN("QN_CONTAINS", false, "%", "%"),
	[QN_LOOKUP_ICONTAINS] = PATTERN("QN_ICONTAINS", true, "%", "%"),
	[QN_LOOKUP_STARTS_WITH] = PATTERN("QN_STARTS_WITH", false, "", "%"),
	[QN_LOOKUP_ISTARTS_WITH] = PATTERN("QN_ISTARTS_WITH", true, "", "%"),
	[QN_LOOKUP_ENDS_WITH] = PATTERN("QN_ENDS_WITH", false, "%", ""),
	[QN_LOOKUP_IENDS_WITH] = PATTERN("QN_IENDS_WITH", true, "%", ""),
	[QN_LOOKUP_REGEX] = REGEX("QN_REGEX", "~"),
	[QN_LOOKUP_IREGEX] = REGEX("QN_IREGEX", "~*"),
	[QN_LOOKUP_ARRAY_CONTAINS] = ON_ARRAYS("QN_ARRAY_CONTAINS", "@>"),
	[QN_LOOKUP_ARRAY_CONTAINED_BY] = ON_ARRAYS("QN_ARRAY_CONTAINED_BY", "<@"),
	[QN_LOOKUP_ARRAY_OVERLAPS] = ON_ARRAYS("QN_ARRAY_OVERLAPS", "&&"),
	[QN_LOOKUP_JSON_CONTAINS] = ON_DOCUMENTS("QN_JSON_CONTAINS", "@>", OPERAND_DOCUMENT),
	[QN_LOOKUP_JSON_CONTAINED_BY] =
		ON_DOCUMENTS("QN_JSON_CONTAINED_BY", "<@", OPERAND_DOCUMENT),
	[QN_LOOKUP_JSON_HAS_KEY] = ON_DOCUMENTS("QN_JSON_HAS_KEY", "?", OPERAND_DOCUMENT_KEY),
};

_Static_assert(sizeof(lookups) / sizeof(lookups[0]) == QN_LOOKUP_COUNT_, "a row for each lookup");

const struct lookup_info *lookup_info_of(unsigned lookup)
{
	return lookup > QN_LOOKUP_NONE && lookup < QN_LOOKUP_COUNT_ ? &lookups[lookup] : NULL;
}

bool field_is_array(const qn_field *field)
{
	return (field->flags & QN_FIELD_ARRAY) || (type_info_of(field->type)->flags & TYPE_VECTOR);
}

bool lookup_operand_of(const struct lookup_info *info, const qn_field *field,
		       enum lookup_operand *operand)
{
	unsigned type_flags = type_info_of(field->type)->flags;

	if (info->scalar_types == ANY_TYPE) {
		*operand = OPERAND_NONE;
		return true;
	}
	if (field_is_array(field)) {
		*operand = OPERAND_ARRAY;
		return info->on_arrays && (type_flags & TYPE_EQUALITY);
	}
	*operand = (enum lookup_operand)info->scalar_operand;
	if (info->scalar_operand == OPERAND_LIST && (type_flags & TYPE_JSON_LOOKUPS))
		return false;
	return info->scalar_types & type_flags;
}

/* As the server has it: NaN is equal to itself and over everything else. */
static bool double_is_greater(double a, double b)
{
	return isnan(a) ? !isnan(b) : a > b;
}

#define GREATER(type)                (*(const type *)low > *(const type *)high)
#define GREATER_MEMBER(type, member) (((const type *)low)->member > ((const type *)high)->member)

bool range_is_reversed(const qn_field *field, const void *low, const void *high)
{
	switch (field->type) {
	case QN_TYPE_INT16:
		return GREATER(int16_t);
	case QN_TYPE_INT32:
		return GREATER(int32_t);
	case QN_TYPE_INT64:
		return GREATER(int64_t);
	case QN_TYPE_OID:
		return GREATER(uint32_t);
	case QN_TYPE_CHAR:
		return GREATER(unsigned char);
	case QN_TYPE_FLOAT:
		return double_is_greater((double)*(const float *)low, (double)*(const float *)high);
	case QN_TYPE_DOUBLE:
		return double_is_greater(*(const double *)low, *(const double *)high);
	case QN_TYPE_DECIMAL:
		return qn_decimal_compare(*(const qn_decimal *)low, *(const qn_decimal *)high) > 0;
	case QN_TYPE_DATE:
		return GREATER_MEMBER(qn_date, days);
	case QN_TYPE_TIME:
		return GREATER_MEMBER(qn_time, microseconds);
	case QN_TYPE_TIMESTAMP:
		return GREATER_MEMBER(qn_timestamp, microseconds);
	case QN_TYPE_TIMESTAMPTZ:
		return GREATER_MEMBER(qn_timestamptz, microseconds);
	case QN_TYPE_UUID:
		return memcmp(low, high, sizeof(qn_uuid)) > 0;
	case QN_TYPE_MACADDR:
		return memcmp(low, high, sizeof(qn_macaddr)) > 0;
	default:
		return false;
	}
}
