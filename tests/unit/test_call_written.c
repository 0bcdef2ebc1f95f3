// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen for what is written: letters with their dates, reference and scan, mails with their sender; and what is known of who wrote or called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "call_scene.h"
#include "guichet/base/text.h"

static void open_as(struct ui_fixture *f, enum channel channel)
{
	struct view_target t = { .channel = (int)channel };
	ui_open(f->ui, &view_call, &t);
}

static void write_file(const struct ui_fixture *f, const char *name, const char *head, long bytes, char path[160])
{
	fixture_path(f->desk, name, path);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(head, out);
	if (bytes > 0)
		assert_int_equal(ftruncate(fileno(out), bytes), 0);
	fclose(out);
}

static struct loaded newest_loaded(struct ui_fixture *f)
{
	struct loaded l;
	assert_int_equal(store_load_id(f->desk->store, call_newest(f).id, &l, NULL), GUICHET_OK);
	return l;
}

static char *requester_text(struct ui_fixture *f, const char *key)
{
	struct loaded l = newest_loaded(f);
	struct requester who = { 0 };
	struct op_id id;
	assert_true(op_id_parse(request_text(&l.request, FIELD_REQUESTER), &id));
	assert_int_equal(store_requester_of_op(f->desk->store, id, &who, NULL), GUICHET_OK);
	char *value = guichet_strdup(requester_get(&who, key));
	requester_done(&who);
	loaded_done(&l);
	return value;
}

static void requester_has(struct ui_fixture *f, const char *key, const char *expected)
{
	char *value = requester_text(f, key);
	assert_string_equal(value, expected);
	free(value);
}

/* Protects the right to an answer counted from the arrival, the dates and reference that the answer will quote, and the letter itself. */
static void test_letter(void **state)
{
	struct ui_fixture *f = *state;
	char path[160], *data = NULL;
	size_t bytes = 0;
	write_file(f, "lettre 12.pdf", "%PDF-1.4 lettre", 0, path);
	setenv("HOME", f->desk->folder, 1);
	open_as(f, CHANNEL_POST);
	ui_golden(f, "call-post");
	ui_keys(f, "'20/11/2026' Tab '18/11/2026' Tab 'AB-12' Tab '~/lettre 12.pdf' Tab");
	ui_must_show(f, "PDF, 1 Ko");
	ui_keys(f, "'Mme Durand Paule' Tab 'Les Amis du parc' Tab '2 rue du Port, 35000 Aigues' Tab 'Bordures cassées' Tab 'Madame, Monsieur,' Enter 'Les bordures' "
		"C-s s 'courrier' Tab");
	ui_golden(f, "call-post-typed");
	ui_press(f, "F8");
	struct loaded l = newest_loaded(f);
	assert_string_equal(request_text(&l.request, FIELD_CHANNEL), "post");
	assert_string_equal(request_text(&l.request, FIELD_SENDER_REF), "AB-12");
	assert_string_equal(request_text(&l.request, FIELD_DOCUMENT_DATE), "2026-11-18");
	assert_int_equal(paris_day(request_int(&l.request, FIELD_RECEIVED, 0)), day_from_date(2026, 11, 20));
	assert_string_equal(request_text(&l.request, FIELD_DESCRIPTION), "Madame, Monsieur,\nLes bordures");
	assert_int_equal(l.request.attachment_count, 1);
	assert_string_equal(l.request.attachments[0].name, "lettre 12.pdf");
	assert_string_equal(l.request.attachments[0].type, "application/pdf");
	assert_int_equal(store_get_blob(f->desk->store, l.request.attachments[0].sha256, &data, &bytes, NULL), GUICHET_OK);
	assert_string_equal(data, "%PDF-1.4 lettre");
	free(data);
	loaded_done(&l);
	requester_has(f, "title", "Mme");
	requester_has(f, "name", "Durand Paule");
	requester_has(f, "organisation", "Les Amis du parc");
	requester_has(f, "postal_address", "2 rue du Port, 35000 Aigues");
	requester_has(f, "reply_by", "post");
}

/* Protects a letter with three requests: one contact, its dates and scan on each, typed once. */
static void test_letter_of_three(void **state)
{
	struct ui_fixture *f = *state;
	char path[160];
	write_file(f, "trois.pdf", "%PDF-1.4 trois", 0, path);
	open_as(f, CHANNEL_POST);
	ui_keys(f, "'20/11/2026' Tab '18/11/2026' Tab Tab");
	ui_type(f, path);
	ui_keys(f, "Tab 'M. Durand' Tab Tab Tab 'Bordures cassées' F8 Enter");
	ui_must_show(f, "même contact");
	ui_keys(f, "'Lampadaire éteint' F8 Enter 'Haie sur le trottoir' F8");
	assert_int_equal(call_requests(f), 3);
	char *contact = call_last_contact(f);
	assert_string_equal(contact, "post created 3");
	free(contact);
	struct loaded l = newest_loaded(f);
	assert_string_equal(request_text(&l.request, FIELD_SUBJECT), "Haie sur le trottoir");
	assert_string_equal(request_text(&l.request, FIELD_DOCUMENT_DATE), "2026-11-18");
	assert_int_equal(l.request.attachment_count, 1);
	loaded_done(&l);
	requester_has(f, "title", "M.");
}

