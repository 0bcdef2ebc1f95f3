// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as a CSV file: no crash, every byte and line consumed once, and a record that was taken reads back as itself when
 * written anew. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/csv.h"
#include "guichet/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_rewritten(const struct csv_reader *r)
{
	struct text line = TEXT_INIT;
	struct csv_reader again;
	FILE *file;

	/* Below a header, as an export writes it: a field that starts with U+FEFF is no byte order mark there. */
	text_add(&line, "x\n");
	for (size_t i = 0; i < r->count; i++)
		csv_write_field(&line, csv_field(r, i), ';', i == 0);
	/* One empty field alone is an empty line, which no reader tells from none. */
	if (line.len == 2)
		goto out;
	file = fmemopen(line.data, line.len, "r");
	check(file != NULL);
	csv_reader_init(&again, file, ';');
	check(csv_next(&again) == GUICHET_OK && again.count == 1);
	check(csv_next(&again) == GUICHET_OK && again.count == r->count);
	for (size_t i = 0; i < r->count; i++) {
		const char *before = csv_field(r, i), *after = csv_field(&again, i);

		/* What a spreadsheet would have run has its apostrophe. */
		check(strcmp(before, after) == 0 || (*after == '\'' && strcmp(before, after + 1) == 0));
		check(!strchr("=@\t\r", *after) || !*after);
	}
	csv_reader_done(&again);
	fclose(file);
out:
	text_done(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first byte picks the separator; 0 detects it. */
	static const char separators[] = { 0, ',', ';', '\t', '|' };
	char separator = separators[size ? data[0] % sizeof separators : 0];
	int64_t offset = 0, line = 0, newlines = 0;
	struct csv_reader r;
	enum guichet_rc rc;
	FILE *file;

	if (size < 2)
		return 0;
	for (size_t i = 1; i < size; i++)
		newlines += data[i] == '\n';
	file = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
	check(file != NULL);
	csv_reader_init(&r, file, separator);
	while ((rc = csv_next(&r)) == GUICHET_OK || rc == GUICHET_DATA) {
		check(r.offset > offset && r.line > line && r.next_line > r.line);
		check((rc == GUICHET_DATA) == (r.problem != NULL));
		offset = r.offset;
		line = r.next_line - 1;
		if (rc != GUICHET_OK)
			continue;
		check(utf8_valid(r.record.data, r.record.len, NULL));
		check_rewritten(&r);
	}
	check(rc == GUICHET_NOT_FOUND && r.offset == (int64_t)size - 1);
	check(r.next_line - 1 == newlines || r.next_line - 2 == newlines);
	csv_reader_done(&r);
	fclose(file);
	return 0;
}
