// SPDX-License-Identifier: GPL-3.0-or-later
/* See outbox.h. What is owed, one message after the other. */
#include "guichet/mail/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/mail/write.h"
#include "guichet/store/replica.h"
#include "outbox_inside.h"

/* LOOK_AGAIN_MS: at an address that had too many automatic messages. */
enum { PAGE = 100, LOOK_AGAIN_MS = 3600000 };

enum guichet_rc mail_lock(const char *store, int *fd, struct guichet_err *err)
{
	struct text path = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;
	text_addf(&path, "%s.courriel", store);
	*fd = open(text_str(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		rc = guichet_err_set(
			err, GUICHET_CANT_CREATE, _("impossible de créer %s : %s"), text_str(&path), strerror(errno));
	else if (flock(*fd, LOCK_EX | LOCK_NB))
		rc = guichet_err_set(
			err, GUICHET_LOCKED, "%s", _("un autre guichet relève ou expédie le courrier de ce dépôt en ce moment"));
	if (rc && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	text_done(&path);
	return rc;
}

/* --- a run --- */

static bool stop_at_one(void *context, const struct outgoing *o)
{
	(void)o;
	*(bool *)context = true;
	return false;
}

/* Another machine did this before: what it had begun, and did not live to record, may have gone. */
static bool takes_over(struct store *s)
{
	bool sent = false;
	if (!replica_is_enrolled(s))
		return false;
	store_list_delivered(s, CHANNEL_EMAIL, DELIVERY_SENT, 0, INT64_MAX, 1, stop_at_one, &sent, NULL);
	return sent;
}

/* Since when this store is the one that sends: a copy of it, restored, does not know what the former one sent since
 * the copy was made. */
static enum guichet_rc learn_restored(struct sending *x, struct guichet_err *err)
{
	static const char key[] = "outbox-device";
	char *known = store_setting(x->store, key), now[64];
	char *rest = NULL;
	unsigned long device = known ? strtoul(known, &rest, 10) : 0;
	long long since = rest ? strtoll(rest, NULL, 10) : 0;
	enum guichet_rc rc = GUICHET_OK;
	if (device != (unsigned long)store_device(x->store)) {
		since = known || takes_over(x->store) ? (long long)store_now(x->store) : 0;
		snprintf(now, sizeof now, "%lu %lld", (unsigned long)store_device(x->store), since);
		rc = store_set_setting(x->store, key, now, err);
	}
	x->restored_ms = since;
	free(known);
	return rc;
}

enum guichet_rc sending_start(struct sending *x, struct store *s, const struct outbox_options *o,
	struct outbox_report *r, struct guichet_err *err)
{
	const struct catalogue *c = store_catalogue(s);
	const char *from = o->from ? o->from : c->email ? c->email : "";
	*x = (struct sending){.store = s,
		.o = o,
		.report = r,
		.from = guichet_strdup(from),
		.from_name = guichet_strdup(c->name ? c->name : "")};
	if (!strchr(from, '@'))
		return guichet_err_set(err, GUICHET_CONFIG,
			_("aucune adresse d'expéditeur : from dans [mail], ou email dans [metropole] du catalogue"));
	return learn_restored(x, err);
}

void sending_done(struct sending *x)
{
	smtp_close(&x->smtp);
	free(x->from);
	free(x->from_name);
}

void letter_done(struct letter *l)
{
	free(l->to);
	free(l->subject);
	free(l->text);
	*l = (struct letter){0};
}

/* --- one message --- */

static const struct owed *find_owed(const struct request *r, const struct outbox_message *m)
{
	for (size_t i = 0; i < r->owed_count; i++)
		if (r->owed[i].purpose == m->purpose && r->owed[i].channel == CHANNEL_EMAIL &&
			op_id_equal(r->owed[i].target, m->target))
			return &r->owed[i];
	return NULL;
}

static bool had_receipt(const struct request *r)
{
	for (size_t i = 0; i < r->delivery_count; i++)
		if (r->deliveries[i].purpose == PURPOSE_INFORM && op_id_equal(r->deliveries[i].target, r->id))
			return true;
	return false;
}

bool sending_is_unread(const struct sending *x, const struct request *r)
{
	const struct category *unsorted = store_catalogue(x->store)->unsorted;
	return unsorted && !strcmp(request_text(r, FIELD_CATEGORY), unsorted->code);
}

/* Too many at this address today: it looks again in an hour. */
static enum guichet_rc hold(struct sending *x, const struct outbox_message *m, struct guichet_err *err)
{
	struct outbox_try t;
	if (!outbox_get(x->store, m, &t))
		t.first_ms = store_now(x->store);
	t.next_ms = store_now(x->store) + LOOK_AGAIN_MS;
	x->report->held++;
	return outbox_put(x->store, m, &t, err);
}

static enum mail_auto automatic_of(enum purpose p)
{
	if (p == PURPOSE_ACKNOWLEDGE)
		return MAIL_AUTO_REPLIED;
	return p == PURPOSE_ESCALATE || p == PURPOSE_DANGER ? MAIL_AUTO_GENERATED : MAIL_BY_HAND;
}

static enum guichet_rc transmit(struct sending *x, const struct loaded *l, const struct letter *letter,
	const struct outbox_message *m, struct outbox_try *t, struct smtp_answer *a, struct guichet_err *err)
{
	struct text id = TEXT_INIT, subject = TEXT_INIT;
	char *answered = purpose_is_to_citizen(m->purpose) ? outbox_mail_answered(x->store, l->row_id) : NULL;
	text_addf(&id, "%lld.%s@%s", (long long)l->request.reference, t->token, strrchr(x->from, '@') + 1);
	text_addf(&subject, "%s [%lld-%s]", letter->subject, (long long)l->request.reference, t->token);
	const struct letter marked = {.to = letter->to, .subject = subject.data, .text = letter->text};
	enum guichet_rc rc = try_transmit(x, &marked, text_str(&id), answered, automatic_of(m->purpose), a, err);
	text_done(&id);
	text_done(&subject);
	free(answered);
	return rc;
}

static enum guichet_rc send_letter(struct sending *x, const struct loaded *l, const struct letter *letter,
	const struct outbox_message *m, const struct ended *e, int64_t owed_since_ms, struct guichet_err *err)
{
	struct outbox_try t;
	struct smtp_answer a = {.end = SMTP_UNKNOWN};
	struct guichet_err relay = {0};
	bool may, given_up, is_receipt = m->purpose == PURPOSE_ACKNOWLEDGE;
	int per_day = x->o->per_day > 0 ? x->o->per_day : OUTBOX_PER_DAY;
	/* One message is counted once, however often it is tried. */
	bool is_new = !outbox_get(x->store, m, &t) || t.tries == 0;
	if (is_receipt && is_new && outbox_automatic_count(x->store, letter->to) >= per_day)
		return hold(x, m, err);
	enum guichet_rc rc = try_begin(x, m, owed_since_ms, &t, &may, &given_up, err), relayed = GUICHET_OK;
	if (rc || (!may && !given_up)) {
		x->report->waiting += !rc;
		return rc;
	}
	/* Counted before it goes: a guard that a crash would open is none. */
	if (may && is_receipt && is_new)
		rc = outbox_automatic_add(x->store, letter->to, err);
	if (!rc && may)
		relayed = transmit(x, l, letter, m, &t, &a, &relay);
	if (!rc)
		rc = try_end(x, e, &t, &a, err);
	if (!rc && relayed && err)
		*err = relay;
	return rc ? rc : relayed;
}

/* Nobody to write to: that is a refusal, and an answer that was given so is owed again. */
static enum guichet_rc refuse(
	struct sending *x, const struct ended *e, const struct guichet_err *why, struct guichet_err *err)
{
	struct outbox_try t;
	struct smtp_answer a = {.end = SMTP_REFUSED};
	outbox_get(x->store, e->m, &t);
	snprintf(a.words, sizeof a.words, "%.*s", SMTP_WORDS - 1, why->message);
	return try_end(x, e, &t, &a, err);
}

static enum guichet_rc send_one(struct sending *x, int64_t row, struct outbox_message m, struct guichet_err *err)
{
	struct loaded l, same;
	struct letter letter = {0};
	struct guichet_err why = {0};
	enum guichet_rc rc = store_load_id(x->store, row, &l, err);
	if (rc)
		return rc;
	const struct owed *owed = find_owed(&l.request, &m);
	struct ended e = {&m, l.request.reference, NULL, NULL, m.purpose};
	bool receipt = m.purpose == PURPOSE_ACKNOWLEDGE && sending_is_unread(x, &l.request);
	/* It was taken back or done meanwhile, or waits for somebody to read the request. */
	if (!owed || (receipt && had_receipt(&l.request)))
		goto out;
	/* Two requests of one number: a delivery could not say which. */
	rc = store_load(x->store, e.reference, &same, NULL);
	if (rc) {
		x->report->waiting++;
		rc = GUICHET_OK;
		goto out;
	}
	loaded_done(&same);
	if (receipt)
		e.as = PURPOSE_INFORM;
	rc = letter_write(x, &l, &m, &letter, &why);
	e.to = letter.to;
	e.letter = &letter;
	if (rc == GUICHET_NOT_FOUND)
		rc = refuse(x, &e, &why, err);
	else if (!rc)
		rc = send_letter(x, &l, &letter, &m, &e, owed->from_ms, err);
	else if (err)
		*err = why;
out:
	letter_done(&letter);
	loaded_done(&l);
	return rc;
}

/* --- all of them --- */

struct page {
	struct {
		int64_t row, at_ms;
		struct outbox_message m;
	} items[PAGE];
	size_t count;
};

static bool add_to_page(void *context, const struct outgoing *o)
{
	struct page *p = context;
	p->items[p->count].row = o->request;
	p->items[p->count].at_ms = o->at_ms;
	p->items[p->count++].m = (struct outbox_message){o->target, o->purpose, o->level};
	return p->count < PAGE;
}

static enum guichet_rc send_all(struct sending *x, struct guichet_err *err)
{
	struct page *p = guichet_alloc(sizeof *p);
	struct owed_filter f = {.channel = CHANNEL_EMAIL, .until_ms = store_now(x->store) - HOLD_MS + 1, .limit = PAGE};
	struct guichet_err first = {0}, now = {0};
	enum guichet_rc rc = GUICHET_OK, failed = GUICHET_OK;
	do {
		p->count = 0;
		rc = store_list_owed(x->store, &f, add_to_page, p, err);
		for (size_t i = 0; i < p->count && !rc && !(x->o->stop && *x->o->stop); i++) {
			rc = send_one(x, p->items[i].row, p->items[i].m, &now);
			/* One that can't be written (its template, say) keeps no other one waiting. */
			if (rc == GUICHET_DATA || rc == GUICHET_REFUSED || rc == GUICHET_INTERNAL || rc == GUICHET_NOT_FOUND) {
				first = failed ? first : now;
				failed = failed ? failed : rc;
				x->report->waiting++;
				rc = GUICHET_OK;
			} else if (rc && err) {
				*err = now;
			}
			f.after_ms = p->items[i].at_ms;
			f.after = p->items[i].row;
		}
	} while (!rc && p->count == PAGE && !(x->o->stop && *x->o->stop));
	free(p);
	if (!rc && failed && err)
		*err = first;
	return rc ? rc : failed;
}

enum guichet_rc outbox_send(
	struct store *s, const struct outbox_options *o, struct outbox_report *r, struct guichet_err *err)
{
	struct sending x;
	*r = (struct outbox_report){0};
	enum guichet_rc rc = sending_start(&x, s, o, r, err);
	if (!rc)
		rc = send_all(&x, err);
	sending_done(&x);
	return rc;
}
