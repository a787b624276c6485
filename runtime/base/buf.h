/*
 * Growing byte buffers.
 *
 * The first failed growth makes the buffer `failed`: later additions do nothing, and the owner
 * checks once, at the end. What is in the buffer always has a NUL behind it that `len` does not
 * count, once anything was added.
 */
#ifndef QUERN_BASE_BUF_H
#define QUERN_BASE_BUF_H

#include "base/arena.h"

struct buf {
	char *at;
	size_t len;
	size_t capacity;
	bool failed;         /* out of memory, or over SIZE_MAX */
	struct arena *arena; /* where it grows; NULL: malloc, and buf_free is due */
};

/* Zeroed memory is an initialised buffer that grows by malloc. */
void buf_init(struct buf *buf, struct arena *arena);
/* Frees what malloc gave; the buffer is as after init. */
void buf_free(struct buf *buf);
/* Forgets the content and the failure, keeps the memory. */
void buf_clear(struct buf *buf);

/* buf_reserve where there is not room enough yet. */
char *buf_reserve_more(struct buf *buf, size_t more);
/*
 * Room for `more` bytes behind what is there, to be written by the caller, who then adds to `len`.
 * NULL: failed.
 */
static inline char *buf_reserve(struct buf *buf, size_t more)
{
	if (buf->failed || buf->capacity - buf->len <= more)
		return buf_reserve_more(buf, more);
	return buf->at + buf->len;
}

void buf_add(struct buf *buf, struct str text);
void buf_add_bytes(struct buf *buf, const void *bytes, size_t len);
void buf_add_cstring(struct buf *buf, const char *text);
static inline void buf_add_char(struct buf *buf, char c)
{
	char *at = buf_reserve(buf, 1);

	if (!at)
		return;
	at[0] = c;
	at[1] = '\0';
	buf->len++;
}

void buf_add_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Decimal digits, without printf. */
void buf_add_uint(struct buf *buf, uint64_t value);
/*
 * Big-endian integers, as PostgreSQL's binary formats have them: the last `len` bytes of the value.
 */
static inline void buf_add_be(struct buf *buf, uint64_t value, size_t len)
{
	char *at = buf_reserve(buf, len);

	if (!at)
		return;
	for (size_t i = 0; i < len; i++)
		at[i] = (char)(value >> (8 * (len - 1 - i)));
	at[len] = '\0';
	buf->len += len;
}

static inline void buf_add_be16(struct buf *buf, uint16_t value)
{
	buf_add_be(buf, value, sizeof(value));
}

static inline void buf_add_be32(struct buf *buf, uint32_t value)
{
	buf_add_be(buf, value, sizeof(value));
}

static inline void buf_add_be64(struct buf *buf, uint64_t value)
{
	buf_add_be(buf, value, sizeof(value));
}

/* A view of the content, valid until the next addition. */
struct str buf_str(const struct buf *buf);

#endif
