#include "expression_scan.h"

#include <string.h>

struct sql_tokens {
	struct arena *arena;
	struct sql_token *at;
	size_t count;
	size_t capacity;
};

static void token_add(struct sql_tokens *tokens, enum sql_token_kind kind, struct str text)
{
	if (tokens->count == tokens->capacity) {
		size_t capacity = tokens->capacity ? tokens->capacity * 2 : 32;
		struct sql_token *at =
			arena_alloc_array(tokens->arena, capacity, sizeof(*tokens->at));

		if (tokens->count)
			memcpy(at, tokens->at, tokens->count * sizeof(*at));
		tokens->at = at;
		tokens->capacity = capacity;
	}
	tokens->at[tokens->count++] = (struct sql_token){ kind, text };
}

/* Only ASCII letters: others stay, in a database of UTF-8. */
static struct str name_fold(struct arena *arena, struct str name)
{
	char *folded = arena_alloc(arena, name.len + 1);

	for (size_t i = 0; i < name.len; i++)
		folded[i] = name.at[i] >= 'A' && name.at[i] <= 'Z' ? (char)(name.at[i] | 0x20)
								   : name.at[i];
	return (struct str){ folded, name.len };
}

/*
 * Operators are as long as they can be, but end in + or - only if one of a few other characters is in them: "<-1" is "<" and
 * "-1".
 */
static size_t operator_length(struct str run)
{
	size_t len = run.len;

	for (size_t i = 0; i < run.len; i++)
		if (strchr("~!@#%^&|`?", run.at[i]))
			return len;
	while (len > 1 && (run.at[len - 1] == '+' || run.at[len - 1] == '-'))
		len--;
	return len;
}

static bool begins_comment(struct str run)
{
	for (size_t i = 0; i + 1 < run.len; i++)
		if ((run.at[i] == '-' && run.at[i + 1] == '-') ||
		    (run.at[i] == '/' && run.at[i + 1] == '*'))
			return true;
	return false;
}

/* What stands between the quotes, which are doubled there. */
static struct str unquote(struct arena *arena, struct str token)
{
	char *plain = arena_alloc(arena, token.len);
	size_t len = 0;

	for (size_t i = 1; i + 1 < token.len; i++) {
		plain[len++] = token.at[i];
		if (token.at[i] == token.at[0])
			i++;
	}
	return (struct str){ plain, len };
}

const struct sql_token *sql_scan(struct arena *arena, struct str sql)
{
	struct sql_tokens tokens = { .arena = arena };
	const char *at = arena_cstring(arena, sql);
	const char *end = at + sql.len;

	for (;;) {
		const char *from = at;
		const char *marker;
		enum sql_token_kind kind;
		struct str text;

		/*!re2c
		re2c:define:YYCTYPE = "unsigned char";
		re2c:define:YYPEEK = "(unsigned char)*at";
		re2c:define:YYSKIP = "at++;";
		re2c:define:YYBACKUP = "marker = at;";
		re2c:define:YYRESTORE = "at = marker;";
		re2c:define:YYMARKER = marker;
		re2c:api:style = free-form;
		re2c:flags:input = custom;
		re2c:yyfill:enable = 0;

		first = [A-Za-z_\x80-\xff];
		rest = first | [0-9$];
		number = ([0-9]+ ("." [0-9]*)? | "." [0-9]+) ([eE] [+-]? [0-9]+)?;

		[ \t\r\n\f]+ { continue; }
		"\x00" {
			kind = at > end ? SQL_END : SQL_OTHER;
			token_add(&tokens, kind, STR(""));
			if (kind == SQL_END)
				return tokens.at;
			continue;
		}
		first rest* {
			text = (struct str){ from, (size_t)(at - from) };
			token_add(&tokens, SQL_NAME, name_fold(arena, text));
			continue;
		}
		"\"" ([^"\x00] | "\"\"")+ "\"" {
			text = (struct str){ from, (size_t)(at - from) };
			token_add(&tokens, SQL_QUOTED, unquote(arena, text));
			continue;
		}
		"'" ([^'\x00] | "''")* "'" {
			text = (struct str){ from, (size_t)(at - from) };
			token_add(&tokens, SQL_TEXT, unquote(arena, text));
			continue;
		}
		[eE] "'" ([^'\\\x00] | "''" | "\\" [^\x00])* "'" {
			token_add(&tokens, SQL_OTHER, STR(""));
			continue;
		}
		[bBnNxX] "'" { token_add(&tokens, SQL_OTHER, STR("")); at--; continue; }
		[uU] "&" ['"] { token_add(&tokens, SQL_OTHER, STR("")); at--; continue; }
		number {
			text = (struct str){ from, (size_t)(at - from) };
			token_add(&tokens, SQL_NUMBER, text);
			continue;
		}
		number first { token_add(&tokens, SQL_OTHER, STR("")); continue; }
		"::" { token_add(&tokens, SQL_CAST, STR("::")); continue; }
		"(" { token_add(&tokens, SQL_OPEN, STR("(")); continue; }
		")" { token_add(&tokens, SQL_CLOSE, STR(")")); continue; }
		"[" { token_add(&tokens, SQL_OPEN_BRACKET, STR("[")); continue; }
		"]" { token_add(&tokens, SQL_CLOSE_BRACKET, STR("]")); continue; }
		"," { token_add(&tokens, SQL_COMMA, STR(",")); continue; }
		"." { token_add(&tokens, SQL_DOT, STR(".")); continue; }
		[-+*/<>=~!@#%^&|`?]+ {
			text = (struct str){ from, (size_t)(at - from) };
			kind = begins_comment(text) ? SQL_OTHER : SQL_OPERATOR;
			text.len = operator_length(text);
			at = from + text.len;
			token_add(&tokens, kind, text);
			continue;
		}
		* { token_add(&tokens, SQL_OTHER, STR("")); continue; }
		*/
	}
}
