/*
 * The SQL text and the parameters of query values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_op.h"
#include "query/shape.h"
#include "thing.h"

#define WHERE(...) (&(test_thing_where){ __VA_ARGS__ })
#define LIST(...)  QN_ALL(test_thing_where, __VA_ARGS__)
#define DELETE     "DELETE FROM \"test_thing\" AS t WHERE "
#define FROM       " FROM \"test_thing\" AS t"

static int setup(void **state)
{
	static qn_session session;

	fake_session_init(&session);
	*state = &session;
	return 0;
}

static int teardown(void **state)
{
	fake_session_free(*state);
	return 0;
}

static void assert_sent(qn_session *session, const char *sql)
{
	if (session->message[0])
		print_error("%s\n", session->message);
	assert_false(session->op->refused);
	assert_non_null(session->op->request.statement);
	assert_string_equal(session->op->request.statement->sql, sql);
	assert_int_equal(session->op->request.statement->parameter_count,
			 session->op->parameter_count);
}

static void assert_not_sent(qn_session *session)
{
	if (session->op->refused)
		print_error("%s\n", session->message);
	assert_false(session->op->refused);
	assert_null(session->op->request.statement);
}

static void assert_refused(qn_session *session, qn_status status, const char *message)
{
	assert_true(session->op->refused);
	assert_int_equal(session->op->status, status);
	assert_string_equal(session->message, message);
}

static void assert_parameter(qn_session *session, size_t number, Oid type, const char *bytes,
			     size_t len)
{
	const struct qn_op *op = session->op;

	assert_true(number < op->parameter_count);
	assert_int_equal(op->request.statement->parameter_types[number], type);
	assert_int_equal(op->lengths[number], len);
	assert_memory_equal(op->wire.at + op->offsets[number], bytes, len);
}

static void assert_text_parameter(qn_session *session, size_t number, Oid type, const char *text)
{
	assert_parameter(session, number, type, text, strlen(text));
}

static void delete_where(qn_session *session, const test_thing_where *where)
{
	assert_non_null(qn_model_delete_where(session, &test_thing_model, NULL, where));
}

struct where_case {
	test_thing_where where;
	const char *sql; /* behind WHERE; NULL: nothing is sent */
};

static void check_cases(qn_session *session, const struct where_case *cases, size_t count)
{
	char sql[2048];

	for (size_t i = 0; i < count; i++) {
		delete_where(session, &cases[i].where);
		if (!cases[i].sql) {
			assert_not_sent(session);
			continue;
		}
		snprintf(sql, sizeof(sql), DELETE "%s", cases[i].sql);
		assert_sent(session, sql);
	}
}

#define CHECK_CASES(session, cases) \
	check_cases((session), (cases), sizeof(cases) / sizeof((cases)[0]))

