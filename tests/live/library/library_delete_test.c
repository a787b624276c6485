/*
 * Deleting rows that others refer to: what goes along, what is kept, what forbids it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "library.h"

static const char rows[] =
	"INSERT INTO library_author (name, mentor_id) VALUES ('Ann', NULL), ('Bob', 1);"
	"INSERT INTO library_profile VALUES (1, 'onwards');"
	"INSERT INTO library_book (title, author_id, editor_id) VALUES ('Alpha', 1, 1), ('Beta', 1, 2),"
	" ('Gamma', 2, 1);"
	"INSERT INTO library_tag (label) VALUES ('new'), ('sale');"
	"INSERT INTO library_book_tags VALUES (1, 1), (1, 2), (2, 1), (3, 1);"
	"INSERT INTO library_club (name) VALUES ('Rooks');"
	"INSERT INTO library_membership (club_id, author_id) VALUES (1, 1), (1, 1), (1, 2);";

static int fill(void **state)
{
	return library_clear(state) == 0 &&
			       test_server_execute(&((struct library *)*state)->server, rows)
		       ? 0
		       : -1;
}

static void assert_deleted(const qn_deleted_list *deleted, const char *expected)
{
	char found[256] = "";

	for (size_t i = 0; i < deleted->len; i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s %lld",
			 i ? ", " : "", deleted->at[i].model, (long long)deleted->at[i].count);
	assert_string_equal(found, expected);
}

static void the_counts_name_every_model_that_lost_rows(void **state)
{
	struct library *library = *state;
	library_author ann = { .id = 1 };
	qn_deleted_list deleted;

	library->statements = 0;
	library_expect(library, library_author_delete_counted(library->session, &deleted, &ann),
		       QN_OK);
	assert_deleted(&deleted, "library.Author 1, library.Book 2, library.Membership 2, "
				 "library.Profile 1, library.Book.tags 3");
	assert_int_equal(library->statements, 1);
	library_expect_value(library, "SELECT count(*)::text FROM library_book", "1");
	library_expect_value(library, "SELECT count(*)::text FROM library_book_tags", "1");
	/* SET NULL lets the rows be. */
	library_expect_value(
		library, "SELECT count(*)::text FROM library_author WHERE mentor_id IS NULL", "1");
}

static void a_row_to_which_nothing_refers_counts_alone(void **state)
{
	struct library *library = *state;
	library_loan *loan;
	qn_deleted_list deleted;

	library_expect(library,
		       library_loan_create(library->session, &loan,
					   &(library_loan_new){ .book_id = 1, .reader = "Eve" }),
		       QN_OK);
	library_expect(library, library_loan_delete_counted(library->session, &deleted, loan),
		       QN_OK);
	assert_deleted(&deleted, "library.Loan 1");
	library_expect(library, library_loan_delete_counted(library->session, &deleted, loan),
		       QN_NOT_FOUND);
	assert_int_equal(deleted.len, 0);
}

static void a_row_that_is_kept_protects_what_it_refers_to(void **state)
{
	struct library *library = *state;
	const char *message =
		"Book: rows of library.Loan refer to it by \"book\"; nothing was deleted";
	library_book book = { .id = 2 };
	qn_deleted_list deleted;

	library_execute(library, "INSERT INTO library_loan (book_id, reader) VALUES (2, 'Eve')");
	library_expect_message(library, library_book_delete(library->session, &book), QN_PROTECTED,
			       message);
	assert_string_equal(qn_session_error(library->session)->constraint,
			    "library_loan_book_id_fkey");
	library_expect_message(library,
			       library_book_delete_counted(library->session, &deleted, &book),
			       QN_PROTECTED, message);
	assert_int_equal(deleted.len, 0);
	library_expect_message(library,
			       library_book_delete_where(library->session, NULL,
							 &(library_book_where){ .id = QN_LTE(3) }),
			       QN_PROTECTED, message);
	library_expect_message(library, library_book_delete_all(library->session, NULL),
			       QN_PROTECTED, message);
	library_expect_value(library, "SELECT count(*)::text FROM library_book", "3");
}

static void what_would_go_along_is_protected_too(void **state)
{
	struct library *library = *state;
	library_author ann = { .id = 1 };

	library_execute(library, "INSERT INTO library_loan (book_id, reader) VALUES (2, 'Eve')");
	library_expect_message(
		library, library_author_delete(library->session, &ann), QN_PROTECTED,
		"Author: rows of library.Loan refer to it by \"book\"; nothing was deleted");
	library_expect_value(library, "SELECT count(*)::text FROM library_author", "2");
	library_expect_value(library, "SELECT count(*)::text FROM library_book_tags", "4");
}

static void a_new_row_that_refers_to_none_is_no_protection(void **state)
{
	struct library *library = *state;

	library_expect(library,
		       library_loan_create(library->session, NULL,
					   &(library_loan_new){ .book_id = 99, .reader = "Eve" }),
		       QN_FOREIGN_KEY_VIOLATION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, fill)
		TEST(the_counts_name_every_model_that_lost_rows),
		TEST(a_row_to_which_nothing_refers_counts_alone),
		TEST(a_row_that_is_kept_protects_what_it_refers_to),
		TEST(what_would_go_along_is_protected_too),
		TEST(a_new_row_that_refers_to_none_is_no_protection),
	};

	return cmocka_run_group_tests(tests, library_setup, library_teardown);
}
