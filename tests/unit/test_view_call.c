// SPDX-License-Identifier: GPL-3.0-or-later
/* The Appel screen, driven key by key without a terminal: what is recorded, how few keys it takes, what is shown meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/core/reference.h"
#include "call_scene.h"

static const char known_subject[] = "Nid de poule profond devant la boulangerie"; /* 42 characters */
static const char new_subject[] = "Un gros dépôt de gravats bouche le trottoir devant le collège"; /* 61 */

/* --- few keys --- */

static const char known_call[] = "'0612345678' Tab 'Nid de poule profond devant la boulangerie' Tab 'nid' Tab 'aig' Tab '12 rue des Tilleuls' F8";
static const char new_call[] = "'06 98 76 54 32' Tab 'Durand Paul' Tab 'Un gros dépôt de gravats bouche le trottoir devant le collège' Tab 'dep' Tab "
	"'bois' Tab '4 place du Marché' Tab 'Il y en a sur dix mètres.' F8";

/* Protects the budget: a known caller with a subject of 40 characters takes at most 8 keys that are not text, F2 included. */
static void test_known_caller_in_8_keys(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	int keys = 1 + call_play(f, known_call, false);
	assert_true(keys <= 8);
	char *stored = call_record_text(f);
	struct text expected = TEXT_INIT;
	text_addf(&expected, "phone\nnid-de-poule\nvoirie\nreport\naigues\n%s\n12 rue des Tilleuls\n\nLefèvre Odette +33612345678", known_subject);
	assert_string_equal(stored, text_str(&expected));
	ui_must_show(f, "Référence");
	text_done(&expected);
	free(stored);
}

/* The same for a new caller with a subject of 60: at most 12. */
static void test_new_caller_in_12_keys(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	int keys = 1 + call_play(f, new_call, false);
	assert_true(keys <= 12);
	char *stored = call_record_text(f);
	struct text expected = TEXT_INIT;
	text_addf(&expected, "phone\ndepot\nvoirie\nreport\nbois\n%s\n4 place du Marché\nIl y en a sur dix mètres.\nDurand Paul +33698765432", new_subject);
	assert_string_equal(stored, text_str(&expected));
	text_done(&expected);
	free(stored);
}

/* Protects: the letter of a jump is no text, wherever it goes from: not even the name that Tab would have passed over. */
static void test_jump_types_nothing(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	ui_keys(f, "'0612345678' C-s n");
	ui_must_show(f, "▸ Nom        Lefèvre Odette  ");
}

/* Protects type-ahead: what is sent in one burst, with no screen between, makes the record that slow typing makes. */
static void test_burst_gives_the_same_record(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	call_play(f, known_call, false);
	char *slow = call_record_text(f);
	ui_press(f, "n");
	call_play(f, known_call, true);
	char *fast = call_record_text(f);
	assert_int_equal(call_requests(f), 3);
	assert_string_equal(slow, fast);
	free(slow);
	free(fast);
}

/* --- what is shown --- */

/* Protects the agent's first glance: a whole number, in any writing, shows who calls, what they wait for and what they were promised. */
static void test_phone_shows_the_caller(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	ui_golden(f, "call-empty");
	ui_type(f, "+33 (0)6.12.34 56 7");
	ui_must_not_show(f, "Lefèvre");
	ui_type(f, "8");
	ui_must_show(f, "Lefèvre Odette");
	ui_must_show(f, "1 demande, 1 en cours");
	ui_must_show(f, "Trottoir affais");
	ui_must_show(f, "promis mer. 02/12");
	ui_golden(f, "call-known");
	/* Another number takes the name along that came with the first. */
	ui_keys(f, "Backspace '9'");
	ui_must_not_show(f, "Lefèvre");
	ui_must_show(f, "Nouvel usager");
}

/* Protects from duplicates: what others reported in the same street shows while the request is typed. */
static void test_neighbours_while_typing(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Trou dangereux' Tab 'nid' Tab 'aigues' Tab '8 rue des Lilas'");
	ui_must_show(f, "DÉJÀ SIGNALÉ");
	ui_must_show(f, "3 rue des Lilas");
	ui_golden(f, "call-near");
	/* One key joins it: no new request, a contact on the old one, what was said noted there. */
	ui_press(f, "F6");
	assert_int_equal(call_requests(f), 1);
	char *contact = call_last_contact(f);
	assert_string_equal(contact, "phone added 1");
	ui_must_show(f, "Appel joint");
	free(contact);
}

