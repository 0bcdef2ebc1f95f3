// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of steps, who may do them, and the way each one goes: role, scope, state, then its own checks. Knows no
 * other request. */
#include "guichet/core/lifecycle.h"

#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "lifecycle_inside.h"

static const struct step_info infos[STEP_COUNT] = {
#define STEP(id, code, from, to, roles, rule) {code, from, to, roles, rule},
#include "guichet/core/lifecycle.def"
#undef STEP
};

static enum guichet_rc (*const steps[STEP_COUNT])(struct stepping *x) = {
#define STEP(id, code, from, to, roles, rule) step_##id,
#include "guichet/core/lifecycle.def"
#undef STEP
};

/* A split is a note on the original; an answer may be a draft, which its step decides. */
static const enum op_kind kinds[STEP_COUNT] = {
	[STEP_ROUTE] = OP_ROUTE,
	[STEP_TAKE] = OP_TAKE,
	[STEP_ASSIGN] = OP_ASSIGN,
	[STEP_ORDER] = OP_ORDER,
	[STEP_DONE] = OP_DONE,
	[STEP_WAIT] = OP_WAIT,
	[STEP_RESUME] = OP_RESUME,
	[STEP_ANSWER] = OP_ANSWER,
	[STEP_INFORM] = OP_INFORM,
	[STEP_PROMISE] = OP_PROMISE,
	[STEP_CALLBACK] = OP_CALLBACK,
	[STEP_CALLBACK_TRIED] = OP_CALLBACK_TRIED,
	[STEP_DANGER_TOLD] = OP_DANGER_TOLD,
	[STEP_CLOSE] = OP_CLOSE,
	[STEP_CANCEL] = OP_CANCEL,
	[STEP_REOPEN] = OP_REOPEN,
	[STEP_NOTE] = OP_NOTE,
	[STEP_EDIT] = OP_EDIT,
	[STEP_LINK] = OP_LINK,
	[STEP_REDIRECT] = OP_REDIRECT,
	[STEP_REFUSE] = OP_REFUSE,
	[STEP_REMIND] = OP_REMIND,
	[STEP_SPLIT] = OP_NOTE,
	[STEP_ATTACH] = OP_ATTACH,
	[STEP_TOUCH] = OP_TOUCH,
	[STEP_RESOLVE] = OP_RESOLVE,
	[STEP_SETTLE] = OP_SETTLE,
	[STEP_DELIVERY] = OP_DELIVERY,
	[STEP_HOLD] = OP_HOLD,
	[STEP_UNDO] = OP_UNDO,
};

/* Steps whose moment matters to clocks and figures, even when nobody gave one. */
#define TIMED \
	((1u << STEP_WAIT) | (1u << STEP_RESUME) | (1u << STEP_ANSWER) | (1u << STEP_INFORM) | (1u << STEP_DANGER_TOLD) | \
		(1u << STEP_CALLBACK_TRIED) | (1u << STEP_CLOSE) | (1u << STEP_CANCEL) | (1u << STEP_REOPEN) | \
		(1u << STEP_REDIRECT) | (1u << STEP_LINK) | (1u << STEP_DELIVERY))

const struct step_info *step_info(enum step s)
{
	return &infos[s];
}

unsigned lifecycle_roles_of(enum op_kind k)
{
	unsigned roles = 0;

	for (int s = 0; s < STEP_COUNT; s++)
		if (kinds[s] == k)
			roles |= infos[s].roles;
	if (k == OP_DRAFT_ANSWER)
		roles = infos[STEP_ANSWER].roles;
	/* No step makes these: whoever may work with requests records them. */
	if (k == OP_CREATE || op_kind_subject(k) != SUBJECT_REQUEST)
		roles = ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR;
	/* What a mail makes: itself, its writer, its request. */
	if (k == OP_MAIL || k == OP_REQUESTER_CREATE || k == OP_REQUESTER_EDIT || k == OP_CREATE)
		roles |= ROLE_MAILER;
	/* Told by a desk that was alone then: it says what was done, and does nothing. */
	if (k == OP_PURGE)
		roles = ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR | ROLE_DPO;
	return roles;
}

/* --- Roles --- */

