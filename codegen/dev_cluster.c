#include "dev_cluster.h"

#include "dev_files.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOG_TAIL = 2000, SOCKET_FILE_ROOM = sizeof("/.s.PGSQL.5432") };

static bool record_line_read(char *line, const char *key, char **into)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length) != 0 || line[length] != ' ' || line[length + 1] != '/')
		return true;
	free(*into);
	*into = strdup(line + length + 1);
	return *into != NULL;
}

bool dev_cluster_record_read(struct dev_server *server)
{
	char *path = dev_format("%s/server", server->folder);
	FILE *file = path != NULL ? fopen(path, "re") : NULL;
	bool absent = path != NULL && file == NULL && (errno == ENOENT || errno == ENOTDIR);
	int reason = errno;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	bool read = file != NULL;

	while (read && (length = getline(&line, &room, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		read = record_line_read(line, "data", &server->data) &&
		       record_line_read(line, "sockets", &server->sockets);
	}
	free(line);
	free(path);
	if (file != NULL)
		fclose(file);
	if (!read && !absent)
		return dev_server_fail(server, "cannot read '%s/server': %s", server->folder,
				       strerror(reason));
	return true;
}

static bool record_write(struct dev_server *server)
{
	char *path = dev_format("%s/server", server->folder);
	char *fresh = dev_format("%s/server.new", server->folder);
	FILE *file = path != NULL && fresh != NULL ? fopen(fresh, "we") : NULL;
	bool written = file != NULL;

	if (written)
		written = fprintf(file, "data %s\nsockets %s\n", server->data, server->sockets) > 0;
	if (file != NULL && fclose(file) != 0)
		written = false;
	if (written)
		written = rename(fresh, path) == 0;
	if (!written)
		dev_server_fail(server, "cannot write '%s/server': %s", server->folder,
				strerror(errno));
	free(path);
	free(fresh);
	return written;
}

static bool user_take(struct dev_server *server, const struct passwd *entry)
{
	server->user = (struct dev_user){ true, entry->pw_uid, entry->pw_gid };
	return true;
}

static bool user_of_owner(struct dev_server *server, uid_t owner)
{
	const struct passwd *entry;

	if (geteuid() != 0 && geteuid() != owner)
		return dev_server_fail(server,
				       "the server of '%s' belongs to user %lu; run this as that "
				       "user or as root, or choose another folder with --dir",
				       server->folder, (unsigned long)owner);
	if (geteuid() != 0)
		return true;
	entry = getpwuid(owner);
	if (owner == 0 || entry == NULL)
		return dev_server_fail(server,
				       "the data '%s' belongs to user %lu, who cannot run a "
				       "server; remove it, or choose another folder with --dir",
				       server->data, (unsigned long)owner);
	return user_take(server, entry);
}

bool dev_cluster_user_choose(struct dev_server *server)
{
	const struct passwd *entry;
	struct stat found;

	server->user = (struct dev_user){ .drop = false };
	if (server->data != NULL && stat(server->data, &found) == 0)
		return user_of_owner(server, found.st_uid);
	if (geteuid() != 0)
		return true;
	entry = getpwnam("postgres");
	if (entry == NULL)
		entry = getpwnam("nobody");
	if (entry == NULL || entry->pw_uid == 0)
		return dev_server_fail(
			server, "PostgreSQL refuses to run as root, and there is neither a "
				"user 'postgres' nor a user 'nobody' to run it as; make one, "
				"or run this as an ordinary user");
	return user_take(server, entry);
}

static int folder_use(const void *subject)
{
	return access(subject, R_OK | W_OK | X_OK) == 0 ? 0 : 1;
}

static bool folder_usable(const struct dev_server *server, const char *path)
{
	return dev_process_call(folder_use, path, &server->user) == 0;
}

static bool folder_give(const struct dev_server *server, const char *path)
{
	return !server->user.drop || lchown(path, server->user.uid, server->user.gid) == 0;
}

/* The temporary folder is cleaned at times, and open to all: what is there may be another's. */
static bool sockets_are_ours(const struct dev_server *server)
{
	uid_t owner = server->user.drop ? server->user.uid : geteuid();
	struct stat found;

	return server->sockets != NULL && lstat(server->sockets, &found) == 0 &&
	       S_ISDIR(found.st_mode) && found.st_uid == owner && (found.st_mode & 0777) == 0700;
}

static bool sockets_make_in(struct dev_server *server, const char *parent)
{
	char *path = dev_format("%s/quern-XXXXXX", parent);
	struct sockaddr_un address;

	/* libpq takes a comma for a list of hosts, and the record has one line a path. */
	if (path != NULL && *parent == '/' && strpbrk(path, ",\n") == NULL &&
	    strlen(path) + SOCKET_FILE_ROOM <= sizeof(address.sun_path) && mkdtemp(path) != NULL) {
		if (folder_give(server, path) && folder_usable(server, path)) {
			free(server->sockets);
			server->sockets = path;
			return true;
		}
		rmdir(path);
	}
	free(path);
	return false;
}

static bool sockets_prepare(struct dev_server *server)
{
	const char *parent = getenv("TMPDIR");

	if (sockets_are_ours(server))
		return true;
	if ((parent != NULL && sockets_make_in(server, parent)) || sockets_make_in(server, "/tmp"))
		return true;
	return dev_server_fail(server,
			       "cannot make a folder for the server's socket in '/tmp': %s; set "
			       "TMPDIR to a folder that every user can write to, with a path of "
			       "at most 70 bytes",
			       strerror(errno));
}

static bool data_is_complete(const struct dev_server *server)
{
	char *version;
	bool found;

	if (server->data == NULL)
		return false;
	version = dev_format("%s/PG_VERSION", server->data);
	found = version != NULL && access(version, F_OK) == 0;
	free(version);
	return found;
}

/* Emptied by its own user, so that a link put in there cannot lead root elsewhere. */
static int folder_empty(const void *subject)
{
	dev_folder_remove(subject);
	return 0;
}

static bool folder_remove_whole(struct dev_server *server, const char *path)
{
	if (path == NULL)
		return true;
	if (dev_process_call(folder_empty, path, &server->user) == 0 &&
	    (rmdir(path) == 0 || errno == ENOENT))
		return true;
	return dev_server_fail(server, "cannot remove '%s': %s", path, strerror(errno));
}

/* Where data can be: in the folder if the server's user can work there, else beside the socket. */
static char *data_place_new(struct dev_server *server)
{
	const char *const parents[] = { server->folder, server->sockets };

	for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++) {
		char *path = dev_format("%s/data.new", parents[i]);

		if (path != NULL && folder_remove_whole(server, path) && mkdir(path, 0700) == 0) {
			if (folder_give(server, path) && folder_usable(server, path))
				return path;
			rmdir(path);
		}
		free(path);
	}
	return NULL;
}

static bool data_fill(struct dev_server *server, const char *fresh)
{
	char *initdb = dev_format("%s/initdb", server->programs);
	char *log = dev_format("%s/log", server->folder);
	const char *const argv[] = { initdb,         "-D",        fresh,  "-U",
				     "quern",        "-E",        "UTF8", "--locale=C.UTF-8",
				     "--auth=trust", "--no-sync", NULL };
	struct dev_command command = { argv, fresh, log };
	bool done = initdb != NULL && log != NULL;

	if (done)
		done = dev_process_run(&command, &server->user) == 0;
	if (!done) {
		char *tail = log != NULL ? dev_file_tail(log, LOG_TAIL) : NULL;

		dev_server_fail(server, "cannot make a database cluster in '%s'; initdb said:\n%s",
				fresh, tail != NULL ? tail : "");
		free(tail);
	}
	free(initdb);
	free(log);
	return done;
}

/* A cluster comes to its name when it is complete, so an interrupted start leaves no half of it. */
static bool data_make(struct dev_server *server)
{
	char *fresh = data_place_new(server);
	bool made;

	if (fresh == NULL)
		return dev_server_fail(server, "cannot make a folder for data in '%s' or '%s': %s",
				       server->folder, server->sockets, strerror(errno));
	free(server->data);
	server->data = strndup(fresh, strlen(fresh) - strlen(".new"));
	made = server->data != NULL && record_write(server) && data_fill(server, fresh);
	if (made && (!folder_remove_whole(server, server->data) || rename(fresh, server->data) < 0))
		made = dev_server_fail(server, "cannot rename '%s' to '%s': %s", fresh,
				       server->data, strerror(errno));
	free(fresh);
	return made;
}

static bool file_remove_in_folder(struct dev_server *server, const char *name)
{
	char *path = dev_format("%s/%s", server->folder, name);
	bool removed = path != NULL && (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR);

	if (!removed)
		dev_server_fail(server, "cannot remove '%s/%s': %s", server->folder, name,
				strerror(errno));
	free(path);
	return removed;
}

bool dev_cluster_prepare(struct dev_server *server)
{
	if (!file_remove_in_folder(server, "log") || !sockets_prepare(server))
		return false;
	return data_is_complete(server) ? record_write(server) : data_make(server);
}

static void quoted_write(FILE *file, const char *text)
{
	fputs("'\"", file);
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '"' || *text == '\\')
			fputc(*text, file);
		fputc(*text, file);
	}
	fputs("\"'\n", file);
}

