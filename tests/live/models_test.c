/*
 * Every operation of a model against a server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models.h"

#define MODEL        &test_thing_model
#define WHERE(...)   (&(test_thing_where){ __VA_ARGS__ })
#define QUERY(...)   (&(test_thing_query){ __VA_ARGS__ })
#define CHANGES(...) (&(test_thing_changes){ __VA_ARGS__ })

static test_thing *create(struct models *models, const test_thing_new *values)
{
	test_thing *row = NULL;

	models_expect(models, qn_model_create(models->session, MODEL, &row, values), QN_OK);
	assert_non_null(row);
	return row;
}

/* Ids 1 to count; count is 1, 2, ...; big is NULL, 2, NULL, 4, ... */
static void create_some(struct models *models, int count)
{
	for (int i = 1; i <= count; i++) {
		test_thing_new values = { .name = i % 2 ? "odd" : "even",
					  .flag = i % 2,
					  .set_count = QN_SET(i) };

		if (i % 2 == 0)
			values.set_big = (qn_set_int64)QN_SET(i);
		create(models, &values);
	}
}

static void assert_ids(struct models *models, const test_thing_query *query, const char *expected)
{
	test_thing_list list;
	char ids[256] = "";

	models_expect(models, qn_model_find(models->session, MODEL, &list, query), QN_OK);
	for (size_t i = 0; i < list.len; i++) {
		size_t len = strlen(ids);

		snprintf(ids + len, sizeof(ids) - len, "%s%lld", i ? " " : "",
			 (long long)list.at[i].id);
	}
	assert_string_equal(ids, expected);
}

static void create_reads_back_what_the_database_filled_in(void **state)
{
	struct models *models = *state;
	test_thing *row = create(models, &(test_thing_new){ .name = "lamp",
							    .price = qn_dec("12.5"),
							    .set_title = QN_SET("A lamp") });

	assert_int_equal(row->id, 1);
	assert_string_equal(row->name, "lamp");
	assert_string_equal(row->title, "A lamp");
	assert_int_equal(row->count, 7);
	assert_int_equal(row->kind, TEST_KIND_DRAFT);
	assert_int_equal(qn_decimal_compare(row->price, qn_dec("12.50")), 0);
	assert_true(row->changed.microseconds > 0);
	assert_int_equal(row->tags.len, 0);
	assert_false(row->has_big);
	assert_true(qn_model_is_loaded(MODEL, row, TEST_THING_KINDS));
	models_expect(models,
		      qn_model_create(models->session, MODEL, NULL,
				      &(test_thing_new){ .name = "ond" }),
		      QN_OK);
	models_expect_value(models, "SELECT name FROM test_thing WHERE id = 2", "ond");
}

static void a_duplicate_key_is_refused_by_the_database(void **state)
{
	struct models *models = *state;
	test_thing *row;
	const test_thing_new values = { .name = "x", .set_id = QN_SET(5) };

	create(models, &values);
	models_expect(models, qn_model_create(models->session, MODEL, &row, &values),
		      QN_UNIQUE_VIOLATION);
	assert_null(row);
}

static void get_finds_exactly_one(void **state)
{
	struct models *models = *state;
	test_thing *row;

	create_some(models, 4);
	models_expect(models, qn_model_get(models->session, MODEL, &row, WHERE(.id = QN_EQ(3))),
		      QN_OK);
	assert_int_equal(row->count, 3);
	models_expect(models, qn_model_get(models->session, MODEL, &row, WHERE(.id = QN_EQ(9))),
		      QN_NOT_FOUND);
	assert_null(row);
	models_expect(models,
		      qn_model_get(models->session, MODEL, &row, WHERE(.name = QN_EQ("odd"))),
		      QN_NOT_UNIQUE);
	assert_null(row);
	models_expect(models,
		      qn_model_get(models->session, MODEL, &row, WHERE(.id = QN_IN_LIST(NULL, 0))),
		      QN_NOT_FOUND);
}

