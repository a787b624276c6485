/* Trees of cJSON into changes: what their doubles hold, and documents in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "json_reading.h"

static qn_status read_tree(qn_session *session, const char *text, test_thing_changes *to,
			   qn_errors *errors)
{
	cJSON *tree = cJSON_Parse(text);
	qn_status status;

	assert_non_null(tree);
	status = qn_json_read_changes_tree(session, &test_thing_model, to,
					   (qn_json_tree_input){ .tree = tree }, errors);
	cJSON_Delete(tree);
	return status;
}

/* More than a stack could take by recursion, if the depth is more than is allowed. */
static qn_status read_nested_tree(qn_session *session, size_t depth, bool is_empty,
				  qn_errors *errors)
{
	cJSON *tree = cJSON_CreateObject();
	cJSON *inner = cJSON_AddArrayToObject(tree, "doc");
	test_thing_changes to;
	qn_status status;

	cJSON_AddNumberToObject(tree, "big", 7);
	for (size_t i = 1; i < depth; i++) {
		cJSON_AddItemToArray(inner, cJSON_CreateArray());
		cJSON_AddItemToArray(inner, cJSON_CreateNull());
		inner = inner->child;
	}
	if (!is_empty)
		cJSON_AddItemToArray(inner, cJSON_CreateTrue());
	status = qn_json_read_changes_tree(session, &test_thing_model, &to,
					   (qn_json_tree_input){ .tree = tree }, errors);
	cJSON_Delete(tree);
	return status;
}

static void documents_in_trees_are_as_deep_as_in_texts(void **state)
{
	qn_errors errors;

	for (int is_empty = 0; is_empty < 2; is_empty++) {
		assert_int_equal(read_nested_tree(*state, 1, is_empty, &errors), QN_OK);
		assert_int_equal(read_nested_tree(*state, 63, is_empty, &errors), QN_OK);
		assert_int_equal(read_nested_tree(*state, 64, is_empty, &errors), QN_INVALID_VALUE);
		assert_errors(&errors, "doc too_deep");
		assert_int_equal(read_nested_tree(*state, 5000, is_empty, &errors),
				 QN_INVALID_VALUE);
		assert_errors(&errors, "doc too_deep");
	}
}

static void documents_in_trees_keep_every_digit_of_their_doubles(void **state)
{
	test_thing_changes to;
	qn_errors errors;

	/* Of these cJSON prints "9.00719925474099e+15", "8e+15" and "0.3". */
	assert_int_equal(
		read_tree(*state,
			  "{\"doc\":[9007199254740991,8000000000000001,0.30000000000000004,"
			  "-0.1,1e-9,7,{\"\\u00e4\\\"\":\"\\n\",\"b\":{},\"c\":[]},false]}",
			  &to, &errors),
		QN_OK);
	assert_string_equal(to.doc.as.value,
			    "[9007199254740991,8000000000000001,0.30000000000000004,"
			    "-0.1,1e-09,7,{\"\xc3\xa4\\\"\":\"\\n\",\"b\":{},\"c\":[]},false]");
	assert_int_equal(read_tree(*state, "{\"doc\":\"text\"}", &to, &errors), QN_OK);
	assert_string_equal(to.doc.as.value, "\"text\"");
}

static void numbers_of_documents_that_a_double_cannot_hold_are_refused(void **state)
{
	static const char *const texts[] = {
		"{\"doc\":{\"a\":[1,9007199254740992]}}",
		"{\"doc\":-12345678901234567890}",
		"{\"doc\":[1e999]}",
		"{\"doc\":[-1e999]}",
	};
	test_thing_changes to;
	qn_errors errors;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(read_tree(*state, texts[i], &to, &errors), QN_INVALID_VALUE);
		assert_errors(&errors, "doc invalid");
	}
}

static qn_status read_raw(qn_session *session, const char *raw, test_thing_changes *to,
			  qn_errors *errors)
{
	cJSON *tree = cJSON_CreateObject();
	qn_status status;

	cJSON_AddRawToObject(cJSON_AddObjectToObject(tree, "doc"), "a", raw);
	status = qn_json_read_changes_tree(session, &test_thing_model, to,
					   (qn_json_tree_input){ .tree = tree }, errors);
	cJSON_Delete(tree);
	return status;
}

