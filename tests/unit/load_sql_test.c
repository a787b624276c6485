/*
 * The SQL text of joins and of prefetches, and which loads share a statement.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_op.h"
#include "node.h"
#include "query/rows.h"
#include "query/shape.h"
#include "session/parts.h"

static int setup(void **state)
{
	static qn_session session;

	fake_session_init(&session);
	session.in_transaction = true;
	*state = &session;
	return 0;
}

static int teardown(void **state)
{
	fake_session_free(*state);
	return 0;
}

/* The operation's statement. */
static const struct statement *find(qn_session *session, const node_query *query)
{
	static node_list list;
	qn_op *op = qn_model_find(session, &node_model, &list, query);

	assert_non_null(op);
	if (op->refused)
		fail_msg("%s", session->message);
	return op->request.statement;
}

/* That of the first part. */
static const struct statement *find_below(qn_session *session, const node_query *below)
{
	(void)find(session, &(node_query){ .prefetch.below = below });
	return session->op->parts->first->request.statement;
}

static const node_query all = { .only = { 0 } };

static void a_row_that_may_be_missing_is_joined_from_outside(void **state)
{
	assert_string_equal(find(*state, &(node_query){ .select_above = &all })->sql,
			    "SELECT t.id, t.up, t1.id, t1.up FROM node AS t "
			    "LEFT JOIN node AS t1 ON t1.id = t.up");
}

static void joins_have_numbers_level_by_level(void **state)
{
	const node_query above = { .only = { NODE_ID }, .select_above = &all };

	assert_string_equal(find(*state, &(node_query){ .only = { NODE_ID },
							.select_above = &above,
							.where.id = QN_EQ(1) })
				    ->sql,
			    "SELECT t.id, t.up, t1.id, t1.up, t2.id, t2.up FROM node AS t "
			    "LEFT JOIN node AS t1 ON t1.id = t.up "
			    "LEFT JOIN node AS t2 ON t2.id = t1.up WHERE t.id = $1");
}

static void a_lock_is_of_the_rows_themselves(void **state)
{
	assert_string_equal(
		find(*state, &(node_query){ .options.lock = QN_FOR_UPDATE, .select_above = &all })
			->sql,
		"SELECT t.id, t.up, t1.id, t1.up FROM node AS t "
		"LEFT JOIN node AS t1 ON t1.id = t.up FOR UPDATE OF t");
	assert_string_equal(find(*state, &(node_query){ .options.lock = QN_FOR_UPDATE })->sql,
			    "SELECT t.id, t.up FROM node AS t FOR UPDATE");
}

static void what_the_foreign_key_holds_is_not_joined_for_an_order(void **state)
{
	assert_string_equal(find(*state, &(node_query){ .options.order_by = { -NODE_ABOVE } })->sql,
			    "SELECT t.id, t.up FROM node AS t ORDER BY t.up DESC");
}

static void an_order_takes_a_join_where_it_must(void **state)
{
	const node_query above = { .options.order_by = { -NODE_UP } };

	assert_string_equal(find(*state,
				 &(node_query){ .options.order_by = { QN_NULLS_LAST(-NODE_ABOVE) },
						.select_above = &above })
				    ->sql,
			    "SELECT t.id, t.up, t1.id, t1.up FROM node AS t "
			    "LEFT JOIN node AS t1 ON t1.id = t.up ORDER BY t1.up NULLS LAST");
}

static void related_rows_are_found_by_the_keys_of_all(void **state)
{
	assert_string_equal(find_below(*state, &all)->sql,
			    "SELECT t.id, t.up FROM node AS t WHERE t.up = ANY($1)");
	assert_string_equal(find_below(*state, &(node_query){ .options.order_by = { -NODE_ID },
							      .select_above = &all,
							      .where = { .id = QN_GT(3) } })
				    ->sql,
			    "SELECT t.id, t.up, t1.id, t1.up FROM node AS t "
			    "LEFT JOIN node AS t1 ON t1.id = t.up "
			    "WHERE t.up = ANY($1) AND t.id > $2 ORDER BY t.id DESC");
}

static void a_key_that_is_not_loaded_comes_last(void **state)
{
	const struct statement *statement =
		find_below(*state, &(node_query){ .only = { NODE_ID } });
	const qn_session *session = *state;
	const struct row_plan *plan = &op_shape(session->op->parts->first)->plan;

	assert_string_equal(statement->sql,
			    "SELECT t.id, t.up FROM node AS t WHERE t.up = ANY($1)");
	assert_int_equal(plan->column_count, 1);
	assert_int_equal(plan->result_columns, 2);
	assert_int_equal(plan->group_column, 1);
}

static void a_limit_is_one_of_each_key(void **state)
{
	const node_query above = { .options.order_by = { NODE_UP } };

	assert_string_equal(
		find_below(*state, &(node_query){ .options = { .limit = 2, .offset = 1 },
						  .where = { .id = QN_GT(3) } })
			->sql,
		"SELECT t.id, t.up, p.n FROM unnest($1) WITH ORDINALITY AS p(k1, n) "
		"CROSS JOIN LATERAL (SELECT t.* FROM node AS t WHERE t.up = p.k1 AND t.id > $2 "
		"LIMIT 2 OFFSET $3) AS t");
	assert_string_equal(
		find_below(*state,
			   &(node_query){ .options = { .limit = 5000, .order_by = { NODE_ABOVE } },
					  .select_above = &above })
			->sql,
		"SELECT t.id, t.up, t1.id, t1.up, p.n FROM unnest($1) WITH ORDINALITY AS p(k1, n) "
		"CROSS JOIN LATERAL (SELECT t.* FROM node AS t "
		"LEFT JOIN node AS t1 ON t1.id = t.up WHERE t.up = p.k1 ORDER BY t1.up LIMIT $2) "
		"AS t LEFT JOIN node AS t1 ON t1.id = t.up ORDER BY p.n, t1.up");
}

static void the_same_load_is_the_same_statement(void **state)
{
	const node_query below = { .prefetch.below = &all };
	uint32_t first = find_below(*state, &all)->id;
	qn_session *session = *state;

	assert_int_not_equal(first, 0);
	assert_int_equal(find_below(session, &below)->id, first);
	assert_int_equal(session->op->parts->first->next->request.statement->id, first);
	assert_int_not_equal(find_below(session, &(node_query){ .options.limit = 1 })->id, first);
	(void)find(session, &(node_query){ .prefetch.above = &all });
	assert_int_not_equal(session->op->parts->first->request.statement->id, first);
}

#define ON_SESSION(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SESSION(a_row_that_may_be_missing_is_joined_from_outside),
		ON_SESSION(joins_have_numbers_level_by_level),
		ON_SESSION(a_lock_is_of_the_rows_themselves),
		ON_SESSION(what_the_foreign_key_holds_is_not_joined_for_an_order),
		ON_SESSION(an_order_takes_a_join_where_it_must),
		ON_SESSION(related_rows_are_found_by_the_keys_of_all),
		ON_SESSION(a_key_that_is_not_loaded_comes_last),
		ON_SESSION(a_limit_is_one_of_each_key),
		ON_SESSION(the_same_load_is_the_same_statement),
	};

	return cmocka_run_group_tests_name("load_sql", tests, NULL, NULL);
}
