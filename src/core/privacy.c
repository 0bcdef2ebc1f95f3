// SPDX-License-Identifier: GPL-3.0-or-later
/* Warning of what should not stand in a free text: one pass over its words, looking a few words ahead.
 *
 * Three things may hold an alarm back: an exception of the word list that covers it ("arbre malade"), a place named
 * after it ("rue des Juifs"), and being no whole word. Must not know where texts come from, and never changes or stores
 * them. */
#include "guichet/core/privacy.h"

#include <stdbool.h>
#include <string.h>

#include "guichet/base/i18n.h"

#include "privacy_kinds.h"
#include "privacy_numbers.h"
#include "privacy_words.h"

enum {
	WINDOW = 32,        /* words looked at together; a power of two */
	PLACE_NAME_MAX = 6, /* words of a proper name after the first */
	PLACE_SHORT = 5,    /* bytes: up to here a place's kind may be an abbreviation with a dot */
	TITLE_SHORT = 3,    /* the same for a title in its name: "St.", "Dr." */
};

static const struct {
	const char *code, *key, *label, *reason;
} kinds[PRIVACY_KIND_COUNT] = {
	[PRIVACY_NIR] = {"nir", NULL, N_("numéro de sécurité sociale"),
		N_("un numéro de sécurité sociale n'a jamais sa place dans une demande (loi informatique et libertés, art. 30)")},
	[PRIVACY_CARD] = {"card", NULL, N_("carte bancaire"),
		N_("un numéro de carte bancaire ne s'écrit pas dans une demande")},
	[PRIVACY_IBAN] = {"iban", NULL, N_("compte bancaire (IBAN)"),
		N_("un numéro de compte bancaire ne s'écrit pas dans une demande")},
	[PRIVACY_HEALTH] = {"health", "sante", N_("santé"), N_("donnée de santé : ne pas l'écrire (RGPD, art. 9)")},
	[PRIVACY_RELIGION] = {"religion", "religion", N_("religion"),
		N_("conviction religieuse : ne pas l'écrire (RGPD, art. 9)")},
	[PRIVACY_POLITICS] = {"politics", "politique", N_("opinion politique"),
		N_("opinion politique : ne pas l'écrire (RGPD, art. 9)")},
	[PRIVACY_UNION] = {"union", "syndicat", N_("appartenance syndicale"),
		N_("appartenance syndicale : ne pas l'écrire (RGPD, art. 9)")},
	[PRIVACY_SEX_LIFE] = {"sex_life", "vie-sexuelle", N_("vie sexuelle"),
		N_("vie ou orientation sexuelle : ne pas l'écrire (RGPD, art. 9)")},
	[PRIVACY_ORIGIN] = {"origin", "origine", N_("origine"),
		N_("origine d'une personne : ne pas l'écrire (RGPD, art. 9)")},
	[PRIVACY_OFFENCE] = {"offence", "infraction", N_("infraction, condamnation"),
		N_("infraction ou condamnation imputée à une personne : ne pas l'écrire (RGPD, art. 10)")},
	[PRIVACY_INSULT] = {"insult", "injure", N_("propos injurieux"),
		N_("propos injurieux ou jugement sur une personne : rester objectif, la personne peut tout lire (RGPD, art. 15)")},
};

const char *privacy_kind_code(enum privacy_kind k)
{
	return kinds[k].code;
}

const char *privacy_kind_label(enum privacy_kind k)
{
	return _(kinds[k].label);
}

bool privacy_kind_parse(const char *slug, enum privacy_kind *out)
{
	for (int k = 0; k < PRIVACY_KIND_COUNT; k++) {
		if (kinds[k].key != NULL && (strcmp(slug, kinds[k].key) == 0 || strcmp(slug, kinds[k].code) == 0)) {
			*out = (enum privacy_kind)k;
			return true;
		}
	}
	return false;
}

struct check {
	const struct privacy_words *words;
	const char *text;
	size_t bytes;
	struct privacy_cutter cutter;
	struct privacy_token ring[WINDOW];
	size_t first, last; /* numbers of the words in the ring: [first, last) */
	size_t except_end;  /* words before this number are covered by an exception */
	size_t place_end;   /* words before this number are a place's name */
	bool place_linked;  /* the place was written "rue de X", not "rue X" */
	size_t settled;     /* bytes before this were told, or held back as a place's name */
	struct privacy_finding *out;
	size_t count, max;
};

/* The word `ahead` of the current one, or NULL at the end of the text. */
static const struct privacy_token *peek(struct check *c, size_t ahead)
{
	while (c->first + ahead >= c->last) {
		if (!privacy_cut(&c->cutter, &c->ring[c->last % WINDOW]))
			return NULL;
		c->last++;
	}
	return &c->ring[(c->first + ahead) % WINDOW];
}