/* Protects what the category brings: service, delay, promise; on call number when it is dangerous. */
static void test_category_promises(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Eau partout' Tab 'fui'");
	ui_must_show(f, "dès que le motif est choisi");
	ui_keys(f, "Tab");
	ui_must_show(f, "Fuite d'eau");
	ui_must_show(f, "→ Voirie");
	ui_must_show(f, "réponse au plus tard le mercredi 2 décembre 2026");
	ui_must_show(f, "01 23 45 67 80");
	ui_must_show(f, "▸ Commune");
	ui_golden(f, "call-danger");
	/* Nobody overlooks it: what is recorded says who was told, or says that nobody was. */
	ui_press(f, "F8");
	ui_must_show(f, "▸ Prévenu");
	ui_must_show(f, "qui est prévenu ?");
	assert_int_equal(call_requests(f), 0);
	ui_press(f, "F8");
	ui_must_show(f, "DANGER NON TRANSMIS");
	ui_golden(f, "call-done-danger");
	/* The same page takes who was told. */
	ui_keys(f, "z 'astreinte, M. Roux' Enter");
	ui_must_not_show(f, "DANGER NON TRANSMIS");
}

/* Protects who types ahead from a category that turns out to be dangerous: what was meant for the commune, the street and the text lands there, and nothing of it
 * among those who were told. */
static void test_danger_moves_no_field(void **state)
{
	struct ui_fixture *f = *state;
	struct loaded l;
	/* Typed in full, the category is known before its field is left. */
	static const char *const typed[] = {"fui", "fuite"};
	for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
		char keys[200];
		call_open(f);
		snprintf(keys, sizeof keys, "'064455668%zu' Tab Tab 'Eau partout' Tab '%s' Tab 'aigues' Tab '8 rue des Lilas' Tab "
			"'La chaussée est noyée.' F8 'astreinte' F8", i, typed[i]);
		call_play(f, keys, true);
		ui_must_show(f, "Demande enregistrée");
		assert_int_equal(store_load_id(f->desk->store, call_newest(f).id, &l, NULL), GUICHET_OK);
		assert_string_equal(request_text(&l.request, FIELD_COMMUNE), "aigues");
		assert_string_equal(request_text(&l.request, FIELD_ADDRESS), "8 rue des Lilas");
		assert_string_equal(request_text(&l.request, FIELD_DESCRIPTION), "La chaussée est noyée.");
		assert_int_equal(l.request.danger_told_count, 1);
		assert_string_equal(l.request.dangers_told[0].who, "astreinte");
		loaded_done(&l);
		assert_int_equal(call_requests(f), i + 1);
		ui_keys(f, "F12");
	}
}

/* Protects the reading out: pairs of digits well apart, and the date. */
static void test_done_is_read_out(void **state)
{
	struct ui_fixture *f = *state;
	char spaced[64] = "", shown[REFERENCE_SHOWN];
	call_lefevre(f);
	call_open(f);
	call_play(f, known_call, false);
	reference_show(call_newest(f).reference, shown);
	snprintf(spaced, sizeof spaced, "%c %c   %c %c   %c %c   %c %c   %c %c", shown[0], shown[1], shown[3], shown[4], shown[6], shown[7], shown[9], shown[10],
		shown[12], shown[13]);
	ui_must_show(f, spaced);
	ui_must_show(f, "réponse au plus tard le mercredi 2 décembre 2026");
	ui_must_show(f, "Cet usager attend aussi");
	ui_golden(f, "call-done");
	/* Enter: the next request of the same contact keeps who and starts at what. */
	ui_press(f, "Enter");
	ui_must_show(f, "même contact");
	ui_keys(f, "'Lampadaire éteint' F8");
	struct loaded l;
	assert_int_equal(store_load_id(f->desk->store, call_newest(f).id, &l, NULL), GUICHET_OK);
	assert_string_equal(request_text(&l.request, FIELD_CATEGORY), "a-qualifier");
	loaded_done(&l);
	char *contact = call_last_contact(f);
	assert_string_equal(contact, "phone created 2");
	free(contact);
	/* The next call may be typed at once: its number opens it. */
	ui_type(f, "07");
	ui_must_show(f, "Téléphone");
	ui_must_not_show(f, "Lefèvre");
}

