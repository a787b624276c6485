#include "table.h"

#define SMALLEST_CAPACITY ((size_t)8)

void table_init(struct table *table, struct arena *arena)
{
	*table = (struct table){ .arena = arena };
}

/* The entry of the key, or the free place where it belongs. */
static struct table_entry *entry_of(const struct table *table, struct str key, uint64_t hash)
{
	size_t mask = table->capacity - 1;
	size_t at = (size_t)hash & mask;

	while (table->at[at].value &&
	       (table->at[at].hash != hash || !str_equal(table->at[at].key, key)))
		at = (at + 1) & mask;
	return &table->at[at];
}

const void *table_find(const struct table *table, struct str key)
{
	return table->capacity ? entry_of(table, key, str_hash(key))->value : NULL;
}

static void table_grow(struct table *table)
{
	struct table larger = *table;

	larger.capacity = table->capacity ? table->capacity * 2 : SMALLEST_CAPACITY;
	larger.at = arena_alloc_array(table->arena, larger.capacity, sizeof(*larger.at));
	for (size_t i = 0; i < table->capacity; i++)
		if (table->at[i].value)
			*entry_of(&larger, table->at[i].key, table->at[i].hash) = table->at[i];
	*table = larger;
}

const void *table_add(struct table *table, struct str key, const void *value)
{
	uint64_t hash = str_hash(key);
	struct table_entry *entry;

	if (table->count * 4 >= table->capacity * 3)
		table_grow(table);
	entry = entry_of(table, key, hash);
	if (entry->value)
		return entry->value;
	*entry = (struct table_entry){ key, hash, value };
	table->count++;
	return NULL;
}
