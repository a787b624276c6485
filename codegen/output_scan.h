/*
 * What is in an output directory now, against what should be: for output.c alone.
 */
#ifndef QUERN_CODEGEN_OUTPUT_SCAN_H
#define QUERN_CODEGEN_OUTPUT_SCAN_H

#include "output.h"

#include <sys/types.h>

enum file_state {
	FILE_SAME,
	FILE_MISSING,
	FILE_DIFFERENT,
	FILE_STALE, /* generated, and no longer part of the project */
};

/*
 * One of the folders that generated files are in: the directory itself, with an empty name, or one
 * beneath it.
 */
struct output_folder {
	struct str name;
	int descriptor; /* -1: it is not there yet */
	bool is_new;    /* this run made it */
};

struct output_file {
	struct output_folder *folder;
	const char *path;      /* "shop/product.h" */
	const char *name;      /* "product.h" */
	const char *temporary; /* in the same folder */
	bool has_temporary;    /* this run wrote it */
	mode_t mode;           /* 0 when it is missing */
	enum file_state state;
};

struct output_files {
	struct output_file *at;
	size_t count;
	size_t capacity;
};

/* What a file holds, and what it should hold; empty when there is none. */
struct output_texts {
	struct str old;
	struct str new;
};

struct output_scan {
	const struct output_target *target;
	const struct artifacts *artifacts;
	struct diagnostics *diagnostics;
	struct arena *arena; /* that of the diagnostics */
	/*
	 * Called for each file that is missing, different or stale, in their order, while nothing
	 * has failed; the texts live until it returns. False: it failed, and that is in the
	 * diagnostics.
	 */
	bool (*visit)(struct output_scan *scan, struct output_file *file,
		      const struct output_texts *texts);
	void *context;          /* for it */
	bool removes_leftovers; /* temporary files of runs that were killed are stale too */
	bool has_directory;
	struct output_folder *folders; /* the directory itself first */
	size_t folder_count;
	struct output_files files; /* the artifacts in their order */
	struct output_files stale; /* those of folders before those of the directory */
};

/* Adds "DIRECTORY/PATH" and why to the diagnostics. */
void output_failed(const struct output_scan *scan, const char *what, const char *path, int error);

/*
 * Opens the directory, which must exist unless `may_be_missing`, and looks at everything, one file
 * after the other, so that the texts of no two are in memory at once. False when anything is in the
 * way, cannot be read, or failed to be visited; all else was still looked at. To be released in any
 * case.
 */
bool output_scan_run(struct output_scan *scan, bool may_be_missing);
void output_scan_release(struct output_scan *scan);

#endif
