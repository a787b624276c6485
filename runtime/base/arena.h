/*
 * Arenas: many allocations, freed together.
 *
 * An arena hands out zeroed memory from chunks that it gets from malloc. Nothing is freed singly:
 * release() gives back what was allocated since a mark, clear() everything while keeping the first
 * chunk, free() everything. Under AddressSanitizer what is not handed out stays poisoned, with a
 * gap between objects.
 *
 * Out of memory is the arena's policy: with `out_of_memory` NULL (the runtime) an allocation
 * returns NULL; otherwise the function is called and must not return (the compiler's command line
 * prints a message and exits).
 */
#ifndef QUERN_BASE_ARENA_H
#define QUERN_BASE_ARENA_H

#include <stdarg.h>

#include "base/str.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* the one that is being filled; the older ones hang behind it */
	size_t chunk_size;         /* bytes of the next chunk */
	void (*out_of_memory)(void);
	bool exhausted; /* an allocation has returned NULL, since arena_clear() */
};

/* Where an arena stood. Valid until something older is released. */
struct arena_mark {
	struct arena_chunk *chunk;
	size_t used;
};

/* `chunk_size` 0 chooses 4 KiB. Allocates nothing yet, cannot fail. */
void arena_init(struct arena *arena, size_t chunk_size, void (*out_of_memory)(void));
/* Gives all memory back. The arena is as after init. */
void arena_free(struct arena *arena);
/* Forgets all objects, and keeps one chunk for what comes next. */
void arena_clear(struct arena *arena);
/*
 * The same, for memory that is recycled: a chunk of more than this many bytes is not kept either.
 */
void arena_clear_to(struct arena *arena, size_t largest);

struct arena_mark arena_mark(const struct arena *arena);
/* False: what the mark points to was released, so that it must not be released to. */
bool arena_mark_holds(const struct arena *arena, struct arena_mark mark);
void arena_release(struct arena *arena, struct arena_mark mark);

/*
 * Zeroed, aligned for any type. size 0 gives a distinct pointer. NULL when out of memory or the
 * size overflows.
 */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
/* The same, but the memory holds anything: for what is filled at once, piece by piece. */
void *arena_reserve_array(struct arena *arena, size_t count, size_t size);
/*
 * Makes what was allocated last larger where it is, from one size to another; what is added holds
 * anything. False: something else was allocated since, or the chunk is full, and nothing changed.
 */
bool arena_extend(struct arena *arena, const void *at, size_t from, size_t to);
/* A copy with a NUL behind it, which the length does not count. { NULL, 0 } when out of memory. */
struct str arena_copy(struct arena *arena, struct str text);
const char *arena_cstring(struct arena *arena, struct str text);
/*
 * As printf, into the arena, NUL-terminated; what printf cannot write is empty. { NULL, 0 } when
 * out of memory.
 */
struct str arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, as vprintf. */
struct str arena_format_all(struct arena *arena, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

#endif
