/* COMMIT and its answer are lost between quern and a real server. It is the test's own. */
#include "dev_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../chaos/proxy.h"
#include "quern.h"

static char folder[] = "/tmp/quern-commit-XXXXXX";
static struct dev_server server;
static struct proxy proxy;
static char conninfo[128];
static qn_pool *pool;
static qn_session *session;
static pid_t to_crash; /* when the connection is lost; 0: nothing */

static char *look_up(const char *sql)
{
	PGconn *connection = PQconnectdb(dev_server_url(&server));
	PGresult *result = PQexec(connection, sql);
	char *value = NULL;

	if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
		value = strdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	PQfinish(connection);
	return value;
}

/* Whether commits may have to wait for a standby is told when the server starts. */
static bool server_replicate(void)
{
	bool was_running;

	free(look_up("alter system set wal_level = replica"));
	free(look_up("alter system set max_wal_senders = 1"));
	return dev_server_stop(&server, &was_running) && dev_server_start(&server, &was_running);
}

static int server_start(void **state)
{
	struct proxy_config config = { .seed = 1 };
	char socket[256];
	char *sockets;
	char *made;
	bool was_running;

	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755) != 0 || !dev_server_init(&server, folder) ||
	    !dev_server_start(&server, &was_running) || !server_replicate())
		return -1;
	sockets = look_up("select trim(both '\"' from current_setting('unix_socket_directories')) "
			  "|| '/.s.PGSQL.' || current_setting('port')");
	/* A COMMIT that takes its time has such a row. */
	made = look_up("create table note (text text, pause float8);"
		       "create function linger() returns trigger language plpgsql as "
		       "'begin perform pg_sleep(new.pause); return null; end';"
		       "create constraint trigger linger after insert on note "
		       "deferrable initially deferred for each row execute function linger();"
		       "create role plain login; grant all on note to plain;"
		       "alter role plain set synchronous_commit = on;"
		       "select 'made'");
	snprintf(socket, sizeof(socket), "%s", sockets ? sockets : "");
	free(sockets);
	free(made);
	config.server = socket;
	if (!made || !proxy_start(&proxy, &config))
		return -1;
	/* One without privileges. */
	snprintf(conninfo, sizeof(conninfo),
		 "host=127.0.0.1 port=%d user=plain dbname=quern sslmode=disable", proxy.port);
	return 0;
}

static int server_stop(void **state)
{
	bool was_running;
	bool has_stopped = proxy_stop(&proxy);
	bool is_gone = dev_server_stop(&server, &was_running) && dev_server_delete(&server);

	(void)state;
	dev_server_release(&server);
	return has_stopped && is_gone ? 0 : -1;
}

static void obey(const char *command)
{
	char answer[256];

	if (!proxy_command(&proxy, command, answer, sizeof(answer)))
		fail_msg("'%s': %s", command, answer);
}

/* Until the server knows it: then it ends all sessions. */
static void server_crash(pid_t process)
{
	PGconn *witness = PQconnectdb(dev_server_url(&server));

	(void)kill(process, SIGKILL);
	PQclear(PQexec(witness, "select pg_sleep(60)"));
	PQfinish(witness);
}

/* What happens to the server after the loss and before anybody can ask. */
static void crash_when_lost(void *context, const qn_log_entry *entry)
{
	char answer[256];

	(void)context;
	if (entry->event != QN_LOG_DISCONNECTED || entry->status == QN_OK)
		return;
	(void)proxy_command(&proxy, "clear", answer, sizeof(answer));
	if (to_crash)
		server_crash(to_crash);
	to_crash = 0;
}

static int setup(void **state)
{
	(void)state;
	to_crash = 0;
	free(look_up("truncate note; select 1"));
	obey("clear");
	if (qn_pool_open(&pool, &(qn_pool_config){ .conninfo = conninfo,
						   .max = 2,
						   .retry_delay = 10,
						   .max_retry_delay = 50,
						   .log = crash_when_lost }) != QN_OK)
		return -1;
	return qn_session_open(pool, &session) == QN_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	qn_session_close(session);
	qn_pool_close(pool);
	return 0;
}

static void rows_are(const char *expected)
{
	char *value = look_up("select count(*) from note");

	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}

static qn_status note_once(qn_session *at, void *argument)
{
	const char *pause = argument ? argument : "0";

	return qn_await(qn_sql(at, NULL, "insert into note values ('a', $1)", &pause, 1));
}

/* So much time for COMMIT alone, however long the row takes. */
static qn_status note_then_hurry(qn_session *at, void *argument)
{
	qn_status status = note_once(at, argument);

	qn_session_set_deadline(at, 700);
	return status;
}

static void a_commit_that_never_arrived_is_found_to_be_rolled_back(void **state)
{
	(void)state;
	obey("all to-server before message P:COMMIT cut");
	assert_int_equal(qn_atomic(session, note_once, NULL, NULL), QN_CONNECTION_LOST);
	assert_string_equal(qn_session_error(session)->message,
			    "the connection was lost at COMMIT, and the server has rolled the "
			    "transaction back; run it again");
	rows_are("0");
	assert_int_equal(qn_atomic(session, note_once, NULL, NULL), QN_OK);
	rows_are("1");
}

