// SPDX-License-Identifier: GPL-3.0-or-later
/* Bare guichet: the application on a terminal; where there is none, or a line mode is wanted, the shell. And one screen printed as text. */
#include "cli.h"
#include "sync_background.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/ui/app.h"

enum { PICTURE_ROWS = 24, PICTURE_COLS = 80 };

static bool wants_lines(const struct cli *cli)
{
	const char *accessible = getenv("ACCESSIBLE"), *term = getenv("TERM");
	return cli->globals.values[OPT_LINE] || (accessible && *accessible && strcmp(accessible, "0")) || !isatty(STDIN_FILENO) ||
		!isatty(STDOUT_FILENO) || !term || !*term || !strcmp(term, "dumb");
}

enum guichet_rc cmd_screens(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	if (wants_lines(cli))
		return cmd_shell(cli, a, err);
	const char *delay = getenv("ESCDELAY");
	struct keymap keys;
	struct problems refused = { 0 };
	struct text notice = TEXT_INIT;
	config_keymap(&cli->config.screen, &keys, &refused);
	if (refused.count)
		text_addf(&notice, _("%s:%d: %s (voir « guichet keys »)"), refused.items[0].file, refused.items[0].line, refused.items[0].message);
	struct app_options options = { .ui = { .read_only = cli->read_only, .actor = cli->actor, .privacy = cli_privacy(cli), .keymap = &keys,
		.call_order = (const char *const *)cli->config.screen.call_order },
		.no_colour = cli->config.screen.no_colour, .escape_ms = delay && *delay ? 0 : cli->config.screen.escape_ms,
		.notice = notice.len ? text_str(&notice) : NULL };
	struct app_background background;
	struct ui_server server;
	struct transport *transport = NULL;
	if (!cli->read_only && sync_background(cli, &transport, &background, &server)) {
		options.background = &background;
		options.ui.server = &server;
		options.ui.agent = cli->agent.login && cli->actor.login == cli->agent.login ? &cli->agent : NULL;
	}
	enum guichet_rc rc = app_run(cli->store, &options, err);
	transport_free(&transport);
	text_done(&notice);
	problems_done(&refused);
	return rc;
}

static enum guichet_rc read_size(const struct args *a, struct picture *p, struct guichet_err *err)
{
	char *end;
	p->rows = PICTURE_ROWS;
	p->cols = PICTURE_COLS;
	if (!args_has(a, OPT_SIZE))
		return GUICHET_OK;
	long cols = strtol(args_text(a, OPT_SIZE), &end, 10), rows = *end == 'x' ? strtol(end + 1, &end, 10) : 0;
	if (!*end && cols >= GRID_COLS_MIN && rows >= GRID_ROWS_MIN && cols <= GRID_SIDE_MAX && rows <= GRID_SIDE_MAX) {
		p->rows = (int)rows;
		p->cols = (int)cols;
		return GUICHET_OK;
	}
	return guichet_err_set(err, GUICHET_DATA, _("--size « %s » : attendu COLONNESxLIGNES, de %dx%d à %dx%d"), args_text(a, OPT_SIZE), GRID_COLS_MIN,
		GRID_ROWS_MIN, GRID_SIDE_MAX, GRID_SIDE_MAX);
}

enum guichet_rc cmd_screen(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct keymap keys;
	struct problems refused = { 0 };
	config_keymap(&cli->config.screen, &keys, &refused);
	problems_done(&refused);
	struct ui_options options = { .read_only = cli->read_only, .actor = cli->actor, .privacy = cli_privacy(cli), .keymap = &keys,
		.call_order = (const char *const *)cli->config.screen.call_order };
	struct picture p = { 0 };
	struct text shown = TEXT_INIT;
	char *argument = NULL;
	if (a->word_count == 0)
		return guichet_err_set(err, GUICHET_USAGE, "%s", _("quel écran ? par exemple « guichet screen todo »"));
	enum guichet_rc rc = read_size(a, &p, err);
	if (rc == GUICHET_OK && a->word_count > 1)
		rc = args_joined(a, 1, &argument, err);
	p.screen = a->words[0];
	p.argument = argument;
	if (rc == GUICHET_OK)
		rc = app_picture(cli->store, &options, &p, &shown, err);
	if (rc == GUICHET_OK)
		fputs(text_str(&shown), cli->out);
	text_done(&shown);
	free(argument);
	return rc;
}
