/*
 * The SQL emitter: the script that creates what a project describes in an empty database, in one
 * transaction.
 *
 * Schemas and enums come first, then tables, each behind those that it refers to; a foreign key
 * whose table comes later, in a cycle, is added when all tables are there; then indexes, then
 * comments. Unmanaged models are left out.
 */
#ifndef QUERN_CODEGEN_EMIT_SQL_H
#define QUERN_CODEGEN_EMIT_SQL_H

#include "base/arena.h"
#include "model.h"

/*
 * What to create. `model` NULL: all of the module; both NULL: everything. Foreign keys to what is
 * left out stay.
 */
struct sql_filter {
	const struct module *module;
	const struct model *model;
};

/* Cannot fail but by the arena's policy for running out of memory. */
struct str emit_sql(const struct schema *schema, struct sql_filter filter, struct arena *arena);

#endif
