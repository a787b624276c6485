/*
 * Work in other threads for a loop: a thread for each, and a pipe that tells the loop when one is
 * done.
 */
#ifndef OWN_LOOP_THREADS_H
#define OWN_LOOP_THREADS_H

#include <quern.h>

struct threads;

/* NULL when memory or descriptors are out. */
struct threads *threads_new(void);
/* Waits for all threads; what they were doing is told `done`. */
void threads_free(struct threads *threads);
/* Readable when threads_take_finished has something to do. */
int threads_finished_fd(const struct threads *threads);
/* Waits for a thread to finish, and calls `done` for it. */
void threads_take_finished(struct threads *threads);
bool threads_are_busy(const struct threads *threads);

/* As the hooks of the same names. */
qn_status threads_work(struct threads *threads, qn_work *work);
qn_status threads_resolve(struct threads *threads, qn_resolve *resolve);

#endif
