/*
 * Validation without memory: whichever allocation fails, it is QN_OUT_OF_MEMORY and there are no
 * errors, and the next validation works. The same for reading JSON of a model with rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_op.h"
#include "quern/json_read.h"
#include "scarce_memory.h"
#include "thing.h"

#define FIELD(constant) ((uint16_t)(TEST_THING_##constant - 1))

static void title_hook(const void *value, qn_validation *validation)
{
	if (strcmp(*(const char *const *)value, "bad") == 0)
		qn_invalid(validation, 0, "custom", "is %s", "bad");
}

static void changes_hook(const void *changes, qn_validation *validation)
{
	(void)changes;
	qn_invalid(validation, 0, "custom", "whatever it is");
}

static const uint16_t big_fields[] = { FIELD(BIG) };
static const qn_node big_nodes[] = {
	{ .kind = QN_NODE_FIELD, .field = FIELD(BIG) },
	{ .kind = QN_NODE_LITERAL, .type = QN_TYPE_INT64, .text = "9" },
	{ .kind = QN_NODE_LESS_OR_EQUAL },
};
static const qn_check checks[] = { { "thing_big", "big <= 9", big_fields, big_nodes, 1, 3 } };
static const qn_rule rule_table[] = {
	{ .field = FIELD(NAME), .kind = QN_RULE_PATTERN, .text = "^(a|b)+$" },
	{ .field = FIELD(TITLE), .kind = QN_RULE_SLUG },
	{ .field = FIELD(TITLE), .kind = QN_RULE_HOOK, .hook = title_hook },
	{ .field = FIELD(WIDE), .kind = QN_RULE_FROM, .text = "0" },
	{ .field = FIELD(TAGS), .kind = QN_RULE_MIN_LENGTH, .number = 2 },
};
static const qn_rules rules = {
	.rules = rule_table,
	.checks = checks,
	.changes_hook = changes_hook,
	.rule_count = 5,
	.check_count = 1,
};

typedef qn_status trial(qn_session *session, const qn_model *model, qn_errors *errors);

static const char *const texts[] = { "ab", NULL, "a" };

static qn_status new_that_is_sound(qn_session *session, const qn_model *model, qn_errors *errors)
{
	const test_thing_new values = {
		.name = "ab",
		.set_title = QN_SET("slug"),
		.set_wide = QN_SET("1.5"),
		.set_doc = QN_SET("[1,2,3]"),
		.set_tags = QN_SET_ARRAY(texts, 2),
	};

	return qn_validate_new(session, model, &values, errors);
}

static qn_status changes_that_are_not(qn_session *session, const qn_model *model, qn_errors *errors)
{
	const test_thing_changes changes = {
		.name = QN_SET("abc"),
		.title = QN_SET("bad"),
		.count = QN_SET_NULL,
		.big = QN_SET(10),
		.price = QN_SET(((qn_decimal){ 123, 3 })),
		.wide = QN_SET("-1"),
		.code = QN_SET("abcd"),
		.tags = QN_SET_ARRAY(texts, 3),
	};

	return qn_validate_changes(session, model, &changes, errors);
}

static qn_status changes_that_the_hook_refuses(qn_session *session, const qn_model *model,
					       qn_errors *errors)
{
	const test_thing_changes changes = { .title = QN_SET("slug") };

	return qn_validate_changes(session, model, &changes, errors);
}

static qn_status json_that_is_not_sound(qn_session *session, const qn_model *model,
					qn_errors *errors)
{
	static const char text[] = "{\"name\":\"abc\",\"title\":\"bad\",\"big\":10,\"wide\":-1,"
				   "\"tags\":[\"ab\",\"a\"],\"nope\":1}";
	test_thing_changes changes = { .name = QN_SET_NULL };
	qn_status status =
		qn_json_read_changes(session, model, &changes,
				     (qn_json_input){ .text = text, .len = strlen(text) }, errors);

	assert_int_equal(changes.name.op, QN_SET_NOTHING);
	return status;
}

/* Chunks so small that almost every object is an allocation. */
static void session_begin(qn_session *session)
{
	memset(session, 0, sizeof(*session));
	fake_session_init(session);
	arena_free(&session->arena);
	arena_init(&session->arena, 16, NULL);
}

