/*
 * Reading JSON of a model with rules: what is looked at, under which names, and when the hook of
 * the model is called.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "fake_op.h"
#include "json_reading.h"
#include "thing.h"

#define FIELD(constant) ((uint16_t)(TEST_THING_##constant - 1))

/* How often the hooks of the model were called. */
static int new_calls;
static int changes_calls;

static void new_hook(const void *values, qn_validation *validation)
{
	const test_thing_new *new = values;

	new_calls++;
	if (new->name && strcmp(new->name, "bad") == 0)
		qn_invalid(validation, TEST_THING_NAME, "custom", "is bad");
}

static void changes_hook(const void *values, qn_validation *validation)
{
	const test_thing_changes *changes = values;

	changes_calls++;
	if (changes->big.op == QN_SET_TO_VALUE && changes->big.as.value == 7)
		qn_invalid(validation, TEST_THING_BIG, "custom", "is seven");
	if (changes->title.op == QN_SET_TO_NULL)
		qn_invalid(validation, TEST_THING_TITLE, "custom", "is needed today");
}

/* big <= 9, and title or code is given. */
static const uint16_t big_fields[] = { FIELD(BIG) };
static const qn_node big_nodes[] = {
	{ .kind = QN_NODE_FIELD, .field = FIELD(BIG) },
	{ .kind = QN_NODE_LITERAL, .type = QN_TYPE_INT64, .text = "9" },
	{ .kind = QN_NODE_LESS_OR_EQUAL },
};
static const uint16_t either_fields[] = { FIELD(TITLE), FIELD(CODE) };
static const qn_node either_nodes[] = {
	{ .kind = QN_NODE_FIELD, .field = FIELD(TITLE) },
	{ .kind = QN_NODE_IS_NULL },
	{ .kind = QN_NODE_FIELD, .field = FIELD(CODE) },
	{ .kind = QN_NODE_IS_NULL },
	{ .kind = QN_NODE_AND },
	{ .kind = QN_NODE_NOT },
};
static const qn_check checks[] = {
	{ "thing_big", "big <= 9", big_fields, big_nodes, 1, 3 },
	{ "thing_either", "NOT (title IS NULL AND code IS NULL)", either_fields, either_nodes, 2,
	  6 },
};
static const qn_rule rule_table[] = {
	{ .field = FIELD(NAME), .kind = QN_RULE_NOT_BLANK },
	{ .field = FIELD(TITLE), .kind = QN_RULE_PATTERN, .text = "^[a-z]" },
	{ .field = FIELD(BIG), .kind = QN_RULE_FROM, .text = "0" },
	{ .field = FIELD(TAGS), .kind = QN_RULE_NOT_BLANK },
};
static const qn_rules rules = {
	.rules = rule_table,
	.checks = checks,
	.new_hook = new_hook,
	.changes_hook = changes_hook,
	.rule_count = 4,
	.check_count = 2,
};

static const uint16_t relation_fields[] = { FIELD(BIG) };
static const qn_relation relations[] = {
	{ .name = "bigger",
	  .model = &test_thing_model,
	  .own = relation_fields,
	  .own_len = 1,
	  .kind = QN_RELATION_FORWARD },
};

static qn_model ruled(void)
{
	qn_model model = test_thing_model;

	model.rules = &rules;
	model.relations = relations;
	model.relation_count = 1;
	new_calls = 0;
	changes_calls = 0;
	return model;
}

static void assert_read_new(qn_session *session, const qn_model *model, qn_json_input input,
			    const char *expected)
{
	test_thing_new values;
	qn_errors errors;

	assert_int_equal(qn_json_read_new(session, model, &values, input, &errors),
			 *expected ? QN_INVALID_VALUE : QN_OK);
	assert_errors(&errors, expected);
	if (*expected)
		assert_null(values.name);
}

