// SPDX-License-Identifier: GPL-3.0-or-later
/* The slip for the archives as text (code du patrimoine, art. L212-2, L212-3 and R212-14): sixty-odd columns, for paper and for mail. Must not know a file. */
#include "guichet/core/slip.h"

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

enum { LABEL_COLUMNS = 16, NAME_COLUMNS = 36, KEPT_COLUMNS = 9, WIDTH = 96, MONTHS_A_YEAR = 12, MEBIBYTE = 1024 * 1024 };

const char *slip_category(const struct catalogue *c, const char *code)
{
	const struct category *category = catalogue_category(c, code);
	return category ? category->name : code;
}

void slip_add_retention(struct text *out, int months)
{
	int years = months / MONTHS_A_YEAR;
	if (months % MONTHS_A_YEAR)
		text_addf(out, ngettext("%d mois", "%d mois", (unsigned long)(months < 2 ? 1 : months)), months);
	else
		text_addf(out, ngettext("%d an", "%d ans", (unsigned long)(years < 2 ? 1 : years)), years);
}

static void add_day(struct text *out, int64_t ms)
{
	int year, month, day;
	day_to_date(paris_day(ms), &year, &month, &day);
	text_addf(out, "%02d/%02d/%d", day, month, year);
}

void slip_add_dates(struct text *out, const struct purge_line *line)
{
	if (line->count == 0)
		return;
	add_day(out, line->oldest_ms);
	text_add(out, " - ");
	add_day(out, line->newest_ms);
}

static void add_field(struct text *out, const char *label, const char *value)
{
	utf8_fit(out, label, LABEL_COLUMNS, true);
	text_addf(out, "%s\n", value);
}

static void add_line(struct text *out, const char *name, const struct purge_line *line)
{
	struct text kept = TEXT_INIT;
	if (line->months)
		slip_add_retention(&kept, line->months);
	utf8_fit(out, name, NAME_COLUMNS, true);
	text_add(out, "  ");
	utf8_fit(out, text_str(&kept), KEPT_COLUMNS, true);
	text_addf(out, " %9lld %8lld  ", (long long)line->count, (long long)line->files);
	slip_add_dates(out, line);
	text_addc(out, '\n');
	text_done(&kept);
}

void slip_add_row(struct text *out, const char *name, const struct purge_line *line)
{
	struct text kept = TEXT_INIT;
	if (line->months)
		slip_add_retention(&kept, line->months);
	utf8_fit(out, name, NAME_COLUMNS, true);
	text_add(out, "  ");
	utf8_fit(out, text_str(&kept), KEPT_COLUMNS, true);
	text_addf(out, " %7lld  ", (long long)line->count);
	slip_add_dates(out, line);
	text_done(&kept);
}

static void add_rule(struct text *out)
{
	for (int i = 0; i < WIDTH; i++)
		text_addc(out, '-');
	text_addc(out, '\n');
}

static void add_head(struct text *out, const struct catalogue *c, const struct slip *slip)
{
	struct text t = TEXT_INIT;
	text_addf(out, "%s\n%s\n\n", _("BORDEREAU D'ÉLIMINATION"), _("Code du patrimoine, art. L212-2, L212-3 et R212-14 : rien ne s'élimine avant le visa des archives."));
	add_field(out, _("Producteur"), c->name);
	add_field(out, _("Service"), c->desk->name);
	instant_show(&t, slip->now_ms);
	add_field(out, _("Établi"), text_str(&t));
	text_clear(&t);
	instant_show(&t, slip->plan->at_ms);
	add_field(out, _("Arrêté"), text_str(&t));
	add_field(out, _("Demandé par"), slip->asked_by);
	add_field(out, _("Visa"), slip->visa ? slip->visa : _("(à donner)"));
	text_done(&t);
}

void slip_write(struct text *out, const struct catalogue *c, const struct slip *slip)
{
	const struct purge_plan *plan = slip->plan;
	struct text line = TEXT_INIT;
	add_head(out, c, slip);
	text_addf(out, "\n%s\n%s\n\n", _("Documents : demandes d'usagers dont la durée de conservation est échue. Textes, lieux, identités, notes, réponses et pièces"),
		_("jointes sont effacés ; motif, service, commune, dates et suites restent, sans lien avec une personne, pour les statistiques."));
	utf8_fit(&line, _("Motif"), NAME_COLUMNS, true);
	text_add(&line, "  ");
	utf8_fit(&line, _("Conserv."), KEPT_COLUMNS, true);
	text_addf(out, "%s %9s %8s  %s\n", text_str(&line), _("Demandes"), _("Fichiers"), _("Clôturées de - à"));
	add_rule(out);
	for (size_t i = 0; i < plan->line_count; i++)
		add_line(out, slip_category(c, plan->lines[i].category), &plan->lines[i]);
	add_rule(out);
	add_line(out, _("En tout"), &plan->all);
	text_addc(out, '\n');
	text_addf(out, _("Fichiers joints : %lld, %lld Mio en tout.\n"), (long long)plan->all.files, (long long)(plan->all.bytes + MEBIBYTE - 1) / MEBIBYTE);
	text_addf(out, _("Contacts sans demande conservée : %lld. Brouillons oubliés : %lld.\n"), (long long)plan->contacts, (long long)plan->drafts);
	text_addf(out, _("Conservées au-delà : %lld sur ordre (litige), %lld où il reste à faire.\n"), (long long)plan->held, (long long)plan->owed);
	text_addf(out, "\n%s\n\n\n%s\n", _("Le producteur, date et signature :"), _("Visa des archives départementales, date et signature :"));
	text_done(&line);
}
