/*
 * JSON into values: every type, exact numbers, arrays, and back.
 */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_reading.h"

static void every_type_is_read(void **state)
{
	test_thing_changes to;

	assert_taken(*state,
		     " {\"name\" : \"Lamp\", \"title\":\"t\",\"flag\":true,\"maybe\":false,"
		     "\"small\":-32768,\"count\":2147483647,\"big\":-9223372036854775808,"
		     "\"real_\":0.1,\"ratio\":1.25,\"price\":12.50,\"wide\":1e400,"
		     "\"data\":\"AAEC/w==\",\"born\":\"2000-01-03\",\"clock\":\"00:00:01\","
		     "\"seen\":\"2000-01-01T00:00:02\",\"changed\":\"2000-01-01T01:00:00+01:00\","
		     "\"span\":\"P1DT2S\",\"uid\":\"00112233-4455-6677-8899-aabbccddeeff\","
		     "\"addr\":\"192.0.2.1/24\",\"kind\":\"live\",\"place\":\"(1,2)\","
		     "\"code\":\"abc\",\"letter\":\"x\"}\r\n\t ",
		     &to);
	assert_int_equal(to.name.op, QN_SET_TO_VALUE);
	assert_string_equal(to.name.as.value, "Lamp");
	assert_string_equal(to.title.as.value, "t");
	assert_true(to.flag.as.value);
	assert_int_equal(to.maybe.op, QN_SET_TO_VALUE);
	assert_false(to.maybe.as.value);
	assert_int_equal(to.small.as.value, INT16_MIN);
	assert_int_equal(to.count.as.value, INT32_MAX);
	assert_true(to.big.as.value == INT64_MIN);
	assert_true(to.real_.as.value == 0.1F);
	assert_true(to.ratio.as.value == 1.25);
	assert_int_equal(to.price.as.value.unscaled, 1250);
	assert_int_equal(to.price.as.value.scale, 2);
	assert_string_equal(to.wide.as.value, "1e400");
	assert_int_equal(to.data.as.value.len, 4);
	assert_memory_equal(to.data.as.value.at, "\x00\x01\x02\xff", 4);
	assert_int_equal(to.born.as.value.days, 2);
	assert_int_equal(to.clock.as.value.microseconds, 1000000);
	assert_int_equal(to.seen.as.value.microseconds, 2000000);
	assert_int_equal(to.changed.as.value.microseconds, 0);
	assert_int_equal(to.span.as.value.days, 1);
	assert_int_equal(to.uid.as.value.at[15], 0xff);
	assert_int_equal(to.addr.as.value.prefix_length, 24);
	assert_int_equal(to.kind.as.value, TEST_KIND_LIVE);
	assert_string_equal(to.place.as.value, "(1,2)");
	assert_string_equal(to.code.as.value, "abc");
	assert_int_equal(to.letter.as.value, 'x');
	assert_int_equal(to.other.op, QN_SET_NOTHING);
}

static void absent_null_and_value_are_told_apart(void **state)
{
	test_thing_changes to;

	memset(&to, 0x55, sizeof(to));
	assert_taken(*state, "{\"title\":null,\"doc\":null,\"numbers\":null,\"maybe\":true}", &to);
	assert_int_equal(to.title.op, QN_SET_TO_NULL);
	assert_int_equal(to.doc.op, QN_SET_TO_NULL);
	assert_int_equal(to.numbers.op, QN_SET_TO_NULL);
	assert_int_equal(to.maybe.op, QN_SET_TO_VALUE);
	assert_int_equal(to.name.op, QN_SET_NOTHING);
	assert_int_equal(to.kinds.op, QN_SET_NOTHING);
	assert_taken(*state, "{}", &to);
	assert_int_equal(to.title.op, QN_SET_NOTHING);
	assert_refused(*state, "{\"name\":null,\"title\":null,\"tags\":null}",
		       "name null; tags null");
}

