// SPDX-License-Identifier: GPL-3.0-or-later
/* Messages written with whatever strangers wrote: lines of the input are how the sender is named, the recipient, the subject, an id and ids before it; then the text.
 * No value becomes a header of its own, only ASCII in lines of bounded length goes out, and a reader finds in it what was written. Addresses of headers come in by the
 * same way: what is read as one is written to as that one. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/mail/write.h"
#include "../../src/mail/mime_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 5, LINE_BYTES = 998 /* RFC 5322, 2.1.1 */ };

#define check(holds) check_that(holds, #holds)

static void check_that(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* One recipient and nothing else, as the envelope asks (smtp.c). */
static bool is_address(const char *s)
{
	const char *at = strchr(s, '@');
	return at && at > s && at[1] && !strchr(at + 1, '@') && strlen(s) <= MAIL_ADDRESS_MAX && !strpbrk(s, " <>()[],;:\\\"") && utf8_valid(s, strlen(s), NULL);
}

/* --- what goes out --- */

static void check_headers(const char *s)
{
	static const char *const names[] = { "Date: ", "From: ", "To: ", "Subject: ", "Message-ID: ", "In-Reply-To: ", "References: ", "Auto-Submitted: ",
		"X-Auto-Response-Suppress: ", "MIME-Version: ", "Content-Type: ", "Content-Transfer-Encoding: ", "Content-Language: " };
	size_t next = 0, count = sizeof names / sizeof *names;
	while (*s != '\r') {
		/* A header of ours, in our order, or one that goes on. */
		if (*s != ' ') {
			while (next < count && strncmp(s, names[next], strlen(names[next])) != 0)
				next++;
			check(next++ < count);
		}
		s = strchr(s, '\n') + 1;
	}
	check(next == count);
}

static void check_lines(const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\r\n");
		check(s[n] == '\r' && s[n + 1] == '\n' && n <= LINE_BYTES);
		s += n + 2;
	}
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((*s < ' ' && *s != '\r' && *s != '\n') || *s == 0x7F)
			return false;
	return true;
}

/* --- and is read --- */

static void add_ink(struct text *out, const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s > ' ')
			text_addc(out, *s);
}

/* History and signature are told apart there: a text with neither comes back as it was. */
static void check_text(const struct mail *m, const char *text)
{
	struct text before = TEXT_INIT, after = TEXT_INIT;
	char *clean = mime_clean(text, strlen(text), MIME_TEXT_BYTES, true);
	add_ink(&before, clean);
	add_ink(&after, m->text);
	if (!*m->folded && !m->cut)
		check(!strcmp(text_str(&before), text_str(&after)));
	free(clean);
	text_done(&before);
	text_done(&after);
}

/* What controls went out as a blank. */
static void check_subject(const char *read, const char *written)
{
	char *plain = guichet_strdup(written), *clean;
	bool other = strstr(plain, "\xE2\x80\xA8") || strstr(plain, "\xE2\x80\xA9");
	for (char *c = plain; *c; c++) {
		other = other || (*c == '\xC2' && (unsigned char)c[1] < 0xA0);
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			*c = ' ';
	}
	clean = mime_clean(plain, strlen(plain), MAIL_SUBJECT_MAX, false);
	if (!other && strcmp(read, clean) != 0)
		fprintf(stderr, "[%s] was read, [%s] written\n", read, clean);
	check(other || !strcmp(read, clean));
	free(plain);
	free(clean);
}

static void check_read(const struct text *raw, const struct mail_out *o)
{
	struct mail m;
	check(mail_read(&m, raw->data, raw->len, NULL) == GUICHET_OK);
	check(m.part_count == 0 && m.trouble == MAIL_SOUND);
	check_subject(m.subject, o->subject);
	/* One that no grammar fits ("a@.b") may be read by nobody, but never as another one, nor as two. */
	check(!strcmp(m.from.address, o->from) && m.to_count <= 1 && (m.to_count == 0 || !strcmp(m.to[0].address, o->to)));
	check_text(&m, o->text);
	mail_done(&m);
}

/* As somebody would be answered whose From header this is. */
static char *address_of(const char *header)
{
	struct text raw = TEXT_INIT;
	struct mail m;
	text_addf(&raw, "From: %s\r\nSubject: x\r\n\r\nx\r\n", header);
	check(mail_read(&m, text_str(&raw), raw.len, NULL) == GUICHET_OK);
	check(strlen(m.from.address) <= MAIL_ADDRESS_MAX && utf8_valid(m.from.address, strlen(m.from.address), NULL) && !strchr(m.from.address, ' '));
	char *out = guichet_strdup(m.from.address);
	mail_done(&m);
	text_done(&raw);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = NULL, *fields[FIELDS], *s;
	struct text raw = TEXT_INIT;
	/* The store holds no other text. */
	if (size < 1 || utf8_accept("", (const char *)data + 1, size - 1, MAIL_TEXT_MAX / 4, &all, NULL))
		return 0;
	s = all;
	for (int i = 0; i < FIELDS; i++) {
		char *end = s + strcspn(s, "\n");
		fields[i] = s;
		s = end + (*end != '\0');
		*end = '\0';
	}
	char *to = address_of(fields[1]);
	const struct mail_out o = { .from = "contact@metropole.example", .from_name = fields[0], .to = to, .subject = fields[2], .text = s, .message_id = "1.A@metropole.example",
		.in_reply_to = fields[3], .references = fields[4], .automatic = (enum mail_auto)(data[0] % 3), .date_ms = 1795000000000 };
	mail_write(&o, &raw);
	if (is_ascii(to))
		check(is_ascii(text_str(&raw)));
	check_lines(text_str(&raw));
	if (is_address(to))
		check_read(&raw, &o);
	check_headers(text_str(&raw));
	free(to);
	free(all);
	text_done(&raw);
	return 0;
}
