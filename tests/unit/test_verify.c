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

/* By a connection that knows nothing of guichet's rules, as a fault of the disk or a curious hand would. */
static void tamper(struct store_fixture *f, const char *sql)
{
	sqlite3 *db;
	char *message = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	assert_true(sqlite3_total_changes(db) > 0);
	sqlite3_close(db);
}

static int64_t number(struct store_fixture *f, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return value;
}

static void rebuild(struct store_fixture *f)
{
	assert_ok(f, store_rebuild(f->store, NULL, &f->err));
}

/* Protects: what each step writes beside the journal is what the journal gives, then, when the store is opened anew, weeks later (a request that
 * waits has no date that wanders), and once it has idled. */
static void test_projections_agree_with_the_journal(void **state)
{
	struct store_fixture *f = *state;
	struct lines lines;
	assert_clean(f);
	live_a_day(f);
	struct verify_report r = verify(f, &lines);
	if (r.differences)
		fail_msg("%s", text_str(&lines.text));
	text_done(&lines.text);
	assert_int_equal(r.requests, 7);
	assert_int_equal(r.requesters, 3);
	assert_true(r.contacts >= 6);
	assert_int_equal(r.operations, number(f, "SELECT count(*) FROM op"));
	assert_int_equal(r.blanked, 0);
	fixture_reopen(f);
	assert_clean(f);
	assert_ok(f, store_idle(f->store, 10000, &f->err));
	assert_true(number(f, "SELECT count(*) FROM figure_roll WHERE scope >= 0") > 0);
	assert_clean(f);
}

/* Protects: a store whose tables say something else than its journal is never found clean, whichever table it is, is mended by rebuilding, and
 * nothing of what people said or who they are is in the report. */
