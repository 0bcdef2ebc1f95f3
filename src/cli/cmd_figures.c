// SPDX-License-Identifier: GPL-3.0-or-later
/* Figures: how well delays are kept, by service or otherwise, over a period. Never by named agent: these figures judge services, not people. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/report/figures.h"
#include "guichet/wire/request_json.h"

enum { BAR_CELLS = 8, FIGURE_COLUMNS = 61, NAME_MIN = 18, NAME_MAX = 40, LINE_COLUMNS = 79, PERIOD_DAYS = 30, PERIOD_MAX = 36500 };
/* Below these shares of delays kept a row is marked "!" and "!!": never by colour alone. */
#define SHARE_WATCH 0.92
#define SHARE_ALARM 0.80

/* --- options --- */

static enum guichet_rc read_by(const struct args *a, enum sla_by *by, struct guichet_err *err)
{
	const char *value = args_has(a, OPT_BY) ? args_text(a, OPT_BY) : "service";
	if (sla_by_parse(value, by))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_DATA, _("--by « %s » : attendu service, commune, nature, motif ou canal"), value);
}

static bool all_digits(const char *s, size_t n)
{
	return strlen(s) >= n && strspn(s, "0123456789") >= n;
}

/* "30j", "2026", "2026-05", "2026-05-14", "2026-05-01..2026-05-31" (or with slashes). */
static enum guichet_rc read_period(const char *value, int32_t today, int32_t *from, int32_t *to, struct guichet_err *err)
{
	const char *dots = strstr(value, "..");
	size_t n = strlen(value), digits = strspn(value, "0123456789");
	enum guichet_rc rc = GUICHET_OK;
	if (dots) {
		char *first = guichet_strndup(value, (size_t)(dots - value));
		rc = day_parse("--period", first, from, err);
		if (rc == GUICHET_OK)
			rc = day_parse("--period", dots + 2, to, err);
		free(first);
		if (rc == GUICHET_OK && *from > *to)
			rc = guichet_err_set(err, GUICHET_DATA, _("--period « %s » : la fin vient avant le début"), value);
		return rc;
	}
	if (digits > 0 && digits <= 5 && n == digits + 1 && (value[digits] == 'j' || value[digits] == 'd')) {
		long days = strtol(value, NULL, 10);
		if (days >= 1 && days <= PERIOD_MAX) {
			*from = today - (int32_t)days + 1;
			*to = today;
			return GUICHET_OK;
		}
	}
	if (n == 4 && digits == 4 && strtol(value, NULL, 10) >= 1900) {
		int year = (int)strtol(value, NULL, 10);
		*from = day_from_date(year, 1, 1);
		*to = day_from_date(year, 12, 31);
		return GUICHET_OK;
	}
	if (n == 7 && digits == 4 && value[4] == '-' && all_digits(value + 5, 2)) {
		int year = (int)strtol(value, NULL, 10), month = (int)strtol(value + 5, NULL, 10);
		if (year >= 1900 && month >= 1 && month <= 12) {
			*from = day_from_date(year, month, 1);
			*to = (month == 12 ? day_from_date(year + 1, 1, 1) : day_from_date(year, month + 1, 1)) - 1;
			return GUICHET_OK;
		}
	}
	if (n == 10 && day_parse("--period", value, from, NULL) == GUICHET_OK) {
		*to = *from;
		return GUICHET_OK;
	}
	return guichet_err_set(err, GUICHET_DATA, _("--period « %s » : attendu 30j, 2026, 2026-05 ou 2026-05-01..2026-05-31"), value);
}

static enum guichet_rc read_query(struct cli *cli, const struct args *a, struct sla_query *q, struct guichet_err *err)
{
	const struct catalogue *c = store_catalogue(cli->store);
	enum guichet_rc rc = read_by(a, &q->by, err);
	if (rc)
		return rc;
	if (args_has(a, OPT_SERVICE)) {
		const struct service *s = catalogue_service(c, args_text(a, OPT_SERVICE));
		if (!s)
			return args_unknown_code(c, _("service"), 's', args_text(a, OPT_SERVICE), err);
		q->service = s->code;
	}
	if (args_has(a, OPT_COMMUNE)) {
		const struct commune *m = catalogue_commune(c, args_text(a, OPT_COMMUNE));
		if (!m)
			return args_unknown_code(c, _("commune"), 'c', args_text(a, OPT_COMMUNE), err);
		q->commune = m->code;
	}
	int32_t today = paris_day(store_now(cli->store));
	q->from_day = today - PERIOD_DAYS + 1;
	q->to_day = today;
	return args_has(a, OPT_PERIOD) ? read_period(args_text(a, OPT_PERIOD), today, &q->from_day, &q->to_day, err) : GUICHET_OK;
}

