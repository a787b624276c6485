#include "load.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load_inside.h"

enum { BREATH_MS = 20, SAMPLE_MS = 10, DRAIN_MS = 5000, RETRY_MS = 20, RETRY_MAX_MS = 200 };

void load_problem(struct load *load, const char *format, ...)
{
	va_list arguments;

	if (atomic_fetch_add(&load->board->problems, 1) > 0)
		return;
	va_start(arguments, format);
	vsnprintf(load->board->problem, sizeof(load->board->problem), format, arguments);
	va_end(arguments);
}

int load_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	if (folder == NULL)
		return -1;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static long resident_kilobytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long size = 0;
	long resident = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static bool work_unit(struct worker *worker, qn_session *own, qn_session **session)
{
	const char **doing = &worker->load->board->doing[worker->number];
	uint64_t chance = work_random(worker, 100);

	if (worker->load->config->cancels && work_random(worker, 4) == 0) {
		*doing = "giving up";
		return work_cancel(worker, own, session);
	}
	if (chance < 60) {
		*doing = "a transfer";
		return work_transfer(worker, *session, false);
	}
	if (chance < 80) {
		*doing = "a burst";
		return work_burst(worker, *session);
	}
	if (chance < 95) {
		*doing = "a read";
		return work_read(worker, *session);
	}
	*doing = "a serializable transfer";
	return work_transfer(worker, *session, true);
}

static void worker_live(qn_session *own, void *argument)
{
	struct worker *worker = argument;
	struct load *load = worker->load;

	while (!atomic_load(&load->board->stop)) {
		qn_session *session;
		bool went_well = false;

		if (qn_session_open(load->pool, &session) == QN_OK) {
			went_well = work_unit(worker, own, &session);
			load->board->doing[worker->number] = "closing a session";
			qn_session_close(session);
		}
		if (worker->outstanding > 0)
			load_problem(load, "worker %u: a closed session owes %u call-backs",
				     worker->number, worker->outstanding);
		load->board->doing[worker->number] = "taking a breath";
		if (!went_well && qn_sleep(own, BREATH_MS) != QN_OK)
			load_problem(load, "worker %u: cannot sleep", worker->number);
	}
	load->board->doing[worker->number] = "at its end";
}

static void watch_live(qn_session *own, void *argument)
{
	struct load *load = argument;
	long warm = 0;

	while (!atomic_load(&load->board->stop)) {
		qn_pool_stats stats;

		qn_pool_read_stats(load->pool, &stats);
		if (stats.connections + stats.opening > load->config->connections)
			load_problem(load, "%u connections and %u being opened are more than %u",
				     stats.connections, stats.opening, load->config->connections);
		if (warm == 0 && atomic_load(&load->board->is_warm))
			warm = resident_kilobytes();
		if (qn_sleep(own, SAMPLE_MS) != QN_OK)
			load_problem(load, "the watch cannot sleep");
	}
	if (warm > 0)
		load->board->grown_kilobytes = resident_kilobytes() - warm;
}

qn_status load_open(struct load *load)
{
	const struct load_config *config = load->config;

	return qn_pool_open(&load->pool, &(qn_pool_config){
						 .conninfo = config->conninfo,
						 .max = config->connections,
						 .deadline = config->deadline,
						 .acquire_timeout = config->deadline,
						 .connect_timeout = config->deadline / 2,
						 .retry_delay = RETRY_MS,
						 .max_retry_delay = RETRY_MAX_MS,
					 });
}

static bool load_spawn(struct load *load, struct worker *workers)
{
	const struct load_config *config = load->config;

	for (unsigned i = 0; i < config->workers; i++) {
		workers[i] = (struct worker){
			.load = load,
			.number = i,
			.log = ledger_open(config->folder, i, true),
			.random = config->seed * 1000003 + i,
		};
		if (workers[i].log < 0 || qn_spawn(load->pool, worker_live, &workers[i]) != QN_OK)
			return false;
	}
	return qn_spawn(load->pool, watch_live, load) == QN_OK;
}

void load_finish(struct load *load)
{
	qn_pool_stats stats;

	if (qn_pool_drain(load->pool, DRAIN_MS) != QN_OK)
		load_problem(load, "the pool could not be drained");
	load->is_drained = true;
	qn_pool_read_stats(load->pool, &stats);
	if (stats.waiting + stats.sessions + stats.tasks > 0)
		load_problem(load, "a drained pool has %u waiting, %u sessions, %u tasks",
			     stats.waiting, stats.sessions, stats.tasks);
	qn_pool_close(load->pool);
}

int load_run(const struct load_config *config)
{
	static struct worker workers[LOAD_WORKERS_MAX];
	struct load load = { .config = config, .board = config->board };
	int before;

	/* What a first loop opens for the process stays open. */
	if (load_open(&load) != QN_OK)
		return 1;
	qn_pool_close(load.pool);
	before = load_descriptors();
	if (load_open(&load) != QN_OK)
		return 1;
	if (!load_spawn(&load, workers) || qn_run(load.pool) != QN_OK) {
		load_problem(&load, "the load cannot run");
		atomic_store(&config->board->stop, true);
	}
	load_finish(&load);
	for (unsigned i = 0; i < config->workers; i++)
		if (workers[i].log >= 0)
			close(workers[i].log);
	config->board->leaked_descriptors = load_descriptors() - before;
	config->board->is_over = true;
	return 0;
}
