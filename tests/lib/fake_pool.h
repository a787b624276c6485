/*
 * A stand-in for the pool, for tests of what is above it: it takes requests, plays a server that
 * knows transactions, and answers when and how the test wants. It has a clock of its own that moves
 * only when nothing else is left to do.
 *
 * The server's statements: "ok NAME" works, and NAME is kept if its transaction commits; "fail" is
 * a syntax error, "unique", "serialization", "deadlock" are those; "lost" breaks the connection;
 * "slow" is never answered. What a transaction statement does is as in PostgreSQL. Lost commits are
 * not looked up unless a test sets commit_lookup.
 */
#ifndef QUERN_TEST_FAKE_POOL_H
#define QUERN_TEST_FAKE_POOL_H

#include "base/buf.h"
#include "pool/pool_internal.h"

enum {
	FAKE_TIMERS_MAX = 4096,
	FAKE_NAMES_MAX = 4096,
	FAKE_SAVEPOINTS_MAX = 64,
};

/*
 * The server's side of one transaction; the fake has one for all lanes: tests of transactions use
 * one session.
 */
struct fake_server {
	bool in_transaction;
	bool is_aborted;
	size_t name_count; /* of names: those not yet committed */
	char names[FAKE_NAMES_MAX][16];
	size_t savepoint_count;
	struct {
		char name[16];
		size_t name_count;
	} savepoints[FAKE_SAVEPOINTS_MAX];
};

struct fake_timer {
	qn_timer *timer;
	uint64_t at;
};

struct qn_pool {
	qn_pool_config config;
	qn_loop_hooks hooks;
	uint64_t now;
	struct session_room *room;
	struct shape_registry *shapes;
	struct request *first; /* submitted and not completed */
	struct request *last;
	size_t request_count;
	struct deferred *first_deferred;
	struct deferred *last_deferred;
	struct fake_timer timers[FAKE_TIMERS_MAX];
	size_t timer_count;
	bool in_turn;
	bool closing;

	/* The test's. */
	size_t answers;        /* how many requests may still be answered; SIZE_MAX at first */
	size_t answers_a_turn; /* SIZE_MAX at first */
	qn_status submit_status;
	qn_status commit_status; /* what the next COMMIT is answered with; then QN_OK again */
	uint64_t commit_takes;   /* time that passes before the next COMMIT is answered */
	bool commit_rolls_back;  /* the next COMMIT is answered with the tag ROLLBACK */
	PGresult *(*result)(const char *sql); /* of a statement that works; NULL: none */
	qn_status (*verdict)(
		const char *sql); /* how a statement ends; NULL, or QN_OK: as it says itself */
	size_t places;    /* for further requests; then QN_POOL_TIMEOUT; SIZE_MAX at first */
	struct buf trace; /* all statements, a line each, as they were submitted */
	struct buf kept;  /* what was committed, a line each */
	/*
	 * A line for each entry of the hook: its event, status, statement; of a leak its message
	 * too.
	 */
	struct buf log;
	struct fake_server server;
	size_t submitted;
	size_t completed;
	size_t cancels;
	size_t abandons;
	uint64_t operations;
	uint64_t failures;
};

void fake_pool_init(struct qn_pool *pool);
/* Frees the room as qn_pool_close would, and everything else. */
void fake_pool_release(struct qn_pool *pool);
/* Answers everything, runs everything that is due now; timers are left alone. */
void fake_pool_settle(struct qn_pool *pool);
/* The hook for config.log, with the pool as context. */
void fake_pool_log(void *context, const qn_log_entry *entry);

#endif
