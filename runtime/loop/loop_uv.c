#include "loop/loop_uv.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct loop_uv {
	uv_loop_t uv;
	/* The turn that is wanted, else NULL. It runs before libuv is entered: a handle of libuv's would cost more than it. */
	void (*turn)(void *context);
	void *turn_context;
	bool is_running; /* inside libuv */
};

struct poll_handle {
	uv_poll_t uv;
	qn_watch *watch;
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

static void poll_ready(uv_poll_t *uv, int status, int events)
{
	struct poll_handle *handle = uv->data;
	unsigned ready = 0;

	if (!handle->watch)
		return;
	/* An error of the descriptor shows itself to whoever reads or writes. */
	if (status < 0)
		ready = QN_READABLE | QN_WRITABLE;
	if (events & UV_READABLE)
		ready |= QN_READABLE;
	if (events & UV_WRITABLE)
		ready |= QN_WRITABLE;
	if (ready)
		handle->watch->ready(handle->watch, ready);
}

static void poll_end(qn_watch *watch)
{
	struct poll_handle *handle = watch->handle;

	watch->handle = NULL;
	if (!handle)
		return;
	handle->watch = NULL;
	uv_poll_stop(&handle->uv);
	uv_close((uv_handle_t *)&handle->uv, handle_free);
}

static qn_status poll_begin(struct loop_uv *loop, qn_watch *watch)
{
	struct poll_handle *handle = calloc(1, sizeof(*handle));
	int error;

	if (!handle)
		return QN_OUT_OF_MEMORY;
	error = uv_poll_init(&loop->uv, &handle->uv, watch->fd);
	if (error) {
		free(handle);
		return status_of(error);
	}
	handle->uv.data = handle;
	handle->watch = watch;
	watch->handle = handle;
	return QN_OK;
}

static qn_status loop_watch(void *context, qn_watch *watch, unsigned events)
{
	struct poll_handle *handle;
	int wanted = 0;
	int error;

	if (events == 0) {
		poll_end(watch);
		return QN_OK;
	}
	if (!watch->handle) {
		qn_status status = poll_begin(context, watch);
		if (status != QN_OK)
			return status;
	}
	handle = watch->handle;
	if (events & QN_READABLE)
		wanted |= UV_READABLE;
	if (events & QN_WRITABLE)
		wanted |= UV_WRITABLE;
	error = uv_poll_start(&handle->uv, wanted, poll_ready);
	if (error)
		poll_end(watch);
	return status_of(error);
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
	/* What a timer wants is not to wait for events first. */
	if (turn && loop->is_running)
		uv_stop(&loop->uv);
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

static bool loop_run_once(void *context)
{
	struct loop_uv *loop = context;

	if (!loop->turn && !uv_loop_alive(&loop->uv))
		return false;
	if (loop->turn)
		run_turn(loop);
	loop->is_running = true;
	/* The turn may have asked for another one. */
	uv_run(&loop->uv, loop->turn ? UV_RUN_NOWAIT : UV_RUN_ONCE);
	loop->is_running = false;
	return true;
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
	return loop;
}

/* What is still open belongs to watches and timers whose owner forgot them: their memory may be gone. */
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
	free(loop);
}

bool loop_uv_after_fork(struct loop_uv *loop)
{
	return uv_loop_fork(&loop->uv) == 0;
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
