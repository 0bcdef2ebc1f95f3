// SPDX-License-Identifier: GPL-3.0-or-later
/* Letters: the address block after NF Z10-011 and its place in the window, measured on the PDF; hostile texts; batches; the same input, the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"
#include "guichet/core/calendar.h"
#include "guichet/report/letter.h"
#include "guichet/store/store.h"

/* --- The block --- */

static void addressed(const char *title, const char *name, const char *organisation, const char *postal, const char *wanted)
{
	struct letter_address to;
	struct guichet_err err = {0};
	struct text lines = TEXT_INIT;

	if (letter_address_make(title, name, organisation, postal, &to, &err))
		fail_msg("%s: %s", postal, err.message);
	for (size_t i = 0; i < to.count; i++) {
		assert_true(utf8_width(to.lines[i]) <= LETTER_COLUMNS);
		text_addf(&lines, "%s%s", i ? "|" : "", to.lines[i]);
	}
	assert_string_equal(text_str(&lines), wanted);
	text_done(&lines);
}

static void refused(const char *name, const char *postal, const char *words)
{
	struct letter_address to;
	struct guichet_err err = {0};

	assert_int_equal(letter_address_make("", name, "", postal, &to, &err), GUICHET_DATA);
	if (!strstr(err.message, words))
		print_error("'%s' instead of '%s'\n", err.message, words);
	assert_non_null(strstr(err.message, words));
}

/* Protects: NF Z10-011: who, then where; capitals without accents and no punctuation from the street on; 38 characters, abbreviated only when too long. */
static void test_address(void **state)
{
	(void)state;
	addressed("Mme", "Odette Lefèvre", NULL, "12, rue de l'Église, 99000 Verdane", "Mme Odette Lefèvre|12 RUE DE L EGLISE|99000 VERDANE");
	addressed(NULL, "O. Lefèvre", "", "12bis rue des Lilas 99000 Croix-Fougères Cedex 2", "O. Lefèvre|12BIS RUE DES LILAS|99000 CROIX FOUGERES CEDEX 2");
	addressed("M.", "Paul Ndiaye", "Syndic Œuvre & Fils", "Bât. B, esc. 2\n3, allée des Ormes \n\nBP 12\r\n99010 Saint-Élan",
		"Syndic Œuvre & Fils|M. Paul Ndiaye|Bât. B, esc. 2|3 ALLEE DES ORMES|BP 12|99010 SAINT ELAN");
	addressed("Mme", "O. L.", "", "127 avenue du Général de Saint-Exupéry-Lacoste, 99000 Verdane", "Mme O. L.|127 AV DU GAL DE ST EXUPERY LACOSTE|99000 VERDANE");
	addressed("Mme", "Marie-Antoinette de la Rochefoucauld-Montbazon d'Uzès", NULL, "1 rue X, 1000 Bruxelles, Belgique",
		"Marie-Antoinette de la|Rochefoucauld-Montbazon d'Uzès|1 RUE X|1000 BRUXELLES|BELGIQUE");
}

