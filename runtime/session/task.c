#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "session/inside.h"
#include "session/stack_sanitizer.h"
#include "session/stack_switch.h"
#include "session/transaction.h"

#ifdef QN_HAVE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(from, to) 0U
#define VALGRIND_STACK_DEREGISTER(id)     ((void)(id))
#endif

enum {
	FREE_TASKS_MAX = 256,
	REFUSALS_MAX = 1000,
#ifdef QN_STACK_ASAN
	DEFAULT_STACK_SIZE = 256 * 1024, /* its frames are several times as large */
#else
	DEFAULT_STACK_SIZE = 64 * 1024,
#endif
	SMALLEST_STACK_SIZE = 16 * 1024,
};

struct task {
	struct task *next; /* of all tasks, or of the free ones */
	struct task *previous;
	struct task *next_ready;
	struct session_room *room;
	qn_session *session;
	qn_task *function;
	void *argument;
	struct stack_switch *stack_switch;
	char *stack; /* a guard page, then `stack_size` bytes */
	size_t guard_size;
	size_t stack_size;
	unsigned valgrind_id;
	struct sleeper sleeper;
	bool is_ready;
	bool is_finished;
};

/* The guard page below the stack turns an overflow into a fault instead of silent corruption. */
static bool stack_map(struct task *task, size_t wanted)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = wanted ? wanted : DEFAULT_STACK_SIZE;

	if (size < SMALLEST_STACK_SIZE)
		size = SMALLEST_STACK_SIZE;
	size = (size + page - 1) / page * page;
	task->stack = mmap(NULL, page + size, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (task->stack == MAP_FAILED)
		return false;
	if (mprotect(task->stack + page, size, PROT_READ | PROT_WRITE) != 0) {
		munmap(task->stack, page + size);
		return false;
	}
	task->guard_size = page;
	task->stack_size = size;
	task->valgrind_id = VALGRIND_STACK_REGISTER(task->stack + page, task->stack + page + size);
	return true;
}

static void task_free(struct task *task)
{
	VALGRIND_STACK_DEREGISTER(task->valgrind_id);
	stack_sanitizer_clean(task->stack, task->guard_size + task->stack_size);
	munmap(task->stack, task->guard_size + task->stack_size);
	free(task);
}

static struct task *task_make(struct session_room *room)
{
	struct task *task = room->free_tasks;

	if (task) {
		room->free_tasks = task->next;
		room->free_task_count--;
		return task;
	}
	task = calloc(1, sizeof(*task));
	if (!task)
		return NULL;
	if (!stack_map(task, pool_config(room->pool)->task_stack)) {
		free(task);
		return NULL;
	}
	return task;
}

static void task_recycle(struct session_room *room, struct task *task)
{
	if (room->free_task_count >= FREE_TASKS_MAX) {
		task_free(task);
		return;
	}
	task->next = room->free_tasks;
	room->free_tasks = task;
	room->free_task_count++;
}

/* On the task's stack. */
static void task_run(void *argument)
{
	struct task *task = argument;

	task->function(task->session, task->argument);
	task->is_finished = true;
	stack_switch_jump(task->stack_switch, true);
}

static void task_unlink(struct task *task)
{
	struct session_room *room = task->room;

	if (task->previous)
		task->previous->next = task->next;
	else
		room->tasks = task->next;
	if (task->next)
		task->next->previous = task->previous;
	room->task_count--;
}

/* There is one. */
static struct task *room_take_task(struct session_room *room)
{
	struct task *task = room->tasks;

	room->tasks = task->next;
	if (room->tasks)
		room->tasks->previous = NULL;
	room->task_count--;
	return task;
}

/* On the loop's stack. */
static void task_resume(struct task *task)
{
	struct session_room *room = task->room;

	room->running = task;
	stack_switch_jump(task->stack_switch, false);
	room->running = NULL;
	if (!task->is_finished)
		return;
	task_unlink(task);
	qn_session_close(task->session);
	session_leave(task->session);
	task_recycle(room, task);
}

