#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codec_subject.h"
#include "random.h"
#include "validate/like.h"
#include "validate/scalar.h"

static const char *const labels[] = { "draft", "live", "retired" };
static const qn_enum status = { "shop.Status", "\"shop_status\"", labels, 3 };

static qn_field field_of(uint8_t type)
{
	return (qn_field){ .name = "f", .type = type, .enumeration = &status };
}

static struct scalar literal(uint8_t type, const char *text)
{
	const qn_field field = field_of(type);
	struct scalar scalar;

	if (!scalar_of_literal(&scalar, &field, text))
		fail_msg("\"%s\" is no %s", text, type_info_of(type)->enumerator);
	return scalar;
}

static struct scalar value(uint8_t type, const char *text)
{
	const qn_field field = field_of(type);
	/* A numeric and a text are views of the text. */
	union codec_any any;
	struct scalar scalar;

	assert_true(codec_subject_parse(type, text, &any));
	assert_true(scalar_of_value(&scalar, &field, &any));
	return scalar;
}

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

static void in_order(const struct scalar *a, const struct scalar *b, int expected)
{
	assert_int_equal(sign(scalar_compare(a, b)), expected);
	assert_int_equal(sign(scalar_compare(b, a)), -expected);
}

/* The texts ascend; each as a value and as a literal. */
static void texts_ascend(uint8_t type, const char *const *texts)
{
	for (size_t i = 0; texts[i]; i++) {
		for (size_t k = 0; texts[k]; k++) {
			struct scalar a = value(type, texts[i]);
			struct scalar b = literal(type, texts[k]);

			in_order(&a, &b, (i > k) - (i < k));
		}
	}
}

#define ASCEND(type, ...) texts_ascend(QN_TYPE_##type, (const char *const[]){ __VA_ARGS__, NULL })

