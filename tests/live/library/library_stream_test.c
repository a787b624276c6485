/*
 * Streams: the rows of find, in bounded memory, of one moment; and what becomes of one that is not
 * read to its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <malloc.h>

#include "shelf.h"

enum { MANY = 100000, MEMORY_MAX = 2 * 1024 * 1024 };

static void add_authors(struct library *library, unsigned count)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO library_author (name) SELECT 'author ' || lpad(n::text, 8, '0') "
		 "FROM generate_series(1, %u) AS n",
		 count);
	library_execute(library, sql);
}

static library_author_list next_authors(struct library *library, library_author_stream *stream)
{
	library_author_list authors = { .len = SIZE_MAX };

	library_expect(library, library_author_stream_next(stream, &authors), QN_OK);
	return authors;
}

/* How many rows are left, all of which are chunks of this size but the last. */
static size_t read_rest(struct library *library, library_author_stream *stream, size_t chunk_size)
{
	library_author_list authors;
	size_t count = 0;

	while ((authors = next_authors(library, stream)).len) {
		assert_true(!chunk_size || count % chunk_size == 0);
		count += authors.len;
	}
	return count;
}

static void chunks_have_the_rows_of_find_in_their_order(void **state)
{
	struct library *library = *state;
	const library_author_query query = { .where = { .id = QN_NE(500) },
					     .order_by = { -LIBRARY_AUTHOR_ID } };
	library_author_list found;
	library_author_list chunk;
	library_author_stream *stream;
	size_t read = 0;

	add_authors(library, 1000);
	library_expect(library, library_author_find(library->session, &found, &query), QN_OK);
	stream = library_author_each(library->session, &query, 64);
	while ((chunk = next_authors(library, stream)).len) {
		assert_int_equal(chunk.len, found.len - read < 64 ? found.len - read : 64);
		for (size_t i = 0; i < chunk.len; i++, read++) {
			assert_int_equal(chunk.at[i].id, found.at[read].id);
			assert_string_equal(chunk.at[i].name, found.at[read].name);
		}
	}
	assert_int_equal(read, 999);
	assert_int_equal(next_authors(library, stream).len, 0);
	library_author_stream_close(stream);
}

static void the_last_chunk_may_be_a_full_one(void **state)
{
	struct library *library = *state;
	library_author_stream *stream;

	add_authors(library, 30);
	stream = library_author_each(library->session, NULL, 10);
	assert_int_equal(read_rest(library, stream, 10), 30);
	library_author_stream_close(stream);
}

static void a_query_without_rows_is_at_its_end(void **state)
{
	struct library *library = *state;
	library_author_stream *stream = library_author_each(library->session, NULL, 0);

	assert_int_equal(read_rest(library, stream, 0), 0);
	library_author_stream_close(stream);
	library->statements = 0;
	stream = library_author_each(library->session,
				     &(library_author_query){ .limit = QN_LIMIT_NONE }, 0);
	assert_int_equal(read_rest(library, stream, 0), 0);
	assert_int_equal(library->statements, 0);
}

static void the_arguments_may_go_away_once_the_call_returned(void **state)
{
	struct library *library = *state;
	library_tag_query tags = { .where = { .label = QN_EQ("sale") } };
	library_book_query books = { .where = { .title = QN_NE("Beta") }, .limit = 2000 };
	library_book_list chunk;
	library_book_stream *stream;

	books.prefetch_related.tags = &tags;
	stream = library_book_each(library->session, &books, 1);
	memset(&tags, 0xff, sizeof(tags));
	memset(&books, 0xff, sizeof(books));
	library_expect(library, library_book_stream_next(stream, &chunk), QN_OK);
	shelf_titles_are(chunk, "A");
	shelf_labels_are(chunk.at[0].tags, "s");
	library_expect(library, library_book_stream_next(stream, &chunk), QN_OK);
	shelf_titles_are(chunk, "D");
	shelf_labels_are(chunk.at[0].tags, "");
	library_expect(library, library_book_stream_next(stream, &chunk), QN_OK);
	shelf_titles_are(chunk, "G");
	library_book_stream_close(stream);
}

static void book_is(const library_book *book, const library_book *expected)
{
	assert_string_equal(book->title, expected->title);
	assert_string_equal(library_book_author(book)->name, expected->author->name);
	assert_int_equal(!library_book_series(book), !expected->series);
	if (book->series)
		assert_string_equal(book->series->name, expected->series->name);
	assert_int_equal(library_book_tags(book).len, expected->tags.len);
	for (size_t i = 0; i < book->tags.len; i++) {
		assert_string_equal(book->tags.at[i].label, expected->tags.at[i].label);
		assert_int_equal(library_tag_similar(&book->tags.at[i]).len,
				 expected->tags.at[i].similar.len);
	}
	assert_int_equal(library_author_books(book->author).len, expected->author->books.len);
}