static int configuration_write(const void *subject)
{
	static const char settings[] = "listen_addresses = ''\n"
				       "port = 5432\n"
				       "max_connections = 200\n"
				       "fsync = off\n"
				       "full_page_writes = off\n"
				       "synchronous_commit = off\n"
				       "wal_level = minimal\n"
				       "max_wal_senders = 0\n"
				       "timezone = 'UTC'\n"
				       "log_timezone = 'UTC'\n"
				       "lc_messages = 'C'\n";
	const struct dev_server *server = subject;
	FILE *file;

	if (chdir(server->data) < 0)
		return 1;
	file = fopen("postgresql.conf.new", "we");
	if (file == NULL)
		return 1;
	fputs(settings, file);
	fputs("unix_socket_directories = ", file);
	quoted_write(file, server->sockets);
	if (ferror(file) != 0) {
		fclose(file);
		return 1;
	}
	return fclose(file) == 0 && rename("postgresql.conf.new", "postgresql.conf") == 0 ? 0 : 1;
}

bool dev_cluster_configure(struct dev_server *server)
{
	if (dev_process_call(configuration_write, server, &server->user) == 0)
		return true;
	return dev_server_fail(server,
			       "cannot write '%s/postgresql.conf' as the server's user; check the "
			       "disk's free space, or start over with 'quern dev stop --delete'",
			       server->data);
}

bool dev_cluster_remove(struct dev_server *server)
{
	static const char *const files[] = { "server", "server.new", "log", "lock", ".gitignore" };
	char *unfinished = server->data != NULL ? dev_format("%s.new", server->data) : NULL;
	bool removed = folder_remove_whole(server, unfinished) &&
		       folder_remove_whole(server, server->data) &&
		       (!sockets_are_ours(server) || folder_remove_whole(server, server->sockets));

	free(unfinished);
	for (size_t i = 0; removed && i < sizeof(files) / sizeof(*files); i++)
		removed = file_remove_in_folder(server, files[i]);
	if (!removed)
		return false;
	rmdir(server->folder);
	return true;
}
