/*
 * Whole values by the scanner, and what texts stand for.
 */
#include "json/scan.h"

#include <string.h>

#include "json/read_number.h"

struct nesting {
	uint64_t objects[JSON_DEPTH_MAX /
			 64]; /* a bit for each open bracket: it is that of an object */
	unsigned depth;
};

bool json_scan_miss(struct json_scanner *scanner, const char *problem)
{
	if (!scanner->problem)
		scanner->problem = problem;
	return false;
}

static bool is_in_object(const struct nesting *nesting)
{
	unsigned level = nesting->depth - 1;

	return nesting->objects[level / 64] >> (level % 64) & 1;
}

static bool open(struct json_scanner *scanner, struct nesting *nesting)
{
	uint64_t bit = UINT64_C(1) << (nesting->depth % 64);
	uint64_t *word = &nesting->objects[nesting->depth / 64 % (JSON_DEPTH_MAX / 64)];

	if (nesting->depth >= scanner->depth_max || nesting->depth >= JSON_DEPTH_MAX) {
		scanner->is_too_deep = true;
		return json_scan_miss(scanner, "it is nested too deep here");
	}
	*word = scanner->token == JSON_OBJECT ? *word | bit : *word & ~bit;
	nesting->depth++;
	return true;
}

static bool is_text(enum json_token token)
{
	return token >= JSON_TEXT;
}

static bool key_scan(struct json_scanner *scanner)
{
	if (!is_text(scanner->token))
		return json_scan_miss(scanner, "a key in quotes is missing");
	scanner->has_odd |= scanner->token == JSON_ODD;
	if (json_scan(scanner) != JSON_COLON)
		return json_scan_miss(scanner, "':' is missing");
	(void)json_scan(scanner);
	return true;
}

static bool scalar_is_odd(const struct json_scanner *scanner)
{
	if (scanner->token != JSON_INTEGER && scanner->token != JSON_NUMBER)
		return scanner->token == JSON_ODD;
	return !json_number_is_numeric(
		(struct str){ scanner->start, (size_t)(scanner->at - scanner->start) });
}

/* Opening brackets up to the next scalar, or to an empty pair of brackets. */
static bool begin_scan(struct json_scanner *scanner, struct nesting *nesting)
{
	while (scanner->token == JSON_OBJECT || scanner->token == JSON_ARRAY) {
		bool is_object = scanner->token == JSON_OBJECT;

		if (!open(scanner, nesting))
			return false;
		if (json_scan(scanner) == (is_object ? JSON_OBJECT_END : JSON_ARRAY_END)) {
			nesting->depth--;
			return true;
		}
		if (is_object && !key_scan(scanner))
			return false;
	}
	scanner->has_odd = scanner->has_odd || scalar_is_odd(scanner);
	return json_token_is_scalar(scanner->token) ||
	       json_scan_miss(scanner, "a value is missing");
}

/* What follows a value: closing brackets, then a comma and what begins the next value. */
static bool between_scan(struct json_scanner *scanner, struct nesting *nesting)
{
	while (nesting->depth) {
		bool is_object = is_in_object(nesting);

		if (json_scan(scanner) == JSON_COMMA) {
			(void)json_scan(scanner);
			return !is_object || key_scan(scanner);
		}
		if (scanner->token != (is_object ? JSON_OBJECT_END : JSON_ARRAY_END))
			return json_scan_miss(scanner, is_object ? "',' or '}' is missing"
								 : "',' or ']' is missing");
		nesting->depth--;
	}
	return true;
}

bool json_scan_value(struct json_scanner *scanner)
{
	struct nesting nesting = { .depth = 0 };

	do {
		if (!begin_scan(scanner, &nesting) || !between_scan(scanner, &nesting))
			return false;
	} while (nesting.depth);
	return true;
}

static uint32_t unit_read(const char *hex)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)hex[i];

		unit = unit * 16 + (c <= '9' ? c - 0x30U : (c | 0x20U) - 'a' + 10U);
	}
	return unit;
}

static char *put_character(char *to, uint32_t character)
{
	if (character < 0x80) {
		*to++ = (char)character;
		return to;
	}
	if (character < 0x800) {
		*to++ = (char)(0xc0 | character >> 6);
	} else {
		if (character < 0x10000) {
			*to++ = (char)(0xe0 | character >> 12);
		} else {
			*to++ = (char)(0xf0 | character >> 18);
			*to++ = (char)(0x80 | (character >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (character >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (character & 0x3f));
	return to;
}

/* The escape behind a backslash; never longer than it was written. */
static char *escape_put(char *to, const char **from)
{
	static const char letters[] = {
		['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'
	};
	char letter = *(*from)++;
	uint32_t character;

	if (letter != 'u') {
		*to++ = letter >= 'a' ? letters[(unsigned char)letter] : letter;
		return to;
	}
	character = unit_read(*from);
	*from += 4;
	if (character >= 0xd800 && character < 0xdc00) {
		character =
			0x10000 + ((character - 0xd800) << 10) + (unit_read(*from + 2) - 0xdc00);
		*from += 6;
	}
	return put_character(to, character);
}

size_t json_unescape(char *text, size_t len)
{
	const char *end = text + len;
	const char *from = text;
	char *to = text;

	while (from < end) {
		const char *backslash = memchr(from, '\\', (size_t)(end - from));
		size_t plain = (size_t)((backslash ? backslash : end) - from);

		memmove(to, from, plain);
		to += plain;
		from += plain;
		if (!backslash)
			break;
		from++;
		to = escape_put(to, &from);
	}
	return (size_t)(to - text);
}
