#include "json_reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_op.h"

int json_reading_setup(void **state)
{
	qn_session *session = calloc(1, sizeof(*session));

	if (!session)
		return -1;
	fake_session_init(session);
	*state = session;
	return 0;
}

int json_reading_teardown(void **state)
{
	fake_session_free(*state);
	free(*state);
	return 0;
}

qn_json_input text_input(const char *text)
{
	return (qn_json_input){ .text = text, .len = strlen(text) };
}

qn_status read_changes(qn_session *session, const char *text, test_thing_changes *changes,
		       qn_errors *errors)
{
	return qn_json_read_changes(session, &test_thing_model, changes, text_input(text), errors);
}

void assert_session_says(const qn_session *session, const char *expected)
{
	assert_string_equal(session->message, expected);
}

void assert_errors(const qn_errors *errors, const char *expected)
{
	char text[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < errors->len; i++) {
		assert_true(errors->at[i].message[0] != '\0');
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %s", i ? "; " : "",
					errors->at[i].field, errors->at[i].code);
		assert_true(len < sizeof(text));
	}
	assert_string_equal(text, expected);
}

void assert_taken(qn_session *session, const char *text, test_thing_changes *changes)
{
	qn_errors errors;

	if (read_changes(session, text, changes, &errors) != QN_OK)
		fail_msg("%s is refused: %s %s", text, errors.len ? errors.at[0].field : "",
			 errors.len ? errors.at[0].message : "");
	assert_int_equal(errors.len, 0);
}

void assert_refused(qn_session *session, const char *text, const char *expected)
{
	static const test_thing_changes nothing;
	test_thing_changes changes = nothing;
	qn_errors errors;

	if (read_changes(session, text, &changes, &errors) != QN_INVALID_VALUE)
		fail_msg("%s is taken", text);
	assert_errors(&errors, expected);
	assert_int_equal(changes.name.op, QN_SET_NOTHING);
	assert_int_equal(changes.big.op, QN_SET_NOTHING);
}

void assert_message(qn_session *session, const char *text, const char *message)
{
	test_thing_changes changes;
	qn_errors errors;

	assert_int_equal(read_changes(session, text, &changes, &errors), QN_INVALID_VALUE);
	assert_int_equal(errors.len, 1);
	assert_string_equal(errors.at[0].message, message);
}
