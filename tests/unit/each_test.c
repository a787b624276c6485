/*
 * Streams over a fake server: whatever ends one at whatever step, what came is the beginning of the
 * rows, only the end says that it is the end, and nothing stays open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "load_rig.h"
#include "scarce_memory.h"
#include "session/stream.h"

enum { ROWS = 10, CHUNK = 3, STEPS_MAX = 40 };

/* The server's cursor, of the one stream that a test has open. */
static struct {
	unsigned next;   /* row */
	unsigned runs;   /* statements of the server */
	unsigned strike; /* after so many of them something happens */
	bool has_struck;
} cursor;

static PGresult *answer_rows(unsigned count)
{
	PGresult *result = load_make_result(2);

	for (int row = 0; row < (int)count && cursor.next < ROWS; row++) {
		load_set_number(result, row, 0, ++cursor.next);
		assert_true(PQsetvalue(result, row, 1, NULL, -1));
	}
	return result;
}

static PGresult *answer(struct fake_server *server, const char *sql)
{
	PGresult *result = NULL;

	(void)server;
	scarce_memory_pause();
	if (strncmp(sql, "DECLARE", 7) == 0)
		cursor.next = 0;
	if (strncmp(sql, "FETCH ", 6) == 0)
		result = answer_rows((unsigned)strtoul(sql + 6, NULL, 10));
	scarce_memory_resume();
	return result;
}

static void count_run(struct wire_link *link, const char *sql)
{
	(void)sql;
	if (++cursor.runs == cursor.strike)
		link->server->is_held = true;
}

static struct rig *begin_with(unsigned strike, const qn_pool_config *config)
{
	struct rig *rig = rig_new(config);

	memset(&cursor, 0, sizeof(cursor));
	cursor.strike = strike;
	rig->server.answer = answer;
	rig->server.ran = count_run;
	rig->server.is_slow = strike != 0;
	return rig;
}

static struct rig *begin(unsigned strike)
{
	return begin_with(strike, NULL);
}

/* A program that reads a stream to its end. */
struct reader {
	qn_stream *stream;
	qn_op *op;
	node_list list;
	unsigned read;
	unsigned ends;  /* QN_OK without rows */
	unsigned fails; /* chunks that failed */
	qn_status status;
	bool goes_on; /* it asks for the next chunk */
};

static void ask(struct reader *reader);

static void on_chunk(qn_op *op, void *context)
{
	struct reader *reader = context;

	reader->op = NULL;
	reader->status = qn_op_status(op);
	if (reader->status != QN_OK) {
		assert_true(qn_op_error(op)->message[0]);
		assert_int_equal(reader->list.len, 0);
		reader->fails++;
		return;
	}
	for (size_t i = 0; i < reader->list.len; i++)
		assert_int_equal(reader->list.at[i].id, ++reader->read);
	if (!reader->list.len)
		reader->ends++;
	else if (reader->goes_on)
		ask(reader);
}

static void ask(struct reader *reader)
{
	reader->op = qn_stream_next(reader->stream, &reader->list);
	if (qn_then(reader->op, on_chunk, reader) != QN_OK) {
		reader->status = QN_OUT_OF_MEMORY;
		reader->fails++;
	}
}

static void read_all(struct reader *reader, qn_session *session)
{
	*reader = (struct reader){ .goes_on = true };
	reader->stream = qn_model_each(session, &node_model, NULL, CHUNK);
	ask(reader);
}

static void assert_whole(const struct reader *reader)
{
	assert_int_equal(reader->status, QN_OK);
	assert_int_equal(reader->read, ROWS);
	assert_int_equal(reader->ends, 1);
	assert_int_equal(reader->fails, 0);
}

/* The rows that came are the first ones, and it failed; or it came to its end. */
static void assert_no_false_end(const struct reader *reader)
{
	assert_int_equal(reader->ends + reader->fails, 1);
	if (reader->ends)
		assert_whole(reader);
	else
		assert_true(reader->read % CHUNK == 0 || reader->read == ROWS);
}

/* Nothing is left of it on the server, and another stream works. */
static void assert_works(struct rig *rig, qn_session *session)
{
	struct reader reader;

	rig->server.is_held = false;
	cursor.strike = 0;
	rig_settle(rig);
	read_all(&reader, session);
	rig_settle(rig);
	assert_whole(&reader);
	qn_stream_close(reader.stream);
	rig_settle(rig);
	for (size_t i = 0; i < rig->server.link_count; i++)
		assert_true(!rig->server.links[i]->is_open ||
			    rig->server.links[i]->transaction == 'I');
}

