/*
 * The one owner of how text is spelled in C. Results live in the arena.
 */
#ifndef QUERN_CODEGEN_C_TEXT_H
#define QUERN_CODEGEN_C_TEXT_H

#include "base/buf.h"

/*
 * TEXT_JOIN(arena, part, ...): the parts behind each other. Cheaper than arena_format, for what is
 * written for each column.
 */
#define TEXT_JOIN(arena, ...)                                 \
	text_join(arena, (const struct str[]){ __VA_ARGS__ }, \
		  sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))
struct str text_join(struct arena *arena, const struct str *parts, size_t count);

/*
 * A string literal with its quotes. Never holds a trigraph; bytes over 0x7e other than DEL go in as
 * they are (UTF-8).
 */
struct str c_string(struct arena *arena, struct str text);
/*
 * A comment that says `text`, of one line or several, each ending in a newline; empty for empty
 * text. Whatever the text holds, the comment ends where it should and draws no warning.
 */
struct str c_comment(struct arena *arena, struct str text);
/* Appends text so that it may stand within a comment. */
void c_comment_add(struct buf *out, struct str text);
/*
 * Breaks the lines over 100 columns behind commas, under the opening parenthesis. For calls and
 * function heads. Text without such lines is returned itself.
 */
struct str c_wrap(struct arena *arena, struct str text);

#endif
