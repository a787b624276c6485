#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "session/inside.h"

struct refused_command {
	const char *word;
	const char *instead;
};

/*
 * A session is not a connection: what changes the state of one would hit whoever borrows it next.
 */
static const struct refused_command refused_commands[] = {
	{ "ABORT", "qn_atomic rolls back when its function returns a failure" },
	{ "BEGIN", "use qn_atomic" },
	{ "CLOSE", "cursors of SQL are not supported; a stream of a model has one" },
	{ "COMMIT", "qn_atomic commits when its function returns QN_OK" },
	{ "COPY", "it needs a connection of its own; use insert with arrays and unnest" },
	{ "DEALLOCATE", "quern prepares statements by itself" },
	{ "DECLARE", "cursors of SQL are not supported; a stream of a model has one" },
	{ "DISCARD", "connections are shared; quern keeps their state clean" },
	{ "END", "qn_atomic commits when its function returns QN_OK" },
	{ "EXECUTE", "quern prepares statements by itself" },
	{ "FETCH", "cursors of SQL are not supported; a stream of a model has one" },
	{ "LISTEN", "it needs a connection of its own, outside the pool" },
	{ "MOVE", "cursors of SQL are not supported; a stream of a model has one" },
	{ "PREPARE", "quern prepares statements by itself, and has no two-phase commit" },
	{ "RELEASE", "a qn_atomic inside another one is a savepoint" },
	{ "RESET", "connections are shared; use set local in a transaction" },
	{ "ROLLBACK", "qn_atomic rolls back when its function returns a failure" },
	{ "SAVEPOINT", "a qn_atomic inside another one is a savepoint" },
	{ "START", "use qn_atomic" },
	{ "UNLISTEN", "it needs a connection of its own, outside the pool" },
};

static const char *skip_block_comment(const char *at)
{
	size_t depth = 0;

	do {
		if (at[0] == '/' && at[1] == '*') {
			depth++;
			at += 2;
		} else if (at[0] == '*' && at[1] == '/') {
			depth--;
			at += 2;
		} else {
			at++;
		}
	} while (depth && *at);
	return at;
}

static const char *skip_blank(const char *at)
{
	for (;;) {
		at += strspn(at, " \t\r\n\f\v;");
		if (at[0] == '-' && at[1] == '-')
			at += strcspn(at, "\n");
		else if (at[0] == '/' && at[1] == '*')
			at = skip_block_comment(at);
		else
			return at;
	}
}

static size_t word_length(const char *at)
{
	size_t len = 0;

	while ((at[len] >= 'a' && at[len] <= 'z') || (at[len] >= 'A' && at[len] <= 'Z') ||
	       at[len] == '_')
		len++;
	return len;
}

static bool word_is(const char *at, const char *word)
{
	size_t len = word_length(at);

	return strlen(word) == len && strncasecmp(at, word, len) == 0;
}

/* SET of this transaction only. */
static bool set_is_local(const char *second_word)
{
	return word_is(second_word, "LOCAL") || word_is(second_word, "CONSTRAINTS") ||
	       word_is(second_word, "TRANSACTION");
}

static void sql_check(struct qn_op *op, const char *sql)
{
	const char *word = sql ? skip_blank(sql) : "";
	size_t count = sizeof(refused_commands) / sizeof(refused_commands[0]);

	if (*word == '\0') {
		op_refuse(op, QN_USAGE, NULL, "qn_sql: the statement is empty");
		return;
	}
	if (word_is(word, "SET") && !set_is_local(skip_blank(word + strlen("SET"))))
		op_refuse(op, QN_USAGE, NULL,
			  "qn_sql refuses \"SET\": connections are shared; use set local in a "
			  "transaction, or alter role");
	for (size_t i = 0; i < count; i++)
		if (word_is(word, refused_commands[i].word))
			op_refuse(op, QN_USAGE, NULL, "qn_sql refuses \"%s\": %s",
				  refused_commands[i].word, refused_commands[i].instead);
}

static void sql_bind(struct qn_op *op, const char *const *parameters, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!parameters[i]) {
			if (!op_parameter_null(op))
				return;
			continue;
		}
		if (!op_parameter_begin(op, true))
			return;
		buf_add_cstring(&op->wire, parameters[i]);
		if (!op_parameter_end(op))
			return;
	}
}

static bool sql_statement(struct qn_op *op, const char *sql, size_t count)
{
	struct statement *statement = arena_alloc(&op->arena, sizeof(*statement));
	Oid *inferred = arena_alloc_array(&op->arena, count, sizeof(*inferred));
	const char *copy = arena_cstring(&op->arena, str_from_cstring(sql));

	if (!statement || !inferred || !copy)
		return false;
	statement->sql = copy;
	statement->parameter_count = (int)count;
	statement->parameter_types = inferred;
	statement->text_results = true;
	op->request.statement = statement;
	return true;
}

static const char **sql_names(struct arena *arena, const PGresult *result, int columns)
{
	const char **names = arena_alloc_array(arena, (size_t)columns, sizeof(*names));

	for (int column = 0; names && column < columns; column++)
		names[column] = PQfname(result, column);
	return names;
}

static const char **sql_values(struct arena *arena, const PGresult *result, int rows, int columns)
{
	size_t count = (size_t)rows * (size_t)columns;
	const char **values = arena_alloc_array(arena, count, sizeof(*values));
	size_t at = 0;

	for (int row = 0; values && row < rows; row++)
		for (int column = 0; column < columns; column++, at++)
			if (!PQgetisnull(result, row, column))
				values[at] = PQgetvalue(result, row, column);
	return values;
}

static qn_status sql_finish(struct qn_op *op, struct outcome *outcome)
{
	qn_sql_result *place = op->out;
	struct arena *arena = session_arena(op->session);
	PGresult *result = outcome->result;
	int columns = result ? PQnfields(result) : 0;
	int rows = result ? PQntuples(result) : 0;
	/* Rows may have no columns. */
	qn_sql_result found = { .row_count = (size_t)rows };

	if (result && strncmp(PQcmdStatus(result), "SELECT", strlen("SELECT")) != 0)
		found.affected = strtoll(PQcmdTuples(result), NULL, 10);
	op->row_count = PQresultStatus(result) == PGRES_TUPLES_OK ? (uint64_t)rows
								  : (uint64_t)found.affected;
	if (!place)
		return QN_OK;
	if (columns) {
		found.column_count = (size_t)columns;
		found.columns = sql_names(arena, result, columns);
		found.values = sql_values(arena, result, rows, columns);
		if (!found.columns || !found.values || !session_keep_result(op->session, result))
			return op_fail(op, QN_OUT_OF_MEMORY, NULL, "out of memory for the result");
		outcome->result = NULL;
	}
	*place = found;
	return QN_OK;
}

qn_op *qn_sql(qn_session *session, qn_sql_result *result, const char *sql,
	      const char *const *parameters, size_t parameter_count)
{
	struct qn_op *op = session ? op_new(session, NULL) : NULL;

	if (!op)
		return NULL;
	if (result)
		*result = (qn_sql_result){ 0 };
	op->out = result;
	op->finish = sql_finish;
	sql_check(op, sql);
	if (parameter_count && !parameters) {
		op_refuse(op, QN_USAGE, NULL, "qn_sql: there are no parameters at all");
		return op_submit(op);
	}
	if (op->refused)
		return op_submit(op);
	sql_bind(op, parameters, parameter_count);
	if (!sql_statement(op, sql, parameter_count))
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory for the statement");
	return op_submit(op);
}
