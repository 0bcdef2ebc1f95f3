// SPDX-License-Identifier: GPL-3.0-or-later
/* Calendar and targets made visible: the due dates that a request would get, and a year's holidays, closures and hours. Work on the store's
 * catalogue, or on the shipped one where there is no store.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/utf8.h"
#include "guichet/wire/request_json.h"

enum { YEAR_FIRST = 1950, YEAR_LAST = 2200, LABEL_COLUMNS = 22 };

/* --- which catalogue --- */

struct in_use { const struct catalogue *catalogue; struct catalogue *owned; int64_t now_ms; };

static enum guichet_rc shipped_catalogue(struct catalogue **out, struct guichet_err *err)
{
	struct catalogue_source source = { 0 };
	struct problems problems = { 0 };
	char *folder = data_path("catalogue");
	enum guichet_rc rc = catalogue_read_folder(folder, &source, err);
	if (rc == GUICHET_OK)
		rc = catalogue_build(&source, out, &problems);
	if (problems.count)
		guichet_err_set(err, rc, _("catalogue refusé : %s:%d: %s (voir « guichet catalogue check »)"), problems.items[0].file,
			problems.items[0].line, problems.items[0].message);
	problems_done(&problems);
	catalogue_source_done(&source);
	free(folder);
	return rc;
}

/* A store that was named must be there; the usual one may be missing. */
static enum guichet_rc open_catalogue(struct cli *cli, struct in_use *out, struct guichet_err *err)
{
	memset(out, 0, sizeof *out);
	if (cli->store || cli->globals.values[OPT_STORE] || !access(cli_store_path(cli), F_OK)) {
		enum guichet_rc rc = cli_open_store(cli, err);
		if (rc)
			return rc;
		cli_banner(cli);
		out->catalogue = store_catalogue(cli->store);
		out->now_ms = store_now(cli->store);
		return GUICHET_OK;
	}
	struct guichet_clock clock = clock_system();
	out->now_ms = clock.now_ms(clock.context);
	enum guichet_rc rc = shipped_catalogue(&out->owned, err);
	out->catalogue = out->owned;
	return rc;
}

static void print_labelled(struct cli *cli, const char *label, const char *value)
{
	struct text line = TEXT_INIT;
	utf8_fit(&line, label, LABEL_COLUMNS, true);
	print_line(cli, "%s%s", text_str(&line), value);
	text_done(&line);
}

/* --- due --- */

struct question { const struct category *category; struct competence who; bool danger; int channel; int64_t received_ms; };

static enum guichet_rc read_question(const struct args *a, const struct in_use *in, struct question *q, struct guichet_err *err)
{
	const struct commune *commune = NULL;
	if (!args_has(a, OPT_CATEGORY))
		return guichet_err_set(err, GUICHET_USAGE, _("il manque --category MOTIF"));
	q->category = catalogue_category(in->catalogue, args_text(a, OPT_CATEGORY));
	if (!q->category)
		return args_unknown_code(in->catalogue, _("motif"), 'm', args_text(a, OPT_CATEGORY), err);
	if (args_has(a, OPT_COMMUNE)) {
		commune = catalogue_commune(in->catalogue, args_text(a, OPT_COMMUNE));
		if (!commune)
			return args_unknown_code(in->catalogue, _("commune"), 'c', args_text(a, OPT_COMMUNE), err);
	}
	q->who = catalogue_competence(in->catalogue, q->category, commune);
	q->danger = args_has(a, OPT_DANGER);
	q->channel = -1;
	if (args_has(a, OPT_CHANNEL)) {
		enum channel channel;
		if (!channel_parse(args_text(a, OPT_CHANNEL), &channel))
			return guichet_err_set(err, GUICHET_DATA, _("canal « %s » inconnu : attendu téléphone, courriel, courrier, accueil ou site"),
				args_text(a, OPT_CHANNEL));
		q->channel = (int)channel;
	}
	return args_instant(a, OPT_RECEIVED_AT, in->now_ms, &q->received_ms, err);
}

