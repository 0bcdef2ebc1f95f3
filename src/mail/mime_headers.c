// SPDX-License-Identifier: GPL-3.0-or-later
/* The headers of a mail: who, to whom, when, about what, in answer to what; and those by which machines are known. Addresses and encoded words are read by
 * GMime, whose every text is cleaned before it goes out. */
#include "mime_inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guichet/base/utf8.h"
#include "guichet/core/calendar.h"
#include "gmime_calls.h"

enum { HEADERS_KEPT = 80, VALUE_MAX = 2000, RAW_MAX = 64 * 1024 };

/* What stands there in no charset that it says is in that of the text; GMime takes the rest. */
static char *readable(const struct mail *m, const char *raw, size_t max)
{
	size_t n = strnlen(raw, max);
	if (utf8_valid(raw, n, NULL) || memmem(raw, n, "=?", 2))
		return mime_words(guichet_strndup(raw, n));
	struct text t = TEXT_INIT;
	mime_to_utf8(&t, raw, n, m->inside->charset);
	return text_take(&t);
}

static char *decoded(const struct mail *m, const char *raw, size_t max)
{
	char *copy = readable(m, raw, RAW_MAX);
	char *value = G(g_mime_utils_header_decode_text)(gmime_options(), copy);
	char *clean = mime_clean(value ? value : copy, strlen(value ? value : copy), max, false);
	G(g_free)(value);
	free(copy);
	return clean;
}

static void replace(char **old, char *with)
{
	free(*old);
	*old = with;
}

/* --- addresses --- */

