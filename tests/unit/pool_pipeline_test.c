/* What is sent together, and who is hit by an error, over the fake server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "pool_rig.h"

static void reads_of_one_turn_share_a_sync(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[10];

	(void)state;
	for (size_t i = 0; i < 10; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	for (size_t i = 0; i < 10; i++) {
		job_is(&jobs[i], QN_OK);
		assert_string_equal(jobs[i].text, "read");
		assert_int_equal(jobs[i].order, i + 1);
	}
	assert_int_equal(fake_server_count(&rig->server, " S\n"), 1);
	assert_int_equal(fake_server_count(&rig->server, " P "), 1);
	assert_int_equal(rig->server.flushes, 1);
	rig_free(rig);
}

static void an_error_under_a_shared_sync_is_its_own_reads_alone(void **state)
{
	static const char *const sql[] = { "a", "error 22012", "b", "c", "error 42P01", "d" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[6];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		rig_start(rig, &jobs[i], sql[i], REQUEST_READ);
	rig_settle(rig);
	job_is(&jobs[0], QN_OK);
	job_is(&jobs[1], QN_BAD_DATA);
	job_is(&jobs[2], QN_OK);
	job_is(&jobs[3], QN_OK);
	job_is(&jobs[4], QN_SCHEMA_DRIFT);
	job_is(&jobs[5], QN_OK);
	/* One for all, and one for each of the four that were sent again. */
	assert_int_equal(fake_server_count(&rig->server, " S\n"), 5);
	assert_int_equal(rig_stats(rig).connections, 1);
	rig_free(rig);
}

static void a_failed_parse_fails_its_own_request_only(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig_start(rig, &jobs[0], "a", REQUEST_READ);
	rig_start(rig, &jobs[1], "error at parse", REQUEST_READ);
	rig_start(rig, &jobs[2], "b", REQUEST_READ);
	rig_settle(rig);
	job_is(&jobs[0], QN_OK);
	job_is(&jobs[1], QN_SCHEMA_DRIFT);
	job_is(&jobs[2], QN_OK);
	rig_free(rig);
}

static void each_write_has_a_sync_of_its_own(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig_start(rig, &jobs[0], "write a", 0);
	rig_start(rig, &jobs[1], "error 23505", 0);
	rig_start(rig, &jobs[2], "write b", 0);
	rig_settle(rig);
	job_is(&jobs[0], QN_OK);
	job_is(&jobs[1], QN_UNIQUE_VIOLATION);
	job_is(&jobs[2], QN_OK);
	assert_int_equal(fake_server_count(&rig->server, " S\n"), 3);
	rig_free(rig);
}

static void a_write_is_not_done_before_its_commit(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	rig_start(rig, &jobs[0], "refused at commit", 0);
	rig_start(rig, &jobs[1], "read", REQUEST_READ);
	rig_settle(rig);
	job_is(&jobs[0], QN_FOREIGN_KEY_VIOLATION);
	job_is(&jobs[1], QN_OK);
	rig_free(rig);
}

static void a_lane_runs_in_order_on_one_connection(void **state)
{
	struct rig *rig = rig_connected(&(qn_pool_config){ .max = 4 });
	struct lane lane = { .conn = NULL };
	struct job jobs[20];

	(void)state;
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(rig_submit(rig, &jobs[i], &lane, i % 3 ? "read" : "write",
					    i % 3 ? REQUEST_READ : 0),
				 QN_OK);
	rig_settle(rig);
	for (size_t i = 0; i < 20; i++) {
		job_is(&jobs[i], QN_OK);
		assert_int_equal(jobs[i].order, i + 1);
	}
	assert_int_equal(lane.in_flight, 0);
	assert_null(lane.conn);
	assert_int_equal(fake_server_count(&rig->server, "1 "), 0);
	rig_free(rig);
}

static void a_write_does_not_overtake_a_read_that_is_sent_again(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job error;
	struct job jobs[2];

	(void)state;
	rig_start(rig, &error, "error 22012", REQUEST_READ);
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "read", REQUEST_READ), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "write", 0), QN_OK);
	rig_settle(rig);
	job_is(&jobs[0], QN_OK);
	job_is(&jobs[1], QN_OK);
	assert_true(jobs[0].order < jobs[1].order);
	rig_free(rig);
}

