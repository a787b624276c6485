#include "clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { NS_IN_US = 1000 };

/*
 * What the replaced functions look at has no other place: the C library fixes what they are called
 * with.
 */
static const atomic_llong *shift;

void clock_shift_by(const atomic_llong *seconds)
{
	shift = seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	long result = syscall(SYS_clock_gettime, clock, now);
	bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;

	if (result == 0 && is_wall && shift != NULL)
		now->tv_sec += (time_t)atomic_load(shift);
	return (int)result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec time = { .tv_sec = 0 };

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &time) < 0)
		return -1;
	*now = (struct timeval){ .tv_sec = time.tv_sec, .tv_usec = time.tv_nsec / NS_IN_US };
	return 0;
}

time_t time(time_t *now)
{
	struct timespec time = { .tv_sec = 0 };

	(void)clock_gettime(CLOCK_REALTIME, &time);
	if (now != NULL)
		*now = time.tv_sec;
	return time.tv_sec;
}
