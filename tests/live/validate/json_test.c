/*
 * What was read from JSON is what the server has: hostile texts, numbers of any size, and a PATCH
 * from its text to the row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms.h"
#include "forms/serializers.h"
#include "random.h"

/* Empties the table and creates the paper that the text describes. */
static void paper_make(struct forms *forms, const char *text)
{
	forms_paper_new values;
	forms_paper *paper;
	qn_errors errors;
	qn_status status =
		forms_paper_new_from_json(forms->session, &values, text, strlen(text), &errors);

	if (status != QN_OK)
		fail_msg("%s: %s %s", text, status == QN_INVALID_VALUE ? errors.at[0].field : "",
			 status == QN_INVALID_VALUE ? errors.at[0].message
						    : qn_status_name(status));
	forms_execute(forms, "TRUNCATE forms_paper RESTART IDENTITY");
	forms_expect(forms, forms_paper_create(forms->session, &paper, &values), QN_OK);
}

/* A text that may be anything, as a literal of SQL. The caller frees it. */
static char *sql_quoted(const char *text)
{
	char *quoted = malloc(2 * strlen(text) + 3);
	char *at = quoted;

	assert_non_null(quoted);
	*at++ = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			*at++ = '\'';
		*at++ = *text;
	}
	*at++ = '\'';
	*at = '\0';
	return quoted;
}

struct sent {
	const char *text;   /* the members behind the title */
	const char *column; /* as an expression of the server */
	const char *stored; /* as its text */
};

static const struct sent sent[] = {
	/* Numbers. */
	{ "\"big\":9223372036854775807", "big", "9223372036854775807" },
	{ "\"big\":\"-9223372036854775808\"", "big", "-9223372036854775808" },
	{ "\"big\":3e2", "big", "300" },
	{ "\"exact\":1234567890123456789012345678901234567890.0123456789", "exact",
	  "1234567890123456789012345678901234567890.0123456789" },
	{ "\"exact\":1e-30", "exact", "0.000000000000000000000000000001" },
	{ "\"exact\":\"NaN\"", "exact", "NaN" },
	{ "\"exact\":\"-Infinity\"", "exact", "-Infinity" },
	{ "\"money\":99999999.99", "money", "99999999.99" },
	{ "\"money\":-1.1e1", "money", "-11.00" },
	{ "\"ratio\":0.1", "ratio", "0.1" },
	{ "\"ratio\":5e-324", "ratio", "5e-324" },
	{ "\"ratio\":1.7976931348623157e308", "ratio", "1.7976931348623157e+308" },
	{ "\"ratio\":-0.0", "ratio", "-0" },
	/* Times. */
	{ "\"at\":\"2026-11-22T13:05:00.123456+05:30\"", "at AT TIME ZONE 'UTC'",
	  "2026-11-22 07:35:00.123456" },
	{ "\"at\":\"0001-01-01T00:00:00Z\"", "at AT TIME ZONE 'UTC'", "0001-01-01 00:00:00" },
	{ "\"local\":\"9999-12-31T23:59:59.999999\"", "local", "9999-12-31 23:59:59.999999" },
	{ "\"at\":\"infinity\"", "at", "infinity" },
	{ "\"local\":\"-infinity\"", "local", "-infinity" },
	/* Texts. */
	{ "\"short\":\"\\ud83d\\ude00\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"",
	  "length(short) || '/' || octet_length(short)", "4/16" },
	{ "\"short\":\"'\\\\;\\\"\"", "short", "'\\;\"" },
	{ "\"fixed\":\"ab\"", "'[' || fixed::text || ']' || octet_length(fixed)", "[ab]3" },
	{ "\"blob\":\"AAECA/8=\"", "encode(blob, 'hex')", "00010203ff" },
	{ "\"words\":[\"\",null,\"a,b\",\"{\\\"x\\\"}\",\"NULL\",\"\\\\\"]", "words",
	  "{\"\",NULL,\"a,b\",\"{\\\"x\\\"}\",\"NULL\",\"\\\\\"}" },
	{ "\"words\":[]", "words", "{}" },
	/* Documents. */
	{ "\"body\":{\"n\":1234567890123456789012345678901234567890.0123456789}", "body",
	  "{\"n\": 1234567890123456789012345678901234567890.0123456789}" },
	{ "\"body\":\"\\ud83d\\ude00 \\u00e9\\u0001\\\"\\\\\\/\"", "body #>> '{}'",
	  "\xf0\x9f\x98\x80 \xc3\xa9\x01\"\\/" },
	{ "\"body\":null", "coalesce(body, '1') ", "1" },
	{ "\"body\":[null]", "body", "[null]" },
	{ "\"body\":{\"a\":1,\"a\":2}", "body", "{\"a\": 2}" },
	{ "\"raw\": { \"b\" : 1e400,\n\"a\" : [ ] , \"a\":\"\\u00E9\" } ", "raw",
	  "{ \"b\" : 1e400,\n\"a\" : [ ] , \"a\":\"\\u00E9\" }" },
};

