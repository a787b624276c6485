#include "c_text.h"

#include <string.h>

#define MAX_COLUMNS 100
#define TAB_COLUMNS ((size_t)8)
/* Where arguments continue when the parenthesis is too far to the right. */
#define FALLBACK_COLUMN (TAB_COLUMNS * 2)

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

struct str text_join(struct arena *arena, const struct str *parts, size_t count)
{
	size_t len = 0;
	char *text, *end;

	for (size_t i = 0; i < count; i++)
		len += parts[i].len;
	end = text = arena_reserve_array(arena, len + 1, 1);
	for (size_t i = 0; i < count; i++)
		if (parts[i].len > 0)
			end = (char *)memcpy(end, parts[i].at, parts[i].len) + parts[i].len;
	*end = '\0';
	return (struct str){ text, len };
}

static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_control(text.at[i]) || text.at[i] == '"' || text.at[i] == '\\' ||
		    text.at[i] == '?')
			return false;
	return true;
}

struct str c_string(struct arena *arena, struct str text)
{
	struct buf out;

	if (is_plain(text))
		return TEXT_JOIN(arena, STR("\""), text, STR("\""));
	buf_init(&out, arena);
	buf_add_char(&out, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (is_control(c)) {
			/* Three digits, so that a digit behind it does not join in. */
			buf_add_format(&out, "\\%03o", (unsigned)(unsigned char)c);
			continue;
		}
		if (c == '"' || c == '\\' || (c == '?' && i > 0 && text.at[i - 1] == '?'))
			buf_add_char(&out, '\\');
		buf_add_char(&out, c);
	}
	buf_add_char(&out, '"');
	return buf_str(&out);
}

static bool is_pair(struct str text, size_t at, char first, char second)
{
	return text.at[at] == first && at + 1 < text.len && text.at[at + 1] == second;
}

static void comment_line_add(struct buf *out, struct str line)
{
	for (size_t i = 0; i < line.len; i++) {
		char c = line.at[i];

		if (is_control(c) && c != '\t')
			c = '?';
		buf_add_char(out, c);
		if (is_pair(line, i, '*', '/') || is_pair(line, i, '/', '*') ||
		    is_pair(line, i, '?', '?'))
			buf_add_char(out, ' ');
	}
	/* A line must not join the next one. */
	if (line.len > 0 && line.at[line.len - 1] == '\\')
		buf_add_cstring(out, " .");
}

void c_comment_add(struct buf *out, struct str text)
{
	comment_line_add(out, text);
}

static struct str trimmed_end(struct str text)
{
	while (text.len > 0 && (is_control(text.at[text.len - 1]) || text.at[text.len - 1] == ' '))
		text.len--;
	return text;
}

struct str c_comment(struct arena *arena, struct str text)
{
	struct buf out;

	text = trimmed_end(text);
	if (text.len == 0)
		return (struct str){ "", 0 };
	buf_init(&out, arena);
	if (!memchr(text.at, '\n', text.len)) {
		buf_add_cstring(&out, "/* ");
		comment_line_add(&out, text);
		buf_add_cstring(&out, " */\n");
		return buf_str(&out);
	}
	buf_add_cstring(&out, "/*\n");
	for (size_t at = 0; at <= text.len;) {
		const char *newline = memchr(text.at + at, '\n', text.len - at);
		size_t end = newline ? (size_t)(newline - text.at) : text.len;
		struct str line = trimmed_end(str_slice(text, at, end));

		buf_add_cstring(&out, line.len ? " * " : " *");
		comment_line_add(&out, line);
		buf_add_char(&out, '\n');
		at = end + 1;
	}
	buf_add_cstring(&out, " */\n");
	return buf_str(&out);
}

static size_t columns_of(struct str text)
{
	size_t columns = 0;
	size_t at = 0;

	for (; at < text.len && text.at[at] == '\t'; at++)
		columns += TAB_COLUMNS;
	/* Most lines have no other tabs. */
	if (at == text.len || !memchr(text.at + at, '\t', text.len - at))
		return columns + text.len - at;
	for (; at < text.len; at++)
		columns += text.at[at] == '\t' ? TAB_COLUMNS - columns % TAB_COLUMNS : 1;
	return columns;
}

static void indent_add(struct buf *out, size_t columns)
{
	for (; columns >= TAB_COLUMNS; columns -= TAB_COLUMNS)
		buf_add_char(out, '\t');
	for (; columns > 0; columns--)
		buf_add_char(out, ' ');
}

/*
 * The length of the longest start of `text` that ends behind a comma and fits, or of the shortest
 * one, or all.
 */
static size_t fitting_part(struct str text, size_t columns)
{
	size_t part = 0;

	if (columns + text.len <= MAX_COLUMNS)
		return text.len;
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (!is_pair(text, i, ',', ' '))
			continue;
		if (part > 0 && columns + i + 1 > MAX_COLUMNS)
			break;
		part = i + 1;
	}
	return part > 0 ? part : text.len;
}

static bool is_wrapped(struct str line)
{
	return columns_of(line) > MAX_COLUMNS && memchr(line.at, '(', line.len);
}

static void wrapped_line_add(struct buf *out, struct str line)
{
	const char *parenthesis = memchr(line.at, '(', line.len);
	size_t head = (size_t)(parenthesis - line.at) + 1;
	size_t indent = columns_of(str_slice(line, 0, head));
	size_t column = indent;

	if (indent > MAX_COLUMNS / 2 + TAB_COLUMNS)
		indent = FALLBACK_COLUMN;
	buf_add(out, str_slice(line, 0, head));
	for (size_t at = head; at < line.len;) {
		struct str rest = str_slice(line, at, line.len);
		size_t part = fitting_part(rest, column);

		buf_add(out, str_slice(rest, 0, part));
		at += part;
		if (at < line.len) {
			buf_add_char(out, '\n');
			indent_add(out, indent);
			column = indent;
			at++;
		}
	}
}

struct str c_wrap(struct arena *arena, struct str text)
{
	size_t copied = 0;
	struct buf out;

	buf_init(&out, arena);
	for (size_t at = 0; at < text.len;) {
		const char *newline = memchr(text.at + at, '\n', text.len - at);
		size_t end = newline ? (size_t)(newline - text.at) : text.len;
		struct str line = str_slice(text, at, end);

		if (is_wrapped(line)) {
			buf_add(&out, str_slice(text, copied, at));
			wrapped_line_add(&out, line);
			copied = end;
		}
		at = end + 1;
	}
	if (copied == 0)
		return text;
	buf_add(&out, str_slice(text, copied, text.len));
	return buf_str(&out);
}
