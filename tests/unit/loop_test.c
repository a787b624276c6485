/* The hooks of our own loop: that a pool can rely on what quern/loop.h says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/loop_uv.h"

struct probe {
	qn_timer timer;
	qn_watch watch;
	qn_work work;
	qn_resolve resolve;
	struct loop_uv *loop;
	unsigned calls;
	unsigned events;
	uint64_t at;
	bool ran;
};

static void probe_timer(qn_timer *timer)
{
	struct probe *probe = (struct probe *)timer;

	probe->calls++;
	probe->at = loop_uv_hooks()->now(probe->loop);
}

static void a_timer_fires_once_and_never_early(void **state)
{
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct probe probe = { .timer = { .expired = probe_timer }, .loop = loop_uv_new() };
	uint64_t due = hooks->now(probe.loop) + 5300000;

	(void)state;
	assert_int_equal(hooks->timer(probe.loop, &probe.timer, due + UINT64_C(3600000000000)),
			 QN_OK);
	assert_int_equal(hooks->timer(probe.loop, &probe.timer, due), QN_OK);
	while (hooks->run_once(probe.loop))
		continue;
	assert_int_equal(probe.calls, 1);
	assert_true(probe.at >= due);
	assert_int_equal(hooks->timer(probe.loop, &probe.timer, due), QN_OK);
	assert_int_equal(hooks->timer(probe.loop, &probe.timer, 0), QN_OK);
	while (hooks->run_once(probe.loop))
		continue;
	assert_int_equal(probe.calls, 1);
	loop_uv_free(probe.loop);
}

static void probe_ready(qn_watch *watch, unsigned events)
{
	struct probe *probe = (struct probe *)((char *)watch - offsetof(struct probe, watch));
	char byte;

	probe->calls++;
	probe->events = events;
	if (probe->calls == 3) {
		assert_int_equal(read(watch->fd, &byte, 1), 1);
		assert_int_equal(loop_uv_hooks()->watch(probe->loop, watch, 0), QN_OK);
	}
}

static void a_descriptor_is_told_again_as_long_as_it_is_ready(void **state)
{
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct probe probe = { .watch = { .ready = probe_ready }, .loop = loop_uv_new() };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	probe.watch.fd = ends[0];
	assert_int_equal(hooks->watch(probe.loop, &probe.watch, QN_READABLE), QN_OK);
	assert_int_equal(write(ends[1], "x", 1), 1);
	while (hooks->run_once(probe.loop))
		continue;
	assert_int_equal(probe.calls, 3);
	assert_int_equal(probe.events, QN_READABLE);
	probe.watch.fd = -1;
	assert_int_not_equal(hooks->watch(probe.loop, &probe.watch, QN_READABLE), QN_OK);
	close(ends[0]);
	close(ends[1]);
	loop_uv_free(probe.loop);
}

static void probe_turn(void *context)
{
	struct probe *probe = context;

	probe->calls++;
	if (probe->calls < 3)
		assert_int_equal(loop_uv_hooks()->wake(probe->loop, probe_turn, probe), QN_OK);
}

static void a_turn_comes_once_for_many_wakes_and_can_be_taken_back(void **state)
{
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct probe probe = { .loop = loop_uv_new() };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(hooks->wake(probe.loop, probe_turn, &probe), QN_OK);
	while (hooks->run_once(probe.loop))
		continue;
	assert_int_equal(probe.calls, 3);
	assert_int_equal(hooks->wake(probe.loop, probe_turn, &probe), QN_OK);
	assert_int_equal(hooks->wake(probe.loop, NULL, NULL), QN_OK);
	assert_false(hooks->run_once(probe.loop));
	assert_int_equal(probe.calls, 3);
	loop_uv_free(probe.loop);
}

static void a_run_that_begins_with_a_turn_waits_for_events_after_it(void **state)
{
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct loop_uv *loop = loop_uv_new();
	struct probe turn = { .loop = loop, .calls = 2 };
	struct probe timer = { .timer = { .expired = probe_timer }, .loop = loop };

	(void)state;
	assert_int_equal(hooks->timer(loop, &timer.timer, hooks->now(loop) + 3000000), QN_OK);
	assert_int_equal(hooks->wake(loop, probe_turn, &turn), QN_OK);
	assert_true(hooks->run_once(loop));
	assert_int_equal(turn.calls, 3);
	assert_int_equal(timer.calls, 1);
	loop_uv_free(loop);
}

static void probe_timer_wakes(qn_timer *timer)
{
	struct probe *probe = (struct probe *)((char *)timer - offsetof(struct probe, timer));

	probe->calls = 2;
	assert_int_equal(loop_uv_hooks()->wake(probe->loop, probe_turn, probe), QN_OK);
}

static void never_ready(qn_watch *watch, unsigned events)
{
	(void)watch;
	(void)events;
	fail();
}

static void what_a_timer_wants_does_not_wait_for_events(void **state)
{
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct probe probe = { .timer = { .expired = probe_timer_wakes }, .loop = loop_uv_new() };
	qn_watch watch = { .ready = never_ready };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	watch.fd = ends[0];
	assert_int_equal(hooks->watch(probe.loop, &watch, QN_READABLE), QN_OK);
	assert_int_equal(hooks->timer(probe.loop, &probe.timer, hooks->now(probe.loop) + 1), QN_OK);
	while (probe.calls == 0)
		assert_true(hooks->run_once(probe.loop));
	assert_int_equal(hooks->watch(probe.loop, &watch, 0), QN_OK);
	while (hooks->run_once(probe.loop))
		continue;
	assert_int_equal(probe.calls, 3);
	close(ends[0]);
	close(ends[1]);
	loop_uv_free(probe.loop);
}

/*
 * Watched, like the other one; whichever is told first replaces the other's descriptor by one that
 * is not ready.
 */
