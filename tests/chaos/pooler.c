#include "pooler.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 500, PAUSE_NS = 20 * 1000 * 1000 };

static const char *const places[] = { "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer",
				      "/usr/local/sbin/pgbouncer", "/usr/local/bin/pgbouncer" };

static bool fail(const char *what, const char *reason)
{
	fprintf(stderr, "chaos pooler: %s: %s\n", what, reason);
	return false;
}

static void pause_short(void)
{
	struct timespec pause = { 0, PAUSE_NS };

	nanosleep(&pause, NULL);
}

bool pooler_find(char *path, size_t size)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, size, "%s", places[i]);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static bool settings_write(const struct pooler *pooler, const struct server *server,
			   const char *mode)
{
	char path[POOLER_PATH + 16];
	FILE *file;

	snprintf(path, sizeof(path), "%s/ini", pooler->folder);
	file = fopen(path, "we");
	if (file == NULL)
		return fail("cannot write its settings", strerror(errno));
	fprintf(file,
		"[databases]\n* = host=%s port=5432 user=quern\n[pgbouncer]\nlisten_addr =\n"
		"unix_socket_dir = %s\nunix_socket_mode = 0777\nlisten_port = 5432\n"
		"auth_type = any\nadmin_users = quern\npool_mode = %s\ndefault_pool_size = 8\n"
		"max_client_conn = 200\nserver_reset_query = DISCARD ALL\n"
		"server_login_retry = 0.1\nlogfile = %s/log\n",
		server->sockets, pooler->folder, mode, pooler->folder);
	if (fclose(file) != 0)
		return fail("cannot write its settings", strerror(errno));
	return (chown(path, pooler->user, pooler->group) == 0 &&
		chown(pooler->folder, pooler->user, pooler->group) == 0) ||
	       fail("cannot give away its folder", strerror(errno));
}

/* pgbouncer refuses to run as root, so it runs as the server does. */
static void program_become(const struct pooler *pooler)
{
	char settings[POOLER_PATH + 16];
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) < 0 || setgid(pooler->group) < 0 || setuid(pooler->user) < 0))
		_exit(126);
	/* Becoming somebody else has forgotten it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(settings, sizeof(settings), "%s/ini", pooler->folder);
	if (dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0 ||
	    dup2(nowhere, STDERR_FILENO) < 0)
		_exit(126);
	execl(pooler->program, pooler->program, "-q", settings, (char *)NULL);
	_exit(127);
}

static PGconn *console_open(const struct pooler *pooler)
{
	char conninfo[POOLER_PATH + 64];

	snprintf(conninfo, sizeof(conninfo), "host=%s port=5432 user=quern dbname=pgbouncer",
		 pooler->folder);
	return PQconnectdb(conninfo);
}

static bool run(struct pooler *pooler)
{
	fflush(NULL);
	pooler->process = fork();
	if (pooler->process == 0)
		program_become(pooler);
	for (int i = 0; i < TRIES && pooler->process > 0; i++) {
		PGconn *console = console_open(pooler);
		bool is_up = PQstatus(console) == CONNECTION_OK;

		PQfinish(console);
		if (is_up)
			return true;
		if (waitpid(pooler->process, NULL, WNOHANG) == pooler->process)
			pooler->process = 0;
		pause_short();
	}
	return fail("does not start", pooler->folder);
}

bool pooler_start(struct pooler *pooler, const struct server *server, const char *mode)
{
	struct stat owner;

	if (!pooler_find(pooler->program, sizeof(pooler->program)))
		return fail("cannot start", "it is not installed");
	if (stat(server->sockets, &owner) < 0)
		return fail("cannot see whose the server is", strerror(errno));
	strcpy(pooler->folder, "/tmp/quern-pooler-XXXXXX");
	if (mkdtemp(pooler->folder) == NULL) {
		*pooler->folder = '\0';
		return fail("cannot make a temporary folder", strerror(errno));
	}
	pooler->user = owner.st_uid;
	pooler->group = owner.st_gid;
	return settings_write(pooler, server, mode) && run(pooler);
}

static bool end(struct pooler *pooler, int signal)
{
	if (pooler->process <= 0)
		return true;
	kill(pooler->process, signal);
	while (waitpid(pooler->process, NULL, 0) < 0)
		if (errno != EINTR)
			return fail("cannot wait for its end", strerror(errno));
	pooler->process = 0;
	return true;
}

bool pooler_restart(struct pooler *pooler, int signal)
{
	return end(pooler, signal) && run(pooler);
}

bool pooler_tell(struct pooler *pooler, const char *command)
{
	PGconn *console = console_open(pooler);
	PGresult *result = PQexec(console, command);
	ExecStatusType status = PQresultStatus(result);
	bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (!done)
		fail(command, PQerrorMessage(console));
	PQclear(result);
	PQfinish(console);
	return done;
}

void pooler_stop(struct pooler *pooler)
{
	DIR *folder;
	struct dirent *entry;

	end(pooler, SIGTERM);
	if (*pooler->folder == '\0')
		return;
	folder = opendir(pooler->folder);
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder != NULL)
		closedir(folder);
	rmdir(pooler->folder);
	*pooler->folder = '\0';
}
