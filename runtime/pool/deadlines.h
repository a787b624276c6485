/*
 * The times at which requests are to be looked at, soonest first.
 *
 * Most requests have the same time to live, and so come in the order of their deadlines: they stand
 * in a line, which costs a few instructions whatever its length. The others are in a heap.
 */
#ifndef QUERN_POOL_DEADLINES_H
#define QUERN_POOL_DEADLINES_H

#include "wire/request.h"

/* Zeroed memory is an empty one. */
struct deadlines {
	struct request *first; /* of the line */
	struct request *last;
	struct request **heap;
	uint32_t heap_count;
	uint32_t count;    /* line and heap */
	uint32_t capacity; /* of the heap: for all of them, so that a change never allocates */
};

void deadlines_free(struct deadlines *deadlines);
/* False: out of memory, nothing changed. The request must not be in it. */
bool deadlines_add(struct deadlines *deadlines, struct request *request, uint64_t at);
/* Another time for a request that is in it. */
void deadlines_change(struct deadlines *deadlines, struct request *request, uint64_t at);
/* Does nothing when it is not in it. */
void deadlines_remove(struct deadlines *deadlines, struct request *request);
/* The soonest, whose time is its look_at; NULL when there is none. */
struct request *deadlines_first(const struct deadlines *deadlines);

#endif
