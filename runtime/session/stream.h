/*
 * Streams, as their session has them: in which transaction they read, and how both end.
 *
 * A stream that is opened outside of transactions has a session of its own inside the program's:
 * with a lane, so a connection, of its own, and the transaction that reads. One that is opened in a
 * transaction is in that block, and not any more when the block has ended.
 */
#ifndef QUERN_SESSION_STREAM_H
#define QUERN_SESSION_STREAM_H

#include "session/transaction.h"

/* What is read is the business of whoever embeds it, as the first member. */
struct qn_stream {
	qn_session *session;    /* the program's */
	struct qn_stream *next; /* of the session's open ones */
	struct qn_stream *previous;
	qn_session *inner;              /* its own, from stream_begin on; NULL: it has none */
	struct transaction transaction; /* of inner */
	struct transaction *block; /* of the session, that it belongs to; NULL: of none any more */
	bool is_inside;            /* it was opened in a transaction */
	bool is_closing;

	/* A chunk has completed, was refused, or was given up: before anybody is told. */
	void (*settled)(struct qn_stream *stream, struct qn_op *op);
	/*
	 * Its own transaction has ended; not from its closing. May close the stream, as the last it
	 * does.
	 */
	void (*ended)(struct qn_stream *stream);
	/* The block has ended, or was rolled back to where it began. */
	void (*block_ended)(struct qn_stream *stream);
	/* It is about to be closed: gives up what it has under way in the session's transaction. */
	void (*closing)(struct qn_stream *stream);
	/* Frees it; what it has under way is over. */
	void (*free)(struct qn_stream *stream);
};

/* Puts a zeroed one with its functions into the session, and into the block that is open. */
void stream_open(struct qn_stream *stream, qn_session *session);
/*
 * Opens its own session with a transaction of this name in reports. Anything but QN_OK: the
 * session's error says why.
 */
QN_MUST_CHECK qn_status stream_begin(struct qn_stream *stream, const char *model);
/*
 * Ends its own transaction, if there is one that has not ended; by COMMIT if all is well. Nothing
 * waits for it.
 */
void stream_finish(struct qn_stream *stream, qn_status verdict);
/* True between the two: what its own transaction holds in the server is not free yet. */
bool stream_is_ending(const struct qn_stream *stream);
/* True when nothing more can be sent in the block that it is in. */
bool stream_is_shut(const struct qn_stream *stream);
/*
 * Gives up the operation, which is under way: it completes with QN_CANCELLED, and its result is
 * dropped when it comes.
 */
void stream_give_up(struct qn_stream *stream, struct qn_op *op);

/* From the session's end: closes all streams, or only frees their memory. */
void streams_close(qn_session *session);
void streams_drop(qn_session *session);
/* From the end of a block. */
void streams_leave(struct transaction *block);

#endif
