/* What happens to the server, to its processes, and to the load's own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "faults.h"

enum { HELD_MAX = 64, LONG_MS = CELL_DEADLINE_MS * 3 / 2 };

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

	if (backend == 0)
		return true;
	kill(backend, SIGKILL);
	cell_pause(50);
	if (!server_wait(cell->server))
		return false;
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

bool fault_down(struct cell *cell)
{
	unsigned length = cell->milliseconds / 2;
	double before;

	if (!server_down(cell->server, 'f'))
		return false;
	before = cell_load_seconds(cell);
	cell_pause(length);
	cell->busy_while_down = (cell_load_seconds(cell) - before) * 1000 / length;
	if (!server_up(cell->server))
		return false;
	cell_over(cell);
	return true;
}

void fault_down_expect(struct cell *cell)
{
	if (cell->busy_while_down > 0.05)
		check_problem(&cell->check,
			      "the load took %.0f%% of a core while the server was down",
			      cell->busy_while_down * 100);
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

bool fault_stop_client(struct cell *cell)
{
	kill(cell->load, SIGSTOP);
	cell_pause(2 * CELL_DEADLINE_MS);
	kill(cell->load, SIGCONT);
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
	cell_pause(500);
	while (count > 0)
		PQfinish(held[--count]);
	cell_over(cell);
	return good;
}

/* The load's process may open no file while its connections end. */
bool fault_no_descriptors(struct cell *cell)
{
	struct rlimit few;
	struct rlimit before;
	bool good = true;

	if (prlimit(cell->load, RLIMIT_NOFILE, NULL, &before) < 0)
		return false;
	few = before;
	few.rlim_cur = 16;
	if (prlimit(cell->load, RLIMIT_NOFILE, &few, NULL) < 0)
		return false;
	for (int i = 0; i < CELL_CONNECTIONS && good; i++)
		good = backend_tell(cell, "pg_terminate_backend");
	cell_pause(500);
	if (prlimit(cell->load, RLIMIT_NOFILE, &before, NULL) < 0)
		return false;
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
