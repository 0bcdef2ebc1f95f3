// SPDX-License-Identifier: GPL-3.0-or-later
/* See outbox.h. Alerts to the named heads of services: nothing in the journal owes them, it is time that does. What
 * passed its date before this machine first looked is not told: on its first day a head would get hundreds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/mail/write.h"
#include "outbox_inside.h"

/* AT_ONCE: requests told of in one message. */
enum { AT_ONCE = 100 };
static const char since_key[] = "outbox-alerts-from";

struct due_request {
	int64_t row;
	const struct service *service;
};
struct overrun {
	struct sending *x;
	struct due_request items[AT_ONCE];
	size_t count;
};

static enum guichet_rc since_when(struct sending *x, int64_t *since_ms, struct guichet_err *err)
{
	char *known = store_setting(x->store, since_key), now[32];
	*since_ms = known ? strtoll(known, NULL, 10) : store_now(x->store);
	snprintf(now, sizeof now, "%lld", (long long)*since_ms);
	enum guichet_rc rc = known ? GUICHET_OK : store_set_setting(x->store, since_key, now, err);
	free(known);
	return rc;
}

/* Heads read in their hours; a danger's service never closes. */
static bool add_request(void *context, const struct request_row *row)
{
	struct overrun *o = context;
	const struct catalogue *c = store_catalogue(o->x->store);
	const struct service *service = catalogue_service(c, row->service);
	const struct calendar *hours = service ? deadlines_calendar(c, service, row->danger) : NULL;
	if (service && service->head_email && *service->head_email &&
		(!hours || calendar_is_open(hours, store_now(o->x->store))))
		o->items[o->count++] = (struct due_request){row->id, service};
	return o->count < AT_ONCE;
}

/* --- one message for all that one head has --- */

struct alert {
	struct loaded l;
	struct outbox_message m;
	struct outbox_try t;
	bool may, given_up;
};

/* The catalogue's words for several requests at once; NULL: it has none, and each goes in a message of its own. */
static const struct message_template *template_for_several(const struct sending *x)
{
	const struct catalogue *c = store_catalogue(x->store);
	const struct message_template *t = template_choose(c, TEMPLATE_ESCALATE, TEMPLATE_EMAIL, NULL);
	return t && template_tells_each(t->text) ? t : NULL;
}

static enum guichet_rc write_list(struct sending *x, const struct alert *alerts, size_t count, const char *to,
	int level, struct letter *out, struct guichet_err *err)
{
	int64_t others[AT_ONCE];
	struct composed composed = {0};
	for (size_t i = 1; i < count; i++)
		others[i - 1] = alerts[i].l.request.reference;
	const struct compose_args a = {.use = TEMPLATE_ESCALATE,
		.channel = CHANNEL_EMAIL,
		.template_code = template_for_several(x)->code,
		.target = alerts->m.target,
		.level = level,
		.others = others,
		.other_count = count - 1};
	enum guichet_rc rc = compose_message(x->store, &alerts->l, &a, &composed, err);
	if (!rc)
		*out = (struct letter){.to = guichet_strdup(to),
			.subject = guichet_strdup(composed.subject),
			.text = guichet_strdup(composed.text)};
	composed_done(&composed);
	return rc;
}

static enum guichet_rc transmit(struct sending *x, const struct alert *alerts, size_t count, const char *to, int level,
	struct smtp_answer *a, struct guichet_err *err)
{
	struct letter letter = {0};
	struct text id = TEXT_INIT, subject = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;
	if (count == 1) {
		rc = letter_write(x, &alerts->l, &alerts->m, &letter, err);
		text_addf(&subject, "%s [%lld-%s]", rc ? "" : letter.subject, (long long)alerts->l.request.reference,
			alerts->t.token);
	} else {
		rc = write_list(x, alerts, count, to, level, &letter, err);
		text_add(&subject, rc ? "" : letter.subject);
	}
	text_addf(&id, "%lld.%s@%s", (long long)alerts->l.request.reference, alerts->t.token, strrchr(x->from, '@') + 1);
	const struct letter marked = {.to = letter.to, .subject = subject.data, .text = letter.text};
	if (!rc)
		rc = try_transmit(x, &marked, text_str(&id), NULL, MAIL_AUTO_GENERATED, a, err);
	letter_done(&letter);
	text_done(&id);
	text_done(&subject);
	return rc;
}

