#include "session/stream.h"

void stream_open(struct qn_stream *stream, qn_session *session)
{
	stream->session = session;
	stream->block = transaction_current(session);
	stream->is_inside = stream->block != NULL;
	stream->next = session->first_stream;
	if (stream->next)
		stream->next->previous = stream;
	session->first_stream = stream;
}

static void stream_unlink(struct qn_stream *stream)
{
	if (stream->previous)
		stream->previous->next = stream->next;
	else
		stream->session->first_stream = stream->next;
	if (stream->next)
		stream->next->previous = stream->previous;
}

static void own_transaction_ended(struct transaction *transaction)
{
	struct qn_stream *stream =
		(struct qn_stream *)((char *)transaction - offsetof(struct qn_stream, transaction));

	stream->ended(stream);
}

qn_status stream_begin(struct qn_stream *stream, const char *model)
{
	struct transaction *transaction = &stream->transaction;
	qn_status status = session_open_inner(stream->session, &stream->inner);

	if (status != QN_OK)
		return session_fail(stream->session, status, "%s", qn_status_text(status));
	stream->inner->stream_model = model;
	*transaction = (struct transaction){ .session = stream->inner, .site = "" };
	transaction->options.isolation = QN_REPEATABLE_READ;
	transaction->options.read_only = true;
	transaction->ended = own_transaction_ended;
	status = transaction_begin(transaction);
	if (status != QN_OK)
		session_set_error(stream->session, &stream->inner->error);
	return status;
}

void stream_finish(struct qn_stream *stream, qn_status verdict)
{
	struct transaction *transaction = &stream->transaction;

	if (stream->inner && stream->inner->transaction == transaction &&
	    !transaction->is_finishing)
		transaction_finish(transaction, verdict);
}

bool stream_is_ending(const struct qn_stream *stream)
{
	return stream->inner && stream->inner->transaction == &stream->transaction &&
	       stream->transaction.is_finishing;
}

bool stream_is_shut(const struct qn_stream *stream)
{
	const qn_session *session = stream->session;

	return !stream->block || session->closed || !transaction_current(session) ||
	       transaction_is_broken(session->transaction);
}

void stream_give_up(struct qn_stream *stream, struct qn_op *op)
{
	/* Cancelling it would break a transaction that may go on. */
	if (stream->session->closed)
		qn_cancel(op);
	op_close(op);
}

void qn_stream_close(qn_stream *stream)
{
	qn_session *session;

	if (!stream || stream->is_closing)
		return;
	session = stream->session;
	stream->is_closing = true;
	stream_unlink(stream);
	/* Whoever waits for a chunk may close the session. */
	session_enter(session);
	stream->closing(stream);
	if (stream->inner)
		qn_session_close(stream->inner);
	stream->free(stream);
	session_leave(session);
}

void streams_close(qn_session *session)
{
	while (session->first_stream)
		qn_stream_close(session->first_stream);
}

void streams_drop(qn_session *session)
{
	while (session->first_stream) {
		struct qn_stream *stream = session->first_stream;

		stream->is_closing = true;
		session->first_stream = stream->next;
		stream->free(stream);
	}
}

void streams_leave(struct transaction *block)
{
	struct transaction *outer = block->is_committed ? block->outer : NULL;

	for (struct qn_stream *stream = block->session->first_stream; stream;
	     stream = stream->next) {
		if (stream->block != block)
			continue;
		stream->block = outer;
		if (!outer)
			stream->block_ended(stream);
	}
}
