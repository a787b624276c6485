#include "session/loaded.h"

#include <stdlib.h>

enum {
	FIRST_RESULTS = 8,
	RESULTS_KEPT = 64, /* places for results that stay when it is cleared */
	ARENA_CHUNK = 4096,
};

void loaded_init(struct loaded *loaded)
{
	arena_init(&loaded->arena, ARENA_CHUNK, NULL);
}

void loaded_free(struct loaded *loaded)
{
	loaded_release_results(loaded, 0);
	free(loaded->results);
	loaded->results = NULL;
	loaded->result_capacity = 0;
	arena_free(&loaded->arena);
}

bool loaded_keep(struct loaded *loaded, PGresult *result)
{
	if (loaded->result_count == loaded->result_capacity) {
		size_t capacity =
			loaded->result_capacity ? loaded->result_capacity * 2 : FIRST_RESULTS;
		PGresult **results = realloc(loaded->results, capacity * sizeof(*results));

		if (!results)
			return false;
		loaded->results = results;
		loaded->result_capacity = capacity;
	}
	loaded->results[loaded->result_count++] = result;
	return true;
}

void loaded_release_results(struct loaded *loaded, size_t count)
{
	while (loaded->result_count > count)
		PQclear(loaded->results[--loaded->result_count]);
}

void loaded_clear(struct loaded *loaded, size_t bytes_kept)
{
	loaded_release_results(loaded, 0);
	if (loaded->result_capacity > RESULTS_KEPT) {
		free(loaded->results);
		loaded->results = NULL;
		loaded->result_capacity = 0;
	}
	arena_clear_to(&loaded->arena, bytes_kept);
}
