// SPDX-License-Identifier: GPL-3.0-or-later
/* From a citizen's words to ranked categories: a naive Bayes over hashed features, whose prior knowledge is the
 * catalogue's own words and whose counts come from what this store has seen routed.
 *
 * Features of a text: the stems of its first two dozen words that say something, and the whole text (their set, in
 * any order). They are hashed (64 bits), so that what the store keeps of them is no text. No I/O: counts come
 * through a callback.
 */
#ifndef GUICHET_CORE_SUGGEST_H
#define GUICHET_CORE_SUGGEST_H

#include <stddef.h>
#include <stdint.h>

#include "guichet/core/catalogue.h"

enum { SUGGEST_FEATURES_MAX = 256 };

/* The distinct features of `text` (no stop words), none of them 0, at most SUGGEST_FEATURES_MAX (25 at present, 8
 * for a line of the Paris data); returns how many. Deterministic for ever: the store keeps counts by these values. */
size_t suggest_features(const char *text, uint64_t out[SUGGEST_FEATURES_MAX]);

/* In which order rows are given changes nothing. Codes that the catalogue does not hold (any more) are passed over. */
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
/* Ranked, best first, at most `max`; returns how many (0 when nothing in the text says anything). `counts` may be
 * NULL. Each (category, service or body) comes once; the catalogue's a-qualifier never does. `commune` (may be NULL)
 * decides who is competent for the catalogue's own categories; for those that an import brought, whom they went to. */
size_t suggest(const struct suggester *s, const struct suggest_counts *counts, const char *text, const struct commune *commune,
	struct suggestion *out, size_t max);

/* The one commune that a text speaks of, by its name or by a postcode that is its alone; NULL: none, or several. */
const struct commune *suggest_commune(const struct catalogue *c, const char *text);

#endif
