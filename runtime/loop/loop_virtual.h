/*
 * A loop for tests: its clock stands still until there is nothing else to do, then jumps to the
 * next timer. Nothing in it depends on the machine, so the same program sees the same order of
 * events every time.
 */
#ifndef QUERN_LOOP_LOOP_VIRTUAL_H
#define QUERN_LOOP_LOOP_VIRTUAL_H

#include "quern/loop.h"

enum { LOOP_VIRTUAL_ITEMS = 512 };

struct loop_virtual {
	uint64_t now; /* starts at a second, so that 0 never is a time */
	/* What is ready of `wanted` on a descriptor; called before each look at it. */
	unsigned (*ready)(void *context, int fd, unsigned wanted);
	/* The addresses of a host, for qn_resolve; NULL: every host is 192.0.2.1. */
	void (*resolve)(void *context, qn_resolve *resolve);
	void *context;
	bool holds_work;     /* work waits until this is false */
	bool holds_look_ups; /* the same */
	uint32_t refusals;   /* so many of the next calls of hooks that can fail do */

	void (*turn)(void *context);
	void *turn_context;
	qn_watch *watches[LOOP_VIRTUAL_ITEMS];
	unsigned wanted[LOOP_VIRTUAL_ITEMS];
	size_t watch_count;
	size_t watch_next; /* whose turn it is */
	qn_timer *timers[LOOP_VIRTUAL_ITEMS];
	uint64_t due[LOOP_VIRTUAL_ITEMS];
	size_t timer_count;
	qn_work *works[LOOP_VIRTUAL_ITEMS];
	size_t work_count;
	qn_resolve *resolves[LOOP_VIRTUAL_ITEMS];
	size_t resolve_count;
};

void loop_virtual_init(struct loop_virtual *loop);
/* Hooks whose `loop` argument is a struct loop_virtual. */
const qn_loop_hooks *loop_virtual_hooks(void);
/* Handles one thing that can be handled now. False: there is none, short of letting time pass. */
bool loop_virtual_step(struct loop_virtual *loop);
/* Steps until nothing is left to do now. */
void loop_virtual_settle(struct loop_virtual *loop);
/* Lets so many nanoseconds pass, handling what comes up on the way at its time. */
void loop_virtual_pass(struct loop_virtual *loop, uint64_t nanoseconds);

#endif
