/*
 * The room of sessions in a pool: its sessions, operations and tasks, and recycled memory for more
 * of them.
 *
 * The pool knows it only by this header. It comes to be with the first session, and goes in
 * qn_pool_close.
 */
#ifndef QUERN_SESSION_ROOM_H
#define QUERN_SESSION_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session_room;

/*
 * For qn_pool_close, when no request is queued or under way any more and pool_submit refuses new
 * ones, while the rest of the pool still works: lets the tasks that are left run to their end (all
 * that they wait for fails), closes the sessions that are still open, logging each as a leak, and
 * frees everything. A task that goes on waiting whatever it is told is dropped with its stack. NULL
 * is allowed.
 */
void session_room_free(struct session_room *room);
/*
 * For a child after fork: frees the sessions, operations and tasks as they are. Nothing is called
 * back, and nothing goes to the server. What was closed while the pool still had a request of it is
 * left to the end of the process. NULL is allowed.
 */
void session_room_drop(struct session_room *room);
/* True when there is no task, and no operation that has yet to complete. NULL is idle. */
bool session_room_is_idle(const struct session_room *room);
enum { SESSION_ROOM_TEXT = 256 };

/*
 * Who it is, for reports: `session "import" of jobs.c:42, in a transaction of jobs.c:50`. "" when
 * nothing of it is known. `session` is a lane's owner; NULL in tests.
 */
void session_room_describe(const void *session, char *text, size_t size);
/* For qn_pool_read_stats. NULL has none. */
uint32_t session_room_session_count(const struct session_room *room);
uint32_t session_room_task_count(const struct session_room *room);

#endif
