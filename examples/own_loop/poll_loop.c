#include "poll_loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "threads.h"

struct armed {
	qn_timer *timer; /* NULL: the place is free */
	uint64_t at;
};

/* Watches and timers keep the number of their place, plus one, in their handle. */
struct poll_loop {
	struct pollfd *fds; /* fd -1: the place is free, and poll() passes over it */
	qn_watch **watches;
	size_t fd_count;
	struct armed *timers;
	size_t timer_count;
	void (*turn)(void *context);
	void *turn_context;
	struct threads *threads;
	qn_watch finished; /* becomes readable when a thread is done */
};

enum { NANOSECONDS_OF_MILLISECOND = 1000000 };

static uint64_t loop_now(void *context)
{
	struct timespec now;

	(void)context;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static size_t place_of(const void *handle)
{
	return (size_t)(uintptr_t)handle - 1;
}

static void *handle_of(size_t place)
{
	return (void *)(uintptr_t)(place + 1);
}

/* A free place among the descriptors, or fd_count when there is no memory for one. */
static size_t fd_place(struct poll_loop *loop)
{
	struct pollfd *fds;
	qn_watch **watches;

	for (size_t i = 0; i < loop->fd_count; i++)
		if (loop->fds[i].fd == -1)
			return i;
	fds = realloc(loop->fds, (loop->fd_count + 1) * sizeof(*fds));
	if (fds)
		loop->fds = fds;
	watches = realloc(loop->watches, (loop->fd_count + 1) * sizeof(*watches));
	if (watches)
		loop->watches = watches;
	if (!fds || !watches)
		return loop->fd_count;
	return loop->fd_count++;
}

static qn_status loop_watch(void *context, qn_watch *watch, unsigned events)
{
	struct poll_loop *loop = context;
	size_t count = loop->fd_count;
	size_t place;

	if (events == 0) {
		if (watch->handle)
			loop->fds[place_of(watch->handle)].fd = -1;
		watch->handle = NULL;
		return QN_OK;
	}
	if (!watch->handle) {
		place = fd_place(loop);
		if (place == count && loop->fd_count == count)
			return QN_OUT_OF_MEMORY;
		watch->handle = handle_of(place);
	}
	place = place_of(watch->handle);
	loop->watches[place] = watch;
	loop->fds[place] = (struct pollfd){ .fd = watch->fd };
	if (events & QN_READABLE)
		loop->fds[place].events |= POLLIN;
	if (events & QN_WRITABLE)
		loop->fds[place].events |= POLLOUT;
	return QN_OK;
}

static qn_status loop_timer(void *context, qn_timer *timer, uint64_t at)
{
	struct poll_loop *loop = context;
	struct armed *timers;
	size_t place = 0;

	if (timer->handle) {
		place = place_of(timer->handle);
		loop->timers[place].at = at;
		if (at)
			return QN_OK;
		loop->timers[place].timer = NULL;
		timer->handle = NULL;
		return QN_OK;
	}
	if (!at)
		return QN_OK;
	while (place < loop->timer_count && loop->timers[place].timer)
		place++;
	if (place == loop->timer_count) {
		timers = realloc(loop->timers, (place + 1) * sizeof(*timers));
		if (!timers)
			return QN_OUT_OF_MEMORY;
		loop->timers = timers;
		loop->timer_count++;
	}
	loop->timers[place] = (struct armed){ timer, at };
	timer->handle = handle_of(place);
	return QN_OK;
}

static qn_status loop_wake(void *context, void (*turn)(void *context), void *turn_context)
{
	struct poll_loop *loop = context;

	loop->turn = turn;
	loop->turn_context = turn_context;
	return QN_OK;
}

static qn_status loop_resolve(void *context, qn_resolve *resolve)
{
	struct poll_loop *loop = context;

	return threads_resolve(loop->threads, resolve);
}

static qn_status loop_work(void *context, qn_work *work)
{
	struct poll_loop *loop = context;

	return threads_work(loop->threads, work);
}

static bool loop_run_once(void *context)
{
	return poll_loop_run_once(context);
}

static bool run_turn(struct poll_loop *loop)
{
	void (*turn)(void *context) = loop->turn;

	if (!turn)
		return false;
	loop->turn = NULL;
	turn(loop->turn_context);
	return true;
}

static void expire_timers(struct poll_loop *loop)
{
	uint64_t now = loop_now(loop);

	/* Whatever a timer does, each of the others is looked at by its place. */
	for (size_t i = 0; i < loop->timer_count; i++) {
		qn_timer *timer = loop->timers[i].timer;

		if (!timer || loop->timers[i].at > now)
			continue;
		loop->timers[i].timer = NULL;
		timer->handle = NULL;
		timer->expired(timer);
	}
}

static void handle_events(struct poll_loop *loop)
{
	/* A descriptor that is watched only since here has no events yet. */
	for (size_t i = 0; i < loop->fd_count; i++) {
		short found = loop->fds[i].revents;
		unsigned events = 0;

		loop->fds[i].revents = 0;
		if (loop->fds[i].fd == -1 || !found)
			continue;
		if (found & (POLLIN | POLLHUP | POLLERR))
			events |= QN_READABLE;
		if (found & (POLLOUT | POLLHUP | POLLERR))
			events |= QN_WRITABLE;
		if (events)
			loop->watches[i]->ready(loop->watches[i], events);
	}
}

/* How long poll() may wait, in milliseconds rounded up; -1: for ever. */
static int timeout(const struct poll_loop *loop)
{
	uint64_t now = loop_now(NULL);
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < loop->timer_count; i++)
		if (loop->timers[i].timer && loop->timers[i].at < first)
			first = loop->timers[i].at;
	if (first == UINT64_MAX)
		return -1;
	if (first <= now)
		return 0;
	first = (first - now + NANOSECONDS_OF_MILLISECOND - 1) / NANOSECONDS_OF_MILLISECOND;
	return first > INT_MAX ? INT_MAX : (int)first;
}