/* Tasks that go on trying would keep a pool from closing: they wait until the room has its end. */
static bool room_is_stuck(const struct session_room *room)
{
	return room->refusals > REFUSALS_MAX * (uint64_t)room->task_count;
}

static void run_ready_deferred(struct deferred *deferred);

static void room_run_ready_later(struct session_room *room)
{
	if (!room->first_ready || room->run_ready.queued || room_is_stuck(room))
		return;
	room->run_ready.run = run_ready_deferred;
	pool_defer(room->pool, &room->run_ready);
}

static void run_ready_tasks(struct session_room *room)
{
	struct task *last = room->last_ready;

	/* Those that become ready meanwhile have their turn in the next one. */
	while (room->first_ready) {
		struct task *task = room->first_ready;

		room->first_ready = task->next_ready;
		if (!room->first_ready)
			room->last_ready = NULL;
		task->is_ready = false;
		task_resume(task);
		if (task == last)
			break;
	}
	room_run_ready_later(room);
}

static void run_ready_deferred(struct deferred *deferred)
{
	run_ready_tasks((struct session_room *)((char *)deferred -
						offsetof(struct session_room, run_ready)));
}

static void task_make_ready(struct task *task)
{
	struct session_room *room = task->room;

	if (task->is_ready)
		return;
	task->is_ready = true;
	task->next_ready = NULL;
	if (room->last_ready)
		room->last_ready->next_ready = task;
	else
		room->first_ready = task;
	room->last_ready = task;
	room_run_ready_later(room);
}

qn_status(qn_spawn)(qn_pool *pool, qn_task *function, void *argument)
{
	return qn_spawn_at("", pool, function, argument);
}

qn_status qn_spawn_at(const char *site, qn_pool *pool, qn_task *function, void *argument)
{
	struct session_room *room;
	qn_session *session;
	struct task *task;
	qn_status status;

	if (!pool || !function)
		return QN_USAGE;
	status = qn_session_open_at(site, pool, &session);
	if (status != QN_OK)
		return status;
	room = session->room;
	task = task_make(room);
	if (!task) {
		qn_session_close(session);
		return QN_OUT_OF_MEMORY;
	}
	task->stack_switch =
		stack_switch_init(task->stack + task->guard_size, task->stack_size, task_run, task);
	if (!task->stack_switch) {
		task_recycle(room, task);
		qn_session_close(session);
		return QN_OUT_OF_RESOURCES;
	}
	/*
	 * Even if the program closes the session inside the task, it is there until the task is
	 * over.
	 */
	session_enter(session);
	task->room = room;
	task->session = session;
	task->function = function;
	task->argument = argument;
	task->is_finished = false;
	task->previous = NULL;
	task->next = room->tasks;
	if (task->next)
		task->next->previous = task;
	room->tasks = task;
	room->task_count++;
	task_make_ready(task);
	return QN_OK;
}

qn_status waiter_wait(struct session_room *room, struct waiter *waiter)
{
	if (waiter->task) {
		while (!waiter->done)
			stack_switch_jump(waiter->task->stack_switch, false);
		return QN_OK;
	}
	while (!waiter->done) {
		qn_status status = pool_run_once(room->pool);

		if (status != QN_OK && !waiter->done)
			return status;
	}
	return QN_OK;
}

void waiter_wake(struct session_room *room, struct waiter *waiter, qn_status status)
{
	struct task *task = waiter->task;

	waiter->status = status;
	waiter->done = true;
	if (!task) {
		pool_end_wait(room->pool);
		return;
	}
	/* Straight away when the loop's stack is at hand; otherwise the loop comes back to it. */
	if (pool_in_turn(room->pool) && !room->running && !room->calling_back && !room->closing &&
	    !room_is_stuck(room))
		task_resume(task);
	else
		task_make_ready(task);
}

