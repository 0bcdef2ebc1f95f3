// SPDX-License-Identifier: GPL-3.0-or-later
/* Reading the word list (data/privacy/mots.txt says how it is written). Every mistake is told with its line, and what
 * can be read is kept: a slip of the pen in the list must not leave a desk with no warning at all.
 * Must not know how the list is used. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

#include "privacy_kinds.h"
#include "privacy_trie.h"

struct loader {
	struct privacy_words *words;
	struct problems *problems;
	const char *file;
	int line;
	size_t mistakes;
};

/* What a line's key says its expressions are. */
struct meaning {
	enum privacy_role role;
	enum privacy_kind kind;
};

static void complain(struct loader *l, const char *message, const char *value)
{
	struct text shown = TEXT_INIT;

	utf8_fit(&shown, value, 60, false);
	problems_add(l->problems, l->file, l->line, message, text_str(&shown));
	text_done(&shown);
	l->mistakes++;
}

static bool read_key(const char *folded, struct meaning *out)
{
	static const struct {
		const char *key;
		enum privacy_role role;
	} others[] = {
		{"sauf", ROLE_EXCEPT},
		{"lieu", ROLE_PLACE},
		{"nom", ROLE_NAME},
		{"lien", ROLE_LINK},
	};

	*out = (struct meaning){.role = ROLE_ALARM};
	if (privacy_kind_parse(folded, &out->kind))
		return true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		if (strcmp(folded, others[i].key) == 0) {
			out->role = others[i].role;
			return true;
		}
	}
	return false;
}

static bool mark_node(struct loader *l, uint32_t node, const struct meaning *meaning, const char *expression)
{
	struct privacy_node *n = &l->words->nodes[node];
	uint8_t warns = ROLE_ALARM | ROLE_EXCEPT;
	uint8_t clash = (meaning->role & warns) != 0 ? warns : (uint8_t)meaning->role;

	if (n->roles & clash) {
		struct text shown = TEXT_INIT;

		utf8_fit(&shown, expression, 60, false);
		problems_add(l->problems, l->file, l->line, _("« %s » figure déjà ligne %d"), text_str(&shown), n->line);
		text_done(&shown);
		l->mistakes++;
		return false;
	}
	n->roles = (uint8_t)(n->roles | meaning->role);
	n->line = l->line;
	if (meaning->role == ROLE_ALARM)
		n->kind = (uint8_t)meaning->kind;
	return true;
}

static void add_expression(struct loader *l, const struct meaning *meaning, const char *expression)
{
	struct privacy_cutter cutter = {.words = l->words, .text = expression, .bytes = strlen(expression)};
	struct privacy_token token;
	uint32_t ids[PRIVACY_EXPRESSION_MAX], node = 0;
	size_t count = 0;

	while (privacy_cut(&cutter, &token)) {
		if (count == PRIVACY_EXPRESSION_MAX || cutter.folded[0] == '\0') {
			complain(l, _("« %s » est trop long : 8 mots au plus, de 48 lettres au plus"), expression);
			return;
		}
		ids[count++] = privacy_word_add(l->words, cutter.folded);
	}
	if (count == 0) {
		complain(l, _("expression vide près de « %s » : un mot au moins est attendu entre deux virgules"), expression);
		return;
	}
	if (expression[0] == '=' && meaning->role != ROLE_ALARM) {
		complain(l, _("« %s » : le signe = ne vaut que devant une expression qui alerte"), expression);
		return;
	}
	for (size_t i = 0; i < count; i++)
		node = privacy_step_add(l->words, node, ids[i]);
	if (mark_node(l, node, meaning, expression) && expression[0] == '=')
		l->words->nodes[node].exact = guichet_strdup(expression + 1);
}

static char *trim(char *s)
{
	size_t length;

	s += strspn(s, " \t\r");
	length = strlen(s);
	while (length > 0 && strchr(" \t\r", s[length - 1]) != NULL)
		s[--length] = '\0';
	return s;
}

static void add_expressions(struct loader *l, const struct meaning *meaning, char *list)
{
	while (list != NULL) {
		char *comma = strchr(list, ',');

		if (comma != NULL)
			*comma = '\0';
		add_expression(l, meaning, trim(list));
		list = comma != NULL ? comma + 1 : NULL;
	}
}

static void read_line(struct loader *l, char *line)
{
	struct text key = TEXT_INIT;
	struct meaning meaning;
	char *colon;

	line[strcspn(line, "#")] = '\0';
	if (line[strspn(line, " \t\r")] == '\0')
		return;
	colon = strchr(line, ':');
	if (colon == NULL) {
		complain(l, _("« %s » : « genre: expression » attendu"), line);
		return;
	}
	*colon = '\0';
	utf8_slug(&key, line);
	if (read_key(text_str(&key), &meaning))
		add_expressions(l, &meaning, colon + 1);
	else
		complain(l,
			_("genre « %s » inconnu : sante, religion, politique, syndicat, vie-sexuelle, origine, infraction, injure, sauf, "
			  "lieu, lien ou nom attendu"),
			line);
	text_done(&key);
}

static void build_fold_table(struct privacy_words *words)
{
	struct text folded = TEXT_INIT;

	for (uint32_t c = 0x80; c < PRIVACY_FOLD_TABLE; c++) {
		char letter[3] = {(char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F)), '\0'};

		text_clear(&folded);
		utf8_fold(&folded, letter);
		memcpy(
			words->fold[c], text_str(&folded), folded.len < sizeof words->fold[c] ? folded.len : sizeof words->fold[c]);
	}
	text_done(&folded);
}

enum guichet_rc privacy_words_load(
	const char *file, const char *data, size_t bytes, struct privacy_words **out, struct problems *problems)
{
	struct loader l = {.problems = problems, .file = file};
	const char *end = data + bytes;

	l.words = *out = guichet_alloc(sizeof *l.words);
	build_fold_table(l.words);
	if (bytes >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
		data += 3;
	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t length = (size_t)((newline != NULL ? newline : end) - data);

		l.line++;
		if (memchr(data, '\0', length) != NULL || !utf8_valid(data, length, NULL)) {
			problems_add(problems, file, l.line, _("cette ligne n'est pas du texte UTF-8"));
			l.mistakes++;
		} else {
			char *line = guichet_strndup(data, length);

			read_line(&l, line);
			free(line);
		}
		data += length + 1;
	}
	return l.mistakes == 0 ? GUICHET_OK : GUICHET_CONFIG;
}
