#include "diagnostics.h"

#include "json_quote.h"

#include <stdlib.h>
#include <string.h>

#define TAB_WIDTH      ((size_t)4)
#define WINDOW_WIDTH   ((size_t)100)
#define WINDOW_BEFORE  ((size_t)30)
#define CELL_TEXT_SIZE 16

#define COLOUR_OFF   "\x1b[0m"
#define COLOUR_BOLD  "\x1b[1m"
#define COLOUR_ERROR "\x1b[1;31m"
#define COLOUR_NOTE  "\x1b[1;36m"
#define COLOUR_HINT  "\x1b[32m"

/* One character of a source line, as it is shown. */
struct cell {
	char text[CELL_TEXT_SIZE];
	size_t len;
	size_t width;  /* in columns of the terminal */
	size_t source; /* bytes of the source */
};

struct line {
	struct str text;
	size_t from; /* the span within it, in bytes */
	size_t to;
};

struct shown_span {
	size_t from; /* in columns of the terminal */
	size_t to;
	size_t total;
};

static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xC0)
		return 0;
	if (lead < 0xE0)
		return 2;
	if (lead < 0xF0)
		return 3;
	return lead < 0xF5 ? 4 : 0;
}

static uint32_t code_point(struct str sequence)
{
	static const unsigned char lead_bits[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	uint32_t value = (unsigned char)sequence.at[0] & lead_bits[sequence.len];

	for (size_t i = 1; i < sequence.len; i++)
		value = value << 6 | ((unsigned char)sequence.at[i] & 0x3F);
	return value;
}

/* Control and format characters, which would change how the rest of the line looks. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C ||
	       (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

static void cell_escape(struct cell *cell, const char *prefix, unsigned value, unsigned digits)
{
	static const char hex[] = "0123456789ABCDEF";

	cell->len = 0;
	cell->text[cell->len++] = '<';
	while (*prefix)
		cell->text[cell->len++] = *prefix++;
	while (digits-- > 0)
		cell->text[cell->len++] = hex[value >> (4 * digits) & 0xF];
	cell->text[cell->len++] = '>';
	cell->width = cell->len;
}

static struct cell cell_next(struct str line, size_t at, size_t column)
{
	struct cell cell = { .source = 1 };
	size_t len = sequence_length((unsigned char)line.at[at]);
	struct str sequence;
	uint32_t c;

	if (line.at[at] == '\t') {
		cell.len = cell.width = TAB_WIDTH - column % TAB_WIDTH;
		memset(cell.text, ' ', cell.len);
		return cell;
	}
	if (len == 0 || len > line.len - at ||
	    !str_is_utf8(sequence = str_slice(line, at, at + len))) {
		cell_escape(&cell, "", (unsigned char)line.at[at], 2);
		return cell;
	}
	c = code_point(sequence);
	cell.source = len;
	if (is_hidden(c)) {
		cell_escape(&cell, "U+", c, 4);
		return cell;
	}
	memcpy(cell.text, sequence.at, len);
	cell.len = len;
	cell.width = 1;
	return cell;
}

static struct line line_of(struct span span)
{
	struct str text = span.source->text;
	size_t from = span.from < text.len ? span.from : text.len;
	size_t to = span.to < text.len ? span.to : text.len;
	size_t start = from;
	size_t end = from;

	while (start > 0 && text.at[start - 1] != '\n')
		start--;
	while (end < text.len && text.at[end] != '\n')
		end++;
	if (end > start && text.at[end - 1] == '\r' && from < end)
		end--;
	if (to > end)
		to = end;
	return (struct line){ str_slice(text, start, end), from - start,
			      (to > from ? to : from) - start };
}

struct place source_place(const struct source *source, uint32_t offset)
{
	struct str text = source->text;
	struct place place = { 1, 1 };
	size_t at = offset < text.len ? offset : text.len;
	size_t start = at;

	while (start > 0 && text.at[start - 1] != '\n')
		start--;
	for (const char *from = text.at, *end = text.at + start; from < end; place.line++)
		from = (const char *)memchr(from, '\n', (size_t)(end - from)) + 1;
	place.column += str_code_points(str_slice(text, start, at));
	return place;
}

static struct shown_span line_measure(const struct line *line)
{
	struct shown_span shown = { 0, 0, 0 };
	size_t column = 0;

	for (size_t at = 0; at < line->text.len;) {
		struct cell cell = cell_next(line->text, at, column);

		if (at <= line->from)
			shown.from = column;
		if (at < line->to)
			shown.to = column + cell.width;
		at += cell.source;
		column += cell.width;
	}
	if (line->from >= line->text.len)
		shown.from = column;
	if (shown.to <= shown.from)
		shown.to = shown.from + 1;
	shown.total = column;
	return shown;
}

/* The line's columns from..to. */
static void window_render(struct str line, size_t from, size_t to, struct buf *out)
{
	size_t column = 0;

	for (size_t at = 0; at < line.len && column < to;) {
		struct cell cell = cell_next(line, at, column);

		if (column >= from && column + cell.width <= to)
			buf_add_bytes(out, cell.text, cell.len);
		else if (column + cell.width > from)
			for (size_t i = 0; i < cell.width && column + i < to; i++)
				if (column + i >= from)
					buf_add_char(out, ' ');
		at += cell.source;
		column += cell.width;
	}
}

static void colour_add(struct buf *out, bool colour, const char *code)
{
	if (colour)
		buf_add_cstring(out, code);
}

static void excerpt_render(const struct diagnostic *diagnostic, bool colour, struct buf *out)
{
	struct line line = line_of(diagnostic->span);
	struct shown_span shown = line_measure(&line);
	size_t from = 0;
	size_t to = shown.total;
	size_t caret = shown.from;

	if (shown.total > WINDOW_WIDTH) {
		from = shown.from > WINDOW_BEFORE ? shown.from - WINDOW_BEFORE : 0;
		to = from + WINDOW_WIDTH < shown.total ? from + WINDOW_WIDTH : shown.total;
	}
	buf_add_format(out, "%7zu | ",
		       source_place(diagnostic->span.source, diagnostic->span.from).line);
	buf_add_cstring(out, from > 0 ? "..." : "");
	window_render(line.text, from, to, out);
	buf_add_cstring(out, to < shown.total ? "...\n        | " : "\n        | ");
	caret += from > 0 ? 3 : 0;
	for (size_t i = from; i < caret; i++)
		buf_add_char(out, ' ');
	if (shown.to > to && to > shown.from)
		shown.to = to;
	colour_add(out, colour, COLOUR_ERROR);
	for (size_t i = shown.from; i < shown.to; i++)
		buf_add_char(out, '^');
	colour_add(out, colour, COLOUR_OFF);
	if (diagnostic->hint.len) {
		buf_add_char(out, ' ');
		colour_add(out, colour, COLOUR_HINT);
		buf_add(out, diagnostic->hint);
		colour_add(out, colour, COLOUR_OFF);
	}
	buf_add_char(out, '\n');
}

static void place_render(struct span span, bool colour, struct buf *out)
{
	struct place place;

	if (!span.source)
		return;
	place = source_place(span.source, span.from);
	colour_add(out, colour, COLOUR_BOLD);
	buf_add(out, span.source->path);
	buf_add_format(out, ":%zu:%zu: ", place.line, place.column);
	colour_add(out, colour, COLOUR_OFF);
}

static void diagnostic_render(const struct diagnostic *diagnostic, bool colour, struct buf *out)
{
	place_render(diagnostic->span, colour, out);
	colour_add(out, colour, COLOUR_ERROR);
	buf_add(out, STR("error: "));
	colour_add(out, colour, COLOUR_OFF);
	buf_add(out, diagnostic->message);
	buf_add_char(out, '\n');
	if (diagnostic->span.source)
		excerpt_render(diagnostic, colour, out);
	else if (diagnostic->hint.len)
		buf_add_format(out, "        | %.*s\n", STR_ARGS(diagnostic->hint));
	if (!diagnostic->note.len)
		return;
	place_render(diagnostic->note_span, colour, out);
	colour_add(out, colour, COLOUR_NOTE);
	buf_add(out, STR("note: "));
	colour_add(out, colour, COLOUR_OFF);
	buf_add(out, diagnostic->note);
	buf_add_char(out, '\n');
}

static int number_compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int span_compare(struct span a, struct span b)
{
	struct str none = { NULL, 0 };
	int order = str_compare(a.source ? a.source->path : none, b.source ? b.source->path : none);

	if (order == 0)
		order = number_compare(a.from, b.from);
	return order ? order : number_compare(a.to, b.to);
}

static int diagnostic_compare(const void *a, const void *b)
{
	const struct diagnostic *left = *(struct diagnostic *const *)a;
	const struct diagnostic *right = *(struct diagnostic *const *)b;
	int order = span_compare(left->span, right->span);

	if (order == 0)
		order = str_compare(left->message, right->message);
	if (order == 0)
		order = str_compare(left->note, right->note);
	return order ? order : span_compare(left->note_span, right->note_span);
}

/* Sorted, without those that say the same of the same place. */
static size_t diagnostics_sort(const struct diagnostics *diagnostics)
{
	size_t kept = 0;

	if (diagnostics->count == 0)
		return 0;
	qsort(diagnostics->at, diagnostics->count, sizeof(struct diagnostic *), diagnostic_compare);
	for (size_t i = 1; i < diagnostics->count; i++) {
		const struct diagnostic *last = diagnostics->at[kept];
		const struct diagnostic *next = diagnostics->at[i];

		if (span_compare(last->span, next->span) != 0 ||
		    !str_equal(last->message, next->message))
			diagnostics->at[++kept] = diagnostics->at[i];
	}
	return kept + 1;
}

/* "3 errors in 2 files"; one error says it all itself. */
static void summary_render(const struct diagnostics *diagnostics, size_t count, struct buf *out)
{
	size_t all = count + diagnostics->total - diagnostics->count;
	const struct source *last = NULL;
	size_t files = 0;

	if (all < 2)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct source *source = diagnostics->at[i]->span.source;

		files += source && source != last;
		last = source;
	}
	buf_add_format(out, "%zu errors", all);
	if (files)
		buf_add_format(out, " in %zu file%s", files, files == 1 ? "" : "s");
	if (all > DIAGNOSTICS_SHOWN)
		buf_add_format(out, ", of which %d are shown", DIAGNOSTICS_SHOWN);
	buf_add_char(out, '\n');
}

