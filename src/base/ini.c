// SPDX-License-Identifier: GPL-3.0-or-later
/* The scanner of INI text: lines, names, and everything that iniparser would silently misread. Must not know what the
 * sections and keys mean, nor take a value apart: that is iniparser's (ini_values.c).
 */
#include "guichet/base/ini.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"
#include "ini_inside.h"

enum { LINE_BYTES_MAX = 1000, QUOTED_MAX = 60 };

/* Open addressing; a slot holds an index + 1. */
struct table {
	struct slot { uint64_t hash; size_t item; } *slots;
	size_t size, used;
};

/* What ini->dictionary points to. */
struct names {
	struct table sections, entries;
};

struct scanner {
	struct ini *ini;
	struct names *names;
	struct problems *problems;
	size_t bad;                  /* problems found */
	const char *at, *end;
	int line;                    /* of the physical line read last */
	enum { OUTSIDE, INSIDE, SKIPPED } state;
	bool again;                  /* the bytes were looked at before */
	size_t section;              /* INSIDE: its index */
	size_t entry_capacity, section_capacity, line_capacity;
};

#define COMPLAIN(scan, at_line, ...) \
	((scan)->bad++, problems_add((scan)->problems, (scan)->ini->file, (at_line), __VA_ARGS__))

/* FNV-1a over both names; `key` is NULL for a section. */
static uint64_t hash_names(const char *section, const char *key)
{
	uint64_t hash = 0xCBF29CE484222325u;

	for (; *section; section++)
		hash = (hash ^ (unsigned char)*section) * 0x100000001B3u;
	hash = (hash ^ 0xFF) * 0x100000001B3u;
	for (; key && *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001B3u;
	return hash;
}

static bool is_item(const struct ini *ini, size_t item, const char *section, const char *key)
{
	if (!key)
		return strcmp(ini->sections[item], section) == 0;
	return strcmp(ini->entries[item].key, key) == 0 && strcmp(ini->entries[item].section, section) == 0;
}

/* The index of a section (`key` NULL) or entry, or SIZE_MAX. */
static size_t table_find(const struct table *t, const struct ini *ini, const char *section, const char *key)
{
	uint64_t hash = hash_names(section, key);

	for (size_t i = hash & (t->size - 1); t->size; i = (i + 1) & (t->size - 1)) {
		if (!t->slots[i].item)
			break;
		if (t->slots[i].hash == hash && is_item(ini, t->slots[i].item - 1, section, key))
			return t->slots[i].item - 1;
	}
	return SIZE_MAX;
}

static void table_put(struct table *t, struct slot slot)
{
	size_t i = slot.hash & (t->size - 1);

	while (t->slots[i].item)
		i = (i + 1) & (t->size - 1);
	t->slots[i] = slot;
	t->used++;
}

static void table_add(struct table *t, uint64_t hash, size_t item)
{
	if (2 * (t->used + 1) > t->size) {
		struct table larger = { .size = t->size ? 2 * t->size : 64 };

		larger.slots = guichet_alloc(larger.size * sizeof *larger.slots);
		for (size_t i = 0; i < t->size; i++)
			if (t->slots[i].item)
				table_put(&larger, t->slots[i]);
		free(t->slots);
		*t = larger;
	}
	table_put(t, (struct slot){ hash, item + 1 });
}

static const char *trim_left(const char *s, size_t *bytes)
{
	while (*bytes && (*s == ' ' || *s == '\t')) {
		s++;
		(*bytes)--;
	}
	return s;
}

static size_t trim_right(const char *s, size_t bytes)
{
	while (bytes && (s[bytes - 1] == ' ' || s[bytes - 1] == '\t'))
		bytes--;
	return bytes;
}

/* Lower-cases a name in place. False when a character is not allowed or there is none. */
static bool take_name(char *name, bool colons)
{
	char *c;

	for (c = name; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || strchr("._-", *c) || (colons && *c == ':')))
			return false;
	}
	return c > name;
}

/* A text quoted in a message: not the whole of a long one. */
static const char *quoted(char out[QUOTED_MAX * 4], const char *s)
{
	struct text cut = TEXT_INIT;

	utf8_fit(&cut, s, QUOTED_MAX, false);
	if (cut.len >= QUOTED_MAX * 4)
		text_clear(&cut);
	memcpy(out, text_str(&cut), cut.len + 1);
	text_done(&cut);
	return out;
}

/* Refuses bytes that have no place in a text file. */
static bool check_bytes(struct scanner *scan, const char *s, size_t bytes)
{
	size_t bad = 0, len;

	if (!utf8_valid(s, bytes, &bad)) {
		COMPLAIN(scan, scan->line, _("octet 0x%02X à la position %zu : le fichier doit être en UTF-8"),
			(unsigned)(unsigned char)s[bad], bad + 1);
		return false;
	}
	for (size_t i = 0; i < bytes; i += len) {
		uint32_t cp = 0;

		len = utf8_decode(s + i, bytes - i, &cp);
		if ((cp < ' ' && cp != '\t') || (cp >= 0x7F && cp < 0xA0)) {
			COMPLAIN(scan, scan->line, _("caractère de commande U+%04X à la position %zu : à retirer"),
				(unsigned)cp, i + 1);
			return false;
		}
	}
	return true;
}

