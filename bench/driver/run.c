/*
 * The benchmarks: ./dev bench
 */
#include "child.h"
#include "compiler.h"
#include "measure.h"
#include "peers.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The compiler needs no more rounds: it has no server that disturbs it. */
enum { ROUNDS = 5, QUICK_ROUNDS = 2, COMPILER_ROUNDS = 3, EXIT_USAGE = 2 };

/* No round begins, and no instructions are counted, after these. */
static const double ROUNDS_SECONDS = 280;
static const double ALL_SECONDS = 450;

struct options {
	const char *output;
	bool quick;
	bool only_list;
	bool peers;
	bool any; /* case was named */
};

static void usage(FILE *to)
{
	fputs("usage: ./dev bench [--peers] [--quick] [--list] [--output DIR] [CASE...]\n"
	      "\n"
	      "Measures quern against libpq by hand on a private server, everything on one CPU.\n"
	      "\n"
	      "  --peers       against libraries of other languages instead\n"
	      "  --quick       few operations, two rounds, no instructions: does it all work?\n"
	      "  --list        names the cases\n"
	      "  --output DIR  where bench.json and bench.svg, or peers.json and peers.svg, go (build)\n"
	      "  CASE          only these cases\n",
	      to);
}

static void list(void)
{
	for (const struct bench_case *of = bench_cases; of->name != NULL; of++)
		printf("%-12s %s\n", of->name, of->title);
}

static bool option_read(struct options *options, struct results *results, char ***word)
{
	const char *option = **word;
	const struct bench_case *of = case_find(option);

	if (of != NULL) {
		results->wanted[of - bench_cases] = true;
		options->any = true;
	} else if (strcmp(option, "--quick") == 0) {
		options->quick = true;
	} else if (strcmp(option, "--peers") == 0) {
		options->peers = true;
	} else if (strcmp(option, "--list") == 0) {
		options->only_list = true;
	} else if (strcmp(option, "--output") == 0 && (*word)[1] != NULL) {
		options->output = *++*word;
	} else {
		fprintf(stderr, "bench: unknown case or option '%s'; --list names the cases\n",
			option);
		return false;
	}
	return true;
}

static bool options_read(struct options *options, struct results *results, char **words)
{
	for (; *words != NULL; words++)
		if (!option_read(options, results, &words))
			return false;
	for (size_t i = 0; bench_cases[i].name != NULL; i++)
		results->wanted[i] = results->wanted[i] || !options->any;
	results->quick = options->quick;
	return true;
}

static bool rounds_run(const struct place *place, struct results *results, double started)
{
	unsigned wanted = results->quick ? QUICK_ROUNDS : ROUNDS;
	bool good = true;

	while (good && results->rounds < wanted) {
		if (clock_seconds() > started + ROUNDS_SECONDS) {
			fprintf(stderr, "bench: no time is left for all rounds\n");
			return false;
		}
		results->rounds++;
		fprintf(stderr, "bench: round %u of %u\n", results->rounds, wanted);
		good = measure_round(place, results);
		if (good && results->rounds <= COMPILER_ROUNDS)
			good = compiler_round(place, results);
	}
	return good;
}

static bool measure_all(struct place *place, struct results *results)
{
	double started = clock_seconds();
	bool good;

	if (!server_start(place))
		return false;
	good = rounds_run(place, results, started);
	if (!results->quick) {
		fprintf(stderr, "bench: instructions\n");
		good = measure_instructions(place, results, started + ALL_SECONDS) && good;
	}
	return good;
}

static bool report_all(const struct place *place, const struct results *results)
{
	bool good;

	report_text(results);
	good = report_json(place, results);
	good = report_plot(place, results) && good;
	if (good)
		printf("\nall figures are in %s/bench.json\n", place->output);
	return good && fflush(stdout) == 0;
}

/*
 * The cases of the peers that are wanted. False: one was named that has no peers, which was said.
 */
static bool peer_cases_choose(const struct results *results, const struct options *options,
			      struct peer_results *peer_results)
{
	size_t named = 0;
	size_t found = 0;

	for (size_t i = 0; bench_cases[i].name != NULL; i++)
		named += options->any && results->wanted[i];
	for (size_t i = 0; peer_cases[i].name != NULL; i++) {
		peer_results->wanted[i] =
			results->wanted[case_find(peer_cases[i].name) - bench_cases];
		found += options->any && peer_results->wanted[i];
	}
	if (found < named)
		fputs("bench: not all of these cases have peers; with --peers there are:", stderr);
	for (size_t i = 0; found < named && peer_cases[i].name != NULL; i++)
		fprintf(stderr, " %s%s", peer_cases[i].name,
			peer_cases[i + 1].name != NULL ? "" : "\n");
	return found == named;
}

static bool peers_report_all(const struct place *place, const struct peer_results *results)
{
	bool good;

	peers_report_text(results);
	good = peers_report_json(place, results);
	good = peers_report_plot(place, results) && good;
	if (good)
		printf("\nall figures are in %s/peers.json\n", place->output);
	return good && fflush(stdout) == 0;
}

static int peers_main(const struct results *results, const struct options *options)
{
	struct peer_results peer_results = { .quick = options->quick };
	struct place place;
	bool good;

	if (!peer_cases_choose(results, options, &peer_results))
		return EXIT_USAGE;
	if (!place_find(&place, options->output) || !child_pin())
		return EXIT_FAILURE;
	good = server_start(&place) && peers_run(&place, &peer_results);
	good = server_stop(&place) && good;
	good = peers_report_all(&place, &peer_results) && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct options options = { .output = "build" };
	struct results results = { .rounds = 0 };
	struct place place;
	bool good;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	if (!options_read(&options, &results, argv + 1))
		return EXIT_USAGE;
	if (options.only_list) {
		list();
		return EXIT_SUCCESS;
	}
	if (options.peers)
		return peers_main(&results, &options);
	if (!place_find(&place, options.output) || !child_pin())
		return EXIT_FAILURE;
	good = measure_all(&place, &results);
	good = server_stop(&place) && good;
	good = report_all(&place, &results) && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
