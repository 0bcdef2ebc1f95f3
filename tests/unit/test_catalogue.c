// SPDX-License-Identifier: GPL-3.0-or-later
/* The catalogue: what a good one gives, what a bad one is told, packing, look-ups, imports and differences. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/core/catalogue.h"
#include "guichet/core/catalogue_diff.h"

enum { FILE_MAX = 1024 * 1024 };

/* --- A small catalogue that is right --- */

static const char metropole_ini[] =
	"[metropole]\nname = Métropole VERTE\nphone = 01 23 45 67 89\ncalendar = bureau\ndesk = proximite\nunsorted = a-qualifier\n"
	"[calendar:bureau]\nname = Bureaux\nmonday = \"13:30-17:30 08:30-12:00\"\ntuesday = \"08:30-12:00\"\nwednesday = \"08:30-12:00\"\n"
	"thursday = \"08:30-12:00\"\nfriday = \"08:30-12:00\"\nsaturday = \"\"\nsunday = \"\"\n"
	"[calendar:astreinte]\nname = Astreinte\nmonday = \"00:00-24:00\"\ntuesday = \"00:00-24:00\"\nwednesday = \"00:00-24:00\"\n"
	"thursday = \"00:00-24:00\"\nfriday = \"00:00-24:00\"\nsaturday = \"00:00-24:00\"\nsunday = \"00:00-24:00\"\nholidays = open\n"
	"[closure:noel]\ncalendars = bureau\nfrom = 2026-12-24\nto = 2026-12-24\nhours = \"13:30-17:30\"\nname = veille de Noël\n"
	"[closure:pont]\ncalendars = all\nfrom = 2026-05-15\nto = 2026-05-16\nname = pont de l'Ascension\n"
	"[service:proximite]\nname = Service de Proximité\ncalendar = bureau\n"
	"[service:voirie]\nname = Voirie\ncalendar = bureau\non_call_calendar = astreinte\non_call_phone = 01 23 45 67 80\n"
	"[body:ville]\nname = Ville centre\nkind = town\nphone = 3975\n"
	"[commune:aigues]\nname = Aigues-sur-Verte\npostcodes = \"73010, 73020\"\ntown_hall = ville\ninhabitants = 1200\n"
	"latitude = 45.25\nlongitude = -5.5\n"
	"[commune:bois]\nname = Bois-Joli\npostcodes = 73020\n"
	"[commune:sainte-foy]\nname = Sainte-Foy-le-Haut\npostcodes = 73030\n";

static const char categories_ini[] =
	"[group:voirie]\nname = Voirie\n[group:chaussee]\nname = Chaussée\nparent = voirie\n"
	"[defaults:courant]\nanswer = 5j\nacknowledge = 1j\nacknowledge.post = 14jc\nacknowledge.email = 1h\ntake = 4h\nlegal = 2mois\nsilence = refuses\npriority = 2\nnear_metres = 80\nnear_hours = 72\n"
	"[category:nid-de-poule]\nname = Nid de poule\ngroup = chaussee\nnature = report\nservice = voirie\ndefaults = courant\n"
	"acknowledge = 2h\nacknowledge.email = 3j\nacknowledge.web = non\ndanger = yes\ntake = 90min\nlegal = non\nsilence = none\nwords = \"trou, nid de poule\"\nexcept.aigues = body:ville\n"
	"[category:a-qualifier]\nname = À qualifier\ngroup = voirie\nnature = information\nanswer = 2h\nacknowledge.post = 14jc\nshort_path = yes\n"
	"[script:horaires]\nquestion = Quels sont vos horaires ?\ncategory = a-qualifier\ntext_file = scripts/horaires.txt\n";

static const char hours_txt[] = "Du lundi au vendredi.\r\nFerme\xcc\x81 le dimanche.\n\n"; /* é in two code points */

static void good_source(struct catalogue_source *s)
{
	catalogue_source_add(s, "motifs/tous.ini", categories_ini, strlen(categories_ini));
	catalogue_source_add(s, "metropole.ini", metropole_ini, strlen(metropole_ini));
	catalogue_source_add(s, "scripts/horaires.txt", hours_txt, strlen(hours_txt));
}

