// SPDX-License-Identifier: GPL-3.0-or-later
/* What should not stand in a free text (RGPD art. 9 and 10, loi informatique et
 * libertés art. 30). Warns, never blocks. */
#ifndef GUICHET_CORE_PRIVACY_H
#define GUICHET_CORE_PRIVACY_H

#include <stddef.h>

#include "guichet/base/err.h"
#include "guichet/base/ini.h"

enum privacy_kind {
	PRIVACY_NIR,
	PRIVACY_CARD,
	PRIVACY_IBAN,
	PRIVACY_HEALTH,
	PRIVACY_RELIGION,
	PRIVACY_POLITICS,
	PRIVACY_UNION,
	PRIVACY_SEX_LIFE,
	PRIVACY_ORIGIN,
	PRIVACY_OFFENCE,
	PRIVACY_INSULT,
	PRIVACY_KIND_COUNT,
};
const char *privacy_kind_code(enum privacy_kind k);
const char *privacy_kind_label(enum privacy_kind k);  /* "numéro de sécurité sociale", "santé"... */

struct privacy_finding {
	enum privacy_kind kind;
	size_t from, to;         /* bytes in the text checked */
	const char *reason;      /* why it should not be there, in the language of messages; static */
};

/* The word list (data/privacy/mots.txt): lines "kind: expression, expression..." where the kind is one of the codes
 * that words can raise, or its French key (sante, religion, politique, syndicat, vie-sexuelle, origine, infraction,
 * injure); "=expression": accents count. Contexts that are no alarm: "sauf:" whole expressions ("arbre malade"),
 * "lieu:" what a place's name follows ("rue", "affiche"), "lien:" the words between ("de la"), "nom:" titles before a
 * family name ("Mme"). '#' comments. Folded when loaded; an expression has at most 8 words. Every mistake goes to
 * `problems` and makes it GUICHET_CONFIG; *out holds what could be read in both cases, and the caller frees it. */
struct privacy_words;
enum guichet_rc privacy_words_load(const char *file, const char *data, size_t bytes,
	struct privacy_words **out, struct problems *problems);
void privacy_words_free(struct privacy_words **w);

/* Finds up to `max` things, in the order of the text, never overlapping. Returns how many. `words` may be NULL (numbers
 * only). One pass; the text need not be valid UTF-8. */
size_t privacy_check(const struct privacy_words *words, const char *text, struct privacy_finding *out, size_t max);

#endif
