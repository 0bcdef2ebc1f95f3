// SPDX-License-Identifier: GPL-3.0-or-later
/* Recherche and Fiche on a desk that does not hold everything: the server is asked aside, its answers come under a heading of their own when they come, and nothing waits
 * for them. The server is the test's, and time stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/core/reference.h"
#include "guichet/store/replica.h"
#include "guichet/ui/view.h"
#include "ui_fixture.h"

enum { ROWS = 24, COLS = 80, OLD = 2 };

struct scene {
	struct store_fixture *f; struct ui *ui; struct grid grid; struct text dump;
	uint32_t ticket;
	enum ui_look state;
	int64_t asked, here;             /* the request that was asked for; one that is on the desk as well */
	char typed[100], actor[40];
	bool more;
};

static uint32_t look(void *context, int64_t reference, const char *actor)
{
	struct scene *s = context;
	s->asked = reference;
	s->state = UI_LOOK_BUSY;
	snprintf(s->actor, sizeof s->actor, "%s", actor);
	return ++s->ticket;
}

static uint32_t find(void *context, const char *typed, const char *actor)
{
	struct scene *s = context;
	snprintf(s->typed, sizeof s->typed, "%s", typed);
	snprintf(s->actor, sizeof s->actor, "%s", actor);
	s->state = UI_LOOK_BUSY;
	return ++s->ticket;
}

static enum ui_look looked(void *context, uint32_t ticket, struct guichet_err *err)
{
	struct scene *s = context;
	if (ticket == s->ticket && s->state == UI_LOOK_FAILED)
		guichet_err_set(err, GUICHET_UNAVAILABLE, "historique partiel : le serveur ne répond pas");
	return ticket == s->ticket ? s->state : UI_LOOK_GONE;
}

static bool rows(void *context, uint32_t ticket, request_visitor *visit, void *visited, struct ui_rows *told)
{
	struct scene *s = context;
	static const char *const subjects[OLD] = { "Matelas abandonné", "Banc cassé" };
	assert_int_equal(ticket, s->ticket);
	*told = (struct ui_rows){ .more = s->more };
	for (int i = 0; i < OLD; i++) {
		int64_t reference = reference_make(30000000 + (uint32_t)i);
		struct request_row row = { .id = -reference, .reference = reference, .status = "closed", .nature = "report", .channel = "phone", .service = "voirie", .category = "",
			.commune = "", .assigned = "", .subject = subjects[i], .address = "rue Hoche", .source_id = "", .requester_name = "", .received_ms = 1600000000000,
			.updated_ms = 1600000000000, .closed_ms = 1600000000000, .answered_ms = NO_INSTANT, .risk_ms = NO_INSTANT, .promised_ms = NO_INSTANT };
		for (int k = 0; k < TARGET_KIND_COUNT; k++)
			row.due[k] = NO_INSTANT;
		assert_true(visit(visited, &row));
	}
	struct request_row same = { .id = -s->here, .reference = s->here, .status = "new", .nature = "", .channel = "", .service = "", .category = "", .commune = "", .assigned = "",
		.subject = "Deux fois", .address = "", .source_id = "", .requester_name = "", .received_ms = 1 };
	return visit(visited, &same);
}

/* What the transport does: the request is here. */
static void fixture_take_reference(struct store_fixture *f, int64_t reference)
{
	struct op ops[1];
	uint8_t salt[OP_SALT] = { 1 };
	struct op_id id = { 77, 1 };
	op_init(&ops[0], OP_CREATE, id, "ailleurs", 1600000000000);
	ops[0].id = id;
	ops[0].seq = 3;
	op_fact_int(&ops[0], "reference", reference);
	op_write_text(&ops[0], NULL, FIELD_STATUS, "closed");
	op_write_text(&ops[0], NULL, FIELD_SERVICE, "voirie");
	op_write_text(&ops[0], NULL, FIELD_SUBJECT, "Revenue du serveur");
	op_write_int(&ops[0], NULL, FIELD_RECEIVED, 1600000000000);
	assert_int_equal(op_seal(&ops[0], salt, NULL), GUICHET_OK);
	struct replica_item item = { .kind = REPLICA_ENTER, .seq = 3, .subject = id, .ops = ops, .count = 1 };
	assert_int_equal(replica_take_in(f->store, &item, 1, &f->err), GUICHET_OK);
	op_done(&ops[0]);
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
	text_clear(&s->dump);
	ui_draw(s->ui, &s->grid);
}

