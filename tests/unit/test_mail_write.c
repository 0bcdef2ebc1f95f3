// SPDX-License-Identifier: GPL-3.0-or-later
/* Messages as they go out: what stands in the headers, what can't get in, a text that reads as it was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/mail/write.h"

static const struct mail_out simple = {.from = "contact@verte.example",
	.from_name = "Métropole VERTE",
	.to = "lea@example.org",
	.subject = "Votre demande",
	.text = "Bonjour.\n",
	.message_id = "3140032106.K7Q2M9XADE@verte.example",
	.date_ms = INT64_C(1795510800000)};

static char *written(const struct mail_out *m)
{
	struct text t = TEXT_INIT;
	mail_write(m, &t);
	return text_take(&t);
}

/* Undoes quoted-printable and format=flowed as a reader does (RFC 3676, 4.2). */
static char *read_again(const char *message)
{
	struct text plain = TEXT_INIT, out = TEXT_INIT;
	for (const char *p = strstr(message, "\r\n\r\n") + 4; *p; p++) {
		if (*p == '=' && p[1] == '\r') {
			p += 2;
		} else if (*p == '=') {
			char hex[3] = {p[1], p[2], '\0'};
			text_addc(&plain, (char)strtol(hex, NULL, 16));
			p += 2;
		} else if (*p != '\r') {
			text_addc(&plain, *p);
		}
	}
	for (const char *p = text_str(&plain); *p;) {
		size_t n = strcspn(p, "\n");
		bool flows = n > 0 && p[n - 1] == ' ' && !(n == 3 && !strncmp(p, "-- ", 3));
		const char *from = *p == ' ' ? p + 1 : p;
		text_addn(&out, from, (size_t)(p + n - from));
		if (!flows)
			text_addc(&out, '\n');
		p += n + 1;
	}
	text_done(&plain);
	return text_take(&out);
}

static void assert_lines(const char *message)
{
	for (const char *p = message; *p;) {
		size_t n = strcspn(p, "\n");
		assert_true(n > 0 && p[n - 1] == '\r' && n <= 79);
		for (size_t i = 0; i < n; i++)
			assert_in_range((unsigned char)p[i], '\r', 0x7e);
		p += n + 1;
	}
}

/* Protects: the headers that a reader needs, in their forms, and none that a list or a machine would have. */
static void headers(void **state)
{
	struct mail_out m = simple;
	(void)state;
	m.subject =
		"Réponse à votre demande 31 40 03 21 06 : nid-de-poule devant le 12 rue des Lilas, côté impair [3140032106-K7Q2M9XADE]";
	m.references = "a@b.example <wrong> c@d.example x";
	m.in_reply_to = "c@d.example";
	char *s = written(&m);
	assert_lines(s);
	assert_non_null(strstr(s, "Date: Tue, 24 Nov 2026 10:00:00 +0100\r\n"));
	assert_non_null(strstr(s, "From: =?UTF-8?B?TcOpdHJvcG9sZSBWRVJURQ==?=\r\n <contact@verte.example>\r\n"));
	assert_non_null(strstr(s, "To: <lea@example.org>\r\n"));
	assert_non_null(strstr(s, "Message-ID: <3140032106.K7Q2M9XADE@verte.example>\r\n"));
	assert_non_null(strstr(s, "References: <a@b.example> <c@d.example>\r\n"));
	assert_null(strstr(s, "Auto-Submitted"));
	assert_null(strstr(s, "List-"));
	free(s);
	m.automatic = MAIL_AUTO_REPLIED;
	s = written(&m);
	assert_non_null(strstr(s, "\r\nAuto-Submitted: auto-replied\r\n"));
	free(s);
	m.automatic = MAIL_AUTO_GENERATED;
	m.subject = "Alerte";
	s = written(&m);
	assert_non_null(strstr(s, "\r\nAuto-Submitted: auto-generated\r\n"));
	assert_non_null(strstr(s, "\r\nSubject: Alerte\r\n"));
	free(s);
}

/* Protects: a subject, a name or an address written by a stranger can't add a header or end the headers. */
static void hostile_values(void **state)
{
	struct mail_out m = simple;
	(void)state;
	m.subject = "a\r\nBcc: x@y\r\n\r\nbody\x1b[2J\xff\xc2\x85"
				"b";
	m.from_name = "x\"\r\nCc: z@z";
	m.to = "a@b>\r\nBcc: c@d";
	m.in_reply_to = "a@b>\r\nX: y";
	m.references = "\x01@b";
	char *s = written(&m);
	assert_lines(s);
	assert_null(strstr(s, "\nBcc:"));
	assert_null(strstr(s, "\nCc:"));
	assert_null(strstr(s, "\nX:"));
	assert_null(strstr(s, "References"));
	assert_ptr_equal(strstr(s, "\r\n\r\n"), strstr(s, "\r\n\r\nBonjour"));
	free(s);
}

/* Protects: what was written is what is read: paragraphs, blanks before French punctuation, signatures, quotation
 * marks at the beginning, very long words. */
static void texts(void **state)
{
	static const char *const cases[] = {
		"Bonjour,\n\nVotre demande est enregistrée.\n",
		("Un paragraphe assez long pour être coupé, avec des accents é è à ç œ et des blancs insécables\xc2\xa0: il se lit ensuite d'un seul tenant, "
		 "quelle que soit la largeur de l'écran de qui le lit, et rien n'y manque\xe2\x80\xaf!\n"),
		"> cité\n  décalé\nFrom here\n.\n..\n-- \nLa signature\n",
		"https://www.example.org/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b\n",
		"= égal = et =3D\n",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail_out m = simple;
		m.text = cases[i];
		char *s = written(&m), *again = read_again(s);
		assert_lines(s);
		assert_string_equal(again, cases[i]);
		free(s);
		free(again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers), cmocka_unit_test(hostile_values), cmocka_unit_test(texts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
