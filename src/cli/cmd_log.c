// SPDX-License-Identifier: GPL-3.0-or-later
/* Logging a call, mail, letter or visit as a request, with what has to be said; attachments. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/ini.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "guichet/wire/request_json.h"

enum { REQUESTER_FIELDS = 12, SIMILAR_MAX = 5, OTHERS_MAX = 3, BULLETINS_MAX = 3, WARNINGS_MAX = 32, LABEL_COLUMNS = 11 };

/* --- log --- */

void requester_pairs(const struct args *a, const char *pairs[PAIRS_MAX][2])
{
	static const struct { enum option_id option; const char *key; } map[REQUESTER_FIELDS] = {
		{ OPT_PHONE, "phone" }, { OPT_NAME, "name" }, { OPT_TITLE, "title" }, { OPT_ORGANISATION, "organisation" }, { OPT_KIND, "kind" },
		{ OPT_EMAIL, "email" }, { OPT_POSTAL_ADDRESS, "postal_address" }, { OPT_LANGUAGE, "language" }, { OPT_RELAY, "relay" },
		{ OPT_NEEDS, "needs" }, { OPT_REPLY_BY, "reply_by" }, { OPT_BEHALF_OF, "behalf_of" },
	};
	size_t n = 0;
	for (size_t i = 0; i < REQUESTER_FIELDS; i++)
		if (args_has(a, map[i].option)) {
			pairs[n][0] = map[i].key;
			pairs[n++][1] = args_text(a, map[i].option);
		}
	pairs[n][0] = NULL;
}

static enum guichet_rc attach_file(struct cli *cli, int64_t reference, const char *path, struct guichet_err *err)
{
	struct desk_file f = { .path = (char *)(uintptr_t)path };
	return desk_attach(cli->store, &cli->actor, reference, &f, err);
}

enum guichet_rc cmd_attach(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t reference;
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK)
		rc = attach_file(cli, reference, a->words[1], err);
	if (rc)
		return rc;
	const char *slash = strrchr(a->words[1], '/');
	if (cli->json)
		print_json(cli, json_pack("{s:o, s:s}", "service_request_id", json_sprintf("%lld", (long long)reference), "attached",
			slash ? slash + 1 : a->words[1]));
	else
		print_line(cli, _("pièce jointe : %s"), slash ? slash + 1 : a->words[1]);
	return GUICHET_OK;
}

struct similars { struct cli *cli; json_t *list; size_t count; };

static bool add_similar(void *context, const struct request_row *row)
{
	struct similars *s = context;
	if (s->cli->json) {
		json_array_append_new(s->list, row_json(row, store_catalogue(s->cli->store)));
	} else {
		if (s->count == 0)
			print_line(s->cli, "%s", _("Demandes proches, à rattacher s'il s'agit de la même chose (guichet link) :"));
		print_row(s->cli, row);
	}
	s->count++;
	return true;
}

static void find_similar(struct cli *cli, const struct loaded *l, struct similars *out)
{
	const struct request *r = &l->request;
	struct similar_query q = { .category = catalogue_category(store_catalogue(cli->store), request_text(r, FIELD_CATEGORY)),
		.commune = catalogue_commune(store_catalogue(cli->store), request_text(r, FIELD_COMMUNE)), .address = request_text(r, FIELD_ADDRESS),
		.latitude = request_real(r, FIELD_LATITUDE), .longitude = request_real(r, FIELD_LONGITUDE),
		.received_ms = request_int(r, FIELD_RECEIVED, 0), .except_row = l->row_id, .limit = SIMILAR_MAX };
	if (r->status != STATUS_DUPLICATE)
		store_similar(cli->store, &q, add_similar, out, NULL);
}

static void warning_line(const char *text, const struct privacy_finding *f, struct text *out)
{
	text_addf(out, "%s : « ", privacy_kind_label(f->kind));
	struct text word = TEXT_INIT;
	text_addn(&word, text + f->from, f->to - f->from);
	utf8_show(out, text_str(&word), false);
	text_addf(out, " » (%s)", f->reason);
	text_done(&word);
}

