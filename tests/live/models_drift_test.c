/*
 * A database that is not what the program was built with, and values that would like to be SQL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models.h"

#define MODEL      &test_thing_model
#define QUERY(...) (&(test_thing_query){ __VA_ARGS__ })

static int recreate(void **state)
{
	struct models *models = *state;

	if (!test_server_execute(&models->server, test_thing_sql))
		return -1;
	return models_clear(state);
}

/*
 * Runs the statement once before the database changes, so that it is prepared and its types are
 * checked.
 */
static void find_around(struct models *models, const test_thing_query *query, const char *change,
			qn_status expected)
{
	test_thing_list list;

	models_expect(models, qn_model_find(models->session, MODEL, &list, query), QN_OK);
	models_execute(models, change);
	models_expect(models, qn_model_find(models->session, MODEL, &list, query), expected);
}

static void a_dropped_column_is_drift(void **state)
{
	find_around(*state, NULL, "ALTER TABLE test_thing DROP COLUMN born", QN_SCHEMA_DRIFT);
}

static void a_missing_table_is_drift(void **state)
{
	find_around(*state, NULL, "DROP TABLE test_thing", QN_SCHEMA_DRIFT);
}

static void a_changed_type_is_drift_that_names_the_field(void **state)
{
	struct models *models = *state;
	const qn_error *error;

	find_around(models, NULL,
		    "ALTER TABLE test_thing ALTER COLUMN ratio TYPE numeric USING ratio::numeric",
		    QN_SCHEMA_DRIFT);
	error = qn_session_error(models->session);
	assert_non_null(strstr(error->message, "ratio"));
	assert_non_null(strstr(error->message, "the column is numeric where the schema has double "
					       "precision"));
	assert_string_equal(error->field, "ratio");
}

static void added_columns_and_wider_text_change_nothing(void **state)
{
	find_around(*state, NULL,
		    "ALTER TABLE test_thing ADD COLUMN more text, ALTER COLUMN name TYPE text",
		    QN_OK);
}

static void an_unknown_label_is_drift_that_names_it(void **state)
{
	struct models *models = *state;

	models_execute(models, "ALTER TYPE test_kind ADD VALUE 'archived'");
	find_around(
		models, NULL,
		"INSERT INTO test_thing (name, flag, price, kind) VALUES ('n', true, 1, 'archived')",
		QN_SCHEMA_DRIFT);
	assert_non_null(strstr(qn_session_error(models->session)->message, "'archived'"));
}

static void null_in_a_required_field_is_drift(void **state)
{
	struct models *models = *state;

	models_execute(models, "ALTER TABLE test_thing ALTER COLUMN name DROP NOT NULL");
	find_around(models, NULL, "INSERT INTO test_thing (flag, price) VALUES (true, 1)",
		    QN_SCHEMA_DRIFT);
	assert_string_equal(qn_session_error(models->session)->field, "name");
}

static const char *const hostile[] = {
	"'; DROP TABLE test_thing;--",
	"\\'",
	"$1",
	"$$",
	"E'\\\\x'",
	"%s%n",
	"\" OR 1=1",
	"{\"a\",NULL}",
	"a\tb\r\nc",
	"\xf0\x9f\x92\xa1",
};

enum { HOSTILE_COUNT = sizeof(hostile) / sizeof(hostile[0]) };

/* In every place where text goes: it comes back as it was, and finds itself alone. */
static void hostile_text_is_only_text(void **state)
{
	struct models *models = *state;

	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
		const char *text = hostile[i];
		const char *const list[] = { text };
		const test_thing_new values = { .name = "n",
						.set_title = QN_SET(text),
						.set_tags = QN_SET_ARRAY(list, 1) };
		const test_thing_where wheres[] = {
			{ .title = QN_EQ(text) },          { .title = QN_IN_LIST(list, 1) },
			{ .title = QN_CONTAINS(text) },    { .title = QN_ICONTAINS(text) },
			{ .title = QN_STARTS_WITH(text) }, { .title = QN_ENDS_WITH(text) },
			{ .title = QN_IEQ(text) },         { .tags = QN_ARRAY_CONTAINS(list, 1) },
			{ .tags = QN_ARRAY_EQ(list, 1) },  { .title = QN_RANGE(text, text) },
		};
		test_thing *row;

		models_expect(models, qn_model_create(models->session, MODEL, NULL, &values),
			      QN_OK);
		for (size_t w = 0; w < sizeof(wheres) / sizeof(wheres[0]); w++) {
			models_expect(models,
				      qn_model_get(models->session, MODEL, &row, &wheres[w]),
				      QN_OK);
			assert_string_equal(row->title, text);
			assert_string_equal(row->tags.at[0], text);
		}
		models_expect(models,
			      qn_model_update(models->session, MODEL, NULL, &wheres[0],
					      &(test_thing_changes){ .place = QN_SET("(1,2)") }),
			      QN_OK);
		models_expect(models,
			      qn_model_count(models->session, MODEL, &(int64_t){ 0 },
					     QUERY(.where = { .place = QN_CONTAINS(text) })),
			      QN_OK);
	}
	models_expect_value(models, "SELECT count(*) FROM test_thing", "10");
}

static void text_that_no_opaque_type_takes_is_refused_by_the_server(void **state)
{
	struct models *models = *state;
	const test_thing_new values = { .name = "n", .set_place = QN_SET("nowhere'); --") };

	models_expect(models, qn_model_create(models->session, MODEL, NULL, &values), QN_BAD_DATA);
}

static void invalid_utf8_is_refused_before_it_is_sent(void **state)
{
	struct models *models = *state;
	const test_thing_new values = { .name = "n", .set_title = QN_SET("\xc0'") };

	models_expect(models, qn_model_create(models->session, MODEL, NULL, &values),
		      QN_INVALID_VALUE);
	assert_string_equal(qn_session_error(models->session)->field, "title");
	assert_string_equal(qn_session_error(models->session)->sqlstate, "");
}

/* As a pooler that pools transactions does, when the next one comes to another connection. */
static qn_status lose_the_statements(qn_session *session, void *argument)
{
	const char *deallocate = "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$";
	qn_status status;
	bool exists;

	(void)argument;
	status = qn_await(qn_model_exists(session, MODEL, &exists, NULL));
	if (status == QN_OK)
		status = qn_await(qn_sql(session, NULL, deallocate, NULL, 0));
	if (status == QN_OK)
		status = qn_await(qn_model_exists(session, MODEL, &exists, NULL));
	return status;
}

static void lost_statements_in_a_block_say_what_to_set(void **state)
{
	struct models *models = *state;

	assert_int_equal(qn_atomic(models->session, lose_the_statements, NULL, NULL),
			 QN_SCHEMA_DRIFT);
	assert_string_equal(qn_session_error(models->session)->sqlstate, "26000");
	assert_non_null(strstr(qn_session_error(models->session)->message,
			       "; behind a pooler that pools transactions set "
			       "no_prepared_statements"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, recreate)
		TEST(a_dropped_column_is_drift),
		TEST(a_missing_table_is_drift),
		TEST(a_changed_type_is_drift_that_names_the_field),
		TEST(added_columns_and_wider_text_change_nothing),
		TEST(an_unknown_label_is_drift_that_names_it),
		TEST(null_in_a_required_field_is_drift),
		TEST(hostile_text_is_only_text),
		TEST(text_that_no_opaque_type_takes_is_refused_by_the_server),
		TEST(invalid_utf8_is_refused_before_it_is_sent),
		TEST(lost_statements_in_a_block_say_what_to_set),
	};

	return cmocka_run_group_tests_name("models_drift", tests, models_setup, models_teardown);
}
