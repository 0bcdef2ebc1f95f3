// SPDX-License-Identifier: GPL-3.0-or-later
/* What people make of a mail on the Courriels screen: the request that its words speak for, another one, the suit
 * of one that is there, or nothing. Draws nothing. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "mails_inside.h"

enum { OWN_MAX = 20, FOUND_MAX = 30, SEARCHED_FROM = 2 };

/* --- accepting --- */

static void accept(struct mails_view *v, int64_t mail, int64_t joined)
{
	struct ui *ui = v->view.ui;
	struct logged logged;
	struct guichet_err err = { 0 };
	char shown[REFERENCE_SHOWN];
	bool new = !joined;
	enum guichet_rc rc = joined ? desk_join_mail(ui_store(ui), ui_actor(ui), mail, joined, &logged, &err)
								: desk_accept_mail(ui_store(ui), ui_actor(ui), mail, ui_privacy(ui), &logged, &err);
	if (rc) {
		ui_complain(ui, &err);
	} else {
		reference_show(logged.reference, shown);
		ui_say(ui,
			new ? _("sorti de quarantaine : demande %s, à qualifier")
				: _("sorti de quarantaine : joint à la demande %s"),
			shown);
	}
	logged_done(&logged);
	mails_go_on(v);
}

/* The category and the commune, as an edit: the request goes where it is at home. */
static void qualify(struct mails_view *v, int64_t request, int64_t reference, const char *category, const char *commune)
{
	struct ui *ui = v->view.ui;
	struct guichet_err err = { 0 };
	struct loaded l = { 0 };
	const char *const fields[][2] = { { "category", category }, { commune ? "commune" : NULL, commune },
		{ NULL, NULL } };
	struct step_args args = { .fields = fields, .prefer_field_list = true };
	enum guichet_rc rc = desk_step(ui_store(ui), ui_actor(ui), reference, STEP_EDIT, &args, NULL, &err);
	if (rc == GUICHET_OK)
		rc = store_load(ui_store(ui), reference, &l, &err);
	if (rc) {
		ui_complain(ui, &err);
	} else {
		const struct service *service =
			catalogue_service(store_catalogue(ui_store(ui)), request_text(&l.request, FIELD_SERVICE));
		const struct category *now = catalogue_category(store_catalogue(ui_store(ui)), category);
		char shown[REFERENCE_SHOWN];
		reference_show(reference, shown);
		ui_may_undo(ui, request);
		ui_say(
			ui, _("%s : %s, chez %s   (u défait)"), shown, now ? now->name : category, service ? service->name : "?");
	}
	loaded_done(&l);
	mails_go_on(v);
}

void mails_validate(struct mails_view *v)
{
	const struct mail_line *m = mails_chosen(v);
	bool unsorted = m && mails_known(v, m)->unsorted;
	if (!m)
		ui_say(v->view.ui, "%s", _("aucun courriel"));
	else if (m->sort == MAIL_QUARANTINED)
		accept(v, m->id, 0);
	else if (unsorted && v->told.category)
		qualify(v, m->request, m->reference, v->told.category->code, v->told.commune ? v->told.commune->code : NULL);
	else
		ui_say(v->view.ui, "%s",
			unsorted ? _("rien n'est reconnu dans ce texte : F4 choisit le motif")
					 : _("ce courriel est trié ; Entrée ouvre sa demande"));
}

/* --- correcting what is proposed: its category, then its commune --- */

static void commune_chosen(void *context, const char *code)
{
	struct mails_view *v = context;
	struct mail_row row;
	if (store_mail(ui_store(v->view.ui), v->asked, &row, NULL) == GUICHET_OK && row.reference)
		qualify(v, row.request, row.reference, v->category, *code ? code : NULL);
}

static void category_chosen(void *context, const char *code)
{
	struct mails_view *v = context;
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	const struct commune *said = v->told.id == v->asked ? v->told.commune : NULL;
	struct choice_value *items = guichet_alloc((c->commune_count + 2) * sizeof *items);
	size_t n = 0;
	free(v->category);
	v->category = guichet_strdup(code);
	if (said)
		items[n++] = (struct choice_value){ said->code, said->name, _("proposée") };
	items[n++] = (struct choice_value){ "", _("sans commune"), "" };
	for (size_t i = 0; i < c->commune_count; i++)
		if (&c->communes[i] != said)
			items[n++] = (struct choice_value){ c->communes[i].code, c->communes[i].name, "" };
	ui_choose(v->view.ui, _("Commune"), items, n, NULL, commune_chosen, v);
	free(items);
}

