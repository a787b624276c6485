#include "parser.h"

#include "parser_inside.h"
#include "suggest.h"

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
	*sql = (struct ast_value){ VALUE_SQL, token.text, token.span };
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

/* label = doc? NAME QUOTED? */
static bool label_parse(struct parser *parser, struct ast_label *label)
{
	label->doc = parser_doc_take(parser);
	if (!parser_name(parser, "a label", &label->name))
		return false;
	label->label = label->name;
	if (parser_at(parser, TOKEN_QUOTED)) {
		label->label = (struct ast_name){ parser->token.text, parser->token.span };
		parser_advance(parser);
	} else if (parser_at(parser, TOKEN_TEXT)) {
		return parser_quoted(parser, "the label in the database", &label->label);
	}
	return true;
}

/* labels = "{" [ label ( "," label )* ","? ] "}" */
static bool labels_parse(struct parser *parser, struct ast_label **labels)
{
	if (!parser_expect(parser, TOKEN_OPEN_BRACE, "\"{\""))
		return false;
	while (!parser_at(parser, TOKEN_CLOSE_BRACE)) {
		*labels = arena_alloc(parser->arena, sizeof(**labels));
		if (!label_parse(parser, *labels)) {
			*labels = NULL;
			return false;
		}
		labels = &(*labels)->next;
		if (!parser_take(parser, TOKEN_COMMA) && !parser_at(parser, TOKEN_CLOSE_BRACE))
			return parser_expected(parser, "\",\" or \"}\"");
	}
	parser_advance(parser);
	return true;
}

/* enum = "enum" NAME QUOTED? labels */
static bool enum_parse(struct parser *parser, struct ast_declaration *declaration)
{
	if (!parser_name(parser, "the name of the enum", &declaration->name))
		return false;
	if (parser_at(parser, TOKEN_QUOTED) &&
	    !parser_quoted(parser, "the name of the type", &declaration->sql_name))
		return false;
	return labels_parse(parser, &declaration->labels);
}

static const char *const declaration_words[] = { "enum", "model", "abstract" };

static bool at_declaration_word(const struct parser *parser)
{
	for (size_t i = 0; i < sizeof(declaration_words) / sizeof(*declaration_words); i++)
		if (parser_at_word(parser, declaration_words[i]))
			return true;
	return false;
}

/* Whether a member looks like the next declaration: at the very beginning of a line, the word and a
 * name like those of models (or "model" itself). A field can have these names, but not this place
 * in formatted text. */
static bool declaration_begins(struct parser *parser)
{
	uint32_t from = parser->token.span.from;
	const struct token *next;

	if (!parser->token.first_on_line || !at_declaration_word(parser) ||
	    (from > 0 && parser->token.span.source->text.at[from - 1] != '\n'))
		return false;
	next = parser_peek(parser);
	return next->kind == TOKEN_NAME && (token_is_word(next, "model") ||
					    (next->text.at[0] >= 'A' && next->text.at[0] <= 'Z'));
}

/* Goes behind the member that an error was in: behind its ";", or to a line that may begin another
 * one. */
static void member_recover(struct parser *parser, size_t passed)
{
	parser->lexer.is_quiet = true;
	for (;; parser_advance(parser)) {
		bool progress = parser->passed > passed;

		if (parser_at(parser, TOKEN_END) || parser_at(parser, TOKEN_CLOSE_BRACE))
			break;
		if (progress && parser->token.first_on_line && parser_at(parser, TOKEN_NAME))
			break;
		parser_doc_take(parser);
		if (parser_at(parser, TOKEN_SEMICOLON)) {
			parser->lexer.is_quiet = false;
			parser_advance(parser);
			break;
		}
	}
	parser->lexer.is_quiet = false;
}

/* members = "{" member* "}" */
static bool members_parse(struct parser *parser, struct ast_member **members)
{
	struct span open = parser->token.span;

	if (!parser_expect(parser, TOKEN_OPEN_BRACE, "\"{\""))
		return false;
	while (!parser_at(parser, TOKEN_CLOSE_BRACE)) {
		size_t passed = parser->passed;

		if (parser_at(parser, TOKEN_END) || declaration_begins(parser)) {
			diagnostics_error(parser->diagnostics, open, "this \"{\" is not closed");
			return true;
		}
		*members = arena_alloc(parser->arena, sizeof(**members));
		(*members)->is_broken = !parser_member(parser, *members);
		if ((*members)->is_broken)
			member_recover(parser, passed);
		members = &(*members)->next;
	}
	parser_advance(parser);
	return true;
}

