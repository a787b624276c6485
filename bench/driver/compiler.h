/*
 * What the compiler costs: quern gen of many models, and compiling what it wrote.
 */
#ifndef BENCH_DRIVER_COMPILER_H
#define BENCH_DRIVER_COMPILER_H

#include "cases.h"
#include "place.h"

/* One round of the cases of the compiler that are wanted. False: one failed, which was said. */
bool compiler_round(const struct place *place, struct results *results);

#endif
