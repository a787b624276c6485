/*
 * Which unique keys are asked for, by which statement, and what their answers say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_op.h"
#include "quern/validate.h"
#include "query/shape.h"
#include "thing.h"

#define SELECT            "SELECT "
#define EXISTS(condition) "EXISTS (SELECT 1 FROM \"test_thing\" AS t WHERE " condition ")"

enum { BOOL_OID = 16, TEXT_OID = 25, VARCHAR_OID = 1043 };

struct world {
	qn_session session;
	qn_model pairs;   /* with a key of two columns */
	qn_model keyless; /* without a key */
	qn_errors errors;
	test_thing row;
};

static void row_set_loaded(test_thing *row, int field)
{
	row->qn_loaded[0] |= UINT64_C(1) << (field - 1);
}

static int setup(void **state)
{
	static const uint16_t pair[] = { TEST_THING_ID - 1, TEST_THING_NAME - 1 };
	static struct world world;

	world = (struct world){ .pairs = test_unique_model, .keyless = test_keyless_model };
	fake_session_init(&world.session);
	world.keyless.rules = test_unique_model.rules;
	world.pairs.primary_key = pair;
	world.pairs.primary_key_len = 2;
	world.row = (test_thing){ .id = 7, .name = "own", .big = 3, .has_big = true };
	row_set_loaded(&world.row, TEST_THING_ID);
	row_set_loaded(&world.row, TEST_THING_NAME);
	row_set_loaded(&world.row, TEST_THING_BIG);
	*state = &world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	fake_session_free(&world->session);
	return 0;
}

static struct qn_op *ask_new(struct world *world, const test_thing_new *values)
{
	struct qn_op *op =
		qn_validate_unique_new(&world->session, &test_unique_model, &world->errors, values);

	assert_non_null(op);
	return op;
}

static struct qn_op *ask_changes(struct world *world, const test_thing_changes *changes)
{
	struct qn_op *op = qn_validate_unique_changes(&world->session, &test_unique_model,
						      &world->errors, &world->row, changes);

	assert_non_null(op);
	return op;
}

static void assert_asked(const struct world *world, const char *sql)
{
	const struct qn_op *op = world->session.op;

	if (op->refused)
		print_error("%s\n", world->session.message);
	assert_false(op->refused);
	assert_non_null(op->request.statement);
	assert_string_equal(op->request.statement->sql, sql);
	assert_int_equal(op->request.statement->parameter_count, op->parameter_count);
	assert_true(op->request.flags & REQUEST_READ);
}

static void assert_not_asked(const struct world *world)
{
	assert_false(world->session.op->refused);
	assert_null(world->session.op->request.statement);
	assert_int_equal(world->session.op->status, QN_OK);
}

static void assert_refused(const struct world *world, qn_status status, const char *message)
{
	assert_true(world->session.op->refused);
	assert_null(world->session.op->request.statement);
	assert_int_equal(world->session.op->status, status);
	assert_string_equal(world->session.message, message);
}

static void assert_text(const struct world *world, size_t number, Oid type, const char *text)
{
	const struct qn_op *op = world->session.op;

	assert_int_equal(op->request.statement->parameter_types[number], type);
	assert_int_equal(op->lengths[number], strlen(text));
	assert_memory_equal(op->wire.at + op->offsets[number], text, strlen(text));
}

static void a_new_row_is_looked_for_by_the_keys_whose_fields_are_all_given(void **state)
{
	struct world *world = *state;

	ask_new(world, &(test_thing_new){ .name = "lamp" });
	assert_asked(world, SELECT EXISTS("t.name = $1"));
	assert_text(world, 0, VARCHAR_OID, "lamp");
	ask_new(world, &(test_thing_new){ .name = "lamp",
					  .set_id = QN_SET(7),
					  .set_title = QN_SET("a lamp"),
					  .set_big = QN_SET(1),
					  .set_small = QN_SET(2) });
	assert_asked(world, SELECT EXISTS("t.id = $1") ", " EXISTS("t.name = $2") ", " EXISTS(
				    "t.title = $3") ", " EXISTS("t.big = $4 AND t.small = $5"));
	assert_text(world, 2, TEXT_OID, "a lamp");
}

static void what_is_null_is_like_no_other_value(void **state)
{
	struct world *world = *state;

	ask_new(world, &(test_thing_new){ .name = "lamp",
					  .set_title = QN_SET(NULL),
					  .set_big = QN_SET(1),
					  .set_small = QN_SET_NULL });
	assert_asked(world, SELECT EXISTS("t.name = $1"));
}

