/*
 * Operations, as the layers above the session make them.
 *
 *   struct qn_op *op = op_new(session, model);
 *   if (!op)
 *           return NULL;
 *   ... encode parameters: op_parameter(op), buf_add_...(&op->wire),
 *       or op_refuse(op, QN_INVALID_VALUE, "...") ...
 *   op->request.statement = statement;
 *   op->finish = find_finish;
 *   return op_submit(op);
 *
 * An op is recycled memory of the pool: what it points to is kept from use to use, so that a warm
 * operation allocates nothing but its results.
 */
#ifndef QUERN_SESSION_OP_H
#define QUERN_SESSION_OP_H

#include "base/buf.h"
#include "pool/pool_internal.h"
#include "quern/model.h"
#include "wire/request.h"

struct loaded;
struct waiter;
struct transaction;
struct op_parts;

enum op_state {
	OP_NEW,
	OP_QUEUED,
	OP_HELD,  /* its end is known, but told only by op_release */
	OP_DONE,  /* completed, nobody has taken its status yet */
	OP_TAKEN, /* its call-back runs, or it is back in the room's free list */
};

struct qn_op {
	struct request request;
	struct deferred deferred; /* for completion without sending */
	qn_session *session;
	const qn_model *model; /* NULL: qn_sql and transaction control */
	struct qn_op *next;    /* of the session's operations, or of the free ones */
	struct qn_op *previous;
	enum op_state state;
	qn_status status;
	bool refused;
	bool detached;
	bool cancelled;
	bool submitted; /* the pool has the request */
	/* Its session is closed: it is only here until the pool gives the request back. */
	bool abandoned;
	bool failed;      /* `error` says why */
	bool is_recorded; /* counted and logged, as a part or the statement of a whole */
	bool is_control;  /* of a transaction: BEGIN, SAVEPOINT, COMMIT, ... */
	/* By the server, and not by the loss of the connection or by the deadline. */
	bool is_answered;
	bool is_aside; /* a pool that does not take it breaks no transaction */
	qn_callback *callback;
	void *context;
	struct waiter *waiting;
	struct transaction *transaction; /* the one whose statement it is: broken if it fails */
	struct transaction *started;     /* of qn_atomic_start: the one that it stands for */
	struct op_parts *parts;    /* of several statements, or one of them (parts.h); else NULL */
	struct qn_stream *stream;  /* whose chunk it loads; NULL: none's */
	struct loaded *loads_into; /* what its rows are in; NULL: what the session has loaded */
	uint64_t started_at;
	uint64_t row_count;
	int backend_pid;

	/*
	 * Makes the operation's result of the server's, in the loop, before the call-back or the
	 * await returns. Called only with status QN_OK. It may take the result (op_keep_result and
	 * result of the outcome to NULL), and returns how the operation ends; op_fail says why.
	 */
	qn_status (*finish)(struct qn_op *op, struct outcome *outcome);
	/*
	 * NULL, or called when the server refused the statement: may say more in `error`, by
	 * op_fail.
	 */
	void (*explain)(struct qn_op *op);
	void *out;    /* finish's: where the caller wants the result */
	void *row;    /* finish's: the row in hand, of save, delete, refresh */
	void *detail; /* finish's own use: memory of op->arena */

	/* From here on kept from one use to the next. */
	struct buf wire; /* the encoded values one after the other; each followed by a NUL */
	/* Of the parameters in `wire`, OP_PARAMETER_NULL; pointers of `values` in op_submit. */
	size_t *offsets;
	size_t parameter_count;
	size_t parameter_capacity;
	const char **values;
	int *lengths;
	int *formats;
	struct arena arena; /* scratch of this operation; cleared when it is recycled */
	qn_error error;     /* when failed; texts in `arena`, static, or the model's */
};

#define OP_PARAMETER_NULL SIZE_MAX

/*
 * NULL when out of memory, or when the session is closed. `model` may be NULL. The op is in the
 * session's list from here on; it is all zero but for what is kept, whose parameters are none.
 */
struct qn_op *op_new(qn_session *session, const qn_model *model);
/* Makes room for more parameters. False: out of memory, and the operation will be refused. */
bool op_parameters_grow(struct qn_op *op);

/*
 * Begins a parameter: what is added to op->wire until op_parameter_end is its value. False: out of
 * memory.
 */
static inline bool op_parameter_begin(struct qn_op *op, bool is_text)
{
	if (op->parameter_count == op->parameter_capacity && !op_parameters_grow(op))
		return false;
	op->offsets[op->parameter_count] = op->wire.len;
	op->formats[op->parameter_count] = is_text ? 0 : 1;
	return true;
}

/* What is too long for an int is refused in op_submit. */
static inline bool op_parameter_end(struct qn_op *op)
{
	op->lengths[op->parameter_count] = (int)(op->wire.len - op->offsets[op->parameter_count]);
	op->parameter_count++;
	buf_add_char(&op->wire, '\0');
	return !op->wire.failed;
}

static inline bool op_parameter_null(struct qn_op *op)
{
	if (!op_parameter_begin(op, true))
		return false;
	op->offsets[op->parameter_count] = OP_PARAMETER_NULL;
	op->lengths[op->parameter_count++] = 0;
	return true;
}

/* Adds the parameters of another operation. False: out of memory; the operation will be refused. */
bool op_copy_parameters(struct qn_op *op, const struct qn_op *from);

/*
 * Makes the operation complete with this failure, from the loop; the first refusal counts. The
 * message is put behind "Product.name: ", or "Product: " without a field, or nothing without a
 * model; it need not name them again.
 */
void op_refuse(struct qn_op *op, qn_status status, const qn_field *field, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * Queues the operation. A refused one, or one without a statement (provably empty: `finish` is not
 * called, status QN_OK, or what op_complete_with chose), completes from the loop without being
 * sent, as does any in a broken transaction. A parameter that could not be added for lack of memory
 * refuses it. Always returns op.
 */
struct qn_op *op_submit(struct qn_op *op);
/*
 * For one whose end is known and was not told: nobody is told before op_release, or the session's
 * end.
 */
void op_hold(struct qn_op *op);
/* May call back, switch tasks, close the session. */
void op_release(struct qn_op *op);
/* For an operation without a statement: how it completes (QN_NOT_FOUND of an empty get). */
void op_complete_with(struct qn_op *op, qn_status status);
/* Inside finish: why it fails; the message as for op_refuse. Returns status. */
qn_status op_fail(struct qn_op *op, qn_status status, const qn_field *field, const char *format,
		  ...) __attribute__((format(printf, 4, 5)));

/* Makes it the session's error that a call which is no operation failed so. Returns status. */
qn_status session_fail(qn_session *session, qn_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The session's, for finish. */
struct arena *session_arena(qn_session *session);
/*
 * The session frees the result when it closes, or is released to an older mark. False: out of
 * memory, not kept.
 */
bool session_keep_result(qn_session *session, PGresult *result);
/* The same of where the operation's rows go, which need not be the session's memory. */
struct arena *op_loaded_arena(struct qn_op *op);
bool op_keep_result(struct qn_op *op, PGresult *result);
qn_pool *session_pool(const qn_session *session);

#endif