/* model = "model" NAME [ ":" path ( "," path )* ] members */
static bool model_parse(struct parser *parser, struct ast_declaration *declaration)
{
	struct ast_path **bases = &declaration->bases;

	if (!parser_name(parser, "the name of the model", &declaration->name))
		return false;
	if (parser_take(parser, TOKEN_COLON)) {
		do {
			*bases = arena_alloc(parser->arena, sizeof(**bases));
			if (!parser_path(parser, "the name of an abstract model", *bases)) {
				*bases = NULL;
				return false;
			}
			bases = &(*bases)->next;
		} while (parser_take(parser, TOKEN_COMMA));
	}
	return members_parse(parser, &declaration->members);
}

static bool declaration_refuse(struct parser *parser)
{
	struct suggestion suggestion;
	struct diagnostic *error;
	struct str found = token_describe(&parser->token, parser->arena);

	if (parser->token.after_error)
		return false;
	if (parser_at_word(parser, "module")) {
		diagnostics_error(parser->diagnostics, parser->token.span,
				  "a file has one \"module\", at its beginning");
		return false;
	}
	error = diagnostics_error(parser->diagnostics, parser->token.span,
				  "expected \"model\", \"abstract model\" or \"enum\", not %.*s",
				  STR_ARGS(found));
	if (!parser_at(parser, TOKEN_NAME))
		return false;
	suggestion_init(&suggestion, parser->token.text);
	for (size_t i = 0; i < sizeof(declaration_words) / sizeof(*declaration_words); i++)
		suggestion_consider(&suggestion, str_from_cstring(declaration_words[i]));
	if (suggestion.nearest.len)
		diagnostic_hint(error, "did you mean \"%.*s\"?", STR_ARGS(suggestion.nearest));
	return false;
}

/* declaration = doc? ( enum | "abstract"? model ) */
static bool declaration_parse(struct parser *parser, struct ast_declaration *declaration)
{
	struct str doc = parser_doc_take(parser);

	declaration->doc = doc;
	if (parser_take_word(parser, "enum")) {
		declaration->kind = DECLARATION_ENUM;
		return enum_parse(parser, declaration);
	}
	declaration->kind = DECLARATION_MODEL;
	if (parser_take_word(parser, "abstract")) {
		declaration->kind = DECLARATION_ABSTRACT;
		return parser_expect_word(parser, "model") && model_parse(parser, declaration);
	}
	if (parser_take_word(parser, "model"))
		return model_parse(parser, declaration);
	return declaration_refuse(parser);
}

/* Goes to the next declaration, once at least so many tokens were passed. */
static void declaration_recover(struct parser *parser, size_t least)
{
	parser->lexer.is_quiet = true;
	while (!parser_at(parser, TOKEN_END) &&
	       !(parser->passed >= least && parser->token.first_on_line &&
		 at_declaration_word(parser))) {
		parser_doc_take(parser);
		parser_advance(parser);
	}
	parser->lexer.is_quiet = false;
}

/* module = doc? "module" NAME [ "schema" QUOTED ] ";" */
static bool module_parse(struct parser *parser, struct ast_file *file)
{
	file->doc = parser_doc_take(parser);
	if (!parser_take_word(parser, "module")) {
		diagnostic_hint(diagnostics_error(parser->diagnostics, parser->token.span,
						  "a schema begins with its module"),
				"write \"module shop;\" before everything else");
		return false;
	}
	if (!parser_name(parser, "the name of the module", &file->module))
		return false;
	if (parser_take_word(parser, "schema") &&
	    !parser_quoted(parser, "the name of a schema of the database", &file->sql_schema))
		return false;
	return parser_expect(parser, TOKEN_SEMICOLON, "\";\"");
}

/* A model or an enum that got a name is of use to later stages, whatever was wrong in it. */
static bool declaration_is_useful(const struct ast_declaration *declaration)
{
	return declaration->name.span.source != NULL;
}

/* file = module declaration* */
const struct ast_file *source_parse(const struct source *source, struct arena *arena,
				    struct diagnostics *diagnostics, struct token_list *record)
{
	struct parser parser = { .arena = arena, .diagnostics = diagnostics };
	struct ast_file *file = arena_alloc(arena, sizeof(*file));
	struct ast_declaration **declarations = &file->declarations;

	file->source = source;
	if (!lexer_init(&parser.lexer, source, arena, diagnostics, record))
		return NULL;
	parser.token = token_next(&parser);
	if (!module_parse(&parser, file))
		declaration_recover(&parser, 0);
	while (!parser_at(&parser, TOKEN_END)) {
		struct ast_declaration *declaration = arena_alloc(arena, sizeof(*declaration));
		size_t passed = parser.passed;

		if (!declaration_parse(&parser, declaration))
			declaration_recover(&parser, passed + 1);
		if (declaration_is_useful(declaration)) {
			*declarations = declaration;
			declarations = &declaration->next;
		}
	}
	if (parser.token.doc_span.source)
		parser_advance(&parser);
	return file;
}
