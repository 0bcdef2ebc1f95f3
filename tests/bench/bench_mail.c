// SPDX-License-Identifier: GPL-3.0-or-later
/* Mails into the store, beside bare GMime parsing of the same mails and bare durable commits of as many bytes. BENCH_DIR=FOLDER: where the store is made. Exit 1
 * when neither limit was kept: half of the floor's pace, or 500 a second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/mail/gmime_calls.h"
#include "floor.h"
#include "guichet/base/i18n.h"
#include "guichet/base/text.h"
#include "guichet/mail/ingest.h"
#include "stores.h"

enum { MAILS = 1000, PER_SECOND = 500 };

static void die(const char *what, const struct guichet_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err->message);
	exit(70);
}

static void add_words(struct text *t, size_t n, size_t seed)
{
	static const char *const words[] = { "trou", "devant", "le", "portail", "de", "l'ecole", "depuis", "lundi", "trottoir", "danger", "pour", "les", "enfants", "merci" };
	for (size_t i = 0; i < n; i++)
		text_addf(t, "%s%s", words[(seed * 7 + i * 5 + i / 3) % (sizeof words / sizeof *words)], i % 12 == 11 ? "\r\n" : " ");
}

/* Every third one in two forms, every fifth with a photograph. */
static char *make_mail(size_t i, size_t *bytes)
{
	struct text t = TEXT_INIT;
	bool photo = i % 5 == 0, two = i % 3 == 0;
	text_addf(&t, "Return-Path: <usager%zu@exemple.example>\r\nReceived: from mx%zu.exemple.example by courrier.metropole.example with ESMTPS;\r\n\tFri, 20 Nov 2026 %02zu:%02zu:00 +0100\r\n"
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=exemple.example; s=s1;\r\n\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n"
		"From: =?utf-8?Q?Usager_n=C2=B0%zu?= <usager%zu@exemple.example>\r\nTo: contact@metropole-verte.example\r\nSubject: =?utf-8?Q?Trou_n=C2=B0_%zu_rue_des_Lilas?=\r\n"
		"Message-ID: <%zu.bench@exemple.example>\r\nDate: Fri, 20 Nov 2026 %02zu:%02zu:00 +0100\r\nMIME-Version: 1.0\r\n", i, i, i / 60 % 24, i % 60, i, i, i, i, i / 60 % 24, i % 60);
	if (photo)
		text_add(&t, "Content-Type: multipart/mixed; boundary=mixte\r\n\r\n--mixte\r\n");
	if (two)
		text_add(&t, "Content-Type: multipart/alternative; boundary=formes\r\n\r\n--formes\r\n");
	text_add(&t, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nBonjour,\r\n\r\n");
	add_words(&t, 150, i);
	text_addf(&t, "\r\n\r\n-- \r\nUsager %zu\r\n", i);
	if (two) {
		text_add(&t, "--formes\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Bonjour,</p><p>");
		add_words(&t, 150, i);
		text_add(&t, "</p></body></html>\r\n--formes--\r\n");
	}
	if (photo) {
		text_addf(&t, "--mixte\r\nContent-Type: image/jpeg; name=\"photo %zu.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/4AAQ", i);
		for (size_t k = 0; k < 600; k++)
			text_addf(&t, "%08zxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", i * 1000 + k);
		text_add(&t, "--mixte--\r\n");
	}
	*bytes = t.len;
	return text_take(&t);
}

static void decode_all(GMimeObject *o)
{
	if (G(g_type_check_instance_is_a)((GTypeInstance *)o, G(g_mime_multipart_get_type)())) {
		for (int i = 0; i < G(g_mime_multipart_get_count)((GMimeMultipart *)o); i++)
			decode_all(G(g_mime_multipart_get_part)((GMimeMultipart *)o, i));
		return;
	}
	GMimeStream *out = G(g_mime_stream_mem_new)();
	G(g_mime_data_wrapper_write_to_stream)(G(g_mime_part_get_content)((GMimePart *)o), out);
	G(g_object_unref)(out);
}

/* What any program on GMime does: parse, and decode each part. */
static void parse_bare(const char *data, size_t bytes)
{
	GByteArray array = { (guint8 *)(uintptr_t)data, (guint)bytes };
	GMimeStream *stream = G(g_mime_stream_mem_new)();
	G(g_mime_stream_mem_set_byte_array)((GMimeStreamMem *)stream, &array);
	G(g_mime_stream_mem_set_owner)((GMimeStreamMem *)stream, FALSE);
	GMimeParser *parser = G(g_mime_parser_new_with_stream)(stream);
	GMimeMessage *message = G(g_mime_parser_construct_message)(parser, gmime_options());
	decode_all(G(g_mime_message_get_mime_part)(message));
	G(g_object_unref)(message);
	G(g_object_unref)(parser);
	G(g_object_unref)(stream);
}

static bool measure_mails(const char *folder)
{
	static const struct actor agent = { "courriel", "Courriel", ROLE_AGENT, NULL };
	struct mail_taker taker = { .actor = &agent };
	struct guichet_err err = {0};
	struct samples own = {0}, floor = {0}, parse = {0}, commit = {0};
	struct text path = TEXT_INIT, copy = TEXT_INIT;
	struct store *s = NULL;
	text_addf(&path, "%s/mail.db", folder);
	text_addf(&copy, "%s/floor-mail.db", folder);
	stores_make_empty(text_str(&path));
	if (store_open(text_str(&path), NULL, &s, &err) || gmime_calls_load(&err))
		die("mail", &err);
	sqlite3 *db = floor_open(text_str(&copy), true);
	for (size_t i = 0; i < MAILS; i++) {
		size_t bytes;
		char *mail = make_mail(i, &bytes);
		struct mail_taken taken;
		int64_t from = measure_start();
		parse_bare(mail, bytes);
		samples_add(&parse, from);
		floor_insert_one(db, bytes, &commit);
		from = measure_start();
		if (mail_ingest(s, &taker, mail, bytes, &taken, &err))
			die("mail", &err);
		samples_add(&own, from);
		if (taken.sort != MAIL_CREATED) {
			fprintf(stderr, "bench: mail %zu: %s\n", i, mail_taken_code(&taken));
			exit(70);
		}
		mail_taken_done(&taken);
		free(mail);
	}
	samples_put(&floor, samples_quantile(&parse, 0.5) + samples_quantile(&commit, 0.5), false);
	double pace = 1000 / samples_quantile(&own, 0.5);
	bool half = measure_report(MAILS, "a mail into the store", &own, &floor, LIMIT_RATIO, 2);
	measure_report(MAILS, "  of which bare GMime", &parse, NULL, LIMIT_NONE, 0);
	printf("%.0f mails a second (median); the limit is half of the floor's pace, or %d a second\n", pace, PER_SECOND);
	samples_done(&own);
	samples_done(&floor);
	samples_done(&parse);
	samples_done(&commit);
	sqlite3_close(db);
	store_close(&s);
	stores_drop(text_str(&path));
	stores_drop(text_str(&copy));
	text_done(&path);
	text_done(&copy);
	return half || pace >= PER_SECOND;
}

int main(void)
{
	i18n_start("fr");
	char *folder = stores_folder();
	measure_heading();
	bool kept = measure_mails(folder);
	rmdir(folder);
	free(folder);
	return !kept;
}
