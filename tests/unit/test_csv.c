// SPDX-License-Identifier: GPL-3.0-or-later
/* CSV: what real files hold comes out whole, a bad record costs only itself, and what we write runs nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guichet/base/csv.h"

/* Reads all of `data` into one text: fields in <>, one record a line; a bad one as !line:record!. The caller frees it. */
static char *flatten(const char *data, size_t bytes, char separator, char *found)
{
	FILE *file = bytes ? fmemopen((void *)data, bytes, "r") : fopen("/dev/null", "r");
	struct text out = TEXT_INIT;
	struct csv_reader r;
	enum guichet_rc rc;

	assert_non_null(file);
	csv_reader_init(&r, file, separator);
	while ((rc = csv_next(&r)) == GUICHET_OK || rc == GUICHET_DATA) {
		if (rc == GUICHET_DATA) {
			assert_non_null(r.problem);
			text_addf(&out, "!%d:%s!\n", (int)r.line, text_str(&r.record));
			continue;
		}
		for (size_t i = 0; i < r.count; i++)
			text_addf(&out, "<%s>", csv_field(&r, i));
		text_addc(&out, '\n');
		assert_string_equal(csv_field(&r, r.count), "");
	}
	assert_int_equal(rc, GUICHET_NOT_FOUND);
	assert_int_equal(r.offset, bytes);
	if (found)
		*found = r.separator;
	csv_reader_done(&r);
	fclose(file);
	return text_take(&out);
}

static void check(const char *data, const char *expected)
{
	char *got = flatten(data, strlen(data), ',', NULL);

	assert_string_equal(got, expected);
	free(got);
}

/* Protects: quoting, line ends, BOM, empty fields and lines are read as RFC 4180 and spreadsheets write them. */
static void reads_what_files_hold(void **state)
{
	(void)state;
	check("", "");
	check("a,b\n1,2", "<a><b>\n<1><2>\n");
	check("\xEF\xBB\xBF" "a,b\r\n1,2\r\n", "<a><b>\n<1><2>\n");
	check("a,b\n,\n\n\r\n1,\n", "<a><b>\n<><>\n<1><>\n");
	check("\"a\",\"b \"\"x\"\"\"\n\"\",\"1,2\"\n", "<a><b \"x\">\n<><1,2>\n");
	check("a,b\n\"l1\nl2\r\nl3\",z\nc,d\n", "<a><b>\n<l1\nl2\r\nl3><z>\n<c><d>\n");
	check("a,b\n12\" de tuyau,{'type': 'x'}\n", "<a><b>\n<12\" de tuyau><{'type': 'x'}>\n");
	check("a,b\n\"x\",\"y\"\r\n\"z\"", "<a><b>\n<x><y>\n<z>\n");
	check("a\rb,c\n", "<a\rb><c>\n");
}

/* Protects: a quote that is never closed costs its own record: those below come out, whether they hold quotes or not. */
static void survives_a_torn_quote(void **state)
{
	(void)state;
	check("a,b,c\n1,\"torn,x\n2,y,z\n3,y,z\n", "<a><b><c>\n!2:1,\"torn,x!\n<2><y><z>\n<3><y><z>\n");
	check("a,b,c\n1,\"torn,x\n2,\"y, y\",z\n3,y,z\n", "<a><b><c>\n!2:1,\"torn,x!\n<2><y, y><z>\n<3><y><z>\n");
	check("a,b,c\n1,\"torn,x\n2,\"\",z\n3,\"y\",z\n", "<a><b><c>\n!2:1,\"torn,x!\n<2><><z>\n<3><y><z>\n");
	/* The rest of a text over several lines goes with its torn record. */
	check("a,b,c\n1,\"Bonjour,\nun trou\nmerci\n2,y,z\n", "<a><b><c>\n!2:1,\"Bonjour,\nun trou\nmerci!\n<2><y><z>\n");
	/* Two in a row are two. */
	check("a,b\n1,\"x\n2,\"y\n3,z\n", "<a><b>\n!2:1,\"x!\n!3:2,\"y!\n<3><z>\n");
	/* Closed by chance further down: the width gives it away. */
	check("a,b,c\n1,\"x,y\n2,\",\",z\n3,y,z\n", "<a><b><c>\n!2:1,\"x,y!\n<2><,><z>\n<3><y><z>\n");
	/* At the end of a file that was cut. */
	check("a,b\n1,2\n3,\"cou", "<a><b>\n<1><2>\n!3:3,\"cou!\n");
	/* In the first record nothing is known yet of the others. */
	check("\"a,b\n1,2\n3,4\n", "!1:\"a,b!\n<1><2>\n<3><4>\n");
	/* No plausible line below: none is passed over. */
	check("a,b,c\n1,\"x\n2\n3\n", "<a><b><c>\n!2:1,\"x!\n<2>\n<3>\n");
}

