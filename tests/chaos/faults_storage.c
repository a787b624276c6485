/* The disk is full. */
#include <quern.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"

enum { FELT_TRIES = 300, FELT_MS = 10 };

void storage_isolate(void)
{
	/* Whoever may not do this may not mount either, which shows in time. */
	if (unshare(CLONE_NEWNS) == 0)
		(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Beside the socket: a folder that the server's user may reach. */
static void place_of(const struct cell *cell, char *path, size_t size)
{
	snprintf(path, size, "%.200s/small-disk", cell->server->sockets);
}

/* The table of requests moves to a disk of its own, of a few megabytes. */
bool fault_disk_begin(struct cell *cell)
{
	char path[SERVER_PATH];
	char sql[2 * SERVER_PATH];
	char options[96];
	struct stat owner;

	place_of(cell, path, sizeof(path));
	if (stat(cell->server->sockets, &owner) < 0 || mkdir(path, S_IRWXU) < 0)
		return false;
	snprintf(options, sizeof(options), "size=32m,mode=0700,uid=%u,gid=%u", owner.st_uid,
		 owner.st_gid);
	if (mount("tmpfs", path, "tmpfs", MS_NODEV | MS_NOSUID, options) < 0)
		return cell_skip(cell, "a small disk can only be mounted by root");
	snprintf(sql, sizeof(sql), "create tablespace small_disk location '%s'", path);
	return server_execute(cell->server, sql) &&
	       server_execute(cell->server, "alter table chaos_xfer set tablespace small_disk");
}

void fault_disk_end(struct cell *cell)
{
	char path[SERVER_PATH];

	place_of(cell, path, sizeof(path));
	if (cell->skipped == NULL) {
		bool good = server_execute(cell->server, "drop table if exists chaos_filler") &&
			    server_execute(cell->server,
					   "alter table chaos_xfer set tablespace pg_default") &&
			    server_execute(cell->server, "drop tablespace small_disk");

		if (!good)
			check_problem(&cell->check, "the small disk cannot be given back");
		umount2(path, MNT_DETACH);
	}
	rmdir(path);
}

/*
 * The filler takes what is left, and keeps it though it fails; it goes when the load has felt it.
 */
bool fault_disk_full(struct cell *cell)
{
	const atomic_ullong *felt = &cell->board->statuses[QN_OUT_OF_RESOURCES];
	unsigned long long before = atomic_load(felt);

	if (!server_execute(cell->server,
			    "create table chaos_filler (filler text) tablespace small_disk") ||
	    !server_execute(cell->server,
			    "do $$ begin insert into chaos_filler select repeat('x', 1000) "
			    "from generate_series(1, 50000); exception when disk_full then null; "
			    "end $$"))
		return false;
	for (int i = 0; i < FELT_TRIES && atomic_load(felt) == before; i++)
		cell_pause(FELT_MS);
	if (!server_execute(cell->server, "drop table chaos_filler"))
		return false;
	cell_over(cell);
	return true;
}
