/*
 * Filters against the server: random trees of conditions over random rows, each compared with what
 * a naive evaluator in C says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forest.h"
#include "models.h"

#define MODEL &test_thing_model

enum { ROWS = 60, TREES = 3000 };

static void create_rows(struct models *models, struct forest *forest, int rows[ROWS][COLUMNS])
{
	for (size_t i = 0; i < ROWS; i++) {
		test_thing_new values;

		for (size_t column = 0; column < COLUMNS; column++) {
			bool is_required = column == FLAG || column == PRICE || column == KIND ||
					   column == NAME;

			rows[i][column] =
				(int)forest_pick(forest, forest_domain_size((enum column)column));
			if (!is_required && forest_pick(forest, 4) == 0)
				rows[i][column] = -1;
		}
		values = forest_values(rows[i]);
		models_expect(models, qn_model_create(models->session, MODEL, NULL, &values),
			      QN_OK);
	}
}

static void check_tree(struct models *models, const struct forest *forest, int (*rows)[COLUMNS],
		       size_t number)
{
	test_thing_query query = { .where = forest->wheres[0],
				   .order_by = { TEST_THING_ID },
				   .only = { TEST_THING_ID } };
	test_thing_list list;
	size_t found = 0;
	int64_t count;
	bool exists;

	models_expect(models, qn_model_find(models->session, MODEL, &list, &query), QN_OK);
	for (size_t i = 0; i < ROWS; i++) {
		bool expected = forest_holds(forest, rows[i]);
		bool is_there = found < list.len && list.at[found].id == (int64_t)i + 1;

		if (expected != is_there)
			fail_msg("tree %zu: row %zu was %sexpected", number, i,
				 expected ? "" : "not ");
		found += is_there;
	}
	assert_int_equal(found, list.len);
	models_expect(models, qn_model_count(models->session, MODEL, &count, &query), QN_OK);
	assert_int_equal(count, (int64_t)found);
	models_expect(models, qn_model_exists(models->session, MODEL, &exists, &query), QN_OK);
	assert_int_equal(exists, found > 0);
}

static void random_trees_find_what_an_evaluator_finds(void **state)
{
	static struct forest forest = { .seed = UINT64_C(0x9e3779b97f4a7c15) };
	static int rows[ROWS][COLUMNS];
	struct models *models = *state;

	create_rows(models, &forest, rows);
	for (size_t i = 0; i < TREES; i++) {
		qn_mark mark = qn_session_mark(models->session);

		forest_grow(&forest);
		check_tree(models, &forest, rows, i);
		assert_int_equal(qn_session_release(models->session, mark), QN_OK);
	}
}

static void each_column_and_lookup_finds_what_an_evaluator_finds(void **state)
{
	static struct forest forest = { .seed = UINT64_C(0x2545f4914f6cdd1d) };
	static int rows[ROWS][COLUMNS];
	struct models *models = *state;

	create_rows(models, &forest, rows);
	for (size_t i = 0; i < TREES / 3; i++) {
		forest_grow_one(&forest);
		check_tree(models, &forest, rows, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_column_and_lookup_finds_what_an_evaluator_finds,
				       models_clear),
		cmocka_unit_test_setup(random_trees_find_what_an_evaluator_finds, models_clear),
	};

	return cmocka_run_group_tests_name("models_filter", tests, models_setup, models_teardown);
}
