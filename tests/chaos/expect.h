/*
 * What each fault must show, besides what the ledger and the database tell. Each adds problems to
 * the cell.
 */
#ifndef QUERN_TEST_CHAOS_EXPECT_H
#define QUERN_TEST_CHAOS_EXPECT_H

#include "cell.h"

/* Of every fault: an operation ends by its deadline, and memory comes back. */
void expect_time(struct cell *cell);
void expect_memory(struct cell *cell);

/* Only the connections that were struck ended, and they know why. */
void expect_told(struct cell *cell);
/* A cancel hits one operation at most. */
void expect_one_hit_each(struct cell *cell);
/* A server that cannot be reached is neither asked nor waited for in a hurry. */
void expect_patience(struct cell *cell);
/* A connection whose server says nothing is given up. */
void expect_given_up(struct cell *cell);
/*
 * What was answered while the client stood still is read before deadlines pass: only what it was
 * about to send times out.
 */
void expect_few_plain_timeouts(struct cell *cell);
/* Nothing timed out, and no connection ended. */
void expect_untouched(struct cell *cell);
/* The server said that its disk is full, and kept its connections. */
void expect_disk_errors(struct cell *cell);
/* The new primary is found soon, and nothing is written to a standby. */
void expect_taken_over(struct cell *cell);
/* Outside transactions nobody notices that a table changed. */
void expect_no_drift(struct cell *cell);
/* What is too much is refused at once, and what is accepted is served in time. */
void expect_refusals(struct cell *cell);
/* Children came and went, and no connection ended. */
void expect_forks(struct cell *cell);
/* All that is odd was tried; the load itself tells what did not hold. */
void expect_oddities(struct cell *cell);

#endif
