#include "parser_inside.h"

#include "suggest.h"

/* An attribute that stands twice is an error, and the last one counts. */
static void attribute_once(struct parser *parser, struct span first, struct span here,
			   const char *name)
{
	if (first.source)
		diagnostic_note(diagnostics_error(parser->diagnostics, here,
						  "\"%s\" stands here twice", name),
				first, "the first \"%s\" is here", name);
}

bool parser_number(struct parser *parser, struct ast_value *value)
{
	struct span from = parser->token.span;
	bool is_negative = parser_take(parser, TOKEN_MINUS);
	struct str digits = parser->token.text;

	if (parser->token.after_error)
		return false;
	if (!parser_expect(parser, TOKEN_NUMBER, "a number"))
		return false;
	value->kind = VALUE_NUMBER;
	value->span = parser_span_from(parser, from);
	value->text = is_negative ? arena_format(parser->arena, "-%.*s", STR_ARGS(digits)) : digits;
	return true;
}

bool parser_text(struct parser *parser, const char *what, struct ast_value *value)
{
	const struct token *token = &parser->token;

	if (token->after_error)
		return false;
	if (parser_at(parser, TOKEN_QUOTED))
		diagnostic_hint(diagnostics_error(parser->diagnostics, token->span,
						  "texts are written in single quotes"),
				"double quotes are for names of the database");
	else if (!parser_at(parser, TOKEN_TEXT))
		return parser_expected(parser, what);
	*value = (struct ast_value){ .text = token->text, .span = token->span };
	value->kind = parser_at(parser, TOKEN_TEXT) ? VALUE_TEXT : VALUE_NONE;
	parser_advance(parser);
	return true;
}

/* call = NAME "(" ")" */
static bool call_parse(struct parser *parser, struct ast_value *value)
{
	struct span from = value->span;

	parser_advance(parser);
	if (!parser_at(parser, TOKEN_CLOSE_PAREN)) {
		diagnostic_hint(diagnostics_error(parser->diagnostics, parser->token.span,
						  "a call with arguments is an SQL expression"),
				"write it in parentheses: default (%.*s(...))",
				STR_ARGS(value->text));
		return false;
	}
	parser_advance(parser);
	value->kind = VALUE_CALL;
	value->span = parser_span_from(parser, from);
	value->text = arena_format(parser->arena, "%.*s()", STR_ARGS(value->text));
	return true;
}

/* value = number | TEXT | NAME | call | sql */
static bool value_parse(struct parser *parser, struct ast_value *value)
{
	const struct token *token = &parser->token;

	if (token->after_error)
		return false;
	value->text = token->text;
	value->span = token->span;
	switch (token->kind) {
	case TOKEN_MINUS:
	case TOKEN_NUMBER:
		return parser_number(parser, value);
	case TOKEN_OPEN_PAREN:
		return parser_sql(parser, value);
	case TOKEN_TEXT:
	case TOKEN_QUOTED:
		return parser_text(parser, "a value", value);
	case TOKEN_NAME:
		value->kind = VALUE_WORD;
		parser_advance(parser);
		return !parser_at(parser, TOKEN_OPEN_PAREN) || call_parse(parser, value);
	default:
		return parser_expected(parser, "a value");
	}
}

static bool default_parse(struct parser *parser, struct ast_attributes *attributes,
			  struct span from)
{
	attribute_once(parser, attributes->default_span, from, "default");
	attributes->default_value = (struct ast_value){ .kind = VALUE_NONE };
	if (!value_parse(parser, &attributes->default_value))
		return false;
	attributes->default_span = parser_span_from(parser, from);
	return true;
}

static bool unique_parse(struct parser *parser, struct ast_attributes *attributes, struct span from)
{
	attribute_once(parser, attributes->unique, from, "unique");
	attributes->unique = from;
	return true;
}

static bool primary_key_parse(struct parser *parser, struct ast_attributes *attributes,
			      struct span from)
{
	if (!parser_expect_word(parser, "key"))
		return false;
	from = parser_span_from(parser, from);
	attribute_once(parser, attributes->primary_key, from, "primary key");
	attributes->primary_key = from;
	return true;
}

static bool check_parse(struct parser *parser, struct ast_attributes *attributes, struct span from)
{
	struct ast_check **last = &attributes->checks;

	(void)from;
	while (*last)
		last = &(*last)->next;
	*last = arena_alloc(parser->arena, sizeof(**last));
	if (parser_sql(parser, &(*last)->sql))
		return true;
	*last = NULL;
	return false;
}

