/*
 * The inside of sessions, for the files of this folder.
 *
 * Who keeps what alive: a session that is closed stays until the pool has given back the last
 * request of its lane and the last frame that is in the middle of it (`users`) has left; an
 * operation whose request the pool still has stays with it, abandoned. Both are then recycled in
 * the room, whose spare memory is bounded.
 */
#ifndef QUERN_SESSION_INSIDE_H
#define QUERN_SESSION_INSIDE_H

#include "base/error.h"
#include "quern/transaction.h"
#include "session/loaded.h"
#include "session/op.h"
#include "session/room.h"

/* Nanoseconds, as the pool's clock counts. */
#define QN_MILLISECOND UINT64_C(1000000)

struct task;

struct commit_hook {
	qn_commit_hook *call;
	void *argument;
};

struct qn_session {
	struct session_room *room;
	struct qn_session *next; /* of the open ones, or of the free ones */
	struct qn_session *previous;
	struct lane lane;
	struct loaded loaded;
	struct qn_stream *first_stream; /* open */
	/*
	 * Of a stream's own, which is in the session that this is: it has no memory and no errors.
	 * NULL: the program's.
	 */
	qn_session *outer;
	const char *stream_model; /* of which rows, for reports */
	struct qn_op *first_op;
	struct qn_op *last_op;
	struct transaction *transaction; /* the innermost that is open */
	struct commit_hook *hooks;       /* of all that are open, the outermost first */
	size_t hook_count;
	size_t hook_capacity;
	qn_error error;
	struct arena error_arena; /* the error's texts */
	const char *site;         /* where it was opened, "" when that is not known */
	const char *name;         /* the program's; NULL: none */
	void *context;            /* the program's */
	/* No two sessions of a pool have the same: marks of another are found out. */
	uint64_t serial;
	uint32_t deadline;   /* milliseconds; 0: the pool's */
	uint32_t statements; /* submitted or refused, and not completed */
	uint32_t abandoned;  /* operations that the pool still has though the session is closed */
	uint32_t users;      /* frames on some stack that will touch the session again */
	bool closed;
};

/* Somebody who waits: in the memory of the one that waits. */
struct waiter {
	struct task *task; /* NULL: outside tasks */
	bool done;
	qn_status status;
};

/* One that waits for time to pass. A task has one, and so has what runs outside tasks. */
struct sleeper {
	qn_timer timer;
	struct waiter waiter;
	struct session_room *room;
	struct sleeper *next;
	struct sleeper *previous;
};

struct session_room {
	qn_pool *pool;
	struct qn_session *sessions; /* open */
	struct qn_session *free_sessions;
	struct qn_op *free_ops;
	struct task *tasks;
	struct task *free_tasks; /* with their stacks */
	struct task *first_ready;
	struct task *last_ready;
	struct task *running;
	struct sleeper *sleepers;
	struct sleeper outside;
	struct deferred run_ready;
	uint64_t serials;
	uint64_t random;
	uint64_t refusals; /* operations in a row that a closed pool did not take */
	uint32_t session_count;
	uint32_t task_count;
	uint32_t operations; /* not completed */
	uint32_t free_session_count;
	uint32_t free_op_count;
	uint32_t free_task_count;
	uint32_t calling_back; /* call-backs of the program that are running */
	bool closing;
};

/* The room of a pool, made at its first use. NULL when out of memory. */
struct session_room *room_of(qn_pool *pool);
/* A number that differs from room to room and call to call, for jitter; never 0. */
uint64_t room_random(struct session_room *room);
/* Why it is not possible to wait here: NULL when it is. */
const char *room_cannot_wait(const struct session_room *room);
/*
 * Suspends the task, or runs the loop, until somebody wakes the waiter. A status other than QN_OK:
 * the loop could not be run; the waiter is still registered wherever it is.
 */
QN_MUST_CHECK qn_status waiter_wait(struct session_room *room, struct waiter *waiter);
/* May switch to the waiting task, which may do anything, before it returns. */
void waiter_wake(struct session_room *room, struct waiter *waiter, qn_status status);
/* Waits until that time of the pool's clock, or until the pool closes. */
QN_MUST_CHECK qn_status room_sleep(struct session_room *room, uint64_t until);