static void find_orders_and_slices(void **state)
{
	struct models *models = *state;

	create_some(models, 6);
	assert_ids(models, QUERY(.order_by = { TEST_THING_ID }), "1 2 3 4 5 6");
	/* The model's own order: -count, name. */
	assert_ids(models, NULL, "6 5 4 3 2 1");
	assert_ids(models, QUERY(.order_by = { TEST_THING_NAME, -TEST_THING_ID }), "6 4 2 5 3 1");
	assert_ids(models, QUERY(.order_by = { TEST_THING_BIG, TEST_THING_ID }), "2 4 6 1 3 5");
	assert_ids(models, QUERY(.order_by = { QN_NULLS_FIRST(TEST_THING_BIG), TEST_THING_ID }),
		   "1 3 5 2 4 6");
	assert_ids(models, QUERY(.order_by = { QN_NULLS_LAST(-TEST_THING_BIG), TEST_THING_ID }),
		   "6 4 2 1 3 5");
	assert_ids(models, QUERY(.order_by = { TEST_THING_ID }, .limit = 2, .offset = 3), "4 5");
	assert_ids(models, QUERY(.order_by = { TEST_THING_ID }, .limit = 100000, .offset = 4),
		   "5 6");
	assert_ids(models, QUERY(.limit = QN_LIMIT_NONE), "");
	assert_ids(models, QUERY(.offset = 99), "");
}

static void first_and_last_are_the_ends_of_the_order(void **state)
{
	struct models *models = *state;
	test_thing *row;

	models_expect(models, qn_model_first(models->session, MODEL, &row, NULL), QN_OK);
	assert_null(row);
	create_some(models, 5);
	models_expect(models, qn_model_first(models->session, MODEL, &row, NULL), QN_OK);
	assert_int_equal(row->id, 5);
	models_expect(models, qn_model_last(models->session, MODEL, &row, NULL), QN_OK);
	assert_int_equal(row->id, 1);
	models_expect(models,
		      qn_model_first(models->session, MODEL, &row,
				     QUERY(.order_by = { TEST_THING_BIG, TEST_THING_ID })),
		      QN_OK);
	assert_int_equal(row->id, 2);
	models_expect(models,
		      qn_model_last(models->session, MODEL, &row,
				    QUERY(.order_by = { TEST_THING_BIG, TEST_THING_ID })),
		      QN_OK);
	assert_int_equal(row->id, 5);
	models_expect(models,
		      qn_model_first(models->session, MODEL, &row, QUERY(.offset = 2, .limit = 2)),
		      QN_OK);
	assert_int_equal(row->id, 3);
}

static void count_and_exists_know_slices_and_distinct(void **state)
{
	static const struct {
		test_thing_query query;
		int64_t count;
	} cases[] = {
		{ { .limit = 0 }, 7 },
		{ { .limit = 4 }, 4 },
		{ { .limit = 100, .offset = 1 }, 6 },
		{ { .limit = 100, .offset = 10 }, 0 },
		{ { .limit = QN_LIMIT_NONE }, 0 },
		{ { .where = { .name = QN_EQ("odd") } }, 4 },
		{ { .where = { .name = QN_EQ("none") } }, 0 },
		{ { .distinct = true, .only = { TEST_THING_NAME } }, 7 },
		{ { .distinct = true, .only = { TEST_THING_NAME }, .offset = 7 }, 0 },
	};
	struct models *models = *state;
	int64_t count;
	bool exists;

	create_some(models, 7);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		models_expect(models,
			      qn_model_count(models->session, MODEL, &count, &cases[i].query),
			      QN_OK);
		assert_int_equal(count, cases[i].count);
		models_expect(models,
			      qn_model_exists(models->session, MODEL, &exists, &cases[i].query),
			      QN_OK);
		assert_int_equal(exists, cases[i].count > 0);
	}
	/* Without a key what is selected can be the same twice. */
	models_expect(models,
		      qn_model_count(models->session, &test_keyless_model, &count,
				     QUERY(.distinct = true, .only = { TEST_THING_NAME })),
		      QN_OK);
	assert_int_equal(count, 2);
}

