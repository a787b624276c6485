#include "test_server.h"

#include "dev_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { URL_ROOM = 1024, NAME_ROOM = 40 };

static bool fail(const char *what, const char *reason)
{
	fprintf(stderr, "test server: %s: %s\n", what, reason);
	return false;
}

/* The keeper's whole life: start, tell the URL, wait for the end of the test, stop and delete. */
static int keeper_run(int url_to, const sigset_t *end)
{
	char folder[] = "/tmp/quern-test-XXXXXX";
	struct dev_server server;
	bool was_running;
	bool good;
	int caught;

	if (mkdtemp(folder) == NULL) {
		fail("cannot make a temporary folder", strerror(errno));
		return 1;
	}
	good = dev_server_init(&server, folder) && dev_server_start(&server, &was_running);
	if (good)
		dprintf(url_to, "%s", dev_server_url(&server));
	else
		fail("cannot start a server", dev_server_error(&server));
	close(url_to);
	if (good && sigwait(end, &caught) != 0)
		good = fail("cannot wait for the end of the test", strerror(errno));
	if (!dev_server_stop(&server, &was_running) || !dev_server_delete(&server))
		good = fail("cannot remove the server", dev_server_error(&server));
	dev_server_release(&server);
	return good ? 0 : 1;
}

/* In the child: the keeper ends with the test, however that ends. */
static int keeper_live(int url_to, pid_t test)
{
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	/* An interrupt from the keyboard ends the test, and the test's end ends the keeper. */
	setsid();
	if (sigprocmask(SIG_BLOCK, &end, NULL) < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) {
		fail("cannot follow the life of the test", strerror(errno));
		return 1;
	}
	return getppid() == test ? keeper_run(url_to, &end) : 1;
}

static bool url_receive(int from, char *url)
{
	size_t length = 0;
	ssize_t got;

	do {
		got = read(from, url + length, URL_ROOM - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	url[length] = '\0';
	return length > 0;
}

static bool keeper_stop(struct test_server *test)
{
	int status = 0;

	if (test->keeper == 0)
		return true;
	kill(test->keeper, SIGTERM);
	while (waitpid(test->keeper, &status, 0) < 0)
		if (errno != EINTR)
			return fail("cannot wait for the server's keeper", strerror(errno));
	test->keeper = 0;
	return status == 0;
}

static bool keeper_start(struct test_server *test, char *url)
{
	pid_t self = getpid();
	int ends[2];
	bool told;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail("cannot make a pipe", strerror(errno));
	test->keeper = fork();
	if (test->keeper == 0) {
		close(ends[0]);
		_exit(keeper_live(ends[1], self));
	}
	close(ends[1]);
	told = test->keeper > 0 && url_receive(ends[0], url);
	close(ends[0]);
	if (test->keeper < 0) {
		test->keeper = 0;
		return fail("cannot make a process", strerror(errno));
	}
	if (!told)
		keeper_stop(test);
	return told;
}

static void conninfo_add(FILE *file, const char *key, const char *value)
{
	fprintf(file, "%s='", key);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			fputc('\\', file);
		fputc(*value, file);
	}
	fputs("' ", file);
}

/* The conninfo that `url` means, with another database. NULL when it is no conninfo. */
static char *conninfo_of(const char *url, const char *database)
{
	char *problem = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &problem);
	char *text = NULL;
	size_t length;
	FILE *file;

	if (options == NULL) {
		fail("the URL of the server or pooler cannot be read",
		     problem != NULL ? problem : "out of memory");
		PQfreemem(problem);
		return NULL;
	}
	file = open_memstream(&text, &length);
	if (file != NULL) {
		for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
			if (option->val != NULL && strcmp(option->keyword, "dbname") != 0)
				conninfo_add(file, option->keyword, option->val);
		conninfo_add(file, "dbname", database);
		fclose(file);
	}
	PQconninfoFree(options);
	return text;
}

