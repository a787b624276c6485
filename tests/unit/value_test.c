#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quern/value.h"
#include "random.h"

#define ROUNDS 100000

static void decimal_is(const char *text, int64_t unscaled, int32_t scale, const char *formatted)
{
	qn_decimal value = { 77, 7 };
	char room[QN_DECIMAL_TEXT];

	assert_true(qn_decimal_parse(text, &value));
	assert_int_equal(value.unscaled, unscaled);
	assert_int_equal(value.scale, scale);
	assert_int_equal(qn_decimal_format(value, room), strlen(formatted));
	assert_string_equal(room, formatted);
}

static void decimals_are_exact(void **state)
{
	(void)state;
	decimal_is("12.50", 1250, 2, "12.50");
	decimal_is("-0.05", -5, 2, "-0.05");
	decimal_is("0", 0, 0, "0");
	decimal_is("-0", 0, 0, "0");
	decimal_is("0.000", 0, 3, "0.000");
	decimal_is("+7", 7, 0, "7");
	decimal_is(".5", 5, 1, "0.5");
	decimal_is("5.", 5, 0, "5");
	decimal_is("000000000000000000000012.3", 123, 1, "12.3");
	decimal_is("999999999999999999", INT64_C(999999999999999999), 0, "999999999999999999");
	decimal_is("-.999999999999999999", -INT64_C(999999999999999999), 18,
		   "-0.999999999999999999");
	decimal_is("NaN", 0, QN_DECIMAL_NAN, "NaN");
	assert_int_equal(qn_dec("12.50").unscaled, 1250);
	assert_true(qn_decimal_is_nan(qn_dec("twelve")));
	assert_false(qn_decimal_is_nan(qn_dec("12")));
}

static void what_is_no_decimal_leaves_the_value_alone(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		"+",
		".",
		"1e5",
		" 1",
		"1 ",
		"1,5",
		"1..5",
		"--1",
		"0x1",
		"1000000000000000000",
		"inf",
		"1.5f",
		"1.2345678901234567890",
		"0.0000000000000000000",
		"\xd9\xa1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		qn_decimal value = { 77, 7 };
		assert_false(qn_decimal_parse(bad[i], &value));
		assert_int_equal(value.unscaled, 77);
		assert_int_equal(value.scale, 7);
	}
}

static void every_decimal_that_can_be_made_has_a_text(void **state)
{
	char room[QN_DECIMAL_TEXT];

	(void)state;
	qn_decimal_format((qn_decimal){ INT64_MIN, 0 }, room);
	assert_string_equal(room, "-9223372036854775808");
	qn_decimal_format((qn_decimal){ INT64_MIN, 18 }, room);
	assert_string_equal(room, "-9.223372036854775808");
	qn_decimal_format((qn_decimal){ -1, 18 }, room);
	assert_string_equal(room, "-0.000000000000000001");
	qn_decimal_format((qn_decimal){ 1, 19 }, room);
	assert_string_equal(room, "NaN");
	qn_decimal_format((qn_decimal){ 1, -1 }, room);
	assert_string_equal(room, "NaN");
}

static void decimals_compare_by_value(void **state)
{
	(void)state;
	assert_int_equal(qn_decimal_compare(qn_dec("1.5"), qn_dec("1.50")), 0);
	assert_true(qn_decimal_compare(qn_dec("1.5"), qn_dec("1.51")) < 0);
	assert_true(qn_decimal_compare(qn_dec("-1.5"), qn_dec("-1.51")) > 0);
	assert_true(qn_decimal_compare(qn_dec("-1"), qn_dec("0.000000000000000001")) < 0);
	assert_int_equal(qn_decimal_compare(qn_dec("0"), qn_dec("0.00")), 0);
	assert_int_equal(qn_decimal_compare(qn_dec("NaN"), qn_dec("NaN")), 0);
	assert_true(qn_decimal_compare(qn_dec("NaN"), qn_dec("999999999999999999")) > 0);
	assert_true(qn_decimal_compare(qn_dec("-1"), qn_dec("NaN")) < 0);
	assert_true(qn_decimal_compare((qn_decimal){ INT64_MIN, 0 }, (qn_decimal){ INT64_MAX, 0 }) <
		    0);
	assert_true(qn_decimal_compare((qn_decimal){ INT64_MIN, 0 },
				       (qn_decimal){ INT64_MIN, 18 }) < 0);
}

/* Against integers of one common scale. */
static void random_decimals_compare_and_survive_their_text(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		qn_decimal value[2];
		int64_t common[2];
		int expected;
		for (int n = 0; n < 2; n++) {
			char room[QN_DECIMAL_TEXT];
			qn_decimal again;
			value[n].unscaled = (int64_t)(random_next(&seed) % 2000001) - 1000000;
			value[n].scale = (int32_t)(random_next(&seed) % 10);
			common[n] = value[n].unscaled;
			for (int32_t scale = value[n].scale; scale < 10; scale++)
				common[n] *= 10;
			qn_decimal_format(value[n], room);
			assert_true(qn_decimal_parse(room, &again));
			assert_int_equal(again.unscaled, value[n].unscaled);
			assert_int_equal(again.scale, value[n].scale);
		}
		expected = (common[0] > common[1]) - (common[0] < common[1]);
		assert_int_equal(qn_decimal_compare(value[0], value[1]), expected);
	}
}

