// SPDX-License-Identifier: GPL-3.0-or-later
/* Contacts that make no request, their list and numbers; bulletins, and the incidents that calls join through them. */
#include "cli.h"

#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "guichet/wire/request_json.h"

enum { REFS_MAX = 200, CONTACT_COLUMNS = 61, BULLETIN_COLUMNS = 16 };

/* --- contacts --- */

static bool print_touched(void *context, const struct request_row *row)
{
	struct cli *cli = context;
	struct text day = TEXT_INIT;
	print_row(cli, row);
	if (row->open && row->promised_ms != NO_INSTANT) {
		day_show(&day, due_day(row->promised_ms));
		print_line(cli, _("  engagement : au plus tard le %s"), text_str(&day));
	}
	text_done(&day);
	return true;
}

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
	enum guichet_rc rc;
	if (outcome_parse(c.outcome, &outcome) && (outcome == OUTCOME_WRONG_NUMBER || outcome == OUTCOME_HUNG_UP))
		pairs[0][0] = NULL;
	rc = args_need(a, OPT_CHANNEL, err);
	if (rc == GUICHET_OK)
		rc = args_need(a, OPT_OUTCOME, err);
	if (rc)
		return rc;
	if (a->word_count > REFS_MAX)
		return guichet_err_set(err, GUICHET_USAGE, _("plus de %d demandes pour un contact"), REFS_MAX);
	rc = args_instant(a, OPT_START, 0, &c.start_ms, err);
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
	/* "Where does it stand?": the agent has to say it now. */
	for (size_t i = 0; i < a->word_count && !cli->json; i++) {
		int64_t row;
		if (store_find_reference(cli->store, references[i], &row, 1))
			store_row(cli->store, row, print_touched, cli, NULL);
	}
	return GUICHET_OK;
}

struct contacts { struct cli *cli; const struct contact_filter *filter; size_t count; };

static bool print_contact(void *context, const struct contact *c)
{
	struct contacts *contacts = context;
	struct cli *cli = contacts->cli;
	contacts->count++;
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
		return print_goes_on(cli);
	}
	struct text line = TEXT_INIT;
	show_when(&line, c->start_ms, store_now(cli->store));
	text_add(&line, " ");
	utf8_fit(&line, id, 15, true);
	text_add(&line, " ");
	utf8_fit(&line, channel_label(channel), 10, true);
	utf8_fit(&line, outcome_label(outcome), 18, true);
	for (size_t i = 0; i < c->reference_count; i++) {
		reference_show(c->references[i], shown);
		/* One a line: the others stand under the first. */
		print_line(cli, "%s %s", text_str(&line), shown);
		text_clear(&line);
		utf8_fit(&line, "", CONTACT_COLUMNS, true);
	}
	if (!c->reference_count)
		print_line(cli, "%s", text_str(&line));
	text_done(&line);
	return print_goes_on(cli);
}

static bool print_contact_count(void *context, const struct contact_count *c)
{
	struct contacts *contacts = context;
	struct cli *cli = contacts->cli;
	enum channel channel = CHANNEL_PHONE;
	enum outcome outcome = OUTCOME_INFORMED;
	channel_parse(c->channel, &channel);
	outcome_parse(c->outcome, &outcome);
	if ((contacts->filter->channel >= 0 && contacts->filter->channel != (int)channel) ||
	    (contacts->filter->outcome >= 0 && contacts->filter->outcome != (int)outcome))
		return true;
	contacts->count++;
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

static enum guichet_rc read_after(struct cli *cli, const char *value, int64_t *after, struct guichet_err *err)
{
	struct op_id id;
	enum guichet_rc rc = args_entity("--after", value, &id, err);
	return rc ? rc : desk_contact_row(cli->store, id, after, err);
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
	struct contacts contacts = { cli, &f, 0 };
	if (args_has(a, OPT_AFTER) && (rc = read_after(cli, args_text(a, OPT_AFTER), &f.after, err)))
		return rc;
	if (args_has(a, OPT_COUNT))
		rc = store_count_contacts(cli->store, f.from_ms, f.to_ms ? f.to_ms : INT64_MAX, print_contact_count, &contacts, err);
	else
		rc = store_list_contacts(cli->store, &f, print_contact, &contacts, err);
	return rc || contacts.count ? rc : guichet_err_set(err, GUICHET_NOT_FOUND, _("aucun contact ne répond à ces critères"));
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
	enum guichet_rc rc = args_entity(_("consigne"), a->words[0], &bulletin, err);
	if (rc == GUICHET_OK)
		rc = desk_bulletin_end(cli->store, &cli->actor, bulletin, err);
	if (rc == GUICHET_OK && cli->json)
		print_json(cli, json_pack("{s:s, s:b}", "bulletin", a->words[0], "ended", 1));
	else if (rc == GUICHET_OK)
		print_line(cli, "%s", _("consigne levée"));
	return rc;
}

static bool print_incident(void *context, const struct request_row *row)
{
	struct cli *cli = context;
	char shown[REFERENCE_SHOWN];
	struct text line = TEXT_INIT;
	reference_show(row->reference, shown);
	text_addf(&line, _("incident %s : %s"), shown, row->subject);
	print_wrapped(cli, "", BULLETIN_COLUMNS, text_str(&line));
	text_done(&line);
	return true;
}

static void print_bulletin_details(struct cli *cli, const struct bulletin *b)
{
	struct text line = TEXT_INIT;
	if (*b->area)
		text_addf(&line, _("étendue : %s"), b->area);
	if (b->until_ms != NO_INSTANT) {
		text_add(&line, line.len ? _(", jusqu'au ") : _("jusqu'au "));
		show_when(&line, b->until_ms, store_now(cli->store));
	}
	if (line.len)
		print_wrapped(cli, "", BULLETIN_COLUMNS, text_str(&line));
	if (b->request)
		store_row(cli->store, b->request, print_incident, cli, NULL);
	text_done(&line);
}

struct bulletins { struct cli *cli; size_t count; };

static bool print_bulletin(void *context, const struct bulletin *b)
{
	struct bulletins *bulletins = context;
	struct cli *cli = bulletins->cli;
	bulletins->count++;
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
	text_addf(&line, "%s%s", b->text, b->ended ? _(" (levée)") : "");
	print_wrapped(cli, id, BULLETIN_COLUMNS, text_str(&line));
	text_clear(&line);
	text_addf(&line, _("à dire : « %s »"), b->say);
	if (*b->say)
		print_wrapped(cli, "", BULLETIN_COLUMNS, text_str(&line));
	print_bulletin_details(cli, b);
	text_done(&line);
	return print_goes_on(cli);
}

enum guichet_rc cmd_bulletin_list(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct bulletins bulletins = { cli, 0 };
	enum guichet_rc rc = store_list_bulletins(cli->store, args_has(a, OPT_ALL), print_bulletin, &bulletins, err);
	return rc || bulletins.count ? rc : guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune consigne en cours"));
}
