#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "check_subject.h"
#include "quern/value.h"
#include "scarce_memory.h"
#include "validate/expression.h"

struct rig {
	struct check_subject subject;
	struct patterns *patterns;
	const void *values[64]; /* by field */
};

static int start(void **state)
{
	static struct rig rig;

	memset(&rig, 0, sizeof(rig));
	*state = &rig;
	if (!check_subject_init(&rig.subject))
		return -1;
	rig.patterns = patterns_new();
	return rig.patterns ? 0 : -1;
}

static int stop(void **state)
{
	struct rig *rig = *state;

	patterns_free(rig->patterns);
	check_subject_free(&rig->subject);
	return 0;
}

static uint16_t field_named(struct rig *rig, const char *name)
{
	for (uint16_t i = 0; i < rig->subject.model.field_count; i++)
		if (strcmp(rig->subject.model.fields[i].name, name) == 0)
			return i;
	fail_msg("no field %s", name);
	return 0;
}

static enum verdict verdict_of(struct rig *rig, const char *sql)
{
	const qn_check *check = check_subject_compile(&rig->subject, str_from_cstring(sql));

	if (!check)
		fail_msg("not told: %s", sql);
	return expression_evaluate(&rig->subject.model, check, rig->values, rig->patterns);
}

static void verdict_is(struct rig *rig, const char *sql, enum verdict expected)
{
	enum verdict verdict = verdict_of(rig, sql);

	if (verdict != expected)
		fail_msg("%s is %d", sql, verdict);
}

static void conditions_of_the_subset_are_told(void **state)
{
	struct rig *rig = *state;

	for (const char *const *sql = checks_told; *sql; sql++)
		verdict_of(rig, *sql);
}

static void everything_else_is_left_to_the_database(void **state)
{
	struct rig *rig = *state;

	for (const char *const *sql = checks_not_told; *sql; sql++)
		if (check_subject_compile(&rig->subject, str_from_cstring(*sql)))
			fail_msg("told: %s", *sql);
}

static void null_is_neither_true_nor_false(void **state)
{
	struct rig *rig = *state;

	verdict_is(rig, "whole > 0", VERDICT_NULL);
	verdict_is(rig, "whole > 0 and 1 = 2", VERDICT_FALSE);
	verdict_is(rig, "whole > 0 or 1 = 1", VERDICT_TRUE);
	verdict_is(rig, "not whole > 0", VERDICT_NULL);
	verdict_is(rig, "whole > 0 is not true", VERDICT_TRUE);
	verdict_is(rig, "whole in (1, 2)", VERDICT_NULL);
	verdict_is(rig, "1 in (2, null)", VERDICT_NULL);
	verdict_is(rig, "1 in (1, null)", VERDICT_TRUE);
	verdict_is(rig, "whole is distinct from 1", VERDICT_TRUE);
	verdict_is(rig, "whole is distinct from small", VERDICT_FALSE);
	verdict_is(rig, "length(name) > 0", VERDICT_NULL);
	verdict_is(rig, "name like 'a'", VERDICT_NULL);
	verdict_is(rig, "name ~ 'a'", VERDICT_NULL);
}

static void operators_bind_as_in_postgresql(void **state)
{
	struct rig *rig = *state;

	verdict_is(rig, "1 = 1 or 1 = 1 and 1 = 2", VERDICT_TRUE);
	verdict_is(rig, "not 1 = 2 and 1 = 2", VERDICT_FALSE);
	verdict_is(rig, "not 1 = 1 is null", VERDICT_TRUE);
	verdict_is(rig, "2 between 1 and 3 and 1 = 1", VERDICT_TRUE);
	verdict_is(rig, "2 not between 1 and 3 = true", VERDICT_FALSE);
	verdict_is(rig, "1<-1", VERDICT_FALSE);
}

static void a_text_that_is_no_value_is_left_to_the_database(void **state)
{
	struct rig *rig = *state;
	const char *text = "twelve";
	int constant = 0;

	rig->values[field_named(rig, "wide")] = &text;
	rig->values[field_named(rig, "mood")] = &constant;
	verdict_is(rig, "wide > 0", VERDICT_UNKNOWN);
	verdict_is(rig, "mood = 'fine'", VERDICT_UNKNOWN);
}

static void a_match_over_its_limits_is_left_to_the_database(void **state)
{
	static char many[200001];
	struct rig *rig = *state;
	const char *text = many;

	memset(many, 'a', sizeof(many) - 1);
	rig->values[field_named(rig, "name")] = &text;
	verdict_is(rig, "name ~ '^(a|a)*(a|a)*(a|a)*b$'", VERDICT_UNKNOWN);
}

