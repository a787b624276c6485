#include <stdlib.h>

#include "session/transaction.h"

static const qn_tx_options default_options;

/* The function's status is in the transaction's verdict afterwards, or why it did not run. */
static qn_status atomic_run(struct transaction *transaction, qn_tx_function *function,
			    void *argument)
{
	qn_session *session = transaction->session;
	struct waiter waiter = { 0 };
	qn_status status = transaction_begin(transaction);

	if (status != QN_OK)
		return status;
	status = function(session, argument);
	if (session->closed)
		return QN_CANCELLED;
	transaction_finish(transaction, status);
	if (!transaction->has_ended) {
		waiter.task = session->room->running;
		transaction->waiter = &waiter;
		status = waiter_wait(session->room, &waiter);
		transaction->waiter = NULL;
		if (status != QN_OK) {
			transaction_close_all(session);
			return session_fail(session, status,
					    "qn_atomic: the loop cannot be run any more");
		}
	}
	return session->closed ? QN_CANCELLED : transaction->verdict;
}

static qn_status atomic_run_and_retry(struct transaction *transaction, qn_tx_function *function,
				      void *argument)
{
	qn_session *session = transaction->session;
	qn_status status = atomic_run(transaction, function, argument);

	while (transaction->runs_again && !session->closed) {
		if (room_sleep(session->room, transaction_retry_at(transaction)) != QN_OK ||
		    session->closed)
			break;
		transaction_reset(transaction);
		status = atomic_run(transaction, function, argument);
	}
	if (transaction->is_committed && transaction->depth == 0 && !session->closed)
		session_run_commit_hooks(session);
	return status;
}

qn_status(qn_atomic)(qn_session *session, qn_tx_function *function, void *argument,
		     const qn_tx_options *options)
{
	return qn_atomic_at("", session, function, argument, options);
}

qn_status qn_atomic_at(const char *site, qn_session *session, qn_tx_function *function,
		       void *argument, const qn_tx_options *options)
{
	struct transaction transaction = { .session = session, .site = site ? site : "" };
	const char *problem;
	qn_status status;

	if (!session || session->closed)
		return QN_USAGE;
	transaction.options = options ? *options : default_options;
	problem = function ? room_cannot_wait(session->room) : "there is no function to run";
	if (!problem)
		problem = transaction_options_problem(session, &transaction.options);
	if (problem)
		return session_fail(session, QN_USAGE, "qn_atomic: %s", problem);
	session_enter(session);
	status = atomic_run_and_retry(&transaction, function, argument);
	session_leave(session);
	return status;
}

static void run_body(struct transaction *transaction)
{
	qn_session *session = transaction->session;
	struct session_room *room = session->room;

	session_enter(session);
	room->calling_back++;
	transaction->body(session, transaction->argument);
	room->calling_back--;
	session_leave(session);
}

static void op_take_session_error(struct qn_op *op, qn_status status)
{
	const qn_error *error = &op->session->error;

	op->status = status;
	if (status == QN_OK || error->status != status)
		return;
	error_copy(&op->error, error, &op->arena);
	op->failed = true;
}

static void retry_expired(qn_timer *timer)
{
	struct transaction *transaction =
		(struct transaction *)((char *)timer - offsetof(struct transaction, timer));
	struct qn_op *op = transaction->op;
	qn_status status;

	transaction->is_timed = false;
	transaction_reset(transaction);
	status = transaction_begin(transaction);
	if (status == QN_OK) {
		run_body(transaction);
		return;
	}
	transaction->has_ended = true;
	op_take_session_error(op, status);
	op_complete_later(op);
}

static bool retry_later(struct transaction *transaction)
{
	qn_pool *pool = transaction->session->room->pool;

	transaction->timer.expired = retry_expired;
	transaction->is_timed =
		pool_loop_hooks(pool)->timer(pool_loop(pool), &transaction->timer,
					     transaction_retry_at(transaction)) == QN_OK;
	return transaction->is_timed;
}

