#include "wire/prepared.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool prepared_init(struct prepared_cache *cache, uint32_t slot_count, uint32_t connection)
{
	*cache = (struct prepared_cache){
		.slots = calloc(slot_count, sizeof(*cache->slots)),
		.slot_count = slot_count,
		.newest = PREPARED_NONE,
		.oldest = PREPARED_NONE,
		.next_name = 1,
		.connection = connection,
	};
	return cache->slots != NULL;
}

void prepared_free(struct prepared_cache *cache)
{
	free(cache->slots);
	free(cache->slot_of);
	*cache = (struct prepared_cache){ .slots = NULL };
}

static void slot_unlink(struct prepared_cache *cache, uint32_t index)
{
	const struct prepared *slot = &cache->slots[index];

	if (slot->newer == PREPARED_NONE)
		cache->newest = slot->older;
	else
		cache->slots[slot->newer].older = slot->older;
	if (slot->older == PREPARED_NONE)
		cache->oldest = slot->newer;
	else
		cache->slots[slot->older].newer = slot->newer;
}

static void slot_link_newest(struct prepared_cache *cache, uint32_t index)
{
	struct prepared *slot = &cache->slots[index];

	slot->newer = PREPARED_NONE;
	slot->older = cache->newest;
	if (cache->newest == PREPARED_NONE)
		cache->oldest = index;
	else
		cache->slots[cache->newest].newer = index;
	cache->newest = index;
}

struct prepared *prepared_find(struct prepared_cache *cache, uint32_t statement)
{
	uint32_t index;

	if (statement >= cache->id_count || cache->slot_of[statement] == PREPARED_NONE)
		return NULL;
	index = cache->slot_of[statement];
	if (cache->newest != index) {
		slot_unlink(cache, index);
		slot_link_newest(cache, index);
	}
	return &cache->slots[index];
}

static bool ids_reach(struct prepared_cache *cache, uint32_t statement)
{
	uint32_t count = cache->id_count ? cache->id_count : 64;
	uint32_t *slot_of;

	if (statement < cache->id_count)
		return true;
	while (count <= statement)
		count = count > UINT32_MAX / 2 ? UINT32_MAX : count * 2;
	slot_of = realloc(cache->slot_of, count * sizeof(*slot_of));
	if (!slot_of)
		return false;
	for (uint32_t i = cache->id_count; i < count; i++)
		slot_of[i] = PREPARED_NONE;
	cache->slot_of = slot_of;
	cache->id_count = count;
	return true;
}

/*
 * Free slots are found from the lowest used ones on only when some were forgotten, which is rare.
 */
static uint32_t slot_free_index(const struct prepared_cache *cache)
{
	uint32_t index = cache->used;

	if (index < cache->slot_count && cache->slots[index].statement == 0)
		return index;
	index = 0;
	while (cache->slots[index].statement != 0)
		index++;
	return index;
}

struct prepared *prepared_add(struct prepared_cache *cache, uint32_t statement, uint32_t *evicted)
{
	uint32_t index;
	struct prepared *slot;

	*evicted = 0;
	if (!ids_reach(cache, statement))
		return NULL;
	if (cache->used == cache->slot_count) {
		slot = &cache->slots[cache->oldest];
		*evicted = slot->name;
		prepared_forget(cache, slot);
	}
	index = slot_free_index(cache);
	slot = &cache->slots[index];
	*slot = (struct prepared){ .statement = statement, .name = cache->next_name++ };
	prepared_name(cache, slot->name, slot->text);
	slot_link_newest(cache, index);
	cache->slot_of[statement] = index;
	cache->used++;
	return slot;
}

struct prepared *prepared_named(struct prepared_cache *cache, uint32_t statement, uint32_t name)
{
	struct prepared *slot;

	if (statement >= cache->id_count || cache->slot_of[statement] == PREPARED_NONE)
		return NULL;
	slot = &cache->slots[cache->slot_of[statement]];
	return slot->name == name ? slot : NULL;
}

void prepared_forget(struct prepared_cache *cache, struct prepared *slot)
{
	slot_unlink(cache, (uint32_t)(slot - cache->slots));
	cache->slot_of[slot->statement] = PREPARED_NONE;
	slot->statement = 0;
	cache->used--;
}

void prepared_name(const struct prepared_cache *cache, uint32_t name, char text[PREPARED_NAME])
{
	snprintf(text, PREPARED_NAME, "q%08" PRIx32 "_%" PRIu32, cache->connection, name);
}
