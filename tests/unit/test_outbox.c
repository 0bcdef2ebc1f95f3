// SPDX-License-Identifier: GPL-3.0-or-later
/* What is owed by email, on a real relay: when it goes, to whom, what is on record afterwards, and that whatever
 * goes wrong nothing is lost or sent twice unmarked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/mail/outbox.h"
#include "mail_fixture.h"
#include "store_fixture.h"

#define ARGS(...) (&(struct step_args){__VA_ARGS__})

static struct mail_fixture sink;
static struct mail_server relay;
static size_t before; /* messages that earlier tests sent */

static int start(void **state)
{
	(void)state;
	if (!mail_start(&sink, "sink", "smtp.port", NULL))
		return 0;
	mail_server_at(&sink, "smtp", "", false, &relay);
	free(relay.user);
	relay.user = NULL;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	mail_server_done(&relay);
	mail_stop(&sink);
	return 0;
}

/* With the catalogue that ships, whose templates are used; guichet sends. */
static int setup(void **state)
{
	struct catalogue_source source = {0};
	if (fixture_setup(state))
		return 1;
	struct store_fixture *f = *state;
	if (catalogue_read_folder("data/catalogue", &source, &f->err) ||
		store_catalogue_apply(f->store, &source, NULL, &f->err))
		fail_msg("%s", f->err.message);
	catalogue_source_done(&source);
	store_catalogue(f->store)->sends_email = true;
	before = mail_count(&sink, "sent");
	return 0;
}

static struct outbox_report send_now(struct store_fixture *f, enum guichet_rc expected)
{
	const struct outbox_options o = {.server = &relay, .actor = &fixture_chief, .per_day = 3};
	struct outbox_report r;
	if (sink.pid <= 0)
		skip();
	f->err = (struct guichet_err){0};
	enum guichet_rc rc = outbox_send(f->store, &o, &r, &f->err);
	if (rc != expected)
		fail_msg("%d: %s", rc, f->err.message);
	return r;
}

static struct outbox_report alert_now(struct store_fixture *f)
{
	const struct outbox_options o = {.server = &relay, .actor = &fixture_chief};
	struct outbox_report r;
	if (sink.pid <= 0)
		skip();
	if (outbox_alert(f->store, &o, &r, &f->err))
		fail_msg("%s", f->err.message);
	return r;
}

static size_t sent(void)
{
	return mail_count(&sink, "sent") - before;
}

/* The last one, with its envelope. The caller frees it. */
static char *last_sent(void)
{
	char name[32];
	size_t bytes;
	snprintf(name, sizeof name, "sent/%04zu.eml", mail_count(&sink, "sent"));
	return mail_file(&sink, name, &bytes);
}

static int64_t by_mail(struct store_fixture *f, const char *email, const char *category)
{
	return FIXTURE_LOG(f, .channel = "email", .category = category, .subject = "Lampadaire éteint",
		.description = "Devant le 12.", .commune = "verdane",
		.requester = WHO({"name", "Odette Lefèvre"}, {"email", email}));
}

static struct delivery last_delivery(struct store_fixture *f, int64_t reference, struct loaded *l)
{
	assert_int_equal(store_load(f->store, reference, l, &f->err), GUICHET_OK);
	assert_int_not_equal(l->request.delivery_count, 0);
	return l->request.deliveries[l->request.delivery_count - 1];
}

static void assert_state(
	struct store_fixture *f, int64_t reference, enum delivery_state state, bool again, const char *words)
{
	struct loaded l;
	struct delivery d = last_delivery(f, reference, &l);
	assert_int_equal(d.state, state);
	assert_int_equal(d.again, again);
	if (!strstr(d.text, words))
		fail_msg("%s", d.text);
	loaded_done(&l);
}

static void assert_verified(struct store_fixture *f)
{
	struct verify_report report;
	assert_int_equal(store_verify(f->store, NULL, NULL, NULL, &report, &f->err), GUICHET_OK);
	assert_int_equal(report.differences, 0);
}

/* Protects: an acknowledgement goes after the minute in which it can be taken back, once, with the token by which
 * its answer comes home and what keeps machines from answering it. */
