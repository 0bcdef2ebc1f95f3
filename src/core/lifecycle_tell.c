// SPDX-License-Identifier: GPL-3.0-or-later
/* Steps that tell a citizen something, or record that somebody was told. Written is not told: only an answer that was given, sent or posted counts. */
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/template.h"
#include "lifecycle_inside.h"

enum guichet_rc stepping_owe(const struct stepping *x, enum purpose p, const char *channel)
{
	bool email = strcmp(channel, channel_code(CHANNEL_EMAIL)) == 0, post = strcmp(channel, channel_code(CHANNEL_POST)) == 0;

	/* The one answer of a request that was split goes out once. */
	if (x->args->covered && *request_text(x->r, FIELD_SPLIT_OF))
		return GUICHET_OK;
	if (email && x->c->sends_email) {
		if (!x->args->has_email)
			return guichet_err_set(x->err, GUICHET_REFUSED,
				_("l'usager n'a pas d'adresse électronique : complétez sa fiche, ou répondez par un autre canal"));
		op_owe(x->op, p, CHANNEL_EMAIL);
	}
	if (post && x->c->sends_letters && x->args->has_postal)
		op_owe(x->op, p, CHANNEL_POST);
	return GUICHET_OK;
}

/* Who wrote it, as its reader is told: whoever prints or sends it later knows no more than this. */
static void sign(const struct stepping *x)
{
	const char *own = x->a->services && x->a->services[0] ? x->a->services[0] : "";
	const struct service *service = catalogue_service(x->c, own);

	if (!service)
		service = x->c->desk;
	if (service->anonymous_agents || text_is_blank(x->a->name) || strcmp(x->a->name, x->a->login) == 0)
		return;
	op_personal_text(x->op, "agent", x->a->name);
	op_fact_text(x->op, "agent_service", service->code);
}

const struct op *request_draft(const struct request *r)
{
	for (size_t i = r->op_count; i-- > 0 && r->drafted_answer;)
		if (r->ops[i].kind == OP_DRAFT_ANSWER && op_text(&r->ops[i], "text", NULL) == r->drafted_answer)
			return &r->ops[i];
	return NULL;
}

/* Whoever tells an answer has not written the one that was drafted. */
static void sign_as_drafted(const struct stepping *x, const struct op *draft)
{
	op_fact_if(x->op, "author", draft->actor);
	op_personal_if(x->op, "agent", op_text(draft, "agent", NULL));
	op_fact_if(x->op, "agent_service", op_text(draft, "agent_service", NULL));
}

/* What the catalogue's text left to be completed, nobody is told. */
static enum guichet_rc check_completed(const struct stepping *x, const char *text)
{
	size_t bytes = 0;
	const char *blank = template_blank(text, &bytes);

	return blank ? guichet_err_set(x->err, GUICHET_REFUSED, _("le texte a encore « %.*s » : complétez-le ou retirez-le"), (int)bytes, blank) : GUICHET_OK;
}

/* --- Answers --- */

/* Nobody can be told anything later who left no name: in the call itself, or not at all. An incident's answer is for those who are linked to
 * it, whoever reported it first. */
static enum guichet_rc check_anonymous(const struct stepping *x, const char *channel, bool in_call)
{
	bool live = strcmp(channel, channel_code(CHANNEL_PHONE)) == 0 || strcmp(channel, channel_code(CHANNEL_DESK)) == 0;

	if (!request_is_anonymous(x->r) || (live && in_call) || x->args->has_children)
		return GUICHET_OK;
	return guichet_err_set(x->err, GUICHET_REFUSED,
		_("usager anonyme sans coordonnées : rien ne peut lui être dit ; clôturez avec close --reason anonymous"));
}

/* The technical answer is written by the service itself: the President of the Métropole insists on it. */
static enum guichet_rc check_writer(const struct stepping *x, bool writes)
{
	const char *nature = request_text(x->r, FIELD_NATURE);
	bool information = strcmp(nature, nature_code(NATURE_INFORMATION)) == 0;

	if (stepping_is(x, ROLE_SUPERVISOR) || actor_serves(x->a, x->service_code))
		return GUICHET_OK;
	if (stepping_is(x, ROLE_AGENT) && (x->at_desk || information || !writes))
		return GUICHET_OK;
	return guichet_err_set(x->err, GUICHET_NO_PERM,
		_("la réponse technique s'écrit par le service « %s » (rôle requis : %s) : il la rédige (answer --draft), puis vous la dites sans --text"),
		x->service_name, role_label(ROLE_SERVICE));
}

static size_t length_of(const char *s)
{
	size_t n = strlen(s);

	while (n > 0 && strchr(" \t\r\n", s[n - 1]))
		n--;
	return n;
}

