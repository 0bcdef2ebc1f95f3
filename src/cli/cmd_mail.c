// SPDX-License-Identifier: GPL-3.0-or-later
/* A mail joined to a request that is there, as on the screen Courriels. What came is told in cmd_mails.c, how it comes
 * in in cmd_ingest.c. */
#include "cli.h"

#include "guichet/core/reference.h"
#include "guichet/store/desk.h"
#include "guichet/wire/request_json.h"

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
