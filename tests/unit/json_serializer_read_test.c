/*
 * JSON into values by a serializer: its keys and no others, and of those what it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "fake_op.h"
#include "node.h"
#include "quern/json_read.h"
#include "thing.h"

static qn_status compute_nothing(qn_buffer *out, const void *row, void *context)
{
	(void)row;
	(void)context;
	return qn_json_write_text(out, NULL);
}

static const qn_serializer_entry entries[] = {
	{ .key = "label", .member = TEST_THING_NAME },
	{ .key = "cost", .member = TEST_THING_PRICE },
	{ .key = "title", .member = TEST_THING_TITLE, .is_read_only = true },
	{ .key = "secret", .member = TEST_THING_CODE, .is_write_only = true },
	{ .key = "answer", .compute = compute_nothing },
};

static const qn_serializer card = { "test.Card", &test_thing_model, entries, 5 };

static int session_setup(void **state)
{
	qn_session *session = calloc(1, sizeof(*session));

	if (!session)
		return -1;
	fake_session_init(session);
	*state = session;
	return 0;
}

static int session_teardown(void **state)
{
	fake_session_free(*state);
	free(*state);
	return 0;
}

static qn_json_input input_of(const char *text)
{
	return (qn_json_input){ .text = text, .len = strlen(text), .serializer = &card };
}

/* All of the errors as "field code; field code". */
static void assert_errors(const qn_errors *errors, const char *expected)
{
	char text[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < errors->len; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s", i ? "; " : "",
					errors->at[i].field, errors->at[i].code);
		assert_true(len < sizeof(text));
	}
	assert_string_equal(text, expected);
}

static void assert_new_refused(qn_session *session, const char *text, const char *expected)
{
	test_thing_new values;
	qn_errors errors;

	assert_int_equal(qn_json_read_new(session, &test_thing_model, &values, input_of(text),
					  &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, expected);
}

static void values_are_read_under_its_keys(void **state)
{
	test_thing_new values;
	qn_errors errors;

	assert_int_equal(
		qn_json_read_new(*state, &test_thing_model, &values,
				 input_of("{\"cost\":1.5,\"secret\":\"abc\",\"label\":\"n\"}"),
				 &errors),
		QN_OK);
	assert_string_equal(values.name, "n");
	assert_int_equal(values.price.unscaled, 15);
	assert_int_equal(values.set_code.op, QN_SET_TO_VALUE);
	assert_string_equal(values.set_code.as.value, "abc");
	assert_int_equal(values.set_title.op, 0);
	assert_int_equal(values.flag, false);
}

static void names_of_the_model_are_no_keys(void **state)
{
	assert_new_refused(*state,
			   "{\"label\":\"n\",\"cost\":1,\"price\":2,\"name\":\"x\",\"big\":1}",
			   "price unknown; name unknown; big unknown");
}

static void what_it_only_writes_is_refused(void **state)
{
	assert_new_refused(*state, "{\"label\":\"n\",\"cost\":1,\"title\":\"x\",\"answer\":{}}",
			   "title read_only; answer read_only");
}

static void what_it_takes_of_the_required_fields_is_required(void **state)
{
	assert_new_refused(*state, "{}", "label required; cost required");
	assert_new_refused(*state, "{\"cost\":null,\"label\":\"too long\"}",
			   "cost null; label max_length");
}

static void changes_tell_absent_from_null(void **state)
{
	test_thing_changes changes;
	qn_errors errors;

	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &changes,
					      input_of("{\"secret\":null}"), &errors),
			 QN_OK);
	assert_int_equal(changes.code.op, QN_SET_TO_NULL);
	assert_int_equal(changes.name.op, 0);
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &changes,
					      input_of("{\"label\":null,\"title\":null}"), &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "label null; title read_only");
	assert_int_equal(changes.code.op, 0);
}

static void a_key_given_twice_is_refused(void **state)
{
	assert_new_refused(*state, "{\"label\":\"n\",\"cost\":1,\"label\":\"m\"}",
			   "label duplicate_key");
}

static void a_serializer_without_keys_takes_none(void **state)
{
	const qn_serializer nothing = { .name = "test.Nothing", .model = &test_thing_model };
	qn_json_input input = input_of("{\"name\":\"n\"}");
	test_thing_new values;
	qn_errors errors;

	input.serializer = &nothing;
	assert_int_equal(qn_json_read_new(*state, &test_thing_model, &values, input, &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "name unknown");
	input.ignore_unknown = true;
	assert_int_equal(qn_json_read_new(*state, &test_thing_model, &values, input, &errors),
			 QN_OK);
}

static void trees_are_read_under_its_keys_too(void **state)
{
	cJSON *tree = cJSON_Parse("{\"cost\":1.5,\"secret\":\"abc\",\"label\":\"n\"}");
	qn_json_tree_input input = { .tree = tree, .serializer = &card };
	test_thing_new values;
	test_thing_changes changes;
	qn_errors errors;

	assert_int_equal(qn_json_read_new_tree(*state, &test_thing_model, &values, input, &errors),
			 QN_OK);
	assert_string_equal(values.name, "n");
	assert_int_equal(values.price.unscaled, 15);
	assert_string_equal(values.set_code.as.value, "abc");
	cJSON_Delete(tree);

	tree = cJSON_Parse("{\"title\":null,\"secret\":null,\"name\":\"x\"}");
	input.tree = tree;
	assert_int_equal(qn_json_read_changes_tree(*state, &test_thing_model, &changes, input,
						   &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "title read_only; name unknown");
	assert_int_equal(qn_json_read_new_tree(*state, &test_thing_model, &values, input, &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "title read_only; name unknown; label required; cost required");
	cJSON_DeleteItemFromObject(tree, "title");
	input.ignore_unknown = true;
	assert_int_equal(qn_json_read_changes_tree(*state, &test_thing_model, &changes, input,
						   &errors),
			 QN_OK);
	assert_int_equal(changes.code.op, QN_SET_TO_NULL);
	assert_int_equal(changes.name.op, QN_SET_NOTHING);
	cJSON_Delete(tree);
}

static void the_serializer_of_another_model_is_wrong_use(void **state)
{
	const qn_serializer other = { .name = "test.Other", .model = &node_model };
	qn_json_input input = input_of("{}");
	test_thing_new values;
	qn_errors errors;

	input.serializer = &other;
	assert_int_equal(qn_json_read_new(*state, &test_thing_model, &values, input, &errors),
			 QN_USAGE);
	assert_int_equal(errors.len, 0);
	assert_string_equal(((qn_session *)*state)->message,
			    "qn_json_read_new: serializer test.Other is for test.Node, not for "
			    "test.Thing");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, session_setup, session_teardown)
	const struct CMUnitTest tests[] = {
		TEST(values_are_read_under_its_keys),
		TEST(names_of_the_model_are_no_keys),
		TEST(what_it_only_writes_is_refused),
		TEST(what_it_takes_of_the_required_fields_is_required),
		TEST(changes_tell_absent_from_null),
		TEST(a_key_given_twice_is_refused),
		TEST(a_serializer_without_keys_takes_none),
		TEST(trees_are_read_under_its_keys_too),
		TEST(the_serializer_of_another_model_is_wrong_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
