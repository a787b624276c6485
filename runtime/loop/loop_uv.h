/*
 * The event loop that quern has of its own: the hooks of quern/loop.h on libuv, and on epoll for what
 * is watched.
 */
#ifndef QUERN_LOOP_LOOP_UV_H
#define QUERN_LOOP_LOOP_UV_H

#include "quern/loop.h"

struct loop_uv;

/* NULL when out of memory or descriptors. Freed by loop_uv_free. */
struct loop_uv *loop_uv_new(void);
/*
 * Ends what is still watched or armed, and waits for work and look-ups that are in another thread:
 * their `done` is called. Not from inside the loop. NULL is allowed.
 */
void loop_uv_free(struct loop_uv *loop);
/*
 * In a child after fork, before anything else: leaves the parent's registrations alone. False: the
 * loop is unusable.
 */
bool loop_uv_after_fork(struct loop_uv *loop);
/* Hooks whose `loop` argument is a struct loop_uv. */
const qn_loop_hooks *loop_uv_hooks(void);

#endif