void diagnostics_render_text(const struct diagnostics *diagnostics, bool colour, struct buf *out)
{
	size_t count = diagnostics_sort(diagnostics);

	for (size_t i = 0; i < count && i < DIAGNOSTICS_SHOWN; i++)
		diagnostic_render(diagnostics->at[i], colour, out);
	summary_render(diagnostics, count, out);
}

static void json_place(struct span span, struct buf *out)
{
	struct place from;
	struct place to;

	if (!span.source)
		return;
	from = source_place(span.source, span.from);
	to = source_place(span.source, span.to);
	buf_add(out, STR("\"file\":"));
	json_quote_add(out, span.source->path);
	buf_add_format(out, ",\"line\":%zu,\"column\":%zu,\"end_line\":%zu,\"end_column\":%zu,",
		       from.line, from.column, to.line, to.column);
}

void diagnostics_render_json(const struct diagnostics *diagnostics, struct buf *out)
{
	size_t count = diagnostics_sort(diagnostics);

	buf_add_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		const struct diagnostic *diagnostic = diagnostics->at[i];

		buf_add_cstring(out,
				i ? ",\n{\"severity\":\"error\"," : "\n{\"severity\":\"error\",");
		json_place(diagnostic->span, out);
		buf_add(out, STR("\"message\":"));
		json_quote_add(out, diagnostic->message);
		if (diagnostic->hint.len) {
			buf_add(out, STR(",\"hint\":"));
			json_quote_add(out, diagnostic->hint);
		}
		if (diagnostic->note.len) {
			buf_add(out, STR(",\"note\":{"));
			json_place(diagnostic->note_span, out);
			buf_add(out, STR("\"message\":"));
			json_quote_add(out, diagnostic->note);
			buf_add_char(out, '}');
		}
		buf_add_char(out, '}');
	}
	buf_add(out, STR("\n]\n"));
}
