/* Gets that go as one statement, and how each of them ends as if it had gone alone; over the fake server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool/batch.h"
#include "pool_rig.h"

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

static bool has_no_memory; /* for a batch, or its keys */

void *__wrap_calloc(size_t count, size_t size)
{
	return has_no_memory ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	return has_no_memory ? NULL : __real_realloc(at, size);
}

static struct rig *rig_connected(const qn_pool_config *config)
{
	struct rig *rig = rig_new(config);

	assert_int_equal(qn_pool_connect(rig->pool), QN_OK);
	return rig;
}

/* On a lane of its own. */
static void get(struct rig *rig, struct job *job, const char *key)
{
	assert_int_equal(rig_get(rig, job, NULL, "get exact", key), QN_OK);
}

static void get_text(struct rig *rig, struct job *job, const char *key)
{
	assert_int_equal(rig_get(rig, job, NULL, "get text", key), QN_OK);
}

static void get_all(struct rig *rig, struct job *jobs, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		get(rig, &jobs[i], keys[i]);
}

/* It found the row of its key. */
static void job_found(const struct job *job)
{
	job_is(job, QN_OK);
	assert_int_equal(job->rows, 1);
	assert_string_equal(job->text, job->key);
}

static void job_found_nothing(const struct job *job)
{
	job_is(job, QN_OK);
	assert_int_equal(job->rows, 0);
}

static size_t batches(const struct rig *rig)
{
	return fake_server_count(&rig->server, " E many") +
	       fake_server_count(&rig->server, " U many");
}

static size_t singles(const struct rig *rig)
{
	return fake_server_count(&rig->server, " E get") +
	       fake_server_count(&rig->server, " U get");
}