static void only_loads_the_key_and_what_is_asked_for(void **state)
{
	struct models *models = *state;
	test_thing *row;

	create(models, &(test_thing_new){ .name = "lamp", .set_title = QN_SET("A lamp") });
	models_expect(models,
		      qn_model_first(models->session, MODEL, &row,
				     QUERY(.only = { TEST_THING_TITLE })),
		      QN_OK);
	assert_int_equal(row->id, 1);
	assert_string_equal(row->title, "A lamp");
	assert_null(row->name);
	assert_true(qn_model_is_loaded(MODEL, row, TEST_THING_ID));
	assert_false(qn_model_is_loaded(MODEL, row, TEST_THING_NAME));
	row->title = "Another lamp";
	models_expect(models, qn_model_save(models->session, MODEL, row), QN_OK);
	models_expect_value(models, "SELECT name || ' ' || title FROM test_thing",
			    "lamp Another lamp");
}

static void save_writes_and_reads_now_back(void **state)
{
	struct models *models = *state;
	test_thing *row = create(models, &(test_thing_new){ .name = "lamp" });
	qn_timestamptz before = row->changed;

	row->name = "desk";
	row->has_big = true;
	row->big = 9;
	row->title = NULL;
	models_expect(models, qn_model_save(models->session, MODEL, row), QN_OK);
	assert_true(row->changed.microseconds > before.microseconds);
	models_expect_value(models, "SELECT name || big FROM test_thing", "desk9");
	models_execute(models, "DELETE FROM test_thing");
	models_expect(models, qn_model_save(models->session, MODEL, row), QN_NOT_FOUND);
	models_expect(models, qn_model_delete(models->session, MODEL, row), QN_NOT_FOUND);
	models_expect(models, qn_model_refresh(models->session, MODEL, row), QN_NOT_FOUND);
	assert_string_equal(row->name, "desk");
}

static void save_fields_writes_only_these(void **state)
{
	static const int32_t name[] = { TEST_THING_NAME };
	struct models *models = *state;
	test_thing *row = create(models, &(test_thing_new){ .name = "lamp" });
	test_thing by_hand = { .id = 1, .name = "table" };

	row->name = "desk";
	row->count = 99;
	models_expect(models, qn_model_save_fields(models->session, MODEL, row, name, 1), QN_OK);
	models_expect_value(models, "SELECT name || count FROM test_thing", "desk7");
	models_expect(models, qn_model_save_fields(models->session, MODEL, &by_hand, name, 1),
		      QN_OK);
	models_expect_value(models, "SELECT name || count FROM test_thing", "table7");
	assert_true(qn_model_is_loaded(MODEL, &by_hand, TEST_THING_NAME));
	models_expect(models, qn_model_save_fields(models->session, MODEL, row, NULL, 0), QN_OK);
}

static void refresh_and_delete_take_the_key(void **state)
{
	struct models *models = *state;
	test_thing row = { .id = 1 };

	create_some(models, 2);
	models_execute(models, "UPDATE test_thing SET title = 'new', big = NULL WHERE id = 1");
	models_expect(models, qn_model_refresh(models->session, MODEL, &row), QN_OK);
	assert_string_equal(row.title, "new");
	assert_int_equal(row.count, 1);
	models_execute(models, "UPDATE test_thing SET title = NULL WHERE id = 1");
	models_expect(models, qn_model_refresh(models->session, MODEL, &row), QN_OK);
	assert_null(row.title);
	models_expect(models, qn_model_delete(models->session, MODEL, &row), QN_OK);
	models_expect_value(models, "SELECT string_agg(id::text, ' ') FROM test_thing", "2");
}