static void a_new_row_wants_what_is_required(void **state)
{
	test_thing_new values;
	qn_errors errors;

	assert_int_equal(qn_json_read_new(*state, &test_thing_model, &values,
					  text_input("{\"count\":3}"), &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "name required; flag required; price required");
	assert_int_equal(values.set_count.op, QN_SET_NOTHING);
	assert_int_equal(qn_json_read_new(*state, &test_thing_model, &values,
					  text_input("{\"price\":\"1\",\"name\":\"n\",\"id\":8,"
						     "\"flag\":true,\"count\":3,\"big\":null}"),
					  &errors),
			 QN_OK);
	assert_string_equal(values.name, "n");
	assert_true(values.flag);
	assert_int_equal(values.price.unscaled, 1);
	assert_int_equal(values.set_id.as.value, 8);
	assert_int_equal(values.set_count.as.value, 3);
	assert_int_equal(values.set_big.op, QN_SET_TO_NULL);
	assert_int_equal(values.set_kind.op, QN_SET_NOTHING);
	assert_int_equal(qn_json_read_new(*state, &test_thing_model, &values,
					  text_input("{\"name\":null,\"flag\":null,\"price\":[]}"),
					  &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "name null; flag null; price invalid");
	assert_null(values.name);
}

static void integers_are_exact_or_refused(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "-0.0e5", 0 },
		{ "0e99999999999999999999", 0 },
		{ "1.0", 1 },
		{ "1e3", 1000 },
		{ "1.5E+1", 15 },
		{ "1200e-2", 12 },
		{ "9007199254740993", INT64_C(9007199254740993) },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
		{ "922337203685477580.7e1", INT64_MAX },
		{ "\"9223372036854775807\"", INT64_MAX },
		{ "1000000000000000000000000e-20", 10000 },
	};
	static const char *const bad[][2] = {
		{ "9223372036854775808", "big max_value" },
		{ "-9223372036854775809", "big min_value" },
		{ "123456789012345678901234567890", "big max_value" },
		{ "1e19", "big max_value" },
		{ "-1e400", "big min_value" },
		{ "1e999999999999999999999", "big max_value" },
		{ "1e-1", "big invalid" },
		{ "1.5", "big invalid" },
		{ "0.1e-400", "big invalid" },
		{ "\"\"", "big invalid" },
		{ "\"1 \"", "big invalid" },
		{ "\"+1\"", "big invalid" },
		{ "\"01\"", "big invalid" },
		{ "\"0x10\"", "big invalid" },
		{ "true", "big invalid" },
		{ "[1]", "big invalid" },
		{ "{}", "big invalid" },
	};
	test_thing_changes to;
	char text[128];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		(void)snprintf(text, sizeof(text), "{\"big\":%s}", good[i].text);
		assert_taken(*state, text, &to);
		assert_true(to.big.as.value == good[i].value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		(void)snprintf(text, sizeof(text), "{\"big\":%s}", bad[i][0]);
		assert_refused(*state, text, bad[i][1]);
	}
	assert_refused(*state, "{\"count\":2147483648}", "count max_value");
	assert_refused(*state, "{\"count\":-2147483649}", "count min_value");
	assert_refused(*state, "{\"count\":9223372036854775808}", "count max_value");
	assert_refused(*state, "{\"count\":\"1\"}", "count invalid");
	assert_refused(*state, "{\"small\":32768}", "small max_value");
	assert_message(*state, "{\"small\":-32769}", "is below -32768");
}

