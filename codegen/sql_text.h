/*
 * The one owner of how text is spelled in SQL. Results live in the arena.
 */
#ifndef QUERN_CODEGEN_SQL_TEXT_H
#define QUERN_CODEGEN_SQL_TEXT_H

#include "base/buf.h"
#include "model.h"

/*
 * A name, in quotes only when it needs them: unless it is lower snake case and no keyword but an
 * unreserved one.
 */
struct str sql_ident(struct arena *arena, struct str name);
/* A name of a schema, in quotes when it needs them. `schema` empty: the search path decides. */
struct str sql_path(struct arena *arena, struct str schema, struct str name);
/* The same, always in quotes. */
struct str sql_quoted_path(struct arena *arena, struct str schema, struct str name);
/* A string, right whatever standard_conforming_strings says. */
struct str sql_literal(struct arena *arena, struct str text);
/* "varchar(150)", "numeric(10,2)[]", "shop_status". */
struct str sql_type(struct arena *arena, const struct column_type *type);

#endif
