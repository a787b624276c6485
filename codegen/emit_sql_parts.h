/*
 * The statements of the SQL emitter, for emit_sql.c alone. Each appends whole statements, and a
 * blank line behind them.
 */
#ifndef QUERN_CODEGEN_EMIT_SQL_PARTS_H
#define QUERN_CODEGEN_EMIT_SQL_PARTS_H

#include "base/buf.h"
#include "model.h"

void emit_sql_enum(struct buf *out, const struct enumeration *enumeration, struct arena *arena);
/*
 * is_inline[i]: whether relation i of the model is part of the table, because its target is there
 * already.
 */
void emit_sql_table(struct buf *out, const struct model *model, const bool *is_inline,
		    struct arena *arena);
void emit_sql_add_foreign_key(struct buf *out, const struct relation *relation,
			      struct arena *arena);
/* Those of the model that are no constraints. */
void emit_sql_indexes(struct buf *out, const struct model *model, struct arena *arena);
void emit_sql_comments(struct buf *out, const struct model *model, struct arena *arena);
void emit_sql_enum_comment(struct buf *out, const struct enumeration *enumeration,
			   struct arena *arena);

#endif
