// SPDX-License-Identifier: GPL-3.0-or-later
/* `guichetd admin purge`: erasing what is kept long enough, after the archives' visa. The program asks, writes the slip and counts; the server looks and erases a page at
 * a time (purge-step), between two commits, so that desks go on pushing. The order is in the database: interrupted or killed, the same command goes on. */
#include "admin_inside.h"

#include <stdlib.h>
#include <unistd.h>

#include "guichet/base/file_new.h"
#include "guichet/base/utf8.h"
#include "guichet/core/slip.h"
#include "ledger_files.h"
#include "ledger_purge.h"

enum { VISA_BYTES = 200, ANSWER_LINE = 64 };
static const enum op_subject kinds[] = { SUBJECT_REQUEST, SUBJECT_CONTACT, SUBJECT_REQUESTER };
enum { KINDS = sizeof kinds / sizeof *kinds };

/* --- the server's side: one step --- */

static json_t *read_packed(struct db *db)
{
	size_t bytes = 0;
	struct db_rows *rows = db_query(db, NULL, "SELECT packed FROM catalogue ORDER BY applied_ms DESC, hash LIMIT 1", "");
	const char *data = db_next(rows) ? db_bytes(rows, 0, &bytes) : NULL;
	json_t *packed = data ? json_stringn(data, bytes) : NULL;
	db_rows_done(&rows, NULL);
	return packed;
}

static enum guichet_rc build_catalogue(const char *data, size_t bytes, struct catalogue **out, struct guichet_err *err)
{
	struct catalogue_source source = { 0 };
	struct problems problems = { 0 };
	enum guichet_rc rc = catalogue_source_unpack(data, bytes, &source, err);
	if (!rc && catalogue_build(&source, out, &problems))
		rc = guichet_err_set(err, GUICHET_CONFIG, "%s", problems.count ? problems.items[0].message : "");
	problems_done(&problems);
	catalogue_source_done(&source);
	return rc;
}

static enum guichet_rc need_catalogue(struct db *db, struct catalogue **out, struct guichet_err *err)
{
	json_t *packed = read_packed(db);
	enum guichet_rc rc = packed ? build_catalogue(json_string_value(packed), json_string_length(packed), out, err) : guichet_err_set(err, GUICHET_REFUSED, "%s",
		_("les durées de conservation sont au catalogue, et ce serveur n'en a pas encore : guichetd admin catalogue DOSSIER"));
	json_decref(packed);
	return rc;
}

static json_t *read_order(struct db *db)
{
	struct db_rows *rows = db_query(db, NULL, "SELECT at_ms, visa, total FROM purge_order WHERE one = 1", "");
	json_t *order = db_next(rows) ? json_pack("{s:I, s:s, s:I}", "at", (json_int_t)db_int(rows, 0), "visa", db_str(rows, 1), "total", (json_int_t)db_int(rows, 2)) : NULL;
	db_rows_done(&rows, NULL);
	return order;
}

static enum guichet_rc say(struct admin *a, json_t *o)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	if (!text)
		guichet_out_of_memory();
	text_addf(&a->out, "%s\n", text);
	free(text);
	json_decref(o);
	return GUICHET_OK;
}

static enum guichet_rc step_state(struct admin *a)
{
	return say(a, json_pack("{s:o?, s:o?}", "order", read_order(a->db), "catalogue", read_packed(a->db)));
}

static enum guichet_rc step_begin(struct admin *a, struct guichet_err *err)
{
	enum guichet_rc rc = db_begin(a->db, err);
	if (rc)
		return rc;
	rc = db_run(a->db, err, "INSERT INTO purge_order(one, at_ms, visa, total) VALUES(1, ?1, ?2, ?3)", "iti", (int64_t)strtoll(a->words[1], NULL, 10), a->words[2],
		(int64_t)strtoll(a->words[3], NULL, 10));
	rc = rc ? rc : audit_note(a->db, admin_now(a), a->random, "guichetd", 0, "purge-begun", a->words[2], err);
	rc = rc ? rc : db_commit(a->db, err);
	if (rc)
		db_rollback(a->db);
	return rc;
}

