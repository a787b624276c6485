/*
 * Arbitrary bytes as the server's answers, to libpq and all that stands on it: connections, the
 * pool, sessions, rows. On a virtual clock: every operation completes exactly once, and not after
 * its deadline; nothing is left behind.
 *
 * An input is a byte of settings, and then what happens, by its first byte:
 *   00-7f  so many bytes are said
 *   80-ef  one message is said: its type, the length of its body, its body
 *   f0-f7  time passes
 *   f8-ff  a client is hung up on, an operation is cancelled or started, a session is closed, the pool drains
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte_server.h"
#include "loop/loop_virtual.h"
#include "pool/pool_state.h"
#include "quern.h"
#include "thing.h"

enum { SESSIONS = 4, CALLS_MAX = 16, STEPS_MAX = 64, DEADLINE_MS = 4000 };

#define MILLISECOND UINT64_C(1000000)

enum setting { GREETS = 1, NO_PIPELINE = 2, NO_PREPARED = 4, RESETS = 8 };

struct call {
	qn_op *op;
	unsigned ends;
	uint64_t due;
	const struct fuzz *fuzz;
};

struct fuzz {
	struct loop_virtual loop;
	struct wire wire;
	struct byte_server server;
	qn_pool *pool;
	qn_session *sessions[SESSIONS];
	struct call calls[CALLS_MAX];
	size_t call_count;
	const uint8_t *at;
	const uint8_t *end;
	/* where results go */
	test_thing_list list;
	test_thing *row;
	int64_t count;
	qn_sql_result result;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static unsigned take(struct fuzz *fuzz)
{
	return fuzz->at < fuzz->end ? *fuzz->at++ : 0;
}

/* --- operations --- */

/* A deadline is kept within the time in which a connection is given up, and a cancel sent. */
static void call_ended(qn_op *op, void *context)
{
	struct call *call = context;

	call->ends++;
	must(call->ends == 1, "an operation ends once");
	must(op == call->op, "a call-back is of its operation");
	must(call->fuzz->loop.now <= call->due + 2 * CONN_GRACE, "a deadline is kept");
	must(qn_op_status(op) == QN_OK || qn_op_error(op)->message[0] != '\0',
	     "a failure has a reason");
}

static void call_start(struct fuzz *fuzz, qn_op *op)
{
	struct call *call = &fuzz->calls[fuzz->call_count++];

	*call = (struct call){ .op = op,
			       .due = fuzz->loop.now + DEADLINE_MS * MILLISECOND,
			       .fuzz = fuzz };
	must(qn_then(op, call_ended, call) == QN_OK, "an operation is waited for");
}

static void block_ended(qn_op *op, void *context)
{
	(void)context;
	(void)qn_tx_finish(qn_op_session(op), qn_op_status(op));
}

static void block_run(qn_session *session, void *argument)
{
	struct fuzz *fuzz = argument;
	qn_op *op;

	qn_detach(qn_model_update_all(session, &test_thing_model, NULL,
				      &(test_thing_changes){ .count = QN_SET(1) }));
	op = qn_model_count(session, &test_thing_model, &fuzz->count, NULL);
	must(qn_then(op, block_ended, NULL) == QN_OK, "an operation is waited for");
}

static qn_op *op_start(struct fuzz *fuzz, qn_session *session, unsigned which)
{
	static const char *const parameters[] = { "1", NULL };
	static const test_thing_query query = { .only = { TEST_THING_NAME, TEST_THING_PRICE,
							  TEST_THING_TAGS } };

	switch (which % 6) {
	case 0:
		return qn_sql(session, &fuzz->result, "select $1, $2", parameters, 2);
	case 1:
		return qn_model_find(session, &test_thing_model, &fuzz->list, &query);
	case 2:
		return qn_model_create(session, &test_thing_model, &fuzz->row,
				       &(test_thing_new){ .name = "x" });
	case 3:
		return qn_atomic_start(session, block_run, fuzz, NULL);
	case 4:
		return qn_model_get(session, &test_thing_model, &fuzz->row,
				    &(test_thing_where){ .id = QN_EQ(1) });
	default:
		return qn_model_delete_where(session, &test_thing_model, &fuzz->count,
					     &(test_thing_where){ .name = QN_EQ("x") });
	}
}

/* A block inside of a block would be finished by the other one's call-backs. */
static void fuzz_start_call(struct fuzz *fuzz, unsigned which)
{
	qn_session *session = fuzz->sessions[which / 6 % SESSIONS];

	if (!session || fuzz->call_count == CALLS_MAX ||
	    (which % 6 == 3 && qn_in_transaction(session)))
		return;
	call_start(fuzz, op_start(fuzz, session, which));
}

static void fuzz_cancel(struct fuzz *fuzz, size_t which)
{
	struct call *call = &fuzz->calls[which % fuzz->call_count];

	if (!call->ends)
		qn_cancel(call->op);
}

static void fuzz_close_session(struct fuzz *fuzz, size_t which)
{
	qn_session_close(fuzz->sessions[which]);
	fuzz->sessions[which] = NULL;
}

/* --- the run --- */

static void fuzz_settle(struct fuzz *fuzz)
{
	loop_virtual_settle(&fuzz->loop);
	must(byte_server_turn(&fuzz->server), "clients are bounded");
	loop_virtual_settle(&fuzz->loop);
}

static void fuzz_pass(struct fuzz *fuzz, uint64_t milliseconds)
{
	for (uint64_t passed = 0; passed < milliseconds; passed += 200) {
		fuzz_settle(fuzz);
		loop_virtual_pass(&fuzz->loop, 200 * MILLISECOND);
	}
	fuzz_settle(fuzz);
}

