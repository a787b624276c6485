/*
 * The size of a pool, its waiters, back-off, lifetimes, and its end, by a clock that only tests
 * move.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pool_rig.h"

static void settings_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		qn_pool_config config;
		const char *message;
	} cases[] = {
		{ { .conninfo = "host=/a", .max = 2, .min = 3 },
		  "pool setting \"min\" (3) is over \"max\" (2)" },
		{ { .conninfo = "host=/a", .max = 100000 },
		  "pool setting \"max\" is 100000, it must be from 1 to 10000" },
		{ { .conninfo = "host=/a passwrd=x" },
		  "cannot read the connection string: invalid connection option \"passwrd\"" },
		{ { .conninfo = "host=/a password=top secret" },
		  "cannot read the connection string: missing \"...\" in connection info string" },
		{ { .conninfo = "postgresql://me:secret@h:1x/" },
		  "a port of the connection string is not a number from 1 to 65535; \"/\" in a URL's "
		  "password is written \"%2F\"" },
		{ { .conninfo = "postgresql://me:1secret/word@h/" },
		  "a port of the connection string is not a number from 1 to 65535; \"/\" in a URL's "
		  "password is written \"%2F\"" },
		{ { .conninfo = "host=a,b port=1,2,3" },
		  "the connection string has 2 hosts and 3 ports, give one port or as many" },
		{ { .conninfo = "host=a target_session_attrs=best" },
		  "target_session_attrs \"best\" is not known: any, read-write, read-only, primary, "
		  "standby or prefer-standby" },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		qn_pool *pool = (qn_pool *)text;
		assert_int_equal(qn_pool_open(&pool, &cases[i].config), QN_USAGE);
		assert_null(pool);
		assert_string_equal(qn_pool_open_error(&cases[i].config, text, sizeof(text)),
				    cases[i].message);
	}
}

static void the_pool_grows_to_max_and_never_beyond(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 5 });
	struct job jobs[200];

	(void)state;
	rig->server.is_held = true;
	for (size_t i = 0; i < 200; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	assert_int_equal(rig_stats(rig).connections, 5);
	rig->server.is_held = false;
	rig_settle(rig);
	for (size_t i = 0; i < 200; i++)
		job_is(&jobs[i], QN_OK);
	assert_int_equal(rig->server.peak, 5);
	rig_free(rig);
}

static void a_slow_statement_does_not_hold_up_what_can_go_elsewhere(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 2 });
	struct job slow;
	struct job jobs[20];

	(void)state;
	rig_start(rig, &slow, "hang", REQUEST_READ);
	rig_pass(rig, RIG_SECOND);
	for (size_t i = 0; i < 20; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	for (size_t i = 0; i < 20; i++)
		job_is(&jobs[i], QN_OK);
	job_is_open(&slow);
	pool_cancel(rig->pool, &slow.request);
	rig_settle(rig);
	rig_free(rig);
}

static void waiters_are_served_in_the_order_in_which_they_came(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 2, .no_pipeline = true });
	struct job jobs[50];

	(void)state;
	for (size_t i = 0; i < 50; i++)
		rig_start(rig, &jobs[i], i % 3 ? "read" : "write", i % 3 ? REQUEST_READ : 0);
	rig_settle(rig);
	for (size_t i = 0; i < 50; i++) {
		job_is(&jobs[i], QN_OK);
		assert_in_range(jobs[i].order, i, i + 2);
	}
	rig_free(rig);
}

static void who_waits_too_long_is_told_who_has_the_connections(void **state)
{
	struct rig *rig =
		rig_new(&(qn_pool_config){ .acquire_timeout = 3000, .no_pipeline = true });
	struct job slow;
	struct job waiter;

	(void)state;
	rig_start(rig, &slow, "hang", REQUEST_READ);
	rig_pass(rig, RIG_SECOND);
	rig_start(rig, &waiter, "read", REQUEST_READ);
	rig_pass(rig, 3 * RIG_SECOND);
	rig_settle(rig);
	job_is(&waiter, QN_POOL_TIMEOUT);
	assert_string_equal(waiter.message,
			    "no connection became free within 3000 ms, 1 of at most 1 are held: "
			    "backend 1000 runs \"hang\" for 4000 ms");
	pool_cancel(rig->pool, &slow.request);
	rig_settle(rig);
	rig_free(rig);
}

/* Five hold a connection each, from one second to the next. */
static void the_worst_three_holders_are_named_and_the_rest_are_counted(void **state)
{
	struct rig *rig = rig_new(
		&(qn_pool_config){ .max = 5, .acquire_timeout = 3000, .no_pipeline = true });
	qn_session *session;
	struct job jobs[5];
	struct job waiter;

	(void)state;
	assert_int_equal(qn_session_open_at("jobs.c:7", rig->pool, &session), QN_OK);
	qn_session_set_name(session, "import");
	for (size_t i = 0; i < 5; i++) {
		rig_start(rig, &jobs[i], i == 1 ? "begin" : "hang",
			  i == 1 ? REQUEST_BEGIN : REQUEST_READ);
		jobs[i].own_lane.owner = i == 1 ? session : NULL;
		rig_pass(rig, RIG_SECOND);
	}
	rig_start(rig, &waiter, "read", REQUEST_READ);
	rig_pass(rig, 3 * RIG_SECOND);
	rig_settle(rig);
	job_is(&waiter, QN_POOL_TIMEOUT);
	assert_string_equal(waiter.message,
			    "no connection became free within 3000 ms, 5 of at most 5 are held: "
			    "backend 1000 runs \"hang\" for 8000 ms; "
			    "backend 1001 is in a transaction for 7000 ms, idle for 7000 ms "
			    "(session \"import\" of jobs.c:7); "
			    "backend 1002 runs \"hang\" for 6000 ms; and 2 more");
	qn_session_close(session);
	jobs[1].own_lane.owner = NULL;
	pool_abandon(rig->pool, &jobs[1].own_lane);
	for (size_t i = 0; i < 5; i++)
		pool_cancel(rig->pool, &jobs[i].request);
	rig_settle(rig);
	rig_free(rig);
}