static void update_changes_what_matches(void **state)
{
	struct models *models = *state;
	int64_t count = 0;

	create_some(models, 4);
	models_expect(models,
		      qn_model_update(models->session, MODEL, &count, WHERE(.flag = QN_EQ(true)),
				      CHANGES(.count = QN_ADD(-10), .title = QN_SET("t"),
					      .price = QN_ADD(qn_dec("0.25")),
					      .kind = QN_SET(TEST_KIND_ODD))),
		      QN_OK);
	assert_int_equal(count, 2);
	models_expect_value(models,
			    "SELECT string_agg(count || coalesce(title, '-') || price || kind, ' ' "
			    "ORDER BY id) FROM test_thing WHERE id < 3",
			    "-9t0.25it's \"odd\", {really} 2-0.00draft");
	models_expect(models,
		      qn_model_update(models->session, MODEL, &count, WHERE(.id = QN_EQ(1)),
				      CHANGES(.count = QN_MULTIPLY(3), .title = QN_SET_NULL,
					      .kind = QN_SET_DEFAULT,
					      .span = QN_SET((qn_interval){ .days = 1 }))),
		      QN_OK);
	models_expect_value(models,
			    "SELECT count || coalesce(title, '-') || kind || span FROM test_thing "
			    "WHERE id = 1",
			    "-27-draft1 day");
	models_expect(models,
		      qn_model_update_all(models->session, MODEL, &count,
					  CHANGES(.price = QN_MULTIPLY(qn_dec("1.175")))),
		      QN_OK);
	assert_int_equal(count, 4);
	models_expect_value(models, "SELECT price FROM test_thing WHERE id = 1", "0.29");
	models_expect(models,
		      qn_model_update_all(models->session, MODEL, NULL,
					  CHANGES(.count = QN_ADD(INT32_MAX))),
		      QN_BAD_DATA);
}

static void update_sets_on_update_now(void **state)
{
	struct models *models = *state;

	create_some(models, 2);
	models_execute(models, "UPDATE test_thing SET changed = '2000-01-01'");
	models_expect(models,
		      qn_model_update(models->session, MODEL, NULL, WHERE(.id = QN_EQ(1)),
				      CHANGES(.count = QN_ADD(1))),
		      QN_OK);
	models_expect_value(
		models,
		"SELECT string_agg((changed > '2001-01-01')::text, ' ' ORDER BY id) FROM "
		"test_thing",
		"true false");
}

static void delete_takes_what_matches(void **state)
{
	struct models *models = *state;
	int64_t count;

	create_some(models, 5);
	models_expect(models,
		      qn_model_delete_where(models->session, MODEL, &count,
					    WHERE(.big = QN_IS_NOT_NULL)),
		      QN_OK);
	assert_int_equal(count, 2);
	assert_ids(models, QUERY(.order_by = { TEST_THING_ID }), "1 3 5");
	models_expect(models, qn_model_delete_all(models->session, MODEL, &count), QN_OK);
	assert_int_equal(count, 3);
	models_expect(models, qn_model_delete_all(models->session, MODEL, NULL), QN_OK);
}

static void many_rows_arrive_whole(void **state)
{
	struct models *models = *state;
	test_thing_list list;

	models_execute(models, "INSERT INTO test_thing (name, title, flag, price, count, numbers) "
			       "SELECT 'n', 'title ' || i, i % 2 = 0, i / 100.0, i, ARRAY[i, NULL] "
			       "FROM generate_series(1, 20000) i");
	models_expect(models,
		      qn_model_find(models->session, MODEL, &list,
				    QUERY(.order_by = { TEST_THING_ID })),
		      QN_OK);
	assert_int_equal(list.len, 20000);
	for (size_t i = 0; i < list.len; i++) {
		const test_thing *row = &list.at[i];
		char title[32];

		snprintf(title, sizeof(title), "title %zu", i + 1);
		assert_string_equal(row->title, title);
		assert_int_equal(row->count, i + 1);
		assert_int_equal(row->price.unscaled, i + 1);
		assert_int_equal(row->numbers.len, 2);
		assert_int_equal(row->numbers.at[0], i + 1);
		assert_true(row->numbers.is_null[1]);
	}
}

