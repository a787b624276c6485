/*
 * select_related: related rows by joins, one statement whatever their number and depth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shelf.h"

/* All in one statement. */
static library_book_list find_books(struct library *library, const library_book_query *query)
{
	library_book_list books;

	library->statements = 0;
	library_expect(library, library_book_find(library->session, &books, query), QN_OK);
	assert_int_equal(library->statements, 1);
	return books;
}

static library_author_list find_authors(struct library *library, const library_author_query *query)
{
	library_author_list authors;

	library->statements = 0;
	library_expect(library, library_author_find(library->session, &authors, query), QN_OK);
	assert_int_equal(library->statements, 1);
	return authors;
}

static void refuses(struct library *library, const library_book_query *query, const char *message)
{
	library_book_list books;

	library->statements = 0;
	library_expect_message(library, library_book_find(library->session, &books, query),
			       QN_USAGE, message);
	assert_int_equal(library->statements, 0);
}

static void a_row_that_several_refer_to_is_one_struct(void **state)
{
	library_book_list books = find_books(*state, BOOKS(.order_by = { LIBRARY_BOOK_ID },
							   .select_related.author = AUTHOR_ALL));

	assert_int_equal(books.len, 4);
	assert_string_equal(library_book_author(&books.at[0])->name, "Ann");
	assert_ptr_equal(books.at[0].author, books.at[1].author);
	assert_string_equal(books.at[2].author->name, "Bob");
	assert_string_equal(books.at[3].author->name, "Cid");
	assert_null(books.at[3].author->country_code);
	assert_int_equal(books.at[3].author->mentor_id, 1);
}

static void a_row_that_is_not_there_is_null_and_loaded(void **state)
{
	library_book_list books = find_books(*state, BOOKS(.order_by = { LIBRARY_BOOK_ID },
							   .select_related.editor = AUTHOR_ALL));

	assert_string_equal(books.at[0].editor->name, "Bob");
	assert_null(books.at[1].editor);
	assert_true(library_book_is_loaded(&books.at[1], LIBRARY_BOOK_EDITOR));
	assert_null(library_book_editor(&books.at[1]));
	assert_false(library_book_is_loaded(&books.at[1], LIBRARY_BOOK_AUTHOR));
	assert_null(books.at[1].author);
}

static void what_hangs_on_a_missing_row_takes_no_rows_away(void **state)
{
	library_book_list books = find_books(
		*state, BOOKS(.order_by = { LIBRARY_BOOK_ID },
			      .select_related.editor =
				      AUTHORS(.select_related = {
						      .country = COUNTRY_ALL,
						      .profile = PROFILE_ALL,
						      .mentor = AUTHORS(.select_related.country =
										COUNTRY_ALL) })));

	assert_int_equal(books.len, 4);
	assert_null(books.at[1].editor);
	assert_string_equal(books.at[0].editor->country->name, "Sweden");
	assert_null(books.at[0].editor->profile);
	assert_true(library_author_is_loaded(books.at[0].editor, LIBRARY_AUTHOR_PROFILE));
	assert_string_equal(books.at[0].editor->mentor->name, "Ann");
	assert_string_equal(books.at[0].editor->mentor->country->name, "Germany");
	assert_string_equal(books.at[2].editor->profile->motto, "onwards");
	assert_null(books.at[2].editor->mentor);
	assert_ptr_equal(books.at[2].editor, books.at[3].editor);
}

static void a_required_row_beneath_a_missing_one_is_joined_from_outside(void **state)
{
	library_author_list authors =
		find_authors(*state, AUTHORS(.order_by = { LIBRARY_AUTHOR_ID },
					     .select_related.profile =
						     PROFILE(.select_related.author = AUTHOR_ALL)));

	assert_int_equal(authors.len, 4);
	assert_string_equal(authors.at[0].profile->author->name, "Ann");
	assert_null(authors.at[1].profile);
	assert_string_equal(authors.at[2].profile->author->name, "Cid");
}

static void two_keys_to_one_model_are_two_rows_of_it(void **state)
{
	library_book_list books =
		find_books(*state,
			   BOOKS(.order_by = { LIBRARY_BOOK_ID },
				 .select_related = { .author = AUTHOR_ALL, .editor = AUTHOR_ALL }));

	assert_string_equal(books.at[0].author->name, "Ann");
	assert_string_equal(books.at[0].editor->name, "Bob");
	assert_string_equal(books.at[2].author->name, "Bob");
	assert_string_equal(books.at[2].editor->name, "Ann");
	assert_ptr_not_equal(books.at[0].author, books.at[2].editor);
}

