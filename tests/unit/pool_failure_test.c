/* Lost connections, deadlines and cancels, over the fake server: each request completes exactly once, with the truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pool_rig.h"

static void the_end_of_a_session_fails_all_in_flight_once(void **state)
{
	static const char *const ends[] = { "fatal 57P01", "vanish", "copy", "silent" };
	static const qn_status verdicts[] = { QN_CONNECTION_LOST, QN_CONNECTION_LOST,
					      QN_NOT_SUPPORTED, QN_PROTOCOL_ERROR };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct rig *rig = rig_connected(NULL);
		struct job jobs[6];
		for (size_t k = 0; k < 6; k++)
			rig_start(rig, &jobs[k],
				  k == 0   ? "first"
				  : k == 2 ? ends[i]
				  : k == 4 ? "write"
					   : "read",
				  k == 4 ? 0 : REQUEST_READ);
		rig_settle(rig);
		job_is(&jobs[0], QN_OK);
		job_is(&jobs[1], QN_OK);
		for (size_t k = 2; k < 6; k++)
			job_is(&jobs[k], k == 4 ? QN_OUTCOME_UNKNOWN : verdicts[i]);
		rig_works(rig);
		rig_free(rig);
	}
}

static void the_servers_last_words_are_told(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job job;

	(void)state;
	rig_start(rig, &job, "fatal 57P01", REQUEST_READ);
	rig_settle(rig);
	job_is(&job, QN_CONNECTION_LOST);
	assert_string_equal(job.message,
			    "the connection to socket \"/nowhere\", port 5432 was lost: "
			    "the session ends");
	rig_free(rig);
}

static void an_idle_session_that_is_ended_hurts_nobody(void **state)
{
	struct rig *rig = rig_connected(NULL);

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		fake_link_terminate(rig_link(rig, i), "57P01", "terminating connection");
		if (i % 2)
			rig_settle(rig);
		else
			rig->server.loop.now += 10 * RIG_MILLISECOND;
		rig_works(rig);
	}
	assert_int_equal(rig_stats(rig).closed, 20);
	assert_non_null(strstr(rig->log, "terminating connection"));
	rig_free(rig);
}

static void a_lost_commit_is_unknown_and_the_rest_is_lost(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[3];

	(void)state;
	rig->server.is_held = true;
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "write", 0), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, "commit", REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	rig_settle(rig);
	fake_link_terminate(rig_link(rig, 0), "57P02", "crash");
	rig_settle(rig);
	job_is(&jobs[0], QN_CONNECTION_LOST);
	job_is(&jobs[1], QN_CONNECTION_LOST);
	job_is(&jobs[2], QN_OUTCOME_UNKNOWN);
	assert_false(lane.pinned);
	rig->server.is_held = false;
	rig_works(rig);
	rig_free(rig);
}

static void a_lost_transaction_fails_until_its_end(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[4];

	(void)state;
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	rig_settle(rig);
	fake_link_terminate(rig_link(rig, 0), "57P01", "gone");
	rig_settle(rig);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "write", 0), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, "commit", REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	job_is_open(&jobs[1]);
	rig_settle(rig);
	job_is(&jobs[1], QN_CONNECTION_LOST);
	job_is(&jobs[2], QN_CONNECTION_LOST);
	assert_int_equal(rig_submit(rig, &jobs[3], &lane, "write", 0), QN_OK);
	rig_settle(rig);
	job_is(&jobs[3], QN_OK);
	rig_free(rig);
}

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

static void giving_a_transaction_up_closes_its_connection(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[2];

	(void)state;
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "hang", 0), QN_OK);
	rig_settle(rig);
	pool_abandon(rig->pool, &lane);
	memset(&lane, 0xa5, sizeof(lane));
	job_is_open(&jobs[1]);
	rig_settle(rig);
	assert_int_equal(jobs[1].calls, 1);
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

static void refused_sends_lose_nothing(void **state)
{
	(void)state;
	for (size_t at = 1; at < 12; at++) {
		struct rig *rig = rig_connected(NULL);
		struct job jobs[6];
		rig->server.fail_send = at;
		for (size_t i = 0; i < 6; i++)
			rig_start(rig, &jobs[i], i % 2 ? "read" : "write",
				  i % 2 ? REQUEST_READ : 0);
		for (size_t i = 0; i < 4; i++)
			(void)loop_virtual_step(&rig->server.loop);
		rig->server.fail_send = 0;
		rig_pass(rig, RIG_SECOND);
		for (size_t i = 0; i < 6; i++)
			assert_int_equal(jobs[i].calls, 1);
		rig_works(rig);
		rig_free(rig);
	}
}

static void a_refused_sync_closes_the_connection(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job read;
	struct job write;

	(void)state;
	rig->server.fail_sync = 1;
	rig_start(rig, &write, "write", 0);
	rig_start(rig, &read, "read", REQUEST_READ);
	(void)loop_virtual_step(&rig->server.loop);
	rig->server.fail_sync = 0;
	rig_pass(rig, RIG_SECOND);
	job_is(&write, QN_OUTCOME_UNKNOWN);
	job_is(&read, QN_OK);
	rig_free(rig);
}

/* What was sent has its end from the connection; what waits behind it has it from its lane. Nothing has two. */
static void a_refused_sync_at_the_end_of_a_transaction_completes_all_once(void **state)
{
	static const char *const texts[] = { "begin", "write", "commit" };
	static const unsigned flags[] = { REQUEST_BEGIN, 0, REQUEST_END | REQUEST_COMMIT };

	(void)state;
	for (size_t settled = 0; settled < 3; settled++) {
		struct rig *rig = rig_connected(NULL);
		struct lane lane = { .conn = NULL };
		struct job jobs[3];
		struct job next;

		for (size_t i = 0; i < 3; i++) {
			if (i == settled)
				rig_settle(rig);
			if (i == 2)
				rig->server.fail_sync = 1;
			assert_int_equal(rig_submit(rig, &jobs[i], &lane, texts[i], flags[i]),
					 QN_OK);
		}
		(void)loop_virtual_step(&rig->server.loop);
		rig->server.fail_sync = 0;
		rig_pass(rig, RIG_SECOND);
		for (size_t i = 0; i < settled; i++)
			job_is(&jobs[i], QN_OK);
		for (size_t i = settled; i < 2; i++)
			job_is(&jobs[i], QN_CONNECTION_LOST);
		job_is(&jobs[2], QN_OUTCOME_UNKNOWN);
		assert_int_equal(rig_stats(rig).waiting, 0);
		assert_int_equal(lane.sent + lane.in_flight, 0);
		assert_int_equal(rig_submit(rig, &next, &lane, "write", 0), QN_OK);
		rig_settle(rig);
		job_is(&next, QN_OK);
		rig_free(rig);
	}
}

