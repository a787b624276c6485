#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "session/inside.h"
#include "session/parts.h"
#include "session/transaction.h"

static const char *text_copy(const char *text, struct arena *arena)
{
	const char *copy;

	if (text[0] == '\0')
		return "";
	copy = arena_cstring(arena, str_from_cstring(text));
	return copy ? copy : "";
}

void error_copy(qn_error *to, const qn_error *from, struct arena *arena)
{
	const char **const texts[] = {
		&to->message, &to->detail, &to->hint,   &to->constraint,
		&to->schema,  &to->table,  &to->column, &to->sql,
	};

	/* Model and field are constant data of the program: the descriptors. */
	*to = *from;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = text_copy(*texts[i], arena);
	if (to->message[0] == '\0')
		to->message = qn_status_text(to->status);
}

static const char *model_short_name(const qn_model *model)
{
	const char *dot = strrchr(model->name, '.');

	return dot ? dot + 1 : model->name;
}

/* "Product.name: ", "Product: ", or nothing. */
static struct str message_prefix(struct qn_op *op, const qn_field *field)
{
	if (!op->model)
		return (struct str){ "", 0 };
	if (!field)
		return arena_format(&op->arena, "%s: ", model_short_name(op->model));
	return arena_format(&op->arena, "%s.%s: ", model_short_name(op->model), field->name);
}

/* Begins op->error: all of it but the message. */
static void op_error_begin(struct qn_op *op, qn_status status, const qn_field *field)
{
	qn_error *error = &op->error;

	op->failed = true;
	error_clear(error);
	error->status = status;
	error->message = qn_status_text(status);
	if (op->model)
		error->model = op->model->name;
	if (field)
		error->field = field->name;
	if (op->request.statement)
		error->sql = op->request.statement->sql;
}

/* Server messages may have several lines; ours have one. */
static void make_one_line(char *text)
{
	for (; *text; text++)
		if (*text == '\n' || *text == '\r')
			*text = ' ';
}

static void op_error_message(struct qn_op *op, const qn_field *field, const char *text,
			     const char *advice)
{
	struct str prefix = message_prefix(op, field);
	struct str message = arena_format(&op->arena, "%.*s%s%s%s", STR_ARGS(prefix), text,
					  advice[0] ? "; " : "", advice);

	if (!message.at)
		return;
	make_one_line((char *)message.at);
	op->error.message = message.at;
}

static void op_error_format(struct qn_op *op, const qn_field *field, const char *format,
			    va_list arguments)
{
	char text[512];
	struct str prefix = message_prefix(op, field);
	va_list again;
	char *message;
	int len;

	va_copy(again, arguments);
	len = vsnprintf(text, sizeof(text), format, arguments);
	message = len < 0 ? NULL : arena_alloc(&op->arena, prefix.len + (size_t)len + 1);
	if (message) {
		if (prefix.len)
			memcpy(message, prefix.at, prefix.len);
		if ((size_t)len < sizeof(text))
			memcpy(message + prefix.len, text, (size_t)len + 1);
		else
			vsnprintf(message + prefix.len, (size_t)len + 1, format, again);
		make_one_line(message);
		op->error.message = message;
	}
	va_end(again);
}

void op_refuse(struct qn_op *op, qn_status status, const qn_field *field, const char *format, ...)
{
	va_list arguments;

	if (op->refused)
		return;
	op->refused = true;
	op->status = status;
	op_error_begin(op, status, field);
	va_start(arguments, format);
	op_error_format(op, field, format, arguments);
	va_end(arguments);
}

qn_status op_fail(struct qn_op *op, qn_status status, const qn_field *field, const char *format,
		  ...)
{
	va_list arguments;

	op_error_begin(op, status, field);
	va_start(arguments, format);
	op_error_format(op, field, format, arguments);
	va_end(arguments);
	return status;
}

void op_error_default(struct qn_op *op, qn_status status)
{
	if (op->failed && op->error.status == status)
		return;
	op_error_begin(op, status, NULL);
	op_error_message(op, NULL, qn_status_text(status), "");
}

