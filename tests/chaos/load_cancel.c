/* The units of work that give something up at a moment that nobody chose. */
#include "chaos.h"
#include "load_inside.h"

static uint32_t moment(struct worker *worker)
{
	return (uint32_t)work_random(worker, 4);
}

/* Awaits what was given up: it may have ended in time all the same. */
static qn_status await_cancelled(struct worker *worker, qn_op *op)
{
	qn_status status;

	atomic_fetch_add(&worker->load->board->submissions, 1);
	status = qn_await(op);
	atomic_fetch_add(&worker->load->board->callbacks, 1);
	return status;
}

static bool cancel_single(struct worker *worker, qn_session *session)
{
	struct pending *pending = &worker->pending[0];
	qn_op *op;

	if (!pending_open(pending, worker))
		return false;
	op = chaos_xfer_create(session, NULL,
			       &(chaos_xfer_new){ .req = pending->req,
						  .a = 1,
						  .b = 2,
						  .worker = (int32_t)worker->number,
						  .seq = worker->sequence++ });
	(void)qn_sleep(session, moment(worker));
	qn_cancel(op);
	pending_close(pending, await_cancelled(worker, op), false, "");
	return true;
}

/* Long enough that the server has to be told. */
static bool cancel_slow(struct worker *worker, qn_session *session)
{
	qn_op *op = qn_sql(session, NULL, "select pg_sleep(0.2)", NULL, 0);

	(void)qn_sleep(session, moment(worker));
	qn_cancel(op);
	(void)await_cancelled(worker, op);
	return true;
}

static qn_status cancelled_body(qn_session *session, void *argument)
{
	struct pending *pending = argument;
	struct worker *worker = pending->worker;
	qn_op *op;
	qn_status status;

	op = chaos_acct_update(session, NULL,
			       &(chaos_acct_where){
				       .id = QN_EQ((int64_t)work_random(worker, 100) + 1) },
			       &(chaos_acct_changes){ .bal = QN_ADD(1000) });
	(void)qn_sleep(session, moment(worker));
	qn_cancel(op);
	status = await_cancelled(worker, op);
	return status == QN_OK ? QN_CANCELLED : status;
}

static bool cancel_transaction(struct worker *worker, qn_session *session)
{
	struct pending *pending = &worker->pending[0];
	qn_status status;

	if (!pending_open(pending, worker))
		return false;
	status = qn_atomic(session, cancelled_body, pending, NULL);
	if (status == QN_OK)
		load_problem(worker->load, "worker %u: a transaction that gave up was committed",
			     worker->number);
	pending_close(pending, status, true, "");
	return true;
}

static void abandoned_done(qn_op *op, void *context)
{
	struct pending *pending = context;

	atomic_fetch_add(&pending->worker->load->board->callbacks, 1);
	pending->worker->outstanding--;
	pending_close(pending, qn_op_status(op), false, "");
}

/* Closing the session calls back whatever is under way. */
static bool abandon_session(struct worker *worker, qn_session *own, qn_session **session)
{
	for (unsigned i = 0; i < LOAD_BURST; i++) {
		struct pending *pending = &worker->pending[i];
		qn_op *op;

		if (!pending_open(pending, worker))
			return false;
		pending->is_cancelled = true;
		op = chaos_xfer_create(*session, NULL,
				       &(chaos_xfer_new){ .req = pending->req,
							  .a = 1,
							  .b = 2,
							  .worker = (int32_t)worker->number,
							  .seq = worker->sequence++ });
		atomic_fetch_add(&worker->load->board->submissions, 1);
		worker->outstanding++;
		if (qn_then(op, abandoned_done, pending) != QN_OK)
			load_problem(worker->load, "worker %u: a call-back was refused",
				     worker->number);
	}
	(void)qn_sleep(own, moment(worker));
	qn_session_close(*session);
	*session = NULL;
	if (worker->outstanding > 0)
		load_problem(worker->load, "worker %u: a closed session owes %u call-backs",
			     worker->number, worker->outstanding);
	return true;
}

bool work_cancel(struct worker *worker, qn_session *own, qn_session **session)
{
	switch (work_random(worker, 4)) {
	case 0:
		return cancel_single(worker, *session);
	case 1:
		return cancel_slow(worker, *session);
	case 2:
		return cancel_transaction(worker, *session);
	default:
		return abandon_session(worker, own, session);
	}
}
