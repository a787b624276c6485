#include "report.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void figures_add_to(cJSON *object, const char *name, const struct figures *figures)
{
	cJSON *one = cJSON_AddObjectToObject(object, name);

	cJSON_AddNumberToObject(one, "median", figures_median(figures));
	cJSON_AddNumberToObject(one, "spread", figures_spread(figures));
	cJSON_AddItemToObject(one, "rounds",
			      cJSON_CreateDoubleArray(figures->values, (int)figures->count));
}

static void series_add_to(cJSON *array, const struct bench_case *of, const struct series *all,
			  enum contender contender)
{
	const struct series *best = &all[CONTENDER_BEST];
	const struct series *series = &all[contender];
	cJSON *one = cJSON_CreateObject();
	char checksum[24];

	if (!cJSON_AddItemToArray(array, one))
		return;
	/* As text: a number of JSON has no 64 bits. */
	snprintf(checksum, sizeof(checksum), "%" PRIu64, series->checksum);
	cJSON_AddStringToObject(one, "contender", case_contender_title(of, contender));
	figures_add_to(one, "wall_ns", &series->wall);
	figures_add_to(one, "cpu_ns", &series->cpu);
	if (series->instructions > 0)
		cJSON_AddNumberToObject(one, "instructions", series->instructions);
	if (best->wall.count > 0) {
		cJSON_AddNumberToObject(one, "wall_ratio",
					figures_ratio(&series->wall, &best->wall));
		cJSON_AddNumberToObject(one, "cpu_ratio", figures_ratio(&series->cpu, &best->cpu));
	}
	if (best->instructions > 0)
		cJSON_AddNumberToObject(one, "instructions_ratio",
					series->instructions / best->instructions);
	cJSON_AddStringToObject(one, "checksum", checksum);
}

static void case_add_to(cJSON *array, const struct results *results, size_t index)
{
	const struct bench_case *of = &bench_cases[index];
	cJSON *one = cJSON_CreateObject();
	cJSON *inside;

	if (!cJSON_AddItemToArray(array, one))
		return;
	cJSON_AddStringToObject(one, "case", of->name);
	cJSON_AddStringToObject(one, "title", of->title);
	cJSON_AddStringToObject(one, "unit", of->unit);
	if (of->kind == CASE_TIMED) {
		inside = cJSON_AddArrayToObject(one, "contenders");
		for (unsigned i = 0; i < CONTENDER_COUNT; i++)
			if (results->series[index][i].wall.count > 0)
				series_add_to(inside, of, results->series[index], i);
		return;
	}
	inside = cJSON_AddObjectToObject(one, "figures");
	for (unsigned i = 0; i < results->extra_count; i++)
		if (results->extras[i].of == of) {
			figures_add_to(inside, results->extras[i].name,
				       &results->extras[i].figures);
			cJSON_AddStringToObject(cJSON_GetObjectItem(inside,
								    results->extras[i].name),
						"unit", results->extras[i].unit);
		}
}

static char *results_print(const struct results *results)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *cases = cJSON_AddArrayToObject(root, "cases");
	char *text;

	cJSON_AddNumberToObject(root, "rounds", results->rounds);
	cJSON_AddBoolToObject(root, "quick", results->quick);
	for (size_t i = 0; bench_cases[i].name != NULL; i++)
		if (results->wanted[i])
			case_add_to(cases, results, i);
	text = cJSON_Print(root);
	cJSON_Delete(root);
	return text;
}

bool report_json(const struct place *place, const struct results *results)
{
	char path[PATH_ROOM + 16];
	char *text = results_print(results);
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "%s/bench.json", place->output);
	file = fopen(path, "we");
	good = text != NULL && file != NULL && fprintf(file, "%s\n", text) > 0;
	if (file != NULL)
		good = fclose(file) == 0 && good;
	if (!good)
		fprintf(stderr, "bench: cannot write '%s': %s\n", path, strerror(errno));
	free(text);
	return good;
}
