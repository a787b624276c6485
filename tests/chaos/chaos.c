/*
 * chaos: the fault tests. A load with a ledger runs on a private PostgreSQL while things go wrong;
 * what it was told must be what the database has.
 *
 *   chaos SCRIPT [--tap] [--seed N] [--step BYTES] MILLISECONDS [FAULT...]
 *
 * SCRIPT creates the tables. MILLISECONDS: of each fault. FAULT: ids of faults.c; none: all.
 * --step: the session is cut every so many bytes (F13). --tap: for tests, a case a fault. Exit
 * status: 0, 1 when something did not hold, 2 when it could not run.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

struct options {
	const char *script;
	bool is_tap;
	uint64_t seed;
	unsigned step;
	unsigned milliseconds;
	char **wanted;
	int wanted_count;
};

struct run {
	struct options options;
	struct server server;
	struct proxy proxy;
	char folder[32];
	unsigned number; /* of the cell, from 1 */
	unsigned failed;
	size_t acknowledged;
	size_t lost;
	size_t phantoms;
	size_t unknown;
	size_t resolved;
	size_t reused;
	unsigned long long submissions;
	unsigned long long callbacks;
	unsigned rounds;
};

static int refuse(const char *what)
{
	fprintf(stderr, "chaos: %s\n", what);
	return 2;
}

static const struct fault *fault_named(const char *id)
{
	for (const struct fault *fault = faults; *fault->id != '\0'; fault++)
		if (strcmp(fault->id, id) == 0)
			return fault;
	return NULL;
}

static bool number_read(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return end != text && *end == '\0' && errno == 0 && *number > 0 && *number <= UINT32_MAX;
}

static bool options_read(struct options *options, int count, char **words)
{
	uint64_t number = 0;
	int i = 1;

	options->script = i < count ? words[i++] : NULL;
	for (; i < count && strncmp(words[i], "--", 2) == 0; i++) {
		if (strcmp(words[i], "--tap") == 0) {
			options->is_tap = true;
			continue;
		}
		if (i + 1 >= count || !number_read(words[i + 1], &number))
			return false;
		if (strcmp(words[i], "--seed") == 0)
			options->seed = number;
		else if (strcmp(words[i], "--step") == 0)
			options->step = (unsigned)number;
		else
			return false;
		i++;
	}
	if (i >= count || !number_read(words[i], &number))
		return false;
	options->milliseconds = (unsigned)number;
	options->wanted = words + i + 1;
	options->wanted_count = count - i - 1;
	return true;
}

static bool is_wanted(const struct options *options, const char *id)
{
	for (int i = 0; i < options->wanted_count; i++)
		if (strcmp(options->wanted[i], id) == 0)
			return true;
	return options->wanted_count == 0;
}

