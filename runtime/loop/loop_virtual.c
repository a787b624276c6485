#include "loop/loop_virtual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuses(struct loop_virtual *loop)
{
	if (loop->refusals == 0)
		return false;
	loop->refusals--;
	return true;
}

static uint64_t virtual_now(void *context)
{
	struct loop_virtual *loop = context;

	return loop->now;
}

static size_t watch_index(const struct loop_virtual *loop, const qn_watch *watch)
{
	size_t at = 0;

	while (at < loop->watch_count && loop->watches[at] != watch)
		at++;
	return at;
}

static void watch_remove(struct loop_virtual *loop, qn_watch *watch)
{
	size_t at = watch_index(loop, watch);

	watch->handle = NULL;
	if (at == loop->watch_count)
		return;
	loop->watch_count--;
	loop->watches[at] = loop->watches[loop->watch_count];
	loop->wanted[at] = loop->wanted[loop->watch_count];
}

static qn_status virtual_watch(void *context, qn_watch *watch, unsigned events)
{
	struct loop_virtual *loop = context;
	size_t at = watch_index(loop, watch);
	bool is_refused = events && (refuses(loop) || at == LOOP_VIRTUAL_ITEMS);

	if (!events || is_refused) {
		watch_remove(loop, watch);
		return is_refused ? QN_OUT_OF_MEMORY : QN_OK;
	}
	watch->handle = watch;
	loop->watches[at] = watch;
	loop->wanted[at] = events;
	loop->watch_count += at == loop->watch_count;
	return QN_OK;
}

static qn_status virtual_timer(void *context, qn_timer *timer, uint64_t due)
{
	struct loop_virtual *loop = context;
	size_t at = 0;

	while (at < loop->timer_count && loop->timers[at] != timer)
		at++;
	if (due && (refuses(loop) || at == LOOP_VIRTUAL_ITEMS))
		return QN_OUT_OF_MEMORY;
	timer->handle = due ? timer : NULL;
	if (due) {
		loop->timers[at] = timer;
		loop->due[at] = due;
		loop->timer_count += at == loop->timer_count;
	} else if (at < loop->timer_count) {
		loop->timer_count--;
		loop->timers[at] = loop->timers[loop->timer_count];
		loop->due[at] = loop->due[loop->timer_count];
	}
	return QN_OK;
}

static qn_status virtual_wake(void *context, void (*turn)(void *context), void *turn_context)
{
	struct loop_virtual *loop = context;

	loop->turn = turn;
	loop->turn_context = turn_context;
	return QN_OK;
}

static qn_status virtual_resolve(void *context, qn_resolve *resolve)
{
	struct loop_virtual *loop = context;

	if (refuses(loop) || loop->resolve_count == LOOP_VIRTUAL_ITEMS)
		return QN_OUT_OF_MEMORY;
	loop->resolves[loop->resolve_count++] = resolve;
	return QN_OK;
}

static qn_status virtual_work(void *context, qn_work *work)
{
	struct loop_virtual *loop = context;

	if (refuses(loop) || loop->work_count == LOOP_VIRTUAL_ITEMS)
		return QN_OUT_OF_MEMORY;
	loop->works[loop->work_count++] = work;
	return QN_OK;
}

static bool step_watches(struct loop_virtual *loop)
{
	for (size_t i = 0; i < loop->watch_count; i++) {
		size_t at = (loop->watch_next + i) % loop->watch_count;
		qn_watch *watch = loop->watches[at];
		unsigned ready =
			loop->ready(loop->context, watch->fd, loop->wanted[at]) & loop->wanted[at];
		if (ready) {
			loop->watch_next = at + 1;
			watch->ready(watch, ready);
			return true;
		}
	}
	return false;
}

static bool step_work(struct loop_virtual *loop)
{
	qn_work *work;

	if (!loop->work_count || loop->holds_work)
		return false;
	work = loop->works[0];
	loop->work_count--;
	memmove(loop->works, loop->works + 1, loop->work_count * sizeof(loop->works[0]));
	work->run(work);
	work->done(work, false);
	return true;
}

static void resolve_any(qn_resolve *resolve)
{
	resolve->addresses = calloc(1, sizeof(*resolve->addresses));
	if (!resolve->addresses)
		return;
	snprintf(resolve->addresses[0], sizeof(resolve->addresses[0]), "192.0.2.1");
	resolve->address_count = 1;
}

static bool step_resolve(struct loop_virtual *loop)
{
	qn_resolve *resolve;

	if (!loop->resolve_count || loop->holds_look_ups)
		return false;
	resolve = loop->resolves[0];
	loop->resolve_count--;
	memmove(loop->resolves, loop->resolves + 1,
		loop->resolve_count * sizeof(loop->resolves[0]));
	if (loop->resolve)
		loop->resolve(loop->context, resolve);
	else
		resolve_any(resolve);
	resolve->done(resolve);
	return true;
}

static size_t next_timer(const struct loop_virtual *loop)
{
	size_t best = 0;

	for (size_t i = 1; i < loop->timer_count; i++)
		if (loop->due[i] < loop->due[best])
			best = i;
	return best;
}

static bool step_timer(struct loop_virtual *loop)
{
	size_t at = next_timer(loop);
	qn_timer *timer;

	if (!loop->timer_count || loop->due[at] > loop->now)
		return false;
	timer = loop->timers[at];
	(void)virtual_timer(loop, timer, 0);
	timer->expired(timer);
	return true;
}

bool loop_virtual_step(struct loop_virtual *loop)
{
	if (loop->turn) {
		void (*turn)(void *context) = loop->turn;
		loop->turn = NULL;
		turn(loop->turn_context);
		return true;
	}
	return step_timer(loop) || step_watches(loop) || step_work(loop) || step_resolve(loop);
}

void loop_virtual_settle(struct loop_virtual *loop)
{
	while (loop_virtual_step(loop))
		continue;
}

void loop_virtual_pass(struct loop_virtual *loop, uint64_t nanoseconds)
{
	uint64_t end = loop->now + nanoseconds;

	loop_virtual_settle(loop);
	while (loop->timer_count && loop->due[next_timer(loop)] <= end) {
		if (loop->now < loop->due[next_timer(loop)])
			loop->now = loop->due[next_timer(loop)];
		loop_virtual_settle(loop);
	}
	loop->now = end;
}

static bool virtual_run_once(void *context)
{
	struct loop_virtual *loop = context;

	if (loop_virtual_step(loop))
		return true;
	if (!loop->timer_count)
		return false;
	loop->now = loop->due[next_timer(loop)];
	return loop_virtual_step(loop);
}

void loop_virtual_init(struct loop_virtual *loop)
{
	*loop = (struct loop_virtual){ .now = UINT64_C(1000000000) };
}

const qn_loop_hooks *loop_virtual_hooks(void)
{
	static const qn_loop_hooks hooks = {
		.now = virtual_now,
		.watch = virtual_watch,
		.timer = virtual_timer,
		.wake = virtual_wake,
		.resolve = virtual_resolve,
		.work = virtual_work,
		.run_once = virtual_run_once,
	};

	return &hooks;
}
