// SPDX-License-Identifier: GPL-3.0-or-later
/* The letters of one request: what was printed comes out again as it was, an acknowledgement that was told is noted. What is still to be printed is Courriers du jour's. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/attachment.h"
#include "guichet/report/history.h"
#include "guichet/report/mailroom.h"
#include "ui_inside.h"

enum { ITEMS_MAX = 40 };

char *paper_path(const char *typed)
{
	struct text path = TEXT_INIT;
	attachment_path(&path, typed, getenv("HOME"));
	text_add(&path, "");
	return text_take(&path);
}

const char *paper_printer(const char *typed)
{
	const char *name = typed + strspn(typed, " ");
	if (strcmp(name, "lp") != 0 && strncmp(name, "lp ", 3) != 0)
		return NULL;
	name += 2 + strspn(name + 2, " ");
	return *name ? name : "-";
}

/* --- one that was printed, again --- */

static void where_given(void *context, const char *typed)
{
	struct ui *ui = context;
	struct mailroom m;
	struct guichet_err err = { 0 };
	const char *printer = paper_printer(typed);
	char *path = printer ? NULL : paper_path(typed);
	enum guichet_rc rc = mailroom_printed(ui->store, ui->paper.row_id, 0, 0, &m, &err);
	if (rc == GUICHET_OK && ui->paper.which < m.count && !m.list[ui->paper.which].problem)
		rc = printer ? letter_pdf_print(&m.list[ui->paper.which].pdf, printer, &err) : letter_pdf_save(&m.list[ui->paper.which].pdf, path, &err);
	else if (rc == GUICHET_OK)
		rc = guichet_err_set(&err, GUICHET_NOT_FOUND, "%s", ui->paper.which < m.count ? m.list[ui->paper.which].problem : _("cette lettre n'a pas été gardée"));
	if (rc)
		ui_complain(ui, &err);
	else if (printer)
		ui_say(ui, "%s", _("lettre à l'imprimante, telle qu'elle est partie"));
	else
		ui_say(ui, _("lettre dans %s, telle qu'elle est partie"), path);
	mailroom_done(&m);
	free(path);
}

static void print_again(struct ui *ui, size_t which)
{
	struct loaded l;
	struct text proposed = TEXT_INIT;
	if (store_load_id(ui->store, ui->paper.row_id, &l, NULL))
		return;
	text_addf(&proposed, "courrier-%lld.pdf", (long long)l.request.reference);
	loaded_done(&l);
	ui->paper.which = which;
	ui_ask(ui, _("Imprimer dans le fichier (lp : à l'imprimante)"), text_str(&proposed), where_given, ui);
	text_done(&proposed);
}

/* --- what there is to do --- */

static void told(struct ui *ui, enum channel channel)
{
	struct guichet_err err = { 0 };
	struct loaded l;
	enum guichet_rc rc = store_load_id(ui->store, ui->paper.row_id, &l, &err);
	if (rc == GUICHET_OK) {
		rc = desk_acknowledge(ui->store, &ui->options.actor, l.request.reference, channel, 0, &err);
		loaded_done(&l);
	}
	if (rc)
		ui_complain(ui, &err);
	else
		ui_say(ui, _("accusé de réception noté, %s"), channel_label(channel));
	ui_refresh(ui);
}

static void chosen(void *context, const char *value)
{
	struct ui *ui = context;
	enum channel channel;
	if (channel_parse(value, &channel))
		told(ui, channel);
	else
		print_again(ui, strtoul(value, NULL, 10));
}

void paper_choose(struct ui *ui, int64_t row_id)
{
	struct choice_value items[ITEMS_MAX + 2];
	char numbers[ITEMS_MAX][24];
	struct mailroom m;
	struct loaded l;
	struct guichet_err err = { 0 };
	size_t n = 0;
	if (store_load_id(ui->store, row_id, &l, &err) || mailroom_printed(ui->store, row_id, 0, 0, &m, &err)) {
		ui_complain(ui, &err);
		return;
	}
	ui->paper.row_id = row_id;
	for (size_t i = m.count; i-- > 0 && n < ITEMS_MAX; n++) {
		snprintf(numbers[n], sizeof numbers[n], "%zu", i);
		items[n] = (struct choice_value){ numbers[n], purpose_label(m.list[i].purpose), m.list[i].problem ? m.list[i].problem : _("imprimée : la revoir telle quelle") };
	}
	if (l.request.acknowledged_ms == NO_INSTANT) {
		items[n++] = (struct choice_value){ channel_code(CHANNEL_PHONE), _("accusé de réception dit au téléphone"), _("aucun écrit ne partira") };
		items[n++] = (struct choice_value){ channel_code(CHANNEL_DESK), _("accusé de réception dit à l'accueil"), _("aucun écrit ne partira") };
	}
	if (n == 0)
		ui_say(ui, "%s", _("aucune lettre imprimée pour cette demande (J : ce qui est à imprimer)"));
	else
		ui_choose(ui, _("Lettres de cette demande"), items, n, "", chosen, ui);
	mailroom_done(&m);
	loaded_done(&l);
}