static struct catalogue *build(const struct catalogue_source *s)
{
	struct problems problems = {0};
	struct catalogue *c = NULL;
	enum guichet_rc rc = catalogue_build(s, &c, &problems);
	for (size_t i = 0; i < problems.count; i++)
		print_error("%s:%d: %s\n", problems.items[i].file, problems.items[i].line, problems.items[i].message);
	problems_done(&problems);
	assert_int_equal(rc, GUICHET_OK);
	assert_non_null(c);
	return c;
}

static struct catalogue *build_good(void)
{
	struct catalogue_source s = {0};
	good_source(&s);
	struct catalogue *c = build(&s);
	catalogue_source_done(&s);
	return c;
}

/* The good catalogue with the first `from` of its two ini files replaced by `to`. */
static struct catalogue *build_edited(const char *from, const char *to)
{
	const char *const names[] = {"metropole.ini", "motifs/tous.ini"}, *const texts[] = {metropole_ini, categories_ini};
	struct catalogue_source s = {0};
	bool edited = false;
	for (int i = 0; i < 2; i++) {
		struct text text = TEXT_INIT;
		const char *at = strstr(texts[i], from);
		text_addn(&text, texts[i], at ? (size_t)(at - texts[i]) : strlen(texts[i]));
		if (at) {
			text_add(&text, to);
			text_add(&text, at + strlen(from));
			edited = true;
		}
		catalogue_source_add(&s, names[i], text_str(&text), text.len);
		text_done(&text);
	}
	assert_true(edited);
	catalogue_source_add(&s, "scripts/horaires.txt", hours_txt, strlen(hours_txt));
	struct catalogue *c = build(&s);
	catalogue_source_done(&s);
	return c;
}

/* Protects: what the files say is what the program works with: the Métropole and its calendars. Spans sorted, a
 * partial closure kept partial, "all" given to every calendar, closures in the order of days. */
static void test_good_calendars(void **state)
{
	(void)state;
	struct catalogue *c = build_good();
	assert_string_equal(c->name, "Métropole VERTE");
	assert_string_equal(c->phone, "01 23 45 67 89");
	assert_string_equal(c->calendar->code, "bureau");
	assert_string_equal(c->desk->code, "proximite");
	assert_true(c->desk->desk);
	assert_false(catalogue_service(c, "voirie")->desk);
	assert_string_equal(c->unsorted->code, "a-qualifier");
	assert_ptr_equal(c->unsorted->service, c->desk);
	assert_true(c->unsorted->short_path);
	assert_int_equal(c->calendar->span_count[0], 2);
	assert_int_equal(c->calendar->week[0][0].from, 8 * 60 + 30);
	assert_int_equal(c->calendar->week[0][1].to, 17 * 60 + 30);
	assert_int_equal(c->calendar->span_count[6], 0);
	assert_false(c->calendar->works_holidays);
	assert_int_equal(c->calendar->closure_count, 2);
	assert_string_equal(c->calendar->closures[0].name, "pont de l'Ascension");
	assert_int_equal(c->calendar->closures[0].first_day, day_from_date(2026, 5, 15));
	assert_int_equal(c->calendar->closures[0].last_day, day_from_date(2026, 5, 16));
	assert_int_equal(c->calendar->closures[0].to, 1440);
	assert_int_equal(c->calendar->closures[1].from, 13 * 60 + 30);
	assert_int_equal(catalogue_calendar(c, "astreinte")->closure_count, 1);
	assert_true(catalogue_calendar(c, "astreinte")->works_holidays);
	assert_int_equal(catalogue_calendar(c, "astreinte")->week[6][0].to, 1440);
	catalogue_free(&c);
	assert_null(c);
}

