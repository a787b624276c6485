/*
 * Streams: DECLARE of a query's statement as a cursor, then FETCH of it, chunk by chunk.
 *
 * The query is walked once, when the stream is opened, into an operation that is never sent: its
 * statement, parameters and plans are those of find. DECLARE takes them over; each FETCH is an
 * operation whose result is read by the same plans.
 *
 * Two places for chunks take turns. `filling` is the one for the chunk that is under way or has
 * come in advance; the other holds the rows that the program has. A chunk is asked for when its
 * place is free, which it is as soon as the program has asked for the chunk before it.
 */
#include <stdlib.h>
#include <string.h>

#include "query/load.h"
#include "session/stream.h"

enum {
	/* That a chunk is meant to take when the program leaves it to quern. */
	CHUNK_BYTES = 256 * 1024,
	FIRST_CHUNK = 64, /* rows, before their size is known */
	CHUNK_MAX = 8192,
	GROWTH_MAX = 16,                /* the first rows may be small ones */
	CHUNK_BYTES_KEPT = 1024 * 1024, /* of a chunk's arena, for the next one */
	ERROR_ARENA_CHUNK = 512,
};

struct each {
	struct qn_stream stream;
	const qn_model *model;
	struct qn_op *planned; /* the query; its statement NULL: it provably finds nothing */
	struct shape shape;    /* of the query: a copy, that of a FETCH is checked on its own */
	unsigned flags;        /* of its request */
	uint64_t number;       /* in the cursor's name */
	size_t chunk_size;     /* that was asked for; 0: it is for quern to choose */
	size_t asked;          /* rows of the chunk under way, or of the last one */
	size_t bytes;          /* of the last chunk that had rows */
	struct loaded chunks[2];
	unsigned filling;
	struct row_list rows;   /* of the last chunk that came */
	struct qn_op *declare;  /* while it is under way */
	struct qn_op *fetching; /* the chunk that is under way */
	struct qn_op *ending;   /* tells the end when the transaction has ended */
	/* The chunk that the program has not asked for yet; it may have come. */
	struct qn_op *ahead;
	void *list; /* the program's, for the chunk under way */
	bool is_declared;
	bool is_at_end; /* the last chunk has come */
	qn_error error; /* why it failed, if its status says so; every further call does, too */
	struct arena error_arena;
};

static struct each *each_of(struct qn_stream *stream)
{
	return (struct each *)stream;
}

static bool each_has_ended(const struct each *each)
{
	return each->is_at_end || each->error.status != QN_OK;
}

static void each_fail(struct each *each, const qn_error *error)
{
	if (!each_has_ended(each))
		error_copy(&each->error, error, &each->error_arena);
}

static void each_fail_with(struct each *each, qn_status status, const char *message)
{
	qn_error error;

	error_clear(&error);
	error.status = status;
	error.message = message;
	error.model = each->model->name;
	each_fail(each, &error);
}

/* Where its statements are. */
static qn_session *each_session(const struct each *each)
{
	return each->stream.inner ? each->stream.inner : each->stream.session;
}

/* The operation ends as the stream did. */
static void op_take_error(struct qn_op *op, const qn_error *error)
{
	op->failed = true;
	op->status = error->status;
	error_copy(&op->error, error, &op->arena);
}

static struct statement *statement_new(struct qn_op *op, struct str sql)
{
	struct statement *statement = sql.at ? arena_alloc(&op->arena, sizeof(*statement)) : NULL;

	if (!statement) {
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return NULL;
	}
	statement->sql = sql.at;
	return statement;
}

static void declare_told(qn_op *op, void *context)
{
	struct each *each = context;

	each->declare = NULL;
	if (op->status != QN_OK)
		each_fail(each, &op->error);
}

