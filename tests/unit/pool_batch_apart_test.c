/*
 * Gets that went as one statement, and how each of them ends as if it had gone alone; over the fake
 * server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "pool_rig.h"

/* Keys of rows that are there. */
static const char *const plain_keys[] = { "a", "b", "c" };

/* Gets of the first so many of these, which the server has and does not answer. */
static void get_held(struct rig *rig, struct job *jobs, size_t count)
{
	rig->server.is_held = true;
	rig_get_all(rig, jobs, plain_keys, count);
	rig_settle(rig);
}

static void a_lane_that_was_given_up_has_nothing_left_in_a_batch(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job before;
	struct job others[2];
	struct job begin;

	(void)state;
	assert_int_equal(rig_get(rig, &before, &lane, "get exact", "a"), QN_OK);
	rig_get_exact(rig, &others[0], "b");
	rig_get_exact(rig, &others[1], "c");
	rig->server.is_held = true;
	rig_settle(rig);
	assert_int_equal(rig_submit(rig, &begin, &lane, "begin", REQUEST_BEGIN), QN_OK);
	pool_abandon(rig->pool, &lane);
	assert_int_equal(lane.in_flight, 0);
	rig->server.is_held = false;
	rig_settle(rig);
	job_is(&before, QN_CANCELLED);
	job_is(&begin, QN_CANCELLED);
	job_found(&others[0]);
	job_found(&others[1]);
	assert_int_equal(lane.in_flight, 0);
	assert_null(lane.conn);
	rig_free(rig);
}

static void one_that_is_cancelled_leaves_the_others_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	get_held(rig, jobs, 3);
	pool_cancel(rig->pool, &jobs[1].request);
	rig_settle(rig);
	job_is(&jobs[1], QN_CANCELLED);
	job_is_open(&jobs[0]);
	assert_int_equal(rig->server.cancels, 0);
	rig->server.is_held = false;
	rig_settle(rig);
	job_found(&jobs[0]);
	job_found(&jobs[2]);
	assert_int_equal(rig_stats(rig).connections, 1);
	rig_free(rig);
}

static void one_that_is_late_leaves_the_others_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig->server.is_held = true;
	rig_get_all(rig, jobs, plain_keys, 3);
	pool_set_deadline(rig->pool, &jobs[2].request, rig->server.loop.now + RIG_SECOND);
	rig_pass(rig, 2 * RIG_SECOND);
	job_is(&jobs[2], QN_DEADLINE_EXCEEDED);
	job_is_open(&jobs[1]);
	rig->server.is_held = false;
	rig_settle(rig);
	job_found(&jobs[0]);
	job_found(&jobs[1]);
	rig_free(rig);
}

static void one_that_is_cancelled_before_it_is_sent_is_not_asked_for(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig_get_all(rig, jobs, plain_keys, 3);
	pool_cancel(rig->pool, &jobs[0].request);
	rig_settle(rig);
	job_is(&jobs[0], QN_CANCELLED);
	job_found(&jobs[1]);
	job_found(&jobs[2]);
	assert_int_equal(rig_stats(rig).coalesced, 2);
	rig_free(rig);
}

static void when_all_are_cancelled_so_is_the_statement(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];
	struct job after;

	(void)state;
	rig_get_exact(rig, &jobs[0], "hang");
	rig_get_exact(rig, &jobs[1], "b");
	rig_settle(rig);
	pool_cancel(rig->pool, &jobs[0].request);
	rig_settle(rig);
	assert_int_equal(rig->server.cancels, 0);
	pool_cancel(rig->pool, &jobs[1].request);
	rig_settle(rig);
	job_is(&jobs[0], QN_CANCELLED);
	job_is(&jobs[1], QN_CANCELLED);
	assert_int_equal(rig->server.cancels, 1);
	rig_start(rig, &after, "read", REQUEST_READ);
	rig_settle(rig);
	job_is(&after, QN_OK);
	assert_int_equal(rig_stats(rig).closed, 0);
	rig_free(rig);
}

static void a_statement_that_does_not_end_after_that_costs_its_connection(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	get_held(rig, jobs, 2);
	pool_cancel(rig->pool, &jobs[0].request);
	pool_cancel(rig->pool, &jobs[1].request);
	rig_pass(rig, 5 * RIG_SECOND);
	job_is(&jobs[0], QN_CANCELLED);
	job_is(&jobs[1], QN_CANCELLED);
	assert_int_equal(rig_stats(rig).closed, 1);
	rig_free(rig);
}