static void what_is_read_is_what_the_server_has(void **state)
{
	struct forms *forms = *state;

	for (size_t i = 0; i < sizeof(sent) / sizeof(*sent); i++) {
		char text[512];
		char sql[256];

		(void)snprintf(text, sizeof(text), "{\"title\":\"t\",%s}", sent[i].text);
		(void)snprintf(sql, sizeof(sql), "SELECT (%s)::text FROM forms_paper",
			       sent[i].column);
		paper_make(forms, text);
		forms_expect_value(forms, sql, sent[i].stored);
	}
}

/* `depth` arrays in each other. The caller frees it. */
static char *nested(size_t depth)
{
	char *text = malloc(2 * depth + 1);

	assert_non_null(text);
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	text[2 * depth] = '\0';
	return text;
}

static qn_status read_nested(struct forms *forms, forms_paper_new *values, size_t depth,
			     qn_errors *errors)
{
	char *document = nested(depth);
	size_t size = strlen(document) + 64;
	char *text = malloc(size);
	qn_status status;

	assert_non_null(text);
	(void)snprintf(text, size, "{\"title\":\"t\",\"body\":%s,\"raw\":%s}", document, "[]");
	status = qn_json_read_new(
		forms->session, &forms_paper_model, values,
		(qn_json_input){ .text = text, .len = strlen(text), .max_depth = 1024 }, errors);
	free(document);
	free(text);
	return status;
}

static void the_deepest_document_that_is_read_is_not_too_deep_for_the_server(void **state)
{
	struct forms *forms = *state;
	char *document = nested(1023);
	forms_paper_new values;
	forms_paper *paper;
	qn_errors errors;

	assert_int_equal(read_nested(forms, &values, 1023, &errors), QN_OK);
	forms_expect(forms, forms_paper_create(forms->session, &paper, &values), QN_OK);
	forms_expect_value(forms, "SELECT body::text FROM forms_paper", document);
	free(document);
	assert_int_equal(read_nested(forms, &values, 1024, &errors), QN_INVALID_VALUE);
	assert_string_equal(errors.at[0].code, "too_deep");
}

struct refused {
	const char *text;
	const char *field;
	const char *code;
};

static void what_the_server_could_not_take_is_refused_before(void **state)
{
	static const struct refused cases[] = {
		{ "{\"title\":\"a\\u0000b\"}", "title", "invalid" },
		{ "{\"title\":\"\\ud800\"}", "title", "invalid" },
		{ "{\"title\":\"\\udc00\\ud800\"}", "title", "invalid" },
		{ "{\"title\":\"t\",\"body\":{\"a\":[\"\\u0000\"]}}", "body", "invalid" },
		{ "{\"title\":\"t\",\"body\":{\"\\ud800\":1}}", "body", "invalid" },
		{ "{\"title\":\"t\",\"words\":[\"a\",\"\\u0000\"]}", "words", "invalid" },
		{ "{\"title\":\"t\",\"short\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
		  "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"}",
		  "short", "max_length" },
		{ "{\"title\":\"t\",\"fixed\":\"abcd\"}", "fixed", "max_length" },
		{ "{\"title\":\"t\",\"money\":1.005}", "money", "max_decimal_places" },
		{ "{\"title\":\"t\",\"money\":100000000}", "money", "max_digits" },
		{ "{\"title\":\"t\",\"exact\":\"1_000\"}", "exact", "invalid" },
		{ "{\"title\":\"t\",\"at\":\"2026-11-22T13:05:00\"}", "at", "invalid" },
		{ "{\"title\":\"t\",\"at\":\"2026-02-30T13:05:00Z\"}", "at", "invalid" },
		{ "{\"title\":\"t\",\"blob\":\"AAE\"}", "blob", "invalid" },
		{ "{\"title\":\"\xc0\x80\"}", "", "syntax" },
		{ "{\"title\":\"\xed\xa0\x80\"}", "", "syntax" },
		{ "{\"body\":1}", "title", "required" },
		{ "{\"title\":null}", "title", "null" },
	};
	struct forms *forms = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		forms_paper_new values;
		qn_errors errors;

		assert_int_equal(forms_paper_new_from_json(forms->session, &values, cases[i].text,
							   strlen(cases[i].text), &errors),
				 QN_INVALID_VALUE);
		if (strncmp(errors.at[0].field, cases[i].field, strlen(cases[i].field)) != 0 ||
		    strcmp(errors.at[0].code, cases[i].code) != 0)
			fail_msg("%s: %s %s", cases[i].text, errors.at[0].field, errors.at[0].code);
	}
}

