// SPDX-License-Identifier: GPL-3.0-or-later
/* See request_facts.h. */
#include "request_facts.h"
#include "request_post.h"

#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/phone.h"
#include "guichet/core/reference.h"
#include "guichet/report/conflicts.h"
#include "guichet/report/history.h"
#include "guichet/report/words.h"

enum { CHILDREN_SHOWN = 1000 };

static void add_part(struct text *out, const char *value)
{
	if (value && *value)
		text_addf(out, "%s%s", out->len ? " · " : "", value);
}

/* Any writing of a number as it is read out: in pairs. */
static void add_phone(struct text *out, const char *number)
{
	char shown[PHONE_MAX + 16] = "";
	if (!number || !*number)
		return;
	phone_show(number, shown);
	add_part(out, *shown ? shown : number);
}

/* --- what and where --- */

static void add_what(struct facts *f, struct store *s, const struct request *r)
{
	const struct catalogue *c = store_catalogue(s);
	const struct service *service = catalogue_service(c, request_text(r, FIELD_SERVICE));
	const struct category *category = catalogue_category(c, request_text(r, FIELD_CATEGORY));
	const struct commune *commune = catalogue_commune(c, request_text(r, FIELD_COMMUNE));
	enum nature nature;
	struct text t = TEXT_INIT;
	facts_add(f, STYLE_NORMAL, _("Texte"), request_text(r, FIELD_DESCRIPTION));
	facts_add(f, STYLE_NORMAL, _("Motif"), category ? category->path : request_text(r, FIELD_CATEGORY));
	if (nature_parse(request_text(r, FIELD_NATURE), &nature))
		text_add(&t, nature_label(nature));
	int64_t priority = request_int(r, FIELD_PRIORITY, 3);
	static const char *const priorities[] = { "", N_("priorité 1, urgente"), N_("priorité 2, haute"), N_("priorité 3"), N_("priorité 4, basse") };
	add_part(&t, priority >= 1 && priority <= 4 ? _(priorities[priority]) : "");
	facts_add(f, STYLE_NORMAL, _("Nature"), text_str(&t));
	text_clear(&t);
	text_add(&t, service ? service->name : request_text(r, FIELD_SERVICE));
	add_phone(&t, service ? service->phone : NULL);
	facts_add(f, STYLE_NORMAL, _("Service"), text_str(&t));
	facts_add(f, STYLE_NORMAL, _("Agent"), request_text(r, FIELD_ASSIGNED));
	text_clear(&t);
	text_addf(&t, "%s%s%s", request_text(r, FIELD_ADDRESS), *request_text(r, FIELD_ADDRESS) && commune ? ", " : "", commune ? commune->name : "");
	facts_add(f, STYLE_NORMAL, _("Lieu"), text_str(&t));
	facts_add(f, STYLE_NORMAL, _("Précision"), request_text(r, FIELD_PLACE_DETAIL));
	facts_add(f, STYLE_NORMAL, _("Équipement"), request_text(r, FIELD_ASSET));
	facts_add(f, STYLE_NORMAL, _("Étendue"), request_text(r, FIELD_AREA));
	facts_add(f, STYLE_NORMAL, _("Leur réf."), request_text(r, FIELD_SENDER_REF));
	text_done(&t);
}

static void add_who(struct facts *f, struct store *s, const struct request *r)
{
	struct op_id id;
	struct requester who = { 0 };
	struct text t = TEXT_INIT;
	enum channel channel;
	if (op_id_parse(request_text(r, FIELD_REQUESTER), &id))
		store_requester_of_op(s, id, &who, NULL);
	text_addf(&t, "%s%s%s", requester_get(&who, "title"), who.title && who.name ? " " : "", requester_get(&who, "name"));
	add_part(&t, who.organisation);
	if (request_int(r, FIELD_CONFIDENTIAL, 0) || who.confidential)
		add_part(&t, _("CONFIDENTIEL"));
	facts_add(f, STYLE_BOLD, _("Usager"), t.len ? text_str(&t) : _("anonyme"));
	text_clear(&t);
	add_phone(&t, who.phone);
	facts_add(f, STYLE_BOLD, _("Téléphone"), text_str(&t));
	facts_add(f, STYLE_NORMAL, _("Courriel"), who.email);
	facts_add(f, STYLE_NORMAL, _("Adresse"), who.postal_address);
	text_clear(&t);
	add_part(&t, requester_get(&who, "language"));
	add_part(&t, requester_get(&who, "relay"));
	add_part(&t, requester_get(&who, "needs"));
	facts_add(f, STYLE_BOLD, _("À savoir"), text_str(&t));
	facts_add(f, STYLE_NORMAL, _("Pour"), who.behalf_of);
	if (channel_parse(requester_get(&who, "reply_by"), &channel))
		facts_add(f, STYLE_NORMAL, _("Répondre par"), channel_label(channel));
	text_clear(&t);
	if (channel_parse(request_text(r, FIELD_CHANNEL), &channel))
		text_add(&t, channel_label(channel));
	struct text when = TEXT_INIT;
	instant_show(&when, request_int(r, FIELD_RECEIVED, NO_INSTANT));
	add_part(&t, text_str(&when));
	facts_add(f, STYLE_NORMAL, _("Reçue par"), text_str(&t));
	text_done(&when);
	text_done(&t);
	requester_done(&who);
}

