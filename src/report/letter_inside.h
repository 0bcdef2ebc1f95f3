// SPDX-License-Identifier: GPL-3.0-or-later
/* What the files of letters share. Nothing outside src/report/letter*.c includes this. */
#ifndef GUICHET_REPORT_LETTER_INSIDE_H
#define GUICHET_REPORT_LETTER_INSIDE_H

#include "guichet/report/letter.h"

/* --- letter_groff.c: the language of troff --- */

/* Adds text that troff prints as it stands: no control line, no escape, nothing but ASCII; what the fonts lack becomes what looks like it, or "?". Words of more
 * letters than `longest` may be broken anywhere: wherever they stand, none reaches beyond its column. */
enum groff_word { WORD_IN_COLUMN = 14, WORD_IN_LINE = 30 };
void groff_add(struct text *out, const char *s, size_t bytes, enum groff_word longest);
/* ".ds name text" */
void groff_define(struct text *out, const char *name, const char *value);
/* A body: paragraphs and lines. */
void groff_add_body(struct text *out, const char *s, size_t bytes);
extern const char letter_macros[];

/* --- letter_country.c --- */

/* What a country is called on the last line of an address, from capitals without accents; NULL: it is none. */
const char *letter_country(const char *capitals);

/* --- letter_run.c: groff as a process --- */

/* `epoch_s`: the date in the PDF. `hear` (may be NULL) is told all that groff said so far, each time that it says more. */
struct groff_run { int64_t epoch_s; bool in_our_group; void (*hear)(void *context, const char *said); void *context; };
/* Feeds `input` to groff; `output` gets the PDF (NULL: none is made), `said` what it wrote on standard error. */
enum guichet_rc groff_run(const struct groff_run *how, const struct text *input, struct text *output, struct text *said, struct guichet_err *err);

/* --- letter_pages.c: pages out of PDFs that gropdf wrote --- */

struct pages_writer;
struct pages_writer *pages_new(void);
/* Adds `count` pages from the `first`th (0..); all of the rest when count is 0. GUICHET_INTERNAL: not as gropdf writes. *added (may be NULL) gets how many. */
enum guichet_rc pages_add(struct pages_writer *w, const char *pdf, size_t bytes, size_t first, size_t count, size_t *added, struct guichet_err *err);
/* Ends and frees; the PDF to free. */
void pages_finish(struct pages_writer **w, struct letter_pdf *out);
void pages_free(struct pages_writer **w);

#endif
