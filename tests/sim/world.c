// SPDX-License-Identifier: GPL-3.0-or-later
/* A life: what may happen in it, how time passes, what goes wrong, and how it comes to rest. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { YEAR_S = 365 * 86400, REST_TURNS = 2400, STEPS_MAX = 200, QUIET = 3, REST_MS = 5000 };

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

void must(enum guichet_rc rc, const struct guichet_err *err, const char *what)
{
	if (rc == GUICHET_OK)
		return;
	fprintf(stderr, "simulator: %s: %s\n", what, err->message);
	abort();
}

/* --- what was promised --- */

struct recorded *recorded_of(struct world *w, uint32_t device)
{
	for (size_t i = 0; i < w->recorded_count; i++)
		if (w->recorded[i].device == device)
			return &w->recorded[i];
	if (w->recorded_count == RECORDED_MAX)
		abort();
	w->recorded[w->recorded_count] = (struct recorded){.device = device};
	return &w->recorded[w->recorded_count++];
}

/* --- time --- */

void world_pass(struct world *w, int64_t ms)
{
	int64_t until = w->now_ms + ms;
	for (int n = 0; n < STEPS_MAX && !w->failed; n++) {
		for (int i = 0; i < w->desk_count; i++)
			desk_turn(w, i);
		if (!line_step(w, until))
			break;
		if (w->waiting_count > 0 && (w->calm || chance(w, 600)))
			server_commit(w, true);
	}
	if (w->now_ms < until)
		w->now_ms = until;
	if (w->calm || chance(w, 700))
		server_commit(w, true);
	server_resume(w);
}

/* --- what goes wrong --- */

static void change_clock(struct world *w)
{
	int64_t skew = chance(w, 500) ? 0 : ((int64_t)roll(w, 2 * YEAR_S) - YEAR_S) * 1000;
	w->faults.clocks++;
	if (chance(w, 200)) {
		w->server_skew_ms = skew;
		return;
	}
	struct desk *d = &w->desks[roll(w, (uint64_t)w->desk_count)];
	d->skew_ms = skew;
	for (int lane = 0; lane < SYNC_LANES; lane++)
		d->lanes[lane].wake_ms = 0;
}

static void change_role(struct world *w, struct desk *d)
{
	struct guichet_err err = {0};
	const char *role = chance(w, 500) ? "service" : "agent";
	w->faults.roles++;
	uint8_t token[32];
	api_token_hash(d->token, token);
	must(db_run(w->db, &err, "UPDATE device SET role = ?2 WHERE token = ?1", "bt", (const void *)token, sizeof token,
			 role),
		&err, "role");
}

static void revoke_desk(struct world *w, int i)
{
	if (w->faults.revoked > 0 || i == 0)
		return;
	server_revoke(w, i);
	for (int k = 0; k < w->desk_count; k++)
		if (!strcmp(w->desks[k].token, w->desks[i].token)) {
			w->desks[k].revoked = true;
			desk_excuse(w, k);
		}
	w->faults.revoked++;
	SAY("%lld desk %d is revoked\n", (long long)w->now_ms, i);
}

static void be_too_old(struct world *w)
{
	w->oldest_version = w->oldest_version ? NULL : "0.2";
	w->faults.too_old += w->oldest_version != NULL;
	server_close(w);
	server_open(w);
}

static void rare_fault(struct world *w, int i)
{
	const struct habits *h = &w->habits;
	switch (roll(w, 9)) {
	case 0:
		if (h->clones)
			desk_clone(w, i);
		break;
	case 1:
		if (h->clones)
			desk_keep_image(w, i);
		break;
	case 2:
		if (h->clones)
			desk_put_back(w);
		break;
	case 3:
		if (h->revocations)
			revoke_desk(w, i);
		break;
	case 4:
		if (h->enrolments && w->desk_count < DESKS_MAX - 3) {
			w->faults.enrolled++;
			desk_new(w, true);
		}
		break;
	case 5:
		if (h->roles)
			change_role(w, &w->desks[i]);
		break;
	case 6:
		if (h->versions)
			be_too_old(w);
		break;
	case 7:
		if (h->grants)
			desk_regrant(w, i);
		break;
	default:
		change_clock(w);
	}
}

void world_fault(struct world *w)
{
	int i = (int)roll(w, (uint64_t)w->desk_count);
	uint64_t what = roll(w, 100);
	if (what < 12) {
		w->faults.desk_kills++;
		desk_reopen(w, i);
	} else if (what < 34) {
		w->faults.cuts += !w->desks[i].cut;
		w->desks[i].cut = !w->desks[i].cut;
	} else if (what < 50) {
		server_kill(w, what < 44);
	} else if (what < 58) {
		change_clock(w);
	} else if (what < 66) {
		server_copy(w);
	} else if (what < 66 + w->habits.restore && w->habits.restores) {
		server_restore(w);
	} else if (what >= 80) {
		rare_fault(w, i);
	}
}

/* --- coming to rest --- */

