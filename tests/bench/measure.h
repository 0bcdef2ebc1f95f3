// SPDX-License-Identifier: GPL-3.0-or-later
/* Samples of time, their quantiles, and the table that a bench prints: each figure beside a floor measured in the same run. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run during which the kernel gave the processor to somebody else measures the neighbours: it is kept apart, and counted. When more than half of the
 * runs are such, the machine is too busy: then all of them count, and the table says so. */
struct samples { double *ms; size_t count, capacity; double *preempted; size_t preempted_count, preempted_capacity; bool busy; };
int64_t measure_start(void);
void samples_add(struct samples *s, int64_t start);       /* the time since measure_start gave `start`, the last one */
/* A sample measured otherwise; `preempted`: as above, when it waited longer than this for a processor. */
#define SAMPLE_WAITED_MS 0.5
void samples_put(struct samples *s, double ms, bool preempted);
double samples_quantile(struct samples *s, double q);     /* sorts; 0 when empty */
void samples_done(struct samples *s);

/* What a figure is held to. */
enum limit { LIMIT_NONE, LIMIT_P50_MS, LIMIT_P99_MS, LIMIT_RATIO /* to the floor's median, at most */, LIMIT_RATE /* floor's median / this, at least */ };
/* Prints one line and says whether the limit was kept. `floor` may be NULL. */
bool measure_report(size_t size, const char *what, struct samples *own, struct samples *floor, enum limit kind, double limit);
void measure_heading(void);

#endif