/* --- dates --- */

/* Each date has its own way of being met. */
static bool is_met(const struct request *r, enum target_kind k)
{
	if (r->answered_ms != NO_INSTANT)
		return true;
	return (k == TARGET_COMPLETE && r->beneath >= STATUS_DONE && r->beneath <= STATUS_CLOSED) ||
		(k == TARGET_TAKE && r->beneath >= STATUS_REVIEW && r->beneath <= STATUS_CLOSED);
}

enum style due_mark(const struct request *r, enum target_kind k, const struct deadlines *due, int64_t now, const char **mark)
{
	*mark = "";
	if (k == TARGET_ANSWER && r->answered_ms != NO_INSTANT) {
		bool met = r->answered_ms <= due->due[k];
		*mark = met ? _("tenue") : _("!! tenue EN RETARD");
		return met ? STYLE_OK : STYLE_LATE;
	}
	if (!request_is_open(r) || k == TARGET_ACKNOWLEDGE)
		return STYLE_NORMAL;
	if (is_met(r, k)) {
		*mark = _("fait");
		return STYLE_OK;
	}
	if (r->status == STATUS_WAITING && k != TARGET_LEGAL) {
		*mark = _("suspendue");
		return STYLE_DIM;
	}
	if (due->due[k] < now) {
		*mark = _("!! EN RETARD");
		return STYLE_LATE;
	}
	if (k == TARGET_ANSWER && due->risk_ms != NO_INSTANT && now >= due->risk_ms) {
		*mark = _("! à risque");
		return STYLE_RISK;
	}
	return STYLE_NORMAL;
}

static void add_dates(struct facts *f, struct store *s, const struct request *r)
{
	struct deadlines due;
	struct text t = TEXT_INIT;
	int64_t now = store_now(s);
	deadlines_compute(r, store_catalogue(s), now, &due, NULL);
	facts_heading(f, _("Échéances   (e : pourquoi)"));
	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		const char *mark;
		if (due.due[k] == NO_INSTANT)
			continue;
		enum style style = due_mark(r, (enum target_kind)k, &due, now, &mark);
		text_clear(&t);
		due_show(&t, due.due[k]);
		if (*mark)
			text_addf(&t, "   %s", mark);
		/* The longest label is "accusé de réception". */
		facts_add(f, style, k == TARGET_ACKNOWLEDGE ? _("accusé") : target_kind_label((enum target_kind)k), text_str(&t));
	}
	text_done(&t);
}

static void add_answered(struct text *out, const struct answer *a, int64_t now)
{
	struct text when = TEXT_INIT;
	history_when(&when, a->at_ms, now);
	text_addf(out, _("Répondu le %s par %s"), text_str(&when), a->author ? a->author : "?");
	text_done(&when);
}

