/*
 * What each rule takes and refuses, and what is said then.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_op.h"
#include "json_reading.h"
#include "thing.h"

#define RULE(constant, ...)                                     \
	{                                                       \
		.field = TEST_THING_##constant - 1, __VA_ARGS__ \
	}

/* Of changes with one rule: "" when they are taken, else "field code message". */
static const char *verdict(qn_session *session, qn_rule rule, const test_thing_changes *changes)
{
	const qn_rules rules = { .rules = &rule, .rule_count = 1 };
	qn_model model = test_thing_model;
	char *text = arena_alloc(session_arena(session), 256);
	qn_errors errors;
	qn_status status;

	assert_non_null(text);
	model.rules = &rules;
	status = qn_validate_changes(session, &model, changes, &errors);
	assert_int_equal(status, errors.len ? QN_INVALID_VALUE : QN_OK);
	assert_true(errors.len <= 1);
	if (errors.len)
		(void)snprintf(text, 256, "%s %s %s", errors.at[0].field, errors.at[0].code,
			       errors.at[0].message);
	return text;
}

static const char *title(qn_session *session, qn_rule rule, const char *text)
{
	const test_thing_changes changes = { .title = QN_SET(text) };

	rule.field = TEST_THING_TITLE - 1;
	return verdict(session, rule, &changes);
}

static void blank_texts_are_refused(void **state)
{
	const qn_rule rule = { .kind = QN_RULE_NOT_BLANK };

	assert_string_equal(title(*state, rule, "a"), "");
	assert_string_equal(title(*state, rule, " \u3000\u00e4"), "");
	assert_string_equal(title(*state, rule, ""), "title blank is blank");
	assert_string_equal(title(*state, rule, " \t\u3000"), "title blank is blank");
}

static void texts_have_the_form_that_the_rule_names(void **state)
{
	const qn_rule email = { .kind = QN_RULE_EMAIL };
	const qn_rule url = { .kind = QN_RULE_URL };
	const qn_rule slug = { .kind = QN_RULE_SLUG };

	assert_string_equal(title(*state, email, "ada@example.com"), "");
	assert_string_equal(title(*state, email, ""),
			    "title invalid_email is not an e-mail address");
	assert_string_equal(title(*state, url, "https://example.com/"), "");
	assert_string_equal(title(*state, url, "example.com"), "title invalid_url is not a URL");
	assert_string_equal(title(*state, slug, "a-slug"), "");
	assert_string_equal(title(*state, slug, "a slug"),
			    "title invalid_slug is not of letters, digits, - and _ alone");
}

static void patterns_match_somewhere(void **state)
{
	const qn_rule rule = { .kind = QN_RULE_PATTERN, .text = "^[a-z\u00e4]+$" };
	const qn_rule endless = { .kind = QN_RULE_PATTERN, .text = "^(a|aa)+$" };
	char text[1000];

	assert_string_equal(title(*state, rule, "ab\u00e4"), "");
	assert_string_equal(title(*state, rule, "aB"),
			    "title pattern does not match '^[a-z\u00e4]+$'");
	assert_string_equal(title(*state, rule, ""),
			    "title pattern does not match '^[a-z\u00e4]+$'");
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 2, "!", 2);
	assert_string_equal(title(*state, endless, text),
			    "title pattern takes too long to match with '^(a|aa)+$'");
}

static void lengths_are_of_characters(void **state)
{
	const qn_rule least = { .kind = QN_RULE_MIN_LENGTH, .number = 3 };
	const qn_rule most = { .kind = QN_RULE_MAX_LENGTH, .number = 3 };
	const qn_rule one = { .kind = QN_RULE_MIN_LENGTH, .number = 1 };
	const qn_rule none = { .kind = QN_RULE_MAX_LENGTH, .number = 0 };

	assert_string_equal(title(*state, least, "\u00e4\u00e4\u00e4"), "");
	assert_string_equal(title(*state, least, "\u00e4\u00e4"),
			    "title min_length is shorter than 3 characters");
	assert_string_equal(title(*state, most, "\U0001f600\U0001f600\U0001f600"), "");
	assert_string_equal(title(*state, most, "abcd"),
			    "title max_length is longer than 3 characters");
	assert_string_equal(title(*state, one, ""), "title min_length is shorter than 1 character");
	assert_string_equal(title(*state, none, ""), "");
	assert_string_equal(title(*state, none, " "),
			    "title max_length is longer than 0 characters");
}

