// SPDX-License-Identifier: GPL-3.0-or-later
/* Words of a text as suggest sees them: see suggest_words.h. Knows neither catalogue nor counts. */
#include "suggest_words.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

/* Sorted, folded. Negations are here too: nearly every call says that something does not do what it should. */
static const char *const stop_words[] = {
	"afin", "ah", "ai", "aimerais", "ainsi", "aller", "allo", "alors", "apres", "as", "assez", "au", "aucun", "aucune",
	"aujourd", "aussi", "aux", "avant", "avec", "avez", "avoir", "avons", "ayant", "beaucoup", "ben", "besoin", "bien",
	"bonjour", "bonsoir", "bref", "ca", "ce", "ceci", "cela", "celle", "celles", "celui", "ces", "cet", "cette", "ceux",
	"chez", "chose", "comme", "comment", "cordialement", "dans", "de", "depuis", "des", "deux", "devant", "dire", "dis",
	"dit", "doit", "donc", "du", "elle", "elles", "en", "encore", "endroit", "entre", "es", "est", "et", "etaient",
	"etait", "etant", "ete", "etes", "etre", "eu", "euh", "existe", "faire", "fais", "fait", "faut", "fois", "font",
	"gens", "hier", "hui", "ici", "il", "ils", "jai", "je", "jour", "jours", "la", "le", "les", "leur", "leurs", "lors",
	"lui", "ma", "madame", "mais", "me", "meme", "merci", "mes", "met", "mettre", "moi", "mois", "mon", "monsieur",
	"ne", "ni", "non", "nos", "notamment", "notre", "nous", "oh", "on", "ont", "ou", "oui", "par", "parce", "pardon",
	"pas", "pendant", "personne", "personnes", "peu", "peut", "peux", "plus", "plusieurs", "pour", "pourriez", "pouvez",
	"pres", "puis", "puisse", "quand", "que", "quel", "quelle", "quelles", "quelqu", "quelque", "quelques", "quels",
	"qui", "quoi", "sa", "sans", "savoir", "se", "semaine", "semaines", "semble", "ses", "si", "soit", "son", "sont",
	"sous", "stp", "suis", "sur", "svp", "ta", "te", "tes", "toi", "ton", "toujours", "tous", "tout", "toute", "toutes",
	"tres", "trop", "truc", "tu", "un", "une", "va", "vais", "venir", "venu", "vers", "veut", "veux", "vieille",
	"viens", "vient", "vieux", "voila", "voir", "vont", "vos", "votre", "voudrais", "voulais", "vous", "vu", "ya",
};

/* Endings taken off once, longest first, when at least `keep` bytes stay: plural, feminine, the commonest forms of
 * verbs and the nouns made of them, so that "ramassée", "ramassage" and "ramassent" meet. Accents are gone by then. */
static const struct { const char *ending; size_t keep; const char *instead; } endings[] = {
	{ "issements", 4, "" }, { "issement", 4, "" }, { "ements", 4, "" }, { "ations", 4, "" }, { "ement", 4, "" }, { "ation", 4, "" },
	{ "aient", 4, "" }, { "euses", 4, "" }, { "antes", 4, "" }, { "euse", 4, "" }, { "eurs", 4, "" }, { "ante", 4, "" },
	{ "ants", 4, "" }, { "ages", 4, "" }, { "ent", 4, "" }, { "eur", 4, "" }, { "ant", 4, "" }, { "age", 4, "" }, { "ait", 4, "" },
	{ "eaux", 1, "eau" }, { "yaux", 1, "yau" }, { "aux", 2, "al" },
	{ "ees", 3, "" }, { "ee", 3, "" }, { "es", 3, "" }, { "er", 4, "" }, { "ez", 4, "" },
	{ "s", 3, "" }, { "x", 3, "" }, { "e", 3, "" },
};

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_wanted(const char *word)
{
	if (word[0] == '\0' || word[1] == '\0')
		return false;
	/* House numbers and dates tell nothing about what is wrong. */
	if (strspn(word, "0123456789") == strlen(word))
		return false;
	return !bsearch(&word, stop_words, sizeof stop_words / sizeof *stop_words, sizeof *stop_words, compare_strings);
}

static void stem_word(char stem[SUGGEST_WORD_BYTES])
{
	size_t len = strlen(stem);

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t cut = strlen(endings[i].ending), put = strlen(endings[i].instead);

		if (len < cut + endings[i].keep || strcmp(stem + len - cut, endings[i].ending) != 0)
			continue;
		memcpy(stem + len - cut, endings[i].instead, put + 1);
		len = len - cut + put;
		break;
	}
	/* "arrêt" and "arrêtt(er)": a doubled last letter is a matter of spelling. */
	if (len > 4 && stem[len - 1] == stem[len - 2])
		stem[len - 1] = '\0';
}

static void add_word(struct suggest_words *out, const char *s, size_t bytes)
{
	struct suggest_word *w = &out->items[out->count];

	if (bytes >= SUGGEST_WORD_BYTES)
		bytes = SUGGEST_WORD_BYTES - 1;
	memcpy(w->word, s, bytes);
	w->word[bytes] = '\0';
	if (!is_wanted(w->word))
		return;
	memcpy(w->stem, w->word, bytes + 1);
	stem_word(w->stem);
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->items[i].stem, w->stem) == 0)
			return;
	out->count++;
}

void suggest_words_read(struct suggest_words *out, const char *text)
{
	struct text head = TEXT_INIT, folded = TEXT_INIT;
	size_t bytes = strnlen(text, SUGGEST_TEXT_BYTES);
	const char *s;

	out->count = 0;
	while (bytes > 0 && ((unsigned char)text[bytes] & 0xC0) == 0x80)
		bytes--;
	text_addn(&head, text, bytes);
	utf8_fold_words(&folded, text_str(&head));
	for (s = text_str(&folded); *s && out->count < SUGGEST_WORDS_MAX;) {
		size_t word = strcspn(s, " ");

		add_word(out, s, word);
		s += word;
		s += strspn(s, " ");
	}
	text_done(&folded);
	text_done(&head);
}

/* FNV-1a, then a finaliser that spreads it over all 64 bits (the constants are those of SplitMix64). */
static uint64_t hash_bytes(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t hash_finish(uint64_t h)
{
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	h ^= h >> 31;
	return h ? h : 1; /* 0 is left to those who keep them */
}

uint64_t suggest_hash(char kind, const char *s)
{
	const char start[] = { kind, '\0' };

	return hash_finish(hash_bytes(hash_bytes(UINT64_C(0xcbf29ce484222325), start), s));
}

uint64_t suggest_word_feature(const char *stem)
{
	return suggest_hash('w', stem);
}

uint64_t suggest_whole_feature(const struct suggest_words *words)
{
	const char *sorted[SUGGEST_WORDS_MAX];
	uint64_t h = hash_bytes(UINT64_C(0xcbf29ce484222325), "t");

	for (size_t i = 0; i < words->count; i++)
		sorted[i] = words->items[i].stem;
	qsort(sorted, words->count, sizeof *sorted, compare_strings);
	for (size_t i = 0; i < words->count; i++)
		h = hash_bytes(hash_bytes(h, sorted[i]), " ");
	return hash_finish(h);
}

bool suggest_word_near(const char *a, const char *b)
{
	size_t la, lb;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	la = strlen(a);
	lb = strlen(b);
	while (la > 0 && lb > 0 && a[la - 1] == b[lb - 1]) {
		la--;
		lb--;
	}
	if (la <= 1 && lb <= 1)
		return true;
	return la == 2 && lb == 2 && a[0] == b[1] && a[1] == b[0];
}
