#include "unified_diff.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXT_LINES ((size_t)3)
/* Steps of the search; its memory grows with their square: 4 MiB. */
#define MAX_STEPS 1000

struct line {
	struct str text; /* with its newline, if it has one */
	uint64_t hash;
};

struct lines {
	struct line *at;
	size_t count;
};

/* What a diff is made from: for each line of either text whether it is only there. */
struct changes {
	struct lines old_lines;
	struct lines new_lines;
	bool *is_removed; /* of the old lines */
	bool *is_added;   /* of the new lines */
};

/* The part of the texts that is searched. */
struct middle {
	const struct line *old_lines;
	const struct line *new_lines;
	long old_count;
	long new_count;
	bool *is_removed;
	bool *is_added;
};

static bool lines_split(struct lines *lines, struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.at[i] == '\n' || i + 1 == text.len;
	lines->at = calloc(count + 1, sizeof(*lines->at));
	if (!lines->at)
		return false;
	for (size_t at = 0; at < text.len;) {
		const char *newline = memchr(text.at + at, '\n', text.len - at);
		size_t end = newline ? (size_t)(newline - text.at) + 1 : text.len;
		struct str line = str_slice(text, at, end);

		lines->at[lines->count++] = (struct line){ line, str_hash(line) };
		at = end;
	}
	return true;
}

static bool lines_equal(const struct line *a, const struct line *b)
{
	return a->hash == b->hash && str_equal(a->text, b->text);
}

/* How far a diagonal goes on through equal lines. */
static long follow(const struct middle *middle, long x, long y)
{
	while (x < middle->old_count && y < middle->new_count &&
	       lines_equal(&middle->old_lines[x], &middle->new_lines[y])) {
		x++;
		y++;
	}
	return x;
}

/*
 * Whether the furthest path to diagonal k in `step` steps came from above (a line added) and not
 * from the left.
 */
static bool comes_from_above(const long *reach, long step, long k)
{
	return k == -step || (k != step && reach[k - 1] < reach[k + 1]);
}

/* Walks the recorded steps back, marking what each added or removed. */
static void backtrack(const struct middle *middle, long *const *steps, long step)
{
	long x = middle->old_count;
	long y = middle->new_count;

	for (; step > 0; step--) {
		const long *reach = steps[step - 1] + step;
		bool from_above = comes_from_above(reach, step, x - y);
		long k = from_above ? x - y + 1 : x - y - 1;

		x = reach[k];
		y = x - k;
		if (from_above)
			middle->is_added[y] = true;
		else
			middle->is_removed[x] = true;
	}
}

/*
 * The shortest edit by greedy search on diagonals: reach[k] is the furthest old line that `step`
 * additions and removals can get to on diagonal k = old - new. What each step started from is kept
 * for the way back. False: not found in MAX_STEPS.
 */
static bool search(const struct middle *middle, long *reach, long **steps)
{
	for (long step = 0; step <= MAX_STEPS; step++) {
		for (long k = -step; k <= step; k += 2) {
			long x = 0;

			if (step > 0)
				x = comes_from_above(reach, step, k) ? reach[k + 1]
								     : reach[k - 1] + 1;
			reach[k] = follow(middle, x, x - k);
			if (reach[k] >= middle->old_count && reach[k] - k >= middle->new_count) {
				backtrack(middle, steps, step);
				return true;
			}
		}
		/* The next step looks one diagonal further on either side. */
		steps[step] = calloc((size_t)(2 * step + 3), sizeof(**steps));
		if (!steps[step])
			return false;
		memcpy(steps[step] + 1, reach - step, (size_t)(2 * step + 1) * sizeof(**steps));
	}
	return false;
}

static void middle_compare(const struct middle *middle)
{
	long *reach = calloc(2 * MAX_STEPS + 3, sizeof(*reach));
	long **steps = calloc(MAX_STEPS + 1, sizeof(*steps));

	if (!reach || !steps || !search(middle, reach + MAX_STEPS + 1, steps)) {
		memset(middle->is_removed, true, (size_t)middle->old_count);
		memset(middle->is_added, true, (size_t)middle->new_count);
	}
	for (size_t i = 0; steps && i <= MAX_STEPS; i++)
		free(steps[i]);
	free(steps);
	free(reach);
}

static void changes_find(struct changes *changes)
{
	const struct lines *a = &changes->old_lines;
	const struct lines *b = &changes->new_lines;
	size_t start = 0;
	size_t end = 0;

	while (start < a->count && start < b->count && lines_equal(&a->at[start], &b->at[start]))
		start++;
	while (end < a->count - start && end < b->count - start &&
	       lines_equal(&a->at[a->count - 1 - end], &b->at[b->count - 1 - end]))
		end++;
	middle_compare(&(struct middle){
		.old_lines = a->at + start,
		.new_lines = b->at + start,
		.old_count = (long)(a->count - start - end),
		.new_count = (long)(b->count - start - end),
		.is_removed = changes->is_removed + start,
		.is_added = changes->is_added + start,
	});
}

