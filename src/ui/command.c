// SPDX-License-Identifier: GPL-3.0-or-later
/* The `:` line: actions by name, with what they are about ("ouvrir 31 40 03 21 06", "transmettre voirie"); Tab completes, Up and Down bring back what was typed
 * before. What is remembered stays in memory, and holds names of commands, references and services, never what was typed about people. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "ui_inside.h"

enum { NAME_MAX_BYTES = 40, DIGITS_MIN = 4, REFERENCE_DIGITS = 10 };

/* Names that the command line has for what a screen calls otherwise. */
static const struct { const char *name; enum action action; } others[] = {
	{ "show", ACTION_OPEN }, { "montrer", ACTION_OPEN }, { "rechercher", ACTION_SEARCH }, { "rappeler", ACTION_CALLBACK }, { "resume", ACTION_WAIT },
	{ "reprendre", ACTION_WAIT }, { "log", ACTION_CALL }, { "enregistrer", ACTION_CALL },
};

static enum action find(const char *name)
{
	enum action a = action_of_name(name);
	for (size_t i = 0; a == ACTION_NONE && i < sizeof others / sizeof *others; i++)
		if (!strcmp(others[i].name, name))
			a = others[i].action;
	return a;
}

static bool works_here(struct ui *ui, enum action a)
{
	return (action_info(a)->where & (1u << ui_top(ui)->ops->kind)) != 0;
}

/* --- doing it --- */

/* The digits that a line begins with, when there are enough of them to be a reference. What follows them is *rest. */
static bool leading_reference(const char *text, char digits[REFERENCE_DIGITS + 1], const char **rest)
{
	size_t n = 0;
	const char *p = text;
	for (; n < REFERENCE_DIGITS && ((*p >= '0' && *p <= '9') || (n && strchr(" .-", *p) && *p)); p++)
		if (*p != ' ' && *p != '.' && *p != '-')
			digits[n++] = *p;
	digits[n] = '\0';
	if (n < REFERENCE_DIGITS || (*p && *p != ' '))
		return false;
	*rest = p + strspn(p, " ");
	return true;
}

/* False with the reason said. */
static bool find_row(struct ui *ui, const char *digits, int64_t *row)
{
	struct guichet_err err = { 0 };
	int64_t reference, rows[2];
	if (reference_parse(digits, &reference, &err)) {
		ui_complain(ui, &err);
		return false;
	}
	size_t n = store_find_reference(ui->store, reference, rows, 2);
	if (n == 1) {
		*row = rows[0];
		return true;
	}
	if (n == 0 && look_up(ui, reference))
		return false;
	if (n == 0)
		ui_say(ui, "%s", _("aucune demande ne porte ce numéro : F3 cherche par nom, téléphone ou rue"));
	else
		ui_open(ui, &view_search, &(struct view_target){ .channel = -1, .text = digits });
	return false;
}

static void about_reference(struct ui *ui, enum action a, const char *rest)
{
	char digits[REFERENCE_DIGITS + 1];
	const char *after;
	int64_t row;
	if (!leading_reference(rest, digits, &after) || *after) {
		/* A part of a number, a name: it is looked for. */
		ui_open(ui, &view_search, &(struct view_target){ .channel = -1, .text = rest });
		return;
	}
	if (!find_row(ui, digits, &row))
		return;
	ui_open(ui, &view_request, &(struct view_target){ .channel = -1, .row_id = row });
	if (a != ACTION_OPEN && ui_top(ui)->ops->kind == VIEW_REQUEST)
		ui_act(ui, a);
}

static void about_step(struct ui *ui, enum action a, const char *rest)
{
	char digits[REFERENCE_DIGITS + 1];
	const char *given = rest;
	int64_t rows[STEP_ROWS_MAX];
	struct view *v = ui_top(ui);
	size_t n = 0;
	if (leading_reference(rest, digits, &given)) {
		if (!find_row(ui, digits, &rows[0]))
			return;
		n = 1;
	} else {
		n = v->ops->marked ? v->ops->marked(v, rows, STEP_ROWS_MAX) : 0;
		if (n == 0 && v->ops->selected && (rows[0] = v->ops->selected(v)) != 0)
			n = 1;
	}
	if (n)
		ui_step_given(ui, a, rows, n, given);
	else
		ui_say(ui, _("sur quelle demande ? « :%s » suivi de son numéro"), action_command(a));
}