static void a_commit_whose_answer_was_lost_is_found_to_be_done(void **state)
{
	(void)state;
	obey("all to-client before message C:COMMIT cut");
	assert_int_equal(qn_atomic(session, note_once, NULL, NULL), QN_OK);
	rows_are("1");
}

static void a_commit_that_is_still_worked_at_is_waited_for(void **state)
{
	(void)state;
	obey("all to-server after message S cut");
	assert_int_equal(qn_atomic(session, note_once, "0.3", NULL), QN_OK);
	rows_are("1");
}

static void the_wait_ends_by_the_deadline(void **state)
{
	(void)state;
	assert_int_equal(qn_await(qn_sql(session, NULL, "select 1", NULL, 0)), QN_OK);
	obey("all to-server after message S cut");
	assert_int_equal(qn_atomic(session, note_then_hurry, "5", NULL), QN_OUTCOME_UNKNOWN);
	assert_non_null(
		strstr(qn_session_error(session)->message, "its outcome could not be found out"));
	free(look_up("select pg_terminate_backend(pid) from pg_stat_activity "
		     "where usename = 'plain' and state = 'active'"));
}

static void a_server_that_crashed_since_is_not_believed(void **state)
{
	char *pid = look_up("select pid from pg_stat_activity where backend_type = 'walwriter'");

	(void)state;
	assert_non_null(pid);
	to_crash = (pid_t)strtol(pid, NULL, 10);
	free(pid);
	obey("all to-client before message C:COMMIT cut");
	assert_int_equal(qn_atomic(session, note_once, NULL, NULL), QN_OUTCOME_UNKNOWN);
	assert_int_equal(to_crash, 0);
	assert_non_null(strstr(qn_session_error(session)->message,
			       "(the server was restarted since, or is another one, and cannot "
			       "know the outcome)"));
}

static qn_status read_once(qn_session *at, void *argument)
{
	(void)argument;
	return qn_await(qn_sql(at, NULL, "select pg_notify('nobody', '')", NULL, 0));
}

/* What is sent at COMMIT has an id only there. */
static void a_block_without_an_id_stays_unknown(void **state)
{
	(void)state;
	obey("all to-client before message C:COMMIT cut");
	assert_int_equal(qn_atomic(session, read_once, NULL, NULL), QN_OUTCOME_UNKNOWN);
}

/* Asks for this of the commit that waits for a standby, as soon as there is one. */
static void when_a_commit_waits(qn_session *own, const char *ask)
{
	char sql[128];
	char *done = NULL;

	snprintf(sql, sizeof(sql), "select %s from pg_stat_activity where wait_event = 'SyncRep'",
		 ask);
	for (int i = 0; i < 1000 && !done && qn_sleep(own, 10) == QN_OK; i++)
		done = look_up(sql);
	free(done);
}

static void waiting_commit_cancel(qn_session *own, void *argument)
{
	(void)argument;
	when_a_commit_waits(own, "pg_cancel_backend(pid)");
}

/*
 * It is there, and the standby that is missing does not have it. Cancelled by the deadline, then by
 * somebody else.
 */
static void a_commit_that_no_standby_has_is_unknown(void **state)
{
	const char *pause = "0";
	qn_op *op;

	(void)state;
	assert_int_equal(qn_await(qn_sql(session, NULL, "select 1", NULL, 0)), QN_OK);
	free(look_up("alter system set synchronous_standby_names = 'nobody'"));
	free(look_up("select pg_reload_conf()"));
	/* Only now does it wait: the checkpointer is who tells the others. */
	free(look_up("checkpoint"));
	op = qn_sql(session, NULL, "insert into note values ('a', $1)", &pause, 1);
	when_a_commit_waits(session, "pid");
	qn_op_set_deadline(op, 1);
	assert_int_equal(qn_await(op), QN_OUTCOME_UNKNOWN);
	assert_non_null(strstr(qn_session_error(session)->message,
			       "it is committed, but the server was interrupted while it waited "
			       "for its standbys, which may not have it"));
	assert_int_equal(qn_atomic(session, note_then_hurry, NULL, NULL), QN_OUTCOME_UNKNOWN);
	qn_session_set_deadline(session, 60000);
	assert_int_equal(qn_spawn(pool, waiting_commit_cancel, NULL), QN_OK);
	assert_int_equal(qn_atomic(session, note_once, NULL, NULL), QN_OUTCOME_UNKNOWN);
	rows_are("3");
	free(look_up("alter system reset synchronous_standby_names"));
	free(look_up("select pg_reload_conf()"));
	free(look_up("checkpoint"));
	assert_int_equal(qn_atomic(session, note_once, NULL, NULL), QN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_commit_that_never_arrived_is_found_to_be_rolled_back),
		TEST(a_commit_whose_answer_was_lost_is_found_to_be_done),
		TEST(a_commit_that_is_still_worked_at_is_waited_for),
		TEST(the_wait_ends_by_the_deadline),
		TEST(a_server_that_crashed_since_is_not_believed),
		TEST(a_block_without_an_id_stays_unknown),
		TEST(a_commit_that_no_standby_has_is_unknown),
	};

	return cmocka_run_group_tests_name("commit-lookup", tests, server_start, server_stop);
}
