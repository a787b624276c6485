/*
 * Which gets may share a statement, that statement, and a row of a shared result, over a fake of
 * sessions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "fake_op.h"
#include "query/rows.h"
#include "thing.h"

static qn_field fields[TEST_THING_FIELDS];
static qn_model model;

static int setup(void **state)
{
	static qn_session session;

	fake_session_init(&session);
	session.pool.config.coalesce_gets = true;
	memcpy(fields, test_thing_model.fields, sizeof(fields));
	model = test_thing_model;
	model.fields = fields;
	*state = &session;
	return 0;
}

static int teardown(void **state)
{
	fake_session_free(*state);
	return 0;
}

static const struct batch_form *form_of(qn_session *session, const test_thing_where *where)
{
	static test_thing *row;

	assert_non_null(qn_model_get(session, &model, &row, where));
	assert_non_null(session->op->request.statement);
	return session->op->request.statement->batch_form;
}

static void a_get_by_primary_key_may_share_a_statement(void **state)
{
	qn_session *session = *state;
	const struct batch_form *form = form_of(session, &(test_thing_where){ .id = QN_EQ(7) });

	assert_non_null(form);
	assert_true(session->op->request.flags & REQUEST_KEYED);
	assert_non_null(strstr(form->statement.sql, " WHERE t.id = ANY($1) LIMIT 65"));
	assert_int_equal(form->statement.parameter_count, 1);
	assert_int_equal(form->statement.parameter_types[0], 1016);
	assert_int_equal(form->key_type, 20);
	assert_int_equal(form->key_column, TEST_THING_ID - 1);
	assert_true(form->is_exact);
	assert_int_not_equal(form->statement.id, session->op->request.statement->id);
	assert_ptr_equal(form, form_of(session, &(test_thing_where){ .id = QN_EQ(8) }));
}

static void a_unique_text_may_too_but_its_bytes_do_not_tell_all(void **state)
{
	const struct batch_form *form;

	fields[TEST_THING_NAME - 1].flags |= QN_FIELD_UNIQUE;
	form = form_of(*state, &(test_thing_where){ .name = QN_EQ("lamp") });
	assert_non_null(form);
	assert_int_equal(form->key_column, TEST_THING_NAME - 1);
	assert_int_equal(form->key_type, 1043);
	assert_false(form->is_exact);
}

static void nothing_else_may(void **state)
{
	const test_thing_where name = { .name = QN_EQ("lamp") };
	const test_thing_where less = { .id = QN_LT(7) };
	const test_thing_where list = { .id = QN_IN_INT64(7, 8) };
	const test_thing_where more = { .id = QN_EQ(7), .name = QN_EQ("lamp") };
	const test_thing_where group = { .any_of = QN_ALL(test_thing_where, { .id = QN_EQ(7) }) };
	const test_thing_where all = { .flag = QN_EQ(true) };

	assert_null(form_of(*state, &name));
	assert_null(form_of(*state, &less));
	assert_null(form_of(*state, &list));
	assert_null(form_of(*state, &more));
	assert_null(form_of(*state, &group));
	assert_null(form_of(*state, &all));
}

static void a_part_of_a_key_is_no_key(void **state)
{
	static const uint16_t both[] = { TEST_THING_ID - 1, TEST_THING_NAME - 1 };

	model.primary_key = both;
	model.primary_key_len = 2;
	assert_null(form_of(*state, &(test_thing_where){ .id = QN_EQ(7) }));
}

static void a_key_of_a_type_that_bytes_do_not_tell_goes_alone(void **state)
{
	fields[TEST_THING_PRICE - 1].flags |= QN_FIELD_UNIQUE;
	assert_null(form_of(*state, &(test_thing_where){ .price = QN_EQ(qn_dec("1.0")) }));
}

static void without_the_option_gets_go_alone(void **state)
{
	qn_session *session = *state;

	session->pool.config.coalesce_gets = false;
	assert_null(form_of(session, &(test_thing_where){ .id = QN_EQ(7) }));
	assert_false(session->op->request.flags & REQUEST_KEYED);
}

static void a_find_of_the_same_text_takes_no_shared_result(void **state)
{
	qn_session *session = *state;
	test_thing_list list;

	assert_non_null(form_of(session, &(test_thing_where){ .id = QN_EQ(7) }));
	assert_non_null(qn_model_find(
		session, &model, &list,
		&(test_thing_query){ .where = { .id = QN_EQ(7) }, .limit = 2, .unordered = true }));
	assert_false(session->op->request.flags & REQUEST_KEYED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_get_by_primary_key_may_share_a_statement, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_unique_text_may_too_but_its_bytes_do_not_tell_all,
						setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_else_may, setup, teardown),
		cmocka_unit_test_setup_teardown(a_part_of_a_key_is_no_key, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_of_a_type_that_bytes_do_not_tell_goes_alone,
						setup, teardown),
		cmocka_unit_test_setup_teardown(without_the_option_gets_go_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_find_of_the_same_text_takes_no_shared_result,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
