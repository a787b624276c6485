/*
 * Scalars of JSON into C values, by the one table of types.
 */
#include "json/read.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codec/type.h"
#include "validate/value.h"
#include "json/read_number.h"

#define INVALID(reason) ((struct problem){ "invalid", reason })

typedef struct problem json_form(struct json_reader *reader, const qn_field *field,
				 const struct json_scalar *scalar, void *out);

static bool is_number(const struct json_scalar *scalar)
{
	return scalar->token == JSON_INTEGER || scalar->token == JSON_NUMBER;
}

static bool is_text(const struct json_scalar *scalar)
{
	return scalar->token == JSON_TEXT;
}

static struct problem take_bool(struct json_reader *reader, const qn_field *field,
				const struct json_scalar *scalar, void *out)
{
	(void)reader;
	(void)field;
	if (scalar->token != JSON_TRUE && scalar->token != JSON_FALSE)
		return INVALID("is neither true nor false");
	*(bool *)out = scalar->token == JSON_TRUE;
	return NO_PROBLEM;
}

struct integer_range {
	int64_t least;
	int64_t most;
	const char *too_small;
	const char *too_large;
};

static const struct integer_range *range_of(const qn_field *field)
{
	static const struct integer_range int16 = { INT16_MIN, INT16_MAX, "is below -32768",
						    "is over 32767" };
	static const struct integer_range int32 = { INT32_MIN, INT32_MAX, "is below -2147483648",
						    "is over 2147483647" };
	static const struct integer_range int64 = { INT64_MIN, INT64_MAX,
						    "is below -9223372036854775808",
						    "is over 9223372036854775807" };
	static const struct integer_range oid = { 0, UINT32_MAX, "is below 0",
						  "is over 4294967295" };

	switch (field->type) {
	case QN_TYPE_INT16:
		return &int16;
	case QN_TYPE_INT32:
		return &int32;
	case QN_TYPE_OID:
		return &oid;
	default:
		return &int64;
	}
}

static void integer_store(const qn_field *field, int64_t number, void *out)
{
	switch (field->type) {
	case QN_TYPE_INT16:
		*(int16_t *)out = (int16_t)number;
		break;
	case QN_TYPE_INT32:
		*(int32_t *)out = (int32_t)number;
		break;
	case QN_TYPE_OID:
		*(uint32_t *)out = (uint32_t)number;
		break;
	default:
		*(int64_t *)out = number;
		break;
	}
}

/* 64 bits are also taken as text: that is how they are sent to those whose numbers are doubles. */
static struct problem take_integer(struct json_reader *reader, const qn_field *field,
				   const struct json_scalar *scalar, void *out)
{
	const struct integer_range *range = range_of(field);
	enum json_number_fit fit = JSON_NUMBER_NONE;
	int64_t number = 0;

	(void)reader;
	if (is_number(scalar) || (is_text(scalar) && field->type == QN_TYPE_INT64))
		fit = json_number_to_int64(scalar->text, &number);
	if (fit == JSON_NUMBER_TOO_SMALL || (fit == JSON_NUMBER_FITS && number < range->least))
		return (struct problem){ "min_value", range->too_small };
	if (fit == JSON_NUMBER_TOO_LARGE || (fit == JSON_NUMBER_FITS && number > range->most))
		return (struct problem){ "max_value", range->too_large };
	if (fit != JSON_NUMBER_FITS)
		return INVALID("is not a whole number");
	integer_store(field, number, out);
	return NO_PROBLEM;
}

static struct problem float_problem(struct json_reader *reader, enum json_number_fit fit)
{
	switch (fit) {
	case JSON_NUMBER_FITS:
		return NO_PROBLEM;
	case JSON_NUMBER_TOO_SMALL:
		return (struct problem){ "min_value", "is below what its type can hold" };
	case JSON_NUMBER_TOO_LARGE:
		return (struct problem){ "max_value", "is over what its type can hold" };
	default:
		return reader->arena->exhausted ? NO_PROBLEM : INVALID("is not a number");
	}
}

