// SPDX-License-Identifier: GPL-3.0-or-later
/* guichetd.ini: what may stand in it, in one table. An unknown section or key is an error with its file and line, and so is a value out of its bounds. */
#include "daemon_inside.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/i18n.h"

enum { CONFIG_MAX = 256 * 1024 };

enum type { TYPE_TEXT, TYPE_INT, TYPE_BOOL, TYPE_VERSION };
struct key { const char *section, *name; enum type type; size_t at; int min, max; };

#define AT(member) offsetof(struct daemon_options, member)
static const struct key keys[] = {
	{ "store", "sqlite", TYPE_TEXT, AT(http.db.sqlite), 0, 0 },
	{ "store", "postgres", TYPE_TEXT, AT(http.db.postgres), 0, 0 },
	{ "store", "erased", TYPE_TEXT, AT(erased), 0, 0 },
	{ "http", "listen", TYPE_TEXT, AT(http.listen), 0, 0 },
	{ "http", "tls_cert", TYPE_TEXT, AT(http.tls_cert), 0, 0 },
	{ "http", "tls_key", TYPE_TEXT, AT(http.tls_key), 0, 0 },
	{ "http", "workers", TYPE_INT, AT(http.workers), 1, 256 },
	{ "http", "connections", TYPE_INT, AT(http.connections), 16, 100000 },
	{ "http", "idle_s", TYPE_INT, AT(http.idle_s), 5, 3600 },
	{ "policy", "require_encryption", TYPE_BOOL, AT(http.api.policy.require_encryption), 0, 0 },
	{ "policy", "oldest_version", TYPE_VERSION, AT(http.api.policy.oldest_version), 0, 0 },
	{ "policy", "system_users", TYPE_BOOL, AT(http.api.policy.system_users), 0, 0 },
	{ "policy", "lock_minutes", TYPE_INT, AT(http.api.policy.lock_minutes), 0, 1440 },
	{ "policy", "access_s", TYPE_INT, AT(http.api.policy.access_s), 60, 86400 },
	{ "policy", "refresh_grace_s", TYPE_INT, AT(http.api.policy.refresh_grace_s), 0, 600 },
	{ "policy", "snapshot_days", TYPE_INT, AT(http.api.policy.snapshot_days), 1, 3660 },
	{ "rates", "desk", TYPE_INT, AT(http.api.policy.desk_rate), 0, 1000000 },
	{ "rates", "address", TYPE_INT, AT(http.api.policy.address_rate), 0, 1000000 },
	{ "rates", "failures", TYPE_INT, AT(http.api.policy.failure_rate), 0, 1000000 },
	{ "rates", "lookups", TYPE_INT, AT(http.api.policy.lookup_rate), 0, 1000000 },
	{ "audit", "months", TYPE_INT, AT(http.api.policy.audit_months), 1, 120 },
	{ "pam", "service", TYPE_TEXT, AT(http.api.policy.pam_service), 0, 0 },
	{ "pam", "folder", TYPE_TEXT, AT(http.api.policy.pam_folder), 0, 0 },
	{ "log", "all_calls", TYPE_BOOL, AT(http.api.policy.log_all), 0, 0 },
};
enum { KEYS = sizeof keys / sizeof *keys };

static void read_text(const struct key *k, const char *value, struct daemon_options *o)
{
	const char **place = (const char **)(void *)((char *)o + k->at);
	*place = *value ? value : NULL;
}

/* Another word would be older than any version, and let every desk pass. */
static void read_version(const struct key *k, const char *file, const struct ini_entry *e, struct daemon_options *o, struct problems *problems)
{
	if (*e->value && (e->value[strspn(e->value, "0123456789.")] || *e->value == '.'))
		problems_add(problems, file, e->line, _("%s = %s : une version est attendue, par exemple 0.1.0"), k->name, e->value);
	else
		read_text(k, e->value, o);
}

static void read_int(const struct key *k, const char *file, const struct ini_entry *e, struct daemon_options *o, struct problems *problems)
{
	char *end;
	long n = strtol(e->value, &end, 10);
	if (!*e->value || *end || n < k->min || n > k->max)
		problems_add(problems, file, e->line, _("%s = %s : un nombre de %d à %d est attendu"), k->name, e->value, k->min, k->max);
	else
		*(int *)(void *)((char *)o + k->at) = (int)n;
}

static void read_bool(const struct key *k, const char *file, const struct ini_entry *e, struct daemon_options *o, struct problems *problems)
{
	bool yes = !strcmp(e->value, "yes") || !strcmp(e->value, "oui"), no = !strcmp(e->value, "no") || !strcmp(e->value, "non");
	if (yes || no)
		*(bool *)(void *)((char *)o + k->at) = yes;
	else
		problems_add(problems, file, e->line, _("%s = %s : « oui » ou « non » est attendu"), k->name, e->value);
}

static void read_entry(const char *file, const struct ini_entry *e, struct daemon_options *o, struct problems *problems)
{
	bool section = false;
	for (size_t i = 0; i < KEYS; i++) {
		bool here = !strcmp(keys[i].section, e->section);
		section = section || here;
		if (!here || strcmp(keys[i].name, e->key) != 0)
			continue;
		if (keys[i].type == TYPE_TEXT)
			read_text(&keys[i], e->value, o);
		else if (keys[i].type == TYPE_VERSION)
			read_version(&keys[i], file, e, o, problems);
		else if (keys[i].type == TYPE_INT)
			read_int(&keys[i], file, e, o, problems);
		else
			read_bool(&keys[i], file, e, o, problems);
		return;
	}
	if (!section)
		problems_add(problems, file, e->line, _("section [%s] inconnue : attendu store, http, policy, rates, audit, pam ou log"), e->section);
	else
		problems_add(problems, file, e->line, _("clé « %s » inconnue dans [%s]"), e->key, e->section);
}

static bool knows_section(const char *name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (!strcmp(keys[i].section, name))
			return true;
	return false;
}

enum guichet_rc config_read(const char *path, struct daemon_options *o, struct problems *problems, struct guichet_err *err)
{
	char *data = NULL;
	size_t bytes;
	enum guichet_rc rc = file_read(path, CONFIG_MAX, &data, &bytes, err);
	if (rc)
		return rc;
	ini_parse(path, data, bytes, &o->ini, problems);
	free(data);
	for (size_t i = 0; i < o->ini.count; i++)
		read_entry(path, &o->ini.entries[i], o, problems);
	for (size_t i = 0; i < o->ini.section_count; i++) {
		bool used = knows_section(o->ini.sections[i]);
		for (size_t e = 0; e < o->ini.count && !used; e++)
			used = !strcmp(o->ini.entries[e].section, o->ini.sections[i]);
		if (!used)
			problems_add(problems, path, o->ini.section_lines[i], _("section [%s] inconnue : attendu store, http, policy, rates, audit, pam ou log"), o->ini.sections[i]);
	}
	return problems->count ? GUICHET_CONFIG : GUICHET_OK;
}
