// SPDX-License-Identifier: GPL-3.0-or-later
/* A hash map from texts to pointers. Knows nothing of what they are. */
#include "map_inside.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 64 };

static size_t slot_of(const struct memo *m, const char *key)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */
	for (const char *s = key; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	size_t mask = m->capacity - 1, at = (size_t)(h ^ h >> 32) & mask;
	while (m->slots[at].key && strcmp(m->slots[at].key, key))
		at = (at + 1) & mask;
	return at;
}

bool memo_find(const struct memo *m, const char *key, const void **value)
{
	if (!m->capacity)
		return false;
	const struct memo_entry *e = &m->slots[slot_of(m, key)];
	if (e->key)
		*value = e->value;
	return e->key != NULL;
}

void memo_put(struct memo *m, const char *key, const void *value)
{
	if (m->count * 2 >= m->capacity) {
		struct memo bigger = {.capacity = m->capacity ? m->capacity * 2 : SLOTS_MIN, .count = m->count};
		bigger.slots = guichet_alloc(bigger.capacity * sizeof *bigger.slots);
		for (size_t i = 0; i < m->capacity; i++)
			if (m->slots[i].key)
				bigger.slots[slot_of(&bigger, m->slots[i].key)] = m->slots[i];
		free(m->slots);
		*m = bigger;
	}
	struct memo_entry *e = &m->slots[slot_of(m, key)];
	if (!e->key) {
		e->key = guichet_strdup(key);
		m->count++;
	}
	e->value = value;
}

void memo_done(struct memo *m)
{
	for (size_t i = 0; i < m->capacity; i++)
		free(m->slots[i].key);
	free(m->slots);
	memset(m, 0, sizeof *m);
}
