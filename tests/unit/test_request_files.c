// SPDX-License-Identifier: GPL-3.0-or-later
/* Papers on Fiche: put in, shown by name however hostile that is, copied out safely, opened in another program without a file on any disk. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/base/ini.h"
#include "ui_fixture.h"

static void write_file(const struct ui_fixture *f, const char *name, const char *content, char path[160])
{
	fixture_path(f->desk, name, path);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(content, out);
	fclose(out);
}

static void open_fiche(struct ui_fixture *f)
{
	struct view_target t = { .channel = -1 };
	setenv("HOME", f->desk->folder, 1);
	unsetenv("DISPLAY");
	unsetenv("WAYLAND_DISPLAY");
	fixture_log(f->desk, &(struct call){ .subject = "Trou", .category = "nid-de-poule" }, &t.row_id);
	ui_open(f->ui, &view_request, &t);
}

/* Protects from names that act on a terminal or write elsewhere: seen as marks, copied under a harmless name, for their owner alone, never over a file. */
static void test_hostile_name(void **state)
{
	struct ui_fixture *f = *state;
	char path[160], copy[160], *data = NULL;
	size_t bytes = 0;
	struct stat info;
	write_file(f, "-x\x1b[2J\xe2\x80\xae`id`.pdf", "%PDF-1.4 a", path);
	open_fiche(f);
	/* Typed by nobody, but brought by a mail or the command line. */
	struct desk_file file = { .path = path };
	struct loaded l;
	assert_int_equal(store_load_id(f->desk->store, ui_top(f->ui)->ops->selected(ui_top(f->ui)), &l, NULL), GUICHET_OK);
	assert_int_equal(desk_attach(f->desk->store, &fixture_agent, l.request.reference, &file, NULL), GUICHET_OK);
	loaded_done(&l);
	ui_keys(f, "C-g P");
	ui_must_show(f, "␛");
	ui_must_show(f, "‹U+202E›");
	ui_must_show(f, "PDF 1 Ko");
	ui_press(f, "Enter");
	ui_must_show(f, "~/x␛_2J‹U+202E›_id.pdf");
	ui_keys(f, "C-u '~/copie.pdf' Enter");
	ui_must_show(f, "copiée hors du dépôt");
	fixture_path(f->desk, "copie.pdf", copy);
	assert_int_equal(stat(copy, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(file_read(copy, 1000, &data, &bytes, NULL), GUICHET_OK);
	assert_string_equal(data, "%PDF-1.4 a");
	free(data);
	ui_keys(f, "P Enter C-u '~/copie.pdf' Enter");
	ui_must_show(f, "existe déjà");
	ui_keys(f, "P Enter C-u '/nulle/part/a.pdf' Enter");
	ui_must_show(f, "copie impossible");
}

/* Protects what arrives later: a paper put on a request, and only if it is one. */
static void test_attach(void **state)
{
	struct ui_fixture *f = *state;
	char path[160];
	open_fiche(f);
	write_file(f, "photo.jpg", "\xff\xd8\xff\xe0", path);
	write_file(f, "piege.jpg", "#!/bin/sh", path);
	ui_keys(f, "P '~/piege.jpg' Enter");
	ui_must_show(f, "ni PDF, ni JPEG");
	ui_keys(f, "P '~/photo.jpg' Enter");
	ui_must_show(f, "pièce jointe à cette demande");
	ui_must_show(f, "photo.jpg, 1 Ko");
}

/* Protects the citizen's papers: another program reads the very bytes, from no file that stays. */
static void test_opened_elsewhere(void **state)
{
	struct ui_fixture *f = *state;
	char path[160], fifo[160], program[160], script[400], path_before[2000], got[64] = "";
	open_fiche(f);
	write_file(f, "lettre.pdf", "%PDF-1.4 bonjour", path);
	fixture_path(f->desk, "sortie", fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	snprintf(script, sizeof script, "#!/bin/sh\ncat \"$1\" >'%s'\n", fifo);
	write_file(f, "xdg-open", script, program);
	chmod(program, 0700);
	snprintf(path_before, sizeof path_before, "%s:%s", f->desk->folder, getenv("PATH"));
	setenv("PATH", path_before, 1);
	setenv("DISPLAY", ":0", 1);
	ui_keys(f, "P '~/lettre.pdf' Enter P Enter");
	ui_must_show(f, "sans laisser de copie");
	ui_press(f, "Enter");
	ui_must_show(f, "autre fenêtre");
	/* Waits for whoever writes to it; the alarm ends a test that nobody answers. */
	alarm(30);
	int fd = open(fifo, O_RDONLY);
	for (size_t n = 0; n < sizeof got - 1;) {
		ssize_t more = read(fd, got + n, sizeof got - 1 - n);
		if (more <= 0)
			break;
		n += (size_t)more;
	}
	alarm(0);
	close(fd);
	assert_string_equal(got, "%PDF-1.4 bonjour");
	unsetenv("DISPLAY");
}

/* Protects a kiosk: nothing is opened nor copied from a store that is read only. */
static void test_kiosk(void **state)
{
	struct ui_fixture *f = *state;
	struct view_target t = { .channel = -1 };
	fixture_log(f->desk, &(struct call){ .subject = "Trou", .category = "nid-de-poule" }, &t.row_id);
	ui_fixture_as(f, &fixture_chief, true);
	ui_open(f->ui, &view_request, &t);
	ui_press(f, "P");
	ui_must_show(f, "lecture seule");
	ui_must_not_show(f, "Fichier à joindre");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ui_fixture_setup, ui_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_hostile_name), TEST(test_attach), TEST(test_opened_elsewhere), TEST(test_kiosk) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
