// SPDX-License-Identifier: GPL-3.0-or-later
/* What callers of an exercise store say, and what they are told: put together from the catalogue's own words and a few turns of phrase. Knows no
 * store. */
#include "demo_inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

enum { PHRASES_MAX = 24 };

/* One a category, in the catalogue's order. */
struct phrases {
	size_t count;
	struct {
		const struct category *category;
		char *copy;
		const char *list[PHRASES_MAX];
		size_t count;
	} * of;
};

static const char *const details[] = {"devant le portail vert", "à l'angle du square", "en face de l'arrêt de bus",
	"près de l'école", "derrière la poste", "côté numéros pairs", "côté numéros impairs", "au pied de l'immeuble",
	"devant la boulangerie", "à la sortie du parking", "au niveau du passage piéton", "entre les deux feux",
	"près du local à poubelles", "au fond de l'impasse", "devant la pharmacie", "sous le pont du chemin de fer"};
static const char *const sinces[] = {"depuis ce matin", "depuis hier soir", "depuis trois jours", "depuis une semaine",
	"depuis quinze jours", "depuis un mois", "depuis les travaux", "depuis le dernier orage", "depuis lundi",
	"depuis longtemps", "encore une fois", "depuis le week-end"};
static const char *const reports[] = {"L'usager signale : %w %p, %d.", "%W %p. Constaté %d.",
	"Appel d'un riverain : %w, %d, %p. C'est la deuxième fois.", "%W, %d. L'usager demande quand une équipe passera.",
	"%W %p : plusieurs voisins s'en plaignent %d.", "Bonjour, %w %p %d. Merci de faire le nécessaire.",
	"%W. Gêne les piétons et les poussettes, %d.", "%W %p. Photo possible par courriel.", "%W, également %v, %p."};
static const char *const questions[] = {"Question : %w.", "L'usager demande : %w. Habite la commune depuis peu.",
	"%W. Veut une réponse avant la fin de la semaine.", "Renseignement : %w, pour un parent âgé.",
	"%W. N'a pas trouvé sur le site.", "Bonjour, je voudrais savoir : %w. Merci d'avance.",
	"%W. A déjà appelé la mairie, qui renvoie ici."};
static const char *const complaints[] = {"Mécontent : %w, %d.", "%W %d. Demande une réponse écrite.",
	"L'usager se plaint : %w. Aucune suite à son premier appel.", "%W. Souhaite être rappelé par un responsable.",
	"Je conteste et demande une explication : %w, %d."};
static const char *const ideas[] = {"Propose : %w.", "%W, ce serait utile aux habitants du quartier.",
	"L'usager donne son avis : %w.", "%W. Plusieurs voisins sont du même avis."};
static const char *const letters[] = {
	"Madame, Monsieur,\n\nJe me permets d'appeler votre attention sur la situation suivante : %w, %p, %d. Malgré plusieurs signalements, rien n'a changé et "
	"la gêne devient difficile à supporter pour les riverains.\n\nJe vous serais reconnaissant de m'indiquer les suites que la Métropole entend donner à ma "
	"demande, ainsi que le délai prévu.\n\nJe vous prie d'agréer, Madame, Monsieur, l'expression de mes salutations distinguées.",
	"Monsieur le Président,\n\nHabitant la commune depuis plus de vingt ans, je constate %d que l'entretien laisse à désirer : %w. Je vous demande de bien vouloir "
	"faire intervenir vos services %p.\n\nDans l'attente de votre réponse, je vous prie de croire, Monsieur le Président, à ma considération.",
	"Objet : %w.\n\nMadame, Monsieur,\n\nSuite à notre conversation téléphonique, je confirme par écrit ma demande : %v, %d. Vous trouverez mes coordonnées "
	"ci-dessus. Une réponse écrite m'est nécessaire.\n\nSalutations distinguées."};
static const char *const works[] = {"L'équipe est passée et le nécessaire a été fait.",
	"Réparé par nos équipes ; n'hésitez pas à rappeler si cela se reproduit.",
	"L'intervention a eu lieu ce matin, le lieu est remis en état.",
	"Notre prestataire est intervenu. Nous surveillons la suite.",
	"Constat fait sur place ; la réparation provisoire est faite, la définitive suivra.",
	"Nettoyé et enlevé. Merci de votre signalement.", "Le matériel a été remplacé.",
	"Rien à signaler au passage de l'agent : le problème avait disparu."};