/* What to do about it, where that is known and the server does not say it by itself. */
static const char *status_advice(const struct qn_op *op, qn_status status)
{
	switch (status) {
	case QN_SCHEMA_DRIFT:
		if (strcmp(op->error.sqlstate, "26000") == 0)
			return "behind a pooler that pools transactions set no_prepared_statements";
		if (!op->model)
			return "check the statement's names and types, and that all migrations were applied";
		return "apply the missing migrations, or generate the models again and rebuild";
	case QN_PERMISSION_DENIED:
		return "grant the privilege to the role that the program connects as";
	case QN_SERIALIZATION_FAILURE:
	case QN_DEADLOCK:
		return "run the transaction again, or set retry in its options";
	case QN_OUTCOME_UNKNOWN:
		return "look whether the change is there before sending it again";
	default:
		return "";
	}
}

static const qn_field *model_field_of_column(const qn_model *model, const char *column)
{
	for (uint16_t i = 0; model && column[0] && i < model->field_count; i++)
		if (strcmp(model->fields[i].column, column) == 0)
			return &model->fields[i];
	return NULL;
}

static const char *result_text(struct qn_op *op, const PGresult *result, int field)
{
	const char *text = PQresultErrorField(result, field);

	return text ? text_copy(text, &op->arena) : "";
}

/* The server only knows that it was asked to stop, not by whom or why. */
static const char *failure_text(struct qn_op *op, qn_status status, const char *said)
{
	const struct qn_op *timed = op->parts ? op->parts->whole : op;
	uint64_t deadline = (timed->request.deadline - timed->started_at) / QN_MILLISECOND;
	const char *text = NULL;

	if (status == QN_DEADLINE_EXCEEDED)
		text = arena_format(&op->arena, "the deadline of %llu ms passed",
				    (unsigned long long)deadline)
			       .at;
	else if (said[0] && !(status == QN_CANCELLED && op->cancelled))
		text = said;
	return text ? text : qn_status_text(status);
}

static void op_error_from_result(struct qn_op *op, qn_status status, const PGresult *result)
{
	const char *column = result_text(op, result, PG_DIAG_COLUMN_NAME);
	const char *primary = result_text(op, result, PG_DIAG_MESSAGE_PRIMARY);
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const qn_field *field = model_field_of_column(op->model, column);
	qn_error *error = &op->error;

	op_error_begin(op, status, field);
	if (sqlstate && strlen(sqlstate) < sizeof(error->sqlstate))
		memcpy(error->sqlstate, sqlstate, strlen(sqlstate) + 1);
	error->column = column;
	error->detail = result_text(op, result, PG_DIAG_MESSAGE_DETAIL);
	error->hint = result_text(op, result, PG_DIAG_MESSAGE_HINT);
	error->constraint = result_text(op, result, PG_DIAG_CONSTRAINT_NAME);
	error->schema = result_text(op, result, PG_DIAG_SCHEMA_NAME);
	error->table = result_text(op, result, PG_DIAG_TABLE_NAME);
	op_error_message(op, field, failure_text(op, status, primary), status_advice(op, status));
}

/*
 * A number of parameters that the statement does not have is the mistake of the caller of qn_sql,
 * though to the server it is one of the protocol's. Fatal ones are not about the statement.
 */
static bool is_wrong_parameter_count(const struct qn_op *op, const struct outcome *outcome)
{
	const char *severity = PQresultErrorField(outcome->result, PG_DIAG_SEVERITY_NONLOCALIZED);

	return outcome->status == QN_PROTOCOL_ERROR && !op->model && !op->is_control && severity &&
	       strcmp(severity, "ERROR") == 0;
}

void op_error_from_outcome(struct qn_op *op, const struct outcome *outcome)
{
	qn_status status = outcome->status;
	const char *said = outcome->message ? outcome->message : "";

	/* Not executed because of an earlier error: in a transaction that is what broke it. */
	if (status == QN_NOT_EXECUTED && transaction_explain(op->transaction, op))
		return;
	if (status == QN_NOT_EXECUTED && op->transaction)
		status = QN_TRANSACTION_BROKEN;
	if (outcome->result && PQresultErrorField(outcome->result, PG_DIAG_SQLSTATE)) {
		if (is_wrong_parameter_count(op, outcome))
			status = QN_SQL_ERROR;
		op_error_from_result(op, status, outcome->result);
		return;
	}
	op_error_begin(op, status, NULL);
	op_error_message(op, NULL, failure_text(op, status, said), status_advice(op, status));
}
