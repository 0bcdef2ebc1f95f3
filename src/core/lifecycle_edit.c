// SPDX-License-Identifier: GPL-3.0-or-later
/* Steps that change or add to what is written: edit (and what a new category entails), resolve, note, attach,
 * contact. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "lifecycle_inside.h"

/* --- What follows from a changed category or danger --- */

static const char *written_text(const struct stepping *x, enum request_field f)
{
	const char *s = json_string_value(op_written(x->op, f));

	return s ? s : request_text(x->r, f);
}

static void write_text_if_new(const struct stepping *x, enum request_field f, const char *value)
{
	if (!op_written(x->op, f) && strcmp(request_text(x->r, f), value) != 0)
		op_write_text(x->op, x->r, f, value);
}

static void write_int_if_new(const struct stepping *x, enum request_field f, int64_t value)
{
	if (!op_written(x->op, f) && request_int(x->r, f, 0) != value)
		op_write_int(x->op, x->r, f, value);
}

/* A requalified request goes where its new category is at home, as long as nobody has ordered work for it. */
static void requalify_service(const struct stepping *x, const struct category *now)
{
	const struct commune *commune = catalogue_commune(x->c, written_text(x, FIELD_COMMUNE));
	struct competence competence = catalogue_competence(x->c, now, commune);
	const struct service *service = competence.service ? competence.service : x->c->desk;

	if (competence.body)
		op_fact_text(x->op, "remit", competence.body->code);
	if (x->r->beneath <= STATUS_REVIEW && service && service != x->service)
		stepping_hand_to(x, service);
}

static void requalify(const struct stepping *x)
{
	const struct category *was = stepping_category(x), *now = catalogue_category(x->c, written_text(x, FIELD_CATEGORY));
	const json_t *flagged = op_written(x->op, FIELD_DANGER);
	bool recategorised = op_written(x->op, FIELD_CATEGORY), danger;
	struct target targets[TARGET_KIND_COUNT];
	enum channel channel;
	struct text text = TEXT_INIT;

	if (!now || (!recategorised && !flagged))
		return;
	danger = flagged ? json_is_true(flagged) : request_int(x->r, FIELD_DANGER, 0);
	if (recategorised) {
		if (now->danger && !flagged) {
			write_int_if_new(x, FIELD_DANGER, 1);
			danger = true;
		}
		if (!was || strcmp(request_text(x->r, FIELD_NATURE), nature_code(was->nature)) == 0)
			write_text_if_new(x, FIELD_NATURE, nature_code(now->nature));
		if (was && request_int(x->r, FIELD_PRIORITY, 0) == was->priority && !danger)
			write_int_if_new(x, FIELD_PRIORITY, now->priority);
		requalify_service(x, now);
	}
	if (danger && (flagged || now->danger))
		write_int_if_new(x, FIELD_PRIORITY, now->danger ? now->priority : 1);
	targets_of(now, danger, channel_parse(request_text(x->r, FIELD_CHANNEL), &channel) ? (int)channel : -1, targets);
	targets_format(&text, targets);
	write_text_if_new(x, FIELD_TARGETS, text_str(&text));
	text_done(&text);
}

/* --- Edit --- */

static const struct {
	enum request_field field;
	const char *step;
} by_step[] = {
	{FIELD_STATUS, "take, order, done, answer, close..."},
	{FIELD_SERVICE, "route"},
	{FIELD_ASSIGNED, "assign"},
	{FIELD_WAIT, "wait, resume"},
	{FIELD_PARENT, "link"},
	{FIELD_BODY, "redirect"},
	{FIELD_SPLIT_OF, "split"},
	{FIELD_HOLD, "privacy hold, privacy release"},
};

static enum guichet_rc not_editable(const struct stepping *x, enum request_field f)
{
	for (size_t i = 0; i < sizeof by_step / sizeof *by_step; i++)
		if (by_step[i].field == f)
			return guichet_err_set(x->err, GUICHET_REFUSED,
				_("« %s » ne se modifie pas à la main : c'est l'effet d'une étape (%s)"),
				_(request_field_info(f)->label), by_step[i].step);
	return guichet_err_set(x->err, GUICHET_REFUSED, _("« %s » ne se modifie pas"), _(request_field_info(f)->label));
}

static enum guichet_rc unknown_field(const struct stepping *x, const char *key)
{
	struct text known = TEXT_INIT;
	enum guichet_rc rc;

	for (int f = 0; f < FIELD_COUNT; f++)
		if (request_field_info((enum request_field)f)->editable)
			text_addf(&known, "%s%s", known.len ? ", " : "", request_field_info((enum request_field)f)->key);
	rc = guichet_err_set(
		x->err, GUICHET_DATA, _("champ « %s » inconnu (attendu : %s)"), key ? key : "", text_str(&known));
	text_done(&known);
	return rc;
}

