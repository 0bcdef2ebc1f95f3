// SPDX-License-Identifier: GPL-3.0-or-later
/* Steps that end a request, open it again, or take a step back. */
#include <string.h>

#include "lifecycle_inside.h"

enum { TRIES_MIN = 3 }; /* unreachable is three attempts over two days */

static enum guichet_rc check_danger(const struct stepping *x)
{
	if (!request_danger_untold(x->r))
		return GUICHET_OK;
	return guichet_err_set(
		x->err, GUICHET_REFUSED, _("danger NON TRANSMIS : enregistrez d'abord qui a été prévenu (told)"));
}

static bool is_unreachable(const struct request *r)
{
	int64_t first = NO_INSTANT, last = NO_INSTANT;
	unsigned tries = 0;

	for (size_t i = 0; i < r->callback_count; i++) {
		const struct callback *c = &r->callbacks[i];
		if (c->done || c->attempts == 0)
			continue;
		tries += c->attempts;
		if (first == NO_INSTANT || c->first_try_ms < first)
			first = c->first_try_ms;
		if (last == NO_INSTANT || c->last_try_ms > last)
			last = c->last_try_ms;
	}
	return tries >= TRIES_MIN && paris_day(first) < paris_day(last);
}

static enum guichet_rc check_close_reason(const struct stepping *x, enum close_reason reason)
{
	const struct request *r = x->r;

	if (reason == CLOSE_ANSWERED && (r->status != STATUS_ANSWERED || !request_answer(r)))
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("une demande ne se clôt pas sans réponse dite, envoyée ou postée : enregistrez-la (answer), "
			  "ou donnez un motif (--reason anonymous, abusive, withdrawn, unwanted, unreachable, duplicate)"));
	if (reason == CLOSE_ANONYMOUS && !request_is_anonymous(r))
		return guichet_err_set(x->err, GUICHET_REFUSED, _("l'usager est connu : elle ne se clôt pas comme anonyme"));
	if (reason == CLOSE_UNREACHABLE && !is_unreachable(r))
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("« injoignable » demande 3 rappels sans succès sur 2 jours : enregistrez-les (callback, callback done)"));
	if (reason == CLOSE_DUPLICATE && r->status != STATUS_DUPLICATE)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("elle n'est rattachée à aucune demande (état actuel : %s)"),
			status_label(r->status));
	if (reason == CLOSE_DUPLICATE && !x->args->parent_answered_all)
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("la demande principale n'a pas été répondue à tous : répondez-y d'abord (answer --children)"));
	return GUICHET_OK;
}

enum guichet_rc step_CLOSE(struct stepping *x)
{
	enum close_reason reason = CLOSE_ANSWERED;
	enum guichet_rc rc;

	if (!text_is_blank(x->args->reason) && !close_reason_parse(x->args->reason, &reason))
		return guichet_err_set(x->err, GUICHET_DATA,
			_("motif de clôture « %s » inconnu (attendu : anonymous, abusive, withdrawn, unwanted, unreachable ou duplicate)"),
			x->args->reason);
	rc = check_danger(x);
	if (rc != GUICHET_OK)
		return rc;
	if (x->args->unfinished_part)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("sa partie %s n'est pas terminée"), x->args->unfinished_part);
	rc = check_close_reason(x, reason);
	if (rc != GUICHET_OK)
		return rc;
	op_fact_text(x->op, "reason", close_reason_code(reason));
	op_personal_if(x->op, "text", x->args->text);
	stepping_end(x, STATUS_CLOSED);
	return GUICHET_OK;
}

enum guichet_rc step_CANCEL(struct stepping *x)
{
	enum status s = x->r->beneath;
	enum guichet_rc rc = stepping_need(x, x->args->reason, _("le motif de l'annulation (--reason)"));
	bool own = strcmp(x->r->ops[0].actor, x->a->login) == 0;

	if (rc == GUICHET_OK)
		rc = check_danger(x);
	if (rc != GUICHET_OK)
		return rc;
	if (!stepping_is(x, ROLE_SUPERVISOR) && (!own || (s != STATUS_NEW && s != STATUS_ROUTED)))
		return guichet_err_set(x->err, GUICHET_NO_PERM,
			own ? _("le service s'en occupe déjà : l'annulation revient à un superviseur (rôle requis : %s)")
				: _("vous ne l'avez pas enregistrée : l'annulation revient à un superviseur (rôle requis : %s)"),
			role_label(ROLE_SUPERVISOR));
	op_personal_text(x->op, "reason", x->args->reason);
	stepping_end(x, STATUS_CANCELLED);
	return GUICHET_OK;
}

