#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool fail(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	return false;
}

/* The last of the CPUs that are ours: the first has most of the machine's other work. */
bool child_pin(void)
{
	cpu_set_t all;
	cpu_set_t one;

	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return fail("cannot read the CPUs", strerror(errno));
	CPU_ZERO(&one);
	for (size_t cpu = CPU_SETSIZE; cpu-- > 0 && CPU_COUNT(&one) == 0;)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) == 0 ||
	       fail("cannot keep to one CPU", strerror(errno));
}

/* The kernel takes away those that there are not, or that we may not use. */
static void unpin(void)
{
	cpu_set_t all;

	CPU_ZERO(&all);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		CPU_SET(cpu, &all);
	sched_setaffinity(0, sizeof(all), &all);
}

static void child_become(const struct child *child, int to)
{
	int away = open("/dev/null", O_RDWR | O_CLOEXEC);

	if ((child->flags & CHILD_ON_ALL_CPUS) != 0)
		unpin();
	if (away >= 0)
		dup2(away, STDIN_FILENO);
	dup2((child->flags & CHILD_OUTPUT_AWAY) != 0 && away >= 0 ? away : to, STDOUT_FILENO);
	if ((child->flags & CHILD_ERRORS_TOO) != 0)
		dup2(to, STDERR_FILENO);
	execvp(child->argv[0], (char *const *)child->argv);
	fprintf(stderr, "bench: cannot run '%s': %s\n", child->argv[0], strerror(errno));
	_exit(127);
}

bool child_start(struct child *child)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail("cannot make a pipe", strerror(errno));
	fflush(stdout);
	child->started = clock_seconds();
	child->length = 0;
	child->timed_out = false;
	child->pid = fork();
	if (child->pid == 0)
		child_become(child, ends[1]);
	close(ends[1]);
	child->from = ends[0];
	if (child->pid > 0)
		return true;
	close(ends[0]);
	return fail("cannot make a process", strerror(errno));
}

/* Reads what has come; false at the end. What does not fit is read and dropped. */
static bool child_read(struct child *child)
{
	char rest[4096];
	size_t room = sizeof(child->output) - 1 - child->length;
	ssize_t got = room > 0 ? read(child->from, child->output + child->length, room)
			       : read(child->from, rest, sizeof(rest));

	if (got > 0 && room > 0)
		child->length += (size_t)got;
	return got > 0 || (got < 0 && errno == EINTR);
}

static void child_listen(struct child *child)
{
	struct pollfd wait = { child->from, POLLIN, 0 };

	for (;;) {
		double left = child->started + child->seconds - clock_seconds();
		int ready = poll(&wait, 1, left > 0 ? (int)(left * 1000) + 1 : 0);

		if (ready == 0) {
			child->timed_out = true;
			kill(child->pid, SIGKILL);
			return;
		}
		if (ready > 0 && !child_read(child))
			return;
	}
}

static double seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

bool child_wait(struct child *child)
{
	struct rusage usage;
	int status = 0;

	child_listen(child);
	while (wait4(child->pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return fail("cannot wait for a process", strerror(errno));
	child->took = clock_seconds() - child->started;
	child->cpu = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
	close(child->from);
	child->output[child->length] = '\0';
	child->peak_kib = usage.ru_maxrss;
	child->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (child->status == 0)
		return true;
	if ((child->flags & CHILD_MAY_FAIL) != 0)
		return false;
	if (child->timed_out)
		fprintf(stderr, "bench: '%s' took more than %.0f s and was stopped\n",
			child->argv[0], child->seconds);
	else
		fprintf(stderr, "bench: '%s' failed with status %d\n%s", child->argv[0],
			child->status, child->output);
	return false;
}

bool child_run(struct child *child)
{
	return child_start(child) && child_wait(child);
}