/* What its words speak for first, the best on top. */
void mails_ask_category(struct mails_view *v)
{
	const struct catalogue *c = store_catalogue(ui_store(v->view.ui));
	const struct mail_line *m = mails_chosen(v);
	if (!m || !mails_known(v, m)->unsorted) {
		ui_say(v->view.ui, "%s", _("le motif se choisit sur une demande à qualifier"));
		return;
	}
	struct choice_value *items = guichet_alloc((c->category_count + MAILS_SUGGESTED) * sizeof *items);
	size_t n = 0;
	for (size_t i = 0; i < v->told.likely_count; i++)
		items[n++] = (struct choice_value){ v->told.likely[i]->code, v->told.likely[i]->name, _("proposé") };
	for (size_t i = 0; i < c->category_count; i++) {
		const struct category *one = c->categories[i];
		struct competence who = catalogue_competence(c, one, v->told.commune);
		const char *whose = who.service ? who.service->name : who.body ? who.body->name : "";
		if (one != c->unsorted && !mail_told_has(&v->told, one))
			items[n++] = (struct choice_value){ one->code, one->name, whose };
	}
	v->asked = m->id;
	ui_choose(v->view.ui, _("Motif"), items, n, NULL, category_chosen, v);
	free(items);
}

/* --- joining it to a request --- */

struct candidates {
	struct call_values values;
	int64_t but;
};

static bool take_candidate(void *context, const struct request_row *row)
{
	struct candidates *c = context;
	char value[24], shown[REFERENCE_SHOWN];
	struct text label = TEXT_INIT, detail = TEXT_INIT;
	enum status status = STATUS_NEW;
	if (row->id == c->but)
		return true;
	status_parse(row->status, &status);
	snprintf(value, sizeof value, "%lld", (long long)row->reference);
	reference_show(row->reference, shown);
	text_addf(&label, "%s  %s", shown, row->subject);
	text_addf(&detail, "%s%s%s%s%s", status_label(status), *row->requester_name ? ", " : "", row->requester_name,
		*row->address ? ", " : "", row->address);
	values_add(&c->values, value, text_str(&label), text_str(&detail));
	text_done(&label);
	text_done(&detail);
	return true;
}

static bool take_requester(void *context, const struct requester *r)
{
	*(int64_t *)context = r->id;
	return true;
}

static void find_candidates(void *context, const char *filter)
{
	struct mails_view *v = context;
	const struct mail_line *m = list_selected(&v->list);
	struct candidates c = { .but = m ? m->request : 0 };
	const struct search_options o = { .limit = FOUND_MAX };
	if (strlen(filter) < SEARCHED_FROM)
		return;
	store_search(ui_store(v->view.ui), filter, &o, take_candidate, &c, NULL);
	ui_choose_add(v->view.ui, c.values.items, c.values.count);
	values_done(&c.values);
}

static void request_chosen(void *context, const char *reference)
{
	struct mails_view *v = context;
	struct ui *ui = v->view.ui;
	const struct mail_line *m = list_selected(&v->list);
	int64_t row;
	if (!m || m->id != v->asked || !store_find_reference(ui_store(ui), strtoll(reference, NULL, 10), &row, 1))
		return;
	if (m->sort == MAIL_QUARANTINED)
		accept(v, m->id, row);
	else
		ui_step_given(ui, ACTION_LINK, &m->request, 1, reference);
}

/* The one that it quotes, then its sender's; any other as its number or words are typed. */
void mails_ask_request(struct mails_view *v)
{
	struct store *s = ui_store(v->view.ui);
	const struct mail_line *m = mails_chosen(v);
	bool quarantined = m && m->sort == MAIL_QUARANTINED;
	struct candidates c = { .but = m && !quarantined ? m->request : 0 };
	struct list_filter f = LIST_FILTER_INIT;
	if (!m || (!quarantined && !mails_known(v, m)->open)) {
		ui_say(v->view.ui, "%s",
			m ? _("sa demande est terminée : elle ne se joint plus à une autre") : _("aucun courriel"));
		return;
	}
	if (quarantined && m->request)
		store_row(s, m->request, take_candidate, &c, NULL);
	f.all = true;
	f.sort = LIST_BY_RECEIVED;
	f.limit = OWN_MAX;
	if (*v->told.address)
		store_find_requesters_exactly(s, v->told.address, take_requester, &f.requester);
	if (f.requester)
		store_list(s, &f, take_candidate, &c, NULL);
	v->asked = m->id;
	ui_choose(v->view.ui,
		quarantined ? _("Joindre ce courriel à la demande : numéro, nom, rue, mots")
					: _("Rattacher sa demande à : numéro, nom, rue, mots"),
		c.values.items, c.values.count, NULL, request_chosen, v);
	ui_choose_from_more(v->view.ui, find_candidates);
	values_done(&c.values);
}

/* --- putting it aside --- */

static void drop(void *context, const char *reason)
{
	struct mails_view *v = context;
	struct guichet_err err = { 0 };
	if (desk_drop_mail(ui_store(v->view.ui), ui_actor(v->view.ui), v->asked, reason, &err))
		ui_complain(v->view.ui, &err);
	else
		ui_say(v->view.ui, "%s", _("courriel écarté"));
	mails_refresh(v);
}

void mails_ask_reason(struct mails_view *v)
{
	const struct mail_line *m = mails_chosen(v);
	if (m && m->sort == MAIL_QUARANTINED) {
		v->asked = m->id;
		ui_ask(v->view.ui, _("Écarter ce courriel, motif"), "", drop, v);
	} else {
		ui_say(v->view.ui, "%s", _("seul un courriel en quarantaine s'écarte : annulez une demande par sa fiche"));
	}
}
