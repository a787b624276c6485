#include "report.h"

#include "child.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char settings[] =
	"set terminal svg size 1200,460 dynamic background 'white' font 'sans-serif,11'\n"
	"set output '%s/bench.svg'\n"
	"set style data histograms\n"
	"set style histogram clustered gap 1\n"
	"set style fill solid 0.9 border -1\n"
	"set xtics rotate by -35 nomirror\n"
	"set ytics nomirror\n"
	"set grid ytics\n"
	"set yrange [0:*]\n"
	"set datafile missing '-'\n"
	"set key at screen 0.5, screen 0.85 center center\n"
	"set multiplot layout 1,3 margins 0.04,0.95,0.25,0.7 spacing 0.05 "
	"title 'times libpq by hand, best form: less is better'\n"
	"set arrow from graph 0, first 1 to graph 1, first 1 nohead lw 2 lc rgb '#808080'\n";

enum { PANELS = 3, BARS = CONTENDER_COUNT - CONTENDER_PLAIN };

static const char *const panel_titles[PANELS] = { "wall time", "client CPU",
						  "client instructions" };

static double ratio_of(const struct series *series, const struct series *best, unsigned panel)
{
	if (panel == 0)
		return figures_ratio(&series->wall, &best->wall);
	if (panel == 1)
		return figures_ratio(&series->cpu, &best->cpu);
	return best->instructions > 0 ? series->instructions / best->instructions : 0;
}

static void ratio_write(FILE *file, double ratio)
{
	if (ratio > 0)
		fprintf(file, " %.4f", ratio);
	else
		fputs(" -", file);
}

/* A line a case that has a best form: the panels of each of the others. */
static void data_write(FILE *file, const struct results *results)
{
	fputs("$ratios << END\n", file);
	for (size_t i = 0; bench_cases[i].name != NULL; i++) {
		const struct series *all = results->series[i];

		if (all[CONTENDER_BEST].wall.count == 0 || !case_has_libpq(&bench_cases[i]))
			continue;
		fprintf(file, "%s", bench_cases[i].name);
		for (unsigned bar = 0; bar < BARS; bar++)
			for (unsigned panel = 0; panel < PANELS; panel++)
				ratio_write(file, ratio_of(&all[CONTENDER_PLAIN + bar],
							   &all[CONTENDER_BEST], panel));
		fputc('\n', file);
	}
	fputs("END\n", file);
}

/* Whether there is anything to show: gnuplot refuses a panel without a point. */
static bool panel_has_data(const struct results *results, unsigned panel)
{
	for (size_t i = 0; bench_cases[i].name != NULL; i++)
		for (unsigned bar = 0; bar < BARS; bar++)
			if (case_has_libpq(&bench_cases[i]) &&
			    ratio_of(&results->series[i][CONTENDER_PLAIN + bar],
				     &results->series[i][CONTENDER_BEST], panel) > 0)
				return true;
	return false;
}

static void panel_write(FILE *file, unsigned panel)
{
	static const char *const colours[BARS] = { "#c0c0c0", "#4c72b0", "#55a868" };

	fprintf(file, "set title '%s'\nplot", panel_titles[panel]);
	for (unsigned bar = 0; bar < BARS; bar++)
		fprintf(file, "%s $ratios using %u:xtic(1) title '%s' lc rgb '%s'",
			bar > 0 ? "," : "", 2 + panel + PANELS * bar,
			contender_title(CONTENDER_PLAIN + bar), colours[bar]);
	fputs("\nunset key\n", file);
}

bool report_plot(const struct place *place, const struct results *results)
{
	char path[PATH_ROOM + 16];
	const char *const argv[] = { "gnuplot", path, NULL };
	struct child child = { .argv = argv, .seconds = 30, .flags = CHILD_ERRORS_TOO };
	FILE *file;

	if (!panel_has_data(results, 0)) {
		fputs("\nno plot: no case of this run has a libpq to compare with\n", stdout);
		return true;
	}
	snprintf(path, sizeof(path), "%s/bench.gnuplot", place->output);
	file = fopen(path, "we");
	if (file == NULL) {
		fprintf(stderr, "bench: cannot write '%s': %s\n", path, strerror(errno));
		return false;
	}
	data_write(file, results);
	fprintf(file, settings, place->output);
	for (unsigned panel = 0; panel < PANELS; panel++)
		if (panel_has_data(results, panel))
			panel_write(file, panel);
	fputs("unset multiplot\n", file);
	if (fclose(file) != 0)
		return false;
	if (!child_run(&child))
		return child.status == 127;
	printf("\nthe ratios are drawn in %s/bench.svg\n", place->output);
	return true;
}
