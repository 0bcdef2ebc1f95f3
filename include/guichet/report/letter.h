// SPDX-License-Identifier: GPL-3.0-or-later
/* Letters on paper: a text, an address and a letterhead become a PDF, through groff. Deterministic: the same input gives the same bytes.
 *
 * The address stands in the window of a DL envelope (110 x 220 mm), 45 x 100 or 35 x 100 mm, 20 mm from the right and the bottom edges, for an A4 sheet folded in
 * three (99 mm): wherever the sheet slides in its envelope, the window shows what lies 100 to 190 mm from the left edge of the sheet and 55 to 79 mm from its top,
 * and never what lies left of 90 mm or below 90 mm. Nothing is written to a file: personal data goes through pipes. */
#ifndef GUICHET_REPORT_LETTER_H
#define GUICHET_REPORT_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guichet/base/err.h"
#include "guichet/base/text.h"
#include "guichet/core/catalogue.h"

enum { LETTER_LINES = 6, LETTER_COLUMNS = 38, LETTER_TEXT_MAX = 256 * 1024, LETTERS_MAX = 1000 };

/* Millimetres on the sheet: what the window always shows, and what it may show. */
enum { WINDOW_LEFT = 100, WINDOW_RIGHT = 190, WINDOW_TOP = 55, WINDOW_BOTTOM = 79, WINDOW_SLIDES_LEFT = 90, WINDOW_SLIDES_TOP = 34, WINDOW_SLIDES_BOTTOM = 90 };

/* The block after NF Z10-011: at most 6 lines of 38 characters, from the name to the town; the street and what follows in capitals without accents, no punctuation. */
struct letter_address { char lines[LETTER_LINES][LETTER_COLUMNS * 4 + 1]; size_t count; };
/* From what the store knows of a person (NULL or "": none); `postal` as it was typed: lines, or commas. GUICHET_DATA: nobody's name, no address, no town, or too
 * long even abbreviated; the message says what to put right. */
enum guichet_rc letter_address_make(const char *title, const char *name, const char *organisation, const char *postal, struct letter_address *out,
	struct guichet_err *err);

/* One letter. Texts are UTF-8 of whatever origin: nothing in them reaches groff as a request. In `text` a blank line parts paragraphs, other line ends are kept;
 * what follows the last line "---" is printed small under the signature. NULL or "": not printed. */
struct letter {
	struct letter_address to;
	const char *subject, *text;
	const char *reference;             /* as shown, "31 40 03 21 06" */
	const char *their_reference, *service, *agent;
	int32_t day;                       /* its date */
};
/* For who waits: `tell` hears how many of all steps are done. `in_our_group`: whoever ends the caller ends its whole process group, groff in it. */
struct letter_progress { void (*tell)(void *context, size_t done, size_t of); void *context; bool in_our_group; };
/* What all letters bear. */
struct letter_paper { const struct catalogue *catalogue; bool exercise; const struct letter_progress *progress; /* NULL: nobody waits */ };

struct letter_pdf { char *data; size_t bytes, pages; };
void letter_pdf_done(struct letter_pdf *pdf);
/* All of it into a pipe or file. GUICHET_IO. */
enum guichet_rc letter_pdf_write(const struct letter_pdf *pdf, int fd);
/* A new file, whole and on the disk when it returns, or not there. GUICHET_CANT_CREATE when there is one of that name. */
enum guichet_rc letter_pdf_save(const struct letter_pdf *pdf, const char *path, struct guichet_err *err);
/* To a printer of this machine's, by lp and through a pipe: no file of ours holds what it says. "-": the default one. GUICHET_UNAVAILABLE: no lp here;
 * GUICHET_IO: it refused. */
enum guichet_rc letter_pdf_print(const struct letter_pdf *pdf, const char *printer, struct guichet_err *err);
/* Fills `pages` of one that was kept. GUICHET_INTERNAL: no letter of ours. */
enum guichet_rc letter_pdf_count(struct letter_pdf *pdf, struct guichet_err *err);

/* The PDF of each letter into pdfs[0..count-1] (letter_pdf_done each). In one run of groff. GUICHET_UNAVAILABLE: groff is not there, the message names the package;
 * GUICHET_IO: it failed, or took more than three minutes. */
enum guichet_rc letters_make(const struct letter_paper *paper, const struct letter *letters, size_t count, struct letter_pdf *pdfs, struct guichet_err *err);

/* One PDF of several: a slip that says what it holds (`what`: a line for each, e.g. the purpose), then the letters as they are. */
struct letter_in_batch { const struct letter_pdf *pdf; const char *reference, *name, *what; };
enum guichet_rc letters_join(const struct letter_paper *paper, int32_t day, const struct letter_in_batch *list, size_t count, struct letter_pdf *out,
	struct guichet_err *err);

#endif
