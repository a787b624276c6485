/*
 * Decimal digits of numbers, two at a time.
 */
#ifndef QUERN_BASE_DIGITS_H
#define QUERN_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_UINT_MAX = 20 };

/* "00", "01", ... "99" */
extern const char digit_pairs[201];
/* Powers of ten, all that 64 bits hold. */
extern const uint64_t ten_to_the[DIGITS_UINT_MAX];

/* Two digits of a number below 100; returns the end. */
static inline char *put_pair(char *at, uint32_t number)
{
	memcpy(at, digit_pairs + (size_t)2 * number, 2);
	return at + 2;
}

/* How many digits a number has; one for 0. */
static inline size_t uint_digits(uint64_t number)
{
	unsigned bits = 64 - (unsigned)__builtin_clzll(number | 1);
	/*
	 * The logarithm of 2 as a fraction of 4096: as many digits as the number has, or one less.
	 */
	unsigned digits = bits * 1233 >> 12;

	return digits + ((number | 1) >= ten_to_the[digits]);
}

/* Without leading zeros, so that they end at `end`. */
static inline void put_uint_before(char *end, uint64_t number)
{
	uint32_t low;

	/* Divisions of 64 bits take twice as many steps. */
	for (; number > UINT32_MAX; number /= 100) {
		end -= 2;
		(void)put_pair(end, (uint32_t)(number % 100));
	}
	for (low = (uint32_t)number; low >= 100; low /= 100) {
		end -= 2;
		(void)put_pair(end, low % 100);
	}
	if (low >= 10)
		(void)put_pair(end - 2, low);
	else
		end[-1] = (char)('0' + low);
}

/* Without leading zeros, at most DIGITS_UINT_MAX; returns the end. */
static inline char *put_uint(char *at, uint64_t number)
{
	char *end = at + uint_digits(number);

	put_uint_before(end, number);
	return end;
}

#endif