/* Protects: the same for categories (a category's own value wins over its defaults, "non" too), communes and scripts. */
static void test_good_categories(void **state)
{
	(void)state;
	struct catalogue *c = build_good();
	const struct category *m = catalogue_category(c, "nid-de-poule");
	assert_string_equal(m->path, "Voirie > Chaussée > Nid de poule");
	assert_int_equal(m->group->depth, 1);
	assert_int_equal(m->nature, NATURE_REPORT);
	assert_true(m->danger);
	assert_int_equal(m->priority, 2);
	assert_int_equal(m->near_metres, 80);
	assert_int_equal(m->near_hours, 72);
	assert_string_equal(m->words, "trou, nid de poule");
	assert_int_equal(m->targets[TARGET_ANSWER].unit, TARGET_DAYS); /* inherited */
	assert_int_equal(m->targets[TARGET_ANSWER].amount, 5);
	assert_int_equal(m->targets[TARGET_TAKE].unit, TARGET_MINUTES); /* its own wins */
	assert_int_equal(m->targets[TARGET_TAKE].amount, 90);
	assert_int_equal(m->targets[TARGET_LEGAL].unit, TARGET_NONE); /* "non" wins too */
	assert_int_equal(m->silence, SILENCE_NONE);
	assert_int_equal(m->targets[TARGET_COMPLETE].unit, TARGET_NONE);
	assert_int_equal(category_acknowledge(m, CHANNEL_POST).unit, TARGET_CALENDAR_DAYS); /* inherited */
	assert_int_equal(category_acknowledge(m, CHANNEL_EMAIL).amount, 3);                 /* its own wins */
	assert_int_equal(category_acknowledge(m, CHANNEL_WEB).unit, TARGET_NONE);           /* "non" wins too */
	assert_int_equal(category_acknowledge(m, CHANNEL_PHONE).unit, TARGET_MINUTES);      /* as for any */
	assert_int_equal(category_acknowledge(m, -1).unit, TARGET_MINUTES);
	assert_int_equal(c->unsorted->priority, 3);
	assert_int_equal(c->unsorted->near_hours, 168);

	const struct commune *aigues = catalogue_commune(c, "aigues");
	assert_int_equal(aigues->postcode_count, 2);
	assert_string_equal(aigues->postcodes[1], "73020");
	assert_ptr_equal(aigues->town_hall, catalogue_body(c, "ville"));
	assert_int_equal(aigues->inhabitants, 1200);
	assert_true(aigues->latitude > 45.2499 && aigues->latitude < 45.2501);
	assert_true(aigues->longitude < -5.4999 && aigues->longitude > -5.5001);

	const struct script *x = catalogue_script(c, "horaires");
	assert_string_equal(x->text, "Du lundi au vendredi.\nFermé le dimanche.");
	assert_ptr_equal(x->category, c->unsorted);
	catalogue_free(&c);
}

/* Protects: routing. An exception holds in its commune alone; nothing is ever without someone to answer for it. */
static void test_competence(void **state)
{
	(void)state;
	struct catalogue *c = build_good();
	const struct category *m = catalogue_category(c, "nid-de-poule");
	struct competence k = catalogue_competence(c, m, catalogue_commune(c, "aigues"));
	assert_ptr_equal(k.body, catalogue_body(c, "ville"));
	assert_null(k.service);
	k = catalogue_competence(c, m, catalogue_commune(c, "bois"));
	assert_ptr_equal(k.service, catalogue_service(c, "voirie"));
	assert_null(k.body);
	k = catalogue_competence(c, m, NULL);
	assert_ptr_equal(k.service, catalogue_service(c, "voirie"));
	k = catalogue_competence(c, NULL, NULL);
	assert_ptr_equal(k.service, c->desk);
	catalogue_free(&c);
}

/* Protects: what an agent or a file may write for a code; and that a name or postcode that several bear picks none of
 * them. */
static void test_lookups(void **state)
{
	(void)state;
	struct catalogue *c = build_good();
	const struct category *m = catalogue_category(c, "nid-de-poule");
	assert_non_null(m);
	assert_ptr_equal(catalogue_category(c, "NID de Poule"), m);
	assert_ptr_equal(catalogue_category(c, "voirie > chaussee > nid de poule"), m);
	assert_ptr_equal(catalogue_service(c, "service de proximite"), c->desk);
	assert_ptr_equal(catalogue_commune(c, "AIGUES SUR VERTE"), catalogue_commune(c, "aigues"));
	assert_string_equal(catalogue_commune(c, "73010")->code, "aigues");
	assert_null(catalogue_commune(c, "73020"));
	assert_null(catalogue_commune(c, ""));
	assert_ptr_equal(catalogue_commune(c, "STE FOY LE HAUT"), catalogue_commune(c, "sainte-foy"));
	assert_ptr_equal(catalogue_commune(c, "Ste-Foy"), catalogue_commune(c, "sainte-foy"));
	assert_null(catalogue_commune(c, "St Foy"));
	assert_null(catalogue_category(c, "nid"));
	assert_null(catalogue_service(c, "nid-de-poule"));
	assert_null(catalogue_script(c, "horaire"));
	catalogue_free(&c);
}

