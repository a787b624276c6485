#include "lexer_text.h"

#include "schema_read.h"

#include <string.h>

enum { ERRORS_OF_ENCODING = 10 };

/* Letters of other scripts, and punctuation of word processors, that pass for ASCII. */
static const struct {
	uint32_t code_point;
	char ascii;
} look_alikes[] = {
	{ 0x391, 'A' },  { 0x392, 'B' },  { 0x395, 'E' },  { 0x396, 'Z' },   { 0x397, 'H' },
	{ 0x399, 'I' },  { 0x39A, 'K' },  { 0x39C, 'M' },  { 0x39D, 'N' },   { 0x39F, 'O' },
	{ 0x3A1, 'P' },  { 0x3A4, 'T' },  { 0x3A5, 'Y' },  { 0x3A7, 'X' },   { 0x3BF, 'o' },
	{ 0x3BD, 'v' },  { 0x405, 'S' },  { 0x406, 'I' },  { 0x408, 'J' },   { 0x410, 'A' },
	{ 0x412, 'B' },  { 0x415, 'E' },  { 0x41A, 'K' },  { 0x41C, 'M' },   { 0x41D, 'H' },
	{ 0x41E, 'O' },  { 0x420, 'P' },  { 0x421, 'C' },  { 0x422, 'T' },   { 0x425, 'X' },
	{ 0x430, 'a' },  { 0x435, 'e' },  { 0x43E, 'o' },  { 0x440, 'p' },   { 0x441, 'c' },
	{ 0x443, 'y' },  { 0x445, 'x' },  { 0x455, 's' },  { 0x456, 'i' },   { 0x458, 'j' },
	{ 0x131, 'i' },  { 0x2013, '-' }, { 0x2014, '-' }, { 0x2018, '\'' }, { 0x2019, '\'' },
	{ 0x201C, '"' }, { 0x201D, '"' }, { 0x2212, '-' }, { 0x37E, ';' },   { 0xFF1B, ';' },
	{ 0xA0, ' ' },   { 0x3000, ' ' },
};

/* Of well-formed UTF-8. */
static uint32_t code_point_next(struct str text, size_t *at)
{
	unsigned char lead = (unsigned char)text.at[(*at)++];
	uint32_t value = lead;
	size_t more = lead < 0xC0 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;

	if (more)
		value = lead & (0x3FU >> more);
	while (more-- > 0)
		value = value << 6 | ((unsigned char)text.at[(*at)++] & 0x3F);
	return value;
}

static char look_alike(uint32_t code_point)
{
	for (size_t i = 0; i < sizeof(look_alikes) / sizeof(*look_alikes); i++)
		if (look_alikes[i].code_point == code_point)
			return look_alikes[i].ascii;
	return '\0';
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (c >= '0' && c <= '9');
}

static struct str span_text(struct span span)
{
	return str_slice(span.source->text, span.from, span.to);
}

bool name_is_plausible(struct span span)
{
	struct str text = span_text(span);

	for (size_t at = 0; at < text.len;) {
		uint32_t c = code_point_next(text, &at);
		char ascii = c < 0x80 ? (char)c : look_alike(c);

		/* Letters of alphabets, short of punctuation and symbols. */
		if (ascii ? !is_name_character(ascii) : c < 0xC0 || (c >= 0x2000 && c < 0x2C00))
			return false;
	}
	return true;
}

struct str name_to_ascii(struct lexer *lexer, const struct token *token)
{
	struct str text = span_text(token->span);
	struct str ascii = arena_copy(lexer->arena, text);
	char *out = (char *)(uintptr_t)ascii.at;
	uint32_t first = 0;

	ascii.len = 0;
	for (size_t at = 0; at < text.len;) {
		uint32_t c = code_point_next(text, &at);
		char near = c < 0x80 ? (char)c : look_alike(c);

		if (c >= 0x80 && first == 0)
			first = c;
		out[ascii.len++] = is_name_character(near) ? near : (char)('a' + c % 26);
	}
	struct diagnostic *error =
		diagnostics_error(lexer->diagnostics, token->span,
				  "name with U+%04X: names are letters, digits and _ of ASCII",
				  first);
	if (look_alike(first))
		diagnostic_hint(error, "it looks like \"%c\"", look_alike(first));
	return ascii;
}

const char *character_end(const char *from)
{
	const char *end = from + 1;

	if ((unsigned char)*from < 0x80)
		while (is_name_character(*end))
			end++;
	else
		while (((unsigned char)*end & 0xC0) == 0x80)
			end++;
	return end;
}

void character_refuse(struct lexer *lexer, struct span span)
{
	struct diagnostics *diagnostics = lexer->diagnostics;
	struct str text = span_text(span);
	struct diagnostic *error;
	size_t at = 0;
	uint32_t c;

	lexer->any_error = true;
	if (lexer->is_quiet)
		return;
	c = code_point_next(text, &at);
	if (c < 0x80) {
		error = diagnostics_error(diagnostics, span, "unexpected character \"%c\"",
					  (char)c);
		if (c == '#')
			diagnostic_hint(error, "comments begin with //");
		else if (c == '`')
			diagnostic_hint(error, "names are quoted as \"name\"");
		return;
	}
	error = diagnostics_error(diagnostics, span, "unexpected character U+%04X", c);
	if (look_alike(c))
		diagnostic_hint(error, "did you mean %c?", look_alike(c));
}

