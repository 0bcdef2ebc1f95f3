// SPDX-License-Identifier: GPL-3.0-or-later
/* Commands that are one step of a request's life. Each only sorts its arguments: desk_step does the work, and then the new state is said. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"
#include "guichet/wire/request_json.h"

enum { EDITS_MAX = 32, SAY_COLUMNS = 11 };

/* --- where the request stands now --- */

static void tell_state(struct cli *cli, const struct request *r)
{
	char shown[REFERENCE_SHOWN];
	struct deadlines due;
	struct text when = TEXT_INIT;
	const struct catalogue *c = store_catalogue(cli->store);
	const struct service *service = catalogue_service(c, request_text(r, FIELD_SERVICE));
	reference_show(r->reference, shown);
	deadlines_compute(r, c, store_now(cli->store), &due, NULL);
	if (request_is_open(r) && r->answered_ms == NO_INSTANT && r->status != STATUS_REDIRECTED && due.due[TARGET_ANSWER] != NO_INSTANT) {
		text_add(&when, _(", réponse due "));
		due_show(&when, due.due[TARGET_ANSWER]);
	}
	print_line(cli, "%s : %s, %s%s", shown, status_label(r->status), service ? service->name : request_text(r, FIELD_SERVICE), text_str(&when));
	if (request_danger_untold(r))
		print_untold(cli, service ? service->on_call_phone : NULL, shown);
	text_done(&when);
}

/* The one that the last try was of: others may stand beside it. */
static const struct callback *callback_tried(const struct request *r)
{
	struct op_id target = { 0, 0 };
	for (size_t i = r->op_count; i-- && op_id_is_none(target);)
		if (r->ops[i].kind == OP_CALLBACK_TRIED)
			op_id_parse(op_text(&r->ops[i], "target", ""), &target);
	for (size_t i = 0; i < r->callback_count; i++)
		if (op_id_equal(r->callbacks[i].by, target))
			return &r->callbacks[i];
	return NULL;
}

static void tell_callback(struct cli *cli, const struct request *r, bool tried)
{
	const struct callback *c = tried ? callback_tried(r) : r->callback_count ? &r->callbacks[r->callback_count - 1] : NULL;
	struct text when = TEXT_INIT;
	if (c)
		instant_show(&when, c->at_ms);
	if (c && !tried)
		print_line(cli, _("Rappel à faire %s"), text_str(&when));
	else if (c && c->done)
		print_line(cli, "%s", _("Usager joint : rappel terminé"));
	else if (c && c->at_ms > store_now(cli->store))
		print_line(cli, _("Pas joint, %u essai(s) : prochain essai %s"), c->attempts, text_str(&when));
	else if (c)
		print_line(cli, _("Pas joint, %u essai(s) : le rappel reste à faire (--next donne la date du prochain)"), c->attempts);
	text_done(&when);
}

static void tell_redirection(struct cli *cli, const struct request *r)
{
	const struct body *body = catalogue_body(store_catalogue(cli->store), request_text(r, FIELD_BODY));
	struct text t = TEXT_INIT;
	char shown[REFERENCE_SHOWN];
	reference_show(r->reference, shown);
	if (body)
		print_line(cli, _("Transmise à %s%s%s"), body->name, body->phone ? ", " : "", body->phone ? body->phone : "");
	if (body && body->say && *body->say) {
		text_addf(&t, "« %s »", body->say);
		print_wrapped(cli, _("À dire"), SAY_COLUMNS, text_str(&t));
	}
	if (!r->notice_given && !request_is_anonymous(r))
		print_line(cli, _("Reste à prévenir l'usager (CRPA L114-2) : guichet inform %s --channel CANAL --text TEXTE"), shown);
	text_done(&t);
}

static void tell_promise(struct cli *cli, const struct request *r)
{
	const struct promise *p = request_promise(r);
	struct text day = TEXT_INIT;
	if (!p)
		return;
	day_show(&day, due_day(p->date_ms));
	print_line(cli, _("À dire     « Vous aurez une réponse au plus tard le %s. »"), text_str(&day));
	text_done(&day);
}

