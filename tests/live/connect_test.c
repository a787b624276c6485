/* What a pool says when it cannot connect, and that it finds a server which is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "quern/pool.h"
#include "test_server.h"

static struct test_server server;

static int start_server(void **state)
{
	(void)state;
	return test_server_start(&server) ? 0 : -1;
}

static int stop_server(void **state)
{
	(void)state;
	return test_server_stop(&server) ? 0 : -1;
}

struct expectation {
	qn_status status;
	const char *sqlstate;
	const char *parts[3]; /* of the message */
};

static void connecting_fails(const qn_pool_config *config, const struct expectation *expected)
{
	const qn_error *error;
	qn_pool *pool;

	assert_int_equal(qn_pool_open(&pool, config), QN_OK);
	assert_int_equal(qn_pool_connect(pool), expected->status);
	error = qn_pool_error(pool);
	assert_int_equal(error->status, expected->status);
	assert_string_equal(error->sqlstate, expected->sqlstate);
	assert_null(strchr(error->message, '\n'));
	assert_null(strstr(error->message, "s3cret"));
	for (size_t i = 0; i < 3 && expected->parts[i]; i++)
		if (!strstr(error->message, expected->parts[i]))
			fail_msg("\"%s\" is not in \"%s\"", expected->parts[i], error->message);
	qn_pool_close(pool);
}

static void connects(const char *conninfo)
{
	qn_pool *pool;

	assert_int_equal(qn_pool_open(&pool, &(qn_pool_config){ .conninfo = conninfo }), QN_OK);
	if (qn_pool_connect(pool) != QN_OK)
		fail_msg("%s", qn_pool_error(pool)->message);
	qn_pool_close(pool);
}

static char *with_settings(const char *settings)
{
	char *conninfo = NULL;

	assert_true(asprintf(&conninfo, "%s %s", test_server_conninfo(&server), settings) > 0);
	return conninfo;
}

/*
 * A socket with a port of its own, that nobody else gets, and that refuses until it listens; *port
 * is where.
 */
