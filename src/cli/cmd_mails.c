// SPDX-License-Identifier: GPL-3.0-or-later
/* Mails that came, as an agent looks at them: a list with what each seems to be about, one as it reads, its files and
 * the mail itself copied out. What came from outside names no folder, writes over nothing and is never run. Must not
 * know how mails are read or sent.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/file_new.h"
#include "guichet/core/attachment.h"
#include "guichet/core/reference.h"
#include "guichet/core/suggest.h"
#include "guichet/report/mail_words.h"
#include "guichet/store/correspondence.h"
#include "guichet/wire/request_json.h"
#include "look_up.h"

enum { ROW_INDENT = 4, LABEL_COLUMNS = 12, LIMIT_DEFAULT = 50, LIMIT_MAX = 10000 };

static const unsigned of_people =
	1U << MAIL_CREATED | 1U << MAIL_THREADED | 1U << MAIL_QUARANTINED | 1U << MAIL_BOUNCE | 1U << MAIL_ACCEPTED;
static const unsigned of_all = (1U << MAIL_SORT_COUNT) - 1;

/* --- what it seems to be about --- */

/* One mail under somebody's eyes. The suggester is the list's: the catalogue's words are learned once. */
struct looking {
	struct cli *cli;
	struct suggester *words;
	size_t count;
};

struct proposal {
	struct suggestion best;
	const struct commune *commune;
	bool any;
};

struct request_state {
	const struct category *unsorted;
	bool waits;
};

static bool see_request(void *context, const struct request_row *row)
{
	struct request_state *r = context;
	r->waits = row->open && r->unsorted && !strcmp(row->category, r->unsorted->code);
	return false;
}

/* Nobody has said yet what it is about. */
static bool awaits_somebody(struct cli *cli, const struct mail_row *row)
{
	struct request_state r = {.unsorted = store_catalogue(cli->store)->unsorted};
	if (row->sort == MAIL_QUARANTINED)
		return true;
	if (row->request)
		store_row(cli->store, row->request, see_request, &r, NULL);
	return r.waits;
}

static void propose(struct looking *l, const struct mail_row *row, const struct op *op, struct proposal *out)
{
	const struct catalogue *c = store_catalogue(l->cli->store);
	struct text words = TEXT_INIT;
	*out = (struct proposal){.any = false};
	if (!awaits_somebody(l->cli, row))
		return;
	if (!l->words)
		l->words = suggester_new(c);
	struct suggest_counts counts = store_suggest_counts(l->cli->store);
	text_addf(&words, "%s\n%s", op_text(op, "subject", ""), op_text(op, "text", ""));
	out->commune = suggest_commune(c, text_str(&words));
	out->any = suggest(l->words, &counts, text_str(&words), out->commune, &out->best, 1) > 0;
	text_done(&words);
}

static void show_proposal(struct text *out, const char *before, const struct proposal *p)
{
	const struct suggestion *s = &p->best;
	if (!p->any)
		return;
	text_addf(out, "%s%s → %s", before, s->category->name, s->service ? s->service->name : s->body ? s->body->name : "?");
	if (p->commune)
		text_addf(out, ", %s", p->commune->name);
	text_addf(out, "  [%s]", s->category->code);
}

static json_t *proposal_json(const struct proposal *p)
{
	const struct suggestion *s = &p->best;
	if (!p->any)
		return json_null();
	return json_pack("{s:s, s:s?, s:s?, s:s?, s:f}", "category", s->category->code, "service_code",
		s->service ? s->service->code : NULL, "body", s->body ? s->body->code : NULL, "commune",
		p->commune ? p->commune->code : NULL, "score", round(s->score * 1e4) / 1e4);
}

/* --- one line of it --- */

static json_t *mail_json(const struct mail_row *row, const struct op *op, const struct proposal *p)
{
	char id[OP_ID_TEXT];
	const char *why = op_text(op, "why", "");
	op_id_format(row->op, id);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I}", "mail", id, "sort", mail_sort_code(row->sort),
		"why", why, "from", op_text(op, "from", ""), "name", op_text(op, "from_name", ""), "subject",
		op_text(op, "subject", ""), "received_datetime", instant_json(row->at_ms), "bytes",
		(json_int_t)op_int(op, "bytes", 0));
	json_object_set_new(o, "service_request_id",
		row->reference ? json_sprintf("%lld", (long long)row->reference) : json_null());
	json_object_set_new(o, "suggestion", proposal_json(p));
	return o;
}

static void show_state(struct text *out, const struct mail_row *row, const struct op *op)
{
	char reference[REFERENCE_SHOWN];
	const char *why = mail_reason(op_text(op, "why", ""));
	text_add(out, mail_sort_label(row->sort));
	if (*why)
		text_addf(out, _(" : %s"), why);
	if (row->reference) {
		reference_show(row->reference, reference);
		text_addf(out, _(", demande %s"), reference);
	}
}