/* --- the table --- */

struct table {
	struct cli *cli;
	struct sla_query query;
	int64_t now_ms;
	int name_columns;              /* as much as the terminal leaves */
	bool started;
};

static void add_share(struct text *out, double share)
{
	if (isnan(share)) {
		text_addf(out, "%6s %*s", "-", BAR_CELLS, "");
		return;
	}
	int filled = (int)lround(share * BAR_CELLS);
	text_addf(out, " %3d %% ", (int)floor(share * 100));
	for (int i = 0; i < BAR_CELLS; i++)
		text_add(out, i < filled ? "█" : "░");
}

/* "12 h" up to two days, then "5 j", at the width of a column. */
static void add_delay(struct text *out, double hours, int columns)
{
	char shown[32] = "-";
	if (!isnan(hours) && hours < 48)
		snprintf(shown, sizeof shown, "%.0f h", hours);
	else if (!isnan(hours))
		snprintf(shown, sizeof shown, _("%.0f j"), hours / 24);
	text_addf(out, "%*s", columns, shown);
}

static void add_heading(struct text *out, const char *label, int columns)
{
	struct text cell = TEXT_INIT;
	int width = utf8_width(label);
	for (int i = width; i < columns; i++)
		text_addc(out, ' ');
	utf8_fit(&cell, label, columns, false);
	text_add(out, text_str(&cell));
	text_done(&cell);
}

static void print_rule(const struct table *t)
{
	struct text line = TEXT_INIT;
	for (int i = 0; i < t->name_columns + FIGURE_COLUMNS; i++)
		text_add(&line, "─");
	print_line(t->cli, "%s", text_str(&line));
	text_done(&line);
}

static void start_table(struct table *t)
{
	struct text line = TEXT_INIT;
	if (t->started || t->cli->json)
		return;
	t->started = true;
	utf8_fit(&line, sla_by_label(t->query.by), t->name_columns, true);
	add_heading(&line, _("ouvertes"), 9);
	add_heading(&line, _("à risque"), 9);
	add_heading(&line, _("en ret."), 10);
	add_heading(&line, _("tenu"), 5);
	text_add(&line, "          ");
	add_heading(&line, _("méd."), 6);
	add_heading(&line, _("90 %"), 6);
	add_heading(&line, _("anc."), 6);
	print_line(t->cli, "%s", text_str(&line));
	print_rule(t);
	text_done(&line);
}

static const char *mark_of(const struct sla_row *r)
{
	if (r->overdue == 0 || isnan(r->met_share))
		return "";
	return r->met_share < SHARE_ALARM ? "!!" : r->met_share < SHARE_WATCH ? "!" : "";
}

static void print_sla_row(struct table *t, const struct sla_row *r)
{
	struct text line = TEXT_INIT;
	bool total = !*r->key;
	utf8_fit(&line, total ? _("Toutes") : figures_name(store_catalogue(t->cli->store), t->query.by, r->key), t->name_columns, true);
	text_addf(&line, "%9lld%9lld %2s%7lld", (long long)r->open, (long long)r->at_risk, mark_of(r), (long long)r->overdue);
	add_share(&line, r->met_share);
	text_addc(&line, ' ');
	add_delay(&line, r->median_hours, 6);
	add_delay(&line, r->p90_hours, 6);
	add_delay(&line, r->oldest_ms == NO_INSTANT ? (double)NAN : (double)(t->now_ms - r->oldest_ms) / 3600000, 6);
	print_line(t->cli, "%s", text_str(&line));
	text_done(&line);
}