/* It was to follow on the same connection, and did not begin there: another one may have it. */
static void a_transaction_that_waits_behind_a_lost_read_goes_elsewhere(void **state)
{
	struct rig *rig = rig_connected(&(qn_pool_config){ .pipeline_depth = 1 });
	struct lane lane = { .conn = NULL };
	struct job read;
	struct job jobs[3];

	(void)state;
	rig->server.is_held = true;
	assert_int_equal(rig_submit(rig, &read, &lane, "read", REQUEST_READ), QN_OK);
	rig_settle(rig);
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "write", 0), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, "commit", REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	rig_settle(rig);
	rig->server.is_held = false;
	fake_link_terminate(rig_link(rig, 0), "57P01", "gone");
	rig_pass(rig, RIG_SECOND);
	job_is(&read, QN_CONNECTION_LOST);
	for (size_t i = 0; i < 3; i++)
		job_is(&jobs[i], QN_OK);
	rig_free(rig);
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

static void give_lane_up(struct job *job)
{
	pool_abandon(job->rig->pool, job->context);
}

static void a_lane_given_up_amid_its_losses_is_as_new(void **state)
{
	struct rig *rig = rig_new(NULL);
	struct lane lane = { .in_flight = 0 };
	struct job jobs[3];
	struct job next;

	(void)state;
	rig->server.is_held = true;
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "write", 0), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, "write b", 0), QN_OK);
	jobs[0].then = give_lane_up;
	jobs[0].context = &lane;
	rig_settle(rig);
	fake_link_terminate(rig_link(rig, 0), "57P01", "ended");
	rig->server.is_held = false;
	rig_settle(rig);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(jobs[i].calls, 1);
	assert_int_equal(lane.in_flight, 0);
	assert_int_equal(lane.sent, 0);
	assert_null(lane.conn);
	assert_int_equal(rig_submit(rig, &next, &lane, "read", REQUEST_READ), QN_OK);
	rig_settle(rig);
	job_is(&next, QN_OK);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_a_session_fails_all_in_flight_once),
		cmocka_unit_test(the_servers_last_words_are_told),
		cmocka_unit_test(an_idle_session_that_is_ended_hurts_nobody),
		cmocka_unit_test(a_lost_commit_is_unknown_and_the_rest_is_lost),
		cmocka_unit_test(a_lost_transaction_fails_until_its_end),
		cmocka_unit_test(a_deadline_in_the_queue_sends_nothing),
		cmocka_unit_test(a_reads_deadline_frees_it_and_cancels_the_statement),
		cmocka_unit_test(a_deadline_passes_though_the_loop_cannot_time_it),
		cmocka_unit_test(
			an_answer_found_by_a_deadline_without_a_timer_is_followed_by_a_turn),
		cmocka_unit_test(a_write_that_is_cancelled_waits_for_its_verdict),
		cmocka_unit_test(a_write_without_a_verdict_is_unknown_and_its_connection_closed),
		cmocka_unit_test(a_cancel_never_hits_somebody_else),
		cmocka_unit_test(a_cancelled_statement_in_a_transaction_can_be_rolled_back),
		cmocka_unit_test(giving_a_transaction_up_closes_its_connection),
		cmocka_unit_test(cancelled_jobs_complete_once_at_any_moment),
		cmocka_unit_test(refused_sends_lose_nothing),
		cmocka_unit_test(a_refused_sync_closes_the_connection),
		cmocka_unit_test(a_refused_sync_at_the_end_of_a_transaction_completes_all_once),
		cmocka_unit_test(a_transaction_that_waits_behind_a_lost_read_goes_elsewhere),
		cmocka_unit_test(a_call_back_may_cancel_and_submit),
		cmocka_unit_test(a_lane_given_up_amid_its_losses_is_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
