/*
 * Results of the server, made by hand, on their way into row structs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_op.h"
#include "query/shape.h"
#include "thing.h"

enum { INT4_OID = 23, INT8_OID = 20, TEXT_OID = 25, VARCHAR_OID = 1043, ENUM_OID = 99999 };

static int setup(void **state)
{
	static qn_session session;

	fake_session_init(&session);
	*state = &session;
	return 0;
}

static int teardown(void **state)
{
	fake_session_free(*state);
	return 0;
}

/* Binary columns of these types, no rows. */
static PGresult *make_result(const Oid *types, size_t count)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[TEST_THING_FIELDS] = { 0 };

	assert_non_null(result);
	for (size_t i = 0; i < count; i++) {
		columns[i].name = (char *)"column";
		columns[i].typid = types[i];
		columns[i].format = 1;
	}
	assert_true(PQsetResultAttrs(result, (int)count, columns));
	return result;
}

static void set_cell(PGresult *result, int row, int column, const char *bytes, size_t len)
{
	assert_true(PQsetvalue(result, row, column, (char *)bytes, bytes ? (int)len : -1));
}

static const Oid id_name_title[] = { INT8_OID, VARCHAR_OID, TEXT_OID };

static PGresult *make_id_name_title(size_t rows, const char *name, const char *title)
{
	PGresult *result = make_result(id_name_title, 3);

	for (size_t i = 0; i < rows; i++) {
		const char id[] = { 0, 0, 0, 0, 0, 0, 0, (char)(i + 1) };

		set_cell(result, (int)i, 0, id, sizeof(id));
		set_cell(result, (int)i, 1, name, name ? strlen(name) : 0);
		set_cell(result, (int)i, 2, title, title ? strlen(title) : 0);
	}
	return result;
}

static void find_id_name_title(qn_session *session, test_thing_list *list)
{
	static const test_thing_query query = { .only = { TEST_THING_NAME, TEST_THING_TITLE } };

	assert_non_null(qn_model_find(session, &test_thing_model, list, &query));
}

static void rows_hold_what_was_selected(void **state)
{
	test_thing_list list;

	find_id_name_title(*state, &list);
	assert_int_equal(fake_finish(*state, make_id_name_title(3, "lamp", NULL)), QN_OK);
	assert_int_equal(list.len, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(list.at[i].id, i + 1);
		assert_string_equal(list.at[i].name, "lamp");
		assert_null(list.at[i].title);
		assert_int_equal(list.at[i].count, 0);
		assert_true(qn_model_is_loaded(&test_thing_model, &list.at[i], TEST_THING_ID));
		assert_true(qn_model_is_loaded(&test_thing_model, &list.at[i], TEST_THING_TITLE));
		assert_false(qn_model_is_loaded(&test_thing_model, &list.at[i], TEST_THING_COUNT));
	}
}

static void text_of_several_rows_stays_in_the_result_that_the_session_keeps(void **state)
{
	qn_session *session = *state;
	test_thing_list list;
	PGresult *result = make_id_name_title(2, "lamp", "a lamp");

	find_id_name_title(session, &list);
	assert_int_equal(fake_finish(session, result), QN_OK);
	assert_int_equal(session->kept_count, 1);
	assert_ptr_equal(list.at[1].title, PQgetvalue(session->kept[0], 1, 2));
}

static void results_without_rows_are_not_kept(void **state)
{
	qn_session *session = *state;
	test_thing_list list;

	find_id_name_title(session, &list);
	assert_int_equal(fake_finish(session, make_id_name_title(0, "", "")), QN_OK);
	assert_int_equal(list.len, 0);
	assert_null(list.at);
	assert_int_equal(session->kept_count, 0);
}

static void null_in_a_required_field_is_drift(void **state)
{
	qn_session *session = *state;
	test_thing_list list;

	find_id_name_title(session, &list);
	assert_int_equal(fake_finish(session, make_id_name_title(2, NULL, "x")), QN_SCHEMA_DRIFT);
	assert_string_equal(session->message,
			    "test.Thing.name: the database holds NULL where the schema has a "
			    "required field");
	assert_int_equal(list.len, 0);
	assert_int_equal(session->kept_count, 0);
}

static qn_status finish_with_types(qn_session *session, Oid name, Oid title)
{
	const Oid types[] = { INT8_OID, name, title };
	test_thing_list list;

	find_id_name_title(session, &list);
	return fake_finish(session, make_result(types, 3));
}

