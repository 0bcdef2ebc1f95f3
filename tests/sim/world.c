// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks, the server, the line between them, and what goes wrong with each. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/server/erased.h"
#include "../unit/store_fixture.h"
#include "sim.h"

enum { YEAR_S = 365 * 86400, REST_TURNS = 6000 };

bool sim_verbose;

/* --- chance --- */

uint64_t chance_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t roll(struct world *w, uint64_t below)
{
	return chance_next(&w->state) % below;
}

bool chance(struct world *w, unsigned in_a_thousand)
{
	return roll(w, 1000) < in_a_thousand;
}

void fail(struct world *w, const char *format, ...)
{
	va_list args;
	if (w->failed)
		return;
	w->failed = true;
	va_start(args, format);
	vsnprintf(w->why, sizeof w->why, format, args);
	va_end(args);
}

/* --- clocks --- */

static int64_t world_now(void *context)
{
	return ((struct world *)context)->now_ms;
}

static int64_t desk_now(void *context)
{
	const struct desk *d = context;
	return d->world->now_ms + d->skew_ms;
}

/* --- desks --- */

static void must(enum guichet_rc rc, const struct guichet_err *err, const char *what)
{
	if (rc == GUICHET_OK)
		return;
	fprintf(stderr, "simulator: %s: %s\n", what, err->message);
	abort();
}

static struct store_options desk_options(struct desk *d)
{
	return (struct store_options){ .clock = { desk_now, d }, .random = random_seeded(&d->seed), .busy_ms = 1 };
}

static void desk_open(struct world *w, struct desk *d)
{
	struct guichet_err err = { 0 };
	struct store_options o = desk_options(d);
	if (store_open(d->path, &o, &d->store, &err)) {
		fail(w, "a desk's store does not open any more: %s", err.message);
		must(GUICHET_IO, &err, "store_open");
	}
	d->sync = sync_new(d->store, &(struct sync_options){ .clock = { desk_now, d }, .random = random_seeded(&d->seed),
		.page_items = w->seed % 3 == 0 ? 500 : 1 + (int)(w->seed % 11) });
}

static void desk_close(struct desk *d)
{
	sync_free(&d->sync);
	store_close(&d->store);
	for (int lane = 0; lane < SYNC_LANES; lane++)
		d->lanes[lane].under_way = false;
}

void desk_reopen(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	desk_close(d);
	disk_heal();
	desk_open(w, d);
	uint64_t before = d->made;
	desk_count_made(w, i);
	if (d->made < before)
		fail(w, "desk %d lost what it had recorded: %llu operations, now %llu", i, (unsigned long long)before, (unsigned long long)d->made);
}

void desk_count_made(struct world *w, int i)
{
	(void)w;
	w->desks[i].made = (uint64_t)store_last_op(w->desks[i].store) & (((uint64_t)1 << 40) - 1);
}

/* --- the server --- */

struct calling { const char *query; char token[100], value[300]; };

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

static void server_open(struct world *w)
{
	struct guichet_err err = { 0 };
	struct guichet_random random = random_seeded(&w->server_seed);
	must(db_open(&(struct db_options){ .sqlite = w->server_path }, &w->db, &err), &err, "db_open");
	must(ledger_prepare(w->db, random, &err), &err, "ledger_prepare");
	struct api_policy policy = API_POLICY_INIT;
	/* Clocks are wrong by a year here: when something ended is nobody's to say. */
	policy.snapshot_days = 3650;
	w->api = api_new(&(struct api_options){ .policy = policy, .clock = { world_now, w }, .random = random });
}

static void call_free(struct waiting *one)
{
	api_call_done(&one->call);
	free(one->calling);
	free(one->m.path);
	free(one->m.body);
}

static void server_close(struct world *w)
{
	for (size_t i = 0; i < w->waiting_count; i++)
		call_free(&w->waiting[i]);
	w->waiting_count = 0;
	api_free(&w->api);
	db_close(&w->db);
}

/* --- the line --- */

static void put(struct world *w, struct message *m, int64_t delay_ms)
{
	m->due_ms = w->now_ms + delay_ms;
	GUICHET_GROW(w->messages, w->message_count, w->message_capacity);
	w->messages[w->message_count++] = *m;
}