static void the_padding_of_char_n_does_not_count(void **state)
{
	const qn_rule least = RULE(CODE, .kind = QN_RULE_MIN_LENGTH, .number = 2);
	const qn_rule slug = RULE(CODE, .kind = QN_RULE_SLUG);
	const qn_rule filled = RULE(CODE, .kind = QN_RULE_NOT_BLANK);
	const test_thing_changes padded = { .code = QN_SET("a  ") };
	const test_thing_changes empty = { .code = QN_SET("   ") };

	assert_string_equal(verdict(*state, least, &padded),
			    "code min_length is shorter than 2 characters");
	assert_string_equal(verdict(*state, slug, &padded), "");
	assert_string_equal(verdict(*state, filled, &padded), "");
	assert_string_equal(verdict(*state, filled, &empty), "code blank is blank");
}

static void numbers_are_within_their_limits(void **state)
{
	const qn_rule from = RULE(BIG, .kind = QN_RULE_FROM, .text = "-5");
	const qn_rule to = RULE(BIG, .kind = QN_RULE_TO, .text = "9007199254740993");
	const test_thing_changes least = { .big = QN_SET(-5) };
	const test_thing_changes below = { .big = QN_SET(-6) };
	const test_thing_changes most = { .big = QN_SET(INT64_C(9007199254740993)) };
	const test_thing_changes over = { .big = QN_SET(INT64_C(9007199254740994)) };

	assert_string_equal(verdict(*state, from, &least), "");
	assert_string_equal(verdict(*state, from, &below), "big min_value is below -5");
	assert_string_equal(verdict(*state, to, &most), "");
	assert_string_equal(verdict(*state, to, &over), "big max_value is over 9007199254740993");
}

static void decimals_are_compared_by_value(void **state)
{
	const qn_rule from = RULE(PRICE, .kind = QN_RULE_FROM, .text = "0.10");
	const qn_rule to = RULE(WIDE, .kind = QN_RULE_TO, .text = "1e20");
	const test_thing_changes equal = { .price = QN_SET(((qn_decimal){ 1, 1 })),
					   .wide = QN_SET("100000000000000000000.00") };
	const test_thing_changes below = { .price = QN_SET(((qn_decimal){ 9, 2 })) };
	const test_thing_changes over = { .wide = QN_SET("100000000000000000000.01") };

	assert_string_equal(verdict(*state, from, &equal), "");
	assert_string_equal(verdict(*state, to, &equal), "");
	assert_string_equal(verdict(*state, from, &below), "price min_value is below 0.10");
	assert_string_equal(verdict(*state, to, &over), "wide max_value is over 1e20");
}

static void what_is_not_a_number_is_over_all_numbers(void **state)
{
	const qn_rule to = RULE(RATIO, .kind = QN_RULE_TO, .text = "1.5");
	const test_thing_changes equal = { .ratio = QN_SET(1.5) };
	const test_thing_changes none = { .ratio = QN_SET((double)NAN) };

	assert_string_equal(verdict(*state, to, &equal), "");
	assert_string_equal(verdict(*state, to, &none), "ratio max_value is over 1.5");
}

static void dates_and_times_are_within_their_limits(void **state)
{
	const qn_rule from = RULE(BORN, .kind = QN_RULE_FROM, .text = "1900-01-01");
	const qn_rule to = RULE(CHANGED, .kind = QN_RULE_TO, .text = "2026-11-22T13:00:00+01:00");
	test_thing_changes changes = { .born = { .op = QN_SET_TO_VALUE },
				       .changed = { .op = QN_SET_TO_VALUE } };

	assert_true(qn_date_parse("1900-01-01", &changes.born.as.value));
	assert_true(qn_timestamptz_parse("2026-11-22T12:00:00Z", &changes.changed.as.value));
	assert_string_equal(verdict(*state, from, &changes), "");
	assert_string_equal(verdict(*state, to, &changes), "");
	changes.born.as.value.days--;
	changes.changed.as.value.microseconds++;
	assert_string_equal(verdict(*state, from, &changes), "born min_value is before 1900-01-01");
	assert_string_equal(verdict(*state, to, &changes),
			    "changed max_value is after 2026-11-22T13:00:00+01:00");
}

