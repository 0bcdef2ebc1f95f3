// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as an import map, applied to a record: no crash, a map or a reason but never both, and values that are UTF-8. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/exchange/map_inside.h"
#include "guichet/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render(const struct import_map *map, struct csv_reader *csv)
{
	size_t *positions = guichet_alloc((map->columns.count + 1) * sizeof *positions);
	struct text value = TEXT_INIT;

	/* Some of the columns lie beyond the end of a short record. */
	for (size_t i = 0; i < map->columns.count; i++)
		positions[i] = i % 6;
	for (int f = 0; f < MAP_FIELD_COUNT; f++) {
		int64_t ms;

		text_clear(&value);
		template_render(&map->fields[f], csv, positions, &value);
		if (!utf8_valid(text_str(&value), value.len, NULL))
			abort();
		date_read(DATE_MDY, "date", text_str(&value), &ms, NULL);
		date_from_month(text_str(&value), "", text_str(&value), 7, &ms, NULL);
		word_code(&map->channels, text_str(&value));
	}
	text_done(&value);
	free(positions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char row[] = "A1;\"{'lon': 4.8, \"\"lat\"\": '45'}\";12/25/2013 11:58:40 PM;2024-02;'=1\n";
	struct problems problems = { 0 };
	struct import_map *map = NULL;
	struct csv_reader csv;
	FILE *file = fmemopen(row, sizeof row - 1, "r");

	if (!file)
		abort();
	csv_reader_init(&csv, file, ';');
	if (csv_next(&csv) != GUICHET_OK)
		abort();
	enum guichet_rc rc = import_map_parse("fuzz.ini", (const char *)data, size, &map, &problems);
	if ((rc == GUICHET_OK) != (problems.count == 0) || (rc == GUICHET_OK) != (map != NULL))
		abort();
	if (map)
		render(map, &csv);
	import_map_free(&map);
	problems_done(&problems);
	csv_reader_done(&csv);
	fclose(file);
	return 0;
}
