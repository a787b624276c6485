#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/inside.h"
#include "session/stream.h"
#include "session/transaction.h"

enum {
	FREE_SESSIONS_MAX = 256,
	SESSION_BYTES_KEPT = 64 * 1024, /* of a free session's arena */
	ERROR_ARENA_CHUNK = 512,
	ERROR_BYTES_KEPT = 4096,
};

static qn_session *session_make(struct session_room *room)
{
	qn_session *session = room->free_sessions;

	if (session) {
		room->free_sessions = session->next;
		room->free_session_count--;
		return session;
	}
	session = calloc(1, sizeof(*session));
	if (!session)
		return NULL;
	session->room = room;
	error_clear(&session->error);
	loaded_init(&session->loaded);
	arena_init(&session->error_arena, ERROR_ARENA_CHUNK, NULL);
	return session;
}

qn_status(qn_session_open)(qn_pool *pool, qn_session **place)
{
	return qn_session_open_at("", pool, place);
}

qn_status qn_session_open_at(const char *site, qn_pool *pool, qn_session **place)
{
	struct session_room *room;
	qn_session *session;

	if (!place)
		return QN_USAGE;
	*place = NULL;
	if (!pool)
		return QN_USAGE;
	if (pool_is_closing(pool))
		return QN_POOL_CLOSED;
	room = room_of(pool);
	session = room ? session_make(room) : NULL;
	if (!session)
		return QN_OUT_OF_MEMORY;
	session->lane = (struct lane){ .owner = session };
	session->serial = ++room->serials;
	session->deadline = 0;
	session->site = site ? site : "";
	session->name = NULL;
	session->context = NULL;
	session->first_stream = NULL;
	session->outer = NULL;
	session->closed = false;
	if (session->error.status != QN_OK)
		error_clear(&session->error);
	session->previous = NULL;
	session->next = room->sessions;
	if (session->next)
		session->next->previous = session;
	room->sessions = session;
	room->session_count++;
	*place = session;
	return QN_OK;
}

qn_status session_open_inner(qn_session *outer, qn_session **inner)
{
	qn_status status = qn_session_open_at("", outer->room->pool, inner);

	if (status != QN_OK)
		return status;
	(*inner)->outer = outer;
	(*inner)->deadline = outer->deadline;
	outer->room->session_count--;
	return QN_OK;
}

void session_free(qn_session *session)
{
	loaded_free(&session->loaded);
	arena_free(&session->error_arena);
	free(session->hooks);
	free(session);
}

void session_drop(qn_session *session)
{
	streams_drop(session);
	while (session->first_op) {
		struct qn_op *op = session->first_op;

		session->first_op = op->next;
		op_free(op);
	}
	session_free(session);
}

void session_collect(qn_session *session)
{
	struct session_room *room = session->room;

	if (!session->closed || session->users || session->abandoned)
		return;
	if (room->free_session_count >= FREE_SESSIONS_MAX) {
		session_free(session);
		return;
	}
	session->next = room->free_sessions;
	room->free_sessions = session;
	room->free_session_count++;
}

void session_enter(qn_session *session)
{
	session->users++;
}

void session_leave(qn_session *session)
{
	session->users--;
	session_collect(session);
}

static void session_unlink(qn_session *session)
{
	struct session_room *room = session->room;

	if (session->previous)
		session->previous->next = session->next;
	else
		room->sessions = session->next;
	if (session->next)
		session->next->previous = session->previous;
	room->session_count -= !session->outer;
}

void session_cancel_operations(qn_session *session, bool detached_too)
{
	for (struct qn_op *op = session->first_op; op; op = op->next)
		if ((op->submitted || op->parts) && !(op->request.flags & REQUEST_END) &&
		    (detached_too || !op->detached))
			qn_cancel(op);
}

void qn_session_close(qn_session *session)
{
	bool in_transaction;

	if (!session || session->closed)
		return;
	in_transaction = session->transaction != NULL;
	session_enter(session);
	session->closed = true;
	session->name = NULL;
	session_unlink(session);
	streams_close(session);
	session_cancel_operations(session, in_transaction);
	transaction_close_all(session);
	while (session->first_op)
		op_close(session->first_op);
	loaded_clear(&session->loaded, SESSION_BYTES_KEPT);
	arena_clear_to(&session->error_arena, ERROR_BYTES_KEPT);
	session_leave(session);
}

qn_mark qn_session_mark(const qn_session *session)
{
	struct arena_mark at = arena_mark(&session->loaded.arena);

	return (qn_mark){ { (uintptr_t)at.chunk, at.used, session->loaded.result_count,
			    session->serial } };
}

qn_status qn_session_release(qn_session *session, qn_mark mark)
{
	struct arena_mark at = { .chunk = (void *)(uintptr_t)mark.opaque[0],
				 .used = (size_t)mark.opaque[1] };

	if (mark.opaque[3] != session->serial || mark.opaque[2] > session->loaded.result_count ||
	    !arena_mark_holds(&session->loaded.arena, at))
		return session_fail(session, QN_USAGE,
				    "qn_session_release: the mark is of another session, or "
				    "something older was released already");
	if (session->statements)
		return session_fail(session, QN_USAGE,
				    "qn_session_release: operations are under way; await them");
	loaded_release_results(&session->loaded, (size_t)mark.opaque[2]);
	arena_release(&session->loaded.arena, at);
	return QN_OK;
}

void *qn_session_alloc(qn_session *session, size_t size)
{
	return arena_alloc(&session->loaded.arena, size);
}

const qn_error *qn_session_error(const qn_session *session)
{
	return &session->error;
}

void qn_session_set_deadline(qn_session *session, uint32_t milliseconds)
{
	session->deadline = milliseconds;
}

void qn_session_set_name(qn_session *session, const char *name)
{
	session->name = name;
}

void qn_session_set_context(qn_session *session, void *context)
{
	session->context = context;
}

void *qn_session_context(const qn_session *session)
{
	return session->context;
}

qn_pool *qn_session_pool(const qn_session *session)
{
	return session->room->pool;
}

qn_pool *session_pool(const qn_session *session)
{
	return session->room->pool;
}

struct arena *session_arena(qn_session *session)
{
	return &session->loaded.arena;
}

bool session_keep_result(qn_session *session, PGresult *result)
{
	return loaded_keep(&session->loaded, result);
}

struct arena *op_loaded_arena(struct qn_op *op)
{
	return op->loads_into ? &op->loads_into->arena : &op->session->loaded.arena;
}

bool op_keep_result(struct qn_op *op, PGresult *result)
{
	return loaded_keep(op->loads_into ? op->loads_into : &op->session->loaded, result);
}

void session_set_error(qn_session *session, const qn_error *error)
{
	arena_clear_to(&session->error_arena, ERROR_BYTES_KEPT);
	error_copy(&session->error, error, &session->error_arena);
}

qn_status session_fail(qn_session *session, qn_status status, const char *format, ...)
{
	va_list arguments;
	char text[256];
	qn_error error;

	error_clear(&error);
	error.status = status;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	error.message = text;
	session_set_error(session, &error);
	return status;
}
