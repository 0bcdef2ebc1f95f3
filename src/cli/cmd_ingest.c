// SPDX-License-Identifier: GPL-3.0-or-later
/* Mails brought by a pipe or as files, and what a person makes of those that made no request. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guichet/core/reference.h"
#include "guichet/mail/ingest.h"
#include "guichet/store/desk.h"
#include "guichet/wire/request_json.h"

/* --- one that comes --- */

static json_t *parts_json(const struct mail_taken *t)
{
	json_t *parts = json_array();
	for (size_t i = 0; i < t->part_count; i++)
		json_array_append_new(parts, json_pack("{s:s, s:s, s:I}", "name", t->parts[i].name, "type", t->parts[i].type, "bytes", (json_int_t)t->parts[i].bytes));
	return parts;
}

static void print_taken_json(struct cli *cli, const struct mail_taken *t)
{
	char id[OP_ID_TEXT];
	op_id_format(t->op, id);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I}", "action", mail_taken_code(t), "from", t->from, "subject", t->subject, "text", t->text, "mail", id,
		"attachments", parts_json(t), "bytes", (json_int_t)t->bytes);
	json_object_set_new(o, "service_request_id", t->reference ? json_sprintf("%lld", (long long)t->reference) : json_null());
	json_object_set_new(o, "why", t->why ? json_string(mail_why_code(t->why)) : json_null());
	print_json(cli, o);
}

static void print_taken(struct cli *cli, const struct mail_taken *t)
{
	char shown[REFERENCE_SHOWN] = "", id[OP_ID_TEXT];
	struct text line = TEXT_INIT;
	if (cli->json) {
		print_taken_json(cli, t);
		return;
	}
	op_id_format(t->op, id);
	text_add(&line, t->known ? _("courriel déjà reçu") : mail_sort_label(t->sort));
	if (t->reference) {
		reference_show(t->reference, shown);
		text_addf(&line, " %s", shown);
	}
	if (t->why)
		text_addf(&line, _(" : %s"), mail_why_label(t->why));
	text_addf(&line, " (%s)", id);
	print_line(cli, "%s", text_str(&line));
	text_done(&line);
}

static enum guichet_rc ingest_one(struct cli *cli, const struct mail_taker *taker, const char *path, struct guichet_err *err)
{
	struct mail_taken taken;
	bool input = !strcmp(path, "-");
	if (input && cli->in_shell)
		return guichet_err_set(err, GUICHET_USAGE, "%s", _("« - » lit l'entrée standard, que le mode ligne lit déjà : donnez un fichier"));
	int fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return guichet_err_set(err, errno == ENOENT ? GUICHET_NO_INPUT : GUICHET_IO, _("courriel « %s » : %s"), path, strerror(errno));
	enum guichet_rc rc = mail_ingest_fd(cli->store, taker, fd, &taken, err);
	if (!input)
		close(fd);
	if (rc == GUICHET_OK) {
		print_taken(cli, &taken);
		mail_taken_done(&taken);
	}
	return rc;
}

enum guichet_rc cmd_mail_ingest(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct mail_taker taker = { .actor = &cli->actor };
	enum guichet_rc rc = args_instant(a, OPT_RECEIVED_AT, 0, &taker.received_ms, err);
	if (rc == GUICHET_OK && !a->word_count)
		return ingest_one(cli, &taker, "-", err);
	for (size_t i = 0; i < a->word_count && rc == GUICHET_OK; i++)
		rc = ingest_one(cli, &taker, a->words[i], err);
	return rc;
}

/* --- what a person makes of one that waits --- */

/* The mail of this number: its id in the store. */
static enum guichet_rc find_mail(struct cli *cli, const char *word, int64_t *id, struct guichet_err *err)
{
	struct op_id op;
	enum guichet_rc rc = args_entity(_("courriel"), word, &op, err);
	return rc ? rc : desk_contact_row(cli->store, op, id, err);
}

enum guichet_rc cmd_mail_quarantine_accept(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct logged logged = { 0 };
	int64_t id;
	char shown[REFERENCE_SHOWN];
	enum guichet_rc rc = find_mail(cli, a->words[0], &id, err);
	rc = rc ? rc : desk_accept_mail(cli->store, &cli->actor, id, cli_privacy(cli), &logged, err);
	int64_t reference = logged.reference;
	logged_done(&logged);
	if (rc)
		return rc;
	reference_show(reference, shown);
	if (cli->json)
		print_json(cli, json_pack("{s:s, s:s, s:o}", "action", "accepted", "mail", a->words[0], "service_request_id", json_sprintf("%lld", (long long)reference)));
	else
		print_line(cli, _("courriel pris dans la demande %s"), shown);
	return GUICHET_OK;
}

enum guichet_rc cmd_mail_quarantine_drop(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	int64_t id;
	enum guichet_rc rc = find_mail(cli, a->words[0], &id, err);
	rc = rc ? rc : desk_drop_mail(cli->store, &cli->actor, id, args_text(a, OPT_REASON), err);
	if (rc == GUICHET_OK && cli->json)
		print_json(cli, json_pack("{s:s, s:s}", "action", "dropped", "mail", a->words[0]));
	else if (rc == GUICHET_OK)
		print_line(cli, "%s", _("courriel écarté"));
	return rc;
}
