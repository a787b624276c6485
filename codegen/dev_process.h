/*
 * Running the programs of a PostgreSQL server: as whom, with what environment, with what limit.
 *
 * Nothing here goes through a shell. PostgreSQL refuses to run as root, so a caller that is root
 * names the user that the child becomes; other callers run children as themselves.
 *
 * Every function blocks until the child is done, and leaves no child behind.
 */
#ifndef QUERN_DEV_PROCESS_H
#define QUERN_DEV_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Whom children run as. With `drop` false they stay what the caller is. */
struct dev_user {
	bool drop;
	uid_t uid;
	gid_t gid;
};

/* A program to run. Nothing in it is owned or kept. */
struct dev_command {
	const char *const *argv; /* argv[0] is a path; ends with NULL */
	const char *folder;      /* where the child runs; NULL: where the caller is */
	const char *log;         /* file that its output is appended to; NULL: thrown away */
};

/*
 * Runs the command and waits for it. Returns its exit status, 128 + N when signal N ended it, 126
 * when it could not become `user` or enter `folder`, 127 when it could not be executed, and -1
 * with errno set when no child could be made. The child sees LC_ALL=C, PATH, TMPDIR and nothing
 * else of the caller's environment (PGPORT, PGDATA and their like would change what it does), and
 * no open file but its three standard ones.
 */
int dev_process_run(const struct dev_command *command, const struct dev_user *user);

/*
 * Calls `job(subject)` in a child that runs as `user`, and returns what it returned, which is
 * within 0 to 125; 126 when the child could not become `user`; -1 with errno set when there was no
 * child.
 */
int dev_process_call(int (*job)(const void *subject), const void *subject,
		     const struct dev_user *user);

/*
 * Runs `argv` as the caller and returns the first line that it printed, without its newline, in
 * memory that the caller frees. NULL when it failed, printed nothing, or there is no memory.
 */
char *dev_process_line(const char *const *argv);

#endif
