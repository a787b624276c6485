/*
 * What is read and in which order: single rows, orders, limits, counts, some of the columns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chinook_support.h"

static void get_reads_the_whole_row(void **state)
{
	struct chinook *chinook = *state;
	chinook_track *track;
	char price[QN_DECIMAL_TEXT];

	assert_done(chinook, chinook_track_get(chinook->session, &track,
					       &(chinook_track_where){ .id = QN_EQ(1) }));
	qn_decimal_format(track->unit_price, price);
	assert_true(track->has_album_id && track->has_genre_id && track->has_bytes);
	fprintf(chinook->rows, "%d|%s|%d|%d|%d|%s|%d|%d|%s\n", track->id, track->name,
		track->album_id, track->media_type_id, track->genre_id, track->composer,
		track->milliseconds, track->bytes, price);
	assert_same_as_psql(chinook, "select * from track where track_id = 1");
}

static void get_says_whether_none_or_several_match(void **state)
{
	struct chinook *chinook = *state;
	chinook_track *track = NULL;

	assert_int_equal(qn_await(chinook_track_get(chinook->session, &track,
						    &(chinook_track_where){ .id = QN_EQ(-1) })),
			 QN_NOT_FOUND);
	assert_null(track);
	assert_int_equal(qn_await(
				 chinook_track_get(chinook->session, &track,
						   &(chinook_track_where){ .album_id = QN_EQ(1) })),
			 QN_NOT_UNIQUE);
	assert_null(track);
	assert_non_null(strstr(qn_session_error(chinook->session)->message, "Track"));
}

static void null_columns_are_null_or_not_had(void **state)
{
	struct chinook *chinook = *state;
	chinook_employee_list employees;

	assert_done(chinook, chinook_employee_find(chinook->session, &employees,
						   &(chinook_employee_query){
							   .order_by = { CHINOOK_EMPLOYEE_ID },
						   }));
	for (size_t i = 0; i < employees.len; i++) {
		const chinook_employee *employee = &employees.at[i];
		char boss[16] = "";
		char born[QN_TIME_TEXT] = "";

		if (employee->has_reports_to_id)
			snprintf(boss, sizeof(boss), "%d", employee->reports_to_id);
		if (employee->has_birth_date)
			qn_timestamp_format(employee->birth_date, born);
		fprintf(chinook->rows, "%d|%s|%s|%s\n", employee->id, employee->last_name, boss,
			born);
	}
	assert_same_as_psql(chinook, "select employee_id, last_name, reports_to, "
				     "to_char(birth_date, 'YYYY-MM-DD\"T\"HH24:MI:SS') "
				     "from employee order by employee_id");
}

static void nulls_come_first_or_last_as_asked(void **state)
{
	struct chinook *chinook = *state;
	chinook_customer_list customers;

	assert_done(chinook, chinook_customer_find(
				     chinook->session, &customers,
				     &(chinook_customer_query){
					     .order_by = { QN_NULLS_FIRST(CHINOOK_CUSTOMER_COMPANY),
							   -CHINOOK_CUSTOMER_ID },
				     }));
	add_customers(chinook, &customers);
	assert_same_as_psql(chinook, "select customer_id, first_name, last_name, company "
				     "from customer order by company nulls first, "
				     "customer_id desc");
	assert_done(chinook, chinook_customer_find(
				     chinook->session, &customers,
				     &(chinook_customer_query){
					     .order_by = { QN_NULLS_LAST(-CHINOOK_CUSTOMER_COMPANY),
							   CHINOOK_CUSTOMER_ID },
				     }));
	add_customers(chinook, &customers);
	assert_same_as_psql(chinook, "select customer_id, first_name, last_name, company "
				     "from customer order by company desc nulls last, "
				     "customer_id");
}

static void limit_and_offset_cut_a_page_out_of_the_order(void **state)
{
	struct chinook *chinook = *state;
	chinook_track_list tracks;

	assert_done(chinook, chinook_track_find(chinook->session, &tracks,
						&(chinook_track_query){
							.order_by = { -CHINOOK_TRACK_MILLISECONDS,
								      CHINOOK_TRACK_ID },
							.limit = 15,
							.offset = 1200,
						}));
	add_tracks(chinook, &tracks);
	assert_same_as_psql(chinook, "select track_id, name from track order by milliseconds "
				     "desc, track_id limit 15 offset 1200");
}

static void first_and_last_are_the_two_ends_of_an_order(void **state)
{
	struct chinook *chinook = *state;
	const chinook_invoice_query by_date = {
		.where = { .billing_country = QN_EQ("Germany") },
		.order_by = { CHINOOK_INVOICE_INVOICE_DATE, -CHINOOK_INVOICE_ID },
	};
	chinook_invoice *first;
	chinook_invoice *last;

	assert_done(chinook, chinook_invoice_first(chinook->session, &first, &by_date));
	assert_done(chinook, chinook_invoice_last(chinook->session, &last, &by_date));
	add_invoices(chinook, &(chinook_invoice_list){ first, 1 });
	add_invoices(chinook, &(chinook_invoice_list){ last, 1 });
	assert_same_as_psql(
		chinook, "with german as (select invoice_id, to_char(invoice_date, "
			 "'YYYY-MM-DD\"T\"HH24:MI:SS') as day, total from invoice "
			 "where billing_country = 'Germany') "
			 "(select * from german order by day, invoice_id desc limit 1) union all "
			 "(select * from german order by day desc, invoice_id limit 1)");
}

static void first_of_nothing_is_null_and_no_error(void **state)
{
	struct chinook *chinook = *state;
	chinook_invoice none;
	chinook_invoice *first = &none;

	assert_done(chinook,
		    chinook_invoice_first(chinook->session, &first,
					  &(chinook_invoice_query){
						  .where = { .billing_country = QN_EQ("Atlantis") },
					  }));
	assert_null(first);
}

static void count_counts_the_limit_and_the_offset_in(void **state)
{
	struct chinook *chinook = *state;
	const chinook_track_where rock = { .genre_id = QN_EQ(1) };
	int64_t count;

	assert_done(chinook, chinook_track_count(chinook->session, &count,
						 &(chinook_track_query){ .where = rock }));
	add_count(chinook, count);
	assert_done(chinook, chinook_track_count(chinook->session, &count,
						 &(chinook_track_query){
							 .where = rock,
							 .limit = 100,
							 .offset = 1250,
						 }));
	add_count(chinook, count);
	assert_done(chinook, chinook_track_count(chinook->session, &count,
						 &(chinook_track_query){ .limit = QN_LIMIT_NONE }));
	add_count(chinook, count);
	assert_same_as_psql(chinook,
			    "select count(*) from track where genre_id = 1 union all "
			    "select count(*) from (select from track where genre_id = 1 limit 100 "
			    "offset 1250) as page union all select 0");
}

static void exists_answers_yes_or_no(void **state)
{
	struct chinook *chinook = *state;
	bool long_ones;
	bool longer_ones;

	assert_done(chinook,
		    chinook_track_exists(chinook->session, &long_ones,
					 &(chinook_track_query){
						 .where = { .milliseconds = QN_GT(5000000) } }));
	assert_done(chinook,
		    chinook_track_exists(chinook->session, &longer_ones,
					 &(chinook_track_query){
						 .where = { .milliseconds = QN_GT(6000000) } }));
	fprintf(chinook->rows, "%s|%s\n", long_ones ? "t" : "f", longer_ones ? "t" : "f");
	assert_same_as_psql(chinook, "select exists (select from track where milliseconds > "
				     "5000000), exists (select from track where milliseconds > "
				     "6000000)");
}

static void a_composite_key_finds_one_row(void **state)
{
	struct chinook *chinook = *state;
	chinook_playlist_track *entry;
	chinook_playlist_track_list entries;

	assert_done(chinook, chinook_playlist_track_get(chinook->session, &entry,
							&(chinook_playlist_track_where){
								.playlist_id = QN_EQ(17),
								.track_id = QN_EQ(152),
							}));
	fprintf(chinook->rows, "%d|%d\n", entry->playlist_id, entry->track_id);
	assert_same_as_psql(chinook, "select * from playlist_track where playlist_id = 17 and "
				     "track_id = 152");
	assert_done(chinook, chinook_playlist_track_find(
				     chinook->session, &entries,
				     &(chinook_playlist_track_query){
					     .where = { .playlist_id = QN_GTE(12) },
					     .order_by = { -CHINOOK_PLAYLIST_TRACK_TRACK_ID,
							   CHINOOK_PLAYLIST_TRACK_PLAYLIST_ID },
					     .limit = 30,
				     }));
	for (size_t i = 0; i < entries.len; i++)
		fprintf(chinook->rows, "%d|%d\n", entries.at[i].playlist_id,
			entries.at[i].track_id);
	assert_same_as_psql(chinook, "select * from playlist_track where playlist_id >= 12 "
				     "order by track_id desc, playlist_id limit 30");
}

static void only_loads_the_key_and_what_was_asked(void **state)
{
	struct chinook *chinook = *state;
	chinook_customer_list customers;

	assert_done(chinook, chinook_customer_find(chinook->session, &customers,
						   &(chinook_customer_query){
							   .only = { CHINOOK_CUSTOMER_EMAIL },
							   .order_by = { CHINOOK_CUSTOMER_EMAIL },
						   }));
	for (size_t i = 0; i < customers.len; i++) {
		const chinook_customer *customer = &customers.at[i];

		assert_true(chinook_customer_is_loaded(customer, CHINOOK_CUSTOMER_ID));
		assert_true(chinook_customer_is_loaded(customer, CHINOOK_CUSTOMER_EMAIL));
		assert_false(chinook_customer_is_loaded(customer, CHINOOK_CUSTOMER_LAST_NAME));
		assert_null(customer->last_name);
		fprintf(chinook->rows, "%d|%s\n", customer->id, customer->email);
	}
	assert_same_as_psql(chinook, "select customer_id, email from customer order by email");
}

static void a_whole_table_arrives_row_for_row(void **state)
{
	struct chinook *chinook = *state;
	chinook_track_list tracks;

	assert_done(chinook, chinook_track_find(chinook->session, &tracks,
						&(chinook_track_query){
							.order_by = { CHINOOK_TRACK_ID },
						}));
	assert_int_equal(tracks.len, 3503);
	for (size_t i = 0; i < tracks.len; i++) {
		const chinook_track *track = &tracks.at[i];
		char price[QN_DECIMAL_TEXT];

		qn_decimal_format(track->unit_price, price);
		fprintf(chinook->rows, "%d|%s|%d|%s|%s\n", track->id, track->name,
			track->milliseconds, track->composer ? track->composer : "", price);
	}
	assert_same_as_psql(chinook, "select track_id, name, milliseconds, composer, unit_price "
				     "from track order by track_id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHINOOK_TEST(get_reads_the_whole_row),
		CHINOOK_TEST(get_says_whether_none_or_several_match),
		CHINOOK_TEST(null_columns_are_null_or_not_had),
		CHINOOK_TEST(nulls_come_first_or_last_as_asked),
		CHINOOK_TEST(limit_and_offset_cut_a_page_out_of_the_order),
		CHINOOK_TEST(first_and_last_are_the_two_ends_of_an_order),
		CHINOOK_TEST(first_of_nothing_is_null_and_no_error),
		CHINOOK_TEST(count_counts_the_limit_and_the_offset_in),
		CHINOOK_TEST(exists_answers_yes_or_no),
		CHINOOK_TEST(a_composite_key_finds_one_row),
		CHINOOK_TEST(only_loads_the_key_and_what_was_asked),
		CHINOOK_TEST(a_whole_table_arrives_row_for_row),
	};

	if (!chinook_is_available())
		return chinook_skip();
	return cmocka_run_group_tests_name("chinook rows", tests, chinook_start, chinook_stop);
}
