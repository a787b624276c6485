#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "session/commit_lookup.h"
#include "session/inside.h"
#include "session/stream.h"
#include "session/transaction.h"

enum {
	FREE_OPS_MAX = 1024,
	FREE_BYTES_MAX = 16 * 1024, /* of one buffer that a free op keeps */
	OP_ARENA_CHUNK = 1024,
	FIRST_PARAMETERS = 16,
	PARAMETERS_MAX = 65535,
	PARAMETER_BYTES_MAX = 0x3fff0000, /* of one message, less what stands around the values */
};

#define DEFAULT_DEADLINE 60000

static void op_link(qn_session *session, struct qn_op *op)
{
	op->previous = session->last_op;
	if (session->last_op)
		session->last_op->next = op;
	else
		session->first_op = op;
	session->last_op = op;
}

static void op_unlink(struct qn_op *op)
{
	qn_session *session = op->session;

	if (op->previous)
		op->previous->next = op->next;
	else
		session->first_op = op->next;
	if (op->next)
		op->next->previous = op->previous;
	else
		session->last_op = op->previous;
	op->next = NULL;
	op->previous = NULL;
}

struct qn_op *op_obtain(qn_session *session, const qn_model *model)
{
	struct session_room *room = session->room;
	struct qn_op *op = room->free_ops;

	if (op) {
		room->free_ops = op->next;
		room->free_op_count--;
		memset(op, 0, offsetof(struct qn_op, wire));
	} else {
		op = calloc(1, sizeof(*op));
		if (!op)
			return NULL;
		arena_init(&op->arena, OP_ARENA_CHUNK, NULL);
	}
	op->session = session;
	op->model = model;
	return op;
}

struct qn_op *op_make(qn_session *session, const qn_model *model)
{
	struct qn_op *op = op_obtain(session, model);

	if (op)
		op_link(session, op);
	return op;
}

struct qn_op *op_new(qn_session *session, const qn_model *model)
{
	return session->closed ? NULL : op_make(session, model);
}

void op_free(struct qn_op *op)
{
	if (op->parts)
		parts_free(op);
	buf_free(&op->wire);
	free(op->offsets);
	free(op->values);
	free(op->lengths);
	free(op->formats);
	arena_free(&op->arena);
	free(op);
}

void op_recycle(struct qn_op *op)
{
	struct session_room *room = op->session->room;

	op->state = OP_TAKEN;
	if (op->parts)
		parts_recycle(op);
	if (room->free_op_count >= FREE_OPS_MAX || op->parameter_capacity > FREE_BYTES_MAX) {
		op_free(op);
		return;
	}
	if (op->wire.capacity > FREE_BYTES_MAX)
		buf_free(&op->wire);
	else
		buf_clear(&op->wire);
	arena_clear_to(&op->arena, FREE_BYTES_MAX);
	op->parameter_count = 0;
	op->next = room->free_ops;
	room->free_ops = op;
	room->free_op_count++;
}

bool op_parameters_grow(struct qn_op *op)
{
	size_t capacity = op->parameter_capacity ? op->parameter_capacity * 2 : FIRST_PARAMETERS;
	size_t *offsets = realloc(op->offsets, capacity * sizeof(*offsets));
	const char **values = realloc(op->values, capacity * sizeof(*values));
	int *lengths = realloc(op->lengths, capacity * sizeof(*lengths));
	int *formats = realloc(op->formats, capacity * sizeof(*formats));

	/* Those that could grow have moved, even if another could not. */
	if (offsets)
		op->offsets = offsets;
	if (values)
		op->values = values;
	if (lengths)
		op->lengths = lengths;
	if (formats)
		op->formats = formats;
	if (!offsets || !values || !lengths || !formats) {
		op->wire.failed = true;
		return false;
	}
	op->parameter_capacity = capacity;
	return true;
}

bool op_copy_parameters(struct qn_op *op, const struct qn_op *from)
{
	size_t start = op->wire.len;

	buf_add_bytes(&op->wire, from->wire.at, from->wire.len);
	for (size_t i = 0; i < from->parameter_count; i++) {
		size_t offset = from->offsets[i];
		size_t to = op->parameter_count;

		if (to == op->parameter_capacity && !op_parameters_grow(op))
			return false;
		op->offsets[to] = offset == OP_PARAMETER_NULL ? offset : start + offset;
		op->lengths[to] = from->lengths[i];
		op->formats[to] = from->formats[i];
		op->parameter_count++;
	}
	return !op->wire.failed;
}

static void op_bind(struct qn_op *op)
{
	for (size_t i = 0; i < op->parameter_count; i++)
		op->values[i] =
			op->offsets[i] == OP_PARAMETER_NULL ? NULL : op->wire.at + op->offsets[i];
	op->request.values = op->values;
	op->request.lengths = op->lengths;
	op->request.formats = op->formats;
}

