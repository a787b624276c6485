/*
 * Filters across relations against the server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "library.h"

#define AUTHOR(...) (&(library_author_where){ __VA_ARGS__ })
#define BOOK(...)   (&(library_book_where){ __VA_ARGS__ })
#define TAG(...)    (&(library_tag_where){ __VA_ARGS__ })

static const char rows[] =
	"INSERT INTO library_country VALUES ('de', 'Germany'), ('se', 'Sweden');"
	"INSERT INTO library_author (name, country_code, mentor_id) VALUES"
	" ('Ann', 'de', NULL), ('Bob', 'se', 1), ('Cid', NULL, 1), ('Dot', 'de', 2);"
	"INSERT INTO library_profile VALUES (1, 'onwards'), (3, 'back');"
	"INSERT INTO library_series VALUES ('Owl', 1, 'Night'), ('Owl', 2, 'Day');"
	"INSERT INTO library_book (title, year, author_id, editor_id, series_publisher, series_number)"
	" VALUES ('Alpha', 2001, 1, 2, 'Owl', 1), ('Beta', NULL, 1, NULL, NULL, NULL),"
	" ('Gamma', 2010, 2, 1, 'Owl', 2), ('Delta', 2020, 3, 1, 'Owl', 1);"
	"INSERT INTO library_tag (label) VALUES ('new'), ('sale'), ('rare');"
	"INSERT INTO library_book_tags VALUES (1, 1), (1, 2), (2, 2), (3, 1);"
	"INSERT INTO library_tag_similar VALUES (1, 2), (2, 1);";

static int fill(void **state)
{
	return library_clear(state) == 0 &&
			       test_server_execute(&((struct library *)*state)->server, rows)
		       ? 0
		       : -1;
}

/* The books that match, by the first letters of their titles. */
static void assert_books(struct library *library, const library_book_where *where,
			 const char *letters)
{
	library_book_query query = { .order_by = { LIBRARY_BOOK_ID }, .where = *where };
	library_book_list books;
	char found[8] = "";
	int64_t count;

	library_expect(library, library_book_find(library->session, &books, &query), QN_OK);
	for (size_t i = 0; i < books.len && i < sizeof(found) - 1; i++)
		found[i] = books.at[i].title[0];
	assert_string_equal(found, letters);
	library_expect(library, library_book_count(library->session, &count, &query), QN_OK);
	assert_int_equal(count, books.len);
}

static void a_filter_to_one_finds_by_the_related_row(void **state)
{
	assert_books(*state, BOOK(.author = AUTHOR(.name = QN_EQ("Ann"))), "AB");
	assert_books(*state, BOOK(.editor = AUTHOR(.name = QN_EQ("Ann"))), "GD");
	assert_books(*state, BOOK(.editor = QN_ANY(library_author_where)), "AGD");
	assert_books(*state, BOOK(.series = &(library_series_where){ .name = QN_EQ("Night") }),
		     "AD");
	assert_books(*state, BOOK(.series = QN_ANY(library_series_where)), "AGD");
}

static void a_chain_of_relations_ends_where_one_is_missing(void **state)
{
	assert_books(
		*state,
		BOOK(.author = AUTHOR(.country = &(
					      library_country_where){ .name = QN_EQ("Germany") })),
		"AB");
	assert_books(*state, BOOK(.author = AUTHOR(.mentor = AUTHOR(.name = QN_EQ("Ann")))), "GD");
	assert_books(*state,
		     BOOK(.author = AUTHOR(.profile = &(library_profile_where){ .motto = QN_EQ(
											"back") })),
		     "D");
}

static void none_of_keeps_the_rows_without_a_related_one(void **state)
{
	assert_books(*state,
		     BOOK(.none_of = QN_ALL(library_book_where,
					    { .editor = AUTHOR(.name = QN_EQ("Bob")) })),
		     "BGD");
	assert_books(*state,
		     BOOK(.none_of = QN_ALL(library_book_where,
					    { .editor = QN_ANY(library_author_where) })),
		     "B");
}

static void some_finds_each_row_once_however_many_match(void **state)
{
	assert_books(*state, BOOK(.tags.some = TAG(.label = QN_IN_TEXT("new", "sale"))), "ABG");
	assert_books(*state, BOOK(.tags.some = QN_ANY(library_tag_where)), "ABG");
}

