#include "lexer.h"

#include "lexer_text.h"

#include <string.h>

static struct span lexer_span(const struct lexer *lexer, const char *from, const char *to)
{
	const char *start = lexer->source->text.at;

	return (struct span){ lexer->source, (uint32_t)(from - start), (uint32_t)(to - start) };
}

static void token_record(struct lexer *lexer, const struct token *token)
{
	struct token_list *list = lexer->record;

	if (!list)
		return;
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 256;
		struct token *at = arena_alloc_array(lexer->arena, capacity, sizeof(*at));

		if (list->count)
			memcpy(at, list->at, list->count * sizeof(*at));
		list->at = at;
		list->capacity = capacity;
	}
	list->at[list->count++] = *token;
}

static struct token token_make(struct lexer *lexer, enum token_kind kind, const char *from)
{
	struct token token = { .kind = kind, .span = lexer_span(lexer, from, lexer->at) };

	token.text = (struct str){ from, (size_t)(lexer->at - from) };
	token.newlines = lexer->newlines;
	token.first_on_line = lexer->newlines > 0 || !lexer->any_token;
	token.after_error = lexer->any_error;
	lexer->newlines = 0;
	lexer->any_error = false;
	lexer->any_token = true;
	return token;
}

static struct token token_final(struct lexer *lexer, struct token token)
{
	token_record(lexer, &token);
	return token;
}

static struct token name_token(struct lexer *lexer, const char *from, bool is_ascii)
{
	struct token token = token_make(lexer, TOKEN_NAME, from);

	if (!is_ascii)
		token.text = name_to_ascii(lexer, &token);
	if (token.text.len > NAME_LENGTH_MAX) {
		diagnostics_error(lexer->diagnostics, token.span,
				  "name of %zu bytes, where PostgreSQL has room for %zu",
				  token.text.len, NAME_LENGTH_MAX);
		token.text.len = NAME_LENGTH_MAX;
	}
	return token_final(lexer, token);
}

static struct token quoted_token(struct lexer *lexer, enum token_kind kind, const char *from)
{
	struct token token = token_make(lexer, kind, from);

	token.text = str_slice(token.text, 1, token.text.len - 1);
	if (kind == TOKEN_QUOTED)
		token.text = quotes_undouble(lexer->arena, token.text);
	return token_final(lexer, token);
}

static struct token doc_token(struct lexer *lexer, const char *from)
{
	struct token token;

	while (lexer->at > from && (lexer->at[-1] == '\r' || lexer->at[-1] == ' ' ||
				    lexer->at[-1] == '\t'))
		lexer->at--;
	token = token_make(lexer, TOKEN_DOC, from);
	token.text = str_slice(token.text, 3, token.text.len);
	if (str_starts_with(token.text, STR(" ")))
		token.text = str_slice(token.text, 1, token.text.len);
	return token_final(lexer, token);
}

static void comment_pass(struct lexer *lexer, const char *from)
{
	bool any_token = lexer->any_token;
	struct token token;

	while (lexer->at > from && (lexer->at[-1] == '\r' || lexer->at[-1] == ' ' ||
				    lexer->at[-1] == '\t'))
		lexer->at--;
	if (!lexer->record)
		return;
	token = token_make(lexer, TOKEN_COMMENT, from);
	token.first_on_line = token.newlines > 0 || !any_token;
	token_record(lexer, &token);
}

static struct diagnostic *lexer_error(struct lexer *lexer, const char *from, const char *message)
{
	return diagnostics_error(lexer->diagnostics, lexer_span(lexer, from, lexer->at), "%s",
				 message);
}

static void block_comment_refuse(struct lexer *lexer, const char *from)
{
	const char *end = strstr(lexer->at, "*/");

	diagnostic_hint(lexer_error(lexer, from, "block comments are not part of the language"),
			"begin each line with //");
	lexer->at = end ? end + 2 : lexer->source->text.at + lexer->source->text.len;
}

