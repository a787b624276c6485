/*
 * Operations of several statements, over a fake server: whatever ends them at whatever step, they
 * end once, store all or nothing, and leave a session that works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "load_rig.h"
#include "scarce_memory.h"

static void everything_is_loaded(void **state)
{
	struct rig *rig = load_begin();
	qn_session *session = load_open_session(rig);

	(void)state;
	load_assert_works(rig, session);
	assert_int_equal(load_script.answered, WHOLE_STATEMENTS);
	assert_int_equal(rig_stats(rig).operations, WHOLE_STATEMENTS);
	load_assert_works(rig, session);
	qn_session_close(session);
	rig_free(rig);
}

/* What there is to do together goes out together. */
static void independent_statements_share_a_flush(void **state)
{
	struct rig *rig = load_begin();
	qn_session *session = load_open_session(rig);
	struct ending ending;
	node_list list;
	size_t flushes;

	(void)state;
	load_assert_works(rig, session);
	flushes = rig->server.flushes;
	load_start(session, &list, &ending);
	rig_settle(rig);
	load_assert_end(&ending, &list, QN_OK);
	assert_int_equal(rig->server.flushes - flushes, 4);
	qn_session_close(session);
	rig_free(rig);
}

static void cancel(struct rig *rig, qn_session *session, qn_op *op)
{
	(void)session;
	qn_cancel(op);
	rig_pass(rig, 100 * RIG_SECOND);
}

static void pass_deadline(struct rig *rig, qn_session *session, qn_op *op)
{
	(void)session;
	qn_op_set_deadline(op, 50);
	rig_pass(rig, 100 * RIG_SECOND);
}

static void close_session(struct rig *rig, qn_session *session, qn_op *op)
{
	(void)rig;
	(void)op;
	qn_session_close(session);
}

typedef void disaster(struct rig *rig, qn_session *session, qn_op *op);

/* Strikes when the server has load_script.answered so many statements, and answers no more. */
static void strike(disaster *strikes, unsigned step, qn_status expected)
{
	struct rig *rig = load_begin();
	qn_session *session = load_open_session(rig);
	struct ending ending;
	node_list list;
	qn_op *op;

	load_script.hold_after = step;
	rig->server.is_held = step == 0;
	op = load_start(session, &list, &ending);
	rig_settle(rig);
	assert_int_equal(ending.calls, 0);
	assert_int_equal(load_script.answered, step);
	strikes(rig, session, op);
	rig_settle(rig);
	load_assert_end(&ending, &list, expected);
	if (strikes == close_session)
		session = load_open_session(rig);
	load_assert_works(rig, session);
	qn_session_close(session);
	rig_free(rig);
}

static void it_can_be_cancelled_at_each_step(void **state)
{
	(void)state;
	for (unsigned step = 0; step < WHOLE_STATEMENTS; step++)
		strike(cancel, step, QN_CANCELLED);
}

static void its_deadline_is_one_for_all_steps(void **state)
{
	(void)state;
	for (unsigned step = 0; step < WHOLE_STATEMENTS; step++)
		strike(pass_deadline, step, QN_DEADLINE_EXCEEDED);
}

static void its_session_can_be_closed_at_each_step(void **state)
{
	(void)state;
	for (unsigned step = 0; step < WHOLE_STATEMENTS; step++)
		strike(close_session, step, QN_CANCELLED);
}

static void a_detached_one_goes_with_its_session(void **state)
{
	(void)state;
	for (unsigned step = 0; step < WHOLE_STATEMENTS; step++) {
		struct rig *rig = load_begin();
		qn_session *session = load_open_session(rig);
		node_list list;

		load_script.hold_after = step;
		rig->server.is_held = step == 0;
		qn_detach(qn_model_find(session, &node_model, &list, &load_whole));
		rig_settle(rig);
		qn_session_close(session);
		rig->server.is_held = false;
		rig_settle(rig);
		assert_null(list.at);
		session = load_open_session(rig);
		load_assert_works(rig, session);
		qn_session_close(session);
		rig_free(rig);
	}
}