struct rival {
	qn_watch watch;
	struct loop_uv *loop;
	struct rival *other;
	qn_watch *successor;
	int quiet;
	unsigned calls;
};

static void rival_ready(qn_watch *watch, unsigned events)
{
	struct rival *rival = (struct rival *)watch;
	const qn_loop_hooks *hooks = loop_uv_hooks();
	int number = rival->other->watch.fd;

	(void)events;
	rival->calls++;
	assert_int_equal(hooks->watch(rival->loop, &rival->other->watch, 0), QN_OK);
	assert_int_equal(hooks->watch(rival->loop, watch, 0), QN_OK);
	assert_int_equal(dup2(rival->quiet, number), number);
	rival->successor->fd = number;
	assert_int_equal(hooks->watch(rival->loop, rival->successor, QN_READABLE), QN_OK);
}

static void what_was_ended_is_not_told_nor_is_who_gets_its_descriptor(void **state)
{
	struct loop_uv *loop = loop_uv_new();
	qn_watch successor = { .ready = never_ready };
	struct rival rivals[2];
	int ready[2];
	int quiet[2];

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(quiet), 0);
	assert_int_equal(write(ready[1], "x", 1), 1);
	for (size_t i = 0; i < 2; i++) {
		rivals[i] = (struct rival){ .watch = { .ready = rival_ready, .fd = dup(ready[0]) },
					    .loop = loop,
					    .other = &rivals[1 - i],
					    .successor = &successor,
					    .quiet = quiet[0] };
		assert_int_equal(loop_uv_hooks()->watch(loop, &rivals[i].watch, QN_READABLE),
				 QN_OK);
	}
	assert_true(loop_uv_hooks()->run_once(loop));
	assert_int_equal(rivals[0].calls + rivals[1].calls, 1);
	assert_int_equal(loop_uv_hooks()->watch(loop, &successor, 0), QN_OK);
	for (size_t i = 0; i < 2; i++) {
		close(rivals[i].watch.fd);
		close(ready[i]);
		close(quiet[i]);
	}
	loop_uv_free(loop);
}

