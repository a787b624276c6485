#include "dev_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FIRST_EXTRA_FD = 3,
	EXIT_NOT_PREPARED = 126,
	EXIT_NOT_EXECUTED = 127,
	EXIT_BY_SIGNAL = 128,
};

static bool user_become(const struct dev_user *user)
{
	if (!user->drop)
		return true;
	return setgroups(1, &user->gid) == 0 && setresgid(user->gid, user->gid, user->gid) == 0 &&
	       setresuid(user->uid, user->uid, user->uid) == 0;
}

static int child_wait(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? EXIT_BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A server that outlives us must not hold the pipes of whoever waits for our output. */
static bool child_files_set(int log)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	int output = log >= 0 ? log : nothing;

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		return false;
	return close_range(FIRST_EXTRA_FD, ~0U, 0) == 0;
}

static bool child_environment_set(void)
{
	const char *path = getenv("PATH");
	const char *scratch = getenv("TMPDIR");
	char *path_kept = path != NULL ? strdup(path) : NULL;
	char *scratch_kept = scratch != NULL ? strdup(scratch) : NULL;

	if ((path != NULL && path_kept == NULL) || (scratch != NULL && scratch_kept == NULL))
		return false;
	return clearenv() == 0 && setenv("LC_ALL", "C", 1) == 0 &&
	       (path_kept == NULL || setenv("PATH", path_kept, 1) == 0) &&
	       (scratch_kept == NULL || setenv("TMPDIR", scratch_kept, 1) == 0);
}

static int child_execute(const struct dev_command *command, const struct dev_user *user, int log)
{
	if (!child_files_set(log) || !child_environment_set() || !user_become(user))
		return EXIT_NOT_PREPARED;
	if (command->folder != NULL && chdir(command->folder) < 0)
		return EXIT_NOT_PREPARED;
	execv(command->argv[0], (char *const *)command->argv);
	return EXIT_NOT_EXECUTED;
}

int dev_process_run(const struct dev_command *command, const struct dev_user *user)
{
	int log = -1;
	int status;
	pid_t child;

	if (command->log != NULL) {
		log = open(command->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
			   0644);
		if (log < 0)
			return -1;
	}
	child = fork();
	if (child == 0)
		_exit(child_execute(command, user, log));
	status = child < 0 ? -1 : child_wait(child);
	if (log >= 0)
		close(log);
	return status;
}

int dev_process_call(int (*job)(const void *subject), const void *subject,
		     const struct dev_user *user)
{
	pid_t child = fork();

	if (child == 0)
		_exit(user_become(user) ? job(subject) : EXIT_NOT_PREPARED);
	return child < 0 ? -1 : child_wait(child);
}

static char *first_line_read(int from)
{
	FILE *stream = fdopen(from, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	if (stream == NULL) {
		close(from);
		return NULL;
	}
	length = getline(&line, &room, stream);
	fclose(stream);
	if (length > 0 && line[length - 1] == '\n')
		line[--length] = '\0';
	if (length <= 0) {
		free(line);
		return NULL;
	}
	return line;
}

char *dev_process_line(const char *const *argv)
{
	int ends[2];
	pid_t child;
	char *line;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	child = fork();
	if (child == 0) {
		int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (nothing >= 0 && dup2(nothing, STDERR_FILENO) >= 0 &&
		    dup2(ends[1], STDOUT_FILENO) >= 0)
			execvp(argv[0], (char *const *)argv);
		_exit(EXIT_NOT_EXECUTED);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return NULL;
	}
	line = first_line_read(ends[0]);
	if (child_wait(child) != 0) {
		free(line);
		return NULL;
	}
	return line;
}