static void assert_near(const struct catalogue *c, char kind, const char *wanted, const char *said)
{
	struct text out = TEXT_INIT;
	catalogue_near_codes(c, kind, wanted, &out);
	assert_string_equal(text_str(&out), said);
	text_done(&out);
}

/* Protects: a mistyped code is helped, and only when something is really near. */
static void test_near(void **state)
{
	(void)state;
	struct catalogue *c = build_good();
	assert_near(c, 'm', "nid-de-poulle", "vouliez-vous dire nid-de-poule ?");
	assert_near(c, 'm', "poule", "vouliez-vous dire nid-de-poule ?");
	assert_near(c, 'm', "encombrants", "");
	assert_near(c, 's', "vorie", "vouliez-vous dire voirie ?");
	assert_near(c, 's', "viorie", "vouliez-vous dire voirie ?");
	assert_near(c, 's', "Proximité", "vouliez-vous dire proximite ?");
	assert_near(c, 'c', "73020", "vouliez-vous dire aigues ou bois ?");
	assert_near(c, 'c', "Bois Jolie", "vouliez-vous dire bois ?");
	assert_near(c, 'o', "vile", "vouliez-vous dire ville ?");
	assert_near(c, 'k', "bureaux", "vouliez-vous dire bureau ?");
	assert_near(c, 'm', "", "");
	catalogue_free(&c);
}

/* --- A catalogue with every kind of mistake --- */

static struct catalogue_source *walked;
static size_t walked_prefix;

static int add_walked(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char *data;
	size_t bytes;
	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	assert_int_equal(file_read(path, FILE_MAX, &data, &bytes, NULL), GUICHET_OK);
	catalogue_source_add(walked, path + walked_prefix, data, bytes);
	free(data);
	return 0;
}

static void read_folder(const char *folder, struct catalogue_source *s)
{
	walked = s;
	walked_prefix = strlen(folder) + 1;
	nftw(folder, add_walked, 16, FTW_PHYS);
}

struct expectation {
	char *file, *fragment;
	int line;
	bool met;
};
struct expectations {
	struct expectation *items;
	size_t count, capacity;
};

static void expect(struct expectations *list, const char *file, int line, const char *fragment, size_t bytes)
{
	GUICHET_GROW(list->items, list->count, list->capacity);
	list->items[list->count++] =
		(struct expectation){guichet_strdup(file), guichet_strndup(fragment, bytes), line, false};
}

/* "; ! fragment" announces a problem on the next line that is no comment. */
static void read_expectations(const struct catalogue_file *f, struct expectations *list)
{
	size_t first_open = list->count;
	int line = 1;
	for (const char *p = f->data; *p; line++) {
		size_t bytes = strcspn(p, "\n");
		if (strncmp(p, "; ! ", 4) == 0) {
			expect(list, f->name, 0, p + 4, bytes - 4);
		} else if (bytes > 0 && *p != ';') {
			for (; first_open < list->count; first_open++)
				list->items[first_open].line = line;
		}
		p += bytes + (p[bytes] == '\n');
	}
	assert_int_equal(first_open, list->count);
}

static bool meet(struct expectations *list, const struct problem *p)
{
	for (size_t i = 0; i < list->count; i++) {
		struct expectation *e = &list->items[i];
		if (!e->met && e->line == p->line && strcmp(e->file, p->file) == 0 && strstr(p->message, e->fragment))
			return e->met = true;
	}
	return false;
}

/* Protects: an administrator sees every mistake at once, each with its file, its line and what to write instead, and
 * none that is not one. */
