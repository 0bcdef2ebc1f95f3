// SPDX-License-Identifier: GPL-3.0-or-later
/* Letters laid out: what stands where on the sheet, all letters in one run of groff, and each one's pages apart. Does not know requests, nor how groff is run. */
#include "guichet/report/letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/i18n.h"
#include "guichet/base/utf8.h"
#include "guichet/core/calendar.h"
#include "guichet/core/phone.h"
#include "guichet/core/typography.h"
#include "letter_inside.h"

enum { SECONDS_A_DAY = 86400, PAGES_MAX = 100000 };

void letter_pdf_done(struct letter_pdf *pdf)
{
	free(pdf->data);
	*pdf = (struct letter_pdf){0};
}

enum guichet_rc letter_pdf_count(struct letter_pdf *pdf, struct guichet_err *err)
{
	struct pages_writer *w = pages_new();
	enum guichet_rc rc = pages_add(w, pdf->data, pdf->bytes, 0, 0, &pdf->pages, err);

	pages_free(&w);
	return rc;
}

static void add(struct text *out, const char *s)
{
	if (s)
		groff_add(out, s, strlen(s), WORD_IN_LINE);
}

static void add_line(struct text *out, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	text_add(out, "\\&");
	add(out, label);
	add(out, value);
	text_add(out, "\n.br\n");
}

/* The same on the left of the window, where nothing may be wider than its column. */
static void add_narrow(struct text *out, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	text_add(out, "\\&");
	add(out, label);
	groff_add(out, value, strlen(value), WORD_IN_COLUMN);
	text_add(out, "\n.br\n");
}

static void add_phone(struct text *out, const char *number)
{
	struct phone phone;
	char shown[PHONE_MAX + 16] = "";

	if (number && phone_parse(number, &phone, NULL) == GUICHET_OK)
		phone_show(phone.e164, shown);
	add_narrow(out, "Téléphone\u00A0: ", *shown ? shown : number);
}

/* Who writes: above and on the left of the window. */
static void add_head(struct text *out, const struct catalogue *c)
{
	text_add(out, ".COLUMN 1.5c 0 6.6c\n.ps 14\n.vs 17p\n.ft HB\n");
	add_narrow(out, "", c->name);
	text_add(out, ".ft H\n.ps 9\n.vs 11.5p\n.ft HR\n");
	add_narrow(out, "", c->desk ? c->desk->name : NULL);
	add_narrow(out, "", c->address);
	add_phone(out, c->phone);
	add_narrow(out, "", c->email);
	add_narrow(out, "", c->website);
}

/* On the left of the window: what to quote. */
static void add_references(struct text *out, const struct letter *l)
{
	text_add(out, ".COLUMN 5.6c 0 6.6c\n.ps 9\n.vs 12p\n.ft HR\n");
	add_narrow(out, "Notre référence\u00A0: ", l->reference);
	add_narrow(out, "Votre référence\u00A0: ", l->their_reference);
	add_narrow(out, "Service\u00A0: ", l->service);
	add_narrow(out, "Affaire suivie par\u00A0: ", l->agent);
}

/* In the window, in letters of one width: 38 of them take 80 mm whatever they are. */
static void add_address(struct text *out, const struct letter_address *to)
{
	text_add(out, ".COLUMN 5.45c 8.4c 8.6c\n.ps 10\n.vs 11p\n.ft CR\n");
	for (size_t i = 0; i < to->count; i++)
		add_line(out, "", to->lines[i]);
}

static void add_date(struct text *out, const struct catalogue *c, int32_t day)
{
	struct text date = TEXT_INIT;

	typography_day(&date, day);
	text_add(out, ".COLUMN 9.1c 8.4c 8.6c\n.ps 10.5\n.vs 14p\n.ft HR\n\\&");
	if (c->city && *c->city) {
		add(out, c->city);
		text_add(out, ", ");
	}
	add(out, "le ");
	add(out, text_str(&date));
	text_add(out, "\n");
	text_done(&date);
}

/* "Title | Name": a line each, room for a hand before the last. */
static void add_signature(struct text *out, const char *signature)
{
	if (!signature || !*signature)
		return;
	text_add(out, ".ne 3.6c\n.sp 8p\n.in 8.4c\n.nh\n");
	for (const char *at = signature; *at;) {
		size_t n = strcspn(at, "|");
		bool last = !at[n];
		if (last && at != signature)
			text_add(out, ".sp 1.4c\n");
		at += strspn(at, " ");
		n = strcspn(at, "|");
		size_t kept = n;
		while (kept > 0 && at[kept - 1] == ' ')
			kept--;
		text_add(out, "\\&");
		groff_add(out, at, kept, WORD_IN_COLUMN);
		text_add(out, "\n.br\n");
		at += n + !last;
	}
	text_add(out, ".in 0\n.hy 12\n");
}

/* The last line "---" of the text, behind which small print stands. */
static const char *small_print(const char *text)
{
	static const char rule[] = "\n---\n";
	const char *found = NULL;

	for (const char *at = strstr(text, rule); at; at = strstr(at + 1, rule))
		found = at;
	return found;
}

