/*
 * The event loop that a pool runs on: six things that it needs of one. quern has one on libuv; a
 * program that has a loop of its own gives it these hooks. Everything is called on the loop's
 * thread, but for qn_work.run. examples/own_loop has them on poll().
 */
#ifndef QUERN_LOOP_H
#define QUERN_LOOP_H

#include "quern/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	QN_READABLE = 1,
	QN_WRITABLE = 2,
};

/*
 * A file descriptor that is watched. quern owns it; the loop may use `handle` as it likes while it
 * is watched.
 */
typedef struct qn_watch {
	void (*ready)(struct qn_watch *watch, unsigned events);
	void *handle;
	int fd;
} qn_watch;

/* A timer, one shot. quern owns it; the loop may use `handle` as it likes while it is armed. */
typedef struct qn_timer {
	void (*expired)(struct qn_timer *timer);
	void *handle;
} qn_timer;

/*
 * Work for another thread: `run` there, then `done` on the loop's thread. `cancelled`: run never
 * ran.
 */
typedef struct qn_work {
	void (*run)(struct qn_work *work);
	void (*done)(struct qn_work *work, bool cancelled);
	void *handle;
} qn_work;

/* The name look-up that `resolve` does: the addresses as text, "192.0.2.1" or "2001:db8::1". */
typedef struct qn_resolve {
	void (*done)(struct qn_resolve *resolve);
	void *handle;
	const char *host; /* lives until done */
	int error;        /* of getaddrinfo; 0: fine */
	size_t address_count;
	char (*addresses)[64]; /* malloc'ed by the loop, freed by quern */
} qn_resolve;

typedef struct qn_loop_hooks {
	/* Nanoseconds of a clock that never goes back. */
	uint64_t (*now)(void *loop);
	/*
	 * Calls watch->ready, level-triggered, whenever the descriptor is ready for one of
	 * `events`; 0 ends it. Called again with other events, and with another fd in the watch
	 * after events 0. May be called inside `ready`. QN_OUT_OF_MEMORY or QN_OUT_OF_RESOURCES
	 * leave it unwatched.
	 */
	qn_status (*watch)(void *loop, qn_watch *watch, unsigned events);
	/*
	 * Calls timer->expired once at that time of `now`, or as soon after as it can; 0 disarms.
	 */
	qn_status (*timer)(void *loop, qn_timer *timer, uint64_t at);
	/*
	 * Calls `turn(context)` once before the loop next waits for events, however often it is
	 * asked until then. A `turn` that is NULL takes that back: the pool is being closed.
	 */
	qn_status (*wake)(void *loop, void (*turn)(void *context), void *context);
	/*
	 * Looks the host up without blocking, then calls resolve->done, never from inside this
	 * call. Neither this nor work can be taken back: a pool may be closed before `done` is
	 * called.
	 */
	qn_status (*resolve)(void *loop, qn_resolve *resolve);
	/* Runs work in another thread. A call that fails calls neither of the functions. */
	qn_status (*work)(void *loop, qn_work *work);
	/*
	 * Runs one turn: waits for events, unless there is something to do already, and handles
	 * them. Needed for qn_await outside tasks, qn_run, qn_pool_connect and qn_pool_close; a
	 * loop that cannot do it leaves it NULL, and these are QN_USAGE, but for qn_pool_close.
	 * False: nothing is watched, armed or waited for, so that it would wait for ever.
	 */
	bool (*run_once)(void *loop);
} qn_loop_hooks;

#ifdef __cplusplus
}
#endif
#endif
