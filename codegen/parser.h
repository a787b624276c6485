/*
 * The parser: from a source to its syntax tree, by recursive descent without recursion into itself.
 */
#ifndef QUERN_PARSER_H
#define QUERN_PARSER_H

#include "ast.h"
#include "diagnostics.h"
#include "lexer.h"

/*
 * Parses a source. Errors are added to `diagnostics`, and what could be made of the rest is in the
 * tree, so that later stages find their errors too. NULL when the source is not a text at all.
 * `record` takes all tokens, or is NULL. The tree is in the arena.
 */
const struct ast_file *source_parse(const struct source *source, struct arena *arena,
				    struct diagnostics *diagnostics, struct token_list *record);

#endif
