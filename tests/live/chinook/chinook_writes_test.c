/*
 * Writing, in transactions that are rolled back: the database is the same before and after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chinook_support.h"

/* What a transaction did, for the test to look at after it was rolled back. */
struct outcome {
	struct chinook *chinook;
	int64_t matched;
	int64_t seen;
	qn_status refusal;
	char constraint[64];
};

/* Runs the function in a transaction that ends with a rollback. */
static void roll_back_after(struct outcome *outcome, qn_tx_function *function)
{
	assert_int_equal(qn_atomic(outcome->chinook->session, function, outcome, NULL), QN_OK);
}

static qn_status raise_prices(qn_session *session, void *argument)
{
	struct outcome *outcome = argument;
	const chinook_track_where videos = { .media_type_id = QN_EQ(3) };
	qn_status status;

	status = qn_await(chinook_track_update(session, &outcome->matched, &videos,
					       &(chinook_track_changes){
						       .unit_price = QN_ADD(qn_dec("0.50")),
						       .composer = QN_SET_NULL,
					       }));
	if (status != QN_OK)
		return status;
	status = qn_await(chinook_track_count(session, &outcome->seen,
					      &(chinook_track_query){
						      .where = {
							      .unit_price = QN_EQ(qn_dec("2.49")),
							      .composer = QN_IS_NULL,
						      },
					      }));
	return status == QN_OK ? qn_tx_set_rollback(session) : status;
}

static void a_rolled_back_update_was_seen_inside_and_leaves_nothing(void **state)
{
	struct outcome outcome = { .chinook = *state };

	roll_back_after(&outcome, raise_prices);
	add_count(outcome.chinook, outcome.matched);
	add_count(outcome.chinook, outcome.seen);
	assert_same_as_psql(outcome.chinook,
			    "select count(*) from track where media_type_id = 3 union all "
			    "select count(*) from track where media_type_id = 3 and "
			    "unit_price = 1.99");
	assert_same_as_psql(outcome.chinook, "select 1 from track where unit_price = 2.49");
}

static qn_status forget_a_playlist(qn_session *session, void *argument)
{
	struct outcome *outcome = argument;
	qn_status status;

	status = qn_await(chinook_playlist_track_delete_where(session, &outcome->matched,
							      &(chinook_playlist_track_where){
								      .playlist_id = QN_EQ(17),
							      }));
	if (status != QN_OK)
		return status;
	status = qn_await(chinook_playlist_track_count(session, &outcome->seen,
						       &(chinook_playlist_track_query){ 0 }));
	return status == QN_OK ? qn_tx_set_rollback(session) : status;
}

static void a_rolled_back_delete_was_seen_inside_and_leaves_all(void **state)
{
	struct outcome outcome = { .chinook = *state };

	roll_back_after(&outcome, forget_a_playlist);
	add_count(outcome.chinook, outcome.matched);
	add_count(outcome.chinook, outcome.seen);
	assert_same_as_psql(outcome.chinook,
			    "select count(*) from playlist_track where playlist_id = 17 union all "
			    "select count(*) from playlist_track where playlist_id <> 17");
}

static qn_status delete_an_artist_with_albums(qn_session *session, void *argument)
{
	(void)argument;
	return qn_await(chinook_artist_delete_where(session, NULL,
						    &(chinook_artist_where){ .id = QN_EQ(1) }));
}

static qn_status go_on_after_a_refusal(qn_session *session, void *argument)
{
	struct outcome *outcome = argument;
	qn_status status;

	outcome->refusal = qn_atomic(session, delete_an_artist_with_albums, NULL, NULL);
	snprintf(outcome->constraint, sizeof(outcome->constraint), "%s",
		 qn_session_error(session)->constraint);
	status = qn_await(
		chinook_artist_count(session, &outcome->seen, &(chinook_artist_query){ 0 }));
	return status == QN_OK ? qn_tx_set_rollback(session) : status;
}

static void a_foreign_key_refuses_the_block_and_names_itself(void **state)
{
	struct outcome outcome = { .chinook = *state };

	roll_back_after(&outcome, go_on_after_a_refusal);
	assert_int_equal(outcome.refusal, QN_PROTECTED);
	assert_string_equal(outcome.constraint, "album_artist_id_fkey");
	add_count(outcome.chinook, outcome.seen);
	assert_same_as_psql(outcome.chinook, "select count(*) from artist");
}

static qn_status edit_one_row(qn_session *session, void *argument)
{
	struct outcome *outcome = argument;
	chinook_artist *artist;
	chinook_artist *same;
	qn_status status;

	status = qn_await(chinook_artist_create(
		session, &artist, &(chinook_artist_new){ .id = 9000, .name = QN_SET("Quern") }));
	if (status != QN_OK)
		return status;
	artist->name = "The Querns";
	status = qn_await(chinook_artist_save(session, artist));
	if (status != QN_OK)
		return status;
	status = qn_await(
		chinook_artist_get(session, &same, &(chinook_artist_where){ .id = QN_EQ(9000) }));
	if (status != QN_OK)
		return status;
	outcome->matched = strcmp(same->name, "The Querns") == 0;
	status = qn_await(chinook_artist_delete(session, same));
	if (status != QN_OK)
		return status;
	outcome->refusal = qn_await(chinook_artist_refresh(session, artist));
	return qn_tx_set_rollback(session);
}

static void one_row_is_created_saved_read_and_deleted(void **state)
{
	struct outcome outcome = { .chinook = *state };

	roll_back_after(&outcome, edit_one_row);
	assert_int_equal(outcome.matched, 1);
	assert_int_equal(outcome.refusal, QN_NOT_FOUND);
	assert_same_as_psql(outcome.chinook, "select 1 from artist where artist_id = 9000");
}

static void a_value_that_is_too_long_is_refused_before_it_is_sent(void **state)
{
	struct chinook *chinook = *state;
	const qn_error *error;
	char name[122];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(qn_await(chinook_artist_create(
				 chinook->session, NULL,
				 &(chinook_artist_new){ .id = 9001, .name = QN_SET(name) })),
			 QN_INVALID_VALUE);
	error = qn_session_error(chinook->session);
	assert_string_equal(error->field, "name");
	assert_string_equal(error->sqlstate, "");
	assert_same_as_psql(chinook, "select 1 from artist where artist_id = 9001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHINOOK_TEST(a_rolled_back_update_was_seen_inside_and_leaves_nothing),
		CHINOOK_TEST(a_rolled_back_delete_was_seen_inside_and_leaves_all),
		CHINOOK_TEST(a_foreign_key_refuses_the_block_and_names_itself),
		CHINOOK_TEST(one_row_is_created_saved_read_and_deleted),
		CHINOOK_TEST(a_value_that_is_too_long_is_refused_before_it_is_sent),
	};

	if (!chinook_is_available())
		return chinook_skip();
	return cmocka_run_group_tests_name("chinook writes", tests, chinook_start, chinook_stop);
}
