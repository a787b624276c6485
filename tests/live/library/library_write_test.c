/*
 * Writing which rows are related: add, set, remove, clear, create.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "library.h"

static const char rows[] =
	"INSERT INTO library_author (name) VALUES ('Ann'), ('Bob');"
	"INSERT INTO library_book (title, author_id, changed_at) SELECT t, 1, '2001-01-01' FROM"
	" unnest(ARRAY['Alpha', 'Beta', 'Gamma']) AS t;"
	"INSERT INTO library_tag (label) VALUES ('new'), ('sale'), ('rare');"
	"INSERT INTO library_club (name) VALUES ('Rooks');";

#define LINKS                                                                                      \
	"SELECT coalesce(string_agg(book_id || '-' || tag_id, ' ' ORDER BY book_id, tag_id), '') " \
	"FROM library_book_tags"
#define SIMILAR                                                                                  \
	"SELECT coalesce(string_agg(from_tag_id || '-' || to_tag_id, ' ' ORDER BY from_tag_id, " \
	"to_tag_id), '') FROM library_tag_similar"
#define EDITORS "SELECT string_agg(coalesce(editor_id, 0)::text, ' ' ORDER BY id) FROM library_book"
#define MEMBERS                                                                                   \
	"SELECT coalesce(string_agg(club_id || '-' || author_id || '-' || role || '-' || level, " \
	"' ' ORDER BY id), '') FROM library_membership"

static int fill(void **state)
{
	return library_clear(state) == 0 &&
			       test_server_execute(&((struct library *)*state)->server, rows)
		       ? 0
		       : -1;
}

static library_book *get_book(struct library *library, int64_t id)
{
	library_book *book;

	library_expect(library,
		       library_book_get(library->session, &book,
					&(library_book_where){ .id = QN_EQ(id) }),
		       QN_OK);
	return book;
}

#define TAGS(...) ((library_tag[]){ __VA_ARGS__ })

static void add_links_what_is_not_linked_in_one_statement(void **state)
{
	struct library *library = *state;
	library_book *book = get_book(library, 1);

	library->statements = 0;
	library_expect(library,
		       library_book_tags_add(library->session, book, TAGS({ .id = 1 }, { .id = 2 }),
					     2),
		       QN_OK);
	library_expect_value(library, LINKS, "1-1 1-2");
	library_expect(library,
		       library_book_tags_add(library->session, book,
					     TAGS({ .id = 2 }, { .id = 3 }, { .id = 3 }), 3),
		       QN_OK);
	library_expect_value(library, LINKS, "1-1 1-2 1-3");
	assert_int_equal(library->statements, 2);
	library_expect(library, library_book_tags_add(library->session, book, NULL, 0), QN_OK);
	assert_int_equal(library->statements, 2);
}

static void a_key_that_no_row_has_links_nothing(void **state)
{
	struct library *library = *state;
	library_book *book = get_book(library, 1);

	library_expect(library,
		       library_book_tags_add(library->session, book, TAGS({ .id = 1 }, { .id = 9 }),
					     2),
		       QN_FOREIGN_KEY_VIOLATION);
	library_expect_value(library, LINKS, "");
}

static void remove_unlinks_and_does_not_mind_what_is_not_linked(void **state)
{
	struct library *library = *state;
	library_book *book = get_book(library, 2);

	library_execute(library, "INSERT INTO library_book_tags VALUES (1, 1), (2, 1), (2, 2)");
	library_expect(library,
		       library_book_tags_remove(library->session, book,
						TAGS({ .id = 1 }, { .id = 3 }), 2),
		       QN_OK);
	library_expect_value(library, LINKS, "1-1 2-2");
}

static void set_leaves_exactly_these_in_one_statement(void **state)
{
	struct library *library = *state;
	library_book *book = get_book(library, 1);

	library_execute(library, "INSERT INTO library_book_tags VALUES (1, 1), (1, 2), (2, 1)");
	library->statements = 0;
	library_expect(library,
		       library_book_tags_set(library->session, book, TAGS({ .id = 2 }, { .id = 3 }),
					     2),
		       QN_OK);
	library_expect_value(library, LINKS, "1-2 1-3 2-1");
	assert_int_equal(library->statements, 1);
	library_expect(library, library_book_tags_set(library->session, book, NULL, 0), QN_OK);
	library_expect_value(library, LINKS, "2-1");
}

static void clear_unlinks_all_of_one_row(void **state)
{
	struct library *library = *state;
	library_book *book = get_book(library, 1);

	library_execute(library, "INSERT INTO library_book_tags VALUES (1, 1), (1, 2), (2, 1)");
	library_expect(library, library_book_tags_clear(library->session, book), QN_OK);
	library_expect_value(library, LINKS, "2-1");
}

static void create_adds_a_row_and_links_it_in_one_statement(void **state)
{
	struct library *library = *state;
	library_book *book = get_book(library, 2);
	library_tag *tag;

	library->statements = 0;
	library_expect(library,
		       library_book_tags_create(library->session, &tag, book,
						&(library_tag_new){ .label = "loud" }),
		       QN_OK);
	assert_int_equal(tag->id, 4);
	assert_string_equal(tag->label, "loud");
	library_expect_value(library, LINKS, "2-4");
	library_expect(library,
		       library_book_tags_create(library->session, NULL, book,
						&(library_tag_new){ .label = "low" }),
		       QN_OK);
	library_expect_value(library, LINKS, "2-4 2-5");
	assert_int_equal(library->statements, 2);
	library_expect(library,
		       library_book_tags_create(library->session, &tag, book,
						&(library_tag_new){ .label = "low" }),
		       QN_UNIQUE_VIOLATION);
	assert_null(tag);
	library_expect_value(library, LINKS, "2-4 2-5");
}

static void the_reverse_side_writes_the_same_links(void **state)
{
	struct library *library = *state;
	library_tag tag = { .id = 2 };

	library_expect(library,
		       library_tag_books_add(library->session, &tag,
					     (library_book[]){ { .id = 1 }, { .id = 3 } }, 2),
		       QN_OK);
	library_expect_value(library, LINKS, "1-2 3-2");
	library_expect(library,
		       library_tag_books_set(library->session, &tag, &(library_book){ .id = 3 }, 1),
		       QN_OK);
	library_expect_value(library, LINKS, "3-2");
}

static void a_symmetrical_relation_is_written_both_ways(void **state)
{
	struct library *library = *state;
	library_tag tag = { .id = 1 };

	library_expect(library,
		       library_tag_similar_add(library->session, &tag,
					       TAGS({ .id = 2 }, { .id = 3 }), 2),
		       QN_OK);
	library_expect_value(library, SIMILAR, "1-2 1-3 2-1 3-1");
	library_expect(library,
		       library_tag_similar_set(library->session, &(library_tag){ .id = 3 },
					       TAGS({ .id = 2 }), 1),
		       QN_OK);
	library_expect_value(library, SIMILAR, "1-2 2-1 2-3 3-2");
	library_expect(library,
		       library_tag_similar_remove(library->session, &(library_tag){ .id = 2 },
						  TAGS({ .id = 1 }), 1),
		       QN_OK);
	library_expect_value(library, SIMILAR, "2-3 3-2");
	library_expect(library,
		       library_tag_similar_create(library->session, NULL, &tag,
						  &(library_tag_new){ .label = "odd" }),
		       QN_OK);
	library_expect_value(library, SIMILAR, "1-4 2-3 3-2 4-1");
	library_expect(library,
		       library_tag_similar_clear(library->session, &(library_tag){ .id = 3 }),
		       QN_OK);
	library_expect_value(library, SIMILAR, "1-4 4-1");
}

static void a_declared_link_takes_its_own_columns_and_defaults(void **state)
{
	struct library *library = *state;
	library_club club = { .id = 1 };
	library_author authors[] = { { .id = 1 }, { .id = 2 } };

	library_expect(library, library_club_members_add(library->session, &club, authors, 1, NULL),
		       QN_OK);
	library_expect_value(library, MEMBERS, "1-1-member-0");
	library_expect(library,
		       library_club_members_add(library->session, &club, authors, 2,
						&(library_membership_new){ .role = QN_SET("guest"),
									   .level = QN_SET(3) }),
		       QN_OK);
	/* A link that is there stays as it is. */
	library_expect_value(library, MEMBERS, "1-1-member-0 1-2-guest-3");
	library_execute(library,
			"INSERT INTO library_membership (club_id, author_id) VALUES (1, 2)");
	library_expect(library,
		       library_club_members_remove(library->session, &club, &authors[1], 1), QN_OK);
	library_expect_value(library, MEMBERS, "1-1-member-0");
	library_expect(
		library,
		library_club_members_create(library->session, NULL, &club,
					    &(library_author_new){ .name = "Cid" },
					    &(library_membership_new){ .role = QN_SET("chair") }),
		QN_OK);
	library_expect_value(library, MEMBERS, "1-1-member-0 1-3-chair-0");
}

