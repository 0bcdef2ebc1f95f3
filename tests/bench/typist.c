// SPDX-License-Identifier: GPL-3.0-or-later
/* See typist.h. Must not know which screens there are. */
#include "typist.h"

#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../screen/xterm.h"
#include "guichet/base/clock.h"
#include "guichet/base/utf8.h"
#include "guichet/ui/screen.h"

/* Quiet for two looks of so long, and asleep: it has painted. A key that changes nothing is waited for a little longer, beyond a lone Escape's delay. */
enum { LOOK_MS = 2, LOOKS = 2, SILENT_MS = 60, PATIENCE_MS = 30000 };
/* Longer than the application waits for another key. */
enum { RESTED_MS = 260 };

static double now_ms(void)
{
	return (double)clock_monotonic_ns() / 1e6;
}

double typist_cpu_ms(const struct typist *t)
{
	struct timespec at = {0};
	clock_gettime(t->clock, &at);
	return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

/* --- what the system knows of a program --- */

static bool read_file(pid_t pid, const char *name, char *out, size_t room)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(out, 1, room - 1, f) : 0;
	out[n] = '\0';
	if (f)
		fclose(f);
	return n > 0;
}

static bool is_asleep(pid_t pid)
{
	char stat[512];
	const char *at = read_file(pid, "stat", stat, sizeof stat) ? strrchr(stat, ')') : NULL;
	return !at || at[1] != ' ' || at[2] == 'S' || at[2] == 'Z';
}

/* Ready to run, and kept waiting for a processor. */
static double kept_waiting_ms(pid_t pid)
{
	char stat[128];
	unsigned long long ran, waited = 0;
	if (!read_file(pid, "schedstat", stat, sizeof stat) || sscanf(stat, "%llu %llu", &ran, &waited) != 2)
		return 0;
	return (double)waited / 1e6;
}

long typist_status(const struct typist *t, const char *name)
{
	char status[8192];
	size_t n = strlen(name);
	const char *at = read_file(t->screen ? getpid() : t->pty.pid, "status", status, sizeof status) ? status : NULL;
	for (; at && (strncmp(at, name, n) || at[n] != ':'); at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		;
	return at ? strtol(at + n + 1, NULL, 10) : -1;
}

/* --- outside --- */

bool typist_outside(struct typist *t, int rows, int cols, const char *const *environment, char *const *argv)
{
	*t = (struct typist){.screen = NULL};
	return pty_start(&t->pty, rows, cols, "xterm-256color", environment, argv) && !clock_getcpuclockid(t->pty.pid, &t->clock);
}

static double all_waits(const struct typist *t)
{
	return kept_waiting_ms(t->pty.pid) + kept_waiting_ms(getpid());
}

static void press_outside(struct typist *t, const char *bytes, size_t count, struct painted *out)
{
	int64_t sent = t->pty.vt.bytes, whole;
	double cpu = typist_cpu_ms(t), waited = all_waits(t), from = now_ms(), shown = from, last = from, cpu_shown = cpu;
	int quiet = 0;
	pty_send(&t->pty, bytes, count);
	while (quiet < LOOKS && now_ms() - from < PATIENCE_MS) {
		bool first = t->pty.vt.bytes == sent;
		if (pty_take_in(&t->pty, LOOK_MS)) {
			while (pty_take_in(&t->pty, 0))
				;
			last = now_ms();
			if (first) {
				cpu_shown = typist_cpu_ms(t);
				shown = last;
			}
			quiet = 0;
		} else if (is_asleep(t->pty.pid) && (t->pty.vt.bytes > sent || now_ms() - from > SILENT_MS)) {
			quiet++;
		}
	}
	/* What changes nothing on the screen still has a price. */
	if (t->pty.vt.bytes == sent)
		cpu_shown = typist_cpu_ms(t);
	*out = (struct painted){.wall_ms = shown - from, .cpu_ms = cpu_shown - cpu, .whole_ms = last - from, .waited_ms = all_waits(t) - waited,
		.bytes = t->pty.vt.bytes - sent};
	whole = t->pty.vt.bytes;
	for (double rest = now_ms(); t->rests && now_ms() - rest < RESTED_MS;)
		pty_take_in(&t->pty, LOOK_MS);
	out->rest_bytes = t->pty.vt.bytes - whole;
}

bool typist_wait(struct typist *t, const char *text)
{
	int quiet = 0;
	if (!pty_wait(&t->pty, text))
		return false;
	while (quiet < LOOKS)
		quiet = pty_take_in(&t->pty, LOOK_MS) || !is_asleep(t->pty.pid) ? 0 : quiet + 1;
	return true;
}

/* --- inside --- */

/* SQLite gives new connections no context. */
static struct counted { bool on; int64_t statements, rows, steps; } counted;

static int count_one(unsigned what, void *context, void *p, void *x)
{
	struct counted *c = context;
	(void)x;
	if (what == SQLITE_TRACE_ROW)
		c->rows++;
	else if (what == SQLITE_TRACE_PROFILE) {
		c->statements++;
		c->steps += sqlite3_stmt_status(p, SQLITE_STMTSTATUS_VM_STEP, 1);
	}
	return 0;
}

static int watch_connection(sqlite3 *db, const char **error, const void *api)
{
	(void)error;
	(void)api;
	if (counted.on)
		sqlite3_trace_v2(db, SQLITE_TRACE_ROW | SQLITE_TRACE_PROFILE, count_one, &counted);
	return SQLITE_OK;
}

static void die(const char *what, const struct guichet_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err->message);
	exit(70);
}