static bool is_still(struct world *w)
{
	int64_t head = server_seq(w);
	if (w->waiting_count > 0)
		return false;
	/* Long polls go on for ever. */
	for (size_t i = 0; i < w->message_count; i++)
		if (w->messages[i].lane == SYNC_PUSH)
			return false;
	for (int i = 0; i < w->desk_count; i++) {
		struct replica_state state;
		struct sync_status st;
		sync_status(w->desks[i].sync, &st);
		/* One that was stopped for its identity asks nothing any more. */
		if (desk_is_out(&w->desks[i]))
			continue;
		/* That it is revoked, it has to be told. */
		if (w->desks[i].revoked && st.trouble != SYNC_REVOKED && st.trouble != SYNC_SIGN_IN)
			return false;
		if (w->desks[i].revoked)
			continue;
		replica_state(w->desks[i].store, &state, NULL);
		if (state.pending > 0 || state.unseen > 0 || state.cursor.seq != head || !sync_is_done(w->desks[i].sync))
			return false;
	}
	return true;
}

static void complain(struct world *w)
{
	for (int i = 0; i < w->desk_count && !w->failed; i++) {
		struct replica_state state;
		struct sync_status st;
		if (w->desks[i].revoked || desk_is_out(&w->desks[i]))
			continue;
		replica_state(w->desks[i].store, &state, NULL);
		sync_status(w->desks[i].sync, &st);
		SAY("desk %d: pending %lld unseen %lld cursor %lld:%lld trouble %d %s\n", i, (long long)state.pending,
			(long long)state.unseen, (long long)state.cursor.epoch, (long long)state.cursor.seq, (int)st.trouble,
			st.detail);
		if (state.pending || state.unseen || st.trouble)
			fail(w, "desk %d does not come to rest: %lld wait, %lld unseen, trouble %d %s", i, (long long)state.pending,
				(long long)state.unseen, (int)st.trouble, st.detail);
	}
	fail(w, "the desks do not come to rest");
}

bool world_rest(struct world *w)
{
	int quiet = 0;
	w->calm = true;
	w->doom = NO_DOOM;
	w->server_skew_ms = 0;
	if (w->oldest_version)
		be_too_old(w);
	for (int i = 0; i < w->desk_count; i++) {
		w->desks[i].cut = false;
		w->desks[i].poke_ms = 0;
	}
	for (int n = 0; n < REST_TURNS && !w->failed; n++) {
		world_pass(w, REST_MS);
		quiet = is_still(w) ? quiet + 1 : 0;
		if (quiet >= QUIET)
			return true;
	}
	complain(w);
	return false;
}

/* --- beginning and end --- */

static void draw_habits(struct world *w)
{
	static const int64_t hastes[] = {4000, 20000, 60000, 60000, 200000, 600000};
	struct habits *h = &w->habits;
	h->fault = (unsigned)roll(w, 220);
	h->trouble = chance(w, 600) ? 0 : (unsigned)roll(w, 25);
	h->kill = h->trouble;
	h->erase = chance(w, 400) ? (unsigned)roll(w, 24) : 0;
	h->settle = chance(w, 500) ? (unsigned)roll(w, 30) : 0;
	h->clones = chance(w, 200);
	/* After a restore two disks with one identity stop desks that did nothing wrong. */
	h->restores = !h->clones && chance(w, 650);
	h->restore = h->restores && chance(w, 400) ? 14 : 4;
	h->all_see = chance(w, 400);
	h->nobody_sees_all = chance(w, 300);
	/* What a narrow desk has of one that is gone begins anywhere: nobody can fill a restored server's gap then. */
	h->revocations = chance(w, 350) && (h->all_see || !h->restores);
	h->enrolments = chance(w, 500);
	h->roles = chance(w, 250);
	h->versions = chance(w, 250);
	h->strangers = chance(w, 400) && (h->all_see || !h->restores);
	h->grants = !h->all_see && chance(w, 300);
	h->haste_ms = hastes[roll(w, sizeof hastes / sizeof *hastes)];
	h->wait_s = chance(w, 250) ? 25 : 0;
	h->page_items = chance(w, 400) ? 500 : 1 + (int)roll(w, 30);
}

void world_new(struct world *w, const char *folder, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->seed = seed;
	/* Neighbouring seeds must not walk the same numbers one step apart. */
	w->state = seed;
	w->state = chance_next(&w->state) ^ seed << 32;
	w->now_ms = 1795340000000;
	disk_seed(seed);
	snprintf(w->folder, sizeof w->folder, "%s", folder);
	snprintf(w->server_path, sizeof w->server_path, "%s/central.db", folder);
	w->server_seed = chance_next(&w->state);
	draw_habits(w);
	server_begin(w);
	for (uint64_t desks = chance(w, 600) ? 2 : 2 + roll(w, 4); desks > 0; desks--)
		desk_new(w, true);
	server_copy(w);
}

void world_done(struct world *w)
{
	disk_heal();
	for (int i = 0; i < w->desk_count; i++) {
		desk_close(&w->desks[i]);
		desk_remove(&w->desks[i]);
	}
	if (*w->image.path)
		disk_remove(w->image.path);
	server_end(w);
	line_done(w);
	free(w->parked);
}