static void what_is_null_is_asked_for_where_the_key_takes_nulls_for_equal(void **state)
{
	struct world *world = *state;

	ask_new(world, &(test_thing_new){ .name = "lamp", .set_count = QN_SET(1) });
	assert_asked(world,
		     SELECT EXISTS("t.name = $1") ", " EXISTS("t.born IS NULL AND t.count = $2"));
	ask_new(world, &(test_thing_new){ .name = "lamp",
					  .set_count = QN_SET(1),
					  .set_born = QN_SET((qn_date){ 12 }) });
	assert_asked(world,
		     SELECT EXISTS("t.name = $1") ", " EXISTS("t.born = $2 AND t.count = $3"));
}

static void types_that_only_the_server_knows_are_for_it_to_find(void **state)
{
	struct world *world = *state;

	ask_new(world, &(test_thing_new){ .name = "lamp",
					  .set_real_ = QN_SET(1),
					  .set_other = QN_SET(TEST_KIND_LIVE),
					  .set_place = QN_SET("(1,2)") });
	assert_asked(world, SELECT EXISTS("t.name = $1") ", " EXISTS(
				    "t.\"Real \"\"x\"\"\" = $2 AND t.other = $3 AND t.place = $4"));
	assert_text(world, 2, 0, "live");
	assert_text(world, 3, 0, "(1,2)");
}

static void changes_are_looked_for_in_rows_other_than_their_own(void **state)
{
	struct world *world = *state;

	ask_changes(world, &(test_thing_changes){ .name = QN_SET("lamp") });
	assert_asked(world, SELECT EXISTS("t.name = $1 AND (t.id) <> ($2)"));
	ask_changes(world,
		    &(test_thing_changes){ .name = QN_SET("lamp"), .title = QN_SET("a lamp") });
	assert_asked(world, SELECT EXISTS("t.name = $1 AND (t.id) <> ($2)") ", " EXISTS(
				    "t.title = $3 AND (t.id) <> ($4)"));
}

static void keys_of_several_columns_leave_the_row_out_too(void **state)
{
	struct world *world = *state;

	assert_non_null(qn_validate_unique_changes(
		&world->session, &world->pairs, &world->errors, &world->row,
		&(test_thing_changes){ .title = QN_SET("a lamp") }));
	assert_asked(world, SELECT EXISTS("t.title = $1 AND (t.id, t.name) <> ($2, $3)"));
	assert_text(world, 2, VARCHAR_OID, "own");
}

static void what_changes_leave_alone_is_as_in_the_row(void **state)
{
	struct world *world = *state;

	ask_changes(world, &(test_thing_changes){ .small = QN_SET(2) });
	assert_asked(world, SELECT EXISTS("t.big = $1 AND t.small = $2 AND (t.id) <> ($3)"));
	world->row.has_big = false;
	ask_changes(world, &(test_thing_changes){ .small = QN_SET(2) });
	assert_not_asked(world);
}

static void a_row_that_was_read_without_the_rest_of_a_key_is_refused(void **state)
{
	struct world *world = *state;

	ask_changes(world, &(test_thing_changes){ .big = QN_SET(2) });
	assert_refused(world, QN_USAGE,
		       "test.Unique.small: the row was read without it, which a unique key needs "
		       "that changes");
	row_set_loaded(&world->row, TEST_THING_SMALL);
	ask_changes(world, &(test_thing_changes){ .big = QN_SET(2) });
	assert_not_asked(world);
}

static void a_key_that_was_set_by_hand_is_enough_for_keys_that_change_whole(void **state)
{
	struct world *world = *state;

	world->row = (test_thing){ .id = 7 };
	ask_changes(world, &(test_thing_changes){ .big = QN_SET(2), .small = QN_SET(3) });
	assert_asked(world, SELECT EXISTS("t.big = $1 AND t.small = $2 AND (t.id) <> ($3)"));
}

static void keys_that_do_not_change_are_not_looked_for(void **state)
{
	struct world *world = *state;

	ask_changes(world, &(test_thing_changes){ .flag = QN_SET(true) });
	assert_not_asked(world);
	ask_changes(world, &(test_thing_changes){ 0 });
	assert_not_asked(world);
}

