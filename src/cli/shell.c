// SPDX-License-Identifier: GPL-3.0-or-later
/* The line mode: the same commands on readline, for screen readers, braille displays and slow lines. No cursor addressing of its own: plain lines in, plain
 * lines out. The history keeps the words of commands only, never what was typed about people, and stays in memory. */
#include "cli.h"

#include <errno.h>
#include <readline/history.h>
#include <readline/readline.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"

enum { LINE_WORDS_MAX = 512, LINE_MAX_BYTES = 1024 * 1024, REFERENCES_SHOWN = 50 };

/* --- a line into words: spaces, '...' and "..." quotes, backslash --- */

static enum guichet_rc split_line(const char *line, char **words, int *count, struct guichet_err *err)
{
	*count = 0;
	for (const char *p = line;;) {
		struct text word = TEXT_INIT;
		bool any = false;
		char quote = '\0';
		p += strspn(p, " \t");
		if (!*p)
			return GUICHET_OK;
		for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
			any = true;
			if (quote ? *p == quote : *p == '"')
				quote = quote ? '\0' : *p;
			else if (!quote && *p == '\'' && word.len == 0)
				quote = '\''; /* only at the start of a word: l'eau is a word */
			else if (*p == '\\' && p[1])
				text_addc(&word, *++p);
			else
				text_addc(&word, *p);
		}
		if (quote || *count == LINE_WORDS_MAX) {
			text_done(&word);
			return quote ? guichet_err_set(err, GUICHET_USAGE, _("guillemet %c non fermé"), quote)
				: guichet_err_set(err, GUICHET_USAGE, _("plus de %d mots sur la ligne"), LINE_WORDS_MAX);
		}
		if (any)
			words[(*count)++] = word.data ? text_take(&word) : guichet_strdup("");
	}
}

/* --- completion --- */

static struct cli *completing; /* readline's callbacks take no context */

struct matches { char **items; size_t count, capacity; const char *prefix; };

static void offer(struct matches *m, const char *candidate)
{
	if (!candidate || strncmp(candidate, m->prefix, strlen(m->prefix)))
		return;
	GUICHET_GROW(m->items, m->count + 1, m->capacity);
	m->items[m->count++] = guichet_strdup(candidate);
}

static bool offer_reference(void *context, const struct request_row *row)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%lld", (long long)row->reference);
	offer(context, digits);
	return true;
}

static void offer_enum(struct matches *m, enum completion what)
{
	if (what == COMPLETE_CHANNEL)
		for (int i = 0; i < CHANNEL_COUNT; i++)
			offer(m, channel_code((enum channel)i));
	if (what == COMPLETE_NATURE)
		for (int i = 0; i < NATURE_COUNT; i++)
			offer(m, nature_code((enum nature)i));
	if (what == COMPLETE_STATUS)
		for (int i = 0; i < STATUS_COUNT; i++)
			offer(m, status_code((enum status)i));
	if (what == COMPLETE_OUTCOME)
		for (int i = 0; i < OUTCOME_COUNT; i++)
			offer(m, outcome_code((enum outcome)i));
	static const struct { enum completion what; const char *value; } fixed[] = {
		{ COMPLETE_DUE, "overdue" }, { COMPLETE_DUE, "today" }, { COMPLETE_DUE, "week" }, { COMPLETE_SORT, "due" }, { COMPLETE_SORT, "received" },
		{ COMPLETE_BY, "service" }, { COMPLETE_BY, "commune" }, { COMPLETE_BY, "nature" }, { COMPLETE_BY, "category" }, { COMPLETE_BY, "channel" },
		{ COMPLETE_FORMAT, "csv" }, { COMPLETE_FORMAT, "jsonl" }, { COMPLETE_MAP, "paris-dmr" }, { COMPLETE_MAP, "montreal" }, { COMPLETE_MAP, "nyc" },
	};
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (fixed[i].what == what)
			offer(m, fixed[i].value);
}

static void offer_values(struct matches *m, enum completion what)
{
	const struct catalogue *c = store_catalogue(completing->store);
	if (what == COMPLETE_CATEGORY)
		for (size_t i = 0; i < c->category_count; i++)
			offer(m, c->categories[i]->code);
	if (what == COMPLETE_SERVICE)
		for (size_t i = 0; i < c->service_count; i++)
			offer(m, c->services[i]->code);
	if (what == COMPLETE_COMMUNE)
		for (size_t i = 0; i < c->commune_count; i++)
			offer(m, c->communes[i].code);
	if (what == COMPLETE_BODY)
		for (size_t i = 0; i < c->body_count; i++)
			offer(m, c->bodies[i].code);
	if (what == COMPLETE_SCRIPT)
		for (size_t i = 0; i < c->script_count; i++)
			offer(m, c->scripts[i].code);
	if (what == COMPLETE_REFERENCE) {
		struct list_filter f = LIST_FILTER_INIT;
		f.limit = REFERENCES_SHOWN;
		store_list(completing->store, &f, offer_reference, m, NULL);
	}
	offer_enum(m, what);
}

