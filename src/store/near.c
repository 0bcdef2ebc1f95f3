// SPDX-License-Identifier: GPL-3.0-or-later
/* Words of names and streets that are one letter off: wrong, missing, too many, or two neighbours swapped. Symmetric
 * deletes: the table holds each word with each letter left out, so that words at that distance share a variant, and a
 * look-up costs as many key reads as the word has letters. Knows no request and no ranking. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR_SEEN_MAX = 128 };

struct seen {
	char word[NEAR_WORD_BYTES];
	int64_t n;
};
struct look_up {
	struct store *s;
	const char *word;
	struct seen seen[NEAR_SEEN_MAX];
	size_t count;
};

/* True when `a` and `b` differ by one letter: put in, left out, replaced, or swapped with its neighbour. */
static bool is_one_off(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), head = 0, tail = 0;
	size_t shorter = la < lb ? la : lb;
	while (head < shorter && a[head] == b[head])
		head++;
	while (tail < shorter - head && a[la - 1 - tail] == b[lb - 1 - tail])
		tail++;
	size_t ra = la - head - tail, rb = lb - head - tail;
	if (ra + rb == 1 || (ra == 1 && rb == 1))
		return true;
	return ra == 2 && rb == 2 && a[head] == b[head + 1] && a[head + 1] == b[head];
}

static void see(struct look_up *l, const char *word, int64_t n)
{
	size_t i = 0;
	if (l->count == NEAR_SEEN_MAX || strlen(word) >= NEAR_WORD_BYTES || !is_one_off(word, l->word))
		return;
	while (i < l->count && strcmp(l->seen[i].word, word))
		i++;
	if (i < l->count)
		return;
	memcpy(l->seen[l->count].word, word, strlen(word) + 1);
	l->seen[l->count++].n = n;
}

static void add_sharing(void *context, const char *variant)
{
	struct look_up *l = context;
	sqlite3_stmt *st = sql_prepare(
		l->s, "SELECT a.word, w.n FROM name_near a JOIN name_word w ON w.word = a.word WHERE a.variant = ?1", NULL);
	if (!st)
		return;
	sql_bind(st, "t", variant);
	while (l->count < NEAR_SEEN_MAX && sql_step(l->s, st, NULL) == GUICHET_OK)
		see(l, column_str(st, 0), sqlite3_column_int64(st, 1));
	sqlite3_reset(st);
}

static int commonest_first(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	return strcmp(x->word, y->word);
}

void near_words_find(struct store *s, const char *word, struct near_words *out)
{
	struct look_up l = {.s = s, .word = word};
	out->count = 0;
	name_variants_each(word, add_sharing, &l);
	const struct tally *waiting = &settle_waiting(s)->words;
	for (size_t i = 0; i < waiting->capacity; i++)
		if (waiting->slots[i].key)
			see(&l, waiting->slots[i].key, waiting->slots[i].delta);
	qsort(l.seen, l.count, sizeof *l.seen, commonest_first);
	for (size_t i = 0; i < l.count && out->count < NEAR_WORDS_MAX; i++)
		memcpy(out->words[out->count++], l.seen[i].word, NEAR_WORD_BYTES);
}
