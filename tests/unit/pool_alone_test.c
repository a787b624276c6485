/*
 * Requests that go without the pipeline, because nothing else is there to be sent, over the fake
 * server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool_rig.h"

/* Nanoseconds that a command takes at a server that is near, and at one that is not. */
static const uint64_t near = 20000;
static const uint64_t far = RIG_MILLISECOND;

/* With these statements prepared. */
static struct rig *rig_ready(uint64_t run_time, const char *const *sql)
{
	struct rig *rig = rig_new(NULL);
	struct job job;

	assert_int_equal(qn_pool_connect(rig->pool), QN_OK);
	rig->server.run_time = run_time;
	for (; *sql; sql++) {
		rig_start(rig, &job, *sql, REQUEST_READ);
		rig_settle(rig);
		job_is(&job, QN_OK);
	}
	assert_int_equal(rig->server.alone, 0);
	return rig;
}

static void job_run(struct rig *rig, struct job *job, const char *sql, unsigned flags)
{
	rig_start(rig, job, sql, flags);
	rig_settle(rig);
}

static void the_only_request_goes_without_the_pipeline(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job jobs[3];

	(void)state;
	job_run(rig, &jobs[0], "a", REQUEST_READ);
	job_run(rig, &jobs[1], "a", 0);
	job_run(rig, &jobs[2], "a", REQUEST_READ);
	for (size_t i = 0; i < 3; i++) {
		job_is(&jobs[i], QN_OK);
		assert_string_equal(jobs[i].text, "a");
	}
	assert_int_equal(rig->server.alone, 3);
	assert_int_equal(rig_stats(rig).idle, 1);
	rig_free(rig);
}

static void what_has_to_be_prepared_first_goes_in_the_pipeline(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job job;

	(void)state;
	job_run(rig, &job, "a", REQUEST_READ);
	job_run(rig, &job, "b", REQUEST_READ);
	job_is(&job, QN_OK);
	assert_int_equal(rig->server.alone, 1);
	rig_free(rig);
}

static void requests_of_one_turn_go_in_the_pipeline(void **state)
{
	static const char *const sql[] = { "a", "b", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job jobs[2];

	(void)state;
	rig_start(rig, &jobs[0], "a", REQUEST_READ);
	rig_start(rig, &jobs[1], "b", REQUEST_READ);
	rig_settle(rig);
	job_is(&jobs[0], QN_OK);
	job_is(&jobs[1], QN_OK);
	assert_int_equal(rig->server.alone, 0);
	rig_free(rig);
}

static void to_a_server_far_away_all_go_in_the_pipeline(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(far, sql);
	struct job job;

	(void)state;
	job_run(rig, &job, "a", REQUEST_READ);
	job_is(&job, QN_OK);
	assert_int_equal(rig->server.alone, 0);
	rig_free(rig);
}

static void what_comes_meanwhile_waits_and_goes_together(void **state)
{
	static const char *const sql[] = { "a", "b", NULL };
	struct rig *rig = rig_ready(near, sql);
	size_t syncs = fake_server_count(&rig->server, " S\n");
	struct job first;
	struct job jobs[3];

	(void)state;
	rig->server.is_held = true;
	job_run(rig, &first, "a", REQUEST_READ);
	for (size_t i = 0; i < 3; i++)
		job_run(rig, &jobs[i], "b", REQUEST_READ);
	job_is_open(&first);
	rig->server.is_held = false;
	rig_settle(rig);
	job_is(&first, QN_OK);
	for (size_t i = 0; i < 3; i++)
		job_is(&jobs[i], QN_OK);
	assert_int_equal(rig->server.alone, 1);
	assert_int_equal(fake_server_count(&rig->server, " S\n"), syncs + 2);
	rig_free(rig);
}

static void statements_submit(struct rig *rig, struct lane *lane, struct job jobs[3],
			      const char *const sql[3])
{
	static const unsigned flags[] = { REQUEST_BEGIN, 0, REQUEST_END | REQUEST_COMMIT };

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(rig_submit(rig, &jobs[i], lane, sql[i], flags[i]), QN_OK);
}

static void statements_run(struct rig *rig, struct lane *lane, struct job jobs[3],
			   const char *const sql[3])
{
	static const unsigned flags[] = { REQUEST_BEGIN, 0, REQUEST_END | REQUEST_COMMIT };

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(rig_submit(rig, &jobs[i], lane, sql[i], flags[i]), QN_OK);
		rig_settle(rig);
	}
}

static void of_a_transaction_only_its_end_goes_without_the_pipeline(void **state)
{
	static const char *const prepared[] = { "a", NULL };
	static const char *const sql[] = { "begin", "a", "commit" };
	struct rig *rig = rig_ready(near, prepared);
	struct lane lane = { .conn = NULL };
	struct job read;
	struct job jobs[3];

	(void)state;
	for (size_t round = 0; round < 3; round++) {
		statements_run(rig, &lane, jobs, sql);
		for (size_t i = 0; i < 3; i++)
			job_is(&jobs[i], QN_OK);
		/* In the first round it has to be prepared. */
		assert_int_equal(rig->server.alone, round);
	}
	job_run(rig, &read, "a", REQUEST_READ);
	job_is(&read, QN_OK);
	assert_int_equal(rig->server.alone, 3);
	assert_int_equal(rig_stats(rig).connections, 1);
	assert_int_equal(rig_stats(rig).idle, 1);
	rig_free(rig);
}

