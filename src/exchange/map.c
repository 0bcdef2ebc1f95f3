// SPDX-License-Identifier: GPL-3.0-or-later
/* The map of a source: INI text compiled once. [map] says how the file is written, [fields] what each of our
 * fields is made of, and [service], [category], [channel], [nature], [status] translate the source's words,
 * written as slugs, to our codes. Knows nothing of the store. */
#include "map_inside.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"

static const char *const field_keys[MAP_FIELD_COUNT] = {
	[MAP_SOURCE_ID] = "source_id",
	[MAP_SUBJECT] = "subject",
	[MAP_DESCRIPTION] = "description",
	[MAP_SERVICE] = "service",
	[MAP_SERVICE_NAME] = "service_name",
	[MAP_CATEGORY] = "category",
	[MAP_CATEGORY_NAME] = "category_name",
	[MAP_CATEGORY_PATH] = "category_path",
	[MAP_CHANNEL] = "channel",
	[MAP_NATURE] = "nature",
	[MAP_STATUS] = "status",
	[MAP_PRIORITY] = "priority",
	[MAP_COMMUNE] = "commune",
	[MAP_ADDRESS] = "address_string",
	[MAP_PLACE_DETAIL] = "place_detail",
	[MAP_ASSET] = "asset",
	[MAP_GROUND] = "ground",
	[MAP_AREA] = "area",
	[MAP_LATITUDE] = "lat",
	[MAP_LONGITUDE] = "long",
	[MAP_SENDER_REF] = "sender_ref",
	[MAP_DOCUMENT_DATE] = "document_date",
	[MAP_RECEIVED] = "received",
	[MAP_RECEIVED_MONTH] = "received_month",
	[MAP_RECEIVED_WEEKDAY] = "received_weekday",
	[MAP_RECEIVED_HOUR] = "received_hour",
	[MAP_CLOSED] = "closed",
	[MAP_DUE] = "due",
};

const char *map_field_key(enum map_field f)
{
	return field_keys[f];
}

const char *import_map_name(const struct import_map *m)
{
	return m->name;
}

bool map_has(const struct import_map *m, enum map_field f)
{
	return m->fields[f].count > 0;
}

const char *word_code(const struct word_table *t, const char *word)
{
	struct text slug = TEXT_INIT;
	const char *code = t->fallback;
	utf8_slug(&slug, word);
	for (size_t i = 0; i < t->count; i++)
		if (!strcmp(t->words[i].slug, text_str(&slug))) {
			code = t->words[i].code;
			break;
		}
	text_done(&slug);
	return code;
}

static void word_table_done(struct word_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->words[i].slug);
		free(t->words[i].code);
	}
	free(t->words);
	free(t->fallback);
}

void import_map_free(struct import_map **m)
{
	struct import_map *map = *m;
	if (!map)
		return;
	for (int f = 0; f < MAP_FIELD_COUNT; f++)
		template_done(&map->fields[f]);
	for (size_t i = 0; i < map->columns.count; i++)
		free(map->columns.names[i]);
	free(map->columns.names);
	word_table_done(&map->services);
	word_table_done(&map->categories);
	word_table_done(&map->channels);
	word_table_done(&map->natures);
	word_table_done(&map->statuses);
	free(map->name);
	free(map);
	*m = NULL;
}

/* --- reading --- */

struct reading {
	struct import_map *map;
	const struct ini *ini;
	struct problems *problems;
};

static void wrong(const struct reading *in, const struct ini_entry *e, const char *expected)
{
	problems_add(in->problems, in->ini->file, e->line, _("[%s] %s = « %s » : attendu %s"), e->section, e->key, e->value,
		expected);
}

static void read_flag(const struct reading *in, const struct ini_entry *e, bool *out)
{
	*out = !strcmp(e->value, "yes");
	if (!*out && strcmp(e->value, "no"))
		wrong(in, e, _("yes ou no"));
}

