#include "sql_text.h"

#include <string.h>

/* Keywords of PostgreSQL 13 to 17 that are not free for any use as a name, in byte order. */
static const char *const keywords[] = {
	"all",
	"analyse",
	"analyze",
	"and",
	"any",
	"array",
	"as",
	"asc",
	"asymmetric",
	"authorization",
	"between",
	"bigint",
	"binary",
	"bit",
	"boolean",
	"both",
	"case",
	"cast",
	"char",
	"character",
	"check",
	"coalesce",
	"collate",
	"collation",
	"column",
	"concurrently",
	"constraint",
	"create",
	"cross",
	"current_catalog",
	"current_date",
	"current_role",
	"current_schema",
	"current_time",
	"current_timestamp",
	"current_user",
	"dec",
	"decimal",
	"default",
	"deferrable",
	"desc",
	"distinct",
	"do",
	"else",
	"end",
	"except",
	"exists",
	"extract",
	"false",
	"fetch",
	"float",
	"for",
	"foreign",
	"freeze",
	"from",
	"full",
	"grant",
	"greatest",
	"group",
	"grouping",
	"having",
	"ilike",
	"in",
	"initially",
	"inner",
	"inout",
	"int",
	"integer",
	"intersect",
	"interval",
	"into",
	"is",
	"isnull",
	"join",
	"lateral",
	"leading",
	"least",
	"left",
	"like",
	"limit",
	"localtime",
	"localtimestamp",
	"national",
	"natural",
	"nchar",
	"none",
	"normalize",
	"not",
	"notnull",
	"null",
	"nullif",
	"numeric",
	"offset",
	"on",
	"only",
	"or",
	"order",
	"out",
	"outer",
	"overlaps",
	"overlay",
	"placing",
	"position",
	"precision",
	"primary",
	"real",
	"references",
	"returning",
	"right",
	"row",
	"select",
	"session_user",
	"setof",
	"similar",
	"smallint",
	"some",
	"substring",
	"symmetric",
	"system_user",
	"table",
	"tablesample",
	"then",
	"time",
	"timestamp",
	"to",
	"trailing",
	"treat",
	"trim",
	"true",
	"union",
	"unique",
	"user",
	"using",
	"values",
	"varchar",
	"variadic",
	"verbose",
	"when",
	"where",
	"window",
	"with",
	"xmlattributes",
	"xmlconcat",
	"xmlelement",
	"xmlexists",
	"xmlforest",
	"xmlnamespaces",
	"xmlparse",
	"xmlpi",
	"xmlroot",
	"xmlserialize",
	"xmltable",
};

static bool is_keyword(struct str name)
{
	size_t low = 0;
	size_t high = sizeof(keywords) / sizeof(keywords[0]);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_compare(name, str_from_cstring(keywords[middle]));

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool is_plain(struct str name)
{
	if (name.len == 0 || (name.at[0] >= '0' && name.at[0] <= '9'))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9'))
			return false;
	}
	return !is_keyword(name);
}

static void quoted_add(struct buf *out, struct str text, char quote)
{
	buf_add_char(out, quote);
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == quote)
			buf_add_char(out, quote);
		buf_add_char(out, text.at[i]);
	}
	buf_add_char(out, quote);
}

static void ident_add(struct buf *out, struct str name)
{
	if (is_plain(name))
		buf_add(out, name);
	else
		quoted_add(out, name, '"');
}

struct str sql_ident(struct arena *arena, struct str name)
{
	struct buf out;

	buf_init(&out, arena);
	ident_add(&out, name);
	return buf_str(&out);
}

struct str sql_path(struct arena *arena, struct str schema, struct str name)
{
	struct buf out;

	buf_init(&out, arena);
	if (schema.len > 0) {
		ident_add(&out, schema);
		buf_add_char(&out, '.');
	}
	ident_add(&out, name);
	return buf_str(&out);
}

struct str sql_quoted_path(struct arena *arena, struct str schema, struct str name)
{
	struct buf out;

	buf_init(&out, arena);
	if (schema.len > 0) {
		quoted_add(&out, schema, '"');
		buf_add_char(&out, '.');
	}
	quoted_add(&out, name, '"');
	return buf_str(&out);
}

struct str sql_literal(struct arena *arena, struct str text)
{
	struct buf doubled, out;

	buf_init(&out, arena);
	if (text.len == 0 || !memchr(text.at, '\\', text.len)) {
		quoted_add(&out, text, '\'');
		return buf_str(&out);
	}
	buf_init(&doubled, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\\')
			buf_add_char(&doubled, '\\');
		buf_add_char(&doubled, text.at[i]);
	}
	buf_add_char(&out, 'E');
	quoted_add(&out, buf_str(&doubled), '\'');
	return buf_str(&out);
}

struct str sql_type(struct arena *arena, const struct column_type *type)
{
	struct buf out;

	buf_init(&out, arena);
	if (type->enumeration)
		buf_add(&out, sql_path(arena, type->enumeration->module->sql_schema,
				       type->enumeration->sql_name));
	else if (type->opaque.len > 0)
		buf_add(&out, type->opaque);
	else
		buf_add_cstring(&out, type->info->sql_name);
	if (type->length > 0)
		buf_add_format(&out, "(%d)", (int)type->length);
	else if (type->precision > 0)
		buf_add_format(&out, "(%d,%d)", (int)type->precision, (int)type->scale);
	if (type->is_array)
		buf_add_cstring(&out, "[]");
	return buf_str(&out);
}
