#include "figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct figures figures_of(const double *values, unsigned count)
{
	struct figures figures = { .count = 0 };

	for (unsigned i = 0; i < count; i++)
		figures_add(&figures, values[i]);
	return figures;
}

static void close_to(double found, double expected)
{
	assert_true(found > expected - 1e-9 && found < expected + 1e-9);
}

static void median_of_an_odd_count_is_the_middle_one(void **state)
{
	const struct figures figures = figures_of((const double[]){ 9, 1, 5 }, 3);

	(void)state;
	close_to(figures_median(&figures), 5);
}

static void median_of_an_even_count_is_between_the_two_in_the_middle(void **state)
{
	const struct figures figures = figures_of((const double[]){ 8, 1, 2, 4 }, 4);

	(void)state;
	close_to(figures_median(&figures), 3);
}

static void nothing_measured_has_median_and_spread_zero(void **state)
{
	const struct figures figures = { .count = 0 };

	(void)state;
	close_to(figures_median(&figures), 0);
	close_to(figures_spread(&figures), 0);
}

static void spread_is_half_of_the_range_by_the_median(void **state)
{
	const struct figures figures = figures_of((const double[]){ 12, 8, 10 }, 3);

	(void)state;
	close_to(figures_spread(&figures), 0.2);
}

static void ratio_is_the_median_of_the_ratios_of_the_rounds(void **state)
{
	const struct figures base = figures_of((const double[]){ 1, 10, 100 }, 3);
	const struct figures figures = figures_of((const double[]){ 2, 30, 400 }, 3);

	(void)state;
	close_to(figures_ratio(&figures, &base), 3);
}

static void ratio_leaves_out_rounds_without_a_base(void **state)
{
	const struct figures base = figures_of((const double[]){ 2, 0 }, 2);
	const struct figures figures = figures_of((const double[]){ 4, 5, 6 }, 3);

	(void)state;
	close_to(figures_ratio(&figures, &base), 2);
}

static void more_rounds_than_there_is_room_for_are_dropped(void **state)
{
	struct figures figures = { .count = 0 };

	(void)state;
	for (unsigned i = 0; i < ROUNDS_MAX + 3; i++)
		figures_add(&figures, 1);
	assert_int_equal(figures.count, ROUNDS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_of_an_odd_count_is_the_middle_one),
		cmocka_unit_test(median_of_an_even_count_is_between_the_two_in_the_middle),
		cmocka_unit_test(nothing_measured_has_median_and_spread_zero),
		cmocka_unit_test(spread_is_half_of_the_range_by_the_median),
		cmocka_unit_test(ratio_is_the_median_of_the_ratios_of_the_rounds),
		cmocka_unit_test(ratio_leaves_out_rounds_without_a_base),
		cmocka_unit_test(more_rounds_than_there_is_room_for_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
