#include "json_pattern.h"

#include <stdint.h>
#include <string.h>

struct scan {
	struct str pattern;
	size_t at;
	uint64_t lookaheads; /* a bit for each open group, the innermost last: whether it is one */
	bool is_atom;        /* what stands before may be repeated */
};

/* NUL behind the end, which no pattern has inside. */
static char next(const struct scan *scan)
{
	return scan->at < scan->pattern.len ? scan->pattern.at[scan->at] : '\0';
}

static bool take(struct scan *scan, char wanted)
{
	if (next(scan) != wanted)
		return false;
	scan->at++;
	return true;
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static bool digits_take(struct scan *scan)
{
	size_t from = scan->at;

	while (is_one_of(next(scan), "0123456789"))
		scan->at++;
	return scan->at > from;
}

/* The white space of \s is another one in JavaScript. */
static bool escape_take(struct scan *scan)
{
	char c = next(scan);

	scan->at++;
	scan->is_atom = c != 'b' && c != 'B';
	return is_one_of(c, "^$\\.*+?()[]{}|/dDwWbBtnrf");
}

/* Of a class a letter like \d, which is no end of a range. */
static bool class_escape_take(struct scan *scan, bool *is_set)
{
	char c = next(scan);

	*is_set = is_one_of(c, "dDwW");
	return take(scan, '-') || (c != 'B' && escape_take(scan));
}

static bool class_take(struct scan *scan)
{
	bool is_set = false;
	bool is_first = true;

	(void)take(scan, '^');
	if (next(scan) == ']')
		return false;
	while (!take(scan, ']')) {
		bool was_set = is_set;
		bool is_range = next(scan) == '-' && !is_first;

		is_set = false;
		is_first = false;
		if (!next(scan) || next(scan) == '[')
			return false;
		if (!take(scan, '\\'))
			scan->at++;
		else if (!class_escape_take(scan, &is_set))
			return false;
		if (is_range && next(scan) != ']' && (was_set || next(scan) == '\\'))
			return false;
	}
	scan->is_atom = true;
	return true;
}

static bool group_take(struct scan *scan)
{
	bool is_special = take(scan, '?');
	bool is_lookahead = is_special && is_one_of(next(scan), "=!");

	if (is_special && !is_lookahead && next(scan) != ':')
		return false;
	scan->at += is_special;
	scan->lookaheads = scan->lookaheads << 1 | is_lookahead;
	scan->is_atom = false;
	return true;
}

static bool repeat_take(struct scan *scan, char c)
{
	if (!scan->is_atom)
		return false;
	if (c == '{') {
		if (!digits_take(scan))
			return false;
		if (take(scan, ','))
			(void)digits_take(scan);
		if (!take(scan, '}'))
			return false;
	}
	(void)take(scan, '?');
	scan->is_atom = false;
	return true;
}

static bool part_take(struct scan *scan)
{
	char c = next(scan);

	scan->at++;
	if (c == '\\')
		return escape_take(scan);
	if (c == '[')
		return class_take(scan);
	if (c == '(')
		return group_take(scan);
	if (is_one_of(c, "*+?{"))
		return repeat_take(scan, c);
	if (c == ')') {
		scan->is_atom = !(scan->lookaheads & 1);
		scan->lookaheads >>= 1;
		return true;
	}
	scan->is_atom = !is_one_of(c, "^$|");
	return !is_one_of(c, "]}");
}

bool json_pattern_add(struct buf *out, struct str pattern)
{
	struct scan scan = { .pattern = pattern };

	while (scan.at < pattern.len) {
		size_t from = scan.at;

		if (!part_take(&scan))
			return false;
		if (pattern.at[from] == '.')
			buf_add_cstring(out, "[^\\n]");
		else
			buf_add(out, str_slice(pattern, from, scan.at));
	}
	return true;
}
