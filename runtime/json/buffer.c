#include "json/json_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256, PLAN_CHUNK = 2048 };

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

/* Room for `len` bytes more, and a NUL. */
static bool buffer_grow(qn_buffer *buffer, size_t len)
{
	size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
	char *at;

	if (len >= SIZE_MAX / 2 - buffer->len)
		return false;
	while (capacity - buffer->len <= len)
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
	if (buffer->capacity - buffer->len <= len && !buffer_grow(buffer, len)) {
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

char *json_room_more(struct json_out *out, size_t len)
{
	if (!buffer_grow(out->buffer, len)) {
		json_fail(out, QN_OUT_OF_MEMORY, "out of memory");
		return NULL;
	}
	return out->buffer->at + out->buffer->len;
}

void json_add(struct json_out *out, const char *bytes, size_t len)
{
	char *at = json_room(out, len);

	if (!at)
		return;
	memcpy(at, bytes, len);
	json_took(out, at + len);
}
