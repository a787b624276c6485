/*
 * Rows at random: what validation passes the server takes, and what it refuses for a check or a
 * unique key the server refuses too, for the same field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forms.h"
#include "random.h"

enum { ROWS = 400 };

struct counts {
	unsigned taken;
	unsigned by_check;
	unsigned by_unique;
	unsigned by_rule;
	unsigned at_last; /* by the server alone */
};

static unsigned pick(uint64_t *seed, unsigned count)
{
	return (unsigned)(random_next(seed) % count);
}

static const char *pick_text(uint64_t *seed, const char *const *texts, unsigned count)
{
	return texts[pick(seed, count)];
}

#define PICK(seed, texts) pick_text((seed), (texts), sizeof(texts) / sizeof(*(texts)))

/* Most values are right, so that each of the others is met alone now and then. */
static forms_member_new make_values(uint64_t *seed)
{
	static const char *const logins[] = { "ann", "bob", "cyd", "dee", "root", "x y",
					      "eve", "fay", "gus", "hal", "ida",  "jon" };
	static const char *const nicks[] = { "a",
					     "b",
					     "\xf0\x9f\x98\x80",
					     "nobody",
					     "123456789",
					     "1234567890",
					     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" };
	static const char *const emails[] = { "a@example.org", "A@example.org", "b@example.org",
					      "no email" };
	static const char *const cities[] = { "aa", "bb", "aa", "bb", "aa", "zz" };
	static const int32_t days[] = { 0, 36524, 36525, -36525 };
	forms_member_new values = { .login = PICK(seed, logins),
				    .number = (int32_t)pick(seed, 30) };

	if (pick(seed, 4))
		values.nick = (qn_set_text)QN_SET(PICK(seed, nicks));
	if (!pick(seed, 3))
		values.email = (qn_set_text)QN_SET(PICK(seed, emails));
	if (pick(seed, 2))
		values.age = (qn_set_int32)QN_SET((int32_t)pick(seed, 160));
	if (pick(seed, 2))
		values.level = (forms_level_set)QN_SET((forms_level)(1 + pick(seed, 3)));
	if (!pick(seed, 3))
		values.born = (qn_set_date)QN_SET((qn_date){ days[pick(seed, 4)] });
	if (!pick(seed, 3))
		values.city_code = (qn_set_text)QN_SET(PICK(seed, cities));
	if (!pick(seed, 3))
		values.visits = (qn_set_int64)QN_SET((int64_t)pick(seed, 3) * 999);
	if (pick(seed, 2))
		values.realm = (qn_set_text)QN_SET("main");
	return values;
}

static bool has(const qn_errors *errors, const char *field, const char *code)
{
	for (size_t i = 0; i < errors->len; i++)
		if (strcmp(errors->at[i].code, code) == 0 &&
		    (!field || strcmp(errors->at[i].field, field) == 0))
			return true;
	return false;
}

/*
 * The server says one thing of those that validation says, or something of its own if that said
 * nothing.
 */
static void compare_refusal(struct forms *forms, const qn_errors *told, struct counts *counts)
{
	qn_errors errors;

	assert_true(forms_member_errors_from_database(forms->session, &errors));
	assert_int_equal(errors.len, 1);
	if (has(told, errors.at[0].field, errors.at[0].code)) {
		counts->by_check += strcmp(errors.at[0].code, "check") == 0;
		counts->by_unique += strncmp(errors.at[0].code, "unique", 6) == 0;
		return;
	}
	counts->at_last++;
	/*
	 * Checks come before unique keys there, and those that only the server can tell before
	 * others.
	 */
	if (strcmp(errors.at[0].code, "check") == 0)
		assert_string_equal(errors.at[0].field, "visits");
	else if (strcmp(errors.at[0].code, "unique") == 0)
		assert_string_equal(errors.at[0].field, "email");
	else if (strcmp(errors.at[0].code, "reference") == 0)
		assert_string_equal(errors.at[0].field, "city_code");
	else
		assert_string_equal(errors.at[0].code, "unique_together");
}

static void try_row(struct forms *forms, const forms_member_new *values, struct counts *counts)
{
	forms_member *member;
	qn_errors errors;
	qn_status status = forms_member_validate_new(forms->session, values, &errors);

	if (status == QN_INVALID_VALUE && !has(&errors, NULL, "check")) {
		counts->by_rule++;
		return;
	}
	if (status == QN_OK)
		status =
			qn_await(forms_member_validate_unique_new(forms->session, &errors, values));
	if (qn_await(forms_member_create(forms->session, &member, values)) != QN_OK) {
		compare_refusal(forms, &errors, counts);
		return;
	}
	assert_int_equal(status, QN_OK);
	counts->taken++;
}

static void rows_at_random_are_told_here_as_they_are_there(void **state)
{
	struct counts counts = { 0 };
	uint64_t seed = 20261122;

	for (unsigned i = 0; i < ROWS; i++) {
		const forms_member_new values = make_values(&seed);

		try_row(*state, &values, &counts);
	}
	/* Each was met, or nothing would have been compared. */
	assert_true(counts.taken > 5);
	assert_true(counts.by_check > 5);
	assert_true(counts.by_unique > 5);
	assert_true(counts.by_rule > 5);
	assert_true(counts.at_last > 5);
}

static void what_rules_pass_is_what_the_server_stores(void **state)
{
	struct forms *forms = *state;
	static const char *const tags[] = { "a", "\xc3\xa9" };
	const forms_member_new values = {
		.login = "ann-1_b",
		.number = INT32_MAX,
		.email = QN_SET("ann+x@b.example.org"),
		.site = QN_SET("https://example.org:8080/a?b=c#d"),
		.code = QN_SET("AB12"),
		.age = QN_SET(150),
		.paid = QN_SET(qn_dec("1000")),
		.tags = QN_SET(((qn_array_text){ .at = tags, .len = 2 })),
	};
	qn_errors errors;

	assert_int_equal(forms_member_validate_new(forms->session, &values, &errors), QN_OK);
	forms_make(forms, &values);
	forms_expect_value(
		forms,
		"SELECT concat_ws(' ', login, number, email, site, code, age, paid, tags)"
		" FROM forms_member",
		"ann-1_b 2147483647 ann+x@b.example.org "
		"https://example.org:8080/a?b=c#d AB12 150 1000.00 {a,\xc3\xa9}");
}

static void each_rule_that_is_not_kept_is_told_by_its_code(void **state)
{
	static const char text[] =
		"{\"login\":\"a b\",\"email\":\"a\",\"realm\":\" \",\"number\":1,\"site\":\"x\","
		"\"code\":\"ab12\",\"age\":-1,\"born\":\"1899-12-31\",\"paid\":\"0.00\","
		"\"seen\":\"2030-01-01T01:00:00Z\",\"tags\":[\"a\",\"\\t\"],\"level\":\"top\"}";
	static const char *const expected[][2] = {
		{ "login", "invalid_slug" }, { "email", "invalid_email" },  { "realm", "blank" },
		{ "site", "invalid_url" },   { "code", "pattern" },         { "age", "min_value" },
		{ "born", "min_value" },     { "paid", "min_value" },       { "seen", "max_value" },
		{ "tags[1]", "blank" },      { "level", "invalid_choice" },
	};
	struct forms *forms = *state;
	forms_member_new values;
	qn_errors errors;

	assert_int_equal(forms_member_new_from_json(forms->session, &values, text, strlen(text),
						    &errors),
			 QN_INVALID_VALUE);
	assert_int_equal(errors.len, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < errors.len; i++)
		assert_true(has(&errors, expected[i][0], expected[i][1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, forms_clear)
		TEST(rows_at_random_are_told_here_as_they_are_there),
		TEST(what_rules_pass_is_what_the_server_stores),
		TEST(each_rule_that_is_not_kept_is_told_by_its_code),
	};

	return cmocka_run_group_tests(tests, forms_setup, forms_teardown);
}
