#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dev_files.h"

enum { TRIES = 1500, PAUSE_NS = 20 * 1000 * 1000, SQL_ROOM = 256 };

/* As each standby calls itself unless it is told otherwise. */
#define STANDBY_NAME "walreceiver"

static bool fail(const char *what, const char *reason)
{
	fprintf(stderr, "chaos pair: %s: %s\n", what, reason);
	return false;
}

static bool all_execute(struct server *server, const char *const *statements)
{
	for (; *statements != NULL; statements++)
		if (!server_execute(server, *statements))
			return false;
	return true;
}

static bool becomes_true(struct server *server, const char *sql)
{
	struct timespec pause = { 0, PAUSE_NS };

	for (int i = 0; i < TRIES; i++) {
		long number = server_number(server, sql);

		if (number != 0)
			return number > 0;
		nanosleep(&pause, NULL);
	}
	return fail(sql, "it was given 30 s to become true");
}

static bool restart(struct server *server)
{
	return server_down(server, 'f') && server_up(server);
}

bool pair_start(struct pair *pair, struct server *first)
{
	static const char *const settings[] = {
		"alter system set wal_level = replica",
		"alter system set max_wal_senders = 4",
		"alter system set wal_keep_size = '512MB'",
		/* Its transactions would get ids that were lost, and leave no row to tell. */
		"alter system set autovacuum = off",
		NULL,
	};

	pair->first = first;
	if (!all_execute(first, settings) || !restart(first) || !server_create(&pair->second))
		return false;
	pair->primary = first;
	pair->other = &pair->second;
	return server_down(&pair->second, 'f');
}

static int folder_remove(const void *path)
{
	return dev_folder_remove(path) ? 0 : 1;
}

/* In place of whatever it has. */
static bool data_copy(const struct server *from, struct server *to)
{
	const struct dev_user *user = &to->dev.user;
	char *program = dev_format("%s/pg_basebackup", from->dev.programs);
	char *log = dev_format("%s/log", to->folder);
	const char *const argv[] = { program, "-h",   from->sockets, "-p", "5432", "-U",
				     "quern", "-D",   to->dev.data,  "-R", "-X",   "stream",
				     "-c",    "fast", "--no-sync",   NULL };
	struct dev_command command = { argv, to->sockets, log };
	bool good = program != NULL && log != NULL &&
		    dev_process_call(folder_remove, to->dev.data, user) == 0 &&
		    dev_process_run(&command, user) == 0;

	free(program);
	free(log);
	return good || fail("cannot copy the primary's data", to->folder);
}

/*
 * That the standby counts is what its sender has read in the settings, and that commits wait for it
 * is what the checkpointer has: a checkpoint that is asked for then has the settings read before.
 * And what was committed until now has to arrive as well.
 */
static bool primary_waits(struct server *primary)
{
	static const char *const settings[] = {
		"alter system set synchronous_standby_names = '" STANDBY_NAME "'",
		"select pg_reload_conf()",
		NULL,
	};
	char sql[SQL_ROOM];
	char position[32];
	PGresult *result;

	if (!all_execute(primary, settings) ||
	    !becomes_true(primary, "select count(*) from pg_stat_replication "
				   "where sync_state = 'sync'") ||
	    !server_execute(primary, "checkpoint"))
		return false;
	result = server_query(primary, "select pg_current_wal_lsn()");
	if (result == NULL)
		return false;
	snprintf(position, sizeof(position), "%.30s", PQgetvalue(result, 0, 0));
	PQclear(result);
	snprintf(sql, sizeof(sql),
		 "select count(*) from pg_stat_replication where flush_lsn >= '%s'", position);
	return becomes_true(primary, sql);
}

bool pair_join(struct pair *pair)
{
	return data_copy(pair->primary, pair->other) && server_up(pair->other) &&
	       primary_waits(pair->primary);
}

bool pair_part(struct pair *pair)
{
	static const char *const settings[] = {
		"alter system set primary_conninfo = ''",
		"select pg_reload_conf()",
		NULL,
	};

	return all_execute(pair->other, settings) &&
	       becomes_true(pair->primary,
			    "select (count(*) = 0)::integer from pg_stat_replication");
}

/* The copy was made when the primary waited for nobody, and has its settings. */
bool pair_swap(struct pair *pair, char mode)
{
	struct server *fallen = pair->primary;

	if (!server_down(fallen, mode) ||
	    server_number(pair->other, "select pg_promote(true, 30)::integer") != 1)
		return fail("the standby does not take over", pair->other->folder);
	pair->primary = pair->other;
	pair->other = fallen;
	return true;
}

static bool first_is_alone(const struct pair *pair)
{
	static const char *const settings[] = {
		"alter system reset wal_level",
		"alter system reset max_wal_senders",
		"alter system reset wal_keep_size",
		"alter system reset autovacuum",
		"alter system reset synchronous_standby_names",
		NULL,
	};

	return all_execute(pair->first, settings) && restart(pair->first);
}

bool pair_stop(struct pair *pair)
{
	bool good = true;

	if (pair->primary == &pair->second)
		good = pair_join(pair) && pair_swap(pair, 'f');
	if (good && pair->primary != NULL)
		good = first_is_alone(pair);
	return server_stop(&pair->second) && good;
}