/* False: out of memory. */
static bool send_declare(struct each *each)
{
	struct qn_op *op = op_new(each_session(each), each->model);
	struct statement *statement;

	if (!op)
		return false;
	statement = statement_new(
		op, arena_format(&op->arena, "DECLARE qn_stream_%llu NO SCROLL CURSOR FOR %s",
				 (unsigned long long)each->number, each->shape.statement.sql));
	if (statement && op_copy_parameters(op, each->planned)) {
		statement->parameter_count = each->shape.statement.parameter_count;
		statement->parameter_types = each->shape.statement.parameter_types;
	}
	op->request.statement = statement;
	op->request.flags = each->flags;
	op->callback = declare_told;
	op->context = each;
	each->declare = op;
	each->is_declared = true;
	op_submit(op);
	return true;
}

/* A cursor that stays open would keep what it has sorted or locked until the transaction ends. */
static void send_close(struct each *each)
{
	struct qn_op *op;

	if (!each->stream.is_inside || !each->is_declared || stream_is_shut(&each->stream))
		return;
	each->is_declared = false;
	op = op_new(each->stream.session, NULL);
	if (!op)
		return;
	op->request.statement = statement_new(op, arena_format(&op->arena, "CLOSE qn_stream_%llu",
							       (unsigned long long)each->number));
	op->request.flags = REQUEST_READ;
	op->detached = true;
	op_submit(op);
}

static size_t choose_size(const struct each *each)
{
	size_t most = each->asked * GROWTH_MAX;
	size_t size;

	if (each->chunk_size)
		return each->chunk_size;
	if (!each->rows.len)
		return FIRST_CHUNK;
	size = CHUNK_BYTES / (each->bytes / each->rows.len + 1);
	if (size > most)
		size = most;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	return size ? size : 1;
}

static qn_status fetch_finish(struct qn_op *op, struct outcome *outcome)
{
	struct each *each = each_of(op->stream);
	size_t bytes = PQresultMemorySize(outcome->result);
	size_t count = (size_t)PQntuples(outcome->result);
	struct rows rows;
	qn_status status;

	each->bytes = bytes + count * each->model->row_size;
	if (op->parts)
		return load_whole_finish(op, outcome);
	status = rows_read(op, outcome, &rows);
	if (status == QN_OK)
		each->rows = (struct row_list){ rows.at, rows.len };
	return status;
}

/* NULL: out of memory for an operation at all. */
static struct qn_op *send_fetch(struct each *each)
{
	struct qn_op *op = op_new(each_session(each), each->model);

	if (!op)
		return NULL;
	op->session->deadline = each->stream.session->deadline;
	each->asked = choose_size(each);
	op->request.statement =
		statement_new(op, arena_format(&op->arena, "FETCH %zu FROM qn_stream_%llu",
					       each->asked, (unsigned long long)each->number));
	op->request.flags = each->flags;
	op->detail = &each->shape;
	op->finish = fetch_finish;
	op->out = &each->rows;
	op->stream = &each->stream;
	op->loads_into = &each->chunks[each->filling];
	if (each->planned->parts && !op->refused && !load_repeat(op, each->planned))
		op->request.statement = NULL;
	each->fetching = op;
	return op_submit(op);
}

/* What keeps the stream from asking for a chunk ends it. */
static void ask_ahead(struct each *each)
{
	each->ahead = send_fetch(each);
	if (!each->ahead) {
		each_fail_with(each, QN_OUT_OF_MEMORY, "out of memory");
		stream_finish(&each->stream, QN_OUT_OF_MEMORY);
	}
}

/* Room for the chunk behind the one that the program has or waits for. */
static void turn_places(struct each *each)
{
	each->filling = 1 - each->filling;
	loaded_clear(&each->chunks[each->filling], CHUNK_BYTES_KEPT);
}

/*
 * Whoever is told the end relies on that no lock is left in the server, and the connection is free.
 */
static void tell_end(struct each *each, struct qn_op *op)
{
	if (!stream_is_ending(&each->stream))
		return;
	op_hold(op);
	each->ending = op;
}

