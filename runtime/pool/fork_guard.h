/*
 * Tells whether this is the process that it was made in, or a child after fork, for the price of
 * reading one byte.
 */
#ifndef QUERN_POOL_FORK_GUARD_H
#define QUERN_POOL_FORK_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

struct fork_guard {
	volatile const char *page; /* wiped in a child; NULL where the kernel cannot do that */
	pid_t pid;
};

void fork_guard_init(struct fork_guard *guard);
void fork_guard_release(struct fork_guard *guard);
bool fork_guard_is_child(const struct fork_guard *guard);

#endif