static void print_due_json(struct cli *cli, const struct question *q, const struct deadlines *due, const char *steps)
{
	json_t *o = json_object();
	json_object_set_new(o, "category", json_string(q->category->code));
	json_object_set_new(o, "channel", q->channel < 0 ? json_null() : json_string(channel_code((enum channel)q->channel)));
	json_object_set_new(o, "service_code", q->who.service ? json_string(q->who.service->code) : json_null());
	json_object_set_new(o, "body", q->who.body ? json_string(q->who.body->code) : json_null());
	json_object_set_new(o, "requested_datetime", instant_json(q->received_ms));
	json_object_set_new(o, "expected_datetime", instant_json(due->due[TARGET_ANSWER]));
	json_object_set_new(o, "due", due_dates_json(due));
	json_object_set_new(o, "explanation", json_string(steps));
	print_json(cli, o);
}

static void print_due_table(struct cli *cli, const struct question *q, const struct deadlines *due, const char *steps)
{
	struct text t = TEXT_INIT;
	print_labelled(cli, _("Motif"), q->category->path);
	print_labelled(cli, q->who.service ? _("Service") : _("Hors compétence"), q->who.service ? q->who.service->name : q->who.body ? q->who.body->name : "");
	instant_show(&t, q->received_ms);
	print_labelled(cli, _("Reçue le"), text_str(&t));
	for (int k = 0; k < TARGET_KIND_COUNT; k++) {
		if (due->due[k] == NO_INSTANT)
			continue;
		text_clear(&t);
		due_show(&t, due->due[k]);
		print_labelled(cli, target_kind_label((enum target_kind)k), text_str(&t));
	}
	if (due->due[TARGET_ANSWER] != NO_INSTANT) {
		text_clear(&t);
		text_add(&t, _("« réponse au plus tard le "));
		day_show(&t, due_day(due->due[TARGET_ANSWER]));
		text_add(&t, _(" »"));
		print_labelled(cli, _("À dire"), text_str(&t));
	}
	print_line(cli, "%s", "");
	fputs(steps, cli->out);
	if (*steps && steps[strlen(steps) - 1] != '\n')
		fputc('\n', cli->out);
	text_done(&t);
}

enum guichet_rc cmd_due(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct in_use in;
	struct question q = { .category = NULL };
	struct deadlines due;
	struct text steps = TEXT_INIT;
	struct explanation e = { &steps };
	enum guichet_rc rc = open_catalogue(cli, &in, err);
	if (rc == GUICHET_OK)
		rc = read_question(a, &in, &q, err);
	if (rc == GUICHET_OK && q.category) {
		/* A request out of the remit is the desk's to pass on. */
		deadlines_preview(in.catalogue, q.category, q.who.service ? q.who.service : in.catalogue->desk, q.danger, q.channel, q.received_ms, in.now_ms, &due, &e);
		if (cli->json)
			print_due_json(cli, &q, &due, text_str(&steps));
		else
			print_due_table(cli, &q, &due, text_str(&steps));
	}
	text_done(&steps);
	catalogue_free(&in.owned);
	return rc;
}

/* --- calendar --- */

static void add_spans(struct text *out, const struct span *spans, int count)
{
	for (int i = 0; i < count; i++)
		text_addf(out, "%s%02d:%02d-%02d:%02d", i ? ", " : "", spans[i].from / 60, spans[i].from % 60, spans[i].to / 60, spans[i].to % 60);
	if (count == 0)
		text_add(out, _("fermé"));
}

static bool same_hours(const struct calendar *c, int a, int b)
{
	return c->span_count[a] == c->span_count[b] && !memcmp(c->week[a], c->week[b], (size_t)c->span_count[a] * sizeof **c->week);
}

