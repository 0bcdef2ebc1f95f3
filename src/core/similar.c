// SPDX-License-Identifier: GPL-3.0-or-later
/* French street addresses made comparable, and distances. Rules of thumb for what people type (NF Z10-011 abbreviations
 * among them), good enough to put two reports of one hole side by side. Must not know requests, communes or any
 * gazetteer. */
#include "guichet/core/similar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

enum { WORDS_MAX = 64, HOUSE_DIGITS_MAX = 4, POSTCODE_DIGITS = 5 };

static const double EARTH_RADIUS_METRES = 6371008.8;

/* Where an abbreviation may be written out. */
enum spot {
	SPOT_ANY,
	SPOT_START,  /* at the head of its part of the address or after the number */
	SPOT_INSIDE, /* after another word and before one: "av du mal leclerc" */
};

/* Sorted by abbreviation. */
static const struct {
	const char *word, *full;
	enum spot spot;
} abbreviations[] = {
	{"all", "allee", SPOT_START},
	{"av", "avenue", SPOT_ANY},
	{"ave", "avenue", SPOT_ANY},
	{"bd", "boulevard", SPOT_ANY},
	{"bld", "boulevard", SPOT_ANY},
	{"bldv", "boulevard", SPOT_ANY},
	{"blv", "boulevard", SPOT_ANY},
	{"blvd", "boulevard", SPOT_ANY},
	{"boul", "boulevard", SPOT_ANY},
	{"boulv", "boulevard", SPOT_ANY},
	{"bvd", "boulevard", SPOT_ANY},
	{"carr", "carrefour", SPOT_ANY},
	{"cdt", "commandant", SPOT_ANY},
	{"che", "chemin", SPOT_ANY},
	{"chem", "chemin", SPOT_ANY},
	{"chm", "chemin", SPOT_ANY},
	{"cmdt", "commandant", SPOT_ANY},
	{"col", "colonel", SPOT_INSIDE},
	{"crs", "cours", SPOT_ANY},
	{"dom", "domaine", SPOT_START},
	{"dr", "docteur", SPOT_ANY},
	{"esp", "esplanade", SPOT_ANY},
	{"fb", "faubourg", SPOT_START},
	{"fbg", "faubourg", SPOT_ANY},
	{"fg", "faubourg", SPOT_ANY},
	{"gal", "general", SPOT_ANY},
	{"gd", "grand", SPOT_ANY},
	{"gde", "grande", SPOT_ANY},
	{"ham", "hameau", SPOT_START},
	{"imp", "impasse", SPOT_ANY},
	{"lot", "lotissement", SPOT_START},
	{"mal", "marechal", SPOT_INSIDE},
	{"mgr", "monseigneur", SPOT_ANY},
	{"mte", "montee", SPOT_ANY},
	{"pass", "passage", SPOT_START},
	{"pdt", "president", SPOT_ANY},
	{"pl", "place", SPOT_ANY},
	{"pr", "professeur", SPOT_INSIDE},
	{"prof", "professeur", SPOT_INSIDE},
	{"prom", "promenade", SPOT_ANY},
	{"psg", "passage", SPOT_ANY},
	{"pte", "porte", SPOT_INSIDE},
	{"qu", "quai", SPOT_START},
	{"r", "rue", SPOT_START},
	{"res", "residence", SPOT_START},
	{"rle", "ruelle", SPOT_ANY},
	{"rte", "route", SPOT_ANY},
	{"sq", "square", SPOT_ANY},
	{"st", "saint", SPOT_ANY},
	{"ste", "sainte", SPOT_ANY},
	{"trav", "traverse", SPOT_START},
	{"ven", "venelle", SPOT_START},
};

static int compare_abbreviation(const void *word, const void *entry)
{
	return strcmp(word, *(const char *const *)entry);
}

static bool find_abbreviation(const char *word, const char **full, enum spot *spot)
{
	size_t size = sizeof *abbreviations;
	const void *found = bsearch(word, abbreviations, sizeof abbreviations / size, size, compare_abbreviation);
	size_t index;

	if (found == NULL)
		return false;
	index = (size_t)((const char *)found - (const char *)abbreviations) / size;
	*full = abbreviations[index].full;
	*spot = abbreviations[index].spot;
	return true;
}

const char *address_expand_word(const char *folded_word)
{
	static const char *const common[] = {
		"col", "dom", "fb", "ham", "lot", "mal", "pass", "pr", "prof", "pte", "qu", "trav", "ven",
	};
	const char *full;
	enum spot spot;

	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (strcmp(folded_word, common[i]) == 0)
			return NULL;
	return find_abbreviation(folded_word, &full, &spot) ? full : NULL;
}

/* --- The words of an address --- */

