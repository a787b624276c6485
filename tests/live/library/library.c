#include "library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void count_statement(void *context, const qn_log_entry *entry)
{
	struct library *library = context;

	library->statements += entry->event == QN_LOG_QUERY;
}

int library_setup(void **state)
{
	static struct library library;
	qn_pool_config config = { .max = 2,
				  .no_prepared_statements = test_server_pools_transactions(),
				  .no_pipeline = test_server_pools_transactions(),
				  .log = count_statement,
				  .log_context = &library };

	*state = &library;
	if (!test_server_start(&library.server) ||
	    !test_server_execute_file(&library.server, getenv("LIBRARY_SQL")))
		return -1;
	config.conninfo = test_server_conninfo(&library.server);
	return qn_pool_open(&library.pool, &config) == QN_OK ? 0 : -1;
}

int library_teardown(void **state)
{
	struct library *library = *state;

	qn_session_close(library->session);
	qn_pool_close(library->pool);
	return test_server_stop(&library->server) ? 0 : -1;
}

int library_clear(void **state)
{
	struct library *library = *state;

	qn_session_close(library->session);
	library->session = NULL;
	library->statements = 0;
	if (!test_server_execute(
		    &library->server,
		    "SET client_min_messages = warning; TRUNCATE library_country, library_author, library_series, "
		    "library_tag, library_club, library_loan, library_book "
		    "RESTART IDENTITY CASCADE"))
		return -1;
	return qn_session_open(library->pool, &library->session) == QN_OK ? 0 : -1;
}

void library_expect(struct library *library, qn_op *op, qn_status expected)
{
	qn_status status = qn_await(op);
	const qn_error *error;

	if (status == expected)
		return;
	error = qn_session_error(library->session);
	fail_msg("%s instead of %s: %s %s [%s]", qn_status_name(status), qn_status_name(expected),
		 error->sqlstate, error->message, error->sql);
}

void library_expect_message(struct library *library, qn_op *op, qn_status expected,
			    const char *message)
{
	library_expect(library, op, expected);
	assert_string_equal(qn_session_error(library->session)->message, message);
}

void library_execute(struct library *library, const char *sql)
{
	assert_true(test_server_execute(&library->server, sql));
}

void library_expect_value(struct library *library, const char *sql, const char *expected)
{
	char *value = test_server_value(&library->server, sql);

	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}
