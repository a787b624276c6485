#include "format.h"

#include "format_lines.h"
#include "parser.h"

#include <string.h>

#define LINE_WIDTH ((size_t)100)

struct formatter {
	struct lines lines;
	const struct source *source;
	const struct token_list *tokens;
	size_t at;
	size_t indent;
	bool block_begins; /* nothing stands in the block yet: no blank line before what comes */
};

/* The tokens of a statement, without comments. */
struct statement {
	const struct token *at;
	size_t count;
};

static const struct token *token_here(const struct formatter *formatter)
{
	return &formatter->tokens->at[formatter->at];
}

static bool token_is(const struct token *token, const char *word)
{
	return token->kind == TOKEN_NAME && str_equal(token->text, str_from_cstring(word));
}

static struct str token_text(const struct formatter *formatter, const struct token *token)
{
	return str_slice(formatter->source->text, token->span.from, token->span.to);
}

/* SQL of one line without the space at its ends; SQL of several lines as it was laid out. */
static void sql_add(const struct formatter *formatter, const struct token *sql, struct buf *out)
{
	struct str whole = token_text(formatter, sql);
	struct str text = sql->text;

	if (memchr(whole.at, '\n', whole.len))
		text = str_slice(whole, 1, whole.len - 1);
	buf_add_char(out, '(');
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != '\r')
			buf_add_char(out, text.at[i]);
	buf_add_char(out, ')');
}

static bool is_close(enum token_kind kind)
{
	return kind == TOKEN_CLOSE_PAREN || kind == TOKEN_CLOSE_BRACKET || kind == TOKEN_COMMA ||
	       kind == TOKEN_SEMICOLON || kind == TOKEN_DOT || kind == TOKEN_QUESTION ||
	       kind == TOKEN_OPEN_BRACKET;
}

static bool is_open(enum token_kind kind)
{
	return kind == TOKEN_OPEN_PAREN || kind == TOKEN_OPEN_BRACKET || kind == TOKEN_DOT ||
	       kind == TOKEN_MINUS;
}

/* Whether a space parts two tokens. Within a type nothing does but the words of `opaque "..."`. */
static bool is_spaced(const struct token *left, const struct token *right, bool in_type)
{
	if (in_type)
		return right->kind == TOKEN_QUOTED;
	if (is_open(left->kind) || is_close(right->kind))
		return false;
	/* now() */
	if (right->kind == TOKEN_OPEN_PAREN && right[1].kind == TOKEN_CLOSE_PAREN)
		return false;
	return true;
}

static struct str tokens_join(const struct formatter *formatter, const struct token *tokens,
			      size_t count, bool in_type)
{
	struct buf out;

	buf_init(&out, formatter->lines.arena);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && is_spaced(&tokens[i - 1], &tokens[i], in_type))
			buf_add_char(&out, ' ');
		if (tokens[i].kind == TOKEN_SQL)
			sql_add(formatter, &tokens[i], &out);
		else
			buf_add(&out, token_text(formatter, &tokens[i]));
	}
	return buf_str(&out);
}

static void line_add(struct formatter *formatter, struct line *line, uint32_t newlines)
{
	line->indent = formatter->indent;
	line->blank_before = newlines > 1 && !formatter->block_begins;
	formatter->block_begins = false;
	lines_add(&formatter->lines, line);
}

static void comment_line_add(struct formatter *formatter, const struct token *comment)
{
	struct line line = { .kind = LINE_COMMENT, .cell_count = 1 };

	line.cells[0] = token_text(formatter, comment);
	line_add(formatter, &line, comment->newlines);
}

/* Comments and doc comments that stand before something. */
static void comments_add(struct formatter *formatter)
{
	while (token_here(formatter)->kind == TOKEN_COMMENT ||
	       token_here(formatter)->kind == TOKEN_DOC)
		comment_line_add(formatter, &formatter->tokens->at[formatter->at++]);
}

/* The comment behind what was just passed, on the same line. */
static struct str comment_behind(struct formatter *formatter)
{
	const struct token *token = token_here(formatter);

	if (token->kind != TOKEN_COMMENT || token->newlines > 0)
		return (struct str){ NULL, 0 };
	formatter->at++;
	return token_text(formatter, token);
}

static bool ends_statement(enum token_kind kind, bool in_enum)
{
	return kind == TOKEN_SEMICOLON || kind == TOKEN_OPEN_BRACE || kind == TOKEN_CLOSE_BRACE ||
	       kind == TOKEN_END || (in_enum && kind == TOKEN_COMMA);
}

/* Whether only comments stand between here and the "}": they are about what is before or behind,
 * not within a statement. */
