// SPDX-License-Identifier: GPL-3.0-or-later
/* Desks and people, as the administrator sees them. */
#include "admin_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "guichet/base/csv.h"

enum { CODE_HOURS = 72, CODES_MAX = 10000 };

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

/* What a desk is to be; the name and the role are checked, and what they need. */
static enum guichet_rc check_desk(const char *name, const char *role, const char *services, struct guichet_err *err)
{
	unsigned roles = 0;
	if (!*name || strlen(name) > NAME_MAX_BYTES || !roles_parse(role, &roles) || strpbrk(role, " ,") || roles & (ROLE_ADMIN | ROLE_DPO)
		|| (roles == ROLE_MAILER && strcmp(role, "mailer") != 0))
		return guichet_err_set(err, GUICHET_USAGE, _("guichetd admin enrol-code --role agent|service|supervisor|kiosk|mailer [--service S]… --name NOM [--count N]"));
	if (roles & ROLE_SERVICE && !*services)
		return guichet_err_set(err, GUICHET_USAGE, _("un poste de service a au moins un --service"));
	if (roles == ROLE_MAILER && *services)
		return guichet_err_set(err, GUICHET_USAGE, _("la machine qui tient le courrier le tient pour tous les services : sans --service"));
	return GUICHET_OK;
}

/* It is enrolled once: what another one would read and send would be read and sent twice. */
static enum guichet_rc check_mailer(struct admin *a, const char *role, struct guichet_err *err)
{
	int64_t other = strcmp(role, "mailer") ? 0 : devices_mailer(a->db);
	return other ? guichet_err_set(err, GUICHET_REFUSED, _("le poste n° %lld tient déjà le courrier : révoquez-le d'abord (guichetd admin revoke %lld)"),
					   (long long)other, (long long)other)
				 : GUICHET_OK;
}

static enum guichet_rc add_code(struct admin *a, const char *name, const char *role, const char *services, char code[TOKEN_TEXT], struct guichet_err *err)
{
	uint8_t hash[TOKEN_HASH];
	enum guichet_rc rc = check_mailer(a, role, err);
	if (rc)
		return rc;
	new_code(a->random, code);
	api_token_hash(code, hash);
	return db_run(a->db, err, "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, ?2, ?3, ?4, ?5, 1)", "bttti", (const void *)hash,
		sizeof hash, name, role, *services ? services : "*", admin_now(a) + (int64_t)CODE_HOURS * 3600 * 1000);
}

/* One code alone is printed alone, for scripts; several as name and code. */
static enum guichet_rc add_codes(struct admin *a, const char *name, const char *role, const char *services, int count, struct guichet_err *err)
{
	char code[TOKEN_TEXT];
	struct text one = TEXT_INIT;
	enum guichet_rc rc = db_begin(a->db, err);
	if (rc)
		return rc;
	for (int i = 1; i <= count && !rc; i++) {
		text_clear(&one);
		text_add(&one, name);
		if (count > 1)
			text_addf(&one, " %d", i);
		rc = add_code(a, text_str(&one), role, services, code, err);
		if (!rc && count > 1)
			text_addf(&a->out, "%s\t%s\n", text_str(&one), code);
		else if (!rc)
			text_addf(&a->out, "%s\n", code);
	}
	rc = rc ? rc : db_commit(a->db, err);
	if (rc) {
		db_rollback(a->db);
		text_clear(&a->out);
	}
	text_done(&one);
	return rc;
}

enum guichet_rc admin_enrol_code(struct admin *a, struct guichet_err *err)
{
	const char *role = admin_option(a, "--role", 0), *name = admin_option(a, "--name", 0), *count = admin_option(a, "--count", 0);
	struct text services = TEXT_INIT;
	char *end = NULL;
	long n = count ? strtol(count, &end, 10) : 1;
	join_options(a, "--service", &services);
	enum guichet_rc rc = admin_known_options(a, 0, " --role --service --name --count ", err);
	if (!rc)
		rc = check_desk(name ? name : "", role ? role : "", text_str(&services), err);
	if (!rc && (n < 1 || n > CODES_MAX || (end && *end)))
		rc = guichet_err_set(err, GUICHET_DATA, _("--count %s : un nombre de 1 à %d est attendu"), count, CODES_MAX);
	if (!rc)
		rc = add_codes(a, name, role, text_str(&services), (int)n, err);
	text_done(&services);
	return rc;
}

