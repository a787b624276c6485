/*
 * A session on the fake pool, as the state of a test; and what tests of operations and transactions
 * do with one.
 */
#ifndef QUERN_TEST_SESSION_RIG_H
#define QUERN_TEST_SESSION_RIG_H

#include "fake_pool.h"

struct session_rig {
	struct qn_pool pool;
	qn_session *session;
};

int session_rig_setup(void **state);
/* Closes the session, unless that is NULL, and asserts that nothing is left of it. */
int session_rig_teardown(void **state);

/* What was sent, and what was committed: a line each. */
const char *session_rig_sent(const struct session_rig *rig);
const char *session_rig_kept(const struct session_rig *rig);

/* Submits the statement. */
qn_op *session_rig_send(struct session_rig *rig, const char *sql);

/* Awaits the statement. */
qn_status run(qn_session *session, const char *sql);
/* A function for transactions: runs its argument's lines, and stops at the first that fails. */
qn_status script(qn_session *session, void *argument);

/* For the call-back `see`: what it saw, and what it is to do then. */
struct seen {
	int calls;
	qn_status status;
	char message[256];
	qn_session *close;
	qn_op *cancel;
	qn_op *await;
	qn_status await_status;
};

void see(qn_op *op, void *context);

#endif
