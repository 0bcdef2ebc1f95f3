// SPDX-License-Identifier: GPL-3.0-or-later
/* Due dates of a request: which target counts from when, in whose calendar. The arithmetic is due.c's. */
#include <string.h>

#include "guichet/base/i18n.h"
#include "request_inside.h"

/* Whatever its category, a danger is seen to within 4 hours of the on-call calendar. */
enum { DANGER_MINUTES = 4 * 60 };

void targets_format(struct text *out, const struct target targets[TARGET_KIND_COUNT])
{
	bool first = true;

	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		if (targets[k].unit == TARGET_NONE)
			continue;
		text_addf(out, "%s%s=", first ? "" : " ", target_kind_code((enum target_kind)k));
		target_format(out, targets[k]);
		first = false;
	}
}

void targets_parse(const char *s, struct target out[TARGET_KIND_COUNT])
{
	char word[64];

	memset(out, 0, TARGET_KIND_COUNT * sizeof *out);
	while (s && *(s += strspn(s, " "))) {
		size_t length = strcspn(s, " "), key = strcspn(s, "= ");

		for (int k = 0; k < TARGET_KIND_COUNT && s[key] == '=' && length < sizeof word; k++) {
			const char *code = target_kind_code((enum target_kind)k);
			if (strlen(code) != key || memcmp(code, s, key) != 0)
				continue;
			memcpy(word, s + key + 1, length - key - 1);
			word[length - key - 1] = '\0';
			target_parse(word, &out[k], NULL);
			break;
		}
		s += length;
	}
}

void targets_of(const struct category *m, bool danger, int channel, struct target out[TARGET_KIND_COUNT])
{
	struct target *complete = &out[TARGET_COMPLETE];

	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		out[k] = m->targets[k];
	out[TARGET_ACKNOWLEDGE] = category_acknowledge(m, channel);
	if (danger && !m->danger && !(complete->unit == TARGET_MINUTES && complete->amount <= DANGER_MINUTES))
		*complete = (struct target){TARGET_MINUTES, DANGER_MINUTES};
}

const struct calendar *deadlines_calendar(const struct catalogue *c, const struct service *s, bool danger)
{
	if (danger && s && s->on_call_calendar)
		return s->on_call_calendar;
	if (danger && c->desk && c->desk->on_call_calendar)
		return c->desk->on_call_calendar;
	return s && s->calendar ? s->calendar : c->calendar;
}

struct reckoning {
	const struct catalogue *catalogue;
	const struct service *service;
	bool danger;
	const char *channel; /* label, where its acknowledgement has a delay of its own; NULL: as for any */
	struct target targets[TARGET_KIND_COUNT];
	int64_t received_ms, start_ms, now_ms;
	const struct pause *pauses;
	size_t pause_count;
};

/* The desk acknowledges; the service works, on call for a danger, and answers in its own hours. */
static const struct calendar *calendar_of(const struct reckoning *in, enum target_kind k)
{
	if (k == TARGET_ACKNOWLEDGE || k == TARGET_LEGAL)
		return in->catalogue->calendar;
	return deadlines_calendar(in->catalogue, in->service, in->danger && k != TARGET_ANSWER);
}

static void explain_heading(const struct reckoning *in, enum target_kind k, struct explanation *e)
{
	struct text target = TEXT_INIT, name = TEXT_INIT;
	const struct calendar *calendar = calendar_of(in, k);
	bool civil = in->targets[k].unit == TARGET_CALENDAR_DAYS || in->targets[k].unit == TARGET_MONTHS;

	if (!e || !e->lines)
		return;
	text_add(&name, target_kind_label(k));
	if (k == TARGET_ACKNOWLEDGE && in->channel)
		text_addf(&name, " (%s)", in->channel);
	target_show(&target, in->targets[k]);
	if (civil || !calendar || !calendar->name)
		explain_step(e, _("%s : %s"), text_str(&name), text_str(&target));
	else
		explain_step(e, _("%s : %s, calendrier « %s »"), text_str(&name), text_str(&target), calendar->name);
	text_done(&target);
	text_done(&name);
}

bool deadlines_is_heading(const char *line)
{
	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		const char *label = target_kind_label((enum target_kind)k);
		size_t n = strlen(label);

		if (strncmp(line, label, n) == 0 && (line[n] == ' ' || line[n] == ':'))
			return true;
	}
	return false;
}

