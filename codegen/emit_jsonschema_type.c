#include "emit_jsonschema_type.h"

#include "json_pattern.h"
#include "json_quote.h"

/* What slugs are, in the regular expressions of JSON Schema. */
#define SLUG_PATTERN      "^[-_a-zA-Z0-9]+$"
#define NOT_BLANK_PATTERN "\\S"

/* The JSON of a value, and what is known of it beyond that. */
static const struct json_type {
	const char *type; /* NULL: any JSON */
	const char *format;
	const char *encoding;
	const char *least; /* NULL: what the format says, or nothing */
	const char *most;
	int longest; /* in characters; 0: any length */
} json_types[QN_TYPE_COUNT_] = {
	[QN_TYPE_BOOL] = { .type = "boolean" },
	[QN_TYPE_INT16] = { .type = "integer", .least = "-32768", .most = "32767" },
	[QN_TYPE_INT32] = { .type = "integer", .format = "int32" },
	[QN_TYPE_INT64] = { .type = "integer", .format = "int64" },
	[QN_TYPE_FLOAT] = { .type = "number", .format = "float" },
	[QN_TYPE_DOUBLE] = { .type = "number", .format = "double" },
	[QN_TYPE_OID] = { .type = "integer", .least = "0", .most = "4294967295" },
	[QN_TYPE_CHAR] = { .type = "string", .longest = 1 },
	[QN_TYPE_TEXT] = { .type = "string" },
	[QN_TYPE_VARCHAR] = { .type = "string" },
	[QN_TYPE_BPCHAR] = { .type = "string" },
	[QN_TYPE_NAME] = { .type = "string", .longest = 63 },
	[QN_TYPE_DECIMAL] = { .type = "string", .format = "decimal" },
	[QN_TYPE_NUMERIC] = { .type = "string", .format = "decimal" },
	[QN_TYPE_BYTES] = { .type = "string", .format = "byte", .encoding = "base64" },
	[QN_TYPE_DATE] = { .type = "string", .format = "date" },
	[QN_TYPE_TIME] = { .type = "string", .format = "time-local" },
	[QN_TYPE_TIMESTAMP] = { .type = "string", .format = "date-time-local" },
	[QN_TYPE_TIMESTAMPTZ] = { .type = "string", .format = "date-time" },
	[QN_TYPE_INTERVAL] = { .type = "string", .format = "duration" },
	[QN_TYPE_UUID] = { .type = "string", .format = "uuid" },
	[QN_TYPE_JSON] = { .type = NULL },
	[QN_TYPE_JSONB] = { .type = NULL },
	[QN_TYPE_INET] = { .type = "string" },
	[QN_TYPE_CIDR] = { .type = "string" },
	[QN_TYPE_MACADDR] = { .type = "string" },
	[QN_TYPE_ENUM] = { .type = "string" },
	[QN_TYPE_OPAQUE] = { .type = "string" },
	[QN_TYPE_INT2VECTOR] = { .type = "integer", .least = "-32768", .most = "32767" },
	[QN_TYPE_OIDVECTOR] = { .type = "integer", .least = "0", .most = "4294967295" },
};

static void type_add(struct buf *out, const char *type, bool is_nullable)
{
	buf_add_format(out, is_nullable ? "\"type\": [\"%s\", \"null\"]" : "\"type\": \"%s\"",
		       type);
}

static void labels_add(struct buf *out, const struct enumeration *enumeration, bool is_nullable)
{
	buf_add_cstring(out, ", \"enum\": [");
	for (size_t i = 0; i < enumeration->label_count; i++) {
		if (i > 0)
			buf_add_cstring(out, ", ");
		json_quote_add(out, enumeration->labels[i].label);
	}
	buf_add_cstring(out, is_nullable ? ", null]" : "]");
}

static const struct rule *rule_find(const struct column *column, enum json_direction direction,
				    qn_rule_kind kind)
{
	/* Nothing says that rows which are there already keep the rules. */
	for (size_t i = 0; direction == JSON_TAKEN && i < column->rule_count; i++)
		if (column->rules[i].kind == kind)
			return &column->rules[i];
	return NULL;
}

static const struct json_type *json_type_of(const struct column *column)
{
	return &json_types[type_info_id(column->type.info)];
}

