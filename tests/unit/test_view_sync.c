// SPDX-License-Identifier: GPL-3.0-or-later
/* Synchro: what waits and why, what two desks wrote at once, what the server parked; each settled from there. The second desk is another store, and what goes
 * between them is numbered by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/report/conflicts.h"
#include "guichet/store/replica.h"
#include "guichet/sync/sync.h"
#include "ui_fixture.h"

enum { HERE = 12, THERE = 13, MANY = 200 };

static const struct actor martin = { .login = "s.martin", .name = "Sophie Martin", .roles = ROLE_AGENT };
static const struct actor durand = { .login = "p.durand", .name = "Paul Durand", .roles = ROLE_AGENT };
static const struct actor roads = { .login = "voirie", .name = "Voirie", .roles = ROLE_SERVICE, .services = (const char *const[]){ "voirie", NULL } };

struct pair { struct ui_fixture *f; struct store_fixture *there; int64_t seq, asked; struct sync_status link; struct ui_link ui_link; const char *parks; };

/* --- two desks --- */

static void enrol(struct store_fixture *f, uint32_t device, const char *name)
{
	const int64_t serials[] = { 20000000 + (int64_t)device * 1000 };
	const struct enrolment e = { .url = (char *)(uintptr_t)"https://guichet.verte.example", .token = (char *)(uintptr_t)"t", .name = (char *)(uintptr_t)name,
		.role = (char *)(uintptr_t)"agent", .services = (char *)(uintptr_t)"*", .device = device };
	assert_int_equal(replica_enrol(f->store, &e, serials, 1, 1000, &f->err), GUICHET_OK);
}

/* Numbers what one desk has not sent; the n-th note is parked when `parks` says why. */
static size_t number(struct pair *p, struct store_fixture *f, struct op *all, size_t count)
{
	struct op *ops;
	size_t n;
	assert_int_equal(replica_pending(f->store, NULL, 0, MANY, 1 << 20, &ops, &n, &f->err), GUICHET_OK);
	for (size_t i = 0; i < n; i++) {
		struct replica_ack ack = { .id = ops[i].id, .seq = ++p->seq, .parked = p->parks && ops[i].kind == OP_NOTE };
		ops[i].seq = ack.seq;
		ops[i].parked = ack.parked;
		if (ack.parked) {
			snprintf(ack.why, sizeof ack.why, "%s", p->parks);
			snprintf(ops[i].why, sizeof ops[i].why, "%s", p->parks);
		}
		assert_int_equal(replica_acknowledge(f->store, &ack, 1, &f->err), GUICHET_OK);
		assert_true(count < MANY);
		all[count++] = ops[i];
	}
	free(ops);
	return count;
}

/* All of it goes to both. */
static void exchange(struct pair *p)
{
	static struct op all[MANY];
	struct replica_item items[MANY] = { { 0 } };
	int64_t before = p->seq;
	size_t count = number(p, p->f->desk, all, 0);
	count = number(p, p->there, all, count);
	for (size_t i = 0; i < count; i++)
		items[i] = (struct replica_item){ .kind = REPLICA_OP, .seq = all[i].seq, .ops = &all[i], .count = 1 };
	const struct replica_page page = { .from = { .epoch = before ? 1 : 0, .seq = before }, .to = { .epoch = 1, .seq = p->seq }, .items = items, .count = count, .end = true };
	assert_int_equal(replica_apply(p->f->desk->store, &page, &p->f->desk->err), GUICHET_OK);
	assert_int_equal(replica_apply(p->there->store, &page, &p->there->err), GUICHET_OK);
	for (size_t i = 0; i < count; i++)
		op_done(&all[i]);
}

static void link_status(void *context, struct sync_status *out)
{
	*out = ((struct pair *)context)->link;
}

static void link_now(void *context)
{
	((struct pair *)context)->asked++;
}

