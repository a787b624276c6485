#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The position of `c` in text[from..], or text.len. */
static size_t find_char(struct str text, size_t from, char c)
{
	const char *found = from < text.len ? memchr(text.at + from, c, text.len - from) : NULL;

	return found ? (size_t)(found - text.at) : text.len;
}

/* The position of the next "${", or text.len. */
static size_t find_hole(struct str text, size_t from)
{
	size_t at = find_char(text, from, '$');

	while (at < text.len && (at + 1 == text.len || text.at[at + 1] != '{'))
		at = find_char(text, at + 1, '$');
	return at;
}

static struct str slot_value(struct slots slots, struct str name)
{
	for (size_t i = 0; i < slots.count; i++)
		if (slots.at[i].name[0] == name.at[0] &&
		    strncmp(slots.at[i].name, name.at, name.len) == 0 &&
		    slots.at[i].name[name.len] == '\0')
			return slots.at[i].value;
	fprintf(stderr, "BUG: template has no slot ${%.*s}\n", STR_ARGS(name));
	abort();
}

static void add_indented(struct buf *out, struct str indent, struct str value)
{
	for (size_t at = 0; at < value.len;) {
		size_t end = find_char(value, at, '\n');

		if (end > at) {
			buf_add(out, indent);
			buf_add(out, str_slice(value, at, end));
		}
		buf_add_char(out, '\n');
		at = end + 1;
	}
}

/*
 * Whether nothing but tabs is in its line beside it; they begin at *indent then, which is the hole
 * itself elsewhere.
 */
static bool is_alone(struct str block, size_t hole, size_t end, size_t *indent)
{
	size_t at = hole;

	*indent = hole;
	while (at > 0 && block.at[at - 1] == '\t')
		at--;
	if (end + 1 >= block.len || block.at[end + 1] != '\n' ||
	    (at > 0 && block.at[at - 1] != '\n'))
		return false;
	*indent = at;
	return true;
}

void template_add(struct buf *out, struct str block, struct slots slots)
{
	size_t at = 0;

	for (size_t hole = find_hole(block, 0); hole < block.len; hole = find_hole(block, at)) {
		size_t end = find_char(block, hole, '}');
		struct str value = slot_value(slots, str_slice(block, hole + 2, end));
		size_t indent;
		bool alone = is_alone(block, hole, end, &indent);

		buf_add(out, str_slice(block, at, indent));
		at = end + 1;
		if (alone) {
			add_indented(out, str_slice(block, indent, hole), value);
			at++;
		} else {
			buf_add(out, value);
		}
	}
	buf_add(out, str_slice(block, at, block.len));
}

struct str template_fill(struct arena *arena, struct str block, struct slots slots)
{
	struct buf out;

	buf_init(&out, arena);
	template_add(&out, block, slots);
	return buf_str(&out);
}
