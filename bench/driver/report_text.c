#include "report.h"

#include <stdio.h>

static const double NANOSECONDS_PER_MICROSECOND = 1000;

static void ratio_print(double ratio)
{
	if (ratio > 0)
		printf(" %7.2f", ratio);
	else
		printf(" %7s", "");
}

static void series_print(const struct series *series, const struct series *best, const char *title)
{
	printf("  %-25s %9.2f %4.0f%% %9.2f %4.0f%%", title,
	       figures_median(&series->wall) / NANOSECONDS_PER_MICROSECOND,
	       figures_spread(&series->wall) * 100,
	       figures_median(&series->cpu) / NANOSECONDS_PER_MICROSECOND,
	       figures_spread(&series->cpu) * 100);
	if (series->instructions > 0)
		printf(" %9.0f", series->instructions);
	else
		printf(" %9s", "");
	if (series != best) {
		ratio_print(figures_ratio(&series->wall, &best->wall));
		ratio_print(figures_ratio(&series->cpu, &best->cpu));
		ratio_print(best->instructions > 0 ? series->instructions / best->instructions : 0);
	}
	putchar('\n');
}

static void case_print(const struct results *results, size_t index)
{
	const struct bench_case *of = &bench_cases[index];
	const struct series *all = results->series[index];

	printf("\n%s: %s; per %s\n", of->name, of->title, of->unit);
	for (unsigned i = 0; i < CONTENDER_COUNT; i++)
		if (all[i].wall.count > 0)
			series_print(&all[i], &all[CONTENDER_BEST], case_contender_title(of, i));
}

static void extras_print(const struct results *results, const struct bench_case *of)
{
	printf("\n%s: %s\n", of->name, of->title);
	for (unsigned i = 0; i < results->extra_count; i++) {
		const struct extra *extra = &results->extras[i];

		if (extra->of == of)
			printf("  %-34s %10.*f %-5s %4.0f%%\n", extra->name,
			       figures_median(&extra->figures) < 10 ? 3 : 0,
			       figures_median(&extra->figures), extra->unit,
			       figures_spread(&extra->figures) * 100);
	}
}

static void head_print(void)
{
	printf("%54s %14s %21s\n", "", "instruc-", "times the best form:");
	printf("  %-25s %15s %15s %9s %7s %7s %7s\n", "", "wall, us", "client CPU, us", "tions",
	       "wall", "CPU", "instr.");
}

static bool has_times(const struct results *results)
{
	for (size_t i = 0; bench_cases[i].name != NULL; i++)
		if (results->wanted[i] && bench_cases[i].kind == CASE_TIMED)
			return true;
	return false;
}

void report_text(const struct results *results)
{
	printf("\n%u rounds: medians, and half of the spread; ratios are medians of the rounds'\n",
	       results->rounds);
	if (has_times(results))
		head_print();
	for (size_t i = 0; bench_cases[i].name != NULL; i++) {
		if (!results->wanted[i])
			continue;
		if (bench_cases[i].kind == CASE_TIMED)
			case_print(results, i);
		else
			extras_print(results, &bench_cases[i]);
	}
}