static void about_service(struct ui *ui, enum action a, const char *rest)
{
	const struct service *s = catalogue_service(store_catalogue(ui->store), rest);
	const struct view_ops *ops = a == ACTION_SLA ? &view_sla : a == ACTION_PROMISES ? &view_promises : a == ACTION_DEADLINES ? &view_deadlines : &view_queue;
	struct view *before = ui_top(ui);
	if (!s) {
		ui_say(ui, _("service « %s » inconnu : Tab les propose"), rest);
		return;
	}
	if (a == ACTION_SERVICE && (before->ops == &view_sla || before->ops == &view_promises || before->ops == &view_deadlines))
		ops = before->ops;
	ui_open(ui, ops, &(struct view_target){ .channel = -1, .service = s->code });
	/* It takes the place of the same screen about another service. */
	if (ui_top(ui) != before && before->ops == ops) {
		before->ops->close(before);
		ui->views[ui->view_count - 2] = ui->views[ui->view_count - 1];
		ui->view_count--;
	}
}

static void do_with(struct ui *ui, enum action a, const char *rest)
{
	switch (action_info(a)->argument) {
	case ARGUMENT_REFERENCE:
		about_reference(ui, a, rest);
		break;
	case ARGUMENT_STEP:
		about_step(ui, a, rest);
		break;
	case ARGUMENT_SERVICE:
		about_service(ui, a, rest);
		break;
	case ARGUMENT_TEXT:
		ui_open(ui, a == ACTION_CALL ? &view_call : &view_search, &(struct view_target){ .channel = -1, .text = rest });
		break;
	default:
		ui_say(ui, _("« %s » ne prend rien après son nom"), action_command(a));
	}
}

/* The name at the start of a line; what follows it. */
static enum action read_name(const char *line, char name[NAME_MAX_BYTES], const char **rest)
{
	struct text folded = TEXT_INIT;
	line += strspn(line, " :");
	size_t n = strcspn(line, " ");
	snprintf(name, NAME_MAX_BYTES, "%.*s", (int)n, line);
	*rest = line + n + strspn(line + n, " ");
	utf8_fold(&folded, name);
	enum action a = find(text_str(&folded));
	text_done(&folded);
	return a;
}

void ui_command(struct ui *ui, const char *line)
{
	char name[NAME_MAX_BYTES];
	const char *rest;
	enum action a = read_name(line, name, &rest);
	if (!*name)
		return;
	if (a == ACTION_NONE)
		ui_say(ui, _("« %s » : commande inconnue (F1 montre celles de cet écran, Tab les complète)"), name);
	else if (*rest && ui_may(ui, a))
		do_with(ui, a, rest);
	else if (!*rest && works_here(ui, a))
		ui_act(ui, a);
	else if (!*rest)
		ui_say(ui, action_info(a)->argument == ARGUMENT_NONE ? _("« %s » ne sert pas sur cet écran") : _("« %s » : dites sur quoi, Tab le propose"), name);
}

/* --- history --- */

static void remember(struct ui *ui, const char *line)
{
	struct command_line *c = &ui->command;
	char name[NAME_MAX_BYTES], digits[REFERENCE_DIGITS + 1];
	const char *rest, *after;
	struct text kept = TEXT_INIT;
	enum action a = read_name(line, name, &rest);
	if (a == ACTION_NONE)
		return;
	text_add(&kept, name);
	if (leading_reference(rest, digits, &after))
		text_addf(&kept, " %s", digits);
	else if (action_info(a)->argument == ARGUMENT_SERVICE && catalogue_service(store_catalogue(ui->store), rest))
		text_addf(&kept, " %s", rest);
	if (c->history_count && !strcmp(c->history[c->history_count - 1], text_str(&kept))) {
		text_done(&kept);
		return;
	}
	if (c->history_count == HISTORY_MAX) {
		free(c->history[0]);
		memmove(c->history, c->history + 1, (HISTORY_MAX - 1) * sizeof *c->history);
		c->history_count--;
	}
	c->history[c->history_count++] = text_take(&kept);
}

