/*
 * Numbers that look random and are the same in every run: each contender gets the same work.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stdint.h>

struct stream {
	uint64_t state;
};

/* A number from 1 to `bound`. A linear congruential generator is random enough to defeat caches,
 * and costs three instructions. */
static inline uint32_t stream_next(struct stream *stream, uint32_t bound)
{
	stream->state = stream->state * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)((stream->state >> 32) * bound >> 32) + 1;
}

#endif