static void add_letter(struct text *out, const struct letter_paper *paper, const struct letter *l, size_t pages)
{
	const char *text = l->text ? l->text : "", *small = small_print(text);
	struct text foot = TEXT_INIT;

	text_addf(out, ".LETTER %zu\n", pages);
	if (l->reference && *l->reference) {
		text_addf(&foot, "Référence\u00A0%s, ", l->reference);
		for (char *s = foot.data; *s; s++)
			*s = *s == '\n' ? ' ' : *s;
	}
	groff_define(out, "reference", text_str(&foot));
	text_done(&foot);
	add_head(out, paper->catalogue);
	add_references(out, l);
	add_address(out, &l->to);
	add_date(out, paper->catalogue, l->day);
	text_add(out, ".WHOLE\n.sp |10.3c\n.ft HB\n");
	add_line(out, "Objet\u00A0: ", l->subject);
	text_add(out, ".ft HR\n.sp 8p\n");
	groff_add_body(out, text, small ? (size_t)(small - text) : strlen(text));
	add_signature(out, paper->catalogue->signature);
	if (small) {
		text_add(out, ".sp 10p\n.ps 8\n.vs 10p\n.ne 3\n");
		groff_add_body(out, small + strlen("\n---\n"), strlen(small + strlen("\n---\n")));
		text_add(out, ".ps 10.5\n.vs 14p\n");
	}
	text_add(out, ".LAST\n");
}

static void begin(struct text *out, const struct letter_paper *paper)
{
	out->cap = 2 * LETTER_TEXT_MAX + TEXT_DEFAULT_CAP;
	text_add(out, letter_macros);
	text_addf(out, ".nr exercise %d\n", paper->exercise);
}

/* Each letter is told of twice: when its pages are counted, and when it is laid out. */
struct steps { const struct letter_progress *progress; size_t passed, of; };

static void hear_letters(void *context, const char *said)
{
	const struct steps *s = context;
	size_t done = s->passed;

	for (const char *at = strstr(said, "guichet:letter "); at; at = strstr(at + 1, "guichet:letter "))
		done++;
	s->progress->tell(s->progress->context, done < s->of ? done : s->of, s->of);
}

/* "guichet:letter 3 2": the third letter has two pages. False when one is missing. */
static bool read_pages(const char *said, size_t count, size_t *pages)
{
	static const char mark[] = "guichet:letter ";
	size_t known = 0;

	for (const char *at = strstr(said, mark); at; at = strstr(at + 1, mark)) {
		char *end;
		unsigned long number = strtoul(at + strlen(mark), &end, 10), its_pages = strtoul(end, NULL, 10);
		if (number == known + 1 && known < count && its_pages > 0 && its_pages < PAGES_MAX)
			pages[known++] = its_pages;
	}
	return known == count;
}

/* Pages are counted first: each says of how many it is one. */
static enum guichet_rc set(const struct letter_paper *paper, const struct letter *letters, size_t count, size_t *pages, struct text *pdf,
	struct guichet_err *err)
{
	struct text source = TEXT_INIT, said = TEXT_INIT;
	struct steps steps = {paper->progress, 0, 2 * count};
	struct groff_run run = {.epoch_s = count > 0 ? (int64_t)letters[0].day * SECONDS_A_DAY : 1, .in_our_group = paper->progress && paper->progress->in_our_group,
		.hear = paper->progress ? hear_letters : NULL, .context = &steps};
	enum guichet_rc rc = GUICHET_OK;

	for (int pass = 0; pass < 2 && !rc; pass++) {
		text_clear(&source);
		text_clear(&said);
		begin(&source, paper);
		for (size_t i = 0; i < count; i++)
			add_letter(&source, paper, &letters[i], pages[i]);
		if (source.overflow)
			rc = guichet_err_set(err, GUICHET_DATA, _("trop de texte pour une impression : faites-en moins à la fois"));
		else
			rc = groff_run(&run, &source, pass ? pdf : NULL, &said, err);
		steps.passed = count;
		if (!rc && !pass && !read_pages(text_str(&said), count, pages))
			rc = guichet_err_set(err, GUICHET_IO, _("groff a échoué : %.*s"), (int)strcspn(text_str(&said), "\n"), text_str(&said));
	}
	text_done(&source);
	text_done(&said);
	return rc;
}

enum guichet_rc letters_make(const struct letter_paper *paper, const struct letter *letters, size_t count, struct letter_pdf *pdfs, struct guichet_err *err)
{
	size_t *pages = guichet_alloc((count + 1) * sizeof *pages), first = 0;
	struct text pdf = TEXT_INIT;
	enum guichet_rc rc = GUICHET_OK;

