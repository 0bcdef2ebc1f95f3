// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks and people, as the administrator sees them. */
#include "admin_inside.h"

#include <stdio.h>
#include <stdlib.h>

enum { CODE_HOURS = 72 };

/* --- desks --- */

/* Four groups of four, read out on the phone: no letter that looks like another. */
static void new_code(struct guichet_random random, char out[TOKEN_TEXT])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	uint8_t bytes[16];
	size_t at = 0;
	random.fill(random.context, bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++) {
		if (i > 0 && i % 4 == 0)
			out[at++] = '-';
		out[at++] = letters[bytes[i] % 32];
	}
	out[at] = '\0';
}

static void join_options(const struct admin *a, const char *name, struct text *out)
{
	const char *value;
	for (int n = 0; (value = admin_option(a, name, n)); n++)
		text_addf(out, "%s%s", n ? " " : "", value);
}

enum guichet_rc admin_enrol_code(struct admin *a, struct guichet_err *err)
{
	const char *role = admin_option(a, "--role", 0), *name = admin_option(a, "--name", 0);
	struct text services = TEXT_INIT;
	char code[TOKEN_TEXT];
	uint8_t hash[TOKEN_HASH];
	unsigned roles = 0;
	join_options(a, "--service", &services);
	enum guichet_rc rc = admin_known_options(a, 0, " --role --service --name ", err);
	if (!rc && (!role || !name || strlen(name) > NAME_MAX_BYTES || !api_roles_parse(role, &roles) || strchr(role, ' ') || roles & (ROLE_ADMIN | ROLE_DPO)))
		rc = guichet_err_set(err, GUICHET_USAGE, _("guichetd admin enrol-code --role agent|service|supervisor|kiosk [--service S]… --name NOM"));
	else if (!rc && roles & ROLE_SERVICE && !services.len)
		rc = guichet_err_set(err, GUICHET_USAGE, _("un poste de service a au moins un --service"));
	new_code(a->random, code);
	api_token_hash(code, hash);
	if (!rc)
		rc = db_run(a->db, err, "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, ?2, ?3, ?4, ?5, 1)", "bttti",
			(const void *)hash, sizeof hash, name, role, services.len ? text_str(&services) : "*", admin_now(a) + (int64_t)CODE_HOURS * 3600 * 1000);
	if (!rc)
		text_addf(&a->out, "%s\n", code);
	text_done(&services);
	return rc;
}

enum guichet_rc admin_devices(struct admin *a, struct guichet_err *err)
{
	struct ledger_head head;
	enum guichet_rc rc = ledger_head(a->db, &head, err);
	struct db_rows *rows = rc ? NULL : db_query(a->db, err, "SELECT id, name, role, services, seen_ms, revoked_ms, version, encrypted, cursor_seq FROM device "
		"ORDER BY enrolled_ms, id", "");
	if (!rows)
		return rc ? rc : err->code;
	while (db_next(rows)) {
		text_addf(&a->out, "%lld\t%s\t%s\t%s\tguichet %s\t%s\t%lld/%lld\t", (long long)db_int(rows, 0), db_str(rows, 1), db_str(rows, 2), db_str(rows, 3),
			db_str(rows, 6), db_int(rows, 7) ? _("disque chiffré") : _("disque non chiffré"), (long long)db_int(rows, 8), (long long)head.seq);
		admin_add_instant(&a->out, db_int(rows, 4));
		text_addf(&a->out, "%s\n", db_is_null(rows, 5) ? "" : _("\trévoqué"));
	}
	return db_rows_done(&rows, err);
}

enum guichet_rc admin_revoke(struct admin *a, struct guichet_err *err)
{
	char *end;
	int64_t id = strtoll(a->words[0], &end, 10);
	if (*end || id <= 0)
		return guichet_err_set(err, GUICHET_DATA, _("« %s » n'est pas un numéro de poste"), a->words[0]);
	enum guichet_rc rc = db_begin(a->db, err);
	if (!rc) {
		rc = device_revoke(a->db, id, admin_now(a), err);
		rc = rc ? rc : db_commit(a->db, err);
		if (rc)
			db_rollback(a->db);
	}
	if (!rc)
		text_addf(&a->out, _("Poste %lld révoqué : à son prochain appel il efface ce qu'il a reçu. Un poste volé qui reste hors ligne n'en saura rien.\n"), (long long)id);
	return rc;
}

/* --- accounts --- */

