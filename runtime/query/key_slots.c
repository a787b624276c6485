#include "query/key_slots.h"

enum { FIRST_KEYS = 16, FIRST_KEYS_MAX = 256 };

uint64_t key_hash_bytes(uint64_t hash, const char *at, size_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = key_hash_word(hash ^ word);
		hash ^= hash >> 32;
	}
	if (!len)
		return hash;
	word = 0;
	memcpy(&word, at, len);
	hash = key_hash_word(hash ^ word ^ (uint64_t)len << 56);
	return hash ^ hash >> 32;
}

bool key_slots_grow(struct key_slots *slots, struct arena *arena, size_t expected)
{
	struct key_slots grown = { .capacity = slots->capacity ? 2 * slots->capacity : FIRST_KEYS };

	while (!slots->capacity && grown.capacity < expected && grown.capacity < FIRST_KEYS_MAX)
		grown.capacity *= 2;
	if (!grown.capacity)
		return false;
	grown.shift = (unsigned)__builtin_clz(grown.capacity) + 32;
	grown.at = arena_alloc_array(arena, 2 * (size_t)grown.capacity, sizeof(*grown.at));
	grown.keys = arena_reserve_array(arena, grown.capacity, sizeof(*grown.keys));
	if (!grown.at || !grown.keys)
		return false;
	for (uint32_t i = 0; i < slots->count; i++) {
		uint32_t *slot = key_slots_first(&grown, slots->keys[i]);

		while (*slot)
			slot = key_slots_next(&grown, slot);
		key_slots_add(&grown, slot, slots->keys[i]);
	}
	*slots = grown;
	return true;
}
