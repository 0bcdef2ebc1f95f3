// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks: enrolling one with a one-time code, what it is told of itself. */
#include "api_inside.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCKS = 2, FIRST_DEVICE = 2 /* 1 is the server's own */, DRAWN_DEVICE = 0x7ffffff };
#define LAST_DEVICE (UINT32_MAX - 65536) /* beyond: the server's own after restores */

/* --- POST /v1/devices: {"code", "name", "version", "encrypted", "device"} --- */

struct enrolling { char code[TOKEN_TEXT], version[40]; int64_t wanted; bool encrypted; };

enum api_next devices_begin_enrol(struct api *a, struct db *read, struct api_call *c)
{
	(void)a;
	(void)read;
	json_t *body = api_body(c);
	if (!body)
		return API_DONE;
	const char *code = json_string_value(json_object_get(body, "code")), *version = json_string_value(json_object_get(body, "version"));
	struct enrolling *e = guichet_alloc(sizeof *e);
	c->state = e;
	c->state_free = free;
	bool fine = code && *code && strlen(code) < sizeof e->code && version && strlen(version) < sizeof e->version;
	if (fine) {
		snprintf(e->code, sizeof e->code, "%s", code);
		snprintf(e->version, sizeof e->version, "%s", version);
		e->encrypted = json_is_true(json_object_get(body, "encrypted"));
		e->wanted = json_integer_value(json_object_get(body, "device"));
	} else {
		api_problem(c, 422, "enrol", false, _("un code d'enrôlement et la version du poste sont attendus"));
	}
	json_decref(body);
	return fine ? API_WRITE : API_DONE;
}

/* The number that the desk has already used alone, unless somebody has it; else a new one, with room above it: a desk that is restored takes a higher one. */
static uint32_t free_device(struct api *a, struct db *write, int64_t wanted)
{
	uint32_t id = wanted >= FIRST_DEVICE && wanted < LAST_DEVICE ? (uint32_t)wanted : 0;
	while (id < FIRST_DEVICE || id >= LAST_DEVICE || db_value(write, 1, "SELECT (SELECT count(*) FROM device WHERE id = ?1) + (SELECT count(*) FROM op WHERE device = ?1)", "i",
		(int64_t)id) > 0) {
		a->random.fill(a->random.context, &id, sizeof id);
		id &= DRAWN_DEVICE;
	}
	return id;
}

static enum guichet_rc take_code(struct api *a, struct db *write, const struct enrolling *e, char *name, char *role, char *services, size_t room,
	struct guichet_err *err)
{
	uint8_t hash[TOKEN_HASH];
	api_token_hash(e->code, hash);
	struct db_rows *rows = db_query(write, err, "UPDATE enrol_code SET uses = uses - 1 WHERE code = ?1 AND uses > 0 AND until_ms > ?2 "
		"RETURNING name, role, services", "bi", (const void *)hash, sizeof hash, api_clock(a));
	if (!rows)
		return err->code;
	bool found = db_next(rows);
	if (found) {
		snprintf(name, room, "%s", db_str(rows, 0));
		snprintf(role, room, "%s", db_str(rows, 1));
		snprintf(services, room, "%s", db_str(rows, 2));
	}
	while (db_next(rows))
		continue;
	enum guichet_rc rc = db_rows_done(&rows, err);
	return rc ? rc : found ? GUICHET_OK : GUICHET_NOT_FOUND;
}

/* What a desk has to know of what the administrator decided. */
static json_t *policy_json(const struct api *a)
{
	return json_pack("{s:b, s:i, s:b, s:s?}", "system_users", (int)a->policy.system_users, "lock_minutes", a->policy.lock_minutes, "require_encryption",
		(int)a->policy.require_encryption, "oldest_version", a->policy.oldest_version);
}

int64_t devices_mailer(struct db *db)
{
	return db_value(db, 0, "SELECT coalesce(max(id), 0) FROM device WHERE role = 'mailer' AND revoked_ms IS NULL", "");
}

/* Two machines that read one mailbox would make two requests of one mail, and answer it twice. */
static bool is_second_mailer(struct db *write, struct api_call *c, const char *role)
{
	char detail[200];
	int64_t other = strcmp(role, "mailer") ? 0 : devices_mailer(write);
	if (!other)
		return false;
	snprintf(detail, sizeof detail, _("le poste n° %lld tient déjà le courrier : révoquez-le d'abord"), (long long)other);
	api_problem(c, 409, "mailer", false, detail);
	return true;
}

