/*
 * Which calls are the same statement, and which are refused before there is one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/shape.h"
#include "sending.h"
#include "thing.h"

#define WHERE(...) (&(test_thing_where){ __VA_ARGS__ })
#define LIST(...)  QN_ALL(test_thing_where, __VA_ARGS__)

/* Counted from the first that models have; 0: it is not kept. */
static uint32_t statement_id(const qn_session *session)
{
	uint32_t id = session->op->request.statement->id;

	assert_false(session->op->refused);
	assert_true(id == 0 || id > STATEMENT_CONTROL_IDS);
	return id == 0 ? 0 : id - STATEMENT_CONTROL_IDS;
}

static uint32_t id_of_delete(qn_session *session, const test_thing_where *where)
{
	qn_model_delete_where(session, &test_thing_model, NULL, where);
	return statement_id(session);
}

static uint32_t id_of_find(qn_session *session, const test_thing_query *query)
{
	static test_thing_list list;

	qn_model_find(session, &test_thing_model, &list, query);
	return statement_id(session);
}

#define QUERY(...) (&(test_thing_query){ __VA_ARGS__ })

static void values_do_not_make_a_shape(void **state)
{
	static const int64_t many[300];
	uint32_t id = id_of_delete(*state, WHERE(.id = QN_EQ(1), .title = QN_CONTAINS("a")));

	assert_int_equal(id, 1);
	assert_int_equal(id_of_delete(*state, WHERE(.id = QN_EQ(-9), .title = QN_CONTAINS(""))),
			 id);
	id = id_of_delete(*state, WHERE(.id = QN_IN_INT64(1)));
	assert_int_equal(id_of_delete(*state, WHERE(.id = QN_IN_LIST(many, 300))), id);
	id = id_of_find(*state, QUERY(.limit = 1001, .offset = 1));
	assert_int_equal(id_of_find(*state, QUERY(.limit = 999999, .offset = 77)), id);
	id = id_of_find(*state, QUERY(.only = { TEST_THING_NAME, TEST_THING_BIG }));
	assert_int_equal(id_of_find(*state, QUERY(.only = { TEST_THING_BIG, TEST_THING_NAME,
							    TEST_THING_BIG })),
			 id);
}

static void everything_else_does(void **state)
{
	static const int32_t title[] = { TEST_THING_TITLE };
	test_thing row = { .id = 1, .name = "x" };
	uint32_t next = 1;

	assert_int_equal(id_of_delete(*state, WHERE(.id = QN_EQ(1))), next++);
	assert_int_equal(id_of_delete(*state, WHERE(.id = QN_GT(1))), next++);
	assert_int_equal(id_of_delete(*state, WHERE(.big = QN_EQ(1))), next++);
	assert_int_equal(id_of_delete(*state, WHERE(.flag = QN_EQ(true))), next++);
	assert_int_equal(id_of_delete(*state, WHERE(.flag = QN_EQ(false))), next++);
	assert_int_equal(id_of_delete(*state, WHERE(.any_of = LIST({ .id = QN_EQ(1) }))), next++);
	assert_int_equal(id_of_delete(*state, WHERE(.none_of = LIST({ .id = QN_EQ(1) }))), next++);
	assert_int_equal(
		id_of_delete(*state, WHERE(.any_of = LIST({ .id = QN_EQ(1) }, { .id = QN_EQ(1) }))),
		next++);
	assert_int_equal(id_of_find(*state, QUERY(.limit = 0)), next++);
	assert_int_equal(id_of_find(*state, QUERY(.limit = 1)), next++);
	assert_int_equal(id_of_find(*state, QUERY(.limit = 2)), next++);
	assert_int_equal(id_of_find(*state, QUERY(.offset = 2)), next++);
	assert_int_equal(id_of_find(*state, QUERY(.unordered = true)), next++);
	assert_int_equal(id_of_find(*state, QUERY(.order_by = { TEST_THING_ID })), next++);
	assert_int_equal(id_of_find(*state, QUERY(.order_by = { -TEST_THING_ID })), next++);
	assert_int_equal(id_of_find(*state, QUERY(.only = { TEST_THING_ID })), next++);
	qn_model_save_fields(*state, &test_thing_model, &row, title, 1);
	assert_int_equal(statement_id(*state), next++);
	qn_model_delete(*state, &test_thing_model, &row);
	assert_int_equal(statement_id(*state), next++);
	qn_model_refresh(*state, &test_thing_model, &row);
	assert_int_equal(statement_id(*state), next++);
	qn_model_refresh(*state, &test_unordered_model, &row);
	assert_int_equal(statement_id(*state), next++);
}

