/*
 * Each allocation of the compiler fails once, and from then on: the program prints one line, exits
 * with 1, and leaves either all of its output or none. The first argument is a folder of schemas.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scarce_memory.h"

int quern_main(int argc, char **argv);
static const char *schemas;
static char folder[] = "/tmp/quern-memory-XXXXXX";
static enum scarcity scarcity;

static void path_in_folder(char path[128], const char *name)
{
	assert_true(snprintf(path, 128, "%s/%s", folder, name) < 128);
}

static void child_run(char **arguments, const char *said, size_t fails_at)
{
	int nowhere = open("/dev/null", O_WRONLY);
	int file = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int count = 0;

	if (nowhere < 0 || file < 0 || dup2(nowhere, 1) < 0 || dup2(file, 2) < 0)
		_exit(125);
	while (arguments[count])
		count++;
	scarce_memory_begin(fails_at, scarcity);
	exit(quern_main(count, arguments));
}

/* Runs quern with the allocation of this number failing; returns its exit status. */
static int quern(char **arguments, const char *said, size_t fails_at)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		child_run(arguments, said, fails_at);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void text_of(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, size - 1, file);
	text[len] = '\0';
	assert_int_equal(fclose(file), 0);
}

static int files_counted;

static int count_file(const char *path, const struct stat *at, int kind, struct FTW *where)
{
	(void)path;
	(void)at;
	(void)where;
	files_counted += kind == FTW_F;
	return 0;
}

static int remove_entry(const char *path, const struct stat *at, int kind, struct FTW *where)
{
	(void)at;
	(void)kind;
	(void)where;
	return remove(path);
}

static int files_in(const char *path)
{
	files_counted = 0;
	(void)nftw(path, count_file, 8, FTW_PHYS);
	return files_counted;
}

static void remove_all(const char *path)
{
	(void)nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void one_line_is_said(const char *said)
{
	char text[512];

	text_of(said, text, sizeof(text));
	assert_string_equal(text, "quern: out of memory\n");
}

/*
 * Whoever cannot read a file for lack of memory goes on to the next, names each, and counts them.
 */
static void only_the_shortage_is_said(const char *said)
{
	char text[64 * 1024];
	char *rest = text;

	text_of(said, text, sizeof(text));
	assert_true(text[0] != '\0' && text[strlen(text) - 1] == '\n');
	while (*rest) {
		const char *line = strsep(&rest, "\n");

		assert_true(strstr(line, "memory") || strstr(line, " errors"));
	}
}

static void leave_all_or_nothing(void)
{
	char out[128];
	char said[128];
	char *arguments[] = { "quern", "gen", (char *)(uintptr_t)schemas, "-o", out, NULL };
	int all;
	size_t at = 0;

	path_in_folder(out, "out");
	path_in_folder(said, "said");
	assert_int_equal(quern(arguments, said, SIZE_MAX), 0);
	all = files_in(out);
	assert_true(all > 10);
	for (remove_all(out); quern(arguments, said, at) != 0; at++) {
		one_line_is_said(said);
		assert_int_equal(files_in(out), 0);
		remove_all(out);
	}
	assert_int_equal(files_in(out), all);
	assert_true(at > 1);
	remove_all(out);
}

static void generating_leaves_all_or_nothing(void **state)
{
	(void)state;
	scarcity = SCARCE_ONCE;
	leave_all_or_nothing();
}

static void generating_without_memory_from_some_point_on_leaves_all_or_nothing(void **state)
{
	(void)state;
	scarcity = SCARCE_FOR_EVER;
	leave_all_or_nothing();
}

static void say_what_is_short(void)
{
	char said[128];
	char out[128];
	char *path = (char *)(uintptr_t)schemas;
	char *generate[] = { "quern", "gen", path, "-o", out, NULL };
	char *commands[][6] = {
		{ "quern", "sql", path, NULL },
		{ "quern", "check", path, "-o", out, NULL },
		{ "quern", "fmt", "--check", path, NULL },
	};

	path_in_folder(said, "said");
	path_in_folder(out, "out");
	assert_int_equal(quern(generate, said, SIZE_MAX), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		size_t at = 0;

		int status;

		while ((status = quern(commands[i], said, at)) != 0) {
			assert_int_equal(status, 1);
			only_the_shortage_is_said(said);
			at++;
		}
		assert_true(at > 1);
	}
}

static void other_commands_say_what_is_short(void **state)
{
	(void)state;
	scarcity = SCARCE_ONCE;
	say_what_is_short();
}

static void other_commands_without_memory_from_some_point_on_say_what_is_short(void **state)
{
	(void)state;
	scarcity = SCARCE_FOR_EVER;
	say_what_is_short();
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	(void)state;
	remove_all(folder);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generating_leaves_all_or_nothing),
		cmocka_unit_test(
			generating_without_memory_from_some_point_on_leaves_all_or_nothing),
		cmocka_unit_test(other_commands_say_what_is_short),
		cmocka_unit_test(
			other_commands_without_memory_from_some_point_on_say_what_is_short),
	};

	if (argc != 2) {
		fputs("usage: compiler_memory_test SCHEMAS\n", stderr);
		return 2;
	}
	schemas = argv[1];
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
