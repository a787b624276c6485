#include "expect.h"

#include <quern.h>

enum {
	SLACK_MS = 250, /* a loop that comes back in time still has work to do */
	GROWTH_KB = 1024,
	/* To connect: all connections at once, and then until the back-off is at its longest. */
	ATTEMPTS_A_ROUND = CELL_CONNECTIONS + 8,
	ATTEMPTS_A_SECOND = 10,
	FOUND_MS = 2 * CELL_DEADLINE_MS, /* a back-off, attempts, and a transaction */
	ABOUT_TO_SEND = 2 * LOAD_BURST,  /* by workers whose turn it was */
	OFFERED_TIMES = 10,              /* more than is served */
};

static const double busy_limit = 0.05; /* of a core */

static unsigned long long statuses(const struct cell *cell, qn_status status)
{
	return atomic_load(&cell->board->statuses[status]);
}

/*
 * By its deadline, and the grace for the server to be told; each of the two is seen as late as the
 * loop comes back.
 */
void expect_time(struct cell *cell)
{
	unsigned long long slowest = atomic_load(&cell->board->slowest);
	unsigned long long latest = atomic_load(&cell->board->latest);
	unsigned long long limit = cell_deadline(cell) + LOAD_GRACE_MS + SLACK_MS;

	limit = limit * 1000 + 2 * latest;
	if (cell->fault->kind != LOAD_ODD && slowest > limit)
		check_problem(
			&cell->check,
			"an operation took %llu ms, with a loop that was %llu ms late at most",
			slowest / 1000, latest / 1000);
}

/*
 * libpq keeps a connection's buffer as large as its largest message was: huge results are measured
 * when all are closed.
 */
void expect_memory(struct cell *cell)
{
#if !defined(__SANITIZE_ADDRESS__) /* which keeps freed memory for a while */
	struct load_board *board = cell->board;

	if (!board->is_over || cell->is_cut)
		return;
	if (cell->fault->kind != LOAD_ODD && board->grown_kilobytes > GROWTH_KB)
		check_problem(&cell->check, "memory grew by %ld KB", board->grown_kilobytes);
	if (board->left_kilobytes > GROWTH_KB)
		check_problem(&cell->check, "memory grew by %ld KB, with the pool closed",
			      board->left_kilobytes);
#else
	(void)cell;
#endif
}

void expect_told(struct cell *cell)
{
	unsigned long long ended = atomic_load(&cell->board->disconnects);
	unsigned long long told = atomic_load(&cell->board->disconnects_told);

	if (ended > cell->rounds)
		check_problem(&cell->check, "%llu connections ended, where %u backends did", ended,
			      cell->rounds);
	if (told < ended)
		check_problem(&cell->check, "%llu of %llu lost connections do not know why",
			      ended - told, ended);
}

void expect_one_hit_each(struct cell *cell)
{
	unsigned long long hit = statuses(cell, QN_CANCELLED);

	if (hit > cell->rounds)
		check_problem(&cell->check, "%u cancels hit %llu operations", cell->rounds, hit);
}

void expect_patience(struct cell *cell)
{
	unsigned long long failed = atomic_load(&cell->board->connect_failures);
	unsigned long long most = (unsigned long long)cell->rounds * ATTEMPTS_A_ROUND +
				  (unsigned long long)(cell->down_seconds * ATTEMPTS_A_SECOND);

	if (failed > most)
		check_problem(&cell->check,
			      "%llu attempts to connect failed, in %.1f s without a server", failed,
			      cell->down_seconds);
	if (cell->busy_while_down > busy_limit)
		check_problem(&cell->check,
			      "the load took %.0f%% of a core while the server was down",
			      cell->busy_while_down * 100);
}

void expect_given_up(struct cell *cell)
{
	if (statuses(cell, QN_DEADLINE_EXCEEDED) + statuses(cell, QN_OUTCOME_UNKNOWN) == 0)
		check_problem(&cell->check, "no deadline passed");
	if (atomic_load(&cell->board->disconnects) == 0)
		check_problem(&cell->check, "no connection was given up");
}

void expect_few_plain_timeouts(struct cell *cell)
{
	unsigned long long late = atomic_load(&cell->board->plain_timeouts);

	if (late > (unsigned long long)cell->rounds * ABOUT_TO_SEND)
		check_problem(&cell->check,
			      "%llu operations timed out that nothing but the client held up",
			      late);
}

void expect_untouched(struct cell *cell)
{
	unsigned long long ended = atomic_load(&cell->board->disconnects);
	unsigned long long late = statuses(cell, QN_DEADLINE_EXCEEDED);

	if (ended > 0)
		check_problem(&cell->check, "%llu connections ended", ended);
	if (late > 0)
		check_problem(&cell->check, "%llu operations timed out", late);
}

void expect_disk_errors(struct cell *cell)
{
	unsigned long long ended = atomic_load(&cell->board->disconnects);

	if (statuses(cell, QN_OUT_OF_RESOURCES) == 0)
		check_problem(&cell->check, "nothing was told that the disk is full");
	if (ended > 0)
		check_problem(&cell->check, "%llu connections ended", ended);
}

void expect_taken_over(struct cell *cell)
{
	unsigned long long latest = atomic_load(&cell->board->latest);
	unsigned long long limit = (FOUND_MS + SLACK_MS) * 1000ULL + 2 * latest;
	unsigned long long refused = statuses(cell, QN_NOT_SUPPORTED);

	if (cell->unrecovered > 0 || cell->recovery_p99 > limit)
		check_problem(&cell->check,
			      "a new primary was found after %.0f ms, with a loop %llu ms late",
			      (double)cell->recovery_p99 / 1000, latest / 1000);
	if (refused > 0)
		check_problem(&cell->check, "%llu writes were sent to a standby", refused);
}

void expect_no_drift(struct cell *cell)
{
	unsigned long long drifted = atomic_load(&cell->board->plain_drifts);

	if (drifted > 0)
		check_problem(&cell->check,
			      "%llu operations outside transactions noticed that a table changed",
			      drifted);
}

void expect_refusals(struct cell *cell)
{
	const struct load_board *board = cell->board;
	unsigned long long latest = atomic_load(&board->latest);
	unsigned long long refused = statuses(cell, QN_POOL_TIMEOUT);
	unsigned long long served = atomic_load(&board->acknowledged);
	unsigned long long slow = atomic_load(&board->slowest_refusal);
	unsigned long long waiting = atomic_load(&board->most_waiting);

	if (refused + served < OFFERED_TIMES * served)
		check_problem(&cell->check, "only %llu of %llu operations were too many", refused,
			      refused + served);
	if (slow > 2 * latest + SLACK_MS * 1000ULL)
		check_problem(&cell->check, "a refusal took %llu ms, with a loop %llu ms late",
			      slow / 1000, latest / 1000);
	if (waiting > CELL_WAITING)
		check_problem(&cell->check, "%llu operations waited, of at most %d", waiting,
			      CELL_WAITING);
}

void expect_forks(struct cell *cell)
{
	unsigned done = atomic_load(&cell->board->forks_done);

	if (done < cell->rounds)
		check_problem(&cell->check, "%u of %u children came and went", done, cell->rounds);
	expect_untouched(cell);
}

void expect_oddities(struct cell *cell)
{
	if (atomic_load(&cell->board->odd) < LOAD_ODDITIES)
		check_problem(&cell->check, "not all that is odd was tried");
}