static void none_and_every_count_rows_without_any(void **state)
{
	assert_books(*state, BOOK(.tags.none = TAG(.label = QN_EQ("new"))), "BD");
	assert_books(*state, BOOK(.tags.none = QN_ANY(library_tag_where)), "D");
	assert_books(*state, BOOK(.tags.every = TAG(.label = QN_EQ("new"))), "GD");
	assert_books(*state,
		     BOOK(.tags = { .every = TAG(.label = QN_EQ("sale")),
				    .some = QN_ANY(library_tag_where) }),
		     "B");
}

static void every_does_not_hold_where_a_condition_is_null(void **state)
{
	struct library *library = *state;
	library_author_list authors;

	library_expect(
		library,
		library_author_find(
			library->session, &authors,
			&(library_author_query){
				.where = { .books = { .every = BOOK(.year = QN_GT(1900)),
						      .some = QN_ANY(library_book_where) } } }),
		QN_OK);
	/* Ann has a book without a year. */
	assert_int_equal(authors.len, 2);
	assert_string_equal(authors.at[0].name, "Bob");
	assert_string_equal(authors.at[1].name, "Cid");
}

static void the_number_of_related_rows_is_compared(void **state)
{
	assert_books(*state, BOOK(.tags.count = QN_EQ(0)), "D");
	assert_books(*state, BOOK(.tags.count = QN_GTE(2)), "A");
	assert_books(*state, BOOK(.tags.count = QN_IN_INT64(0, 2)), "AD");
	assert_books(*state, BOOK(.author = AUTHOR(.books.count = QN_GT(1))), "AB");
}

static void two_conditions_of_one_some_are_about_the_same_row(void **state)
{
	assert_books(*state,
		     BOOK(.author = AUTHOR(.books.some = BOOK(.title = QN_EQ("Beta"),
							      .year = QN_EQ(2001)))),
		     "");
	assert_books(*state,
		     BOOK(.author = AUTHOR(.any_of = QN_ALL(
						   library_author_where,
						   { .books.some = BOOK(.title = QN_EQ("Beta")) },
						   { .name = QN_EQ("Cid") }))),
		     "ABD");
}

static void a_symmetrical_relation_is_seen_from_both_sides(void **state)
{
	struct library *library = *state;
	library_tag_list tags;

	library_expect(library,
		       library_tag_find(library->session, &tags,
					&(library_tag_query){ .order_by = { LIBRARY_TAG_ID },
							      .where.similar.some =
								      QN_ANY(library_tag_where) }),
		       QN_OK);
	assert_int_equal(tags.len, 2);
	assert_string_equal(tags.at[0].label, "new");
	assert_string_equal(tags.at[1].label, "sale");
}

static void updates_and_deletes_take_filters_across_relations(void **state)
{
	struct library *library = *state;
	int64_t count;

	library_expect(library,
		       library_book_update(library->session, &count,
					   BOOK(.author = AUTHOR(.name = QN_EQ("Ann"))),
					   &(library_book_changes){ .title = QN_SET("By Ann") }),
		       QN_OK);
	assert_int_equal(count, 2);
	library_expect(library,
		       library_book_delete_where(library->session, &count,
						 BOOK(.tags.none = QN_ANY(library_tag_where))),
		       QN_OK);
	assert_int_equal(count, 1);
	library_expect_value(library, "SELECT string_agg(title, ',' ORDER BY id) FROM library_book",
			     "By Ann,By Ann,Gamma");
}

static void what_is_decided_without_rows_sends_nothing(void **state)
{
	struct library *library = *state;

	library->statements = 0;
	assert_books(library, BOOK(.author = AUTHOR(.id = QN_IN_LIST(NULL, 0))), "");
	assert_books(library, BOOK(.tags.some = TAG(.id = QN_RANGE(2, 1))), "");
	assert_int_equal(library->statements, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, fill)
		TEST(a_filter_to_one_finds_by_the_related_row),
		TEST(a_chain_of_relations_ends_where_one_is_missing),
		TEST(none_of_keeps_the_rows_without_a_related_one),
		TEST(some_finds_each_row_once_however_many_match),
		TEST(none_and_every_count_rows_without_any),
		TEST(every_does_not_hold_where_a_condition_is_null),
		TEST(the_number_of_related_rows_is_compared),
		TEST(two_conditions_of_one_some_are_about_the_same_row),
		TEST(a_symmetrical_relation_is_seen_from_both_sides),
		TEST(updates_and_deletes_take_filters_across_relations),
		TEST(what_is_decided_without_rows_sends_nothing),
	};

	return cmocka_run_group_tests(tests, library_setup, library_teardown);
}