static void format_add(struct buf *out, const struct column *column, enum json_direction direction)
{
	const struct json_type *json = json_type_of(column);
	const char *format = json->format;

	if (rule_find(column, direction, QN_RULE_EMAIL))
		format = "email";
	else if (rule_find(column, direction, QN_RULE_URL))
		format = "uri";
	if (format)
		buf_add_format(out, ", \"format\": \"%s\"", format);
	if (json->encoding)
		buf_add_format(out, ", \"contentEncoding\": \"%s\"", json->encoding);
}

static void limits_add(struct buf *out, const struct column *column, enum json_direction direction)
{
	const struct json_type *json = json_type_of(column);
	const struct rule *from = rule_find(column, direction, QN_RULE_FROM);
	const struct rule *to = rule_find(column, direction, QN_RULE_TO);
	bool is_text = str_equal(str_from_cstring(json->type), STR("string"));

	/* A text has no limits in JSON Schema, whatever it is the form of. */
	if (is_text)
		return;
	if (from || json->least)
		buf_add_format(out, ", \"minimum\": %.*s",
			       STR_ARGS(from ? from->text : str_from_cstring(json->least)));
	if (to || json->most)
		buf_add_format(out, ", \"maximum\": %.*s",
			       STR_ARGS(to ? to->text : str_from_cstring(json->most)));
}

static void lengths_add(struct buf *out, const struct column *column, enum json_direction direction)
{
	const struct rule *shortest = rule_find(column, direction, QN_RULE_MIN_LENGTH);
	const struct rule *longest = rule_find(column, direction, QN_RULE_MAX_LENGTH);
	int most = json_type_of(column)->longest;

	if (column->type.length)
		most = column->type.length;
	if (longest)
		most = longest->number;
	if (shortest)
		buf_add_format(out, ", \"minLength\": %d", (int)shortest->number);
	if (longest || most)
		buf_add_format(out, ", \"maxLength\": %d", most);
}

static void pattern_add(struct buf *out, struct str pattern, size_t *count)
{
	static const char *const before[] = { ", \"pattern\": ", ", \"allOf\": [{\"pattern\": ",
					      "}, {\"pattern\": " };

	buf_add_cstring(out, before[*count < 2 ? *count : 2]);
	json_quote_add(out, pattern);
	++*count;
}

/* A schema has one pattern; others are in schemas of their own. */
static void patterns_add(struct buf *out, const struct column *column,
			 enum json_direction direction)
{
	const struct rule *pattern = rule_find(column, direction, QN_RULE_PATTERN);
	struct buf translated;
	size_t count = 0;

	buf_init(&translated, out->arena);
	if (pattern && json_pattern_add(&translated, pattern->text))
		pattern_add(out, buf_str(&translated), &count);
	if (rule_find(column, direction, QN_RULE_SLUG))
		pattern_add(out, STR(SLUG_PATTERN), &count);
	if (rule_find(column, direction, QN_RULE_NOT_BLANK))
		pattern_add(out, STR(NOT_BLANK_PATTERN), &count);
	if (count > 1)
		buf_add_cstring(out, "}]");
}

static void value_add(struct buf *out, const struct column *column, bool is_nullable,
		      enum json_direction direction)
{
	const struct column_type *type = &column->type;
	const struct json_type *json = json_type_of(column);

	if (!json->type) {
		buf_add_cstring(out, "{}");
		return;
	}
	buf_add_char(out, '{');
	type_add(out, json->type, is_nullable);
	format_add(out, column, direction);
	limits_add(out, column, direction);
	lengths_add(out, column, direction);
	patterns_add(out, column, direction);
	if (type->enumeration)
		labels_add(out, type->enumeration, is_nullable);
	buf_add_char(out, '}');
}

void emit_jsonschema_column_add(struct buf *out, const struct column *column, bool is_nullable,
				enum json_direction direction)
{
	const struct column_type *type = &column->type;
	bool is_vector = type->info->flags & TYPE_VECTOR;
	qn_type id = type_info_id(type->info);
	/* NaN and infinities are written as null. */
	bool may_be_no_number =
		direction == JSON_WRITTEN && (id == QN_TYPE_FLOAT || id == QN_TYPE_DOUBLE);

	if (!type->is_array && !is_vector) {
		value_add(out, column, is_nullable || may_be_no_number, direction);
		return;
	}
	buf_add_char(out, '{');
	type_add(out, "array", is_nullable);
	buf_add_cstring(out, ", \"items\": ");
	value_add(out, column, type->is_array, direction);
	buf_add_char(out, '}');
}