static void a_key_of_two_columns_is_joined_by_both(void **state)
{
	library_book_list books = find_books(*state, BOOKS(.order_by = { LIBRARY_BOOK_ID },
							   .select_related.series = SERIES_ALL));

	assert_string_equal(books.at[0].series->name, "Night");
	assert_null(books.at[1].series);
	assert_string_equal(books.at[2].series->name, "Day");
	assert_ptr_equal(books.at[0].series, books.at[3].series);
}

static void a_model_is_joined_to_itself_again_and_again(void **state)
{
	library_author_list authors = find_authors(
		*state,
		AUTHORS(.order_by = { LIBRARY_AUTHOR_ID },
			.select_related.mentor =
				AUTHORS(.select_related.mentor =
						AUTHORS(.select_related.mentor = AUTHOR_ALL))));

	assert_null(authors.at[0].mentor);
	assert_string_equal(authors.at[3].mentor->name, "Bob");
	assert_string_equal(authors.at[3].mentor->mentor->name, "Ann");
	assert_null(authors.at[3].mentor->mentor->mentor);
	assert_true(library_author_is_loaded(authors.at[3].mentor->mentor, LIBRARY_AUTHOR_MENTOR));
	assert_false(library_author_is_loaded(authors.at[1].mentor, LIBRARY_AUTHOR_COUNTRY));
	assert_ptr_equal(authors.at[1].mentor, authors.at[2].mentor);
}

static void only_counts_on_each_level(void **state)
{
	library_book_list books = find_books(
		*state,
		BOOKS(.order_by = { LIBRARY_BOOK_ID }, .only = { LIBRARY_BOOK_TITLE },
		      .select_related = {
			      .author = AUTHORS(.only = { LIBRARY_AUTHOR_NAME },
						.select_related.country =
							COUNTRY(.only = { LIBRARY_COUNTRY_NAME })),
			      .series = SERIES(.only = { LIBRARY_SERIES_NAME }) }));
	const library_book *book = &books.at[0];

	assert_string_equal(book->author->country->name, "Germany");
	assert_string_equal(book->series->name, "Night");
	assert_string_equal(book->series->publisher, "Owl");
	assert_false(library_book_is_loaded(book, LIBRARY_BOOK_YEAR));
	assert_true(library_book_is_loaded(book, LIBRARY_BOOK_AUTHOR_ID));
	assert_true(library_book_is_loaded(book, LIBRARY_BOOK_ID));
	assert_false(library_book_is_loaded(book, LIBRARY_BOOK_EDITOR_ID));
	assert_false(library_author_is_loaded(book->author, LIBRARY_AUTHOR_MENTOR_ID));
	assert_true(library_author_is_loaded(book->author, LIBRARY_AUTHOR_COUNTRY_CODE));
}

/* The books' first letters. */
static void assert_order(struct library *library, const library_book_query *query,
			 const char *letters)
{
	shelf_titles_are(find_books(library, query), letters);
}

static void rows_are_ordered_by_related_ones(void **state)
{
	/* By the name and key of the author, as its model says. */
	assert_order(*state, BOOKS(.order_by = { LIBRARY_BOOK_AUTHOR, LIBRARY_BOOK_TITLE }),
		     "ABGD");
	assert_order(*state, BOOKS(.order_by = { -LIBRARY_BOOK_AUTHOR, -LIBRARY_BOOK_TITLE }),
		     "DGBA");
	/* By what the joined query says. */
	assert_order(*state,
		     BOOKS(.order_by = { LIBRARY_BOOK_SERIES, LIBRARY_BOOK_TITLE },
			   .select_related.series = SERIES(.order_by = { LIBRARY_SERIES_NAME })),
		     "GADB");
	assert_order(*state,
		     BOOKS(.order_by = { QN_NULLS_FIRST(LIBRARY_BOOK_SERIES), -LIBRARY_BOOK_TITLE },
			   .select_related.series = SERIES(.order_by = { -LIBRARY_SERIES_NAME })),
		     "BDAG");
	/* By the key where nothing says otherwise. */
	assert_order(*state, BOOKS(.order_by = { -LIBRARY_BOOK_SERIES, LIBRARY_BOOK_ID }), "BGAD");
	/* Through another relation. */
	assert_order(*state,
		     BOOKS(.order_by = { LIBRARY_BOOK_AUTHOR, LIBRARY_BOOK_ID },
			   .select_related.author = AUTHORS(.order_by = { -LIBRARY_AUTHOR_MENTOR,
									  LIBRARY_AUTHOR_ID })),
		     "ABGD");
}

static void a_relation_in_an_order_is_not_loaded_by_it(void **state)
{
	library_book_list books =
		find_books(*state, BOOKS(.order_by = { LIBRARY_BOOK_AUTHOR }, .limit = 1));

	assert_false(library_book_is_loaded(&books.at[0], LIBRARY_BOOK_AUTHOR));
	assert_null(books.at[0].author);
}

