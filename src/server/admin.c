// SPDX-License-Identifier: GPL-3.0-or-later
/* `guichetd admin`: what an administrator does. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_inside.h"
#include "daemon_inside.h"

enum { CODE_HOURS = 72 };

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

/* --role R [--service S]... --name N */
static enum guichet_rc enrol_code(const struct daemon_options *o, struct db *db, struct guichet_err *err)
{
	const char *role = NULL, *name = NULL;
	struct text services = TEXT_INIT;
	char code[TOKEN_TEXT];
	uint8_t hash[TOKEN_HASH];
	unsigned roles;
	enum guichet_rc rc = GUICHET_OK;
	for (int i = 2; i + 1 < o->word_count; i += 2) {
		if (!strcmp(o->words[i], "--role"))
			role = o->words[i + 1];
		else if (!strcmp(o->words[i], "--name"))
			name = o->words[i + 1];
		else if (!strcmp(o->words[i], "--service"))
			text_addf(&services, "%s%s", services.len ? " " : "", o->words[i + 1]);
	}
	if (!role || !name || !api_roles_parse(role, &roles))
		rc = guichet_err_set(err, GUICHET_USAGE, _("guichetd admin enrol-code --role agent|service|supervisor|kiosk [--service S]… --name NOM"));
	else if (roles & ROLE_SERVICE && !services.len)
		rc = guichet_err_set(err, GUICHET_USAGE, _("un poste de service a au moins un --service"));
	new_code(o->http.api.random, code);
	api_token_hash(code, hash);
	struct guichet_clock clock = o->http.api.clock;
	if (!rc)
		rc = db_run(db, err, "INSERT INTO enrol_code(code, name, role, services, until_ms, uses) VALUES(?1, ?2, ?3, ?4, ?5, 1)", "bttti",
			(const void *)hash, sizeof hash, name, role, services.len ? text_str(&services) : "*",
			clock.now_ms(clock.context) + (int64_t)CODE_HOURS * 3600 * 1000);
	if (!rc)
		printf("%s\n", code);
	text_done(&services);
	return rc;
}

enum guichet_rc admin_run(const struct daemon_options *o, struct guichet_err *err)
{
	struct db *db = NULL;
	if (o->word_count < 2)
		return guichet_err_set(err, GUICHET_USAGE, _("guichetd admin : enrol-code"));
	enum guichet_rc rc = db_open(&o->http.db, &db, err);
	if (!rc)
		rc = ledger_prepare(db, o->http.api.random, err);
	if (!rc)
		rc = !strcmp(o->words[1], "enrol-code") ? enrol_code(o, db, err)
			: guichet_err_set(err, GUICHET_USAGE, _("guichetd admin %s : commande inconnue"), o->words[1]);
	db_close(&db);
	return rc;
}
