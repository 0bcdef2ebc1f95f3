// SPDX-License-Identifier: GPL-3.0-or-later
/* Preparing the catalogue's words for ranking: see suggest_index.h. Knows no counts and ranks nothing. */
#include "suggest_index.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"

/* What a phrase adds to the chance that a text about its category holds a word of it: a phrase of citizens' words or
 * a name, one attached to it by a script or a body, the name of its group, the names of those above. A word that
 * comes in several phrases of a category is what the category is about, so they add up. Found by leaving out each
 * tenth phrase of the catalogue and asking for it; only the proportions matter, and not much. */
static const double CHANCE_OWN = 0.15, CHANCE_ATTACHED = 0.12, CHANCE_GROUP = 0.06, CHANCE_BRANCH = 0.02;
/* What a word is worth that begins like one of the catalogue, or differs by one letter. */
static const double STRENGTH_BEGINNING = 0.5, STRENGTH_TYPO = 0.6;
enum { BEGINNING_BYTES = 5, TYPO_BYTES = 5, LIST_ITEM_BYTES = 256 };

/* --- tables --- */

int suggest_table_find(const struct suggest_table *t, uint64_t key)
{
	if (t->size == 0)
		return SUGGEST_NONE;
	for (size_t i = (size_t)key & (t->size - 1); t->slots[i].value != 0; i = (i + 1) & (t->size - 1)) {
		if (t->slots[i].key == key)
			return t->slots[i].value - 1;
	}
	return SUGGEST_NONE;
}

static void table_put(struct suggest_table *t, uint64_t key, int value)
{
	size_t i = (size_t)key & (t->size - 1);
	while (t->slots[i].value != 0)
		i = (i + 1) & (t->size - 1);
	t->slots[i] = (struct suggest_slot){ key, value + 1 };
	t->count++;
}

void suggest_table_add(struct suggest_table *t, uint64_t key, int value)
{
	if (suggest_table_find(t, key) != SUGGEST_NONE)
		return;
	if (t->count * 2 >= t->size) {
		struct suggest_table grown = { .size = t->size ? t->size * 2 : 64 };
		grown.slots = guichet_alloc(grown.size * sizeof(*grown.slots));
		for (size_t i = 0; i < t->size; i++) {
			if (t->slots[i].value != 0)
				table_put(&grown, t->slots[i].key, t->slots[i].value - 1);
		}
		free(t->slots);
		*t = grown;
	}
	table_put(t, key, value);
}

void suggest_table_done(struct suggest_table *t)
{
	free(t->slots);
	*t = (struct suggest_table){ 0 };
}

/* --- look-ups --- */

int suggest_category_find(const struct suggester *s, const char *code)
{
	int found = suggest_table_find(&s->category_table, suggest_hash('c', code));
	return found != SUGGEST_NONE && strcmp(s->catalogue->categories[found]->code, code) == 0 ? found : SUGGEST_NONE;
}

size_t suggest_owner_count(const struct suggester *s)
{
	return s->catalogue->service_count + s->catalogue->body_count;
}

static const char *owner_code(const struct suggester *s, size_t owner)
{
	size_t services = s->catalogue->service_count;
	return owner < services ? s->catalogue->services[owner]->code : s->catalogue->bodies[owner - services].code;
}

int suggest_owner_find(const struct suggester *s, const char *code)
{
	int found = suggest_table_find(&s->owner_table, suggest_hash('o', code));
	return found != SUGGEST_NONE && strcmp(owner_code(s, (size_t)found), code) == 0 ? found : SUGGEST_NONE;
}

int suggest_owner_of(const struct suggester *s, const struct service *service, const struct body *body)
{
	if (service)
		return suggest_owner_find(s, service->code);
	/* A body may bear a service's code, so it is found by its place. */
	return body ? (int)(s->catalogue->service_count + (size_t)(body - s->catalogue->bodies)) : SUGGEST_NONE;
}

static uint32_t letters_of(const char *word)
{
	uint32_t letters = 0;
	for (; *word; word++) {
		if (*word >= 'a' && *word <= 'z')
			letters |= UINT32_C(1) << (*word - 'a');
	}
	return letters;
}

static int bits(uint32_t x)
{
	int n = 0;
	for (; x; x &= x - 1)
		n++;
	return n;
}

