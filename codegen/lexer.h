/*
 * The lexer: tokens of one source.
 *
 * The language has no reserved words: every word is a TOKEN_NAME, and the parser decides by
 * position. SQL expressions are not tokens of the language: the parser, standing on "(", asks for
 * one with lexer_sql.
 */
#ifndef QUERN_LEXER_H
#define QUERN_LEXER_H

#include "diagnostics.h"
#include "source.h"

/* PostgreSQL's limit on names, in bytes. */
#define NAME_LENGTH_MAX ((size_t)63)
#define SQL_DEPTH_MAX   ((size_t)200)

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,    /* text: the name */
	TOKEN_NUMBER,  /* text: 12, 1.5, 2e3; without sign */
	TOKEN_TEXT,    /* '...': text between the quotes, quotes inside still doubled */
	TOKEN_QUOTED,  /* "...": text between the quotes, quotes inside undoubled */
	TOKEN_SQL,     /* text: the expression, without the parentheses and the space around it */
	TOKEN_DOC,     /* text: the line behind "///" and one space */
	TOKEN_COMMENT, /* recorded only */
	TOKEN_OPEN_BRACE,
	TOKEN_CLOSE_BRACE,
	TOKEN_OPEN_PAREN,
	TOKEN_CLOSE_PAREN,
	TOKEN_OPEN_BRACKET,
	TOKEN_CLOSE_BRACKET,
	TOKEN_SEMICOLON,
	TOKEN_COMMA,
	TOKEN_DOT,
	TOKEN_COLON,
	TOKEN_QUESTION,
	TOKEN_MINUS,
};

struct token {
	enum token_kind kind;
	struct span span;
	struct str text;
	uint32_t newlines; /* between the token before and this one */
	bool first_on_line;
	/* Something before it, or in it, was refused: what it seems to be may be wrong. */
	bool after_error;
	struct str doc; /* of the parser: the doc comment before it */
	struct span doc_span;
};

struct token_list {
	struct token *at;
	size_t count;
	size_t capacity;
};

struct lexer {
	const struct source *source;
	struct diagnostics *diagnostics;
	struct arena *arena;
	const char *at;
	struct token_list *record; /* takes every token, comments included; or NULL */
	uint32_t newlines;         /* since the last token */
	bool any_error;            /* since the last token */
	bool is_quiet;             /* characters that begin no token are passed over in silence */
	bool any_token;
};

/*
 * Looks at the whole text. False, with errors, when it is not a text that the lexer can read: not
 * UTF-8, with control or bidirectional characters, too long. `record` may be NULL.
 */
bool lexer_init(struct lexer *lexer, const struct source *source, struct arena *arena,
		struct diagnostics *diagnostics, struct token_list *record);

/* The next token; TOKEN_END for ever at the end. Characters that begin no token are errors, and
 * passed over. */
struct token lexer_next(struct lexer *lexer);

/*
 * The SQL up to the parenthesis that closes the one that was just read, which is passed over too.
 * False, with an error, when there is none or the text could end a statement or hide something; the
 * lexer then goes on at the end of the line.
 */
bool lexer_sql(struct lexer *lexer, const struct token *open, struct token *sql);

/* How messages name a token: `"}"`, `name "x"`, `end of file`. In the arena. */
struct str token_describe(const struct token *token, struct arena *arena);

#endif
