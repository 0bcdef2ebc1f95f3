// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as an INI file: no crash, each entry is found, and whatever the scanner lets through iniparser reads too. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/ini.h"
#include "guichet/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The message for a line that the scanner let through and iniparser did not read. It ends so, and no quoted text ends one. */
static bool is_disagreement(const char *message)
{
	static const char end[] = "illisible pour iniparser";
	size_t len = strlen(message);

	return len >= sizeof end - 1 && strcmp(message + len - (sizeof end - 1), end) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = { 0 };
	enum guichet_rc rc;
	struct ini ini;

	rc = ini_parse("fuzz.ini", (const char *)data, size, &ini, &problems);
	if ((rc == GUICHET_OK) != (problems.count == 0))
		abort();
	for (size_t i = 0; i < problems.count; i++)
		if (is_disagreement(problems.items[i].message) || problems.items[i].line < 1)
			abort();
	for (size_t i = 0; i < ini.count; i++) {
		const struct ini_entry *e = &ini.entries[i];

		if (ini_find(&ini, e->section, e->key) != e || e->line < 1 || !utf8_valid(e->value, strlen(e->value), NULL))
			abort();
	}
	ini_done(&ini);
	problems_done(&problems);
	return 0;
}