/* What no number of JSON is, by the names that it is written under. */
static bool special_read(const struct json_scalar *scalar, double *out)
{
	if (!is_text(scalar))
		return false;
	if (strcmp(scalar->text.at, "NaN") == 0)
		*out = (double)NAN;
	else if (strcmp(scalar->text.at, "Infinity") == 0)
		*out = (double)INFINITY;
	else if (strcmp(scalar->text.at, "-Infinity") == 0)
		*out = -(double)INFINITY;
	else
		return false;
	return true;
}

static enum json_number_fit double_to_float(double number, float *out)
{
	*out = (float)number;
	if (isfinite(*out))
		return JSON_NUMBER_FITS;
	return number < 0 ? JSON_NUMBER_TOO_SMALL : JSON_NUMBER_TOO_LARGE;
}

static struct problem take_float(struct json_reader *reader, const qn_field *field,
				 const struct json_scalar *scalar, void *out)
{
	double special;

	(void)field;
	if (special_read(scalar, &special)) {
		*(float *)out = (float)special;
		return NO_PROBLEM;
	}
	if (!is_number(scalar))
		return INVALID("is not a number");
	if (scalar->number)
		return float_problem(reader, double_to_float(*scalar->number, out));
	return float_problem(reader, json_number_to_float(reader->arena, scalar->text, out));
}

static struct problem take_double(struct json_reader *reader, const qn_field *field,
				  const struct json_scalar *scalar, void *out)
{
	(void)field;
	if (special_read(scalar, out))
		return NO_PROBLEM;
	if (!is_number(scalar))
		return INVALID("is not a number");
	if (scalar->number) {
		*(double *)out = *scalar->number;
		return NO_PROBLEM;
	}
	return float_problem(reader, json_number_to_double(reader->arena, scalar->text, out));
}

static struct problem take_decimal(struct json_reader *reader, const qn_field *field,
				   const struct json_scalar *scalar, void *out)
{
	enum json_number_fit fit = JSON_NUMBER_NONE;

	(void)reader;
	(void)field;
	if (is_text(scalar) && strcmp(scalar->text.at, "NaN") == 0) {
		*(qn_decimal *)out = (qn_decimal){ 0, QN_DECIMAL_NAN };
		return NO_PROBLEM;
	}
	if (is_number(scalar) || is_text(scalar))
		fit = json_number_to_decimal(scalar->text, out);
	switch (fit) {
	case JSON_NUMBER_FITS:
		return NO_PROBLEM;
	case JSON_NUMBER_FRACTION:
		return (struct problem){ "max_decimal_places", "has more than 18 decimals" };
	case JSON_NUMBER_NONE:
		return INVALID("is not a number");
	default:
		return (struct problem){ "max_digits", "has more than 18 digits" };
	}
}

static struct problem take_numeric(struct json_reader *reader, const qn_field *field,
				   const struct json_scalar *scalar, void *out)
{
	(void)field;
	if (is_text(scalar))
		*(const char **)out = scalar->text.at;
	else if (is_number(scalar))
		*(const char **)out = arena_cstring(reader->arena, scalar->text);
	else
		return INVALID("is not a number");
	return NO_PROBLEM;
}

static struct problem take_text(struct json_reader *reader, const qn_field *field,
				const struct json_scalar *scalar, void *out)
{
	(void)reader;
	(void)field;
	if (!is_text(scalar))
		return INVALID("is not a text");
	*(const char **)out = scalar->text.at;
	return NO_PROBLEM;
}

static struct problem take_char(struct json_reader *reader, const qn_field *field,
				const struct json_scalar *scalar, void *out)
{
	(void)reader;
	(void)field;
	if (!is_text(scalar))
		return INVALID("is not a text");
	if (scalar->text.len > 1)
		return (struct problem){ "max_length", "is longer than one ASCII character" };
	*(char *)out = *scalar->text.at;
	return NO_PROBLEM;
}

