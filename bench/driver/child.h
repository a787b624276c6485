/*
 * Programs that the driver runs: with a limit of time, on the one CPU that everything is measured
 * on, or on all of them.
 */
#ifndef BENCH_DRIVER_CHILD_H
#define BENCH_DRIVER_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CHILD_OUTPUT = 16384 };

enum child_flags {
	CHILD_ON_ALL_CPUS = 1 << 0,
	CHILD_ERRORS_TOO = 1 << 1,  /* stderr goes into `output`; else it is the driver's own */
	CHILD_OUTPUT_AWAY = 1 << 2, /* stdout is thrown away */
	CHILD_MAY_FAIL = 1 << 3,    /* nothing is said when its status is another than 0 */
};

struct child {
	/* Set by the caller. */
	const char *const *argv; /* argv[0] is looked for in PATH; ends with NULL */
	double seconds;          /* after these it is killed */
	unsigned flags;

	/* Set by child_wait. */
	char output[CHILD_OUTPUT]; /* the first of it, ends with NUL */
	double took;               /* seconds */
	double cpu;                /* seconds that it computed */
	long peak_kib;             /* of its memory */
	int status;                /* its exit status; 128 + N: signal N; 127: it cannot be run */
	bool timed_out;

	/* Its own. */
	pid_t pid;
	int from;
	double started;
	size_t length;
};

/* Pins the driver, and so what it starts, to one CPU. False: said why. */
bool child_pin(void);

/* Starts it. False: said why, and there is nothing to wait for. */
bool child_start(struct child *child);

/* Waits for its end. False: it did not exit with 0, which was said, output included. */
bool child_wait(struct child *child);

/* Both. */
bool child_run(struct child *child);

/* Seconds of a clock that never goes back. */
double clock_seconds(void);

#endif
