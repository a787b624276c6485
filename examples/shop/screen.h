/*
 * What the demo writes: headings, statements, results, a progress bar, a table. On a terminal in
 * colour and as wide as it is; in a pipe as plain ASCII of 100 columns. NO_COLOR takes the colour
 * away.
 */
#ifndef SHOP_SCREEN_H
#define SHOP_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct screen {
	FILE *out;
	int width; /* columns */
	bool is_terminal;
	bool has_colour;
	bool has_utf8;
	bool has_bar;     /* a progress bar stands on the last line, */
	unsigned percent; /* at this */
};

enum ink {
	INK_PLAIN,
	INK_BOLD,
	INK_DIM,
	INK_GOOD,
	INK_BAD,
	INK_HEADING,
	INK_KEYWORD,
};

/* Looks at the stream and the environment. */
void screen_init(struct screen *screen, FILE *out);

/* The escape sequence that switches to this ink, or "" without colour. */
const char *screen_ink(const struct screen *screen, enum ink ink);

void screen_title(struct screen *screen, const char *title, const char *subtitle);
void screen_heading(struct screen *screen, unsigned number, const char *text);
/* A line of explanation, and a line that says what came out. printf's format. */
void screen_say(struct screen *screen, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void screen_result(struct screen *screen, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A result that is an error, as it should be here. */
void screen_refusal(struct screen *screen, const char *status, const char *message);

/* Shows how far something is; draws only on a terminal, and only when the picture changes. */
void screen_progress(struct screen *screen, const char *what, unsigned done, unsigned total);
void screen_progress_end(struct screen *screen);

/*
 * The rest of a line that stands at column `margin`, and further lines from there, broken at
 * blanks.
 */
void screen_words(struct screen *screen, const char *text, int margin, bool is_sql);
/*
 * A statement with the time that it took, broken into lines; long lists of columns are cut short.
 */
void screen_statement(struct screen *screen, const char *sql, uint64_t microseconds, bool failed);

/* JSON, broken into lines behind commas and with room behind them and colons: for people. */
void screen_json(struct screen *screen, const char *json);

/* A table of at most 8 columns. Texts stand to the left, numbers to the right. */
struct table_column {
	const char *heading;
	int width;
	bool is_text;
};
void screen_table_heading(struct screen *screen, const struct table_column *columns, size_t count);
void screen_table_row(struct screen *screen, const struct table_column *columns,
		      const char *const *cells, size_t count);
void screen_table_end(struct screen *screen, const struct table_column *columns, size_t count);

/* "1.25 ms", "980 us", "2.10 s". */
void time_text(uint64_t microseconds, char *text, size_t size);
/* "12,345". */
void number_text(uint64_t number, char *text, size_t size);

#endif