static void another_type_is_drift_that_names_both(void **state)
{
	qn_session *session = *state;

	assert_int_equal(finish_with_types(session, VARCHAR_OID, INT4_OID), QN_SCHEMA_DRIFT);
	assert_string_equal(session->message,
			    "test.Thing.title: the column is integer where the schema has "
			    "text; migrate the database, or regenerate the models");
	assert_int_equal(finish_with_types(session, 1007, TEXT_OID), QN_SCHEMA_DRIFT);
	assert_string_equal(session->message,
			    "test.Thing.name: the column is integer[] where the schema has "
			    "varchar; migrate the database, or regenerate the models");
	assert_int_equal(finish_with_types(session, 77777, TEXT_OID), QN_SCHEMA_DRIFT);
	assert_string_equal(session->message,
			    "test.Thing.name: the column is a type with oid 77777 where "
			    "the schema has varchar; migrate the database, or regenerate the "
			    "models");
}

static void varchar_and_text_stand_for_each_other(void **state)
{
	assert_int_equal(finish_with_types(*state, TEXT_OID, VARCHAR_OID), QN_OK);
}

static void types_are_checked_once_in_an_epoch(void **state)
{
	const Oid wrong[] = { INT8_OID, INT4_OID, TEXT_OID };
	qn_session *session = *state;
	struct outcome outcome = { .status = QN_OK, .message = "", .epoch = 2 };
	test_thing_list list;

	assert_int_equal(finish_with_types(session, VARCHAR_OID, TEXT_OID), QN_OK);
	assert_int_equal(finish_with_types(session, INT4_OID, TEXT_OID), QN_OK);
	find_id_name_title(session, &list);
	outcome.result = make_result(wrong, 3);
	assert_int_equal(session->op->finish(session->op, &outcome), QN_SCHEMA_DRIFT);
	PQclear(outcome.result);
}

static void a_different_number_of_columns_is_an_error(void **state)
{
	qn_session *session = *state;
	test_thing_list list;

	find_id_name_title(session, &list);
	assert_int_equal(fake_finish(session, make_result(id_name_title, 2)), QN_PROTOCOL_ERROR);
	assert_string_equal(
		session->message,
		"test.Thing: the server answered with 2 columns where 3 were asked for");
}

static void a_label_that_the_enum_has_not_is_named(void **state)
{
	static const test_thing_query query = { .only = { TEST_THING_KIND } };
	static const Oid types[] = { INT8_OID, ENUM_OID };
	static const Oid builtin[] = { INT8_OID, TEXT_OID };
	qn_session *session = *state;
	test_thing_list list;
	PGresult *result = make_result(types, 2);

	qn_model_find(session, &test_thing_model, &list, &query);
	assert_int_equal(fake_finish(session, make_result(builtin, 2)), QN_SCHEMA_DRIFT);
	assert_string_equal(session->message,
			    "test.Thing.kind: the column is text where the schema has "
			    "test.Kind; migrate the database, or regenerate the models");
	qn_model_find(session, &test_thing_model, &list, &query);
	set_cell(result, 0, 0, "\0\0\0\0\0\0\0\1", 8);
	set_cell(result, 0, 1, "archived", 8);
	assert_int_equal(fake_finish(session, result), QN_SCHEMA_DRIFT);
	assert_string_equal(
		session->message,
		"test.Thing.kind: the database holds 'archived', a label that test.Kind "
		"does not have; add it to the schema and regenerate");
}

static void a_value_of_the_wrong_length_is_refused(void **state)
{
	static const test_thing_query query = { .only = { TEST_THING_COUNT } };
	static const Oid types[] = { INT8_OID, INT4_OID };
	qn_session *session = *state;
	test_thing_list list;
	PGresult *result = make_result(types, 2);

	qn_model_find(session, &test_thing_model, &list, &query);
	set_cell(result, 0, 0, "\0\0\0\0\0\0\0\1", 8);
	set_cell(result, 0, 1, "\0\0\0", 3);
	assert_int_equal(fake_finish(session, result), QN_SCHEMA_DRIFT);
	assert_string_equal(session->message,
			    "test.Thing.count: the database holds a value that the schema's type "
			    "cannot: 3 bytes");
}

static const test_thing_query mixed_query = {
	.only = { TEST_THING_TITLE, TEST_THING_MAYBE, TEST_THING_COUNT, TEST_THING_BIG },
};

enum { MIXED_ROWS = 37 };

/* Every third title is empty and every third NULL; every second flag and number is NULL. */
static PGresult *make_mixed(void)
{
	static const Oid types[] = { INT8_OID, TEXT_OID, 16, INT4_OID, INT8_OID };
	PGresult *result = make_result(types, 5);

	for (int i = 0; i < MIXED_ROWS; i++) {
		const char number[] = { 0, 0, 0, 0, 0, 0, 0, (char)i };

		set_cell(result, i, 0, number, 8);
		set_cell(result, i, 1, i % 3 == 0 ? NULL : "text", i % 3 == 1 ? 0 : 4);
		set_cell(result, i, 2, i % 2 ? NULL : "\1", 1);
		set_cell(result, i, 3, number + 4, 4);
		set_cell(result, i, 4, i % 2 ? number : NULL, 8);
	}
	return result;
}