/* "états : enregistrée 2, transmise 35...", on as many lines as it takes. */
static void print_states(struct table *t, const struct sla_row *r)
{
	struct text line = TEXT_INIT;
	text_add(&line, _("  états :"));
	const char *between = " ";
	for (int s = 0; s < STATUS_COUNT; s++) {
		struct text one = TEXT_INIT;
		if (!r->by_status[s])
			continue;
		text_addf(&one, "%s %lld", status_label((enum status)s), (long long)r->by_status[s]);
		if (utf8_width(text_str(&line)) + utf8_width(text_str(&one)) + 3 > LINE_COLUMNS) {
			print_line(t->cli, "%s,", text_str(&line));
			text_clear(&line);
			between = "    ";
		}
		text_addf(&line, "%s%s", between, text_str(&one));
		between = ", ";
		text_done(&one);
	}
	print_line(t->cli, "%s", text_str(&line));
	text_done(&line);
}

/* What happened in the period, and in which states requests are. */
static void print_totals(struct table *t, const struct sla_row *r)
{
	struct text from = TEXT_INIT, to = TEXT_INIT;
	day_show(&from, t->query.from_day);
	day_show(&to, t->query.to_day);
	print_line(t->cli, "%s", "");
	print_line(t->cli, _("Du %s au %s"), text_str(&from), text_str(&to));
	print_line(t->cli, _("  reçues %lld, répondues %lld dont %lld à temps"), (long long)r->received, (long long)r->answered, (long long)r->in_time);
	print_line(t->cli, _("  rouvertes %lld, refus de compétence %lld, relances d'usagers %lld, engagements rompus %lld"), (long long)r->reopened,
		(long long)r->refused, (long long)r->chased, (long long)r->promises_broken);
	print_states(t, r);
	text_done(&from);
	text_done(&to);
}

static json_t *number_json(double value, double precision)
{
	return isnan(value) ? json_null() : json_real(round(value * precision) / precision);
}

static void print_sla_json(struct table *t, const struct sla_row *r)
{
	json_t *o = json_object(), *states = json_object();
	const char *service = t->query.by == SLA_BY_SERVICE ? r->key : t->query.service;
	json_object_set_new(o, "service_code", service ? json_string(service) : json_null());
	if (t->query.by != SLA_BY_SERVICE)
		json_object_set_new(o, "key", json_string(r->key));
	json_object_set_new(o, "open", json_integer(r->open));
	json_object_set_new(o, "at_risk", json_integer(r->at_risk));
	json_object_set_new(o, "overdue", json_integer(r->overdue));
	json_object_set_new(o, "received", json_integer(r->received));
	json_object_set_new(o, "answered", json_integer(r->answered));
	json_object_set_new(o, "in_time", json_integer(r->in_time));
	json_object_set_new(o, "met_share", number_json(r->met_share, 1e4));
	json_object_set_new(o, "median_hours", number_json(r->median_hours, 1e2));
	json_object_set_new(o, "p90_hours", number_json(r->p90_hours, 1e2));
	json_object_set_new(o, "reopened", json_integer(r->reopened));
	json_object_set_new(o, "refused", json_integer(r->refused));
	json_object_set_new(o, "chased", json_integer(r->chased));
	json_object_set_new(o, "promises_broken", json_integer(r->promises_broken));
	json_object_set_new(o, "oldest_datetime", instant_json(r->oldest_ms));
	for (int s = 0; s < STATUS_COUNT; s++)
		json_object_set_new(states, status_code((enum status)s), json_integer(r->by_status[s]));
	json_object_set_new(o, "by_status", states);
	print_json(t->cli, o);
}

/* The row of all comes last; JSON has none: it is one object a service. */
static bool visit_sla(void *context, const struct sla_row *r)
{
	struct table *t = context;
	if (t->cli->json) {
		if (*r->key)
			print_sla_json(t, r);
		return true;
	}
	start_table(t);
	if (!*r->key)
		print_rule(t);
	print_sla_row(t, r);
	if (!*r->key)
		print_totals(t, r);
	return true;
}

enum guichet_rc cmd_sla(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct table t = { .cli = cli, .now_ms = store_now(cli->store), .name_columns = terminal_width() - 1 - FIGURE_COLUMNS };
	t.name_columns = t.name_columns < NAME_MIN ? NAME_MIN : t.name_columns > NAME_MAX ? NAME_MAX : t.name_columns;
	enum guichet_rc rc = read_query(cli, a, &t.query, err);
	if (rc == GUICHET_OK)
		rc = store_sla(cli->store, &t.query, visit_sla, &t, err);
	return rc;
}
