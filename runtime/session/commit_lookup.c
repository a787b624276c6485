#include "session/commit_lookup.h"

#include <stdio.h>
#include <string.h>

#include "session/transaction.h"

#define INT8_OID        20
#define TIMESTAMPTZ_OID 1184

#define FIRST_DELAY   (10 * QN_MILLISECOND)
#define LONGEST_DELAY (1000 * QN_MILLISECOND)
/* Longer than any operation may take. */
#define NO_DEADLINE (UINT64_C(30) * 24 * 60 * 60 * 1000 * QN_MILLISECOND)

enum commit_answer {
	ANSWER_NONE,
	ANSWER_COMMITTED,
	ANSWER_ABORTED,
	ANSWER_IN_PROGRESS,
	ANSWER_FORGOTTEN,
	ANSWER_RESTARTED,
};

static const struct statement facts_statement = {
	.id = STATEMENT_CONTROL_IDS, /* the last of those */
	/*
	 * One value, NULL as long as there is no id: each column of a result costs the client
	 * several hundred instructions.
	 */
	.sql = "SELECT pg_catalog.int8send(pg_catalog.txid_current_if_assigned()) "
	       "OPERATOR(pg_catalog.||) "
	       "pg_catalog.timestamptz_send(pg_catalog.pg_postmaster_start_time()) "
	       "OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(pg_catalog.now()) AS facts",
};

static const Oid fact_types[COMMIT_FACTS] = { INT8_OID, TIMESTAMPTZ_OID, TIMESTAMPTZ_OID };

static const struct statement outcome_statement = {
	.sql = "SELECT CASE WHEN "
	       "pg_catalog.pg_postmaster_start_time() OPERATOR(pg_catalog.=) $2 AND "
	       "pg_catalog.pg_stat_get_bgwriter_stat_reset_time() OPERATOR(pg_catalog.<) $3 "
	       "THEN pg_catalog.txid_status($1) ELSE 'restarted' END",
	.parameter_count = COMMIT_FACTS,
	.parameter_types = fact_types,
	.text_results = true,
};

static struct transaction *transaction_of(struct commit_lookup *lookup)
{
	return (struct transaction *)((char *)lookup - offsetof(struct transaction, lookup));
}

static bool is_wanted(const qn_pool *pool)
{
	const qn_pool_config *config = pool_config(pool);

	if (config->commit_lookup == QN_COMMIT_LOOKUP_DEFAULT)
		return !config->no_pipeline;
	return config->commit_lookup == QN_COMMIT_LOOKUP_ON;
}

/* A question of quern's own. NULL: out of memory. */
static struct qn_op *question_new(struct transaction *transaction,
				  const struct statement *statement, qn_callback *told)
{
	struct qn_op *op = op_make(transaction->session, NULL);

	if (!op)
		return NULL;
	op->is_control = true;
	op->is_aside = true;
	op->request.statement = statement;
	op->request.flags = REQUEST_READ;
	op->callback = told;
	op->context = &transaction->lookup;
	op->out = &transaction->lookup;
	transaction->lookup.op = op;
	return op;
}

static qn_status facts_finish(struct qn_op *op, struct outcome *outcome)
{
	struct commit_lookup *lookup = op->out;
	const PGresult *result = outcome->result;

	if (!result || PQntuples(result) != 1 ||
	    PQgetlength(result, 0, 0) != (int)sizeof(lookup->facts))
		return QN_OK;
	memcpy(lookup->facts, PQgetvalue(result, 0, 0), sizeof(lookup->facts));
	lookup->is_known = true;
	return QN_OK;
}

static void facts_told(qn_op *op, void *context)
{
	struct commit_lookup *lookup = context;

	(void)op;
	lookup->op = NULL;
}

void commit_lookup_follow(struct transaction *block, uint64_t now)
{
	struct qn_op *op;

	while (block->outer)
		block = block->outer;
	block->lookup.may_have_written = true;
	if (block->lookup.is_known || block->lookup.op || block->is_broken ||
	    !is_wanted(block->session->room->pool))
		return;
	op = question_new(block, &facts_statement, facts_told);
	if (!op)
		return;
	op->finish = facts_finish;
	/* The statement before it may be given all the time in the world. */
	op_submit_at(op, now, now + NO_DEADLINE);
}

void commit_lookup_hurry(struct transaction *transaction)
{
	struct qn_op *op = transaction->lookup.op;
	qn_pool *pool = transaction->session->room->pool;

	if (op && op->submitted)
		pool_set_deadline(pool, &op->request,
				  session_deadline(transaction->session, pool_now(pool)));
}

static void lookup_end(struct transaction *transaction, qn_status verdict, const char *text)
{
	qn_error error;

	transaction->lookup.is_running = false;
	if (verdict != QN_OK) {
		error_clear(&error);
		error.status = verdict;
		error.message = text;
		error.sql = transaction_sql_commit()->sql;
		session_set_error(transaction->session, &error);
	}
	transaction_looked_up(transaction, verdict);
}

void commit_lookup_drop(struct transaction *transaction)
{
	struct commit_lookup *lookup = &transaction->lookup;
	qn_pool *pool = transaction->session->room->pool;

	if (lookup->is_timed)
		(void)pool_loop_hooks(pool)->timer(pool_loop(pool), &lookup->timer, 0);
	if (lookup->op) {
		lookup->op->callback = NULL;
		lookup->op->finish = NULL;
		lookup->op->detached = true;
	}
	lookup->op = NULL;
	lookup->is_timed = false;
	lookup->is_running = false;
}

