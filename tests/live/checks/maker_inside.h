/*
 * What the makers of values and of conditions share.
 */
#ifndef QUERN_TEST_MAKER_INSIDE_H
#define QUERN_TEST_MAKER_INSIDE_H

#include "maker.h"
#include "random.h"

/*
 * What stands for a value in tables, and in conditions as a literal; ended by NULL. NULL: a type
 * that has none.
 */
const char *const *values_of(uint8_t type);
/* NaN and the infinities, and the types that have them. */
extern const char *const special_values[];
bool has_specials(uint8_t type);

static inline size_t pick(struct maker *maker, size_t count)
{
	return (size_t)(random_next(&maker->seed) >> 11) % count;
}

static inline bool one_in(struct maker *maker, size_t count)
{
	return pick(maker, count) == 0;
}

static inline const char *one_of(struct maker *maker, const char *const *list)
{
	size_t count = 0;

	while (list[count])
		count++;
	return list[pick(maker, count)];
}

#endif
