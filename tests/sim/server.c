// SPDX-License-Identifier: GPL-3.0-or-later
/* The server: its calls without HTTP, its committer, its long polls, its copies, and how it dies and is restored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/server/erased.h"
#include "sim.h"

enum { SLOW_MS = 120000 };

struct calling {
	const char *query;
	char token[100], value[300];
};

static int64_t server_now(void *context)
{
	const struct world *w = context;
	return w->now_ms + w->server_skew_ms;
}

static const char *find_query(void *context, const char *key)
{
	struct calling *c = context;
	size_t length = strlen(key);
	for (const char *at = c->query; at && *at; at += strcspn(at, "&") + (at[strcspn(at, "&")] == '&')) {
		if (strncmp(at, key, length) == 0 && at[length] == '=') {
			snprintf(c->value, sizeof c->value, "%.*s", (int)strcspn(at + length + 1, "&"), at + length + 1);
			return c->value;
		}
	}
	return NULL;
}

static const char *find_header(void *context, const char *name)
{
	struct calling *c = context;
	if (!strcmp(name, "Content-Type"))
		return "application/json";
	return !strcmp(name, "Authorization") ? c->token : NULL;
}

/* --- its life --- */

static void erased_path(const struct world *w, char out[PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/erased", w->folder);
}

void server_open(struct world *w)
{
	struct guichet_err err = {0};
	struct guichet_random random = random_seeded(&w->server_seed);
	struct api_policy policy = API_POLICY_INIT;
	policy.oldest_version = w->oldest_version;
	/* Clocks are wrong by a year here: when something ended is nobody's to say. */
	policy.snapshot_days = 3650;
	must(db_open(&(struct db_options){.sqlite = w->server_path}, &w->db, &err), &err, "db_open");
	must(ledger_prepare(w->db, random, &err), &err, "ledger_prepare");
	w->clock = (struct guichet_clock){server_now, w};
	w->api = api_new(&(struct api_options){.policy = policy, .clock = w->clock, .random = random});
}

static void call_free(struct caller *one)
{
	api_call_done(&one->call);
	free(one->calling);
	free(one->m.path);
	free(one->m.body);
}

static void calls_free(struct caller *list, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		call_free(&list[i]);
	*count = 0;
}

void server_close(struct world *w)
{
	calls_free(w->waiting, &w->waiting_count);
	calls_free(w->held, &w->held_count);
	api_free(&w->api);
	db_close(&w->db);
}

/* Its tables are made once for all lives. */
void server_begin(struct world *w)
{
	static char template[PATH_BYTES];
	struct guichet_err err = {0};
	char path[PATH_BYTES];
	if (!*template) {
		uint64_t seed = 1;
		struct db *db;
		snprintf(template, sizeof template, "%s/template-central.db", w->folder);
		must(db_open(&(struct db_options){.sqlite = template}, &db, &err), &err, "db_open");
		must(ledger_prepare(db, random_seeded(&seed), &err), &err, "ledger_prepare");
		db_close(&db);
	}
	erased_path(w, path);
	unlink(path);
	disk_copy(template, w->server_path);
	server_open(w);
}

static void copy_path(const struct world *w, int64_t which, char out[PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/copy%d.db", w->folder, (int)(which % COPIES));
}

void server_end(struct world *w)
{
	char path[PATH_BYTES];
	server_close(w);
	disk_remove(w->server_path);
	for (int64_t n = 0; n < COPIES; n++) {
		copy_path(w, n, path);
		disk_remove(path);
	}
}

/* --- calls --- */

static void answer(struct world *w, struct caller *one)
{
	struct message m = {.desk = one->m.desk,
		.lane = one->m.lane,
		.number = one->m.number,
		.is_answer = true,
		.status = one->call.status};
	m.bytes = one->call.out.len;
	m.body = guichet_strndup(text_str(&one->call.out), m.bytes);
	SAY("%lld desk %d %s -> %d %s\n", (long long)w->now_ms, m.desk, one->m.path, m.status, m.body);
	line_send(w, &m);
	call_free(one);
}

static void kill_in_commit(struct world *w);
static void restore_meanwhile(struct world *w);

/* The committer: what waits, in one transaction; one call of each desk. */
static void commit(struct world *w, bool answers)
{
	struct api_call *calls[CALLS_MAX];
	size_t n = 0, left = 0, took[CALLS_MAX];
	for (size_t i = 0; i < w->waiting_count; i++) {
		bool other = false;
		for (size_t k = 0; k < n; k++)
			other |= api_same_device(calls[k], &w->waiting[i].call);
		if (!other) {
			took[n] = i;
			calls[n++] = &w->waiting[i].call;
		}
	}
	if (n == 0)
		return;
	api_write(w->api, w->db, calls, n);
	if (!answers)
		return;
	for (size_t k = 0; k < n; k++)
		answer(w, &w->waiting[took[k]]);
	for (size_t i = 0, k = 0; i < w->waiting_count; i++) {
		if (k < n && took[k] == i)
			k++;
		else
			w->waiting[left++] = w->waiting[i];
	}
	w->waiting_count = left;
}

/* Somebody wanted it killed, or replaced by a copy, in the middle of its work. */
void server_commit(struct world *w, bool answers)
{
	enum doom doom = w->waiting_count > 0 ? w->doom : NO_DOOM;
	if (doom == NO_DOOM) {
		commit(w, answers);
		return;
	}
	w->doom = NO_DOOM;
	if (doom == KILL)
		kill_in_commit(w);
	else
		restore_meanwhile(w);
}

int64_t server_seq(struct world *w)
{
	return db_value(w->db, 0, "SELECT seq FROM head", "");
}

/* Long polls: something was written, or their time is over. */
void server_resume(struct world *w)
{
	size_t left = 0;
	int64_t head = w->held_count ? server_seq(w) : 0;
	for (size_t i = 0; i < w->held_count; i++) {
		struct caller one = w->held[i];
		bool due = head > one.call.hold_seq || w->now_ms + w->server_skew_ms >= one.call.hold_until_ms;
		if (due && api_resume(w->api, w->db, &one.call) != API_HOLD)
			answer(w, &one);
		else
			w->held[left++] = one;
	}
	w->held_count = left;
}

static void call_begin(struct caller *one, struct calling *calling, const char *token)
{
	char *query = strchr(one->m.path, '?');
	if (query)
		*query++ = '\0';
	one->calling = calling;
	calling->query = query ? query : "";
	snprintf(calling->token, sizeof calling->token, "Bearer %s", token);
	one->call = (struct api_call){.method = one->m.method,
		.path = one->m.path,
		.query = find_query,
		.header = find_header,
		.context = calling,
		.body = one->m.body,
		.body_bytes = one->m.bytes};
}

void server_take(struct world *w, struct message *m)
{
	struct caller one = {.m = *m};
	if (w->waiting_count == CALLS_MAX)
		server_commit(w, true);
	call_begin(&one, guichet_alloc(sizeof *one.calling), w->desks[m->desk].token);
	switch (api_begin(w->api, w->db, &one.call)) {
	case API_WRITE:
		w->waiting[w->waiting_count++] = one;
		break;
	case API_HOLD:
		if (w->held_count == CALLS_MAX) {
			call_free(&one);
			break;
		}
		w->faults.held++;
		w->held[w->held_count++] = one;
		break;
	default:
		answer(w, &one);
	}
}

int server_call(struct world *w, const char *method, const char *path, const char *token, const char *body, char **out)
{
	struct calling calling = {.query = ""};
	struct caller one = {
		.m = {.method = method, .path = guichet_strdup(path), .body = guichet_strdup(body), .bytes = strlen(body)}};
	struct api_call *list = &one.call;
	call_begin(&one, &calling, token ? token : "");
	if (api_begin(w->api, w->db, &one.call) == API_WRITE)
		api_write(w->api, w->db, &list, 1);
	int status = one.call.status;
	if (out)
		*out = guichet_strdup(text_str(&one.call.out));
	one.calling = NULL;
	call_free(&one);
	return status;
}

/* --- dying --- */

static void die(struct world *w)
{
	bool power = chance(w, 400);
	w->faults.server_kills++;
	/* What a living one does when it closes, a dead one does not. */
	disk_break(DISK_DEAD, 0);
	server_close(w);
	disk_heal();
	if (power) {
		w->faults.server_power++;
		w->faults.pieces += disk_lose_unsynced(w->server_path, &w->state);
	}
	server_open(w);
}

static void kill_in_commit(struct world *w)
{
	bool full = chance(w, 300);
	disk_break(full ? DISK_FULL : DISK_DEAD, (unsigned)roll(w, 40));
	commit(w, full);
	bool met = disk_heal();
	w->faults.disk_full += full && met;
	if (full)
		return;
	w->faults.server_kills_in_commit++;
	die(w);
}

void server_kill(struct world *w, bool in_commit)
{
	if (in_commit) {
		w->doom = KILL;
		return;
	}
	/* All is on disk, and nobody is told. */
	if (chance(w, 500))
		commit(w, false);
	die(w);
}

/* --- copies --- */

void server_copy(struct world *w)
{
	struct guichet_err err = {0};
	char path[PATH_BYTES];
	w->copies[w->copied % COPIES] = server_seq(w);
	copy_path(w, w->copied++, path);
	disk_remove(path);
	unlink(path);
	must(db_backup(w->db, path, &err), &err, "db_backup");
	/* What the oldest copy that may still be restored holds is safe. */
	int64_t oldest = w->copied > COPIES ? w->copied - COPIES : 0;
	if (!chance(w, 500) || w->copies[oldest % COPIES] == 0)
		return;
	w->faults.backed_up++;
	must(db_run(w->db, &err, "UPDATE head SET backup_seq = ?1 WHERE backup_seq < ?1", "i", w->copies[oldest % COPIES]),
		&err, "backup_seq");
}

/* By what it shows, as the server knows it: its own number it may have changed. */
void server_revoke(struct world *w, int i)
{
	struct guichet_err err = {0};
	uint8_t token[32];
	api_token_hash(w->desks[i].token, token);
	must(db_run(w->db, &err, "UPDATE device SET revoked_ms = ?2 WHERE token = ?1", "bi", (const void *)token,
			 sizeof token, w->now_ms),
		&err, "revoke");
}

/* As the server knows it by now: a restored one may have forgotten what it had granted. */
void server_grants(struct world *w, struct desk *d)
{
	uint8_t token[32];
	api_token_hash(d->token, token);
	struct db_rows *rows =
		db_query(w->db, NULL, "SELECT services FROM device WHERE token = ?1", "b", (const void *)token, sizeof token);
	if (rows && db_next(rows))
		snprintf(d->services, sizeof d->services, "%s", db_str(rows, 0));
	db_rows_done(&rows, NULL);
}

static void revoke_again(struct world *w)
{
	for (int i = 0; i < w->desk_count; i++)
		if (w->desks[i].revoked)
			server_revoke(w, i);
}

/* Who had what role may be lost as well: what counts now, desks were told to be parked. */
static void note_parked(struct world *w)
{
	struct db_rows *rows = db_query(w->db, NULL, "SELECT device, dseq FROM op WHERE parked IS NOT NULL", "");
	while (rows && db_next(rows)) {
		GUICHET_GROW(w->parked, w->parked_count, w->parked_capacity);
		w->parked[w->parked_count++] = (struct op_id){(uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1)};
	}
	db_rows_done(&rows, NULL);
}

static void restore(struct world *w)
{
	struct guichet_err err = {0};
	char path[PATH_BYTES];
	int64_t oldest = w->copied > COPIES ? w->copied - COPIES : 0;
	size_t replayed;
	note_parked(w);
	copy_path(w, oldest + (int64_t)roll(w, (uint64_t)(w->copied - oldest)), path);
	server_close(w);
	disk_copy(path, w->server_path);
	server_open(w);
	erased_path(w, path);
	must(erased_replay(path, w->db, w->now_ms, random_seeded(&w->server_seed), &replayed, &err), &err, "erased_replay");
	revoke_again(w);
	w->slow_until_ms = w->now_ms + SLOW_MS;
	w->faults.restores++;
	SAY("%lld restored at %lld\n", (long long)w->now_ms, (long long)server_seq(w));
}

/* At the worst moment: what it has just acknowledged is lost with it, and the answers are still on their way. */
static void restore_meanwhile(struct world *w)
{
	w->faults.restores_meanwhile++;
	w->all_late = true;
	commit(w, true);
	server_resume(w);
	w->all_late = false;
	restore(w);
}

void server_restore(struct world *w)
{
	if (chance(w, 600))
		w->doom = RESTORE;
	else
		restore(w);
}
