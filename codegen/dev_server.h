/*
 * A private, throw-away PostgreSQL server for development and tests.
 *
 * A server belongs to a folder, usually `.quern/pg`. It listens on a Unix socket only, in a folder
 * of mode 0700 beneath TMPDIR, so that nobody but its user (and root) can connect; connections need
 * no password. It gives up durability for speed: a crash of the machine may lose its data, which is
 * what throw-away means. Its superuser and its first database are both called `quern`.
 *
 * The folder holds `server`, a record of where the data and the socket are; `lock`, which makes
 * two starts at the same time take turns; `log`, what the last start said; and `data`, unless the
 * server's user cannot reach it there: then the data is beside the socket. PostgreSQL refuses to
 * run as root; for a caller that is root the server runs as `postgres`, or else as `nobody`.
 *
 * A struct dev_server is a handle: releasing it leaves the server as it is. Functions that return
 * bool return false on failure, and dev_server_error() then says what, where and what to do. They
 * block, up to a minute for a server that does not come up or go down.
 */
#ifndef QUERN_DEV_SERVER_H
#define QUERN_DEV_SERVER_H

#include "dev_process.h"

#include <stdbool.h>

/* All members are the handle's own; read them through the functions below. */
struct dev_server {
	char *folder;   /* absolute */
	char *programs; /* folder of initdb, pg_ctl and their like; NULL until one is needed */
	char *data;     /* absolute; NULL when there is none yet */
	char *sockets;  /* absolute; NULL when there is none yet */
	char *url;      /* what dev_server_url() returned */
	char *error;
	struct dev_user user;
};

/* Looks at the folder, which need not exist, and changes nothing. After a failure the handle still
 * has to be released. */
bool dev_server_init(struct dev_server *server, const char *folder);

void dev_server_release(struct dev_server *server);

/* Starts the server, making all that is missing, and waits until it accepts connections.
 * `was_running` says whether there was nothing to do. A server whose pid file is stale, or whose
 * socket is gone, is started anew with its data. */
bool dev_server_start(struct dev_server *server, bool *was_running);

/* Stops the server, ending its connections, and keeps its data. `was_running` is false when there
 * was nothing to stop. */
bool dev_server_stop(struct dev_server *server, bool *was_running);

/* Removes all that a stopped server left on disk. */
bool dev_server_delete(struct dev_server *server);

/* Whether the server's process is there; false without an error when it is not. */
bool dev_server_is_running(const struct dev_server *server);

/* The URL to connect by, without a password, valid until the next call or the release of the
 * handle. NULL when the server was never started or there is no memory. */
const char *dev_server_url(struct dev_server *server);

/* Path of psql, of the server's own version; false when no server is installed. The text is
 * the caller's to free. */
bool dev_server_psql(struct dev_server *server, char **path);

/* Why the last function failed: one line, and perhaps the end of a log beneath it. Valid until the
 * next call on the handle. */
const char *dev_server_error(const struct dev_server *server);

#endif
