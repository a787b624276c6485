/*
 * Text in quotes.
 */
#include "json/json_out.h"

#include <string.h>

#include "base/str.h"

enum { ESCAPE_MAX = 6 };

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Bytes that are not simply copied: below a space, a quote, a backslash, or not ASCII. The top bit of a byte that is none of
 * these stays 0.
 */
static inline uint64_t special_bytes(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE('"');
	uint64_t backslash = word ^ EACH_BYTE('\\');

	return (word | (word - EACH_BYTE(' ')) | (quote - EACH_BYTE(1)) |
		(backslash - EACH_BYTE(1))) &
	       EACH_BYTE(0x80);
}

static inline bool is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

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

/* How long the sequence at the beginning of the text is; 0: it is not UTF-8. */
static size_t sequence_length(const char *text, size_t left)
{
	unsigned char first = (unsigned char)text[0];
	size_t len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (first < 0xc2 || first > 0xf4 || len > left)
		return 0;
	return str_is_utf8((struct str){ text, len }) ? len : 0;
}

/* Plain bytes, and nothing else; returns how many. There is room for the word that the last ones are part of. */
static inline size_t copy_plain(char *at, const char *text, size_t len)
{
	size_t done = 0;
	uint64_t word;

	for (; len - done >= sizeof(word); done += sizeof(word)) {
		memcpy(&word, text + done, sizeof(word));
		if (special_bytes(word))
			break;
		memcpy(at + done, &word, sizeof(word));
	}
	/* The last word may begin in the one before it. */
	if (len - done < sizeof(word) && len >= sizeof(word)) {
		memcpy(&word, text + len - sizeof(word), sizeof(word));
		if (!special_bytes(word)) {
			memcpy(at + len - sizeof(word), &word, sizeof(word));
			return len;
		}
	}
	while (done < len && is_plain((unsigned char)text[done])) {
		at[done] = text[done];
		done++;
	}
	return done;
}

bool json_add_text(struct json_out *out, const char *text, size_t len)
{
	size_t start = out->buffer->len;
	char *at = json_room(out, len + 2);

	if (!at)
		return true;
	*at++ = '"';
	for (;;) {
		size_t plain = copy_plain(at, text, len);
		size_t sequence;

		at += plain;
		text += plain;
		len -= plain;
		if (!len)
			break;
		json_took(out, at);
		at = json_room(out, len + ESCAPE_MAX + 1);
		if (!at)
			return true;
		if ((unsigned char)*text < 0x80) {
			at = put_escape(at, (unsigned char)*text);
			sequence = 1;
		} else {
			sequence = sequence_length(text, len);
			if (!sequence) {
				json_took(out, out->buffer->at + start);
				return false;
			}
			memcpy(at, text, sequence);
			at += sequence;
		}
		text += sequence;
		len -= sequence;
	}
	*at++ = '"';
	json_took(out, at);
	return true;
}
