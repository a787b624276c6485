#include "cmd_dev.h"

#include "dev_server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

static const char usage[] =
	"usage: quern dev start [--dir DIR]\n"
	"       quern dev stop [--delete] [--dir DIR]\n"
	"       quern dev url [--dir DIR]\n"
	"       quern dev psql [--dir DIR] [ARGUMENT...]\n"
	"\n"
	"A private PostgreSQL server to develop and test with, on a Unix socket, no port, no password.\n"
	"\n"
	"  start      make and start the server, and print the URL to connect by\n"
	"  stop       stop it, and keep its data; --delete removes them\n"
	"  url        print the URL of the running server\n"
	"  psql       connect to it with psql, which gets the arguments\n"
	"  --dir DIR  where the server lives (QUERN_DEV_DIR, or else .quern/pg)\n"
	"\n"
	"QUERN_PG_BIN names the folder of the server's programs when they are not found.\n";

struct dev_request {
	const char *folder;
	bool delete;
	char **rest; /* what psql gets; ends with NULL */
};

static int fail(const char *reason)
{
	fprintf(stderr, "quern dev: %s\n", reason);
	return EXIT_FAILURE;
}

static int fail_usage(const char *problem, const char *word)
{
	fprintf(stderr, "quern dev: %s '%s'; try 'quern dev --help'\n", problem, word);
	return EXIT_USAGE;
}

static int print_url(struct dev_server *server)
{
	const char *url = dev_server_url(server);

	if (url == NULL || puts(url) < 0 || fflush(stdout) != 0)
		return fail("cannot print the server's URL");
	return EXIT_SUCCESS;
}

static int run_start(struct dev_server *server, const struct dev_request *request)
{
	bool was_running;

	(void)request;
	if (!dev_server_start(server, &was_running))
		return fail(dev_server_error(server));
	fputs(was_running ? "quern dev: the server was already running\n"
			  : "quern dev: the server is running; 'quern dev stop' stops it\n",
	      stderr);
	return print_url(server);
}

static int run_stop(struct dev_server *server, const struct dev_request *request)
{
	bool was_running;

	if (!dev_server_stop(server, &was_running))
		return fail(dev_server_error(server));
	if (request->delete &&!dev_server_delete(server))
		return fail(dev_server_error(server));
	fprintf(stderr, "quern dev: the server %s%s\n",
		was_running ? "is stopped" : "was not running",
		request->delete ? ", its data are removed" : "");
	return EXIT_SUCCESS;
}

static int not_running(const struct dev_request *request)
{
	fprintf(stderr, "quern dev: no server is running in '%s'; 'quern dev start' starts one\n",
		request->folder);
	return EXIT_FAILURE;
}

static int run_url(struct dev_server *server, const struct dev_request *request)
{
	return dev_server_is_running(server) ? print_url(server) : not_running(request);
}

static int run_psql(struct dev_server *server, const struct dev_request *request)
{
	const char *url = dev_server_url(server);
	size_t count = 0;
	const char **argv;
	char *psql;

	if (!dev_server_is_running(server))
		return not_running(request);
	if (!dev_server_psql(server, &psql))
		return fail(dev_server_error(server));
	while (request->rest[count] != NULL)
		count++;
	argv = calloc(count + 4, sizeof(*argv));
	if (argv != NULL && url != NULL) {
		argv[0] = psql;
		argv[1] = "-d";
		argv[2] = url;
		memcpy((void *)(argv + 3), (const void *)request->rest, count * sizeof(*argv));
		execv(psql, (char *const *)argv);
	}
	fprintf(stderr, "quern dev: cannot run '%s': %s\n", psql, strerror(errno));
	free((void *)argv);
	free(psql);
	return EXIT_FAILURE;
}

static const struct action {
	const char *name;
	int (*run)(struct dev_server *server, const struct dev_request *request);
	bool takes_delete;
	bool takes_rest;
} actions[] = {
	{ "start", run_start, false, false },
	{ "stop", run_stop, true, false },
	{ "url", run_url, false, false },
	{ "psql", run_psql, false, true },
};

static const struct action *action_find(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

/* Reads the words after the action's name; 0, or the exit status of a usage error. */
static int request_read(struct dev_request *request, const struct action *action, char **words)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, "--dir") == 0) {
			if (*++words == NULL)
				return fail_usage("a folder must follow", "--dir");
			request->folder = *words;
		} else if (strncmp(*words, "--dir=", strlen("--dir=")) == 0) {
			request->folder = *words + strlen("--dir=");
		} else if (action->takes_delete && strcmp(*words, "--delete") == 0) {
			request->delete = true;
		} else if (action->takes_rest) {
			break;
		} else {
			return fail_usage("unknown argument", *words);
		}
	}
	request->rest = words;
	return 0;
}

static int action_run(const struct action *action, const struct dev_request *request)
{
	struct dev_server server;
	int status;

	if (dev_server_init(&server, request->folder))
		status = action->run(&server, request);
	else
		status = fail(dev_server_error(&server));
	dev_server_release(&server);
	return status;
}

int cmd_dev(int argc, char **argv)
{
	const char *folder = getenv("QUERN_DEV_DIR");
	struct dev_request request = { folder != NULL && *folder != '\0' ? folder : ".quern/pg",
				       false, NULL };
	const struct action *action;
	int status;

	if (argc < 2) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return fputs(usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	action = action_find(argv[1]);
	if (action == NULL)
		return fail_usage("unknown command", argv[1]);
	status = request_read(&request, action, argv + 2);
	return status != 0 ? status : action_run(action, &request);
}
