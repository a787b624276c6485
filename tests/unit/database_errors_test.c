/*
 * What the database refused, as errors of fields.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_op.h"
#include "quern/validate.h"
#include "thing.h"

#define FIELDS(...)                                  \
	.fields = (const uint16_t[]){ __VA_ARGS__ }, \
	.field_count = sizeof((const uint16_t[]){ __VA_ARGS__ }) / sizeof(uint16_t)

static const qn_unique uniques[] = {
	{ .constraint = "thing_pkey", FIELDS(TEST_THING_ID - 1) },
	{ .constraint = "thing_name_key", FIELDS(TEST_THING_NAME - 1) },
	{ .constraint = "thing_three",
	  FIELDS(TEST_THING_BIG - 1, TEST_THING_SMALL - 1, TEST_THING_BORN - 1) },
	{ .constraint = "thing_lower_title_idx",
	  FIELDS(TEST_THING_TITLE - 1),
	  .is_conditional = true },
	{ .constraint = "thing_nothing_idx", .is_conditional = true },
};

static const qn_check checks[] = {
	{ .constraint = "thing_count_check", .sql = "count > 0", FIELDS(TEST_THING_COUNT - 1) },
	{ .constraint = "thing_sizes_check",
	  .sql = "small < big",
	  FIELDS(TEST_THING_SMALL - 1, TEST_THING_BIG - 1) },
};

static const qn_rules rules = {
	.uniques = uniques,
	.unique_count = sizeof(uniques) / sizeof(*uniques),
	.checks = checks,
	.check_count = sizeof(checks) / sizeof(*checks),
};

static const qn_relation relations[] = {
	{ .name = "below", .kind = QN_RELATION_REVERSE },
	{ .name = "maker",
	  .kind = QN_RELATION_FORWARD,
	  .constraint = "thing_big_fkey",
	  .own = (const uint16_t[]){ TEST_THING_BIG - 1 },
	  .own_len = 1 },
	{ .name = "place",
	  .kind = QN_RELATION_FORWARD,
	  .constraint = "thing_place_fkey",
	  .own = (const uint16_t[]){ TEST_THING_BIG - 1, TEST_THING_SMALL - 1 },
	  .own_len = 2 },
};

struct world {
	qn_session session;
	qn_model model;
	qn_errors errors;
};

static int setup(void **state)
{
	static struct world world;

	world = (struct world){ .model = test_thing_model };
	world.model.rules = &rules;
	world.model.relations = relations;
	world.model.relation_count = sizeof(relations) / sizeof(*relations);
	fake_session_init(&world.session);
	*state = &world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	fake_session_free(&world->session);
	return 0;
}

/* As the server says it: the rest of a qn_error is "". */
struct refusal {
	qn_status status;
	const char *constraint;
	const char *column;
	const char *schema;
	const char *table;
};

static bool map(struct world *world, struct refusal refusal)
{
	const qn_error error = {
		.status = refusal.status,
		.message = "",
		.detail = "",
		.hint = "",
		.model = "",
		.field = "",
		.constraint = refusal.constraint ? refusal.constraint : "",
		.schema = refusal.schema ? refusal.schema : "public",
		.table = refusal.table ? refusal.table : "test_thing",
		.column = refusal.column ? refusal.column : "",
		.sql = "",
	};

	world->errors = (qn_errors){ NULL, 99 };
	return qn_errors_from_database(&world->session, &world->model, &error, &world->errors);
}

static void assert_error(struct world *world, struct refusal refusal, qn_field_error expected)
{
	assert_true(map(world, refusal));
	assert_int_equal(world->errors.len, 1);
	assert_string_equal(world->errors.at[0].field, expected.field);
	assert_string_equal(world->errors.at[0].code, expected.code);
	assert_string_equal(world->errors.at[0].message, expected.message);
	if (refusal.constraint)
		assert_string_equal(world->errors.at[0].constraint, refusal.constraint);
	else
		assert_null(world->errors.at[0].constraint);
}

static void assert_none(struct world *world, struct refusal refusal)
{
	assert_false(map(world, refusal));
	assert_int_equal(world->errors.len, 0);
}

