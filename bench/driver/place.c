#include "place.h"

#include "child.h"
#include "tables.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	return false;
}

static bool path_write(char path[PATH_ROOM], const char *folder, const char *name)
{
	int length = snprintf(path, PATH_ROOM, "%s/%s", folder, name);

	return (length > 0 && length < PATH_ROOM) || fail(folder, "the path is too long");
}

bool place_find(struct place *place, const char *output)
{
	char program[PATH_ROOM];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *folder;

	if (length < 0)
		return fail("cannot find the programs", strerror(errno));
	program[length] = '\0';
	folder = dirname(program);
	if (mkdir(output, 0777) < 0 && errno != EEXIST)
		return fail(output, strerror(errno));
	snprintf(place->output, sizeof(place->output), "%s", output);
	return path_write(place->worker, folder, "worker") &&
	       path_write(place->quern, folder, "../codegen/quern") &&
	       path_write(place->script, folder, "store/store.sql") &&
	       path_write(place->headers, ".", "runtime/include") &&
	       path_write(place->server, output, "bench-pg") &&
	       path_write(place->scratch, output, "bench-gen");
}

static char *file_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (file == NULL || getdelim(&text, &room, '\0', file) < 0)
		fail(path, strerror(errno));
	if (file != NULL)
		fclose(file);
	return text;
}

static bool tables_load(const struct place *place)
{
	PGconn *connection = PQconnectdb(place->url);
	char *script = file_read(place->script);
	bool good = script != NULL;

	if (PQstatus(connection) != CONNECTION_OK)
		good = fail("cannot connect", PQerrorMessage(connection));
	good = good && tables_make(connection, script);
	free(script);
	PQfinish(connection);
	return good;
}

static bool dev(const struct place *place, const char *action, const char *option,
		struct child *child)
{
	const char *const argv[] = { place->quern,  "dev",  action, "--dir",
				     place->server, option, NULL };

	child->argv = argv;
	child->seconds = 120;
	return child_run(child);
}

bool server_stop(const struct place *place)
{
	struct child child = { .flags = CHILD_ERRORS_TOO };

	return dev(place, "stop", "--delete", &child);
}

bool server_start(struct place *place)
{
	struct child start = { .flags = CHILD_ERRORS_TOO };
	struct child url = { .flags = 0 };

	/* One that is left from a run that was killed may be on another CPU. */
	if (!server_stop(place) || !dev(place, "start", NULL, &start) ||
	    !dev(place, "url", NULL, &url))
		return false;
	url.output[strcspn(url.output, "\n")] = '\0';
	snprintf(place->url, sizeof(place->url), "%.*s", PATH_ROOM - 1, url.output);
	return tables_load(place);
}
