// SPDX-License-Identifier: GPL-3.0-or-later
/* Steps that hand a request on and get the work done. */
#include <string.h>

#include "lifecycle_inside.h"

enum { REFUSALS_MAX = 2 }; /* then a supervisor decides: a request is no ball */

enum guichet_rc step_ROUTE(struct stepping *x)
{
	const struct service *to;
	enum guichet_rc rc = stepping_service(x, &to);

	if (rc != GUICHET_OK)
		return rc;
	if (to == x->service)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("elle est déjà au service « %s »"), to->name);
	if (x->r->hops >= REFUSALS_MAX && !x->r->clarified) {
		if (!stepping_is(x, ROLE_SUPERVISOR))
			return guichet_err_set(x->err, GUICHET_NO_PERM,
				_("refusée %u fois : un superviseur décide du service compétent (rôle requis : %s)"), x->r->hops,
				role_label(ROLE_SUPERVISOR));
		op_fact_bool(x->op, "clarified", true);
	}
	op_personal_if(x->op, "reason", x->args->reason);
	stepping_hand_to(x, to);
	return GUICHET_OK;
}

enum guichet_rc step_TAKE(struct stepping *x)
{
	bool agent = stepping_is(x, ROLE_AGENT) && x->at_desk;

	if (!stepping_is(x, ROLE_SUPERVISOR) && !agent && !actor_serves(x->a, x->service_code))
		return guichet_err_set(x->err, GUICHET_NO_PERM,
			_("elle relève du service « %s », qui la prend en charge (rôle requis : %s ou %s)"), x->service_name,
			role_label(ROLE_SERVICE), role_label(ROLE_SUPERVISOR));
	stepping_status(x, STATUS_REVIEW);
	if (!*request_text(x->r, FIELD_ASSIGNED))
		op_write_text(x->op, x->r, FIELD_ASSIGNED, x->a->login);
	return GUICHET_OK;
}

enum guichet_rc step_ASSIGN(struct stepping *x)
{
	enum guichet_rc rc = stepping_need(x, x->args->agent, _("l'agent à qui l'attribuer"));

	if (rc != GUICHET_OK)
		return rc;
	if (strcmp(request_text(x->r, FIELD_ASSIGNED), x->args->agent) == 0)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("elle est déjà attribuée à %s"), x->args->agent);
	op_write_text(x->op, x->r, FIELD_ASSIGNED, x->args->agent);
	return GUICHET_OK;
}

enum guichet_rc step_ORDER(struct stepping *x)
{
	op_fact_if(x->op, "number", x->args->number);
	op_fact_if(x->op, "contractor", x->args->contractor);
	if (x->args->date_ms)
		op_fact_int(x->op, "planned", x->args->date_ms);
	stepping_status(x, STATUS_ORDERED);
	return GUICHET_OK;
}

enum guichet_rc step_DONE(struct stepping *x)
{
	op_personal_if(x->op, "text", x->args->text);
	stepping_status(x, STATUS_DONE);
	return GUICHET_OK;
}

enum guichet_rc step_WAIT(struct stepping *x)
{
	enum wait_reason why;
	enum guichet_rc rc = stepping_need(x, x->args->reason, _("qui est attendu (--reason usager ou tiers)"));

	if (rc != GUICHET_OK)
		return rc;
	if (!wait_reason_parse(x->args->reason, &why))
		return guichet_err_set(
			x->err, GUICHET_DATA, _("motif d'attente « %s » inconnu (attendu : usager ou tiers)"), x->args->reason);
	op_write_text(x->op, x->r, FIELD_WAIT, wait_reason_code(why));
	op_personal_if(x->op, "text", x->args->text);
	return GUICHET_OK;
}

enum guichet_rc step_RESUME(struct stepping *x)
{
	const struct request *r = x->r;

	if (r->pause_count > 0 && x->at_ms < r->pauses[r->pause_count - 1].from_ms)
		return guichet_err_set(x->err, GUICHET_DATA, _("la reprise ne peut précéder la mise en attente"));
	stepping_end_pause(x);
	return GUICHET_OK;
}

enum guichet_rc step_REFUSE(struct stepping *x)
{
	const struct service *suggested = NULL;
	enum guichet_rc rc = stepping_need(x, x->args->reason, _("le motif du refus (--reason)"));

	if (rc == GUICHET_OK && !text_is_blank(x->args->service))
		rc = stepping_service(x, &suggested);
	if (rc != GUICHET_OK)
		return rc;
	if (x->at_desk)
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("« %s » ne refuse pas sa compétence : transmettez (route) ou réorientez (redirect)"), x->service_name);
	stepping_hand_to(x, x->c->desk);
	op_personal_text(x->op, "reason", x->args->reason);
	if (suggested)
		op_fact_text(x->op, "suggested", suggested->code);
	return GUICHET_OK;
}

enum guichet_rc step_REMIND(struct stepping *x)
{
	if (x->at_desk)
		return guichet_err_set(
			x->err, GUICHET_REFUSED, _("elle est à « %s » : il n'y a pas de service à relancer"), x->service_name);
	op_fact_text(x->op, "service", x->service_code);
	op_personal_if(x->op, "text", x->args->text);
	if (x->c->sends_email && x->service && purpose_address(PURPOSE_REMIND, x->service))
		op_owe(x->op, PURPOSE_REMIND, CHANNEL_EMAIL);
	return GUICHET_OK;
}

enum guichet_rc step_SPLIT(struct stepping *x)
{
	const struct service *to;
	enum guichet_rc rc = stepping_service(x, &to);

	if (rc != GUICHET_OK)
		return rc;
	if (to == x->service)
		return guichet_err_set(
			x->err, GUICHET_REFUSED, _("elle est déjà au service « %s » : partagez-la avec un autre"), to->name);
	if (*request_text(x->r, FIELD_SPLIT_OF))
		return guichet_err_set(x->err, GUICHET_REFUSED, _("c'est déjà une partie : partagez la demande d'origine"));
	op_fact_text(x->op, "split", to->code);
	op_personal_if(x->op, "text", x->args->text);
	return GUICHET_OK;
}

enum guichet_rc step_LINK(struct stepping *x)
{
	char parent[OP_ID_TEXT];

	if (op_id_is_none(x->args->target))
		return guichet_err_set(x->err, GUICHET_DATA, _("précisez la demande principale"));
	if (op_id_equal(x->args->target, x->r->id))
		return guichet_err_set(x->err, GUICHET_REFUSED, _("une demande ne se rattache pas à elle-même"));
	if (x->args->parent_is_child)
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("la demande visée est elle-même rattachée à une autre : rattachez à la demande principale"));
	if (x->args->has_children)
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("d'autres demandes lui sont rattachées : rattachez plutôt l'autre demande à celle-ci"));
	op_id_format(x->args->target, parent);
	stepping_status(x, STATUS_DUPLICATE);
	op_write_text(x->op, x->r, FIELD_PARENT, parent);
	stepping_end_pause(x);
	return GUICHET_OK;
}
