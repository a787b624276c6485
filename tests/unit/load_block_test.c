/*
 * Operations of several statements in a transaction.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "load_rig.h"

/* A block that loads rows which it locks. */
struct locking {
	node_list list;
	struct ending ending;
	struct ending block;
	qn_op *op;
};

static void find_locked(qn_session *session, void *argument)
{
	const node_query query = { .options.lock = QN_FOR_UPDATE, .prefetch.below = &load_leaves };
	struct locking *locking = argument;

	locking->op = qn_model_find(session, &node_model, &locking->list, &query);
	assert_int_equal(qn_then(locking->op, load_on_end, &locking->ending), QN_OK);
}

/* A statement that locks is not given up at once: its answer may come after all. */
static void one_that_is_cancelled_loads_nothing_however_its_statement_ends(void **state)
{
	struct rig *rig = load_begin();
	qn_session *session = load_open_session(rig);
	struct locking locking = { .list.len = 1 };
	qn_op *block;

	(void)state;
	block = qn_atomic_start(session, find_locked, &locking, NULL);
	assert_int_equal(qn_then(block, load_on_end, &locking.block), QN_OK);
	load_script.hold_after = 0;
	rig->server.is_held = true;
	rig_settle(rig);
	qn_cancel(locking.op);
	rig->server.is_held = false;
	rig_settle(rig);
	load_assert_end(&locking.ending, &locking.list, QN_CANCELLED);
	assert_int_equal(qn_tx_finish(session, QN_OK), QN_OK);
	rig_settle(rig);
	assert_int_equal(locking.block.calls, 1);
	load_assert_works(rig, session);
	qn_session_close(session);
	rig_free(rig);
}

static void find_whole(qn_session *session, void *argument)
{
	struct locking *locking = argument;

	locking->op = load_start(session, &locking->list, &locking->ending);
}

static void finish_block(qn_session *session, qn_op *block)
{
	(void)block;
	assert_int_equal(qn_tx_finish(session, QN_OK), QN_OK);
}

static void cancel_block(qn_session *session, qn_op *block)
{
	(void)session;
	qn_cancel(block);
}

static void close_with_block(qn_session *session, qn_op *block)
{
	(void)block;
	qn_session_close(session);
}

/* Ends the block around it when the server has load_script.answered so many statements. */
static void end_block(void (*end)(qn_session *session, qn_op *block), unsigned step,
		      qn_status expected)
{
	struct rig *rig = load_begin();
	qn_session *session = load_open_session(rig);
	struct locking locking = { .list.len = 0 };
	qn_op *block = qn_atomic_start(session, find_whole, &locking, NULL);

	load_script.hold_after = step;
	assert_int_equal(qn_then(block, load_on_end, &locking.block), QN_OK);
	rig->server.is_held = step == 0;
	rig_settle(rig);
	assert_int_equal(locking.ending.calls, 0);
	end(session, block);
	rig->server.is_held = false;
	rig_settle(rig);
	load_assert_end(&locking.ending, &locking.list, expected);
	assert_int_equal(locking.block.calls, 1);
	/* COMMIT has no tag here, which counts as no answer. */
	if (expected != QN_OK)
		assert_int_equal(locking.block.status, expected);
	if (end == close_with_block)
		session = load_open_session(rig);
	load_assert_works(rig, session);
	qn_session_close(session);
	rig_free(rig);
}

static void a_block_that_ends_around_it_waits_for_it_or_ends_it(void **state)
{
	(void)state;
	for (unsigned step = 0; step < WHOLE_STATEMENTS; step++) {
		end_block(finish_block, step, QN_OK);
		end_block(cancel_block, step, QN_CANCELLED);
		end_block(close_with_block, step, QN_CANCELLED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_cancelled_loads_nothing_however_its_statement_ends),
		cmocka_unit_test(a_block_that_ends_around_it_waits_for_it_or_ends_it),
	};

	return cmocka_run_group_tests_name("load_block", tests, NULL, NULL);
}