static const struct {
	enum role role;
	const char *code, *label;
} roles[] = {
	{ROLE_AGENT, "agent", N_("agent d'accueil")},
	{ROLE_SERVICE, "service", N_("agent de service")},
	{ROLE_SUPERVISOR, "supervisor", N_("superviseur")},
	{ROLE_ADMIN, "admin", N_("administrateur")},
	{ROLE_DPO, "dpo", N_("délégué à la protection des données")},
	{ROLE_KIOSK, "kiosk", N_("affichage")},
	{ROLE_MAILER, "mailer", N_("messagerie")},
};
enum { ROLES = sizeof roles / sizeof *roles };

const char *role_label(enum role r)
{
	for (size_t i = 0; i < ROLES; i++)
		if (roles[i].role == r)
			return _(roles[i].label);
	return "";
}

bool role_parse(const char *s, enum role *out)
{
	for (size_t i = 0; s && i < ROLES; i++) {
		if (utf8_compare_folded(s, roles[i].code) == 0 || utf8_compare_folded(s, roles[i].label) == 0 ||
			utf8_compare_folded(s, _(roles[i].label)) == 0) {
			*out = roles[i].role;
			return true;
		}
	}
	return false;
}

const char *role_words(const char *code)
{
	enum role r;
	return role_parse(code, &r) ? role_label(r) : code;
}

bool roles_parse(const char *list, unsigned *out)
{
	char word[16];
	*out = 0;
	while (*list) {
		size_t length = strcspn(list, " ,");
		enum role role;
		if (length >= sizeof word)
			return false;
		memcpy(word, list, length);
		word[length] = '\0';
		if (!role_parse(word, &role))
			return false;
		*out |= role;
		list += length;
		list += strspn(list, " ,");
	}
	return *out != 0;
}

bool actor_serves(const struct actor *a, const char *service_code)
{
	if (!(a->roles & ROLE_SERVICE))
		return false;
	for (size_t i = 0; a->services && a->services[i]; i++)
		if (strcmp(a->services[i], "*") == 0 || strcmp(a->services[i], service_code) == 0)
			return true;
	return false;
}

/* "agent d'accueil, agent de service ou superviseur" */
static void roles_show(struct text *out, unsigned set)
{
	size_t left = 0;

	/* A machine's: nobody is told to ask for it. */
	set &= ~(unsigned)ROLE_MAILER;
	for (size_t i = 0; i < ROLES; i++)
		left += (set & roles[i].role) != 0;
	for (size_t i = 0; i < ROLES; i++) {
		if (!(set & roles[i].role))
			continue;
		text_add(out, _(roles[i].label));
		if (--left > 0)
			text_add(out, left == 1 ? _(" ou ") : ", ");
	}
}

static enum guichet_rc check_role(const struct stepping *x, const struct step_info *info, bool any_service)
{
	unsigned allowed = x->a->roles & info->roles;
	struct text needed = TEXT_INIT;

	if (allowed & (ROLE_AGENT | ROLE_SUPERVISOR | ROLE_DPO | ROLE_MAILER))
		return GUICHET_OK;
	if (allowed && (any_service || actor_serves(x->a, x->service_code)))
		return GUICHET_OK;
	roles_show(&needed, info->roles);
	if (allowed)
		guichet_err_set(x->err, GUICHET_NO_PERM,
			_("elle relève du service « %s », qui n'est pas le vôtre (rôle requis : %s de ce service%s)"),
			x->service_name, role_label(ROLE_SERVICE),
			info->roles & (ROLE_AGENT | ROLE_SUPERVISOR) ? _(", agent d'accueil ou superviseur") : "");
	else
		guichet_err_set(x->err, GUICHET_NO_PERM, _("« %s » n'est pas permis à %s (rôle requis : %s)"), info->code,
			x->a->login ? x->a->login : "?", text_str(&needed));
	text_done(&needed);
	return GUICHET_NO_PERM;
}

bool stepping_is(const struct stepping *x, enum role role)
{
	return (x->a->roles & role) != 0;
}

/* --- State --- */

static enum guichet_rc check_state(const struct stepping *x, const struct step_info *info)
{
	enum wait_reason why;

