#include "schema_read.h"

#include "table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fewer than the links that the system follows in one path. */
#define FOLDER_DEPTH_MAX 32
#define READ_SIZE        ((size_t)64 * 1024)

static int system_kind(void *context, const char *path, enum file_kind *kind)
{
	struct stat found;

	(void)context;
	if (stat(path, &found) < 0)
		return errno;
	*kind = S_ISREG(found.st_mode)   ? FILE_REGULAR
		: S_ISDIR(found.st_mode) ? FILE_FOLDER
					 : FILE_OTHER;
	return 0;
}

static int name_add(struct arena *arena, struct file_names *names, size_t *capacity,
		    const char *name)
{
	if (names->count == *capacity) {
		size_t larger = *capacity ? 2 * *capacity : 16;
		const char **at = arena_alloc_array(arena, larger, sizeof(const char *));

		if (!at)
			return ENOMEM;
		if (names->count)
			memcpy((void *)at, (const void *)names->at, names->count * sizeof(*at));
		names->at = at;
		*capacity = larger;
	}
	names->at[names->count] = arena_cstring(arena, str_from_cstring(name));
	return names->at[names->count++] ? 0 : ENOMEM;
}

static int system_list(void *context, const char *path, struct arena *arena,
		       struct file_names *names)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	size_t capacity = 0;
	int error = 0;

	(void)context;
	*names = (struct file_names){ NULL, 0 };
	if (!folder)
		return errno;
	while (error == 0 && (errno = 0, entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			error = name_add(arena, names, &capacity, entry->d_name);
	if (error == 0)
		error = errno;
	closedir(folder);
	return error;
}

/* `size`: how much there seems to be; 0: nobody knows. */
static int file_read(int file, size_t size, struct arena *arena, struct str *text)
{
	struct buf content;
	ssize_t len;

	buf_init(&content, arena);
	buf_reserve(&content, size + READ_SIZE);
	do {
		char *at = buf_reserve(&content, READ_SIZE);

		if (!at)
			return ENOMEM;
		len = read(file, at, READ_SIZE);
		if (len > 0)
			content.len += (size_t)len;
		if (content.len > SOURCE_SIZE_MAX)
			return EFBIG;
	} while (len > 0 || (len < 0 && errno == EINTR));
	if (len < 0)
		return errno;
	content.at[content.len] = '\0';
	*text = buf_str(&content);
	return 0;
}

static int system_read(void *context, const char *path, struct arena *arena, struct str *text)
{
	struct stat found;
	int error = 0;
	int file;

	(void)context;
	if (!path)
		return file_read(STDIN_FILENO, 0, arena, text);
	/* Without O_NONBLOCK the open itself would wait for a FIFO that replaced the file. */
	file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file < 0)
		return errno;
	if (fstat(file, &found) < 0)
		error = errno;
	else if (!S_ISREG(found.st_mode))
		error = EINVAL;
	else if (found.st_size > (off_t)SOURCE_SIZE_MAX)
		error = EFBIG;
	if (error == 0)
		error = file_read(file, (size_t)found.st_size, arena, text);
	close(file);
	return error;
}

const struct source_files source_files_system = {
	.kind = system_kind,
	.list = system_list,
	.read = system_read,
};

struct reader {
	const struct source_files *files;
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct table read; /* paths that were read */
	struct source **at;
	size_t count;
	size_t capacity;
	bool ok;
	bool is_looping; /* a folder leads into itself: there is no end to read to */
};

static void path_refuse(struct reader *reader, const char *path, int error)
{
	static const struct span nowhere = { NULL, 0, 0 };
	struct diagnostic *diagnostic;

	reader->ok = false;
	diagnostic = diagnostics_error(reader->diagnostics, nowhere, "cannot read \"%s\": %s", path,
				       error == EINVAL  ? "it is neither a file nor a folder"
				       : error == EFBIG ? "it is larger than 16 MB"
							: strerror(error));
	if (error == ENOENT)
		diagnostic_hint(diagnostic,
				"name a .quern file, a folder of them, or - for standard input");
}

