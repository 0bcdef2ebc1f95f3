// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks of a run of faults (desks.h). */
#include "desks.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/clock.h"

enum { PAUSE_MS = 120, SETTLE_TRIES = 80, OPERATIONS_LOG = 3 /* a person, a contact, a request */, OPERATIONS_NOTE = 1, WATCH_ONE_IN = 12 };

uint64_t faults_drawn(uint64_t *chance)
{
	uint64_t x = *chance += 0x9E3779B97F4A7C15u;
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

int64_t faults_now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

static char *word(const char *text)
{
	return (char *)(uintptr_t)text;
}

bool desk_make(struct desk *d, const char *folder, int number, const char *guichet)
{
	*d = (struct desk){ .number = number, .guichet = guichet };
	d->writer.in = d->writer.out = d->syncer.in = d->syncer.out = -1;
	snprintf(d->home, sizeof d->home, "%s/desk%d", folder, number);
	snprintf(d->store, sizeof d->store, "%s/data/guichet/desk.db", d->home);
	char *const init[] = { word(guichet), word("init"), NULL };
	return mkdir(d->home, 0700) == 0 && child_run(d->home, init, NULL, 0) == 0;
}

bool desk_enrol(struct desk *d, const char *url, const char *code)
{
	char *const enrol[] = { word(d->guichet), word("enrol"), word(url), word(code), NULL };
	return child_run(d->home, enrol, NULL, 0) == 0;
}

void desk_done(struct desk *d)
{
	child_kill(&d->writer);
	child_kill(&d->syncer);
	free(d->commands);
	free(d->references);
	d->commands = NULL;
	d->references = NULL;
}

/* --- typing --- */

static int64_t some_reference(struct desk *all, int count, uint64_t *chance)
{
	const struct desk *other = &all[faults_drawn(chance) % (uint64_t)count];
	return other->reference_count ? other->references[faults_drawn(chance) % other->reference_count] : 0;
}

static void type_next(struct desk *d, struct desk *all, int count, uint64_t *chance)
{
	char line[400];
	int64_t reference = faults_drawn(chance) % 4 == 0 ? some_reference(all, count, chance) : 0;
	size_t n = d->count;
	int length = reference ? snprintf(line, sizeof line, "note %lld 'marque %d-%zu'\n", (long long)reference, d->number, n)
		: snprintf(line, sizeof line, "log --channel phone --category nid-de-poule --subject 'marque %d-%zu' --name 'Garnier%d' --phone 06%08llu\n", d->number, n,
			(int)(faults_drawn(chance) % 5000), (unsigned long long)(faults_drawn(chance) % 100000000));
	GUICHET_GROW(d->commands, d->count, d->capacity);
	d->commands[d->count++] = (struct command){ .operations = reference ? OPERATIONS_NOTE : OPERATIONS_LOG };
	d->busy = write(d->writer.in, line, (size_t)length) == length;
}

void desk_work(struct desk *d, struct desk *all, int count, uint64_t *chance, bool log_more)
{
	char *const shell[] = { word(d->guichet), word("--json"), word("shell"), NULL };
	char *const once[] = { word(d->guichet), word("sync"), NULL }, *const watch[] = { word(d->guichet), word("sync"), word("--watch"), NULL };
	int status;
	if (child_ended(&d->writer, &status) && log_more) {
		d->busy = false;
		child_start(&d->writer, d->home, CHILD_IN | CHILD_OUT | CHILD_MIXED, shell);
	}
	if (child_ended(&d->syncer, &status) && faults_now_ms() >= d->next_sync_ms) {
		child_start(&d->syncer, d->home, 0, faults_drawn(chance) % WATCH_ONE_IN == 0 ? watch : once);
		d->next_sync_ms = faults_now_ms() + (int64_t)(faults_drawn(chance) % PAUSE_MS);
	}
	if (!d->busy && log_more && d->writer.pid > 0)
		type_next(d, all, count, chance);
}

void desk_hear(struct desk *d)
{
	for (char *line; (line = child_line(&d->writer)) != NULL; free(line)) {
		bool refused = !strncmp(line, "guichet:", 8);
		if ((line[0] != '{' && !refused) || !d->busy || d->count == 0)
			continue;
		struct command *c = &d->commands[d->count - 1];
		d->busy = false;
		if (refused) {
			d->failed++;
			continue;
		}
		c->acknowledged = true;
		d->acknowledged += c->operations;
		json_t *json = c->operations == OPERATIONS_LOG ? json_loads(line, 0, NULL) : NULL;
		const char *id = json_string_value(json_object_get(json, "service_request_id"));
		if (id) {
			GUICHET_GROW(d->references, d->reference_count, d->reference_capacity);
			d->references[d->reference_count++] = strtoll(id, NULL, 10);
		}
		json_decref(json);
	}
}

/* --- looking into its store --- */

int64_t desk_acked(struct desk *d, int64_t *device)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t acked = -1;
	if (sqlite3_open_v2(d->store, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, 10000);
		if (sqlite3_prepare_v2(db, "SELECT id, acked FROM device WHERE own = 1 ORDER BY no DESC LIMIT 1", -1, &st, NULL) == SQLITE_OK
			&& sqlite3_step(st) == SQLITE_ROW) {
			*device = sqlite3_column_int64(st, 0);
			acked = sqlite3_column_int64(st, 1);
		}
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
	return acked;
}

bool desk_settle(struct desk *d)
{
	char *const sync[] = { word(d->guichet), word("--json"), word("sync"), NULL };
	char line[512];
	child_kill(&d->syncer);
	for (int i = 0; i < SETTLE_TRIES; i++) {
		int status = child_run(d->home, sync, line, sizeof line);
		json_t *json = json_loads(line, 0, NULL);
		bool nothing = json && json_integer_value(json_object_get(json, "pending")) == 0;
		json_decref(json);
		if (status == 0 && nothing)
			return true;
		usleep(200000);
	}
	return false;
}