static int setup(void **state)
{
	void *f;
	struct pair *p = guichet_alloc(sizeof *p);
	if (ui_fixture_setup(&f))
		return -1;
	p->f = f;
	p->there = fixture_new(false);
	p->link = (struct sync_status){ .retry_ms = NO_INSTANT, .since_ms = NO_INSTANT, .answered_ms = NO_INSTANT, .online = true };
	p->ui_link = (struct ui_link){ p, link_status, link_now };
	enrol(p->f->desk, HERE, "Accueil 1");
	enrol(p->there, THERE, "Accueil 2");
	ui_set_link(p->f->ui, &p->ui_link);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;
	void *f = p->f;
	fixture_free(&p->there);
	free(p);
	return ui_fixture_teardown(&f);
}

static void step(struct store_fixture *f, const struct actor *a, int64_t reference, enum step s, struct step_args args)
{
	if (desk_step(f->store, a, reference, s, &args, NULL, &f->err))
		fail_msg("refused: %s", f->err.message);
}

/* A request that both desks hold. */
static int64_t shared_request(struct pair *p, const char *subject)
{
	int64_t reference = FIXTURE_LOG(p->f->desk, .subject = subject, .category = "nid-de-poule");
	exchange(p);
	return reference;
}

/* A route, a subject and an agent, written on both desks while neither knew of the other. */
static int64_t conflicting(struct pair *p)
{
	int64_t reference = shared_request(p, "Trou rue des Lilas");
	p->f->desk->now_ms += 60000;
	step(p->f->desk, &martin, reference, STEP_ROUTE, (struct step_args){ .service = "nettoyage" });
	step(p->f->desk, &martin, reference, STEP_EDIT, (struct step_args){ .field = "subject", .value = "Trou profond" });
	p->there->now_ms += 120000;
	step(p->there, &durand, reference, STEP_EDIT, (struct step_args){ .field = "subject", .value = "Trou large" });
	exchange(p);
	return reference;
}

static int64_t row_of(struct pair *p, int64_t reference)
{
	int64_t row = 0;
	assert_int_equal(store_find_reference(p->f->desk->store, reference, &row, 1), 1);
	return row;
}

/* --- how the desk stands --- */

/* Protects: a desk of its own is not told of a server it has not. */
static void test_alone(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_sync, NULL);
	ui_golden(f, "sync-alone");
}

/* Protects: nothing waits, and that is said; a key asks for an exchange. */
static void test_nothing(void **state)
{
	struct pair *p = *state;
	exchange(p);
	ui_open(p->f->ui, &view_sync, NULL);
	ui_must_show(p->f, "en ligne");
	ui_must_show(p->f, "Rien n'attend");
	ui_press(p->f, "s");
	assert_int_equal(p->asked, 1);
}

/* Protects: what waits, why, since when and until when; conflicts and what is parked beside it; at both sizes. */
static void test_waits(void **state)
{
	struct pair *p = *state;
	int64_t other = shared_request(p, "Dépôt sauvage");
	conflicting(p);
	p->parks = "role";
	step(p->f->desk, &martin, other, STEP_NOTE, (struct step_args){ .text = "Ce n'est pas mon service" });
	exchange(p);
	p->parks = NULL;
	step(p->f->desk, &martin, other, STEP_NOTE, (struct step_args){ .text = "Rappeler avant midi" });
	p->f->desk->now_ms += 15 * 60000;
	p->link = (struct sync_status){ .trouble = SYNC_OFFLINE, .detail = "le serveur ne répond pas", .since_ms = p->f->desk->now_ms - 12 * 60000,
		.retry_ms = p->f->desk->now_ms + 42000, .answered_ms = p->f->desk->now_ms - 13 * 60000 };
	assert_int_equal(replica_set_offset(p->f->desk->store, 5 * 60000, NULL), GUICHET_OK);
	ui_open(p->f->ui, &view_sync, NULL);
	ui_golden(p->f, "sync");
	ui_press(p->f, "End");
	ui_must_show(p->f, "Rappeler avant midi");
	ui_press(p->f, "Enter");
	assert_ptr_equal(ui_top(p->f->ui)->ops, &view_request);
	assert_int_equal(view_request.selected(ui_top(p->f->ui)), row_of(p, other));
}

