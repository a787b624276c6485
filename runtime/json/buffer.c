#include "json/json_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256, PLAN_CHUNK = 4096 };

void qn_buffer_clear(qn_buffer *buffer)
{
	buffer->len = 0;
	buffer->problem[0] = '\0';
	if (buffer->at)
		buffer->at[0] = '\0';
}

void qn_buffer_free(qn_buffer *buffer)
{
	free(buffer->at);
	*buffer = (qn_buffer){ 0 };
}

/* Room for `len` bytes behind the first `used`, and a NUL. */
static bool buffer_grow(qn_buffer *buffer, size_t used, size_t len)
{
	size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
	char *at;

	if (len >= SIZE_MAX / 2 - used)
		return false;
	while (capacity - used <= len)
		capacity *= 2;
	at = realloc(buffer->at, capacity);
	if (!at)
		return false;
	buffer->at = at;
	buffer->capacity = capacity;
	return true;
}

qn_status qn_buffer_add(qn_buffer *buffer, const char *bytes, size_t len)
{
	buffer->problem[0] = '\0';
	if (buffer->capacity - buffer->len <= len && !buffer_grow(buffer, buffer->len, len)) {
		snprintf(buffer->problem, sizeof(buffer->problem), "out of memory");
		return QN_OUT_OF_MEMORY;
	}
	if (len)
		memcpy(buffer->at + buffer->len, bytes, len);
	buffer->len += len;
	buffer->at[buffer->len] = '\0';
	return QN_OK;
}

void json_begin(struct json_out *out, qn_buffer *buffer, const qn_json_options *options)
{
	*out = (struct json_out){ .buffer = buffer, .start = buffer->len };
	if (options)
		out->options = *options;
	if (buffer->at)
		out->limit = buffer->at + buffer->capacity;
	buffer->problem[0] = '\0';
	arena_init(&out->arena, PLAN_CHUNK, NULL);
}

qn_status json_end(struct json_out *out)
{
	arena_free(&out->arena);
	qn_buffer_free(&out->computed);
	if (out->status == QN_OK)
		return QN_OK;
	out->buffer->len = out->start;
	if (out->buffer->at)
		out->buffer->at[out->start] = '\0';
	return out->status;
}

void json_fail(struct json_out *out, qn_status status, const char *format, ...)
{
	va_list arguments;

	if (out->status != QN_OK)
		return;
	out->status = status;
	va_start(arguments, format);
	(void)vsnprintf(out->buffer->problem, sizeof(out->buffer->problem), format, arguments);
	va_end(arguments);
}

void json_fail_field(struct json_out *out, const qn_model *model, const char *field,
		     const char *problem)
{
	json_fail(out, QN_INVALID_VALUE, "%s.%s %s", model->name, field, problem);
}

char *json_reserve_more(struct json_out *out, const char *at, size_t len)
{
	qn_buffer *buffer = out->buffer;
	size_t used = at ? (size_t)(at - buffer->at) : 0;

	if (!buffer_grow(buffer, used, len)) {
		json_fail(out, QN_OUT_OF_MEMORY, "out of memory");
		return NULL;
	}
	out->limit = buffer->at + buffer->capacity;
	return buffer->at + used;
}

char *json_put_bytes(struct json_out *out, char *at, const char *bytes, size_t len)
{
	at = json_reserve(out, at, len);
	if (!at)
		return NULL;
	memcpy(at, bytes, len);
	return at + len;
}

void json_add(struct json_out *out, const char *bytes, size_t len)
{
	char *at = json_room(out, len);

	if (!at)
		return;
	memcpy(at, bytes, len);
	json_took(out, at + len);
}

qn_status json_compute(struct json_out *out, qn_json_compute compute, const void *row)
{
	qn_buffer *value = &out->computed;
	qn_buffer whole = *out->buffer;
	qn_status status;

	*out->buffer = (qn_buffer){ 0 };
	qn_buffer_clear(value);
	status = compute(value, row, out->options.context);
	if (status == QN_OK && out->buffer->len) {
		snprintf(value->problem, sizeof(value->problem),
			 "it wrote into the text of the whole, not into its own buffer");
		status = QN_USAGE;
	}
	qn_buffer_free(out->buffer);
	*out->buffer = whole;
	return status;
}