static void the_end_of_a_transaction_goes_behind_what_is_not_answered(void **state)
{
	static const char *const prepared[] = { "a", NULL };
	static const char *const sql[] = { "begin", "a", "commit" };
	struct rig *rig = rig_ready(near, prepared);
	struct lane lane = { .conn = NULL };
	struct job jobs[3];

	(void)state;
	for (size_t round = 0; round < 2; round++) {
		statements_submit(rig, &lane, jobs, sql);
		rig_settle(rig);
		for (size_t i = 0; i < 3; i++)
			job_is(&jobs[i], QN_OK);
	}
	assert_int_equal(rig->server.alone, 0);
	rig_free(rig);
}

static void the_end_of_a_transaction_goes_alone_while_others_wait(void **state)
{
	static const char *const sql[] = { "begin", "a", "commit" };
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 1 });
	struct lane lane = { .conn = NULL };
	struct job others[2];
	struct job jobs[3];

	(void)state;
	assert_int_equal(qn_pool_connect(rig->pool), QN_OK);
	rig->server.run_time = near;
	statements_run(rig, &lane, jobs, sql);
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	rig_settle(rig);
	for (size_t i = 0; i < 2; i++)
		job_run(rig, &others[i], "b", REQUEST_READ);
	job_is_open(&others[0]);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, "commit", REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	rig_settle(rig);
	job_is(&jobs[2], QN_OK);
	job_is(&others[0], QN_OK);
	job_is(&others[1], QN_OK);
	assert_int_equal(rig->server.alone, 1);
	rig_free(rig);
}

static void the_end_of_a_broken_transaction_goes_alone_once_the_error_is_overcome(void **state)
{
	static const char *const prepared[] = { "rollback", NULL };
	static const char *const sql[] = { "begin", "error 22012", "rollback" };
	static const unsigned flags[] = { REQUEST_BEGIN, 0, REQUEST_END | REQUEST_IN_BROKEN };
	struct rig *rig = rig_ready(near, prepared);
	struct lane lane = { .conn = NULL };
	struct job jobs[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(rig_submit(rig, &jobs[i], &lane, sql[i], flags[i]), QN_OK);
		rig_settle(rig);
	}
	job_is(&jobs[1], QN_BAD_DATA);
	job_is(&jobs[2], QN_OK);
	assert_int_equal(rig->server.alone, 1);
	assert_int_equal(rig_stats(rig).connections, 1);
	rig_free(rig);
}

static void an_end_that_goes_alone_and_gets_lost_is_of_unknown_outcome(void **state)
{
	static const struct {
		const char *sql;
		qn_status status;
	} ends[] = {
		{ "vanish", QN_OUTCOME_UNKNOWN },
		{ "fatal 57P01", QN_OUTCOME_UNKNOWN },
		{ "error 40001", QN_SERIALIZATION_FAILURE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct rig *rig = rig_new(&(qn_pool_config){ .no_prepared_statements = true });
		const char *const sql[] = { "begin", "a", ends[i].sql };
		struct lane lane = { .conn = NULL };
		struct job jobs[3];
		struct job job;

		rig->server.run_time = near;
		job_run(rig, &job, "a", REQUEST_READ);
		statements_run(rig, &lane, jobs, sql);
		job_is(&jobs[1], QN_OK);
		job_is(&jobs[2], ends[i].status);
		assert_int_equal(rig->server.alone, 1);
		job_run(rig, &job, "a", REQUEST_READ);
		job_is(&job, QN_OK);
		rig_free(rig);
	}
}

static void answers_that_come_together_do_not_pass_for_round_trips(void **state)
{
	static const char *const sql[] = { "a", "b", NULL };
	static const uint64_t distances[] = { near, far };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rig *rig = rig_ready(distances[i], sql);
		struct job jobs[3];

		rig_start(rig, &jobs[0], "a", REQUEST_READ);
		rig_start(rig, &jobs[1], "b", REQUEST_READ);
		rig_settle(rig);
		job_run(rig, &jobs[2], "a", REQUEST_READ);
		job_is(&jobs[2], QN_OK);
		assert_int_equal(rig->server.alone, distances[i] == near);
		rig_free(rig);
	}
}

static void an_error_is_the_requests_own(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job job;

	(void)state;
	job_run(rig, &job, "error 22012", REQUEST_READ);
	job_run(rig, &job, "error 22012", REQUEST_READ);
	job_is(&job, QN_BAD_DATA);
	assert_int_equal(rig->server.alone, 1);
	job_run(rig, &job, "a", REQUEST_READ);
	job_is(&job, QN_OK);
	assert_int_equal(rig_stats(rig).connections, 1);
	rig_free(rig);
}

