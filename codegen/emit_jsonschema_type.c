#include "emit_jsonschema_type.h"

#include "json_quote.h"

/* The JSON of a value, and what is known of it beyond that. */
static const struct json_type {
	const char *type; /* NULL: any JSON */
	const char *rest;
} json_types[QN_TYPE_COUNT_] = {
	[QN_TYPE_BOOL] = { "boolean", "" },
	[QN_TYPE_INT16] = { "integer", ", \"minimum\": -32768, \"maximum\": 32767" },
	[QN_TYPE_INT32] = { "integer", ", \"format\": \"int32\"" },
	[QN_TYPE_INT64] = { "integer", ", \"format\": \"int64\"" },
	[QN_TYPE_FLOAT] = { "number", ", \"format\": \"float\"" },
	[QN_TYPE_DOUBLE] = { "number", ", \"format\": \"double\"" },
	[QN_TYPE_OID] = { "integer", ", \"minimum\": 0, \"maximum\": 4294967295" },
	[QN_TYPE_CHAR] = { "string", ", \"maxLength\": 1" },
	[QN_TYPE_TEXT] = { "string", "" },
	[QN_TYPE_VARCHAR] = { "string", "" },
	[QN_TYPE_BPCHAR] = { "string", "" },
	[QN_TYPE_NAME] = { "string", ", \"maxLength\": 63" },
	[QN_TYPE_DECIMAL] = { "string", ", \"format\": \"decimal\"" },
	[QN_TYPE_NUMERIC] = { "string", ", \"format\": \"decimal\"" },
	[QN_TYPE_BYTES] = { "string", ", \"format\": \"byte\", \"contentEncoding\": \"base64\"" },
	[QN_TYPE_DATE] = { "string", ", \"format\": \"date\"" },
	[QN_TYPE_TIME] = { "string", ", \"format\": \"time-local\"" },
	[QN_TYPE_TIMESTAMP] = { "string", ", \"format\": \"date-time-local\"" },
	[QN_TYPE_TIMESTAMPTZ] = { "string", ", \"format\": \"date-time\"" },
	[QN_TYPE_INTERVAL] = { "string", ", \"format\": \"duration\"" },
	[QN_TYPE_UUID] = { "string", ", \"format\": \"uuid\"" },
	[QN_TYPE_JSON] = { NULL, "" },
	[QN_TYPE_JSONB] = { NULL, "" },
	[QN_TYPE_INET] = { "string", "" },
	[QN_TYPE_CIDR] = { "string", "" },
	[QN_TYPE_MACADDR] = { "string", "" },
	[QN_TYPE_ENUM] = { "string", "" },
	[QN_TYPE_OPAQUE] = { "string", "" },
	[QN_TYPE_INT2VECTOR] = { "integer", ", \"minimum\": -32768, \"maximum\": 32767" },
	[QN_TYPE_OIDVECTOR] = { "integer", ", \"minimum\": 0, \"maximum\": 4294967295" },
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

static void value_add(struct buf *out, const struct column_type *type, bool is_nullable)
{
	qn_type id = type_info_id(type->info);
	const struct json_type *json = &json_types[id];

	if (!json->type) {
		buf_add_cstring(out, "{}");
		return;
	}
	buf_add_char(out, '{');
	type_add(out, json->type, is_nullable);
	buf_add_cstring(out, json->rest);
	if ((id == QN_TYPE_VARCHAR || id == QN_TYPE_BPCHAR) && type->length)
		buf_add_format(out, ", \"maxLength\": %d", (int)type->length);
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
		value_add(out, type, is_nullable || may_be_no_number);
		return;
	}
	buf_add_char(out, '{');
	type_add(out, "array", is_nullable);
	buf_add_cstring(out, ", \"items\": ");
	value_add(out, type, type->is_array);
	buf_add_char(out, '}');
}