/* No text was given, or that of the draft. */
static bool tells_draft(const struct stepping *x)
{
	const char *given = x->args->text, *drafted = x->r->drafted_answer;

	if (text_is_blank(given) || !drafted)
		return text_is_blank(given);
	return length_of(given) == length_of(drafted) && strncmp(given, drafted, length_of(given)) == 0;
}

/* Second reading: who tells the answer has not written it, nor changed it. */
static enum guichet_rc check_second_reading(const struct stepping *x, const struct category *category)
{
	if (!category || !category->second_reading || x->args->covered || stepping_is(x, ROLE_SUPERVISOR))
		return GUICHET_OK;
	if (!x->r->drafted_by)
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("le motif « %s » veut une relecture : rédigez (answer --draft), puis un autre agent dit la réponse"),
			category->name);
	if (strcmp(x->r->drafted_by, x->a->login) == 0)
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("le motif « %s » veut une relecture : vous avez rédigé cette réponse, un autre agent doit la dire"),
			category->name);
	if (!tells_draft(x))
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("le motif « %s » veut une relecture : ce texte n'est pas celui qui est rédigé ; rédigez-le (answer --draft), un autre agent le relira"),
			category->name);
	return GUICHET_OK;
}

/* Before the work is done there is nothing to answer, save where the category says so. */
static enum guichet_rc check_answer_state(const struct stepping *x, bool short_path)
{
	enum status s = x->r->beneath;

	if (short_path || s == STATUS_REVIEW || s == STATUS_DONE || s == STATUS_DUPLICATE || s == STATUS_ANSWERED)
		return GUICHET_OK;
	if (s == STATUS_ORDERED)
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("les travaux commandés ne sont pas réalisés : donnez une réponse d'attente (inform)"));
	return guichet_err_set(x->err, GUICHET_REFUSED,
		_("le service « %s » doit d'abord la prendre en charge (take) ; en attendant, donnez une réponse d'attente (inform)"),
		x->service_name);
}

static enum guichet_rc check_unfinished(const struct stepping *x)
{
	if (!x->args->unfinished_part)
		return GUICHET_OK;
	return guichet_err_set(x->err, GUICHET_REFUSED,
		_("sa partie %s n'est pas terminée : la réponse attend les deux services"), x->args->unfinished_part);
}

static enum guichet_rc answer_draft(struct stepping *x)
{
	enum guichet_rc rc = stepping_need(x, x->args->text, _("le texte de la réponse (--text)"));

	if (rc == GUICHET_OK)
		rc = check_writer(x, true);
	if (rc != GUICHET_OK)
		return rc;
	x->op->kind = OP_DRAFT_ANSWER;
	op_personal_text(x->op, "text", x->args->text);
	sign(x);
	return GUICHET_OK;
}

static enum guichet_rc check_told(const struct stepping *x, const char **channel)
{
	const struct category *category = stepping_category(x);
	bool short_path = category && category->short_path, writes = !tells_draft(x);
	enum guichet_rc rc = GUICHET_OK;

	if (!writes && !x->r->drafted_answer)
		rc = stepping_need(x, NULL, _("le texte de la réponse (--text) : aucune réponse n'est rédigée"));
	if (rc == GUICHET_OK)
		rc = check_completed(x, writes ? x->args->text : x->r->drafted_answer);
	if (rc == GUICHET_OK)
		rc = stepping_channel(x, channel);
	if (rc == GUICHET_OK)
		rc = check_unfinished(x);
	if (rc == GUICHET_OK)
		rc = check_answer_state(x, short_path);
	if (rc == GUICHET_OK && !x->args->covered)
		rc = check_writer(x, writes);
	if (rc == GUICHET_OK)
		rc = check_anonymous(x, *channel, short_path);
	if (rc == GUICHET_OK)
		rc = check_second_reading(x, category);
	if (rc == GUICHET_OK && x->args->at_ms && x->at_ms < request_int(x->r, FIELD_RECEIVED, x->at_ms))
		rc = guichet_err_set(x->err, GUICHET_DATA, _("la réponse ne peut précéder la réception de la demande"));
	return rc;
}

enum guichet_rc step_ANSWER(struct stepping *x)
{
	const char *channel = NULL;
	enum guichet_rc rc;