/* The first is stored; the second is not, and would not be. */
static void numbers_of_jsonb_end_where_the_server_says(void **state)
{
	static const char *const cases[][2] = {
		{ "1e131071", "1e131072" },
		{ "[-0.001e131074]", "[-0.001e131075]" },
		{ "{\"a\":1e-16383}", "{\"a\":1e-16384}" },
		{ "{\"a\":0.1e-16382}", "{\"a\":0.0e-16383}" },
		{ "0e200000", "[1,2,1E+9999999999]" },
	};
	struct forms *forms = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const forms_paper_new first = { .title = "t", .body = QN_SET(cases[i][0]) };
		const forms_paper_new second = { .title = "t", .body = QN_SET(cases[i][1]) };
		char text[64];
		forms_paper_new values;
		forms_paper *paper;
		qn_errors errors;

		assert_int_equal(forms_paper_validate_new(forms->session, &first, &errors), QN_OK);
		forms_expect(forms, forms_paper_create(forms->session, &paper, &first), QN_OK);
		assert_int_equal(forms_paper_validate_new(forms->session, &second, &errors),
				 QN_INVALID_VALUE);
		forms_expect(forms, forms_paper_create(forms->session, &paper, &second),
			     QN_BAD_DATA);
		(void)snprintf(text, sizeof(text), "{\"title\":\"t\",\"body\":%s}", cases[i][1]);
		assert_int_equal(forms_paper_new_from_json(forms->session, &values, text,
							   strlen(text), &errors),
				 QN_INVALID_VALUE);
		assert_string_equal(errors.at[0].field, "body");
		assert_string_equal(errors.at[0].code, "invalid");
	}
}

/* Documents at random, of what is hard: seeded, so that each run has the same. */
struct document {
	uint64_t random;
	char text[4096];
	size_t len;
};

static unsigned pick(struct document *document, unsigned count)
{
	return (unsigned)(random_next(&document->random) % count);
}

static void add(struct document *document, const char *text)
{
	size_t len = strlen(text);

	assert_true(document->len + len < sizeof(document->text));
	memcpy(document->text + document->len, text, len + 1);
	document->len += len;
}

static void add_text(struct document *document)
{
	static const char *const pieces[] = {
		"",
		"a",
		"'",
		"''",
		"\\\"",
		"\\\\",
		"\\/",
		"\\n",
		"\\u0001",
		"\\ud83d\\ude00",
		"\xf0\x9f\x98\x80",
		"\\uffff",
		"\xc3\xa9",
		"\\u20ac",
		"{",
		"$1",
		"%s",
		"\\\\u0000",
		" ",
		"--",
	};

	add(document, "\"");
	for (unsigned count = pick(document, 5); count > 0; count--)
		add(document, pieces[pick(document, sizeof(pieces) / sizeof(*pieces))]);
	add(document, "\"");
}

static void add_number(struct document *document)
{
	static const char *const numbers[] = {
		"0",
		"-0",
		"-0.0",
		"1e400",
		"1E-400",
		"9007199254740993",
		"0.10",
		"1e+5",
		"123456789012345678901234567890123456789012345678901234567890",
		"0.000000000000000000000000000000000000000000000000000000000001",
	};

	add(document, numbers[pick(document, sizeof(numbers) / sizeof(*numbers))]);
}

/* No deeper than `room`. */
static void add_value(struct document *document, unsigned room)
{
	static const char *const words[] = { "null", "true", "false" };
	unsigned kind = pick(document, room ? 6 : 3);
	unsigned count = pick(document, 4);

	if (kind == 0)
		add(document, words[pick(document, 3)]);
	else if (kind == 1)
		add_number(document);
	else if (kind == 2)
		add_text(document);
	if (kind < 3)
		return;
	add(document, kind == 3 ? "{" : "[");
	for (unsigned i = 0; i < count; i++) {
		add(document, i ? " , " : "");
		if (kind == 3) {
			add_text(document);
			add(document, ":");
		}
		add_value(document, room - 1);
	}
	add(document, kind == 3 ? "}" : "]");
}

