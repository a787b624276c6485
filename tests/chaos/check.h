/*
 * What must hold once the load has ended, whatever was done to it: checked against the database and
 * the ledger.
 */
#ifndef QUERN_TEST_CHAOS_CHECK_H
#define QUERN_TEST_CHAOS_CHECK_H

#include "ledger.h"
#include "load.h"
#include "server.h"

enum { CHECK_TEXT = 1024 };

struct check {
	size_t acknowledged;
	size_t failed;
	/* Unknown and cancelled, and those that the load's end left without a verdict. */
	size_t unknown;
	size_t resolved;  /* of these: found on one side */
	size_t lost;      /* acknowledged, and not there */
	size_t phantoms;  /* failed, and there */
	size_t misjudged; /* unknown, and pg_xact_status disagrees with the row */
	/* Unknown and not there, and the server gave the transaction's id to another one. */
	size_t reused;
	char problems[CHECK_TEXT]; /* a line each; "": all is well */
};

void check_problem(struct check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Empties the tables. */
bool check_reset(struct server *server);
/*
 * Waits until the server has no session of the load, then looks at everything. False: it could not
 * look.
 */
bool check_run(struct check *check, struct server *server, const struct ledger *ledger);

#endif
