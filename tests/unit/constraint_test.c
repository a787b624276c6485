/*
 * What is said of checks and unique keys, by the names of the model and by those of a serializer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_reading.h"
#include "thing.h"
#include "validate/constraint.h"

enum { BIG, TITLE, PRICE, DATE, FIELD_COUNT };

static const qn_field fields[] = {
	[BIG] = { .name = "big", .column = "big" },
	[TITLE] = { .name = "title", .column = "The \"title\"" },
	[PRICE] = { .name = "price", .column = "amount" },
	[DATE] = { .name = "date", .column = "date" },
};
static const qn_model model = { .name = "test.Named",
				.fields = fields,
				.field_count = FIELD_COUNT };
static const uint16_t all_fields[] = { BIG, TITLE, PRICE, DATE };
static const char *const keys[] = { "size", "heading", "price", "sold on" };

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1000, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void assert_check(const char *sql, const char *const *names, const char *expected)
{
	const qn_check check = { .sql = sql, .fields = all_fields, .field_count = FIELD_COUNT };
	static const char before[] = "does not keep the condition: ";
	const char *message = check_message(&arena, &model, &check, names);

	assert_memory_equal(message, before, strlen(before));
	assert_string_equal(message + strlen(before), expected);
}

static void a_check_calls_columns_as_their_fields(void **state)
{
	(void)state;
	assert_check("amount > 0 AND Amount < big", NULL, "price > 0 AND price < big");
	assert_check("\"The \"\"title\"\"\" <> ''", NULL, "title <> ''");
	assert_check("\"Amount\" > 0 and \"amount\"=1", NULL, "\"Amount\" > 0 and price=1");
}

static void a_check_calls_columns_as_the_keys_of_a_serializer(void **state)
{
	(void)state;
	assert_check("big>0 and(amount<big)", keys, "size>0 and(price<size)");
	assert_check("date > '2000-01-01'", keys, "sold on > '2000-01-01'");
}

static void what_is_no_column_of_a_check_is_left_alone(void **state)
{
	(void)state;
	assert_check("bigger > 0 and $1_big and big$ and _big", keys,
		     "bigger > 0 and $1_big and big$ and _big");
	assert_check("name <> 'big' and e'it\\'s big' = E'\\\\' and big > 0", keys,
		     "name <> 'big' and e'it\\'s big' = E'\\\\' and size > 0");
	assert_check("name <> 'it''s big'", keys, "name <> 'it''s big'");
	assert_check("big(1) > big.x and t.big = x::date", keys,
		     "big(1) > big.x and t.big = x::date");
	assert_check("x :: date = date", keys, "x :: date = sold on");
	assert_check("'big", keys, "'big");
	assert_check("\"big", keys, "\"big");
	assert_check("e'big\\", keys, "e'big\\");
	assert_check("", keys, "");
}

static void a_check_without_its_sql_is_told_by_its_name(void **state)
{
	const qn_check check = { .constraint = "named_check" };

	(void)state;
	assert_string_equal(check_message(&arena, &model, &check, keys),
			    "does not keep the check \"named_check\"");
}

static void a_unique_key_names_its_fields(void **state)
{
	qn_unique unique = { .fields = all_fields, .field_count = 3 };

	(void)state;
	assert_string_equal(unique_message(&arena, &model, &unique, NULL),
			    "another row has the same big, title and price");
	assert_string_equal(unique_message(&arena, &model, &unique, keys),
			    "another row has the same size, heading and price");
	unique.field_count = 1;
	assert_string_equal(unique_message(&arena, &model, &unique, keys), "is taken already");
	unique.field_count = 0;
	assert_string_equal(unique_message(&arena, &model, &unique, keys),
			    "another row has these values already");
}

static const uint16_t pair_fields[] = { TEST_THING_NAME - 1, TEST_THING_BIG - 1 };
static const qn_check checks[] = {
	{ .constraint = "pair_check",
	  .sql = "length(name) < big",
	  .fields = pair_fields,
	  .field_count = 2 },
	{ .constraint = "name_check",
	  .sql = "name <> ''",
	  .fields = pair_fields,
	  .field_count = 1 },
};
static const qn_unique uniques[] = {
	{ .constraint = "pair_key", .fields = pair_fields, .field_count = 2 },
};
static const qn_rules rules = {
	.checks = checks,
	.check_count = 2,
	.uniques = uniques,
	.unique_count = 1,
};
/* The first of the keys of a field is its name. */
static const qn_serializer_entry entries[] = {
	{ .key = "label", .member = TEST_THING_NAME },
	{ .key = "other_label", .member = TEST_THING_NAME },
	{ .key = "size", .member = TEST_THING_BIG, .is_read_only = true },
};

static void errors_that_are_renamed_say_the_keys_in_their_messages(void **state)
{
	static const qn_field_error given[] = {
		{ .field = "", .code = "unique_together", .message = "", .constraint = "pair_key" },
		{ .field = "", .code = "check", .message = "", .constraint = "pair_check" },
		{ .field = "name", .code = "check", .message = "", .constraint = "name_check" },
		{ .field = "", .code = "exclusion", .message = "as it was", .constraint = "other" },
	};
	static const char *const expected[] = {
		"another row has the same label and big",
		"does not keep the condition: length(label) < big",
		"does not keep the condition: label <> ''",
		"as it was",
	};
	qn_model thing = test_thing_model;
	const qn_serializer serializer = { "test.Part", &thing, entries, 3 };
	qn_errors errors = { given, 4 };

	thing.rules = &rules;
	assert_int_equal(qn_errors_rename(*state, &serializer, &errors), QN_OK);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(errors.at[i].message, expected[i]);
		assert_string_equal(errors.at[i].constraint, given[i].constraint);
	}
	assert_string_equal(errors.at[2].field, "label");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_check_calls_columns_as_their_fields),
		TEST(a_check_calls_columns_as_the_keys_of_a_serializer),
		TEST(what_is_no_column_of_a_check_is_left_alone),
		TEST(a_check_without_its_sql_is_told_by_its_name),
		TEST(a_unique_key_names_its_fields),
		cmocka_unit_test_setup_teardown(
			errors_that_are_renamed_say_the_keys_in_their_messages, json_reading_setup,
			json_reading_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
