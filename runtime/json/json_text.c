/*
 * Text in quotes.
 */
#include "json/json_out.h"

#include <string.h>

#include "json/json_bytes.h"

/* So many bytes of a text at once have room for their escapes. */
enum { ESCAPE_MAX = 6, SEQUENCE_MAX = 4, PIECE = 1024 };

static char *put_escape(char *at, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
					['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };

	*at++ = '\\';
	if (c < sizeof(letters) && letters[c]) {
		*at++ = letters[c];
		return at;
	}
	memcpy(at, "u00", 3);
	at[3] = hex[c >> 4];
	at[4] = hex[c & 15];
	return at + 5;
}

static inline bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * Of three bytes or four, whose second one has bounds that depend on the first one: Unicode's table
 * 3-7.
 */
static size_t long_sequence_length(const char *text, size_t left)
{
	unsigned char first = (unsigned char)text[0];
	size_t len = first < 0xf0 ? 3 : 4;
	unsigned char second;

	if (first > 0xf4 || left < len)
		return 0;
	second = (unsigned char)text[1];
	if (!is_tail(text[1]) || !is_tail(text[2]) || (len == 4 && !is_tail(text[3])))
		return 0;
	if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
	    (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
		return 0;
	return len;
}

/* How long the sequence beyond ASCII at the beginning of the text is; 0: it is not UTF-8. */
static inline size_t sequence_length(const char *text, size_t left)
{
	unsigned char first = (unsigned char)text[0];

	if (first >= 0xe0)
		return long_sequence_length(text, left);
	return first >= 0xc2 && left > 1 && is_tail(text[1]) ? 2 : 0;
}

/* Words without special bytes; returns how many bytes they are. */
static inline size_t copy_words(char *at, const char *text, size_t len)
{
	size_t done = 0;
	uint64_t word;

	for (; len - done >= sizeof(word); done += sizeof(word)) {
		memcpy(&word, text + done, sizeof(word));
		if (json_special_bytes(word))
			break;
		memcpy(at + done, &word, sizeof(word));
	}
	return done;
}

/* Up to the first special byte. */
static inline size_t copy_run(char *at, const char *text, size_t len)
{
	size_t done = copy_words(at, text, len);

	for (; done < len && json_byte_is_plain((unsigned char)text[done]); done++)
		at[done] = text[done];
	return done;
}

/*
 * The text as it is: up to three bytes, or up to seven as two halves that may overlap. False: it is
 * special.
 */
static inline bool copy_short(char *at, const char *text, size_t len)
{
	uint32_t head;
	uint32_t tail;

	if (len < sizeof(head)) {
		for (size_t i = 0; i < len; i++) {
			if (!json_byte_is_plain((unsigned char)text[i]))
				return false;
			at[i] = text[i];
		}
		return true;
	}
	memcpy(&head, text, sizeof(head));
	memcpy(&tail, text + len - sizeof(tail), sizeof(tail));
	if (json_special_bytes((uint64_t)head << 32 | tail))
		return false;
	memcpy(at, &head, sizeof(head));
	memcpy(at + len - sizeof(tail), &tail, sizeof(tail));
	return true;
}

/* All of the text as it is. False: it has special bytes. */
static inline bool copy_plain(char *at, const char *text, size_t len)
{
	uint64_t word;
	size_t done;

	if (len < sizeof(word))
		return copy_short(at, text, len);
	done = copy_words(at, text, len);
	if (len - done >= sizeof(word))
		return false;
	/* The last word begins in the one before it. */
	memcpy(&word, text + len - sizeof(word), sizeof(word));
	memcpy(at + len - sizeof(word), &word, sizeof(word));
	return !json_special_bytes(word);
}

/*
 * The text from *from up to `to`, or a little further, into room for all its escapes. NULL: not
 * UTF-8.
 */
static char *put_piece(char *at, const char **from, const char *to, const char *end)
{
	const char *text = *from;

	while (text < to) {
		unsigned char c = (unsigned char)*text;
		size_t len = 1;

		if (c >= 0x80) {
			len = sequence_length(text, (size_t)(end - text));
			if (!len)
				return NULL;
			for (size_t i = 0; i < len; i++)
				*at++ = text[i];
		} else if (json_byte_is_plain(c)) {
			len = copy_run(at, text, (size_t)(to - text));
			at += len;
		} else {
			at = put_escape(at, c);
		}
		text += len;
	}
	*from = text;
	return at;
}

/* Apart from what most texts need, which stays short. */
static __attribute__((noinline)) char *put_special(struct json_out *out, char *at, const char *text,
						   size_t len)
{
	const char *end = text + len;

	at = json_reserve(out, at, 2);
	if (!at)
		return NULL;
	*at++ = '"';

	while (text < end) {
		size_t piece = end - text < PIECE ? (size_t)(end - text) : PIECE;

		at = json_reserve(out, at, ESCAPE_MAX * piece + SEQUENCE_MAX + 1);
		if (!at)
			return NULL;
		at = put_piece(at, &text, text + piece, end);
		if (!at)
			return NULL;
	}
	*at++ = '"';
	return at;
}

/* All of the text into room that is there. False: it takes more. */
static inline bool put_plain(const struct json_out *out, char *at, const char *text, size_t len)
{
	if ((size_t)(out->limit - at) <= len + 2 || !copy_plain(at + 1, text, len))
		return false;
	at[0] = '"';
	at[len + 1] = '"';
	return true;
}

char *json_put_text(struct json_out *out, char *at, const char *text, size_t len)
{
	return put_plain(out, at, text, len) ? at + len + 2 : put_special(out, at, text, len);
}

static __attribute__((noinline)) char *write_special(struct json_out *out, char *at,
						     const struct json_form *form, const char *text)
{
	at = put_special(out, at, text, strlen(text));
	if (!at)
		json_fail_field(out, form->model, form->field->name, "is not UTF-8");
	return at;
}

char *json_write_text(struct json_out *out, char *at, const struct json_form *form,
		      const void *value)
{
	const char *text = *(const char *const *)value;
	size_t len = strlen(text);

	return put_plain(out, at, text, len) ? at + len + 2 : write_special(out, at, form, text);
}

bool json_add_text(struct json_out *out, const char *text, size_t len)
{
	char *at = json_room(out, 2);

	if (at)
		at = json_put_text(out, at, text, len);
	if (at)
		json_took(out, at);
	return at || out->status != QN_OK;
}
