// SPDX-License-Identifier: GPL-3.0-or-later
/* Letters: one request's, or all of the day, to a file or to the printer; and again, as they were. */
#include "cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"
#include "guichet/core/template.h"
#include "guichet/report/mailroom.h"

/* --- where it goes --- */

static enum guichet_rc hand_over(const struct args *a, const char *path, const struct letter_pdf *pdf, struct guichet_err *err)
{
	return args_has(a, OPT_LP) ? letter_pdf_print(pdf, args_text(a, OPT_LP), err) : letter_pdf_save(pdf, path, err);
}

/* --- what is said of it --- */

static void print_letters(struct cli *cli, const struct mailroom *m, bool recorded)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct mailroom_letter *l = &m->list[i];
		char reference[REFERENCE_SHOWN], digits[24];
		reference_show(l->reference, reference);
		snprintf(digits, sizeof digits, "%" PRId64, l->reference);
		if (cli->json)
			print_json(cli, json_pack("{s:s, s:s, s:I, s:I, s:b, s:s?}", "service_request_id", digits, "purpose", purpose_code(l->purpose), "pages",
				(json_int_t)l->pdf.pages, "requests", (json_int_t)l->other_count + 1, "printed", recorded && !l->problem, "problem", l->problem));
		else if (l->problem)
			print_line(cli, _("%s  %s : pas imprimée, %s"), reference, purpose_label(l->purpose), l->problem);
		else
			print_line(cli, _("%s  %s, %zu page(s) : %s"), reference, purpose_label(l->purpose), l->pdf.pages, l->to.lines[0]);
	}
}

static enum guichet_rc finish(struct cli *cli, const struct args *a, const struct mailroom *m, const char *path, bool recorded, struct guichet_err *err)
{
	size_t ready = mailroom_ready(m);

	print_letters(cli, m, recorded);
	if (!cli->json && ready > 0)
		print_line(cli, args_has(a, OPT_LP) ? _("%zu lettre(s) à l'imprimante%s") : _("%zu lettre(s) dans %s"), ready, args_has(a, OPT_LP) ? "" : path);
	if (ready == m->count)
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_REFUSED, _("%zu lettre(s) sur %zu ne partent pas : elles restent à faire"), m->count - ready, m->count);
}

/* --- letter --- */

static enum guichet_rc row_of(struct cli *cli, const struct args *a, int64_t *row, int64_t *reference, struct guichet_err *err)
{
	struct loaded l;
	enum guichet_rc rc = args_reference(a, 0, reference, err);

	if (!rc)
		rc = store_load(cli->store, *reference, &l, err);
	if (rc)
		return rc;
	*row = l.row_id;
	loaded_done(&l);
	return GUICHET_OK;
}

static enum guichet_rc unknown_template(const struct catalogue *c, const char *code, struct guichet_err *err)
{
	struct text known = TEXT_INIT;

	for (size_t i = 0; i < c->template_count; i++)
		if (c->templates[i].use < TEMPLATE_WORDS && c->templates[i].channel != TEMPLATE_EMAIL)
			text_addf(&known, "%s%s", known.len ? ", " : "", c->templates[i].code);
	enum guichet_rc rc = guichet_err_set(err, GUICHET_DATA, _("modèle « %s » inconnu : le catalogue a %s"), code, text_str(&known));
	text_done(&known);
	return rc;
}

/* What it owes; else a letter that was asked for by its template; else what was printed, again. */
static enum guichet_rc find_letters(struct cli *cli, const struct args *a, int64_t row, struct mailroom *m, bool *to_record, struct guichet_err *err)
{
	const char *code = args_has(a, OPT_TEMPLATE) ? args_text(a, OPT_TEMPLATE) : NULL;
	struct mailroom_wish wish = {.row = row, .template_code = code, .missing = args_has(a, OPT_MISSING) ? args_text(a, OPT_MISSING) : NULL};
	char *words = NULL;
	const struct message_template *t = code ? catalogue_template(store_catalogue(cli->store), code) : NULL;
	if (code && (!t || t->use >= TEMPLATE_WORDS))
		return unknown_template(store_catalogue(cli->store), code, err);
	enum guichet_rc rc = args_has(a, OPT_BEFORE) ? day_parse("--before", args_text(a, OPT_BEFORE), &wish.missing_by_day, err) : GUICHET_OK;
	if (!rc)
		rc = mailroom_gather(cli->store, &cli->actor, &wish, m, err);

	*to_record = m->count > 0 && !args_has(a, OPT_DRY_RUN);
	if (rc || (m->count > 0 && !args_has(a, OPT_TEXT)))
		return rc ? rc : mailroom_make(cli->store, m, err);
	mailroom_done(m);
	*to_record = false;
	if (!code && args_has(a, OPT_TEXT))
		return guichet_err_set(err, GUICHET_USAGE, _("--text : attendu --template aussi (la réponse à un usager s'enregistre par guichet repondre)"));
	if (!code)
		rc = mailroom_printed(cli->store, row, 0, 0, m, err);
	else if (!(rc = args_long_text(a, OPT_TEXT, &words, err)) && !(rc = mailroom_free_letter(cli->store, &cli->actor, &wish, words, m, err)))
		rc = mailroom_make(cli->store, m, err);
	free(words);
	if (!rc && m->count == 0)
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("cette demande ne doit aucune lettre et aucune n'a été imprimée : --template MODÈLE en fait une, sans l'enregistrer"));
	return rc;
}

