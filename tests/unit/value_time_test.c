#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "quern/value.h"
#include "random.h"

#define ROUNDS     100000
#define DAY        INT64_C(86400000000)
#define UNIX_EPOCH INT64_C(946684800)

static void date_is(const char *text, int32_t days, const char *formatted)
{
	qn_date value = { 77 };
	char room[QN_TIME_TEXT];

	assert_true(qn_date_parse(text, &value));
	assert_int_equal(value.days, days);
	assert_int_equal(qn_date_format(value, room), strlen(formatted));
	assert_string_equal(room, formatted);
}

static void dates_go_both_ways(void **state)
{
	(void)state;
	date_is("2000-01-01", 0, "2000-01-01");
	date_is("1999-12-31", -1, "1999-12-31");
	date_is("2026-11-22", 9822, "2026-11-22");
	date_is("infinity", INT32_MAX, "infinity");
	date_is("-Infinity", INT32_MIN, "-infinity");
	date_is("4714-11-24 BC", -2451545, "4714-11-24 BC");
	date_is("5874897-12-31", 2145031948, "5874897-12-31");
	date_is("0001-12-31 BC", -730120, "0001-12-31 BC");
	date_is("0001-01-01", -730119, "0001-01-01");
	date_is("10000-01-01", 2921940, "10000-01-01");
}

static void timestamp_is(const char *text, int64_t microseconds, const char *formatted)
{
	qn_timestamp value = { 77 };
	char room[QN_TIME_TEXT];

	assert_true(qn_timestamp_parse(text, &value));
	assert_int_equal(value.microseconds, microseconds);
	assert_int_equal(qn_timestamp_format(value, room), strlen(formatted));
	assert_string_equal(room, formatted);
}

static void timestamps_go_both_ways(void **state)
{
	(void)state;
	timestamp_is("2000-01-01T00:00:00", 0, "2000-01-01T00:00:00");
	timestamp_is("2000-01-01 00:00", 0, "2000-01-01T00:00:00");
	timestamp_is("1999-12-31t23:59:59.999999", -1, "1999-12-31T23:59:59.999999");
	timestamp_is("1999-12-31 23:59:60", 0, "2000-01-01T00:00:00");
	timestamp_is("1999-12-31 24:00:00", 0, "2000-01-01T00:00:00");
	timestamp_is("2000-01-01 00:00:00.250000000", 250000, "2000-01-01T00:00:00.25");
	timestamp_is("4714-11-24T00:00:00 BC", INT64_C(-211813488000000000),
		     "4714-11-24T00:00:00 BC");
	timestamp_is("294276-12-31T23:59:59.999999", INT64_C(9223371331199999999),
		     "294276-12-31T23:59:59.999999");
	timestamp_is("infinity", INT64_MAX, "infinity");
	timestamp_is("-infinity", INT64_MIN, "-infinity");
}

static void timestamptz_is(const char *text, int64_t microseconds, const char *formatted)
{
	qn_timestamptz value = { 77 };
	char room[QN_TIME_TEXT];

	assert_true(qn_timestamptz_parse(text, &value));
	assert_int_equal(value.microseconds, microseconds);
	assert_int_equal(qn_timestamptz_format(value, room), strlen(formatted));
	assert_string_equal(room, formatted);
}

static void timestamps_with_zones_are_kept_in_utc(void **state)
{
	(void)state;
	timestamptz_is("2000-01-01T01:00:00+01:00", 0, "2000-01-01T00:00:00+00:00");
	timestamptz_is("2000-01-01T01:00:00+01", 0, "2000-01-01T00:00:00+00:00");
	timestamptz_is("2000-01-01T01:30:00+0130", 0, "2000-01-01T00:00:00+00:00");
	timestamptz_is("1999-12-31T08:00:01-15:59:59", 0, "2000-01-01T00:00:00+00:00");
	timestamptz_is("2000-01-01T15:59:59+155959", 0, "2000-01-01T00:00:00+00:00");
	timestamptz_is("2000-01-01 00:00Z", 0, "2000-01-01T00:00:00+00:00");
	timestamptz_is("2000-01-01 00:00z", 0, "2000-01-01T00:00:00+00:00");
	timestamptz_is("0044-03-15T12:00:00.5+00:00 BC", INT64_C(-64464465599500000),
		       "0044-03-15T12:00:00.5+00:00 BC");
	timestamptz_is("294277-01-01 00:00:00+01:00", INT64_C(9223371331200000000) - DAY / 24,
		       "294276-12-31T23:00:00+00:00");
	timestamptz_is("infinity", INT64_MAX, "infinity");
}