	if (info->from & (1u << x->r->status))
		return GUICHET_OK;
	if (x->r->status == STATUS_WAITING && (info->from & (1u << x->r->beneath))) {
		const char *code = request_text(x->r, FIELD_WAIT);
		return guichet_err_set(x->err, GUICHET_REFUSED, _("elle est en attente (%s) : reprenez-la d'abord (resume)"),
			wait_reason_parse(code, &why) ? wait_reason_label(why) : code);
	}
	return guichet_err_set(
		x->err, GUICHET_REFUSED, _("%s (état actuel : %s)"), _(info->rule), status_label(x->r->status));
}

/* --- What steps share --- */

bool text_is_blank(const char *s)
{
	return !s || !s[strspn(s, " \t\r\n")];
}

enum guichet_rc stepping_need(const struct stepping *x, const char *value, const char *what)
{
	return text_is_blank(value) ? guichet_err_set(x->err, GUICHET_DATA, _("précisez %s"), what) : GUICHET_OK;
}

enum guichet_rc stepping_channel(const struct stepping *x, const char **code)
{
	enum channel channel;
	enum guichet_rc rc = stepping_need(
		x, x->args->channel, _("par quel canal (--channel téléphone, courriel, courrier, accueil ou site)"));

	if (rc != GUICHET_OK)
		return rc;
	if (!channel_parse(x->args->channel, &channel))
		return guichet_err_set(x->err, GUICHET_DATA,
			_("canal « %s » inconnu (attendu : téléphone, courriel, courrier, accueil ou site)"), x->args->channel);
	*code = channel_code(channel);
	return GUICHET_OK;
}

enum guichet_rc stepping_service(const struct stepping *x, const struct service **out)
{
	enum guichet_rc rc = stepping_need(x, x->args->service, _("le service"));
	struct text near = TEXT_INIT;

	if (rc != GUICHET_OK)
		return rc;
	*out = catalogue_service(x->c, x->args->service);
	if (*out)
		return GUICHET_OK;
	catalogue_near_codes(x->c, 's', x->args->service, &near);
	rc = guichet_err_set(x->err, GUICHET_DATA, _("service « %s » inconnu%s%s"), x->args->service, near.len ? " ; " : "",
		text_str(&near));
	text_done(&near);
	return rc;
}

void stepping_status(const struct stepping *x, enum status s)
{
	op_write_text(x->op, x->r, FIELD_STATUS, status_code(s));
}

void stepping_end_pause(const struct stepping *x)
{
	if (*request_text(x->r, FIELD_WAIT) || x->r->fields[FIELD_WAIT].count > 1)
		op_write_text(x->op, x->r, FIELD_WAIT, "");
}

void stepping_end(const struct stepping *x, enum status s)
{
	struct deadlines due;

	stepping_status(x, s);
	stepping_end_pause(x);
	if (x->r->frozen_due)
		return;
	deadlines_compute(x->r, x->c, x->at_ms, &due, NULL);
	op_set(x->op, false, "due", deadlines_json(&due));
}

void stepping_hand_to(const struct stepping *x, const struct service *s)
{
	op_write_text(x->op, x->r, FIELD_SERVICE, s->code);
	stepping_status(x, s->desk ? STATUS_NEW : STATUS_ROUTED);
	if (*request_text(x->r, FIELD_ASSIGNED))
		op_write_text(x->op, x->r, FIELD_ASSIGNED, "");
	if (x->c->sends_email && !s->uses_guichet && s->email)
		op_owe(x->op, PURPOSE_FORWARD, CHANNEL_EMAIL);
}

const struct category *stepping_category(const struct stepping *x)
{
	return catalogue_category(x->c, request_text(x->r, FIELD_CATEGORY));
}

/* --- The way of a step --- */

static enum guichet_rc check_time(const struct stepping *x)
{
	struct text shown = TEXT_INIT;
	enum guichet_rc rc;

	if (x->at_ms <= x->now_ms)
		return GUICHET_OK;
	instant_show(&shown, x->at_ms);
	rc = guichet_err_set(
		x->err, GUICHET_DATA, _("%s est dans le futur : donnez le moment où cela s'est passé"), text_str(&shown));
	text_done(&shown);
	return rc;
}