enum guichet_rc cmd_letter(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t row, reference;
	struct mailroom m = {0};
	struct letter_pdf joined = {0};
	struct text path = TEXT_INIT;
	bool to_record = false;
	enum guichet_rc rc = row_of(cli, a, &row, &reference, err);

	if (!rc)
		rc = find_letters(cli, a, row, &m, &to_record, err);
	if (rc) {
		mailroom_done(&m);
		return rc;
	}
	if (args_has(a, OPT_OUTPUT))
		text_add(&path, args_text(a, OPT_OUTPUT));
	else
		text_addf(&path, "courrier-%" PRId64 ".pdf", reference);
	const struct letter_pdf *pdf = &joined;
	if (mailroom_ready(&m) == 1 && m.count == 1)
		pdf = &m.list[0].pdf;
	else if (mailroom_ready(&m) > 0)
		rc = mailroom_batch(cli->store, &m, &joined, err);
	if (!rc && mailroom_ready(&m) > 0)
		rc = hand_over(a, text_str(&path), pdf, err);
	if (!rc && to_record)
		rc = mailroom_record(cli->store, &cli->actor, &m, err);
	if (!rc)
		rc = finish(cli, a, &m, text_str(&path), to_record, err);
	letter_pdf_done(&joined);
	text_done(&path);
	mailroom_done(&m);
	return rc;
}

/* --- letters --- */

static enum guichet_rc find_day(struct cli *cli, const struct args *a, int32_t *day, struct mailroom *m, struct guichet_err *err)
{
	enum guichet_rc rc;

	*day = paris_day(store_now(cli->store));
	if (args_has(a, OPT_DATE)) {
		rc = day_parse("--date", args_text(a, OPT_DATE), day, err);
		return rc ? rc : mailroom_printed(cli->store, 0, paris_instant(*day, 0), paris_instant(*day + 1, 0), m, err);
	}
	rc = mailroom_gather(cli->store, &cli->actor, &(struct mailroom_wish){0}, m, err);
	return rc || m->count == 0 ? rc : mailroom_make(cli->store, m, err);
}

enum guichet_rc cmd_letters(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct mailroom m = {0};
	struct letter_pdf batch = {0};
	struct text path = TEXT_INIT;
	int32_t day;
	int year, month, day_of_month;
	bool to_record = !args_has(a, OPT_DRY_RUN) && !args_has(a, OPT_DATE);
	enum guichet_rc rc = find_day(cli, a, &day, &m, err);

	if (!rc && m.count == 0)
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, args_has(a, OPT_DATE) ? _("aucune lettre n'a été imprimée ce jour-là") : _("aucune lettre à imprimer"));
	if (rc) {
		mailroom_done(&m);
		return rc;
	}
	day_to_date(day, &year, &month, &day_of_month);
	if (args_has(a, OPT_OUTPUT))
		text_add(&path, args_text(a, OPT_OUTPUT));
	else
		text_addf(&path, "courriers-%04d-%02d-%02d.pdf", year, month, day_of_month);
	if (mailroom_ready(&m) > 0) {
		rc = mailroom_batch(cli->store, &m, &batch, err);
		if (!rc)
			rc = hand_over(a, text_str(&path), &batch, err);
		if (!rc && to_record)
			rc = mailroom_record(cli->store, &cli->actor, &m, err);
	}
	if (!rc)
		rc = finish(cli, a, &m, text_str(&path), to_record, err);
	letter_pdf_done(&batch);
	text_done(&path);
	mailroom_done(&m);
	return rc;
}

/* --- acknowledge --- */

enum guichet_rc cmd_acknowledge(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	enum channel channel = CHANNEL_PHONE;
	int64_t reference, at_ms = 0;
	char shown[REFERENCE_SHOWN], digits[24];

	if (args_has(a, OPT_CHANNEL) && !channel_parse(args_text(a, OPT_CHANNEL), &channel))
		return guichet_err_set(err, GUICHET_DATA, _("canal « %s » inconnu : attendu téléphone ou accueil"), args_text(a, OPT_CHANNEL));
	enum guichet_rc rc = args_reference(a, 0, &reference, err);
	if (!rc)
		rc = args_instant(a, OPT_AT, 0, &at_ms, err);
	if (!rc)
		rc = desk_acknowledge(cli->store, &cli->actor, reference, channel, at_ms, err);
	if (rc)
		return rc;
	reference_show(reference, shown);
	snprintf(digits, sizeof digits, "%" PRId64, reference);
	if (cli->json)
		print_json(cli, json_pack("{s:s, s:b}", "service_request_id", digits, "acknowledged", true));
	else
		print_line(cli, _("%s : accusé de réception noté, %s"), shown, channel_label(channel));
	return GUICHET_OK;
}
