/* What happens to a primary and its standby. */
#include "faults.h"

enum { APART_MS = CELL_DEADLINE_MS * 3 / 2 };

bool fault_swap_begin(struct cell *cell)
{
	return pair_start(&cell->pair, cell->server);
}

void fault_swap_end(struct cell *cell)
{
	if (!pair_stop(&cell->pair))
		check_problem(&cell->check, "the first server cannot be had back");
}

static bool take_over(struct cell *cell, char mode)
{
	if (!pair_swap(&cell->pair, mode))
		return false;
	cell_over(cell);
	if (!cell_serves(cell))
		check_problem(&cell->check, "nothing is acknowledged by the new primary");
	return true;
}

/*
 * The primary loses its standby, so that commits wait until their deadlines have them cancelled,
 * and then crashes. Its successor is shut down in order, once the first one has come back as the
 * standby, which takes over.
 */
bool fault_swap(struct cell *cell)
{
	if (!pair_join(&cell->pair) || !pair_part(&cell->pair))
		return false;
	cell_pause(APART_MS);
	return take_over(cell, 'i') && pair_join(&cell->pair) && take_over(cell, 'f');
}
