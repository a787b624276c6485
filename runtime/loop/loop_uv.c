/*
 * The descriptors are watched by an epoll of our own: waiting for them by libuv would cost a turn
 * four times as much. The timers, the look-ups and the work are libuv's, which is entered when one
 * of them is due.
 */
#include "loop/loop_uv.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

enum { EVENTS_MAX = 64, FIRST_WATCHES = 64 };

struct loop_uv {
	uv_loop_t uv;
	int epoll;          /* of what is watched, and of libuv's own descriptor */
	qn_watch **watches; /* by their descriptors */
	size_t watches_room;
	size_t watch_count;
	struct epoll_event events[EVENTS_MAX]; /* those that are being told */
	int event_count;
	/* The turn that is wanted, else NULL. It runs before the loop waits. */
	void (*turn)(void *context);
	void *turn_context;
};

struct timer_handle {
	uv_timer_t uv;
	qn_timer *timer;
};

struct work_handle {
	uv_work_t uv;
	qn_work *work;
};

struct resolve_handle {
	uv_getaddrinfo_t uv;
	qn_resolve *resolve;
};

static qn_status status_of(int error)
{
	if (error == 0)
		return QN_OK;
	return error == UV_ENOMEM ? QN_OUT_OF_MEMORY : QN_OUT_OF_RESOURCES;
}

static void handle_free(uv_handle_t *handle)
{
	free(handle->data);
}

static uint64_t loop_now(void *loop)
{
	(void)loop;
	return uv_hrtime();
}

static bool watches_reach(struct loop_uv *loop, size_t descriptor)
{
	size_t room = loop->watches_room ? loop->watches_room : FIRST_WATCHES;
	qn_watch **watches;

	if (descriptor < loop->watches_room)
		return true;
	while (room <= descriptor)
		room *= 2;
	watches = realloc(loop->watches, room * sizeof(qn_watch *));
	if (!watches)
		return false;
	memset(watches + loop->watches_room, 0, (room - loop->watches_room) * sizeof(qn_watch *));
	loop->watches = watches;
	loop->watches_room = room;
	return true;
}

