/* What happens to a pooler between the load and the server. */
#include <signal.h>

#include "faults.h"

enum { SHORT_MS = 300, LONG_MS = CELL_DEADLINE_MS * 3 / 2, REST_TRIES = 500, REST_MS = 20 };

static bool begin(struct cell *cell, const char *mode)
{
	char program[POOLER_PATH];

	if (!pooler_find(program, sizeof(program)))
		return cell_skip(cell, "pgbouncer is not installed");
	return pooler_start(&cell->pooler, cell->server, mode);
}

bool fault_pooler_begin_sessions(struct cell *cell)
{
	return begin(cell, "session");
}

bool fault_pooler_begin_transactions(struct cell *cell)
{
	return begin(cell, "transaction");
}

/* Its sessions with the server are its own, and live on; but none may be in a transaction. */
void fault_pooler_end(struct cell *cell)
{
	long open = -1;

	for (int i = 0; cell->skipped == NULL && i < REST_TRIES && open != 0; i++) {
		open = server_number(cell->server, "select count(*) from pg_stat_activity where "
						   "state like 'idle in transaction%'");
		if (open != 0)
			cell_pause(REST_MS);
	}
	if (open > 0)
		check_problem(&cell->check, "%ld transactions are open behind the pooler", open);
	pooler_stop(&cell->pooler);
}

/* The setting is another one for a while. */
static bool set(struct cell *cell, const char *there, const char *back)
{
	if (!pooler_tell(&cell->pooler, there))
		return false;
	cell_pause(LONG_MS);
	return pooler_tell(&cell->pooler, back);
}

static bool pause_and(struct cell *cell, const char *stop)
{
	if (!pooler_tell(&cell->pooler, stop))
		return false;
	cell_pause(SHORT_MS);
	return pooler_tell(&cell->pooler, "RESUME quern");
}

bool fault_pooler(struct cell *cell)
{
	bool good;

	switch ((cell->seed + cell->rounds) % 8) {
	case 0:
		good = pooler_tell(&cell->pooler, "RELOAD");
		break;
	case 1:
		/*
		 * Waits for sessions to end where they are what is pooled: those of the load do
		 * not.
		 */
		good = cell->fault->pools_transactions ? pause_and(cell, "PAUSE quern")
						       : pooler_tell(&cell->pooler, "RELOAD");
		break;
	case 2:
		good = pooler_tell(&cell->pooler, "RECONNECT quern");
		break;
	case 3:
		good = pause_and(cell, "KILL quern");
		break;
	case 4:
		good = pooler_restart(&cell->pooler, SIGTERM);
		break;
	case 5:
		good = pooler_restart(&cell->pooler, SIGKILL);
		break;
	case 6:
		good = set(cell, "SET default_pool_size = 1", "SET default_pool_size = 8");
		break;
	default:
		good = set(cell, "SET server_lifetime = 1", "SET server_lifetime = 3600");
		break;
	}
	if (good)
		cell_over(cell);
	return good;
}