static void what_the_database_computes_is_left_to_it(void **state)
{
	struct world *world = *state;

	row_set_loaded(&world->row, TEST_THING_SMALL);
	ask_changes(world, &(test_thing_changes){ .big = QN_ADD(1), .small = QN_SET(1) });
	assert_not_asked(world);
	ask_changes(world, &(test_thing_changes){ .count = QN_SET_DEFAULT,
						  .born = QN_SET((qn_date){ 12 }) });
	assert_not_asked(world);
	/* CHANGED is set by every update. */
	ask_changes(world, &(test_thing_changes){ .clock = QN_SET((qn_time){ 12 }) });
	assert_not_asked(world);
	ask_changes(world, &(test_thing_changes){ .clock = QN_SET((qn_time){ 12 }),
						  .changed = QN_SET((qn_timestamptz){ 12 }) });
	assert_asked(world, SELECT EXISTS("t.changed = $1 AND t.clock = $2 AND (t.id) <> ($3)"));
}

static void conditional_keys_are_left_to_the_database(void **state)
{
	struct world *world = *state;

	ask_changes(world, &(test_thing_changes){ .seen = QN_SET((qn_timestamp){ 12 }) });
	assert_not_asked(world);
}

static void a_model_without_rules_asks_nothing(void **state)
{
	struct world *world = *state;
	const test_thing_new values = { .name = "lamp" };

	assert_non_null(qn_validate_unique_new(&world->session, &test_thing_model, &world->errors,
					       &values));
	assert_not_asked(world);
}

static void a_model_without_a_key_has_new_rows_only(void **state)
{
	struct world *world = *state;
	const test_thing_new values = { .name = "lamp" };
	const test_thing_changes changes = { .name = QN_SET("lamp") };

	assert_non_null(
		qn_validate_unique_new(&world->session, &world->keyless, &world->errors, &values));
	assert_asked(world, SELECT EXISTS("t.name = $1"));
	assert_non_null(qn_validate_unique_changes(&world->session, &world->keyless, &world->errors,
						   &world->row, &changes));
	assert_refused(world, QN_USAGE, "test.Keyless: the model has no key to know the row by");
}

static void values_that_do_not_fit_their_columns_are_refused(void **state)
{
	struct world *world = *state;

	ask_new(world, &(test_thing_new){ .name = "lamps!" });
	assert_refused(world, QN_INVALID_VALUE, "test.Unique.name: is longer than 5 characters");
	ask_new(world, &(test_thing_new){ .name = NULL });
	assert_refused(world, QN_INVALID_VALUE, "test.Unique.name: is required");
	ask_new(world, &(test_thing_new){ .name = "lamp", .set_title = { .op = 99 } });
	assert_refused(world, QN_INVALID_VALUE,
		       "test.Unique.title: is set in no way that there is");
	ask_changes(world, &(test_thing_changes){ .name = QN_SET_NULL });
	assert_refused(world, QN_INVALID_VALUE, "test.Unique.name: cannot be null");
}

static void arguments_that_are_null_are_refused(void **state)
{
	struct world *world = *state;
	const test_thing_new values = { .name = "lamp" };
	const test_thing_changes changes = { .name = QN_SET("lamp") };

	assert_null(qn_validate_unique_new(NULL, &test_unique_model, &world->errors, &values));
	assert_non_null(qn_validate_unique_new(&world->session, &test_unique_model, NULL, &values));
	assert_refused(world, QN_USAGE, "test.Unique: the place for the errors is NULL");
	ask_new(world, NULL);
	assert_refused(world, QN_USAGE, "test.Unique: the values are NULL");
	ask_changes(world, NULL);
	assert_refused(world, QN_USAGE, "test.Unique: the changes are NULL");
	assert_non_null(qn_validate_unique_changes(&world->session, &test_unique_model,
						   &world->errors, NULL, &changes));
	assert_refused(world, QN_USAGE, "test.Unique: the row is NULL");
}

static void equal_questions_are_one_statement(void **state)
{
	struct world *world = *state;
	const struct statement *first;

	ask_new(world, &(test_thing_new){ .name = "lamp" });
	first = world->session.op->request.statement;
	ask_new(world, &(test_thing_new){ .name = "desk" });
	assert_ptr_equal(world->session.op->request.statement, first);
	ask_new(world, &(test_thing_new){ .name = "desk", .set_title = QN_SET("a desk") });
	assert_ptr_not_equal(world->session.op->request.statement, first);
	ask_changes(world, &(test_thing_changes){ .name = QN_SET("desk") });
	assert_ptr_not_equal(world->session.op->request.statement, first);
}

