/*
 * Gets with and without coalesce_gets against a server: the same rows and the same failures, by
 * fewer statements.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models.h"

enum { ROWS = 40, GETS = 60 };

#define WHERE(...) (&(test_thing_where){ __VA_ARGS__ })

/* One get, in a session of its own. */
struct get {
	qn_session *session;
	qn_op *op;
	test_thing *row;
	qn_status status;
};

static qn_field fields[TEST_THING_FIELDS];
static qn_model by_name; /* test.Thing, whose name is unique */

static qn_pool *pool_open(struct models *models, bool coalesces)
{
	qn_pool_config config = { .conninfo = test_server_conninfo(&models->server),
				  .max = 2,
				  .coalesce_gets = coalesces,
				  .no_prepared_statements = test_server_pools_transactions(),
				  .no_pipeline = test_server_pools_transactions() };
	qn_pool *pool;

	assert_int_equal(qn_pool_open(&pool, &config), QN_OK);
	assert_int_equal(qn_pool_connect(pool), QN_OK);
	return pool;
}

static int group_setup(void **state)
{
	memcpy(fields, test_thing_model.fields, sizeof(fields));
	fields[TEST_THING_NAME - 1].flags |= QN_FIELD_UNIQUE;
	by_name = test_thing_model;
	by_name.fields = fields;
	return models_setup(state);
}

/* Ids 1 to ROWS, with names, and texts and bytes that are there, empty or NULL. */
static int fill(void **state)
{
	if (models_clear(state) != 0)
		return -1;
	models_execute(*state, "INSERT INTO test_thing (name, flag, price, title, big) "
			       "SELECT 'n ' || i, i % 2 = 0, i, "
			       "(ARRAY['a title', '', NULL])[i % 3 + 1], "
			       "CASE WHEN i % 2 = 0 THEN i END FROM generate_series(1, 40) AS i");
	return 0;
}

static void gets_open(qn_pool *pool, struct get *gets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(qn_session_open(pool, &gets[i].session), QN_OK);
}

static void gets_close(struct get *gets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		qn_session_close(gets[i].session);
}

static void gets_await(struct get *gets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		gets[i].status = qn_await(gets[i].op);
}

static void assert_same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same(const struct get *a, const struct get *b)
{
	assert_int_equal(a->status, b->status);
	assert_string_equal(qn_session_error(a->session)->message,
			    qn_session_error(b->session)->message);
	assert_int_equal(a->row == NULL, b->row == NULL);
	if (!a->row)
		return;
	assert_int_equal(a->row->id, b->row->id);
	assert_same_text(a->row->name, b->row->name);
	assert_same_text(a->row->title, b->row->title);
	assert_int_equal(a->row->flag, b->row->flag);
	assert_int_equal(a->row->price.unscaled, b->row->price.unscaled);
	assert_int_equal(a->row->has_big, b->row->has_big);
	assert_int_equal(a->row->big, b->row->big);
	assert_true(qn_model_is_loaded(&test_thing_model, a->row, TEST_THING_TITLE));
}

/* Ids that are there, some of them twice, and ids that are not. */
static void start_by_id(struct get *gets)
{
	for (size_t i = 0; i < GETS; i++)
		gets[i].op = qn_model_get(gets[i].session, &test_thing_model, &gets[i].row,
					  WHERE(.id = QN_EQ((int64_t)(i * 7 % (ROWS + 10)))));
}

static void start_by_name(struct get *gets)
{
	char name[32];

	for (size_t i = 0; i < GETS; i++) {
		snprintf(name, sizeof(name), "n %zu", i * 7 % (ROWS + 10));
		gets[i].op = qn_model_get(gets[i].session, &by_name, &gets[i].row,
					  WHERE(.name = QN_EQ(name)));
	}
}

static void compare(struct models *models, void (*start)(struct get *gets), uint64_t coalesced)
{
	qn_pool *pools[2] = { pool_open(models, false), pool_open(models, true) };
	struct get gets[2][GETS] = { { { NULL, NULL, NULL, QN_OK } } };
	qn_pool_stats stats;

	for (size_t i = 0; i < 2; i++) {
		gets_open(pools[i], gets[i], GETS);
		start(gets[i]);
		gets_await(gets[i], GETS);
	}
	for (size_t i = 0; i < GETS; i++)
		assert_same(&gets[0][i], &gets[1][i]);
	qn_pool_read_stats(pools[0], &stats);
	assert_int_equal(stats.coalesced, 0);
	qn_pool_read_stats(pools[1], &stats);
	assert_int_equal(stats.coalesced, coalesced);
	for (size_t i = 0; i < 2; i++) {
		gets_close(gets[i], GETS);
		qn_pool_close(pools[i]);
	}
}

