#include "peers.h"

#include "child.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double NANOSECONDS_PER_MICROSECOND = 1000;
static const double NANOSECONDS_PER_SECOND = 1e9;

static double per_second(const struct figures *wall)
{
	double median = figures_median(wall);

	return median > 0 ? NANOSECONDS_PER_SECOND / median : 0;
}

static void ratio_print(double ratio)
{
	if (ratio >= 10)
		printf(" %7.0f", ratio);
	else if (ratio > 0)
		printf(" %7.2f", ratio);
}

static void case_print(const struct peer_results *results, size_t index)
{
	const struct bench_case *kind = case_find(peer_cases[index].name);
	const struct figures *wall = results->wall[index];
	const struct figures *cpu = results->cpu[index];

	printf("\n%s: %s; per %s\n", kind->name, kind->title, kind->unit);
	for (size_t i = 0; peers[i].title != NULL; i++) {
		if (wall[i].count == 0)
			continue;
		printf("  %-18s %10.2f %4.0f%% %10.2f %4.0f%% %11.0f", peers[i].title,
		       figures_median(&wall[i]) / NANOSECONDS_PER_MICROSECOND,
		       figures_spread(&wall[i]) * 100,
		       figures_median(&cpu[i]) / NANOSECONDS_PER_MICROSECOND,
		       figures_spread(&cpu[i]) * 100, per_second(&wall[i]));
		if (i != PEER_BASE) {
			ratio_print(figures_ratio(&wall[i], &wall[PEER_BASE]));
			ratio_print(figures_ratio(&cpu[i], &cpu[PEER_BASE]));
		}
		putchar('\n');
	}
}

void peers_report_text(const struct peer_results *results)
{
	printf("\n%u rounds: medians, and half of the spread; ratios are medians of the rounds'\n",
	       results->rounds);
	printf("%66s %14s\n", "", "times quern:");
	printf("  %-18s %16s %16s %11s %7s %7s\n", "", "wall, us", "client CPU, us", "per second",
	       "wall", "CPU");
	for (size_t i = 0; peer_cases[i].name != NULL; i++)
		if (results->wanted[i])
			case_print(results, i);
	putchar('\n');
	for (size_t i = 0; peers[i].title != NULL; i++)
		if (peers[i].worker == NULL)
			printf("  %-18s %s%s\n", peers[i].title,
			       results->absent[i] ? "skipped: " : "", results->about[i]);
}

static void figures_add_to(cJSON *object, const char *name, const struct figures *figures)
{
	cJSON *one = cJSON_AddObjectToObject(object, name);

	cJSON_AddNumberToObject(one, "median", figures_median(figures));
	cJSON_AddNumberToObject(one, "spread", figures_spread(figures));
	cJSON_AddItemToObject(one, "rounds",
			      cJSON_CreateDoubleArray(figures->values, (int)figures->count));
}

static void contender_add_to(cJSON *array, const struct peer_results *results, size_t index,
			     size_t peer)
{
	const struct figures *wall = results->wall[index];
	const struct figures *cpu = results->cpu[index];
	cJSON *one = cJSON_CreateObject();

	if (wall[peer].count == 0 || !cJSON_AddItemToArray(array, one)) {
		cJSON_Delete(one);
		return;
	}
	cJSON_AddStringToObject(one, "contender", peers[peer].title);
	figures_add_to(one, "wall_ns", &wall[peer]);
	figures_add_to(one, "cpu_ns", &cpu[peer]);
	cJSON_AddNumberToObject(one, "per_second", per_second(&wall[peer]));
	cJSON_AddNumberToObject(one, "wall_ratio", figures_ratio(&wall[peer], &wall[PEER_BASE]));
	cJSON_AddNumberToObject(one, "cpu_ratio", figures_ratio(&cpu[peer], &cpu[PEER_BASE]));
}

static void case_add_to(cJSON *array, const struct peer_results *results, size_t index)
{
	const struct bench_case *kind = case_find(peer_cases[index].name);
	cJSON *one = cJSON_CreateObject();
	cJSON *contenders;

	if (!cJSON_AddItemToArray(array, one))
		return;
	cJSON_AddStringToObject(one, "case", kind->name);
	cJSON_AddStringToObject(one, "title", kind->title);
	cJSON_AddStringToObject(one, "unit", kind->unit);
	contenders = cJSON_AddArrayToObject(one, "contenders");
	for (size_t i = 0; peers[i].title != NULL; i++)
		contender_add_to(contenders, results, index, i);
}

static char *results_print(const struct peer_results *results)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *programs = cJSON_AddObjectToObject(root, "peers");
	cJSON *skipped = cJSON_AddObjectToObject(root, "skipped");
	cJSON *cases = cJSON_AddArrayToObject(root, "cases");
	char *text;

	cJSON_AddNumberToObject(root, "rounds", results->rounds);
	cJSON_AddBoolToObject(root, "quick", results->quick);
	cJSON_AddStringToObject(root, "base", peers[PEER_BASE].title);
	for (size_t i = 0; peers[i].title != NULL; i++)
		if (peers[i].worker == NULL)
			cJSON_AddStringToObject(results->absent[i] ? skipped : programs,
						peers[i].title, results->about[i]);
	for (size_t i = 0; peer_cases[i].name != NULL; i++)
		if (results->wanted[i])
			case_add_to(cases, results, i);
	text = cJSON_Print(root);
	cJSON_Delete(root);
	return text;
}

