/*
 * Batches: gets that wait in the pool at the same time and differ in nothing but their key, sent as
 * one statement that takes an array of keys (qn_pool_config.coalesce_gets).
 *
 *   dispatch    a connection was chosen for the first lane that waits; if what that wants may go in
 *               a batch, so do all of the same statement that wait in the pool, of whatever lane,
 *               up to BATCH_KEYS: the members
 *   answer      rows go to the members by their key's bytes; each completes on its own
 *
 * What may go: a request with REQUEST_KEYED whose statement has a batch form, for the first time,
 * of a lane that is not in a transaction and has nothing under way. A member is to its lane a read
 * that was sent and shares a Sync: reads of the lane go behind it on its connection, writes wait
 * until it is answered.
 *
 * To the connection a batch is one read, with a lane of its own. It has no deadline: each member
 * has. A member that is cancelled or late leaves it; when all have left, its statement is overdue.
 * The members are sent again one by one, as requests that were skipped are, when
 *   - the batch was skipped, or its prepared statement was stale;
 *   - the server refused it for a reason that may lie in one key or one row;
 *   - its rows are not what unique keys give: two of one key, or one of no member's;
 *   - equal keys may have other bytes (text, by its collation), for those members that found no
 *     row.
 * All else that ends the statement ends each member so.
 */
#ifndef QUERN_POOL_BATCH_H
#define QUERN_POOL_BATCH_H

#include "pool/pool_state.h"

enum {
	BATCH_KEYS = 64,        /* in one statement */
	BATCH_KEY_BYTES = 1024, /* of a key; larger ones go alone */
};

struct batch;

/*
 * Sends a batch on the connection if the first lane that waits is the start of one. False: it goes
 * alone, nothing has changed. True also when the connection was closed because it would not take
 * it.
 */
QN_MUST_CHECK bool batch_dispatch(qn_pool *pool, struct conn *conn);
/*
 * The request is a batch; `outcome` is given to its members, which may call back. The batch is
 * gone.
 */
void batch_answered(qn_pool *pool, struct request *request, const struct outcome *outcome);
/* The request is a batch that was not executed: its members are sent again. The batch is gone. */
void batch_again(qn_pool *pool, struct request *request);
/* The request, which was sent in a batch, is the caller's again. */
void batch_leave(qn_pool *pool, struct request *member);
/* Completes with QN_CANCELLED, later, what batches have of the lane. */
void batches_abandon(qn_pool *pool, const struct lane *lane);
/* When no request is under way, or none will ever be answered. */
void batches_free(qn_pool *pool);

#endif