static void related_rows_are_loaded_chunk_by_chunk(void **state)
{
	struct library *library = *state;
	const library_book_query query = {
		.select_related.author = AUTHORS(.prefetch_related.books = BOOK_ALL),
		.select_related.series = SERIES_ALL,
		.prefetch_related.tags =
			TAGS(.order_by = { LIBRARY_TAG_ID }, .prefetch_related.similar = TAG_ALL),
	};

	for (size_t size = 1; size <= 5; size++) {
		library_book_list found;
		library_book_list chunk;
		library_book_stream *stream;
		size_t read = 0;

		library_expect(library, library_book_find(library->session, &found, &query), QN_OK);
		stream = library_book_each(library->session, &query, size);
		do {
			library_expect(library, library_book_stream_next(stream, &chunk), QN_OK);
			for (size_t i = 0; i < chunk.len; i++)
				book_is(&chunk.at[i], &found.at[read++]);
		} while (chunk.len);
		assert_int_equal(read, 4);
		library_book_stream_close(stream);
	}
}

/* What malloc has given out; 0 where it does not say. */
static size_t memory_in_use(void)
{
	return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static void a_hundred_thousand_rows_take_the_memory_of_two_chunks(void **state)
{
	struct library *library = *state;
	library_author_list authors;
	library_author_stream *stream;
	size_t before;
	size_t most = 0;
	size_t read = 0;

	add_authors(library, MANY);
	library_expect(library,
		       library_author_find(library->session, &authors,
					   &(library_author_query){ .limit = 1 }),
		       QN_OK);
	before = memory_in_use();
	stream = library_author_each(
		library->session, &(library_author_query){ .order_by = { LIBRARY_AUTHOR_ID } }, 0);
	while ((authors = next_authors(library, stream)).len) {
		size_t now = memory_in_use();

		for (size_t i = 0; i < authors.len; i++)
			assert_int_equal(authors.at[i].id, ++read);
		if (now > before && now - before > most)
			most = now - before;
	}
	assert_int_equal(read, MANY);
	if (most > MEMORY_MAX)
		fail_msg("%zu bytes were in use", most);
	library_author_stream_close(stream);
}

static void a_stream_has_the_rows_of_one_moment(void **state)
{
	struct library *library = *state;
	library_author *author;
	library_author_stream *stream;
	library_author_list first;

	add_authors(library, 500);
	stream = library_author_each(library->session,
				     &(library_author_query){ .order_by = { LIBRARY_AUTHOR_ID } },
				     100);
	first = next_authors(library, stream);
	assert_int_equal(first.len, 100);
	library_execute(library, "DELETE FROM library_author WHERE id > 150");
	/* The session itself goes on, on another connection. */
	library_expect(library,
		       library_author_create(library->session, &author,
					     &(library_author_new){ .name = "late" }),
		       QN_OK);
	library_expect_value(library, "SELECT count(*) FROM library_author", "151");
	assert_string_equal(first.at[99].name, "author 00000100");
	assert_int_equal(read_rest(library, stream, 100), 400);
	library_author_stream_close(stream);
}

static void prefetched_rows_are_of_the_same_moment(void **state)
{
	struct library *library = *state;
	library_author_stream *stream = library_author_each(
		library->session,
		AUTHORS(.order_by = { LIBRARY_AUTHOR_ID }, .prefetch_related.books = BOOK_ALL), 1);
	library_author_list authors = next_authors(library, stream);

	shelf_titles_are(library_author_books(&authors.at[0]), "AB");
	library_execute(library, "DELETE FROM library_book");
	(void)next_authors(library, stream);
	authors = next_authors(library, stream);
	shelf_titles_are(library_author_books(&authors.at[0]), "D");
	library_author_stream_close(stream);
}

static void the_connection_goes_back_with_the_last_chunk(void **state)
{
	struct library *library = *state;
	library_author_stream *stream;

	add_authors(library, 50);
	stream = library_author_each(library->session, NULL, 100);
	assert_int_equal(next_authors(library, stream).len, 50);
	shelf_expect_no_transactions(library);
	assert_int_equal(next_authors(library, stream).len, 0);
	library_author_stream_close(stream);
}

/* A stream in chunks of 16, so many of which are read. */
static library_author_stream *stream_partly_read(struct library *library, unsigned chunks)
{
	library_author_stream *stream = library_author_each(library->session, NULL, 16);

	for (unsigned i = 0; i < chunks; i++)
		assert_int_equal(next_authors(library, stream).len, 16);
	return stream;
}

static void a_stream_that_is_closed_gives_its_connection_back(void **state)
{
	struct library *library = *state;

	add_authors(library, 5000);
	for (unsigned chunks = 0; chunks < 4; chunks++) {
		library_author_stream_close(stream_partly_read(library, chunks));
		shelf_expect_no_transactions(library);
	}
}

static void a_session_that_is_closed_closes_its_streams(void **state)
{
	struct library *library = *state;

	add_authors(library, 5000);
	for (unsigned chunks = 0; chunks < 3; chunks++) {
		assert_non_null(stream_partly_read(library, chunks));
		qn_session_close(library->session);
		assert_int_equal(qn_session_open(library->pool, &library->session), QN_OK);
		shelf_expect_no_transactions(library);
	}
}

static void wrong_queries_are_refused_with_the_first_chunk(void **state)
{
	struct library *library = *state;
	library_author_list authors;
	library_author_stream *stream =
		library_author_each(library->session, &(library_author_query){ .limit = -5 }, 0);

	library->statements = 0;
	library_expect_message(library, library_author_stream_next(stream, &authors), QN_USAGE,
			       "Author: limit -5 is negative");
	library_expect_message(library, library_author_stream_next(stream, &authors), QN_USAGE,
			       "Author: limit -5 is negative");
	assert_int_equal(authors.len, 0);
	library_author_stream_close(stream);
	stream = library_author_each(library->session,
				     &(library_author_query){ .lock = QN_FOR_UPDATE }, 0);
	library_expect_message(library, library_author_stream_next(stream, &authors), QN_USAGE,
			       "Author: a lock lasts as long as its transaction; use it in "
			       "qn_atomic");
	stream = library_author_each(library->session, NULL, SIZE_MAX);
	library_expect(library, library_author_stream_next(stream, &authors), QN_USAGE);
	stream = library_author_each(library->session, NULL, 0);
	library_expect_message(library, library_author_stream_next(stream, NULL), QN_USAGE,
			       "Author: the place for the result is NULL");
	assert_int_equal(library->statements, 0);
	assert_null(library_author_stream_next(NULL, &authors));
	assert_null(library_author_each(NULL, NULL, 0));
}

static void a_query_that_the_server_refuses_says_why(void **state)
{
	struct library *library = *state;
	library_club_list clubs;
	library_club_stream *stream;

	library_execute(library, "ALTER TABLE library_club RENAME COLUMN name TO title");
	stream = library_club_each(library->session, NULL, 0);
	for (unsigned i = 0; i < 2; i++) {
		library_expect(library, library_club_stream_next(stream, &clubs), QN_SCHEMA_DRIFT);
		assert_non_null(strstr(qn_session_error(library->session)->message, "name"));
		assert_non_null(strstr(qn_session_error(library->session)->sql, "SELECT"));
	}
	library_execute(library, "ALTER TABLE library_club RENAME COLUMN title TO name");
	library_club_stream_close(stream);
	stream = library_club_each(library->session, NULL, 0);
	library_expect(library, library_club_stream_next(stream, &clubs), QN_OK);
	assert_int_equal(clubs.len, 2);
	shelf_expect_no_transactions(library);
}

/* Reads chunks until one fails, and says how; `read` is how many rows came before. */
static qn_status read_to_failure(library_author_stream *stream, size_t *read)
{
	library_author_list authors;
	qn_status status;

	*read = 0;
	while ((status = qn_await(library_author_stream_next(stream, &authors))) == QN_OK) {
		assert_true(authors.len > 0);
		*read += authors.len;
	}
	return status;
}

static void an_error_among_the_rows_is_never_their_end(void **state)
{
	struct library *library = *state;
	library_author_list authors;
	library_author_stream *stream;
	size_t read;
	qn_status status;

	add_authors(library, 1000);
	library_execute(library, "CREATE FUNCTION fails(n bigint) RETURNS boolean LANGUAGE sql AS "
				 "'SELECT 1 / (700 - n) IS NOT NULL';"
				 "ALTER TABLE library_author RENAME TO library_author_all;"
				 "CREATE VIEW library_author AS SELECT * FROM library_author_all "
				 "WHERE fails(id)");
	stream = library_author_each(library->session, AUTHORS(.unordered = true), 100);
	status = read_to_failure(stream, &read);
	library_execute(library, "DROP VIEW library_author; DROP FUNCTION fails;"
				 "ALTER TABLE library_author_all RENAME TO library_author");
	assert_true(read < 700);
	assert_int_equal(status, QN_BAD_DATA);
	library_expect(library, library_author_stream_next(stream, &authors), QN_BAD_DATA);
	library_author_stream_close(stream);
	shelf_expect_no_transactions(library);
}

static void a_lost_connection_is_never_the_end(void **state)
{
	struct library *library = *state;
	library_author_list authors;
	library_author_stream *stream;
	size_t read;

	add_authors(library, 1000);
	stream = library_author_each(library->session, NULL, 50);
	assert_int_equal(next_authors(library, stream).len, 50);
	library_execute(library, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
				 "datname = current_database() AND xact_start IS NOT NULL AND "
				 "pid <> pg_backend_pid()");
	assert_int_equal(read_to_failure(stream, &read), QN_CONNECTION_LOST);
	/* What came in advance is there. */
	assert_true(read <= 50);
	library_expect(library, library_author_stream_next(stream, &authors), QN_CONNECTION_LOST);
	library_author_stream_close(stream);
	stream = library_author_each(library->session, NULL, 50);
	assert_int_equal(read_rest(library, stream, 50), 1000);
	library_author_stream_close(stream);
}

/* What a locked table holds up until the test lets it go. */
static PGconn *lock_authors(struct library *library)
{
	PGconn *other = test_server_connect(&library->server);

	assert_non_null(other);
	PQclear(PQexec(other, "BEGIN; LOCK TABLE library_author"));
	assert_int_equal(PQtransactionStatus(other), PQTRANS_INTRANS);
	return other;
}

static void a_chunk_that_is_cancelled_ends_the_stream(void **state)
{
	struct library *library = *state;
	library_author_stream *stream = library_author_each(library->session, NULL, 0);
	PGconn *other = lock_authors(library);
	library_author_list authors;
	qn_op *op = library_author_stream_next(stream, &authors);

	library_expect_message(library, library_author_stream_next(stream, &authors), QN_USAGE,
			       "Author: the chunk before has not come yet; await it first");
	assert_int_equal(qn_sleep(library->session, 20), QN_OK);
	qn_cancel(op);
	library_expect(library, op, QN_CANCELLED);
	library_expect(library, library_author_stream_next(stream, &authors), QN_CANCELLED);
	PQfinish(other);
	library_author_stream_close(stream);
	shelf_expect_no_transactions(library);
}

static void a_chunk_has_a_deadline(void **state)
{
	struct library *library = *state;
	library_author_stream *stream = library_author_each(library->session, NULL, 0);
	PGconn *other = lock_authors(library);
	library_author_list authors;
	qn_op *op = library_author_stream_next(stream, &authors);

	qn_op_set_deadline(op, 30);
	library_expect(library, op, QN_DEADLINE_EXCEEDED);
	library_author_stream_close(stream);
	qn_session_set_deadline(library->session, 30);
	stream = library_author_each(library->session, NULL, 0);
	library_expect(library, library_author_stream_next(stream, &authors), QN_DEADLINE_EXCEEDED);
	qn_session_set_deadline(library->session, 0);
	library_author_stream_close(stream);
	PQfinish(other);
	shelf_expect_no_transactions(library);
}

/* What a stream was left with goes to the server when the loop runs. */
static int settle(void **state)
{
	struct library *library = *state;

	qn_session_close(library->session);
	if (qn_session_open(library->pool, &library->session) != QN_OK)
		return -1;
	shelf_expect_no_transactions(library);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, shelf_fill, settle)
#define BARE(name) cmocka_unit_test_setup_teardown(name, library_clear, settle)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BARE(chunks_have_the_rows_of_find_in_their_order),
		BARE(the_last_chunk_may_be_a_full_one),
		BARE(a_query_without_rows_is_at_its_end),
		TEST(the_arguments_may_go_away_once_the_call_returned),
		TEST(related_rows_are_loaded_chunk_by_chunk),
		BARE(a_hundred_thousand_rows_take_the_memory_of_two_chunks),
		BARE(a_stream_has_the_rows_of_one_moment),
		TEST(prefetched_rows_are_of_the_same_moment),
		BARE(the_connection_goes_back_with_the_last_chunk),
		BARE(a_stream_that_is_closed_gives_its_connection_back),
		BARE(a_session_that_is_closed_closes_its_streams),
		TEST(wrong_queries_are_refused_with_the_first_chunk),
		TEST(a_query_that_the_server_refuses_says_why),
		BARE(an_error_among_the_rows_is_never_their_end),
		BARE(a_lost_connection_is_never_the_end),
		TEST(a_chunk_that_is_cancelled_ends_the_stream),
		TEST(a_chunk_has_a_deadline),
	};

	return cmocka_run_group_tests(tests, library_setup, library_teardown);
}
