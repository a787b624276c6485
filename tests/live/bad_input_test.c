/*
 * What people get wrong, and the whole of what they are told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models.h"

#define MODEL &test_thing_model

static int recreate(void **state)
{
	struct models *models = *state;

	if (!test_server_execute(&models->server, test_thing_sql))
		return -1;
	return models_clear(state);
}

static void fails(struct models *models, qn_op *op, qn_status expected, const char *message)
{
	models_expect(models, op, expected);
	assert_string_equal(qn_session_error(models->session)->message, message);
}

static qn_op *create(struct models *models, const test_thing_new *values)
{
	return qn_model_create(models->session, MODEL, NULL, values);
}

static qn_op *find(qn_session *session)
{
	static test_thing_list list;

	return qn_model_find(session, MODEL, &list, NULL);
}

static qn_op *sql(struct models *models, const char *text)
{
	return qn_sql(models->session, NULL, text, NULL, 0);
}

/* Nothing of what was refused is there, and the session works on. */
static void nothing_is_lost(struct models *models)
{
	models_expect(models, create(models, &(test_thing_new){ .name = "good" }), QN_OK);
	models_expect_value(models, "SELECT string_agg(name, ' ') FROM test_thing", "good");
}

static void connecting_fails(const char *conninfo, qn_status expected, const char *message)
{
	const qn_pool_config config = { .conninfo = conninfo };
	qn_pool *pool;

	assert_int_equal(qn_pool_open(&pool, &config), QN_OK);
	assert_int_equal(qn_pool_connect(pool), expected);
	assert_string_equal(qn_pool_error(pool)->message, message);
	qn_pool_close(pool);
}

static void an_unreachable_server(void **state)
{
	(void)state;
	connecting_fails("host=/nowhere port=6543 dbname=shop", QN_CONNECTION_FAILED,
			 "connection to server on socket \"/nowhere/.s.PGSQL.6543\" failed: "
			 "No such file or directory; "
			 "Is the server running locally and accepting connections on that socket?");
}

static void an_unknown_database(void **state)
{
	struct models *models = *state;
	PGconn *connection = test_server_connect(&models->server);
	char *conninfo = NULL;
	char *message = NULL;

	assert_non_null(connection);
	assert_true(asprintf(&conninfo, "host=%s port=%s user=%s dbname=no_such_shop",
			     PQhost(connection), PQport(connection), PQuser(connection)) > 0);
	assert_true(asprintf(&message,
			     "connection to server on socket \"%s/.s.PGSQL.%s\" failed: "
			     "FATAL:  database \"no_such_shop\" does not exist: "
			     "create it, or check the name in the connection string",
			     PQhost(connection), PQport(connection)) > 0);
	connecting_fails(conninfo, QN_CONNECTION_FAILED, message);
	free(message);
	free(conninfo);
	PQfinish(connection);
}