static void test_bad_folder(void **state)
{
	(void)state;
	struct catalogue_source s = {0};
	struct expectations list = {0};
	struct problems problems = {0};
	struct catalogue *c = NULL;
	int failures = 0;
	read_folder("tests/fixtures/catalogue-bad", &s);
	assert_true(s.count > 5);
	for (size_t i = 0; i < s.count; i++) {
		if (strstr(s.files[i].name, ".ini"))
			read_expectations(&s.files[i], &list);
	}
	expect(&list, "scripts/bonne.txt", 0, "rien ne se sert de ce fichier", strlen("rien ne se sert de ce fichier"));
	expect(&list, "scripts/latin1.txt", 2, "attendu en UTF-8", strlen("attendu en UTF-8"));
	expect(&list, "scripts/vide.txt", 0, "vide", strlen("vide"));
	expect(&list, "scripts/modele.txt", 4, "{réference} : champ inconnu", strlen("{réference} : champ inconnu"));
	expect(&list, "scripts/modele.txt", 5, "{si lieu} sans {fin}", strlen("{si lieu} sans {fin}"));
	expect(&list, "scripts/partie.txt", 1, "{inclure troue} : attendu", strlen("{inclure troue} : attendu"));

	assert_int_equal(catalogue_build(&s, &c, &problems), GUICHET_CONFIG);
	assert_null(c);
	for (size_t i = 0; i < problems.count; i++) {
		const struct problem *p = &problems.items[i];
		if (i > 0 && strcmp(problems.items[i - 1].file, p->file) > 0)
			failures++;
		if (!meet(&list, p)) {
			print_error("inattendu : %s:%d: %s\n", p->file, p->line, p->message);
			failures++;
		}
	}
	for (size_t i = 0; i < list.count; i++) {
		if (!list.items[i].met) {
			print_error("manque : %s:%d: %s\n", list.items[i].file, list.items[i].line, list.items[i].fragment);
			failures++;
		}
		free(list.items[i].file);
		free(list.items[i].fragment);
	}
	free(list.items);
	problems_done(&problems);
	catalogue_source_done(&s);
	assert_int_equal(failures, 0);
}

static void assert_problem(const struct catalogue_source *s, const char *fragment)
{
	struct problems problems = {0};
	struct catalogue *c = NULL;
	assert_int_equal(catalogue_build(s, &c, &problems), GUICHET_CONFIG);
	assert_null(c);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.items[0].message, fragment));
	problems_done(&problems);
}

/* Protects: mistakes that concern no line of any file. */
static void test_bad_whole(void **state)
{
	(void)state;
	struct catalogue_source s = {0};
	assert_problem(&s, "il manque la section [metropole]");
	good_source(&s);
	catalogue_source_add(&s, "motifs/tous.ini", "", 0);
	assert_problem(&s, "fichier donné deux fois");
	catalogue_source_done(&s);
}

/* Protects: problems that were in the list before do not count as the catalogue's. */
static void test_problems_before(void **state)
{
	(void)state;
	struct catalogue_source s = {0};
	struct problems problems = {0};
	struct catalogue *c = NULL;
	good_source(&s);
	problems_add(&problems, "guichet.ini", 3, "autre chose");
	assert_int_equal(catalogue_build(&s, &c, &problems), GUICHET_OK);
	assert_non_null(c);
	assert_int_equal(problems.count, 1);
	catalogue_free(&c);
	problems_done(&problems);
	catalogue_source_done(&s);
}

/* Protects: a file cut anywhere (full disk, torn transfer) never crashes the build, and gives a catalogue only
 * without problems. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	size_t built = 0;
	for (size_t cut = 0; cut <= strlen(categories_ini); cut++) {
		struct catalogue_source s = {0};
		struct problems problems = {0};
		struct catalogue *c = NULL;
		catalogue_source_add(&s, "metropole.ini", metropole_ini, strlen(metropole_ini));
		catalogue_source_add(&s, "motifs/tous.ini", categories_ini, cut);
		catalogue_source_add(&s, "scripts/horaires.txt", hours_txt, strlen(hours_txt));
		enum guichet_rc rc = catalogue_build(&s, &c, &problems);
		assert_int_equal(rc == GUICHET_OK, c != NULL);
		assert_int_equal(rc == GUICHET_OK, problems.count == 0);
		built += c != NULL;
		catalogue_free(&c);
		problems_done(&problems);
		catalogue_source_done(&s);
	}
	assert_in_range(built, 1, 2); /* whole, with or without the last line's end */
}

/* --- Packing --- */

