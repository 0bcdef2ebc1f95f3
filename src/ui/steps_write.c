// SPDX-License-Identifier: GPL-3.0-or-later
/* While the text of a step is written: the catalogue's texts to begin with, and the editor of whoever writes. Whatever is chosen or left, what was typed stays. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/core/template.h"
#include "guichet/report/compose.h"
#include "steps_inside.h"

enum { WORDS_MAX = 100 };

static bool is_answering(const struct ui *ui)
{
	return ui->overlay.kind == OVERLAY_WRITE && ui->stepping && ui->stepping->count == 1 && (ui->stepping->row->step == STEP_ANSWER || ui->stepping->row->step == STEP_INFORM);
}

/* --- the catalogue's texts --- */

static size_t list_words(struct ui *ui, const struct message_template **out)
{
	struct loaded l;
	if (!is_answering(ui) || store_load_id(ui->store, ui->stepping->ids[0], &l, NULL))
		return 0;
	const struct catalogue *c = store_catalogue(ui->store);
	size_t n = template_words(c, catalogue_category(c, request_text(&l.request, FIELD_CATEGORY)), out, WORDS_MAX);
	loaded_done(&l);
	return n;
}

void steps_find_words(struct ui *ui)
{
	const struct message_template *words[WORDS_MAX];
	ui->stepping->has_words = list_words(ui, words) > 0;
}

bool steps_have_words(const struct ui *ui)
{
	return is_answering(ui) && ui->stepping->has_words;
}

static void write_again(struct ui *ui)
{
	steps_ask(ui);
	step_draft_typed(ui);
}

static void left(void *context)
{
	write_again(context);
}

static void chosen(void *context, const char *code)
{
	struct ui *ui = context;
	struct stepping_screen *x = ui->stepping;
	struct composed m = { 0 };
	struct guichet_err err = { 0 };
	struct loaded l;
	struct text all = TEXT_INIT;
	struct compose_args args = { .use = TEMPLATE_WORDS, .channel = CHANNEL_PHONE, .template_code = code, .actor = &ui->options.actor };
	if (x->values[SLOT_CHANNEL])
		channel_parse(x->values[SLOT_CHANNEL], &args.channel);
	enum guichet_rc rc = store_load_id(ui->store, x->ids[0], &l, &err);
	if (rc == GUICHET_OK) {
		rc = compose_message(ui->store, &l, &args, &m, &err);
		loaded_done(&l);
	}
	if (rc) {
		ui_complain(ui, &err);
	} else {
		text_addf(&all, "%s%s%s", x->values[SLOT_TEXT], *x->values[SLOT_TEXT] ? "\n\n" : "", m.text);
		free(x->values[SLOT_TEXT]);
		x->values[SLOT_TEXT] = text_take(&all);
	}
	composed_done(&m);
	write_again(ui);
}

void steps_choose_words(struct ui *ui)
{
	const struct message_template *words[WORDS_MAX];
	struct choice_value items[WORDS_MAX];
	size_t n = list_words(ui, words);
	if (n == 0) {
		ui_say(ui, "%s", _("le catalogue n'a pas de texte type pour ce motif"));
		return;
	}
	for (size_t i = 0; i < n; i++)
		items[i] = (struct choice_value){ words[i]->code, words[i]->name, words[i]->category ? words[i]->category->name : words[i]->group ? words[i]->group->name : "" };
	free(ui->stepping->values[SLOT_TEXT]);
	ui->stepping->values[SLOT_TEXT] = guichet_strdup(field_text(&ui->overlay.field));
	step_draft_keep(ui);
	ui_choose(ui, _("Texte type"), items, n, "", chosen, ui);
	ui->overlay.left = left;
}

/* --- an editor of one's own --- */

static void written(void *of, const char *text, const struct guichet_err *why)
{
	struct ui *ui = of;
	if (!text) {
		ui_complain(ui, why);
	} else if (ui->overlay.kind == OVERLAY_WRITE) {
		field_set(&ui->overlay.field, text);
		step_draft_typed(ui);
	}
}

void steps_edit(struct ui *ui)
{
	struct guichet_err err = { 0 };
	if (ui->options.read_only || !ui->lender) {
		ui_say(ui, "%s", _("pas d'éditeur ici"));
		return;
	}
	/* It may take long, and this machine may stop. */
	step_draft_typed(ui);
	step_draft_keep(ui);
	if (ui->lender->lend(ui->lender->context, field_text(&ui->overlay.field), written, ui, &err))
		ui_complain(ui, &err);
}
