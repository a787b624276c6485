/*
 * Loaded rows as JSON, with what was loaded beside them; the server reads the texts back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "library.h"

static const char rows[] =
	"INSERT INTO library_author (name, mentor_id) VALUES ('Ann \"A\"', NULL), ('Bob', 1);"
	"INSERT INTO library_book (title, year, author_id, editor_id, changed_at) VALUES"
	" ('Alpha', 2001, 1, 2, '2001-02-03 04:05:06.7+00'), ('Beta', NULL, 1, NULL, '2002-01-01+00');"
	"INSERT INTO library_tag (label) VALUES ('new'), ('sale');"
	"INSERT INTO library_book_tags VALUES (1, 1), (1, 2);";

static int fill(void **state)
{
	return library_clear(state) == 0 &&
			       test_server_execute(&((struct library *)*state)->server, rows)
		       ? 0
		       : -1;
}

static void assert_server_reads(struct library *library, const qn_buffer *text)
{
	char sql[4096];

	assert_in_range(snprintf(sql, sizeof(sql), "SELECT jsonb_typeof($json$%s$json$::jsonb)",
				 text->at),
			1, sizeof(sql) - 1);
	library_expect_value(library, sql, "array");
}

static void rows_hold_their_fields_and_nothing_that_was_not_loaded(void **state)
{
	struct library *library = *state;
	library_book_list books;
	qn_buffer text = { 0 };

	library_expect(library, library_book_find(library->session, &books, NULL), QN_OK);
	library->statements = 0;
	assert_int_equal(library_book_list_to_json(&text, &books), QN_OK);
	assert_string_equal(
		text.at,
		"[{\"id\":1,\"title\":\"Alpha\",\"year\":2001,\"author_id\":1,\"editor_id\":2,"
		"\"series_publisher\":null,\"series_number\":null,"
		"\"changed_at\":\"2001-02-03T04:05:06.7+00:00\"},"
		"{\"id\":2,\"title\":\"Beta\",\"year\":null,\"author_id\":1,\"editor_id\":null,"
		"\"series_publisher\":null,\"series_number\":null,"
		"\"changed_at\":\"2002-01-01T00:00:00+00:00\"}]");
	assert_server_reads(library, &text);
	assert_int_equal(library->statements, 0);
	qn_buffer_free(&text);
}

static void related_rows_are_nested_where_they_were_loaded(void **state)
{
	struct library *library = *state;
	library_book_list books;
	qn_buffer text = { 0 };

	library_expect(
		library,
		library_book_find(
			library->session, &books,
			&(library_book_query){
				.only = { LIBRARY_BOOK_TITLE },
				.select_related = { .author =
							    &(library_author_query){
								    .only = { LIBRARY_AUTHOR_NAME } },
						    .editor =
							    &(library_author_query){
								    .only = { LIBRARY_AUTHOR_NAME } } },
				.prefetch_related.tags = &(
					library_tag_query){ .order_by = { LIBRARY_TAG_LABEL } } }),
		QN_OK);
	assert_int_equal(library_book_list_to_json(&text, &books), QN_OK);
	assert_string_equal(
		text.at,
		"[{\"id\":1,\"title\":\"Alpha\",\"author_id\":1,\"editor_id\":2,\"author\":{\"id\":1,\"name\":\"Ann "
		"\\\"A\\\"\"},\"editor\":{\"id\":2,\"name\":\"Bob\"},\"tags\":[{\"id\":1,"
		"\"label\":\"new\"},{\"id\":2,\"label\":\"sale\"}]},{\"id\":2,\"title\":"
		"\"Beta\",\"author_id\":1,\"editor_id\":null,\"author\":{\"id\":1,\"name\":\"Ann \\\"A\\\"\"},\"editor\":null,"
		"\"tags\":[]}]");
	assert_server_reads(library, &text);
	qn_buffer_free(&text);
}

static void rows_that_contain_each_other_are_refused(void **state)
{
	struct library *library = *state;
	library_author_list authors;
	library_author *ann;
	qn_buffer text = { 0 };

	library_expect(library, library_author_find(library->session, &authors, NULL), QN_OK);
	library_expect(library,
		       library_author_load_related(
			       library->session, authors.at, authors.len,
			       &(library_author_related){ .mentor = &(library_author_query){ 0 } }),
		       QN_OK);
	ann = &authors.at[0];
	ann->mentor = ann;
	assert_int_equal(library_author_to_json(&text, ann), QN_USAGE);
	assert_string_equal(text.problem, "rows of library.Author are nested more than 32 deep");
	assert_int_equal(text.len, 0);
	qn_buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, fill)
		TEST(rows_hold_their_fields_and_nothing_that_was_not_loaded),
		TEST(related_rows_are_nested_where_they_were_loaded),
		TEST(rows_that_contain_each_other_are_refused),
	};

	return cmocka_run_group_tests(tests, library_setup, library_teardown);
}
