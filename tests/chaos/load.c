#include "load.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load_inside.h"

enum { BREATH_MS = 20, DRAIN_MS = 5000, RETRY_MS = 20, RETRY_MAX_MS = 200 };

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

static bool work_unit(struct worker *worker, qn_session *own, qn_session **session)
{
	const char **doing = &worker->load->board->doing[worker->number];
	uint64_t chance = work_random(worker, 100);

	worker->awake = ledger_now();
	if (worker->load->config->kind == LOAD_FLOOD) {
		*doing = "a flood";
		return work_flood(worker, *session);
	}
	/* Memory is measured before. */
	if (worker->load->config->kind == LOAD_ODD && worker->number == 0 &&
	    worker->load->warm_kilobytes > 0) {
		*doing = "something odd";
		return work_odd(worker, *session);
	}
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
	if (chance < 85) {
		*doing = "a stream";
		return work_stream(worker, *session);
	}
	if (chance < 95) {
		*doing = "a read";
		return work_read(worker, *session);
	}
	/* It writes what it has read. */
	*doing = "a serializable transfer";
	return work_transfer(worker, *session, !worker->load->config->lies);
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

qn_status load_open(struct load *load)
{
	const struct load_config *config = load->config;

	return qn_pool_open(&load->pool,
			    &(qn_pool_config){
				    .conninfo = config->conninfo,
				    .max = config->connections,
				    .deadline = config->deadline,
				    .acquire_timeout = config->deadline,
				    .connect_timeout = config->deadline / 2,
				    .retry_delay = RETRY_MS,
				    .max_retry_delay = RETRY_MAX_MS,
				    .max_waiting = config->max_waiting,
				    .no_prepared_statements = config->pools_transactions,
				    .no_pipeline = config->pools_transactions,
				    .log = load_hear,
				    .log_context = load,
			    });
}

static bool load_spawn(struct load *load, struct worker *workers)
{
	const struct load_config *config = load->config;

	for (unsigned i = 0; i < config->workers; i++) {
		workers[i] = (struct worker){
			.load = load,
			.number = i,
			.log = ledger_open(config->folder, i, config->kind != LOAD_FLOOD),
			.random = config->seed * 1000003 + i,
		};
		if (workers[i].log < 0 || qn_spawn(load->pool, worker_live, &workers[i]) != QN_OK)
			return false;
	}
	return true;
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
	if (!load_spawn(&load, workers)) {
		load_problem(&load, "the load cannot run");
		atomic_store(&config->board->stop, true);
	}
	load_watch(&load);
	load_settle(&load);
	load_finish(&load);
	for (unsigned i = 0; i < config->workers; i++)
		if (workers[i].log >= 0)
			close(workers[i].log);
	config->board->leaked_descriptors = load_descriptors() - before;
	if (load.warm_kilobytes > 0)
		config->board->left_kilobytes = load_resident() - load.warm_kilobytes;
	config->board->is_over = true;
	return 0;
}
