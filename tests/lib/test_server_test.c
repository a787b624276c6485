#include "test_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void value_is(const struct test_server *test, const char *sql, const char *expected)
{
	char *value = test_server_value(test, sql);

	assert_non_null(value);
	assert_string_equal(value, expected);
	free(value);
}

static void a_test_has_an_empty_database_of_its_own(void **state)
{
	struct test_server first;
	struct test_server second;

	(void)state;
	assert_true(test_server_start(&first));
	assert_true(test_server_start(&second));
	assert_true(test_server_execute(&first,
					"create table here (n int); insert into here values (7)"));
	value_is(&first, "select n from here", "7");
	value_is(&second, "select to_regclass('here') is null", "t");
	value_is(&second,
		 "select pg_encoding_to_char(encoding) from pg_database"
		 " where datname = current_database()",
		 "UTF8");
	assert_true(test_server_stop(&first));
	assert_true(test_server_stop(&second));
}

static void stop_drops_the_database_under_open_connections(void **state)
{
	struct test_server test;
	struct test_server other;
	char name[128];
	PGconn *connection;

	(void)state;
	assert_true(test_server_start(&other));
	assert_true(test_server_start(&test));
	snprintf(name, sizeof(name), "select count(*) from pg_database where datname = '%s'",
		 test.database);
	connection = test_server_connect(&test);
	assert_non_null(connection);
	assert_true(test_server_stop(&test));
	PQfinish(connection);
	value_is(&other, name, "0");
	assert_true(test_server_stop(&other));
}

static void a_failed_statement_is_reported(void **state)
{
	struct test_server test;

	(void)state;
	assert_true(test_server_start(&test));
	assert_false(test_server_execute(&test, "select 1 / 0"));
	assert_null(test_server_value(&test, "select from nowhere"));
	assert_null(test_server_value(&test, "select null"));
	assert_true(test_server_stop(&test));
}

static void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void a_file_of_statements_is_run(void **state)
{
	char path[] = "/tmp/quern-test-sql-XXXXXX";
	int file = mkstemp(path);
	struct test_server test;

	(void)state;
	assert_true(file >= 0);
	close(file);
	assert_true(test_server_start(&test));
	assert_false(test_server_execute_file(&test, path));
	file_write(path, "create table here (n int);\ninsert into here values (8);\n");
	assert_true(test_server_execute_file(&test, path));
	value_is(&test, "select n from here", "8");
	assert_false(test_server_execute_file(&test, path));
	unlink(path);
	assert_false(test_server_execute_file(&test, path));
	assert_false(test_server_execute_file(&test, NULL));
	assert_true(test_server_stop(&test));
}

static void an_unreachable_runner_server_is_refused(void **state)
{
	const char *given = getenv("QUERN_TEST_URL");
	char *kept = given != NULL ? strdup(given) : NULL;
	struct test_server test;

	(void)state;
	setenv("QUERN_TEST_URL", "host=/nowhere", 1);
	assert_false(test_server_start(&test));
	setenv("QUERN_TEST_URL", "host", 1);
	assert_false(test_server_start(&test));
	unsetenv("QUERN_TEST_URL");
	if (kept != NULL)
		setenv("QUERN_TEST_URL", kept, 1);
	free(kept);
}

/*
 * Starts a server of its own, tells its socket folder through `to`, and dies without stopping it.
 */
static void child_die(int to)
{
	struct test_server test;
	PQconninfoOption *options;
	char *problem;

	unsetenv("QUERN_TEST_URL");
	if (!test_server_start(&test))
		_exit(1);
	options = PQconninfoParse(test_server_conninfo(&test), &problem);
	for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
		if (strcmp(option->keyword, "host") == 0)
			dprintf(to, "%s", option->val);
	/* The keeper, forked from here, holds the pipe open until it has removed the server. */
	kill(getpid(), SIGKILL);
}

static void a_test_that_crashes_leaves_no_server(void **state)
{
	char folder[512] = "";
	size_t length = 0;
	ssize_t got;
	int ends[2];
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0)
		child_die(ends[1]);
	close(ends[1]);
	while ((got = read(ends[0], folder + length, sizeof(folder) - 1 - length)) > 0)
		length += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(length > 0);
	assert_int_equal(access(folder, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_test_has_an_empty_database_of_its_own),
		cmocka_unit_test(stop_drops_the_database_under_open_connections),
		cmocka_unit_test(a_failed_statement_is_reported),
		cmocka_unit_test(a_file_of_statements_is_run),
		cmocka_unit_test(an_unreachable_runner_server_is_refused),
		cmocka_unit_test(a_test_that_crashes_leaves_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
