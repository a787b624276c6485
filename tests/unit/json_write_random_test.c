/*
 * Random rows as JSON: byte for byte what a plain writer makes of them, or refused and the text as
 * it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "thing_bytes.h"
#include "thing_json_slow.h"
#include "json/json_out.h"
#include "json/scan.h"

enum { ROWS = 4000, LIST = 3, BYTES = 2048, TEXTS = 20000, TEXT_MAX = 70 };

static void fill(uint64_t *seed, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(random_next(seed) >> 24);
}

static void take_rows(uint64_t *seed, struct arena *arena, test_thing *rows)
{
	uint8_t bytes[BYTES];
	struct thing_bytes from = { bytes, bytes + sizeof(bytes), arena };

	fill(seed, bytes, sizeof(bytes));
	for (size_t i = 0; i < LIST; i++)
		thing_bytes_take_row(&from, &rows[i]);
}

static bool add_rows_slowly(qn_buffer *out, const test_thing *rows, const qn_json_options *options)
{
	for (size_t i = 0; i < LIST; i++) {
		assert_int_equal(qn_buffer_add(out, i ? "," : "[", 1), QN_OK);
		if (!thing_json_slow(out, &rows[i], options))
			return false;
	}
	assert_int_equal(qn_buffer_add(out, "]", 1), QN_OK);
	return true;
}

static bool rows_are_alike(const test_thing *rows, const qn_json_options *options)
{
	qn_buffer fast = { 0 };
	qn_buffer slow = { 0 };
	bool is_good;

	assert_int_equal(qn_buffer_add(&fast, "kept", 4), QN_OK);
	assert_int_equal(qn_buffer_add(&slow, "kept", 4), QN_OK);
	is_good = add_rows_slowly(&slow, rows, options);
	if (is_good) {
		assert_int_equal(qn_json_write_list(&fast, &test_thing_model, rows, LIST, options),
				 QN_OK);
		assert_string_equal(fast.at, slow.at);
		assert_int_equal(fast.len, slow.len);
	} else {
		assert_int_equal(qn_json_write_list(&fast, &test_thing_model, rows, LIST, options),
				 QN_INVALID_VALUE);
		assert_string_equal(fast.at, "kept");
		assert_int_equal(fast.len, 4);
	}
	qn_buffer_free(&fast);
	qn_buffer_free(&slow);
	return is_good;
}

static void random_rows_are_written_as_a_plain_writer_does(void **state)
{
	const qn_json_options as_text = { .integers_as_text = true, .not_a_number_as_text = true };
	uint64_t seed = 7;
	size_t written = 0;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		test_thing rows[LIST];
		struct arena arena;

		arena_init(&arena, 0, NULL);
		take_rows(&seed, &arena, rows);
		written += rows_are_alike(rows, i % 2 ? &as_text : NULL);
		arena_free(&arena);
	}
	/* Both ends were seen often enough. */
	assert_in_range(written, ROWS / 20, ROWS - ROWS / 20);
}

/* Of letters, with a few bytes of any kind, at any place of words. */
static void random_text(uint64_t *seed, char *text)
{
	static const char *const odd[] = {
		"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x92\xa1", "\"",   "\\", "\n", "\x01",
		"\x7f",     "\xc3",         "\xed\xa0\x80",     "\x80", "",   " "
	};
	size_t parts = random_next(seed) % 8;

	text[0] = '\0';
	for (size_t i = 0; i < parts; i++) {
		size_t letters = random_next(seed) >> 16 & 7;

		strcat(text, &"abcdefg"[letters]);
		/* Bytes that are no UTF-8 only now and then. */
		strcat(text, odd[(random_next(seed) >> 16) % (random_next(seed) % 16 ? 8 : 13)]);
	}
}

static void random_texts_are_escaped_as_a_plain_writer_does(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (size_t i = 0; i < TEXTS; i++) {
		char text[TEXT_MAX + 32];
		test_thing thing = { .title = text,
				     .qn_loaded = { UINT64_C(1) << (TEST_THING_TITLE - 1) } };
		qn_buffer fast = { 0 };
		qn_buffer slow = { 0 };

		random_text(&seed, text);
		if (thing_json_slow(&slow, &thing, NULL)) {
			assert_int_equal(qn_json_write(&fast, &test_thing_model, &thing, NULL),
					 QN_OK);
			assert_string_equal(fast.at, slow.at);
		} else {
			assert_int_equal(qn_json_write(&fast, &test_thing_model, &thing, NULL),
					 QN_INVALID_VALUE);
		}
		qn_buffer_free(&fast);
		qn_buffer_free(&slow);
	}
}

