// SPDX-License-Identifier: GPL-3.0-or-later
/* Pictures of every screen as a terminal shows it: on one exercise store, in time that stands still, at 80x24 and 132x43, with colours and without. They are kept in
 * tests/fixtures/screens/pictures and compared; GUICHET_UPDATE_GOLDEN=1 writes them anew.
 *
 * A file holds the text once, then a letter for the style of each cell, with colours and under NO_COLOR: a legend under each says what the letters are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "script.h"

enum { REQUESTS = 2000, STYLES_MAX = 40, AGENT = 0, SERVICE, SUPERVISOR, LATER_MS = 65 * 60000 };

static const char *const logins[] = { "s.martin", "voirie", "c.lefevre" };

/* From the screen that opens first. The caller's number is a person's who has a request of this morning. */
static const struct picture { const char *name; int who; const char *keys; } pictures[] = {
	{ "a-faire", AGENT, "" },
	{ "appel", AGENT, "n" },
	/* The one in the README. */
	{ "appel-saisi", AGENT, "n '0639981234' Tab 'Sac poubelle éventré' Tab F4 Enter 'Verdane' Tab '52 rue des Lilas' Tab 'Le sac est là depuis lundi'" },
	{ "appel-valeurs", AGENT, "n '0639981234' Tab 'Sac poubelle éventré' Tab F4 'lamp'" },
	{ "appel-enregistre", AGENT, "n '0639981234' Tab 'Sac poubelle éventré' Tab F4 Enter 'Verdane' Tab '3 rue de Metz' F8" },
	{ "recherche", AGENT, "/ 'lilas' Down Down" },
	{ "brouillons", AGENT, "n '0611223344' Tab 'Garnier' Tab 'Plaque de verglas' F12 D" },
	{ "consignes", AGENT, "A" },
	{ "courriels", AGENT, "I" },
	{ "courriel-lu", AGENT, "I V" },
	{ "bannette", SERVICE, "" },
	{ "confirmation", SERVICE, "Space Space Space d" },
	{ "fiche", AGENT, "/ '0639981234' Enter" },
	{ "fiche-echeances", AGENT, "/ '0639981234' Enter e" },
	{ "echeances", SUPERVISOR, "E" },
	{ "delais", SUPERVISOR, "S" },
	{ "delais-communes", SUPERVISOR, "M" },
	{ "engagements", SUPERVISOR, "N" },
	{ "affluence", SUPERVISOR, "H" },
	{ "aide", AGENT, "?" },
};

static struct desk desk;

/* --- Styles ------------------------------------------------------------------------------------------------------ */

struct styles { char names[STYLES_MAX][48]; size_t count; };

static void describe(const struct vt_cell *c, char out[48])
{
	size_t n = 0;
	const struct { bool on; const char *word; } words[] = { { c->bold, "bold" }, { c->dim, "dim" }, { c->underline, "underline" }, { c->reverse, "reverse" } };

	out[0] = '\0';
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].on)
			n += (size_t)snprintf(out + n, 48 - n, "%s%s", n ? " " : "", words[i].word);
	if (c->colour >= 0)
		n += (size_t)snprintf(out + n, 48 - n, "%scolour %d", n ? " " : "", c->colour);
	if (c->ground >= 0)
		snprintf(out + n, 48 - n, "%son %d", n ? " " : "", c->ground);
}

/* Letters go by the order in which the styles come: '.' is plain. */
static char letter_of(struct styles *s, const struct vt_cell *c)
{
	char name[48];
	size_t i = 0;

	describe(c, name);
	/* On a blank only what fills it shows; the rest is what was cheapest to send. */
	if (!*name || (c->width == 1 && (c->length == 0 || c->bytes[0] == ' ') && !c->underline && !c->reverse && c->ground < 0))
		return '.';
	while (i < s->count && strcmp(s->names[i], name) != 0)
		i++;
	assert_true(i < STYLES_MAX);
	if (i == s->count)
		memcpy(s->names[s->count++], name, sizeof name);
	return (char)(i < 26 ? 'a' + (int)i : 'A' + (int)i - 26);
}

static void add_layer(struct text *out, const struct vt *v, const char *title)
{
	struct styles s = { .count = 0 };

	text_addf(out, "--- %s\n", title);
	for (int row = 0; row < v->rows; row++) {
		for (int col = 0; col < v->cols; col++)
			text_addf(out, "%c", letter_of(&s, &v->cells[row * v->cols + col]));
		text_add(out, "\n");
	}
	for (size_t i = 0; i < s.count; i++)
		text_addf(out, "%c %s\n", (char)(i < 26 ? 'a' + (int)i : 'A' + (int)i - 26), s.names[i]);
}

/* --- Pictures ---------------------------------------------------------------------------------------------------- */

enum { SIZES = 2, RESTED_MS = 200 };
static const struct { int rows, cols; } sizes[SIZES] = { { 24, 80 }, { 43, 132 } };

struct shots { char *text[SIZES]; struct text layers[SIZES]; };

static void take(struct shots *s, size_t size, const struct pty *p, bool colours)
{
	assert_int_equal(p->vt.unknown, 0);
	assert_true(colours || p->vt.colours == 0);
	assert_true(p->vt.cursor_shown && p->vt.row < sizes[size].rows && p->vt.col < sizes[size].cols);
	s->text[size] = vt_dump(&p->vt, false);
	add_layer(&s->layers[size], &p->vt, colours ? "colour" : "NO_COLOR");
	text_addf(&s->layers[size], "cursor %d %d\n", p->vt.row, p->vt.col);
}

