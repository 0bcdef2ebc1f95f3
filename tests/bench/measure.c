// SPDX-License-Identifier: GPL-3.0-or-later
/* Samples and the table of a bench. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "guichet/base/clock.h"
#include "guichet/base/text.h"

enum { NAME_COLUMNS = 44, LONG_MS = 500 };

static long switches(void)
{
	struct rusage usage = {0};
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nivcsw;
}

static long switches_at_start;

int64_t measure_start(void)
{
	switches_at_start = switches();
	return clock_monotonic_ns();
}

void samples_put(struct samples *s, double ms, bool preempted)
{
	if (preempted) {
		GUICHET_GROW(s->preempted, s->preempted_count, s->preempted_capacity);
		s->preempted[s->preempted_count++] = ms;
		return;
	}
	GUICHET_GROW(s->ms, s->count, s->capacity);
	s->ms[s->count++] = ms;
}

void samples_add(struct samples *s, int64_t start)
{
	double ms = (double)(clock_monotonic_ns() - start) / 1e6;
	/* What takes long is always preempted at some time. */
	samples_put(s, ms, ms < LONG_MS && switches() != switches_at_start);
}

/* True when it had to take in the preempted ones. */
static bool settle(struct samples *s)
{
	if (s->preempted_count <= s->count)
		return s->busy;
	for (size_t i = 0; i < s->preempted_count; i++) {
		GUICHET_GROW(s->ms, s->count, s->capacity);
		s->ms[s->count++] = s->preempted[i];
	}
	s->preempted_count = 0;
	return s->busy = true;
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double samples_quantile(struct samples *s, double q)
{
	settle(s);
	if (!s->count)
		return 0;
	qsort(s->ms, s->count, sizeof *s->ms, by_time);
	size_t at = (size_t)(q * (double)s->count);
	return s->ms[at < s->count ? at : s->count - 1];
}

void samples_done(struct samples *s)
{
	free(s->ms);
	free(s->preempted);
	*s = (struct samples){0};
}

void measure_heading(void)
{
	printf("%9s  %-*s %6s %10s %10s %10s %7s  %-14s %s\n", "size", NAME_COLUMNS, "what (ms)", "runs", "p50", "p99",
		"floor", "ratio", "limit", "");
}

bool measure_report(
	size_t size, const char *what, struct samples *own, struct samples *floor, enum limit kind, double limit)
{
	bool busy = settle(own);
	double p50 = samples_quantile(own, 0.5), p99 = samples_quantile(own, 0.99),
		   base = floor ? samples_quantile(floor, 0.5) : 0;
	double ratio = base > 0 ? p50 / base : 0;
	static const char *const formats[] = {"", "p50 <= %g ms", "p99 <= %g ms", "ratio <= %g", "rate >= %g"};
	char said[64] = "", floor_said[32] = "-", ratio_said[32] = "-";
	bool kept = kind == LIMIT_P50_MS ? p50 <= limit
		: kind == LIMIT_P99_MS       ? p99 <= limit
		: kind == LIMIT_RATIO        ? ratio <= limit
		: kind == LIMIT_RATE         ? ratio <= 1 / limit
									 : true;
	if (kind != LIMIT_NONE)
		snprintf(said, sizeof said,
			kind == LIMIT_P50_MS       ? formats[1]
				: kind == LIMIT_P99_MS ? formats[2]
				: kind == LIMIT_RATIO  ? formats[3]
									   : formats[4],
			limit);
	if (base > 0) {
		snprintf(floor_said, sizeof floor_said, "%.3f", base);
		snprintf(ratio_said, sizeof ratio_said, "%.2f", ratio);
	}
	printf("%9zu  %-*s %6zu %10.3f %10.3f %10s %7s  %-14s %s\n", size, NAME_COLUMNS, what, own->count, p50, p99,
		floor_said, ratio_said, said,
		kind == LIMIT_NONE ? ""
			: kept         ? "ok"
						   : "OVER");
	if (busy)
		printf("%*s machine too busy: preempted runs included\n", NAME_COLUMNS + 10, "");
	else if (own->preempted_count)
		printf("%*s %zu preempted runs left out\n", NAME_COLUMNS + 10, "", own->preempted_count);
	fflush(stdout);
	return kept;
}