static void print_logged_json(struct cli *cli, const struct logged *done, const struct loaded *l)
{
	json_t *o = request_json(cli->store, l, false), *warnings = json_array();
	struct similars similar = { cli, json_array(), 0 };
	char contact[OP_ID_TEXT];
	for (size_t i = 0; i < done->warning_count; i++) {
		const struct privacy_finding *f = &done->warnings[i];
		json_t *w = json_object();
		json_object_set_new(w, "kind", json_string(privacy_kind_code(f->kind)));
		json_object_set_new(w, "words", json_stringn(done->warned + f->from, f->to - f->from));
		json_object_set_new(w, "reason", json_string(f->reason));
		json_array_append_new(warnings, w);
	}
	find_similar(cli, l, &similar);
	json_object_set_new(o, "similar", similar.list);
	json_object_set_new(o, "warnings", warnings);
	op_id_format(done->contact_op, contact);
	json_object_set_new(o, "contact", json_string(contact));
	print_json(cli, o);
}

void print_untold(struct cli *cli, const char *on_call, const char *reference)
{
	print_line(cli, _("! DANGER NON TRANSMIS : appelez l'astreinte %s,"), on_call && *on_call ? on_call : _("(numéro non renseigné)"));
	print_line(cli, _("  puis enregistrez qui a été prévenu : guichet told \"%s\" --who QUI"), reference);
}

void print_warnings(struct cli *cli, const char *text)
{
	struct privacy_finding found[WARNINGS_MAX];
	size_t n = cli->json ? 0 : privacy_check(cli_privacy(cli), text, found, WARNINGS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct text line = TEXT_INIT;
		warning_line(text, &found[i], &line);
		print_wrapped(cli, _("Attention"), LABEL_COLUMNS, text_str(&line));
		text_done(&line);
	}
}

static void print_promise_to_say(struct cli *cli, const struct logged *done, const struct deadlines *due)
{
	struct text day = TEXT_INIT;
	bool told = done->promised_ms != NO_INSTANT;
	int64_t at = told ? done->promised_ms : due->due[TARGET_ANSWER];
	if (at == NO_INSTANT || *done->body)
		return;
	day_show(&day, due_day(at));
	print_line(cli, told ? _("À dire     « Vous aurez une réponse au plus tard le %s. »") : _("À écrire   réponse au plus tard le %s"), text_str(&day));
	text_done(&day);
}

struct others { struct cli *cli; int64_t except; size_t count; };

static bool print_other_row(void *context, const struct request_row *row)
{
	struct others *o = context;
	if (row->id == o->except)
		return true;
	if (o->count++ == 0)
		print_line(o->cli, "%s", _("Cet usager attend aussi :"));
	print_row(o->cli, row);
	return true;
}

/* What the caller is already waiting for: he may be calling about that. */
static void print_others(struct cli *cli, const struct logged *done)
{
	struct list_filter f = LIST_FILTER_INIT;
	struct others o = { cli, done->row_id, 0 };
	f.requester = done->requester;
	f.limit = OTHERS_MAX + 1;
	if (done->requester)
		store_list(cli->store, &f, print_other_row, &o, NULL);
}

struct running { struct cli *cli; size_t count; };

static bool print_running(void *context, const struct bulletin *b)
{
	struct running *running = context;
	char id[OP_ID_TEXT];
	struct text t = TEXT_INIT;
	op_id_format(b->op, id);
	text_addf(&t, "%s (%s%s)", b->text, b->request ? _("rattacher l'appel : log --bulletin ") : _("n° "), id);
	print_wrapped(running->cli, _("Consigne"), LABEL_COLUMNS, text_str(&t));
	text_done(&t);
	return ++running->count < BULLETINS_MAX;
}