static int64_t some_delay(struct world *w)
{
	if (w->calm || !chance(w, 80))
		return (int64_t)(5 + roll(w, 80));
	w->faults.late++;
	return (int64_t)roll(w, 90000);
}

static void send(struct world *w, struct message *m)
{
	struct desk *d = &w->desks[m->desk];
	if (!w->calm && (d->cut || chance(w, 60))) {
		w->faults.lost++;
		free(m->path);
		free(m->body);
		return;
	}
	if (!w->calm && chance(w, 50)) {
		struct message twin = *m;
		twin.path = m->path ? guichet_strdup(m->path) : NULL;
		twin.body = guichet_strndup(m->body, m->bytes);
		put(w, &twin, some_delay(w));
		w->faults.doubled++;
	}
	put(w, m, some_delay(w));
}

static void answer(struct world *w, struct waiting *one)
{
	struct message m = { .desk = one->m.desk, .lane = one->m.lane, .number = one->m.number, .is_answer = true, .status = one->call.status };
	m.bytes = one->call.out.len;
	m.body = guichet_strndup(text_str(&one->call.out), m.bytes);
	SAY("%lld desk %d %s -> %d %.200s\n", (long long)w->now_ms, m.desk, one->m.path, m.status, m.body);
	send(w, &m);
	call_free(one);
}

/* The committer: what waits, in one transaction; one call of each desk. */
static void server_commit(struct world *w, bool answers)
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
	for (size_t k = 0; k < n && answers; k++)
		answer(w, &w->waiting[took[k]]);
	for (size_t i = 0, k = 0; i < w->waiting_count && answers; i++) {
		if (k < n && took[k] == i)
			k++;
		else
			w->waiting[left++] = w->waiting[i];
	}
	if (answers)
		w->waiting_count = left;
}

static void server_take(struct world *w, struct message *m)
{
	struct waiting *one;
	if (w->waiting_count == CALLS_MAX)
		server_commit(w, true);
	one = &w->waiting[w->waiting_count];
	*one = (struct waiting){ .m = *m, .calling = guichet_alloc(sizeof *one->calling) };
	char *query = strchr(one->m.path, '?');
	if (query)
		*query++ = '\0';
	one->calling->query = query ? query : "";
	snprintf(one->calling->token, sizeof one->calling->token, "Bearer %s", w->desks[m->desk].token);
	one->call = (struct api_call){ .method = m->method, .path = one->m.path, .query = find_query, .header = find_header, .context = one->calling,
		.body = one->m.body, .body_bytes = one->m.bytes };
	if (api_begin(w->api, w->db, &one->call) == API_WRITE)
		w->waiting_count++;
	else
		answer(w, one);
}

/* A store's call may meet a full disk, or the end of its process. */
static bool begin_trouble(struct world *w, enum disk_fault *how)
{
	*how = DISK_FINE;
	if (w->calm || !chance(w, 12))
		return false;
	*how = chance(w, 500) ? DISK_DEAD : DISK_FULL;
	disk_break(*how, (unsigned)roll(w, *how == DISK_DEAD ? 60 : 30));
	return true;
}

static void end_trouble(struct world *w, int i, enum disk_fault how)
{
	if (how == DISK_FINE)
		return;
	if (how == DISK_DEAD) {
		w->faults.desk_kills_in_commit++;
		desk_reopen(w, i);
	} else {
		w->faults.disk_full += disk_heal();
	}
}

static void desk_take(struct world *w, struct message *m)
{
	struct desk *d = &w->desks[m->desk];
	struct exchange *x = &d->lanes[m->lane];
	struct guichet_err err = { 0 };
	enum disk_fault how;
	if (!x->under_way || x->number != m->number)
		return;
	x->under_way = false;
	const struct sync_response r = { .status = m->status, .body = m->body ? m->body : "", .body_bytes = m->bytes, .date_ms = m->status ? w->now_ms : NO_INSTANT };
	begin_trouble(w, &how);
	enum guichet_rc rc = sync_answer(d->sync, m->lane, &r, &err);
	if (rc && how == DISK_FINE)
		fail(w, "desk %d: %s", m->desk, err.message);
	end_trouble(w, m->desk, how);
}

static void deliver(struct world *w, struct message *m)
{
	if (!m->is_answer) {
		server_take(w, m);
		return;
	}
	desk_take(w, m);
	free(m->body);
}

