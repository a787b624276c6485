/*
 * What the server refuses by a constraint is an error of the same field, with the same code, as
 * validation would have said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms.h"

/* Creates the row, which the server is to refuse. */
static void refuse_new(struct forms *forms, const forms_member_new *values, qn_status status,
		       const char *expected)
{
	forms_member *member;
	qn_errors errors;

	forms_expect(forms, forms_member_create(forms->session, &member, values), status);
	assert_true(forms_member_errors_from_database(forms->session, &errors));
	forms_expect_errors(&errors, expected);
}

static qn_date date(const char *text)
{
	qn_date out = { 0 };

	assert_true(qn_date_parse(text, &out));
	return out;
}

struct told {
	forms_member_new values;
	const char *errors;
};

static void a_check_that_is_told_here_is_told_alike_by_the_server(void **state)
{
	struct forms *forms = *state;
	const struct told cases[] = {
		{ { .login = "ann", .number = 0 },
		  "{\"number\":[{\"code\":\"check\",\"message\":"
		  "\"does not keep the condition: number > 0\"}]}" },
		{ { .login = "root", .number = 1 },
		  "{\"login\":[{\"code\":\"check\",\"message\":"
		  "\"does not keep the condition: login <> 'root'\"}]}" },
		{ { .login = "ann", .number = 1, .nick = QN_SET("nobody") },
		  "{\"nick\":[{\"code\":\"check\",\"message\":"
		  "\"does not keep the condition: length(nick) < 10 and nick <> 'nobody'\"}]}" },
		{ { .login = "ann", .number = 1, .born = QN_SET(date("2100-01-01")) },
		  "{\"born\":[{\"code\":\"check\",\"message\":"
		  "\"does not keep the condition: born < '2100-01-01'\"}]}" },
		{ { .login = "ann",
		    .number = 1,
		    .age = QN_SET(17),
		    .level = QN_SET(FORMS_LEVEL_MID) },
		  "{\"__all__\":[{\"code\":\"check\",\"message\":"
		  "\"does not keep the condition: age >= 18 or level = 'low'\"}]}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		qn_errors errors;

		assert_int_equal(forms_member_validate_new(forms->session, &cases[i].values,
							   &errors),
				 QN_INVALID_VALUE);
		forms_expect_errors(&errors, cases[i].errors);
		refuse_new(forms, &cases[i].values, QN_CHECK_VIOLATION, cases[i].errors);
	}
	forms_expect_value(forms, "SELECT count(*) FROM forms_member", "0");
}

static void a_check_that_only_the_server_can_tell_is_of_its_field(void **state)
{
	struct forms *forms = *state;
	const forms_member_new values = { .login = "ann", .number = 1, .visits = QN_SET(999) };
	qn_errors errors;

	assert_int_equal(forms_member_validate_new(forms->session, &values, &errors), QN_OK);
	refuse_new(forms, &values, QN_CHECK_VIOLATION,
		   "{\"visits\":[{\"code\":\"check\",\"message\":"
		   "\"does not keep the condition: visits >= 0 and visits % 1000 <> 999\"}]}");
}

static void a_check_with_null_passes_here_and_there(void **state)
{
	struct forms *forms = *state;
	const forms_member_new values = {
		.login = "ann",
		.number = 1,
		.age = QN_SET_NULL,
		.level = QN_SET(FORMS_LEVEL_MID),
		.nick = QN_SET_NULL,
	};
	qn_errors errors;

	assert_int_equal(forms_member_validate_new(forms->session, &values, &errors), QN_OK);
	assert_string_equal(forms_make(forms, &values)->login, "ann");
}

static void a_missing_reference_is_of_its_column(void **state)
{
	struct forms *forms = *state;

	refuse_new(forms,
		   &(forms_member_new){ .login = "ann", .number = 1, .city_code = QN_SET("zz") },
		   QN_FOREIGN_KEY_VIOLATION,
		   "{\"city_code\":[{\"code\":\"reference\","
		   "\"message\":\"refers to a row that does not exist\"}]}");
	refuse_new(forms,
		   &(forms_member_new){ .login = "ann", .number = 1, .mentor_id = QN_SET(9) },
		   QN_FOREIGN_KEY_VIOLATION,
		   "{\"mentor_id\":[{\"code\":\"reference\","
		   "\"message\":\"refers to a row that does not exist\"}]}");
}

static void a_column_that_the_database_alone_wants_is_null_for_its_field(void **state)
{
	struct forms *forms = *state;

	forms_execute(forms, "ALTER TABLE forms_member ALTER paid SET NOT NULL");
	refuse_new(forms, &(forms_member_new){ .login = "ann", .number = 1 }, QN_NOT_NULL_VIOLATION,
		   "{\"paid\":[{\"code\":\"null\",\"message\":\"cannot be null\"}]}");
	forms_execute(forms, "ALTER TABLE forms_member ALTER paid DROP NOT NULL");
}

static void constraints_that_are_not_in_the_schema_are_of_the_whole(void **state)
{
	struct forms *forms = *state;

	forms_execute(forms, "ALTER TABLE forms_member"
			     " ADD CONSTRAINT own_check CHECK (login <> 'eve'),"
			     " ADD CONSTRAINT own_key UNIQUE (age),"
			     " ADD CONSTRAINT own_exclusion EXCLUDE (site WITH =)");
	forms_make(forms, &(forms_member_new){ .login = "ann",
					       .number = 1,
					       .age = QN_SET(20),
					       .site = QN_SET("https://example.org/") });
	refuse_new(forms, &(forms_member_new){ .login = "eve", .number = 2 }, QN_CHECK_VIOLATION,
		   "{\"__all__\":[{\"code\":\"check\","
		   "\"message\":\"does not keep the check \\\"own_check\\\"\"}]}");
	refuse_new(forms,
		   &(forms_member_new){
			   .login = "bob", .number = 2, .nick = QN_SET("b"), .age = QN_SET(20) },
		   QN_UNIQUE_VIOLATION,
		   "{\"__all__\":[{\"code\":\"unique_together\","
		   "\"message\":\"another row has these values already\"}]}");
	refuse_new(forms,
		   &(forms_member_new){ .login = "bob",
					.number = 2,
					.nick = QN_SET("b"),
					.site = QN_SET("https://example.org/") },
		   QN_EXCLUSION_VIOLATION,
		   "{\"__all__\":[{\"code\":\"exclusion\","
		   "\"message\":\"another row has values that exclude these\"}]}");
	forms_execute(forms, "ALTER TABLE forms_member DROP CONSTRAINT own_check,"
			     " DROP CONSTRAINT own_key, DROP CONSTRAINT own_exclusion");
}

static void changes_are_refused_as_new_rows_are(void **state)
{
	struct forms *forms = *state;
	const forms_member_where ann = { .login = QN_EQ("ann") };
	const forms_member_changes changes = { .number = QN_ADD(-5) };
	forms_member *member =
		forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	qn_errors errors;

	assert_int_equal(forms_member_validate_changes(forms->session, &changes, &errors), QN_OK);
	forms_expect(forms, forms_member_update(forms->session, NULL, &ann, &changes),
		     QN_CHECK_VIOLATION);
	assert_true(forms_member_errors_from_database(forms->session, &errors));
	forms_expect_errors(&errors, "{\"number\":[{\"code\":\"check\",\"message\":"
				     "\"does not keep the condition: number > 0\"}]}");
	member->city_code = "zz";
	forms_expect(forms, forms_member_save(forms->session, member), QN_FOREIGN_KEY_VIOLATION);
	assert_true(forms_member_errors_from_database(forms->session, &errors));
	assert_string_equal(errors.at[0].field, "city_code");
}

static void what_another_table_refused_is_no_error_of_this_model(void **state)
{
	struct forms *forms = *state;
	const forms_city_new city = { .code = "cc", .name = "Bonn" };
	forms_city *made;
	qn_errors errors;

	forms_expect(forms, forms_city_create(forms->session, &made, &city), QN_UNIQUE_VIOLATION);
	assert_false(forms_member_errors_from_database(forms->session, &errors));
	assert_int_equal(errors.len, 0);
	assert_true(forms_city_errors_from_database(forms->session, &errors));
	forms_expect_errors(&errors, "{\"name\":[{\"code\":\"unique\","
				     "\"message\":\"is taken already\"}]}");
}

static void a_row_that_is_referred_to_is_protected_and_not_in_error(void **state)
{
	struct forms *forms = *state;
	const forms_city_where aachen = { .code = QN_EQ("aa") };
	forms_city *city;
	qn_errors errors;

	forms_make(forms,
		   &(forms_member_new){ .login = "ann", .number = 1, .city_code = QN_SET("aa") });
	forms_expect(forms, forms_city_get(forms->session, &city, &aachen), QN_OK);
	forms_expect(forms, forms_city_delete(forms->session, city), QN_PROTECTED);
	assert_false(forms_city_errors_from_database(forms->session, &errors));
	assert_false(forms_member_errors_from_database(forms->session, &errors));
}

static void without_an_error_there_are_no_errors(void **state)
{
	struct forms *forms = *state;
	qn_errors errors;

	assert_false(forms_member_errors_from_database(forms->session, &errors));
	assert_int_equal(errors.len, 0);
}

/* Tries a row in a block of its own, so that the transaction around it goes on. */
struct attempt {
	const forms_member_new *values;
	qn_status status;
	const char *expected;
};

static qn_status create_inside(qn_session *session, void *argument)
{
	const struct attempt *attempt = argument;
	forms_member *member;

	return qn_await(forms_member_create(session, &member, attempt->values));
}

static qn_status try_and_go_on(qn_session *session, void *argument)
{
	const struct attempt *attempt = argument;
	const forms_member_new other = { .login = "bob", .number = 2 };
	forms_member *member;
	qn_errors errors;

	assert_int_equal(qn_atomic(session, create_inside, argument, NULL), attempt->status);
	assert_true(forms_member_errors_from_database(session, &errors));
	forms_expect_errors(&errors, attempt->expected);
	return qn_await(forms_member_create(session, &member, &other));
}

static void a_nested_block_keeps_the_transaction_whole(void **state)
{
	struct forms *forms = *state;
	const forms_member_new values = { .login = "root", .number = 1 };
	struct attempt attempt = { &values, QN_CHECK_VIOLATION,
				   "{\"login\":[{\"code\":\"check\",\"message\":"
				   "\"does not keep the condition: login <> 'root'\"}]}" };

	assert_int_equal(qn_atomic(forms->session, try_and_go_on, &attempt, NULL), QN_OK);
	forms_expect_value(forms, "SELECT string_agg(login, ',') FROM forms_member", "bob");
}

static qn_status go_on_broken(qn_session *session, void *argument)
{
	const forms_member_new other = { .login = "bob", .number = 2 };
	forms_member *member;
	qn_errors errors;

	(void)create_inside(session, argument);
	assert_true(forms_member_errors_from_database(session, &errors));
	return qn_await(forms_member_create(session, &member, &other));
}

static void a_refused_row_breaks_its_transaction(void **state)
{
	struct forms *forms = *state;
	const forms_member_new values = { .login = "root", .number = 1 };
	struct attempt attempt = { .values = &values };
	qn_errors errors;

	assert_int_equal(qn_atomic(forms->session, go_on_broken, &attempt, NULL),
			 QN_TRANSACTION_BROKEN);
	assert_false(forms_member_errors_from_database(forms->session, &errors));
	forms_expect_value(forms, "SELECT count(*) FROM forms_member", "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, forms_clear)
		TEST(a_check_that_is_told_here_is_told_alike_by_the_server),
		TEST(a_check_that_only_the_server_can_tell_is_of_its_field),
		TEST(a_check_with_null_passes_here_and_there),
		TEST(a_missing_reference_is_of_its_column),
		TEST(a_column_that_the_database_alone_wants_is_null_for_its_field),
		TEST(constraints_that_are_not_in_the_schema_are_of_the_whole),
		TEST(changes_are_refused_as_new_rows_are),
		TEST(what_another_table_refused_is_no_error_of_this_model),
		TEST(a_row_that_is_referred_to_is_protected_and_not_in_error),
		TEST(without_an_error_there_are_no_errors),
		TEST(a_nested_block_keeps_the_transaction_whole),
		TEST(a_refused_row_breaks_its_transaction),
	};

	return cmocka_run_group_tests(tests, forms_setup, forms_teardown);
}
