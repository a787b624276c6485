/*
 * A pool on the fake server and the virtual loop, and jobs: requests that remember how they ended.
 */
#ifndef QUERN_TEST_POOL_RIG_H
#define QUERN_TEST_POOL_RIG_H

#include "fake_wire.h"
#include "pool/pool_state.h"

enum { RIG_STATEMENTS = 512 };

#define RIG_SECOND      UINT64_C(1000000000)
#define RIG_MILLISECOND UINT64_C(1000000)

struct job {
	struct request request;
	struct lane own_lane;
	qn_status status;
	unsigned calls; /* of `completed` */
	unsigned order; /* of its completion among the rig's jobs, from 1 */
	uint64_t at;    /* time of it */
	uint32_t epoch;
	char text[64]; /* of the row */
	int rows;      /* of its own */
	bool was_shared;
	char key[FAKE_KEY]; /* of a get */
	const char *values[1];
	int lengths[1];
	int formats[1];
	char message[1024];
	struct rig *rig;
	void (*then)(struct job *job);
	void *context;
};

struct rig {
	struct fake_server server;
	qn_pool *pool;
	unsigned completed;
	struct statement statements[RIG_STATEMENTS];
	char texts[RIG_STATEMENTS][64];
	size_t statement_count;
	struct batch_form forms[2]; /* of "get exact" and "get text" */
	char log[8192];             /* of the pool: "event message\n" */
};

/*
 * Settings that are 0 are small ones for tests; the loop and the log are the rig's. NULL is
 * allowed.
 */
struct rig *rig_new(const qn_pool_config *config);
/* The same, with a connection. */
struct rig *rig_connected(const qn_pool_config *config);
/* A statement is answered, within a second. */
void rig_works(struct rig *rig);
/* Closes the pool; what is left to do is look at what came of it. */
void rig_close(struct rig *rig);
/* Closes the pool if that is still to be done. */
void rig_free(struct rig *rig);
/* The same text is the same statement. */
const struct statement *rig_statement(struct rig *rig, const char *sql);

/* Submits on a lane of the job's own, with a deadline after an hour. The job is cleared before. */
void rig_start(struct rig *rig, struct job *job, const char *sql, unsigned flags);
qn_status rig_submit(struct rig *rig, struct job *job, struct lane *lane, const char *sql,
		     unsigned flags);
/*
 * A get that may go in a batch: "get exact", or "get text", where equal keys may have other bytes.
 */
qn_status rig_get(struct rig *rig, struct job *job, struct lane *lane, const char *sql,
		  const char *key);
/* The same on lanes of their own. */
void rig_get_exact(struct rig *rig, struct job *job, const char *key);
void rig_get_text(struct rig *rig, struct job *job, const char *key);
void rig_get_all(struct rig *rig, struct job *jobs, const char *const *keys, size_t count);
/* How many statements the server was sent for several gets, and for one. */
size_t rig_batches(const struct rig *rig);
size_t rig_singles(const struct rig *rig);
void rig_settle(struct rig *rig);
void rig_pass(struct rig *rig, uint64_t nanoseconds);
struct wire_link *rig_link(const struct rig *rig, size_t index);
void job_is(const struct job *job, qn_status status);
/* A get that found the row of its key, or none. */
void job_found(const struct job *job);
void job_found_nothing(const struct job *job);
void job_is_open(const struct job *job);
qn_pool_stats rig_stats(const struct rig *rig);

#endif