static void add_makes_rows_refer_to_this_one(void **state)
{
	struct library *library = *state;
	library_author bob = { .id = 2 };

	library_expect(library,
		       library_author_edited_add(library->session, &bob,
						 (library_book[]){ { .id = 1 }, { .id = 3 } }, 2),
		       QN_OK);
	library_expect_value(library, EDITORS, "2 0 2");
	/* What every update sets is set. */
	library_expect_value(
		library, "SELECT count(*)::text FROM library_book WHERE changed_at > '2002-01-01'",
		"2");
	library_expect_message(
		library,
		library_author_edited_add(library->session, &bob,
					  (library_book[]){ { .id = 2 }, { .id = 9 } }, 2),
		QN_NOT_FOUND,
		"Author: 1 of the rows are not there, or not related; nothing was written");
	library_expect_value(library, EDITORS, "2 0 2");
}

static void remove_takes_only_rows_that_refer_to_this_one(void **state)
{
	struct library *library = *state;
	library_author bob = { .id = 2 };

	library_execute(library, "UPDATE library_book SET editor_id = 2 WHERE id < 3");
	library_expect(library,
		       library_author_edited_remove(library->session, &bob,
						    (library_book[]){ { .id = 1 }, { .id = 3 } },
						    2),
		       QN_NOT_FOUND);
	library_expect_value(library, EDITORS, "2 2 0");
	library_expect(library,
		       library_author_edited_remove(library->session, &bob,
						    &(library_book){ .id = 1 }, 1),
		       QN_OK);
	library_expect_value(library, EDITORS, "0 2 0");
}

