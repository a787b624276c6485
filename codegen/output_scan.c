#include "output_scan.h"

#include "output_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 64 };

/* Room for the text of most files at once: the arena keeps its first chunk. */
#define TEXT_SIZE ((size_t)256 * 1024)

static const struct span nowhere = { 0 };

void output_failed(const struct output_scan *scan, const char *what, const char *path, int error)
{
	diagnostics_error(scan->diagnostics, nowhere, "cannot %s \"%s/%s\": %s", what,
			  scan->target->directory, path, strerror(error));
}

static void refused(const struct output_scan *scan, const char *path, const char *why)
{
	diagnostics_error(scan->diagnostics, nowhere,
			  "refusing to overwrite \"%s/%s\": %s; move it away or choose another "
			  "directory",
			  scan->target->directory, path, why);
}

static struct str folder_of(struct str path)
{
	const char *slash = memchr(path.at, '/', path.len);

	return slash ? str_slice(path, 0, (size_t)(slash - path.at)) : str_slice(path, 0, 0);
}

static bool folder_open(struct output_scan *scan, struct output_folder *folder)
{
	int root = scan->folders[0].descriptor;
	const char *name = arena_cstring(scan->arena, folder->name);
	struct stat status;
	int error;

	folder->descriptor = -1;
	if (!scan->has_directory ||
	    (fstatat(root, name, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT))
		return true;
	error = files_open_folder(root, name, &folder->descriptor);
	if (error)
		output_failed(scan, "use", name, error);
	return !error;
}

static bool folder_is_known(const struct output_scan *scan, struct str name)
{
	for (size_t i = 0; i < scan->folder_count; i++)
		if (str_equal(scan->folders[i].name, name))
			return true;
	return false;
}

/* The artifacts are sorted, so those of a folder follow each other, but for the directory's own. */
static bool artifact_folders_open(struct output_scan *scan)
{
	bool is_ok = true;

	for (size_t i = 0; i < scan->artifacts->count; i++) {
		struct str name = folder_of(scan->artifacts->at[i].path);
		struct output_folder *last = &scan->folders[scan->folder_count - 1];

		if (name.len == 0 || str_equal(name, last->name))
			continue;
		last[1] = (struct output_folder){ .name = name };
		scan->folder_count++;
		is_ok = folder_open(scan, &last[1]) && is_ok;
	}
	return is_ok;
}

/* A copy of a full array with room for as many more. */
static void *array_grow(struct arena *arena, const void *at, size_t *capacity, size_t size)
{
	size_t count = *capacity;
	void *more;

	*capacity = count ? count * 2 : FIRST_CAPACITY;
	more = arena_alloc_array(arena, *capacity, size);
	if (count > 0)
		memcpy(more, at, count * size);
	return more;
}

static struct output_file *file_add(struct arena *arena, struct output_files *files,
				    struct output_folder *folder, struct str path)
{
	struct output_file *file;

	if (files->count == files->capacity)
		files->at = array_grow(arena, files->at, &files->capacity, sizeof(*files->at));
	file = &files->at[files->count++];
	file->folder = folder;
	file->path = arena_cstring(arena, path);
	file->name = file->path + (folder->name.len ? folder->name.len + 1 : 0);
	file->temporary = arena_format(arena, ".%s" FILES_TEMPORARY_SUFFIX, file->name).at;
	return file;
}

/* Reads what a file holds into `content` and decides what to do with it. */
static bool file_compare(struct output_scan *scan, struct output_file *file, struct str text,
			 struct buf *content)
{
	struct stat status;
	const char *obstacle;
	int error;

	file->state = FILE_MISSING;
	if (file->folder->descriptor < 0)
		return true;
	if (fstatat(file->folder->descriptor, file->name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return true;
		output_failed(scan, "look at", file->path, errno);
		return false;
	}
	obstacle = files_obstacle(status.st_mode);
	if (obstacle) {
		refused(scan, file->path, obstacle);
		return false;
	}
	file->mode = status.st_mode;
	error = files_read(file->folder->descriptor, file->name, SIZE_MAX, content);
	if (error) {
		output_failed(scan, "read", file->path, error);
		return false;
	}
	file->state = str_equal(buf_str(content), text) ? FILE_SAME : FILE_DIFFERENT;
	if (file->state == FILE_DIFFERENT &&
	    !str_starts_with(buf_str(content), scan->target->banner)) {
		refused(scan, file->path, "quern did not write it");
		return false;
	}
	return true;
}

static bool artifacts_visit(struct output_scan *scan)
{
	struct output_folder *folder = scan->folders;
	struct buf content = { 0 };
	struct arena texts;
	bool is_ok = true;

	arena_init(&texts, TEXT_SIZE, scan->arena->out_of_memory);
	for (size_t i = 0; i < scan->artifacts->count; i++) {
		const struct artifact *artifact = &scan->artifacts->at[i];
		struct str name = folder_of(artifact->path);
		struct str text = scan->artifacts->text(artifact, &texts);
		struct output_file *file;

		if (name.len > 0)
			while (!str_equal(folder->name, name))
				folder++;
		file = file_add(scan->arena, &scan->files, name.len > 0 ? folder : scan->folders,
				artifact->path);
		buf_clear(&content);
		is_ok = file_compare(scan, file, text, &content) && is_ok;
		if (is_ok && file->state != FILE_SAME)
			is_ok = scan->visit(scan, file,
					    &(struct output_texts){ buf_str(&content), text });
		arena_clear(&texts);
	}
	arena_free(&texts);
	buf_free(&content);
	return is_ok;
}

static bool stale_visit(struct output_scan *scan)
{
	struct buf content = { 0 };
	bool is_ok = true;

	for (size_t i = 0; is_ok && i < scan->stale.count; i++) {
		struct output_file *file = &scan->stale.at[i];
		struct output_texts texts = { 0 };

		buf_clear(&content);
		if (files_read(file->folder->descriptor, file->name, SIZE_MAX, &content) == 0)
			texts.old = buf_str(&content);
		is_ok = scan->visit(scan, file, &texts);
	}
	buf_free(&content);
	return is_ok;
}

static int compare_artifact(const void *path, const void *artifact)
{
	return str_compare(*(const struct str *)path, ((const struct artifact *)artifact)->path);
}

static bool is_artifact(const struct output_scan *scan, struct str path)
{
	return scan->artifacts->count > 0 &&
	       bsearch(&path, scan->artifacts->at, scan->artifacts->count, sizeof(struct artifact),
		       compare_artifact);
}

/* Whether it is a regular file that begins with the banner. What cannot be read is not ours. */
static bool is_generated(const struct output_scan *scan, const struct output_folder *folder,
			 const char *name)
{
	struct buf start = { 0 };
	bool is_ours =
		files_read(folder->descriptor, name, scan->target->banner.len, &start) == 0 &&
		str_equal(buf_str(&start), scan->target->banner);

	buf_free(&start);
	return is_ours;
}

static bool is_temporary(struct str name)
{
	return str_starts_with(name, STR(".")) && str_ends_with(name, STR(FILES_TEMPORARY_SUFFIX));
}

struct names {
	struct str *at;
	size_t count;
	size_t capacity;
};

static int compare_names(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void name_add(struct names *names, struct str name, struct arena *arena)
{
	if (names->count == names->capacity)
		names->at = array_grow(arena, names->at, &names->capacity, sizeof(*names->at));
	names->at[names->count++] = arena_copy(arena, name);
}

/*
 * The names in a folder that could be stale: sources, headers and leftovers of a run that was
 * killed. Sorted.
 */
static bool folder_list(const struct output_scan *scan, const struct output_folder *folder,
			struct names *names)
{
	int descriptor = openat(folder->descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = descriptor < 0 ? NULL : fdopendir(descriptor);

	if (!listing) {
		output_failed(scan, "list", arena_cstring(scan->arena, folder->name), errno);
		if (descriptor >= 0)
			close(descriptor);
		return false;
	}
	for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing)) {
		struct str name = str_from_cstring(entry->d_name);

		if (is_temporary(name) || str_ends_with(name, STR(".h")) ||
		    (folder->name.len > 0 && str_ends_with(name, STR(".c"))))
			name_add(names, name, scan->arena);
	}
	closedir(listing);
	if (names->count > 0)
		qsort(names->at, names->count, sizeof(*names->at), compare_names);
	return true;
}

static struct str path_in(const struct output_scan *scan, const struct output_folder *folder,
			  struct str name)
{
	return folder->name.len == 0 ? name
				     : arena_format(scan->arena, "%.*s/%.*s",
						    STR_ARGS(folder->name), STR_ARGS(name));
}

static void stale_add(struct output_scan *scan, struct output_folder *folder, struct str name)
{
	file_add(scan->arena, &scan->stale, folder, path_in(scan, folder, name))->state =
		FILE_STALE;
}

static bool folder_find_stale(struct output_scan *scan, struct output_folder *folder)
{
	struct names names = { 0 };

	if (folder->descriptor < 0)
		return true;
	if (!folder_list(scan, folder, &names))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		struct str name = names.at[i];

		if (is_temporary(name) ? scan->removes_leftovers
				       : !is_artifact(scan, path_in(scan, folder, name)) &&
						 is_generated(scan, folder, name.at))
			stale_add(scan, folder, name);
	}
	return true;
}

/*
 * Opens the folders of modules that are gone: those that have a generated header of their name
 * beside them.
 */
static bool folders_find(struct output_scan *scan, const struct names *headers)
{
	bool is_ok = true;

	for (size_t i = 0; i < headers->count; i++) {
		struct str header = headers->at[i];
		struct output_folder *folder;

		if (is_temporary(header) || !is_generated(scan, &scan->folders[0], header.at))
			continue;
		header.len -= strlen(".h");
		if (folder_is_known(scan, header))
			continue;
		folder = &scan->folders[scan->folder_count++];
		*folder = (struct output_folder){ .name = header };
		is_ok = folder_open(scan, folder) && is_ok;
	}
	return is_ok;
}

static bool find_stale(struct output_scan *scan)
{
	bool is_ok = true;

	for (size_t i = 1; i < scan->folder_count; i++)
		is_ok = folder_find_stale(scan, &scan->folders[i]) && is_ok;
	/*
	 * Last: a module's header is what tells the next run that the module's folder is ours,
	 * should this one be killed.
	 */
	return folder_find_stale(scan, &scan->folders[0]) && is_ok;
}

bool output_scan_run(struct output_scan *scan, bool may_be_missing)
{
	struct output_folder root = { .descriptor = -1 };
	struct names headers = { 0 };
	int error = files_open_folder(AT_FDCWD, scan->target->directory, &root.descriptor);

	if (error && !(error == ENOENT && may_be_missing)) {
		diagnostics_error(scan->diagnostics, nowhere,
				  "cannot use \"%s\" as output directory: %s",
				  scan->target->directory, strerror(error));
		return false;
	}
	scan->has_directory = !error;
	if (scan->has_directory && !folder_list(scan, &root, &headers)) {
		close(root.descriptor);
		return false;
	}
	scan->folders = arena_alloc_array(scan->arena, 1 + scan->artifacts->count + headers.count,
					  sizeof(*scan->folders));
	scan->folders[0] = root;
	scan->folder_count = 1;
	if (!artifact_folders_open(scan))
		return false;
	/* What is stale first: a temporary file that is written from here on is none. */
	return folders_find(scan, &headers) && find_stale(scan) && artifacts_visit(scan) &&
	       stale_visit(scan);
}

void output_scan_release(struct output_scan *scan)
{
	for (size_t i = 0; i < scan->folder_count; i++)
		if (scan->folders[i].descriptor >= 0)
			close(scan->folders[i].descriptor);
	scan->folder_count = 0;
}
