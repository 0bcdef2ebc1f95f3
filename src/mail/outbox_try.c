// SPDX-License-Identifier: GPL-3.0-or-later
/* One attempt to send a message: on disk before it begins, ended by a delivery or by the time of the next one. Must
 * not know why a message is sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/log.h"
#include "guichet/mail/write.h"
#include "guichet/store/desk.h"
#include "outbox_inside.h"

/* The first wait, doubled each time up to the longest; then it is given up, as mail servers do (RFC 5321, 4.5.4.1). */
enum { FIRST_WAIT_MS = 5 * 60000, LONGEST_WAIT_MS = 4 * 3600000 };
static const int64_t give_up_ms = 4 * MS_PER_DAY;

static void make_token(char out[REPLY_TOKEN_TEXT])
{
	uint8_t bytes[REPLY_TOKEN_LETTERS];
	struct guichet_random random = random_system();
	random.fill(random.context, bytes, sizeof bytes);
	reply_token_make(bytes, out);
}

enum guichet_rc try_begin(struct sending *x, const struct outbox_message *m, int64_t owed_since_ms,
	struct outbox_try *t, bool *may, bool *given_up, struct guichet_err *err)
{
	int64_t now = store_now(x->store);
	bool known = outbox_get(x->store, m, t);
	*may = *given_up = false;
	if (known && !t->begun && t->next_ms > now)
		return GUICHET_OK;
	/* An attempt whose end nobody knows is made once more, not twice. */
	if (known && t->begun && t->again) {
		*given_up = true;
		return GUICHET_OK;
	}
	if (!known)
		*t = (struct outbox_try){.first_ms = now, .again = owed_since_ms < x->restored_ms};
	if (!*t->token)
		make_token(t->token);
	t->again |= t->begun;
	t->begun = true;
	t->tries++;
	*may = true;
	return outbox_put(x->store, m, t, err);
}

/* Another request of the same letter: its acknowledgement was in this one. */
static enum guichet_rc deliver_other(
	struct sending *x, int64_t reference, struct delivery_args d, struct guichet_err *err)
{
	struct step_args args = {.delivery = &d};
	enum guichet_rc rc = desk_op_of_reference(x->store, reference, &d.target, err);
	d.token = NULL;
	return rc ? rc : desk_step(x->store, x->o->actor, reference, STEP_DELIVERY, &args, NULL, err);
}

static enum guichet_rc deliver(struct sending *x, const struct ended *e, const struct outbox_try *t,
	enum delivery_state state, const char *words, struct guichet_err *err)
{
	const struct delivery_args d = {.target = e->m->target,
		.purpose = e->as,
		.state = state,
		.channel = CHANNEL_EMAIL,
		.level = e->m->level,
		.again = t->again,
		.token = state == DELIVERY_SENT && *t->token ? t->token : NULL,
		.to = e->to,
		.text = words};
	struct step_args args = {.delivery = &d};
	enum guichet_rc rc = store_begin(x->store, err);
	if (rc)
		return rc;
	rc = desk_step(x->store, x->o->actor, e->reference, STEP_DELIVERY, &args, NULL, err);
	for (size_t i = 0; e->letter && i < e->letter->other_count && !rc; i++)
		rc = deliver_other(x, e->letter->others[i], d, err);
	if (!rc)
		rc = outbox_drop(x->store, e->m, err);
	if (rc) {
		store_rollback(x->store);
		return rc;
	}
	rc = store_commit(x->store, err);
	if (!rc)
		*(state == DELIVERY_SENT ? &x->report->sent : &x->report->refused) += 1;
	return rc;
}

static enum guichet_rc later(struct sending *x, const struct ended *e, struct outbox_try *t,
	const struct smtp_answer *a, struct guichet_err *err)
{
	int64_t now = store_now(x->store), wait = FIRST_WAIT_MS;
	for (int i = 1; i < t->tries && wait < LONGEST_WAIT_MS; i++)
		wait *= 2;
	if (now - t->first_ms >= give_up_ms)
		return deliver(x, e, t, DELIVERY_REFUSED, a->words, err);
	t->begun = false;
	t->code = a->code;
	t->next_ms = now + (wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS);
	x->report->waiting++;
	return outbox_put(x->store, e->m, t, err);
}

enum guichet_rc try_end(struct sending *x, const struct ended *e, struct outbox_try *t, const struct smtp_answer *a,
	struct guichet_err *err)
{
	log_event("mail: message %s, end %d, answer %d, attempt %d%s", purpose_code(e->as), (int)a->end, a->code, t->tries,
		t->again ? ", again" : "");
	switch (a->end) {
	case SMTP_SENT:
		return deliver(x, e, t, DELIVERY_SENT, NULL, err);
	case SMTP_REFUSED:
		return deliver(x, e, t, DELIVERY_REFUSED, a->words, err);
	case SMTP_LATER:
		return later(x, e, t, a, err);
	case SMTP_UNKNOWN:
		break;
	}
	/* It stays as it was put on disk: begun, end unknown. */
	if (!t->again) {
		x->report->waiting++;
		return GUICHET_OK;
	}
	return deliver(x, e, t, DELIVERY_REFUSED,
		_("le relais n'a pas dit, à deux reprises, s'il l'avait pris : le message est peut-être parti"), err);
}

enum guichet_rc try_transmit(struct sending *x, const struct letter *l, const char *message_id, const char *answered,
	int automatic, struct smtp_answer *a, struct guichet_err *err)
{
	struct text message = TEXT_INIT;
	const struct mail_out out = {.from = x->from,
		.from_name = x->from_name,
		.to = l->to,
		.subject = l->subject,
		.text = l->text,
		.message_id = message_id,
		.in_reply_to = answered,
		.references = answered,
		.automatic = (enum mail_auto)automatic,
		.date_ms = store_now(x->store)};
	enum guichet_rc rc = x->smtp ? GUICHET_OK : smtp_open(x->o->server, &x->smtp, err);
	*a = (struct smtp_answer){.end = SMTP_LATER};
	if (rc)
		return rc;
	mail_write(&out, &message);
	const struct smtp_message m = {x->from, l->to, text_str(&message), message.len};
	rc = smtp_send(x->smtp, &m, a, err);
	text_done(&message);
	return rc;
}