static void print_competence(struct cli *cli, const struct logged *done)
{
	const struct body *body = catalogue_body(store_catalogue(cli->store), done->body);
	struct text t = TEXT_INIT;
	if (body) {
		text_addf(&t, "%s%s%s", body->name, body->phone ? ", " : "", body->phone ? body->phone : "");
		print_wrapped(cli, _("Hors comp."), LABEL_COLUMNS, text_str(&t));
		print_line(cli, _("           réorientez : guichet redirect %lld --to %s"), (long long)done->reference, body->code);
	}
	text_done(&t);
}

static void print_logged(struct cli *cli, const struct logged *done, const struct loaded *l)
{
	const struct request *r = &l->request;
	const struct catalogue *c = store_catalogue(cli->store);
	const struct service *service = catalogue_service(c, done->service);
	const struct category *category = catalogue_category(c, request_text(r, FIELD_CATEGORY));
	char shown[REFERENCE_SHOWN], contact[OP_ID_TEXT];
	struct deadlines due;
	struct text when = TEXT_INIT;
	deadlines_compute(r, c, store_now(cli->store), &due, NULL);
	reference_show(done->reference, shown);
	op_id_format(done->contact_op, contact);
	if (done->danger_untold)
		print_untold(cli, done->on_call, shown);
	print_line(cli, _("Référence  %s"), shown);
	print_line(cli, _("Motif      %s"), category ? category->name : "");
	print_line(cli, _("Service    %s"), service ? service->name : done->service);
	if (r->status == STATUS_DUPLICATE || r->status == STATUS_ANSWERED)
		print_line(cli, _("État       %s"), status_label(r->status));
	if (due.due[TARGET_ANSWER] != NO_INSTANT && r->status != STATUS_ANSWERED) {
		due_show(&when, due.due[TARGET_ANSWER]);
		print_line(cli, _("Échéance   %s"), text_str(&when));
	}
	if (r->status != STATUS_ANSWERED)
		print_promise_to_say(cli, done, &due);
	const char *say = done->say ? done->say : category ? category->say : NULL;
	if (say && *say) {
		text_clear(&when);
		text_addf(&when, "« %s »", say);
		print_wrapped(cli, "", LABEL_COLUMNS, text_str(&when));
	}
	print_competence(cli, done);
	print_line(cli, _("Contact    %s"), contact);
	for (size_t i = 0; i < done->warning_count; i++) {
		text_clear(&when);
		warning_line(done->warned, &done->warnings[i], &when);
		print_wrapped(cli, _("Attention"), LABEL_COLUMNS, text_str(&when));
	}
	struct running running = { cli, 0 };
	if (!done->joined)
		store_list_bulletins(cli->store, false, print_running, &running, NULL);
	print_others(cli, done);
	struct similars similar = { cli, NULL, 0 };
	find_similar(cli, l, &similar);
	text_done(&when);
}

static enum guichet_rc fill_call(const struct args *a, struct call *call, struct guichet_err *err)
{
	call->channel = args_text(a, OPT_CHANNEL);
	call->category = args_text(a, OPT_CATEGORY);
	call->subject = args_text(a, OPT_SUBJECT);
	call->nature = args_text(a, OPT_NATURE);
	call->priority = args_text(a, OPT_PRIORITY);
	call->commune = args_text(a, OPT_COMMUNE);
	call->address = args_text(a, OPT_ADDRESS);
	call->place_detail = args_text(a, OPT_PLACE_DETAIL);
	call->asset = args_text(a, OPT_ASSET);
	call->ground = args_text(a, OPT_GROUND);
	call->area = args_text(a, OPT_AREA);
	call->latitude = args_text(a, OPT_LATITUDE);
	call->longitude = args_text(a, OPT_LONGITUDE);
	call->sender_ref = args_text(a, OPT_SENDER_REF);
	call->document_date = args_text(a, OPT_DOCUMENT_DATE);
	call->confidential = args_has(a, OPT_CONFIDENTIAL) ? "1" : "";
	call->danger = args_has(a, OPT_DANGER);
	call->told = args_text(a, OPT_TOLD);
	enum guichet_rc rc = args_need(a, OPT_CHANNEL, err);
	if (rc == GUICHET_OK && !args_has(a, OPT_BULLETIN))
		rc = args_need(a, OPT_SUBJECT, err);
	if (rc == GUICHET_OK && args_has(a, OPT_BULLETIN) && args_has(a, OPT_LINK))
		rc = guichet_err_set(err, GUICHET_USAGE, _("--bulletin rattache déjà l'appel à la demande de la consigne : retirez --link"));
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_RECEIVED_AT, 0, &call->received_ms, err);
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_CALLBACK, 0, &call->callback_ms, err);
	if (rc == GUICHET_OK && args_has(a, OPT_LINK))
		rc = reference_parse(args_text(a, OPT_LINK), &call->link, err);
	if (rc == GUICHET_OK && args_has(a, OPT_CONTACT))
		rc = args_entity("--contact", args_text(a, OPT_CONTACT), &call->contact, err);
	return rc;
}