static void uuids_are_read_as_the_server_reads_them(void **state)
{
	static const char *const good[] = {
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",    "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
		"a0eebc999c0b4ef8bb6d6bb9bd380a11",        "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
		"a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
	};
	static const char *const bad[] = {
		"",
		"{}",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-",
		"-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		"a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
		"a0-eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
		"g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	};
	char room[QN_UUID_TEXT];
	qn_uuid first;

	(void)state;
	assert_true(qn_uuid_parse(good[0], &first));
	assert_int_equal(qn_uuid_format(first, room), 36);
	assert_string_equal(room, good[0]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		qn_uuid uuid = { { 0 } };
		assert_true(qn_uuid_parse(good[i], &uuid));
		assert_true(qn_uuid_equal(uuid, first));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		qn_uuid uuid = first;
		assert_false(qn_uuid_parse(bad[i], &uuid));
		assert_true(qn_uuid_equal(uuid, first));
	}
}

static void random_uuids_are_version_4_and_differ(void **state)
{
	qn_uuid last = { { 0 } };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		qn_uuid uuid;
		assert_true(qn_uuid_v4(&uuid));
		assert_int_equal(uuid.at[6] >> 4, 4);
		assert_int_equal(uuid.at[8] >> 6, 2);
		assert_false(qn_uuid_equal(uuid, last));
		last = uuid;
	}
}

static void version_7_uuids_tell_the_time_in_order(void **state)
{
	int64_t before = qn_timestamptz_to_unix(qn_now(), NULL);
	char last[QN_UUID_TEXT] = "";
	int64_t milliseconds = 0;
	qn_uuid uuid;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char text[QN_UUID_TEXT];
		assert_true(qn_uuid_v7(&uuid));
		assert_int_equal(uuid.at[6] >> 4, 7);
		assert_int_equal(uuid.at[8] >> 6, 2);
		qn_uuid_format(uuid, text);
		/* Up to the random bits. */
		assert_true(strncmp(last, text, strlen("01234567-0123-7")) <= 0);
		memcpy(last, text, sizeof(last));
	}
	for (int i = 0; i < 6; i++)
		milliseconds = milliseconds << 8 | uuid.at[i];
	assert_true(milliseconds / 1000 >= before);
	assert_true(milliseconds / 1000 <= qn_timestamptz_to_unix(qn_now(), NULL));
}

static void inet_is(const char *text, bool is_ipv6, uint8_t prefix, const char *formatted)
{
	char room[QN_INET_TEXT];
	qn_inet value;

	assert_true(qn_inet_parse(text, &value));
	assert_int_equal(value.is_ipv6, is_ipv6);
	assert_int_equal(value.prefix_length, prefix);
	assert_int_equal(qn_inet_format(value, room), strlen(formatted));
	assert_string_equal(room, formatted);
}

static void addresses_go_both_ways(void **state)
{
	static const char *const bad[] = {
		"",
		"1.2.3",
		"1.2.3.4.5",
		"256.1.1.1",
		"1.2.3.4/33",
		"1.2.3.4/",
		"::1/129",
		"::1/-1",
		"::1/1 ",
		":::",
		"fe80::1%lo",
		"1.2.3.4/0024",
		" 1.2.3.4",
		"12345::",
		"/24",
		"localhost",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
	};

	(void)state;
	inet_is("192.0.2.1", false, 32, "192.0.2.1");
	inet_is("192.0.2.1/24", false, 24, "192.0.2.1/24");
	inet_is("0.0.0.0/0", false, 0, "0.0.0.0/0");
	inet_is("2001:DB8::1", true, 128, "2001:db8::1");
	inet_is("2001:db8::/100", true, 100, "2001:db8::/100");
	inet_is("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/127", true, 127,
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		qn_inet value = { .prefix_length = 9 };
		assert_false(qn_inet_parse(bad[i], &value));
		assert_int_equal(value.prefix_length, 9);
	}
}

static void hardware_addresses_go_both_ways(void **state)
{
	static const char *const good[] = { "08:00:2b:01:02:03", "08-00-2B-01-02-03",
					    "08002b:010203",     "08002B-010203",
					    "0800.2b01.0203",    "0800-2b01-0203",
					    "08002b010203" };
	static const char *const bad[] = { "",
					   "08:00:2b:01:02",
					   "08:00:2b:01:02:03:",
					   "08:00-2b:01:02:03",
					   "08.00.2b.01.02.03",
					   "0800:2b01:0203",
					   "08002b0102030",
					   "8:0:2b:1:2:3",
					   "08:00:2b:01:02:0g",
					   " 08:00:2b:01:02:03" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char room[QN_MACADDR_TEXT];
		qn_macaddr value;
		assert_true(qn_macaddr_parse(good[i], &value));
		assert_int_equal(qn_macaddr_format(value, room), 17);
		assert_string_equal(room, good[0]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		qn_macaddr value = { { 9 } };
		assert_false(qn_macaddr_parse(bad[i], &value));
		assert_int_equal(value.at[0], 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimals_are_exact),
		cmocka_unit_test(what_is_no_decimal_leaves_the_value_alone),
		cmocka_unit_test(every_decimal_that_can_be_made_has_a_text),
		cmocka_unit_test(decimals_compare_by_value),
		cmocka_unit_test(random_decimals_compare_and_survive_their_text),
		cmocka_unit_test(uuids_are_read_as_the_server_reads_them),
		cmocka_unit_test(random_uuids_are_version_4_and_differ),
		cmocka_unit_test(version_7_uuids_tell_the_time_in_order),
		cmocka_unit_test(addresses_go_both_ways),
		cmocka_unit_test(hardware_addresses_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