static void acknowledged_once(void **state)
{
	struct store_fixture *f = *state;
	char subject[64];
	int64_t reference = by_mail(f, "odette@example.org", "nid-de-poule");
	f->now_ms += HOLD_MS - 1;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 0);
	f->now_ms += 1;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	assert_int_equal(send_now(f, GUICHET_OK).sent, 0);
	assert_int_equal(sent(), 1);
	struct loaded l;
	struct delivery d = last_delivery(f, reference, &l);
	assert_true(d.purpose == PURPOSE_ACKNOWLEDGE && d.state == DELIVERY_SENT && reply_token_is(d.token) && !d.again);
	char *came = last_sent();
	assert_non_null(strstr(came, "X-Envelope-To: odette@example.org\r\n"));
	assert_non_null(strstr(came, "\r\nAuto-Submitted: auto-replied\r\n"));
	assert_null(strstr(came, "\r\nList-"));
	snprintf(subject, sizeof subject, "Message-ID: <%lld.%s@", (long long)reference, d.token);
	assert_non_null(strstr(came, subject));
	free(came);
	loaded_done(&l);
	assert_verified(f);
}

/* Protects: what is taken back within the minute never leaves; an answer is no automatic message. */
static void answer_and_undo(void **state)
{
	struct store_fixture *f = *state;
	const char *label;
	int64_t reference = by_mail(f, "odette@example.org", "nid-de-poule");
	f->now_ms += HOLD_MS;
	send_now(f, GUICHET_OK);
	fixture_step(f, reference, STEP_TAKE, ARGS(.text = ""));
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "email", .text = "Trop vite."));
	assert_int_equal(desk_undo(f->store, &fixture_chief, reference, &label, &f->err), GUICHET_OK);
	f->now_ms += HOLD_MS;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 0);
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "email", .text = "Le lampadaire est réparé."));
	f->now_ms += HOLD_MS;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	char *came = last_sent();
	assert_null(strstr(came, "Auto-Submitted"));
	assert_non_null(strstr(came, "Le lampadaire est r=C3=A9par=C3=A9."));
	free(came);
	assert_int_equal(sent(), 2);
}

/* Protects: an answer whose recipient the relay refuses was not given; its words are kept. */
static void refused(void **state)
{
	struct store_fixture *f = *state;
	struct loaded l;
	int64_t reference = by_mail(f, "refuse@example.org", "nid-de-poule");
	fixture_step(f, reference, STEP_TAKE, ARGS(.text = ""));
	fixture_step(f, reference, STEP_ANSWER, ARGS(.channel = "email", .text = "Réparé."));
	f->now_ms += HOLD_MS;
	assert_int_equal(send_now(f, GUICHET_OK).refused, 2);
	assert_state(f, reference, DELIVERY_REFUSED, false, "nobody of that name");
	last_delivery(f, reference, &l);
	assert_null(request_answer(&l.request));
	assert_true(l.request.undelivered);
	loaded_done(&l);
	assert_int_equal(send_now(f, GUICHET_OK).refused, 0);
}

/* Protects: a temporary refusal is tried again, later each time, and given up after some days: then it is on record
 * as refused. */
static void tried_again(void **state)
{
	struct store_fixture *f = *state;
	int64_t reference = by_mail(f, "later@example.org", "nid-de-poule"), began = f->now_ms;
	int visits = 0;
	f->now_ms += HOLD_MS;
	assert_int_equal(send_now(f, GUICHET_OK).waiting, 1);
	f->now_ms += 4 * MS_PER_MINUTE;
	struct outbox_message m = {.purpose = PURPOSE_ACKNOWLEDGE};
	struct outbox_try t;
	struct loaded l;
	assert_int_equal(store_load(f->store, reference, &l, &f->err), GUICHET_OK);
	m.target = l.request.id;
	loaded_done(&l);
	assert_int_equal(send_now(f, GUICHET_OK).waiting, 1);
	assert_true(outbox_get(f->store, &m, &t) && t.tries == 1 && t.code == 451);
	while (outbox_get(f->store, &m, &t) && visits++ < 100) {
		f->now_ms = t.next_ms;
		send_now(f, GUICHET_OK);
	}
	assert_state(f, reference, DELIVERY_REFUSED, false, "451");
	assert_in_range(f->now_ms - began, 4 * MS_PER_DAY, 5 * MS_PER_DAY);
	assert_in_range(visits, 10, 60);
}