static void probe_told(qn_watch *watch, unsigned events)
{
	struct probe *probe = (struct probe *)((char *)watch - offsetof(struct probe, watch));

	probe->calls++;
	probe->events = events;
}

static void the_end_is_told_and_so_is_what_was_asked_for_later(void **state)
{
	enum { HIGH_DESCRIPTOR = 300 };
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct probe reader = { .watch = { .ready = probe_told }, .loop = loop_uv_new() };
	struct probe writer = { .watch = { .ready = probe_told }, .loop = reader.loop };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	reader.watch.fd = fcntl(ends[0], F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);
	writer.watch.fd = ends[1];
	assert_int_equal(hooks->watch(reader.loop, &reader.watch, QN_READABLE), QN_OK);
	assert_int_equal(hooks->watch(reader.loop, &writer.watch, QN_READABLE), QN_OK);
	assert_int_equal(hooks->watch(reader.loop, &writer.watch, QN_WRITABLE), QN_OK);
	assert_true(hooks->run_once(reader.loop));
	assert_int_equal(reader.calls, 0);
	assert_int_equal(writer.calls, 1);
	assert_int_equal(writer.events, QN_WRITABLE);
	assert_int_equal(hooks->watch(reader.loop, &writer.watch, 0), QN_OK);
	close(ends[1]);
	assert_true(hooks->run_once(reader.loop));
	assert_int_equal(reader.calls, 1);
	assert_true(reader.events & QN_READABLE);
	assert_int_equal(hooks->watch(reader.loop, &reader.watch, 0), QN_OK);
	assert_false(hooks->run_once(reader.loop));
	close(reader.watch.fd);
	close(ends[0]);
	loop_uv_free(reader.loop);
}

