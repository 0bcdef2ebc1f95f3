// SPDX-License-Identifier: GPL-3.0-or-later
/* Courriels, Courriers du jour and what the Fiche tells of both, without a terminal. */
#include "ui_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/store/correspondence.h"

#define assert_ok(f, call) \
	do { \
		if ((call) != GUICHET_OK) \
			fail_msg("%s: %s", #call, (f)->err.message); \
	} while (0)

struct came { const char *message, *sort, *why, *from, *name, *subject, *text, *request; };

static struct ui_fixture *at_todo(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_todo, NULL);
	return f;
}

/* What came with the next one. */
static struct { const char *folded, *parts, *names; } with;

static struct op_id mail_came(struct store_fixture *f, const struct came *m)
{
	struct op op;
	op_init(&op, OP_MAIL, (struct op_id){0, 0}, "messagerie", f->now_ms);
	op_fact_text(&op, "channel", "email");
	op_fact_text(&op, "outcome", outcome_code(OUTCOME_CREATED));
	op_fact_text(&op, "message", m->message);
	op_fact_text(&op, "sort", m->sort);
	op_fact_if(&op, "why", m->why);
	op_fact_if(&op, "request", m->request);
	op_personal_if(&op, "from", m->from);
	op_personal_if(&op, "from_name", m->name);
	op_personal_if(&op, "subject", m->subject);
	op_personal_if(&op, "text", m->text);
	op_personal_if(&op, "folded", with.folded);
	if (with.parts) {
		json_object_set_new(op.facts, "parts", json_loads(with.parts, 0, NULL));
		json_object_set_new(op.personal, "names", json_loads(with.names, 0, NULL));
	}
	memset(&with, 0, sizeof with);
	assert_ok(f, store_begin(f->store, &f->err));
	assert_ok(f, store_append(f->store, &op, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
	struct op_id id = op.id;
	op_done(&op);
	f->now_ms += 60000;
	return id;
}

/* A request to be qualified, as a mail makes one. */
static int64_t request_came(struct store_fixture *f, const char *subject, const char *text)
{
	int64_t reference = FIXTURE_LOG(f, .channel = "email", .subject = subject, .description = text,
		.requester = WHO({"name", "Odette Lefèvre"}, {"email", "odette@exemple.example"}));
	struct op_id made;
	char id[OP_ID_TEXT];
	assert_ok(f, desk_op_of_reference(f->store, reference, &made, &f->err));
	op_id_format(made, id);
	mail_came(f, &(struct came){subject, "created", NULL, "odette@exemple.example", "Odette Lefèvre", subject, text, id});
	return reference;
}

static void some_mails(struct store_fixture *f)
{
	mail_came(f, &(struct came){"m", "machine", "auto-reply", "absent@exemple.example", NULL, "Absence du bureau", "Je reviens lundi.", NULL});
	mail_came(f, &(struct came){"q", "quarantined", "sender", "inconnu@exemple.example", "Un \x1b[2J inconnu", "Re: \xe2\x80\xae" "ma demande", "C'est moi.", NULL});
	request_came(f, "Nid de poule devant chez moi", "Bonjour,\nil y a un nid de poule rue des Lilas à Aigues-sur-Verte, un vélo est tombé.\nMerci.");
}

static const char *category_of(struct store_fixture *f, int64_t reference)
{
	static char code[81];
	struct loaded l = {0};
	assert_ok(f, store_load(f->store, reference, &l, &f->err));
	snprintf(code, sizeof code, "%s", request_text(&l.request, FIELD_CATEGORY));
	loaded_done(&l);
	return code;
}

/* Protects: what came shows newest first, what waits for somebody first of all by a sign and a word; nothing that a citizen wrote moves the cursor. */
static void pictures(void **state)
{
	struct ui_fixture *f = at_todo(state);
	some_mails(f->desk);
	ui_keys(f, "I");
	ui_golden(f, "mails");
	ui_must_not_show(f, "Absence du bureau");
	ui_keys(f, "G");
	ui_must_show(f, "Absence du bureau");
	ui_keys(f, "T");
	ui_must_show(f, "1 courriel en quarantaine");
	ui_keys(f, "D");
	ui_must_show(f, "1 courriel en quarantaine");
	ui_keys(f, "Y");
	ui_must_show(f, "1 courriel en quarantaine");
}

/* Protects: one key accepts the category and the commune that the words speak for, and the request goes to its service. */
static void accepts_the_proposal(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct loaded l = {0};
	int64_t reference = request_came(f->desk, "Nid de poule devant chez moi", "un nid de poule rue des Lilas à Aigues-sur-Verte");
	ui_keys(f, "I");
	ui_must_show(f, "Nid de poule → Voirie");
	ui_press(f, "F8");
	assert_string_equal(category_of(f->desk, reference), "nid-de-poule");
	assert_ok(f->desk, store_load(f->desk->store, reference, &l, &f->desk->err));
	assert_string_equal(request_text(&l.request, FIELD_COMMUNE), "aigues");
	assert_string_equal(request_text(&l.request, FIELD_SERVICE), "voirie");
	loaded_done(&l);
	/* Again: there is nothing left to accept. */
	ui_press(f, "F8");
	ui_must_show(f, "ce courriel est trié");
}

/* Protects: another category than the proposed one is chosen from the list, and none is accepted where nothing was recognised. */
static void another_category(void **state)
{
	struct ui_fixture *f = at_todo(state);
	int64_t reference = request_came(f->desk, "xyzzy", "xyzzy");
	ui_keys(f, "I F8");
	ui_must_show(f, "F4 choisit le motif");
	assert_string_equal(category_of(f->desk, reference), "a-qualifier");
	ui_keys(f, "F4 'horaires' Enter Enter");
	assert_string_equal(category_of(f->desk, reference), "horaires");
}

/* Protects who accepts in haste: the commune that was proposed can be another one, or none, and what was accepted is taken back with a key. */
static void corrects_the_commune(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct loaded l = {0};
	int64_t reference = request_came(f->desk, "Nid de poule devant chez moi", "un nid de poule rue des Lilas à Aigues-sur-Verte");
	ui_keys(f, "I F4 Enter");
	ui_must_show(f, "proposée");
	ui_keys(f, "'bois' Enter");
	ui_must_show(f, "u défait");
	assert_string_equal(category_of(f->desk, reference), "nid-de-poule");
	assert_ok(f->desk, store_load(f->desk->store, reference, &l, &f->desk->err));
	assert_string_equal(request_text(&l.request, FIELD_COMMUNE), "bois");
	loaded_done(&l);
	ui_keys(f, "u");
	assert_string_equal(category_of(f->desk, reference), "a-qualifier");
	ui_keys(f, "Home F4 Enter Down Enter");
	assert_ok(f->desk, store_load(f->desk->store, reference, &l, &f->desk->err));
	assert_string_equal(request_text(&l.request, FIELD_COMMUNE), "");
	loaded_done(&l);
}

/* Protects: files show with their names and sizes before anything is opened, and one whose name says another kind than its bytes is told as that; what a reply
 * quoted is folded away and can be read; escape sequences in any of it stay text. */
static void shows_files_and_what_was_folded(void **state)
{
	struct ui_fixture *f = at_todo(state);
	static const char parts[] = "[{\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000001\",\"type\":\"image/jpeg\",\"bytes\":120000},"
		"{\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000002\",\"type\":\"application/x-msdownload\",\"bytes\":3500000},"
		"{\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000003\",\"type\":\"image/png\",\"bytes\":900,\"inline\":true}]";
	with.parts = parts;
	with.names = "[\"trou.jpg\",\"facture.pdf.exe\",\"logo.png\"]";
	with.folded = "Le 3 mai vous \x1b]0;titre\x07 écriviez :\n> Nous passerons.";
	mail_came(f->desk, &(struct came){"f", "quarantined", "sender", "luc@exemple.example", "Luc Perrin", "Re: \x1b[31mvotre courrier", "Voici la photo.", NULL});
	ui_keys(f, "I");
	ui_must_show(f, "trou.jpg (JPEG, 118 Ko)");
	ui_must_show(f, "facture.pdf.exe (4 Mo, ! n'est pas un PDF");
	ui_must_show(f, "facture.pdf.bin");
	ui_must_not_show(f, "logo.png");
	ui_must_not_show(f, "Nous passerons");
	ui_must_show(f, "V : ce qui est replié");
	ui_golden(f, "mails-files");
	ui_keys(f, "V");
	ui_must_show(f, "> Nous passerons.");
	ui_must_not_show(f, "\x1b");
	/* Once it is a request, the request's screen reads it too. */
	ui_keys(f, "Escape F8 Enter");
	ui_must_show(f, "Voici la photo.");
	ui_keys(f, "V");
	ui_must_show(f, "> Nous passerons.");
	ui_golden(f, "request-mail");
}

/* Protects who reads: a mail of 5,000 lines, and a paragraph of forty screens, go by to their last line. */
static void reads_long_mails(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct text lines = TEXT_INIT;
	for (int i = 0; i < 5000; i++)
		text_addf(&lines, "%d\n", i);
	mail_came(f->desk, &(struct came){"l", "quarantined", "rate", "luc@exemple.example", NULL, "Cinq mille lignes", text_str(&lines), NULL});
	text_clear(&lines);
	for (int i = 0; i < 5000; i++)
		text_addf(&lines, "mot%d ", i);
	text_add(&lines, "dernier-mot");
	mail_came(f->desk, &(struct came){"p", "quarantined", "rate", "luc@exemple.example", NULL, "Un seul paragraphe", text_str(&lines), NULL});
	text_done(&lines);
	ui_keys(f, "I");
	ui_must_show(f, "V : la suite");
	ui_keys(f, "V");
	ui_must_not_show(f, "dernier-mot");
	ui_screen(f, 24, 80);
	ui_keys(f, "End");
	ui_must_show(f, "dernier-mot");
	ui_keys(f, "Escape Down V");
	ui_screen(f, 24, 80);
	ui_keys(f, "PageDown");
	ui_must_show(f, " 20 ");
	ui_keys(f, "End");
	ui_must_show(f, " 4999 ");
	ui_keys(f, "Up Home");
	ui_must_show(f, "Cinq mille lignes");
}

/* Protects: a mail that goes on with a request is joined to it with one key and a choice: out of the quarantine with its text and files, or its own request linked. */
static void joins_a_request(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct loaded l = {0};
	int64_t first = FIXTURE_LOG(f->desk, .channel = "phone", .category = "depot", .subject = "Pneus sur le trottoir", .requester = WHO({"name", "Luc Perrin"},
		{"email", "luc@exemple.example"}));
	int64_t second = request_came(f->desk, "La photo promise", "La voici.");
	mail_came(f->desk, &(struct came){"j", "quarantined", "too-many", "luc@exemple.example", "Luc Perrin", "Suite", "Il y en a d'autres.", NULL});
	ui_keys(f, "I F6");
	/* His own stand there already. */
	ui_must_show(f, "Pneus sur le trottoir");
	ui_golden(f, "mails-join");
	ui_press(f, "Enter");
	ui_must_show(f, "joint à la demande");
	assert_int_equal(store_count_mail(f->desk->store, MAIL_ACCEPTED), 1);
	assert_ok(f->desk, store_load(f->desk->store, first, &l, &f->desk->err));
	const struct op *touch = NULL;
	for (size_t i = 0; i < l.request.op_count; i++)
		touch = l.request.ops[i].kind == OP_TOUCH ? &l.request.ops[i] : touch;
	assert_non_null(touch);
	assert_string_equal(op_text(touch, "text", ""), "Il y en a d'autres.");
	loaded_done(&l);
	/* Somebody else's: found by what is typed. */
	ui_keys(f, "F6 'pneus' Enter");
	assert_ok(f->desk, store_load(f->desk->store, second, &l, &f->desk->err));
	assert_int_equal(l.request.status, STATUS_DUPLICATE);
	loaded_done(&l);
	ui_press(f, "F6");
	ui_must_show(f, "ne se joint plus");
}

/* Protects the citizen who wrote again, and the one whom no answer reached: who opens the request reads so first, and a note ends the first of it. */
static void request_says_so_first(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct loaded l = {0};
	char contact[OP_ID_TEXT], open[60];
	int64_t reference = request_came(f->desk, "Trou devant chez moi", "Un trou.");
	struct op_id mail = mail_came(f->desk, &(struct came){"u", "threaded", NULL, "odette@exemple.example", "Odette Lefèvre", "Re: Trou", "Il grandit.", NULL});
	op_id_format(mail, contact);
	fixture_step(f->desk, reference, STEP_TOUCH, &(struct step_args){.contact = contact, .outcome = "added", .channel = "email", .text = "Il grandit.", .unread = true});
	assert_ok(f->desk, store_load(f->desk->store, reference, &l, &f->desk->err));
	const struct delivery_args back = {.target = l.request.id, .purpose = PURPOSE_ACKNOWLEDGE, .state = DELIVERY_BOUNCED, .channel = CHANNEL_EMAIL};
	loaded_done(&l);
	fixture_step(f->desk, reference, STEP_DELIVERY, &(struct step_args){.delivery = &back});
	snprintf(open, sizeof open, "ouvrir %lld", (long long)reference);
	ui_command(f->ui, open);
	ui_must_show(f, "L'USAGER A ÉCRIT");
	ui_must_show(f, "MESSAGE NON DISTRIBUÉ");
	ui_keys(f, "V");
	ui_must_show(f, "Il grandit.");
	ui_keys(f, "Escape k 'lu' F8");
	ui_must_not_show(f, "L'USAGER A ÉCRIT");
}

/* Protects: the list of thousands of mails is gone through without reading each of them. */
static void thousands(void **state)
{
	struct ui_fixture *f = at_todo(state);
	enum { MANY = 2000 };
	char subject[40], message[40];
	assert_ok(f->desk, store_begin(f->desk->store, &f->desk->err));
	for (int i = 0; i < MANY; i++) {
		snprintf(subject, sizeof subject, "Objet %d", i);
		snprintf(message, sizeof message, "m%d", i);
		mail_came(f->desk, &(struct came){message, "quarantined", "rate", "luc@exemple.example", NULL, subject, "Texte.", NULL});
	}
	assert_ok(f->desk, store_commit(f->desk->store, &f->desk->err));
	ui_keys(f, "I");
	ui_must_show(f, "Objet 1999");
	ui_screen(f, 24, 80);
	ui_keys(f, "PageDown PageDown");
	ui_screen(f, 24, 80);
	ui_keys(f, "End");
	ui_must_show(f, "Objet 0");
	ui_keys(f, "Home");
	ui_must_show(f, "Objet 1999");
}

/* Protects: the quarantine is emptied by people, each mail by a request or by a reason. */
static void quarantine(void **state)
{
	struct ui_fixture *f = at_todo(state);
	mail_came(f->desk, &(struct came){"a", "quarantined", "too-many", "luc@exemple.example", "Luc Perrin", "Photos", "Voir les photos.", NULL});
	mail_came(f->desk, &(struct came){"b", "quarantined", "sender", "pub@exemple.example", "Pub", "Gagnez", "Cliquez.", NULL});
	ui_keys(f, "I");
	ui_must_show(f, "2 en quarantaine");
	ui_keys(f, "x 'publicité' Enter");
	assert_int_equal(store_count_mail(f->desk->store, MAIL_DROPPED), 1);
	ui_keys(f, "F8");
	assert_int_equal(store_count_mail(f->desk->store, MAIL_ACCEPTED), 1);
	assert_int_equal(store_count_mail(f->desk->store, MAIL_QUARANTINED), 0);
	ui_must_show(f, "sorti de quarantaine");
	ui_keys(f, "Enter");
	ui_must_show(f, "Voir les photos.");
}

/* Protects: letters to print stand oldest first with whom they are for, what was printed today after them; the Fiche says how each message stands. */
static void letters(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct store_fixture *d = f->desk;
	struct loaded l = {0};
	store_catalogue(d->store)->sends_letters = store_catalogue(d->store)->sends_email = true;
	ui_keys(f, "J");
	ui_must_show(f, "Aucune lettre à imprimer");
	int64_t first = FIXTURE_LOG(d, .channel = "post", .category = "depot", .subject = "Dépôt rue des Lilas",
		.requester = WHO({"name", "Odette Lefèvre"}, {"postal_address", "1 place de la Prairie\n99000 Verdane"}));
	d->now_ms += 60000;
	int64_t second = FIXTURE_LOG(d, .channel = "post", .category = "horaires", .subject = "Horaires de la piscine",
		.requester = WHO({"name", "Luc Perrin"}, {"postal_address", "2 rue des Lilas\n99000 Verdane"}));
	fixture_step(d, second, STEP_ANSWER, &(struct step_args){.channel = "post", .text = "De 9 h à 13 h."});
	assert_ok(d, store_load(d->store, first, &l, &d->err));
	const struct delivery_args printed = {.target = l.request.id, .purpose = PURPOSE_ACKNOWLEDGE, .state = DELIVERY_PRINTED, .channel = CHANNEL_POST};
	loaded_done(&l);
	fixture_step(d, first, STEP_DELIVERY, &(struct step_args){.delivery = &printed});
	d->now_ms += 60000;
	ui_keys(f, "C-g");
	ui_must_show(f, "à imprimer : 2");
	ui_golden(f, "letters");
	/* A file that is there is not written over, and nothing is printed. */
	char path[160], keys[400];
	fixture_path(d, "lettres.pdf", path);
	FILE *there = fopen(path, "w");
	assert_non_null(there);
	fclose(there);
	snprintf(keys, sizeof keys, "F8 C-u '%s' Enter", path);
	ui_keys(f, keys);
	ui_must_show(f, "à imprimer : 2");
	ui_keys(f, "Enter");
	ui_must_show(f, "accusé de réception, à imprimer");
	ui_must_show(f, "à imprimer (J)");
}

/* --- printing --- */

/* With the texts that ship. */
static void two_letters(struct ui_fixture *f)
{
	struct store_fixture *d = f->desk;
	struct catalogue_source source = {0};
	int64_t moved;
	assert_ok(d, catalogue_read_folder("data/catalogue", &source, &d->err));
	assert_ok(d, store_catalogue_apply(d->store, &source, &moved, &d->err));
	catalogue_source_done(&source);
	for (int i = 0; i < 2; i++) {
		int64_t answered = FIXTURE_LOG(d, .channel = "phone", .category = "collecte-jours", .subject = "Jour des poubelles",
			.requester = WHO({"name", i ? "Luc Perrin" : "Odette Lefèvre"}, {"postal_address", "2 rue des Lilas\n99000 Verdane"}));
		fixture_step(d, answered, STEP_ANSWER, &(struct step_args){.channel = "post", .text = "De 9 h à 13 h."});
	}
	d->now_ms += 120000;
	ui_keys(f, "J C-g");
	ui_must_show(f, "à imprimer : 2");
}

static void print_to(struct ui_fixture *f, const char *where)
{
	char keys[400];
	snprintf(keys, sizeof keys, "F8 C-u '%s' Enter", where);
	ui_keys(f, keys);
}

/* As the loop does it. */
static void until_printed(struct ui_fixture *f)
{
	for (int fd = ui_watched(f->ui); fd >= 0; fd = ui_watched(f->ui)) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		assert_int_equal(poll(&ready, 1, 300000), 1);
		ui_watched_ready(f->ui);
	}
	if (strstr(ui_screen(f, 24, 80), "groff")) {
		print_message("skipped: %s", ui_screen(f, 24, 80));
		skip();
	}
}

/* Protects: printing goes on beside the screen and is told as it goes; what was stopped left no file and is still to be done; a whole file is recorded, once. */
static void printing(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct store_fixture *d = f->desk;
	char path[160], bytes[8] = "";
	two_letters(f);
	fixture_path(d, "jour.pdf", path);
	print_to(f, path);
	assert_true(ui_watched(f->ui) >= 0);
	ui_must_show(f, "impression de 2 lettre(s)");
	ui_keys(f, "Escape");
	ui_must_show(f, "attendez-la");
	ui_keys(f, "F8");
	ui_must_show(f, "impression de 2 lettre(s)");
	ui_keys(f, "C-c");
	ui_must_show(f, "impression arrêtée");
	assert_int_equal(ui_watched(f->ui), -1);
	assert_int_equal(access(path, F_OK), -1);
	ui_must_show(f, "à imprimer : 2");
	assert_int_equal(store_count_owed(d->store, CHANNEL_POST), 2);
	print_to(f, path);
	until_printed(f);
	ui_must_show(f, "lettres imprimées : 2");
	ui_must_show(f, "imprimés aujourd'hui : 2");
	assert_int_equal(store_count_owed(d->store, CHANNEL_POST), 0);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(bytes, sizeof bytes, file));
	fclose(file);
	assert_string_equal(bytes, "%PDF-1.");
	ui_keys(f, "F8");
	ui_must_show(f, "aucune lettre à imprimer");
}

