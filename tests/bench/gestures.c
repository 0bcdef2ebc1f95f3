// SPDX-License-Identifier: GPL-3.0-or-later
/* See gestures.h. */
#include "gestures.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"
#include "guichet/base/text.h"
#include "guichet/core/phone.h"

/* A gesture without a name takes one to where the next begins. @phone and so on: a text from the store, the next one each time. ?TEXT: must stand on the
 * screen (to the end of the keys). */
struct gesture { const char *name; unsigned flags; const char *keys; };
enum { SCENE_MAX = 14 };
struct scene { int times; struct gesture gestures[SCENE_MAX]; };

static const struct scene reading[] = {
	{ 1, { { NULL, 0, "C-t ?À faire" }, { "À faire: a row down, up", GESTURE_LISTED, "Down*60 Up*30" },
		{ "À faire: a row, then a rest", GESTURE_LISTED | GESTURE_RESTS, "Down*20 Up*10" }, { "À faire: a page", 0, "PageDown*12 PageUp*12" },
		{ "À faire: the end, the start", 0, "End Home End Home" } } },
	{ 1, { { "Bannette: opened", 0, "B" }, { NULL, 0, "?Bannette" }, { "Bannette: a row down, up", GESTURE_LISTED, "Down*60 Up*30" },
		{ "Bannette: a row, then a rest", GESTURE_LISTED | GESTURE_RESTS, "Down*20 Up*10" },
		{ "Bannette: a page", 0, "PageDown*12 PageUp*12" }, { "Bannette: a mark", GESTURE_LISTED, "Space*12" }, { NULL, 0, "F12" } } },
	{ 2, { { "Échéances: opened", 0, "E" }, { NULL, 0, "?Échéances" }, { "Échéances: another window", 0, "j j j j" }, { NULL, 0, "j" },
		{ "Échéances: a row down, up", GESTURE_LISTED, "Down*30 Up*10" }, { NULL, 0, "F12" } } },
	{ 10, { { NULL, 0, "B Down*3" }, { "Fiche: opened", 0, "Enter" }, { "Fiche: moved, journal, due dates", 0, "Down h PageDown h e" }, { NULL, 0, "F12 F12 F12" } } },
	{ 16, { { NULL, 0, "F3" }, { "Recherche: a name", 0, "@name" }, { NULL, 0, "F3" }, { "Recherche: words", 0, "@subject" }, { NULL, 0, "F3" },
		{ "Recherche: an address", 0, "@address" }, { NULL, 0, "F12" } } },
	{ 16, { { NULL, 0, "F3" }, { "Recherche: a number", 0, "@phone" }, { NULL, 0, "F3" }, { "Recherche: a number", 0, "@reference" }, { NULL, 0, "F12" } } },
	{ 1, { { NULL, 0, "F3 'rue' Down" }, { "Recherche: a row down, up", GESTURE_LISTED, "Down*40 Up*20" }, { NULL, 0, "F12" } } },
	{ 4, { { "Délais: opened", 0, "S" }, { NULL, 0, "?Tableau" }, { "Délais: a row down, up", GESTURE_LISTED, "Down*4 Up*2" },
		{ "Délais: another period", 0, "j j j j" }, { "Délais: grouped otherwise", 0, "G 'commune' Enter G 'motif' Enter G 'service' Enter" },
		{ "Délais: down to the requests", 0, "Enter F12 Down Enter F12" }, { NULL, 0, "Enter" },
		{ "Délais: requests, a row down, up", GESTURE_LISTED, "Down*10 Up*5" }, { NULL, 0, "F12" }, { "Délais: read again", 0, "C-g" }, { NULL, 0, "F12" } } },
	{ 4, { { "Affluence: opened", 0, "H" }, { NULL, 0, "?Affluence" }, { "Affluence: another period", 0, "j j j j" }, { NULL, 0, "F12" } } },
	{ 4, { { "Consignes, Brouillons: opened", 0, "A F12 D" }, { NULL, 0, "F12" } } },
	{ 1, { { NULL, 0, "A" }, { "Consignes: a row down, up", GESTURE_LISTED, "Down*8 Up*4" }, { NULL, 0, "F12 D" },
		{ "Brouillons: a row down, up", GESTURE_LISTED, "Down*8 Up*4" }, { NULL, 0, "F12" } } },
};

