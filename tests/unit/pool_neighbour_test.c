/*
 * Statements of others before a transaction on the same connection, over the fake server: what
 * becomes of it costs them nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool_rig.h"

struct neighbours {
	struct rig *rig;
	struct lane lane;
	struct job slow; /* somebody else's, in flight for long */
	struct job begin;
	struct job write;
};

/* One connection: a read that takes its time, and a transaction behind it. */
static void neighbours_meet(struct neighbours *on)
{
	*on = (struct neighbours){ .rig = rig_new(NULL) };
	assert_int_equal(qn_pool_connect(on->rig->pool), QN_OK);
	on->rig->server.is_held = true;
	rig_start(on->rig, &on->slow, "read", REQUEST_READ);
	assert_int_equal(rig_submit(on->rig, &on->begin, &on->lane, "begin", REQUEST_BEGIN), QN_OK);
	assert_int_equal(rig_submit(on->rig, &on->write, &on->lane, "write", 0), QN_OK);
	rig_settle(on->rig);
}

/* The server goes on: what was waited for comes, and the connection is not used again. */
static void neighbours_part(struct neighbours *on)
{
	struct job next;

	job_is_open(&on->slow);
	on->rig->server.is_held = false;
	rig_settle(on->rig);
	job_is(&on->slow, QN_OK);
	rig_start(on->rig, &next, "works", REQUEST_READ);
	rig_pass(on->rig, 5 * RIG_SECOND);
	job_is(&next, QN_OK);
	assert_int_equal(rig_stats(on->rig).closed, 1);
	rig_free(on->rig);
}

static void a_transaction_out_of_time_ends_nobody_elses_statement(void **state)
{
	struct neighbours on;
	struct job rollback;

	(void)state;
	neighbours_meet(&on);
	pool_set_deadline(on.rig->pool, &on.begin.request, on.rig->server.loop.now + RIG_SECOND);
	pool_set_deadline(on.rig->pool, &on.write.request, on.rig->server.loop.now + RIG_SECOND);
	rig_pass(on.rig, 5 * RIG_SECOND);
	job_is_open(&on.slow);
	assert_int_equal(on.begin.calls, 1);
	assert_int_equal(on.write.calls, 1);
	assert_int_equal(rig_submit(on.rig, &rollback, &on.lane, "rollback", REQUEST_END), QN_OK);
	rig_settle(on.rig);
	pool_set_deadline(on.rig->pool, &rollback.request, on.rig->server.loop.now + RIG_SECOND);
	rig_pass(on.rig, 5 * RIG_SECOND);
	assert_int_equal(rollback.calls, 1);
	neighbours_part(&on);
}

static void a_transaction_without_its_end_ends_nobody_elses_statement(void **state)
{
	struct neighbours on;
	struct job commit;

	(void)state;
	neighbours_meet(&on);
	assert_int_equal(rig_submit(on.rig, &commit, &on.lane, "commit",
				    REQUEST_END | REQUEST_COMMIT),
			 QN_OK);
	rig_settle(on.rig);
	pool_set_deadline(on.rig->pool, &commit.request, on.rig->server.loop.now + RIG_SECOND);
	rig_pass(on.rig, 5 * RIG_SECOND);
	job_is(&commit, QN_OUTCOME_UNKNOWN);
	neighbours_part(&on);
	assert_int_equal(on.begin.calls, 1);
	assert_int_equal(on.write.calls, 1);
}

static void a_transaction_that_is_given_up_ends_nobody_elses_statement(void **state)
{
	struct neighbours on;

	(void)state;
	neighbours_meet(&on);
	pool_abandon(on.rig->pool, &on.lane);
	rig_pass(on.rig, 5 * RIG_SECOND);
	neighbours_part(&on);
	assert_int_equal(on.begin.calls, 1);
	assert_int_equal(on.write.calls, 1);
}

/* Nobody waits for the statement before it any more: there is nothing to spare. */
static void a_transaction_behind_what_was_given_up_ends_its_connection(void **state)
{
	struct neighbours on;

	(void)state;
	neighbours_meet(&on);
	pool_cancel(on.rig->pool, &on.slow.request);
	rig_settle(on.rig);
	job_is(&on.slow, QN_CANCELLED);
	pool_abandon(on.rig->pool, &on.lane);
	rig_settle(on.rig);
	assert_int_equal(rig_stats(on.rig).closed, 1);
	assert_int_equal(on.begin.calls, 1);
	rig_free(on.rig);
}

/*
 * The answer came, and what ends its group never does: nobody waits, but the connection is of no
 * more use.
 */
static void a_connection_whose_sync_is_never_answered_is_closed(void **state)
{
	struct rig *rig = rig_new(NULL);
	struct job job;
	struct job next;

	(void)state;
	assert_int_equal(qn_pool_connect(rig->pool), QN_OK);
	rig_start(rig, &job, "read", REQUEST_READ);
	rig_start(rig, &next, "read", REQUEST_READ);
	rig->server.is_slow = true;
	while (next.calls == 0)
		assert_int_equal(pool_run_once(rig->pool), QN_OK);
	rig->server.is_slow = false;
	rig->server.is_held = true;
	rig_pass(rig, 5 * RIG_SECOND);
	assert_int_equal(rig_stats(rig).closed, 1);
	rig->server.is_held = false;
	rig_start(rig, &next, "works", REQUEST_READ);
	rig_pass(rig, RIG_SECOND);
	job_is(&next, QN_OK);
	rig_free(rig);
}

static void a_cancel_that_came_too_early_is_sent_again(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job hang;

	(void)state;
	rig->server.early_cancels = 3;
	rig_start(rig, &hang, "hang", 0);
	rig_settle(rig);
	pool_cancel(rig->pool, &hang.request);
	rig_settle(rig);
	assert_int_equal(rig->server.cancels, 1);
	job_is_open(&hang);
	rig_pass(rig, 3 * CONN_CANCEL_AGAIN);
	rig_settle(rig);
	job_is(&hang, QN_CANCELLED);
	assert_int_equal(rig->server.cancels, 4);
	assert_int_equal(rig_stats(rig).closed, 0);
	rig_pass(rig, 3 * RIG_SECOND);
	assert_int_equal(rig->server.cancels, 4);
	rig_works(rig);
	rig_free(rig);
}

static void a_statement_that_no_cancel_ends_loses_its_connection(void **state)
{
	struct rig *rig = rig_connected(NULL);
	struct job hang;

	(void)state;
	rig->server.early_cancels = SIZE_MAX;
	rig_start(rig, &hang, "hang", 0);
	rig_settle(rig);
	pool_cancel(rig->pool, &hang.request);
	rig_pass(rig, CONN_GRACE);
	rig_settle(rig);
	job_is(&hang, QN_OUTCOME_UNKNOWN);
	assert_in_range(rig->server.cancels, 2, CONN_GRACE / CONN_CANCEL_AGAIN);
	rig_works(rig);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_out_of_time_ends_nobody_elses_statement),
		cmocka_unit_test(a_transaction_without_its_end_ends_nobody_elses_statement),
		cmocka_unit_test(a_transaction_that_is_given_up_ends_nobody_elses_statement),
		cmocka_unit_test(a_cancel_that_came_too_early_is_sent_again),
		cmocka_unit_test(a_statement_that_no_cancel_ends_loses_its_connection),
		cmocka_unit_test(a_connection_whose_sync_is_never_answered_is_closed),
		cmocka_unit_test(a_transaction_behind_what_was_given_up_ends_its_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
