#include "session/room.h"

#include <stdlib.h>

#include "session/inside.h"

struct session_room *room_of(qn_pool *pool)
{
	struct session_room **place = pool_session_room(pool);
	struct session_room *room = *place;

	if (room)
		return room;
	room = calloc(1, sizeof(*room));
	if (!room)
		return NULL;
	room->pool = pool;
	room->random = pool_now(pool) ^ (uint64_t)(uintptr_t)room;
	*place = room;
	return room;
}

uint64_t room_random(struct session_room *room)
{
	uint64_t x = room->random ? room->random : 1;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	room->random = x;
	return x;
}

const char *room_cannot_wait(const struct session_room *room)
{
	if (room->calling_back)
		return "waiting inside a call-back would stop the loop; use qn_then, or a task";
	if (room->running)
		return NULL;
	if (pool_in_turn(room->pool))
		return "waiting inside the loop would stop it; use qn_then, or a task";
	if (!pool_loop_hooks(room->pool)->run_once)
		return "the program's loop cannot be run from here; use qn_then, or a task";
	return NULL;
}

bool session_room_is_idle(const struct session_room *room)
{
	return !room || (room->task_count == 0 && room->operations == 0);
}

uint32_t session_room_session_count(const struct session_room *room)
{
	return room ? room->session_count : 0;
}

uint32_t session_room_task_count(const struct session_room *room)
{
	return room ? room->task_count : 0;
}

static void sessions_close(struct session_room *room)
{
	while (room->sessions) {
		qn_session *session = session_outermost(room->sessions);

		session_log_leak(session, "a session was not closed before its pool");
		qn_session_close(session);
	}
}

static void spare_free(struct session_room *room)
{
	while (room->free_ops) {
		struct qn_op *op = room->free_ops;

		room->free_ops = op->next;
		op_free(op);
	}
	while (room->free_sessions) {
		struct qn_session *session = room->free_sessions;

		room->free_sessions = session->next;
		session_free(session);
	}
}

void session_room_free(struct session_room *room)
{
	if (!room)
		return;
	room->closing = true;
	room_finish_tasks(room);
	sessions_close(room);
	room_free_tasks(room);
	spare_free(room);
	free(room);
}

void session_room_drop(struct session_room *room)
{
	if (!room)
		return;
	while (room->sessions) {
		qn_session *session = room->sessions;

		room->sessions = session->next;
		session_drop(session);
	}
	room_drop_tasks(room);
	spare_free(room);
	free(room);
}
