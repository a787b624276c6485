#include "wire/entries.h"

#include <stdlib.h>

bool entries_init(struct entries *entries, size_t room)
{
	size_t size = 16;

	while (size < room)
		size *= 2;
	*entries = (struct entries){ .at = calloc(size, sizeof(*entries->at)), .mask = size - 1 };
	return entries->at != NULL;
}

void entries_free(struct entries *entries)
{
	free(entries->at);
	*entries = (struct entries){ .at = NULL };
}

struct entry *entries_push(struct entries *entries)
{
	struct entry *entry = &entries->at[(entries->first + entries->count++) & entries->mask];

	*entry = (struct entry){ .request = NULL };
	return entry;
}

struct entry *entries_front(const struct entries *entries)
{
	return &entries->at[entries->first & entries->mask];
}

struct entry *entries_get(const struct entries *entries, size_t index)
{
	return &entries->at[(entries->first + index) & entries->mask];
}

void entries_pop(struct entries *entries)
{
	entries->first++;
	entries->count--;
}

size_t entries_room(const struct entries *entries)
{
	return entries->mask + 1 - entries->count;
}
