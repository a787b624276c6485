/*
 * Asking the server for unique keys: what it finds is what the constraint would refuse, and one
 * statement.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "forms.h"

static const char login_taken[] = "{\"login\":[{\"code\":\"unique\","
				  "\"message\":\"is taken already\"}]}";

#define SAME(names)                                    \
	"{\"__all__\":[{\"code\":\"unique_together\"," \
	"\"message\":\"another row has the same " names "\"}]}"

static void expect_free(struct forms *forms, const forms_member_new *values)
{
	qn_errors errors;

	forms_expect(forms, forms_member_validate_unique_new(forms->session, &errors, values),
		     QN_OK);
	assert_int_equal(errors.len, 0);
}

/* Both who asks and who does not are told the same. */
static void expect_taken(struct forms *forms, const forms_member_new *values, const char *expected)
{
	forms_member *member;
	qn_errors errors;

	forms_expect(forms, forms_member_validate_unique_new(forms->session, &errors, values),
		     QN_INVALID_VALUE);
	forms_expect_errors(&errors, expected);
	forms_expect(forms, forms_member_create(forms->session, &member, values),
		     QN_UNIQUE_VIOLATION);
	assert_true(forms_member_errors_from_database(forms->session, &errors));
	forms_expect_errors(&errors, expected);
}

/* Only who does not ask is told. */
static void expect_taken_at_last(struct forms *forms, const forms_member_new *values,
				 const char *expected)
{
	forms_member *member;
	qn_errors errors;

	expect_free(forms, values);
	forms_expect(forms, forms_member_create(forms->session, &member, values),
		     QN_UNIQUE_VIOLATION);
	assert_true(forms_member_errors_from_database(forms->session, &errors));
	forms_expect_errors(&errors, expected);
}

static void a_value_that_another_row_has_is_of_its_field(void **state)
{
	struct forms *forms = *state;

	expect_free(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	expect_taken(forms, &(forms_member_new){ .login = "ann", .number = 2, .nick = QN_SET("a") },
		     login_taken);
	expect_taken(forms,
		     &(forms_member_new){
			     .id = QN_SET(1), .login = "bob", .number = 2, .nick = QN_SET("b") },
		     "{\"id\":[{\"code\":\"unique\",\"message\":\"is taken already\"}]}");
}

static void values_that_another_row_has_together_are_of_the_whole(void **state)
{
	struct forms *forms = *state;

	forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	expect_free(forms, &(forms_member_new){ .login = "bob",
						.number = 1,
						.realm = QN_SET("other"),
						.nick = QN_SET("b") });
	expect_taken(
		forms,
		&(forms_member_new){
			.login = "bob", .number = 1, .realm = QN_SET("main"), .nick = QN_SET("b") },
		SAME("realm and number"));
}

static void all_that_is_taken_is_told_at_once(void **state)
{
	struct forms *forms = *state;
	const forms_member_new values = {
		.id = QN_SET(1), .login = "ann", .number = 1, .realm = QN_SET("main")
	};
	qn_errors errors;

	forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	forms->statements = 0;
	forms_expect(forms, forms_member_validate_unique_new(forms->session, &errors, &values),
		     QN_INVALID_VALUE);
	assert_int_equal(forms->statements, 1);
	forms_expect_errors(&errors,
			    "{\"id\":[{\"code\":\"unique\",\"message\":\"is taken already\"}],"
			    "\"login\":[{\"code\":\"unique\",\"message\":\"is taken already\"}],"
			    "\"__all__\":[{\"code\":\"unique_together\","
			    "\"message\":\"another row has the same realm and number\"}]}");
}

static void what_the_database_fills_in_is_left_to_it(void **state)
{
	struct forms *forms = *state;

	forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	expect_taken_at_last(
		forms, &(forms_member_new){ .login = "bob", .number = 1, .nick = QN_SET("b") },
		SAME("realm and number"));
}

static void nulls_are_equal_only_where_the_key_says_so(void **state)
{
	struct forms *forms = *state;
	const forms_seat_new seat = { .hall = "a", .number = 2 };
	forms_seat *made;
	qn_errors errors;

	forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	expect_taken(forms,
		     &(forms_member_new){
			     .login = "bob", .number = 2, .level = QN_SET(FORMS_LEVEL_LOW) },
		     SAME("nick and level"));
	expect_free(forms, &(forms_member_new){
				   .login = "bob", .number = 2, .level = QN_SET(FORMS_LEVEL_MID) });
	forms_execute(forms, "INSERT INTO forms_seat VALUES ('a', 1, NULL, NULL)");
	forms_expect(forms, forms_seat_validate_unique_new(forms->session, &errors, &seat), QN_OK);
	forms_expect(forms, forms_seat_create(forms->session, &made, &seat), QN_OK);
}

static void keys_with_a_condition_or_an_expression_are_told_by_the_server(void **state)
{
	struct forms *forms = *state;

	forms_make(forms, &(forms_member_new){ .login = "ann",
					       .number = 1,
					       .email = QN_SET("ann@example.org"),
					       .site = QN_SET("https://example.org/"),
					       .age = QN_SET(20),
					       .level = QN_SET(FORMS_LEVEL_HIGH) });
	expect_taken_at_last(forms,
			     &(forms_member_new){ .login = "bob",
						  .number = 2,
						  .email = QN_SET("ANN@example.org") },
			     "{\"email\":[{\"code\":\"unique\","
			     "\"message\":\"is taken already\"}]}");
	expect_taken_at_last(forms,
			     &(forms_member_new){ .login = "bob",
						  .number = 2,
						  .nick = QN_SET("b"),
						  .site = QN_SET("https://example.org/"),
						  .level = QN_SET(FORMS_LEVEL_HIGH) },
			     "{\"site\":[{\"code\":\"unique\","
			     "\"message\":\"is taken already\"}]}");
	expect_free(forms, &(forms_member_new){ .login = "bob",
						.number = 2,
						.site = QN_SET("https://example.org/") });
}

static void expect_changes(struct forms *forms, const forms_member *row,
			   const forms_member_changes *changes, const char *expected)
{
	qn_errors errors;

	forms_expect(forms,
		     forms_member_validate_unique_changes(forms->session, &errors, row, changes),
		     expected ? QN_INVALID_VALUE : QN_OK);
	forms_expect_errors(&errors, expected ? expected : "{}");
}

static void a_row_is_not_in_its_own_way(void **state)
{
	struct forms *forms = *state;
	const forms_member *ann =
		forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });

	forms_make(forms, &(forms_member_new){ .login = "bob", .number = 2, .nick = QN_SET("b") });
	expect_changes(forms, ann, &(forms_member_changes){ .login = QN_SET("ann") }, NULL);
	expect_changes(forms, ann, &(forms_member_changes){ .login = QN_SET("cyd") }, NULL);
	expect_changes(forms, ann, &(forms_member_changes){ .login = QN_SET("bob") }, login_taken);
	/* The realm is the row's. */
	expect_changes(forms, ann, &(forms_member_changes){ .number = QN_SET(1) }, NULL);
	expect_changes(forms, ann, &(forms_member_changes){ .number = QN_SET(2) },
		       SAME("realm and number"));
	expect_changes(forms, ann, &(forms_member_changes){ .nick = QN_SET("b") },
		       SAME("nick and level"));
	expect_changes(forms, ann, &(forms_member_changes){ .nick = QN_SET_NULL }, NULL);
}

