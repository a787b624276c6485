/*
 * The SQL text of filters across relations, and what is decided without asking the server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_op.h"
#include "query/shape.h"

/*
 * A shelf: books with an author, perhaps an editor, tags, one cover; places with a key of two
 * columns.
 */

typedef struct shelf_author_where shelf_author_where;
typedef struct shelf_book_where shelf_book_where;
typedef struct shelf_tag_where shelf_tag_where;
typedef struct shelf_place_where shelf_place_where;

typedef struct shelf_book_where_many {
	const shelf_book_where *some, *none, *every;
	qn_where_int64 count;
} shelf_book_where_many;

typedef struct shelf_tag_where_many {
	const shelf_tag_where *some, *none, *every;
	qn_where_int64 count;
} shelf_tag_where_many;

struct shelf_author_where {
	qn_where_int64 id;
	qn_where_text name;
	shelf_book_where_many books;
	struct {
		const shelf_author_where *at;
		size_t len;
	} any_of, all_of, none_of;
};

struct shelf_book_where {
	qn_where_int64 id;
	qn_where_int64 author_id;
	qn_where_int64 editor_id;
	qn_where_text shelf;
	qn_where_int32 slot;
	const shelf_author_where *author;
	const shelf_author_where *editor;
	const shelf_place_where *place;
	shelf_tag_where_many tags;
	struct {
		const shelf_book_where *at;
		size_t len;
	} any_of, all_of, none_of;
};

struct shelf_tag_where {
	qn_where_int64 id;
	qn_where_text label;
	struct {
		const shelf_tag_where *at;
		size_t len;
	} any_of, all_of, none_of;
};

struct shelf_place_where {
	qn_where_text shelf;
	qn_where_int32 slot;
	const shelf_book_where *book;
	struct {
		const shelf_place_where *at;
		size_t len;
	} any_of, all_of, none_of;
};

#define GROUPS(where)                                                         \
	.where_size = sizeof(where), .where_any_of = offsetof(where, any_of), \
	.where_all_of = offsetof(where, all_of), .where_none_of = offsetof(where, none_of),

#define FIELD(where_struct, member, qn, flags_)                                              \
	{                                                                                    \
		.name = #member, .column = #member, .type = QN_TYPE_##qn, .flags = (flags_), \
		.row = QN_NO_OFFSET, .has = QN_NO_OFFSET, .values = QN_NO_OFFSET,            \
		.changes = QN_NO_OFFSET, .where = offsetof(where_struct, member),            \
	}

static const uint16_t first[] = { 0 };
static const uint16_t second[] = { 1 };
static const uint16_t third[] = { 2 };
static const uint16_t first_two[] = { 0, 1 };
static const uint16_t place_of_book[] = { 3, 4 };

static const qn_model author_model;
static const qn_model tag_model;
static const qn_model place_model;
static const qn_model book_model;

#define TO(name_, model_, kind_, own_, other_, len)                                             \
	.name = (name_), .model = &(model_), .kind = (kind_), .own = (own_), .other = (other_), \
	.own_len = (len), .other_len = (len), .row = QN_NO_OFFSET, .select = QN_NO_OFFSET,      \
	.prefetch = QN_NO_OFFSET, .related = QN_NO_OFFSET

static const qn_field author_fields[] = {
	FIELD(shelf_author_where, id, INT64, QN_FIELD_PRIMARY_KEY),
	FIELD(shelf_author_where, name, TEXT, 0),
};
static const qn_relation author_relations[] = {
	{ TO("books", book_model, QN_RELATION_REVERSE, first, second, 1),
	  .where = offsetof(shelf_author_where, books) },
};
static const qn_model author_model = { .name = "shelf.Author",
				       .sql_name = "\"author\"",
				       .fields = author_fields,
				       .field_count = 2,
				       .relations = author_relations,
				       .relation_count = 1,
				       GROUPS(shelf_author_where) };

static const qn_field tag_fields[] = {
	FIELD(shelf_tag_where, id, INT64, QN_FIELD_PRIMARY_KEY),
	FIELD(shelf_tag_where, label, TEXT, 0),
};
static const qn_model tag_model = { .name = "shelf.Tag",
				    .sql_name = "\"tag\"",
				    .fields = tag_fields,
				    .field_count = 2,
				    GROUPS(shelf_tag_where) };

static const qn_field place_fields[] = {
	FIELD(shelf_place_where, shelf, TEXT, QN_FIELD_PRIMARY_KEY),
	FIELD(shelf_place_where, slot, INT32, QN_FIELD_PRIMARY_KEY),
};
static const qn_relation place_relations[] = {
	{ TO("book", book_model, QN_RELATION_REVERSE_ONE, first_two, place_of_book, 2),
	  .where = offsetof(shelf_place_where, book) },
};
static const qn_model place_model = { .name = "shelf.Place",
				      .sql_name = "\"place\"",
				      .fields = place_fields,
				      .field_count = 2,
				      .relations = place_relations,
				      .relation_count = 1,
				      GROUPS(shelf_place_where) };

