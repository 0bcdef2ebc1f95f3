// SPDX-License-Identifier: GPL-3.0-or-later
/* Fuzz target: any bytes as a packed catalogue, and as one catalogue file. Packing what was unpacked must give the
 * same bytes, and a build gives a catalogue or problems, never both and never neither. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/text.h"
#include "guichet/core/catalogue.h"
#include "guichet/core/catalogue_diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *context, const struct catalogue_change *change)
{
	*(size_t *)context += strlen(change->sentence);
}

static void build(const struct catalogue_source *source)
{
	struct problems problems = {0};
	struct catalogue *c = NULL;
	size_t told = 0;
	enum guichet_rc rc = catalogue_build(source, &c, &problems);
	if ((rc == GUICHET_OK) != (c != NULL) || (rc == GUICHET_OK) != (problems.count == 0))
		abort();
	for (size_t i = 0; i < problems.count; i++) {
		if (!problems.items[i].message[0])
			abort();
	}
	if (c) {
		for (size_t i = 0; i < c->category_count; i++) {
			if (catalogue_category(c, c->categories[i]->code) != c->categories[i])
				abort();
		}
		if (catalogue_diff(c, c, ignore, &told) != 0)
			abort();
	}
	catalogue_free(&c);
	problems_done(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct catalogue_source source = {0};
	struct text packed = TEXT_INIT;
	if (catalogue_source_unpack((const char *)data, size, &source, NULL) == GUICHET_OK) {
		catalogue_source_pack(&source, &packed);
		/* A leading zero in a size is read, not written. */
		if (packed.len > size)
			abort();
		build(&source);
	}
	catalogue_source_done(&source);
	text_done(&packed);
	catalogue_source_add(&source, "a.ini", (const char *)data, size);
	build(&source);
	catalogue_source_done(&source);
	return 0;
}
