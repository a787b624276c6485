/*
 * Memory that runs out when a test says so.
 *
 * A program that depends on `scarce_memory` (tests/unit/meson.build) has the malloc, calloc and
 * realloc of its own objects and static libraries here; shared libraries keep those of the C
 * library. Allocations are counted from the start, and all succeed until scarce_memory_begin(). The
 * state is the program's: for use from one thread.
 */
#ifndef TESTS_LIB_SCARCE_MEMORY_H
#define TESTS_LIB_SCARCE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

enum scarcity {
	SCARCE_ONCE,     /* one allocation fails */
	SCARCE_FOR_EVER, /* and so do all that follow it */
};

/*
 * From now on the allocation of this number fails, the next one being 0, until scarce_memory_end().
 * The counts start anew. SIZE_MAX fails none.
 */
void scarce_memory_begin(size_t number, enum scarcity scarcity);

/* No allocation fails any longer. Nothing happens when none would. */
void scarce_memory_end(void);

/* Whether an allocation has failed since the last scarce_memory_begin(). */
bool scarce_memory_has_failed(void);

/*
 * Between these two, allocations neither fail nor count: they are those of somebody else. They do
 * not nest.
 */
void scarce_memory_pause(void);
void scarce_memory_resume(void);

/* Allocations since the last scarce_memory_begin(), those that failed among them. */
size_t scarce_memory_allocations(void);

/*
 * Bytes that malloc and calloc were asked for in these allocations; what only grows is not in them.
 */
size_t scarce_memory_bytes(void);

/* Counts an allocation of another kind, which a test wraps by itself; whether it has to fail. */
bool scarce_memory_fails(void);

#endif
