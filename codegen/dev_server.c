#include "dev_server.h"

#include "dev_cluster.h"
#include "dev_files.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOG_TAIL = 2000,
	START_TRIES = 25,
	START_PAUSE_NS = 200 * 1000 * 1000,
	PSQL_ARGUMENTS = 16,
	PID_FILE_ROOM = 4096,
};

/* What the pid file of a server leads to; the exit status of postmaster_look(). */
enum postmaster { POSTMASTER_NEVER, POSTMASTER_ALIVE, POSTMASTER_GONE };

bool dev_server_fail(struct dev_server *server, const char *format, ...)
{
	char *text;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	free(server->error);
	server->error = length < 0 ? NULL : text;
	return false;
}

const char *dev_server_error(const struct dev_server *server)
{
	return server->error != NULL ? server->error : "out of memory";
}

bool dev_server_init(struct dev_server *server, const char *folder)
{
	char *here = NULL;

	*server = (struct dev_server){ 0 };
	if (*folder == '\0' || strchr(folder, '\n') != NULL)
		return dev_server_fail(server,
				       "the server's folder '%s' is empty or has a "
				       "newline in it; choose another with --dir",
				       folder);
	if (*folder != '/') {
		here = getcwd(NULL, 0);
		if (here == NULL)
			return dev_server_fail(server, "cannot tell the current folder: %s",
					       strerror(errno));
	}
	server->folder = here != NULL ? dev_format("%s/%s", here, folder) : strdup(folder);
	free(here);
	return server->folder != NULL && dev_cluster_record_read(server) &&
	       dev_cluster_user_choose(server);
}

void dev_server_release(struct dev_server *server)
{
	free(server->folder);
	free(server->programs);
	free(server->data);
	free(server->sockets);
	free(server->url);
	free(server->error);
	*server = (struct dev_server){ 0 };
}

static bool programs_locate(struct dev_server *server)
{
	const char *named = getenv("QUERN_PG_BIN");

	if (server->programs == NULL)
		server->programs = dev_programs_find();
	if (server->programs != NULL)
		return true;
	if (named != NULL && *named != '\0')
		return dev_server_fail(server,
				       "QUERN_PG_BIN names '%s', which has no PostgreSQL server; "
				       "set it to the folder of initdb, pg_ctl and postgres",
				       named);
	return dev_server_fail(server, "no PostgreSQL server is installed; install the package "
				       "'postgresql', or set QUERN_PG_BIN to the folder of "
				       "initdb, pg_ctl and postgres");
}

/* Runs one of the server's programs; argv[0] is set here. */
static int program_run(struct dev_server *server, const char **argv, const char *name)
{
	char *path = dev_format("%s/%s", server->programs, name);
	char *log = dev_format("%s/log", server->folder);
	struct dev_command command = { argv, server->data, log };
	int status = -1;

	argv[0] = path;
	if (path != NULL && log != NULL)
		status = dev_process_run(&command, &server->user);
	free(path);
	free(log);
	return status;
}

static long pid_read(void)
{
	char text[32];
	FILE *file = fopen("postmaster.pid", "re");
	long pid = 0;

	if (file == NULL)
		return 0;
	if (fgets(text, sizeof(text), file) != NULL)
		pid = strtol(text, NULL, 10);
	fclose(file);
	return pid;
}

/*
 * A pid may have gone to another process since the file was written; a postmaster is known by its
 * working folder, which is its data. Runs as the server's user: only it, and a root with all its
 * capabilities, may look there.
 */
static int postmaster_look(const void *subject)
{
	struct stat own;
	struct stat its;
	char link[64];
	long pid;

	if (chdir(subject) < 0 || stat(".", &own) < 0)
		return POSTMASTER_NEVER;
	pid = pid_read();
	if (pid <= 1)
		return POSTMASTER_NEVER;
	snprintf(link, sizeof(link), "/proc/%ld/cwd", pid);
	if (stat(link, &its) == 0 && its.st_dev == own.st_dev && its.st_ino == own.st_ino)
		return POSTMASTER_ALIVE;
	return POSTMASTER_GONE;
}

static enum postmaster postmaster_find(const struct dev_server *server)
{
	int seen;

