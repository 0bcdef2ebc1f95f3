// SPDX-License-Identifier: GPL-3.0-or-later
/* Who types, and work that goes on beside: the loop at a terminal of its own, with pieces of work that are due or ready
 * all at once, and keys that come in the middle of them. Counted in pieces, never in time. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "guichet/ui/loop.h"
#include "pty.h"

enum { PIECES = 3, EVENTS = 64 };

struct desk {
	struct pty pty;
	struct screen *screen;
	struct loop *loop;
	char events[EVENTS]; size_t count;   /* K a key, T a timer's work, W a descriptor's, F what a picture lacked */
	int left, fds[PIECES];
	bool lacks, paste;
};

static void note(struct desk *d, char event)
{
	if (d->count < EVENTS - 1)
		d->events[d->count++] = event;
}

static void type_key(struct desk *d)
{
	assert_int_equal(write(d->pty.fd, "x", 1), 1);
	/* It has crossed the terminal. */
	while (!loop_is_asked(d->loop))
		continue;
}

static void end_piece(struct desk *d)
{
	if (--d->left == 0 && !d->paste)
		loop_quit(d->loop);
}

static void on_key(void *context, const struct key *k)
{
	struct desk *d = context;
	assert_int_equal(k->code, KEYCODE_CHAR);
	note(d, 'K');
}

static void on_draw(void *context, struct grid *g)
{
	(void)context;
	(void)g;
}

static bool lacks(void *context)
{
	struct desk *d = context;
	return d->lacks;
}

static void finish(void *context)
{
	struct desk *d = context;
	d->lacks = false;
	note(d, 'F');
}

static void on_timer(void *context)
{
	struct desk *d = context;
	note(d, 'T');
	type_key(d);
	end_piece(d);
}

static void on_fd(void *context, int fd, short events)
{
	struct desk *d = context;
	(void)events;
	note(d, 'W');
	if (!d->paste)
		loop_unwatch(d->loop, fd);
	type_key(d);
	end_piece(d);
}

static int set_up(void **state)
{
	static struct desk desk;
	struct desk *d = &desk;
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct text warning = TEXT_INIT;
	char name[128];
	memset(d, 0, sizeof *d);
	d->pty.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(d->pty.fd >= 0 && !grantpt(d->pty.fd) && !unlockpt(d->pty.fd));
	assert_true(!ptsname_r(d->pty.fd, name, sizeof name) && !ioctl(d->pty.fd, TIOCSWINSZ, &size));
	d->pty.program_fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	vt_init(&d->pty.vt, 24, 80);
	int fd = d->pty.program_fd;
	const struct screen_options so = { .in_fd = fd, .out_fd = fd, .term = "xterm-256color" };
	assert_int_equal(screen_open(&so, &d->screen, &warning, NULL), GUICHET_OK);
	text_done(&warning);
	const struct loop_client client = { d, on_key, on_draw, NULL, lacks, finish };
	d->loop = loop_new(d->screen, &client, false);
	for (int i = 0; i < PIECES; i++)
		d->fds[i] = eventfd(1, EFD_CLOEXEC);
	d->left = PIECES;
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	struct desk *d = *state;
	screen_close(&d->screen);
	loop_free(&d->loop);
	for (int i = 0; i < PIECES; i++)
		close(d->fds[i]);
	vt_done(&d->pty.vt);
	close(d->pty.program_fd);
	close(d->pty.fd);
	return 0;
}

/* Protects: of work that is due at once, a key waits for one piece, not for all of them. */
static void test_timers(void **state)
{
	struct desk *d = *state;
	for (int i = 0; i < PIECES; i++)
		loop_at(d->loop, 0, 0, on_timer, d);
	assert_int_equal(loop_run(d->loop), LOOP_QUIT);
	assert_string_equal(d->events, "TKTKT");
}

/* Protects: nor for all that is ready. */
static void test_watches(void **state)
{
	struct desk *d = *state;
	for (int i = 0; i < PIECES; i++)
		loop_watch(d->loop, d->fds[i], POLLIN, on_fd, d);
	assert_int_equal(loop_run(d->loop), LOOP_QUIT);
	assert_string_equal(d->events, "WKWKW");
}

static void on_endless(void *context)
{
	struct desk *d = context;
	note(d, 'T');
	type_key(d);
	if (d->count >= EVENTS / 2)
		loop_quit(d->loop);
	loop_at(d->loop, 0, 0, on_endless, d);
}

/* Protects: while keys come all the time and a timer is always due, what is ready gets its turn all the same. */
static void test_both(void **state)
{
	struct desk *d = *state;
	d->paste = true;
	loop_watch(d->loop, d->fds[0], POLLIN, on_fd, d);
	loop_at(d->loop, 0, 0, on_endless, d);
	assert_int_equal(loop_run(d->loop), LOOP_QUIT);
	d->events[10] = '\0';
	assert_string_equal(d->events, "TKTWKKTKTW");
}

/* Protects: what somebody looks for is looked for before work that is ready beside it. */
static void test_unfinished(void **state)
{
	struct desk *d = *state;
	d->lacks = true;
	d->left = 1;
	loop_watch(d->loop, d->fds[0], POLLIN, on_fd, d);
	assert_int_equal(loop_run(d->loop), LOOP_QUIT);
	assert_string_equal(d->events, "FW");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_timers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_watches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_both, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unfinished, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
