// SPDX-License-Identifier: GPL-3.0-or-later
/* Files kept with a request: told by their content, found by what was typed, written again under a name that harms nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guichet/core/attachment.h"

/* Protects the store from files that are not what their name says: only the content counts. */
static void test_type_by_content(void **state)
{
	(void)state;
	static const struct { const char *head; size_t bytes; const char *type; } cases[] = {
		{ "%PDF-1.7\n", 9, "application/pdf" }, { "\r\n\xef\xbb\xbf%PDF-1.4", 13, "application/pdf" }, { "\xff\xd8\xff\xe0", 4, "image/jpeg" },
		{ "\x89PNG\r\n\x1a\n", 8, "image/png" }, { "II*\0", 4, "image/tiff" }, { "MM\0*", 4, "image/tiff" }, { "II+\0", 4, "image/tiff" },
	};
	static const struct { const char *head; size_t bytes; } others[] = {
		{ "", 0 }, { "%PDF", 4 }, { "\x89PNG", 4 }, { "\xff\xd8", 2 }, { "II*", 3 }, { "MZ\x90\0", 4 }, { "PK\3\4", 4 }, { "#!/bin/sh\n", 10 }, { "<svg onload", 11 },
	};
	static char late[ATTACHMENT_HEAD + 8];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(attachment_type(cases[i].head, cases[i].bytes), cases[i].type);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_null(attachment_type(others[i].head, others[i].bytes));
	/* Not wherever it stands: a mail that quotes it is no PDF. */
	memset(late, ' ', sizeof late);
	memcpy(late + ATTACHMENT_HEAD - 2, "%PDF-", 5);
	assert_null(attachment_type(late, sizeof late));
}

static void path_is(const char *typed, const char *expected)
{
	struct text t = TEXT_INIT;
	attachment_path(&t, typed, "/home/marie");
	assert_string_equal(text_str(&t), expected);
	text_done(&t);
}

/* Protects the agent who pastes or drops a file: each way in which terminals and file managers write a path. */
static void test_paths(void **state)
{
	(void)state;
	path_is("/scans/lettre 12.pdf", "/scans/lettre 12.pdf");
	path_is("  /scans/a.pdf\n", "/scans/a.pdf");
	path_is("'/scans/lettre 12.pdf' ", "/scans/lettre 12.pdf");
	path_is("\"/scans/l'été.pdf\"", "/scans/l'été.pdf");
	path_is("/scans/lettre\\ 12\\(1\\).pdf", "/scans/lettre 12(1).pdf");
	path_is("file:///scans/lettre%2012%C3%A9.pdf", "/scans/lettre 12é.pdf");
	path_is("file://poste12/scans/a.pdf", "/scans/a.pdf");
	path_is("~/a.pdf", "/home/marie/a.pdf");
	path_is("'~/a.pdf'", "~/a.pdf");
	path_is("file:///a%00b%zz%", "/a%00b%zz%");
	path_is("file:", "file:");
	path_is("file://", "");
	path_is("", "");
	path_is("'", "'");
}

static void name_is(const char *name, const char *type, const char *expected)
{
	struct text t = TEXT_INIT;
	attachment_safe_name(&t, name, type);
	assert_string_equal(text_str(&t), expected);
	text_done(&t);
}

/* Protects the desk's disk: no name that came from outside leaves the folder, hides, is an option, lies about what it is or acts on a terminal. */
static void test_safe_names(void **state)
{
	(void)state;
	name_is("lettre été 12.PDF", "application/pdf", "lettre_été_12.pdf");
	name_is("../../etc/passwd", "application/pdf", "passwd.pdf");
	name_is("..", "image/png", "piece.png");
	name_is(".bashrc", "image/jpeg", "bashrc.jpg");
	name_is("-rf.pdf", "application/pdf", "rf.pdf");
	name_is("facture.pdf.exe", "application/pdf", "facture.pdf.pdf");
	name_is("a\x1b[2J`x`$(y).png", "image/png", "a␛_2J_x_y.png");
	name_is("photo\xe2\x80\xaegnp.exe", "image/png", "photo‹U+202E›gnp.png");
	name_is("", NULL, "piece.bin");
	name_is("x.docx", "application/octet-stream", "x.bin");
	static char lengthy[1000];
	struct text t = TEXT_INIT;
	memset(lengthy, 'a', sizeof lengthy - 1);
	attachment_safe_name(&t, lengthy, "image/tiff");
	assert_true(t.len <= 110);
	text_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_type_by_content), cmocka_unit_test(test_paths), cmocka_unit_test(test_safe_names) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
