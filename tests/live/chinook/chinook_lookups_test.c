/*
 * Every lookup that the types of Chinook's columns allow, beside the SQL that a person would write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "chinook_support.h"

static void find_tracks(struct chinook *chinook, const chinook_track_where *where)
{
	chinook_track_list tracks;

	assert_done(chinook, chinook_track_find(chinook->session, &tracks,
						&(chinook_track_query){
							.where = *where,
							.order_by = { CHINOOK_TRACK_ID },
						}));
	add_tracks(chinook, &tracks);
}

static void find_customers(struct chinook *chinook, const chinook_customer_where *where)
{
	chinook_customer_list customers;

	assert_done(chinook, chinook_customer_find(chinook->session, &customers,
						   &(chinook_customer_query){
							   .where = *where,
							   .order_by = { CHINOOK_CUSTOMER_ID },
						   }));
	add_customers(chinook, &customers);
}

static void find_invoices(struct chinook *chinook, const chinook_invoice_where *where)
{
	chinook_invoice_list invoices;

	assert_done(chinook, chinook_invoice_find(chinook->session, &invoices,
						  &(chinook_invoice_query){
							  .where = *where,
							  .order_by = { CHINOOK_INVOICE_ID },
						  }));
	add_invoices(chinook, &invoices);
}

static qn_timestamp timestamp(const char *text)
{
	qn_timestamp value = QN_TIMESTAMP_INFINITY;

	assert_true(qn_timestamp_parse(text, &value));
	return value;
}

static void equal_finds_the_rows_with_that_value(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .album_id = QN_EQ(10) });
	assert_same_as_psql(*state, "select track_id, name from track where album_id = 10 "
				    "order by track_id");
}

static void not_equal_keeps_the_rows_whose_value_is_null(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .composer = QN_NE("Steve Harris") });
	assert_same_as_psql(*state, "select track_id, name from track "
				    "where composer is distinct from 'Steve Harris' "
				    "order by track_id");
}

static void comparisons_include_their_bound_only_where_they_say_so(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .milliseconds = QN_GT(343719) });
	assert_same_as_psql(*state, "select track_id, name from track where milliseconds > 343719 "
				    "order by track_id");
	find_tracks(*state, &(chinook_track_where){ .milliseconds = QN_GTE(343719) });
	assert_same_as_psql(*state, "select track_id, name from track where milliseconds >= 343719 "
				    "order by track_id");
	find_tracks(*state, &(chinook_track_where){ .milliseconds = QN_LT(205662) });
	assert_same_as_psql(*state, "select track_id, name from track where milliseconds < 205662 "
				    "order by track_id");
	find_tracks(*state, &(chinook_track_where){ .milliseconds = QN_LTE(205662) });
	assert_same_as_psql(*state, "select track_id, name from track where milliseconds <= 205662 "
				    "order by track_id");
}

static void a_range_of_dates_includes_both_ends(void **state)
{
	find_invoices(*state, &(chinook_invoice_where){
				      .invoice_date = QN_RANGE(timestamp("2021-01-02 00:00:00"),
							       timestamp("2021-03-04 00:00:00")),
			      });
	assert_same_as_psql(
		*state, "select invoice_id, to_char(invoice_date, 'YYYY-MM-DD\"T\"HH24:MI:SS'), "
			"total from invoice where invoice_date between '2021-01-02' and "
			"'2021-03-04' order by invoice_id");
}

static void a_reversed_range_finds_nothing_and_sends_nothing(void **state)
{
	struct chinook *chinook = *state;
	qn_pool_stats before;
	qn_pool_stats after;

	qn_pool_read_stats(chinook->pool, &before);
	find_tracks(chinook, &(chinook_track_where){ .milliseconds = QN_RANGE(2000, 1000) });
	qn_pool_read_stats(chinook->pool, &after);
	assert_int_equal(after.round_trips, before.round_trips);
	assert_same_as_psql(*state, "select track_id, name from track "
				    "where milliseconds between 2000 and 1000");
}

static void in_finds_each_row_once_however_often_its_value_is_listed(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .id = QN_IN_INT32(5, 1, 5, 3500, 99999) });
	assert_same_as_psql(*state, "select track_id, name from track "
				    "where track_id in (5, 1, 3500, 99999) order by track_id");
}

static void in_an_empty_list_finds_nothing(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .id = QN_IN_LIST(NULL, 0) });
	assert_same_as_psql(*state, "select track_id, name from track where false");
}

static void not_in_keeps_the_rows_whose_value_is_null(void **state)
{
	find_customers(*state, &(chinook_customer_where){
				       .company = QN_NOT_IN(const char *const, "JetBrains s.r.o.",
							    "Google Inc."),
			       });
	assert_same_as_psql(*state, "select customer_id, first_name, last_name, company "
				    "from customer where company is null or company not in "
				    "('JetBrains s.r.o.', 'Google Inc.') order by customer_id");
}

static void null_and_not_null_divide_the_rows(void **state)
{
	find_customers(*state, &(chinook_customer_where){ .company = QN_IS_NULL });
	assert_same_as_psql(*state, "select customer_id, first_name, last_name, company "
				    "from customer where company is null order by customer_id");
	find_customers(*state, &(chinook_customer_where){ .company = QN_IS_NOT_NULL });
	assert_same_as_psql(*state, "select customer_id, first_name, last_name, company "
				    "from customer where company is not null order by customer_id");
}

static void patterns_find_text_with_its_case(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .name = QN_CONTAINS("Love") });
	assert_same_as_psql(*state, "select track_id, name from track where name like '%Love%' "
				    "order by track_id");
	find_tracks(*state, &(chinook_track_where){ .name = QN_STARTS_WITH("The ") });
	assert_same_as_psql(*state, "select track_id, name from track where name like 'The %' "
				    "order by track_id");
	find_tracks(*state, &(chinook_track_where){ .name = QN_ENDS_WITH("Live)") });
	assert_same_as_psql(*state, "select track_id, name from track where name like '%Live)' "
				    "order by track_id");
}

static void patterns_with_i_find_text_whatever_its_case(void **state)
{
	find_tracks(*state, &(chinook_track_where){
				    .name = QN_IEQ("FOR those ABOUT to rock (we salute you)") });
	assert_same_as_psql(*state,
			    "select track_id, name from track where upper(name) = "
			    "upper('for those about to rock (we salute you)') order by track_id");
	find_tracks(*state, &(chinook_track_where){ .name = QN_ICONTAINS("CORAÇÃO") });
	assert_same_as_psql(*state, "select track_id, name from track where upper(name) like "
				    "upper('%coração%') order by track_id");
	find_tracks(*state, &(chinook_track_where){ .name = QN_ISTARTS_WITH("black") });
	assert_same_as_psql(*state, "select track_id, name from track where upper(name) like "
				    "'BLACK%' order by track_id");
	find_tracks(*state, &(chinook_track_where){ .name = QN_IENDS_WITH("BLUES") });
	assert_same_as_psql(*state, "select track_id, name from track where upper(name) like "
				    "'%BLUES' order by track_id");
}

static void wildcards_in_a_pattern_mean_themselves(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .name = QN_CONTAINS("%") });
	assert_same_as_psql(*state, "select track_id, name from track where position('%' in name) "
				    "> 0 order by track_id");
	find_tracks(*state, &(chinook_track_where){ .name = QN_CONTAINS("_") });
	assert_same_as_psql(*state, "select track_id, name from track where position('_' in name) "
				    "> 0 order by track_id");
	find_tracks(*state, &(chinook_track_where){ .name = QN_CONTAINS("\\") });
	assert_same_as_psql(*state, "select track_id, name from track "
				    "where position('\\' in name) > 0 order by track_id");
}

static void regular_expressions_are_the_servers(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .name = QN_REGEX("^[0-9]+ ") });
	assert_same_as_psql(*state, "select track_id, name from track where name ~ '^[0-9]+ ' "
				    "order by track_id");
	find_tracks(*state, &(chinook_track_where){ .name = QN_IREGEX("\\ygod\\y|\\ydevil\\y") });
	assert_same_as_psql(*state, "select track_id, name from track "
				    "where name ~* '\\ygod\\y|\\ydevil\\y' order by track_id");
}

static void numeric_values_are_compared_exactly(void **state)
{
	find_invoices(*state, &(chinook_invoice_where){ .total = QN_EQ(qn_dec("13.86")) });
	assert_same_as_psql(*state, "select invoice_id, to_char(invoice_date, "
				    "'YYYY-MM-DD\"T\"HH24:MI:SS'), total from invoice "
				    "where total = 13.86 order by invoice_id");
	find_invoices(*state, &(chinook_invoice_where){
				      .total = QN_IN_DECIMAL(qn_dec("0.990"), qn_dec("25.86")) });
	assert_same_as_psql(*state, "select invoice_id, to_char(invoice_date, "
				    "'YYYY-MM-DD\"T\"HH24:MI:SS'), total from invoice "
				    "where total in (0.99, 25.86) order by invoice_id");
}

static void text_is_compared_as_the_server_orders_it(void **state)
{
	find_tracks(*state, &(chinook_track_where){ .name = QN_RANGE("Wa", "Wh") });
	assert_same_as_psql(*state, "select track_id, name from track where name between 'Wa' and "
				    "'Wh' order by track_id");
}

static void any_of_finds_rows_that_match_one_of_its_filters(void **state)
{
	find_tracks(*state, &(chinook_track_where){
				    .milliseconds = QN_LT(100000),
				    .any_of = QN_ALL(chinook_track_where, { .genre_id = QN_EQ(1) },
						     { .composer = QN_IS_NULL },
						     { .name = QN_STARTS_WITH("A"),
						       .unit_price = QN_EQ(qn_dec("0.99")) }),
			    });
	assert_same_as_psql(*state, "select track_id, name from track where milliseconds < 100000 "
				    "and (genre_id = 1 or composer is null or (name like 'A%' and "
				    "unit_price = 0.99)) order by track_id");
}

static void none_of_keeps_the_rows_for_which_a_filter_is_unknown(void **state)
{
	find_customers(*state, &(chinook_customer_where){
				       .none_of = QN_ALL(chinook_customer_where,
							 { .company = QN_CONTAINS("Inc") },
							 { .country = QN_IN_TEXT("USA", "Canada"),
							   .state = QN_GT("M") }),
			       });
	assert_same_as_psql(*state, "select customer_id, first_name, last_name, company "
				    "from customer where (company like '%Inc%') is not true and "
				    "(country in ('USA', 'Canada') and state > 'M') is not true "
				    "order by customer_id");
}

static void all_of_repeats_filters_of_one_field(void **state)
{
	find_tracks(*state,
		    &(chinook_track_where){
			    .all_of = QN_ALL(chinook_track_where, { .name = QN_CONTAINS("the") },
					     { .name = QN_CONTAINS("of") }),
		    });
	assert_same_as_psql(*state, "select track_id, name from track where name like '%the%' and "
				    "name like '%of%' order by track_id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHINOOK_TEST(equal_finds_the_rows_with_that_value),
		CHINOOK_TEST(not_equal_keeps_the_rows_whose_value_is_null),
		CHINOOK_TEST(comparisons_include_their_bound_only_where_they_say_so),
		CHINOOK_TEST(a_range_of_dates_includes_both_ends),
		CHINOOK_TEST(a_reversed_range_finds_nothing_and_sends_nothing),
		CHINOOK_TEST(in_finds_each_row_once_however_often_its_value_is_listed),
		CHINOOK_TEST(in_an_empty_list_finds_nothing),
		CHINOOK_TEST(not_in_keeps_the_rows_whose_value_is_null),
		CHINOOK_TEST(null_and_not_null_divide_the_rows),
		CHINOOK_TEST(patterns_find_text_with_its_case),
		CHINOOK_TEST(patterns_with_i_find_text_whatever_its_case),
		CHINOOK_TEST(wildcards_in_a_pattern_mean_themselves),
		CHINOOK_TEST(regular_expressions_are_the_servers),
		CHINOOK_TEST(numeric_values_are_compared_exactly),
		CHINOOK_TEST(text_is_compared_as_the_server_orders_it),
		CHINOOK_TEST(any_of_finds_rows_that_match_one_of_its_filters),
		CHINOOK_TEST(none_of_keeps_the_rows_for_which_a_filter_is_unknown),
		CHINOOK_TEST(all_of_repeats_filters_of_one_field),
	};

	if (!chinook_is_available())
		return chinook_skip();
	return cmocka_run_group_tests_name("chinook lookups", tests, chinook_start, chinook_stop);
}