/* Protects: addresses as people give them: lieux-dits, CEDEX, the army, codes written otherwise, the longest names of towns, other countries. */
static void test_hard_addresses(void **state)
{
	(void)state;
	addressed("M.", "Paul Ndiaye", NULL, "Lieu-dit Le Moulin-Brûlé, 99 120 Saint-Élan", "M. Paul Ndiaye|LIEU DIT LE MOULIN BRULE|99120 SAINT ELAN");
	addressed(NULL, "P. N.", NULL, "1 rue X\n99000 VERDANE CEDEX 9", "P. N.|1 RUE X|99000 VERDANE CEDEX 9");
	addressed(NULL, "P. N.", NULL, "Quai Ouest, F-99000 Verdane, France", "P. N.|QUAI OUEST|99000 VERDANE");
	addressed(NULL, "P. N.", NULL, "3 bis, quai Ouest\n99000\nVerdane\n", "P. N.|3 BIS QUAI OUEST|99000 VERDANE");
	addressed(NULL, "P. N.", NULL, "12 rue Haute, Verdane 99000", "P. N.|12 RUE HAUTE|99000 VERDANE");
	addressed("Adjudant", "Luc Perrin", "3e régiment de marche", "Bâtiment 12\nSP 65 432\n00200 ARMEES", "3e régiment de marche|Adjudant Luc Perrin|BATIMENT 12|SP 65 432|00200 ARMEES");
	addressed(NULL, "P. N.", NULL, "2 rue de l'Église, 51290 Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson", "P. N.|2 RUE DE L EGLISE|51290 ST REMY EN BOUZEMONT ST GENEST");
	addressed("Mr", "John Smith", NULL, "10 Downing Street\nLondon SW1A 2AA\nUnited Kingdom", "Mr John Smith|10 DOWNING STREET|LONDON SW1A 2AA|ROYAUME UNI");
	addressed(NULL, "Ana Lopes", NULL, "Rua Augusta 5, 1100-048 Lisboa, Portugal", "Ana Lopes|RUA AUGUSTA 5|1100-048 LISBOA|PORTUGAL");
	addressed(NULL, "A. B.", NULL, "5 Main Street, Dublin, Irlande", "A. B.|5 MAIN STREET|DUBLIN|IRLANDE");
	addressed(NULL, "A.\tB.\x1b[2J", NULL, "1 rue\tX,\x07 99000 Verdane", "A. B. [2J|1 RUE X|99000 VERDANE");
	refused("P. N.", "1 rue X, 1000 Bruxelles", "ni pays");
	refused("P. N.", "1 rue X, 99000", "code postal et localité");
	refused("P. N.", "Belgique", "ni pays");
}

/* Protects: what is no address is refused with words that say what to put right, and never cut in silence. */
static void test_address_refused(void **state)
{
	(void)state;
	refused("O. Lefèvre", NULL, "pas d'adresse postale");
	refused("O. Lefèvre", " , ", "pas d'adresse postale");
	refused("O. Lefèvre", "12 rue des Lilas", "localité");
	refused("", "12 rue des Lilas, 99000 Verdane", "pas de nom");
	refused("O. Lefèvre", "a, b, c, d, e, 12 rue des Lilas, 99000 Verdane", "6 lignes");
	refused("O. Lefèvre", "a,b,c,d,e,f,g,h,i,j,99000 Verdane", "6 lignes");
}

/* --- On paper: what poppler reads in the PDF --- */

static const struct letter_paper *paper_of(struct catalogue *c, bool exercise)
{
	static struct letter_paper paper;

	paper = (struct letter_paper){.catalogue = c, .exercise = exercise};
	return &paper;
}

static void setup(struct catalogue **c)
{
	struct catalogue_source source = {0};
	struct problems problems = {0};

	assert_int_equal(catalogue_read_folder("data/catalogue", &source, NULL), GUICHET_OK);
	assert_int_equal(catalogue_build(&source, c, &problems), GUICHET_OK);
	catalogue_source_done(&source);
	problems_done(&problems);
}

