// SPDX-License-Identifier: GPL-3.0-or-later
/* The commune that a text speaks of. No I/O, nothing learned: names and postcodes as the catalogue has them. */
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"
#include "guichet/core/suggest.h"

/* Whole words of folded words. */
static bool has_words(const char *text, const char *words)
{
	size_t length = strlen(words);

	for (const char *at = strstr(text, words); length && at; at = strstr(at + 1, words))
		if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static bool is_named(const struct commune *commune, const char *text)
{
	struct text name = TEXT_INIT;
	bool named;

	utf8_fold_words(&name, commune->name);
	named = has_words(text, text_str(&name));
	text_done(&name);
	return named;
}

static bool has_postcode_of_its_own(const struct catalogue *c, const struct commune *commune, const char *text)
{
	for (size_t i = 0; i < commune->postcode_count; i++)
		if (has_words(text, commune->postcodes[i]) && catalogue_commune(c, commune->postcodes[i]) == commune)
			return true;
	return false;
}

const struct commune *suggest_commune(const struct catalogue *c, const char *text)
{
	const struct commune *named = NULL, *posted = NULL;
	bool several_named = false, several_posted = false;
	struct text words = TEXT_INIT;

	utf8_fold_words(&words, text);
	for (size_t i = 0; i < c->commune_count; i++) {
		const struct commune *one = &c->communes[i];
		if (is_named(one, text_str(&words))) {
			several_named |= named != NULL;
			named = one;
		}
		if (has_postcode_of_its_own(c, one, text_str(&words))) {
			several_posted |= posted != NULL;
			posted = one;
		}
	}
	text_done(&words);
	if (named)
		return several_named ? NULL : named;
	return several_posted ? NULL : posted;
}
