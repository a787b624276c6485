/*
 * What output.c asks of the operating system, relative to open folders. Functions that return int
 * return 0 or an errno value.
 */
#ifndef QUERN_CODEGEN_OUTPUT_FILES_H
#define QUERN_CODEGEN_OUTPUT_FILES_H

#include "base/buf.h"

#include <sys/types.h>

#define FILES_TEMPORARY_SUFFIX ".quern-tmp"

/* Makes a folder and those above it. */
int files_make_folder(const char *path);
/*
 * Opens a folder; a symbolic link at the end of `name` is refused (ELOOP or ENOTDIR). `parent` may
 * be AT_FDCWD.
 */
int files_open_folder(int parent, const char *name, int *folder);
/* Appends the content of a regular file that is not a symbolic link, at most `limit` bytes. */
int files_read(int folder, const char *name, size_t limit, struct buf *out);
/*
 * Why a thing at this place cannot be overwritten ("is a directory"), or NULL: it is missing or a
 * regular file.
 */
const char *files_obstacle(mode_t mode);
/*
 * Writes a new temporary file; a leftover of that name is replaced. `mode` 0: as the umask has it.
 * On failure there is no such file.
 */
int files_write_temporary(int folder, const char *name, struct str text, mode_t mode);
/* Returns when the file is on disk. */
int files_sync(int folder, const char *name);

#endif
