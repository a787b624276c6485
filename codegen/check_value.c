#include "check_inside.h"
#include "lexer.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A text as a value of a type: its characters, with and without a NUL behind them. */
struct candidate {
	const struct column_type *type;
	struct str text;
	const char *z;
};

/* Why a text is not a value, as the end of `the default ...`; NULL when it is one. */
typedef const char *refusal;

static refusal integer_refuse(const struct candidate *value, int64_t least, int64_t most)
{
	struct str digits = value->text;
	uint64_t magnitude = 0;
	bool is_negative = digits.len && digits.at[0] == '-';

	if (is_negative)
		digits = str_slice(digits, 1, digits.len);
	if (digits.len == 0)
		return "is not a whole number";
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return "is not a whole number";
		if (magnitude > (uint64_t)INT64_MAX)
			return "is out of the range of the type";
		magnitude = magnitude * 10 + (uint64_t)(digits.at[i] - '0');
	}
	if (is_negative ? magnitude > (uint64_t) - (least + 1) + 1 || (least == 0 && magnitude > 0)
			: magnitude > (uint64_t)most)
		return "is out of the range of the type";
	return NULL;
}

static refusal float_refuse(const struct candidate *value)
{
	char *end;
	double number = strtod(value->z, &end);
	bool is_single = type_info_id(value->type->info) == QN_TYPE_FLOAT;

	if (value->text.len == 0 || *end)
		return "is not a number";
	if (value->text.at[value->text.len - 1] >= '0' &&
	    value->text.at[value->text.len - 1] <= '9' &&
	    (isinf(number) || (is_single && isinf((float)number))))
		return "is out of the range of the type";
	return NULL;
}

/* Digits before and behind the point, without the zeros at the ends. */
static void digits_count(struct str text, int32_t *whole, int32_t *fraction)
{
	const char *point = memchr(text.at, '.', text.len);
	size_t end = point ? (size_t)(point - text.at) : text.len;
	size_t from = text.at[0] == '-' ? 1 : 0;
	size_t last = text.len;

	while (from < end && text.at[from] == '0')
		from++;
	while (point && last > end + 1 && text.at[last - 1] == '0')
		last--;
	*whole = (int32_t)(end - from);
	*fraction = point ? (int32_t)(last - end - 1) : 0;
}

static refusal numeric_refuse(const struct candidate *value)
{
	const struct column_type *type = value->type;
	int32_t whole;
	int32_t fraction;
	bool any_digit = false;

	if (type_info_id(type->info) == QN_TYPE_NUMERIC &&
	    (str_equal(value->text, STR("NaN")) || str_equal(value->text, STR("Infinity")) ||
	     str_equal(value->text, STR("-Infinity"))))
		return type->precision && value->text.len > 3 ? "is out of the range of the type"
							      : NULL;
	for (size_t i = 0; i < value->text.len; i++) {
		char c = value->text.at[i];

		any_digit |= c >= '0' && c <= '9';
		if (!(c >= '0' && c <= '9') && c != '.' && !(c == '-' && i == 0))
			return "is not a number in digits";
	}
	if (!any_digit || value->text.len > 2 * (size_t)BIGGEST_NUMERIC_PRECISION)
		return any_digit ? "has too many digits" : "is not a number";
	if (type->precision == 0)
		return NULL;
	digits_count(value->text, &whole, &fraction);
	if (fraction > (type->scale > 0 ? type->scale : 0))
		return "has more digits behind the point than the type";
	return whole > type->precision - type->scale ? "is out of the range of the type" : NULL;
}

static refusal length_refuse(const struct candidate *value, size_t most)
{
	return str_code_points(value->text) > most ? "is longer than the type" : NULL;
}

static refusal bytes_refuse(const struct candidate *value)
{
	struct str text = value->text;

	if (!str_starts_with(text, STR("\\x")) || text.len % 2)
		return "is not a value of bytea, which is written as '\\x00ff'";
	for (size_t i = 2; i < text.len; i++)
		if (!memchr("0123456789abcdefABCDEF", text.at[i], 22))
			return "is not a value of bytea, which is written as '\\x00ff'";
	return NULL;
}