/* A few pieces of what was attached; pushes go between two steps. */
static enum guichet_rc step_files(struct admin *a, struct guichet_err *err)
{
	bool more;
	enum guichet_rc rc = ledger_drop_loose(a->db, 1, &more, err);
	return rc ? rc : say(a, json_pack("{s:b}", "more", (int)more));
}

static enum guichet_rc step_end(struct admin *a, struct guichet_err *err)
{
	if (!admin_sweep(a->db))
		return guichet_err_set(err, GUICHET_LOCKED, "%s", _("tout est effacé, mais le journal de la base n'a pas pu être vidé (il sert) : relancez la commande"));
	json_t *order = read_order(a->db);
	const char *visa = json_string_value(json_object_get(order, "visa"));
	enum guichet_rc rc = db_begin(a->db, err);
	if (!rc) {
		rc = visa ? audit_note(a->db, admin_now(a), a->random, "guichetd", 0, "purge", visa, err) : GUICHET_OK;
		rc = rc ? rc : db_run(a->db, err, "DELETE FROM purge_order WHERE one = ?1", "i", (int64_t)1);
		rc = rc ? rc : db_commit(a->db, err);
		if (rc)
			db_rollback(a->db);
	}
	json_decref(order);
	return rc;
}

static json_t *page_json(const struct purge_page *p)
{
	char after[OP_ID_TEXT];
	json_t *lines = json_array();
	op_id_format(p->after, after);
	for (size_t i = 0; i < p->plan.line_count; i++) {
		const struct purge_line *l = &p->plan.lines[i];
		json_array_append_new(lines, json_pack("[s, i, I, I, I, I, I]", l->category, l->months, (json_int_t)l->count, (json_int_t)l->oldest_ms, (json_int_t)l->newest_ms,
			(json_int_t)l->files, (json_int_t)l->bytes));
	}
	return json_pack("{s:s, s:b, s:o, s:I, s:I, s:I, s:I}", "after", after, "more", (int)p->more, "lines", lines, "held", (json_int_t)p->plan.held, "owed",
		(json_int_t)p->plan.owed, "contacts", (json_int_t)p->contacts, "requesters", (json_int_t)p->requesters);
}

/* page KIND AFTER: at the moment of the order that was begun. */
static enum guichet_rc step_page(struct admin *a, struct guichet_err *err)
{
	struct catalogue *c = NULL;
	struct purge_page p = { 0 };
	size_t kind = (size_t)strtoll(a->words[1], NULL, 10);
	json_t *order = read_order(a->db);
	purge_plan_init(&p.plan, json_integer_value(json_object_get(order, "at")));
	enum guichet_rc rc = kind < KINDS && order ? need_catalogue(a->db, &c, err) : guichet_err_set(err, GUICHET_USAGE, "%s", "purge-step");
	p.catalogue = c;
	/* "0.0" is no operation: before the first. */
	op_id_parse(a->words[2], &p.after);
	if (!rc)
		rc = ledger_purge_page(a->db, &p, kinds[kind], &(struct purge_means){ admin_now(a), a->random, json_string_value(json_object_get(order, "visa")), a->erased }, err);
	if (!rc)
		say(a, page_json(&p));
	purge_plan_done(&p.plan);
	catalogue_free(&c);
	json_decref(order);
	return rc;
}

enum guichet_rc admin_purge_step(struct admin *a, struct guichet_err *err)
{
	if (!strcmp(a->words[0], "state"))
		return step_state(a);
	if (!strcmp(a->words[0], "files"))
		return step_files(a, err);
	if (!strcmp(a->words[0], "end"))
		return step_end(a, err);
	if (!strcmp(a->words[0], "begin") && a->count == 4)
		return step_begin(a, err);
	if (!strcmp(a->words[0], "page") && a->count == 3)
		return step_page(a, err);
	return guichet_err_set(err, GUICHET_USAGE, "%s", "purge-step");
}

/* --- the program's side --- */