static void values_are_in_the_servers_order(void **state)
{
	(void)state;
	ASCEND(BOOL, "false", "true");
	ASCEND(INT16, "-32768", "-1", "0", "32767");
	ASCEND(INT32, "-2147483648", "0", "5", "2147483647");
	ASCEND(INT64, "-9223372036854775808", "-1", "9223372036854775806", "9223372036854775807");
	ASCEND(OID, "0", "2147483648", "4294967295");
	ASCEND(FLOAT, "-inf", "-3.4028234e38", "0", "0.1", "0.5", "3.4028234e38", "inf", "nan");
	ASCEND(DOUBLE, "-inf", "-1e300", "5e-324", "0.1", "0.5", "1.7976931348623157e308", "inf",
	       "nan");
	ASCEND(DECIMAL, "-999999999999999999", "-0.5", "0", "0.49", "0.5", "12.50", "NaN");
	ASCEND(NUMERIC, "-Infinity", "-1e30", "-123456789012345678901234567890.5", "-1", "-1e-30",
	       "0", "1e-16383", "0.5", "9223372036854775807", "9223372036854775808",
	       "123456789012345678901234567890.4999", "123456789012345678901234567890.5",
	       "1e131071", "Infinity", "NaN");
	ASCEND(DATE, "-infinity", "0044-03-15 BC", "0001-01-01", "2026-11-22", "infinity");
	ASCEND(TIME, "00:00", "12:00:00.5", "24:00:00");
	ASCEND(TIMESTAMP, "-infinity", "1999-12-31 23:59:59.999999", "2000-01-01T00:00:00",
	       "infinity");
	ASCEND(TIMESTAMPTZ, "-infinity", "2000-01-01T00:00:00+01:00", "2000-01-01 00:00:00Z",
	       "infinity");
	ASCEND(UUID, "00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	       "ffffffff-ffff-ffff-ffff-ffffffffffff");
	ASCEND(TEXT, "", "a", "ab", "b");
}

static void labels_are_in_their_order_in_the_schema(void **state)
{
	const qn_field field = field_of(QN_TYPE_ENUM);
	struct scalar live = literal(QN_TYPE_ENUM, "live");
	struct scalar scalar;

	(void)state;
	assert_true(scalar_of_value(&scalar, &field, &(int){ 3 }));
	in_order(&live, &scalar, -1);
	assert_false(scalar_of_value(&scalar, &field, &(int){ 0 }));
	assert_false(scalar_of_value(&scalar, &field, &(int){ 4 }));
	assert_false(scalar_of_literal(&scalar, &field, "Live"));
}

/* Equal by value, whatever their digits and C types. */
static void exact_numbers_are_equal_by_value(void **state)
{
	static const struct {
		uint8_t type;
		const char *text;
	} fives[] = {
		{ QN_TYPE_INT16, "5" },
		{ QN_TYPE_INT64, "5" },
		{ QN_TYPE_DECIMAL, "5.00" },
		{ QN_TYPE_NUMERIC, "5.000000000000000000000000" },
		{ QN_TYPE_NUMERIC, "0.05e2" },
		{ QN_TYPE_NUMERIC, "+00000000000000000000005." },
		{ QN_TYPE_NUMERIC, "500000000000000000000e-20" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fives) / sizeof(fives[0]); i++) {
		for (size_t k = 0; k < sizeof(fives) / sizeof(fives[0]); k++) {
			struct scalar a = value(fives[i].type, fives[i].text);
			struct scalar b = value(fives[k].type, fives[k].text);

			in_order(&a, &b, 0);
		}
	}
}

static void zeros_are_equal_whatever_their_sign(void **state)
{
	struct scalar zero = value(QN_TYPE_NUMERIC, "-0.000000000000000000000");
	struct scalar other = literal(QN_TYPE_INT32, "0");
	struct scalar minus = value(QN_TYPE_DOUBLE, "-0");
	struct scalar plus = literal(QN_TYPE_DOUBLE, "0");

	(void)state;
	in_order(&zero, &other, 0);
	in_order(&minus, &plus, 0);
}

static void a_real_is_not_the_double_of_the_same_digits(void **state)
{
	struct scalar real = value(QN_TYPE_FLOAT, "0.1");
	struct scalar as_real = literal(QN_TYPE_FLOAT, "0.1");
	struct scalar as_double = literal(QN_TYPE_DOUBLE, "0.1");

	(void)state;
	in_order(&real, &as_real, 0);
	in_order(&real, &as_double, 1);
}

/* Random decimals as texts and as numbers are in one order. */
static void numerics_are_in_the_order_of_decimals(void **state)
{
	uint64_t seed = 88;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		qn_decimal numbers[2];
		struct scalar scalars[2];
		char texts[2][QN_DECIMAL_TEXT];
		char longer[2][128];

		for (int k = 0; k < 2; k++) {
			int64_t unscaled = (int64_t)(random_next(&seed) % 2000) - 1000;

			numbers[k] = (qn_decimal){ unscaled, (int32_t)(random_next(&seed) % 5) };
			qn_decimal_format(numbers[k], texts[k]);
			snprintf(longer[k], sizeof(longer[k]), "%s%s%s", texts[k],
				 strchr(texts[k], '.') ? "" : ".", "00000000000000000000");
			scalars[k] = value(QN_TYPE_NUMERIC, longer[k]);
			assert_int_equal(scalars[k].kind, SCALAR_NUMERIC);
		}
		in_order(&scalars[0], &scalars[1],
			 sign(qn_decimal_compare(numbers[0], numbers[1])));
	}
}

