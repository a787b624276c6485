/*
 * Rows as JSON: every type, what is not loaded, what is related, what cannot be written.
 */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "thing.h"
#include "json/json_out.h"

static void load(test_thing *thing, int32_t field)
{
	thing->qn_loaded[0] |= UINT64_C(1) << (field - 1);
}

static void assert_row(const test_thing *thing, const qn_json_options *options, const char *text)
{
	qn_buffer out = { 0 };

	assert_int_equal(qn_json_write(&out, &test_thing_model, thing, options), QN_OK);
	assert_string_equal(out.at, text);
	assert_int_equal(out.len, strlen(text));
	qn_buffer_free(&out);
}

#define ASSERT_FIELD(constant, member, text, ...)                                   \
	do {                                                                        \
		test_thing thing = { .member = __VA_ARGS__, .has_##member = true }; \
		load(&thing, TEST_THING_##constant);                                \
		assert_row(&thing, NULL, "{\"" #member "\":" text "}");             \
	} while (0)

static void each_type_has_its_form(void **state)
{
	(void)state;
	ASSERT_FIELD(ID, id, "-9223372036854775808", INT64_MIN);
	ASSERT_FIELD(BIG, big, "9223372036854775807", INT64_MAX);
	ASSERT_FIELD(SMALL, small, "-32768", INT16_MIN);
	ASSERT_FIELD(COUNT, count, "0", 0);
	ASSERT_FIELD(FLAG, flag, "true", true);
	ASSERT_FIELD(MAYBE, maybe, "false", false);
	ASSERT_FIELD(NAME, name, "\"Lamp\"", "Lamp");
	ASSERT_FIELD(PRICE, price, "\"12.50\"", { 1250, 2 });
	ASSERT_FIELD(PRICE, price, "\"-0.05\"", { -5, 2 });
	ASSERT_FIELD(WIDE, wide, "\"123456789012345678901234567890.5\"",
		     "123456789012345678901234567890.5");
	ASSERT_FIELD(BORN, born, "\"2026-11-22\"", { 9822 });
	ASSERT_FIELD(BORN, born, "\"infinity\"", QN_DATE_INFINITY);
	ASSERT_FIELD(CHANGED, changed, "\"2000-01-01T00:00:00+00:00\"", { 0 });
	ASSERT_FIELD(SEEN, seen, "\"2000-01-01T00:00:00.000001\"", { 1 });
	ASSERT_FIELD(SPAN, span, "\"PT1.5S\"", { .microseconds = 1500000 });
	ASSERT_FIELD(KIND, kind, "\"it's \\\"odd\\\", {really}\"", TEST_KIND_ODD);
	ASSERT_FIELD(KIND, kind, "null", 0);
	ASSERT_FIELD(PLACE, place, "\"(1,2)\"", "(1,2)");
	ASSERT_FIELD(LETTER, letter, "\"x\"", 'x');
	ASSERT_FIELD(LETTER, letter, "\"\"", '\0');
	ASSERT_FIELD(UID, uid, "\"00112233-4455-6677-8899-aabbccddeeff\"",
		     { { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
			 0xcc, 0xdd, 0xee, 0xff } });
	ASSERT_FIELD(ADDR, addr, "\"192.0.2.1\"", { .prefix_length = 32, .at = { 192, 0, 2, 1 } });
	ASSERT_FIELD(DOC, doc, "{\"a\": [1, 2.5e3]}", "{\"a\": [1, 2.5e3]}");
}

static void numbers_are_the_shortest_that_read_back_as_the_same(void **state)
{
	(void)state;
	ASSERT_FIELD(RATIO, ratio, "0.1", 0.1);
	ASSERT_FIELD(RATIO, ratio, "0.30000000000000004", 0.1 + 0.2);
	ASSERT_FIELD(RATIO, ratio, "1e+308", 1e308);
	ASSERT_FIELD(RATIO, ratio, "5e-324", 5e-324);
	ASSERT_FIELD(RATIO, ratio, "-0", -0.0);
	ASSERT_FIELD(REAL_, real_, "0.1", 0.1F);
	ASSERT_FIELD(REAL_, real_, "3.4028235e+38", FLT_MAX);
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
	const char *const locales[] = { "de_DE.UTF-8", "ps_AF.UTF-8", "C" };

	(void)state;
	for (size_t i = 0; i < sizeof(locales) / sizeof(*locales); i++) {
		(void)setlocale(LC_NUMERIC, locales[i]);
		ASSERT_FIELD(RATIO, ratio, "1.25", 1.25);
	}
	(void)setlocale(LC_NUMERIC, "C");
}

static void what_is_no_number_is_null_or_text(void **state)
{
	const qn_json_options as_text = { .not_a_number_as_text = true };
	test_thing thing = { .ratio = (double)NAN, .has_ratio = true };

	(void)state;
	load(&thing, TEST_THING_RATIO);
	assert_row(&thing, NULL, "{\"ratio\":null}");
	assert_row(&thing, &as_text, "{\"ratio\":\"NaN\"}");
	thing.ratio = -(double)INFINITY;
	assert_row(&thing, &as_text, "{\"ratio\":\"-Infinity\"}");
}

static void integers_that_a_double_cannot_hold_may_be_text(void **state)
{
	const qn_json_options as_text = { .integers_as_text = true };
	test_thing thing = { .big = INT64_C(9007199254740991), .has_big = true };

	(void)state;
	load(&thing, TEST_THING_BIG);
	assert_row(&thing, &as_text, "{\"big\":9007199254740991}");
	thing.big++;
	assert_row(&thing, &as_text, "{\"big\":\"9007199254740992\"}");
	assert_row(&thing, NULL, "{\"big\":9007199254740992}");
}

static void text_is_escaped_where_json_wants_it(void **state)
{
	(void)state;
	ASSERT_FIELD(TITLE, title, "\"\"", "");
	ASSERT_FIELD(TITLE, title, "\"a\\\"b\\\\c/d\"", "a\"b\\c/d");
	ASSERT_FIELD(TITLE, title, "\"\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\"",
		     "\b\t\n\f\r\x01\x1f\x7f");
	ASSERT_FIELD(TITLE, title, "\"12345678\\\"9\"", "12345678\"9");
	ASSERT_FIELD(TITLE, title, "\"1234567\\\"89\"", "1234567\"89");
	ASSERT_FIELD(TITLE, title, "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa1 ok\"",
		     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa1 ok");
}

/* Each byte at each place of a text that is longer than a word. */
static void every_byte_comes_back_from_every_place(void **state)
{
	(void)state;
	for (int byte = 1; byte < 0x80; byte++)
		for (size_t place = 0; place < 20; place++) {
			char text[24] = "abcdefghijklmnopqrstuv";
			test_thing thing = { .title = text };
			qn_buffer out = { 0 };
			cJSON *tree;

			text[place] = (char)byte;
			load(&thing, TEST_THING_TITLE);
			assert_int_equal(qn_json_write(&out, &test_thing_model, &thing, NULL),
					 QN_OK);
			tree = cJSON_Parse(out.at);
			assert_string_equal(cJSON_GetObjectItem(tree, "title")->valuestring, text);
			cJSON_Delete(tree);
			qn_buffer_free(&out);
		}
}

static void bytes_are_base64(void **state)
{
	(void)state;
	ASSERT_FIELD(DATA, data, "\"\"", { NULL, 0 });
	ASSERT_FIELD(DATA, data, "\"Zg==\"", { (const uint8_t *)"f", 1 });
	ASSERT_FIELD(DATA, data, "\"Zm8=\"", { (const uint8_t *)"fo", 2 });
	ASSERT_FIELD(DATA, data, "\"Zm9v\"", { (const uint8_t *)"foo", 3 });
	ASSERT_FIELD(DATA, data, "\"/////w==\"", { (const uint8_t *)"\xff\xff\xff\xff", 4 });
}

static void arrays_have_nulls_where_they_have_them(void **state)
{
	static const int32_t numbers[] = { 1, 0, -3 };
	static const bool nulls[] = { false, true, false };
	static const char *const texts[] = { "a", NULL, "\"" };
	static const test_kind kinds[] = { TEST_KIND_LIVE, TEST_KIND_DRAFT };
	static const int16_t vector[] = { 4, 5 };

	(void)state;
	ASSERT_FIELD(NUMBERS, numbers, "[1,null,-3]", { numbers, 3, nulls });
	ASSERT_FIELD(NUMBERS, numbers, "[]", { NULL, 0, NULL });
	ASSERT_FIELD(TAGS, tags, "[\"a\",null,\"\\\"\"]", { texts, 3, NULL });
	ASSERT_FIELD(KINDS, kinds, "[\"live\",\"draft\"]", { kinds, 2, NULL });
	ASSERT_FIELD(VECTOR, vector, "[4,5]", { vector, 2, NULL });
}

static void null_is_null_and_what_is_not_loaded_is_left_out(void **state)
{
	test_thing thing = { .name = "n", .big = 4 };

	(void)state;
	assert_row(&thing, NULL, "{}");
	load(&thing, TEST_THING_NAME);
	load(&thing, TEST_THING_TITLE);
	load(&thing, TEST_THING_BIG);
	assert_row(&thing, NULL, "{\"name\":\"n\",\"title\":null,\"big\":null}");
	assert_row(NULL, NULL, "null");
}

static void assert_refused(test_thing *thing, int32_t field, const char *problem)
{
	qn_buffer out = { 0 };

	load(thing, field);
	assert_int_equal(qn_buffer_add(&out, "kept", 4), QN_OK);
	assert_int_equal(qn_json_write(&out, &test_thing_model, thing, NULL), QN_INVALID_VALUE);
	assert_string_equal(out.problem, problem);
	assert_string_equal(out.at, "kept");
	assert_int_equal(out.len, 4);
	assert_int_equal(qn_json_write_list(&out, &test_thing_model, thing, 1, NULL),
			 QN_INVALID_VALUE);
	assert_string_equal(out.at, "kept");
	assert_int_equal(qn_buffer_add(&out, "", 0), QN_OK);
	assert_string_equal(out.problem, "");
	qn_buffer_free(&out);
}

static void what_is_not_utf8_or_not_json_is_refused_by_name(void **state)
{
	static const char *const broken[] = {
		"\xff",         "\xc0\x80",    "ok \xed\xa0\x80", "\xf4\x90\x80\x80",
		"cut \xe2\x82", "12345678\x80"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
		assert_refused(&(test_thing){ .title = broken[i] }, TEST_THING_TITLE,
			       "test.Thing.title is not UTF-8");
	assert_refused(&(test_thing){ .letter = '\x80', .has_letter = true }, TEST_THING_LETTER,
		       "test.Thing.letter is not UTF-8");
	assert_refused(&(test_thing){ .doc = "{\"a\":}" }, TEST_THING_DOC,
		       "test.Thing.doc is not JSON, or nested more than 512 deep");
}

static void lists_are_arrays_and_lines_are_lines(void **state)
{
	test_thing things[2] = { { .count = 1 }, { .count = 2 } };
	qn_buffer out = { 0 };

	(void)state;
	load(&things[0], TEST_THING_COUNT);
	load(&things[1], TEST_THING_COUNT);
	assert_int_equal(qn_json_write_list(&out, &test_thing_model, things, 2, NULL), QN_OK);
	assert_string_equal(out.at, "[{\"count\":1},{\"count\":2}]");
	qn_buffer_clear(&out);
	assert_int_equal(qn_json_write_list(&out, &test_thing_model, NULL, 0, NULL), QN_OK);
	assert_string_equal(out.at, "[]");
	qn_buffer_clear(&out);
	assert_int_equal(qn_json_write_lines(&out, &test_thing_model, things, 2, NULL), QN_OK);
	assert_string_equal(out.at, "{\"count\":1}\n{\"count\":2}\n");
	qn_buffer_free(&out);
}

static void line_breaks_in_a_json_field_end_no_line(void **state)
{
	test_thing things[2] = { { .plain = "{\n \"a\":\r\n \"b\\n\"}" }, { .plain = "[1,\n2]" } };
	qn_buffer out = { 0 };

	(void)state;
	load(&things[0], TEST_THING_PLAIN);
	load(&things[1], TEST_THING_PLAIN);
	assert_int_equal(qn_json_write_lines(&out, &test_thing_model, things, 2, NULL), QN_OK);
	assert_string_equal(out.at, "{\"plain\":{  \"a\":   \"b\\n\"}}\n{\"plain\":[1, 2]}\n");
	qn_buffer_free(&out);
}

static void a_tree_holds_the_same(void **state)
{
	test_thing thing = { .name = "n", .big = INT64_MAX, .has_big = true };
	cJSON *tree;

	(void)state;
	load(&thing, TEST_THING_NAME);
	load(&thing, TEST_THING_BIG);
	assert_int_equal(qn_json_tree(&tree, &test_thing_model, &thing, NULL), QN_OK);
	assert_string_equal(cJSON_GetObjectItem(tree, "name")->valuestring, "n");
	assert_string_equal(cJSON_GetObjectItem(tree, "big")->valuestring, "9223372036854775807");
	cJSON_Delete(tree);
	thing.name = "\xff";
	assert_int_equal(qn_json_tree(&tree, &test_thing_model, &thing, NULL), QN_INVALID_VALUE);
	assert_null(tree);
	assert_int_equal(qn_json_tree(NULL, &test_thing_model, &thing, NULL), QN_USAGE);
}

/* Of a json field, which takes all that is JSON. */
static qn_status tree_of(const char *document)
{
	test_thing thing = { .plain = document };
	cJSON *tree;
	qn_status status;

	load(&thing, TEST_THING_PLAIN);
	status = qn_json_tree(&tree, &test_thing_model, &thing, NULL);
	assert_true((status == QN_OK) == (tree != NULL));
	cJSON_Delete(tree);
	return status;
}

static void a_document_that_cjson_does_not_take_is_told(void **state)
{
	(void)state;
	assert_int_equal(tree_of("[\"\\ud83d\\ude00 \\\\ud83d \\\"\",-1.5e+3,{\"a\":{}}]"), QN_OK);
	assert_int_equal(tree_of("[\"x\\\"\",\"\\uD83D\"]"), QN_INVALID_VALUE);
	assert_int_equal(tree_of("[\"\\udc00\"]"), QN_INVALID_VALUE);
}

static void *no_memory(size_t size)
{
	(void)size;
	return NULL;
}

static void a_tree_that_finds_no_memory_is_told(void **state)
{
	cJSON_Hooks hooks = { .malloc_fn = no_memory, .free_fn = free };

	(void)state;
	cJSON_InitHooks(&hooks);
	assert_int_equal(tree_of("[1,\"\\u00e4\"]"), QN_OUT_OF_MEMORY);
	cJSON_InitHooks(NULL);
	assert_int_equal(tree_of("[1,\"\\u00e4\"]"), QN_OK);
}

static void only_json_is_valid_json(void **state)
{
	static const char *const good[] = { "0",
					    "-0",
					    "1.5e+3",
					    "\"\"",
					    "true",
					    "null",
					    " [ ] ",
					    "[1,[2,{}],\"x\"]",
					    "{\"a\":{}}",
					    "\"\\u12aF\\n\"",
					    "{\"a\":1,\"a\":2}",
					    "1E-5" };
	static const char *const bad[] = { "",         " ",          "01",        "1.",
					   ".1",       "+1",         "-",         "1e",
					   "nul",      "[1,]",       "[,1]",      "{a:1}",
					   "{\"a\"}",  "{\"a\":1,}", "[1 2]",     "\"\\x\"",
					   "\"\t\"",   "\"a",        "[1}",       "{]",
					   "1 1",      "NaN",        "\"\\u12\"", "\xef\xbb\xbf[]",
					   "\"\xff\"", "[[]",        "[]]",       "'a'" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!json_is_valid(good[i], strlen(good[i]), 8))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (json_is_valid(bad[i], strlen(bad[i]), 8))
			fail_msg("%s is taken", bad[i]);
	assert_true(json_is_valid("[[[1]]]", 7, 3));
	assert_false(json_is_valid("[[[[]]]]", 8, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_has_its_form),
		cmocka_unit_test(numbers_are_the_shortest_that_read_back_as_the_same),
		cmocka_unit_test(numbers_do_not_depend_on_the_locale),
		cmocka_unit_test(what_is_no_number_is_null_or_text),
		cmocka_unit_test(integers_that_a_double_cannot_hold_may_be_text),
		cmocka_unit_test(text_is_escaped_where_json_wants_it),
		cmocka_unit_test(every_byte_comes_back_from_every_place),
		cmocka_unit_test(bytes_are_base64),
		cmocka_unit_test(arrays_have_nulls_where_they_have_them),
		cmocka_unit_test(null_is_null_and_what_is_not_loaded_is_left_out),
		cmocka_unit_test(what_is_not_utf8_or_not_json_is_refused_by_name),
		cmocka_unit_test(lists_are_arrays_and_lines_are_lines),
		cmocka_unit_test(line_breaks_in_a_json_field_end_no_line),
		cmocka_unit_test(a_tree_holds_the_same),
		cmocka_unit_test(a_document_that_cjson_does_not_take_is_told),
		cmocka_unit_test(a_tree_that_finds_no_memory_is_told),
		cmocka_unit_test(only_json_is_valid_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