static void it_is_read_to_its_end(void **state)
{
	struct rig *rig = begin(0);
	qn_session *session = load_open_session(rig);
	struct reader reader;

	(void)state;
	read_all(&reader, session);
	rig_settle(rig);
	assert_whole(&reader);
	assert_int_equal(fake_server_count(&rig->server, "DECLARE qn_stream_"), 1);
	assert_int_equal(fake_server_count(&rig->server, "FETCH 3 FROM qn_stream_"), 4);
	assert_int_equal(fake_server_count(&rig->server, "E COMMIT"), 1);
	/* The end stays the end. */
	ask(&reader);
	rig_settle(rig);
	assert_int_equal(reader.ends, 2);
	assert_works(rig, session);
	qn_session_close(session);
	rig_free(rig);
}

/* Back-pressure: one chunk in advance, and no more. */
static void no_more_than_one_chunk_is_asked_for_in_advance(void **state)
{
	struct rig *rig = begin(0);
	qn_session *session = load_open_session(rig);
	struct reader reader = { 0 };

	(void)state;
	reader.stream = qn_model_each(session, &node_model, NULL, CHUNK);
	rig_settle(rig);
	assert_int_equal(cursor.runs, 0);
	for (unsigned i = 1; i <= 3; i++) {
		ask(&reader);
		rig_settle(rig);
		assert_int_equal(reader.read, (size_t)i * CHUNK);
		assert_int_equal(fake_server_count(&rig->server, "FETCH"), i + 1);
	}
	qn_session_close(session);
	rig_settle(rig);
	rig_free(rig);
}

static void first_statements_share_a_flush(void **state)
{
	struct rig *rig = begin(0);
	qn_session *session = load_open_session(rig);
	struct reader reader = { 0 };
	size_t flushes;

	(void)state;
	assert_works(rig, session);
	flushes = rig->server.flushes;
	reader.stream = qn_model_each(session, &node_model, NULL, (size_t)2 * ROWS);
	ask(&reader);
	rig_settle(rig);
	assert_int_equal(reader.read, ROWS);
	/* BEGIN, DECLARE and FETCH, then COMMIT. */
	assert_int_equal(rig->server.flushes - flushes, 2);
	qn_session_close(session);
	rig_free(rig);
}

typedef void disaster(struct rig *rig, qn_session *session, struct reader *reader);

static void lose_connection(struct rig *rig, qn_session *session, struct reader *reader)
{
	(void)session;
	(void)reader;
	for (size_t i = 0; i < rig->server.link_count; i++)
		if (rig->server.links[i]->is_open)
			fake_link_terminate(rig->server.links[i], "57P01", "the server goes");
}

static void cancel(struct rig *rig, qn_session *session, struct reader *reader)
{
	(void)session;
	qn_cancel(reader->op);
	rig_pass(rig, 100 * RIG_SECOND);
}

static void pass_deadline(struct rig *rig, qn_session *session, struct reader *reader)
{
	(void)session;
	qn_op_set_deadline(reader->op, 50);
	rig_pass(rig, 100 * RIG_SECOND);
}

static void close_stream(struct rig *rig, qn_session *session, struct reader *reader)
{
	bool was_waiting = reader->op != NULL;

	(void)rig;
	(void)session;
	qn_stream_close(reader->stream);
	reader->stream = NULL;
	if (was_waiting)
		assert_int_equal(reader->status, QN_CANCELLED);
}

static void close_session(struct rig *rig, qn_session *session, struct reader *reader)
{
	(void)rig;
	qn_session_close(session);
	reader->stream = NULL;
}

/* Strikes at each moment at which the server has run so many statements. */
static void strike_everywhere_with(disaster *strikes, const qn_pool_config *config)
{
	bool was_struck = true;

	for (unsigned step = 1; was_struck && step < STEPS_MAX; step++) {
		struct rig *rig = begin_with(step, config);
		qn_session *session = load_open_session(rig);
		struct reader reader;

		read_all(&reader, session);
		rig_settle(rig);
		was_struck = rig->server.is_held;
		if (was_struck && reader.op)
			strikes(rig, session, &reader);
		rig->server.is_held = false;
		cursor.strike = 0;
		rig_settle(rig);
		assert_no_false_end(&reader);
		if (strikes == close_session && was_struck && !reader.stream)
			session = load_open_session(rig);
		if (reader.stream)
			qn_stream_close(reader.stream);
		assert_works(rig, session);
		qn_session_close(session);
		rig_free(rig);
	}
	assert_false(was_struck);
}

/* Also as behind a pooler: one statement in flight, so that others wait. */
static void strike_everywhere(disaster *strikes)
{
	strike_everywhere_with(strikes, NULL);
	strike_everywhere_with(strikes, &(qn_pool_config){ .no_pipeline = true });
}