/* Of a store of its own, since some screens write. The second size is a window that grew: what a fresh one shows. */
static void take_all(const struct picture *what, bool colours, struct shots *s)
{
	const char *arguments[] = { "--as", logins[what->who], NULL };
	struct desk d;
	struct pty p;

	assert_true(desk_copy(&d, &desk));
	desk_set(&d, colours ? "NO_COLOR" : "NO_COLOR=1");
	assert_true(desk_open(&d, &p, "xterm-256color", sizes[0].rows, sizes[0].cols, arguments));
	assert_true(script_type(&d, &p, what->keys, NULL));
	/* What is chosen is told in full. */
	assert_true(moment_pass(&d.moment, &p, RESTED_MS));
	take(s, 0, &p, colours);
	assert_true(moment_resize(&d.moment, &p, sizes[1].rows, sizes[1].cols));
	take(s, 1, &p, colours);
	pty_done(&p);
	desk_done(&d);
}

static char *read_all(const char *path)
{
	FILE *in = fopen(path, "re");
	struct text t = TEXT_INIT;
	char block[4096];
	size_t n;

	while (in && (n = fread(block, 1, sizeof block, in)) > 0)
		text_addn(&t, block, n);
	if (in)
		fclose(in);
	return in ? text_take(&t) : NULL;
}

static void compare(const char *name, int rows, int cols, const char *shown)
{
	static const char folder[] = "tests/fixtures/screens/pictures";
	const char *update = getenv("GUICHET_UPDATE_GOLDEN");
	char path[200], *golden;

	snprintf(path, sizeof path, "%s/%s-%dx%d.txt", folder, name, cols, rows);
	if (update && *update == '1') {
		FILE *out = (mkdir(folder, 0777), fopen(path, "we"));

		assert_non_null(out);
		fputs(shown, out);
		fclose(out);
		return;
	}
	golden = read_all(path);
	if (!golden)
		fail_msg("%s is missing: GUICHET_UPDATE_GOLDEN=1 writes it", path);
	if (strcmp(golden, shown) != 0)
		fail_msg("%s differs (GUICHET_UPDATE_GOLDEN=1 writes it anew); shown:\n%s", path, shown);
	free(golden);
}

/* Protects: what people see, cell by cell, with its style and its cursor, at the two sizes that are drawn for; that nothing is said by colour alone. */
static void is_as_kept(void **state)
{
	const struct picture *what = *state;
	struct shots colour = { 0 }, plain = { 0 };

	take_all(what, true, &colour);
	take_all(what, false, &plain);
	for (size_t i = 0; i < SIZES; i++) {
		struct text all = TEXT_INIT;

		assert_string_equal(colour.text[i], plain.text[i]);
		text_addf(&all, "%s%s%s", colour.text[i], text_str(&colour.layers[i]), text_str(&plain.layers[i]));
		compare(what->name, sizes[i].rows, sizes[i].cols, text_str(&all));
		text_done(&all);
		text_done(&colour.layers[i]);
		text_done(&plain.layers[i]);
		free(colour.text[i]);
		free(plain.text[i]);
	}
}

static void run(const char *const *arguments)
{
	int status = desk_run(&desk, arguments);

	if (status != 0)
		fail_msg("exit status %d: %s", status, text_str(&desk.said));
}
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

/* Something of each kind on the desk. */
static int make_desk(void **state)
{
	char reference[16];

	(void)state;
	if (!desk_make(&desk, REQUESTS))
		return 1;
	RUN("--json", "--as", "s.martin", "log", "--channel", "phone", "--category", "nid-de-poule", "--subject", "Trou devant le 12", "--title", "Mme", "--name",
		"Odette Lefèvre", "--phone", "06 39 98 12 34", "--commune", "Verdane", "--address", "12 rue des Lilas", "--text",
		"Le trou fait bien trente centimètres. Un cycliste est tombé dimanche, sans gravité.");
	snprintf(reference, sizeof reference, "%s", script_field(&desk, 0, "service_request_id"));
	RUN("--as", "voirie", "take", reference);
	RUN("--as", "s.martin", "callback", reference, "--at", "2026-11-24T11:30");
	RUN("--as", "a.benali", "log", "--channel", "phone", "--category", "plaque-egout-absente", "--subject", "Trou béant, plaque disparue", "--name", "Inès Nguyễn",
		"--phone", "02 61 91 00 11", "--commune", "Courtenelle", "--address", "7 place de l'Église");
	RUN("--as", "a.benali", "log", "--channel", "email", "--subject", "Bruit étrange la nuit", "--email", "faure@example.org");
	RUN("--as", "s.martin", "bulletin", "add", "Conduite cassée boulevard Voltaire : équipe sur place", "--say", "L'équipe est sur place, l'eau revient ce soir.",
		"--area", "boulevard Voltaire", "--until", "2026-11-24T20:00");
	desk.moment.page->passed_ms += LATER_MS;
	return 0;
}

static int end_desk(void **state)
{
	(void)state;
	desk_done(&desk);
	return 0;
}

int main(void)
{
	enum { COUNT = sizeof pictures / sizeof *pictures };
	struct CMUnitTest tests[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		tests[i] = (struct CMUnitTest){ pictures[i].name, is_as_kept, NULL, NULL, (void *)&pictures[i] };
	return cmocka_run_group_tests_name("pictures", tests, make_desk, end_desk);
}
