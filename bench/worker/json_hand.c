/*
 * Rows as JSON by hand: straight into the text, for these structs alone. Takes texts for UTF-8 and
 * documents for JSON, as the server gave them.
 */
#include "json_rows.h"

#include "shop.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* All of a row but its texts. */
enum { ROW_ROOM = 640, PAIR = 2 };

bool hand_text_reserve(struct hand_text *text, size_t len)
{
	size_t capacity = text->capacity > 0 ? text->capacity : 4096;
	char *at;

	if (text->capacity - text->len > len)
		return true;
	while (capacity - text->len <= len)
		capacity *= 2;
	at = realloc(text->at, capacity);
	if (at == NULL)
		return false;
	text->at = at;
	text->capacity = capacity;
	return true;
}

/* A literal, which the compiler makes stores of. */
#define PUT(at, literal) (memcpy(at, literal, sizeof(literal) - 1), (at) + sizeof(literal) - 1)

static char *put_pair(char *at, uint32_t number)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";

	memcpy(at, pairs + (size_t)PAIR * number, PAIR);
	return at + PAIR;
}

static char *put_natural(char *at, uint64_t number)
{
	char digits[20];
	char *first = digits + sizeof(digits);

	for (; number >= 100; number /= 100)
		put_pair(first -= PAIR, (uint32_t)(number % 100));
	if (number >= 10)
		put_pair(first -= PAIR, (uint32_t)number);
	else
		*--first = (char)('0' + number);
	memcpy(at, first, (size_t)(digits + sizeof(digits) - first));
	return at + (digits + sizeof(digits) - first);
}

static char *put_money(char *at, qn_decimal price)
{
	*at++ = '"';
	at = put_natural(at, (uint64_t)price.unscaled / 100);
	*at++ = '.';
	at = put_pair(at, (uint32_t)(price.unscaled % 100));
	*at++ = '"';
	return at;
}

/* Howard Hinnant's way from days to a date, from 0000-03-01 on. */
static char *put_date(char *at, uint32_t days)
{
	uint32_t era = days / 146097;
	uint32_t of_era = days % 146097;
	uint32_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * years + years / 4 - years / 100);
	uint32_t month = (5 * of_year + 2) / 153;
	uint32_t year = years + era * 400 + (month >= 10);

	at = put_pair(at, year / 100);
	at = put_pair(at, year % 100);
	*at++ = '-';
	at = put_pair(at, month < 10 ? month + 3 : month - 9);
	*at++ = '-';
	return put_pair(at, of_year - (153 * month + 2) / 5 + 1);
}

static char *put_time(char *at, qn_timestamptz time)
{
	uint64_t microseconds = (uint64_t)time.microseconds;
	uint32_t seconds = (uint32_t)(microseconds / 1000000 % 86400);
	uint32_t fraction = (uint32_t)(microseconds % 1000000);

	*at++ = '"';
	at = put_date(at, (uint32_t)(microseconds / 1000000 / 86400) + 730425);
	*at++ = 'T';
	at = put_pair(at, seconds / 3600);
	*at++ = ':';
	at = put_pair(at, seconds / 60 % 60);
	*at++ = ':';
	at = put_pair(at, seconds % 60);
	if (fraction > 0) {
		*at++ = '.';
		at = put_pair(at, fraction / 10000);
		at = put_pair(at, fraction / 100 % 100);
		at = put_pair(at, fraction % 100);
		while (at[-1] == '0')
			at--;
	}
	return PUT(at, "+00:00\"");
}

static bool is_special(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE('"');
	uint64_t backslash = word ^ EACH_BYTE('\\');

	return (((word - EACH_BYTE(' ')) & ~word) | ((quote - EACH_BYTE(1)) & ~quote) |
		((backslash - EACH_BYTE(1)) & ~backslash)) &
	       EACH_BYTE(0x80);
}

static char *put_escaped(char *at, unsigned char c)
{
	if (c == '"' || c == '\\') {
		*at++ = '\\';
		*at++ = (char)c;
	} else if (c < ' ') {
		at += sprintf(at, "\\u%04x", c);
	} else {
		*at++ = (char)c;
	}
	return at;
}

/* NULL: out of memory. There is room for the rest of the row behind it. */
static char *put_text(struct hand_text *text, char *at, const char *value)
{
	size_t len = strlen(value);
	uint64_t word;

	text->len = (size_t)(at - text->at);
	if (!hand_text_reserve(text, 6 * len + ROW_ROOM))
		return NULL;
	at = text->at + text->len;
	*at++ = '"';
	while (len >= sizeof(word)) {
		memcpy(&word, value, sizeof(word));
		if (is_special(word))
			break;
		memcpy(at, &word, sizeof(word));
		at += sizeof(word);
		value += sizeof(word);
		len -= sizeof(word);
	}
	while (len-- > 0)
		at = put_escaped(at, (unsigned char)*value++);
	*at++ = '"';
	return at;
}

