#include "models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

int models_setup(void **state)
{
	static struct models models;
	qn_pool_config config = { .max = 2,
				  .no_prepared_statements = test_server_pools_transactions(),
				  .no_pipeline = test_server_pools_transactions() };

	if (!test_server_start(&models.server) ||
	    !test_server_execute(&models.server, test_thing_sql))
		return -1;
	config.conninfo = test_server_conninfo(&models.server);
	if (qn_pool_open(&models.pool, &config) != QN_OK)
		return -1;
	*state = &models;
	return 0;
}

int models_teardown(void **state)
{
	struct models *models = *state;

	qn_session_close(models->session);
	qn_pool_close(models->pool);
	return test_server_stop(&models->server) ? 0 : -1;
}

int models_clear(void **state)
{
	struct models *models = *state;

	qn_session_close(models->session);
	models->session = NULL;
	if (!test_server_execute(&models->server, "TRUNCATE test_thing RESTART IDENTITY"))
		return -1;
	return qn_session_open(models->pool, &models->session) == QN_OK ? 0 : -1;
}

void models_expect(struct models *models, qn_op *op, qn_status expected)
{
	qn_status status = qn_await(op);
	const qn_error *error;

	if (status == expected)
		return;
	error = qn_session_error(models->session);
	fail_msg("%s instead of %s: %s %s [%s]", qn_status_name(status), qn_status_name(expected),
		 error->sqlstate, error->message, error->sql);
}

void models_execute(struct models *models, const char *sql)
{
	assert_true(test_server_execute(&models->server, sql));
}

void models_expect_value(struct models *models, const char *sql, const char *expected)
{
	char *value = test_server_value(&models->server, sql);

	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}