static const struct scene writing[] = {
	{ 20, { { "Appel: opened", 0, "F2" }, { "Appel: a known number", 0, "@phone" }, { "Appel: Tab, the draft is kept", GESTURE_WRITES, "Tab" },
		{ "Appel: the subject, known caller", 0, "@subject" }, { NULL, 0, "F12" } } },
	{ 20, { { NULL, 0, "F2 @new Tab 'Durand Paul' Tab" }, { "Appel: the subject, new caller", 0, "@subject" },
		{ "Appel: Tab, the draft is kept", GESTURE_WRITES, "Tab" }, { "Appel: the list of categories", 0, "F4 'nid' F12" },
		{ "Appel: category, commune, address", 0, "'nid'" }, { "Appel: Tab, the draft is kept", GESTURE_WRITES, "Tab" },
		{ "Appel: category, commune, address", 0, "'verd'" }, { "Appel: Tab, the draft is kept", GESTURE_WRITES, "Tab" },
		{ "Appel: category, commune, address", 0, "@address" }, { "Appel: F8, recorded", GESTURE_WRITES, "F8" } } },
	{ 1, { { NULL, 0, "?Référence" } } },
	{ 1, { { NULL, 0, "F12" } } },
};

/* --- texts --- */

static const struct { const char *token, *sql; } sources[TEXT_KINDS] = {
	/* Held by one person. */
	[TEXT_PHONE] = { "@phone", "SELECT phone FROM requester r WHERE phone IS NOT NULL AND id >= (SELECT min(id) + CAST(?1 * (max(id) - min(id)) AS INTEGER) "
		"FROM requester) AND (SELECT count(*) FROM requester o WHERE o.phone_reversed = r.phone_reversed) = 1 ORDER BY id LIMIT 1" },
	/* Another one after each call recorded. */
	[TEXT_NEW_PHONE] = { "@new", "SELECT printf('06%08d', (count(*) * 100 + CAST(?1 * 100 AS INTEGER)) % 100000000) FROM request" },
	[TEXT_NAME] = { "@name", "SELECT name FROM requester WHERE name <> '' AND id >= (SELECT min(id) + CAST(?1 * (max(id) - min(id)) AS INTEGER) "
		"FROM requester) ORDER BY id LIMIT 1" },
	[TEXT_ADDRESS] = { "@address", "SELECT address FROM request WHERE address <> '' AND id >= (SELECT min(id) + CAST(?1 * (max(id) - min(id)) AS INTEGER) "
		"FROM request) ORDER BY id LIMIT 1" },
	[TEXT_REFERENCE] = { "@reference", "SELECT reference FROM request WHERE id >= (SELECT min(id) + CAST(?1 * (max(id) - min(id)) AS INTEGER) "
		"FROM request) ORDER BY id LIMIT 1" },
	[TEXT_SUBJECT] = { "@subject", "SELECT subject FROM request WHERE length(subject) > 12 AND id >= (SELECT min(id) + CAST(?1 * (max(id) - min(id)) AS "
		"INTEGER) FROM request) ORDER BY id LIMIT 1" },
};

/* As a person types it. */
static char *as_typed(enum gesture_text kind, const char *stored)
{
	struct phone phone;
	char shown[PHONE_MAX + 16];
	if ((kind != TEXT_PHONE && kind != TEXT_NEW_PHONE) || phone_parse(stored, &phone, NULL))
		return guichet_strdup(stored);
	phone_show(phone.e164, shown);
	return guichet_strdup(shown);
}

void gesture_texts_read(struct gesture_texts *g, const char *store)
{
	sqlite3 *db = floor_open(store, false);
	*g = (struct gesture_texts){0};
	for (int kind = 0; kind < TEXT_KINDS; kind++) {
		sqlite3_stmt *st = floor_prepare(db, sources[kind].sql);
		for (int i = 0; i < GESTURE_TEXTS; i++) {
			sqlite3_bind_double(st, 1, (i + 0.5) / GESTURE_TEXTS);
			bool found = sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0);
			g->texts[kind][i] = as_typed((enum gesture_text)kind, found ? (const char *)sqlite3_column_text(st, 0) : "rien");
			sqlite3_reset(st);
		}
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
}

void gesture_texts_done(struct gesture_texts *g)
{
	for (int kind = 0; kind < TEXT_KINDS; kind++)
		for (int i = 0; i < GESTURE_TEXTS; i++)
			free(g->texts[kind][i]);
	*g = (struct gesture_texts){0};
}

/* --- costs --- */

static struct gesture_cost *cost_of(struct gesture_costs *c, const struct gesture *g)
{
	for (size_t i = 0; i < c->count; i++)
		if (!strcmp(c->rows[i].name, g->name))
			return &c->rows[i];
	if (c->count == GESTURE_ROWS) {
		fprintf(stderr, "bench: too many gestures\n");
		exit(70);
	}
	c->rows[c->count] = (struct gesture_cost){.name = g->name, .flags = g->flags};
	return &c->rows[c->count++];
}

