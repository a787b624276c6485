#include "cases.h"

#include <stdio.h>
#include <string.h>

enum {
	BEST = 1 << CONTENDER_BEST,
	FLUSH = 1 << CONTENDER_FLUSH,
	LOOP = 1 << CONTENDER_LOOP,
	PLAIN = 1 << CONTENDER_PLAIN,
	CALLBACK = 1 << CONTENDER_CALLBACK,
	TASK = 1 << CONTENDER_TASK,
};

/* Each round of each contender takes a third of a second, more or less. */
const struct bench_case bench_cases[] = {
	{ "get", "a row by primary key, one at a time", "get", CASE_TIMED,
	  BEST | PLAIN | CALLBACK | TASK, false, 8000, 500, 2000, 1 },
	{ "get-64-on-1", "rows by primary key, 64 in flight on 1 connection", "get", CASE_TIMED,
	  BEST | FLUSH | CALLBACK | TASK, false, 25600, 1280, 6400, 1 },
	{ "get-64-on-4", "rows by primary key, 64 in flight on 4 connections", "get", CASE_TIMED,
	  BEST | FLUSH | CALLBACK | TASK, false, 25600, 2560, 6400, 1 },
	{ "get-coalesced", "the same, quern's gets coalesced", "get", CASE_TIMED,
	  BEST | CALLBACK | TASK, false, 25600, 2560, 6400, 1 },
	{ "list-50", "50 rows by a filter, in order", "list", CASE_TIMED,
	  BEST | PLAIN | CALLBACK | TASK, false, 2000, 100, 200, 1 },
	{ "list-all", "100,000 rows", "row", CASE_TIMED, BEST | PLAIN | CALLBACK | TASK, false, 2,
	  1, 1, 100000 },
	{ "each-all", "100,000 rows as a stream", "row", CASE_TIMED, BEST | PLAIN | TASK, false, 2,
	  1, 1, 100000 },
	{ "create", "a row, and all of it back", "create", CASE_TIMED,
	  BEST | PLAIN | CALLBACK | TASK, true, 6000, 500, 1000, 1 },
	{ "update", "a row by primary key", "update", CASE_TIMED, BEST | PLAIN | CALLBACK | TASK,
	  true, 6000, 500, 1000, 1 },
	{ "transaction", "a read that decides two updates", "transaction", CASE_TIMED,
	  BEST | PLAIN | CALLBACK | TASK, true, 2500, 200, 500, 1 },
	{ "session-get", "a row by primary key, in a session of its own", "get", CASE_TIMED,
	  BEST | CALLBACK | TASK, false, 8000, 500, 2000, 1 },
	{ "acquire", "a get in a transaction, 64 that wait for 4 connections", "transaction",
	  CASE_TIMED, BEST | CALLBACK | TASK, false, 8000, 640, 2000, 1 },
	{ "join-50", "50 rows with two that they refer to, joined", "list", CASE_TIMED,
	  BEST | LOOP | CALLBACK | TASK, false, 1000, 100, 200, 1 },
	{ "join-all", "10,000 rows with two that they refer to, joined", "row", CASE_TIMED,
	  BEST | LOOP | CALLBACK | TASK, false, 3, 1, 2, 10000 },
	{ "apart-50", "the 50 rows, those that they refer to by statements of their own", "list",
	  CASE_TIMED, BEST | CALLBACK | TASK, false, 1000, 100, 200, 1 },
	{ "apart-all", "the 10,000 rows, the same way", "row", CASE_TIMED, BEST | CALLBACK | TASK,
	  false, 5, 1, 2, 10000 },
	{ "tags-100", "100 rows and their tags", "list", CASE_TIMED, BEST | LOOP | CALLBACK | TASK,
	  false, 400, 20, 100, 1 },
	{ "session", "opening and closing a session", "session", CASE_TIMED, CALLBACK, false,
	  2000000, 1000, 20000, 1 },
	{ "spawn", "spawning a task, and its end", "task", CASE_TIMED, TASK, false, 1000000, 1024,
	  19200, 1 },
	{ "json-read", "a text of JSON into a row's values; by hand: cJSON's tree of it, unused",
	  "text", CASE_TIMED, BEST | CALLBACK, false, 300000, 1000, 5000, 1 },
	{ "json-write", "JSON of 100,000 rows with a document and an array", "row", CASE_TIMED,
	  BEST | PLAIN | CALLBACK, false, 500000, 1000, 2000, 1 },
	{ "json-write-flat", "JSON of 100,000 rows of plain values", "row", CASE_TIMED,
	  BEST | PLAIN | CALLBACK, false, 500000, 1000, 2000, 1 },
	{ "json-write-card", "JSON of 100,000 rows by a serializer, with four nested rows each",
	  "row", CASE_TIMED, BEST | PLAIN | CALLBACK, false, 500000, 1000, 2000, 1 },
	{ "json-memory", "what JSON of the 100,000 rows of json-write occupies", "list",
	  CASE_MEMORY, CALLBACK, false, 1, 1, 0, 1 },
	{ "memory", "what the parts of quern occupy", "part", CASE_MEMORY, TASK, false, 1, 1, 0,
	  1 },
	{ "generate", "quern gen of models with 15 fields", "run", CASE_GENERATE, 0, false, 1, 0, 0,
	  1 },
	{ "compile", "the generated code of a model with 15 fields", "model", CASE_COMPILE, 0,
	  false, 1, 0, 0, 1 },
	{ NULL, NULL, NULL, CASE_TIMED, 0, false, 0, 0, 0, 0 },
};

_Static_assert(sizeof(bench_cases) / sizeof(*bench_cases) <= CASES_MAX, "no place for the results");

const char *contender_name(enum contender contender)
{
	static const char *const names[CONTENDER_COUNT] = { "best",  "flush",    "loop",
							    "plain", "callback", "task" };

	return names[contender];
}

const char *contender_title(enum contender contender)
{
	static const char *const titles[CONTENDER_COUNT] = {
		"libpq, best form",          "libpq, flush requests", "libpq, a query a row",
		"libpq, as people write it", "quern, call-backs",     "quern, tasks",
	};

	return titles[contender];
}

bool case_has_libpq(const struct bench_case *of)
{
	return strncmp(of->name, "json-", strlen("json-")) != 0;
}

const char *case_contender_title(const struct bench_case *of, enum contender contender)
{
	if (case_has_libpq(of))
		return contender_title(contender);
	if (contender == CONTENDER_CALLBACK)
		return "quern";
	/* Reading by hand is cJSON's. */
	return contender == CONTENDER_PLAIN || strcmp(of->name, "json-read") == 0 ? "cJSON"
										  : "by hand";
}

bool case_has(const struct bench_case *of, enum contender contender)
{
	return (of->contenders & 1U << contender) != 0;
}

const struct bench_case *case_find(const char *name)
{
	for (const struct bench_case *one = bench_cases; one->name != NULL; one++)
		if (strcmp(one->name, name) == 0)
			return one;
	return NULL;
}

struct figures *results_extra(struct results *results, const struct bench_case *of,
			      const char *name, const char *unit)
{
	struct extra *extra;

	for (unsigned i = 0; i < results->extra_count; i++)
		if (results->extras[i].of == of && strcmp(results->extras[i].name, name) == 0)
			return &results->extras[i].figures;
	if (results->extra_count == EXTRAS_MAX)
		return NULL;
	extra = &results->extras[results->extra_count++];
	extra->of = of;
	extra->unit = unit;
	snprintf(extra->name, sizeof(extra->name), "%s", name);
	return &extra->figures;
}
