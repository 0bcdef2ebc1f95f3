// SPDX-License-Identifier: GPL-3.0-or-later
/* Mails read from their bytes: who, what, which files; and mails that were made to hurt their reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"
#include "guichet/core/calendar.h"
#include "guichet/mail/mime.h"

#define HEADERS "From: Jeanne Martin <jeanne@exemple.example>\r\nDate: Sun, 22 Nov 2026 10:59:00 +0100\r\nMessage-ID: <a1@exemple.example>\r\n"

static struct mail m;

static void read_bytes(const char *data, size_t bytes)
{
	struct guichet_err err = {0};
	if (mail_read(&m, data, bytes, &err) != GUICHET_OK)
		fail_msg("%s", err.message);
}

static void read_mail(const char *data)
{
	read_bytes(data, strlen(data));
}

/* The text of a mail with these headers of its part, and this body. */
static void assert_text(const char *headers, const char *body, const char *text, const char *folded)
{
	struct text t = TEXT_INIT;
	text_addf(&t, HEADERS "Subject: x\r\n%s\r\n%s", headers, body);
	read_mail(text_str(&t));
	assert_string_equal(m.text, text);
	assert_string_equal(m.folded, folded);
	mail_done(&m);
	text_done(&t);
}

/* Protects what every mail is known and answered by. */
static void test_headers(void **state)
{
	(void)state;
	read_mail("From - \r\nReturn-Path: <retour@exemple.example>\r\nReceived: from a by b;\r\n\tMon, 23 Nov 2026 08:00:00 +0100\r\n"
		"Received: from c by a; Mon, 23 Nov 2026 07:59:00 +0100\r\n"
		"From: =?iso-8859-1?Q?Lef=E8vre=2C_Odette?= <Odette@Exemple.EXAMPLE>\r\nReply-To: odette2@exemple.example\r\n"
		"To: contact@metropole.example, \"Un autre\" <autre@exemple.example>\r\nSubject: =?utf-8?B?w4lnb3V0?=\r\n =?utf-8?B?IGJvdWNow6k=?=\r\n"
		"Message-ID: <m1@exemple.example>\r\nIn-Reply-To: <m0@metropole.example>\r\nReferences: <r1@a> <r2@b>\r\nDate: Mon, 23 Nov 2026 07:58:00 +0100\r\n\r\nBonjour");
	assert_string_equal(m.from.address, "Odette@exemple.example");
	assert_string_equal(m.from.name, "Lefèvre, Odette");
	assert_string_equal(m.reply_to.address, "odette2@exemple.example");
	assert_int_equal(m.to_count, 2);
	assert_string_equal(m.to[1].name, "Un autre");
	assert_string_equal(m.subject, "Égout bouché");
	assert_string_equal(m.message_id, "m1@exemple.example");
	assert_string_equal(m.in_reply_to, "m0@metropole.example");
	assert_int_equal(m.reference_count, 2);
	assert_string_equal(m.references[1], "r2@b");
	assert_true(m.has_return_path);
	assert_int_equal(m.received_ms - m.date_ms, 120000);
	assert_int_equal(m.trouble, MAIL_SOUND);
	mail_done(&m);
}

/* Protects the end of what was encoded in several words of base64 of which the first is padded, as most programs of mail do: GMime alone reads none of it. */
static void test_padded_words(void **state)
{
	(void)state;
	read_mail("From: =?UTF-8?B?TMOpYQ==?= =?UTF-8?B?IE1hcnRpbiE=?= <lea@exemple.example>\r\nMessage-ID: <a1@exemple.example>\r\n"
		"Subject: =?utf-8?B?VHJvdSBkYW5zIGxhIGNoYXVzc8OpZSA=?=\r\n =?utf-8?B?cnVlIGRlcyBMaWxhcw==?=\r\n =?utf-8?Q?_=28suite=29?=\r\n\r\nBonjour");
	assert_string_equal(m.from.name, "Léa Martin!");
	assert_string_equal(m.from.address, "lea@exemple.example");
	assert_string_equal(m.subject, "Trou dans la chaussée rue des Lilas (suite)");
	mail_done(&m);
	/* A letter in two words, which no standard allows and some write. */
	read_mail(HEADERS "Subject: =?utf-8?B?QmVow7Y=?=\r\n =?utf-8?B?w6nDqcM=?= =?utf-8?B?qWE=?=\r\n\r\nBonjour");
	assert_string_equal(m.subject, "Behöéééa");
	mail_done(&m);
	read_mail(HEADERS "Subject: x\r\nContent-Type: image/jpeg; name=\"=?UTF-8?B?cGhvdG8gw6k=?=\r\n =?UTF-8?B?dMOpLmpwZw==?=\"\r\n\r\nx");
	assert_string_equal(m.parts[0].name, "photo été.jpg");
	mail_done(&m);
}

