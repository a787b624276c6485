/*
 * JSON into values: what a text may be, its keys, its limits, and what is wrong by field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_reading.h"

static void keys_are_checked(void **state)
{
	test_thing_changes to;
	qn_errors errors;
	qn_json_input lax = text_input("{\"x\":[{\"a\":[]},null],\"big\":1,\"X\":2}");

	assert_refused(*state, "{\"id\":1}", "id read_only");
	assert_refused(*state, "{\"Name\":1,\"nam\":2,\"names\":3,\"__proto__\":{},\"\":4}",
		       "Name unknown; nam unknown; names unknown; __proto__ unknown;  unknown");
	assert_refused(*state, "{\"name\\u0000\":\"x\"}", "name\\u0000 unknown");
	assert_refused(*state, "{\"big\":1,\"big\":1}", "big duplicate_key");
	assert_refused(*state, "{\"big\":1,\"b\\u0069g\":1}", "big duplicate_key");
	assert_refused(*state, "{\"big\":\"x\",\"big\":1}", "big invalid");
	assert_taken(*state, "{\"b\\u0069g\":7}", &to);
	assert_int_equal(to.big.as.value, 7);
	lax.ignore_unknown = true;
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, lax, &errors), QN_OK);
	assert_int_equal(to.big.as.value, 1);
}

static void a_foreign_key_goes_by_its_relation_too(void **state)
{
	static const uint16_t own[] = { TEST_THING_BIG - 1 };
	static const qn_relation relations[] = {
		{ .name = "owner", .kind = QN_RELATION_FORWARD, .own = own, .own_len = 1 },
		{ .name = "things", .kind = QN_RELATION_MANY, .own = own, .own_len = 1 },
	};
	qn_model model = test_thing_model;
	test_thing_changes to;
	qn_errors errors;

	model.relations = relations;
	model.relation_count = 2;
	assert_int_equal(qn_json_read_changes(*state, &model, &to, text_input("{\"owner\":7}"),
					      &errors),
			 QN_OK);
	assert_int_equal(to.big.as.value, 7);
	assert_int_equal(qn_json_read_changes(*state, &model, &to,
					      text_input("{\"big\":7,\"owner\":7,\"things\":1}"),
					      &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "owner duplicate_key; things unknown");
	assert_int_equal(qn_json_read_changes(*state, &model, &to,
					      text_input("{\"owner\":{\"id\":7}}"), &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, "owner invalid");
}

static void texts_are_what_their_escapes_say(void **state)
{
	static const char *const texts[][2] = {
		{ "", "" },
		{ "a\\\"b\\\\c\\/d", "a\"b\\c/d" },
		{ "\\b\\f\\n\\r\\t\\u0001", "\b\f\n\r\t\x01" },
		{ "\\u00e4\\u20AC\\uD83d\\uDCa1!", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa1!" },
		{ "\\udbff\\udfff", "\xf4\x8f\xbf\xbf" },
		{ "\\uE000\\uffff", "\xee\x80\x80\xef\xbf\xbf" },
		{ "\\\\u0041", "\\u0041" },
		{ "\x7f\xe2\x80\xa8\xc3\xa4", "\x7f\xe2\x80\xa8\xc3\xa4" },
	};
	test_thing_changes to;
	char text[128];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		(void)snprintf(text, sizeof(text), "{\"title\":\"%s\"}", texts[i][0]);
		assert_taken(*state, text, &to);
		assert_string_equal(to.title.as.value, texts[i][1]);
	}
	assert_refused(*state, "{\"title\":\"a\\u0000\"}", "title invalid");
	assert_refused(*state, "{\"title\":\"\\ud800\"}", "title invalid");
	assert_refused(*state, "{\"title\":\"\\udc00\\ud800\"}", "title invalid");
	assert_refused(*state, "{\"title\":\"\\ud800\\u0041\"}", "title invalid");
	assert_refused(*state, "{\"\\udc00\":1}", "\\udc00 unknown");
	assert_refused(*state, "{\"title\":1,\"letter\":\"xy\",\"kind\":\"Live\"}",
		       "title invalid; letter max_length; kind invalid_choice");
	assert_message(*state, "{\"kind\":\"Live\"}",
		       "is none of draft, live, it's \"odd\", {really}");
	assert_refused(*state, "{\"letter\":\"\xc3\xa4\",\"kind\":2}",
		       "letter max_length; kind invalid");
	assert_taken(*state, "{\"letter\":\"\"}", &to);
	assert_int_equal(to.letter.as.value, '\0');
}

static void documents_are_kept_as_written(void **state)
{
	static const char *const documents[] = { "{}",    "[ 1 , 1e400,{\"a\":{\"a\":[]},\"a\":2}]",
						 "true",  "\"\\u00e4\"",
						 "-0.50", "\"\\\\u0000\"" };
	test_thing_changes to;
	char text[128];

	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		(void)snprintf(text, sizeof(text), "{\"doc\": %s ,\"plain\":%s}", documents[i],
			       documents[i]);
		assert_taken(*state, text, &to);
		assert_string_equal(to.doc.as.value, documents[i]);
		assert_string_equal(to.plain.as.value, documents[i]);
	}
	assert_taken(*state, "{\"plain\":[\"\\u0000\"]}", &to);
	assert_string_equal(to.plain.as.value, "[\"\\u0000\"]");
	assert_refused(*state, "{\"doc\":{\"\\u0000\":1}}", "doc invalid");
	assert_refused(*state, "{\"doc\":[\"\\udfff\"]}", "doc invalid");
}

static void what_is_not_json_is_refused_as_a_whole(void **state)
{
	static const char *const bad[] = { "",
					   "  ",
					   "{",
					   "}",
					   "{\"big\"}",
					   "{\"big\":}",
					   "{\"big\":1,}",
					   "{,\"big\":1}",
					   "{big:1}",
					   "{'big':1}",
					   "{\"big\":1 \"count\":2}",
					   "{\"big\":1}}",
					   "{\"big\":1} {}",
					   "{\"big\":1}x",
					   "\xef\xbb\xbf{}",
					   "{\"big\":01}",
					   "{\"big\":-00}",
					   "{\"big\":1.}",
					   "{\"big\":.1}",
					   "{\"big\":+1}",
					   "{\"big\":0x1}",
					   "{\"big\":1_000}",
					   "{\"big\":NaN}",
					   "{\"big\":Infinity}",
					   "{\"big\":1e}",
					   "{\"big\":1e+}",
					   "{\"big\":-}",
					   "{\"big\":nul}",
					   "{\"big\":True}",
					   "{\"big\":1/*x*/}",
					   "{\"ratio\":1e\xe5}",
					   "{\"title\":\"a}",
					   "{\"title\":\"a\n\"}",
					   "{\"title\":\"\\x41\"}",
					   "{\"title\":\"\\u12\"}",
					   "{\"title\":\"\xc0\x80\"}",
					   "{\"title\":\"\xed\xa0\x80\"}",
					   "{\"title\":\"\xf4\x90\x80\x80\"}",
					   "{\"title\":\"\xe2\x82\"}",
					   "{\"title\":\"\x80\"}",
					   "{\"tags\":[}",
					   "{\"tags\":[\"a\",]}",
					   "{\"tags\":[\"a\" \"b\"]}",
					   "{\"tags\":[\"a\"}",
					   "{\"doc\":[1,}}",
					   "{\"doc\":{\"a\" 1}}",
					   "{\"doc\":[[]}",
					   "{\"x\":[1}",
					   "{\"big\":\"x\",\"count\":" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_refused(*state, bad[i], " syntax");
	assert_refused(*state, "[]", " invalid");
	assert_refused(*state, "1", " invalid");
	assert_refused(*state, "null", " invalid");
	assert_refused(*state, "[1", " syntax");
}

