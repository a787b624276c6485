#include "compiler.h"

#include "child.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_ROOM = 64, COMPILED = 20, FEW = 1000, MANY = 10000 };

static const double GENERATE_SECONDS = 60;
static const double COMPILE_SECONDS = 30;

/* A schema of so many models, and the folder that its code goes to. */
struct project {
	unsigned models;
	char schema[PATH_ROOM + NAME_ROOM];
	char folder[PATH_ROOM + NAME_ROOM];
};

static bool fail(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	return false;
}

static int entry_remove(const char *path, const struct stat *found, int kind, struct FTW *where)
{
	(void)found;
	(void)kind;
	(void)where;
	return remove(path);
}

static bool folder_remove(const char *path)
{
	return nftw(path, entry_remove, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT ||
	       fail(path, strerror(errno));
}

/* 15 fields with the generated key: every type that is common, and a reference. */
static void model_write(FILE *file, unsigned number)
{
	fprintf(file,
		"/// Model number %u of many.\n"
		"model Model%05u {\n"
		"    name varchar(200) check (length(name) > 0);\n"
		"    slug text unique;\n"
		"    note text?;\n"
		"    price numeric(10,2) default 0;\n"
		"    stock integer default 0;\n"
		"    total bigint;\n"
		"    weight double?;\n"
		"    is_active boolean default true;\n"
		"    status Status default draft;\n"
		"    meta jsonb default '{}';\n"
		"    labels text[] default '{}';\n"
		"    token uuid;\n"
		"    created_at timestamptz default now();\n",
		number, number);
	if (number > 0)
		fprintf(file, "    parent Model%05u on delete cascade;\n", number - 1);
	else
		fputs("    parent integer;\n", file);
	fputs("    index (is_active, -created_at);\n}\n", file);
}

static bool project_write(struct project *project, const struct place *place, unsigned models)
{
	FILE *file;
	bool good;

	project->models = models;
	snprintf(project->schema, sizeof(project->schema), "%s/models%u.quern", place->scratch,
		 models);
	snprintf(project->folder, sizeof(project->folder), "%s/models%u", place->scratch, models);
	if (mkdir(place->scratch, 0777) < 0 && errno != EEXIST)
		return fail(place->scratch, strerror(errno));
	file = fopen(project->schema, "we");
	if (file == NULL)
		return fail(project->schema, strerror(errno));
	fputs("module many;\nenum Status { draft, live, retired }\n", file);
	for (unsigned i = 0; i < models; i++)
		model_write(file, i);
	good = ferror(file) == 0;
	return (fclose(file) == 0 && good) || fail(project->schema, "it could not be written");
}

static bool figure_add(struct results *results, const struct bench_case *of,
		       const char *const name_unit[2], double value)
{
	struct figures *figures = results_extra(results, of, name_unit[0], name_unit[1]);

	if (figures == NULL)
		return fail(name_unit[0], "there is no place for the figure");
	figures_add(figures, value);
	return true;
}

/* The files that a folder holds whose names end so. */
static unsigned files_count(const char *folder, const char *end)
{
	DIR *open = opendir(folder);
	const struct dirent *entry;
	unsigned count = 0;

	while (open != NULL && (entry = readdir(open)) != NULL) {
		size_t length = strlen(entry->d_name);

		count += length > strlen(end) &&
			 strcmp(entry->d_name + length - strlen(end), end) == 0;
	}
	if (open != NULL)
		closedir(open);
	return count;
}

/* To nowhere: what the compiler itself does. */
static bool generate_only(const struct place *place, struct results *results,
			  const struct bench_case *of, const struct project *project)
{
	const char *const argv[] = { place->quern, "gen", project->schema, "--stdout", NULL };
	struct child child = { .argv = argv,
			       .seconds = GENERATE_SECONDS,
			       .flags = CHILD_OUTPUT_AWAY | CHILD_ERRORS_TOO };
	char time[NAME_ROOM];
	char cpu[NAME_ROOM];
	char memory[NAME_ROOM];

	snprintf(time, sizeof(time), "%u models, to /dev/null", project->models);
	snprintf(cpu, sizeof(cpu), "%u models, CPU of that", project->models);
	snprintf(memory, sizeof(memory), "%u models, peak memory", project->models);
	return child_run(&child) &&
	       figure_add(results, of, (const char *const[]){ time, "s" }, child.took) &&
	       figure_add(results, of, (const char *const[]){ cpu, "s" }, child.cpu) &&
	       figure_add(results, of, (const char *const[]){ memory, "MiB" },
			  (double)child.peak_kib / 1024);
}

static bool generate_files(const struct place *place, struct results *results,
			   const struct bench_case *of, const struct project *project)
{
	const char *const argv[] = { place->quern, "gen",           project->schema,
				     "-o",         project->folder, NULL };
	struct child child = { .argv = argv,
			       .seconds = GENERATE_SECONDS,
			       .flags = CHILD_ERRORS_TOO };
	char written[NAME_ROOM];
	char again[NAME_ROOM];
	char module[PATH_ROOM + 2 * NAME_ROOM];

	snprintf(written, sizeof(written), "%u models, to new files", project->models);
	snprintf(again, sizeof(again), "%u models, nothing changed", project->models);
	snprintf(module, sizeof(module), "%s/many", project->folder);
	if (!folder_remove(project->folder) || !child_run(&child) ||
	    !figure_add(results, of, (const char *const[]){ written, "s" }, child.took))
		return false;
	if (files_count(module, ".c") < project->models)
		return fail(module, "quern gen wrote fewer files than there are models");
	return child_run(&child) &&
	       figure_add(results, of, (const char *const[]){ again, "s" }, child.took);
}

/*
 * Files are written and synced one by one, which takes a disk its time: a thousand models show it.
 */
static bool generate(const struct place *place, struct results *results,
		     const struct bench_case *of)
{
	struct project few;
	struct project many;

	if (!project_write(&few, place, FEW) || !generate_only(place, results, of, &few) ||
	    !generate_files(place, results, of, &few))
		return false;
	return results->quick ||
	       (project_write(&many, place, MANY) && generate_only(place, results, of, &many));
}

/* Lines of a file, or 0. */
static unsigned lines_count(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned lines = 0;
	int character;

	while (file != NULL && (character = getc(file)) != EOF)
		lines += character == '\n';
	if (file != NULL)
		fclose(file);
	return lines;
}

/* Compiles one model; adds the bytes of its code and data. */
static bool compile_one(const struct place *place, const char *source, double *took, double *bytes)
{
	char object[PATH_ROOM + NAME_ROOM];
	const char *const compile[] = { "cc",           "-std=c11", "-O2",  "-c",   "-I",
					place->headers, "-o",       object, source, NULL };
	const char *const size[] = { "size", object, NULL };
	struct child child = { .argv = compile, .seconds = COMPILE_SECONDS };
	const char *line;
	char *rest;

	snprintf(object, sizeof(object), "%s/model.o", place->scratch);
	if (!child_run(&child))
		return false;
	*took += child.cpu;
	child.argv = size;
	if (!child_run(&child))
		return false;
	line = strchr(child.output, '\n');
	if (line == NULL)
		return fail(object, "'size' said nothing of it");
	/* Below the headings: text, data, zeroed data. */
	*bytes += strtod(line, &rest);
	*bytes += strtod(rest, &rest);
	*bytes += strtod(rest, &rest);
	return true;
}

static bool compile(const struct place *place, struct results *results, const struct bench_case *of)
{
	struct project project;
	struct child child = { .seconds = GENERATE_SECONDS, .flags = CHILD_ERRORS_TOO };
	const char *const argv[] = {
		place->quern, "gen", project.schema, "-o", project.folder, NULL
	};
	char source[PATH_ROOM + 2 * NAME_ROOM];
	double took = 0;
	double bytes = 0;
	double lines = 0;

	child.argv = argv;
	if (!project_write(&project, place, COMPILED) || !folder_remove(project.folder) ||
	    !child_run(&child))
		return false;
	for (unsigned i = 0; i < COMPILED; i++) {
		snprintf(source, sizeof(source), "%s/many/model%05u.h", project.folder, i);
		lines += lines_count(source);
		source[strlen(source) - 1] = 'c';
		lines += lines_count(source);
		if (!compile_one(place, source, &took, &bytes))
			return false;
	}
	return figure_add(results, of, (const char *const[]){ "cc -O2, CPU", "ms" },
			  took * 1000 / COMPILED) &&
	       figure_add(results, of, (const char *const[]){ "object code and data", "bytes" },
			  bytes / COMPILED) &&
	       figure_add(results, of, (const char *const[]){ "lines of .c and .h", "lines" },
			  lines / COMPILED);
}

bool compiler_round(const struct place *place, struct results *results)
{
	bool good = true;

	for (size_t i = 0; bench_cases[i].name != NULL; i++) {
		const struct bench_case *of = &bench_cases[i];

		if (!results->wanted[i])
			continue;
		if (of->kind == CASE_GENERATE)
			good = generate(place, results, of) && good;
		else if (of->kind == CASE_COMPILE)
			good = compile(place, results, of) && good;
	}
	return (access(place->scratch, F_OK) != 0 || folder_remove(place->scratch)) && good;
}
