// SPDX-License-Identifier: GPL-3.0-or-later
/* Reading the server's audit trail (audit.c), and checking that it is what it was. */
#include "admin_inside.h"
#include "audit.h"

#include <stdlib.h>

#include "guichet/core/calendar.h"

enum { LIMIT = 100, LIMIT_MAX = 10000 };

/* --- reading --- */

struct wanted { const char *who, *what; int64_t device, from, before, limit; bool json; };

static enum guichet_rc read_count(const struct admin *a, const char *name, int64_t max, int64_t *out, struct guichet_err *err)
{
	const char *word = admin_option(a, name, 0);
	char *end = NULL;
	if (!word)
		return GUICHET_OK;
	*out = strtoll(word, &end, 10);
	return *end || *out < 1 || *out > max ? guichet_err_set(err, GUICHET_DATA, _("%s « %s » : un nombre de 1 à %lld est attendu"), name, word, (long long)max) : GUICHET_OK;
}

/* As the first number of that moment. */
static enum guichet_rc read_moment(const struct admin *a, const char *name, int64_t *out, struct guichet_err *err)
{
	int64_t ms;
	const char *word = admin_option(a, name, 0);
	enum guichet_rc rc = word ? instant_parse(name, word, &ms, err) : GUICHET_OK;
	if (word && !rc)
		*out = ms < 0 ? 0 : (int64_t)((uint64_t)ms << AUDIT_CHANCE_BITS);
	return rc;
}

static enum guichet_rc read_wanted(const struct admin *a, struct wanted *w, struct guichet_err *err)
{
	const char *format = admin_option(a, "--format", 0), *who = admin_option(a, "--who", 0), *what = admin_option(a, "--what", 0);
	int64_t next = INT64_MAX;
	*w = (struct wanted){ .who = who ? who : "", .what = what ? what : "", .before = INT64_MAX, .limit = LIMIT, .json = a->json || (format && !strcmp(format, "json")) };
	enum guichet_rc rc = admin_known_options(a, 0, " --who --device --what --from --to --before --limit --format ", err);
	if (!rc && format && !w->json && strcmp(format, "text") != 0)
		rc = guichet_err_set(err, GUICHET_DATA, _("--format « %s » : text ou json est attendu"), format);
	rc = rc ? rc : read_count(a, "--device", UINT32_MAX, &w->device, err);
	rc = rc ? rc : read_count(a, "--limit", LIMIT_MAX, &w->limit, err);
	rc = rc ? rc : read_moment(a, "--from", &w->from, err);
	rc = rc ? rc : read_moment(a, "--to", &w->before, err);
	rc = rc ? rc : read_count(a, "--before", INT64_MAX, &next, err);
	w->before = next < w->before ? next : w->before;
	return rc;
}

static void add_text(struct text *out, struct db_rows *rows)
{
	admin_add_instant(out, db_int(rows, 1));
	text_addf(out, "\t%s\t", db_str(rows, 2));
	if (db_int(rows, 3) > 0)
		text_addf(out, _("poste %lld"), (long long)db_int(rows, 3));
	text_addf(out, "\t%s\t%s\n", db_str(rows, 4), db_is_null(rows, 5) ? "" : db_str(rows, 5));
}

static void add_json(struct text *out, struct db_rows *rows)
{
	struct text at = TEXT_INIT;
	instant_rfc3339(&at, db_int(rows, 1));
	json_t *o = json_pack("{s:I, s:s, s:s, s:I, s:s, s:s?}", "id", (json_int_t)db_int(rows, 0), "at", text_str(&at), "who", db_str(rows, 2), "device",
		(json_int_t)db_int(rows, 3), "what", db_str(rows, 4), "subject", db_str(rows, 5));
	char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (!line)
		guichet_out_of_memory();
	text_addf(out, "%s\n", line);
	free(line);
	json_decref(o);
	text_done(&at);
}

enum guichet_rc admin_audit(struct admin *a, struct guichet_err *err)
{
	struct wanted w;
	int64_t count = 0, last = 0;
	enum guichet_rc rc = read_wanted(a, &w, err);
	if (rc)
		return rc;
	/* One more than the page tells whether there is another. */
	struct db_rows *rows = db_query(a->db, err, "SELECT id, at_ms, who, device, what, subject FROM audit WHERE id >= ?1 AND id < ?2 AND (who = ?3 OR ?3 = '') AND "
		"(device = ?4 OR ?4 = 0) AND (what = ?5 OR ?5 = '') ORDER BY id DESC LIMIT ?6", "iititi", w.from, w.before, w.who, w.device, w.what, w.limit + 1);
	if (!rows)
		return err->code;
	bool more = false;
	while (db_next(rows)) {
		more = more || count == w.limit;
		if (count++ >= w.limit)
			continue;
		last = db_int(rows, 0);
		if (w.json)
			add_json(&a->out, rows);
		else
			add_text(&a->out, rows);
	}
	rc = db_rows_done(&rows, err);
	if (!rc && more && !w.json)
		text_addf(&a->out, _("(la suite : --before %lld)\n"), (long long)last);
	return rc;
}

/* --- is it what it was --- */

/* "57:" and 64 digits. */
static bool read_seal(const char *text, struct audit_seal *out)
{
	char *end;
	out->seq = strtoll(text, &end, 10);
	return out->seq > 0 && *end == ':' && strlen(end + 1) == (size_t)2 * AUDIT_HASH && wire_unhex(end + 1, out->hash, AUDIT_HASH);
}

enum guichet_rc admin_audit_check(struct admin *a, struct guichet_err *err)
{
	const char *word = admin_option(a, "--seal", 0);
	struct audit_seal seal;
	struct audit_report r;
	char hex[2 * AUDIT_HASH + 1];
	enum guichet_rc rc = admin_known_options(a, 0, " --seal ", err);
	if (!rc && word && !read_seal(word, &seal))
		rc = guichet_err_set(err, GUICHET_DATA, _("--seal « %s » : un sceau est attendu, tel qu'audit-check l'affiche (NUMÉRO:EMPREINTE)"), word);
	rc = rc ? rc : audit_check(a->db, word ? &seal : NULL, &r, err);
	if (rc)
		return rc;
	if (r.broken)
		return guichet_err_set(err, GUICHET_DATA, _("la piste d'audit n'est plus ce qu'elle était à partir de sa ligne %lld : changée, retirée ou ajoutée"), (long long)r.broken);
	if (r.sealed == AUDIT_OTHER)
		return guichet_err_set(err, GUICHET_DATA, _("la piste d'audit n'est pas celle de ce sceau (ligne %lld) : réécrite, ou reprise d'une copie plus ancienne"),
			(long long)seal.seq);
	wire_hex(r.last.hash, sizeof r.last.hash, hex);
	text_addf(&a->out, _("Piste d'audit intacte, lignes %lld à %lld. Sceau, à noter ailleurs : %lld:%s\n"), (long long)r.first, (long long)r.last.seq, (long long)r.last.seq,
		hex);
	if (word)
		text_addf(&a->out, "%s\n", r.sealed == AUDIT_SEALED ? _("C'est la piste du sceau donné.") : _("La ligne du sceau donné a dépassé sa durée de conservation."));
	return GUICHET_OK;
}
