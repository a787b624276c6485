/*
 * Model operations without memory: whichever allocation fails, the operation completes with
 * QN_OUT_OF_MEMORY, nothing leaks, and the next one works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_op.h"
#include "node.h"
#include "query/shape.h"
#include "scarce_memory.h"
#include "thing.h"

typedef qn_op *start(qn_session *session);

static qn_op *start_find(qn_session *session)
{
	static const char *const words[] = { "a", "b" };
	const test_thing_query query = {
		.only = { TEST_THING_NAME },
		.limit = 5000,
		.where = { .title = QN_IN_LIST(words, 2),
			   .name = QN_CONTAINS("%"),
			   .any_of = QN_ALL(test_thing_where, { .id = QN_EQ(1) },
					    { .flag = QN_EQ(true) }) },
	};
	static test_thing_list list;

	return qn_model_find(session, &test_thing_model, &list, &query);
}

static qn_op *start_get(qn_session *session)
{
	static const test_thing_where where = { .id = QN_EQ(1) };
	static test_thing *row;

	session->pool.config.coalesce_gets = true;
	return qn_model_get(session, &test_thing_model, &row, &where);
}

static qn_op *start_create(qn_session *session)
{
	static const test_thing_new values = { .name = "x", .set_title = QN_SET_NULL };
	static test_thing *row;

	return qn_model_create(session, &test_thing_model, &row, &values);
}

static qn_op *start_update(qn_session *session)
{
	static const test_thing_where where = { .id = QN_EQ(1) };
	static const test_thing_changes changes = { .count = QN_ADD(1) };

	return qn_model_update(session, &test_thing_model, NULL, &where, &changes);
}

static qn_op *start_save_fields(qn_session *session)
{
	static const int32_t fields[] = { TEST_THING_NAME };
	static test_thing row = { .id = 1, .name = "x" };

	return qn_model_save_fields(session, &test_thing_model, &row, fields, 1);
}

static qn_op *start_set_related(qn_session *session)
{
	static node row = { .id = 1 };
	static const node related[] = { { .id = 2 }, { .id = 3 } };
	const qn_relation_write write = {
		.model = &node_model,
		.row = &row,
		.related = related,
		.count = 2,
		.relation = NODE_BELOW,
	};

	return qn_relation_set(session, &write);
}

static qn_op *start_delete_counted(qn_session *session)
{
	static node row = { .id = 1 };
	static qn_deleted_list deleted;

	return qn_model_delete_counted(session, &node_model, &deleted, &row);
}

/* Fails each allocation in turn, until one run has none left to fail. */
static void fail_each_of(start *start_op, enum scarcity scarcity)
{
	for (size_t number = 0;; number++) {
		qn_session session;
		qn_op *op;
		bool failed;

		fake_session_init(&session);
		scarce_memory_begin(number, scarcity);
		op = start_op(&session);
		scarce_memory_end();
		failed = scarce_memory_has_failed();
		if (op && op->refused)
			assert_int_equal(op->status, QN_OUT_OF_MEMORY);
		else if (op)
			assert_true(op->wire.failed || !failed);
		op = start_op(&session);
		assert_non_null(op);
		assert_false(op->refused);
		assert_int_equal(op->request.statement->id, STATEMENT_CONTROL_IDS + 1);
		fake_session_free(&session);
		if (!failed)
			return;
	}
}

static void fail_each(start *start_op)
{
	fail_each_of(start_op, SCARCE_ONCE);
	fail_each_of(start_op, SCARCE_FOR_EVER);
}

static void find_survives(void **state)
{
	(void)state;
	fail_each(start_find);
}

/* Without memory for the statement of many keys a get goes alone, and the next one has it. */
static void coalesced_get_survives(void **state)
{
	bool failed = true;

	(void)state;
	for (size_t number = 0; failed; number++) {
		qn_session session;
		qn_op *op;

		fake_session_init(&session);
		scarce_memory_begin(number, SCARCE_ONCE);
		op = start_get(&session);
		scarce_memory_end();
		failed = scarce_memory_has_failed();
		if (op && op->refused)
			assert_int_equal(op->status, QN_OUT_OF_MEMORY);
		assert_non_null(start_get(&session));
		assert_false(session.op->refused);
		assert_non_null(session.op->request.statement->batch_form);
		fake_session_free(&session);
	}
}

static void create_survives(void **state)
{
	(void)state;
	fail_each(start_create);
}

static void update_survives(void **state)
{
	(void)state;
	fail_each(start_update);
}

static void save_fields_survives(void **state)
{
	(void)state;
	fail_each(start_save_fields);
}

static void set_related_survives(void **state)
{
	(void)state;
	fail_each(start_set_related);
}

static void delete_counted_survives(void **state)
{
	(void)state;
	fail_each(start_delete_counted);
}

/* A result with one row; its columns are those that `start_find` asks for. */
static PGresult *make_row(void)
{
	static const Oid types[] = { 20, 1043 };
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[2] = { 0 };

	assert_non_null(result);
	for (size_t i = 0; i < 2; i++) {
		columns[i].name = (char *)"column";
		columns[i].typid = types[i];
		columns[i].format = 1;
	}
	assert_true(PQsetResultAttrs(result, 2, columns));
	assert_true(PQsetvalue(result, 0, 0, (char *)"\0\0\0\0\0\0\0\1", 8));
	assert_true(PQsetvalue(result, 0, 1, (char *)"x", 1));
	return result;
}

static void reading_survives(void **state)
{
	qn_session session;
	PGresult *result = make_row();
	qn_status status;

	(void)state;
	fake_session_init(&session);
	assert_non_null(start_find(&session));
	scarce_memory_begin(0, SCARCE_ONCE);
	status = fake_finish(&session, result);
	scarce_memory_end();
	assert_int_equal(status, QN_OUT_OF_MEMORY);
	assert_non_null(start_find(&session));
	session.kept_count = FAKE_KEPT_MAX;
	status = fake_finish(&session, make_row());
	session.kept_count = 0;
	assert_int_equal(status, QN_OUT_OF_MEMORY);
	fake_session_free(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find_survives),           cmocka_unit_test(coalesced_get_survives),
		cmocka_unit_test(create_survives),         cmocka_unit_test(update_survives),
		cmocka_unit_test(save_fields_survives),    cmocka_unit_test(set_related_survives),
		cmocka_unit_test(delete_counted_survives), cmocka_unit_test(reading_survives),
	};

	return cmocka_run_group_tests_name("query_memory", tests, NULL, NULL);
}
