/*
 * Values of columns as JSON, by the one table of types.
 */
#include "json/json_out.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "codec/type.h"

enum { NUMBER_MAX = 32, DEPTH_OF_DOCUMENTS = 512 };

/* Integers beyond this are not all doubles. */
#define EXACT_DOUBLE_MAX (INT64_C(1) << 53)

static char *put_int64(char *at, const void *value)
{
	int64_t number = *(const int64_t *)value;

	if (number >= 0)
		return put_uint(at, (uint64_t)number);
	*at++ = '-';
	return put_uint(at, 0 - (uint64_t)number);
}

static char *put_int16(char *at, const void *value)
{
	return put_int64(at, &(int64_t){ *(const int16_t *)value });
}

static char *put_int32(char *at, const void *value)
{
	return put_int64(at, &(int64_t){ *(const int32_t *)value });
}

static char *put_oid(char *at, const void *value)
{
	return put_uint(at, *(const uint32_t *)value);
}

static char *put_bool(char *at, const void *value)
{
	bool is_true = *(const bool *)value;

	memcpy(at, is_true ? "true" : "false", 5);
	return at + (is_true ? 4 : 5);
}

/* A number, or as text what a double cannot hold. */
static void add_big_integer(struct json_out *out, struct json_value value)
{
	int64_t number = *(const int64_t *)value.at;
	bool is_text = number > EXACT_DOUBLE_MAX || number < -EXACT_DOUBLE_MAX;
	char *at = json_room(out, JSON_SHORT_MAX);

	if (!at)
		return;
	if (is_text)
		*at++ = '"';
	at = put_int64(at, &number);
	if (is_text)
		*at++ = '"';
	json_took(out, at);
}

static void add_not_a_number(struct json_out *out, double number)
{
	const char *text = "null";

	if (out->options.not_a_number_as_text)
		text = isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
	json_add(out, text, strlen(text));
}

/* The program's locale may have another point, even one of several bytes. */
static void make_point(char *text)
{
	const char *point = localeconv()->decimal_point;
	char *at = strstr(text, point);
	size_t len = strlen(point);

	if (!at || !len)
		return;
	*at++ = '.';
	memmove(at, at + len - 1, strlen(at + len - 1) + 1);
}

/* The fewest digits that read back as the same number. */
static void add_number(struct json_out *out, double number, bool is_float)
{
	int digits = is_float ? FLT_DIG : DBL_DIG;
	double least = is_float ? (double)FLT_MIN : DBL_MIN;
	int most = is_float ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
	char text[NUMBER_MAX];

	if (!isfinite(number)) {
		add_not_a_number(out, number);
		return;
	}
	/* These have fewer digits than others; zeros at the end are left out in any case. */
	if (fabs(number) < least)
		digits = 1;
	for (;; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, number);
		if (digits == most ||
		    (is_float ? strtof(text, NULL) == (float)number : strtod(text, NULL) == number))
			break;
	}
	make_point(text);
	json_add(out, text, strlen(text));
}

static void add_float(struct json_out *out, struct json_value value)
{
	add_number(out, (double)*(const float *)value.at, true);
}

static void add_double(struct json_out *out, struct json_value value)
{
	add_number(out, *(const double *)value.at, false);
}

void json_add_field_text(struct json_out *out, const qn_model *model, const qn_field *field,
			 const char *text)
{
	if (!json_add_text(out, text, strlen(text)))
		json_fail_field(out, model, field->name, "is not UTF-8");
}

static void add_text(struct json_out *out, struct json_value value)
{
	json_add_field_text(out, value.model, value.field, *(const char *const *)value.at);
}

/* "char": a byte of its own; 0 is the empty one. Over ASCII it is no character. */
static void add_char(struct json_out *out, struct json_value value)
{
	const char text[] = { *(const char *)value.at, '\0' };

	json_add_field_text(out, value.model, value.field, text);
}

/* What is written between quotes, and needs no escapes. */
#define PUT_FORMATTED(name, type, format)               \
	static char *name(char *at, const void *value)  \
	{                                               \
		*at++ = '"';                            \
		at += format(*(const type *)value, at); \
		*at++ = '"';                            \
		return at;                              \
	}

PUT_FORMATTED(put_decimal, qn_decimal, qn_decimal_format)
PUT_FORMATTED(put_date, qn_date, qn_date_format)
PUT_FORMATTED(put_time, qn_time, qn_time_format)
PUT_FORMATTED(put_timestamp, qn_timestamp, qn_timestamp_format)
PUT_FORMATTED(put_timestamptz, qn_timestamptz, qn_timestamptz_format)
PUT_FORMATTED(put_interval, qn_interval, qn_interval_format)
PUT_FORMATTED(put_uuid, qn_uuid, qn_uuid_format)
PUT_FORMATTED(put_inet, qn_inet, qn_inet_format)
PUT_FORMATTED(put_macaddr, qn_macaddr, qn_macaddr_format)

static char *put_base64(char *at, const uint8_t *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t three = (uint32_t)bytes[i] << 16;

		if (left > 1)
			three |= (uint32_t)bytes[i + 1] << 8;
		if (left > 2)
			three |= bytes[i + 2];
		*at++ = digits[three >> 18];
		*at++ = digits[three >> 12 & 63];
		*at++ = left > 1 ? digits[three >> 6 & 63] : '=';
		*at++ = left > 2 ? digits[three & 63] : '=';
	}
	return at;
}

static void add_bytes(struct json_out *out, struct json_value value)
{
	const qn_bytes *bytes = value.at;
	char *at = json_room(out, bytes->len / 3 * 4 + 6);

	if (!at)
		return;
	*at++ = '"';
	at = put_base64(at, bytes->at, bytes->len);
	*at++ = '"';
	json_took(out, at);
}