/* What the step leaves to say or to do. */
static void tell_more(struct cli *cli, enum step s, const struct request *r)
{
	const struct service *service = catalogue_service(store_catalogue(cli->store), request_text(r, FIELD_SERVICE));
	if (s == STEP_PROMISE)
		tell_promise(cli, r);
	if (s == STEP_CALLBACK || s == STEP_CALLBACK_TRIED)
		tell_callback(cli, r, s == STEP_CALLBACK_TRIED);
	if (s == STEP_REDIRECT)
		tell_redirection(cli, r);
	if (s == STEP_INFORM && r->answered_ms == NO_INSTANT && r->status != STATUS_REDIRECTED)
		print_line(cli, "%s", _("Réponse d'attente notée : aucun délai ne s'arrête"));
	if (s == STEP_REMIND && service)
		print_line(cli, _("Relance n° %u de %s%s%s"), r->reminders, service->name, service->phone ? ", " : "", service->phone ? service->phone : "");
	if (s == STEP_REFUSE && r->hops >= 2 && !r->clarified)
		print_line(cli, _("Refusée %u fois : un superviseur décide du service compétent"), r->hops);
	if (s == STEP_DONE)
		print_line(cli, "%s", _("Reste à répondre à l'usager (answer)"));
}

static enum guichet_rc tell_after(struct cli *cli, int64_t reference, enum step s, struct guichet_err *err)
{
	struct loaded l;
	enum guichet_rc rc = store_load(cli->store, reference, &l, err);
	if (rc)
		return rc;
	if (cli->json) {
		print_json(cli, request_json(cli->store, &l, false));
	} else {
		tell_state(cli, &l.request);
		tell_more(cli, s, &l.request);
	}
	loaded_done(&l);
	return GUICHET_OK;
}

static enum guichet_rc tell(struct cli *cli, int64_t reference, struct guichet_err *err)
{
	return tell_after(cli, reference, STEP_COUNT, err);
}

static enum guichet_rc step(struct cli *cli, const struct args *a, enum step s, struct step_args *args, struct guichet_err *err)
{
	int64_t reference;
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK)
		rc = desk_step(cli->store, &cli->actor, reference, s, args, NULL, err);
	if (rc == GUICHET_OK)
		rc = tell_after(cli, reference, s, err);
	if (rc == GUICHET_OK && args->text)
		print_warnings(cli, args->text);
	return rc;
}

/* The same where an option is required, and the only text comes from --text. */
static enum guichet_rc step_needing(struct cli *cli, const struct args *a, enum step s, struct step_args *args, enum option_id needed,
	struct guichet_err *err)
{
	char *text = NULL;
	int64_t reference;
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK && needed != NO_OPTION)
		rc = args_need(a, needed, err);
	if (rc == GUICHET_OK)
		rc = args_long_text(a, OPT_TEXT, &text, err);
	args->text = text;
	if (rc == GUICHET_OK)
		rc = step(cli, a, s, args, err);
	free(text);
	return rc;
}

static const struct service *service_word(struct cli *cli, const char *code, struct guichet_err *err)
{
	const struct service *s = catalogue_service(store_catalogue(cli->store), code);
	if (!s)
		args_unknown_code(store_catalogue(cli->store), _("service"), 's', code, err);
	return s;
}

enum guichet_rc cmd_route(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	const struct service *s = service_word(cli, a->words[1], err);
	struct step_args args = { .reason = a->values[OPT_REASON] };
	if (!s)
		return GUICHET_DATA;
	args.service = s->code;
	return step(cli, a, STEP_ROUTE, &args, err);
}

enum guichet_rc cmd_take(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { 0 };
	return step(cli, a, STEP_TAKE, &args, err);
}

enum guichet_rc cmd_assign(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .agent = a->words[1] };
	return step(cli, a, STEP_ASSIGN, &args, err);
}

enum guichet_rc cmd_order(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .contractor = a->values[OPT_CONTRACTOR], .number = a->values[OPT_NUMBER] };
	enum guichet_rc rc = args_instant(a, OPT_PLANNED, 0, &args.date_ms, err);
	return rc ? rc : step(cli, a, STEP_ORDER, &args, err);
}

enum guichet_rc cmd_done(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { 0 };
	enum guichet_rc rc = args_instant(a, OPT_AT, 0, &args.at_ms, err);
	return rc ? rc : step_needing(cli, a, STEP_DONE, &args, NO_OPTION, err);
}