static void gets_by_key_are_the_same_as_alone(void **state)
{
	compare(*state, start_by_id, GETS);
}

static void gets_by_a_unique_text_are_the_same_as_alone(void **state)
{
	compare(*state, start_by_name, GETS);
}

static void texts_that_a_collation_holds_equal_find_their_row(void **state)
{
	struct models *models = *state;
	qn_pool *pool = pool_open(models, true);
	struct get gets[3] = { { NULL, NULL, NULL, QN_OK } };
	static const char *const names[] = { "n 1", "N 1", "N 2" };

	models_execute(models,
		       "CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', "
		       "deterministic = false)");
	models_execute(models,
		       "ALTER TABLE test_thing ALTER name TYPE varchar(5) COLLATE any_case");
	gets_open(pool, gets, 3);
	for (size_t i = 0; i < 3; i++)
		gets[i].op = qn_model_get(gets[i].session, &by_name, &gets[i].row,
					  WHERE(.name = QN_EQ(names[i])));
	gets_await(gets, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(gets[i].status, QN_OK);
	assert_string_equal(gets[0].row->name, "n 1");
	assert_string_equal(gets[1].row->name, "n 1");
	assert_string_equal(gets[2].row->name, "n 2");
	gets_close(gets, 3);
	qn_pool_close(pool);
	models_execute(models, "ALTER TABLE test_thing ALTER name TYPE varchar(5)");
	models_execute(models, "DROP COLLATION any_case");
}

static void a_key_that_is_not_unique_is_found_out(void **state)
{
	struct models *models = *state;
	qn_pool *pool = pool_open(models, true);
	struct get gets[3] = { { NULL, NULL, NULL, QN_OK } };
	static const char *const names[] = { "n 1", "n 2", "n 3" };

	models_execute(models, "UPDATE test_thing SET name = 'n 2' WHERE name = 'n 4'");
	gets_open(pool, gets, 3);
	for (size_t i = 0; i < 3; i++)
		gets[i].op = qn_model_get(gets[i].session, &by_name, &gets[i].row,
					  WHERE(.name = QN_EQ(names[i])));
	gets_await(gets, 3);
	assert_int_equal(gets[0].status, QN_OK);
	assert_int_equal(gets[1].status, QN_NOT_UNIQUE);
	assert_int_equal(gets[2].status, QN_OK);
	gets_close(gets, 3);
	qn_pool_close(pool);
}

static void rows_outlive_the_sessions_of_the_others(void **state)
{
	qn_pool *pool = pool_open(*state, true);
	struct get gets[3] = { { NULL, NULL, NULL, QN_OK } };

	gets_open(pool, gets, 3);
	for (size_t i = 0; i < 3; i++)
		gets[i].op = qn_model_get(gets[i].session, &test_thing_model, &gets[i].row,
					  WHERE(.id = QN_EQ((int64_t)i + 1)));
	qn_session_close(gets[1].session);
	assert_int_equal(qn_await(gets[0].op), QN_OK);
	assert_int_equal(qn_await(gets[2].op), QN_OK);
	qn_session_close(gets[0].session);
	assert_string_equal(gets[2].row->name, "n 3");
	assert_string_equal(gets[2].row->title, "a title");
	qn_session_close(gets[2].session);
	qn_pool_close(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(gets_by_key_are_the_same_as_alone, fill),
		cmocka_unit_test_setup(gets_by_a_unique_text_are_the_same_as_alone, fill),
		cmocka_unit_test_setup(texts_that_a_collation_holds_equal_find_their_row, fill),
		cmocka_unit_test_setup(a_key_that_is_not_unique_is_found_out, fill),
		cmocka_unit_test_setup(rows_outlive_the_sessions_of_the_others, fill),
	};

	return cmocka_run_group_tests(tests, group_setup, models_teardown);
}