/* task.c, for the room's end. */
void room_finish_tasks(struct session_room *room);
void room_free_tasks(struct session_room *room);
/* Frees all tasks as they are; none of them runs again. */
void room_drop_tasks(struct session_room *room);

/* session.c */
/* The program's session, of which this is one or a part. */
static inline qn_session *session_outermost(qn_session *session)
{
	return session->outer ? session->outer : session;
}
/* Opens a session for a stream of this one, with its deadline. QN_OUT_OF_MEMORY, QN_POOL_CLOSED. */
QN_MUST_CHECK qn_status session_open_inner(qn_session *outer, qn_session **inner);
/* Around code that may close the session, when the session is needed after it. */
void session_enter(qn_session *session);
void session_leave(qn_session *session);
/* Recycles the session if it is closed and nothing needs it any more. */
void session_collect(qn_session *session);
/* When an operation that starts now has to be done, of the pool's clock. */
uint64_t session_deadline(const qn_session *session, uint64_t now);
/*
 * All that the pool has of the session, but not the end of a transaction; those that nobody waits
 * for if asked to.
 */
void session_cancel_operations(qn_session *session, bool detached_too);
/* Makes it the session's error; texts are copied. */
void session_set_error(qn_session *session, const qn_error *error);
/* leak.c: says that it was never finished, who it is, and what of it nobody took. */
void session_log_leak(const qn_session *session, const char *what);
void session_free(qn_session *session);
/* Frees an open session and all that it has, and tells nobody. */
void session_drop(qn_session *session);

/* op.c */
struct qn_op *op_make(qn_session *session, const qn_model *model);
/* The same, but the session does not know it. */
struct qn_op *op_obtain(qn_session *session, const qn_model *model);
/* As op_submit, for who knows the time already and has a deadline for a statement. */
struct qn_op *op_submit_at(struct qn_op *op, uint64_t now, uint64_t deadline);
/* Refuses what cannot be sent: parameters that are too large, a broken transaction. */
void op_check(struct qn_op *op);
/* Gives it to the pool, or refuses it. */
void op_send(struct qn_op *op, uint64_t deadline);
/* Its end, in the pool's counts and log. */
void op_record(struct qn_op *op, qn_status status);
void op_recycle(struct qn_op *op);
void op_free(struct qn_op *op);
/*
 * Completes it: gives the status to whoever waits for it. May call back, switch tasks, close the
 * session.
 */
void op_complete(struct qn_op *op, qn_status status);
/* Gives the status of one that is done to whoever waits for it; if nobody does, it stays. */
void op_deliver(struct qn_op *op);
/*
 * From session_close: completes it with QN_CANCELLED if it was under way, and takes it out of the
 * session.
 */
void op_close(struct qn_op *op);
/* Completes it with op->status from the loop. */
void op_complete_later(struct qn_op *op);
/* Runs a deferred completion at once, when the loop does not run any more. */
void op_complete_deferred(struct qn_op *op);

/* parts.c. True: parts are under way, with which the whole completes. */
bool parts_start(struct op_parts *parts);
/* The end of the whole's own statement, or of a part. */
void parts_completed(struct qn_op *op, qn_status status);
/* How the whole ends when nothing of it is under way. */
qn_status parts_conclude(struct op_parts *parts);
void parts_cancel(struct op_parts *parts);
void parts_set_deadline(struct op_parts *parts, uint64_t deadline);
/* From op_close: what the pool still has of the parts recycles itself when it comes back. */
void parts_abandon(struct op_parts *parts);
/* With the whole; for a part they only forget what it is a part of. */
void parts_recycle(struct qn_op *op);
void parts_free(struct qn_op *op);

/* error.c */
/*
 * The texts of the error that are not static are copied into the arena; those that find no memory
 * become "".
 */
void error_copy(qn_error *to, const qn_error *from, struct arena *arena);
/* Fills op->error of what the server or the pool said. */
void op_error_from_outcome(struct qn_op *op, const struct outcome *outcome);
/* Fills op->error with the status' own text, unless it is filled already. */
void op_error_default(struct qn_op *op, qn_status status);

#endif
