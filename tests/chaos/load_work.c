/* The units of work that give nothing up. */
#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "load_inside.h"
#include "random.h"

enum { KIND_TRANSFER = 1, KIND_SERIALIZABLE, KIND_SINGLE };

enum { RETRIES = 5, XID = 24, STALL_US = 50000, STREAM_CHUNK = 30 };

struct transfer {
	struct worker *worker;
	struct pending *pending;
	int64_t from;
	int64_t to;
	int64_t amount;
	bool has_savepoint;
	bool is_pipelined;
	char xid[XID];
};

uint64_t work_random(struct worker *worker, uint64_t limit)
{
	return random_next(&worker->random) % limit;
}

void work_ended_without_reason(struct load *load, qn_status status, uint64_t age)
{
	struct load_board *board = load->board;

	if (atomic_fetch_add(&board->foreign, 1) == 0)
		snprintf(board->first_foreign, sizeof(board->first_foreign), "%s after %llu us",
			 qn_status_name(status), (unsigned long long)age);
}

qn_status work_await_since(struct worker *worker, qn_op *op, uint64_t started)
{
	struct load *load = worker->load;
	uint64_t least = (uint64_t)load->config->deadline * 950;
	qn_status status;

	atomic_fetch_add(&load->board->submissions, 1);
	status = qn_await(op);
	worker->awake = ledger_now();
	atomic_fetch_add(&load->board->callbacks, 1);
	if ((status == QN_CANCELLED && !load->config->server_cancels) ||
	    (status == QN_DEADLINE_EXCEEDED && worker->awake - started < least))
		work_ended_without_reason(load, status, worker->awake - started);
	return status;
}

qn_status work_await(struct worker *worker, qn_op *op)
{
	return work_await_since(worker, op, worker->awake);
}

bool pending_open(struct pending *pending, struct worker *worker)
{
	if (pending->is_open)
		load_problem(worker->load, "worker %u: a request is used twice", worker->number);
	*pending = (struct pending){ .worker = worker, .is_open = true, .started = ledger_now() };
	if (qn_uuid_v4(&pending->req)) {
		qn_uuid_format(pending->req, pending->text);
		if (ledger_submit(worker->log, pending->text))
			return true;
	}
	load_problem(worker->load, "worker %u: cannot write its ledger", worker->number);
	pending->is_open = false;
	return false;
}

void pending_close(struct pending *pending, qn_status status, bool in_transaction, const char *xid)
{
	struct worker *worker = pending->worker;
	enum ledger_verdict verdict = LEDGER_FAILED;
	const char *note = qn_status_name(status);

	if (!pending->is_open)
		load_problem(worker->load, "worker %u: request %s ended twice", worker->number,
			     pending->text);
	pending->is_open = false;
	if (status == QN_OK)
		verdict = LEDGER_OK;
	else if (status == QN_OUTCOME_UNKNOWN)
		verdict = LEDGER_UNKNOWN;
	else if (!in_transaction && (status == QN_CANCELLED || status == QN_DEADLINE_EXCEEDED))
		verdict = LEDGER_CANCELLED;
	if (verdict != LEDGER_FAILED)
		note = xid;
	if (!ledger_conclude(worker->log, pending->text, verdict, note))
		load_problem(worker->load, "worker %u: cannot write its ledger", worker->number);
	if (status != QN_OK)
		return;
	atomic_fetch_add(&worker->load->board->acknowledged, 1);
	worker->known = pending->req;
	worker->has_known = true;
}

static chaos_xfer_new row_of(const struct transfer *transfer, int16_t kind)
{
	return (chaos_xfer_new){
		.req = transfer->pending->req,
		.kind = kind,
		.a = transfer->from,
		.b = transfer->to,
		.amt = transfer->amount,
		.worker = (int32_t)transfer->worker->number,
		.seq = transfer->worker->sequence++,
	};
}

static void keep_xid(struct transfer *transfer, const chaos_xfer *row)
{
	if (transfer->worker->load->config->lies)
		return;
	snprintf(transfer->xid, sizeof(transfer->xid), "%s", row->xid);
}

/* A check of the table refuses it. */
static qn_status refused(qn_session *session, void *argument)
{
	struct transfer *transfer = argument;
	chaos_xfer_new row = row_of(transfer, KIND_TRANSFER);

	row.amt = -1;
	return work_await(transfer->worker, chaos_xfer_create(session, NULL, &row));
}

static qn_op *add(qn_session *session, int64_t account, int64_t amount)
{
	return chaos_acct_update(session, NULL, &(chaos_acct_where){ .id = QN_EQ(account) },
				 &(chaos_acct_changes){ .bal = QN_ADD(amount) });
}

static qn_status transfer_at_once(qn_session *session, struct transfer *transfer)
{
	chaos_xfer_new values = row_of(transfer, KIND_TRANSFER);
	chaos_xfer *row = NULL;
	qn_op *ops[3];
	uint64_t started = ledger_now();
	qn_status first = QN_OK;

	ops[0] = add(session, transfer->from, -transfer->amount);
	ops[1] = add(session, transfer->to, transfer->amount);
	ops[2] = chaos_xfer_create(session, &row, &values);
	for (int i = 0; i < 3; i++) {
		qn_status status = work_await_since(transfer->worker, ops[i], started);

		if (first == QN_OK)
			first = status;
	}
	if (row != NULL)
		keep_xid(transfer, row);
	return first;
}

