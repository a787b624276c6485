/*
 * dump: the rows of any model of any module as JSON Lines.
 *
 *   dump                                            lists the models
 *   dump --describe shop.Product                    shows its fields and relations
 *   dump [--serializer NAME] shop.Product [URL]     writes its rows
 *
 * It links the models of a project and finds them by their names in the list that quern generates:
 * to dump others, compile it with another folder of generated files.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"

#include "quern_modules.h"

enum {
	DONE = 0,
	FAILED = 1,
	WRONG_USAGE = 2,
};

struct wanted {
	const char *model;
	const char *serializer; /* NULL: all fields */
	const char *url;
	bool is_described;
};

static const char usage[] = "usage: dump\n"
			    "       dump --describe MODULE.Model\n"
			    "       dump [--serializer MODULE.Serializer] MODULE.Model [URL]\n";

static void help(void)
{
	fputs(usage, stdout);
	puts("\nWrites the rows of a model as JSON Lines, one object a line, in bounded memory.\n"
	     "Without arguments it lists the models that it knows.\n\n"
	     "  --serializer NAME  write what this serializer writes, related rows included\n"
	     "  --describe         show the fields, relations and serializers of the model\n\n"
	     "URL is that of the database, as postgresql://user@host/database; without it that of\n"
	     "DATABASE_URL counts.");
}

/* False: *status is how the program ends. */
static bool arguments_read(int argc, char **argv, struct wanted *wanted, int *status)
{
	static const struct option options[] = {
		{ "describe", no_argument, NULL, 'd' },
		{ "serializer", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*wanted = (struct wanted){ .url = getenv("DATABASE_URL") };
	while ((option = getopt_long(argc, argv, "ds:h", options, NULL)) != -1) {
		if (option == 'd') {
			wanted->is_described = true;
		} else if (option == 's') {
			wanted->serializer = optarg;
		} else if (option == 'h') {
			help();
			*status = DONE;
			return false;
		} else {
			fputs("dump: try --help\n", stderr);
			*status = WRONG_USAGE;
			return false;
		}
	}
	wanted->model = argv[optind];
	if (wanted->model && argv[optind + 1])
		wanted->url = argv[optind + 1];
	if (argc - optind <= 2 && (wanted->model || !(wanted->is_described || wanted->serializer)))
		return true;
	fputs(usage, stderr);
	*status = WRONG_USAGE;
	return false;
}

static void say_unknown(const char *kind, const char *name, const char *nearest)
{
	if (nearest)
		fprintf(stderr, "dump: there is no %s \"%s\"; did you mean \"%s\"?\n", kind, name,
			nearest);
	else
		fprintf(stderr, "dump: there is no %s \"%s\"; \"dump\" alone lists what there is\n",
			kind, name);
}

static bool serializer_find(const char *name, const qn_model *model, const qn_serializer **found)
{
	*found = NULL;
	if (!name)
		return true;
	*found = qn_modules_find_serializer(quern_modules, name);
	if (!*found) {
		say_unknown("serializer", name, serializer_nearest(name));
		return false;
	}
	if ((*found)->model == model)
		return true;
	fprintf(stderr, "dump: serializer \"%s\" is for rows of \"%s\", not of \"%s\"\n", name,
		(*found)->model->name, model->name);
	return false;
}

static bool database_dump(const char *url, const qn_model *model, const qn_serializer *serializer)
{
	const qn_pool_config config = { .conninfo = url, .max = 1, .connect_timeout = 5000 };
	qn_session *session;
	char reason[256];
	qn_pool *pool;
	bool done = false;

	if (qn_pool_open(&pool, &config) != QN_OK) {
		fprintf(stderr, "dump: %s\n", qn_pool_open_error(&config, reason, sizeof(reason)));
		return false;
	}
	if (qn_pool_connect(pool) != QN_OK) {
		fprintf(stderr, "dump: %s\n", qn_pool_error(pool)->message);
	} else if (qn_session_open(pool, &session) != QN_OK) {
		fputs("dump: out of memory\n", stderr);
	} else {
		done = rows_dump(session, model, serializer);
		qn_session_close(session);
	}
	qn_pool_close(pool);
	return done;
}

static bool run(const struct wanted *wanted)
{
	const qn_serializer *serializer;
	const qn_model *model;

	if (!wanted->model) {
		models_list();
		return true;
	}
	model = qn_modules_find(quern_modules, wanted->model);
	if (!model) {
		say_unknown("model", wanted->model, model_nearest(wanted->model));
		return false;
	}
	if (!serializer_find(wanted->serializer, model, &serializer))
		return false;
	if (wanted->is_described) {
		model_describe(model);
		return true;
	}
	if (!wanted->url || !*wanted->url) {
		fputs("dump: which database? give its URL, or set DATABASE_URL\n", stderr);
		return false;
	}
	return database_dump(wanted->url, model, serializer);
}

int main(int argc, char **argv)
{
	struct wanted wanted;
	int status;
	bool done;

	if (!arguments_read(argc, argv, &wanted, &status))
		return status;
	done = run(&wanted);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("dump: standard output");
		return FAILED;
	}
	return done ? DONE : FAILED;
}