/* The next word of every command that begins with the words already there. */
static void offer_commands(struct matches *m, int count, char **words)
{
	for (size_t i = 0; i < command_count; i++) {
		const char *names[] = { command_table[i].name, command_table[i].french };
		for (size_t k = 0; k < 2; k++) {
			const char *p = names[k];
			int w = 0;
			for (; w < count && *p; w++) {
				size_t n = strcspn(p, " ");
				if (strlen(words[w]) != n || strncmp(words[w], p, n))
					break;
				p += n + (p[n] == ' ');
			}
			if (w == count && *p) {
				char *next = guichet_strndup(p, strcspn(p, " "));
				offer(m, next);
				free(next);
			}
		}
	}
}

static void offer_options(struct matches *m, const struct command *c)
{
	char name[64];
	for (size_t i = 0; c->options[i] != NO_OPTION; i++) {
		snprintf(name, sizeof name, "--%s", option_table[c->options[i]].name);
		offer(m, name);
		snprintf(name, sizeof name, "--%s", option_table[c->options[i]].french);
		offer(m, name);
	}
}

/* What the word under the cursor may be, from the words before it. */
static void offer_all(struct matches *m, int count, char **words)
{
	int used = 0;
	const struct command *c = command_find(count, words, &used);
	offer_commands(m, count, words);
	if (!c)
		return;
	const char *before = count > 0 ? words[count - 1] : "";
	if (!strncmp(before, "--", 2)) {
		for (size_t i = 0; c->options[i] != NO_OPTION; i++) {
			const struct option_info *o = &option_table[c->options[i]];
			if (o->argument && (!strcmp(before + 2, o->name) || !strcmp(before + 2, o->french))) {
				rl_attempted_completion_over = o->completion != COMPLETE_FILE;
				offer_values(m, o->completion);
				return;
			}
		}
	}
	if (m->prefix[0] == '-')
		offer_options(m, c);
	else if (count == used && strstr(c->arguments, "RÉF"))
		offer_values(m, COMPLETE_REFERENCE);
	else if (count == used + 1 && strstr(c->arguments, "SERVICE"))
		offer_values(m, COMPLETE_SERVICE);
	rl_attempted_completion_over = !strstr(c->arguments, "FICHIER") && !strstr(c->arguments, "DOSSIER");
}

static char **complete(const char *text, int start, int end)
{
	(void)end;
	struct matches m = { .prefix = text };
	char *words[LINE_WORDS_MAX];
	int count = 0;
	char *before = guichet_strndup(rl_line_buffer, (size_t)start);
	rl_attempted_completion_over = 1;
	if (split_line(before, words, &count, NULL) == GUICHET_OK)
		offer_all(&m, count, words);
	/* A kiosk does not tell the names of files. */
	if (completing->read_only)
		rl_attempted_completion_over = 1;
	for (int i = 0; i < count; i++)
		free(words[i]);
	free(before);
	if (m.count == 0)
		return NULL;
	/* readline wants what all have in common first, then the list, then NULL. */
	char **list = guichet_alloc((m.count + 2) * sizeof *list);
	size_t common = strlen(m.items[0]);
	for (size_t i = 1; i < m.count; i++) {
		size_t n = 0;
		while (n < common && m.items[i][n] == m.items[0][n])
			n++;
		common = n;
	}
	list[0] = guichet_strndup(m.items[0], common);
	if (m.count > 1)
		memcpy(list + 1, m.items, m.count * sizeof *list);
	else
		free(m.items[0]);
	free(m.items);
	return list;
}

/* --- history: the command's words and its options' names --- */

static bool is_option_name(const char *word)
{
	size_t n = strcspn(word, "=");
	for (int o = 0; o < OPTION_COUNT; o++) {
		const char *names[] = { option_table[o].name, option_table[o].french };
		for (size_t k = 0; k < 2; k++)
			if (n == strlen(names[k]) + 2 && !strncmp(word, "--", 2) && !strncmp(word + 2, names[k], n - 2))
				return true;
	}
	return false;
}

static void remember(int count, char **words)
{
	struct text line = TEXT_INIT;
	int used = 0;
	command_find(count, words, &used);
	for (int i = 0; i < count; i++)
		if (i < used || is_option_name(words[i]))
			text_addf(&line, "%s%.*s", line.len ? " " : "", (int)strcspn(words[i], "="), words[i]);
	if (line.len && (history_length == 0 || strcmp(history_get(history_base + history_length - 1)->line, text_str(&line))))
		add_history(text_str(&line));
	text_done(&line);
}