static void test_every_disagreement_is_found_and_mended(void **state)
{
	static const struct { const char *sql, *says; } cases[] = {
		{ "UPDATE request SET status = 'new' WHERE status = 'closed'", "status" },
		{ "UPDATE request SET due_answer = due_answer + 1 WHERE id = (SELECT max(id) FROM request)", "due_answer" },
		{ "UPDATE request SET promised_ms = NULL WHERE promised_ms IS NOT NULL", "promised_ms" },
		{ "UPDATE request SET subject = 'autre chose' WHERE id = (SELECT min(id) FROM request)", "subject" },
		{ "UPDATE request SET latitude = latitude + 0.0001 WHERE latitude IS NOT NULL", "latitude" },
		{ "UPDATE request SET parent = NULL WHERE parent IS NOT NULL", "parent" },
		{ "UPDATE request SET paused = 0 WHERE paused", "paused" },
		{ "UPDATE request SET requester = NULL WHERE requester IS NOT NULL", "requester" },
		{ "DELETE FROM request WHERE id = (SELECT max(id) FROM request)", "absente" },
		{ "INSERT INTO request SELECT id + 7, op + 1000, reference, status, 0, nature, channel, service, category, commune, assigned, priority, "
		  "danger, untold, paused, received_ms, logged_ms, updated_ms, closed_ms, answered_ms, due_acknowledge, due_take, due_complete, due_answer, "
		  "due_legal, risk_ms, promised_ms, requester, parent, split_of, source_id, latitude, longitude, subject, address, area, conflict FROM request "
		  "LIMIT 1", "de trop" },
		{ "UPDATE request_text SET words = words || ' intrus' WHERE id = (SELECT min(id) FROM request)", "mots de recherche" },
		{ "DELETE FROM request_text WHERE id = (SELECT max(id) FROM request)", "mots de recherche" },
		{ "INSERT INTO request_fts(request_fts, rowid, words) SELECT 'delete', id, words FROM request_text LIMIT 1", "index de recherche" },
		{ "INSERT INTO request_fts(rowid, words) VALUES(99, 'fantome')", "index de recherche" },
		{ "DELETE FROM todo WHERE kind = 0", "à faire" },
		{ "UPDATE todo SET at_ms = at_ms + 1 WHERE kind = 5", "à faire" },
		{ "INSERT INTO todo(request, kind, at_ms) VALUES(12345, 0, 1)", "à faire" },
		{ "DELETE FROM contact WHERE note IS NOT NULL", "absente" },
		{ "UPDATE contact SET outcome = 'informed' WHERE outcome = 'chased'", "outcome" },
		{ "INSERT INTO contact SELECT id + 500, channel, outcome, actor, number, note, start_ms, end_ms, outward, requester FROM contact LIMIT 1",
		  "de trop" },
		{ "DELETE FROM contact_request WHERE contact = (SELECT max(contact) FROM contact_request)", "contacts" },
		{ "INSERT INTO contact_request(contact, request) SELECT 77, id FROM request LIMIT 1", "contacts" },
		{ "UPDATE requester SET name = 'Quelqu''un' WHERE name IS NOT NULL", "name" },
		{ "UPDATE requester SET phone_reversed = '12' WHERE phone IS NOT NULL", "phone_reversed" },
		{ "UPDATE requester SET merged_into = NULL WHERE merged_into IS NOT NULL", "fusion" },
		{ "DELETE FROM requester_word WHERE word = 'walesa'", "mots de recherche" },
		{ "INSERT INTO requester_word(word, requester) SELECT 'intrus', id FROM requester LIMIT 1", "mots d'usagers" },
		{ "DELETE FROM requester WHERE id = (SELECT min(id) FROM requester)", "absente" },
		{ "UPDATE bulletin SET ended = 0", "ended" },
		{ "UPDATE figure SET n = n + 1 WHERE measure = 0", "statistiques par jour" },
		{ "DELETE FROM figure WHERE measure = 1", "statistiques par jour" },
		{ "UPDATE figure_roll SET counts = x'0002' WHERE scope = 0", "sommes de jours" },
		{ "UPDATE learn SET n = n + 1 WHERE feature <> 0", "orientation apprise" },
		{ "DELETE FROM name_word WHERE word = 'batignolles'", "mots des noms et des rues" },
		{ "DELETE FROM name_near WHERE word = 'walesa' AND variant <> word", "variantes" },
	};
	struct store_fixture *f = *state;
	live_a_day(f);
	assert_ok(f, store_idle(f->store, 10000, &f->err));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lines lines;
		tamper(f, cases[i].sql);
		struct verify_report r = verify(f, &lines);
		if (r.differences == 0 || !strstr(text_str(&lines.text), cases[i].says))
			fail_msg("%s: « %s »", cases[i].sql, text_str(&lines.text));
		static const char *const personal[] = { "rofond", "lesa", "Martin", "12345678", "Batignolles", "exemple.fr" };
		for (size_t j = 0; j < sizeof personal / sizeof *personal; j++)
			if (strstr(text_str(&lines.text), personal[j]))
				fail_msg("%s is in the report: %s", personal[j], text_str(&lines.text));
		text_done(&lines.text);
		rebuild(f);
		r = verify(f, &lines);
		if (r.differences)
			fail_msg("not mended after %s: %s", cases[i].sql, text_str(&lines.text));
		text_done(&lines.text);
		assert_ok(f, store_idle(f->store, 10000, &f->err));
	}
}