static void recall(struct ui *ui, int by)
{
	struct command_line *c = &ui->command;
	struct field *f = &ui->overlay.field;
	if ((by < 0 && c->at == 0) || (by > 0 && c->at == c->history_count))
		return;
	if (c->at == c->history_count) {
		free(c->typed);
		c->typed = guichet_strdup(field_text(f));
	}
	c->at = by < 0 ? c->at - 1 : c->at + 1;
	field_replace(f, c->at == c->history_count ? c->typed : c->history[c->at]);
}

/* --- completion --- */

static void forget_offers(struct command_line *c)
{
	for (size_t i = 0; i < c->offer_count; i++)
		free(c->offers[i]);
	free(c->offers);
	c->offers = NULL;
	c->offer_count = c->offer_capacity = c->offer = 0;
}

static void offer(struct command_line *c, const char *candidate, const char *prefix)
{
	if (strncmp(candidate, prefix, strlen(prefix)))
		return;
	for (size_t i = 0; i < c->offer_count; i++)
		if (!strcmp(c->offers[i], candidate))
			return;
	GUICHET_GROW(c->offers, c->offer_count, c->offer_capacity);
	c->offers[c->offer_count++] = guichet_strdup(candidate);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in the language of messages; the other language's when none of those fits. */
static void offer_names(struct ui *ui, const char *prefix)
{
	struct command_line *c = &ui->command;
	for (int other = 0; other < 2 && c->offer_count == 0; other++)
		for (int a = 0; a < ACTION_COUNT; a++) {
			const struct action_info *info = action_info((enum action)a);
			if (a != ACTION_COMMAND && a != ACTION_LETTER && (works_here(ui, (enum action)a) || info->argument != ARGUMENT_NONE))
				offer(c, (i18n_is_french() != 0) == (other == 0) ? info->french : info->name, prefix);
		}
	if (c->offer_count)
		qsort(c->offers, c->offer_count, sizeof *c->offers, by_name);
}

/* The request that the cursor is on. */
static void offer_reference(struct ui *ui, const char *prefix)
{
	struct view *v = ui_top(ui);
	int64_t row = v->ops->selected ? v->ops->selected(v) : 0;
	struct loaded l;
	char digits[24];
	if (!row || store_load_id(ui->store, row, &l, NULL))
		return;
	snprintf(digits, sizeof digits, "%lld", (long long)l.request.reference);
	offer(&ui->command, digits, prefix);
	loaded_done(&l);
}

static void offer_services(struct ui *ui, const char *prefix)
{
	const struct catalogue *c = store_catalogue(ui->store);
	for (size_t i = 0; i < c->service_count; i++)
		offer(&ui->command, c->services[i]->code, prefix);
}

static void offer_arguments(struct ui *ui, enum action a, const char *prefix)
{
	switch (action_info(a)->argument) {
	case ARGUMENT_SERVICE:
		offer_services(ui, prefix);
		break;
	case ARGUMENT_STEP:
		if (a == ACTION_ROUTE)
			offer_services(ui, prefix);
		offer_reference(ui, prefix);
		break;
	case ARGUMENT_REFERENCE:
		offer_reference(ui, prefix);
		break;
	default:
		break;
	}
}

static size_t common_bytes(const struct command_line *c)
{
	size_t n = strlen(c->offers[0]);
	for (size_t i = 1; i < c->offer_count; i++)
		for (size_t k = 0; k < n; k++)
			if (c->offers[i][k] != c->offers[0][k])
				n = k;
	return n;
}

/* The word that is completed becomes these bytes. */
static void put_word(struct ui *ui, const char *bytes, size_t count, bool whole)
{
	struct command_line *c = &ui->command;
	struct text line = TEXT_INIT;
	text_addn(&line, field_text(&ui->overlay.field), c->word);
	text_addn(&line, bytes, count);
	if (whole)
		text_addc(&line, ' ');
	field_replace(&ui->overlay.field, text_str(&line));
	c->version = ui->overlay.field.version;
	text_done(&line);
}

static void make_offers(struct ui *ui)
{
	struct command_line *c = &ui->command;
	const char *line = field_text(&ui->overlay.field), *last = strrchr(line, ' '), *rest;
	char name[NAME_MAX_BYTES];
	struct text prefix = TEXT_INIT;
	forget_offers(c);
	c->word = last ? (size_t)(last - line) + 1 : strspn(line, ":");
	utf8_fold(&prefix, line + c->word);
	if (line[strcspn(line, " ")] == '\0') {
		offer_names(ui, text_str(&prefix));
	} else {
		enum action a = read_name(line, name, &rest);
		if (a != ACTION_NONE)
			offer_arguments(ui, a, text_str(&prefix));
	}
	c->offer = c->offer_count;
	text_done(&prefix);
}

/* First as far as all that fit agree; then one after the other. */
static void complete(struct ui *ui, int by)
{
	struct command_line *c = &ui->command;
	if (c->offer_count > 1 && c->version == ui->overlay.field.version) {
		c->offer = c->offer == c->offer_count ? (by > 0 ? 0 : c->offer_count - 1) : (c->offer + c->offer_count + (size_t)by) % c->offer_count;
		put_word(ui, c->offers[c->offer], strlen(c->offers[c->offer]), false);
		return;
	}
	make_offers(ui);
	if (c->offer_count == 1) {
		put_word(ui, c->offers[0], strlen(c->offers[0]), true);
		forget_offers(c);
	} else if (c->offer_count) {
		put_word(ui, c->offers[0], common_bytes(c), false);
	}
}

/* --- the line --- */

void command_open(struct ui *ui)
{
	forget_offers(&ui->command);
	ui->command.at = ui->command.history_count;
	overlay_command(ui);
}

void command_key(struct ui *ui, const struct key *k)
{
	switch (k->code) {
	case KEYCODE_TAB:
	case KEYCODE_BACKTAB:
		complete(ui, k->code == KEYCODE_TAB ? 1 : -1);
		break;
	case KEYCODE_UP:
	case KEYCODE_DOWN:
		recall(ui, k->code == KEYCODE_UP ? -1 : 1);
		break;
	default:
		field_key(&ui->overlay.field, k);
	}
	if (ui->command.version != ui->overlay.field.version)
		forget_offers(&ui->command);
}

void command_enter(struct ui *ui, const char *line)
{
	forget_offers(&ui->command);
	remember(ui, line);
	ui_command(ui, line);
}

/* What Tab offers stands above the line, from the one that is in it on. */
void command_draw(struct ui *ui, struct grid *g)
{
	const struct command_line *c = &ui->command;
	int row = g->rows - 4, col = 1;
	size_t first = c->offer < c->offer_count ? c->offer : 0;
	if (!c->offer_count)
		return;
	grid_clear(g, (struct rect){ row, 0, 1, g->cols }, STYLE_NORMAL);
	for (size_t i = 0; i < c->offer_count && col < g->cols - 2; i++) {
		size_t at = (first + i) % c->offer_count;
		int width = grid_width(g, c->offers[at]);
		if (col + width > g->cols - 2) {
			grid_text(g, row, col, g->cols - col, g->ascii ? "..." : "…", STYLE_DIM, false);
			break;
		}
		col += grid_text(g, row, col, width, c->offers[at], at == c->offer ? STYLE_SELECTION : STYLE_NORMAL, false) + 2;
	}
}

void command_forget(struct ui *ui)
{
	struct command_line *c = &ui->command;
	forget_offers(c);
	for (size_t i = 0; i < c->history_count; i++)
		free(c->history[i]);
	free(c->typed);
	memset(c, 0, sizeof *c);
}