static void cancel_the_other(struct job *job)
{
	struct job *other = job->context;

	pool_cancel(other->rig->pool, &other->request);
}

static void one_may_be_cancelled_while_another_calls_back(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig_get_all(rig, jobs, plain_keys, 3);
	jobs[0].then = cancel_the_other;
	jobs[0].context = &jobs[1];
	rig_settle(rig);
	job_found(&jobs[0]);
	job_is(&jobs[1], QN_CANCELLED);
	job_found(&jobs[2]);
	assert_int_equal(rig->server.cancels, 0);
	rig_free(rig);
}

static void the_last_may_be_cancelled_while_another_calls_back(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	rig_get_all(rig, jobs, plain_keys, 2);
	jobs[0].then = cancel_the_other;
	jobs[0].context = &jobs[1];
	rig_settle(rig);
	job_found(&jobs[0]);
	job_is(&jobs[1], QN_CANCELLED);
	rig_free(rig);
}

static void an_error_that_may_be_of_one_key_is_that_ones_alone(void **state)
{
	static const char *const keys[] = { "a", "error 22021", "c" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig_get_all(rig, jobs, keys, 3);
	rig_settle(rig);
	job_found(&jobs[0]);
	job_is(&jobs[1], QN_BAD_DATA);
	job_found(&jobs[2]);
	assert_int_equal(rig_singles(rig), 3);
	rig_free(rig);
}

static void an_error_of_the_statement_is_everyones(void **state)
{
	static const char *const errors[] = { "error 42P01", "error 57014", "error 40001",
					      "error 53200" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		rig_get_exact(rig, &jobs[0], "a");
		rig_get_exact(rig, &jobs[1], errors[i]);
		rig_settle(rig);
		assert_int_equal(jobs[0].calls, 1);
		assert_int_not_equal(jobs[0].status, QN_OK);
		job_is(&jobs[1], jobs[0].status);
		assert_int_equal(jobs[0].request.attempts, 0);
	}
	assert_int_equal(rig_batches(rig), 4);
	assert_int_equal(rig_singles(rig), 0);
	rig_free(rig);
}

static void a_lost_connection_is_everyones(void **state)
{
	static const char *const ends[] = { "fatal 57P01", "vanish" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		rig_get_exact(rig, &jobs[0], "a");
		rig_get_exact(rig, &jobs[1], ends[i]);
		rig_get_exact(rig, &jobs[2], "c");
		rig_settle(rig);
		for (size_t j = 0; j < 3; j++)
			job_is(&jobs[j], QN_CONNECTION_LOST);
	}
	assert_int_equal(rig_stats(rig).closed, 2);
	rig_free(rig);
}

static void one_of_a_lost_connection_may_be_cancelled_before_it_is_told(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	get_held(rig, jobs, 2);
	fake_link_terminate(rig_link(rig, 0), "57P01", "ended");
	pool_cancel(rig->pool, &jobs[0].request);
	pool_cancel(rig->pool, &jobs[1].request);
	rig_settle(rig);
	assert_int_equal(jobs[0].calls, 1);
	assert_int_equal(jobs[1].calls, 1);
	rig_free(rig);
}

static void gets_that_were_skipped_are_sent_again_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job error;
	struct job jobs[2];

	(void)state;
	rig_start(rig, &error, "error 22012", REQUEST_READ);
	rig_get_exact(rig, &jobs[0], "a");
	rig_get_exact(rig, &jobs[1], "none 1");
	rig_settle(rig);
	job_is(&error, QN_BAD_DATA);
	job_found(&jobs[0]);
	job_found_nothing(&jobs[1]);
	assert_int_equal(rig_batches(rig), 0);
	assert_int_equal(rig_singles(rig), 2);
	rig_free(rig);
}