static void watch_end(struct loop_uv *loop, qn_watch *watch)
{
	if (!watch->handle)
		return;
	watch->handle = NULL;
	loop->watches[watch->fd] = NULL;
	loop->watch_count--;
	/* It fails when the descriptor was closed already, which has ended it, too. */
	(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	/* Another one may get the number before these are told. */
	for (int i = 0; i < loop->event_count; i++)
		if (loop->events[i].data.fd == watch->fd)
			loop->events[i].data.fd = -1;
}

static qn_status watch_refuse(struct loop_uv *loop, qn_watch *watch, int error)
{
	watch_end(loop, watch);
	return error == ENOMEM ? QN_OUT_OF_MEMORY : QN_OUT_OF_RESOURCES;
}

static qn_status loop_watch(void *context, qn_watch *watch, unsigned events)
{
	struct loop_uv *loop = context;
	struct epoll_event event = { .data.fd = watch->fd };
	int action = watch->handle ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (events == 0) {
		watch_end(loop, watch);
		return QN_OK;
	}
	if (watch->fd < 0)
		return watch_refuse(loop, watch, EBADF);
	if (!watches_reach(loop, (size_t)watch->fd))
		return watch_refuse(loop, watch, ENOMEM);
	if (events & QN_READABLE)
		event.events |= EPOLLIN;
	if (events & QN_WRITABLE)
		event.events |= EPOLLOUT;
	if (epoll_ctl(loop->epoll, action, watch->fd, &event) != 0)
		return watch_refuse(loop, watch, errno);
	loop->watch_count += !watch->handle;
	loop->watches[watch->fd] = watch;
	watch->handle = loop;
	return QN_OK;
}

static void watch_tell(qn_watch *watch, uint32_t events)
{
	unsigned ready = 0;

	if (events & EPOLLIN)
		ready |= QN_READABLE;
	if (events & EPOLLOUT)
		ready |= QN_WRITABLE;
	/* An error, or the end, shows itself to whoever reads or writes. */
	if (events & (EPOLLERR | EPOLLHUP))
		ready |= QN_READABLE | QN_WRITABLE;
	watch->ready(watch, ready);
}

/*
 * Waits for so many milliseconds, -1 without end. True: libuv has something to do, or nobody has.
 */
static bool wait_and_tell(struct loop_uv *loop, int milliseconds)
{
	bool is_for_uv;

	loop->event_count = epoll_wait(loop->epoll, loop->events, EVENTS_MAX, milliseconds);
	is_for_uv = loop->event_count <= 0;
	for (int i = 0; i < loop->event_count; i++) {
		int descriptor = loop->events[i].data.fd;

		if (descriptor == uv_backend_fd(&loop->uv))
			is_for_uv = true;
		/* A forked child keeps alive what was closed here, and epoll goes on telling. */
		else if (descriptor >= 0 && loop->watches[descriptor])
			watch_tell(loop->watches[descriptor], loop->events[i].events);
	}
	loop->event_count = 0;
	return is_for_uv;
}

static void timer_end(qn_timer *timer)
{
	struct timer_handle *handle = timer->handle;

	timer->handle = NULL;
	if (!handle)
		return;
	handle->timer = NULL;
	uv_timer_stop(&handle->uv);
	uv_close((uv_handle_t *)&handle->uv, handle_free);
}

static void timer_expired(uv_timer_t *uv)
{
	struct timer_handle *handle = uv->data;
	qn_timer *timer = handle->timer;

	if (!timer)
		return;
	timer_end(timer);
	timer->expired(timer);
}

static qn_status loop_timer(void *context, qn_timer *timer, uint64_t at)
{
	struct loop_uv *loop = context;
	struct timer_handle *handle = timer->handle;
	uint64_t now = uv_hrtime();

	if (at == 0) {
		timer_end(timer);
		return QN_OK;
	}
	if (!handle) {
		handle = calloc(1, sizeof(*handle));
		if (!handle)
			return QN_OUT_OF_MEMORY;
		uv_timer_init(&loop->uv, &handle->uv);
		handle->uv.data = handle;
		handle->timer = timer;
		timer->handle = handle;
	}
	/* libuv counts from the start of its turn; rounding up never fires early. */
	uv_update_time(&loop->uv);
	uv_timer_start(&handle->uv, timer_expired, at > now ? (at - now + 999999) / 1000000 : 0, 0);
	return QN_OK;
}

static qn_status loop_wake(void *context, void (*turn)(void *context), void *turn_context)
{
	struct loop_uv *loop = context;

	loop->turn = turn;
	loop->turn_context = turn_context;
	return QN_OK;
}

static bool resolve_take(qn_resolve *resolve, const struct addrinfo *found)
{
	size_t count = 0;

	for (const struct addrinfo *at = found; at; at = at->ai_next)
		count++;
	resolve->addresses = calloc(count ? count : 1, sizeof(*resolve->addresses));
	if (!resolve->addresses)
		return false;
	for (const struct addrinfo *at = found; at; at = at->ai_next) {
		char *text = resolve->addresses[resolve->address_count];
		if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(*resolve->addresses),
				NULL, 0, NI_NUMERICHOST) == 0)
			resolve->address_count++;
	}
	return true;
}

static int resolve_error(int uv_error)
{
	switch (uv_error) {
	case UV_EAI_AGAIN:
		return EAI_AGAIN;
	case UV_EAI_FAIL:
		return EAI_FAIL;
	case UV_EAI_MEMORY:
	case UV_ENOMEM:
		return EAI_MEMORY;
	case UV_ECANCELED:
	case UV_EAI_CANCELED:
		return EAI_SYSTEM;
	default:
		return EAI_NONAME;
	}
}

static void resolve_done(uv_getaddrinfo_t *uv, int status, struct addrinfo *found)
{
	struct resolve_handle *handle = uv->data;
	qn_resolve *resolve = handle->resolve;

	resolve->handle = NULL;
	resolve->error = status ? resolve_error(status) : 0;
	if (!status && !resolve_take(resolve, found))
		resolve->error = EAI_MEMORY;
	uv_freeaddrinfo(found);
	free(handle);
	resolve->done(resolve);
}

static qn_status loop_resolve(void *context, qn_resolve *resolve)
{
	struct loop_uv *loop = context;
	struct resolve_handle *handle = calloc(1, sizeof(*handle));
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	int error;

	if (!handle)
		return QN_OUT_OF_MEMORY;
	handle->uv.data = handle;
	handle->resolve = resolve;
	error = uv_getaddrinfo(&loop->uv, &handle->uv, resolve_done, resolve->host, NULL, &hints);
	if (error)
		free(handle);
	else
		resolve->handle = handle;
	return status_of(error);
}