static size_t common_bytes(const char *a, const char *b)
{
	size_t n = 0;
	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

static int find_stem(const struct suggester *s, const char *stem)
{
	int found = suggest_table_find(&s->stem_table, suggest_word_feature(stem));
	return found != SUGGEST_NONE && strcmp(s->stems[found].stem, stem) == 0 ? found : SUGGEST_NONE;
}

/* Lower is better; 0: no match. A typing error seldom hits the first letter, a short word with another first letter
 * is another word, and a word that only begins alike may be of the family: "clignote" for "clignotant". */
static int likeness(const struct suggest_form *f, const struct suggest_word *w, size_t len, uint32_t letters)
{
	size_t stem_len, common;

	if (len >= TYPO_BYTES && f->len + 1 >= len && f->len <= len + 1 && bits(f->letters ^ letters) <= 2
		&& suggest_word_near(f->word, w->word))
		return f->word[0] == w->word[0] ? 1 : len > TYPO_BYTES ? 2 : 0;
	common = common_bytes(f->word, w->word);
	stem_len = strlen(w->stem);
	return common >= BEGINNING_BYTES && common + 1 >= stem_len && common * 3 >= f->len * 2 ? 3 : 0;
}

int suggest_stem_match(const struct suggester *s, const struct suggest_word *word, double *strength)
{
	int found = find_stem(s, word->stem), best = 0;
	uint32_t letters = letters_of(word->word);
	size_t len = strlen(word->word), best_common = 0;

	*strength = 1;
	if (found != SUGGEST_NONE)
		return found;
	for (size_t i = 0; i < s->form_count; i++) {
		int like = likeness(&s->forms[i], word, len, letters);
		size_t common = like ? common_bytes(s->forms[i].word, word->word) : 0;

		if (!like || (best && (like > best || (like == best && common <= best_common))))
			continue;
		best = like;
		best_common = common;
		found = s->forms[i].stem;
	}
	*strength = best == 3 ? STRENGTH_BEGINNING : STRENGTH_TYPO;
	return found;
}

/* --- building --- */

static int stem_add(struct suggester *s, const struct suggest_word *w)
{
	int found = find_stem(s, w->stem);

	if (found == SUGGEST_NONE) {
		GUICHET_GROW(s->stems, s->stem_count, s->stem_capacity);
		found = (int)s->stem_count++;
		s->stems[found] = (struct suggest_stem){ 0 };
		memcpy(s->stems[found].stem, w->stem, sizeof(w->stem));
		suggest_table_add(&s->stem_table, suggest_word_feature(w->stem), found);
	}
	if (suggest_table_find(&s->form_table, suggest_hash('f', w->word)) == SUGGEST_NONE) {
		struct suggest_form *f;
		GUICHET_GROW(s->forms, s->form_count, s->form_capacity);
		f = &s->forms[s->form_count];
		memcpy(f->word, w->word, sizeof(f->word));
		f->len = strlen(f->word);
		f->letters = letters_of(f->word);
		f->stem = found;
		suggest_table_add(&s->form_table, suggest_hash('f', w->word), (int)s->form_count++);
	}
	return found;
}

/* Categories are added in order, so the category at work is always the last one of a list. */
static void posting_add(struct suggester *s, int stem, int category, double weight)
{
	struct suggest_stem *e = &s->stems[stem];
	struct suggest_posting *last = e->posting_count ? &e->postings[e->posting_count - 1] : NULL;

	if (last && last->category == category) {
		last->weight += weight;
		return;
	}
	GUICHET_GROW(e->postings, e->posting_count, e->posting_capacity);
	e->postings[e->posting_count++] = (struct suggest_posting){ category, weight };
}

static void whole_add(struct suggester *s, const struct suggest_words *words, int category)
{
	GUICHET_GROW(s->wholes, s->whole_count, s->whole_capacity);
	s->wholes[s->whole_count++] = (struct suggest_whole){ suggest_whole_feature(words), category };
}

/* One name or phrase. The words of a phrase share its weight, or "trou dans la rue" would give "rue" away. */
static void add_phrase(struct suggester *s, int category, const char *phrase, double chance, bool own)
{
	struct suggest_words words;
	struct suggest_phrase p = { .category = category };

	suggest_words_read(&words, phrase);
	for (size_t i = 0; i < words.count; i++) {
		int stem = stem_add(s, &words.items[i]);

		posting_add(s, stem, category, words.count > 1 && own ? chance * 2 / (double)(1 + words.count) : chance);
		if (p.count < SUGGEST_PHRASE_WORDS)
			p.stems[p.count++] = stem;
	}
	if (!own || words.count == 0)
		return;
	whole_add(s, &words, category);
	if (words.count > 1 && words.count <= SUGGEST_PHRASE_WORDS) {
		GUICHET_GROW(s->phrases, s->phrase_count, s->phrase_capacity);
		s->phrases[s->phrase_count++] = p;
	}
}

static void add_list(struct suggester *s, int category, const char *list, double chance, bool own)
{
	while (list && *list) {
		char item[LIST_ITEM_BYTES];
		size_t len = strcspn(list, ",");
		size_t kept = len < sizeof(item) ? len : sizeof(item) - 1;

		/* A cut inside a character would not be UTF-8. */
		while (kept < len && kept > 0 && ((unsigned char)list[kept] & 0xC0) == 0x80)
			kept--;
		memcpy(item, list, kept);
		item[kept] = '\0';
		add_phrase(s, category, item, chance, own);
		list += len;
		list += *list == ',';
	}
}

static void add_category(struct suggester *s, int index)
{
	const struct catalogue *c = s->catalogue;
	const struct category *m = c->categories[index];

	add_list(s, index, m->words, CHANCE_OWN, true);
	add_phrase(s, index, m->name, CHANCE_OWN, true);
	for (const struct category_group *g = m->group; g; g = g->parent)
		add_phrase(s, index, g->name, g == m->group ? CHANCE_GROUP : CHANCE_BRANCH, false);
	if (m->path) {
		struct suggest_words path;

		suggest_words_read(&path, m->path);
		if (path.count > 0)
			whole_add(s, &path, index);
		/* An import's category has its path alone to tell where it belongs. */
		if (!m->group)
			add_phrase(s, index, m->path, CHANCE_GROUP, false);
	}
	if (m->body)
		add_list(s, index, m->body->words, CHANCE_ATTACHED, false);
	for (size_t i = 0; i < c->script_count; i++) {
		if (c->scripts[i].category != m)
			continue;
		add_list(s, index, c->scripts[i].words, CHANCE_ATTACHED, false);
		add_list(s, index, c->scripts[i].question, CHANCE_ATTACHED, false);
	}
}

/* A chance is at most 1. */
static void bound_weights(struct suggester *s)
{
	for (size_t i = 0; i < s->stem_count; i++) {
		for (size_t p = 0; p < s->stems[i].posting_count; p++) {
			struct suggest_posting *posting = &s->stems[i].postings[p];
			posting->weight /= 1 + posting->weight;
		}
	}
}

static int compare_wholes(const void *a, const void *b)
{
	const struct suggest_whole *x = a, *y = b;
	if (x->feature != y->feature)
		return x->feature < y->feature ? -1 : 1;
	return (x->category > y->category) - (x->category < y->category);
}

struct suggester *suggester_new(const struct catalogue *catalogue)
{
	struct suggester *s = guichet_alloc(sizeof(*s));

	s->catalogue = catalogue;
	for (size_t i = 0; i < suggest_owner_count(s); i++)
		suggest_table_add(&s->owner_table, suggest_hash('o', owner_code(s, i)), (int)i);
	for (size_t i = 0; i < catalogue->category_count; i++) {
		/* "à qualifier" is what is left when nothing fits, never a suggestion. */
		if (catalogue->categories[i] == catalogue->unsorted)
			continue;
		suggest_table_add(&s->category_table, suggest_hash('c', catalogue->categories[i]->code), (int)i);
		add_category(s, (int)i);
	}
	bound_weights(s);
	if (s->whole_count)
		qsort(s->wholes, s->whole_count, sizeof(*s->wholes), compare_wholes);
	return s;
}

void suggester_free(struct suggester **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < (*s)->stem_count; i++)
		free((*s)->stems[i].postings);
	free((*s)->stems);
	free((*s)->forms);
	free((*s)->phrases);
	free((*s)->wholes);
	suggest_table_done(&(*s)->stem_table);
	suggest_table_done(&(*s)->form_table);
	suggest_table_done(&(*s)->category_table);
	suggest_table_done(&(*s)->owner_table);
	free(*s);
	*s = NULL;
}