/* Protects: 20,000 records after a torn quote, none of them quoted, all come out. */
static void swallows_no_long_file(void **state)
{
	struct text data = TEXT_INIT;
	struct csv_reader r;
	enum guichet_rc rc;
	int good = 0, bad = 0;
	FILE *file;

	(void)state;
	text_add(&data, "id,text,place\n0,\"torn,here\n");
	for (int i = 1; i <= 20000; i++)
		text_addf(&data, "%d,un texte qui compte,rue %d\n", i, i);
	file = fmemopen(data.data, data.len, "r");
	csv_reader_init(&r, file, 0);
	while ((rc = csv_next(&r)) == GUICHET_OK || rc == GUICHET_DATA) {
		good += rc == GUICHET_OK;
		bad += rc == GUICHET_DATA;
		if (rc == GUICHET_OK && good > 1)
			assert_int_equal(atoi(csv_field(&r, 0)), good - 1);
	}
	assert_int_equal(good, 20001);
	assert_int_equal(bad, 1);
	csv_reader_done(&r);
	fclose(file);
	text_done(&data);
}

/* Protects: text after a closing quote, a NUL and broken UTF-8 are refused with their line, the next record is read. */
static void refuses_bad_records(void **state)
{
	static const char nul[] = "a,b\n1,x\0y\n2,z\n";
	char *got;

	(void)state;
	check("a,b\n\"x\"y,1\n2,z\n", "<a><b>\n!2:\"x\"y,1!\n<2><z>\n");
	check("a,b\n\"x\" ,1\nseul\n2,z\n", "<a><b>\n!2:\"x\" ,1!\n<seul>\n<2><z>\n");
	check("a,b\n1,\xE9t\xE9\n2,z\n", "<a><b>\n!2:1,\xE9t\xE9!\n<2><z>\n");
	got = flatten(nul, sizeof nul - 1, ',', NULL);
	assert_string_equal(got, "<a><b>\n!2:1,x!\n<2><z>\n");
	free(got);
}

/* Protects: a line or field beyond the limits is refused without being held whole, and the next record is read; lines are
 * counted through it. */
static void refuses_giants(void **state)
{
	static const size_t sizes[] = { CSV_FIELD_MAX + 1, CSV_RECORD_MAX + 1, 3 * CSV_RECORD_MAX };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		size_t size = sizes[i / 2];
		char *data = guichet_alloc(size + 32);
		FILE *file;
		struct csv_reader r;

		memcpy(data, i % 2 ? "a,b\n\"" : "a,b\nx", 5);
		memset(data + 5, 'x', size);
		memcpy(data + 5 + size, i % 2 ? "\",1\nc,d\n" : "x,1\nc,d\n", 8);
		file = fmemopen(data, size + 13, "r");
		csv_reader_init(&r, file, ',');
		assert_int_equal(csv_next(&r), GUICHET_OK);
		assert_int_equal(csv_next(&r), GUICHET_DATA);
		assert_int_equal(r.line, 2);
		assert_true(r.record.len > CSV_FIELD_MAX && r.record.len <= CSV_RECORD_MAX);
		assert_int_equal(csv_next(&r), GUICHET_OK);
		assert_int_equal(r.line, 3);
		assert_string_equal(csv_field(&r, 1), "d");
		assert_int_equal(csv_next(&r), GUICHET_NOT_FOUND);
		csv_reader_done(&r);
		fclose(file);
		free(data);
	}
}

