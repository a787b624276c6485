/*
 * Sessions and operations.
 *
 * A session is a piece of work: a request, a job, a task. It owns all that its operations load, in
 * one arena, until it is closed or released to a mark; there is nothing else to free. Opening one
 * takes no connection: its operations borrow connections of the pool, and a transaction keeps one
 * until it ends. Operations of one session run in the order in which they were issued, but that a
 * read which has to be sent again may run behind later reads; operations of different sessions
 * share connections and round trips.
 *
 * An operation completes exactly once, and never before the call that started it has returned. It
 * is the caller's until
 *   - qn_await returned its status, or
 *   - the call-back given to qn_then returned, or
 *   - it was given away by qn_detach, or
 *   - its session was closed, which cancels what is still under way;
 * afterwards the pointer is dead, and must not be used. A result is given to one only: as long as
 * the operation is not delivered, a second qn_await or qn_then is QN_USAGE. What is never taken
 * stays in the session until it closes.
 *
 * A function that starts an operation returns NULL when there is no memory for it, or no open
 * session; qn_await and qn_then say QN_OUT_OF_MEMORY then. Other arguments that are NULL or make no
 * sense complete the operation with QN_USAGE. Sessions that are given to the functions below must
 * be open ones, but for qn_session_close.
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

/*
 * Where the program opens a session, spawns a task or begins a transaction: what is never finished,
 * and who has the connections that others wait for, is reported with it. So qn_session_open,
 * qn_spawn, qn_atomic and qn_atomic_start are macros as well, which pass the place of the call to
 * the function with _at behind its name; that takes any text, which has to live as long as the
 * session. With QN_NO_SITES defined before the include, or called by a pointer, the place is not
 * known.
 */
#define QN_SITE_LINE_TEXT(line) #line
#define QN_SITE_TEXT(line)      QN_SITE_LINE_TEXT(line)
#define QN_SITE                 __FILE__ ":" QN_SITE_TEXT(__LINE__)

/* QN_OUT_OF_MEMORY, QN_POOL_CLOSED. The session is the caller's, to be closed before the pool. */
QN_API QN_MUST_CHECK qn_status qn_session_open(qn_pool *pool, qn_session **session);
QN_API QN_MUST_CHECK qn_status qn_session_open_at(const char *site, qn_pool *pool,
						  qn_session **session);
#ifndef QN_NO_SITES
#define qn_session_open(...) qn_session_open_at(QN_SITE, __VA_ARGS__)
#endif
/*
 * A name for reports, beside the place where it was opened: what the program calls the request or
 * the job. The text is the caller's, and read until the session closes or has another name. NULL:
 * none.
 */
QN_API void qn_session_set_name(qn_session *session, const char *name);
/*
 * Anything of the program's for those who are given the session alone, hooks of validation for one.
 * NULL until it is set.
 */
QN_API void qn_session_set_context(qn_session *session, void *context);
QN_API void *qn_session_context(const qn_session *session);
/*
 * Cancels what is under way (call-backs fire with QN_CANCELLED, from here), rolls an open
 * transaction back without waiting for it, and frees all that the session loaded. Operations that
 * were detached outside a transaction run on, as does a COMMIT that was sent. Allowed in
 * call-backs, and in a task for its own session. NULL is allowed.
 */
QN_API void qn_session_close(qn_session *session);
/*
 * All that is loaded after the mark is freed by the release; the mark stays good for another one.
 * Marks that were made after it are void then, and must not be released to. QN_USAGE, and nothing
 * is freed: operations are under way, or the mark is of another session, or seen to be void.
 */
QN_API qn_mark qn_session_mark(const qn_session *session);
QN_API qn_status qn_session_release(qn_session *session, qn_mark mark);
/* Memory that lives as long as what the session loads; zeroed. NULL when out of memory. */
QN_API void *qn_session_alloc(qn_session *session, size_t size);
/*
 * Why the last operation of the session that failed did so, or the last call with a status of its
 * own. Never NULL; status QN_OK when none has failed.
 */
QN_API const qn_error *qn_session_error(const qn_session *session);
/*
 * The time that each further operation may take, from its start, waiting for a connection included.
 * 0: the pool's.
 */
QN_API void qn_session_set_deadline(qn_session *session, uint32_t milliseconds);
QN_API qn_pool *qn_session_pool(const qn_session *session);

typedef void qn_callback(qn_op *op, void *context);

