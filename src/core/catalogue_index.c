// SPDX-License-Identifier: GPL-3.0-or-later
/* A hash table of codes and names, and the codes that look like a mistyped one. Knows nothing of what the items are. */
#include "catalogue_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"

struct slot {
	uint64_t hash;
	char *key;
	void *item; /* NULL: an ambiguous name */
	char kind;  /* in capitals for a name */
};

struct code_map {
	struct slot *slots;
	size_t count, capacity; /* a power of two */
};

enum { MAP_FIRST_CAPACITY = 256 };

static uint64_t hash_key(char kind, const char *key)
{
	uint64_t hash = 0xcbf29ce484222325u ^ (unsigned char)kind; /* FNV-1a */
	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
	return hash;
}

static char name_kind(char kind)
{
	return (char)(kind - 'a' + 'A');
}

struct code_map *code_map_new(void)
{
	struct code_map *map = guichet_alloc(sizeof(*map));
	map->capacity = MAP_FIRST_CAPACITY;
	map->slots = guichet_alloc(map->capacity * sizeof(*map->slots));
	return map;
}

void code_map_free(struct code_map **map)
{
	if (!*map)
		return;
	for (size_t i = 0; i < (*map)->capacity; i++)
		free((*map)->slots[i].key);
	free((*map)->slots);
	free(*map);
	*map = NULL;
}

/* The key's slot, or the empty one where it would go. */
static struct slot *probe(const struct code_map *map, char kind, const char *key, uint64_t hash)
{
	size_t at = (size_t)(hash ^ (hash >> 32)) & (map->capacity - 1);
	while (map->slots[at].key) {
		struct slot *s = &map->slots[at];
		if (s->hash == hash && s->kind == kind && strcmp(s->key, key) == 0)
			return s;
		at = (at + 1) & (map->capacity - 1);
	}
	return &map->slots[at];
}

static void make_room(struct code_map *map)
{
	if ((map->count + 1) * 2 <= map->capacity)
		return;
	struct slot *old = map->slots;
	size_t old_capacity = map->capacity;
	map->capacity *= 2;
	map->slots = guichet_alloc(map->capacity * sizeof(*map->slots));
	for (size_t i = 0; i < old_capacity; i++) {
		if (old[i].key)
			*probe(map, old[i].kind, old[i].key, old[i].hash) = old[i];
	}
	free(old);
}

static struct slot *take_slot(struct code_map *map, char kind, const char *key, bool *existed)
{
	make_room(map);
	uint64_t hash = hash_key(kind, key);
	struct slot *s = probe(map, kind, key, hash);
	*existed = s->key != NULL;
	if (!*existed) {
		*s = (struct slot){.hash = hash, .key = guichet_strdup(key), .kind = kind};
		map->count++;
	}
	return s;
}

void *code_map_add(struct code_map *map, char kind, const char *key, void *item)
{
	bool existed;
	struct slot *s = take_slot(map, kind, key, &existed);
	if (existed)
		return s->item;
	s->item = item;
	return NULL;
}

void *code_map_find(const struct code_map *map, char kind, const char *key)
{
	return probe(map, kind, key, hash_key(kind, key))->item;
}

void code_map_add_name(struct code_map *map, char kind, const char *name, void *item)
{
	struct text slug = TEXT_INIT;
	bool existed;
	utf8_slug(&slug, name);
	if (slug.len > 0) {
		struct slot *s = take_slot(map, name_kind(kind), slug.data, &existed);
		if (!existed)
			s->item = item;
		else if (s->item != item)
			s->item = NULL;
	}
	text_done(&slug);
}

void *code_map_find_name(const struct code_map *map, char kind, const char *name)
{
	struct text slug = TEXT_INIT;
	utf8_slug(&slug, name);
	void *item = code_map_find(map, name_kind(kind), text_str(&slug));
	text_done(&slug);
	return item;
}

