#include "query/key.h"

#include <stdlib.h>
#include <string.h>

enum {
	MODEL_TOKENS = sizeof(const qn_model *) / sizeof(uint16_t),
	HASHED_TOKENS = sizeof(uint64_t) / sizeof(uint16_t), /* at once */
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
	memset(key->tokens, 0, HASHED_TOKENS * sizeof(*key->tokens));
	memcpy(key->tokens, &model, sizeof(model));
	key->len = MODEL_TOKENS;
	key_add(key, operation);
}

void key_add_model(struct key *key, const qn_model *model)
{
	uint16_t tokens[MODEL_TOKENS];

	memcpy(tokens, &model, sizeof(model));
	key_add_all(key, tokens, MODEL_TOKENS);
}

const qn_model *key_next_model(struct key_reader *reader)
{
	const qn_model *model;

	memcpy(&model, reader->at, sizeof(model));
	reader->at += MODEL_TOKENS;
	return model;
}

void key_free(struct key *key)
{
	free(key->tokens);
	*key = (struct key){ 0 };
}

static inline uint64_t hash_some(uint64_t hash, const uint16_t *tokens)
{
	uint64_t some;

	memcpy(&some, tokens, sizeof(some));
	hash = (hash ^ some) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 32);
}

/*
 * The last ones perhaps once more in part; behind a key that is shorter than that there are zeros.
 * Keys are compared in full, so this only has to spread them.
 */
uint64_t key_hash(const struct key *key)
{
	const uint16_t *at = key->tokens;
	const uint16_t *last = at + (key->len > HASHED_TOKENS ? key->len - HASHED_TOKENS : 0);
	uint64_t hash = key->len;

	for (; at < last; at += HASHED_TOKENS)
		hash = hash_some(hash, at);
	return hash_some(hash, last);
}

struct key_reader key_read(const uint16_t *tokens, size_t len)
{
	return (struct key_reader){ tokens + MODEL_TOKENS, tokens + len };
}