static void times_go_both_ways(void **state)
{
	static const struct {
		const char *text;
		int64_t microseconds;
		const char *formatted;
	} cases[] = {
		{ "00:00:00", 0, "00:00:00" },
		{ "13:05:00.25", INT64_C(47100250000), "13:05:00.25" },
		{ "13:05", INT64_C(47100000000), "13:05:00" },
		{ "24:00:00", DAY, "24:00:00" },
		{ "23:59:60", DAY, "24:00:00" },
		{ "23:59:59.999999", DAY - 1, "23:59:59.999999" },
		{ "00:00:00.000001", 1, "00:00:00.000001" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char room[QN_TIME_TEXT];
		qn_time value;
		assert_true(qn_time_parse(cases[i].text, &value));
		assert_int_equal(value.microseconds, cases[i].microseconds);
		assert_int_equal(qn_time_format(value, room), strlen(cases[i].formatted));
		assert_string_equal(room, cases[i].formatted);
	}
}

static void what_is_no_date_or_time_leaves_the_value_alone(void **state)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-11",
		"2026-11-22x",
		" 2026-11-22",
		"2026-11-22 ",
		"26-11-22",
		"2026-1-1",
		"0000-01-01",
		"2026-13-01",
		"2026-00-10",
		"2026-02-30",
		"1900-02-29",
		"2026-11-00",
		"99999999-01-01",
		"5874898-01-01",
		"4714-11-23 BC",
		"2026-11-22BC",
		"infinit",
		"infinity ",
		"25:00",
		"12:60",
		"12:00:61",
		"24:00:00.000001",
		"23:59:60.5",
		"1:00",
		"12:00:00.",
		"12:00:00.0000001",
		"12:00:00+01",
		"2026-11-22  12:00",
		"2026-11-22T12",
		"2026-11-22T24:00:01",
		"2026-11-22T12:00:00+16:00",
		"2026-11-22T12:00:00+01:60",
		"2026-11-22T12:00:00+01:00:60",
		"2026-11-22T12:00:00+1",
		"2026-11-22T12:00:00 +01",
		"2026-11-22T12:00:00Zulu",
		"294277-01-01T00:00:00",
		"294276-12-31T23:59:59-01:00",
		"9999999-12-31T23:59:59Z",
		"4714-11-24T00:00:00+00:00:01 BC",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		qn_date date = { 77 };
		qn_time time = { 77 };
		qn_timestamp timestamp = { 77 };
		qn_timestamptz timestamptz = { 77 };
		if (qn_date_parse(bad[i], &date) || qn_time_parse(bad[i], &time) ||
		    qn_timestamp_parse(bad[i], &timestamp) ||
		    qn_timestamptz_parse(bad[i], &timestamptz))
			fail_msg("\"%s\" is read", bad[i]);
		assert_int_equal(date.days, 77);
		assert_int_equal(time.microseconds, 77);
		assert_int_equal(timestamp.microseconds, 77);
		assert_int_equal(timestamptz.microseconds, 77);
	}
}

static void kinds_of_times_are_not_mixed_up(void **state)
{
	qn_date date;
	qn_time time;
	qn_timestamp timestamp;
	qn_timestamptz timestamptz;

	(void)state;
	assert_false(qn_date_parse("2026-11-22T12:00:00", &date));
	assert_false(qn_date_parse("12:00:00", &date));
	assert_false(qn_time_parse("2026-11-22", &time));
	assert_false(qn_time_parse("infinity", &time));
	assert_false(qn_time_parse("2026-11-22T12:00:00", &time));
	assert_false(qn_timestamp_parse("2026-11-22", &timestamp));
	assert_false(qn_timestamp_parse("2026-11-22T12:00:00Z", &timestamp));
	assert_false(qn_timestamptz_parse("2026-11-22T12:00:00", &timestamptz));
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* Counts through the calendar, day by day, from the first day to the year 3000. */
static void every_day_follows_the_one_before(void **state)
{
	int year = -4713;
	int month = 11;
	int day = 24;

	(void)state;
	for (int32_t days = -2451545; year < 3000; days++) {
		char expected[QN_TIME_TEXT + 16];
		char room[QN_TIME_TEXT];
		qn_date back;
		snprintf(expected, sizeof(expected), "%04d-%02d-%02d%s", year > 0 ? year : 1 - year,
			 month, day, year > 0 ? "" : " BC");
		qn_date_format((qn_date){ days }, room);
		assert_string_equal(room, expected);
		assert_true(qn_date_parse(room, &back));
		assert_int_equal(back.days, days);
		if (++day <= days_in_month(year, month))
			continue;
		day = 1;
		month = month % 12 + 1;
		year += month == 1;
	}
}

/* Against the C library's calendar. */
static void random_moments_are_those_of_the_c_library(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		int64_t range = INT64_C(9223371331200) + INT64_C(62135596800);
		int64_t seconds =
			(int64_t)(random_next(&seed) % (uint64_t)range) - INT64_C(62135596800);
		int32_t fraction = (int32_t)(random_next(&seed) % 1000000);
		qn_timestamptz value = qn_timestamptz_from_unix(seconds, fraction);
		qn_timestamptz back;
		char expected[QN_TIME_TEXT + 64];
		char room[QN_TIME_TEXT];
		int32_t fraction_back;
		struct tm tm;
		time_t at = seconds;
		gmtime_r(&at, &tm);
		snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec, fraction);
		assert_true(qn_timestamptz_parse(expected, &back));
		assert_int_equal(back.microseconds, value.microseconds);
		qn_timestamptz_format(value, room);
		assert_true(qn_timestamptz_parse(room, &back));
		assert_int_equal(back.microseconds, value.microseconds);
		assert_int_equal(qn_timestamptz_to_unix(value, &fraction_back), seconds);
		assert_int_equal(fraction_back, fraction);
	}
}

