/*
 * The lines of a formatted source, and how their columns are aligned. Internal to the formatter.
 */
#ifndef QUERN_FORMAT_LINES_H
#define QUERN_FORMAT_LINES_H

#include "base/arena.h"
#include "base/buf.h"

#define LINE_CELLS 3

enum line_kind {
	LINE_PLAIN,   /* one cell */
	LINE_COLUMNS, /* cells that are aligned with those of the lines around it */
	LINE_COMMENT, /* a comment of its own, which does not part the lines around it */
};

struct line {
	enum line_kind kind;
	struct str cells[LINE_CELLS];
	size_t cell_count;
	struct str comment; /* at its end, or empty */
	bool blank_before;
	size_t indent; /* levels */
};

struct lines {
	struct arena *arena;
	struct line *at;
	size_t count;
	size_t capacity;
};

void lines_add(struct lines *lines, const struct line *line);
struct str lines_render(const struct lines *lines);

#endif
