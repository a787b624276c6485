/*
 * Deadlines and cancels, over the fake server: each request completes exactly once, with the truth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool_rig.h"

static void a_deadline_in_the_queue_sends_nothing(void **state)
{
	struct rig *rig = rig_connected(&(qn_pool_config){ .no_pipeline = true });
	struct job hang;
	struct job late;

	(void)state;
	rig_start(rig, &hang, "hang", REQUEST_READ);
	rig_start(rig, &late, "late", 0);
	pool_set_deadline(rig->pool, &late.request, rig->server.loop.now + RIG_SECOND);
	rig_pass(rig, RIG_SECOND - 1);
	job_is_open(&late);
	rig_pass(rig, 1);
	rig_settle(rig);
	job_is(&late, QN_DEADLINE_EXCEEDED);
	pool_cancel(rig->pool, &hang.request);
	rig_pass(rig, 5 * RIG_SECOND);
	assert_int_equal(fake_server_count(&rig->server, "late"), 0);
	rig_works(rig);
	rig_free(rig);
}

static void a_reads_deadline_frees_it_and_cancels_the_statement(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job hang;

	(void)state;
	rig_start(rig, &hang, "hang", REQUEST_READ);
	pool_set_deadline(rig->pool, &hang.request, rig->server.loop.now + RIG_SECOND);
	rig_pass(rig, RIG_SECOND);
	rig_settle(rig);
	job_is(&hang, QN_DEADLINE_EXCEEDED);
	assert_int_equal(rig->server.cancels, 1);
	rig_works(rig);
	assert_int_equal(rig_stats(rig).closed, 0);
	rig_free(rig);
}

static void a_deadline_passes_though_the_loop_cannot_time_it(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job hang;

	(void)state;
	rig_start(rig, &hang, "hang", REQUEST_READ);
	rig_settle(rig);
	rig->server.loop.refusals = UINT32_MAX;
	pool_set_deadline(rig->pool, &hang.request, rig->server.loop.now + RIG_SECOND);
	for (size_t i = 0; i < 10; i++)
		loop_virtual_step(&rig->server.loop);
	job_is_open(&hang);
	rig->server.loop.now += RIG_SECOND;
	for (size_t i = 0; i < 10; i++)
		loop_virtual_step(&rig->server.loop);
	job_is(&hang, QN_DEADLINE_EXCEEDED);
	rig->server.loop.refusals = 0;
	rig_settle(rig);
	rig_free(rig);
}

/* Whoever runs the loop may wait for that answer, and for nothing else. */
static void an_answer_found_by_a_deadline_without_a_timer_is_followed_by_a_turn(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job job;

	(void)state;
	rig->server.is_held = true;
	rig_start(rig, &job, "read", REQUEST_READ);
	rig_settle(rig);
	rig->server.loop.refusals = UINT32_MAX;
	pool_set_deadline(rig->pool, &job.request, rig->server.loop.now + RIG_SECOND);
	rig->server.loop.now += RIG_SECOND;
	rig->server.is_held = false;
	while (!job.calls)
		assert_true(loop_virtual_step(&rig->server.loop));
	job_is(&job, QN_OK);
	assert_non_null(rig->server.loop.turn);
	rig->server.loop.refusals = 0;
	rig_free(rig);
}

static void a_write_that_is_cancelled_waits_for_its_verdict(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job hang;

	(void)state;
	rig_start(rig, &hang, "hang", 0);
	rig_settle(rig);
	rig->server.loop.holds_work = true;
	pool_cancel(rig->pool, &hang.request);
	rig_pass(rig, RIG_SECOND / 2);
	job_is_open(&hang);
	rig->server.loop.holds_work = false;
	rig_settle(rig);
	job_is(&hang, QN_CANCELLED);
	assert_int_equal(rig_stats(rig).closed, 0);
	rig_works(rig);
	rig_free(rig);
}

static void a_write_without_a_verdict_is_unknown_and_its_connection_closed(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job hang;

	(void)state;
	rig_start(rig, &hang, "hang", 0);
	rig_settle(rig);
	rig->server.loop.holds_work = true;
	pool_cancel(rig->pool, &hang.request);
	rig_pass(rig, RIG_SECOND);
	rig_settle(rig);
	job_is(&hang, QN_OUTCOME_UNKNOWN);
	assert_int_equal(rig_stats(rig).closed, 1);
	rig->server.loop.holds_work = false;
	rig_works(rig);
	rig_free(rig);
}

static void a_cancel_never_hits_somebody_else(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job hang;
	struct job behind;
	struct job new;

	(void)state;
	rig_start(rig, &hang, "hang", REQUEST_READ);
	rig_start(rig, &behind, "behind", REQUEST_READ);
	rig_settle(rig);
	pool_cancel(rig->pool, &hang.request);
	rig_start(rig, &new, "new", REQUEST_READ);
	rig_pass(rig, 10 * RIG_SECOND);
	job_is(&hang, QN_CANCELLED);
	assert_int_equal(rig->server.cancels, 0);
	job_is_open(&behind);
	job_is_open(&new);
	pool_cancel(rig->pool, &behind.request);
	rig_pass(rig, 10 * RIG_SECOND);
	job_is(&behind, QN_CANCELLED);
	job_is(&new, QN_OK);
	rig_free(rig);
}

