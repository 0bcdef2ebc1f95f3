// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as the PDF of a letter: it is cut or refused; and what was cut out of one that was taken is a PDF of as many pages, which is taken again. The first byte
 * says which pages. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/report/letter_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void cut(const char *pdf, size_t bytes, size_t first, size_t count)
{
	struct pages_writer *w = pages_new();
	struct letter_pdf out = { 0 };
	size_t added = 0;
	if (pages_add(w, pdf, bytes, first, count, &added, NULL) == GUICHET_OK) {
		check(added > 0 && (count == 0 || added == count));
		/* The same once more, as a batch holds one letter behind another. */
		check(pages_add(w, pdf, bytes, first, count, NULL, NULL) == GUICHET_OK);
		pages_finish(&w, &out);
		check(out.pages == 2 * added);
		check(letter_pdf_count(&out, NULL) == GUICHET_OK && out.pages == 2 * added);
	}
	pages_free(&w);
	letter_pdf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const char *pdf = (const char *)data + 1;
	cut(pdf, size - 1, 0, 0);
	cut(pdf, size - 1, data[0] & 3, data[0] >> 2 & 3);
	return 0;
}
