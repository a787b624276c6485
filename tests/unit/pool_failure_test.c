/*
 * Lost connections and refused sends, over the fake server: each request completes exactly once,
 * with the truth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
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

/*
 * What was sent has its end from the connection; what waits behind it has it from its lane. Nothing
 * has two.
 */
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
		cmocka_unit_test(giving_a_transaction_up_closes_its_connection),
		cmocka_unit_test(refused_sends_lose_nothing),
		cmocka_unit_test(a_refused_sync_closes_the_connection),
		cmocka_unit_test(a_refused_sync_at_the_end_of_a_transaction_completes_all_once),
		cmocka_unit_test(a_transaction_that_waits_behind_a_lost_read_goes_elsewhere),
		cmocka_unit_test(a_lane_given_up_amid_its_losses_is_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
