/*
 * What `quern dev` needs of the file system: paths, whole folders, the end of a log, and where the
 * server's programs are.
 *
 * Text that these functions return is the caller's, to be given to free().
 */
#ifndef QUERN_DEV_FILES_H
#define QUERN_DEV_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Formatted text; NULL when there is no memory. */
__attribute__((format(printf, 1, 2))) char *dev_format(const char *format, ...);

/* Makes the folder and the folders above it that are missing. False with errno set. */
bool dev_folder_make(const char *path);

/* Removes the folder and all that is in it; symbolic links are removed, not followed. A folder
 * that is not there is no error. False with errno set, and some of it may be gone. */
bool dev_folder_remove(const char *path);

/*
 * Keeps the folder out of git, by a .gitignore within, unless there is one. False with errno set.
 */
bool dev_folder_hide(const char *path);

/* The last lines of a file, at most `most` bytes, each line indented by two spaces. Empty text
 * when the file cannot be read, NULL when there is no memory. */
char *dev_file_tail(const char *path, size_t most);

/*
 * The folder that holds the PostgreSQL server's programs: what QUERN_PG_BIN says when it is set,
 * and otherwise the first that has them all of `pg_config --bindir`, /usr/lib/postgresql/N/bin
 * with the highest N first, and the folders of PATH. NULL when none has.
 */
char *dev_programs_find(void);

#endif
