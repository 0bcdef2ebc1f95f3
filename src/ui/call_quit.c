// SPDX-License-Identifier: GPL-3.0-or-later
/* Signing out with calls begun and not recorded: each is offered, to validate, to leave to the team, or to discard with a reason. A forgotten draft is a lost
 * request. Must not know how one quits: it says whether one may, and goes on with it once all is answered. */
#include <stdlib.h>
#include <string.h>

#include "call_inside.h"
#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "ui_inside.h"

struct mine { const char *login; int64_t past; int64_t id, started_ms; char *fields; };

/* The first of mine behind those that were answered for. */
static bool find_mine(void *context, const struct draft *d)
{
	struct mine *m = context;
	if (d->id <= m->past || strcmp(d->actor, m->login) || (m->id && d->id > m->id))
		return true;
	free(m->fields);
	m->id = d->id;
	m->started_ms = d->started_ms;
	m->fields = guichet_strdup(d->fields);
	return true;
}

/* The form in which it is being typed; NULL: none is open. */
static struct call_view *typed_in(struct ui *ui, int64_t draft)
{
	for (size_t i = 0; i < ui->view_count; i++)
		if (ui->views[i]->ops == &view_call && ((struct call_view *)ui->views[i])->draft == draft)
			return (struct call_view *)ui->views[i];
	return NULL;
}

static void validate(struct ui *ui, int64_t draft)
{
	struct call_view *v = typed_in(ui, draft);
	if (v)
		ui_show(ui, &v->view);
	else
		draft_open(ui, draft);
	v = typed_in(ui, draft);
	/* The reference and the promise are to be read; or what is wrong to be mended. */
	if (v && ui_top(ui) == &v->view)
		ui_act(ui, ACTION_VALIDATE);
}

static void discarded(void *context, const char *reason)
{
	struct ui *ui = context;
	struct guichet_err err = { 0 };
	struct call_view *v = typed_in(ui, ui->quit_draft);
	if (call_discard(ui, ui->quit_draft, reason, &err)) {
		ui_complain(ui, &err);
		return;
	}
	if (v)
		call_clear(v, false);
	ui_quit(ui);
}

static void decided(void *context, const char *what)
{
	struct ui *ui = context;
	if (!strcmp(what, "validate")) {
		validate(ui, ui->quit_draft);
	} else if (!strcmp(what, "discard")) {
		call_ask_reason(ui, ui->quit_draft, discarded, ui);
	} else {
		ui->quit_past = ui->quit_draft;
		ui_quit(ui);
	}
}

static void add_field(struct text *out, const char *before, const char *fields, enum call_field f)
{
	char *text = call_draft_text(fields, call_fields[f].key);
	if (text && *text)
		text_addf(out, "%s%s", before, text);
	free(text);
}

static void ask(struct ui *ui, const struct mine *m)
{
	const struct choice_value items[] = { { "keep", _("garder"), _("reste dans les Brouillons ; l'équipe le voit après 30 minutes") },
		{ "validate", _("valider"), _("l'enregistre, ou montre ce qui y manque") }, { "discard", _("jeter"), _("avec un motif") } };
	struct text title = TEXT_INIT;
	text_add(&title, _("Non enregistré : "));
	instant_show_short(&title, m->started_ms);
	add_field(&title, ", ", m->fields, CALL_NAME);
	add_field(&title, ", ", m->fields, CALL_PHONE);
	add_field(&title, ", ", m->fields, CALL_SUBJECT);
	ui->quit_draft = m->id;
	ui_choose(ui, text_str(&title), items, sizeof items / sizeof *items, "", decided, ui);
	text_done(&title);
}

bool call_may_quit(struct ui *ui)
{
	struct mine m = { .login = ui_actor(ui)->login, .past = ui->quit_past };
	if (ui_read_only(ui))
		return true;
	for (size_t i = 0; i < ui->view_count; i++)
		call_save(ui->views[i]);
	/* A store that does not answer is told of by who asked it to keep something. */
	store_list_drafts(ui_store(ui), find_mine, &m, NULL);
	if (m.id)
		ask(ui, &m);
	free(m.fields);
	return m.id == 0;
}