static void assert_read_changes(qn_session *session, const qn_model *model, const char *text,
				const char *expected)
{
	test_thing_changes changes;
	qn_errors errors;

	assert_int_equal(qn_json_read_changes(session, model, &changes, text_input(text), &errors),
			 *expected ? QN_INVALID_VALUE : QN_OK);
	assert_errors(&errors, expected);
	if (*expected)
		assert_int_equal(changes.big.op, QN_SET_NOTHING);
}

static void rules_and_checks_are_kept_by_what_is_read(void **state)
{
	const qn_model model = ruled();

	assert_read_new(*state, &model,
			text_input("{\"name\":\"a\",\"flag\":true,\"price\":1,\"title\":\"a\"}"),
			"");
	assert_int_equal(new_calls, 1);
	assert_read_new(*state, &model,
			text_input("{\"price\":1.234,\"name\":\" \",\"title\":\"A\",\"big\":10,"
				   "\"tags\":[\"a\",\"\"]}"),
			"price max_decimal_places; flag required; name blank; title pattern; "
			"tags[1] blank; big check");
	assert_read_new(*state, &model,
			text_input("{\"name\":\"bad\",\"flag\":true,\"price\":1,\"code\":\"c\"}"),
			"name custom");
	/* What is left out without a default is NULL. */
	assert_read_new(*state, &model, text_input("{\"name\":\"a\",\"flag\":true,\"price\":1}"),
			" check");
	assert_int_equal(new_calls, 2);
}

static void changes_are_looked_at_as_far_as_they_go(void **state)
{
	const qn_model model = ruled();

	assert_read_changes(*state, &model, "{}", "");
	assert_read_changes(*state, &model, "{\"title\":null}", "title custom");
	assert_int_equal(changes_calls, 2);
	assert_read_changes(*state, &model, "{\"title\":null,\"code\":null}", " check");
	assert_read_changes(*state, &model, "{\"big\":-1,\"title\":\"1\"}",
			    "title pattern; big min_value");
	assert_int_equal(changes_calls, 2);
}

static void what_is_no_json_or_unknown_is_told_first(void **state)
{
	const qn_model model = ruled();

	assert_read_changes(*state, &model, "{\"big\":-1,}", " syntax");
	assert_read_changes(*state, &model, "{\"nope\":1,\"big\":-1}",
			    "nope unknown; big min_value");
	assert_int_equal(changes_calls, 0);
}

static void errors_have_the_name_that_the_value_was_given_under(void **state)
{
	const qn_model model = ruled();

	assert_read_changes(*state, &model, "{\"bigger\":-1}", "bigger min_value");
	assert_read_changes(*state, &model, "{\"bigger\":10}", "bigger check");
	assert_read_changes(*state, &model, "{\"bigger\":7}", "bigger custom");
	assert_read_changes(*state, &model, "{\"big\":7}", "big custom");
}