/* Technical staff know the place and what is urgent; what the citizen asked is the call centre's. */
static bool service_may_edit(enum request_field f)
{
	switch (f) {
	case FIELD_ADDRESS:
	case FIELD_PLACE_DETAIL:
	case FIELD_ASSET:
	case FIELD_GROUND:
	case FIELD_AREA:
	case FIELD_LATITUDE:
	case FIELD_LONGITUDE:
	case FIELD_COMMUNE:
	case FIELD_PRIORITY:
	case FIELD_DANGER:
		return true;
	default:
		return false;
	}
}

static enum guichet_rc check_editor(const struct stepping *x, enum request_field f)
{
	const char *label = _(request_field_info(f)->label);

	if (stepping_is(x, ROLE_SUPERVISOR))
		return GUICHET_OK;
	if (f == FIELD_DANGER && request_int(x->r, FIELD_DANGER, 0) && !json_is_true(op_written(x->op, f)))
		return guichet_err_set(x->err, GUICHET_NO_PERM, _("seul un superviseur retire un danger (rôle requis : %s)"),
			role_label(ROLE_SUPERVISOR));
	if (stepping_is(x, ROLE_AGENT) || service_may_edit(f))
		return GUICHET_OK;
	return guichet_err_set(x->err, GUICHET_NO_PERM, _("« %s » se modifie par l'accueil (rôle requis : %s ou %s)"),
		label, role_label(ROLE_AGENT), role_label(ROLE_SUPERVISOR));
}

static bool is_unset(const json_t *value)
{
	return !value || json_is_null(value) || json_is_false(value) ||
		(json_is_string(value) && json_string_length(value) == 0);
}

static bool same_as_shown(const struct stepping *x, enum request_field f)
{
	const struct field_state *s = &x->r->fields[f];
	json_t *written = op_written(x->op, f), *shown = s->count > 0 ? s->heads[0].value : NULL;

	if (s->count > 1)
		return false;
	return (is_unset(written) && is_unset(shown)) || (shown && json_equal(written, shown));
}

static enum guichet_rc edit_one(const struct stepping *x, const char *key, const char *value)
{
	enum request_field f;
	enum guichet_rc rc;

	if (!request_field_parse(key, &f))
		return unknown_field(x, key);
	if (!request_field_info(f)->editable)
		return not_editable(x, f);
	rc = op_write_parsed(x->op, x->r, f, value, x->c, x->err);
	if (rc != GUICHET_OK)
		return rc;
	if (same_as_shown(x, f)) {
		op_unwrite(x->op, f);
		return GUICHET_OK;
	}
	if (f == FIELD_RECEIVED && json_integer_value(op_written(x->op, f)) > x->now_ms)
		return guichet_err_set(x->err, GUICHET_DATA, _("la date de réception ne peut être dans le futur"));
	return check_editor(x, f);
}

enum guichet_rc step_EDIT(struct stepping *x)
{
	enum guichet_rc rc = GUICHET_OK;

	if (!x->args->prefer_field_list)
		rc = edit_one(x, x->args->field, x->args->value);
	for (size_t i = 0; x->args->prefer_field_list && rc == GUICHET_OK && x->args->fields[i][0]; i++)
		rc = edit_one(x, x->args->fields[i][0], x->args->fields[i][1]);
	if (rc != GUICHET_OK)
		return rc;
	if (!x->op->base)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("rien ne change : ces valeurs sont déjà là"));
	requalify(x);
	return GUICHET_OK;
}

/* --- Resolve --- */

/* The value that one operation wrote, to the letter: it need not be typed again. */
static enum guichet_rc keep_value_of(const struct stepping *x, enum request_field f)
{
	for (size_t i = 0; i < x->r->fields[f].count; i++) {
		const struct field_write *w = &x->r->fields[f].heads[i];
		if (!op_id_equal(w->by, x->args->target) || !w->value)
			continue;
		op_write_value(x->op, x->r, f, json_deep_copy(w->value));
		return GUICHET_OK;
	}
	return guichet_err_set(x->err, GUICHET_REFUSED, _("« %s » : cette valeur n'est plus en conflit"), _(request_field_info(f)->label));
}

enum guichet_rc step_RESOLVE(struct stepping *x)
{
	enum request_field f;
	bool kept = false;
	enum guichet_rc rc;

	if (!request_field_parse(x->args->field, &f))
		return unknown_field(x, x->args->field);
	if (!request_in_conflict(x->r, f))
		return guichet_err_set(
			x->err, GUICHET_REFUSED, _("« %s » n'est pas en conflit : utilisez edit"), _(request_field_info(f)->label));
	if (!op_id_is_none(x->args->target))
		rc = keep_value_of(x, f);
	else
		rc = op_write_parsed(x->op, x->r, f, x->args->value, x->c, x->err);
	if (rc != GUICHET_OK)
		return rc;
	for (size_t i = 0; i < x->r->fields[f].count; i++)
		kept |= x->r->fields[f].heads[i].value && json_equal(x->r->fields[f].heads[i].value, op_written(x->op, f));
	if (!kept && !request_field_info(f)->editable)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("« %s » : choisissez l'une des valeurs en conflit"),
			_(request_field_info(f)->label));
	if (f == FIELD_CATEGORY || f == FIELD_DANGER)
		requalify(x);
	return GUICHET_OK;
}