static void the_registry_is_bounded_and_ids_are_dense(void **state)
{
	qn_session *session = *state;
	uint32_t made = 0;
	uint32_t id;

	/* Every subset of twelve fields, in this order, is a shape of its own. */
	for (uint32_t bits = 1; bits <= SHAPE_MAX + 100; bits++) {
		test_thing_where alternatives[14] = { 0 };
		size_t count = 0;

		for (uint32_t bit = 0; bit < 13; bit++) {
			if (bits >> bit & 1)
				alternatives[count++].id = (qn_where_int64)QN_EQ(1);
			else
				alternatives[count++].id = (qn_where_int64)QN_GT(1);
		}
		id = id_of_delete(session,
				  &(test_thing_where){ .any_of = { alternatives, count } });
		if (made < SHAPE_MAX)
			assert_int_equal(id, ++made);
		else
			assert_int_equal(id, 0);
	}
	assert_non_null(strstr(session->op->request.statement->sql, "t.id > $1"));
	assert_int_equal(session->pool.shapes->shape_count, SHAPE_MAX);
}

static void an_unusually_large_shape_is_not_kept(void **state)
{
	enum { ALTERNATIVES = 2000 };
	test_thing_where *alternatives = calloc(ALTERNATIVES, sizeof(*alternatives));

	assert_non_null(alternatives);
	for (size_t i = 0; i < ALTERNATIVES; i++)
		alternatives[i].id = (qn_where_int64)QN_EQ((int64_t)i);
	assert_int_equal(id_of_delete(*state, &(test_thing_where){ .any_of = { alternatives,
									       ALTERNATIVES } }),
			 0);
	assert_int_equal(((qn_session *)*state)->op->parameter_count, ALTERNATIVES);
	free(alternatives);
}

static void refuse_where(void **state, const test_thing_where *where, qn_status status,
			 const char *message)
{
	qn_model_delete_where(*state, &test_thing_model, NULL, where);
	assert_call_refused(*state, status, message);
}

