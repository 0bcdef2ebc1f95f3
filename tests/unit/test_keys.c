// SPDX-License-Identifier: GPL-3.0-or-later
/* One table of keys: what ships is sound, a configuration changes it safely, and the bottom line, the help and the `:` line say what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/ui/ui_inside.h"
#include "desk_scene.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "ui_fixture.h"

static struct key key_named(const char *name)
{
	struct key k;
	if (!key_parse(name, &k))
		fail_msg("no key is called %s", name);
	return k;
}

/* --- the table --- */

/* Protects: every key of the table is one, as many of them as are kept; no key means two things on a screen; no name is given twice. */
static void test_table_is_sound(void **state)
{
	struct keymap m;
	(void)state;
	keymap_init(&m);
	for (int a = 0; a < ACTION_COUNT; a++) {
		const struct action_info *info = action_info((enum action)a);
		size_t words = 0;
		for (const char *p = info->keys; *p; p += strcspn(p, " "), p += strspn(p, " "))
			words++;
		assert_int_equal(m.count[a], words);
		assert_true(words > 0);
		for (int b = a + 1; b < ACTION_COUNT; b++) {
			const struct action_info *other = action_info((enum action)b);
			assert_string_not_equal(info->name, other->name);
			assert_string_not_equal(info->french, other->french);
			assert_string_not_equal(info->name, other->french);
			for (size_t n = 0; (info->where & other->where) && n < m.count[a]; n++)
				if (keymap_has(&m, (enum action)b, &m.keys[a][n]))
					fail_msg("%s and %s have a key in common", info->name, other->name);
		}
	}
	for (size_t i = 0; i < fixed_keys_count; i++) {
		struct text names = TEXT_INIT;
		keymap_describe_list(fixed_keys[i].keys, &names);
		assert_null(strstr(text_str(&names), "  "));
		text_done(&names);
	}
}

/* Protects: laptops that hide their function keys, and terminals that keep F1, F10 and F11 for themselves: each has a Ctrl key beside it. */
static void test_function_keys_have_a_twin(void **state)
{
	struct keymap m;
	(void)state;
	keymap_init(&m);
	for (int a = 0; a < ACTION_COUNT; a++) {
		bool function = false, ctrl = false;
		for (size_t n = 0; n < m.count[a]; n++) {
			const struct key *k = &m.keys[a][n];
			function = function || (k->code >= KEYCODE_F1 && k->code <= KEYCODE_F12);
			ctrl = ctrl || k->code == KEYCODE_CTRL;
			assert_false(k->code == KEYCODE_F10 || k->code == KEYCODE_F11);
			/* On an AZERTY keyboard these take Shift on the top row, or AltGr. */
			assert_false(k->code == KEYCODE_CHAR && strchr("0123456789~#{[|`\\^@]}", (int)k->ch));
		}
		assert_true(!function || ctrl);
	}
}

/* --- what a configuration may change --- */

struct refusals { size_t count; size_t which[20]; char why[20][300]; };

static void refused(void *context, size_t which, const char *why)
{
	struct refusals *r = context;
	assert_true(r->count < 20);
	r->which[r->count] = which;
	snprintf(r->why[r->count++], sizeof r->why[0], "%s", why);
}

static bool does(const struct keymap *m, enum view_kind where, const char *key, enum action a)
{
	struct key k = key_named(key);
	return keymap_action(m, where, &k) == a;
}

/* Protects: keys are given by French or English name, take the place of those that ship, may change places; the others stay. */
static void test_binding(void **state)
{
	static const struct binding wanted[] = { { "take", "F6 p" }, { "join", "Ctrl-B" }, { "commander", "d" }, { "realiser", "o" }, { "note", "Maj-F3 é" } };
	struct keymap m;
	struct refusals r = { 0 };
	(void)state;
	keymap_init(&m);
	keymap_bind(&m, wanted, 5, refused, &r);
	assert_int_equal(r.count, 0);
	assert_true(does(&m, VIEW_REQUEST, "F6", ACTION_TAKE));
	assert_true(does(&m, VIEW_TODO, "p", ACTION_TAKE));
	assert_true(does(&m, VIEW_TODO, "d", ACTION_ORDER));
	assert_true(does(&m, VIEW_TODO, "o", ACTION_DONE));
	assert_true(does(&m, VIEW_TODO, "é", ACTION_NOTE));
	assert_true(does(&m, VIEW_TODO, "k", ACTION_NONE));
	assert_true(does(&m, VIEW_TODO, "r", ACTION_ANSWER));
	assert_true(m.rebound[ACTION_TAKE] && !m.rebound[ACTION_ANSWER]);
}

