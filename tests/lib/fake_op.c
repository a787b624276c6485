#include "fake_op.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "quern/transaction.h"
#include "query/shape.h"
#include "session/parts.h"
#include "validate/pattern.h"

static void op_drop(struct qn_op *op)
{
	struct qn_op *part = op && op->parts && op->parts->whole == op ? op->parts->first : NULL;

	while (part) {
		struct qn_op *next = part->next;

		op_drop(part);
		part = next;
	}
	if (!op)
		return;
	buf_free(&op->wire);
	arena_free(&op->arena);
	free(op->offsets);
	free(op->lengths);
	free(op->formats);
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
	patterns_free(session->pool.patterns);
}

static struct qn_op *op_make(qn_session *session, const qn_model *model)
{
	struct qn_op *op = calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	arena_init(&op->arena, 0, NULL);
	op->session = session;
	op->model = model;
	return op;
}

struct qn_op *op_new(qn_session *session, const qn_model *model)
{
	struct qn_op *op = op_make(session, model);

	if (!op)
		return NULL;
	op_drop(session->op);
	session->op = op;
	session->message[0] = '\0';
	session->field = NULL;
	return op;
}

struct op_parts *op_parts_begin(struct qn_op *whole)
{
	struct op_parts *parts = arena_alloc(&whole->arena, sizeof(*parts));

	if (!parts)
		return NULL;
	parts->whole = whole;
	whole->parts = parts;
	return parts;
}

struct qn_op *op_new_part(struct qn_op *whole, const qn_model *model)
{
	struct qn_op *part = op_make(whole->session, model);
	struct qn_op **last = &whole->parts->first;

	if (!part)
		return NULL;
	while (*last)
		last = &(*last)->next;
	*last = part;
	part->parts = whole->parts;
	return part;
}

void op_submit_part(struct qn_op *part)
{
	part->state = OP_QUEUED;
}

bool op_parts_failed(const struct qn_op *whole)
{
	return whole->parts->failed;
}

bool op_parameters_grow(struct qn_op *op)
{
	size_t capacity = op->parameter_count + 1;
	size_t *offsets = realloc(op->offsets, capacity * sizeof(*offsets));
	int *lengths = realloc(op->lengths, capacity * sizeof(*lengths));
	int *formats = realloc(op->formats, capacity * sizeof(*formats));

	op->offsets = offsets ? offsets : op->offsets;
	op->lengths = lengths ? lengths : op->lengths;
	op->formats = formats ? formats : op->formats;
	if (!offsets || !lengths || !formats)
		return false;
	op->parameter_capacity = capacity;
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

qn_status session_fail(qn_session *session, qn_status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(session->message, sizeof(session->message), format, arguments);
	va_end(arguments);
	return status;
}

struct qn_op *op_submit(struct qn_op *op)
{
	op->state = OP_QUEUED;
	if (op->parts && op->parts->start && !op->refused)
		op->parts->start(op);
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

struct arena *op_loaded_arena(struct qn_op *op)
{
	return &op->session->arena;
}

bool op_keep_result(struct qn_op *op, PGresult *result)
{
	return session_keep_result(op->session, result);
}

qn_pool *session_pool(const qn_session *session)
{
	return (qn_pool *)&session->pool;
}

const qn_pool_config *pool_config(const qn_pool *pool)
{
	return &pool->config;
}

struct shape_registry **pool_shape_registry(qn_pool *pool)
{
	return &pool->shapes;
}

struct patterns **pool_patterns(qn_pool *pool)
{
	return &pool->patterns;
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