enum guichet_rc devices_enrol(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	const struct enrolling *e = c->state;
	char name[512], role[512], services[512], token[TOKEN_TEXT];
	uint8_t hash[TOKEN_HASH];
	int64_t firsts[FIRST_BLOCKS];
	size_t lent = 0;
	enum guichet_rc rc = take_code(a, write, e, name, role, services, sizeof name, err);
	if (rc == GUICHET_NOT_FOUND) {
		api_problem(c, 401, "enrol-code", false, _("code d'enrôlement inconnu, déjà employé ou périmé"));
		return rc;
	}
	/* And the code is not used up. */
	if (!rc && is_second_mailer(write, c, role))
		return GUICHET_NOT_FOUND;
	uint32_t id = rc ? 0 : free_device(a, write, e->wanted);
	api_token_new(a, "gd1_", token);
	api_token_hash(token, hash);
	if (!rc)
		rc = db_run(write, err, "INSERT INTO device(id, token, name, role, services, enrolled_ms, seen_ms, revoked_ms, version, encrypted, cursor_seq, "
			"scope_version, retired) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6, NULL, ?7, ?8, 0, 1, 0)", "ibtttiti", (int64_t)id, (const void *)hash, sizeof hash,
			name, role, services, api_clock(a), e->version, (int64_t)e->encrypted);
	if (!rc)
		rc = ledger_lend(write, id, FIRST_BLOCKS, api_clock(a), firsts, &lent, err);
	if (!rc) {
		json_t *serials = json_array();
		for (size_t i = 0; i < lent; i++)
			json_array_append_new(serials, json_integer(firsts[i]));
		api_json(c, 201, json_pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:I, s:o}", "device", (json_int_t)id, "token", token, "name", name, "role", role, "services",
			services, "serials", serials, "block", (json_int_t)SERIALS_BLOCK, "policy", policy_json(a)));
	}
	sodium_memzero(token, sizeof token);
	return rc;
}

/* --- GET /v1/devices/me --- */

enum api_next devices_me(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	struct ledger_head head;
	if (ledger_head(read, &head, &err)) {
		api_failed(c, &err);
		return API_DONE;
	}
	int64_t next = db_value(read, 0, "SELECT coalesce(max(dseq), 0) FROM op WHERE device = ?1 AND settles IS NULL", "i", (int64_t)c->who->device) + 1;
	struct text services = TEXT_INIT;
	for (size_t i = 0; i < c->who->scope.count; i++)
		text_addf(&services, "%s%s", i ? " " : "", c->who->scope.services[i]);
	api_json(c, 200, json_pack("{s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "device", (json_int_t)c->who->device, "role", c->who->role, "services",
		text_str(&services), "next", (json_int_t)next, "epoch", (json_int_t)head.epoch, "seq", (json_int_t)head.seq, "now_ms", (json_int_t)api_clock(a),
		"policy", policy_json(a)));
	text_done(&services);
	return API_DONE;
}

/* --- GET /v1/devices, DELETE /v1/devices/{id} --- */

static json_t *instant_or_null(struct db_rows *rows, int column)
{
	return db_is_null(rows, column) ? json_null() : json_integer(db_int(rows, column));
}

enum api_next devices_list(struct api *a, struct db *read, struct api_call *c)
{
	struct guichet_err err = { 0 };
	json_t *list = json_array();
	(void)a;
	struct db_rows *rows = db_query(read, &err, "SELECT id, name, role, services, enrolled_ms, seen_ms, revoked_ms, version, encrypted, cursor_seq, "
		"differs FROM device ORDER BY enrolled_ms, id", "");
	while (rows && db_next(rows))
		json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:o, s:s, s:b, s:I, s:I}", "device", (json_int_t)db_int(rows, 0), "name",
			db_str(rows, 1), "role", db_str(rows, 2), "services", db_str(rows, 3), "enrolled_ms", (json_int_t)db_int(rows, 4), "seen_ms",
			(json_int_t)db_int(rows, 5), "revoked_ms", instant_or_null(rows, 6), "version", db_str(rows, 7), "encrypted", (int)(db_int(rows, 8) != 0),
			"cursor", (json_int_t)db_int(rows, 9), "differs", (json_int_t)db_int(rows, 10)));
	if (!rows || db_rows_done(&rows, &err)) {
		json_decref(list);
		api_failed(c, &err);
	} else {
		api_json(c, 200, json_pack("{s:o}", "devices", list));
	}
	return API_DONE;
}

enum guichet_rc device_revoke(struct db *write, int64_t id, int64_t now_ms, struct guichet_err *err)
{
	enum guichet_rc rc = db_run(write, err, "UPDATE device SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL", "ii", id, now_ms);
	if (!rc && db_changed(write) == 0)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("aucun poste n° %lld, ou déjà révoqué"), (long long)id);
	return rc ? rc : db_run(write, err, "UPDATE session SET revoked = 1 WHERE device = ?1", "i", id);
}

enum api_next devices_begin_revoke(struct api *a, struct db *read, struct api_call *c)
{
	char id[16];
	(void)a;
	(void)read;
	api_path_part(c, 0, id, sizeof id);
	if (strspn(id, "0123456789") == strlen(id))
		return API_WRITE;
	api_problem(c, 404, "not-found", false, _("rien à cette adresse"));
	return API_DONE;
}

enum guichet_rc devices_revoke(struct api *a, struct db *write, struct api_call *c, struct guichet_err *err)
{
	char id[16];
	api_path_part(c, 0, id, sizeof id);
	enum guichet_rc rc = device_revoke(write, strtoll(id, NULL, 10), api_clock(a), err);
	if (!rc)
		rc = api_audit(a, write, c->who->login, c->who->device, "revoke", id, err);
	if (!rc) {
		text_clear(&c->out);
		c->status = 204;
	}
	return rc;
}