static const char *own_channel(const struct category *m, int channel)
{
	bool own = m && channel >= 0 && channel < CHANNEL_COUNT && m->acknowledge[channel].set;

	return own ? channel_label((enum channel)channel) : NULL;
}

static void reckon(const struct reckoning *in, struct deadlines *out, struct explanation *e)
{
	const struct calendar *answering = calendar_of(in, TARGET_ANSWER);
	int64_t answer_ms;

	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		bool ours = k == TARGET_TAKE || k == TARGET_COMPLETE || k == TARGET_ANSWER;

		out->due[k] = NO_INSTANT;
		if (in->targets[k].unit == TARGET_NONE)
			continue;
		explain_heading(in, (enum target_kind)k, e);
		out->due[k] = due_compute(calendar_of(in, (enum target_kind)k), in->targets[k],
			ours ? in->start_ms : in->received_ms, ours ? in->pauses : NULL, ours ? in->pause_count : 0, in->now_ms, e);
	}
	answer_ms = out->due[TARGET_ANSWER];
	out->half_ms = out->risk_ms = NO_INSTANT;
	if (answer_ms == NO_INSTANT)
		return;
	out->half_ms = due_threshold(answering, in->start_ms, answer_ms, 50, in->pauses, in->pause_count, in->now_ms);
	out->risk_ms = due_threshold(answering, in->start_ms, answer_ms, 80, in->pauses, in->pause_count, in->now_ms);
}

static int64_t frozen(const json_t *due, const char *key)
{
	const json_t *value = json_object_get(due, key);

	return json_is_integer(value) ? json_integer_value(value) : NO_INSTANT;
}

static void read_frozen(const struct request *r, struct deadlines *out, struct explanation *e)
{
	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		struct text date = TEXT_INIT;

		out->due[k] = frozen(r->frozen_due, target_kind_code((enum target_kind)k));
		if (out->due[k] != NO_INSTANT && e && e->lines) {
			due_show(&date, out->due[k]);
			explain_step(
				e, _("%s : %s, figée à la fin de la demande"), target_kind_label((enum target_kind)k), text_str(&date));
		}
		text_done(&date);
	}
	out->half_ms = frozen(r->frozen_due, "half");
	out->risk_ms = frozen(r->frozen_due, "risk");
}

void deadlines_compute(
	const struct request *r, const struct catalogue *c, int64_t now_ms, struct deadlines *out, struct explanation *e)
{
	struct reckoning in = {.catalogue = c, .now_ms = now_ms, .pauses = r->pauses, .pause_count = r->pause_count};
	enum channel channel;

	if (r->frozen_due) {
		read_frozen(r, out, e);
		return;
	}
	if (channel_parse(request_text(r, FIELD_CHANNEL), &channel))
		in.channel = own_channel(catalogue_category(c, request_text(r, FIELD_CATEGORY)), (int)channel);
	in.service = catalogue_service(c, request_text(r, FIELD_SERVICE));
	in.danger = request_int(r, FIELD_DANGER, 0);
	in.start_ms = r->clock_start_ms;
	in.received_ms = request_int(r, FIELD_RECEIVED, r->clock_start_ms);
	targets_parse(request_text(r, FIELD_TARGETS), in.targets);
	reckon(&in, out, e);
}

void deadlines_preview(const struct catalogue *c, const struct category *m, const struct service *s, bool danger, int channel,
	int64_t received_ms, int64_t now_ms, struct deadlines *out, struct explanation *e)
{
	struct reckoning in = {.catalogue = c,
		.service = s,
		.danger = danger || m->danger,
		.channel = own_channel(m, channel),
		.received_ms = received_ms,
		.start_ms = received_ms,
		.now_ms = now_ms};

	targets_of(m, danger, channel, in.targets);
	reckon(&in, out, e);
}

json_t *deadlines_json(const struct deadlines *d)
{
	json_t *due = json_object();

	for (int k = 0; k < TARGET_KIND_COUNT; k++)
		if (d->due[k] != NO_INSTANT)
			json_object_set_new(due, target_kind_code((enum target_kind)k), json_integer(d->due[k]));
	if (d->half_ms != NO_INSTANT)
		json_object_set_new(due, "half", json_integer(d->half_ms));
	if (d->risk_ms != NO_INSTANT)
		json_object_set_new(due, "risk", json_integer(d->risk_ms));
	return due;
}