/* The name goes before each source id and into a file's name. */
static void read_name(const struct reading *in, const struct ini_entry *e)
{
	size_t n = strlen(e->value);
	if (n == 0 || n > MAP_NAME_MAX || strspn(e->value, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		wrong(in, e, _("un nom court en minuscules, chiffres et tirets"));
	free(in->map->name);
	in->map->name = guichet_strdup(e->value);
}

static void read_general(const struct reading *in, const struct ini_entry *e)
{
	static const struct {
		const char *name;
		char separator;
	} separators[] = {
		{"auto", '\0'},
		{"comma", ','},
		{"semicolon", ';'},
		{"tab", '\t'},
		{"bar", '|'},
	};
	static const char *const dates[] = {
		[DATE_AUTO] = "auto", [DATE_ISO] = "iso", [DATE_DMY] = "dmy", [DATE_MDY] = "mdy"};
	if (!strcmp(e->key, "name")) {
		read_name(in, e);
	} else if (!strcmp(e->key, "separator")) {
		for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
			if (!strcmp(e->value, separators[i].name)) {
				in->map->separator = separators[i].separator;
				return;
			}
		wrong(in, e, "auto, comma, semicolon, tab, bar");
	} else if (!strcmp(e->key, "dates")) {
		for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
			if (!strcmp(e->value, dates[i])) {
				in->map->dates = (enum date_form)i;
				return;
			}
		wrong(in, e, "auto, iso, dmy, mdy");
	} else if (!strcmp(e->key, "answered")) {
		read_flag(in, e, &in->map->answered);
	} else if (!strcmp(e->key, "reason")) {
		if (!close_reason_parse(e->value, &in->map->reason))
			wrong(in, e, "answered, anonymous, abusive, withdrawn, unwanted, unreachable, duplicate");
	} else {
		problems_add(in->problems, in->ini->file, e->line,
			_("clé « %s » inconnue dans [map] : attendu name, separator, dates, answered ou reason"), e->key);
	}
}

static void read_field(const struct reading *in, const struct ini_entry *e)
{
	for (int f = 0; f < MAP_FIELD_COUNT; f++) {
		if (strcmp(e->key, field_keys[f]))
			continue;
		const char *mistake = template_parse(e->value, &in->map->fields[f], &in->map->columns);
		if (mistake)
			problems_add(in->problems, in->ini->file, e->line, "%s = « %s » : %s", e->key, e->value, mistake);
		return;
	}
	struct text known = TEXT_INIT;
	for (int f = 0; f < MAP_FIELD_COUNT; f++)
		text_addf(&known, "%s%s", f ? ", " : "", field_keys[f]);
	problems_add(
		in->problems, in->ini->file, e->line, _("champ « %s » inconnu : attendu %s"), e->key, text_str(&known));
	text_done(&known);
}

/* What the code of an enumeration must be. */
static bool is_channel(const char *code)
{
	enum channel c;
	return channel_parse(code, &c);
}

static bool is_nature(const char *code)
{
	enum nature n;
	return nature_parse(code, &n);
}

/* The others need what no map can give: a parent, a body, a pause. */
static bool is_status(const char *code)
{
	enum status s;
	return status_parse(code, &s) && (s <= STATUS_CLOSED || s == STATUS_CANCELLED);
}

static void read_word(const struct reading *in, const struct ini_entry *e, struct word_table *t,
	bool (*known)(const char *code), const char *expected)
{
	if (!known && !strcmp(e->key, "create")) {
		read_flag(in, e, &t->create);
		return;
	}
	if (!*e->value || (known && !known(e->value)))
		wrong(in, e, expected);
	else if (strlen(e->value) > IMPORT_CODE_MAX)
		problems_add(in->problems, in->ini->file, e->line, _("[%s] %s = « %s » : code trop long (au plus %d octets)"), e->section, e->key, e->value,
			IMPORT_CODE_MAX);
	if (!strcmp(e->key, "default")) {
		free(t->fallback);
		t->fallback = guichet_strdup(e->value);
		return;
	}
	GUICHET_GROW(t->words, t->count, t->capacity);
	t->words[t->count++] = (struct word){guichet_strdup(e->key), guichet_strdup(e->value)};
}

static void read_entry(const struct reading *in, const struct ini_entry *e)
{
	struct import_map *m = in->map;
	if (!strcmp(e->section, "map"))
		read_general(in, e);
	else if (!strcmp(e->section, "fields"))
		read_field(in, e);
	else if (!strcmp(e->section, "service"))
		read_word(in, e, &m->services, NULL, _("un code de service"));
	else if (!strcmp(e->section, "category"))
		read_word(in, e, &m->categories, NULL, _("un code de motif"));
	else if (!strcmp(e->section, "channel"))
		read_word(in, e, &m->channels, is_channel, "phone, email, post, desk, web");
	else if (!strcmp(e->section, "nature"))
		read_word(in, e, &m->natures, is_nature, "report, information, complaint, suggestion, opinion");
	else if (!strcmp(e->section, "status"))
		read_word(in, e, &m->statuses, is_status, "new, routed, review, ordered, done, answered, closed, cancelled");
	else
		problems_add(in->problems, in->ini->file, e->line,
			_("section [%s] inconnue : attendu map, fields, service, category, channel, nature ou status"), e->section);
}

static void check_whole(const struct reading *in)
{
	const struct import_map *m = in->map;
	if (!m->name)
		problems_add(in->problems, in->ini->file, 0, _("il manque « name » dans [map]"));
	if (!map_has(m, MAP_SUBJECT))
		problems_add(
			in->problems, in->ini->file, 0, _("il manque « subject » dans [fields] : de quoi est fait l'objet"));
	if (!map_has(m, MAP_RECEIVED) && !map_has(m, MAP_RECEIVED_MONTH))
		problems_add(in->problems, in->ini->file, 0, _("il manque « received » (ou « received_month ») dans [fields]"));
	if (m->columns.count == 0)
		problems_add(in->problems, in->ini->file, 0, _("aucune {colonne} n'est nommée dans [fields]"));
}

enum guichet_rc import_map_parse(
	const char *file, const char *data, size_t bytes, struct import_map **out, struct problems *problems)
{
	struct ini ini;
	struct import_map *map = guichet_alloc(sizeof *map);
	struct reading in = {map, &ini, problems};
	size_t before = problems->count;
	map->reason = CLOSE_ANSWERED;
	*out = NULL;
	ini_parse(file, data, bytes, &ini, problems);
	for (size_t i = 0; i < ini.count; i++)
		read_entry(&in, &ini.entries[i]);
	/* What is missing may be missing for a mistake that was told. */
	if (problems->count == before)
		check_whole(&in);
	ini_done(&ini);
	crypto_generichash(map->hash, sizeof map->hash, (const unsigned char *)data, bytes, NULL, 0);
	if (problems->count > before) {
		import_map_free(&map);
		return GUICHET_CONFIG;
	}
	*out = map;
	return GUICHET_OK;
}
