/*
 * The JSON Schema emitter: what serializers write and take, as the components of an OpenAPI 3.1
 * document.
 *
 * Each serializer has a schema of what it writes and, where that differs, one of what it takes for
 * a new row, with "Input" behind its name. Behind them come the models and serializers that they
 * refer to. A name that several modules have has its module in front: "shop.Card".
 */
#ifndef QUERN_CODEGEN_EMIT_JSONSCHEMA_H
#define QUERN_CODEGEN_EMIT_JSONSCHEMA_H

#include "base/arena.h"
#include "model.h"

/* `only` NULL: all serializers. Cannot fail but by the arena's policy for running out of memory. */
struct str emit_jsonschema(const struct schema *schema, const struct serializer *only,
			   struct arena *arena);

#endif