static void of_an_array_each_element_is_looked_at(void **state)
{
	static const char *const texts[] = { "a", NULL, "", " " };
	static const int32_t numbers[] = { 5, -1, -2 };
	static const bool is_null[] = { false, true, false };
	const qn_rule filled = RULE(TAGS, .kind = QN_RULE_NOT_BLANK);
	const qn_rule from = RULE(NUMBERS, .kind = QN_RULE_FROM, .text = "0");
	test_thing_changes changes = {
		.tags = { .op = QN_SET_TO_VALUE, .as.value = { texts, 2, NULL } },
		.numbers = { .op = QN_SET_TO_VALUE, .as.value = { numbers, 2, is_null } },
	};

	assert_string_equal(verdict(*state, filled, &changes), "");
	assert_string_equal(verdict(*state, from, &changes), "");
	changes.tags.as.value.len = 4;
	changes.numbers.as.value.len = 3;
	assert_string_equal(verdict(*state, filled, &changes), "tags[2] blank is blank");
	assert_string_equal(verdict(*state, from, &changes), "numbers[2] min_value is below 0");
	changes.tags.as.value.len = 0;
	assert_string_equal(verdict(*state, filled, &changes), "");
}

static void null_and_what_is_not_given_pass(void **state)
{
	const test_thing_changes null = { .title = QN_SET_NULL };
	const test_thing_changes pointer = { .title = QN_SET(NULL) };
	const test_thing_changes nothing = { .maybe = QN_SET(true) };
	qn_rule rule = RULE(TITLE, .text = "^a", .number = 3);

	for (rule.kind = 0; rule.kind < QN_RULE_HOOK; rule.kind++) {
		if (rule.kind == QN_RULE_FROM || rule.kind == QN_RULE_TO)
			continue;
		assert_string_equal(verdict(*state, rule, &null), "");
		assert_string_equal(verdict(*state, rule, &pointer), "");
		assert_string_equal(verdict(*state, rule, &nothing), "");
	}
}

static void amounts_are_not_values(void **state)
{
	const qn_rule from = RULE(COUNT, .kind = QN_RULE_FROM, .text = "0");
	const test_thing_changes less = { .count = QN_ADD(-1) };

	assert_string_equal(verdict(*state, from, &less), "");
}

static void the_first_rule_that_is_not_kept_is_told(void **state)
{
	const qn_rule table[] = {
		RULE(TITLE, .kind = QN_RULE_MIN_LENGTH, .number = 2),
		RULE(TITLE, .kind = QN_RULE_SLUG),
		RULE(TITLE, .kind = QN_RULE_PATTERN, .text = "^a"),
		RULE(BIG, .kind = QN_RULE_FROM, .text = "0"),
		RULE(BIG, .kind = QN_RULE_TO, .text = "9"),
	};
	const qn_rules rules = { .rules = table, .rule_count = 5 };
	test_thing_changes changes = { .title = QN_SET("!"), .big = QN_SET(10) };
	qn_model model = test_thing_model;
	qn_errors errors;

	model.rules = &rules;
	assert_int_equal(qn_validate_changes(*state, &model, &changes, &errors), QN_INVALID_VALUE);
	assert_errors(&errors, "title min_length; big max_value");
	changes.title.as.value = "b!";
	assert_int_equal(qn_validate_changes(*state, &model, &changes, &errors), QN_INVALID_VALUE);
	assert_errors(&errors, "title invalid_slug; big max_value");
	changes.title.as.value = "bb";
	changes.big.as.value = 9;
	assert_int_equal(qn_validate_changes(*state, &model, &changes, &errors), QN_INVALID_VALUE);
	assert_errors(&errors, "title pattern");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blank_texts_are_refused),
		cmocka_unit_test(texts_have_the_form_that_the_rule_names),
		cmocka_unit_test(patterns_match_somewhere),
		cmocka_unit_test(lengths_are_of_characters),
		cmocka_unit_test(the_padding_of_char_n_does_not_count),
		cmocka_unit_test(numbers_are_within_their_limits),
		cmocka_unit_test(decimals_are_compared_by_value),
		cmocka_unit_test(what_is_not_a_number_is_over_all_numbers),
		cmocka_unit_test(dates_and_times_are_within_their_limits),
		cmocka_unit_test(of_an_array_each_element_is_looked_at),
		cmocka_unit_test(null_and_what_is_not_given_pass),
		cmocka_unit_test(amounts_are_not_values),
		cmocka_unit_test(the_first_rule_that_is_not_kept_is_told),
	};

	return cmocka_run_group_tests(tests, json_reading_setup, json_reading_teardown);
}
