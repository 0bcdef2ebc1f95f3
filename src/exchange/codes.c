// SPDX-License-Identifier: GPL-3.0-or-later
/* Services and categories of imported rows: translated by the map, found in the catalogue, or created where the map
 * allows it. Each of the source's words is looked for once. */
#include "map_inside.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

enum { MEMO_MAX = 100000, MARK_BYTES = 6 };

void codes_done(struct codes *c)
{
	memo_done(&c->services);
	memo_done(&c->categories);
	memo_done(&c->communes);
}

/* Another guichet may have changed the catalogue between two transactions; and a column of free text must not fill
 * the memory. */
static void refresh(struct codes *c, struct memo *memo)
{
	if (c->catalogue != store_catalogue(c->store)) {
		codes_done(c);
		c->catalogue = store_catalogue(c->store);
	}
	if (memo->count >= MEMO_MAX)
		memo_done(memo);
}

enum guichet_rc codes_check(struct codes *c, struct guichet_err *err)
{
	const struct catalogue *catalogue = store_catalogue(c->store);
	for (int kind = 0; kind < 2; kind++) {
		const struct word_table *t = kind == 0 ? &c->map->services : &c->map->categories;
		for (size_t i = 0; i <= t->count; i++) {
			const char *code = i < t->count ? t->words[i].code : t->fallback;
			if (!code || t->create)
				continue;
			if (kind == 0 ? !!catalogue_service(catalogue, code) : !!catalogue_category(catalogue, code))
				continue;
			struct text near = TEXT_INIT;
			catalogue_near_codes(catalogue, kind == 0 ? 's' : 'm', code, &near);
			guichet_err_set(err, GUICHET_CONFIG, _("plan « %s » : %s « %s » inconnu au catalogue%s%s"), c->map->name,
				kind == 0 ? _("service") : _("motif"), code, near.len ? " ; " : "", text_str(&near));
			text_done(&near);
			return GUICHET_CONFIG;
		}
	}
	return GUICHET_OK;
}

/* A code too long to be kept: its beginning, and a mark of all of it, so that another that begins alike stays another. */
static void shorten(struct text *code)
{
	unsigned char hash[crypto_generichash_BYTES];
	char mark[2 * MARK_BYTES + 1];
	size_t cut = IMPORT_CODE_MAX - sizeof mark;
	if (code->len <= IMPORT_CODE_MAX)
		return;
	crypto_generichash(hash, sizeof hash, (const unsigned char *)code->data, code->len, NULL, 0);
	sodium_bin2hex(mark, sizeof mark, hash, MARK_BYTES);
	while (cut > 0 && ((unsigned char)code->data[cut] & 0xC0) == 0x80)
		cut--;
	while (cut > 0 && code->data[cut - 1] == '-')
		cut--;
	code->data[code->len = cut] = '\0';
	text_addf(code, "-%s", mark);
}

/* The code that the source's word gets: the map's translation, else its own slug. False when it can be none. */
static bool code_of(const struct word_table *t, const char *word, struct text *out)
{
	const char *code = word_code(t, word);
	text_clear(out);
	if (code)
		text_add(out, code);
	else
		utf8_slug(out, word);
	shorten(out);
	return out->len > 0;
}

static enum guichet_rc unknown(const char *what, const char *word, struct guichet_err *err)
{
	return guichet_err_set(err, GUICHET_DATA, _("%s « %.200s » inconnu, et le plan n'en crée pas"), what, word);
}

/* GUICHET_DATA is said of a row; the store's own is another matter. */
static enum guichet_rc not_the_rows_fault(enum guichet_rc rc)
{
	return rc == GUICHET_DATA ? GUICHET_INTERNAL : rc;
}

static enum guichet_rc find_service(
	struct codes *c, const char *word, const char *name, const struct service **out, struct guichet_err *err)
{
	struct text code = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;
	if (!code_of(&c->map->services, word, &code))
		rc = guichet_err_set(err, GUICHET_DATA, _("service « %.200s » : ni lettre ni chiffre"), word);
	else if ((*out = catalogue_service(c->catalogue, text_str(&code))) == NULL && !c->map->services.create)
		rc = unknown(_("service"), word, err);
	else if (!*out && !c->dry_run)
		rc = not_the_rows_fault(store_add_service(c->store, text_str(&code), *name ? name : word, out, err));
	text_done(&code);
	return rc;
}

enum guichet_rc codes_service(
	struct codes *c, const char *word, const char *name, const struct service **out, struct guichet_err *err)
{
	const void *known = NULL;
	*out = NULL;
	if (!*word && !c->map->services.fallback)
		return GUICHET_OK;
	refresh(c, &c->services);
	if (memo_find(&c->services, word, &known)) {
		*out = known;
		return GUICHET_OK;
	}
	enum guichet_rc rc = find_service(c, word, name, out, err);
	if (rc == GUICHET_OK)
		memo_put(&c->services, word, *out);
	return rc;
}

/* The category with this code, or else of this name. An import's own is meant only when it has the same path. */
static const struct category *look_up(
	const struct catalogue *catalogue, const char *code, const char *path, bool *taken)
{
	const struct category *found = catalogue_category(catalogue, code);
	*taken = false;
	if (!found || !found->imported || !*path || !strcmp(found->path, path))
		return found;
	*taken = !strcmp(found->code, code);
	return NULL;
}

/* Two branches of the source's tree may end in the same word: then the whole path makes the code. */
static enum guichet_rc find_category(struct codes *c, const struct category_words *w, const struct service *service,
	const struct category **out, struct guichet_err *err)
{
	struct text code = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;
	bool taken = false, coded = code_of(&c->map->categories, w->word, &code);
	if (coded)
		*out = look_up(c->catalogue, text_str(&code), w->path, &taken);
	if (taken && (coded = code_of(&c->map->categories, w->path, &code)))
		*out = look_up(c->catalogue, text_str(&code), "", &taken);
	if (!coded)
		rc = guichet_err_set(err, GUICHET_DATA, _("motif « %.200s » : ni lettre ni chiffre"), w->word);
	else if (!*out && !c->map->categories.create)
		rc = unknown(_("motif"), w->word, err);
	else if (!*out && !c->dry_run)
		rc = not_the_rows_fault(store_add_category(
			c->store, text_str(&code), *w->name ? w->name : w->word, *w->path ? w->path : NULL, service, out, err));
	text_done(&code);
	return rc;
}

enum guichet_rc codes_category(struct codes *c, const struct category_words *w, const struct service *service,
	const struct category **out, struct guichet_err *err)
{
	const void *known = NULL;
	const char *key = *w->path ? w->path : w->word;
	*out = NULL;
	if (!*w->word && !c->map->categories.fallback)
		return GUICHET_OK;
	refresh(c, &c->categories);
	if (memo_find(&c->categories, key, &known)) {
		*out = known;
		return GUICHET_OK;
	}
	enum guichet_rc rc = find_category(c, w, service, out, err);
	if (rc == GUICHET_OK)
		memo_put(&c->categories, key, *out);
	return rc;
}

const struct commune *codes_commune(struct codes *c, const char *word)
{
	const void *known = NULL;
	if (!*word)
		return NULL;
	refresh(c, &c->communes);
	if (!memo_find(&c->communes, word, &known)) {
		known = catalogue_commune(c->catalogue, word);
		memo_put(&c->communes, word, known);
	}
	return known;
}
