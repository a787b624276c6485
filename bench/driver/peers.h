/*
 * quern beside other libraries: ./dev bench --peers
 *
 * Each peer is a program of bench/peers that is started as "PEER URL CASE OPERATIONS WARM-UP", and
 * says what it measured as a line of JSON; libpq by hand and quern do the same work in the worker.
 * All contenders of a case do equally many operations on the same rows, and what they read in the
 * warm-up, and left in the tables, must have the same sums.
 */
#ifndef BENCH_DRIVER_PEERS_H
#define BENCH_DRIVER_PEERS_H

#include "cases.h"
#include "place.h"

enum { PEERS_MAX = 12, PEER_CASES_MAX = 8, PEER_TEXT = 160 };

/* The contender that the others are divided by: quern's tasks. */
enum { PEER_BASE = 1 };

struct peer {
	const char *title;
	const char *worker;      /* the contender's name to the worker; NULL: a program */
	const char *interpreter; /* of the program */
	const char *program;
	bool reads_unchecked; /* it takes rows of its own choice, so it has no sum to compare */
};

struct peer_case {
	const char *name; /* of one of bench_cases */
	uint64_t operations;
	uint64_t warm_up;
};

/* Each ends with one without a title or name. */
extern const struct peer peers[];
extern const struct peer_case peer_cases[];

/* What came out, by the numbers of case and peer. */
struct peer_results {
	struct figures wall[PEER_CASES_MAX][PEERS_MAX]; /* nanoseconds a unit */
	struct figures cpu[PEER_CASES_MAX][PEERS_MAX];
	bool wanted[PEER_CASES_MAX];
	bool absent[PEERS_MAX];
	char about[PEERS_MAX][PEER_TEXT]; /* its version, or why it is absent */
	unsigned rounds;
	bool quick;
};

/* What a peer says of one run. */
struct peer_line {
	double wall; /* nanoseconds of all operations */
	double cpu;
	unsigned long long warmed;
	bool has_warmed;
};

/* Reads the line of a peer. False: it is not one. */
bool peer_line_read(const char *text, struct peer_line *line);

/* Runs every peer that is there in every case that is wanted, in rounds, for some minutes at most.
 * False: one failed, or did something else than the others, which was said; what the others did is
 * in the results. */
bool peers_run(const struct place *place, struct peer_results *results);

/* A table for people, to stdout. */
void peers_report_text(const struct peer_results *results);

/* All figures of all rounds, to `peers.json` in the folder of the output. False: said why. */
bool peers_report_json(const struct place *place, const struct peer_results *results);

/* The ratios to quern as bars, to `peers.svg`; none, which is said, without a gnuplot. False: said
 * why. */
bool peers_report_plot(const struct place *place, const struct peer_results *results);

#endif