/* Protects the first key of the first call from waiting: what it will look words up in is made while nothing else is to be done, and not for who only looks. */
static void test_words_made_ready(void **state)
{
	struct ui_fixture *f = *state;
	assert_null(*ui_calls(f->ui));
	ui_open(f->ui, &view_todo, NULL);
	assert_null(*ui_calls(f->ui));
	ui_tick(f->ui);
	assert_non_null(*ui_calls(f->ui));
	ui_fixture_as(f, &fixture_chief, true);
	ui_open(f->ui, &view_todo, NULL);
	ui_tick(f->ui);
	assert_null(*ui_calls(f->ui));
}

/* --- values, errors --- */

/* Protects F4: ranked by what the subject says, filtered, and the choice goes on to the next field. */
static void test_list_of_values(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'dépôt sauvage' Tab F4");
	ui_must_show(f, "Motif : d'abord");
	ui_golden(f, "call-values");
	ui_keys(f, "Enter 'bois' Tab F8");
	char *stored = call_record_text(f);
	assert_non_null(strstr(stored, "depot\nvoirie\nreport\nbois\ndépôt sauvage"));
	free(stored);
}

/* Protects from lost typing: what is wrong is said beside its field, the cursor goes there, and nothing is recorded. */
static void test_errors_beside_their_fields(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'061234' Tab 'Durand' Tab Tab 'zzzz' Tab");
	ui_must_show(f, "inconnu : F4 montre la liste");
	ui_press(f, "F8");
	assert_int_equal(call_requests(f), 0);
	ui_must_show(f, "rien n'est enregistré");
	ui_must_show(f, "à remplir : la demande en quelques mots");
	ui_golden(f, "call-errors");
}

/* Protects the law: the warning is one line and never blocks. */
static void test_privacy_warns(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Trou' C-s e 'Son numéro est 1 85 05 78 006 084 91'");
	ui_must_show(f, "! numéro de sécurité sociale");
	ui_press(f, "F8");
	assert_int_equal(call_requests(f), 1);
	ui_must_show(f, "Attention");
}

