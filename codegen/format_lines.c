#include "format_lines.h"

#include <string.h>

#define INDENT ((size_t)4)
#define GAP    ((size_t)2)
/* What is wider stands out of its column instead of moving all others. */
#define CELL_WIDTH_MAX     ((size_t)32)
#define COMMENT_COLUMN_MAX ((size_t)80)

/* Where the columns of a run of lines are. */
struct columns {
	size_t widths[LINE_CELLS];
	size_t comment;
};

void lines_add(struct lines *lines, const struct line *line)
{
	if (lines->count == lines->capacity) {
		size_t capacity = lines->capacity ? 2 * lines->capacity : 64;
		struct line *at = arena_alloc_array(lines->arena, capacity, sizeof(*at));

		if (lines->count)
			memcpy(at, lines->at, lines->count * sizeof(*at));
		lines->at = at;
		lines->capacity = capacity;
	}
	lines->at[lines->count++] = *line;
}

static void spaces_add(struct buf *out, size_t count)
{
	while (count-- > 0)
		buf_add_char(out, ' ');
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* The width of the last line of a text: SQL may have several. */
static size_t last_width(struct str text)
{
	size_t from = text.len;

	while (from > 0 && text.at[from - 1] != '\n')
		from--;
	return str_code_points(str_slice(text, from, text.len));
}

static struct str line_text(const struct lines *lines, const struct line *line,
			    const struct columns *columns)
{
	struct buf text;

	buf_init(&text, lines->arena);
	spaces_add(&text, line->indent * INDENT);
	for (size_t i = 0; i < line->cell_count; i++) {
		size_t width = str_code_points(line->cells[i]);

		buf_add(&text, line->cells[i]);
		if (i + 1 < line->cell_count)
			spaces_add(&text, larger(columns->widths[i], width) - width + GAP);
	}
	return buf_str(&text);
}

/*
 * A run ends before a blank line, another level, or a plain line: each of those has columns of its
 * own.
 */
static size_t run_end(const struct lines *lines, size_t from)
{
	size_t end = from + 1;

	while (end < lines->count && !lines->at[end].blank_before &&
	       lines->at[end].indent == lines->at[from].indent &&
	       (lines->at[end].kind == LINE_PLAIN) == (lines->at[from].kind == LINE_PLAIN))
		end++;
	return end;
}

static void widths_find(const struct lines *lines, size_t from, size_t end, struct columns *columns)
{
	for (size_t i = from; i < end; i++) {
		const struct line *line = &lines->at[i];

		for (size_t cell = 0; cell + 1 < line->cell_count; cell++) {
			size_t width = str_code_points(line->cells[cell]);

			if (width <= CELL_WIDTH_MAX)
				columns->widths[cell] = larger(columns->widths[cell], width);
		}
	}
	for (size_t i = from; i < end; i++) {
		const struct line *line = &lines->at[i];
		size_t width;

		if (!line->comment.len)
			continue;
		width = last_width(line_text(lines, line, columns)) + GAP;
		if (width <= COMMENT_COLUMN_MAX)
			columns->comment = larger(columns->comment, width);
	}
}

static void line_render(const struct lines *lines, const struct line *line,
			const struct columns *columns, struct buf *out)
{
	struct str text = line_text(lines, line, columns);

	if (line->blank_before)
		buf_add_char(out, '\n');
	buf_add(out, text);
	if (line->comment.len) {
		size_t width = last_width(text) + GAP;

		spaces_add(out, larger(columns->comment, width) - width + GAP);
		buf_add(out, line->comment);
	}
	buf_add_char(out, '\n');
}

struct str lines_render(const struct lines *lines)
{
	struct buf out;

	buf_init(&out, lines->arena);
	for (size_t from = 0, end; from < lines->count; from = end) {
		struct columns columns = { .comment = 0 };

		end = run_end(lines, from);
		widths_find(lines, from, end, &columns);
		for (size_t i = from; i < end; i++)
			line_render(lines, &lines->at[i], &columns, &out);
	}
	return buf_str(&out);
}