/* Over the pieces that long texts are escaped in. */
static void long_texts_are_escaped_as_a_plain_writer_does(void **state)
{
	static const char *const units[] = {
		"\n", "a", "\xc3\xa4", "abc\"", "\xe2\x82\xac\x01", "abcdefghijkl\\"
	};

	(void)state;
	for (size_t unit = 0; unit < sizeof(units) / sizeof(*units); unit++)
		for (size_t count = 200; count < 1100; count += 61) {
			test_thing thing = { .qn_loaded = { UINT64_C(1)
							    << (TEST_THING_TITLE - 1) } };
			qn_buffer text = { 0 };
			qn_buffer fast = { 0 };
			qn_buffer slow = { 0 };

			for (size_t i = 0; i < count; i++)
				assert_int_equal(qn_buffer_add(&text, units[unit],
							       strlen(units[unit])),
						 QN_OK);
			thing.title = text.at;
			assert_true(thing_json_slow(&slow, &thing, NULL));
			assert_int_equal(qn_json_write(&fast, &test_thing_model, &thing, NULL),
					 QN_OK);
			assert_string_equal(fast.at, slow.at);
			qn_buffer_free(&text);
			qn_buffer_free(&fast);
			qn_buffer_free(&slow);
		}
}

static void assert_alike(const test_thing *thing)
{
	qn_buffer fast = { 0 };
	qn_buffer slow = { 0 };

	assert_true(thing_json_slow(&slow, thing, NULL));
	assert_int_equal(qn_json_write(&fast, &test_thing_model, thing, NULL), QN_OK);
	assert_string_equal(fast.at, slow.at);
	qn_buffer_free(&fast);
	qn_buffer_free(&slow);
}

static void assert_double(double number)
{
	const test_thing thing = { .ratio = number,
				   .has_ratio = true,
				   .qn_loaded = { UINT64_C(1) << (TEST_THING_RATIO - 1) } };

	assert_alike(&thing);
}

/* As an integer, and as a decimal with its point at every place. */
static void assert_integer(int64_t number)
{
	test_thing thing = { .big = number,
			     .has_big = true,
			     .qn_loaded = { UINT64_C(1) << (TEST_THING_BIG - 1) |
					    UINT64_C(1) << (TEST_THING_PRICE - 1) } };

	for (int32_t scale = 0; scale <= 18; scale++) {
		thing.price = (qn_decimal){ number, scale };
		assert_alike(&thing);
	}
}

static void numbers_around_powers_of_ten_have_their_digits(void **state)
{
	int64_t power = 1;

	(void)state;
	for (int i = 0; i < 19; i++, power = i < 19 ? power * 10 : power)
		for (int64_t near = -1; near <= 1; near++) {
			assert_integer(power + near);
			assert_integer(-power + near);
		}
	assert_integer(INT64_MAX);
	assert_integer(INT64_MIN);
}

/*
 * Of up to 17 digits, with their point anywhere: where the short way ends, and around the exponents
 * of printf.
 */
static void doubles_of_few_digits_are_written_as_printf_does(void **state)
{
	static const double whole[] = { 1,
					5,
					9,
					15,
					999,
					12345,
					99999999,
					123456789012,
					99999999999999,
					999999999999999,
					1234567890123456 };

	(void)state;
	for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
		for (int power = 0; power < 24; power++) {
			double by = 1;

			for (int j = 0; j < power; j++)
				by *= 10;
			assert_double(whole[i] / by);
			assert_double(-whole[i] * by);
			/* A neighbour, which needs all digits. */
			assert_double(whole[i] / by * (1 + 2.2e-16));
		}
}

static bool scanner_takes(const char *text, size_t len, unsigned depth_max)
{
	struct json_scanner scanner = { .at = text, .end = text + len, .depth_max = depth_max };

	(void)json_scan(&scanner);
	return json_scan_value(&scanner) && json_scan(&scanner) == JSON_END;
}

/* Every text of up to five of these bytes, nested one deep at most. */
static void short_documents_are_told_as_the_scanner_does(void **state)
{
	static const char alphabet[] = "{}[],:\"10-.e a\\";
	const size_t letters = sizeof(alphabet) - 1;
	size_t count = 1;

	(void)state;
	for (size_t len = 1; len <= 5; len++) {
		count *= letters;
		for (size_t number = 0; number < count; number++) {
			char text[8] = "";
			size_t rest = number;

			for (size_t i = 0; i < len; i++, rest /= letters)
				text[i] = alphabet[rest % letters];
			if (json_is_valid(text, len, 1) != scanner_takes(text, len, 1))
				fail_msg("they disagree about %s", text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_rows_are_written_as_a_plain_writer_does),
		cmocka_unit_test(random_texts_are_escaped_as_a_plain_writer_does),
		cmocka_unit_test(long_texts_are_escaped_as_a_plain_writer_does),
		cmocka_unit_test(numbers_around_powers_of_ten_have_their_digits),
		cmocka_unit_test(doubles_of_few_digits_are_written_as_printf_does),
		cmocka_unit_test(short_documents_are_told_as_the_scanner_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
