// SPDX-License-Identifier: GPL-3.0-or-later
/* What a key costs, in counts: bytes to the terminal, statements and rows of the store. The same on a busy machine as on a quiet one; bench_screens has the times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/store/desk.h"
#include "stores.h"

enum { SMALL, LARGE, STORES, SHARE = 25 /* hundredths of the bench's keys */, ROWS_MOST = 12000, TICKS = 12, TICK_S = 10, REST_WIDE_BYTES = 1400, SHORT_ROWS = 12 };

static const char *const all[] = {"*", NULL};
static const struct actor everyone = {"s.martin", "Sophie Martin", ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR, all};

static struct {
	char *folder, *paths[STORES];
} made;

/* Bulletins, and drafts of somebody else, for their lists. */
static void add_short_rows(const char *path)
{
	struct store *s = NULL;
	assert_int_equal(store_open(path, NULL, &s, NULL), GUICHET_OK);
	for (int i = 0; i < SHORT_ROWS; i++) {
		struct text fields = TEXT_INIT, what = TEXT_INIT;
		struct op_id bulletin;
		int64_t draft = 0;
		text_addf(&fields, "{\"phone\":\"06123456%02d\",\"name\":\"Durand Paul\",\"subject\":\"Dépôt sauvage, %d sacs\",\"address\":\"%d rue des Lilas\"}", i, i, i);
		text_addf(&what, "Coupure d'eau du secteur %d jusqu'à ce soir", i);
		assert_int_equal(store_put_draft(s, &draft, NULL, "p.durand", text_str(&fields), NULL), GUICHET_OK);
		assert_int_equal(desk_bulletin(s, &everyone, text_str(&what), "L'eau revient à 18 heures.", "rue des Lilas", store_now(s) + 3600000, 0, &bulletin, NULL), GUICHET_OK);
		text_done(&fields);
		text_done(&what);
	}
	store_close(&s);
}

static int make(void **state)
{
	static const size_t requests[STORES] = {2000, 20000};
	(void)state;
	i18n_start("fr");
	made.folder = stores_folder();
	for (int i = 0; i < STORES; i++) {
		struct text path = TEXT_INIT;
		text_addf(&path, "%s/%zu.db", made.folder, requests[i]);
		made.paths[i] = text_take(&path);
		stores_make(made.paths[i], requests[i]);
		add_short_rows(made.paths[i]);
	}
	return 0;
}

static int drop(void **state)
{
	(void)state;
	beside_clear(made.folder);
	for (int i = 0; i < STORES; i++)
		free(made.paths[i]);
	free(made.folder);
	return 0;
}

static void play(int which, int rows, int cols, enum gesture_part part, struct gesture_costs *out)
{
	struct typist t;
	struct gesture_texts texts;
	gesture_texts_read(&texts, made.paths[which]);
	typist_inside(&t, rows, cols, made.paths[which], &everyone, true);
	bool good = gestures_play(&t, part, SHARE, &texts, out);
	typist_done(&t);
	gesture_texts_done(&texts);
	assert_true(good);
}

/* What is looked up as one types is bounded; figures count what is open and what came in the period. The rest must not grow at all. */
static bool is_bounded(const char *name)
{
	return !strncmp(name, "Recherche: a", 12) || !strncmp(name, "Recherche: w", 12) || !strncmp(name, "Appel: the ", 11) || strstr(name, "Tab");
}

static bool is_figures(const char *name)
{
	return !strncmp(name, "Délais: ", 9) || !strncmp(name, "Affluence: ", 11) || strstr(name, "opened") || strstr(name, "window");
}

static int compare(enum gesture_part part)
{
	struct gesture_costs costs[STORES] = {{.count = 0}};
	int wrong = 0;
	for (int i = 0; i < STORES; i++)
		play(i, 24, 80, part, &costs[i]);
	for (size_t g = 0; g < costs[SMALL].count; g++) {
		const struct gesture_cost *a = &costs[SMALL].rows[g], *b = &costs[LARGE].rows[g];
		double small = (double)a->rows / (double)a->keys, large = (double)b->rows / (double)b->keys;
		bool good = is_figures(a->name) || (is_bounded(a->name) ? b->rows_most <= ROWS_MOST : large <= small * 1.5 + 20);
		if (!good)
			fprintf(stderr, "%s: %.1f rows a key of 2,000 requests, %.1f of 20,000 (most %lld)\n", a->name, small, large, (long long)b->rows_most);
		wrong += !good;
	}
	for (int i = 0; i < STORES; i++)
		gesture_costs_done(&costs[i]);
	return wrong;
}

