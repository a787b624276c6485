/*
 * What the lexer says about text that is no token of the language. Internal to the lexer.
 */
#ifndef QUERN_LEXER_TEXT_H
#define QUERN_LEXER_TEXT_H

#include "lexer.h"

/* Whether the text is worth calling a name: it has an ASCII letter, or is made of letters of
 * another script. */
bool name_is_plausible(struct span span);
/* Refuses a name for its characters outside ASCII, and returns what it was probably meant to be. */
struct str name_to_ascii(struct lexer *lexer, const struct token *token);
/* The end of the character at `from`, or of the ASCII name that begins there. */
const char *character_end(const char *from);
/* Refuses one character. */
void character_refuse(struct lexer *lexer, struct span span);
void number_refuse(struct lexer *lexer, struct span span);
struct str quotes_undouble(struct arena *arena, struct str text);

#endif
