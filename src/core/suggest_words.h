// SPDX-License-Identifier: GPL-3.0-or-later
/* Words of a text as suggest sees them: folded, without stop words, cut down to a stem, hashed. Private to
 * src/core/suggest*.c.
 *
 * What the store has learned is kept under these hashes: a change of folding, stop words, stems or hash makes it
 * worthless, so tests/unit/test_suggest.c pins some of them. Knows neither catalogue nor counts.
 */
#ifndef GUICHET_CORE_SUGGEST_WORDS_H
#define GUICHET_CORE_SUGGEST_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SUGGEST_WORDS_MAX = 24,      /* a caller's first words say what it is about; the rest is where, since when and thanks */
	SUGGEST_WORD_BYTES = 32,     /* longer ones are cut: nothing in French needs more to be told apart */
	SUGGEST_TEXT_BYTES = 4096,   /* beyond, a text is not read: 10 MB of mail must cost no more than a page */
};

struct suggest_word { char word[SUGGEST_WORD_BYTES], stem[SUGGEST_WORD_BYTES]; };
struct suggest_words { struct suggest_word items[SUGGEST_WORDS_MAX]; size_t count; };

/* The distinct words of `text` (by stem), in order of appearance, at most SUGGEST_WORDS_MAX. */
void suggest_words_read(struct suggest_words *out, const char *text);

/* The feature of one stem, and of the whole text: its set of stems, whatever their order. */
uint64_t suggest_word_feature(const char *stem);
uint64_t suggest_whole_feature(const struct suggest_words *words);

/* True when one wrong, missing, extra or swapped byte tells `a` from `b` (or none does). Folded words are nearly all
 * ASCII. */
bool suggest_word_near(const char *a, const char *b);

/* For tables keyed by a string. */
uint64_t suggest_hash(char kind, const char *s);

#endif
