// SPDX-License-Identifier: GPL-3.0-or-later
/* From a citizen's words to ranked categories and services. No I/O: what was learned comes through callbacks; and no
 * order of theirs shows in the result, since counts are summed as integers before anything is computed from them.
 *
 * First the category, by naive Bayes over the words and the whole text, where the catalogue stands for some texts
 * seen beforehand (CATALOGUE_TEXTS each): a few learned requests shade what it says, many outweigh it. Then, inside
 * each category, who is competent: the catalogue's rule, or, where an import brought the category, whom its requests
 * went to. A service whose many categories share a text's words is put before a stranger that one category speaks
 * for (see add_owner_share).
 */
#include "guichet/core/suggest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "suggest_index.h"

/* How many texts the catalogue's words for a category are worth; and those of the language at large, which keep a
 * word that a category never saw from ruling it out. */
static const double CATALOGUE_TEXTS = 12, LANGUAGE_TEXTS = 1;
/* Chance that a caller says any word in any matter: keeps a word that one category alone happens to know from
 * deciding by itself. */
static const double CHANCE_ANYWHERE = 0.003;
/* A text that is, word for word, a name or phrase of the catalogue. */
static const double CHANCE_WHOLE = 0.7;
/* Each further word of a phrase found whole adds this much (natural logarithm). */
static const double PHRASE_BONUS = 0.8;
/* One strange word counts against a category no more than this: callers talk of their street and their mother, too. */
static const double WORST_WORD = -2.5;
/* Share of the logarithm of how common a category is: in full, the commonest ones would win every doubt. */
static const double PRIOR_SHARE = 0.5;
/* Texts that the competent service counts for beforehand; and the least share that a rule of the catalogue leaves
 * it. */
static const double RULE_TEXTS = 20, RULE_SHARE = 0.6, EXCEPTION_SHARE = 0.9, IMPORT_TEXTS = 0.5;
/* Texts by which a service's own words inside a category are smoothed. */
static const double OWNER_TEXTS = 4;
/* No store has learned more; keeps a torn one from overflowing the sums. */
static const int64_t COUNT_MAX = INT64_C(1) << 40;

struct pair {
	int category, owner;
	int64_t total, hits;     /* texts learned; those among them that hold the feature at work */
	double words;            /* what the words say for this owner inside the category (logarithm) */
	double score;
};

struct ranking {
	const struct suggester *s;
	const struct suggest_counts *counts;
	const struct commune *commune;
	struct pair *pairs; size_t pair_count, pair_capacity;
	struct suggest_table pair_table;
	size_t category_count;
	int64_t *total, *hits;   /* by category */
	int64_t all;             /* texts learned */
	double *said;            /* by category: what the catalogue says of the feature at work */
	double *score;           /* by category: sum of logarithms, then share */
	double *bonus;           /* by category: the best phrase found whole */
	bool *spoken;            /* by category: some feature of the text is its own */
};

static struct pair *pair_of(struct ranking *r, int category, int owner)
{
	uint64_t key = (uint64_t)category * suggest_owner_count(r->s) + (uint64_t)owner;
	int found;

	key *= UINT64_C(0x9e3779b97f4a7c15); /* neighbours apart */
	found = suggest_table_find(&r->pair_table, key);
	if (found == SUGGEST_NONE) {
		GUICHET_GROW(r->pairs, r->pair_count, r->pair_capacity);
		found = (int)r->pair_count++;
		r->pairs[found] = (struct pair){ .category = category, .owner = owner };
		suggest_table_add(&r->pair_table, key, found);
	}
	return &r->pairs[found];
}

static void add_total(void *context, const char *category, const char *service, int64_t count)
{
	struct ranking *r = context;
	int c = suggest_category_find(r->s, category), o = suggest_owner_find(r->s, service);

	if (c == SUGGEST_NONE || o == SUGGEST_NONE || count <= 0)
		return;
	count = count < COUNT_MAX ? count : COUNT_MAX;
	pair_of(r, c, o)->total += count;
	r->total[c] += count;
	r->all += count;
}