/* Protects words from charsets that lie or say nothing. */
static void test_charsets(void **state)
{
	(void)state;
	assert_text("", "D\xC3\xA9j\xC3\xA0", "Déjà", "");
	assert_text("", "D\xE9j\xE0 \x80 5 \x93oui\x94", "Déjà € 5 “oui”", "");
	assert_text("Content-Type: text/plain; charset=iso-8859-1\r\n", "l\x92\xE9t\xE9", "l’été", "");
	assert_text("Content-Type: text/plain; charset=utf-8\r\n", "l'\xE9t\xE9", "l'été", "");
	assert_text("Content-Type: text/plain; charset=\"x-nulle-part\"\r\n", "caf\xE9", "café", "");
	assert_text("Content-Type: text/plain; charset=iso-8859-15\r\nContent-Transfer-Encoding: quoted-printable\r\n", "10 =A4=\r\n !", "10 € !", "");
	/* Decomposed letters come out whole. */
	assert_text("Content-Type: text/plain; charset=utf-8\r\n", "e\xCC\x81te\xCC\x81", "été", "");
}

/* Protects screens and letters from what acts on them. */
static void test_hostile_characters(void **state)
{
	(void)state;
	assert_text("", "a\x1b[2Jb\x07 c\x00", "a␛[2Jb␇ c", "");
	assert_text("Content-Type: text/plain; charset=utf-8\r\n", "fac\xE2\x80\xAEtura.exe\xE2\x80\x8B!", "fac‹U+202E›tura.exe!", "");
	read_mail(HEADERS "Subject: a\x1b]0;titre\x07\r\n\r\n");
	assert_string_equal(m.subject, "a␛]0;titre␇");
	mail_done(&m);
	read_mail(HEADERS "Subject: =?utf-8?Q?a=1B[31m=0Arouge?=\r\n\r\n");
	assert_null(strpbrk(m.subject, "\x1b\n"));
	mail_done(&m);
}

/* Protects paragraphs that a mail program broke to fit (RFC 3676). */
static void test_flowed(void **state)
{
	(void)state;
	assert_text("Content-Type: text/plain; format=flowed\r\n", "Un trou \r\ndevant le 12.\r\n From ici.\r\n\r\nMerci", "Un trou devant le 12.\nFrom ici.\n\nMerci", "");
	assert_text("Content-Type: text/plain; format=flowed; delsp=yes\r\n", "anti \r\nconstitutionnel", "anticonstitutionnel", "");
}

/* Protects what is new from what was quoted; nothing is lost. */
static void test_folding(void **state)
{
	(void)state;
	assert_text("", "Oui.\n\nLe lun. 23 nov. 2026 \xC3\xA0 10:00, Accueil <a@b.example>\na \xC3\xA9" "crit :\n> Est-ce le 12 ?\n> Merci", "Oui.",
		"Le lun. 23 nov. 2026 à 10:00, Accueil <a@b.example>\na écrit :\n> Est-ce le 12 ?\n> Merci");
	assert_text("", "Oui.\n\n-----Message d'origine-----\nDe : a\nObjet : b\n\nvieux", "Oui.", "-----Message d'origine-----\nDe : a\nObjet : b\n\nvieux");
	assert_text("", "Oui.\n________________________________\nDe : Accueil\nEnvoy\xC3\xA9 : lundi\n\xC3\x80 : Jeanne\nObjet : b\n\nvieux", "Oui.",
		"________________________________\nDe : Accueil\nEnvoyé : lundi\nÀ : Jeanne\nObjet : b\n\nvieux");
	assert_text("", "Bonjour\n-- \nJeanne\n06 12", "Bonjour", "-- \nJeanne\n06 12");
	assert_text("", "Bonjour\n\nEnvoy\xC3\xA9 de mon iPhone", "Bonjour", "Envoyé de mon iPhone");
	assert_text("", "> Est-ce le 12 ?\n\nOui.", "Oui.", "> Est-ce le 12 ?");
	/* Answers between quotations: taken apart, they would mean nothing. */
	assert_text("", "> Le 12 ?\nOui.\n> Ce soir ?\nNon.", "> Le 12 ?\nOui.\n> Ce soir ?\nNon.", "");
	/* What is passed on is what they write about. */
	assert_text("", "Pour vous\n-------- Message transf\xC3\xA9r\xC3\xA9 --------\nDe : a\nObjet : b\n\nfuite", "Pour vous\n-------- Message transféré --------\nDe : a\nObjet : b\n\nfuite",
		"");
	assert_text("", "> tout est cit\xC3\xA9", "> tout est cité", "");
}

