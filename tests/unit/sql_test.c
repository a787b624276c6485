/*
 * The SQL text and the parameters of what reads and writes rows; sql_where_test.c has that of
 * filters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "query/shape.h"
#include "sending.h"
#include "thing.h"

#define WHERE(...) (&(test_thing_where){ __VA_ARGS__ })
#define LIST(...)  QN_ALL(test_thing_where, __VA_ARGS__)
#define DELETE     "DELETE FROM \"test_thing\" AS t WHERE "
#define FROM       " FROM \"test_thing\" AS t"

static void find(qn_session *session, const qn_model *model, const test_thing_query *query)
{
	static test_thing_list list;

	assert_non_null(qn_model_find(session, model, &list, query));
}

#define QUERY(...) (&(test_thing_query){ .only = { TEST_THING_ID }, __VA_ARGS__ })

struct query_case {
	test_thing_query query;
	const char *sql; /* behind FROM */
};

static void options_have_their_text(void **state)
{
	const struct query_case cases[] = {
		{ { .limit = 0 }, " ORDER BY t.count DESC, t.name" },
		{ { .unordered = true }, "" },
		{ { .order_by = { -TEST_THING_ID } }, " ORDER BY t.id DESC" },
		{ { .order_by = { TEST_THING_BIG, -TEST_THING_BIG, TEST_THING_ID } },
		  " ORDER BY t.big, t.id" },
		{ { .order_by = { QN_NULLS_FIRST(TEST_THING_BIG),
				  QN_NULLS_LAST(-TEST_THING_SMALL) } },
		  " ORDER BY t.big NULLS FIRST, t.small DESC NULLS LAST" },
		{ { .unordered = true, .limit = 20 }, " LIMIT 20" },
		{ { .unordered = true, .limit = 1000, .offset = 3 }, " LIMIT 1000 OFFSET $1" },
		{ { .unordered = true, .limit = 1001, .offset = 3 }, " LIMIT $1 OFFSET $2" },
		{ { .unordered = true, .where = { .id = QN_EQ(1) }, .limit = 5000 },
		  " WHERE t.id = $1 LIMIT $2" },
		{ { .unordered = true, .lock = QN_FOR_UPDATE }, " FOR UPDATE" },
		{ { .unordered = true, .lock = QN_FOR_NO_KEY_UPDATE, .nowait = true },
		  " FOR NO KEY UPDATE NOWAIT" },
		{ { .unordered = true, .lock = QN_FOR_SHARE, .skip_locked = true },
		  " FOR SHARE SKIP LOCKED" },
		{ { .unordered = true, .lock = QN_FOR_KEY_SHARE }, " FOR KEY SHARE" },
	};
	qn_session *session = *state;
	char sql[512];

	session->in_transaction = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		test_thing_query query = cases[i].query;

		query.only[0] = TEST_THING_ID;
		find(session, &test_thing_model, &query);
		snprintf(sql, sizeof(sql), "SELECT t.id" FROM "%s", cases[i].sql);
		assert_sent(session, sql);
		assert_int_equal(session->op->request.flags, query.lock ? 0 : REQUEST_READ);
	}
}

static void columns_are_listed_and_the_key_is_always_there(void **state)
{
	test_thing_query query = { .only = { TEST_THING_PLACE, TEST_THING_NAME, TEST_THING_PLACE },
				   .distinct = true,
				   .order_by = { TEST_THING_PLACE } };

	find(*state, &test_thing_model, &query);
	assert_sent(*state,
		    "SELECT DISTINCT t.id, t.name, t.place::text" FROM " ORDER BY t.place::text");
	find(*state, &test_unordered_model, &(test_thing_query){ 0 });
	assert_sent(*state,
		    "SELECT t.id, t.name, t.title, t.flag, t.maybe, t.small, t.count, t.big, "
		    "t.\"Real \"\"x\"\"\", t.ratio, t.price, t.wide, t.data, t.born, t.clock, "
		    "t.seen, t.changed, t.span, t.uid, t.doc, t.plain, t.addr, t.kind, t.other, "
		    "t.place::text, t.code, t.letter, t.vector, t.tags, t.numbers, t.kinds" FROM);
	find(*state, &test_unordered_model, NULL);
	assert_non_null(((qn_session *)*state)->op->request.statement);
}

