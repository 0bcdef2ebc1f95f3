// SPDX-License-Identifier: GPL-3.0-or-later
/* Where one signs in, without a terminal and in time that stands still: what shows while a desk is locked, who comes in, whose drafts are whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/ui/view.h"
#include "store_fixture.h"

#define PASSWORD "le bon mot"
enum { MINUTE = 60 * 1000, ROWS = 24, COLS = 80 };

static const struct agent martin = { (char *)(uintptr_t)"s.martin", (char *)(uintptr_t)"Sophie Martin", (char *)(uintptr_t)"agent", (char *)(uintptr_t)"*" };
static const struct agent costa = { (char *)(uintptr_t)"l.costa", (char *)(uintptr_t)"Lina Costa", (char *)(uintptr_t)"agent supervisor", (char *)(uintptr_t)"*" };

/* A desk whose server answers when the test says so. */
struct scene { struct store_fixture *f; struct ui *ui; struct grid grid; struct text dump; bool silent; int asked; char login[40]; bool right; };

static void start(void *context, const char *login, const char *password)
{
	struct scene *s = context;
	s->asked++;
	snprintf(s->login, sizeof s->login, "%s", login);
	s->right = !strcmp(password, PASSWORD);
}

static enum gate_end end(void *context, struct agent *out, struct guichet_err *err)
{
	struct scene *s = context;
	const struct agent *who = !strcmp(s->login, "l.costa") ? &costa : &martin;
	memset(out, 0, sizeof *out);
	if (s->silent)
		return GATE_BUSY;
	if (!s->right) {
		guichet_err_set(err, GUICHET_NO_PERM, "mot de passe faux");
		return GATE_REFUSED;
	}
	*out = (struct agent){ guichet_strdup(who->login), guichet_strdup(who->name), guichet_strdup(who->roles), guichet_strdup(who->services) };
	assert_int_equal(agents_keep(s->f->store, who, PASSWORD, NULL, &s->f->err), GUICHET_OK);
	assert_int_equal(agents_open(s->f->store, who->login, &s->f->err), GUICHET_OK);
	return GATE_OPEN;
}

static void press(struct scene *s, const char *name)
{
	struct key k;
	assert_true(key_parse(name, &k));
	ui_key(s->ui, &k);
}

static void type(struct scene *s, const char *text)
{
	for (; *text; text++)
		ui_key(s->ui, &(struct key){ .code = KEYCODE_CHAR, .ch = (unsigned char)*text });
}

static const char *screen(struct scene *s)
{
	text_clear(&s->dump);
	ui_draw(s->ui, &s->grid);
	grid_dump(&s->grid, &s->dump, false);
	return text_str(&s->dump);
}

static void shows(struct scene *s, const char *text)
{
	if (!strstr(screen(s), text))
		fail_msg("« %s » is not on\n%s", text, text_str(&s->dump));
}

static void hides(struct scene *s, const char *text)
{
	if (strstr(screen(s), text))
		fail_msg("« %s » is on\n%s", text, text_str(&s->dump));
}

static void sign_in(struct scene *s, const char *login, const char *password)
{
	if (login) {
		type(s, login);
		press(s, "Tab");
	}
	type(s, password);
	press(s, "Entrée");
}

static void begin(struct scene *s, struct store_fixture *f)
{
	static const struct actor nobody = { .login = "", .name = "" };
	static struct ui_server server;
	const struct desk_policy policy = { .system_users = false, .lock_minutes = 5 };
	*s = (struct scene){ .f = f };
	server = (struct ui_server){ .context = s, .start = start, .end = end };
	assert_int_equal(agents_set_policy(f->store, &policy, &f->err), GUICHET_OK);
	grid_init(&s->grid, ROWS, COLS);
	s->ui = ui_new(f->store, &(struct ui_options){ .actor = nobody, .server = &server });
	ui_open_first(s->ui);
}

static void finish(struct scene *s)
{
	ui_free(&s->ui);
	grid_done(&s->grid);
	text_done(&s->dump);
}

static bool first_draft(void *context, const struct draft *d)
{
	snprintf(context, 40, "%s", d->actor);
	return false;
}

static const char *author(struct scene *s)
{
	static char who[40];
	who[0] = '\0';
	store_list_drafts(s->f->store, first_draft, who, NULL);
	return who;
}

