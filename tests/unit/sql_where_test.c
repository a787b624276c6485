/*
 * The SQL text and the parameters of filters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "sending.h"
#include "thing.h"

#define WHERE(...) (&(test_thing_where){ __VA_ARGS__ })
#define LIST(...)  QN_ALL(test_thing_where, __VA_ARGS__)
#define DELETE     "DELETE FROM \"test_thing\" AS t WHERE "

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
	assert_sent(*state, "SELECT count(*) FROM \"test_thing\" AS t");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sending_setup, sending_teardown)
		TEST(each_lookup_has_its_text),
		TEST(groups_are_joined_with_their_precedence),
		TEST(what_cannot_match_is_not_sent),
		TEST(what_always_holds_vanishes),
		TEST(parameters_of_vanished_conditions_vanish_too),
		TEST(parameters_have_the_column_s_type_and_binary_form),
		TEST(patterns_mean_themselves),
		TEST(operands_may_be_longer_than_the_column),
	};

	return cmocka_run_group_tests_name("sql_where", tests, NULL, NULL);
}
