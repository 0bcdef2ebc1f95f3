// SPDX-License-Identifier: GPL-3.0-or-later
/* Mails that came, line by line: what the screen Courriels shows and does, for who reads with the fingers or the
 * ears. How mails come in is in cmd_ingest.c. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/core/reference.h"
#include "guichet/core/suggest.h"
#include "guichet/report/mail_words.h"
#include "guichet/store/correspondence.h"
#include "guichet/store/desk.h"
#include "guichet/wire/request_json.h"

enum { LISTED = 30, COLUMNS = 16 };

/* The mail of this number: its id in the store. */
static enum guichet_rc find_mail(struct cli *cli, const char *word, int64_t *id, struct guichet_err *err)
{
	struct op_id op;
	enum guichet_rc rc = args_entity(_("courriel"), word, &op, err);
	return rc ? rc : desk_contact_row(cli->store, op, id, err);
}

static json_t *reference_json(int64_t reference)
{
	return reference ? json_sprintf("%lld", (long long)reference) : json_null();
}

/* --- the list --- */

struct listing {
	struct cli *cli;
	size_t count;
};

static void print_mail(struct cli *cli, const struct mail_row *row, const struct op *op, const char *id)
{
	struct text left = TEXT_INIT, what = TEXT_INIT, files = TEXT_INIT;
	char shown[REFERENCE_SHOWN], *sender = mail_sender(op), *subject = mail_subject(op);
	const char *why = mail_reason(op_text(op, "why", ""));
	show_when(&left, row->at_ms, store_now(cli->store));
	text_addf(&what, "%s%s%s", mail_sort_label(row->sort), *why ? " : " : "", why);
	if (row->reference) {
		reference_show(row->reference, shown);
		text_addf(&what, " %s", shown);
	}
	print_line(cli, "%s  %s", text_str(&left), text_str(&what));
	text_clear(&what);
	mail_files(&files, op);
	text_addf(
		&what, "%s  %s  %s%s%s%s", id, sender, subject, files.len ? "  [" : "", text_str(&files), files.len ? "]" : "");
	print_wrapped(cli, "    ", COLUMNS, text_str(&what));
	free(sender);
	free(subject);
	text_done(&left);
	text_done(&what);
	text_done(&files);
}

static bool list_one(void *context, const struct mail_row *row)
{
	struct listing *l = context;
	struct op op;
	char id[OP_ID_TEXT];
	if (store_mail_op(l->cli->store, row->id, &op, NULL))
		return true;
	l->count++;
	op_id_format(row->op, id);
	if (l->cli->json)
		print_json(l->cli,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "mail", id, "sort", mail_sort_code(row->sort), "why",
				op_text(&op, "why", ""), "from", op_text(&op, "from", ""), "subject", op_text(&op, "subject", ""),
				"received_datetime", instant_json(row->at_ms), "service_request_id", reference_json(row->reference)));
	else
		print_mail(l->cli, row, &op, id);
	op_done(&op);
	return print_goes_on(l->cli);
}

enum guichet_rc cmd_mail_list(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct listing l = { .cli = cli };
	unsigned machines = 1u << MAIL_MACHINE | 1u << MAIL_DROPPED, all = (1u << MAIL_SORT_COUNT) - 1;
	struct mail_filter f = { .sorts = args_has(a, OPT_ALL) ? all : all & ~machines };
	enum guichet_rc rc = args_count(a, OPT_LIMIT, LISTED, 10000, &f.limit, err);
	rc = rc ? rc : store_list_mail(cli->store, &f, list_one, &l, err);
	if (rc == GUICHET_OK && !l.count && !cli->json)
		print_line(cli, "%s", _("Aucun courriel."));
	return rc;
}

/* --- one --- */

static void lines(struct cli *cli, const char *text)
{
	while (*text && print_goes_on(cli)) {
		size_t n = strcspn(text, "\n");
		print_line(cli, "%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

struct wanted {
	const struct category *unsorted;
	bool yes;
};

static bool is_unsorted(void *context, const struct request_row *row)
{
	struct wanted *w = context;
	w->yes = row->open && w->unsorted && !strcmp(row->category, w->unsorted->code);
	return false;
}

/* What its words speak for, as the command that would say so. */
static void print_proposal(struct cli *cli, const struct mail_row *row, const struct op *op)
{
	const struct catalogue *c = store_catalogue(cli->store);
	struct wanted wanted = { c->unsorted, false };
	struct suggest_counts counts = store_suggest_counts(cli->store);
	struct suggestion best;
	struct text words = TEXT_INIT;
	if (!row->request || store_row(cli->store, row->request, is_unsorted, &wanted, NULL) || !wanted.yes)
		return;
	text_addf(&words, "%s\n%s", op_text(op, "subject", ""), op_text(op, "text", ""));
	const struct commune *commune = suggest_commune(c, text_str(&words));
	struct suggester *s = suggester_new(c);
	if (suggest(s, &counts, text_str(&words), commune, &best, 1) > 0)
		print_line(cli, _("Proposé : %s%s%s ; pour l'accepter : edit %lld category=%s%s%s"), best.category->name,
			commune ? ", " : "", commune ? commune->name : "", (long long)row->reference, best.category->code,
			commune ? " commune=" : "", commune ? commune->code : "");
	suggester_free(&s);
	text_done(&words);
}

enum guichet_rc cmd_mail_show(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct mail_row row;
	struct op op = { 0 };
	struct text whole = TEXT_INIT;
	int64_t id;
	enum guichet_rc rc = find_mail(cli, a->words[0], &id, err);
	rc = rc ? rc : store_mail(cli->store, id, &row, err);
	rc = rc ? rc : store_mail_op(cli->store, id, &op, err);
	if (rc == GUICHET_OK && cli->json) {
		print_json(cli,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "mail", a->words[0], "sort", mail_sort_code(row.sort),
				"from", op_text(&op, "from", ""), "subject", op_text(&op, "subject", ""), "text",
				op_text(&op, "text", ""), "folded", op_text(&op, "folded", ""), "received_datetime",
				instant_json(row.at_ms), "service_request_id", reference_json(row.reference)));
	} else if (rc == GUICHET_OK) {
		print_mail(cli, &row, &op, a->words[0]);
		mail_whole(&whole, &op);
		lines(cli, text_str(&whole));
		print_proposal(cli, &row, &op);
	}
	op_done(&op);
	text_done(&whole);
	return rc;
}

enum guichet_rc cmd_mail_join(struct cli *cli, const struct args *a, struct guichet_err *err)
{
	struct logged logged = { 0 };
	struct loaded l = { 0 };
	int64_t id, reference, row;
	char shown[REFERENCE_SHOWN];
	enum guichet_rc rc = find_mail(cli, a->words[0], &id, err);
	rc = rc ? rc : args_reference(a, 1, &reference, err);
	rc = rc ? rc : store_load(cli->store, reference, &l, err);
	row = l.row_id;
	loaded_done(&l);
	rc = rc ? rc : desk_join_mail(cli->store, &cli->actor, id, row, &logged, err);
	logged_done(&logged);
	if (rc)
		return rc;
	reference_show(reference, shown);
	if (cli->json)
		print_json(cli,
			json_pack("{s:s, s:s, s:o}", "action", "joined", "mail", a->words[0], "service_request_id",
				reference_json(reference)));
	else
		print_line(cli, _("courriel joint à la demande %s"), shown);
	return GUICHET_OK;
}