static const char *const facts[] = {"Horaires et conditions donnés au téléphone.",
	"La démarche se fait en ligne ou au guichet, avec une pièce d'identité.",
	"Les jours de passage ont été indiqués ; le calendrier part par courriel.",
	"Le formulaire a été envoyé, la pièce manquante est précisée.",
	"Le tarif et le lieu d'inscription ont été indiqués.", "Le numéro du bon interlocuteur a été donné.",
	"La réponse figure sur le site, le lien a été donné."};
static const char *const excuses[] = {
	"Après examen, votre réclamation est fondée : nous vous présentons nos excuses et avons rappelé les consignes.",
	"Votre réclamation a été étudiée ; la règle a été correctement appliquée, le détail du calcul est joint.",
	"Un responsable a repris le dossier avec l'équipe concernée ; une mesure a été prise.",
	"Nous ne pouvons donner une suite favorable, pour la raison exposée ci-après ; les voies de recours sont rappelées."};
static const char *const thanks[] = {"Votre avis a été transmis au service et à l'élu chargé du secteur. Merci.",
	"La proposition sera étudiée au prochain programme de travaux.",
	"Le comité de quartier examinera cette idée ; nous vous tiendrons au courant."};
static const char *const refusals[] = {"Voie départementale à cet endroit.",
	"Ne relève pas de nos équipes : domaine du service voisin.", "Terrain privé de la copropriété.",
	"Le bac appartient à un autre service.", "Concerne le réseau d'eau, pas la chaussée."};
static const char *const notes[] = {"Vu sur place, photo prise.", "Rappelé l'usager, qui précise le lieu.",
	"Devis demandé à l'entreprise.", "Même problème signalé l'an dernier.",
	"Accès difficile : prévoir la petite nacelle.", "Le gardien a la clé, appeler avant de passer.",
	"Attend l'arrêté de circulation."};

#define PICK(list) (list)[chance_below(c, COUNT_OF(list))]

const char *refusal_text(struct chance *c)
{
	return PICK(refusals);
}
const char *note_text(struct chance *c)
{
	return PICK(notes);
}

const char *answer_text(enum nature nature, struct chance *c)
{
	switch (nature) {
	case NATURE_INFORMATION:
		return PICK(facts);
	case NATURE_COMPLAINT:
		return PICK(excuses);
	case NATURE_SUGGESTION:
	case NATURE_OPINION:
		return PICK(thanks);
	default:
		return PICK(works);
	}
}

/* --- the catalogue's words --- */

static int by_address(const void *a, const void *b)
{
	const struct category *const *x = a, *const *y = b;
	return (uintptr_t)*x < (uintptr_t)*y ? -1 : (uintptr_t)*x > (uintptr_t)*y;
}

struct phrases *phrases_new(const struct catalogue *c)
{
	struct phrases *p = guichet_alloc(sizeof *p);
	p->of = guichet_alloc((c->category_count + 1) * sizeof *p->of);
	p->count = c->category_count;
	for (size_t i = 0; i < c->category_count; i++) {
		const char *words = c->categories[i]->words ? c->categories[i]->words : "";
		p->of[i].category = c->categories[i];
		p->of[i].copy = guichet_strdup(words);
		for (char *w = p->of[i].copy; w && *w && p->of[i].count < PHRASES_MAX;) {
			char *comma = strchr(w, ',');
			if (comma)
				*comma = '\0';
			w += strspn(w, " ");
			if (*w)
				p->of[i].list[p->of[i].count++] = w;
			w = comma ? comma + 1 : NULL;
		}
		if (p->of[i].count == 0)
			p->of[i].list[p->of[i].count++] = c->categories[i]->name;
	}
	qsort(p->of, p->count, sizeof *p->of, by_address);
	return p;
}