/* action = "cascade" | "restrict" | "set" ( "null" | "default" ) | "no" "action" */
static bool action_parse(struct parser *parser, enum foreign_action *action)
{
	if (parser_take_word(parser, "cascade")) {
		*action = ACTION_CASCADE;
		return true;
	}
	if (parser_take_word(parser, "restrict")) {
		*action = ACTION_RESTRICT;
		return true;
	}
	if (parser_take_word(parser, "no")) {
		*action = ACTION_NO_ACTION;
		return parser_expect_word(parser, "action");
	}
	if (!parser_take_word(parser, "set"))
		return parser_expected(parser, "\"cascade\", \"restrict\", \"set null\", "
					       "\"set default\" or \"no action\"");
	*action = parser_at_word(parser, "null") ? ACTION_SET_NULL : ACTION_SET_DEFAULT;
	if (parser_take_word(parser, "null") || parser_take_word(parser, "default"))
		return true;
	return parser_expected(parser, "\"null\" or \"default\"");
}

static bool on_update_now_parse(struct parser *parser, struct ast_attributes *attributes,
				struct span from)
{
	parser_advance(parser);
	if (!parser_expect(parser, TOKEN_OPEN_PAREN, "\"()\"") ||
	    !parser_expect(parser, TOKEN_CLOSE_PAREN, "\")\""))
		return false;
	from = parser_span_from(parser, from);
	attribute_once(parser, attributes->on_update_now, from, "on update now()");
	attributes->on_update_now = from;
	return true;
}

static bool on_parse(struct parser *parser, struct ast_attributes *attributes, struct span from)
{
	bool is_update = parser_at_word(parser, "update");
	struct ast_action *action = is_update ? &attributes->on_update : &attributes->on_delete;

	if (!parser_take_word(parser, "update") && !parser_take_word(parser, "delete"))
		return parser_expected(parser, "\"delete\" or \"update\"");
	if (is_update && parser_at_word(parser, "now"))
		return on_update_now_parse(parser, attributes, from);
	attribute_once(parser, action->span, from, is_update ? "on update" : "on delete");
	if (!action_parse(parser, &action->action))
		return false;
	action->span = parser_span_from(parser, from);
	return true;
}

static bool identity_parse(struct parser *parser, struct ast_attributes *attributes,
			   struct span from)
{
	attribute_once(parser, attributes->identity_span, from, "identity");
	attributes->identity =
		parser_take_word(parser, "always") ? IDENTITY_ALWAYS : IDENTITY_BY_DEFAULT;
	attributes->identity_span = parser_span_from(parser, from);
	return true;
}

/* column = "column" ( QUOTED | "(" QUOTED ( "," QUOTED )* ")" ) */
static bool column_parse(struct parser *parser, struct ast_attributes *attributes, struct span from)
{
	bool is_list = parser_take(parser, TOKEN_OPEN_PAREN);
	struct ast_names **last = &attributes->columns;

	attribute_once(parser, attributes->column_span, from, "column");
	do {
		*last = arena_alloc(parser->arena, sizeof(**last));
		if (!parser_quoted(parser, "the name of a column", &(*last)->name)) {
			*last = NULL;
			return false;
		}
		last = &(*last)->next;
	} while (is_list && parser_take(parser, TOKEN_COMMA));
	if (is_list && !parser_expect(parser, TOKEN_CLOSE_PAREN, "\",\" or \")\""))
		return false;
	attributes->column_span = parser_span_from(parser, from);
	return true;
}

static bool renamed_parse(struct parser *parser, struct ast_attributes *attributes,
			  struct span from)
{
	attribute_once(parser, attributes->renamed_from.span, from, "renamed from");
	if (!parser_expect_word(parser, "from"))
		return false;
	if (parser_at(parser, TOKEN_QUOTED))
		return parser_quoted(parser, "the old name", &attributes->renamed_from);
	return parser_name(parser, "the old name", &attributes->renamed_from);
}

static bool as_parse(struct parser *parser, struct ast_attributes *attributes, struct span from)
{
	attribute_once(parser, attributes->reverse.span, from, "as");
	return parser_name(parser, "the reverse name", &attributes->reverse);
}

