/* The parts of the load. */
#ifndef QUERN_TEST_LOAD_INSIDE_H
#define QUERN_TEST_LOAD_INSIDE_H

#include <quern.h>
#include <sys/types.h>

#include "ledger.h"
#include "load.h"

struct load {
	const struct load_config *config;
	struct load_board *board;
	qn_pool *pool;
	bool is_settled; /* nothing is counted any more */
	bool is_drained;
	long warm_kilobytes; /* 0: it is not warm yet */
	pid_t child;         /* that was forked and did not end yet; 0: none */
};

/* One request of a worker, from its submission to its verdict. */
struct pending {
	struct worker *worker;
	qn_uuid req;
	char text[QN_UUID_TEXT];
	uint64_t started; /* microseconds */
	bool is_open;
	bool is_cancelled; /* by us */
};

struct worker {
	struct load *load;
	unsigned number;
	int log;
	uint64_t random;
	int64_t sequence;
	uint64_t
		/*
		 * Microseconds: when it last came back from waiting; what it issues since cannot be
		 * older.
		 */
		awake;
	qn_uuid known; /* a row that was acknowledged */
	bool has_known;
	struct pending pending[LOAD_FLOOD_BURST];
	unsigned outstanding;
};

/* Something that must never happen did. */
void load_problem(struct load *load, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Opens load->pool. */
qn_status load_open(struct load *load);
/* All tasks have ended: nothing may be left in the pool, and nothing may come any more. */
void load_finish(struct load *load);
int load_descriptors(void);
long load_resident(void); /* kilobytes */
/* The pool's log hook. */
qn_log_hook load_hear;
/* Samples the pool until the watcher says stop and the workers have ended. Outside tasks. */
void load_watch(struct load *load);
/*
 * The workers have ended: uses each connection once more, so that a broken one shows, and measures
 * what memory is left.
 */
void load_settle(struct load *load);
/*
 * Forks a child that ends in one of several ways, if one is wanted, and sees to the last one's end.
 * Outside tasks.
 */
void load_fork(struct load *load);

/*
 * Counts the operation, which was issued since the worker last waited or at that time, and waits
 * for it.
 */
qn_status work_await(struct worker *worker, qn_op *op);
qn_status work_await_since(struct worker *worker, qn_op *op, uint64_t started);
/*
 * An operation of that age ended so, and nobody had asked for it: one that was cancelled, or timed
 * out too early.
 */
void work_ended_without_reason(struct load *load, qn_status status, uint64_t age);
/* A request gets its number and goes into the ledger. False: the ledger cannot be written. */
bool pending_open(struct pending *pending, struct worker *worker);
/* Its verdict. `in_transaction`: a failure that is not `unknown` left nothing behind. */
void pending_close(struct pending *pending, qn_status status, bool in_transaction, const char *xid);
/* A random number below `limit`. */
uint64_t work_random(struct worker *worker, uint64_t limit);

/*
 * Units of work; each returns whether all went well, so that a worker can take a breath otherwise.
 */
bool work_transfer(struct worker *worker, qn_session *session, bool is_serializable);
bool work_burst(struct worker *worker, qn_session *session);
bool work_read(struct worker *worker, qn_session *session);
/* All accounts of one moment as a stream, whose end is not taken for the end of the connection. */
bool work_stream(struct worker *worker, qn_session *session);
/* A flood of rows with call-backs. */
bool work_flood(struct worker *worker, qn_session *session);
/* Huge and odd results, and what must be refused. */
bool work_odd(struct worker *worker, qn_session *session);
/*
 * One that gives up; `own` is the task's session. The other one may be closed, and NULL afterwards.
 */
bool work_cancel(struct worker *worker, qn_session *own, qn_session **session);

#endif