static void a_unique_key_of_one_field_is_the_fields(void **state)
{
	assert_error(*state,
		     (struct refusal){ .status = QN_UNIQUE_VIOLATION,
				       .constraint = "thing_name_key" },
		     (qn_field_error){
			     .field = "name", .code = "unique", .message = "is taken already" });
	assert_error(*state,
		     (struct refusal){ .status = QN_UNIQUE_VIOLATION, .constraint = "thing_pkey" },
		     (qn_field_error){
			     .field = "id", .code = "unique", .message = "is taken already" });
	assert_error(*state,
		     (struct refusal){ .status = QN_UNIQUE_VIOLATION,
				       .constraint = "thing_lower_title_idx" },
		     (qn_field_error){
			     .field = "title", .code = "unique", .message = "is taken already" });
}

static void any_other_unique_key_is_of_the_whole(void **state)
{
	assert_error(*state,
		     (struct refusal){ .status = QN_UNIQUE_VIOLATION, .constraint = "thing_three" },
		     (qn_field_error){ .field = "",
				       .code = "unique_together",
				       .message = "another row has the same big, small and born" });
	assert_error(*state,
		     (struct refusal){ .status = QN_UNIQUE_VIOLATION,
				       .constraint = "thing_nothing_idx" },
		     (qn_field_error){ .field = "",
				       .code = "unique_together",
				       .message = "another row has these values already" });
	assert_error(*state,
		     (struct refusal){ .status = QN_UNIQUE_VIOLATION,
				       .constraint = "not_in_the_schema" },
		     (qn_field_error){ .field = "",
				       .code = "unique_together",
				       .message = "another row has these values already" });
}

static void a_foreign_key_is_its_columns(void **state)
{
	assert_error(*state,
		     (struct refusal){ .status = QN_FOREIGN_KEY_VIOLATION,
				       .constraint = "thing_big_fkey" },
		     (qn_field_error){ .field = "big",
				       .code = "reference",
				       .message = "refers to a row that does not exist" });
	assert_error(*state,
		     (struct refusal){ .status = QN_FOREIGN_KEY_VIOLATION,
				       .constraint = "thing_place_fkey" },
		     (qn_field_error){ .field = "",
				       .code = "reference",
				       .message = "place refers to a row that does not exist" });
	assert_error(*state,
		     (struct refusal){ .status = QN_FOREIGN_KEY_VIOLATION,
				       .constraint = "not_in_the_schema" },
		     (qn_field_error){ .field = "",
				       .code = "reference",
				       .message = "a row that it refers to does not exist" });
}

static void a_check_is_of_the_field_that_it_names_alone(void **state)
{
	assert_error(*state,
		     (struct refusal){ .status = QN_CHECK_VIOLATION,
				       .constraint = "thing_count_check" },
		     (qn_field_error){ .field = "count",
				       .code = "check",
				       .message = "does not keep the condition: count > 0" });
	assert_error(*state,
		     (struct refusal){ .status = QN_CHECK_VIOLATION,
				       .constraint = "thing_sizes_check" },
		     (qn_field_error){ .field = "",
				       .code = "check",
				       .message = "does not keep the condition: small < big" });
	assert_error(
		*state,
		(struct refusal){ .status = QN_CHECK_VIOLATION, .constraint = "not_in_the_schema" },
		(qn_field_error){ .field = "",
				  .code = "check",
				  .message = "does not keep the check \"not_in_the_schema\"" });
}

static void null_is_of_the_column(void **state)
{
	assert_error(
		*state, (struct refusal){ .status = QN_NOT_NULL_VIOLATION, .column = "Real \"x\"" },
		(qn_field_error){ .field = "real_", .code = "null", .message = "cannot be null" });
	assert_none(*state,
		    (struct refusal){ .status = QN_NOT_NULL_VIOLATION, .column = "elsewhere" });
}

