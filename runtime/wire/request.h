/*
 * Requests: what sessions hand to the pool, one statement each, and how they come back.
 *
 * The queue is quern's own: libpq does not promise one result a statement when a connection dies,
 * so whoever submitted a request gets its outcome from here, exactly once, whatever libpq does. A
 * request belongs to the pool from pool_submit until `completed` is called; that never happens
 * inside pool_submit or pool_cancel.
 *
 * Lanes give order. All requests of a lane (a session has one) that are under way at the same time
 * run on the same connection, in the order in which they were submitted; only a read that is sent
 * again, because one before it in its Sync group failed, may run behind later reads, never behind a
 * write. A lane in a transaction is pinned: it keeps its connection, and nobody else's requests are
 * sent there, from the request with REQUEST_BEGIN until the one with REQUEST_END completed.
 *
 * What follows BEGIN is submitted before BEGIN was answered. So if the request with REQUEST_BEGIN
 * fails, whatever the reason (no connection in time, cancelled, refused by the server), the lane is
 * lost: nothing of it may reach a server until the END request, which completes without being sent.
 * No Sync may stand between BEGIN and the next request, or that would run outside the transaction
 * when BEGIN is refused.
 */
#ifndef QUERN_WIRE_REQUEST_H
#define QUERN_WIRE_REQUEST_H

#include <libpq-fe.h>

#include "base/str.h"
#include "quern/pool.h"

struct conn;

/* Ids up to this are those of transaction control; models' begin behind. */
enum { STATEMENT_CONTROL_IDS = 64 };

/* The text of a statement, shared by all requests of the same shape in a pool. */
struct statement {
	uint32_t id; /* dense, from 1, never used again within a pool; 0: not to be kept prepared */
	const char *sql;
	int parameter_count;
	const Oid *parameter_types; /* 0 where the server infers it */
	bool text_results;          /* results in text instead of binary */
	/*
	 * Filled by the owner of the statement when the first result was checked against the model:
	 * rows of the same statement need no further check. Forgotten when the statement is
	 * prepared again after a change of the schema.
	 */
	uint32_t checked_epoch;
	/* How several values of its one parameter are asked for at once; NULL: not at all */
	const struct batch_form *batch_form;
};

/*
 * One statement for requests of another, which is that of a single key: pool/batch.h. Lives as long
 * as both do.
 */
struct batch_form {
	struct statement statement; /* takes an array of keys; its result has the same columns */
	Oid key_type;
	int key_column; /* of the result */
	bool is_exact;  /* keys are equal if their bytes are, and only then */
};

enum request_flags {
	REQUEST_READ = 1 << 0,   /* changes nothing: may share a Sync, and may be sent again */
	REQUEST_BEGIN = 1 << 1,  /* pins the lane */
	REQUEST_END = 1 << 2,    /* COMMIT or ROLLBACK of the transaction: unpins the lane */
	REQUEST_COMMIT = 1 << 3, /* with END: a lost connection makes the outcome unknown */
	/* Submitted even though the transaction is broken: ROLLBACK, ROLLBACK TO. */
	REQUEST_IN_BROKEN = 1 << 4,
	REQUEST_KEYED = 1 << 5, /* a read that may go in a batch: takes a shared result */
	REQUEST_BATCH = 1 << 6, /* the pool's own: the batch itself, on its way */
};

struct request;

/*
 * The order of one session's requests. Zeroed memory is a lane. Owned by the session; must be empty
 * when it goes.
 */
struct lane {
	/* Where its requests are under way; NULL when none is and it is not pinned */
	struct conn *conn;
	uint32_t in_flight; /* submitted and not completed */
	bool pinned;
	bool lost;   /* pinned, and the connection died: everything fails until the END request */
	void *owner; /* the session, for reports */

	/*
	 * The pool's: what is not sent yet, and the place in the pool's or the connection's list of
	 * lanes that wait.
	 */
	struct request *first;
	struct request *last;
	struct lane *next;
	struct lane *previous;
	uint32_t sent;        /* sent and not completed */
	uint32_t sent_writes; /* of these: not REQUEST_READ */
	/*
	 * Of those sent: share a Sync with one before them, so that they may have to be sent again
	 */
	uint32_t sent_joined;
	uint8_t waiting_in;    /* which list it is in */
	qn_status lost_status; /* with lost: what everything fails with */
};

/*
 * How a request ended. Texts and the result are borrowed for the call, but for a result that is
 * taken.
 */
struct outcome {
	qn_status status;
	/*
	 * QN_OK: the rows. A server's error: its fields. NULL when there is none. Cleared by the
	 * caller of `completed` unless it was taken by setting this to NULL.
	 */
	PGresult *result;
	const char *message; /* when there is no result: one line, "" for QN_OK */
	/*
	 * Equal for results of one statement whose columns have the same types and formats; never
	 * 0 when there are columns
	 */
	uint32_t epoch;
	int backend_pid;
	/*
	 * Of REQUEST_KEYED: with QN_OK the result is also that of others, and must neither be taken
	 * nor pointed into; the request's is this row of it, if there is one
	 */
	bool is_shared;
	int row; /* -1: none */
};

/* How many rows of the result are the request's. */
static inline int outcome_row_count(const struct outcome *outcome)
{
	return outcome->is_shared ? outcome->row >= 0 : PQntuples(outcome->result);
}

struct request {
	/* The submitter's; not changed by the pool, not read after `completed`. */
	struct lane *lane; /* never NULL */
	const struct statement *statement;
	const char *const *values; /* read when it is sent: they live until `completed` */
	const int *lengths;        /* 0 where the value is NULL */
	const int *formats;
	unsigned flags;
	uint64_t deadline; /* of the loop's clock */
	/* When it was, of the loop's clock; 0: the pool reads it */
	uint64_t submitted_at;
	void (*completed)(struct request *request, struct outcome *outcome);

	/* The pool's. Zero when submitted. */
	struct request *next;
	struct request *previous;
	struct conn *conn;
	uint64_t look_at; /* for its deadline; pool/deadlines.h has these */
	struct request *look_next;
	struct request *look_previous;
	uint32_t deadline_slot;
	uint8_t state;
	uint8_t attempts;
	qn_status verdict;
	struct batch *batch; /* that it was sent in */
	int row;             /* of the batch's result */
};

/*
 * QN_POOL_CLOSED, QN_POOL_TIMEOUT (too many wait already), QN_USAGE (after fork), QN_OUT_OF_MEMORY:
 * not taken, and `completed` is not called. Everything later comes by `completed`.
 */
QN_MUST_CHECK qn_status pool_submit(qn_pool *pool, struct request *request);
/*
 * Gives up; `completed` is called from the loop with QN_CANCELLED, or with the true outcome if that
 * is known first.
 */
void pool_cancel(qn_pool *pool, struct request *request);
/* A new deadline for a submitted request. */
void pool_set_deadline(qn_pool *pool, struct request *request, uint64_t deadline);
/*
 * Gives a pinned lane's connection up without a word, because nobody can wait for its ROLLBACK: the
 * connection is closed. The lane is as new.
 */
void pool_abandon(qn_pool *pool, struct lane *lane);

#endif