static void a_write_is_done_when_its_commit_is(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job job;

	(void)state;
	job_run(rig, &job, "refused at commit", 0);
	job_run(rig, &job, "refused at commit", 0);
	job_is(&job, QN_FOREIGN_KEY_VIOLATION);
	assert_int_equal(rig->server.alone, 1);
	job_run(rig, &job, "a", 0);
	job_is(&job, QN_OK);
	rig_free(rig);
}

static void a_stale_statement_is_prepared_again(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job job;

	(void)state;
	rig->server.schema++;
	job_run(rig, &job, "a", REQUEST_READ);
	job_is(&job, QN_OK);
	assert_int_equal(rig->server.alone, 1);
	rig_free(rig);
}

static void one_that_hangs_is_cancelled(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job job;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		job_run(rig, &job, "hang", REQUEST_READ);
		pool_cancel(rig->pool, &job.request);
		rig_settle(rig);
		job_is(&job, QN_CANCELLED);
	}
	assert_int_equal(rig->server.alone, 1);
	assert_int_equal(rig->server.cancels, 2);
	job_run(rig, &job, "a", REQUEST_READ);
	job_is(&job, QN_OK);
	assert_int_equal(rig_stats(rig).connections, 1);
	rig_free(rig);
}

static void one_whose_connection_is_lost_says_what_may_have_happened(void **state)
{
	static const struct {
		const char *sql;
		unsigned flags;
		qn_status status;
	} losses[] = {
		{ "vanish", REQUEST_READ, QN_CONNECTION_LOST },
		{ "vanish", 0, QN_OUTCOME_UNKNOWN },
		{ "fatal 57P01", REQUEST_READ, QN_CONNECTION_LOST },
		{ "silent", REQUEST_READ, QN_PROTOCOL_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		struct rig *rig = rig_new(&(qn_pool_config){ .no_prepared_statements = true });
		struct job job;

		rig->server.run_time = near;
		job_run(rig, &job, "a", REQUEST_READ);
		job_run(rig, &job, losses[i].sql, losses[i].flags);
		job_is(&job, losses[i].status);
		assert_int_equal(rig->server.alone, 1);
		job_run(rig, &job, "a", REQUEST_READ);
		job_is(&job, QN_OK);
		rig_free(rig);
	}
}

static void an_answer_in_pieces_is_waited_for(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job jobs[2];

	(void)state;
	rig->server.is_slow = true;
	job_run(rig, &jobs[0], "a", 0);
	job_run(rig, &jobs[1], "a", REQUEST_READ);
	job_is(&jobs[0], QN_OK);
	job_is(&jobs[1], QN_OK);
	assert_int_equal(rig->server.alone, 2);
	rig_free(rig);
}

static void one_that_cannot_be_sent_goes_elsewhere(void **state)
{
	static const char *const sql[] = { "a", NULL };
	struct rig *rig = rig_ready(near, sql);
	struct job job;

	(void)state;
	rig->server.fail_send = 1;
	rig_start(rig, &job, "a", 0);
	assert_true(loop_virtual_step(&rig->server.loop));
	job_is_open(&job);
	rig->server.fail_send = 0;
	rig_settle(rig);
	job_is(&job, QN_OK);
	assert_int_equal(rig_stats(rig).opened, 2);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_only_request_goes_without_the_pipeline),
		cmocka_unit_test(what_has_to_be_prepared_first_goes_in_the_pipeline),
		cmocka_unit_test(requests_of_one_turn_go_in_the_pipeline),
		cmocka_unit_test(to_a_server_far_away_all_go_in_the_pipeline),
		cmocka_unit_test(what_comes_meanwhile_waits_and_goes_together),
		cmocka_unit_test(of_a_transaction_only_its_end_goes_without_the_pipeline),
		cmocka_unit_test(the_end_of_a_transaction_goes_behind_what_is_not_answered),
		cmocka_unit_test(the_end_of_a_transaction_goes_alone_while_others_wait),
		cmocka_unit_test(
			the_end_of_a_broken_transaction_goes_alone_once_the_error_is_overcome),
		cmocka_unit_test(an_end_that_goes_alone_and_gets_lost_is_of_unknown_outcome),
		cmocka_unit_test(answers_that_come_together_do_not_pass_for_round_trips),
		cmocka_unit_test(an_error_is_the_requests_own),
		cmocka_unit_test(a_write_is_done_when_its_commit_is),
		cmocka_unit_test(a_stale_statement_is_prepared_again),
		cmocka_unit_test(one_that_hangs_is_cancelled),
		cmocka_unit_test(one_whose_connection_is_lost_says_what_may_have_happened),
		cmocka_unit_test(an_answer_in_pieces_is_waited_for),
		cmocka_unit_test(one_that_cannot_be_sent_goes_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
