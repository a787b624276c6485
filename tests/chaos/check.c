#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE = 500, PAUSE_NS = 20 * 1000 * 1000 };

#define OF_THE_LOAD " where application_name = '" SERVER_LOAD_NAME "'"

void check_problem(struct check *check, const char *format, ...)
{
	size_t length = strlen(check->problems);
	va_list arguments;

	va_start(arguments, format);
	if (length + 2 < sizeof(check->problems)) {
		int added = vsnprintf(check->problems + length,
				      sizeof(check->problems) - length - 1, format, arguments);

		if (added > 0)
			strcat(check->problems, "\n");
	}
	va_end(arguments);
}

bool check_reset(struct server *server)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "truncate chaos_acct, chaos_xfer;"
		 "insert into chaos_acct select id, %d from generate_series(1, %d) as id",
		 LOAD_BALANCE, LOAD_ACCOUNTS);
	return server_execute(server, sql);
}

static bool sessions_end(struct check *check, struct server *server)
{
	struct timespec pause = { 0, PAUSE_NS };
	long count = -1;

	for (int i = 0; i < PATIENCE && count != 0; i++) {
		count = server_number(server, "select count(*) from pg_stat_activity" OF_THE_LOAD);
		if (count != 0)
			nanosleep(&pause, NULL);
	}
	if (count > 0)
		check_problem(check, "%ld sessions are still on the server", count);
	return count >= 0;
}

static bool money_adds_up(struct check *check, struct server *server)
{
	long wrong = server_number(
		server, "select count(*) from chaos_acct as acct where bal <> 1000"
			" - coalesce((select sum(amt) from chaos_xfer where a = acct.id), 0)"
			" + coalesce((select sum(amt) from chaos_xfer where b = acct.id), 0)");
	long sum = server_number(server, "select sum(bal) from chaos_acct");

	if (wrong > 0)
		check_problem(check, "%ld accounts differ from their transfers", wrong);
	if (sum != (long)LOAD_ACCOUNTS * LOAD_BALANCE)
		check_problem(check, "the accounts sum up to %ld", sum);
	return wrong >= 0 && sum >= 0;
}

static bool locks_are_gone(struct check *check, struct server *server)
{
	long locks =
		server_number(server, "select count(*) from pg_locks where locktype = 'advisory'");
	long prepared =
		server_number(server, "select count(*) from pg_stat_activity where state like "
				      "'idle in transaction%'");

	if (locks > 0 || prepared > 0)
		check_problem(check, "%ld advisory locks and %ld open transactions are left", locks,
			      prepared);
	return locks >= 0 && prepared >= 0;
}

/* The server's own word on a transaction whose end is unknown; "" when it has none. */
static const char *xact_status(struct server *server, const char *xid, char *text, size_t size)
{
	char sql[128];
	PGresult *result;

	*text = '\0';
	if (*xid < '0' || *xid > '9')
		return text;
	snprintf(sql, sizeof(sql), "select pg_xact_status('%.20s')", xid);
	result = server_query(server, sql);
	if (result != NULL && PQntuples(result) == 1)
		snprintf(text, size, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return text;
}

/*
 * What a transaction that was lost in a crash had for an id may be given to another one after it.
 */
static bool is_used_again(struct server *server, const char *xid)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "select count(*) from chaos_xfer where xid = '%.20s'", xid);
	return server_number(server, sql) > 0;
}

static void unknown_resolve(struct check *check, struct server *server,
			    const struct ledger_entry *entry, bool is_there)
{
	char status[32];

	check->unknown++;
	xact_status(server, entry->note, status, sizeof(status));
	if (*status != '\0' && (strcmp(status, "committed") == 0) != is_there) {
		if (is_there || !is_used_again(server, entry->note)) {
			check->misjudged++;
			check_problem(check, "request %s is %s, and transaction %s is %s",
				      entry->req, is_there ? "there" : "not there", entry->note,
				      status);
			return;
		}
		check->reused++;
	}
	check->resolved++;
}

static void entry_check(struct check *check, struct server *server,
			const struct ledger_entry *entry, bool is_there)
{
	if (entry->verdicts > 1)
		check_problem(check, "request %s has %u verdicts", entry->req, entry->verdicts);
	switch (entry->verdict) {
	case LEDGER_OK:
		check->acknowledged++;
		if (is_there)
			break;
		check->lost++;
		check_problem(check, "request %s was acknowledged and is lost", entry->req);
		break;
	case LEDGER_FAILED:
		check->failed++;
		if (!is_there)
			break;
		check->phantoms++;
		check_problem(check, "request %s failed (%s) and is there", entry->req,
			      entry->note);
		break;
	default:
		unknown_resolve(check, server, entry, is_there);
		break;
	}
}

static bool requests_match(struct check *check, struct server *server, const struct ledger *ledger)
{
	PGresult *rows = server_query(server, "select req::text from chaos_xfer");
	bool *is_there = calloc(ledger->count + 1, sizeof(*is_there));
	int count = PQntuples(rows);

	if (rows == NULL || is_there == NULL) {
		PQclear(rows);
		free(is_there);
		return false;
	}
	for (int i = 0; i < count; i++) {
		struct ledger_entry *entry = ledger_find(ledger, PQgetvalue(rows, i, 0));

		if (entry == NULL)
			check_problem(check, "row %s belongs to no request",
				      PQgetvalue(rows, i, 0));
		else
			is_there[entry - ledger->entries] = true;
	}
	for (size_t i = 0; i < ledger->count; i++)
		entry_check(check, server, &ledger->entries[i], is_there[i]);
	PQclear(rows);
	free(is_there);
	return true;
}

bool check_run(struct check *check, struct server *server, const struct ledger *ledger)
{
	return sessions_end(check, server) && money_adds_up(check, server) &&
	       locks_are_gone(check, server) && requests_match(check, server, ledger);
}