static void a_cancel_never_hits_a_transaction_behind(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job hang;
	struct job jobs[2];

	(void)state;
	rig_start(rig, &hang, "hang", REQUEST_READ);
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "read", REQUEST_READ), QN_OK);
	rig_settle(rig);
	pool_cancel(rig->pool, &hang.request);
	rig_settle(rig);
	job_is(&hang, QN_CANCELLED);
	assert_int_equal(rig->server.cancels, 0);
	rig_pass(rig, 10 * RIG_SECOND);
	assert_int_equal(rig->server.cancels, 0);
	job_is(&jobs[0], QN_CONNECTION_LOST);
	job_is(&jobs[1], QN_CONNECTION_LOST);
	rig_works(rig);
	rig_free(rig);
}

static void a_cancelled_statement_in_a_transaction_can_be_rolled_back(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[3];

	(void)state;
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "hang", REQUEST_READ), QN_OK);
	rig_settle(rig);
	pool_cancel(rig->pool, &jobs[1].request);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, "rollback",
				    REQUEST_END | REQUEST_IN_BROKEN),
			 QN_OK);
	rig_settle(rig);
	job_is(&jobs[1], QN_CANCELLED);
	job_is(&jobs[2], QN_OK);
	assert_int_equal(rig_stats(rig).closed, 0);
	rig_works(rig);
	rig_free(rig);
}

/* A cancel of what was sent before it in its transaction, and was done by then, may hit it: its own time is what counts. */
static void a_statement_that_is_hit_after_its_deadline_says_so(void **state)
{
	struct rig *rig = rig_connected(NULL);

	(void)state;
	for (uint64_t seconds = 1; seconds <= 2; seconds++) {
		struct lane lane = { .conn = NULL };
		struct job jobs[3];

		rig->server.is_held = true;
		assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
		assert_int_equal(rig_submit(rig, &jobs[1], &lane, "error 57014", 0), QN_OK);
		rig_settle(rig);
		pool_set_deadline(rig->pool, &jobs[1].request,
				  rig->server.loop.now + seconds * RIG_SECOND);
		rig->server.loop.now += RIG_SECOND;
		rig->server.is_held = false;
		rig_settle(rig);
		job_is(&jobs[1], seconds == 1 ? QN_DEADLINE_EXCEEDED : QN_CANCELLED);
		assert_int_equal(rig_submit(rig, &jobs[2], &lane, "rollback",
					    REQUEST_END | REQUEST_IN_BROKEN),
				 QN_OK);
		rig_settle(rig);
		job_is(&jobs[2], QN_OK);
	}
	rig_works(rig);
	rig_free(rig);
}

static void cancelled_jobs_complete_once_at_any_moment(void **state)
{
	(void)state;
	for (size_t step = 0; step < 40; step++)
		for (unsigned flags = 0; flags <= REQUEST_READ; flags++) {
			struct rig *rig = rig_new(NULL);
			struct job job;
			struct job other;
			rig_start(rig, &job, flags ? "read" : "write", flags);
			rig_start(rig, &other, "read", REQUEST_READ);
			for (size_t i = 0; i < step; i++)
				(void)loop_virtual_step(&rig->server.loop);
			if (!job.calls)
				pool_cancel(rig->pool, &job.request);
			rig_pass(rig, 3 * RIG_SECOND);
			assert_int_equal(job.calls, 1);
			assert_true(job.status == QN_OK || job.status == QN_CANCELLED);
			job_is(&other, QN_OK);
			rig_free(rig);
		}
}

static void cancel_in_call_back(struct job *job)
{
	pool_cancel(job->rig->pool, &((struct job *)job->context)->request);
}

static void a_call_back_may_cancel_and_submit(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job first;
	struct job second;

	(void)state;
	rig_start(rig, &first, "read", REQUEST_READ);
	rig_start(rig, &second, "hang", REQUEST_READ);
	first.then = cancel_in_call_back;
	first.context = &second;
	rig_settle(rig);
	job_is(&first, QN_OK);
	job_is(&second, QN_CANCELLED);
	rig_works(rig);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deadline_in_the_queue_sends_nothing),
		cmocka_unit_test(a_reads_deadline_frees_it_and_cancels_the_statement),
		cmocka_unit_test(a_deadline_passes_though_the_loop_cannot_time_it),
		cmocka_unit_test(
			an_answer_found_by_a_deadline_without_a_timer_is_followed_by_a_turn),
		cmocka_unit_test(a_write_that_is_cancelled_waits_for_its_verdict),
		cmocka_unit_test(a_write_without_a_verdict_is_unknown_and_its_connection_closed),
		cmocka_unit_test(a_cancel_never_hits_somebody_else),
		cmocka_unit_test(a_cancel_never_hits_a_transaction_behind),
		cmocka_unit_test(a_cancelled_statement_in_a_transaction_can_be_rolled_back),
		cmocka_unit_test(a_statement_that_is_hit_after_its_deadline_says_so),
		cmocka_unit_test(cancelled_jobs_complete_once_at_any_moment),
		cmocka_unit_test(a_call_back_may_cancel_and_submit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