	memset(pdfs, 0, count * sizeof *pdfs);
	if (count > LETTERS_MAX)
		rc = guichet_err_set(err, GUICHET_DATA, _("%zu lettres : %d au plus à la fois"), count, LETTERS_MAX);
	for (size_t i = 0; i < count && !rc; i++)
		if (letters[i].text && strlen(letters[i].text) > LETTER_TEXT_MAX)
			rc = guichet_err_set(err, GUICHET_DATA, _("lettre de plus de %d Kio de texte"), LETTER_TEXT_MAX / 1024);
	if (!rc && count > 0)
		rc = set(paper, letters, count, pages, &pdf, err);
	for (size_t i = 0; i < count && !rc; i++) {
		struct pages_writer *w = pages_new();
		rc = pages_add(w, pdf.data, pdf.len, first, pages[i], NULL, err);
		if (rc)
			pages_free(&w);
		else
			pages_finish(&w, &pdfs[i]);
		first += pages[i];
	}
	for (size_t i = 0; i < count && rc; i++)
		letter_pdf_done(&pdfs[i]);
	free(pages);
	text_done(&pdf);
	return rc;
}

/* --- A batch --- */

static void add_slip_row(struct text *out, const char *number, const char *reference, const char *name, const char *what, const char *pages)
{
	const char *const cells[] = {number, reference, name, what, pages};

	text_add(out, "\\&");
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		if (i > 0)
			text_addc(out, '\t');
		struct text cell = TEXT_INIT;
		for (const char *s = cells[i] ? cells[i] : ""; *s; s++)
			text_addc(&cell, (unsigned char)*s < ' ' ? ' ' : *s);
		/* So much of it as its column holds. */
		struct text fitted = TEXT_INIT;
		static const int columns[] = {4, 16, 34, 30, 6};
		if (cell.len > 0)
			utf8_fit(&fitted, text_str(&cell), columns[i], false);
		add(out, text_str(&fitted));
		text_done(&fitted);
		text_done(&cell);
	}
	text_add(out, "\n.br\n");
}

static void add_slip(struct text *out, const struct letter_paper *paper, int32_t day, const struct letter_in_batch *list, size_t count, size_t pages)
{
	struct text title = TEXT_INIT;
	size_t all = 0;

	for (size_t i = 0; i < count; i++)
		all += list[i].pdf->pages;
	text_addf(out, ".LETTER %zu\n", pages);
	groff_define(out, "reference", "Bordereau, ");
	text_add(out, ".WHOLE\n.sp |2c\n.ps 14\n.ft HB\n");
	text_add(&title, "Courriers du ");
	typography_day(&title, day);
	add_line(out, "", text_str(&title));
	text_add(out, ".ft HR\n.ps 10.5\n");
	add_line(out, "", paper->catalogue->name);
	text_clear(&title);
	text_addf(&title, "%zu lettre%s, %zu page%s sans ce bordereau.", count, count > 1 ? "s" : "", all, all > 1 ? "s" : "");
	add_line(out, "", text_str(&title));
	text_add(out, ".sp 8p\n.nf\n.nh\n.ps 9\n.vs 12.5p\n.ta 1c 4.3c 10.2c 15.8c\n.ft HB\n");
	add_slip_row(out, "N°", "Référence", "Destinataire", "Courrier", "Pages");
	text_add(out, ".ft HR\n");
	for (size_t i = 0; i < count; i++) {
		char number[24], its_pages[24];
		snprintf(number, sizeof number, "%zu", i + 1);
		snprintf(its_pages, sizeof its_pages, "%zu", list[i].pdf->pages);
		add_slip_row(out, number, list[i].reference, list[i].name, list[i].what, its_pages);
	}
	text_add(out, ".fi\n.LAST\n");
	text_done(&title);
}

static enum guichet_rc set_slip(const struct letter_paper *paper, int32_t day, const struct letter_in_batch *list, size_t count, struct text *pdf,
	struct guichet_err *err)
{
	struct text source = TEXT_INIT, said = TEXT_INIT;
	size_t pages = 0;
	struct groff_run run = {.epoch_s = (int64_t)day * SECONDS_A_DAY, .in_our_group = paper->progress && paper->progress->in_our_group};
	enum guichet_rc rc = GUICHET_OK;

	for (int pass = 0; pass < 2 && !rc; pass++) {
		text_clear(&source);
		text_clear(&said);
		begin(&source, paper);
		add_slip(&source, paper, day, list, count, pages);
		rc = groff_run(&run, &source, pass ? pdf : NULL, &said, err);
		if (!rc && !pass && !read_pages(text_str(&said), 1, &pages))
			rc = guichet_err_set(err, GUICHET_IO, _("groff a échoué : %.*s"), (int)strcspn(text_str(&said), "\n"), text_str(&said));
	}
	text_done(&source);
	text_done(&said);
	return rc;
}

enum guichet_rc letters_join(const struct letter_paper *paper, int32_t day, const struct letter_in_batch *list, size_t count, struct letter_pdf *out,
	struct guichet_err *err)
{
	struct pages_writer *w = pages_new();
	struct text slip = TEXT_INIT;
	enum guichet_rc rc = set_slip(paper, day, list, count, &slip, err);

	*out = (struct letter_pdf){0};
	if (!rc)
		rc = pages_add(w, slip.data, slip.len, 0, 0, NULL, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = pages_add(w, list[i].pdf->data, list[i].pdf->bytes, 0, 0, NULL, err);
	if (!rc)
		pages_finish(&w, out);
	pages_free(&w);
	text_done(&slip);
	return rc;
}