static void the_ends_of_an_order_by_related_rows_are_found(void **state)
{
	struct library *library = *state;
	const library_book_query query = {
		.order_by = { LIBRARY_BOOK_AUTHOR, LIBRARY_BOOK_TITLE },
		.select_related.author = AUTHOR_ALL,
	};
	library_book *book;

	library_expect(library, library_book_first(library->session, &book, &query), QN_OK);
	assert_string_equal(book->title, "Alpha");
	assert_string_equal(book->author->name, "Ann");
	library_expect(library, library_book_last(library->session, &book, &query), QN_OK);
	assert_string_equal(book->title, "Delta");
	assert_string_equal(book->author->name, "Cid");
}

static void a_slice_is_one_of_the_rows_themselves(void **state)
{
	library_book_list books =
		find_books(*state,
			   BOOKS(.order_by = { LIBRARY_BOOK_ID }, .limit = 2, .offset = 1,
				 .where = { .year = QN_IS_NOT_NULL },
				 .select_related = { .editor = AUTHOR_ALL, .author = AUTHOR_ALL }));

	assert_int_equal(books.len, 2);
	assert_string_equal(books.at[0].title, "Gamma");
	assert_string_equal(books.at[1].author->name, "Cid");
}

static void distinct_rows_come_with_related_ones(void **state)
{
	library_book_list books =
		find_books(*state, BOOKS(.distinct = true, .order_by = { LIBRARY_BOOK_AUTHOR },
					 .select_related.author =
						 AUTHORS(.order_by = { LIBRARY_AUTHOR_NAME })));

	assert_int_equal(books.len, 4);
	assert_string_equal(books.at[3].author->name, "Cid");
	refuses(*state, BOOKS(.distinct = true, .order_by = { LIBRARY_BOOK_AUTHOR }),
		"Book: distinct rows can be ordered only by what they load: name author in "
		".select_related too");
	refuses(*state,
		BOOKS(.distinct = true, .order_by = { LIBRARY_BOOK_AUTHOR },
		      .select_related.author = AUTHORS(.only = { LIBRARY_AUTHOR_COUNTRY_CODE })),
		"Author.name: distinct rows can be ordered only by fields that .only loads");
}

static qn_status lock_books(qn_session *session, void *argument)
{
	library_book_list *books = argument;

	return qn_await(library_book_find(
		session, books,
		BOOKS(.lock = QN_FOR_UPDATE,
		      .select_related = { .editor = AUTHOR_ALL, .author = AUTHOR_ALL },
		      .prefetch_related.tags = TAG_ALL)));
}

static void rows_with_missing_related_ones_can_be_locked(void **state)
{
	struct library *library = *state;
	library_book_list books;

	assert_int_equal(qn_atomic(library->session, lock_books, &books, NULL), QN_OK);
	assert_int_equal(books.len, 4);
}

static void counting_ignores_what_would_be_loaded(void **state)
{
	struct library *library = *state;
	const library_book_query query = {
		.order_by = { LIBRARY_BOOK_AUTHOR },
		.limit = 3,
		.select_related.author = AUTHORS(.limit = 1),
		.prefetch_related.tags = TAG_ALL,
	};
	int64_t count;
	bool exists;

	library_expect(library, library_book_count(library->session, &count, &query), QN_OK);
	assert_int_equal(count, 3);
	library_expect(library, library_book_exists(library->session, &exists, &query), QN_OK);
	assert_true(exists);
	assert_int_equal(library->statements, 2);
}

static void a_row_that_is_read_again_forgets_its_related_ones(void **state)
{
	struct library *library = *state;
	library_book_list books =
		find_books(library, BOOKS(.limit = 1, .select_related.author = AUTHOR_ALL));

	assert_non_null(books.at[0].author);
	library_expect(library, library_book_refresh(library->session, &books.at[0]), QN_OK);
	assert_null(books.at[0].author);
	assert_false(library_book_is_loaded(&books.at[0], LIBRARY_BOOK_AUTHOR));
	assert_true(library_book_is_loaded(&books.at[0], LIBRARY_BOOK_TITLE));
}