static void a_lost_connection_is_a_failure_at_each_step(void **state)
{
	(void)state;
	strike_everywhere(lose_connection);
}

static void it_can_be_cancelled_at_each_step(void **state)
{
	(void)state;
	strike_everywhere(cancel);
}

static void a_chunk_has_its_deadline_at_each_step(void **state)
{
	(void)state;
	strike_everywhere(pass_deadline);
}

static void it_can_be_closed_at_each_step(void **state)
{
	(void)state;
	strike_everywhere(close_stream);
}

static void its_session_can_be_closed_at_each_step(void **state)
{
	(void)state;
	strike_everywhere(close_session);
}

/* A chunk that is closed under way calls back from there, and may close the session. */
static void close_all(qn_op *op, void *context)
{
	struct reader *reader = context;

	reader->status = qn_op_status(op);
	qn_stream_close(reader->stream);
	qn_session_close(qn_op_session(op));
}

static void the_call_back_of_a_closed_stream_may_close_everything(void **state)
{
	struct rig *rig = begin(2);
	qn_session *session = load_open_session(rig);
	struct reader reader = { 0 };

	(void)state;
	reader.stream = qn_model_each(session, &node_model, NULL, CHUNK);
	reader.op = qn_stream_next(reader.stream, &reader.list);
	assert_int_equal(qn_then(reader.op, close_all, &reader), QN_OK);
	rig_settle(rig);
	assert_true(rig->server.is_held);
	assert_ptr_equal(qn_op_session(reader.op), session);
	qn_stream_close(reader.stream);
	assert_int_equal(reader.status, QN_CANCELLED);
	session = load_open_session(rig);
	assert_works(rig, session);
	qn_session_close(session);
	rig_free(rig);
}

static void streams_of_a_session_are_no_sessions_of_the_program(void **state)
{
	struct rig *rig = begin(0);
	qn_session *session = load_open_session(rig);
	struct reader reader = { 0 };
	qn_mark mark = qn_session_mark(session);

	(void)state;
	reader.stream = qn_model_each(session, &node_model, NULL, CHUNK);
	ask(&reader);
	rig_settle(rig);
	assert_int_equal(rig_stats(rig).sessions, 1);
	/* The chunks are not in its memory. */
	assert_int_equal(qn_session_release(session, mark), QN_OK);
	assert_int_equal(reader.list.at[0].id, 1);
	/* The pool closes them with the session that was forgotten. */
	rig_close(rig);
	rig_free(rig);
}

/* A child that closes the pool frees the memory, and leaves the server alone. */
static void a_child_drops_the_streams_of_its_parent(void **state)
{
	struct rig *rig = begin(0);
	qn_session *session = load_open_session(rig);
	struct reader reader = { 0 };
	int ended;
	pid_t child;

	(void)state;
	reader.stream = qn_model_each(session, &node_model, NULL, CHUNK);
	ask(&reader);
	rig_settle(rig);
	child = fork();
	if (child == 0) {
		qn_pool_close(rig->pool);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_int_equal(ended, 0);
	ask(&reader);
	rig_settle(rig);
	assert_int_equal(reader.read, 2 * CHUNK);
	qn_session_close(session);
	rig_free(rig);
}

static void it_fails_once_for_each_shortage_of_memory(void **state)
{
	(void)state;
	for (size_t number = 0;; number++) {
		struct rig *rig = begin(0);
		qn_session *session = load_open_session(rig);
		struct reader reader;

		scarce_memory_begin(number, SCARCE_ONCE);
		read_all(&reader, session);
		rig_settle(rig);
		scarce_memory_end();
		/* The pool may try again to connect. */
		rig_pass(rig, 100 * RIG_SECOND);
		assert_no_false_end(&reader);
		qn_stream_close(reader.stream);
		assert_works(rig, session);
		qn_session_close(session);
		rig_free(rig);
		if (!scarce_memory_has_failed())
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_read_to_its_end),
		cmocka_unit_test(no_more_than_one_chunk_is_asked_for_in_advance),
		cmocka_unit_test(first_statements_share_a_flush),
		cmocka_unit_test(a_lost_connection_is_a_failure_at_each_step),
		cmocka_unit_test(it_can_be_cancelled_at_each_step),
		cmocka_unit_test(a_chunk_has_its_deadline_at_each_step),
		cmocka_unit_test(it_can_be_closed_at_each_step),
		cmocka_unit_test(its_session_can_be_closed_at_each_step),
		cmocka_unit_test(the_call_back_of_a_closed_stream_may_close_everything),
		cmocka_unit_test(streams_of_a_session_are_no_sessions_of_the_program),
		cmocka_unit_test(a_child_drops_the_streams_of_its_parent),
		cmocka_unit_test(it_fails_once_for_each_shortage_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
