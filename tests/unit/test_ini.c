// SPDX-License-Identifier: GPL-3.0-or-later
/* The INI reader: what it reads, and that no mistake passes in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guichet/base/ini.h"
#include "guichet/base/text.h"

struct parsed {
	struct ini ini;
	struct problems problems;
	enum guichet_rc rc;
};

/* Protects: what was found sound reads the same the second time, when not all of it goes through iniparser. */
static void same_again(const struct ini *first, const char *data, size_t bytes)
{
	struct ini again;
	struct problems problems = { 0 };

	assert_int_equal(ini_parse_again("essai.ini", data, bytes, &again, &problems), GUICHET_OK);
	assert_int_equal(again.count, first->count);
	assert_int_equal(again.section_count, first->section_count);
	for (size_t i = 0; i < first->count; i++) {
		assert_string_equal(again.entries[i].section, first->entries[i].section);
		assert_string_equal(again.entries[i].key, first->entries[i].key);
		assert_string_equal(again.entries[i].value, first->entries[i].value);
		assert_int_equal(again.entries[i].line, first->entries[i].line);
	}
	ini_done(&again);
	problems_done(&problems);
}

static struct parsed parse(const char *data, size_t bytes)
{
	struct parsed p = { 0 };

	p.rc = ini_parse("essai.ini", data, bytes, &p.ini, &p.problems);
	if (p.rc == GUICHET_OK)
		same_again(&p.ini, data, bytes);
	return p;
}

static void done(struct parsed *p)
{
	ini_done(&p->ini);
	problems_done(&p->problems);
}

static const char *value(const struct parsed *p, const char *section, const char *key)
{
	const struct ini_entry *e = ini_find(&p->ini, section, key);

	return e ? e->value : NULL;
}

/* Protects: every form of value that the catalogue's files use comes out as it was meant, with its line. */
static void reads_values_with_their_lines(void **state)
{
	static const char data[] =
		"\xEF\xBB\xBF# commentaire\r\n"
		"[Motif:Nid-de-Poule]\r\n"
		"nom = Nid de poule\r\n"
		"MOTS=\"trou; nid # poule\"\r\n"
		"  dire = 'il a dit \"oui\"'  \r\n"
		"vide =\r\n"
		"vide2 = \"\"\r\n"
		"egal = a=b\r\n"
		"l'eau = x\r\n"
		"[vide]\n"
		"[suite]\n"
		"liste = un, \\\n"
		"\t\tdeux, \\\n"
		"   trois\n"
		"mot = nid-\\\n"
		"de-poule\n"
		"apostrophe = rue de l'Église\n"
		"derniere = sans fin de ligne";
	struct parsed p = parse(data, sizeof data - 1);

	(void)state;
	assert_int_equal(p.rc, GUICHET_CONFIG);
	assert_int_equal(p.problems.count, 1); /* l'eau is no key */
	assert_int_equal(p.problems.items[0].line, 9);
	assert_string_equal(p.problems.items[0].file, "essai.ini");
	assert_string_equal(value(&p, "motif:nid-de-poule", "nom"), "Nid de poule");
	assert_string_equal(value(&p, "motif:nid-de-poule", "mots"), "trou; nid # poule");
	assert_string_equal(value(&p, "motif:nid-de-poule", "dire"), "il a dit \"oui\"");
	assert_string_equal(value(&p, "motif:nid-de-poule", "vide"), "");
	assert_string_equal(value(&p, "motif:nid-de-poule", "vide2"), "");
	assert_string_equal(value(&p, "motif:nid-de-poule", "egal"), "a=b");
	assert_string_equal(value(&p, "suite", "liste"), "un, deux, trois");
	assert_string_equal(value(&p, "suite", "mot"), "nid-de-poule");
	assert_string_equal(value(&p, "suite", "apostrophe"), "rue de l'Église");
	assert_string_equal(value(&p, "suite", "derniere"), "sans fin de ligne");
	assert_null(ini_find(&p.ini, "suite", "nom"));
	assert_null(ini_find(&p.ini, "absente", "nom"));
	assert_int_equal(ini_find(&p.ini, "suite", "liste")->line, 12);
	assert_int_equal(ini_find(&p.ini, "suite", "mot")->line, 15);
	assert_int_equal(p.ini.section_count, 3);
	assert_string_equal(p.ini.sections[1], "vide");
	assert_int_equal(p.ini.section_lines[1], 10);
	done(&p);
}