static void syntax_errors_say_where_and_what(void **state)
{
	assert_message(*state, "{\"big\":1,}",
		       "it is not JSON: byte 9: a key in quotes is missing");
	assert_message(*state, "{\"big\" 1}", "it is not JSON: byte 7: ':' is missing");
	assert_message(*state, "{\"big\":", "it is not JSON: byte 7: a value is missing");
	assert_message(*state, "{\"big\":1 2}", "it is not JSON: byte 9: ',' or '}' is missing");
	assert_message(*state, "{\"big\":1x}",
		       "it is not JSON: byte 8: nothing in JSON begins with this");
	assert_message(*state, "{\"title\":\"ab\xff\"}",
		       "it is not JSON: byte 12: this is not UTF-8");
	assert_message(*state, "{\"title\":\"ab", "it is not JSON: byte 12: a text has no end");
	assert_message(*state, "{\"title\":\"a\tb\"}",
		       "it is not JSON: byte 11: a control character is not written as an escape");
	assert_message(*state, "{\"title\":\"\\q\"}",
		       "it is not JSON: byte 10: there is no such escape");
	assert_message(*state, "{} {}", "it is not JSON: byte 3: nothing may follow the value");
	assert_message(*state, "[]", "it is not an object");
	assert_message(*state, "{\"tags\":{}}", "is not an array");
	assert_message(*state, "{\"count\":[1]}", "is not a single value");
}

