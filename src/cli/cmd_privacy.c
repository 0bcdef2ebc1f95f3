// SPDX-License-Identifier: GPL-3.0-or-later
/* Data protection from the command line: what should not stand in a text, with the words and why. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

enum { FINDINGS_AT_ONCE = 256 };

struct place { const char *text; size_t at; int64_t line; };

/* The line, from 1, on which an offset stands; offsets only grow. */
static int64_t line_of(struct place *p, size_t offset)
{
	for (; p->at < offset; p->at++)
		p->line += p->text[p->at] == '\n';
	return p->line;
}

static void print_finding(struct cli *cli, const char *text, const struct privacy_finding *f, int64_t line, bool many_lines)
{
	struct text words = TEXT_INIT;
	if (cli->json) {
		json_t *o = json_object();
		json_object_set_new(o, "kind", json_string(privacy_kind_code(f->kind)));
		json_object_set_new(o, "words", json_stringn(text + f->from, f->to - f->from));
		json_object_set_new(o, "reason", json_string(f->reason));
		json_object_set_new(o, "line", json_integer(line));
		print_json(cli, o);
		return;
	}
	char *found = guichet_strndup(text + f->from, f->to - f->from);
	utf8_show(&words, found, false);
	if (many_lines)
		print_line(cli, _("ligne %lld, %s : « %s » (%s)"), (long long)line, privacy_kind_label(f->kind), text_str(&words), f->reason);
	else
		print_line(cli, _("%s : « %s » (%s)"), privacy_kind_label(f->kind), text_str(&words), f->reason);
	free(found);
	text_done(&words);
}

static size_t check_text(struct cli *cli, const struct privacy_words *words, const char *text)
{
	struct privacy_finding found[FINDINGS_AT_ONCE];
	struct place place = { text, 0, 1 };
	bool many_lines = strchr(text, '\n') != NULL;
	size_t total = 0, from = 0, n;
	do {
		n = privacy_check(words, text + from, found, FINDINGS_AT_ONCE);
		size_t base = from;
		for (size_t i = 0; i < n; i++) {
			found[i].from += base;
			found[i].to += base;
			print_finding(cli, text, &found[i], line_of(&place, found[i].from), many_lines);
			from = found[i].to;
		}
		total += n;
	} while (n == FINDINGS_AT_ONCE);
	return total;
}

enum guichet_rc cmd_privacy_check(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	char *text = NULL;
	enum guichet_rc rc = args_joined(a, 0, &text, err);
	if (rc)
		return rc;
	const struct privacy_words *words = cli_privacy(cli);
	if (!words)
		fprintf(stderr, "guichet: %s\n", _("liste de mots introuvable (data/privacy/mots.txt) : seuls les numéros sont cherchés"));
	if (check_text(cli, words, text) == 0 && !cli->json)
		print_line(cli, "%s", _("rien à signaler"));
	free(text);
	return GUICHET_OK;
}