/* Protects: each mistake that iniparser would misread is reported at its line, and the lines around it are still read. */
static void refuses_what_iniparser_misreads(void **state)
{
	static const struct { const char *data; int line; const char *word; } cases[] = {
		{ "a = 1\n[s]\nz = 1\n", 1, "hors de toute section" },
		{ "[s]\nmot\nz = 1\n", 2, "sans « = »" },
		{ "[s]\na = 1 ; note\nz = 1\n", 2, "hors guillemets" },
		{ "[s]\na = 1 # note\nz = 1\n", 2, "hors guillemets" },
		{ "[s]\na = ;\nz = 1\n", 2, "hors guillemets" },
		{ "[s]\na = \"1\" ; note\nz = 1\n", 2, "après le guillemet" },
		{ "[s]\na = \"ouvert\nz = 1\n", 2, "non fermé" },
		{ "[s]\na = 'ouvert\nz = 1\n", 2, "non fermé" },
		{ "[autre\n[s]\nz = 1\n", 1, "crochet non fermé" },
		{ "[autre] x\n[s]\nz = 1\n", 1, "texte après" },
		{ "[]\n[s]\nz = 1\n", 1, "nom de section" },
		{ "[é]\n[s]\nz = 1\n", 1, "nom de section" },
		{ "[s]\nclé = 1\nz = 1\n", 2, "nom de clé" },
		{ "[s]\n= 1\nz = 1\n", 2, "nom de clé" },
		{ "[s]\na:b = 1\nz = 1\n", 2, "nom de clé" },
		{ "[s]\na = 1\n\nA = 2\nz = 1\n", 4, "déjà donnée ligne 2" },
		{ "[s]\na = 1\n[S]\nz = 1\n", 3, "déjà ouverte ligne 1" },
		{ "[s]\na = \xE9t\xE9\nz = 1\n", 2, "UTF-8" },
		{ "[s]\na = \xED\xA0\x80\nz = 1\n", 2, "UTF-8" },
		{ "[s]\na = \x1B[2J\nz = 1\n", 2, "U+001B" },
		{ "[s]\na = x\ry\nz = 1\n", 2, "U+000D" },
		{ "[s]\na = \xC2\x9Bx\nz = 1\n", 2, "U+009B" },
		{ "[s]\nz = 1\na = x \\", 3, "suite" },
		{ "[s]\na = x \\\\\n\nz = 1\n", 2, "deux" },
		{ "[s]\na = x \\ \\\n\nz = 1\n", 2, "deux" },
		{ "[s]\n# avale \\\nz = 1\n", 2, "avalerait" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct parsed p = parse(cases[i].data, strlen(cases[i].data));

		if (p.problems.count != 1)
			print_error("case %zu: %zu problems\n", i, p.problems.count);
		assert_int_equal(p.rc, GUICHET_CONFIG);
		assert_int_equal(p.problems.count, 1);
		assert_int_equal(p.problems.items[0].line, cases[i].line);
		if (!strstr(p.problems.items[0].message, cases[i].word))
			fail_msg("case %zu: \"%s\" lacks \"%s\"", i, p.problems.items[0].message, cases[i].word);
		assert_string_equal(value(&p, "s", "z"), "1");
		done(&p);
	}
}

/* Protects: all mistakes of a file come out at once, not only the first; a NUL hides none of them. */
static void reports_every_mistake(void **state)
{
	static const char data[] = "x = 1\n[a\n[s]\nk\nv = 1;2\nn = a\0b\nk2 = \"x\n";
	static const int lines[] = { 1, 2, 4, 5, 6, 7 };
	struct parsed p = parse(data, sizeof data - 1);

	(void)state;
	assert_int_equal(p.problems.count, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(p.problems.items[i].line, lines[i]);
	assert_non_null(strstr(p.problems.items[4].message, "U+0000"));
	done(&p);
}

/* Protects: keys below a section whose header is wrong are neither lost to another section nor reported one by one. */
static void keys_of_a_bad_section_go_nowhere(void **state)
{
	static const char data[] = "[bon]\na = 1\n[mauvais é]\nb = 2\nc = 3\n[fin]\nd = 4\n";
	struct parsed p = parse(data, sizeof data - 1);

	(void)state;
	assert_int_equal(p.problems.count, 1);
	assert_int_equal(p.ini.count, 2);
	assert_string_equal(value(&p, "bon", "a"), "1");
	assert_string_equal(value(&p, "fin", "d"), "4");
	done(&p);
}

/* Protects: "[a:b]" and key b of "[a]", one name for iniparser, stay two things. */
static void colons_do_not_collide(void **state)
{
	static const char data[] = "[a]\nb = valeur\n[a:b]\nc = autre\n[a:b:c]\nd = x\n";
	struct parsed p = parse(data, sizeof data - 1);

	(void)state;
	assert_int_equal(p.rc, GUICHET_OK);
	assert_string_equal(value(&p, "a", "b"), "valeur");
	assert_string_equal(value(&p, "a:b", "c"), "autre");
	assert_string_equal(value(&p, "a:b:c", "d"), "x");
	done(&p);
}

/* Protects: the length limit holds for one line and for its continuations, exactly, and long values below it are whole. */
static void limits_the_length_of_lines(void **state)
{
	(void)state;
	for (int continued = 0; continued < 2; continued++) {
		for (size_t bytes = 999; bytes <= 1001; bytes++) {
			struct text t = TEXT_INIT;
			struct parsed p;

			text_add(&t, "[s]\na=");
			for (size_t i = 2; i < bytes; i++) {
				if (continued && i == 500) {
					text_add(&t, "\\\n");
					i++;
				}
				text_addc(&t, 'x');
			}
			text_add(&t, "\nz = 1\n");
			p = parse(t.data, t.len);
			assert_int_equal(p.rc, bytes <= 1000 ? GUICHET_OK : GUICHET_CONFIG);
			if (bytes <= 1000)
				assert_int_equal(strlen(value(&p, "s", "a")), bytes - 2 - (size_t)continued);
			else
				assert_int_equal(p.problems.items[0].line, 2);
			assert_string_equal(value(&p, "s", "z"), "1");
			done(&p);
			text_done(&t);
		}
	}
}

/* Protects: a catalogue of thousands of entries (several of iniparser's dictionaries) is read whole and in file order. */
static void reads_thousands_of_entries(void **state)
{
	struct text t = TEXT_INIT;
	struct parsed p;

	(void)state;
	for (int i = 0; i < 500; i++)
		text_addf(&t, "[motif:m%d]\nnom = Motif %d\nmots = \"a, b, %d\"\nservice = voirie\ndelai = %dj\n", i, i, i, i % 9);
	p = parse(t.data, t.len);
	assert_int_equal(p.rc, GUICHET_OK);
	assert_int_equal(p.ini.count, 2000);
	assert_int_equal(p.ini.section_count, 500);
	for (int i = 0; i < 500; i++) {
		char section[32], expected[32];

		snprintf(section, sizeof section, "motif:m%d", i);
		snprintf(expected, sizeof expected, "Motif %d", i);
		assert_string_equal(value(&p, section, "nom"), expected);
		snprintf(expected, sizeof expected, "a, b, %d", i);
		assert_string_equal(value(&p, section, "mots"), expected);
		assert_int_equal(ini_find(&p.ini, section, "delai")->line, i * 5 + 5);
		assert_string_equal(p.ini.entries[i * 4 + 3].section, section);
	}
	done(&p);
	text_done(&t);
}

/* Protects: values are NFC whatever the editor wrote; an empty text is no mistake. */
static void values_are_nfc(void **state)
{
	static const char data[] = "[s]\na = e\xCC\x81t\xC3\xA9\n";
	struct parsed p = parse(data, sizeof data - 1);

	(void)state;
	assert_string_equal(value(&p, "s", "a"), "été");
	done(&p);
	p = parse("", 0);
	assert_int_equal(p.rc, GUICHET_OK);
	assert_int_equal(p.ini.count, 0);
	assert_null(ini_find(&p.ini, "s", "a"));
	done(&p);
}

/* Protects: a hostile value quoted in a problem can't act on the terminal that shows it. */
static void problems_are_harmless(void **state)
{
	struct problems list = { 0 };

	(void)state;
	problems_add(&list, "f.ini", 3, "valeur « %s »", "\x1B]0;x\x07\xE2\x80\xAE");
	assert_string_equal(list.items[0].message, "valeur « ␛]0;x␇‹U+202E› »");
	problems_done(&list);
	assert_int_equal(list.count, 0);
}

/* Protects: file_read gives whole files and tells an absent, a too large and a special file apart. */
static void reads_whole_files(void **state)
{
	char path[] = "/tmp/guichet-test-XXXXXX", *data;
	struct guichet_err err = { 0 };
	size_t bytes;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "ab\0cd", 5), 5);
	assert_int_equal(file_read(path, 5, &data, &bytes, &err), GUICHET_OK);
	assert_int_equal(bytes, 5);
	assert_memory_equal(data, "ab\0cd", 6);
	free(data);
	assert_int_equal(file_read(path, 4, &data, &bytes, &err), GUICHET_DATA);
	assert_null(data);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(file_read(path, 4, &data, &bytes, &err), GUICHET_OK);
	assert_int_equal(bytes, 0);
	assert_string_equal(data, "");
	free(data);
	close(fd);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(file_read(path, 4, &data, &bytes, &err), GUICHET_NO_INPUT);
	assert_non_null(strstr(err.message, path));
	assert_int_equal(file_read("/tmp", 4, &data, &bytes, &err), GUICHET_DATA);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_read(path, 4, &data, &bytes, &err), GUICHET_DATA);
	unlink(path);
}

