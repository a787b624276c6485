/*
 * The lines of #include of a generated file, each once.
 */
#ifndef QUERN_EMIT_C_INCLUDE_H
#define QUERN_EMIT_C_INCLUDE_H

#include "base/buf.h"
#include "model.h"
#include "table.h"

struct includes {
	struct buf out; /* the lines */
	struct table seen;
	const struct module *from; /* that the file is in */
};

void includes_init(struct includes *includes, const struct module *from, struct arena *arena);
/* The header `stem`.h of a module, unless it is there. */
void include_add(struct includes *includes, const struct module *module, struct str stem);

#endif