void commit_lookup_give_up(struct transaction *transaction, const char *reason)
{
	char text[2 * COMMIT_LOST_TEXT];

	if (!transaction->lookup.is_running)
		return;
	snprintf(text, sizeof(text), "%s (%s)", transaction->lookup.lost, reason);
	commit_lookup_drop(transaction);
	lookup_end(transaction, QN_OUTCOME_UNKNOWN, text);
}

static qn_status outcome_finish(struct qn_op *op, struct outcome *outcome)
{
	static const struct {
		const char *text;
		enum commit_answer answer;
	} answers[] = {
		{ "committed", ANSWER_COMMITTED },
		{ "aborted", ANSWER_ABORTED },
		{ "in progress", ANSWER_IN_PROGRESS },
		{ "restarted", ANSWER_RESTARTED },
	};
	struct commit_lookup *lookup = op->out;
	const PGresult *result = outcome->result;
	const char *text = result && PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "";

	lookup->answer = ANSWER_FORGOTTEN;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(text, answers[i].text) == 0)
			lookup->answer = (uint8_t)answers[i].answer;
	return QN_OK;
}

static void ask_for_outcome(struct transaction *transaction);

static void ask_again(qn_timer *timer)
{
	struct commit_lookup *lookup =
		(struct commit_lookup *)((char *)timer - offsetof(struct commit_lookup, timer));

	lookup->is_timed = false;
	ask_for_outcome(transaction_of(lookup));
}

/* `why` there is no answer yet. */
static void ask_later(struct transaction *transaction, const char *why)
{
	struct commit_lookup *lookup = &transaction->lookup;
	qn_pool *pool = transaction->session->room->pool;
	uint64_t at = pool_now(pool) + lookup->delay;
	char text[COMMIT_LOST_TEXT];

	if (at < lookup->deadline) {
		lookup->delay =
			lookup->delay < LONGEST_DELAY / 2 ? lookup->delay * 2 : LONGEST_DELAY;
		lookup->timer.expired = ask_again;
		lookup->is_timed =
			pool_loop_hooks(pool)->timer(pool_loop(pool), &lookup->timer, at) == QN_OK;
	}
	if (lookup->is_timed)
		return;
	snprintf(text, sizeof(text), "its outcome could not be found out in time: %s", why);
	commit_lookup_give_up(transaction, text);
}

static bool may_heal(qn_status status)
{
	return status == QN_CONNECTION_LOST || status == QN_CONNECTION_FAILED ||
	       status == QN_POOL_TIMEOUT || status == QN_OUT_OF_RESOURCES ||
	       status == QN_OUT_OF_MEMORY;
}

static void no_answer(struct transaction *transaction, const struct qn_op *op)
{
	char text[COMMIT_LOST_TEXT];

	if (may_heal(op->status)) {
		ask_later(transaction, op->error.message);
		return;
	}
	snprintf(text, sizeof(text), "its outcome could not be found out: %s", op->error.message);
	commit_lookup_give_up(transaction, text);
}

static void outcome_told(qn_op *op, void *context)
{
	struct commit_lookup *lookup = context;
	struct transaction *transaction = transaction_of(lookup);

	lookup->op = NULL;
	if (op->status != QN_OK) {
		no_answer(transaction, op);
		return;
	}
	switch ((enum commit_answer)lookup->answer) {
	case ANSWER_COMMITTED:
		lookup_end(transaction, QN_OK, "");
		break;
	case ANSWER_ABORTED:
		lookup_end(transaction, QN_CONNECTION_LOST,
			   "the connection was lost at COMMIT, and the server has rolled the "
			   "transaction back; run it again");
		break;
	case ANSWER_IN_PROGRESS:
		ask_later(transaction, "the server still works at it");
		break;
	case ANSWER_RESTARTED:
		commit_lookup_give_up(transaction, "the server was restarted since, or is another "
						   "one, and cannot know the outcome");
		break;
	default:
		commit_lookup_give_up(transaction,
				      "the server does not know the transaction any more");
	}
}

static void ask_for_outcome(struct transaction *transaction)
{
	struct commit_lookup *lookup = &transaction->lookup;
	struct qn_op *op = question_new(transaction, &outcome_statement, outcome_told);

	if (!op) {
		ask_later(transaction, "out of memory");
		return;
	}
	lookup->answer = ANSWER_NONE;
	op->finish = outcome_finish;
	for (int i = 0; i < COMMIT_FACTS; i++) {
		if (!op_parameter_begin(op, false))
			break;
		buf_add_bytes(&op->wire, lookup->facts[i], COMMIT_FACT_SIZE);
		if (!op_parameter_end(op))
			break;
	}
	op_submit_at(op, pool_now(transaction->session->room->pool), lookup->deadline);
}

static void nothing_was_written(struct transaction *transaction, bool is_late)
{
	if (is_late)
		lookup_end(transaction, QN_DEADLINE_EXCEEDED,
			   "the deadline passed at COMMIT; the transaction had changed nothing");
	else
		lookup_end(transaction, QN_CONNECTION_LOST,
			   "the connection was lost at COMMIT; the transaction had changed "
			   "nothing");
}

bool commit_lookup_start(struct transaction *transaction, const struct qn_op *commit)
{
	struct commit_lookup *lookup = &transaction->lookup;
	bool is_late = pool_now(transaction->session->room->pool) >= commit->request.deadline;

	/* It knows, and says that nobody can. */
	if (commit->is_answered)
		return false;
	if (!lookup->may_have_written) {
		nothing_was_written(transaction, is_late);
		return true;
	}
	if (!lookup->is_known || is_late)
		return false;
	lookup->is_running = true;
	lookup->deadline = commit->request.deadline;
	lookup->delay = FIRST_DELAY;
	snprintf(lookup->lost, sizeof(lookup->lost), "%s", commit->error.message);
	ask_for_outcome(transaction);
	return true;
}