/* Days in a row with the same hours share a line. */
static void print_hours(struct cli *cli, const struct calendar *c)
{
	static const char *const days[7] = { N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche") };
	for (int first = 0, last; first < 7; first = last + 1) {
		struct text label = TEXT_INIT, hours = TEXT_INIT;
		for (last = first; last + 1 < 7 && same_hours(c, first, last + 1); last++)
			;
		text_addf(&label, first == last ? "  %s" : last == first + 1 ? _("  %s et %s") : _("  %s à %s"), _(days[first]), _(days[last]));
		add_spans(&hours, c->week[first], c->span_count[first]);
		print_labelled(cli, text_str(&label), text_str(&hours));
		text_done(&label);
		text_done(&hours);
	}
}

static void print_holidays(struct cli *cli, const struct calendar *c, int year)
{
	int32_t end = day_from_date(year + 1, 1, 1);
	for (int32_t day = day_from_date(year, 1, 1); day < end; day++) {
		const char *name = holiday_name(day, c->alsace_moselle);
		struct text shown = TEXT_INIT;
		if (!name)
			continue;
		if (cli->json) {
			int y, m, d;
			day_to_date(day, &y, &m, &d);
			print_json(cli, json_pack("{s:o, s:s}", "date", json_sprintf("%04d-%02d-%02d", y, m, d), "name", name));
			continue;
		}
		day_show(&shown, day);
		text_addf(&shown, _(" : %s"), name);
		print_line(cli, "  %s", text_str(&shown));
		text_done(&shown);
	}
}

static void print_closures(struct cli *cli, const struct calendar *c, int year)
{
	int32_t begin = day_from_date(year, 1, 1), end = day_from_date(year + 1, 1, 1);
	bool titled = false;
	for (size_t i = 0; i < c->closure_count; i++) {
		const struct closure *x = &c->closures[i];
		struct text line = TEXT_INIT;
		if (x->last_day < begin || x->first_day >= end)
			continue;
		if (!titled)
			print_line(cli, "%s", _("Fermetures"));
		titled = true;
		day_show(&line, x->first_day);
		if (x->last_day > x->first_day) {
			text_add(&line, _(" au "));
			day_show(&line, x->last_day);
		}
		if (x->from > 0 || x->to < 24 * 60)
			text_addf(&line, _(", de %02d:%02d à %02d:%02d"), x->from / 60, x->from % 60, x->to / 60, x->to % 60);
		if (x->name && *x->name)
			text_addf(&line, _(" : %s"), x->name);
		print_line(cli, "  %s", text_str(&line));
		text_done(&line);
	}
}

static void print_calendar(struct cli *cli, const struct calendar *c, int year)
{
	if (cli->json) {
		print_holidays(cli, c, year);
		return;
	}
	print_line(cli, _("Calendrier « %s », %d"), c->name && *c->name ? c->name : c->code, year);
	print_line(cli, "%s", _("Horaires"));
	print_hours(cli, c);
	print_line(cli, "%s", c->works_holidays ? _("Jours fériés (assurés)") : _("Jours fériés (fermé)"));
	print_holidays(cli, c, year);
	print_closures(cli, c, year);
}

static enum guichet_rc read_year(const struct args *a, int64_t now_ms, int *year, struct guichet_err *err)
{
	const char *value = args_text(a, OPT_YEAR);
	*year = paris_civil(now_ms).year;
	if (!args_has(a, OPT_YEAR))
		return GUICHET_OK;
	long n = strlen(value) == 4 && strspn(value, "0123456789") == 4 ? strtol(value, NULL, 10) : 0;
	if (n < YEAR_FIRST || n > YEAR_LAST)
		return guichet_err_set(err, GUICHET_DATA, _("--year « %s » : attendu une année de %d à %d"), value, YEAR_FIRST, YEAR_LAST);
	*year = (int)n;
	return GUICHET_OK;
}

enum guichet_rc cmd_calendar(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct in_use in;
	const struct service *s = NULL;
	int year = 0;
	enum guichet_rc rc = open_catalogue(cli, &in, err);
	if (rc == GUICHET_OK)
		rc = read_year(a, in.now_ms, &year, err);
	if (rc == GUICHET_OK && args_has(a, OPT_SERVICE)) {
		s = catalogue_service(in.catalogue, args_text(a, OPT_SERVICE));
		if (!s)
			rc = args_unknown_code(in.catalogue, _("service"), 's', args_text(a, OPT_SERVICE), err);
	}
	if (rc == GUICHET_OK) {
		print_calendar(cli, deadlines_calendar(in.catalogue, s, false), year);
		if (s && s->on_call_calendar && !cli->json) {
			print_line(cli, "%s", "");
			print_line(cli, _("Astreinte : %s"), s->on_call_phone && *s->on_call_phone ? s->on_call_phone : s->on_call_calendar->name);
			print_hours(cli, s->on_call_calendar);
		}
	}
	catalogue_free(&in.owned);
	return rc;
}