enum guichet_rc cmd_wait(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .reason = a->values[OPT_REASON] };
	return step_needing(cli, a, STEP_WAIT, &args, OPT_REASON, err);
}

enum guichet_rc cmd_resume(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { 0 };
	return step(cli, a, STEP_RESUME, &args, err);
}

enum guichet_rc cmd_inform(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .channel = a->values[OPT_CHANNEL] };
	char *text = NULL;
	int64_t reference;
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK)
		rc = args_need(a, OPT_CHANNEL, err);
	if (rc == GUICHET_OK)
		rc = write_text(cli, a, reference, STEP_INFORM, &text, err);
	args.text = text;
	if (rc == GUICHET_OK && (rc = step(cli, a, STEP_INFORM, &args, err)) && text && args_has(a, OPT_EDIT))
		write_text_keep(cli, reference, STEP_INFORM, text, err);
	free(text);
	return rc;
}

static enum guichet_rc known_contact(struct cli *cli, const char *value, struct guichet_err *err)
{
	struct op_id id;
	enum guichet_rc rc = args_entity("--contact", value, &id, err);
	return rc ? rc : desk_check_contact(cli->store, id, err);
}

enum guichet_rc cmd_promise(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .reason = a->values[OPT_REASON], .channel = a->values[OPT_CHANNEL], .contact = a->values[OPT_CONTACT] };
	int32_t day;
	enum guichet_rc rc = args_need(a, OPT_DATE, err);
	if (rc == GUICHET_OK && args_has(a, OPT_CONTACT))
		rc = known_contact(cli, args_text(a, OPT_CONTACT), err);
	if (rc)
		return rc;
	/* A date alone means the whole of that day. */
	if (day_parse("--date", args_text(a, OPT_DATE), &day, NULL) == GUICHET_OK) {
		args.date_ms = paris_instant(day, 1439);
	} else {
		rc = args_instant(a, OPT_DATE, 0, &args.date_ms, err);
		if (rc)
			return rc;
	}
	return step(cli, a, STEP_PROMISE, &args, err);
}

enum guichet_rc cmd_callback(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { 0 };
	enum guichet_rc rc = args_need(a, OPT_AT, err);
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_AT, 0, &args.at_ms, err);
	return rc ? rc : step(cli, a, STEP_CALLBACK, &args, err);
}

enum guichet_rc cmd_callback_done(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .result = a->values[OPT_RESULT], .reached = callback_reached(args_text(a, OPT_RESULT)) };
	enum guichet_rc rc = args_instant(a, OPT_AT, 0, &args.at_ms, err);
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_NEXT, 0, &args.date_ms, err);
	return rc ? rc : step_needing(cli, a, STEP_CALLBACK_TRIED, &args, OPT_RESULT, err);
}

enum guichet_rc cmd_told(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .who = a->values[OPT_WHO] };
	enum guichet_rc rc = args_instant(a, OPT_AT, 0, &args.at_ms, err);
	return rc ? rc : step_needing(cli, a, STEP_DANGER_TOLD, &args, OPT_WHO, err);
}

enum guichet_rc cmd_close(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .reason = a->values[OPT_REASON] };
	return step(cli, a, STEP_CLOSE, &args, err);
}

enum guichet_rc cmd_cancel(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .reason = a->values[OPT_REASON] };
	return step_needing(cli, a, STEP_CANCEL, &args, OPT_REASON, err);
}

enum guichet_rc cmd_reopen(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .reason = a->values[OPT_REASON] };
	return step_needing(cli, a, STEP_REOPEN, &args, OPT_REASON, err);
}

enum guichet_rc cmd_note(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	char *text = NULL;
	enum guichet_rc rc = args_joined(a, 1, &text, err);
	struct step_args args = { .text = text };
	if (rc == GUICHET_OK)
		rc = step(cli, a, STEP_NOTE, &args, err);
	free(text);
	return rc;
}

