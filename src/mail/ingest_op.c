// SPDX-License-Identifier: GPL-3.0-or-later
/* A mail as an operation, and what it does to a request: making it, adding to it. Decides nothing of what a mail is. */
#include "ingest_inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/base/utf8.h"
#include "guichet/store/desk.h"

enum { SUBJECT_BYTES = 400, TO_BYTES = 1000, LITTLE_PICTURE = 8 * 1024 };

static void add_people(struct op *op, const struct mail *m)
{
	struct text to = TEXT_INIT;
	for (size_t i = 0; i < m->to_count; i++) {
		if (to.len + strlen(m->to[i].address) + 2 > TO_BYTES)
			break;
		text_addf(&to, "%s%s", to.len ? ", " : "", m->to[i].address);
	}
	op_personal_text(op, "message_id", m->message_id);
	op_personal_text(op, "from", m->from.address);
	op_personal_if(op, "from_name", m->from.name);
	if (*m->reply_to.address && strcasecmp(m->reply_to.address, m->from.address) != 0)
		op_personal_text(op, "reply_to", m->reply_to.address);
	op_personal_if(op, "to", text_str(&to));
	text_done(&to);
}

void mail_op_write(struct op *out, const struct actor *a, const struct mail *m, int64_t received_ms, int64_t now_ms, const struct kept *kept, const struct whole *whole)
{
	op_init(out, OP_MAIL, (struct op_id){ 0, 0 }, a->login, now_ms);
	op_fact_text(out, "channel", channel_code(CHANNEL_EMAIL));
	op_fact_int(out, "start_ms", received_ms);
	op_fact_text(out, "message", m->hash);
	op_fact_int(out, "bytes", m->bytes);
	add_people(out, m);
	op_personal_text(out, "subject", m->subject);
	op_personal_text(out, "text", m->text);
	op_personal_if(out, "folded", m->folded);
	if (kept && m->part_count) {
		json_t *parts = json_array(), *names = json_array();
		for (size_t i = 0; i < m->part_count; i++) {
			json_array_append_new(parts, json_pack("{s:s, s:s, s:I, s:b}", "sha256", kept[i].sha256, "type", kept[i].type, "bytes", (json_int_t)kept[i].bytes, "inline",
				m->parts[i].inside));
			json_array_append_new(names, json_string(m->parts[i].name));
		}
		json_object_set_new(out->facts, "parts", parts);
		json_object_set_new(out->personal, "names", names);
	}
	if (whole && whole->count) {
		json_t *pieces = json_array();
		for (size_t i = 0; i < whole->count; i++)
			json_array_append_new(pieces, json_string(whole->pieces[i]));
		json_object_set_new(out->facts, "whole", pieces);
	}
}

void mail_op_sort(struct op *op, enum mail_sort sort, enum mail_why why, struct op_id request)
{
	char id[OP_ID_TEXT];
	op_fact_text(op, "sort", mail_sort_code(sort));
	op_fact_if(op, "why", mail_why_code(why));
	op_fact_text(op, "outcome", outcome_code(sort == MAIL_CREATED ? OUTCOME_CREATED : sort == MAIL_THREADED ? OUTCOME_ADDED : OUTCOME_INFORMED));
	if (op_id_is_none(request))
		return;
	op_id_format(request, id);
	op_fact_text(op, "request", id);
}

char *mail_request_subject(const char *subject, const char *text)
{
	const char *from = subject;
	for (;;) {
		static const char *const prefixes[] = { "re:", "re :", "tr:", "tr :", "fwd:", "fw:", "aw:", "ref:" };
		size_t passed = 0;
		from += strspn(from, " ");
		for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes && !passed; i++)
			passed = strncasecmp(from, prefixes[i], strlen(prefixes[i])) ? 0 : strlen(prefixes[i]);
		if (!passed)
			break;
		from += passed;
	}
	from += strspn(from, " ");
	if (!*from) {
		from = text + strspn(text, " \n");
	}
	size_t n = strcspn(from, "\n");
	if (n > SUBJECT_BYTES) {
		n = SUBJECT_BYTES - 4;
		while (n && ((unsigned char)from[n] & 0xC0) == 0x80)
			n--;
	}
	return n ? guichet_strndup(from, n) : guichet_strdup(_("(sans objet)"));
}

enum guichet_rc mail_attach(struct store *s, const struct actor *a, int64_t reference, const struct op *mail, struct guichet_err *err)
{
	size_t i;
	json_t *part, *names = json_object_get(mail->personal, "names");
	enum guichet_rc rc = GUICHET_OK;
	json_array_foreach(json_object_get(mail->facts, "parts"), i, part) {
		const char *name = json_string_value(json_array_get(names, i));
		struct step_args args = { .name = name ? name : "piece", .type = json_string_value(json_object_get(part, "type")),
			.sha256 = json_string_value(json_object_get(part, "sha256")), .bytes = json_integer_value(json_object_get(part, "bytes")) };
		if (!args.bytes || (json_is_true(json_object_get(part, "inline")) && args.bytes <= LITTLE_PICTURE))
			continue;
		rc = rc ? rc : desk_step(s, a, reference, STEP_ATTACH, &args, NULL, err);
	}
	return rc;
}

enum guichet_rc mail_touch(struct store *s, const struct actor *a, int64_t reference, const struct op *mail, struct guichet_err *err)
{
	char contact[OP_ID_TEXT];
	op_id_format(mail->id, contact);
	struct step_args args = { .contact = contact, .outcome = outcome_code(OUTCOME_ADDED), .channel = channel_code(CHANNEL_EMAIL), .text = op_text(mail, "text", ""),
		.at_ms = op_int(mail, "start_ms", 0), .unread = true };
	enum guichet_rc rc = desk_step(s, a, reference, STEP_TOUCH, &args, NULL, err);
	return rc ? rc : mail_attach(s, a, reference, mail, err);
}

enum guichet_rc mail_make_request(struct store *s, const struct actor *a, struct op *mail, const char *from, const char *name, int64_t *reference, struct guichet_err *err)
{
	const char *pairs[][2] = { { "email", from }, { "name", name }, { NULL, NULL } };
	char *subject = mail_request_subject(op_text(mail, "subject", ""), op_text(mail, "text", ""));
	struct call call = { .channel = channel_code(CHANNEL_EMAIL), .subject = subject, .description = op_text(mail, "text", ""), .requester = pairs,
		.received_ms = op_int(mail, "start_ms", 0), .mail = mail };
	struct logged logged;
	enum guichet_rc rc = desk_log(s, a, &call, NULL, &logged, err);
	if (rc == GUICHET_OK) {
		*reference = logged.reference;
		rc = mail_attach(s, a, logged.reference, mail, err);
		logged_done(&logged);
	}
	free(subject);
	return rc;
}