	if (server->data == NULL)
		return POSTMASTER_NEVER;
	seen = dev_process_call(postmaster_look, server->data, &server->user);
	return seen == POSTMASTER_ALIVE || seen == POSTMASTER_GONE ? (enum postmaster)seen
								   : POSTMASTER_NEVER;
}

bool dev_server_is_running(const struct dev_server *server)
{
	return postmaster_find(server) == POSTMASTER_ALIVE;
}

static bool server_answers(struct dev_server *server)
{
	const char *argv[] = { NULL, "-q",    "-h", server->sockets, "-p", "5432",
			       "-U", "quern", "-d", "postgres",      NULL };

	return program_run(server, argv, "pg_isready") == 0;
}

static bool postmaster_stop(struct dev_server *server)
{
	const char *argv[] = { NULL,   "stop", "-D", server->data, "-m",
			       "fast", "-w",   "-t", "60",         NULL };

	if (program_run(server, argv, "pg_ctl") == 0 || !dev_server_is_running(server))
		return true;
	return dev_server_fail(server,
			       "the server of '%s' does not stop within a minute; end the process "
			       "that '%s/postmaster.pid' names",
			       server->folder, server->data);
}

/*
 * The pid file of a postmaster that is gone may name a live process, or one that nobody waits for,
 * and a server would not start over either. It also says which shared memory the last children may
 * still hold, which the next server must see; so the file stays, and names the process that writes
 * this, which ends at once. The lock of the socket says nothing more, and goes.
 */
static int stale_files_mend(const void *subject)
{
	const struct dev_server *server = subject;
	char text[PID_FILE_ROOM];
	char *rest;
	size_t length;
	FILE *file = chdir(server->data) == 0 ? fopen("postmaster.pid", "r+e") : NULL;
	bool mended = file != NULL;

	if (mended) {
		length = fread(text, 1, sizeof(text) - 1, file);
		text[length] = '\0';
		rest = strchr(text, '\n');
		rewind(file);
		mended = fprintf(file, "%ld%s", (long)getpid(), rest != NULL ? rest : "\n") > 0 &&
			 fflush(file) == 0 && ftruncate(fileno(file), ftell(file)) == 0;
		mended = fclose(file) == 0 && mended;
	}
	if (chdir(server->sockets) == 0)
		unlink(".s.PGSQL.5432.lock");
	return mended ? 0 : 1;
}

static bool start_failed(struct dev_server *server)
{
	char *log = dev_format("%s/server.log", server->data);
	char *tail = log != NULL ? dev_file_tail(log, LOG_TAIL) : NULL;

	dev_server_fail(server,
			"the server of '%s' does not start; 'quern dev stop --delete' removes it "
			"and its data. Its log ends with:\n%s",
			server->folder, tail != NULL ? tail : "");
	free(tail);
	free(log);
	return false;
}

/*
 * After a postmaster was killed its children still hold its shared memory for a moment, and the
 * next one refuses to start while they do: so a server that left a pid file is given several tries.
 */
static bool postmaster_start(struct dev_server *server, enum postmaster before)
{
	/* pg_ctl hands these to a shell: relative names keep it from reading the folder's own. */
	const char *argv[] = { NULL, "start", "-D", "data", "-l", "data/server.log",
			       "-w", "-s",    "-t", "60",   NULL };
	struct timespec pause = { 0, START_PAUSE_NS };
	int tries = before == POSTMASTER_GONE ? START_TRIES : 1;
	char *pg_ctl = dev_format("%s/pg_ctl", server->programs);
	char *log = dev_format("%s/log", server->folder);
	char *parent = strndup(server->data, strlen(server->data) - strlen("/data"));
	struct dev_command command = { argv, parent, log };
	bool started = false;

	argv[0] = pg_ctl;
	if (before == POSTMASTER_GONE)
		dev_process_call(stale_files_mend, server, &server->user);
	if (pg_ctl != NULL && log != NULL && parent != NULL) {
		while (!started && tries-- > 0) {
			started = dev_process_run(&command, &server->user) == 0;
			if (!started && tries > 0)
				nanosleep(&pause, NULL);
		}
	}
	free(pg_ctl);
	free(log);
	free(parent);
	return started || start_failed(server);
}

