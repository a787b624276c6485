/*
 * Rows of test.Thing made of arbitrary bytes: any loaded fields, any NULLs, any value that its C
 * type can have.
 */
#ifndef TESTS_THING_BYTES_H
#define TESTS_THING_BYTES_H

#include "base/arena.h"
#include "thing.h"

/* What is left of the bytes; behind their end there are zeros. */
struct thing_bytes {
	const uint8_t *at;
	const uint8_t *end;
	struct arena *arena; /* of texts and arrays; it does not run out */
};

uint8_t thing_bytes_take(struct thing_bytes *bytes);
void thing_bytes_take_row(struct thing_bytes *bytes, test_thing *row);

#endif