/* Protects: an answer that is taken back while its letter is printed is not noted as printed, and somebody is told to take the sheet out. */
static void taken_back(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct store_fixture *d = f->desk;
	char path[160];
	two_letters(f);
	int64_t again = FIXTURE_LOG(d, .channel = "phone", .category = "collecte-jours", .subject = "Encore", .requester = WHO({"name", "Ida Blanc"}, {"postal_address", "3 rue X\n99000 Verdane"}));
	fixture_step(d, again, STEP_ANSWER, &(struct step_args){.channel = "post", .text = "Oui."});
	const char *what;
	fixture_path(d, "jour.pdf", path);
	print_to(f, path);
	ui_must_show(f, "impression de 3 lettre(s)");
	assert_ok(d, desk_undo(d->store, ui_actor(f->ui), again, &what, &d->err));
	until_printed(f);
	ui_must_show(f, "2 sur 3");
	ui_must_show(f, "retirez cette lettre");
	assert_int_equal(store_count_owed(d->store, CHANNEL_POST), 0);
}

static void script(struct store_fixture *d, const char *name, const char *text)
{
	char path[160];
	fixture_path(d, name, path);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, 0700), 0);
}

/* Protects: letters go to the printer through lp; those that lp refuses stay to be done. */
static void to_the_printer(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct store_fixture *d = f->desk;
	struct text path = TEXT_INIT, body = TEXT_INIT;
	char *before = guichet_strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin"), lp[160], out[160];
	two_letters(f);
	fixture_path(d, "lp", lp);
	fixture_path(d, "sorti", out);
	*strrchr(lp, '/') = '\0';
	text_addf(&path, "%s:%s", lp, before);
	setenv("PATH", text_str(&path), 1);
	script(d, "lp", "#!/bin/sh\nexit 1\n");
	print_to(f, "lp accueil");
	until_printed(f);
	ui_must_show(f, "lp a refusé les lettres (imprimante « accueil »)");
	assert_int_equal(store_count_owed(d->store, CHANNEL_POST), 2);
	text_addf(&body, "#!/bin/sh\necho \"$*\" >%s\ncat >>%s\n", out, out);
	script(d, "lp", text_str(&body));
	print_to(f, "lp");
	until_printed(f);
	ui_must_show(f, "lettres imprimées : 2, à l'imprimante");
	assert_int_equal(store_count_owed(d->store, CHANNEL_POST), 0);
	char first[64] = "", second[64] = "";
	FILE *file = fopen(out, "r");
	assert_non_null(file);
	assert_non_null(fgets(first, sizeof first, file));
	assert_non_null(fgets(second, sizeof second, file));
	fclose(file);
	assert_string_equal(first, "-s -t guichet\n");
	assert_memory_equal(second, "%PDF-1.", 7);
	setenv("PATH", before, 1);
	text_done(&path);
	text_done(&body);
	free(before);
}