/* Protects agents from pages: what a reader would see, and nothing run or fetched. */
static void test_html(void **state)
{
	(void)state;
	const char *html = "Content-Type: text/html; charset=utf-8\r\n";
	assert_text(html, "<html><head><title>x</title><style>p{}</style></head><body><p>Un&nbsp;trou &agrave; <b>c&ocirc;t&eacute;</b></p><script>alert('<p>')</script>"
		"<p>Merci&#8239;!<br>Jeanne</p><img src=http://espion.example/x.gif></body></html>", "Un trou à côté\n\nMerci\xE2\x80\xAF!\nJeanne", "");
	assert_text(html, "Voir <a href=\"https://piege.example/a?b=1&amp;c=2\">ma banque</a>, <a href='http://www.exemple.example/'>www.exemple.example</a>, <a href='javascript:x()'>ici</a>",
		"Voir ma banque <https://piege.example/a?b=1&c=2>, www.exemple.example, ici", "");
	assert_text(html, "<ul><li>un<li>deux</ul><table><tr><td>a<td>b</tr><tr><td>c</table>", "- un\n- deux\n\na b\nc", "");
	assert_text(html, "vu<div style='display: none'>cach\xC3\xA9<div>x</div></div> ici <img src=cid:1 alt='une photo'>", "vu ici [une photo]", "");
	assert_text(html, "Oui<blockquote>Le 12 ?</blockquote>", "Oui", ">\n> Le 12 ?");
	/* Never closed, never ending, no markup at all. */
	assert_text(html, "a < b <c d=\"e", "a < b <c d=\"e", "");
	assert_text(html, "a<!-- b", "a", "");
	assert_text(html, "<div style='display:none'>tout", "tout", "");
}

static const struct mail_part *part(size_t i)
{
	assert_true(i < m.part_count);
	return &m.parts[i];
}

static void assert_data(size_t i, const char *wanted)
{
	const char *data;
	size_t bytes;
	assert_int_equal(mail_part_data(&m, i, &data, &bytes, NULL), GUICHET_OK);
	assert_int_equal(bytes, strlen(wanted));
	assert_memory_equal(data, wanted, bytes);
}

/* Protects files: each is there, under a name that no folder, shell or terminal takes for something else. */
static void test_parts(void **state)
{
	(void)state;
	read_mail(HEADERS "Subject: x\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
		"--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\nen clair\r\n--a\r\nContent-Type: text/html\r\n\r\n<b>en gras</b>\r\n--a--\r\n"
		"--r\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <i1>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n"
		"--m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"../../etc/pass\x1bwd.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBE!!Ri0=\r\n"
		"--m\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename*=utf-8''relev%C3%A9%20d%27eau.txt\r\n\r\nlu\r\n"
		"--m\r\nContent-Type: application/x-sh; name=\"-rf .bashrc\"\r\n\r\nx\r\n"
		"--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: Vieux\r\n\r\ncorps\r\n"
		"--m\r\nContent-Type: application/octet-stream\r\n\r\ny\r\n--m--\r\n");
	assert_string_equal(m.text, "en clair");
	assert_false(m.from_html);
	assert_int_equal(m.part_count, 6);
	assert_true(part(0)->inside);
	assert_string_equal(part(0)->content_id, "i1");
	assert_string_equal(part(0)->name, "logo.png");
	assert_data(0, "\x89PNG\r\n\x1a\n");
	assert_string_equal(part(1)->name, "pass␛wd.pdf");
	assert_false(part(1)->inside);
	assert_data(1, "%PDF-");
	assert_string_equal(part(2)->name, "relevé d'eau.txt");
	assert_data(2, "lu");
	assert_string_equal(part(3)->name, "rf .bashrc");
	assert_string_equal(part(4)->name, "Vieux.eml");
	assert_string_equal(part(4)->type, "message/rfc822");
	assert_string_equal(part(5)->name, "piece-6.bin");
	mail_done(&m);
}

static void add_times(struct text *t, const char *s, size_t times)
{
	for (size_t i = 0; i < times; i++)
		text_add(t, s);
}