static void shows(struct scene *s, const char *text, bool wanted)
{
	text_clear(&s->dump);
	ui_draw(s->ui, &s->grid);
	grid_dump(&s->grid, &s->dump, false);
	if ((strstr(text_str(&s->dump), text) != NULL) != wanted)
		fail_msg("« %s » is %son\n%s", text, wanted ? "not " : "", text_str(&s->dump));
}

/* Time goes by without a key. */
static void pass(struct scene *s, int64_t ms)
{
	s->f->now_ms += ms;
	struct view *v = ui_top(s->ui);
	if (v->ops->wait_ms && v->ops->wait_ms(v) == 0)
		v->ops->tick(v);
}

static void answer(struct scene *s, enum ui_look state)
{
	s->state = state;
	assert_true(ui_server_turn(s->ui));
	assert_false(ui_asks_server(s->ui));
}

static void begin(struct scene *s)
{
	static struct ui_server server = { .look = look, .find = find, .looked = looked, .rows = rows };
	memset(s, 0, sizeof *s);
	s->f = fixture_new(false);
	s->here = FIXTURE_LOG(s->f, .category = "depot", .subject = "Pneus sur le trottoir");
	struct enrolment e = { .url = (char *)(uintptr_t)"https://guichet.example.org", .token = (char *)(uintptr_t)"x", .name = (char *)(uintptr_t)"Accueil",
		.role = (char *)(uintptr_t)"agent", .services = (char *)(uintptr_t)"*", .device = 7 };
	assert_int_equal(replica_enrol(s->f->store, &e, (const int64_t[]){ 20001000 }, 1, 1000, &s->f->err), GUICHET_OK);
	assert_int_equal(store_set_setting(s->f->store, "server-days", "90", &s->f->err), GUICHET_OK);
	server.context = s;
	s->ui = ui_new(s->f->store, &(struct ui_options){ .actor = fixture_agent, .server = &server });
	grid_init(&s->grid, ROWS, COLS);
	ui_open(s->ui, &view_search, NULL);
	type(s, "");
}

static void end(struct scene *s)
{
	ui_free(&s->ui);
	grid_done(&s->grid);
	text_done(&s->dump);
	fixture_free(&s->f);
}

/* Protects: what is not here is asked of the server once the keys rest, in the name of who types, and shown as it comes, marked; and not before. */
static void nothing_here_asks_there(void **state)
{
	struct scene s;
	(void)state;
	begin(&s);
	type(&s, "matelas");
	shows(&s, "historique partiel", true);
	assert_string_equal(s.typed, "");
	pass(&s, 300);
	assert_string_equal(s.typed, "");
	pass(&s, 500);
	assert_string_equal(s.typed, "matelas");
	assert_string_equal(s.actor, fixture_agent.login);
	assert_true(ui_asks_server(s.ui));
	shows(&s, "au serveur : recherche", true);
	/* Not answered yet: keys go on. */
	assert_false(ui_server_turn(s.ui));
	answer(&s, UI_LOOK_HERE);
	shows(&s, "au serveur : 2 demandes plus anciennes", true);
	shows(&s, "Matelas abandonné", true);
	/* What is on the desk is not told twice. */
	shows(&s, "Deux fois", false);
	type(&s, "s");
	shows(&s, "Matelas abandonné", false);
	end(&s);
}

/* How many rows bear the sign of the selection. */
static int signs(struct scene *s)
{
	int count = 0;
	shows(s, "au serveur", true);
	for (const char *at = text_str(&s->dump); (at = strstr(at, "▸")); at++)
		count++;
	return count;
}