static void first_and_last_use_the_order_or_the_key(void **state)
{
	test_thing *row;

	qn_model_first(*state, &test_thing_model, &row, QUERY(.limit = 0));
	assert_sent(*state, "SELECT t.id" FROM " ORDER BY t.count DESC, t.name LIMIT 1");
	qn_model_last(*state, &test_thing_model, &row, QUERY(.limit = 0));
	assert_sent(*state, "SELECT t.id" FROM " ORDER BY t.count, t.name DESC LIMIT 1");
	qn_model_first(*state, &test_unordered_model, &row, QUERY(.limit = 0));
	assert_sent(*state, "SELECT t.id" FROM " ORDER BY t.id LIMIT 1");
	qn_model_last(*state, &test_unordered_model, &row, QUERY(.limit = 0));
	assert_sent(*state, "SELECT t.id" FROM " ORDER BY t.id DESC LIMIT 1");
	qn_model_last(*state, &test_thing_model, &row,
		      QUERY(.order_by = { QN_NULLS_FIRST(TEST_THING_BIG),
					  QN_NULLS_LAST(-TEST_THING_SMALL) }));
	assert_sent(*state, "SELECT t.id" FROM " ORDER BY t.big DESC NULLS LAST, "
			    "t.small NULLS FIRST LIMIT 1");
	qn_model_first(*state, &test_thing_model, &row, QUERY(.limit = 7, .offset = 2));
	assert_sent(*state, "SELECT t.id" FROM " ORDER BY t.count DESC, t.name LIMIT 1 OFFSET $1");
	qn_model_first(*state, &test_keyless_model, &row, QUERY(.limit = 0));
	assert_sent(*state, "SELECT t.id" FROM " LIMIT 1");
}

static void get_count_and_exists_read_no_more_than_they_need(void **state)
{
	test_thing *row;
	int64_t count;
	bool exists;

	qn_model_get(*state, &test_thing_model, &row, WHERE(.id = QN_EQ(1)));
	assert_non_null(strstr(((qn_session *)*state)->op->request.statement->sql,
			       FROM " WHERE t.id = $1 LIMIT 2"));
	qn_model_count(*state, &test_thing_model, &count, QUERY(.limit = 0));
	assert_sent(*state, "SELECT count(*)" FROM);
	qn_model_count(*state, &test_thing_model, &count,
		       QUERY(.limit = 5, .offset = 1, .where = { .id = QN_GT(1) }));
	assert_sent(*state, "SELECT count(*) FROM (SELECT 1" FROM
			    " WHERE t.id > $1 LIMIT 5 OFFSET $2) AS s");
	qn_model_count(*state, &test_thing_model, &count, QUERY(.distinct = true));
	assert_sent(*state, "SELECT count(*) FROM (SELECT DISTINCT t.id" FROM ") AS s");
	qn_model_exists(*state, &test_thing_model, &exists, QUERY(.where = { .id = QN_GT(1) }));
	assert_sent(*state, "SELECT 1" FROM " WHERE t.id > $1 LIMIT 1");
	qn_model_exists(*state, &test_thing_model, &exists, QUERY(.limit = 9, .offset = 4));
	assert_sent(*state, "SELECT 1" FROM " LIMIT 1 OFFSET $1");
}

static void reading_nothing_is_answered_without_the_server(void **state)
{
	const test_thing_where never = { .id = QN_IN_LIST(NULL, 0) };
	test_thing sentinel = { 0 };
	test_thing_list list = { &sentinel, 9 };
	test_thing *row = &sentinel;
	int64_t count = 9;
	bool exists = true;

	qn_model_find(*state, &test_thing_model, &list, &(test_thing_query){ .where = never });
	assert_not_sent(*state);
	assert_true(!list.at && !list.len);
	qn_model_find(*state, &test_thing_model, &list, QUERY(.limit = QN_LIMIT_NONE));
	assert_not_sent(*state);
	qn_model_count(*state, &test_thing_model, &count, QUERY(.limit = QN_LIMIT_NONE));
	assert_not_sent(*state);
	assert_int_equal(count, 0);
	qn_model_exists(*state, &test_thing_model, &exists, QUERY(.where = never));
	assert_not_sent(*state);
	assert_false(exists);
	qn_model_first(*state, &test_thing_model, &row, QUERY(.where = never));
	assert_not_sent(*state);
	assert_null(row);
	row = &sentinel;
	qn_model_get(*state, &test_thing_model, &row, &never);
	assert_call_refused(*state, QN_NOT_FOUND, "test.Thing: no row matches");
	assert_null(row);
	count = 9;
	qn_model_update(*state, &test_thing_model, &count, &never,
			&(test_thing_changes){ .count = QN_ADD(1) });
	assert_not_sent(*state);
	assert_int_equal(count, 0);
}

