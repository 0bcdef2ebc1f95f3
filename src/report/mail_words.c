// SPDX-License-Identifier: GPL-3.0-or-later
/* See mail_words.h. */
#include "guichet/report/mail_words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guichet/base/i18n.h"
#include "guichet/core/attachment.h"
#include "guichet/store/correspondence.h"
#include "guichet/store/desk.h"

enum { LITTLE_PICTURE = 8 * 1024, KIB = 1024, MIB = 1024 * 1024, FILES_MAX = 50, MAILS_MAX = 200 };

char *mail_sender(const struct op *mail)
{
	const char *name = op_text(mail, "from_name", ""), *from = op_text(mail, "from", "");
	return guichet_strdup(*name ? name : *from ? from : mail->blanked ? _("(effacé)") : _("(sans expéditeur)"));
}

char *mail_subject(const struct op *mail)
{
	const char *subject = op_text(mail, "subject", "");
	return guichet_strdup(*subject ? subject : mail->blanked ? _("(effacé)") : _("(sans objet)"));
}

const char *mail_reason(const char *why)
{
	static const struct {
		const char *code, *label;
	} reasons[] = {
		{ "list", N_("liste de diffusion") },
		{ "auto-reply", N_("réponse automatique") },
		{ "loop", N_("écrit par guichet") },
		{ "sender", N_("cite une de nos références, mais vient de quelqu'un d'autre") },
		{ "too-large", N_("plus de 20 Mo : gardé entier") },
		{ "too-many", N_("trop de pièces jointes : gardé entier") },
		{ "unreadable", N_("illisible : gardé entier") },
		{ "rate", N_("trop de messages de cette adresse aujourd'hui") },
	};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (!strcmp(reasons[i].code, why))
			return _(reasons[i].label);
	return why;
}

/* --- files --- */

static void add_size(struct text *out, int64_t bytes)
{
	if (bytes < MIB)
		text_addf(out, _("%lld Ko"), (long long)(bytes + KIB - 1) / KIB);
	else
		text_addf(out, _("%lld Mo"), (long long)(bytes + MIB - 1) / MIB);
}

/* "facture.pdf", "facture.pdf.exe": a name that says a kind which the file is not. NULL: it does not. */
static const char *false_kind(const char *name, const char *type)
{
	static const struct {
		const char *ending, *type;
	} kinds[] = { { ".pdf", "application/pdf" }, { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" },
		{ ".png", "image/png" }, { ".tif", "image/tiff" }, { ".tiff", "image/tiff" } };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const char *at = strcasestr(name, kinds[i].ending);
		char after = at ? at[strlen(kinds[i].ending)] : 'x';
		if ((after == '\0' || after == '.' || after == ' ') && strcmp(type, kinds[i].type))
			return attachment_label(kinds[i].type);
	}
	return NULL;
}

static void add_file(struct text *out, const char *name, const char *type, int64_t bytes)
{
	const char *label = attachment_label(type), *false_label = false_kind(name, type);
	struct text safe = TEXT_INIT;
	text_addf(out, "%s%s (", out->len ? " · " : "", *name ? name : _("sans nom"));
	if (*label)
		text_addf(out, "%s, ", label);
	add_size(out, bytes);
	if (false_label) {
		attachment_safe_name(&safe, name, type);
		text_addf(out, _(", ! n'est pas un %s : sera copiée sous « %s »"), false_label, text_str(&safe));
	}
	text_addc(out, ')');
	text_done(&safe);
}

void mail_files(struct text *out, const struct op *mail)
{
	size_t i, count = 0;
	json_t *part, *parts = json_object_get(mail->facts, "parts");
	json_array_foreach(parts, i, part)
	{
		const char *name = json_string_value(json_array_get(json_object_get(mail->personal, "names"), i)),
				   *type = json_string_value(json_object_get(part, "type"));
		int64_t bytes = json_integer_value(json_object_get(part, "bytes"));
		bool little = json_is_true(json_object_get(part, "inline")) && bytes <= LITTLE_PICTURE;
		if (!bytes || little || count++ >= FILES_MAX)
			continue;
		add_file(out, name ? name : "", type ? type : "", bytes);
	}
	if (!parts && json_array_size(json_object_get(mail->facts, "whole"))) {
		text_add(out, _("gardé entier, "));
		add_size(out, op_int(mail, "bytes", 0));
	}
}

/* --- all of it --- */

static void add_line(struct text *out, const char *label, const char *value)
{
	if (value && *value)
		text_addf(out, "%s %s\n", label, value);
}

void mail_whole(struct text *out, const struct op *mail)
{
	struct text line = TEXT_INIT;
	const char *name = op_text(mail, "from_name", ""), *folded = op_text(mail, "folded", ""),
			   *text = op_text(mail, "text", "");
	char *subject = mail_subject(mail);
	text_add(&line, name);
	text_addf(&line, line.len ? " <%s>" : "%s", op_text(mail, "from", "?"));
	add_line(out, _("De :"), text_str(&line));
	add_line(out, _("À :"), op_text(mail, "to", ""));
	text_clear(&line);
	instant_show(&line, op_int(mail, "start_ms", mail->wall_ms));
	add_line(out, _("Reçu :"), text_str(&line));
	add_line(out, _("Objet :"), subject);
	text_clear(&line);
	mail_files(&line, mail);
	add_line(out, _("Pièces :"), text_str(&line));
	text_addf(out, "\n%s\n", *text ? text : mail->blanked ? _("(effacé)") : _("(sans texte)"));
	if (*folded)
		text_addf(out, "\n%s\n%s\n", _("— replié : ce qui était cité, et la signature —"), folded);
	free(subject);
	text_done(&line);
}

bool mail_correspondence(struct text *out, struct store *s, const struct request *r)
{
	size_t count = 0;
	for (size_t i = 0; i < r->op_count && count < MAILS_MAX; i++) {
		struct op_id contact;
		struct op mail = { 0 };
		int64_t row;
		if ((r->ops[i].kind != OP_CREATE && r->ops[i].kind != OP_TOUCH) || request_op_undone(r, i) ||
			!op_id_parse(op_text(&r->ops[i], "contact", ""), &contact) || desk_contact_row(s, contact, &row, NULL) ||
			store_mail_op(s, row, &mail, NULL))
			continue;
		if (count++)
			text_add(out, "\n────────\n\n");
		mail_whole(out, &mail);
		op_done(&mail);
	}
	return count > 0;
}