static void a_child_that_frees_the_loop_leaves_the_parents_watches(void **state)
{
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct probe probe = { .watch = { .ready = probe_told }, .loop = loop_uv_new() };
	int status = -1;
	int ends[2];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	probe.watch.fd = ends[0];
	assert_int_equal(hooks->watch(probe.loop, &probe.watch, QN_READABLE), QN_OK);
	child = fork();
	if (child == 0) {
		bool works = loop_uv_after_fork(probe.loop) && !hooks->run_once(probe.loop);

		loop_uv_free(probe.loop);
		_exit(works ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_true(hooks->run_once(probe.loop));
	assert_int_equal(probe.calls, 1);
	assert_int_equal(hooks->watch(probe.loop, &probe.watch, 0), QN_OK);
	close(ends[0]);
	close(ends[1]);
	loop_uv_free(probe.loop);
}

static void turn_without_end(void *context)
{
	struct probe *probe = context;

	assert_int_equal(loop_uv_hooks()->wake(probe->loop, turn_without_end, probe), QN_OK);
}

/* As when a forked child still has what was closed here. */
static void what_was_closed_before_its_watch_ended_is_not_told(void **state)
{
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct probe probe = { .watch = { .ready = probe_ready }, .loop = loop_uv_new() };
	int ends[2];
	int kept;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	kept = dup(ends[0]);
	probe.watch.fd = ends[0];
	assert_int_equal(hooks->watch(probe.loop, &probe.watch, QN_READABLE), QN_OK);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(hooks->watch(probe.loop, &probe.watch, 0), QN_OK);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(hooks->timer(probe.loop, &probe.timer, 1), QN_OK);
	probe.timer.expired = probe_timer;
	while (hooks->run_once(probe.loop))
		continue;
	assert_int_equal(probe.calls, 1);
	assert_int_equal(probe.events, 0);
	close(ends[1]);
	close(kept);
	loop_uv_free(probe.loop);
}

static void turns_without_end_keep_neither_timers_nor_descriptors_waiting(void **state)
{
	enum { RUNS = 3 };
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct loop_uv *loop = loop_uv_new();
	struct probe turn = { .loop = loop };
	struct probe timer = { .timer = { .expired = probe_timer }, .loop = loop };
	struct probe descriptor = { .watch = { .ready = probe_ready }, .loop = loop };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	descriptor.watch.fd = ends[0];
	assert_int_equal(hooks->watch(loop, &descriptor.watch, QN_READABLE), QN_OK);
	/* Due already: it comes as soon as the loop looks at its timers. */
	assert_int_equal(hooks->timer(loop, &timer.timer, 1), QN_OK);
	assert_int_equal(hooks->wake(loop, turn_without_end, &turn), QN_OK);
	for (size_t i = 0; i < RUNS; i++)
		assert_true(hooks->run_once(loop));
	assert_int_equal(timer.calls, 1);
	assert_int_equal(descriptor.calls, RUNS);
	close(ends[0]);
	close(ends[1]);
	loop_uv_free(loop);
}

static void probe_run(qn_work *work)
{
	((struct probe *)((char *)work - offsetof(struct probe, work)))->ran = true;
}

static void probe_done(qn_work *work, bool cancelled)
{
	struct probe *probe = (struct probe *)((char *)work - offsetof(struct probe, work));

	assert_int_equal(probe->ran, !cancelled);
	probe->calls++;
}

static void probe_resolved(qn_resolve *resolve)
{
	((struct probe *)((char *)resolve - offsetof(struct probe, resolve)))->calls++;
}

static void work_and_look_ups_come_back(void **state)
{
	const qn_loop_hooks *hooks = loop_uv_hooks();
	struct probe probe = { .work = { .run = probe_run, .done = probe_done },
			       .resolve = { .done = probe_resolved, .host = "127.0.0.1" },
			       .loop = loop_uv_new() };

	(void)state;
	assert_int_equal(hooks->work(probe.loop, &probe.work), QN_OK);
	assert_int_equal(hooks->resolve(probe.loop, &probe.resolve), QN_OK);
	assert_int_equal(probe.calls, 0);
	while (hooks->run_once(probe.loop))
		continue;
	assert_int_equal(probe.calls, 2);
	assert_int_equal(probe.resolve.error, 0);
	assert_int_equal(probe.resolve.address_count, 1);
	assert_string_equal(probe.resolve.addresses[0], "127.0.0.1");
	free(probe.resolve.addresses);
	loop_uv_free(probe.loop);
}

static void freeing_the_loop_waits_for_work_in_other_threads(void **state)
{
	struct probe probe = { .work = { .run = probe_run, .done = probe_done },
			       .loop = loop_uv_new() };

	(void)state;
	assert_int_equal(loop_uv_hooks()->work(probe.loop, &probe.work), QN_OK);
	loop_uv_free(probe.loop);
	assert_int_equal(probe.calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_fires_once_and_never_early),
		cmocka_unit_test(a_descriptor_is_told_again_as_long_as_it_is_ready),
		cmocka_unit_test(a_turn_comes_once_for_many_wakes_and_can_be_taken_back),
		cmocka_unit_test(a_run_that_begins_with_a_turn_waits_for_events_after_it),
		cmocka_unit_test(what_a_timer_wants_does_not_wait_for_events),
		cmocka_unit_test(what_was_ended_is_not_told_nor_is_who_gets_its_descriptor),
		cmocka_unit_test(the_end_is_told_and_so_is_what_was_asked_for_later),
		cmocka_unit_test(a_child_that_frees_the_loop_leaves_the_parents_watches),
		cmocka_unit_test(what_was_closed_before_its_watch_ended_is_not_told),
		cmocka_unit_test(turns_without_end_keep_neither_timers_nor_descriptors_waiting),
		cmocka_unit_test(work_and_look_ups_come_back),
		cmocka_unit_test(freeing_the_loop_waits_for_work_in_other_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
