// SPDX-License-Identifier: GPL-3.0-or-later
/* Who calls: bearer tokens of desks and of signed-in accounts. Tokens are 256 random bits, kept as SHA-256 (a fast hash is enough for what nobody can guess). */
#include "api_inside.h"

#include <sodium.h>
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
	memcpy(out, prefix, length);
	sodium_bin2base64(out + length, TOKEN_TEXT - length, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof bytes);
}

void identity_free(struct identity *who)
{
	if (who)
		free(who->services_text);
	free(who);
}

bool api_roles_parse(const char *list, unsigned *roles)
{
	char word[16];
	*roles = 0;
	while (*list) {
		size_t length = strcspn(list, " ,");
		enum role role;
		if (length >= sizeof word)
			return false;
		memcpy(word, list, length);
		word[length] = '\0';
		if (!role_parse(word, &role))
			return false;
		*roles |= role;
		list += length;
		list += strspn(list, " ,");
	}
	return *roles != 0;
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

static bool find_device(struct api *a, struct db *read, struct api_call *c, const uint8_t hash[TOKEN_HASH])
{
	(void)a;
	struct db_rows *rows = db_query(read, NULL, "SELECT id, role, services, revoked_ms FROM device WHERE token = ?1", "b", (const void *)hash, (size_t)TOKEN_HASH);
	bool found = rows && db_next(rows), revoked = found && !db_is_null(rows, 3);
	if (found && !revoked) {
		c->who->device = (uint32_t)db_int(rows, 0);
		snprintf(c->who->role, sizeof c->who->role, "%s", db_str(rows, 1));
		api_roles_parse(c->who->role, &c->who->roles);
		set_services(c->who, db_str(rows, 2));
	}
	bool failed = !rows;
	db_rows_done(&rows, NULL);
	if (failed) {
		api_problem(c, 503, "unavailable", true, _("le serveur ne peut répondre pour l'instant"));
		return false;
	}
	if (revoked)
		return refuse(c, "device-revoked", _("ce poste a été révoqué : ce qu'il a reçu doit être effacé"));
	return found || refuse(c, "token", _("jeton inconnu : ce poste n'est pas enrôlé ici"));
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
	return find_device(a, read, c, hash);
}
