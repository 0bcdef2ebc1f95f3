// SPDX-License-Identifier: GPL-3.0-or-later
/* The line between the desks and the server: it loses, doubles and delays. */
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "sim.h"

enum { LATE_MS = 90000, QUITE_LATE_MS = 25000 };

static void put(struct world *w, struct message *m, int64_t delay_ms)
{
	m->due_ms = w->now_ms + delay_ms;
	GUICHET_GROW(w->messages, w->message_count, w->message_capacity);
	w->messages[w->message_count++] = *m;
}

static int64_t some_delay(struct world *w, const struct message *m)
{
	/* Late, and yet before the desk gives up: so is now and then what a restored server answers to one lane, while
	 * the other goes on. */
	bool slow = m->is_answer && m->lane == SYNC_PUSH && w->now_ms < w->slow_until_ms && !w->calm && chance(w, 500);
	if (w->all_late || slow)
		return 2000 + (int64_t)roll(w, QUITE_LATE_MS);
	if (w->calm || !chance(w, 80))
		return (int64_t)(5 + roll(w, 80));
	w->faults.late++;
	return (int64_t)roll(w, chance(w, 500) ? QUITE_LATE_MS : LATE_MS);
}

static void message_free(struct message *m)
{
	free(m->path);
	free(m->body);
}

void line_send(struct world *w, struct message *m)
{
	struct desk *d = &w->desks[m->desk];
	if (!w->calm && !w->all_late && (d->cut || chance(w, 60))) {
		w->faults.lost++;
		message_free(m);
		return;
	}
	if (!w->calm && chance(w, 50)) {
		struct message twin = *m;
		twin.path = m->path ? guichet_strdup(m->path) : NULL;
		twin.body = guichet_strndup(m->body, m->bytes);
		put(w, &twin, some_delay(w, m));
		w->faults.doubled++;
	}
	put(w, m, some_delay(w, m));
}

static void take(struct world *w, struct message *m)
{
	if (m->is_answer) {
		desk_take(w, m);
		free(m->body);
	} else {
		server_take(w, m);
	}
}

bool line_step(struct world *w, int64_t until_ms)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < w->message_count; i++)
		if (w->messages[i].due_ms <= until_ms && (best == SIZE_MAX || w->messages[i].due_ms < w->messages[best].due_ms))
			best = i;
	if (best == SIZE_MAX)
		return false;
	struct message m = w->messages[best];
	w->messages[best] = w->messages[--w->message_count];
	if (m.due_ms > w->now_ms)
		w->now_ms = m.due_ms;
	take(w, &m);
	return true;
}

void line_done(struct world *w)
{
	for (size_t i = 0; i < w->message_count; i++)
		message_free(&w->messages[i]);
	free(w->messages);
}