static void what_is_no_value_is_refused(void **state)
{
	static const struct {
		uint8_t type;
		const char *text;
	} cases[] = {
		{ QN_TYPE_BOOL, "t" },
		{ QN_TYPE_INT32, "five" },
		{ QN_TYPE_NUMERIC, "" },
		{ QN_TYPE_NUMERIC, "1e" },
		{ QN_TYPE_NUMERIC, "1e9999999" },
		{ QN_TYPE_DOUBLE, "1e400" },
		{ QN_TYPE_FLOAT, "1e39" },
		{ QN_TYPE_DOUBLE, "0x10" },
		{ QN_TYPE_DATE, "2026-02-30" },
		{ QN_TYPE_TIMESTAMPTZ, "2026-11-22T00:00:00" },
		{ QN_TYPE_UUID, "x" },
		{ QN_TYPE_INTERVAL, "P1D" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const qn_field field = field_of(cases[i].type);
		struct scalar scalar;

		if (scalar_of_literal(&scalar, &field, cases[i].text))
			fail_msg("\"%s\" is read", cases[i].text);
	}
}

static void null_is_null_by_address_and_by_pointer(void **state)
{
	const qn_field text = field_of(QN_TYPE_TEXT);
	const qn_field numeric = field_of(QN_TYPE_NUMERIC);
	const qn_field number = field_of(QN_TYPE_INT32);
	const char *nothing = NULL;
	const char *word = "word";
	struct scalar scalar;

	(void)state;
	assert_true(scalar_of_value(&scalar, &number, NULL));
	assert_int_equal(scalar.kind, SCALAR_NULL);
	assert_true(scalar_of_value(&scalar, &text, &nothing));
	assert_int_equal(scalar.kind, SCALAR_NULL);
	assert_true(scalar_of_value(&scalar, &numeric, &nothing));
	assert_int_equal(scalar.kind, SCALAR_NULL);
	assert_false(scalar_of_value(&scalar, &numeric, &word));
}

static void values_that_are_not_compared_are_there(void **state)
{
	const qn_field field = field_of(QN_TYPE_JSONB);
	const char *json = "{}";
	struct scalar scalar;

	(void)state;
	assert_true(scalar_of_value(&scalar, &field, &json));
	assert_int_equal(scalar.kind, SCALAR_OTHER);
}

static bool like(const char *text, const char *pattern)
{
	return like_matches(str_from_cstring(text), str_from_cstring(pattern));
}

static void like_matches_whole_texts_by_characters(void **state)
{
	(void)state;
	assert_true(like("", ""));
	assert_true(like("", "%"));
	assert_false(like("", "_"));
	assert_true(like("abc", "abc"));
	assert_false(like("abc", "ab"));
	assert_false(like("abc", "abcd"));
	assert_true(like("abc", "a%"));
	assert_true(like("abc", "%c"));
	assert_true(like("aabab", "%ab"));
	assert_true(like("abcabd", "%ab_"));
	assert_false(like("abc", "%b"));
	assert_true(like("\xc3\xa9", "_"));
	assert_false(like("\xc3\xa9", "__"));
	assert_true(like("\xf0\x9f\x92\xa1x", "%_x"));
	assert_true(like("a%", "a\\%"));
	assert_false(like("ab", "a\\%"));
	assert_true(like("a\\", "a\\\\"));
	assert_true(like("ab", "a\\b"));
}

static void like_takes_no_longer_than_the_product_of_the_lengths(void **state)
{
	static char text[50001];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_false(like(text, "%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_in_the_servers_order),
		cmocka_unit_test(labels_are_in_their_order_in_the_schema),
		cmocka_unit_test(exact_numbers_are_equal_by_value),
		cmocka_unit_test(zeros_are_equal_whatever_their_sign),
		cmocka_unit_test(a_real_is_not_the_double_of_the_same_digits),
		cmocka_unit_test(numerics_are_in_the_order_of_decimals),
		cmocka_unit_test(what_is_no_value_is_refused),
		cmocka_unit_test(null_is_null_by_address_and_by_pointer),
		cmocka_unit_test(values_that_are_not_compared_are_there),
		cmocka_unit_test(like_matches_whole_texts_by_characters),
		cmocka_unit_test(like_takes_no_longer_than_the_product_of_the_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
