/*
 * What the tests of reading JSON share: changes of test.Thing, read in a session that is the test's
 * state.
 */
#ifndef TESTS_JSON_READING_H
#define TESTS_JSON_READING_H

#include "quern/json_read.h"
#include "thing.h"

int json_reading_setup(void **state);
int json_reading_teardown(void **state);

qn_json_input text_input(const char *text);
qn_status read_changes(qn_session *session, const char *text, test_thing_changes *changes,
		       qn_errors *errors);
/* All of the errors as "field code; field code". */
/* Why the last call failed. */
void assert_session_says(const qn_session *session, const char *expected);
void assert_errors(const qn_errors *errors, const char *expected);
void assert_taken(qn_session *session, const char *text, test_thing_changes *changes);
/* That these are the errors, and that nothing is set. */
void assert_refused(qn_session *session, const char *text, const char *expected);
/* That this is the message of the only error. */
void assert_message(qn_session *session, const char *text, const char *message);

#endif
