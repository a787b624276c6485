#include "expression_inside.h"

#include <string.h>

/* What PostgreSQL takes, and what both match without coming to limits of their own. */
#define REPEAT_MAX  255
#define LENGTH_MAX  ((size_t)1000)
#define NESTING_MAX ((size_t)20)
#define STATES_MAX  ((size_t)5000)

struct pattern_reader {
	struct str text;
	size_t at;
	size_t depth;
	bool any_dot;
};

/* `states`: how large what was read is once its repeats are written out. */
static bool alternatives_read(struct pattern_reader *reader, size_t *states);

static char next_of(const struct pattern_reader *reader)
{
	return reader->at < reader->text.len ? reader->text.at[reader->at] : '\0';
}

static bool take(struct pattern_reader *reader, char c)
{
	if (next_of(reader) != c || c == '\0')
		return false;
	reader->at++;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* Behind a backslash: marks mean themselves, letters and digits much else. */
static bool escape_read(struct pattern_reader *reader)
{
	char c = next_of(reader);

	if (!is_printable(c) || is_alphanumeric(c) || c == ' ')
		return false;
	reader->at++;
	return true;
}

/* One character of a bracket, or a range of digits or of letters. */
static bool bracket_item_read(struct pattern_reader *reader, bool is_first)
{
	char from = next_of(reader);
	char to;

	if (take(reader, '\\'))
		return escape_read(reader) && next_of(reader) != '-';
	/* At either end a "-" means itself; anything else it may not be. */
	if (from == '-') {
		reader->at++;
		return is_first || next_of(reader) == ']';
	}
	if (!is_printable(from) || from == '[' || from == ']' || from == '^')
		return false;
	reader->at++;
	if (next_of(reader) != '-' || reader->at + 1 >= reader->text.len ||
	    reader->text.at[reader->at + 1] == ']')
		return true;
	reader->at++;
	to = next_of(reader);
	reader->at++;
	return is_alphanumeric(from) && is_alphanumeric(to) && from <= to &&
	       is_digit(from) == is_digit(to) && (from <= 'Z') == (to <= 'Z') &&
	       next_of(reader) != '-';
}

/* Behind "[". */
static bool bracket_read(struct pattern_reader *reader)
{
	bool is_first = true;

	take(reader, '^');
	do {
		if (!bracket_item_read(reader, is_first))
			return false;
		is_first = false;
	} while (!take(reader, ']'));
	return true;
}

/* Behind "(". */
static bool group_read(struct pattern_reader *reader, size_t *states)
{
	if (take(reader, '?') && !take(reader, ':'))
		return false;
	if (reader->depth >= NESTING_MAX)
		return false;
	reader->depth++;
	if (!alternatives_read(reader, states))
		return false;
	reader->depth--;
	return take(reader, ')');
}

/* A character that means itself, with the bytes that follow its first one. */
static bool plain_read(struct pattern_reader *reader)
{
	char c = next_of(reader);

	if (is_printable(c) ? strchr("*+?{}[]()|^$.\\", c) != NULL : (unsigned char)c < 0x80)
		return false;
	do
		reader->at++;
	while (((unsigned char)next_of(reader) & 0xC0) == 0x80);
	return true;
}

static bool atom_read(struct pattern_reader *reader, size_t *states)
{
	*states = 1;
	if (take(reader, '.')) {
		reader->any_dot = true;
		return true;
	}
	if (take(reader, '\\'))
		return escape_read(reader);
	if (take(reader, '['))
		return bracket_read(reader);
	if (take(reader, '('))
		return group_read(reader, states);
	return plain_read(reader);
}

static bool count_read(struct pattern_reader *reader, size_t *count)
{
	size_t from = reader->at;

	for (*count = 0; is_digit(next_of(reader)) && *count <= REPEAT_MAX; reader->at++)
		*count = *count * 10 + (size_t)(next_of(reader) - '0');
	return reader->at > from && *count <= REPEAT_MAX;
}

/* Behind "{": m} or m,} or m,n} */
static bool bounds_read(struct pattern_reader *reader, size_t *states)
{
	size_t least;
	size_t most;

	if (!count_read(reader, &least))
		return false;
	most = least;
	if (take(reader, ',')) {
		most = least + 1;
		if (is_digit(next_of(reader)) && (!count_read(reader, &most) || most < least))
			return false;
	}
	*states *= most > 0 ? most : 1;
	return take(reader, '}');
}

static bool is_repeat(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{';
}

/* Two repeats in a row are lazy, possessive or an error. */
static bool repeat_read(struct pattern_reader *reader, size_t *states)
{
	if (!is_repeat(next_of(reader)))
		return true;
	if (!take(reader, '{'))
		reader->at++;
	else if (!bounds_read(reader, states))
		return false;
	return !is_repeat(next_of(reader));
}

static bool piece_read(struct pattern_reader *reader, size_t *states)
{
	if (take(reader, '^') || take(reader, '$')) {
		*states = 1;
		return !is_repeat(next_of(reader));
	}
	return atom_read(reader, states) && repeat_read(reader, states);
}

/* piece {piece} {"|" piece {piece}} */
static bool alternatives_read(struct pattern_reader *reader, size_t *states)
{
	size_t piece;

	*states = 0;
	do {
		do {
			if (!piece_read(reader, &piece))
				return false;
			*states += piece;
			if (*states > STATES_MAX)
				return false;
		} while (reader->at < reader->text.len && next_of(reader) != '|' &&
			 next_of(reader) != ')');
	} while (take(reader, '|'));
	return true;
}

bool pattern_translate(struct arena *arena, struct str pattern, struct str *out)
{
	struct pattern_reader reader = { .text = pattern };
	size_t states;

	if (pattern.len > LENGTH_MAX || !alternatives_read(&reader, &states) ||
	    reader.at < pattern.len)
		return false;
	/* PostgreSQL's "." is a newline too. */
	*out = reader.any_dot ? arena_format(arena, "(?s)%.*s", STR_ARGS(pattern)) : pattern;
	return true;
}
