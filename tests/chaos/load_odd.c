/*
 * Results and statements that are huge or odd. None of them may cost a connection, nor more memory
 * than it has to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load_inside.h"

/* Sanitizers make each byte dearer. */
#if defined(__SANITIZE_ADDRESS__)
enum { HUGE_TEXT = 10000000, MANY_ROWS = 100000 };
#else
enum { HUGE_TEXT = 100000000, MANY_ROWS = 1000000 };
#endif

enum {
	SOME_ROWS = 1000,
	COLUMNS_MAX = 1664, /* of a result */
	PARAMETERS_MAX = 65535,
	ODD_DEADLINE_MS = 60000,
	PARAMETER_TEXT = 16,
};

/* Runs it, with a deadline of its own. */
static qn_status run(struct worker *worker, qn_op *op)
{
	struct load_board *board = worker->load->board;
	qn_status status;

	if (op != NULL)
		qn_op_set_deadline(op, ODD_DEADLINE_MS);
	atomic_fetch_add(&board->submissions, 1);
	status = qn_await(op);
	atomic_fetch_add(&board->callbacks, 1);
	return status;
}

static bool huge_text_comes(struct worker *worker, qn_session *session)
{
	char sql[64];
	qn_sql_result result;

	snprintf(sql, sizeof(sql), "select repeat('x', %d)", HUGE_TEXT);
	return run(worker, qn_sql(session, &result, sql, NULL, 0)) == QN_OK &&
	       result.row_count == 1 && strlen(result.values[0]) == HUGE_TEXT;
}

static bool many_rows_come(struct worker *worker, qn_session *session)
{
	char sql[64];
	qn_sql_result result;

	snprintf(sql, sizeof(sql), "select n from generate_series(1, %d) as n", MANY_ROWS);
	return run(worker, qn_sql(session, &result, sql, NULL, 0)) == QN_OK &&
	       result.row_count == MANY_ROWS &&
	       strtol(result.values[MANY_ROWS - 1], NULL, 10) == MANY_ROWS;
}

static bool rows_without_columns_come(struct worker *worker, qn_session *session)
{
	char sql[64];
	qn_sql_result result;

	snprintf(sql, sizeof(sql), "select from generate_series(1, %d)", SOME_ROWS);
	return run(worker, qn_sql(session, &result, sql, NULL, 0)) == QN_OK &&
	       result.row_count == SOME_ROWS && result.column_count == 0;
}

/* Rows were on their way already: none of them counts. */
static bool error_after_rows_is_an_error(struct worker *worker, qn_session *session)
{
	char sql[96];
	qn_sql_result result = { .row_count = 0 };

	snprintf(sql, sizeof(sql),
		 "select 1 / (%d - n), repeat('x', 100) from "
		 "generate_series(1, %d) as n",
		 SOME_ROWS, 2 * SOME_ROWS);
	return run(worker, qn_sql(session, &result, sql, NULL, 0)) == QN_BAD_DATA &&
	       result.row_count == 0;
}

static bool null_is_not_empty(struct worker *worker, qn_session *session)
{
	qn_sql_result result;

	return run(worker, qn_sql(session, &result, "select null, ''", NULL, 0)) == QN_OK &&
	       result.values[0] == NULL && result.values[1] != NULL && *result.values[1] == '\0';
}

/* "select 1,1,...": NULL without memory. */
static char *columns_text(unsigned count)
{
	char *sql = malloc(8 + 2 * (size_t)count);
	char *at = sql;

	if (sql == NULL)
		return NULL;
	at = stpcpy(at, "select ");
	for (unsigned i = 0; i < count; i++)
		at = stpcpy(at, i == 0 ? "1" : ",1");
	return sql;
}

static bool columns_end(struct worker *worker, qn_session *session, unsigned count,
			qn_status expected)
{
	char *sql = columns_text(count);
	qn_sql_result result = { .column_count = 0 };
	qn_status status;

	if (sql == NULL)
		return false;
	status = run(worker, qn_sql(session, &result, sql, NULL, 0));
	free(sql);
	return status == expected && (status != QN_OK || result.column_count == count);
}

static bool as_many_columns_as_can_be_come(struct worker *worker, qn_session *session)
{
	return columns_end(worker, session, COLUMNS_MAX, QN_OK);
}

static bool more_columns_are_refused(struct worker *worker, qn_session *session)
{
	return columns_end(worker, session, COLUMNS_MAX + 1, QN_OUT_OF_RESOURCES);
}

/* "select count(*) from unnest(array[$1::int,$2::int,...])": NULL without memory. */
static char *parameters_text(unsigned count)
{
	char *sql = malloc(64 + PARAMETER_TEXT * (size_t)count);
	char *at = sql;

	if (sql == NULL)
		return NULL;
	at = stpcpy(at, "select count(*) from unnest(array[");
	for (unsigned i = 1; i <= count; i++)
		at += sprintf(at, "%s$%u::int", i == 1 ? "" : ",", i);
	strcpy(at, "])");
	return sql;
}

static bool parameters_end(struct worker *worker, qn_session *session, unsigned count,
			   qn_status expected)
{
	char *sql = parameters_text(count);
	const char **parameters = calloc(count, sizeof(*parameters));
	qn_sql_result result;
	qn_status status = QN_OUT_OF_MEMORY;

	if (sql != NULL && parameters != NULL) {
		for (unsigned i = 0; i < count; i++)
			parameters[i] = "7";
		status = run(worker, qn_sql(session, &result, sql, parameters, count));
	}
	free(parameters);
	free(sql);
	return status == expected &&
	       (status != QN_OK || strtoul(result.values[0], NULL, 10) == count);
}

static bool as_many_parameters_as_can_be_go(struct worker *worker, qn_session *session)
{
	return parameters_end(worker, session, PARAMETERS_MAX, QN_OK);
}

static bool more_parameters_are_refused(struct worker *worker, qn_session *session)
{
	return parameters_end(worker, session, PARAMETERS_MAX + 1, QN_INVALID_VALUE);
}

static const struct {
	const char *name;
	bool (*holds)(struct worker *worker, qn_session *session);
} oddities[] = {
	{ "a huge text comes", huge_text_comes },
	{ "a null is not empty", null_is_not_empty },
	{ "rows without columns come", rows_without_columns_come },
	{ "an error after rows is an error", error_after_rows_is_an_error },
	{ "as many columns as can be come", as_many_columns_as_can_be_come },
	{ "more columns are refused", more_columns_are_refused },
	{ "as many parameters as can be go", as_many_parameters_as_can_be_go },
	{ "more parameters are refused", more_parameters_are_refused },
	{ "many rows come", many_rows_come },
};

_Static_assert(sizeof(oddities) / sizeof(*oddities) == LOAD_ODDITIES, "all are told");

bool work_odd(struct worker *worker, qn_session *session)
{
	size_t which = (size_t)atomic_load(&worker->load->board->odd) % LOAD_ODDITIES;

	if (!oddities[which].holds(worker, session))
		load_problem(worker->load, "it does not hold that %s", oddities[which].name);
	atomic_fetch_add(&worker->load->board->odd, 1);
	return true;
}
