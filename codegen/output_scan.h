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
};

struct output_file {
	struct output_folder *folder;
	const char *path;      /* "shop/product.h" */
	const char *name;      /* "product.h" */
	const char *temporary; /* in the same folder */
	struct str text;       /* what it should hold; empty when it is stale */
	struct str old_text;   /* what it holds, where the scan was asked to keep it */
	mode_t mode;           /* 0 when it is missing */
	enum file_state state;
};

struct output_scan {
	const struct output_target *target;
	const struct artifacts *artifacts;
	struct diagnostics *diagnostics;
	struct arena *arena; /* that of the diagnostics */
	bool keeps_old_text;
	bool has_directory;
	struct output_folder *folders; /* the directory itself first */
	size_t folder_count;
	struct output_file *
		files; /* the artifacts in their order, then what is stale, folders before the directory */
	size_t file_count;
	size_t file_capacity;
};

/* Adds "DIRECTORY/PATH" and why to the diagnostics. */
void output_failed(const struct output_scan *scan, const char *what, const char *path, int error);

/*
 * Opens the directory, which must exist unless `may_be_missing`, and looks at everything. False
 * when anything is in the way or cannot be read. To be released in any case.
 */
bool output_scan_run(struct output_scan *scan, bool may_be_missing);
void output_scan_release(struct output_scan *scan);

#endif
