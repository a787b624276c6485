/*
 * Validation of structs: types and their limits, what is required, and checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "validating.h"

/* Of one error. */
static void assert_says(qn_session *session, const test_thing_changes *changes, const char *field,
			const char *message)
{
	qn_errors errors;

	assert_int_equal(qn_validate_changes(session, &test_thing_model, changes, &errors),
			 QN_INVALID_VALUE);
	assert_int_equal(errors.len, 1);
	assert_string_equal(errors.at[0].field, field);
	assert_string_equal(errors.at[0].message, message);
}

static void what_is_sound_is_taken(void **state)
{
	const test_thing_changes nothing = { .name = { .op = QN_SET_NOTHING } };
	const test_thing_changes changes = {
		.name = QN_SET("\u00e4\u00e4\u00e4\u00e4\u00e4"),
		.title = QN_SET_NULL,
		.count = QN_SET_DEFAULT,
		.big = QN_ADD(-5),
		.price = QN_MULTIPLY(((qn_decimal){ 12345, 4 })),
		.doc = QN_SET("{\"a\":[1,2.5e3,null]}"),
		.plain = QN_SET(" \"\\u0000\" "),
		.kind = QN_SET(TEST_KIND_ODD),
	};

	assert_new(*state, &test_thing_model, &sound_thing, "");
	assert_changes(*state, &test_thing_model, &nothing, "");
	assert_changes(*state, &test_thing_model, &changes, "");
}

static void what_is_required_has_to_be_there(void **state)
{
	const test_thing_new nothing = { .name = NULL };
	test_thing_new values = sound_thing;

	assert_new(*state, &test_thing_model, &nothing, "name required");
	values.set_count = (qn_set_int32)QN_SET_NULL;
	values.set_title = (qn_set_text)QN_SET_NULL;
	values.set_tags.op = QN_SET_TO_NULL;
	assert_new(*state, &test_thing_model, &values, "count null; tags null");
}

static void null_is_for_fields_that_have_it(void **state)
{
	const test_thing_changes changes = {
		.name = QN_SET(NULL),
		.title = QN_SET(NULL),
		.flag = QN_SET_DEFAULT,
		.maybe = QN_SET_NULL,
		.price = QN_SET_NULL,
	};

	assert_changes(*state, &test_thing_model, &changes, "name null; flag required; price null");
}

static void values_fit_their_columns(void **state)
{
	const test_thing_changes changes = {
		.name = QN_SET("abcdef"),
		.title = QN_SET("\xff"),
		.price = QN_SET(((qn_decimal){ 1234, 3 })),
		.wide = QN_SET("12x"),
		.born = QN_SET(((qn_date){ INT32_MAX - 1 })),
		.clock = QN_SET(((qn_time){ -1 })),
		.doc = QN_SET("{"),
		.plain = QN_SET("1 2"),
		.kind = QN_SET((test_kind)4),
		.other = QN_SET((test_kind)0),
		.code = QN_SET("abcd"),
	};

	assert_changes(*state, &test_thing_model, &changes,
		       "name max_length; title invalid; price max_decimal_places; wide invalid; "
		       "born invalid; clock invalid; doc invalid; plain invalid; "
		       "kind invalid_choice; other invalid_choice; code max_length");
}

/* As jsonb; as json it is taken. */
static void assert_document(qn_session *session, const char *text, const char *expected)
{
	const test_thing_changes binary = { .doc = QN_SET(text) };
	const test_thing_changes plain = { .plain = QN_SET(text) };

	assert_changes(session, &test_thing_model, &binary, expected);
	assert_changes(session, &test_thing_model, &plain, "");
}

static void documents_are_what_the_server_takes(void **state)
{
	static const char *const no_numerics[] = {
		"1e131072",   "[0,1E+131072]", "{\"a\":1e-16384}",
		"0.1e-16383", "-1e9999999999", NULL,
	};
	static const char *const numerics[] = {
		"1e131071", "[0.01e131073]", "1e-16383", "-0e400000", NULL,
	};
	const test_thing_changes odd = { .doc = QN_SET("[\"\\u0000\"]") };
	const test_thing_changes empty = { .doc = QN_SET("") };
	char text[2100] = "";
	const test_thing_changes deep = { .plain = QN_SET(text) };

	assert_says(*state, &odd, "doc",
		    "has U+0000, half of a surrogate pair or a number that the database cannot "
		    "hold");
	for (size_t i = 0; no_numerics[i]; i++)
		assert_document(*state, no_numerics[i], "doc invalid");
	for (size_t i = 0; numerics[i]; i++)
		assert_document(*state, numerics[i], "");
	assert_says(*state, &empty, "doc", "is not JSON");
	memset(text, '[', 1025);
	memset(text + 1025, ']', 1025);
	assert_says(*state, &deep, "plain", "is nested more than 1024 deep");
	memmove(text, text + 1, 2049);
	text[2048] = '\0';
	assert_changes(*state, &test_thing_model, &deep, "");
}