static void keys_that_do_not_change_cost_no_statement(void **state)
{
	struct forms *forms = *state;
	const forms_member *ann =
		forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });

	forms->statements = 0;
	expect_changes(forms, ann, &(forms_member_changes){ .age = QN_SET(20) }, NULL);
	expect_changes(forms, ann, &(forms_member_changes){ .number = QN_ADD(1) }, NULL);
	assert_int_equal(forms->statements, 0);
}

static void a_row_with_a_key_of_two_columns_is_left_out_too(void **state)
{
	struct forms *forms = *state;
	const forms_seat_where where = { .hall = QN_EQ("a"), .number = QN_EQ(1) };
	const forms_seat_new again = { .hall = "a", .number = 1 };
	forms_seat *seat;
	qn_errors errors;

	forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	forms_execute(forms, "INSERT INTO forms_seat VALUES ('a', 1, 'x', 1), ('a', 2, 'y', NULL)");
	forms_expect(forms, forms_seat_get(forms->session, &seat, &where), QN_OK);
	forms_expect(forms,
		     forms_seat_validate_unique_changes(
			     forms->session, &errors, seat,
			     &(forms_seat_changes){ .label = QN_SET("x"), .member_id = QN_SET(1) }),
		     QN_OK);
	forms_expect(forms,
		     forms_seat_validate_unique_changes(
			     forms->session, &errors, seat,
			     &(forms_seat_changes){ .label = QN_SET("y"), .member_id = QN_SET(1) }),
		     QN_INVALID_VALUE);
	forms_expect_errors(&errors, "{\"label\":[{\"code\":\"unique\","
				     "\"message\":\"is taken already\"}]}");
	forms_expect(forms, forms_seat_validate_unique_new(forms->session, &errors, &again),
		     QN_INVALID_VALUE);
	forms_expect_errors(&errors, SAME("hall and number"));
}

static void a_row_without_what_a_key_needs_is_refused(void **state)
{
	struct forms *forms = *state;
	const forms_member_query query = { .only = { FORMS_MEMBER_LOGIN } };
	const forms_member_changes changes = { .number = QN_SET(2) };
	forms_member *row;
	qn_errors errors;

	forms_make(forms, &(forms_member_new){ .login = "ann", .number = 1 });
	forms_expect(forms, forms_member_first(forms->session, &row, &query), QN_OK);
	forms_expect(forms,
		     forms_member_validate_unique_changes(forms->session, &errors, row, &changes),
		     QN_USAGE);
	assert_string_equal(qn_session_error(forms->session)->message,
			    "Member.realm: the row was read without it, which a unique key needs "
			    "that changes");
}

