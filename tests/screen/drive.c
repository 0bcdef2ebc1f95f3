// SPDX-License-Identifier: GPL-3.0-or-later
/* Drives a terminal program from a script on standard input: drive [-s COLSxROWS] [-t TERM] [-e NAME=VALUE]... -- PROGRAM [ARGUMENT]...
 *
 * One command a line; a line that begins with # is a comment:
 *	type TEXT          types the text as it is        paste TEXT        pastes it (bracketed; \n and \t are read)
 *	key NAME...        F2 Enter Escape Ctrl-F Up n... (xterm's sequences), each as its own write
 *	burst NAME...      the same in one write           wait TEXT         until it stands on the screen
 *	gone TEXT          until it does not               settle MS         until nothing came for so long
 *	dump | styles      prints the screen               row N             prints one row, from 0
 *	cursor             prints "row col"                bytes             prints the bytes sent since the last `bytes`
 *	resize COLSxROWS   changes the window              signal NAME       TERM HUP INT TSTP CONT KILL
 *	hangup             the terminal vanishes           end               until the program ended; prints its exit status
 *	counts             prints colours, bytes above ASCII and unknown sequences since the start
 * Exit status: 0; 1 when a wait was in vain (the screen is on standard error); 64 for a command that it does not know.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "guichet/base/text.h"
#include "pty.h"
#include "xterm.h"

static int64_t bytes_before;

static bool press(struct pty *p, char *names, bool together)
{
	struct text all = TEXT_INIT;
	bool known = true;
	char *name;

	while (known && (name = strsep(&names, " ")) != NULL) {
		if (!*name)
			continue;
		known = xterm_add_key(&all, name);
		if (!together) {
			/* Each as a person would, so that none is taken for the rest of the one before. */
			pty_send(p, text_str(&all), all.len);
			pty_settle(p, 40);
			text_clear(&all);
		}
	}
	pty_send(p, text_str(&all), all.len);
	text_done(&all);
	return known;
}

static void paste(struct pty *p, const char *text)
{
	struct text bytes = TEXT_INIT;

	text_add(&bytes, "\033[200~");
	for (; *text; text++) {
		if (*text == '\\' && (text[1] == 'n' || text[1] == 't'))
			text_addc(&bytes, *++text == 'n' ? '\n' : '\t');
		else
			text_addc(&bytes, *text);
	}
	text_add(&bytes, "\033[201~");
	pty_send(p, bytes.data, bytes.len);
	text_done(&bytes);
}

static bool send_signal(const struct pty *p, const char *name)
{
	static const struct { const char *name; int number; } signals[] = { { "TERM", SIGTERM }, { "HUP", SIGHUP }, { "INT", SIGINT }, { "TSTP", SIGTSTP },
		{ "CONT", SIGCONT }, { "KILL", SIGKILL } };

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (strcmp(signals[i].name, name) == 0)
			return kill(p->pid, signals[i].number) == 0;
	return false;
}

static void show(const struct pty *p, bool styles)
{
	char *screen = vt_dump(&p->vt, styles);

	fputs(screen, stdout);
	free(screen);
}

/* 0 done, 1 in vain, 64 unknown. */
static int ask(struct pty *p, const char *command, const char *rest)
{
	if (strcmp(command, "dump") == 0 || strcmp(command, "styles") == 0) {
		show(p, *command == 's');
	} else if (strcmp(command, "row") == 0) {
		int row = (int)strtol(rest, NULL, 10);

		puts(row >= 0 && row < p->vt.rows ? vt_row(&p->vt, row) : "");
	} else if (strcmp(command, "cursor") == 0) {
		printf("%d %d\n", p->vt.row, p->vt.col);
	} else if (strcmp(command, "bytes") == 0) {
		printf("%lld\n", (long long)(p->vt.bytes - bytes_before));
		bytes_before = p->vt.bytes;
	} else if (strcmp(command, "counts") == 0) {
		printf("%lld %lld %lld\n", (long long)p->vt.colours, (long long)p->vt.high_bytes, (long long)p->vt.unknown);
	} else if (strcmp(command, "end") == 0) {
		if (!pty_wait_end(p))
			return 1;
		printf("%d\n", WIFEXITED(p->status) ? WEXITSTATUS(p->status) : 128 + WTERMSIG(p->status));
	} else {
		return 64;
	}
	return 0;
}

static int run(struct pty *p, char *line)
{
	char *rest = line, *command = strsep(&rest, " ");
	int rows, cols;

	rest = rest ? rest : line + strlen(line);
	if (!*command || *command == '#')
		return 0;
	if (strcmp(command, "type") == 0)
		pty_type(p, rest);
	else if (strcmp(command, "paste") == 0)
		paste(p, rest);
	else if (strcmp(command, "key") == 0 || strcmp(command, "burst") == 0)
		return press(p, rest, *command == 'b') ? 0 : 64;
	else if (strcmp(command, "wait") == 0)
		return pty_wait(p, rest) ? 0 : 1;
	else if (strcmp(command, "gone") == 0)
		return pty_wait_gone(p, rest) ? 0 : 1;
	else if (strcmp(command, "settle") == 0)
		pty_settle(p, (int)strtol(rest, NULL, 10));
	else if (strcmp(command, "hangup") == 0)
		pty_hang_up(p);
	else if (strcmp(command, "signal") == 0)
		return send_signal(p, rest) ? 0 : 64;
	else if (strcmp(command, "resize") == 0 && sscanf(rest, "%dx%d", &cols, &rows) == 2)
		pty_resize(p, rows, cols);
	else
		return ask(p, command, rest);
	return 0;
}

int main(int argc, char **argv)
{
	const char *environment[64] = { NULL }, *term = "xterm-256color";
	int rows = 24, cols = 80, first = 1, status = 0;
	size_t variables = 0;
	struct pty p;
	char line[65536];

	for (; first + 1 < argc && argv[first][0] == '-' && strcmp(argv[first], "--") != 0; first += 2) {
		if (strcmp(argv[first], "-s") == 0 && sscanf(argv[first + 1], "%dx%d", &cols, &rows) == 2)
			continue;
		if (strcmp(argv[first], "-t") == 0)
			term = argv[first + 1];
		else if (strcmp(argv[first], "-e") == 0 && variables < 63)
			environment[variables++] = argv[first + 1];
		else
			first = argc;
	}
	first += first < argc && strcmp(argv[first], "--") == 0;
	if (first >= argc) {
		fprintf(stderr, "usage: drive [-s COLSxROWS] [-t TERM] [-e NAME=VALUE]... -- PROGRAM [ARGUMENT]...\n");
		return 64;
	}
	if (!pty_start(&p, rows, cols, term, environment, argv + first))
		return 1;
	while (status == 0 && fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		status = run(&p, line);
		if (status)
			fprintf(stderr, "drive: %s: %s\n", status == 1 ? "in vain" : "what is", line);
		fflush(stdout);
	}
	pty_done(&p);
	return status;
}