/* --- What the server parked --- */

/* The server does it, when this operation reaches it: applies the other one again under a number of its own, or leaves it aside for good. */
enum guichet_rc step_SETTLE(struct stepping *x)
{
	const struct op *parked = NULL;
	char target[OP_ID_TEXT];

	for (size_t i = 0; i < x->r->op_count; i++)
		if (x->r->ops[i].parked && op_id_equal(x->r->ops[i].id, x->args->target))
			parked = &x->r->ops[i];
	op_id_format(x->args->target, target);
	if (!parked)
		return guichet_err_set(x->err, GUICHET_REFUSED, _("l'opération %s n'est pas en souffrance"), target);
	if (x->args->aside && op_is_aside(parked))
		return guichet_err_set(x->err, GUICHET_REFUSED, _("l'opération %s est déjà mise de côté"), target);
	for (size_t i = 0; i < x->r->op_count; i++)
		if (x->r->ops[i].kind == OP_SETTLE && x->r->ops[i].seq == 0 && strcmp(op_text(&x->r->ops[i], "target", ""), target) == 0)
			return guichet_err_set(x->err, GUICHET_REFUSED, _("l'opération %s est déjà réglée : le serveur ne l'a pas encore appris"), target);
	if (x->args->aside && stepping_need(x, x->args->reason, _("pourquoi elle est mise de côté (--reason)")))
		return GUICHET_DATA;
	op_fact_text(x->op, "target", target);
	op_fact_bool(x->op, "aside", x->args->aside);
	op_personal_if(x->op, "reason", x->args->reason);
	return GUICHET_OK;
}

/* --- Kept beyond its retention: a claim, a trial --- */

enum guichet_rc step_HOLD(struct stepping *x)
{
	bool held = request_is_held(x->r);
	enum guichet_rc rc = stepping_need(x, x->args->reason, _("pourquoi (--reason)"));

	if (rc == GUICHET_OK && held && !x->args->ends)
		rc = guichet_err_set(x->err, GUICHET_REFUSED, _("sa conservation est déjà ordonnée"));
	if (rc == GUICHET_OK && !held && x->args->ends)
		rc = guichet_err_set(x->err, GUICHET_REFUSED, _("sa conservation n'est pas ordonnée : il n'y a rien à lever"));
	if (rc != GUICHET_OK)
		return rc;
	op_write_int(x->op, x->r, FIELD_HOLD, !x->args->ends);
	op_personal_text(x->op, "reason", x->args->reason);
	return GUICHET_OK;
}

/* --- Additions --- */

enum guichet_rc step_NOTE(struct stepping *x)
{
	enum guichet_rc rc = stepping_need(x, x->args->text, _("le texte de la note"));

	if (rc == GUICHET_OK)
		op_personal_text(x->op, "text", x->args->text);
	return rc;
}

static bool is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

enum guichet_rc step_ATTACH(struct stepping *x)
{
	enum guichet_rc rc = stepping_need(x, x->args->name, _("le nom de la pièce"));

	if (rc != GUICHET_OK)
		return rc;
	if (!x->args->sha256 || !is_sha256(x->args->sha256))
		return guichet_err_set(
			x->err, GUICHET_DATA, _("pièce « %s » : empreinte SHA-256 manquante ou fausse"), x->args->name);
	op_fact_text(x->op, "sha256", x->args->sha256);
	op_fact_if(x->op, "type", x->args->type);
	op_fact_int(x->op, "bytes", x->args->bytes);
	op_personal_text(x->op, "name", x->args->name);
	return GUICHET_OK;
}

enum guichet_rc step_TOUCH(struct stepping *x)
{
	const char *channel = NULL;
	enum outcome outcome;
	enum guichet_rc rc = stepping_need(x, x->args->outcome, _("la qualification de l'appel (--outcome)"));

	if (rc == GUICHET_OK && !text_is_blank(x->args->channel))
		rc = stepping_channel(x, &channel);
	if (rc != GUICHET_OK)
		return rc;
	if (!outcome_parse(x->args->outcome, &outcome))
		return guichet_err_set(x->err, GUICHET_DATA,
			_("qualification « %s » inconnue (attendu : created, added, chased, informed, redirected, "
			  "transferred, wrong_number, abusive ou hung_up)"),
			x->args->outcome);
	op_fact_text(x->op, "outcome", outcome_code(outcome));
	op_fact_if(x->op, "contact", x->args->contact);
	op_fact_if(x->op, "channel", channel);
	op_personal_if(x->op, "text", x->args->text);
	if (x->args->unread)
		op_fact_bool(x->op, "unread", true);
	return GUICHET_OK;
}