static void unclosed_refuse(struct lexer *lexer, const char *from)
{
	lexer->any_error = true;
	diagnostic_hint(lexer_error(lexer, from, *from == '"' ? "this name is not closed"
							      : "this text is not closed"),
			"the closing quote belongs on the same line");
}

struct token lexer_next(struct lexer *lexer)
{
	for (;;) {
		const char *from = lexer->at;
		const char *marker;

		/*!re2c
		re2c:define:YYCTYPE = "unsigned char";
		re2c:define:YYPEEK = "(unsigned char)*lexer->at";
		re2c:define:YYSKIP = "lexer->at++;";
		re2c:define:YYBACKUP = "marker = lexer->at;";
		re2c:define:YYRESTORE = "lexer->at = marker;";
		re2c:define:YYMARKER = marker;
		re2c:api:style = free-form;
		re2c:flags:input = custom;
		re2c:yyfill:enable = 0;

		letter = [A-Za-z_];
		beyond = [\x80-\xff];
		rest = [^\n\x00];

		[ \t\r]+ { continue; }
		"\n" { lexer->newlines++; continue; }
		"///" ([^/\n\x00] rest*)? { return doc_token(lexer, from); }
		"//" rest* { comment_pass(lexer, from); continue; }
		"/*" { block_comment_refuse(lexer, from); continue; }
		letter (letter | [0-9])* { return name_token(lexer, from, true); }
		(letter | beyond) (letter | [0-9] | beyond)* {
			if (name_is_plausible(lexer_span(lexer, from, lexer->at)))
				return name_token(lexer, from, false);
			lexer->at = character_end(from);
			if ((unsigned char)*from < 0x80)
				return name_token(lexer, from, true);
			character_refuse(lexer, lexer_span(lexer, from, lexer->at));
			continue;
		}
		("0" | [1-9][0-9]*) ("." [0-9]+)? ([eE] [+-]? [0-9]+)? {
			return token_final(lexer, token_make(lexer, TOKEN_NUMBER, from)); }
		[0-9] (letter | [0-9] | ".")* {
			number_refuse(lexer, lexer_span(lexer, from, lexer->at));
			return token_final(lexer, token_make(lexer, TOKEN_NUMBER, from)); }
		"'" ([^'\n\x00] | "''")* "'" { return quoted_token(lexer, TOKEN_TEXT, from); }
		"\"" ([^"\n\x00] | "\"\"")* "\"" { return quoted_token(lexer, TOKEN_QUOTED, from); }
		"'" ([^'\n\x00] | "''")* { unclosed_refuse(lexer, from); continue; }
		"\"" ([^"\n\x00] | "\"\"")* { unclosed_refuse(lexer, from); continue; }
		"{" { return token_final(lexer, token_make(lexer, TOKEN_OPEN_BRACE, from)); }
		"}" { return token_final(lexer, token_make(lexer, TOKEN_CLOSE_BRACE, from)); }
		"(" { return token_final(lexer, token_make(lexer, TOKEN_OPEN_PAREN, from)); }
		")" { return token_final(lexer, token_make(lexer, TOKEN_CLOSE_PAREN, from)); }
		"[" { return token_final(lexer, token_make(lexer, TOKEN_OPEN_BRACKET, from)); }
		"]" { return token_final(lexer, token_make(lexer, TOKEN_CLOSE_BRACKET, from)); }
		";" { return token_final(lexer, token_make(lexer, TOKEN_SEMICOLON, from)); }
		"," { return token_final(lexer, token_make(lexer, TOKEN_COMMA, from)); }
		"." { return token_final(lexer, token_make(lexer, TOKEN_DOT, from)); }
		":" { return token_final(lexer, token_make(lexer, TOKEN_COLON, from)); }
		"?" { return token_final(lexer, token_make(lexer, TOKEN_QUESTION, from)); }
		"-" { return token_final(lexer, token_make(lexer, TOKEN_MINUS, from)); }
		"\x00" {
			lexer->at = from;
			return token_final(lexer, token_make(lexer, TOKEN_END, from));
		}
		* { character_refuse(lexer, lexer_span(lexer, from, lexer->at)); continue; }
		*/
	}
}
