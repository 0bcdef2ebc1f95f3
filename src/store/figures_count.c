// SPDX-License-Identifier: GPL-3.0-or-later
/* Counts of figures: groups of them, their form in the store, and the rows of days they come from. Knows no clock. */
#include "figures_inside.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 64 };

/* --- groups --- */

static struct figure_group **group_slot(const struct figure_groups *g, const char *key)
{
	size_t at = (size_t)tally_hash(key) & (g->capacity - 1);
	while (g->slots[at] && strcmp(g->slots[at]->key, key))
		at = (at + 1) & (g->capacity - 1);
	return &g->slots[at];
}

struct figure_group *figure_group(struct figure_groups *g, const char *key)
{
	if (g->count * 2 >= g->capacity) {
		struct figure_groups bigger = { .capacity = g->capacity ? g->capacity * 2 : SLOTS_MIN, .count = g->count };
		bigger.slots = guichet_alloc(bigger.capacity * sizeof *bigger.slots);
		for (size_t i = 0; i < g->capacity; i++)
			if (g->slots[i])
				*group_slot(&bigger, g->slots[i]->key) = g->slots[i];
		free(g->slots);
		*g = bigger;
	}
	struct figure_group **slot = group_slot(g, key);
	if (!*slot) {
		*slot = guichet_alloc(sizeof **slot);
		(*slot)->key = guichet_strdup(key);
		(*slot)->oldest_ms = NO_INSTANT;
		g->count++;
	}
	return *slot;
}

void figure_groups_done(struct figure_groups *g)
{
	for (size_t i = 0; i < g->capacity; i++)
		if (g->slots[i]) {
			free(g->slots[i]->key);
			free(g->slots[i]);
		}
	free(g->slots);
	*g = (struct figure_groups){ 0 };
}

int figure_slot(int measure, int bin)
{
	if (measure == FIGURE_ANSWERED)
		return bin >= 0 && bin < FIGURE_BINS ? FIGURE_SLOT_DELAY + bin : -1;
	if (measure == FIGURE_ENDED)
		return bin >= 0 && bin < STATUS_COUNT ? FIGURE_SLOT_ENDED + bin : -1;
	return measure >= 0 && measure < FIGURE_ENDED ? measure : -1;
}

/* --- counts as bytes: for each that is not 0, how far it is from the one before, then the count; 7 bits a byte, the lowest first --- */

static void put_number(struct text *out, uint32_t v)
{
	for (; v >= 128; v >>= 7)
		text_addc(out, (char)(v | 128));
	text_addc(out, (char)v);
}

static bool get_number(const unsigned char **p, const unsigned char *end, uint32_t *v)
{
	*v = 0;
	for (int shift = 0; shift < 35 && *p < end; shift += 7) {
		unsigned char byte = *(*p)++;
		*v |= (uint32_t)(byte & 127) << shift;
		if (byte < 128)
			return true;
	}
	return false;
}

void figure_counts_write(struct text *out, const int32_t n[FIGURE_SLOTS])
{
	int last = 0;
	for (int i = 0; i < FIGURE_SLOTS; i++)
		if (n[i]) {
			put_number(out, (uint32_t)(i - last));
			put_number(out, n[i] < 0 ? (uint32_t)~n[i] << 1 | 1 : (uint32_t)n[i] << 1);
			last = i;
		}
}

void figure_counts_add(const unsigned char *blob, size_t bytes, int32_t n[FIGURE_SLOTS])
{
	const unsigned char *p = blob, *end = blob + bytes;
	uint32_t gap, v, at = 0;
	while (p < end && get_number(&p, end, &gap) && get_number(&p, end, &v)) {
		at += gap;
		if (at >= FIGURE_SLOTS)
			return;
		n[at] += v & 1 ? ~(int32_t)(v >> 1) : (int32_t)(v >> 1);
	}
}

/* --- the rows of days --- */

const char *figure_value(const struct figure_row *row, enum sla_by by)
{
	switch (by) {
	case SLA_BY_SERVICE:
		return row->service;
	case SLA_BY_COMMUNE:
		return row->commune;
	case SLA_BY_NATURE:
		return row->nature;
	case SLA_BY_CATEGORY:
		return row->category;
	case SLA_BY_CHANNEL:
		return row->channel;
	}
	return "";
}