void *code_map_find_any(const struct code_map *map, char kind, const char *wanted)
{
	void *item = code_map_find(map, kind, wanted);
	if (item)
		return item;
	struct text slug = TEXT_INIT;
	utf8_slug(&slug, wanted);
	item = code_map_find(map, kind, text_str(&slug));
	if (!item)
		item = code_map_find(map, name_kind(kind), text_str(&slug));
	text_done(&slug);
	return item;
}

/* --- Near codes --- */

static int smallest(int a, int b, int c)
{
	int m = a < b ? a : b;
	return m < c ? m : c;
}

/* Letters to insert, drop, change or swap to go from one slug to the other (optimal string alignment). */
static int edit_distance(const char *a, const char *b)
{
	int rows[3][CATALOGUE_CODE_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);
	if (la > CATALOGUE_CODE_MAX || lb > CATALOGUE_CODE_MAX)
		return INT_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = (int)j;
	for (size_t i = 1; i <= la; i++) {
		int *now = rows[i % 3], *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
		now[0] = (int)i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = smallest(above[j] + 1, now[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return rows[la % 3][lb];
}

/* INT_MAX when the two are not near. A code that holds the whole word typed ("poule") is near, after mistypings. */
static int nearness(const char *wanted, const char *candidate)
{
	enum { HELD = 2, HELD_LETTERS = 3, HOLDS_LETTERS = 4, MISTAKES_MAX = 4 };
	int letters = (int)strlen(wanted), allowed = 1 + letters / 4;
	int distance = edit_distance(wanted, candidate);
	if (allowed > MISTAKES_MAX)
		allowed = MISTAKES_MAX;
	if (distance > allowed || distance >= letters)
		distance = INT_MAX;
	bool held = (letters >= HELD_LETTERS && strstr(candidate, wanted)) ||
		(strlen(candidate) >= HOLDS_LETTERS && strstr(wanted, candidate));
	return held && distance > HELD ? HELD : distance;
}

void near_start(struct near *near, const char *wanted)
{
	struct text slug = TEXT_INIT;
	*near = (struct near){0};
	utf8_slug(&slug, wanted);
	text_add(&slug, "");
	near->wanted = text_take(&slug);
}

static int near_measure(const struct near *near, const char *candidate)
{
	struct text slug = TEXT_INIT;
	utf8_slug(&slug, candidate);
	int distance = slug.len > 0 ? nearness(near->wanted, slug.data) : INT_MAX;
	text_done(&slug);
	return distance;
}

void near_try(struct near *near, const char *code, const char *name)
{
	if (!near->wanted[0])
		return;
	int distance = near_measure(near, code), by_name = name ? near_measure(near, name) : INT_MAX;
	if (by_name < distance)
		distance = by_name;
	if (distance == INT_MAX)
		return;
	for (size_t i = 0; i < near->count; i++) {
		if (strcmp(near->codes[i], code) == 0)
			return;
	}
	size_t at = near->count < NEAR_MAX ? near->count++ : NEAR_MAX;
	while (at > 0 && distance < near->distances[at - 1]) {
		if (at < NEAR_MAX) {
			near->distances[at] = near->distances[at - 1];
			near->codes[at] = near->codes[at - 1];
		}
		at--;
	}
	if (at < NEAR_MAX) {
		near->distances[at] = distance;
		near->codes[at] = code;
	}
}

void near_finish(struct near *near, struct text *out)
{
	/* Beside a good guess, a far one only misleads. */
	while (near->count > 1 && near->distances[near->count - 1] > near->distances[0] + 1)
		near->count--;
	for (size_t i = 0; i < near->count; i++) {
		text_add(out, i == 0 ? _("vouliez-vous dire ") : i + 1 < near->count ? ", " : _(" ou "));
		text_add(out, near->codes[i]);
	}
	if (near->count > 0)
		text_add(out, _(" ?"));
	free(near->wanted);
	*near = (struct near){0};
}
