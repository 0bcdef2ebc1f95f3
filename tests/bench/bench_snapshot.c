// SPDX-License-Identifier: GPL-3.0-or-later
/* A new desk: the time until it works, and until it is whole, beside bare SQLite's bulk load of the rows that it then has. Server and desk take turns in one process:
 * what the server's part is, is said apart.
 *
 *	BENCH_REQUESTS="20000 350000"   on the server; about a tenth of them is the desk's share
 *	BENCH_DIR=FOLDER                where the stores are made
 *
 * Exit 1 when a limit was not kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "central.h"
#include "floor.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/server/api.h"
#include "guichet/sync/sync.h"
#include "stores.h"

enum { SHARE_DAYS = 365 /* of ten years: a tenth */, PAGE_ITEMS = 500, WORKS_MS = 5000 };

static void die(const char *what, const struct guichet_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err ? err->message : "");
	exit(70);
}

static char *path_of(const char *folder, const char *name)
{
	struct text t = TEXT_INIT;
	text_addf(&t, "%s/%s", folder, name);
	return text_take(&t);
}

/* --- a call --- */

struct calling {
	const char *query;
	char token[100], value[300];
};

static const char *find_query(void *context, const char *key)
{
	struct calling *c = context;
	size_t length = strlen(key);
	for (const char *at = c->query; *at; at += strcspn(at, "&") + (at[strcspn(at, "&")] == '&')) {
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

static int ask(struct api *a, struct db *db, const char *token, const struct sync_request *r, struct text *out)
{
	struct calling calling = {0};
	char path[300];
	const char *target = text_str(&r->path), *query = strchr(target, '?');
	snprintf(path, sizeof path, "%.*s", (int)strcspn(target, "?"), target);
	snprintf(calling.token, sizeof calling.token, "Bearer %s", token);
	calling.query = query ? query + 1 : "";
	struct api_call call = {.method = r->method, .path = path, .query = find_query, .header = find_header, .context = &calling, .body = text_str(&r->body),
		.body_bytes = r->body.len};
	struct api_call *list = &call;
	if (api_begin(a, db, &call) == API_WRITE)
		api_write(a, db, &list, 1);
	text_clear(out);
	text_addn(out, text_str(&call.out), call.out.len);
	int status = call.status;
	api_call_done(&call);
	return status;
}

/* --- the desk --- */

static struct store *make_desk(const char *path)
{
	struct guichet_err err = {0};
	struct catalogue_source source = {0};
	struct store *s = NULL;
	const char *data = getenv("GUICHET_DATADIR");
	struct text folder = TEXT_INIT;
	text_addf(&folder, "%s/catalogue", data && *data ? data : "data");
	if (catalogue_read_folder(text_str(&folder), &source, &err) || store_create(path, &source, false, NULL, &err) || store_open(path, NULL, &s, &err))
		die("desk", &err);
	catalogue_source_done(&source);
	text_done(&folder);
	return s;
}

static void enrol(struct db *db, struct store *s)
{
	struct guichet_err err = {0};
	uint8_t hash[32];
	const struct enrolment e = {.url = (char *)(uintptr_t)"bench:", .token = (char *)(uintptr_t)"gd1_bench", .role = (char *)(uintptr_t)"agent",
		.services = (char *)(uintptr_t)"*", .name = (char *)(uintptr_t)"bench", .device = 4711};
	const int64_t serials[] = {90000000, 90001000};
	api_token_hash(e.token, hash);
	if (db_run(db, &err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, scope_version, retired) "
			"VALUES(4711, ?1, 'bench', 'agent', '*', 0, 0, '0.1', 1, 0, 1, 0)", "b", (const void *)hash, sizeof hash) ||
		replica_enrol(s, &e, serials, 2, 1000, &err))
		die("enrol", &err);
}

struct times {
	double works_ms, whole_ms, server_ms, cpu_ms;
	int64_t requests, open;
};

static void receive(struct api *a, struct db *db, struct store *s, struct times *out)
{
	struct sync_options o = {.clock = clock_system(), .random = random_system(), .page_items = PAGE_ITEMS};
	struct sync *y = sync_new(s, &o);
	struct text body = {.cap = 64 * 1024 * 1024};
	struct guichet_err err = {0};
	int64_t start = clock_monotonic_ns();
	clock_t used = clock();
	while (!sync_is_done(y)) {
		for (int lane = 0; lane < SYNC_LANES; lane++) {
			struct sync_request r;
			struct replica_state state;
			int64_t wake;
			if (!sync_next(y, (enum sync_lane)lane, &r, &wake)) {
				sync_request_done(&r);
				continue;
			}
			int64_t from = clock_monotonic_ns();
			int status = ask(a, db, "gd1_bench", &r, &body);
			out->server_ms += (double)(clock_monotonic_ns() - from) / 1e6;
			if (sync_answer(y, (enum sync_lane)lane, &(struct sync_response){.status = status, .body = text_str(&body), .body_bytes = body.len, .date_ms = NO_INSTANT}, &err))
				die("sync", &err);
			sync_request_done(&r);
			if (out->works_ms == 0 && !replica_state(s, &state, NULL) && state.cursor.epoch != 0)
				out->works_ms = (double)(clock_monotonic_ns() - start) / 1e6;
		}
		struct sync_status now;
		sync_status(y, &now);
		if (now.trouble != SYNC_FINE) {
			fprintf(stderr, "bench: %s\n", now.detail);
			exit(70);
		}
	}
	out->whole_ms = (double)(clock_monotonic_ns() - start) / 1e6;
	out->cpu_ms = (double)(clock() - used) * 1000 / CLOCKS_PER_SEC;
	sync_free(&y);
	text_done(&body);
}

static double processor_ms(clock_t from)
{
	return (double)(clock() - from) * 1000 / CLOCKS_PER_SEC;
}

/* What comparing a window by its scope hash costs either side, over all windows; they must be equal. */
static void compare(struct db *db, struct store *s)
{
	static const char *const one[] = {"voirie"};
	const struct scope all = {.all = true}, part = {.services = one, .count = 1};
	struct replica_state state;
	struct guichet_err err = {0};
	double server_ms = 0, part_ms = 0, desk_ms = 0;
	int64_t windows = 0, operations = 0;
	if (replica_state(s, &state, &err))
		die("state", &err);
	for (int64_t from = 0; from < state.cursor.seq; from += DIGEST_SEQS, windows++) {
		const struct digest_window w = {from, from + DIGEST_SEQS, replica_digest_since(s)};
		struct digest there, here, other;
		clock_t began = clock();
		if (ledger_digest(db, &all, &w, &there, &err))
			die("server's hash", &err);
		server_ms += processor_ms(began);
		began = clock();
		if (ledger_digest(db, &part, &w, &other, &err))
			die("server's hash", &err);
		part_ms += processor_ms(began);
		began = clock();
		if (replica_digest(s, &w, &here, &err) || !digest_equal(&here, &there))
			die("the desk's hash is another one than the server's", &err);
		desk_ms += processor_ms(began);
		operations += here.operations;
	}
	if (windows > 0)
		printf("scope hash: %lld windows, %lld operations on the desk; of processor a window takes the server %.2f ms (one service: %.2f), the desk %.2f\n",
			(long long)windows, (long long)operations, server_ms / (double)windows, part_ms / (double)windows,
			desk_ms / (double)windows);
}

static bool measure(const char *folder, size_t requests)
{
	char *full = path_of(folder, "full.db"), *central = path_of(folder, "central.db"), *desk = path_of(folder, "desk.db"), *bare = path_of(folder, "bare.db");
	struct guichet_err err = {0};
	struct db *db = NULL;
	struct times t = {0};
	struct samples works = {0}, whole = {0}, floor = {0};
	struct api_policy policy = API_POLICY_INIT;
	policy.snapshot_days = SHARE_DAYS;
	stores_make(full, requests);
	if (db_open(&(struct db_options){.sqlite = central}, &db, &err) || ledger_prepare(db, random_system(), &err))
		die("server", &err);
	central_fill(full, db);
	stores_drop(full);
	struct store *s = make_desk(desk);
	enrol(db, s);
	struct api *a = api_new(&(struct api_options){.policy = policy, .clock = clock_system(), .random = random_system()});
	receive(a, db, s, &t);
	compare(db, s);
	store_close(&s);
	sqlite3 *raw = floor_open(desk, false);
	sqlite3_stmt *st = floor_prepare(raw, "SELECT count(*), sum(open) FROM request");
	sqlite3_step(st);
	t.requests = sqlite3_column_int64(st, 0);
	t.open = sqlite3_column_int64(st, 1);
	sqlite3_finalize(st);
	sqlite3_close(raw);
	clock_t used = clock();
	floor_bulk(desk, bare, &floor);
	double floor_cpu_ms = (double)(clock() - used) * 1000 / CLOCKS_PER_SEC;
	samples_put(&works, t.works_ms, false);
	samples_put(&whole, t.whole_ms, false);
	printf("server: %zu requests; desk: %lld, of which open: %lld; the server's part: %.0f ms; processor: %.0f ms, bare: %.0f\n", requests, (long long)t.requests, (long long)t.open,
		t.server_ms, t.cpu_ms, floor_cpu_ms);
	bool kept = measure_report((size_t)t.requests, "new desk, until it works", &works, NULL, LIMIT_P50_MS, WORKS_MS);
	kept = measure_report((size_t)t.requests, "new desk, until it is whole (floor: bare bulk insert)", &whole, &floor, LIMIT_RATIO, 1.5) && kept;
	api_free(&a);
	db_close(&db);
	const char *const files[] = {central, desk, bare};
	for (size_t i = 0; i < 3; i++)
		stores_drop(files[i]);
	samples_done(&works);
	samples_done(&whole);
	samples_done(&floor);
	free(full);
	free(central);
	free(desk);
	free(bare);
	return kept;
}

int main(void)
{
	const char *sizes = getenv("BENCH_REQUESTS");
	bool kept = true;
	i18n_start("fr");
	char *folder = stores_folder();
	measure_heading();
	for (const char *at = sizes && *sizes ? sizes : "20000"; *at;) {
		char *end;
		unsigned long n = strtoul(at, &end, 10);
		if (end == at)
			break;
		kept = measure(folder, n) && kept;
		at = end + strspn(end, " ");
	}
	rmdir(folder);
	free(folder);
	return !kept;
}