static void of_an_array_the_element_is_named(void **state)
{
	static const char *const texts[] = { "a", NULL, "\xc3" };
	static const test_kind kinds[] = { TEST_KIND_LIVE, 0, 9 };
	static const bool is_null[] = { false, true, false };
	static const int16_t numbers[] = { 1 };
	const test_thing_changes changes = {
		.vector = { .op = QN_SET_TO_VALUE, .as.value = { numbers, 0, NULL } },
		.tags = { .op = QN_SET_TO_VALUE, .as.value = { texts, 3, NULL } },
		.numbers = { .op = QN_SET_TO_VALUE, .as.value = { NULL, 2, NULL } },
		.kinds = { .op = QN_SET_TO_VALUE, .as.value = { kinds, 3, is_null } },
	};
	const test_thing_changes good = {
		.vector = { .op = QN_SET_TO_VALUE, .as.value = { numbers, 1, NULL } },
		.tags = { .op = QN_SET_TO_VALUE, .as.value = { texts, 2, NULL } },
		.kinds = { .op = QN_SET_TO_VALUE, .as.value = { kinds, 2, is_null } },
	};

	assert_changes(*state, &test_thing_model, &changes,
		       "vector invalid; tags[2] invalid; numbers invalid; kinds[2] invalid_choice");
	assert_changes(*state, &test_thing_model, &good, "");
}

static void only_what_can_be_computed_is(void **state)
{
	const test_thing_changes changes = {
		.name = { .op = QN_SET_ADD },
		.flag = { .op = QN_SET_MULTIPLY },
		.small = { .op = (qn_set_op)17 },
		.wide = QN_ADD(NULL),
		.span = { .op = QN_SET_MULTIPLY },
	};
	const test_thing_changes amounts = {
		.price = QN_MULTIPLY(((qn_decimal){ 123456789012, 9 })),
		.wide = QN_ADD("x"),
		.span = QN_ADD(((qn_interval){ 1, 2, 3 })),
	};
	test_thing_new values = sound_thing;

	assert_changes(*state, &test_thing_model, &changes,
		       "name invalid; flag invalid; small invalid; wide null; span invalid");
	assert_changes(*state, &test_thing_model, &amounts, "wide invalid");
	values.set_count.op = QN_SET_ADD;
	assert_new(*state, &test_thing_model, &values, "count invalid");
}

static void nothing_to_work_with_is_misuse(void **state)
{
	const test_thing_changes changes = { .name = QN_SET_NULL };
	qn_errors errors = { NULL, 7 };

	assert_int_equal(qn_validate_new(NULL, &test_thing_model, &sound_thing, &errors), QN_USAGE);
	assert_int_equal(errors.len, 0);
	assert_int_equal(qn_validate_new(*state, NULL, &sound_thing, &errors), QN_USAGE);
	assert_session_says(*state, "qn_validate_new: the model is NULL");
	assert_int_equal(qn_validate_new(*state, &test_thing_model, NULL, &errors), QN_USAGE);
	assert_session_says(*state, "qn_validate_new: the values are NULL");
	assert_int_equal(qn_validate_new(*state, &test_thing_model, &sound_thing, NULL), QN_USAGE);
	assert_session_says(*state, "qn_validate_new: the errors are NULL");
	assert_int_equal(qn_validate_changes(*state, &test_thing_model, &changes, NULL), QN_USAGE);
	assert_session_says(*state, "qn_validate_changes: the errors are NULL");
}

static void values_that_are_not_sound_are_the_sessions_error_too(void **state)
{
	const test_thing_new nothing = { .name = NULL };
	test_thing_new values = sound_thing;
	qn_errors errors;

	assert_int_equal(qn_validate_new(*state, &test_thing_model, &nothing, &errors),
			 QN_INVALID_VALUE);
	assert_session_says(*state, "test.Thing: the values have 1 error; the qn_errors say which");
	values.set_count = (qn_set_int32)QN_SET_NULL;
	values.set_tags.op = QN_SET_TO_NULL;
	assert_int_equal(qn_validate_new(*state, &test_thing_model, &values, &errors),
			 QN_INVALID_VALUE);
	assert_session_says(*state,
			    "test.Thing: the values have 2 errors; the qn_errors say which");
}

