// SPDX-License-Identifier: GPL-3.0-or-later
/* Any text against a word list, and any word list: no crash, and findings that a screen can trust. The first byte says
 * whether the rest is a list (up to the first NUL) followed by a text, or a text for a small list of our own. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/core/privacy.h"

enum { FOUND_MAX = 64 };

static const char small_list[] =
	"sante: malade, malade du coeur, =drogué\ninjure: con, gros con\nsauf: arbre malade, gros con de\nlieu: rue, place, bd\n"
	"lien: de, du, de la\nnom: m, mme\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct privacy_words *words, const char *text)
{
	struct privacy_finding found[FOUND_MAX];
	size_t count = privacy_check(words, text, found, FOUND_MAX), bytes = strlen(text), end = 0;

	if (count > FOUND_MAX)
		abort();
	for (size_t i = 0; i < count; i++) {
		if (found[i].from < end || found[i].to <= found[i].from || found[i].to > bytes ||
			found[i].kind >= PRIVACY_KIND_COUNT)
			abort();
		end = found[i].to;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct privacy_words *words;
	const char *list = small_list;
	size_t list_bytes = sizeof small_list - 1;
	char *text;

	if (size == 0)
		return 0;
	if (data[0] & 1) {
		const uint8_t *nul = memchr(data + 1, '\0', size - 1);

		list = (const char *)data + 1;
		list_bytes = nul != NULL ? (size_t)(nul - data) - 1 : size - 1;
		text = nul != NULL ? guichet_strndup((const char *)nul + 1, size - (size_t)(nul - data) - 1)
						   : guichet_strndup(list, list_bytes);
	} else {
		text = guichet_strndup((const char *)data + 1, size - 1);
	}
	if ((privacy_words_load("mots.txt", list, list_bytes, &words, &problems) == GUICHET_OK) != (problems.count == 0))
		abort();
	check_text(words, text);
	check_text(NULL, text);
	privacy_words_free(&words);
	problems_done(&problems);
	free(text);
	return 0;
}