/* --- time --- */

static void turn(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	if (w->now_ms >= d->poke_ms) {
		d->poke_ms = w->now_ms + (w->calm ? 1000 : (int64_t)roll(w, 20000));
		sync_poke(d->sync);
	}
	for (int lane = 0; lane < SYNC_LANES; lane++) {
		struct exchange *x = &d->lanes[lane];
		struct sync_request r;
		int64_t wake;
		if (x->under_way && w->now_ms >= x->until_ms) {
			struct message none = { .desk = i, .lane = (enum sync_lane)lane, .number = x->number, .is_answer = true };
			desk_take(w, &none);
		}
		if (!x->under_way && sync_next(d->sync, (enum sync_lane)lane, &r, &wake)) {
			struct message m = { .desk = i, .lane = (enum sync_lane)lane, .number = ++w->number, .method = r.method };
			*x = (struct exchange){ true, m.number, w->now_ms + r.timeout_s * 1000 };
			m.path = guichet_strdup(text_str(&r.path));
			m.bytes = r.body.len;
			m.body = guichet_strndup(text_str(&r.body), r.body.len);
			SAY("%lld desk %d #%llu %s %.200s\n", (long long)w->now_ms, i, (unsigned long long)m.number, m.path, m.body);
			send(w, &m);
			sync_request_done(&r);
		}
	}
}

/* The next message that is due until then; SIZE_MAX: none. */
static size_t next_due(const struct world *w, int64_t until_ms)
{
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < w->message_count; i++)
		if (w->messages[i].due_ms <= until_ms && (best == SIZE_MAX || w->messages[i].due_ms < w->messages[best].due_ms))
			best = i;
	return best;
}

void world_pass(struct world *w, int64_t ms)
{
	int64_t until = w->now_ms + ms;
	for (int n = 0; n < 200 && !w->failed; n++) {
		for (int i = 0; i < w->desk_count; i++)
			turn(w, i);
		size_t at = next_due(w, until);
		if (at == SIZE_MAX)
			break;
		struct message m = w->messages[at];
		w->messages[at] = w->messages[--w->message_count];
		if (m.due_ms > w->now_ms)
			w->now_ms = m.due_ms;
		deliver(w, &m);
		if (w->waiting_count > 0 && (w->calm || chance(w, 600)))
			server_commit(w, true);
	}
	if (w->now_ms < until)
		w->now_ms = until;
	if (w->calm || chance(w, 700))
		server_commit(w, true);
}

/* --- what goes wrong --- */

static void copy_file(const char *from, const char *to)
{
	char buffer[65536];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	if (!in || !out)
		abort();
	for (size_t n; (n = fread(buffer, 1, sizeof buffer, in)) > 0;)
		if (fwrite(buffer, 1, n, out) != n)
			abort();
	fclose(in);
	fclose(out);
}

static void copy_path(const struct world *w, int64_t which, char out[PATH_BYTES])
{
	snprintf(out, PATH_BYTES, "%s/copy%d.db", w->folder, (int)(which % COPIES));
}

static void server_copy(struct world *w)
{
	struct guichet_err err = { 0 };
	char path[PATH_BYTES];
	copy_path(w, w->copied++, path);
	unlink(path);
	must(db_backup(w->db, path, &err), &err, "db_backup");
}

static void unlink_beside(const char *path, const char *suffix)
{
	char beside[PATH_BYTES + 8];
	snprintf(beside, sizeof beside, "%s%s", path, suffix);
	unlink(beside);
}

static void server_restore(struct world *w)
{
	struct guichet_err err = { 0 };
	char path[PATH_BYTES];
	int64_t oldest = w->copied > COPIES ? w->copied - COPIES : 0;
	copy_path(w, oldest + (int64_t)roll(w, (uint64_t)(w->copied - oldest)), path);
	server_close(w);
	unlink_beside(w->server_path, "-wal");
	unlink_beside(w->server_path, "-shm");
	copy_file(path, w->server_path);
	server_open(w);
	size_t replayed;
	snprintf(path, sizeof path, "%s/erased", w->folder);
	must(erased_replay(path, w->db, w->now_ms, random_seeded(&w->server_seed), &replayed, &err), &err, "erased_replay");
	w->faults.restores++;
	SAY("%lld restored\n", (long long)w->now_ms);
}

