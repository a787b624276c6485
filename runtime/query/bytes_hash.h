/*
 * Hashes of values as they are on the wire, for tables of one result's rows. Numbers there begin with their zeros.
 */
#ifndef QUERN_QUERY_BYTES_HASH_H
#define QUERN_QUERY_BYTES_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t bytes_hash_word(uint64_t hash, uint64_t word)
{
	hash ^= word;
	hash ^= hash >> 32;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/* Goes on from `hash`, which is 0 at first. */
static inline uint64_t bytes_hash(uint64_t hash, const char *at, size_t len)
{
	uint64_t word;

	/* Most are one number. */
	if (len == sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		return bytes_hash_word(hash, word);
	}
	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = bytes_hash_word(hash, word);
	}
	if (!len)
		return hash;
	word = len;
	memcpy(&word, at, len);
	return bytes_hash_word(hash, word ^ (uint64_t)len << 56);
}

/* Whether the bytes at both are the same; most are one number. */
static inline bool bytes_are_equal(const char *a, const char *b, size_t len)
{
	uint64_t words[2];

	if (len != sizeof(words[0]))
		return memcmp(a, b, len) == 0;
	memcpy(&words[0], a, sizeof(words[0]));
	memcpy(&words[1], b, sizeof(words[1]));
	return words[0] == words[1];
}

#endif
