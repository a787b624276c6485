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
