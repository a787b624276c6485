/*
 * Transactions and savepoints, inside.
 *
 * A session has a stack of open blocks: the transaction and the savepoints in it. Each has one way
 * to its end: it is told to finish (by the function's return, by qn_tx_finish, by a cancellation),
 * waits until it is the innermost and no statement of the session is under way, sends its last
 * statements, and tells whoever waits for it. Nothing is awaited that need not be: BEGIN,
 * SAVEPOINT, RELEASE and ROLLBACK TO go out in the same flush as what follows them, and a failure
 * of one of them breaks the block that it was sent in.
 */
#ifndef QUERN_SESSION_TRANSACTION_H
#define QUERN_SESSION_TRANSACTION_H

#include "session/commit_lookup.h"
#include "session/inside.h"

struct transaction {
	qn_session *session;
	struct transaction *outer;
	qn_tx_options options;
	const char *site;  /* where it was begun; "": not known */
	uint32_t depth;    /* 0: the transaction itself; n: savepoint qn_n */
	uint32_t attempt;  /* runs before this one */
	size_t hook_count; /* commit hooks there were before it */
	qn_mark mark;      /* what was loaded before it */
	bool is_broken;
	bool never_began; /* is_broken, because BEGIN failed */
	bool rolls_back;  /* asked for */
	bool is_finishing;
	bool is_ending; /* COMMIT or ROLLBACK is under way */
	bool has_ended;
	bool is_committed;
	bool runs_again;
	bool is_cancelled;
	bool is_timed;     /* the timer is armed */
	qn_status cause;   /* of is_broken */
	qn_status verdict; /* what the function said; when ended: how it ended */

	/* Who waits for the end: qn_atomic, an operation of qn_atomic_start, or a stream. */
	struct waiter *waiter;
	struct qn_op *op;
	void (*ended)(struct transaction *transaction);
	qn_tx_body *body;
	void *argument;
	qn_timer timer;       /* until the next run */
	struct qn_op *end_op; /* COMMIT or ROLLBACK */
	struct commit_lookup lookup;
};

/* The innermost block that a statement which is submitted now belongs to; NULL: none. */
struct transaction *transaction_current(const qn_session *session);
/* True when an error broke this block, or one around it. NULL is not broken. */
bool transaction_is_broken(const struct transaction *transaction);
/* The statement's operation fails if it is part of a transaction that an error broke. */
void transaction_refuse(struct transaction *transaction, struct qn_op *op);
/*
 * The statement was not executed because of an earlier error: fills the operation's error if that
 * was BEGIN, whose failure nobody else tells. False: it was not. NULL is allowed.
 */
bool transaction_explain(const struct transaction *transaction, struct qn_op *op);
/* BEGIN failed, as the operation says. */
void transaction_not_begun(struct transaction *transaction, const struct qn_op *op);
/* A statement of this block failed. NULL is allowed. */
void transaction_break(struct transaction *transaction, qn_status cause);
/* Ends what is told to finish and can. After each completion. */
void transaction_advance(qn_session *session);
/* Gives up the transaction of qn_atomic_start: it rolls back and completes with QN_CANCELLED. */
void transaction_cancel(struct transaction *transaction);
/* A lookup has found out, or not, what became of COMMIT: the outermost block ends so. */
void transaction_looked_up(struct transaction *transaction, qn_status verdict);
/* The pool goes: a block that waits to find out what became of its COMMIT does not any more. */
void transaction_stop_lookup(qn_session *session);
/*
 * From session_close: forgets all blocks, and has the server roll back without anybody waiting for
 * it.
 */
void transaction_close_all(qn_session *session);

/* The operation of qn_atomic_start goes away before its transaction has ended. */
void transaction_drop(struct transaction *transaction);

/* transaction.c, for atomic.c. Why the options are refused, or NULL. */
const char *transaction_options_problem(const qn_session *session, const qn_tx_options *options);
/* Opens the block and sends its first statement. Anything but QN_OK: it is not open. */
QN_MUST_CHECK qn_status transaction_begin(struct transaction *transaction);
/* The function is done with it. The end may have come when this returns. */
void transaction_finish(struct transaction *transaction, qn_status verdict);
/* The time of the pool's clock at which the next run may start. */
uint64_t transaction_retry_at(struct transaction *transaction);
/* Forgets the failed run: what it loaded is freed. */
void transaction_reset(struct transaction *transaction);
/* atomic.c: an operation's transaction has ended, or is to run again. */
void transaction_of_op_ended(struct transaction *transaction);
void session_run_commit_hooks(qn_session *session);

/*
 * transaction_sql.c: the statements of transaction control, all of them. NULL, of those with an
 * arena: out of memory.
 */
const struct statement *transaction_sql_begin(const qn_tx_options *options);
const struct statement *transaction_sql_savepoint(uint32_t depth, struct arena *arena);
const struct statement *transaction_sql_release(uint32_t depth, struct arena *arena);
const struct statement *transaction_sql_rollback_to(uint32_t depth, struct arena *arena);
const struct statement *transaction_sql_commit(void);
const struct statement *transaction_sql_rollback(void);

#endif
