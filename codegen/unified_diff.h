/*
 * Unified diffs of two texts, line by line, as `diff -u` and patch(1) have them.
 *
 * Written here because Debian has no library for it but libgit2, which would bring a whole git
 * along for two hundred lines.
 */
#ifndef QUERN_CODEGEN_UNIFIED_DIFF_H
#define QUERN_CODEGEN_UNIFIED_DIFF_H

#include "base/buf.h"

struct unified_diff {
	const char *old_name;
	const char *new_name;
	struct str old_text;
	struct str new_text;
	bool colour; /* for terminals */
};

/*
 * Appends nothing when the texts are equal. The diff is the shortest one unless the texts are very
 * different: then what is between their common start and end is shown as replaced. Time and memory
 * are bounded.
 */
void unified_diff_add(const struct unified_diff *diff, struct buf *out);

#endif
