// SPDX-License-Identifier: GPL-3.0-or-later
/* Logging: init, log, attach, contacts, bulletins, requesters. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/ini.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "guichet/wire/request_json.h"

enum { REQUESTER_FIELDS = 12, PAIRS_MAX = REQUESTER_FIELDS + 2, REFS_MAX = 200, SIMILAR_MAX = 5 };

/* --- log --- */

static void requester_pairs(const struct args *a, const char *pairs[PAIRS_MAX][2])
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

/* Contacts and bulletins are named on the command line by their operation's id. */
static enum guichet_rc read_entity(const char *option, const char *value, struct op_id *out, struct guichet_err *err)
{
	if (op_id_parse(value, out))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_DATA, _("%s « %s » : attendu un numéro comme 1234.56, tel que guichet l'a donné"), option, value);
}

static enum guichet_rc attach_file(struct cli *cli, int64_t reference, const char *path, struct guichet_err *err)
{
	char *data = NULL, sha256[65];
	size_t bytes = 0;
	const char *slash = strrchr(path, '/');
	enum guichet_rc rc = file_read(path, STORE_BLOB_MAX, &data, &bytes, err);
	if (rc)
		return rc;
	struct step_args args = { .name = slash ? slash + 1 : path, .sha256 = sha256, .bytes = (int64_t)bytes };
	const char *dot = strrchr(args.name, '.');
	args.type = dot && !strcasecmp(dot, ".pdf") ? "application/pdf" : dot && !strcasecmp(dot, ".png") ? "image/png"
		: dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg")) ? "image/jpeg" : "application/octet-stream";
	rc = store_begin(cli->store, err);
	if (rc == GUICHET_OK) {
		rc = store_put_blob(cli->store, data, bytes, sha256, err);
		if (rc == GUICHET_OK)
			rc = desk_step(cli->store, &cli->actor, reference, STEP_ATTACH, &args, NULL, err);
		if (rc == GUICHET_OK)
			rc = store_commit(cli->store, err);
		else
			store_rollback(cli->store);
	}
	free(data);
	return rc;
}