static void show_what(struct text *out, const char *id, const struct op *op)
{
	struct text files = TEXT_INIT;
	char *sender = mail_sender(op), *subject = mail_subject(op);
	mail_files(&files, op);
	text_addf(out, "%s  %s  %s", id, sender, subject);
	if (files.len)
		text_addf(out, "  [%s]", text_str(&files));
	free(sender);
	free(subject);
	text_done(&files);
}

static bool print_one(void *context, const struct mail_row *row)
{
	struct looking *l = context;
	struct op op;
	struct proposal p;
	struct text when = TEXT_INIT, state = TEXT_INIT, what = TEXT_INIT, about = TEXT_INIT;
	char id[OP_ID_TEXT];
	if (store_mail_op(l->cli->store, row->id, &op, NULL))
		return true;
	l->count++;
	op_id_format(row->op, id);
	propose(l, row, &op, &p);
	if (l->cli->json) {
		print_json(l->cli, mail_json(row, &op, &p));
	} else {
		show_when(&when, row->at_ms, store_now(l->cli->store));
		show_state(&state, row, &op);
		show_what(&what, id, &op);
		show_proposal(&about, _("proposé : "), &p);
		print_line(l->cli, "%s  %s", text_str(&when), text_str(&state));
		print_wrapped(l->cli, "", ROW_INDENT, text_str(&what));
		if (about.len)
			print_wrapped(l->cli, "", ROW_INDENT, text_str(&about));
	}
	text_done(&when);
	text_done(&state);
	text_done(&what);
	text_done(&about);
	op_done(&op);
	return print_goes_on(l->cli);
}

static enum guichet_rc print_some(
	struct cli *cli, const struct args *a, unsigned sorts, const char *empty, struct guichet_err *err)
{
	struct looking l = {.cli = cli};
	struct mail_filter f = {.sorts = sorts};
	enum guichet_rc rc = args_count(a, OPT_LIMIT, LIMIT_DEFAULT, LIMIT_MAX, &f.limit, err);
	rc = rc ? rc : store_list_mail(cli->store, &f, print_one, &l, err);
	suggester_free(&l.words);
	if (rc == GUICHET_OK && !l.count && !cli->json)
		print_line(cli, "%s", empty);
	return rc;
}

enum guichet_rc cmd_mail_list(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	return print_some(cli, a, args_has(a, OPT_ALL) ? of_all : of_people, _("Aucun courriel."), err);
}

enum guichet_rc cmd_mail_quarantine(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	if (a->word_count > 1 || (a->word_count == 1 && strcmp(a->words[0], "list") && strcmp(a->words[0], "lister")))
		return guichet_err_set(err, GUICHET_USAGE,
			_("« %s » : attendu list, accept ou drop ; « guichet mail show » montre un courriel"), a->words[0]);
	return print_some(cli, a, 1U << MAIL_QUARANTINED, _("La quarantaine est vide."), err);
}

/* --- all of one --- */

/* The mail that a word names; op_done afterwards, whatever is returned. */
static enum guichet_rc load_mail(
	struct cli *cli, const char *word, struct mail_row *row, struct op *op, struct guichet_err *err)
{
	struct op_id id;
	int64_t at;
	*op = (struct op){0};
	enum guichet_rc rc = args_entity(_("courriel"), word, &id, err);
	rc = rc ? rc : desk_contact_row(cli->store, id, &at, err);
	rc = rc ? rc : store_mail(cli->store, at, row, err);
	return rc ? rc : store_mail_op(cli->store, at, op, err);
}

/* Its n-th file, from 1: what is said of it, borrowed from the operation. */
struct file_of_mail {
	const char *name, *type, *sha256;
	int64_t bytes;
	bool inside;
};

static bool nth_file(const struct op *op, size_t n, struct file_of_mail *out)
{
	const json_t *part = json_array_get(json_object_get(op->facts, "parts"), n - 1);
	const char *name = json_string_value(json_array_get(json_object_get(op->personal, "names"), n - 1));
	const char *type = json_string_value(json_object_get(part, "type")),
			   *sha256 = json_string_value(json_object_get(part, "sha256"));
	*out = (struct file_of_mail){name ? name : "", type ? type : "", sha256 ? sha256 : "",
		json_integer_value(json_object_get(part, "bytes")), json_is_true(json_object_get(part, "inline"))};
	return part != NULL;
}