static void keys_that_are_not_unique_are_asked_for_alone(void **state)
{
	static const char *const keys[] = { "a", "twice", "c" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig_get_all(rig, jobs, keys, 3);
	rig_settle(rig);
	job_found(&jobs[0]);
	job_is(&jobs[1], QN_OK);
	assert_int_equal(jobs[1].rows, 2);
	job_found(&jobs[2]);
	assert_int_equal(rig_singles(rig), 3);
	rig_free(rig);
}

static void a_row_of_nobodys_key_has_all_asked_for_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	rig_get_exact(rig, &jobs[0], "A");
	rig_get_exact(rig, &jobs[1], "b");
	rig_settle(rig);
	job_is(&jobs[0], QN_OK);
	assert_string_equal(jobs[0].text, "a");
	job_found(&jobs[1]);
	assert_int_equal(rig_singles(rig), 2);
	rig_free(rig);
}

static void an_answer_of_another_kind_has_all_asked_for_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	rig_get_all(rig, jobs, plain_keys, 2);
	rig->forms[1].key_column = 1;
	rig_settle(rig);
	job_found(&jobs[0]);
	job_found(&jobs[1]);
	assert_int_equal(rig_singles(rig), 2);
	rig_free(rig);
}

static void what_a_connection_does_not_take_goes_to_another(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig->server.fail_send = 1;
	for (size_t i = 0; i < 3; i++)
		rig_get_exact(rig, &jobs[i], "a");
	(void)loop_virtual_step(&rig->server.loop);
	rig->server.fail_send = 0;
	rig_pass(rig, RIG_SECOND);
	for (size_t i = 0; i < 3; i++)
		job_found(&jobs[i]);
	assert_int_equal(rig_stats(rig).closed, 1);
	rig_free(rig);
}

static void a_sync_that_is_not_sent_loses_all(void **state)
{
	struct rig *rig = rig_connected(&(qn_pool_config){ .no_pipeline = true });
	struct job jobs[2];

	(void)state;
	rig->server.fail_sync = 1;
	rig_get_all(rig, jobs, plain_keys, 2);
	rig_settle(rig);
	job_is(&jobs[0], QN_CONNECTION_LOST);
	job_is(&jobs[1], QN_CONNECTION_LOST);
	rig->server.fail_sync = 0;
	rig_free(rig);
}

static void closing_in_the_middle_completes_all(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig->server.is_held = true;
	rig_get_all(rig, jobs, plain_keys, 3);
	(void)loop_virtual_step(&rig->server.loop);
	(void)loop_virtual_step(&rig->server.loop);
	rig_close(rig);
	for (size_t i = 0; i < 3; i++)
		job_is(&jobs[i], QN_CANCELLED);
	rig_free(rig);
}

static void a_child_after_fork_frees_what_was_under_way(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	get_held(rig, jobs, 2);
	qn_pool_after_fork(rig->pool);
	rig->pool = NULL;
	job_is_open(&jobs[0]);
	job_is_open(&jobs[1]);
	fake_server_release(&rig->server);
	free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lane_that_was_given_up_has_nothing_left_in_a_batch),
		cmocka_unit_test(one_that_is_cancelled_leaves_the_others_alone),
		cmocka_unit_test(one_that_is_late_leaves_the_others_alone),
		cmocka_unit_test(one_that_is_cancelled_before_it_is_sent_is_not_asked_for),
		cmocka_unit_test(when_all_are_cancelled_so_is_the_statement),
		cmocka_unit_test(a_statement_that_does_not_end_after_that_costs_its_connection),
		cmocka_unit_test(one_may_be_cancelled_while_another_calls_back),
		cmocka_unit_test(the_last_may_be_cancelled_while_another_calls_back),
		cmocka_unit_test(an_error_that_may_be_of_one_key_is_that_ones_alone),
		cmocka_unit_test(an_error_of_the_statement_is_everyones),
		cmocka_unit_test(a_lost_connection_is_everyones),
		cmocka_unit_test(one_of_a_lost_connection_may_be_cancelled_before_it_is_told),
		cmocka_unit_test(gets_that_were_skipped_are_sent_again_alone),
		cmocka_unit_test(keys_that_are_not_unique_are_asked_for_alone),
		cmocka_unit_test(a_row_of_nobodys_key_has_all_asked_for_alone),
		cmocka_unit_test(an_answer_of_another_kind_has_all_asked_for_alone),
		cmocka_unit_test(what_a_connection_does_not_take_goes_to_another),
		cmocka_unit_test(a_sync_that_is_not_sent_loses_all),
		cmocka_unit_test(closing_in_the_middle_completes_all),
		cmocka_unit_test(a_child_after_fork_frees_what_was_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
