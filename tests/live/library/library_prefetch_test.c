/*
 * prefetch_related: related rows by one statement a relation and level.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shelf.h"

static library_book_list find_books(struct library *library, const library_book_query *query,
				    unsigned statements)
{
	library_book_list books;

	library->statements = 0;
	library_expect(library, library_book_find(library->session, &books, query), QN_OK);
	assert_int_equal(library->statements, statements);
	return books;
}

static library_author_list find_authors(struct library *library, const library_author_query *query,
					unsigned statements)
{
	library_author_list authors;

	library->statements = 0;
	library_expect(library, library_author_find(library->session, &authors, query), QN_OK);
	assert_int_equal(library->statements, statements);
	return authors;
}

static void refuses(struct library *library, const library_author_query *query, const char *message)
{
	library_author_list authors;

	library->statements = 0;
	library_expect_message(library, library_author_find(library->session, &authors, query),
			       QN_USAGE, message);
	assert_int_equal(library->statements, 0);
}

static void rows_that_refer_to_these_are_theirs(void **state)
{
	library_author_list authors =
		find_authors(*state,
			     AUTHORS(.order_by = { LIBRARY_AUTHOR_ID },
				     .prefetch_related = { .books = BOOK_ALL, .edited = BOOK_ALL }),
			     3);

	shelf_titles_are(library_author_books(&authors.at[0]), "AB");
	shelf_titles_are(authors.at[1].books, "G");
	shelf_titles_are(authors.at[2].books, "D");
	shelf_titles_are(authors.at[3].books, "");
	assert_null(authors.at[3].books.at);
	assert_true(library_author_is_loaded(&authors.at[3], LIBRARY_AUTHOR_BOOKS));
	assert_false(library_author_is_loaded(&authors.at[3], LIBRARY_AUTHOR_PUPILS));
	shelf_titles_are(authors.at[0].edited, "DG");
	shelf_titles_are(authors.at[1].edited, "A");
}

static void linked_rows_are_found_from_both_sides(void **state)
{
	library_book_list books =
		find_books(*state,
			   BOOKS(.order_by = { LIBRARY_BOOK_ID },
				 .prefetch_related.tags =
					 TAGS(.order_by = { -LIBRARY_TAG_LABEL },
					      .prefetch_related.books =
						      BOOKS(.order_by = { LIBRARY_BOOK_ID }))),
			   3);

	shelf_labels_are(library_book_tags(&books.at[0]), "sn");
	shelf_labels_are(books.at[1].tags, "s");
	shelf_labels_are(books.at[2].tags, "n");
	shelf_labels_are(books.at[3].tags, "");
	shelf_titles_are(books.at[0].tags.at[1].books, "AG");
	shelf_titles_are(books.at[2].tags.at[0].books, "AG");
	/* The same rows again are the same structs. */
	assert_ptr_equal(books.at[0].tags.at[1].books.at, books.at[2].tags.at[0].books.at);
}

static void a_symmetrical_relation_leads_both_ways(void **state)
{
	struct library *library = *state;
	library_tag_list tags;

	library_expect(library,
		       library_tag_find(library->session, &tags,
					TAGS(.order_by = { LIBRARY_TAG_ID },
					     .prefetch_related.similar = TAG_ALL)),
		       QN_OK);
	shelf_labels_are(tags.at[0].similar, "s");
	shelf_labels_are(tags.at[1].similar, "n");
	shelf_labels_are(tags.at[2].similar, "");
}

static void one_row_is_a_pointer(void **state)
{
	library_author_list authors =
		find_authors(*state,
			     AUTHORS(.order_by = { LIBRARY_AUTHOR_ID },
				     .prefetch_related = { .country = COUNTRY_ALL,
							   .mentor = AUTHOR_ALL,
							   .profile = PROFILE_ALL }),
			     4);

	assert_string_equal(library_author_country(&authors.at[0])->name, "Germany");
	assert_ptr_equal(authors.at[0].country, authors.at[3].country);
	assert_null(authors.at[2].country);
	assert_true(library_author_is_loaded(&authors.at[2], LIBRARY_AUTHOR_COUNTRY));
	assert_null(authors.at[0].mentor);
	assert_string_equal(authors.at[3].mentor->name, "Bob");
	assert_ptr_equal(authors.at[1].mentor, authors.at[2].mentor);
	assert_string_equal(authors.at[2].profile->motto, "back");
	assert_null(authors.at[1].profile);
}