/* Protects: a message of which nobody knows whether it went is sent once more, marked, and not a third time. */
static void unknown_end(void **state)
{
	struct store_fixture *f = *state;
	int64_t reference = by_mail(f, "dumb@example.org", "nid-de-poule");
	f->now_ms += HOLD_MS;
	send_now(f, GUICHET_UNAVAILABLE);
	send_now(f, GUICHET_UNAVAILABLE);
	assert_int_equal(send_now(f, GUICHET_OK).sent, 0);
	assert_int_equal(sent(), 2);
	assert_state(f, reference, DELIVERY_REFUSED, true, "à deux reprises");
}

/* Protects: a process that died between sending and recording leaves one more message, under the same token, whose
 * delivery says so. */
static void killed_between(void **state)
{
	struct store_fixture *f = *state;
	struct loaded l;
	struct outbox_message m = {.purpose = PURPOSE_ACKNOWLEDGE};
	const struct outbox_try begun = {.token = "K7Q2M9XADE", .begun = true, .tries = 1, .first_ms = f->now_ms};
	int64_t reference = by_mail(f, "odette@example.org", "nid-de-poule");
	assert_int_equal(store_load(f->store, reference, &l, &f->err), GUICHET_OK);
	m.target = l.request.id;
	loaded_done(&l);
	assert_int_equal(outbox_put(f->store, &m, &begun, &f->err), GUICHET_OK);
	f->now_ms += HOLD_MS;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	assert_state(f, reference, DELIVERY_SENT, true, "");
	assert_string_equal(last_delivery(f, reference, &l).token, "K7Q2M9XADE");
	loaded_done(&l);
}

/* Protects: a relay that is down costs nothing: what waited goes when it is up again, once, unmarked. */
static void relay_down(void **state)
{
	struct store_fixture *f = *state;
	int64_t reference = by_mail(f, "odette@example.org", "nid-de-poule");
	f->now_ms += HOLD_MS;
	FILE *closed = fopen(mail_path(&sink, "closed"), "w");
	if (closed)
		fclose(closed);
	send_now(f, GUICHET_UNAVAILABLE);
	unlink(mail_path(&sink, "closed"));
	assert_int_equal(sent(), 0);
	f->now_ms += MS_PER_DAY;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	assert_state(f, reference, DELIVERY_SENT, false, "");
}

/* Protects: whatever writes to us without end, one address gets so many acknowledgements a day and no more; those
 * held go later. */
static void rate_cap(void **state)
{
	struct store_fixture *f = *state;
	for (int i = 0; i < 5; i++)
		by_mail(f, i % 2 ? "Robot@example.org" : "robot@example.org", "nid-de-poule");
	by_mail(f, "odette@example.org", "nid-de-poule");
	f->now_ms += HOLD_MS;
	struct outbox_report r = send_now(f, GUICHET_OK);
	assert_int_equal(r.sent, 4);
	assert_int_equal(r.held, 2);
	f->now_ms += MS_PER_DAY;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 2);
}

/* Protects: what nobody has read yet gets a receipt at once, and the acknowledgement that the law wants once its
 * service is known. */
static void receipt_first(void **state)
{
	struct store_fixture *f = *state;
	int64_t reference = by_mail(f, "odette@example.org", "a-qualifier");
	f->now_ms += HOLD_MS;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	assert_int_equal(send_now(f, GUICHET_OK).sent, 0);
	char *came = last_sent();
	assert_non_null(strstr(came, "Auto-Submitted: auto-replied"));
	free(came);
	fixture_step(f, reference, STEP_EDIT, ARGS(.field = "category", .value = "nid-de-poule"));
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	struct loaded l;
	assert_int_equal(last_delivery(f, reference, &l).purpose, PURPOSE_ACKNOWLEDGE);
	loaded_done(&l);
	assert_int_equal(sent(), 2);
}

/* Protects: a service that does not use guichet gets its requests by mail, under a token. */
static void forwarded(void **state)
{
	struct store_fixture *f = *state;
	int64_t reference = FIXTURE_LOG(
		f, .channel = "phone", .category = "nid-de-poule", .subject = "Lampadaire éteint", .commune = "verdane");
	fixture_step(f, reference, STEP_ROUTE, ARGS(.service = "piscines"));
	f->now_ms += HOLD_MS;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	char *came = last_sent();
	assert_non_null(strstr(came, "X-Envelope-To: piscines@metropole-verte.example\r\n"));
	assert_null(strstr(came, "Auto-Submitted"));
	free(came);
	struct loaded l;
	struct delivery d = last_delivery(f, reference, &l);
	assert_true(d.purpose == PURPOSE_FORWARD && reply_token_is(d.token));
	loaded_done(&l);
}

