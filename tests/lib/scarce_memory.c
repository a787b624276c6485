#include "scarce_memory.h"

#include <stdint.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

static struct {
	size_t allocations;
	size_t bytes;
	size_t failing; /* SIZE_MAX: none */
	enum scarcity scarcity;
	bool has_failed;
	bool is_paused;
} memory = { .failing = SIZE_MAX };

void scarce_memory_begin(size_t number, enum scarcity scarcity)
{
	memory.allocations = 0;
	memory.bytes = 0;
	memory.failing = number;
	memory.scarcity = scarcity;
	memory.has_failed = false;
}

void scarce_memory_end(void)
{
	memory.failing = SIZE_MAX;
}

bool scarce_memory_has_failed(void)
{
	return memory.has_failed;
}

void scarce_memory_pause(void)
{
	memory.is_paused = true;
}

void scarce_memory_resume(void)
{
	memory.is_paused = false;
}

size_t scarce_memory_allocations(void)
{
	return memory.allocations;
}

size_t scarce_memory_bytes(void)
{
	return memory.bytes;
}

static bool fails_with(size_t bytes)
{
	size_t number;
	bool fails;

	if (memory.is_paused)
		return false;
	memory.bytes += bytes;
	number = memory.allocations++;
	fails = number == memory.failing ||
		(memory.scarcity == SCARCE_FOR_EVER && number > memory.failing);
	memory.has_failed = memory.has_failed || fails;
	return fails;
}

bool scarce_memory_fails(void)
{
	return fails_with(0);
}

void *__wrap_malloc(size_t size)
{
	return fails_with(size) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails_with(count * size) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	return scarce_memory_fails() ? NULL : __real_realloc(at, size);
}
