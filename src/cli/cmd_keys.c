// SPDX-License-Identifier: GPL-3.0-or-later
/* guichet keys: which key does what on which screen, as this configuration has it; and the same table for the manual. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

enum { KEYS_COLUMNS = 22, EVERYWHERE = (1u << VIEW_KIND_COUNT) - 1 };

static void describe_action(const struct keymap *m, enum action a, void (*visit)(void *context, const struct keys_row *row), void *context)
{
	struct text keys = TEXT_INIT, command = TEXT_INIT;
	const char *argument = action_argument(a);
	keymap_describe(m, a, &keys);
	text_addf(&command, "%s%s%s", action_command(a), *argument ? " " : "", argument);
	visit(context, &(struct keys_row){ a, text_str(&keys), text_str(&command), _(action_info(a)->help) });
	text_done(&keys);
	text_done(&command);
}

void keys_visit(const struct keymap *m, int view, void (*visit)(void *context, const struct keys_row *row), void *context)
{
	for (int a = 0; a < ACTION_COUNT; a++) {
		unsigned where = action_info((enum action)a)->where;
		if (view == KEYS_EVERYWHERE ? where == EVERYWHERE : where != EVERYWHERE && (where & (1u << view)))
			describe_action(m, (enum action)a, visit, context);
	}
	for (size_t i = 0; i < fixed_keys_count; i++) {
		struct text keys = TEXT_INIT;
		if (view == KEYS_EVERYWHERE || !(fixed_keys[i].where & (1u << view)))
			continue;
		keymap_describe_list(fixed_keys[i].keys, &keys);
		visit(context, &(struct keys_row){ ACTION_NONE, text_str(&keys), "", _(fixed_keys[i].help) });
		text_done(&keys);
	}
}

/* --- as people read it --- */

static void print_keys_row(void *context, const struct keys_row *row)
{
	struct cli *cli = context;
	struct text left = TEXT_INIT, right = TEXT_INIT;
	text_addf(&left, "  %s", row->keys);
	text_addf(&right, "%s%s%s%s", row->help, *row->command ? "  (:" : "", row->command, *row->command ? ")" : "");
	if (utf8_width(text_str(&left)) >= KEYS_COLUMNS) {
		print_line(cli, "%s", text_str(&left));
		text_clear(&left);
	}
	print_wrapped(cli, text_str(&left), KEYS_COLUMNS, text_str(&right));
	text_done(&left);
	text_done(&right);
}

static void print_screen(struct cli *cli, const struct keymap *m, int view)
{
	if (view == KEYS_EVERYWHERE)
		print_line(cli, "%s", _("Sur tous les écrans"));
	else
		print_line(cli, "\n%s (%s)", view_kind_label((enum view_kind)view), view_kind_name((enum view_kind)view));
	keys_visit(m, view, print_keys_row, cli);
}

/* --- as programs read it --- */

struct json_rows { struct cli *cli; const struct keymap *map; const char *screen; };

static void print_json_row(void *context, const struct keys_row *row)
{
	struct json_rows *j = context;
	json_t *keys = json_array();
	struct text one = TEXT_INIT;
	struct key k;
	if (row->action == ACTION_NONE) {
		json_decref(keys);
		return;
	}
	for (size_t n = 0; keymap_key(j->map, row->action, n, &k); n++) {
		text_clear(&one);
		key_describe(&one, &k);
		json_array_append_new(keys, json_string(text_str(&one)));
	}
	const struct action_info *info = action_info(row->action);
	print_json(j->cli, json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:b}", "screen", j->screen, "action", info->name, "french", info->french, "keys", keys, "label",
		*info->label ? _(info->label) : "", "help", row->help, "rebound", (int)j->map->rebound[row->action]));
	text_done(&one);
}

static bool is_screen(const char *asked, enum view_kind kind)
{
	return !utf8_compare_folded(asked, view_kind_name(kind)) || !utf8_compare_folded(asked, view_kind_label(kind));
}

static enum guichet_rc find_screen(const char *asked, int *view, struct guichet_err *err)
{
	struct text names = TEXT_INIT;
	for (*view = 0; *view < VIEW_KIND_COUNT; ++*view) {
		if (is_screen(asked, (enum view_kind)*view))
			break;
		text_addf(&names, "%s%s", *view ? ", " : "", view_kind_name((enum view_kind)*view));
	}
	enum guichet_rc rc = *view < VIEW_KIND_COUNT ? GUICHET_OK
		: guichet_err_set(err, GUICHET_USAGE, _("écran « %s » inconnu : attendu %s"), asked, text_str(&names));
	text_done(&names);
	return rc;
}

enum guichet_rc cmd_keys(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct keymap map;
	struct problems refused = { 0 };
	int only = KEYS_EVERYWHERE;
	enum guichet_rc rc = a->word_count ? find_screen(a->words[0], &only, err) : GUICHET_OK;
	if (rc)
		return rc;
	config_keymap(&cli->config.screen, &map, &refused);
	for (int view = KEYS_EVERYWHERE; view < VIEW_KIND_COUNT; view++) {
		if (view != KEYS_EVERYWHERE && only != KEYS_EVERYWHERE && view != only)
			continue;
		struct json_rows j = { cli, &map, view == KEYS_EVERYWHERE ? "all" : view_kind_name((enum view_kind)view) };
		if (cli->json)
			keys_visit(&map, view, print_json_row, &j);
		else
			print_screen(cli, &map, view);
	}
	for (size_t i = 0; i + 1 < refused.count; i++)
		fprintf(stderr, "guichet: %s:%d: %s\n", refused.items[i].file, refused.items[i].line, refused.items[i].message);
	if (refused.count) {
		const struct problem *last = &refused.items[refused.count - 1];
		rc = guichet_err_set(err, GUICHET_CONFIG, "%s:%d: %s", last->file, last->line, last->message);
	}
	problems_done(&refused);
	return rc;
}
