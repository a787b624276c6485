/*
 * Words and marks of an SQL expression, as PostgreSQL's lexer tells them apart.
 */
#ifndef QUERN_CODEGEN_EXPRESSION_SCAN_H
#define QUERN_CODEGEN_EXPRESSION_SCAN_H

#include "base/arena.h"

enum sql_token_kind {
	SQL_END,
	SQL_NAME,   /* a word or keyword, in lower case */
	SQL_QUOTED, /* "name", without the quotes */
	SQL_NUMBER,
	SQL_TEXT, /* 'text', without the quotes */
	SQL_OPERATOR,
	SQL_CAST, /* :: */
	SQL_OPEN,
	SQL_CLOSE,
	SQL_OPEN_BRACKET,
	SQL_CLOSE_BRACKET,
	SQL_COMMA,
	SQL_DOT,
	SQL_OTHER, /* what no condition that is compiled has */
};

struct sql_token {
	enum sql_token_kind kind;
	struct str text;
	size_t from; /* its bytes in the expression */
	size_t to;
};

/* The tokens of the text, ended by an SQL_END. In the arena. */
const struct sql_token *sql_scan(struct arena *arena, struct str sql);

#endif
