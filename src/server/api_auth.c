// SPDX-License-Identifier: GPL-3.0-or-later
/* Who calls: bearer tokens of desks and of signed-in accounts. Tokens are 256 random bits, kept as SHA-256 (a fast hash is enough for what nobody can guess). */
#include "api_inside.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void api_token_hash(const char *token, uint8_t out[TOKEN_HASH])
{
	crypto_hash_sha256(out, (const unsigned char *)token, strlen(token));
}

void api_token_new(struct api *a, const char *prefix, char out[TOKEN_TEXT])
{
	uint8_t bytes[TOKEN_BYTES];
	size_t length = strlen(prefix);
	a->random.fill(a->random.context, bytes, sizeof bytes);
	snprintf(out, TOKEN_TEXT, "%s", prefix);
	sodium_bin2base64(out + length, TOKEN_TEXT - length, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof bytes);
}

void identity_free(struct identity *who)
{
	if (who)
		free(who->services_text);
	free(who);
}

/* "voirie dechets", or "*". */
static void set_services(struct identity *who, const char *list)
{
	free(who->services_text);
	who->services_text = guichet_strdup(list);
	who->scope = (struct scope){ .all = !strcmp(list, "*"), .services = who->services };
	for (char *word = who->services_text; *word && who->scope.count < SERVICES_MAX;) {
		char *end = word + strcspn(word, " ");
		who->services[who->scope.count++] = word;
		word = end + (*end == ' ');
		*end = '\0';
	}
}

static bool refuse(struct api_call *c, const char *type, const char *detail)
{
	api_problem(c, 401, type, false, detail);
	api_header(c, "WWW-Authenticate", "Bearer");
	return false;
}

static bool revoked_device(struct api_call *c)
{
	return refuse(c, "device-revoked", _("ce poste a été révoqué : ce qu'il a reçu doit être effacé"));
}

static bool unavailable(struct api_call *c)
{
	api_problem(c, 503, "unavailable", true, _("le serveur ne peut répondre pour l'instant"));
	return false;
}

static void set_desk(struct identity *who, const char *version, bool encrypted)
{
	snprintf(who->version, sizeof who->version, "%s", version);
	who->encrypted = encrypted;
}

static bool find_device(struct db *read, struct api_call *c, const uint8_t hash[TOKEN_HASH])
{
	struct db_rows *rows = db_query(read, NULL, "SELECT id, role, services, revoked_ms, version, encrypted, (SELECT count(*) FROM device_account x "
		"WHERE x.device = d.id) FROM device d WHERE token = ?1", "b", (const void *)hash, (size_t)TOKEN_HASH);
	bool found = rows && db_next(rows), revoked = found && !db_is_null(rows, 3);
	if (found && !revoked) {
		c->who->device = (uint32_t)db_int(rows, 0);
		snprintf(c->who->role, sizeof c->who->role, "%s", db_str(rows, 1));
		roles_parse(c->who->role, &c->who->roles);
		set_services(c->who, db_str(rows, 2));
		set_desk(c->who, db_str(rows, 4), db_int(rows, 5) != 0);
		c->who->accounts = db_int(rows, 6) > 0;
	}
	if (!rows || db_rows_done(&rows, NULL))
		return unavailable(c);
	if (revoked)
		return revoked_device(c);
	return found || refuse(c, "token", _("jeton inconnu : ce poste n'est pas enrôlé ici"));
}

/* What an account may see on a desk: the desk's services that are its own too. */
static void narrow(struct identity *who, const char *list)
{
	struct identity own = { 0 };
	if (!strcmp(list, "*"))
		return;
	set_services(&own, list);
	if (who->scope.all) {
		set_services(who, list);
	} else {
		size_t kept = 0;
		for (size_t i = 0; i < who->scope.count; i++)
			if (scope_has(&own.scope, who->services[i]))
				who->services[kept++] = who->services[i];
		who->scope.count = kept;
	}
	free(own.services_text);
}

enum { S_LOGIN, S_UNTIL, S_REVOKED, S_ROLES, S_SERVICES, S_DISABLED, S_DEVICE, S_DEVICE_ROLE, S_DEVICE_SERVICES, S_DEVICE_REVOKED, S_VERSION, S_ENCRYPTED };

static void set_account(struct identity *who, struct db_rows *rows)
{
	unsigned desk;
	who->device = (uint32_t)db_int(rows, S_DEVICE);
	who->accounts = true;
	snprintf(who->login, sizeof who->login, "%s", db_str(rows, S_LOGIN));
	snprintf(who->role, sizeof who->role, "%s", db_str(rows, S_DEVICE_ROLE));
	roles_parse(db_str(rows, S_ROLES), &who->roles);
	/* A screen in a hall shows figures, and the machine that carries the mail does that, whoever signs in on it. */
	if (roles_parse(who->role, &desk) && (desk == ROLE_KIOSK || desk == ROLE_MAILER))
		who->roles &= desk;
	set_services(who, db_str(rows, S_DEVICE_SERVICES));
	narrow(who, db_str(rows, S_SERVICES));
	set_desk(who, db_str(rows, S_VERSION), db_int(rows, S_ENCRYPTED) != 0);
}

