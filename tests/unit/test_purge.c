// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests whose retention is over: which ones, what is left of them and of who asked, and that it can be stopped anywhere. */
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
#include "guichet/store/purge.h"
#include "guichet/store/replica.h"

#define ARGS(...) (&(struct step_args){ __VA_ARGS__ })
#define assert_ok(f, call) \
	do { if ((call) != GUICHET_OK) fail_msg("%s: %s", #call, (f)->err.message); } while (0)
static const int64_t DAY = 86400000, YEAR = 366 * (int64_t)86400000;
static const struct actor dpo = { .login = "dpo", .name = "Nadia", .roles = ROLE_DPO };

/* --- help --- */

static int64_t number(const struct store_fixture *f, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return value;
}

static size_t occurrences(const char *path, const char *marker)
{
	char *data = NULL;
	size_t bytes = 0, n = 0;
	if (file_read(path, (size_t)256 << 20, &data, &bytes, NULL))
		return 0;
	for (const char *p = data; (p = memmem(p, bytes - (size_t)(p - data), marker, strlen(marker))); p++)
		n++;
	free(data);
	return n;
}

static void print_difference(void *context, const char *what)
{
	(void)context;
	print_error("%s\n", what);
}

static void assert_clean(struct store_fixture *f)
{
	struct verify_report report;
	assert_ok(f, store_verify(f->store, NULL, print_difference, NULL, &report, &f->err));
	assert_int_equal(report.differences, 0);
}

static int64_t ended(struct store_fixture *f, const char *category, const char *subject, const char *name, const char *phone)
{
	int64_t reference = FIXTURE_LOG(f, .category = category, .subject = subject, .requester = WHO({ "name", name }, { "phone", phone }));
	fixture_step(f, reference, STEP_CLOSE, ARGS(.reason = "withdrawn"));
	return reference;
}

static struct request_row row_of(struct store_fixture *f, int64_t reference, char subject[64])
{
	struct loaded l;
	struct request_row row = { 0 };
	assert_ok(f, store_load(f->store, reference, &l, &f->err));
	snprintf(subject, 64, "%s|%s|%s", request_text(&l.request, FIELD_CATEGORY), request_text(&l.request, FIELD_SUBJECT), request_is_anonymous(&l.request) ? "" : "usager");
	row.closed_ms = l.request.closed_ms;
	loaded_done(&l);
	return row;
}

static void assert_is(struct store_fixture *f, int64_t reference, const char *wanted)
{
	char subject[64];
	row_of(f, reference, subject);
	assert_string_equal(subject, wanted);
}

static struct purge_done purge(struct store_fixture *f)
{
	struct purge_plan plan;
	struct purge_done done;
	char visa[] = "AD 2029-7";
	struct purge_order order = { .at_ms = f->now_ms, .visa = visa };
	assert_ok(f, store_purge_plan(f->store, f->now_ms, &plan, &f->err));
	order.total = plan.all.count;
	purge_plan_done(&plan);
	assert_ok(f, store_purge(f->store, &dpo, &order, NULL, &done, &f->err));
	assert_int_equal(done.requests, order.total);
	assert_ok(f, store_purge_clean(f->store, NULL, &f->err));
	return done;
}

static bool count_figures(void *context, const struct sla_row *r)
{
	struct text *t = context;
	text_addf(t, "%s:%lld,%lld,%lld;", r->key, (long long)r->received, (long long)r->answered, (long long)r->by_status[STATUS_CLOSED]);
	return true;
}

static void figures(struct store_fixture *f, struct text *out)
{
	const struct sla_query q = { .by = SLA_BY_CATEGORY, .from_day = paris_day(f->now_ms - 8 * YEAR), .to_day = paris_day(f->now_ms) };
	assert_ok(f, store_sla(f->store, &q, count_figures, out, &f->err));
}

/* --- tests --- */

/* Protects: each category has its own retention, counted from the end; what is open, held by order or owed something is never taken, however old. */
static void test_what_is_due(void **state)
{
	struct store_fixture *f = *state;
	struct purge_plan plan;
	int64_t old = ended(f, "depot", "Gravats", "Zoé Ferrand", "06 11 22 33 44");
	int64_t claim = ended(f, "plainte", "Vitre cassée", "Luc Ménard", "06 11 22 33 45");
	int64_t held = ended(f, "depot", "Amiante", "Ali Roux", "06 11 22 33 46");
	int64_t owed = FIXTURE_LOG(f, .category = "horaires", .subject = "Piscine", .requester = WHO({ "name", "Eva Petit" }));
	FIXTURE_LOG(f, .category = "depot", .subject = "Ouverte");
	fixture_step(f, owed, STEP_ANSWER, ARGS(.channel = "phone", .text = "de 9 h à 18 h"));
	fixture_step(f, owed, STEP_CALLBACK, ARGS(.date_ms = f->now_ms + DAY, .at_ms = f->now_ms + DAY));
	assert_int_equal(desk_step(f->store, &fixture_agent, held, STEP_HOLD, ARGS(.reason = "contentieux"), NULL, &f->err), GUICHET_NO_PERM);
	assert_int_equal(desk_step(f->store, &dpo, held, STEP_HOLD, ARGS(.reason = " "), NULL, &f->err), GUICHET_DATA);
	assert_ok(f, desk_step(f->store, &dpo, held, STEP_HOLD, ARGS(.reason = "contentieux"), NULL, &f->err));
	assert_int_equal(desk_step(f->store, &dpo, held, STEP_HOLD, ARGS(.reason = "contentieux"), NULL, &f->err), GUICHET_REFUSED);
	assert_int_equal(desk_step(f->store, &fixture_chief, held, STEP_EDIT, ARGS(.field = "hold", .value = "non"), NULL, &f->err), GUICHET_REFUSED);

	f->now_ms = instant_add_months(f->now_ms, 24);
	assert_ok(f, store_purge_plan(f->store, f->now_ms, &plan, &f->err));
	assert_int_equal(plan.all.count, 0); /* not a moment early */
	purge_plan_done(&plan);
	f->now_ms += DAY;
	assert_ok(f, store_purge_plan(f->store, f->now_ms, &plan, &f->err));
	assert_int_equal(plan.line_count, 1);
	assert_string_equal(plan.lines[0].category, "depot");
	assert_int_equal(plan.lines[0].months, 24);
	assert_int_equal(plan.lines[0].count, 1);
	assert_int_equal(plan.held, 1);
	assert_int_equal(plan.owed, 1);
	purge_plan_done(&plan);
	assert_int_equal(purge(f).requests, 1);
	assert_is(f, old, "depot||");
	assert_is(f, claim, "plainte|Vitre cassée|usager");
	assert_is(f, held, "depot|Amiante|usager");
	assert_is(f, owed, "horaires|Piscine|usager");

	assert_ok(f, desk_step(f->store, &dpo, held, STEP_HOLD, ARGS(.reason = "jugé", .ends = true), NULL, &f->err));
	f->now_ms += 3 * YEAR;
	struct purge_done done = purge(f);
	assert_int_equal(done.requests, 2);
	assert_int_equal(done.requesters, 2);
	assert_is(f, claim, "plainte||");
	assert_is(f, held, "depot||");
	assert_is(f, owed, "horaires|Piscine|usager");
	assert_clean(f);
}

/* Protects: neither table, index nor free page keeps a word; the figures stay as they were; who has another request stays whole, and what was purged is no
 * longer his; done again it does nothing. */
static void test_what_is_left(void **state)
{
	static const char *const gone[] = { "zyxwobj", "zyxwtexte", "zyxwnote", "zyxwnom", "633334444", "44443333", "zyxwlettre", "zyxwrappel", "zyxwbrouillon", "zyxwperdu" };
	struct store_fixture *f = *state;
	char letter[160];
	struct op_id contact;
	struct text before = TEXT_INIT, after = TEXT_INIT;
	struct call call = { .channel = "phone", .category = "depot", .subject = "Zyxwobj", .description = "zyxwtexte", .address = "4 rue Paradis",
		.requester = WHO({ "name", "Jean Zyxwnom" }, { "phone", "06 33 33 44 44" }) };
	int64_t old = fixture_log(f, &call, NULL), both = ended(f, "depot", "Gravats", "Odette Durand", "06 11 22 33 47"), draft = 0;
	fixture_step(f, old, STEP_NOTE, ARGS(.text = "zyxwnote du gardien"));
	fixture_path(f, "lettre.pdf", letter);
	FILE *out = fopen(letter, "w");
	fputs("%PDF-1.4 zyxwlettre", out);
	fclose(out);
	assert_ok(f, desk_attach(f->store, &fixture_agent, old, &(struct desk_file){ .path = letter }, &f->err));
	assert_ok(f, desk_contact(f->store, &fixture_agent, &(struct contact_args){ .channel = "phone", .outcome = "chased", .note = "zyxwrappel",
		.requester = WHO({ "phone", "06 33 33 44 44" }) }, &old, 1, &contact, &f->err));
	/* About nothing: a wrong number, whom nobody knows otherwise. */
	assert_ok(f, desk_contact(f->store, &fixture_agent, &(struct contact_args){ .channel = "phone", .outcome = "wrong_number", .note = "zyxwperdu",
		.requester = WHO({ "name", "Rémi Zyxwperdu" }) }, NULL, 0, &contact, &f->err));
	fixture_step(f, old, STEP_CLOSE, ARGS(.reason = "withdrawn"));
	f->now_ms += 3 * YEAR;
	int64_t kept = ended(f, "depot", "Encore des gravats", "Odette Durand", "06 11 22 33 47");
	char fields[160];
	snprintf(fields, sizeof fields, "{\"step\":\"note\",\"reference\":\"%lld\",\"text\":\"zyxwbrouillon\"}", (long long)old);
	assert_ok(f, store_put_draft(f->store, &draft, NULL, "marie", fields, &f->err));
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		if (!occurrences(f->path, gone[i]) && strcmp(gone[i], "44443333") != 0)
			fail_msg("%s was never there", gone[i]);
	figures(f, &before);

	struct purge_done done = purge(f);
	assert_int_equal(done.requests, 2);
	assert_int_equal(done.files, 1);
	assert_int_equal(done.requesters, 2);
	assert_int_equal(done.contacts, 4);
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		if (occurrences(f->path, gone[i]))
			fail_msg("%s is still in the file", gone[i]);
	figures(f, &after);
	assert_string_equal(text_str(&after), text_str(&before));
	assert_is(f, both, "depot||");
	assert_is(f, kept, "depot|Encore des gravats|usager");
	assert_int_equal(number(f, "SELECT count(*) FROM requester WHERE name = 'Odette Durand'"), 1);
	assert_int_equal(number(f, "SELECT count(*) FROM request WHERE requester IS NOT NULL"), 1);
	assert_int_equal(number(f, "SELECT count(*) FROM op WHERE kind = 'purge' AND actor = 'dpo' AND json_extract(facts, '$.visa') = 'AD 2029-7'"), 2);
	assert_int_equal(number(f, "SELECT count(*) FROM request_text WHERE words LIKE '%durand%'"), 1);
	assert_clean(f);
	assert_ok(f, store_rebuild(f->store, NULL, &f->err));
	assert_clean(f);
	done = purge(f);
	assert_int_equal(done.requests + done.contacts + done.requesters + done.files + done.drafts, 0);
	text_done(&before);
	text_done(&after);
}

struct stop { int ticks, after; int64_t done, total; };

static bool stop_after(void *context, int64_t done, int64_t total)
{
	struct stop *s = context;
	s->done = done;
	s->total = total;
	return ++s->ticks < s->after;
}

/* Protects: stopped between any two batches the store is sound and says that a purge was begun; called again with that order it ends as one that was
 * never stopped, and what was done before counts in its progress. */
static void test_stopped_anywhere(void **state)
{
	enum { REQUESTS = 450 };
	struct store_fixture *f = *state;
	struct purge_order order = { 0 }, begun = { 0 };
	struct purge_done done;
	struct purge_plan plan;
	char name[32], phone[32], visa[] = "AD 1";
	int stopped = 0;
	int64_t seen = 0;
	assert_ok(f, store_begin(f->store, &f->err));
	for (int i = 0; i < REQUESTS; i++) {
		snprintf(name, sizeof name, "Personne %d", i);
		snprintf(phone, sizeof phone, "06%08d", 10000000 + i / 2);
		ended(f, i % 3 ? "depot" : "nid-de-poule", "Gravats", name, phone);
	}
	assert_ok(f, store_commit(f->store, &f->err));
	f->now_ms += 3 * YEAR;
	assert_false(store_purge_begun(f->store, &begun));
	assert_ok(f, store_purge_plan(f->store, f->now_ms, &plan, &f->err));
	assert_int_equal(plan.all.count, REQUESTS);
	purge_plan_done(&plan);
	order = (struct purge_order){ f->now_ms, visa, REQUESTS };
	enum guichet_rc rc = GUICHET_IO;
	for (int tries = 0; rc && tries < 50; tries++) {
		struct stop stop = { .after = 1 };
		struct progress p = { stop_after, &stop };
		rc = store_purge(f->store, &dpo, &order, &p, &done, &f->err);
		if (!rc)
			break;
		stopped++;
		assert_true(f->err.retryable);
		assert_true(stop.done >= seen);
		assert_int_equal(stop.total, REQUESTS);
		seen = stop.done;
		fixture_reopen(f);
		assert_clean(f);
		assert_true(store_purge_begun(f->store, &begun));
		assert_int_equal(begun.at_ms, order.at_ms);
		assert_int_equal(begun.total, REQUESTS);
		assert_string_equal(begun.visa, visa);
		free(begun.visa);
		/* The work of one batch a call, as long as there is some. */
		if (seen == REQUESTS)
			break;
	}
	assert_true(stopped >= 3);
	assert_int_equal(seen, REQUESTS);
	assert_ok(f, store_purge(f->store, &dpo, &order, NULL, &done, &f->err));
	assert_ok(f, store_purge_clean(f->store, NULL, &f->err));
	assert_false(store_purge_begun(f->store, &begun));
	assert_int_equal(number(f, "SELECT count(*) FROM op WHERE salt IS NOT NULL AND kind <> 'purge'"), 0);
	assert_int_equal(number(f, "SELECT count(*) FROM op WHERE kind = 'purge'"), REQUESTS);
	assert_int_equal(number(f, "SELECT count(*) FROM purge_person"), 0);
	assert_int_equal(occurrences(f->path, "ersonne"), 0);
	assert_clean(f);
}

/* Protects: nobody else purges, and never a desk that follows a server. */
static void test_who_and_where(void **state)
{
	struct store_fixture *f = *state;
	struct purge_done done;
	const int64_t serials[] = { 20001000 };
	char visa[] = "AD 1", url[] = "https://guichet.verte.example", token[] = "t", name[] = "Accueil", role[] = "agent", services[] = "*";
	const struct purge_order order = { f->now_ms, visa, 1 };
	const struct enrolment e = { url, token, name, role, services, 7 };
	assert_int_equal(store_purge(f->store, &fixture_agent, &order, NULL, &done, &f->err), GUICHET_NO_PERM);
	assert_ok(f, replica_enrol(f->store, &e, serials, 1, 1000, &f->err));
	assert_int_equal(store_purge(f->store, &dpo, &order, NULL, &done, &f->err), GUICHET_REFUSED);
}

/* Protects: what is said of a purged request later is purged as well; its one line of history is not undone. */
static void test_said_after(void **state)
{
	struct store_fixture *f = *state;
	int64_t old = ended(f, "depot", "Gravats", "Zoé Ferrand", "06 11 22 33 44");
	f->now_ms += 3 * YEAR;
	purge(f);
	fixture_step(f, old, STEP_NOTE, ARGS(.text = "zyxwnote"));
	assert_int_equal(purge(f).requests, 1);
	assert_int_equal(occurrences(f->path, "zyxwnote"), 0);
	const struct actor all = { .login = "dpo", .roles = ROLE_DPO | ROLE_SUPERVISOR };
	assert_int_equal(desk_step(f->store, &all, old, STEP_UNDO, ARGS(0), NULL, &f->err), GUICHET_REFUSED);
	assert_clean(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_due),
		TEST(test_what_is_left),
		TEST(test_stopped_anywhere),
		TEST(test_who_and_where),
		TEST(test_said_after),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
