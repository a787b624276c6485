/*
 * What the tests of statements share: a fake session as the test's state, and what its last call
 * became.
 */
#ifndef TESTS_SENDING_H
#define TESTS_SENDING_H

#include "fake_op.h"

int sending_setup(void **state);
int sending_teardown(void **state);

void assert_sent(qn_session *session, const char *sql);
/* Neither sent nor refused: it was answered here. */
void assert_not_sent(qn_session *session);
void assert_call_refused(qn_session *session, qn_status status, const char *message);
/* number: from 0. */
void assert_parameter(qn_session *session, size_t number, Oid type, const char *bytes, size_t len);
void assert_text_parameter(qn_session *session, size_t number, Oid type, const char *text);

#endif
