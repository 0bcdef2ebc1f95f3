// SPDX-License-Identifier: GPL-3.0-or-later
/* What servers say of a mail that they could not deliver: in the form of RFC 3464, or in their own words. */
#include "sort_inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guichet/base/text.h"
#include "mime_inside.h"

enum { SAID_MAX = 400, STATUS_BYTES = 64 * 1024, RETURNED_BYTES = 64 * 1024, FIELD_MAX = 2000 };

/* --- RFC 3464 --- */

/* One field, unfolded, of the group that [s, end) is; "" none. The caller frees it. */
static char *field(const char *s, const char *end, const char *name)
{
	struct text value = TEXT_INIT;
	size_t n = strlen(name);
	bool inside = false;
	while (s < end) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		size_t length = eol ? (size_t)(eol - s) : (size_t)(end - s);
		if (inside && (*s == ' ' || *s == '\t')) {
			text_addn(&value, s, length);
		} else {
			if (inside)
				break;
			inside = length > n && s[n] == ':' && !strncasecmp(s, name, n);
			if (inside)
				text_addn(&value, s + n + 1, length - n - 1);
		}
		s += length + 1;
	}
	char *clean = mime_clean(text_str(&value), value.len < FIELD_MAX ? value.len : FIELD_MAX, SAID_MAX, false);
	text_done(&value);
	return clean;
}

/* "rfc822; jean@example.org": without its type and brackets. */
static char *recipient(char *value)
{
	char *s = strchr(value, ';');
	s = s ? s + 1 : value;
	s += strspn(s, " <\"");
	size_t n = strcspn(s, " >\"\t\r\n,");
	char *out = guichet_strndup(s, n <= MAIL_ADDRESS_MAX ? n : mime_whole(s, MAIL_ADDRESS_MAX));
	free(value);
	return out;
}

/* "5.1.1" among words; false: none. */
static bool find_status(const char *s, char status[12])
{
	for (; *s; s++) {
		size_t n = 0, dots = 0;
		if ((*s != '5' && *s != '4') || s[1] != '.')
			continue;
		while (n < 11 && (isdigit((unsigned char)s[n]) || (s[n] == '.' && isdigit((unsigned char)s[n + 1]))))
			dots += s[n++] == '.';
		if (dots != 2 || n < 5)
			continue;
		memcpy(status, s, n);
		status[n] = '\0';
		return true;
	}
	return false;
}

static struct mail_failed *add_failed(struct mail_sorting *out, char *address, char *said)
{
	for (size_t i = 0; i < out->failed_count; i++)
		if (!strcasecmp(out->failed[i].address, address)) {
			free(address);
			free(said);
			return NULL;
		}
	if (out->failed_count == MAIL_FAILED_MAX) {
		free(address);
		free(said);
		return NULL;
	}
	struct mail_failed *f = &out->failed[out->failed_count++];
	*f = (struct mail_failed){ .address = address, .said = said };
	return f;
}

/* True: it did arrive, or went on. */
static bool read_group(const char *s, const char *end, struct mail_sorting *out)
{
	char *address = field(s, end, "Original-Recipient");
	if (!strchr(address, '@')) {
		free(address);
		address = field(s, end, "Final-Recipient");
	}
	char *action = field(s, end, "Action"), *status = field(s, end, "Status"), *said = field(s, end, "Diagnostic-Code");
	bool failed = !strncasecmp(action, "failed", 6) || !strncasecmp(action, "expired", 7), delayed = !strncasecmp(action, "delayed", 7);
	bool good = !strncasecmp(action, "delivered", 9) || !strncasecmp(action, "relayed", 7) || !strncasecmp(action, "expanded", 8);
	address = recipient(address);
	if ((*address || failed) && (failed || delayed)) {
		struct mail_failed *f = add_failed(out, address, said);
		if (f) {
			if (!find_status(status, f->status))
				find_status(f->said, f->status);
			f->delayed = delayed;
			/* It gave up, whatever the reason was. */
			f->permanent = failed;
		}
	} else {
		free(address);
		free(said);
	}
	free(action);
	free(status);
	return good;
}

static bool read_delivery_status(const char *data, size_t bytes, struct mail_sorting *out)
{
	bool good = false;
	const char *end = data + (bytes < STATUS_BYTES ? bytes : STATUS_BYTES), *from = data;
	while (from < end) {
		const char *to = from;
		/* A group ends at a blank line. */
		while (to < end) {
			const char *eol = memchr(to, '\n', (size_t)(end - to));
			bool blank = *to == '\n' || (*to == '\r' && to + 1 < end && to[1] == '\n');
			if (blank)
				break;
			to = eol ? eol + 1 : end;
		}
		if (to > from)
			good = read_group(from, to, out) || good;
		from = to + 1 + (to < end && *to == '\r');
	}
	return good;
}

/* --- what came back --- */

static void find_tokens(const char *s, size_t bytes, struct mail_sorting *out)
{
	const char *end = s + bytes;
	while (s < end && (s = memchr(s, '<', (size_t)(end - s))) != NULL) {
		s++;
		sort_id_token(out, s, (size_t)(end - s));
	}
}

/* --- in their own words --- */

