#include "base/arena.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define GAP               16
#define POISON(at, len)   ASAN_POISON_MEMORY_REGION(at, len)
#define UNPOISON(at, len) ASAN_UNPOISON_MEMORY_REGION(at, len)
#else
#define GAP               0
#define POISON(at, len)   ((void)(at), (void)(len))
#define UNPOISON(at, len) ((void)(at), (void)(len))
#endif

#define DEFAULT_CHUNK_SIZE ((size_t)4096)
#define LARGEST_CHUNK_SIZE ((size_t)256 * 1024)
#define ALIGNMENT          _Alignof(max_align_t)
/* Most texts fit, and are formatted once. */
#define FORMAT_SIZE ((size_t)256)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* of `bytes` */
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t chunk_size, void (*out_of_memory)(void))
{
	*arena = (struct arena){
		.chunk_size = chunk_size ? chunk_size : DEFAULT_CHUNK_SIZE,
		.out_of_memory = out_of_memory,
	};
}

static void chunk_free(struct arena_chunk *chunk)
{
	UNPOISON(chunk->bytes, chunk->size);
	free(chunk);
}

void arena_free(struct arena *arena)
{
	while (arena->chunk) {
		struct arena_chunk *older = arena->chunk->older;
		chunk_free(arena->chunk);
		arena->chunk = older;
	}
}

void arena_clear(struct arena *arena)
{
	arena->exhausted = false;
	if (!arena->chunk)
		return;
	while (arena->chunk->older) {
		struct arena_chunk *older = arena->chunk->older;
		chunk_free(arena->chunk);
		arena->chunk = older;
	}
	arena->chunk->used = 0;
	POISON(arena->chunk->bytes, arena->chunk->size);
}

void arena_clear_to(struct arena *arena, size_t largest)
{
	if (arena->chunk_size > largest)
		arena->chunk_size = largest;
	arena_clear(arena);
	if (arena->chunk && arena->chunk->size > largest)
		arena_free(arena);
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){ arena->chunk, arena->chunk ? arena->chunk->used : 0 };
}

bool arena_mark_holds(const struct arena *arena, struct arena_mark mark)
{
	const struct arena_chunk *chunk = arena->chunk;

	if (!mark.chunk)
		return true;
	while (chunk && chunk != mark.chunk)
		chunk = chunk->older;
	return chunk && mark.used <= chunk->used;
}

void arena_release(struct arena *arena, struct arena_mark mark)
{
	if (!mark.chunk) {
		arena_clear(arena);
		return;
	}
	while (arena->chunk != mark.chunk) {
		struct arena_chunk *older = arena->chunk->older;
		chunk_free(arena->chunk);
		arena->chunk = older;
	}
	arena->chunk->used = mark.used;
	POISON(arena->chunk->bytes + mark.used, arena->chunk->size - mark.used);
}

static struct arena_chunk *chunk_add(struct arena *arena, size_t need)
{
	size_t size = need > arena->chunk_size ? need : arena->chunk_size;
	struct arena_chunk *chunk;

	if (size > SIZE_MAX - sizeof(*chunk))
		return NULL;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->older = arena->chunk;
	chunk->size = size;
	chunk->used = 0;
	POISON(chunk->bytes, size);
	arena->chunk = chunk;
	if (arena->chunk_size < LARGEST_CHUNK_SIZE)
		arena->chunk_size *= 2;
	return chunk;
}

static void *out_of_memory(struct arena *arena)
{
	arena->exhausted = true;
	if (arena->out_of_memory)
		arena->out_of_memory();
	return NULL;
}

/* What an object takes of a chunk. */
static size_t room_of(size_t size)
{
	return ((size ? size : 1) + GAP + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

bool arena_extend(struct arena *arena, const void *at, size_t from, size_t to)
{
	struct arena_chunk *chunk = arena->chunk;
	size_t room = room_of(from);

	if (!chunk || chunk->used < room || at != chunk->bytes + (chunk->used - room) ||
	    to > chunk->size || room_of(to) > chunk->size - (chunk->used - room))
		return false;
	chunk->used += room_of(to) - room;
	UNPOISON(at, to);
	return true;
}

static void *arena_reserve(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunk;
	size_t need;
	void *at;

	if (size > SIZE_MAX - ALIGNMENT - GAP)
		return out_of_memory(arena);
	need = room_of(size);
	if (!chunk || chunk->size - chunk->used < need) {
		chunk = chunk_add(arena, need);
		if (!chunk)
			return out_of_memory(arena);
	}
	at = chunk->bytes + chunk->used;
	chunk->used += need;
	UNPOISON(at, size);
	return at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *at = arena_reserve(arena, size);

	return at ? memset(at, 0, size) : NULL;
}

void *arena_reserve_array(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return out_of_memory(arena);
	return arena_reserve(arena, count * size);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return out_of_memory(arena);
	return arena_alloc(arena, count * size);
}

struct str arena_copy(struct arena *arena, struct str text)
{
	char *copy = text.len < SIZE_MAX ? arena_reserve(arena, text.len + 1) : NULL;

	if (!copy)
		return (struct str){ NULL, 0 };
	if (text.len)
		memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	return (struct str){ copy, text.len };
}

const char *arena_cstring(struct arena *arena, struct str text)
{
	return arena_copy(arena, text).at;
}

struct str arena_format_all(struct arena *arena, const char *format, va_list arguments)
{
	char first[FORMAT_SIZE];
	va_list again;
	char *text;
	int len;

	va_copy(again, arguments);
	len = vsnprintf(first, sizeof(first), format, arguments);
	if (len < 0) {
		first[0] = '\0';
		len = 0;
	}
	text = arena_reserve(arena, (size_t)len + 1);
	if (text && (size_t)len < sizeof(first))
		memcpy(text, first, (size_t)len + 1);
	else if (text)
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return text ? (struct str){ text, (size_t)len } : (struct str){ NULL, 0 };
}

struct str arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	struct str text;

	va_start(arguments, format);
	text = arena_format_all(arena, format, arguments);
	va_end(arguments);
	return text;
}