static enum guichet_rc begin(
	struct sending *x, const struct due_request *d, int level, struct alert *out, struct guichet_err *err)
{
	enum guichet_rc rc = store_load_id(x->store, d->row, &out->l, err);
	if (rc)
		return rc;
	out->m = (struct outbox_message){out->l.request.id, PURPOSE_ESCALATE, level};
	rc = try_begin(x, &out->m, store_now(x->store), &out->t, &out->may, &out->given_up, err);
	if (rc)
		loaded_done(&out->l);
	return rc;
}

static enum guichet_rc end(struct sending *x, struct alert *alerts, size_t count, const char *to,
	const struct smtp_answer *a, struct guichet_err *err)
{
	static const struct smtp_answer unknown = {.end = SMTP_UNKNOWN};
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < count && !rc; i++) {
		struct alert *one = &alerts[i];
		const struct ended e = {&one->m, one->l.request.reference, NULL, to, PURPOSE_ESCALATE};
		if (one->may || one->given_up)
			rc = try_end(x, &e, &one->t, one->given_up ? &unknown : a, err);
	}
	return rc;
}

/* Those whose turn it is come first. */
static size_t sort_ready(struct alert *alerts, size_t count)
{
	size_t ready = 0;
	for (size_t i = 0; i < count; i++)
		if (alerts[i].may) {
			struct alert one = alerts[i];
			alerts[i] = alerts[ready];
			alerts[ready++] = one;
		}
	return ready;
}

static enum guichet_rc tell(
	struct sending *x, const struct due_request *items, size_t count, int level, struct guichet_err *err)
{
	struct alert *alerts = guichet_alloc(count * sizeof *alerts);
	struct smtp_answer a = {.end = SMTP_LATER};
	struct guichet_err relay = {0};
	enum guichet_rc rc = GUICHET_OK, relayed = GUICHET_OK;
	size_t begun = 0;
	while (begun < count && !rc) {
		rc = begin(x, &items[begun], level, &alerts[begun], err);
		begun += !rc;
	}
	size_t ready = rc ? 0 : sort_ready(alerts, begun);
	if (ready > 0)
		relayed = transmit(x, alerts, ready, items->service->head_email, level, &a, &relay);
	if (!rc)
		rc = end(x, alerts, begun, items->service->head_email, &a, err);
	for (size_t i = 0; i < begun; i++)
		loaded_done(&alerts[i].l);
	free(alerts);
	if (!rc && relayed && err)
		*err = relay;
	return rc ? rc : relayed;
}

/* The list comes by service. */
static enum guichet_rc alert_level(struct sending *x, int level, int64_t since_ms, struct guichet_err *err)
{
	struct overrun *o = guichet_alloc(sizeof *o);
	o->x = x;
	bool together = template_for_several(x) != NULL;
	enum guichet_rc rc = outbox_list_overrun(x->store, level, since_ms, AT_ONCE * 10, add_request, o, err);
	for (size_t from = 0, n; from < o->count && !rc; from += n) {
		for (n = 1; together && from + n < o->count && o->items[from + n].service == o->items[from].service; n++)
			;
		rc = tell(x, &o->items[from], n, level, err);
	}
	free(o);
	return rc;
}

enum guichet_rc outbox_alert(
	struct store *s, const struct outbox_options *o, struct outbox_report *r, struct guichet_err *err)
{
	struct sending x;
	int64_t since_ms;
	*r = (struct outbox_report){0};
	enum guichet_rc rc = sending_start(&x, s, o, r, err);
	if (!rc)
		rc = since_when(&x, &since_ms, err);
	if (!rc)
		rc = alert_level(&x, 100, since_ms, err);
	if (!rc)
		rc = alert_level(&x, 80, since_ms, err);
	sending_done(&x);
	return rc;
}