/* Protects: each slip of a configuration is told with what was expected, and leaves the key that ships. */
static void test_refused_bindings(void **state)
{
	static const struct { struct binding binding; const char *why; } wrong[] = {
		{ { "fly", "p" }, "n'est pas une commande" },
		{ { "take", "" }, "aucune touche" },
		{ { "take", "F99" }, "n'est pas une touche" },
		{ { "take", "Ctrl-i" }, "n'est pas une touche" },
		{ { "take", "pp" }, "n'est pas une touche" },
		{ { "take", "une-touche-dont-le-nom-est-bien-trop-long-pour-en-être-une" }, "n'est pas une touche" },
		{ { "take", "F6" }, "est déjà joindre (écran Fiche)" },
		{ { "take", "r" }, "est déjà repondre" },
		{ { "queue", "C-n" }, "est déjà appel" },
		{ { "take", "Tab" }, "ne change pas" },
		{ { "take", "Enter" }, "ne change pas" },
		{ { "take", "Down" }, "ne change pas" },
		{ { "take", "Escape" }, "ne change pas" },
		{ { "take", "F12" }, "ne change pas" },
		{ { "take", "C-w" }, "ne change pas" },
		{ { "take", "7" }, "ne change pas" },
		{ { "take", "p F5 F4 F9 F10 Maj-F1" }, "plus de 4 touches" },
		{ { "leave", "F12 q" }, "il manque Échap" },
		{ { "open", "q" }, "il manque Entrée" },
		{ { "validate", "v" }, "du texte dans un formulaire" },
		{ { "letter", "q" }, "du texte dans un formulaire" },
	};
	struct keymap shipped, m;
	(void)state;
	keymap_init(&shipped);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct refusals r = { 0 };
		keymap_init(&m);
		keymap_bind(&m, &wrong[i].binding, 1, refused, &r);
		assert_int_equal(r.count, 1);
		if (!strstr(r.why[0], wrong[i].why))
			fail_msg("%s = %s is refused, but not for this reason: %s", wrong[i].binding.action, wrong[i].binding.keys, r.why[0]);
		assert_memory_equal(m.count, shipped.count, sizeof m.count);
		for (int a = 0; a < ACTION_COUNT; a++)
			for (size_t n = 0; n < m.count[a]; n++)
				assert_true(key_equal(&m.keys[a][n], &shipped.keys[a][n]));
	}
}

/* Protects: of two that ask for one key the later yields; what it gives back may take a third one's key away from it, down to what ships. */
static void test_refusals_in_a_row(void **state)
{
	static const struct binding wanted[] = { { "take", "F3" }, { "note", "q" }, { "answer", "q" }, { "order", "r" } };
	struct keymap m;
	struct refusals r = { 0 };
	(void)state;
	keymap_init(&m);
	keymap_bind(&m, wanted, 4, refused, &r);
	assert_int_equal(r.count, 3);
	assert_true(does(&m, VIEW_TODO, "q", ACTION_NOTE));
	assert_true(does(&m, VIEW_TODO, "r", ACTION_ANSWER));
	assert_true(does(&m, VIEW_TODO, "o", ACTION_ORDER));
	assert_true(does(&m, VIEW_TODO, "F3", ACTION_SEARCH));
	assert_true(does(&m, VIEW_TODO, "p", ACTION_TAKE));
	/* The user's file after the desk's. */
	struct refusals none = { 0 };
	keymap_init(&m);
	keymap_bind(&m, (struct binding[]){ { "take", "q" }, { "prendre", "Maj-F2" } }, 2, refused, &none);
	assert_int_equal(none.count, 0);
	assert_true(does(&m, VIEW_TODO, "Maj-F2", ACTION_TAKE) && does(&m, VIEW_TODO, "q", ACTION_NONE));
}

/* --- what screens say --- */

static const struct view_ops *const all_views[] = { &view_todo, &view_call, &view_search, &view_drafts, &view_queue, &view_sla, &view_deadlines, &view_heat,
	&view_bulletins };

/* The line of function keys of a screen this wide. */
static char *bottom_line(struct ui_fixture *f, int cols)
{
	const char *screen = ui_screen(f, 24, cols);
	for (int row = 0; row < 22; row++)
		screen = strchr(screen, '\n') + 1;
	return guichet_strndup(screen, strcspn(screen, "\n"));
}