enum guichet_rc step_REOPEN(struct stepping *x)
{
	enum guichet_rc rc = stepping_need(x, x->args->reason, _("le motif de la réouverture (--reason)"));

	if (rc != GUICHET_OK)
		return rc;
	stepping_status(x, x->at_desk ? STATUS_NEW : STATUS_ROUTED);
	if (*request_text(x->r, FIELD_PARENT))
		op_write_text(x->op, x->r, FIELD_PARENT, "");
	if (*request_text(x->r, FIELD_BODY))
		op_write_text(x->op, x->r, FIELD_BODY, "");
	stepping_end_pause(x);
	op_personal_text(x->op, "reason", x->args->reason);
	return GUICHET_OK;
}

/* --- Undo --- */

static bool was_said(const struct op *op, int64_t now_ms)
{
	/* It waits to be sent, or printed: what was sent is told by an operation that built upon this one. */
	if (op_is_held(op, now_ms))
		return false;
	switch (op->kind) {
	case OP_ANSWER:
	case OP_INFORM:
	case OP_PROMISE:
	case OP_DANGER_TOLD:
		return true;
	case OP_CALLBACK_TRIED:
		return op_bool(op, "reached");
	case OP_REDIRECT:
		return op_bool(op, "notice");
	default:
		return false;
	}
}

static const struct op *own_last(const struct request *r, const char *login, size_t *index)
{
	for (size_t i = r->op_count; i-- > 0;) {
		if (strcmp(r->ops[i].actor, login) == 0 && !request_op_undone(r, i)) {
			*index = i;
			return &r->ops[i];
		}
	}
	return NULL;
}

/* The later operation that builds on `op`: wrote one of its fields, or tried its call-back. */
static const struct op *built_upon(const struct request *r, const struct op *op, size_t index)
{
	char id[OP_ID_TEXT];
	const char *key;
	json_t *seen;

	op_id_format(op->id, id);
	for (size_t i = index + 1; i < r->op_count; i++) {
		const struct op *later = &r->ops[i];
		if (request_op_undone(r, i) || later->kind == OP_UNDO)
			continue;
		if (strcmp(op_text(later, "target", ""), id) == 0)
			return later;
		json_object_foreach(op->base, key, seen) if (json_object_get(later->base, key)) return later;
	}
	return NULL;
}

static enum guichet_rc check_undo(const struct stepping *x, const struct op *op, size_t index)
{
	const struct op *later;

	if (!op)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("vous n'y avez rien fait : il n'y a rien à annuler"));
	if (!op_id_is_none(x->args->target) && !op_id_equal(x->args->target, op->id))
		return guichet_err_set(
			x->err, GUICHET_REFUSED, _("seule votre dernière étape s'annule (« %s »)"), op_kind_label(op->kind));
	if (op->kind == OP_CREATE)
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("l'enregistrement ne s'annule pas ainsi : annulez la demande (cancel --reason)"));
	if (op->kind == OP_UNDO)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("une annulation ne s'annule pas : refaites l'étape"));
	if (op->kind == OP_HOLD || op->kind == OP_PURGE)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("« %s » ne s'annule pas"), op_kind_label(op->kind));
	if (op->kind == OP_SETTLE)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("« %s » : le serveur l'exécute, cela ne s'annule pas ici"), op_kind_label(op->kind));
	if (was_said(op, x->now_ms))
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("« %s » a été dit : cela ne s'annule plus, corrigez par une nouvelle étape"), op_kind_label(op->kind));
	if (op_text(op, "split", NULL))
		return guichet_err_set(
			x->err, GUICHET_REFUSED, _("le partage a créé une autre demande : annulez celle-là (cancel --reason)"));
	later = built_upon(x->r, op, index);
	if (later)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("« %s » (%s) est venue après « %s » : cela ne s'annule plus"),
			op_kind_label(later->kind), later->actor, op_kind_label(op->kind));
	return GUICHET_OK;
}

enum guichet_rc step_UNDO(struct stepping *x)
{
	char target[OP_ID_TEXT];
	size_t index = 0;
	const struct op *op = own_last(x->r, x->a->login, &index);
	enum guichet_rc rc = check_undo(x, op, index);

	if (rc != GUICHET_OK)
		return rc;
	op_id_format(op->id, target);
	op_fact_text(x->op, "target", target);
	return GUICHET_OK;
}
