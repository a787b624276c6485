#include "dev_files.h"

#include "dev_process.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_FOLDERS_AT_ONCE = 16 };

static const char debian_versions[] = "/usr/lib/postgresql";

char *dev_format(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return length < 0 ? NULL : text;
}

static bool folder_is(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

bool dev_folder_make(const char *path)
{
	char *prefix = strdup(path);
	bool made = prefix != NULL;

	for (size_t i = 1; made && path[i - 1] != '\0'; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		prefix[i] = '\0';
		made = mkdir(prefix, 0755) == 0 || (errno == EEXIST && folder_is(prefix));
		prefix[i] = path[i];
	}
	free(prefix);
	return made;
}

bool dev_folder_hide(const char *path)
{
	char *ignore = dev_format("%s/.gitignore", path);
	FILE *file = ignore != NULL ? fopen(ignore, "wxe") : NULL;
	bool is_there = file == NULL && errno == EEXIST;
	bool written = file != NULL && fputs("*\n", file) >= 0;

	free(ignore);
	return (file != NULL && fclose(file) == 0 && written) || is_there;
}

static int entry_remove(const char *path, const struct stat *found, int kind, struct FTW *place)
{
	(void)found;
	(void)kind;
	(void)place;
	return remove(path);
}

bool dev_folder_remove(const char *path)
{
	struct stat found;

	if (lstat(path, &found) < 0)
		return errno == ENOENT;
	return nftw(path, entry_remove, OPEN_FOLDERS_AT_ONCE, FTW_DEPTH | FTW_PHYS) == 0;
}

static char *text_indent(const char *text, size_t length)
{
	size_t lines = 1;
	char *indented;
	char *at;

	for (size_t i = 0; i < length; i++)
		lines += text[i] == '\n';
	indented = malloc(length + 2 * lines + 1);
	if (indented == NULL)
		return NULL;
	at = indented;
	for (size_t i = 0; i < length; i++) {
		if (i == 0 || text[i - 1] == '\n')
			at = stpcpy(at, "  ");
		*at++ = text[i];
	}
	*at = '\0';
	return indented;
}

static size_t tail_read(const char *path, char *into, size_t most)
{
	FILE *file = fopen(path, "re");
	size_t length;

	if (file == NULL)
		return 0;
	if (fseek(file, -(long)most, SEEK_END) < 0)
		rewind(file);
	length = fread(into, 1, most, file);
	fclose(file);
	return length;
}

char *dev_file_tail(const char *path, size_t most)
{
	char *text = malloc(most);
	size_t length;
	size_t start = 0;
	char *indented;

	if (text == NULL)
		return NULL;
	length = tail_read(path, text, most);
	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (length == most) {
		const char *newline = memchr(text, '\n', length);

		start = newline != NULL ? (size_t)(newline - text) + 1 : 0;
	}
	indented = text_indent(text + start, length - start);
	free(text);
	return indented;
}

static bool programs_are_in(const char *folder)
{
	static const char *const names[] = { "initdb",     "postgres", "pg_ctl",
					     "pg_isready", "createdb", "psql" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = dev_format("%s/%s", folder, names[i]);
		bool found = path != NULL && access(path, X_OK) == 0;

		free(path);
		if (!found)
			return false;
	}
	return true;
}

/* Frees a candidate that has not all the programs. */
static char *programs_or_nothing(char *folder)
{
	if (folder != NULL && programs_are_in(folder))
		return folder;
	free(folder);
	return NULL;
}

static int version_keep(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

static char *programs_of_newest_version(void)
{
	struct dirent **versions;
	int count = scandir(debian_versions, &versions, version_keep, versionsort);
	char *found = NULL;

	if (count < 0)
		return NULL;
	while (count-- > 0) {
		if (found == NULL)
			found = programs_or_nothing(
				dev_format("%s/%s/bin", debian_versions, versions[count]->d_name));
		free(versions[count]);
	}
	free((void *)versions);
	return found;
}

static char *programs_on_path(void)
{
	const char *at = getenv("PATH");
	char *found = NULL;

	while (at != NULL && found == NULL) {
		const char *end = strchrnul(at, ':');

		if (end > at)
			found = programs_or_nothing(strndup(at, (size_t)(end - at)));
		at = *end != '\0' ? end + 1 : NULL;
	}
	return found;
}

char *dev_programs_find(void)
{
	static const char *const ask[] = { "pg_config", "--bindir", NULL };
	const char *named = getenv("QUERN_PG_BIN");
	char *found;

	if (named != NULL && *named != '\0')
		return programs_or_nothing(strdup(named));
	found = programs_or_nothing(dev_process_line(ask));
	if (found == NULL)
		found = programs_of_newest_version();
	if (found == NULL)
		found = programs_on_path();
	return found;
}