static enum guichet_rc account_add(struct admin *a, struct guichet_err *err)
{
	const char *login = a->words[1], *name = admin_option(a, "--name", 0);
	struct text roles = TEXT_INIT, services = TEXT_INIT;
	unsigned set = 0;
	join_options(a, "--role", &roles);
	join_options(a, "--service", &services);
	enum guichet_rc rc = admin_known_options(a, 2, " --role --service --name ", err);
	if (!rc && (!name || strlen(name) > NAME_MAX_BYTES || !*login || strlen(login) >= OP_ACTOR_MAX || login[strcspn(login, " \t")]))
		rc = guichet_err_set(err, GUICHET_USAGE, _("guichetd admin account add LOGIN --name NOM --role R… [--service S]…"));
	else if (!rc && (!roles.len || !api_roles_parse(text_str(&roles), &set)))
		rc = guichet_err_set(err, GUICHET_DATA, _("rôle « %s » inconnu : attendu agent, service, supervisor, admin, dpo ou kiosk"), text_str(&roles));
	else if (!rc && set == ROLE_SERVICE && !services.len)
		rc = guichet_err_set(err, GUICHET_USAGE, _("un agent de service a au moins un --service"));
	if (!rc)
		rc = db_run(a->db, err, "INSERT INTO account(login, name, password, roles, services, disabled, failed, failed_ms) VALUES(?1, ?2, ?3, ?4, ?5, 0, 0, 0)",
			"ttttt", login, name, a->input, text_str(&roles), services.len ? text_str(&services) : "*");
	if (rc == GUICHET_REFUSED)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("le compte « %s » existe déjà"), login);
	if (!rc)
		text_addf(&a->out, _("Compte %s créé (%s ; services : %s).\n"), login, text_str(&roles), services.len ? text_str(&services) : "*");
	text_done(&roles);
	text_done(&services);
	return rc;
}

static enum guichet_rc account_list(struct admin *a, struct guichet_err *err)
{
	struct db_rows *rows = db_query(a->db, err, "SELECT login, name, roles, services, disabled FROM account ORDER BY login", "");
	if (!rows)
		return err->code;
	while (db_next(rows))
		text_addf(&a->out, "%s\t%s\t%s\t%s%s\n", db_str(rows, 0), db_str(rows, 1), db_str(rows, 2), db_str(rows, 3), db_int(rows, 4) ? _("\tfermé") : "");
	return db_rows_done(&rows, err);
}

/* A new password, and a closed account, end its sessions. */
static enum guichet_rc account_change(struct admin *a, const char *what, struct guichet_err *err)
{
	const char *login = a->words[1];
	enum guichet_rc rc = db_begin(a->db, err);
	if (rc)
		return rc;
	if (!strcmp(what, "password"))
		rc = db_run(a->db, err, "UPDATE account SET password = ?2, failed = 0 WHERE login = ?1", "tt", login, a->input);
	else
		rc = db_run(a->db, err, "UPDATE account SET disabled = ?2, failed = 0 WHERE login = ?1", "ti", login, (int64_t)!strcmp(what, "disable"));
	if (!rc && db_changed(a->db) == 0)
		rc = guichet_err_set(err, GUICHET_NOT_FOUND, _("aucun compte « %s »"), login);
	if (!rc && strcmp(what, "enable") != 0)
		rc = db_run(a->db, err, "UPDATE session SET revoked = 1 WHERE login = ?1", "t", login);
	rc = rc ? rc : db_commit(a->db, err);
	if (rc)
		db_rollback(a->db);
	else
		text_addf(&a->out, strcmp(what, "password") ? strcmp(what, "disable") ? _("Compte %s rouvert.\n") : _("Compte %s fermé, ses sessions aussi.\n")
			: _("Mot de passe de %s changé, ses sessions sont fermées.\n"), login);
	return rc;
}

enum guichet_rc admin_account(struct admin *a, struct guichet_err *err)
{
	const char *what = a->words[0];
	if (!strcmp(what, "list") && a->count == 1)
		return account_list(a, err);
	if (!strcmp(what, "add") && a->count >= 2)
		return account_add(a, err);
	if ((!strcmp(what, "password") || !strcmp(what, "disable") || !strcmp(what, "enable")) && a->count == 2)
		return account_change(a, what, err);
	return guichet_err_set(err, GUICHET_USAGE, _("guichetd admin account add|password|disable|enable LOGIN …, ou account list"));
}
