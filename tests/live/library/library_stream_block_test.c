/*
 * Streams beside other work: in transactions, in tasks, and with fewer connections than there are
 * streams.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shelf.h"

enum { TASKS = 300, TASK_ROWS = 100 };

static struct library *library_of(const qn_session *session)
{
	return qn_session_context(session);
}

static int fill(void **state)
{
	struct library *library = *state;

	if (library_clear(state) != 0)
		return -1;
	library_execute(library, "INSERT INTO library_author (name) SELECT 'author ' || "
				 "lpad(n::text, 8, '0') FROM generate_series(1, 100) AS n");
	qn_session_set_context(library->session, library);
	return 0;
}

static void expect_chunk(qn_session *session, library_author_stream *stream, size_t len)
{
	library_author_list authors;

	library_expect(library_of(session), library_author_stream_next(stream, &authors), QN_OK);
	assert_int_equal(authors.len, len);
}

static void expect_failure(qn_session *session, library_author_stream *stream, qn_status status)
{
	library_author_list authors;

	library_expect(library_of(session), library_author_stream_next(stream, &authors), status);
	assert_int_equal(authors.len, 0);
}

/* How many cursors the transaction has open. */
static void expect_cursors(qn_session *session, const char *count)
{
	qn_sql_result result;

	library_expect(library_of(session),
		       qn_sql(session, &result,
			      "SELECT count(*) FROM pg_cursors WHERE name LIKE 'qn\\_%'", NULL, 0),
		       QN_OK);
	assert_string_equal(result.values[0], count);
}

static void run(struct library *library, qn_tx_function *function, void *argument,
		qn_status expected)
{
	assert_int_equal(qn_atomic(library->session, function, argument, NULL), expected);
}

static qn_status read_own_rows(qn_session *session, void *argument)
{
	struct library *library = library_of(session);
	library_author_stream *stream;
	library_author *author;

	(void)argument;
	library_expect(library,
		       library_author_create(session, &author,
					     &(library_author_new){ .name = "zero" }),
		       QN_OK);
	stream = library_author_each(session, NULL, 40);
	expect_chunk(session, stream, 40);
	expect_cursors(session, "1");
	/* A cursor has the rows of its beginning. */
	library_expect(library, library_author_delete(session, author), QN_OK);
	expect_chunk(session, stream, 40);
	expect_chunk(session, stream, 21);
	expect_cursors(session, "0");
	expect_chunk(session, stream, 0);
	library_author_stream_close(stream);
	return QN_OK;
}

static void a_stream_belongs_to_the_transaction_that_it_is_opened_in(void **state)
{
	struct library *library = *state;

	run(library, read_own_rows, NULL, QN_OK);
	library_expect_value(library, "SELECT count(*) FROM library_author", "100");
}

static qn_status lock_rows(qn_session *session, void *argument)
{
	library_author_stream *stream = library_author_each(
		session, &(library_author_query){ .lock = QN_FOR_UPDATE, .skip_locked = true }, 60);

	(void)argument;
	expect_chunk(session, stream, 60);
	library_expect_value(library_of(session),
			     "SELECT count(*) FROM (SELECT 1 FROM library_author "
			     "FOR UPDATE SKIP LOCKED) AS free",
			     "40");
	return QN_OK;
}

static void a_stream_in_a_transaction_locks_its_rows(void **state)
{
	run(*state, lock_rows, NULL, QN_OK);
}

static qn_status close_early(qn_session *session, void *argument)
{
	library_author_stream *first = library_author_each(session, NULL, 40);
	library_author_stream *second = library_author_each(session, NULL, 70);

	(void)argument;
	expect_chunk(session, first, 40);
	expect_chunk(session, second, 70);
	expect_chunk(session, first, 40);
	expect_cursors(session, "2");
	library_author_stream_close(first);
	expect_cursors(session, "1");
	expect_chunk(session, second, 30);
	library_author_stream_close(second);
	return QN_OK;
}

static void streams_in_a_transaction_take_turns(void **state)
{
	run(*state, close_early, NULL, QN_OK);
}

static qn_status close_under_way(qn_session *session, void *argument)
{
	library_author_stream *stream = library_author_each(session, NULL, 40);
	library_author_list authors;
	int64_t count;

	(void)argument;
	qn_detach(library_author_stream_next(stream, &authors));
	library_author_stream_close(stream);
	library_expect(library_of(session), library_author_count(session, &count, NULL), QN_OK);
	assert_int_equal(count, 100);
	return QN_OK;
}

static void a_chunk_under_way_does_not_break_the_transaction_when_it_is_closed(void **state)
{
	run(*state, close_under_way, NULL, QN_OK);
}