static qn_status transfer_in_steps(qn_session *session, struct transfer *transfer)
{
	struct worker *worker = transfer->worker;
	chaos_xfer_new values = row_of(transfer, KIND_TRANSFER);
	chaos_xfer *row;
	qn_status status = work_await(worker, add(session, transfer->from, -transfer->amount));

	if (status == QN_OK && transfer->has_savepoint) {
		status = qn_atomic(session, refused, transfer, NULL);
		if (status == QN_OK && !worker->load->config->lies)
			load_problem(worker->load, "worker %u: a savepoint kept what was refused",
				     worker->number);
		if (status == QN_CHECK_VIOLATION)
			status = QN_OK;
	}
	if (status == QN_OK)
		status = work_await(worker, add(session, transfer->to, transfer->amount));
	if (status == QN_OK)
		status = work_await(worker, chaos_xfer_create(session, &row, &values));
	if (status == QN_OK)
		keep_xid(transfer, row);
	return status;
}

static qn_status transfer_body(qn_session *session, void *argument)
{
	struct transfer *transfer = argument;

	return transfer->is_pipelined ? transfer_at_once(session, transfer)
				      : transfer_in_steps(session, transfer);
}

/* What another transaction does between reading and writing must show, or money appears. */
static qn_status serializable_body(qn_session *session, void *argument)
{
	struct transfer *transfer = argument;
	struct worker *worker = transfer->worker;
	chaos_xfer_new values = row_of(transfer, KIND_SERIALIZABLE);
	chaos_acct *from;
	chaos_acct *to;
	chaos_xfer *row;
	qn_status status;

	status = work_await(worker,
			    chaos_acct_get(session, &from,
					   &(chaos_acct_where){ .id = QN_EQ(transfer->from) }));
	if (status == QN_OK)
		status = work_await(
			worker, chaos_acct_get(session, &to,
					       &(chaos_acct_where){ .id = QN_EQ(transfer->to) }));
	if (status != QN_OK)
		return status;
	from->bal -= transfer->amount;
	to->bal += transfer->amount;
	status = work_await(worker, chaos_acct_save(session, from));
	if (status == QN_OK)
		status = work_await(worker, chaos_acct_save(session, to));
	if (status == QN_OK)
		status = work_await(worker, chaos_xfer_create(session, &row, &values));
	if (status == QN_OK)
		keep_xid(transfer, row);
	return status;
}

bool work_transfer(struct worker *worker, qn_session *session, bool is_serializable)
{
	struct transfer transfer = {
		.worker = worker,
		.pending = &worker->pending[0],
		.from = (int64_t)work_random(worker, LOAD_ACCOUNTS - 1) + 1,
		.amount = (int64_t)work_random(worker, 10),
		.has_savepoint = work_random(worker, 3) == 0,
	};
	qn_status status;

	/* Mostly in one order, so that deadlocks stay rare; the server breaks those that come. */
	transfer.to = transfer.from + 1 +
		      (int64_t)work_random(worker, (uint64_t)(LOAD_ACCOUNTS - transfer.from));
	if (work_random(worker, 20) == 0) {
		int64_t other = transfer.from;

		transfer.from = transfer.to;
		transfer.to = other;
	}
	transfer.is_pipelined = !transfer.has_savepoint && work_random(worker, 2) == 0;
	if (!pending_open(transfer.pending, worker))
		return false;
	status = qn_atomic(session, is_serializable ? serializable_body : transfer_body, &transfer,
			   &(qn_tx_options){ .isolation = is_serializable ? QN_SERIALIZABLE
									  : QN_ISOLATION_DEFAULT,
					     .retry = RETRIES });
	pending_close(transfer.pending, status, true, transfer.xid);
	return status == QN_OK;
}

/* Outside transactions, with nobody's lock in the way. */
static void plain_count(struct load *load, qn_status status)
{
	if (status == QN_DEADLINE_EXCEEDED)
		atomic_fetch_add(&load->board->plain_timeouts, 1);
	if (status == QN_SCHEMA_DRIFT)
		atomic_fetch_add(&load->board->plain_drifts, 1);
}

static void single_done(qn_op *op, void *context)
{
	struct pending *pending = context;
	struct worker *worker = pending->worker;
	struct load *load = worker->load;
	qn_status status = qn_op_status(op);
	uint64_t least = (uint64_t)load->config->deadline * 950;
	uint64_t age = ledger_now() - pending->started;

	if (load->is_drained)
		load_problem(load, "a call-back came after the pool was drained");
	atomic_fetch_add(&load->board->callbacks, 1);
	plain_count(load, status);
	if ((status == QN_CANCELLED && !pending->is_cancelled && !load->config->server_cancels) ||
	    (status == QN_DEADLINE_EXCEEDED && age < least))
		work_ended_without_reason(load, status, age);
	worker->outstanding--;
	pending_close(pending, status, false, "");
}