static const qn_field link_fields[] = {
	{ .name = "book_id", .column = "book_id", .type = QN_TYPE_INT64, .where = QN_NO_OFFSET },
	{ .name = "tag_id", .column = "tag_id", .type = QN_TYPE_INT64, .where = QN_NO_OFFSET },
};
static const qn_model link_model = {
	.name = "shelf.BookTags",
	.sql_name = "\"book_tags\"",
	.fields = link_fields,
	.field_count = 2,
};
static const qn_link book_tags = { .model = &link_model, .own = first, .other = second };

static const qn_field book_fields[] = {
	FIELD(shelf_book_where, id, INT64, QN_FIELD_PRIMARY_KEY),
	FIELD(shelf_book_where, author_id, INT64, 0),
	FIELD(shelf_book_where, editor_id, INT64, QN_FIELD_NULLABLE),
	FIELD(shelf_book_where, shelf, TEXT, QN_FIELD_NULLABLE),
	FIELD(shelf_book_where, slot, INT32, QN_FIELD_NULLABLE),
};
static const qn_relation book_relations[] = {
	{ TO("author", author_model, QN_RELATION_FORWARD, second, first, 1),
	  .where = offsetof(shelf_book_where, author) },
	{ TO("editor", author_model, QN_RELATION_FORWARD, third, first, 1), .is_nullable = true,
	  .where = offsetof(shelf_book_where, editor) },
	{ TO("place", place_model, QN_RELATION_FORWARD, place_of_book, first_two, 2),
	  .is_nullable = true, .where = offsetof(shelf_book_where, place) },
	{ TO("tags", tag_model, QN_RELATION_MANY, first, first, 1), .link = &book_tags,
	  .where = offsetof(shelf_book_where, tags) },
};
static const qn_model book_model = { .name = "shelf.Book",
				     .sql_name = "\"book\"",
				     .fields = book_fields,
				     .field_count = 5,
				     .relations = book_relations,
				     .relation_count = 4,
				     GROUPS(shelf_book_where) };

#define AUTHOR(...) (&(shelf_author_where){ __VA_ARGS__ })
#define BOOK(...)   (&(shelf_book_where){ __VA_ARGS__ })
#define TAG(...)    (&(shelf_tag_where){ __VA_ARGS__ })
#define PLACE(...)  (&(shelf_place_where){ __VA_ARGS__ })
#define ANY_AUTHOR  QN_ANY(shelf_author_where)
#define ANY_TAG     QN_ANY(shelf_tag_where)
#define ANY_PLACE   QN_ANY(shelf_place_where)
#define NO_TAG      TAG(.id = QN_IN_LIST(NULL, 0))

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

static void assert_where(qn_session *session, const shelf_book_where *where, const char *sql)
{
	char expected[1024];

	assert_non_null(qn_model_delete_where(session, &book_model, NULL, where));
	if (session->op->refused)
		print_error("%s\n", session->message);
	assert_false(session->op->refused);
	assert_non_null(session->op->request.statement);
	snprintf(expected, sizeof(expected), "DELETE FROM \"book\" AS t WHERE %s", sql);
	assert_string_equal(session->op->request.statement->sql, expected);
	assert_int_equal(session->op->request.statement->parameter_count,
			 session->op->parameter_count);
}

static void assert_not_sent(qn_session *session, const shelf_book_where *where)
{
	assert_non_null(qn_model_delete_where(session, &book_model, NULL, where));
	assert_false(session->op->refused);
	assert_null(session->op->request.statement);
}

static void assert_refused(qn_session *session, const shelf_book_where *where, const char *message)
{
	assert_non_null(qn_model_delete_where(session, &book_model, NULL, where));
	assert_true(session->op->refused);
	assert_int_equal(session->op->status, QN_USAGE);
	assert_string_equal(session->message, message);
}

#define AUTHOR_OF_BOOK "EXISTS (SELECT 1 FROM \"author\" AS t1 WHERE t1.id = t.author_id"
#define TAG_OF_BOOK                                                                          \
	"EXISTS (SELECT 1 FROM \"book_tags\" AS t1 JOIN \"tag\" AS t2 ON t2.id = t1.tag_id " \
	"WHERE t1.book_id = t.id"
#define LINK_OF_BOOK "EXISTS (SELECT 1 FROM \"book_tags\" AS t1 WHERE t1.book_id = t.id)"

