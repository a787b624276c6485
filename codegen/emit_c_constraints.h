/*
 * The checks and unique keys of a model's table, in its source.
 *
 * For emit_c_rules.c alone. Texts live in the arena.
 */
#ifndef QUERN_CODEGEN_EMIT_C_CONSTRAINTS_H
#define QUERN_CODEGEN_EMIT_C_CONSTRAINTS_H

#include "base/buf.h"
#include "model.h"

/* Tables, each with a blank line behind it; nothing for a model without any. */
void emit_c_constraint_tables_add(struct buf *out, const struct model *model, struct arena *arena);
/* The members of the model's qn_rules that point to them, each on a line of its own; or nothing. */
struct str emit_c_constraint_members(const struct model *model, struct arena *arena);

#endif
