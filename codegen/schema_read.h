/*
 * Reading the sources of a project.
 */
#ifndef QUERN_SCHEMA_READ_H
#define QUERN_SCHEMA_READ_H

#include "base/arena.h"
#include "diagnostics.h"
#include "source.h"

#define SOURCE_SIZE_MAX ((size_t)16 * 1024 * 1024)

enum file_kind {
	FILE_REGULAR,
	FILE_FOLDER,
	FILE_OTHER, /* a device, a FIFO, a socket */
};

struct file_names {
	const char **at;
	size_t count;
};

/* Where sources come from: the seam for tests. Each returns 0, or an errno value. `context` is the
 * first argument of each. */
struct source_files {
	void *context;
	/* What a path is, symbolic links followed. */
	int (*kind)(void *context, const char *path, enum file_kind *kind);
	/* The names in a folder, without "." and "..", in any order, in the arena. */
	int (*list)(void *context, const char *path, struct arena *arena, struct file_names *names);
	/* The content of a file, NUL-terminated, in the arena; EFBIG when it has more than
	 * SOURCE_SIZE_MAX bytes, EINVAL when it is not a regular file. NULL reads standard input,
	 * of whatever kind it is. */
	int (*read)(void *context, const char *path, struct arena *arena, struct str *text);
};

struct sources {
	const struct source *at;
	size_t count;
};

/* The files of the operating system. */
extern const struct source_files source_files_system;

/*
 * Reads what `paths` name: a file, a folder (its *.quern files, sorted, those of its folders
 * included; names that begin with a dot are passed over, folders are followed 32 deep), or "-" for
 * standard input. A file that is named twice is read once. True with the sources in the arena;
 * false when anything could not be read, with an error for each that names its path.
 */
bool sources_read(const struct source_files *files, const char *const *paths, size_t count,
		  struct arena *arena, struct diagnostics *diagnostics, struct sources *out);

#endif
