#include "pool/deadlines.h"

#include <stdlib.h>

/* request->deadline_slot is the place in the heap plus one; 0: not in it. */

void deadlines_free(struct deadlines *deadlines)
{
	free(deadlines->heap);
	*deadlines = (struct deadlines){ .heap = NULL };
}

static void place(struct deadlines *deadlines, uint32_t at, struct deadline deadline)
{
	deadlines->heap[at] = deadline;
	deadline.request->deadline_slot = at + 1;
}

static void sift_up(struct deadlines *deadlines, uint32_t at, struct deadline deadline)
{
	while (at > 0 && deadlines->heap[(at - 1) / 2].at > deadline.at) {
		place(deadlines, at, deadlines->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(deadlines, at, deadline);
}

static void sift_down(struct deadlines *deadlines, uint32_t at, struct deadline deadline)
{
	uint32_t child = 2 * at + 1;

	while (child < deadlines->count) {
		if (child + 1 < deadlines->count &&
		    deadlines->heap[child + 1].at < deadlines->heap[child].at)
			child++;
		if (deadlines->heap[child].at >= deadline.at)
			break;
		place(deadlines, at, deadlines->heap[child]);
		at = child;
		child = 2 * at + 1;
	}
	place(deadlines, at, deadline);
}

bool deadlines_add(struct deadlines *deadlines, struct request *request, uint64_t at)
{
	if (deadlines->count == deadlines->capacity) {
		uint32_t capacity = deadlines->capacity ? deadlines->capacity * 2 : 64;
		struct deadline *heap = realloc(deadlines->heap, capacity * sizeof(*heap));
		if (!heap)
			return false;
		deadlines->heap = heap;
		deadlines->capacity = capacity;
	}
	deadlines->count++;
	sift_up(deadlines, deadlines->count - 1, (struct deadline){ at, request });
	return true;
}

static void put(struct deadlines *deadlines, uint32_t index, struct deadline deadline)
{
	if (index > 0 && deadlines->heap[(index - 1) / 2].at > deadline.at)
		sift_up(deadlines, index, deadline);
	else
		sift_down(deadlines, index, deadline);
}

void deadlines_change(struct deadlines *deadlines, struct request *request, uint64_t at)
{
	put(deadlines, request->deadline_slot - 1, (struct deadline){ at, request });
}

void deadlines_remove(struct deadlines *deadlines, struct request *request)
{
	uint32_t index = request->deadline_slot - 1;
	struct deadline last;

	if (!request->deadline_slot)
		return;
	request->deadline_slot = 0;
	last = deadlines->heap[--deadlines->count];
	if (index < deadlines->count)
		put(deadlines, index, last);
}

const struct deadline *deadlines_first(const struct deadlines *deadlines)
{
	return deadlines->count ? &deadlines->heap[0] : NULL;
}