static bool through_parse(struct parser *parser, struct ast_attributes *attributes,
			  struct span from)
{
	attribute_once(parser, attributes->through.span, from, "through");
	return parser_path(parser, "the name of the linking model", &attributes->through);
}

static bool table_parse(struct parser *parser, struct ast_attributes *attributes, struct span from)
{
	attribute_once(parser, attributes->table.name.span, from, "table");
	return parser_table_name(parser, &attributes->table);
}

static const struct attribute {
	const char *word;
	/* Stands behind the word, whose place is `from`. */
	bool (*parse)(struct parser *parser, struct ast_attributes *attributes, struct span from);
} attributes_known[] = {
	{ "default", default_parse },
	{ "unique", unique_parse },
	{ "primary", primary_key_parse },
	{ "check", check_parse },
	{ "on", on_parse },
	{ "identity", identity_parse },
	{ "column", column_parse },
	{ "renamed", renamed_parse },
	{ "as", as_parse },
	{ "through", through_parse },
	{ "table", table_parse },
	{ "valid", parser_rule },
};

enum { ATTRIBUTE_COUNT = sizeof(attributes_known) / sizeof(*attributes_known) };

/* Words of SQL and of other languages, and what to write here. */
static const struct {
	const char *word;
	const char *hint;
} attributes_foreign[] = {
	{ "not", "fields are not null; ? behind the type makes them nullable" },
	{ "null", "? behind the type makes a field nullable" },
	{ "nullable", "? behind the type makes a field nullable" },
	{ "optional", "? behind the type makes a field nullable" },
	{ "references", "write the name of the model as the type" },
	{ "foreign", "write the name of the model as the type" },
	{ "generated", "write \"identity\" or \"identity always\"" },
	{ "auto_increment", "write \"identity\"" },
	{ "index", "write \"index (...);\" as a member of its own" },
	{ "primarykey", "write \"primary key\"" },
	{ "primary_key", "write \"primary key\"" },
	{ "pk", "write \"primary key\"" },
	{ "key", "write \"primary key\"" },
	{ "ondelete", "write \"on delete\"" },
	{ "on_delete", "write \"on delete\"" },
	{ "cascade", "write \"on delete cascade\"" },
	{ "required", "fields are not null; ? behind the type makes them nullable" },
	{ "comment", "write /// and the text before the field" },
};

static bool attribute_refuse(struct parser *parser)
{
	struct suggestion suggestion;
	struct diagnostic *error;

	if (parser->token.after_error)
		return false;
	error = diagnostics_error(parser->diagnostics, parser->token.span,
				  "unknown attribute \"%.*s\"", STR_ARGS(parser->token.text));
	if (parser_rule_hint(parser, error))
		return false;
	for (size_t i = 0; i < sizeof(attributes_foreign) / sizeof(*attributes_foreign); i++) {
		if (parser_at_word(parser, attributes_foreign[i].word)) {
			diagnostic_hint(error, "%s", attributes_foreign[i].hint);
			return false;
		}
	}
	suggestion_init(&suggestion, parser->token.text);
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		suggestion_consider(&suggestion, str_from_cstring(attributes_known[i].word));
	suggestion_hint(&suggestion, error);
	return false;
}

static const struct attribute *attribute_here(const struct parser *parser)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		if (parser_at_word(parser, attributes_known[i].word))
			return &attributes_known[i];
	return NULL;
}

static bool attribute_parse(struct parser *parser, struct ast_attributes *attributes)
{
	const struct attribute *attribute = attribute_here(parser);
	struct span from = parser->token.span;

	if (!attribute)
		return attribute_refuse(parser);
	parser_advance(parser);
	return attribute->parse(parser, attributes, from);
}

/* arguments = "(" number ( "," number )* ")" */
static bool arguments_parse(struct parser *parser, struct ast_type *type)
{
	struct span from = parser->token.span;
	struct ast_value surplus;

	parser_advance(parser);
	type->arguments =
		arena_alloc_array(parser->arena, AST_TYPE_ARGUMENTS, sizeof(*type->arguments));
	do {
		bool has_room = type->argument_count < AST_TYPE_ARGUMENTS;

		if (!parser_number(parser,
				   has_room ? &type->arguments[type->argument_count] : &surplus))
			return false;
		if (has_room)
			type->argument_count++;
		else
			diagnostics_error(parser->diagnostics, surplus.span,
					  "a type takes at most two numbers");
	} while (parser_take(parser, TOKEN_COMMA));
	if (!parser_expect(parser, TOKEN_CLOSE_PAREN, "\",\" or \")\""))
		return false;
	type->arguments_span = parser_span_from(parser, from);
	return true;
}

