// SPDX-License-Identifier: GPL-3.0-or-later
/* The history of a request on the command line: each operation on one line or, where it says much, on several. */
#include "cli.h"

#include "guichet/base/utf8.h"
#include "guichet/report/history.h"

enum { TIME_COLUMNS = 17, ACTOR_COLUMNS = 12, INDENT = TIME_COLUMNS + ACTOR_COLUMNS + 4 };

void print_history(struct cli *cli, const struct request *r)
{
	print_line(cli, "%s", "");
	print_line(cli, "%s", _("Historique"));
	for (size_t i = 0; i < r->op_count; i++) {
		struct text left = TEXT_INIT, right = TEXT_INIT, when = TEXT_INIT;
		history_when(&when, r->ops[i].wall_ms, store_now(cli->store));
		text_add(&left, "  ");
		utf8_fit(&left, text_str(&when), TIME_COLUMNS, true);
		utf8_fit(&left, r->ops[i].actor, ACTOR_COLUMNS, true);
		text_add(&left, " ");
		history_describe(&right, cli->store, r, i);
		print_wrapped(cli, text_str(&left), INDENT, text_str(&right));
		text_done(&left);
		text_done(&right);
		text_done(&when);
	}
}
