#include "base/str.h"

#include <limits.h>
#include <string.h>

int str_print_length(struct str s)
{
	return s.len > INT_MAX ? INT_MAX : (int)s.len;
}

struct str str_from_cstring(const char *text)
{
	return (struct str){ text, text ? strlen(text) : 0 };
}

bool str_equal(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

int str_compare(struct str a, struct str b)
{
	size_t shared = a.len < b.len ? a.len : b.len;
	int order = shared ? memcmp(a.at, b.at, shared) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool str_starts_with(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_equal(str_slice(s, 0, prefix.len), prefix);
}

bool str_ends_with(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_equal(str_slice(s, s.len - suffix.len, s.len), suffix);
}

struct str str_slice(struct str s, size_t from, size_t to)
{
	return (struct str){ from ? s.at + from : s.at, to - from };
}

uint64_t str_hash(struct str s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.len; i++) {
		hash ^= (unsigned char)s.at[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}

/*
 * The length of the well-formed sequence at `at`, or 0. The ranges are those of Unicode's table
 * 3-7.
 */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
	unsigned char lead = at[0];
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	size_t len;

	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead <= 0xDF)
		len = 2;
	else if (lead >= 0xE0 && lead <= 0xEF)
		len = 3;
	else if (lead >= 0xF0 && lead <= 0xF4)
		len = 4;
	else
		return 0;
	if (lead == 0xE0)
		low = 0xA0;
	else if (lead == 0xED)
		high = 0x9F;
	else if (lead == 0xF0)
		low = 0x90;
	else if (lead == 0xF4)
		high = 0x8F;
	if (left < len || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((at[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

static bool word_is_ascii(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return !(word & UINT64_C(0x8080808080808080));
}

/*
 * How many bytes of ASCII there are at least, looking at words: the last one may overlap the one
 * before it.
 */
static size_t ascii_length(const unsigned char *at, size_t left)
{
	const size_t word = sizeof(uint64_t);
	size_t len = 0;

	while (left - len >= word && word_is_ascii(at + len))
		len += word;
	if (len && left - len < word && word_is_ascii(at + left - word))
		len = left;
	return len;
}

bool str_is_utf8(struct str s)
{
	const unsigned char *bytes = (const unsigned char *)s.at;

	for (size_t i = 0; i < s.len;) {
		size_t len = ascii_length(bytes + i, s.len - i);
		if (len == 0)
			len = utf8_sequence(bytes + i, s.len - i);
		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

size_t str_code_points(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += ((unsigned char)s.at[i] & 0xC0) != 0x80;
	return count;
}
