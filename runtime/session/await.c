/* What a program does with an operation. */
#include "session/inside.h"
#include "session/transaction.h"

qn_status qn_await(qn_op *op)
{
	struct session_room *room;
	struct waiter waiter = { 0 };
	const char *reason;
	qn_status status;

	if (!op)
		return QN_OUT_OF_MEMORY;
	room = op->session->room;
	reason = room_cannot_wait(room);
	if (!reason && (op->waiting || op->callback || op->detached))
		reason = "qn_await: somebody else takes the result of this operation already";
	if (reason)
		return session_fail(qn_op_session(op), QN_USAGE, "%s", reason);
	/* cppcheck-suppress autoVariables ; op_deliver, or this function at its end, takes it back */
	op->waiting = &waiter;
	if (op->state == OP_DONE) {
		op_deliver(op);
		return waiter.status;
	}
	waiter.task = room->running;
	status = waiter_wait(room, &waiter);
	if (status == QN_OK)
		return waiter.status;
	op->waiting = NULL;
	return session_fail(qn_op_session(op), status,
			    "qn_await: the loop cannot be run here; use qn_then");
}

qn_status qn_then(qn_op *op, qn_callback *callback, void *context)
{
	if (!op)
		return QN_OUT_OF_MEMORY;
	if (!callback || op->waiting || op->callback || op->detached)
		return session_fail(
			qn_op_session(op), QN_USAGE,
			"qn_then: there is no call-back, or the result is taken already");
	op->callback = callback;
	op->context = context;
	if (op->state == OP_DONE)
		op_complete_later(op);
	return QN_OK;
}

void qn_cancel(qn_op *op)
{
	if (!op || op->cancelled || op->state != OP_QUEUED)
		return;
	op->cancelled = true;
	if (op->submitted)
		pool_cancel(op->session->room->pool, &op->request);
	else if (op->started)
		transaction_cancel(op->started);
	else if (op->parts)
		parts_cancel(op->parts);
}

void qn_detach(qn_op *op)
{
	if (!op || op->waiting || op->callback || op->detached)
		return;
	op->detached = true;
	if (op->state == OP_DONE)
		op_deliver(op);
}

void qn_op_set_deadline(qn_op *op, uint32_t milliseconds)
{
	qn_pool *pool;
	uint64_t deadline;

	if (!op || (!op->submitted && !op->parts))
		return;
	pool = op->session->room->pool;
	deadline = pool_now(pool) + milliseconds * QN_MILLISECOND;
	if (op->parts)
		parts_set_deadline(op->parts, deadline);
	else
		pool_set_deadline(pool, &op->request, deadline);
}

qn_status qn_op_status(const qn_op *op)
{
	return op ? op->status : QN_OUT_OF_MEMORY;
}

const qn_error *qn_op_error(const qn_op *op)
{
	return op && op->failed && op->status != QN_OK ? &op->error : &error_none;
}

qn_session *qn_op_session(const qn_op *op)
{
	return op ? session_outermost(op->session) : NULL;
}