/* --- Ctrl-C: drops the line being typed, or ends what is being printed; never the shell --- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

/* readline would read on after a signal: here the line ends, empty. */
static int read_key(FILE *in)
{
	for (;;) {
		unsigned char c;
		ssize_t n = read(fileno(in), &c, 1);
		if (n == 1)
			return c;
		if (n == 0 || errno != EINTR)
			return EOF;
		rl_check_signals();
		if (interrupted) {
			interrupted = 0;
			rl_replace_line("", 0);
			return '\n';
		}
	}
}

static void catch_interrupts(struct cli *cli, bool interactive, struct sigaction *before)
{
	struct sigaction ours = { .sa_handler = on_interrupt };
	sigaction(SIGINT, interactive ? &ours : NULL, before);
	if (!interactive)
		return;
	cli->interrupted = &interrupted;
	rl_catch_signals = 1;
	if (cli->read_only)
		signal(SIGTSTP, SIG_IGN);
	rl_getc_function = read_key;
}

/* --- the loop --- */

static char *read_line(bool interactive, const char *prompt, size_t *bytes)
{
	char *line = NULL;
	if (interactive) {
		line = readline(prompt);
		*bytes = line ? strlen(line) : 0;
		return line;
	}
	size_t capacity = 0;
	ssize_t n = getline(&line, &capacity, stdin);
	if (n < 0) {
		free(line);
		return NULL;
	}
	if (n > 0 && line[n - 1] == '\n')
		line[--n] = '\0';
	*bytes = (size_t)n;
	return line;
}

static enum guichet_rc run_line(struct cli *cli, const char *line, size_t bytes, bool interactive, bool *quit)
{
	char *words[LINE_WORDS_MAX];
	int count = 0;
	struct guichet_err err = { 0 };
	char *clean = NULL;
	enum guichet_rc rc = utf8_accept(_("ligne"), line, bytes, LINE_MAX_BYTES, &clean, &err);
	if (rc == GUICHET_OK)
		rc = split_line(clean, words, &count, &err);
	static const char *const ways_out[] = { "quit", "quitter", "exit", "q" };
	for (size_t i = 0; rc == GUICHET_OK && count == 1 && i < sizeof ways_out / sizeof *ways_out; i++)
		*quit = *quit || !strcmp(words[0], ways_out[i]);
	/* A line of a script that begins with # is a remark. */
	if (rc == GUICHET_OK && count > 0 && words[0][0] != '#' && !*quit) {
		if (interactive)
			remember(count, words);
		rc = !strcmp(words[0], "shell") || !strcmp(words[0], "interprete") ? guichet_err_set(&err, GUICHET_USAGE, _("vous y êtes déjà"))
										   : cli_run(cli, count, words, &err);
	}
	fflush(cli->out);
	if (rc && err.message[0])
		fprintf(stderr, "guichet: %s\n", err.message);
	for (int i = 0; i < count; i++)
		free(words[i]);
	free(clean);
	return rc;
}

/* Another guichet may have put a catalogue in force since the last line. Nobody's answer: not among the answers. */
static void follow_catalogue(struct cli *cli, uint8_t known[32])
{
	struct guichet_err err = { 0 };
	if (store_follow_catalogue(cli->store, &err))
		fprintf(stderr, "guichet: %s\n", err.message);
	const struct catalogue *c = store_catalogue(cli->store);
	if (memcmp(known, c->hash, 32)) {
		memcpy(known, c->hash, 32);
		fprintf(stderr, "guichet: %s\n", _("un nouveau catalogue est en vigueur : services, motifs et délais sont les siens"));
	}
}

enum guichet_rc cmd_shell(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	(void)a;
	(void)err;
	bool interactive = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO), quit = false;
	enum guichet_rc last = GUICHET_OK;
	struct sigaction before;
	uint8_t known[32];
	memcpy(known, store_catalogue(cli->store)->hash, sizeof known);
	cli->in_shell = true;
	completing = cli;
	rl_readline_name = "guichet";
	rl_attempted_completion_function = complete;
	catch_interrupts(cli, interactive, &before);
	/* Tabs and escapes in a paste are text, not commands. */
	rl_variable_bind("enable-bracketed-paste", "on");
	if (interactive)
		print_line(cli, "%s", _("guichet, mode ligne. « help » : les commandes ; Tab complète ; « quit » pour sortir."));
	while (!quit && !ferror(cli->out)) {
		size_t bytes = 0;
		interrupted = 0;
		char *line = read_line(interactive, store_is_exercise(cli->store) ? "EXERCICE guichet> " : "guichet> ", &bytes);
		if (!line)
			break;
		interrupted = 0;
		follow_catalogue(cli, known);
		enum guichet_rc rc = run_line(cli, line, bytes, interactive, &quit);
		last = rc ? rc : last;
		free(line);
	}
	sigaction(SIGINT, &before, NULL);
	cli->interrupted = NULL;
	cli->in_shell = false;
	/* A script fed through it fails when one of its lines did; a person saw it already. */
	return interactive ? GUICHET_OK : last;
}
