#include "parser_inside.h"

#include <string.h>

/* doc = DOC+ */
static void doc_gather(struct parser *parser, struct token *token)
{
	struct span span = { NULL, 0, 0 };
	struct buf text;

	buf_init(&text, parser->arena);
	for (; token->kind == TOKEN_DOC; *token = lexer_next(&parser->lexer)) {
		if (!token->first_on_line) {
			diagnostic_hint(
				diagnostics_error(parser->diagnostics, token->span,
						  "a doc comment stands before what it describes"),
				"use // at the end of a line");
			continue;
		}
		if (span.source)
			buf_add_char(&text, '\n');
		else
			span = token->span;
		buf_add(&text, token->text);
		span.to = token->span.to;
	}
	token->doc = buf_str(&text);
	token->doc_span = span;
}

static struct token token_next(struct parser *parser)
{
	struct token token = lexer_next(&parser->lexer);

	doc_gather(parser, &token);
	return token;
}

void parser_begin(struct parser *parser)
{
	parser->token = token_next(parser);
}

void parser_advance(struct parser *parser)
{
	if (parser->token.doc_span.source)
		diagnostic_hint(diagnostics_error(parser->diagnostics, parser->token.doc_span,
						  "this doc comment describes nothing"),
				"it belongs before a declaration, a field or a label; use // here");
	parser->last = parser->token.span;
	parser->token = parser->has_ahead ? parser->ahead : token_next(parser);
	parser->has_ahead = false;
	parser->passed++;
}

const struct token *parser_peek(struct parser *parser)
{
	if (!parser->has_ahead)
		parser->ahead = token_next(parser);
	parser->has_ahead = true;
	return &parser->ahead;
}

struct str parser_doc_take(struct parser *parser)
{
	parser->token.doc_span.source = NULL;
	return parser->token.doc;
}

bool parser_at(const struct parser *parser, enum token_kind kind)
{
	return parser->token.kind == kind;
}

static bool token_is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && str_equal(token->text, str_from_cstring(word));
}

bool parser_at_word(const struct parser *parser, const char *word)
{
	return token_is_word(&parser->token, word);
}

bool parser_before_word(struct parser *parser, const char *word)
{
	return token_is_word(parser_peek(parser), word);
}

bool parser_take(struct parser *parser, enum token_kind kind)
{
	if (!parser_at(parser, kind))
		return false;
	parser_advance(parser);
	return true;
}

bool parser_take_word(struct parser *parser, const char *word)
{
	if (!parser_at_word(parser, word))
		return false;
	parser_advance(parser);
	return true;
}

bool parser_expected(struct parser *parser, const char *what)
{
	const struct token *token = &parser->token;
	struct span behind = { parser->last.source, parser->last.to, parser->last.to };
	struct str found = token_describe(token, parser->arena);

	if (token->after_error)
		return false;
	/* What is missing at the end of a line belongs there, not before the next line. */
	if (token->first_on_line && parser->last.source)
		diagnostics_error(parser->diagnostics, behind, "expected %s", what);
	else
		diagnostics_error(parser->diagnostics, token->span, "expected %s, not %.*s", what,
				  STR_ARGS(found));
	return false;
}

bool parser_expect(struct parser *parser, enum token_kind kind, const char *what)
{
	return parser_take(parser, kind) || parser_expected(parser, what);
}

bool parser_expect_word(struct parser *parser, const char *word)
{
	struct str quoted = arena_format(parser->arena, "\"%s\"", word);

	return parser_take_word(parser, word) || parser_expected(parser, quoted.at);
}

struct span parser_span_from(const struct parser *parser, struct span from)
{
	from.to = parser->last.to;
	return from;
}

bool parser_name(struct parser *parser, const char *what, struct ast_name *name)
{
	if (!parser_at(parser, TOKEN_NAME) || parser->token.after_error)
		return parser_expected(parser, what);
	*name = (struct ast_name){ parser->token.text, parser->token.span };
	parser_advance(parser);
	return true;
}

/* Whether a name of the database is one that PostgreSQL takes. */
static void quoted_check(struct parser *parser, struct ast_name *name)
{
	if (name->text.len == 0)
		diagnostics_error(parser->diagnostics, name->span, "a name cannot be empty");
	else if (name->text.len > NAME_LENGTH_MAX)
		diagnostics_error(parser->diagnostics, name->span,
				  "name of %zu bytes, where PostgreSQL has room for %zu",
				  name->text.len, NAME_LENGTH_MAX);
	if (name->text.len > NAME_LENGTH_MAX)
		name->text.len = NAME_LENGTH_MAX;
	else if (memchr(name->text.at, '\t', name->text.len))
		diagnostics_error(parser->diagnostics, name->span, "tab in a name");
}

bool parser_quoted(struct parser *parser, const char *what, struct ast_name *name)
{
	struct diagnostic *error;

	if (parser->token.after_error)
		return false;
	if (parser_at(parser, TOKEN_NAME) || parser_at(parser, TOKEN_TEXT)) {
		error = diagnostics_error(parser->diagnostics, parser->token.span,
					  "expected %s in double quotes", what);
		if (parser->token.text.len <= NAME_LENGTH_MAX)
			diagnostic_hint(error, "write \"%.*s\"", STR_ARGS(parser->token.text));
	} else if (!parser_at(parser, TOKEN_QUOTED)) {
		return parser_expected(parser, what);
	}
	*name = (struct ast_name){ parser->token.text, parser->token.span };
	if (parser_at(parser, TOKEN_QUOTED))
		quoted_check(parser, name);
	parser_advance(parser);
	return true;
}

/* The same SQL whichever way the lines of the file end: a check-out of git may change that. */
static struct str line_ends_unify(struct arena *arena, struct str text)
{
	char *out;
	size_t len = 0;

	if (text.len == 0 || !memchr(text.at, '\r', text.len))
		return text;
	out = arena_alloc(arena, text.len);
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != '\r' || i + 1 == text.len || text.at[i + 1] != '\n')
			out[len++] = text.at[i];
	return (struct str){ out, len };
}

bool parser_sql(struct parser *parser, struct ast_value *sql)
{
	struct token token;

	if (!parser_at(parser, TOKEN_OPEN_PAREN))
		return parser_expected(parser, "\"(\" and an SQL expression");
	if (!lexer_sql(&parser->lexer, &parser->token, &token)) {
		parser_advance(parser);
		return false;
	}
	parser->token = token;
	*sql = (struct ast_value){ VALUE_SQL, line_ends_unify(parser->arena, token.text),
				   token.span };
	parser_advance(parser);
	return true;
}

bool parser_path(struct parser *parser, const char *what, struct ast_path *path)
{
	if (!parser_name(parser, what, &path->name))
		return false;
	path->span = path->name.span;
	if (!parser_take(parser, TOKEN_DOT))
		return true;
	path->module = path->name;
	if (!parser_name(parser, what, &path->name))
		return false;
	path->span = parser_span_from(parser, path->span);
	return true;
}

bool parser_table_name(struct parser *parser, struct ast_table_name *table)
{
	if (!parser_quoted(parser, "the name of a table", &table->name))
		return false;
	if (!parser_take(parser, TOKEN_DOT))
		return true;
	table->schema = table->name;
	return parser_quoted(parser, "the name of a table", &table->name);
}
