/*
 * The ledger: what each worker of the load asked for and what it was told, written down before it
 * goes on.
 *
 * A file a worker, "worker-N.log" in a folder. A line for each request, "submit REQ TIME", and then
 * exactly one of
 *   ok REQ TIME, failed REQ TIME STATUS, unknown REQ TIME XID, cancelled REQ TIME XID
 * Times are microseconds of CLOCK_MONOTONIC; XID is the transaction's, "-" when nobody told.
 * `failed` claims that nothing was done. `cancelled` (gave up, or ran out of time outside a
 * transaction) claims as little as `unknown` does.
 */
#ifndef QUERN_TEST_LEDGER_H
#define QUERN_TEST_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEDGER_REQ = 37, LEDGER_NOTE = 48 };

enum ledger_verdict {
	LEDGER_NONE, /* submitted, and no verdict: the process ended before */
	LEDGER_OK,
	LEDGER_FAILED,
	LEDGER_UNKNOWN,
	LEDGER_CANCELLED,
	LEDGER_VERDICTS,
};

struct ledger_entry {
	char req[LEDGER_REQ];
	enum ledger_verdict verdict;
	unsigned verdicts; /* how many it got */
	uint64_t submitted_at;
	uint64_t ended_at;
	char note[LEDGER_NOTE]; /* the status or the transaction */
};

struct ledger {
	struct ledger_entry *entries; /* in the order of req */
	size_t count;
	size_t counts[LEDGER_VERDICTS];
};

uint64_t ledger_now(void); /* microseconds */
/* A descriptor, or -1. `durable`: a line is on disk when it is written. */
int ledger_open(const char *folder, unsigned worker, bool durable);
/* False: it could not be written. */
bool ledger_submit(int file, const char *req);
bool ledger_conclude(int file, const char *req, enum ledger_verdict verdict, const char *note);

/* Reads the files of workers 0 to count - 1. False: a file cannot be read, or makes no sense. */
bool ledger_read(struct ledger *ledger, const char *folder, unsigned count);
void ledger_release(struct ledger *ledger);
/* NULL: there is none. */
struct ledger_entry *ledger_find(const struct ledger *ledger, const char *req);

#endif