static size_t take_length(struct fuzz *fuzz, size_t len)
{
	size_t left = (size_t)(fuzz->end - fuzz->at);

	return len < left ? len : left;
}

static void happen_rarely(struct fuzz *fuzz, unsigned kind)
{
	switch (kind) {
	case 0xf8:
	case 0xf9:
		byte_client_close(byte_server_client(&fuzz->server, kind & 1));
		break;
	case 0xfa:
	case 0xfb:
		fuzz_cancel(fuzz, take(fuzz));
		break;
	case 0xfc:
		fuzz_close_session(fuzz, take(fuzz) % SESSIONS);
		break;
	case 0xfd:
		(void)qn_pool_drain(fuzz->pool, 1000);
		break;
	default:
		fuzz_start_call(fuzz, take(fuzz));
		break;
	}
}

static void happen(struct fuzz *fuzz)
{
	unsigned kind = take(fuzz);
	struct byte_client *client = byte_server_client(&fuzz->server, kind & 1);
	uint8_t type;
	size_t len;

	if (kind >= 0xf8) {
		happen_rarely(fuzz, kind);
	} else if (kind >= 0xf0) {
		fuzz_pass(fuzz, 200 * (kind - 0xf0));
	} else if (kind >= 0x80) {
		type = (uint8_t)take(fuzz);
		len = take_length(fuzz, take(fuzz));
		byte_client_tell(client, type, fuzz->at, len);
		fuzz->at += len;
	} else {
		len = take_length(fuzz, kind);
		byte_client_say(client, fuzz->at, len);
		fuzz->at += len;
	}
}

/* --- set up and taken down --- */

static unsigned socket_ready(void *context, int fd, unsigned wanted)
{
	struct pollfd waiting = { .fd = fd,
				  .events = (short)((wanted & QN_READABLE ? POLLIN : 0) |
						    (wanted & QN_WRITABLE ? POLLOUT : 0)) };

	(void)context;
	if (poll(&waiting, 1, 0) <= 0)
		return 0;
	if (waiting.revents & (POLLHUP | POLLERR))
		return wanted;
	return (waiting.revents & POLLIN ? (unsigned)QN_READABLE : 0) |
	       (waiting.revents & POLLOUT ? (unsigned)QN_WRITABLE : 0);
}

/* The real one would wait for a server in another thread. */
static bool cancel_at_once(struct wire_cancel *cancel)
{
	(void)cancel;
	return true;
}

static void fuzz_open(struct fuzz *fuzz, unsigned settings)
{
	char conninfo[128];
	qn_pool_config config = { .conninfo = conninfo,
				  .max = 2,
				  .pipeline_depth = 4,
				  .statement_cache = 2,
				  .acquire_timeout = 3000,
				  .connect_timeout = 1000,
				  .deadline = DEADLINE_MS,
				  .no_pipeline = settings & NO_PIPELINE,
				  .no_prepared_statements = settings & NO_PREPARED,
				  .loop = loop_virtual_hooks(),
				  .loop_context = &fuzz->loop };

	loop_virtual_init(&fuzz->loop);
	fuzz->loop.ready = socket_ready;
	fuzz->wire = wire_libpq;
	fuzz->wire.cancel_run = cancel_at_once;
	must(byte_server_init(&fuzz->server), "there is a socket");
	fuzz->server.greets = settings & GREETS;
	snprintf(conninfo, sizeof(conninfo), "host=%s port=5432 user=u password=p dbname=d",
		 fuzz->server.host);
	must(pool_open_on(&fuzz->pool, &config, &fuzz->wire, NULL) == QN_OK, "the pool opens");
	for (size_t i = 0; i < SESSIONS; i++)
		must(qn_session_open(fuzz->pool, &fuzz->sessions[i]) == QN_OK, "a session opens");
}

static void fuzz_close(struct fuzz *fuzz)
{
	qn_pool_stats stats;

	qn_pool_read_stats(fuzz->pool, &stats);
	must(stats.connections + stats.opening <= 2, "the pool keeps to its bounds");
	for (size_t i = 0; i < fuzz->call_count; i++)
		must(fuzz->calls[i].ends == 1, "every operation ends");
	for (size_t i = 0; i < SESSIONS; i++)
		fuzz_close_session(fuzz, i);
	qn_pool_close(fuzz->pool);
	loop_virtual_settle(&fuzz->loop);
	must(fuzz->loop.watch_count == 0, "no descriptor is watched any more");
	must(fuzz->loop.timer_count == 0, "no timer runs any more");
	must(byte_server_release(&fuzz->server), "every connection is closed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz *fuzz;
	unsigned settings;

	if (!size)
		return 0;
	fuzz = calloc(1, sizeof(*fuzz));
	must(fuzz != NULL, "there is memory");
	fuzz->at = data;
	fuzz->end = data + size;
	settings = take(fuzz);
	fuzz_open(fuzz, settings);
	fuzz_start_call(fuzz, settings >> 4);
	fuzz_settle(fuzz);
	for (size_t i = 0; i < STEPS_MAX && fuzz->at < fuzz->end; i++) {
		happen(fuzz);
		fuzz_settle(fuzz);
	}
	if (settings & RESETS)
		while (byte_server_client(&fuzz->server, 0))
			byte_client_close(byte_server_client(&fuzz->server, 0));
	fuzz_pass(fuzz, 2 * DEADLINE_MS);
	fuzz_close(fuzz);
	free(fuzz);
	return 0;
}
