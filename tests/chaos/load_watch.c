/* What the load sees of its pool while it runs, and what is left of it afterwards. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load_inside.h"

enum { SAMPLE_MS = 10, HOLD_MS = 1 };

_Static_assert((int)QN_INTERNAL_ERROR < (int)LOAD_STATUSES, "each status has its count");

static void keep_most(atomic_ullong *most, unsigned long long number)
{
	if (number > atomic_load(most))
		atomic_store(most, number);
}

/*
 * What was freed goes back to the system first: the allocator may keep much of what a broken
 * connection had.
 */
long load_resident(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long size = 0;
	long resident = 0;

	(void)malloc_trim(0);
	if (file == NULL)
		return 0;
	if (fscanf(file, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

void load_hear(void *context, const qn_log_entry *entry)
{
	const struct load *load = context;
	struct load_board *board = load->board;

	/* Closing the pool ends connections too. */
	if (load->is_settled)
		return;
	switch (entry->event) {
	case QN_LOG_QUERY:
		atomic_fetch_add(&board->statuses[entry->status], 1);
		if (entry->status == QN_POOL_TIMEOUT)
			keep_most(&board->slowest_refusal, entry->microseconds);
		keep_most(&board->slowest, entry->microseconds);
		break;
	case QN_LOG_DISCONNECTED:
		if (entry->status == QN_OK)
			break;
		atomic_fetch_add(&board->disconnects, 1);
		if (strcmp(entry->sqlstate, "57P01") == 0)
			atomic_fetch_add(&board->disconnects_told, 1);
		break;
	case QN_LOG_CONNECT_FAILED:
		atomic_fetch_add(&board->connect_failures, 1);
		break;
	default:
		break;
	}
}

static bool nap(struct load *load, qn_session *session, uint32_t milliseconds)
{
	uint64_t due = ledger_now() + (uint64_t)milliseconds * 1000;
	bool slept = qn_sleep(session, milliseconds) == QN_OK;
	uint64_t now = ledger_now();

	if (now > due)
		keep_most(&load->board->latest, now - due);
	return slept;
}

static void sample(struct load *load, qn_pool_stats *stats)
{
	qn_pool_read_stats(load->pool, stats);
	if (stats->connections + stats->opening > load->config->connections)
		load_problem(load, "%u connections and %u being opened are more than %u",
			     stats->connections, stats->opening, load->config->connections);
	keep_most(&load->board->most_waiting, stats->waiting);
	if (load->warm_kilobytes == 0 && atomic_load(&load->board->is_warm))
		load->warm_kilobytes = load_resident();
}

void load_watch(struct load *load)
{
	qn_session *own;
	qn_pool_stats stats;
	bool goes_on = qn_session_open(load->pool, &own) == QN_OK;

	if (!goes_on) {
		load_problem(load, "the watch has no session");
		return;
	}
	while (goes_on) {
		sample(load, &stats);
		load_fork(load);
		goes_on = nap(load, own, SAMPLE_MS) &&
			  (!atomic_load(&load->board->stop) || stats.tasks > 0 || load->child != 0);
	}
	qn_session_close(own);
	if (qn_run(load->pool) != QN_OK)
		load_problem(load, "the load cannot run");
}

struct settling {
	struct load *load;
	unsigned holding;
	unsigned failed;
};

/*
 * Keeps a connection until each has been used: one that is broken and does not know it yet ends
 * with its operation.
 */
static qn_status hold(qn_session *session, void *argument)
{
	struct settling *settling = argument;
	const struct load_config *config = settling->load->config;
	uint64_t patience = ledger_now() + 2000 * (uint64_t)config->deadline;
	qn_status status = qn_await(qn_sql(session, NULL, "select 1", NULL, 0));

	if (status != QN_OK)
		return status;
	settling->holding++;
	while (settling->holding + settling->failed < config->connections &&
	       ledger_now() < patience)
		if (qn_sleep(session, HOLD_MS) != QN_OK)
			return QN_POOL_CLOSED;
	return QN_OK;
}

static void hold_task(qn_session *session, void *argument)
{
	struct settling *settling = argument;

	if (qn_atomic(session, hold, settling, NULL) != QN_OK)
		settling->failed++;
}

/* A connection whose operation was given up is closed once it had its grace, and not later. */
static bool rest_comes(struct load *load)
{
	const struct load_config *config = load->config;
	uint64_t patience = ledger_now() + 1000 * (uint64_t)(config->deadline + 2 * LOAD_GRACE_MS);
	qn_session *own;
	qn_pool_stats stats = { .idle = 0 };
	bool is_idle = false;

	if (qn_session_open(load->pool, &own) != QN_OK)
		return false;
	while (!is_idle && ledger_now() < patience) {
		if (!nap(load, own, SAMPLE_MS))
			break;
		qn_pool_read_stats(load->pool, &stats);
		is_idle = stats.idle == stats.connections && stats.opening == 0;
	}
	if (!is_idle)
		load_problem(load,
			     "%u connections and %u being opened, %u of them idle, after all "
			     "operations have ended",
			     stats.connections, stats.opening, stats.idle);
	qn_session_close(own);
	return true;
}

void load_settle(struct load *load)
{
	struct settling settling = { .load = load };

	for (unsigned i = 0; i < load->config->connections; i++)
		if (qn_spawn(load->pool, hold_task, &settling) != QN_OK)
			settling.failed++;
	if (qn_run(load->pool) != QN_OK || !rest_comes(load))
		load_problem(load, "the load cannot settle");
	load->is_settled = true;
	if (load->warm_kilobytes > 0)
		load->board->grown_kilobytes = load_resident() - load->warm_kilobytes;
}
