// SPDX-License-Identifier: GPL-3.0-or-later
/* Asking the server for what this desk does not hold: nothing here waits; what was asked is answered in a turn of the loop. */
#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "ui_inside.h"

bool look_is_partial(struct ui *ui)
{
	/* Asked at each key: what the status bar knows is fresh enough. */
	if (!ui->options.server || !ui->options.server->look || ui->options.read_only)
		return false;
	if (!ui->replica_ms)
		replica_state(ui->store, &ui->replica, NULL);
	return ui->replica.partial;
}

bool look_may(struct ui *ui)
{
	return ui->options.server && ui->options.server->look && !ui->options.read_only && ui->connection != CONNECTION_OFFLINE;
}

static const char *in_whose_name(const struct ui *ui)
{
	return ui->options.actor.login ? ui->options.actor.login : "";
}

/* --- a search --- */

uint32_t look_find(struct ui *ui, const char *typed)
{
	ui->look.find = ui->options.server->find(ui->options.server->context, typed, in_whose_name(ui));
	return ui->look.find;
}

enum ui_look look_found(struct ui *ui, uint32_t ticket, request_visitor *visit, void *context, struct ui_rows *told, struct guichet_err *err)
{
	const struct ui_server *s = ui->options.server;
	*told = (struct ui_rows){ 0 };
	enum ui_look state = s->looked(s->context, ticket, err);
	if (state == UI_LOOK_HERE && !s->rows(s->context, ticket, visit, context, told))
		return UI_LOOK_GONE;
	return state;
}

/* --- one request --- */

bool look_up(struct ui *ui, int64_t reference)
{
	char shown[REFERENCE_SHOWN];
	if (!look_is_partial(ui))
		return false;
	if (!look_may(ui)) {
		ui_say(ui, "%s", _("historique partiel : hors ligne, cette demande n'est pas sur ce poste"));
		return true;
	}
	reference_show(reference, shown);
	ui->look.reference = reference;
	ui->look.from = ui_top(ui);
	ui->look.ticket = ui->options.server->look(ui->options.server->context, reference, in_whose_name(ui));
	ui_say(ui, _("%s : demandée au serveur…"), shown);
	return true;
}

/* Whoever has gone on to something else meanwhile is not torn away from it. */
static void show_found(struct ui *ui)
{
	int64_t row;
	char shown[REFERENCE_SHOWN];
	reference_show(ui->look.reference, shown);
	if (!store_find_reference(ui->store, ui->look.reference, &row, 1) || ui->gate.closed)
		return;
	if (ui_top(ui) != ui->look.from || ui->overlay.kind != OVERLAY_NONE) {
		ui_say(ui, _("%s est arrivée du serveur : F3 la trouve"), shown);
		return;
	}
	ui_open(ui, &view_request, &(struct view_target){ .channel = -1, .row_id = row });
	ui_say(ui, "%s", _("du serveur : cette demande ancienne n'est sur ce poste que pour un moment"));
}

static bool request_turn(struct ui *ui)
{
	struct guichet_err err = { 0 };
	if (!ui->look.ticket)
		return false;
	enum ui_look state = ui->options.server->looked(ui->options.server->context, ui->look.ticket, &err);
	if (state == UI_LOOK_BUSY)
		return false;
	ui->look.ticket = 0;
	if (state == UI_LOOK_HERE)
		show_found(ui);
	else if (state == UI_LOOK_FAILED)
		ui_complain(ui, &err);
	return true;
}

bool look_turn(struct ui *ui)
{
	bool changed = request_turn(ui);
	for (size_t i = 0; i < ui->view_count; i++)
		if (ui->views[i]->ops->answered && ui->views[i]->ops->answered(ui->views[i]))
			changed = true;
	/* Answered, whether somebody still looks at it or not. */
	if (ui->look.find && ui->options.server->looked(ui->options.server->context, ui->look.find, NULL) != UI_LOOK_BUSY)
		ui->look.find = 0;
	return changed;
}

bool look_is_busy(const struct ui *ui)
{
	return ui->look.ticket || ui->look.find;
}