static void set_and_clear_let_the_other_rows_refer_to_none(void **state)
{
	struct library *library = *state;
	library_author bob = { .id = 2 };

	library_execute(library, "UPDATE library_book SET editor_id = 2 WHERE id < 3");
	library->statements = 0;
	library_expect(library,
		       library_author_edited_set(library->session, &bob,
						 (library_book[]){ { .id = 2 }, { .id = 3 } }, 2),
		       QN_OK);
	assert_int_equal(library->statements, 1);
	library_expect_value(library, EDITORS, "0 2 2");
	library_expect(library,
		       library_author_edited_set(library->session, &bob,
						 (library_book[]){ { .id = 1 }, { .id = 9 } }, 2),
		       QN_NOT_FOUND);
	library_expect_value(library, EDITORS, "0 2 2");
	library_expect(library, library_author_edited_clear(library->session, &bob), QN_OK);
	library_expect_value(library, EDITORS, "0 0 0");
}

static void a_key_of_two_columns_is_written_whole(void **state)
{
	struct library *library = *state;
	library_series *series;

	library_expect(library,
		       library_series_create(library->session, &series,
					     &(library_series_new){ .publisher = "Owl",
								    .number = 1,
								    .name = "N" }),
		       QN_OK);
	library_expect(library,
		       library_series_books_set(library->session, series,
						(library_book[]){ { .id = 2 }, { .id = 1 } }, 2),
		       QN_OK);
	library_expect_value(library,
			     "SELECT string_agg(series_publisher || series_number, ' ' ORDER BY id)"
			     " FROM library_book",
			     "Owl1 Owl1");
	library_expect(library, library_series_books_clear(library->session, series), QN_OK);
	library_expect_value(library,
			     "SELECT count(*)::text FROM library_book WHERE series_number IS NULL "
			     "AND series_publisher IS NULL",
			     "3");
}