void number_refuse(struct lexer *lexer, struct span span)
{
	struct diagnostics *diagnostics = lexer->diagnostics;
	struct str text = span_text(span);
	struct diagnostic *error;

	lexer->any_error = true;
	if (lexer->is_quiet)
		return;
	if (text.len > NAME_LENGTH_MAX)
		text.len = NAME_LENGTH_MAX;
	if (memchr("0123456789", text.at[text.len - 1], 10) && text.at[0] == '0' && text.len > 1 &&
	    memchr("0123456789", text.at[1], 10)) {
		diagnostics_error(diagnostics, span, "number \"%.*s\" begins with 0",
				  STR_ARGS(text));
		return;
	}
	error = diagnostics_error(diagnostics, span, "malformed number \"%.*s\"", STR_ARGS(text));
	if (text.len > 1 && (text.at[1] == 'x' || text.at[1] == 'X'))
		diagnostic_hint(error, "numbers are decimal");
	else if (!memchr("0123456789", text.at[text.len - 1], 10) || text.at[1] == '_')
		diagnostic_hint(error, "names begin with a letter");
}

struct str quotes_undouble(struct arena *arena, struct str text)
{
	struct str plain;
	char *out;

	if (!memchr(text.at, '"', text.len))
		return text;
	plain = arena_copy(arena, text);
	out = (char *)(uintptr_t)plain.at;
	plain.len = 0;
	for (size_t i = 0; i < text.len; i++) {
		out[plain.len++] = text.at[i];
		if (text.at[i] == '"')
			i++;
	}
	return plain;
}

static bool is_bidi_control(uint32_t c)
{
	return c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* Why the character may not be in a source, or NULL. */
static const char *character_refusal(uint32_t c, char next)
{
	if (c == '\t' || c == '\n' || (c == '\r' && next == '\n'))
		return NULL;
	if (c == '\r')
		return "carriage return without a line feed: lines end with LF or CRLF";
	if (c == 0)
		return "NUL byte: this is not a text file";
	if (c < 0x20 || (c >= 0x7F && c < 0xA0))
		return "control character U+%04X";
	if (is_bidi_control(c))
		return "U+%04X changes the direction of text, and could hide what the file says";
	return NULL;
}

/* The well-formed sequence at the beginning, or 0. */
static size_t sequence_length(const char *at, size_t left)
{
	for (size_t len = 1; len <= 4 && len <= left; len++)
		if (str_is_utf8((struct str){ at, len }))
			return len;
	return 0;
}

static bool character_check(struct lexer *lexer, size_t *at)
{
	struct str text = lexer->source->text;
	size_t from = *at;
	size_t len = sequence_length(text.at + from, text.len - from);
	struct span span = { lexer->source, (uint32_t)from, (uint32_t)(from + (len ? len : 1)) };
	const char *refusal;
	uint32_t c;

	if (len == 0) {
		*at = from + 1;
		diagnostic_hint(diagnostics_error(lexer->diagnostics, span,
						  "byte 0x%02X at offset %zu is not UTF-8",
						  (unsigned char)text.at[from], from),
				"save the file as UTF-8");
		return false;
	}
	c = code_point_next(text, at);
	refusal = character_refusal(c, *at < text.len ? text.at[*at] : '\0');
	if (!refusal)
		return true;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
	diagnostics_error(lexer->diagnostics, span, refusal, c);
#pragma GCC diagnostic pop
	return false;
}

static bool is_utf16(struct str text)
{
	return str_starts_with(text, STR("\xFF\xFE")) || str_starts_with(text, STR("\xFE\xFF"));
}

static bool text_check(struct lexer *lexer)
{
	struct str text = lexer->source->text;
	size_t errors = 0;

	for (size_t at = 0; at < text.len && errors < ERRORS_OF_ENCODING;) {
		unsigned char c = (unsigned char)text.at[at];

		if (c >= 0x20 && c < 0x7F)
			at++;
		else
			errors += !character_check(lexer, &at);
	}
	return errors == 0;
}

bool lexer_init(struct lexer *lexer, const struct source *source, struct arena *arena,
		struct diagnostics *diagnostics, struct token_list *record)
{
	struct span start = { source, 0, 0 };

	*lexer = (struct lexer){ .source = source,
				 .diagnostics = diagnostics,
				 .arena = arena,
				 .at = source->text.at,
				 .record = record };
	if (source->text.len > SOURCE_SIZE_MAX) {
		diagnostics_error(diagnostics, start, "file of %zu bytes, where the limit is %zu",
				  source->text.len, SOURCE_SIZE_MAX);
		return false;
	}
	if (is_utf16(source->text)) {
		diagnostic_hint(diagnostics_error(diagnostics, start, "file is UTF-16"),
				"save the file as UTF-8");
		return false;
	}
	if (str_starts_with(source->text, STR("\xEF\xBB\xBF")))
		lexer->at += 3;
	return text_check(lexer);
}

struct str token_describe(const struct token *token, struct arena *arena)
{
	switch (token->kind) {
	case TOKEN_END:
		return STR("the end of the file");
	case TOKEN_TEXT:
		return STR("a text");
	case TOKEN_SQL:
		return STR("an expression");
	default:
		return token->span.to - token->span.from > NAME_LENGTH_MAX
			       ? STR("a long name")
			       : arena_format(arena,
					      token->kind == TOKEN_QUOTED ? "%.*s" : "\"%.*s\"",
					      STR_ARGS(span_text(token->span)));
	}
}
