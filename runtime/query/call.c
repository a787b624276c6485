#include "query/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "query/batch_form.h"

static const qn_field text_field = { .name = "text", .type = QN_TYPE_TEXT };

bool call_begin(struct call *call, qn_session *session, const qn_model *model,
		enum key_operation operation)
{
	*call = (struct call){ .model = model };
	call->op = session ? op_new(session, model) : NULL;
	if (!call->op)
		return false;
	call->registry = shape_registry_of(session_pool(session));
	if (!call->registry) {
		op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return true;
	}
	call->key = &call->registry->key;
	key_begin(call->key, model, operation);
	return true;
}

void call_prepare(struct call *call, unsigned request_flags,
		  qn_status (*finish)(struct qn_op *op, struct outcome *outcome))
{
	struct qn_op *op = call->op;
	struct shape *shape;

	if (op->refused)
		return;
	if (op->parameter_count > SHAPE_PARAMETERS_MAX) {
		call_refuse(call, "%zu parameters in one statement; the server takes %d",
			    op->parameter_count, SHAPE_PARAMETERS_MAX);
		return;
	}
	shape = shape_find(call->registry, call->model, &op->arena);
	if (!shape) {
		op_refuse(op, QN_OUT_OF_MEMORY, NULL, "out of memory");
		return;
	}
	if (request_flags & REQUEST_KEYED)
		shape_find_batch_form(call, shape);
	op->request.statement = &shape->statement;
	op->request.flags = request_flags;
	op->detail = shape;
	op->finish = finish;
}

struct qn_op *call_submit(struct call *call, unsigned request_flags,
			  qn_status (*finish)(struct qn_op *op, struct outcome *outcome))
{
	call_prepare(call, request_flags, finish);
	return op_submit(call->op);
}

struct qn_op *call_complete(struct call *call)
{
	call->op->request.statement = NULL;
	return op_submit(call->op);
}

void call_refuse(struct call *call, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	op_refuse(call->op, QN_USAGE, NULL, "%s", text);
}

static inline void parameter_end(struct call *call, const qn_field *field, codec_refusal refusal)
{
	if (refusal)
		op_refuse(call->op, QN_INVALID_VALUE, field, "%s", refusal);
	if (!op_parameter_end(call->op))
		op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
}

static inline bool parameter_begin(struct call *call, bool is_text)
{
	if (op_parameter_begin(call->op, is_text))
		return true;
	op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
	return false;
}

static codec_refusal encode_array(struct buf *wire, struct codec_value array)
{
	if (type_info_of(array.field->type)->flags & TYPE_CAST)
		return type_array_encode_text(wire, array);
	return type_array_encode(wire, array);
}

static codec_refusal encode_value(struct buf *wire, struct codec_value value)
{
	if (value.field->flags & QN_FIELD_ARRAY)
		return encode_array(wire, value);
	return type_info_of(value.field->type)->encode(wire, value);
}

void call_add_value(struct call *call, const qn_field *field, const void *value)
{
	codec_refusal refusal;

	if (!parameter_begin(call, type_info_of(field->type)->flags & TYPE_CAST))
		return;
	refusal = encode_value(&call->op->wire, (struct codec_value){ value, field });
	parameter_end(call, field, refusal);
}

void call_add_operand(struct call *call, const qn_field *field, const void *value)
{
	qn_field unlimited;
	codec_refusal refusal;

	if (!field->limit) {
		call_add_value(call, field, value);
		return;
	}
	unlimited = *field;
	unlimited.limit = 0;
	unlimited.scale = 0;
	if (!parameter_begin(call, type_info_of(field->type)->flags & TYPE_CAST))
		return;
	refusal = encode_value(&call->op->wire, (struct codec_value){ value, &unlimited });
	parameter_end(call, field, refusal);
}

void call_add_list(struct call *call, const qn_field *field, const void *array)
{
	qn_field element = *field;
	codec_refusal refusal;

	element.limit = 0;
	element.scale = 0;
	if (field->type == QN_TYPE_OPAQUE)
		element.type = QN_TYPE_TEXT;
	if (!parameter_begin(call, type_info_of(element.type)->flags & TYPE_CAST))
		return;
	refusal = encode_array(&call->op->wire, (struct codec_value){ array, &element });
	parameter_end(call, field, refusal);
}

void call_add_null(struct call *call)
{
	if (!op_parameter_null(call->op))
		op_refuse(call->op, QN_OUT_OF_MEMORY, NULL, "out of memory");
}

void call_add_int64(struct call *call, int64_t value)
{
	if (!parameter_begin(call, false))
		return;
	buf_add_be64(&call->op->wire, (uint64_t)value);
	parameter_end(call, NULL, NULL);
}

/* Puts a backslash before what LIKE would read as more than itself, in place. */
static void wire_escape(struct buf *wire, size_t from)
{
	size_t special = 0;
	size_t read = wire->len;
	size_t write;

	for (size_t i = from; i < wire->len; i++)
		special += wire->at[i] == '%' || wire->at[i] == '_' || wire->at[i] == '\\';
	if (!special || !buf_reserve(wire, special))
		return;
	write = read + special;
	wire->len = write;
	while (read > from) {
		char c = wire->at[--read];

		wire->at[--write] = c;
		if (c == '%' || c == '_' || c == '\\')
			wire->at[--write] = '\\';
	}
}

void call_add_pattern(struct call *call, const qn_field *field, struct pattern pattern)
{
	struct buf *wire = &call->op->wire;
	codec_refusal refusal;
	size_t from;

	if (!parameter_begin(call, false))
		return;
	buf_add_cstring(wire, pattern.before);
	from = wire->len;
	refusal = type_info_of(QN_TYPE_TEXT)
			  ->encode(wire, (struct codec_value){ &pattern.text, &text_field });
	if (!refusal) {
		if (pattern.escaped && !wire->failed)
			wire_escape(wire, from);
		buf_add_cstring(wire, pattern.after);
	}
	parameter_end(call, field, refusal);
}
