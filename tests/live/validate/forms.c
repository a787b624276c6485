#include "forms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The hooks of the schema: nobody is born on this day, and no nick is the login. */
void forms_member_check_born(qn_date value, qn_validation *validation)
{
	qn_date leap_day;

	if (qn_date_parse("2000-02-29", &leap_day) && value.days == leap_day.days)
		qn_invalid(validation, 0, "leap_day", "is a day that seldom comes");
}

static void check_nick(const char *login, const char *nick, qn_validation *validation)
{
	if (login && nick && strcmp(login, nick) == 0)
		qn_invalid(validation, FORMS_MEMBER_NICK, "same", "is the login");
}

void forms_member_check_new(const forms_member_new *values, qn_validation *validation)
{
	check_nick(values->login, values->nick.op == QN_SET_TO_VALUE ? values->nick.as.value : NULL,
		   validation);
}

void forms_member_check_changes(const forms_member_changes *changes, qn_validation *validation)
{
	check_nick(changes->login.op == QN_SET_TO_VALUE ? changes->login.as.value : NULL,
		   changes->nick.op == QN_SET_TO_VALUE ? changes->nick.as.value : NULL, validation);
}

static void count_statement(void *context, const qn_log_entry *entry)
{
	struct forms *forms = context;

	forms->statements += entry->event == QN_LOG_QUERY;
}

int forms_setup(void **state)
{
	static struct forms forms;
	qn_pool_config config = { .max = 3, .log = count_statement, .log_context = &forms };

	*state = &forms;
	if (!test_server_start(&forms.server) ||
	    !test_server_execute_file(&forms.server, getenv("FORMS_SQL")))
		return -1;
	config.conninfo = test_server_conninfo(&forms.server);
	return qn_pool_open(&forms.pool, &config) == QN_OK ? 0 : -1;
}

int forms_teardown(void **state)
{
	struct forms *forms = *state;

	qn_session_close(forms->session);
	qn_pool_close(forms->pool);
	return test_server_stop(&forms->server) ? 0 : -1;
}

int forms_clear(void **state)
{
	struct forms *forms = *state;

	qn_session_close(forms->session);
	forms->session = NULL;
	forms->statements = 0;
	if (!test_server_execute(&forms->server,
				 "SET client_min_messages = warning;"
				 "TRUNCATE forms_city, forms_member, forms_seat, forms_paper "
				 "RESTART IDENTITY CASCADE;"
				 "INSERT INTO forms_city VALUES ('aa', 'Aachen'), ('bb', 'Bonn')"))
		return -1;
	return qn_session_open(forms->pool, &forms->session) == QN_OK ? 0 : -1;
}

void forms_expect(struct forms *forms, qn_op *op, qn_status expected)
{
	qn_status status = qn_await(op);
	const qn_error *error;

	if (status == expected)
		return;
	error = qn_session_error(forms->session);
	fail_msg("%s instead of %s: %s %s [%s]", qn_status_name(status), qn_status_name(expected),
		 error->sqlstate, error->message, error->sql);
}

void forms_expect_errors(const qn_errors *errors, const char *expected)
{
	qn_buffer text = { 0 };

	assert_int_equal(qn_errors_to_json(&text, errors), QN_OK);
	assert_string_equal(text.at, expected);
	qn_buffer_free(&text);
}

void forms_execute(struct forms *forms, const char *sql)
{
	assert_true(test_server_execute(&forms->server, sql));
}

void forms_expect_value(struct forms *forms, const char *sql, const char *expected)
{
	char *value = test_server_value(&forms->server, sql);

	if (!expected) {
		assert_null(value);
		return;
	}
	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}

forms_member *forms_make(struct forms *forms, const forms_member_new *values)
{
	forms_member *member;

	forms_expect(forms, forms_member_create(forms->session, &member, values), QN_OK);
	return member;
}