static void keys_of_two_columns_find_their_rows(void **state)
{
	struct library *library = *state;
	library_series_list series;
	library_book_list books = find_books(
		library,
		BOOKS(.order_by = { LIBRARY_BOOK_ID },
		      .prefetch_related.series = SERIES(.prefetch_related.books = BOOK_ALL)),
		3);

	assert_string_equal(books.at[0].series->name, "Night");
	assert_ptr_equal(books.at[0].series, books.at[3].series);
	assert_null(books.at[1].series);
	shelf_titles_are(books.at[0].series->books, "AD");
	shelf_titles_are(books.at[2].series->books, "G");
	library_expect(library,
		       library_series_find(library->session, &series,
					   SERIES(.order_by = { LIBRARY_SERIES_NUMBER },
						  .prefetch_related.books = BOOKS(.limit = 1))),
		       QN_OK);
	shelf_titles_are(series.at[0].books, "A");
	shelf_titles_are(series.at[1].books, "G");
}

static void a_slice_is_one_of_each_row(void **state)
{
	library_author_list authors = find_authors(
		*state,
		AUTHORS(.order_by = { LIBRARY_AUTHOR_ID },
			.prefetch_related = { .books = BOOKS(.limit = 1,
							     .order_by = { -LIBRARY_BOOK_TITLE }),
					      .edited =
						      BOOKS(.limit = 5000, .offset = 1,
							    .order_by = { LIBRARY_BOOK_TITLE }) }),
		3);

	shelf_titles_are(authors.at[0].books, "B");
	shelf_titles_are(authors.at[1].books, "G");
	shelf_titles_are(authors.at[2].books, "D");
	shelf_titles_are(authors.at[0].edited, "G");
	shelf_titles_are(authors.at[1].edited, "");
}

static void a_slice_of_each_row_can_be_ordered_by_related_rows(void **state)
{
	struct library *library = *state;
	library_tag_list tags;
	library_author_list authors =
		find_authors(library,
			     AUTHORS(.order_by = { LIBRARY_AUTHOR_ID },
				     .prefetch_related.edited =
					     BOOKS(.limit = 1, .where = { .year = QN_GT(2005) },
						   .order_by = { -LIBRARY_BOOK_AUTHOR },
						   .select_related.author = AUTHOR_ALL)),
			     2);

	shelf_titles_are(authors.at[0].edited, "D");
	assert_string_equal(authors.at[0].edited.at[0].author->name, "Cid");
	library_expect(library,
		       library_tag_find(library->session, &tags,
					TAGS(.order_by = { LIBRARY_TAG_ID },
					     .prefetch_related.books =
						     BOOKS(.limit = 1,
							   .order_by = { -LIBRARY_BOOK_AUTHOR }))),
		       QN_OK);
	shelf_titles_are(tags.at[0].books, "G");
	shelf_titles_are(tags.at[1].books, "A");
}

static void a_where_is_one_of_the_related_rows(void **state)
{
	library_author_list authors = find_authors(
		*state,
		AUTHORS(.order_by = { LIBRARY_AUTHOR_ID },
			.prefetch_related = { .books =
						      BOOKS(.where = { .tags.some =
									       &(library_tag_where){
										       .label = QN_EQ(
											       "new") } }),
					      .edited =
						      BOOKS(.where = { .editor =
									       &(library_author_where){
										       .name = QN_EQ(
											       "Ann") },
								       .title = QN_NE("Delta") }),
					      .mentor =
						      AUTHORS(.where = { .name = QN_EQ("Bob") }) }),
		4);

	shelf_titles_are(authors.at[0].books, "A");
	shelf_titles_are(authors.at[1].books, "G");
	shelf_titles_are(authors.at[2].books, "");
	shelf_titles_are(authors.at[0].edited, "G");
	shelf_titles_are(authors.at[1].edited, "");
	assert_null(authors.at[1].mentor);
	assert_true(library_author_is_loaded(&authors.at[1], LIBRARY_AUTHOR_MENTOR));
	assert_string_equal(authors.at[3].mentor->name, "Bob");
}

static void what_provably_finds_nothing_is_not_asked(void **state)
{
	library_author_list authors = find_authors(
		*state,
		AUTHORS(.prefetch_related = { .books = BOOKS(.where = { .title = QN_IN_LIST(NULL,
											    0) },
							     .prefetch_related.tags = TAG_ALL),
					      .pupils = AUTHORS(.limit = QN_LIMIT_NONE) }),
		1);

	assert_int_equal(authors.len, 4);
	shelf_titles_are(authors.at[0].books, "");
	assert_true(library_author_is_loaded(&authors.at[0], LIBRARY_AUTHOR_BOOKS));
	assert_true(library_author_is_loaded(&authors.at[0], LIBRARY_AUTHOR_PUPILS));
	assert_int_equal(authors.at[0].pupils.len, 0);
}