struct drive {
	const struct daemon_options *o;
	struct admin *a;
	struct catalogue *catalogue;
	bool dry, yes, resumed;
	const char *output, *at;
	char *visa;
	int64_t at_ms, total;
	struct purge_plan plan;
	int64_t people;                  /* who never had a request, or none that is left */
};

/* The answer, or NULL. */
static json_t *step(struct drive *d, const char *const *words, int count, struct guichet_err *err)
{
	struct admin sub = { .clock = d->a->clock, .random = d->a->random, .erased = d->a->erased };
	const char *all[8] = { "purge-step" };
	for (int i = 0; i < count; i++)
		all[i + 1] = words[i];
	enum guichet_rc rc = admin_run_words(d->o, &sub, (char *const *)(uintptr_t)all, count + 1, err);
	json_t *o = rc ? NULL : sub.out.len ? json_loadb(sub.out.data, sub.out.len, 0, NULL) : json_object();
	if (!rc && !o)
		guichet_err_set(err, GUICHET_INTERNAL, "%s", "purge-step");
	text_done(&sub.out);
	return o;
}

static int64_t int_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* A page's figures go to the plan; how many requests it was. */
static int64_t add_page(struct purge_plan *plan, const json_t *page, int64_t *files)
{
	size_t i;
	json_t *l;
	int64_t requests = 0;
	json_array_foreach(json_object_get(page, "lines"), i, l) {
		int64_t n[7];
		for (size_t k = 1; k < 7; k++)
			n[k] = json_integer_value(json_array_get(l, k));
		struct purge_line *line = purge_plan_line(plan, json_string_value(json_array_get(l, 0)), (int)n[1]);
		purge_line_add(line, n[2], n[3], n[4], n[5], n[6]);
		purge_line_add(&plan->all, n[2], n[3], n[4], n[5], n[6]);
		requests += n[2];
		*files += n[5];
	}
	plan->held += int_of(page, "held");
	plan->owed += int_of(page, "owed");
	plan->contacts += int_of(page, "contacts");
	return requests;
}

/* All pages, kind by kind. `done`: what was erased. */
static enum guichet_rc erase_pages(struct drive *d, struct purge_plan *done, int64_t *requesters, struct guichet_err *err)
{
	char kind[12], after[OP_ID_TEXT];
	int64_t files = 0;
	for (int k = 0; k < KINDS; k++) {
		snprintf(kind, sizeof kind, "%d", k);
		snprintf(after, sizeof after, "%s", "0.0");
		for (bool more = true; more;) {
			json_t *page = step(d, (const char *const[]){ "page", kind, after }, 3, err);
			if (!page)
				return err->code;
			add_page(done, page, &files);
			*requesters += int_of(page, "requesters");
			snprintf(after, sizeof after, "%s", json_string_value(json_object_get(page, "after")));
			more = json_is_true(json_object_get(page, "more"));
			json_decref(page);
		}
	}
	return GUICHET_OK;
}

/* What would go, read beside whoever writes: a large store takes minutes, and nobody's push waits for them. */
static enum guichet_rc look(struct drive *d, struct guichet_err *err)
{
	struct db *db = NULL;
	struct db_options options = d->o->http.db;
	struct purge_page p = { .catalogue = d->catalogue };
	options.read_only = true;
	enum guichet_rc rc = db_open(&options, &db, err);
	purge_plan_init(&p.plan, d->at_ms);
	for (size_t k = 0; k < KINDS && !rc; k++) {
		p.after = (struct op_id){ 0, 0 };
		p.more = true;
		while (p.more && !rc)
			rc = ledger_purge_look(db, &p, kinds[k], err);
	}
	db_close(&db);
	purge_plan_done(&d->plan);
	d->plan = p.plan;
	d->plan.contacts = p.contacts;
	d->people = p.requesters;
	return rc;
}

/* What was attached to it. */
static enum guichet_rc drop_files(struct drive *d, struct guichet_err *err)
{
	for (bool more = true; more;) {
		json_t *some = step(d, (const char *const[]){ "files" }, 1, err);
		if (!some)
			return err->code;
		more = json_is_true(json_object_get(some, "more"));
		json_decref(some);
	}
	return GUICHET_OK;
}