static void tell(struct check *c, enum privacy_kind kind, size_t from, size_t to)
{
	c->settled = to;
	c->out[c->count++] =
		(struct privacy_finding){.kind = kind, .from = from, .to = to, .reason = _(kinds[kind].reason)};
}

/* The longest expressions that begin at a word, by role, in words; 0 where none does. */
struct match {
	size_t alarm, except, place, name, link;
	enum privacy_kind kind;
};

static struct match longest_match(struct check *c, size_t ahead)
{
	const struct privacy_token *first = peek(c, ahead), *t = first;
	struct match m = {0};
	uint32_t node = 0;

	for (size_t i = 1; t != NULL && i <= PRIVACY_EXPRESSION_MAX && (i == 1 || t->gap == GAP_JOINED); i++) {
		const struct privacy_node *n;

		node = privacy_step(c->words, node, t->word);
		if (node == 0)
			break;
		n = privacy_node_at(c->words, node);
		if ((n->roles & ROLE_ALARM) && privacy_is_exact(n, c->text + first->from, t->to - first->from)) {
			m.alarm = i;
			m.kind = (enum privacy_kind)n->kind;
		}
		m.except = n->roles & ROLE_EXCEPT ? i : m.except;
		m.place = n->roles & ROLE_PLACE ? i : m.place;
		m.name = n->roles & ROLE_NAME ? i : m.name;
		m.link = n->roles & ROLE_LINK ? i : m.link;
		t = peek(c, ahead + i);
	}
	return m;
}

static size_t length_of(const struct privacy_token *t)
{
	return t->to - t->from;
}

/* Notes how far the name of the place goes whose kind ("rue", "place") is the current word, or the current `length`
 * words: linking words, one word whatever its writing, then the capitalised words and links that follow it. */
static void note_place(struct check *c, size_t length)
{
	enum privacy_gap allowed = length_of(peek(c, length - 1)) <= PLACE_SHORT ? GAP_DOT : GAP_JOINED;
	const struct privacy_token *t = peek(c, length);
	size_t at = length, link;

	if (t == NULL || t->gap > allowed)
		return;
	link = longest_match(c, at).link;
	c->place_linked = link > 0;
	at += link;
	t = peek(c, at);
	if (t == NULL || (link > 0 && t->gap != GAP_JOINED))
		return;
	at++;
	for (size_t i = 0; i < PLACE_NAME_MAX; i++) {
		enum privacy_gap inside = length_of(peek(c, at - 1)) <= TITLE_SHORT ? GAP_DOT : GAP_JOINED;

		t = peek(c, at);
		if (t == NULL || t->gap > inside)
			break;
		if (t->proper)
			at++;
		else if (t->gap == GAP_JOINED && (link = longest_match(c, at).link) > 0)
			at += link;
		else
			break;
	}
	c->place_end = c->first + at;
}

/* After a title a capitalised word is somebody's name: "Mme Chrétien". */
static void note_name(struct check *c, size_t length)
{
	const struct privacy_token *t = peek(c, length);

	if (t == NULL || !t->capital || t->gap > GAP_DOT)
		return;
	c->place_end = c->first + length + 1;
	c->place_linked = false;
}

/* An insult after "rue" is an insult all the same ("dans la rue connard") unless it is written as a street's name is. */
static bool is_place_name(const struct check *c, const struct privacy_token *t, enum privacy_kind kind)
{
	return c->first < c->place_end && (kind != PRIVACY_INSULT || (t->proper && c->place_linked));
}

static void check_word(struct check *c, const struct privacy_token *t)
{
	struct match m = longest_match(c, 0);

	if (m.except > 0 && c->first + m.except > c->except_end)
		c->except_end = c->first + m.except;
	if (m.alarm > 0 && t->from >= c->settled && c->first + m.alarm > c->except_end) {
		size_t to = peek(c, m.alarm - 1)->to;

		/* "siège du parti communiste": held back as a whole, so that its last word alone does not alarm. */
		if (is_place_name(c, t, m.kind))
			c->settled = to;
		else
			tell(c, m.kind, t->from, to);
	}
	if (m.place > 0)
		note_place(c, m.place);
	else if (m.name > 0)
		note_name(c, m.name);
}

size_t privacy_check(const struct privacy_words *words, const char *text, struct privacy_finding *out, size_t max)
{
	struct check c = {.words = words, .text = text, .bytes = strlen(text), .out = out, .max = max};

	c.cutter = (struct privacy_cutter){.words = words, .text = text, .bytes = c.bytes};
	for (const struct privacy_token *t; c.count < max && (t = peek(&c, 0)) != NULL; c.first++) {
		enum privacy_kind kind;
		size_t to;

		if (t->from >= c.settled && privacy_number_at(text, c.bytes, t->from, &kind, &to))
			tell(&c, kind, t->from, to);
		else if (words != NULL && t->word != 0)
			check_word(&c, t);
	}
	return c.count;
}
