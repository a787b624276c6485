#include "cell.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "expect.h"
#include "load_cuts.h"
#include "random.h"

enum {
	WARM_ACKNOWLEDGED = 200,
	WARM_FLOODED = 5000,
	PATIENCE_MS = 20000,
	CUT_PATIENCE_MS = 20000,
	TICK_MS = 10
};

void cell_pause(unsigned milliseconds)
{
	struct timespec pause = { milliseconds / 1000, (long)(milliseconds % 1000) * 1000000 };

	while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
		continue;
}

unsigned cell_deadline(const struct cell *cell)
{
	return cell->fault->deadline_ms > 0 ? cell->fault->deadline_ms : CELL_DEADLINE_MS;
}

uint64_t cell_random(struct cell *cell, uint64_t limit)
{
	return random_next(&cell->random) % limit;
}

void cell_over(struct cell *cell)
{
	cell->rounds++;
	if (cell->end_count < CELL_ROUNDS)
		cell->ends[cell->end_count++] = ledger_now();
}

bool cell_skip(struct cell *cell, const char *reason)
{
	cell->skipped = reason;
	return false;
}

bool cell_tell(struct cell *cell, const char *format, ...)
{
	char command[512];
	char answer[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	if (proxy_command(cell->proxy, command, answer, sizeof(answer)))
		return true;
	fprintf(stderr, "chaos: the proxy refuses '%s': %s\n", command, answer);
	return false;
}

double cell_load_seconds(const struct cell *cell)
{
	char path[64];
	unsigned long long nanoseconds = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)cell->load);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%llu", &nanoseconds) != 1)
		nanoseconds = 0;
	fclose(file);
	return (double)nanoseconds / 1e9;
}

static void conninfo_of(const struct cell *cell, char *text, size_t size)
{
	const char *folder = cell->server->sockets;

	/*
	 * Nothing crashes where only connections are cut: thousands of sessions need not wait for
	 * the disk.
	 */
	if (cell->fault->route == ROUTE_PROXY) {
		snprintf(text, size,
			 "host=127.0.0.1 port=%d user=quern dbname=quern sslmode=disable %s"
			 "application_name=" SERVER_LOAD_NAME,
			 cell->proxy->port,
			 cell->is_cut ? "options='-c synchronous_commit=off' " : "");
		return;
	}
	if (cell->fault->route == ROUTE_PAIR) {
		snprintf(text, size,
			 "host='%s,%s' port=5432 user=quern dbname=quern "
			 "target_session_attrs=read-write application_name=" SERVER_LOAD_NAME,
			 folder, cell->pair.second.sockets);
		return;
	}
	if (cell->fault->route == ROUTE_POOLER)
		folder = cell->pooler.folder;
	snprintf(text, size,
		 "host='%s' port=5432 user=quern dbname=quern application_name=" SERVER_LOAD_NAME,
		 folder);
}

static unsigned workers_of(const struct cell *cell)
{
	return cell->is_cut ? 1 : cell->fault->workers > 0 ? cell->fault->workers : CELL_WORKERS;
}

static bool load_start(struct cell *cell)
{
	char conninfo[2 * SERVER_PATH + 128];
	struct load_config config = {
		.conninfo = conninfo,
		.folder = cell->folder,
		.workers = workers_of(cell),
		.connections = cell->is_cut ? 1 : CELL_CONNECTIONS,
		.deadline = cell_deadline(cell),
		.seed = cell->seed,
		.kind = cell->fault->kind,
		.max_waiting = cell->fault->kind == LOAD_FLOOD ? CELL_WAITING : 0,
		.pools_transactions = cell->fault->pools_transactions,
		.lies = cell->fault->lies,
		.cancels = cell->fault->cancels,
		.server_cancels = cell->fault->server_cancels,
		.board = cell->board,
	};

	conninfo_of(cell, conninfo, sizeof(conninfo));
	fflush(NULL);
	cell->load = fork();
	if (cell->load == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		clock_shift_by(&cell->board->clock_shift);
		exit(cell->is_cut ? load_cuts_run(&config, cell->proxy, cell->step)
				  : load_run(&config));
	}
	return cell->load > 0;
}

static bool load_has_ended(struct cell *cell, int *status)
{
	pid_t ended = waitpid(cell->load, status, WNOHANG);

	return ended == cell->load || (ended < 0 && errno != EINTR);
}

/* Where the workers hang, of those that do. */
static void tell_hang(struct cell *cell)
{
	for (unsigned i = 0; i < LOAD_WORKERS_MAX; i++) {
		const char *doing = cell->board->doing[i];

		if (doing != NULL && strcmp(doing, "at its end") != 0)
			check_problem(&cell->check, "worker %u hangs in %s", i, doing);
	}
}

static void load_end(struct cell *cell)
{
	int status = 0;
	unsigned waited = 0;
	bool has_ended;

	atomic_store(&cell->board->stop, true);
	for (;;) {
		has_ended = load_has_ended(cell, &status);
		if (has_ended || waited >= PATIENCE_MS)
			break;
		cell_pause(TICK_MS);
		waited += TICK_MS;
	}
	if (!has_ended) {
		tell_hang(cell);
		check_problem(&cell->check, "the load does not end");
		kill(cell->load, SIGKILL);
		waitpid(cell->load, &status, 0);
	} else if (status != 0) {
		check_problem(&cell->check, "the load ended with status %#x", (unsigned)status);
	}
}

