// SPDX-License-Identifier: GPL-3.0-or-later
/* What the administrator does on the server while desks work, and who else sends: a newer guichet, and programs that
 * break the rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/server/admin_inside.h"
#include "sim.h"

enum { RECENT = 10 };

static bool run(struct world *w, enum guichet_rc (*command)(struct admin *, struct guichet_err *), const char *word)
{
	char path[PATH_BYTES], copy[60];
	char *words[] = {copy, NULL};
	struct guichet_err err = {0};
	struct admin a = {
		.db = w->db, .random = random_seeded(&w->server_seed), .erased = path, .words = words, .count = 1};
	snprintf(path, sizeof path, "%s/erased", w->folder);
	snprintf(copy, sizeof copy, "%s", word);
	a.clock = w->clock;
	enum guichet_rc rc = command(&a, &err);
	text_done(&a.out);
	return rc == GUICHET_OK;
}

/* --- erasing --- */

/* What desks work on at this moment. */
static struct op_id some_item(struct world *w, int kind)
{
	struct op_id id = {0, 0};
	int64_t count =
		db_value(w->db, 0, "SELECT count(*) FROM item WHERE subject = ?1 AND erased = 0", "i", (int64_t)kind);
	if (count == 0)
		return id;
	struct db_rows *rows = db_query(w->db, NULL,
		"SELECT device, dseq FROM item WHERE subject = ?1 AND erased = 0 ORDER BY seq DESC LIMIT 1 OFFSET ?2", "ii",
		(int64_t)kind, (int64_t)roll(w, (uint64_t)(count < RECENT ? count : RECENT)));
	if (rows && db_next(rows))
		id = (struct op_id){(uint32_t)db_int(rows, 0), (uint64_t)db_int(rows, 1)};
	db_rows_done(&rows, NULL);
	return id;
}

static void erase(struct world *w)
{
	char text[OP_ID_TEXT];
	struct op_id id = some_item(w, chance(w, 600) ? SUBJECT_REQUEST : SUBJECT_REQUESTER);
	if (op_id_is_none(id) || w->erased_count == ERASED_MAX)
		return;
	bool broken = chance(w, 200);
	if (broken)
		disk_break(DISK_FULL, (unsigned)roll(w, 20));
	op_id_format(id, text);
	bool done = run(w, admin_erase, text);
	if (broken)
		w->faults.disk_full += disk_heal();
	if (!done)
		return;
	w->faults.erasures++;
	w->erased[w->erased_count++] = id;
	SAY("%lld erased %s\n", (long long)w->now_ms, text);
}

/* --- settling what was parked --- */

static void settle(struct world *w)
{
	char text[24];
	int64_t seq = db_value(w->db, 0,
		"SELECT o.seq FROM op o WHERE o.parked IS NOT NULL AND NOT EXISTS(SELECT 1 FROM op s WHERE s.settles = o.seq) "
		"ORDER BY o.seq DESC LIMIT 1",
		"");
	if (seq == 0)
		return;
	snprintf(text, sizeof text, "%lld", (long long)seq);
	bool done = run(w, admin_settle, text);
	w->faults.settled += done;
	SAY("%lld settled %s: %d\n", (long long)w->now_ms, text, done);
}

/* --- strangers: under an identity of their own, anew after each restore --- */

static void stranger_enrol(struct world *w, int64_t epoch)
{
	struct guichet_err err = {0};
	char code[40], body[120], *answer;
	uint8_t hash[32];
	snprintf(code, sizeof code, "STRANGER-%llu", (unsigned long long)++w->number);
	api_token_hash(code, hash);
	must(
		db_run(w->db, &err,
			"INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, 'autre', 'agent', '*', "
			"?2, 1)",
			"bi", (const void *)hash, sizeof hash, INT64_MAX),
		&err, "code");
	snprintf(body, sizeof body, "{\"code\":\"%s\",\"version\":\"9.0\"}", code);
	if (server_call(w, "POST", "/v1/devices", NULL, body, &answer) == 201) {
		json_t *json = json_loads(answer, 0, NULL);
		w->stranger.device = (uint32_t)json_integer_value(json_object_get(json, "device"));
		w->stranger.epoch = epoch;
		snprintf(w->stranger.token, sizeof w->stranger.token, "%s", json_string_value(json_object_get(json, "token")));
		json_decref(json);
		recorded_of(w, w->stranger.device)->excused = true;
	}
	free(answer);
}

static int push_one(
	struct world *w, struct op_id id, struct op_id subject, const char *kind, const char *text, int64_t epoch)
{
	struct op op;
	struct guichet_err err = {0};
	uint8_t salt[OP_SALT] = {7};
	op_init(&op, OP_KIND_COUNT, subject, "demain", w->now_ms);
	op_set_kind(&op, kind);
	op.id = id;
	op.v = 2;
	op_personal_text(&op, "text", text);
	must(op_seal(&op, salt, &err), &err, "op_seal");
	json_t *json = json_pack("{s:I, s:i, s:[o]}", "epoch", (json_int_t)epoch, "blocks", 0, "ops", op_json(&op));
	char *body = json_dumps(json, JSON_COMPACT);
	int status = server_call(w, "POST", "/v1/ops", w->stranger.token, body, NULL);
	free(body);
	json_decref(json);
	op_done(&op);
	return status;
}

/* A hole, another content under a known number, somebody else's number: nothing of it may be taken. */
static void break_rules(struct world *w, uint64_t made, struct op_id subject, int64_t epoch)
{
	static const char kind[] = "demain";
	struct op_id id = {w->stranger.device, made + 2 + roll(w, 3)};
	uint64_t how = roll(w, 3);
	if (how == 1 && made > 0)
		id.dseq = 1 + roll(w, made);
	else if (how == 2 && epoch == 1 && !w->desks[0].shares)
		id = (struct op_id){w->desks[0].device, recorded_of(w, w->desks[0].device)->made + 1};
	w->faults.hostile += push_one(w, id, subject, kind, "autre chose", epoch) == 409;
}

static void strangers_act(struct world *w)
{
	char text[40];
	int64_t epoch = db_value(w->db, 0, "SELECT epoch FROM head", "");
	struct op_id subject = some_item(w, SUBJECT_REQUEST);
	if (op_id_is_none(subject))
		return;
	if (w->stranger.device == 0 || w->stranger.epoch != epoch)
		stranger_enrol(w, epoch);
	uint64_t made = (uint64_t)db_value(
		w->db, 0, "SELECT coalesce(max(dseq), 0) FROM op WHERE device = ?1", "i", (int64_t)w->stranger.device);
	snprintf(text, sizeof text, "Du futur %llu", (unsigned long long)roll(w, 1000000));
	if (chance(w, 400))
		break_rules(w, made, subject, epoch);
	else if (push_one(w, (struct op_id){w->stranger.device, made + 1}, subject, "demain", text, epoch) == 200)
		w->faults.strange++;
}

void admin_act(struct world *w)
{
	if (w->habits.erase && chance(w, w->habits.erase))
		erase(w);
	if (w->habits.settle && chance(w, w->habits.settle))
		settle(w);
	if (w->habits.strangers && chance(w, 20))
		strangers_act(w);
}