static void decimals_are_exact_or_refused(void **state)
{
	static const struct {
		const char *text;
		qn_decimal value;
	} good[] = {
		{ "0.1", { 1, 1 } },          { "-0.05", { -5, 2 } },
		{ "\"12.50\"", { 1250, 2 } }, { "12.5000000000000000000000", { 125, 1 } },
		{ "1e3", { 1000, 0 } },       { "1.25e1", { 125, 1 } },
		{ "125e-2", { 125, 2 } },     { "99999999.99", { INT64_C(9999999999), 2 } },
		{ "0e-400", { 0, 0 } },
	};
	static const char *const bad[][2] = {
		{ "100000000", "price max_digits" },
		{ "1e400", "price max_digits" },
		{ "1234567890123456789012", "price max_digits" },
		{ "0.001", "price max_decimal_places" },
		{ "1e-400", "price max_decimal_places" },
		{ "\"1.\"", "price invalid" },
		{ "\"1,5\"", "price invalid" },
		{ "\"Infinity\"", "price invalid" },
		{ "false", "price invalid" },
	};
	test_thing_changes to;
	char text[128];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		(void)snprintf(text, sizeof(text), "{\"price\":%s}", good[i].text);
		assert_taken(*state, text, &to);
		assert_true(to.price.as.value.unscaled == good[i].value.unscaled);
		assert_int_equal(to.price.as.value.scale, good[i].value.scale);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		(void)snprintf(text, sizeof(text), "{\"price\":%s}", bad[i][0]);
		assert_refused(*state, text, bad[i][1]);
	}
	assert_taken(*state, "{\"price\":\"NaN\"}", &to);
	assert_true(qn_decimal_is_nan(to.price.as.value));
	assert_taken(*state, "{\"wide\":123456789012345678901234567890.123}", &to);
	assert_string_equal(to.wide.as.value, "123456789012345678901234567890.123");
	assert_refused(*state, "{\"wide\":\"twelve\"}", "wide invalid");
}

static void doubles_are_the_nearest_in_any_locale(void **state)
{
	static const char *const texts[] = {
		"0",
		"-0",
		"0.1",
		"1e-400",
		"5e-324",
		"1e308",
		"1e22",
		"1e23",
		"123456.78",
		"-1.7976931348623157e308",
		"0.30000000000000004",
		"9007199254740993",
		"2.2250738585072014e-308",
		"0.1000000000000000055511151231257827021181583404541015625",
		"123456789012345678901234567890"
	};
	static const char *const locales[] = { "C", "de_DE.UTF-8", "ps_AF.UTF-8" };
	test_thing_changes to;
	char text[256];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		for (size_t j = 0; j < sizeof(locales) / sizeof(*locales); j++) {
			double expected = strtod(texts[i], NULL);
			float expected_float = strtof(texts[i], NULL);
			bool is_float = fabs(expected) < (double)FLT_MAX;

			(void)snprintf(text, sizeof(text), "{\"ratio\":%s,\"real_\":%s}", texts[i],
				       is_float ? texts[i] : "0");
			(void)setlocale(LC_NUMERIC, locales[j]);
			assert_taken(*state, text, &to);
			(void)setlocale(LC_NUMERIC, "C");
			assert_true(to.ratio.as.value == expected);
			assert_true(signbit(to.ratio.as.value) == signbit(expected));
			if (is_float)
				assert_true(to.real_.as.value == expected_float);
		}
	assert_refused(*state, "{\"ratio\":1E400,\"real_\":-1e39}",
		       "ratio max_value; real_ min_value");
	assert_refused(*state, "{\"ratio\":\"1\",\"real_\":\"nan\"}",
		       "ratio invalid; real_ invalid");
	assert_taken(*state, "{\"ratio\":\"NaN\",\"real_\":\"-Infinity\"}", &to);
	assert_true(isnan(to.ratio.as.value));
	assert_true(isinf(to.real_.as.value));
}

static void lengths_are_of_characters(void **state)
{
	test_thing_changes to;

	assert_taken(*state,
		     "{\"name\":\"\xc3\xa4\\u00e4\xe2\x82\xac\\uD83D\\uDCA1x\",\"code\":\"\"}",
		     &to);
	assert_refused(*state, "{\"name\":\"abcdef\",\"code\":\"abcd\"}",
		       "name max_length; code max_length");
	assert_message(*state, "{\"name\":\"abcdef\"}", "is longer than 5 characters");
}

