/* Which servers a pool takes, and when it leaves one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool_rig.h"

static void a_standby_is_preferred_and_a_primary_taken_where_there_is_none(void **state)
{
	static const char *const standbys[] = { "/b", NULL };
	static const char *const taken[] = { "/b", "/a" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rig *rig = rig_new(&(qn_pool_config){
			.conninfo = "host=/a,/b target_session_attrs=prefer-standby" });
		rig->server.standby = standbys[i];
		assert_int_equal(qn_pool_connect(rig->pool), QN_OK);
		assert_string_equal(rig_link(rig, rig->server.link_count - 1)->host, taken[i]);
		rig_free(rig);
	}
}

static void a_session_that_ends_with_its_welcome_is_an_attempt_that_failed(void **state)
{
	struct rig *rig = rig_new(&(qn_pool_config){ .max = 1 });
	struct job job;

	(void)state;
	rig->server.farewell = "57P01";
	rig_start(rig, &job, "write", 0);
	rig_settle(rig);
	job_is_open(&job);
	assert_int_equal(rig_stats(rig).connect_failures, 1);
	assert_int_equal(rig_stats(rig).opened, 0);
	assert_string_equal(qn_pool_error(rig->pool)->sqlstate, "57P01");
	assert_int_equal(qn_pool_error(rig->pool)->status, QN_CONNECTION_FAILED);
	assert_string_equal(qn_pool_error(rig->pool)->message,
			    "connection to server at socket \"/nowhere\", port 5432 was ended at "
			    "once: no time for you");
	rig->server.farewell = NULL;
	rig_pass(rig, RIG_SECOND);
	job_is(&job, QN_OK);
	assert_int_equal(rig->server.open_count, 1);
	rig_free(rig);
}

static void a_session_that_takes_no_writes_any_more_is_left(void **state)
{
	static const struct {
		const char *conninfo;
		bool is_read_only;
		uint64_t closed;
	} cases[] = {
		{ "host=/a target_session_attrs=read-write", true, 1 },
		/* A transaction that is read-only is the program's affair. */
		{ "host=/a target_session_attrs=read-write", false, 0 },
		{ "host=/a target_session_attrs=any", true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig =
			rig_new(&(qn_pool_config){ .conninfo = cases[i].conninfo, .max = 1 });
		struct job jobs[3];

		rig->server.is_read_only = cases[i].is_read_only;
		rig_start(rig, &jobs[0], "write", 0);
		rig_settle(rig);
		rig_start(rig, &jobs[1], "error 25006", 0);
		rig_settle(rig);
		job_is(&jobs[1], QN_NOT_SUPPORTED);
		assert_int_equal(rig_stats(rig).closed, cases[i].closed);
		rig_start(rig, &jobs[2], "write", 0);
		rig_settle(rig);
		job_is(&jobs[2], QN_OK);
		assert_int_equal(rig_stats(rig).opened, 1 + cases[i].closed);
		rig_free(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_standby_is_preferred_and_a_primary_taken_where_there_is_none),
		cmocka_unit_test(a_session_that_ends_with_its_welcome_is_an_attempt_that_failed),
		cmocka_unit_test(a_session_that_takes_no_writes_any_more_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