static void a_report_has_a_line_for_each_connection_in_use(void **state)
{
	static const char whole[] =
		"2 of at most 2 connections, 0 idle, 0 being opened; 1 operations wait, the first "
		"for 1000 ms\n"
		"backend 1001 runs \"hang\" for 2000 ms\n"
		"backend 1000 runs \"hang\" for 3000 ms\n";
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 2, .no_pipeline = true });
	struct job jobs[3];
	char text[512];
	char little[12];

	(void)state;
	assert_int_equal(qn_pool_report(rig->pool, NULL, 0),
			 strlen("0 of at most 2 connections, 0 idle, 0 being opened; "
				"0 operations wait\n"));
	for (size_t i = 0; i < 3; i++) {
		rig_start(rig, &jobs[i], "hang", REQUEST_READ);
		rig_pass(rig, RIG_SECOND);
	}
	assert_int_equal(qn_pool_report(rig->pool, text, sizeof(text)), strlen(whole));
	assert_string_equal(text, whole);
	assert_int_equal(qn_pool_report(rig->pool, little, sizeof(little)), strlen(whole));
	assert_string_equal(little, "2 of at mos");
	for (size_t i = 0; i < 3; i++)
		pool_cancel(rig->pool, &jobs[i].request);
	rig_settle(rig);
	rig_free(rig);
}

static void more_than_max_waiting_are_refused_at_once(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max_waiting = 2 });
	struct job jobs[3];

	(void)state;
	rig_start(rig, &jobs[0], "read", REQUEST_READ);
	rig_start(rig, &jobs[1], "read", REQUEST_READ);
	assert_int_equal(rig_submit(rig, &jobs[2], NULL, "read", REQUEST_READ), QN_POOL_TIMEOUT);
	rig_settle(rig);
	job_is(&jobs[1], QN_OK);
	job_is_open(&jobs[2]);
	rig_free(rig);
}

static void attempts_back_off_while_the_server_is_down(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 4, .acquire_timeout = 60000 });
	struct job jobs[10];
	size_t attempts[5];

	(void)state;
	rig->server.refusal = "connection to server failed: Connection refused\n\tIs it running?\n";
	for (size_t i = 0; i < 10; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	assert_in_range(rig->server.link_count, 1, 4);
	for (size_t i = 0; i < 5; i++) {
		rig_pass(rig, 10 * RIG_SECOND);
		attempts[i] = rig->server.link_count;
	}
	assert_in_range(attempts[0], 5, 12);
	assert_in_range(attempts[4] - attempts[1], 2, 6);
	rig->server.refusal = NULL;
	rig_pass(rig, 13 * RIG_SECOND);
	rig_settle(rig);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(jobs[i].calls, 1);
	rig_free(rig);
}