static void unix_times_saturate(void **state)
{
	int32_t microseconds = 77;

	(void)state;
	assert_int_equal(qn_timestamptz_from_unix(0, 0).microseconds, -UNIX_EPOCH * 1000000);
	assert_int_equal(qn_timestamptz_from_unix(UNIX_EPOCH, -1).microseconds, -1);
	assert_int_equal(qn_timestamptz_from_unix(UNIX_EPOCH, 2500000).microseconds, 2500000);
	assert_int_equal(qn_timestamptz_from_unix(INT64_MAX, 0).microseconds, INT64_MAX);
	assert_int_equal(qn_timestamptz_from_unix(INT64_MIN, INT32_MIN).microseconds, INT64_MIN);
	assert_int_equal(qn_timestamptz_from_unix(INT64_C(9224318016000), 0).microseconds,
			 INT64_MAX);
	assert_int_equal(qn_timestamptz_from_unix(INT64_C(9224318015999), 999999).microseconds,
			 INT64_C(9223371331199999999));
	assert_int_equal(qn_timestamptz_from_unix(INT64_C(-210866803200), 0).microseconds,
			 INT64_C(-211813488000000000));
	assert_int_equal(qn_timestamptz_from_unix(INT64_C(-210866803200), -1).microseconds,
			 INT64_MIN);
	assert_int_equal(qn_timestamptz_to_unix(QN_TIMESTAMPTZ_INFINITY, &microseconds), INT64_MAX);
	assert_int_equal(microseconds, 0);
	assert_int_equal(qn_timestamptz_to_unix(QN_TIMESTAMPTZ_MINUS_INFINITY, NULL), INT64_MIN);
	assert_int_equal(qn_timestamptz_to_unix((qn_timestamptz){ -1 }, &microseconds),
			 UNIX_EPOCH - 1);
	assert_int_equal(microseconds, 999999);
}

static void now_is_the_wall_clock(void **state)
{
	time_t before = time(NULL);
	int64_t now = qn_timestamptz_to_unix(qn_now(), NULL);

	(void)state;
	/* time() may read a coarser clock. */
	assert_true(now >= before - 1 && now <= time(NULL) + 1);
}

/* Values that no column can hold still have a text, within the promised room. */
static void any_bits_have_a_text(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t bits = random_next(&seed);
		char room[QN_TIME_TEXT];
		assert_in_range(qn_time_format((qn_time){ (int64_t)bits }, room), 8,
				QN_TIME_TEXT - 1);
		assert_in_range(qn_date_format((qn_date){ (int32_t)bits }, room), 8,
				QN_TIME_TEXT - 1);
		assert_in_range(qn_timestamptz_format((qn_timestamptz){ (int64_t)bits }, room), 8,
				QN_TIME_TEXT - 1);
	}
	for (int64_t edge = 0; edge < 3; edge++) {
		char room[QN_TIME_TEXT];
		qn_time_format((qn_time){ INT64_MIN + edge }, room);
		qn_timestamp_format((qn_timestamp){ INT64_MIN + edge }, room);
		qn_timestamp_format((qn_timestamp){ INT64_MAX - edge }, room);
		qn_date_format((qn_date){ (int32_t)(INT32_MIN + edge) }, room);
		qn_date_format((qn_date){ (int32_t)(INT32_MAX - edge) }, room);
		assert_true(strlen(room) < QN_TIME_TEXT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_go_both_ways),
		cmocka_unit_test(timestamps_go_both_ways),
		cmocka_unit_test(timestamps_with_zones_are_kept_in_utc),
		cmocka_unit_test(times_go_both_ways),
		cmocka_unit_test(what_is_no_date_or_time_leaves_the_value_alone),
		cmocka_unit_test(kinds_of_times_are_not_mixed_up),
		cmocka_unit_test(every_day_follows_the_one_before),
		cmocka_unit_test(random_moments_are_those_of_the_c_library),
		cmocka_unit_test(unix_times_saturate),
		cmocka_unit_test(now_is_the_wall_clock),
		cmocka_unit_test(any_bits_have_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
