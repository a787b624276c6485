#include "thing_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "codec/type.h"

enum { TEXT_MAX = 40, BYTES_MAX = 12, ELEMENTS_MAX = 5, LABELS = 3, SCALES = 21 };

uint8_t thing_bytes_take(struct thing_bytes *bytes)
{
	return bytes->at < bytes->end ? *bytes->at++ : 0;
}

/* As small or large as a byte says, so that short numbers are as likely as long ones. */
static int64_t take_integer(struct thing_bytes *bytes)
{
	unsigned width = thing_bytes_take(bytes) % 65;
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | thing_bytes_take(bytes);
	return width ? (int64_t)number >> (64 - width) : 0;
}

/* A decimal of some digits, or any bits. */
static double take_double(struct thing_bytes *bytes)
{
	static const double powers[] = { 1, 10, 100, 1e3, 1e5, 1e9, 1e15, 1e22 };
	uint8_t form = thing_bytes_take(bytes);
	int64_t number = take_integer(bytes);
	double bits;

	memcpy(&bits, &number, sizeof(bits));
	if (form < 32)
		return bits;
	return form & 1 ? (double)number * powers[form / 32] : (double)number / powers[form / 32];
}

/* A float of them that a program can have. */
static float take_float(struct thing_bytes *bytes)
{
	double number = take_double(bytes);

	return number > -3e38 && number < 3e38 ? (float)number : -0.0F;
}

static void *take_memory(struct thing_bytes *bytes, size_t size)
{
	void *memory = arena_alloc(bytes->arena, size);

	if (!memory)
		abort();
	return memory;
}

/* Of any bytes but NUL, or of ASCII with a few characters beyond it. */
static const char *take_text(struct thing_bytes *bytes)
{
	uint8_t form = thing_bytes_take(bytes);
	size_t len = form % TEXT_MAX;
	char *text = take_memory(bytes, len + 3);

	for (size_t i = 0; i < len; i++) {
		text[i] = (char)thing_bytes_take(bytes);
		if (form < 240)
			text[i] &= 0x7f;
	}
	if (form >= 120 && form < 240)
		strcat(text, "\xc3\xa4");
	return text;
}

static const char *take_part(struct thing_bytes *bytes, const char *const *parts, size_t count)
{
	return parts[thing_bytes_take(bytes) % count];
}

/* A value, nested in so many others at most. */
static void add_json(struct thing_bytes *bytes, char *text, unsigned depth)
{
	static const char *const scalars[] = { "0",
					       "-1.5",
					       "120",
					       "1e3",
					       "true",
					       "null",
					       "false",
					       "\"\"",
					       "\"a\"",
					       "\"\\n\"",
					       "\"a longer text, of more than a word\"",
					       "\"\xc3\xa4\"" };
	static const char *const spaces[] = { "", " ", "", "\n", "\t ", "" };
	uint8_t form = thing_bytes_take(bytes);
	bool is_object = form & 1;

	strcat(text, take_part(bytes, spaces, 6));
	if (depth && form & 2) {
		strcat(text, is_object ? "{" : "[");
		for (unsigned i = form >> 6; i > 0; i--) {
			strcat(text, is_object ? "\"key\" : " : "");
			add_json(bytes, text, depth - 1);
			strcat(text, i > 1 ? "," : "");
		}
		strcat(text, is_object ? "}" : "]");
	} else {
		strcat(text, take_part(bytes, scalars, 12));
	}
	strcat(text, take_part(bytes, spaces, 6));
}

/* Most are JSON, some are with a byte that is another. */
static const char *take_document(struct thing_bytes *bytes)
{
	uint8_t form = thing_bytes_take(bytes);
	char *text;

	if (form < 16)
		return take_text(bytes);
	text = take_memory(bytes, 4096);
	add_json(bytes, text, 3);
	if (form > 240)
		text[thing_bytes_take(bytes) % strlen(text)] = (char)thing_bytes_take(bytes);
	return text;
}

static void take_bytes(struct thing_bytes *bytes, qn_bytes *out)
{
	uint8_t *at;

	out->len = thing_bytes_take(bytes) % BYTES_MAX;
	at = take_memory(bytes, out->len);
	for (size_t i = 0; i < out->len; i++)
		at[i] = thing_bytes_take(bytes);
	out->at = at;
}