void phrases_free(struct phrases **p)
{
	for (size_t i = 0; *p && i < (*p)->count; i++)
		free((*p)->of[i].copy);
	if (*p)
		free((*p)->of);
	free(*p);
	*p = NULL;
}

static const char *phrase(const struct phrases *p, const struct category *category, struct chance *c)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if ((uintptr_t)p->of[middle].category < (uintptr_t)category)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == p->count || p->of[low].category != category)
		return category->name;
	return p->of[low].list[chance_below(c, p->of[low].count)];
}

/* --- where --- */

void place_pick(struct place *out, const struct commune *commune, const struct category *category, struct chance *c)
{
	memset(out, 0, sizeof *out);
	out->commune = commune;
	/* A question has no place, and a few callers can't tell it. */
	out->known = category->nature == NATURE_REPORT ? chance_is(c, 0.97)
												   : category->nature != NATURE_INFORMATION && chance_is(c, 0.5);
	if (!out->known)
		return;
	if (chance_is(c, 0.85))
		snprintf(out->address, sizeof out->address, "%zu%s %s", 1 + chance_below(c, 140),
			chance_is(c, 0.05) ? " bis" : "", street_pick(c));
	else
		snprintf(out->address, sizeof out->address, "%s", street_pick(c));
	out->detail = chance_is(c, 0.3) ? PICK(details) : NULL;
	if (!commune || (commune->latitude == 0 && commune->longitude == 0))
		return;
	/* Around the centre, thinner outwards. */
	double reach = chance_unit(c) * chance_unit(c) * 0.02;
	double x = chance_unit(c) * 2 - 1, y = chance_unit(c) * 2 - 1;
	out->latitude = commune->latitude + y * reach;
	out->longitude = commune->longitude + x * reach * 1.4;
}

/* --- what --- */

static void add_capital(struct text *out, const char *s)
{
	/* Accented first letters of the catalogue's words: é and à are the only ones. */
	if ((unsigned char)s[0] == 0xc3 && ((unsigned char)s[1] == 0xa9 || (unsigned char)s[1] == 0xa0)) {
		text_addc(out, s[0]);
		text_addc(out, (char)(s[1] - 0x20));
		text_add(out, s + 2);
	} else {
		text_addc(out, (char)toupper((unsigned char)s[0]));
		text_add(out, s + 1);
	}
}

void subject_write(struct text *out, const struct phrases *p, const struct category *category,
	const struct place *place, struct chance *c)
{
	add_capital(out, phrase(p, category, c));
	if (place->known && chance_is(c, 0.5))
		text_addf(out, ", %s", place->address);
	else if (place->commune && chance_is(c, 0.2))
		text_addf(out, " (%s)", place->commune->name);
}

static void add_place(struct text *out, const struct place *place, struct chance *c)
{
	if (place->known && place->detail)
		text_addf(out, "%s, %s", place->detail, place->address);
	else if (place->known)
		text_addf(out, "%s%s", isdigit((unsigned char)place->address[0]) ? "devant le " : "", place->address);
	else if (place->commune)
		text_addf(out, "à %s", place->commune->name);
	else
		text_add(out, PICK(details));
}

static const char *template_of(const struct category *category, bool letter, struct chance *c)
{
	if (letter)
		return PICK(letters);
	switch (category->nature) {
	case NATURE_INFORMATION:
		return PICK(questions);
	case NATURE_COMPLAINT:
		return PICK(complaints);
	case NATURE_SUGGESTION:
	case NATURE_OPINION:
		return PICK(ideas);
	default:
		return PICK(reports);
	}
}

/* %w the catalogue's words (%W with a capital), %v others of them, %p the place, %d since when. */
void description_write(struct text *out, const struct phrases *p, const struct category *category,
	const struct place *place, bool letter, struct chance *c)
{
	for (const char *s = template_of(category, letter, c); *s; s++) {
		if (*s != '%') {
			text_addc(out, *s);
			continue;
		}
		switch (*++s) {
		case 'W':
			add_capital(out, phrase(p, category, c));
			break;
		case 'p':
			add_place(out, place, c);
			break;
		case 'd':
			text_add(out, PICK(sinces));
			break;
		default:
			text_add(out, phrase(p, category, c));
		}
	}
}