/* Protects: the store keeps a catalogue as one text under its hash, and gets the same catalogue back. */
static void test_pack(void **state)
{
	(void)state;
	struct catalogue_source s = {0}, back = {0}, moved = {0};
	struct text packed = TEXT_INIT, again = TEXT_INIT;
	uint8_t hash[32], other[32];
	good_source(&s);
	catalogue_source_add(&s, "vide.txt", "", 0);
	catalogue_source_add(&s, "nul.txt", "a\0b\n12 x\n", 9);
	catalogue_source_pack(&s, &packed);
	catalogue_source_hash(&s, hash);
	assert_int_equal(catalogue_source_unpack(packed.data, packed.len, &back, NULL), GUICHET_OK);
	assert_int_equal(back.count, s.count);
	catalogue_source_hash(&back, other);
	assert_memory_equal(hash, other, sizeof(hash));
	catalogue_source_pack(&back, &again);
	assert_int_equal(packed.len, again.len);
	assert_memory_equal(packed.data, again.data, packed.len);
	assert_string_equal(back.files[1].name, "motifs/tous.ini"); /* sorted */
	assert_memory_equal(back.files[1].data, categories_ini, back.files[1].bytes);

	/* A byte that moves from one file to the next makes another catalogue. */
	catalogue_source_add(&moved, "a.ini", "xy", 2);
	catalogue_source_add(&moved, "b.ini", "z", 1);
	catalogue_source_hash(&moved, hash);
	catalogue_source_done(&moved);
	catalogue_source_add(&moved, "a.ini", "x", 1);
	catalogue_source_add(&moved, "b.ini", "yz", 2);
	catalogue_source_hash(&moved, other);
	assert_memory_not_equal(hash, other, sizeof(hash));
	catalogue_source_done(&moved);
	catalogue_source_done(&back);
	catalogue_source_done(&s);
	text_done(&packed);
	text_done(&again);
}

static enum guichet_rc unpack(const char *data, size_t bytes)
{
	struct catalogue_source s = {0};
	struct guichet_err err = {0};
	enum guichet_rc rc = catalogue_source_unpack(data, bytes, &s, &err);
	if (rc != GUICHET_OK) {
		assert_int_equal(s.count, 0);
		assert_true(err.message[0]);
	}
	catalogue_source_done(&s);
	return rc;
}

/* Protects: a catalogue cut in a transfer or a store is refused, and a hostile one names no file outside its folder. */
static void test_unpack_refuses(void **state)
{
	(void)state;
	static const char *const refused[] = {"", "guichet-catalogue 2\n", "guichet-catalogue 1\n1 \nx\n",
		"guichet-catalogue 1\n1 ../a\nx\n", "guichet-catalogue 1\n1 a/../b\nx\n", "guichet-catalogue 1\n1 /etc/a\nx\n",
		"guichet-catalogue 1\n1 a//b\nx\n", "guichet-catalogue 1\n1 a/\nx\n", "guichet-catalogue 1\n1 ./a\nx\n",
		"guichet-catalogue 1\n1 a\\b\nx\n", "guichet-catalogue 1\n1 \xff\nx\n", "guichet-catalogue 1\n1 a\x1b\nx\n",
		"guichet-catalogue 1\n-1 a\nx\n", "guichet-catalogue 1\n99999999999999999999 a\nx\n",
		"guichet-catalogue 1\n2 a\nx\n", "guichet-catalogue 1\n1 a\nxy\n", "guichet-catalogue 1\n1 a\nx\n1 a\ny\n",
		"guichet-catalogue 1\n1 b\nx\n1 a\ny\n"};
	static const char taken[] = "guichet-catalogue 1\n1 a..b/.c\nx\n";
	struct catalogue_source s = {0};
	struct text packed = TEXT_INIT;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		assert_int_equal(unpack(refused[i], strlen(refused[i])), GUICHET_DATA);
	assert_int_equal(unpack(taken, strlen(taken)), GUICHET_OK);
	catalogue_source_add(&s, "a.ini", "texte", 5);
	catalogue_source_pack(&s, &packed);
	for (size_t cut = 0; cut < packed.len; cut++)
		assert_int_equal(unpack(packed.data, cut), cut == 20 ? GUICHET_OK : GUICHET_DATA); /* 20: no file yet */
	assert_int_equal(unpack(packed.data, packed.len), GUICHET_OK);
	text_done(&packed);
	catalogue_source_done(&s);
}

