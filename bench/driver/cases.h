/*
 * What is measured, for whom, and what came out.
 */
#ifndef BENCH_DRIVER_CASES_H
#define BENCH_DRIVER_CASES_H

#include "figures.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum contender {
	CONTENDER_BEST,
	CONTENDER_FLUSH,
	CONTENDER_LOOP,
	CONTENDER_PLAIN,
	CONTENDER_CALLBACK,
	CONTENDER_TASK,
	CONTENDER_COUNT,
};

/* The contender's name to the worker, and to the reader. */
const char *contender_name(enum contender contender);
const char *contender_title(enum contender contender);

enum case_kind {
	CASE_TIMED,  /* in rounds, and under callgrind */
	CASE_MEMORY, /* the worker prints figures of its own */
	CASE_GENERATE,
	CASE_COMPILE,
};

struct bench_case {
	const char *name;
	const char *title;
	const char *unit; /* what a figure is of: "get", "row" */
	enum case_kind kind;
	unsigned contenders; /* bits */
	bool writes;
	uint64_t operations; /* in a round */
	uint64_t warm_up;
	uint64_t counted;            /* under callgrind */
	uint64_t units_of_operation; /* rows of a list, else 1 */
};

/* Ends with a case without a name. */
extern const struct bench_case bench_cases[];

enum { CASES_MAX = 32, EXTRAS_MAX = 40 };

/* What one contender did in one case, a unit. */
struct series {
	struct figures wall; /* nanoseconds */
	struct figures cpu;
	double instructions; /* 0: not counted */
	uint64_t checksum;
};

/* A figure that is neither. */
struct extra {
	const struct bench_case *of;
	char name[64];
	const char *unit;
	struct figures figures;
};

struct results {
	struct series series[CASES_MAX][CONTENDER_COUNT];
	bool wanted[CASES_MAX];
	struct extra extras[EXTRAS_MAX];
	unsigned extra_count;
	unsigned rounds;
	bool quick;
};

/* The figures of that name, made if need be; NULL: there is no place for more. */
struct figures *results_extra(struct results *results, const struct bench_case *of,
			      const char *name, const char *unit);

/* Whether what is by hand is by libpq: not so of JSON. */
bool case_has_libpq(const struct bench_case *of);

/* The contender as the reader knows it in this case. */
const char *case_contender_title(const struct bench_case *of, enum contender contender);

/* Whether the contender takes part in the case. */
bool case_has(const struct bench_case *of, enum contender contender);

/* NULL when there is none of that name. */
const struct bench_case *case_find(const char *name);

#endif
