/*
 * Runs one benchmark once: worker CONNINFO CASE CONTENDER OPERATIONS WARM-UP
 *
 * Prints "wall", "cpu" (nanoseconds of all operations), "warmed" (the sum of what the warm-up read)
 * and "checksum", or figures of its own, as lines of a name and a number. The driver, bench/run,
 * starts it in rounds, and under callgrind.
 */
#include "bench.h"
#include "tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const struct entry {
	const char *name;
	const char *contender;
	bench_case *run;
	bool writes;
} entries[] = {
	{ "get", "best", hand_get, false },
	{ "get", "plain", plain_get, false },
	{ "get", "callback", callback_get, false },
	{ "get", "task", task_get, false },
	{ "get-64-on-1", "best", hand_get_sync_1, false },
	{ "get-64-on-1", "flush", hand_get_flush_1, false },
	{ "get-64-on-1", "callback", callback_get_64_1, false },
	{ "get-64-on-1", "task", task_get_64_1, false },
	{ "get-64-on-4", "best", hand_get_sync_4, false },
	{ "get-64-on-4", "flush", hand_get_flush_4, false },
	{ "get-64-on-4", "callback", callback_get_64_4, false },
	{ "get-64-on-4", "task", task_get_64_4, false },
	{ "get-coalesced", "best", hand_get_sync_4, false },
	{ "get-coalesced", "callback", callback_get_coalesced, false },
	{ "get-coalesced", "task", task_get_coalesced, false },
	{ "list-50", "best", hand_list_50, false },
	{ "list-50", "plain", plain_list_50, false },
	{ "list-50", "callback", callback_list_50, false },
	{ "list-50", "task", task_list_50, false },
	{ "list-all", "best", hand_list_all, false },
	{ "list-all", "plain", plain_list_all, false },
	{ "list-all", "callback", callback_list_all, false },
	{ "list-all", "task", task_list_all, false },
	{ "each-all", "best", hand_each_all, false },
	{ "each-all", "plain", plain_each_all, false },
	{ "each-all", "task", task_each_all, false },
	{ "create", "best", hand_create, true },
	{ "create", "plain", plain_create, true },
	{ "create", "callback", callback_create, true },
	{ "create", "task", task_create, true },
	{ "update", "best", hand_update, true },
	{ "update", "plain", plain_update, true },
	{ "update", "callback", callback_update, true },
	{ "update", "task", task_update, true },
	{ "transaction", "best", hand_transaction, true },
	{ "transaction", "plain", plain_transaction, true },
	{ "transaction", "callback", callback_transaction, true },
	{ "transaction", "task", task_transaction, true },
	{ "session-get", "best", hand_get, false },
	{ "session-get", "callback", callback_get_in_session, false },
	{ "session-get", "task", task_get_in_session, false },
	{ "acquire", "best", hand_acquire, false },
	{ "acquire", "callback", callback_acquire, false },
	{ "acquire", "task", task_acquire, false },
	{ "join-50", "best", hand_join_50, false },
	{ "join-50", "loop", loop_50, false },
	{ "join-50", "callback", callback_join_50, false },
	{ "join-50", "task", task_join_50, false },
	{ "join-all", "best", hand_join_all, false },
	{ "join-all", "loop", loop_all, false },
	{ "join-all", "callback", callback_join_all, false },
	{ "join-all", "task", task_join_all, false },
	{ "apart-50", "best", hand_apart_50, false },
	{ "apart-50", "callback", callback_apart_50, false },
	{ "apart-50", "task", task_apart_50, false },
	{ "apart-all", "best", hand_apart_all, false },
	{ "apart-all", "callback", callback_apart_all, false },
	{ "apart-all", "task", task_apart_all, false },
	{ "tags-100", "best", hand_tags_100, false },
	{ "tags-100", "loop", loop_tags_100, false },
	{ "tags-100", "callback", callback_tags_100, false },
	{ "tags-100", "task", task_tags_100, false },
	{ "session", "callback", session_open_close, false },
	{ "spawn", "task", task_spawn_finish, false },
	{ "json-read", "best", cjson_read, false },
	{ "json-read", "callback", quern_json_read, false },
	{ "json-write", "best", hand_json_write, false },
	{ "json-write", "plain", cjson_write, false },
	{ "json-write", "callback", quern_json_write, false },
	{ "json-write-flat", "best", hand_json_write_flat, false },
	{ "json-write-flat", "plain", cjson_write_flat, false },
	{ "json-write-flat", "callback", quern_json_write_flat, false },
	{ "json-write-card", "best", hand_json_write_card, false },
	{ "json-write-card", "plain", cjson_write_card, false },
	{ "json-write-card", "callback", quern_json_write_card, false },
	{ "json-memory", "callback", json_write_memory, false },
	{ "memory", "task", memory_of_parts, false },
};

static uint64_t clock_read(clockid_t clock)
{
	struct timespec now = { 0, 0 };

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t cpu_read(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) < 0)
		return 0;
	return ((uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		(uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)) *
	       1000;
}

void bench_begin(struct bench *bench)
{
	bench->warmed = bench->checksum;
	bench->cpu = cpu_read();
	bench->wall = clock_read(CLOCK_MONOTONIC);
}

void bench_end(struct bench *bench)
{
	bench->wall = clock_read(CLOCK_MONOTONIC) - bench->wall;
	bench->cpu = cpu_read() - bench->cpu;
}

bool bench_fail(const char *what, const char *why)
{
	size_t length = strlen(why);

	while (length > 0 && why[length - 1] == '\n')
		length--;
	fprintf(stderr, "bench worker: %s: %.*s\n", what, (int)length, why);
	return false;
}

void bench_figure(const char *name, double value)
{
	printf("%s %.1f\n", name, value);
}

/* Before a case that writes, the tables are as they were at first; after it they are looked at. */
static bool tables_use(struct bench *bench, bool before)
{
	PGconn *connection = PQconnectdb(bench->conninfo);
	unsigned long long digest = 0;
	bool good;

	if (PQstatus(connection) != CONNECTION_OK)
		good = bench_fail("cannot connect", PQerrorMessage(connection));
	else
		good = before ? tables_reset(connection) : tables_digest(connection, &digest);
	bench->checksum += digest;
	PQfinish(connection);
	return good;
}

static bool entry_run(const struct entry *entry, struct bench *bench)
{
	if (entry->writes && !tables_use(bench, true))
		return false;
	if (!entry->run(bench))
		return false;
	if (entry->writes && !tables_use(bench, false))
		return false;
	printf("wall %" PRIu64 "\ncpu %" PRIu64 "\nwarmed %" PRIu64 "\nchecksum %" PRIu64 "\n",
	       bench->wall, bench->cpu, bench->warmed, bench->checksum);
	return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
	struct bench bench = { .stream = { 42 } };

	if (argc != 6) {
		fputs("usage: worker CONNINFO CASE CONTENDER OPERATIONS WARM-UP\n", stderr);
		return 2;
	}
	bench.conninfo = argv[1];
	bench.operations = strtoull(argv[4], NULL, 10);
	bench.warm_up = strtoull(argv[5], NULL, 10);
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		if (strcmp(entries[i].name, argv[2]) == 0 &&
		    strcmp(entries[i].contender, argv[3]) == 0)
			return entry_run(&entries[i], &bench) ? EXIT_SUCCESS : EXIT_FAILURE;
	fprintf(stderr, "bench worker: no case '%s' of contender '%s'\n", argv[2], argv[3]);
	return 2;
}
