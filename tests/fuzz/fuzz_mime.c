// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as a mail: no crash, and what comes out is valid, bounded, safe to show and to write to a folder. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/utf8.h"
#include "guichet/mail/sort.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(const char *s, size_t max, bool multiline)
{
	size_t n = strlen(s);
	check(n <= max && utf8_valid(s, n, NULL));
	for (size_t i = 0; i < n; i++)
		check((unsigned char)s[i] >= ' ' ? s[i] != 0x7F : multiline && s[i] == '\n');
}

static void check_parts(struct mail *m)
{
	check(m->part_count <= MAIL_PARTS_MAX);
	for (size_t i = 0; i < m->part_count; i++) {
		const char *bytes, *name = m->parts[i].name;
		size_t n;
		check_text(name, 255, false);
		check(*name && *name != '.' && *name != '-' && !strpbrk(name, "/\\"));
		check_text(m->parts[i].type, 255, false);
		check(mail_part_data(m, i, &bytes, &n, NULL) == GUICHET_OK);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ours[] = { "contact@metropole.example", NULL };
	struct mail m;
	struct mail_sorting s;
	check(mail_read(&m, data, size, NULL) == GUICHET_OK);
	check_text(m.subject, MAIL_SUBJECT_MAX, false);
	check_text(m.from.address, MAIL_ADDRESS_MAX, false);
	check_text(m.from.name, MAIL_NAME_MAX, false);
	check_text(m.message_id, MAIL_ID_MAX, false);
	check_text(m.text, MAIL_TEXT_MAX, true);
	check_text(m.folded, MAIL_TEXT_MAX, true);
	check(strlen(m.text) + strlen(m.folded) <= MAIL_TEXT_MAX && strlen(m.hash) == 32);
	check_parts(&m);
	mail_judge(&m, ours, &s);
	for (size_t i = 0; i < s.failed_count; i++) {
		check_text(s.failed[i].said, 1000, false);
		check_text(s.failed[i].address, MAIL_ADDRESS_MAX, false);
	}
	check(s.voice != MAIL_OF_MACHINE || s.why != MAIL_WHY_NONE);
	mail_sorting_done(&s);
	mail_done(&m);
	return 0;
}