static void a_connection_string_that_makes_no_sense(void **state)
{
	static const char *const cases[][2] = {
		{ "host=/nowhere sslmode=bogus",
		  "the connection string is refused: invalid sslmode value: \"bogus\"" },
		{ "host=/nowhere gssencmode=maybe",
		  "the connection string is refused: invalid gssencmode value: \"maybe\"" },
		{ "host=/nowhere channel_binding=on",
		  "the connection string is refused: invalid channel_binding value: \"on\"" },
		{ "host=/nowhere ssl_min_protocol_version=9",
		  "the connection string is refused: invalid ssl_min_protocol_version value: \"9\"" },
		{ "host=/nowhere target_session_attrs=master",
		  "target_session_attrs \"master\" is not known: any, read-write, read-only, primary, "
		  "standby or prefer-standby" },
		{ "host=/nowhere port=5432x",
		  "a port of the connection string is not a number from 1 to 65535; \"/\" in a URL's "
		  "password is written \"%2F\"" },
		{ "host=/nowhere pasword=secret",
		  "cannot read the connection string: invalid connection option \"pasword\"" },
		{ "host=a,b port=1,2,3",
		  "the connection string has 2 hosts and 3 ports, give one port or as many" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const qn_pool_config config = { .conninfo = cases[i][0] };
		qn_pool *pool;
		char text[512];

		assert_int_equal(qn_pool_open(&pool, &config), QN_USAGE);
		assert_null(pool);
		assert_string_equal(qn_pool_open_error(&config, text, sizeof(text)), cases[i][1]);
	}
}

static void a_missing_table(void **state)
{
	struct models *models = *state;

	models_execute(models, "DROP TABLE test_thing");
	fails(models, find(models->session), QN_SCHEMA_DRIFT,
	      "Thing: relation \"test_thing\" does not exist; "
	      "apply the missing migrations, or generate the models again and rebuild");
	fails(models, sql(models, "SELECT * FROM nowhere"), QN_SCHEMA_DRIFT,
	      "relation \"nowhere\" does not exist; "
	      "check the statement's names and types, and that all migrations were applied");
}

static const char ratio_drift[] =
	"Thing.ratio: the column is numeric where the schema has double precision; "
	"migrate the database, or regenerate the models";

static void a_column_whose_type_changed(void **state)
{
	struct models *models = *state;

	models_expect(models, find(models->session), QN_OK);
	models_execute(models, "ALTER TABLE test_thing ALTER ratio TYPE numeric");
	fails(models, find(models->session), QN_SCHEMA_DRIFT, ratio_drift);
	models_execute(models, "ALTER TABLE test_thing ALTER ratio TYPE double precision");
	models_expect(models, find(models->session), QN_OK);
}

static qn_status find_beside(qn_session *session, void *argument)
{
	struct models *models = argument;
	qn_session *other;

	/*
	 * This one has its connection for itself, so that the other session's statement is prepared
	 * on another one.
	 */
	assert_int_equal(qn_await(qn_sql(session, NULL, "SELECT 1", NULL, 0)), QN_OK);
	assert_int_equal(qn_session_open(models->pool, &other), QN_OK);
	assert_int_equal(qn_await(find(other)), QN_SCHEMA_DRIFT);
	assert_string_equal(qn_session_error(other)->message, ratio_drift);
	qn_session_close(other);
	return QN_OK;
}

static void a_type_that_changed_between_two_preparations(void **state)
{
	struct models *models = *state;

	models_expect(models, find(models->session), QN_OK);
	models_execute(models, "ALTER TABLE test_thing ALTER ratio TYPE numeric");
	assert_int_equal(qn_atomic(models->session, find_beside, models, NULL), QN_OK);
	fails(models, find(models->session), QN_SCHEMA_DRIFT, ratio_drift);
	models_execute(models, "ALTER TABLE test_thing ALTER ratio TYPE double precision");
	models_expect(models, find(models->session), QN_OK);
}

static void text_that_is_not_utf_8(void **state)
{
	struct models *models = *state;

	fails(models, create(models, &(test_thing_new){ .name = "a\xff" }), QN_INVALID_VALUE,
	      "Thing.name: is not valid UTF-8");
	nothing_is_lost(models);
}

static void a_value_out_of_range(void **state)
{
	struct models *models = *state;
	const test_thing_new dear = { .name = "dear", .price = qn_dec("100000000.00") };

	fails(models, create(models, &dear), QN_INVALID_VALUE,
	      "Thing.price: has more than 8 digits before the point");
	nothing_is_lost(models);
}

static void a_text_that_is_too_long(void **state)
{
	struct models *models = *state;

	/* Characters count, not bytes. */
	models_expect(models,
		      create(models, &(test_thing_new){ .name = "\xc3\xa4\xc3\xb6\xc3\xbc" }),
		      QN_OK);
	models_execute(models, "DELETE FROM test_thing");
	fails(models, create(models, &(test_thing_new){ .name = "longer" }), QN_INVALID_VALUE,
	      "Thing.name: is longer than 5 characters");
	nothing_is_lost(models);
}

static void a_null_in_a_required_field(void **state)
{
	struct models *models = *state;

	fails(models, create(models, &(test_thing_new){ .flag = true }), QN_INVALID_VALUE,
	      "Thing.name: is required; give it a value");
	nothing_is_lost(models);
}

static void a_statement_past_its_deadline(void **state)
{
	struct models *models = *state;

	qn_session_set_deadline(models->session, 50);
	fails(models, sql(models, "SELECT pg_sleep(30)"), QN_DEADLINE_EXCEEDED,
	      "the deadline of 50 ms passed");
	qn_session_set_deadline(models->session, 0);
	nothing_is_lost(models);
}

static void a_statement_that_was_cancelled(void **state)
{
	struct models *models = *state;
	qn_op *op = sql(models, "SELECT pg_sleep(30)");

	assert_int_equal(qn_sleep(models->session, 20), QN_OK);
	qn_cancel(op);
	fails(models, op, QN_CANCELLED, "cancelled");
	nothing_is_lost(models);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, recreate)
		TEST(an_unreachable_server),
		TEST(an_unknown_database),
		TEST(a_connection_string_that_makes_no_sense),
		TEST(a_missing_table),
		TEST(a_column_whose_type_changed),
		TEST(a_type_that_changed_between_two_preparations),
		TEST(text_that_is_not_utf_8),
		TEST(a_value_out_of_range),
		TEST(a_text_that_is_too_long),
		TEST(a_null_in_a_required_field),
		TEST(a_statement_past_its_deadline),
		TEST(a_statement_that_was_cancelled),
	};

	return cmocka_run_group_tests_name("bad input", tests, models_setup, models_teardown);
}