static void source_add(struct reader *reader, const char *path, struct str text)
{
	struct source *source = arena_alloc(reader->arena, sizeof(*source));

	source->path = str_from_cstring(path);
	source->text = text;
	if (reader->count == reader->capacity) {
		size_t capacity = reader->capacity ? 2 * reader->capacity : 16;
		struct source **at =
			arena_alloc_array(reader->arena, capacity, sizeof(struct source *));

		if (reader->count)
			memcpy((void *)at, (const void *)reader->at, reader->count * sizeof(*at));
		reader->at = at;
		reader->capacity = capacity;
	}
	reader->at[reader->count++] = source;
}

static void file_add(struct reader *reader, const char *path)
{
	struct str text;
	int error;

	if (table_add(&reader->read, str_from_cstring(path), reader))
		return;
	error = reader->files->read(reader->files->context, path, reader->arena, &text);
	if (error)
		path_refuse(reader, path, error);
	else
		source_add(reader, path, text);
}

static void stdin_add(struct reader *reader)
{
	struct str text;
	int error;

	if (table_add(&reader->read, STR("-"), reader))
		return;
	error = reader->files->read(reader->files->context, NULL, reader->arena, &text);
	if (error)
		path_refuse(reader, "<stdin>", error);
	else
		source_add(reader, "<stdin>", text);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void folder_add(struct reader *reader, const char *path, size_t depth);

/* A name in a folder counts when it is a folder or ends in .quern. */
static void entry_add(struct reader *reader, const char *path, size_t depth)
{
	bool is_schema = str_ends_with(str_from_cstring(path), STR(".quern"));
	enum file_kind kind;
	int error = reader->files->kind(reader->files->context, path, &kind);

	if (error) {
		if (is_schema)
			path_refuse(reader, path, error);
	} else if (kind == FILE_FOLDER) {
		folder_add(reader, path, depth + 1);
	} else if (is_schema) {
		file_add(reader, path);
	}
}

static const char *entry_path(struct arena *arena, const char *folder, const char *name)
{
	bool has_slash = str_ends_with(str_from_cstring(folder), STR("/"));

	/* People know the files of the folder that they are in by their bare names. */
	if (strcmp(folder, ".") == 0 || strcmp(folder, "./") == 0)
		return name;
	return arena_format(arena, "%s%s%s", folder, has_slash ? "" : "/", name).at;
}

static void folder_add(struct reader *reader, const char *path, size_t depth)
{
	struct file_names names;
	int error;

	if (depth > FOLDER_DEPTH_MAX) {
		reader->is_looping = true;
		path_refuse(reader, path, ELOOP);
		return;
	}
	error = reader->files->list(reader->files->context, path, reader->arena, &names);
	if (error) {
		path_refuse(reader, path, error);
		return;
	}
	if (names.count)
		qsort((void *)names.at, names.count, sizeof(*names.at), name_compare);
	for (size_t i = 0; i < names.count && !reader->is_looping; i++)
		if (names.at[i][0] != '.')
			entry_add(reader, entry_path(reader->arena, path, names.at[i]), depth);
}

static void path_add(struct reader *reader, const char *path)
{
	size_t before = reader->count;
	enum file_kind kind;
	int error;

	if (strcmp(path, "-") == 0) {
		stdin_add(reader);
		return;
	}
	error = reader->files->kind(reader->files->context, path, &kind);
	if (error) {
		path_refuse(reader, path, error);
	} else if (kind == FILE_FOLDER) {
		folder_add(reader, path, 0);
		if (reader->ok && reader->count == before && reader->read.count == 0) {
			reader->ok = false;
			diagnostics_error(reader->diagnostics, (struct span){ NULL, 0, 0 },
					  "no .quern file in \"%s\"", path);
		}
	} else {
		file_add(reader, path);
	}
}

bool sources_read(const struct source_files *files, const char *const *paths, size_t count,
		  struct arena *arena, struct diagnostics *diagnostics, struct sources *out)
{
	struct reader reader = {
		.files = files, .arena = arena, .diagnostics = diagnostics, .ok = true
	};
	struct source *sources;

	table_init(&reader.read, arena);
	for (size_t i = 0; i < count; i++)
		path_add(&reader, paths[i]);
	sources = arena_alloc_array(arena, reader.count, sizeof(*sources));
	for (size_t i = 0; i < reader.count; i++)
		sources[i] = *reader.at[i];
	*out = (struct sources){ sources, reader.count };
	return reader.ok;
}