static void an_exclusion_is_of_the_whole(void **state)
{
	assert_error(*state,
		     (struct refusal){ .status = QN_EXCLUSION_VIOLATION,
				       .constraint = "thing_excl" },
		     (qn_field_error){ .field = "",
				       .code = "exclusion",
				       .message = "another row has values that exclude these" });
}

static void what_another_table_refused_is_not_of_this_model(void **state)
{
	static const char *const others[] = { "test_thin", "test_things", "\"test_thing\"", "" };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_none(*state, (struct refusal){ .status = QN_UNIQUE_VIOLATION,
						      .constraint = "thing_name_key",
						      .table = others[i] });
}

static void a_model_with_a_schema_is_the_table_of_that_schema(void **state)
{
	struct world *world = *state;

	world->model.sql_name = "\"odd \"\"one\"\"\".\"a.b\"";
	assert_true(map(world, (struct refusal){ .status = QN_UNIQUE_VIOLATION,
						 .constraint = "thing_name_key",
						 .schema = "odd \"one\"",
						 .table = "a.b" }));
	assert_none(world, (struct refusal){ .status = QN_UNIQUE_VIOLATION,
					     .constraint = "thing_name_key",
					     .schema = "public",
					     .table = "a.b" });
	assert_none(world, (struct refusal){ .status = QN_UNIQUE_VIOLATION,
					     .constraint = "thing_name_key",
					     .schema = "odd \"one\"",
					     .table = "odd \"one\"" });
	/* A table that is called as its schema. */
	world->model.sql_name = "\"thing\"";
	assert_true(map(world, (struct refusal){ .status = QN_UNIQUE_VIOLATION,
						 .constraint = "thing_name_key",
						 .schema = "thing",
						 .table = "thing" }));
}

static void a_model_without_rules_has_errors_of_the_whole(void **state)
{
	struct world *world = *state;

	world->model.rules = NULL;
	assert_error(world,
		     (struct refusal){ .status = QN_UNIQUE_VIOLATION,
				       .constraint = "thing_name_key" },
		     (qn_field_error){ .field = "",
				       .code = "unique_together",
				       .message = "another row has these values already" });
	assert_error(
		world,
		(struct refusal){ .status = QN_CHECK_VIOLATION, .constraint = "thing_count_check" },
		(qn_field_error){ .field = "",
				  .code = "check",
				  .message = "does not keep the check \"thing_count_check\"" });
}

static void what_is_no_refusal_of_a_row_is_no_error_of_fields(void **state)
{
	static const qn_status others[] = { QN_OK,
					    QN_NOT_FOUND,
					    QN_PROTECTED,
					    QN_BAD_DATA,
					    QN_TRANSACTION_BROKEN,
					    QN_SERIALIZATION_FAILURE,
					    QN_CONNECTION_LOST };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_none(*state, (struct refusal){ .status = others[i],
						      .constraint = "thing_name_key" });
}

static void arguments_that_are_null_are_no_error_of_fields(void **state)
{
	struct world *world = *state;
	const qn_error error = { .status = QN_UNIQUE_VIOLATION,
				 .constraint = "thing_name_key",
				 .schema = "",
				 .table = "test_thing" };

	assert_false(qn_errors_from_database(NULL, &world->model, &error, &world->errors));
	assert_false(qn_errors_from_database(&world->session, NULL, &error, &world->errors));
	assert_false(qn_errors_from_database(&world->session, &world->model, NULL, &world->errors));
	assert_false(qn_errors_from_database(&world->session, &world->model, &error, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_unique_key_of_one_field_is_the_fields),
		TEST(any_other_unique_key_is_of_the_whole),
		TEST(a_foreign_key_is_its_columns),
		TEST(a_check_is_of_the_field_that_it_names_alone),
		TEST(null_is_of_the_column),
		TEST(an_exclusion_is_of_the_whole),
		TEST(what_another_table_refused_is_not_of_this_model),
		TEST(a_model_with_a_schema_is_the_table_of_that_schema),
		TEST(a_model_without_rules_has_errors_of_the_whole),
		TEST(what_is_no_refusal_of_a_row_is_no_error_of_fields),
		TEST(arguments_that_are_null_are_no_error_of_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