/* Protects: the bottom line from saying what the table does not: each of its keys is a key of this screen, with the label of what it does. */
static void test_bottom_line_is_the_table(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	for (size_t i = 0; i < sizeof all_views / sizeof *all_views; i++) {
		ui_open(f->ui, all_views[i], NULL);
		char *line = bottom_line(f, 300), *rest = line;
		size_t hints = 0;
		for (char *hint; (hint = rest) && *hint; hints++) {
			rest = strstr(hint, "  ");
			if (rest) {
				*rest = '\0';
				rest += 2 + strspn(rest + 2, " ");
			}
			hint += strspn(hint, " ");
			char *label = strchr(hint, ' ');
			assert_non_null(label);
			*label++ = '\0';
			struct key k = key_named(hint);
			enum action a = keymap_action(&f->ui->keymap, all_views[i]->kind, &k);
			assert_true(a != ACTION_NONE);
			assert_string_equal(label, a == ACTION_HELP && !strcmp(hint, "?") ? "+" : action_info(a)->label);
		}
		assert_true(hints >= 4);
		free(line);
	}
}

/* Protects: at 80 columns the keys that serve most are there, and a sign that there are others. */
static void test_bottom_line_says_there_is_more(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_todo, NULL);
	char *line = bottom_line(f, 80);
	assert_non_null(strstr(line, "Entrée Ouvrir"));
	assert_non_null(strstr(line, "F12 Retour"));
	assert_non_null(strstr(line, "p Prendre"));
	assert_non_null(strstr(line, "? +"));
	free(line);
	ui_press(f, "F2");
	line = bottom_line(f, 80);
	assert_non_null(strstr(line, "F8 Valider"));
	/* A letter is text here. */
	assert_non_null(strstr(line, "F1 +"));
	assert_null(strstr(line, "? +"));
	free(line);
}

/* Protects: under a list, a question or the `:` line the keys of the screen are not shown, for they do not work there; those that do are. */
static void test_bottom_line_of_overlays(void **state)
{
	static const struct { const char *keys, *first; } overlays[] = { { "?", "Bas Suivant  Entrée Choisir  Échap Abandonner" },
		{ ":", "Tab Compléter  Haut Précédente  Entrée Faire  Échap Abandonner" }, { "e", "Bas Suite  Échap Fermer" }, { "k", "F8 Valider  Échap Abandonner" },
		{ "m", "Échap Abandonner" }, { "l", "Entrée Valider  Échap Abandonner" } };
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_request, &(struct view_target){ .channel = -1, .row_id = scene_row(f->desk, s.late) });
	for (size_t i = 0; i < sizeof overlays / sizeof *overlays; i++) {
		ui_press(f, overlays[i].keys);
		char *line = bottom_line(f, 80);
		assert_string_equal(line + strspn(line, " "), overlays[i].first);
		free(line);
		ui_press(f, "Escape");
		ui_must_show(f, "F12 Retour");
	}
}

/* Protects: the help names every action of the table that works on a screen, and its keys; it narrows as one types, and does what is chosen. */
static void test_help_is_the_table(void **state)
{
	struct ui_fixture *f = *state;
	for (size_t i = 0; i < sizeof all_views / sizeof *all_views; i++) {
		ui_open(f->ui, all_views[i], NULL);
		ui_press(f, "F1");
		const struct choice *help = &f->ui->overlay.choice;
		for (int a = 0; a < ACTION_COUNT; a++) {
			const struct action_info *info = action_info((enum action)a);
			size_t found = 0;
			for (size_t n = 0; n < help->count; n++)
				if (!strcmp(help->values[n].value, info->name)) {
					struct text keys = TEXT_INIT;
					keymap_describe(&f->ui->keymap, (enum action)a, &keys);
					found++;
					assert_int_equal(strncmp(help->values[n].label, text_str(&keys), keys.len), 0);
					assert_non_null(strstr(help->values[n].label, info->help));
					text_done(&keys);
				}
			assert_int_equal(found, (info->where >> all_views[i]->kind) & 1);
		}
		ui_press(f, "Escape");
	}
	ui_open(f->ui, &view_todo, NULL);
	ui_keys(f, "? 'affluence' Enter");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_heat);
}

