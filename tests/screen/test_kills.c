// SPDX-License-Identifier: GPL-3.0-or-later
/* A form is being typed when program and terminal are killed: what was offered at the next start, and how much typing was lost. KILLS says how often (8), KILL_SEED from
 * which seed on; `make kills` does it 50 times and prints the table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "strokes.h"

enum { KEYS_MAX = 1000, LOST_MS_MAX = 2000, BINS = 6 };

/* In the order of the form; empty: only gone through. Words that stand in no list, so that what was typed is what stands there. */
static const char *const texts[] = { "0199000102", "Valdérique Oyatambien", "Un énorme trou s'est ouvert devant l'école", "", "", "12 sente du Gué",
	"L'usagère dit que le trou s'agrandit chaque nuit et que deux enfants y sont tombés hier soir." };
enum { TEXTS = sizeof texts / sizeof *texts };

struct typed_key { char bytes[5]; int text, place; int64_t at_ms; };
enum ending { AT_REST, IN_A_KEY, WHILE_KEEPING, ENDINGS };
struct killed { int key; enum ending ending; int64_t typing_ms, lost_ms; int typed, lost; bool offered; };

static struct desk made;
static struct typed_key keys[KEYS_MAX];
static int key_count;

static void make_keys(void)
{
	for (int t = 0; t < TEXTS; t++) {
		int place = 0;

		for (const char *c = texts[t]; *c;) {
			struct typed_key *k = &keys[key_count++];
			size_t bytes = (unsigned char)*c < 0xC0 ? 1 : 2;

			*k = (struct typed_key){ .text = t, .place = place++ };
			memcpy(k->bytes, c, bytes);
			c += bytes;
		}
		keys[key_count++] = (struct typed_key){ .bytes = "\t", .text = t, .place = -1 };
	}
}

/* --- What was kept ----------------------------------------------------------------------------------------------- */

