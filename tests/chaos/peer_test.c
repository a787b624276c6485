/*
 * quern against a server that says what no server says: each operation ends once, in time, and
 * nothing is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <quern.h>

#include "ledger.h"
#include "peer.h"

enum {
	LONG_MS = 20000, /* what does not wait for it ends well before it, on any machine */
	SHORT_MS = 300,  /* to be waited for */
	GRACE_MS = 1000
};

struct talk {
	struct peer_script greeting;
	struct peer_script answer;
	bool closes;
	unsigned deadline; /* in milliseconds; 0: LONG_MS */
	qn_status status;
	uint64_t milliseconds;
	char row[16];
	unsigned calls;
};

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static void done(qn_op *op, void *context)
{
	struct talk *talk = context;

	talk->calls++;
	talk->status = qn_op_status(op);
}

/* Asks one thing, and closes everything. */
static void ask(struct talk *talk)
{
	struct peer peer;
	qn_pool *pool;
	qn_session *session;
	qn_sql_result result;
	uint64_t before = ledger_now();

	assert_true(peer_start(&peer, &talk->greeting, &talk->answer, talk->closes));
	assert_int_equal(qn_pool_open(&pool,
				      &(qn_pool_config){ .conninfo = peer.conninfo,
							 .max = 1,
							 .deadline = talk->deadline ? talk->deadline
										    : LONG_MS }),
			 QN_OK);
	assert_int_equal(qn_session_open(pool, &session), QN_OK);
	assert_int_equal(qn_then(qn_sql(session, &result, "select 1", NULL, 0), done, talk), QN_OK);
	assert_int_equal(qn_run(pool), QN_OK);
	talk->milliseconds = (ledger_now() - before) / 1000;
	if (talk->status == QN_OK && result.row_count == 1)
		snprintf(talk->row, sizeof(talk->row), "%s", result.values[0]);
	qn_session_close(session);
	qn_pool_close(pool);
	peer_stop(&peer);
	assert_int_equal(talk->calls, 1);
}

/* The same with a first loop's descriptors, which stay, out of the way, and with stderr watched. */
static void ask_and_look(struct talk *talk)
{
	FILE *said = tmpfile();
	int before_error = dup(STDERR_FILENO);
	int before = descriptors();

	assert_non_null(said);
	dup2(fileno(said), STDERR_FILENO);
	ask(talk);
	dup2(before_error, STDERR_FILENO);
	assert_int_equal(descriptors(), before);
	assert_int_equal(lseek(fileno(said), 0, SEEK_END), 0);
	close(before_error);
	fclose(said);
}

static bool is_lost(const struct talk *talk)
{
	return talk->status == QN_OUTCOME_UNKNOWN || talk->status == QN_CONNECTION_LOST;
}

static int loop_once(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add_row(&talk.answer);
	script_add(&talk.answer, 'Z', "I", 1);
	ask(&talk);
	return talk.status == QN_OK ? 0 : -1;
}

static void a_plain_answer_is_read(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add_row(&talk.answer);
	script_add(&talk.answer, 'Z', "I", 1);
	ask_and_look(&talk);
	assert_int_equal(talk.status, QN_OK);
	assert_string_equal(talk.row, "1");
}

static void notices_while_connecting_are_not_printed(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add_error(&talk.greeting, 'N', "WARNING", "01000");
	script_add_row(&talk.answer);
	script_add(&talk.answer, 'Z', "I", 1);
	ask_and_look(&talk);
	assert_int_equal(talk.status, QN_OK);
}

static void notices_and_parameters_between_are_passed_over(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add_error(&talk.answer, 'N', "NOTICE", "00000");
	script_add(&talk.answer, 'S', "geo.xyz\0one", 12);
	script_add_row(&talk.answer);
	script_add_error(&talk.answer, 'N', "NOTICE", "00000");
	script_add(&talk.answer, 'Z', "I", 1);
	ask_and_look(&talk);
	assert_int_equal(talk.status, QN_OK);
}

static void a_fatal_error_ends_it_at_once_though_the_socket_stays_open(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add_error(&talk.answer, 'E', "FATAL", "57P01");
	ask_and_look(&talk);
	assert_true(is_lost(&talk));
	assert_true(talk.milliseconds < LONG_MS);
}

/*
 * As poolers say it: with the severity that a server may translate alone. The write may have been
 * done.
 */
static void a_fatal_error_of_a_pooler_leaves_a_write_unknown(void **state)
{
	static const char said[] = "SFATAL\0C08P01\0Mserver conn crashed?\0";
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add(&talk.answer, 'E', said, sizeof(said));
	ask_and_look(&talk);
	assert_int_equal(talk.status, QN_OUTCOME_UNKNOWN);
	assert_true(talk.milliseconds < LONG_MS);
}