struct words {
	struct text text; /* the words, each ended by a NUL */
	size_t at[WORDS_MAX];
	size_t part[WORDS_MAX]; /* which comma-separated part it stands in */
	size_t count;
};

static const char *word_at(const struct words *w, size_t i)
{
	return w->text.data + w->at[i];
}

static bool starts_part(const struct words *w, size_t i)
{
	return i == 0 || w->part[i] != w->part[i - 1];
}

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static bool is_repetition(const char *word)
{
	static const char *const words[] = {"bis", "ter", "quater", "quinquies"};

	return (word[0] >= 'a' && word[0] <= 'z' && word[1] == '\0') ||
		is_one_of(word, words, sizeof words / sizeof *words);
}

/* "12", "12b", "12bis" */
static bool is_house_number(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits > 0 && digits <= HOUSE_DIGITS_MAX && (word[digits] == '\0' || is_repetition(word + digits));
}

static bool is_postcode(const char *word)
{
	return strlen(word) == POSTCODE_DIGITS && strspn(word, "0123456789") == POSTCODE_DIGITS;
}

static void add_part(struct words *w, size_t part, const char *folded)
{
	while (*folded != '\0' && w->count < WORDS_MAX) {
		size_t length = strcspn(folded, " ");

		w->at[w->count] = w->text.len;
		w->part[w->count++] = part;
		text_addn(&w->text, folded, length);
		text_addc(&w->text, '\0');
		folded += length + (folded[length] == ' ');
	}
}

static void read_words(struct words *w, const char *address)
{
	*w = (struct words){0};
	for (size_t part = 0; *address != '\0'; part++) {
		struct text folded = TEXT_INIT;
		size_t length = strcspn(address, ",;\n()/");
		char *piece = guichet_strndup(address, length);

		utf8_fold_words(&folded, piece);
		add_part(w, part, text_str(&folded));
		text_done(&folded);
		free(piece);
		address += length + (address[length] != '\0');
	}
}

/* The word written out. */
static const char *full_word(const struct words *w, size_t i)
{
	const char *word = word_at(w, i), *full;
	bool first = starts_part(w, i), last = i + 1 == w->count || starts_part(w, i + 1);
	enum spot spot;

	if (!find_abbreviation(word, &full, &spot))
		return word;
	switch (spot) {
	case SPOT_START:
		if (last || !(first || is_house_number(word_at(w, i - 1)) || is_repetition(word_at(w, i - 1))))
			return word;
		break;
	case SPOT_INSIDE:
		if (first || last)
			return word;
		break;
	case SPOT_ANY:
		break;
	}
	return full;
}

void address_fold(struct text *out, const char *address)
{
	struct words w;

	read_words(&w, address);
	for (size_t i = 0; i < w.count; i++) {
		if (i > 0)
			text_addc(out, ' ');
		text_add(out, full_word(&w, i));
	}
	text_done(&w.text);
}

/* --- The street --- */

static bool is_street_kind(const char *word)
{
	static const char *const kinds[] = {
		"rue",
		"avenue",
		"boulevard",
		"place",
		"placette",
		"allee",
		"allees",
		"impasse",
		"chemin",
		"route",
		"quai",
		"cours",
		"passage",
		"square",
		"cite",
		"villa",
		"esplanade",
		"promenade",
		"parvis",
		"rond",
		"carrefour",
		"pont",
		"montee",
		"cote",
		"sentier",
		"sente",
		"venelle",
		"ruelle",
		"faubourg",
		"hameau",
		"lotissement",
		"residence",
		"clos",
		"domaine",
		"voie",
		"traverse",
		"mail",
		"galerie",
		"cour",
		"rampe",
		"levee",
		"rocade",
		"autoroute",
		"terrasse",
		"lieu",
		"parc",
		"jardin",
		"bois",
		"stade",
		"gare",
		"quartier",
		"chaussee",
		"giratoire",
		"echangeur",
		"passerelle",
		"tunnel",
		"degres",
		"escalier",
		"port",
		"zone",
	};

	return is_one_of(word, kinds, sizeof kinds / sizeof *kinds);
}

static bool is_little_word(const char *word)
{
	static const char *const words[] = {"de", "du", "des", "d", "la", "le", "les", "l", "au", "aux"};

	return is_one_of(word, words, sizeof words / sizeof *words);
}

/* What follows a street's name with no comma before it. */
static bool ends_street(const char *word)
{
	static const char *const words[] = {
		"batiment", "bat", "appartement", "appt", "apt", "esc", "etage", "bp", "cs", "cedex", "angle"};

	return is_postcode(word) || is_one_of(word, words, sizeof words / sizeof *words);
}