/* Answered while the citizen was on the phone: in a word, or by reading a script of the knowledge base. */
static enum guichet_rc answer_at_once(struct cli *cli, const struct args *a, const struct logged *done, const char *channel, struct guichet_err *err)
{
	char *text = NULL;
	enum guichet_rc rc = GUICHET_OK;
	if (args_has(a, OPT_SCRIPT)) {
		const struct script *script = catalogue_script(store_catalogue(cli->store), args_text(a, OPT_SCRIPT));
		if (!script)
			return guichet_err_set(err, GUICHET_DATA, _("fiche-réponse « %s » inconnue"), args_text(a, OPT_SCRIPT));
		text = guichet_strdup(script->text);
	} else if (args_has(a, OPT_ANSWER)) {
		rc = args_long_text(a, OPT_ANSWER, &text, err);
	} else {
		return GUICHET_OK;
	}
	struct step_args args = { .text = text, .channel = channel };
	if (rc == GUICHET_OK)
		rc = desk_step(cli->store, &cli->actor, done->reference, STEP_ANSWER, &args, NULL, err);
	free(text);
	return rc;
}

enum guichet_rc cmd_log(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	const char *pairs[PAIRS_MAX][2];
	struct call call = { .requester = pairs };
	struct logged done = { 0 };
	struct loaded l = { 0 };
	char *text = NULL;
	requester_pairs(a, pairs);
	enum guichet_rc rc = fill_call(a, &call, err);
	if (rc == GUICHET_OK)
		rc = args_long_text(a, OPT_TEXT, &text, err);
	call.description = text;
	if (rc == GUICHET_OK)
		rc = store_begin(cli->store, err);
	if (rc)
		goto out;
	if (args_has(a, OPT_BULLETIN)) {
		struct op_id bulletin;
		rc = args_entity("--bulletin", args_text(a, OPT_BULLETIN), &bulletin, err);
		if (rc == GUICHET_OK)
			rc = desk_join_bulletin(cli->store, &cli->actor, bulletin, &call, cli_privacy(cli), &done, err);
	} else {
		rc = desk_log(cli->store, &cli->actor, &call, cli_privacy(cli), &done, err);
	}
	if (rc == GUICHET_OK && args_has(a, OPT_ATTACH))
		rc = attach_file(cli, done.reference, args_text(a, OPT_ATTACH), err);
	if (rc == GUICHET_OK)
		rc = answer_at_once(cli, a, &done, call.channel, err);
	if (rc == GUICHET_OK)
		rc = store_commit(cli->store, err);
	else
		store_rollback(cli->store);
	if (rc == GUICHET_OK && (rc = store_load_id(cli->store, done.row_id, &l, err)) == GUICHET_OK)
		cli->json ? print_logged_json(cli, &done, &l) : print_logged(cli, &done, &l);
out:
	loaded_done(&l);
	logged_done(&done);
	free(text);
	return rc;
}
