/*
 * Gets that go as one statement: which do, and that each finds its own row; over the fake server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pool/batch.h"
#include "pool_rig.h"
#include "scarce_memory.h"

static void gets_of_one_turn_are_one_statement(void **state)
{
	static const char *const keys[] = { "a", "b", "c", "none 1", "a", "a longer key", "" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[7];

	(void)state;
	rig_get_all(rig, jobs, keys, 7);
	rig_settle(rig);
	for (size_t i = 0; i < 7; i++) {
		if (i == 3)
			job_found_nothing(&jobs[i]);
		else
			job_found(&jobs[i]);
		assert_true(jobs[i].was_shared);
		assert_int_equal(jobs[i].order, i + 1);
	}
	assert_int_equal(rig_batches(rig), 1);
	assert_int_equal(rig_singles(rig), 0);
	assert_int_equal(fake_server_count(&rig->server, " S\n"), 1);
	assert_int_equal(rig_stats(rig).coalesced, 7);
	assert_int_equal(rig_stats(rig).idle, 1);
	rig_free(rig);
}

static void a_get_without_company_goes_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job job;
	struct job read;

	(void)state;
	rig_get_exact(rig, &job, "a");
	rig_start(rig, &read, "read", REQUEST_READ);
	rig_settle(rig);
	job_found(&job);
	assert_false(job.was_shared);
	job_is(&read, QN_OK);
	assert_int_equal(rig_batches(rig), 0);
	assert_int_equal(rig_stats(rig).coalesced, 0);
	rig_free(rig);
}

static void only_gets_of_the_same_statement_share_one(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job exact[2];
	struct job text[2];
	struct job read;

	(void)state;
	rig_get_exact(rig, &exact[0], "a");
	rig_get_text(rig, &text[0], "b");
	rig_start(rig, &read, "read", REQUEST_READ);
	rig_get_exact(rig, &exact[1], "c");
	rig_get_text(rig, &text[1], "d");
	rig_settle(rig);
	for (size_t i = 0; i < 2; i++) {
		job_found(&exact[i]);
		job_found(&text[i]);
	}
	job_is(&read, QN_OK);
	assert_int_equal(fake_server_count(&rig->server, " E many exact"), 1);
	assert_int_equal(fake_server_count(&rig->server, " E many text"), 1);
	rig_free(rig);
}

static void several_gets_of_one_lane_go_together(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job jobs[4];

	(void)state;
	assert_int_equal(rig_get(rig, &jobs[0], &lane, "get exact", "a"), QN_OK);
	assert_int_equal(rig_get(rig, &jobs[1], &lane, "get exact", "b"), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[2], &lane, "read", REQUEST_READ), QN_OK);
	assert_int_equal(rig_get(rig, &jobs[3], &lane, "get exact", "c"), QN_OK);
	rig_settle(rig);
	for (size_t i = 0; i < 4; i++) {
		job_is(&jobs[i], QN_OK);
		assert_int_equal(jobs[i].order, i + 1);
	}
	assert_int_equal(rig_batches(rig), 1);
	assert_int_equal(rig_stats(rig).coalesced, 2);
	assert_null(lane.conn);
	assert_int_equal(lane.in_flight, 0);
	rig_free(rig);
}

static void a_statement_asks_for_so_many_keys_and_no_more(void **state)
{
	enum { GETS = 2 * BATCH_KEYS + 2 };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[GETS];
	char key[8];

	(void)state;
	for (size_t i = 0; i < GETS; i++) {
		snprintf(key, sizeof(key), "%zu", i);
		rig_get_exact(rig, &jobs[i], key);
	}
	rig_settle(rig);
	for (size_t i = 0; i < GETS; i++)
		job_found(&jobs[i]);
	assert_int_equal(rig_batches(rig), 3);
	assert_int_equal(rig_singles(rig), 0);
	rig_free(rig);
}

static void a_long_key_goes_alone(void **state)
{
	static char bytes[BATCH_KEY_BYTES + 2];
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];
	struct lane lanes[3] = { { .conn = NULL } };

	(void)state;
	memset(bytes, 'x', sizeof(bytes) - 1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(rig_get(rig, &jobs[i], &lanes[i], "get exact", "a"), QN_OK);
	jobs[1].values[0] = bytes;
	jobs[1].lengths[0] = BATCH_KEY_BYTES + 1;
	rig_settle(rig);
	job_found(&jobs[0]);
	assert_false(jobs[1].was_shared);
	job_found(&jobs[2]);
	assert_int_equal(rig_stats(rig).coalesced, 2);
	rig_free(rig);
}

static void nothing_is_coalesced_in_a_transaction(void **state)
{
	struct rig *rig = rig_connected(&(qn_pool_config){ .max = 2 });
	struct lane lane = { .conn = NULL };
	struct job begin;
	struct job inside[2];
	struct job end;

	(void)state;
	assert_int_equal(rig_submit(rig, &begin, &lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_get(rig, &inside[0], &lane, "get exact", "a"), QN_OK);
	assert_int_equal(rig_get(rig, &inside[1], &lane, "get exact", "b"), QN_OK);
	rig_settle(rig);
	assert_int_equal(rig_submit(rig, &end, &lane, "commit", REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	rig_settle(rig);
	job_found(&inside[0]);
	job_found(&inside[1]);
	job_is(&end, QN_OK);
	assert_int_equal(rig_batches(rig), 0);
	rig_free(rig);
}

static void a_write_waits_for_the_get_before_it(void **state)
{
	struct rig *rig = rig_connected(&(qn_pool_config){ .max = 2 });
	struct lane lane = { .conn = NULL };
	struct job other;
	struct job jobs[2];

	(void)state;
	assert_int_equal(rig_get(rig, &jobs[0], &lane, "get exact", "a"), QN_OK);
	assert_int_equal(rig_submit(rig, &jobs[1], &lane, "write", 0), QN_OK);
	rig_get_exact(rig, &other, "b");
	rig_settle(rig);
	job_found(&jobs[0]);
	job_found(&other);
	job_is(&jobs[1], QN_OK);
	assert_true(jobs[0].order < jobs[1].order);
	assert_int_equal(rig_batches(rig), 1);
	rig_free(rig);
}

static void a_transaction_waits_for_the_get_before_it(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job before;
	struct job other;
	struct job begin;
	struct job end;

	(void)state;
	assert_int_equal(rig_get(rig, &before, &lane, "get exact", "a"), QN_OK);
	rig_get_exact(rig, &other, "b");
	rig->server.is_held = true;
	rig_settle(rig);
	assert_int_equal(rig_submit(rig, &begin, &lane, "begin", REQUEST_BEGIN), QN_OK);
	rig->server.is_held = false;
	rig_settle(rig);
	assert_int_equal(rig_submit(rig, &end, &lane, "rollback", REQUEST_END | REQUEST_IN_BROKEN),
			 QN_OK);
	rig_settle(rig);
	job_found(&before);
	job_found(&other);
	job_is(&begin, QN_OK);
	job_is(&end, QN_OK);
	assert_true(before.order < begin.order);
	rig_free(rig);
}

static void a_change_of_the_schema_goes_unnoticed(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		rig_get_exact(rig, &jobs[0], "a");
		rig_get_exact(rig, &jobs[1], "b");
		rig_settle(rig);
		job_found(&jobs[0]);
		job_found(&jobs[1]);
		rig->server.schema++;
	}
	rig_get_exact(rig, &jobs[0], "a");
	rig_get_exact(rig, &jobs[1], "b");
	rig_settle(rig);
	job_found(&jobs[0]);
	job_found(&jobs[1]);
	rig_free(rig);
}

static void texts_that_are_equal_by_collation_find_the_same_row(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig_get_text(rig, &jobs[0], "a");
	rig_get_text(rig, &jobs[1], "A");
	rig_get_text(rig, &jobs[2], "none 1");
	rig_settle(rig);
	job_found(&jobs[0]);
	job_is(&jobs[1], QN_OK);
	assert_string_equal(jobs[1].text, "a");
	job_found_nothing(&jobs[2]);
	assert_true(jobs[0].was_shared);
	assert_int_equal(rig_batches(rig), 1);
	assert_int_equal(rig_singles(rig), 2);
	rig_free(rig);
}

static void it_works_without_pipeline_and_prepared_statements(void **state)
{
	struct rig *rig = rig_connected(
		&(qn_pool_config){ .no_pipeline = true, .no_prepared_statements = true });
	struct job jobs[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		rig_get_exact(rig, &jobs[i], i % 2 ? "a" : "b");
	rig_settle(rig);
	for (size_t i = 0; i < 4; i++)
		job_found(&jobs[i]);
	assert_int_equal(fake_server_count(&rig->server, " U many exact"), 1);
	rig_free(rig);
}

static void without_memory_for_a_batch_gets_go_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	rig_get_exact(rig, &jobs[0], "a");
	rig_get_exact(rig, &jobs[1], "b");
	scarce_memory_begin(0, SCARCE_FOR_EVER);
	rig_settle(rig);
	scarce_memory_end();
	job_found(&jobs[0]);
	job_found(&jobs[1]);
	assert_int_equal(rig_batches(rig), 0);
	assert_int_equal(rig_stats(rig).coalesced, 0);
	rig_free(rig);
}

static void without_memory_for_their_keys_they_go_alone(void **state)
{
	static char bytes[BATCH_KEY_BYTES + 1];
	struct rig *rig = rig_connected(NULL);
	struct job jobs[8];

	(void)state;
	rig_get_exact(rig, &jobs[0], "a");
	rig_get_exact(rig, &jobs[1], "b");
	rig_settle(rig);
	memset(bytes, 'x', sizeof(bytes) - 1);
	for (size_t i = 0; i < 8; i++) {
		rig_get_exact(rig, &jobs[i], "a");
		jobs[i].values[0] = bytes;
		jobs[i].lengths[0] = BATCH_KEY_BYTES;
	}
	scarce_memory_begin(0, SCARCE_FOR_EVER);
	rig_settle(rig);
	scarce_memory_end();
	for (size_t i = 0; i < 8; i++) {
		job_is(&jobs[i], QN_OK);
		assert_false(jobs[i].was_shared);
	}
	assert_int_equal(rig_stats(rig).coalesced, 2);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gets_of_one_turn_are_one_statement),
		cmocka_unit_test(a_get_without_company_goes_alone),
		cmocka_unit_test(only_gets_of_the_same_statement_share_one),
		cmocka_unit_test(several_gets_of_one_lane_go_together),
		cmocka_unit_test(a_statement_asks_for_so_many_keys_and_no_more),
		cmocka_unit_test(a_long_key_goes_alone),
		cmocka_unit_test(nothing_is_coalesced_in_a_transaction),
		cmocka_unit_test(a_write_waits_for_the_get_before_it),
		cmocka_unit_test(a_transaction_waits_for_the_get_before_it),
		cmocka_unit_test(a_change_of_the_schema_goes_unnoticed),
		cmocka_unit_test(texts_that_are_equal_by_collation_find_the_same_row),
		cmocka_unit_test(it_works_without_pipeline_and_prepared_statements),
		cmocka_unit_test(without_memory_for_a_batch_gets_go_alone),
		cmocka_unit_test(without_memory_for_their_keys_they_go_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
