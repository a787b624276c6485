#include "query/shape.h"

#include <stdlib.h>
#include <string.h>

#include "query/sql.h"

enum { FIRST_BUCKETS = 64 };

struct shape_registry *shape_registry_of(qn_pool *pool)
{
	struct shape_registry **slot = pool_shape_registry(pool);

	if (!*slot) {
		*slot = calloc(1, sizeof(**slot));
		if (*slot)
			arena_init(&(*slot)->arena, 0, NULL);
	}
	return *slot;
}

void shape_registry_free(struct shape_registry *registry)
{
	if (!registry)
		return;
	key_free(&registry->key);
	arena_free(&registry->arena);
	free(registry->buckets);
	free(registry);
}

static struct shape *registry_look_up(const struct shape_registry *registry, uint64_t hash)
{
	const struct key *key = &registry->key;
	struct shape *shape;

	if (!registry->bucket_count)
		return NULL;
	shape = registry->buckets[hash & (registry->bucket_count - 1)];
	for (; shape; shape = shape->next) {
		if (shape->hash == hash && shape->token_count == key->len &&
		    memcmp(shape->tokens, key->tokens, key->len * sizeof(*key->tokens)) == 0)
			return shape;
	}
	return NULL;
}

static bool registry_grow(struct shape_registry *registry)
{
	size_t count = registry->bucket_count ? registry->bucket_count * 2 : FIRST_BUCKETS;
	struct shape **buckets = calloc(count, sizeof(struct shape *));

	if (!buckets)
		return false;
	for (size_t i = 0; i < registry->bucket_count; i++) {
		struct shape *shape = registry->buckets[i];

		while (shape) {
			struct shape *next = shape->next;
			struct shape **bucket = &buckets[shape->hash & (count - 1)];

			shape->next = *bucket;
			*bucket = shape;
			shape = next;
		}
	}
	free(registry->buckets);
	registry->buckets = buckets;
	registry->bucket_count = count;
	return true;
}

static struct shape *shape_build(const struct key *key, const qn_model *model, struct arena *arena)
{
	struct shape *shape = arena_alloc(arena, sizeof(*shape));
	uint16_t *tokens = arena_alloc_array(arena, key->len, sizeof(*tokens));
	struct sql_text sql;

	if (!shape || !tokens || !sql_build(key, model, arena, &sql))
		return NULL;
	memcpy(tokens, key->tokens, key->len * sizeof(*tokens));
	shape->tokens = tokens;
	shape->token_count = key->len;
	shape->model = model;
	shape->statement.sql = sql.text;
	shape->statement.parameter_count = (int)sql.parameter_count;
	shape->statement.parameter_types = sql.parameter_types;
	if (!row_plan_build(&shape->plan, model, &sql.columns, arena) ||
	    !row_plan_add_levels(&shape->plan, model, &sql, arena))
		return NULL;
	return shape;
}

static struct shape *registry_add(struct shape_registry *registry, const qn_model *model,
				  uint64_t hash)
{
	struct arena_mark mark = arena_mark(&registry->arena);
	struct shape **bucket;
	struct shape *shape;

	if (registry->shape_count == registry->bucket_count && !registry_grow(registry))
		return NULL;
	shape = shape_build(&registry->key, model, &registry->arena);
	if (!shape) {
		arena_release(&registry->arena, mark);
		return NULL;
	}
	shape->statement.id = STATEMENT_CONTROL_IDS + ++registry->shape_count;
	shape->hash = hash;
	bucket = &registry->buckets[hash & (registry->bucket_count - 1)];
	shape->next = *bucket;
	*bucket = shape;
	return shape;
}

struct shape *shape_find(struct shape_registry *registry, const qn_model *model,
			 struct arena *scratch)
{
	uint64_t hash;
	struct shape *shape;

	if (registry->key.failed)
		return NULL;
	hash = key_hash(&registry->key);
	shape = registry_look_up(registry, hash);
	if (shape)
		return shape;
	if (registry->shape_count == SHAPE_MAX || registry->key.len > SHAPE_KEY_MAX)
		return shape_build(&registry->key, model, scratch);
	return registry_add(registry, model, hash);
}