/* Protects: heads are told at 80 and 100 per cent, once each, in opening hours, all of theirs in one message, and
 * nothing that passed before anybody looked. */
static void alerts(void **state)
{
	struct store_fixture *f = *state;
	struct loaded l;
	FIXTURE_LOG(f, .channel = "phone", .category = "nid-de-poule", .subject = "Ancien", .commune = "verdane",
		.received_ms = f->now_ms - 300 * MS_PER_DAY);
	assert_int_equal(alert_now(f).sent, 0);
	f->now_ms += 1000;
	int64_t one =
		FIXTURE_LOG(f, .channel = "phone", .category = "nid-de-poule", .subject = "Lampadaire 1", .commune = "verdane");
	assert_int_equal(store_load(f->store, one, &l, &f->err), GUICHET_OK);
	struct deadlines due;
	deadlines_compute(&l.request, store_catalogue(f->store), f->now_ms, &due, NULL);
	loaded_done(&l);
	f->now_ms = due.risk_ms - 1;
	assert_int_equal(alert_now(f).sent, 0);
	/* Three in the morning after it: nobody is there. */
	f->now_ms = paris_instant(paris_day(due.risk_ms) + 1, 3 * 60);
	assert_int_equal(alert_now(f).sent, 0);
	f->now_ms = due.risk_ms;
	assert_int_equal(alert_now(f).sent, 1);
	assert_int_equal(alert_now(f).sent, 0);
	char *came = last_sent();
	assert_non_null(strstr(came, "Auto-Submitted: auto-generated"));
	free(came);
	struct delivery d = last_delivery(f, one, &l);
	assert_true(d.purpose == PURPOSE_ESCALATE && d.level == 80);
	loaded_done(&l);
	size_t so_far = sent();
	int64_t two =
		FIXTURE_LOG(f, .channel = "phone", .category = "nid-de-poule", .subject = "Lampadaire 2", .commune = "verdane");
	int64_t three =
		FIXTURE_LOG(f, .channel = "phone", .category = "nid-de-poule", .subject = "Lampadaire 3", .commune = "verdane");
	assert_int_equal(store_load(f->store, three, &l, &f->err), GUICHET_OK);
	deadlines_compute(&l.request, store_catalogue(f->store), f->now_ms, &due, NULL);
	loaded_done(&l);
	f->now_ms = due.risk_ms;
	struct outbox_report r = alert_now(f);
	/* The first one is over its time now: that is a message of its own. */
	assert_int_equal(r.sent, 3);
	assert_int_equal(sent() - so_far, 2);
	assert_int_equal(last_delivery(f, one, &l).level, 100);
	loaded_done(&l);
	assert_int_equal(last_delivery(f, two, &l).level, 80);
	loaded_done(&l);
	came = last_sent();
	assert_non_null(strstr(came, "Lampadaire 2"));
	assert_non_null(strstr(came, "Lampadaire 3"));
	assert_non_null(strstr(came, "Bonjour Bertrand Lacassaigne"));
	assert_non_null(strstr(came, "80=C2=A0% du d=C3=A9lai de r=C3=A9ponse de 2 demandes"));
	free(came);
}

/* Protects: a catalogue whose words for an alert can't speak of several gets each head a message for each. */
static void alerts_apart(void **state)
{
	struct store_fixture *f = *state;
	struct loaded l;
	struct deadlines due;
	struct catalogue *c = store_catalogue(f->store);
	int64_t last = 0;
	for (size_t i = 0; i < c->template_count; i++)
		if (c->templates[i].use == TEMPLATE_ESCALATE) {
			free(c->templates[i].text);
			c->templates[i].text = guichet_strdup("La demande {reference} attend.\n");
		}
	assert_int_equal(alert_now(f).sent, 0);
	f->now_ms += 1000;
	for (int i = 0; i < 2; i++)
		last = FIXTURE_LOG(f, .channel = "phone", .category = "nid-de-poule", .subject = "Trou", .commune = "verdane");
	assert_int_equal(store_load(f->store, last, &l, &f->err), GUICHET_OK);
	deadlines_compute(&l.request, c, f->now_ms, &due, NULL);
	loaded_done(&l);
	f->now_ms = due.risk_ms;
	assert_int_equal(alert_now(f).sent, 2);
	assert_int_equal(sent(), 2);
}

/* Protects: a reminder goes to the named head where the service's agents have the request before their eyes, and to
 * the service itself where they do not. */