static void print_plan(struct drive *d)
{
	struct text *out = &d->a->out;
	for (size_t i = 0; i < d->plan.line_count; i++) {
		slip_add_row(out, slip_category(d->catalogue, d->plan.lines[i].category), &d->plan.lines[i]);
		text_addc(out, '\n');
	}
	slip_add_row(out, _("En tout"), &d->plan.all);
	text_addc(out, '\n');
	text_addf(out, _("Fichiers joints : %lld. Contacts sans demande conservée : %lld.\n"), (long long)d->plan.all.files, (long long)d->plan.contacts);
	if (d->people > 0)
		text_addf(out, _("Usagers sans demande ni contact conservés : %lld.\n"), (long long)d->people);
	if (d->plan.held || d->plan.owed)
		text_addf(out, _("Conservées au-delà : %lld sur ordre (litige), %lld où il reste à faire.\n"), (long long)d->plan.held, (long long)d->plan.owed);
	if (d->resumed)
		text_addf(out, _("Une purge de %lld demandes avait commencé : il en reste %lld.\n"), (long long)d->total, (long long)d->plan.all.count);
	/* It is read before the question. */
	fputs(text_str(out), stdout);
	fflush(stdout);
	text_clear(out);
}

static enum guichet_rc write_slip(struct drive *d, const char *visa, struct guichet_err *err)
{
	struct text t = TEXT_INIT;
	slip_write(&t, d->catalogue, &(struct slip){ &d->plan, "guichetd", visa, admin_now(d->a) });
	enum guichet_rc rc = file_write_new(d->output, &t, err);
	if (!rc)
		text_addf(&d->a->out, _("Bordereau d'élimination : %s\n"), d->output);
	text_done(&t);
	return rc;
}

static enum guichet_rc ask(const struct drive *d, struct guichet_err *err)
{
	char line[ANSWER_LINE];
	const char *word = _("purger");
	if (d->yes)
		return GUICHET_OK;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return guichet_err_set(err, GUICHET_USAGE, "%s", _("une purge se confirme : dans un terminal, ou par --yes"));
	fprintf(stderr, _("C'est définitif. Tapez « %s » pour effacer, autre chose pour renoncer : "), word);
	fflush(stderr);
	bool agreed = fgets(line, sizeof line, stdin) && strlen(line) == strlen(word) + 1 && !strncmp(line, word, strlen(word));
	return agreed ? GUICHET_OK : guichet_err_set(err, GUICHET_REFUSED, "%s", _("purge abandonnée : rien n'a été effacé"));
}

static enum guichet_rc read_words(struct drive *d, struct guichet_err *err)
{
	const char *visa = NULL;
	for (int i = 0; i < d->a->count; i++) {
		const char *word = d->a->words[i];
		const char **value = !strcmp(word, "-o") ? &d->output : !strcmp(word, "--visa") ? &visa : !strcmp(word, "--at") ? &d->at : NULL;
		if (value && i + 1 < d->a->count)
			*value = d->a->words[++i];
		else if (!value && !strcmp(word, "--dry-run"))
			d->dry = true;
		else if (!value && !strcmp(word, "--yes"))
			d->yes = true;
		else
			return guichet_err_set(err, GUICHET_USAGE, _("« %s » n'est pas une option de cette commande (attendu :%s)"), word, " --dry-run -o --visa --at --yes");
	}
	return visa ? utf8_accept("--visa", visa, strlen(visa), VISA_BYTES, &d->visa, err) : GUICHET_OK;
}