/* Protects: what was altered, lost or half erased in the journal itself is told, operation by operation, and hides nothing else. */
static void test_damage_to_the_journal_is_found(void **state)
{
	static const struct { const char *sql, *undo, *says; } cases[] = {
		{ "UPDATE op SET personal = replace(personal, 'Nid', 'Lit') WHERE kind = 'create'",
		  "UPDATE op SET personal = replace(personal, 'Lit', 'Nid') WHERE kind = 'create'", "empreinte" },
		{ "UPDATE op SET wall_ms = wall_ms + 1 WHERE kind = 'take'", "UPDATE op SET wall_ms = wall_ms - 1 WHERE kind = 'take'", "empreinte" },
		{ "UPDATE op SET actor = 'autre' WHERE kind = 'order'", "UPDATE op SET actor = 'chef' WHERE kind = 'order'", "empreinte" },
		{ "UPDATE op SET facts = '{' || facts WHERE kind = 'order'", "UPDATE op SET facts = substr(facts, 2) WHERE kind = 'order'", "ne se lit plus" },
		{ "UPDATE op SET id = id + 100000 WHERE kind = 'note'", "UPDATE op SET id = id - 100000 WHERE kind = 'note'", "il manque" },
		{ "CREATE TABLE saved AS SELECT id, salt FROM op WHERE kind = 'wait'; UPDATE op SET salt = NULL WHERE kind = 'wait'",
		  "UPDATE op SET salt = (SELECT salt FROM saved) WHERE kind = 'wait'; DROP TABLE saved", "effacée à moitié" },
		{ "UPDATE op SET subject = subject + 500000 WHERE kind = 'bulletin-end'",
		  "UPDATE op SET subject = subject - 500000 WHERE kind = 'bulletin-end'", "" },
	};
	struct store_fixture *f = *state;
	struct lines lines;
	live_a_day(f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		tamper(f, cases[i].sql);
		struct verify_report r = verify(f, &lines);
		if (r.differences == 0 || !strstr(text_str(&lines.text), cases[i].says))
			fail_msg("%s: « %s »", cases[i].sql, text_str(&lines.text));
		text_done(&lines.text);
		tamper(f, cases[i].undo);
		assert_clean(f);
	}
}

/* --- rebuilding --- */

static bool gather_row(void *context, const struct request_row *row)
{
	text_addf(context, "%lld %lld\n", (long long)row->id, (long long)row->reference);
	return true;
}

static void all_rows(struct store_fixture *f, struct text *out)
{
	struct list_filter filter = LIST_FILTER_INIT;
	filter.all = true;
	filter.sort = LIST_BY_RECEIVED;
	filter.limit = 10000;
	assert_ok(f, store_list(f->store, &filter, gather_row, out, &f->err));
}

/* Protects: links, bookmarks and pages survive a rebuilding: a request's row keeps its id. */
static void test_rebuilding_keeps_rows(void **state)
{
	struct store_fixture *f = *state;
	struct text before = TEXT_INIT, after = TEXT_INIT;
	live_a_day(f);
	all_rows(f, &before);
	tamper(f, "UPDATE request SET status = 'new', service = 'voirie', subject = '?'");
	rebuild(f);
	all_rows(f, &after);
	assert_string_equal(text_str(&before), text_str(&after));
	assert_clean(f);
	text_done(&before);
	text_done(&after);
}

struct countdown { int ticks; };

static bool tick_down(void *context, int64_t done, int64_t total)
{
	struct countdown *c = context;
	assert_true(done <= total);
	return --c->ticks > 0;
}

/* Protects: a rebuilding stopped at any batch, with people working on requests that it has and has not come to yet, loses and doubles nothing once
 * it is run again: sums, index, names. */
static void test_rebuilding_interrupted_while_people_work(void **state)
{
	struct store_fixture *f = *state;
	int64_t references[220];
	live_a_day(f);
	for (size_t i = 0; i < 220; i++)
		references[i] = FIXTURE_LOG(f, .category = i % 3 ? "depot" : "nid-de-poule", .subject = "Gravats",
			.commune = i % 2 ? "bois" : "aigues", .address = "3 rue Paradis", .requester = i % 5 != 1 ? NULL : WHO({ "name", i % 2 ? "Zoé Ferrand" : "Paul Lenoir" }, { "email", "zp@exemple.fr" }));
	/* An index to fill anew, so that every phase has something to do. */
	tamper(f, "INSERT INTO request_fts(request_fts, rowid, words) SELECT 'delete', id, words FROM request_text LIMIT 3");
	int rounds = 0;
	for (enum guichet_rc rc = GUICHET_IO; rc != GUICHET_OK; rounds++) {
		struct countdown once = { 1 };
		struct progress p = { tick_down, &once };
		rc = store_rebuild(f->store, &p, &f->err);
		if (rc == GUICHET_OK)
			break;
		assert_int_equal(rc, GUICHET_IO);
		assert_true(f->err.retryable);
		f->now_ms += HOUR;
		size_t at = (size_t)rounds * 5 % 200;
		fixture_step(f, references[at], STEP_EDIT, ARGS(.field = "address_string", .value = "5 impasse des Lilas"));
		fixture_step(f, references[at + 1], STEP_TAKE, ARGS(.text = NULL));
		fixture_step(f, references[at + 1], STEP_ANSWER, ARGS(.channel = "phone", .text = "C'est fait."));
		fixture_step(f, references[at + 2], STEP_CANCEL, ARGS(.reason = "doublon"));
		FIXTURE_LOG(f, .category = "depot", .subject = "Encore des gravats", .requester = WHO({ "name", "Zoé Ferrand" }, { "phone", "0143336666" }));
		FIXTURE_LOG(f, .category = "depot", .subject = "Du passé", .received_ms = f->now_ms - 90 * (int64_t)DAY);
	}
	assert_true(rounds >= 8);
	assert_clean(f);
}

