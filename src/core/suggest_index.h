// SPDX-License-Identifier: GPL-3.0-or-later
/* The catalogue's words, prepared once for ranking: which categories each word speaks for and how loudly. Private to
 * src/core/suggest*.c. Knows no counts. */
#ifndef GUICHET_CORE_SUGGEST_INDEX_H
#define GUICHET_CORE_SUGGEST_INDEX_H

#include "guichet/core/suggest.h"
#include "suggest_words.h"

enum { SUGGEST_PHRASE_WORDS = 6, SUGGEST_NONE = -1 };

/* From keys to indexes; the keys are kept by hash alone, so the caller compares what it finds. */
struct suggest_slot { uint64_t key; int value; };     /* value: index + 1; 0 marks a free slot */
struct suggest_table { struct suggest_slot *slots; size_t size, count; };
int suggest_table_find(const struct suggest_table *t, uint64_t key);        /* SUGGEST_NONE: not there */
void suggest_table_add(struct suggest_table *t, uint64_t key, int value);   /* the first one stays */
void suggest_table_done(struct suggest_table *t);

struct suggest_posting { int category; double weight; };   /* weight: chance that a text about the category holds the word */
struct suggest_stem {
	char stem[SUGGEST_WORD_BYTES];
	struct suggest_posting *postings; size_t posting_count, posting_capacity;   /* by category, ascending */
};
/* A word as it stands in the catalogue, for typing errors. `letters`: which of a-z it holds, to reject most at once. */
struct suggest_form { char word[SUGGEST_WORD_BYTES]; size_t len; uint32_t letters; int stem; };
/* Several words that belong together: all of them in a text say more than each. */
struct suggest_phrase { int category; int stems[SUGGEST_PHRASE_WORDS]; size_t count; };
/* A whole text that stands in the catalogue: a name, a path, a phrase. Sorted by feature, then category. */
struct suggest_whole { uint64_t feature; int category; };

struct suggester {
	const struct catalogue *catalogue;
	struct suggest_stem *stems; size_t stem_count, stem_capacity;
	struct suggest_form *forms; size_t form_count, form_capacity;
	struct suggest_phrase *phrases; size_t phrase_count, phrase_capacity;
	struct suggest_whole *wholes; size_t whole_count, whole_capacity;
	struct suggest_table stem_table, form_table, category_table, owner_table;
};

/* Who is competent, as one number: services first, then bodies. */
int suggest_owner_of(const struct suggester *s, const struct service *service, const struct body *body);
size_t suggest_owner_count(const struct suggester *s);
int suggest_category_find(const struct suggester *s, const char *code);     /* SUGGEST_NONE: unknown, or a-qualifier */
int suggest_owner_find(const struct suggester *s, const char *code);

/* The catalogue's stem for a caller's word: the same, else one that begins alike or differs by one letter. *strength
 * is 1 for the same, less for the others. SUGGEST_NONE: nothing like it. */
int suggest_stem_match(const struct suggester *s, const struct suggest_word *word, double *strength);

#endif