static bool watches_something(const struct poll_loop *loop)
{
	for (size_t i = 0; i < loop->fd_count; i++)
		if (loop->fds[i].fd != -1 && loop->watches[i] != &loop->finished)
			return true;
	return threads_are_busy(loop->threads);
}

bool poll_loop_run_once(struct poll_loop *loop)
{
	/* Something may have become ready by the turn, so it does not wait after one. */
	int wait = run_turn(loop) ? 0 : timeout(loop);

	if (wait < 0 && !watches_something(loop))
		return false;
	if (poll(loop->fds, (nfds_t)loop->fd_count, wait) > 0)
		handle_events(loop);
	expire_timers(loop);
	return true;
}

static void thread_finished(qn_watch *watch, unsigned events)
{
	struct poll_loop *loop =
		(struct poll_loop *)((char *)watch - offsetof(struct poll_loop, finished));

	(void)events;
	threads_take_finished(loop->threads);
}

struct poll_loop *poll_loop_new(void)
{
	struct poll_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->threads = threads_new();
	if (loop->threads) {
		loop->finished.ready = thread_finished;
		loop->finished.fd = threads_finished_fd(loop->threads);
		if (loop_watch(loop, &loop->finished, QN_READABLE) == QN_OK)
			return loop;
	}
	poll_loop_free(loop);
	return NULL;
}

void poll_loop_free(struct poll_loop *loop)
{
	if (!loop)
		return;
	threads_free(loop->threads);
	free(loop->fds);
	free(loop->watches);
	free(loop->timers);
	free(loop);
}

const qn_loop_hooks *poll_loop_hooks(void)
{
	static const qn_loop_hooks hooks = {
		.now = loop_now,
		.watch = loop_watch,
		.timer = loop_timer,
		.wake = loop_wake,
		.resolve = loop_resolve,
		.work = loop_work,
		.run_once = loop_run_once,
	};

	return &hooks;
}
