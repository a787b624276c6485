#include "figures.h"

#include <stdlib.h>

void figures_add(struct figures *figures, double value)
{
	if (figures->count < ROUNDS_MAX)
		figures->values[figures->count++] = value;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

static struct figures sorted(const struct figures *figures)
{
	struct figures copy = *figures;

	qsort(copy.values, copy.count, sizeof(*copy.values), compare);
	return copy;
}

double figures_median(const struct figures *figures)
{
	struct figures order = sorted(figures);
	unsigned middle = order.count / 2;

	if (order.count == 0)
		return 0;
	if (order.count % 2 == 1)
		return order.values[middle];
	return (order.values[middle - 1] + order.values[middle]) / 2;
}

double figures_spread(const struct figures *figures)
{
	struct figures order = sorted(figures);
	double median = figures_median(figures);

	if (order.count == 0 || median <= 0)
		return 0;
	return (order.values[order.count - 1] - order.values[0]) / 2 / median;
}

double figures_ratio(const struct figures *figures, const struct figures *base)
{
	struct figures ratios = { .count = 0 };

	for (unsigned i = 0; i < figures->count && i < base->count; i++)
		if (base->values[i] > 0)
			figures_add(&ratios, figures->values[i] / base->values[i]);
	return figures_median(&ratios);
}
