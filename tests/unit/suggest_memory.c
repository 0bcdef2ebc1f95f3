// SPDX-License-Identifier: GPL-3.0-or-later
/* What a store would have learned, kept in memory. It must not know what suggest makes of it. */
#include "suggest_memory.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"

static int compare_rows(const void *a, const void *b)
{
	const struct memory_count *x = a, *y = b;
	int order;

	if (x->feature != y->feature)
		return x->feature < y->feature ? -1 : 1;
	order = strcmp(x->category, y->category);
	return order ? order : strcmp(x->service, y->service);
}

static void list_add(struct memory_list *l, uint64_t feature, const char *category, const char *service, int64_t count)
{
	GUICHET_GROW(l->items, l->count, l->capacity);
	l->items[l->count++] = (struct memory_count){ feature, guichet_strdup(category), guichet_strdup(service), count };
	l->sorted = false;
}

static void list_done(struct memory_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->items[i].category);
		free(l->items[i].service);
	}
	free(l->items);
	*l = (struct memory_list){ 0 };
}

/* Sorts, and adds up the rows that differ in their count alone. */
static void list_sort(struct memory_list *l)
{
	size_t kept = 0;

	if (l->sorted || l->count == 0)
		return;
	qsort(l->items, l->count, sizeof(*l->items), compare_rows);
	for (size_t i = 0; i < l->count; i++) {
		if (kept > 0 && compare_rows(&l->items[kept - 1], &l->items[i]) == 0) {
			l->items[kept - 1].count += l->items[i].count;
			free(l->items[i].category);
			free(l->items[i].service);
		} else {
			l->items[kept++] = l->items[i];
		}
	}
	l->count = kept;
	l->sorted = true;
}

static size_t list_give(struct memory_list *l, uint64_t feature, bool backwards,
	void (*each)(void *, const char *, const char *, int64_t), void *each_context)
{
	size_t low = 0, high, last;

	list_sort(l);
	for (high = l->count; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (l->items[middle].feature < feature)
			low = middle + 1;
		else
			high = middle;
	}
	for (last = low; last < l->count && l->items[last].feature == feature; last++) {
	}
	for (size_t i = 0; i < last - low; i++) {
		const struct memory_count *row = &l->items[backwards ? last - 1 - i : low + i];

		each(each_context, row->category, row->service, row->count);
	}
	return last - low;
}

static void give_feature(void *context, uint64_t feature, void (*each)(void *, const char *, const char *, int64_t),
	void *each_context)
{
	struct suggest_memory *m = context;

	m->asked++;
	m->rows += list_give(&m->features, feature, m->backwards, each, each_context);
}

static void give_totals(void *context, void (*each)(void *, const char *, const char *, int64_t), void *each_context)
{
	struct suggest_memory *m = context;

	list_give(&m->totals, 0, m->backwards, each, each_context);
}

void memory_done(struct suggest_memory *m)
{
	list_done(&m->features);
	list_done(&m->totals);
	*m = (struct suggest_memory){ .backwards = m->backwards };
}

void memory_learn(struct suggest_memory *m, const char *text, const char *category, const char *service, int64_t times)
{
	uint64_t features[SUGGEST_FEATURES_MAX];
	size_t count = suggest_features(text, features);

	for (size_t i = 0; i < count; i++)
		list_add(&m->features, features[i], category, service, times);
	list_add(&m->totals, 0, category, service, times);
}

struct suggest_counts memory_counts(struct suggest_memory *m)
{
	return (struct suggest_counts){ give_feature, give_totals, m };
}