static void waiters_fail_with_the_last_connect_error(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .acquire_timeout = 2000 });
	struct job job;

	(void)state;
	rig->server.refusal = "connection to server failed: Connection refused\n\tIs it running?\n";
	rig_start(rig, &job, "read", REQUEST_READ);
	rig_pass(rig, RIG_SECOND);
	job_is_open(&job);
	rig_pass(rig, RIG_SECOND);
	rig_settle(rig);
	job_is(&job, QN_CONNECTION_FAILED);
	assert_string_equal(job.message,
			    "connection to server failed: Connection refused; Is it running?");
	assert_string_equal(qn_pool_error(rig->pool)->message, job.message);
	rig_free(rig);
}

static void what_cannot_heal_fails_at_once(void **state)
{
	struct rig *rig = rig_new(NULL);
	struct job job;

	(void)state;
	rig->server.refusal = "connection to server failed: FATAL:  28P01: password authentication "
			      "failed for user \"a\"\nLOCATION:  auth_failed, auth.c:326\n";
	rig_start(rig, &job, "read", REQUEST_READ);
	rig_settle(rig);
	job_is(&job, QN_AUTHENTICATION_FAILED);
	assert_string_equal(
		job.message,
		"connection to server failed: FATAL:  password authentication failed for "
		"user \"a\": check the user and password, and the server's pg_hba.conf");
	assert_string_equal(qn_pool_error(rig->pool)->sqlstate, "28P01");
	rig_free(rig);
}

static void each_attempt_has_a_time_limit_of_its_own(void **state)
{
	struct rig *rig =
		rig_new(&(qn_pool_config){ .conninfo = "host=a,/b", .connect_timeout = 2000 });
	struct job job;

	(void)state;
	rig->server.is_deaf = true;
	rig_start(rig, &job, "read", REQUEST_READ);
	rig_pass(rig, 2 * RIG_SECOND - 1);
	assert_int_equal(rig->server.link_count, 1);
	rig->server.is_deaf = false;
	rig->server.loop.ready(rig->server.loop.context, rig_link(rig, 0)->fd, 0);
	rig_settle(rig);
	job_is(&job, QN_OK);
	rig->server.is_deaf = true;
	rig_free(rig);
	rig = rig_new(&(qn_pool_config){ .conninfo = "host=a,/b", .connect_timeout = 2000 });
	rig->server.is_deaf = true;
	rig_start(rig, &job, "read", REQUEST_READ);
	rig_pass(rig, 4 * RIG_SECOND);
	rig_settle(rig);
	assert_string_equal(
		qn_pool_error(rig->pool)->message,
		"connection to server at \"a\" (192.0.2.1), port 5432 was not ready within 2000 ms: "
		"check the address and the network, or raise connect_timeout; connection to server "
		"at socket \"/b\", port 5432 was not ready within 2000 ms: check the address and the "
		"network, or raise connect_timeout");
	rig_free(rig);
}

static void lifetimes_differ_by_chance(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 10, .max_lifetime = 100000 });
	struct job jobs[10];
	uint64_t ends[10];

	(void)state;
	rig->server.is_held = true;
	for (size_t i = 0; i < 10; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	rig->server.is_held = false;
	rig_settle(rig);
	assert_int_equal(rig_stats(rig).connections, 10);
	for (size_t i = 0; i < 10; i++) {
		while (rig_stats(rig).connections > 9 - i)
			rig_pass(rig, RIG_SECOND / 10);
		ends[i] = rig->server.loop.now;
	}
	assert_true(ends[0] > 90 * RIG_SECOND);
	assert_true(ends[9] <= 102 * RIG_SECOND);
	assert_true(ends[9] - ends[0] > 2 * RIG_SECOND);
	rig_free(rig);
}

static void idle_connections_are_closed_down_to_min(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 6, .min = 2, .idle_timeout = 5000 });
	struct job jobs[6];

	(void)state;
	rig->server.is_held = true;
	for (size_t i = 0; i < 6; i++)
		rig_start(rig, &jobs[i], "read", REQUEST_READ);
	rig_settle(rig);
	rig->server.is_held = false;
	rig_pass(rig, 4 * RIG_SECOND);
	assert_int_equal(rig_stats(rig).connections, 6);
	rig_pass(rig, 2 * RIG_SECOND);
	assert_int_equal(rig_stats(rig).connections, 2);
	for (size_t i = 0; i < 6; i++)
		if (rig_link(rig, i)->is_open)
			fake_link_terminate(rig_link(rig, i), "57P01", "gone");
	rig_pass(rig, 20 * RIG_SECOND);
	assert_int_equal(rig_stats(rig).connections, 2);
	rig_free(rig);
}