/* Protects: a key that a configuration gave works, is shown, and the one it replaces no longer does. */
static void test_bound_keys_work(void **state)
{
	struct ui_fixture *f = *state;
	struct keymap m;
	struct refusals r = { 0 };
	keymap_init(&m);
	keymap_bind(&m, (struct binding[]){ { "heat", "q" }, { "call", "Maj-F2" } }, 2, refused, &r);
	assert_int_equal(r.count, 0);
	struct ui_options o = { .actor = *ui_actor(f->ui), .keymap = &m };
	ui_free(&f->ui);
	f->ui = ui_new(f->desk->store, &o);
	ui_open(f->ui, &view_todo, NULL);
	ui_press(f, "H");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_todo);
	ui_press(f, "q");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_heat);
	ui_must_show(f, "Maj-F2 Appel");
	ui_press(f, "Maj-F2");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_call);
}

/* --- typing --- */

/* Protects: from a form, with a text begun, every screen is one Ctrl key and one letter away, without function keys; the text stays. */
static void test_screens_from_a_form(void **state)
{
	static const struct { const char *letter; const struct view_ops *ops; } screens[] = { { "T", &view_todo }, { "B", &view_queue }, { "D", &view_drafts },
		{ "A", &view_bulletins }, { "S", &view_sla }, { "E", &view_deadlines }, { "H", &view_heat }, { "/", &view_search } };
	struct ui_fixture *f = *state;
	for (int leader = 0; leader < 2; leader++)
		for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
			ui_open(f->ui, &view_todo, NULL);
			ui_open(f->ui, &view_queue, NULL);
			ui_keys(f, "Ctrl-N Tab 'Lilas'");
			assert_ptr_equal(ui_top(f->ui)->ops, &view_call);
			ui_press(f, leader ? "Ctrl-Espace" : "Ctrl-C");
			ui_must_show(f, "B Bannette");
			ui_press(f, screens[i].letter);
			assert_ptr_equal(ui_top(f->ui)->ops, screens[i].ops);
			ui_press(f, "Ctrl-X");
			assert_ptr_equal(ui_top(f->ui)->ops, &view_call);
			ui_must_show(f, "Lilas");
			ui_must_not_show(f, "LilasD");
			ui_keys(f, "Ctrl-C Escape 'B' Ctrl-C Ctrl-U");
			assert_ptr_equal(ui_top(f->ui)->ops, &view_call);
			ui_press(f, "Ctrl-X");
		}
	/* A letter that does nothing there says so, and is no text. */
	ui_keys(f, "Ctrl-N Ctrl-C y");
	ui_must_show(f, "cette lettre ne fait rien");
}

/* Protects: each Ctrl key of the table acts while one types, where the screen is one to type in: no field takes it. */
static void test_twins_while_typing(void **state)
{
	struct ui_fixture *f = *state;
	struct field field;
	field_init(&field, 0, true);
	for (int a = 0; a < ACTION_COUNT; a++)
		for (size_t n = 0; n < f->ui->keymap.count[a]; n++) {
			const struct key *k = &f->ui->keymap.keys[a][n];
			if (k->code == KEYCODE_CTRL && (action_info((enum action)a)->where & (1u << VIEW_CALL)))
				assert_false(field_key(&field, k));
		}
	field_done(&field);
	ui_open(f->ui, &view_todo, NULL);
	ui_keys(f, "Ctrl-N Ctrl-E");
	ui_must_show(f, "Touches de cet écran");
	/* F12's twin closes what lies over a screen too. */
	ui_press(f, "Ctrl-X");
	ui_must_not_show(f, "Touches de cet écran");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_call);
}

/* --- the `:` line --- */

/* Protects: commands take what they are about, in French and English, from any screen. */
static void test_commands_with_arguments(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	char line[200], shown[REFERENCE_SHOWN];
	desk_scene_make(f->desk, &s);
	reference_show(s.late, shown);
	ui_open(f->ui, &view_sla, NULL);
	snprintf(line, sizeof line, "ouvrir %s", shown);
	ui_command(f->ui, line);
	assert_ptr_equal(ui_top(f->ui)->ops, &view_request);
	ui_command(f->ui, "chercher Lefèvre");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_search);
	ui_must_show(f, "Lefèvre");
	ui_command(f->ui, "bannette voirie");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_queue);
	ui_must_show(f, "Bannette · Voirie");
	size_t open = f->ui->view_count;
	ui_command(f->ui, ":SERVICE nettoyage");
	ui_must_show(f, "Bannette · Nettoyage");
	assert_int_equal(f->ui->view_count, open);
	ui_command(f->ui, "service nulle-part");
	ui_must_show(f, "service « nulle-part » inconnu");
	ui_command(f->ui, "call 06 12 34 56 78");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_call);
	ui_must_show(f, "Lefèvre");
	ui_command(f->ui, "ouvrir 12345679");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_search);
	ui_command(f->ui, "voler");
	ui_must_show(f, "« voler » : commande inconnue");
	ui_command(f->ui, "aide trop");
	ui_must_show(f, "ne prend rien après son nom");
}