static void add_key(void *context, const char *key, const struct painted *p)
{
	struct gesture_cost *c = context;
	double worst = c->cpu.count ? c->cpu.ms[0] : 0;
	for (size_t i = 1; i < c->cpu.count; i++)
		worst = c->cpu.ms[i] > worst ? c->cpu.ms[i] : worst;
	c->keys++;
	c->silent += p->bytes == 0;
	c->large += p->bytes > GESTURE_BYTES;
	c->bytes += p->bytes;
	c->bytes_most = p->bytes > c->bytes_most ? p->bytes : c->bytes_most;
	c->rest_bytes += p->rest_bytes;
	c->rest_most = p->rest_bytes > c->rest_most ? p->rest_bytes : c->rest_most;
	c->statements += p->statements;
	c->rows += p->rows;
	c->steps += p->steps;
	c->rows_most = p->rows > c->rows_most ? p->rows : c->rows_most;
	c->steps_most = p->steps > c->steps_most ? p->steps : c->steps_most;
	if (p->cpu_ms >= worst)
		snprintf(c->worst, sizeof c->worst, "%s", key);
	samples_put(&c->cpu, p->cpu_ms, false);
	if (p->bytes == 0)
		return;
	samples_put(&c->wall, p->wall_ms, p->waited_ms > SAMPLE_WAITED_MS);
	samples_put(&c->whole, p->whole_ms, p->waited_ms > SAMPLE_WAITED_MS);
}

void gesture_costs_done(struct gesture_costs *c)
{
	for (size_t i = 0; i < c->count; i++) {
		samples_done(&c->rows[i].wall);
		samples_done(&c->rows[i].cpu);
		samples_done(&c->rows[i].whole);
	}
	c->count = 0;
}

/* --- playing --- */

static bool play_word(struct typist *t, const char *word, struct gesture_texts *texts)
{
	for (int kind = 0; *word == '@' && kind < TEXT_KINDS; kind++)
		if (!strcmp(word, sources[kind].token)) {
			typist_type(t, texts->texts[kind][texts->next[kind]++ % GESTURE_TEXTS]);
			return true;
		}
	return typist_play(t, word);
}

static bool play(struct typist *t, const char *keys, struct gesture_texts *texts)
{
	char word[80];
	for (;;) {
		keys += strspn(keys, " ");
		if (!*keys)
			return true;
		if (*keys == '?' && keys[1]) {
			if (typist_shows(t, keys + 1))
				return true;
			char *screen = vt_dump(&t->pty.vt, false);
			fprintf(stderr, "bench: « %s » is not on the screen:\n%s\n", keys + 1, screen);
			free(screen);
			return false;
		}
		size_t n = *keys == '\'' ? 2 + strcspn(keys + 1, "'") : strcspn(keys, " ");
		snprintf(word, sizeof word, "%.*s", (int)n, keys);
		if (!play_word(t, word, texts)) {
			fprintf(stderr, "bench: %s is no key\n", word);
			return false;
		}
		keys += n;
	}
}

bool gestures_play(struct typist *t, enum gesture_part part, int share, struct gesture_texts *texts, struct gesture_costs *out)
{
	const struct scene *scenes = part == GESTURES_THAT_READ ? reading : writing;
	size_t count = part == GESTURES_THAT_READ ? sizeof reading / sizeof *reading : sizeof writing / sizeof *writing;
	bool good = true;
	for (size_t s = 0; s < count && good; s++) {
		int times = scenes[s].times * share / 100;
		for (int n = 0; n < (times > 1 ? times : 1) && good; n++)
			for (size_t i = 0; i < SCENE_MAX && scenes[s].gestures[i].keys && good; i++) {
				const struct gesture *g = &scenes[s].gestures[i];
				t->each = g->name ? add_key : NULL;
				t->rests = (g->flags & GESTURE_RESTS) != 0;
				t->context = g->name ? cost_of(out, g) : NULL;
				good = play(t, g->keys, texts);
			}
	}
	t->each = NULL;
	t->rests = false;
	return good;
}

void gestures_time(struct typist *t, const char *name, const char *keys, struct gesture_costs *out)
{
	struct gesture g = {name, 0, keys};
	t->each = add_key;
	t->context = cost_of(out, &g);
	typist_play(t, keys);
	t->each = NULL;
}