static void lookups_refuse_null_and_what_their_type_has_not(void **state)
{
	static const char *const words[] = { "a", NULL };

	refuse_where(state, WHERE(.name = QN_EQ(NULL)), QN_USAGE,
		     "test.Thing.name: QN_EQ(NULL) finds nothing; use QN_IS_NULL");
	refuse_where(state, WHERE(.name = QN_NE(NULL)), QN_USAGE,
		     "test.Thing.name: QN_NE(NULL) finds nothing; use QN_IS_NOT_NULL");
	refuse_where(state, WHERE(.title = QN_ICONTAINS(NULL)), QN_USAGE,
		     "test.Thing.title: QN_ICONTAINS(NULL) finds nothing; use QN_IS_NULL");
	refuse_where(state, WHERE(.title = QN_RANGE("a", NULL)), QN_USAGE,
		     "test.Thing.title: QN_RANGE(NULL) finds nothing; use QN_IS_NULL");
	refuse_where(state, WHERE(.title = QN_IN_LIST(words, 2)), QN_USAGE,
		     "test.Thing.title: QN_IN(NULL) finds nothing; use QN_IS_NULL");
	refuse_where(state, WHERE(.doc = QN_JSON_HAS_KEY(NULL)), QN_USAGE,
		     "test.Thing.doc: QN_JSON_HAS_KEY(NULL) finds nothing; use QN_IS_NULL");
	refuse_where(state, WHERE(.place = QN_EQ(NULL)), QN_USAGE,
		     "test.Thing.place: QN_EQ(NULL) finds nothing; use QN_IS_NULL");
	refuse_where(state, WHERE(.id = QN_IN_LIST(NULL, 2)), QN_USAGE,
		     "test.Thing.id: a list of 2 values has no address");
	refuse_where(state, WHERE(.any_of = { NULL, 2 }), QN_USAGE,
		     "test.Thing: a list of 2 wheres has no address");
	refuse_where(state, WHERE(.id = { .op = QN_LOOKUP_REGEX }), QN_USAGE,
		     "test.Thing.id: QN_REGEX is not a lookup of its type; use the QN_ macros");
	refuse_where(state, WHERE(.tags = { .op = QN_LOOKUP_IN }), QN_USAGE,
		     "test.Thing.tags: QN_IN is not a lookup of its type; use the QN_ macros");
	refuse_where(state, WHERE(.doc = { .op = QN_LOOKUP_IN }), QN_USAGE,
		     "test.Thing.doc: QN_IN is not a lookup of its type; use the QN_ macros");
	refuse_where(state, WHERE(.plain = { .op = QN_LOOKUP_EQ }), QN_USAGE,
		     "test.Thing.plain: QN_EQ is not a lookup of its type; use the QN_ macros");
	refuse_where(state, WHERE(.id = { .op = QN_LOOKUP_COUNT_ }), QN_USAGE,
		     "test.Thing.id: this number is not a lookup of its type; use the QN_ macros");
	refuse_where(state, WHERE(.title = QN_EQ("a\xff")), QN_INVALID_VALUE,
		     "test.Thing.title: is not valid UTF-8");
	refuse_where(state, WHERE(.title = QN_CONTAINS("a\xff")), QN_INVALID_VALUE,
		     "test.Thing.title: is not valid UTF-8");
	refuse_where(state, WHERE(.kind = QN_EQ((test_kind)9)), QN_INVALID_VALUE,
		     "test.Thing.kind: is not a value of test.Kind");
	/* What is wrong is found also beside what can never match. */
	refuse_where(state, WHERE(.id = QN_IN_LIST(NULL, 0), .name = QN_EQ(NULL)), QN_USAGE,
		     "test.Thing.name: QN_EQ(NULL) finds nothing; use QN_IS_NULL");
}

static void everything_needs_its_own_call(void **state)
{
	const test_thing_changes changes = { .count = QN_ADD(1) };

	refuse_where(state, WHERE(.any_of = { NULL, 0 }), QN_USAGE,
		     "test.Thing: the where filters nothing; to mean all rows, use delete_all");
	refuse_where(state, WHERE(.any_of = LIST({ .id.op = 0 })), QN_USAGE,
		     "test.Thing: the where filters nothing; to mean all rows, use delete_all");
	refuse_where(state, WHERE(.any_of = LIST({ .id = QN_EQ(1) }, { .id.op = 0 })), QN_USAGE,
		     "test.Thing: the where filters nothing; to mean all rows, use delete_all");
	refuse_where(state, WHERE(.id = QN_NOT_IN_LIST(NULL, 0)), QN_USAGE,
		     "test.Thing: the where filters nothing; to mean all rows, use delete_all");
	refuse_where(state, NULL, QN_USAGE,
		     "test.Thing: the where is NULL; to mean all rows, use delete_all");
	qn_model_update(*state, &test_thing_model, NULL, WHERE(.all_of = { NULL, 0 }), &changes);
	assert_call_refused(
		*state, QN_USAGE,
		"test.Thing: the where filters nothing; to mean all rows, use update_all");
	qn_model_update(*state, &test_thing_model, NULL, NULL, &changes);
	assert_call_refused(*state, QN_USAGE,
			    "test.Thing: the where is NULL; to mean all rows, use update_all");
	qn_model_update_all(*state, &test_thing_model, NULL, NULL);
	assert_call_refused(*state, QN_USAGE, "test.Thing: the changes are NULL");
}

