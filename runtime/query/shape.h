/*
 * Shapes: the statements of a pool's models, each built once.
 *
 * A call's key (key.h) looks up its shape; a miss builds the SQL text, the types of the parameters
 * and the plan for reading rows. Shapes live as long as the pool, so requests may point to them;
 * there are at most SHAPE_MAX, and what comes later, or is unusually large, is built for one
 * operation alone, in its arena, with statement id 0: never prepared.
 */
#ifndef QUERN_QUERY_SHAPE_H
#define QUERN_QUERY_SHAPE_H

#include "base/arena.h"
#include "pool/pool_internal.h"
#include "query/key.h"
#include "query/row_plan.h"

enum {
	SHAPE_MAX = 4096,
	SHAPE_KEY_MAX = 4096,         /* tokens of a key that is worth keeping */
	SHAPE_PARAMETERS_MAX = 65535, /* of the protocol */
};

struct shape {
	struct statement statement;
	const qn_model *model;
	struct row_plan plan;
	bool batch_is_decided; /* statement.batch_form is what it will be */
	/* A result was checked against the model, in epoch statement.checked_epoch. */
	bool is_checked;
	uint64_t hash;
	struct shape *next; /* of the same bucket */
	const uint16_t *tokens;
	size_t token_count;
};

struct shape_registry {
	struct key key; /* of the call in hand */
	struct arena arena;
	struct shape **buckets;
	size_t bucket_count;
	uint32_t shape_count;
};

/* The pool's, made at the first use. NULL when out of memory. */
struct shape_registry *shape_registry_of(qn_pool *pool);
/* NULL is allowed. No request may be under way. */
void shape_registry_free(struct shape_registry *registry);

/*
 * The shape of registry->key, which describes a call on `model`. What is built for this call alone
 * is made in `scratch`. NULL when out of memory, also when the key is `failed`.
 */
struct shape *shape_find(struct shape_registry *registry, const qn_model *model,
			 struct arena *scratch);

#endif