/* What `argv` makes of the bytes, NUL-terminated, to free; NULL where there is no such program. */
static char *filter(char *const argv[], const char *data, size_t bytes)
{
	int in = memfd_create("in", 0), out = memfd_create("out", 0), status;
	pid_t child;

	assert_true(in >= 0 && out >= 0);
	assert_int_equal(write(in, data, bytes), bytes);
	lseek(in, 0, SEEK_SET);
	child = fork();
	if (child == 0) {
		dup2(in, 0);
		dup2(out, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	off_t size = lseek(out, 0, SEEK_END);
	char *result = WEXITSTATUS(status) == 127 ? NULL : guichet_alloc((size_t)size + 1);
	if (result)
		assert_int_equal(pread(out, result, (size_t)size, 0), size);
	close(in);
	close(out);
	return result;
}

static char *words_of(const struct letter_pdf *pdf, bool boxes)
{
	char *const plain[] = {"pdftotext", "-layout", "-", "-", NULL}, *const bbox[] = {"pdftotext", "-bbox", "-", "-", NULL};
	char *text = filter(boxes ? bbox : plain, pdf->data, pdf->bytes);

	if (!text) {
		print_message("skipped: no pdftotext (package poppler-utils)\n");
		skip();
	}
	return text;
}

static void make(struct catalogue *c, bool exercise, const struct letter *letters, size_t count, struct letter_pdf *pdfs)
{
	struct guichet_err err = {0};
	enum guichet_rc rc = letters_make(paper_of(c, exercise), letters, count, pdfs, &err);

	if (rc == GUICHET_UNAVAILABLE) {
		print_message("skipped: %s\n", err.message);
		skip();
	}
	if (rc)
		fail_msg("%s", err.message);
}

static struct letter widest(void)
{
	struct letter l = {.subject = "Essai", .text = "Madame,\n\nUn mot.", .reference = "31 40 03 21 06", .their_reference = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
		.service = "Gestion des déchets ménagers et assimilés de la Métropole", .agent = "Marie-Antoinette de la Rochefoucauld", .day = day_from_date(2026, 12, 1)};

	for (l.to.count = 0; l.to.count < LETTER_LINES; l.to.count++)
		memset(l.to.lines[l.to.count], 'W', LETTER_COLUMNS);
	return l;
}

/* Protects: the widest and tallest address stands whole in what the window of a DL envelope always shows, wherever the sheet slides; and nothing else ever shows. */
static void test_window(void **state)
{
	const double mm = 25.4 / 72;
	struct catalogue *c;
	struct letter l = widest();
	struct letter_pdf pdf;
	int inside = 0;

	(void)state;
	setup(&c);
	make(c, true, &l, 1, &pdf);
	char *boxes = words_of(&pdf, true);
	for (const char *at = strstr(boxes, "<word "); at; at = strstr(at + 1, "<word ")) {
		double x0, y0, x1, y1;
		char word[64] = "";
		assert_int_equal(sscanf(at, "<word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" yMax=\"%lf\">%63[^<]", &x0, &y0, &x1, &y1, word), 5);
		x0 *= mm, y0 *= mm, x1 *= mm, y1 *= mm;
		if (strlen(word) == LETTER_COLUMNS && strspn(word, "W") == LETTER_COLUMNS && x0 > WINDOW_SLIDES_LEFT) {
			print_message("address line %d: %.1f to %.1f mm, %.1f to %.1f mm\n", ++inside, x0, x1, y0, y1);
			assert_true(x0 >= WINDOW_LEFT && x1 <= WINDOW_RIGHT);
			assert_true(y0 >= WINDOW_TOP && y1 <= WINDOW_BOTTOM);
		} else if (x1 > WINDOW_SLIDES_LEFT && y1 > WINDOW_SLIDES_TOP && y0 < WINDOW_SLIDES_BOTTOM) {
			fail_msg("'%s' may show in the window: %.1f to %.1f mm, %.1f to %.1f mm", word, x0, x1, y0, y1);
		}
	}
	assert_int_equal(inside, LETTER_LINES);
	free(boxes);
	letter_pdf_done(&pdf);
	catalogue_free(&c);
}

/* Protects: what a citizen wrote is printed as it stands: no request, escape or string of troff's; what the fonts lack leaves a mark. */
static void test_hostile(void **state)
{
	struct catalogue *c;
	struct letter l = widest();
	struct letter_pdf pdf;

	(void)state;
	setup(&c);
	l.subject = ".so /etc/passwd \\*[x]\n.tm guichet:letter 1 9";
	l.text = ".so /etc/passwd\n'br\n\\fBgras\\fP \\n[%] \\*[reference]\n.tm guichet:letter 1 9\n..\n.ex\n`^~\"\\\n\n\x1b[2J\x07 \u4f60 \U0001F600\n\u00e9\u0151\u0153\u20ac\n"
		"https://a.example/wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww/fin\n---\n.ab petit";
	make(c, false, &l, 1, &pdf);
	char *text = words_of(&pdf, false);
	static const char *const wanted[] = {".so /etc/passwd", "\u2019br", "\\fBgras\\fP \\n[%] \\*[reference]", ".tm guichet:letter 1 9", "\n..\n", ".ex", "`^~\"\\", "[2J",
		"? ?", "\u00e9o\u0153\u20ac", "/fin", ".ab petit", "page 1/1", "Odile Ferrandier"};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!strstr(text, wanted[i]))
			fail_msg("'%s' is not in:\n%s", wanted[i], text);
	assert_null(strstr(text, "root:"));
	assert_null(strstr(text, "EXERCICE"));
	free(text);
	letter_pdf_done(&pdf);
	catalogue_free(&c);
}

static size_t times(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		n++;
	return n;
}

/* Protects: letters of several pages made together are each whole, numbered, marked as an exercise on every page; the same input gives the same bytes; a batch holds
 * a slip and each letter as it was. */
static void test_batch(void **state)
{
	enum { COUNT = 3 };
	struct catalogue *c;
	struct letter l[COUNT];
	struct letter_pdf pdfs[COUNT], again[COUNT], batch, batch_again;
	struct letter_in_batch list[COUNT];
	struct text body = TEXT_INIT;
	struct guichet_err err = {0};

	(void)state;
	setup(&c);
	for (int i = 0; i < 120; i++)
		text_addf(&body, "Ligne %d de la lettre.\n", i);
	for (int i = 0; i < COUNT; i++) {
		l[i] = widest();
		l[i].reference = i == 1 ? "22 22 22 22 22" : "11 11 11 11 11";
	}
	l[1].text = text_str(&body);
	make(c, true, l, COUNT, pdfs);
	make(c, true, l, COUNT, again);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(pdfs[i].bytes, again[i].bytes);
		assert_memory_equal(pdfs[i].data, again[i].data, pdfs[i].bytes);
		assert_int_equal(pdfs[i].pages, i == 1 ? 3 : 1);
		list[i] = (struct letter_in_batch){&pdfs[i], l[i].reference, "Odette Lef\u00e8vre", "R\u00e9ponse"};
	}
	char *second = words_of(&pdfs[1], false);
	assert_int_equal(times(second, "EXERCICE"), 3);
	assert_non_null(strstr(second, "22 22 22, page 3/3"));
	assert_non_null(strstr(second, "Ligne 119"));
	assert_null(strstr(second, "11 11 11"));
	assert_int_equal(letters_join(paper_of(c, true), l[0].day, list, COUNT, &batch, &err), GUICHET_OK);
	assert_int_equal(letters_join(paper_of(c, true), l[0].day, list, COUNT, &batch_again, &err), GUICHET_OK);
	assert_int_equal(batch.pages, 6);
	assert_memory_equal(batch.data, batch_again.data, batch.bytes);
	char *all = words_of(&batch, false);
	assert_int_equal(times(all, "EXERCICE"), 6);
	assert_non_null(strstr(all, "3 lettres, 5 pages"));
	assert_int_equal(times(all, "Odette Lef\u00e8vre"), 3);
	assert_non_null(strstr(all, "Ligne 119"));
	batch.data[batch.bytes / 2] ^= 1;
	batch.bytes /= 2;
	list[0].pdf = &batch;
	letter_pdf_done(&batch_again);
	assert_int_equal(letters_join(paper_of(c, true), l[0].day, list, 1, &batch_again, &err), GUICHET_INTERNAL);
	letter_pdf_done(&batch);
	for (int i = 0; i < COUNT; i++) {
		letter_pdf_done(&pdfs[i]);
		letter_pdf_done(&again[i]);
	}
	free(second);
	free(all);
	text_done(&body);
	catalogue_free(&c);
}

/* Protects: where groff is not installed the message says which package is missing, and nothing else happens. */
static void test_no_groff(void **state)
{
	struct catalogue *c;
	struct letter l = widest();
	struct letter_pdf pdf;
	struct guichet_err err = {0};
	char *path = guichet_strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");

	(void)state;
	setup(&c);
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(letters_make(paper_of(c, false), &l, 1, &pdf, &err), GUICHET_UNAVAILABLE);
	assert_non_null(strstr(err.message, "apt install groff"));
	setenv("PATH", path, 1);
	free(path);
	catalogue_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_hard_addresses),
		cmocka_unit_test(test_address_refused),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_no_groff),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
