/*
 * The parts of the wire that need no server: SQLSTATEs, connection strings, prepared statements,
 * the ring.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pool/deadlines.h"
#include "wire/conninfo.h"
#include "wire/entries.h"
#include "wire/prepared.h"
#include "wire/sqlstate.h"

static void sqlstates_are_judged_by_code_then_by_class(void **state)
{
	static const struct {
		const char *sqlstate;
		qn_status status;
	} cases[] = {
		{ "23505", QN_UNIQUE_VIOLATION },
		{ "23503", QN_FOREIGN_KEY_VIOLATION },
		{ "23502", QN_NOT_NULL_VIOLATION },
		{ "23514", QN_CHECK_VIOLATION },
		{ "23P01", QN_EXCLUSION_VIOLATION },
		{ "22001", QN_BAD_DATA },
		{ "40001", QN_SERIALIZATION_FAILURE },
		{ "40P01", QN_DEADLOCK },
		{ "55P03", QN_LOCK_NOT_AVAILABLE },
		{ "57014", QN_CANCELLED },
		{ "57P01", QN_CONNECTION_LOST },
		{ "57P03", QN_CONNECTION_FAILED },
		{ "25P02", QN_TRANSACTION_BROKEN },
		{ "40003", QN_OUTCOME_UNKNOWN },
		{ "08006", QN_CONNECTION_LOST },
		{ "0A000", QN_NOT_SUPPORTED },
		{ "28P01", QN_AUTHENTICATION_FAILED },
		{ "53300", QN_OUT_OF_RESOURCES },
		{ "42501", QN_PERMISSION_DENIED },
		{ "42P01", QN_SCHEMA_DRIFT },
		{ "42703", QN_SCHEMA_DRIFT },
		{ "42601", QN_SQL_ERROR },
		{ "XX000", QN_INTERNAL_ERROR },
		{ "", QN_SQL_ERROR },
		{ "P0001", QN_SQL_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(sqlstate_status(cases[i].sqlstate), cases[i].status);
	assert_true(sqlstate_is_permanent("28P01"));
	assert_true(sqlstate_is_permanent("3D000"));
	assert_false(sqlstate_is_permanent("57P03"));
	assert_false(sqlstate_is_permanent(""));
}

static const char *setting(const struct conninfo_settings *settings, const char *keyword)
{
	const char *value = NULL;

	for (size_t i = 0; i < settings->count; i++)
		if (strcmp(settings->keywords[i], keyword) == 0)
			value = settings->values[i];
	return value;
}

static void settings_of(const char *text, size_t host, struct conninfo *conninfo,
			struct conninfo_settings *settings)
{
	char message[CONNINFO_MESSAGE];

	assert_int_equal(conninfo_init(conninfo, text, message), QN_OK);
	assert_true(host < conninfo->host_count);
	conninfo_settings(conninfo, &conninfo->hosts[host], NULL, conninfo->session_attributes,
			  5000, settings);
}

static void only_hosts_that_others_can_listen_to_need_tls(void **state)
{
	static const struct {
		const char *text;
		const char *sslmode;
	} cases[] = {
		{ "host=db.example user=me", "verify-full" },
		{ "postgresql://me@db.example/shop", "verify-full" },
		{ "host=192.0.2.7", "verify-full" },
		{ "host=db.example sslmode=require", NULL },
		{ "postgresql://db.example/?sslmode=prefer", NULL },
		{ "host=localhost", NULL },
		{ "host=127.0.0.9", NULL },
		{ "host=::1", NULL },
		{ "host=/var/run", NULL },
		{ "host=db.example hostaddr=127.0.0.1", NULL },
		{ "", NULL },
	};
	struct conninfo conninfo;
	struct conninfo_settings settings;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *sslmode;
		settings_of(cases[i].text, 0, &conninfo, &settings);
		sslmode = setting(&settings, "sslmode");
		if (cases[i].sslmode)
			assert_string_equal(sslmode, cases[i].sslmode);
		else
			assert_null(sslmode);
		conninfo_free(&conninfo);
	}
}

static void what_the_user_says_is_kept(void **state)
{
	struct conninfo conninfo;
	struct conninfo_settings settings;

	(void)state;
	settings_of("host=/a keepalives_idle=7 gssencmode=prefer tcp_user_timeout=1", 0, &conninfo,
		    &settings);
	assert_null(setting(&settings, "keepalives_idle"));
	assert_null(setting(&settings, "gssencmode"));
	assert_null(setting(&settings, "tcp_user_timeout"));
	assert_string_equal(setting(&settings, "keepalives_interval"), "10");
	assert_string_equal(setting(&settings, "client_encoding"), "UTF8");
	conninfo_free(&conninfo);
	settings_of("host=/a", 0, &conninfo, &settings);
	assert_string_equal(setting(&settings, "keepalives_idle"), "30");
	assert_string_equal(setting(&settings, "gssencmode"), "disable");
	assert_string_equal(setting(&settings, "tcp_user_timeout"), "5000");
	conninfo_free(&conninfo);
}

static void lists_of_hosts_are_taken_apart(void **state)
{
	struct conninfo conninfo;
	struct conninfo_settings settings;

	(void)state;
	settings_of("postgresql://me@a:1,[::1]:2,%2Fsockets:3/db?target_session_attrs=primary", 2,
		    &conninfo, &settings);
	assert_int_equal(conninfo.host_count, 3);
	assert_string_equal(conninfo.hosts[0].name, "a");
	assert_string_equal(conninfo.hosts[1].name, "::1");
	assert_string_equal(conninfo.hosts[1].port, "2");
	assert_true(conninfo.hosts[2].is_socket);
	assert_string_equal(setting(&settings, "host"), "/sockets");
	assert_string_equal(setting(&settings, "port"), "3");
	assert_string_equal(setting(&settings, "target_session_attrs"), "primary");
	conninfo_free(&conninfo);
}

static void no_message_quotes_a_password(void **state)
{
	static const char *const texts[] = {
		"host=a password=s3cret word",
		"postgresql://me:s3cret@[::1/db",
		"postgresql://me:s3cret@[::1]x/db",
		"postgresql://me:s3cret%zz@h/db",
		"password='s3cret",
		"s3cret",
		"host=a password=\"s3cret\" \"s3cret\"",
		"postgresql://h/db?password=s3cret=s3cret",
		"s3cret=1",
	};
	char message[CONNINFO_MESSAGE];
	struct conninfo conninfo;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(conninfo_init(&conninfo, texts[i], message), QN_USAGE);
		assert_int_equal(strncmp(message, "cannot read the connection string: ", 35), 0);
		assert_null(strstr(message, "s3cret"));
		assert_null(strchr(message, '\n'));
	}
}

static void the_oldest_prepared_statement_makes_room(void **state)
{
	struct prepared_cache cache;
	uint32_t evicted;
	char name[PREPARED_NAME];

	(void)state;
	assert_true(prepared_init(&cache, 2, 0x00c0ffee));
	assert_non_null(prepared_add(&cache, 700, &evicted));
	assert_non_null(prepared_add(&cache, 3, &evicted));
	assert_int_equal(evicted, 0);
	assert_int_equal(prepared_find(&cache, 700)->name, 1);
	assert_int_equal(prepared_add(&cache, 4, &evicted)->name, 3);
	assert_int_equal(evicted, 2);
	assert_null(prepared_find(&cache, 3));
	assert_null(prepared_find(&cache, 100000));
	assert_null(prepared_named(&cache, 700, 9));
	prepared_forget(&cache, prepared_named(&cache, 700, 1));
	assert_int_equal(prepared_add(&cache, 700, &evicted)->name, 4);
	assert_int_equal(evicted, 0);
	prepared_name(&cache, 4294967295u, name);
	assert_string_equal(name, "q00c0ffee_4294967295");
	prepared_free(&cache);
}

static void entries_go_around(void **state)
{
	struct entries entries;

	(void)state;
	assert_true(entries_init(&entries, 10));
	for (uint32_t i = 0; i < 100; i++) {
		entries_push(&entries)->statement = i;
		entries_push(&entries)->statement = i + 1000;
		assert_int_equal(entries_front(&entries)->statement, i);
		assert_int_equal(entries_get(&entries, 1)->statement, i + 1000);
		entries_pop(&entries);
		entries_pop(&entries);
	}
	assert_int_equal(entries.count, 0);
	assert_int_equal(entries_room(&entries), 16);
	entries_free(&entries);
}

static void deadlines_in_order_may_change_and_go(void **state)
{
	enum { COUNT = 200 };
	struct request *requests = calloc(COUNT, sizeof(*requests));
	struct deadlines deadlines = { .heap = NULL };

	(void)state;
	assert_non_null(requests);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(deadlines_add(&deadlines, &requests[i], 1000 + i / 4));
	assert_ptr_equal(deadlines_first(&deadlines), &requests[0]);
	deadlines_change(&deadlines, &requests[100], 7);
	assert_ptr_equal(deadlines_first(&deadlines), &requests[100]);
	deadlines_change(&deadlines, &requests[0], 5000);
	deadlines_change(&deadlines, &requests[100], 6000);
	deadlines_remove(&deadlines, &requests[199]);
	deadlines_remove(&deadlines, &requests[199]);
	for (size_t i = 1; i < 199; i++) {
		if (i == 100)
			continue;
		assert_ptr_equal(deadlines_first(&deadlines), &requests[i]);
		deadlines_remove(&deadlines, &requests[i]);
	}
	assert_ptr_equal(deadlines_first(&deadlines), &requests[0]);
	deadlines_remove(&deadlines, &requests[0]);
	assert_ptr_equal(deadlines_first(&deadlines), &requests[100]);
	deadlines_remove(&deadlines, &requests[100]);
	assert_null(deadlines_first(&deadlines));
	deadlines_free(&deadlines);
	free(requests);
}

static void deadlines_come_soonest_first(void **state)
{
	enum { COUNT = 500 };
	struct request *requests = calloc(COUNT, sizeof(*requests));
	struct deadlines deadlines = { .heap = NULL };
	uint64_t random = 7;
	uint64_t last = 0;

	(void)state;
	assert_non_null(requests);
	for (size_t i = 0; i < COUNT; i++) {
		random = random * UINT64_C(6364136223846793005) + 1;
		assert_true(deadlines_add(&deadlines, &requests[i], random >> 40));
	}
	for (size_t i = 0; i < COUNT; i += 3)
		deadlines_remove(&deadlines, &requests[i]);
	for (size_t i = 1; i < COUNT; i += 3)
		deadlines_change(&deadlines, &requests[i], i);
	deadlines_remove(&deadlines, &requests[0]);
	while (deadlines_first(&deadlines)) {
		assert_true(deadlines_first(&deadlines)->look_at >= last);
		last = deadlines_first(&deadlines)->look_at;
		deadlines_remove(&deadlines, deadlines_first(&deadlines));
	}
	deadlines_free(&deadlines);
	free(requests);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sqlstates_are_judged_by_code_then_by_class),
		cmocka_unit_test(only_hosts_that_others_can_listen_to_need_tls),
		cmocka_unit_test(what_the_user_says_is_kept),
		cmocka_unit_test(lists_of_hosts_are_taken_apart),
		cmocka_unit_test(no_message_quotes_a_password),
		cmocka_unit_test(the_oldest_prepared_statement_makes_room),
		cmocka_unit_test(entries_go_around),
		cmocka_unit_test(deadlines_in_order_may_change_and_go),
		cmocka_unit_test(deadlines_come_soonest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