/* --- erasing --- */

static char *file_bytes(const char *path, size_t *bytes)
{
	char *data;
	assert_int_equal(file_read(path, 1 << 30, &data, bytes, NULL), GUICHET_OK);
	return data;
}

static size_t occurrences(const char *path, const char *marker)
{
	size_t bytes, n = 0, length = strlen(marker);
	char *data = file_bytes(path, &bytes);
	for (const char *p = data; (p = memmem(p, bytes - (size_t)(p - data), marker, length)); p += length)
		n++;
	free(data);
	return n;
}

static void blank_all(struct store_fixture *f, struct op_id subject)
{
	struct loaded l;
	assert_ok(f, store_load_op(f->store, subject, &l, &f->err));
	for (size_t i = 0; i < l.op_count; i++)
		assert_ok(f, store_blank(f->store, l.ops[i].id, &f->err));
	loaded_done(&l);
}

static struct op_id request_op(struct store_fixture *f, int64_t reference)
{
	struct op_id id;
	assert_ok(f, desk_op_of_reference(f->store, reference, &id, &f->err));
	return id;
}

static bool count_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(int *)context;
	return true;
}

/* Protects: erasing erases (RGPD 17): neither the tables, nor the index, nor the free space of the file, nor its journal keep a word of what a
 * person was or said, and the rest of the store stays as it was. */
static void test_what_is_erased_is_gone_from_the_file(void **state)
{
	static const char *const markers[] = { "zyxwobj", "zyxwtexte", "zyxwrue", "zyxwnote", "zyxwnom", "zyxwmail", "612344444", "44443216" };
	struct store_fixture *f = *state;
	char subject[64], journal[160];
	live_a_day(f);
	for (int i = 0; i < 40; i++) {
		snprintf(subject, sizeof subject, "Gravats numéro %d", i);
		FIXTURE_LOG(f, .category = "depot", .subject = subject, .address = "3 rue Paradis", .requester = WHO({ "name", "Zoé Ferrand" }));
	}
	struct call call = { .channel = "phone", .category = "nid-de-poule", .subject = "Zyxwobj qui fuit", .description = "zyxwtexte long",
		.address = "4 rue Zyxwrue", .requester = WHO({ "name", "Jean Zyxwnom" }, { "phone", "06 12 34 44 44" }, { "email", "a@zyxwmail.fr" }) };
	struct logged l;
	assert_ok(f, desk_log(f->store, &fixture_agent, &call, NULL, &l, &f->err));
	int64_t reference = l.reference, requester = l.requester;
	fixture_step(f, reference, STEP_NOTE, ARGS(.text = "zyxwnote du gardien"));
	for (int i = 0; i < 40; i++)
		FIXTURE_LOG(f, .category = "depot", .subject = "Gravats encore", .address = "9 rue Paradis");
	for (size_t i = 0; i < sizeof markers / sizeof *markers; i++)
		if (!occurrences(f->path, markers[i]))
			fail_msg("%s was never there", markers[i]);
	logged_done(&l);

	/* The request, who asked, and the contact on which it came. */
	blank_all(f, request_op(f, reference));
	struct requester who;
	assert_ok(f, store_requester(f->store, requester, &who, &f->err));
	assert_ok(f, store_blank(f->store, who.op, &f->err));
	assert_ok(f, store_blank(f->store, (struct op_id){ who.op.device, who.op.dseq + 1 }, &f->err));
	requester_done(&who);
	assert_clean(f);
	int found = 0;
	store_search(f->store, "zyxwobj", &(struct search_options){ .limit = 5 }, count_row, &found, &f->err);
	assert_int_equal(found, 0);

	assert_ok(f, store_idle(f->store, 60000, &f->err));
	assert_clean(f);
	fixture_path(f, "desk.db-journal", journal);
	for (size_t i = 0; i < sizeof markers / sizeof *markers; i++) {
		if (occurrences(f->path, markers[i]))
			fail_msg("%s is still in the file", markers[i]);
		assert_int_equal(occurrences(journal, markers[i]), 0);
	}
	/* It is still a request, with its reference and its dates. */
	struct loaded left;
	assert_ok(f, store_load(f->store, reference, &left, &f->err));
	assert_string_equal(request_text(&left.request, FIELD_CATEGORY), "nid-de-poule");
	assert_string_equal(request_text(&left.request, FIELD_SUBJECT), "");
	assert_true(left.ops[0].blanked);
	loaded_done(&left);
	assert_true(occurrences(f->path, "gravats") > 0);
	rebuild(f);
	assert_clean(f);
}

