// SPDX-License-Identifier: GPL-3.0-or-later
/* From words to a command, its options and its arguments; values checked on demand. Names are French or English, alike. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"

enum { INPUT_MAX = 10 * 1024 * 1024, NEAR_MAX = 2 };

const struct option_info option_table[OPTION_COUNT] = {
#define OPTION(id, name, french, argument, completion, help) [OPT_##id] = { name, french, argument, help, COMPLETE_##completion },
#include "options.def"
#undef OPTION
};

#define LIST(...) { __VA_ARGS__, NO_OPTION }
#define STORE COMMAND_STORE
#define WRITE COMMAND_WRITE
#define PEOPLE COMMAND_PEOPLE
#define NOBODY COMMAND_NOBODY
#define POST COMMAND_POST
const struct command command_table[] = {
#define COMMAND(id, name, french, arguments, flags, options, summary) { name, french, arguments, summary, flags, cmd_##id, options },
#include "commands.def"
#undef COMMAND
};
const size_t command_count = sizeof command_table / sizeof *command_table;

/* How many of `argv` are the words of `name`; 0 when it does not begin with them. */
static int matches(const char *name, int argc, char **argv)
{
	int used = 0;
	while (*name) {
		size_t n = strcspn(name, " ");
		if (used >= argc || strlen(argv[used]) != n || strncmp(argv[used], name, n))
			return 0;
		used++;
		name += n + (name[n] == ' ');
	}
	return used;
}

const struct command *command_find(int argc, char **argv, int *words_used)
{
	const struct command *best = NULL;
	*words_used = 0;
	for (size_t i = 0; i < command_count; i++) {
		int english = matches(command_table[i].name, argc, argv), french = matches(command_table[i].french, argc, argv);
		int used = english > french ? english : french;
		if (used > *words_used) {
			best = &command_table[i];
			*words_used = used;
		}
	}
	return best;
}

/* Letters to change from `a` to `b`, up to NEAR_MAX + 1. */
static int distance(const char *a, const char *b)
{
	int row[40];
	size_t n = strlen(b);
	if (n >= 40 || strlen(a) >= 40)
		return NEAR_MAX + 1;
	for (size_t j = 0; j <= n; j++)
		row[j] = (int)j;
	for (size_t i = 1; a[i - 1]; i++) {
		int diagonal = row[0];
		row[0] = (int)i;
		for (size_t j = 1; j <= n; j++) {
			int above = row[j], change = diagonal + (a[i - 1] != b[j - 1]);
			int least = above + 1 < row[j - 1] + 1 ? above + 1 : row[j - 1] + 1;
			row[j] = change < least ? change : least;
			diagonal = above;
		}
	}
	return row[n];
}

static enum guichet_rc unknown_command(const char *word, struct guichet_err *err)
{
	struct text near = TEXT_INIT;
	for (size_t i = 0; i < command_count; i++) {
		const char *names[] = { command_table[i].name, command_table[i].french };
		for (size_t k = 0; k < 2; k++) {
			char first[40];
			snprintf(first, sizeof first, "%.*s", (int)strcspn(names[k], " "), names[k]);
			bool group = !strcmp(first, word) && strchr(names[k], ' ');
			if (group || (!strchr(names[k], ' ') && distance(word, names[k]) <= NEAR_MAX))
				text_addf(&near, "%s%s", near.len ? ", " : "", names[k]);
		}
	}
	enum guichet_rc rc = near.len
		? guichet_err_set(err, GUICHET_USAGE, _("commande « %s » inconnue : vouliez-vous dire %s ?"), word, text_str(&near))
		: guichet_err_set(err, GUICHET_USAGE, _("commande « %s » inconnue : voir « guichet help »"), word);
	text_done(&near);
	return rc;
}

static enum option_id find_option(const char *name, size_t n)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if ((strlen(option_table[i].name) == n && !strncmp(option_table[i].name, name, n)) ||
		    (strlen(option_table[i].french) == n && !strncmp(option_table[i].french, name, n)))
			return (enum option_id)i;
	return NO_OPTION;
}