/* A line of the file: name;role;services. */
static enum guichet_rc code_of_line(struct admin *a, const struct csv_reader *csv, struct guichet_err *err)
{
	const char *name = csv_field(csv, 0), *role = csv_field(csv, 1), *services = csv_field(csv, 2);
	char code[TOKEN_TEXT];
	enum guichet_rc rc = check_desk(name, *role ? role : "agent", services, err);
	if (!rc)
		rc = add_code(a, name, *role ? role : "agent", services, code, err);
	if (rc) {
		guichet_err_prefix(err, _("ligne %lld : "), (long long)csv->line);
		return rc;
	}
	struct text line = TEXT_INIT;
	csv_write_field(&line, name, ';', true);
	csv_write_field(&line, code, ';', false);
	text_addf(&a->out, "%s\n", text_str(&line));
	text_done(&line);
	return GUICHET_OK;
}

enum guichet_rc admin_enrol_codes(struct admin *a, struct guichet_err *err)
{
	struct csv_reader csv;
	enum guichet_rc rc, read;
	int count = 0;
	FILE *file = fopen(a->words[0], "re");
	if (!file)
		return guichet_err_set(err, GUICHET_NO_INPUT, "%s : %s", a->words[0], strerror(errno));
	csv_reader_init(&csv, file, ';');
	rc = db_begin(a->db, err);
	bool begun = rc == GUICHET_OK;
	text_add(&a->out, "poste;code\n");
	while (!rc && (read = csv_next(&csv)) != GUICHET_NOT_FOUND) {
		if (read || ++count > CODES_MAX)
			rc = guichet_err_set(err, GUICHET_DATA, _("ligne %lld : %s"), (long long)csv.line, read == GUICHET_DATA ? csv.problem : read ? _("illisible")
				: _("trop de postes dans un fichier"));
		else
			rc = code_of_line(a, &csv, err);
	}
	rc = rc ? rc : db_commit(a->db, err);
	/* All of them or none: half a list is worse than a mistake to mend. */
	if (rc && begun)
		db_rollback(a->db);
	if (rc)
		text_clear(&a->out);
	csv_reader_done(&csv);
	fclose(file);
	return rc;
}

/* `behind`: operations that it has not had yet; `differs`: how often it held something else than it should. */
static const struct admin_column device_columns[] = {
	{ N_("Poste"), "device", COLUMN_NUMBER, NULL, NULL }, { N_("Nom"), "name", COLUMN_TEXT, NULL, NULL }, { N_("Rôle"), "role", COLUMN_TEXT, NULL, NULL },
	{ N_("Services"), "services", COLUMN_TEXT, NULL, NULL }, { N_("Version"), "version", COLUMN_TEXT, NULL, NULL },
	{ N_("Disque"), "encrypted", COLUMN_TEXT, N_("disque chiffré"), N_("disque non chiffré") }, { N_("Reçu jusqu'à"), "cursor", COLUMN_NUMBER, NULL, NULL },
	{ N_("À recevoir"), "behind", COLUMN_NUMBER, NULL, NULL }, { N_("Vu le"), "seen", COLUMN_INSTANT, NULL, NULL },
	{ N_("Écarts"), "differs", COLUMN_NUMBER, NULL, NULL }, { N_("Dernier écart"), "differed", COLUMN_INSTANT, NULL, NULL },
	{ N_("État"), "revoked", COLUMN_TEXT, N_("révoqué"), NULL },
};