static void no_rows_are_not_asked_for_related_ones(void **state)
{
	struct library *library = *state;
	const library_author_query query = { .where = { .name = QN_EQ("nobody") },
					     .prefetch_related.books =
						     BOOKS(.prefetch_related.tags = TAG_ALL) };
	library_author *author;

	assert_int_equal(find_authors(library, &query, 1).len, 0);
	library_expect(library, library_author_first(library->session, &author, &query), QN_OK);
	assert_null(author);
	assert_int_equal(library->statements, 2);
	/* Nor is anything, when there can be none. */
	assert_int_equal(
		find_authors(library,
			     AUTHORS(.limit = QN_LIMIT_NONE, .prefetch_related.books = BOOK_ALL), 0)
			.len,
		0);
}

static void keys_that_are_all_null_are_not_asked_for(void **state)
{
	library_book_list books = find_books(
		*state,
		BOOKS(.where = { .title = QN_EQ("Beta") },
		      .prefetch_related = { .editor = AUTHOR_ALL, .series = SERIES_ALL }),
		1);

	assert_null(books.at[0].editor);
	assert_true(library_book_is_loaded(&books.at[0], LIBRARY_BOOK_SERIES));
}

static void joins_and_prefetches_mix_at_any_depth(void **state)
{
	library_book_list books = find_books(
		*state,
		BOOKS(.order_by = { LIBRARY_BOOK_ID },
		      .select_related = { .author =
						  AUTHORS(.prefetch_related.pupils = AUTHORS(
									  .select_related
									  .country = COUNTRY(
											  .prefetch_related
											  .authors =
												  AUTHOR_ALL))),
					  .editor =
						  AUTHORS(.select_related.profile =
								  PROFILE(.prefetch_related.author =
										  AUTHOR_ALL)) },
		      .prefetch_related.tags = TAGS(.prefetch_related.similar = TAG_ALL)),
		6);
	const library_author *ann = books.at[0].author;

	assert_int_equal(ann->pupils.len, 2);
	assert_string_equal(ann->pupils.at[0].name, "Bob");
	assert_string_equal(ann->pupils.at[0].country->name, "Sweden");
	assert_int_equal(ann->pupils.at[0].country->authors.len, 1);
	assert_null(ann->pupils.at[1].country);
	assert_int_equal(books.at[2].author->pupils.len, 1);
	assert_int_equal(books.at[2].author->pupils.at[0].country->authors.len, 2);
	assert_null(books.at[1].editor);
	assert_null(books.at[0].editor->profile);
	assert_string_equal(books.at[2].editor->profile->author->name, "Ann");
	shelf_labels_are(books.at[0].tags.at[0].similar, "s");
}

static void links_with_columns_of_their_own_are_reached_by_their_model(void **state)
{
	library_author_list authors = find_authors(
		*state,
		AUTHORS(.order_by = { LIBRARY_AUTHOR_ID },
			.prefetch_related = { .clubs = CLUB_ALL,
					      .memberships =
						      MEMBERS(.order_by = { -LIBRARY_MEMBERSHIP_LEVEL },
							      .select_related.club = CLUB_ALL) }),
		3);

	/* Ann is in it twice. */
	assert_int_equal(authors.at[0].clubs.len, 2);
	assert_int_equal(authors.at[1].clubs.len, 1);
	assert_string_equal(authors.at[0].memberships.at[0].role, "chair");
	assert_string_equal(authors.at[0].memberships.at[0].club->name, "chess");
	assert_int_equal(authors.at[2].memberships.len, 0);
}

static void only_leaves_what_relations_go_by(void **state)
{
	library_author_list authors = find_authors(
		*state,
		AUTHORS(.order_by = { LIBRARY_AUTHOR_ID }, .only = { LIBRARY_AUTHOR_NAME },
			.prefetch_related = { .country = COUNTRY_ALL,
					      .books = BOOKS(.only = { LIBRARY_BOOK_TITLE }) }),
		3);

	assert_string_equal(authors.at[0].country->name, "Germany");
	shelf_titles_are(authors.at[0].books, "AB");
	assert_false(library_author_is_loaded(&authors.at[0], LIBRARY_AUTHOR_MENTOR_ID));
	assert_false(library_book_is_loaded(&authors.at[0].books.at[0], LIBRARY_BOOK_AUTHOR_ID));
}