static void transaction(struct rig *rig, struct lane *lane, struct job *jobs, const char *middle)
{
	assert_int_equal(rig_submit(rig, &jobs[0], lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], lane, middle, 0), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[2], lane, "read", REQUEST_READ), QN_OK);
}

static void a_transaction_has_one_sync_at_its_end(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[4];

	(void)state;
	transaction(rig, &lane, jobs, "write");
	rig_settle(rig);
	for (size_t i = 0; i < 3; i++)
		job_is(&jobs[i], QN_OK);
	assert_int_equal(fake_server_count(&rig->server, " S\n"), 0);
	assert_true(lane.pinned);
	assert_int_equal(rig_submit(rig, &jobs[3], &lane, "commit", REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	rig_settle(rig);
	job_is(&jobs[3], QN_OK);
	assert_int_equal(fake_server_count(&rig->server, " S\n"), 1);
	assert_false(lane.pinned);
	assert_int_equal(rig_stats(rig).idle, 1);
	rig_free(rig);
}

static void nobody_is_sent_into_another_ones_transaction(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[4];
	struct job other;

	(void)state;
	transaction(rig, &lane, jobs, "write");
	rig_start(rig, &other, "read", REQUEST_READ);
	rig_settle(rig);
	job_is(&jobs[2], QN_OK);
	job_is_open(&other);
	assert_int_equal(rig_submit(rig, &jobs[3], &lane, "commit", REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	rig_settle(rig);
	job_is(&jobs[3], QN_OK);
	job_is(&other, QN_OK);
	rig_free(rig);
}

static void an_error_in_a_transaction_can_be_rolled_back(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[4];

	(void)state;
	transaction(rig, &lane, jobs, "error 23505");
	rig_settle(rig);
	job_is(&jobs[1], QN_UNIQUE_VIOLATION);
	job_is(&jobs[2], QN_NOT_EXECUTED);
	assert_int_equal(rig_submit(rig, &jobs[3], &lane, "rollback",
				    REQUEST_END | REQUEST_IN_BROKEN),
			 QN_OK);
	rig_settle(rig);
	job_is(&jobs[3], QN_OK);
	assert_int_equal(rig_stats(rig).idle, 1);
	assert_int_equal(rig_stats(rig).closed, 0);
	rig_free(rig);
}

static void a_rollback_to_a_savepoint_works_though_nothing_was_awaited(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[3];
	struct job back;
	struct job read;
	struct job commit;

	(void)state;
	transaction(rig, &lane, jobs, "error 23505");
	assert_int_equal(rig_submit(rig, &back, &lane, "rollback to", REQUEST_IN_BROKEN), QN_OK);
	assert_int_equal(rig_submit(rig, &read, &lane, "read", REQUEST_READ), QN_OK);
	assert_int_equal(rig_submit(rig, &commit, &lane, "commit", REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	rig_settle(rig);
	job_is(&back, QN_OK);
	job_is(&read, QN_OK);
	job_is(&commit, QN_OK);
	rig_free(rig);
}

static void a_transaction_that_cannot_begin_executes_nothing(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[4];

	(void)state;
	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "error 25001", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "write", 0), QN_OK);
	rig_settle(rig);
	job_is(&jobs[0], QN_USAGE);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, "write", 0), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[3], &lane, "rollback",
				    REQUEST_END | REQUEST_IN_BROKEN),
			 QN_OK);
	rig_settle(rig);
	assert_int_not_equal(jobs[1].status, QN_OK);
	job_is(&jobs[2], QN_NOT_EXECUTED);
	job_is(&jobs[3], QN_NOT_EXECUTED);
	assert_int_equal(fake_server_count(&rig->server, "write"), 0);
	assert_false(lane.pinned);
	rig_free(rig);
}

/* BEGIN, a write, and how it ends. */
static void run_transaction(struct rig *rig, const char *end, unsigned end_flags)
{
	struct lane lane = { .conn = NULL };
	struct job jobs[3];

	assert_int_equal(rig_submit(rig, &jobs[0], &lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "write", 0), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, end, end_flags), QN_OK);
	rig_settle(rig);
	for (size_t i = 0; i < 3; i++)
		job_is(&jobs[i], QN_OK);
}

