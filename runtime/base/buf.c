#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"

#define SMALLEST_CAPACITY ((size_t)64)
/* Room for most texts, so that they are formatted once. */
#define FORMAT_SIZE (SMALLEST_CAPACITY - 1)

void buf_init(struct buf *buf, struct arena *arena)
{
	*buf = (struct buf){ .arena = arena };
}

void buf_free(struct buf *buf)
{
	if (!buf->arena)
		free(buf->at);
	buf_init(buf, buf->arena);
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->at)
		buf->at[0] = '\0';
}

static bool buf_grow(struct buf *buf, size_t need)
{
	size_t capacity = buf->capacity ? buf->capacity : SMALLEST_CAPACITY;
	char *at;

	while (capacity < need)
		capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
	if (buf->arena && buf->at && arena_extend(buf->arena, buf->at, buf->capacity, capacity)) {
		at = buf->at;
	} else if (buf->arena) {
		at = arena_reserve_array(buf->arena, capacity, 1);
		if (at && buf->at)
			memcpy(at, buf->at, buf->len);
	} else {
		at = realloc(buf->at, capacity);
	}
	if (!at)
		return false;
	buf->at = at;
	buf->capacity = capacity;
	return true;
}

char *buf_reserve_more(struct buf *buf, size_t more)
{
	if (buf->failed)
		return NULL;
	if (more >= SIZE_MAX - buf->len ||
	    (buf->capacity - buf->len <= more && !buf_grow(buf, buf->len + more + 1))) {
		buf->failed = true;
		return NULL;
	}
	return buf->at + buf->len;
}

void buf_add_bytes(struct buf *buf, const void *bytes, size_t len)
{
	char *at = buf_reserve(buf, len);

	if (!at)
		return;
	if (len)
		memcpy(at, bytes, len);
	buf->len += len;
	buf->at[buf->len] = '\0';
}

void buf_add(struct buf *buf, struct str text)
{
	buf_add_bytes(buf, text.at, text.len);
}

void buf_add_cstring(struct buf *buf, const char *text)
{
	buf_add_bytes(buf, text, strlen(text));
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
	char *at = buf_reserve(buf, FORMAT_SIZE);
	va_list arguments;
	va_list again;
	int len;

	if (!at)
		return;
	va_start(arguments, format);
	va_copy(again, arguments);
	len = vsnprintf(at, FORMAT_SIZE, format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= FORMAT_SIZE)
		*at = '\0';
	if (len >= 0 && (size_t)len >= FORMAT_SIZE) {
		at = buf_reserve(buf, (size_t)len);
		if (at)
			vsnprintf(at, (size_t)len + 1, format, again);
	}
	va_end(again);
	buf->failed = !at || len < 0;
	if (!buf->failed)
		buf->len += (size_t)len;
}

void buf_add_uint(struct buf *buf, uint64_t value)
{
	char digits[DIGITS_UINT_MAX];

	buf_add_bytes(buf, digits, (size_t)(put_uint(digits, value) - digits));
}

struct str buf_str(const struct buf *buf)
{
	return (struct str){ buf->at ? buf->at : "", buf->len };
}