enum guichet_rc cmd_edit(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	const char *fields[EDITS_MAX + 1][2] = { { NULL, NULL } };
	char *keys[EDITS_MAX] = { NULL };
	size_t n = 0;
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 1; i < a->word_count && rc == GUICHET_OK; i++) {
		const char *equals = strchr(a->words[i], '=');
		if (!equals || equals == a->words[i] || n == EDITS_MAX) {
			rc = guichet_err_set(err, GUICHET_USAGE, _("« %s » : attendu CHAMP=VALEUR (au plus %d)"), a->words[i], EDITS_MAX);
			break;
		}
		keys[n] = guichet_strndup(a->words[i], (size_t)(equals - a->words[i]));
		fields[n][0] = keys[n];
		fields[n][1] = equals + 1;
		n++;
	}
	struct step_args args = { .prefer_field_list = true, .fields = (const char *const (*)[2])fields };
	if (rc == GUICHET_OK)
		rc = step(cli, a, STEP_EDIT, &args, err);
	for (size_t i = 0; i < n; i++)
		free(keys[i]);
	return rc;
}

/* The value in conflict that this agent wrote, by the operation that did. */
static enum guichet_rc value_of(struct cli *cli, const struct args *a, struct op_id *out, struct guichet_err *err)
{
	struct loaded l = { 0 };
	enum request_field f;
	int64_t reference;
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK)
		rc = store_load(cli->store, reference, &l, err);
	if (rc)
		return rc;
	*out = (struct op_id){ 0, 0 };
	if (request_field_parse(a->words[1], &f))
		for (size_t i = 0; i < l.request.fields[f].count && op_id_is_none(*out); i++)
			for (size_t j = 0; j < l.request.op_count; j++)
				if (op_id_equal(l.request.ops[j].id, l.request.fields[f].heads[i].by) && !strcmp(l.request.ops[j].actor, args_text(a, OPT_KEEP)))
					*out = l.request.ops[j].id;
	if (op_id_is_none(*out))
		rc = guichet_err_set(err, GUICHET_REFUSED, _("« %s » n'a rien écrit qui soit en conflit dans « %s » (guichet conflicts)"), args_text(a, OPT_KEEP),
			a->words[1]);
	loaded_done(&l);
	return rc;
}

enum guichet_rc cmd_resolve(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .field = a->words[1], .value = a->word_count > 2 ? a->words[2] : NULL };
	if (args_has(a, OPT_KEEP) == (args.value != NULL))
		return guichet_err_set(err, GUICHET_USAGE, _("resolve : une valeur, ou --keep AGENT dont la valeur est gardée"));
	enum guichet_rc rc = args.value ? GUICHET_OK : value_of(cli, a, &args.target, err);
	return rc ? rc : step(cli, a, STEP_RESOLVE, &args, err);
}

enum guichet_rc cmd_link(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { 0 };
	int64_t parent;
	enum guichet_rc rc = args_reference(a, 1, &parent, err);
	if (rc == GUICHET_OK)
		rc = desk_op_of_reference(cli->store, parent, &args.target, err);
	return rc ? rc : step(cli, a, STEP_LINK, &args, err);
}

enum guichet_rc cmd_redirect(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	enum guichet_rc rc = args_need(a, OPT_TO, err);
	if (rc)
		return rc;
	const struct body *body = catalogue_body(store_catalogue(cli->store), args_text(a, OPT_TO));
	if (!body)
		return args_unknown_code(store_catalogue(cli->store), _("organisme"), 'o', args_text(a, OPT_TO), err);
	struct step_args args = { .body = body->code, .reason = a->values[OPT_REASON], .channel = a->values[OPT_CHANNEL] };
	return step_needing(cli, a, STEP_REDIRECT, &args, NO_OPTION, err);
}

enum guichet_rc cmd_refuse(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { .reason = a->values[OPT_REASON] };
	if (args_has(a, OPT_SUGGEST)) {
		const struct service *s = service_word(cli, args_text(a, OPT_SUGGEST), err);
		if (!s)
			return GUICHET_DATA;
		args.service = s->code;
	}
	return step_needing(cli, a, STEP_REFUSE, &args, OPT_REASON, err);
}

enum guichet_rc cmd_split(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t reference, made = 0;
	const struct service *s = service_word(cli, a->words[1], err);
	if (!s)
		return GUICHET_DATA;
	struct step_args args = { .service = s->code };
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK)
		rc = desk_step(cli->store, &cli->actor, reference, STEP_SPLIT, &args, &made, err);
	if (rc == GUICHET_OK && !cli->json)
		rc = tell(cli, reference, err);
	return rc == GUICHET_OK ? tell(cli, made, err) : rc;
}

