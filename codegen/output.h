/*
 * Output: the only part of the compiler that writes files.
 *
 * All or nothing: every file is compared first, new contents go to temporary files beside their
 * targets, and only then are they renamed, so a reader, or a run that is killed, sees each file old
 * or new and never half. Generated files are not forced to disk, which would cost more than all
 * else: should the machine lose them in a crash, the next run compares, and writes them again. A
 * file whose content is right already is not touched. The output directory belongs to one project:
 * a generated file in it that the project no longer has is removed. What is generated is known by
 * its first line, the banner; nothing else is ever overwritten or removed, and no symbolic link in
 * the directory is followed. Runs into one directory take turns.
 *
 * Failures are added to the diagnostics, with the path and the operating system's reason.
 */
#ifndef QUERN_CODEGEN_OUTPUT_H
#define QUERN_CODEGEN_OUTPUT_H

#include "artifacts.h"
#include "base/buf.h"
#include "diagnostics.h"

struct output_target {
	const char *directory; /* made when it is missing */
	struct str banner;     /* how each generated file begins */
	bool has_colour;       /* of diffs */
};

struct output_counts {
	size_t written;
	size_t removed;
	size_t unchanged;
};

/*
 * Makes the directory hold these files. False when anything failed: what was refused or could not
 * be written before the first rename leaves everything as it was. Interrupting signals wait until
 * it is done.
 */
bool output_write(const struct output_target *target, const struct artifacts *artifacts,
		  struct diagnostics *diagnostics, struct output_counts *counts);

/*
 * Compares and writes nothing. Appends a unified diff of each file that output_write would write or
 * remove to `diff`, and counts them. False when something could not be read or would be refused.
 */
bool output_check(const struct output_target *target, const struct artifacts *artifacts,
		  struct diagnostics *diagnostics, struct buf *diff, struct output_counts *counts);

/*
 * Makes one file hold this text, in the same careful way, whatever it held before, and on disk when
 * it returns: it is somebody's own work. Keeps its permissions, and does not touch it when it holds
 * the text already.
 */
bool output_replace(const char *path, struct str text, struct diagnostics *diagnostics);

#endif
