/*
 * The load: clients of one pool that move money between accounts and write down what they were
 * told.
 *
 * Runs in a process of its own, so that its descriptors, its memory and its time are its alone. It
 * uses quern as a program does: the public headers and generated models (schema.quern). A unit of
 * work has a session of its own and is one of
 *   60%  a transfer: a transaction of two updates and one row of xfer, issued together or one after the other; a third of
 *        them with a savepoint around a statement that fails
 *   20%  a burst of up to eight rows, with call-backs, each its own implicit transaction
 *   15%  reads: a row that was acknowledged, which must be there, and a value echoed by plain SQL
 *    5%  a transfer that reads, computes and writes, in a serializable transaction
 * With `cancels`, every fourth one gives something up at a random moment: an operation, a
 * transaction, a session. Other kinds of load are LOAD_FLOOD and LOAD_ODD.
 */
#ifndef QUERN_TEST_LOAD_H
#define QUERN_TEST_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LOAD_WORKERS_MAX = 64,
	LOAD_ACCOUNTS = 100,
	LOAD_BALANCE = 1000,
	LOAD_PROBLEM = 512,
	LOAD_BURST = 8,
	LOAD_FLOOD_BURST = 128,
	LOAD_ODDITIES = 9,  /* units of LOAD_ODD */
	LOAD_STATUSES = 64, /* as many as there are statuses, and more */
	/* What an operation may take beyond its deadline, for the server to be told. */
	LOAD_GRACE_MS = 1000,
};

enum load_kind {
	LOAD_USUAL,
	/* Each worker offers LOAD_FLOOD_BURST rows at a time: far more than the pool can carry. */
	LOAD_FLOOD,
	/* The first worker asks for what is huge, odd or refused; the others do the usual. */
	LOAD_ODD,
};

/* Shared with the process that watches it. */
struct load_board {
	atomic_bool is_warm; /* set by the watcher: memory is compared with now */
	atomic_bool stop;    /* set by the watcher */
	atomic_ullong acknowledged;
	atomic_ullong submissions; /* operations */
	atomic_ullong callbacks;   /* their ends, by call-back or await */
	atomic_ullong foreign;     /* cancelled or timed out, and had no reason to be */
	atomic_ullong problems;
	/* As the pool's log tells, transaction control included. */
	atomic_ullong statuses[LOAD_STATUSES]; /* how many operations ended so */
	atomic_ullong slowest;                 /* microseconds that an operation took at most */
	atomic_ullong slowest_refusal;         /* of one that the pool had no room for */
	atomic_ullong disconnects;             /* of connections that were still needed */
	atomic_ullong disconnects_told;        /* with the server's own word: 57P01 */
	atomic_ullong connect_failures;
	/* As the load sees. */
	atomic_ullong plain_timeouts; /* of operations that wait for nobody's lock */
	atomic_ullong plain_drifts;   /* QN_SCHEMA_DRIFT, outside transactions */
	atomic_ullong latest;         /* microseconds that the loop came back too late, at worst */
	atomic_ullong most_waiting;   /* operations without a connection */
	atomic_ullong odd;            /* units of LOAD_ODD that were done */
	/* Set by the watcher. */
	atomic_uint forks_wanted;
	atomic_uint forks_done;              /* set by the load: children that came and went */
	atomic_llong clock_shift;            /* seconds by which the load's wall clock is wrong */
	char problem[LOAD_PROBLEM];          /* the first one */
	char first_foreign[64];              /* how it ended, and when */
	const char *doing[LOAD_WORKERS_MAX]; /* static texts: where each worker is */
	atomic_ullong rounds;                /* cuts that were made (load_cuts.h) */
	/* When it is over: */
	bool is_over;
	int leaked_descriptors;
	long grown_kilobytes; /* of resident memory since it was warm, with all connections idle */
	long left_kilobytes;  /* and with none */
};

struct load_config {
	const char *conninfo;
	const char *folder; /* of the ledger */
	unsigned workers;
	uint32_t connections; /* of the pool */
	uint32_t deadline;    /* milliseconds of an operation */
	uint64_t seed;
	enum load_kind kind;
	uint32_t max_waiting;    /* of the pool; 0: its default */
	bool pools_transactions; /* behind a pooler that does */
	bool lies;               /* what is read may not be what was written */
	bool cancels;
	bool server_cancels; /* the server is told to cancel at random: that is no foreign cancel */
	struct load_board *board;
};

/* Until board->stop. Returns the exit status: 0 unless it could not work at all. */
int load_run(const struct load_config *config);

#endif