enum guichet_rc cmd_remind(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct step_args args = { 0 };
	return step_needing(cli, a, STEP_REMIND, &args, NO_OPTION, err);
}

enum guichet_rc cmd_undo(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t reference;
	const char *label = "";
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK)
		rc = desk_undo(cli->store, &cli->actor, reference, &label, err);
	if (rc == GUICHET_OK && !cli->json)
		print_line(cli, _("étape défaite : %s"), label);
	return rc == GUICHET_OK ? tell(cli, reference, err) : rc;
}

/* --- answer --- */

struct told_children { struct cli *cli; size_t answered, closed, known; };

static bool print_child(void *context, const struct child_answer *c)
{
	struct told_children *children = context;
	struct cli *cli = children->cli;
	++*(c->answered ? &children->known : c->anonymous ? &children->closed : &children->answered);
	char shown[REFERENCE_SHOWN];
	enum channel channel = CHANNEL_PHONE;
	reference_show(c->reference, shown);
	if (cli->json) {
		json_t *o = json_object();
		json_object_set_new(o, "service_request_id", json_sprintf("%lld", (long long)c->reference));
		json_object_set_new(o, "requester", *c->requester_name ? json_string(c->requester_name) : json_null());
		json_object_set_new(o, "channel", c->channel ? json_string(c->channel) : json_null());
		json_object_set_new(o, "parent", json_boolean(c->parent));
		json_object_set_new(o, "action", json_string(c->answered ? "none" : c->anonymous ? "close" : "answer"));
		print_json(cli, o);
		return true;
	}
	if (c->channel)
		channel_parse(c->channel, &channel);
	if (c->parent)
		print_line(cli, _("  %s  %s%s%s"), shown, *c->requester_name ? c->requester_name : _("demande principale"), c->channel ? _(", par ") : "",
			c->channel ? channel_label(channel) : "");
	else if (c->answered)
		print_line(cli, _("  %s  déjà répondue"), shown);
	else if (c->anonymous)
		print_line(cli, _("  %s  anonyme : clôturée sans réponse"), shown);
	else
		print_line(cli, _("  %s  %s, par %s"), shown, *c->requester_name ? c->requester_name : _("usager sans nom"), channel_label(channel));
	return true;
}

enum guichet_rc cmd_answer(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t reference;
	char *text = NULL;
	struct told_children children = { .cli = cli };
	struct step_args args = { .channel = a->values[OPT_CHANNEL], .draft = args_has(a, OPT_DRAFT) };
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK && args_has(a, OPT_DRY_RUN) && !args_has(a, OPT_CHILDREN))
		rc = guichet_err_set(err, GUICHET_USAGE, _("--dry-run montre qui recevrait quoi : il va avec --children"));
	if (rc == GUICHET_OK && !args.draft)
		rc = args_need(a, OPT_CHANNEL, err);
	if (rc == GUICHET_OK)
		rc = write_text(cli, a, reference, STEP_ANSWER, &text, err);
	args.text = text;
	if (rc == GUICHET_OK && args_has(a, OPT_CHILDREN))
		rc = desk_answer_children(cli->store, &cli->actor, reference, &args, args_has(a, OPT_DRY_RUN), print_child, &children, err);
	else if (rc == GUICHET_OK)
		rc = desk_step(cli->store, &cli->actor, reference, STEP_ANSWER, &args, NULL, err);
	if (rc && text && args_has(a, OPT_EDIT))
		write_text_keep(cli, reference, STEP_ANSWER, text, err);
	if (rc == GUICHET_OK && args_has(a, OPT_CHILDREN) && !cli->json)
		print_line(cli, args_has(a, OPT_DRY_RUN) ? _("Essai : %zu réponse(s), %zu clôture(s) d'anonymes, %zu déjà répondue(s) ; rien n'est enregistré")
							 : _("%zu réponse(s), %zu clôture(s) d'anonymes, %zu déjà répondue(s)"),
			children.answered, children.closed, children.known);
	bool told = rc == GUICHET_OK && !args_has(a, OPT_DRY_RUN);
	if (told && !(cli->json && args_has(a, OPT_CHILDREN)))
		rc = tell(cli, reference, err);
	if (told && text)
		print_warnings(cli, text);
	free(text);
	return rc;
}