static void coloured_add(struct buf *out, const char *escape, struct str text, bool colour)
{
	struct str line = text;

	if (line.len > 0 && line.at[line.len - 1] == '\n')
		line.len--;
	if (colour)
		buf_add_cstring(out, escape);
	buf_add(out, line);
	if (colour)
		buf_add_cstring(out, "\033[0m");
	buf_add_char(out, '\n');
}

static void line_add(struct buf *out, char sign, const struct line *line, bool colour)
{
	const char *escape = sign == '+' ? "\033[32m" : "\033[31m";

	if (colour && sign != ' ')
		buf_add_cstring(out, escape);
	buf_add_char(out, sign);
	coloured_add(out, "", line->text, colour && sign != ' ');
	if (line->text.at[line->text.len - 1] != '\n')
		buf_add_cstring(out, "\\ No newline at end of file\n");
}

/* Lines from..to of either text, which begin and end together. */
struct hunk {
	size_t old_from, old_to;
	size_t new_from, new_to;
};

static bool is_change(const struct changes *changes, size_t x, size_t y)
{
	return (x < changes->old_lines.count && changes->is_removed[x]) ||
	       (y < changes->new_lines.count && changes->is_added[y]);
}

/* Moves (x, y) behind the next change, or behind as many equal lines as `equal` counts. */
static bool hunk_next(const struct changes *changes, size_t x, size_t y, struct hunk *hunk)
{
	size_t equal = 0;

	while (x < changes->old_lines.count && !is_change(changes, x, y)) {
		x++;
		y++;
		equal++;
	}
	if (!is_change(changes, x, y))
		return false;
	equal = equal < CONTEXT_LINES ? equal : CONTEXT_LINES;
	hunk->old_from = x - equal;
	hunk->new_from = y - equal;
	for (equal = 0; equal <= 2 * CONTEXT_LINES;) {
		if (is_change(changes, x, y)) {
			equal = 0;
			if (x < changes->old_lines.count && changes->is_removed[x])
				x++;
			else
				y++;
			continue;
		}
		if (x >= changes->old_lines.count)
			break;
		x++;
		y++;
		equal++;
	}
	equal = equal > CONTEXT_LINES ? equal - CONTEXT_LINES : 0;
	hunk->old_to = x - equal;
	hunk->new_to = y - equal;
	return true;
}

static void range_add(struct buf *out, char sign, size_t from, size_t to)
{
	/* An empty range is named by the line before it. */
	buf_add_format(out, "%c%zu", sign, to > from ? from + 1 : from);
	if (to - from != 1)
		buf_add_format(out, ",%zu", to - from);
}

static void hunk_add(struct buf *out, const struct changes *changes, const struct hunk *hunk,
		     bool colour)
{
	size_t x = hunk->old_from;
	size_t y = hunk->new_from;

	buf_add_cstring(out, colour ? "\033[36m@@ " : "@@ ");
	range_add(out, '-', hunk->old_from, hunk->old_to);
	buf_add_char(out, ' ');
	range_add(out, '+', hunk->new_from, hunk->new_to);
	buf_add_cstring(out, colour ? " @@\033[0m\n" : " @@\n");
	while (x < hunk->old_to || y < hunk->new_to) {
		if (x < hunk->old_to && changes->is_removed[x]) {
			line_add(out, '-', &changes->old_lines.at[x++], colour);
		} else if (y < hunk->new_to && changes->is_added[y]) {
			line_add(out, '+', &changes->new_lines.at[y++], colour);
		} else {
			line_add(out, ' ', &changes->old_lines.at[x++], colour);
			y++;
		}
	}
}

static void name_add(struct buf *out, const char *sign, const char *name, bool colour)
{
	if (colour)
		buf_add_cstring(out, "\033[1m");
	buf_add_cstring(out, sign);
	coloured_add(out, "", str_from_cstring(name), colour);
}

static void hunks_add(const struct unified_diff *diff, const struct changes *changes,
		      struct buf *out)
{
	struct hunk hunk = { 0 };

	name_add(out, "--- ", diff->old_name, diff->colour);
	name_add(out, "+++ ", diff->new_name, diff->colour);
	while (hunk_next(changes, hunk.old_to, hunk.new_to, &hunk))
		hunk_add(out, changes, &hunk, diff->colour);
}

void unified_diff_add(const struct unified_diff *diff, struct buf *out)
{
	struct changes changes = { 0 };

	if (str_equal(diff->old_text, diff->new_text))
		return;
	if (lines_split(&changes.old_lines, diff->old_text) &&
	    lines_split(&changes.new_lines, diff->new_text)) {
		changes.is_removed = calloc(changes.old_lines.count + 1, sizeof(bool));
		changes.is_added = calloc(changes.new_lines.count + 1, sizeof(bool));
	}
	if (changes.is_removed && changes.is_added) {
		changes_find(&changes);
		hunks_add(diff, &changes, out);
	} else {
		out->failed = true;
	}
	free(changes.is_added);
	free(changes.is_removed);
	free(changes.new_lines.at);
	free(changes.old_lines.at);
}
