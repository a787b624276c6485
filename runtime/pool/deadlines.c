#include "pool/deadlines.h"

#include <stdlib.h>

/* request->deadline_slot: the place in the heap plus one; or this; or 0, when it is in neither. */
#define IN_LINE UINT32_MAX

void deadlines_free(struct deadlines *deadlines)
{
	free(deadlines->heap);
	*deadlines = (struct deadlines){ .heap = NULL };
}

static void place(struct deadlines *deadlines, uint32_t at, struct request *request)
{
	deadlines->heap[at] = request;
	request->deadline_slot = at + 1;
}

static void sift_up(struct deadlines *deadlines, uint32_t at, struct request *request)
{
	while (at > 0 && deadlines->heap[(at - 1) / 2]->look_at > request->look_at) {
		place(deadlines, at, deadlines->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(deadlines, at, request);
}

static void sift_down(struct deadlines *deadlines, uint32_t at, struct request *request)
{
	uint32_t child = 2 * at + 1;

	while (child < deadlines->heap_count) {
		if (child + 1 < deadlines->heap_count &&
		    deadlines->heap[child + 1]->look_at < deadlines->heap[child]->look_at)
			child++;
		if (deadlines->heap[child]->look_at >= request->look_at)
			break;
		place(deadlines, at, deadlines->heap[child]);
		at = child;
		child = 2 * at + 1;
	}
	place(deadlines, at, request);
}

static void heap_put(struct deadlines *deadlines, uint32_t index, struct request *request)
{
	if (index > 0 && deadlines->heap[(index - 1) / 2]->look_at > request->look_at)
		sift_up(deadlines, index, request);
	else
		sift_down(deadlines, index, request);
}

static void line_append(struct deadlines *deadlines, struct request *request)
{
	request->deadline_slot = IN_LINE;
	request->look_next = NULL;
	request->look_previous = deadlines->last;
	if (deadlines->last)
		deadlines->last->look_next = request;
	else
		deadlines->first = request;
	deadlines->last = request;
}

static void line_remove(struct deadlines *deadlines, struct request *request)
{
	if (request->look_previous)
		request->look_previous->look_next = request->look_next;
	else
		deadlines->first = request->look_next;
	if (request->look_next)
		request->look_next->look_previous = request->look_previous;
	else
		deadlines->last = request->look_previous;
	request->look_next = NULL;
	request->look_previous = NULL;
}

/* There is room in the heap. */
static void insert(struct deadlines *deadlines, struct request *request, uint64_t at)
{
	request->look_at = at;
	if (!deadlines->last || deadlines->last->look_at <= at)
		line_append(deadlines, request);
	else
		sift_up(deadlines, deadlines->heap_count++, request);
}

static bool heap_reach(struct deadlines *deadlines, uint32_t count)
{
	uint32_t capacity = deadlines->capacity ? deadlines->capacity * 2 : 64;
	struct request **heap;

	if (count <= deadlines->capacity)
		return true;
	heap = realloc(deadlines->heap, capacity * sizeof(struct request *));
	if (!heap)
		return false;
	deadlines->heap = heap;
	deadlines->capacity = capacity;
	return true;
}

bool deadlines_add(struct deadlines *deadlines, struct request *request, uint64_t at)
{
	if (!heap_reach(deadlines, deadlines->count + 1))
		return false;
	deadlines->count++;
	insert(deadlines, request, at);
	return true;
}

void deadlines_change(struct deadlines *deadlines, struct request *request, uint64_t at)
{
	if (request->deadline_slot == IN_LINE) {
		line_remove(deadlines, request);
		insert(deadlines, request, at);
		return;
	}
	request->look_at = at;
	heap_put(deadlines, request->deadline_slot - 1, request);
}

void deadlines_remove(struct deadlines *deadlines, struct request *request)
{
	uint32_t slot = request->deadline_slot;

	if (!slot)
		return;
	request->deadline_slot = 0;
	deadlines->count--;
	if (slot == IN_LINE) {
		line_remove(deadlines, request);
		return;
	}
	deadlines->heap_count--;
	if (slot - 1 < deadlines->heap_count)
		heap_put(deadlines, slot - 1, deadlines->heap[deadlines->heap_count]);
}

struct request *deadlines_first(const struct deadlines *deadlines)
{
	struct request *first = deadlines->first;

	if (deadlines->heap_count && (!first || deadlines->heap[0]->look_at < first->look_at))
		return deadlines->heap[0];
	return first;
}