static void each_lookup_has_its_text(void **state)
{
	static const int32_t numbers[] = { 1, 2 };
	static const char *const words[] = { "a", "b" };
	static const test_kind kinds[] = { TEST_KIND_LIVE };
	const struct where_case cases[] = {
		{ { .id = QN_EQ(7) }, "t.id = $1" },
		{ { .id = QN_NE(7) }, "t.id <> $1" },
		{ { .big = QN_NE(7) }, "(t.big <> $1 OR t.big IS NULL)" },
		{ { .count = QN_GT(7) }, "t.count > $1" },
		{ { .count = QN_GTE(7) }, "t.count >= $1" },
		{ { .count = QN_LT(7) }, "t.count < $1" },
		{ { .count = QN_LTE(7) }, "t.count <= $1" },
		{ { .count = QN_RANGE(7, 7) }, "t.count BETWEEN $1 AND $2" },
		{ { .count = QN_IN_LIST(numbers, 2) }, "t.count = ANY($1)" },
		{ { .count = QN_NOT_IN_LIST(numbers, 2) }, "t.count <> ALL($1)" },
		{ { .numbers = QN_IS_NULL }, "t.numbers IS NULL" },
		{ { .title = QN_IS_NULL }, "t.title IS NULL" },
		{ { .title = QN_IS_NOT_NULL }, "t.title IS NOT NULL" },
		{ { .title = QN_NOT_IN_LIST(words, 2) },
		  "(t.title <> ALL($1) OR t.title IS NULL)" },
		{ { .title = QN_IEQ("a") }, "UPPER(t.title) = UPPER($1)" },
		{ { .title = QN_CONTAINS("a") }, "t.title LIKE $1" },
		{ { .name = QN_CONTAINS("a") }, "t.name::text LIKE $1" },
		{ { .name = QN_ICONTAINS("a") }, "UPPER(t.name::text) LIKE UPPER($1)" },
		{ { .name = QN_STARTS_WITH("a") }, "t.name::text LIKE $1" },
		{ { .name = QN_ISTARTS_WITH("a") }, "UPPER(t.name::text) LIKE UPPER($1)" },
		{ { .name = QN_ENDS_WITH("a") }, "t.name::text LIKE $1" },
		{ { .name = QN_IENDS_WITH("a") }, "UPPER(t.name::text) LIKE UPPER($1)" },
		{ { .name = QN_REGEX("a") }, "t.name::text ~ $1" },
		{ { .name = QN_IREGEX("a") }, "t.name::text ~* $1" },
		{ { .flag = QN_EQ(true) }, "t.flag" },
		{ { .flag = QN_EQ(false) }, "NOT t.flag" },
		{ { .maybe = QN_NE(true) }, "t.maybe IS NOT TRUE" },
		{ { .maybe = QN_NE(false) }, "t.maybe IS NOT FALSE" },
		{ { .kind = QN_EQ(TEST_KIND_LIVE) }, "t.kind = $1" },
		{ { .kind = QN_IN_LIST(kinds, 1) }, "t.kind = ANY($1)" },
		{ { .place = QN_EQ("(1,2)") }, "t.place::text = $1" },
		{ { .place = QN_IN_LIST(words, 2) }, "t.place::text = ANY($1)" },
		{ { .place = QN_CONTAINS("1") }, "t.place::text LIKE $1" },
		{ { .tags = QN_ARRAY_EQ(words, 2) }, "t.tags = $1" },
		{ { .tags = QN_ARRAY_CONTAINS(words, 2) }, "t.tags @> $1" },
		{ { .tags = QN_ARRAY_CONTAINED_BY(words, 2) }, "t.tags <@ $1" },
		{ { .tags = QN_ARRAY_OVERLAPS(words, 2) }, "t.tags && $1" },
		{ { .doc = QN_EQ("{}") }, "t.doc = $1" },
		{ { .doc = QN_JSON_CONTAINS("{}") }, "t.doc @> $1" },
		{ { .doc = QN_JSON_CONTAINED_BY("{}") }, "t.doc <@ $1" },
		{ { .doc = QN_JSON_HAS_KEY("a") }, "t.doc ? $1" },
		{ { .plain = QN_IS_NULL }, "t.plain IS NULL" },
		{ { .real_ = QN_EQ(1.0F) }, "t.\"Real \"\"x\"\"\" = $1" },
		{ { .id = QN_EQ(7), .count = QN_GT(1) }, "t.id = $1 AND t.count > $2" },
	};

	CHECK_CASES(*state, cases);
}

static void groups_are_joined_with_their_precedence(void **state)
{
	const struct where_case cases[] = {
		{ { .any_of =
			    LIST({ .id = QN_EQ(1) }, { .flag = QN_EQ(true), .count = QN_LT(2) }) },
		  "(t.id = $1 OR t.flag AND t.count < $2)" },
		{ { .id = QN_EQ(1),
		    .none_of = LIST({ .big = QN_EQ(1) }, { .maybe = QN_EQ(true) }) },
		  "t.id = $1 AND (t.big = $2 OR t.maybe) IS NOT TRUE" },
		{ { .all_of = LIST({ .id = QN_EQ(1) }, { .id = QN_NE(2) }) },
		  "t.id = $1 AND t.id <> $2" },
		{ { .any_of = LIST({ .any_of = LIST({ .id = QN_EQ(1) }, { .id = QN_EQ(2) }) },
				   { .none_of = LIST({ .id = QN_EQ(3) }) }) },
		  "((t.id = $1 OR t.id = $2) OR (t.id = $3) IS NOT TRUE)" },
	};

	CHECK_CASES(*state, cases);
}

static void what_cannot_match_is_not_sent(void **state)
{
	static const test_thing_where nothing[1];
	const struct where_case cases[] = {
		{ { .id = QN_IN_LIST(NULL, 0) }, NULL },
		{ { .title = QN_IN_LIST(NULL, 0) }, NULL },
		{ { .id = QN_RANGE(2, 1) }, NULL },
		{ { .ratio = QN_RANGE(2.5, 2.25) }, NULL },
		{ { .price = QN_RANGE(qn_dec("1.10"), qn_dec("1.09")) }, NULL },
		{ { .born = QN_RANGE((qn_date){ 2 }, (qn_date){ 1 }) }, NULL },
		{ { .uid = QN_RANGE((qn_uuid){ { 2 } }, (qn_uuid){ { 1 } }) }, NULL },
		{ { .tags = QN_ARRAY_OVERLAPS(NULL, 0) }, NULL },
		{ { .id = QN_EQ(1), .count = QN_IN_LIST(NULL, 0) }, NULL },
		{ { .any_of = { nothing, 0 } }, NULL },
		{ { .any_of = LIST({ .id = QN_IN_LIST(NULL, 0) }) }, NULL },
		{ { .id = QN_EQ(1), .all_of = LIST({ .id = QN_IN_LIST(NULL, 0) }) }, NULL },
		{ { .id = QN_EQ(1), .none_of = LIST({ .id = QN_NOT_IN_LIST(NULL, 0) }) }, NULL },
	};

	CHECK_CASES(*state, cases);
}