static bool at_last_comments(const struct formatter *formatter)
{
	size_t at = formatter->at;

	if (formatter->tokens->at[at].kind != TOKEN_COMMENT)
		return false;
	while (formatter->tokens->at[at].kind == TOKEN_COMMENT)
		at++;
	return formatter->tokens->at[at].kind == TOKEN_CLOSE_BRACE;
}

/* Goes to the token that ends the statement. Comments within it get lines of their own, before it.
 * */
static struct statement statement_take(struct formatter *formatter, bool in_enum)
{
	size_t from = formatter->at;
	uint32_t newlines = token_here(formatter)->newlines;
	struct token *tokens;
	size_t count = 0;

	while (!ends_statement(token_here(formatter)->kind, in_enum) &&
	       !at_last_comments(formatter))
		formatter->at++;
	tokens = arena_alloc_array(formatter->lines.arena, formatter->at - from + 1,
				   sizeof(*tokens));
	for (size_t i = from; i < formatter->at; i++) {
		struct token token = formatter->tokens->at[i];

		if (token.kind != TOKEN_COMMENT) {
			tokens[count++] = token;
			continue;
		}
		token.newlines = newlines;
		newlines = 1;
		comment_line_add(formatter, &token);
	}
	tokens[0].newlines = newlines;
	return (struct statement){ tokens, count };
}

/* Whether a statement of a model is a field, as the parser decides it. */
static bool is_field(const struct statement *statement)
{
	const struct token *first = &statement->at[0];
	const struct token *second = &statement->at[1];
	bool is_list = second->kind == TOKEN_OPEN_PAREN || second->kind == TOKEN_SQL;

	if (statement->count < 2)
		return false;
	if (token_is(first, "primary"))
		return !token_is(second, "key");
	if (token_is(first, "no"))
		return !token_is(second, "primary");
	if (token_is(first, "order"))
		return !token_is(second, "by");
	if (token_is(first, "renamed"))
		return !token_is(second, "from");
	if (token_is(first, "valid"))
		return !token_is(second, "hook");
	if (token_is(first, "index"))
		return !is_list && !token_is(second, "using");
	if (token_is(first, "table"))
		return second->kind != TOKEN_QUOTED;
	return !is_list;
}

/* How many tokens of the statement, from the second one on, are its type. */
static size_t type_width(const struct statement *statement)
{
	size_t at = 2;

	if (at < statement->count && statement->at[at].kind == TOKEN_DOT)
		at += 2;
	else if (at < statement->count && statement->at[at].kind == TOKEN_QUOTED)
		at++;
	if (at < statement->count && statement->at[at].kind == TOKEN_OPEN_PAREN)
		while (at < statement->count && statement->at[at++].kind != TOKEN_CLOSE_PAREN)
			;
	while (at < statement->count && (statement->at[at].kind == TOKEN_QUESTION ||
					 statement->at[at].kind == TOKEN_OPEN_BRACKET ||
					 statement->at[at].kind == TOKEN_CLOSE_BRACKET))
		at++;
	return at - 1;
}

static void ending_add(struct formatter *formatter, struct line *line, const char *ending)
{
	struct str *last = &line->cells[line->cell_count - 1];

	*last = arena_format(formatter->lines.arena, "%.*s%s", STR_ARGS(*last), ending);
}

static void field_cells(const struct formatter *formatter, const struct statement *statement,
			struct line *line)
{
	size_t width = type_width(statement);

	line->kind = LINE_COLUMNS;
	line->cells[0] = token_text(formatter, &statement->at[0]);
	line->cells[1] = tokens_join(formatter, statement->at + 1, width, true);
	line->cell_count = 2;
	if (statement->count > 1 + width) {
		line->cells[2] = tokens_join(formatter, statement->at + 1 + width,
					     statement->count - 1 - width, false);
		line->cell_count = 3;
	}
}

/* A statement that ends in ";". */
static void statement_format(struct formatter *formatter, bool in_model)
{
	struct statement statement = statement_take(formatter, false);
	struct line line = { .kind = LINE_PLAIN, .cell_count = 1 };

	if (in_model && is_field(&statement))
		field_cells(formatter, &statement, &line);
	else
		line.cells[0] = tokens_join(formatter, statement.at, statement.count, false);
	ending_add(formatter, &line, ";");
	formatter->at++;
	line.comment = comment_behind(formatter);
	line_add(formatter, &line, statement.at[0].newlines);
}

static void block_open(struct formatter *formatter, struct line *line, uint32_t newlines)
{
	line->comment = comment_behind(formatter);
	line_add(formatter, line, newlines);
	formatter->indent++;
	formatter->block_begins = true;
}

