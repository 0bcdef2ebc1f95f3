// SPDX-License-Identifier: GPL-3.0-or-later
/* The store in trouble while somebody types: full, read-only, unreadable, held by another process, moved away, replaced; and another guichet that changes what is on the
 * screen. Nothing that was typed is lost, the message says what to do, and once the cause is gone the same key works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desk.h"

static struct desk made;

static void begin(struct desk *d, struct pty *p)
{
	assert_true(desk_copy(d, &made));
	assert_true(desk_open(d, p, "xterm-256color", 24, 80, NULL));
}

static void ends(struct desk *d, struct pty *p)
{
	if (p->vt.unknown)
		fail_msg("sent what the terminal does not know: %s", p->vt.unknown_last);
	pty_done(p);
	assert_int_equal(DESK_RUN(d, "verify"), 0);
	desk_done(d);
}

static void types(struct desk *d, struct pty *p, const char *bytes)
{
	pty_type(p, bytes);
	assert_true(moment_settle(&d->moment, p));
}

static bool stands(const struct pty *p, const char *text)
{
	return vt_find(&p->vt, text) >= 0;
}

static void show(const struct pty *p)
{
	char *screen = vt_dump(&p->vt, false);

	fprintf(stderr, "%s", screen);
	free(screen);
}

static void shows(const struct pty *p, const char *text)
{
	if (stands(p, text))
		return;
	show(p);
	fail_msg("'%s' does not stand on the screen", text);
}

static sqlite3 *hold(const struct desk *d)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(d->store, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static void move_store(const struct desk *d, bool away)
{
	char other[sizeof d->store + 8];

	snprintf(other, sizeof other, "%s.away", d->store);
	assert_int_equal(away ? rename(d->store, other) : rename(other, d->store), 0);
}

/* --- A call being typed ------------------------------------------------------------------------------------------ */

enum trouble { FULL, READ_ONLY, BROKEN, HELD, AWAY, TROUBLES };

static sqlite3 *make_trouble(struct desk *d, enum trouble t)
{
	static const int refusals[] = { [FULL] = ENOSPC, [READ_ONLY] = EROFS, [BROKEN] = EIO };

	if (t <= BROKEN)
		d->moment.page->refusal = refusals[t];
	if (t == AWAY)
		move_store(d, true);
	return t == HELD ? hold(d) : NULL;
}

static void end_trouble(struct desk *d, enum trouble t, sqlite3 *held)
{
	d->moment.page->refusal = 0;
	if (t == AWAY)
		move_store(d, false);
	sqlite3_close(held);
}

static const char *const words[TROUBLES] = { "plein", "lecture seule", "entrée-sortie", "occupé", "remplacé" };

/* Protects: whatever the store's trouble, a call stays in its form, says that nothing is recorded and why, and is recorded once by the same key when it is over. */
static void keeps_the_call(void **state)
{
	(void)state;
	for (int t = 0; t < TROUBLES; t++) {
		struct desk d;
		struct pty p;
		sqlite3 *held;

		begin(&d, &p);
		types(&d, &p, "\033OQ\t\tPremiers mots\t");
		shows(&p, "brouillon gardé");
		held = make_trouble(&d, (enum trouble)t);
		types(&d, &p, "\033[Z et la suite");
		assert_true(moment_pass(&d.moment, &p, 2500));
		shows(&p, "brouillon NON GARDÉ");
		shows(&p, words[t]);
		types(&d, &p, "\033[19~");
		shows(&p, "rien n'est enregistré");
		shows(&p, "Premiers mots et la suite");
		end_trouble(&d, (enum trouble)t, held);
		assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM request WHERE subject LIKE 'Premiers mots%'"), 0);
		assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM draft WHERE fields LIKE '%Premiers mots%'"), 1);
		types(&d, &p, "\033[19~");
		shows(&p, "Demande enregistrée");
		assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM request WHERE subject = 'Premiers mots et la suite'"), 1);
		assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM draft"), 0);
		ends(&d, &p);
	}
}

/* Protects: a draft that could not be kept is kept by itself once the cause is gone, whether or not anything more is typed. */
static void keeps_the_draft_later(void **state)
{
	struct desk d;
	struct pty p;

	(void)state;
	begin(&d, &p);
	d.moment.page->refusal = ENOSPC;
	types(&d, &p, "\033OQ\t\tOrage");
	assert_true(moment_pass(&d.moment, &p, 2500));
	shows(&p, "brouillon NON GARDÉ");
	d.moment.page->refusal = 0;
	for (int i = 0; i < 4; i++)
		assert_true(moment_pass(&d.moment, &p, 10000));
	shows(&p, "brouillon gardé");
	assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM draft WHERE fields LIKE '%Orage%'"), 1);
	ends(&d, &p);
}