static void add_document(struct json_out *out, struct json_value value)
{
	const char *text = *(const char *const *)value.at;
	size_t len = strlen(text);

	if (json_is_valid(text, len, DEPTH_OF_DOCUMENTS))
		json_add(out, text, len);
	else
		json_fail_field(out, value.model, value.field->name,
				"is not JSON, or nested more than 512 deep");
}

/* A number that is no label, as the unset 0, has none to be written. */
static void add_enum(struct json_out *out, struct json_value value)
{
	const char *label = qn_enum_label(value.field->enumeration, *(const int *)value.at);

	if (label)
		json_add_field_text(out, value.model, value.field, label);
	else
		json_add(out, "null", 4);
}

/* The layout that all qn_array_ structs share. */
struct json_array {
	const char *at;
	size_t len;
	const bool *is_null;
};

static void add_element(struct json_out *out, struct json_value element, json_put *put)
{
	char *at;

	if (!put) {
		json_add_value(out, element);
		return;
	}
	at = json_room(out, JSON_SHORT_MAX);
	if (at)
		json_took(out, put(at, element.at));
}

static void add_elements(struct json_out *out, struct json_value array, const qn_field *element)
{
	const struct json_array *elements = array.at;
	const struct type_info *info = type_info_of(element->type);
	bool is_pointer = info->flags & TYPE_POINTER;
	json_put *put = json_put_of(out, element);

	json_add_char(out, '[');
	for (size_t i = 0; i < elements->len && out->status == QN_OK; i++) {
		const void *at = elements->at + i * info->size;

		if (i)
			json_add_char(out, ',');
		if ((elements->is_null && elements->is_null[i]) ||
		    (is_pointer && !*(const char *const *)at))
			json_add(out, "null", 4);
		else
			add_element(out, (struct json_value){ array.model, element, at }, put);
	}
	json_add_char(out, ']');
}

/* int2vector, oidvector: the C type is itself an array. */
static void add_vector(struct json_out *out, struct json_value value)
{
	qn_field element = { .name = value.field->name };

	element.type = value.field->type == QN_TYPE_INT2VECTOR ? QN_TYPE_INT16 : QN_TYPE_OID;
	add_elements(out, value, &element);
}

/* A type has one of both. */
struct json_form {
	json_put *put;
	void (*add)(struct json_out *out, struct json_value value);
};

static const struct json_form forms[QN_TYPE_COUNT_] = {
	[QN_TYPE_BOOL] = { .put = put_bool },
	[QN_TYPE_INT16] = { .put = put_int16 },
	[QN_TYPE_INT32] = { .put = put_int32 },
	[QN_TYPE_INT64] = { .put = put_int64, .add = add_big_integer },
	[QN_TYPE_FLOAT] = { .add = add_float },
	[QN_TYPE_DOUBLE] = { .add = add_double },
	[QN_TYPE_OID] = { .put = put_oid },
	[QN_TYPE_CHAR] = { .add = add_char },
	[QN_TYPE_TEXT] = { .add = add_text },
	[QN_TYPE_VARCHAR] = { .add = add_text },
	[QN_TYPE_BPCHAR] = { .add = add_text },
	[QN_TYPE_NAME] = { .add = add_text },
	[QN_TYPE_DECIMAL] = { .put = put_decimal },
	[QN_TYPE_NUMERIC] = { .add = add_text },
	[QN_TYPE_BYTES] = { .add = add_bytes },
	[QN_TYPE_DATE] = { .put = put_date },
	[QN_TYPE_TIME] = { .put = put_time },
	[QN_TYPE_TIMESTAMP] = { .put = put_timestamp },
	[QN_TYPE_TIMESTAMPTZ] = { .put = put_timestamptz },
	[QN_TYPE_INTERVAL] = { .put = put_interval },
	[QN_TYPE_UUID] = { .put = put_uuid },
	[QN_TYPE_JSON] = { .add = add_document },
	[QN_TYPE_JSONB] = { .add = add_document },
	[QN_TYPE_INET] = { .put = put_inet },
	[QN_TYPE_CIDR] = { .put = put_inet },
	[QN_TYPE_MACADDR] = { .put = put_macaddr },
	[QN_TYPE_ENUM] = { .add = add_enum },
	[QN_TYPE_OPAQUE] = { .add = add_text },
	[QN_TYPE_INT2VECTOR] = { .add = add_vector },
	[QN_TYPE_OIDVECTOR] = { .add = add_vector },
};

json_put *json_put_of(const struct json_out *out, const qn_field *field)
{
	bool is_big = field->type == QN_TYPE_INT64 && out->options.integers_as_text;

	return (field->flags & QN_FIELD_ARRAY) || is_big ? NULL : forms[field->type].put;
}

bool json_is_text(const qn_field *field)
{
	return !(field->flags & QN_FIELD_ARRAY) && forms[field->type].add == add_text;
}

static void add_scalar(struct json_out *out, struct json_value value)
{
	json_put *put = json_put_of(out, value.field);
	char *at;

	if (!put) {
		forms[value.field->type].add(out, value);
		return;
	}
	at = json_room(out, JSON_SHORT_MAX);
	if (at)
		json_took(out, put(at, value.at));
}

void json_add_value(struct json_out *out, struct json_value value)
{
	qn_field element;

	if (!(value.field->flags & QN_FIELD_ARRAY)) {
		add_scalar(out, value);
		return;
	}
	element = *value.field;
	element.flags = (uint16_t)(element.flags & ~(unsigned)QN_FIELD_ARRAY);
	add_elements(out, value, &element);
}
