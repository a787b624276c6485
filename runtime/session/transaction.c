#include "session/transaction.h"

#include <string.h>

#include "session/stream.h"

#define FIRST_RETRY_DELAY   UINT64_C(10)
#define LONGEST_RETRY_DELAY UINT64_C(10000)
#define MOST_DOUBLINGS      UINT32_C(20)

const char *transaction_options_problem(const qn_session *session, const qn_tx_options *options)
{
	bool has_mode = options->isolation || options->read_only || options->deferrable;

	if ((unsigned)options->isolation > QN_SERIALIZABLE)
		return "isolation is not one of the levels of qn_isolation";
	if (session->transaction && options->durable)
		return "a durable transaction cannot be nested: it would not be committed at its "
		       "end";
	if (session->transaction && (has_mode || options->retry || options->retry_delay))
		return "isolation, read_only, deferrable and retry belong to the outermost "
		       "transaction";
	if (options->deferrable && !(options->read_only && options->isolation == QN_SERIALIZABLE))
		return "deferrable has a meaning only with QN_SERIALIZABLE and read_only";
	return NULL;
}

static const struct transaction *broken_block(const struct transaction *transaction)
{
	while (transaction && !transaction->is_broken)
		transaction = transaction->outer;
	return transaction;
}

bool transaction_is_broken(const struct transaction *transaction)
{
	return broken_block(transaction) != NULL;
}

struct transaction *transaction_current(const qn_session *session)
{
	struct transaction *transaction = session->transaction;

	return transaction && !transaction->is_ending ? transaction : NULL;
}

static const char *unbegun_reason(const struct transaction *transaction)
{
	const qn_error *error = &transaction->session->error;

	return error->status == transaction->cause ? error->message
						   : qn_status_text(transaction->cause);
}

void transaction_refuse(struct transaction *transaction, struct qn_op *op)
{
	const struct transaction *broken = broken_block(transaction);

	if (!broken)
		return;
	if (broken->never_began)
		op_refuse(op, broken->cause, NULL, "the transaction could not begin: %s",
			  unbegun_reason(broken));
	else
		op_refuse(op, QN_TRANSACTION_BROKEN, NULL,
			  "an earlier error broke the transaction (%s); put what may fail into a "
			  "qn_atomic of its own",
			  qn_status_text(broken->cause));
}

bool transaction_explain(const struct transaction *transaction, struct qn_op *op)
{
	while (transaction && !transaction->never_began)
		transaction = transaction->outer;
	if (!transaction)
		return false;
	(void)op_fail(op, transaction->cause, NULL, "the transaction could not begin: %s",
		      unbegun_reason(transaction));
	return true;
}

void transaction_not_begun(struct transaction *transaction, const struct qn_op *op)
{
	if (!transaction || transaction->is_broken)
		return;
	transaction->never_began = true;
	session_set_error(transaction->session, &op->error);
	transaction_break(transaction, op->error.status);
}

void transaction_break(struct transaction *transaction, qn_status cause)
{
	struct transaction *last = transaction;

	/* Nothing around a savepoint survives its connection. */
	while (last && last->session->lane.lost && last->outer)
		last = last->outer;
	for (; transaction; transaction = transaction == last ? NULL : transaction->outer) {
		if (transaction->is_broken)
			continue;
		transaction->is_broken = true;
		transaction->cause = cause;
	}
}

/* A statement of transaction control, to be filled and sent. NULL: out of memory. */
static struct qn_op *control_new(qn_session *session, unsigned flags)
{
	struct qn_op *op = op_make(session, NULL);

	if (!op)
		return NULL;
	op->is_control = true;
	op->detached = true;
	op->request.flags = flags;
	return op;
}

static bool control_send(struct qn_op *op, const struct statement *statement)
{
	if (!statement) {
		op_close(op);
		return false;
	}
	op->request.statement = statement;
	op_submit(op);
	return true;
}

static bool send_begin(struct transaction *transaction)
{
	struct qn_op *op = control_new(transaction->session, REQUEST_BEGIN);

	return op && control_send(op, transaction_sql_begin(&transaction->options));
}

