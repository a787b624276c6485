#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "quern/value.h"
#include "random.h"

#define ROUNDS 100000
#define HOUR   INT64_C(3600000000)

static void interval_is(const char *text, qn_interval expected, const char *formatted)
{
	qn_interval value;
	char room[QN_INTERVAL_TEXT];

	assert_true(qn_interval_parse(text, &value));
	assert_int_equal(value.months, expected.months);
	assert_int_equal(value.days, expected.days);
	assert_int_equal(value.microseconds, expected.microseconds);
	assert_int_equal(qn_interval_format(value, room), strlen(formatted));
	assert_string_equal(room, formatted);
}

static void intervals_go_both_ways(void **state)
{
	(void)state;
	interval_is("PT0S", (qn_interval){ 0, 0, 0 }, "PT0S");
	interval_is("P1Y2M3DT4H5M6.5S", (qn_interval){ 4 * HOUR + 5 * HOUR / 60 + 6500000, 3, 14 },
		    "P1Y2M3DT4H5M6.5S");
	interval_is("P-1Y2M-3DT4H-5M", (qn_interval){ 4 * HOUR - 5 * HOUR / 60, -3, -10 },
		    "P-10M-3DT3H55M");
	interval_is("P2W", (qn_interval){ 0, 14, 0 }, "P14D");
	interval_is("P1W1D", (qn_interval){ 0, 8, 0 }, "P8D");
	interval_is("PT-0.000001S", (qn_interval){ -1, 0, 0 }, "PT-0.000001S");
	interval_is("PT90M", (qn_interval){ HOUR + HOUR / 2, 0, 0 }, "PT1H30M");
	interval_is("P+1D", (qn_interval){ 0, 1, 0 }, "P1D");
	interval_is("P178956970Y7M2147483647DT2562047788H54.775807S",
		    (qn_interval){ INT64_MAX, INT32_MAX, INT32_MAX },
		    "P178956970Y7M2147483647DT2562047788H54.775807S");
	interval_is("P-178956970Y-8M-2147483648DT-2562047788H-54.775808S",
		    (qn_interval){ INT64_MIN, INT32_MIN, INT32_MIN },
		    "P-178956970Y-8M-2147483648DT-2562047788H-54.775808S");
}

static void what_is_no_duration_leaves_the_value_alone(void **state)
{
	static const char *const bad[] = {
		"",
		"P",
		"PT",
		"P1",
		"1Y",
		"P1DT",
		"P1H",
		"PT1D",
		"P1D1Y",
		"P1Y1Y",
		"PT1S1M",
		"P1.5Y",
		"PT1.5H",
		"PT1.S",
		"PT.5S",
		"P1Y ",
		" P1Y",
		"P--1Y",
		"p1y",
		"P1YT1HT1M",
		"PT1.0000001S",
		"P1y",
		"PT1S2",
		"P1Y-",
		"P178956971Y",
		"P2147483648D",
		"P400000000W",
		"PT9223372036855S",
		"PT18446744073709551616S",
		"PT99999999999999999999H",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		qn_interval value = { 7, 7, 7 };
		if (qn_interval_parse(bad[i], &value))
			fail_msg("\"%s\" is read", bad[i]);
		assert_int_equal(value.microseconds, 7);
		assert_int_equal(value.days, 7);
		assert_int_equal(value.months, 7);
	}
}

static int random_part(uint64_t *seed)
{
	return (int)(random_next(seed) % 20001) - 10000;
}

/* Parts written by printf, summed up by hand. */
static void random_parts_add_up(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		int part[6];
		char text[QN_INTERVAL_TEXT];
		qn_interval value;
		for (int n = 0; n < 6; n++)
			part[n] = random_part(&seed);
		snprintf(text, sizeof(text), "P%dY%dM%dDT%dH%dM%dS", part[0], part[1], part[2],
			 part[3], part[4], part[5]);
		assert_true(qn_interval_parse(text, &value));
		assert_int_equal(value.months, part[0] * 12 + part[1]);
		assert_int_equal(value.days, part[2]);
		assert_int_equal(value.microseconds,
				 part[3] * HOUR + part[4] * (HOUR / 60) + part[5] * (HOUR / 3600));
	}
}

static void random_intervals_survive_their_text(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		qn_interval value = { (int64_t)random_next(&seed), (int32_t)random_next(&seed),
				      (int32_t)random_next(&seed) };
		char text[QN_INTERVAL_TEXT];
		qn_interval back;
		if (i % 4 == 0)
			value.microseconds %= 1000000000;
		assert_true(qn_interval_format(value, text) < sizeof(text));
		assert_true(qn_interval_parse(text, &back));
		assert_int_equal(back.months, value.months);
		assert_int_equal(back.days, value.days);
		assert_int_equal(back.microseconds, value.microseconds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_go_both_ways),
		cmocka_unit_test(what_is_no_duration_leaves_the_value_alone),
		cmocka_unit_test(random_parts_add_up),
		cmocka_unit_test(random_intervals_survive_their_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