static bool database_is_there(struct dev_server *server)
{
	const char *argv[PSQL_ARGUMENTS] = { NULL,    "-X",   "-q",      "-h",    server->sockets,
					     "-p",    "5432", "-U",      "quern", "-d",
					     "quern", "-c",   "select 1" };

	return program_run(server, argv, "psql") == 0;
}

static bool database_make(struct dev_server *server)
{
	const char *argv[PSQL_ARGUMENTS] = {
		NULL, "-h",    server->sockets,    "-p",       "5432", "-U", "quern",
		"-O", "quern", "--maintenance-db", "postgres", "quern"
	};

	if (database_is_there(server) || program_run(server, argv, "createdb") == 0)
		return true;
	return dev_server_fail(server,
			       "cannot make the database 'quern' on the server of '%s'; see "
			       "'%s/log' and '%s/server.log'",
			       server->folder, server->folder, server->data);
}

static bool server_bring_up(struct dev_server *server, bool *was_running)
{
	enum postmaster before;

	if (!dev_cluster_record_read(server) || !dev_cluster_user_choose(server))
		return false;
	before = postmaster_find(server);
	*was_running = before == POSTMASTER_ALIVE && server_answers(server);
	if (*was_running)
		return true;
	if (before == POSTMASTER_ALIVE && !postmaster_stop(server))
		return false;
	return dev_cluster_prepare(server) && dev_cluster_configure(server) &&
	       postmaster_start(server, before) && database_make(server);
}

/* Returns an open file that holds the lock while it is open; -1 with an error. */
static int folder_lock(struct dev_server *server)
{
	char *path = dev_format("%s/lock", server->folder);
	int lock = path != NULL ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644) : -1;

	if (lock >= 0 && flock(lock, LOCK_EX) < 0) {
		close(lock);
		lock = -1;
	}
	if (lock < 0)
		dev_server_fail(server, "cannot lock '%s/lock': %s", server->folder,
				strerror(errno));
	free(path);
	return lock;
}

bool dev_server_start(struct dev_server *server, bool *was_running)
{
	bool started;
	int lock;

	*was_running = false;
	if (!programs_locate(server))
		return false;
	if (!dev_folder_make(server->folder))
		return dev_server_fail(server, "cannot make the folder '%s': %s", server->folder,
				       strerror(errno));
	if (!dev_folder_hide(server->folder))
		return dev_server_fail(server, "cannot write '%s/.gitignore': %s", server->folder,
				       strerror(errno));
	lock = folder_lock(server);
	if (lock < 0)
		return false;
	started = server_bring_up(server, was_running);
	close(lock);
	return started;
}

bool dev_server_stop(struct dev_server *server, bool *was_running)
{
	bool stopped;
	int lock;

	*was_running = dev_server_is_running(server);
	if (!*was_running)
		return true;
	if (!programs_locate(server))
		return false;
	lock = folder_lock(server);
	if (lock < 0)
		return false;
	stopped = postmaster_stop(server);
	close(lock);
	return stopped;
}

bool dev_server_delete(struct dev_server *server)
{
	if (dev_server_is_running(server))
		return dev_server_fail(server, "the server of '%s' is running; stop it first",
				       server->folder);
	return server->sockets == NULL || dev_cluster_remove(server);
}

static void url_encode(FILE *file, const char *text)
{
	for (; *text != '\0'; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~/", *text) != NULL)
			fputc(*text, file);
		else
			fprintf(file, "%%%02X", (unsigned char)*text);
}

const char *dev_server_url(struct dev_server *server)
{
	size_t length;
	FILE *file;

	free(server->url);
	server->url = NULL;
	if (server->sockets == NULL)
		return NULL;
	file = open_memstream(&server->url, &length);
	if (file == NULL)
		return NULL;
	/*
	 * The port is said, and said without '&': PGPORT must not change it, nor a shell split it.
	 */
	fputs("postgresql://quern@:5432/quern?host=", file);
	url_encode(file, server->sockets);
	if (fclose(file) != 0) {
		free(server->url);
		server->url = NULL;
	}
	return server->url;
}

bool dev_server_psql(struct dev_server *server, char **path)
{
	*path = NULL;
	if (!programs_locate(server))
		return false;
	*path = dev_format("%s/psql", server->programs);
	return *path != NULL;
}