static bool find_session(struct api *a, struct db *read, struct api_call *c, const uint8_t hash[TOKEN_HASH])
{
	enum { KNOWN = 1, GONE = 2, ENDED = 4, LATE = 8 };
	unsigned is = 0;
	struct db_rows *rows = db_query(read, NULL, "SELECT s.login, s.access_until_ms, s.revoked, a.roles, a.services, a.disabled, d.id, d.role, d.services, "
		"d.revoked_ms, d.version, d.encrypted FROM session s JOIN account a ON a.login = s.login JOIN device d ON d.id = s.device WHERE s.access = ?1", "b",
		(const void *)hash, (size_t)TOKEN_HASH);
	if (rows && db_next(rows)) {
		is = KNOWN | (db_is_null(rows, S_DEVICE_REVOKED) ? 0 : GONE) | (db_int(rows, S_REVOKED) || db_int(rows, S_DISABLED) ? ENDED : 0)
			| (db_int(rows, S_UNTIL) <= api_clock(a) ? LATE : 0);
		if (is == KNOWN)
			set_account(c->who, rows);
	}
	if (!rows || db_rows_done(&rows, NULL))
		return unavailable(c);
	if (is & GONE)
		return revoked_device(c);
	if (is & ENDED)
		return refuse(c, "session-revoked", _("cette session est fermée : identifiez-vous à nouveau"));
	if (is & LATE)
		return refuse(c, "token-expired", _("ce jeton est périmé : renouvelez-le"));
	return is || refuse(c, "token", _("jeton inconnu : identifiez-vous"));
}

/* "Guichet-Desk: 0.1.0 encrypted": what it is now rather than what it was when it enrolled. Kept where it differs. */
static void hear_desk(struct api *a, struct api_call *c)
{
	const char *said = c->header(c->context, "Guichet-Desk");
	size_t n = said ? strcspn(said, " ") : 0;
	if (n == 0 || n >= sizeof c->who->version || strspn(said, "0123456789.+-~abcdefghijklmnopqrstuvwxyz") < n)
		return;
	bool encrypted = !strcmp(said + n, " encrypted");
	bool same = strlen(c->who->version) == n && !strncmp(c->who->version, said, n) && c->who->encrypted == encrypted;
	memcpy(c->who->version, said, n);
	c->who->version[n] = '\0';
	c->who->encrypted = encrypted;
	if (!same)
		seen_desk(a, c->who->device, c->who->version, encrypted);
}

static bool find_caller(struct api *a, struct db *read, struct api_call *c, const char *token, const uint8_t hash[TOKEN_HASH])
{
	return strncmp(token, TOKEN_ACCESS, strlen(TOKEN_ACCESS)) == 0 ? find_session(a, read, c, hash) : find_device(read, c, hash);
}

bool api_authenticate(struct api *a, struct db *read, struct api_call *c)
{
	const char *header = c->header(c->context, "Authorization");
	uint8_t hash[TOKEN_HASH];
	if (c->who)
		return true;
	c->who = guichet_alloc(sizeof *c->who);
	if (!header || strncmp(header, "Bearer ", 7) != 0 || strlen(header) > 7 + TOKEN_TEXT)
		return refuse(c, "token", _("un jeton est attendu (Authorization: Bearer)"));
	api_token_hash(header + 7, hash);
	if (!find_caller(a, read, c, header + 7, hash))
		return false;
	hear_desk(a, c);
	return true;
}

/* --- what a desk must be --- */

/* "0.10.2" is after "0.9". */
static bool is_older(const char *version, const char *than)
{
	while (*version || *than) {
		char *end;
		unsigned long mine = strtoul(version, &end, 10);
		version = end + strspn(end, ".");
		unsigned long asked = strtoul(than, &end, 10);
		than = end + strspn(end, ".");
		if (mine != asked)
			return mine < asked;
		if ((*version && (*version < '0' || *version > '9')) || (*than && (*than < '0' || *than > '9')))
			break;
	}
	return false;
}

bool api_may_pull(struct api *a, struct api_call *c)
{
	if (a->policy.oldest_version && is_older(c->who->version, a->policy.oldest_version)) {
		api_problem(c, 426, "too-old", false, _("ce poste est trop ancien pour recevoir : mettez guichet à jour ; ce qu'il envoie reste accepté"));
		api_header(c, "Upgrade", "guichet/%s", a->policy.oldest_version);
		return false;
	}
	if (a->policy.require_encryption && !c->who->encrypted) {
		api_problem(c, 426, "encryption", false, _("le disque de ce poste doit être chiffré pour recevoir ; ce qu'il envoie reste accepté"));
		return false;
	}
	return true;
}

enum guichet_rc api_audit(struct api *a, struct db *write, const char *who, uint32_t device, const char *what, const char *subject, struct guichet_err *err)
{
	return audit_note(write, api_clock(a), a->random, who, device, what, subject, err);
}
