/* Random numbers for property tests: the same in every run. */
#ifndef QUERN_TEST_RANDOM_H
#define QUERN_TEST_RANDOM_H

#include <stdint.h>

/* xorshift64. The seed is not 0. */
static inline uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#endif