static void sleeper_wake(struct sleeper *sleeper, qn_status status)
{
	struct session_room *room = sleeper->room;

	if (sleeper->previous)
		sleeper->previous->next = sleeper->next;
	else
		room->sleepers = sleeper->next;
	if (sleeper->next)
		sleeper->next->previous = sleeper->previous;
	waiter_wake(room, &sleeper->waiter, status);
}

static void sleeper_expired(qn_timer *timer)
{
	sleeper_wake((struct sleeper *)((char *)timer - offsetof(struct sleeper, timer)), QN_OK);
}

qn_status room_sleep(struct session_room *room, uint64_t until)
{
	const qn_loop_hooks *hooks = pool_loop_hooks(room->pool);
	struct sleeper *sleeper = room->running ? &room->running->sleeper : &room->outside;
	void *loop = pool_loop(room->pool);
	qn_status status;

	if (room->closing)
		return QN_POOL_CLOSED;
	*sleeper = (struct sleeper){
		.timer.expired = sleeper_expired,
		.waiter.task = room->running,
		.room = room,
		.next = room->sleepers,
	};
	/* 0 is "disarmed" to the loop. */
	status = hooks->timer(loop, &sleeper->timer, until ? until : 1);
	if (status != QN_OK)
		return status;
	if (sleeper->next)
		sleeper->next->previous = sleeper;
	room->sleepers = sleeper;
	status = waiter_wait(room, &sleeper->waiter);
	if (!sleeper->waiter.done) {
		hooks->timer(loop, &sleeper->timer, 0);
		sleeper_wake(sleeper, status);
	}
	return sleeper->waiter.status;
}

qn_status qn_sleep(qn_session *session, uint32_t milliseconds)
{
	struct session_room *room;
	const char *reason;
	qn_status status;

	if (!session)
		return QN_USAGE;
	room = session->room;
	reason = room_cannot_wait(room);
	if (reason)
		return session_fail(session, QN_USAGE, "qn_sleep: %s", reason);
	status = room_sleep(room, pool_now(room->pool) + milliseconds * QN_MILLISECOND);
	return status == QN_OK
		       ? status
		       : session_fail(session, status, "qn_sleep: %s", qn_status_text(status));
}

/* What a task can still wait for when the loop does not run any more: completes it. */
static void wake_everybody(struct session_room *room)
{
	const qn_loop_hooks *hooks = pool_loop_hooks(room->pool);

	while (room->sleepers) {
		hooks->timer(pool_loop(room->pool), &room->sleepers->timer, 0);
		sleeper_wake(room->sleepers, QN_POOL_CLOSED);
	}
	for (qn_session *session = room->sessions; session; session = session->next) {
		struct qn_op *op;

		transaction_stop_lookup(session);
		op = session->first_op;
		while (op) {
			struct qn_op *next = op->next;

			if (op->waiting && op->deferred.queued) {
				pool_undefer(room->pool, &op->deferred);
				op_complete_deferred(op);
			}
			op = next;
		}
	}
}

void room_finish_tasks(struct session_room *room)
{
	/* Those that were not at fault have another chance. */
	room->refusals = 0;
	for (uint32_t round = 0; room->tasks && round < REFUSALS_MAX; round++) {
		wake_everybody(room);
		run_ready_tasks(room);
	}
	if (room->run_ready.queued)
		pool_undefer(room->pool, &room->run_ready);
	room->first_ready = NULL;
	room->last_ready = NULL;
	while (room->tasks) {
		struct task *task = room_take_task(room);

		session_log_leak(task->session, "a task went on waiting after its pool was closed");
		qn_session_close(task->session);
		session_leave(task->session);
		task_free(task);
	}
}

void room_free_tasks(struct session_room *room)
{
	while (room->free_tasks) {
		struct task *task = room->free_tasks;

		room->free_tasks = task->next;
		task_free(task);
	}
}

void room_drop_tasks(struct session_room *room)
{
	while (room->tasks) {
		struct task *task = room_take_task(room);

		/* Whoever calls from inside a task goes on standing on its stack. */
		if (task != room->running)
			task_free(task);
	}
	room_free_tasks(room);
}
