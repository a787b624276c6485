/* What happens to the server, to its processes, and to the load's own. */
#include <signal.h>
#include <stdio.h>

#include "faults.h"

enum { HELD_MAX = 64, LONG_MS = CELL_DEADLINE_MS + LOAD_GRACE_MS + 500 };

static const double ledger_seconds =
	0.0002; /* for the two lines of an operation, each put on disk */

static bool backend_tell(struct cell *cell, const char *function)
{
	char sql[64];
	pid_t backend = server_backend(cell->server);

	if (backend == 0)
		return true;
	snprintf(sql, sizeof(sql), "select %s(%ld)", function, (long)backend);
	if (!server_execute(cell->server, sql))
		return false;
	cell_over(cell);
	return true;
}

bool fault_terminate(struct cell *cell)
{
	return backend_tell(cell, "pg_terminate_backend");
}

bool fault_cancel(struct cell *cell)
{
	return backend_tell(cell, "pg_cancel_backend");
}

/* The server ends all sessions when one of its processes dies so, and recovers. */
bool fault_crash(struct cell *cell)
{
	pid_t backend = server_backend(cell->server);
	uint64_t began = ledger_now();

	if (backend == 0)
		return true;
	kill(backend, SIGKILL);
	cell_pause(50);
	if (!server_wait(cell->server))
		return false;
	cell->down_seconds += (double)(ledger_now() - began) / 1e6;
	cell_over(cell);
	return true;
}

static bool restart(struct cell *cell, char mode)
{
	if (!server_down(cell->server, mode) || !server_up(cell->server))
		return false;
	cell_over(cell);
	return true;
}

bool fault_restart_fast(struct cell *cell)
{
	return restart(cell, 'f');
}

bool fault_restart_immediate(struct cell *cell)
{
	return restart(cell, 'i');
}

/* No server can be had for so long: what does the load do meanwhile? */
static void without_server(struct cell *cell, unsigned milliseconds)
{
	double before = cell_load_seconds(cell);
	unsigned long long ended = atomic_load(&cell->board->callbacks);
	double busy;

	cell_pause(milliseconds);
	ended = atomic_load(&cell->board->callbacks) - ended;
	/* What the ledger costs is not the pool's. */
	busy = (cell_load_seconds(cell) - before - (double)ended * ledger_seconds) * 1000 /
	       milliseconds;
	cell->down_seconds += (double)milliseconds / 1000;
	if (busy > cell->busy_while_down)
		cell->busy_while_down = busy;
}

bool fault_down(struct cell *cell)
{
	if (!server_down(cell->server, 'f'))
		return false;
	without_server(cell, cell->milliseconds / 2);
	if (!server_up(cell->server))
		return false;
	cell_over(cell);
	return true;
}

bool fault_stop_backend(struct cell *cell)
{
	pid_t backend = server_backend(cell->server);

	if (backend == 0)
		return true;
	kill(backend, SIGSTOP);
	cell_pause(LONG_MS);
	kill(backend, SIGCONT);
	cell_over(cell);
	return true;
}

/* Takes every place that the server has, those of the load too. */
bool fault_no_connections(struct cell *cell)
{
	PGconn *held[HELD_MAX];
	size_t count = 0;
	bool good;

	good = server_execute(cell->server,
			      "select pg_terminate_backend(pid) from pg_stat_activity "
			      "where application_name = '" SERVER_LOAD_NAME "'");
	for (int i = 0; i < HELD_MAX && count < HELD_MAX; i++) {
		held[count] = server_connect(cell->server);
		if (PQstatus(held[count]) == CONNECTION_OK)
			count++;
		else
			PQfinish(held[count]);
	}
	/* What it was doing comes to its end first. */
	cell_pause(CELL_DEADLINE_MS);
	without_server(cell, CELL_DEADLINE_MS);
	while (count > 0)
		PQfinish(held[--count]);
	cell_over(cell);
	return good;
}

bool fault_tables_change(struct cell *cell)
{
	static const char *const changes[] = {
		"alter table chaos_xfer add column extra integer",
		"create index chaos_extra on chaos_xfer (worker)",
		"alter table chaos_xfer alter column seq set default 0",
		"drop index chaos_extra",
		"alter table chaos_xfer drop column extra",
		"vacuum full chaos_acct",
	};

	if (!server_execute(cell->server,
			    changes[cell->rounds % (sizeof(changes) / sizeof(*changes))]))
		return false;
	cell_over(cell);
	return true;
}