enum style request_standing(struct text *out, struct store *s, const struct request *r)
{
	struct deadlines due;
	const char *mark;
	int64_t now = store_now(s);
	const struct promise *p = request_promise(r);
	const struct answer *last = NULL;
	for (size_t i = 0; i < r->answer_count; i++)
		if (r->answers[i].told)
			last = &r->answers[i];
	bool owed = request_is_open(r) && r->answered_ms == NO_INSTANT;
	deadlines_compute(r, store_catalogue(s), now, &due, NULL);
	if (owed && p) {
		text_add(out, p->date_ms < now ? _("!! NON TENU : promis pour le ") : _("Promis pour le "));
		day_show(out, due_day(p->date_ms));
		struct civil told = paris_civil(p->told_ms);
		text_addf(out, _(" (dit le %02d/%02d par %s)"), told.day, told.month, p->told_by ? p->told_by : "?");
		return p->date_ms < now ? STYLE_LATE : STYLE_BOLD;
	}
	if (owed && due.due[TARGET_ANSWER] != NO_INSTANT) {
		enum style style = due_mark(r, TARGET_ANSWER, &due, now, &mark);
		text_add(out, _("Rien de promis ; réponse due le "));
		day_show(out, due_day(due.due[TARGET_ANSWER]));
		return style;
	}
	const struct body *body = catalogue_body(store_catalogue(s), request_text(r, FIELD_BODY));
	if (r->status == STATUS_REDIRECTED && body) {
		text_addf(out, r->notice_given ? _("Réorientée vers %s ; usager prévenu") : _("!! Réorientée vers %s ; usager À PRÉVENIR"), body->name);
		return r->notice_given ? STYLE_NORMAL : STYLE_LATE;
	}
	if (!owed && last && r->answered_ms != NO_INSTANT)
		add_answered(out, last, now);
	return STYLE_NORMAL;
}

/* --- what was done and told --- */

static void add_work(struct facts *f, struct store *s, const struct request *r)
{
	struct text t = TEXT_INIT;
	int64_t now = store_now(s);
	for (size_t i = 0; i < r->order_count; i++) {
		text_clear(&t);
		add_part(&t, r->orders[i].number);
		add_part(&t, r->orders[i].contractor);
		if (r->orders[i].planned_ms != NO_INSTANT && r->orders[i].planned_ms) {
			struct text day = TEXT_INIT;
			day_show(&day, paris_day(r->orders[i].planned_ms));
			text_addf(&t, _("%sprévus le %s"), t.len ? ", " : "", text_str(&day));
			text_done(&day);
		}
		facts_add(f, STYLE_NORMAL, _("Travaux"), t.len ? text_str(&t) : _("commandés"));
	}
	for (size_t i = 0; i < r->callback_count; i++) {
		const struct callback *c = &r->callbacks[i];
		if (c->done)
			continue;
		text_clear(&t);
		instant_show(&t, c->at_ms);
		if (c->attempts)
			text_addf(&t, _(" (essais : %u, dernier : %s)"), c->attempts, c->last_result ? c->last_result : "?");
		if (c->at_ms < now)
			text_add(&t, _("   !! passé"));
		facts_add(f, c->at_ms < now ? STYLE_LATE : STYLE_BOLD, _("À rappeler"), text_str(&t));
	}
	for (size_t i = 0; i < r->danger_told_count; i++) {
		text_clear(&t);
		history_when(&t, r->dangers_told[i].at_ms, now);
		text_addf(&t, _(" : %s"), r->dangers_told[i].who ? r->dangers_told[i].who : "?");
		facts_add(f, STYLE_OK, _("Danger dit le"), text_str(&t));
	}
	text_done(&t);
}

static void add_answers(struct facts *f, struct store *s, const struct request *r)
{
	struct text t = TEXT_INIT, post = TEXT_INIT;
	for (size_t i = 0; i < r->answer_count; i++) {
		const struct answer *a = &r->answers[i];
		enum channel channel;
		if (!a->told)
			continue;
		text_clear(&t);
		history_when(&t, a->at_ms, store_now(s));
		if (a->channel && channel_parse(a->channel, &channel))
			add_part(&t, channel_label(channel));
		add_part(&t, a->author);
		text_clear(&post);
		enum style style = post_standing(&post, r, a->by, PURPOSE_ANSWER, store_now(s));
		if (a->bounced && !post.len)
			add_part(&t, _("!! NON PARVENUE"));
		add_part(&t, text_str(&post));
		text_addf(&t, "\n%s", a->text ? a->text : "");
		facts_add(f, a->bounced ? STYLE_LATE : style, _("Réponse"), text_str(&t));
	}
	if (r->drafted_answer) {
		text_clear(&t);
		text_addf(&t, _("%s\nrédigée par %s, pas encore dite à l'usager (r)"), r->drafted_answer, r->drafted_by ? r->drafted_by : "?");
		facts_add(f, STYLE_RISK, _("Projet"), text_str(&t));
	}
	text_done(&post);
	text_done(&t);
}