/* Protects the program from mails built to exhaust it: they end, they are told, and their sender is known. */
static void test_bombs(void **state)
{
	(void)state;
	const struct { const char *before, *again, *after; size_t times; enum mail_trouble trouble; } bombs[] = {
		{ HEADERS "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\nContent-Type: image/png\r\n\r\nx\r\n", "--b--\r\n", 10000, MAIL_TOO_MANY },
		{ HEADERS "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\n\n", "", 300000, MAIL_UNREADABLE },
		{ HEADERS "Subject: x\r\n", "X-A: b\r\n", "\r\ntexte", 100000, MAIL_UNREADABLE },
		{ HEADERS "Subject: ", "=?utf-8?Q?a?= ", "\r\n\r\ntexte", 100000, MAIL_UNREADABLE },
		{ HEADERS "To: ", "a@b,", "\r\n\r\ntexte", 100000, MAIL_UNREADABLE },
		{ HEADERS "Subject: x\r\nContent-Type: message/rfc822\r\n\r\nTo: ", "a@b,", "\r\n\r\ntexte", 100000, MAIL_UNREADABLE },
		{ HEADERS "Subject: x\r\n", "Content-Type: message/rfc822\r\n\r\n", "texte", 1000, MAIL_TOO_MANY },
	};
	for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
		struct text t = TEXT_INIT;
		text_add(&t, bombs[i].before);
		add_times(&t, bombs[i].again, bombs[i].times);
		text_add(&t, bombs[i].after);
		read_mail(text_str(&t));
		if (m.trouble != bombs[i].trouble && !(i == 6 && m.trouble == MAIL_SOUND))
			fail_msg("bomb %zu: trouble %d", i, m.trouble);
		assert_string_equal(m.from.address, "jeanne@exemple.example");
		mail_done(&m);
		text_done(&t);
	}
}

/* Protects against parts in parts, a thousand deep. */
static void test_depth(void **state)
{
	(void)state;
	struct text t = TEXT_INIT;
	text_add(&t, HEADERS "Subject: x\r\n");
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	text_add(&t, "\r\nau fond");
	read_mail(text_str(&t));
	assert_int_equal(m.trouble, MAIL_TOO_MANY);
	mail_done(&m);
	text_done(&t);
}

/* Protects against marks without end on one letter: normal form takes the square of their number. */
static void test_marks(void **state)
{
	(void)state;
	struct text t = TEXT_INIT;
	text_add(&t, HEADERS "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na");
	add_times(&t, "\xCC\x81\xCC\xA3", 60000);
	read_mail(text_str(&t));
	assert_true(strlen(m.text) < 200);
	mail_done(&m);
	text_done(&t);
}

/* Protects the limits of what is kept: cut at a whole character, and said. */
static void test_limits(void **state)
{
	(void)state;
	struct text t = TEXT_INIT;
	struct guichet_err err = {0};
	text_add(&t, HEADERS "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
	add_times(&t, "h\xC3\xA9\n", 30000);
	read_mail(text_str(&t));
	assert_true(m.cut);
	assert_true(strlen(m.text) <= MAIL_TEXT_MAX);
	assert_true(utf8_valid(m.text, strlen(m.text), NULL));
	mail_done(&m);
	text_done(&t);
	char *large = guichet_alloc(MAIL_BYTES_MAX + 1);
	memset(large, 'x', MAIL_BYTES_MAX + 1);
	memcpy(large, HEADERS "Subject: gros\r\n\r\n", sizeof HEADERS + 16);
	assert_int_equal(mail_read(&m, large, MAIL_BYTES_MAX + 1, &err), GUICHET_DATA);
	mail_done(&m);
	assert_int_equal(mail_read_head(&m, large, MAIL_HEADERS_BYTES, 100000000, &err), GUICHET_OK);
	assert_int_equal(m.trouble, MAIL_TOO_LARGE);
	assert_string_equal(m.subject, "gros");
	assert_int_equal(m.bytes, 100000000);
	mail_done(&m);
	free(large);
}

/* Protects against what is no mail, and what is one in an old form. */
static void test_odd(void **state)
{
	(void)state;
	read_mail("");
	assert_int_equal(m.trouble, MAIL_UNREADABLE);
	mail_done(&m);
	read_bytes("\0\0\0\0", 4);
	assert_int_equal(m.trouble, MAIL_UNREADABLE);
	mail_done(&m);
	/* A NUL among the headers, lines that end by CR. */
	read_bytes("From: a@b.example\r\nSubject: a\0b\r\n\r\ntexte", 41);
	assert_string_equal(m.subject, "a b");
	assert_string_equal(m.text, "texte");
	mail_done(&m);
	read_mail("From: a@b.example\rSubject: mac\r\rtexte\rligne");
	assert_string_equal(m.subject, "mac");
	assert_string_equal(m.text, "texte\nligne");
	mail_done(&m);
	/* The same mail is known by its Message-ID, or by what it says. */
	char hash[33];
	read_mail("From: a@b.example\r\nSubject: x\r\n\r\ntexte");
	memcpy(hash, m.hash, sizeof hash);
	mail_done(&m);
	read_mail("From: a@b.example\r\nSubject: x\r\n\r\ntexte");
	assert_string_equal(m.hash, hash);
	mail_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_headers), cmocka_unit_test(test_padded_words),
		cmocka_unit_test(test_charsets), cmocka_unit_test(test_hostile_characters), cmocka_unit_test(test_flowed),
		cmocka_unit_test(test_folding), cmocka_unit_test(test_html), cmocka_unit_test(test_parts), cmocka_unit_test(test_bombs), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_marks), cmocka_unit_test(test_limits), cmocka_unit_test(test_odd) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
