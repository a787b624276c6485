#include "thing_json_slow.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "codec/type.h"
#include "json/scan.h"

enum { DOCUMENT_DEPTH = 512, LABELS = 3 };

#define SECOND INT64_C(1000000)
#define DAY    (86400 * SECOND)

static void add(qn_buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(qn_buffer *out, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(text) ||
	    qn_buffer_add(out, text, (size_t)len) != QN_OK)
		abort();
}

static bool add_text(qn_buffer *out, const char *text)
{
	if (!str_is_utf8(str_from_cstring(text)))
		return false;
	add(out, "\"");
	for (; *text; text++) {
		const char *letter = strchr("\bb\tt\nn\ff\rr\"\"\\\\", *text);
		unsigned char c = (unsigned char)*text;

		/* The first of each pair is written as the second. */
		if (letter && (c < ' ' || c == '"' || c == '\\'))
			add(out, "\\%c", letter[1]);
		else if (c < ' ')
			add(out, "\\u%04x", c);
		else
			add(out, "%c", c);
	}
	add(out, "\"");
	return true;
}

static bool add_document(qn_buffer *out, const char *text)
{
	struct json_scanner scanner = { .at = text,
					.end = text + strlen(text),
					.depth_max = DOCUMENT_DEPTH };

	(void)json_scan(&scanner);
	if (!json_scan_value(&scanner) || json_scan(&scanner) != JSON_END)
		return false;
	if (qn_buffer_add(out, text, strlen(text)) != QN_OK)
		abort();
	return true;
}

static void add_integer(qn_buffer *out, int64_t number, const qn_json_options *options)
{
	bool is_big = number > INT64_C(1) << 53 || number < -(INT64_C(1) << 53);
	const char *quote = options && options->integers_as_text && is_big ? "\"" : "";

	add(out, "%s%" PRId64 "%s", quote, number, quote);
}

static void add_number(qn_buffer *out, double number, bool is_float, const qn_json_options *options)
{
	int digits = is_float ? 6 : 15;
	char text[64];

	if (!isfinite(number)) {
		bool as_text = options && options->not_a_number_as_text;
		const char *name = isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";

		add(out, as_text ? "\"%s\"" : "null%.0s", name);
		return;
	}
	if (fabs(number) < (is_float ? 1.17549435e-38 : 2.2250738585072014e-308))
		digits = 1;
	do {
		(void)snprintf(text, sizeof(text), "%.*g", digits++, number);
	} while (is_float ? strtof(text, NULL) != (float)number : strtod(text, NULL) != number);
	add(out, "%s", text);
}

static void add_decimal(qn_buffer *out, qn_decimal value)
{
	uint64_t magnitude =
		value.unscaled < 0 ? 0 - (uint64_t)value.unscaled : (uint64_t)value.unscaled;
	char digits[64];
	size_t whole;

	if (value.scale < 0 || value.scale > 18) {
		add(out, "\"NaN\"");
		return;
	}
	(void)snprintf(digits, sizeof(digits), "%0*" PRIu64, value.scale + 1, magnitude);
	whole = strlen(digits) - (size_t)value.scale;
	add(out, "\"%s%.*s%s%s\"", value.unscaled < 0 ? "-" : "", (int)whole, digits,
	    value.scale ? "." : "", digits + whole);
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int length_of(int64_t year, int month)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return lengths[month - 1] + (month == 2 && is_leap(year));
}

/*
 * Counted from 2000-01-01, 400 years at once, then year by year and month by month. Returns whether
 * it is BC.
 */
static bool add_days(qn_buffer *out, int64_t days)
{
	int64_t eras = days / 146097 - (days % 146097 < 0);
	int64_t year = 2000 + eras * 400;
	int month = 1;

	for (days -= eras * 146097; days >= 365 + is_leap(year); year++)
		days -= 365 + is_leap(year);
	for (; days >= length_of(year, month); month++)
		days -= length_of(year, month);
	add(out, "%04" PRId64 "-%02d-%02d", year <= 0 ? 1 - year : year, month, (int)days + 1);
	return year <= 0;
}

static void add_clock(qn_buffer *out, uint64_t microseconds)
{
	uint64_t seconds = microseconds / 1000000;
	char fraction[16];
	size_t len;

	(void)snprintf(fraction, sizeof(fraction), ".%06" PRIu64, microseconds % 1000000);
	for (len = strlen(fraction); fraction[len - 1] == '0'; len--)
		;
	add(out, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 "%.*s", seconds / 3600, seconds / 60 % 60,
	    seconds % 60, len > 1 ? (int)len : 0, fraction);
}

static void add_date(qn_buffer *out, int32_t days)
{
	if (days == INT32_MIN || days == INT32_MAX) {
		add(out, "\"%sinfinity\"", days < 0 ? "-" : "");
		return;
	}
	add(out, "\"");
	add(out, "%s\"", add_days(out, days) ? " BC" : "");
}

static void add_timestamp(qn_buffer *out, int64_t timestamp, const char *zone)
{
	int64_t days = timestamp / DAY - (timestamp % DAY < 0);
	bool is_bc;

	if (timestamp == INT64_MIN || timestamp == INT64_MAX) {
		add(out, "\"%sinfinity\"", timestamp < 0 ? "-" : "");
		return;
	}
	add(out, "\"");
	is_bc = add_days(out, days);
	add(out, "T");
	add_clock(out, (uint64_t)(timestamp % DAY + (timestamp % DAY < 0 ? DAY : 0)));
	add(out, "%s%s\"", zone, is_bc ? " BC" : "");
}

