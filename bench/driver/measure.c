#include "measure.h"

#include "child.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT = 24, QUICK_PART = 10 };

static const double WORKER_SECONDS = 30;
static const double CALLGRIND_SECONDS = 60;

/* What the worker is told. */
struct order {
	const struct bench_case *of;
	enum contender contender;
	char operations[NUMBER_TEXT];
	char warm_up[NUMBER_TEXT];
};

static void order_write(struct order *order, uint64_t operations)
{
	snprintf(order->operations, sizeof(order->operations), "%" PRIu64, operations);
	snprintf(order->warm_up, sizeof(order->warm_up), "%" PRIu64, order->of->warm_up);
}

static uint64_t operations_of(const struct bench_case *of, bool quick)
{
	uint64_t operations = quick ? of->operations / QUICK_PART : of->operations;

	return operations > 0 ? operations : 1;
}

/* The number behind a name at the beginning of a line. */
static bool number_find(const char *text, const char *name, double *number)
{
	size_t length = strlen(name);

	for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == ' ') {
			*number = strtod(line + length, NULL);
			return true;
		}
	}
	return false;
}

static bool fail(const struct bench_case *of, enum contender contender, const char *why)
{
	fprintf(stderr, "bench: case '%s', %s: %s\n", of->name, case_contender_title(of, contender),
		why);
	return false;
}

static bool checksum_take(struct results *results, size_t index, enum contender contender,
			  const char *output)
{
	const char *line = strstr(output, "checksum ");
	struct series *all = results->series[index];
	uint64_t checksum = line != NULL ? strtoull(line + strlen("checksum "), NULL, 10) : 0;

	all[contender].checksum = checksum;
	for (unsigned i = 0; i < CONTENDER_COUNT; i++)
		if (all[i].wall.count > 0 && all[i].checksum != checksum)
			return fail(&bench_cases[index], contender,
				    "it read or wrote something else than the others");
	return true;
}

static bool times_take(struct results *results, size_t index, enum contender contender,
		       const char *output)
{
	const struct bench_case *of = &bench_cases[index];
	struct series *series = &results->series[index][contender];
	double units = (double)(operations_of(of, results->quick) * of->units_of_operation);
	double wall;
	double cpu;

	if (!number_find(output, "wall", &wall) || !number_find(output, "cpu", &cpu))
		return fail(of, contender, "the worker said no times");
	figures_add(&series->wall, wall / units);
	figures_add(&series->cpu, cpu / units);
	return checksum_take(results, index, contender, output);
}

/* The worker's own figures: lines of a name that ends where the number begins. */
static bool memory_take(struct results *results, const struct bench_case *of, char *output)
{
	char *rest = output;
	char *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char *space = strrchr(line, ' ');
		struct figures *figures;

		if (space == NULL || strncmp(line, "wall ", 5) == 0 ||
		    strncmp(line, "cpu ", 4) == 0 || strncmp(line, "warmed ", 7) == 0 ||
		    strncmp(line, "checksum ", 9) == 0)
			continue;
		*space = '\0';
		figures = results_extra(results, of, line, "bytes");
		if (figures == NULL)
			return false;
		figures_add(figures, strtod(space + 1, NULL));
	}
	return true;
}

static bool measure_one(const struct place *place, struct results *results, size_t index,
			enum contender contender)
{
	const struct bench_case *of = &bench_cases[index];
	struct order order = { .of = of, .contender = contender };
	const char *const argv[] = {
		place->worker,    place->url,    of->name, contender_name(contender),
		order.operations, order.warm_up, NULL,
	};
	struct child child = { .argv = argv, .seconds = WORKER_SECONDS };

	order_write(&order, operations_of(of, results->quick));
	if (!child_run(&child))
		return fail(of, contender, "the worker failed");
	if (of->kind == CASE_MEMORY)
		return memory_take(results, of, child.output);
	return times_take(results, index, contender, child.output);
}

bool measure_round(const struct place *place, struct results *results)
{
	bool good = true;

	for (size_t i = 0; bench_cases[i].name != NULL; i++) {
		const struct bench_case *of = &bench_cases[i];

		if (!results->wanted[i] || (of->kind != CASE_TIMED && of->kind != CASE_MEMORY))
			continue;
		for (unsigned contender = 0; contender < CONTENDER_COUNT; contender++)
			if (case_has(of, contender))
				good = measure_one(place, results, i, contender) && good;
	}
	return good;
}

/* Callgrind's total of one run. */
struct count {
	struct order order;
	struct child child;
	char file[PATH_ROOM + 64];
	const char *argv[12];
};

static void count_prepare(struct count *count, const struct place *place)
{
	const char *const argv[] = {
		"valgrind",
		"--tool=callgrind",
		count->file,
		place->worker,
		place->url,
		count->order.of->name,
		contender_name(count->order.contender),
		count->order.operations,
		count->order.warm_up,
		NULL,
	};

	snprintf(count->file, sizeof(count->file), "--callgrind-out-file=%s/callgrind.%s.%s",
		 place->output, count->order.of->name, contender_name(count->order.contender));
	memcpy(count->argv, argv, sizeof(argv));
	count->child.argv = count->argv;
	count->child.seconds = CALLGRIND_SECONDS;
	count->child.flags = CHILD_ERRORS_TOO | CHILD_ON_ALL_CPUS;
}

static bool count_read(const struct count *count, double *total)
{
	const char *collected = strstr(count->child.output, "Collected : ");

	if (collected == NULL)
		return fail(count->order.of, count->order.contender, "callgrind said no total");
	*total = strtod(collected + strlen("Collected : "), NULL);
	return true;
}

/* Two runs, of which one does all that the other does and `counted` operations more: side by side
 * where they do not write to the same tables. The longer one's profile is kept. */
static bool count_one(const struct place *place, struct results *results, size_t index,
		      enum contender contender)
{
	const struct bench_case *of = &bench_cases[index];
	struct count shorter = { .order = { .of = of, .contender = contender } };
	struct count longer = { .order = { .of = of, .contender = contender } };
	double least;
	double most;
	bool good;

	order_write(&shorter.order, of->counted);
	order_write(&longer.order, 2 * of->counted);
	count_prepare(&shorter, place);
	count_prepare(&longer, place);
	snprintf(shorter.file, sizeof(shorter.file), "--callgrind-out-file=/dev/null");
	if (!child_start(&shorter.child))
		return false;
	good = !of->writes || child_wait(&shorter.child);
	good = good && child_run(&longer.child);
	if (!of->writes)
		good = child_wait(&shorter.child) && good;
	if (!good || !count_read(&shorter, &least) || !count_read(&longer, &most))
		return fail(of, contender, "its instructions could not be counted");
	results->series[index][contender].instructions =
		(most - least) / (double)(of->counted * of->units_of_operation);
	return true;
}

bool measure_instructions(const struct place *place, struct results *results, double until)
{
	bool good = true;

	for (size_t i = 0; bench_cases[i].name != NULL; i++) {
		const struct bench_case *of = &bench_cases[i];

		if (!results->wanted[i] || of->kind != CASE_TIMED)
			continue;
		for (unsigned contender = 0; contender < CONTENDER_COUNT; contender++) {
			/* Thousands of statements one by one would take minutes under callgrind. */
			if (!case_has(of, contender) || contender == CONTENDER_LOOP)
				continue;
			if (clock_seconds() > until) {
				fail(of, contender,
				     "no time is left to count instructions from here on");
				return false;
			}
			good = count_one(place, results, i, contender) && good;
		}
	}
	return good;
}