static void what_a_joined_query_cannot_do_is_refused(void **state)
{
	static const library_author_query bad[] = {
		{ .limit = 1 },       { .offset = 1 },       { .lock = QN_FOR_UPDATE },
		{ .distinct = true }, { .unordered = true },
	};
	static const char *const members[] = { "limit", "offset", "lock", "distinct", "unordered" };
	char message[200];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(message, sizeof(message),
			 "Book: %s has no meaning in .select_related of author, whose rows come "
			 "with those of the query; set it there, or use .prefetch_related",
			 members[i]);
		refuses(*state, BOOKS(.select_related.author = &bad[i]), message);
	}
	refuses(*state, BOOKS(.select_related.author = AUTHORS(.where = { .name = QN_EQ("Ann") })),
		"Book: where has no meaning in .select_related of author; filter the query itself "
		"by .where.author, or use .prefetch_related");
	refuses(*state,
		BOOKS(.select_related.author = AUTHORS(.order_by = { LIBRARY_AUTHOR_NAME })),
		"Book: order_by in .select_related of author orders nothing by itself; name the "
		"relation in the order_by of the query around it");
}

static void a_relation_is_loaded_in_one_way(void **state)
{
	refuses(*state,
		BOOKS(.select_related.author = AUTHOR_ALL, .prefetch_related.author = AUTHOR_ALL),
		"Book: author is in .select_related and in .prefetch_related; one of them loads it");
}

static void a_query_that_leads_back_to_itself_is_refused(void **state)
{
	library_author_query loop = { .limit = 0 };

	loop.select_related.mentor = &loop;
	refuses(*state, BOOKS(.select_related.author = &loop),
		"Book: relations are nested more than 16 deep: author.mentor.mentor.mentor.mentor."
		"mentor.mentor.mentor.mentor.mentor.mentor.mentor.mentor.mentor.mentor.mentor."
		"mentor");
}

static void orders_that_make_no_sense_are_refused(void **state)
{
	refuses(*state, BOOKS(.order_by = { LIBRARY_BOOK_TAGS }),
		"Book: tags can be many rows, which no row can be ordered by");
	refuses(*state, BOOKS(.only = { LIBRARY_BOOK_TITLE, LIBRARY_BOOK_AUTHOR }),
		"Book: only takes fields, not the relation author; a relation is loaded by "
		".select_related or .prefetch_related");
	refuses(*state,
		BOOKS(.order_by = { LIBRARY_BOOK_AUTHOR },
		      .select_related.author = AUTHORS(.order_by = { LIBRARY_AUTHOR_BOOKS })),
		"Author: books can be many rows, which no row can be ordered by");
	refuses(*state, BOOKS(.order_by = { (library_book_field)99 }),
		"Book: order_by 99 is not a field; use the constants of the model's field enum");
}

static void a_joined_column_of_another_type_is_named_by_its_model(void **state)
{
	struct library *library = *state;
	library_book_list books;

	library_execute(library, "ALTER TABLE library_author ALTER mentor_id TYPE integer");
	library_expect_message(
		library,
		library_book_find(library->session, &books,
				  BOOKS(.select_related.author = AUTHOR_ALL)),
		QN_SCHEMA_DRIFT,
		"Author.mentor_id: the column is integer where the schema has bigint; migrate the "
		"database, or regenerate the models");
	library_execute(library, "ALTER TABLE library_author ALTER mentor_id TYPE bigint");
	library_expect(library,
		       library_book_find(library->session, &books,
					 BOOKS(.select_related.author = AUTHOR_ALL)),
		       QN_OK);
	assert_int_equal(books.len, 4);
}

#define FILLED(test) cmocka_unit_test_setup(test, shelf_fill)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILLED(a_row_that_several_refer_to_is_one_struct),
		FILLED(a_row_that_is_not_there_is_null_and_loaded),
		FILLED(what_hangs_on_a_missing_row_takes_no_rows_away),
		FILLED(a_required_row_beneath_a_missing_one_is_joined_from_outside),
		FILLED(two_keys_to_one_model_are_two_rows_of_it),
		FILLED(a_key_of_two_columns_is_joined_by_both),
		FILLED(a_model_is_joined_to_itself_again_and_again),
		FILLED(only_counts_on_each_level),
		FILLED(rows_are_ordered_by_related_ones),
		FILLED(a_relation_in_an_order_is_not_loaded_by_it),
		FILLED(the_ends_of_an_order_by_related_rows_are_found),
		FILLED(a_slice_is_one_of_the_rows_themselves),
		FILLED(distinct_rows_come_with_related_ones),
		FILLED(rows_with_missing_related_ones_can_be_locked),
		FILLED(counting_ignores_what_would_be_loaded),
		FILLED(a_row_that_is_read_again_forgets_its_related_ones),
		FILLED(what_a_joined_query_cannot_do_is_refused),
		FILLED(a_relation_is_loaded_in_one_way),
		FILLED(a_query_that_leads_back_to_itself_is_refused),
		FILLED(orders_that_make_no_sense_are_refused),
		FILLED(a_joined_column_of_another_type_is_named_by_its_model),
	};

	return cmocka_run_group_tests_name("library_join", tests, library_setup, library_teardown);
}
