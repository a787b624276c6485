/*
 * Sets of small numbers, as bits of words: of the fields of a row.
 */
#ifndef QUERN_BASE_BITS_H
#define QUERN_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool bit_is_set(const uint64_t *bits, size_t number)
{
	return bits[number / 64] >> (number % 64) & 1;
}

static inline void bit_set(uint64_t *bits, size_t number)
{
	bits[number / 64] |= UINT64_C(1) << (number % 64);
}

#endif
