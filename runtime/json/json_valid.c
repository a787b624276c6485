/*
 * Whether a text is JSON. Documents as most are, without escapes and without text beyond ASCII, are
 * seen to be so here; for all others the scanner decides.
 */
#include "json/json_out.h"

#include <string.h>

#include "json/json_bytes.h"
#include "json/scan.h"

enum { PLAIN_DEPTH_MAX = 64 };

/* The open brackets of a text that ends in NUL. */
struct nesting {
	const char *end; /* of the text */
	/* A bit for each bracket, the lowest for the last: it is that of an object. */
	uint64_t objects;
	unsigned depth;
	unsigned depth_max;
};

/* All below return the end of what they go over; NULL: it is not of that kind. */

static inline const char *space_skip(const char *at)
{
	while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
		at++;
	return at;
}

static inline const char *text_skip(const char *at, const char *end)
{
	uint64_t word;

	if (*at++ != '"')
		return NULL;
	for (; (size_t)(end - at) >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		word = json_special_bytes(word);
		if (word) {
			at += json_plain_bytes(at, word);
			return *at == '"' ? at + 1 : NULL;
		}
	}
	while (json_byte_is_plain((unsigned char)*at))
		at++;
	return *at == '"' ? at + 1 : NULL;
}

static inline const char *digits_skip(const char *at)
{
	const char *first = at;

	while (*at >= '0' && *at <= '9')
		at++;
	return at > first ? at : NULL;
}

static inline const char *number_skip(const char *at)
{
	at += *at == '-';
	at = *at == '0' ? at + 1 : digits_skip(at);
	if (at && *at == '.')
		at = digits_skip(at + 1);
	return at && *at != 'e' && *at != 'E' ? at : NULL;
}

static inline const char *word_skip(const char *at, const char *end, struct str word)
{
	if ((size_t)(end - at) < word.len || memcmp(at, word.at, word.len) != 0)
		return NULL;
	return at + word.len;
}

static inline const char *scalar_skip(const char *at, const char *end)
{
	switch (*at) {
	case '"':
		return text_skip(at, end);
	case 't':
		return word_skip(at, end, STR("true"));
	case 'f':
		return word_skip(at, end, STR("false"));
	case 'n':
		return word_skip(at, end, STR("null"));
	default:
		return number_skip(at);
	}
}

/* A key of an object, nothing in an array, up to the value. */
static inline const char *key_skip(const struct nesting *nesting, const char *at)
{
	if (!(nesting->objects & 1))
		return at;
	at = text_skip(at, nesting->end);
	if (!at)
		return NULL;
	at = space_skip(at);
	return *at == ':' ? space_skip(at + 1) : NULL;
}

static inline char closing(const struct nesting *nesting)
{
	return nesting->objects & 1 ? '}' : ']';
}

/* Opening brackets up to a scalar, and that, or up to the end of an empty pair of brackets. */
static inline const char *begin_skip(struct nesting *nesting, const char *at)
{
	while (*at == '{' || *at == '[') {
		if (nesting->depth == nesting->depth_max)
			return NULL;
		nesting->objects = nesting->objects << 1 | (*at == '{');
		nesting->depth++;
		at = space_skip(at + 1);
		if (*at == closing(nesting))
			return at;
		at = key_skip(nesting, at);
		if (!at)
			return NULL;
	}
	return scalar_skip(at, nesting->end);
}

/* What follows a value, up to the next one or to the end of all. */
static inline const char *between_skip(struct nesting *nesting, const char *at)
{
	at = space_skip(at);
	while (nesting->depth && *at == closing(nesting)) {
		nesting->objects >>= 1;
		nesting->depth--;
		at = space_skip(at + 1);
	}
	if (!nesting->depth)
		return at;
	return *at == ',' ? key_skip(nesting, space_skip(at + 1)) : NULL;
}

static bool is_plain(const char *text, size_t len, unsigned depth_max)
{
	struct nesting nesting = { .end = text + len };
	const char *at = space_skip(text);

	nesting.depth_max = depth_max < PLAIN_DEPTH_MAX ? depth_max : PLAIN_DEPTH_MAX;
	do {
		at = begin_skip(&nesting, at);
		if (at)
			at = between_skip(&nesting, at);
	} while (at && nesting.depth);
	return at == nesting.end;
}

bool json_is_valid(const char *text, size_t len, unsigned depth_max)
{
	struct json_scanner scanner = { .at = text, .end = text + len, .depth_max = depth_max };

	if (is_plain(text, len, depth_max))
		return true;
	(void)json_scan(&scanner);
	return json_scan_value(&scanner) && json_scan(&scanner) == JSON_END;
}