/* The element of an array is not nullable by a mark, and an array has one dimension. */
static void array_refuse(struct parser *parser, const struct ast_type *type)
{
	if (type->array.source)
		diagnostic_hint(diagnostics_error(parser->diagnostics, parser->token.span,
						  "an array of arrays has no type in C"),
				"carry it as text: opaque \"integer[][]\"");
	else
		diagnostics_error(
			parser->diagnostics, type->nullable,
			"\"?\" stands behind \"[]\": elements of arrays may always be null");
}

/* marks = [ "[" "]" ] "?"? */
static bool marks_parse(struct parser *parser, struct ast_type *type)
{
	for (;;) {
		struct span from = parser->token.span;

		if (parser_take(parser, TOKEN_QUESTION)) {
			if (type->nullable.source)
				diagnostics_error(parser->diagnostics, from,
						  "\"?\" stands here twice");
			type->nullable = from;
		} else if (parser_at(parser, TOKEN_OPEN_BRACKET)) {
			if (type->array.source || type->nullable.source)
				array_refuse(parser, type);
			parser_advance(parser);
			if (!parser_expect(parser, TOKEN_CLOSE_BRACKET, "\"]\""))
				return false;
			type->array = parser_span_from(parser, from);
		} else {
			return true;
		}
	}
}

/* type = ( path arguments? | QUOTED | "opaque" QUOTED ) marks */
static bool type_parse(struct parser *parser, struct ast_type *type)
{
	struct span from = parser->token.span;

	if (parser_at(parser, TOKEN_QUOTED) && !parser->token.after_error) {
		type->is_quoted = true;
		type->path.name = (struct ast_name){ parser->token.text, from };
		parser_advance(parser);
	} else if (!parser_path(parser, "a type", &type->path)) {
		return false;
	}
	type->span = parser_span_from(parser, from);
	if (!type->is_quoted && !type->path.module.span.source &&
	    str_equal(type->path.name.text, STR("opaque"))) {
		if (!parser_at(parser, TOKEN_QUOTED))
			return parser_expected(parser, "an SQL type in double quotes");
		type->opaque = (struct ast_name){ parser->token.text, parser->token.span };
		parser_advance(parser);
		type->span = parser_span_from(parser, from);
	}
	if (parser_at(parser, TOKEN_OPEN_PAREN) && !arguments_parse(parser, type))
		return false;
	return marks_parse(parser, type);
}

/* A word alone may be a member that was misspelt. */
static bool type_missing(struct parser *parser, const struct ast_name *name)
{
	struct suggestion suggestion;
	struct diagnostic *error;

	error = diagnostics_error(parser->diagnostics, name->span, "field \"%.*s\" has no type",
				  STR_ARGS(name->text));
	suggestion_init(&suggestion, name->text);
	suggestion_consider(&suggestion, STR("unmanaged"));
	suggestion_hint(&suggestion, error);
	return false;
}

/* Half of all fields have none. */
static bool attributes_parse(struct parser *parser, struct ast_member *member)
{
	struct ast_attributes *attributes = NULL;

	/* A line that begins with another word is the next member: the ";" is missing. */
	while (parser_at(parser, TOKEN_NAME) &&
	       (!parser->token.first_on_line || attribute_here(parser))) {
		if (!attributes)
			attributes = arena_alloc(parser->arena, sizeof(*attributes));
		member->attributes = attributes;
		if (!attribute_parse(parser, attributes))
			return false;
	}
	return true;
}

bool parser_field(struct parser *parser, struct ast_member *member)
{
	static const struct ast_attributes none = { 0 };

	member->kind = MEMBER_FIELD;
	member->doc = parser_doc_take(parser);
	member->attributes = &none;
	if (!parser_name(parser, "a field", &member->name))
		return false;
	member->span = member->name.span;
	if (parser_at(parser, TOKEN_SEMICOLON))
		return type_missing(parser, &member->name);
	if (!type_parse(parser, &member->type))
		return false;
	return attributes_parse(parser, member) && parser_expect(parser, TOKEN_SEMICOLON, "\";\"");
}