uint64_t session_deadline(const qn_session *session, uint64_t now)
{
	uint64_t milliseconds = session->deadline;

	if (milliseconds == 0)
		milliseconds = pool_config(session->room->pool)->deadline;
	if (milliseconds == 0)
		milliseconds = DEFAULT_DEADLINE;
	return now + milliseconds * QN_MILLISECOND;
}

void op_complete_deferred(struct qn_op *op)
{
	if (op->state == OP_QUEUED && op->parts)
		op_complete(op, parts_conclude(op->parts));
	else if (op->state == OP_QUEUED || (op->state == OP_DONE && op->callback))
		op_complete(op, op->status);
}

static void op_run_deferred(struct deferred *deferred)
{
	struct qn_op *op = (struct qn_op *)((char *)deferred - offsetof(struct qn_op, deferred));

	op_complete_deferred(op);
}

void op_complete_later(struct qn_op *op)
{
	op->deferred.run = op_run_deferred;
	pool_defer(op->session->room->pool, &op->deferred);
}

static void op_abandoned_completed(struct qn_op *op, struct outcome *outcome);

static void op_break_transaction(struct qn_op *op)
{
	if (op->request.flags & REQUEST_BEGIN)
		transaction_not_begun(op->transaction, op);
	else
		transaction_break(op->transaction, op->error.status);
}

static void op_request_completed(struct request *request, struct outcome *outcome)
{
	struct qn_op *op = (struct qn_op *)((char *)request - offsetof(struct qn_op, request));
	qn_status status;

	op->submitted = false;
	op->is_answered = outcome->result != NULL;
	op->backend_pid = outcome->backend_pid;
	if (op->abandoned) {
		op_abandoned_completed(op, outcome);
		return;
	}
	if (outcome->status == QN_OK) {
		if (outcome->result)
			op->row_count = (uint64_t)outcome_row_count(outcome);
		status = op->finish ? op->finish(op, outcome) : QN_OK;
	} else {
		op_error_from_outcome(op, outcome);
		if (op->explain)
			op->explain(op);
		status = op->error.status;
		op_break_transaction(op);
	}
	if (op->parts)
		parts_completed(op, status);
	else
		op_complete(op, status);
}

void op_check(struct qn_op *op)
{
	if (op->wire.failed)
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory for the parameters");
	if (op->wire.len > PARAMETER_BYTES_MAX)
		op_refuse(op, QN_INVALID_VALUE, NULL,
			  "the parameters take %zu bytes; the server takes 1 GB in one message",
			  op->wire.len);
	if (op->parameter_count > PARAMETERS_MAX)
		op_refuse(op, QN_INVALID_VALUE, NULL,
			  "%zu parameters; the server takes %d in one statement: use an array",
			  op->parameter_count, PARAMETERS_MAX);
	if (!op->is_control)
		transaction_refuse(op->transaction, op);
}

void op_send(struct qn_op *op, uint64_t deadline)
{
	qn_session *session = op->session;
	struct session_room *room = session->room;
	qn_status status;

	op_bind(op);
	op->request.lane = &session->lane;
	op->request.deadline = deadline;
	op->request.submitted_at = op->started_at;
	op->request.completed = op_request_completed;
	op->submitted = true;
	status = pool_submit(room->pool, &op->request);
	room->refusals = status == QN_POOL_CLOSED ? room->refusals + 1 : 0;
	if (status != QN_OK) {
		op->submitted = false;
		op_refuse(op, status, NULL, "%s", qn_status_text(status));
		if (!op->is_aside)
			op_break_transaction(op);
		return;
	}
	if (op->transaction && !op->is_control && !(op->request.flags & REQUEST_READ))
		commit_lookup_follow(op->transaction, op->started_at);
}

struct qn_op *op_submit(struct qn_op *op)
{
	uint64_t now = pool_now(op->session->room->pool);

	return op_submit_at(op, now, session_deadline(op->session, now));
}

struct qn_op *op_submit_at(struct qn_op *op, uint64_t now, uint64_t deadline)
{
	qn_session *session = op->session;
	struct session_room *room = session->room;

	op->state = OP_QUEUED;
	op->started_at = now;
	op->transaction = transaction_current(session);
	session->statements++;
	room->operations++;
	op_check(op);
	if (!op->refused && op->request.statement)
		op_send(op, deadline);
	else if (!op->refused && op->parts && parts_start(op->parts))
		return op;
	if (!op->submitted)
		op_complete_later(op);
	return op;
}

void op_complete_with(struct qn_op *op, qn_status status)
{
	op->status = status;
}

