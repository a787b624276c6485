/*
 * soak SCRIPT MINUTES: the clients work on a private PostgreSQL that is restarted each minute.
 * SCRIPT creates the shop's tables. A line a minute, and a table at the end. Exit status: 0; 1 when
 * something did not hold; 2 when it could not run.
 *
 * What holds: every operation ended once, money was neither made nor lost, no descriptor is left,
 * and memory is flat: the heap in use after the last minute is not over what it was after warming
 * up by more than HEAP_GROWTH, and the process's resident memory not by more than RESIDENT_GROWTH.
 */
#include "soak.h"

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

enum {
	MINUTES_MAX = 24 * 60,
	SECONDS = 60,
	RESTART_AT = 30, /* second of the minute */
	WARM_MINUTES = 1,
	HEAP_GROWTH = 256 * 1024,
	RESIDENT_GROWTH = 2048 * 1024,
	TICK_MS = 200,
	SESSIONS_END_TICKS = 50,
};

struct sample {
	size_t heap;
	size_t resident;
	int descriptors;
};

struct run {
	struct soak soak;
	struct server server;
	unsigned minutes;
	unsigned restarts;
	unsigned failed_restarts;
	struct sample warm;
	struct sample last;
	uint64_t last_ends;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	if (!folder)
		return -1;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static size_t resident(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	size_t pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*s %zu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static struct sample measure(void)
{
	struct mallinfo2 heap = mallinfo2();

	return (struct sample){ .heap = heap.uordblks + heap.hblkhd,
				.resident = resident(),
				.descriptors = descriptors() };
}

static bool fail(const char *what)
{
	fprintf(stderr, "soak: %s\n", what);
	return false;
}

/* The clients go on meanwhile: it has a thread of its own. */
static void *restart(void *argument)
{
	struct run *run = argument;
	char mode = run->restarts % 2 ? 'i' : 'f';

	if (!server_down(&run->server, mode) || !server_up(&run->server))
		run->failed_restarts++;
	return NULL;
}

static void say_minute(struct run *run, unsigned minute)
{
	const struct soak_tally *tally = &run->soak.tally;
	qn_pool_stats stats;
	uint64_t failed = 0;

	qn_pool_read_stats(run->soak.pool, &stats);
	for (int kind = 0; kind < SOAK_KINDS; kind++)
		failed += tally->failed[kind];
	run->last = measure();
	printf("minute %3u  %9llu operations  %7llu units failed  %3u restarts  %llu connections "
	       "opened  heap %zu KiB  resident %zu KiB  %d descriptors\n",
	       minute, (unsigned long long)(tally->ends - run->last_ends),
	       (unsigned long long)failed, run->restarts, (unsigned long long)stats.opened,
	       run->last.heap / 1024, run->last.resident / 1024, run->last.descriptors);
	fflush(stdout);
	run->last_ends = tally->ends;
	if (minute == WARM_MINUTES)
		run->warm = run->last;
}

static bool wait_until(qn_session *session, double until)
{
	while (now() < until)
		if (qn_sleep(session, TICK_MS) != QN_OK)
			return false;
	return true;
}

static bool live_minute(struct run *run, qn_session *session, unsigned minute)
{
	double begin = now();
	pthread_t thread;
	bool waited;

	if (!wait_until(session, begin + RESTART_AT))
		return fail("cannot wait");
	if (pthread_create(&thread, NULL, restart, run) != 0)
		return fail("cannot make a thread");
	waited = wait_until(session, begin + SECONDS);
	pthread_join(thread, NULL);
	run->restarts++;
	say_minute(run, minute);
	return waited || fail("cannot wait");
}

/* Clients that are at it finish what they do. */
static bool live(struct run *run, qn_session *session)
{
	bool goes_on = true;

	for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
		struct soak_client *client = &run->soak.clients[i];

		*client = (struct soak_client){ .soak = &run->soak, .number = i, .random = i + 1 };
		if (qn_spawn(run->soak.pool, soak_work_live, client) != QN_OK)
			return fail("cannot start a client");
	}
	for (unsigned minute = 1; goes_on && minute <= run->minutes; minute++)
		goes_on = live_minute(run, session, minute);
	run->soak.stop = true;
	return qn_run(run->soak.pool) == QN_OK && goes_on;
}

static bool pool_open(struct run *run)
{
	const char *url = dev_server_url(&run->server.dev);

	return qn_pool_open(&run->soak.pool, &(qn_pool_config){ .conninfo = url,
								.max = SOAK_CONNECTIONS,
								.deadline = SOAK_DEADLINE_MS,
								.acquire_timeout = SOAK_DEADLINE_MS,
								.retry_delay = 50,
								.max_retry_delay = 500 }) == QN_OK;
}

static bool run_live(struct run *run)
{
	qn_session *session;
	bool lived;

	if (!pool_open(run))
		return fail("cannot open a pool");
	if (qn_session_open(run->soak.pool, &session) != QN_OK) {
		qn_pool_close(run->soak.pool);
		return fail("cannot open a session");
	}
	lived = soak_work_prepare(session, &run->soak) || fail("cannot fill the tables");
	lived = lived && live(run, session);
	qn_session_close(session);
	qn_pool_close(run->soak.pool);
	return lived;
}

/* A statement whose connection was given up goes on for as long as it sleeps. */
static bool sessions_end(struct server *server)
{
	const struct timespec pause = { .tv_nsec = TICK_MS * 1000000L };
	long left = -1;

	for (int i = 0; i < SESSIONS_END_TICKS && left != 0; i++) {
		left = server_number(server, "SELECT count(*) FROM pg_stat_activity WHERE "
					     "application_name = 'quern'");
		if (left != 0)
			nanosleep(&pause, NULL);
	}
	return left == 0;
}

static bool holds(const char *what, bool is_so)
{
	printf("%-56s %s\n", what, is_so ? "yes" : "NO");
	return is_so;
}

static bool report(struct run *run, int descriptors_before)
{
	const struct soak_tally *tally = &run->soak.tally;
	bool good = true;

	printf("\n%-14s %12s %12s %12s\n", "", "started", "done", "failed");
	for (int kind = 0; kind < SOAK_KINDS; kind++) {
		printf("%-14s %12llu %12llu %12llu\n", soak_kind_names[kind],
		       (unsigned long long)tally->started[kind],
		       (unsigned long long)tally->ok[kind],
		       (unsigned long long)tally->failed[kind]);
		good &= tally->ok[kind] > 0;
	}
	printf("%-14s %12llu %12llu\n\n", "operations", (unsigned long long)tally->submissions,
	       (unsigned long long)tally->ends);
	good = holds("work of every kind was done", good);
	good &= holds("every operation ended once",
		      tally->submissions == tally->ends && tally->ends_twice == 0);
	good &= holds("every restart brought the server back", run->failed_restarts == 0);
	good &= holds("money was neither made nor lost",
		      server_number(&run->server, "SELECT (sum(balance) - 1000 * count(*))::int "
						  "FROM shop_account") == 0);
	good &= holds("no session is left at the server", sessions_end(&run->server));
	good &= holds("no descriptor is left", descriptors() <= descriptors_before + 1);
	/* One minute is all warming up. */
	if (run->minutes > WARM_MINUTES) {
		good &= holds("the heap is flat", run->last.heap <= run->warm.heap + HEAP_GROWTH);
		good &= holds("resident memory is flat",
			      run->last.resident <= run->warm.resident + RESIDENT_GROWTH);
	}
	return good;
}

static char *script_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &room, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

int main(int count, char **arguments)
{
	struct run *run = calloc(1, sizeof(*run));
	char *script = count == 3 ? script_read(arguments[1]) : NULL;
	unsigned long minutes = count == 3 ? strtoul(arguments[2], NULL, 10) : 0;
	int before;
	int status = 2;

	if (run && script && minutes > 0 && minutes <= MINUTES_MAX) {
		run->minutes = (unsigned)minutes;
		if (server_start(&run->server, script)) {
			/* What a first loop opens for the process stays open. */
			if (pool_open(run))
				qn_pool_close(run->soak.pool);
			before = descriptors();
			if (run_live(run))
				status = report(run, before) ? 0 : 1;
		}
		if (!server_stop(&run->server))
			status = 2;
	} else {
		fprintf(stderr, "soak: usage: soak SCRIPT MINUTES, up to %d\n", MINUTES_MAX);
	}
	free(script);
	free(run);
	return status;
}