	if (*request_text(x->r, FIELD_SPLIT_OF) && !x->args->covered)
		return guichet_err_set(
			x->err, GUICHET_REFUSED, _("c'est une partie : la réponse est donnée sur la demande d'origine"));
	if (x->args->draft)
		return answer_draft(x);
	rc = check_told(x, &channel);
	if (rc != GUICHET_OK)
		return rc;
	op_fact_text(x->op, "channel", channel);
	if (x->args->covered)
		op_fact_bool(x->op, "covered", true);
	const struct op *draft = x->args->draft_told ? x->args->draft_told : tells_draft(x) ? request_draft(x->r) : NULL;
	op_personal_text(x->op, "text", tells_draft(x) ? x->r->drafted_answer : x->args->text);
	if (draft)
		sign_as_drafted(x, draft);
	else
		sign(x);
	stepping_end(x, STATUS_ANSWERED);
	return stepping_owe(x, PURPOSE_ANSWER, channel);
}

enum guichet_rc step_INFORM(struct stepping *x)
{
	const char *channel = NULL;
	enum guichet_rc rc = stepping_need(x, x->args->text, _("ce qui a été dit à l'usager (--text)"));

	if (rc == GUICHET_OK)
		rc = stepping_channel(x, &channel);
	if (rc == GUICHET_OK)
		rc = check_anonymous(x, channel, true);
	if (rc == GUICHET_OK)
		rc = check_completed(x, x->args->text);
	if (rc != GUICHET_OK)
		return rc;
	op_fact_text(x->op, "channel", channel);
	op_personal_text(x->op, "text", x->args->text);
	sign(x);
	if (x->r->status == STATUS_REDIRECTED)
		op_fact_bool(x->op, "notice", true);
	return stepping_owe(x, x->r->status == STATUS_REDIRECTED ? PURPOSE_NOTICE : PURPOSE_INFORM, channel);
}

/* --- Promises and call-backs --- */

enum guichet_rc step_PROMISE(struct stepping *x)
{
	const struct promise *before = request_promise(x->r);
	const char *channel = NULL;
	enum guichet_rc rc = GUICHET_OK;

	if (!x->args->date_ms)
		return guichet_err_set(x->err, GUICHET_DATA, _("précisez la date de l'engagement (--date)"));
	if (!text_is_blank(x->args->channel))
		rc = stepping_channel(x, &channel);
	if (rc != GUICHET_OK)
		return rc;
	if (x->args->date_ms <= x->now_ms)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("un engagement porte sur une date à venir"));
	if (before && (text_is_blank(x->args->reason) || (!channel && text_is_blank(x->args->contact))))
		return guichet_err_set(x->err, GUICHET_REFUSED,
			_("un engagement existe déjà : un nouveau demande un motif (--reason) et un contact avec l'usager (--channel)"));
	op_fact_int(x->op, "date_ms", x->args->date_ms);
	op_fact_int(x->op, "told_ms", x->at_ms);
	op_fact_text(x->op, "told_by", x->a->login);
	op_fact_if(x->op, "channel", channel);
	op_fact_if(x->op, "contact", x->args->contact);
	op_personal_if(x->op, "reason", x->args->reason);
	return GUICHET_OK;
}

enum guichet_rc step_CALLBACK(struct stepping *x)
{
	if (!x->args->at_ms)
		return guichet_err_set(x->err, GUICHET_DATA, _("précisez quand rappeler (--at)"));
	if (x->args->at_ms <= x->now_ms)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("un rappel se prévoit à un moment à venir"));
	op_fact_int(x->op, "at_ms", x->args->at_ms);
	op_personal_if(x->op, "text", x->args->text);
	return GUICHET_OK;
}

bool callback_reached(const char *result)
{
	static const char *const reached[] = {"reached", "joint", "jointe", "joints", "jointes", "rappele", "rappelee", "repondu"};
	struct text words = TEXT_INIT;
	bool yes = false;
	size_t n;

	utf8_fold_words(&words, result ? result : "");
	n = strcspn(text_str(&words), " ");
	for (size_t i = 0; i < sizeof reached / sizeof *reached; i++)
		yes = yes || (strlen(reached[i]) == n && !strncmp(text_str(&words), reached[i], n));
	text_done(&words);
	return yes;
}

static const struct callback *callback_find(const struct stepping *x)
{
	const struct callback *found = NULL;

	for (size_t i = 0; i < x->r->callback_count; i++) {
		const struct callback *c = &x->r->callbacks[i];
		if (!op_id_is_none(x->args->target) && !op_id_equal(c->by, x->args->target))
			continue;
		if (!c->done && (!found || c->at_ms < found->at_ms))
			found = c;
	}
	return found;
}

enum guichet_rc step_CALLBACK_TRIED(struct stepping *x)
{
	const struct callback *callback = callback_find(x);
	enum guichet_rc rc = stepping_need(x, x->args->result, _("ce que l'appel a donné (--result)"));
	char target[OP_ID_TEXT];

