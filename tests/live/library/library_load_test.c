/*
 * load_related, for rows in hand; and what becomes of the arguments, and of the rows when a
 * statement fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shelf.h"

static library_author_list find_authors(struct library *library, const library_author_query *query,
					unsigned statements)
{
	library_author_list authors;

	library->statements = 0;
	library_expect(library, library_author_find(library->session, &authors, query), QN_OK);
	assert_int_equal(library->statements, statements);
	return authors;
}

static void queries_may_go_away_once_the_call_returned(void **state)
{
	struct library *library = *state;
	library_author_query authors = { .order_by = { LIBRARY_AUTHOR_ID } };
	library_tag_query tags = { .where = { .label = QN_EQ("sale") } };
	library_book_query books = { .where = { .year = QN_GT(1900) }, .limit = 2000 };
	library_author_list found;
	qn_op *op;

	books.prefetch_related.tags = &tags;
	authors.prefetch_related.books = &books;
	op = library_author_find(library->session, &found, &authors);
	memset(&authors, 0xff, sizeof(authors));
	memset(&tags, 0xff, sizeof(tags));
	memset(&books, 0xff, sizeof(books));
	library_expect(library, op, QN_OK);
	shelf_titles_are(found.at[0].books, "A");
	shelf_labels_are(found.at[0].books.at[0].tags, "s");
}

static void rows_in_hand_are_given_related_ones(void **state)
{
	struct library *library = *state;
	library_author_list authors =
		find_authors(library, AUTHORS(.order_by = { LIBRARY_AUTHOR_ID }), 1);
	const library_author_related related = { .books = BOOKS(.prefetch_related.tags = TAG_ALL),
						 .country = COUNTRY_ALL };

	library->statements = 0;
	library_expect(library,
		       library_author_load_related(library->session, authors.at, authors.len,
						   &related),
		       QN_OK);
	assert_int_equal(library->statements, 3);
	shelf_titles_are(authors.at[0].books, "AB");
	shelf_labels_are(authors.at[0].books.at[1].tags, "s");
	assert_string_equal(authors.at[3].country->name, "Germany");
	/* And again, when they have changed. */
	library_execute(library, "UPDATE library_book SET author_id = 4 WHERE title = 'Beta'");
	library_expect(library,
		       library_author_load_related(library->session, authors.at, authors.len,
						   &(library_author_related){ .books = BOOK_ALL }),
		       QN_OK);
	shelf_titles_are(authors.at[0].books, "A");
	shelf_titles_are(authors.at[3].books, "B");
}

static void rows_made_by_hand_have_related_ones_too(void **state)
{
	struct library *library = *state;
	library_author authors[3] = { { .id = 2 }, { .id = 77 }, { .id = 2 } };

	library_expect(library,
		       library_author_load_related(library->session, authors, 3,
						   &(library_author_related){ .books = BOOK_ALL }),
		       QN_OK);
	assert_int_equal(library->statements, 1);
	shelf_titles_are(authors[0].books, "G");
	shelf_titles_are(authors[1].books, "");
	assert_ptr_equal(authors[0].books.at, authors[2].books.at);
}

static void loading_nothing_sends_nothing(void **state)
{
	struct library *library = *state;
	library_author author = { .id = 1 };

	library_expect(library,
		       library_author_load_related(library->session, &author, 0,
						   &(library_author_related){ .books = BOOK_ALL }),
		       QN_OK);
	library_expect(library,
		       library_author_load_related(library->session, &author, 1,
						   &(library_author_related){ .books = NULL }),
		       QN_OK);
	library_expect(
		library,
		library_author_load_related(library->session, &author, 1,
					    &(library_author_related){ .mentor = AUTHOR_ALL }),
		QN_OK);
	assert_int_equal(library->statements, 0);
	assert_null(library_author_mentor(&author));
	assert_false(library_author_is_loaded(&author, LIBRARY_AUTHOR_BOOKS));
}