/* Handed to two services at once: the one whose route does not show may object to it, and settle it too. */
static bool serves_other_route(const struct stepping *x, enum step s)
{
	const struct field_state *heads = &x->r->fields[FIELD_SERVICE];

	for (size_t i = 0; (s == STEP_REFUSE || s == STEP_RESOLVE) && i < heads->count; i++)
		if (heads->heads[i].value && actor_serves(x->a, json_string_value(heads->heads[i].value)))
			return true;
	return false;
}

static enum guichet_rc step_run(enum step s, struct stepping *x)
{
	/* An author may take back a step that took the request out of his service; what is said to a parent reaches
	 * children anywhere. */
	bool any_service = s == STEP_UNDO || ((s == STEP_ANSWER || s == STEP_CLOSE) && x->args->covered) || serves_other_route(x, s);
	enum guichet_rc rc = check_role(x, &infos[s], any_service);

	if (rc == GUICHET_OK)
		rc = check_state(x, &infos[s]);
	if (rc == GUICHET_OK)
		rc = check_time(x);
	if (rc != GUICHET_OK)
		return rc;
	op_init(x->op, kinds[s], x->r->id, x->a->login, x->now_ms);
	rc = steps[s](x);
	if (rc != GUICHET_OK) {
		op_done(x->op);
		return rc;
	}
	if ((x->args->at_ms || (TIMED & (1u << s))) && s != STEP_CALLBACK)
		op_fact_int(x->op, "at_ms", x->at_ms);
	return GUICHET_OK;
}

/* Whose request it is. */
static void place_request(struct stepping *x)
{
	x->service_code = request_text(x->r, FIELD_SERVICE);
	x->service = catalogue_service(x->c, x->service_code);
	x->service_name = x->service ? x->service->name : x->service_code;
	x->at_desk = x->service ? x->service->desk : !*x->service_code;
}

enum guichet_rc lifecycle_may(enum step s, const struct request *r, const struct actor *a, const struct catalogue *c, struct guichet_err *err)
{
	struct stepping x = {.r = r, .a = a, .c = c, .err = err};
	char shown[REFERENCE_SHOWN];
	enum guichet_rc rc;

	place_request(&x);
	rc = check_role(&x, &infos[s], s == STEP_UNDO || serves_other_route(&x, s));
	if (rc == GUICHET_OK)
		rc = check_state(&x, &infos[s]);
	if (rc != GUICHET_OK) {
		reference_show(r->reference, shown);
		guichet_err_prefix(err, _("demande %s : "), shown);
	}
	return rc;
}

enum guichet_rc lifecycle_step(enum step s, const struct request *r, const struct actor *a,
	const struct step_args *args, const struct catalogue *c, int64_t now_ms, struct op *out, struct guichet_err *err)
{
	struct stepping x = {
		.r = r, .a = a, .args = args, .c = c, .now_ms = now_ms, .at_ms = now_ms, .op = out, .err = err};
	char shown[REFERENCE_SHOWN];
	enum guichet_rc rc;

	memset(out, 0, sizeof *out);
	if (op_id_is_none(r->id))
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("demande inconnue"));
	if (args->at_ms && s != STEP_CALLBACK)
		x.at_ms = args->at_ms;
	place_request(&x);
	rc = step_run(s, &x);
	if (rc == GUICHET_REFUSED || rc == GUICHET_NO_PERM) {
		reference_show(r->reference, shown);
		guichet_err_prefix(err, _("demande %s : "), shown);
	}
	return rc;
}

void lifecycle_print(struct text *out)
{
	for (int s = 0; s < STEP_COUNT; s++) {
		const struct step_info *info = &infos[s];

		text_addf(out, "%s : ", info->code);
		for (int i = 0, first = 1; i < STATUS_COUNT; i++) {
			if (!(info->from & (1u << i)))
				continue;
			text_addf(out, "%s%s", first ? "" : ", ", status_code((enum status)i));
			first = 0;
		}
		text_addf(out, " -> %s ; ", info->to < 0 ? "=" : status_code((enum status)info->to));
		roles_show(out, info->roles);
		text_addf(out, " ; %s\n", _(info->rule));
	}
}