static void add_hits(void *context, const char *category, const char *service, int64_t count)
{
	struct ranking *r = context;
	int c = suggest_category_find(r->s, category), o = suggest_owner_find(r->s, service);

	if (c == SUGGEST_NONE || o == SUGGEST_NONE || count <= 0)
		return;
	count = count < COUNT_MAX ? count : COUNT_MAX;
	pair_of(r, c, o)->hits += count;
	r->hits[c] += count;
}

/* Which of two owners of one category the feature at work speaks for. Where there is only one, nothing. */
static void weigh_owners(struct ranking *r)
{
	for (size_t i = 0; i < r->pair_count; i++) {
		struct pair *p = &r->pairs[i];
		double usual;

		if (r->hits[p->category] == 0 || r->total[p->category] == p->total)
			continue;
		usual = (double)r->hits[p->category] / (double)r->total[p->category];
		p->words += log(((double)p->hits + OWNER_TEXTS * usual) / ((double)p->total + OWNER_TEXTS) / usual);
	}
}

/* Takes hits and said of one feature into the scores, and clears them. */
static void weigh_feature(struct ranking *r)
{
	double usual, seen = 0, said = 0;

	for (size_t c = 0; c < r->category_count; c++) {
		seen += (double)r->hits[c];
		said += r->said[c];
	}
	if (seen + said > 0) {
		usual = (seen + CATALOGUE_TEXTS * said) / ((double)r->all + CATALOGUE_TEXTS * (double)r->category_count);
		usual += CHANCE_ANYWHERE;
		for (size_t c = 0; c < r->category_count; c++) {
			double own = (double)r->hits[c] + CATALOGUE_TEXTS * r->said[c] + LANGUAGE_TEXTS * usual;
			double says = log(own / ((double)r->total[c] + CATALOGUE_TEXTS + LANGUAGE_TEXTS) / usual);

			r->spoken[c] = r->spoken[c] || r->hits[c] > 0 || r->said[c] > 0;
			r->score[c] += says > WORST_WORD ? says : WORST_WORD;
		}
		weigh_owners(r);
	}
	memset(r->hits, 0, r->category_count * sizeof(*r->hits));
	memset(r->said, 0, r->category_count * sizeof(*r->said));
	for (size_t i = 0; i < r->pair_count; i++)
		r->pairs[i].hits = 0;
}

/* True when the store had counts for it. */
static bool ask_feature(struct ranking *r, uint64_t feature)
{
	if (!r->counts || r->all == 0)
		return false;
	r->counts->feature(r->counts->context, feature, add_hits, r);
	for (size_t c = 0; c < r->category_count; c++) {
		if (r->hits[c] > 0)
			return true;
	}
	return false;
}

static void weigh_words(struct ranking *r, const struct suggest_words *words, double *strengths)
{
	const struct suggester *s = r->s;

	for (size_t i = 0; i < words->count; i++) {
		double strength;
		bool learned = ask_feature(r, suggest_word_feature(words->items[i].stem));
		int stem = suggest_stem_match(s, &words->items[i], &strength);

		/* A word that was learned as it is written is no typing error, unless the catalogue alone knows
		 * better. */
		if (stem != SUGGEST_NONE && strength < 1 && !learned)
			ask_feature(r, suggest_word_feature(s->stems[stem].stem));
		if (stem != SUGGEST_NONE) {
			for (size_t p = 0; p < s->stems[stem].posting_count; p++) {
				const struct suggest_posting *posting = &s->stems[stem].postings[p];
				r->said[posting->category] += posting->weight * strength;
			}
			if (strengths[stem] < strength)
				strengths[stem] = strength;
		}
		weigh_feature(r);
	}
}

static void weigh_phrases(struct ranking *r, const double *strengths)
{
	for (size_t i = 0; i < r->s->phrase_count; i++) {
		const struct suggest_phrase *p = &r->s->phrases[i];
		double bonus = PHRASE_BONUS * (double)(p->count - 1);

		for (size_t w = 0; w < p->count; w++)
			bonus *= strengths[p->stems[w]];
		if (bonus > r->bonus[p->category])
			r->bonus[p->category] = bonus;
	}
	for (size_t c = 0; c < r->category_count; c++)
		r->score[c] += r->bonus[c];
}