/* Protects: a row of more columns than we hold is refused, the one at the limit is not. */
static void limits_the_columns(void **state)
{
	(void)state;
	for (int columns = CSV_COLUMNS_MAX; columns <= CSV_COLUMNS_MAX + 1; columns++) {
		struct text data = TEXT_INIT;
		struct csv_reader r;
		FILE *file;

		for (int i = 1; i < columns; i++)
			text_add(&data, "x,");
		text_add(&data, "y\n1,2\n");
		file = fmemopen(data.data, data.len, "r");
		csv_reader_init(&r, file, ',');
		assert_int_equal(csv_next(&r), columns > CSV_COLUMNS_MAX ? GUICHET_DATA : GUICHET_OK);
		assert_int_equal(csv_next(&r), GUICHET_OK);
		assert_string_equal(csv_field(&r, 1), "2");
		csv_reader_done(&r);
		fclose(file);
		text_done(&data);
	}
}

/* Protects: the separator is found even where another one is frequent inside the fields. */
static void finds_the_separator(void **state)
{
	static const struct { const char *data; char separator; } cases[] = {
		{ "a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n", ';' },
		{ "a,b\n\"x;y;z\",1\n\"x;y\",2\n", ',' },
		{ "a\tb, c\n1\t2\n3\t4, 5\n", '\t' },
		{ "a|b\n1|2\n", '|' },
		{ "seule\nligne\n", ',' },
		{ "a;b\n\"torn;1\n2;3\n4;5\n", ';' },
		{ "", ',' },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char found = 0;

		free(flatten(cases[i].data, strlen(cases[i].data), 0, &found));
		assert_int_equal(found, cases[i].separator);
	}
}

/* Protects: an import interrupted after any record goes on from the saved offset with the very next one. */
static void resumes_from_an_offset(void **state)
{
	static const char data[] = "\xEF\xBB\xBFid;t\r\n1;\"a\r\nb\"\r\n2;c\r\n\r\n3;\"d\"\"\"\r\n4;\"torn\r\n5;e";
	size_t records = 0;

	(void)state;
	for (size_t stop = 1; stop <= 6; stop++) {
		FILE *file = fmemopen((void *)data, sizeof data - 1, "r");
		struct csv_reader whole, rest;

		csv_reader_init(&whole, file, 0);
		for (size_t i = 0; i < stop; i++)
			csv_next(&whole);
		assert_int_equal(fseek(file, (long)whole.offset, SEEK_SET), 0);
		csv_reader_init(&rest, file, whole.separator);
		rest.next_line = whole.next_line;
		rest.offset = whole.offset;
		for (enum guichet_rc rc = GUICHET_OK; rc != GUICHET_NOT_FOUND;) {
			FILE *again = fmemopen((void *)data, sizeof data - 1, "r");
			struct csv_reader reference;
			size_t skipped = 0;

			rc = csv_next(&rest);
			csv_reader_init(&reference, again, ';');
			while (csv_next(&reference) != GUICHET_NOT_FOUND && reference.offset < rest.offset)
				skipped++;
			records += rc != GUICHET_NOT_FOUND;
			if (rc != GUICHET_NOT_FOUND) {
				assert_int_equal(reference.line, rest.line);
				assert_string_equal(text_str(&reference.record), text_str(&rest.record));
				assert_true(skipped >= stop);
			}
			csv_reader_done(&reference);
			fclose(again);
		}
		csv_reader_done(&whole);
		csv_reader_done(&rest);
		fclose(file);
	}
	assert_int_equal(records, 5 + 4 + 3 + 2 + 1);
}

static void written(const char *value, const char *expected)
{
	struct text line = TEXT_INIT;

	csv_write_field(&line, value, ';', true);
	assert_string_equal(text_str(&line), expected);
	text_done(&line);
}