static void open_terminal(struct typist *t, int rows, int cols)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	char name[128];
	t->pty.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (t->pty.fd < 0 || grantpt(t->pty.fd) || unlockpt(t->pty.fd) || ptsname_r(t->pty.fd, name, sizeof name) ||
		ioctl(t->pty.fd, TIOCSWINSZ, &size) || (t->pty.program_fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
		perror("bench: pseudo-terminal");
		exit(71);
	}
	vt_init(&t->pty.vt, rows, cols);
}

/* Takes what was sent out of the terminal; the rest of a picture too large for it follows. */
static void take_picture(struct typist *t)
{
	do
		while (pty_take_in(&t->pty, screen_is_busy(t->screen) ? LOOK_MS : 0))
			;
	while (screen_is_busy(t->screen) && screen_flush(t->screen) == GUICHET_OK);
}

static void paint(struct typist *t)
{
	int rows, cols;
	screen_size(t->screen, &rows, &cols);
	grid_resize(&t->grid, rows, cols);
	ui_draw(t->ui, &t->grid);
	screen_paint(t->screen, &t->grid);
}

static bool nobody_waits(void *context)
{
	(void)context;
	return false;
}

void typist_inside(struct typist *t, int rows, int cols, const char *store, const struct actor *actor, bool count)
{
	struct guichet_err err = {0};
	struct text warning = TEXT_INIT;
	struct ui_options options = {.actor = *actor};
	*t = (struct typist){.clock = CLOCK_PROCESS_CPUTIME_ID};
	counted = (struct counted){.on = count};
	sqlite3_auto_extension((void (*)(void))watch_connection);
	if (store_open(store, NULL, &t->store, &err))
		die(store, &err);
	sqlite3_cancel_auto_extension((void (*)(void))watch_connection);
	open_terminal(t, rows, cols);
	struct screen_options so = {.in_fd = t->pty.program_fd, .out_fd = t->pty.program_fd, .term = "xterm-256color"};
	if (screen_open(&so, &t->screen, &warning, &err))
		die("screen", &err);
	text_done(&warning);
	grid_init(&t->grid, rows, cols);
	t->ui = ui_new(t->store, &options);
	ui_hurry(t->ui, nobody_waits, NULL);
	ui_open(t->ui, &view_todo, NULL);
	paint(t);
	take_picture(t);
}

