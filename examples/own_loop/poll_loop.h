/*
 * An event loop on poll(), as a program may have one already, with the hooks that quern needs of
 * it.
 *
 * The program's own descriptors go through the same hook: poll_loop_hooks()->watch(loop, &watch,
 * QN_READABLE).
 */
#ifndef OWN_LOOP_POLL_LOOP_H
#define OWN_LOOP_POLL_LOOP_H

#include <quern.h>

struct poll_loop;

/* NULL when memory or descriptors are out. */
struct poll_loop *poll_loop_new(void);
/* Waits for what is in other threads. Pools that use the loop must be closed before. */
void poll_loop_free(struct poll_loop *loop);
/* One turn; false when there is nothing to wait for. */
bool poll_loop_run_once(struct poll_loop *loop);
/* For qn_pool_config.loop, with the loop as loop_context. */
const qn_loop_hooks *poll_loop_hooks(void);

#endif
