/*
 * Validation of arbitrary texts: a first line that is a regular expression, and a value. Whatever
 * they are, there is a verdict soon; a value of a struct and the same value in JSON have the same
 * one; and what is said of it can be written.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_op.h"
#include "quern/json_read.h"
#include "thing.h"
#include "validate/formats.h"
#include "json/json_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIELD(constant) ((uint16_t)(TEST_THING_##constant - 1))

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* What is of a form has none of what the form excludes. */
static void check_forms(struct str text)
{
	bool has_space = memchr(text.at, ' ', text.len) || memchr(text.at, '\n', text.len);

	if (text_is_slug(text))
		check(text.len > 0 && !text_is_blank(text) && !memchr(text.at, '@', text.len));
	if (text_is_email(text))
		check(!has_space && memchr(text.at, '@', text.len) && !text_is_url(text));
	if (text_is_url(text))
		check(!has_space && memchr(text.at, ':', text.len) && !text_is_slug(text));
	if (text_is_blank(text))
		check(!text_is_email(text) && !text_is_url(text) && !text_is_slug(text));
}

static void check_errors(const qn_errors *errors)
{
	qn_buffer out = { 0 };

	check(errors->len > 0);
	check(qn_errors_to_json(&out, errors) == QN_OK);
	check(json_is_valid(out.at, out.len, 3));
	qn_buffer_free(&out);
}

static void check_equal(const qn_errors *a, const qn_errors *b)
{
	check(a->len == b->len);
	for (size_t i = 0; i < a->len; i++) {
		check(strcmp(a->at[i].field, b->at[i].field) == 0);
		check(strcmp(a->at[i].code, b->at[i].code) == 0);
		check(strcmp(a->at[i].message, b->at[i].message) == 0);
	}
}

/* The value as the title, and as the middle one of the tags. */
static bool members_write(qn_buffer *out, const char *value)
{
	return qn_buffer_add(out, "{\"title\":", 9) == QN_OK &&
	       qn_json_write_text(out, value) == QN_OK &&
	       qn_buffer_add(out, ",\"tags\":[\"a\",", 13) == QN_OK &&
	       qn_json_write_text(out, value) == QN_OK && qn_buffer_add(out, ",null]}", 7) == QN_OK;
}

static void validate_both(qn_session *session, const qn_model *model, const char *value)
{
	const char *const tags[] = { "a", value, NULL };
	const test_thing_changes changes = {
		.title = QN_SET(value),
		.tags = QN_SET_ARRAY(tags, 3),
	};
	test_thing_changes read;
	qn_buffer text = { 0 };
	qn_errors errors;
	qn_errors read_errors;
	qn_status status = qn_validate_changes(session, model, &changes, &errors);

	check(status == QN_OK || status == QN_INVALID_VALUE);
	if (status == QN_INVALID_VALUE)
		check_errors(&errors);
	if (members_write(&text, value)) {
		qn_json_input input = { .text = text.at, .len = text.len };

		check(qn_json_read_changes(session, model, &read, input, &read_errors) == status);
		check_equal(&errors, &read_errors);
	}
	qn_buffer_free(&text);
}

/* Of the title, and of each of the tags. */
static void validate_by(qn_session *session, qn_rule rule, const char *value)
{
	qn_rule two[] = { rule, rule };
	const qn_rules rules = { .rules = two, .rule_count = 2 };
	qn_model model = test_thing_model;

	two[0].field = FIELD(TITLE);
	two[1].field = FIELD(TAGS);
	model.rules = &rules;
	validate_both(session, &model, value);
}

static void validate_all(qn_session *session, const char *pattern, const char *value, size_t choice)
{
	static const qn_rule others[] = {
		{ .kind = QN_RULE_NOT_BLANK },
		{ .kind = QN_RULE_EMAIL },
		{ .kind = QN_RULE_URL },
		{ .kind = QN_RULE_SLUG },
		{ .kind = QN_RULE_MIN_LENGTH, .number = 3 },
		{ .kind = QN_RULE_MAX_LENGTH, .number = 9 },
		{ .kind = QN_RULE_PATTERN, .text = "^(\\w+[. ]?)+$" },
	};

	validate_by(session, (qn_rule){ .kind = QN_RULE_PATTERN, .text = pattern }, value);
	validate_by(session, others[choice % (sizeof(others) / sizeof(*others))], value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qn_session session = { 0 };
	char *text = malloc(size + 2);
	char *line;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\n';
	text[size + 1] = '\0';
	line = memchr(text, '\n', size + 1);
	*line = '\0';
	fake_session_init(&session);
	if (line == text + size) {
		check_forms(str_from_cstring(text));
	} else {
		text[size] = '\0';
		check_forms(str_from_cstring(line + 1));
		if (str_is_utf8(str_from_cstring(text)))
			validate_all(&session, text, line + 1, size);
	}
	fake_session_free(&session);
	free(text);
	return 0;
}
