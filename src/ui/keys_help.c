// SPDX-License-Identifier: GPL-3.0-or-later
/* The keys of a screen in a list that narrows as one types, from the table of actions; Enter does what is chosen. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "ui_inside.h"

enum { LINES_MAX = ACTION_COUNT + 32, KEYS_COLS = 17 };

struct help { struct choice_value items[LINES_MAX]; char *texts[LINES_MAX][2]; size_t count; };

static void add(struct help *h, const char *value, struct text *label, struct text *detail)
{
	char **texts = h->texts[h->count];
	texts[0] = guichet_strdup(text_str(label));
	texts[1] = guichet_strdup(text_str(detail));
	h->items[h->count++] = (struct choice_value){ value, texts[0], texts[1] };
	text_clear(label);
	text_clear(detail);
}

/* Keys in a column of their own, as far as they fit there. */
static void pad(struct text *label)
{
	do
		text_addc(label, ' ');
	while (utf8_width(text_str(label)) < KEYS_COLS);
}

static void add_fixed(struct help *h, const struct fixed_keys *f)
{
	struct text label = TEXT_INIT, detail = TEXT_INIT;
	keymap_describe_list(f->keys, &label);
	pad(&label);
	text_add(&label, _(f->help));
	add(h, "", &label, &detail);
	text_done(&label);
	text_done(&detail);
}

static void chosen(void *context, const char *name)
{
	enum action a = action_of_name(name);
	if (a != ACTION_NONE)
		ui_act(context, a);
}

void keys_help(struct ui *ui)
{
	struct help h = { .count = 0 };
	struct view *v = ui_top(ui);
	struct text label = TEXT_INIT, detail = TEXT_INIT;
	for (int a = 0; v && a < ACTION_COUNT; a++) {
		const struct action_info *info = action_info((enum action)a);
		if (!(info->where & (1u << v->ops->kind)))
			continue;
		keymap_describe(&ui->keymap, (enum action)a, &label);
		pad(&label);
		text_add(&label, _(info->help));
		text_addf(&detail, ":%s", action_command((enum action)a));
		add(&h, info->name, &label, &detail);
	}
	for (size_t i = 0; v && i < fixed_keys_count && h.count < LINES_MAX; i++)
		if (fixed_keys[i].where & (1u << v->ops->kind))
			add_fixed(&h, &fixed_keys[i]);
	ui_choose(ui, _("Touches de cet écran (tapez pour chercher, Entrée fait)"), h.items, h.count, "", chosen, ui);
	for (size_t i = 0; i < h.count; i++) {
		free(h.texts[i][0]);
		free(h.texts[i][1]);
	}
	text_done(&label);
	text_done(&detail);
}