/* What was begun goes on as it was begun. */
static enum guichet_rc take_order(struct drive *d, const json_t *order, struct guichet_err *err)
{
	int64_t now = admin_now(d->a);
	d->resumed = json_is_object(order);
	d->at_ms = now;
	if (d->resumed && (d->output || d->visa || d->at))
		return guichet_err_set(err, GUICHET_USAGE, "%s", _("une purge commencée reprend telle quelle : sans -o, --visa ni --at (son bordereau est écrit)"));
	if (d->resumed) {
		d->at_ms = int_of(order, "at");
		d->total = int_of(order, "total");
		return GUICHET_OK;
	}
	enum guichet_rc rc = d->at ? instant_parse("--at", d->at, &d->at_ms, err) : GUICHET_OK;
	if (!rc && d->at_ms > now)
		rc = guichet_err_set(err, GUICHET_DATA, _("--at « %s » est dans le futur"), d->at);
	if (!rc && !d->dry && (!d->output || !d->visa || !d->visa[strspn(d->visa, " \t")]))
		rc = guichet_err_set(err, GUICHET_USAGE, "%s", _("une purge veut le visa des archives (--visa) et un fichier pour son bordereau (-o) ; --dry-run montre ce qui partirait"));
	return rc;
}

static enum guichet_rc prepare(struct drive *d, struct guichet_err *err)
{
	json_t *state = step(d, (const char *const[]){ "state" }, 1, err);
	const json_t *packed = json_object_get(state, "catalogue");
	enum guichet_rc rc = state ? take_order(d, json_object_get(state, "order"), err) : err->code;
	if (!rc && !json_is_string(packed))
		rc = guichet_err_set(err, GUICHET_REFUSED, "%s", _("les durées de conservation sont au catalogue, et ce serveur n'en a pas encore : guichetd admin catalogue DOSSIER"));
	if (!rc)
		rc = build_catalogue(json_string_value(packed), json_string_length(packed), &d->catalogue, err);
	json_decref(state);
	return rc;
}

/* The slip is on the disk and the order in the database before anything goes. */
static enum guichet_rc begin(struct drive *d, struct guichet_err *err)
{
	char at[24], total[24];
	snprintf(at, sizeof at, "%lld", (long long)d->at_ms);
	snprintf(total, sizeof total, "%lld", (long long)d->plan.all.count);
	enum guichet_rc rc = write_slip(d, d->visa, err);
	json_t *begun = rc ? NULL : step(d, (const char *const[]){ "begin", at, d->visa, total }, 4, err);
	rc = rc ? rc : begun ? GUICHET_OK : err->code;
	json_decref(begun);
	return rc;
}

static enum guichet_rc run_all(struct drive *d, struct guichet_err *err)
{
	struct purge_plan done;
	int64_t requesters = 0;
	purge_plan_init(&done, d->at_ms);
	enum guichet_rc rc = erase_pages(d, &done, &requesters, err);
	rc = rc ? rc : drop_files(d, err);
	json_t *ended = rc ? NULL : step(d, (const char *const[]){ "end" }, 1, err);
	rc = rc ? rc : ended ? GUICHET_OK : err->code;
	json_decref(ended);
	if (!rc)
		text_addf(&d->a->out, _("%lld demandes anonymisées, %lld fichiers, %lld contacts et %lld usagers effacés ; les postes suivent à leur prochaine synchronisation "
			"(guichetd admin erasure).\n"), (long long)done.all.count, (long long)done.all.files, (long long)done.contacts, (long long)requesters);
	purge_plan_done(&done);
	return rc;
}

enum guichet_rc admin_purge(const struct daemon_options *o, struct admin *a, struct guichet_err *err)
{
	struct drive d = { .o = o, .a = a };
	enum guichet_rc rc = read_words(&d, err);
	rc = rc ? rc : prepare(&d, err);
	rc = rc ? rc : look(&d, err);
	if (!rc)
		print_plan(&d);
	bool nothing = !d.resumed && d.plan.all.count == 0 && d.plan.contacts == 0 && d.people == 0;
	if (!rc && nothing)
		text_addf(&a->out, "%s\n", _("Rien n'a dépassé sa durée de conservation."));
	else if (!rc && d.dry)
		rc = d.output ? write_slip(&d, NULL, err) : GUICHET_OK;
	else if (!rc) {
		rc = ask(&d, err);
		if (!rc && !d.resumed)
			rc = begin(&d, err);
		rc = rc ? rc : run_all(&d, err);
	}
	purge_plan_done(&d.plan);
	catalogue_free(&d.catalogue);
	free(d.visa);
	return rc;
}
