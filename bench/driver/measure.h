/*
 * Runs the worker: in rounds for time, and under callgrind for instructions.
 */
#ifndef BENCH_DRIVER_MEASURE_H
#define BENCH_DRIVER_MEASURE_H

#include "cases.h"
#include "place.h"

/* One round of every case that is wanted, contender by contender. False: one failed, or computed
 * something else than the others, which was said. */
bool measure_round(const struct place *place, struct results *results);

/* The instructions of every timed case that is wanted. Stops when the clock is past `until`,
 * saying so. False: one failed. */
bool measure_instructions(const struct place *place, struct results *results, double until);

#endif
