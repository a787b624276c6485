/*
 * What came out, in three forms.
 */
#ifndef BENCH_DRIVER_REPORT_H
#define BENCH_DRIVER_REPORT_H

#include "cases.h"
#include "place.h"

/* A table for people, to stdout. */
void report_text(const struct results *results);

/* All figures of all rounds, to `bench.json` in the folder of the output. False: said why. */
bool report_json(const struct place *place, const struct results *results);

/* The ratios to libpq by hand as bars, to `bench.svg`, by gnuplot; none, which is said, without a
 * gnuplot. False: said why. */
bool report_plot(const struct place *place, const struct results *results);

#endif
