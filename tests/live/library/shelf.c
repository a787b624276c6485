#include "shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LETTERS_MAX = 8 };

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
	"INSERT INTO library_book_tags (book_id, tag_id) VALUES (1, 1), (1, 2), (2, 2), (3, 1);"
	"INSERT INTO library_tag_similar VALUES (1, 2), (2, 1);"
	"INSERT INTO library_club (name) VALUES ('chess'), ('go');"
	"INSERT INTO library_membership (club_id, author_id, role, level) VALUES"
	" (1, 1, 'chair', 3), (1, 1, 'member', 1), (1, 2, 'member', 2);";

int shelf_fill(void **state)
{
	struct library *library = *state;

	if (library_clear(state) != 0 || !test_server_execute(&library->server, rows))
		return -1;
	library->statements = 0;
	return 0;
}

void shelf_titles_are(library_book_list books, const char *letters)
{
	char found[LETTERS_MAX] = "";

	for (size_t i = 0; i < books.len && i < sizeof(found) - 1; i++)
		found[i] = books.at[i].title[0];
	assert_string_equal(found, letters);
}

void shelf_labels_are(library_tag_list tags, const char *letters)
{
	char found[LETTERS_MAX] = "";

	for (size_t i = 0; i < tags.len && i < sizeof(found) - 1; i++)
		found[i] = tags.at[i].label[0];
	assert_string_equal(found, letters);
}

void shelf_expect_no_transactions(struct library *library)
{
	char *open;
	unsigned rounds = 0;

	do {
		library_expect(library, qn_sql(library->session, NULL, "SELECT 1", NULL, 0), QN_OK);
		assert_int_equal(qn_sleep(library->session, 1), QN_OK);
		open = test_server_value(&library->server,
					 "SELECT count(*) FROM pg_stat_activity WHERE datname = "
					 "current_database() AND xact_start IS NOT NULL AND "
					 "pid <> pg_backend_pid()");
		assert_non_null(open);
		if (strcmp(open, "0") == 0)
			rounds = 10000;
		free(open);
	} while (++rounds < 10000);
	assert_int_equal(rounds, 10001);
}