/* --- What an import adds --- */

/* Protects: an import may add thousands without moving what requests point at, nor hiding the catalogue's own names;
 * and what it adds has due dates. */
static void test_add(void **state)
{
	(void)state;
	struct catalogue *c = build_good();
	const struct service *voirie = catalogue_service(c, "voirie"),
						 *first = catalogue_add_service(c, "proprete", "Propreté");
	const struct category *hole = catalogue_category(c, "nid-de-poule"),
						  *mark = catalogue_add_category(c, "tags", "Tags", "Propreté > Tags", first);
	char code[32];
	assert_ptr_equal(catalogue_add_service(c, "voirie", "Autre nom"), voirie);
	assert_string_equal(voirie->name, "Voirie");
	assert_ptr_equal(catalogue_add_category(c, "nid-de-poule", "x", "y", first), hole);
	for (int i = 0; i < 3000; i++) {
		snprintf(code, sizeof(code), "import-%d", i);
		catalogue_add_service(c, code, code);
		catalogue_add_category(c, code, "Nid de poule", NULL, first);
	}
	assert_ptr_equal(catalogue_service(c, "voirie"), voirie);
	assert_ptr_equal(catalogue_add_service(c, "proprete", NULL), first);
	assert_string_equal(first->name, "Propreté");
	assert_true(first->imported);
	assert_ptr_equal(catalogue_service(c, "PROPRETE"), first);
	assert_ptr_equal(catalogue_category(c, "proprete > tags"), mark);
	assert_ptr_equal(catalogue_category(c, "Nid de Poule"), hole);
	assert_ptr_equal(catalogue_competence(c, mark, catalogue_commune(c, "bois")).service, first);
	assert_int_equal(mark->targets[TARGET_ANSWER].amount, c->unsorted->targets[TARGET_ANSWER].amount);
	assert_int_equal(category_acknowledge(mark, CHANNEL_POST).amount, 14);
	assert_int_not_equal(mark->targets[TARGET_ANSWER].unit, TARGET_NONE);
	assert_int_equal(c->category_count, 2 + 1 + 3000);
	assert_ptr_equal(c->categories[2], mark);
	catalogue_free(&c);
}

/* --- Words --- */

/* Protects: natures are read as files, JSON and people write them. */
static void test_labels(void **state)
{
	(void)state;
	enum nature n;
	for (int i = 0; i < NATURE_COUNT; i++) {
		assert_true(nature_parse(nature_code((enum nature)i), &n));
		assert_int_equal(n, i);
		assert_true(nature_parse(nature_label((enum nature)i), &n));
		assert_int_equal(n, i);
	}
	assert_true(nature_parse("RECLAMATION", &n));
	assert_int_equal(n, NATURE_COMPLAINT);
	assert_false(nature_parse("plainte", &n));
	assert_string_equal(target_kind_code(TARGET_LEGAL), "legal");
	assert_string_equal(target_kind_label(TARGET_TAKE), "prise en charge");
}

/* --- Differences --- */

static void collect(void *context, const struct catalogue_change *change)
{
	text_addf(
		context, "%s%s %s: %s\n", change->moves_dates ? "!" : "", change->subject, change->code, change->sentence);
}

static void assert_diff(const char *from, const char *to, const char *said, size_t count)
{
	struct catalogue *old = build_good(), *now = build_edited(from, to);
	struct text out = TEXT_INIT;
	catalogue_add_service(old, "importe", "Importé");
	catalogue_add_category(now, "importe", "Importé", NULL, now->desk);
	assert_int_equal(catalogue_diff(old, now, collect, &out), count);
	if (!strstr(text_str(&out), said))
		print_error("attendu : %s\nobtenu : %s\n", said, text_str(&out));
	assert_non_null(strstr(text_str(&out), said));
	text_done(&out);
	catalogue_free(&old);
	catalogue_free(&now);
}

/* Protects: `catalogue diff` tells a change once, under its code, and says whether due dates may move; what an import
 * added is no change of the catalogue. */
