// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of the search share: a query cut into groups, of which each must be found in a request's words. */
#ifndef GUICHET_STORE_SEARCH_INSIDE_H
#define GUICHET_STORE_SEARCH_INSIDE_H

#include "internal.h"

enum { SEARCH_WORD_BYTES = 64, SEARCH_TERMS_MAX = 24, SEARCH_PIECES_MAX = 6, SEARCH_GROUPS_MAX = 10,
	SEARCH_REFERENCES_MAX = 4 };

/* How well a term fits; a group is worth its best one. */
enum search_fit { FIT_NONE, FIT_NEAR, FIT_PREFIX, FIT_WHOLE };

struct search_term {
	char word[SEARCH_WORD_BYTES];  /* letters and digits only: nothing in it can be syntax */
	size_t len;
	bool prefix;
	enum search_fit fit;
};

/* One typed word with all that it may stand for, or one number. */
struct search_group {
	struct search_term terms[SEARCH_TERMS_MAX];
	size_t count;
	/* Of a number typed with spaces: all of them will do too ("12-14 rue Hoche"). */
	char pieces[SEARCH_PIECES_MAX][SEARCH_WORD_BYTES];
	size_t piece_count;
	bool required;                 /* else it only ranks: little words, single letters */
	bool is_name_like;             /* letters, and long enough for one of them to be wrong */
	bool forgiven;                 /* its near words were added */
	bool verify;                   /* the index is asked for a shorter beginning: look at each request's words */
};

struct search_query {
	struct search_group groups[SEARCH_GROUPS_MAX];
	size_t count;
	size_t characters;             /* letters and digits typed */
	int64_t references[SEARCH_REFERENCES_MAX]; /* whole ones, their check digits right */
	size_t reference_count;
	bool is_number;                /* nothing was typed but one number */
	char digits[SEARCH_WORD_BYTES];/* it */
};

/* A request that may be shown, and how it ranks. */
struct search_candidate { int64_t id; bool wanted, open, forgiven; int fit, head; };

struct search {
	struct store *s;
	const struct search_options *o;
	struct search_query q;
	struct search_candidate *found;
	size_t count, capacity;
	size_t enough;                 /* candidates that hold every required group: then only wanted ones are weighed */
	bool given_up;
	struct guichet_err *err;
};

/* From indexes that hold nothing else: the rows themselves lie on as many pages as there are candidates. */
#define SEARCH_OPEN(id) "EXISTS (SELECT 1 FROM request r INDEXED BY request_open WHERE r.open = 1 AND r.id = " id ")"
#define SEARCH_SERVED(id, service) \
	"EXISTS (SELECT 1 FROM request v INDEXED BY request_service WHERE v.service = " service " AND v.id = " id ")"

/* search.c: one of the group's terms stands in these words. */
bool search_fits(const struct search_group *g, const char *words);
/* search_words.c */
void search_parse(struct search_query *q, const char *text);
/* Adds the words of names and streets that are one letter off. */
void search_forgive(struct store *s, struct search_group *g);
/* search_match.c: adds the group in the index's language to `out`; `whole`: no prefixes. */
void search_express(struct store *s, struct search_group *g, bool whole, struct text *out);
/* search_candidates.c: adds ids to f->found: every required group may be there, search.c looks. `forgive`: near words
 * for every name-like word, rather than for those with few hits. */
enum guichet_rc search_collect(struct search *f, bool forgive);

#endif