static void weigh_whole(struct ranking *r, const struct suggest_words *words)
{
	const struct suggester *s = r->s;
	uint64_t feature = suggest_whole_feature(words);
	size_t low = 0, high = s->whole_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->wholes[middle].feature < feature)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < s->whole_count && s->wholes[low].feature == feature; low++)
		r->said[s->wholes[low].category] = CHANCE_WHOLE;
	ask_feature(r, feature);
	weigh_feature(r);
}

/* From sums of logarithms to shares of 1 among the categories that something speaks for; false when there is none. */
static bool share_out(struct ranking *r)
{
	double best = -HUGE_VAL, sum = 0;

	for (size_t c = 0; c < r->category_count; c++) {
		r->score[c] += PRIOR_SHARE * log(((double)r->total[c] + CATALOGUE_TEXTS) / CATALOGUE_TEXTS);
		if (r->spoken[c] && r->score[c] > best)
			best = r->score[c];
	}
	for (size_t c = 0; c < r->category_count; c++) {
		r->score[c] = r->spoken[c] ? exp(r->score[c] - best) : 0;
		sum += r->score[c];
	}
	for (size_t c = 0; c < r->category_count && sum > 0; c++)
		r->score[c] /= sum;
	return sum > 0;
}

static bool is_exception(const struct category *m, const struct commune *commune)
{
	for (size_t i = 0; commune && i < m->exception_count; i++) {
		if (m->exceptions[i].commune == commune)
			return true;
	}
	return false;
}

/* The competent owner of each category: its texts beforehand, kept in `competent`; and what is left to the others. */
static void find_competent(struct ranking *r, int *competent)
{
	for (size_t c = 0; c < r->category_count; c++) {
		struct competence found;

		competent[c] = SUGGEST_NONE;
		if (r->score[c] <= 0)
			continue;
		found = catalogue_competence(r->s->catalogue, r->s->catalogue->categories[c], r->commune);
		competent[c] = suggest_owner_of(r->s, found.service, found.body);
		if (competent[c] != SUGGEST_NONE)
			pair_of(r, (int)c, competent[c]);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->category != y->category)
		return x->category < y->category ? -1 : 1;
	return (x->owner > y->owner) - (x->owner < y->owner);
}

/* Splits each category's share between its owners. Pairs are put in order first, so that sums do not depend on the
 * callbacks'; no pair may be added any more. */
static void split_owners(struct ranking *r)
{
	size_t n = r->category_count;
	int *competent = guichet_alloc(n * sizeof(*competent));
	double *sum = guichet_alloc(n * sizeof(*sum)), *rule = guichet_alloc(n * sizeof(*rule));

	find_competent(r, competent);
	qsort(r->pairs, r->pair_count, sizeof(*r->pairs), compare_places);
	for (size_t i = 0; i < r->pair_count; i++) {
		struct pair *p = &r->pairs[i];
		bool imported = r->s->catalogue->categories[p->category]->imported;
		double before = competent[p->category] != p->owner ? 0 : imported ? IMPORT_TEXTS : RULE_TEXTS;

		p->score = ((double)p->total + before) * exp(p->words);
		sum[p->category] += p->score;
		if (competent[p->category] == p->owner)
			rule[p->category] = p->score;
	}
	for (size_t i = 0; i < r->pair_count; i++) {
		struct pair *p = &r->pairs[i];
		const struct category *m = r->s->catalogue->categories[p->category];
		double all = sum[p->category], ruled = rule[p->category] / (all > 0 ? all : 1), least;

		least = m->imported ? 0 : is_exception(m, r->commune) ? EXCEPTION_SHARE : RULE_SHARE;
		if (all <= 0)
			p->score = 0;
		else if (competent[p->category] == SUGGEST_NONE || ruled >= least)
			p->score /= all;
		else if (competent[p->category] == p->owner)
			p->score = least;
		else
			p->score = p->score / (all - rule[p->category]) * (1 - least);
		p->score *= r->score[p->category];
	}
	free(competent);
	free(sum);
	free(rule);
}

