#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/type.h"

static const char *const labels[] = { "draft", "so \"live\"\\", "retired" };
static const qn_enum status = { "shop.Status", "\"shop_status\"", labels, 3 };
static const qn_field integers = { .type = QN_TYPE_INT16, .flags = QN_FIELD_ARRAY };
static const qn_field texts = { .type = QN_TYPE_TEXT, .flags = QN_FIELD_ARRAY };
static const qn_field statuses = { .type = QN_TYPE_ENUM,
				   .flags = QN_FIELD_ARRAY,
				   .enumeration = &status };
static const qn_field opaques = { .type = QN_TYPE_OPAQUE,
				  .flags = QN_FIELD_ARRAY,
				  .sql_type = "point" };

struct fixture {
	struct arena arena;
	struct buf out;
};

static int fixture_start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	arena_init(&fixture->arena, 0, NULL);
	*state = fixture;
	return 0;
}

static int fixture_stop(void **state)
{
	struct fixture *fixture = *state;

	arena_free(&fixture->arena);
	buf_free(&fixture->out);
	free(fixture);
	return 0;
}

static void array_is(struct fixture *fixture, const qn_field *field, const void *array,
		     struct str wire)
{
	buf_clear(&fixture->out);
	assert_null(type_array_encode(&fixture->out, (struct codec_value){ array, field }));
	assert_int_equal(fixture->out.len, wire.len);
	assert_memory_equal(fixture->out.at, wire.at, wire.len);
}

static void arrays_have_the_servers_header(void **state)
{
	array_is(*state, &integers, &(qn_array_int16){ 0 }, STR("\0\0\0\0\0\0\0\0\0\0\0\x15"));
	array_is(*state, &integers, &(qn_array_int16){ (const int16_t[]){ 1, -1 }, 2, NULL },
		 STR("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\2\0\0\0\1\0\0\0\2\0\1\0\0\0\2\xff\xff"));
	array_is(
		*state, &texts, &(qn_array_text){ (const char *const[]){ "a", NULL, "" }, 3, NULL },
		STR("\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1\0\0\0\1a\xff\xff\xff\xff\0\0\0\0"));
	array_is(*state, &statuses,
		 &(qn_array_int32){ (const int32_t[]){ 0, 1 }, 2, (const bool[]){ true, false } },
		 STR("\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\2\0\0\0\1\xff\xff\xff\xff\0\0\0\5draft"));
}

static void elements_get_a_nul_behind_them(void **state)
{
	const char *const given[] = { "first", "", NULL, "\xc3\xa9", "last" };
	const qn_array_text array = { given, 5, NULL };
	struct fixture *fixture = *state;
	qn_array_text back = { 0 };

	assert_null(type_array_encode(&fixture->out, (struct codec_value){ &array, &texts }));
	assert_true(type_array_decode(buf_str(&fixture->out), &texts, &fixture->arena, &back));
	assert_int_equal(back.len, 5);
	for (size_t i = 0; i < 5; i++)
		if (given[i])
			assert_string_equal(back.at[i], given[i]);
		else
			assert_null(back.at[i]);
	assert_true(back.is_null[2]);
	assert_false(back.is_null[3]);
}

static void refusal_is(struct fixture *fixture, const qn_field *field, const void *array,
		       const char *expected)
{
	codec_refusal refusal;

	buf_clear(&fixture->out);
	buf_add_cstring(&fixture->out, "before");
	refusal = type_array_encode(&fixture->out, (struct codec_value){ array, field });
	assert_non_null(refusal);
	assert_string_equal(refusal, expected);
	assert_string_equal(fixture->out.at, "before");
	if (field->type != QN_TYPE_ENUM)
		return;
	refusal = type_array_encode_text(&fixture->out, (struct codec_value){ array, field });
	assert_non_null(refusal);
	assert_string_equal(refusal, expected);
	assert_string_equal(fixture->out.at, "before");
}