/* big >= 0 AND big <= count; title <> 'no'; one that the database alone can tell. */
static const uint16_t range_fields[] = { FIELD(COUNT), FIELD(BIG) };
static const uint16_t title_fields[] = { FIELD(TITLE) };
static const qn_node range_nodes[] = {
	{ .kind = QN_NODE_FIELD, .field = FIELD(BIG) },
	{ .kind = QN_NODE_LITERAL, .type = QN_TYPE_INT64, .text = "0" },
	{ .kind = QN_NODE_GREATER_OR_EQUAL },
	{ .kind = QN_NODE_FIELD, .field = FIELD(BIG) },
	{ .kind = QN_NODE_FIELD, .field = FIELD(COUNT) },
	{ .kind = QN_NODE_LESS_OR_EQUAL },
	{ .kind = QN_NODE_AND },
};
static const qn_node title_nodes[] = {
	{ .kind = QN_NODE_FIELD, .field = FIELD(TITLE) },
	{ .kind = QN_NODE_LITERAL, .type = QN_TYPE_TEXT, .text = "no" },
	{ .kind = QN_NODE_NOT_EQUAL },
};
static const qn_node matches_nodes[] = {
	{ .kind = QN_NODE_FIELD, .field = FIELD(TITLE) },
	{ .kind = QN_NODE_MATCHES, .text = "^(a|aa)+$" },
};
static const qn_check checks[] = {
	{ "thing_range", "big >= 0 AND big <= count", range_fields, range_nodes, 2, 7 },
	{ "thing_title", "title <> 'no'", title_fields, title_nodes, 1, 3 },
	{ "thing_other", "title <> lower(title)", title_fields, NULL, 1, 0 },
	{ "thing_match", "title ~ '^(a|aa)+$' ", title_fields, matches_nodes, 1, 2 },
};

static void checks_are_of_their_field_or_of_the_whole(void **state)
{
	const qn_rules rules = { .checks = checks, .check_count = 3 };
	const qn_model model = model_with(&rules);
	const test_thing_changes bad = {
		.count = QN_SET(3),
		.big = QN_SET(4),
		.title = QN_SET("no"),
	};
	const test_thing_changes good = {
		.count = QN_SET(4),
		.big = QN_SET(4),
		.title = QN_SET("NO"),
	};
	qn_errors errors;

	assert_int_equal(qn_validate_changes(*state, &model, &bad, &errors), QN_INVALID_VALUE);
	assert_errors(&errors, " check; title check");
	assert_string_equal(errors.at[0].message,
			    "does not keep the condition: big >= 0 AND big <= count");
	assert_changes(*state, &model, &good, "");
}

static void checks_need_all_that_they_name(void **state)
{
	const qn_rules rules = { .checks = checks, .check_count = 2 };
	const qn_model model = model_with(&rules);
	const test_thing_changes part = { .big = QN_SET(-1) };
	const test_thing_changes computed = { .big = QN_SET(-1), .count = QN_ADD(1) };
	const test_thing_changes null = { .big = QN_SET_NULL, .count = QN_SET(1) };
	const test_thing_changes failed = {
		.big = QN_SET(-1),
		.count = QN_SET_NULL,
		.title = QN_SET("no"),
	};
	test_thing_new values = sound_thing;

	assert_changes(*state, &model, &part, "");
	assert_changes(*state, &model, &computed, "");
	assert_changes(*state, &model, &null, "");
	assert_changes(*state, &model, &failed, "count null; title check");
	values.set_big = (qn_set_int64)QN_SET(-1);
	/* The count has a default, which only the database knows. */
	assert_new(*state, &model, &values, "");
	values.set_count = (qn_set_int32)QN_SET(1);
	assert_new(*state, &model, &values, " check");
	/* What is left out and has no default is NULL. */
	values.set_big.op = QN_SET_NOTHING;
	assert_new(*state, &model, &values, "");
}

static void a_check_without_a_verdict_is_left_to_the_database(void **state)
{
	const qn_rules rules = { .checks = checks + 3, .check_count = 1 };
	const qn_model model = model_with(&rules);
	char text[1000];
	const test_thing_changes changes = { .title = QN_SET(text) };

	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 2, "!", 2);
	assert_changes(*state, &model, &changes, "");
	text[1] = '!';
	text[2] = '\0';
	assert_changes(*state, &model, &changes, "title check");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sound_is_taken),
		cmocka_unit_test(what_is_required_has_to_be_there),
		cmocka_unit_test(null_is_for_fields_that_have_it),
		cmocka_unit_test(values_fit_their_columns),
		cmocka_unit_test(documents_are_what_the_server_takes),
		cmocka_unit_test(of_an_array_the_element_is_named),
		cmocka_unit_test(only_what_can_be_computed_is),
		cmocka_unit_test(nothing_to_work_with_is_misuse),
		cmocka_unit_test(values_that_are_not_sound_are_the_sessions_error_too),
		cmocka_unit_test(checks_are_of_their_field_or_of_the_whole),
		cmocka_unit_test(checks_need_all_that_they_name),
		cmocka_unit_test(a_check_without_a_verdict_is_left_to_the_database),
	};

	return cmocka_run_group_tests(tests, json_reading_setup, json_reading_teardown);
}
