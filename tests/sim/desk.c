// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks: their store on the false disk, their state machine, how they are enrolled, killed, copied and put back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/store/internal.h"
#include "../unit/store_fixture.h"
#include "guichet/store/replica.h"
#include "sim.h"

enum { SERIALS_KEPT = 12, CALM_MS = 4000, COMPARED_SEQS = 48, LEFT_ALONE_MS = 600000 };

static int64_t desk_now(void *context)
{
	const struct desk *d = context;
	return d->world->now_ms + d->skew_ms;
}

static struct store_options desk_options(struct desk *d)
{
	return (struct store_options){.clock = {desk_now, d}, .random = random_seeded(&d->seed), .busy_ms = 1};
}

/* --- its store --- */

static void wake(struct desk *d)
{
	for (int lane = 0; lane < SYNC_LANES; lane++)
		d->lanes[lane].wake_ms = 0;
}

static void desk_open(struct world *w, struct desk *d)
{
	struct guichet_err err = {0};
	struct store_options o = desk_options(d);
	disk_show(d->path);
	if (store_open(d->path, &o, &d->store, &err)) {
		fail(w, "a desk's store does not open any more: %s", err.message);
		must(GUICHET_IO, &err, "store_open");
	}
	d->sync = sync_new(d->store,
		&(struct sync_options){.clock = {desk_now, d},
			.random = random_seeded(&d->seed),
			.page_items = w->habits.page_items,
			.wait_s = w->habits.wait_s,
			.compare_ms = 1,
			.compare_seqs = w->seed % 3 ? 0 : COMPARED_SEQS});
	wake(d);
}

void desk_close(struct desk *d)
{
	sync_free(&d->sync);
	store_close(&d->store);
	for (int lane = 0; lane < SYNC_LANES; lane++)
		d->lanes[lane].under_way = false;
}

/* As the store itself counts on: what was sent may have left since. */
static uint64_t last_made(struct desk *d)
{
	uint64_t last = (uint64_t)(store_last_op(d->store) & DSEQ_MASK);
	uint64_t acked = (uint64_t)sql_value(
		d->store, 0, "SELECT acked FROM device WHERE id = ?1", "i", (int64_t)store_device(d->store));
	return last > acked ? last : acked;
}

void desk_count_made(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	d->device = store_device(d->store);
	struct recorded *p = recorded_of(w, d->device);
	uint64_t made = last_made(d);
	if (made > p->made)
		p->made = made;
	wake(d);
}

void desk_excuse(struct world *w, int i)
{
	sqlite3_stmt *st = sql_prepare(w->desks[i].store, "SELECT id FROM device WHERE own = 1", NULL);
	while (st && sqlite3_step(st) == SQLITE_ROW)
		recorded_of(w, (uint32_t)sqlite3_column_int64(st, 0))->excused = true;
	sqlite3_reset(st);
}

/* The store, and a snapshot that is being built beside it. */
static const char *const files[] = {"", ".neuf", ".neuf-ouvert"};
enum { STORE_FILES = 3 };

static void file_name(const struct desk *d, int which, char out[DISK_PATH])
{
	snprintf(out, DISK_PATH, "%s%s", d->path, files[which]);
}

void desk_remove(struct desk *d)
{
	char name[DISK_PATH];
	for (int i = 0; i < STORE_FILES; i++) {
		file_name(d, i, name);
		disk_remove(name);
		unlink(name);
	}
}

static void lose_power(struct world *w, struct desk *d)
{
	char name[DISK_PATH];
	w->faults.desk_power++;
	disk_boot();
	for (int i = 0; i < STORE_FILES; i++) {
		file_name(d, i, name);
		w->faults.pieces += disk_lose_unsynced(name, &w->state);
	}
}

