/*
 * What the files of the parser share. Each function parses the rule in the comment above it,
 * standing on its first token, and returns false when it met an error that it could not pass over;
 * its caller then recovers.
 */
#ifndef QUERN_PARSER_INSIDE_H
#define QUERN_PARSER_INSIDE_H

#include "parser.h"

struct parser {
	struct lexer lexer;
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct token token; /* where the parser stands */
	struct token ahead; /* the one behind it, once peeked */
	bool has_ahead;
	struct span last; /* of the token before */
	size_t passed;    /* tokens so far: whether recovery makes progress */
};

/* Reads the first token. */
void parser_begin(struct parser *parser);
/* Goes to the next token. A doc comment that nobody took is an error. */
void parser_advance(struct parser *parser);
const struct token *parser_peek(struct parser *parser);
/* The doc comment before the token; it is taken then. */
struct str parser_doc_take(struct parser *parser);

bool parser_at(const struct parser *parser, enum token_kind kind);
bool parser_at_word(const struct parser *parser, const char *word);
/* Whether the token behind this one is that word. */
bool parser_before_word(struct parser *parser, const char *word);
bool parser_take(struct parser *parser, enum token_kind kind);
bool parser_take_word(struct parser *parser, const char *word);

/* An error that says what was expected here. Always false. */
bool parser_expected(struct parser *parser, const char *what);
bool parser_expect(struct parser *parser, enum token_kind kind, const char *what);
bool parser_expect_word(struct parser *parser, const char *word);
/* From the beginning of `from` to the end of the last token. */
struct span parser_span_from(const struct parser *parser, struct span from);

/* An identifier as it was written. `what` completes "expected ". */
bool parser_name(struct parser *parser, const char *what, struct ast_name *name);
/* A name of the database: "..." */
bool parser_quoted(struct parser *parser, const char *what, struct ast_name *name);
/* The expression in the parentheses that begin here. */
bool parser_sql(struct parser *parser, struct ast_value *sql);
/* path = NAME [ "." NAME ] */
bool parser_path(struct parser *parser, const char *what, struct ast_path *path);
/* table_name = QUOTED [ "." QUOTED ] */
bool parser_table_name(struct parser *parser, struct ast_table_name *table);

/* number = "-"? NUMBER */
bool parser_number(struct parser *parser, struct ast_value *value);
/* A text in single quotes. `what` completes "expected ". */
bool parser_text(struct parser *parser, const char *what, struct ast_value *value);
/* rule = "not" "blank" | "email" | ...      behind "valid", whose place is `from` */
bool parser_rule(struct parser *parser, struct ast_attributes *attributes, struct span from);
/* Where an attribute was expected and a rule stands: says so, and returns true. */
bool parser_rule_hint(struct parser *parser, struct diagnostic *error);
/* field = NAME type attribute* ";" */
bool parser_field(struct parser *parser, struct ast_member *member);
/* member = field | ... */
bool parser_member(struct parser *parser, struct ast_member *member);
/* part = ( "fields" | "exclude" | "nested" | ... ) entries ";" */
bool parser_part(struct parser *parser, struct ast_part *part);

#endif
