/*
 * Connections: one link to the server each, with the requests that are in flight on it.
 *
 * A connection is CONNECTING, then IDLE and BUSY in turn, DRAINING when it takes nothing new and
 * closes as soon as it is empty, and CLOSED at the end. conn_set_state is the one place where that
 * changes. A closed connection keeps its unanswered requests until conn_fail_requests, and its
 * memory until conn_free: closing is allowed at any moment, also from inside a call-back that one
 * of its own results caused.
 *
 * Requests in flight are quern's own account (entries.h). How they share Syncs decides who is hit
 * by an error:
 *   - reads of one turn share a Sync; what an error before it skipped is sent again, alone;
 *   - a write outside a transaction has a Sync of its own, and is answered when that was read, for
 *     its commit is there;
 *   - in a transaction there is no Sync until its end, or until an error has to be overcome; what
 *     is sent is asked for by a flush request at the end of the turn;
 *   - a request that is the only one there is, to a server nearby, goes without the pipeline, which
 *     costs both sides less. What comes meanwhile waits until it is answered, which is about as
 *     long as one round trip.
 *
 * A connection tells its owner by struct conn_events, always from the loop or from conn_end_turn.
 */
#ifndef QUERN_WIRE_CONN_H
#define QUERN_WIRE_CONN_H

#include "wire/dial.h"
#include "wire/entries.h"
#include "wire/prepared.h"
#include "wire/request.h"

enum conn_state { CONN_CONNECTING, CONN_IDLE, CONN_BUSY, CONN_DRAINING, CONN_CLOSED, CONN_STATES };

/* Of struct request. */
enum request_state {
	REQUEST_NEW,
	REQUEST_QUEUED,
	REQUEST_SENT,
	REQUEST_SENT_JOINED, /* behind another one under the same Sync */
	REQUEST_DONE,        /* has its verdict, its call-back is due */
	REQUEST_ORPHAN,      /* sent, but its lane was given up */
};

/* In nanoseconds. */
#define CONN_GRACE UINT64_C(1000000000)
/* A server that was told to cancel a statement is told again, if that still runs. */
#define CONN_CANCEL_AGAIN UINT64_C(100000000)

enum {
	/* Of bytes that wait in libpq; beyond it each further send makes system calls that fail. */
	CONN_UNFLUSHED = 100000,
	CONN_MESSAGE = DIAL_MESSAGE,
	CONN_CANCELS = 4, /* at once, of a pool */
	/*
	 * Of one statement at most: Sync, close twice, prepare, statement, Sync, and the turn's
	 * Sync.
	 */
	CONN_ENTRIES = 7,
};

struct conn;
struct cancel;

struct conn_events {
	/* The state has changed from `before`. */
	void (*moved)(struct conn *conn, enum conn_state before);
	/* It could not be opened; it is CLOSED. */
	void (*open_failed)(struct conn *conn, const struct dial_failure *failure);
	/*
	 * A request is answered. The result in the outcome is cleared by the connection unless it
	 * is taken.
	 */
	void (*answered)(struct conn *conn, struct request *request, struct outcome *outcome);
	/* A request was not executed through no fault of its own, and is to be sent again. */
	void (*again)(struct conn *conn, struct request *request);
	/* A server-side cancel has returned: another connection may have its turn. */
	void (*cancel_returned)(void *owner);
	void (*noticed)(struct conn *conn, const char *sqlstate, const char *message);
	/* It takes more again: the socket does, or without a pipeline the last group has ended. */
	void (*writable)(struct conn *conn);
	/* conn->give_up_at was set. */
	void (*overdue)(struct conn *conn);
};

/* What the connections of a pool share. The owner's; must outlive them, but not their cancels. */
struct conn_home {
	struct dial_target dial;
	const struct conn_events *events;
	void *owner;
	uint32_t depth; /* statements in flight on a connection */
	uint32_t statement_cache;
	bool no_prepared_statements;
	bool no_pipeline;
	uint64_t turn_at; /* time of the turn in which things are sent */
	/* Of the schema, from 1: goes up when a prepared statement turned out to be stale. */
	uint32_t epoch;
	uint64_t statements_prepared;
	uint64_t round_trips;
	struct cancel *cancels; /* those that run */
	uint32_t cancel_count;
};

struct conn {
	struct conn_home *home;
	struct conn *next; /* the owner's list for its state */
	struct conn *previous;
	struct conn *next_dirty; /* the owner's list of those with something to send */
	bool is_dirty;
	enum conn_state state;

	struct dial *dial;
	struct wire_link *link;
	qn_watch watch;
	unsigned watched;
	bool was_readable; /* the loop said so since the last consume */

	struct entries entries;
	uint32_t statements; /* among the entries */
	struct prepared_cache prepared;
	uint64_t group;      /* number of the Sync group that is being filled */
	uint32_t group_size; /* entries in it */
	bool group_failed;   /* an error was read for it: nothing works until a Sync */
	bool is_alone;       /* what is in flight was sent without the pipeline */
	bool left_pipeline;  /* and the link has yet to enter it again */
	bool needs_flush_request;
	bool needs_flush;
	bool flush_waits; /* the socket is full */
	size_t unflushed; /* bytes, roughly */

	struct lane *lane; /* the one that has pinned it */
	uint64_t pinned_since;
	/* the owner's: lanes with requests for this connection that wait for room */
	struct lane *lanes_first;
	struct lane *lanes_last;
	bool end_sent;  /* of the transaction; nothing more is sent until its Sync was read */
	bool is_ending; /* and its last statement was answered */

