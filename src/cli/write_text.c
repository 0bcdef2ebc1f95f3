// SPDX-License-Identifier: GPL-3.0-or-later
/* The text of an answer: given, of the knowledge base, of the catalogue's texts for that, or written in the editor of whoever works here. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "guichet/base/editor.h"
#include "guichet/core/reference.h"
#include "guichet/core/template.h"
#include "guichet/report/compose.h"

enum { TEXTS_MAX = 100 };

static enum guichet_rc of_script(struct cli *cli, const struct args *a, char **text, struct guichet_err *err)
{
	const struct script *script = catalogue_script(store_catalogue(cli->store), args_text(a, OPT_SCRIPT));
	if (!script)
		return guichet_err_set(err, GUICHET_DATA, _("fiche-réponse « %s » inconnue"), args_text(a, OPT_SCRIPT));
	*text = guichet_strdup(script->text);
	return GUICHET_OK;
}

static enum guichet_rc no_such_words(const struct catalogue *c, const struct category *category, const char *code, struct guichet_err *err)
{
	const struct message_template *words[TEXTS_MAX];
	struct text known = TEXT_INIT;
	size_t n = template_words(c, category, words, TEXTS_MAX);
	for (size_t i = 0; i < n; i++)
		text_addf(&known, "%s%s", i ? ", " : "", words[i]->code);
	enum guichet_rc rc = guichet_err_set(err, GUICHET_DATA, _("texte type « %s » inconnu pour ce motif : le catalogue a %s"), code, n ? text_str(&known) : _("aucun"));
	text_done(&known);
	return rc;
}

static enum guichet_rc of_template(struct cli *cli, const struct args *a, const struct loaded *l, char **text, struct guichet_err *err)
{
	const struct catalogue *c = store_catalogue(cli->store);
	const struct category *category = catalogue_category(c, request_text(&l->request, FIELD_CATEGORY));
	const struct message_template *words[TEXTS_MAX];
	struct compose_args args = { .use = TEMPLATE_WORDS, .channel = CHANNEL_PHONE, .template_code = args_text(a, OPT_TEMPLATE), .actor = &cli->actor };
	struct composed m;
	size_t n = template_words(c, category, words, TEXTS_MAX), i = 0;
	while (i < n && strcmp(words[i]->code, args.template_code))
		i++;
	if (i == n)
		return no_such_words(c, category, args.template_code, err);
	if (args_has(a, OPT_CHANNEL))
		channel_parse(args_text(a, OPT_CHANNEL), &args.channel);
	enum guichet_rc rc = compose_message(cli->store, l, &args, &m, err);
	if (rc == GUICHET_OK)
		*text = guichet_strdup(m.text);
	composed_done(&m);
	return rc;
}

enum guichet_rc write_text(struct cli *cli, const struct args *a, int64_t reference, enum step step, char **text, struct guichet_err *err)
{
	struct loaded l;
	char *written = NULL;
	*text = NULL;
	if (args_has(a, OPT_TEXT) + args_has(a, OPT_SCRIPT) + args_has(a, OPT_TEMPLATE) > 1)
		return guichet_err_set(err, GUICHET_USAGE, _("--text, --script ou --template : l'un ou l'autre"));
	enum guichet_rc rc = store_load(cli->store, reference, &l, err);
	if (rc)
		return rc;
	if (args_has(a, OPT_SCRIPT))
		rc = of_script(cli, a, text, err);
	else if (args_has(a, OPT_TEMPLATE))
		rc = of_template(cli, a, &l, text, err);
	else
		rc = args_long_text(a, OPT_TEXT, text, err);
	/* Nobody writes for long what can't be recorded. */
	if (rc == GUICHET_OK && args_has(a, OPT_EDIT))
		rc = lifecycle_may(step, &l.request, &cli->actor, store_catalogue(cli->store), err);
	if (rc == GUICHET_OK && args_has(a, OPT_EDIT)) {
		const char *drafted = step == STEP_ANSWER && l.request.drafted_answer ? l.request.drafted_answer : "";
		rc = editor_edit(*text ? *text : drafted, &written, err);
		free(*text);
		*text = written;
	}
	loaded_done(&l);
	if (rc) {
		free(*text);
		*text = NULL;
	}
	return rc;
}

void write_text_keep(struct cli *cli, int64_t reference, enum step step, const char *text, struct guichet_err *err)
{
	char shown[REFERENCE_SHOWN];
	int64_t draft = 0;
	reference_show(reference, shown);
	/* As the screens keep what is being written: one of them takes it up again. */
	json_t *o = json_pack("{s:s, s:o, s:s, s:o}", "step", step == STEP_INFORM ? "inform" : "answer", "subject", json_sprintf("%s : %s", shown, step == STEP_INFORM ? _("réponse d'attente") : _("réponse")),
		"text", text, "reference", json_sprintf("%" PRId64, reference));
	char *fields = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(o);
	if (fields && store_put_draft(cli->store, &draft, NULL, cli->actor.login, fields, NULL) == GUICHET_OK)
		guichet_err_prefix(err, "%s", _("(le texte est gardé dans les brouillons) "));
	free(fields);
}