static char *script_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (file == NULL)
		return NULL;
	if (getdelim(&text, &room, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

static void row_print(const struct cell *cell, bool holds)
{
	const struct check *check = &cell->check;
	long grown = cell->board->grown_kilobytes;

	printf("%-5s %-43s %6u %8zu %5zu %9zu %8zu %8zu %9llu %9llu %5d %6ld %8.1f %8.1f  %s\n",
	       cell->fault->id, cell->fault->name, cell->rounds, check->acknowledged, check->lost,
	       check->phantoms, check->unknown, check->resolved,
	       atomic_load(&cell->board->submissions), atomic_load(&cell->board->callbacks),
	       cell->board->leaked_descriptors, grown, (double)cell->recovery_p50 / 1000,
	       (double)cell->recovery_p99 / 1000, holds ? "ok" : "FAILED");
}

static void heading_print(const struct run *run)
{
	printf("seed %llu\n\n", (unsigned long long)run->options.seed);
	printf("%-5s %-43s %6s %8s %5s %9s %8s %8s %9s %9s %5s %6s %8s %8s\n", "", "fault", "times",
	       "commits", "lost", "phantoms", "unknown", "resolved", "submitted", "ended", "fds",
	       "KB", "p50 ms", "p99 ms");
}

static void problems_print(const struct run *run, const char *problems)
{
	const char *line = problems;

	while (*line != '\0') {
		size_t length = strcspn(line, "\n");

		printf("%s%.*s\n", run->options.is_tap ? "# " : "     ", (int)length, line);
		line += length + (line[length] != '\0');
	}
}

static void run_add(struct run *run, const struct cell *cell)
{
	run->acknowledged += cell->check.acknowledged;
	run->lost += cell->check.lost;
	run->phantoms += cell->check.phantoms;
	run->unknown += cell->check.unknown;
	run->resolved += cell->check.resolved;
	run->reused += cell->check.reused;
	run->submissions += atomic_load(&cell->board->submissions);
	run->callbacks += atomic_load(&cell->board->callbacks);
	run->rounds += cell->rounds;
}

static void skip_print(const struct run *run, const struct cell *cell)
{
	if (run->options.is_tap)
		printf("ok %u - %s %s # SKIP %s\n", run->number, cell->fault->id, cell->fault->name,
		       cell->skipped);
	else
		printf("%-5s %-43s skipped: %s\n", cell->fault->id, cell->fault->name,
		       cell->skipped);
}

static bool cell_report(struct run *run, const struct cell *cell)
{
	bool holds = *cell->check.problems == '\0';

	if (cell->skipped != NULL) {
		skip_print(run, cell);
		return true;
	}
	run_add(run, cell);
	if (!holds)
		run->failed++;
	if (run->options.is_tap)
		printf("%s %u - %s %s\n", holds ? "ok" : "not ok", run->number, cell->fault->id,
		       cell->fault->name);
	else
		row_print(cell, holds);
	problems_print(run, cell->check.problems);
	fflush(stdout);
	return holds;
}

static bool fault_run(struct run *run, const struct fault *fault)
{
	struct cell *cell = calloc(1, sizeof(*cell));
	bool ran = cell != NULL;

	run->number++;
	if (ran) {
		*cell = (struct cell){
			.fault = fault,
			.server = &run->server,
			.proxy = &run->proxy,
			.folder = run->folder,
			.seed = run->options.seed,
			.milliseconds = run->options.milliseconds,
			.is_cut = strcmp(fault->id, "F13") == 0,
			.step = run->options.step,
		};
		ran = cell_run(cell);
		if (ran)
			cell_report(run, cell);
		cell_release(cell);
	}
	free(cell);
	if (!ran)
		fprintf(stderr, "chaos: %s could not be run\n", fault->id);
	return ran;
}

static void folder_remove(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (*entry->d_name != '.')
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder != NULL)
		closedir(folder);
	rmdir(path);
}

static bool faults_run(struct run *run)
{
	bool goes_on = true;
	unsigned count = 0;

	for (const struct fault *fault = faults; *fault->id != '\0'; fault++)
		count += is_wanted(&run->options, fault->id);
	if (run->options.is_tap)
		printf("1..%u\n# seed %llu\n", count, (unsigned long long)run->options.seed);
	else
		heading_print(run);
	for (const struct fault *fault = faults; goes_on && *fault->id != '\0'; fault++)
		if (is_wanted(&run->options, fault->id))
			goes_on = fault_run(run, fault);
	if (goes_on && !run->options.is_tap)
		printf("\n%u faults of %u kinds: %zu acknowledged, %zu lost; %zu failed and there; "
		       "%zu unknown, %zu resolved, %zu of them with an id that was used again; "
		       "%llu operations, %llu ended\n",
		       run->rounds, run->number, run->acknowledged, run->lost, run->phantoms,
		       run->unknown, run->resolved, run->reused, run->submissions, run->callbacks);
	return goes_on;
}

static bool run_all(struct run *run, const char *script)
{
	struct proxy_config config = { .server = run->server.socket, .seed = run->options.seed };
	char log[64];
	bool good;

	storage_isolate();
	if (!server_start(&run->server, script))
		return false;
	snprintf(log, sizeof(log), "%s/proxy.log", run->folder);
	config.log = log;
	if (!proxy_start(&run->proxy, &config)) {
		fprintf(stderr, "chaos: cannot start the proxy: %s\n", strerror(errno));
		return false;
	}
	good = faults_run(run);
	return proxy_stop(&run->proxy) && good;
}

int main(int argc, char **argv)
{
	static struct run run;
	char *script;
	bool good;

	run.options = (struct options){ .seed = (uint64_t)time(NULL), .step = 1 };
	if (!options_read(&run.options, argc, argv))
		return refuse("usage: chaos SCRIPT [--tap] [--seed N] [--step BYTES] MILLISECONDS "
			      "[FAULT...]");
	for (int i = 0; i < run.options.wanted_count; i++)
		if (fault_named(run.options.wanted[i]) == NULL)
			return refuse("no fault has this id; see tests/chaos/faults.c");
	script = script_read(run.options.script);
	strcpy(run.folder, "/tmp/quern-ledger-XXXXXX");
	if (script == NULL || mkdtemp(run.folder) == NULL)
		return refuse("cannot read the script, or make a temporary folder");
	good = run_all(&run, script);
	good = server_stop(&run.server) && good;
	free(script);
	if (good && run.failed == 0)
		folder_remove(run.folder);
	else
		printf("%sthe ledgers and the log of the proxy are in %s\n",
		       run.options.is_tap ? "# " : "", run.folder);
	return !good ? 2 : run.failed > 0;
}