/* A row of booleans. */
static PGresult *make_answer(Oid type, const bool *taken, int count)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[8] = { 0 };

	assert_non_null(result);
	for (int i = 0; i < count; i++)
		columns[i] = (PGresAttDesc){ .name = (char *)"exists", .typid = type, .format = 1 };
	assert_true(PQsetResultAttrs(result, count, columns));
	for (int i = 0; i < count; i++) {
		char byte = taken[i];

		assert_true(PQsetvalue(result, 0, i, &byte, 1));
	}
	return result;
}

static void ask_three(struct world *world)
{
	world->errors = (qn_errors){ NULL, 99 };
	ask_new(world, &(test_thing_new){ .name = "lamp",
					  .set_title = QN_SET("a lamp"),
					  .set_big = QN_SET(1),
					  .set_small = QN_SET(2) });
	assert_int_equal(world->errors.len, 0);
}

static void an_answer_says_what_is_taken(void **state)
{
	struct world *world = *state;

	ask_three(world);
	assert_int_equal(fake_finish(&world->session,
				     make_answer(BOOL_OID, (bool[]){ false, true, true }, 3)),
			 QN_INVALID_VALUE);
	assert_int_equal(world->errors.len, 2);
	assert_string_equal(world->errors.at[0].field, "title");
	assert_string_equal(world->errors.at[0].code, "unique");
	assert_string_equal(world->errors.at[0].message, "is taken already");
	assert_string_equal(world->errors.at[1].field, "");
	assert_string_equal(world->errors.at[1].code, "unique_together");
	assert_string_equal(world->errors.at[1].message, "another row has the same big and small");
	assert_string_equal(world->session.message,
			    "test.Unique: other rows have some of these values already");
}

static void an_answer_without_rows_leaves_no_errors(void **state)
{
	struct world *world = *state;

	ask_three(world);
	assert_int_equal(fake_finish(&world->session, make_answer(BOOL_OID, (bool[3]){ 0 }, 3)),
			 QN_OK);
	assert_int_equal(world->errors.len, 0);
}

static void an_answer_of_another_form_is_the_servers_fault(void **state)
{
	struct world *world = *state;

	ask_three(world);
	assert_int_equal(fake_finish(&world->session, make_answer(BOOL_OID, (bool[2]){ 0 }, 2)),
			 QN_PROTOCOL_ERROR);
	assert_string_equal(world->session.message,
			    "test.Unique: the server did not answer with 3 booleans");
	ask_three(world);
	assert_int_equal(fake_finish(&world->session, make_answer(TEXT_OID, (bool[3]){ 0 }, 3)),
			 QN_PROTOCOL_ERROR);
	ask_three(world);
	assert_int_equal(fake_finish(&world->session, PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK)),
			 QN_PROTOCOL_ERROR);
	assert_int_equal(world->errors.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_new_row_is_looked_for_by_the_keys_whose_fields_are_all_given),
		TEST(what_is_null_is_like_no_other_value),
		TEST(what_is_null_is_asked_for_where_the_key_takes_nulls_for_equal),
		TEST(types_that_only_the_server_knows_are_for_it_to_find),
		TEST(changes_are_looked_for_in_rows_other_than_their_own),
		TEST(keys_of_several_columns_leave_the_row_out_too),
		TEST(what_changes_leave_alone_is_as_in_the_row),
		TEST(a_row_that_was_read_without_the_rest_of_a_key_is_refused),
		TEST(a_key_that_was_set_by_hand_is_enough_for_keys_that_change_whole),
		TEST(keys_that_do_not_change_are_not_looked_for),
		TEST(what_the_database_computes_is_left_to_it),
		TEST(conditional_keys_are_left_to_the_database),
		TEST(a_model_without_rules_asks_nothing),
		TEST(a_model_without_a_key_has_new_rows_only),
		TEST(values_that_do_not_fit_their_columns_are_refused),
		TEST(arguments_that_are_null_are_refused),
		TEST(equal_questions_are_one_statement),
		TEST(an_answer_says_what_is_taken),
		TEST(an_answer_without_rows_leaves_no_errors),
		TEST(an_answer_of_another_form_is_the_servers_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
