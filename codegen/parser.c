#include "parser.h"

#include "parser_inside.h"
#include "suggest.h"

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

static const char *const declaration_words[] = { "enum", "model", "abstract", "serializer" };

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
	return next->kind == TOKEN_NAME && (parser_before_word(parser, "model") ||
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

/* Whether the block has more in it; goes behind its "}" when there is nothing. */
static bool block_goes_on(struct parser *parser, struct span open)
{
	if (parser_take(parser, TOKEN_CLOSE_BRACE))
		return false;
	if (!parser_at(parser, TOKEN_END) && !declaration_begins(parser))
		return true;
	if (!parser->token.after_error)
		diagnostics_error(parser->diagnostics, open, "this \"{\" is not closed");
	return false;
}

/* members = "{" member* "}" */
static bool members_parse(struct parser *parser, struct ast_member **members)
{
	struct span open = parser->token.span;

	if (!parser_expect(parser, TOKEN_OPEN_BRACE, "\"{\""))
		return false;
	while (block_goes_on(parser, open)) {
		size_t passed = parser->passed;

		*members = arena_alloc(parser->arena, sizeof(**members));
		(*members)->is_broken = !parser_member(parser, *members);
		if ((*members)->is_broken)
			member_recover(parser, passed);
		members = &(*members)->next;
	}
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
	if (parser_at_word(parser, "extends") || parser_at_word(parser, "inherits")) {
		diagnostic_hint(diagnostics_error(parser->diagnostics, parser->token.span,
						  "expected \":\" or \"{\", not \"%.*s\"",
						  STR_ARGS(parser->token.text)),
				"bases stand behind a colon: model %.*s : Base",
				STR_ARGS(declaration->name.text));
		return false;
	}
	return members_parse(parser, &declaration->members);
}

/* parts = "{" part* "}" */
static bool parts_parse(struct parser *parser, struct ast_part **parts)
{
	struct span open = parser->token.span;

	if (!parser_expect(parser, TOKEN_OPEN_BRACE, "\"{\""))
		return false;
	while (block_goes_on(parser, open)) {
		size_t passed = parser->passed;

		*parts = arena_alloc(parser->arena, sizeof(**parts));
		(*parts)->is_broken = !parser_part(parser, *parts);
		if ((*parts)->is_broken)
			member_recover(parser, passed);
		parts = &(*parts)->next;
	}
	return true;
}

/* serializer = "serializer" NAME "for" path parts */
static bool serializer_parse(struct parser *parser, struct ast_declaration *declaration)
{
	return parser_name(parser, "the name of the serializer", &declaration->name) &&
	       parser_expect_word(parser, "for") &&
	       parser_path(parser, "the name of a model", &declaration->model) &&
	       parts_parse(parser, &declaration->parts);
}

/* Words of other languages, and what to write here. */
static const struct {
	const char *word;
	const char *hint;
} declarations_foreign[] = {
	{ "table", "write \"model\"" },
	{ "create", "write \"model\"" },
	{ "class", "write \"model\"" },
	{ "struct", "write \"model\"" },
	{ "entity", "write \"model\"" },
	{ "type", "write \"model\" or \"enum\"" },
	{ "import", "all files of one run see each other" },
	{ "include", "all files of one run see each other" },
	{ "use", "all files of one run see each other" },
};

static void declaration_hint(const struct parser *parser, struct diagnostic *error)
{
	struct suggestion suggestion;

	for (size_t i = 0; i < sizeof(declarations_foreign) / sizeof(*declarations_foreign); i++) {
		if (parser_at_word(parser, declarations_foreign[i].word)) {
			diagnostic_hint(error, "%s", declarations_foreign[i].hint);
			return;
		}
	}
	suggestion_init(&suggestion, parser->token.text);
	for (size_t i = 0; i < sizeof(declaration_words) / sizeof(*declaration_words); i++)
		suggestion_consider(&suggestion, str_from_cstring(declaration_words[i]));
	suggestion_hint(&suggestion, error);
}

static bool declaration_refuse(struct parser *parser)
{
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
				  "expected \"model\", \"abstract model\", \"enum\" or "
				  "\"serializer\", not %.*s",
				  STR_ARGS(found));
	if (parser_at(parser, TOKEN_NAME))
		declaration_hint(parser, error);
	else if (parser_at(parser, TOKEN_SEMICOLON))
		diagnostic_hint(error, "\"}\" ends a declaration by itself");
	return false;
}

/* declaration = doc? ( enum | serializer | "abstract"? model ) */
static bool declaration_parse(struct parser *parser, struct ast_declaration *declaration)
{
	struct str doc = parser_doc_take(parser);

	declaration->doc = doc;
	if (parser_take_word(parser, "enum")) {
		declaration->kind = DECLARATION_ENUM;
		return enum_parse(parser, declaration);
	}
	if (parser_take_word(parser, "serializer")) {
		declaration->kind = DECLARATION_SERIALIZER;
		return serializer_parse(parser, declaration);
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

/* A declaration that got a name is of use to later stages, whatever was wrong in it. */
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
	parser_begin(&parser);
	if (!module_parse(&parser, file))
		declaration_recover(&parser, 0);
	while (!parser_at(&parser, TOKEN_END)) {
		struct ast_declaration *declaration = arena_alloc(arena, sizeof(*declaration));
		size_t passed = parser.passed;

		declaration->is_broken = !declaration_parse(&parser, declaration);
		if (declaration->is_broken)
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
