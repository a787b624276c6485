#include "table.h"

#define SMALLEST_CAPACITY ((size_t)8)

void table_init(struct table *table, struct arena *arena)
{
	*table = (struct table){ .arena = arena };
}

static uint32_t hash_of(struct str key)
{
	uint64_t hash = str_hash(key);

	return (uint32_t)(hash ^ hash >> 32);
}

static bool is_of(const struct table_entry *entry, struct str key, uint32_t hash)
{
	return entry->hash == hash && str_equal(table_key(entry), key);
}

/* The entry of the key, or the free place where it belongs. */
static struct table_entry *entry_of(const struct table *table, struct str key, uint32_t hash)
{
	size_t mask = table->capacity - 1;
	size_t at = (size_t)hash & mask;

	while (table->at[at].value && !is_of(&table->at[at], key, hash))
		at = (at + 1) & mask;
	return &table->at[at];
}

const void *table_find(const struct table *table, struct str key)
{
	return table->capacity ? entry_of(table, key, hash_of(key))->value : NULL;
}

/* Every key has a place of its own already: the first free one is that of its entry. */
static void entry_move(struct table *table, const struct table_entry *entry)
{
	size_t mask = table->capacity - 1;
	size_t at = (size_t)entry->hash & mask;

	while (table->at[at].value)
		at = (at + 1) & mask;
	table->at[at] = *entry;
}

void table_reserve(struct table *table, size_t count)
{
	struct table larger = *table;

	if (!larger.capacity)
		larger.capacity = SMALLEST_CAPACITY;
	while ((table->count + count) * 4 > larger.capacity * 3)
		larger.capacity *= 2;
	if (larger.capacity == table->capacity)
		return;
	larger.at = arena_alloc_array(table->arena, larger.capacity, sizeof(*larger.at));
	for (size_t i = 0; i < table->capacity; i++)
		if (table->at[i].value)
			entry_move(&larger, &table->at[i]);
	*table = larger;
}

const void *table_add(struct table *table, struct str key, const void *value)
{
	uint32_t hash = hash_of(key);
	struct table_entry *entry;

	table_reserve(table, 1);
	entry = entry_of(table, key, hash);
	if (entry->value)
		return entry->value;
	*entry = (struct table_entry){ key.at, value, (uint32_t)key.len, hash };
	table->count++;
	return NULL;
}
