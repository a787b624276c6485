/*
 * The server's side of the fake wire: what it makes of the commands that were flushed to it. For
 * fake_wire.c alone.
 */
#ifndef TESTS_FAKE_SERVER_H
#define TESTS_FAKE_SERVER_H

#include "fake_wire.h"

/* What a link's number is added to, to be told from real descriptors. */
enum { FIRST_FD = 1000 };

/*
 * Results cannot be given error fields from outside of libpq: they are kept as the columns of a
 * row.
 */
PGresult *fake_error_result(const char *severity, const char *sqlstate, const char *message,
			    const char *function);
/* What fake_error_result put there, as PQresultErrorField gives it; NULL for other results. */
const char *fake_result_field(const PGresult *result, int field);
/* The connection is gone, from the client's sight. */
void fake_die(struct wire_link *link);
/* Runs what was flushed, as far as the server is let. */
void fake_run_link(struct wire_link *link);

#endif
