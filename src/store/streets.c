// SPDX-License-Identifier: GPL-3.0-or-later
/* Streets that requests were about: what stands in for a gazetteer. Bounded: the newest requests of the commune, and where something is typed, older ones that
 * the index finds by its longest word. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/similar.h"

enum { NEWEST_MAX = 1500, INDEXED_MAX = 2000, STREETS_MAX = 400, WORD_MIN = 3, WORD_MAX = 40 };

struct street { char *shown, *key; int64_t seen; };
struct gathering { struct street streets[STREETS_MAX]; size_t count; const char *typed; /* folded */ int64_t oldest; /* row read; 0: all were */ };

/* "avenue de l'Écluse" rather than "av. de l'ecluse" or "AV DE L'ECLUSE". */
static bool is_better(const char *shown, const char *than)
{
	static const char small[] = "abcdefghijklmnopqrstuvwxyz";
	bool has = strpbrk(shown, small) != NULL, had = strpbrk(than, small) != NULL;
	return has != had ? has : strlen(shown) > strlen(than);
}

/* Each word typed begins one of the street's. */
static bool fits(const char *folded, const char *typed)
{
	while (*typed) {
		size_t n = strcspn(typed, " ");
		const char *at = folded;
		while (strncmp(at, typed, n)) {
			at = strchr(at, ' ');
			if (!at)
				return false;
			at++;
		}
		typed += n + (typed[n] == ' ');
	}
	return true;
}

static void gather(struct gathering *g, const char *address)
{
	struct text key = TEXT_INIT, shown = TEXT_INIT, folded = TEXT_INIT;
	size_t i = 0;
	address_street(&key, address);
	while (key.len && i < g->count && strcmp(g->streets[i].key, text_str(&key)))
		i++;
	if (key.len)
		address_street_shown(&shown, address);
	if (key.len && i < g->count) {
		g->streets[i].seen++;
		if (is_better(text_str(&shown), g->streets[i].shown)) {
			free(g->streets[i].shown);
			g->streets[i].shown = text_take(&shown);
		}
	} else if (key.len && g->count < STREETS_MAX) {
		address_fold(&folded, text_str(&shown));
		if (shown.len && fits(text_str(&folded), g->typed))
			g->streets[g->count++] = (struct street){ text_take(&shown), text_take(&key), 1 };
	}
	text_done(&key);
	text_done(&shown);
	text_done(&folded);
}

static enum guichet_rc gather_newest(struct store *s, struct gathering *g, const char *commune, struct guichet_err *err)
{
	sqlite3_stmt *st = commune
		? sql_prepare(s, "SELECT address, id FROM request INDEXED BY request_commune WHERE commune = ?1 ORDER BY id DESC LIMIT ?2", err)
		: sql_prepare(s, "SELECT address, id FROM request WHERE ?1 IS NULL ORDER BY id DESC LIMIT ?2", err);
	enum guichet_rc rc;
	int read = 0;
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ti", commune, (int64_t)NEWEST_MAX);
	for (; (rc = sql_step(s, st, err)) == GUICHET_OK; read++) {
		gather(g, column_str(st, 0));
		g->oldest = sqlite3_column_int64(st, 1);
	}
	if (read < NEWEST_MAX)
		g->oldest = 0;
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

/* The longest word says most; "rue" and its like stand in every other address. */
static void longest_word(const char *typed, char out[WORD_MAX])
{
	size_t best = 0;
	*out = '\0';
	while (*typed) {
		size_t n = strcspn(typed, " ");
		if (n >= WORD_MIN && n < WORD_MAX && n > best && strncmp(typed, "rue ", n + 1)) {
			best = n;
			snprintf(out, WORD_MAX, "%.*s", (int)n, typed);
		}
		typed += n + (typed[n] == ' ');
	}
}

static enum guichet_rc gather_indexed(struct store *s, struct gathering *g, const char *commune, struct guichet_err *err)
{
	char word[WORD_MAX], match[WORD_MAX + 4];
	longest_word(g->typed, word);
	if (!*word || !g->oldest)
		return GUICHET_OK;
	/* Folded words hold letters and digits only. */
	snprintf(match, sizeof match, "\"%s\"*", word);
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT r.address FROM (SELECT rowid AS id FROM request_fts WHERE request_fts MATCH ?1 AND rowid < ?4 ORDER BY rowid DESC LIMIT ?2) m "
		"CROSS JOIN request r ON r.id = m.id WHERE ?3 IS NULL OR r.commune = ?3", err);
	enum guichet_rc rc;
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "titi", match, (int64_t)INDEXED_MAX, commune, g->oldest);
	while ((rc = sql_step(s, st, err)) == GUICHET_OK)
		gather(g, column_str(st, 0));
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

static int by_name(const void *a, const void *b)
{
	const struct street *x = a, *y = b;
	return utf8_compare_folded(x->shown, y->shown);
}

enum guichet_rc store_streets(struct store *s, const char *commune, const char *typed, bool (*visit)(void *context, const char *street, int64_t seen),
	void *context, struct guichet_err *err)
{
	struct gathering *g = guichet_alloc(sizeof *g);
	struct text folded = TEXT_INIT;
	address_fold(&folded, typed ? typed : "");
	g->typed = text_str(&folded);
	bool reading = sql_begin_reading(s);
	enum guichet_rc rc = gather_newest(s, g, commune, err);
	if (rc == GUICHET_OK)
		rc = gather_indexed(s, g, commune, err);
	sql_end_reading(s, reading);
	qsort(g->streets, g->count, sizeof *g->streets, by_name);
	for (size_t i = 0; i < g->count && rc == GUICHET_OK; i++)
		if (!visit(context, g->streets[i].shown, g->streets[i].seen))
			break;
	for (size_t i = 0; i < g->count; i++) {
		free(g->streets[i].shown);
		free(g->streets[i].key);
	}
	text_done(&folded);
	free(g);
	return rc;
}