/* 0 to 63, or 64 for a character that is no digit. */
static uint32_t base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0') + 52;
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/*
 * Four characters, of which `padding` at the end are "=". False: not base64, or bits that would get
 * lost.
 */
static bool base64_group(const char *at, unsigned padding, uint8_t *out)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint32_t digit = i < 4 - padding ? base64_digit(at[i]) : 0;

		if (digit > 63)
			return false;
		bits = bits << 6 | digit;
	}
	for (unsigned i = 0; i < 3 - padding; i++)
		out[i] = (uint8_t)(bits >> (16 - 8 * i));
	return !(bits & ((UINT32_C(1) << 8 * padding) - 1));
}

static struct problem take_bytes(struct json_reader *reader, const qn_field *field,
				 const struct json_scalar *scalar, void *out)
{
	static const char problem[] = "is not base64";
	struct str text = scalar->text;
	unsigned padding = 0;
	uint8_t *bytes;

	(void)field;
	if (!is_text(scalar) || text.len % 4)
		return INVALID(problem);
	bytes = arena_reserve_array(reader->arena, text.len / 4, 3);
	if (!bytes)
		return NO_PROBLEM;
	while (padding < 2 && padding < text.len && text.at[text.len - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < text.len; i += 4)
		if (!base64_group(text.at + i, i + 4 == text.len ? padding : 0, bytes + i / 4 * 3))
			return INVALID(problem);
	*(qn_bytes *)out = (qn_bytes){ bytes, text.len / 4 * 3 - padding };
	return NO_PROBLEM;
}

static struct problem take_enum(struct json_reader *reader, const qn_field *field,
				const struct json_scalar *scalar, void *out)
{
	int value;

	if (!is_text(scalar))
		return INVALID("is not a text");
	value = qn_enum_value(field->enumeration, scalar->text.at);
	if (!value)
		return choice_problem(reader->arena, field->enumeration);
	*(int *)out = value;
	return NO_PROBLEM;
}

#define TAKE_PARSED(name, type, parse, reason)                                        \
	static struct problem name(struct json_reader *reader, const qn_field *field, \
				   const struct json_scalar *scalar, void *out)       \
	{                                                                             \
		(void)reader;                                                         \
		(void)field;                                                          \
		if (!is_text(scalar) || !parse(scalar->text.at, (type *)out))         \
			return INVALID(reason);                                       \
		return NO_PROBLEM;                                                    \
	}

TAKE_PARSED(take_date, qn_date, qn_date_parse, "is not a date as \"2026-11-22\"")
TAKE_PARSED(take_time, qn_time, qn_time_parse, "is not a time as \"13:05:00\"")
TAKE_PARSED(take_timestamp, qn_timestamp, qn_timestamp_parse,
	    "is not a date and time as \"2026-11-22T13:05:00\"")
TAKE_PARSED(take_timestamptz, qn_timestamptz, qn_timestamptz_parse,
	    "is not a date and time with offset as \"2026-11-22T13:05:00+01:00\"")
TAKE_PARSED(take_interval, qn_interval, qn_interval_parse, "is not a duration as \"P1DT2H\"")
TAKE_PARSED(take_uuid, qn_uuid, qn_uuid_parse, "is not a UUID")
TAKE_PARSED(take_inet, qn_inet, qn_inet_parse, "is not an IP address")
TAKE_PARSED(take_macaddr, qn_macaddr, qn_macaddr_parse, "is not a MAC address")

struct json_reading {
	json_form *take;
	bool is_checked; /* the codec's encoder may refuse what was read */
};

static const struct json_reading readings[] = {
	[QN_TYPE_BOOL] = { take_bool, false },
	[QN_TYPE_INT16] = { take_integer, false },
	[QN_TYPE_INT32] = { take_integer, false },
	[QN_TYPE_INT64] = { take_integer, false },
	[QN_TYPE_FLOAT] = { take_float, false },
	[QN_TYPE_DOUBLE] = { take_double, false },
	[QN_TYPE_OID] = { take_integer, false },
	[QN_TYPE_CHAR] = { take_char, true },
	[QN_TYPE_TEXT] = { take_text, false },
	[QN_TYPE_VARCHAR] = { take_text, true },
	[QN_TYPE_BPCHAR] = { take_text, true },
	[QN_TYPE_NAME] = { take_text, true },
	[QN_TYPE_DECIMAL] = { take_decimal, true },
	[QN_TYPE_NUMERIC] = { take_numeric, true },
	[QN_TYPE_BYTES] = { take_bytes, false },
	[QN_TYPE_DATE] = { take_date, true },
	[QN_TYPE_TIME] = { take_time, true },
	[QN_TYPE_TIMESTAMP] = { take_timestamp, true },
	[QN_TYPE_TIMESTAMPTZ] = { take_timestamptz, true },
	[QN_TYPE_INTERVAL] = { take_interval, true },
	[QN_TYPE_UUID] = { take_uuid, false },
	[QN_TYPE_JSON] = { take_text, false },
	[QN_TYPE_JSONB] = { take_text, false },
	[QN_TYPE_INET] = { take_inet, true },
	[QN_TYPE_CIDR] = { take_inet, true },
	[QN_TYPE_MACADDR] = { take_macaddr, false },
	[QN_TYPE_ENUM] = { take_enum, false },
	[QN_TYPE_OPAQUE] = { take_text, false },
	[QN_TYPE_INT2VECTOR] = { take_integer, false },
	[QN_TYPE_OIDVECTOR] = { take_integer, false },
};

_Static_assert(sizeof(readings) / sizeof(readings[0]) == QN_TYPE_COUNT_, "a row for each qn_type");

/* A text without more bytes than it may have characters is short enough. */
static bool is_surely_short(const qn_field *field, const struct json_scalar *scalar)
{
	return field->type == QN_TYPE_VARCHAR && scalar->token == JSON_TEXT &&
	       (field->limit <= 0 || scalar->text.len <= (size_t)field->limit);
}

struct problem json_value_take(struct json_reader *reader, const qn_field *field,
			       const struct json_scalar *scalar, void *out)
{
	const struct json_reading *reading = &readings[field->type];
	struct problem problem;

	if (scalar->token == JSON_ODD && json_field_is_document(field))
		return INVALID(JSON_ODD_PROBLEM);
	if (scalar->token == JSON_ODD)
		return INVALID(
			"has U+0000 or half of a surrogate pair, which the database cannot hold");
	if (reader->arena->exhausted)
		return NO_PROBLEM;
	problem = reading->take(reader, field, scalar, out);
	if (problem.code || !reading->is_checked || is_surely_short(field, scalar) ||
	    reader->arena->exhausted)
		return problem;
	return value_problem(reader->arena, &reader->encoded, field, out);
}

bool json_field_is_document(const qn_field *field)
{
	return field->type == QN_TYPE_JSON || field->type == QN_TYPE_JSONB;
}

bool json_field_is_array(const qn_field *field)
{
	return field->flags & QN_FIELD_ARRAY || type_info_of(field->type)->flags & TYPE_VECTOR;
}

void json_reader_take(struct json_reader *reader, const struct json_target *target,
		      const struct json_scalar *scalar)
{
	struct problem problem;

	if (scalar->token == JSON_NULL) {
		json_reader_set_null(reader, target);
		return;
	}
	if (json_field_is_array(target->field))
		problem = INVALID("is not an array");
	else
		problem = json_value_take(reader, target->field, scalar, target->at);
	if (problem.code)
		json_reader_fail(reader, target, problem);
	else
		json_reader_set(reader, target);
}
