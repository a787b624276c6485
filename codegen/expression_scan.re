#include "expression_scan.h"

#include <string.h>

struct sql_tokens {
	struct arena *arena;
	struct sql_token *at;
	size_t count;
	size_t capacity;
	const char *begin; /* of the expression */
	const char *from;  /* of what is being read, */
	const char *to;    /* and where that ends so far */
};

static void token_add(struct sql_tokens *tokens, enum sql_token_kind kind, struct str text)
{
	if (tokens->count == tokens->capacity) {
		size_t capacity = tokens->capacity ? tokens->capacity * 2 : 8;
		struct sql_token *at =
			arena_alloc_array(tokens->arena, capacity, sizeof(*tokens->at));

		if (tokens->count)
			memcpy(at, tokens->at, tokens->count * sizeof(*at));
		tokens->at = at;
		tokens->capacity = capacity;
	}
	tokens->at[tokens->count++] = (struct sql_token){
		.kind = kind,
		.text = text,
		.from = (size_t)(tokens->from - tokens->begin),
		.to = (size_t)(tokens->to - tokens->begin),
	};
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
 * Operators are as long as they can be, but end in + or - only if one of a few other characters is
 * in them: "<-1" is "<" and "-1".
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

static struct str bytes_read(const struct sql_tokens *tokens)
{
	return (struct str){ tokens->from, (size_t)(tokens->to - tokens->from) };
}

const struct sql_token *sql_scan(struct arena *arena, struct str sql)
{
	struct sql_tokens tokens = { .arena = arena };
	const char *end;

	tokens.begin = arena_cstring(arena, sql);
	tokens.to = tokens.begin;
	end = tokens.begin + sql.len;
	for (;;) {
		const char *marker;
		enum sql_token_kind kind;
		struct str text;

		tokens.from = tokens.to;

		/*!re2c
		re2c:define:YYCTYPE = "unsigned char";
		re2c:define:YYPEEK = "(unsigned char)*tokens.to";
		re2c:define:YYSKIP = "tokens.to++;";
		re2c:define:YYBACKUP = "marker = tokens.to;";
		re2c:define:YYRESTORE = "tokens.to = marker;";
		re2c:define:YYMARKER = marker;
		re2c:api:style = free-form;
		re2c:flags:input = custom;
		re2c:yyfill:enable = 0;

		first = [A-Za-z_\x80-\xff];
		rest = first | [0-9$];
		number = ([0-9]+ ("." [0-9]*)? | "." [0-9]+) ([eE] [+-]? [0-9]+)?;

		[ \t\r\n\f]+ { continue; }
		"\x00" {
			kind = tokens.to > end ? SQL_END : SQL_OTHER;
			token_add(&tokens, kind, STR(""));
			if (kind == SQL_END)
				return tokens.at;
			continue;
		}
		first rest* {
			text = bytes_read(&tokens);
			token_add(&tokens, SQL_NAME, name_fold(arena, text));
			continue;
		}
		"\"" ([^"\x00] | "\"\"")+ "\"" {
			text = bytes_read(&tokens);
			token_add(&tokens, SQL_QUOTED, unquote(arena, text));
			continue;
		}
		"'" ([^'\x00] | "''")* "'" {
			text = bytes_read(&tokens);
			token_add(&tokens, SQL_TEXT, unquote(arena, text));
			continue;
		}
		[eE] "'" ([^'\\\x00] | "''" | "\\" [^\x00])* "'" {
			token_add(&tokens, SQL_OTHER, STR(""));
			continue;
		}
		[bBnNxX] "'" { token_add(&tokens, SQL_OTHER, STR("")); tokens.to--; continue; }
		[uU] "&" ['"] { token_add(&tokens, SQL_OTHER, STR("")); tokens.to--; continue; }
		number {
			text = bytes_read(&tokens);
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
			text = bytes_read(&tokens);
			kind = begins_comment(text) ? SQL_OTHER : SQL_OPERATOR;
			text.len = operator_length(text);
			tokens.to = tokens.from + text.len;
			token_add(&tokens, kind, text);
			continue;
		}
		* { token_add(&tokens, SQL_OTHER, STR("")); continue; }
		*/
	}
}