static void each_allocation_fails(trial *try, qn_status expected)
{
	qn_status status = QN_OUT_OF_MEMORY;
	qn_model model = test_thing_model;

	model.rules = &rules;
	for (size_t number = 0; status == QN_OUT_OF_MEMORY; number++) {
		qn_session session;
		qn_errors errors;

		session_begin(&session);
		scarce_memory_begin(number, SCARCE_ONCE);
		status = try(&session, &model, &errors);
		scarce_memory_end();
		assert_int_equal(status, scarce_memory_has_failed() ? QN_OUT_OF_MEMORY : expected);
		if (status == QN_OUT_OF_MEMORY) {
			assert_int_equal(errors.len, 0);
			assert_int_equal(try(&session, &model, &errors), expected);
		}
		assert_int_equal(errors.len > 0, expected != QN_OK);
		assert_true(number < 300);
		fake_session_free(&session);
	}
}

static void structs_that_find_no_memory_have_no_verdict(void **state)
{
	(void)state;
	each_allocation_fails(new_that_is_sound, QN_OK);
	each_allocation_fails(changes_that_are_not, QN_INVALID_VALUE);
	each_allocation_fails(changes_that_the_hook_refuses, QN_INVALID_VALUE);
}

static void texts_that_find_no_memory_have_no_verdict(void **state)
{
	(void)state;
	each_allocation_fails(json_that_is_not_sound, QN_INVALID_VALUE);
}

static qn_status errors_that_are_renamed(qn_session *session, const qn_model *model,
					 qn_errors *errors)
{
	static const qn_field_error given[] = {
		{ .field = "tags[1]", .code = "blank", .message = "is blank" },
		{ .field = "big", .code = "check", .message = "", .constraint = "thing_big" },
	};
	static const qn_serializer_entry entries[] = {
		{ .key = "marks", .member = TEST_THING_TAGS },
		{ .key = "size", .member = TEST_THING_BIG },
	};
	const qn_serializer serializer = { "test.Thing", model, entries, 2 };
	qn_errors renamed = { given, 2 };
	qn_status status = qn_errors_rename(session, &serializer, &renamed);

	assert_string_equal(renamed.at[0].field, status == QN_OK ? "marks[1]" : "tags[1]");
	assert_string_equal(renamed.at[1].message,
			    status == QN_OK ? "does not keep the condition: size <= 9" : "");
	*errors = (qn_errors){ NULL, 0 };
	return status;
}

static void names_that_find_no_memory_stay(void **state)
{
	(void)state;
	each_allocation_fails(errors_that_are_renamed, QN_OK);
}

/* The session keeps what the errors say, and not what was looked at. */
static void large_values_leave_nothing_behind(void **state)
{
	size_t len = 4 << 20;
	char *text = malloc(len + 1);
	const test_thing_changes changes = { .title = QN_SET(text) };
	qn_session session;
	qn_errors errors;
	qn_model model = test_thing_model;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	text[len] = '\0';
	memset(&session, 0, sizeof(session));
	fake_session_init(&session);
	model.rules = &rules;
	assert_int_equal(qn_validate_changes(&session, &model, &changes, &errors),
			 QN_INVALID_VALUE);
	assert_true(session.arena.chunk_size < 1 << 16);
	fake_session_free(&session);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structs_that_find_no_memory_have_no_verdict),
		cmocka_unit_test(texts_that_find_no_memory_have_no_verdict),
		cmocka_unit_test(names_that_find_no_memory_stay),
		cmocka_unit_test(large_values_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