/* Protects: a step by its name: on the request that is named, or the one that is shown; the first question is answered by what follows; what changes without a
 * question asks first; a wrong number names no other request. */
static void test_commands_step(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	char line[200];
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_heat, NULL);
	struct loaded before = scene_load(f->desk, s.late);
	snprintf(line, sizeof line, "noter %lld rappelé ce matin", (long long)s.late);
	ui_command(f->ui, line);
	ui_must_show(f, "note ajoutée");
	struct loaded l = scene_load(f->desk, s.late);
	assert_int_equal(l.request.notes, before.request.notes + 1);
	loaded_done(&l);
	loaded_done(&before);
	snprintf(line, sizeof line, "ouvrir %lld", (long long)s.late);
	ui_command(f->ui, line);
	ui_must_show(f, "rappelé ce matin");
	ui_press(f, "F12");
	ui_command(f->ui, "noter sans numéro");
	ui_must_show(f, "sur quelle demande");
	snprintf(line, sizeof line, "prendre %lld", (long long)s.at_risk);
	ui_command(f->ui, line);
	ui_press(f, "n");
	assert_int_equal(scene_status(f->desk, s.at_risk), STATUS_ROUTED);
	ui_command(f->ui, line);
	ui_press(f, "o");
	assert_int_equal(scene_status(f->desk, s.at_risk), STATUS_REVIEW);
	snprintf(line, sizeof line, "show %lld", (long long)s.leak);
	ui_command(f->ui, line);
	ui_command(f->ui, "transmettre nettoyage");
	ui_must_show(f, "transmise");
	/* Not a name: the list stands open, narrowed, for one key to choose. */
	ui_command(f->ui, "transmettre voi");
	ui_must_show(f, "▸ Voirie");
	assert_int_equal(f->ui->overlay.choice.shown_count, 1);
	ui_press(f, "Escape");
	snprintf(line, sizeof line, "prendre %lld", (long long)(s.late + 1));
	ui_command(f->ui, line);
	ui_must_show(f, "chiffres");
}

/* Protects: read-only and a wall display are no way round through `:`. */
static void test_commands_refused(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	struct actor screen = { .login = "ecran", .name = "Écran", .roles = ROLE_KIOSK };
	char line[100];
	desk_scene_make(f->desk, &s);
	snprintf(line, sizeof line, "noter %lld non", (long long)s.late);
	struct actor chief = *ui_actor(f->ui);
	ui_fixture_as(f, &chief, true);
	ui_open(f->ui, &view_todo, NULL);
	ui_command(f->ui, line);
	ui_must_show(f, "lecture seule");
	ui_command(f->ui, "appel 0612345678");
	assert_ptr_equal(ui_top(f->ui)->ops, &view_todo);
	ui_fixture_as(f, &screen, true);
	ui_open(f->ui, &view_sla, NULL);
	snprintf(line, sizeof line, "ouvrir %lld", (long long)s.late);
	const char *const lines[] = { line, "chercher Lefèvre", "bannette voirie", "service voirie", "echeances voirie" };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		ui_command(f->ui, lines[i]);
		assert_true(ui_top(f->ui)->ops == &view_sla);
		ui_must_not_show(f, "Lefèvre");
	}
}

static const char *typed(struct ui_fixture *f)
{
	return field_text(&f->ui->overlay.field);
}