static bool subject_says(const char *folded)
{
	static const char *const words[] = { "undeliver", "returned mail", "mail returned", "returned to sender", "failure notice", "delivery failure", "delivery failed",
		"mail delivery fail", "delivery status notification", "delivery notification", "delivery report", "mail system error", "delivery error", "mail failure",
		"message could not be delivered", "could not be delivered", "couldn't be delivered", "not delivered", "non remis", "non delivre", "non distribu",
		"echec de la remise", "echec de remise", "echec de distribution", "echec de livraison", "remise impossible", "unzustellbar", "nicht zugestellt",
		"nicht zustellbar", "returned message", "warning: could not send", "delivery delayed", "delayed mail", "mail error", "email error", "failed mail",
		"rejected mail", "message rejected", "user unknown", "nondeliverable", "non-deliverable", "message delayed", "delivery incomplete", "delivery attempts",
		"mail status report", "mailer-daemon", "bounced", "no se pudo entregar", "mancata consegna", "unable to deliver", "failed to deliver", "problema de entrega",
		"devuelto", "falha na entrega", "delivery problem", "message not delivered", "address rejected", "delivery has failed", "mail failed", "could not send mail", NULL };
	return sort_holds(folded, words);
}

static bool text_says(const char *folded)
{
	static const char *const words[] = { "could not be delivered", "undeliverable", "unable to deliver", "delivery to the following", "wasn't able to deliver",
		"user unknown", "mailbox unavailable", "does not exist", "permanent error", "fatal error", "could not deliver", "delivery failed", "not delivered",
		"recipient rejected", "no such user", "unknown user", "mailbox full", "over quota", "n'a pas pu etre", "n'a pas ete remis", "was not delivered", "550 ", "554 ", "rejected",
		"invalid recipient", "unknown recipient", "couldn't be delivered", "failed to deliver", "delayed", "undelivered", "transcript of session", NULL };
	return sort_holds(folded, words);
}

/* The first address in the words of the server that is not one of its own. */
static char *find_address(const char *s)
{
	for (const char *at = strchr(s, '@'); at; at = strchr(at + 1, '@')) {
		const char *from = at, *to = at + 1;
		while (from > s && (isalnum((unsigned char)from[-1]) || strchr("._%+-='", from[-1])))
			from--;
		while (isalnum((unsigned char)*to) || *to == '-' || (*to == '.' && isalnum((unsigned char)to[1])))
			to++;
		if (from == at || to - at < 4 || !memchr(at, '.', (size_t)(to - at)) || to - from > MAIL_ADDRESS_MAX)
			continue;
		if (!strncasecmp(from, "postmaster@", 11) || !strncasecmp(from, "mailer-daemon@", 14))
			continue;
		return guichet_strndup(from, (size_t)(to - from));
	}
	return guichet_strdup("");
}

/* A sentence about why: the line with the status or code, else the first one. */
static char *find_said(const char *text)
{
	const char *best = text;
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, "\n");
		for (size_t i = 0; i + 3 < n; i++)
			if ((s[i] == '5' || s[i] == '4') && isdigit((unsigned char)s[i + 1]) && isdigit((unsigned char)s[i + 2]) && strchr(" -#", s[i + 3]) && (!i || s[i - 1] == ' ')) {
				best = s;
				goto out;
			}
		s += n + (s[n] == '\n');
	}
out:
	return mime_clean(best, strcspn(best, "\n"), SAID_MAX, false);
}

static void read_words(struct mail *m, const char *folded_text, struct mail_sorting *out)
{
	static const char *const trying[] = { "still being retried", "will be retried", "will keep trying", "continue to try", "will retry", "will continue trying", "delivery is delayed",
		"has been delayed", "delayed for", "this is a warning", "warning message only", "do not need to resend", "no action is required on your part", "nouvelle tentative",
		"not yet been delivered", "not been delivered yet", NULL };
	const char *given = mail_header(m, "x-failed-recipients");
	struct mail_failed *f = add_failed(out, find_address(given && *given ? given : m->text), find_said(m->text));
	if (!f)
		return;
	if (!find_status(f->said, f->status))
		find_status(m->text, f->status);
	f->delayed = sort_holds(folded_text, trying);
	f->permanent = !f->delayed && f->status[0] != '4';
}

static bool is_bounce(struct mail *m, const char *folded_text)
{
	if (!strcmp(m->type, "multipart/report") && (!strcmp(m->report_type, "delivery-status") || !*m->report_type))
		return true;
	if (mail_header(m, "x-failed-recipients"))
		return true;
	for (size_t i = 0; i < m->part_count; i++)
		if (!strcmp(m->parts[i].type, "message/delivery-status"))
			return true;
	/* A report of another kind: read, abuse. */
	if (!strcmp(m->type, "multipart/report"))
		return false;
	char *subject = sort_folded(m->subject);
	bool empty_path = m->has_return_path && !*m->return_path;
	bool says = subject_says(subject);
	free(subject);
	if (sort_from_daemon(m))
		return says || text_says(folded_text);
	return says && (empty_path || mail_header(m, "auto-submitted") || text_says(folded_text)) && !*m->in_reply_to;
}

bool sort_bounce(struct mail *m, struct mail_sorting *out)
{
	char *folded = sort_folded(m->text);
	bool bounce = is_bounce(m, folded), good = false;
	for (size_t i = 0; bounce && i < m->part_count; i++) {
		const char *data, *type = m->parts[i].type;
		size_t bytes;
		bool status = !strcmp(type, "message/delivery-status") || !strcmp(type, "message/global-delivery-status");
		if ((!status && strncmp(type, "message/", 8) != 0 && strcmp(type, "text/rfc822-headers") != 0) || mail_part_data(m, i, &data, &bytes, NULL))
			continue;
		if (status)
			good = read_delivery_status(data, bytes, out) || good;
		else
			find_tokens(data, bytes < RETURNED_BYTES ? bytes : RETURNED_BYTES, out);
	}
	if (bounce) {
		find_tokens(m->text, strlen(m->text), out);
		find_tokens(m->folded, strlen(m->folded), out);
		/* Delivered, relayed: good news is no bounce. A report without a word of whom it is about is read as words. */
		if (!out->failed_count && !good)
			read_words(m, folded, out);
		bounce = out->failed_count != 0;
	}
	free(folded);
	return bounce;
}