/* Protects: leaving a form that can't be kept asks first; a signal ends guichet all the same, with what was kept before. */
static void asks_before_losing(void **state)
{
	struct desk d;
	struct pty p;

	(void)state;
	begin(&d, &p);
	types(&d, &p, "\033OQ\t\tPremiers mots\t\033[Z");
	d.moment.page->refusal = EROFS;
	types(&d, &p, " et la suite\033");
	assert_true(moment_pass(&d.moment, &p, 100));
	shows(&p, "cette saisie serait perdue. L'abandonner ? (o/N)");
	types(&d, &p, "n");
	shows(&p, "Premiers mots et la suite");
	kill(p.pid, SIGTERM);
	assert_true(pty_wait_end(&p));
	assert_true(WIFEXITED(p.status));
	assert_false(p.vt.alternate);
	d.moment.page->refusal = 0;
	assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM draft WHERE fields LIKE '%Premiers mots\"%'"), 1);
	ends(&d, &p);
}

/* Protects: a backup put in place of the store while a form is open: nothing is written into the old one, and the form keeps its text. */
static void sees_a_store_replaced(void **state)
{
	struct desk d;
	struct pty p;
	char copy[256];

	(void)state;
	begin(&d, &p);
	snprintf(copy, sizeof copy, "%s/copy.db", d.home);
	assert_int_equal(DESK_RUN(&d, "backup", copy), 0);
	types(&d, &p, "\033OQ\t\tPendant la restauration");
	assert_int_equal(DESK_RUN(&d, "restore", copy), 0);
	types(&d, &p, "\033[19~");
	shows(&p, "rien n'est enregistré");
	shows(&p, "remplacé");
	shows(&p, "Pendant la restauration");
	assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM request WHERE subject = 'Pendant la restauration'"), 0);
	ends(&d, &p);
}

/* Protects: a store that can't be read is said to be so, rather than shown as having nothing to do; no key waits for it more than a moment; the screens come back by
 * themselves.
 */
static void says_what_it_cannot_read(void **state)
{
	static const char *const keys[] = { "E", "H", "A", "D", "\033OR", "\x07" };
	struct desk d;
	struct pty p;
	sqlite3 *held;

	(void)state;
	begin(&d, &p);
	types(&d, &p, "S");
	types(&d, &p, "B");
	shows(&p, "Bannette");
	shows(&p, "▸");
	held = hold(&d);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		int64_t before = d.moment.page->passed_ms;

		types(&d, &p, keys[i]);
		shows(&p, "occupé par un autre");
		shows(&p, "Bannette");
		shows(&p, "▸");
		assert_in_range(d.moment.page->passed_ms - before, 1, 5000);
	}
	/* A live screen does not ask without end either. */
	types(&d, &p, "S");
	shows(&p, "Tableau des délais");
	assert_true(moment_pass(&d.moment, &p, 120000));
	/* A call can be typed all the same. */
	types(&d, &p, "\033OQ\t\tTrou");
	shows(&p, "Trou");
	sqlite3_close(held);
	assert_int_equal(DESK_RUN(&d, "log", "--channel", "phone", "--category", "nid-de-poule", "--subject", "Venu d'ailleurs", "--priority", "1"), 0);
	types(&d, &p, "\033");
	assert_true(moment_pass(&d.moment, &p, 100));
	types(&d, &p, "B");
	shows(&p, "Venu d'ailleurs");
	ends(&d, &p);
}

/* --- An answer being written ------------------------------------------------------------------------------------- */

/* A request that can be answered, on its screen. */
static void open_request(struct desk *d, struct pty *p, char reference[16])
{
	const char *at;

	assert_int_equal(DESK_RUN(d, "--json", "log", "--channel", "phone", "--category", "nid-de-poule", "--subject", "Trou profond", "--name", "Oyatambien", "--phone",
		"0199000102", "--commune", "verdane"), 0);
	at = strstr(text_str(&d->said), "\"service_request_id\":\"");
	assert_non_null(at);
	snprintf(reference, 16, "%.10s", at + 22);
	/* Only who has it in hand answers. */
	assert_int_equal(DESK_RUN(d, "take", reference), 0);
	types(d, p, "\033OR");
	types(d, p, reference);
	types(d, p, "\r");
	shows(p, "Fiche");
}

static void write_answer(struct desk *d, struct pty *p)
{
	types(d, p, "r");
	shows(p, "Réponse donnée par");
	types(d, p, "\r");
	types(d, p, "Une réponse longue à écrire.");
	shows(p, "Une réponse longue");
}

/* Protects: whatever the store's trouble, an answer that was written stays to be sent again. */
static void keeps_the_answer(void **state)
{
	(void)state;
	for (int t = 0; t < TROUBLES; t++) {
		char reference[16];
		struct desk d;
		struct pty p;
		sqlite3 *held;

		begin(&d, &p);
		open_request(&d, &p, reference);
		write_answer(&d, &p);
		held = make_trouble(&d, (enum trouble)t);
		types(&d, &p, "\033[19~");
		shows(&p, words[t]);
		shows(&p, "Une réponse longue à écrire.");
		end_trouble(&d, (enum trouble)t, held);
		types(&d, &p, "\033[19~");
		shows(&p, "réponse enregistrée");
		assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM op WHERE kind = 'answer' AND personal LIKE '%Une r_ponse longue%'"), 1);
		ends(&d, &p);
	}
}