static void many_rows_each_have_their_own_values(void **state)
{
	test_thing_list list;

	assert_non_null(qn_model_find(*state, &test_thing_model, &list, &mixed_query));
	assert_int_equal(fake_finish(*state, make_mixed()), QN_OK);
	assert_int_equal(list.len, MIXED_ROWS);
	for (int i = 0; i < MIXED_ROWS; i++) {
		const test_thing *row = &list.at[i];

		assert_int_equal(row->id, i);
		assert_int_equal(row->count, i);
		if (i % 3 == 0)
			assert_null(row->title);
		else
			assert_string_equal(row->title, i % 3 == 1 ? "" : "text");
		assert_int_equal(row->has_maybe, i % 2 == 0);
		assert_int_equal(row->maybe, i % 2 == 0);
		assert_int_equal(row->has_big, i % 2);
		assert_int_equal(row->big, i % 2 ? i : 0);
		assert_true(qn_model_is_loaded(&test_thing_model, row, TEST_THING_BIG));
		assert_false(qn_model_is_loaded(&test_thing_model, row, TEST_THING_NAME));
	}
}

static void one_bad_cell_among_many_rows_fails_them_all(void **state)
{
	qn_session *session = *state;
	PGresult *result = make_mixed();
	test_thing_list list;

	set_cell(result, MIXED_ROWS - 2, 3, "\0\0", 2);
	assert_non_null(qn_model_find(session, &test_thing_model, &list, &mixed_query));
	assert_int_equal(fake_finish(session, result), QN_SCHEMA_DRIFT);
	assert_string_equal(session->message,
			    "test.Thing.count: the database holds a value that the schema's type "
			    "cannot: 2 bytes");
	assert_int_equal(list.len, 0);
	assert_null(list.at);
}

static void get_tells_none_one_and_several(void **state)
{
	qn_session *session = *state;
	const test_thing_where where = { .id = QN_EQ(1) };
	test_thing *row;

	qn_model_get(session, &test_unordered_model, &row, &where);
	assert_int_equal(fake_finish(session, make_id_name_title(2, "a", "b")), QN_NOT_UNIQUE);
	assert_string_equal(session->message, "test.Unordered: more than one row matches");
	assert_null(row);
}

static void a_failed_read_in_place_leaves_the_row(void **state)
{
	static const Oid types[] = { 1184 };
	qn_session *session = *state;
	test_thing row = { .id = 1, .name = "x", .changed = { 5 }, .qn_loaded = { 3 } };
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK);

	qn_model_save(session, &test_thing_model, &row);
	assert_int_equal(fake_finish(session, result), QN_NOT_FOUND);
	assert_string_equal(session->message, "test.Thing: the row is gone: no row has its key");
	qn_model_refresh(session, &test_thing_model, &row);
	assert_int_equal(fake_finish(session, make_result(types, 0)), QN_NOT_FOUND);
	assert_string_equal(row.name, "x");
	assert_int_equal(row.changed.microseconds, 5);
	assert_int_equal(row.qn_loaded[0], 3);
}

static void a_count_is_one_bigint(void **state)
{
	static const Oid types[] = { INT8_OID };
	qn_session *session = *state;
	PGresult *result = make_result(types, 1);
	int64_t count;

	qn_model_count(session, &test_thing_model, &count, NULL);
	set_cell(result, 0, 0, "\0\0\0\0\0\0\1\2", 8);
	assert_int_equal(fake_finish(session, result), QN_OK);
	assert_int_equal(count, 258);
	qn_model_count(session, &test_thing_model, &count, NULL);
	assert_int_equal(fake_finish(session, make_result(id_name_title, 3)), QN_PROTOCOL_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(rows_hold_what_was_selected),
		TEST(text_of_several_rows_stays_in_the_result_that_the_session_keeps),
		TEST(results_without_rows_are_not_kept),
		TEST(null_in_a_required_field_is_drift),
		TEST(another_type_is_drift_that_names_both),
		TEST(varchar_and_text_stand_for_each_other),
		TEST(types_are_checked_once_in_an_epoch),
		TEST(a_different_number_of_columns_is_an_error),
		TEST(a_label_that_the_enum_has_not_is_named),
		TEST(a_value_of_the_wrong_length_is_refused),
		TEST(many_rows_each_have_their_own_values),
		TEST(one_bad_cell_among_many_rows_fails_them_all),
		TEST(get_tells_none_one_and_several),
		TEST(a_failed_read_in_place_leaves_the_row),
		TEST(a_count_is_one_bigint),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
