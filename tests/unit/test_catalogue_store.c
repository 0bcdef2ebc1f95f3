// SPDX-License-Identifier: GPL-3.0-or-later
/* The catalogue that a store lives by: reading its folder, what a new one would move, putting it in force, codes of imports, learned routing. */
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "guichet/base/text.h"

#define ARGS(...) (&(struct step_args){ __VA_ARGS__ })
#define assert_ok(f, call) \
	do { if ((call) != GUICHET_OK) fail_msg("%s: %s", #call, (f)->err.message); } while (0)
/* The code, and a word that the message must hold. */
#define assert_refused(f, call, rc, word) \
	do { \
		assert_int_equal(call, rc); \
		if (!strstr((f)->err.message, word)) \
			fail_msg("« %s » does not say « %s »", (f)->err.message, word); \
	} while (0)
enum { DAY = 24 * 3600 * 1000 };

static void write_file(const char *folder, const char *name, const char *text, size_t bytes)
{
	char path[400];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

static void remove_tree(const char *folder, const char *const names[])
{
	char path[400];
	for (size_t i = 0; names[i]; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

/* Protects: what stands in a catalogue's folder is read whole, in whatever order, and nothing else is. */
static void test_reading_a_folder(void **state)
{
	struct store_fixture *f = *state;
	char folder[160], sub[200];
	struct catalogue_source read, made;
	uint8_t one[32], two[32];
	fixture_path(f, "catalogue", folder);
	snprintf(sub, sizeof sub, "%s/scripts", folder);
	assert_refused(f, catalogue_read_folder(folder, &read, &f->err), GUICHET_NO_INPUT, folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_refused(f, catalogue_read_folder(folder, &read, &f->err), GUICHET_NO_INPUT, "aucun fichier");
	assert_int_equal(mkdir(sub, 0700), 0);
	write_file(folder, "motifs.ini", fixture_categories_ini, strlen(fixture_categories_ini));
	write_file(folder, "metropole.ini", fixture_metropole_ini, strlen(fixture_metropole_ini));
	write_file(folder, "motifs.ini~", "x", 1);
	write_file(folder, ".caché.ini", "x", 1);
	write_file(folder, "lisez-moi.md", "x", 1);
	write_file(sub, "horaires.txt", "De 9 h à 18 h.", 15);
	fixture_catalogue(&made);
	catalogue_source_add(&made, "scripts/horaires.txt", "De 9 h à 18 h.", 15);
	char slashed[200];
	snprintf(slashed, sizeof slashed, "%s//", folder);
	for (int i = 0; i < 2; i++) {
		assert_ok(f, catalogue_read_folder(i ? slashed : folder, &read, &f->err));
		catalogue_source_hash(&read, one);
		catalogue_source_hash(&made, two);
		assert_int_equal(read.count, 3);
		assert_memory_equal(one, two, sizeof one);
		catalogue_source_done(&read);
	}
	catalogue_source_done(&made);
	/* A folder that leads back to itself ends, with a word. */
	char loop[260];
	snprintf(loop, sizeof loop, "%s/encore", sub);
	assert_int_equal(symlink(folder, loop), 0);
	assert_refused(f, catalogue_read_folder(folder, &read, &f->err), GUICHET_DATA, "niveaux");
	remove_tree(folder, (const char *const[]){ "scripts/encore", "scripts/horaires.txt", "scripts", "motifs.ini", "metropole.ini", "motifs.ini~",
		".caché.ini", "lisez-moi.md", NULL });
}

/* Protects: a folder that is no catalogue does not fill the memory. */
static void test_a_folder_too_big(void **state)
{
	struct store_fixture *f = *state;
	char folder[160], *big = guichet_alloc(5 * 1024 * 1024);
	struct catalogue_source read;
	memset(big, ';', 5 * 1024 * 1024);
	fixture_path(f, "catalogue", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	write_file(folder, "a.ini", big, 5 * 1024 * 1024);
	write_file(folder, "b.ini", big, 5 * 1024 * 1024);
	free(big);
	assert_refused(f, catalogue_read_folder(folder, &read, &f->err), GUICHET_DATA, "8 Mio");
	assert_int_equal(read.count, 0);
	remove_tree(folder, (const char *const[]){ "a.ini", "b.ini", NULL });
}

/* --- what moves --- */

/* The catalogue with `more` in a file of its own, and a text in metropole.ini replaced by another. */
static void changed_catalogue(struct catalogue_source *out, const char *more, const char *from, const char *to)
{
	struct text metropole = TEXT_INIT;
	const char *at = from ? strstr(fixture_metropole_ini, from) : NULL;
	*out = (struct catalogue_source){ 0 };
	if (at) {
		text_addn(&metropole, fixture_metropole_ini, (size_t)(at - fixture_metropole_ini));
		text_addf(&metropole, "%s%s", to, at + strlen(from));
	} else {
		assert_null(from);
		text_add(&metropole, fixture_metropole_ini);
	}
	catalogue_source_add(out, "metropole.ini", text_str(&metropole), metropole.len);
	catalogue_source_add(out, "motifs.ini", fixture_categories_ini, strlen(fixture_categories_ini));
	if (more)
		catalogue_source_add(out, "plus.ini", more, strlen(more));
	text_done(&metropole);
}

static const char closed_week[] =
	"[closure:greve]\ncalendars = bureau\nfrom = 2026-11-26\nto = 2026-11-27\nname = fermeture\n";

struct seen_moves { int64_t requests[64]; size_t count; int moves, overtaken; int64_t answer_after; };

static bool see_move(void *context, const struct catalogue_move *m)
{
	struct seen_moves *seen = context;
	assert_true(m->before_ms != m->after_ms);
	seen->moves++;
	seen->overtaken += m->promise_overtaken;
	if (m->kind == TARGET_ANSWER)
		seen->answer_after = m->after_ms;
	if (seen->count == 0 || seen->requests[seen->count - 1] != m->row->reference) {
		assert_true(seen->count < 64);
		seen->requests[seen->count++] = m->row->reference;
	}
	return true;
}

static void moves_of(struct store_fixture *f, const struct catalogue_source *source, struct seen_moves *seen)
{
	struct problems problems = { 0 };
	struct catalogue *next;
	*seen = (struct seen_moves){ 0 };
	assert_int_equal(catalogue_build(source, &next, &problems), GUICHET_OK);
	assert_ok(f, store_catalogue_moves(f->store, next, see_move, seen, &f->err));
	catalogue_free(&next);
	problems_done(&problems);
}

static bool keep_row(void *context, const struct request_row *row)
{
	struct request_row *kept = context;
	memcpy(kept->due, row->due, sizeof kept->due);
	kept->risk_ms = row->risk_ms;
	kept->promised_ms = row->promised_ms;
	return true;
}

static struct request_row row_of(struct store_fixture *f, int64_t reference)
{
	int64_t ids[2];
	struct request_row row = { 0 };
	assert_int_equal(store_find_reference(f->store, reference, ids, 2), 1);
	assert_ok(f, store_row(f->store, ids[0], keep_row, &row, &f->err));
	return row;
}

static void assert_clean(struct store_fixture *f)
{
	struct verify_report r;
	assert_ok(f, store_verify(f->store, NULL, NULL, NULL, &r, &f->err));
	assert_int_equal(r.differences, 0);
}

static bool count_todo(void *context, const struct todo *t)
{
	*(int *)context += t->kind == TODO_PROMISE_OVERTAKEN;
	return true;
}

/* Protects: a closure moves the targets of what is open and never what was promised; what was announced beforehand is what happens; what is closed
 * stays; a promise that its target overtakes comes up at once. */
static void test_a_closure_moves_targets_not_promises(void **state)
{
	struct store_fixture *f = *state;
	struct catalogue_source next;
	struct seen_moves seen;
	int64_t moved = -1;
	int64_t told = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Trou");
	int64_t by_post = FIXTURE_LOG(f, .category = "depot", .subject = "Gravats", .channel = "post");
	int64_t ended = FIXTURE_LOG(f, .category = "depot", .subject = "Doublon");
	fixture_step(f, ended, STEP_CANCEL, ARGS(.reason = "doublon"));
	struct request_row before = row_of(f, told), ended_before = row_of(f, ended);
	assert_true(before.promised_ms == before.due[TARGET_ANSWER]);
	changed_catalogue(&next, closed_week, NULL, NULL);
	moves_of(f, &next, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.overtaken, 1);
	int moves = seen.moves;
	assert_true(seen.moves >= 2);
	/* Told, not done. */
	assert_memory_equal(row_of(f, told).due, before.due, sizeof before.due);
	assert_ok(f, store_catalogue_apply(f->store, &next, &moved, &f->err));
	assert_int_equal(moved, 2);
	struct request_row after = row_of(f, told);
	assert_int_equal(after.due[TARGET_ANSWER], before.due[TARGET_ANSWER] + 2 * (int64_t)DAY);
	assert_true(after.risk_ms > before.risk_ms);
	assert_int_equal(after.promised_ms, before.promised_ms);
	assert_memory_equal(row_of(f, ended).due, ended_before.due, sizeof before.due);
	assert_true(row_of(f, by_post).promised_ms == NO_INSTANT);
	int overtaken = 0;
	assert_ok(f, store_list_todo(f->store, 50, count_todo, &overtaken, &f->err));
	assert_int_equal(overtaken, 1);
	assert_clean(f);
	/* Nothing is left to move, and the same one again is no change. */
	moves_of(f, &next, &seen);
	assert_int_equal(seen.moves, 0);
	assert_ok(f, store_catalogue_apply(f->store, &next, &moved, &f->err));
	assert_int_equal(moved, 0);
	catalogue_source_done(&next);
	fixture_reopen(f);
	assert_clean(f);
	fixture_catalogue(&next);
	moves_of(f, &next, &seen);
	assert_int_equal(seen.moves, moves);
	assert_int_equal(seen.overtaken, 0);
	assert_ok(f, store_catalogue_apply(f->store, &next, &moved, &f->err));
	assert_memory_equal(row_of(f, told).due, before.due, sizeof before.due);
	catalogue_source_done(&next);
}

static void raw(struct store_fixture *f, const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_true(sqlite3_total_changes(db) > 0);
	sqlite3_close(db);
}

/* Protects: a move that was killed between two batches goes on where it stood when the same catalogue is put in force again, and a mere re-opening of
 * the store does not forget it. */
static void test_an_interrupted_move_goes_on(void **state)
{
	struct store_fixture *f = *state;
	struct catalogue_source next;
	int64_t references[3], moved;
	for (int i = 0; i < 3; i++, f->now_ms += 60000)
		references[i] = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Trou");
	struct request_row before = row_of(f, references[2]);
	changed_catalogue(&next, closed_week, NULL, NULL);
	assert_ok(f, store_catalogue_apply(f->store, &next, &moved, &f->err));
	assert_int_equal(moved, 3);
	/* As it stood when only the first had been moved. */
	raw(f, "UPDATE request SET due_answer = due_answer - 172800000 WHERE id > (SELECT min(id) FROM request);"
		"INSERT INTO meta(key, value) SELECT 'catalogue-moving', min(id) || ' aigues' FROM request");
	fixture_reopen(f);
	assert_int_equal(row_of(f, references[2]).due[TARGET_ANSWER], before.due[TARGET_ANSWER]);
	assert_ok(f, store_catalogue_apply(f->store, &next, &moved, &f->err));
	assert_int_equal(moved, 2);
	assert_int_equal(row_of(f, references[2]).due[TARGET_ANSWER], before.due[TARGET_ANSWER] + 2 * (int64_t)DAY);
	assert_clean(f);
	catalogue_source_done(&next);
}

static bool count_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(int *)context;
	return true;
}

static int found(struct store_fixture *f, const char *text)
{
	int n = 0;
	store_search(f->store, text, &(struct search_options){ .limit = 50 }, count_row, &n, NULL);
	return n;
}

/* Protects: requests are found by the name that their commune has now, ended ones too. */
static void test_a_renamed_commune(void **state)
{
	struct store_fixture *f = *state;
	struct catalogue_source next;
	int64_t ended = FIXTURE_LOG(f, .category = "depot", .subject = "Doublon", .commune = "bois");
	fixture_step(f, ended, STEP_CANCEL, ARGS(.reason = "doublon"));
	FIXTURE_LOG(f, .category = "depot", .subject = "Gravats", .commune = "bois");
	FIXTURE_LOG(f, .category = "depot", .subject = "Gravats", .commune = "aigues");
	assert_int_equal(found(f, "joli"), 2);
	changed_catalogue(&next, NULL, "Bois-Joli", "Saint-Yrieix");
	assert_ok(f, store_catalogue_apply(f->store, &next, NULL, &f->err));
	assert_int_equal(found(f, "joli"), 0);
	assert_int_equal(found(f, "yrieix"), 2);
	assert_clean(f);
	catalogue_source_done(&next);
}

/* Protects: a catalogue with a mistake is never put in force, and says where the mistake is; the one in force stays. */
static void test_a_wrong_catalogue_changes_nothing(void **state)
{
	struct store_fixture *f = *state;
	struct catalogue_source next;
	uint8_t before[32];
	memcpy(before, store_catalogue(f->store)->hash, sizeof before);
	changed_catalogue(&next, "[closure:faux]\ncalendars = inconnu\nfrom = 2026-02-30\nto = 2026-11-27\n", NULL, NULL);
	assert_refused(f, store_catalogue_apply(f->store, &next, NULL, &f->err), GUICHET_CONFIG, "plus.ini:");
	assert_memory_equal(store_catalogue(f->store)->hash, before, sizeof before);
	FIXTURE_LOG(f, .category = "depot", .subject = "Gravats");
	assert_clean(f);
	catalogue_source_done(&next);
}

/* Protects: another guichet that has the store open works by the new catalogue from its next step on. */
static void test_another_desk_follows(void **state)
{
	struct store_fixture *f = *state, *both = f;
	struct store_options options = { .clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed) };
	struct catalogue_source next;
	struct store *other, *own = f->store;
	const struct service *service;
	assert_ok(f, store_open(f->path, &options, &other, &f->err));
	changed_catalogue(&next, closed_week, NULL, NULL);
	assert_ok(f, store_catalogue_apply(f->store, &next, NULL, &f->err));
	assert_ok(f, store_add_service(f->store, "arbres", "Arbres", &service, &f->err));
	both->store = other;
	int64_t there = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Trou");
	assert_non_null(catalogue_service(store_catalogue(other), "arbres"));
	both->store = own;
	int64_t here = FIXTURE_LOG(f, .category = "nid-de-poule", .subject = "Trou");
	assert_int_equal(row_of(f, there).due[TARGET_ANSWER], row_of(f, here).due[TARGET_ANSWER]);
	store_close(&other);
	catalogue_source_done(&next);
	assert_clean(f);
}

/* --- codes of imports --- */

/* Protects: what an import creates stays, with its service and path, is there for every guichet, survives a new catalogue, and is not made twice nor
 * in the place of a code that the catalogue has. */
static void test_codes_of_imports_stay(void **state)
{
	struct store_fixture *f = *state;
	const struct service *arbres, *voirie;
	const struct category *taille, *sans, *again, *trou;
	struct catalogue_source next;
	assert_ok(f, store_add_service(f->store, "arbres", "Arbres et forêts", &arbres, &f->err));
	assert_ok(f, store_add_category(f->store, "taille-d-arbre", "Taille d'arbre", "Arbres > Taille", arbres, &taille, &f->err));
	assert_ok(f, store_add_category(f->store, "sans-chemin", "Sans chemin", NULL, arbres, &sans, &f->err));
	assert_ok(f, store_add_category(f->store, "taille-d-arbre", "Autre nom", NULL, NULL, &again, &f->err));
	assert_ptr_equal(again, taille);
	assert_ok(f, store_add_service(f->store, "voirie", "Autre voirie", &voirie, &f->err));
	assert_string_equal(voirie->name, "Voirie");
	assert_false(voirie->imported);
	assert_ok(f, store_add_category(f->store, "nid-de-poule", "Autre", NULL, arbres, &trou, &f->err));
	assert_false(trou->imported);
	assert_string_equal(sans->path, "Sans chemin");
	FIXTURE_LOG(f, .category = "taille-d-arbre", .subject = "Branche basse");
	changed_catalogue(&next, closed_week, NULL, NULL);
	for (int i = 0; i < 3; i++) {
		const struct catalogue *c = store_catalogue(f->store);
		taille = catalogue_category(c, "taille-d-arbre");
		sans = catalogue_category(c, "sans-chemin");
		assert_non_null(taille);
		assert_true(taille->imported);
		assert_string_equal(taille->name, "Taille d'arbre");
		assert_string_equal(taille->path, "Arbres > Taille");
		assert_string_equal(taille->service->code, "arbres");
		assert_string_equal(taille->service->name, "Arbres et forêts");
		assert_string_equal(sans->path, "Sans chemin");
		if (i == 0)
			fixture_reopen(f);
		else
			assert_ok(f, store_catalogue_apply(f->store, &next, NULL, &f->err));
	}
	catalogue_source_done(&next);
	assert_clean(f);
}

/* Protects: a code whose transaction came to nothing is not there, neither now nor when another one takes its place in the count. */
static void test_codes_of_a_rolled_back_import(void **state)
{
	struct store_fixture *f = *state;
	struct store_options options = { .clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed) };
	struct store *other;
	const struct service *service;
	assert_ok(f, store_open(f->path, &options, &other, &f->err));
	assert_ok(f, store_begin(f->store, &f->err));
	assert_ok(f, store_add_service(f->store, "perdu", "Perdu", &service, &f->err));
	store_rollback(f->store);
	assert_null(catalogue_service(store_catalogue(f->store), "perdu"));
	assert_ok(f, store_add_service(other, "gagne", "Gagné", &service, &f->err));
	assert_ok(f, store_begin(f->store, &f->err));
	assert_non_null(catalogue_service(store_catalogue(f->store), "gagne"));
	assert_null(catalogue_service(store_catalogue(f->store), "perdu"));
	assert_ok(f, store_commit(f->store, &f->err));
	store_close(&other);
}

/* --- learned routing --- */

static const char *best(struct store_fixture *f, const char *text)
{
	struct suggester *s = suggester_new(store_catalogue(f->store));
	struct suggest_counts counts = store_suggest_counts(f->store);
	struct suggestion first;
	const char *code = suggest(s, &counts, text, NULL, &first, 1) ? first.category->code : "";
	suggester_free(&s);
	return code;
}

struct totals { int64_t count; };

static void add_total(void *context, const char *category, const char *service, int64_t count)
{
	struct totals *t = context;
	assert_string_equal(category, "plainte");
	assert_string_equal(service, "proximite");
	t->count += count;
}

/* Protects: `suggest` learns from what the desk files, and forgets what was cancelled. */
static void test_suggest_learns_from_the_store(void **state)
{
	struct store_fixture *f = *state;
	int64_t references[4];
	struct totals t = { 0 };
	assert_string_equal(best(f, "borne ketabalo muette"), "");
	for (int i = 0; i < 4; i++)
		references[i] = FIXTURE_LOG(f, .category = "plainte", .subject = "Borne ketabalo en panne");
	assert_string_equal(best(f, "borne ketabalo muette"), "plainte");
	struct suggest_counts counts = store_suggest_counts(f->store);
	counts.totals(counts.context, add_total, &t);
	assert_int_equal(t.count, 4);
	uint64_t features[SUGGEST_FEATURES_MAX];
	assert_true(suggest_features("ketabalo", features) > 0);
	t.count = 0;
	counts.feature(counts.context, features[0], add_total, &t);
	assert_int_equal(t.count, 4);
	for (int i = 0; i < 4; i++)
		fixture_step(f, references[i], STEP_CANCEL, ARGS(.reason = "essai"));
	assert_string_equal(best(f, "borne ketabalo muette"), "");
	assert_clean(f);
}

static void use_unsorted(struct store_fixture *f, const char *code)
{
	static const char last[] = "name = À qualifier\n";
	struct catalogue_source source;
	struct text line = TEXT_INIT, categories = TEXT_INIT;
	const char *at = strstr(fixture_categories_ini, last);
	text_addf(&line, "unsorted = %s\n", code);
	changed_catalogue(&source, NULL, "unsorted = a-qualifier\n", text_str(&line));
	/* An ordinary category belongs to somebody. */
	text_addn(&categories, fixture_categories_ini, (size_t)(at - fixture_categories_ini));
	text_addf(&categories, "service = proximite\n%s", at);
	free(source.files[1].data);
	source.files[1].bytes = categories.len;
	source.files[1].data = text_take(&categories);
	assert_ok(f, store_catalogue_apply(f->store, &source, NULL, &f->err));
	catalogue_source_done(&source);
	text_done(&line);
}

/* Protects: what nobody has sorted teaches nothing, whatever the catalogue calls that; when it calls another category so, or takes the word back, what was
 * learned follows, once. */
static void test_what_is_unsorted_teaches_nothing(void **state)
{
	struct store_fixture *f = *state;
	int64_t of_old[4];
	for (int i = 0; i < 4; i++) {
		of_old[i] = FIXTURE_LOG(f, .category = "a-qualifier", .subject = "Borne ketabalo en panne");
		FIXTURE_LOG(f, .category = "plainte", .subject = "Guichet zurapime fermé");
	}
	assert_string_equal(best(f, "ketabalo"), "");
	assert_string_equal(best(f, "zurapime"), "plainte");
	use_unsorted(f, "plainte");
	assert_string_equal(best(f, "ketabalo"), "a-qualifier");
	assert_string_equal(best(f, "zurapime"), "");
	assert_clean(f);
	for (int i = 0; i < 4; i++) {
		FIXTURE_LOG(f, .category = "plainte", .subject = "Guichet zurapime fermé");
		fixture_step(f, of_old[i], STEP_CANCEL, ARGS(.reason = "essai"));
	}
	assert_string_equal(best(f, "ketabalo"), "");
	assert_clean(f);
	use_unsorted(f, "a-qualifier");
	assert_string_equal(best(f, "zurapime"), "plainte");
	assert_clean(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reading_a_folder),
		TEST(test_a_folder_too_big),
		TEST(test_a_closure_moves_targets_not_promises),
		TEST(test_an_interrupted_move_goes_on),
		TEST(test_a_renamed_commune),
		TEST(test_a_wrong_catalogue_changes_nothing),
		TEST(test_another_desk_follows),
		TEST(test_codes_of_imports_stay),
		TEST(test_codes_of_a_rolled_back_import),
		TEST(test_suggest_learns_from_the_store),
		TEST(test_what_is_unsorted_teaches_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
