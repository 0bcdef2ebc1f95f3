// SPDX-License-Identifier: GPL-3.0-or-later
/* Verifying, rebuilding and erasing: a journal and its projections must agree, every way of disagreeing is found, rebuilding mends it, and what was
 * erased is gone from the file. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "guichet/base/ini.h"
#include "guichet/base/text.h"

#define ARGS(...) (&(struct step_args){ __VA_ARGS__ })
enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };

#define assert_ok(f, call) \
	do { if ((call) != GUICHET_OK) fail_msg("%s: %s", #call, (f)->err.message); } while (0)

/* --- a store in which most things have happened --- */

static void add_contact(struct store_fixture *f, int64_t reference)
{
	struct op_id id;
	struct contact_args c = { .channel = "phone", .outcome = "chased", .requester = WHO({ "phone", "06 12 34 56 78" }), .note = "il rappelle" };
	if (desk_contact(f->store, &fixture_agent, &c, &reference, 1, &id, &f->err))
		fail_msg("contact refused: %s", f->err.message);
}

static bool first_requester(void *context, const struct requester *r)
{
	*(int64_t *)context = r->id;
	return false;
}

static int64_t requester_id(struct store_fixture *f, const char *phone)
{
	int64_t id = 0;
	store_find_requesters(f->store, phone, 1, first_requester, &id, NULL);
	assert_true(id > 0);
	return id;
}

static void live_a_day(struct store_fixture *f)
{
	struct op_id bulletin;
	int64_t hole = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Nid de poule profond", .commune = "aigues",
		.address = "12 bd des Batignolles", .requester = WHO({ "name", "Łukasz Wałęsa" }, { "phone", "06 12 34 56 78" }));
	int64_t leak = FIXTURE_LOG(f, .category = "fuite", .subject = "Geyser rue de l'Hôpital", .commune = "bois", .area = "rue de l'Hôpital",
		.latitude = "48.8566", .longitude = "2.3522", .told = "astreinte eau", .requester = WHO({ "name", "Anne Martin" }, { "phone", "0198765432" }));
	int64_t dump = FIXTURE_LOG(f, .category = "depot", .subject = "Matelas sur le trottoir", .channel = "post", .callback_ms = f->now_ms + DAY);
	int64_t hours = FIXTURE_LOG(f, .category = "horaires", .subject = "Horaires de la piscine", .channel = "email",
		.requester = WHO({ "name", "Lukas Walesa" }, { "email", "lw@exemple.fr" }));
	FIXTURE_LOG(f, .subject = "On ne sait pas trop", .channel = "desk");
	f->now_ms += HOUR;
	add_contact(f, hole);
	fixture_step(f, hole, STEP_TAKE, ARGS(.text = NULL));
	fixture_step(f, hole, STEP_ORDER, ARGS(.number = "BC 12", .contractor = "Colas"));
	f->now_ms += HOUR;
	fixture_step(f, hole, STEP_DONE, ARGS(.text = NULL));
	fixture_step(f, hole, STEP_ANSWER, ARGS(.channel = "phone", .text = "Le trou est rebouché."));
	fixture_step(f, hole, STEP_CLOSE, ARGS(.text = NULL));
	fixture_step(f, hours, STEP_ANSWER, ARGS(.channel = "email", .text = "De 9 h à 18 h."));
	fixture_step(f, leak, STEP_TAKE, ARGS(.text = NULL));
	fixture_step(f, leak, STEP_WAIT, ARGS(.reason = "third-party", .text = "attente du concessionnaire"));
	fixture_step(f, dump, STEP_SPLIT, ARGS(.service = "voirie"));
	fixture_step(f, dump, STEP_NOTE, ARGS(.text = "vu avec le gardien"));
	assert_ok(f, desk_undo(f->store, &fixture_chief, dump, &(const char *){ NULL }, &f->err));
	assert_ok(f, desk_bulletin(f->store, &fixture_agent, "Fuite majeure", "on répare", "rue de l'Hôpital", f->now_ms + DAY, leak, &bulletin,
		&f->err));
	struct call join = { .channel = "phone" };
	struct logged l;
	assert_ok(f, desk_join_bulletin(f->store, &fixture_agent, bulletin, &join, NULL, &l, &f->err));
	logged_done(&l);
	assert_ok(f, desk_bulletin_end(f->store, &fixture_agent, bulletin, &f->err));
	int64_t kept = requester_id(f, "0612345678"), merged = requester_id(f, "lw@exemple.fr");
	assert_ok(f, store_merge_requesters(f->store, &fixture_agent, kept, merged, &f->err));
	f->now_ms += 40 * (int64_t)DAY;
}

/* --- verifying --- */

struct lines { struct text text; size_t count; };

static void add_line(void *context, const char *what)
{
	struct lines *l = context;
	text_addf(&l->text, "%s\n", what);
	l->count++;
}

static struct verify_report verify(struct store_fixture *f, struct lines *lines)
{
	struct verify_report report;
	*lines = (struct lines){ 0 };
	if (store_verify(f->store, NULL, add_line, lines, &report, &f->err))
		fail_msg("verify failed: %s", f->err.message);
	assert_int_equal(report.differences, lines->count);
	return report;
}

static void assert_clean(struct store_fixture *f)
{
	struct lines lines;
	struct verify_report report = verify(f, &lines);
	if (report.differences)
		fail_msg("%s", text_str(&lines.text));
	text_done(&lines.text);
}

static void test_smoke(void **state)
{
	struct store_fixture *f = *state;
	live_a_day(f);
	assert_clean(f);
	assert_ok(f, store_idle(f->store, 10000, &f->err));
	assert_clean(f);
	if (store_rebuild(f->store, NULL, &f->err))
		fail_msg("%s", f->err.message);
	assert_clean(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_smoke, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