/* Protects: where something was found here nobody else is asked but by a key; Down goes from one list into the other and back, and one row of both bears the sign. */
static void by_a_key(void **state)
{
	struct scene s;
	(void)state;
	begin(&s);
	s.more = true;
	type(&s, "pneus");
	shows(&s, "Pneus sur le trottoir", true);
	pass(&s, 10000);
	assert_string_equal(s.typed, "");
	press(&s, "C-o");
	assert_string_equal(s.typed, "pneus");
	answer(&s, UI_LOOK_HERE);
	shows(&s, "précisez", true);
	struct ui_fixture picture = { .desk = s.f, .ui = s.ui };
	grid_init(&picture.grid, ROWS, COLS);
	ui_golden(&picture, "search-there");
	grid_done(&picture.grid);
	text_done(&picture.dump);
	shows(&s, "Pneus sur le trottoir", true);
	assert_int_equal(signs(&s), 1);
	press(&s, "Down");
	assert_true(ui_top(s.ui)->ops->selected(ui_top(s.ui)) > 0);
	assert_int_equal(signs(&s), 1);
	press(&s, "Down");
	assert_int_equal(signs(&s), 1);
	/* On the server's: nothing is done to it but opening it. */
	assert_int_equal(ui_top(s.ui)->ops->selected(ui_top(s.ui)), 0);
	press(&s, "p");
	assert_int_equal(ui_top(s.ui)->ops->kind, VIEW_SEARCH);
	press(&s, "Up");
	assert_true(ui_top(s.ui)->ops->selected(ui_top(s.ui)) > 0);
	end(&s);
}

/* Protects: one of them opens when it has come, unless one has gone on to something else by then. */
static void opens_when_it_comes(void **state)
{
	struct scene s;
	char line[40];
	(void)state;
	begin(&s);
	type(&s, "matelas");
	pass(&s, 1000);
	answer(&s, UI_LOOK_HERE);
	press(&s, "Down");
	press(&s, "Down");
	press(&s, "Enter");
	assert_int_equal(s.asked, reference_make(30000001));
	shows(&s, "demandée au serveur", true);
	assert_int_equal(ui_top(s.ui)->ops->kind, VIEW_SEARCH);
	answer(&s, UI_LOOK_FAILED);
	shows(&s, "historique partiel : le serveur ne répond pas", true);
	assert_int_equal(ui_top(s.ui)->ops->kind, VIEW_SEARCH);
	/* Asked again, and the transport puts it into the store. */
	press(&s, "Enter");
	fixture_take_reference(s.f, s.asked);
	answer(&s, UI_LOOK_HERE);
	assert_int_equal(ui_top(s.ui)->ops->kind, VIEW_REQUEST);
	shows(&s, "Revenue du serveur", true);
	press(&s, "F12");
	/* By its number; meanwhile a call comes in. */
	snprintf(line, sizeof line, "ouvrir %lld", (long long)reference_make(30000000));
	ui_command(s.ui, line);
	assert_int_equal(s.asked, reference_make(30000000));
	press(&s, "F2");
	assert_int_equal(ui_top(s.ui)->ops->kind, VIEW_CALL);
	answer(&s, UI_LOOK_HERE);
	assert_int_equal(ui_top(s.ui)->ops->kind, VIEW_CALL);
	end(&s);
}

/* Protects: with nobody to ask the screen says that its history is partial, and asks nobody. */
static void offline_says_so(void **state)
{
	struct scene s;
	char line[40];
	(void)state;
	begin(&s);
	ui_set_connection(s.ui, CONNECTION_OFFLINE);
	type(&s, "matelas");
	shows(&s, "historique partiel : hors ligne", true);
	pass(&s, 5000);
	press(&s, "C-o");
	assert_string_equal(s.typed, "");
	snprintf(line, sizeof line, "ouvrir %lld", (long long)reference_make(30000000));
	ui_command(s.ui, line);
	shows(&s, "historique partiel : hors ligne", true);
	assert_int_equal(s.asked, 0);
	end(&s);
}

/* Protects: who has typed on, or left, is not answered with what was asked before. */
static void late_answers(void **state)
{
	struct scene s;
	(void)state;
	begin(&s);
	type(&s, "matelas");
	pass(&s, 1000);
	type(&s, " rouge");
	s.state = UI_LOOK_HERE;
	ui_server_turn(s.ui);
	shows(&s, "Matelas abandonné", false);
	pass(&s, 1000);
	assert_string_equal(s.typed, "matelas rouge");
	press(&s, "F12");
	s.state = UI_LOOK_HERE;
	ui_server_turn(s.ui);
	assert_false(ui_asks_server(s.ui));
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_here_asks_there), cmocka_unit_test(by_a_key), cmocka_unit_test(opens_when_it_comes), cmocka_unit_test(offline_says_so),
		cmocka_unit_test(late_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