static bool is_global(enum option_id o)
{
	return o <= OPT_VERSION;
}

/* A name may belong to a command's option and to a global one: the command's is meant. */
static enum option_id option_of_command(const struct command *c, const char *name, size_t n)
{
	for (size_t i = 0; c && i < OPTIONS_MAX && c->options[i] != NO_OPTION; i++) {
		const struct option_info *o = &option_table[c->options[i]];
		if ((strlen(o->name) == n && !strncmp(o->name, name, n)) || (strlen(o->french) == n && !strncmp(o->french, name, n)))
			return c->options[i];
	}
	enum option_id o = find_option(name, n);
	return o != NO_OPTION && is_global(o) ? o : NO_OPTION;
}

static enum guichet_rc unknown_option(const struct command *c, const char *word, size_t n, struct guichet_err *err)
{
	char name[40];
	struct text near = TEXT_INIT;
	snprintf(name, sizeof name, "%.*s", (int)n, word);
	for (size_t i = 0; c && i < OPTIONS_MAX && c->options[i] != NO_OPTION; i++) {
		const struct option_info *o = &option_table[c->options[i]];
		if (distance(name, o->name) <= NEAR_MAX || distance(name, o->french) <= NEAR_MAX)
			text_addf(&near, "%s--%s", near.len ? ", " : "", distance(name, o->name) <= NEAR_MAX ? o->name : o->french);
	}
	const char *of = c ? c->name : "guichet";
	enum guichet_rc rc = near.len
		? guichet_err_set(err, GUICHET_USAGE, _("option --%s inconnue de « %s » : vouliez-vous dire %s ?"), name, of, text_str(&near))
		: guichet_err_set(err, GUICHET_USAGE, _("option --%s inconnue de « %s » : voir --help"), name, of);
	text_done(&near);
	return rc;
}

/* Values are taken in normal form and trimmed; the name of a file is whatever it is. */
static enum guichet_rc keep_value(enum option_id o, const char *value, struct args *out, struct guichet_err *err)
{
	char what[48], *clean = NULL;
	out->values[o] = value;
	if (option_table[o].completion == COMPLETE_FILE)
		return GUICHET_OK;
	snprintf(what, sizeof what, "--%s", option_table[o].name);
	enum guichet_rc rc = utf8_accept(what, value, strlen(value), INPUT_MAX, &clean, err);
	if (rc == GUICHET_OK)
		out->values[o] = out->owned[o] = clean;
	return rc;
}

/* Sorts one word; *i moves on over an option's value. */
static enum guichet_rc take_word(int argc, char **argv, int *i, const struct command *c, bool *only_words, struct args *out,
	struct guichet_err *err)
{
	const char *word = argv[*i];
	if (*only_words || word[0] != '-' || !word[1]) {
		if (out->word_count == WORDS_MAX)
			return guichet_err_set(err, GUICHET_USAGE, _("plus de %d mots sur la ligne"), WORDS_MAX);
		out->words[out->word_count++] = word;
		return GUICHET_OK;
	}
	if (!strcmp(word, "--")) {
		*only_words = true;
		return GUICHET_OK;
	}
	enum option_id o = NO_OPTION;
	size_t n = 0;
	const char *name = word;
	if (word[1] == '-') {
		name = word + 2;
		n = strcspn(name, "=");
		o = option_of_command(c, name, n);
	} else if (!word[2]) {
		o = word[1] == 'o' ? OPT_OUTPUT : word[1] == 'h' ? OPT_HELP : word[1] == 'n' ? OPT_LIMIT : NO_OPTION;
		name = word + 1;
		n = 1;
		if (o != NO_OPTION && !is_global(o))
			o = option_of_command(c, option_table[o].name, strlen(option_table[o].name));
	}
	if (o == NO_OPTION)
		return unknown_option(c, name, n ? n : strlen(name), err);
	if (out->values[o])
		return guichet_err_set(err, GUICHET_USAGE, _("option --%s donnée deux fois"), option_table[o].name);
	bool glued = word[1] == '-' && name[n] == '=';
	const char *value = NULL;
	if (!option_table[o].argument) {
		if (glued)
			return guichet_err_set(err, GUICHET_USAGE, _("l'option --%s ne prend pas de valeur"), option_table[o].name);
		out->values[o] = "";
	} else if (glued) {
		value = name + n + 1;
	} else if (*i + 1 < argc) {
		value = argv[++*i];
	} else {
		return guichet_err_set(err, GUICHET_USAGE, _("l'option --%s attend une valeur : %s"), option_table[o].name,
			_(option_table[o].argument));
	}
	return value ? keep_value(o, value, out, err) : GUICHET_OK;
}