/* Protects: nothing shows before somebody signed in, no letter of a password ever does, and a wrong one is said to be. */
static void signing_in(void **state)
{
	struct scene s;
	begin(&s, *state);
	FIXTURE_LOG(s.f, .channel = "phone", .category = "nid-de-poule", .subject = "Trou rue des Lilas");
	shows(&s, "Identification");
	hides(&s, "Lilas");
	press(&s, "F3");
	press(&s, "T");
	hides(&s, "Lilas");
	press(&s, "Ctrl-U");
	sign_in(&s, "s.martin", "faux");
	hides(&s, "faux\n");
	shows(&s, "mot de passe faux");
	assert_int_equal(s.asked, 1);
	type(&s, "secret");
	hides(&s, "secret");
	shows(&s, "••••••");
	press(&s, "Ctrl-U");
	sign_in(&s, NULL, PASSWORD);
	shows(&s, "À faire");
	assert_string_equal(ui_actor(s.ui)->login, "s.martin");
	finish(&s);
}

/* Protects: a desk that nobody touches locks itself and hides everything, the key that comes then does nothing, and the same agent finds all as it was. */
static void the_lock(void **state)
{
	struct scene s;
	begin(&s, *state);
	sign_in(&s, "s.martin", PASSWORD);
	press(&s, "F2");
	type(&s, "0612345678");
	shows(&s, "06");
	s.f->now_ms += 4 * MINUTE;
	ui_tick(s.ui);
	hides(&s, "verrouillé");
	type(&s, "9");
	s.f->now_ms += 5 * MINUTE;
	type(&s, "x");
	shows(&s, "Poste verrouillé");
	hides(&s, "0612345678");
	hides(&s, "06 12");
	assert_string_equal(author(&s), "s.martin");
	assert_int_equal(agents_session(s.f->store, NULL), DESK_LOCKED);
	press(&s, "Échap");
	shows(&s, "Poste verrouillé");
	/* An answer that is waited for keeps no key from being read, and none of them is a password. */
	s.silent = true;
	sign_in(&s, NULL, PASSWORD);
	shows(&s, "vérification");
	type(&s, "abc");
	s.silent = false;
	assert_true(ui_server_turn(s.ui));
	shows(&s, "06");
	assert_int_equal(agents_session(s.f->store, NULL), DESK_OPEN);
	/* By the clock alone. */
	s.f->now_ms += 5 * MINUTE;
	ui_tick(s.ui);
	shows(&s, "Poste verrouillé");
	finish(&s);
}

/* Protects: who takes the place finds nothing of whoever was there, whose draft stays his; taken up by another it still is. */
static void change_of_agent(void **state)
{
	struct scene s;
	begin(&s, *state);
	sign_in(&s, "s.martin", PASSWORD);
	press(&s, "F2");
	type(&s, "0612345678");
	press(&s, "Échap");
	press(&s, "L");
	shows(&s, "Sophie Martin (s.martin) travaille ici");
	press(&s, "Haut");
	press(&s, "Ctrl-U");
	sign_in(&s, "l.costa", PASSWORD);
	assert_string_equal(ui_actor(s.ui)->login, "l.costa");
	assert_int_equal(ui_actor(s.ui)->roles, ROLE_AGENT | ROLE_SUPERVISOR);
	shows(&s, "Lina Costa");
	hides(&s, "0612345678");
	assert_string_equal(author(&s), "s.martin");
	press(&s, "D");
	shows(&s, "s.martin");
	press(&s, "Entrée");
	type(&s, "0");
	ui_tick(s.ui);
	s.f->now_ms += MINUTE;
	ui_tick(s.ui);
	assert_string_equal(author(&s), "s.martin");
	finish(&s);
}

/* Protects: signing out asks about what was begun; a session that is closed elsewhere is closed here. */
static void signing_out(void **state)
{
	struct scene s;
	begin(&s, *state);
	sign_in(&s, "s.martin", PASSWORD);
	press(&s, "F2");
	type(&s, "0612345678");
	press(&s, "Échap");
	press(&s, "Q");
	shows(&s, "Non enregistré");
	press(&s, "Entrée");
	shows(&s, "Identification");
	assert_int_equal(agents_session(s.f->store, NULL), DESK_NOBODY);
	assert_false(ui_quitting(s.ui));
	sign_in(&s, "l.costa", PASSWORD);
	shows(&s, "À faire");
	assert_int_equal(agents_lock(s.f->store, &s.f->err), GUICHET_OK);
	ui_tick(s.ui);
	shows(&s, "session verrouillée");
	press(&s, "Ctrl-Q");
	assert_true(ui_quitting(s.ui));
	finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(signing_in, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(the_lock, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(change_of_agent, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(signing_out, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
