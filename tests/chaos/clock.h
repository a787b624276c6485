/*
 * The wall clock of the load's process, which can be told to be wrong: time(), gettimeofday() and
 * clock_gettime() are the test program's own, for the libraries too that it is linked with. The
 * monotonic clock is what it is.
 */
#ifndef QUERN_TEST_CHAOS_CLOCK_H
#define QUERN_TEST_CHAOS_CLOCK_H

#include <stdatomic.h>

/*
 * From here on the wall clock of this process and its children is wrong by so many seconds; shared
 * memory, to live on.
 */
void clock_shift_by(const atomic_llong *seconds);

#endif
