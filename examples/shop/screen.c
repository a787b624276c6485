#include "screen.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	PIPE_WIDTH = 100,
	NARROWEST = 40,
	WIDEST = 120,
	INDENT = 3,
	RESULT_MARGIN = 5,
	TABLE_COLUMNS_MAX = 8,
};

static int terminal_width(FILE *out)
{
	struct winsize size;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return PIPE_WIDTH;
	if (size.ws_col < NARROWEST)
		return NARROWEST;
	return size.ws_col < WIDEST ? size.ws_col : WIDEST;
}

static bool terminal_takes_utf8(void)
{
	return setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void screen_init(struct screen *screen, FILE *out)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	*screen = (struct screen){ .out = out, .width = PIPE_WIDTH };
	if (!isatty(fileno(out)))
		return;
	screen->width = terminal_width(out);
	screen->is_terminal = terminal && strcmp(terminal, "dumb") != 0;
	screen->has_colour = screen->is_terminal && !(no_color && *no_color);
	screen->has_utf8 = terminal_takes_utf8();
}

const char *screen_ink(const struct screen *screen, enum ink ink)
{
	static const char *const sequences[] = {
		[INK_PLAIN] = "\033[0m",      [INK_BOLD] = "\033[1m", [INK_DIM] = "\033[2m",
		[INK_GOOD] = "\033[32m",      [INK_BAD] = "\033[31m", [INK_HEADING] = "\033[1;36m",
		[INK_KEYWORD] = "\033[1;34m",
	};

	return screen->has_colour ? sequences[ink] : "";
}

static void screen_rule(struct screen *screen, int columns)
{
	for (int i = 0; i < columns; i++)
		fputs(screen->has_utf8 ? "─" : "-", screen->out);
}

void screen_title(struct screen *screen, const char *title, const char *subtitle)
{
	fprintf(screen->out, "\n%s%s%s  %s%s%s\n", screen_ink(screen, INK_BOLD), title,
		screen_ink(screen, INK_PLAIN), screen_ink(screen, INK_DIM), subtitle,
		screen_ink(screen, INK_PLAIN));
}

void screen_heading(struct screen *screen, unsigned number, const char *text)
{
	int used = snprintf(NULL, 0, "%u  %s ", number, text);

	fprintf(screen->out, "\n%s%u  %s%s %s", screen_ink(screen, INK_HEADING), number, text,
		screen_ink(screen, INK_PLAIN), screen_ink(screen, INK_DIM));
	screen_rule(screen, screen->width - used);
	fprintf(screen->out, "%s\n", screen_ink(screen, INK_PLAIN));
}

/*
 * What the format makes, broken into lines from that column on; cut where it is longer than anybody
 * would write.
 */
static void screen_format(struct screen *screen, int margin, const char *format, va_list values)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, values);
	screen_words(screen, text, margin, false);
}

void screen_say(struct screen *screen, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	fprintf(screen->out, "%*s", INDENT, "");
	screen_format(screen, INDENT, format, values);
	va_end(values);
}

static void screen_arrow(struct screen *screen, enum ink ink)
{
	fprintf(screen->out, "%*s%s%s%s ", INDENT, "", screen_ink(screen, ink),
		screen->has_utf8 ? "→" : ">", screen_ink(screen, INK_PLAIN));
}

void screen_result(struct screen *screen, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	screen_arrow(screen, INK_GOOD);
	screen_format(screen, RESULT_MARGIN, format, values);
	va_end(values);
}

void screen_refusal(struct screen *screen, const char *status, const char *message)
{
	screen_arrow(screen, INK_BAD);
	fprintf(screen->out, "%s%s%s\n%*s", screen_ink(screen, INK_BAD), status,
		screen_ink(screen, INK_PLAIN), RESULT_MARGIN, "");
	screen_words(screen, message, RESULT_MARGIN, false);
}

void screen_progress(struct screen *screen, const char *what, unsigned done, unsigned total)
{
	unsigned percent = (unsigned)((uint64_t)done * 100 / (total ? total : 1));
	int room = screen->width / 3;
	int filled = (int)((unsigned)room * percent / 100);

	if (!screen->is_terminal || (screen->has_bar && percent == screen->percent))
		return;
	fprintf(screen->out, "\r%*s%s", INDENT, "", screen_ink(screen, INK_GOOD));
	for (int i = 0; i < room; i++) {
		if (i == filled)
			fputs(screen_ink(screen, INK_DIM), screen->out);
		if (screen->has_utf8)
			fputs(i < filled ? "━" : "─", screen->out);
		else
			fputc(i < filled ? '=' : '.', screen->out);
	}
	fprintf(screen->out, "%s %3u%%  %s\033[K", screen_ink(screen, INK_PLAIN), percent, what);
	fflush(screen->out);
	screen->has_bar = true;
	screen->percent = percent;
}

void screen_progress_end(struct screen *screen)
{
	if (screen->has_bar)
		fputs("\r\033[K", screen->out);
	screen->has_bar = false;
}

static int table_width(const struct table_column *columns, size_t count)
{
	int width = 0;

	for (size_t i = 0; i < count; i++)
		width += columns[i].width + (i ? 2 : 0);
	return width;
}

/* The last one has nothing behind it. */
static void table_cells(struct screen *screen, const struct table_column *columns,
			const char *const *cells, size_t count)
{
	fprintf(screen->out, "%*s", INDENT, "");
	for (size_t i = 0; i < count; i++) {
		const char *between = i ? "  " : "";

		if (!columns[i].is_text)
			fprintf(screen->out, "%s%*s", between, columns[i].width, cells[i]);
		else if (i + 1 < count)
			fprintf(screen->out, "%s%-*s", between, columns[i].width, cells[i]);
		else
			fprintf(screen->out, "%s%s", between, cells[i]);
	}
}

void screen_table_heading(struct screen *screen, const struct table_column *columns, size_t count)
{
	const char *headings[TABLE_COLUMNS_MAX];

	for (size_t i = 0; i < count; i++)
		headings[i] = columns[i].heading;
	fputs(screen_ink(screen, INK_BOLD), screen->out);
	table_cells(screen, columns, headings, count);
	fprintf(screen->out, "%s\n", screen_ink(screen, INK_PLAIN));
	screen_table_end(screen, columns, count);
}

void screen_table_row(struct screen *screen, const struct table_column *columns,
		      const char *const *cells, size_t count)
{
	table_cells(screen, columns, cells, count);
	fputc('\n', screen->out);
}

void screen_table_end(struct screen *screen, const struct table_column *columns, size_t count)
{
	fprintf(screen->out, "%*s%s", INDENT, "", screen_ink(screen, INK_DIM));
	screen_rule(screen, table_width(columns, count));
	fprintf(screen->out, "%s\n", screen_ink(screen, INK_PLAIN));
}

void time_text(uint64_t microseconds, char *text, size_t size)
{
	if (microseconds < 1000)
		snprintf(text, size, "%" PRIu64 " us", microseconds);
	else if (microseconds < 1000000)
		snprintf(text, size, "%.2f ms", (double)microseconds / 1e3);
	else
		snprintf(text, size, "%.2f s", (double)microseconds / 1e6);
}

void number_text(uint64_t number, char *text, size_t size)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	size_t used = 0;

	for (int i = 0; i < len && used + 2 < size; i++) {
		if (i && (len - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}
