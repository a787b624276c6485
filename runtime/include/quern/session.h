/*
 * Sessions and operations.
 *
 * A session is a piece of work: a request, a job, a task. It owns all that its operations load, in one arena, until it
 * is closed or released to a mark; there is nothing else to free. Opening one takes no connection: its operations
 * borrow connections of the pool, and a transaction keeps one until it ends. Operations of one session run in the
 * order in which they were issued; operations of different sessions share connections and round trips.
 *
 * An operation completes exactly once, and never before the call that started it has returned. It is the caller's until
 *   - qn_await returned its status, or
 *   - the call-back given to qn_then returned, or
 *   - it was given away by qn_detach, or
 *   - its session was closed, which cancels what is still under way;
 * afterwards the pointer is dead.
 */
#ifndef QUERN_SESSION_H
#define QUERN_SESSION_H

#include "quern/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qn_pool qn_pool;
typedef struct qn_session qn_session;
typedef struct qn_op qn_op;

/* Where a session's memory stood. */
typedef struct qn_mark {
	uint64_t opaque[4];
} qn_mark;

/* QN_OUT_OF_MEMORY, QN_POOL_CLOSED. The session is the caller's, to be closed before the pool. */
QN_API QN_MUST_CHECK qn_status qn_session_open(qn_pool *pool, qn_session **session);
/*
 * Cancels what is under way (call-backs fire with QN_CANCELLED, from here), rolls an open transaction back, and frees
 * all that the session loaded. NULL is allowed.
 */
QN_API void qn_session_close(qn_session *session);
/* All that is loaded after the mark is freed by the release. Not while operations are under way (QN_USAGE). */
QN_API qn_mark qn_session_mark(const qn_session *session);
QN_API qn_status qn_session_release(qn_session *session, qn_mark mark);
/* Memory that lives as long as what the session loads; zeroed. NULL when out of memory. */
QN_API void *qn_session_alloc(qn_session *session, size_t size);
/* Why the last operation of the session that failed did so. Never NULL; status QN_OK when none has failed. */
QN_API const qn_error *qn_session_error(const qn_session *session);
/* The time that each further operation may take, from its start, waiting for a connection included. 0: the pool's. */
QN_API void qn_session_set_deadline(qn_session *session, uint32_t milliseconds);
QN_API qn_pool *qn_session_pool(const qn_session *session);

typedef void qn_callback(qn_op *op, void *context);

/*
 * Waits for the operation and returns how it ended. In a task: suspends the task, the loop goes on. Outside: runs the
 * loop until the operation is done. Inside a call-back: refused with QN_USAGE, the operation goes on and stays the
 * caller's. NULL (an operation that could not be allocated) is QN_OUT_OF_MEMORY.
 */
QN_API QN_MUST_CHECK qn_status qn_await(qn_op *op);
/* Calls back from the loop when the operation is done, once. NULL op: QN_OUT_OF_MEMORY, and no call-back. */
QN_API qn_status qn_then(qn_op *op, qn_callback *callback, void *context);
/*
 * Gives up: the operation completes with QN_CANCELLED, from the loop. What was not sent is never sent; a statement that
 * runs is cancelled on the server where that can hit nobody else, and its effect is otherwise discarded by a rollback
 * in a transaction, or unknown.
 */
QN_API void qn_cancel(qn_op *op);
/* Nobody waits for it: it runs, and a failure goes to the pool's log hook. */
QN_API void qn_detach(qn_op *op);
/* For this operation alone, from now. */
QN_API void qn_op_set_deadline(qn_op *op, uint32_t milliseconds);
/* Inside the call-back: how it ended and why. The error lives until the call-back returns. */
QN_API qn_status qn_op_status(const qn_op *op);
QN_API const qn_error *qn_op_error(const qn_op *op);
QN_API qn_session *qn_op_session(const qn_op *op);

/*
 * Any SQL. Parameters are text, or NULL for NULL, with types that the server infers; rows come back as text. `result`
 * may be NULL. One statement; it is sent as it stands: values belong in parameters.
 */
typedef struct qn_sql_result {
	size_t row_count;
	size_t column_count;
	const char *const *columns; /* names */
	const char *const *values;  /* row after row; NULL is NULL */
	int64_t affected;	    /* rows changed, for statements that change rows */
} qn_sql_result;

QN_API qn_op *qn_sql(qn_session *session, qn_sql_result *result, const char *sql, const char *const *parameters,
		     size_t parameter_count);

/*
 * Tasks: straight-line code on a stack of its own. The function starts in the next turn of the pool's loop, with a
 * session of its own that is closed when it returns. `argument` is the caller's and must live until then.
 */
typedef void qn_task(qn_session *session, void *argument);
QN_API QN_MUST_CHECK qn_status qn_spawn(qn_pool *pool, qn_task *task, void *argument);
/* Lets this much time pass without holding anything up. Outside a task it runs the loop. */
QN_API qn_status qn_sleep(qn_session *session, uint32_t milliseconds);

#ifdef __cplusplus
}
#endif
#endif