static void gets_of_one_turn_are_one_statement(void **state)
{
	static const char *const keys[] = { "a", "b", "c", "none 1", "a", "a longer key", "" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[7];

	(void)state;
	get_all(rig, jobs, keys, 7);
	rig_settle(rig);
	for (size_t i = 0; i < 7; i++) {
		if (i == 3)
			job_found_nothing(&jobs[i]);
		else
			job_found(&jobs[i]);
		assert_true(jobs[i].was_shared);
		assert_int_equal(jobs[i].order, i + 1);
	}
	assert_int_equal(batches(rig), 1);
	assert_int_equal(singles(rig), 0);
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
	get(rig, &job, "a");
	rig_start(rig, &read, "read", REQUEST_READ);
	rig_settle(rig);
	job_found(&job);
	assert_false(job.was_shared);
	job_is(&read, QN_OK);
	assert_int_equal(batches(rig), 0);
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
	get(rig, &exact[0], "a");
	get_text(rig, &text[0], "b");
	rig_start(rig, &read, "read", REQUEST_READ);
	get(rig, &exact[1], "c");
	get_text(rig, &text[1], "d");
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
	assert_int_equal(batches(rig), 1);
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
		get(rig, &jobs[i], key);
	}
	rig_settle(rig);
	for (size_t i = 0; i < GETS; i++)
		job_found(&jobs[i]);
	assert_int_equal(batches(rig), 3);
	assert_int_equal(singles(rig), 0);
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
	assert_int_equal(batches(rig), 0);
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
	get(rig, &other, "b");
	rig_settle(rig);
	job_found(&jobs[0]);
	job_found(&other);
	job_is(&jobs[1], QN_OK);
	assert_true(jobs[0].order < jobs[1].order);
	assert_int_equal(batches(rig), 1);
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
	get(rig, &other, "b");
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

static void a_lane_that_was_given_up_has_nothing_left_in_a_batch(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct lane lane = { .conn = NULL };
	struct job before;
	struct job others[2];
	struct job begin;

	(void)state;
	assert_int_equal(rig_get(rig, &before, &lane, "get exact", "a"), QN_OK);
	get(rig, &others[0], "b");
	get(rig, &others[1], "c");
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
	static const char *const keys[] = { "a", "b", "c" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig->server.is_held = true;
	get_all(rig, jobs, keys, 3);
	rig_settle(rig);
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
	static const char *const keys[] = { "a", "b", "c" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig->server.is_held = true;
	get_all(rig, jobs, keys, 3);
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
	static const char *const keys[] = { "a", "b", "c" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	get_all(rig, jobs, keys, 3);
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
	get(rig, &jobs[0], "hang");
	get(rig, &jobs[1], "b");
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
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
	rig->server.is_held = true;
	rig_settle(rig);
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
	static const char *const keys[] = { "a", "b", "c" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	get_all(rig, jobs, keys, 3);
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
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
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
	get_all(rig, jobs, keys, 3);
	rig_settle(rig);
	job_found(&jobs[0]);
	job_is(&jobs[1], QN_BAD_DATA);
	job_found(&jobs[2]);
	assert_int_equal(singles(rig), 3);
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
		get(rig, &jobs[0], "a");
		get(rig, &jobs[1], errors[i]);
		rig_settle(rig);
		assert_int_equal(jobs[0].calls, 1);
		assert_int_not_equal(jobs[0].status, QN_OK);
		job_is(&jobs[1], jobs[0].status);
		assert_int_equal(jobs[0].request.attempts, 0);
	}
	assert_int_equal(batches(rig), 4);
	assert_int_equal(singles(rig), 0);
	rig_free(rig);
}

static void a_lost_connection_is_everyones(void **state)
{
	static const char *const ends[] = { "fatal 57P01", "vanish" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		get(rig, &jobs[0], "a");
		get(rig, &jobs[1], ends[i]);
		get(rig, &jobs[2], "c");
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
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
	rig->server.is_held = true;
	rig_settle(rig);
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
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "none 1");
	rig_settle(rig);
	job_is(&error, QN_BAD_DATA);
	job_found(&jobs[0]);
	job_found_nothing(&jobs[1]);
	assert_int_equal(batches(rig), 0);
	assert_int_equal(singles(rig), 2);
	rig_free(rig);
}

static void a_change_of_the_schema_goes_unnoticed(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		get(rig, &jobs[0], "a");
		get(rig, &jobs[1], "b");
		rig_settle(rig);
		job_found(&jobs[0]);
		job_found(&jobs[1]);
		rig->server.schema++;
	}
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
	rig_settle(rig);
	job_found(&jobs[0]);
	job_found(&jobs[1]);
	rig_free(rig);
}

static void keys_that_are_not_unique_are_asked_for_alone(void **state)
{
	static const char *const keys[] = { "a", "twice", "c" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	get_all(rig, jobs, keys, 3);
	rig_settle(rig);
	job_found(&jobs[0]);
	job_is(&jobs[1], QN_OK);
	assert_int_equal(jobs[1].rows, 2);
	job_found(&jobs[2]);
	assert_int_equal(singles(rig), 3);
	rig_free(rig);
}

static void a_row_of_nobodys_key_has_all_asked_for_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	get(rig, &jobs[0], "A");
	get(rig, &jobs[1], "b");
	rig_settle(rig);
	job_is(&jobs[0], QN_OK);
	assert_string_equal(jobs[0].text, "a");
	job_found(&jobs[1]);
	assert_int_equal(singles(rig), 2);
	rig_free(rig);
}

static void texts_that_are_equal_by_collation_find_the_same_row(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	get_text(rig, &jobs[0], "a");
	get_text(rig, &jobs[1], "A");
	get_text(rig, &jobs[2], "none 1");
	rig_settle(rig);
	job_found(&jobs[0]);
	job_is(&jobs[1], QN_OK);
	assert_string_equal(jobs[1].text, "a");
	job_found_nothing(&jobs[2]);
	assert_true(jobs[0].was_shared);
	assert_int_equal(batches(rig), 1);
	assert_int_equal(singles(rig), 2);
	rig_free(rig);
}

static void an_answer_of_another_kind_has_all_asked_for_alone(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[2];

	(void)state;
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
	rig->forms[1].key_column = 1;
	rig_settle(rig);
	job_found(&jobs[0]);
	job_found(&jobs[1]);
	assert_int_equal(singles(rig), 2);
	rig_free(rig);
}

static void what_a_connection_does_not_take_goes_to_another(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig->server.fail_send = 1;
	for (size_t i = 0; i < 3; i++)
		get(rig, &jobs[i], "a");
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
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
	rig_settle(rig);
	job_is(&jobs[0], QN_CONNECTION_LOST);
	job_is(&jobs[1], QN_CONNECTION_LOST);
	rig->server.fail_sync = 0;
	rig_free(rig);
}

static void it_works_without_pipeline_and_prepared_statements(void **state)
{
	struct rig *rig = rig_connected(
		&(qn_pool_config){ .no_pipeline = true, .no_prepared_statements = true });
	struct job jobs[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		get(rig, &jobs[i], i % 2 ? "a" : "b");
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
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
	has_no_memory = true;
	rig_settle(rig);
	has_no_memory = false;
	job_found(&jobs[0]);
	job_found(&jobs[1]);
	assert_int_equal(batches(rig), 0);
	assert_int_equal(rig_stats(rig).coalesced, 0);
	rig_free(rig);
}

static void without_memory_for_their_keys_they_go_alone(void **state)
{
	static char bytes[BATCH_KEY_BYTES + 1];
	struct rig *rig = rig_connected(NULL);
	struct job jobs[8];

	(void)state;
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
	rig_settle(rig);
	memset(bytes, 'x', sizeof(bytes) - 1);
	for (size_t i = 0; i < 8; i++) {
		get(rig, &jobs[i], "a");
		jobs[i].values[0] = bytes;
		jobs[i].lengths[0] = BATCH_KEY_BYTES;
	}
	has_no_memory = true;
	rig_settle(rig);
	has_no_memory = false;
	for (size_t i = 0; i < 8; i++) {
		job_is(&jobs[i], QN_OK);
		assert_false(jobs[i].was_shared);
	}
	assert_int_equal(rig_stats(rig).coalesced, 2);
	rig_free(rig);
}

static void closing_in_the_middle_completes_all(void **state)
{
	static const char *const keys[] = { "a", "b", "c" };
	struct rig *rig = rig_connected(NULL);
	struct job jobs[3];

	(void)state;
	rig->server.is_held = true;
	get_all(rig, jobs, keys, 3);
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
	rig->server.is_held = true;
	get(rig, &jobs[0], "a");
	get(rig, &jobs[1], "b");
	rig_settle(rig);
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
		cmocka_unit_test(gets_of_one_turn_are_one_statement),
		cmocka_unit_test(a_get_without_company_goes_alone),
		cmocka_unit_test(only_gets_of_the_same_statement_share_one),
		cmocka_unit_test(several_gets_of_one_lane_go_together),
		cmocka_unit_test(a_statement_asks_for_so_many_keys_and_no_more),
		cmocka_unit_test(a_long_key_goes_alone),
		cmocka_unit_test(nothing_is_coalesced_in_a_transaction),
		cmocka_unit_test(a_write_waits_for_the_get_before_it),
		cmocka_unit_test(a_transaction_waits_for_the_get_before_it),
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
		cmocka_unit_test(a_change_of_the_schema_goes_unnoticed),
		cmocka_unit_test(keys_that_are_not_unique_are_asked_for_alone),
		cmocka_unit_test(a_row_of_nobodys_key_has_all_asked_for_alone),
		cmocka_unit_test(texts_that_are_equal_by_collation_find_the_same_row),
		cmocka_unit_test(an_answer_of_another_kind_has_all_asked_for_alone),
		cmocka_unit_test(what_a_connection_does_not_take_goes_to_another),
		cmocka_unit_test(a_sync_that_is_not_sent_loses_all),
		cmocka_unit_test(it_works_without_pipeline_and_prepared_statements),
		cmocka_unit_test(without_memory_for_a_batch_gets_go_alone),
		cmocka_unit_test(without_memory_for_their_keys_they_go_alone),
		cmocka_unit_test(closing_in_the_middle_completes_all),
		cmocka_unit_test(a_child_after_fork_frees_what_was_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