/*
 * Waits for the operation and returns how it ended. In a task: suspends the task, the loop goes on.
 * Outside: runs the loop until the operation is done. Inside a call-back: refused with QN_USAGE,
 * the operation goes on and stays the caller's, so that its place for the result must not be on the
 * stack of the call-back. NULL (an operation that could not be allocated) is QN_OUT_OF_MEMORY.
 */
QN_API QN_MUST_CHECK qn_status qn_await(qn_op *op);
/*
 * Calls back from the loop (or from qn_session_close) when the operation is done, once; an
 * operation that is done already calls back in the next turn. NULL op: QN_OUT_OF_MEMORY, and no
 * call-back.
 */
QN_API qn_status qn_then(qn_op *op, qn_callback *callback, void *context);
/*
 * Gives up: the operation completes with QN_CANCELLED, from the loop. What was not sent is never
 * sent; a statement that runs is cancelled on the server where that can hit nobody else, and its
 * effect is otherwise discarded by a rollback in a transaction, or unknown. An operation that
 * completes without being sent, one that is done, and a COMMIT on its way are left alone. The
 * operation is still the caller's, to be awaited, called back or detached. NULL is allowed.
 */
QN_API void qn_cancel(qn_op *op);
/* Nobody waits for it: it runs, and a failure goes to the pool's log hook. NULL is allowed. */
QN_API void qn_detach(qn_op *op);
/*
 * For this operation alone, from now, 0 being at once; nothing happens when it is done, or is not
 * to be sent.
 */
QN_API void qn_op_set_deadline(qn_op *op, uint32_t milliseconds);
/*
 * Inside the call-back: how it ended and why. Never NULL; the error lives until the call-back
 * returns.
 */
QN_API qn_status qn_op_status(const qn_op *op);
QN_API const qn_error *qn_op_error(const qn_op *op);
QN_API qn_session *qn_op_session(const qn_op *op);

/*
 * Any SQL. Parameters are text, or NULL for NULL, with types that the server infers; rows come back
 * as text. `result` may be NULL; it is filled when the operation completes, and its texts live as
 * long as the session. One statement; it is sent as it stands: values belong in parameters. All but
 * `result` is read before the call returns.
 *
 * QN_USAGE: no statement, transaction control (qn_atomic does that), COPY, and what would change a
 * connection that others use too: SET that is not LOCAL, RESET, LISTEN, PREPARE, cursors, DISCARD.
 * QN_SQL_ERROR: the statement is wrong, or has another number of parameters, or is more than one.
 */
typedef struct qn_sql_result {
	size_t row_count;
	size_t column_count;
	const char *const *columns; /* names */
	const char *const *values;  /* row after row; NULL is NULL */
	int64_t affected;           /* rows changed, for statements that change rows */
} qn_sql_result;

QN_API qn_op *qn_sql(qn_session *session, qn_sql_result *result, const char *sql,
		     const char *const *parameters, size_t parameter_count);

/*
 * Tasks: straight-line code on a stack of its own. The function starts in the next turn of the
 * pool's loop, in the order of qn_spawn, with a session of its own that is closed when it returns.
 * `argument` is the caller's and must live until then. QN_OUT_OF_MEMORY, QN_POOL_CLOSED: there is
 * no task.
 *
 * The stack has qn_pool_config.task_stack bytes and a guard page below: a function that needs more
 * is ended by the operating system's SIGSEGV. A task must not leave its function by longjmp, nor
 * wait for operations of another pool. When the pool closes, everything that a task waits for fails
 * with QN_POOL_CLOSED or QN_CANCELLED; one that goes on waiting a thousand times is dropped where
 * it stands.
 */
typedef void qn_task(qn_session *session, void *argument);
QN_API QN_MUST_CHECK qn_status qn_spawn(qn_pool *pool, qn_task *task, void *argument);
QN_API QN_MUST_CHECK qn_status qn_spawn_at(const char *site, qn_pool *pool, qn_task *task,
					   void *argument);
#ifndef QN_NO_SITES
#define qn_spawn(...) qn_spawn_at(QN_SITE, __VA_ARGS__)
#endif
/*
 * Lets this much time pass without holding anything up. Outside a task it runs the loop; inside a
 * call-back it is QN_USAGE. QN_POOL_CLOSED: the pool closes, and the time may not have passed.
 */
QN_API qn_status qn_sleep(qn_session *session, uint32_t milliseconds);

#ifdef __cplusplus
}
#endif
#endif