static void a_pool_that_closes_ends_it(void **state)
{
	(void)state;
	for (unsigned step = 0; step < WHOLE_STATEMENTS; step++) {
		struct rig *rig = load_begin();
		qn_session *session = load_open_session(rig);
		struct ending ending;
		node_list list;

		load_script.hold_after = step;
		rig->server.is_held = step == 0;
		load_start(session, &list, &ending);
		rig_settle(rig);
		rig_close(rig);
		assert_int_equal(ending.calls, 1);
		assert_int_not_equal(ending.status, QN_OK);
		assert_null(list.at);
		rig_free(rig);
	}
}

/* A read that was not yet under way is sent again on another connection, and all goes on. */
static void a_lost_connection_leaves_all_or_nothing(void **state)
{
	(void)state;
	for (unsigned step = 0; step < WHOLE_STATEMENTS; step++) {
		struct rig *rig = load_begin();
		qn_session *session = load_open_session(rig);
		struct ending ending;
		node_list list;

		load_script.hold_after = step;
		rig->server.is_held = step == 0;
		load_start(session, &list, &ending);
		rig_settle(rig);
		fake_link_terminate(rig_link(rig, 0), "57P01", "the server goes down");
		load_script.hold_after = UINT32_MAX;
		rig->server.is_held = false;
		rig_pass(rig, 10 * RIG_SECOND);
		if (ending.status != QN_OK)
			load_assert_end(&ending, &list, QN_CONNECTION_LOST);
		else
			load_assert_end(&ending, &list, QN_OK);
		load_assert_works(rig, session);
		qn_session_close(session);
		rig_free(rig);
	}
}

static void a_row_that_cannot_be_read_ends_it(void **state)
{
	(void)state;
	for (unsigned step = 0; step < WHOLE_STATEMENTS; step++) {
		struct rig *rig = load_begin();
		qn_session *session = load_open_session(rig);
		struct ending ending;
		node_list list;

		load_script.spoil_after = step;
		load_start(session, &list, &ending);
		rig_settle(rig);
		load_assert_end(&ending, &list, QN_SCHEMA_DRIFT);
		load_assert_works(rig, session);
		qn_session_close(session);
		rig_free(rig);
	}
}

static const uint64_t wrong_groups[] = { 0, 3, UINT64_MAX };

enum { WRONG_GROUPS = sizeof(wrong_groups) / sizeof(wrong_groups[0]) };

static void a_row_of_a_number_that_no_key_has_ends_it(void **state)
{
	static const node_query first = { .options.limit = 1 };
	static const node_query query = { .prefetch.below = &first };

	(void)state;
	for (size_t i = 0; i < WRONG_GROUPS; i++) {
		struct rig *rig = load_begin();
		qn_session *session = load_open_session(rig);
		struct ending ending = { 0 };
		node_list list;

		load_script.group_given = wrong_groups[i];
		assert_int_equal(qn_then(qn_model_find(session, &node_model, &list, &query),
					 load_on_end, &ending),
				 QN_OK);
		rig_settle(rig);
		load_assert_end(&ending, &list, QN_PROTOCOL_ERROR);
		assert_non_null(strstr(qn_session_error(session)->message,
				       "the server gave a related row to key"));
		qn_session_close(session);
		rig_free(rig);
	}
}

static void a_row_of_a_key_that_was_not_asked_for_ends_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < WRONG_GROUPS; i++) {
		struct rig *rig = load_begin();
		qn_session *session = load_open_session(rig);
		struct ending ending;
		node_list list;

		load_script.group_given = wrong_groups[i];
		load_start(session, &list, &ending);
		rig_settle(rig);
		load_assert_end(&ending, &list, QN_PROTOCOL_ERROR);
		assert_non_null(strstr(qn_session_error(session)->message,
				       "with a key that was not asked for"));
		load_script.group_given = 1;
		load_assert_works(rig, session);
		qn_session_close(session);
		rig_free(rig);
	}
}

