/*
 * What operations load: rows in an arena, and the results of the server that these point into.
 * Freed together.
 */
#ifndef QUERN_SESSION_LOADED_H
#define QUERN_SESSION_LOADED_H

#include <libpq-fe.h>

#include "base/arena.h"

struct loaded {
	struct arena arena;
	PGresult **results;
	size_t result_count;
	size_t result_capacity;
};

/* Zeroed memory becomes an empty one. Allocates nothing. */
void loaded_init(struct loaded *loaded);
/* Gives all memory back. */
void loaded_free(struct loaded *loaded);
/* Takes the result. False: out of memory, not taken. */
bool loaded_keep(struct loaded *loaded, PGresult *result);
/* Frees the results but the first `count`. */
void loaded_release_results(struct loaded *loaded, size_t count);
/* Frees everything, and keeps up to this many bytes of memory for what comes next. */
void loaded_clear(struct loaded *loaded, size_t bytes_kept);

#endif