static refusal json_refuse(const struct candidate *value)
{
	cJSON *tree = cJSON_ParseWithOpts(value->z, NULL, true);

	if (!tree)
		return "is not JSON";
	cJSON_Delete(tree);
	if (type_info_id(value->type->info) == QN_TYPE_JSONB && strstr(value->z, "\\u0000"))
		return "has \\u0000, which jsonb cannot hold";
	return NULL;
}

static refusal inet_refuse(const struct candidate *value)
{
	bool is_network = type_info_id(value->type->info) == QN_TYPE_CIDR;
	qn_inet inet;

	if (!qn_inet_parse(value->z, &inet))
		return "is not an address";
	for (unsigned bit = inet.prefix_length; is_network && bit < (inet.is_ipv6 ? 128U : 32U);
	     bit++)
		if (inet.at[bit / 8] & (0x80U >> bit % 8))
			return "has bits set to the right of its mask, which cidr refuses";
	return NULL;
}

static refusal time_refuse(const struct candidate *value)
{
	switch (type_info_id(value->type->info)) {
	case QN_TYPE_DATE:
		return qn_date_parse(value->z, &(qn_date){ 0 })
			       ? NULL
			       : "is no date, such as '2026-11-22'";
	case QN_TYPE_TIME:
		return qn_time_parse(value->z, &(qn_time){ 0 }) ? NULL
								: "is no time, such as '13:05:00'";
	case QN_TYPE_TIMESTAMP:
		return qn_timestamp_parse(value->z, &(qn_timestamp){ 0 })
			       ? NULL
			       : "is no timestamp, such as '2026-11-22T13:05:00'";
	case QN_TYPE_TIMESTAMPTZ:
		return qn_timestamptz_parse(value->z, &(qn_timestamptz){ 0 })
			       ? NULL
			       : "is no moment with its zone, such as '2026-11-22T13:05:00Z'";
	default:
		return qn_interval_parse(value->z, &(qn_interval){ 0 })
			       ? NULL
			       : "is no interval, such as 'P1DT12H'";
	}
}

static refusal label_refuse(const struct candidate *value)
{
	const struct enumeration *enumeration = value->type->enumeration;

	for (size_t i = 0; i < enumeration->label_count; i++)
		if (str_equal(enumeration->labels[i].label, value->text))
			return NULL;
	/* An enum without labels was refused already. */
	return enumeration->label_count ? "is not a label of the enum" : NULL;
}

static refusal candidate_refuse(const struct candidate *value)
{
	switch (type_info_id(value->type->info)) {
	case QN_TYPE_BOOL:
		return str_equal(value->text, STR("true")) || str_equal(value->text, STR("false"))
			       ? NULL
			       : "is neither true nor false";
	case QN_TYPE_INT16:
		return integer_refuse(value, INT16_MIN, INT16_MAX);
	case QN_TYPE_INT32:
		return integer_refuse(value, INT32_MIN, INT32_MAX);
	case QN_TYPE_INT64:
		return integer_refuse(value, INT64_MIN, INT64_MAX);
	case QN_TYPE_OID:
		return integer_refuse(value, 0, UINT32_MAX);
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
		return float_refuse(value);
	case QN_TYPE_DECIMAL:
	case QN_TYPE_NUMERIC:
		return numeric_refuse(value);
	case QN_TYPE_CHAR:
		return value->text.len > 1 ? "is longer than the one byte of the type" : NULL;
	case QN_TYPE_VARCHAR:
	case QN_TYPE_BPCHAR:
		return value->type->length ? length_refuse(value, (size_t)value->type->length)
					   : NULL;
	case QN_TYPE_NAME:
		return value->text.len > NAME_LENGTH_MAX ? "is longer than the type" : NULL;
	case QN_TYPE_BYTES:
		return bytes_refuse(value);
	case QN_TYPE_DATE:
	case QN_TYPE_TIME:
	case QN_TYPE_TIMESTAMP:
	case QN_TYPE_TIMESTAMPTZ:
	case QN_TYPE_INTERVAL:
		return time_refuse(value);
	case QN_TYPE_UUID:
		return qn_uuid_parse(value->z, &(qn_uuid){ { 0 } }) ? NULL : "is not a UUID";
	case QN_TYPE_JSON:
	case QN_TYPE_JSONB:
		return json_refuse(value);
	case QN_TYPE_INET:
	case QN_TYPE_CIDR:
		return inet_refuse(value);
	case QN_TYPE_MACADDR:
		return qn_macaddr_parse(value->z, &(qn_macaddr){ { 0 } }) ? NULL
									  : "is not an address";
	case QN_TYPE_ENUM:
		return label_refuse(value);
	default:
		return NULL;
	}
}

