// SPDX-License-Identifier: GPL-3.0-or-later
/* Figures to take away: one key asks for a file name, and what the screen shows is written there as CSV. */
#include <stdlib.h>
#include <string.h>

#include "figures_table.h"
#include "guichet/base/i18n.h"

static void name_given(void *context, const char *answer)
{
	struct figures_export *e = context;
	struct sheet sheet = {0};
	struct guichet_err err = {0};
	char *path = guichet_strdup(answer + strspn(answer, " "));
	size_t n = strlen(path);
	while (n > 0 && path[n - 1] == ' ')
		path[--n] = '\0';
	if (n == 0) {
		ui_say(e->ui, "%s", _("rien n'est écrit : aucun nom de fichier"));
		goto out;
	}
	e->fill(e->context, &sheet);
	if (sheet_save(&sheet, path, &err)) {
		ui_complain(e->ui, &err);
		/* The name can be mended. */
		ui_ask(e->ui, _("Fichier"), path, name_given, e);
	} else {
		char *whole = realpath(path, NULL);
		ui_say(e->ui, _("chiffres écrits dans %s"), whole ? whole : path);
		free(whole);
	}
out:
	sheet_done(&sheet);
	free(path);
}

void figures_export_ask(struct figures_export *e, struct ui *ui, const char *name,
	void (*fill)(void *context, struct sheet *out), void *context)
{
	struct civil c = paris_civil(ui_now(ui));
	struct text proposed = TEXT_INIT;
	*e = (struct figures_export){ui, fill, context};
	text_addf(&proposed, "%s-%04d-%02d-%02d.csv", name, c.year, c.month, c.day);
	ui_ask(ui, _("Fichier"), text_str(&proposed), name_given, e);
	text_done(&proposed);
}
