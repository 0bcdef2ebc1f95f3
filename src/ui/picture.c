// SPDX-License-Identifier: GPL-3.0-or-later
/* One screen as text, drawn by the views that a terminal shows, with no terminal. */
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/reference.h"
#include "guichet/ui/app.h"
#include "ui_inside.h"

static bool is_request(const char *name)
{
	return !strcmp(name, "request") || !strcmp(name, "fiche");
}

/* Before anything is opened: what can't be meant. */
static enum guichet_rc find_screen(const struct picture *p, const struct view_ops **ops, int64_t *reference, struct guichet_err *err)
{
	struct text names = TEXT_INIT;
	enum action a = action_of_name(p->screen);
	*ops = is_request(p->screen) ? &view_request : a == ACTION_NONE ? NULL : action_opens(a);
	*reference = 0;
	if (*ops == &view_request) {
		if (p->argument)
			return reference_parse(p->argument, reference, err);
		return guichet_err_set(err, GUICHET_USAGE, _("« %s » demande le numéro d'une demande"), p->screen);
	}
	if (p->argument && *ops && *ops != &view_search)
		return guichet_err_set(err, GUICHET_USAGE, _("« %s » de trop : l'écran « %s » s'ouvre sans rien"), p->argument, p->screen);
	for (int i = 0; i < ACTION_COUNT; i++)
		if (action_opens((enum action)i))
			text_addf(&names, "%s, ", action_info((enum action)i)->french);
	if (!*ops)
		guichet_err_set(err, GUICHET_USAGE, _("aucun écran ne s'appelle « %s » : %sfiche RÉF"), p->screen, text_str(&names));
	text_done(&names);
	return *ops ? GUICHET_OK : GUICHET_USAGE;
}

enum guichet_rc app_picture(struct store *s, const struct ui_options *o, const struct picture *p, struct text *out, struct guichet_err *err)
{
	const struct view_ops *ops;
	struct view_target target = { .channel = -1, .text = p->argument ? p->argument : "" };
	enum guichet_rc rc = find_screen(p, &ops, &target.reference, err);
	if (rc == GUICHET_OK && target.reference && !store_find_reference(s, target.reference, &target.row_id, 1))
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("aucune demande ne porte le numéro %s"), p->argument);
	if (rc)
		return rc;
	struct ui *ui = ui_new(s, o);
	struct grid g;
	ui_open(ui, ops, &target);
	if (ui_top(ui)) {
		grid_init(&g, p->rows, p->cols);
		g.ascii = !i18n_is_utf8();
		ui_draw(ui, &g);
		grid_dump(&g, out, false);
		text_addc(out, '\n');
		grid_done(&g);
	} else {
		rc = guichet_err_set(err, GUICHET_NO_PERM, "%s", text_str(&ui->message.text));
	}
	ui_free(&ui);
	return rc;
}
