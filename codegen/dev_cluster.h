/*
 * The parts of a dev_server on disk: its record, its folders and its configuration. Only
 * dev_server.c uses them. They take and change a handle; those that return bool leave an error in
 * it when they return false.
 */
#ifndef QUERN_DEV_CLUSTER_H
#define QUERN_DEV_CLUSTER_H

#include "dev_server.h"

#include <sys/types.h>

/* Leaves a formatted error in the handle, and returns false. */
__attribute__((format(printf, 2, 3))) bool dev_server_fail(struct dev_server *server,
							   const char *format, ...);

/* Reads where data and socket are; nothing recorded leaves both NULL and is no error. */
bool dev_cluster_record_read(struct dev_server *server);

/* Whom the server runs as: the owner of its data; without data the caller, or for root an
 * unprivileged user. */
bool dev_cluster_user_choose(struct dev_server *server);

/* Makes what is missing of socket folder, data and record. */
bool dev_cluster_prepare(struct dev_server *server);

/* Writes the server's configuration, as the server's user. */
bool dev_cluster_configure(struct dev_server *server);

/* Removes data, socket folder, record, log and lock, and the folder if nothing else is in it. */
bool dev_cluster_remove(struct dev_server *server);

#endif