static void each_ended(struct qn_stream *stream)
{
	struct each *each = each_of(stream);
	struct qn_op *op = each->ending;

	each->ending = NULL;
	if (op)
		op_release(op);
}

static void each_settled(struct qn_stream *stream, struct qn_op *op)
{
	struct each *each = each_of(stream);
	void *list = each->list;

	op->stream = NULL;
	if (op != each->fetching) {
		tell_end(each, op);
		return;
	}
	each->fetching = NULL;
	each->list = NULL;
	if (op->status != QN_OK) {
		/* What is wrong is the query, not the FETCH; or what failed before that. */
		op->error.sql = each->shape.statement.sql;
		each_fail(each, &op->error);
		op_take_error(op, &each->error);
		qn_cancel(each->declare);
		stream_finish(stream, op->status);
		return;
	}
	if (list)
		rows_store_list(list, each->rows);
	each->is_at_end = each->rows.len < each->asked;
	if (each->is_at_end) {
		stream_finish(stream, QN_OK);
		send_close(each);
		if (!each->rows.len && each->ahead != op)
			tell_end(each, op);
	} else if (!stream->is_inside && each->ahead != op) {
		ask_ahead(each);
	}
}

static void each_block_ended(struct qn_stream *stream)
{
	each_fail_with(each_of(stream), QN_USAGE,
		       "the transaction that the stream belongs to has ended; read a stream to its "
		       "end in the block that opened it");
}

static void each_free(struct qn_stream *stream)
{
	struct each *each = each_of(stream);

	if (each->planned)
		op_recycle(each->planned);
	for (size_t i = 0; i < 2; i++)
		loaded_free(&each->chunks[i]);
	arena_free(&each->error_arena);
	free(each);
}

static void each_closing(struct qn_stream *stream)
{
	struct each *each = each_of(stream);

	if (each->declare) {
		each->declare->callback = NULL;
		each->declare->detached = true;
	}
	if (each->fetching && stream->is_inside)
		stream_give_up(stream, each->fetching);
	send_close(each);
}

