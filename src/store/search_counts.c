// SPDX-License-Identifier: GPL-3.0-or-later
/* In how many requests a word stands, remembered while somebody types the words after it. Must not know how it is counted. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

void search_counts_done(struct search_counts *c)
{
	for (size_t i = 0; i < COUNTS_KEPT; i++)
		free(c->kept[i].match);
	memset(c->kept, 0, sizeof c->kept);
	c->next = 0;
}

void search_counts_follow(struct store *s)
{
	struct search_counts *c = &s->counts;
	int64_t changes = sqlite3_total_changes64(s->db), version = store_data_version(s);
	if (changes == c->changes && version == c->version)
		return;
	search_counts_done(c);
	c->changes = changes;
	c->version = version;
}

bool search_counts_get(const struct store *s, const char *match, double *n)
{
	const struct search_counts *c = &s->counts;
	for (size_t i = 0; i < COUNTS_KEPT && c->kept[i].match; i++)
		if (!strcmp(c->kept[i].match, match)) {
			*n = c->kept[i].n;
			return true;
		}
	return false;
}

/* In the place of the oldest. */
void search_counts_keep(struct store *s, const char *match, double n)
{
	struct search_counts *c = &s->counts;
	free(c->kept[c->next].match);
	c->kept[c->next].match = guichet_strdup(match);
	c->kept[c->next].n = n;
	c->next = (c->next + 1) % COUNTS_KEPT;
}