static void add_other(struct facts *f, struct store *s, const char *label, const char *op_text)
{
	struct text t = TEXT_INIT;
	if (words_add_other(&t, s, op_text))
		facts_add(f, STYLE_NORMAL, label, text_str(&t));
	text_done(&t);
}

static bool count_row(void *context, const struct request_row *row)
{
	(void)row;
	++*(size_t *)context;
	return true;
}

static void add_relations(struct facts *f, struct store *s, const struct loaded *l)
{
	const struct request *r = &l->request;
	struct list_filter filter = LIST_FILTER_INIT;
	struct text t = TEXT_INIT;
	size_t children = 0;
	add_other(f, s, _("Rattachée à"), request_text(r, FIELD_PARENT));
	add_other(f, s, _("Partie de"), request_text(r, FIELD_SPLIT_OF));
	filter.all = true;
	filter.parent = l->row_id;
	filter.limit = CHILDREN_SHOWN;
	store_list(s, &filter, count_row, &children, NULL);
	if (children == 1)
		text_add(&t, _("une demande : la réponse peut lui être donnée aussi"));
	else if (children)
		text_addf(&t, children < CHILDREN_SHOWN ? _("%zu demandes : la réponse peut leur être donnée aussi") : _("%zu demandes et plus"), children);
	facts_add(f, STYLE_BOLD, _("Rattachées"), text_str(&t));
	const struct body *body = catalogue_body(store_catalogue(s), request_text(r, FIELD_BODY));
	text_clear(&t);
	if (body) {
		text_add(&t, body->name);
		add_phone(&t, body->phone);
		add_part(&t, r->notice_given ? _("usager prévenu") : _("!! usager À PRÉVENIR (i)"));
		facts_add(f, r->notice_given ? STYLE_NORMAL : STYLE_LATE, _("Réorientée"), text_str(&t));
	}
	for (size_t i = 0; i < r->attachment_count; i++) {
		text_clear(&t);
		text_addf(&t, _("%s, %lld Ko (P)"), r->attachments[i].name ? r->attachments[i].name : "?", (long long)((r->attachments[i].bytes + 1023) / 1024));
		facts_add(f, STYLE_NORMAL, _("Pièce"), text_str(&t));
	}
	text_done(&t);
}

static void add_course(struct facts *f, const struct request *r)
{
	struct text t = TEXT_INIT, one = TEXT_INIT;
	const struct { unsigned n; const char *format; } parts[] = { { r->reopened, N_("rouverte %u fois") }, { r->chased, N_("relancée %u fois par l'usager") },
		{ r->reminders, N_("service relancé %u fois") }, { r->hops, N_("refusée %u fois") } };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		text_clear(&one);
		if (!parts[i].n)
			continue;
		char number[16];
		snprintf(number, sizeof number, "%u", parts[i].n);
		const char *format = _(parts[i].format), *at = strstr(format, "%u");
		text_addn(&one, format, (size_t)(at - format));
		text_addf(&one, "%s%s", number, at + 2);
		add_part(&t, text_str(&one));
	}
	facts_add(f, STYLE_RISK, _("Parcours"), text_str(&t));
	text_done(&one);
	text_done(&t);
}

/* Both authors find here what the other wrote. */
static void add_conflicts(struct facts *f, struct store *s, const struct request *r)
{
	struct conflict *list;
	struct text t = TEXT_INIT;
	char shown[REFERENCE_SHOWN];
	int64_t row, reference;
	bool ours;
	size_t count = conflicts_of(s, r, &list);
	for (size_t i = 0; i < count; i++) {
		text_clear(&t);
		text_add(&t, _("CONFLIT, R règle : "));
		conflict_show(&t, s, &list[i]);
		facts_add(f, STYLE_LATE, NULL, text_str(&t));
	}
	conflicts_free(list, count);
	text_clear(&t);
	if (links_crossed(s, r, &row, &reference, &ours)) {
		reference_show(reference, shown);
		text_addf(&t, _("RATTACHEMENTS CROISÉS avec %s : "), shown);
		text_add(&t, ours ? _("rouvrez celle-ci (y)") : _("rouvrez l'autre"));
		facts_add(f, STYLE_LATE, NULL, text_str(&t));
	}
	for (size_t i = 0; i < r->op_count; i++) {
		if (!r->ops[i].parked || op_is_aside(&r->ops[i]))
			continue;
		text_clear(&t);
		text_addf(&t, _("EN SOUFFRANCE : %s de %s, %s"), r->ops[i].kind < OP_KIND_COUNT ? op_kind_label(r->ops[i].kind) : op_kind_text(&r->ops[i]),
			r->ops[i].actor, op_parked_label(&r->ops[i]));
		facts_add(f, STYLE_LATE, NULL, text_str(&t));
	}
	text_done(&t);
}

