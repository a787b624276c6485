#include "sending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

int sending_setup(void **state)
{
	static qn_session session;

	fake_session_init(&session);
	*state = &session;
	return 0;
}

int sending_teardown(void **state)
{
	fake_session_free(*state);
	return 0;
}

void assert_sent(qn_session *session, const char *sql)
{
	if (session->message[0])
		print_error("%s\n", session->message);
	assert_false(session->op->refused);
	assert_non_null(session->op->request.statement);
	assert_string_equal(session->op->request.statement->sql, sql);
	assert_int_equal(session->op->request.statement->parameter_count,
			 session->op->parameter_count);
}

void assert_not_sent(qn_session *session)
{
	if (session->op->refused)
		print_error("%s\n", session->message);
	assert_false(session->op->refused);
	assert_null(session->op->request.statement);
}

void assert_call_refused(qn_session *session, qn_status status, const char *message)
{
	assert_true(session->op->refused);
	assert_int_equal(session->op->status, status);
	assert_string_equal(session->message, message);
}

void assert_parameter(qn_session *session, size_t number, Oid type, const char *bytes, size_t len)
{
	const struct qn_op *op = session->op;

	assert_true(number < op->parameter_count);
	assert_int_equal(op->request.statement->parameter_types[number], type);
	assert_int_equal(op->lengths[number], len);
	assert_memory_equal(op->wire.at + op->offsets[number], bytes, len);
}

void assert_text_parameter(qn_session *session, size_t number, Oid type, const char *text)
{
	assert_parameter(session, number, type, text, strlen(text));
}
