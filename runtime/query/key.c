#include "query/key.h"

#include <stdlib.h>
#include <string.h>

enum {
	MODEL_TOKENS = sizeof(const qn_model *) / sizeof(uint16_t),
	FIRST_CAPACITY = 128,
};

bool key_grow(struct key *key)
{
	size_t capacity = key->capacity ? key->capacity * 2 : FIRST_CAPACITY;
	uint16_t *tokens = NULL;

	if (!key->failed && capacity <= SIZE_MAX / sizeof(*tokens))
		tokens = realloc(key->tokens, capacity * sizeof(*tokens));
	if (!tokens) {
		key->failed = true;
		return false;
	}
	key->tokens = tokens;
	key->capacity = capacity;
	return true;
}

void key_begin(struct key *key, const qn_model *model, enum key_operation operation)
{
	key->len = 0;
	key->failed = false;
	if (!key->capacity && !key_grow(key))
		return;
	memcpy(key->tokens, &model, sizeof(model));
	key->len = MODEL_TOKENS;
	key_add(key, operation);
}

void key_free(struct key *key)
{
	free(key->tokens);
	*key = (struct key){ 0 };
}

/* Four tokens at a time; keys are compared in full, so this only has to spread them. */
uint64_t key_hash(const struct key *key)
{
	const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = key->len;
	size_t i = 0;

	for (; i + 4 <= key->len; i += 4) {
		uint64_t four;

		memcpy(&four, key->tokens + i, sizeof(four));
		hash = (hash ^ four) * factor;
		hash ^= hash >> 32;
	}
	for (; i < key->len; i++)
		hash = (hash ^ key->tokens[i]) * factor;
	return hash ^ (hash >> 32);
}

struct key_reader key_read(const uint16_t *tokens, size_t len)
{
	return (struct key_reader){ tokens + MODEL_TOKENS, tokens + len };
}
