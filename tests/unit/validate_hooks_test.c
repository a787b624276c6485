/*
 * Hooks of fields and of the model: when they are called, and what they may say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "validating.h"

/* What was called, in order, and what it was given; one trace for the hooks of a test. */
struct trace {
	char text[200];
	int32_t field;    /* what the model's hook complains about */
	bool is_refusing; /* all hooks complain */
};

static void trace_add(qn_validation *validation, const char *text)
{
	qn_session *session = qn_validation_session(validation);
	struct trace *trace = qn_session_context(session);

	(void)snprintf(trace->text + strlen(trace->text), sizeof(trace->text) - strlen(trace->text),
		       "%s;", text);
	if (trace->is_refusing)
		qn_invalid(validation, 0, "custom", "is refused by the hook of %s", text);
}

/* The session of these tests is a fake one, without the context of a real one. */
static struct trace *current;

void *qn_session_context(const qn_session *session)
{
	(void)session;
	return current;
}

static void title_hook(const void *value, qn_validation *validation)
{
	trace_add(validation, *(const char *const *)value);
}

static void count_hook(const void *value, qn_validation *validation)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", *(const int32_t *)value);
	trace_add(validation, text);
}

static void tags_hook(const void *value, qn_validation *validation)
{
	const qn_array_text *tags = value;
	char text[16];

	(void)snprintf(text, sizeof(text), "%zu tags", tags->len);
	trace_add(validation, text);
}

static void changes_hook(const void *values, qn_validation *validation)
{
	const test_thing_changes *changes = values;

	trace_add(validation, changes->title.op == QN_SET_NOTHING ? "no title" : "changes");
	if (current->field)
		qn_invalid(validation, current->field, "custom", "%d%%", 7);
}

static void new_hook(const void *values, qn_validation *validation)
{
	trace_add(validation, ((const test_thing_new *)values)->name);
}

static const uint16_t title_fields[] = { FIELD(TITLE) };
static const qn_node title_nodes[] = {
	{ .kind = QN_NODE_FIELD, .field = FIELD(TITLE) },
	{ .kind = QN_NODE_LITERAL, .type = QN_TYPE_TEXT, .text = "no" },
	{ .kind = QN_NODE_NOT_EQUAL },
};
static const qn_check title_check = {
	"thing_title", "title <> 'no'", title_fields, title_nodes, 1, 3
};

static const qn_rule hook_rules[] = {
	{ .field = FIELD(TITLE), .kind = QN_RULE_HOOK, .hook = title_hook },
	{ .field = FIELD(TITLE), .kind = QN_RULE_SLUG },
	{ .field = FIELD(COUNT), .kind = QN_RULE_HOOK, .hook = count_hook },
	{ .field = FIELD(TAGS), .kind = QN_RULE_NOT_BLANK },
	{ .field = FIELD(TAGS), .kind = QN_RULE_HOOK, .hook = tags_hook },
};

static const qn_rules hooks = {
	.rules = hook_rules,
	.checks = &title_check,
	.new_hook = new_hook,
	.changes_hook = changes_hook,
	.rule_count = 5,
	.check_count = 1,
};

static void hooks_come_behind_rules_and_that_of_the_model_last(void **state)
{
	static const char *const texts[] = { "a", "b" };
	const qn_model model = model_with(&hooks);
	const test_thing_changes changes = {
		.title = QN_SET("abc"),
		.count = QN_SET(5),
		.tags = QN_SET_ARRAY(texts, 2),
	};
	struct trace trace = { .text = "" };

	current = &trace;
	assert_changes(*state, &model, &changes, "");
	assert_string_equal(trace.text, "abc;5;2 tags;changes;");
}

