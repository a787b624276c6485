/*
 * Bytes that JSON texts hold as they are, eight at a time.
 */
#ifndef QUERN_JSON_BYTES_H
#define QUERN_JSON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * The top bits of the bytes that are below a space, a quote, a backslash, or beyond ASCII. Of the
 * others the bits are 0, except that bytes which follow one of those in the number, from its lowest
 * byte up, may have theirs set too.
 */
static inline uint64_t json_special_bytes(uint64_t word)
{
	uint64_t quote = word ^ JSON_EACH_BYTE('"');
	uint64_t backslash = word ^ JSON_EACH_BYTE('\\');

	return (word | (word - JSON_EACH_BYTE(' ')) | (quote - JSON_EACH_BYTE(1)) |
		(backslash - JSON_EACH_BYTE(1))) &
	       JSON_EACH_BYTE(0x80);
}

static inline bool json_byte_is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

/* How many of the bytes at `at` come before the first of the special ones, which there are. */
static inline size_t json_plain_bytes(const char *at, uint64_t special)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	(void)at;
	return (size_t)__builtin_ctzll(special) / 8;
#else
	size_t count = 0;

	(void)special;
	while (json_byte_is_plain((unsigned char)at[count]))
		count++;
	return count;
#endif
}

#endif
