// SPDX-License-Identifier: GPL-3.0-or-later
/* One request as people read it: what an agent has to say to the caller, or to do, stands in full. */
#include "cli.h"

#include <string.h>

#include "guichet/core/phone.h"
#include "guichet/core/reference.h"
#include "guichet/report/words.h"
#include "guichet/wire/request_json.h"

enum { LABEL_COLUMNS = 14, DUE_COLUMNS = 23, CHILDREN_MAX = 1000 };

static void print_field(struct cli *cli, const char *label, const char *value)
{
	if (value && *value)
		print_wrapped(cli, label, LABEL_COLUMNS, value);
}

static void print_instant(struct cli *cli, const char *label, int64_t ms)
{
	struct text t = TEXT_INIT;
	if (ms == NO_INSTANT)
		return;
	instant_show(&t, ms);
	print_field(cli, label, text_str(&t));
	text_done(&t);
}

static void add_part(struct text *out, const char *value)
{
	if (value && *value)
		text_addf(out, "%s%s", out->len ? " · " : "", value);
}

static void print_who(struct cli *cli, const struct request *r)
{
	struct op_id id;
	struct requester who = { 0 };
	struct text t = TEXT_INIT;
	enum channel reply;
	if (op_id_parse(request_text(r, FIELD_REQUESTER), &id) && store_requester_of_op(cli->store, id, &who, NULL) == GUICHET_OK) {
		char phone[PHONE_MAX + 16] = "";
		if (who.phone)
			phone_show(who.phone, phone);
		text_addf(&t, "%s%s%s", requester_get(&who, "title"), who.title && who.name ? " " : "", requester_get(&who, "name"));
		add_part(&t, who.organisation);
		add_part(&t, phone);
		add_part(&t, who.email);
	}
	print_field(cli, _("Usager"), t.len ? text_str(&t) : _("anonyme"));
	if (request_is_held(r))
		print_field(cli, _("Conservation"), _("ordonnée au-delà de la durée prévue (litige)"));
	text_clear(&t);
	add_part(&t, requester_get(&who, "language"));
	add_part(&t, requester_get(&who, "relay"));
	add_part(&t, requester_get(&who, "needs"));
	print_field(cli, _("À savoir"), text_str(&t));
	print_field(cli, _("Pour"), requester_get(&who, "behalf_of"));
	print_field(cli, _("Adresse"), requester_get(&who, "postal_address"));
	if (channel_parse(requester_get(&who, "reply_by"), &reply))
		print_field(cli, _("Répondre par"), channel_label(reply));
	text_done(&t);
	requester_done(&who);
}

/* A due date that is past and was not met: each has its own way of being met. */
static bool is_late(const struct request *r, enum target_kind k, int64_t due_ms, int64_t now)
{
	if (!request_is_open(r) || r->answered_ms != NO_INSTANT || due_ms >= now)
		return false;
	return k == TARGET_ANSWER || k == TARGET_LEGAL || (k == TARGET_COMPLETE && r->beneath < STATUS_DONE) ||
		(k == TARGET_TAKE && r->beneath < STATUS_REVIEW);
}

static void print_due(struct cli *cli, const struct request *r)
{
	struct deadlines due;
	struct text left = TEXT_INIT, right = TEXT_INIT;
	int64_t now = store_now(cli->store);
	bool any = false;
	deadlines_compute(r, store_catalogue(cli->store), now, &due, NULL);
	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		if (due.due[k] == NO_INSTANT)
			continue;
		if (!any)
			print_line(cli, "%s", _("Échéances"));
		any = true;
		text_clear(&left);
		text_clear(&right);
		text_addf(&left, "  %s", target_kind_label((enum target_kind)k));
		due_show(&right, due.due[k]);
		if (is_late(r, (enum target_kind)k, due.due[k], now))
			text_add(&right, _("  ! EN RETARD"));
		print_wrapped(cli, text_str(&left), DUE_COLUMNS, text_str(&right));
	}
	text_done(&left);
	text_done(&right);
}