static void work_run(uv_work_t *uv)
{
	struct work_handle *handle = uv->data;

	handle->work->run(handle->work);
}

static void work_done(uv_work_t *uv, int status)
{
	struct work_handle *handle = uv->data;
	qn_work *work = handle->work;

	free(handle);
	work->handle = NULL;
	work->done(work, status == UV_ECANCELED);
}

static qn_status loop_work(void *context, qn_work *work)
{
	struct loop_uv *loop = context;
	struct work_handle *handle = calloc(1, sizeof(*handle));
	int error;

	if (!handle)
		return QN_OUT_OF_MEMORY;
	handle->uv.data = handle;
	handle->work = work;
	error = uv_queue_work(&loop->uv, &handle->uv, work_run, work_done);
	if (error)
		free(handle);
	else
		work->handle = handle;
	return status_of(error);
}

static void run_turn(struct loop_uv *loop)
{
	void (*turn)(void *context) = loop->turn;

	loop->turn = NULL;
	turn(loop->turn_context);
}

/* Milliseconds until libuv has something to do; -1 when nobody knows. */
static int wait_for_uv(struct loop_uv *loop)
{
	int milliseconds;

	/* It counts from the time it was told last, by a clock that may be a millisecond behind. */
	uv_update_time(&loop->uv);
	milliseconds = uv_backend_timeout(&loop->uv);
	if (milliseconds == 0 && loop->watch_count && !uv_loop_alive(&loop->uv))
		return -1;
	return milliseconds > 0 ? milliseconds + 1 : milliseconds;
}

static bool loop_run_once(void *context)
{
	struct loop_uv *loop = context;
	int milliseconds;

	if (!loop->turn && !loop->watch_count && !uv_loop_alive(&loop->uv))
		return false;
	if (loop->turn)
		run_turn(loop);
	milliseconds = wait_for_uv(loop);
	/* The turn may have asked for another one. */
	if (wait_and_tell(loop, loop->turn ? 0 : milliseconds) || milliseconds == 0)
		uv_run(&loop->uv, UV_RUN_NOWAIT);
	return true;
}

static bool epoll_open(struct loop_uv *loop)
{
	int own = uv_backend_fd(&loop->uv);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = own };

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return false;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, own, &event) == 0)
		return true;
	close(loop->epoll);
	loop->epoll = -1;
	return false;
}

static void do_nothing(uv_idle_t *idle)
{
	(void)idle;
}

/*
 * libuv's descriptor tells of work that is done from its first turn on, which it has only with
 * something to do.
 */
static void enter_once(struct loop_uv *loop)
{
	uv_idle_t idle;

	uv_idle_init(&loop->uv, &idle);
	uv_idle_start(&idle, do_nothing);
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	uv_close((uv_handle_t *)&idle, NULL);
	uv_run(&loop->uv, UV_RUN_NOWAIT);
}

struct loop_uv *loop_uv_new(void)
{
	struct loop_uv *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	if (uv_loop_init(&loop->uv) != 0) {
		free(loop);
		return NULL;
	}
	if (!epoll_open(loop)) {
		(void)uv_loop_close(&loop->uv);
		free(loop);
		return NULL;
	}
	enter_once(loop);
	return loop;
}

/* What is still open belongs to timers whose owner forgot them: their memory may be gone. */
static void close_left_over(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, handle_free);
}

void loop_uv_free(struct loop_uv *loop)
{
	if (!loop)
		return;
	uv_walk(&loop->uv, close_left_over, NULL);
	while (uv_loop_close(&loop->uv) == UV_EBUSY) {
		uv_run(&loop->uv, UV_RUN_ONCE);
		uv_walk(&loop->uv, close_left_over, NULL);
	}
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop->watches);
	free(loop);
}

bool loop_uv_after_fork(struct loop_uv *loop)
{
	close(loop->epoll);
	loop->epoll = -1;
	loop->watch_count = 0;
	if (loop->watches)
		memset(loop->watches, 0, loop->watches_room * sizeof(qn_watch *));
	return uv_loop_fork(&loop->uv) == 0 && epoll_open(loop);
}

const qn_loop_hooks *loop_uv_hooks(void)
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