static void nesting_is_bounded(void **state)
{
	test_thing_where levels[40] = { 0 };

	levels[39].id = (qn_where_int64)QN_EQ(1);
	for (size_t i = 0; i < 39; i++)
		levels[i].any_of = (test_thing_wheres){ &levels[i + 1], 1 };
	id_of_delete(*state, &levels[39 - 32]);
	refuse_where(state, &levels[39 - 33], QN_USAGE,
		     "test.Thing: the where is nested more than 32 deep");
}

static void refuse_find(void **state, const test_thing_query *query, const char *message)
{
	test_thing_list list;

	qn_model_find(*state, &test_thing_model, &list, query);
	assert_call_refused(*state, QN_USAGE, message);
}

static void options_that_make_no_sense_are_refused(void **state)
{
	qn_session *session = *state;
	test_thing *row;
	int64_t count;

	refuse_find(state, QUERY(.limit = -2), "test.Thing: limit -2 is negative");
	refuse_find(state, QUERY(.offset = -1), "test.Thing: offset -1 is negative");
	refuse_find(
		state, QUERY(.order_by = { 99 }),
		"test.Thing: order_by 99 is not a field; use the constants of the model's field "
		"enum");
	refuse_find(state, QUERY(.order_by = { INT32_MIN }),
		    "test.Thing: order_by -2147483648 is not a field; use the constants of the "
		    "model's field enum");
	refuse_find(state, QUERY(.only = { -1 }),
		    "test.Thing: only -1 is not a field; use the constants of the model's field "
		    "enum");
	refuse_find(state,
		    QUERY(.only = { TEST_THING_NAME }, .distinct = true,
			  .order_by = { TEST_THING_BIG }),
		    "test.Thing.big: distinct rows can be ordered only by fields that .only loads");
	refuse_find(state, QUERY(.order_by = { -TEST_THING_PLAIN }),
		    "test.Thing.plain: json has no order; a jsonb column has");
	refuse_find(state, QUERY(.distinct = true),
		    "test.Thing.plain: json values cannot be compared, so rows with them are not "
		    "distinct; load other fields by .only");
	refuse_find(state, QUERY(.distinct = true, .only = { TEST_THING_PLAIN }, .unordered = true),
		    "test.Thing.plain: json values cannot be compared, so rows with them are not "
		    "distinct; load other fields by .only");
	refuse_find(state, QUERY(.lock = QN_FOR_UPDATE),
		    "test.Thing: a lock lasts as long as its transaction; use it in qn_atomic");
	refuse_find(state, QUERY(.nowait = true),
		    "test.Thing: skip_locked and nowait need a lock, as QN_FOR_UPDATE");
	session->in_transaction = true;
	refuse_find(state, QUERY(.lock = QN_FOR_UPDATE, .nowait = true, .skip_locked = true),
		    "test.Thing: skip_locked and nowait exclude each other");
	refuse_find(state, QUERY(.lock = QN_FOR_UPDATE, .distinct = true),
		    "test.Thing: distinct rows cannot be locked");
	refuse_find(state, QUERY(.lock = (qn_lock)9),
		    "test.Thing: lock 9 is not a lock; use QN_FOR_UPDATE");
	qn_model_count(session, &test_thing_model, &count, QUERY(.lock = QN_FOR_UPDATE));
	assert_call_refused(session, QN_USAGE,
			    "test.Thing: rows that are not loaded cannot be locked; use find");
	qn_model_last(session, &test_thing_model, &row, QUERY(.limit = 3));
	assert_call_refused(
		session, QN_USAGE,
		"test.Thing: a slice has no last row; turn its order_by round and take the "
		"first");
	qn_model_first(session, &test_unordered_model, &row, QUERY(.limit = 3));
	assert_call_refused(session, QN_USAGE,
			    "test.Unordered: the first row of a slice needs an order_by");
	qn_model_last(session, &test_keyless_model, &row, NULL);
	assert_call_refused(
		session, QN_USAGE,
		"test.Keyless: the last row needs an order_by, as the model has no key");
}