/* All values of the only draft, one a line, blanks of numbers dropped; NULL: no draft. */
static char *kept_values(const struct desk *d)
{
	struct text all = TEXT_INIT;
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	json_t *fields, *value;
	const char *key;
	int drafts = 0;

	assert_int_equal(sqlite3_open(d->store, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT fields FROM draft", -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		fields = json_loads((const char *)sqlite3_column_text(statement, 0), 0, NULL);
		assert_non_null(fields);
		json_object_foreach(fields, key, value) {
			for (const char *c = json_string_value(value); c && *c; c++)
				if (*c != ' ' || strcmp(key, "phone") != 0)
					text_addc(&all, *c);
			text_addc(&all, '\n');
		}
		json_decref(fields);
		drafts++;
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	assert_in_range(drafts, 0, 1);
	return drafts ? text_take(&all) : NULL;
}

/* How many keys of a text are there. */
static int kept_of(const char *values, int text, int typed)
{
	char prefix[512] = "";
	int kept = 0;
	size_t bytes = 0;

	for (int k = 0; values && k < key_count && kept < typed; k++) {
		if (keys[k].text != text || keys[k].place != kept)
			continue;
		memcpy(prefix + bytes, keys[k].bytes, strlen(keys[k].bytes) + 1);
		if (!strstr(values, prefix))
			break;
		bytes += strlen(keys[k].bytes);
		kept++;
	}
	return kept;
}

static void count_loss(const struct desk *d, struct killed *one, int64_t now_ms)
{
	char *values = kept_values(d);

	for (int t = 0; t < TEXTS; t++) {
		int typed = 0, kept;
		int64_t lost_since = -1;

		for (int k = 0; k < one->key; k++)
			typed += keys[k].text == t && keys[k].place >= 0;
		kept = kept_of(values, t, typed);
		for (int k = 0; k < one->key && lost_since < 0; k++)
			if (keys[k].text == t && keys[k].place == kept)
				lost_since = keys[k].at_ms;
		one->typed += typed;
		one->lost += typed - kept;
		if (lost_since >= 0 && now_ms - lost_since > one->lost_ms)
			one->lost_ms = now_ms - lost_since;
	}
	free(values);
}

/* --- Killing ----------------------------------------------------------------------------------------------------- */

static void wait_really(int ms)
{
	poll(NULL, 0, ms);
}

/* Typed at a rate that people have, then killed: at rest, while a key is handled, or while the draft is being written. */
static void type_and_kill(struct desk *d, struct killed *one, struct strokes *random)
{
	struct moment *m = &d->moment;
	struct pty p;

	assert_true(desk_open(d, &p, "xterm-256color", 24, 80, NULL));
	pty_type(&p, "\033OQ");
	assert_true(moment_settle(m, &p));
	for (int k = 0; k < one->key; k++) {
		bool last = k == one->key - 1;

		assert_true(moment_pass(m, &p, 50 * (1 + (int64_t)strokes_below(random, 8))));
		keys[k].at_ms = m->page->passed_ms;
		pty_type(&p, keys[k].bytes);
		if (!last || one->ending != IN_A_KEY)
			assert_true(moment_settle(m, &p));
	}
	if (one->ending == AT_REST)
		assert_true(moment_pass(m, &p, 50 * (int64_t)strokes_below(random, 39)));
	if (one->ending == WHILE_KEEPING && m->page->until_ms > m->page->passed_ms && m->page->until_ms - m->page->passed_ms <= LOST_MS_MAX)
		m->page->passed_ms = m->page->until_ms;
	if (one->ending != AT_REST)
		wait_really((int)strokes_below(random, 4));
	assert_int_equal(kill(p.pid, SIGKILL), 0);
	pty_done(&p);
}

/* The next start says that something is unfinished, and gives it back. */
static bool is_offered(struct desk *d)
{
	struct pty p;
	bool offered;

	assert_true(desk_open(d, &p, "xterm-256color", 24, 80, NULL));
	offered = vt_find(&p.vt, "brouillons 1") == 0 && vt_find(&p.vt, "saisies inachevées : 1") > 0;
	pty_type(&p, "D");
	assert_true(moment_settle(&d->moment, &p));
	pty_type(&p, "\r");
	assert_true(moment_settle(&d->moment, &p));
	offered = offered && vt_find(&p.vt, "Appel") == 0 && vt_find(&p.vt, "01 99 00 01 02") > 0;
	pty_done(&p);
	return offered;
}

static void kill_once(struct killed *one, struct strokes *random)
{
	struct desk d;

	assert_true(desk_copy(&d, &made));
	type_and_kill(&d, one, random);
	count_loss(&d, one, d.moment.page->passed_ms);
	/* Before the number is whole nobody could look for it. */
	one->offered = one->typed - one->lost < 11 || is_offered(&d);
	assert_int_equal(DESK_RUN(&d, "verify"), 0);
	desk_done(&d);
}

static void print_table(const struct killed *kills, int count, uint64_t seed)
{
	static const int64_t bounds[BINS] = { 0, 250, 500, 1000, 1500, 2000 };
	static const char *const endings[ENDINGS] = { "at rest", "in the middle of a key", "while the draft is written" };
	int64_t worst = 0;
	int bins[BINS + 1] = { 0 }, by[ENDINGS] = { 0 }, lost = 0, typed = 0, offered = 0;

	for (int i = 0; i < count; i++) {
		int bin = 0;

		while (bin < BINS && kills[i].lost_ms > bounds[bin])
			bin++;
		bins[bin]++;
		by[kills[i].ending]++;
		lost += kills[i].lost;
		typed += kills[i].typed;
		offered += kills[i].offered;
		worst = kills[i].lost_ms > worst ? kills[i].lost_ms : worst;
	}
	printf("# %d kills, seeds %llu to %llu: %d offered, %d of %d keys lost, at worst the typing of the last %lld ms\n", count, (unsigned long long)seed,
		(unsigned long long)seed + (unsigned)count - 1, offered, lost, typed, (long long)worst);
	for (int e = 0; e < ENDINGS; e++)
		printf("#   killed %s: %d\n", endings[e], by[e]);
	for (int b = 0; b <= BINS; b++)
		printf("#   lost %s %5lld ms: %3d %.*s\n", b < BINS ? "<=" : "> ", (long long)bounds[b < BINS ? b : BINS - 1], bins[b], bins[b] < 60 ? bins[b] : 60,
			"############################################################");
}

static long from_environment(const char *name, long otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtol(value, NULL, 10) : otherwise;
}

/* Protects: whoever kills terminal and program, at whatever key, every draft is offered at the next start and at most two seconds of typing are lost. */
static void loses_two_seconds_at_most(void **state)
{
	int count = (int)from_environment("KILLS", 8);
	uint64_t seed = (uint64_t)from_environment("KILL_SEED", 1);
	struct killed *kills = guichet_realloc(NULL, (size_t)count, sizeof *kills);

	(void)state;
	for (int i = 0; i < count; i++) {
		struct strokes random;

		strokes_begin(&random, seed + (uint64_t)i);
		kills[i] = (struct killed){ .key = 1 + (int)strokes_below(&random, (uint64_t)key_count), .ending = (enum ending)strokes_below(&random, ENDINGS) };
		kill_once(&kills[i], &random);
		if (!kills[i].offered || kills[i].lost_ms > LOST_MS_MAX)
			print_table(kills, i + 1, seed);
		assert_true(kills[i].offered);
		assert_in_range(kills[i].lost_ms, 0, LOST_MS_MAX);
	}
	print_table(kills, count, seed);
	free(kills);
}

static int set_up(void **state)
{
	(void)state;
	make_keys();
	return desk_make(&made, 20) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	desk_done(&made);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(loses_two_seconds_at_most) };

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