static void documents_at_random_are_taken_as_they_are(void **state)
{
	struct forms *forms = *state;
	struct document document = { .random = 20261122 };

	for (unsigned i = 0; i < 200; i++) {
		char text[3 * sizeof(document.text)];
		char sql[3 * sizeof(document.text)];
		char *quoted;

		document.len = 0;
		add_value(&document, 3);
		/* JSON's null is NULL for a field. */
		if (strcmp(document.text, "null") == 0)
			continue;
		(void)snprintf(text, sizeof(text), "{\"title\":\"t\",\"body\":%s,\"raw\":%s}",
			       document.text, document.text);
		paper_make(forms, text);
		quoted = sql_quoted(document.text);
		(void)snprintf(
			sql, sizeof(sql),
			"SELECT (body = %s::jsonb AND raw::text = %s)::text FROM forms_paper",
			quoted, quoted);
		forms_expect_value(forms, sql, "true");
		free(quoted);
	}
}

/*
 * A PATCH as a program serves it: read, validate, ask, write, map. The errors are empty when it was
 * written.
 */
static void patch(struct forms *forms, const char *text, qn_errors *errors)
{
	const forms_member_where mine = { .id = QN_EQ(1) };
	forms_member_changes changes;
	forms_member *member;
	qn_status status;

	forms_expect(forms, forms_member_get(forms->session, &member, &mine), QN_OK);
	status = forms_member_form_changes_from_json(forms->session, &changes, text, strlen(text),
						     errors);
	if (status == QN_OK)
		status = qn_await(forms_member_validate_unique_changes(forms->session, errors,
								       member, &changes));
	if (status == QN_OK)
		status = qn_await(forms_member_update(forms->session, NULL, &mine, &changes));
	if (status != QN_OK && errors->len == 0)
		assert_true(forms_member_errors_from_database(forms->session, errors));
}

static void expect_patch(struct forms *forms, const char *text, const char *expected)
{
	qn_errors errors;

	patch(forms, text, &errors);
	forms_expect_errors(&errors, expected);
}

static void a_patch_is_written_or_says_why_not(void **state)
{
	struct forms *forms = *state;

	forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1, .nick = QN_SET("a") });
	forms_make(forms, &(forms_member_new){ .login = "bob",
					       .number = 2,
					       .email = QN_SET("bob@example.org") });
	expect_patch(forms, "{\"user\":\"cyd\",\"nick\":\"c\",\"age\":40,\"city\":\"aa\"}", "{}");
	expect_patch(forms, "{\"age\":null}", "{}");
	forms_expect_value(forms,
			   "SELECT concat_ws(' ', login, nick, coalesce(age, -1), city_code)"
			   " FROM forms_member WHERE id = 1",
			   "cyd c -1 aa");
	expect_patch(forms, "{\"user\":\"x\",\"email\":\"x\",\"age\":151,\"number\":null}",
		     "{\"number\":[{\"code\":\"null\",\"message\":\"cannot be null\"}],"
		     "\"user\":[{\"code\":\"min_length\",\"message\":"
		     "\"is shorter than 3 characters\"}],"
		     "\"email\":[{\"code\":\"invalid_email\",\"message\":"
		     "\"is not an e-mail address\"}],"
		     "\"age\":[{\"code\":\"max_value\",\"message\":\"is over 150\"}]}");
	expect_patch(forms, "{\"user\":\"same\",\"nick\":\"same\"}",
		     "{\"nick\":[{\"code\":\"same\",\"message\":\"is the login\"}]}");
	expect_patch(forms, "{\"number\":0}",
		     "{\"number\":[{\"code\":\"check\",\"message\":"
		     "\"does not keep the condition: number > 0\"}]}");
	expect_patch(forms, "{\"user\":\"bob\",\"number\":2}",
		     "{\"login\":[{\"code\":\"unique\",\"message\":\"is taken already\"}],"
		     "\"__all__\":[{\"code\":\"unique_together\",\"message\":"
		     "\"another row has the same realm and number\"}]}");
	expect_patch(forms, "{\"email\":\"BOB@example.org\"}",
		     "{\"email\":[{\"code\":\"unique\",\"message\":\"is taken already\"}]}");
	expect_patch(forms, "{\"city\":\"zz\"}",
		     "{\"city_code\":[{\"code\":\"reference\",\"message\":"
		     "\"refers to a row that does not exist\"}]}");
	forms_expect_value(forms, "SELECT login FROM forms_member WHERE id = 1", "cyd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, forms_clear)
		TEST(what_is_read_is_what_the_server_has),
		TEST(the_deepest_document_that_is_read_is_not_too_deep_for_the_server),
		TEST(what_the_server_could_not_take_is_refused_before),
		TEST(numbers_of_jsonb_end_where_the_server_says),
		TEST(documents_at_random_are_taken_as_they_are),
		TEST(a_patch_is_written_or_says_why_not),
	};

	return cmocka_run_group_tests(tests, forms_setup, forms_teardown);
}
