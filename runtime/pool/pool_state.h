/*
 * The inside of a pool, for the files of this folder and for unit tests.
 *
 *   submit   request -> its lane's queue -> lane into the list of those that wait, of the pool or of
 *            its connection
 *   turn     what is done calls back; lanes that wait are given connections; connections write and
 *            read
 *   answer   connection -> pool_finish -> call-back
 *
 * Everything that completes without an answer of the server goes through the list of done requests,
 * so that no call-back is ever called from inside a call of the user's.
 */
#ifndef QUERN_POOL_POOL_STATE_H
#define QUERN_POOL_POOL_STATE_H

#include "loop/loop_uv.h"
#include "pool/deadlines.h"
#include "pool/fork_guard.h"
#include "pool/pool_internal.h"
#include "wire/conn.h"

#define POOL_MILLISECOND UINT64_C(1000000)

enum lane_list { LANE_NOT_WAITING, LANE_WAITS_IN_POOL, LANE_WAITS_FOR_CONN };

enum { POOL_MESSAGE = DIAL_MESSAGE };

struct conn_list {
	struct conn *first;
	struct conn *last;
	uint32_t count;
};

struct qn_pool {
	qn_pool_config config; /* with defaults filled in; conninfo is NULL: it is kept below */
	struct conninfo conninfo;
	struct conn_home home;
	qn_loop_hooks hooks;
	void *loop;
	struct loop_uv *own_loop;
	struct fork_guard fork_guard;

	struct conn_list lists[CONN_STATES]; /* idle: the one used last is first */
	struct conn *dirty;                  /* have something to send, or to read after sending */
	struct batch *batches;               /* all that were made */
	struct batch *free_batches;

	struct lane *waiting_first; /* lanes with requests and without a connection, oldest first */
	struct lane *waiting_last;
	uint32_t waiting_lanes;
	uint32_t queued;     /* requests that are not sent */
	uint32_t unfinished; /* requests that were submitted and have not called back */
	struct request *done_first;
	struct request *done_last;
	struct deferred *deferred_first;
	struct deferred *deferred_last;

	struct deadlines deadlines;
	qn_timer deadline_timer;
	uint64_t deadline_armed; /* 0: not */
	qn_timer upkeep_timer;
	uint64_t upkeep_armed;
	uint64_t upkeep_missed; /* the loop could not arm it for then */

	uint32_t failures; /* to connect, in a row */
	uint64_t retry_at;
	struct dial_failure failure; /* the last one */
	qn_error error;
	bool is_probing; /* qn_pool_connect: open one even though nothing waits */
	bool is_started;

	bool turn_wanted;
	uint32_t calls; /* into the user's code, under way */
	/*
	 * In this turn. Whoever runs the loop may wait for what was called back, and not for an
	 * event.
	 */
	bool has_called;
	bool has_ended_wait; /* of somebody who waits by pool_run_once */
	bool is_draining;
	bool is_closing;
	uint64_t random;

	uint64_t opened;
	uint64_t closed;
	uint64_t connect_failures;
	uint64_t operations;
	uint64_t operation_failures;
	uint64_t coalesced;

	struct session_room *session_room;
	struct shape_registry *shape_registry;
	struct patterns *patterns;
};

/* As qn_pool_open, on another wire: for tests. */
QN_MUST_CHECK qn_status pool_open_on(qn_pool **pool, const qn_pool_config *config,
				     const struct wire *wire, void *wire_context);

/* settings.c: fills in defaults. QN_USAGE with a message: a setting makes no sense. */
qn_status pool_settings_complete(qn_pool_config *config, char *message, size_t size);

/* turn.c */
void pool_wake(qn_pool *pool);
void pool_mark_dirty(qn_pool *pool, struct conn *conn);
void pool_turn(void *context);
/* The request's end: accounts, then the call-back. */
void pool_finish(qn_pool *pool, struct request *request, struct outcome *outcome);
/* The request ends with this, without an answer of the server's: from the next turn. */
void pool_finish_later(qn_pool *pool, struct request *request, qn_status verdict);
void pool_deliver_done(qn_pool *pool);
void pool_run_deferred(qn_pool *pool);
void pool_bury_closed(qn_pool *pool);

/* lanes.c */
void lane_push(qn_pool *pool, struct request *request);
void lane_push_again(qn_pool *pool, struct request *request);
/* Takes a queued request out. */
void lane_remove(qn_pool *pool, struct request *request);
void lane_wait(qn_pool *pool, struct lane *lane);
void lane_stop_waiting(qn_pool *pool, struct lane *lane);
/* A lane with nothing under way has no connection; what it has queued may go to any. */
void lane_unbind(qn_pool *pool, struct lane *lane);
/* A sent request of the lane is answered, given up, or to be sent again. */
void lane_forget_sent(qn_pool *pool, struct request *request);
/*
 * The lane's transaction cannot go on: all that is queued, and all that comes until its end, fails.
 */
void lane_lose(qn_pool *pool, struct lane *lane, qn_status verdict);

/* dispatch.c */
void pool_dispatch(qn_pool *pool);
/* Sends what the connection's own lanes have queued. */
void pool_send_bound(qn_pool *pool, struct conn *conn);

/* upkeep.c */
extern const struct conn_events pool_conn_events;
/* Opens connections as far as there is need and leave. */
void pool_open_connections(qn_pool *pool);
uint32_t pool_connection_count(const qn_pool *pool);
/* Has upkeep look at the connections at this time or sooner. */
void pool_upkeep_by(qn_pool *pool, uint64_t at);
void pool_upkeep_expired(qn_timer *timer);
/* Does at its time what the loop has no memory to time; from each turn until it could be armed. */
void pool_upkeep_unarmed(qn_pool *pool);

/* expiry.c */
QN_MUST_CHECK bool pool_watch_deadline(qn_pool *pool, struct request *request);
void pool_deadline_expired(qn_timer *timer);
/*
 * Sees to it that the timer fires for the soonest deadline; what fails is tried again in the next
 * turn.
 */
void pool_arm_deadline(qn_pool *pool);
/* From each turn: expires what is due if the timer could not be armed, and tries again. */
void pool_expire_unarmed(qn_pool *pool);
/* The request is over for whoever submitted it: `verdict` says why. */
void pool_give_up(qn_pool *pool, struct request *request, qn_status verdict);

/*
 * holders.c: ": backend 7 runs ...; ...", those that hold longest; "" when nobody has a connection.
 */
void pool_describe_holders(const qn_pool *pool, char *text, size_t size);

/* report.c */
void pool_log_conn(const qn_pool *pool, qn_log_event event, const struct conn *conn,
		   qn_status status, const char *message);
void pool_set_error(qn_pool *pool, const struct dial_failure *failure);
/* Why a request that the server did not answer ended as it did; `text` is room for it. */
const char *pool_verdict_message(const qn_pool *pool, const struct request *request,
				 char text[POOL_MESSAGE]);

/* A number below `limit`, which is not 0. */
uint64_t pool_random(qn_pool *pool, uint64_t limit);

#endif
