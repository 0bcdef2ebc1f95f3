// SPDX-License-Identifier: GPL-3.0-or-later
/* bare_list STORE: the smallest honest list of the same store, on SQLite and ncurses alone, that the screens are compared with. Open requests by due date;
 * j k, Space and b for a page; / looks the newest requests up as one types, Enter ends it; q leaves. Must use nothing of guichet's. */
#include <curses.h>
#include <locale.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 300, LINE = 512, TYPED_MAX = 60 };

struct row { char text[LINE]; };

static struct {
	sqlite3 *db;
	sqlite3_stmt *page, *found;
	struct row rows[ROWS_MAX];
	int count, selected, skipped;
	bool typing;
	char typed[TYPED_MAX + 4];
} bare;

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *st = NULL;
	if (sqlite3_prepare_v2(bare.db, sql, -1, &st, NULL) == SQLITE_OK)
		return st;
	fprintf(stderr, "bare_list: %s\n", sqlite3_errmsg(bare.db));
	exit(70);
}

#define COLUMNS \
	"SELECT r.reference, r.status, r.subject, r.address, coalesce(q.name, ''), r.due_answer FROM request r LEFT JOIN requester q ON q.id = r.requester "

static void read_rows(sqlite3_stmt *st)
{
	int room = LINES - 2 < ROWS_MAX ? LINES - 2 : ROWS_MAX;
	bare.count = bare.selected = 0;
	while (bare.count < room && sqlite3_step(st) == SQLITE_ROW) {
		const char *texts[5];
		for (int i = 0; i < 5; i++)
			texts[i] = sqlite3_column_text(st, i) ? (const char *)sqlite3_column_text(st, i) : "";
		snprintf(bare.rows[bare.count++].text, LINE, "%s  %-10s %s, %s, %s", texts[0], texts[1], texts[2], texts[3], texts[4]);
	}
	sqlite3_reset(st);
}

static void read_page(void)
{
	sqlite3_bind_int(bare.page, 1, bare.skipped);
	read_rows(bare.page);
}

static void draw(void)
{
	erase();
	for (int i = 0; i < bare.count; i++) {
		if (i == bare.selected)
			attron(A_REVERSE);
		mvaddnstr(i, 0, bare.rows[i].text, COLS - 1);
		if (i == bare.selected)
			attroff(A_REVERSE);
	}
	mvprintw(LINES - 1, 0, "BARE %s", bare.typed);
	move(bare.typing ? LINES - 1 : bare.selected, bare.typing ? 5 + (int)strlen(bare.typed) : 0);
	refresh();
}

static void look(void)
{
	char match[TYPED_MAX + 8];
	snprintf(match, sizeof match, "\"%s\"*", bare.typed);
	sqlite3_bind_text(bare.found, 1, match, -1, SQLITE_STATIC);
	read_rows(bare.found);
}

static void type(int key)
{
	size_t n = strlen(bare.typed);
	if (key < ' ' || key == '"' || key > 0xff) {
		bare.typing = false;
		bare.typed[0] = '\0';
		bare.skipped = 0;
		read_page();
	} else if (n < TYPED_MAX) {
		bare.typed[n] = (char)key;
		bare.typed[n + 1] = '\0';
		if (n > 0)
			look();
	}
}

static void press(int key)
{
	int page = LINES - 2;
	if (bare.typing) {
		type(key);
	} else if (key == '/') {
		bare.typing = true;
	} else if (key == 'j' && bare.selected + 1 < bare.count) {
		bare.selected++;
	} else if (key == 'k' && bare.selected > 0) {
		bare.selected--;
	} else if (key == ' ' || key == 'b') {
		bare.skipped += key == ' ' ? page : -page;
		bare.skipped = bare.skipped < 0 ? 0 : bare.skipped;
		read_page();
	}
}

int main(int argc, char **argv)
{
	int key;
	setlocale(LC_ALL, "");
	if (argc != 2 || sqlite3_open_v2(argv[1], &bare.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		return 66;
	sqlite3_exec(bare.db, "PRAGMA cache_size = -8192", NULL, NULL, NULL);
	bare.page = prepare(COLUMNS "WHERE r.open = 1 ORDER BY r.due_answer, r.id LIMIT 300 OFFSET ?1");
	bare.found = prepare(COLUMNS "WHERE r.id IN (SELECT rowid FROM request_fts WHERE request_fts MATCH ?1 ORDER BY rowid DESC LIMIT 50)");
	initscr();
	cbreak();
	noecho();
	read_page();
	draw();
	while ((key = getch()) != 'q' || bare.typing) {
		press(key);
		draw();
	}
	endwin();
	sqlite3_finalize(bare.page);
	sqlite3_finalize(bare.found);
	sqlite3_close(bare.db);
	return 0;
}