/* Protects: a key in a list, a request opened, a known number, a category: as many rows are read of 20,000 requests as of 2,000; what is looked up as one types stays
 * below a bound. */
static void test_rows_do_not_grow(void **state)
{
	(void)state;
	assert_int_equal(compare(GESTURES_THAT_READ), 0);
	assert_int_equal(compare(GESTURES_THAT_WRITE), 0);
}

static int heavy_lists(int rows, int cols, int64_t rest_most)
{
	struct gesture_costs costs = {.count = 0};
	int wrong = 0, lists = 0;
	play(LARGE, rows, cols, GESTURES_THAT_READ, &costs);
	for (size_t g = 0; g < costs.count; g++) {
		const struct gesture_cost *c = &costs.rows[g];
		bool listed = (c->flags & GESTURE_LISTED) != 0, bad = listed && (c->bytes_most > GESTURE_BYTES || c->rest_most > rest_most);
		lists += listed && c->silent < c->keys;
		wrong += bad;
		if (bad)
			fprintf(stderr, "%dx%d %s: %lld bytes a key, %lld at most, %zu of %zu above %d; %lld more once keys rest, %lld at most\n", cols, rows, c->name,
				(long long)(c->bytes / (int64_t)c->keys), (long long)c->bytes_most, c->large, c->keys, GESTURE_BYTES, (long long)(c->rest_bytes / (int64_t)c->keys),
				(long long)c->rest_most);
	}
	gesture_costs_done(&costs);
	assert_true(lists >= 8);
	return wrong;
}

/* Protects the slow line: no key in a list sends more than 400 bytes; what tells of the chosen one, sent once keys rest, is as little again under the list, and a
 * whole column of text beside it. */
static void test_bytes_of_a_list_key(void **state)
{
	(void)state;
	assert_int_equal(heavy_lists(24, 80, GESTURE_BYTES), 0);
	assert_int_equal(heavy_lists(43, 132, REST_WIDE_BYTES), 0);
}

static void take_most(void *context, const char *key, const struct painted *p)
{
	int64_t *most = context;
	(void)key;
	*most = p->bytes > *most ? p->bytes : *most;
}

/* Protects the slow line from the key that comes just as a message does, or just as it ends: the first one after a screen was opened, mostly. */
static void test_bytes_with_a_message(void **state)
{
	struct typist t;
	int64_t most = 0;
	(void)state;
	typist_inside(&t, 43, 132, made.paths[LARGE], &everyone, true);
	assert_true(typist_play(&t, "B"));
	t.each = take_most;
	t.context = &most;
	for (int i = 0; i < 4; i++) {
		ui_say(t.ui, "%s", i % 2 ? "" : "demande transmise");
		assert_true(typist_play(&t, "Down"));
	}
	t.each = NULL;
	typist_done(&t);
	assert_in_range(most, 1, GESTURE_BYTES);
}

/* Protects: a screen that nobody touches sends next to nothing and asks next to nothing of the store, the table of delays included. */
static void test_still_screens(void **state)
{
	static const char *const screens[] = {"", "S", "B", "H"};
	(void)state;
	for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
		struct typist t;
		struct painted first, p;
		typist_inside(&t, 24, 80, made.paths[LARGE], &everyone, true);
		assert_true(typist_play(&t, screens[i]));
		/* What was put off until nobody types is done first. */
		for (int n = 0; n < 3 * TICKS; n++)
			typist_tick(&t, &first);
		int64_t bytes = 0, steps = 0;
		for (int n = 0; n < TICKS; n++) {
			typist_tick(&t, &p);
			bytes += p.bytes;
			steps += p.steps;
		}
		typist_done(&t);
		assert_in_range(bytes, 0, GESTURE_BYTES * TICK_S * TICKS / 10);
		assert_in_range(steps, 0, 2000 * TICKS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_of_a_list_key),
		cmocka_unit_test(test_bytes_with_a_message),
		cmocka_unit_test(test_still_screens),
		cmocka_unit_test(test_rows_do_not_grow),
	};
	return cmocka_run_group_tests(tests, make, drop);
}
