#include "output_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 * 1024)

static int make_one_folder(const char *path)
{
	struct stat status;

	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno != EEXIST)
		return errno;
	if (stat(path, &status) != 0)
		return errno;
	return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

int files_make_folder(const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0)
		return ENOENT;
	if (len >= sizeof(part))
		return ENAMETOOLONG;
	memcpy(part, path, len + 1);
	for (size_t i = 1; i < len; i++) {
		int error;

		if (part[i] != '/')
			continue;
		part[i] = '\0';
		error = make_one_folder(part);
		if (error)
			return error;
		part[i] = '/';
	}
	return make_one_folder(part);
}

int files_open_folder(int parent, const char *name, int *folder)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (parent == AT_FDCWD ? 0 : O_NOFOLLOW);

	*folder = openat(parent, name, flags);
	return *folder < 0 ? errno : 0;
}

static int read_all(int file, size_t limit, struct buf *out)
{
	while (limit > 0) {
		size_t size = limit < READ_SIZE ? limit : READ_SIZE;
		char *at = buf_reserve(out, size);
		ssize_t got;

		if (!at)
			return ENOMEM;
		got = read(file, at, size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0)
			break;
		out->len += (size_t)got;
		limit -= (size_t)got;
	}
	return 0;
}

int files_read(int folder, const char *name, size_t limit, struct buf *out)
{
	/* O_NONBLOCK: a FIFO must not hold us up. */
	int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	int error;

	if (file < 0)
		return errno;
	if (fstat(file, &status) != 0)
		error = errno;
	else if (!S_ISREG(status.st_mode))
		error = EINVAL;
	else
		error = read_all(file, limit, out);
	close(file);
	return error;
}

const char *files_obstacle(mode_t mode)
{
	if (S_ISREG(mode))
		return NULL;
	if (S_ISLNK(mode))
		return "it is a symbolic link";
	if (S_ISDIR(mode))
		return "it is a directory";
	return "it is not a regular file";
}

static int write_all(int file, struct str text)
{
	while (text.len > 0) {
		ssize_t written = write(file, text.at, text.len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		text = str_slice(text, (size_t)written, text.len);
	}
	return 0;
}

int files_write_temporary(int folder, const char *name, struct str text, mode_t mode)
{
	int file;
	int error;

	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		return errno;
	file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (file < 0)
		return errno;
	error = write_all(file, text);
	if (!error && mode != 0 && fchmod(file, mode & 07777) != 0)
		error = errno;
	if (close(file) != 0 && !error)
		error = errno;
	if (error)
		(void)unlinkat(folder, name, 0);
	return error;
}

int files_sync(int folder, const char *name)
{
	int file = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	int error;

	if (file < 0)
		return errno;
	error = fsync(file) == 0 ? 0 : errno;
	close(file);
	return error;
}
