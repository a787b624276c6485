/*
 * A model with as many columns as a table may have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "models.h"
#include "wide.h"

static int setup(void **state)
{
	struct models *models;

	if (models_setup(state) != 0)
		return -1;
	models = *state;
	return test_server_execute_file(&models->server, getenv("QUERN_WIDE_SQL")) ? 0 : -1;
}

static void a_row_of_sixteen_hundred_columns_round_trips(void **state)
{
	struct models *models = *state;
	wide_wide_new *values = calloc(1, sizeof(*values));
	wide_wide_list rows;
	wide_wide *row;

	assert_non_null(values);
	values->c1 = 1;
	values->c1598 = 1598;
	models_expect(models, wide_wide_create(models->session, &row, values), QN_OK);
	free(values);
	assert_int_equal(row->c1598, 1598);
	assert_false(row->has_c1599);
	row->c800 = INT32_MIN;
	row->c1599 = 7;
	row->has_c1599 = true;
	models_expect(models, wide_wide_save(models->session, row), QN_OK);
	models_expect(models, wide_wide_find(models->session, &rows, NULL), QN_OK);
	assert_int_equal(rows.len, 1);
	assert_int_equal(rows.at[0].c1, 1);
	assert_int_equal(rows.at[0].c800, INT32_MIN);
	assert_true(rows.at[0].has_c1599 && rows.at[0].c1599 == 7);
	models_expect_value(models, "SELECT c1598 - c1 FROM wide_wide", "1597");
}

static void the_last_column_is_filtered_ordered_and_chosen(void **state)
{
	struct models *models = *state;
	wide_wide_query *query = calloc(1, sizeof(*query));
	wide_wide *row;

	assert_non_null(query);
	query->where.c1599 = (qn_where_int32)QN_EQ(7);
	query->order_by[0] = -WIDE_WIDE_C1599;
	query->only[0] = WIDE_WIDE_C1599;
	models_expect(models, wide_wide_first(models->session, &row, query), QN_OK);
	free(query);
	assert_non_null(row);
	assert_int_equal(row->c1599, 7);
	assert_true(wide_wide_is_loaded(row, WIDE_WIDE_C1599));
	assert_false(wide_wide_is_loaded(row, WIDE_WIDE_C1598));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_row_of_sixteen_hundred_columns_round_trips, models_clear),
		cmocka_unit_test_setup(the_last_column_is_filtered_ordered_and_chosen,
				       models_clear),
	};

	return cmocka_run_group_tests_name("models_wide", tests, setup, models_teardown);
}
