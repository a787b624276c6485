/*
 * A seeded generator: the same seed gives the same shop on every machine.
 */
#ifndef SHOP_RANDOM_H
#define SHOP_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

/* The next number of the splitmix64 sequence. */
static inline uint64_t random_next(struct random *random)
{
	uint64_t mixed = random->state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ (mixed >> 31);
}

/* A number from 0 to bound - 1. The bias is below one in 2^32 for the small bounds of the demo. */
static inline uint32_t random_below(struct random *random, uint32_t bound)
{
	return (uint32_t)((random_next(random) >> 32) * bound >> 32);
}

#endif