static void refuse_create(void **state, const test_thing_new *values, qn_status status,
			  const char *message)
{
	test_thing *row;

	qn_model_create(*state, &test_thing_model, &row, values);
	assert_call_refused(*state, status, message);
	assert_null(row);
}

#define NEW(...) (&(test_thing_new){ .name = "x", __VA_ARGS__ })

static void values_that_do_not_fit_are_refused(void **state)
{
	static const int32_t name[] = { TEST_THING_NAME };
	static const int32_t id[] = { TEST_THING_ID };
	static const int32_t none[] = { 77 };
	test_thing row = { .id = 1 };

	refuse_create(state, &(test_thing_new){ .flag = true }, QN_INVALID_VALUE,
		      "test.Thing.name: is required; give it a value");
	refuse_create(state, &(test_thing_new){ .name = "longer" }, QN_INVALID_VALUE,
		      "test.Thing.name: is longer than 5 characters");
	refuse_create(state, NEW(.price = qn_dec("123456789.00")), QN_INVALID_VALUE,
		      "test.Thing.price: has more than 8 digits before the point");
	refuse_create(state, NEW(.set_kind = QN_SET((test_kind)0)), QN_INVALID_VALUE,
		      "test.Thing.kind: is unset");
	refuse_create(state, NEW(.set_kind = QN_SET_NULL), QN_INVALID_VALUE,
		      "test.Thing.kind: cannot be NULL");
	refuse_create(state, NEW(.set_count = { .op = QN_SET_ADD }), QN_USAGE,
		      "test.Thing.count: a new row has no value to compute with");
	refuse_create(state, NEW(.set_count = { .op = (qn_set_op)77 }), QN_USAGE,
		      "test.Thing.count: this number is not a way to set it; use the QN_ macros");
	refuse_create(state, NULL, QN_USAGE,
		      "test.Thing: the values are NULL; an empty struct takes all defaults");
	qn_model_save(*state, &test_thing_model, &row);
	assert_call_refused(
		*state, QN_USAGE,
		"test.Thing: save takes a row that was loaded or created; use save_fields to "
		"name what to write");
	qn_model_save_fields(*state, &test_thing_model, &row, name, 1);
	assert_call_refused(*state, QN_INVALID_VALUE,
			    "test.Thing.name: is required; give it a value");
	qn_model_save_fields(*state, &test_thing_model, &row, id, 1);
	assert_call_refused(*state, QN_USAGE, "test.Thing.id: it cannot be written by save_fields");
	qn_model_save_fields(*state, &test_thing_model, &row, none, 1);
	assert_call_refused(
		*state, QN_USAGE,
		"test.Thing: 77 is not a field; use the constants of the model's field enum");
	qn_model_delete(*state, &test_keyless_model, &row);
	assert_call_refused(*state, QN_USAGE,
			    "test.Keyless: the model has no key to find the row by");
	qn_model_refresh(*state, &test_thing_model, NULL);
	assert_call_refused(*state, QN_USAGE, "test.Thing: the row is NULL");
}

static void refuse_change(void **state, const test_thing_changes *changes, qn_status status,
			  const char *message)
{
	qn_model_update_all(*state, &test_thing_model, NULL, changes);
	assert_call_refused(*state, status, message);
}

#define CHANGE(...) (&(test_thing_changes){ __VA_ARGS__ })

