#include "peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void reads_times_and_a_sum_of_64_bits(void **state)
{
	struct peer_line line;

	(void)state;
	assert_true(peer_line_read("{\"wall_ns\": 12, \"cpu_ns\": 3.0, "
				   "\"warmed\": \"18446744073709551615\"}\n",
				   &line));
	assert_true(line.wall > 11.9 && line.wall < 12.1);
	assert_true(line.cpu > 2.9 && line.cpu < 3.1);
	assert_true(line.has_warmed);
	assert_true(line.warmed == UINT64_MAX);
}

static void a_line_without_a_sum_has_none(void **state)
{
	struct peer_line line;

	(void)state;
	assert_true(peer_line_read("{\"wall_ns\": 12, \"cpu_ns\": 3}", &line));
	assert_false(line.has_warmed);
}

static void a_sum_that_is_a_number_is_none_because_it_was_rounded(void **state)
{
	struct peer_line line;

	(void)state;
	assert_true(peer_line_read("{\"wall_ns\": 1, \"cpu_ns\": 1, \"warmed\": 7}", &line));
	assert_false(line.has_warmed);
}

static void refuses_what_has_not_both_times(void **state)
{
	static const char *const texts[] = {
		"",
		"Traceback (most recent call last):",
		"[12, 3]",
		"{\"wall_ns\": 12}",
		"{\"cpu_ns\": 3, \"wall_ns\": \"12\"}",
		"{\"cpu_ns\": -3, \"wall_ns\": 12}",
		"{\"cpu_ns\": 3, \"wall_ns\": 12",
	};
	struct peer_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_false(peer_line_read(texts[i], &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_times_and_a_sum_of_64_bits),
		cmocka_unit_test(a_line_without_a_sum_has_none),
		cmocka_unit_test(a_sum_that_is_a_number_is_none_because_it_was_rounded),
		cmocka_unit_test(refuses_what_has_not_both_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