static enum guichet_rc each_of_pair(struct store *s, const char *service, const char *commune, int32_t from_day, int32_t to_day,
	void (*visit)(void *context, const struct figure_row *row), void *context, struct guichet_err *err)
{
	sqlite3_stmt *st = sql_prepare(s,
		"SELECT day, measure, category, nature, channel, bin, n FROM figure "
		"WHERE service = ?1 AND commune = ?2 AND day BETWEEN ?3 AND ?4", err);
	if (!st)
		return GUICHET_INTERNAL;
	sql_bind(st, "ttii", service, commune, (int64_t)from_day, (int64_t)to_day);
	enum guichet_rc rc;
	while ((rc = sql_step(s, st, err)) == GUICHET_OK) {
		struct figure_row row = { .service = service, .commune = commune, .category = column_str(st, 2), .nature = column_str(st, 3),
			.channel = column_str(st, 4), .day = sqlite3_column_int(st, 0), .n = sqlite3_column_int(st, 6),
			.slot = figure_slot(sqlite3_column_int(st, 1), sqlite3_column_int(st, 5)) };
		if (row.slot >= 0)
			visit(context, &row);
	}
	return rc == GUICHET_NOT_FOUND ? GUICHET_OK : rc;
}

struct pair { char *service, *commune; };

static void pair_done(struct pair *p)
{
	free(p->service);
	free(p->commune);
	*p = (struct pair){ 0 };
}

static bool read_pair(struct store *s, sqlite3_stmt *st, struct pair *out)
{
	struct pair found = { 0 };
	if (st && sql_step(s, st, NULL) == GUICHET_OK)
		found = (struct pair){ guichet_strdup(column_str(st, 0)), guichet_strdup(column_str(st, 1)) };
	if (st)
		sqlite3_reset(st);
	pair_done(out);
	*out = found;
	return found.service != NULL;
}

/* Steps from pair to pair by the table's key, never through the rows in between (which a comparison of both columns at once would do). False: no
 * more, or an error. */
static bool next_pair(struct store *s, const char *service, struct pair *at)
{
	static const char from[] = "SELECT service, commune FROM figure WHERE service >= ?1 ORDER BY service, commune LIMIT 1";
	static const char within[] = "SELECT service, commune FROM figure WHERE service = ?1 AND commune > ?2 ORDER BY commune LIMIT 1";
	static const char beyond[] = "SELECT service, commune FROM figure WHERE service > ?1 ORDER BY service, commune LIMIT 1";
	sqlite3_stmt *st = sql_prepare(s, at->service ? within : from, NULL);
	struct pair next = { 0 };
	if (st && at->service)
		sql_bind(st, "tt", at->service, at->commune);
	else if (st)
		sql_bind(st, "t", service ? service : "");
	bool found = read_pair(s, st, &next);
	if (!found && at->service && !service) {
		st = sql_prepare(s, beyond, NULL);
		if (st)
			sql_bind(st, "t", at->service);
		found = read_pair(s, st, &next);
	}
	pair_done(at);
	*at = next;
	return found && (!service || !strcmp(next.service, service));
}

enum guichet_rc figures_each(struct store *s, const char *service, const char *commune, int32_t from_day, int32_t to_day,
	void (*visit)(void *context, const struct figure_row *row), void *context, struct guichet_err *err)
{
	if (service && commune)
		return each_of_pair(s, service, commune, from_day, to_day, visit, context, err);
	enum guichet_rc rc = GUICHET_OK;
	struct pair at = { 0 };
	while (rc == GUICHET_OK && next_pair(s, service, &at))
		if (!commune || !strcmp(commune, at.commune))
			rc = each_of_pair(s, at.service, at.commune, from_day, to_day, visit, context, err);
	pair_done(&at);
	return rc;
}

int32_t figures_first_day(struct store *s, int32_t today)
{
	struct pair at = { 0 };
	int64_t first = today;
	while (next_pair(s, NULL, &at)) {
		int64_t day = sql_value(s, first, "SELECT min(day) FROM figure WHERE service = ?1 AND commune = ?2", "tt", at.service, at.commune);
		first = day < first ? day : first;
	}
	pair_done(&at);
	return (int32_t)first;
}