static void what_always_holds_vanishes(void **state)
{
	const struct where_case cases[] = {
		{ { .id = QN_EQ(1), .count = QN_NOT_IN_LIST(NULL, 0) }, "t.id = $1" },
		{ { .id = QN_EQ(1), .any_of = LIST({ .count = QN_GT(1) }, { .flag.op = 0 }) },
		  "t.id = $1" },
		{ { .id = QN_EQ(1), .none_of = LIST({ .count = QN_IN_LIST(NULL, 0) }) },
		  "t.id = $1" },
		{ { .any_of = LIST({ .id = QN_EQ(1) }, { .count = QN_IN_LIST(NULL, 0) }) },
		  "(t.id = $1)" },
		{ { .none_of = LIST({ .id = QN_EQ(1) }, { .count = QN_RANGE(2, 1) }) },
		  "(t.id = $1) IS NOT TRUE" },
	};
	int64_t rows;

	CHECK_CASES(*state, cases);
	qn_model_count(*state, &test_thing_model, &rows,
		       &(test_thing_query){ .where = { .count = QN_NOT_IN_LIST(NULL, 0) } });
	assert_sent(*state, "SELECT count(*)" FROM);
}

static void parameters_of_vanished_conditions_vanish_too(void **state)
{
	delete_where(*state,
		     WHERE(.any_of = LIST({ .name = QN_EQ("gone"), .id = QN_IN_LIST(NULL, 0) },
					  { .name = QN_EQ("kept") })));
	assert_sent(*state, DELETE "(t.name = $1)");
	assert_text_parameter(*state, 0, 1043, "kept");
}

static void parameters_have_the_column_s_type_and_binary_form(void **state)
{
	static const test_kind kinds[] = { TEST_KIND_DRAFT, TEST_KIND_ODD };

	delete_where(*state, WHERE(.id = QN_EQ(258)));
	assert_sent(*state, DELETE "t.id = $1");
	assert_parameter(*state, 0, 20, "\0\0\0\0\0\0\1\2", 8);
	delete_where(*state, WHERE(.code = QN_EQ("ab")));
	assert_sent(*state, DELETE "t.code = $1");
	assert_text_parameter(*state, 0, 1042, "ab");
	delete_where(*state, WHERE(.kind = QN_EQ(TEST_KIND_ODD)));
	assert_sent(*state, DELETE "t.kind = $1");
	assert_text_parameter(*state, 0, 0, "it's \"odd\", {really}");
	delete_where(*state, WHERE(.kind = QN_IN_LIST(kinds, 2)));
	assert_sent(*state, DELETE "t.kind = ANY($1)");
	assert_text_parameter(*state, 0, 0, "{\"draft\",\"it's \\\"odd\\\", {really}\"}");
	delete_where(*state, WHERE(.place = QN_EQ("(1,2)")));
	assert_sent(*state, DELETE "t.place::text = $1");
	assert_text_parameter(*state, 0, 25, "(1,2)");
}

static void patterns_mean_themselves(void **state)
{
	delete_where(*state, WHERE(.title = QN_CONTAINS("50%_\\x")));
	assert_sent(*state, DELETE "t.title LIKE $1");
	assert_text_parameter(*state, 0, 25, "%50\\%\\_\\\\x%");
	delete_where(*state, WHERE(.title = QN_STARTS_WITH("")));
	assert_text_parameter(*state, 0, 25, "%");
	delete_where(*state, WHERE(.title = QN_IENDS_WITH("_")));
	assert_text_parameter(*state, 0, 25, "%\\_");
	delete_where(*state, WHERE(.title = QN_IEQ("100%")));
	assert_text_parameter(*state, 0, 25, "100%");
	delete_where(*state, WHERE(.title = QN_REGEX("^a.%$")));
	assert_text_parameter(*state, 0, 25, "^a.%$");
}

static void operands_may_be_longer_than_the_column(void **state)
{
	delete_where(*state, WHERE(.name = QN_LT("longer than five")));
	assert_sent(*state, DELETE "t.name < $1");
	delete_where(*state, WHERE(.price = QN_GT(qn_dec("1.2345"))));
	assert_sent(*state, DELETE "t.price > $1");
}

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
	assert_refused(*state, QN_NOT_FOUND, "test.Thing: no row matches");
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(each_lookup_has_its_text),
		TEST(groups_are_joined_with_their_precedence),
		TEST(what_cannot_match_is_not_sent),
		TEST(what_always_holds_vanishes),
		TEST(parameters_of_vanished_conditions_vanish_too),
		TEST(parameters_have_the_column_s_type_and_binary_form),
		TEST(patterns_mean_themselves),
		TEST(operands_may_be_longer_than_the_column),
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