/* Protects from a letter that came before it was written, and from files that are no letter: said beside the field, nothing recorded. */
static void test_letter_errors(void **state)
{
	struct ui_fixture *f = *state;
	char script[160], empty[160], big[160], folder[160];
	write_file(f, "piege.pdf", "#!/bin/sh\n", 0, script);
	write_file(f, "vide.pdf", "", 0, empty);
	write_file(f, "gros.pdf", "%PDF-1.4", STORE_BLOB_MAX + 1, big);
	fixture_path(f->desk, "", folder);
	const struct { const char *path, *said; } cases[] = { { "/nulle/part.pdf", "aucun fichier de ce nom" }, { script, "ni PDF, ni JPEG" }, { empty, "fichier vide" },
		{ big, "trop gros : 21 Mio" }, { folder, "c'est un dossier" }, { "/dev/null", "fichier ordinaire" } };
	open_as(f, CHANNEL_POST);
	ui_keys(f, "'20/11/2026' Tab '21/11/2026' Tab");
	ui_must_show(f, "daté d'après son arrivée");
	ui_keys(f, "S-Tab C-u '18/11/2026' Tab Tab");
	ui_must_not_show(f, "daté d'après");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ui_press(f, "C-u");
		ui_type(f, cases[i].path);
		ui_press(f, "Tab");
		ui_must_show(f, cases[i].said);
		ui_press(f, "S-Tab");
	}
	ui_keys(f, "C-s o 'Trou' F8");
	ui_must_show(f, "rien n'est enregistré");
	assert_int_equal(call_requests(f), 0);
}

/* Protects from a file that goes between typing and F8: all or nothing, and what was typed stays. */
static void test_scan_that_goes(void **state)
{
	struct ui_fixture *f = *state;
	char path[160];
	write_file(f, "parti.png", "\x89PNG\r\n\x1a\n", 0, path);
	open_as(f, CHANNEL_EMAIL);
	ui_keys(f, "'p@exemple.fr' Tab Tab Tab 'Trou' C-s i");
	ui_type(f, path);
	ui_press(f, "Tab");
	ui_must_show(f, "PNG");
	unlink(path);
	ui_press(f, "F8");
	ui_must_show(f, "aucun fichier de ce nom");
	assert_int_equal(call_requests(f), 0);
	ui_must_show(f, "Trou");
}

/* Protects whoever pastes a mail: its sender as mail programs write it, its text with its lines. */
static void test_mail(void **state)
{
	struct ui_fixture *f = *state;
	open_as(f, CHANNEL_EMAIL);
	ui_golden(f, "call-email");
	ui_keys(f, "'\"Durand Paul\" <paul@exemple.fr>' Tab");
	ui_must_show(f, "paul@exemple.fr");
	ui_keys(f, "Tab Tab 'Conteneur plein' Tab 'Bonjour,' Enter 'Le conteneur déborde.' Tab 'dep' Tab 'aig' Tab");
	ui_golden(f, "call-email-typed");
	ui_press(f, "F8");
	struct loaded l = newest_loaded(f);
	assert_string_equal(request_text(&l.request, FIELD_CHANNEL), "email");
	assert_string_equal(request_text(&l.request, FIELD_DESCRIPTION), "Bonjour,\nLe conteneur déborde.");
	assert_string_equal(request_text(&l.request, FIELD_CATEGORY), "depot");
	/* No date was told to somebody who was not there to hear it. */
	assert_null(request_promise(&l.request));
	loaded_done(&l);
	requester_has(f, "name", "Durand Paul");
	requester_has(f, "email", "paul@exemple.fr");
	/* The next mail of the same person shows who it is. */
	ui_press(f, "F5");
	ui_keys(f, "'mailto:paul@exemple.fr' Tab");
	ui_must_show(f, "Durand Paul");
	ui_must_show(f, "1 demande, 1 en cours");
}

static void paste(struct ui_fixture *f, const char *text)
{
	ui_key(f->ui, &(struct key){ .code = KEYCODE_PASTE, .paste = text, .paste_bytes = strlen(text) });
}