static void server_kill(struct world *w, bool in_commit)
{
	if (in_commit && w->waiting_count > 0) {
		bool full = chance(w, 300);
		disk_break(full ? DISK_FULL : DISK_DEAD, (unsigned)roll(w, 40));
		server_commit(w, full);
		if (full) {
			w->faults.disk_full += disk_heal();
			return;
		}
		w->faults.server_kills_in_commit++;
	} else if (chance(w, 500)) {
		/* All is on disk, and nobody is told. */
		server_commit(w, false);
	}
	w->faults.server_kills++;
	server_close(w);
	disk_heal();
	server_open(w);
}

static void change_clock(struct world *w, struct desk *d)
{
	w->faults.clocks++;
	d->skew_ms = chance(w, 500) ? 0 : ((int64_t)roll(w, 2 * YEAR_S) - YEAR_S) * 1000;
}

void world_fault(struct world *w)
{
	int i = (int)roll(w, (uint64_t)w->desk_count);
	uint64_t what = roll(w, 100);
	if (what < 20) {
		w->faults.desk_kills++;
		desk_reopen(w, i);
	} else if (what < 40) {
		w->faults.cuts += !w->desks[i].cut;
		w->desks[i].cut = !w->desks[i].cut;
	} else if (what < 70) {
		server_kill(w, what < 58);
	} else if (what < 80) {
		change_clock(w, &w->desks[i]);
	} else if (what < 92) {
		server_copy(w);
	} else if (what < 95 && w->seed % 4 != 0) {
		server_restore(w);
	}
}

bool world_rest(struct world *w)
{
	w->calm = true;
	for (int i = 0; i < w->desk_count; i++)
		w->desks[i].cut = false;
	int quiet = 0;
	for (int n = 0; n < REST_TURNS && !w->failed; n++) {
		bool done = w->message_count == 0 && w->waiting_count == 0;
		world_pass(w, 2000);
		for (int i = 0; i < w->desk_count && done; i++) {
			struct replica_state state;
			replica_state(w->desks[i].store, &state, NULL);
			done = state.pending == 0 && state.unseen == 0 && sync_is_done(w->desks[i].sync);
		}
		quiet = done ? quiet + 1 : 0;
		if (quiet >= 12)
			return true;
	}
	for (int i = 0; i < w->desk_count && !w->failed; i++) {
		struct replica_state state;
		struct sync_status st;
		replica_state(w->desks[i].store, &state, NULL);
		sync_status(w->desks[i].sync, &st);
		SAY("desk %d: pending %lld unseen %lld cursor %lld:%lld trouble %d %s\n", i, (long long)state.pending, (long long)state.unseen, (long long)state.cursor.epoch,
			(long long)state.cursor.seq, st.trouble, st.detail);
		if (state.pending || state.unseen || st.trouble)
			fail(w, "desk %d does not come to rest: %lld wait, %lld unseen, trouble %d %s", i, (long long)state.pending, (long long)state.unseen, (int)st.trouble, st.detail);
	}
	fail(w, "the desks do not come to rest");
	return false;
}

/* --- beginning and end --- */

static const struct { const char *role, *services; } grants[] = { { "agent", "*" }, { "service", "voirie" }, { "supervisor agent service", "*" }, { "service", "nettoyage proximite" },
	{ "agent", "voirie" } };