static PGconn *connect_to(const char *conninfo)
{
	PGconn *connection = PQconnectdb(conninfo);

	if (PQstatus(connection) == CONNECTION_OK)
		return connection;
	fail("cannot connect", PQerrorMessage(connection));
	PQfinish(connection);
	return NULL;
}

/* Runs SQL; `value`, unless NULL, gets a copy of the first value, or NULL. */
static bool execute_on(const char *conninfo, const char *sql, char **value)
{
	PGconn *connection = connect_to(conninfo);
	ExecStatusType status;
	PGresult *result;
	bool done;

	if (connection == NULL)
		return false;
	result = PQexec(connection, sql);
	status = PQresultStatus(result);
	done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	       status == PGRES_EMPTY_QUERY;
	if (!done)
		fail(sql, PQerrorMessage(connection));
	else if (value != NULL && PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
		*value = strdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	PQfinish(connection);
	return done;
}

static bool database_command(const struct test_server *test, const char *format)
{
	char sql[2 * NAME_ROOM + 60];

	snprintf(sql, sizeof(sql), format, test->database);
	return execute_on(test->server, sql, NULL);
}

static void test_clear(struct test_server *test)
{
	free(test->server);
	free(test->database);
	free(test->conninfo);
	free(test->pooled);
	*test = (struct test_server){ 0 };
}

/* Unique among the tests of a server: their processes live at the same time. */
static char *database_name(void)
{
	char name[NAME_ROOM];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(name, sizeof(name), "test_%ld_%ld", (long)getpid(), now.tv_nsec);
	return strdup(name);
}

bool test_server_start(struct test_server *test)
{
	const char *given = getenv("QUERN_TEST_URL");
	const char *pooler = getenv("QUERN_TEST_POOLER");
	char url[URL_ROOM];

	*test = (struct test_server){ 0 };
	if ((given == NULL || *given == '\0') && !keeper_start(test, url))
		return false;
	if (given == NULL || *given == '\0')
		given = url;
	test->server = conninfo_of(given, "postgres");
	test->database = database_name();
	if (test->server != NULL && test->database != NULL)
		test->conninfo = conninfo_of(given, test->database);
	if (test->conninfo != NULL && pooler != NULL)
		test->pooled = conninfo_of(pooler, test->database);
	if (test->conninfo != NULL && (pooler == NULL || test->pooled != NULL) &&
	    database_command(test, "create database %s template template0"))
		return true;
	keeper_stop(test);
	test_clear(test);
	return false;
}

bool test_server_stop(struct test_server *test)
{
	bool dropped = database_command(test, "drop database %s with (force)");
	bool stopped = keeper_stop(test);

	test_clear(test);
	return dropped && stopped;
}

const char *test_server_conninfo(const struct test_server *test)
{
	return test->pooled != NULL ? test->pooled : test->conninfo;
}

bool test_server_pools_transactions(void)
{
	const char *mode = getenv("QUERN_TEST_POOLER_MODE");

	return mode != NULL && strcmp(mode, "transaction") == 0;
}

PGconn *test_server_connect(const struct test_server *test)
{
	return connect_to(test->conninfo);
}

bool test_server_execute(const struct test_server *test, const char *sql)
{
	return execute_on(test->conninfo, sql, NULL);
}

bool test_server_execute_file(const struct test_server *test, const char *path)
{
	FILE *file = path != NULL ? fopen(path, "re") : NULL;
	char *sql = NULL;
	size_t room = 0;
	bool done;

	if (path == NULL)
		return fail("no file of SQL", "its path is not given");
	if (file == NULL)
		return fail(path, strerror(errno));
	done = getdelim(&sql, &room, '\0', file) > 0 || fail(path, "there is no SQL in it");
	fclose(file);
	done = done && test_server_execute(test, sql);
	free(sql);
	return done;
}

char *test_server_value(const struct test_server *test, const char *sql)
{
	char *value = NULL;

	return execute_on(test->conninfo, sql, &value) ? value : NULL;
}