static refusal element_refuse(struct checker *checker, const struct column_type *type,
			      struct str text, bool was_quoted)
{
	struct candidate element = { type, text, arena_cstring(checker->arena, text) };

	if (!was_quoted && str_equal(text, STR("NULL")))
		return NULL;
	return !was_quoted && text.len == 0 ? "is not an array, which is written as '{1,2}'"
					    : candidate_refuse(&element);
}

/*
 * The next element of '{a,"b c"}' from `at`, unescaped; where it ends, or SIZE_MAX when it does
 * not.
 */
static size_t element_read(struct str text, size_t at, char *out, size_t *len, bool *was_quoted)
{
	*len = 0;
	*was_quoted = text.at[at] == '"';
	if (!*was_quoted) {
		while (at < text.len - 1 && text.at[at] != ',' && !memchr("{}\"\\", text.at[at], 4))
			out[(*len)++] = text.at[at++];
		return at == text.len - 1 || text.at[at] == ',' ? at : SIZE_MAX;
	}
	for (at++; at < text.len - 1 && text.at[at] != '"'; at++) {
		if (text.at[at] == '\\')
			at++;
		out[(*len)++] = text.at[at];
	}
	return at < text.len - 1 ? at + 1 : SIZE_MAX;
}

static refusal array_refuse(struct checker *checker, const struct column_type *type,
			    struct str text)
{
	static const char not_array[] = "is not an array, which is written as '{1,2}'";
	char *element = arena_alloc(checker->arena, text.len + 1);
	size_t at = 1;

	if (text.len < 2 || text.at[0] != '{' || text.at[text.len - 1] != '}')
		return not_array;
	if (text.len == 2)
		return NULL;
	for (;;) {
		bool was_quoted;
		size_t len;
		refusal why;

		at = element_read(text, at, element, &len, &was_quoted);
		if (at == SIZE_MAX)
			return not_array;
		why = element_refuse(checker, type, (struct str){ element, len }, was_quoted);
		if (why)
			return why;
		if (at >= text.len - 1)
			return NULL;
		if (text.at[at++] != ',')
			return not_array;
	}
}

/* '' within quotes is one quote. */
static struct str text_plain(struct arena *arena, struct str quoted)
{
	char *out = arena_alloc(arena, quoted.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < quoted.len; i++) {
		out[len++] = quoted.at[i];
		if (quoted.at[i] == '\'')
			i++;
	}
	return (struct str){ out, len };
}

static struct str text_quoted(struct arena *arena, struct str plain)
{
	char *out = arena_alloc(arena, 2 * plain.len + 3);
	size_t len = 0;

	out[len++] = '\'';
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.at[i] == '\'')
			out[len++] = '\'';
		out[len++] = plain.at[i];
	}
	out[len++] = '\'';
	return (struct str){ out, len };
}

static struct diagnostic *default_error(struct checker *checker, const struct column_type *type,
					const struct ast_value *value, const char *why)
{
	struct str spelt = type_spell(checker->arena, type);

	return diagnostics_error(checker->diagnostics, value->span,
				 "the default of this \"%.*s\" %s", STR_ARGS(spelt), why);
}

static struct default_value value_refuse(struct checker *checker, const struct column_type *type,
					 const struct ast_value *value, const char *why)
{
	default_error(checker, type, value, why);
	return (struct default_value){ .kind = DEFAULT_NONE };
}

static struct default_value label_check(struct checker *checker, const struct column_type *type,
					const struct ast_value *value)
{
	const struct enumeration *enumeration = type->enumeration;
	struct suggestion suggestion;
	struct diagnostic *error;

	/* An enum without labels was refused already. */
	if (enumeration->label_count == 0)
		return (struct default_value){ .kind = DEFAULT_NONE };
	suggestion_init(&suggestion, value->text);
	for (size_t i = 0; i < enumeration->label_count; i++) {
		const struct enum_label *label = &enumeration->labels[i];

		if (str_equal(label->name, value->text))
			return (struct default_value){ DEFAULT_LITERAL,
						       text_quoted(checker->arena, label->label) };
		suggestion_consider(&suggestion, label->name);
	}
	error = diagnostics_error(checker->diagnostics, value->span,
				  "enum \"%.*s\" has no label \"%.*s\"",
				  STR_ARGS(enumeration->name), STR_ARGS(value->text));
	suggestion_hint(&suggestion, error);
	diagnostic_note(error, enumeration->span, "\"%.*s\" is declared here",
			STR_ARGS(enumeration->name));
	return (struct default_value){ .kind = DEFAULT_NONE };
}

