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
		if (strlen(slots.at[i].name) == name.len &&
		    memcmp(slots.at[i].name, name.at, name.len) == 0)
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

static void add_line(struct buf *out, struct str line, struct slots slots)
{
	size_t at = 0;

	while (at < line.len) {
		size_t hole = find_hole(line, at);
		size_t end = find_char(line, hole, '}');

		buf_add(out, str_slice(line, at, hole));
		if (hole == line.len)
			break;
		buf_add(out, slot_value(slots, str_slice(line, hole + 2, end)));
		at = end < line.len ? end + 1 : end;
	}
	buf_add_char(out, '\n');
}

void template_add(struct buf *out, struct str block, struct slots slots)
{
	for (size_t at = 0; at < block.len;) {
		size_t end = find_char(block, at, '\n');
		struct str line = str_slice(block, at, end);
		size_t indent = 0;

		while (indent < line.len && line.at[indent] == '\t')
			indent++;
		if (find_hole(line, indent) == indent && indent < line.len &&
		    find_char(line, indent, '}') == line.len - 1)
			add_indented(out, str_slice(line, 0, indent),
				     slot_value(slots, str_slice(line, indent + 2, line.len - 1)));
		else
			add_line(out, line, slots);
		at = end + 1;
	}
}

struct str template_fill(struct arena *arena, struct str block, struct slots slots)
{
	struct buf out;

	buf_init(&out, arena);
	template_add(&out, block, slots);
	return buf_str(&out);
}