static void find_locked(qn_session *session, const test_thing_query *query, qn_status expected,
			size_t count)
{
	test_thing_list list;

	assert_int_equal(qn_await(qn_model_find(session, MODEL, &list, query)), expected);
	assert_int_equal(list.len, count);
}

static qn_status look_past_lock(qn_session *session, void *argument)
{
	const test_thing_query skipping = { .lock = QN_FOR_UPDATE, .skip_locked = true };
	const test_thing_query impatient = { .lock = QN_FOR_SHARE, .nowait = true };
	test_thing_list list;

	(void)argument;
	find_locked(session, &skipping, QN_OK, 2);
	return qn_await(qn_model_find(session, MODEL, &list, &impatient));
}

/* The other session's view of a row that this transaction has locked. */
static qn_status lock_and_look(qn_session *session, void *argument)
{
	struct models *models = argument;
	qn_session *other;
	const test_thing_query locking = { .where = { .id = QN_EQ(1) }, .lock = QN_FOR_UPDATE };

	find_locked(session, &locking, QN_OK, 1);
	assert_int_equal(qn_session_open(models->pool, &other), QN_OK);
	assert_int_equal(qn_atomic(other, look_past_lock, models, NULL), QN_LOCK_NOT_AVAILABLE);
	qn_session_close(other);
	return QN_OK;
}

static void locks_hold_until_the_transaction_ends(void **state)
{
	struct models *models = *state;

	create_some(models, 3);
	assert_int_equal(qn_atomic(models->session, lock_and_look, models, NULL), QN_OK);
	assert_int_equal(qn_atomic(models->session, lock_and_look, models, NULL), QN_OK);
}

static void a_lock_outside_a_transaction_is_refused(void **state)
{
	struct models *models = *state;
	test_thing_list list;

	models_expect(models,
		      qn_model_find(models->session, MODEL, &list, QUERY(.lock = QN_FOR_UPDATE)),
		      QN_USAGE);
	assert_string_equal(qn_session_error(models->session)->message,
			    "Thing: a lock lasts as long as its transaction; use it in qn_atomic");
}

static void operations_may_be_under_way_together(void **state)
{
	enum { COUNT = 50 };
	struct models *models = *state;
	test_thing *rows[COUNT];
	qn_op *ops[COUNT];

	create_some(models, COUNT);
	for (int i = 0; i < COUNT; i++)
		ops[i] = qn_model_get(models->session, MODEL, &rows[i], WHERE(.id = QN_EQ(i + 1)));
	for (int i = COUNT - 1; i >= 0; i--) {
		models_expect(models, ops[i], QN_OK);
		assert_int_equal(rows[i]->id, i + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, models_clear)
		TEST(create_reads_back_what_the_database_filled_in),
		TEST(a_duplicate_key_is_refused_by_the_database),
		TEST(get_finds_exactly_one),
		TEST(find_orders_and_slices),
		TEST(first_and_last_are_the_ends_of_the_order),
		TEST(count_and_exists_know_slices_and_distinct),
		TEST(only_loads_the_key_and_what_is_asked_for),
		TEST(save_writes_and_reads_now_back),
		TEST(save_fields_writes_only_these),
		TEST(refresh_and_delete_take_the_key),
		TEST(update_changes_what_matches),
		TEST(update_sets_on_update_now),
		TEST(delete_takes_what_matches),
		TEST(many_rows_arrive_whole),
		TEST(locks_hold_until_the_transaction_ends),
		TEST(a_lock_outside_a_transaction_is_refused),
		TEST(operations_may_be_under_way_together),
	};

	return cmocka_run_group_tests_name("models", tests, models_setup, models_teardown);
}