static void test_diff(void **state)
{
	(void)state;
	assert_diff("Voirie", "Voirie", "", 0);
	assert_diff("answer = 5j", "answer = 3j",
		"!category nid-de-poule: Motif nid-de-poule : réponse : 5 jours ouvrés -> 3 jours ouvrés.\n", 1);
	assert_diff("acknowledge.post = 14jc\n", "",
		"!category nid-de-poule: Motif nid-de-poule : accusé de réception (courrier) : 14 jours calendaires -> 2 heures ouvrées.\n", 1);
	assert_diff("tuesday = \"08:30-12:00\"", "tuesday = \"\"",
		"!calendar bureau: Calendrier bureau : mardi : 08:30-12:00 -> fermé.\n", 1);
	assert_diff("to = 2026-05-16", "to = 2026-05-15",
		"!calendar bureau: Calendrier bureau : ajout de la fermeture « pont de l'Ascension », le vendredi 15 mai 2026.\n",
		4);
	assert_diff("calendars = all", "calendars = bureau",
		"!calendar astreinte: Calendrier astreinte : suppression de la fermeture"
		" « pont de l'Ascension », du vendredi 15 mai 2026 au samedi 16 mai 2026.\n",
		1);
	assert_diff("hours = \"13:30-17:30\"\n", "hours = \"14:00-17:30\"\n", ", de 14:00 à 17:30.\n", 2);
	assert_diff("holidays = open\n", "",
		"!calendar astreinte: Calendrier astreinte : ouvert les jours fériés : oui -> non.\n", 1);
	assert_diff("on_call_phone = 01 23 45 67 80", "on_call_phone = 112",
		"service voirie: Service voirie : téléphone d'astreinte : « 01 23 45 67 80 » -> « 112 ».\n", 1);
	assert_diff("[service:voirie]", "[service:musees]\nname = Musées\ncalendar = bureau\n[service:voirie]",
		"service musees: Service musees : ajout de « Musées ».\n", 1);
	assert_diff("[commune:bois]", "[commune:foret]",
		"commune foret: Commune foret : ajout de « Bois-Joli ».\ncommune bois: Commune bois : suppression de « Bois-Joli ».\n",
		2);
	assert_diff(
		"\"73010, 73020\"", "73010", "commune aigues: Commune aigues : codes postaux : 73010, 73020 -> 73010.\n", 1);
	assert_diff("except.aigues = body:ville\n", "except.bois = service:voirie\n",
		"!category nid-de-poule: Motif nid-de-poule : compétence à bois : comme ailleurs -> service voirie.\n"
		"!category nid-de-poule: Motif nid-de-poule : compétence à aigues : organisme ville -> comme ailleurs.\n",
		2);
	assert_diff("nature = information\nanswer = 2h", "nature = opinion\nservice = voirie\nanswer = 2h",
		"!category a-qualifier: Motif a-qualifier : service compétent : proximite -> voirie.\n", 2);
	assert_diff("words = \"trou, ", "words = \"",
		"category nid-de-poule: Motif nid-de-poule : mots des usagers : texte modifié.\n", 1);
	assert_diff(
		"desk = proximite", "desk = voirie", "!metropole : Métropole : service du guichet : proximite -> voirie.\n", 2);
}

/* Protects: the catalogue that ships. */
static void test_shipped(void **state)
{
	(void)state;
	struct catalogue_source s = {0};
	read_folder("data/catalogue", &s);
	bool there = false;
	for (size_t i = 0; i < s.count; i++)
		there = there || strstr(s.files[i].name, ".ini");
	if (!there) {
		catalogue_source_done(&s);
		print_message("data/catalogue: skipped, no file yet\n");
		skip();
	}
	struct catalogue *c = build(&s);
	assert_true(c->category_count >= 80);
	assert_int_equal(c->commune_count, 22);
	assert_true(c->script_count >= 30);
	for (size_t i = 0; i < c->category_count; i++)
		assert_ptr_equal(catalogue_category(c, c->categories[i]->path), c->categories[i]);
	catalogue_free(&c);
	catalogue_source_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_calendars),
		cmocka_unit_test(test_good_categories),
		cmocka_unit_test(test_competence),
		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_near),
		cmocka_unit_test(test_bad_folder),
		cmocka_unit_test(test_bad_whole),
		cmocka_unit_test(test_problems_before),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_unpack_refuses),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_shipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