static bool send_savepoint(qn_session *session, uint32_t depth)
{
	struct qn_op *op = control_new(session, 0);

	return op && control_send(op, transaction_sql_savepoint(depth, &op->arena));
}

static bool send_release(qn_session *session, uint32_t depth, unsigned flags)
{
	struct qn_op *op = control_new(session, flags);

	return op && control_send(op, transaction_sql_release(depth, &op->arena));
}

static bool send_rollback_to(qn_session *session, uint32_t depth)
{
	struct qn_op *op = control_new(session, REQUEST_IN_BROKEN);

	return op && control_send(op, transaction_sql_rollback_to(depth, &op->arena));
}

qn_status transaction_begin(struct transaction *transaction)
{
	qn_session *session = transaction->session;
	struct transaction *outer = session->transaction;
	bool sent;

	if (outer && outer->is_ending)
		return session_fail(session, QN_USAGE,
				    "the transaction of this session is ending; wait for it");
	if (broken_block(outer))
		return session_fail(session, QN_TRANSACTION_BROKEN,
				    "an earlier error broke the transaction (%s)",
				    qn_status_text(broken_block(outer)->cause));
	transaction->outer = outer;
	transaction->depth = outer ? outer->depth + 1 : 0;
	transaction->hook_count = session->hook_count;
	transaction->mark = qn_session_mark(session);
	/*
	 * A savepoint that fails breaks the block around it; BEGIN breaks the transaction itself.
	 */
	if (outer) {
		sent = send_savepoint(session, transaction->depth);
		session->transaction = sent ? transaction : outer;
	} else {
		session->transaction = transaction;
		sent = send_begin(transaction);
		session->transaction = sent ? transaction : NULL;
	}
	return sent ? QN_OK : session_fail(session, QN_OUT_OF_MEMORY, "out of memory");
}

void transaction_reset(struct transaction *transaction)
{
	transaction->session->hook_count = transaction->hook_count;
	/*
	 * Refused only while the program has operations under way beside the transaction: they keep
	 * their memory.
	 */
	(void)qn_session_release(transaction->session, transaction->mark);
	transaction->attempt++;
	transaction->is_broken = false;
	transaction->never_began = false;
	transaction->rolls_back = false;
	transaction->is_finishing = false;
	transaction->is_ending = false;
	transaction->has_ended = false;
	transaction->runs_again = false;
	transaction->waiter = NULL;
	transaction->lookup = (struct commit_lookup){ .op = NULL };
}

uint64_t transaction_retry_at(struct transaction *transaction)
{
	struct session_room *room = transaction->session->room;
	uint64_t delay = transaction->options.retry_delay;
	uint32_t doublings = transaction->attempt;

	if (delay == 0)
		delay = FIRST_RETRY_DELAY;
	delay <<= doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS;
	if (delay > LONGEST_RETRY_DELAY)
		delay = LONGEST_RETRY_DELAY;
	delay *= QN_MILLISECOND;
	/* Somewhere in the second half: those that collided must not meet again. */
	return pool_now(room->pool) + delay / 2 + room_random(room) % (delay / 2 + 1);
}

static bool wants_commit(const struct transaction *transaction)
{
	return transaction->verdict == QN_OK && !transaction->is_broken && !transaction->rolls_back;
}

static bool wants_retry(const struct transaction *transaction)
{
	qn_status verdict = transaction->verdict;

	if (transaction->depth || transaction->is_cancelled || transaction->is_committed ||
	    transaction->attempt >= transaction->options.retry)
		return false;
	if (verdict == QN_OK || verdict == QN_TRANSACTION_BROKEN)
		return transaction->is_broken && qn_status_is_retryable(transaction->cause);
	return qn_status_is_retryable(verdict);
}

static qn_status rolled_back_verdict(struct transaction *transaction, qn_status cause)
{
	if (transaction->verdict != QN_OK || cause == QN_OK)
		return transaction->verdict;
	return session_fail(transaction->session, QN_TRANSACTION_BROKEN,
			    "rolled back: an earlier error broke the transaction (%s)",
			    qn_status_text(cause));
}