/* Protects: Tab goes as far as all agree, then shows and tries each in turn; a name that is whole gets its space, then what it is about is offered. */
static void test_completion(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	char digits[24];
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_request, &(struct view_target){ .channel = -1, .row_id = scene_row(f->desk, s.late) });
	ui_keys(f, ": 'bann' Tab");
	assert_string_equal(typed(f), "bannette ");
	ui_keys(f, "'voi' Tab");
	assert_string_equal(typed(f), "bannette voirie ");
	ui_keys(f, "Escape : 're' Tab");
	assert_string_equal(typed(f), "re");
	ui_must_show(f, "refuser");
	ui_must_show(f, "relancer");
	ui_press(f, "Tab");
	assert_string_equal(typed(f), "realiser");
	ui_press(f, "Tab");
	assert_string_equal(typed(f), "refuser");
	ui_press(f, "Maj-Tab");
	assert_string_equal(typed(f), "realiser");
	/* What does not work here, and needs nothing, is not offered. */
	ui_keys(f, "Escape : 'pério' Tab");
	assert_string_equal(typed(f), "pério");
	/* English names when no French one fits. */
	ui_keys(f, "Escape : 'rou' Tab");
	assert_string_equal(typed(f), "rouvrir ");
	ui_keys(f, "Escape : 'rout' Tab");
	assert_string_equal(typed(f), "route ");
	ui_keys(f, "Escape : 'noter' Espace Tab");
	snprintf(digits, sizeof digits, "noter %lld ", (long long)s.late);
	assert_string_equal(typed(f), digits);
	ui_keys(f, "Escape : 'zzz' Tab Tab Maj-Tab");
	assert_string_equal(typed(f), "zzz");
}

/* Protects: Up brings back what was typed, Down the line begun; nothing that was typed about people is kept. */
static void test_history(void **state)
{
	struct ui_fixture *f = *state;
	struct desk_scene s;
	desk_scene_make(f->desk, &s);
	ui_open(f->ui, &view_todo, NULL);
	ui_keys(f, ": 'chercher Lefèvre' Enter F12 : 'bannette voirie' Enter F12 : 'delais' Enter : 'dela' Up");
	assert_string_equal(typed(f), "delais");
	ui_press(f, "Up");
	assert_string_equal(typed(f), "bannette voirie");
	ui_press(f, "Up");
	assert_string_equal(typed(f), "chercher");
	ui_press(f, "Up");
	assert_string_equal(typed(f), "chercher");
	ui_keys(f, "Down Down Down Down");
	assert_string_equal(typed(f), "dela");
	for (int i = 0; i < 3 * HISTORY_MAX; i++)
		ui_keys(f, i % 2 ? "Escape : 'actualiser' Enter :" : "Escape : 'delais' Enter :");
	assert_int_equal(f->ui->command.history_count, HISTORY_MAX);
}

/* --- the order of the call form --- */

/* Protects: a desk whose callers tell their story first: its order is the form's while somebody talks, nothing that it forgot is lost, letters keep theirs. */
static void test_call_order(void **state)
{
	static const char *const order[] = { "subject", "text", "phone", "no-such-field", "subject", NULL };
	struct ui_fixture *f = *state;
	struct ui_options o = { .actor = *ui_actor(f->ui), .call_order = order };
	ui_free(&f->ui);
	f->ui = ui_new(f->desk->store, &o);
	ui_open(f->ui, &view_call, NULL);
	/* The first key goes into the first of them; the channel, mostly right, is passed over. */
	ui_keys(f, "'Trou' Tab 'Profond' Tab '0612345678'");
	const char *screen = ui_screen(f, 43, 80);
	const char *const rows[] = { "Canal", "Objet", "Trou", "Texte", "Profond", "Téléphone", "0612345678", "Nom", "Commune", "Rappel le" };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *found = strstr(screen, rows[i]);
		if (!found)
			fail_msg("%s is not there, or too early:\n%s", rows[i], ui_screen(f, 43, 80));
		screen = found;
	}
	ui_open(f->ui, &view_call, &(struct view_target){ .channel = CHANNEL_POST });
	screen = ui_screen(f, 43, 80);
	assert_true(strstr(screen, "Arrivé le") < strstr(screen, "Objet"));
	ui_keys(f, "'24/11/2026'");
	ui_must_show(f, "24/11/2026");
	assert_true(call_has_field("place_detail"));
	assert_false(call_has_field("place") || call_has_field(""));
}

int main(void)
{
	i18n_start("fr");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_sound),
		cmocka_unit_test(test_function_keys_have_a_twin),
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_refused_bindings),
		cmocka_unit_test(test_refusals_in_a_row),
		cmocka_unit_test_setup_teardown(test_bottom_line_is_the_table, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_bottom_line_says_there_is_more, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_bottom_line_of_overlays, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_help_is_the_table, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_bound_keys_work, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_screens_from_a_form, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_twins_while_typing, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_commands_with_arguments, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_commands_step, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_commands_refused, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_completion, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_call_order, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_history, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