static json_t *files_json(const struct op *op)
{
	struct file_of_mail f;
	json_t *list = json_array();
	for (size_t n = 1; nth_file(op, n, &f); n++)
		json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:I, s:b}", "number", (json_int_t)n, "name", f.name, "type",
										f.type, "bytes", (json_int_t)f.bytes, "inline", (int)f.inside));
	return list;
}

static bool is_kept_whole(const struct op *op)
{
	return json_array_size(json_object_get(op->facts, "whole")) > 0;
}

static void show_size(struct text *out, int64_t bytes)
{
	if (bytes >= 1024 * 1024)
		text_addf(out, _("%lld Mo"), (long long)(bytes / (1024 * 1024)));
	else
		text_addf(out, _("%lld Ko"), (long long)((bytes + 1023) / 1024));
}

static void print_labelled(struct cli *cli, const char *label, const char *value)
{
	if (*value)
		print_wrapped(cli, label, LABEL_COLUMNS, value);
}

static void print_sender(struct cli *cli, const struct op *op)
{
	struct text from = TEXT_INIT;
	const char *name = op_text(op, "from_name", ""), *reply = op_text(op, "reply_to", "");
	text_addf(&from, *name ? "%s <%s>" : "%s%s", name, op_text(op, "from", ""));
	if (*reply)
		text_addf(&from, _(" (répondre à %s)"), reply);
	print_labelled(cli, _("De"), text_str(&from));
	text_done(&from);
}

static void print_files(struct cli *cli, const struct op *op, const char *id)
{
	struct file_of_mail f;
	struct text line = TEXT_INIT;
	for (size_t n = 1; nth_file(op, n, &f); n++) {
		text_clear(&line);
		text_addf(&line, "%zu  %s  (%s, ", n, *f.name ? f.name : _("sans nom"), f.type);
		show_size(&line, f.bytes);
		text_add(&line, f.inside ? _(", dans le texte)") : ")");
		print_labelled(cli, _("Pièce"), text_str(&line));
	}
	text_clear(&line);
	if (is_kept_whole(op)) {
		show_size(&line, op_int(op, "bytes", 0));
		text_addf(&line, _(", tel qu'il est arrivé : guichet mail save %s"), id);
		print_labelled(cli, _("Entier"), text_str(&line));
	}
	text_done(&line);
}

static void print_mail(struct cli *cli, const struct mail_row *row, const struct op *op, const struct proposal *p)
{
	struct text when = TEXT_INIT, state = TEXT_INIT, about = TEXT_INIT;
	char id[OP_ID_TEXT];
	const char *folded = op_text(op, "folded", "");
	op_id_format(row->op, id);
	instant_show(&when, row->at_ms);
	show_state(&state, row, op);
	show_proposal(&about, "", p);
	print_labelled(cli, _("Courriel"), id);
	print_sender(cli, op);
	print_labelled(cli, _("À"), op_text(op, "to", ""));
	print_labelled(cli, _("Reçu"), text_str(&when));
	print_labelled(cli, _("Objet"), op_text(op, "subject", ""));
	print_labelled(cli, _("État"), text_str(&state));
	print_labelled(cli, _("Proposé"), text_str(&about));
	if (p->any && row->reference && row->sort != MAIL_QUARANTINED)
		print_line(cli, "%*sguichet edit %lld category=%s%s%s", (int)LABEL_COLUMNS, "", (long long)row->reference,
			p->best.category->code, p->commune ? " commune=" : "", p->commune ? p->commune->code : "");
	print_files(cli, op, id);
	print_line(cli, "%s", "");
	print_wrapped(cli, "", 0, op->blanked ? _("(effacé)") : op_text(op, "text", ""));
	if (*folded) {
		print_line(cli, "\n%s", _("— ce qui était cité :"));
		print_wrapped(cli, "", 0, folded);
	}
	text_done(&when);
	text_done(&state);
	text_done(&about);
}

enum guichet_rc cmd_mail_show(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct looking l = {.cli = cli};
	struct mail_row row;
	struct op op;
	struct proposal p;
	enum guichet_rc rc = load_mail(cli, a->words[0], &row, &op, err);
	if (rc == GUICHET_OK) {
		propose(&l, &row, &op, &p);
		if (cli->json) {
			json_t *o = mail_json(&row, &op, &p);
			json_object_set_new(o, "to", json_string(op_text(&op, "to", "")));
			json_object_set_new(o, "text", json_string(op_text(&op, "text", "")));
			json_object_set_new(o, "folded", json_string(op_text(&op, "folded", "")));
			json_object_set_new(o, "attachments", files_json(&op));
			json_object_set_new(o, "whole", json_boolean(is_kept_whole(&op)));
			print_json(cli, o);
		} else {
			print_mail(cli, &row, &op, &p);
		}
	}
	suggester_free(&l.words);
	op_done(&op);
	return rc;
}