static void what_is_no_value_of_its_type_is_invalid(void **state)
{
	static const char *const fields[] = { "data",    "born", "clock", "seen",
					      "changed", "span", "uid",   "addr" };
	static const char *const values[] = { "\"x\"", "1", "true", "[]", "{}", "\"\"" };
	char text[64];
	char expected[64];

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		for (size_t j = 0; j < sizeof(values) / sizeof(*values); j++) {
			/* No bytes are base64. */
			if (i == 0 && strcmp(values[j], "\"\"") == 0)
				continue;
			(void)snprintf(text, sizeof(text), "{\"%s\":%s}", fields[i], values[j]);
			(void)snprintf(expected, sizeof(expected), "%s invalid", fields[i]);
			assert_refused(*state, text, expected);
		}
	assert_refused(*state, "{\"born\":\"2026-02-30\",\"seen\":\"2026-01-01\"}",
		       "born invalid; seen invalid");
	assert_refused(*state, "{\"changed\":\"2026-01-01T00:00:00\"}", "changed invalid");
}

static void base64_is_strict(void **state)
{
	static const char *const good[][2] = {
		{ "", "" },        { "Zg==", "f" },        { "Zm8=", "fo" },
		{ "Zm9v", "foo" }, { "Zm9vYg==", "foob" }, { "+/+/", "\xfb\xff\xbf" }
	};
	static const char *const bad[] = { "Zg",   "Zg=",      "Zh==", "Zm9=", "Z===",
					   "====", "Zg==Zg==", "Zm 9", "-_-_", "Zm9v\\n" };
	test_thing_changes to;
	char text[64];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		(void)snprintf(text, sizeof(text), "{\"data\":\"%s\"}", good[i][0]);
		assert_taken(*state, text, &to);
		assert_int_equal(to.data.as.value.len, strlen(good[i][1]));
		assert_memory_equal(to.data.as.value.at, good[i][1], strlen(good[i][1]));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		(void)snprintf(text, sizeof(text), "{\"data\":\"%s\"}", bad[i]);
		assert_refused(*state, text, "data invalid");
	}
}

static void arrays_are_read_with_their_nulls(void **state)
{
	test_thing_changes to;

	assert_taken(
		*state,
		"{\"tags\":[\"a\",null,\"\\n\"],\"numbers\":[ ],\"kinds\":[\"live\",\"draft\"],"
		"\"vector\":[1,-2,3]}",
		&to);
	assert_int_equal(to.tags.as.value.len, 3);
	assert_string_equal(to.tags.as.value.at[0], "a");
	assert_true(to.tags.as.value.is_null[1]);
	assert_string_equal(to.tags.as.value.at[2], "\n");
	assert_int_equal(to.numbers.op, QN_SET_TO_VALUE);
	assert_int_equal(to.numbers.as.value.len, 0);
	assert_int_equal(to.kinds.as.value.at[0], TEST_KIND_LIVE);
	assert_null(to.kinds.as.value.is_null);
	assert_int_equal(to.vector.as.value.at[1], -2);
	assert_refused(*state, "{\"numbers\":[1,2.5,\"x\"],\"tags\":[\"a\",[\"b\"]]}",
		       "numbers[1] invalid; tags[1] invalid");
	assert_refused(*state, "{\"numbers\":{\"a\":[1]},\"tags\":\"a\",\"vector\":[1,null]}",
		       "numbers invalid; tags invalid; vector[1] null");
	assert_refused(*state, "{\"vector\":[],\"kinds\":[\"live\",\"\"]}",
		       "vector invalid; kinds[1] invalid_choice");
}