static void an_element_that_is_refused_refuses_the_array(void **state)
{
	const qn_field short_texts = { .type = QN_TYPE_VARCHAR, .limit = 2 };
	const qn_field vector = { .type = QN_TYPE_INT2VECTOR };
	const qn_array_int16 empty = { 0 };
	const qn_array_int16 with_null = { (const int16_t[]){ 0 }, 1, (const bool[]){ true } };
	struct fixture *fixture = *state;

	refusal_is(fixture, &short_texts,
		   &(qn_array_text){ (const char *const[]){ "ab", "abc" }, 2, NULL },
		   "has an element that is longer than 2 characters");
	refusal_is(fixture, &statuses, &(qn_array_int32){ (const int32_t[]){ 1, 9 }, 2, NULL },
		   "has an element that is not a value of shop.Status");
	refusal_is(fixture, &statuses, &(qn_array_int32){ (const int32_t[]){ 0 }, 1, NULL },
		   "has an element that is unset");
	refusal_is(fixture, &statuses, &(qn_array_int32){ NULL, 1, NULL },
		   "has a length and no elements");
	refusal_is(fixture, &statuses, &(qn_array_int32){ (const int32_t[]){ 1 }, 134217728, NULL },
		   "has more than 134217727 elements");
	assert_string_equal(type_info_of(QN_TYPE_INT2VECTOR)
				    ->encode(&fixture->out,
					     (struct codec_value){ &empty, &vector }),
			    "is empty, which a vector cannot be");
	assert_string_equal(type_info_of(QN_TYPE_INT2VECTOR)
				    ->encode(&fixture->out,
					     (struct codec_value){ &with_null, &vector }),
			    "has a NULL element, which a vector cannot have");
}

static bool wire_is_read(struct fixture *fixture, const qn_field *field, struct str wire)
{
	/* Exactly as long as it is, so that a read too far is found. */
	char *exact = malloc(wire.len ? wire.len : 1);
	qn_array_text array;
	bool is_read;

	memcpy(exact, wire.at, wire.len);
	is_read =
		type_array_decode((struct str){ exact, wire.len }, field, &fixture->arena, &array);
	free(exact);
	return is_read;
}

static void any_lower_bound_is_read(void **state)
{
	assert_true(
		wire_is_read(*state, &integers,
			     STR("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\xff\xff\xff\0\0\0\0\2\0\7")));
	assert_true(
		wire_is_read(*state, &integers, STR("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\0\0\0\0\1")));
	/* An enum's own oid is not known here. */
	assert_true(wire_is_read(*state, &statuses,
				 STR("\0\0\0\1\0\0\0\0\0\1\0\x15\0\0\0\1\0\0\0\1\0\0\0\5draft")));
}

static void arrays_that_make_no_sense_are_not_decoded(void **state)
{
	static const struct str bad[] = {
		/* Two dimensions, a negative number of them, none with something behind. */
		STR_INIT("\0\0\0\2\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\2\0\1"),
		STR_INIT("\xff\xff\xff\xff\0\0\0\0\0\0\0\x15"),
		STR_INIT("\0\0\0\0\0\0\0\0\0\0\0\x15\0"),
		/* Elements of another type. */
		STR_INIT("\0\0\0\1\0\0\0\0\0\0\0\x17\0\0\0\1\0\0\0\1\0\0\0\2\0\1"),
		/* More elements than bytes, fewer than bytes, a negative number. */
		STR_INIT("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\2\0\0\0\1\0\0\0\2\0\1"),
		STR_INIT("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\0\0\0\0\1\0\0\0\2\0\1"),
		STR_INIT("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\2\0\1\0"),
		STR_INIT("\0\0\0\1\0\0\0\0\0\0\0\x15\xff\xff\xff\xff\0\0\0\1\0\0\0\2\0\1"),
		/* An element longer than the rest, and of a wrong length. */
		STR_INIT("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\3\0\1"),
		STR_INIT("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\1\0"),
		STR_INIT("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\xff\xff\xff\xfe\0\1"),
	};
	const struct str good = STR("\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\2\0\1");

	assert_true(wire_is_read(*state, &integers, good));
	for (size_t len = 0; len < good.len; len++)
		assert_false(wire_is_read(*state, &integers, str_slice(good, 0, len)));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (wire_is_read(*state, &integers, bad[i]))
			fail_msg("case %zu is read", i);
}

