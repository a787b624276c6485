#include "peers.h"

#include "child.h"
#include "tables.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one that Debian's packages are for, whichever PATH has first. */
#define PYTHON "/usr/bin/python3"
#define FOLDER "bench/peers/"

enum { ROUNDS = 5, QUICK_PART = 10, NUMBER_TEXT = 24 };

static const double RUN_SECONDS = 30;
static const double PROBE_SECONDS = 20;
/* A round begins only if one as long as the longest so far ends before. */
static const double ALL_SECONDS = 270;

const struct peer peers[] = {
	{ "libpq, best form", "best", NULL, NULL, false },
	{ "quern, tasks", "task", NULL, NULL, false },
	{ "pgbench", NULL, PYTHON, FOLDER "peer_pgbench.py", true },
	{ "asyncpg", NULL, PYTHON, FOLDER "peer_asyncpg.py", false },
	{ "psycopg2", NULL, PYTHON, FOLDER "peer_psycopg2.py", false },
	{ "psycopg 3", NULL, PYTHON, FOLDER "peer_psycopg3.py", false },
	{ "postgres.js", NULL, "node", FOLDER "peer_postgres.js", false },
	{ "node-pg", NULL, "node", FOLDER "peer_pg.js", false },
	{ "Django", NULL, PYTHON, FOLDER "peer_django.py", false },
	{ "Django, async", NULL, PYTHON, FOLDER "peer_django_async.py", false },
	{ NULL, NULL, NULL, NULL, false },
};

/* As many as the slowest does in a second or two. The warm-up is long for the just-in-time compiler
 * of Node.js: with a fifth of it, a get by node-pg takes three times the CPU. */
const struct peer_case peer_cases[] = {
	{ "get", 2500, 3000 },        { "get-64-on-4", 3072, 2560 },
	{ "list-50", 300, 300 },      { "list-all", 1, 1 },
	{ "create", 1500, 2500 },     { "update", 1500, 2500 },
	{ "transaction", 500, 1000 }, { NULL, 0, 0 },
};

_Static_assert(sizeof(peers) / sizeof(*peers) <= PEERS_MAX + 1 &&
		       sizeof(peer_cases) / sizeof(*peer_cases) <= PEER_CASES_MAX,
	       "no place for the results");

/* What all contenders of a case must agree on, once one has said it. */
struct agreement {
	unsigned long long warmed;
	unsigned long long tables;
	bool is_set;
};

/* One contender's run of one case. */
struct run {
	const struct place *place;
	PGconn *connection;
	const struct peer *peer;
	const struct peer_case *of;
	struct agreement *agreement;
	uint64_t operations;
	struct peer_line line;
};

static bool fail(const struct run *run, const char *why)
{
	fprintf(stderr, "bench: case '%s', %s: %s\n", run->of->name, run->peer->title, why);
	return false;
}

static bool line_of_worker(const char *text, const char *name, unsigned long long *number)
{
	const char *found = strstr(text, name);

	if (found == NULL)
		return false;
	*number = strtoull(found + strlen(name), NULL, 10);
	return true;
}

static bool worker_read(const char *text, struct peer_line *line)
{
	unsigned long long wall;
	unsigned long long cpu;

	line->has_warmed = line_of_worker(text, "warmed ", &line->warmed);
	if (!line_of_worker(text, "wall ", &wall) || !line_of_worker(text, "cpu ", &cpu))
		return false;
	line->wall = (double)wall;
	line->cpu = (double)cpu;
	return true;
}

static bool program_run(struct run *run)
{
	char operations[NUMBER_TEXT];
	char warm_up[NUMBER_TEXT];
	const struct peer *peer = run->peer;
	const char *const worker[] = {
		run->place->worker, run->place->url, run->of->name, peer->worker,
		operations,         warm_up,         NULL
	};
	const char *const program[] = {
		peer->interpreter, peer->program, run->place->url, run->of->name, operations,
		warm_up,           NULL
	};
	bool by_worker = peer->worker != NULL;
	struct child child = { .argv = by_worker ? worker : program, .seconds = RUN_SECONDS };

	snprintf(operations, sizeof(operations), "%" PRIu64, run->operations);
	snprintf(warm_up, sizeof(warm_up), "%" PRIu64, run->of->warm_up);
	if (!child_run(&child))
		return fail(run, "its program failed");
	return (by_worker ? worker_read(child.output, &run->line)
			  : peer_line_read(child.output, &run->line)) ||
	       fail(run, "its program said no times");
}