/* --- copied out --- */

/* A piece at a time, from here or from the server. */
static enum guichet_rc write_piece(struct cli *cli, int fd, const char *sha256, struct guichet_err *err)
{
	char *data = NULL;
	size_t bytes = 0;
	enum guichet_rc rc = store_has_blob(cli->store, sha256) ? GUICHET_OK : look_up_file(cli, sha256, err);
	rc = rc ? rc : store_get_blob(cli->store, sha256, &data, &bytes, err);
	if (!rc && !file_write_all(fd, data, bytes))
		rc = guichet_err_set(err, GUICHET_IO, _("copie impossible : %s"), strerror(errno));
	free(data);
	return rc;
}

/* Never over something, never through a link, for its owner alone; whole or not at all. */
static enum guichet_rc write_file(
	struct cli *cli, const char *path, const json_t *pieces, const char *one, struct guichet_err *err)
{
	size_t i;
	json_t *piece;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return guichet_err_set(err, GUICHET_CANT_CREATE,
			errno == EEXIST ? _("%s existe déjà : donnez un autre nom (-o FICHIER)") : _("impossible de créer %s : %s"), path,
			strerror(errno));
	enum guichet_rc rc = one ? write_piece(cli, fd, one, err) : GUICHET_OK;
	json_array_foreach(pieces, i, piece)
		rc = rc ? rc : write_piece(cli, fd, json_string_value(piece), err);
	if (!rc && fsync(fd))
		rc = guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), path, strerror(errno));
	if (close(fd) && !rc)
		rc = guichet_err_set(err, GUICHET_IO, _("impossible d'écrire %s : %s"), path, strerror(errno));
	if (rc)
		unlink(path);
	return rc;
}

static enum guichet_rc find_file(
	const struct args *a, const struct op *op, struct file_of_mail *out, struct guichet_err *err)
{
	char *end;
	long n = strtol(a->words[1], &end, 10);
	if (*a->words[1] < '1' || *a->words[1] > '9' || *end || n > 1000)
		return guichet_err_set(err, GUICHET_DATA, _("« %s » n'est pas le numéro d'une pièce (guichet mail show)"), a->words[1]);
	if (!nth_file(op, (size_t)n, out) || !*out->sha256)
		return guichet_err_set(err, GUICHET_NOT_FOUND, _("ce courriel n'a pas de pièce %ld (guichet mail show)"), n);
	return GUICHET_OK;
}

static enum guichet_rc save(
	struct cli *cli, const struct args *a, const struct mail_row *row, const struct op *op, struct guichet_err *err)
{
	struct text path = TEXT_INIT;
	struct file_of_mail file = {0};
	const json_t *whole = json_object_get(op->facts, "whole");
	char id[OP_ID_TEXT];
	enum guichet_rc rc = a->word_count > 1 ? find_file(a, op, &file, err) : GUICHET_OK;
	op_id_format(row->op, id);
	if (!rc && a->word_count == 1 && !is_kept_whole(op))
		rc = guichet_err_set(err, GUICHET_NOT_FOUND,
			_("ce courriel n'est pas gardé tel qu'il est arrivé : son texte et ses pièces le sont (guichet mail show %s)"), id);
	if (rc)
		return rc;
	if (args_has(a, OPT_OUTPUT))
		text_add(&path, args_text(a, OPT_OUTPUT));
	else if (a->word_count > 1)
		attachment_safe_name(&path, file.name, file.type);
	else
		text_addf(&path, "courriel-%s.eml", id);
	rc = write_file(cli, text_str(&path), a->word_count > 1 ? NULL : whole, a->word_count > 1 ? file.sha256 : NULL, err);
	if (!rc && cli->json)
		print_json(cli, json_pack("{s:s, s:s, s:I}", "mail", id, "file", text_str(&path), "bytes",
							(json_int_t)(a->word_count > 1 ? file.bytes : op_int(op, "bytes", 0))));
	else if (!rc)
		print_line(cli, _("%s : copié hors du dépôt, pour vous seul ; effacez-le quand il ne sert plus"), text_str(&path));
	text_done(&path);
	return rc;
}

enum guichet_rc cmd_mail_save(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct mail_row row;
	struct op op;
	/* Nothing leaves a store that is read only: that may be a kiosk. */
	if (cli->read_only)
		return guichet_err_set(
			err, GUICHET_NO_PERM, _("lecture seule (--read-only) : « %s » écrit un fichier"), "mail save");
	enum guichet_rc rc = load_mail(cli, a->words[0], &row, &op, err);
	rc = rc ? rc : save(cli, a, &row, &op, err);
	op_done(&op);
	return rc;
}