static void a_relation_that_was_written_counts_as_not_loaded(void **state)
{
	struct library *library = *state;
	library_book *book = get_book(library, 1);

	library_expect(library,
		       library_book_load_related(library->session, book, 1,
						 &(library_book_related){
							 .tags = &(library_tag_query){ 0 } }),
		       QN_OK);
	assert_true(library_book_is_loaded(book, LIBRARY_BOOK_TAGS));
	library_expect(library, library_book_tags_add(library->session, book, TAGS({ .id = 1 }), 1),
		       QN_OK);
	assert_false(library_book_is_loaded(book, LIBRARY_BOOK_TAGS));
}

static void what_makes_no_sense_is_refused_before_it_is_sent(void **state)
{
	struct library *library = *state;
	library_book book = { .id = 1 };

	library->statements = 0;
	library_expect_message(library,
			       library_book_tags_add(library->session, NULL, TAGS({ .id = 1 }), 1),
			       QN_USAGE, "Book: the row is NULL");
	library_expect_message(library, library_book_tags_add(library->session, &book, NULL, 2),
			       QN_USAGE, "Book: 2 related rows have no address");
	library_expect_message(library,
			       library_book_tags_create(library->session, NULL, &book, NULL),
			       QN_USAGE,
			       "Book: the values are NULL; an empty struct takes all defaults");
	library_expect_message(library,
			       library_series_books_add(library->session, &(library_series){ 0 },
							&(library_book){ .id = 1 }, 1),
			       QN_INVALID_VALUE, "Series.publisher: is required; give it a value");
	library_expect_message(
		library,
		qn_relation_add(library->session,
				&(qn_relation_write){ .model = &library_book_model,
						      .row = &book,
						      .relation = LIBRARY_BOOK_TITLE }),
		QN_USAGE, "Book: 2 is not a relation; use the constants of the model's field enum");
	library_expect(library,
		       qn_relation_add(library->session,
				       &(qn_relation_write){ .model = &library_book_model,
							     .row = &book,
							     .relation = INT32_MIN }),
		       QN_USAGE);
	library_expect_message(
		library,
		qn_relation_clear(library->session,
				  &(qn_relation_write){ .model = &library_book_model,
							.row = &book,
							.relation = LIBRARY_BOOK_AUTHOR }),
		QN_USAGE, "Book: author cannot be written this way");
	library_expect_message(library,
			       library_book_save_fields(library->session, &book,
							(library_book_field[]){ LIBRARY_BOOK_TAGS },
							1),
			       QN_USAGE,
			       "Book: save_fields takes fields, not the relation tags; save the "
			       "foreign key's own fields, or use the functions of the relation");
	assert_int_equal(library->statements, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, fill)
		TEST(add_links_what_is_not_linked_in_one_statement),
		TEST(a_key_that_no_row_has_links_nothing),
		TEST(remove_unlinks_and_does_not_mind_what_is_not_linked),
		TEST(set_leaves_exactly_these_in_one_statement),
		TEST(clear_unlinks_all_of_one_row),
		TEST(create_adds_a_row_and_links_it_in_one_statement),
		TEST(the_reverse_side_writes_the_same_links),
		TEST(a_symmetrical_relation_is_written_both_ways),
		TEST(a_declared_link_takes_its_own_columns_and_defaults),
		TEST(add_makes_rows_refer_to_this_one),
		TEST(remove_takes_only_rows_that_refer_to_this_one),
		TEST(set_and_clear_let_the_other_rows_refer_to_none),
		TEST(a_key_of_two_columns_is_written_whole),
		TEST(a_relation_that_was_written_counts_as_not_loaded),
		TEST(what_makes_no_sense_is_refused_before_it_is_sent),
	};

	return cmocka_run_group_tests(tests, library_setup, library_teardown);
}