static void add_time(qn_buffer *out, int64_t time)
{
	add(out, "\"%s", time < 0 ? "-" : "");
	add_clock(out, time < 0 ? 0 - (uint64_t)time : (uint64_t)time);
	add(out, "\"");
}

static void add_bytes(qn_buffer *out, const qn_bytes *bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t bits = bytes->len * 8;

	add(out, "\"");
	for (size_t bit = 0; bit < bits; bit += 6) {
		unsigned two = (unsigned)bytes->at[bit / 8] << 8;

		if (bit / 8 + 1 < bytes->len)
			two |= bytes->at[bit / 8 + 1];
		add(out, "%c", digits[two >> (10 - bit % 8) & 63]);
	}
	add(out, "%s\"", bytes->len % 3 == 1 ? "==" : bytes->len % 3 == 2 ? "=" : "");
}

static void add_uuid(qn_buffer *out, const qn_uuid *uuid)
{
	add(out, "\"");
	for (size_t i = 0; i < 16; i++)
		add(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid->at[i]);
	add(out, "\"");
}

static bool add_value(qn_buffer *out, uint8_t type, const void *at, const qn_json_options *options)
{
	char text[QN_INTERVAL_TEXT];

	switch (type) {
	case QN_TYPE_BOOL:
		add(out, "%s", *(const bool *)at ? "true" : "false");
		return true;
	case QN_TYPE_INT16:
		add_integer(out, *(const int16_t *)at, options);
		return true;
	case QN_TYPE_INT32:
		add_integer(out, *(const int32_t *)at, options);
		return true;
	case QN_TYPE_INT64:
		add_integer(out, *(const int64_t *)at, options);
		return true;
	case QN_TYPE_FLOAT:
		add_number(out, (double)*(const float *)at, true, options);
		return true;
	case QN_TYPE_DOUBLE:
		add_number(out, *(const double *)at, false, options);
		return true;
	case QN_TYPE_DECIMAL:
		add_decimal(out, *(const qn_decimal *)at);
		return true;
	case QN_TYPE_DATE:
		add_date(out, ((const qn_date *)at)->days);
		return true;
	case QN_TYPE_TIME:
		add_time(out, ((const qn_time *)at)->microseconds);
		return true;
	case QN_TYPE_TIMESTAMP:
		add_timestamp(out, ((const qn_timestamp *)at)->microseconds, "");
		return true;
	case QN_TYPE_TIMESTAMPTZ:
		add_timestamp(out, ((const qn_timestamptz *)at)->microseconds, "+00:00");
		return true;
	case QN_TYPE_INTERVAL:
		(void)qn_interval_format(*(const qn_interval *)at, text);
		return add_text(out, text);
	case QN_TYPE_INET:
		(void)qn_inet_format(*(const qn_inet *)at, text);
		return add_text(out, text);
	case QN_TYPE_UUID:
		add_uuid(out, at);
		return true;
	case QN_TYPE_BYTES:
		add_bytes(out, at);
		return true;
	case QN_TYPE_CHAR:
		return add_text(out, (char[]){ *(const char *)at, '\0' });
	case QN_TYPE_JSON:
	case QN_TYPE_JSONB:
		return add_document(out, *(const char *const *)at);
	case QN_TYPE_ENUM:
		if (*(const int *)at > 0 && *(const int *)at <= LABELS)
			return add_text(out, test_kind_enum.labels[*(const int *)at - 1]);
		add(out, "null");
		return true;
	default:
		return add_text(out, *(const char *const *)at);
	}
}

static bool is_null_pointer(uint8_t type, const void *at)
{
	return type_info_of(type)->flags & TYPE_POINTER && !*(const char *const *)at;
}

static bool add_array(qn_buffer *out, uint8_t type, const qn_array_text *array,
		      const qn_json_options *options)
{
	const char *elements = (const char *)array->at;

	add(out, "[");
	for (size_t i = 0; i < array->len; i++) {
		const char *at = elements + i * type_info_of(type)->size;

		add(out, i ? "," : "");
		if ((array->is_null && array->is_null[i]) || is_null_pointer(type, at))
			add(out, "null");
		else if (!add_value(out, type, at, options))
			return false;
	}
	add(out, "]");
	return true;
}

static bool add_field(qn_buffer *out, const qn_field *field, const char *row,
		      const qn_json_options *options)
{
	const char *at = row + field->row;
	bool is_array = field->flags & QN_FIELD_ARRAY;
	bool is_null = field->has != QN_NO_OFFSET ? !*(const bool *)(row + field->has)
						  : !is_array && is_null_pointer(field->type, at);

	if (is_null) {
		add(out, "null");
		return true;
	}
	if (is_array)
		return add_array(out, field->type, (const void *)at, options);
	if (field->type == QN_TYPE_INT2VECTOR)
		return add_array(out, QN_TYPE_INT16, (const void *)at, options);
	return add_value(out, field->type, at, options);
}

bool thing_json_slow(qn_buffer *out, const test_thing *row, const qn_json_options *options)
{
	const char *separator = "";

	add(out, "{");
	for (size_t i = 0; i < TEST_THING_FIELDS; i++) {
		const qn_field *field = &test_thing_model.fields[i];

		if (!(row->qn_loaded[0] >> i & 1))
			continue;
		add(out, "%s\"%s\":", separator, field->name);
		if (!add_field(out, field, (const char *)row, options))
			return false;
		separator = ",";
	}
	add(out, "}");
	return true;
}
