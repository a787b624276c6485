/*
 * The times at which requests are to be looked at, soonest first: a heap.
 */
#ifndef QUERN_POOL_DEADLINES_H
#define QUERN_POOL_DEADLINES_H

#include "wire/request.h"

struct deadline {
	uint64_t at;
	struct request *request;
};

/* Zeroed memory is an empty one. */
struct deadlines {
	struct deadline *heap;
	uint32_t count;
	uint32_t capacity;
};

void deadlines_free(struct deadlines *deadlines);
/* False: out of memory, nothing changed. The request must not be in it. */
bool deadlines_add(struct deadlines *deadlines, struct request *request, uint64_t at);
/* Another time for a request that is in it. */
void deadlines_change(struct deadlines *deadlines, struct request *request, uint64_t at);
/* Does nothing when it is not in it. */
void deadlines_remove(struct deadlines *deadlines, struct request *request);
/* The soonest; NULL when there is none. */
const struct deadline *deadlines_first(const struct deadlines *deadlines);

#endif