static void a_filter_to_one_is_exists_on_the_related_table(void **state)
{
	assert_where(*state, BOOK(.author = AUTHOR(.name = QN_EQ("Bob"))),
		     AUTHOR_OF_BOOK " AND t1.name = $1)");
}

static void
own_filters_and_related_ones_hold_together_in_the_order_of_their_parameters(void **state)
{
	assert_where(*state,
		     BOOK(.id = QN_GT(5), .author = AUTHOR(.name = QN_EQ("Bob"), .id = QN_LT(9)),
			  .editor = AUTHOR(.name = QN_EQ("Ann"))),
		     "t.id > $1 AND " AUTHOR_OF_BOOK " AND t1.id < $2 AND t1.name = $3) AND "
		     "EXISTS (SELECT 1 FROM \"author\" AS t2 WHERE t2.id = t.editor_id AND "
		     "t2.name = $4)");
}

static void an_empty_where_to_one_asks_whether_there_is_one(void **state)
{
	assert_where(*state, BOOK(.editor = ANY_AUTHOR), "t.editor_id IS NOT NULL");
	assert_where(*state, BOOK(.place = ANY_PLACE),
		     "EXISTS (SELECT 1 FROM \"place\" AS t1 WHERE t1.shelf = t.shelf AND "
		     "t1.slot = t.slot)");
	/* There is always an author. */
	assert_where(*state, BOOK(.id = QN_EQ(1), .author = ANY_AUTHOR), "t.id = $1");
	assert_refused(*state, BOOK(.author = ANY_AUTHOR),
		       "shelf.Book: the where filters nothing; to mean all rows, use delete_all");
}

static void none_of_turns_a_filter_to_one_round_and_keeps_rows_without_one(void **state)
{
	assert_where(*state,
		     BOOK(.none_of = QN_ALL(shelf_book_where,
					    { .editor = AUTHOR(.name = QN_EQ("Ann")) })),
		     "(EXISTS (SELECT 1 FROM \"author\" AS t1 WHERE t1.id = t.editor_id AND "
		     "t1.name = $1)) IS NOT TRUE");
}

static void some_of_many_is_exists_through_the_link(void **state)
{
	assert_where(*state, BOOK(.tags.some = TAG(.label = QN_EQ("new"))),
		     TAG_OF_BOOK " AND t2.label = $1)");
	assert_where(*state, BOOK(.tags.some = ANY_TAG), LINK_OF_BOOK);
	assert_not_sent(*state, BOOK(.tags.some = NO_TAG));
}

static void none_of_many_is_not_exists(void **state)
{
	assert_where(*state, BOOK(.tags.none = TAG(.label = QN_EQ("new"))),
		     "NOT " TAG_OF_BOOK " AND t2.label = $1)");
	assert_where(*state, BOOK(.tags.none = ANY_TAG), "NOT " LINK_OF_BOOK);
	assert_where(*state, BOOK(.id = QN_EQ(1), .tags.none = NO_TAG), "t.id = $1");
}

static void every_of_many_counts_a_condition_that_is_null_as_not_met(void **state)
{
	assert_where(*state, BOOK(.tags.every = TAG(.label = QN_EQ("new"), .id = QN_GT(3))),
		     "NOT " TAG_OF_BOOK " AND (t2.id > $1 AND t2.label = $2) IS NOT TRUE)");
	assert_where(*state, BOOK(.id = QN_EQ(1), .tags.every = ANY_TAG), "t.id = $1");
	assert_where(*state, BOOK(.tags.every = NO_TAG), "NOT " LINK_OF_BOOK);
}

static void some_none_and_every_of_one_relation_hold_together(void **state)
{
	assert_where(*state,
		     BOOK(.tags = { .some = TAG(.id = QN_EQ(1)), .none = TAG(.id = QN_EQ(2)) }),
		     TAG_OF_BOOK
		     " AND t2.id = $1) AND NOT EXISTS (SELECT 1 FROM \"book_tags\" AS "
		     "t3 JOIN \"tag\" AS t4 ON t4.id = t3.tag_id WHERE t3.book_id = t.id AND "
		     "t4.id = $2)");
}

static void the_number_of_related_rows_can_be_compared(void **state)
{
	static const int64_t counts[] = { 0, 3 };

	assert_where(*state, BOOK(.tags.count = QN_GTE(2)),
		     "EXISTS (SELECT 1 FROM (SELECT count(*) AS count FROM \"book_tags\" AS t1 "
		     "WHERE t1.book_id = t.id) AS t2 WHERE t2.count >= $1)");
	assert_where(*state, BOOK(.tags.count = QN_IN_LIST(counts, 2)),
		     "EXISTS (SELECT 1 FROM (SELECT count(*) AS count FROM \"book_tags\" AS t1 "
		     "WHERE t1.book_id = t.id) AS t2 WHERE t2.count = ANY($1))");
	assert_not_sent(*state, BOOK(.tags.count = QN_RANGE(3, 2)));
	assert_refused(*state, BOOK(.tags.count = { .op = QN_LOOKUP_CONTAINS }),
		       "count.count: QN_CONTAINS is not a lookup of its type; use the QN_ macros");
}