static void desk_enrol(struct world *w, struct desk *d, int i)
{
	struct guichet_err err = { 0 };
	char body[200];
	uint8_t hash[32];
	int64_t serials[4];
	snprintf(body, sizeof body, "CODE-%d", i);
	api_token_hash(body, hash);
	must(db_run(w->db, &err, "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, 'poste', ?2, ?3, ?4, 1)", "btti", (const void *)hash,
		sizeof hash, d->role, d->services, w->now_ms + 100000), &err, "code");
	snprintf(body, sizeof body, "{\"code\":\"CODE-%d\",\"version\":\"0.1\",\"device\":%u}", i, store_device(d->store));
	struct calling c = { .query = "" };
	struct api_call call = { .method = "POST", .path = "/v1/devices", .query = find_query, .header = find_header, .context = &c, .body = body, .body_bytes = strlen(body) };
	struct api_call *list = &call;
	if (api_begin(w->api, w->db, &call) == API_WRITE)
		api_write(w->api, w->db, &list, 1);
	json_t *json = json_loads(text_str(&call.out), 0, NULL);
	snprintf(d->token, sizeof d->token, "%s", json_string_value(json_object_get(json, "token")));
	const struct enrolment e = { .url = (char *)(uintptr_t)"sim:", .token = d->token, .role = (char *)(uintptr_t)d->role, .services = d->services,
		.device = (uint32_t)json_integer_value(json_object_get(json, "device")) };
	size_t n = json_array_size(json_object_get(json, "serials"));
	for (size_t k = 0; k < n && k < 4; k++)
		serials[k] = json_integer_value(json_array_get(json_object_get(json, "serials"), k));
	must(replica_enrol(d->store, &e, serials, n, 1000, &err), &err, "replica_enrol");
	json_decref(json);
	api_call_done(&call);
}

static void desk_new(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	struct guichet_err err = { 0 };
	struct catalogue_source source;
	size_t n = 0;
	d->world = w;
	d->seed = chance_next(&w->state);
	size_t grant = i < 2 && w->seed % 2 ? 0 : roll(w, sizeof grants / sizeof *grants);
	if (i == 0)
		grant = 0;
	d->role = grants[grant].role;
	snprintf(d->services, sizeof d->services, "%s", grants[grant].services);
	snprintf(d->path, sizeof d->path, "%s/desk%d.db", w->folder, i);
	d->actor = (struct actor){ .login = i % 2 ? "marie" : "paul", .name = "Marie", .services = d->service_list };
	d->actor.roles = strstr(d->role, "supervisor") ? ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR : strstr(d->role, "service") ? ROLE_SERVICE : ROLE_AGENT;
	/* The words of `services`, which stays as it is. */
	char *words = guichet_strdup(d->services), *rest = words;
	for (char *word; (word = strsep(&rest, " ")) && n < 3;)
		d->service_list[n++] = !strcmp(word, "voirie") ? "voirie" : !strcmp(word, "nettoyage") ? "nettoyage" : !strcmp(word, "*") ? "*" : "proximite";
	free(words);
	struct store_options o = desk_options(d);
	fixture_catalogue(&source);
	must(store_create(d->path, &source, false, &o, &err), &err, "store_create");
	catalogue_source_done(&source);
	desk_open(w, d);
	/* Work from before it had a server. */
	for (uint64_t alone = roll(w, 6); alone > 0; alone--)
		act(w, i);
	desk_enrol(w, d, i);
	d->device = store_device(d->store);
	desk_count_made(w, i);
}

void world_new(struct world *w, const char *folder, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->seed = seed;
	/* Neighbouring seeds must not walk the same numbers one step apart. */
	w->state = seed;
	w->state = chance_next(&w->state) ^ seed << 32;
	w->now_ms = 1795340000000;
	snprintf(w->folder, sizeof w->folder, "%s", folder);
	snprintf(w->server_path, sizeof w->server_path, "%s/central.db", folder);
	w->server_seed = chance_next(&w->state);
	server_open(w);
	w->desk_count = 2 + (int)roll(w, DESKS_MAX - 1);
	for (int i = 0; i < w->desk_count; i++)
		desk_new(w, i);
	server_copy(w);
}

void world_done(struct world *w)
{
	char path[PATH_BYTES];
	disk_heal();
	server_close(w);
	for (int i = 0; i < w->desk_count; i++) {
		desk_close(&w->desks[i]);
		unlink(w->desks[i].path);
		unlink_beside(w->desks[i].path, "-journal");
	}
	snprintf(path, sizeof path, "%s/erased", w->folder);
	unlink(path);
	unlink(w->server_path);
	unlink_beside(w->server_path, "-wal");
	unlink_beside(w->server_path, "-shm");
	for (int64_t n = 0; n < COPIES; n++) {
		copy_path(w, n, path);
		unlink(path);
		unlink_beside(path, "-wal");
		unlink_beside(path, "-shm");
	}
	for (size_t i = 0; i < w->message_count; i++) {
		free(w->messages[i].path);
		free(w->messages[i].body);
	}
	free(w->messages);
}
