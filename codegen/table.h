/*
 * Hash tables from texts to pointers, in an arena. Nothing is removed. Keys are views: their bytes
 * must outlive the table.
 */
#ifndef QUERN_TABLE_H
#define QUERN_TABLE_H

#include "base/arena.h"

struct table_entry {
	struct str key;
	uint64_t hash;
	const void *value; /* NULL: a free place */
};

struct table {
	struct arena *arena;
	struct table_entry *at;
	size_t capacity; /* 0, or a power of two */
	size_t count;
};

void table_init(struct table *table, struct arena *arena);
/* The value of the key, or NULL. */
const void *table_find(const struct table *table, struct str key);
/* Adds a key with a value that is not NULL, and returns NULL; a key that is there keeps its value,
 * which is returned. */
const void *table_add(struct table *table, struct str key, const void *value);

#endif