/* Compares what was read and written with what the first contender of the case did. */
static bool agreement_keep(const struct run *run, unsigned long long tables)
{
	struct agreement *agreement = run->agreement;

	if (run->peer->reads_unchecked)
		return true;
	if (!run->line.has_warmed)
		return fail(run, "its program said no sum of what it read");
	if (!agreement->is_set)
		*agreement = (struct agreement){ run->line.warmed, tables, true };
	if (agreement->warmed != run->line.warmed)
		return fail(run, "it read something else than the others");
	return agreement->tables == tables || fail(run, "it wrote something else than the others");
}

static bool run_one(struct run *run, const struct bench_case *kind)
{
	unsigned long long tables = 0;

	if (kind->writes && !tables_reset(run->connection))
		return false;
	if (!program_run(run) || (kind->writes && !tables_digest(run->connection, &tables)))
		return false;
	return agreement_keep(run, tables);
}

static bool run_case(struct run *run, struct peer_results *results, size_t index)
{
	const struct bench_case *kind = case_find(run->of->name);
	double units = (double)(run->operations * kind->units_of_operation);
	bool good = true;

	for (size_t i = 0; peers[i].title != NULL; i++) {
		if (results->absent[i])
			continue;
		run->peer = &peers[i];
		if (!run_one(run, kind)) {
			good = false;
			continue;
		}
		figures_add(&results->wall[index][i], run->line.wall / units);
		figures_add(&results->cpu[index][i], run->line.cpu / units);
	}
	return good;
}

static bool run_round(const struct place *place, PGconn *connection, struct peer_results *results,
		      struct agreement agreements[PEER_CASES_MAX])
{
	bool good = true;

	for (size_t i = 0; peer_cases[i].name != NULL; i++) {
		struct run run = { .place = place,
				   .connection = connection,
				   .of = &peer_cases[i],
				   .agreement = &agreements[i],
				   .operations = peer_cases[i].operations };

		if (results->quick && run.operations > QUICK_PART)
			run.operations /= QUICK_PART;
		if (results->wanted[i])
			good = run_case(&run, results, i) && good;
	}
	return good;
}

/* The first line of what it said. */
static void about_write(char about[PEER_TEXT], const char *text)
{
	snprintf(about, PEER_TEXT, "%.*s", (int)strcspn(text, "\n"), text);
}

static void version_take(struct peer_results *results, size_t index, struct child *child)
{
	cJSON *object = child_run(child) ? cJSON_Parse(child->output) : NULL;
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(object, "version");

	results->absent[index] = !cJSON_IsString(version);
	about_write(results->about[index],
		    cJSON_IsString(version) ? version->valuestring : child->output);
	if (results->absent[index])
		fprintf(stderr, "bench: skipped: %s: %s\n", peers[index].title,
			results->about[index]);
	cJSON_Delete(object);
}

/* Asks each program for its version: without its library it says what is missing. */
static void programs_probe(struct peer_results *results)
{
	for (size_t i = 0; peers[i].title != NULL; i++) {
		const char *const argv[] = { peers[i].interpreter, peers[i].program, "--version",
					     NULL };
		struct child child = { .argv = argv,
				       .seconds = PROBE_SECONDS,
				       .flags = CHILD_ERRORS_TOO | CHILD_MAY_FAIL };

		if (peers[i].worker == NULL)
			version_take(results, i, &child);
	}
}

static bool rounds_run(const struct place *place, PGconn *connection, struct peer_results *results)
{
	struct agreement agreements[PEER_CASES_MAX] = { { .is_set = false } };
	unsigned wanted = results->quick ? 1 : ROUNDS;
	double started = clock_seconds();
	double longest = 0;
	bool good = true;

	while (good && results->rounds < wanted) {
		double begun = clock_seconds();

		if (begun + longest > started + ALL_SECONDS) {
			fprintf(stderr, "bench: no time is left for more than %u rounds\n",
				results->rounds);
			return good;
		}
		results->rounds++;
		fprintf(stderr, "bench: round %u of %u\n", results->rounds, wanted);
		good = run_round(place, connection, results, agreements);
		if (clock_seconds() - begun > longest)
			longest = clock_seconds() - begun;
	}
	return good;
}

bool peers_run(const struct place *place, struct peer_results *results)
{
	PGconn *connection = PQconnectdb(place->url);
	bool good = PQstatus(connection) == CONNECTION_OK;

	if (good) {
		programs_probe(results);
		good = rounds_run(place, connection, results);
	} else {
		fprintf(stderr, "bench: cannot connect: %s", PQerrorMessage(connection));
	}
	PQfinish(connection);
	return good;
}
