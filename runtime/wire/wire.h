/*
 * The seam between quern and what speaks PostgreSQL's protocol.
 *
 * A connection is a link; these functions are all that the rest of the runtime asks of one.
 * wire_libpq is libpq; tests put a scripted fake in its place, and another implementation may take
 * over the socket that libpq connected.
 *
 * After enter_pipeline a link never blocks. Commands are queued by the send functions, in order;
 * the answers come in the same order: for each command one result and then NULL, for each Sync one
 * PGRES_PIPELINE_SYNC without a NULL, and an error at a Sync (the commit failed) as a result and a
 * NULL before it. A command's NULL is there as soon as its result is: get_result gives it without
 * blocking. What send_alone sent is answered by its result, by one more result if its commit
 * failed, and by a NULL once all is over.
 */
#ifndef QUERN_WIRE_WIRE_H
#define QUERN_WIRE_WIRE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

struct request;
struct statement;
struct wire_link;
struct wire_cancel;

struct wire {
	/*
	 * Begins to connect; the arrays end with NULL and are not kept. NULL: out of memory. Freed
	 * by finish.
	 */
	struct wire_link *(*connect_start)(void *context, const char *const *keywords,
					   const char *const *values);
	PostgresPollingStatusType (*connect_poll)(struct wire_link *link);
	/* True when connecting failed because the server wants a password and there is none. */
	bool (*needs_password)(const struct wire_link *link);
	/*
	 * Once connected, and again before whatever follows send_alone. False: the link is of no
	 * use.
	 */
	bool (*enter_pipeline)(struct wire_link *link);
	/* Notices go here instead of to stderr, from within the functions that read. */
	void (*set_notice_receiver)(struct wire_link *link, PQnoticeReceiver receiver,
				    void *context);

	/* -1 when there is none. May be another one after each connect_poll. */
	int (*socket)(const struct wire_link *link);
	bool (*is_bad)(const struct wire_link *link);
	/* The last error's text, of several lines. Valid until the next call. */
	const char *(*error)(const struct wire_link *link);
	bool (*is_encrypted)(const struct wire_link *link);
	bool (*is_utf8)(const struct wire_link *link);
	/*
	 * What the session takes as the server told last: since version 14 it tells when that
	 * changes; before, never.
	 */
	bool (*is_read_only)(const struct wire_link *link);
	/* Another number after another encoding was chosen. */
	int (*encoding)(const struct wire_link *link);
	int (*backend_pid)(const struct wire_link *link);
	PGTransactionStatusType (*transaction)(const struct wire_link *link);
	/*
	 * True when there is something to read from the socket, or it was closed. One system call.
	 */
	bool (*is_readable)(const struct wire_link *link);

	/*
	 * Each queues one command, and may write. False: out of memory, or the link is bad; nothing
	 * of it will run.
	 */
	bool (*send_prepare)(struct wire_link *link, const char *name,
			     const struct statement *statement);
	bool (*send_prepared)(struct wire_link *link, const char *name,
			      const struct request *request);
	bool (*send_unprepared)(struct wire_link *link, const struct request *request);
	bool (*send_close)(struct wire_link *link, const char *name);
	/*
	 * With nothing in flight: a statement and the Sync behind it, for less than these cost in
	 * the pipeline, which the link leaves for it. `name` NULL: unprepared. May be NULL: this
	 * wire cannot.
	 */
	bool (*send_alone)(struct wire_link *link, const char *name, const struct request *request);
	bool (*send_sync)(struct wire_link *link);
	/* Has the server send what it has; no answer of its own. */
	bool (*send_flush_request)(struct wire_link *link);
	/*
	 * 0: all is written; 1: wait until it is readable or writable, and call again; -1: failed.
	 */
	int (*flush)(struct wire_link *link);

	/* Reads what is there. False: the link is bad; what came before it can still be taken. */
	bool (*consume)(struct wire_link *link);
	/* True when get_result would block. */
	bool (*is_busy)(struct wire_link *link);
	/* For PQclear by the caller. */
	PGresult *(*get_result)(struct wire_link *link);
	/* A PG_DIAG_ field of a result or notice of this wire, "" where there is none. */
	const char *(*result_field)(const PGresult *result, int field);

	/*
	 * What is needed to cancel the running statement from another thread; freed by cancel_free.
	 * NULL: cannot.
	 */
	struct wire_cancel *(*cancel_new)(struct wire_link *link);
	/* Blocks until the server has acted on it. For another thread. */
	bool (*cancel_run)(struct wire_cancel *cancel);
	void (*cancel_free)(struct wire_cancel *cancel);

	/* Says good-bye and frees. What the server was doing goes on. */
	void (*finish)(struct wire_link *link);
	/* Frees without a word: the session is the parent's, before a fork. */
	void (*drop)(struct wire_link *link);
};

/*
 * Whether it ends the session. Poolers, and servers before 9.6, tell only the severity that a
 * server may translate.
 */
bool wire_is_fatal(const struct wire *wire, const PGresult *result);

extern const struct wire wire_libpq;

#endif