static char *put_document(struct hand_text *text, char *at, const char *value)
{
	size_t len = strlen(value);

	text->len = (size_t)(at - text->at);
	if (!hand_text_reserve(text, len + ROW_ROOM))
		return NULL;
	at = text->at + text->len;
	memcpy(at, value, len);
	return at + len;
}

static char *put_bool(char *at, bool value)
{
	return value ? PUT(at, "true") : PUT(at, "false");
}

static char *put_double(char *at, double value)
{
	return at + sprintf(at, "%.15g", value);
}

static bool took(struct hand_text *text, const char *at)
{
	if (at != NULL)
		text->len = (size_t)(at - text->at);
	return at != NULL;
}

bool json_store_row_put(struct hand_text *text, const void *row)
{
	const store_product *product = row;
	char *at;

	if (!hand_text_reserve(text, ROW_ROOM))
		return false;
	at = text->at + text->len;
	at = put_natural(PUT(at, "{\"id\":"), (uint64_t)product->id);
	at = put_text(text, PUT(at, ",\"name\":"), product->name);
	at = at == NULL ? NULL : put_text(text, PUT(at, ",\"slug\":"), product->slug);
	at = at == NULL ? NULL : put_text(text, PUT(at, ",\"description\":"), product->description);
	if (at == NULL)
		return false;
	at = put_money(PUT(at, ",\"price\":"), product->price);
	at = put_natural(PUT(at, ",\"stock\":"), (uint64_t)product->stock);
	at = put_bool(PUT(at, ",\"is_active\":"), product->is_active);
	at = put_natural(PUT(at, ",\"category\":"), (uint64_t)product->category);
	at = put_double(PUT(at, ",\"weight\":"), product->weight);
	at = put_time(PUT(at, ",\"created_at\":"), product->created_at);
	*at++ = '}';
	return took(text, at);
}

static const char *status_of(shop_status status)
{
	static const char *const labels[] = { "\"draft\"", "\"live\"", "\"retired\"" };

	return labels[status - 1];
}

static char *put_aliases(struct hand_text *text, char *at, const qn_array_text *aliases)
{
	*at++ = '[';
	for (size_t i = 0; at != NULL && i < aliases->len; i++) {
		if (i > 0)
			*at++ = ',';
		at = put_text(text, at, aliases->at[i]);
	}
	if (at != NULL)
		*at++ = ']';
	return at;
}

bool json_shop_row_put(struct hand_text *text, const void *row)
{
	const shop_product *product = row;
	char *at;

	if (!hand_text_reserve(text, ROW_ROOM))
		return false;
	at = text->at + text->len;
	at = put_natural(PUT(at, "{\"id\":"), (uint64_t)product->id);
	at = put_time(PUT(at, ",\"created_at\":"), product->created_at);
	at = put_time(PUT(at, ",\"updated_at\":"), product->updated_at);
	at = put_text(text, PUT(at, ",\"name\":"), product->name);
	at = at == NULL ? NULL : put_text(text, PUT(at, ",\"slug\":"), product->slug);
	if (at == NULL)
		return false;
	at = put_money(PUT(at, ",\"price\":"), product->price);
	at = put_natural(PUT(at, ",\"stock\":"), (uint64_t)product->stock);
	at = put_bool(PUT(at, ",\"is_active\":"), product->is_active);
	at = stpcpy(PUT(at, ",\"status\":"), status_of(product->status));
	at = put_document(text, PUT(at, ",\"meta\":"), product->meta);
	at = at == NULL ? NULL : put_aliases(text, PUT(at, ",\"aliases\":"), &product->aliases);
	if (at == NULL)
		return false;
	at = put_natural(PUT(at, ",\"author_id\":"), (uint64_t)product->author_id);
	*at++ = '}';
	return took(text, at);
}

static char *put_tags(struct hand_text *text, char *at, const shop_tag_list *tags)
{
	*at++ = '[';
	for (size_t i = 0; at != NULL && i < tags->len; i++) {
		if (i > 0)
			*at++ = ',';
		at = put_text(text, PUT(at, "{\"name\":"), tags->at[i].name);
		if (at != NULL)
			*at++ = '}';
	}
	if (at != NULL)
		*at++ = ']';
	return at;
}

bool json_card_row_put(struct hand_text *text, const void *row)
{
	const shop_product *product = row;
	char *at;

	if (!hand_text_reserve(text, ROW_ROOM))
		return false;
	at = text->at + text->len;
	at = put_natural(PUT(at, "{\"id\":"), (uint64_t)product->id);
	at = put_text(text, PUT(at, ",\"name\":"), product->name);
	if (at == NULL)
		return false;
	at = put_money(PUT(at, ",\"price\":"), product->price);
	at = put_text(text, PUT(at, ",\"author\":{\"username\":"), product->author->username);
	at = at == NULL ? NULL : put_tags(text, PUT(at, "},\"tags\":"), &product->tags);
	if (at == NULL)
		return false;
	at = put_time(PUT(at, ",\"created_at\":"), product->created_at);
	*at++ = '}';
	return took(text, at);
}
