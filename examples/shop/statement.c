/*
 * SQL for people: lists of columns cut short, keywords in colour, lines broken at blanks.
 */
#include <ctype.h>
#include <string.h>

#include "screen.h"

enum {
	MARGIN = 13, /* the time stands in it */
	COLUMNS_SHOWN = 3,
	LONGEST = 2048,
};

struct text {
	char at[LONGEST];
	size_t len;
};

static void text_add(struct text *text, const char *bytes, size_t len)
{
	size_t room = sizeof(text->at) - 1 - text->len;

	if (len > room)
		len = room;
	memcpy(text->at + text->len, bytes, len);
	text->len += len;
	text->at[text->len] = '\0';
}

static bool list_ends_here(const char *sql)
{
	return *sql == ')' || strncmp(sql, " FROM ", 6) == 0 || strncmp(sql, " WHERE ", 7) == 0 ||
	       strncmp(sql, " RETURNING ", 11) == 0;
}

/*
 * The length of a list that begins here: up to a keyword, a bracket that closes, or the end of the
 * text.
 */
static size_t list_length(const char *sql)
{
	size_t depth = 0;
	size_t i;

	for (i = 0; sql[i] && !(depth == 0 && list_ends_here(sql + i)); i++) {
		if (sql[i] == '(')
			depth++;
		else if (sql[i] == ')')
			depth--;
	}
	return i;
}

/* Copies a list, the first elements only when it has many. */
static void add_list(struct text *text, const char *list, size_t len)
{
	size_t shown = 0;
	size_t count = 1;
	size_t depth = 0;
	char more[32];
	int more_len;

	for (size_t i = 0; i < len; i++) {
		if (list[i] == '(')
			depth++;
		else if (list[i] == ')')
			depth--;
		if (list[i] != ',' || depth)
			continue;
		if (count == COLUMNS_SHOWN)
			shown = i;
		count++;
	}
	if (count <= COLUMNS_SHOWN + 1) {
		text_add(text, list, len);
		return;
	}
	text_add(text, list, shown);
	more_len = snprintf(more, sizeof(more), ", ... %zu more", count - COLUMNS_SHOWN);
	text_add(text, more, (size_t)more_len);
}

static void sql_shorten(struct text *text, const char *sql)
{
	static const char *const before_lists[] = { "SELECT ",  "DISTINCT ", "RETURNING ",
						    "VALUES (", "AS t (",    " SET " };
	text->len = 0;
	text->at[0] = '\0';
	while (*sql) {
		size_t lead = 0;

		for (size_t i = 0; i < sizeof(before_lists) / sizeof(*before_lists) && !lead; i++)
			if (strncmp(sql, before_lists[i], strlen(before_lists[i])) == 0)
				lead = strlen(before_lists[i]);
		if (!lead) {
			text_add(text, sql, 1);
			sql++;
			continue;
		}
		text_add(text, sql, lead);
		sql += lead;
		if (strncmp(sql, "DISTINCT ", 9) == 0)
			continue;
		lead = list_length(sql);
		add_list(text, sql, lead);
		sql += lead;
	}
}

static bool word_is_keyword(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isupper((unsigned char)word[i]))
			return false;
	return len > 1;
}

static void add_word(struct screen *screen, const char *word, size_t len, bool is_sql)
{
	bool is_keyword = is_sql && word_is_keyword(word, len);

	fprintf(screen->out, "%s%.*s%s", is_keyword ? screen_ink(screen, INK_KEYWORD) : "",
		(int)len, word, is_keyword ? screen_ink(screen, INK_PLAIN) : "");
}

void screen_words(struct screen *screen, const char *text, int margin, bool is_sql)
{
	size_t start = (size_t)margin;
	size_t column = start;

	while (*text) {
		size_t len = strcspn(text, " \n");

		if (column > start && column + len + 1 > (size_t)screen->width) {
			fprintf(screen->out, "\n%*s", margin, "");
			column = start;
		} else if (column > start) {
			fputc(' ', screen->out);
			column++;
		}
		add_word(screen, text, len, is_sql);
		column += len;
		text += len;
		text += strspn(text, " \n");
	}
	fputc('\n', screen->out);
}

void screen_statement(struct screen *screen, const char *sql, uint64_t microseconds, bool failed)
{
	struct text text;
	char time[24];

	time_text(microseconds, time, sizeof(time));
	sql_shorten(&text, sql);
	fprintf(screen->out, "%s%*s%s  ", screen_ink(screen, failed ? INK_BAD : INK_DIM),
		MARGIN - 2, time, screen_ink(screen, INK_PLAIN));
	screen_words(screen, text.at, MARGIN, true);
}
