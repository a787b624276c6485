#include "lexer.h"

#include <string.h>

/* Where a scan of an expression stands. */
struct sql_scan {
	struct lexer *lexer;
	const char *at;
	size_t depth;
	struct span open;
};

static struct span scan_span(const struct sql_scan *scan, size_t len)
{
	uint32_t from = (uint32_t)(scan->at - scan->lexer->source->text.at);

	return (struct span){ scan->lexer->source, from, from + (uint32_t)len };
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Passes over 'text' or "name"; in an E'' text a backslash takes the next character with it. */
static bool quotes_pass(struct sql_scan *scan, bool has_escapes)
{
	char quote = *scan->at;
	const char *at = scan->at + 1;

	for (; *at; at++) {
		if ((has_escapes && *at == '\\' && at[1]) || (*at == quote && at[1] == quote))
			at++;
		else if (*at == quote)
			break;
	}
	if (!*at) {
		diagnostics_error(scan->lexer->diagnostics, scan_span(scan, 1),
				  quote == '"' ? "this SQL name is not closed"
					       : "this SQL text is not closed");
		return false;
	}
	scan->at = at + 1;
	return true;
}

/* Passes over a word; a word E before a quote begins a text with escapes. */
static bool word_pass(struct sql_scan *scan)
{
	const char *from = scan->at;

	while (is_name_byte(*scan->at))
		scan->at++;
	if (*scan->at == '\'' && scan->at - from == 1 && (*from == 'E' || *from == 'e'))
		return quotes_pass(scan, true);
	return true;
}

/* Passes over $tag$ ... $tag$, or over a lone dollar. */
static bool dollar_pass(struct sql_scan *scan)
{
	const char *end = scan->at + 1;
	size_t len;

	if (!(*end >= '0' && *end <= '9'))
		while (*end != '$' && is_name_byte(*end))
			end++;
	if (*end != '$') {
		scan->at++;
		return true;
	}
	len = (size_t)(end + 1 - scan->at);
	for (const char *at = end + 1; (at = strchr(at, '$')) != NULL; at++) {
		if (strncmp(at, scan->at, len) == 0) {
			scan->at = at + len;
			return true;
		}
	}
	diagnostics_error(scan->lexer->diagnostics, scan_span(scan, len),
			  "this SQL text is not closed");
	return false;
}

/* Why the character at `at` may not be in an expression, or NULL. */
static const char *sql_refusal(const char *at)
{
	if (*at == ';')
		return "\";\" in an SQL expression: it is one expression, not statements";
	if (*at == '\\')
		return "\"\\\" in an SQL expression, outside of a text";
	if (strncmp(at, "--", 2) == 0 || strncmp(at, "/*", 2) == 0)
		return "comment in an SQL expression";
	return NULL;
}

static bool mark_pass(struct sql_scan *scan)
{
	const char *refusal = sql_refusal(scan->at);
	bool pair = scan->at[0] == '-' || scan->at[0] == '/';

	if (refusal) {
		diagnostic_note(diagnostics_error(scan->lexer->diagnostics,
						  scan_span(scan, pair ? 2 : 1), "%s", refusal),
				scan->open, "the expression begins here");
		return false;
	}
	if (*scan->at == '(' && ++scan->depth > SQL_DEPTH_MAX) {
		diagnostics_error(scan->lexer->diagnostics, scan_span(scan, 1),
				  "parentheses are nested deeper than %zu", SQL_DEPTH_MAX);
		return false;
	}
	if (*scan->at == ')')
		scan->depth--;
	scan->at++;
	return true;
}

static bool sql_pass(struct sql_scan *scan)
{
	char c = *scan->at;

	if (c == '\'' || c == '"')
		return quotes_pass(scan, false);
	if (c == '$')
		return dollar_pass(scan);
	if (is_name_byte(c))
		return word_pass(scan);
	return mark_pass(scan);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct str trim(struct str text)
{
	while (text.len && is_space(text.at[0]))
		text = str_slice(text, 1, text.len);
	while (text.len && is_space(text.at[text.len - 1]))
		text.len--;
	return text;
}

static void line_end_pass(struct lexer *lexer)
{
	while (*lexer->at && *lexer->at != '\n')
		lexer->at++;
}

static void sql_record(struct lexer *lexer, const struct token *sql)
{
	/* The "(" before it was recorded, and stands for the expression from now on. */
	if (lexer->record)
		lexer->record->at[lexer->record->count - 1] = *sql;
}

bool lexer_sql(struct lexer *lexer, const struct token *open, struct token *sql)
{
	struct sql_scan scan = { lexer, lexer->at, 1, open->span };

	while (scan.depth > 0) {
		if (!*scan.at) {
			diagnostics_error(lexer->diagnostics, open->span,
					  "this \"(\" is not closed");
			line_end_pass(lexer);
			return false;
		}
		if (!sql_pass(&scan)) {
			line_end_pass(lexer);
			return false;
		}
	}
	*sql = *open;
	sql->kind = TOKEN_SQL;
	sql->span.to = (uint32_t)(scan.at - lexer->source->text.at);
	sql->text = trim((struct str){ lexer->at, (size_t)(scan.at - 1 - lexer->at) });
	lexer->at = scan.at;
	if (sql->text.len == 0) {
		diagnostics_error(lexer->diagnostics, sql->span, "the SQL expression is empty");
		return false;
	}
	sql_record(lexer, sql);
	return true;
}