static struct default_value word_check(struct checker *checker, const struct column_type *type,
				       const struct ast_value *value)
{
	qn_type id = type_info_id(type->info);
	bool is_boolean =
		str_equal(value->text, STR("true")) || str_equal(value->text, STR("false"));

	if (str_equal(value->text, STR("null")))
		return value_refuse(checker, type, value,
				    "cannot be null: a nullable field is null without one");
	if (id == QN_TYPE_ENUM && !type->is_array)
		return label_check(checker, type, value);
	if (is_boolean && id == QN_TYPE_BOOL && !type->is_array)
		return (struct default_value){ DEFAULT_LITERAL, value->text };
	if (id == QN_TYPE_BOOL && !type->is_array)
		return value_refuse(checker, type, value, "is true or false");
	diagnostic_hint(default_error(checker, type, value, "is not a bare word"),
			"write '%.*s' for a text, %.*s() for a call, (%.*s) for SQL",
			STR_ARGS(value->text), STR_ARGS(value->text), STR_ARGS(value->text));
	return (struct default_value){ .kind = DEFAULT_NONE };
}

/*
 * Which form of literal a type wants, as the end of `the default ...`; NULL: the one that is there.
 */
static const char *form_refuse(const struct column_type *type, enum ast_value_kind kind)
{
	qn_type id = type_info_id(type->info);

	if (type->is_array || (type->info->flags & TYPE_VECTOR))
		return kind == VALUE_TEXT ? NULL : "is written as '{1,2}'";
	switch (id) {
	case QN_TYPE_BOOL:
		return "is true or false";
	case QN_TYPE_INT16:
	case QN_TYPE_INT32:
	case QN_TYPE_INT64:
	case QN_TYPE_OID:
		return kind == VALUE_NUMBER ? NULL : "is a whole number, without quotes";
	case QN_TYPE_FLOAT:
	case QN_TYPE_DOUBLE:
	case QN_TYPE_DECIMAL:
	case QN_TYPE_NUMERIC:
	case QN_TYPE_OPAQUE:
		return NULL;
	case QN_TYPE_ENUM:
		return kind == VALUE_TEXT ? "is a label, without quotes" : "is a label";
	default:
		return kind == VALUE_TEXT ? NULL : "is a text in single quotes";
	}
}

const char *literal_refuse(struct checker *checker, const struct column_type *type,
			   const struct ast_value *value, struct str *plain)
{
	const char *why = form_refuse(type, value->kind);
	struct candidate candidate;

	*plain = value->kind == VALUE_TEXT ? text_plain(checker->arena, value->text) : value->text;
	if (why)
		return why;
	if (type->is_array)
		return array_refuse(checker, type, *plain);
	candidate = (struct candidate){ type, *plain, arena_cstring(checker->arena, *plain) };
	return candidate_refuse(&candidate);
}

static struct default_value literal_check(struct checker *checker, const struct column_type *type,
					  const struct ast_value *value)
{
	struct str plain;
	const char *why = literal_refuse(checker, type, value, &plain);

	if (why)
		return value_refuse(checker, type, value, why);
	return (struct default_value){ DEFAULT_LITERAL, value->kind == VALUE_TEXT
								? text_quoted(checker->arena, plain)
								: value->text };
}

struct default_value default_check(struct checker *checker, const struct column_type *type,
				   const struct ast_value *value)
{
	switch (value->kind) {
	case VALUE_NUMBER:
	case VALUE_TEXT:
		return literal_check(checker, type, value);
	case VALUE_WORD:
		return word_check(checker, type, value);
	case VALUE_CALL:
	case VALUE_SQL:
		return (struct default_value){ DEFAULT_EXPRESSION, value->text };
	case VALUE_NONE:
		break;
	}
	return (struct default_value){ .kind = DEFAULT_NONE };
}