static void many_elements_are_read(void **state)
{
	enum { COUNT = 10000 };
	char *text = malloc(COUNT * 8 + 32);
	test_thing_changes to;
	size_t len;

	assert_non_null(text);
	len = (size_t)sprintf(text, "{\"numbers\":[");
	for (int i = 0; i < COUNT; i++)
		len += (size_t)sprintf(text + len, "%d,", i);
	(void)strcpy(text + len - 1, "]}");
	assert_taken(*state, text, &to);
	assert_int_equal(to.numbers.as.value.len, COUNT);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(to.numbers.as.value.at[i], i);
	free(text);
}

static void what_was_written_reads_back_as_the_same(void **state)
{
	static const char text[] =
		"{\"id\":9007199254740993,\"name\":\"\xc3\xa4\\n\",\"title\":null,\"flag\":true,"
		"\"maybe\":null,\"small\":-5,\"count\":0,\"big\":\"9223372036854775807\","
		"\"real_\":0.1,\"ratio\":\"NaN\",\"price\":\"-0.50\",\"wide\":\"NaN\","
		"\"data\":\"AAE=\",\"born\":\"infinity\",\"clock\":\"24:00:00\","
		"\"seen\":\"0044-03-15T00:00:00 BC\",\"changed\":\"2026-11-22T01:02:03.5+00:00\","
		"\"span\":\"P-1Y2DT0.5S\",\"uid\":null,\"doc\":{\"a\":[1]},\"plain\":\"x\","
		"\"addr\":\"2001:db8::1\",\"kind\":\"it's \\\"odd\\\", {really}\",\"other\":\"live\","
		"\"place\":\"(1,2)\",\"code\":\"ab\",\"letter\":\"x\",\"vector\":[1,2],"
		"\"tags\":[\"a\",null],\"numbers\":[],\"kinds\":[null,\"live\"]}";
	test_thing row = { .qn_loaded = { UINT64_MAX } };
	const qn_json_options options = { .not_a_number_as_text = true };
	test_thing_new values;
	qn_buffer first = { 0 };
	qn_errors errors;

	if (qn_json_read_new(*state, &test_thing_model, &values, text_input(text), &errors))
		fail_msg("%s %s", errors.at[0].field, errors.at[0].message);
	row.name = values.name;
	row.flag = values.flag;
	row.price = values.price;
#define COPY(member)                                                  \
	row.has_##member = values.set_##member.op == QN_SET_TO_VALUE; \
	if (row.has_##member)                                         \
		row.member = values.set_##member.as.value;
	COPY(id)
	COPY(title)
	COPY(maybe)
	COPY(small)
	COPY(count)
	COPY(big)
	COPY(real_)
	COPY(ratio)
	COPY(wide)
	COPY(data)
	COPY(born)
	COPY(clock)
	COPY(seen)
	COPY(changed)
	COPY(span)
	COPY(uid)
	COPY(doc)
	COPY(plain)
	COPY(addr)
	COPY(kind)
	COPY(other)
	COPY(place)
	COPY(code)
	COPY(letter)
	COPY(vector)
	COPY(tags)
	COPY(numbers)
	COPY(kinds)
#undef COPY
	assert_int_equal(qn_json_write(&first, &test_thing_model, &row, &options), QN_OK);
	/* All but bigint's text is written as it was read. */
	assert_string_equal(strstr(first.at, "\"real_\""), strstr(text, "\"real_\""));
	assert_memory_equal(first.at, text, 100);
	qn_buffer_free(&first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, json_reading_setup, json_reading_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_type_is_read),
		TEST(absent_null_and_value_are_told_apart),
		TEST(a_new_row_wants_what_is_required),
		TEST(integers_are_exact_or_refused),
		TEST(decimals_are_exact_or_refused),
		TEST(doubles_are_the_nearest_in_any_locale),
		TEST(lengths_are_of_characters),
		TEST(what_is_no_value_of_its_type_is_invalid),
		TEST(base64_is_strict),
		TEST(arrays_are_read_with_their_nulls),
		TEST(many_elements_are_read),
		TEST(what_was_written_reads_back_as_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