void desk_reopen(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	uint32_t device = d->device;
	bool power = chance(w, 400);
	desk_close(d);
	disk_heal();
	if (power)
		lose_power(w, d);
	desk_open(w, d);
	const struct recorded *p = recorded_of(w, device);
	if (store_device(d->store) == device && last_made(d) < p->made && !d->shares && !d->revoked)
		fail(w, "desk %d lost what it had recorded: %llu operations, now %llu", i, (unsigned long long)p->made,
			(unsigned long long)last_made(d));
	desk_count_made(w, i);
}

/* --- a call of the store's may meet a full disk, or the end of its process --- */

void desk_trouble(struct world *w, enum disk_fault *how, unsigned in_a_thousand)
{
	*how = DISK_FINE;
	if (w->calm || !chance(w, in_a_thousand))
		return;
	*how = chance(w, 500) ? DISK_DEAD : DISK_FULL;
	disk_break(*how, (unsigned)roll(w, *how == DISK_DEAD ? 60 : 30));
}

void desk_end_trouble(struct world *w, int i, enum disk_fault how)
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

/* --- enrolling --- */

/* Numbers run out and are lent anew: of each block few are left. Whoever does not use a number harms nobody. */
static void spend_serials(struct desk *d)
{
	struct guichet_err err = {0};
	char *blocks = store_setting(d->store, "serial-blocks");
	struct text left = TEXT_INIT;
	char *at = blocks;
	while (at && *at) {
		long long next = strtoll(at, &at, 10), end = *at == '-' ? strtoll(at + 1, &at, 10) : 0;
		at += *at == ' ';
		if (next >= end)
			break;
		text_addf(
			&left, "%s%lld-%lld", left.len ? " " : "", end - next > SERIALS_KEPT ? end - SERIALS_KEPT : next, end);
	}
	if (blocks && *blocks)
		must(store_set_setting(d->store, "serial-blocks", text_str(&left), &err), &err, "serial-blocks");
	text_done(&left);
	free(blocks);
}

void desk_enrol(struct world *w, struct desk *d)
{
	struct guichet_err err = {0};
	char body[200], code[40], *answer;
	uint8_t hash[32];
	int64_t serials[SCOPE_MAX];
	snprintf(code, sizeof code, "CODE-%llu", (unsigned long long)++w->number);
	api_token_hash(code, hash);
	must(db_run(w->db, &err,
			 "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, 'poste', ?2, ?3, ?4, 1)",
			 "btti", (const void *)hash, sizeof hash, d->role, d->services, INT64_MAX),
		&err, "code");
	snprintf(body, sizeof body, "{\"code\":\"%s\",\"version\":\"0.1\",\"device\":%u}", code, store_device(d->store));
	if (server_call(w, "POST", "/v1/devices", NULL, body, &answer) != 201)
		fail(w, "enrolling failed: %s", answer);
	json_t *json = json_loads(answer, 0, NULL);
	snprintf(d->token, sizeof d->token, "%s", json_string_value(json_object_get(json, "token")));
	const struct enrolment e = {.url = (char *)(uintptr_t) "sim:",
		.token = d->token,
		.role = (char *)(uintptr_t)d->role,
		.services = d->services,
		.device = (uint32_t)json_integer_value(json_object_get(json, "device"))};
	size_t n = json_array_size(json_object_get(json, "serials"));
	for (size_t k = 0; k < n && k < SCOPE_MAX; k++)
		serials[k] = json_integer_value(json_array_get(json_object_get(json, "serials"), k));
	must(replica_enrol(d->store, &e, serials, n, SERIALS_BLOCK, &err), &err, "replica_enrol");
	spend_serials(d);
	json_decref(json);
	free(answer);
	d->device = store_device(d->store);
}

/* A restored server does not know it: somebody enrols it again. */
static void enrol_again(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	w->faults.again++;
	SAY("%lld desk %d is enrolled again\n", (long long)w->now_ms, i);
	desk_enrol(w, d);
	desk_close(d);
	desk_open(w, d);
	desk_count_made(w, i);
}

static const struct {
	const char *role, *services;
} grants[] = {{"agent", "*"}, {"service", "voirie"}, {"supervisor agent service", "*"},
	{"service", "nettoyage proximite"}, {"agent", "voirie"}};