static void create_writes_what_is_given(void **state)
{
	test_thing *row;

	qn_model_create(*state, &test_thing_model, NULL,
			&(test_thing_new){ .name = "lamp", .price = qn_dec("1.5") });
	assert_sent(*state,
		    "INSERT INTO \"test_thing\" AS t (\"name\", \"flag\", \"price\") VALUES "
		    "($1, $2, $3)");
	qn_model_create(*state, &test_thing_model, NULL,
			&(test_thing_new){ .name = "lamp",
					   .set_title = QN_SET_NULL,
					   .set_count = QN_SET_DEFAULT,
					   .set_real_ = QN_SET(1.5F),
					   .set_kind = QN_SET(TEST_KIND_LIVE),
					   .set_place = QN_SET("(1,2)") });
	assert_sent(*state,
		    "INSERT INTO \"test_thing\" AS t (\"name\", \"title\", \"flag\", \"Real "
		    "\"\"x\"\"\", \"price\", \"kind\", \"place\") VALUES ($1, $2, $3, $4, $5, "
		    "$6, $7)");
	assert_text_parameter(*state, 5, 0, "live");
	qn_model_create(*state, &test_thing_model, &row, &(test_thing_new){ .name = "lamp" });
	assert_non_null(strstr(((qn_session *)*state)->op->request.statement->sql,
			       " VALUES ($1, $2, $3) RETURNING t.id, t.name, t.title, "));
}

static void save_writes_what_is_loaded_and_reads_now_back(void **state)
{
	static const int32_t fields[] = { TEST_THING_TITLE, TEST_THING_NAME, TEST_THING_TITLE };
	test_thing row = { .id = 1, .name = "lamp", .title = NULL, .count = 3 };

	row.qn_loaded[0] =
		1 << (TEST_THING_ID - 1) | 1 << (TEST_THING_NAME - 1) | 1 << (TEST_THING_TITLE - 1);
	qn_model_save(*state, &test_thing_model, &row);
	assert_sent(*state,
		    "UPDATE \"test_thing\" AS t SET \"name\" = $1, \"title\" = $2, \"changed\" = "
		    "now() WHERE t.id = $3 RETURNING t.changed");
	qn_model_save_fields(*state, &test_thing_model, &row, fields, 3);
	assert_sent(*state,
		    "UPDATE \"test_thing\" AS t SET \"name\" = $1, \"title\" = $2, \"changed\" = "
		    "now() WHERE t.id = $3 RETURNING t.changed");
	qn_model_save_fields(*state, &test_thing_model, &row, NULL, 0);
	assert_not_sent(*state);
	row.qn_loaded[0] = 1 << (TEST_THING_ID - 1);
	qn_model_save(*state, &test_thing_model, &row);
	assert_not_sent(*state);
	qn_model_delete(*state, &test_thing_model, &row);
	assert_sent(*state, "DELETE FROM \"test_thing\" AS t WHERE t.id = $1");
	qn_model_refresh(*state, &test_thing_model, &row);
	assert_non_null(strstr(((qn_session *)*state)->op->request.statement->sql,
			       FROM " WHERE t.id = $1"));
}

static void update_has_its_text(void **state)
{
	qn_model_update(*state, &test_thing_model, NULL, WHERE(.id = QN_EQ(1)),
			&(test_thing_changes){ .count = QN_ADD(-1),
					       .big = QN_MULTIPLY(2),
					       .title = QN_SET_NULL,
					       .kind = QN_SET_DEFAULT,
					       .name = QN_SET("x") });
	assert_sent(*state, "UPDATE \"test_thing\" AS t SET \"name\" = $1, \"title\" = $2, "
			    "\"count\" = t.count + $3, \"big\" = t.big * $4, \"changed\" = now(), "
			    "\"kind\" = DEFAULT WHERE t.id = $5");
	qn_model_update_all(*state, &test_thing_model, NULL,
			    &(test_thing_changes){ .changed = QN_SET((qn_timestamptz){ 5 }) });
	assert_sent(*state, "UPDATE \"test_thing\" AS t SET \"changed\" = $1");
	qn_model_update(*state, &test_thing_model, NULL, WHERE(.id = QN_EQ(1)),
			&(test_thing_changes){ .count.op = QN_SET_NOTHING });
	assert_not_sent(*state);
	qn_model_delete_all(*state, &test_thing_model, NULL);
	assert_sent(*state, "DELETE FROM \"test_thing\" AS t");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sending_setup, sending_teardown)
		TEST(options_have_their_text),
		TEST(columns_are_listed_and_the_key_is_always_there),
		TEST(first_and_last_use_the_order_or_the_key),
		TEST(get_count_and_exists_read_no_more_than_they_need),
		TEST(reading_nothing_is_answered_without_the_server),
		TEST(create_writes_what_is_given),
		TEST(save_writes_what_is_loaded_and_reads_now_back),
		TEST(update_has_its_text),
	};

	return cmocka_run_group_tests_name("sql", tests, NULL, NULL);
}