static void raw_parts_of_documents_have_to_be_json(void **state)
{
	char nested[160] = "";
	test_thing_changes to;
	qn_errors errors;

	assert_int_equal(read_raw(*state, "[12345678901234567890]", &to, &errors), QN_OK);
	assert_string_equal(to.doc.as.value, "{\"a\":[12345678901234567890]}");
	assert_int_equal(read_raw(*state, "1,\"b\":2", &to, &errors), QN_INVALID_VALUE);
	assert_errors(&errors, "doc invalid");
	for (size_t i = 0; i < 62; i++) {
		nested[i] = '[';
		nested[123 - i] = ']';
	}
	assert_int_equal(read_raw(*state, nested, &to, &errors), QN_OK);
	for (size_t i = 0; i < 63; i++) {
		nested[i] = '[';
		nested[125 - i] = ']';
	}
	assert_int_equal(read_raw(*state, nested, &to, &errors), QN_INVALID_VALUE);
}

/* The thing's doc is jsonb. */
static void raw_parts_that_jsonb_does_not_take_are_refused(void **state)
{
	static const char *const odd[] = { "\"\\u0000\"", "[{\"\\ud800\":1}]", "1e400000" };
	test_thing_changes to;
	qn_errors errors;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_int_equal(read_raw(*state, odd[i], &to, &errors), QN_INVALID_VALUE);
		assert_errors(&errors, "doc invalid");
	}
}

static void trees_are_read_where_their_doubles_are_exact(void **state)
{
	test_thing_new values;
	test_thing_changes to;
	qn_errors errors;
	cJSON *tree;

	assert_int_equal(
		read_tree(
			*state,
			"{\"name\":\"\xc3\xa4\",\"flag\":true,\"count\":-7,\"big\":9007199254740991,"
			"\"ratio\":0.1,\"real_\":0.1,\"price\":-12.25,\"wide\":-0.5,\"doc\":{\"a\":[1,null]},"
			"\"tags\":[\"x\",null],\"numbers\":[1,2],\"title\":null,\"kind\":\"live\"}",
			&to, &errors),
		QN_OK);
	assert_string_equal(to.name.as.value, "\xc3\xa4");
	assert_true(to.flag.as.value);
	assert_int_equal(to.count.as.value, -7);
	assert_true(to.big.as.value == INT64_C(9007199254740991));
	assert_true(to.ratio.as.value == 0.1);
	assert_true(to.real_.as.value == 0.1F);
	assert_int_equal(qn_decimal_compare(to.price.as.value, (qn_decimal){ -1225, 2 }), 0);
	assert_string_equal(to.wide.as.value, "-0.500000000000000000");
	assert_string_equal(to.doc.as.value, "{\"a\":[1,null]}");
	assert_true(to.tags.as.value.is_null[1]);
	assert_int_equal(to.numbers.as.value.at[1], 2);
	assert_int_equal(to.title.op, QN_SET_TO_NULL);
	assert_int_equal(to.kind.as.value, TEST_KIND_LIVE);
	assert_int_equal(
		read_tree(
			*state,
			"{\"big\":9007199254740993,\"price\":0.1,\"doc\":[\"\xff\"],\"ratio\":1e999,"
			"\"real_\":1e39,\"numbers\":[1,[2]],\"tags\":{},\"name\":\"\xff\","
			"\"nope\":1,\"id\":1,\"count\":1,\"count\":2}",
			&to, &errors),
		QN_INVALID_VALUE);
	assert_errors(
		&errors,
		"big invalid; price invalid; doc invalid; ratio invalid; real_ max_value; numbers[1] "
		"invalid; tags invalid; name invalid; nope unknown; id read_only; "
		"count duplicate_key");
	assert_int_equal(read_tree(*state, "[]", &to, &errors), QN_INVALID_VALUE);
	assert_errors(&errors, " invalid");
	assert_int_equal(read_tree(*state, "{\"name\":1,\"\xff\":1}", &to, &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, " invalid");
	tree = cJSON_Parse("{\"name\":\"n\",\"flag\":false,\"price\":\"0.1\"}");
	assert_int_equal(qn_json_read_new_tree(*state, &test_thing_model, &values,
					       (qn_json_tree_input){ .tree = tree }, &errors),
			 QN_OK);
	assert_int_equal(values.price.unscaled, 1);
	cJSON_Delete(tree);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, json_reading_setup, json_reading_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(documents_in_trees_are_as_deep_as_in_texts),
		TEST(documents_in_trees_keep_every_digit_of_their_doubles),
		TEST(numbers_of_documents_that_a_double_cannot_hold_are_refused),
		TEST(raw_parts_of_documents_have_to_be_json),
		TEST(raw_parts_that_jsonb_does_not_take_are_refused),
		TEST(trees_are_read_where_their_doubles_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
