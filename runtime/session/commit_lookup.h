/*
 * What became of a COMMIT whose answer was lost.
 *
 * The first statement of a block that may change something is followed, in the same flush, by a
 * question for what tells the transaction later: its id, the time at which the server started, and
 * the server's time. When the connection is lost after COMMIT was sent, another connection asks the
 * server what it knows of that id, again and again while it is in progress, until the deadline of
 * COMMIT.
 *
 * The id alone proves nothing: a server that crashed gives ids again which no log record told of,
 * and another server has ids of its own. So the answer counts only when the server has the same
 * start, and has not lost its memory since: after a crash, also of a single backend, its statistics
 * begin anew, and the time of that is for everybody to read.
 */
#ifndef QUERN_SESSION_COMMIT_LOOKUP_H
#define QUERN_SESSION_COMMIT_LOOKUP_H

#include "session/inside.h"

struct transaction;

enum { COMMIT_FACTS = 3, COMMIT_FACT_SIZE = 8, COMMIT_LOST_TEXT = 320 };

/* Part of the outermost block. Zeroed memory is one that knows nothing. */
struct commit_lookup {
	bool may_have_written;
	bool is_known;   /* the facts are there */
	bool is_running; /* COMMIT was lost, and the block waits for the word on it */
	bool is_timed;
	uint8_t answer;
	char facts[COMMIT_FACTS][COMMIT_FACT_SIZE]; /* as the server sent them */
	struct qn_op *op;                           /* the question that is under way */
	uint64_t deadline;
	uint64_t delay; /* before the next question */
	qn_timer timer; /* until then */
	char lost[COMMIT_LOST_TEXT];
};

/* A statement that may change something was submitted now in this block, or in a savepoint's. */
void commit_lookup_follow(struct transaction *block, uint64_t now);
/* The outermost block is to end: the question for the facts must not hold it up for long. */
void commit_lookup_hurry(struct transaction *transaction);
/*
 * COMMIT ended with QN_OUTCOME_UNKNOWN. True: the outermost block ends by transaction_looked_up,
 * which may have been called already. False: there is nothing to find out, or no way to.
 */
bool commit_lookup_start(struct transaction *transaction, const struct qn_op *commit);
/* Ends one that runs, as unknown for this reason. */
void commit_lookup_give_up(struct transaction *transaction, const char *reason);
/* Nobody waits for the block any more. */
void commit_lookup_drop(struct transaction *transaction);

#endif