static void an_answer_more_than_was_asked_for_is_never_believed(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add_row(&talk.answer);
	script_add(&talk.answer, 'C', "SELECT 1", 9);
	script_add(&talk.answer, 'Z', "I", 1);
	ask_and_look(&talk);
	assert_int_equal(talk.status, QN_OUTCOME_UNKNOWN);
	assert_true(talk.milliseconds < LONG_MS);
}

static void two_fatal_errors_end_it_at_once(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add_error(&talk.answer, 'E', "FATAL", "57P01");
	script_add_error(&talk.answer, 'E', "FATAL", "57P01");
	ask_and_look(&talk);
	assert_true(is_lost(&talk));
	assert_true(talk.milliseconds < LONG_MS);
}

static void silence_ends_by_the_deadline(void **state)
{
	struct talk talk = { .deadline = SHORT_MS };

	(void)state;
	ask_and_look(&talk);
	assert_true(is_lost(&talk) || talk.status == QN_DEADLINE_EXCEEDED);
	assert_true(talk.milliseconds >= SHORT_MS);
	assert_true(talk.milliseconds < UINT64_C(2) * (SHORT_MS + GRACE_MS));
}

static void half_a_row_ends_by_the_deadline(void **state)
{
	struct talk talk = { .deadline = SHORT_MS };

	(void)state;
	script_add_row(&talk.answer);
	talk.answer.length -= 18;
	ask_and_look(&talk);
	assert_true(is_lost(&talk) || talk.status == QN_DEADLINE_EXCEEDED);
	assert_true(talk.milliseconds < UINT64_C(2) * (SHORT_MS + GRACE_MS));
}

static void half_a_row_and_the_end_is_a_lost_connection(void **state)
{
	struct talk talk = { .closes = true };

	(void)state;
	script_add_row(&talk.answer);
	talk.answer.length -= 18;
	ask_and_look(&talk);
	assert_true(is_lost(&talk));
	assert_true(talk.milliseconds < LONG_MS);
}

static void an_answer_without_its_sync_is_never_believed(void **state)
{
	struct talk talk = { .closes = true };

	(void)state;
	script_add_row(&talk.answer);
	ask_and_look(&talk);
	assert_int_equal(talk.status, QN_OUTCOME_UNKNOWN);
}

static void a_sync_without_an_answer_is_an_error(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add(&talk.answer, 'Z', "I", 1);
	ask_and_look(&talk);
	assert_int_not_equal(talk.status, QN_OK);
	assert_true(talk.milliseconds < LONG_MS);
}

static void no_message_at_all_is_an_error(void **state)
{
	static const unsigned char noise[] = { 0xf0, 0xff, 0xff, 0xff, 0xff, 0, 1, 2, 3, 4, 5, 6 };
	struct talk talk = { .calls = 0 };

	(void)state;
	memcpy(talk.answer.bytes, noise, sizeof(noise));
	talk.answer.length = sizeof(noise);
	ask_and_look(&talk);
	assert_true(is_lost(&talk));
	assert_true(talk.milliseconds < LONG_MS);
}

static void copy_is_refused(void **state)
{
	struct talk talk = { .calls = 0 };

	(void)state;
	script_add(&talk.answer, '1', "", 0);
	script_add(&talk.answer, '2', "", 0);
	script_add(&talk.answer, 'H', "\0\0\1\0\0", 5);
	ask_and_look(&talk);
	assert_int_not_equal(talk.status, QN_OK);
	assert_true(talk.milliseconds < LONG_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_answer_is_read),
		cmocka_unit_test(notices_while_connecting_are_not_printed),
		cmocka_unit_test(notices_and_parameters_between_are_passed_over),
		cmocka_unit_test(a_fatal_error_ends_it_at_once_though_the_socket_stays_open),
		cmocka_unit_test(a_fatal_error_of_a_pooler_leaves_a_write_unknown),
		cmocka_unit_test(an_answer_more_than_was_asked_for_is_never_believed),
		cmocka_unit_test(two_fatal_errors_end_it_at_once),
		cmocka_unit_test(silence_ends_by_the_deadline),
		cmocka_unit_test(half_a_row_ends_by_the_deadline),
		cmocka_unit_test(half_a_row_and_the_end_is_a_lost_connection),
		cmocka_unit_test(an_answer_without_its_sync_is_never_believed),
		cmocka_unit_test(a_sync_without_an_answer_is_an_error),
		cmocka_unit_test(no_message_at_all_is_an_error),
		cmocka_unit_test(copy_is_refused),
	};

	return cmocka_run_group_tests_name("peer", tests, loop_once, NULL);
}