/* Protects: while a new desk is filled the screen says how far it is, and never more than all. */
static void test_filling(void **state)
{
	struct pair *p = *state;
	p->link = (struct sync_status){ .online = true, .filling = true, .filled = 12250, .to_fill = 35000, .retry_ms = NO_INSTANT, .since_ms = NO_INSTANT, .answered_ms = NO_INSTANT };
	ui_open(p->f->ui, &view_sync, NULL);
	ui_must_show(p->f, "35 % (12250 demandes sur 35000 environ)");
	p->link.filled = 35010;
	ui_press(p->f, "C-g");
	ui_must_show(p->f, "100 %");
	p->link.filling = false;
	ui_press(p->f, "C-g");
	ui_must_not_show(p->f, "100 %");
}

/* Protects: that the desk held something else than it should is said in words, and that nothing is lost; once it is
 * mended nobody is bothered. */
static void test_differs(void **state)
{
	struct pair *p = *state;
	const struct digest_window w = { 0, DIGEST_SEQS, 1 };
	shared_request(p, "Trou rue des Lilas");
	ui_open(p->f->ui, &view_sync, NULL);
	ui_must_not_show(p->f, "Écart");
	assert_int_equal(replica_digest_differs(p->f->desk->store, &w, DIGEST_SEQS, p->f->desk->now_ms, NULL), GUICHET_OK);
	ui_press(p->f, "C-g");
	ui_must_show(p->f, "Écart");
	ui_must_show(p->f, "rien de saisi ne se perd");
	assert_int_equal(store_set_setting(p->f->desk->store, "server-differs", "0 1 1 1", NULL), GUICHET_OK);
	ui_press(p->f, "C-g");
	ui_must_not_show(p->f, "Écart");
}

/* Protects: each reason in words of its own. */
static void test_reasons(void **state)
{
	struct pair *p = *state;
	static const struct { enum sync_trouble trouble; const char *words; } reasons[] = {
		{ SYNC_OFFLINE, "HORS LIGNE" }, { SYNC_REVOKED, "RÉVOQUÉ" }, { SYNC_FORKED, "MÊME IDENTITÉ" }, { SYNC_TOO_OLD, "TROP ANCIENNE" },
		{ SYNC_SIGN_IN, "401" }, { SYNC_REFUSED, "disque non chiffré" },
	};
	char sha256[65];
	/* An attachment goes by itself, after what speaks of it. */
	assert_int_equal(store_put_blob(p->f->desk->store, "x", 1, sha256, &p->f->desk->err), GUICHET_OK);
	ui_open(p->f->ui, &view_sync, NULL);
	ui_must_show(p->f, "1 pièce");
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		p->link.trouble = reasons[i].trouble;
		snprintf(p->link.detail, sizeof p->link.detail, "%s", reasons[i].trouble == SYNC_REFUSED ? "disque non chiffré" : "");
		ui_must_show(p->f, reasons[i].words);
	}
}

/* --- conflicts --- */

/* Protects: one key, one choice, one confirmation; undone, it is there again; nothing is done before. */
static void test_settles(void **state)
{
	struct pair *p = *state;
	struct loaded l;
	int64_t row = row_of(p, conflicting(p));
	ui_open(p->f->ui, &view_sync, NULL);
	ui_must_show(p->f, "conflits 1");
	ui_keys(p->f, "R 'profond'");
	ui_must_show(p->f, "Trou profond");
	ui_press(p->f, "Enter");
	ui_golden(p->f, "sync-settle");
	ui_press(p->f, "Enter");
	assert_int_equal(store_load_id(p->f->desk->store, row, &l, NULL), GUICHET_OK);
	assert_true(request_in_conflict(&l.request, FIELD_SUBJECT));
	loaded_done(&l);
	ui_keys(p->f, "R 'profond' Enter o");
	assert_int_equal(store_load_id(p->f->desk->store, row, &l, NULL), GUICHET_OK);
	assert_false(request_has_conflict(&l.request));
	assert_string_equal(request_text(&l.request, FIELD_SUBJECT), "Trou profond");
	loaded_done(&l);
	ui_must_show(p->f, "conflit réglé");
	ui_must_not_show(p->f, "conflits 1");
	ui_press(p->f, "u");
	ui_must_show(p->f, "conflits 1");
}