static void reminded(void **state)
{
	struct store_fixture *f = *state;
	static const char *const services[] = {"voirie", "piscines"};
	static const char *const expected[] = {"b.lacassaigne@metropole-verte.example", "piscines@metropole-verte.example"};
	for (size_t i = 0; i < 2; i++) {
		int64_t reference = FIXTURE_LOG(
			f, .channel = "phone", .category = "nid-de-poule", .subject = "Lampadaire éteint", .commune = "verdane");
		if (i)
			fixture_step(f, reference, STEP_ROUTE, ARGS(.service = services[i]));
		f->now_ms += HOLD_MS;
		send_now(f, GUICHET_OK);
		fixture_step(f, reference, STEP_REMIND, ARGS(.text = "Où en est-elle ?"));
		f->now_ms += HOLD_MS;
		assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
		char *came = last_sent();
		if (!strstr(came, expected[i]))
			fail_msg("%s: %.200s", expected[i], came);
		free(came);
	}
}

/* Protects: the machine that carries the mail may record what it sent, and may do nothing else to a request. */
static void by_a_mailer(void **state)
{
	struct store_fixture *f = *state;
	static const struct actor machine = {"courrier", "Courrier", ROLE_MAILER, NULL};
	const struct outbox_options o = {.server = &relay, .actor = &machine};
	struct outbox_report r;
	struct step_args args = {.text = "Non.", .channel = "email", .reason = "withdrawn"};
	int64_t reference = by_mail(f, "odette@example.org", "nid-de-poule");
	if (sink.pid <= 0)
		skip();
	f->now_ms += HOLD_MS;
	assert_int_equal(outbox_send(f->store, &o, &r, &f->err), GUICHET_OK);
	assert_int_equal(r.sent, 1);
	assert_state(f, reference, DELIVERY_SENT, false, "");
	for (int step = 0; step < STEP_COUNT; step++) {
		bool may = step == STEP_NOTE || step == STEP_ATTACH || step == STEP_TOUCH || step == STEP_DELIVERY;
		if (!may)
			assert_int_equal(
				desk_step(f->store, &machine, reference, (enum step)step, &args, NULL, &f->err), GUICHET_NO_PERM);
	}
	assert_int_equal(desk_step(f->store, &machine, reference, STEP_NOTE, &args, NULL, &f->err), GUICHET_OK);
	const struct call call = {.channel = "phone", .category = "nid-de-poule", .subject = "Trou"};
	struct logged logged;
	assert_int_equal(desk_log(f->store, &machine, &call, NULL, &logged, &f->err), GUICHET_NO_PERM);
}

/* Protects: a restored copy, which can't know what was sent since it was made, marks what it sends of that time. */
static void restored(void **state)
{
	struct store_fixture *f = *state;
	char copy[160];
	fixture_path(f, "copie.db", copy);
	send_now(f, GUICHET_OK);
	int64_t reference = by_mail(f, "odette@example.org", "nid-de-poule");
	assert_int_equal(store_backup(f->store, copy, NULL, &f->err), GUICHET_OK);
	f->now_ms += HOLD_MS;
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	const struct store_options o = {.clock = clock_fixed(&f->now_ms), .random = random_seeded(&f->seed)};
	store_close(&f->store);
	assert_int_equal(store_restore(copy, f->path, &o, &f->err), GUICHET_OK);
	assert_int_equal(store_open(f->path, &o, &f->store, &f->err), GUICHET_OK);
	assert_int_equal(send_now(f, GUICHET_OK).sent, 1);
	assert_state(f, reference, DELIVERY_SENT, true, "");
}

/* Protects: two processes never send for one store. */
static void one_at_a_time(void **state)
{
	struct store_fixture *f = *state;
	int first, second;
	assert_int_equal(mail_lock(f->path, &first, &f->err), GUICHET_OK);
	assert_int_equal(mail_lock(f->path, &second, &f->err), GUICHET_LOCKED);
	close(first);
	assert_int_equal(mail_lock(f->path, &second, &f->err), GUICHET_OK);
	close(second);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {T(acknowledged_once), T(answer_and_undo), T(refused), T(tried_again),
		T(unknown_end), T(killed_between), T(relay_down), T(rate_cap), T(receipt_first), T(forwarded), T(alerts),
		T(alerts_apart), T(reminded), T(by_a_mailer),
		T(restored), T(one_at_a_time)};
	return cmocka_run_group_tests(tests, start, stop);
}
