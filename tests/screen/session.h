// SPDX-License-Identifier: GPL-3.0-or-later
/* Somebody signed in at a desk of their own, for tests: what they type, what they must see, what the store then
 * holds. Must not know any screen. */
#ifndef TESTS_SCREEN_SESSION_H
#define TESTS_SCREEN_SESSION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

struct session {
	struct desk desk;
	struct pty p;
};

static inline void session_open_at(struct session *s, const char *login, int rows, int cols)
{
	const char *arguments[] = {"--as", login, NULL};

	assert_true(desk_open(&s->desk, &s->p, "xterm-256color", rows, cols, arguments));
}

/* On a copy of `base`. */
static inline void session_open(struct session *s, const struct desk *base, const char *login)
{
	assert_true(desk_copy(&s->desk, base));
	session_open_at(s, login, 24, 80);
}

static inline void session_close(struct session *s)
{
	if (s->p.vt.unknown)
		fail_msg("sent what the terminal does not know: %s", s->p.vt.unknown_last);
	pty_done(&s->p);
	desk_done(&s->desk);
}

static inline void session_type(struct session *s, const char *script)
{
	if (!script_type(&s->desk, &s->p, script, NULL))
		fail_msg("no rest after: %s", script);
}

/* In one write: a burst, or bytes that no key sends. */
static inline void session_send(struct session *s, const char *bytes)
{
	pty_type(&s->p, bytes);
	assert_true(moment_settle(&s->desk.moment, &s->p));
}

static inline void session_pass(struct session *s, int64_t ms)
{
	assert_true(moment_pass(&s->desk.moment, &s->p, ms));
}

static inline void session_look(const struct session *s, const char *text, bool there)
{
	char *screen = vt_dump(&s->p.vt, false);

	if (!strstr(screen, text) == there)
		fail_msg("« %s » is %son the screen:\n%s", text, there ? "not " : "", screen);
	free(screen);
}

static inline void session_sees(const struct session *s, const char *text)
{
	session_look(s, text, true);
}

static inline void session_misses(const struct session *s, const char *text)
{
	session_look(s, text, false);
}

/* The cursor, which screen readers follow, is on the row where this stands. */
static inline void session_is_on(const struct session *s, const char *text)
{
	const char *row = vt_row(&s->p.vt, s->p.vt.row);

	if (!strstr(row, text) || !s->p.vt.cursor_shown)
		fail_msg("the cursor is not on « %s » but on « %s »", text, row);
}

/* A number asked of the store, by another door. */
static inline int64_t session_ask(const struct session *s, const char *sql)
{
	int64_t n = desk_store_number(s->desk.store, sql);

	assert_true(n != INT64_MIN);
	return n;
}

/* The whole record of the newest request is in what the desk said. */
static inline void session_show_newest(struct session *s)
{
	char reference[16];

	assert_int_equal(DESK_RUN(&s->desk, "--json", "list", "--all", "--sort", "received", "--limit", "1"), 0);
	snprintf(reference, sizeof reference, "%s", script_field(&s->desk, 0, "service_request_id"));
	assert_int_equal(DESK_RUN(&s->desk, "--json", "show", reference, "--history"), 0);
}

static inline void session_holds(const struct session *s, const char *name, const char *wanted)
{
	const char *got = script_field(&s->desk, 0, name);

	if (strcmp(got, wanted) != 0)
		fail_msg("%s is « %s » and not « %s » in %s", name, got, wanted, text_str(&s->desk.said));
}

#endif
