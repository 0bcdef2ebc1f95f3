// SPDX-License-Identifier: GPL-3.0-or-later
/* Progress of long work on a terminal, and its interruption. Draws on standard error: results stay clean. */
#include "progress.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guichet/base/utf8.h"

enum { BAR_COLUMNS = 20, ECHO_COLUMNS = 2 /* "^C", which the terminal puts behind the bar */, NS_PER_MS = 1000000, REDRAW_MS = 100, RATE_AFTER_MS = 500 };

static volatile sig_atomic_t interrupted;
static struct sigaction old_int, old_term;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

bool progress_interrupted(void)
{
	return interrupted != 0;
}

void progress_start(struct cli_progress *p, struct cli *cli, const char *what)
{
	struct sigaction action;
	const char *accessible = getenv("ACCESSIBLE");
	memset(p, 0, sizeof *p);
	memset(&action, 0, sizeof action);
	p->what = what;
	p->draws = isatty(STDERR_FILENO);
	p->plain = cli->globals.values[OPT_LINE] || (accessible && *accessible);
	p->start_ns = clock_monotonic_ns();
	p->first = -1;
	interrupted = 0;
	action.sa_handler = on_signal;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, &old_int);
	sigaction(SIGTERM, &action, &old_term);
}

/* "12 s", "3 min", "1 h 05". */
static void add_duration(struct text *out, int64_t seconds)
{
	if (seconds < 60)
		text_addf(out, "%lld s", (long long)seconds);
	else if (seconds < 3600)
		text_addf(out, "%lld min", (long long)(seconds + 59) / 60);
	else
		text_addf(out, "%lld h %02lld", (long long)seconds / 3600, (long long)seconds % 3600 / 60);
}

static void draw(struct cli_progress *p, int64_t now_ns, int64_t done, int64_t total)
{
	struct text line = TEXT_INIT;
	int64_t elapsed_ms = (now_ns - p->start_ns) / NS_PER_MS;
	int filled = total > 0 ? (int)(done * BAR_COLUMNS / total) : 0;
	text_addf(&line, "%s ", p->what);
	for (int i = 0; total > 0 && i < BAR_COLUMNS; i++)
		text_add(&line, i < filled ? "█" : "░");
	if (total > 0)
		text_addf(&line, " %3d %%  %lld/%lld", (int)(done * 100 / total), (long long)done, (long long)total);
	else
		text_addf(&line, "%lld", (long long)done);
	if (elapsed_ms > RATE_AFTER_MS && done > p->first) {
		int64_t rate = (done - p->first) * 1000 / elapsed_ms;
		text_addf(&line, _("  %lld/s"), (long long)rate);
		if (total > done) {
			text_add(&line, _("  reste "));
			add_duration(&line, (total - done) * elapsed_ms / (done - p->first) / 1000);
		}
	}
	struct text fitted = TEXT_INIT;
	utf8_fit(&fitted, text_str(&line), terminal_width() - 1 - ECHO_COLUMNS, true);
	fprintf(stderr, "\r%s", text_str(&fitted));
	fflush(stderr);
	text_done(&fitted);
	text_done(&line);
}

static bool tick(void *context, int64_t done, int64_t total)
{
	struct cli_progress *p = context;
	if (done > total && total > 0)
		done = total;
	if (p->first < 0)
		p->first = done;
	if (p->draws && p->plain) {
		int tenths = total > 0 ? (int)(done * 10 / total) : 0;
		if (tenths > p->tenths)
			fprintf(stderr, "%s : %d %%\n", p->what, tenths * 10);
		p->tenths = tenths > p->tenths ? tenths : p->tenths;
	} else if (p->draws) {
		int64_t now_ns = clock_monotonic_ns();
		if (!p->drawn_ns || now_ns - p->drawn_ns >= (int64_t)REDRAW_MS * NS_PER_MS) {
			p->drawn_ns = now_ns;
			draw(p, now_ns, done, total);
		}
	}
	return !interrupted;
}

struct progress progress_of(struct cli_progress *p)
{
	return (struct progress){ tick, p };
}

void progress_rebase(struct cli_progress *p)
{
	p->start_ns = clock_monotonic_ns();
	p->drawn_ns = p->drawn_ns ? 1 : 0;
	p->first = -1;
	p->tenths = 0;
}

void progress_end(struct cli_progress *p)
{
	if (p->drawn_ns)
		fprintf(stderr, "\r%*s\r", terminal_width() - 1, "");
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
}
