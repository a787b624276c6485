/* What happens to the load's own process, or is asked of it. */
#include <signal.h>
#include <sys/resource.h>

#include "faults.h"

enum { DESCRIPTORS_FEW = 16, SHORT_MS = 500, ODD_TRIES = 3000, ODD_MS = 20 };

bool fault_stop_client(struct cell *cell)
{
	kill(cell->load, SIGSTOP);
	cell_pause(2 * CELL_DEADLINE_MS);
	kill(cell->load, SIGCONT);
	cell_over(cell);
	return true;
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
	few.rlim_cur = DESCRIPTORS_FEW;
	if (prlimit(cell->load, RLIMIT_NOFILE, &few, NULL) < 0)
		return false;
	for (int i = 0; i < CELL_CONNECTIONS && good; i++)
		good = fault_terminate(cell);
	cell_pause(SHORT_MS);
	if (prlimit(cell->load, RLIMIT_NOFILE, &before, NULL) < 0)
		return false;
	cell_over(cell);
	return good;
}

/* The wall clock jumps: an hour either way, beyond the end of 32 bits, and back. */
bool fault_clock_jumps(struct cell *cell)
{
	static const long long shifts[] = { 3600, -3600, 500000000, 0, -500000000 };

	atomic_store(&cell->board->clock_shift,
		     shifts[cell_random(cell, sizeof(shifts) / sizeof(*shifts))]);
	cell_over(cell);
	return true;
}

bool fault_fork(struct cell *cell)
{
	atomic_fetch_add(&cell->board->forks_wanted, 1);
	cell_over(cell);
	return true;
}

/* All of them once. */
bool fault_oddities(struct cell *cell)
{
	unsigned long long wanted = atomic_load(&cell->board->odd) + LOAD_ODDITIES;

	for (int i = 0; i < ODD_TRIES && atomic_load(&cell->board->odd) < wanted; i++)
		cell_pause(ODD_MS);
	cell_over(cell);
	return true;
}