static void begin_and_commit_are_prepared_once(void **state)
{
	struct rig *rig = rig_connected(NULL);

	(void)state;
	for (size_t i = 0; i < 3; i++)
		run_transaction(rig, "commit", REQUEST_END | REQUEST_COMMIT);
	assert_int_equal(fake_server_count(&rig->server, " P begin"), 1);
	assert_int_equal(fake_server_count(&rig->server, " P commit"), 1);
	assert_int_equal(fake_server_count(&rig->server, " U "), 0);
	rig_free(rig);
}

static void what_works_in_a_broken_transaction_is_not_prepared_there(void **state)
{
	struct rig *rig = rig_connected(NULL);

	(void)state;
	run_transaction(rig, "rollback", REQUEST_END | REQUEST_IN_BROKEN);
	assert_int_equal(fake_server_count(&rig->server, " P rollback"), 0);
	assert_int_equal(fake_server_count(&rig->server, " U rollback"), 1);
	rig_free(rig);
}

static void begin_is_prepared_again_after_statements_were_lost(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job read;

	(void)state;
	run_transaction(rig, "commit", REQUEST_END | REQUEST_COMMIT);
	rig->server.schema++;
	for (size_t i = 0; i < 2; i++) {
		rig_start(rig, &read, "write", 0);
		rig_settle(rig);
		job_is(&read, QN_OK);
	}
	assert_int_equal(fake_server_count(&rig->server, " P begin"), 1);
	run_transaction(rig, "rollback", REQUEST_END | REQUEST_IN_BROKEN);
	assert_int_equal(fake_server_count(&rig->server, " P begin"), 2);
	rig_free(rig);
}

static void without_pipeline_one_statement_is_in_flight(void **state)
{
	struct rig *rig = rig_connected(
		&(qn_pool_config){ .no_pipeline = true, .no_prepared_statements = true });
	struct job jobs[5];

	(void)state;
	rig->server.is_held = true;
	for (size_t i = 0; i < 5; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	assert_int_equal(rig_link(rig, 0)->count, 2);
	rig->server.is_held = false;
	rig_settle(rig);
	for (size_t i = 0; i < 5; i++) {
		job_is(&jobs[i], QN_OK);
		assert_int_equal(jobs[i].order, i + 1);
	}
	assert_int_equal(fake_server_count(&rig->server, " S\n"), 5);
	assert_int_equal(fake_server_count(&rig->server, " U "), 5);
	rig_free(rig);
}

static void without_pipeline_a_transaction_goes_on_when_answers_come_in_pieces(void **state)
{
	static const char *const sql[] = { "begin", "write", "read", "commit" };
	static const unsigned flags[] = { REQUEST_BEGIN, 0, REQUEST_READ,
					  REQUEST_END | REQUEST_COMMIT };
	struct rig *rig = rig_connected(
		&(qn_pool_config){ .no_pipeline = true, .no_prepared_statements = true });
	struct lane lane = { .owner = NULL };
	struct job jobs[4];

	(void)state;
	rig->server.is_slow = true;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(rig_submit(rig, &jobs[i], &lane, sql[i], flags[i]), QN_OK);
	rig_settle(rig);
	for (size_t i = 0; i < 4; i++)
		job_is(&jobs[i], QN_OK);
	rig_free(rig);
}

static void statements_are_thrown_out_least_recently_used_first(void **state)
{
	static const char *const sql[] = { "a", "b", "a", "c", "a", "b" };
	struct rig *rig = rig_connected(&(qn_pool_config){ .statement_cache = 2 });
	struct job job;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		rig_start(rig, &job, sql[i], REQUEST_READ);
		rig_settle(rig);
		job_is(&job, QN_OK);
		assert_string_equal(job.text, sql[i]);
	}
	assert_int_equal(fake_server_count(&rig->server, " P a"), 1);
	assert_int_equal(fake_server_count(&rig->server, " P b"), 2);
	assert_int_equal(fake_server_count(&rig->server, " C"), 2);
	assert_int_equal(rig_link(rig, 0)->prepared_count, 2);
	rig_free(rig);
}

