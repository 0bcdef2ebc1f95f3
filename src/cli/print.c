// SPDX-License-Identifier: GPL-3.0-or-later
/* What people read: lines at most as wide as the terminal, rows of a list, JSON. All that came from outside goes through utf8_show. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "guichet/base/utf8.h"
#include "guichet/core/reference.h"
#include "guichet/report/history.h"
#include "guichet/report/words.h"
#include "guichet/wire/request_json.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 60, ROW_COLUMNS = 67 /* of a row, but for its service */, SERVICE_MAX = 24 };

int terminal_width(void)
{
	struct winsize w;
	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col >= WIDTH_MIN)
		return w.ws_col;
	return WIDTH_DEFAULT;
}

void print_line(struct cli *cli, const char *format, ...)
{
	struct text t = TEXT_INIT, shown = TEXT_INIT;
	va_list args;
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	/* Whatever it was made of, a line can't act on a terminal. */
	utf8_show(&shown, text_str(&t), true);
	if (fprintf(cli->out, "%s\n", text_str(&shown)) < 0)
		cli->pipe_closed = cli->pipe_closed || errno == EPIPE;
	text_done(&t);
	text_done(&shown);
}

bool print_goes_on(struct cli *cli)
{
	return !ferror(cli->out) && !(cli->interrupted && *cli->interrupted);
}

/* Length of what must stay with the word at `p`: French signs stand after a space that no line may be broken at. */
static size_t word_length(const char *p)
{
	size_t n = strcspn(p, " \n");
	for (;;) {
		bool opens = n >= 2 && !strncmp(p + n - 2, "«", 2);
		const char *next = p + n + 1;
		bool sign = p[n] == ' ' && (!strncmp(next, "»", 2) || (*next && strchr("?!:;", *next) && (next[1] == ' ' || next[1] == '\n' || !next[1])));
		if (p[n] != ' ' || (!opens && !sign))
			return n;
		n += 1 + strcspn(next, " \n");
	}
}

void print_wrapped(struct cli *cli, const char *left, int indent, const char *text)
{
	struct text line = TEXT_INIT, shown = TEXT_INIT;
	int width = terminal_width() - 1, column = indent;
	bool empty = true;
	utf8_fit(&line, left, indent, true);
	utf8_show(&shown, text, true);
	for (const char *p = text_str(&shown); *p;) {
		size_t n = word_length(p);
		char *word = guichet_strndup(p, n);
		int columns = utf8_width(word);
		if (!empty && (column + 1 + columns > width)) {
			print_line(cli, "%s", text_str(&line));
			text_clear(&line);
			utf8_fit(&line, "", indent, true);
			column = indent;
			empty = true;
		}
		if (n) {
			text_addf(&line, "%s%s", empty ? "" : " ", word);
			column += columns + !empty;
			empty = false;
		}
		free(word);
		p += n;
		if (*p == '\n') {
			print_line(cli, "%s", text_str(&line));
			text_clear(&line);
			utf8_fit(&line, "", indent, true);
			column = indent;
			empty = true;
		}
		p += *p != '\0';
	}
	if (!empty || !shown.len)
		print_line(cli, "%s", text_str(&line));
	text_done(&line);
	text_done(&shown);
}

void show_when(struct text *out, int64_t ms, int64_t now)
{
	history_when(out, ms, now);
}

void show_due(struct text *out, int64_t ms, int64_t now)
{
	struct text t = TEXT_INIT;
	bool midnight = ms != NO_INSTANT && paris_minute(ms) == 0;
	show_when(&t, midnight ? ms - MS_PER_MINUTE : ms, now);
	/* The end of a day is its 24:00, not the next day's 00:00. */
	if (midnight)
		text_addf(out, "%.*s24:00", (int)(t.len - 5), text_str(&t));
	else
		text_add(out, text_str(&t));
	text_done(&t);
}

/* JSON would let through what can act on a terminal: other control characters, and those that turn or hide text. */
static bool acts_on_terminal(uint32_t c)
{
	return (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		(c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

void print_json(struct cli *cli, json_t *object)
{
	char *dump = json_dumps(object, JSON_COMPACT);
	if (!dump)
		guichet_out_of_memory();
	for (const char *p = dump, *from = dump;;) {
		uint32_t c = 0;
		size_t n = *p ? utf8_decode(p, strnlen(p, 4), &c) : 0;
		if (!*p || (n && acts_on_terminal(c))) {
			fwrite(from, 1, (size_t)(p - from), cli->out);
			if (!*p)
				break;
			fprintf(cli->out, "\\u%04x", (unsigned)c);
			from = p + n;
		}
		p += n ? n : 1;
	}
	if (fputc('\n', cli->out) == EOF)
		cli->pipe_closed = cli->pipe_closed || errno == EPIPE;
	free(dump);
	json_decref(object);
}

/* "! en retard", "~ à risque", or nothing. */
static const char *urgency(struct cli *cli, const struct request_row *row)
{
	int64_t now = store_now(cli->store);
	if (row->untold)
		return _("! NON TRANSMIS");
	if (!row->open || row->answered_ms != NO_INSTANT)
		return "";
	if (row->due[TARGET_ANSWER] != NO_INSTANT && now > row->due[TARGET_ANSWER])
		return _("! en retard");
	return row->risk_ms != NO_INSTANT && now >= row->risk_ms ? _("~ à risque") : "";
}

void print_row(struct cli *cli, const struct request_row *row)
{
	const struct catalogue *c = store_catalogue(cli->store);
	if (cli->json) {
		print_json(cli, row_json(row, c));
		return;
	}
	char reference[REFERENCE_SHOWN];
	enum status status = STATUS_NEW;
	const struct service *service = catalogue_service(c, row->service);
	struct text line = TEXT_INIT, due = TEXT_INIT, what = TEXT_INIT;
	status_parse(row->status, &status);
	reference_show(row->reference, reference);
	text_addf(&line, "%s  ", reference);
	utf8_fit(&line, status_label(status), 17, true);
	text_add(&line, " ");
	int room = terminal_width() - ROW_COLUMNS;
	utf8_fit(&line, service ? service->name : row->service, room < SERVICE_MAX ? room : SERVICE_MAX, true);
	if (row->open && row->due[TARGET_ANSWER] != NO_INSTANT) {
		show_due(&due, row->due[TARGET_ANSWER], store_now(cli->store));
		text_add(&line, " ");
		const char *mark = urgency(cli, row);
		utf8_fit(&line, text_str(&due), *mark ? 16 : 0, *mark != '\0');
		text_addf(&line, "%s%s", *mark ? " " : text_str(&due), mark);
	} else {
		show_when(&due, row->received_ms, store_now(cli->store));
		text_addf(&line, _(" reçue %s"), text_str(&due));
	}
	print_line(cli, "%s", text_str(&line));
	words_add_row(&what, c, row);
	text_clear(&line);
	utf8_fit(&line, text_str(&what), terminal_width() - 3, false);
	print_line(cli, "  %s", text_str(&line));
	text_done(&line);
	text_done(&due);
	text_done(&what);
}
