#include "names.h"

#include "lexer.h"

#include <string.h>

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
	return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

static char to_upper(char c)
{
	return is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

bool name_is_snake(struct str name)
{
	if (name.len == 0 || !is_lower(name.at[0]) || name.at[name.len - 1] == '_')
		return false;
	for (size_t i = 1; i < name.len; i++) {
		if (name.at[i] == '_' && name.at[i - 1] == '_')
			return false;
		if (name.at[i] != '_' && !is_lower(name.at[i]) && !is_digit(name.at[i]))
			return false;
	}
	return true;
}

bool name_is_camel(struct str name)
{
	if (name.len == 0 || !is_upper(name.at[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!is_lower(name.at[i]) && !is_upper(name.at[i]) && !is_digit(name.at[i]))
			return false;
	return true;
}

/* Whether a word begins at this capital: behind a small letter or digit, or as the last capital of
 * a run. */
static bool word_begins(struct str name, size_t at)
{
	if (at == 0 || !is_upper(name.at[at]))
		return false;
	if (!is_upper(name.at[at - 1]))
		return true;
	return at + 1 < name.len && is_lower(name.at[at + 1]);
}

struct str name_to_snake(struct arena *arena, struct str name)
{
	char *out = arena_alloc(arena, 2 * name.len + 2);
	size_t len = 0;

	if (name.len && is_digit(name.at[0]))
		out[len++] = 'n';
	for (size_t i = 0; i < name.len; i++) {
		char c = to_lower(name.at[i]);
		bool is_word = is_lower(c) || is_digit(c);

		if ((!is_word || word_begins(name, i)) && len > 0 && out[len - 1] != '_')
			out[len++] = '_';
		if (is_word)
			out[len++] = c;
	}
	while (len > 0 && out[len - 1] == '_')
		len--;
	return (struct str){ out, len };
}

struct str name_to_camel(struct arena *arena, struct str name)
{
	char *out = arena_alloc(arena, name.len + 2);
	bool begins = true;
	size_t len = 0;

	if (name.len && is_digit(name.at[0]))
		out[len++] = 'N';
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool is_word = is_lower(c) || is_upper(c) || is_digit(c);

		if (is_word)
			out[len++] = begins ? to_upper(c) : c;
		begins = !is_word;
	}
	return (struct str){ out, len };
}

struct str name_to_upper(struct arena *arena, struct str name)
{
	char *out = arena_alloc(arena, name.len + 1);

	for (size_t i = 0; i < name.len; i++)
		out[i] = to_upper(name.at[i]);
	return (struct str){ out, name.len };
}

struct str names_join(struct arena *arena, struct str first, struct str second)
{
	bool has_both = first.len && second.len;
	size_t len = first.len + has_both + second.len;
	char *out = arena_alloc(arena, len + 1);

	if (first.len)
		memcpy(out, first.at, first.len);
	if (has_both)
		out[first.len] = '_';
	if (second.len)
		memcpy(out + len - second.len, second.at, second.len);
	return (struct str){ out, len };
}

/* The beginning of at most `len` bytes that does not end within a character. */
static struct str name_cut(struct str name, size_t len)
{
	if (len >= name.len)
		return name;
	while (len > 0 && ((unsigned char)name.at[len] & 0xC0) == 0x80)
		len--;
	return str_slice(name, 0, len);
}

struct str name_for_object(struct arena *arena, struct str first, struct str second,
			   struct str label)
{
	size_t overhead = label.len + 1 + (second.len ? 1 : 0);
	size_t room = NAME_LENGTH_MAX - overhead;
	size_t first_len = first.len;
	size_t second_len = second.len;

	while (first_len + second_len > room) {
		if (first_len > second_len)
			first_len--;
		else
			second_len--;
	}
	first = name_cut(first, first_len);
	second = name_cut(second, second_len);
	return names_join(arena, names_join(arena, first, second), label);
}