	if (rc != GUICHET_OK)
		return rc;
	if (!callback)
		return guichet_err_set(
			x->err, GUICHET_REFUSED, _("aucun rappel n'est à faire : prévoyez-en un d'abord (callback --at)"));
	if (x->args->date_ms && x->args->date_ms <= x->now_ms)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("un rappel se prévoit à un moment à venir"));
	if (x->args->date_ms && x->args->reached)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("l'usager a été joint : il n'y a pas de prochain essai à prévoir"));
	op_id_format(callback->by, target);
	op_fact_text(x->op, "target", target);
	op_fact_bool(x->op, "reached", x->args->reached);
	if (x->args->date_ms)
		op_fact_int(x->op, "next_ms", x->args->date_ms);
	op_personal_text(x->op, "result", x->args->result);
	return GUICHET_OK;
}

enum guichet_rc step_DANGER_TOLD(struct stepping *x)
{
	enum guichet_rc rc = stepping_need(x, x->args->who, _("qui a été prévenu (--who)"));

	if (rc != GUICHET_OK)
		return rc;
	if (!request_int(x->r, FIELD_DANGER, 0))
		return guichet_err_set(
			x->err, GUICHET_REFUSED, _("elle n'est pas signalée comme danger : signalez-le d'abord (edit danger=oui)"));
	op_personal_text(x->op, "who", x->args->who);
	return GUICHET_OK;
}

/* --- Out of remit --- */

/* CRPA L114-2: passed on to the competent body, and the requester told of it; both recorded. */
enum guichet_rc step_REDIRECT(struct stepping *x)
{
	enum guichet_rc rc = stepping_need(x, x->args->body, _("l'organisme compétent (--to)"));
	const char *channel = NULL;
	const struct body *body;
	json_t *transmission;
	bool notice = !text_is_blank(x->args->text);

	if (rc == GUICHET_OK && (notice || !text_is_blank(x->args->channel)))
		rc = stepping_channel(x, &channel);
	if (rc != GUICHET_OK)
		return rc;
	body = catalogue_body(x->c, x->args->body);
	if (!body) {
		struct text near = TEXT_INIT;
		catalogue_near_codes(x->c, 'o', x->args->body, &near);
		rc = guichet_err_set(x->err, GUICHET_DATA, _("organisme « %s » inconnu%s%s"), x->args->body,
			near.len ? " ; " : "", text_str(&near));
		text_done(&near);
		return rc;
	}
	transmission = json_pack("{s:s, s:I}", "body", body->code, "at_ms", (json_int_t)x->at_ms);
	if (channel && !notice)
		json_object_set_new(transmission, "channel", json_string(channel));
	op_set(x->op, false, "transmission", transmission);
	if (notice) {
		op_fact_bool(x->op, "notice", true);
		op_fact_text(x->op, "notice_channel", channel);
		op_personal_text(x->op, "text", x->args->text);
		sign(x);
	}
	op_personal_if(x->op, "reason", x->args->reason);
	op_write_text(x->op, x->r, FIELD_BODY, body->code);
	stepping_end(x, STATUS_REDIRECTED);
	return notice && channel ? stepping_owe(x, PURPOSE_NOTICE, channel) : GUICHET_OK;
}

/* --- What became of it --- */

enum guichet_rc step_DELIVERY(struct stepping *x)
{
	const struct delivery_args *d = x->args->delivery;
	char target[OP_ID_TEXT];
	bool known = false;

	if (!d)
		return guichet_err_set(x->err, GUICHET_DATA, _("précisez %s"), _("ce qui est parti, et ce qu'il en est advenu"));
	for (size_t i = 0; i < x->r->op_count && !known; i++)
		known = op_id_equal(x->r->ops[i].id, d->target);
	op_id_format(d->target, target);
	if (!known)
		return guichet_err_set(x->err, GUICHET_DATA, _("l'envoi %s n'est pas de cette demande"), target);
	if (d->token && !reply_token_is(d->token))
		return guichet_err_set(x->err, GUICHET_DATA, _("jeton « %s » mal formé"), d->token);
	op_fact_text(x->op, "target", target);
	op_fact_text(x->op, "purpose", purpose_code(d->purpose));
	op_fact_text(x->op, "state", delivery_state_code(d->state));
	op_fact_text(x->op, "channel", channel_code(d->channel));
	op_fact_if(x->op, "token", d->token);
	op_fact_if(x->op, "sha256", d->sha256);
	if (d->level)
		op_fact_int(x->op, "level", d->level);
	if (d->again)
		op_fact_bool(x->op, "again", true);
	op_personal_if(x->op, "to", d->to);
	op_personal_if(x->op, "text", d->text);
	return GUICHET_OK;
}