static void op_log(struct qn_op *op, bool nobody_waits)
{
	qn_pool *pool = op->session->room->pool;
	const qn_pool_config *config = pool_config(pool);
	uint64_t microseconds;
	qn_log_entry entry;

	if (!config->log)
		return;
	microseconds = (pool_now(pool) - op->started_at) / 1000;
	entry = (qn_log_entry){
		.event = QN_LOG_QUERY,
		.status = op->status,
		.message = op->failed ? op->error.message : "",
		.sql = op->request.statement ? op->request.statement->sql : "",
		.model = op->model ? op->model->name : "",
		.sqlstate = op->failed ? op->error.sqlstate : "",
		.microseconds = microseconds,
		.rows = op->row_count,
		.backend_pid = op->backend_pid,
	};
	if (nobody_waits) {
		entry.event = QN_LOG_DETACHED_FAILED;
		pool_log(pool, &entry);
		return;
	}
	pool_log(pool, &entry);
	if (config->slow_query && microseconds >= (uint64_t)config->slow_query * 1000) {
		entry.event = QN_LOG_SLOW_QUERY;
		pool_log(pool, &entry);
	}
}

static void op_uncount(struct qn_op *op)
{
	if (!op->started)
		op->session->statements--;
	op->session->room->operations--;
}

void op_record(struct qn_op *op, qn_status status)
{
	op->is_recorded = true;
	op->status = status;
	if (status != QN_OK)
		op_error_default(op, status);
	pool_count_operation(op->session->room->pool, status != QN_OK);
	if (op->request.statement)
		op_log(op, false);
}

/* The first part of completing: the books. */
static void op_settle(struct qn_op *op, qn_status status)
{
	op->state = OP_DONE;
	op->status = status;
	if (status != QN_OK)
		op_error_default(op, status);
	op_uncount(op);
	if (!op->is_recorded)
		op_record(op, status);
	if (op->stream)
		op->stream->settled(op->stream, op);
}

static void op_call_back(struct qn_op *op)
{
	struct session_room *room = op->session->room;

	/* A statement of transaction control calls back into this folder. */
	room->calling_back += !op->is_control;
	op->callback(op, op->context);
	room->calling_back -= !op->is_control;
}

/* The second: whoever has asked gets the status. Nobody: it waits in the session. */
void op_deliver(struct qn_op *op)
{
	struct session_room *room = op->session->room;
	struct waiter *waiter = op->waiting;
	qn_status status = op->status;

	if (op->state == OP_HELD || (!waiter && !op->callback && !op->detached))
		return;
	if (status != QN_OK && !op->is_control)
		session_set_error(session_outermost(op->session), &op->error);
	op_unlink(op);
	op->state = OP_TAKEN;
	if (op->callback)
		op_call_back(op);
	else if (op->detached && !op->is_control && status != QN_OK)
		op_log(op, true);
	if (op->submitted) {
		op->abandoned = true;
		op->session->abandoned++;
	} else {
		op_recycle(op);
	}
	if (waiter)
		waiter_wake(room, waiter, status);
}

void op_complete(struct qn_op *op, qn_status status)
{
	qn_session *session = op->session;

	session_enter(session);
	if (op->state == OP_QUEUED)
		op_settle(op, status);
	op_deliver(op);
	if (session->transaction)
		transaction_advance(session);
	session_leave(session);
}

void op_hold(struct qn_op *op)
{
	op->state = OP_HELD;
}

void op_release(struct qn_op *op)
{
	qn_session *session = op->session;

	session_enter(session);
	op->state = OP_DONE;
	op_deliver(op);
	session_leave(session);
}

void op_close(struct qn_op *op)
{
	if (op->state == OP_NEW) {
		op_unlink(op);
		op_recycle(op);
		return;
	}
	if (op->deferred.queued)
		pool_undefer(op->session->room->pool, &op->deferred);
	if (op->started)
		transaction_drop(op->started);
	if (op->state == OP_QUEUED && op->detached && op->submitted) {
		/* It runs on by itself; only what it would have loaded has no home any more. */
		op_uncount(op);
		op_unlink(op);
		op->abandoned = true;
		op->session->abandoned++;
		return;
	}
	if (op->parts)
		parts_abandon(op->parts);
	if (op->state == OP_QUEUED)
		op_settle(op, QN_CANCELLED);
	if (op->state == OP_HELD) {
		op->status = QN_CANCELLED;
		op_error_default(op, QN_CANCELLED);
	}
	op->state = OP_DONE;
	if (!op->waiting && !op->callback)
		op->detached = true;
	/* Nothing to report: closing the session says that nobody is interested. */
	if (op->detached)
		op->status = QN_OK;
	op_deliver(op);
}

/* The session is closed, and this was all that the pool still had of it, or a part. */
static void op_abandoned_completed(struct qn_op *op, struct outcome *outcome)
{
	qn_session *session = op->session;

	if (op->detached && !op->is_control && !op->cancelled && outcome->status != QN_OK) {
		op_error_from_outcome(op, outcome);
		op->status = op->error.status;
		op_log(op, true);
	}
	if (op->is_control && (op->request.flags & REQUEST_END) && outcome->status != QN_OK)
		pool_abandon(session->room->pool, &session->lane);
	op_recycle(op);
	session->abandoned--;
	session_collect(session);
}