enum guichet_rc admin_devices(struct admin *a, struct guichet_err *err)
{
	struct ledger_head head;
	enum guichet_rc rc = ledger_head(a->db, &head, err);
	struct db_rows *rows = rc ? NULL : db_query(a->db, err, "SELECT id, name, role, services, seen_ms, revoked_ms, version, encrypted, cursor_seq, "
		"differs, differs_ms FROM device ORDER BY enrolled_ms, id", "");
	if (!rows)
		return rc ? rc : err->code;
	json_t *list = json_array();
	while (db_next(rows))
		json_array_append_new(list, json_pack("[I, s, s, s, s, b, I, I, I, I, I, b]", (json_int_t)db_int(rows, 0), db_str(rows, 1), db_str(rows, 2), db_str(rows, 3),
			db_str(rows, 6), (int)(db_int(rows, 7) != 0), (json_int_t)db_int(rows, 8), (json_int_t)(head.seq - db_int(rows, 8)), (json_int_t)db_int(rows, 4),
			(json_int_t)db_int(rows, 9), (json_int_t)db_int(rows, 10), (int)!db_is_null(rows, 5)));
	rc = db_rows_done(&rows, err);
	ADMIN_PRINT(a, device_columns, list);
	return rc;
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
	bool pam = !strcmp(a->words[0], "add-pam");
	struct text roles = TEXT_INIT, services = TEXT_INIT;
	unsigned set = 0;
	join_options(a, "--role", &roles);
	join_options(a, "--service", &services);
	enum guichet_rc rc = admin_known_options(a, 2, " --role --service --name ", err);
	if (!rc && (!name || strlen(name) > NAME_MAX_BYTES || !*login || strlen(login) >= OP_ACTOR_MAX || login[strcspn(login, " \t")]))
		rc = guichet_err_set(err, GUICHET_USAGE, _("guichetd admin account add LOGIN --name NOM --role R… [--service S]…"));
	else if (!rc && (!roles.len || !roles_parse(text_str(&roles), &set)))
		rc = guichet_err_set(err, GUICHET_DATA, _("rôle « %s » inconnu : attendu agent, service, supervisor, admin, dpo ou kiosk"), text_str(&roles));
	else if (!rc && set == ROLE_SERVICE && !services.len)
		rc = guichet_err_set(err, GUICHET_USAGE, _("un agent de service a au moins un --service"));
	else if (!rc && set & ROLE_MAILER)
		rc = guichet_err_set(err, GUICHET_DATA, _("« mailer » est le rôle d'une machine : guichetd admin enrol-code --role mailer --name NOM"));
	if (!rc)
		rc = db_run(a->db, err, "INSERT INTO account(login, name, password, roles, services, disabled, failed, failed_ms) VALUES(?1, ?2, ?3, ?4, ?5, 0, 0, 0)",
			"ttttt", login, name, pam ? NULL : a->input, text_str(&roles), services.len ? text_str(&services) : "*");
	if (rc == GUICHET_REFUSED)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("le compte « %s » existe déjà"), login);
	if (!rc)
		text_addf(&a->out, pam ? _("Compte %s créé (%s ; services : %s), son mot de passe est celui du système.\n") : _("Compte %s créé (%s ; services : %s).\n"), login, text_str(&roles), services.len ? text_str(&services) : "*");
	text_done(&roles);
	text_done(&services);
	return rc;
}

static const struct admin_column account_columns[] = {
	{ N_("Identifiant"), "login", COLUMN_TEXT, NULL, NULL }, { N_("Nom"), "name", COLUMN_TEXT, NULL, NULL }, { N_("Rôles"), "roles", COLUMN_TEXT, NULL, NULL },
	{ N_("Services"), "services", COLUMN_TEXT, NULL, NULL }, { N_("Mot de passe"), "pam", COLUMN_TEXT, "PAM", NULL },
	{ N_("État"), "disabled", COLUMN_TEXT, N_("fermé"), NULL },
};

static enum guichet_rc account_list(struct admin *a, struct guichet_err *err)
{
	struct db_rows *rows = db_query(a->db, err, "SELECT login, name, roles, services, disabled, password FROM account ORDER BY login", "");
	if (!rows)
		return err->code;
	json_t *list = json_array();
	while (db_next(rows))
		json_array_append_new(list, json_pack("[s, s, s, s, b, b]", db_str(rows, 0), db_str(rows, 1), db_str(rows, 2), db_str(rows, 3), (int)db_is_null(rows, 5),
			(int)(db_int(rows, 4) != 0)));
	enum guichet_rc rc = db_rows_done(&rows, err);
	ADMIN_PRINT(a, account_columns, list);
	return rc;
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
	if ((!strcmp(what, "add") || !strcmp(what, "add-pam")) && a->count >= 2)
		return account_add(a, err);
	if ((!strcmp(what, "password") || !strcmp(what, "disable") || !strcmp(what, "enable")) && a->count == 2)
		return account_change(a, what, err);
	return guichet_err_set(err, GUICHET_USAGE, _("guichetd admin account add|add-pam|password|disable|enable LOGIN …, ou account list"));
}