static void print_promise(struct cli *cli, const struct request *r)
{
	const struct promise *p = request_promise(r);
	struct text day = TEXT_INIT, told = TEXT_INIT, line = TEXT_INIT;
	int64_t now = store_now(cli->store);
	if (!p)
		return;
	day_show(&day, due_day(p->date_ms));
	show_when(&told, p->told_ms, now);
	text_addf(&line, _("au plus tard le %s (dit le %s par %s)"), text_str(&day), text_str(&told), p->told_by ? p->told_by : "?");
	if (request_is_open(r) && r->answered_ms == NO_INSTANT && p->date_ms < now)
		text_add(&line, _("  ! NON TENU"));
	print_field(cli, _("Engagement"), text_str(&line));
	text_done(&day);
	text_done(&told);
	text_done(&line);
}

static void print_work(struct cli *cli, const struct request *r)
{
	for (size_t i = 0; i < r->order_count; i++) {
		struct text t = TEXT_INIT, planned = TEXT_INIT;
		add_part(&t, r->orders[i].number);
		add_part(&t, r->orders[i].contractor);
		if (r->orders[i].planned_ms != NO_INSTANT && r->orders[i].planned_ms) {
			day_show(&planned, paris_day(r->orders[i].planned_ms));
			text_addf(&t, _("%sprévus le %s"), t.len ? ", " : "", text_str(&planned));
		}
		print_field(cli, _("Travaux"), t.len ? text_str(&t) : _("commandés"));
		text_done(&t);
		text_done(&planned);
	}
	for (size_t i = 0; i < r->callback_count; i++) {
		struct text t = TEXT_INIT;
		if (r->callbacks[i].done)
			continue;
		instant_show(&t, r->callbacks[i].at_ms);
		if (r->callbacks[i].attempts)
			text_addf(&t, _(" (%u essai(s), dernier : %s)"), r->callbacks[i].attempts,
				r->callbacks[i].last_result ? r->callbacks[i].last_result : "?");
		print_field(cli, _("À rappeler"), text_str(&t));
		text_done(&t);
	}
}

static void print_told(struct cli *cli, const struct request *r)
{
	const struct answer *answer = request_answer(r);
	struct text t = TEXT_INIT;
	for (size_t i = 0; i < r->danger_told_count; i++) {
		text_clear(&t);
		show_when(&t, r->dangers_told[i].at_ms, store_now(cli->store));
		text_addf(&t, _(" : %s"), r->dangers_told[i].who ? r->dangers_told[i].who : "?");
		print_field(cli, _("Prévenu le"), text_str(&t));
	}
	print_field(cli, _("Réponse"), answer ? answer->text : NULL);
	if (answer) {
		enum channel channel;
		text_clear(&t);
		show_when(&t, answer->at_ms, store_now(cli->store));
		if (answer->channel && channel_parse(answer->channel, &channel))
			text_addf(&t, " · %s", channel_label(channel));
		print_field(cli, _("Donnée le"), text_str(&t));
	} else {
		print_field(cli, _("Rédigée"), r->drafted_answer);
	}
	text_done(&t);
}

static void print_other(struct cli *cli, const char *label, const char *op_text)
{
	struct text t = TEXT_INIT;
	if (words_add_other(&t, cli->store, op_text))
		print_field(cli, label, text_str(&t));
	text_done(&t);
}

static bool count_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(size_t *)context;
	return true;
}

static void print_relations(struct cli *cli, const struct loaded *l)
{
	const struct request *r = &l->request;
	struct list_filter f = LIST_FILTER_INIT;
	size_t children = 0;
	print_other(cli, _("Rattachée à"), request_text(r, FIELD_PARENT));
	print_other(cli, _("Partie de"), request_text(r, FIELD_SPLIT_OF));
	f.all = true;
	f.sort = LIST_BY_RECEIVED;
	f.parent = l->row_id;
	f.limit = CHILDREN_MAX;
	store_list(cli->store, &f, count_row, &children, NULL);
	if (children) {
		char number[48];
		snprintf(number, sizeof number, children < CHILDREN_MAX ? _("%zu demandes") : _("%zu demandes et plus"), children);
		print_field(cli, _("Rattachées"), number);
	}
	const struct body *body = catalogue_body(store_catalogue(cli->store), request_text(r, FIELD_BODY));
	if (body) {
		struct text t = TEXT_INIT;
		text_addf(&t, "%s%s%s", body->name, body->phone ? ", " : "", body->phone ? body->phone : "");
		text_add(&t, r->notice_given ? _(" (usager prévenu)") : _(" (usager À PRÉVENIR)"));
		print_field(cli, _("Réorientée"), text_str(&t));
		text_done(&t);
	}
}