/* Protects: the same for what was answered on the phone at once. */
static void keeps_what_was_answered_at_once(void **state)
{
	struct desk d;
	struct pty p;
	sqlite3 *held;

	(void)state;
	begin(&d, &p);
	types(&d, &p, "\033OQ\t\tHoraires des bacs\tJours et horaires de collecte\t\033[20~");
	types(&d, &p, "ecrire\r");
	types(&d, &p, "Ouverte de neuf à dix-huit.");
	held = hold(&d);
	types(&d, &p, "\033[19~");
	shows(&p, "occupé");
	shows(&p, "Ouverte de neuf");
	sqlite3_close(held);
	types(&d, &p, "\033[19~");
	shows(&p, "Répondue et clôturée");
	assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM op WHERE kind = 'answer' AND personal LIKE '%Ouverte de neuf%'"), 1);
	ends(&d, &p);
}

/* Protects: an answer being written when terminal and program are killed, or that is put aside by Escape, is offered again with its text, and is no draft any more once it
 * is sent.
 */
static void keeps_an_answer_as_a_draft(void **state)
{
	char reference[16];
	struct desk d;
	struct pty p;

	(void)state;
	for (int way = 0; way < 3; way++) {
		begin(&d, &p);
		open_request(&d, &p, reference);
		write_answer(&d, &p);
		if (way == 0) {
			assert_true(moment_pass(&d.moment, &p, 2000));
			kill(p.pid, SIGKILL);
		} else if (way == 1) {
			kill(p.pid, SIGHUP);
			assert_true(pty_wait_end(&p));
		} else {
			types(&d, &p, "\033");
			assert_true(moment_pass(&d.moment, &p, 100));
			shows(&p, "mis de côté");
		}
		pty_done(&p);
		assert_true(desk_open(&d, &p, "xterm-256color", 24, 80, NULL));
		shows(&p, "brouillons 1");
		types(&d, &p, "D");
		shows(&p, "Une réponse longue");
		types(&d, &p, "\r");
		shows(&p, "Réponse donnée par");
		types(&d, &p, "\r");
		shows(&p, "Une réponse longue à écrire.");
		types(&d, &p, "\033[19~");
		shows(&p, "réponse enregistrée");
		assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM draft"), 0);
		assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM op WHERE kind = 'answer' AND personal LIKE '%Une r_ponse longue%'"), 1);
		ends(&d, &p);
	}
}

/* --- Another guichet --------------------------------------------------------------------------------------------- */

/* Protects: what another guichet did to the request on the screen is seen without a key; an answer written meanwhile to a request that it closed is refused with the
 * reason, overwrites nothing, and stays on the screen.
 */
static void sees_what_others_do(void **state)
{
	char reference[16];
	struct desk d;
	struct pty p;

	(void)state;
	begin(&d, &p);
	assert_true(moment_resize(&d.moment, &p, 43, 132));
	open_request(&d, &p, reference);
	assert_int_equal(DESK_RUN(&d, "note", reference, "Vu par un autre poste"), 0);
	assert_true(moment_pass(&d.moment, &p, 11000));
	shows(&p, "Vu par un autre poste");
	write_answer(&d, &p);
	assert_int_equal(DESK_RUN(&d, "answer", reference, "--channel", "phone", "--text", "La vraie"), 0);
	assert_int_equal(DESK_RUN(&d, "close", reference), 0);
	assert_true(moment_pass(&d.moment, &p, 11000));
	shows(&p, "Une réponse longue");
	types(&d, &p, "\033[19~");
	shows(&p, "Une réponse longue");
	shows(&p, "clôturée");
	assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM op WHERE kind = 'answer' AND personal LIKE '%Une r_ponse longue%'"), 0);
	ends(&d, &p);
}

/* Protects: two forms taken up from one draft: neither writes over the other's, nothing typed is lost. */
static void keeps_both_drafts(void **state)
{
	struct desk d;
	struct pty p, other;

	(void)state;
	begin(&d, &p);
	types(&d, &p, "\033OQ\t\tLe premier\t");
	assert_true(desk_open(&d, &other, "xterm-256color", 24, 80, NULL));
	types(&d, &other, "D");
	types(&d, &other, "\r");
	shows(&other, "Le premier");
	types(&d, &other, "\t\t\033[F, par le second\t");
	types(&d, &p, "\033[Z, par l'un\t");
	assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM draft WHERE fields LIKE '%Le premier, par l''un%'"), 1);
	assert_int_equal(desk_store_number(d.store, "SELECT count(*) FROM draft WHERE fields LIKE '%Le premier, par le second%'"), 1);
	pty_done(&other);
	ends(&d, &p);
}

static int set_up(void **state)
{
	(void)state;
	return desk_make(&made, 60) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	desk_done(&made);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_call), cmocka_unit_test(keeps_the_draft_later), cmocka_unit_test(asks_before_losing), cmocka_unit_test(sees_a_store_replaced),
		cmocka_unit_test(says_what_it_cannot_read),
		cmocka_unit_test(keeps_the_answer), cmocka_unit_test(keeps_what_was_answered_at_once), cmocka_unit_test(keeps_an_answer_as_a_draft), cmocka_unit_test(sees_what_others_do), cmocka_unit_test(keeps_both_drafts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
