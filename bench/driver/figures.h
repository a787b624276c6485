/*
 * Several measurements of the same thing, and what is said of them: the median, and how far they
 * lie apart.
 */
#ifndef BENCH_DRIVER_FIGURES_H
#define BENCH_DRIVER_FIGURES_H

#include <stdbool.h>

enum { ROUNDS_MAX = 9 };

struct figures {
	double values[ROUNDS_MAX];
	unsigned count;
};

/* More than ROUNDS_MAX are dropped. */
void figures_add(struct figures *figures, double value);

/* 0 without a value. */
double figures_median(const struct figures *figures);

/* Half the distance from the least to the greatest, as a part of the median. */
double figures_spread(const struct figures *figures);

/* The median of the ratios of each round: steadier than the ratio of the medians, because what
 * disturbs a round disturbs both. 0 without a round that has both. */
double figures_ratio(const struct figures *figures, const struct figures *base);

#endif