void transaction_of_op_ended(struct transaction *transaction)
{
	qn_session *session = transaction->session;
	struct qn_op *op = transaction->op;

	if (transaction->runs_again && retry_later(transaction))
		return;
	op_take_session_error(op, transaction->verdict);
	if (transaction->is_committed && transaction->depth == 0) {
		session->room->calling_back++;
		session_run_commit_hooks(session);
		session->room->calling_back--;
	}
	/* A hook may have closed the session, and the operation with it. */
	if (!session->closed)
		op_complete_later(op);
}

qn_op *(qn_atomic_start)(qn_session *session, qn_tx_body *body, void *argument,
			 const qn_tx_options *options)
{
	return qn_atomic_start_at("", session, body, argument, options);
}

qn_op *qn_atomic_start_at(const char *site, qn_session *session, qn_tx_body *body, void *argument,
			  const qn_tx_options *options)
{
	struct transaction *transaction;
	struct qn_op *op = session ? op_new(session, NULL) : NULL;
	const char *problem = body ? NULL : "there is no body to run";
	qn_status status;

	if (!op)
		return NULL;
	transaction = arena_alloc(&op->arena, sizeof(*transaction));
	if (!transaction) {
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return op_submit(op);
	}
	transaction->session = session;
	transaction->site = site ? site : "";
	transaction->options = options ? *options : default_options;
	if (!problem)
		problem = transaction_options_problem(session, &transaction->options);
	if (problem) {
		op_refuse(op, QN_USAGE, NULL, "qn_atomic_start: %s", problem);
		return op_submit(op);
	}
	transaction->body = body;
	transaction->argument = argument;
	transaction->op = op;
	status = transaction_begin(transaction);
	if (status != QN_OK) {
		op_refuse(op, status, NULL, "%s", session->error.message);
		return op_submit(op);
	}
	op->state = OP_QUEUED;
	op->started = transaction;
	op->started_at = pool_now(session->room->pool);
	session->room->operations++;
	run_body(transaction);
	return op;
}

qn_status qn_tx_finish(qn_session *session, qn_status status)
{
	struct transaction *transaction = session ? session->transaction : NULL;

	if (!session)
		return QN_USAGE;
	if (!transaction || !transaction->op)
		return session_fail(session, QN_USAGE,
				    "qn_tx_finish: the innermost transaction is not one of "
				    "qn_atomic_start");
	if (transaction->is_cancelled)
		return QN_OK;
	if (transaction->is_finishing)
		return session_fail(session, QN_USAGE,
				    "qn_tx_finish: the transaction is finished already");
	transaction_finish(transaction, status);
	return QN_OK;
}

qn_status qn_tx_set_rollback(qn_session *session)
{
	if (!session)
		return QN_USAGE;
	if (!session->transaction)
		return session_fail(session, QN_USAGE,
				    "qn_tx_set_rollback: there is no transaction");
	session->transaction->rolls_back = true;
	return QN_OK;
}

bool qn_in_transaction(const qn_session *session)
{
	return session && session->transaction;
}

qn_status qn_on_commit(qn_session *session, qn_commit_hook *hook, void *argument)
{
	if (!session)
		return QN_USAGE;
	if (!hook)
		return session_fail(session, QN_USAGE,
				    "qn_on_commit: there is no function to call");
	if (!session->transaction) {
		hook(session, argument);
		return QN_OK;
	}
	if (session->hook_count == session->hook_capacity) {
		size_t capacity = session->hook_capacity ? session->hook_capacity * 2 : 4;
		struct commit_hook *hooks = realloc(session->hooks, capacity * sizeof(*hooks));

		if (!hooks)
			return session_fail(session, QN_OUT_OF_MEMORY,
					    "qn_on_commit: out of memory");
		session->hooks = hooks;
		session->hook_capacity = capacity;
	}
	session->hooks[session->hook_count++] = (struct commit_hook){ hook, argument };
	return QN_OK;
}

void session_run_commit_hooks(qn_session *session)
{
	struct commit_hook *hooks = session->hooks;
	size_t count = session->hook_count;

	if (count == 0)
		return;
	/* A hook may open a transaction and register hooks of its own. */
	session->hooks = NULL;
	session->hook_count = 0;
	session->hook_capacity = 0;
	session_enter(session);
	for (size_t i = 0; i < count && !session->closed; i++)
		hooks[i].call(session, hooks[i].argument);
	session_leave(session);
	free(hooks);
}