static bool cannot_write(const char *path)
{
	fprintf(stderr, "bench: cannot write '%s': %s\n", path, strerror(errno));
	return false;
}

bool peers_report_json(const struct place *place, const struct peer_results *results)
{
	char path[PATH_ROOM + 16];
	char *text = results_print(results);
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "%s/peers.json", place->output);
	file = fopen(path, "we");
	good = text != NULL && file != NULL && fprintf(file, "%s\n", text) > 0;
	if (file != NULL)
		good = fclose(file) == 0 && good;
	free(text);
	return good || cannot_write(path);
}

static const char settings[] =
	"set terminal svg size 1200,520 dynamic background 'white' font 'sans-serif,11'\n"
	"set output '%s/peers.svg'\n"
	"set style data histograms\n"
	"set style histogram clustered gap 1\n"
	"set style fill solid 0.9 noborder\n"
	"set xtics rotate by -35 nomirror\n"
	"set ytics nomirror\n"
	"set grid ytics\n"
	"set logscale y\n"
	"set yrange [0.3:*]\n"
	"set datafile missing '-'\n"
	"set key at screen 0.5, screen 0.92 center top horizontal maxcols 5\n"
	"set multiplot layout 1,2 margins 0.05,0.97,0.2,0.72 spacing 0.07 "
	"title 'times quern (tasks), logarithmic: less is better'\n"
	"set arrow from graph 0, first 1 to graph 1, first 1 nohead lw 2 lc rgb '#808080'\n";

enum { PANELS = 2 };

/* A line a case: for each contender the ratios of wall and CPU time. */
static void data_write(FILE *file, const struct peer_results *results)
{
	fputs("$ratios << END\n", file);
	for (size_t i = 0; peer_cases[i].name != NULL; i++) {
		if (!results->wanted[i])
			continue;
		fprintf(file, "%s", peer_cases[i].name);
		for (size_t peer = 0; peers[peer].title != NULL; peer++) {
			const struct figures *both[PANELS] = { results->wall[i], results->cpu[i] };

			for (unsigned panel = 0; panel < PANELS; panel++) {
				double ratio =
					figures_ratio(&both[panel][peer], &both[panel][PEER_BASE]);

				if (ratio > 0)
					fprintf(file, " %.4f", ratio);
				else
					fputs(" -", file);
			}
		}
		fputc('\n', file);
	}
	fputs("END\n", file);
}

static void panel_write(FILE *file, const struct peer_results *results, unsigned panel)
{
	static const char *const titles[PANELS] = { "wall time", "client CPU" };
	static const char *const colours[PEERS_MAX] = {
		"#404040", "#000000", "#a0a0a0", "#4c72b0", "#64b5cd", "#8172b2",
		"#dd8452", "#c44e52", "#55a868", "#a2c96a", "#937860", "#da8bc3",
	};
	const char *comma = "plot";

	fprintf(file, "set title '%s'\n", titles[panel]);
	for (unsigned i = 0; peers[i].title != NULL; i++) {
		if (i == PEER_BASE || results->absent[i])
			continue;
		fprintf(file, "%s $ratios using %u:xtic(1) title '%s' lc rgb '%s'", comma,
			2 + panel + PANELS * i, peers[i].title, colours[i]);
		comma = ",";
	}
	fputs("\nunset key\n", file);
}

/* Whether there is anything to show: gnuplot refuses a plot without a point. */
static bool has_ratios(const struct peer_results *results)
{
	for (size_t i = 0; peer_cases[i].name != NULL; i++)
		if (figures_ratio(&results->wall[i][0], &results->wall[i][PEER_BASE]) > 0)
			return true;
	return false;
}

bool peers_report_plot(const struct place *place, const struct peer_results *results)
{
	char path[PATH_ROOM + 16];
	const char *const argv[] = { "gnuplot", path, NULL };
	struct child child = { .argv = argv, .seconds = 30, .flags = CHILD_ERRORS_TOO };
	FILE *file;

	if (!has_ratios(results)) {
		fputs("\nno plot: quern was not measured\n", stdout);
		return true;
	}
	snprintf(path, sizeof(path), "%s/peers.gnuplot", place->output);
	file = fopen(path, "we");
	if (file == NULL)
		return cannot_write(path);
	data_write(file, results);
	fprintf(file, settings, place->output);
	for (unsigned panel = 0; panel < PANELS; panel++)
		panel_write(file, results, panel);
	fputs("unset multiplot\n", file);
	if (fclose(file) != 0)
		return cannot_write(path);
	if (!child_run(&child))
		return child.status == 127;
	printf("\nthe ratios are drawn in %s/peers.svg\n", place->output);
	return true;
}