static void take_raw(struct thing_bytes *bytes, void *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)out)[i] = thing_bytes_take(bytes);
}

static void take_interval(struct thing_bytes *bytes, qn_interval *out)
{
	out->microseconds = take_integer(bytes);
	out->days = (int32_t)take_integer(bytes);
	out->months = (int32_t)take_integer(bytes);
}

static void take_inet(struct thing_bytes *bytes, qn_inet *out)
{
	take_raw(bytes, out, sizeof(*out));
	out->is_ipv6 &= 1;
}

static void take_number(struct thing_bytes *bytes, uint8_t type, void *out)
{
	int64_t number = take_integer(bytes);

	switch (type) {
	case QN_TYPE_BOOL:
		*(bool *)out = number & 1;
		break;
	case QN_TYPE_CHAR:
		*(char *)out = (char)number;
		break;
	case QN_TYPE_INT16:
		*(int16_t *)out = (int16_t)number;
		break;
	case QN_TYPE_ENUM:
		*(int *)out = (int)(number % (LABELS + 2));
		break;
	case QN_TYPE_INT32:
	case QN_TYPE_DATE:
	case QN_TYPE_OID:
		*(int32_t *)out = (int32_t)number;
		break;
	default: /* 64 bits: int64, time, timestamp, timestamptz */
		*(int64_t *)out = number;
	}
}

static void take_value(struct thing_bytes *bytes, uint8_t type, void *out)
{
	switch (type) {
	case QN_TYPE_FLOAT:
		*(float *)out = take_float(bytes);
		break;
	case QN_TYPE_DOUBLE:
		*(double *)out = take_double(bytes);
		break;
	case QN_TYPE_DECIMAL:
		((qn_decimal *)out)->unscaled = take_integer(bytes);
		((qn_decimal *)out)->scale = thing_bytes_take(bytes) % SCALES - 1;
		break;
	case QN_TYPE_BYTES:
		take_bytes(bytes, out);
		break;
	case QN_TYPE_INTERVAL:
		take_interval(bytes, out);
		break;
	case QN_TYPE_INET:
		take_inet(bytes, out);
		break;
	case QN_TYPE_UUID:
		take_raw(bytes, out, sizeof(qn_uuid));
		break;
	case QN_TYPE_JSON:
	case QN_TYPE_JSONB:
		*(const char **)out = take_document(bytes);
		break;
	default:
		if (type_info_of(type)->flags & TYPE_POINTER)
			*(const char **)out = take_text(bytes);
		else
			take_number(bytes, type, out);
	}
}

static void take_array(struct thing_bytes *bytes, uint8_t type, void *out)
{
	size_t size = type_info_of(type)->size;
	qn_array_text *array = out;
	bool *is_null = NULL;
	char *elements;

	array->len = thing_bytes_take(bytes) % ELEMENTS_MAX;
	elements = take_memory(bytes, array->len * size);
	if (thing_bytes_take(bytes) & 1)
		is_null = take_memory(bytes, array->len);
	for (size_t i = 0; i < array->len; i++) {
		take_value(bytes, type, elements + i * size);
		if (is_null)
			is_null[i] = thing_bytes_take(bytes) & 1;
	}
	array->at = (const char *const *)(const void *)elements;
	array->is_null = is_null;
}

static void take_field(struct thing_bytes *bytes, const qn_field *field, char *row)
{
	bool is_pointer = type_info_of(field->type)->flags & TYPE_POINTER;
	uint8_t form = thing_bytes_take(bytes);

	if (field->has != QN_NO_OFFSET)
		*(bool *)(row + field->has) = form & 1;
	if (field->flags & QN_FIELD_ARRAY)
		take_array(bytes, field->type, row + field->row);
	else if (field->type == QN_TYPE_INT2VECTOR)
		take_array(bytes, QN_TYPE_INT16, row + field->row);
	else if (!is_pointer || form & 1)
		take_value(bytes, field->type, row + field->row);
}

void thing_bytes_take_row(struct thing_bytes *bytes, test_thing *row)
{
	memset(row, 0, sizeof(*row));
	for (size_t i = 0; i < TEST_THING_FIELDS; i++) {
		if (thing_bytes_take(bytes) % 4 == 0)
			continue;
		row->qn_loaded[0] |= UINT64_C(1) << i;
		take_field(bytes, &test_thing_model.fields[i], (char *)row);
	}
}
