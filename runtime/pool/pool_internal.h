/*
 * What the other rooms of the runtime may ask of a pool beyond the public header and
 * wire/request.h.
 */
#ifndef QUERN_POOL_POOL_INTERNAL_H
#define QUERN_POOL_POOL_INTERNAL_H

#include "quern/pool.h"
#include "wire/request.h"

struct session_room;   /* session/session.h: sessions, operations and tasks of the pool */
struct shape_registry; /* query/shape.h */
struct patterns;       /* validate/pattern.h */

/* The loop's clock, nanoseconds. */
uint64_t pool_now(const qn_pool *pool);
const qn_loop_hooks *pool_loop_hooks(const qn_pool *pool);
void *pool_loop(const qn_pool *pool);
const qn_pool_config *pool_config(const qn_pool *pool);
/* Logs if there is a hook; fields of `entry` that are NULL become "". */
void pool_log(const qn_pool *pool, const qn_log_entry *entry);
/*
 * Calls `completed` of everything that is due, from the loop, soon: for operations that complete
 * without being sent. `run` is called once, in the next turn.
 */
struct deferred {
	struct deferred *next;
	void (*run)(struct deferred *deferred);
	bool queued;
};
void pool_defer(qn_pool *pool, struct deferred *deferred);
void pool_undefer(qn_pool *pool, struct deferred *deferred);
/* Runs one turn of the loop. QN_USAGE inside a turn already, or when the loop cannot. */
QN_MUST_CHECK qn_status pool_run_once(qn_pool *pool);
/*
 * What somebody who waits by pool_run_once waits for has come: the loop does not wait for an event
 * before it returns.
 */
void pool_end_wait(qn_pool *pool);
/* True while the loop is calling back: waiting by running the loop would run it inside itself. */
bool pool_in_turn(const qn_pool *pool);
bool pool_is_closing(const qn_pool *pool);
/* True when requests are queued or under way. */
bool pool_has_work(const qn_pool *pool);

/* Rooms of the pool, made by pool_open and freed by pool_close; NULL before the first use. */
struct session_room **pool_session_room(qn_pool *pool);
struct shape_registry **pool_shape_registry(qn_pool *pool);
struct patterns **pool_patterns(qn_pool *pool);
void pool_count_operation(qn_pool *pool, bool failed);

#endif