static void without_memory(struct rig *rig, const char *sql, enum verdict expected)
{
	const qn_check *check = check_subject_compile(&rig->subject, str_from_cstring(sql));
	enum verdict verdict;

	assert_non_null(check);
	scarce_memory_begin(0, SCARCE_FOR_EVER);
	verdict = expression_evaluate(&rig->subject.model, check, rig->values, rig->patterns);
	scarce_memory_end();
	assert_int_equal(verdict, VERDICT_UNKNOWN);
	verdict_is(rig, sql, expected);
}

static void what_needs_memory_that_is_not_there_is_left_to_the_database(void **state)
{
	struct rig *rig = *state;
	const char *text = "abc";
	double real = 0.5;

	rig->values[field_named(rig, "name")] = &text;
	rig->values[field_named(rig, "ratio")] = &real;
	without_memory(rig, "name ~ '^a'", VERDICT_TRUE);
	without_memory(
		rig,
		"ratio > 0.50000000000000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000000000000000001",
		VERDICT_FALSE);
}

static void compile_from(struct rig *rig, const char *sql, struct expression *out)
{
	(void)expression_compile(rig->subject.table, str_from_cstring(sql), &rig->subject.arena,
				 out);
}

static void columns_are(struct rig *rig, const char *sql, const char *expected)
{
	struct expression expression;
	struct buf names;

	compile_from(rig, sql, &expression);
	buf_init(&names, &rig->subject.arena);
	buf_add_cstring(&names, "");
	for (size_t i = 0; i < expression.column_count; i++)
		buf_add_format(&names, "%s%.*s", i ? " " : "",
			       STR_ARGS(expression.columns[i]->name));
	assert_string_equal(names.len ? names.at : "", expected);
}

static void columns_that_are_named_are_listed_once_in_their_order(void **state)
{
	struct rig *rig = *state;

	columns_are(rig, "price > 0 and whole < price", "whole price");
	columns_are(rig, "1 = 1", "");
	columns_are(rig, "clock > time '10:00'", "clock");
	columns_are(rig, "lower(name) = name and \"user\" <> user", "name user");
	columns_are(rig, "date(moment) = day::date and name = 'whole'", "name day moment");
	columns_are(rig, "name <> E'it\\'s' and price > 0", "price name");
}

static void faults_are(struct rig *rig, const char *sql, const char *expected)
{
	struct expression expression;
	struct buf said;

	compile_from(rig, sql, &expression);
	buf_init(&said, &rig->subject.arena);
	buf_add_cstring(&said, "");
	for (size_t i = 0; i < expression.fault_count; i++) {
		const struct expression_fault *fault = &expression.faults[i];

		assert_true((fault->kind == FAULT_LABEL) == (sql[fault->from] == '\''));
		buf_add_format(&said, "%s%.*s", i ? " " : "", (int)(fault->to - fault->from),
			       sql + fault->from);
	}
	if (strcmp(said.len ? said.at : "", expected) != 0)
		fail_msg("%s has the faults %s", sql, said.len ? said.at : "-");
	assert_true(expression.fault_count == 0 || expression.count == 0);
}

static void columns_and_labels_that_are_not_there_are_faults(void **state)
{
	struct rig *rig = *state;

	for (const struct check_fault *check = checks_with_faults; check->sql; check++)
		faults_are(rig, check->sql, check->faults);
}

static void what_may_mean_something_else_is_no_fault(void **state)
{
	struct rig *rig = *state;

	for (const char *const *sql = checks_told; *sql; sql++)
		faults_are(rig, *sql, "");
	for (const char *const *sql = checks_of_other_names; *sql; sql++)
		faults_are(rig, *sql, "");
	faults_are(rig, "lower(nmae) = 'a'", "");
	faults_are(rig, "prise + 1 > 0", "");
	faults_are(rig, "prise > 0 and", "");
	faults_are(rig, "a_name_that_is_cut_by_the_server_as_it_has_over_sixty_three_bytes > 0",
		   "");
	faults_are(rig, "pr\xc3\xa9is > 0", "");
}

