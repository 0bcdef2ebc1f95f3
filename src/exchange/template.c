// SPDX-License-Identifier: GPL-3.0-or-later
/* Texts made of columns: "{type} > {soustype}", "{adresse}[, {ville}]" (left out when ville is empty),
 * "{geo|dict:lat}" (a value inside a Python or JSON dictionary), "{provenances|until:/}" (what stands before the
 * first /), "{objet|cell}" (without the apostrophe that export puts before a formula). Knows nothing of requests. */
#include "map_inside.h"

#include <stdlib.h>
#include <string.h>

static size_t column_number(struct columns *columns, const char *name, size_t bytes)
{
	for (size_t i = 0; i < columns->count; i++)
		if (strlen(columns->names[i]) == bytes && !memcmp(columns->names[i], name, bytes))
			return i;
	GUICHET_GROW(columns->names, columns->count, columns->capacity);
	columns->names[columns->count] = guichet_strndup(name, bytes);
	return columns->count++;
}

static const char *parse_form(struct part *part, const char *form, size_t bytes)
{
	static const struct {
		const char *name;
		enum value_form form;
	} forms[] = {
		{"dict:", FORM_DICT},
		{"until:", FORM_UNTIL},
		{"cell", FORM_CELL},
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t n = strlen(forms[i].name);
		bool argument = forms[i].name[n - 1] == ':';
		if (bytes < n || strncmp(form, forms[i].name, n) || argument != (bytes > n))
			continue;
		part->form = forms[i].form;
		if (argument)
			part->argument = guichet_strndup(form + n, bytes - n);
		return NULL;
	}
	return _("forme inconnue après « | » : attendu dict:CLÉ, until:SÉPARATEUR ou cell");
}

static struct part *new_part(struct template *t, int group)
{
	GUICHET_GROW(t->parts, t->count, t->capacity);
	t->parts[t->count] = (struct part){.group = group};
	return &t->parts[t->count++];
}

static const char *parse_column(const char **at, int group, struct template *out, struct columns *columns)
{
	const char *name = *at + 1, *end = strchr(name, '}');
	if (!end)
		return _("accolade non fermée : attendu {colonne}");
	const char *bar = memchr(name, '|', (size_t)(end - name)), *stop = bar ? bar : end;
	if (stop == name)
		return _("nom de colonne vide : attendu {colonne}");
	struct part *part = new_part(out, group);
	part->column = column_number(columns, name, (size_t)(stop - name));
	*at = end + 1;
	return bar ? parse_form(part, bar + 1, (size_t)(end - bar - 1)) : NULL;
}

const char *template_parse(const char *source, struct template *out, struct columns *columns)
{
	int groups = 0, group = 0;
	for (const char *at = source; *at;) {
		const char *wrong = NULL;
		size_t plain = strcspn(at, "{}[]");
		if (plain) {
			new_part(out, group)->text = guichet_strndup(at, plain);
			at += plain;
		} else if (*at == '{') {
			wrong = parse_column(&at, group, out, columns);
		} else if (*at == '[' && group == 0) {
			group = ++groups;
			at++;
		} else if (*at == ']' && group > 0) {
			group = 0;
			at++;
		} else {
			wrong = _("accolade ou crochet qui ne va avec aucun autre");
		}
		if (wrong)
			return wrong;
	}
	return group ? _("crochet non fermé : attendu [partie facultative]") : NULL;
}

void template_done(struct template *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->parts[i].text);
		free(t->parts[i].argument);
	}
	free(t->parts);
	memset(t, 0, sizeof *t);
}

/* --- rendering --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value of `key` in "{'lon': 2.3, 'lat': 48.8}", either sort of quotes; nothing when it is not there. */
static void dict_value(const char *dict, const char *key, struct text *out)
{
	size_t n = strlen(key);
	for (const char *at = strstr(dict, key); at; at = strstr(at + 1, key)) {
		char quote = at > dict ? at[-1] : '\0';
		if ((quote != '\'' && quote != '"') || at[n] != quote)
			continue;
		const char *value = at + n + 1;
		while (is_blank(*value))
			value++;
		if (*value++ != ':')
			continue;
		while (is_blank(*value))
			value++;
		if (*value == '\'' || *value == '"') {
			const char *end = strchr(value + 1, *value);
			if (end)
				text_addn(out, value + 1, (size_t)(end - value - 1));
		} else {
			text_addn(out, value, strcspn(value, ",}] \t\r\n"));
		}
		return;
	}
}

static void trimmed(const char *value, size_t bytes, struct text *out)
{
	while (bytes && is_blank(*value)) {
		value++;
		bytes--;
	}
	while (bytes && is_blank(value[bytes - 1]))
		bytes--;
	text_addn(out, value, bytes);
}

static void add_value(const struct part *part, const char *value, struct text *out)
{
	const char *stop;
	switch (part->form) {
	case FORM_DICT:
		dict_value(value, part->argument, out);
		return;
	case FORM_UNTIL:
		stop = strstr(value, part->argument);
		trimmed(value, stop ? (size_t)(stop - value) : strlen(value), out);
		return;
	case FORM_CELL:
		if (*value == '\'' && value[1] && strchr("=+-@\t\r", value[1]))
			value++;
		break;
	case FORM_PLAIN:
		break;
	}
	trimmed(value, strlen(value), out);
}

void template_render(const struct template *t, const struct csv_reader *r, const size_t *positions, struct text *out)
{
	for (size_t i = 0; i < t->count;) {
		int group = t->parts[i].group;
		size_t start = out->len;
		bool empty = false;
		for (; i < t->count && t->parts[i].group == group; i++) {
			const struct part *part = &t->parts[i];
			size_t before = out->len;
			if (part->text) {
				text_add(out, part->text);
				continue;
			}
			add_value(part, csv_field(r, positions[part->column]), out);
			empty = empty || out->len == before;
		}
		if (group && empty) {
			out->len = start;
			out->data[start] = '\0';
		}
	}
}
