/*
 * A fake pool whose server answers the questions about a lost COMMIT as a test says. One fixture a
 * program.
 */
#ifndef QUERN_TEST_LOST_COMMIT_H
#define QUERN_TEST_LOST_COMMIT_H

#include "fake_pool.h"

#define FACTS                                                                 \
	"SELECT pg_catalog.int8send(pg_catalog.txid_current_if_assigned()) "  \
	"OPERATOR(pg_catalog.||) "                                            \
	"pg_catalog.timestamptz_send(pg_catalog.pg_postmaster_start_time()) " \
	"OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(pg_catalog.now()) AS facts"
#define LOOKUP                                                                              \
	"SELECT CASE WHEN pg_catalog.pg_postmaster_start_time() OPERATOR(pg_catalog.=) $2 " \
	"AND pg_catalog.pg_stat_get_bgwriter_stat_reset_time() OPERATOR(pg_catalog.<) $3 "  \
	"THEN pg_catalog.txid_status($1) ELSE 'restarted' END"
#define LOST                                                                           \
	"the connection was lost before the server confirmed the write; look whether " \
	"the change is there before sending it again"

enum { QUESTIONS_MAX = 64 };

/* What the server says to a question about the outcome. */
struct answer {
	const char *text; /* NULL: the value NULL */
	qn_status status;
};

struct lost_commit {
	struct qn_pool pool;
	qn_session *session;
	const struct answer *answers; /* question by question; the last one from then on */
	size_t answer_count;
	size_t questions;
	size_t ids_withheld; /* as long as nothing was changed */
	bool facts_fail;
	uint64_t asked_at[QUESTIONS_MAX];
	unsigned hook_calls; /* of lost_commit_hook */
};

extern struct lost_commit lost_commit;

/* For cmocka: a pool whose lookups are on, a session in it, and a server that says "committed". */
int lost_commit_setup(void **state);
/* Asserts that nothing is left. The session may be closed and NULL. */
int lost_commit_teardown(void **state);
/* A hook of commits, counted. */
void lost_commit_hook(qn_session *session, void *argument);
/* A function for transactions, with that hook and one statement; argument: its text, or NULL. */
qn_status lost_commit_write(qn_session *session, void *argument);
/* The next COMMIT is lost, and the server says this afterwards. */
void lost_commit_next(const struct answer *told, size_t count);

#endif
