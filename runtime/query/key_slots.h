/*
 * The table that tells the keys of one operation's rows apart, by their bytes on the wire. Each key
 * has a number, in the order in which they were added; the keys themselves are with who uses the
 * table, and compared there, unless their hashes say it all.
 */
#ifndef QUERN_QUERY_KEY_SLOTS_H
#define QUERN_QUERY_KEY_SLOTS_H

#include <string.h>

#include "base/arena.h"

struct key_hash {
	uint64_t hash;
	bool is_exact; /* no other exact one is the same */
};

/* Zeroed memory is a table without room. */
struct key_slots {
	uint32_t *at; /* 1 + the number of a key, or 0: the slot is empty; twice the capacity */
	struct key_hash *keys; /* memory of an arena, as the slots */
	uint32_t capacity;     /* a power of two */
	uint32_t count;
	unsigned shift; /* of a hash, to the slot where its search begins */
};

/* Room for twice as many keys, or for some of those that are expected. False: out of memory. */
bool key_slots_grow(struct key_slots *slots, struct arena *arena, size_t expected);

/* Different for different words; the upper bits are those that depend on all others. */
static inline uint64_t key_hash_word(uint64_t word)
{
	return word * UINT64_C(0x9e3779b97f4a7c15);
}

/* Goes on from `hash`, which is 0 at first. */
uint64_t key_hash_bytes(uint64_t hash, const char *at, size_t len);

/* Of a key of one part; most are one number. */
static inline struct key_hash key_hash_of(const char *at, size_t len)
{
	uint64_t word;

	if (len != sizeof(word))
		return (struct key_hash){ key_hash_bytes(0, at, len), false };
	memcpy(&word, at, sizeof(word));
	return (struct key_hash){ key_hash_word(word), true };
}

/* Where to look for a key, and where then: until that is it, or empty. The table has room. */
static inline uint32_t *key_slots_first(const struct key_slots *slots, struct key_hash key)
{
	return &slots->at[key.hash >> slots->shift];
}

static inline uint32_t *key_slots_next(const struct key_slots *slots, uint32_t *slot)
{
	return ++slot == slots->at + 2 * (size_t)slots->capacity ? slots->at : slot;
}

/* Whether the key in the slot has the same hash. */
static inline bool key_slots_match(const struct key_slots *slots, const uint32_t *slot,
				   struct key_hash key)
{
	const struct key_hash *other = &slots->keys[*slot - 1];

	return other->hash == key.hash && other->is_exact == key.is_exact;
}

/* Gives the key the next number, and the empty slot where it was looked for. */
static inline void key_slots_add(struct key_slots *slots, uint32_t *slot, struct key_hash key)
{
	slots->keys[slots->count++] = key;
	*slot = slots->count;
}

#endif