/* Protects F4 in the place: streets that this commune's requests were about, filtered without accents, with the number that is typed before or after. */
static void test_streets(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	FIXTURE_LOG(f->desk, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues", .address = "14 bis, avenue de l'Écluse, 35000 Aigues");
	FIXTURE_LOG(f->desk, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues", .address = "2 av. de l'ecluse");
	FIXTURE_LOG(f->desk, .subject = "Trou", .category = "nid-de-poule", .commune = "bois", .address = "9 rue Éloignée");
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Gravats' Tab 'depot' Tab 'aigues' Tab F4");
	ui_must_show(f, "Rues connues de la commune");
	ui_must_show(f, "rue des Lilas");
	ui_must_show(f, "2 demandes");
	ui_must_not_show(f, "Éloignée");
	ui_golden(f, "call-streets");
	ui_keys(f, "'eclu' Enter");
	ui_must_show(f, "le numéro, puis Tab");
	ui_keys(f, "'7 ter' Tab");
	ui_must_show(f, "7 ter avenue de l'Écluse");
	ui_keys(f, "S-Tab C-a '12 lil' F4 Enter");
	ui_must_show(f, "12 rue des Lilas");
	ui_press(f, "F8");
	char *stored = call_record_text(f);
	assert_non_null(strstr(stored, "12 rue des Lilas"));
	free(stored);
}

/* Protects F4 in a commune of more streets than a list holds: what is typed there is looked for in the store, also where a letter is taken back. */
static void test_streets_beyond(void **state)
{
	struct ui_fixture *f = *state;
	char address[64];
	call_lefevre(f);
	assert_int_equal(store_begin(f->desk->store, NULL), GUICHET_OK);
	FIXTURE_LOG(f->desk, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues", .address = "3 impasse Perdue");
	FIXTURE_LOG(f->desk, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues", .address = "3 sente Perlée");
	for (int i = 0; i < 420; i++) {
		snprintf(address, sizeof address, "5 rue Numéro %c%c", 'a' + i / 21, 'a' + i % 21);
		FIXTURE_LOG(f->desk, .subject = "Trou", .category = "nid-de-poule", .commune = "aigues", .address = address);
	}
	assert_int_equal(store_commit(f->desk->store, NULL), GUICHET_OK);
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Gravats' Tab 'depot' Tab 'aigues' Tab '8 ' F4");
	ui_must_show(f, "400/400");
	ui_keys(f, "'perdz'");
	ui_must_show(f, "aucune valeur");
	ui_keys(f, "Backspace");
	ui_must_show(f, "impasse Perdue");
	ui_must_not_show(f, "sente Perlée");
	ui_keys(f, "Backspace");
	ui_must_show(f, "sente Perlée");
	ui_keys(f, "'d' Enter");
	ui_must_show(f, "8 impasse Perdue");
}

/* Protects F5: the value that the request before had, from the store when the screen was opened anew. */
static void test_repeat(void **state)
{
	struct ui_fixture *f = *state;
	ui_fixture_as(f, &fixture_agent, false);
	call_lefevre(f);
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab F5 Tab F5 Tab F5 Tab F5 F8");
	char *stored = call_record_text(f);
	assert_non_null(strstr(stored, "affaissement\nvoirie\nreport\naigues\nTrottoir affaissé\n3 rue des Lilas"));
	free(stored);
}

/* Protects F5 again and again: older values of the field, in this session, and none of anybody's name from the store. */
static void test_repeat_again(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	ui_keys(f, "'0644556677' Tab F5");
	ui_must_show(f, "rien n'a été tapé dans ce champ");
	ui_keys(f, "'Durand' Tab 'Trou' F8 n '0655667788' Tab 'Petit' Tab 'Bosse' F8 n '0666778899' Tab F5");
	ui_must_show(f, "Petit");
	ui_must_show(f, "valeur 1 sur 2");
	ui_press(f, "F5");
	ui_must_show(f, "Durand");
	ui_press(f, "C-z");
	ui_must_show(f, "Petit");
	ui_keys(f, "Tab F5 F5 F5");
	ui_must_show(f, "Trottoir affaissé");
	ui_press(f, "F5");
	ui_must_show(f, "Bosse");
	/* Another call form of the same session remembers as well; a new session does not. */
	ui_keys(f, "Escape");
	ui_fixture_as(f, &fixture_agent, false);
	call_open(f);
	ui_keys(f, "'0677889900' Tab F5");
	ui_must_not_show(f, "Petit");
	ui_keys(f, "Tab F5");
	ui_must_show(f, "Bosse");
}

/* --- other ends of a contact --- */

/* Protects the statistics of calls: a contact without a request takes two keys. */
static void test_outcome_in_two_keys(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_type(f, "0612345678");
	ui_press(f, "C-d");
	ui_golden(f, "call-outcome");
	ui_press(f, "f");
	char *contact = call_last_contact(f);
	assert_string_equal(contact, "phone wrong_number 0");
	assert_int_equal(call_requests(f), 0);
	assert_int_equal(call_draft_count(f), 0);
	free(contact);
}

/* Protects F9: recorded, answered and closed at once; an empty answer is refused. */
static void test_answered_on_the_phone(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Heures de la déchèterie' Tab 'hor' Tab F9 F8");
	assert_int_equal(call_requests(f), 0);
	ui_keys(f, "F9 'De 9 h à 18 h.' F8");
	struct loaded l;
	assert_int_equal(store_load_id(f->desk->store, call_newest(f).id, &l, NULL), GUICHET_OK);
	assert_int_equal(l.request.status, STATUS_CLOSED);
	assert_string_equal(request_answer(&l.request)->text, "De 9 h à 18 h.");
	loaded_done(&l);
	ui_must_show(f, "Répondue et clôturée");
}

/* Protects the storm of calls: one key makes a linked request of an anonymous caller. */
static void test_join_bulletin(void **state)
{
	struct ui_fixture *f = *state;
	struct op_id bulletin;
	int64_t parent = FIXTURE_LOG(f->desk, .subject = "Conduite rompue", .category = "fuite", .commune = "aigues", .told = "astreinte");
	desk_bulletin(f->desk->store, &fixture_chief, "Coupure d'eau rue des Lilas", "L'eau revient à midi.", "rue des Lilas", 0, parent, &bulletin, NULL);
	call_open(f);
	ui_must_show(f, "CONSIGNE  Coupure d'eau rue des Lilas");
	ui_golden(f, "call-bulletin");
	ui_press(f, "F6");
	struct loaded l;
	assert_int_equal(store_load_id(f->desk->store, call_newest(f).id, &l, NULL), GUICHET_OK);
	assert_int_equal(l.request.status, STATUS_DUPLICATE);
	assert_true(request_is_anonymous(&l.request));
	loaded_done(&l);
	ui_must_show(f, "L'eau revient à midi.");
}

/* Protects the caller who rings about what is promised: joined to their own request, with the promise to repeat. */
static void test_join_own(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	call_open(f);
	ui_keys(f, "'0612345678' F6");
	char *contact = call_last_contact(f);
	assert_string_equal(contact, "phone chased 1");
	assert_int_equal(call_requests(f), 1);
	ui_must_show(f, "réponse au plus tard le mercredi 2 décembre 2026");
	free(contact);
}

/* Protects "vous m'avez promis": every promise on what the caller waits for, when it was said, and whether it was kept; F6 notes that they rang about it. */
static void test_promises_at_once(void **state)
{
	struct ui_fixture *f = *state;
	call_lefevre(f);
	int64_t reference = call_newest(f).reference;
	f->desk->now_ms += 9 * 24 * 3600000LL;
	struct step_args promise = { .date_ms = f->desk->now_ms + 5 * 24 * 3600000LL, .reason = "sous-traitant en panne", .channel = "phone" };
	fixture_step(f->desk, reference, STEP_PROMISE, &promise);
	call_open(f);
	ui_type(f, "0612345678");
	ui_must_show(f, "24/11 → mer. 02/12 NON TENU");
	ui_must_show(f, "03/12 → mar. 08/12 en cours");
	ui_golden(f, "call-promises");
	ui_keys(f, "'' Tab 'Toujours rien' F6");
	char *contact = call_last_contact(f);
	assert_string_equal(contact, "phone added 1");
	free(contact);
	/* Answered in time: kept. */
	struct step_args answer = { .text = "Reprise faite.", .channel = "phone" };
	fixture_step(f->desk, reference, STEP_TAKE, &(struct step_args){ 0 });
	fixture_step(f->desk, reference, STEP_ANSWER, &answer);
	ui_keys(f, "n '0612345678' C-Down");
	ui_must_show(f, "mar. 08/12 tenu");
}

/* F7 wishes for a call back in opening hours; the request carries it. */
static void test_callback(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_keys(f, "'0644556677' Tab Tab 'Question' F7 F8");
	struct loaded l;
	assert_int_equal(store_load_id(f->desk->store, call_newest(f).id, &l, NULL), GUICHET_OK);
	assert_int_equal(l.request.callback_count, 1);
	assert_int_equal(l.request.callbacks[0].at_ms, paris_instant(day_from_date(2026, 11, 24), 13 * 60 + 30));
	loaded_done(&l);
}

/* --- drafts --- */

/* Protects what is typed: kept when a field is left, at most 2 s after a key, when the screen closes; gone once it is recorded. */
static void test_drafts_are_kept(void **state)
{
	struct ui_fixture *f = *state;
	call_open(f);
	ui_tick(f->ui);
	ui_type(f, "06");
	assert_int_equal(call_draft_count(f), 0);
	assert_int_equal(ui_next_tick_ms(f->ui), 2000);
	f->desk->now_ms += 2000;
	ui_tick(f->ui);
	struct call_draft_rows d = call_drafts(f);
	assert_string_equal(d.fields, "{\"channel\":\"téléphone\",\"phone\":\"06\"}");
	free(d.fields);
	f->desk->now_ms += 100;
	ui_keys(f, "'44556677' Tab");
	d = call_drafts(f);
	assert_non_null(strstr(d.fields, "06 44 55 66 77"));
	free(d.fields);
	ui_type(f, "Dur");
	call_save(ui_top(f->ui));
	d = call_drafts(f);
	assert_int_equal(d.count, 1);
	assert_non_null(strstr(d.fields, "Dur"));
	free(d.fields);
	/* Dropped by somebody else meanwhile: what is still being typed is kept all the same. */
	assert_int_equal(store_drop_draft(f->desk->store, d.id, NULL), GUICHET_OK);
	ui_keys(f, "'and' Tab");
	assert_int_equal(call_draft_count(f), 1);
	ui_keys(f, "'Trou' F8");
	d = call_drafts(f);
	assert_int_equal(d.count, 0);
	free(d.fields);
}

/* Protects the list: everybody's drafts, the old ones marked; Enter takes one up, validating drops it; x asks why and records it. */
static void test_drafts_view(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_drafts, NULL);
	ui_golden(f, "drafts-empty");
	ui_keys(f, "n '0644556677' Tab 'Durand Paul' Tab 'Trou' Tab Escape");
	ui_must_show(f, "mise de côté");
	f->desk->now_ms += 31 * 60000;
	int64_t other = 0;
	assert_int_equal(store_put_draft(f->desk->store, &other, NULL, "marie", "{\"phone\":\"0611223344\",\"subject\":\"Arbre tombé\",\"text\":\"Rue barrée\"}", NULL),
		GUICHET_OK);
	f->desk->now_ms += 60000;
	ui_press(f, "C-g");
	ui_must_show(f, "!! 1 de plus de 30 minutes");
	ui_golden(f, "drafts");
	ui_press(f, "Enter");
	ui_must_show(f, "Durand Paul");
	ui_press(f, "F8");
	assert_int_equal(call_draft_count(f), 1);
	char *stored = call_record_text(f);
	assert_non_null(strstr(stored, "Trou\n"));
	free(stored);
	ui_keys(f, "Escape x");
	ui_must_show(f, "Pourquoi jeter");
	ui_keys(f, "'faux' Enter");
	assert_int_equal(call_draft_count(f), 0);
	char *contact = call_last_contact(f);
	assert_string_equal(contact, "phone wrong_number 0");
	free(contact);
}

/* --- bulletins --- */

static void test_bulletins_view(void **state)
{
	struct ui_fixture *f = *state;
	ui_open(f->ui, &view_bulletins, NULL);
	ui_golden(f, "bulletins-empty");
	ui_keys(f, "C 'Verglas : les bus ne montent pas à Bois-Joli' Enter 'Reprise prévue à 10 h.' Enter 'Bois-Joli' Enter '24/11/2026 12:00' Enter Enter");
	ui_must_show(f, "Verglas");
	ui_golden(f, "bulletins");
	ui_keys(f, "x n");
	ui_must_show(f, "Verglas");
	ui_keys(f, "x o");
	ui_must_show(f, "Aucune consigne");
}

/* --- a store that refuses --- */

/* Protects what was typed when nothing can be written: the form stays, the message says what to do, and F8 works once the store answers. */
static void test_store_that_refuses(void **state)
{
	struct ui_fixture *f = *state;
	struct store_options read_only = { .read_only = true, .clock = clock_fixed(&f->desk->now_ms), .random = random_seeded(&f->desk->seed) };
	struct store *locked = NULL;
	assert_int_equal(store_open(f->desk->path, &read_only, &locked, NULL), GUICHET_OK);
	struct ui_options o = { .actor = fixture_agent };
	struct ui *mine = f->ui;
	f->ui = ui_new(locked, &o);
	call_open(f);
	ui_keys(f, "'0644556677' Tab 'Durand' Tab 'Trou' F8");
	ui_must_show(f, "Durand");
	ui_must_show(f, "saisie reste ici");
	ui_must_show(f, "NON GARDÉ");
	/* Leaving asks first; the answer is no unless it is said. */
	ui_keys(f, "Escape Enter");
	ui_must_show(f, "Durand");
	ui_keys(f, "Escape o");
	assert_true(ui_quitting(f->ui));
	ui_free(&f->ui);
	store_close(&locked);
	f->ui = mine;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ui_fixture_setup, ui_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_known_caller_in_8_keys), TEST(test_jump_types_nothing), TEST(test_new_caller_in_12_keys), TEST(test_burst_gives_the_same_record), TEST(test_phone_shows_the_caller),
		TEST(test_neighbours_while_typing), TEST(test_category_promises), TEST(test_danger_moves_no_field), TEST(test_done_is_read_out), TEST(test_list_of_values),
		TEST(test_errors_beside_their_fields), TEST(test_privacy_warns), TEST(test_words_made_ready), TEST(test_repeat), TEST(test_repeat_again), TEST(test_streets), TEST(test_outcome_in_two_keys),
		TEST(test_streets_beyond),
		TEST(test_answered_on_the_phone), TEST(test_join_bulletin), TEST(test_join_own), TEST(test_promises_at_once), TEST(test_callback), TEST(test_drafts_are_kept),
		TEST(test_drafts_view), TEST(test_bulletins_view), TEST(test_store_that_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
