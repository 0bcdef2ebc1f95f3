// SPDX-License-Identifier: GPL-3.0-or-later
/* What people make of the mails that made no request: taken as one, or put aside. */
#include "ingest_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/core/reference.h"
#include "guichet/store/desk.h"

static enum guichet_rc check_open(struct store *s, int64_t id, struct mail_row *row, struct guichet_err *err)
{
	char shown[REFERENCE_SHOWN];
	enum guichet_rc rc = store_mail(s, id, row, err);
	if (rc)
		return rc;
	if (row->sort == MAIL_QUARANTINED || row->sort == MAIL_MACHINE || row->sort == MAIL_BOUNCE)
		return GUICHET_OK;
	if (row->sort == MAIL_DROPPED)
		return guichet_err_set(err, GUICHET_REFUSED, "%s", _("ce courriel a été écarté"));
	reference_show(row->reference, shown);
	return guichet_err_set(err, GUICHET_REFUSED, _("ce courriel est déjà dans la demande %s"), shown);
}

static enum guichet_rc append_sorted(struct store *s, const struct actor *a, const struct mail_row *row, enum mail_sort sort, struct op_id request, const char *reason,
	struct guichet_err *err)
{
	struct op op;
	char id[OP_ID_TEXT];
	op_init(&op, OP_MAIL_SORTED, row->op, a->login, store_now(s));
	op_fact_text(&op, "sort", mail_sort_code(sort));
	if (!op_id_is_none(request)) {
		op_id_format(request, id);
		op_fact_text(&op, "request", id);
	}
	op_personal_if(&op, "reason", reason);
	enum guichet_rc rc = store_append(s, &op, err);
	op_done(&op);
	return rc;
}

static enum guichet_rc finish(struct store *s, enum guichet_rc rc, struct guichet_err *err)
{
	if (rc == GUICHET_OK)
		return store_commit(s, err);
	store_rollback(s);
	return rc;
}

static enum guichet_rc check_role(const struct actor *a, struct guichet_err *err)
{
	return a->roles & (ROLE_AGENT | ROLE_SERVICE | ROLE_SUPERVISOR) ? GUICHET_OK
									: guichet_err_set(err, GUICHET_NO_PERM, "%s",
										  _("rôle requis pour trier le courriel : agent d'accueil, agent de service ou superviseur"));
}

/* What the mail says is on the request; what could not be read is kept whole beside it. */
static enum guichet_rc tell_whole(struct store *s, const struct actor *a, int64_t reference, const struct op *mail, struct guichet_err *err)
{
	json_t *whole = json_object_get(mail->facts, "whole");
	struct step_args args = { 0 };
	if (json_array_size(whole) == 1) {
		args = (struct step_args){ .name = "courriel.eml", .type = "message/rfc822", .sha256 = json_string_value(json_array_get(whole, 0)),
			.bytes = op_int(mail, "bytes", 0) };
		return desk_step(s, a, reference, STEP_ATTACH, &args, NULL, err);
	}
	args.text = _("Le courriel n'a pas pu être lu en entier : il est gardé tel qu'il est arrivé.");
	return desk_step(s, a, reference, STEP_NOTE, &args, NULL, err);
}

enum guichet_rc mail_accept(struct store *s, const struct actor *a, int64_t id, int64_t *reference, struct guichet_err *err)
{
	struct mail_row row;
	struct op mail;
	struct loaded l;
	enum guichet_rc rc = check_role(a, err);
	rc = rc ? rc : store_begin(s, err);
	if (rc)
		return rc;
	rc = check_open(s, id, &row, err);
	rc = rc ? rc : store_mail_op(s, id, &mail, err);
	if (rc)
		return finish(s, rc, err);
	const char *why = op_text(&mail, "why", "");
	*reference = row.reference;
	/* An agent answers for its sender. */
	if (row.reference && !strcmp(why, mail_why_code(MAIL_WHY_SENDER)))
		rc = mail_touch(s, a, row.reference, &mail, err);
	else
		rc = mail_make_request(s, a, &mail, false, op_text(&mail, "reply_to", op_text(&mail, "from", "")), op_text(&mail, "from_name", ""), reference, err);
	if (rc == GUICHET_OK && !strcmp(op_text(&mail, "text", ""), "") && json_array_size(json_object_get(mail.facts, "whole")))
		rc = tell_whole(s, a, *reference, &mail, err);
	if (rc == GUICHET_OK && (rc = store_load(s, *reference, &l, err)) == GUICHET_OK) {
		rc = append_sorted(s, a, &row, MAIL_ACCEPTED, l.request.id, NULL, err);
		loaded_done(&l);
	}
	op_done(&mail);
	return finish(s, rc, err);
}

enum guichet_rc mail_drop(struct store *s, const struct actor *a, int64_t id, const char *reason, struct guichet_err *err)
{
	struct mail_row row;
	enum guichet_rc rc = check_role(a, err);
	rc = rc ? rc : store_begin(s, err);
	if (rc)
		return rc;
	rc = check_open(s, id, &row, err);
	rc = rc ? rc : append_sorted(s, a, &row, MAIL_DROPPED, (struct op_id){ 0, 0 }, reason, err);
	return finish(s, rc, err);
}