static void a_change_of_the_schema_is_not_seen_outside_a_transaction(void **state)
{
	struct rig *rig = rig_connected(&(qn_pool_config){ .max = 2 });
	struct job jobs[8];

	(void)state;
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < 8; i++)
			rig_start(rig, &jobs[i], i % 2 ? "read" : "write",
				  i % 2 ? REQUEST_READ : 0);
		rig_settle(rig);
		for (size_t i = 0; i < 8; i++)
			job_is(&jobs[i], QN_OK);
		rig->server.schema++;
	}
	rig_free(rig);
}

static void a_change_of_the_schema_breaks_a_transaction(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[4];
	struct job job;

	(void)state;
	rig_start(rig, &job, "write", 0);
	rig_settle(rig);
	rig->server.schema++;
	transaction(rig, &lane, jobs, "write");
	rig_settle(rig);
	job_is(&jobs[1], QN_SCHEMA_DRIFT);
	job_is(&jobs[2], QN_NOT_EXECUTED);
	assert_int_equal(rig_submit(rig, &jobs[3], &lane, "rollback",
				    REQUEST_END | REQUEST_IN_BROKEN),
			 QN_OK);
	rig_settle(rig);
	rig_start(rig, &job, "write", 0);
	rig_settle(rig);
	job_is(&job, QN_OK);
	rig_free(rig);
}

static void no_more_than_the_depth_is_in_flight(void **state)
{
	struct rig *rig = rig_connected(&(qn_pool_config){ .pipeline_depth = 8 });
	struct job jobs[30];

	(void)state;
	rig->server.is_held = true;
	for (size_t i = 0; i < 30; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	assert_int_equal(rig_link(rig, 0)->count, 8 + 1 + 1);
	rig->server.is_held = false;
	rig_settle(rig);
	for (size_t i = 0; i < 30; i++)
		job_is(&jobs[i], QN_OK);
	rig_free(rig);
}

static void a_full_socket_holds_back_and_goes_on(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[6];

	(void)state;
	rig->server.is_full = true;
	for (size_t i = 0; i < 3; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	for (size_t i = 3; i < 6; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	assert_int_equal(rig_link(rig, 0)->count, 5);
	rig->server.is_full = false;
	rig_settle(rig);
	for (size_t i = 0; i < 6; i++)
		job_is(&jobs[i], QN_OK);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_of_one_turn_share_a_sync),
		cmocka_unit_test(an_error_under_a_shared_sync_is_its_own_reads_alone),
		cmocka_unit_test(a_failed_parse_fails_its_own_request_only),
		cmocka_unit_test(each_write_has_a_sync_of_its_own),
		cmocka_unit_test(a_write_is_not_done_before_its_commit),
		cmocka_unit_test(a_lane_runs_in_order_on_one_connection),
		cmocka_unit_test(a_write_does_not_overtake_a_read_that_is_sent_again),
		cmocka_unit_test(a_transaction_has_one_sync_at_its_end),
		cmocka_unit_test(nobody_is_sent_into_another_ones_transaction),
		cmocka_unit_test(an_error_in_a_transaction_can_be_rolled_back),
		cmocka_unit_test(a_rollback_to_a_savepoint_works_though_nothing_was_awaited),
		cmocka_unit_test(a_transaction_that_cannot_begin_executes_nothing),
		cmocka_unit_test(begin_and_commit_are_prepared_once),
		cmocka_unit_test(what_works_in_a_broken_transaction_is_not_prepared_there),
		cmocka_unit_test(begin_is_prepared_again_after_statements_were_lost),
		cmocka_unit_test(without_pipeline_one_statement_is_in_flight),
		cmocka_unit_test(
			without_pipeline_a_transaction_goes_on_when_answers_come_in_pieces),
		cmocka_unit_test(statements_are_thrown_out_least_recently_used_first),
		cmocka_unit_test(a_change_of_the_schema_is_not_seen_outside_a_transaction),
		cmocka_unit_test(a_change_of_the_schema_breaks_a_transaction),
		cmocka_unit_test(no_more_than_the_depth_is_in_flight),
		cmocka_unit_test(a_full_socket_holds_back_and_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
