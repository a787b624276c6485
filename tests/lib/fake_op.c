#include "fake_op.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "quern/transaction.h"
#include "query/shape.h"

static void op_drop(struct qn_op *op)
{
	if (!op)
		return;
	buf_free(&op->wire);
	arena_free(&op->arena);
	free(op->parameters);
	free(op);
}

void fake_session_init(struct qn_session *session)
{
	*session = (struct qn_session){ 0 };
	arena_init(&session->arena, 0, NULL);
}

void fake_session_free(struct qn_session *session)
{
	for (size_t i = 0; i < session->kept_count; i++)
		PQclear(session->kept[i]);
	op_drop(session->op);
	arena_free(&session->arena);
	shape_registry_free(session->pool.shapes);
}

struct qn_op *op_new(qn_session *session, const qn_model *model)
{
	struct qn_op *op = calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	arena_init(&op->arena, 0, NULL);
	op->session = session;
	op->model = model;
	op_drop(session->op);
	session->op = op;
	session->message[0] = '\0';
	session->field = NULL;
	return op;
}

bool op_parameter_begin(struct qn_op *op, bool is_text)
{
	struct op_parameter *grown =
		realloc(op->parameters, (op->parameter_count + 1) * sizeof(*grown));

	if (!grown)
		return false;
	op->parameters = grown;
	grown[op->parameter_count] =
		(struct op_parameter){ .offset = op->wire.len, .is_text = is_text };
	return true;
}

bool op_parameter_end(struct qn_op *op)
{
	struct op_parameter *parameter = &op->parameters[op->parameter_count++];

	parameter->len = op->wire.len - parameter->offset;
	buf_add_char(&op->wire, '\0');
	return !op->wire.failed;
}

bool op_parameter_null(struct qn_op *op)
{
	if (!op_parameter_begin(op, true))
		return false;
	op->parameters[op->parameter_count++].is_null = true;
	return true;
}

static void say(struct qn_op *op, const qn_field *field, const char *format, va_list arguments)
{
	char text[400];
	struct qn_session *session = op->session;

	vsnprintf(text, sizeof(text), format, arguments);
	session->field = field;
	snprintf(session->message, sizeof(session->message), "%s%s%s: %s", op->model->name,
		 field ? "." : "", field ? field->name : "", text);
}

void op_refuse(struct qn_op *op, qn_status status, const qn_field *field, const char *format, ...)
{
	va_list arguments;

	if (op->refused)
		return;
	op->refused = true;
	op->status = status;
	va_start(arguments, format);
	say(op, field, format, arguments);
	va_end(arguments);
}

qn_status op_fail(struct qn_op *op, qn_status status, const qn_field *field, const char *format,
		  ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(op, field, format, arguments);
	va_end(arguments);
	return status;
}

struct qn_op *op_submit(struct qn_op *op)
{
	op->state = OP_QUEUED;
	return op;
}

void op_complete_with(struct qn_op *op, qn_status status)
{
	op->status = status;
}

struct arena *session_arena(qn_session *session)
{
	return &session->arena;
}

bool session_keep_result(qn_session *session, PGresult *result)
{
	if (session->kept_count == FAKE_KEPT_MAX)
		return false;
	session->kept[session->kept_count++] = result;
	return true;
}

qn_pool *session_pool(const qn_session *session)
{
	return (qn_pool *)&session->pool;
}

struct shape_registry **pool_shape_registry(qn_pool *pool)
{
	return &pool->shapes;
}

bool qn_in_transaction(const qn_session *session)
{
	return session->in_transaction;
}

qn_status fake_finish(struct qn_session *session, PGresult *result)
{
	struct outcome outcome = { .status = QN_OK, .result = result, .message = "", .epoch = 1 };
	qn_status status = session->op->finish(session->op, &outcome);

	PQclear(outcome.result);
	return status;
}