static void a_nul_is_not_json(void **state)
{
	static const char texts[][16] = { "{\0}", "{}\0", "{\"title\":\"a\0\"}" };
	static const size_t lengths[] = { 3, 3, 14 };
	test_thing_changes to;
	qn_errors errors;

	for (size_t i = 0; i < 3; i++) {
		qn_json_input input = { .text = texts[i], .len = lengths[i] };

		assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, input,
						      &errors),
				 QN_INVALID_VALUE);
		assert_errors(&errors, " syntax");
	}
}

/* In memory of its own, so that a byte behind the end is seen by the sanitizer. */
static void no_beginning_of_a_text_is_a_text(void **state)
{
	static const char whole[] =
		"{\"name\":\"\\ud83d\\udca1\xc3\xa4\",\"big\":-12.0e1,\"doc\":{\"a\":[null,true,\"b\"]},"
		"\"tags\":[\"x\",null],\"ratio\":0.5,\"price\":\"1.5\",\"other\":null,\"flag\":false}";
	test_thing_changes to;
	qn_errors errors;

	for (size_t len = 0; len < sizeof(whole); len++) {
		qn_json_input input = { .len = len };
		char *text = malloc(len + 1);

		assert_non_null(text);
		memcpy(text, whole, len);
		input.text = realloc(text, len ? len : 1);
		assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, input,
						      &errors),
				 len + 1 == sizeof(whole) ? QN_OK : QN_INVALID_VALUE);
		if (len + 1 < sizeof(whole))
			assert_errors(&errors, " syntax");
		free((char *)(uintptr_t)input.text);
	}
}

static char *nested(const char *before, char open, size_t depth, const char *after)
{
	char *text = malloc(strlen(before) + depth + strlen(after) + 1);

	assert_non_null(text);
	(void)strcpy(text, before);
	memset(text + strlen(before), open, depth);
	(void)strcpy(text + strlen(before) + depth, after);
	return text;
}

static void depth_and_size_have_limits(void **state)
{
	qn_json_input input = text_input("{\"doc\":[[1]]}");
	test_thing_changes to;
	qn_errors errors;
	char *deep;

	input.max_depth = 3;
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, input, &errors),
			 QN_OK);
	input.max_depth = 2;
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, input, &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, " too_deep");
	assert_string_equal(errors.at[0].message, "it is nested more than 2 deep");
	input.max_depth = 0;
	input.max_size = input.len;
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, input, &errors),
			 QN_OK);
	input.max_size--;
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, input, &errors),
			 QN_INVALID_VALUE);
	assert_errors(&errors, " too_large");
	deep = nested("{\"doc\":", '[', 100000, "");
	assert_refused(*state, deep, " too_deep");
	input = text_input(deep);
	input.max_depth = 1000000;
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, input, &errors),
			 QN_INVALID_VALUE);
	assert_string_equal(errors.at[0].message, "it is nested more than 1024 deep");
	free(deep);
	deep = nested("{\"big\":", '[', 100000, "");
	assert_refused(*state, deep, " too_deep");
	free(deep);
	deep = nested("{\"unknown\":", '{', 3, "");
	assert_refused(*state, deep, " syntax");
	free(deep);
}

