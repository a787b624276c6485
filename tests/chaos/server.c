#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 600, PAUSE_NS = 50 * 1000 * 1000, SQL_ROOM = 1024 };

static const char settings[] = "alter system set fsync = on;"
			       "alter system set synchronous_commit = on;"
			       "alter system set full_page_writes = on;"
			       "alter system set deadlock_timeout = '100ms';"
			       "alter system set max_connections = 40;";

static bool fail(const char *what, const char *reason)
{
	fprintf(stderr, "chaos server: %s: %s\n", what, reason);
	return false;
}

static void pause_short(void)
{
	struct timespec pause = { 0, PAUSE_NS };

	nanosleep(&pause, NULL);
}

/* In a process of its own: when the other end of the pipe is closed, the server goes. */
static int keeper_run(const char *folder, int alive)
{
	struct dev_server dev;
	bool was_running;
	bool good;
	char byte;
	ssize_t got;

	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	do
		got = read(alive, &byte, 1);
	while (got > 0 || (got < 0 && errno == EINTR));
	good = dev_server_init(&dev, folder) && dev_server_stop(&dev, &was_running) &&
	       dev_server_delete(&dev);
	if (!good)
		fail("cannot remove the server", dev_server_error(&dev));
	dev_server_release(&dev);
	return good ? 0 : 1;
}

static bool keeper_start(struct server *server)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail("cannot make a pipe", strerror(errno));
	fflush(NULL);
	server->keeper = fork();
	if (server->keeper == 0) {
		close(ends[1]);
		_exit(keeper_run(server->folder, ends[0]));
	}
	close(ends[0]);
	server->keeper_alive = ends[1];
	if (server->keeper > 0)
		return true;
	server->keeper = 0;
	return fail("cannot make a process", strerror(errno));
}

bool server_up(struct server *server)
{
	bool was_running;

	if (!dev_server_start(&server->dev, &was_running))
		return fail("cannot start", dev_server_error(&server->dev));
	return server_wait(server);
}

static bool paths_find(struct server *server)
{
	PGresult *result = server_query(server, "select trim(both '\"' from "
						"current_setting('unix_socket_directories'))");

	if (result == NULL || PQntuples(result) != 1) {
		PQclear(result);
		return fail("cannot find its socket", "no answer");
	}
	snprintf(server->sockets, sizeof(server->sockets), "%.200s", PQgetvalue(result, 0, 0));
	snprintf(server->socket, sizeof(server->socket), "%.200s/.s.PGSQL.5432", server->sockets);
	PQclear(result);
	return true;
}

bool server_create(struct server *server)
{
	bool was_running;

	*server = (struct server){ .keeper_alive = -1 };
	strcpy(server->folder, "/tmp/quern-chaos-XXXXXX");
	if (mkdtemp(server->folder) == NULL)
		return fail("cannot make a temporary folder", strerror(errno));
	if (!keeper_start(server))
		return false;
	if (!dev_server_init(&server->dev, server->folder) ||
	    !dev_server_start(&server->dev, &was_running))
		return fail("cannot start", dev_server_error(&server->dev));
	return paths_find(server);
}

bool server_start(struct server *server, const char *script)
{
	char setting[sizeof(settings)];
	char *rest;

	if (!server_create(server))
		return false;
	strcpy(setting, settings);
	for (char *sql = strtok_r(setting, ";", &rest); sql != NULL;
	     sql = strtok_r(NULL, ";", &rest))
		if (!server_execute(server, sql))
			return false;
	return server_down(server, 'f') && server_up(server) && server_execute(server, script);
}

bool server_stop(struct server *server)
{
	int status = 0;

	PQfinish(server->control);
	server->control = NULL;
	dev_server_release(&server->dev);
	if (server->keeper == 0)
		return true;
	close(server->keeper_alive);
	while (waitpid(server->keeper, &status, 0) < 0)
		if (errno != EINTR)
			return fail("cannot wait for the server's keeper", strerror(errno));
	if (status == 0)
		rmdir(server->folder);
	return status == 0;
}

PGconn *server_connect(const struct server *server)
{
	char *url = strdup(dev_server_url((struct dev_server *)&server->dev));
	PGconn *connection = url != NULL ? PQconnectdb(url) : NULL;

	free(url);
	return connection;
}

static void notice_ignore(void *context, const PGresult *notice)
{
	(void)context;
	(void)notice;
}

static bool control_open(struct server *server)
{
	if (server->control != NULL && PQstatus(server->control) == CONNECTION_OK)
		return true;
	PQfinish(server->control);
	server->control = server_connect(server);
	PQsetNoticeReceiver(server->control, notice_ignore, NULL);
	return PQstatus(server->control) == CONNECTION_OK;
}

PGresult *server_query(struct server *server, const char *sql)
{
	PGresult *result = NULL;
	ExecStatusType status = PGRES_FATAL_ERROR;

	/* The connection may have died since it was last used. */
	for (int i = 0; i < 2 && control_open(server); i++) {
		PQclear(result);
		result = PQexec(server->control, sql);
		status = PQresultStatus(result);
		if (PQstatus(server->control) == CONNECTION_OK)
			break;
	}
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return result;
	fail(sql, server->control != NULL ? PQerrorMessage(server->control) : "out of memory");
	PQclear(result);
	return NULL;
}

bool server_execute(struct server *server, const char *sql)
{
	PGresult *result = server_query(server, sql);

	PQclear(result);
	return result != NULL;
}

long server_number(struct server *server, const char *sql)
{
	PGresult *result = server_query(server, sql);
	long number = -1;

	if (result != NULL && PQntuples(result) > 0)
		number = strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return number;
}

bool server_wait(struct server *server)
{
	for (int i = 0; i < TRIES; i++) {
		/* A connection from before may not know yet that it is dead. */
		if (control_open(server)) {
			PGresult *result = PQexec(server->control, "select 1");
			bool works = PQresultStatus(result) == PGRES_TUPLES_OK;

			PQclear(result);
			if (works)
				return true;
		}
		pause_short();
	}
	return fail("does not take connections", "it was given 30 s");
}

bool server_down(struct server *server, char mode)
{
	long postmaster =
		server_number(server,
			      "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");

	PQfinish(server->control);
	server->control = NULL;
	if (postmaster <= 1)
		return fail("cannot stop it", "its process is unknown");
	kill((pid_t)postmaster, mode == 'f' ? SIGINT : mode == 'i' ? SIGQUIT : SIGKILL);
	for (int i = 0; i < TRIES; i++) {
		if (!dev_server_is_running(&server->dev))
			return true;
		pause_short();
	}
	return fail("cannot stop it", "it was given 30 s");
}

pid_t server_backend(struct server *server)
{
	long found = server_number(server, "select pid from pg_stat_activity where "
					   "application_name = '" SERVER_LOAD_NAME "' "
					   "order by random() limit 1");

	return found > 0 ? (pid_t)found : 0;
}
