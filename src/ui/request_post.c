// SPDX-License-Identifier: GPL-3.0-or-later
/* What went out of a request, what waits to, and what came by mail, in words for the Fiche. Draws nothing. */
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/report/history.h"
#include "request_post.h"

static const struct delivery *last_of(const struct request *r, struct op_id target, enum purpose p)
{
	const struct delivery *found = NULL;
	for (size_t i = 0; i < r->delivery_count; i++)
		if (r->deliveries[i].purpose == p && op_id_equal(r->deliveries[i].target, target))
			found = &r->deliveries[i];
	return found;
}

static const struct owed *owed_of(const struct request *r, struct op_id target, enum purpose p)
{
	for (size_t i = 0; i < r->owed_count; i++)
		if (r->owed[i].purpose == p && op_id_equal(r->owed[i].target, target))
			return &r->owed[i];
	return NULL;
}

static void add_owed(struct text *out, const struct owed *o, int64_t now_ms)
{
	if (o->channel == CHANNEL_POST)
		text_add(out, _("à imprimer (J)"));
	else if (now_ms - o->from_ms < HOLD_MS)
		text_add(out, _("part dans une minute, u la reprend"));
	else
		text_add(out, _("à envoyer"));
}

static void add_delivery(struct text *out, const struct delivery *d, int64_t now_ms)
{
	text_addf(out, "%s%s ", delivery_state_failed(d->state) ? "!! " : "", delivery_state_label(d->state));
	history_when(out, d->at_ms, now_ms);
	if (*d->to)
		text_addf(out, ", %s", d->to);
	if (d->again)
		text_addf(out, ", %s", _("peut-être partie deux fois"));
	if (delivery_state_failed(d->state) && *d->text)
		text_addf(out, "\n%s", d->text);
}

enum style post_standing(struct text *out, const struct request *r, struct op_id target, enum purpose p, int64_t now_ms)
{
	const struct delivery *d = last_of(r, target, p);
	const struct owed *o = owed_of(r, target, p);
	if (d)
		add_delivery(out, d, now_ms);
	else if (o)
		add_owed(out, o, now_ms);
	return d && delivery_state_failed(d->state) ? STYLE_LATE : o ? STYLE_RISK : STYLE_NORMAL;
}

/* What is told beside what owed it is not told twice. */
static bool is_answer(enum purpose p)
{
	return p == PURPOSE_ANSWER;
}

static void add_mails(struct facts *f, const struct request *r, int64_t now_ms)
{
	struct text t = TEXT_INIT;
	for (size_t i = 0; i < r->op_count; i++) {
		const struct op *op = &r->ops[i];
		if (op->kind != OP_TOUCH || request_op_undone(r, i) || strcmp(op_text(op, "channel", ""), channel_code(CHANNEL_EMAIL)) || !*op_text(op, "text", ""))
			continue;
		text_clear(&t);
		history_when(&t, op_int(op, "at_ms", op->wall_ms), now_ms);
		text_addf(&t, "\n%s", op_text(op, "text", ""));
		facts_add(f, STYLE_NORMAL, _("Courriel"), text_str(&t));
	}
	text_done(&t);
}

void post_facts(struct facts *f, const struct request *r, int64_t now_ms)
{
	struct text t = TEXT_INIT;
	for (size_t i = 0; i < r->delivery_count; i++) {
		const struct delivery *d = &r->deliveries[i];
		if (is_answer(d->purpose) || last_of(r, d->target, d->purpose) != d)
			continue;
		text_clear(&t);
		text_addf(&t, "%s, ", purpose_label(d->purpose));
		add_delivery(&t, d, now_ms);
		facts_add(f, delivery_state_failed(d->state) ? STYLE_LATE : STYLE_NORMAL, _("Envoi"), text_str(&t));
	}
	for (size_t i = 0; i < r->owed_count; i++) {
		if (is_answer(r->owed[i].purpose))
			continue;
		text_clear(&t);
		text_addf(&t, "%s, ", purpose_label(r->owed[i].purpose));
		add_owed(&t, &r->owed[i], now_ms);
		facts_add(f, STYLE_RISK, _("Envoi"), text_str(&t));
	}
	text_done(&t);
	add_mails(f, r, now_ms);
}