static qn_status begin_stream(qn_session *session, void *argument)
{
	library_author_stream **stream = argument;

	*stream = library_author_each(session, NULL, 40);
	expect_chunk(session, *stream, 40);
	return QN_OK;
}

static void a_stream_ends_with_its_transaction(void **state)
{
	struct library *library = *state;
	library_author_stream *stream = NULL;

	run(library, begin_stream, &stream, QN_OK);
	expect_failure(library->session, stream, QN_USAGE);
	assert_string_equal(
		qn_session_error(library->session)->message,
		"the transaction that the stream belongs to has ended; read a stream to "
		"its end in the block that opened it");
	library_author_stream_close(stream);
}

static qn_status begin_and_fail(qn_session *session, void *argument)
{
	(void)begin_stream(session, argument);
	return QN_CANCELLED;
}

static qn_status inner_blocks(qn_session *session, void *argument)
{
	library_author_stream *outer = library_author_each(session, NULL, 40);
	library_author_stream *inner = NULL;

	(void)argument;
	expect_chunk(session, outer, 40);
	assert_int_equal(qn_atomic(session, begin_and_fail, &inner, NULL), QN_CANCELLED);
	expect_failure(session, inner, QN_USAGE);
	assert_int_equal(qn_atomic(session, begin_stream, &inner, NULL), QN_OK);
	expect_chunk(session, inner, 40);
	expect_chunk(session, outer, 40);
	expect_chunk(session, inner, 20);
	expect_chunk(session, outer, 20);
	return QN_OK;
}

static void a_stream_ends_with_the_block_that_is_rolled_back(void **state)
{
	run(*state, inner_blocks, NULL, QN_OK);
}

static qn_status break_it(qn_session *session, void *argument)
{
	library_author_stream *stream = library_author_each(session, NULL, 40);

	(void)argument;
	expect_chunk(session, stream, 40);
	library_expect(library_of(session), qn_sql(session, NULL, "SELECT 1 / 0", NULL, 0),
		       QN_BAD_DATA);
	expect_failure(session, stream, QN_TRANSACTION_BROKEN);
	library_author_stream_close(stream);
	return QN_OK;
}

static void a_broken_transaction_breaks_its_streams(void **state)
{
	run(*state, break_it, NULL, QN_TRANSACTION_BROKEN);
}

static void streams_and_other_work_share_the_connections(void **state)
{
	struct library *library = *state;
	library_author_stream *outer = library_author_each(library->session, NULL, 10);
	library_author_list authors;

	library_expect(library, library_author_stream_next(outer, &authors), QN_OK);
	while (authors.len) {
		library_author_stream *inner = library_author_each(library->session, NULL, 64);

		expect_chunk(library->session, inner, 64);
		expect_chunk(library->session, inner, 36);
		library_author_stream_close(inner);
		run(library, read_own_rows, NULL, QN_OK);
		library_expect(library, library_author_stream_next(outer, &authors), QN_OK);
	}
	library_author_stream_close(outer);
}

/*
 * Even a reading transaction would have a lock. The server's own vacuum may have one, too, and
 * gives way.
 */
static void who_is_told_the_end_may_lock_what_was_read(void **state)
{
	struct library *library = *state;

	for (unsigned round = 0; round < 200; round++) {
		library_author_stream *stream =
			library_author_each(library->session, NULL, 10 + round % 10);
		library_author_list authors;

		do
			library_expect(library, library_author_stream_next(stream, &authors),
				       QN_OK);
		while (authors.len);
		library_expect_value(
			library,
			"SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
			"WHERE relation = 'library_author'::regclass AND "
			"backend_type = 'client backend'",
			"0");
		expect_chunk(library->session, stream, 0);
		library_author_stream_close(stream);
	}
}

static void two_ends_cannot_be_asked_for_at_a_time(void **state)
{
	struct library *library = *state;
	library_author_stream *stream = library_author_each(library->session, NULL, 10);
	library_author_list authors;
	qn_op *end;

	for (unsigned i = 0; i < 10; i++)
		expect_chunk(library->session, stream, 10);
	end = library_author_stream_next(stream, &authors);
	expect_failure(library->session, stream, QN_USAGE);
	library_expect(library, end, QN_OK);
	assert_int_equal(authors.len, 0);
	library_author_stream_close(stream);
}

static void a_stream_may_be_closed_while_its_end_is_asked_for(void **state)
{
	struct library *library = *state;

	for (unsigned chunks = 9; chunks <= 10; chunks++) {
		library_author_stream *stream = library_author_each(library->session, NULL, 11);
		library_author_list authors;

		for (unsigned i = 0; i < 9; i++)
			expect_chunk(library->session, stream, 11);
		if (chunks == 10)
			expect_chunk(library->session, stream, 1);
		qn_detach(library_author_stream_next(stream, &authors));
		library_author_stream_close(stream);
	}
	shelf_expect_no_transactions(library);
}