static void draining_lets_transactions_end_and_takes_nothing_new(void **state)
{
	struct rig *rig = rig_new(NULL);
	struct lane lane = { .conn = NULL };
	struct job begin;
	struct job late;
	struct job hang;

	(void)state;
	assert_int_equal(rig_submit(rig, &begin, &lane, "begin", REQUEST_BEGIN), QN_OK);
	rig_settle(rig);
	assert_int_equal(rig_submit(rig, &hang, &lane, "hang", REQUEST_READ), QN_OK);
	assert_int_equal(qn_pool_drain(rig->pool, 2000), QN_OK);
	job_is(&hang, QN_CANCELLED);
	assert_int_equal(rig_submit(rig, &late, NULL, "read", REQUEST_READ), QN_POOL_CLOSED);
	assert_int_equal(rig_submit(rig, &late, &lane, "rollback", REQUEST_END | REQUEST_IN_BROKEN),
			 QN_OK);
	rig_settle(rig);
	job_is(&late, QN_OK);
	rig_free(rig);
}

static void closing_completes_everything(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 2, .no_pipeline = true });
	struct fake_server *server = &rig->server;
	struct job jobs[6];

	(void)state;
	rig->server.loop.holds_work = true;
	for (size_t i = 0; i < 6; i++)
		rig_start(rig, &jobs[i], "hang", i % 2 ? REQUEST_READ : 0);
	rig_settle(rig);
	qn_pool_close(rig->pool);
	job_is(&jobs[0], QN_OUTCOME_UNKNOWN);
	for (size_t i = 1; i < 6; i++)
		job_is(&jobs[i], QN_CANCELLED);
	assert_int_equal(server->open_count, 0);
	/* The cancel that was on its way comes back to nobody. */
	server->loop.holds_work = false;
	loop_virtual_settle(&server->loop);
	assert_int_equal(pool_open_on(&rig->pool,
				      &(qn_pool_config){ .conninfo = "host=/a",
							 .loop = loop_virtual_hooks(),
							 .loop_context = &server->loop },
				      &fake_wire, server),
			 QN_OK);
	rig_free(rig);
}

static void close_in_call_back(struct job *job)
{
	qn_pool_close(job->rig->pool);
	assert_int_equal(qn_run(job->rig->pool), QN_USAGE);
	assert_int_equal(qn_pool_drain(job->rig->pool, 0), QN_USAGE);
}

static void a_call_back_cannot_close_or_run_the_pool(void **state)
{
	struct rig *rig = rig_new(NULL);
	struct job jobs[2];

	(void)state;
	rig_start(rig, &jobs[0], "read", REQUEST_READ);
	rig_start(rig, &jobs[1], "read", REQUEST_READ);
	jobs[0].then = close_in_call_back;
	rig_settle(rig);
	job_is(&jobs[0], QN_OK);
	job_is(&jobs[1], QN_OK);
	rig_free(rig);
}

static void a_loop_out_of_memory_loses_nothing(void **state)
{
	(void)state;
	for (uint32_t refusals = 1; refusals < 12; refusals++) {
		struct rig *rig = rig_new(&(qn_pool_config){ .conninfo = "host=a,b" });
		struct job jobs[3];
		rig->server.loop.refusals = refusals;
		for (size_t i = 0; i < 3; i++)
			rig_start(rig, &jobs[i], "read", REQUEST_READ);
		rig_pass(rig, 60 * RIG_SECOND);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(jobs[i].calls, 1);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_that_make_no_sense_are_refused),
		cmocka_unit_test(the_pool_grows_to_max_and_never_beyond),
		cmocka_unit_test(a_slow_statement_does_not_hold_up_what_can_go_elsewhere),
		cmocka_unit_test(waiters_are_served_in_the_order_in_which_they_came),
		cmocka_unit_test(who_waits_too_long_is_told_who_has_the_connections),
		cmocka_unit_test(the_worst_three_holders_are_named_and_the_rest_are_counted),
		cmocka_unit_test(a_report_has_a_line_for_each_connection_in_use),
		cmocka_unit_test(more_than_max_waiting_are_refused_at_once),
		cmocka_unit_test(attempts_back_off_while_the_server_is_down),
		cmocka_unit_test(waiters_fail_with_the_last_connect_error),
		cmocka_unit_test(what_cannot_heal_fails_at_once),
		cmocka_unit_test(each_attempt_has_a_time_limit_of_its_own),
		cmocka_unit_test(lifetimes_differ_by_chance),
		cmocka_unit_test(idle_connections_are_closed_down_to_min),
		cmocka_unit_test(draining_lets_transactions_end_and_takes_nothing_new),
		cmocka_unit_test(closing_completes_everything),
		cmocka_unit_test(a_call_back_cannot_close_or_run_the_pool),
		cmocka_unit_test(a_loop_out_of_memory_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
