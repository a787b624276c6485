/*
 * Templates: how output is written. A block of templates/NAME.tmpl is the constant template_BLOCK
 * of templates.h; it is text with named holes, `${name}`, and nothing else: loops and choices are
 * in the C code that fills the holes.
 *
 * A line that holds nothing but a hole is a block hole: every line of its value is indented like
 * the hole, and an empty value removes the line. Values go in as they are, so they must be encoded
 * already (c_text.h, sql_text.h). A hole that no slot fills is a bug of the emitter, and aborts.
 */
#ifndef QUERN_CODEGEN_TEMPLATE_H
#define QUERN_CODEGEN_TEMPLATE_H

#include "base/buf.h"

struct slot {
	const char *name;
	struct str value;
};

struct slots {
	const struct slot *at;
	size_t count;
};

/* SLOTS({ "name", value }, ...): lives until the end of the enclosing block. */
#define SLOTS(...)                                             \
	((struct slots){ (const struct slot[]){ __VA_ARGS__ }, \
			 sizeof((const struct slot[]){ __VA_ARGS__ }) / sizeof(struct slot) })

/* Appends the filled block. */
void template_add(struct buf *out, struct str block, struct slots slots);
/* The filled block, in the arena. */
struct str template_fill(struct arena *arena, struct str block, struct slots slots);

#endif