static void take_grant(struct desk *d, size_t grant, const char *login)
{
	size_t n = 0;
	d->role = grants[grant].role;
	snprintf(d->services, sizeof d->services, "%s", grants[grant].services);
	snprintf(d->words, sizeof d->words, "%s", grants[grant].services);
	memset(d->service_list, 0, sizeof d->service_list);
	char *rest = d->words;
	for (char *word; n + 1 < SCOPE_MAX && (word = strsep(&rest, " "));)
		d->service_list[n++] = word;
	d->actor = (struct actor){.login = login, .name = "Marie", .services = d->service_list};
	d->actor.roles = strstr(d->role, "supervisor") ? ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR
		: strstr(d->role, "service")               ? ROLE_SERVICE
												   : ROLE_AGENT;
}

/* On the server, and its people with it; the desk learns by the next page, and begins anew. */
void desk_regrant(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	struct guichet_err err = {0};
	uint8_t token[32];
	if (i == 0 || d->revoked || d->shares)
		return;
	take_grant(d, roll(w, sizeof grants / sizeof *grants), d->actor.login);
	api_token_hash(d->token, token);
	must(db_run(w->db, &err,
			 "UPDATE device SET role = ?2, services = ?3, scope_version = scope_version + 1 WHERE token = ?1", "btt",
			 (const void *)token, sizeof token, d->role, d->services),
		&err, "grant");
	w->faults.grants++;
	SAY("%lld desk %d is granted %s: %s\n", (long long)w->now_ms, i, d->role, d->services);
}

static void set_grant(struct world *w, struct desk *d, int i)
{
	size_t grant = w->habits.all_see ? 2 * roll(w, 2)
		: i < 2 && w->seed / 2 % 2   ? 0
									 : roll(w, sizeof grants / sizeof *grants);
	/* Mostly somebody sees everything; else some work is seen by nobody but who did it. */
	if (i == 0 && (w->habits.all_see || !w->habits.nobody_sees_all))
		grant = 0;
	take_grant(d, grant, i % 2 ? "marie" : "paul");
	/* Somebody whom the desk takes for more than the server does. */
	if (chance(w, 150))
		d->actor.roles |= ROLE_AGENT | ROLE_SERVICE;
}

/* A desk's store as `init` makes it, once for all lives: what differs is its identity, which a copy takes for
 * itself. */
static const char *template_path(struct world *w)
{
	static char path[PATH_BYTES];
	struct guichet_err err = {0};
	struct catalogue_source source;
	struct desk d = {.world = w, .seed = 1};
	struct store_options o = desk_options(&d);
	if (*path)
		return path;
	snprintf(path, sizeof path, "%s/template.db", w->folder);
	unlink(path);
	fixture_catalogue(&source);
	must(store_create(path, &source, false, &o, &err), &err, "store_create");
	catalogue_source_done(&source);
	disk_show(path);
	must(store_open(path, &o, &d.store, &err), &err, "store_open");
	must(store_set_setting(d.store, BACKUP_MARK, "template", &err), &err, BACKUP_MARK);
	store_close(&d.store);
	return path;
}

void desk_new(struct world *w, bool alone_first)
{
	int i = w->desk_count++;
	struct desk *d = &w->desks[i];
	struct guichet_err err = {0};
	memset(d, 0, sizeof *d);
	d->world = w;
	d->seed = chance_next(&w->state);
	set_grant(w, d, i);
	snprintf(d->path, sizeof d->path, "%s/desk%d.db", w->folder, i);
	desk_remove(d);
	disk_copy(template_path(w), d->path);
	desk_open(w, d);
	must(store_begin(d->store, &err), &err, "identity");
	must(store_commit(d->store, &err), &err, "identity");
	/* Work from before it had a server. */
	for (uint64_t alone = alone_first ? roll(w, 6) : 0; alone > 0; alone--)
		act(w, i);
	desk_count_made(w, i);
	desk_enrol(w, d);
	desk_count_made(w, i);
}

