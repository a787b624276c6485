/*
 * What the values of a model have to keep, in its source: the rules of its fields, the program's
 * hooks, the checks and unique keys of its table.
 *
 * For emit_c_source.c alone. Texts live in the arena.
 */
#ifndef QUERN_CODEGEN_EMIT_C_RULES_H
#define QUERN_CODEGEN_EMIT_C_RULES_H

#include "base/buf.h"
#include "model.h"

/*
 * The hooks as the runtime calls them, and the tables that the descriptor points to; nothing for a
 * model without any.
 */
void emit_c_rule_tables_add(struct buf *out, const struct model *model, struct arena *arena);
/* The descriptor's member that holds them all, or nothing. */
struct str emit_c_rules_member(const struct model *model, struct arena *arena);
/*
 * The declarations of the hooks, which the program defines, and of the functions that check; with
 * their comments.
 */
struct str emit_c_rule_declarations(const struct model *model, struct arena *arena);
struct str emit_c_rule_definitions(const struct model *model, struct arena *arena);

#endif