static void transaction_ended(struct transaction *transaction)
{
	transaction->has_ended = true;
	streams_leave(transaction);
	transaction->runs_again = wants_retry(transaction);
	if (!transaction->is_committed)
		transaction->session->hook_count = transaction->hook_count;
	if (transaction->waiter)
		waiter_wake(transaction->session->room, transaction->waiter, QN_OK);
	else if (transaction->op)
		transaction_of_op_ended(transaction);
	else if (transaction->ended)
		transaction->ended(transaction);
}

static void end_savepoint(struct transaction *transaction)
{
	qn_session *session = transaction->session;
	struct transaction *outer = transaction->outer;
	const struct transaction *broken = broken_block(outer);
	bool sent = true;

	session->transaction = outer;
	if (broken) {
		transaction->verdict = rolled_back_verdict(transaction, broken->cause);
		transaction_ended(transaction);
		return;
	}
	transaction->is_committed = wants_commit(transaction);
	if (transaction->is_committed) {
		sent = send_release(session, transaction->depth, 0);
	} else {
		sent = send_rollback_to(session, transaction->depth) &&
		       send_release(session, transaction->depth, REQUEST_IN_BROKEN);
		transaction->verdict =
			rolled_back_verdict(transaction,
					    transaction->is_broken ? transaction->cause : QN_OK);
	}
	if (!sent)
		transaction_break(outer, QN_OUT_OF_MEMORY);
	transaction_ended(transaction);
}

static qn_status finish_commit(struct qn_op *op, struct outcome *outcome)
{
	const char *tag = outcome->result ? PQcmdStatus(outcome->result) : "";

	if (strcmp(tag, "ROLLBACK") == 0)
		return op_fail(op, QN_TRANSACTION_BROKEN, NULL,
			       "the server answered COMMIT with ROLLBACK: nothing was kept");
	if (strcmp(tag, "COMMIT") != 0)
		return op_fail(op, QN_OUTCOME_UNKNOWN, NULL,
			       "the server's answer to COMMIT makes no sense");
	return QN_OK;
}

void transaction_looked_up(struct transaction *transaction, qn_status verdict)
{
	transaction->session->transaction = NULL;
	transaction->verdict = verdict;
	transaction->is_committed = verdict == QN_OK;
	transaction_ended(transaction);
}

void transaction_stop_lookup(qn_session *session)
{
	if (session->transaction)
		commit_lookup_give_up(session->transaction, "the pool was closed");
}

/* COMMIT or ROLLBACK was answered, or will not be. */
static void end_completed(qn_op *op, void *context)
{
	struct transaction *transaction = context;
	qn_session *session = transaction->session;
	bool is_commit = wants_commit(transaction);

	transaction->end_op = NULL;
	if (is_commit && op->status == QN_OUTCOME_UNKNOWN && commit_lookup_start(transaction, op))
		return;
	session->transaction = NULL;
	if (op->refused)
		pool_abandon(session->room->pool, &session->lane);
	if (is_commit) {
		transaction->verdict = op->status;
		transaction->is_committed = op->status == QN_OK;
		if (op->status != QN_OK)
			session_set_error(session, &op->error);
	} else {
		transaction->verdict =
			rolled_back_verdict(transaction,
					    transaction->is_broken ? transaction->cause : QN_OK);
	}
	transaction_ended(transaction);
}

static void end_transaction(struct transaction *transaction)
{
	qn_session *session = transaction->session;
	bool is_commit = wants_commit(transaction);
	struct qn_op *op = control_new(session, is_commit ? REQUEST_END | REQUEST_COMMIT
							  : REQUEST_END | REQUEST_IN_BROKEN);

	transaction->is_ending = true;
	if (!op) {
		pool_abandon(session->room->pool, &session->lane);
		session->transaction = NULL;
		if (is_commit)
			transaction->verdict =
				session_fail(session, QN_OUT_OF_MEMORY, "out of memory for COMMIT");
		transaction_ended(transaction);
		return;
	}
	op->detached = false;
	op->callback = end_completed;
	op->context = transaction;
	op->finish = is_commit ? finish_commit : NULL;
	transaction->end_op = op;
	(void)control_send(op, is_commit ? transaction_sql_commit() : transaction_sql_rollback());
}