/* --- copies of a disk --- */

static bool may_share(struct world *w, int i)
{
	return !w->desks[i].revoked && !desk_is_out(&w->desks[i]);
}

static void share(struct world *w, uint32_t device)
{
	for (int i = 0; i < w->desk_count; i++)
		w->desks[i].shares |= w->desks[i].device == device;
	recorded_of(w, device)->excused = true;
}

/* Nobody works at it, and it goes on reading what the other one does under its number. */
static void leave_alone(struct world *w, struct desk *d)
{
	if (chance(w, 600))
		d->alone_until_ms = w->now_ms + (int64_t)roll(w, LEFT_ALONE_MS);
}

void desk_clone(struct world *w, int i)
{
	struct desk *from = &w->desks[i];
	if (w->desk_count == DESKS_MAX || !may_share(w, i))
		return;
	int n = w->desk_count++;
	struct desk *d = &w->desks[n];
	w->faults.clones++;
	*d = *from;
	for (size_t k = 0; k < SCOPE_MAX; k++)
		d->service_list[k] = from->service_list[k] ? d->words + (from->service_list[k] - from->words) : NULL;
	d->actor.services = d->service_list;
	d->seed = chance_next(&w->state);
	memset(d->lanes, 0, sizeof d->lanes);
	snprintf(d->path, sizeof d->path, "%s/desk%d.db", w->folder, n);
	desk_remove(d);
	disk_copy(from->path, d->path);
	desk_open(w, d);
	share(w, d->device);
	leave_alone(w, chance(w, 500) ? d : from);
	SAY("%lld desk %d is a copy of desk %d\n", (long long)w->now_ms, n, i);
}

void desk_keep_image(struct world *w, int i)
{
	if (*w->image.path || !may_share(w, i))
		return;
	snprintf(w->image.path, sizeof w->image.path, "%s/image.db", w->folder);
	disk_copy(w->desks[i].path, w->image.path);
	w->image.desk = i;
}

void desk_put_back(struct world *w)
{
	struct desk *d = &w->desks[w->image.desk];
	if (!*w->image.path || !may_share(w, w->image.desk))
		return;
	w->faults.went_back++;
	share(w, d->device);
	desk_close(d);
	disk_copy(w->image.path, d->path);
	desk_open(w, d);
	d->device = store_device(d->store);
	share(w, d->device);
	leave_alone(w, d);
	SAY("%lld desk %d is put back\n", (long long)w->now_ms, w->image.desk);
}

bool desk_is_out(const struct desk *d)
{
	struct sync_status st;
	sync_status(d->sync, &st);
	return st.trouble == SYNC_FORKED || (d->shares && st.trouble == SYNC_REFUSED);
}

enum desk_erasure desk_erasure(struct desk *d, struct op_id subject)
{
	int64_t id = op_pack(d->store, subject);
	if (!id || !sql_value(d->store, 0, "SELECT 1 FROM op WHERE subject = ?1 AND kind = 'erase' LIMIT 1", "i", id))
		return NOT_HEARD;
	return sql_value(d->store, 0,
			   "SELECT 1 FROM op WHERE subject = ?1 AND kind <> 'erase' AND (personal IS NOT NULL "
			   "OR salt IS NOT NULL) LIMIT 1",
			   "i", id)
		? SOME_LEFT
		: ALL_BLANK;
}

/* --- its exchanges --- */

static void look_at_trouble(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	struct sync_status st;
	sync_status(d->sync, &st);
	if (st.trouble == SYNC_FORKED && !d->shares)
		fail(w, "desk %d was stopped, and nobody shares its identity: %s", i, st.detail);
	else if (st.trouble == SYNC_FORKED)
		w->faults.forks++;
	else if (st.trouble == SYNC_SIGN_IN && !d->revoked && (w->calm || chance(w, 300)))
		enrol_again(w, i);
}

