#include "output.h"

#include "output_files.h"
#include "output_scan.h"
#include "unified_diff.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct span nowhere = { 0 };

/* Puts off what would interrupt us between two renames. */
static void signals_hold(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &held, before);
}

static void signals_release(const sigset_t *before)
{
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}

static bool folder_make(struct output_scan *scan, struct output_folder *folder)
{
	const char *name = arena_cstring(scan->arena, folder->name);
	int root = scan->folders[0].descriptor;
	int error = mkdirat(root, name, 0777) == 0 ? 0 : errno;

	folder->is_new = !error;
	if (!error || error == EEXIST)
		error = files_open_folder(root, name, &folder->descriptor);
	if (error)
		output_failed(scan, "make", name, error);
	return !error;
}

/* Visits a file: what is to be written is, beside it. */
static bool temporary_write(struct output_scan *scan, struct output_file *file,
			    const struct output_texts *texts)
{
	int error;

	if (file->state == FILE_STALE)
		return true;
	if (file->folder->descriptor < 0 && !folder_make(scan, file->folder))
		return false;
	error = files_write_temporary(file->folder->descriptor, file->temporary, texts->new,
				      file->mode);
	if (error)
		output_failed(scan, "write", file->path, error);
	file->has_temporary = !error;
	return !error;
}

/* As if nothing had been written. */
static void temporaries_remove(const struct output_scan *scan)
{
	for (size_t i = 0; i < scan->files.count; i++) {
		const struct output_file *file = &scan->files.at[i];

		if (file->has_temporary)
			(void)unlinkat(file->folder->descriptor, file->temporary, 0);
	}
	for (size_t i = 0; i < scan->folder_count; i++)
		if (scan->folders[i].is_new)
			(void)unlinkat(scan->folders[0].descriptor,
				       arena_cstring(scan->arena, scan->folders[i].name),
				       AT_REMOVEDIR);
}

/* On failure what is renamed already stays: each file is whole, and the next run completes them. */
static bool temporaries_rename(const struct output_scan *scan, struct output_counts *counts)
{
	bool is_ok = true;

	for (size_t i = 0; i < scan->files.count; i++) {
		const struct output_file *file = &scan->files.at[i];
		int folder = file->folder->descriptor;

		if (!file->has_temporary)
			continue;
		if (renameat(folder, file->temporary, folder, file->name) == 0) {
			counts->written++;
			continue;
		}
		output_failed(scan, "replace", file->path, errno);
		(void)unlinkat(folder, file->temporary, 0);
		is_ok = false;
	}
	return is_ok;
}

static bool stale_remove(const struct output_scan *scan, struct output_counts *counts)
{
	bool is_ok = true;

	for (size_t i = 0; i < scan->stale.count; i++) {
		const struct output_file *file = &scan->stale.at[i];

		if (unlinkat(file->folder->descriptor, file->name, 0) == 0) {
			counts->removed++;
			continue;
		}
		if (errno != ENOENT) {
			output_failed(scan, "remove", file->path, errno);
			is_ok = false;
		}
	}
	return is_ok;
}

/* Folders that lost their last file go; the others stay, with what users put there. */
static void folders_finish(const struct output_scan *scan)
{
	int root = scan->folders[0].descriptor;

	for (size_t i = scan->folder_count; i-- > 1;) {
		const struct output_folder *folder = &scan->folders[i];

		if (folder->descriptor >= 0)
			(void)unlinkat(root, arena_cstring(scan->arena, folder->name),
				       AT_REMOVEDIR);
	}
}

static bool has_work(const struct output_scan *scan)
{
	for (size_t i = 0; i < scan->files.count; i++)
		if (scan->files.at[i].has_temporary)
			return true;
	return scan->stale.count > 0;
}

static bool scan_write(struct output_scan *scan, struct output_counts *counts)
{
	sigset_t before;
	bool is_ok;

	signals_hold(&before);
	is_ok = output_scan_run(scan, false);
	if (!is_ok)
		temporaries_remove(scan);
	else if (has_work(scan)) {
		bool is_renamed = temporaries_rename(scan, counts);

		is_ok = stale_remove(scan, counts) && is_renamed;
		folders_finish(scan);
	}
	signals_release(&before);
	return is_ok;
}

/*
 * Waits for other runs into the same directory. Where the file system has no locks the runs are on
 * their own.
 */
static int directory_lock(const char *path, int *lock)
{
	int error = files_open_folder(AT_FDCWD, path, lock);

	if (error)
		return error;
	while (flock(*lock, LOCK_EX) != 0)
		if (errno != EINTR)
			break;
	return 0;
}