/* Takes the next physical line, without its end nor outer blanks. False at the end of the text. */
static bool next_physical(struct scanner *scan, const char **s, size_t *bytes, bool *sound)
{
	const char *line = scan->at, *stop;

	if (line >= scan->end)
		return false;
	stop = memchr(line, '\n', (size_t)(scan->end - line));
	if (!stop)
		stop = scan->end;
	scan->at = stop + 1;
	scan->line++;
	*bytes = (size_t)(stop - line);
	if (*bytes && line[*bytes - 1] == '\r')
		(*bytes)--;
	if (!scan->again && !check_bytes(scan, line, *bytes))
		*sound = false;
	*s = trim_left(line, bytes);
	*bytes = trim_right(*s, *bytes);
	return true;
}

/* Joins what follows a final '\': blanks around the break become one space. */
static void join(struct text *logical, const char *s, size_t bytes, bool indented)
{
	size_t left = trim_right(logical->data, logical->len);

	if (left < logical->len || indented) {
		logical->len = left;
		logical->data[left] = '\0';
		if (left && bytes)
			text_addc(logical, ' ');
	}
	text_addn(logical, s, bytes);
}

/* Reads one logical line, continuations included, into `logical`. False at the end. *sound is false when a mistake in it was
 * reported: it must not be used then. */
static bool next_logical(struct scanner *scan, struct text *logical, int *first_line, bool *sound)
{
	size_t bytes, total, left;
	const char *s;

	*sound = true;
	text_clear(logical);
	if (!next_physical(scan, &s, &bytes, sound))
		return false;
	*first_line = scan->line;
	total = bytes;
	text_addn(logical, s, bytes);
	while (logical->len && logical->data[logical->len - 1] == '\\') {
		const char *before = scan->at;

		if (*logical->data == '#' || *logical->data == ';') {
			COMPLAIN(scan, scan->line, _("commentaire terminé par « \\ » : iniparser avalerait la ligne suivante"));
			*sound = false;
			break;
		}
		logical->data[--logical->len] = '\0';
		if (!next_physical(scan, &s, &bytes, sound)) {
			COMPLAIN(scan, scan->line, _("« \\ » en fin de fichier : la suite de la ligne manque"));
			*sound = false;
			break;
		}
		total += bytes;
		/* A second '\' before the break would itself be taken for a continuation once the lines are joined. */
		left = trim_right(logical->data, logical->len);
		if (left && logical->data[left - 1] == '\\') {
			COMPLAIN(scan, scan->line - 1, _("deux « \\ » en fin de ligne : un seul annonce une suite"));
			*sound = false;
			break;
		}
		join(logical, s, bytes, s > before);
	}
	if (total > LINE_BYTES_MAX && *sound) {
		COMPLAIN(scan, *first_line,
			_("ligne de %zu octets, suites comprises (au plus %d) : mettre les textes longs dans un fichier à part"),
			total, LINE_BYTES_MAX);
		*sound = false;
	}
	return true;
}

static void open_section(struct scanner *scan, char *line, int at_line)
{
	struct ini *ini = scan->ini;
	char *close = strchr(line, ']'), *name = line + 1, shown[QUOTED_MAX * 4];
	size_t bytes, known;

	scan->state = SKIPPED;
	if (!close) {
		COMPLAIN(scan, at_line, _("crochet non fermé : « %s », attendu « [section] »"), quoted(shown, line));
		return;
	}
	if (close[1]) {
		COMPLAIN(scan, at_line, _("texte après « ] » : « %s », à mettre sur une ligne à part"),
			quoted(shown, close + 1));
		return;
	}
	bytes = (size_t)(close - name);
	name = (char *)trim_left(name, &bytes);
	name[trim_right(name, bytes)] = '\0';
	if (!take_name(name, true)) {
		COMPLAIN(scan, at_line, _("nom de section « %s » : attendu des lettres sans accent, chiffres, « . _ - : »"),
			quoted(shown, name));
		return;
	}
	scan->state = INSIDE;
	known = table_find(&scan->names->sections, ini, name, NULL);
	if (known != SIZE_MAX) {
		COMPLAIN(scan, at_line, _("section « [%s] » déjà ouverte ligne %d : les réunir"), quoted(shown, name),
			ini->section_lines[known]);
		scan->section = known;
		return;
	}
	scan->section = ini->section_count;
	GUICHET_GROW(ini->sections, ini->section_count, scan->section_capacity);
	GUICHET_GROW(ini->section_lines, ini->section_count, scan->line_capacity);
	ini->sections[ini->section_count] = guichet_strdup(name);
	ini->section_lines[ini->section_count++] = at_line;
	table_add(&scan->names->sections, hash_names(name, NULL), scan->section);
}