static void hooks_are_called_for_sound_values_alone(void **state)
{
	static const char *const texts[] = { " " };
	const qn_model model = model_with(&hooks);
	const test_thing_changes bad = {
		.title = QN_SET("a b"),
		.count = QN_SET_NULL,
		.tags = QN_SET_ARRAY(texts, 1),
	};
	const test_thing_changes null = { .title = QN_SET_NULL, .count = QN_ADD(1) };
	const test_thing_changes nothing = { .title = { .op = QN_SET_NOTHING } };
	const test_thing_changes checked = { .title = QN_SET("no") };
	struct trace trace = { .text = "" };

	current = &trace;
	assert_changes(*state, &model, &bad, "title invalid_slug; count null; tags[0] blank");
	assert_string_equal(trace.text, "");
	assert_changes(*state, &model, &null, "");
	assert_string_equal(trace.text, "changes;");
	assert_changes(*state, &model, &nothing, "");
	assert_string_equal(trace.text, "changes;no title;");
	/* A check that is not kept keeps the model's hook away. */
	assert_changes(*state, &model, &checked, "title check");
	assert_string_equal(trace.text, "changes;no title;no;");
}

static void hooks_say_what_is_wrong(void **state)
{
	const qn_model model = model_with(&hooks);
	const test_thing_changes changes = { .title = QN_SET("abc"), .count = QN_SET(5) };
	struct trace trace = { .is_refusing = true };
	qn_errors errors;

	current = &trace;
	assert_int_equal(qn_validate_changes(*state, &model, &changes, &errors), QN_INVALID_VALUE);
	assert_errors(&errors, "title custom; count custom");
	assert_string_equal(errors.at[0].message, "is refused by the hook of abc");
	assert_string_equal(trace.text, "abc;5;");
	assert_new(*state, &model, &sound_thing, " custom");
	assert_string_equal(trace.text, "abc;5;abc;");
}

static void the_hook_of_the_model_names_fields(void **state)
{
	const qn_model model = model_with(&hooks);
	const test_thing_changes nothing = { .title = { .op = QN_SET_NOTHING } };
	struct trace trace = { .field = TEST_THING_BORN };
	qn_errors errors;

	current = &trace;
	assert_int_equal(qn_validate_changes(*state, &model, &nothing, &errors), QN_INVALID_VALUE);
	assert_errors(&errors, "born custom");
	assert_string_equal(errors.at[0].message, "7%");
	trace.field = -3;
	assert_changes(*state, &model, &nothing, " custom");
	trace.field = TEST_THING_END_;
	assert_changes(*state, &model, &nothing, " custom");
}

static void complain_without_a_code(const void *values, qn_validation *validation)
{
	(void)values;
	qn_invalid(validation, TEST_THING_BORN, NULL, "is not right");
}

static void what_a_hook_gives_no_code_is_invalid(void **state)
{
	const qn_rules rules = { .changes_hook = complain_without_a_code };
	const qn_model model = model_with(&rules);
	const test_thing_changes nothing = { .title = { .op = QN_SET_NOTHING } };

	assert_changes(*state, &model, &nothing, "born invalid");
}

static void complain_a_lot(const void *values, qn_validation *validation)
{
	(void)values;
	for (int i = 0; i < 30; i++)
		qn_invalid(validation, TEST_THING_BORN, "custom", "no %d", i);
	for (int i = 0; i < 30; i++)
		qn_invalid(validation, 0, "custom", "whole %d", i);
}

static void a_field_has_one_error_and_the_whole_any_number(void **state)
{
	const qn_rules rules = { .changes_hook = complain_a_lot };
	const qn_model model = model_with(&rules);
	const test_thing_changes nothing = { .title = { .op = QN_SET_NOTHING } };
	qn_errors errors;

	assert_int_equal(qn_validate_changes(*state, &model, &nothing, &errors), QN_INVALID_VALUE);
	assert_int_equal(errors.len, 31);
	assert_string_equal(errors.at[0].field, "born");
	assert_string_equal(errors.at[0].message, "no 0");
	assert_string_equal(errors.at[30].field, "");
	assert_string_equal(errors.at[30].message, "whole 29");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hooks_come_behind_rules_and_that_of_the_model_last),
		cmocka_unit_test(hooks_are_called_for_sound_values_alone),
		cmocka_unit_test(hooks_say_what_is_wrong),
		cmocka_unit_test(the_hook_of_the_model_names_fields),
		cmocka_unit_test(what_a_hook_gives_no_code_is_invalid),
		cmocka_unit_test(a_field_has_one_error_and_the_whole_any_number),
	};

	return cmocka_run_group_tests(tests, json_reading_setup, json_reading_teardown);
}