static bool follows_number(const struct words *w, size_t i)
{
	if (starts_part(w, i))
		return false;
	if (is_house_number(word_at(w, i - 1)))
		return true;
	return is_repetition(word_at(w, i - 1)) && !starts_part(w, i - 1) && is_house_number(word_at(w, i - 2));
}

/* Nothing before word `i` in its part but "angle", "au coin de"... */
static bool heads_part(const struct words *w, size_t i)
{
	static const char *const words[] = {"angle", "coin", "croisement", "intersection"};

	while (!starts_part(w, i)) {
		i--;
		if (!is_little_word(word_at(w, i)) && !is_one_of(word_at(w, i), words, sizeof words / sizeof *words))
			return false;
	}
	return true;
}

/* Where the street begins: best after a house number, else at the head of a part, else anywhere; a place with a number
 * and no known kind ("88 La Canebière") begins after it. w->count when there is none. */
static size_t find_street(const struct words *w)
{
	size_t at_head = w->count, anywhere = w->count;

	for (size_t i = 0; i < w->count; i++) {
		size_t begin = i;

		if (!is_street_kind(full_word(w, i)))
			continue;
		if (!starts_part(w, i) && strncmp(full_word(w, i - 1), "grand", 5) == 0)
			begin = i - 1; /* "Grande Rue" is a name, not a kind */
		if (follows_number(w, begin))
			return begin;
		if (at_head == w->count && heads_part(w, begin))
			at_head = begin;
		if (anywhere == w->count)
			anywhere = begin;
	}
	if (at_head < w->count)
		return at_head;
	if (anywhere < w->count)
		return anywhere;
	for (size_t i = 1; i < w->count; i++)
		if (follows_number(w, i) && !is_house_number(word_at(w, i)) && !is_repetition(word_at(w, i)))
			return i;
	return w->count;
}

void address_street(struct text *out, const char *address)
{
	struct words w;
	size_t begin;
	bool first = true;

	read_words(&w, address);
	begin = find_street(&w);
	for (size_t i = begin; i < w.count && (i == begin || !starts_part(&w, i)); i++) {
		const char *word = full_word(&w, i);

		if (i > begin && ends_street(word))
			break;
		if (is_little_word(word))
			continue;
		if (!first)
			text_addc(out, ' ');
		first = false;
		text_add(out, word);
	}
	text_done(&w.text);
}

/* --- The number --- */

/* The first of the numbers that stand before word `end` and after word `begin`: "12-14 rue" is known as 12. */
static size_t first_number(const struct words *w, size_t begin, size_t end)
{
	size_t found = end;

	for (size_t i = end; i-- > begin;) {
		if (is_house_number(word_at(w, i)))
			found = i;
		else if (!is_repetition(word_at(w, i)))
			break;
	}
	return found;
}

/* First word of the part that word `i` stands in. */
static size_t part_start(const struct words *w, size_t i)
{
	while (!starts_part(w, i))
		i--;
	return i;
}

bool address_number(const char *address, char out[ADDRESS_NUMBER_MAX])
{
	struct words w;
	struct text number = TEXT_INIT;
	size_t street, begin, found;

	out[0] = '\0';
	read_words(&w, address);
	street = find_street(&w);
	if (street == w.count || street == 0)
		goto out;
	begin = part_start(&w, street);
	/* "12 bis, rue de la Paix": the part before is the number when it is nothing else. */
	if (begin == street) {
		begin = part_start(&w, street - 1);
		if (first_number(&w, begin, street) != begin)
			goto out;
	}
	found = first_number(&w, begin, street);
	if (found == street)
		goto out;
	text_add(&number, word_at(&w, found));
	if (found + 1 < street && is_repetition(word_at(&w, found + 1)))
		text_add(&number, word_at(&w, found + 1));
	if (number.len < ADDRESS_NUMBER_MAX)
		memcpy(out, number.data, number.len + 1);
out:
	text_done(&number);
	text_done(&w.text);
	return out[0] != '\0';
}

/* --- Distance --- */

double distance_metres(double latitude_1, double longitude_1, double latitude_2, double longitude_2)
{
	const double radian = acos(-1.0) / 180.0;
	double half_latitude = sin((latitude_2 - latitude_1) * radian / 2),
		   half_longitude = sin((longitude_2 - longitude_1) * radian / 2);
	double haversine = half_latitude * half_latitude +
		cos(latitude_1 * radian) * cos(latitude_2 * radian) * half_longitude * half_longitude;

	if (!(fabs(latitude_1) <= 90 && fabs(latitude_2) <= 90) || !isfinite(longitude_1) || !isfinite(longitude_2))
		return NAN;
	return 2 * EARTH_RADIUS_METRES * asin(sqrt(fmin(1.0, haversine)));
}