/* Protects: the same where many names were written in any order, so that SQLite moved them from page to page: no piece of one stays behind. */
static void test_no_piece_of_a_name_stays_behind(void **state)
{
	enum { PEOPLE = 600 };
	struct store_fixture *f = *state;
	int64_t references[PEOPLE], requesters[PEOPLE];
	uint64_t random = 7;
	char name[64], phone[32];
	for (int i = 0; i < PEOPLE; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		if (i % 50 == 0)
			assert_ok(f, store_begin(f->store, &f->err));
		/* Among others, who stay. */
		snprintf(name, sizeof name, "%c%s%c%cdurand", (int)('a' + (random >> 33) % 26), i % 3 ? "ordin" : "zqxw", (int)('a' + i % 26),
			(int)('a' + i / 26));
		snprintf(phone, sizeof phone, "06%08d", 50000000 + i);
		struct call call = { .channel = "phone", .category = "depot", .subject = "Gravats", .address = name,
			.requester = WHO({ "name", name }, { "phone", phone }) };
		struct logged l;
		assert_ok(f, desk_log(f->store, &fixture_agent, &call, NULL, &l, &f->err));
		references[i] = l.reference;
		requesters[i] = l.requester;
		logged_done(&l);
		if (i % 50 == 49)
			assert_ok(f, store_commit(f->store, &f->err));
	}
	assert_true(occurrences(f->path, "zqxw") > PEOPLE / 3);
	assert_ok(f, store_begin(f->store, &f->err));
	for (int i = 0; i < PEOPLE; i += 3) {
		struct requester who;
		blank_all(f, request_op(f, references[i]));
		assert_ok(f, store_requester(f->store, requesters[i], &who, &f->err));
		assert_ok(f, store_blank(f->store, who.op, &f->err));
		requester_done(&who);
	}
	assert_ok(f, store_commit(f->store, &f->err));
	/* Small moments do not do it, and do not forget that it is to be done. */
	for (int i = 0; i < 30; i++)
		assert_ok(f, store_idle(f->store, 20, &f->err));
	assert_ok(f, store_idle(f->store, 60000, &f->err));
	assert_int_equal(occurrences(f->path, "zqxw"), 0);
	assert_true(occurrences(f->path, "ordin") > PEOPLE / 2);
	assert_clean(f);
}