static void nodes_are_emitted_in_postfix_order(void **state)
{
	struct rig *rig = *state;
	struct expression expression;
	struct buf out;

	buf_init(&out, &rig->subject.arena);
	compile_from(rig, "mood in ('fine', null) or name like 'a\\%' and length(name) < 5",
		     &expression);
	expression_emit(&out, &expression);
	assert_string_equal(
		out.at,
		"{ .kind = QN_NODE_FIELD, .field = T_ROW_MOOD - 1 },\n"
		"{ .kind = QN_NODE_IN, .count = 2 },\n"
		"{ .kind = QN_NODE_LITERAL, .type = QN_TYPE_ENUM, .field = T_ROW_MOOD - 1, .text = "
		"\"fine\" },\n"
		"{ .kind = QN_NODE_NULL },\n"
		"{ .kind = QN_NODE_FIELD, .field = T_ROW_NAME - 1 },\n"
		"{ .kind = QN_NODE_LIKE, .text = \"a\\\\%\" },\n"
		"{ .kind = QN_NODE_FIELD, .field = T_ROW_NAME - 1 },\n"
		"{ .kind = QN_NODE_LENGTH },\n"
		"{ .kind = QN_NODE_LITERAL, .type = QN_TYPE_INT32, .text = \"5\" },\n"
		"{ .kind = QN_NODE_LESS },\n"
		"{ .kind = QN_NODE_AND },\n"
		"{ .kind = QN_NODE_OR },\n");
}

/* `unit` over and over: `before` unit ... unit `after`. */
static bool is_told(struct rig *rig, const char *before, const char *unit, size_t count,
		    const char *after)
{
	struct buf sql;

	buf_init(&sql, &rig->subject.arena);
	buf_add_cstring(&sql, before);
	for (size_t i = 0; i < count; i++)
		buf_add_cstring(&sql, unit);
	buf_add_cstring(&sql, after);
	return check_subject_compile(&rig->subject, buf_str(&sql)) != NULL;
}

static void what_is_too_deep_or_too_long_is_left_to_the_database(void **state)
{
	struct rig *rig = *state;

	assert_true(is_told(rig, "", "not ", 20, "flag"));
	assert_false(is_told(rig, "", "not ", 100000, "flag"));
	assert_true(is_told(rig, "flag", " and flag", 50, ""));
	assert_false(is_told(rig, "flag", " and flag", 100000, ""));
	assert_true(is_told(rig, "", "flag = (", 15,
			    "flag" /* ) */ "))))))))"
			    ")))))))"));
	assert_false(is_told(rig, "", "flag = (", 40,
			     "flag))))))))))))))))))))"
			     "))))))))))))))))))))"));
	assert_false(is_told(rig, "", "(", 100000, "flag"));
	assert_true(is_told(rig, "whole in (1", ", 2", 1000, ")"));
	assert_false(is_told(rig, "whole in (1", ", 2", 100000, ")"));
	assert_false(is_told(rig, "name ~ '", "a", 2000, "'"));
	assert_false(is_told(rig, "name ~ '", "(", 30, "'"));
}

static void no_part_of_a_condition_is_one_that_crashes(void **state)
{
	struct rig *rig = *state;

	for (const char *const *sql = checks_told; *sql; sql++)
		for (size_t len = 0; len < strlen(*sql); len++)
			(void)check_subject_compile(&rig->subject, (struct str){ *sql, len });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(conditions_of_the_subset_are_told, start, stop),
		cmocka_unit_test_setup_teardown(everything_else_is_left_to_the_database, start,
						stop),
		cmocka_unit_test_setup_teardown(null_is_neither_true_nor_false, start, stop),
		cmocka_unit_test_setup_teardown(operators_bind_as_in_postgresql, start, stop),
		cmocka_unit_test_setup_teardown(a_text_that_is_no_value_is_left_to_the_database,
						start, stop),
		cmocka_unit_test_setup_teardown(a_match_over_its_limits_is_left_to_the_database,
						start, stop),
		cmocka_unit_test_setup_teardown(
			what_needs_memory_that_is_not_there_is_left_to_the_database, start, stop),
		cmocka_unit_test_setup_teardown(
			columns_that_are_named_are_listed_once_in_their_order, start, stop),
		cmocka_unit_test_setup_teardown(columns_and_labels_that_are_not_there_are_faults,
						start, stop),
		cmocka_unit_test_setup_teardown(what_may_mean_something_else_is_no_fault, start,
						stop),
		cmocka_unit_test_setup_teardown(nodes_are_emitted_in_postfix_order, start, stop),
		cmocka_unit_test_setup_teardown(
			what_is_too_deep_or_too_long_is_left_to_the_database, start, stop),
		cmocka_unit_test_setup_teardown(no_part_of_a_condition_is_one_that_crashes, start,
						stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