static void block_close(struct formatter *formatter)
{
	struct line line = { .kind = LINE_PLAIN, .cell_count = 1, .cells = { STR("}") } };

	formatter->at++;
	formatter->indent--;
	line.comment = comment_behind(formatter);
	line_add(formatter, &line, 1);
}

/* label ","     in an enum of several lines */
static void label_format(struct formatter *formatter)
{
	struct statement statement = statement_take(formatter, true);
	struct line line = { .kind = LINE_COLUMNS, .cell_count = 1 };

	line.cells[0] = token_text(formatter, &statement.at[0]);
	if (statement.count > 1) {
		line.cells[1] =
			tokens_join(formatter, statement.at + 1, statement.count - 1, false);
		line.cell_count = 2;
	}
	ending_add(formatter, &line, ",");
	if (token_here(formatter)->kind == TOKEN_COMMA)
		formatter->at++;
	line.comment = comment_behind(formatter);
	line_add(formatter, &line, statement.at[0].newlines);
}

/* Whether the labels from here to "}" fit on the line that they begin on, and were written so. */
static bool labels_fit(const struct formatter *formatter, size_t width)
{
	const struct token *token = token_here(formatter);

	for (; token->kind != TOKEN_CLOSE_BRACE; token++) {
		if (token->kind == TOKEN_COMMENT || token->kind == TOKEN_DOC || token->newlines > 0)
			return false;
		width += token->span.to - token->span.from + 2;
	}
	return token->newlines == 0 && width <= LINE_WIDTH;
}

static void labels_on_line(struct formatter *formatter, struct line *line, uint32_t newlines)
{
	const struct token *from = token_here(formatter);
	size_t count = 0;

	while (from[count].kind != TOKEN_CLOSE_BRACE)
		count++;
	formatter->at += count + 1;
	if (count > 0 && from[count - 1].kind == TOKEN_COMMA)
		count--;
	line->cells[0] =
		arena_format(formatter->lines.arena, count ? "%.*s { %.*s }" : "%.*s {%.*s}",
			     STR_ARGS(line->cells[0]),
			     STR_ARGS(tokens_join(formatter, from, count, false)));
	line->comment = comment_behind(formatter);
	line_add(formatter, line, newlines);
}

enum block {
	BLOCK_MODEL,
	BLOCK_ENUM,
	BLOCK_SERIALIZER,
};

/* The members of a model, the labels of an enum or the parts of a serializer, up to the "}". */
static void block_format(struct formatter *formatter, enum block block)
{
	for (;;) {
		comments_add(formatter);
		if (token_here(formatter)->kind == TOKEN_CLOSE_BRACE)
			break;
		if (block == BLOCK_ENUM)
			label_format(formatter);
		else
			statement_format(formatter, block == BLOCK_MODEL);
	}
	block_close(formatter);
}

static enum block block_of(const struct token *first)
{
	if (token_is(first, "enum"))
		return BLOCK_ENUM;
	return token_is(first, "serializer") ? BLOCK_SERIALIZER : BLOCK_MODEL;
}

static void declaration_format(struct formatter *formatter)
{
	enum block block = block_of(token_here(formatter));
	struct statement head = statement_take(formatter, false);
	struct line line = { .kind = LINE_PLAIN, .cell_count = 1 };
	uint32_t newlines = head.at[0].newlines;

	line.cells[0] = tokens_join(formatter, head.at, head.count, false);
	formatter->at++;
	if (block == BLOCK_ENUM && labels_fit(formatter, line.cells[0].len + 4)) {
		labels_on_line(formatter, &line, newlines);
		return;
	}
	if (token_here(formatter)->kind == TOKEN_CLOSE_BRACE) {
		formatter->at++;
		ending_add(formatter, &line, " {}");
		line.comment = comment_behind(formatter);
		line_add(formatter, &line, newlines);
		return;
	}
	ending_add(formatter, &line, " {");
	block_open(formatter, &line, newlines);
	block_format(formatter, block);
}

static void file_format(struct formatter *formatter)
{
	formatter->block_begins = true;
	for (;;) {
		comments_add(formatter);
		if (token_here(formatter)->kind == TOKEN_END)
			return;
		if (token_is(token_here(formatter), "module"))
			statement_format(formatter, false);
		else
			declaration_format(formatter);
	}
}

bool format_source(const struct source *source, struct arena *arena,
		   struct diagnostics *diagnostics, struct str *out)
{
	struct token_list tokens = { .count = 0 };
	size_t errors = diagnostics->total;
	struct formatter formatter = { .lines = { .arena = arena },
				       .source = source,
				       .tokens = &tokens };

	if (!source_parse(source, arena, diagnostics, &tokens) || diagnostics->total > errors)
		return false;
	file_format(&formatter);
	*out = lines_render(&formatter.lines);
	return true;
}
