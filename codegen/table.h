/*
 * Hash tables from texts to pointers, in an arena. Nothing is removed. Keys are views of less than
 * 4 GB: their bytes must outlive the table.
 */
#ifndef QUERN_TABLE_H
#define QUERN_TABLE_H

#include "base/arena.h"

struct table_entry {
	const char *key;
	const void *value; /* NULL: a free place */
	uint32_t key_len;
	uint32_t hash;
};

static inline struct str table_key(const struct table_entry *entry)
{
	return (struct str){ entry->key, entry->key_len };
}

struct table {
	struct arena *arena;
	struct table_entry *at;
	size_t capacity; /* 0, or a power of two */
	size_t count;
};

void table_init(struct table *table, struct arena *arena);
/* Makes room for so many more keys at once: growing step by step leaves memory behind. */
void table_reserve(struct table *table, size_t count);
/* The value of the key, or NULL. */
const void *table_find(const struct table *table, struct str key);
/* Adds a key with a value that is not NULL, and returns NULL; a key that is there keeps its value,
 * which is returned. */
const void *table_add(struct table *table, struct str key, const void *value);

#endif