/* Makes the query's statement and all that belongs to it, or finds out why not. */
static void each_plan(struct each *each, const void *query)
{
	struct join_list joins = { 0 };
	struct query_shape shape = { .options = query_options(query),
				     .query = query,
				     .joins = &joins };
	struct call call = { .op = each->planned, .model = each->model };
	bool may_match;

	call.registry = shape_registry_of(session_pool(each->stream.session));
	if (!call.registry) {
		op_refuse(call.op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return;
	}
	call.key = &call.registry->key;
	key_begin(call.key, each->model, KEY_SELECT);
	may_match = call_walk_query(&call, &shape, query_where(each->model, query));
	each->flags = shape.options->lock ? 0 : REQUEST_READ;
	if (joins.has_prefetch)
		load_plan(&call, &shape, may_match, LOAD_LIST);
	else if (may_match)
		call_prepare(&call, each->flags, NULL);
	if (!call.op->refused && call.op->request.statement)
		each->shape = *op_shape(call.op);
}

static struct each *each_new(qn_session *session, const qn_model *model)
{
	struct each *each = calloc(1, sizeof(*each));

	if (!each)
		return NULL;
	each->model = model;
	each->planned = op_obtain(session, model);
	if (!each->planned) {
		free(each);
		return NULL;
	}
	loaded_init(&each->chunks[0]);
	loaded_init(&each->chunks[1]);
	arena_init(&each->error_arena, ERROR_ARENA_CHUNK, NULL);
	each->error.status = QN_OK;
	each->number = ++session->room->serials;
	each->stream.settled = each_settled;
	each->stream.ended = each_ended;
	each->stream.block_ended = each_block_ended;
	each->stream.closing = each_closing;
	each->stream.free = each_free;
	stream_open(&each->stream, session);
	return each;
}

qn_stream *qn_model_each(qn_session *session, const qn_model *model, const void *query,
			 size_t chunk_size)
{
	struct each *each = session && !session->closed ? each_new(session, model) : NULL;

	if (!each)
		return NULL;
	each->chunk_size = chunk_size;
	each_plan(each, query);
	if (chunk_size > INT32_MAX)
		op_refuse(each->planned, QN_USAGE, NULL, "a chunk of %zu rows is too large",
			  chunk_size);
	if (each->planned->refused)
		each_fail(each, &each->planned->error);
	else if (!each->planned->request.statement)
		each->is_at_end = true;
	return &each->stream;
}

/* An operation of the session that completes as the stream has ended, or with this refusal. */
static struct qn_op *answer(struct each *each, const char *refusal)
{
	struct qn_op *op = op_new(each_session(each), each->model);

	if (!op)
		return NULL;
	if (refusal)
		op_refuse(op, QN_USAGE, NULL, "%s", refusal);
	op->refused = refusal || each->error.status != QN_OK;
	if (!refusal && op->refused)
		op_take_error(op, &each->error);
	return op_submit(op);
}

static struct qn_op *answer_end(struct each *each)
{
	struct qn_op *op = answer(each, NULL);

	if (op && !op->refused && each->stream.inner)
		op->stream = &each->stream;
	return op;
}

/* Opens the cursor before the first chunk. False: it could not even be asked for. */
static bool each_begin(struct each *each)
{
	struct qn_stream *stream = &each->stream;
	qn_status status = QN_OK;

	if (stream->is_inside)
		stream->block = transaction_current(stream->session);
	else
		status = stream_begin(stream, each->model->name);
	if (status == QN_OK && send_declare(each))
		return true;
	if (status == QN_OK)
		status = session_fail(stream->session, QN_OUT_OF_MEMORY, "out of memory");
	each_fail(each, &stream->session->error);
	stream_finish(stream, status);
	return false;
}

static struct qn_op *next_inside(struct each *each, void *list)
{
	if (!transaction_current(each->stream.session))
		return answer(each, "the transaction that the stream belongs to is ending");
	if (!each->is_declared && !stream_is_shut(&each->stream) && !each_begin(each))
		return answer(each, NULL);
	turn_places(each);
	each->list = list;
	return send_fetch(each);
}

/* The chunk that was asked for in advance, and the next one in advance if that has come. */
static struct qn_op *next_apart(struct each *each, void *list)
{
	struct qn_op *op;

	if (!each->is_declared && !each_begin(each))
		return answer(each, NULL);
	if (!each->ahead) {
		each->list = list;
		op = send_fetch(each);
		turn_places(each);
		return op;
	}
	op = each->ahead;
	each->ahead = NULL;
	turn_places(each);
	if (op->state == OP_QUEUED) {
		each->list = list;
	} else if (op->status == QN_OK) {
		rows_store_list(list, each->rows);
		if (!each->is_at_end)
			ask_ahead(each);
		else if (!each->rows.len)
			tell_end(each, op);
	}
	return op;
}

qn_op *qn_stream_next(qn_stream *stream, void *list)
{
	struct each *each = stream ? each_of(stream) : NULL;

	if (!each)
		return NULL;
	if (!list)
		return answer(each, "the place for the result is NULL");
	rows_store_list(list, (struct row_list){ NULL, 0 });
	if (stream->is_closing)
		return answer(each, "the stream is closed");
	if (each->ending || (each->fetching && each->fetching != each->ahead))
		return answer(each, "the chunk before has not come yet; await it first");
	/* What came in advance has come, though the stream ended with it. */
	if (each_has_ended(each) && !each->ahead) {
		loaded_clear(&each->chunks[0], 0);
		loaded_clear(&each->chunks[1], 0);
		return answer_end(each);
	}
	return stream->is_inside ? next_inside(each, list) : next_apart(each, list);
}