	/* A write that is done, but for its commit, which its Sync tells of. */
	struct entry uncommitted;
	bool has_uncommitted;
	bool sync_failed;
	/*
	 * The server has given up waiting for its standbys: so it says before it answers the commit
	 * that waited.
	 */
	bool is_unconfirmed;
	/* An error said so; whether it is the session shows when that is idle. */
	bool was_read_only;
	PGresult *prepare_error; /* belongs to the statement that comes next */
	unsigned nulls;          /* in a row, that nothing explains */

	uint32_t overdue; /* entries */
	uint64_t give_up_at;
	struct cancel *cancel;
	bool cancel_sent;
	/* The last may have come before its statement ran; 0: not again. */
	uint64_t cancel_again_at;

	uint64_t opened_at;
	uint64_t expires_at;
	uint64_t idle_since;
	uint64_t head_since; /* when the statement that runs began to */
	/* Then, with nothing in flight before it: its answer takes a round trip. */
	bool head_was_sent;
	uint64_t fastest; /* of those, nanoseconds; 0: none was answered yet */
	uint64_t read_at; /* when answers were last looked for */

	int backend_pid;
	int encoding; /* that was seen to be UTF8 */
	char where[DIAL_WHERE];
	char last_state[6]; /* SQLSTATE and text of a notice that announces the end */
	char last_words[CONN_MESSAGE];
	qn_status lost_status;
	char lost_message[CONN_MESSAGE];
};

/* Begins to connect. NULL: out of memory. */
struct conn *conn_open(struct conn_home *home);
/* Closes what is not closed; requests must have been failed. */
void conn_free(struct conn *conn);
/* In a child after fork: frees without a word to the server or the loop. */
void conn_drop(struct conn *conn);

/* Takes nothing new, and closes when it is empty. */
void conn_drain(struct conn *conn);
/*
 * Closes now. `status` and `message` are for the log and for the requests that are in flight;
 * QN_OK: it was not needed any more.
 */
void conn_close(struct conn *conn, qn_status status, const char *message);
/* Closes because the link is bad, with all that is known about the reason. */
void conn_close_lost(struct conn *conn);
/*
 * The transaction that has the connection is given up, and cannot be ended in order: closes now,
 * unless statements of others are in flight before its first one. Then nothing more is sent, and it
 * closes when those are answered.
 */
void conn_forsake(struct conn *conn, const char *message);
/*
 * Of a closed connection: answers what was in flight, each request once. Not from inside a
 * call-back.
 */
void conn_fail_requests(struct conn *conn);

/*
 * True when another statement may be sent now. A pinned connection is its lane's alone, which the
 * caller knows.
 */
static inline bool conn_has_room(const struct conn *conn)
{
	const struct conn_home *home = conn->home;

	if (conn->state != CONN_IDLE && conn->state != CONN_BUSY &&
	    !(conn->state == CONN_DRAINING && conn->lane))
		return false;
	return conn->statements < home->depth && entries_room(&conn->entries) >= CONN_ENTRIES &&
	       !conn->overdue && !conn->cancel && !conn->flush_waits &&
	       conn->unflushed < CONN_UNFLUSHED && !conn->end_sent && !conn->is_alone &&
	       !(home->no_pipeline && (conn->entries.count || conn->has_uncommitted));
}

/*
 * Queues a request; what follows is up to conn_end_turn. With REQUEST_BEGIN it pins the connection.
 * False: the link failed, the connection is closed, and the request was not sent and is still the
 * caller's.
 */
bool conn_send(struct conn *conn, struct request *request);
/*
 * The same for the only request there is to send. It goes without the pipeline where that is worth
 * while, and then nothing else is sent until it was answered.
 */
bool conn_send_alone(struct conn *conn, struct request *request);
/*
 * After conn_send returned true and the request was taken from whatever queue it was in: sends the
 * Sync that it needs. When that fails the connection is closed, and the request has been sent and
 * fails with it.
 */
void conn_sent(struct conn *conn, const struct request *request);
/* Ends the turn's Sync group, writes, and takes the answers that are there. */
void conn_end_turn(struct conn *conn);
/* Reads what has come without waiting, and answers requests. */
void conn_read(struct conn *conn);

/*
 * The request's time is over, or it was cancelled: has the server cancel it as soon as that can hit
 * nobody else, and sends nothing more until that is through; tells it again as long as the
 * statement runs, and gives the connection up after CONN_GRACE. With `keep` the request is still
 * answered when its verdict comes, otherwise it is the caller's again.
 */
void conn_overdue(struct conn *conn, struct request *request, bool keep);
/* When there is something to do about what is overdue: to cancel again, or to give up. 0: never. */
uint64_t conn_look_at(const struct conn *conn);
void conn_cancel_again(struct conn *conn, uint64_t now);
/* Whether give_up_at has come, and closing hurts nobody who may still hope. */
bool conn_is_stuck(const struct conn *conn, uint64_t now);
/* Starts the server-side cancel that is due, if it can be now. */
void conn_cancel_due(struct conn *conn);
/* The pool goes: cancels that run are left to themselves. */
void conn_home_forget_cancels(struct conn_home *home);

/* For the parts of the connection. */
void conn_set_state(struct conn *conn, enum conn_state state);
/* Idle, or closed if it drains, when nothing is in flight. */
void conn_settle(struct conn *conn);
uint64_t conn_now(const struct conn *conn);
void conn_take_results(struct conn *conn);
bool conn_send_sync(struct conn *conn);
void conn_forget_overdue(struct conn *conn);
void conn_notice(void *context, const PGresult *result);
/* Whether the server ends the session with this error or notice, and keeps what it says of it. */
void conn_keep_last_words(struct conn *conn, const PGresult *result);

#endif
