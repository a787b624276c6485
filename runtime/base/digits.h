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
/* Powers of ten up to the largest that a qn_decimal has digits for. */
extern const uint64_t ten_to_the[19];

/* Two digits of a number below 100; returns the end, as all here. */
static inline char *put_pair(char *at, uint32_t number)
{
	memcpy(at, digit_pairs + (size_t)2 * number, 2);
	return at + 2;
}

/* Without leading zeros; at most DIGITS_UINT_MAX. */
static inline char *put_uint(char *at, uint64_t number)
{
	char text[DIGITS_UINT_MAX];
	char *first = text + sizeof(text);
	size_t len;

	while (number >= 100) {
		first -= 2;
		(void)put_pair(first, (uint32_t)(number % 100));
		number /= 100;
	}
	if (number >= 10) {
		first -= 2;
		(void)put_pair(first, (uint32_t)number);
	} else {
		*--first = (char)('0' + number);
	}
	len = (size_t)(text + sizeof(text) - first);
	memcpy(at, first, len);
	return at + len;
}

#endif