/* Whether iniparser will read the whole of this value, and nothing but it. */
static bool check_value(struct scanner *scan, const char *key, const char *value, int at_line)
{
	char shown[QUOTED_MAX * 4];
	const char *odd;

	if (*value == '"' || *value == '\'') {
		const char *close = strchr(value + 1, *value);

		if (!close) {
			COMPLAIN(scan, at_line, _("« %s » : guillemet %c non fermé"), key, *value);
			return false;
		}
		if (close[1]) {
			COMPLAIN(scan, at_line, _("« %s » : texte après le guillemet fermant : « %s »"), key,
				quoted(shown, close + 1));
			return false;
		}
		return true;
	}
	odd = strpbrk(value, ";#");
	if (odd) {
		COMPLAIN(scan, at_line,
			_("« %s » : « %c » hors guillemets couperait la valeur : l'écrire entre guillemets \"…\""), key, *odd);
		return false;
	}
	return true;
}

static void add_entry(struct scanner *scan, char *line, int at_line)
{
	struct ini *ini = scan->ini;
	char *equals = strchr(line, '='), shown[QUOTED_MAX * 4];
	const char *section, *value;
	size_t bytes, known;

	if (!equals) {
		COMPLAIN(scan, at_line, _("ligne sans « = » : « %s », attendu « clé = valeur »"), quoted(shown, line));
		return;
	}
	line[trim_right(line, (size_t)(equals - line))] = '\0';
	*equals = '\0';
	if (!take_name(line, false)) {
		COMPLAIN(scan, at_line, _("nom de clé « %s » : attendu des lettres sans accent, chiffres, « . _ - »"),
			quoted(shown, line));
		return;
	}
	bytes = strlen(equals + 1);
	value = trim_left(equals + 1, &bytes);
	if (!check_value(scan, line, value, at_line))
		return;
	if (scan->state == OUTSIDE)
		COMPLAIN(scan, at_line, _("clé « %s » hors de toute section : attendu « [section] » avant elle"), line);
	if (scan->state != INSIDE)
		return;
	section = ini->sections[scan->section];
	known = table_find(&scan->names->entries, ini, section, line);
	if (known != SIZE_MAX) {
		COMPLAIN(scan, at_line, _("clé « %s » déjà donnée ligne %d dans « [%s] »"), line,
			ini->entries[known].line, section);
		return;
	}
	GUICHET_GROW(ini->entries, ini->count, scan->entry_capacity);
	table_add(&scan->names->entries, hash_names(section, line), ini->count);
	ini->entries[ini->count++] = (struct ini_entry){ section, guichet_strdup(line), guichet_strdup(value), at_line };
}

static enum guichet_rc parse(const char *file, const char *data, size_t bytes, bool again, struct ini *out, struct problems *problems)
{
	struct scanner scan = { .ini = out, .problems = problems, .at = data, .end = data + bytes, .again = again };
	struct text logical = TEXT_INIT;
	int at_line = 0;
	bool sound;

	*out = (struct ini){ .file = guichet_strdup(file), .dictionary = guichet_alloc(sizeof *scan.names) };
	scan.names = out->dictionary;
	if (bytes >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
		scan.at += 3;
	while (next_logical(&scan, &logical, &at_line, &sound)) {
		char first = *text_str(&logical);

		if (!sound && first == '[')
			scan.state = SKIPPED;
		if (!sound || !first || first == '#' || first == ';')
			continue;
		if (first == '[')
			open_section(&scan, logical.data, at_line);
		else
			add_entry(&scan, logical.data, at_line);
	}
	text_done(&logical);
	scan.bad += ini_read_values(out, again, problems);
	return scan.bad ? GUICHET_CONFIG : GUICHET_OK;
}

enum guichet_rc ini_parse(const char *file, const char *data, size_t bytes, struct ini *out, struct problems *problems)
{
	return parse(file, data, bytes, false, out, problems);
}

enum guichet_rc ini_parse_again(const char *file, const char *data, size_t bytes, struct ini *out, struct problems *problems)
{
	return parse(file, data, bytes, true, out, problems);
}

void ini_done(struct ini *ini)
{
	struct names *names = ini->dictionary;

	for (size_t i = 0; i < ini->count; i++) {
		free((char *)ini->entries[i].key);
		free((char *)ini->entries[i].value);
	}
	for (size_t i = 0; i < ini->section_count; i++)
		free((char *)ini->sections[i]);
	free(ini->entries);
	free(ini->sections);
	free(ini->section_lines);
	free(ini->file);
	if (names) {
		free(names->sections.slots);
		free(names->entries.slots);
	}
	free(names);
	*ini = (struct ini){ 0 };
}

const struct ini_entry *ini_find(const struct ini *ini, const char *section, const char *key)
{
	const struct names *names = ini->dictionary;
	size_t found = names ? table_find(&names->entries, ini, section, key) : SIZE_MAX;

	return found == SIZE_MAX ? NULL : &ini->entries[found];
}