static void print_headline(struct cli *cli, const struct request *r)
{
	char reference[REFERENCE_SHOWN];
	struct text t = TEXT_INIT;
	enum wait_reason why;
	enum close_reason closed;
	reference_show(r->reference, reference);
	text_addf(&t, "%s   %s", reference, status_label(r->status));
	if (r->status == STATUS_WAITING && wait_reason_parse(request_text(r, FIELD_WAIT), &why))
		text_addf(&t, " (%s)", wait_reason_label(why));
	if (r->close_reason && close_reason_parse(r->close_reason, &closed) && closed != CLOSE_ANSWERED)
		text_addf(&t, " (%s)", close_reason_label(closed));
	if (request_danger_untold(r))
		text_add(&t, _("   ! DANGER NON TRANSMIS"));
	else if (request_int(r, FIELD_DANGER, 0))
		text_add(&t, _("   danger, transmis"));
	if (request_int(r, FIELD_CONFIDENTIAL, 0))
		text_add(&t, _("   CONFIDENTIELLE"));
	print_line(cli, "%s", text_str(&t));
	text_clear(&t);
	if (r->reopened)
		text_addf(&t, _("rouverte %u fois"), r->reopened);
	if (r->chased)
		text_addf(&t, _("%srelancée %u fois par l'usager"), t.len ? ", " : "", r->chased);
	if (r->reminders)
		text_addf(&t, _("%s%u relance(s) du service"), t.len ? ", " : "", r->reminders);
	if (r->hops)
		text_addf(&t, _("%srefusée %u fois"), t.len ? ", " : "", r->hops);
	print_field(cli, _("Parcours"), text_str(&t));
	text_done(&t);
}

static void print_what(struct cli *cli, const struct request *r)
{
	const struct catalogue *c = store_catalogue(cli->store);
	const struct service *service = catalogue_service(c, request_text(r, FIELD_SERVICE));
	const struct category *category = catalogue_category(c, request_text(r, FIELD_CATEGORY));
	const struct commune *commune = catalogue_commune(c, request_text(r, FIELD_COMMUNE));
	enum nature nature;
	struct text t = TEXT_INIT;
	print_field(cli, _("Objet"), request_text(r, FIELD_SUBJECT));
	print_field(cli, _("Texte"), request_text(r, FIELD_DESCRIPTION));
	print_field(cli, _("Motif"), category ? category->path : request_text(r, FIELD_CATEGORY));
	if (nature_parse(request_text(r, FIELD_NATURE), &nature))
		print_field(cli, _("Nature"), nature_label(nature));
	text_add(&t, service ? service->name : request_text(r, FIELD_SERVICE));
	if (service && service->phone)
		add_part(&t, service->phone);
	print_field(cli, _("Service"), text_str(&t));
	print_field(cli, _("Agent"), request_text(r, FIELD_ASSIGNED));
	text_clear(&t);
	text_addf(&t, "%s%s%s", request_text(r, FIELD_ADDRESS), *request_text(r, FIELD_ADDRESS) && commune ? ", " : "", commune ? commune->name : "");
	print_field(cli, _("Lieu"), text_str(&t));
	print_field(cli, _("Précision"), request_text(r, FIELD_PLACE_DETAIL));
	print_field(cli, _("Équipement"), request_text(r, FIELD_ASSET));
	print_field(cli, _("Étendue"), request_text(r, FIELD_AREA));
	text_done(&t);
}

void print_request(struct cli *cli, const struct loaded *l, bool history)
{
	if (cli->json) {
		print_json(cli, request_json(cli->store, l, history));
		return;
	}
	const struct request *r = &l->request;
	enum channel channel;
	print_headline(cli, r);
	print_what(cli, r);
	print_who(cli, r);
	if (channel_parse(request_text(r, FIELD_CHANNEL), &channel))
		print_field(cli, _("Canal"), channel_label(channel));
	print_instant(cli, _("Reçue le"), request_int(r, FIELD_RECEIVED, NO_INSTANT));
	print_due(cli, r);
	print_promise(cli, r);
	print_relations(cli, l);
	print_work(cli, r);
	print_told(cli, r);
	for (size_t i = 0; i < r->attachment_count; i++)
		print_field(cli, _("Pièce"), r->attachments[i].name);
	if (history)
		print_history(cli, r);
}