void option_term(struct text *out, const struct option_info *info)
{
	text_addf(out, "--%s", info->name);
	if (strcmp(info->name, info->french))
		text_addf(out, ", --%s", info->french);
	if (info->argument)
		text_addf(out, " %s", _(info->argument));
}

const char *command_arguments(const struct command *c)
{
	return *c->arguments ? _(c->arguments) : "";
}

static enum guichet_rc check_arity(const struct command *c, const struct args *a, struct guichet_err *err)
{
	size_t least = 0, most = 0;
	for (const char *p = c->arguments; *p;) {
		size_t n = strcspn(p, " ");
		bool many = n >= 3 && memmem(p, n, "...", 3);
		if (*p != '[')
			least++;
		most = many ? WORDS_MAX : most == WORDS_MAX ? most : most + 1;
		p += n + (p[n] == ' ');
	}
	if (a->values[OPT_HELP] || (a->word_count >= least && a->word_count <= most))
		return GUICHET_OK;
	if (a->word_count > most)
		return guichet_err_set(err, GUICHET_USAGE, _("« %s » de trop : attendu « guichet %s %s »"), a->words[most], c->name, command_arguments(c));
	return guichet_err_set(err, GUICHET_USAGE, _("il manque un argument : attendu « guichet %s %s »"), c->name, command_arguments(c));
}

enum guichet_rc args_parse(int argc, char **argv, const struct command **command, struct args *out, struct guichet_err *err)
{
	enum guichet_rc rc = GUICHET_OK;
	bool only_words = false;
	int i = 0;
	memset(out, 0, sizeof *out);
	*command = NULL;
	out->words = guichet_alloc(((size_t)argc + 1) * sizeof *out->words);
	/* Global options may stand before the command. */
	for (; i < argc && argv[i][0] == '-' && rc == GUICHET_OK; i++)
		rc = take_word(argc, argv, &i, NULL, &only_words, out, err);
	if (rc || i >= argc || out->values[OPT_HELP] || out->values[OPT_VERSION]) {
		if (rc == GUICHET_OK && i < argc) {
			int words;
			*command = command_find(argc - i, argv + i, &words);
		}
		return rc;
	}
	int used;
	*command = command_find(argc - i, argv + i, &used);
	if (!*command)
		return unknown_command(argv[i], err);
	for (i += used; i < argc && rc == GUICHET_OK; i++)
		rc = take_word(argc, argv, &i, *command, &only_words, out, err);
	return rc == GUICHET_OK ? check_arity(*command, out, err) : rc;
}

void args_done(struct args *a)
{
	free(a->words);
	for (int o = 0; o < OPTION_COUNT; o++)
		free(a->owned[o]);
	memset(a, 0, sizeof *a);
}

bool args_has(const struct args *a, enum option_id o)
{
	return a->values[o] != NULL;
}

const char *args_text(const struct args *a, enum option_id o)
{
	return a->values[o] ? a->values[o] : "";
}

enum guichet_rc args_count(const struct args *a, enum option_id o, size_t fallback, size_t max, size_t *out, struct guichet_err *err)
{
	*out = fallback;
	if (!args_has(a, o))
		return GUICHET_OK;
	char *end;
	errno = 0;
	unsigned long long n = strtoull(a->values[o], &end, 10);
	if (errno || *end || end == a->values[o] || a->values[o][0] == '-' || n < 1 || n > max)
		return guichet_err_set(err, GUICHET_DATA, _("--%s « %s » : attendu un nombre de 1 à %zu"), option_table[o].name, a->values[o], max);
	*out = (size_t)n;
	return GUICHET_OK;
}

