#include "session/parts.h"

#include "session/inside.h"
#include "session/transaction.h"

struct op_parts *op_parts_begin(struct qn_op *whole)
{
	struct op_parts *parts = arena_alloc(&whole->arena, sizeof(*parts));

	if (!parts)
		return NULL;
	parts->whole = whole;
	whole->parts = parts;
	return parts;
}

struct qn_op *op_new_part(struct qn_op *whole, const qn_model *model)
{
	struct op_parts *parts = whole->parts;
	struct qn_op *part = op_obtain(whole->session, model);
	struct qn_op **last = &parts->first;

	if (!part)
		return NULL;
	while (*last)
		last = &(*last)->next;
	*last = part;
	part->parts = parts;
	part->loads_into = whole->loads_into;
	return part;
}

bool op_parts_failed(const struct qn_op *whole)
{
	return whole->parts->failed || whole->cancelled;
}

static bool parts_are_busy(const struct op_parts *parts)
{
	bool busy = parts->whole->submitted;

	for (const struct qn_op *part = parts->first; part && !busy; part = part->next)
		busy = part->submitted;
	return busy;
}

void parts_cancel(struct op_parts *parts)
{
	qn_pool *pool = parts->whole->session->room->pool;

	if (parts->whole->submitted)
		pool_cancel(pool, &parts->whole->request);
	for (struct qn_op *part = parts->first; part; part = part->next) {
		if (!part->submitted)
			continue;
		part->cancelled = true;
		pool_cancel(pool, &part->request);
	}
}

void parts_set_deadline(struct op_parts *parts, uint64_t deadline)
{
	qn_pool *pool = parts->whole->session->room->pool;

	parts->whole->request.deadline = deadline;
	if (parts->whole->submitted)
		pool_set_deadline(pool, &parts->whole->request, deadline);
	for (struct qn_op *part = parts->first; part; part = part->next) {
		part->request.deadline = deadline;
		if (part->submitted)
			pool_set_deadline(pool, &part->request, deadline);
	}
}

static void parts_fail(struct op_parts *parts, struct qn_op *op)
{
	if (parts->failed)
		return;
	parts->failed = op;
	parts_cancel(parts);
}

void op_submit_part(struct qn_op *part)
{
	struct op_parts *parts = part->parts;
	struct qn_op *whole = parts->whole;
	qn_session *session = part->session;

	part->state = OP_QUEUED;
	part->started_at = pool_now(session->room->pool);
	part->transaction = transaction_current(session);
	if (whole->cancelled)
		op_refuse(part, QN_CANCELLED, NULL, "%s", qn_status_text(QN_CANCELLED));
	op_check(part);
	if (!part->refused)
		op_send(part, whole->request.deadline);
	if (!part->refused)
		return;
	op_record(part, part->status);
	parts_fail(parts, part);
}

bool parts_start(struct op_parts *parts)
{
	struct qn_op *whole = parts->whole;

	if (!parts->start)
		return false;
	whole->request.deadline = session_deadline(whole->session, whole->started_at);
	parts->start(whole);
	return parts_are_busy(parts);
}

qn_status parts_conclude(struct op_parts *parts)
{
	struct qn_op *whole = parts->whole;
	const struct qn_op *failed = parts->failed;

	if (whole->refused)
		return whole->status;
	/* What was still to be sent was not, even if no statement failed. */
	if (whole->cancelled && !failed)
		return op_fail(whole, QN_CANCELLED, NULL, "%s", qn_status_text(QN_CANCELLED));
	if (!failed) {
		parts->done(whole);
		return QN_OK;
	}
	if (failed != whole) {
		whole->failed = true;
		whole->error = failed->error;
	}
	return failed->status;
}

void parts_completed(struct qn_op *op, qn_status status)
{
	struct op_parts *parts = op->parts;
	qn_session *session = op->session;

	session_enter(session);
	op_record(op, status);
	if (status != QN_OK)
		parts_fail(parts, op);
	if (!parts_are_busy(parts))
		op_complete(parts->whole, parts_conclude(parts));
	session_leave(session);
}

void parts_abandon(struct op_parts *parts)
{
	qn_session *session = parts->whole->session;
	struct qn_op **place = &parts->first;

	while (*place) {
		struct qn_op *part = *place;

		if (!part->submitted) {
			place = &part->next;
			continue;
		}
		*place = part->next;
		part->next = NULL;
		part->parts = NULL;
		part->abandoned = true;
		session->abandoned++;
	}
}

static struct qn_op *parts_take(struct qn_op *op)
{
	struct op_parts *parts = op->parts;
	struct qn_op *first = parts->whole == op ? parts->first : NULL;

	op->parts = NULL;
	for (struct qn_op *part = first; part; part = part->next)
		part->parts = NULL;
	return first;
}

void parts_recycle(struct qn_op *op)
{
	struct qn_op *part = parts_take(op);

	while (part) {
		struct qn_op *next = part->next;

		op_recycle(part);
		part = next;
	}
}

void parts_free(struct qn_op *op)
{
	struct qn_op *part = parts_take(op);

	while (part) {
		struct qn_op *next = part->next;

		op_free(part);
		part = next;
	}
}