/* Protects: a letter that was printed comes out again as it was, from its request and from the letters of the day; an acknowledgement that was told is noted, once. */
static void again(void **state)
{
	struct ui_fixture *f = at_todo(state);
	struct store_fixture *d = f->desk;
	char first[160], second[160], keys[400], bytes[2][8] = { "", "" };
	two_letters(f);
	fixture_path(d, "jour.pdf", first);
	print_to(f, first);
	until_printed(f);
	fixture_path(d, "un.pdf", first);
	fixture_path(d, "deux.pdf", second);
	snprintf(keys, sizeof keys, "K Enter C-u '%s' Enter", first);
	ui_keys(f, keys);
	ui_must_show(f, "telle qu'elle est partie");
	ui_press(f, "Enter");
	ui_must_show(f, "imprimée");
	snprintf(keys, sizeof keys, "K Enter C-u '%s' Enter", second);
	ui_keys(f, keys);
	assert_int_equal(access(second, F_OK), 0);
	const char *const paths[] = { first, second };
	struct stat st[2];
	for (int i = 0; i < 2; i++) {
		FILE *file = fopen(paths[i], "r");
		assert_non_null(file);
		assert_non_null(fgets(bytes[i], sizeof bytes[i], file));
		fclose(file);
		assert_int_equal(stat(paths[i], &st[i]), 0);
	}
	assert_string_equal(bytes[0], "%PDF-1.");
	assert_string_equal(bytes[1], "%PDF-1.");
	assert_int_equal(st[0].st_size, st[1].st_size);
	FIXTURE_LOG(d, .channel = "post", .category = "nid-de-poule", .subject = "Trou", .requester = WHO({"name", "Ida Blanc"}, {"postal_address", "3 rue X\n99000 Verdane"}));
	d->now_ms += 60000;
	ui_keys(f, "J C-g");
	ui_must_show(f, "à imprimer : 1");
	ui_keys(f, "Home K 'téléphone' Enter");
	ui_must_show(f, "accusé de réception noté, téléphone");
	assert_int_equal(store_count_owed(d->store, CHANNEL_POST), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pictures, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(accepts_the_proposal, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(another_category, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(corrects_the_commune, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(shows_files_and_what_was_folded, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(reads_long_mails, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(joins_a_request, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(request_says_so_first, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(thousands, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(quarantine, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(letters, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(printing, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(taken_back, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(again, ui_fixture_setup, ui_fixture_teardown),
		cmocka_unit_test_setup_teardown(to_the_printer, ui_fixture_setup, ui_fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