static struct output_scan scan_of(const struct output_target *target,
				  const struct artifacts *artifacts,
				  struct diagnostics *diagnostics)
{
	return (struct output_scan){
		.target = target,
		.artifacts = artifacts,
		.diagnostics = diagnostics,
		.arena = diagnostics->arena,
	};
}

static void same_count(const struct output_scan *scan, struct output_counts *counts)
{
	for (size_t i = 0; i < scan->files.count; i++)
		if (scan->files.at[i].state == FILE_SAME)
			counts->unchanged++;
}

bool output_write(const struct output_target *target, const struct artifacts *artifacts,
		  struct diagnostics *diagnostics, struct output_counts *counts)
{
	struct output_scan scan = scan_of(target, artifacts, diagnostics);
	int lock = -1;
	int error = files_make_folder(target->directory);
	bool is_ok;

	*counts = (struct output_counts){ 0 };
	if (!error)
		error = directory_lock(target->directory, &lock);
	if (error) {
		diagnostics_error(diagnostics, nowhere, "cannot use \"%s\" as output directory: %s",
				  target->directory, strerror(error));
		return false;
	}
	scan.visit = temporary_write;
	scan.removes_leftovers = true;
	is_ok = scan_write(&scan, counts);
	if (is_ok)
		same_count(&scan, counts);
	output_scan_release(&scan);
	close(lock);
	return is_ok;
}

struct comparison {
	struct buf *diff;
	struct output_counts *counts;
};

/* Visits a file: how it differs is told. */
static bool file_diff(struct output_scan *scan, struct output_file *file,
		      const struct output_texts *texts)
{
	const struct comparison *comparison = scan->context;
	struct unified_diff change = {
		.old_name = file->state == FILE_MISSING ? "/dev/null" : file->path,
		.new_name = file->state == FILE_STALE ? "/dev/null" : file->path,
		.old_text = texts->old,
		.new_text = texts->new,
		.colour = scan->target->has_colour,
	};

	unified_diff_add(&change, comparison->diff);
	if (file->state == FILE_STALE)
		comparison->counts->removed++;
	else
		comparison->counts->written++;
	return true;
}

bool output_check(const struct output_target *target, const struct artifacts *artifacts,
		  struct diagnostics *diagnostics, struct buf *diff, struct output_counts *counts)
{
	struct output_scan scan = scan_of(target, artifacts, diagnostics);
	bool is_ok;

	*counts = (struct output_counts){ 0 };
	scan.visit = file_diff;
	scan.context = &(struct comparison){ diff, counts };
	is_ok = output_scan_run(&scan, true);
	same_count(&scan, counts);
	output_scan_release(&scan);
	return is_ok;
}

static bool replace_failed(struct diagnostics *diagnostics, const char *path, const char *why)
{
	diagnostics_error(diagnostics, nowhere, "cannot write \"%s\": %s", path, why);
	return false;
}

static bool holds(int folder, const char *name, struct str text)
{
	struct buf content = { 0 };
	bool is_same = files_read(folder, name, SIZE_MAX, &content) == 0 &&
		       str_equal(buf_str(&content), text);

	buf_free(&content);
	return is_same;
}

static int replace_in(int folder, const char *name, const char *temporary, struct str text,
		      mode_t mode)
{
	int error;

	if (holds(folder, name, text))
		return 0;
	error = files_write_temporary(folder, temporary, text, mode);
	if (error)
		return error;
	error = files_sync(folder, temporary);
	if (!error && renameat(folder, temporary, folder, name) != 0)
		error = errno;
	if (error)
		(void)unlinkat(folder, temporary, 0);
	else if (fsync(folder) != 0 && errno != EINVAL)
		error = errno;
	return error;
}

bool output_replace(const char *path, struct str text, struct diagnostics *diagnostics)
{
	struct arena *arena = diagnostics->arena;
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct str above = { path, slash ? (size_t)(slash - path) + 1 : 0 };
	const char *folder_path = above.len > 0 ? arena_cstring(arena, above) : ".";
	struct stat status = { 0 };
	sigset_t before;
	int folder;
	int error;

	if (lstat(path, &status) == 0 && files_obstacle(status.st_mode))
		return replace_failed(diagnostics, path, files_obstacle(status.st_mode));
	error = files_open_folder(AT_FDCWD, folder_path, &folder);
	if (error)
		return replace_failed(diagnostics, path, strerror(error));
	signals_hold(&before);
	error = replace_in(
		folder, name,
		arena_format(arena, ".%s.%ld" FILES_TEMPORARY_SUFFIX, name, (long)getpid()).at,
		text, status.st_mode);
	signals_release(&before);
	close(folder);
	return !error || replace_failed(diagnostics, path, strerror(error));
}