static void who_waits_in_vain_is_told_of_the_streams(void **state)
{
	struct library *library = *state;
	qn_pool_config config = { .conninfo = test_server_conninfo(&library->server),
				  .max = 1,
				  .acquire_timeout = 50,
				  .no_prepared_statements = test_server_pools_transactions(),
				  .no_pipeline = test_server_pools_transactions() };
	library_author_stream *stream;
	qn_session *session;
	int64_t count;
	qn_pool *pool;

	assert_int_equal(qn_pool_open(&pool, &config), QN_OK);
	assert_int_equal(qn_pool_connect(pool), QN_OK);
	assert_int_equal(qn_session_open(pool, &session), QN_OK);
	qn_session_set_name(session, "export");
	qn_session_set_context(session, library);
	stream = library_author_each(session, NULL, 10);
	expect_chunk(session, stream, 10);
	assert_int_equal(qn_await(library_author_count(session, &count, NULL)), QN_POOL_TIMEOUT);
	if (!strstr(qn_session_error(session)->message, "(session \"export\" of ") ||
	    !strstr(qn_session_error(session)->message, ", in a stream of library.Author)"))
		fail_msg("%s", qn_session_error(session)->message);
	expect_chunk(session, stream, 10);
	qn_session_close(session);
	qn_pool_close(pool);
}

struct counts {
	unsigned rows;
	unsigned tasks;
};

static void read_in_task(qn_session *session, void *argument)
{
	struct counts *counts = argument;
	library_author_stream *stream = library_author_each(session, NULL, 16);
	library_author_list authors;

	do {
		assert_int_equal(qn_await(library_author_stream_next(stream, &authors)), QN_OK);
		counts->rows += (unsigned)authors.len;
	} while (authors.len);
	counts->tasks++;
}

static void more_streams_than_connections_wait_for_each_other(void **state)
{
	struct library *library = *state;
	struct counts counts = { 0 };

	for (unsigned i = 0; i < TASKS; i++)
		assert_int_equal(qn_spawn(library->pool, read_in_task, &counts), QN_OK);
	assert_int_equal(qn_run(library->pool), QN_OK);
	assert_int_equal(counts.tasks, TASKS);
	assert_int_equal(counts.rows, TASKS * TASK_ROWS);
}

/* The same in call-backs. */
struct reader {
	library_author_stream *stream;
	library_author_list authors;
	unsigned rows;
	bool is_done;
};

static void on_chunk(qn_op *op, void *context)
{
	struct reader *reader = context;

	assert_int_equal(qn_op_status(op), QN_OK);
	reader->rows += (unsigned)reader->authors.len;
	if (reader->authors.len) {
		assert_int_equal(
			qn_then(library_author_stream_next(reader->stream, &reader->authors),
				on_chunk, reader),
			QN_OK);
		return;
	}
	reader->is_done = true;
	library_author_stream_close(reader->stream);
}

static void call_backs_read_streams_too(void **state)
{
	struct library *library = *state;
	struct reader reader = { .stream = library_author_each(library->session, NULL, 7) };

	assert_int_equal(qn_then(library_author_stream_next(reader.stream, &reader.authors),
				 on_chunk, &reader),
			 QN_OK);
	assert_int_equal(qn_run(library->pool), QN_OK);
	assert_true(reader.is_done);
	assert_int_equal(reader.rows, 100);
}

#define TEST(name) cmocka_unit_test_setup(name, fill)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stream_belongs_to_the_transaction_that_it_is_opened_in),
		TEST(a_stream_in_a_transaction_locks_its_rows),
		TEST(streams_in_a_transaction_take_turns),
		TEST(a_chunk_under_way_does_not_break_the_transaction_when_it_is_closed),
		TEST(a_stream_ends_with_its_transaction),
		TEST(a_stream_ends_with_the_block_that_is_rolled_back),
		TEST(a_broken_transaction_breaks_its_streams),
		TEST(streams_and_other_work_share_the_connections),
		TEST(who_is_told_the_end_may_lock_what_was_read),
		TEST(two_ends_cannot_be_asked_for_at_a_time),
		TEST(a_stream_may_be_closed_while_its_end_is_asked_for),
		TEST(who_waits_in_vain_is_told_of_the_streams),
		TEST(more_streams_than_connections_wait_for_each_other),
		TEST(call_backs_read_streams_too),
	};

	return cmocka_run_group_tests(tests, library_setup, library_teardown);
}
