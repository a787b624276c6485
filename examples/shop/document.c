/*
 * JSON for people: room behind commas and colons, lines broken at commas, keys in colour.
 */
#include <string.h>

#include "screen.h"

enum { MARGIN = 5 };

/* The end of a text in quotes that begins here. */
static const char *text_end(const char *json)
{
	for (json++; *json && *json != '"'; json++)
		if (*json == '\\' && json[1])
			json++;
	return *json ? json + 1 : json;
}

/* The end of what stays together in a line: up to the next comma, and that too. */
static const char *piece_end(const char *json)
{
	while (*json && *json != ',')
		json = *json == '"' ? text_end(json) : json + 1;
	return *json ? json + 1 : json;
}

static size_t colons_in(const char *json, const char *end)
{
	size_t colons = 0;

	while (json < end) {
		colons += *json == ':';
		json = *json == '"' ? text_end(json) : json + 1;
	}
	return colons;
}

static void piece_write(struct screen *screen, const char *json, const char *end)
{
	while (json < end) {
		const char *next = *json == '"' ? text_end(json) : json + 1;
		bool is_key = *json == '"' && *next == ':';

		fprintf(screen->out, "%s%.*s%s%s", is_key ? screen_ink(screen, INK_KEYWORD) : "",
			(int)(next - json), json, is_key ? screen_ink(screen, INK_PLAIN) : "",
			*json == ':' ? " " : "");
		json = next;
	}
}

void screen_json(struct screen *screen, const char *json)
{
	size_t column = MARGIN;

	fprintf(screen->out, "%*s", MARGIN, "");
	while (*json) {
		const char *end = piece_end(json);
		size_t width = (size_t)(end - json) + colons_in(json, end);

		if (column > MARGIN && column + 1 + width > (size_t)screen->width) {
			fprintf(screen->out, "\n%*s", MARGIN + 1, "");
			column = MARGIN + 1;
		} else if (column > MARGIN) {
			fputc(' ', screen->out);
			column++;
		}
		piece_write(screen, json, end);
		column += width;
		json = end;
	}
	fputc('\n', screen->out);
}
