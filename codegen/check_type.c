#include "check_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DECIMAL_PRECISION_MAX 18

/* Names of types in SQL and elsewhere, and what the language calls them. */
static const struct {
	const char *name;
	const char *hint;
} foreign_types[] = {
	{ "bool", "did you mean \"boolean\"?" },
	{ "int", "did you mean \"integer\"?" },
	{ "int2", "did you mean \"smallint\"?" },
	{ "int4", "did you mean \"integer\"?" },
	{ "int8", "did you mean \"bigint\"?" },
	{ "int16", "did you mean \"smallint\"?" },
	{ "int32", "did you mean \"integer\"?" },
	{ "int64", "did you mean \"bigint\"?" },
	{ "long", "did you mean \"bigint\"?" },
	{ "serial", "write \"integer identity\"" },
	{ "bigserial", "write \"bigint identity\"" },
	{ "float", "did you mean \"double\"?" },
	{ "float4", "did you mean \"real\"?" },
	{ "float8", "did you mean \"double\"?" },
	{ "decimal", "did you mean \"numeric\"?" },
	{ "string", "did you mean \"text\"?" },
	{ "str", "did you mean \"text\"?" },
	{ "character", "did you mean \"char\"?" },
	{ "bpchar", "did you mean \"char\"?" },
	{ "bytes", "did you mean \"bytea\"?" },
	{ "blob", "did you mean \"bytea\"?" },
	{ "datetime", "did you mean \"timestamptz\"?" },
	{ "money", "write \"numeric(12,2)\", or carry it as text: opaque \"money\"" },
	{ "xml", "carry it as text: opaque \"xml\"" },
	{ "citext", "carry it as text: opaque \"citext\"" },
	{ "tsvector", "carry it as text: opaque \"tsvector\"" },
	{ "timetz", "carry it as text: opaque \"timetz\"" },
};

static bool is_spelling_of(struct str name, const char *word)
{
	return name.len == strlen(word) && strncasecmp(name.at, word, name.len) == 0;
}

/* NULL: it is none of them. */
static const char *foreign_type_hint(struct str name)
{
	for (size_t i = 0; i < sizeof(foreign_types) / sizeof(*foreign_types); i++)
		if (is_spelling_of(name, foreign_types[i].name))
			return foreign_types[i].hint;
	return NULL;
}

/* NULL: it has no name in the language. */
static const char *schema_name_of(int type)
{
	return type_info_of((uint8_t)type)->schema_name;
}

bool type_is_meant(struct str name)
{
	for (int type = 0; type < QN_TYPE_COUNT_; type++)
		if (schema_name_of(type) && is_spelling_of(name, schema_name_of(type)))
			return true;
	return foreign_type_hint(name) != NULL;
}

void types_consider(struct suggestion *suggestion)
{
	for (int type = 0; type < QN_TYPE_COUNT_; type++)
		if (schema_name_of(type))
			suggestion_consider(suggestion, str_from_cstring(schema_name_of(type)));
}

static void type_suggest(const struct module_draft *module, struct str name,
			 struct diagnostic *error)
{
	const char *foreign = foreign_type_hint(name);
	struct suggestion suggestion;

	if (foreign) {
		diagnostic_hint(error, "%s", foreign);
		return;
	}
	if (!suggestion_pays(error))
		return;
	suggestion_init(&suggestion, name);
	types_consider(&suggestion);
	for (size_t i = 0; i < module->declared.capacity; i++) {
		const struct declared *declared = module->declared.at[i].value;

		if (declared && declared->ast->kind != DECLARATION_SERIALIZER)
			suggestion_consider(&suggestion, table_key(&module->declared.at[i]));
	}
	suggestion_hint(&suggestion, error);
}

static const struct type_info *type_find(struct checker *checker, const struct module_draft *module,
					 const struct ast_type *ast)
{
	struct str name = ast->path.name.text;
	const struct type_info *info;

	if (ast->opaque.span.source)
		return type_info_of(QN_TYPE_OPAQUE);
	if (ast->is_quoted) {
		if (str_equal(name, STR("char")))
			return type_info_of(QN_TYPE_CHAR);
		diagnostic_hint(diagnostics_error(checker->diagnostics, ast->span,
						  "the only type with a quoted name is \"char\""),
				"carry others as text: opaque \"%.*s\"", STR_ARGS(name));
		return NULL;
	}
	info = type_info_find(name);
	if (!info)
		type_suggest(module, name,
			     diagnostics_error(checker->diagnostics, ast->span,
					       "unknown type \"%.*s\"", STR_ARGS(name)));
	return info;
}

bool whole_number_check(struct checker *checker, const struct ast_value *value, long least,
			long most, int32_t *out)
{
	const char *text = arena_cstring(checker->arena, value->text);
	char *end;
	long number = strtol(text, &end, 10);

	if (*end || number < least || number > most) {
		diagnostics_error(checker->diagnostics, value->span,
				  "this number has to be within %ld and %ld", least, most);
		return false;
	}
	*out = (int32_t)number;
	return true;
}

