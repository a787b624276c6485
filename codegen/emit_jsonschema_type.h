/*
 * The schema of one column, for emit_jsonschema.c.
 */
#ifndef QUERN_CODEGEN_EMIT_JSONSCHEMA_TYPE_H
#define QUERN_CODEGEN_EMIT_JSONSCHEMA_TYPE_H

#include "base/buf.h"
#include "model.h"

/* Whether what is described is written, or taken. */
enum json_direction {
	JSON_WRITTEN,
	JSON_TAKEN,
};

void emit_jsonschema_column_add(struct buf *out, const struct column *column, bool is_nullable,
				enum json_direction direction);

#endif