/* However slowly it gets there, as long as it gets on. False: it does not. */
static bool acknowledged_reaches(const struct cell *cell, unsigned long long count)
{
	unsigned long long now = atomic_load(&cell->board->acknowledged);
	unsigned still = 0;

	while (now < count && still < PATIENCE_MS) {
		unsigned long long last = now;

		cell_pause(TICK_MS);
		now = atomic_load(&cell->board->acknowledged);
		still = now == last ? still + TICK_MS : 0;
	}
	return now >= count;
}

bool cell_serves(const struct cell *cell)
{
	return acknowledged_reaches(cell, atomic_load(&cell->board->acknowledged) + CELL_WORKERS);
}

static bool rounds_run(struct cell *cell)
{
	uint64_t until = ledger_now() + (uint64_t)cell->milliseconds * 1000;

	if (!acknowledged_reaches(cell, cell->fault->kind == LOAD_FLOOD ? WARM_FLOODED
									: WARM_ACKNOWLEDGED)) {
		check_problem(&cell->check, "the load does not get going");
		return true;
	}
	atomic_store(&cell->board->is_warm, true);
	do {
		if (cell->fault->round != NULL && !cell->fault->round(cell))
			return false;
		cell_pause(cell->fault->pause_ms);
	} while (ledger_now() < until);
	if (!cell_serves(cell))
		check_problem(&cell->check, "the service did not come back");
	return true;
}

/* A session after the other, each with its cut: it ends by itself, as long as it gets on. */
static void cuts_watch(struct cell *cell)
{
	unsigned long long last = 0;
	unsigned still = 0;
	int status = 0;

	while (!load_has_ended(cell, &status)) {
		unsigned long long now = atomic_load(&cell->board->submissions);

		still = now == last ? still + TICK_MS : 0;
		last = now;
		if (still > CUT_PATIENCE_MS) {
			check_problem(&cell->check, "a session that was cut hangs in %s",
				      cell->board->doing[0]);
			kill(cell->load, SIGKILL);
			waitpid(cell->load, &status, 0);
			return;
		}
		cell_pause(TICK_MS);
	}
	cell->rounds = (unsigned)cell->board->rounds;
	if (status != 0)
		check_problem(&cell->check, "the load ended with status %#x", (unsigned)status);
}

static int number_compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void recovery_measure(struct cell *cell)
{
	uint64_t *times = cell->ends;
	size_t count = 0;

	for (size_t i = 0; i < cell->end_count; i++) {
		uint64_t end = cell->ends[i];
		uint64_t first = UINT64_MAX;

		for (size_t j = 0; j < cell->ledger.count; j++) {
			const struct ledger_entry *entry = &cell->ledger.entries[j];

			if (entry->verdict == LEDGER_OK && entry->submitted_at >= end &&
			    entry->ended_at < first)
				first = entry->ended_at;
		}
		if (first == UINT64_MAX)
			cell->unrecovered++;
		else
			times[count++] = first - end;
	}
	if (count == 0)
		return;
	qsort(times, count, sizeof(*times), number_compare);
	cell->recovery_p50 = times[count / 2];
	cell->recovery_p99 = times[count * 99 / 100];
}

static void board_check(struct cell *cell)
{
	struct load_board *board = cell->board;
	unsigned long long submissions = atomic_load(&board->submissions);
	unsigned long long callbacks = atomic_load(&board->callbacks);
	unsigned long long foreign = atomic_load(&board->foreign);

	if (atomic_load(&board->problems) > 0)
		check_problem(&cell->check, "%llu problems of the load, first: %s",
			      atomic_load(&board->problems), board->problem);
	if (submissions != callbacks)
		check_problem(&cell->check, "%llu operations were submitted, %llu ended",
			      submissions, callbacks);
	if (foreign > 0)
		check_problem(&cell->check,
			      "%llu operations were cancelled or timed out without a reason, the "
			      "first with %s",
			      foreign, board->first_foreign);
	if (board->is_over && board->leaked_descriptors != 0)
		check_problem(&cell->check, "%d descriptors leaked", board->leaked_descriptors);
	expect_time(cell);
	expect_memory(cell);
}

static bool load_live(struct cell *cell)
{
	bool good;

	if (!load_start(cell))
		return false;
	if (cell->is_cut) {
		cuts_watch(cell);
		return true;
	}
	good = rounds_run(cell);
	load_end(cell);
	return good;
}

bool cell_run(struct cell *cell)
{
	bool good;

	cell->random = cell->seed;
	cell->busy_while_down = -1;
	cell->board = mmap(NULL, sizeof(*cell->board), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (cell->board == MAP_FAILED) {
		cell->board = NULL;
		return false;
	}
	good = cell_tell(cell, "clear") && check_reset(cell->server) &&
	       (cell->fault->begin == NULL || cell->fault->begin(cell)) && load_live(cell);
	if (cell->fault->end != NULL)
		cell->fault->end(cell);
	if (!good)
		return cell->skipped != NULL;
	good = cell_tell(cell, "clear") && server_wait(cell->server) &&
	       ledger_read(&cell->ledger, cell->folder, workers_of(cell)) &&
	       check_run(&cell->check, cell->server, &cell->ledger);
	if (!good)
		return false;
	recovery_measure(cell);
	board_check(cell);
	if (cell->fault->expect != NULL)
		cell->fault->expect(cell);
	return true;
}

void cell_release(struct cell *cell)
{
	ledger_release(&cell->ledger);
	if (cell->board != NULL)
		munmap(cell->board, sizeof(*cell->board));
	cell->board = NULL;
}
