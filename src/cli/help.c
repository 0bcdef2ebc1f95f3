// SPDX-License-Identifier: GPL-3.0-or-later
/* Help, made from the tables: the list of commands, one command's usage, and (for the manual and its tests) all of it. */
#include "cli.h"

#include <string.h>

#include "guichet/base/utf8.h"

enum { NAME_COLUMNS = 34, OPTION_COLUMNS = 30 };

static void print_pair(struct cli *cli, const char *left, int columns, const char *right)
{
	struct text indented = TEXT_INIT;
	/* A left side too long for its column stands on a line of its own. */
	if (utf8_width(left) >= columns)
		print_line(cli, "  %s", left);
	else
		text_addf(&indented, "  %s", left);
	print_wrapped(cli, text_str(&indented), columns + 2, right);
	text_done(&indented);
}

static void print_option(struct cli *cli, enum option_id o)
{
	const struct option_info *info = &option_table[o];
	struct text left = TEXT_INIT;
	option_term(&left, info);
	print_pair(cli, text_str(&left), OPTION_COLUMNS, _(info->help));
	text_done(&left);
}

static void print_command(struct cli *cli, const struct command *c)
{
	print_line(cli, _("Usage : guichet %s [OPTIONS]%s%s"), c->name, *c->arguments ? " " : "", command_arguments(c));
	if (strcmp(c->name, c->french))
		print_line(cli, _("     ou guichet %s"), c->french);
	print_line(cli, "%s%s", _(c->summary), ".");
	if (c->options[0] != NO_OPTION)
		print_line(cli, "%s", "");
	for (size_t i = 0; c->options[i] != NO_OPTION; i++)
		print_option(cli, c->options[i]);
}

static void print_all(struct cli *cli)
{
	print_line(cli, "%s", _("guichet : les demandes des usagers, de l'appel à la réponse."));
	print_line(cli, "%s", _("Usage : guichet [OPTIONS] COMMANDE ..."));
	print_line(cli, "%s", "");
	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = &command_table[i];
		struct text left = TEXT_INIT;
		text_add(&left, c->name);
		if (strcmp(c->name, c->french))
			text_addf(&left, ", %s", c->french);
		print_pair(cli, text_str(&left), NAME_COLUMNS, _(c->summary));
		text_done(&left);
	}
	print_line(cli, "%s", "");
	print_line(cli, "%s", _("Options de toutes les commandes :"));
	for (int o = 0; o <= OPT_VERSION; o++)
		print_option(cli, (enum option_id)o);
	print_line(cli, "%s", "");
	print_wrapped(cli, "", 0, _("« guichet help COMMANDE » dit tout d'une commande. Les noms français et anglais sont équivalents."));
}

enum guichet_rc cmd_help(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	if (args_has(a, OPT_MANUAL)) {
		manual_print(cli);
		return GUICHET_OK;
	}
	if (a->word_count == 0) {
		print_all(cli);
		return GUICHET_OK;
	}
	/* "help contact add" or "help contact": the one, or all that begin so. */
	size_t found = 0;
	for (size_t i = 0; i < command_count; i++) {
		struct text asked = TEXT_INIT;
		for (size_t w = 0; w < a->word_count; w++)
			text_addf(&asked, "%s%s", w ? " " : "", a->words[w]);
		const char *names[] = { command_table[i].name, command_table[i].french };
		bool fits = false;
		for (size_t k = 0; k < 2; k++)
			fits = fits || (!strncmp(names[k], text_str(&asked), asked.len) && (names[k][asked.len] == '\0' || names[k][asked.len] == ' '));
		if (fits) {
			if (found++)
				print_line(cli, "%s", "");
			print_command(cli, &command_table[i]);
		}
		text_done(&asked);
	}
	if (!found)
		return guichet_err_set(err, GUICHET_USAGE, _("commande « %s » inconnue : voir « guichet help »"), a->words[0]);
	return GUICHET_OK;
}
