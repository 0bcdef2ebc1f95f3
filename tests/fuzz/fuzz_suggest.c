// SPDX-License-Identifier: GPL-3.0-or-later
/* Any text through suggest, with a small catalogue and with counts that the text itself has left: no crash, shares
 * that make sense, and the same answer twice. Also any text as words of the catalogue. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"
#include "guichet/core/suggest.h"

enum { SUGGESTIONS = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

struct learned { uint64_t features[SUGGEST_FEATURES_MAX]; size_t count; };

static void each_feature(void *context, uint64_t feature, void (*each)(void *, const char *, const char *, int64_t),
	void *each_context)
{
	const struct learned *l = context;
	for (size_t i = 0; i < l->count; i++) {
		if (l->features[i] == feature)
			each(each_context, i % 2 ? "bac" : "trou", i % 3 ? "voirie" : "mairie", (int64_t)(feature >> 1));
	}
	each(each_context, "inconnu", "", -1);
}

static void each_total(void *context, void (*each)(void *, const char *, const char *, int64_t), void *each_context)
{
	(void)context;
	each(each_context, "trou", "voirie", 3);
	each(each_context, "bac", "mairie", 1);
	each(each_context, "bac", "voirie", 0);
}

static void check(const struct suggester *s, const struct suggest_counts *counts, const char *text)
{
	struct suggestion first[SUGGESTIONS], again[SUGGESTIONS];
	size_t n = suggest(s, counts, text, NULL, first, SUGGESTIONS);
	double sum = 0;

	require(n == suggest(s, counts, text, NULL, again, SUGGESTIONS));
	for (size_t i = 0; i < n; i++) {
		require(first[i].category && !first[i].service != !first[i].body);
		require(first[i].score > 0 && (i == 0 || first[i].score <= first[i - 1].score));
		require(first[i].category == again[i].category && first[i].service == again[i].service);
		require(first[i].body == again[i].body && first[i].score >= again[i].score && first[i].score <= again[i].score);
		sum += first[i].score;
	}
	require(sum <= 1.0001);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = guichet_strndup((const char *)data, size);
	size_t half = strlen(text) / 2;
	char *words;
	struct service service = { .code = "voirie", .name = "Voirie" }, *services[] = { &service };
	struct body body = { .code = "mairie", .name = "Mairie", .words = "acte de naissance, crèche" };
	struct category trou = { .code = "trou", .name = "Trou", .words = "nid de poule, trou", .service = &service };
	struct category bac = { .code = "bac", .name = "Bac", .body = &body }, *categories[] = { &trou, &bac };
	struct catalogue catalogue = { .services = services, .service_count = 1, .bodies = &body, .body_count = 1,
		.categories = categories, .category_count = 2 };
	struct learned learned = { .count = 0 };
	struct suggest_counts counts = { each_feature, each_total, &learned };
	struct suggester *s;

	if (!utf8_valid(text, strlen(text), NULL)) {
		free(text);
		return 0;
	}
	while (((unsigned char)text[half] & 0xC0) == 0x80)
		half--;
	words = guichet_strndup(text, half);
	bac.words = words;
	bac.path = text;
	learned.count = suggest_features(text, learned.features);
	require(learned.count <= SUGGEST_FEATURES_MAX);
	s = suggester_new(&catalogue);
	check(s, NULL, text);
	check(s, &counts, text);
	check(s, &counts, text + half);
	suggester_free(&s);
	free(words);
	free(text);
	return 0;
}
