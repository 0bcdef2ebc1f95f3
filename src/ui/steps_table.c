// SPDX-License-Identifier: GPL-3.0-or-later
/* What each action on a request is called, asks, and says afterwards. */
#include "steps_inside.h"

#include "guichet/base/i18n.h"

static const struct step_row rows[] = {
	{ ACTION_TAKE, STEP_TAKE, N_("prise en charge"), { { 0 } } },
	{ ACTION_DONE, STEP_DONE, N_("travaux réalisés"), { { 0 } } },
	{ ACTION_REMIND, STEP_REMIND, N_("service relancé"), { { 0 } } },
	{ ACTION_ROUTE, STEP_ROUTE, N_("transmise"), { { ASK_SERVICE, SLOT_SERVICE, N_("Transmettre à"), false } } },
	{ ACTION_ORDER, STEP_ORDER, N_("travaux commandés"), { { ASK_LINE, SLOT_NUMBER, N_("N° de bon de commande ou d'ordre de travail (vide : aucun)"), true },
		{ ASK_LINE, SLOT_CONTRACTOR, N_("Entreprise, ou régie (vide : aucune)"), true }, { ASK_DAY, SLOT_DATE, N_("Prévus le, jj/mm/aaaa (vide : pas de date)"), true } } },
	{ ACTION_ANSWER, STEP_ANSWER, N_("réponse enregistrée"), { { ASK_CHANNEL, SLOT_CHANNEL, N_("Réponse donnée par"), false },
		{ ASK_TEXT, SLOT_TEXT, N_("Réponse dite, envoyée ou postée (vide : celle qui est rédigée)"), true },
		{ ASK_CHILDREN, SLOT_CHILDREN, N_("À qui"), true } } },
	{ ACTION_INFORM, STEP_INFORM, N_("réponse d'attente enregistrée"), { { ASK_CHANNEL, SLOT_CHANNEL, N_("Réponse d'attente par"), false },
		{ ASK_TEXT, SLOT_TEXT, N_("Réponse d'attente (aucun délai ne s'arrête)"), false } } },
	{ ACTION_CLOSE, STEP_CLOSE, N_("clôturée"), { { ASK_CLOSE, SLOT_REASON, N_("Clôture"), true } } },
	{ ACTION_WAIT, STEP_WAIT, N_("mise en attente"), { { ASK_WAIT, SLOT_REASON, N_("En attente de"), false },
		{ ASK_LINE, SLOT_TEXT, N_("Ce qu'on attend"), true } } },
	{ ACTION_REFUSE, STEP_REFUSE, N_("compétence refusée"), { { ASK_LINE, SLOT_REASON, N_("Pourquoi ce n'est pas à ce service"), false } } },
	{ ACTION_REDIRECT, STEP_REDIRECT, N_("réorientée"), { { ASK_BODY, SLOT_BODY, N_("Réorienter vers"), false },
		{ ASK_CHANNEL, SLOT_CHANNEL, N_("Usager prévenu par"), false }, { ASK_TEXT, SLOT_TEXT, N_("Avis donné à l'usager (vide : à donner plus tard)"), true } } },
	{ ACTION_NOTE, STEP_NOTE, N_("note ajoutée"), { { ASK_TEXT, SLOT_TEXT, N_("Note"), false } } },
	{ ACTION_PROMISE, STEP_PROMISE, N_("engagement noté"), { { ASK_DAY, SLOT_DATE, N_("Promis au plus tard le (jj/mm/aaaa)"), false },
		{ ASK_LINE, SLOT_REASON, N_("Raison"), false }, { ASK_CHANNEL, SLOT_CHANNEL, N_("Dit par"), false } } },
	{ ACTION_LINK, STEP_LINK, N_("rattachée"), { { ASK_REFERENCE, SLOT_TARGET, N_("Rattacher à la demande n°"), false } } },
	{ ACTION_ASSIGN, STEP_ASSIGN, N_("attribuée"), { { ASK_AGENT, SLOT_AGENT, N_("Attribuer à"), false } } },
	{ ACTION_TOLD, STEP_DANGER_TOLD, N_("transmission notée"), { { ASK_LINE, SLOT_WHO, N_("Qui a été prévenu"), false } } },
	{ ACTION_REOPEN, STEP_REOPEN, N_("rouverte"), { { ASK_LINE, SLOT_REASON, N_("Pourquoi la rouvrir"), false } } },
	{ ACTION_CALLBACK, STEP_CALLBACK, N_("rappel prévu"), { { ASK_MOMENT, SLOT_AT, N_("Rappeler le (jj/mm/aaaa hh:mm)"), false } } },
};

static const struct step_row callback_tried = { ACTION_CALLBACK, STEP_CALLBACK_TRIED, N_("rappel noté"), { { ASK_RESULT, SLOT_RESULT, N_("Ce que l'appel a donné"), false },
	{ ASK_MOMENT, SLOT_NEXT, N_("Prochain essai, jj/mm/aaaa hh:mm (vide : aucune date)"), true } } };
static const struct step_row resume = { ACTION_WAIT, STEP_RESUME, N_("reprise"), { { 0 } } };

static const struct step_row *find(enum action a)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].action == a)
			return &rows[i];
	return NULL;
}

const struct step_row *step_row_of(enum action a, const struct request *r)
{
	if (a == ACTION_WAIT && r->status == STATUS_WAITING)
		return &resume;
	for (size_t i = 0; a == ACTION_CALLBACK && i < r->callback_count; i++)
		if (!r->callbacks[i].done)
			return &callback_tried;
	return find(a);
}

bool steps_can(struct ui *ui, enum action a, const char *status, const char *service)
{
	const struct step_row *row = find(a);
	enum status s;
	if (!row || !status_parse(status, &s))
		return true;
	const struct step_info *info = step_info(row->step);
	unsigned roles = ui_actor(ui)->roles & info->roles;
	bool waits = a == ACTION_WAIT && s == STATUS_WAITING;
	if (!(info->from & (1u << s)) && !waits)
		return false;
	return (roles & (ROLE_AGENT | ROLE_SUPERVISOR)) || (roles && actor_serves(ui_actor(ui), service));
}