static void rows_in_hand_that_lack_the_key_are_refused(void **state)
{
	struct library *library = *state;
	library_author_list authors =
		find_authors(library, AUTHORS(.only = { LIBRARY_AUTHOR_NAME }), 1);
	const library_author_related related = { .mentor = AUTHOR_ALL };

	library_expect_message(
		library,
		library_author_load_related(library->session, authors.at, authors.len, &related),
		QN_USAGE,
		"Author.mentor_id: row 0 was read without it, which mentor goes by; add it to "
		".only");
	library_expect_message(library,
			       library_author_load_related(library->session, NULL, 2, &related),
			       QN_USAGE, "Author: 2 rows have no address");
	library_expect_message(library,
			       library_author_load_related(library->session, authors.at,
							   authors.len, NULL),
			       QN_USAGE, "Author: the relations to load are NULL");
}

static void a_key_that_cannot_be_sent_is_refused(void **state)
{
	struct library *library = *state;
	library_country countries[] = { { .code = "de" }, { .code = "\xff" } };
	const library_country_related related = { .authors = AUTHOR_ALL };

	library_expect_message(
		library, library_country_load_related(library->session, countries, 2, &related),
		QN_INVALID_VALUE, "Country.code: is not valid UTF-8");
	assert_false(library_country_is_loaded(&countries[0], LIBRARY_COUNTRY_AUTHORS));
	library_expect(library,
		       library_country_load_related(library->session, countries, 1, &related),
		       QN_OK);
	assert_int_equal(library_country_authors(&countries[0]).len, 2);
}

static void a_failure_leaves_nothing_behind(void **state)
{
	struct library *library = *state;
	library_author_list authors = find_authors(library, AUTHOR_ALL, 1);
	library_author_list found;
	const library_author_query query = {
		.prefetch_related = { .books = BOOK_ALL, .pupils = AUTHOR_ALL },
	};

	library_execute(library, "ALTER TABLE library_book RENAME year TO years");
	library_expect_message(
		library, library_author_find(library->session, &found, &query), QN_SCHEMA_DRIFT,
		"Book: column t.year does not exist; apply the missing migrations, or generate the "
		"models again and rebuild");
	assert_int_equal(found.len, 0);
	library_expect(library,
		       library_author_load_related(library->session, authors.at, authors.len,
						   &query.prefetch_related),
		       QN_SCHEMA_DRIFT);
	library_execute(library, "ALTER TABLE library_book RENAME years TO year");
	assert_false(library_author_is_loaded(&authors.at[0], LIBRARY_AUTHOR_BOOKS));
	assert_false(library_author_is_loaded(&authors.at[0], LIBRARY_AUTHOR_PUPILS));
	assert_null(authors.at[0].pupils.at);
	library_expect(library, library_author_find(library->session, &found, &query), QN_OK);
	assert_int_equal(found.len, 4);
}

static qn_status load_and_fail(qn_session *session, void *argument)
{
	library_author_list authors;
	library_author_query query = { .prefetch_related.books = BOOK_ALL };
	qn_op *op;

	assert_int_equal(qn_await(library_author_find(session, &authors, &query)), QN_OK);
	shelf_titles_are(authors.at[0].books, "AB");
	op = library_author_find(session, &authors, &query);
	assert_int_equal(qn_await(qn_sql(session, NULL, "nonsense", NULL, 0)), QN_SQL_ERROR);
	/* Its statement ran before the mistake; what it would have sent next cannot. */
	assert_int_not_equal(qn_await(op), QN_OK);
	assert_null(authors.at);
	(void)argument;
	return QN_OK;
}

static void loads_are_part_of_their_transaction(void **state)
{
	struct library *library = *state;

	assert_int_equal(qn_atomic(library->session, load_and_fail, NULL, NULL),
			 QN_TRANSACTION_BROKEN);
}

#define FILLED(test) cmocka_unit_test_setup(test, shelf_fill)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILLED(queries_may_go_away_once_the_call_returned),
		FILLED(rows_in_hand_are_given_related_ones),
		FILLED(rows_made_by_hand_have_related_ones_too),
		FILLED(loading_nothing_sends_nothing),
		FILLED(rows_in_hand_that_lack_the_key_are_refused),
		FILLED(a_key_that_cannot_be_sent_is_refused),
		FILLED(a_failure_leaves_nothing_behind),
		FILLED(loads_are_part_of_their_transaction),
	};

	return cmocka_run_group_tests_name("library_load", tests, library_setup, library_teardown);
}