static void rows_in_hand_are_written_to_at_the_end_only(void **state)
{
	(void)state;
	for (unsigned step = 0; step < 3; step++) {
		struct rig *rig = load_begin();
		qn_session *session = load_open_session(rig);
		node rows[2] = { { .id = 1 }, { .id = 2 } };
		const node_related related = { .below = &load_third };
		struct ending ending = { 0 };

		load_script.hold_after = step;
		rig->server.is_held = step == 0;
		assert_int_equal(
			qn_then(qn_model_load_related(session, &node_model, rows, 2, &related),
				load_on_end, &ending),
			QN_OK);
		rig_settle(rig);
		if (step < 2)
			assert_false(qn_model_is_loaded(&node_model, &rows[0], NODE_BELOW));
		rig->server.is_held = false;
		rig_settle(rig);
		assert_int_equal(ending.calls, 1);
		assert_int_equal(ending.status, QN_OK);
		assert_int_equal(rows[0].below.len, 1);
		assert_int_equal(rows[0].below.at[0].below.len, 1);
		assert_true(qn_model_is_loaded(&node_model, &rows[1], NODE_BELOW));
		assert_false(qn_model_is_loaded(&node_model, &rows[1], NODE_ABOVE));
		qn_session_close(session);
		rig_free(rig);
	}
}

static qn_op *start_joined(qn_session *session, node_list *list, struct ending *ending)
{
	const node_query query = { .select_above = &load_leaves };
	qn_op *op = qn_model_find(session, &node_model, list, &query);

	*ending = (struct ending){ 0 };
	if (qn_then(op, load_on_end, ending) != QN_OK)
		ending->status = QN_OUT_OF_MEMORY;
	return op;
}

static void assert_joined(const node_list *list)
{
	assert_int_equal(list->len, 2);
	assert_null(list->at[0].above);
	assert_true(qn_model_is_loaded(&node_model, &list->at[0], NODE_ABOVE));
	assert_int_equal(list->at[1].above->id, 1);
}

typedef qn_op *starter(qn_session *session, node_list *list, struct ending *ending);

/* Fails each allocation in turn, until one run has none left to fail. */
static void fail_each(starter *starts, void (*assert_list)(const node_list *list))
{
	for (size_t number = 0;; number++) {
		struct rig *rig = load_begin();
		qn_session *session = load_open_session(rig);
		struct ending ending;
		node_list list = { NULL, 0 };

		scarce_memory_begin(number, SCARCE_ONCE);
		starts(session, &list, &ending);
		if (ending.status == QN_OK)
			rig_pass(rig, 10 * RIG_SECOND);
		scarce_memory_end();
		rig_pass(rig, 10 * RIG_SECOND);
		if (ending.status == QN_OK)
			assert_list(&list);
		else
			assert_null(list.at);
		load_assert_works(rig, session);
		qn_session_close(session);
		rig_free(rig);
		if (!scarce_memory_has_failed())
			return;
	}
}

static void it_survives_each_allocation_that_fails(void **state)
{
	(void)state;
	fail_each(load_start, load_assert_whole);
}

static void a_join_survives_each_allocation_that_fails(void **state)
{
	(void)state;
	fail_each(start_joined, assert_joined);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_loaded),
		cmocka_unit_test(independent_statements_share_a_flush),
		cmocka_unit_test(it_can_be_cancelled_at_each_step),
		cmocka_unit_test(its_deadline_is_one_for_all_steps),
		cmocka_unit_test(its_session_can_be_closed_at_each_step),
		cmocka_unit_test(a_detached_one_goes_with_its_session),
		cmocka_unit_test(a_pool_that_closes_ends_it),
		cmocka_unit_test(a_lost_connection_leaves_all_or_nothing),
		cmocka_unit_test(a_row_that_cannot_be_read_ends_it),
		cmocka_unit_test(a_row_of_a_number_that_no_key_has_ends_it),
		cmocka_unit_test(a_row_of_a_key_that_was_not_asked_for_ends_it),
		cmocka_unit_test(rows_in_hand_are_written_to_at_the_end_only),
		cmocka_unit_test(it_survives_each_allocation_that_fails),
		cmocka_unit_test(a_join_survives_each_allocation_that_fails),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
