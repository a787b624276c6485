#include "suggest.h"

#include <string.h>

enum { LONGEST_NAME = 63 };

void suggestion_init(struct suggestion *suggestion, struct str wanted)
{
	/* About one mistake in three letters is still a misspelling of the same word; of one letter
	 * nothing is left. */
	*suggestion = (struct suggestion){ .wanted = wanted, .distance = (wanted.len + 1) / 3 + 1 };
}

static char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static size_t edit_distance(struct str a, struct str b)
{
	size_t rows[3][LONGEST_NAME + 1];

	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			bool same = lower(a.at[i - 1]) == lower(b.at[j - 1]);

			row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
			if (i > 1 && j > 1 && lower(a.at[i - 1]) == lower(b.at[j - 2]) &&
			    lower(a.at[i - 2]) == lower(b.at[j - 1]) &&
			    rows[(i + 1) % 3][j - 2] + 1 < row[j])
				row[j] = rows[(i + 1) % 3][j - 2] + 1;
		}
	}
	return rows[a.len % 3][b.len];
}

void suggestion_consider(struct suggestion *suggestion, struct str candidate)
{
	size_t longer =
		candidate.len > suggestion->wanted.len ? candidate.len : suggestion->wanted.len;
	size_t shorter = candidate.len + suggestion->wanted.len - longer;
	size_t distance;

	if (longer > LONGEST_NAME || longer - shorter >= suggestion->distance)
		return;
	distance = edit_distance(suggestion->wanted, candidate);
	if (distance < suggestion->distance) {
		suggestion->nearest = candidate;
		suggestion->distance = distance;
	}
}

bool suggestion_pays(const struct diagnostic *error)
{
	return error->owner->total <= DIAGNOSTICS_SHOWN;
}

void suggestion_hint(const struct suggestion *suggestion, struct diagnostic *error)
{
	if (suggestion->nearest.len)
		diagnostic_hint(error, "did you mean \"%.*s\"?", STR_ARGS(suggestion->nearest));
}