enum guichet_rc cmd_attach(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t reference;
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (rc == GUICHET_OK)
		rc = attach_file(cli, reference, a->words[1], err);
	if (rc == GUICHET_OK && !cli->json)
		print_line(cli, _("pièce jointe : %s"), a->words[1]);
	return rc;
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

static void warning_line(const struct logged *done, size_t i, struct text *out)
{
	const struct privacy_finding *f = &done->warnings[i];
	text_addf(out, "%s : « ", privacy_kind_label(f->kind));
	struct text word = TEXT_INIT;
	text_addn(&word, done->warned + f->from, f->to - f->from);
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

static void print_promise_to_say(struct cli *cli, const struct logged *done, const struct deadlines *due)
{
	struct text day = TEXT_INIT;
	int64_t at = done->promised_ms != NO_INSTANT ? done->promised_ms : due->due[TARGET_ANSWER];
	if (at == NO_INSTANT)
		return;
	day_show(&day, paris_day(at));
	print_line(cli, done->promised_ms != NO_INSTANT ? _("À dire     « Vous aurez une réponse au plus tard le %s. »")
							: _("À écrire   réponse au plus tard le %s"), text_str(&day));
	text_done(&day);
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
	print_line(cli, _("Référence  %s"), shown);
	print_line(cli, _("Motif      %s"), category ? category->name : "");
	print_line(cli, _("Service    %s"), service ? service->name : done->service);
	if (due.due[TARGET_ANSWER] != NO_INSTANT) {
		instant_show(&when, due.due[TARGET_ANSWER]);
		print_line(cli, _("Échéance   %s"), text_str(&when));
	}
	print_promise_to_say(cli, done, &due);
	if (category && category->say && *category->say)
		print_line(cli, _("           « %s »"), category->say);
	print_line(cli, _("Contact    %s"), contact);
	if (*done->body) {
		const struct body *body = catalogue_body(c, done->body);
		if (body)
			print_line(cli, _("Hors compétence : %s%s%s. Réorientez : guichet redirect %lld --to %s"), body->name, body->phone ? ", " : "",
				body->phone ? body->phone : "", (long long)done->reference, body->code);
	}
	if (done->danger_untold)
		print_line(cli, _("!! DANGER NON TRANSMIS : appelez l'astreinte %s, puis « guichet told %s --who QUI »"),
			*done->on_call ? done->on_call : _("(numéro non renseigné)"), shown);
	for (size_t i = 0; i < done->warning_count; i++) {
		struct text w = TEXT_INIT;
		warning_line(done, i, &w);
		print_line(cli, _("Attention  %s"), text_str(&w));
		text_done(&w);
	}
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
	if (!*call->channel)
		return guichet_err_set(err, GUICHET_USAGE, _("il manque le canal : --channel phone, email, post, desk ou web"));
	enum guichet_rc rc = args_instant(a, OPT_RECEIVED_AT, 0, &call->received_ms, err);
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_CALLBACK, 0, &call->callback_ms, err);
	if (rc == GUICHET_OK && args_has(a, OPT_LINK))
		rc = reference_parse(args_text(a, OPT_LINK), &call->link, err);
	if (rc == GUICHET_OK && args_has(a, OPT_CONTACT))
		rc = read_entity("--contact", args_text(a, OPT_CONTACT), &call->contact, err);
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
		rc = read_entity("--bulletin", args_text(a, OPT_BULLETIN), &bulletin, err);
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

/* --- contacts --- */

enum guichet_rc cmd_contact_add(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	const char *pairs[PAIRS_MAX][2];
	int64_t references[REFS_MAX];
	struct op_id contact = { 0, 0 };
	char id[OP_ID_TEXT];
	struct contact_args c = { .channel = args_text(a, OPT_CHANNEL), .outcome = args_text(a, OPT_OUTCOME), .note = args_text(a, OPT_TEXT),
		.requester = pairs, .number = args_text(a, OPT_PHONE), .outward = args_has(a, OPT_OUTWARD) };
	requester_pairs(a, pairs);
	/* A wrong number or somebody abusive leaves no file of a person. */
	enum outcome outcome;
	if (outcome_parse(c.outcome, &outcome) && (outcome == OUTCOME_WRONG_NUMBER || outcome == OUTCOME_HUNG_UP))
		pairs[0][0] = NULL;
	if (a->word_count > REFS_MAX)
		return guichet_err_set(err, GUICHET_USAGE, _("plus de %d demandes pour un contact"), REFS_MAX);
	enum guichet_rc rc = args_instant(a, OPT_START, 0, &c.start_ms, err);
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_END, 0, &c.end_ms, err);
	for (size_t i = 0; i < a->word_count && rc == GUICHET_OK; i++)
		rc = args_reference(a, i, &references[i], err);
	if (rc == GUICHET_OK)
		rc = desk_contact(cli->store, &cli->actor, &c, references, a->word_count, &contact, err);
	if (rc)
		return rc;
	op_id_format(contact, id);
	if (cli->json)
		print_json(cli, json_pack("{s:s, s:s, s:s, s:i}", "contact", id, "channel", c.channel, "outcome", c.outcome, "requests",
			(int)a->word_count));
	else
		print_line(cli, _("contact %s enregistré"), id);
	return GUICHET_OK;
}

static bool print_contact(void *context, const struct contact *c)
{
	struct cli *cli = context;
	char id[OP_ID_TEXT], shown[REFERENCE_SHOWN];
	enum channel channel = CHANNEL_PHONE;
	enum outcome outcome = OUTCOME_INFORMED;
	op_id_format(c->op, id);
	channel_parse(c->channel, &channel);
	outcome_parse(c->outcome, &outcome);
	if (cli->json) {
		json_t *refs = json_array(), *o = json_object();
		for (size_t i = 0; i < c->reference_count; i++)
			json_array_append_new(refs, json_sprintf("%lld", (long long)c->references[i]));
		json_object_set_new(o, "contact", json_string(id));
		json_object_set_new(o, "channel", json_string(c->channel));
		json_object_set_new(o, "outcome", json_string(c->outcome));
		json_object_set_new(o, "start_datetime", instant_json(c->start_ms));
		json_object_set_new(o, "end_datetime", instant_json(c->end_ms));
		json_object_set_new(o, "outward", json_boolean(c->outward));
		json_object_set_new(o, "by", json_string(c->actor));
		json_object_set_new(o, "requests", refs);
		print_json(cli, o);
		return true;
	}
	struct text line = TEXT_INIT;
	instant_show_short(&line, c->start_ms);
	text_add(&line, "  ");
	utf8_fit(&line, channel_label(channel), 10, true);
	text_add(&line, " ");
	utf8_fit(&line, outcome_label(outcome), 22, true);
	for (size_t i = 0; i < c->reference_count; i++) {
		reference_show(c->references[i], shown);
		text_addf(&line, " %s", shown);
	}
	print_line(cli, "%s", text_str(&line));
	text_done(&line);
	return true;
}

static bool print_contact_count(void *context, const struct contact_count *c)
{
	struct cli *cli = context;
	enum channel channel = CHANNEL_PHONE;
	enum outcome outcome = OUTCOME_INFORMED;
	channel_parse(c->channel, &channel);
	outcome_parse(c->outcome, &outcome);
	if (cli->json) {
		print_json(cli, json_pack("{s:s, s:s, s:I}", "channel", c->channel, "outcome", c->outcome, "count", (json_int_t)c->count));
		return true;
	}
	struct text line = TEXT_INIT;
	utf8_fit(&line, channel_label(channel), 12, true);
	utf8_fit(&line, outcome_label(outcome), 24, true);
	print_line(cli, "%s%8lld", text_str(&line), (long long)c->count);
	text_done(&line);
	return true;
}

enum guichet_rc cmd_contact_list(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct contact_filter f = { .channel = -1, .outcome = -1 };
	enum channel channel;
	enum outcome outcome;
	enum guichet_rc rc = args_instant(a, OPT_FROM, 0, &f.from_ms, err);
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_TO, 0, &f.to_ms, err);
	if (rc == GUICHET_OK)
		rc = args_count(a, OPT_LIMIT, 20, 1000000, &f.limit, err);
	if (rc)
		return rc;
	if (args_has(a, OPT_CHANNEL)) {
		if (!channel_parse(args_text(a, OPT_CHANNEL), &channel))
			return guichet_err_set(err, GUICHET_DATA, _("canal « %s » inconnu"), args_text(a, OPT_CHANNEL));
		f.channel = (int)channel;
	}
	if (args_has(a, OPT_OUTCOME)) {
		if (!outcome_parse(args_text(a, OPT_OUTCOME), &outcome))
			return guichet_err_set(err, GUICHET_DATA, _("suite « %s » inconnue"), args_text(a, OPT_OUTCOME));
		f.outcome = (int)outcome;
	}
	if (args_has(a, OPT_COUNT))
		return store_count_contacts(cli->store, f.from_ms, f.to_ms ? f.to_ms : INT64_MAX, print_contact_count, cli, err);
	return store_list_contacts(cli->store, &f, print_contact, cli, err);
}

