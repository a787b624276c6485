/*
 * Transactions.
 *
 * qn_atomic runs a function in a transaction: it commits when the function returns QN_OK and rolls back otherwise. In a
 * function that runs in a transaction already it makes a savepoint. After a failed statement the block is broken: every
 * further operation in it is refused with QN_TRANSACTION_BROKEN, and it ends with a rollback even if the function returns
 * QN_OK (qn_atomic then returns QN_TRANSACTION_BROKEN). Put what may fail into a block of its own to go on after it.
 *
 * A transaction keeps one connection from its first statement to its end.
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
	bool deferrable;	/* with QN_SERIALIZABLE and read_only */
	bool durable;		/* refuse to be nested: QN_USAGE inside another transaction */
	uint32_t retry;		/* how many more times to run the function after a serialization failure or deadlock */
	uint32_t retry_delay;	/* milliseconds before the first retry, doubled and jittered for each; 0: 10 */
} qn_tx_options;

/* Runs in the transaction. What it loaded in a run that is retried is freed before the next run. */
typedef qn_status qn_tx_function(qn_session *session, void *argument);

/*
 * In a task it suspends the task, outside it runs the loop; inside a call-back it is QN_USAGE. Options may be NULL.
 * Returns QN_OK after COMMIT was confirmed; the function's own status after a rollback; QN_OUTCOME_UNKNOWN when the
 * connection was lost while COMMIT was on its way; the status of COMMIT when the server refused it.
 * Inside another transaction only `durable` of the options may be set, others are QN_USAGE.
 */
QN_API QN_MUST_CHECK qn_status qn_atomic(qn_session *session, qn_tx_function *function, void *argument,
					 const qn_tx_options *options);

/*
 * The same for call-backs. `body` starts the transaction's operations and returns; when all is done it, or a call-back of
 * its operations, calls qn_tx_finish once with QN_OK to commit or a failure to roll back. The returned operation
 * completes when the transaction has ended, with what qn_atomic would have returned. A retry calls `body` again.
 */
typedef void qn_tx_body(qn_session *session, void *argument);
QN_API qn_op *qn_atomic_start(qn_session *session, qn_tx_body *body, void *argument, const qn_tx_options *options);
QN_API qn_status qn_tx_finish(qn_session *session, qn_status status);

/* Marks the innermost block for a rollback at its end, without an error. QN_USAGE outside a transaction. */
QN_API qn_status qn_tx_set_rollback(qn_session *session);
QN_API bool qn_in_transaction(const qn_session *session);

/*
 * Calls the function right after the outermost COMMIT, in order of registration; never when the transaction or the block it
 * was registered in rolled back. Outside a transaction: at once.
 */
typedef void qn_commit_hook(qn_session *session, void *argument);
QN_API QN_MUST_CHECK qn_status qn_on_commit(qn_session *session, qn_commit_hook *hook, void *argument);

#ifdef __cplusplus
}
#endif
#endif