/* Protects: a conflict is seen wherever its request is: what is to be done, lists, its own screen, on both desks. */
static void test_seen(void **state)
{
	struct pair *p = *state;
	int64_t reference = conflicting(p), counts[TODO_KIND_COUNT], rows;
	ui_open(p->f->ui, &view_todo, NULL);
	ui_must_show(p->f, "conflit à régler");
	ui_open(p->f->ui, &view_queue, &(struct view_target){ .channel = -1, .service = "nettoyage" });
	ui_must_show(p->f, "CONFLIT");
	ui_open(p->f->ui, &view_request, &(struct view_target){ .channel = -1, .row_id = row_of(p, reference) });
	ui_must_show(p->f, "CONFLIT (R règle)");
	ui_golden(p->f, "request-conflict");
	store_count_todo(p->there->store, counts);
	assert_int_equal(counts[TODO_CONFLICT], 1);
	assert_int_equal(store_find_reference(p->there->store, reference, &rows, 1), 1);
}

/* Protects: each of the two people who wrote is told of the other, each in their own words and nobody else; an answer that was not seen, to who closed; two routes, to both
 * services; until it is settled. */
static void test_told(void **state)
{
	struct pair *p = *state;
	const struct actor other = { .login = "a.autre", .name = "A. Autre", .roles = ROLE_AGENT };
	const struct actor cleaning = { .login = "nettoyage", .name = "Nettoyage", .roles = ROLE_SERVICE, .services = (const char *const[]){ "nettoyage", NULL } };
	int64_t subject = conflicting(p), routed = shared_request(p, "Gravats"), ended = FIXTURE_LOG(p->f->desk, .category = "nid-de-poule", .subject = "Banc", .requester = WHO({ "name", "Berthier" }, { "phone", "0612345678" }));
	step(p->f->desk, &fixture_chief, ended, STEP_TAKE, (struct step_args){ 0 });
	exchange(p);
	step(p->f->desk, &martin, routed, STEP_ROUTE, (struct step_args){ .service = "nettoyage" });
	step(p->there, &durand, routed, STEP_ROUTE, (struct step_args){ .service = "proximite" });
	step(p->f->desk, &(struct actor){ .login = "s.martin", .name = "Sophie Martin", .roles = ROLE_SUPERVISOR }, ended, STEP_ANSWER, (struct step_args){ .channel = "phone", .text = "Réparé" });
	step(p->there, &durand, ended, STEP_CLOSE, (struct step_args){ .reason = "withdrawn" });
	exchange(p);
	const struct { struct store *s; const struct actor *who; int64_t reference; const char *words; } cases[] = {
		{ p->f->desk->store, &martin, subject, "votre saisie « Trou profond » ne s'affiche pas, celle de p.durand oui" },
		{ p->there->store, &durand, subject, "s.martin a écrit « Trou profond » en même temps que vous" },
		{ p->there->store, &durand, ended, "vous avez clôturé sans avoir vu la réponse de s.martin" },
		{ p->f->desk->store, &martin, ended, "p.durand a clôturé sans avoir vu votre réponse" },
		{ p->f->desk->store, &cleaning, routed, "vous pouvez la refuser" },
		{ p->f->desk->store, &roads, 0, NULL }, { p->f->desk->store, &other, 0, NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct conflict_told *told;
		size_t n = conflicts_told(cases[i].s, cases[i].who, &told), found = 0;
		for (size_t k = 0; k < n; k++)
			found += told[k].reference == cases[i].reference && cases[i].words && strstr(told[k].words, cases[i].words) != NULL;
		if (cases[i].words ? found != 1 : n != 0)
			fail_msg("%s is told of %zu, not: %s (%s)", cases[i].who->login, n, cases[i].words ? cases[i].words : "nothing", n ? told[0].words : "");
		conflicts_told_free(told, n);
	}
	ui_fixture_as(p->f, &martin, false);
	ui_open(p->f->ui, &view_todo, NULL);
	ui_must_show(p->f, "!! À vous");
	ui_must_show(p->f, "et 2 autres");
	ui_golden(p->f, "todo-told");
	ui_fixture_as(p->f, &other, false);
	ui_open(p->f->ui, &view_todo, NULL);
	ui_must_not_show(p->f, "!! À vous");
	/* Settled, it is nobody's affair any more. */
	struct conflict_told *told;
	step(p->f->desk, &martin, subject, STEP_RESOLVE, (struct step_args){ .field = "subject", .value = "Trou profond" });
	size_t n = conflicts_told(p->f->desk->store, &martin, &told);
	assert_int_equal(n, 2);
	conflicts_told_free(told, n);
}

/* Protects: two requests linked to each other are found, and one choice frees one of them: the same on both desks. */
static void test_crossed(void **state)
{
	struct pair *p = *state;
	int64_t one = shared_request(p, "Trou devant le 3"), two = shared_request(p, "Trou devant le 5");
	struct op_id op_one, op_two;
	struct loaded l, m;
	assert_int_equal(desk_op_of_reference(p->f->desk->store, one, &op_one, NULL), GUICHET_OK);
	assert_int_equal(desk_op_of_reference(p->f->desk->store, two, &op_two, NULL), GUICHET_OK);
	step(p->f->desk, &martin, one, STEP_LINK, (struct step_args){ .target = op_two });
	step(p->there, &durand, two, STEP_LINK, (struct step_args){ .target = op_one });
	exchange(p);
	ui_open(p->f->ui, &view_todo, NULL);
	ui_must_show(p->f, "2 demandes rattachées l'une à l'autre");
	ui_press(p->f, "Y");
	ui_must_show(p->f, "liens croisés");
	ui_keys(p->f, "R Enter 'croisés' Enter");
	assert_int_equal(store_load(p->f->desk->store, one, &l, NULL), GUICHET_OK);
	assert_int_equal(store_load(p->f->desk->store, two, &m, NULL), GUICHET_OK);
	/* Device 12's link is the smaller one: it stays, whoever settles. */
	assert_int_equal(l.request.status, STATUS_DUPLICATE);
	assert_int_not_equal(m.request.status, STATUS_DUPLICATE);
	loaded_done(&l);
	loaded_done(&m);
	ui_must_not_show(p->f, "liens croisés");
}

/* Protects: two routes are two services' business: the one whose route does not show may object; its answer ends the conflict. */
static void test_objects(void **state)
{
	struct pair *p = *state;
	int64_t reference = shared_request(p, "Eau sur la chaussée");
	struct loaded l;
	step(p->f->desk, &fixture_chief, reference, STEP_ROUTE, (struct step_args){ .service = "nettoyage" });
	step(p->there, &fixture_chief, reference, STEP_NOTE, (struct step_args){ .text = "vu" });
	exchange(p);
	/* Sent back here and elsewhere at once. */
	step(p->f->desk, &fixture_chief, reference, STEP_ROUTE, (struct step_args){ .service = "voirie" });
	step(p->there, &fixture_chief, reference, STEP_ROUTE, (struct step_args){ .service = "proximite" });
	step(p->there, &fixture_chief, reference, STEP_ROUTE, (struct step_args){ .service = "voirie" });
	step(p->there, &fixture_chief, reference, STEP_ROUTE, (struct step_args){ .service = "nettoyage" });
	exchange(p);
	ui_fixture_as(p->f, &roads, false);
	ui_open(p->f->ui, &view_sync, NULL);
	ui_keys(p->f, "R 'refuser' Enter");
	ui_keys(p->f, "'pas à nous' Enter");
	assert_int_equal(store_load(p->f->desk->store, reference, &l, NULL), GUICHET_OK);
	assert_false(request_in_conflict(&l.request, FIELD_SERVICE));
	assert_string_equal(request_text(&l.request, FIELD_SERVICE), "proximite");
	loaded_done(&l);
}

/* --- what was parked --- */

/* Protects: its author reads why; only who supervises settles it, once; the server hears of it. */
static void test_parked(void **state)
{
	struct pair *p = *state;
	struct replica_state now;
	int64_t reference = shared_request(p, "Dépôt sauvage");
	p->parks = "scope";
	step(p->f->desk, &martin, reference, STEP_NOTE, (struct step_args){ .text = "Une note de trop" });
	exchange(p);
	p->parks = NULL;
	ui_fixture_as(p->f, &martin, false);
	ui_open(p->f->ui, &view_todo, NULL);
	ui_must_show(p->f, "1 étape en souffrance");
	ui_press(p->f, "Y");
	ui_must_show(p->f, "hors des services de l'auteur");
	ui_press(p->f, "R");
	ui_must_show(p->f, "refaire autrement : note");
	ui_must_not_show(p->f, "appliquer : note");
	ui_press(p->f, "Enter");
	ui_must_show(p->f, "Une note de trop");
	ui_press(p->f, "Escape");
	ui_fixture_as(p->f, &fixture_chief, false);
	ui_open(p->f->ui, &view_sync, NULL);
	ui_keys(p->f, "R 'côté' Enter 'déjà dit' Enter");
	ui_must_show(p->f, "mise de côté");
	ui_must_show(p->f, "réglée, part");
	assert_int_equal(replica_state(p->f->desk->store, &now, NULL), GUICHET_OK);
	assert_int_equal(now.pending, 1);
	ui_press(p->f, "Enter");
	ui_must_show(p->f, "EN SOUFFRANCE");
	ui_must_show(p->f, "à envoyer");
}

/* --- while somebody looks, or writes --- */

/* Protects: nothing unsent is shown as sent, and sent it loses its mark. */
static void test_unsent(void **state)
{
	struct pair *p = *state;
	int64_t reference = shared_request(p, "Trou");
	step(p->f->desk, &martin, reference, STEP_NOTE, (struct step_args){ .text = "Rappeler" });
	ui_open(p->f->ui, &view_request, &(struct view_target){ .channel = -1, .row_id = row_of(p, reference) });
	ui_must_show(p->f, "note (à envoyer)");
	exchange(p);
	ui_press(p->f, "C-g");
	ui_must_not_show(p->f, "(à envoyer)");
}

/* Protects: who writes an answer is told that the request changed, and what was written stays to the letter; taken up again later, it is told again. */
static void test_changes_beneath(void **state)
{
	struct pair *p = *state;
	int64_t reference = shared_request(p, "Trou");
	ui_fixture_as(p->f, &martin, false);
	ui_open(p->f->ui, &view_request, &(struct view_target){ .channel = -1, .row_id = row_of(p, reference) });
	ui_keys(p->f, "k 'Je rappelle demain'");
	step(p->there, &durand, reference, STEP_EDIT, (struct step_args){ .field = "place_detail", .value = "devant le 3" });
	exchange(p);
	/* As the loop does when something came. */
	p->f->desk->now_ms += 11000;
	ui_act(p->f->ui, ACTION_REFRESH);
	ui_must_show(p->f, "vient de changer");
	ui_must_show(p->f, "p.durand");
	ui_must_show(p->f, "Je rappelle demain");
	ui_press(p->f, "Escape");
	ui_press(p->f, "D");
	ui_press(p->f, "Enter");
	ui_must_show(p->f, "Je rappelle demain");
	ui_must_show(p->f, "la demande a changé");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_alone, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_filling, setup, teardown),
		cmocka_unit_test_setup_teardown(test_differs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reasons, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crossed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unsent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes_beneath, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