void transaction_advance(qn_session *session)
{
	struct transaction *transaction = session->transaction;

	while (transaction && transaction->is_finishing && !transaction->is_ending &&
	       session->statements == 0) {
		if (transaction->outer)
			end_savepoint(transaction);
		else
			end_transaction(transaction);
		transaction = session->transaction;
	}
}

/* Blocks of qn_atomic_start inside this one that were not finished: nobody is left to do it. */
static void finish_inner(struct transaction *transaction)
{
	struct transaction *inner = transaction->session->transaction;

	for (; inner && inner != transaction; inner = inner->outer) {
		transaction_break(inner, QN_CANCELLED);
		if (!inner->op || inner->is_finishing)
			continue;
		inner->is_finishing = true;
		inner->is_cancelled = true;
		inner->verdict = QN_CANCELLED;
		transaction_break(transaction, QN_USAGE);
	}
}

void transaction_finish(struct transaction *transaction, qn_status verdict)
{
	finish_inner(transaction);
	transaction->is_finishing = true;
	transaction->verdict = verdict;
	if (!transaction->outer)
		commit_lookup_hurry(transaction);
	transaction_advance(transaction->session);
}

static void disarm(struct transaction *transaction)
{
	qn_pool *pool = transaction->session->room->pool;

	if (!transaction->is_timed)
		return;
	transaction->is_timed = false;
	(void)pool_loop_hooks(pool)->timer(pool_loop(pool), &transaction->timer, 0);
}

void transaction_cancel(struct transaction *transaction)
{
	qn_session *session = transaction->session;

	if (transaction->lookup.is_running)
		commit_lookup_give_up(transaction, "cancelled before the server told its outcome");
	if (transaction->is_ending && !transaction->is_timed)
		return;
	transaction->is_cancelled = true;
	if (transaction->is_timed) {
		disarm(transaction);
		transaction->runs_again = false;
		transaction->verdict = session_fail(session, QN_CANCELLED, "cancelled");
		transaction_of_op_ended(transaction);
		return;
	}
	if (transaction->has_ended)
		return;
	transaction_break(transaction, QN_CANCELLED);
	session_cancel_operations(session, true);
	transaction_finish(transaction, QN_CANCELLED);
}

void transaction_drop(struct transaction *transaction)
{
	disarm(transaction);
	transaction->op = NULL;
}

static void send_rollback_for_nobody(qn_session *session)
{
	struct qn_op *op = control_new(session, REQUEST_END | REQUEST_IN_BROKEN);

	if (op)
		(void)control_send(op, transaction_sql_rollback());
	if (!op || !op->submitted)
		pool_abandon(session->room->pool, &session->lane);
}

void transaction_close_all(qn_session *session)
{
	struct transaction *transaction = session->transaction;
	struct qn_op *end_op = NULL;
	bool is_over = transaction && transaction->lookup.is_running;

	if (!transaction)
		return;
	session->transaction = NULL;
	session->hook_count = 0;
	for (struct qn_op *op = session->first_op; op; op = op->next)
		op->transaction = NULL;
	while (transaction) {
		struct transaction *outer = transaction->outer;

		if (transaction->end_op)
			end_op = transaction->end_op;
		transaction->end_op = NULL;
		commit_lookup_drop(transaction);
		streams_leave(transaction);
		transaction->has_ended = true;
		transaction->verdict = QN_CANCELLED;
		if (transaction->waiter)
			waiter_wake(session->room, transaction->waiter, QN_OK);
		transaction = outer;
	}
	/* There is nothing to roll back while the outcome is looked up. */
	if (is_over)
		return;
	if (!end_op) {
		send_rollback_for_nobody(session);
		return;
	}
	/* It is on its way and ends the transaction by itself. */
	end_op->callback = NULL;
	end_op->detached = true;
	if (!end_op->submitted)
		pool_abandon(session->room->pool, &session->lane);
}