static void press_inside(struct typist *t, const char *bytes, size_t count, struct painted *out)
{
	struct pollfd typed = {.fd = t->pty.program_fd, .events = POLLIN};
	int64_t sent = screen_bytes_sent(t->screen);
	struct key k;
	if (write(t->pty.fd, bytes, count) != (ssize_t)count)
		exit(74);
	poll(&typed, 1, PATIENCE_MS);
	struct counted before = counted;
	double waited = kept_waiting_ms(getpid()), from = now_ms(), cpu = typist_cpu_ms(t);
	screen_read_keys(t->screen);
	while (screen_next_key(t->screen, &k))
		ui_key(t->ui, &k);
	paint(t);
	*out = (struct painted){.wall_ms = now_ms() - from, .cpu_ms = typist_cpu_ms(t) - cpu};
	while (ui_is_unfinished(t->ui)) {
		take_picture(t);
		ui_finish(t->ui);
		paint(t);
	}
	out->whole_ms = now_ms() - from;
	out->waited_ms = kept_waiting_ms(getpid()) - waited;
	take_picture(t);
	out->bytes = screen_bytes_sent(t->screen) - sent;
	ui_rest(t->ui);
	paint(t);
	take_picture(t);
	out->rest_bytes = screen_bytes_sent(t->screen) - sent - out->bytes;
	out->statements = counted.statements - before.statements;
	out->rows = counted.rows - before.rows;
	out->steps = counted.steps - before.steps;
}

void typist_tick(struct typist *t, struct painted *out)
{
	int64_t sent = screen_bytes_sent(t->screen);
	struct counted before = counted;
	ui_tick(t->ui);
	paint(t);
	take_picture(t);
	*out = (struct painted){.bytes = screen_bytes_sent(t->screen) - sent, .statements = counted.statements - before.statements,
		.rows = counted.rows - before.rows, .steps = counted.steps - before.steps};
}

void typist_done(struct typist *t)
{
	if (t->ui) {
		ui_free(&t->ui);
		screen_close(&t->screen);
		grid_done(&t->grid);
		store_close(&t->store);
	}
	pty_done(&t->pty);
}

/* --- scripts --- */

static void press(struct typist *t, const char *key, const char *bytes, size_t count)
{
	struct painted p = {0};
	if (t->screen)
		press_inside(t, bytes, count, &p);
	else
		press_outside(t, bytes, count, &p);
	if (t->each)
		t->each(t->context, key, &p);
}

static void type(struct typist *t, const char *text, size_t bytes)
{
	for (size_t at = 0; at < bytes;) {
		char one[8] = "";
		uint32_t cp;
		size_t n = utf8_decode(text + at, bytes - at, &cp);
		if (n == 0 || n >= sizeof one)
			return;
		memcpy(one, text + at, n);
		press(t, one, one, n);
		at += n;
	}
}

void typist_type(struct typist *t, const char *text)
{
	type(t, text, strlen(text));
}

static bool press_named(struct typist *t, const char *word)
{
	struct text bytes = TEXT_INIT;
	char name[32];
	/* A lone * is a key. */
	size_t n = 1 + strcspn(word + 1, "*");
	long times = word[n] ? strtol(word + n + 1, NULL, 10) : 1;
	snprintf(name, sizeof name, "%.*s", (int)n, word);
	bool known = xterm_add_key(&bytes, name);
	for (long i = 0; known && i < times; i++)
		press(t, name, bytes.data, bytes.len);
	text_done(&bytes);
	return known;
}

bool typist_play(struct typist *t, const char *script)
{
	char word[40];
	for (;;) {
		script += strspn(script, " ");
		if (!*script)
			return true;
		if (*script == '\'') {
			size_t n = strcspn(++script, "'");
			type(t, script, n);
			script += n + (script[n] == '\'');
			continue;
		}
		size_t n = strcspn(script, " ");
		snprintf(word, sizeof word, "%.*s", (int)n, script);
		if (!press_named(t, word))
			return false;
		script += n;
	}
}

bool typist_shows(struct typist *t, const char *text)
{
	return vt_find(&t->pty.vt, text) >= 0;
}