/* A service that several likely categories share is likely itself: each pair is weighed by the geometric mean of its
 * own share and its owner's. */
static void add_owner_share(struct ranking *r)
{
	double *owner = guichet_alloc(suggest_owner_count(r->s) * sizeof(*owner)), sum = 0;

	for (size_t i = 0; i < r->pair_count; i++)
		owner[r->pairs[i].owner] += r->pairs[i].score;
	for (size_t i = 0; i < r->pair_count; i++) {
		r->pairs[i].score = sqrt(r->pairs[i].score * owner[r->pairs[i].owner]);
		sum += r->pairs[i].score;
	}
	for (size_t i = 0; i < r->pair_count && sum > 0; i++)
		r->pairs[i].score /= sum;
	free(owner);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return compare_places(a, b);
}

static size_t write_out(struct ranking *r, struct suggestion *out, size_t max)
{
	const struct catalogue *c = r->s->catalogue;
	size_t n = 0;

	qsort(r->pairs, r->pair_count, sizeof(*r->pairs), compare_pairs);
	for (size_t i = 0; i < r->pair_count && n < max && r->pairs[i].score > 0; i++) {
		const struct pair *p = &r->pairs[i];
		bool service = (size_t)p->owner < c->service_count;

		out[n++] = (struct suggestion){
			.category = c->categories[p->category],
			.service = service ? c->services[p->owner] : NULL,
			.body = service ? NULL : &c->bodies[(size_t)p->owner - c->service_count],
			.score = p->score,
		};
	}
	return n;
}

static void ranking_init(struct ranking *r, const struct suggester *s, const struct suggest_counts *counts,
	const struct commune *commune)
{
	size_t n = s->catalogue->category_count;

	*r = (struct ranking){ .s = s, .counts = counts, .commune = commune, .category_count = n };
	GUICHET_GROW(r->pairs, r->pair_count, r->pair_capacity); /* never NULL, for qsort */
	r->total = guichet_alloc(n * sizeof(*r->total));
	r->hits = guichet_alloc(n * sizeof(*r->hits));
	r->said = guichet_alloc(n * sizeof(*r->said));
	r->score = guichet_alloc(n * sizeof(*r->score));
	r->bonus = guichet_alloc(n * sizeof(*r->bonus));
	r->spoken = guichet_alloc(n * sizeof(*r->spoken));
	if (counts)
		counts->totals(counts->context, add_total, r);
}

static void ranking_done(struct ranking *r)
{
	free(r->pairs);
	suggest_table_done(&r->pair_table);
	free(r->total);
	free(r->hits);
	free(r->said);
	free(r->score);
	free(r->bonus);
	free(r->spoken);
}

size_t suggest(const struct suggester *s, const struct suggest_counts *counts, const char *text, const struct commune *commune,
	struct suggestion *out, size_t max)
{
	struct suggest_words words;
	struct ranking r;
	double *strengths;
	size_t n = 0;

	suggest_words_read(&words, text);
	if (words.count == 0 || s->catalogue->category_count == 0)
		return 0;
	ranking_init(&r, s, counts, commune);
	strengths = guichet_alloc((s->stem_count + 1) * sizeof(*strengths));
	weigh_words(&r, &words, strengths);
	weigh_whole(&r, &words);
	weigh_phrases(&r, strengths);
	if (share_out(&r)) {
		split_owners(&r);
		add_owner_share(&r);
		n = write_out(&r, out, max);
	}
	free(strengths);
	ranking_done(&r);
	return n;
}

size_t suggest_features(const char *text, uint64_t out[SUGGEST_FEATURES_MAX])
{
	struct suggest_words words;

	suggest_words_read(&words, text);
	for (size_t i = 0; i < words.count; i++)
		out[i] = suggest_word_feature(words.items[i].stem);
	if (words.count == 0)
		return 0;
	out[words.count] = suggest_whole_feature(&words);
	return words.count + 1;
}