static void a_value_that_is_too_long_is_no_question(void **state)
{
	struct forms *forms = *state;
	const forms_member_new values = { .login = "much too long a login", .number = 1 };
	qn_errors errors;

	forms->statements = 0;
	forms_expect(forms, forms_member_validate_unique_new(forms->session, &errors, &values),
		     QN_INVALID_VALUE);
	assert_int_equal(errors.len, 0);
	assert_int_equal(forms->statements, 0);
	assert_string_equal(qn_session_error(forms->session)->field, "login");
}

/* What somebody else does while a session is in a transaction. */
struct race {
	struct forms *forms;
	qn_session *other;
	qn_op *second;
	forms_member *made;
	qn_errors errors;
};

static qn_status create_first(qn_session *session, void *argument)
{
	static const forms_member_new ann = { .login = "ann", .number = 1 };
	static const forms_member_new rival = { .login = "ann", .number = 2, .nick = QN_SET("a") };
	struct race *race = argument;
	forms_member *member;
	qn_errors errors;
	qn_status status = qn_await(forms_member_create(session, &member, &ann));

	if (status != QN_OK)
		return status;
	/* Its own row it sees, which nobody else does before the end. */
	assert_int_equal(qn_await(forms_member_validate_unique_new(session, &errors, &rival)),
			 QN_INVALID_VALUE);
	forms_expect_errors(&errors, login_taken);
	assert_int_equal(
		qn_await(forms_member_validate_unique_new(race->other, &race->errors, &rival)),
		QN_OK);
	race->second = forms_member_create(race->other, &race->made, &rival);
	return QN_OK;
}

static void of_two_who_asked_at_once_the_constraint_refuses_one(void **state)
{
	struct forms *forms = *state;
	struct race race = { .forms = forms };

	assert_int_equal(qn_session_open(forms->pool, &race.other), QN_OK);
	assert_int_equal(qn_atomic(forms->session, create_first, &race, NULL), QN_OK);
	assert_int_equal(qn_await(race.second), QN_UNIQUE_VIOLATION);
	assert_true(forms_member_errors_from_database(race.other, &race.errors));
	forms_expect_errors(&race.errors, login_taken);
	qn_session_close(race.other);
	forms_expect_value(forms, "SELECT count(*) FROM forms_member", "1");
}

static qn_status create_both(qn_session *session, void *argument)
{
	static const forms_member_new ann = { .login = "ann", .number = 1 };
	static const forms_member_new again = { .login = "ann", .number = 2, .nick = QN_SET("a") };
	forms_member *member;
	qn_status status = qn_await(forms_member_create(session, &member, &ann));

	(void)argument;
	if (status != QN_OK)
		return status;
	return qn_await(forms_member_create(session, &member, &again));
}

static void a_key_that_waits_for_the_commit_is_told_then(void **state)
{
	struct forms *forms = *state;
	qn_errors errors;

	forms_execute(forms, "ALTER TABLE forms_member DROP CONSTRAINT forms_member_login_key,"
			     " ADD CONSTRAINT forms_member_login_key UNIQUE (login)"
			     " DEFERRABLE INITIALLY DEFERRED");
	assert_int_equal(qn_atomic(forms->session, create_both, NULL, NULL), QN_UNIQUE_VIOLATION);
	assert_true(forms_member_errors_from_database(forms->session, &errors));
	forms_expect_errors(&errors, login_taken);
	forms_execute(forms, "ALTER TABLE forms_member DROP CONSTRAINT forms_member_login_key,"
			     " ADD CONSTRAINT forms_member_login_key UNIQUE (login)");
}

static void questions_of_one_session_are_in_flight_together(void **state)
{
	struct forms *forms = *state;
	const forms_member_new ann = { .login = "ann", .number = 1 };
	const forms_member_new bob = { .login = "bob", .number = 2 };
	qn_errors errors[2];
	qn_op *first;
	qn_op *second;

	forms_make(forms, &ann);
	first = forms_member_validate_unique_new(forms->session, &errors[0], &ann);
	second = forms_member_validate_unique_new(forms->session, &errors[1], &bob);
	forms_expect(forms, second, QN_OK);
	forms_expect(forms, first, QN_INVALID_VALUE);
	forms_expect_errors(&errors[0], login_taken);
	assert_int_equal(errors[1].len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, forms_clear)
		TEST(a_value_that_another_row_has_is_of_its_field),
		TEST(values_that_another_row_has_together_are_of_the_whole),
		TEST(all_that_is_taken_is_told_at_once),
		TEST(what_the_database_fills_in_is_left_to_it),
		TEST(nulls_are_equal_only_where_the_key_says_so),
		TEST(keys_with_a_condition_or_an_expression_are_told_by_the_server),
		TEST(a_row_is_not_in_its_own_way),
		TEST(keys_that_do_not_change_cost_no_statement),
		TEST(a_row_with_a_key_of_two_columns_is_left_out_too),
		TEST(a_row_without_what_a_key_needs_is_refused),
		TEST(a_value_that_is_too_long_is_no_question),
		TEST(of_two_who_asked_at_once_the_constraint_refuses_one),
		TEST(a_key_that_waits_for_the_commit_is_told_then),
		TEST(questions_of_one_session_are_in_flight_together),
	};

	return cmocka_run_group_tests(tests, forms_setup, forms_teardown);
}