static bool numeric_check(struct checker *checker, const struct ast_type *ast,
			  struct column_type *type)
{
	if (ast->argument_count == 0)
		return true;
	if (!whole_number_check(checker, &ast->arguments[0], 1, BIGGEST_NUMERIC_PRECISION,
				&type->precision))
		return false;
	if (ast->argument_count == 2 &&
	    !whole_number_check(checker, &ast->arguments[1], -BIGGEST_NUMERIC_PRECISION,
				BIGGEST_NUMERIC_PRECISION, &type->scale))
		return false;
	if (type->precision <= DECIMAL_PRECISION_MAX && type->scale >= 0 &&
	    type->scale <= DECIMAL_PRECISION_MAX)
		type->info = type_info_of(QN_TYPE_DECIMAL);
	return true;
}

static bool length_check(struct checker *checker, const struct ast_type *ast,
			 struct column_type *type)
{
	if (ast->argument_count == 2) {
		diagnostics_error(checker->diagnostics, ast->arguments[1].span,
				  "\"%s\" takes one number, its length in characters",
				  type->info->schema_name);
		return false;
	}
	return ast->argument_count == 0 ||
	       whole_number_check(checker, &ast->arguments[0], 1, BIGGEST_VARCHAR, &type->length);
}

static void arguments_refuse(struct checker *checker, const struct ast_type *ast,
			     const struct type_info *info)
{
	bool is_time = info->schema_name && (str_starts_with(ast->path.name.text, STR("time")) ||
					     str_starts_with(ast->path.name.text, STR("interval")));
	struct diagnostic *error;

	if (ast->opaque.span.source) {
		diagnostic_hint(diagnostics_error(checker->diagnostics, ast->arguments_span,
						  "an opaque type takes no number here"),
				"write it within the quotes");
		return;
	}
	error = diagnostics_error(checker->diagnostics, ast->arguments_span,
				  "type \"%.*s\" takes no number", STR_ARGS(ast->path.name.text));
	if (is_time)
		diagnostic_hint(error,
				"times have microseconds; others are carried as text: "
				"opaque \"%.*s(...)\"",
				STR_ARGS(ast->path.name.text));
}

static bool arguments_check(struct checker *checker, const struct ast_type *ast,
			    struct column_type *type)
{
	switch (type_info_id(type->info)) {
	case QN_TYPE_NUMERIC:
		return numeric_check(checker, ast, type);
	case QN_TYPE_VARCHAR:
	case QN_TYPE_BPCHAR:
		return length_check(checker, ast, type);
	default:
		if (ast->argument_count == 0)
			return true;
		arguments_refuse(checker, ast, type->info);
		return false;
	}
}

/* The text goes into SQL as it is: it has to be one type, and nothing else. */
static bool opaque_check(struct checker *checker, const struct ast_name *opaque)
{
	size_t depth = 0;
	bool in_quotes = false;
	bool is_bad = opaque->text.len == 0;

	for (size_t i = 0; i < opaque->text.len; i++) {
		char c = opaque->text.at[i];

		if (c == '"')
			in_quotes = !in_quotes;
		if (in_quotes)
			continue;
		is_bad |= memchr(";'\\$", c, 4) != NULL || (c == ')' && depth == 0) ||
			  (c == ',' && depth == 0) ||
			  (i > 0 && c == '-' && opaque->text.at[i - 1] == '-') ||
			  (i > 0 && c == '*' && opaque->text.at[i - 1] == '/');
		depth += c == '(';
		depth -= c == ')' && depth > 0;
	}
	if (!is_bad && !in_quotes && depth == 0)
		return true;
	diagnostics_error(checker->diagnostics, opaque->span,
			  "this is not the name of an SQL type");
	return false;
}

bool type_check(struct checker *checker, const struct module_draft *module,
		const struct ast_type *ast, struct column_type *type)
{
	const struct type_info *info = type_find(checker, module, ast);

	if (!info)
		return false;
	*type = (struct column_type){ .info = info, .is_array = ast->array.source != NULL };
	if (ast->opaque.span.source && !opaque_check(checker, &ast->opaque))
		return false;
	type->opaque = ast->opaque.text;
	if (type->is_array && (info->flags & TYPE_VECTOR)) {
		diagnostics_error(checker->diagnostics, ast->array, "\"%.*s\" is an array already",
				  STR_ARGS(ast->path.name.text));
		return false;
	}
	return arguments_check(checker, ast, type);
}

struct str type_spell(struct arena *arena, const struct column_type *type)
{
	const char *array = type->is_array ? "[]" : "";
	const char *name = type->info->schema_name;

	switch (type_info_id(type->info)) {
	case QN_TYPE_ENUM:
		return arena_format(arena, "%.*s%s", STR_ARGS(type->enumeration->name), array);
	case QN_TYPE_OPAQUE:
		return arena_format(arena, "%.*s%s", STR_ARGS(type->opaque), array);
	case QN_TYPE_DECIMAL:
		return arena_format(arena, "numeric(%d,%d)%s", type->precision, type->scale, array);
	case QN_TYPE_NUMERIC:
		if (type->precision)
			return arena_format(arena, "numeric(%d,%d)%s", type->precision, type->scale,
					    array);
		break;
	default:
		if (type->length)
			return arena_format(arena, "%s(%d)%s", name, type->length, array);
		break;
	}
	return arena_format(arena, "%s%s", name, array);
}
