// SPDX-License-Identifier: GPL-3.0-or-later
/* What people make of a mail that made no request by itself: a request, a part of the one that it quotes, or nothing. Must not know how mails are read. */
#include "desk_inside.h"

#include <stdlib.h>
#include <string.h>

#include "guichet/store/correspondence.h"

enum { SUBJECT_BYTES = 400, LITTLE_PICTURE = 8 * 1024 };

/* One that waits; a machine's too: it may have been a person after all. */
static enum guichet_rc load_unsorted(struct store *s, int64_t mail, struct mail_row *row, struct op *out, struct guichet_err *err)
{
	enum guichet_rc rc = store_mail(s, mail, row, err);
	if (rc == GUICHET_OK && row->sort != MAIL_QUARANTINED && row->sort != MAIL_MACHINE && row->sort != MAIL_BOUNCE)
		rc = guichet_err_set(err, GUICHET_REFUSED, _("ce courriel n'est plus en quarantaine (%s)"), mail_sort_label(row->sort));
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

/* The files that came with it, but for the little pictures of a signature; a mail that was kept whole, in one piece, is one. */
static enum guichet_rc attach_parts(struct store *s, const struct actor *a, const struct op *mail, int64_t reference, struct guichet_err *err)
{
	size_t i;
	json_t *part;
	enum guichet_rc rc = GUICHET_OK;
	json_array_foreach(json_object_get(mail->facts, "parts"), i, part) {
		const char *name = json_string_value(json_array_get(json_object_get(mail->personal, "names"), i));
		struct step_args args = { .name = name && *name ? name : _("pièce jointe"), .type = json_string_value(json_object_get(part, "type")),
			.sha256 = json_string_value(json_object_get(part, "sha256")), .bytes = json_integer_value(json_object_get(part, "bytes")) };
		bool little = json_is_true(json_object_get(part, "inline")) && args.bytes <= LITTLE_PICTURE;
		if (rc == GUICHET_OK && !little)
			rc = desk_step(s, a, reference, STEP_ATTACH, &args, NULL, err);
	}
	const json_t *whole = json_object_get(mail->facts, "whole");
	if (rc || json_object_get(mail->facts, "parts") || json_array_size(whole) != 1)
		return rc;
	struct step_args args = { .name = "courriel.eml", .type = "message/rfc822", .sha256 = json_string_value(json_array_get(whole, 0)), .bytes = op_int(mail, "bytes", 0) };
	return desk_step(s, a, reference, STEP_ATTACH, &args, NULL, err);
}

/* An address that is none is why some of them wait: it makes no requester. */
static bool can_be_answered(const char *address)
{
	struct requester r = { 0 };
	bool good = *address && requester_set(&r, "email", address, NULL) == GUICHET_OK;
	requester_done(&r);
	return good;
}

static char *subject_of(const struct op *mail)
{
	const char *s = op_text(mail, "subject", "");
	size_t n = strcspn(s, "\n");
	if (n > SUBJECT_BYTES)
		for (n = SUBJECT_BYTES; n && ((unsigned char)s[n] & 0xC0) == 0x80; n--)
			;
	return n ? guichet_strndup(s, n) : guichet_strdup(_("(sans objet)"));
}

static enum guichet_rc make_request(struct store *s, const struct actor *a, const struct op *mail, const struct privacy_words *privacy, struct logged *out,
	struct guichet_err *err)
{
	const char *name = op_text(mail, "from_name", ""), *from = op_text(mail, "reply_to", op_text(mail, "from", ""));
	const char *email = can_be_answered(from) ? from : NULL;
	const char *who[][2] = { { "name", *name ? name : from }, { "email", email }, { NULL, NULL } };
	char *subject = subject_of(mail);
	const struct call call = { .channel = channel_code(CHANNEL_EMAIL), .subject = subject, .description = op_text(mail, "text", ""),
		.received_ms = op_int(mail, "start_ms", 0), .requester = email || *name || *from ? who : NULL, .contact = mail->subject };
	enum guichet_rc rc = desk_log(s, a, &call, privacy, out, err);
	free(subject);
	return rc;
}

/* It goes on with a request that is there: what it says goes on it. */
static enum guichet_rc join_request(struct store *s, const struct actor *a, const struct op *mail, int64_t row, int64_t reference, struct logged *out,
	struct guichet_err *err)
{
	char contact[OP_ID_TEXT];
	op_id_format(mail->id, contact);
	struct step_args args = { .contact = contact, .outcome = outcome_code(OUTCOME_ADDED), .channel = channel_code(CHANNEL_EMAIL), .text = op_text(mail, "text", ""),
		.at_ms = op_int(mail, "start_ms", 0) };
	out->reference = reference;
	out->row_id = row;
	out->contact_op = mail->id;
	out->promised_ms = NO_INSTANT;
	return desk_step(s, a, reference, STEP_TOUCH, &args, NULL, err);
}

/* Into the request of this row, or where it belongs by itself. */
static enum guichet_rc take_in(struct store *s, const struct actor *a, const struct op *mail, const struct mail_row *row, int64_t joined,
	const struct privacy_words *privacy, struct logged *out, struct guichet_err *err)
{
	struct loaded l;
	/* It quotes one of ours, and its sender was not known of it: an agent answers for them. */
	if (!joined && row->reference && !strcmp(op_text(mail, "why", ""), "sender"))
		return join_request(s, a, mail, row->request, row->reference, out, err);
	if (!joined)
		return make_request(s, a, mail, privacy, out, err);
	enum guichet_rc rc = store_load_id(s, joined, &l, err);
	if (rc)
		return rc;
	rc = join_request(s, a, mail, joined, l.request.reference, out, err);
	loaded_done(&l);
	return rc;
}

static enum guichet_rc accept_mail(struct store *s, const struct actor *a, int64_t mail, int64_t joined, const struct privacy_words *privacy, struct logged *out,
	struct guichet_err *err)
{
	struct op op = { 0 };
	struct mail_row row;
	struct op_id made;
	char request[OP_ID_TEXT];
	memset(out, 0, sizeof *out);
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = load_unsorted(s, mail, &row, &op, err);
	if (rc == GUICHET_OK)
		rc = take_in(s, a, &op, &row, joined, privacy, out, err);
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

enum guichet_rc desk_accept_mail(struct store *s, const struct actor *a, int64_t mail, const struct privacy_words *privacy, struct logged *out,
	struct guichet_err *err)
{
	return accept_mail(s, a, mail, 0, privacy, out, err);
}

enum guichet_rc desk_join_mail(struct store *s, const struct actor *a, int64_t mail, int64_t row, struct logged *out, struct guichet_err *err)
{
	return accept_mail(s, a, mail, row, NULL, out, err);
}

enum guichet_rc desk_drop_mail(struct store *s, const struct actor *a, int64_t mail, const char *reason, struct guichet_err *err)
{
	struct op op = { 0 };
	struct mail_row row;
	if (!(a->roles & (ROLE_AGENT | ROLE_SUPERVISOR)))
		return guichet_err_set(err, GUICHET_NO_PERM, _("rôle requis pour écarter un courriel : agent d'accueil ou superviseur"));
	if (!reason || !reason[strspn(reason, " \t\r\n")])
		return guichet_err_set(err, GUICHET_DATA, _("précisez pourquoi ce courriel est écarté (--reason)"));
	enum guichet_rc rc = store_begin(s, err);
	if (rc)
		return rc;
	rc = load_unsorted(s, mail, &row, &op, err);
	if (rc == GUICHET_OK)
		rc = sort_mail(s, a, op.subject, MAIL_DROPPED, NULL, reason, err);
	op_done(&op);
	return store_finish(s, rc, err);
}
