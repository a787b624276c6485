/*
 * A cell: the load runs, one fault happens to it again and again, and then everything is checked.
 */
#ifndef QUERN_TEST_CHAOS_CELL_H
#define QUERN_TEST_CHAOS_CELL_H

#include "check.h"
#include "pair.h"
#include "pooler.h"
#include "proxy.h"

enum {
	CELL_ROUNDS = 4096,
	CELL_DEADLINE_MS = 1000,
	CELL_CONNECTIONS = 8,
	CELL_WORKERS = 32,
	CELL_WAITING = 64 /* of LOAD_FLOOD: operations that may wait */
};

struct cell;

/* What the load connects to. */
enum fault_route {
	ROUTE_SERVER,
	ROUTE_PROXY,
	ROUTE_POOLER,
	ROUTE_PAIR, /* whichever of two servers is the primary */
};

struct fault {
	const char *id;   /* of docs/reliability.md: "F1" */
	const char *name; /* what is done */
	enum fault_route route;
	enum load_kind kind;
	unsigned workers;        /* 0: CELL_WORKERS */
	bool pools_transactions; /* the pooler does, not sessions */
	bool lies;               /* what the load reads may be changed on its way */
	bool cancels;            /* the load gives things up */
	bool server_cancels;     /* 57014 may hit anybody */
	unsigned pause_ms;       /* between rounds */
	unsigned deadline_ms;    /* of each operation; 0: CELL_DEADLINE_MS */
	/*
	 * Before the load starts. False: the cell cannot be run, or is not to be (cell_skip). NULL:
	 * nothing is to be done.
	 */
	bool (*begin)(struct cell *cell);
	/*
	 * After it has ended, before all is checked; also after a begin that failed. Adds problems.
	 * NULL: nothing.
	 */
	void (*end)(struct cell *cell);
	/*
	 * Does it once and undoes it, and calls cell_over when the load may go on. False: it could
	 * not.
	 */
	bool (*round)(struct cell *cell);
	/* What must hold besides; adds problems. NULL: nothing. */
	void (*expect)(struct cell *cell);
};

struct cell {
	const struct fault *fault;
	struct server *server;
	struct proxy *proxy;
	struct pooler pooler; /* of ROUTE_POOLER */
	struct pair pair;     /* of ROUTE_PAIR */
	const char *folder;   /* for ledgers */
	uint64_t seed;
	uint64_t random;
	unsigned milliseconds;
	struct load_board *board;
	pid_t load;
	bool is_cut;   /* the load is the session that is cut at each byte */
	unsigned step; /* every so many bytes */

	/* What came of it. */
	const char *skipped; /* why it was not run; NULL: it was */
	unsigned rounds;
	uint64_t ends[CELL_ROUNDS]; /* of the faults, microseconds */
	size_t end_count;
	/* Cores that the load took while there was no server; < 0: not measured. */
	double busy_while_down;
	double down_seconds; /* in all */
	struct ledger ledger;
	struct check check;
	/* Microseconds from a fault's end to the next acknowledged request after it. */
	uint64_t recovery_p50;
	uint64_t recovery_p99;
	uint64_t unrecovered; /* faults after which nothing was acknowledged any more */
};

/* Runs it; what it found is in the cell. False: the cell could not be run, and stderr says why. */
bool cell_run(struct cell *cell);
void cell_release(struct cell *cell);
/* For faults. */
void cell_pause(unsigned milliseconds);
/* What an operation of the load may take, in milliseconds. */
unsigned cell_deadline(const struct cell *cell);
uint64_t cell_random(struct cell *cell, uint64_t limit);
void cell_over(struct cell *cell);
/*
 * Waits until as many requests were acknowledged as there are workers. False: that does not come.
 */
bool cell_serves(const struct cell *cell);
/* Returns false, for a begin. The reason is static. */
bool cell_skip(struct cell *cell, const char *reason);
/* A command for the proxy. */
bool cell_tell(struct cell *cell, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Seconds of processor time that the load has used. */
double cell_load_seconds(const struct cell *cell);

/* All faults, ended by one without an id. */
extern const struct fault faults[];

#endif