/* What is to be done at once stands first, whatever the size of the screen. */
static void add_alerts(struct facts *f, struct store *s, const struct request *r)
{
	struct text t = TEXT_INIT;
	if (request_danger_untold(r)) {
		const struct service *service = catalogue_service(store_catalogue(s), request_text(r, FIELD_SERVICE));
		facts_add(f, STYLE_DANGER, NULL, _("!!! DANGER NON TRANSMIS : prévenez l'astreinte, puis z dit qui a été prévenu"));
		add_phone(&t, service ? service->on_call_phone : NULL);
		facts_add(f, STYLE_DANGER, _("Astreinte"), text_str(&t));
	}
	for (size_t i = 0; i < r->callback_count; i++) {
		if (r->callbacks[i].done || r->callbacks[i].at_ms >= store_now(s))
			continue;
		text_clear(&t);
		text_add(&t, _("!! À RAPPELER depuis "));
		history_when(&t, r->callbacks[i].at_ms, store_now(s));
		text_add(&t, _(" : F7 note ce que l'appel a donné"));
		facts_add(f, STYLE_LATE, NULL, text_str(&t));
	}
	if (r->unread_ms != NO_INSTANT) {
		text_clear(&t);
		text_add(&t, _("!! L'USAGER A ÉCRIT "));
		history_when(&t, r->unread_ms, store_now(s));
		text_add(&t, _(" : V le lit ; une étape, ou une note (k), le retire d'À faire"));
		facts_add(f, STYLE_LATE, NULL, text_str(&t));
	}
	if (r->undelivered)
		facts_add(f, STYLE_LATE, NULL, _("!! MESSAGE NON DISTRIBUÉ : à redire par un autre moyen (voir Suites)"));
	add_conflicts(f, s, r);
	if (r->status == STATUS_REDIRECTED && !r->notice_given)
		facts_add(f, STYLE_LATE, NULL, _("!! USAGER À PRÉVENIR de la réorientation : i note ce qui lui a été dit"));
	text_done(&t);
}

void request_facts(struct facts *f, struct store *s, const struct loaded *l)
{
	const struct request *r = &l->request;
	add_alerts(f, s, r);
	add_what(f, s, r);
	add_course(f, r);
	facts_blank(f);
	add_who(f, s, r);
	add_dates(f, s, r);
	size_t before = f->count;
	facts_heading(f, _("Suites"));
	size_t heading = f->count;
	add_work(f, s, r);
	add_answers(f, s, r);
	post_facts(f, r, store_now(s));
	add_relations(f, s, l);
	if (f->count == heading)
		facts_cut(f, before);
}

void request_journal(struct facts *f, struct store *s, const struct loaded *l, bool full)
{
	const struct request *r = &l->request;
	size_t first = full || r->op_count <= JOURNAL_BRIEF ? 0 : r->op_count - JOURNAL_BRIEF;
	struct text t = TEXT_INIT;
	if (first)
		text_addf(&t, _("Journal : les %d dernières étapes sur %zu   (h : toutes)"), JOURNAL_BRIEF, r->op_count);
	else
		text_add(&t, _("Journal"));
	facts_heading(f, text_str(&t));
	for (size_t i = first; i < r->op_count; i++) {
		struct text when = TEXT_INIT;
		history_when(&when, r->ops[i].wall_ms, store_now(s));
		text_clear(&t);
		text_addf(&t, "%s · ", r->ops[i].actor);
		history_describe(&t, s, r, i);
		facts_add(f, request_op_undone(r, i) ? STYLE_DIM : STYLE_NORMAL, text_str(&when), text_str(&t));
		text_done(&when);
	}
	text_done(&t);
}