static void text_is(struct fixture *fixture, const qn_field *field, const void *array,
		    const char *expected)
{
	buf_clear(&fixture->out);
	assert_null(type_array_encode_text(&fixture->out, (struct codec_value){ array, field }));
	assert_string_equal(fixture->out.at, expected);
}

static void text_forms_quote_what_they_hold(void **state)
{
	const qn_field boxes = { .type = QN_TYPE_OPAQUE, .sql_type = "box" };
	const char *const two[] = { "a", "b" };

	text_is(*state, &opaques, &(qn_array_opaque){ 0 }, "{}");
	text_is(*state, &opaques,
		&(qn_array_opaque){ (const char *const[]){ "\"\\\"", NULL, "", "null" }, 4, NULL },
		"{\"\\\"\\\\\\\"\",NULL,\"\",\"null\"}");
	text_is(*state, &statuses, &(qn_array_int32){ (const int32_t[]){ 2, 1 }, 2, NULL },
		"{\"so \\\"live\\\"\\\\\",\"draft\"}");
	text_is(*state, &boxes, &(qn_array_opaque){ two, 2, NULL }, "{\"a\";\"b\"}");
}

static void text_forms_are_read_with_and_without_quotes(void **state)
{
	struct fixture *fixture = *state;
	qn_array_opaque array = { 0 };
	qn_array_int32 constants = { 0 };

	assert_true(type_array_decode_text(STR("[0:5]={a,\"b,\\\"\\\\}\",NULL,\"NULL\",\"\",null}"),
					   &opaques, &fixture->arena, &array));
	assert_int_equal(array.len, 6);
	assert_string_equal(array.at[0], "a");
	assert_string_equal(array.at[1], "b,\"\\}");
	assert_true(array.is_null[2]);
	assert_null(array.at[2]);
	assert_string_equal(array.at[3], "NULL");
	assert_string_equal(array.at[4], "");
	assert_true(array.is_null[5]);
	assert_true(type_array_decode_text(STR("{}"), &opaques, &fixture->arena, &array));
	assert_int_equal(array.len, 0);
	assert_true(type_array_decode_text(STR("{retired,draft}"), &statuses, &fixture->arena,
					   &constants));
	assert_int_equal(constants.len, 2);
	assert_int_equal(constants.at[0], 3);
	assert_int_equal(constants.at[1], 1);
}

static void text_that_is_no_array_is_not_decoded(void **state)
{
	static const struct str bad[] = {
		STR_INIT(""),          STR_INIT("{"),         STR_INIT("}"),
		STR_INIT("a"),         STR_INIT("{a"),        STR_INIT("{a,}"),
		STR_INIT("{,a}"),      STR_INIT("{a}b"),      STR_INIT("{\"a}"),
		STR_INIT("{\"a\"b}"),  STR_INIT("{\"a\\"),    STR_INIT("{\"a\\\"}"),
		STR_INIT("{{a},{b}}"), STR_INIT("[1:1]{a}"),  STR_INIT("[1:1={a}"),
		STR_INIT("{a\\b}"),    STR_INIT("{a\"b\"}"),  STR_INIT("{a\0}"),
		STR_INIT("{}}"),       STR_INIT("[a:b]={a}"), STR_INIT("[1:1][1:1]={{a}}"),
	};
	struct fixture *fixture = *state;
	qn_array_opaque array;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (type_array_decode_text(bad[i], &opaques, &fixture->arena, &array))
			fail_msg("\"%s\" is read", bad[i].at);
	assert_false(
		type_array_decode_text(STR("{draft,sold}"), &statuses, &fixture->arena, &array));
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(arrays_have_the_servers_header),
		UNIT(elements_get_a_nul_behind_them),
		UNIT(an_element_that_is_refused_refuses_the_array),
		UNIT(any_lower_bound_is_read),
		UNIT(arrays_that_make_no_sense_are_not_decoded),
		UNIT(text_forms_quote_what_they_hold),
		UNIT(text_forms_are_read_with_and_without_quotes),
		UNIT(text_that_is_no_array_is_not_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