static void changes_that_make_no_sense_are_refused(void **state)
{
	refuse_change(state, CHANGE(.name = QN_SET_NULL), QN_INVALID_VALUE,
		      "test.Thing.name: cannot be NULL");
	refuse_change(state, CHANGE(.name = QN_SET_DEFAULT), QN_USAGE,
		      "test.Thing.name: it has no default; give it a value");
	refuse_change(state, CHANGE(.name = { .op = QN_SET_ADD }), QN_USAGE,
		      "test.Thing.name: its type cannot be added to or multiplied");
	refuse_change(state, CHANGE(.numbers = { .op = QN_SET_ADD }), QN_USAGE,
		      "test.Thing.numbers: its type cannot be added to or multiplied");
	refuse_change(state, CHANGE(.span = { .op = QN_SET_MULTIPLY }), QN_USAGE,
		      "test.Thing.span: an interval cannot be multiplied by an interval");
	refuse_change(state, CHANGE(.wide = { .op = QN_SET_ADD }), QN_USAGE,
		      "test.Thing.wide: an amount of NULL makes it NULL; use QN_SET_NULL");
}

static void results_need_a_place(void **state)
{
	const char *message = "test.Thing: the place for the result is NULL";

	qn_model_find(*state, &test_thing_model, NULL, NULL);
	assert_call_refused(*state, QN_USAGE, message);
	qn_model_get(*state, &test_thing_model, NULL, NULL);
	assert_call_refused(*state, QN_USAGE, message);
	qn_model_first(*state, &test_thing_model, NULL, NULL);
	assert_call_refused(*state, QN_USAGE, message);
	qn_model_count(*state, &test_thing_model, NULL, NULL);
	assert_call_refused(*state, QN_USAGE, message);
	qn_model_exists(*state, &test_thing_model, NULL, NULL);
	assert_call_refused(*state, QN_USAGE, message);
	assert_null(qn_model_find(NULL, &test_thing_model, NULL, NULL));
}

static void descriptors_answer_without_a_database(void **state)
{
	static const qn_model *const models[] = { &test_thing_model };
	const qn_module module = { .name = "test", .models = models, .model_count = 1 };
	test_thing row = { .qn_loaded = { UINT64_C(1) << (TEST_THING_KINDS - 1) } };

	(void)state;
	assert_true(qn_model_is_loaded(&test_thing_model, &row, TEST_THING_KINDS));
	assert_false(qn_model_is_loaded(&test_thing_model, &row, TEST_THING_ID));
	assert_false(qn_model_is_loaded(&test_thing_model, &row, 0));
	assert_false(qn_model_is_loaded(&test_thing_model, &row, TEST_THING_FIELDS + 1));
	assert_false(qn_model_is_loaded(&test_thing_model, NULL, TEST_THING_ID));
	assert_string_equal(qn_enum_label(&test_kind_enum, TEST_KIND_LIVE), "live");
	assert_null(qn_enum_label(&test_kind_enum, 0));
	assert_null(qn_enum_label(&test_kind_enum, 4));
	assert_int_equal(qn_enum_value(&test_kind_enum, "live"), TEST_KIND_LIVE);
	assert_int_equal(qn_enum_value(&test_kind_enum, "LIVE"), 0);
	assert_int_equal(qn_enum_value(&test_kind_enum, NULL), 0);
	assert_ptr_equal(qn_module_find(&module, "Thing"), &test_thing_model);
	assert_null(qn_module_find(&module, "thing"));
	assert_null(qn_module_find(&module, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sending_setup, sending_teardown)
		TEST(values_do_not_make_a_shape),
		TEST(everything_else_does),
		TEST(the_registry_is_bounded_and_ids_are_dense),
		TEST(an_unusually_large_shape_is_not_kept),
		TEST(lookups_refuse_null_and_what_their_type_has_not),
		TEST(everything_needs_its_own_call),
		TEST(nesting_is_bounded),
		TEST(options_that_make_no_sense_are_refused),
		TEST(values_that_do_not_fit_are_refused),
		TEST(changes_that_make_no_sense_are_refused),
		TEST(results_need_a_place),
		TEST(descriptors_answer_without_a_database),
	};

	return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
