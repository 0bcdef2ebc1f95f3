// SPDX-License-Identifier: GPL-3.0-or-later
/* Calls to the REST interface: first line "METHOD PATH?QUERY", then headers to an empty line, then the body. Whoever calls is a desk, an administrator or nobody. Every
 * answer is one of HTTP's, and a problem has its type. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/server/api.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE = 2048, HEADERS = 8, FRESH_AFTER = 20000 };

static char folder[64];
static struct db *db;
static struct api *api;
static uint64_t seed = 1;
static int64_t now_ms = 1795000000000;

struct fuzzed { char method[16], path[LINE], text[LINE], query[LINE]; const char *names[HEADERS], *values[HEADERS]; size_t count; };

/* --- the server --- */

static void put_away(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[80];
	db_close(&db);
	api_free(&api);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/c.db%s", folder, suffixes[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void start(void)
{
	struct guichet_random random = random_seeded(&seed);
	struct api_policy policy = API_POLICY_INIT;
	char path[80];
	uint8_t hash[32];
	/* In memory where that can be had: what is written is not the question. */
	snprintf(folder, sizeof folder, "%s/guichet-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof path, "%s/c.db", folder);
	if (db_open(&(struct db_options){ .sqlite = path }, &db, NULL) || ledger_prepare(db, random, NULL))
		abort();
	api = api_new(&(struct api_options){ .policy = policy, .clock = clock_fixed(&now_ms), .random = random });
	api_token_hash("d", hash);
	if (db_run(db, NULL, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, version, encrypted, cursor_seq, scope_version, retired) "
		"VALUES(7, ?1, 'n', 'service', 'voirie', 0, 0, '1', 0, 0, 1, 0)", "b", (const void *)hash, sizeof hash))
		abort();
	api_token_hash("ga1_a", hash);
	if (db_run(db, NULL, "INSERT INTO account(login, name, password, roles, services, disabled, failed, failed_ms) VALUES('a', 'a', NULL, "
		"'agent supervisor admin', '*', 0, 0, 0)", "") || db_run(db, NULL, "INSERT INTO session(family, login, device, access, access_until_ms, refresh, "
		"refresh_before, refreshed_ms, started_ms, revoked) VALUES(?1, 'a', 7, ?1, ?2, ?1, NULL, 0, ?2, 0)", "bi", (const void *)hash, sizeof hash, INT64_MAX))
		abort();
}

/* What was pushed piles up; from time to time all begins anew. */
static void prepare(void)
{
	static int calls;
	if (calls++ % FRESH_AFTER != 0)
		return;
	if (db)
		put_away();
	else
		atexit(put_away);
	start();
}

/* --- a call --- */

static const char *query_of(void *context, const char *key)
{
	static char value[LINE];
	struct fuzzed *f = context;
	size_t length = strlen(key);
	for (const char *at = f->query; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL) {
		if (strncmp(at, key, length) != 0 || at[length] != '=')
			continue;
		snprintf(value, sizeof value, "%.*s", (int)strcspn(at + length + 1, "&"), at + length + 1);
		return value;
	}
	return NULL;
}

static const char *header_of(void *context, const char *name)
{
	struct fuzzed *f = context;
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->names[i], name))
			return f->values[i];
	return NULL;
}

/* Returns where the body begins. */
static size_t read_head(struct fuzzed *f, const uint8_t *data, size_t size)
{
	char line[LINE];
	size_t at = 0, length = 0;
	while (length < size && length < LINE - 1 && data[length] != '\n')
		length++;
	snprintf(line, sizeof line, "%.*s", (int)length, (const char *)data);
	at = length < size ? length + 1 : size;
	snprintf(f->method, sizeof f->method, "%.*s", (int)strcspn(line, " "), line);
	char *path = line + strcspn(line, " "), *query = strchr(line, '?');
	snprintf(f->query, sizeof f->query, "%s", query ? query + 1 : "");
	snprintf(f->path, sizeof f->path, "%.*s", (int)strcspn(path + (*path == ' '), "?"), path + (*path == ' '));
	/* Headers: one block, cut in place. */
	length = 0;
	while (at + length < size && length < LINE - 1 && !(data[at + length] == '\n' && (length == 0 || data[at + length - 1] == '\n')))
		length++;
	snprintf(f->text, sizeof f->text, "%.*s", (int)length, (const char *)data + at);
	for (char *save = NULL, *one = strtok_r(f->text, "\n", &save); one && f->count < HEADERS; one = strtok_r(NULL, "\n", &save)) {
		char *colon = strstr(one, ": ");
		if (!colon)
			continue;
		*colon = '\0';
		f->names[f->count] = one;
		f->values[f->count++] = colon + 2;
	}
	return at + length < size ? at + length + 1 : size;
}

/* From one stage to the next, as the server's threads hand a call on. A password takes a tenth of a second: its call ends here. */
static enum api_next carry(struct api_call *c)
{
	struct api_call *list = c;
	enum api_next next = !c->can_wait || api_admit(api, db, c) ? api_begin(api, db, c) : API_DONE;
	if (next == API_LONG)
		next = api_resume(api, db, c);
	if (next == API_FILE)
		next = api_file(api, db, c);
	while (next == API_STORE)
		next = api_store(api, db, c);
	if (next == API_WRITE)
		api_write(api, db, &list, 1);
	if (next == API_HOLD) {
		now_ms += (API_WAIT_MAX_S + 1) * 1000;
		next = api_resume(api, db, c);
	}
	return next;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed f = { .count = 0 };
	prepare();
	size_t body = read_head(&f, data, size);
	struct api_call c = { .method = f.method, .path = f.path, .query = query_of, .header = header_of, .context = &f, .body = (const char *)data + body,
		.body_bytes = size - body, .peer = "192.0.2.1" };
	/* Half of them as the tests of the interface call it, half as the server does. */
	c.can_wait = size % 2 == 1;
	enum api_next next = carry(&c);
	if (next != API_DONE && next != API_WRITE && next != API_SLOW)
		abort();
	if (next != API_SLOW && (c.status < 200 || c.status > 599))
		abort();
	if (next != API_SLOW && c.status >= 400 && !strstr(text_str(&c.out), "\"type\":\"urn:guichet:"))
		abort();
	api_call_done(&c);
	return 0;
}