static void trees_keep_the_rules_too(void **state)
{
	const qn_model model = ruled();
	cJSON *tree = cJSON_Parse("{\"bigger\":-1,\"title\":\"X\"}");
	test_thing_changes changes;
	qn_errors errors;

	assert_int_equal(qn_json_read_changes_tree(*state, &model, &changes,
						   (qn_json_tree_input){ .tree = tree }, &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "title pattern; bigger min_value");
	cJSON_Delete(tree);
}

static const qn_serializer_entry part_entries[] = {
	{ .key = "label", .member = TEST_THING_NAME },
	{ .key = "heading", .member = TEST_THING_TITLE },
	{ .key = "size", .member = TEST_THING_BIG, .is_read_only = true },
};
static const qn_serializer_entry whole_entries[] = {
	{ .key = "label", .member = TEST_THING_NAME },
	{ .key = "on", .member = TEST_THING_FLAG },
	{ .key = "cost", .member = TEST_THING_PRICE },
	{ .key = "heading", .member = TEST_THING_TITLE },
	{ .key = "secret", .member = TEST_THING_CODE },
	{ .key = "marks", .member = TEST_THING_TAGS },
};

static void of_a_serializer_only_what_it_takes_is_looked_at(void **state)
{
	const qn_model model = ruled();
	const qn_serializer part = { "test.Part", &model, part_entries, 3 };
	qn_json_input input = text_input("{\"label\":\"bad\"}");

	/*
	 * The program sets the rest: whether a code is given is not known yet, and the hook has to
	 * wait.
	 */
	input.serializer = &part;
	assert_read_new(*state, &model, input, "");
	assert_int_equal(new_calls, 0);
	input = text_input("{\"label\":\"\",\"heading\":\"X\"}");
	input.serializer = &part;
	assert_read_new(*state, &model, input, "label blank; heading pattern");
}

static void a_serializer_that_takes_all_that_is_required_has_the_hook_called(void **state)
{
	const qn_model model = ruled();
	const qn_serializer whole = { "test.Whole", &model, whole_entries, 6 };
	qn_json_input input =
		text_input("{\"label\":\"bad\",\"on\":true,\"cost\":1,\"secret\":\"s\"}");

	input.serializer = &whole;
	assert_read_new(*state, &model, input, "label custom");
	assert_int_equal(new_calls, 1);
	input = text_input("{\"label\":\"good\",\"on\":true,\"cost\":1,\"marks\":[\"\"]}");
	input.serializer = &whole;
	assert_read_new(*state, &model, input, "marks[0] blank;  check");
	assert_int_equal(new_calls, 1);
}

static void errors_get_the_keys_of_a_serializer(void **state)
{
	const qn_serializer whole = { "test.Whole", &test_thing_model, whole_entries, 6 };
	const qn_serializer part = { "test.Part", &test_thing_model, part_entries, 3 };
	const qn_field_error given[] = {
		{ .field = "name", .code = "unique", .message = "is taken" },
		{ .field = "tags[3]", .code = "blank", .message = "is blank" },
		{ .field = "", .code = "check", .message = "is wrong" },
		{ .field = "big", .code = "unique", .message = "is taken" },
		{ .field = "tag", .code = "unknown", .message = "is no field" }
	};
	qn_errors errors = { given, 5 };

	assert_int_equal(qn_errors_rename(*state, &whole, &errors), QN_OK);
	assert_errors(&errors, "label unique; marks[3] blank;  check; big unique; tag unknown");
	errors = (qn_errors){ given, 4 };
	assert_int_equal(qn_errors_rename(*state, &part, &errors), QN_OK);
	assert_errors(&errors, "label unique; tags[3] blank;  check; big unique");
	assert_string_equal(given[0].field, "name");
	errors = (qn_errors){ NULL, 0 };
	assert_int_equal(qn_errors_rename(*state, &part, &errors), QN_OK);
	assert_int_equal(errors.len, 0);
	assert_int_equal(qn_errors_rename(*state, NULL, &errors), QN_USAGE);
	assert_session_says(*state, "qn_errors_rename: the serializer is NULL");
	assert_int_equal(qn_errors_rename(*state, &part, NULL), QN_USAGE);
	assert_session_says(*state, "qn_errors_rename: the errors are NULL");
	assert_int_equal(qn_errors_rename(NULL, &part, &errors), QN_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_get_the_keys_of_a_serializer),
		cmocka_unit_test(rules_and_checks_are_kept_by_what_is_read),
		cmocka_unit_test(changes_are_looked_at_as_far_as_they_go),
		cmocka_unit_test(what_is_no_json_or_unknown_is_told_first),
		cmocka_unit_test(errors_have_the_name_that_the_value_was_given_under),
		cmocka_unit_test(trees_keep_the_rules_too),
		cmocka_unit_test(of_a_serializer_only_what_it_takes_is_looked_at),
		cmocka_unit_test(a_serializer_that_takes_all_that_is_required_has_the_hook_called),
	};

	return cmocka_run_group_tests(tests, json_reading_setup, json_reading_teardown);
}
