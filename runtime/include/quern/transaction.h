/*
 * Transactions.
 *
 * qn_atomic runs a function in a transaction: it commits when the function returns QN_OK and rolls
 * back otherwise. In a function that runs in a transaction already it makes a savepoint. After a
 * failed statement the block is broken: every further operation in it is refused with
 * QN_TRANSACTION_BROKEN, and it ends with a rollback even if the function returns QN_OK (qn_atomic
 * then returns QN_TRANSACTION_BROKEN). Put what may fail into a block of its own to go on after it.
 * What the program itself finds out (QN_NOT_FOUND, QN_NOT_UNIQUE, a value refused before sending)
 * breaks nothing.
 *
 * A transaction keeps one connection from its first statement to its end. BEGIN and SAVEPOINT are
 * sent together with the statement that follows, so a server that cannot be reached shows in that
 * statement. All operations of the session belong to the innermost open block; those still under
 * way when the function returns are finished before it ends, and a failure of one of them breaks
 * it.
 */
#ifndef QUERN_TRANSACTION_H
#define QUERN_TRANSACTION_H

#include "quern/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum qn_isolation {
	QN_ISOLATION_DEFAULT, /* the server's */
	QN_READ_COMMITTED,
	QN_REPEATABLE_READ,
	QN_SERIALIZABLE,
} qn_isolation;

typedef struct qn_tx_options {
	qn_isolation isolation;
	bool read_only;
	bool deferrable; /* with QN_SERIALIZABLE and read_only */
	bool durable;    /* refuse to be nested: QN_USAGE inside another transaction */
	/* How many more times to run the function after a serialization failure or deadlock. */
	uint32_t retry;
	/*
	 * Milliseconds before the first retry, doubled for each up to 10 s, less up to a half by
	 * chance; 0: 10.
	 */
	uint32_t retry_delay;
} qn_tx_options;

/* Runs in the transaction. What it loaded in a run that is retried is freed before the next run. */
typedef qn_status qn_tx_function(qn_session *session, void *argument);

/*
 * In a task it suspends the task, outside it runs the loop; inside a call-back it is QN_USAGE.
 * Options may be NULL. Returns QN_OK after COMMIT was confirmed; the function's own status after a
 * rollback; the status of COMMIT when the server refused it. When the connection is lost while
 * COMMIT is on its way, another connection asks the server what became of the transaction, until
 * COMMIT's deadline (qn_pool_config.commit_lookup): QN_OK when it was committed, QN_CONNECTION_LOST
 * when it was rolled back or had changed nothing, and QN_OUTCOME_UNKNOWN, with the reason in the
 * message, when that cannot be known: the server crashed or was restarted since, or is another one,
 * or there was no connection to ask by. It is also what comes of a COMMIT that was interrupted
 * while the server waited for its standbys. Meanwhile no other transaction can begin in the
 * session. Inside another transaction only `durable` of the options may be set, others are
 * QN_USAGE.
 */
QN_API QN_MUST_CHECK qn_status qn_atomic(qn_session *session, qn_tx_function *function,
					 void *argument, const qn_tx_options *options);
QN_API QN_MUST_CHECK qn_status qn_atomic_at(const char *site, qn_session *session,
					    qn_tx_function *function, void *argument,
					    const qn_tx_options *options);
#ifndef QN_NO_SITES
#define qn_atomic(...) qn_atomic_at(QN_SITE, __VA_ARGS__)
#endif

/*
 * The same for call-backs. `body` starts the transaction's operations and returns; when all is done
 * it, or a call-back of its operations, calls qn_tx_finish once with QN_OK to commit or a failure
 * to roll back. The returned operation completes when the transaction has ended, with what
 * qn_atomic would have returned. `body` is called before qn_atomic_start returns, and again from
 * the loop for each retry; what it loads in a run that failed is freed. In `body` nothing can be
 * awaited. NULL: out of memory. qn_cancel of the operation rolls back; a COMMIT on its way it
 * leaves alone, and while that is looked up it ends the search, with QN_OUTCOME_UNKNOWN.
 *
 * qn_tx_finish ends the innermost block; QN_USAGE when that is not one of qn_atomic_start or is
 * finished already. A block that is still open when the function of a qn_atomic around it returns
 * is cancelled, and breaks the one around it.
 */
typedef void qn_tx_body(qn_session *session, void *argument);
QN_API qn_op *qn_atomic_start(qn_session *session, qn_tx_body *body, void *argument,
			      const qn_tx_options *options);
QN_API qn_op *qn_atomic_start_at(const char *site, qn_session *session, qn_tx_body *body,
				 void *argument, const qn_tx_options *options);
#ifndef QN_NO_SITES
#define qn_atomic_start(...) qn_atomic_start_at(QN_SITE, __VA_ARGS__)
#endif
QN_API qn_status qn_tx_finish(qn_session *session, qn_status status);

/*
 * Marks the innermost block for a rollback at its end, without an error. QN_USAGE outside a
 * transaction.
 */
QN_API qn_status qn_tx_set_rollback(qn_session *session);
QN_API bool qn_in_transaction(const qn_session *session);

/*
 * Calls the function right after the outermost COMMIT, in order of registration; never when the
 * transaction or the block it was registered in rolled back, or its outcome is unknown. Outside a
 * transaction: at once. A hook may do everything that the caller of qn_atomic may; after
 * qn_atomic_start it is a call-back. QN_OUT_OF_MEMORY: it will not be called.
 */
typedef void qn_commit_hook(qn_session *session, void *argument);
QN_API QN_MUST_CHECK qn_status qn_on_commit(qn_session *session, qn_commit_hook *hook,
					    void *argument);

#ifdef __cplusplus
}
#endif
#endif
