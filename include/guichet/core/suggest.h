// SPDX-License-Identifier: GPL-3.0-or-later
/* From a citizen's words to ranked categories: a multinomial naive Bayes over hashed features, whose prior knowledge is the
 * catalogue's own words and whose counts come from what this store has seen routed.
 *
 * Features of a text: its folded words, their 5-letter stems, pairs of neighbouring words, and the whole text. They are hashed (64 bits), so that what
 * the store keeps of them is no text. No I/O: counts come through a callback.
 */
#ifndef GUICHET_CORE_SUGGEST_H
#define GUICHET_CORE_SUGGEST_H

#include <stddef.h>
#include <stdint.h>

#include "guichet/core/catalogue.h"

enum { SUGGEST_FEATURES_MAX = 256 };

/* The distinct features of `text` (no stop words), at most SUGGEST_FEATURES_MAX; returns how many. Deterministic for ever: the store keeps counts by
 * these values. */
size_t suggest_features(const char *text, uint64_t out[SUGGEST_FEATURES_MAX]);

struct suggest_counts {
	/* Calls `each` for every (category code, service code, count) learned for this feature. */
	void (*feature)(void *context, uint64_t feature,
		void (*each)(void *each_context, const char *category, const char *service, int64_t count), void *each_context);
	/* The same for totals: how many texts were learned under (category, service). */
	void (*totals)(void *context, void (*each)(void *each_context, const char *category, const char *service, int64_t count),
		void *each_context);
	void *context;
};

struct suggestion {
	const struct category *category;
	const struct service *service;     /* NULL when a body is competent */
	const struct body *body;
	double score;                      /* 0..1, sums to at most 1 over all */
};

struct suggester;
/* Prepares the catalogue's words once (borrowed until suggester_free; build anew when the catalogue changed). */
struct suggester *suggester_new(const struct catalogue *catalogue);
void suggester_free(struct suggester **s);
/* Ranked, best first, at most `max`; returns how many (0 when nothing in the text says anything). `counts` may be NULL. */
size_t suggest(const struct suggester *s, const struct suggest_counts *counts, const char *text, const struct commune *commune,
	struct suggestion *out, size_t max);

#endif