/* Protects: each form of value at the edge of what is taken as it stands, one a file. */
static void values_at_the_edge(void **state)
{
	static const char *const values[] = { "a", "a b", "a=b", "=", "a\"b", "a\"", "a'b", "\"a\"", "\"a;b\"", "\"a # b\"", "\" a \"", "\"\"", "''", "'a'", "'a;b'", "\"a\\\"",
		"\"a=b\"", "\"", "e\xCC\x81t\xC3\xA9", "\"e\xCC\x81\"", "%s", "[a]", "\"[a]\"", "a\\b", ":", "\t\"a\"\t", "\"a\tb\"", "\"' '\"", "" };

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct text t = TEXT_INIT;
		struct parsed p;

		text_addf(&t, "[s]\nbefore = x\nkey = %s\nafter = \"y\"\n", values[i]);
		p = parse(text_str(&t), t.len);
		done(&p);
		text_done(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values_with_their_lines),
		cmocka_unit_test(refuses_what_iniparser_misreads),
		cmocka_unit_test(reports_every_mistake),
		cmocka_unit_test(keys_of_a_bad_section_go_nowhere),
		cmocka_unit_test(colons_do_not_collide),
		cmocka_unit_test(limits_the_length_of_lines),
		cmocka_unit_test(reads_thousands_of_entries),
		cmocka_unit_test(values_are_nfc),
		cmocka_unit_test(values_at_the_edge),
		cmocka_unit_test(problems_are_harmless),
		cmocka_unit_test(reads_whole_files),
	};

	return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