/* Without brackets and quotes around it and the dot of a sentence behind it, its domain in lower case; "" when nothing of an address is left. */
static char *clean_address(const char *s)
{
	char *clean = mime_clean(s, strlen(s), MAIL_ADDRESS_MAX * 2, false);
	size_t from = strspn(clean, "<\"' \t"), n = strlen(clean);
	while (n > from && strchr(">\"' \t;,.", clean[n - 1]))
		n--;
	char *out = guichet_strndup(clean + from, n - from);
	free(clean);
	char *at = strrchr(out, '@');
	for (char *p = at ? at : out + strlen(out); *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (strlen(out) > MAIL_ADDRESS_MAX || strchr(out, ' ') || (at && (at == out || !at[1])))
		*out = '\0';
	return out;
}

static void add_address(struct mail_address *items, size_t *count, size_t max, InternetAddress *ia)
{
	if (*count >= max)
		return;
	if (G(g_type_check_instance_is_a)((GTypeInstance *)ia, G(internet_address_group_get_type)())) {
		InternetAddressList *members = G(internet_address_group_get_members)((InternetAddressGroup *)ia);
		for (int i = 0; members && i < G(internet_address_list_length)(members); i++) {
			InternetAddress *one = G(internet_address_list_get_address)(members, i);
			if (!G(g_type_check_instance_is_a)((GTypeInstance *)one, G(internet_address_group_get_type)()))
				add_address(items, count, max, one);
		}
		return;
	}
	const char *name = G(internet_address_get_name)(ia), *address = NULL;
	if (G(g_type_check_instance_is_a)((GTypeInstance *)ia, G(internet_address_mailbox_get_type)()))
		address = G(internet_address_mailbox_get_addr)((InternetAddressMailbox *)ia);
	struct mail_address *a = &items[(*count)++];
	a->address = clean_address(address ? address : "");
	a->name = mime_clean(name ? name : "", strlen(name ? name : ""), MAIL_NAME_MAX, false);
	if (!strcasecmp(a->name, a->address))
		*a->name = '\0';
}

/* Where no grammar fits, the first thing that looks like an address: "Jean Dupont jean@example.org". */
static void guess_address(const struct mail *m, const char *raw, struct mail_address *out)
{
	char *whole = decoded(m, raw, VALUE_MAX), *at = strchr(whole, '@');
	while (at) {
		const char *from = at, *to = at + 1;
		while (from > whole && !strchr(" \t<>()[],;:\"", from[-1]))
			from--;
		while (*to && !strchr(" \t<>()[],;:\"", *to))
			to++;
		if (from < at && to > at + 1) {
			char *address = guichet_strndup(from, (size_t)(to - from));
			replace(&out->address, clean_address(address));
			free(address);
			if (*out->address)
				break;
		}
		at = strchr(at + 1, '@');
	}
	free(whole);
}

static size_t read_addresses(const struct mail *m, const char *raw, struct mail_address *items, size_t have, size_t max)
{
	size_t count = have;
	char *copy = readable(m, raw, RAW_MAX);
	InternetAddressList *list = G(internet_address_list_parse)(gmime_options(), copy);
	for (int i = 0; list && i < G(internet_address_list_length)(list) && count < max; i++)
		add_address(items, &count, max, G(internet_address_list_get_address)(list, i));
	if (list)
		G(g_object_unref)(list);
	free(copy);
	return count;
}

static void read_one(const struct mail *m, const char *raw, struct mail_address *out)
{
	struct mail_address found[4] = { { 0 } };
	size_t count = read_addresses(m, raw, found, 0, 4), best = 0;
	while (best + 1 < count && !strchr(found[best].address, '@'))
		best++;
	if (count && !*out->address) {
		replace(&out->address, guichet_strdup(found[best].address));
		replace(&out->name, guichet_strdup(found[best].name));
	}
	for (size_t i = 0; i < count; i++) {
		free(found[i].address);
		free(found[i].name);
	}
	if (!strchr(out->address, '@'))
		guess_address(m, raw, out);
	/* "MAILER-DAEMON <>" has but a name. */
	if (!*out->address && !*out->name) {
		char *whole = decoded(m, raw, MAIL_NAME_MAX);
		whole[strcspn(whole, "<")] = '\0';
		replace(&out->name, mime_clean(whole, strlen(whole), MAIL_NAME_MAX, false));
		free(whole);
	}
}

/* --- ids and dates --- */

static void add_reference(struct mail *m, const char *id, size_t n)
{
	char *clean = mime_clean(id, n, MAIL_ID_MAX, false);
	if (!*clean) {
		free(clean);
		return;
	}
	/* The first one began it all, the last ones are ours or near: what is between may go. */
	if (m->reference_count == MAIL_REFERENCES_MAX) {
		free(m->references[1]);
		memmove(m->references + 1, m->references + 2, (MAIL_REFERENCES_MAX - 2) * sizeof *m->references);
		m->reference_count--;
	}
	m->references[m->reference_count++] = clean;
}

static void read_references(struct mail *m, const char *raw)
{
	if (!m->references)
		m->references = guichet_alloc(MAIL_REFERENCES_MAX * sizeof *m->references);
	for (const char *s = strchr(raw, '<'); s; s = strchr(s + 1, '<')) {
		const char *end = strpbrk(s + 1, "<>");
		if (!end)
			break;
		if (*end == '>' && end > s + 1)
			add_reference(m, s + 1, (size_t)(end - s - 1));
	}
}

static char *read_id(const char *raw)
{
	const char *open = strchr(raw, '<'), *close = open ? strchr(open, '>') : NULL;
	const char *from = close ? open + 1 : raw;
	size_t n = close ? (size_t)(close - from) : strnlen(raw, RAW_MAX);
	return mime_clean(from, n, MAIL_ID_MAX, false);
}

static int64_t read_date(const char *raw)
{
	char *copy = guichet_strndup(raw, strnlen(raw, 200));
	GDateTime *date = G(g_mime_utils_header_decode_date)(copy);
	int64_t ms = NO_INSTANT;
	if (date) {
		int64_t seconds = G(g_date_time_to_unix)(date);
		/* Before 1970 and after 2200 it is a mistake. */
		if (seconds >= 0 && seconds < 7258118400)
			ms = seconds * 1000;
		G(g_date_time_unref)(date);
	}
	free(copy);
	return ms;
}

/* --- one by one --- */

static bool is_kept(const char *name)
{
	static const char *const names[] = { "auto-submitted", "precedence", "x-precedence", "return-path", "x-failed-recipients", "x-loop", "feedback-id", "preference",
		"delivered-to", "x-original-to", "subject", "from", "content-type", "errors-to", "x-mailer", "x-mail-autoreply", "x-ms-exchange-generated-message-source",
		"x-mimeole", "received-spf", "x-spam-flag", "x-spam-status", "original-recipient", "importance", "x-guichet" };
	static const char *const prefixes[] = { "list-", "x-auto", "x-list", "x-mailing-list", "x-ms-exchange-inbox-rules", "x-ebay", "x-bounce", "x-mdaemon-deliver",
		"x-cron", "x-fc-machine", "x-mailman", "x-google-group", "x-feedback", "x-abuse", "x-campaign", "x-post", "x-php-originating", "x-arf", "x-rss" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static void keep(struct mail *m, const char *name, const char *raw)
{
	if (m->header_count >= HEADERS_KEPT || !is_kept(name))
		return;
	if (!m->headers)
		m->headers = guichet_alloc(HEADERS_KEPT * sizeof *m->headers);
	m->headers[m->header_count++] = (struct mail_header){ guichet_strdup(name), decoded(m, raw, VALUE_MAX) };
}

static void take_people(struct mail *m, const char *name, const char *raw)
{
	if (!strcmp(name, "from")) {
		read_one(m, raw, &m->from);
	} else if (!strcmp(name, "reply-to")) {
		read_one(m, raw, &m->reply_to);
	} else if (!strcmp(name, "sender")) {
		read_one(m, raw, &m->sender);
	} else if (!strcmp(name, "to") || !strcmp(name, "cc")) {
		if (!m->to)
			m->to = guichet_alloc(MAIL_TO_MAX * sizeof *m->to);
		m->to_count = read_addresses(m, raw, m->to, m->to_count, MAIL_TO_MAX);
	} else if (!strcmp(name, "return-path") && !m->has_return_path) {
		m->has_return_path = true;
		replace(&m->return_path, clean_address(raw + strspn(raw, " \t")));
	}
}

static void take(struct mail *m, const char *name, const char *raw)
{
	take_people(m, name, raw);
	if (!strcmp(name, "subject") && !*m->subject) {
		replace(&m->subject, decoded(m, raw, MAIL_SUBJECT_MAX));
	} else if (!strcmp(name, "message-id") && !*m->message_id) {
		replace(&m->message_id, read_id(raw));
	} else if (!strcmp(name, "in-reply-to") && !*m->in_reply_to) {
		replace(&m->in_reply_to, read_id(raw));
	} else if (!strcmp(name, "references")) {
		read_references(m, raw);
	} else if (!strcmp(name, "date") && m->date_ms == NO_INSTANT) {
		m->date_ms = read_date(raw);
	} else if (!strcmp(name, "received") && m->received_ms == NO_INSTANT) {
		/* Servers write theirs on top: the first is the last. */
		const char *semicolon = strrchr(raw, ';');
		m->received_ms = semicolon ? read_date(semicolon + 1) : NO_INSTANT;
	}
}

void mime_headers(struct mail *m)
{
	GMimeHeaderList *list = G(g_mime_object_get_header_list)((GMimeObject *)m->inside->message);
	int count = list ? G(g_mime_header_list_get_count)(list) : 0;
	for (int i = 0; i < count; i++) {
		GMimeHeader *h = G(g_mime_header_list_get_header_at)(list, i);
		const char *name = G(g_mime_header_get_name)(h), *raw = G(g_mime_header_get_raw_value)(h);
		char lower[64] = "";
		if (!name || !raw || strlen(name) >= sizeof lower)
			continue;
		for (size_t k = 0; name[k]; k++)
			lower[k] = (char)tolower((unsigned char)name[k]);
		take(m, lower, raw);
		keep(m, lower, raw);
	}
	/* Some have but a sender, or whom to answer, or only where it came from. */
	const struct mail_address *const others[] = { &m->sender, &m->reply_to };
	for (size_t i = 0; i < 2 && !*m->from.address; i++) {
		replace(&m->from.address, guichet_strdup(others[i]->address));
		if (!*m->from.name)
			replace(&m->from.name, guichet_strdup(others[i]->name));
	}
	if (!*m->from.address && m->return_path && *m->return_path)
		replace(&m->from.address, guichet_strdup(m->return_path));
}