/* Protects: an erasure asked twice, or of what is not there, does no harm; the report says how many there are. */
static void test_erasing_twice_and_nothing(void **state)
{
	struct store_fixture *f = *state;
	struct lines lines;
	int64_t reference = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	struct op_id id = request_op(f, reference);
	assert_ok(f, store_blank(f->store, id, &f->err));
	assert_ok(f, store_blank(f->store, id, &f->err));
	assert_int_equal(store_blank(f->store, (struct op_id){ id.device, 999 }, &f->err), GUICHET_NOT_FOUND);
	assert_int_equal(store_blank(f->store, (struct op_id){ 4, 4 }, &f->err), GUICHET_NOT_FOUND);
	struct verify_report r = verify(f, &lines);
	assert_int_equal(r.differences, 0);
	assert_int_equal(r.blanked, 1);
	text_done(&lines.text);
}

/* Protects: a file that several operations name goes with the last of them, and not before. */
static void test_attachments_go_with_the_last_that_names_them(void **state)
{
	struct store_fixture *f = *state;
	char sha256[65], *data;
	size_t bytes;
	int64_t one = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats"), two = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	assert_ok(f, store_put_blob(f->store, "photo", 5, sha256, &f->err));
	assert_ok(f, store_put_blob(f->store, "photo", 5, sha256, &f->err));
	struct step_args args = { .name = "photo.jpg", .type = "image/jpeg", .sha256 = sha256, .bytes = 5 };
	fixture_step(f, one, STEP_ATTACH, &args);
	fixture_step(f, two, STEP_ATTACH, &args);
	assert_clean(f);
	blank_all(f, request_op(f, one));
	assert_ok(f, store_get_blob(f->store, sha256, &data, &bytes, &f->err));
	assert_int_equal(bytes, 5);
	assert_memory_equal(data, "photo", 5);
	free(data);
	blank_all(f, request_op(f, two));
	assert_int_equal(store_get_blob(f->store, sha256, &data, &bytes, &f->err), GUICHET_NOT_FOUND);
	assert_clean(f);
}

/* Protects: a damaged or missing attachment is told, and a damaged one is never handed out as if it were whole. */
static void test_damaged_attachments(void **state)
{
	struct store_fixture *f = *state;
	struct lines lines;
	char sha256[65], *data;
	size_t bytes;
	int64_t reference = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	assert_ok(f, store_put_blob(f->store, "photo", 5, sha256, &f->err));
	fixture_step(f, reference, STEP_ATTACH, ARGS(.name = "photo.jpg", .type = "image/jpeg", .sha256 = sha256, .bytes = 5));
	tamper(f, "UPDATE blob SET data = 'phoTo'");
	assert_int_equal(store_get_blob(f->store, sha256, &data, &bytes, &f->err), GUICHET_DATA);
	verify(f, &lines);
	assert_non_null(strstr(text_str(&lines.text), "abîmée"));
	text_done(&lines.text);
	tamper(f, "DELETE FROM blob");
	verify(f, &lines);
	assert_non_null(strstr(text_str(&lines.text), "n'est pas dans le dépôt"));
	text_done(&lines.text);
	char *big = guichet_alloc(STORE_BLOB_MAX + 1);
	assert_int_equal(store_put_blob(f->store, big, STORE_BLOB_MAX + 1, sha256, &f->err), GUICHET_DATA);
	assert_ok(f, store_put_blob(f->store, big, 0, sha256, &f->err));
	assert_ok(f, store_get_blob(f->store, sha256, &data, &bytes, &f->err));
	assert_int_equal(bytes, 0);
	free(data);
	free(big);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_projections_agree_with_the_journal),
		TEST(test_every_disagreement_is_found_and_mended),
		TEST(test_damage_to_the_journal_is_found),
		TEST(test_rebuilding_keeps_rows),
		TEST(test_rebuilding_interrupted_while_people_work),
		TEST(test_what_is_erased_is_gone_from_the_file),
		TEST(test_no_piece_of_a_name_stays_behind),
		TEST(test_erasing_twice_and_nothing),
		TEST(test_attachments_go_with_the_last_that_names_them),
		TEST(test_damaged_attachments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