static void many_unknown_keys_are_few_errors(void **state)
{
	enum { COUNT = 20000 };
	char *text = malloc(COUNT * 16 + 32);
	test_thing_changes to;
	qn_errors errors;
	size_t len = 1;

	assert_non_null(text);
	text[0] = '{';
	for (int i = 0; i < COUNT; i++)
		len += (size_t)sprintf(text + len, "\"k%d\":0,", i);
	(void)strcpy(text + len, "\"id\":1}");
	assert_int_equal(read_changes(*state, text, &to, &errors), QN_INVALID_VALUE);
	assert_int_equal(errors.len, 17);
	assert_string_equal(errors.at[16].code, "read_only");
	free(text);
}

static void errors_are_json_by_field(void **state)
{
	static const qn_field_error list[] = {
		{ .field = "name", .code = "required", .message = "is required" },
		{ .field = "", .code = "unique_together", .message = "say \"no\"" },
		{ .field = "name", .code = "blank", .message = "x" },
	};
	const qn_errors errors = { list, 3 };
	const qn_errors none = { NULL, 0 };
	const qn_errors broken = {
		&(const qn_field_error){ .field = "\xff", .code = "unknown", .message = "x" }, 1
	};
	qn_buffer out = { 0 };

	(void)state;
	assert_int_equal(qn_errors_to_json(&out, &errors), QN_OK);
	assert_string_equal(
		out.at,
		"{\"name\":[{\"code\":\"required\",\"message\":\"is required\"},"
		"{\"code\":\"blank\",\"message\":\"x\"}],"
		"\"__all__\":[{\"code\":\"unique_together\",\"message\":\"say \\\"no\\\"\"}]}");
	qn_buffer_clear(&out);
	assert_int_equal(qn_errors_to_json(&out, &none), QN_OK);
	assert_string_equal(out.at, "{}");
	assert_int_equal(qn_errors_to_json(&out, &broken), QN_INVALID_VALUE);
	assert_string_equal(out.at, "{}");
	assert_int_equal(qn_errors_to_json(&out, NULL), QN_USAGE);
	assert_string_equal(out.problem, "the errors are NULL");
	assert_string_equal(out.at, "{}");
	qn_buffer_free(&out);
}

static void what_is_needed_must_not_be_null(void **state)
{
	qn_json_input no_text = { .len = 1 };
	test_thing_changes to;
	qn_errors errors;

	assert_int_equal(qn_json_read_changes(NULL, &test_thing_model, &to, text_input("{}"),
					      &errors),
			 QN_USAGE);
	assert_int_equal(qn_json_read_changes(*state, NULL, &to, text_input("{}"), &errors),
			 QN_USAGE);
	assert_session_says(*state, "qn_json_read_changes: the model is NULL");
	assert_int_equal(qn_json_read_new(*state, &test_thing_model, NULL, text_input("{}"),
					  &errors),
			 QN_USAGE);
	assert_session_says(*state, "qn_json_read_new: the values are NULL");
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, text_input("{}"),
					      NULL),
			 QN_USAGE);
	assert_session_says(*state, "qn_json_read_changes: the errors are NULL");
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, no_text, &errors),
			 QN_USAGE);
	assert_session_says(*state, "qn_json_read_changes: the text is NULL");
	assert_int_equal(qn_json_read_changes_tree(*state, &test_thing_model, &to,
						   (qn_json_tree_input){ .tree = NULL }, &errors),
			 QN_USAGE);
	assert_session_says(*state, "qn_json_read_changes_tree: the tree is NULL");
	assert_int_equal(qn_json_read_new_tree(*state, &test_thing_model, &to,
					       (qn_json_tree_input){ .tree = NULL }, NULL),
			 QN_USAGE);
	assert_session_says(*state, "qn_json_read_new_tree: the tree is NULL");
	no_text.len = 0;
	assert_int_equal(qn_json_read_changes(*state, &test_thing_model, &to, no_text, &errors),
			 QN_INVALID_VALUE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, json_reading_setup, json_reading_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_checked),
		TEST(a_foreign_key_goes_by_its_relation_too),
		TEST(texts_are_what_their_escapes_say),
		TEST(documents_are_kept_as_written),
		TEST(what_is_not_json_is_refused_as_a_whole),
		TEST(syntax_errors_say_where_and_what),
		TEST(a_nul_is_not_json),
		TEST(no_beginning_of_a_text_is_a_text),
		TEST(depth_and_size_have_limits),
		TEST(many_unknown_keys_are_few_errors),
		TEST(errors_are_json_by_field),
		TEST(what_is_needed_must_not_be_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