static bool single_start(struct pending *pending, struct worker *worker, qn_session *session)
{
	struct transfer transfer = { .worker = worker, .pending = pending };
	chaos_xfer_new values;
	qn_op *op;

	if (!pending_open(pending, worker))
		return false;
	values = row_of(&transfer, KIND_SINGLE);
	op = chaos_xfer_create(session, NULL, &values);
	atomic_fetch_add(&worker->load->board->submissions, 1);
	worker->outstanding++;
	if (qn_then(op, single_done, pending) == QN_OK)
		return true;
	load_problem(worker->load, "worker %u: a call-back was refused", worker->number);
	return false;
}

/* The session may be closed while it works, if it is to be: then all call-backs must have come. */
static bool burst(struct worker *worker, qn_session *session, unsigned count)
{
	uint64_t before = atomic_load(&worker->load->board->acknowledged);
	uint64_t patience = 5000 * (uint64_t)worker->load->config->deadline;
	uint64_t waited = 0;

	for (unsigned i = 0; i < count; i++)
		if (!single_start(&worker->pending[i], worker, session))
			return false;
	while (worker->outstanding > 0 && waited < patience) {
		uint64_t began = ledger_now();
		uint64_t took;

		if (qn_sleep(session, 1) != QN_OK)
			return false;
		took = ledger_now() - began;
		/* While the loop stands still nobody can be called back: that does not count. */
		waited += took < STALL_US ? took : STALL_US;
	}
	if (worker->outstanding > 0)
		load_problem(worker->load,
			     "worker %u: %u call-backs are missing after five deadlines",
			     worker->number, worker->outstanding);
	return atomic_load(&worker->load->board->acknowledged) > before;
}

bool work_burst(struct worker *worker, qn_session *session)
{
	return burst(worker, session, 1 + (unsigned)work_random(worker, LOAD_BURST));
}

bool work_flood(struct worker *worker, qn_session *session)
{
	return burst(worker, session, LOAD_FLOOD_BURST);
}

static bool read_known(struct worker *worker, qn_session *session)
{
	chaos_xfer *row;
	qn_status status = work_await(
		worker,
		chaos_xfer_get(session, &row, &(chaos_xfer_where){ .req = QN_EQ(worker->known) }));

	plain_count(worker->load, status);
	if (worker->load->config->lies)
		return status == QN_OK;
	if (status == QN_NOT_FOUND)
		load_problem(worker->load, "worker %u: an acknowledged row is not there",
			     worker->number);
	if (status == QN_OK && !qn_uuid_equal(row->req, worker->known))
		load_problem(worker->load, "worker %u: another request's row was read",
			     worker->number);
	return status == QN_OK;
}

static bool read_echo(struct worker *worker, qn_session *session)
{
	char text[32];
	const char *parameters[] = { text };
	qn_sql_result result;
	qn_status status;

	snprintf(text, sizeof(text), "%u-%lld", worker->number, (long long)worker->sequence++);
	status = work_await(worker, qn_sql(session, &result, "select $1::text", parameters, 1));
	plain_count(worker->load, status);
	if (worker->load->config->lies)
		return status == QN_OK;
	if (status == QN_OK && (result.row_count != 1 || strcmp(result.values[0], text) != 0))
		load_problem(worker->load, "worker %u: the answer is another request's",
			     worker->number);
	return status == QN_OK;
}

bool work_read(struct worker *worker, qn_session *session)
{
	return (!worker->has_known || read_known(worker, session)) && read_echo(worker, session);
}

/* Waits for a chunk, which may have been asked for before, so that its deadline may pass sooner. */
static qn_status await_chunk(struct worker *worker, qn_op *op)
{
	qn_status status;

	atomic_fetch_add(&worker->load->board->submissions, 1);
	status = qn_await(op);
	atomic_fetch_add(&worker->load->board->callbacks, 1);
	return status;
}

bool work_stream(struct worker *worker, qn_session *session)
{
	chaos_acct_stream *stream =
		chaos_acct_each(session, &(chaos_acct_query){ .order_by = { CHAOS_ACCT_ID } },
				STREAM_CHUNK);
	chaos_acct_list accounts;
	int64_t count = 0;
	int64_t sum = 0;
	qn_status status;

	while ((status = await_chunk(worker, chaos_acct_stream_next(stream, &accounts))) == QN_OK &&
	       accounts.len) {
		for (size_t i = 0; i < accounts.len; i++)
			sum += accounts.at[i].bal;
		count += (int64_t)accounts.len;
	}
	chaos_acct_stream_close(stream);
	if (worker->load->config->lies || status != QN_OK)
		return status == QN_OK;
	if (count != LOAD_ACCOUNTS || sum != (int64_t)LOAD_ACCOUNTS * LOAD_BALANCE)
		load_problem(worker->load, "worker %u: a stream ended with %lld accounts of %lld",
			     worker->number, (long long)count, (long long)sum);
	return true;
}
