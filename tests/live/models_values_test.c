/*
 * Values at the edges of their types, through create, get by value, refresh and save, and as the
 * server spells them.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models.h"

#define MODEL &test_thing_model

/* A row with one field set, read back; the server's text of the column is `text`. */
static test_thing *create_one(struct models *models, const char *column,
			      const test_thing_new *values, const char *text)
{
	test_thing *row = NULL;
	char sql[128];

	models_expect(models, qn_model_create(models->session, MODEL, &row, values), QN_OK);
	assert_non_null(row);
	snprintf(sql, sizeof(sql), "SELECT \"%s\"::text FROM test_thing WHERE id = %lld", column,
		 (long long)row->id);
	models_expect_value(models, sql, text);
	return row;
}

/* Writes the loaded row to the server and reads it again: nothing changes. */
static void save_and_refresh(struct models *models, test_thing *row)
{
	models_execute(models, "UPDATE test_thing SET title = 'touched'");
	models_expect(models, qn_model_save(models->session, MODEL, row), QN_OK);
	models_expect_value(models, "SELECT count(*) FROM test_thing WHERE title = 'touched'", "0");
	models_expect(models, qn_model_refresh(models->session, MODEL, row), QN_OK);
	models_execute(models, "DELETE FROM test_thing");
}

#define ROUND_TRIP(member, text, same, ...)                                                     \
	do {                                                                                    \
		const test_thing_new new_values = { .name = "n", .set_##member = __VA_ARGS__ }; \
		test_thing *row = create_one(models, #member, &new_values, text);               \
		assert_true(same);                                                              \
		save_and_refresh(models, row);                                                  \
		assert_true(same);                                                              \
	} while (0)

#define INTEGER(member, value, text) \
	ROUND_TRIP(member, text, row->has_##member && row->member == (value), QN_SET(value))

static void integers(void **state)
{
	struct models *models = *state;

	INTEGER(small, INT16_MIN, "-32768");
	INTEGER(small, INT16_MAX, "32767");
	INTEGER(big, INT64_MIN, "-9223372036854775808");
	INTEGER(big, INT64_MAX, "9223372036854775807");
	INTEGER(big, 0, "0");
	ROUND_TRIP(count, "-2147483648", row->count == INT32_MIN, QN_SET(INT32_MIN));
	ROUND_TRIP(count, "2147483647", row->count == INT32_MAX, QN_SET(INT32_MAX));
}

static void floating_point(void **state)
{
	struct models *models = *state;

	INTEGER(ratio, 1e308, "1e+308");
	INTEGER(ratio, 5e-324, "5e-324");
	INTEGER(ratio, HUGE_VAL, "Infinity");
	INTEGER(ratio, -HUGE_VAL, "-Infinity");
	ROUND_TRIP(ratio, "-0", signbit(row->ratio) && row->ratio == 0, QN_SET(-0.0));
	ROUND_TRIP(ratio, "NaN", isnan(row->ratio), QN_SET((double)NAN));
}

#define DECIMAL(value, text)                                                               \
	do {                                                                               \
		const test_thing_new new_values = { .name = "n", .price = qn_dec(value) }; \
		test_thing *row = create_one(models, "price", &new_values, text);          \
		assert_int_equal(qn_decimal_compare(row->price, qn_dec(value)), 0);        \
		save_and_refresh(models, row);                                             \
		assert_int_equal(qn_decimal_compare(row->price, qn_dec(value)), 0);        \
	} while (0)

static void numerics(void **state)
{
	struct models *models = *state;
	char *huge = malloc(131073 + 1);

	DECIMAL("99999999.99", "99999999.99");
	DECIMAL("-99999999.99", "-99999999.99");
	DECIMAL("0.00", "0.00");
	DECIMAL("0.01", "0.01");
	DECIMAL("NaN", "NaN");
#define WIDE(value, text) ROUND_TRIP(wide, text, strcmp(row->wide, text) == 0, QN_SET(value))
	WIDE("NaN", "NaN");
	WIDE("Infinity", "Infinity");
	WIDE("-Infinity", "-Infinity");
	WIDE("0.000", "0.000");
	WIDE("-123456789012345678901234567890.000000000000000000001",
	     "-123456789012345678901234567890.000000000000000000001");
	assert_non_null(huge);
	memset(huge, '9', 131072);
	huge[131072] = '\0';
	WIDE(huge, huge);
	memset(huge, '9', 131073);
	huge[131073] = '\0';
	models_expect(models,
		      qn_model_create(models->session, MODEL, NULL,
				      &(test_thing_new){ .name = "n", .set_wide = QN_SET(huge) }),
		      QN_INVALID_VALUE);
	free(huge);
}

static qn_date date_of(const char *text)
{
	qn_date date = { 0 };

	assert_true(qn_date_parse(text, &date));
	return date;
}

static qn_timestamp timestamp_of(const char *text)
{
	qn_timestamp timestamp = { 0 };

	assert_true(qn_timestamp_parse(text, &timestamp));
	return timestamp;
}

static qn_time time_of(const char *text)
{
	qn_time time = { 0 };

	assert_true(qn_time_parse(text, &time));
	return time;
}

static void times(void **state)
{
	static const char *const dates[][2] = {
		{ "infinity", "infinity" },           { "-infinity", "-infinity" },
		{ "0001-01-01", "0001-01-01" },       { "9999-12-31", "9999-12-31" },
		{ "10000-01-01", "10000-01-01" },     { "4713-02-29 BC", "4713-02-29 BC" },
		{ "4714-11-24 BC", "4714-11-24 BC" }, { "5874897-12-31", "5874897-12-31" },
	};
	static const char *const timestamps[][2] = {
		{ "infinity", "infinity" },
		{ "-infinity", "-infinity" },
		{ "294276-12-31T23:59:59.999999", "294276-12-31 23:59:59.999999" },
		{ "4714-11-24T00:00:00 BC", "4714-11-24 00:00:00 BC" },
		{ "2026-03-29T02:30:00", "2026-03-29 02:30:00" },
	};
	struct models *models = *state;

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		ROUND_TRIP(born, dates[i][1],
			   row->has_born && row->born.days == date_of(dates[i][0]).days,
			   QN_SET(date_of(dates[i][0])));
	for (size_t i = 0; i < sizeof(timestamps) / sizeof(timestamps[0]); i++)
		ROUND_TRIP(seen, timestamps[i][1],
			   row->seen.microseconds == timestamp_of(timestamps[i][0]).microseconds,
			   QN_SET(timestamp_of(timestamps[i][0])));
	ROUND_TRIP(clock, "24:00:00", row->clock.microseconds == INT64_C(86400000000),
		   QN_SET(time_of("24:00:00")));
	ROUND_TRIP(clock, "00:00:00.000001", row->clock.microseconds == 1,
		   QN_SET(time_of("00:00:00.000001")));
	ROUND_TRIP(span, "-3 mons +2 days -00:00:00.000001",
		   row->span.microseconds == -1 && row->span.days == 2 && row->span.months == -3,
		   QN_SET(((qn_interval){ -1, 2, -3 })));
}

static void bytes(void **state)
{
	enum { LARGE = 8 * 1024 * 1024 };
	struct models *models = *state;
	uint8_t all[256];
	uint8_t *large = calloc(1, LARGE);
	test_thing *loaded;

	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	models_expect(
		models,
		qn_model_create(models->session, MODEL, &loaded,
				&(test_thing_new){ .name = "n",
						   .set_data = QN_SET(((qn_bytes){ all, 256 })) }),
		QN_OK);
	assert_int_equal(loaded->data.len, 256);
	assert_memory_equal(loaded->data.at, all, 256);
	models_expect_value(models, "SELECT md5(data) FROM test_thing",
			    "e2c865db4162bed963bfaa9ef6ac18f0");
	models_execute(models, "DELETE FROM test_thing");
	ROUND_TRIP(data, "\\x", row->has_data && row->data.len == 0,
		   QN_SET(((qn_bytes){ all, 0 })));
	assert_non_null(large);
	large[LARGE - 1] = 7;
	models_expect(models,
		      qn_model_create(models->session, MODEL, &loaded,
				      &(test_thing_new){
					      .name = "n",
					      .set_data = QN_SET(((qn_bytes){ large, LARGE })) }),
		      QN_OK);
	assert_int_equal(loaded->data.len, LARGE);
	assert_memory_equal(loaded->data.at, large, LARGE);
	free(large);
}

#define TEXT(member, value, text) \
	ROUND_TRIP(member, text, strcmp(row->member, text) == 0, QN_SET(value))

static void texts(void **state)
{
	struct models *models = *state;
	test_thing *loaded;

	TEXT(title, "", "");
	TEXT(title, "  trailing  ", "  trailing  ");
	TEXT(title, "\xf0\x9f\x92\xa1 e\xcc\x81 \xc3\xa9 \xd7\xa9\xd7\x9c",
	     "\xf0\x9f\x92\xa1 e\xcc\x81 \xc3\xa9 \xd7\xa9\xd7\x9c");
	TEXT(doc, "{\"a\": [1, null]}", "{\"a\": [1, null]}");
	TEXT(doc, "null", "null");
	TEXT(plain, "{ \"a\":1 }", "{ \"a\":1 }");
	TEXT(place, "(1.5,-2)", "(1.5,-2)");
	/* char(n) comes back with its blanks; the server's cast to text drops them. */
	ROUND_TRIP(code, "a", strcmp(row->code, "a  ") == 0, QN_SET("a"));
	models_expect(models,
		      qn_model_create(models->session, MODEL, &loaded,
				      &(test_thing_new){
					      .name = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" }),
		      QN_OK);
	assert_string_equal(loaded->name, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
	models_expect(models,
		      qn_model_create(models->session, MODEL, &loaded,
				      &(test_thing_new){ .name = "123456" }),
		      QN_INVALID_VALUE);
	models_expect(models,
		      qn_model_create(models->session, MODEL, &loaded,
				      &(test_thing_new){ .name = "n", .set_doc = QN_SET("{") }),
		      QN_BAD_DATA);
}

static void small_things(void **state)
{
	struct models *models = *state;
	qn_uuid uuid = { { 0x01, 0x23, 0xff } };
	qn_inet inet;

	ROUND_TRIP(maybe, "false", row->has_maybe && !row->maybe, QN_SET(false));
	ROUND_TRIP(letter, "x", row->has_letter && row->letter == 'x', QN_SET('x'));
	ROUND_TRIP(uid, "0123ff00-0000-0000-0000-000000000000", qn_uuid_equal(row->uid, uuid),
		   QN_SET(uuid));
	assert_true(qn_inet_parse("2001:db8::1/64", &inet));
	ROUND_TRIP(addr, "2001:db8::1/64", memcmp(&row->addr, &inet, sizeof(inet)) == 0,
		   QN_SET(inet));
	ROUND_TRIP(other, "it's \"odd\", {really}", row->has_other && row->other == TEST_KIND_ODD,
		   QN_SET(TEST_KIND_ODD));
}

static void arrays(void **state)
{
	static const char *const words[] = { "", "a,b", "\"q\"", "NULL", "\\", "{}" };
	static const int32_t numbers[] = { 1, 0, INT32_MIN };
	static const bool nulls[] = { false, true, false };
	static const int16_t vector[] = { 3, -1 };
	static const test_kind kinds[] = { TEST_KIND_ODD, TEST_KIND_DRAFT };
	struct models *models = *state;
	test_thing *loaded;

	ROUND_TRIP(tags, "{\"\",\"a,b\",\"\\\"q\\\"\",\"NULL\",\"\\\\\",\"{}\"}",
		   row->tags.len == 6 && strcmp(row->tags.at[3], "NULL") == 0 &&
			   strcmp(row->tags.at[1], "a,b") == 0,
		   QN_SET_ARRAY(words, 6));
	ROUND_TRIP(tags, "{}", row->tags.len == 0, QN_SET_ARRAY(words, 0));
	ROUND_TRIP(vector, "3 -1", row->vector.len == 2 && row->vector.at[1] == -1,
		   QN_SET_ARRAY(vector, 2));
	ROUND_TRIP(kinds, "{\"it's \\\"odd\\\", {really}\",draft}",
		   row->kinds.len == 2 && row->kinds.at[0] == TEST_KIND_ODD,
		   QN_SET_ARRAY(kinds, 2));
	{
		const test_thing_new values = {
			.name = "n",
			.set_numbers = { .op = QN_SET_TO_VALUE,
					 .as = { .value = { numbers, 3, nulls } } }
		};

		loaded = create_one(models, "numbers", &values, "{1,NULL,-2147483648}");
		assert_true(loaded->has_numbers && loaded->numbers.is_null[1]);
		assert_int_equal(loaded->numbers.at[2], INT32_MIN);
	}
	models_execute(models, "UPDATE test_thing SET numbers = '[-3:-2]={7,8}'");
	models_expect(models, qn_model_refresh(models->session, MODEL, loaded), QN_OK);
	assert_int_equal(loaded->numbers.len, 2);
	assert_int_equal(loaded->numbers.at[0], 7);
	models_execute(models, "UPDATE test_thing SET numbers = '{{1,2},{3,4}}'");
	models_expect(models, qn_model_refresh(models->session, MODEL, loaded), QN_SCHEMA_DRIFT);
	assert_int_equal(loaded->numbers.at[0], 7);
}

static void null_in_every_nullable_place(void **state)
{
	struct models *models = *state;
	test_thing *row;

	models_expect(models,
		      qn_model_create(models->session, MODEL, &row,
				      &(test_thing_new){ .name = "n" }),
		      QN_OK);
	assert_true(!row->title && !row->wide && !row->doc && !row->plain && !row->place &&
		    !row->code);
	assert_false(row->has_maybe || row->has_small || row->has_big || row->has_ratio ||
		     row->has_data || row->has_born || row->has_clock || row->has_seen ||
		     row->has_span || row->has_uid || row->has_addr || row->has_other ||
		     row->has_letter || row->has_vector || row->has_numbers || row->has_kinds);
	models_expect(models, qn_model_save(models->session, MODEL, row), QN_OK);
	models_expect(models, qn_model_refresh(models->session, MODEL, row), QN_OK);
	assert_true(!row->title && !row->has_big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, models_clear)
		TEST(integers),     TEST(floating_point), TEST(numerics),
		TEST(times),        TEST(bytes),          TEST(texts),
		TEST(small_things), TEST(arrays),         TEST(null_in_every_nullable_place),
	};

	return cmocka_run_group_tests_name("models_values", tests, models_setup, models_teardown);
}