void desk_take(struct world *w, struct message *m)
{
	struct desk *d = &w->desks[m->desk];
	struct exchange *x = &d->lanes[m->lane];
	struct guichet_err err = {0};
	enum disk_fault how;
	if (!x->under_way || x->number != m->number)
		return;
	x->under_way = false;
	const struct sync_response r = {.status = m->status,
		.body = m->body ? m->body : "",
		.body_bytes = m->bytes,
		.date_ms = m->status ? w->now_ms + w->server_skew_ms : NO_INSTANT};
	desk_trouble(w, &how, w->habits.trouble);
	ino_t file = d->store->file;
	uint32_t device = store_device(d->store);
	uint64_t made = last_made(d);
	struct sync_status before, after;
	sync_status(d->sync, &before);
	enum guichet_rc rc = sync_answer(d->sync, m->lane, &r, &err);
	sync_status(d->sync, &after);
	w->faults.compared += after.compared - before.compared;
	/* It is right in all that it does: nothing here is ever another than it should be. */
	if (after.differing > before.differing)
		fail(w, "desk %d: the scope hash differs at %lld", m->desk, (long long)server_seq(w));
	if (how == DISK_FINE && store_device(d->store) == device && last_made(d) > made)
		fail(w, "desk %d read what another one made under its number, and goes on under it", m->desk);
	/* None: the disk failed in the answer before; the next transaction reads it again. */
	if (how == DISK_FINE && device && store_device(d->store) != device && !d->shares)
		fail(w, "desk %d took another number, and nobody shares its own", m->desk);
	w->faults.snapshots += d->store->file != file;
	if (rc && how == DISK_FINE)
		fail(w, "desk %d: %s", m->desk, err.message);
	wake(d);
	desk_end_trouble(w, m->desk, how);
	if (rc == GUICHET_OK && how == DISK_FINE && m->lane == SYNC_PULL && m->status == 200 && w->erased_count > 0)
		judge_erased(w, m->desk);
	if (m->lane == SYNC_PUSH && m->status == 200 && serials_left(d->store) > 3 * SERIALS_KEPT)
		spend_serials(d);
	if (m->status >= 400)
		look_at_trouble(w, m->desk);
}

static void ask(struct world *w, int i, enum sync_lane lane)
{
	struct desk *d = &w->desks[i];
	struct exchange *x = &d->lanes[lane];
	struct sync_request r;
	int64_t wake_ms;
	if (!sync_next(d->sync, lane, &r, &wake_ms)) {
		x->wake_ms = wake_ms == INT64_MAX ? INT64_MAX : wake_ms - d->skew_ms;
		return;
	}
	struct message m = {.desk = i, .lane = lane, .number = ++w->number, .method = r.method};
	x->under_way = true;
	x->number = m.number;
	x->until_ms = w->now_ms + r.timeout_s * 1000;
	m.path = guichet_strdup(text_str(&r.path));
	m.bytes = r.body.len;
	m.body = guichet_strndup(text_str(&r.body), r.body.len);
	SAY("%lld desk %d #%llu %s %s\n", (long long)w->now_ms, i, (unsigned long long)m.number, m.path, m.body);
	line_send(w, &m);
	sync_request_done(&r);
}

void desk_turn(struct world *w, int i)
{
	struct desk *d = &w->desks[i];
	if (w->now_ms >= d->poke_ms) {
		d->poke_ms = w->now_ms + (w->calm ? CALM_MS : (int64_t)roll(w, (uint64_t)w->habits.haste_ms));
		sync_poke(d->sync);
		wake(d);
	}
	for (int lane = 0; lane < SYNC_LANES; lane++) {
		struct exchange *x = &d->lanes[lane];
		if (x->under_way && w->now_ms >= x->until_ms) {
			struct message none = {.desk = i, .lane = (enum sync_lane)lane, .number = x->number, .is_answer = true};
			desk_take(w, &none);
		}
		if (!x->under_way && w->now_ms >= x->wake_ms)
			ask(w, i, (enum sync_lane)lane);
	}
}
