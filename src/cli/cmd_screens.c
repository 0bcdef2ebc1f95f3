// SPDX-License-Identifier: GPL-3.0-or-later
/* Bare guichet: the application on a terminal; where there is none, or a line mode is wanted, the shell. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/ui/app.h"

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
	struct app_options options = { .ui = { .read_only = cli->read_only, .actor = cli->actor, .privacy = cli_privacy(cli) } };
	return app_run(cli->store, &options, err);
}