/* Protects whoever pastes a whole mail where the cursor happens to be: sender, subject and text find their fields, whatever mail program it was copied from. */
static void test_whole_mail(void **state)
{
	static const char *const mails[] = {
		"De : Paul Durand <paul@exemple.fr>\nEnvoyé : lundi 23 novembre 2026 08:12\nÀ : Accueil\nObjet : Conteneur plein\n\nBonjour,\nLe conteneur déborde.",
		"\r\rSujet\u00A0: Conteneur plein\rDate\u00A0: Mon, 23 Nov 2026\rDe\u00A0: Paul Durand <paul@exemple.fr>\rPour\u00A0: accueil@exemple.fr\r\rBonjour,\rLe conteneur déborde.\r",
		"-----Message d'origine-----\r\nFrom: Paul Durand <paul@exemple.fr>\r\nSubject: Conteneur plein\r\nBonjour,\r\nLe conteneur déborde.\r\n",
	};
	struct ui_fixture *f = *state;
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		open_as(f, CHANNEL_EMAIL);
		if (i == 1)
			ui_keys(f, "Tab Tab");
		paste(f, mails[i]);
		ui_must_show(f, "courriel réparti");
		ui_keys(f, "'dep' Tab F8");
		struct loaded l = newest_loaded(f);
		assert_string_equal(request_text(&l.request, FIELD_SUBJECT), "Conteneur plein");
		assert_string_equal(request_text(&l.request, FIELD_CATEGORY), "depot");
		char *text = guichet_strdup(request_text(&l.request, FIELD_DESCRIPTION));
		text[strcspn(text, ".") + 1] = '\0';
		assert_string_equal(text, "Bonjour,\nLe conteneur déborde.");
		free(text);
		loaded_done(&l);
		requester_has(f, "name", "Paul Durand");
		requester_has(f, "email", "paul@exemple.fr");
		ui_press(f, "Escape");
	}
	assert_int_equal(call_requests(f), 3);
}

/* Protects what is no such mail, and what stands there already: a paste stays in its field. */
static void test_no_whole_mail(void **state)
{
	static const char mail[] = "De : Paul Durand <paul@exemple.fr>\nObjet : Conteneur plein\n\nBonjour,";
	struct ui_fixture *f = *state;
	open_as(f, CHANNEL_EMAIL);
	ui_keys(f, "Tab Tab Tab");
	paste(f, "Objet : mon conteneur\nà moi");
	ui_must_not_show(f, "courriel réparti");
	ui_must_show(f, "Objet : mon conteneur à moi");
	paste(f, mail);
	ui_must_not_show(f, "courriel réparti");
	ui_press(f, "Escape");
	open_as(f, CHANNEL_PHONE);
	ui_keys(f, "Tab Tab");
	paste(f, mail);
	ui_must_not_show(f, "courriel réparti");
}

/* Protects whoever calls while letters are recorded: the next number typed, or n, begins a call and not a letter; the pile goes on with a key of its own. */
static void test_call_between_letters(void **state)
{
	struct ui_fixture *f = *state;
	open_as(f, CHANNEL_POST);
	ui_keys(f, "C-s n 'Durand Paule' C-s b 'Bordures cassées' F8 n");
	ui_must_show(f, " Appel ");
	ui_keys(f, "Escape");
	open_as(f, CHANNEL_POST);
	ui_keys(f, "C-s n 'Durand Paule' C-s b 'Banc cassé' F8 '0655443322' Tab");
	ui_must_show(f, " Appel ");
	ui_must_show(f, "06 55 44 33 22");
	ui_keys(f, "Escape");
	open_as(f, CHANNEL_POST);
	ui_keys(f, "C-s n 'Durand Paule' C-s b 'Arbre penché' F8 F5");
	ui_must_show(f, " Courrier ");
}

/* Protects the name from its title, however it is said; a name that only begins like one stays whole. */
static void test_titles(void **state)
{
	static const struct { const char *typed, *title, *name; } cases[] = { { "madame Lefèvre", "Mme", "Lefèvre" }, { "M Le Goff", "M.", "Le Goff" },
		{ "Mme et M. Petit", "Mme et M.", "Petit" }, { "Mélanie Dr", "", "Mélanie Dr" }, { "Mme", "", "Mme" }, { "Drouet", "", "Drouet" } };
	struct ui_fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		call_open(f);
		ui_keys(f, i ? "n Tab" : "Tab");
		ui_type(f, cases[i].typed);
		ui_keys(f, "Tab 'Trou' F8");
		requester_has(f, "title", cases[i].title);
		requester_has(f, "name", cases[i].name);
	}
}

/* Protects the answer from having nowhere to go: what is missing is said when the way is chosen, and known people show theirs. */
static void test_reply_by(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'0612345678' Tab 'M. Durand' Tab 'Trou' C-s s 'courrier' Tab");
	ui_must_show(f, "adresse à demander");
	ui_keys(f, "'2 rue du Port' Tab F8");
	requester_has(f, "reply_by", "post");
	ui_keys(f, "n '0612345678'");
	ui_must_show(f, "M. Durand");
	ui_must_show(f, "réponse par courrier");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ui_fixture_setup, ui_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_letter), TEST(test_letter_of_three), TEST(test_letter_errors), TEST(test_scan_that_goes), TEST(test_mail),
		TEST(test_whole_mail), TEST(test_no_whole_mail),
		TEST(test_call_between_letters), TEST(test_titles), TEST(test_reply_by) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