/* --- bulletins --- */

enum guichet_rc cmd_bulletin_add(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	char *text = NULL, id[OP_ID_TEXT];
	int64_t until = 0, reference = 0;
	struct op_id bulletin = { 0, 0 };
	enum guichet_rc rc = args_joined(a, 0, &text, err);
	if (rc == GUICHET_OK)
		rc = args_instant(a, OPT_UNTIL, 0, &until, err);
	if (rc == GUICHET_OK && args_has(a, OPT_LINK))
		rc = reference_parse(args_text(a, OPT_LINK), &reference, err);
	if (rc == GUICHET_OK)
		rc = desk_bulletin(cli->store, &cli->actor, text, args_text(a, OPT_SAY), args_text(a, OPT_AREA), until, reference, &bulletin, err);
	free(text);
	if (rc)
		return rc;
	op_id_format(bulletin, id);
	if (cli->json)
		print_json(cli, json_pack("{s:s}", "bulletin", id));
	else
		print_line(cli, _("consigne %s affichée"), id);
	return GUICHET_OK;
}

enum guichet_rc cmd_bulletin_end(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct op_id bulletin;
	enum guichet_rc rc = read_entity(_("consigne"), a->words[0], &bulletin, err);
	if (rc == GUICHET_OK)
		rc = desk_bulletin_end(cli->store, &cli->actor, bulletin, err);
	if (rc == GUICHET_OK && !cli->json)
		print_line(cli, "%s", _("consigne levée"));
	return rc;
}

static bool print_bulletin(void *context, const struct bulletin *b)
{
	struct cli *cli = context;
	char id[OP_ID_TEXT];
	op_id_format(b->op, id);
	if (cli->json) {
		json_t *o = json_object();
		json_object_set_new(o, "bulletin", json_string(id));
		json_object_set_new(o, "text", json_string(b->text));
		json_object_set_new(o, "say", *b->say ? json_string(b->say) : json_null());
		json_object_set_new(o, "area", *b->area ? json_string(b->area) : json_null());
		json_object_set_new(o, "from", instant_json(b->from_ms));
		json_object_set_new(o, "until", instant_json(b->until_ms));
		json_object_set_new(o, "ended", json_boolean(b->ended));
		print_json(cli, o);
		return true;
	}
	struct text line = TEXT_INIT;
	text_addf(&line, "%s  ", id);
	utf8_show(&line, b->text, false);
	print_line(cli, "%s%s", text_str(&line), b->ended ? _(" (levée)") : "");
	text_clear(&line);
	utf8_show(&line, b->say, false);
	if (line.len)
		print_line(cli, _("    à dire : « %s »"), text_str(&line));
	text_done(&line);
	return true;
}

enum guichet_rc cmd_bulletin_list(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	return store_list_bulletins(cli->store, args_has(a, OPT_ALL), print_bulletin, cli, err);
}