static void filters_nest_to_any_depth_with_names_of_their_own(void **state)
{
	assert_where(
		*state,
		BOOK(.author = AUTHOR(.books.some = BOOK(.tags.some = TAG(.id = QN_EQ(7)),
							 .id = QN_EQ(8)))),
		AUTHOR_OF_BOOK
		" AND EXISTS (SELECT 1 FROM \"book\" AS t2 WHERE t2.author_id = t1.id AND "
		"t2.id = $1 AND EXISTS (SELECT 1 FROM \"book_tags\" AS t3 JOIN \"tag\" AS t4 ON "
		"t4.id = t3.tag_id WHERE t3.book_id = t2.id AND t4.id = $2)))");
}

static void groups_inside_related_wheres_are_about_the_related_rows(void **state)
{
	assert_where(
		*state,
		BOOK(.author = AUTHOR(.any_of = QN_ALL(shelf_author_where, { .name = QN_EQ("a") },
						       { .books.count = QN_EQ(0) }))),
		AUTHOR_OF_BOOK
		" AND (t1.name = $1 OR EXISTS (SELECT 1 FROM (SELECT count(*) AS count FROM "
		"\"book\" AS t2 WHERE t2.author_id = t1.id) AS t3 WHERE t3.count = $2)))");
}

static void a_reverse_relation_to_one_compares_the_whole_key(void **state)
{
	assert_non_null(qn_model_delete_where(*state, &place_model, NULL,
					      PLACE(.book = BOOK(.id = QN_EQ(1)))));
	assert_string_equal(((qn_session *)*state)->op->request.statement->sql,
			    "DELETE FROM \"place\" AS t WHERE EXISTS (SELECT 1 FROM \"book\" AS "
			    "t1 WHERE t1.shelf = t.shelf AND t1.slot = t.slot AND t1.id = $1)");
}

static void a_refusal_inside_names_the_related_model(void **state)
{
	assert_refused(*state, BOOK(.author = AUTHOR(.name = QN_EQ(NULL))),
		       "shelf.Author.name: QN_EQ(NULL) finds nothing; use QN_IS_NULL");
}

static void a_where_that_leads_back_to_itself_is_refused(void **state)
{
	shelf_author_where author = { 0 };
	shelf_book_where book = { .author = &author };

	author.books.some = &book;
	assert_refused(*state, &book, "shelf.Author: the where is nested more than 32 deep");
}

static void the_options_of_a_query_are_found_behind_related_filters(void **state)
{
	static const qn_model *const model = &book_model;
	int64_t count;
	struct {
		qn_query_options options;
		shelf_book_where where;
	} query = { .options = { .limit = 3 },
		    .where = { .tags = { .some = TAG(.id = QN_EQ(1)), .count = QN_LT(4) } } };
	qn_model placed = *model;

	placed.query_where = (uint32_t)((char *)&query.where - (char *)&query);
	assert_non_null(qn_model_count(*state, &placed, &count, &query));
	assert_string_equal(((qn_session *)*state)->op->request.statement->sql,
			    "SELECT count(*) FROM (SELECT 1 FROM \"book\" AS t WHERE " TAG_OF_BOOK
			    " AND t2.id = $1) AND EXISTS (SELECT 1 FROM (SELECT count(*) AS count "
			    "FROM \"book_tags\" AS t3 WHERE t3.book_id = t.id) AS t4 WHERE "
			    "t4.count < $2) LIMIT 3) AS s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_filter_to_one_is_exists_on_the_related_table),
		TEST(own_filters_and_related_ones_hold_together_in_the_order_of_their_parameters),
		TEST(an_empty_where_to_one_asks_whether_there_is_one),
		TEST(none_of_turns_a_filter_to_one_round_and_keeps_rows_without_one),
		TEST(some_of_many_is_exists_through_the_link),
		TEST(none_of_many_is_not_exists),
		TEST(every_of_many_counts_a_condition_that_is_null_as_not_met),
		TEST(some_none_and_every_of_one_relation_hold_together),
		TEST(the_number_of_related_rows_can_be_compared),
		TEST(filters_nest_to_any_depth_with_names_of_their_own),
		TEST(groups_inside_related_wheres_are_about_the_related_rows),
		TEST(a_reverse_relation_to_one_compares_the_whole_key),
		TEST(a_refusal_inside_names_the_related_model),
		TEST(a_where_that_leads_back_to_itself_is_refused),
		TEST(the_options_of_a_query_are_found_behind_related_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