enum guichet_rc args_instant(const struct args *a, enum option_id o, int64_t fallback, int64_t *out, struct guichet_err *err)
{
	*out = fallback;
	if (!args_has(a, o))
		return GUICHET_OK;
	struct text what = TEXT_INIT;
	text_addf(&what, "--%s", option_table[o].name);
	enum guichet_rc rc = instant_parse(text_str(&what), a->values[o], out, err);
	text_done(&what);
	return rc;
}

enum guichet_rc args_reference(const struct args *a, size_t word, int64_t *out, struct guichet_err *err)
{
	if (word >= a->word_count)
		return guichet_err_set(err, GUICHET_USAGE, _("il manque la référence de la demande"));
	return reference_parse(a->words[word], out, err);
}

enum guichet_rc args_need(const struct args *a, enum option_id o, struct guichet_err *err)
{
	if (args_has(a, o))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_USAGE, _("il manque --%s %s (%s)"), option_table[o].name,
		option_table[o].argument ? option_table[o].argument : "", _(option_table[o].help));
}

enum guichet_rc args_entity(const char *what, const char *value, struct op_id *out, struct guichet_err *err)
{
	if (op_id_parse(value, out))
		return GUICHET_OK;
	return guichet_err_set(err, GUICHET_DATA, _("%s « %s » : attendu un numéro comme 1234.56, tel que guichet l'a donné"), what, value);
}

static enum guichet_rc read_input(const struct args *a, const char *what, char **out, struct guichet_err *err)
{
	if (a->in_shell)
		return guichet_err_set(err, GUICHET_USAGE, _("« - » lit l'entrée standard, que le mode ligne lit déjà : donnez le texte entre guillemets"));
	struct text t = { .cap = INPUT_MAX + 1 };
	char buffer[65536];
	size_t n;
	while ((n = fread(buffer, 1, sizeof buffer, stdin)) > 0 && !t.overflow)
		text_addn(&t, buffer, n);
	enum guichet_rc rc = t.overflow ? guichet_err_set(err, GUICHET_DATA, _("%s : plus de 10 Mio sur l'entrée standard"), what)
					: utf8_accept(what, text_str(&t), t.len, INPUT_MAX, out, err);
	text_done(&t);
	return rc;
}

enum guichet_rc args_joined(const struct args *a, size_t word, char **out, struct guichet_err *err)
{
	*out = NULL;
	if (word + 1 == a->word_count && !strcmp(a->words[word], "-"))
		return read_input(a, _("texte"), out, err);
	struct text t = { .cap = INPUT_MAX };
	for (size_t i = word; i < a->word_count; i++)
		text_addf(&t, "%s%s", i > word ? " " : "", a->words[i]);
	enum guichet_rc rc = utf8_accept(_("texte"), text_str(&t), t.len, INPUT_MAX, out, err);
	text_done(&t);
	return rc;
}

enum guichet_rc args_long_text(const struct args *a, enum option_id o, char **out, struct guichet_err *err)
{
	*out = NULL;
	if (!args_has(a, o))
		return GUICHET_OK;
	if (!strcmp(a->values[o], "-"))
		return read_input(a, option_table[o].name, out, err);
	return utf8_accept(option_table[o].name, a->values[o], strlen(a->values[o]), INPUT_MAX, out, err);
}

enum guichet_rc args_unknown_code(const struct catalogue *c, const char *what, char kind, const char *code, struct guichet_err *err)
{
	struct text near = TEXT_INIT;
	catalogue_near_codes(c, kind, code, &near);
	enum guichet_rc rc = guichet_err_set(err, GUICHET_DATA, _("%s « %s » inconnu%s%s"), what, code, near.len ? " : " : "", text_str(&near));
	text_done(&near);
	return rc;
}