static int bound_socket(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* One that listens, and accepts nobody. */
static int deaf_listener(int *port)
{
	int fd = bound_socket(port);

	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void a_server_that_does_not_listen_is_named(void **state)
{
	char conninfo[128];
	int port;
	int fd = bound_socket(&port);

	(void)state;
	snprintf(conninfo, sizeof(conninfo), "host=127.0.0.1 port=%d user=me password=s3cret",
		 port);
	connecting_fails(&(qn_pool_config){ .conninfo = conninfo },
			 &(struct expectation){ QN_CONNECTION_FAILED,
						"",
						{ "127.0.0.1", "Connection refused",
						  "Is the server running on that host" } });
	close(fd);
}

static void a_server_that_says_nothing_is_given_up(void **state)
{
	char conninfo[128];
	int port;
	int fd = deaf_listener(&port);

	(void)state;
	snprintf(conninfo, sizeof(conninfo), "host=127.0.0.1 port=%d user=me password=s3cret",
		 port);
	connecting_fails(&(qn_pool_config){ .conninfo = conninfo, .connect_timeout = 200 },
			 &(struct expectation){
				 QN_CONNECTION_FAILED,
				 "",
				 { "\"127.0.0.1\", port", "not ready within 200 ms" } });
	close(fd);
}

static void a_missing_socket_is_named(void **state)
{
	(void)state;
	connecting_fails(&(qn_pool_config){ .conninfo = "host=/nonexistent-folder user=me" },
			 &(struct expectation){ QN_CONNECTION_FAILED,
						"",
						{ "/nonexistent-folder/.s.PGSQL.",
						  "No such file or directory",
						  "accepting connections on that socket" } });
}

static void a_host_that_is_not_known_is_named(void **state)
{
	(void)state;
	connecting_fails(&(qn_pool_config){ .conninfo = "host=no-such-host.invalid user=me" },
			 &(struct expectation){
				 QN_CONNECTION_FAILED,
				 "",
				 { "host \"no-such-host.invalid\" cannot be found" } });
}

static void an_unknown_database_is_named_with_what_to_do(void **state)
{
	char *conninfo = with_settings("dbname=no_such_database");

	(void)state;
	connecting_fails(&(qn_pool_config){ .conninfo = conninfo },
			 &(struct expectation){ QN_CONNECTION_FAILED,
						"3D000",
						{ "database \"no_such_database\" does not exist",
						  "create it, or check the name" } });
	free(conninfo);
}

static void an_unknown_role_is_an_authentication_failure(void **state)
{
	char *conninfo = with_settings("user=no_such_role password=s3cret");

	(void)state;
	connecting_fails(&(qn_pool_config){ .conninfo = conninfo },
			 &(struct expectation){
				 QN_AUTHENTICATION_FAILED,
				 "28000",
				 { "no_such_role", "check the user and password" } });
	free(conninfo);
}

/* Has a server of the test's own ask one role for its password. */
static void ask_for_password(const struct test_server *own)
{
	char *path = test_server_value(own, "show hba_file");
	char *before = test_server_value(own, "select pg_conf_load_time()");
	char *after = NULL;
	FILE *file;

	assert_non_null(path);
	assert_non_null(before);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("local all asked scram-sha-256\nlocal all all trust\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_true(test_server_execute(own, "select pg_reload_conf()"));
	/* A new session sees the time of the postmaster's last reload. */
	do {
		free(after);
		after = test_server_value(own, "select pg_conf_load_time()");
		assert_non_null(after);
	} while (strcmp(before, after) == 0);
	free(after);
	free(before);
	free(path);
}

static char *asked_for(const struct test_server *own, const char *settings)
{
	char *conninfo = NULL;

	assert_true(asprintf(&conninfo, "%s user=asked %s", test_server_conninfo(own), settings) >
		    0);
	return conninfo;
}

static void a_wrong_and_a_missing_password_are_told_apart(void **state)
{
	struct test_server own;
	char *wrong;
	char *missing;
	char *right;

	(void)state;
	assert_int_equal(unsetenv("QUERN_TEST_URL"), 0);
	assert_true(test_server_start(&own));
	assert_true(test_server_execute(&own, "set password_encryption = 'scram-sha-256'; "
					      "create role asked login password 's3cret'"));
	ask_for_password(&own);
	wrong = asked_for(&own, "password=s3cret-but-wrong");
	missing = asked_for(&own, "passfile=/dev/null");
	right = asked_for(&own, "password=s3cret");
	connecting_fails(&(qn_pool_config){ .conninfo = wrong },
			 &(struct expectation){
				 QN_AUTHENTICATION_FAILED,
				 "28P01",
				 { "password authentication failed for user \"asked\"",
				   "check the user and password" } });
	connecting_fails(&(qn_pool_config){ .conninfo = missing },
			 &(struct expectation){
				 QN_AUTHENTICATION_FAILED,
				 "",
				 { "no password supplied", "give one in the connection string" } });
	connects(right);
	free(wrong);
	free(missing);
	free(right);
	assert_true(test_server_stop(&own));
}

static void the_second_host_is_taken_when_the_first_is_not_there(void **state)
{
	PGconn *direct = PQconnectdb(test_server_conninfo(&server));
	char *conninfo = NULL;

	(void)state;
	assert_int_equal(PQstatus(direct), CONNECTION_OK);
	assert_true(asprintf(&conninfo, "%s host=/nonexistent-folder,%s port=%s,%s",
			     test_server_conninfo(&server), PQhost(direct), PQport(direct),
			     PQport(direct)) > 0);
	PQfinish(direct);
	connects(conninfo);
	free(conninfo);
}

static void a_primary_is_taken_where_a_standby_is_preferred_and_none_is_there(void **state)
{
	char *conninfo = with_settings("target_session_attrs=prefer-standby");

	(void)state;
	connects(conninfo);
	free(conninfo);
	conninfo = with_settings("target_session_attrs=standby");
	connecting_fails(&(qn_pool_config){ .conninfo = conninfo },
			 &(struct expectation){ QN_CONNECTION_FAILED, "", { "standby" } });
	free(conninfo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_does_not_listen_is_named),
		cmocka_unit_test(a_server_that_says_nothing_is_given_up),
		cmocka_unit_test(a_missing_socket_is_named),
		cmocka_unit_test(a_host_that_is_not_known_is_named),
		cmocka_unit_test(an_unknown_database_is_named_with_what_to_do),
		cmocka_unit_test(an_unknown_role_is_an_authentication_failure),
		cmocka_unit_test(the_second_host_is_taken_when_the_first_is_not_there),
		cmocka_unit_test(a_primary_is_taken_where_a_standby_is_preferred_and_none_is_there),
		cmocka_unit_test(a_wrong_and_a_missing_password_are_told_apart),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
