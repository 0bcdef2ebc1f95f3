// SPDX-License-Identifier: GPL-3.0-or-later
/* What people make of a mail that waits in quarantine: a request, or nothing. Must not know how mails are read. */
#include "desk_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/store/correspondence.h"

static enum guichet_rc load_quarantined(struct store *s, int64_t mail, struct op *out, struct guichet_err *err)
{
	struct mail_row row;
	enum guichet_rc rc = store_mail(s, mail, &row, err);
	if (rc == GUICHET_OK && row.sort != MAIL_QUARANTINED)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("ce courriel n'est plus en quarantaine (%s)"), mail_sort_label(row.sort));
	return rc ? rc : store_mail_op(s, mail, out, err);
}

static enum guichet_rc sort_mail(struct store *s, const struct actor *a, struct op_id mail, enum mail_sort sort, const char *request, const char *reason,
	struct guichet_err *err)
{
	struct op op;
	op_init(&op, OP_MAIL_SORTED, mail, a->login, store_now(s));
	op_fact_text(&op, "sort", mail_sort_code(sort));
	op_fact_if(&op, "request", request);
	op_personal_if(&op, "reason", reason);
	enum guichet_rc rc = store_append(s, &op, err);
	op_done(&op);
	return rc;
}

/* The files that came with it; a mail that was kept whole only has none. */
static enum guichet_rc attach_parts(struct store *s, const struct actor *a, const struct op *mail, int64_t reference, struct guichet_err *err)
{
	size_t i;
	json_t *part;
	enum guichet_rc rc = GUICHET_OK;
	json_array_foreach(json_object_get(mail->facts, "parts"), i, part) {
		const char *name = json_string_value(json_array_get(json_object_get(mail->personal, "names"), i));
		struct step_args args = { .name = name && *name ? name : _("pièce jointe"), .type = json_string_value(json_object_get(part, "type")),
			.sha256 = json_string_value(json_object_get(part, "sha256")), .bytes = json_integer_value(json_object_get(part, "bytes")) };
		if (rc == GUICHET_OK)
			rc = desk_step(s, a, reference, STEP_ATTACH, &args, NULL, err);
	}
	return rc;
}

static enum guichet_rc make_request(struct store *s, const struct actor *a, const struct op *mail, const struct privacy_words *privacy, struct logged *out,
	struct guichet_err *err)
{
	const char *name = op_text(mail, "from_name", ""), *subject = op_text(mail, "subject", "");
	const char *who[][2] = { { "name", *name ? name : op_text(mail, "from", "") }, { "email", op_text(mail, "from", "") }, { NULL, NULL } };
	const struct call call = { .channel = channel_code(CHANNEL_EMAIL), .subject = *subject ? subject : _("(sans objet)"),
		.description = op_text(mail, "text", ""), .received_ms = op_int(mail, "start_ms", 0), .requester = *op_text(mail, "from", "") ? who : NULL,
		.contact = mail->subject };
	return desk_log(s, a, &call, privacy, out, err);
}

enum guichet_rc desk_accept_mail(struct store *s, const struct actor *a, int64_t mail, const struct privacy_words *privacy, struct logged *out,
	struct guichet_err *err)
{
	struct op op = { 0 };
	struct op_id made;
	char request[OP_ID_TEXT];
	memset(out, 0, sizeof *out);
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = load_quarantined(s, mail, &op, err);
	if (rc == GUICHET_OK)
		rc = make_request(s, a, &op, privacy, out, err);
	if (rc == GUICHET_OK)
		rc = attach_parts(s, a, &op, out->reference, err);
	if (rc == GUICHET_OK)
		rc = desk_op_of_reference(s, out->reference, &made, err);
	if (rc == GUICHET_OK) {
		op_id_format(made, request);
		rc = sort_mail(s, a, op.subject, MAIL_ACCEPTED, request, NULL, err);
	}
	op_done(&op);
	return store_finish(s, rc, err);
}

enum guichet_rc desk_drop_mail(struct store *s, const struct actor *a, int64_t mail, const char *reason, struct guichet_err *err)
{
	struct op op = { 0 };
	if (!(a->roles & (ROLE_AGENT | ROLE_SUPERVISOR)))
		return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis pour écarter un courriel : agent d'accueil ou superviseur"));
	if (!reason || !reason[strspn(reason, " \t\r\n")])
		return guichet_err_set(err, GUICHET_DATA, _("précisez pourquoi ce courriel est écarté (--reason)"));
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = load_quarantined(s, mail, &op, err);
	if (rc == GUICHET_OK)
		rc = sort_mail(s, a, op.subject, MAIL_DROPPED, NULL, reason, err);
	op_done(&op);
	return store_finish(s, rc, err);
}