enum { MANY_AUTHORS = 300, MANY_BOOKS = 3000 };

static void many_rows_come_to_their_own_in_their_order(void **state)
{
	struct library *library = *state;
	library_author_list authors;
	size_t count = 0;

	library_execute(
		library,
		"INSERT INTO library_author (name) "
		"SELECT 'n' || i FROM generate_series(5, 300) AS i;"
		"INSERT INTO library_book (title, author_id, editor_id) "
		"SELECT 'b' || i, 1 + i * 7919 % 300, CASE WHEN i % 3 > 0 THEN 1 + i * 31 % 300 END "
		"FROM generate_series(5, 3000) AS i");
	authors = find_authors(library,
			       AUTHORS(.prefetch_related.books =
					       BOOKS(.order_by = { -LIBRARY_BOOK_ID },
						     .select_related.editor = AUTHOR_ALL,
						     .prefetch_related.author = AUTHOR_ALL)),
			       3);
	assert_int_equal(authors.len, MANY_AUTHORS);
	for (size_t i = 0; i < authors.len; i++) {
		library_book_list books = authors.at[i].books;

		count += books.len;
		for (size_t j = 0; j < books.len; j++) {
			assert_int_equal(books.at[j].author_id, authors.at[i].id);
			assert_int_equal(books.at[j].author->id, authors.at[i].id);
			assert_ptr_equal(books.at[j].author, books.at[0].author);
			assert_int_equal(books.at[j].has_editor_id, books.at[j].editor != NULL);
			if (books.at[j].editor)
				assert_int_equal(books.at[j].editor->id, books.at[j].editor_id);
			assert_true(j == 0 || books.at[j].id < books.at[j - 1].id);
		}
	}
	assert_int_equal(count, MANY_BOOKS);
}

static void what_a_prefetched_query_cannot_do_is_refused(void **state)
{
	library_author_query loop = { .limit = 0 };

	refuses(*state, AUTHORS(.prefetch_related.books = BOOKS(.distinct = true)),
		"Book: distinct has no meaning in .prefetch_related of books: it would be over the "
		"rows of all parents");
	refuses(*state, AUTHORS(.prefetch_related.books = BOOKS(.lock = QN_FOR_SHARE)),
		"Book: lock in .prefetch_related of books is not possible; lock rows by a query of "
		"their own");
	refuses(*state, AUTHORS(.prefetch_related.books = BOOKS(.limit = -5)),
		"Book: limit -5 is negative");
	refuses(*state,
		AUTHORS(.prefetch_related.books = BOOKS(.select_related.author = AUTHOR_ALL,
							.prefetch_related.author = AUTHOR_ALL)),
		"Book: author is in .select_related and in .prefetch_related; one of them loads it");
	loop.prefetch_related.pupils = &loop;
	refuses(*state, &loop,
		"Author: relations are nested more than 16 deep: pupils.pupils.pupils.pupils.pupils."
		"pupils.pupils.pupils.pupils.pupils.pupils.pupils.pupils.pupils.pupils.pupils."
		"pupils");
}

#define FILLED(test) cmocka_unit_test_setup(test, shelf_fill)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILLED(rows_that_refer_to_these_are_theirs),
		FILLED(linked_rows_are_found_from_both_sides),
		FILLED(a_symmetrical_relation_leads_both_ways),
		FILLED(one_row_is_a_pointer),
		FILLED(keys_of_two_columns_find_their_rows),
		FILLED(a_slice_is_one_of_each_row),
		FILLED(a_slice_of_each_row_can_be_ordered_by_related_rows),
		FILLED(a_where_is_one_of_the_related_rows),
		FILLED(what_provably_finds_nothing_is_not_asked),
		FILLED(no_rows_are_not_asked_for_related_ones),
		FILLED(keys_that_are_all_null_are_not_asked_for),
		FILLED(joins_and_prefetches_mix_at_any_depth),
		FILLED(links_with_columns_of_their_own_are_reached_by_their_model),
		FILLED(only_leaves_what_relations_go_by),
		FILLED(many_rows_come_to_their_own_in_their_order),
		FILLED(what_a_prefetched_query_cannot_do_is_refused),
	};

	return cmocka_run_group_tests_name("library_prefetch", tests, library_setup,
					   library_teardown);
}