/* Protects: no cell that we write is run by a spreadsheet, and numbers stay numbers. */
static void writes_no_formula(void **state)
{
	(void)state;
	written("", "");
	written("rue d'Alésia", "rue d'Alésia");
	written("=1+1", "\"'=1+1\"");
	written("@SUM(A1)", "\"'@SUM(A1)\"");
	written("\tx", "\"'\tx\"");
	written("\rx", "\"'\rx\"");
	written("-12,5", "-12,5");
	written("+33612345678", "+33612345678");
	written("-1+cmd|' /C calc'!A0", "\"'-1+cmd|' /C calc'!A0\"");
	written("-", "\"'-\"");
	written("-1.", "\"'-1.\"");
	written("-1.2.3", "\"'-1.2.3\"");
	written("a;b", "\"a;b\"");
	written("a,b", "a,b");
	written("dit \"oui\"", "\"dit \"\"oui\"\"\"");
	written("l1\nl2", "\"l1\nl2\"");
	written(" x", "\" x\"");
}

/* Protects: what is written is read back the same, for every separator. */
static void reads_back_what_it_writes(void **state)
{
	static const char *const values[] = { "a", "", "x;y,z|t\tu", "\"", "\"\"", "l1\r\nl2\n", " bord ", "é漢\xF0\x9F\x98\x80", "'" };
	static const char separators[] = ",;\t|";

	(void)state;
	for (const char *separator = separators; *separator; separator++) {
		struct text data = TEXT_INIT;
		struct csv_reader r;
		FILE *file;

		for (size_t row = 0; row < 3; row++) {
			for (size_t i = 0; i < sizeof values / sizeof *values; i++)
				csv_write_field(&data, values[i], *separator, i == 0);
			text_add(&data, "\r\n");
		}
		file = fmemopen(data.data, data.len, "r");
		csv_reader_init(&r, file, *separator);
		for (size_t row = 0; row < 3; row++) {
			assert_int_equal(csv_next(&r), GUICHET_OK);
			assert_int_equal(r.count, sizeof values / sizeof *values);
			for (size_t i = 0; i < r.count; i++)
				assert_string_equal(csv_field(&r, i), values[i]);
		}
		csv_reader_done(&r);
		fclose(file);
		text_done(&data);
	}
}

/* Protects: the real files come out whole: their separator, every record, every column. */
static void reads_the_real_files(void **state)
{
	static const struct { const char *path; char separator; int records; size_t columns; } files[] = {
		{ "paris-dmr/dmr_snapshot_2024-11-20_1a82200.csv", ';', 10001, 17 },
		{ "paris-dmr/dmr_snapshot_2024-12-01_e52145e.csv", ',', 10001, 17 },
		{ "montreal-plateau-311/plateau_311.csv", ',', 80932, 7 },
		{ "nyc-311/nyc311_2013-12-25.csv", ',', 927, 52 },
		{ "laposte-hexasmal/laposte_hexasmal.csv", ';', 39193, 6 },
	};
	const char *shared = getenv("GUICHET_SHARED");

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct csv_reader r;
		char path[512];
		int records = 0;
		FILE *file;

		snprintf(path, sizeof path, "%s/data/%s", shared ? shared : "../shared", files[i].path);
		file = fopen(path, "r");
		if (!file) {
			print_message("skipped: %s is absent\n", path);
			skip();
		}
		csv_reader_init(&r, file, 0);
		while (csv_next(&r) == GUICHET_OK) {
			assert_int_equal(r.count, files[i].columns);
			records++;
		}
		assert_null(r.problem);
		assert_int_equal(r.separator, files[i].separator);
		assert_int_equal(records, files[i].records);
		csv_reader_done(&r);
		fclose(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_files_hold),
		cmocka_unit_test(survives_a_torn_quote),
		cmocka_unit_test(swallows_no_long_file),
		cmocka_unit_test(refuses_bad_records),
		cmocka_unit_test(refuses_giants),
		cmocka_unit_test(limits_the_columns),
		cmocka_unit_test(finds_the_separator),
		cmocka_unit_test(resumes_from_an_offset),
		cmocka_unit_test(writes_no_formula),
		cmocka_unit_test(reads_back_what_it_writes),
		cmocka_unit_test(reads_the_real_files),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
